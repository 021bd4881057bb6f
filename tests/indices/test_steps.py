from math import erf, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from yellow import VALUES

from coordination.choices import AGGREGATION, NORMALISATION, WEIGHTING
from coordination.errors import InputError
from coordination.indices import universe, weighting


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


@pytest.mark.parametrize("scheme", WEIGHTING)
@given(x=arrays(float, (6, 3), elements=st.floats(0.01, 1)))
def test_weights_add_up_to_one(scheme, x):
    w = WEIGHTING[scheme].of(years=2)(x)
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
