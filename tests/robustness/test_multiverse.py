from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from made_up import made_up
from yellow import FILLED, REGIONS, REGISTER, RELEASED, VALUES, YELLOW

from coordination.choices import COUPLING, SPATIAL_WEIGHTS
from coordination.errors import InputError
from coordination.indices import coupling, normalisation, universe, weighting
from coordination.replication import measures
from coordination.robustness import multiverse, sensitivity, uncertainty


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
    assert len(np.unique(made.choices, axis=0)) == len(made.choices) == 46 * len(COUPLING.offered) * 19
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


def test_goalposts_are_not_set_by_extremes():
    x = np.linspace(0, 1, 101)[:, None, None]
    found = normalisation.between_goalposts(x)[:, 0, 0]
    assert found[[0, 5, 50, 95, 100]] == pytest.approx([0, 0, 0.5, 1, 1])
    far = x.copy()
    far[100] = 37
    assert normalisation.between_goalposts(far)[:, 0, 0] == pytest.approx(found)
    assert (normalisation.between_goalposts(np.full((3, 2, 1), 0.4)) == 0).all()


@pytest.mark.parametrize("vary", [("coupling",), ("coupling", "spatial_weights")])
def test_the_studys_own_weights_are_transformed_whether_weights_vary_or_not(vary):
    of = {"spatial_weights": YELLOW.spatial_weights.model_copy(update={"transform": "row"})}
    study = YELLOW.model_copy(update=of | {"robustness": YELLOW.robustness.model_copy(update={"vary": vary})})
    own = multiverse.spatial_choices(study, REGIONS, None, None)["own"]
    np.testing.assert_allclose(own.sum(axis=1), 1)


@pytest.mark.parametrize(("regions", "k"), [(2, 1), (3, 1), (4, 2), (7, 3), (9, 4), (400, 4)])
def test_at_most_half_of_the_regions_are_tried_as_nearest(regions, k):
    assert SPATIAL_WEIGHTS["knn"].tried(regions) == [{"k": k}]


def test_weights_that_differ_by_a_factor_alone_are_one_choice():
    found = multiverse.spatial_choices(YELLOW, REGIONS, None, None)
    assert "knn_4_none" in found
    assert "knn_4_row" not in found  # every region has four neighbours
    shares = [w.to_numpy() / w.to_numpy().sum() for w in found.values()]
    assert all(np.abs(a - b).max() > 1e-6 for a, b in combinations(shares, 2))


def test_of_many_regions_of_which_nothing_is_claimed_the_last_year_is_ranked(monkeypatch):
    vary = ("normalisation", "zeros", "aggregation", "coupling", "left_out")
    own = YELLOW.model_copy(update={"robustness": YELLOW.robustness.model_copy(update={"vary": vary})})
    whole = multiverse.multiverse(VALUES, FILLED, own, REGIONS, {})
    monkeypatch.setattr(multiverse, "LARGE", len(REGIONS) - 1)
    found = multiverse.multiverse(VALUES, FILLED, own, REGIONS, {})
    assert (whole.years, found.years) == (YELLOW.years, YELLOW.years[-1:])
    for name in ("choices", "mean", "ranks"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
    np.testing.assert_array_equal(found.counts, whole.counts[:, -1:])
    np.testing.assert_array_equal(found.flips, whole.flips[:, -1:])
    np.testing.assert_array_equal(found.degrees, whole.degrees.astype(np.float32))
    shares = [sensitivity.sensitivity(m).set_index(["output", "factor"]) for m in (whole, found)]
    np.testing.assert_allclose(*(s.to_numpy(float) for s in shares), rtol=0, atol=1e-6)
    drawn = {"both": uncertainty.draws(VALUES, FILLED, own, "both")[0]}
    ranks = [uncertainty.rank_intervals(m, drawn, own, REGIONS) for m in (whole, found)]
    of_last = ranks[0][ranks[0]["year"] == YELLOW.years[-1]].reset_index(drop=True)
    pd.testing.assert_frame_equal(ranks[1], of_last)
    # a claim may be about any year
    assert multiverse.plan(VALUES, FILLED, own, REGIONS, {}, REGISTER).years == range(len(YELLOW.years))


def test_other_spatial_weights_are_made_where_a_claim_or_the_menu_asks_for_them():
    wider = YELLOW.model_copy(
        update={"robustness": YELLOW.robustness.model_copy(update={"wider": ("spatial_weights",)})}
    )
    assert multiverse.about_space(YELLOW, REGISTER)
    assert multiverse.about_space(wider, None)
    assert not multiverse.about_space(YELLOW, REGISTER[REGISTER["variable"] == "coordination_degree"])
    assert not multiverse.about_space(YELLOW, None)
    assert list(multiverse.spatial_choices(YELLOW, REGIONS, None, None, alone=True)) == ["own"]
