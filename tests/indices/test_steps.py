import re
from math import erf, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_up import document, made_up
from yellow import VALUES

from coordination.choices import AGGREGATION, NORMALISATION, WEIGHTING
from coordination.errors import InputError
from coordination.indices import development, facts, universe, weighting
from coordination.study.model import Method, Study, consistency_ratio


def below(z):
    """Share of the standard normal distribution below z."""
    return (1 + erf(z / sqrt(2))) / 2


def test_gaps_are_refilled_from_the_nearest_year():
    values = np.array([[[1.0], [2.0], [3.0], [4.0], [9.0]]])
    filled = np.array([[[False], [True], [True], [True], [False]]])
    assert universe.refill(values, filled)[0, :, 0].tolist() == [1, 1, 1, 9, 9]
    assert universe.refill(values, np.ones_like(filled)).tolist() == values.tolist()


@pytest.mark.parametrize("kind", NORMALISATION)
def test_normalisations_keep_order_and_range(kind):
    x = NORMALISATION[kind].function(VALUES)
    assert (x >= 0).all()
    assert (x <= 1).all()
    for year in range(VALUES.shape[1]):
        order = np.argsort(VALUES[:, year], axis=0, kind="stable")
        assert (np.diff(np.take_along_axis(x[:, year], order, axis=0), axis=0) >= -1e-12).all()


@pytest.mark.parametrize(
    ("kind", "even", "skewed", "alike"),
    [
        ("pooled", [0, 1, 0, 1], [0, 1, 0.5, 0], [0, 0, 0, 0]),
        ("year", [0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]),
        ("rank", [0.25, 0.75, 0.25, 0.75], [0.25, 0.875, 0.625, 0.25], [0.5, 0.5, 0.5, 0.5]),
        # scores -1 and 1; mean .3, variance (2 * .09 + .25 + .01) / 4 = .11
        (
            "z",
            [below(-1), below(1), below(-1), below(1)],
            [below(-0.3 / sqrt(0.11)), below(0.5 / sqrt(0.11)), below(0.1 / sqrt(0.11)), below(-0.3 / sqrt(0.11))],
            [0.5, 0.5, 0.5, 0.5],
        ),
    ],
)
def test_normalisations_by_hand(kind, even, skewed, alike):
    """Two regions in two years: the first region's rows come first."""
    columns = [[0.2, 0.6, 0.2, 0.6], [0.0, 0.8, 0.4, 0.0], [0.3, 0.3, 0.3, 0.3]]
    found = NORMALISATION[kind].function(np.array(columns).T.reshape(2, 2, 3)).reshape(4, 3)
    assert found == pytest.approx(np.column_stack([even, skewed, alike]), abs=1e-12)


def test_closeness_to_the_best_is_1_for_the_best_and_0_for_the_worst():
    # weighted values (3, 4), (8, 0), (0, 16), (8, 16), (0, 0) / 24: best (8, 16), worst (0, 0)
    x = np.array([[3 / 8, 1 / 4], [1, 0], [0, 1], [1, 1], [0, 0]])
    # the first is 13 from the best, as long as (5, 12), and 5 from the worst
    assert AGGREGATION["topsis"].function(x, np.array([1, 2]) / 3) == pytest.approx([5 / 18, 1 / 3, 2 / 3, 1, 0])


def test_no_row_is_closer_to_the_best_where_all_are_alike():
    with np.errstate(all="raise"):
        assert AGGREGATION["topsis"].function(np.full((3, 2), 0.4), np.array([0.5, 0.5])).tolist() == [0, 0, 0]


def test_regions_are_ranked_from_the_highest_and_equal_ones_share_the_best():
    degrees = np.array([[0.3], [0.5], [0.5 + 1e-10], [0.9]])
    assert universe.ranks(degrees)[:, 0].tolist() == [4, 2, 2, 1]


def test_aggregations_by_hand():
    x, w = np.array([[0.2, 0.8], [1.0, 0.0], [0.0, 1.0]]), np.array([0.5, 0.5])
    assert AGGREGATION["arithmetic"].function(x, w).tolist() == [0.5, 0.5, 0.5]
    assert AGGREGATION["geometric"].function(x + 0.2, w)[0] == pytest.approx((0.4 * 1.0) ** 0.5)
    assert AGGREGATION["geometric"].function(x, w)[1] == 0
    # distances of the first to best (.4, .1) and worst (.1, .4), equally long
    assert AGGREGATION["topsis"].function(x, w)[0] == pytest.approx(0.5)


def test_shares_of_subsystems():
    assert universe.shares([0.5, 0.5]).tolist() == [[0.5, 0.5], [0.6, 0.4], [0.4, 0.6]]
    assert universe.shares([0.2, 0.3, 0.5]).sum(axis=1) == pytest.approx(1)


METHOD = Method(
    weighting="combined",
    fixed={"a": 0.5, "b": 0.3, "c": 0.2},
    ahp={"s": {"a": (1, 2, "4"), "b": ("1/2", 1, 2), "c": ("1/4", "1/2", 1)}},
    combine={"of": ("fixed", "ahp"), "by": "product"},
)


@pytest.mark.parametrize("scheme", WEIGHTING)
@given(x=arrays(float, (6, 3), elements=st.floats(0.01, 1)))
def test_weights_add_up_to_one(scheme, x):
    weigh = weighting.weigher(scheme, METHOD, years=2)
    w = weigh(x, ["a", "b", "c"])
    np.testing.assert_allclose(weigh(np.stack([x, x]), ["a", "b", "c"]), [w, w], rtol=1e-12)
    assert w.sum() == pytest.approx(1)
    assert (w >= 0).all()


def test_merec_of_the_paper_that_introduced_it():
    x = np.array(
        [[450, 8000, 54, 145], [10, 9100, 2, 160], [100, 8200, 31, 153], [220, 9300, 1, 162], [5, 8400, 23, 158]]
    )
    x = x.astype(float)
    x[:, 2:] = 1 / x[:, 2:]
    assert weighting.merec(x).round(4).tolist() == [0.5752, 0.0141, 0.4016, 0.0091]
    with pytest.raises(InputError, match="positive"):
        weighting.merec(x * [0, 1, 1, 1])


def test_entropy_weights_are_those_of_the_table():
    x = pd.DataFrame(VALUES.reshape(-1, VALUES.shape[2]))
    assert weighting.entropy_weights(x) == pytest.approx(weighting.entropy(x)["weight"].to_numpy(), abs=1e-14)


def test_a_column_without_variation_has_no_weight_where_variation_counts():
    x = np.column_stack([np.full(5, 0.3), np.linspace(0, 1, 5), [0.1, 0.9, 0.3, 0.2, 0.8]])
    for scheme in ("critic", "variation", "principal"):
        assert WEIGHTING[scheme].function(x)[0] == pytest.approx(0, abs=1e-12)


@given(*[st.floats(1 / 9, 9)] * 3)
def test_judgements_of_three_things_have_a_closed_form(ab, ac, bc):
    """For three, the eigenvector is the geometric mean of the rows, and lambda = 1 + t + 1 / t, t^3 = ac / (ab bc)."""
    rows = {"a": (1, ab, ac), "b": (1 / ab, 1, bc), "c": (1 / ac, 1 / bc, 1)}
    w = weighting.analytic_hierarchy(None, ["a", "b", "c"], Method(ahp={"s": rows}))
    means = np.exp(np.log(list(rows.values())).mean(axis=1))
    assert w == pytest.approx(means / means.sum(), abs=1e-9)
    t = (ac / (ab * bc)) ** (1 / 3)
    assert consistency_ratio(list(rows.values())) == pytest.approx((t + 1 / t - 2) / 2 / 0.58, abs=1e-9)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("mean", [0.5357, 0.2929, 0.1714]),
        ("product", [0.7018, 0.2105, 0.0702 + 0.0175]),
        ("game", None),
    ],
)
def test_combinations_of_two_sets_of_weights(by, expected):
    method = METHOD.model_copy(update={"combine": METHOD.combine.model_copy(update={"by": by})})
    a, b = np.array([0.5, 0.3, 0.2]), np.array([4, 2, 1]) / 7
    w = weighting.combined(None, ["a", "b", "c"], method)
    if by == "product":
        assert w == pytest.approx(a * b / (a * b).sum())
    elif by == "mean":
        assert w == pytest.approx((a + b) / 2)
        assert w == pytest.approx(expected, abs=1e-4)
    else:
        x = np.abs(np.linalg.solve([[a @ a, a @ b], [b @ a, b @ b]], [a @ a, b @ b]))
        assert w == pytest.approx((x[0] * a + x[1] * b) / x.sum())


def test_fixed_weights_share_out_what_is_left():
    assert weighting.fixed(None, ["a", "c"], METHOD) == pytest.approx([5 / 7, 2 / 7])


def study_of(**method):
    return Study.model_validate(document(2, 3, 2) | {"method": method, "drivers": None})


INDICATORS = [i.id for i in study_of().indicators]
OF = {s.id: [i.id for i in s.indicators] for s in study_of().subsystems}
EVEN = {i: 1 / len(own) for own in OF.values() for i in own}
ALIKE = {s: {i: [1] * len(own) for i in own} for s, own in OF.items()}
ODD = dict(zip(OF["sys_0"], ([1, 9, "1/9"], ["1/9", 1, 9], [9, "1/9", 1]), strict=True))


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ({"weighting": "fixed"}, ["method.fixed: found nothing"]),
        ({"weighting": "ahp"}, ["method.ahp: found nothing"]),
        ({"weighting": "combined"}, ["method.combine: found nothing"]),
        ({"weighting": "combined", "combine": {"of": ["entropy", "guess"]}}, ["method.combine.of", "'guess'"]),
        ({"weighting": "combined", "combine": {"of": ["entropy", "ahp"]}}, ["method.ahp: found nothing"]),
        ({"weighting": "fixed", "fixed": EVEN | {INDICATORS[0]: 0.9}}, ["sys_0", "weights that add up to 1"]),
        ({"weighting": "fixed", "fixed": {INDICATORS[0]: 1}}, ["none for", INDICATORS[1]]),
        ({"weighting": "fixed", "fixed": EVEN | {"guess": 0}}, ["method.fixed.guess", "no indicator"]),
        ({"weighting": "ahp", "ahp": {"sys_0": ALIKE["sys_0"]}}, ["method.ahp.sys_1", "no judgements"]),
        ({"weighting": "ahp", "ahp": ALIKE | {"sys_0": ODD}}, ["a consistency ratio of", "at most 0.1"]),
        ({"weighting": "ahp", "ahp": ALIKE | {"sys_0": {INDICATORS[0]: [1]}}}, ["a row and a column for each"]),
        ({"weighting": "merec"}, ["method.zeros", "all values are positive"]),
        ({"aggregation": "geometric"}, ["method.zeros", "all values are positive", "aggregate otherwise"]),
        ({"aggregation": "sum"}, ["'arithmetic'"]),
        ({"weighting": "guess"}, ["'entropy'"]),
    ],
)
def test_what_a_method_lacks_is_named(method, words):
    with pytest.raises(ValueError, match=".*".join(map(re.escape, words))):
        study_of(**method)


@pytest.mark.parametrize(
    "method",
    [
        {"weighting": "equal"}, {"weighting": "critic"}, {"weighting": "fixed", "fixed": EVEN},
        {"weighting": "ahp", "ahp": ALIKE}, {"weighting": "merec", "zeros": "narrow"}, {"normalisation": "z"},
        {"normalisation": "goalposts", "zeros": "shift", "weighting": "variation"},
        {"weighting": "combined", "combine": {"of": ["entropy", "equal"], "by": "game"}},
        {"normalisation": "year"}, {"aggregation": "topsis"}, {"aggregation": "geometric", "zeros": "shift"},
    ],
)  # fmt: skip
def test_what_is_handed_over_is_what_a_universe_gives(method):
    """Notebooks 02 and 03 go one way, everything about robustness another."""
    study, made = study_of(**method), made_up()
    long = made.panel.values.rename_axis(columns="indicator").stack().rename("value").reset_index()
    wide = universe.on_scale(long, study).pivot(index=["region", "year"], columns="indicator", values="value")
    scores = weighting.scores(wide, weighting.weights(wide, OF, study.method), study.method.aggregation)
    shape = (len(made.regions), len(study.years), len(INDICATORS))
    x = made.panel.values[INDICATORS].to_numpy().reshape(shape)
    u, _ = universe.evaluate(x, np.zeros(shape, dtype=bool), study, universe.own(study))
    index = pd.MultiIndex.from_product([made.regions.index, study.years], names=["region", "year"])
    for k, s in enumerate(study.subsystems):
        own = scores[scores["subsystem"] == s.id].set_index(["region", "year"])["score"].loc[index]
        assert own.to_numpy() == pytest.approx(u[:, :, k].ravel(), abs=1e-12)
    if method.get("weighting") in ("fixed", "ahp", "equal"):
        plain = made.panel.values[OF["sys_0"]].mean(axis=1)
        own = scores[scores["subsystem"] == "sys_0"].set_index(["region", "year"])["score"]
        assert own.to_numpy() == pytest.approx(plain.loc[own.index].to_numpy(), abs=1e-12)


def test_scores_of_two_rows_by_every_aggregation():
    wide = pd.DataFrame({"a": [1.0, 0.25], "b": [0.0, 0.64]}, pd.MultiIndex.from_tuples([("A", 1), ("B", 1)]))
    weights = pd.DataFrame({"subsystem": "s", "indicator": ["a", "b"], "weight": 0.5})

    def of(aggregation):
        return weighting.scores(wide.rename_axis(["region", "year"]), weights, aggregation)["score"].tolist()

    assert of("arithmetic") == pytest.approx([0.5, 0.445])
    assert of("geometric") == pytest.approx([0, 0.4])
    assert of("topsis") == pytest.approx([0.75 / (0.75 + 0.64), 0.64 / (0.75 + 0.64)])


@pytest.mark.parametrize(
    ("years", "method", "over_time", "left_out"),
    [
        (3, {}, True, ()),
        (1, {}, False, ()),
        (1, {"normalisation": "year"}, False, ()),
        (3, {"normalisation": "year"}, False, ("dynamics",)),
        (3, {"aggregation": "topsis"}, True, ("diagnosis",)),
        (3, {"aggregation": "geometric", "zeros": "narrow", "normalisation": "year"}, False, ("dynamics", "diagnosis")),
    ],
)
def test_sections_that_mean_nothing_are_left_out(years, method, over_time, left_out):
    study = Study.model_validate(document(2, years, 2) | {"method": method, "drivers": None})
    assert study.over_time == over_time
    assert study.left_out == left_out


def test_covariates_without_the_section_in_which_they_stand_are_refused():
    for more in ({"method": {"aggregation": "topsis"}}, {"leave_out": ["diagnosis"]}):
        with pytest.raises(ValueError, match=r"drivers: found no diagnosis.*remove drivers"):
            Study.model_validate(document(2, 3, 2) | more)


def test_without_a_common_scale_nothing_is_said_to_grow():
    apart = study_of(normalisation="year")
    scores = pd.DataFrame({"region": ["A", "A", "B", "B"], "year": [1, 2] * 2, "score": [0.1, 0.4, 0.3, 0.2]})
    moved = development.change(scores, "score", apart.over_time)
    assert moved[["change", "growth"]].isna().all(axis=None)
    assert moved["mean"].tolist() == pytest.approx([0.25, 0.25])
    yearly = pd.DataFrame({"year": [2019, 2020, 2021], "score": [0.1, 0.2, 0.3]})
    assert facts.development_summary(yearly, apart) | {"rate": 0} == {
        "years": [2021], "first": 0.3, "last": 0.3, "rate": 0
    }  # fmt: skip
