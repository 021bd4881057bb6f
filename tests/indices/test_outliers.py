import numpy as np
import pandas as pd
import pytest
from made_up import made_up
from presented import said

from coordination.adapting.checks import system
from coordination.adapting.checks.finding import say
from coordination.indices.outliers import COLUMNS, FEWEST, dominated
from coordination.indices.universe import evaluate, own
from coordination.presentation.reader import Reader

LANGUAGES = ("en", "zh")
FIRST = "ind_0_0_0"


def both_kinds(m):
    """A figure and a region that set a scale, of any study."""
    (one, two), year = m.regions.index[:2], m.study.years[-1]
    of_figure = table(region=one, year=year, change_region=two, change_year=year)
    return pd.concat([of_figure, table(region=two, year=None, change_region=one, change_year=year)], ignore_index=True)


# What the notebook hands over.
TABLES = {"outliers": lambda m: (both_kinds(m),)}
SENTENCES = {"outliers": lambda m: (both_kinds(m), m.study, len(m.regions), FEWEST)}


def table(**columns):
    base = {"subsystem": "sys_0", "indicator": FIRST, "region": "reg_0", "year": 2002, "end": "high"}
    base |= {"range": 0.9, "weight": 0.41, "weight_without": 0.1, "change": -0.05, "change_region": "reg_1"}
    return pd.DataFrame([base | {"change_year": 2003, "moved": 2} | columns]).astype({"year": object})[COLUMNS]


def county(value=37.0, regions=9, years=2, alone=True):
    """Values of a study in which the first indicator is small but for one figure, or one region's."""
    made = made_up(regions=regions, years=years)
    values = made.panel.values.sort_index()
    values = (values - values.min()) / (values.max() - values.min())
    values[FIRST] = np.linspace(0.2, 0.6, len(values))
    at = values.index[0] if alone else values.index.get_level_values("region") == values.index[0][0]
    values.loc[at, FIRST] = value
    values[FIRST] = (values[FIRST] - values[FIRST].min()) / (values[FIRST].max() - values[FIRST].min())
    return made, values


def test_one_figure_that_sets_range_and_weight_as_worked_by_hand():
    made, values = county()
    row = dominated(values, made.study).set_index("indicator").loc[FIRST]
    region, year = values.index[0]
    assert (row["region"], row["year"], row["end"]) == (region, year, "high")
    rest = np.linspace(0.2, 0.6, len(values))[1:]
    assert row["range"] == pytest.approx(1 - np.ptp(rest) / (37 - rest[0]))
    # entropy by hand, before and with the figure at the largest of the others
    members = [i.id for i in made.study.subsystems[0].indicators]

    def weight(x):
        information = []
        for name in members:
            v = np.asarray(x[name])
            p = v / v.sum()
            information.append(1 + (p[p > 0] * np.log(p[p > 0])).sum() / np.log(len(v)))
        return information[members.index(FIRST)] / sum(information)

    capped = values[FIRST].clip(upper=values[FIRST].nlargest(2).iloc[1])
    changed = values.assign(**{FIRST: capped / capped.max()})
    assert row["weight"] == pytest.approx(weight(values), abs=1e-12)
    assert row["weight_without"] == pytest.approx(weight(changed), abs=1e-12)
    d = [evaluate(v[[i.id for i in made.study.indicators]].to_numpy().reshape(9, 2, -1), np.zeros((9, 2, 6), bool),
                  made.study, own(made.study))[1] for v in (values, changed)]  # fmt: skip
    assert abs(row["change"]) == pytest.approx(np.abs(d[1] - d[0]).max(), abs=1e-12)


def test_half_of_a_range_is_the_border():
    made, values = county()
    x = np.zeros(len(values))
    x[0], x[2] = 1, 0.51  # of two regions
    assert FIRST not in set(dominated(values.assign(**{FIRST: x}), made.study)["indicator"])
    x[2] = 0.49
    found = dominated(values.assign(**{FIRST: x}), made.study).set_index("indicator")
    assert found["range"][FIRST] == pytest.approx(0.51)


def test_a_weight_can_rest_on_a_region_where_half_of_the_range_does_not():
    made, values = county(years=11)
    x = np.where(values.index.get_level_values("region") == values.index[0][0], 1, 0.5)
    x[-1] = 0  # without the region nearly all are alike
    row = dominated(values.assign(**{FIRST: x}), made.study).set_index("indicator").loc[FIRST]
    assert (row["region"], row["year"]) == (values.index[0][0], None)
    assert row["range"] == 0.5
    assert row["weight_without"] < row["weight"] / 2


def test_a_region_is_named_for_all_its_years():
    made, values = county(alone=False)
    row = dominated(values, made.study).set_index("indicator").loc[FIRST]
    assert (row["region"], row["year"]) == (values.index[0][0], None)


def test_the_lower_end_counts_too():
    made, values = county()
    found = dominated(values.assign(**{FIRST: 1 - values[FIRST]}), made.study).set_index("indicator")
    assert found.loc[FIRST, "end"] == "low"


def test_figures_scattered_evenly_are_not_named():
    made, values = county(0.63)
    assert FIRST not in set(dominated(values, made.study)["indicator"])


@pytest.mark.parametrize("shape", [{"regions": FEWEST - 1, "years": 1}, {"regions": FEWEST - 1, "years": 2}])
def test_few_regions_are_not_judged(shape):
    made, values = county(alone=False, **shape)
    assert dominated(values, made.study).empty


def test_the_fewest_regions_are_judged():
    made, values = county(alone=False, regions=FEWEST)
    row = dominated(values, made.study).set_index("indicator").loc[FIRST]
    assert (row["region"], row["year"]) == (values.index[0][0], None)


def test_chance_that_one_of_few_holds_half_of_a_range():
    x = np.sort(np.random.default_rng(1).random((20_000, FEWEST)))
    ends = np.maximum(x[:, 1] - x[:, 0], x[:, -1] - x[:, -2]) > (x[:, -1] - x[:, 0]) / 2
    assert ends.mean() == pytest.approx(2.0 ** (3 - FEWEST), abs=0.005)


def test_order_and_orientation_of_rows_do_not_matter():
    made, values = county()
    expected = dominated(values, made.study)
    pd.testing.assert_frame_equal(dominated(values.sample(frac=1, random_state=2), made.study), expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_check_says(language):
    made, values = county()
    found = [f for f in system.scales(values, made.study) if f.facts["indicator"] == FIRST]
    assert [f.check for f in found] == ["scale"]
    told = say(found[0], Reader(made.study, made.regions, language))
    assert "2001" in told.found
    assert f"{found[0].facts['weight']:.3f}" in told.found
    assert f"{abs(found[0].facts['change']):.3f}" in told.remedy


def test_what_is_said():
    made = made_up(regions=9)
    assert said("indices", "outliers", "en", made, table(), made.study, 9, FEWEST) == (
        "The range or weight of an indicator rests by more than half on one figure or one region: indicator 1.1 A on "
        "Region A in 2002 (90% of the range; weight 0.410, without it 0.100). Taken back to the next value, D changes "
        f"by at most 0.050 (Region B, 2003), and at most 2 of 9 regions change rank in {made.study.years[-1]}."
    )
    none = said("indices", "outliers", "zh", made, table()[:0], made.study, 9, FEWEST)
    assert none == "没有指标的值域或权重有一半以上取决于单个数值或单个地区。"
    few = said("indices", "outliers", "en", made, table()[:0], made.study, 7, FEWEST)
    assert few == "No indicator's range or weight rests by more than half on one figure."
    moved = said("indices", "outliers", "zh", made, table(moved=0, year=None), made.study, 9, FEWEST)
    assert "取决于" in moved
    assert moved.endswith("没有地区的位次改变。")
