import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import diagnosed, made_up
from scipy.integrate import quad

from coordination.choices import COUPLING
from coordination.diagnosis import obstacles
from coordination.errors import InputError
from coordination.indices import slopes as indices_slopes
from coordination.indices.coupling import coordination_degree

WEIGHTS = pd.DataFrame(
    {"subsystem": ["s", "s", "t", "t"], "indicator": ["a", "b", "c", "d"], "weight": [0.4, 0.6, 0.25, 0.75]}
)
ALPHA = {"s": 0.5, "t": 0.5}


def panel(values, regions=("A",), years=(2001,)):
    """Rows region by region, year by year."""
    index = pd.MultiIndex.from_product([list(regions), years], names=["region", "year"])
    table = pd.DataFrame(np.reshape(values, (len(index), 4)), index, list("abcd")).rename_axis(columns="indicator")
    return table.stack().rename("value").reset_index()


shares = st.floats(0, 1)
positive = st.floats(0.001, 1)
scores = st.integers(2, 4).flatmap(lambda n: st.tuples(*[st.lists(positive, min_size=n, max_size=n)] * 3))


def test_degrees_by_hand():
    table = obstacles.degrees(panel([0.5, 1, 0, 0.8]), WEIGHTS, ALPHA)
    # Gaps 0.4 * 0.5, 0, 0.25 and 0.75 * 0.2, each halved by alpha: 0.1, 0, 0.125, 0.075
    np.testing.assert_allclose(table["obstacle_degree"], np.array([0.1, 0, 0.125, 0.075]) / 0.3)
    np.testing.assert_allclose(table["within_subsystem"], [1, 0, 0.625, 0.375])
    assert table["subsystem"].tolist() == ["s", "s", "t", "t"]


def test_subsystems_count_by_their_shares():
    table = obstacles.degrees(panel([0.5, 1, 0, 0.8]), WEIGHTS, {"s": 0.2, "t": 0.8})
    # The gaps 0.2, 0, 0.25 and 0.15 by 0.2 or 0.8: 0.04, 0, 0.2, 0.12
    np.testing.assert_allclose(table["obstacle_degree"], np.array([0.04, 0, 0.2, 0.12]) / 0.36)


@given(st.lists(shares, min_size=8, max_size=8), positive)
def test_degrees_add_up_to_one_unless_nothing_is_lacking(values, share):
    table = obstacles.degrees(panel(values, "AB"), WEIGHTS, {"s": share, "t": 1 - share})
    for region, own in table.groupby("region"):
        lacking = values[:4] if region == "A" else values[4:]
        gap = sum(
            w * a * (1 - x) for w, a, x in zip(WEIGHTS["weight"], [share] * 2 + [1 - share] * 2, lacking, strict=True)
        )
        assert own["obstacle_degree"].sum() == pytest.approx(1 if gap > 0 else 0)
        assert (own["obstacle_degree"] >= 0).all()
        for part, x in (("s", lacking[:2]), ("t", lacking[2:])):
            within = own.loc[own["subsystem"] == part, "within_subsystem"].sum()
            assert within == pytest.approx(1 if min(x) < 1 else 0)


def test_where_everything_is_at_its_best_there_is_no_obstacle():
    table = obstacles.degrees(panel([1, 1, 1, 1]), WEIGHTS, ALPHA)
    assert (table[["obstacle_degree", "within_subsystem"]] == 0).all(axis=None)
    assert obstacles.largest(table).empty


@pytest.mark.parametrize("value", [np.nan, -0.01, 1.01, np.inf], ids=str)
def test_values_that_are_not_normalised_are_refused(value):
    with pytest.raises(InputError, match="normalised values from 0 to 1"):
        obstacles.degrees(panel([value, 1, 0, 0]), WEIGHTS, ALPHA)


def test_an_indicator_without_a_weight_is_refused():
    with pytest.raises(InputError, match="found d in only one of the two"):
        obstacles.degrees(panel([0, 0, 0, 0]), WEIGHTS[:3], ALPHA)


def test_sums_by_part_keep_the_total_and_split_what_belongs_to_several():
    degrees = obstacles.degrees(panel([0.5, 1, 0, 0.8]), WEIGHTS, ALPHA)
    parts = pd.DataFrame({"indicator": ["a", "c", "c", "d"], "part": ["p", "p", "q", "q"], "share": [1, 0.5, 0.5, 1]})
    table = obstacles.summed(degrees, "obstacle_degree", parts).set_index("part")["obstacle_degree"]
    np.testing.assert_allclose(table[["p", "q"]], np.array([0.1625, 0.1375]) / 0.3)


def test_the_sum_of_what_is_undefined_is_undefined():
    values = [[0, 0, 0.4, 0.4], [0.2, 0.7, 0.4, 0.4], [0.2, 0.2, 0.4, 0.4], [0.2, 0.7, 0.4, 0.4]]
    table = obstacles.contributions(panel(values, "AB", (1, 2)), WEIGHTS, ALPHA)
    parts = pd.DataFrame({"indicator": list("abcd"), "part": list("qqpp"), "share": 1.0})
    sums = obstacles.summed(table, "contribution", parts, ["region"])
    assert sums[["region", "part"]].to_numpy().tolist() == [["A", "q"], ["A", "p"], ["B", "q"], ["B", "p"]]
    assert sums["contribution"].isna().tolist() == [True, True, False, False]


def test_dimensions_and_subsystems_of_a_study_leave_nothing_out():
    made = made_up()
    for parts in (obstacles.dimensions(made.study), obstacles.subsystems(made.study)):
        assert parts["indicator"].tolist() == [i.id for i in made.study.indicators]
        sums = obstacles.summed(diagnosed(made).degrees, "obstacle_degree", parts)
        np.testing.assert_allclose(sums.groupby(["region", "year"])["obstacle_degree"].sum(), 1)


def test_the_largest_obstacles_come_first_and_ties_in_the_studys_order():
    values = [[0.5, 0.5, 0.5, 0.5], [0.5, 1 - 1 / 3, 0.2, 1]]  # gaps of the last year .2, .2, .2 and none
    table = obstacles.largest(obstacles.degrees(panel(values, "A", (2001, 2005)), WEIGHTS, ALPHA), 3)
    assert table["indicator"].tolist() == ["a", "b", "c"]
    assert table["rank"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(table["obstacle_degree"], 1 / 3)
    np.testing.assert_allclose(table["change"], 1 / 3 - np.array([0.2, 0.3, 0.125]))


def test_changes_are_those_between_the_first_and_the_last_year():
    table = pd.DataFrame({"year": [1, 1, 2, 2, 3, 3], "part": list("pq") * 3, "x": [1, 2, 9, 9, 4.0, 1]})
    assert obstacles.changes(table, "x", ["part"])[["part", "first", "last", "change"]].to_numpy().tolist() == [
        ["p", 1, 4, 3],
        ["q", 2, 1, -1],
    ]


def test_averages_over_regions():
    table = pd.DataFrame({"region": list("AABB"), "year": 1, "part": list("pqpq"), "x": [1.0, 2, 3, 4]})
    assert obstacles.averages(table, "x", "part")["x"].tolist() == [2, 3]


def test_contributions_of_the_standard_variant_by_hand():
    values = [[0.2, 0.2, 0.4, 0.4], [0.2, 0.7, 0.4, 0.4]]  # U from (.2, .4) to (.5, .4)
    table = obstacles.contributions(panel(values, "A", (2001, 2005)), WEIGHTS, ALPHA)
    # D = (U1 U2)^(1/4), so that everything comes from b: a quarter of ln(.5 / .2)
    np.testing.assert_allclose(table["contribution"], [0, np.log(2.5) / 4, 0, 0], atol=1e-15)


def test_contributions_of_a_subsystem_are_in_proportion_to_what_its_indicators_add():
    values = [[0.2, 0.3, 0.4, 0.4], [0.7, 0.2, 0.4, 0.9]]
    own = obstacles.contributions(panel(values, "A", (1, 2)), WEIGHTS, ALPHA).set_index("indicator")["contribution"]
    assert own["a"] / own["b"] == pytest.approx(0.4 * 0.5 / (0.6 * -0.1))
    assert own.sum() == pytest.approx(np.log((0.4 * 0.775) / (0.26 * 0.4)) / 4)


@pytest.mark.parametrize("variant", COUPLING.offered)
@given(given_scores=scores)
def test_contributions_add_up_to_the_log_change_of_d(variant, given_scores):
    first, last, alpha = map(np.array, given_scores)
    alpha = alpha / alpha.sum()
    slopes = obstacles.mean_slopes(first, last, alpha, variant)
    change = np.log(coordination_degree(last, alpha, variant)) - np.log(coordination_degree(first, alpha, variant))
    # coupling_degree takes the root of a difference of squares, which leaves 1e-8 of equal scores
    assert slopes @ (last - first) == pytest.approx(change, abs=1e-7 if variant == "fan2024" else 1e-10, rel=1e-9)


@pytest.mark.parametrize(
    ("variant", "n"),
    [
        ("standard", 2),
        ("standard", 3),
        ("standard", 4),
        ("wang2021", 2),
        ("wang2021", 3),
        ("wang2021", 4),
        ("fan2024", 2),
    ],
)  # fan2024 of more than two is made of difference quotients
def test_slopes_are_the_mean_slopes_on_the_straight_way(variant, n):
    rng = np.random.default_rng(n)
    first, last, alpha = rng.uniform(0.1, 0.9, n), rng.uniform(0.1, 0.9, n), rng.dirichlet(np.ones(n))
    step = 1e-6

    def log_d(t, s, shift):
        point = first + t * (last - first)
        point[s] += shift
        return np.log(coordination_degree(point, alpha, variant))

    crossings = [(first[i] - first[j]) / (first[i] - first[j] - last[i] + last[j]) for i in range(n) for j in range(i)]
    points = [t for t in crossings if 0 < t < 1] or None
    for s, slope in enumerate(obstacles.mean_slopes(first, last, alpha, variant)):
        mean, _ = quad(lambda t, s=s: (log_d(t, s, step) - log_d(t, s, -step)) / (2 * step), 0, 1, points=points)
        assert slope == pytest.approx(mean, abs=1e-4)


@pytest.mark.parametrize("variant", COUPLING.offered)
def test_what_is_alike_is_treated_alike(variant):
    slopes = obstacles.mean_slopes([0.4, 0.4, 0.2], [0.7, 0.7, 0.3], [1 / 3] * 3, variant)
    assert slopes[0] == pytest.approx(slopes[1])


@pytest.mark.parametrize("variant", COUPLING.offered)
def test_the_way_back_is_the_way_there(variant):
    there = obstacles.mean_slopes([0.2, 0.5], [0.6, 0.4], [0.3, 0.7], variant)
    np.testing.assert_allclose(obstacles.mean_slopes([0.6, 0.4], [0.2, 0.5], [0.3, 0.7], variant), there)


@pytest.mark.parametrize("variant", COUPLING.offered)
def test_growth_from_nothing_has_no_contributions_where_d_is_zero(variant):
    first, last = [0, 0.5], [0.4, 0.5]
    slopes = obstacles.mean_slopes(first, last, [0.5, 0.5], variant)
    if variant == "fan2024":  # of which C is 1 - .5 there
        change = np.log(coordination_degree(last, None, variant) / coordination_degree(first, None, variant))
        assert slopes @ np.subtract(last, first) == pytest.approx(change)
    else:
        assert np.isnan(slopes).all()


def test_regions_in_which_d_is_zero_have_no_contributions_and_others_do():
    values = [[0, 0, 0.4, 0.4], [0.2, 0.7, 0.4, 0.4], [0.2, 0.2, 0.4, 0.4], [0.2, 0.7, 0.4, 0.4]]
    table = obstacles.contributions(panel(values, "AB", (1, 2)), WEIGHTS, ALPHA)
    assert table.groupby("region")["contribution"].apply(lambda c: c.isna().sum()).to_dict() == {"A": 4, "B": 0}


def test_a_single_year_has_grown_by_nothing():
    assert (obstacles.contributions(panel([0.1, 0.2, 0.3, 0.4]), WEIGHTS, ALPHA)["contribution"] == 0).all()


def test_an_unknown_variant_is_refused():
    with pytest.raises(InputError, match="one of standard, wang2021, fan2024"):
        obstacles.mean_slopes([0.1, 0.2], [0.2, 0.3], [0.5, 0.5], "other")


def test_contributions_of_a_made_up_study_add_up_to_its_log_changes():
    made = made_up(subsystems=3)
    total = diagnosed(made).parts.groupby("region")["contribution"].sum(min_count=1)
    degree = made.coordination.pivot(index="region", columns="year", values="coordination_degree")
    with np.errstate(divide="ignore"):
        change = np.log(degree[2003] / degree[2001])
    defined = np.isfinite(change)
    assert defined.any()
    np.testing.assert_allclose(total[defined], change[defined])
    assert total[~defined].isna().all()


@given(positive, positive)
def test_the_logarithmic_mean_lies_between_the_geometric_and_the_arithmetic(a, b):
    mean = indices_slopes.logarithmic_mean(a, b)
    assert np.sqrt(a * b) * (1 - 1e-9) <= mean <= (a + b) / 2 * (1 + 1e-9)
    assert mean == pytest.approx(float(indices_slopes.logarithmic_mean(b, a)))
