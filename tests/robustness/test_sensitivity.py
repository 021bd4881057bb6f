import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from yellow import REGIONS, VALUES, YELLOW

from coordination.robustness import sensitivity


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


def test_a_year_or_region_less():
    found = sensitivity.panel_changes(VALUES, YELLOW, REGIONS)
    assert list(found["kind"])[:2] == ["last", "first"]
    assert set(found["left_out"][2:]) == set(REGIONS.index)
    shandong = found.set_index("left_out").loc["Shandong", "largest"]
    assert shandong == found["largest"].max()  # the region with most maxima
