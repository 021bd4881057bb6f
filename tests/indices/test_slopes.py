"""Slopes of ln C split its change exactly, for every formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.choices import COUPLING
from coordination.indices import coupling, slopes

points = st.integers(2, 5).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(1, 100).map(lambda k: k / 100), min_size=n, max_size=n)] * 2)
)


@pytest.mark.parametrize("variant", list(COUPLING), ids=str)
@given(points)
def test_slopes_times_changes_are_the_change_of_ln_c(variant, ends):
    a, b = map(np.array, ends)
    found, degrees = COUPLING[variant].slopes(a, b), [float(coupling.coupling_degree(u, variant)) for u in (a, b)]
    if min(degrees) < 1e-9:
        return
    assert found.shape == a.shape
    assert found @ (b - a) == pytest.approx(np.log(degrees[1] / degrees[0]), abs=1e-9)


@pytest.mark.parametrize("variant", list(COUPLING), ids=str)
def test_where_a_degree_is_zero_there_is_no_slope(variant):
    zero, other = {"fan2024": ([0.0, 1.0], [0.5, 0.6])}.get(variant, ([0.0, 0.5], [0.5, 0.6]))
    for ends in ((zero, other), (other, zero)):
        assert np.isnan(COUPLING[variant].slopes(*map(np.array, ends))).all()


def test_slopes_of_two_scores_that_change_places():
    a, b = np.array([0.2, 0.6]), np.array([0.6, 0.2])
    for variant in COUPLING.values():
        assert variant.slopes(a, b)[0] == pytest.approx(variant.slopes(a, b)[1])  # neither counts for more
    assert slopes.fan2024(np.array([0.4, 0.4]), np.array([0.5, 0.5])).tolist() == [0, 0]


def test_of_two_scores_the_slope_half_way_is_the_mean_slope():
    a, b, t = np.array([0.3, 0.9]), np.array([0.4, 0.8]), np.linspace(0, 1, 20_001)[:, None]
    way = a + t * (b - a)
    for variant in ("standard", "wang2021", "fan2024"):
        step, numeric = 1e-6, []
        for s in (0, 1):
            moved = np.zeros(2)
            moved[s] = step
            up, down = (coupling.coupling_degree(np.clip(way + d, None, 1), variant) for d in (moved, -moved))
            numeric.append(np.mean(np.log(np.asarray(up) / np.asarray(down)) / (2 * step)))
        assert COUPLING[variant].slopes(a, b) == pytest.approx(numeric, abs=2e-4)
