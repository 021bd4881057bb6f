from math import erf, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import document
from yellow import FILLED, REGIONS, REGISTER, VALUES, YELLOW

from coordination.robustness import multiverse, uncertainty
from coordination.study.model import Study


def below(z):
    """Share of the standard normal distribution below z."""
    return (1 + erf(z / sqrt(2))) / 2


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
