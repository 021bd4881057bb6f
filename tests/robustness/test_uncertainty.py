from dataclasses import replace
from itertools import product
from math import erf, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import document
from yellow import FILLED, REGIONS, REGISTER, VALUES, YELLOW

from coordination.indices import universe
from coordination.indices.weighting import entropy_weights
from coordination.replication import measures
from coordination.robustness import multiverse, uncertainty
from coordination.spatial import neighbours
from coordination.study.model import Study

SCORES = universe.scores(VALUES.reshape(-1, VALUES.shape[2]), universe.own(YELLOW), YELLOW, ["none"])
DEGREES = universe.degrees(SCORES, (YELLOW.coupling.variant,), np.array([list(YELLOW.alpha.values())])).reshape(
    VALUES.shape[:2]
)


def below(z):
    """Share of the standard normal distribution below z."""
    return (1 + erf(z / sqrt(2))) / 2


def sizes(held):
    return dict.fromkeys(uncertainty.SIZES, held)


def test_shares_of_claims_and_what_turns_them(made):
    found = uncertainty.claim_shares(made, sizes({k: np.array([True, False]) for k in made.holds}))
    assert list(found["claim"]) == list(REGISTER["id"])
    assert found["share"].between(0, 1).all()
    assert (found["certainty"] == 0.5).all()
    never = found[found["holds"] & (found["share"] == 1)]
    assert (never["changes"] == "").all()
    assert (found[found["share"].between(0.001, 0.999)]["changes"] != "").all()


def test_every_level_of_a_choice_counts_alike_and_near_duplicates_once(made):
    weight = multiverse.balance(made)
    assert weight.sum() == pytest.approx(1)
    zeros = list(made.factors).index("zeros")
    of = {level: weight[made.choices[:, zeros] == k] for k, level in enumerate(made.factors["zeros"])}
    assert max(of["limit"]) == pytest.approx(max(of["narrow"]) / 2)
    assert max(of["shift"]) == pytest.approx(max(of["narrow"]) / 2)


def test_claims_are_judged_only_where_they_mean_something(made):
    kind = list(made.factors).index("normalisation")
    levels = np.array(made.factors["normalisation"])[made.choices[:, kind]]
    assert set(levels[multiverse.meant(made, ("over_time",))]) == set(levels) - {"year"}
    assert set(levels[multiverse.meant(made, ("same_scale",))]) == {"pooled"}
    assert multiverse.meant(made, ()).all()
    held = sizes({k: np.ones(1) for k in made.holds})
    every = uncertainty.claim_shares(made, held).set_index("claim")
    found = uncertainty.claim_shares(made, held, None, REGISTER).set_index("claim")
    for row in REGISTER.to_dict("records"):
        needs, own = measures.needs(row), found.loc[row["id"]]
        assert own["universes"] <= every.loc[row["id"], "universes"]
        if "same_scale" in needs:
            assert own["share"] == pytest.approx(own["share_own"])
            assert "normalisation" not in own["changes"]
        elif not needs:
            assert own["share"] == pytest.approx(every.loc[row["id"], "share"])


def test_the_shift_of_zeros_is_nearly_their_limit():
    """Why the two count once: D differs by at most 0.002."""
    own = universe.own(YELLOW)
    flat = VALUES.reshape(-1, VALUES.shape[2])
    alpha = np.array([list(YELLOW.alpha.values())])
    both = [
        universe.degrees(universe.scores(flat, replace(own, zeros=z), YELLOW), (own.coupling,), alpha)
        for z in ("limit", "shift")
    ]
    assert np.abs(both[0] - both[1]).max() <= 0.002


def test_certainty_counts_the_studys_own_axes(made):
    own_axes_only = np.array([[[True, False]], [[True, False]], [[False, True]]])
    found = uncertainty.claim_shares(made, sizes(dict.fromkeys(made.holds, own_axes_only)))
    assert found["certainty"].tolist() == pytest.approx([2 / 3] * len(found))


def test_a_set_of_choices_that_turns_a_verdict_is_as_small_as_can_be(made):
    changed = (made.choices != 0).sum(axis=1)
    for name, holds in made.holds.items():
        if holds.ndim == 1 and (holds != holds[0]).any():
            smallest = changed[holds != holds[0]].min()
            held = sizes({k: np.ones(1) for k in made.holds})
            said = uncertainty.claim_shares(made, held).set_index("claim")["changes"]
            assert said[name].split(" | ")[0].count(" + ") == smallest - 1
            break


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
    of_universes = SimpleNamespace(
        counts=np.array(times)[::-1, None], own_ranks=np.arange(1, 6)[:, None], years=small.years
    )
    found = uncertainty.rank_intervals(of_universes, {"figures": ranks}, small, regions)
    by_source = found.groupby("source")[["low", "median", "high"]]
    assert by_source.get_group("figures").to_numpy().tolist() == expected
    assert by_source.get_group("universes").to_numpy().tolist() == expected[::-1]
    assert found["rank"].tolist() == [1, 2, 3, 4, 5] * 2


def test_certainty_is_given_at_three_sizes_of_errors(made):
    shares = {1: [True, True, False, False], 0.5: [True, True, True, False], 2: [True, False, False, False]}
    held = {size: dict.fromkeys(made.holds, np.array(those)) for size, those in shares.items()}
    found = uncertainty.claim_shares(made, held)
    columns = ["certainty", "certainty_half", "certainty_double"]
    assert found[columns].drop_duplicates().to_numpy().tolist() == [[0.5, 0.75, 0.25]]
    assert (found["draws"] == 4).all()


def test_draws_without_errors_are_the_study():
    none = {"measurement": 0.0, "draws": 100}
    exact = YELLOW.model_copy(update={"robustness": YELLOW.robustness.model_copy(update=none)})
    register = REGISTER[REGISTER["variable"] == "coordination_degree"]
    for source, scale in (("figures", 1.0), ("figures", 2.0)):
        ranks, held = uncertainty.draws(
            VALUES, np.zeros_like(FILLED), exact, source, register, REGIONS, None, scale=scale
        )
        assert (ranks == ranks[0]).all()
        assert all(h.all() or not h.any() for h in held.values())


@pytest.mark.parametrize("source", ["figures", "weights", "both"])
def test_the_study_is_the_centre_of_its_draws(source):
    own = DEGREES
    d = np.concatenate([d for _, d in uncertainty.repeated(VALUES, FILLED, YELLOW, source)])
    low, first, third, high = np.quantile(d, [0.05, 0.25, 0.75, 0.95], axis=0)
    assert ((own >= first) & (own <= third)).mean() >= 0.4
    assert ((own >= low) & (own <= high)).mean() >= 0.85
    assert (d[:, :, -1].mean(axis=1) < own[:, -1].mean()).mean() == pytest.approx(0.5, abs=0.1)


def simulated(seed, n=9, m=5):
    """A study whose true figures are known, and what was measured of them."""
    small = Study.model_validate(document(2, m, 2) | {"robustness": {"draws": 300, "measurement": 0.02}})
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 2, (n, 1, 6)) * 0.6 + np.linspace(0, 0.35, m)[:, None] * rng.random((n, 1, 6))
    none = np.zeros(truth.shape, dtype=bool)
    sd = uncertainty.measurement_errors(truth, none, 0.02, [i.direction for i in small.indicators])
    measured = truth + np.clip(sd * rng.standard_normal(truth.shape), -truth, truth)
    exact = small.model_copy(update={"robustness": small.robustness.model_copy(update={"measurement": 0.0})})
    known = np.concatenate([d for _, d in uncertainty.repeated(truth, none, exact, "figures")])[0]
    drawn = np.concatenate([d for _, d in uncertainty.repeated(measured, none, small, "figures")])
    return known, drawn


def test_intervals_of_a_known_truth_cover_it():
    inside, ranked = [], []
    for seed in range(40):
        known, drawn = simulated(seed)
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        inside.append((known >= low) & (known <= high))
        order = 1 + (drawn[:, None] > drawn[:, :, None]).sum(axis=2)
        of_truth = 1 + (known[None] > known[:, None]).sum(axis=1)
        low, high = np.quantile(order, [0.05, 0.95], axis=0, method="inverted_cdf")
        ranked.append((of_truth >= low) & (of_truth <= high))
    assert 0.85 <= np.mean(inside) <= 0.95
    assert np.mean(ranked) >= 0.85


def test_draws_repeat_themselves_whatever_the_batch(monkeypatch):
    one = uncertainty.draws(VALUES, FILLED, YELLOW, "both")[0]
    monkeypatch.setattr(multiverse, "BATCH", 7 * VALUES.size)
    assert np.array_equal(one, uncertainty.draws(VALUES, FILLED, YELLOW, "both")[0])


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("size", [0.02, 0.05])
def test_errors_of_figures_have_the_stated_size(size, scale):
    """Figures of 1 and 0.97 with errors of a share s: their difference is N(0.03, s^2 (1 + 0.97^2))."""
    values = np.array([[1, 1, 0, 0, 1, 0], [0.97, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0]], dtype=float)[:, None]
    small = Study.model_validate(document(1, 1, 2) | {"robustness": {"draws": 20_000, "measurement": size / scale}})
    none = np.zeros(values.shape, dtype=bool)
    ranks, _ = uncertainty.draws(values, none, small, "figures", scale=scale)
    overtaken = below(-0.03 / (size * sqrt(1 + 0.97**2)))
    assert (ranks[:, 1, 0] < ranks[:, 0, 0]).mean() == pytest.approx(overtaken, abs=0.012)


def test_weights_are_those_of_regions_drawn_with_replacement():
    """All 27 ways to draw three regions out of three, one by one."""
    values = np.random.default_rng(5).random((3, 2, 6)).round(2)
    small = Study.model_validate(document(1, 2, 2) | {"robustness": {"draws": 20_000, "measurement": 0.0}})
    drawn = np.concatenate([s for s, _ in uncertainty.repeated(values, np.zeros(values.shape, bool), small, "weights")])
    every = []
    for chosen in product(range(3), repeat=3):
        sample = values[list(chosen)].reshape(6, 6)
        weights = [entropy_weights(sample[:, c]) for c in (slice(0, 3), slice(3, 6))]
        whole = values.reshape(6, 6)
        every.append([whole[:, :3] @ weights[0], whole[:, 3:] @ weights[1]])
    every = np.array(every).transpose(0, 2, 1)
    assert np.unique(drawn[:, 0, 0].round(9)).tolist() == pytest.approx(np.unique(every[:, 0, 0].round(9)).tolist())
    np.testing.assert_allclose(drawn.mean(axis=0), every.mean(axis=0), atol=0.003)
    np.testing.assert_allclose(drawn.std(axis=0), every.std(axis=0), atol=0.003)


def test_no_figure_passes_the_lowest_and_errors_have_mean_zero():
    values = np.array([[0.0, 0.01, 0.5, 1.0]] * 2).reshape(2, 4, 1) * np.ones(6)
    filled = np.ones(values.shape, dtype=bool)
    filled[:, ::3] = False
    small = Study.model_validate(document(1, 4, 2) | {"robustness": {"draws": 4000, "measurement": 0.3}})
    equal = small.model_copy()
    scores = np.concatenate([s for s, _ in uncertainty.repeated(values, filled, equal, "figures")])
    assert scores.min() >= 0
    own = values[..., :3].reshape(8, 3).mean(axis=1)  # all indicators alike: any weights
    np.testing.assert_allclose(scores[:, :, 0].mean(axis=0), own, atol=0.02)
    assert (scores[:, 0] == 0).all()


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


def test_claims_of_growth_are_left_out_where_the_study_scales_every_year_by_itself():
    method = YELLOW.method.model_copy(update={"normalisation": "year"})
    robustness = YELLOW.robustness.model_copy(update={"vary": ("zeros", "coupling"), "draws": 20})
    apart = YELLOW.model_copy(update={"method": method, "robustness": robustness})
    raw = {"own": neighbours.build(YELLOW.spatial_weights, REGIONS)}
    made = multiverse.multiverse(VALUES, FILLED, apart, REGIONS, raw, REGISTER)
    drawn = {x: uncertainty.draws(VALUES, FILLED, apart, "both", REGISTER, REGIONS, raw["own"], scale=x)[1]
             for x in uncertainty.SIZES}  # fmt: skip
    told = uncertainty.claim_shares(made, drawn, None, REGISTER)
    growing = {row["id"] for row in REGISTER.to_dict("records") if "over_time" in measures.needs(row)}
    assert len(growing) > 10
    assert not growing & set(told["claim"])
    assert len(told) > 20
