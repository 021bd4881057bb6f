from math import erf, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_up import document, made_up

from coordination.choices import AGGREGATION, NORMALISATION, WEIGHTING
from coordination.errors import InputError
from coordination.indices import coupling, universe, weighting
from coordination.pipeline.files import published, read_released
from coordination.presentation.reader import Reader
from coordination.replication import measures
from coordination.robustness import coherence, facts, multiverse, sensitivity, tables, uncertainty
from coordination.study.document import load
from coordination.study.model import Study
from coordination.study.regions import read_regions

YELLOW = load(ROOT / "data" / "raw" / "yellow-river")
REGIONS = read_regions(YELLOW, ROOT / "data" / "raw" / "yellow-river")
REGISTER = published(YELLOW, "claims", printed=True)
RELEASED = read_released(YELLOW)
VALUES, FILLED = multiverse.cubes(RELEASED, YELLOW, REGIONS)


def below(z):
    """Share of the standard normal distribution below z."""
    return (1 + erf(z / sqrt(2))) / 2


@pytest.fixture(scope="module")
def made():
    """The multiverse of a cheap half of the choices."""
    vary = ("zeros", "weighting", "aggregation", "coupling", "left_out", "spatial_weights")
    own = YELLOW.model_copy(update={"robustness": YELLOW.robustness.model_copy(update={"vary": vary})})
    spatial = multiverse.spatial_choices(own, REGIONS, None, None)
    return multiverse.multiverse(VALUES, FILLED, own, REGIONS, spatial, REGISTER)


def test_the_first_universe_is_the_study(made):
    wide = RELEASED.pivot(index=["region", "year"], columns="indicator", values="value").loc[list(REGIONS.index)]
    members = {s.id: [i.id for i in s.indicators] for s in YELLOW.subsystems}
    scores = weighting.scores(wide, weighting.weights(wide, members))
    own = coupling.coordinate(scores, YELLOW).pivot(index="region", columns="year", values="coordination_degree")
    assert made.own_degrees == pytest.approx(own.loc[REGIONS.index].to_numpy(), abs=1e-9)
    assert not made.choices[0].any()
    assert made.mean[0] == pytest.approx(made.own_degrees[:, -1].mean())


def test_there_are_more_than_five_thousand_universes_for_the_yellow_river():
    levels = multiverse.factors(YELLOW, FILLED)
    outer = np.array(np.meshgrid(*[levels[f] for f in ("zeros", "weighting", "aggregation")])).reshape(3, -1).T
    together = sum(universe.sensible(*c) for c in outer)
    others = [len(levels[f]) for f in ("interpolation", "normalisation", "coupling", "alpha", "left_out")]
    assert together == 6 * 3 * 3 - 6 - 2
    assert together * np.prod(others) >= 5000


def test_every_sensible_combination_is_made_once(made):
    assert len(np.unique(made.choices, axis=0)) == len(made.choices) == 46 * 3 * 19
    assert made.counts.sum(axis=2).min() == made.counts.sum(axis=2).max() == len(made.choices)


def test_a_universe_is_what_one_computes_alone(made):
    """The geometric mean with equal weights, zeros shifted, telephones left out, C of Wang and others."""
    names, f = [i.id for i in YELLOW.indicators], made.factors
    asked = {"zeros": "shift", "weighting": "equal", "aggregation": "geometric", "coupling": "wang2021"}
    asked["left_out"] = "mobile_phone_rate"
    codes = [f[k].index(asked[k]) if k in asked else 0 for k in f]
    place = np.flatnonzero((made.choices == codes).all(axis=1))[0]
    x = VALUES.reshape(-1, len(names)) + 0.0001
    first = [k for k, n in enumerate(names[:8]) if n != "mobile_phone_rate"]
    u = np.column_stack([np.exp(np.log(x[:, c]).mean(axis=1)) for c in (first, range(8, len(names)))])
    d = np.sqrt(coupling.coupling_degree(np.minimum(u, 1), "wang2021") * u.mean(axis=1)).reshape(9, 11)
    assert made.degrees[place] == pytest.approx(d[:, -1], abs=1e-12)


def test_claims_hold_in_the_study_as_in_the_first_universe(made):
    values = {"coordination_degree": made.own_degrees[None]}
    for row in REGISTER.to_dict("records"):
        if row["variable"] == "coordination_degree":
            own = measures.holds(row, measures.Results(YELLOW, REGIONS, values, YELLOW.years))[0]
            assert made.holds[row["id"]][0] == own, row["id"]


def test_shares_of_claims_and_what_turns_them(made):
    found = uncertainty.claim_shares(made, {k: np.array([True, False]) for k in made.holds}, YELLOW)
    assert list(found["claim"]) == list(REGISTER["id"])
    assert found["share"].between(0, 1).all()
    assert (found["certainty"] == 0.5).all()
    never = found[found["holds"] & (found["share"] == 1)]
    assert (never["changes"] == "").all()
    assert (found[found["share"].between(0.001, 0.999)]["changes"] != "").all()


def test_certainty_counts_the_studys_own_axes(made):
    own_axes_only = np.array([[[True, False]], [[True, False]], [[False, True]]])
    found = uncertainty.claim_shares(made, dict.fromkeys(made.holds, own_axes_only), YELLOW)
    assert found["certainty"].tolist() == pytest.approx([2 / 3] * len(found))


def test_a_set_of_choices_that_turns_a_verdict_is_as_small_as_can_be(made):
    changed = (made.choices != 0).sum(axis=1)
    for name, holds in made.holds.items():
        if holds.ndim == 1 and (holds != holds[0]).any():
            smallest = changed[holds != holds[0]].min()
            said = uncertainty.claim_shares(made, {k: np.ones(1) for k in made.holds}, YELLOW).set_index("claim")[
                "changes"
            ]
            assert said[name].split(" | ")[0].count(" + ") == smallest - 1
            break


@given(arrays(float, (3, 2, 4, 2), elements=st.floats(-5, 5)))
def test_shares_of_variance(outcomes):
    first, total = sensitivity.factorial_shares(outcomes)
    if np.isnan(first).any():
        assert outcomes.var(axis=(0, 1, 2)).sum() <= 1e-24
        return
    assert (first >= 0).all()
    assert first.sum() <= 1 + 1e-9 <= total.sum() + 2e-9
    assert (total >= first - 1e-9).all()


def test_a_factor_without_effect_has_exactly_no_share():
    rng = np.random.default_rng(3)
    y = np.repeat(rng.random((3, 1, 4, 2)), 5, axis=1)
    first, total = sensitivity.factorial_shares(y)
    assert (first[1], total[1]) == (0.0, 0.0)
    assert total[0] > 0


def test_shares_of_the_ishigami_like_product():
    """Y = a b with a, b in {-1, 1}: no share alone, all in the interaction."""
    y = np.multiply.outer([-1.0, 1.0], [-1.0, 1.0])[..., None]
    first, total = sensitivity.factorial_shares(y)
    assert first.tolist() == [0, 0]
    assert total.tolist() == [1, 1]


def test_sensitivity_of_the_multiverse(made):
    found = sensitivity.sensitivity(made)
    assert set(found["factor"]) == {"zeros", "weighting", "aggregation", "coupling", "left_out"}
    assert found.groupby("output")["first_order"].sum().max() <= 1 + 1e-9
    assert (found["total"] >= found["first_order"] - 1e-9).all()


def test_rank_intervals(made):
    ranks, _ = uncertainty.draws(VALUES, FILLED, YELLOW, "weights")
    found = uncertainty.rank_intervals(made, {"weights": ranks}, YELLOW, REGIONS)
    assert len(found) == 2 * 99
    assert (found["low"] <= found["median"]).all()
    assert (found["median"] <= found["high"]).all()
    one = found[(found["source"] == "weights") & (found["region"] == "Shandong") & (found["year"] == 2023)].iloc[0]
    share = (ranks[:, list(REGIONS.index).index("Shandong"), -1] == 1).mean()
    assert (one["median"] == 1) == (share >= 0.5)


def test_a_rank_interval_goes_from_the_first_rank_with_5_to_the_first_with_95_percent():
    small = Study.model_validate(document(1, 1, 2))
    regions = pd.DataFrame(index=[f"reg_{k}" for k in range(5)])
    times = [  # of 100 in which a region has rank 1 to 5
        [4, 46, 40, 5, 5],  # 4, 50, 90, 95 percent so far
        [5, 44, 41, 4, 6],  # 5, 49, 90, 94 percent so far
        [10, 15, 50, 15, 10],
        [100, 0, 0, 0, 0],
        [3, 0, 0, 0, 97],
    ]
    expected = [[2, 2, 4], [1, 3, 5], [1, 3, 5], [1, 1, 1], [5, 5, 5]]
    ranks = np.stack([np.repeat(np.arange(1, 6), c) for c in times], axis=1)[:, :, None]
    of_universes = SimpleNamespace(counts=np.array(times)[::-1, None], own_ranks=np.arange(1, 6)[:, None])
    found = uncertainty.rank_intervals(of_universes, {"figures": ranks}, small, regions)
    by_source = found.groupby("source")[["low", "median", "high"]]
    assert by_source.get_group("figures").to_numpy().tolist() == expected
    assert by_source.get_group("universes").to_numpy().tolist() == expected[::-1]
    assert found["rank"].tolist() == [1, 2, 3, 4, 5] * 2


def test_draws_without_errors_are_the_study():
    none = {"measurement": 0.0, "weight_change": 0.0, "draws": 100}
    exact = YELLOW.model_copy(update={"robustness": YELLOW.robustness.model_copy(update=none)})
    register = REGISTER[REGISTER["variable"] == "coordination_degree"]
    ranks, held = uncertainty.draws(VALUES, np.zeros_like(FILLED), exact, "both", register, REGIONS, None)
    assert (ranks == ranks[0]).all()
    assert all(h.all() or not h.any() for h in held.values())


def test_draws_repeat_themselves_whatever_the_batch(monkeypatch):
    one = uncertainty.draws(VALUES, FILLED, YELLOW, "both")[0]
    monkeypatch.setattr(multiverse, "BATCH", 7 * VALUES.size)
    assert np.array_equal(one, uncertainty.draws(VALUES, FILLED, YELLOW, "both")[0])


def drawn_ranks(first, source, **settings):
    """Ranks of three regions in 20 000 draws of one year; the second subsystem cannot tell the first two apart.

    Figures that are 0 where more is better, or 1 where it is worse, have no errors.
    """
    own = {"draws": 20_000, "measurement": 0.0, "weight_change": 0.0} | settings
    values = np.array([[*row, 0, second, 0] for row, second in zip(first, (1, 1, 0), strict=True)], dtype=float)
    small = Study.model_validate(document(1, 1, 2) | {"robustness": own})
    assert [i.direction for i in small.indicators] == ["positive", "negative", "positive"] * 2
    ranks, _ = uncertainty.draws(values[:, None], np.zeros((3, 1, 6), dtype=bool), small, source)
    return ranks[:, :, 0]


@pytest.mark.parametrize("size", [0.02, 0.05])
@pytest.mark.parametrize("source", ["figures", "both", "weights"])
def test_errors_of_figures_have_the_stated_size(source, size):
    """Figures of 1 and 0.97 with errors of a share s: their difference is N(0.03, s^2 (1 + 0.97^2))."""
    ranks = drawn_ranks([[1, 1, 0], [0.97, 1, 0], [0, 1, 0]], source, measurement=size, weight_change=0.25)
    overtaken = below(-0.03 / (size * sqrt(1 + 0.97**2))) if source != "weights" else 0
    assert (ranks[:, 1] < ranks[:, 0]).mean() == pytest.approx(overtaken, abs=0.012 if overtaken else 0)


@pytest.mark.parametrize("source", ["weights", "both", "figures"])
def test_weights_change_by_up_to_a_quarter(source):
    """Two equal weights times f and g, uniform in [0.75, 1.25]: 0.7 g > f in a triangle of the square, 0.6 g > f never.

    The triangle's corner is f = 0.75, g = 1.25; its legs end where 0.7 g = f.
    """
    triangle = (1.25 - 0.75 / 0.7) * (0.7 * 1.25 - 0.75) / 2 / 0.5**2
    for second, expected in ((0.7, triangle if source != "figures" else 0), (0.6, 0)):
        ranks = drawn_ranks([[1, 0, 0], [0, 0, second], [second, 0, 1]], source, weight_change=0.25)
        overtaken = (ranks[:, 1] < ranks[:, 0]).mean()
        assert overtaken == pytest.approx(expected, abs=0.006 if expected else 0)


def test_errors_are_in_proportion_to_the_figure_whichever_way_it_is_normalised():
    values = np.array([[[0.0, 0.0], [0.25, 0.25], [1.0, 1.0]]])
    sd = uncertainty.measurement_errors(values, np.zeros(values.shape, dtype=bool), 0.04, ["positive", "negative"])
    assert sd[0] == pytest.approx(np.array([[0, 0.04], [0.01, 0.03], [0.04, 0]]))


def test_errors_of_filled_values_are_those_of_leaving_out_observed_ones():
    values = np.zeros((1, 5, 1))
    values[0, :, 0] = [0.0, 0.2, 0.1, 0.5, 1.0]
    filled = np.zeros((1, 5, 1), dtype=bool)
    filled[0, 4] = True
    sd = uncertainty.measurement_errors(values, filled, 0.02, ["positive"])[0, :, 0]
    # observed with observed neighbours: .2 against .05, .1 against .35
    assert sd[4] == pytest.approx(np.sqrt((0.15**2 + 0.25**2) / 2))
    assert sd[:4] == pytest.approx(0.02 * values[0, :4, 0])


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


def test_a_year_or_region_less():
    found = sensitivity.panel_changes(VALUES, YELLOW, REGIONS)
    assert list(found["kind"])[:2] == ["last", "first"]
    assert set(found["left_out"][2:]) == set(REGIONS.index)
    shandong = found.set_index("left_out").loc["Shandong", "largest"]
    assert shandong == found["largest"].max()  # the region with most maxima


@pytest.mark.parametrize("shape", [{"years": 1}, {"regions": 4, "groups": 1}, {"subsystems": 3}, {"periods": True}])
def test_studies_of_other_shapes(shape):
    m = made_up(**shape)
    values = np.random.default_rng(1).random((len(m.regions), len(m.study.years), len(m.study.indicators)))
    vary = ("coupling", "alpha", "left_out")
    own = m.study.model_copy(update={"robustness": m.study.robustness.model_copy(update={"vary": vary, "draws": 100})})
    spatial = multiverse.spatial_choices(own, m.regions, None, None)
    made = multiverse.multiverse(values, np.zeros(values.shape, bool), own, m.regions, spatial)
    ranks, _ = uncertainty.draws(values, np.zeros(values.shape, bool), own, "both")
    assert np.isfinite(made.mean).all()
    assert (
        len(uncertainty.rank_intervals(made, {"both": ranks}, own, m.regions)) == 2 * values.shape[0] * values.shape[1]
    )
    assert len(sensitivity.panel_changes(values, own, m.regions)) >= (values.shape[1] > 1)
    assert sensitivity.sensitivity(made)["total"].notna().any()


def test_a_missing_value_is_refused():
    bad = VALUES.copy()
    bad[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="a missing or infinite value"):
        multiverse.multiverse(bad, FILLED, YELLOW, REGIONS, {})


def test_cronbach_and_correlation_ratio():
    x = np.linspace(-1, 1, 200)
    assert coherence.correlation_ratio(x**3, x) == pytest.approx(1)
    assert coherence.correlation_ratio(x, np.ones(200)) == 0
    assert np.isnan(coherence.cronbach_alpha(x[:, None]))
    assert coherence.cronbach_alpha(np.column_stack([x, x, x])) == pytest.approx(1)


def test_coherence_of_the_yellow_river():
    wide = RELEASED.pivot(index=["region", "year"], columns="indicator", values="value")
    members = {s.id: [i.id for i in s.indicators] for s in YELLOW.subsystems}
    table, parts = coherence.coherence(wide, weighting.weights(wide, members), YELLOW)
    assert table.groupby("subsystem")["effective"].sum().to_numpy() == pytest.approx(1)
    assert set(table["indicator"]) == {i.id for i in YELLOW.indicators}
    assert set(parts["part"]) >= {s.id for s in YELLOW.subsystems}
    of = pd.DataFrame(np.corrcoef(wide[members["digital_technology"]], rowvar=False))
    assert parts.iloc[0]["first_component"] == pytest.approx(np.linalg.eigvalsh(of)[-1] / 8)


def halves(k, start=0):
    """1 in k of the first 40 rows, in a run from `start`, and in 40 - k of the last 40; otherwise 0.

    The correlation with `halves(40)` is k / 20 - 1.
    """
    return np.concatenate([np.roll(np.arange(40) < ones, start) for ones in (k, 40 - k)]).astype(float)


@pytest.fixture(scope="module")
def coherent():
    """Three subsystems whose score is their first indicator.

    The others correlate with it by .3 and .4; .95 and -.5; .9 and .5. A curve through two points leaves nothing
    unexplained, so that the square of this is the share of the score that an indicator explains: .09, .16 and so on.
    """
    small = Study.model_validate(document(1, 1, 3))
    columns = [halves(40), halves(26), halves(28, 6)]
    columns += [halves(40), halves(39), halves(10)]
    columns += [halves(40), halves(38), halves(30)]
    values = pd.DataFrame(np.column_stack(columns), columns=[i.id for i in small.indicators])
    of = [(s.id, i.id) for s in small.subsystems for i in s.indicators]
    weights = pd.DataFrame(of, columns=["subsystem", "indicator"]).assign(weight=[1, 0, 0] * 3)
    return small, *coherence.coherence(values, weights, small)


def test_an_indicator_is_flagged_that_runs_against_the_rest_says_little_or_repeats_another(coherent):
    _, found, _ = coherent
    assert found["with_score"].to_numpy() == pytest.approx([1, 0.3, 0.4, 1, 0.95, -0.5, 1, 0.9, 0.5])
    assert found["flag"].tolist() == ["", "silent", "", "collinear", "collinear", "against", "", "", ""]


def test_effective_weights_are_shares_of_what_each_indicator_explains(coherent):
    explained = np.array([[1, 0.09, 0.16], [1, 0.9025, 0.25], [1, 0.81, 0.25]])
    expected = explained / explained.sum(axis=1, keepdims=True)
    assert coherent[1]["effective"].to_numpy() == pytest.approx(expected.ravel())


def test_an_indicator_is_compared_with_the_mean_of_the_others_and_with_the_nearest(coherent):
    found = coherent[1].set_index("indicator")
    second = found.loc["ind_0_0_1"]
    # 28 rows of 80 have it and the third: covariance .35 - .25; with the first .3 / 4; variance of their mean .175
    assert second["with_rest"] == pytest.approx((0.1 + 0.075) / 2 / (0.5 * sqrt(0.175)))
    assert (second["nearest"], second["with_nearest"]) == ("ind_0_1_0", pytest.approx(0.4))
    assert found.loc["ind_1_0_0", "with_nearest"] == pytest.approx(0.95)


def test_readers_are_told_what_is_flagged(coherent):
    small, found, parts = coherent
    reader = Reader(small, None, "en")
    shown = tables.coherence(found, reader).iloc[:, -1]
    little, same, against = "hardly matters", "almost the same", "runs against the rest"
    assert shown.tolist() == ["", little, "", same, same, against, "", "", ""]
    said = reader.say("robustness", "coherence", **facts.coherence(found, parts))
    assert "Indicators that run against the rest of their subsystem: Indicator 2.2 A. " in said


# Weights


@pytest.mark.parametrize("scheme", WEIGHTING)
@given(x=arrays(float, (6, 3), elements=st.floats(0.01, 1)))
def test_weights_add_up_to_one(scheme, x):
    w = WEIGHTING[scheme].function(x)
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
