from itertools import combinations, permutations
from math import comb, factorial

import numpy as np
import pytest
from conftest import defaults
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from coordination import spatial
from coordination.choices import TAIL
from coordination.spatial import permutation
from coordination.spatial.permutation import (
    arrangements,
    as_extreme,
    compact,
    conditional_lags,
    counted,
    drawn,
    enumerated,
    exact_global,
    neighbour_sets,
    p_of,
    quadratic,
    rearranged,
    sampled_global,
    sampled_lags,
    sampled_local,
    screened_global,
    smallest_p,
    subset_sums,
)

TAILS = ("greater", "less", "two-sided")


def moderate(size):
    return arrays(float, size, elements=st.floats(-100, 100))


def problem(n, m=3, seed=1):
    """Standardised values, weights that are not symmetric and add up to 1, and Moran's I of them."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(m, n))
    z = (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True)
    w = rng.random((n, n)) * ~np.eye(n, dtype=bool)
    w /= w.sum()
    return z, w, np.einsum("mi,ij,mj->m", z, w, z), -1 / (n - 1)


@pytest.mark.parametrize(("n", "k"), [(1, None), (4, None), (7, None), (5, 2), (6, 3), (5, 1), (4, 0)], ids=str)
def test_arrangements_are_all_ordered_selections_in_order(n, k):
    found = arrangements(n, k)
    assert [tuple(row) for row in found.tolist()] == list(permutations(range(n), k))


def test_arrangements_are_shared_and_cannot_be_changed():
    assert arrangements(5) is arrangements(5)
    with pytest.raises(ValueError, match="read-only"):
        arrangements(5)[0, 0] = 3


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(moderate(n), st.integers(0, n))))
def test_subset_sums_are_those_of_all_combinations(case):
    values, k = case
    expected = sorted(sum(c) for c in combinations(values.tolist(), k))
    found = subset_sums(values, k)
    assert len(found) == comb(len(values), k)
    np.testing.assert_allclose(np.sort(found), expected, atol=1e-9)


@pytest.mark.parametrize("k", [1, 2, 3, 4], ids=str)
def test_subset_sums_come_in_the_order_of_combinations(k):
    values = [1.0, 10.0, 100.0, 1000.0, 10000.0]
    assert subset_sums(values, k).tolist() == [sum(c) for c in combinations(values, k)]


@pytest.mark.parametrize("n", [4, 5], ids=str)
def test_quadratic_forms_are_those_of_rearranged_values(n):
    z, w, *_ = problem(n)
    w += np.diag(np.arange(n) / 7)
    orders = np.array(list(permutations(range(n))))
    found = np.concatenate(list(rearranged(z, quadratic(w), [orders])))
    assert found.shape == (factorial(n), 3)
    # Rearranging the weights by an order is rearranging the values by its inverse.
    expected = [[(x[np.argsort(o)] @ w) @ x[np.argsort(o)] for x in z] for o in orders]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_nothing_depends_on_the_batches(monkeypatch):
    z, w, observed, centre = problem(6)

    def found():
        every = list(rearranged(z, quadratic(w), enumerated(6)))
        p = exact_global(z, w, observed, centre), sampled_global(z, w, observed, centre, 500, 3)
        return np.concatenate(every), [values for part in p for values in part.values()], len(every)

    whole, p, one = found()
    monkeypatch.setattr(permutation, "BATCH", 6 * 7)
    monkeypatch.setattr(permutation, "BLOCK", 18 * 2)
    parts, again, many = found()
    assert (one, many) == (1, 103 * 4 - 1)
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_allclose(again, p, rtol=1e-13)


@pytest.mark.parametrize("n", [3, 255, 256, 700], ids=str)
def test_drawing_in_batches_is_drawing_at_once(n, monkeypatch):
    monkeypatch.setattr(permutation, "BATCH", 4 * n)
    parts = list(drawn(n, 30, 5))
    assert [len(part) for part in parts] == [4] * 7 + [2]
    at_once = np.random.default_rng(5).permuted(np.tile(np.arange(n), (30, 1)), axis=1)
    np.testing.assert_array_equal(np.concatenate(parts), at_once)


@pytest.mark.parametrize("density", [0.01, 1.0], ids=["sparse", "dense"])
def test_many_regions_have_the_p_values_of_one_product_a_permutation(density):
    n, rng = 300, np.random.default_rng(2)
    w = rng.random((n, n)) * (rng.random((n, n)) < density) * ~np.eye(n, dtype=bool)
    w /= w.sum()
    assert isinstance(compact(w), np.ndarray) == (density == 1)
    z = rng.integers(0, 3, (4, n)) - 1.0  # so that many arrangements tie
    z[0] += 30 * (w @ z[0])
    z = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    observed = np.einsum("mi,ij,mj->m", z, w, z)
    every = []
    for order in np.random.default_rng(8).permuted(np.tile(np.arange(n), (299, 1)), axis=1):
        moved = np.empty_like(z)
        moved[:, order] = z
        every.append(((moved @ w) * moved).sum(axis=1))
    found = sampled_global(z, w, observed, -1 / (n - 1), 299, 8)
    for tail, count in as_extreme(every, observed, -1 / (n - 1)).items():
        np.testing.assert_array_equal(found[tail], (count + 1) / 300)
    np.testing.assert_allclose(found["mean"], np.mean(every, axis=0), atol=1e-15)
    np.testing.assert_allclose(found["sd"], np.std(every, axis=0), atol=1e-15)
    shares, exact = p_of(z, quadratic(w), observed, -1 / (n - 1), 299, 8)
    assert not exact
    for tail in TAILS:
        np.testing.assert_array_equal(shares[tail], found[tail])


def test_a_distribution_is_counted_in_parts_as_as_a_whole(monkeypatch):
    parts = [np.random.default_rng(k).normal(size=(k + 1, 2, 3)) for k in range(9)]
    observed, centre = np.full((2, 3), 0.2), np.full((2, 3), 0.1)
    monkeypatch.setattr(permutation, "BLOCK", 50)
    total, counts, (mean, sd) = counted(parts, observed, centre, ["less"])
    whole = np.concatenate(parts)
    assert total == len(whole) == 45
    assert list(counts) == ["less"]
    np.testing.assert_array_equal(counts["less"], as_extreme(whole, observed, centre)["less"])
    np.testing.assert_allclose(mean, whole.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(sd, whole.std(axis=0), atol=1e-14)


def test_p_values_count_ties_within_the_tolerance():
    counts = as_extreme([[0.1 + 0.2], [0.3], [0.4], [0.2], [-0.1]], [0.3], 0.1)
    assert {tail: int(count[0]) for tail, count in counts.items()} == {"greater": 3, "less": 4, "two-sided": 4}
    just_outside = as_extreme([0.3 - 1e-8, 0.3 + 1e-8], 0.3, 0.0)
    assert {tail: int(count) for tail, count in just_outside.items()} == {"greater": 1, "less": 1, "two-sided": 1}


def test_the_tolerance_is_relative_for_large_statistics():
    assert as_extreme([1e6 - 1e-4], 1e6, 0.0)["greater"] == 1
    assert as_extreme([1e6 - 1e-2], 1e6, 0.0)["greater"] == 0


@pytest.mark.parametrize("n", [4, 5, 6], ids=str)
def test_exact_p_values_are_shares_of_all_arrangements(n):
    z, w, observed, centre = problem(n)
    found = exact_global(z, w, observed, centre)
    for k, values in enumerate(z):
        every = [sum(w[i, j] * p[i] * p[j] for i in range(n) for j in range(n)) for p in permutations(values)]
        every = np.array(every)
        expected = {
            "greater": (every >= observed[k] - 1e-9).mean(),
            "less": (every <= observed[k] + 1e-9).mean(),
            "two-sided": (abs(every - centre) >= abs(observed[k] - centre) - 1e-9).mean(),
        }
        assert {tail: found[tail][k] for tail in TAILS} == pytest.approx(expected, abs=1e-15)


def test_too_many_arrangements_are_not_enumerated(monkeypatch):
    assert exact_global(*problem(11)) is None
    monkeypatch.setattr(permutation, "FEASIBLE", factorial(5))
    assert exact_global(*problem(5)) is not None
    assert exact_global(*problem(6)) is None


@pytest.mark.parametrize("tail", TAILS)
def test_sampled_p_values_are_within_binomial_error_of_the_exact_ones(tail):
    z, w, observed, centre = problem(7, m=8)
    exact = exact_global(z, w, observed, centre)[tail]
    sampled = sampled_global(z, w, observed, centre, 4999, seed=11)[tail]
    error = np.sqrt(exact * (1 - exact) / 5000)
    assert (np.abs(sampled - exact) <= 4 * error + 1 / 5000).all()
    assert (sampled != exact).any()


def test_the_seed_decides_the_sample():
    first, again, other = (sampled_global(*problem(12), 999, seed)["greater"] for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_sampled_p_value_is_never_0():
    z, w = np.array([[3.0, 1.0, -1.0, -3.0, 0.0]]), np.zeros((5, 5))
    w[0, 1] = 1.0
    assert sampled_global(z, w, [99.0], 0.0, 99, 0)["greater"] == pytest.approx(1 / 100)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param([0, 0, 0, 0], 1, id="none"),
        pytest.param([0, 1, 0, 0], 4, id="one"),
        pytest.param([1, 1, 0, 0], 6, id="two-equal"),
        pytest.param([1 / 3, 1 / 3, 1 - 2 / 3, 0], 4, id="equal-but-for-rounding"),
        pytest.param([1, 2, 0, 0], 12, id="two-unequal"),
        pytest.param([4, 1, 2, 3], 24, id="all-unequal"),
        pytest.param([1, 1, 1, 1], 1, id="all-equal"),
    ],
)
def test_number_of_neighbour_sets_and_their_lags(row, expected):
    assert neighbour_sets(row) == expected
    assert len(conditional_lags([1.0, 2.0, 4.0, 8.0], row)) == expected


@pytest.mark.parametrize(
    "row",
    [
        pytest.param([0.0, 0.5, 0.0, 0.5, 0.0, 0.0], id="equal"),
        pytest.param([0.2] * 5 + [0.0], id="equal-more-than-half"),
        pytest.param([0.0, 0.7, 0.0, 0.3, 0.0, 0.0], id="unequal"),
        pytest.param([0.4, 0.1, 0.1, 0.2, 0.05, 0.15], id="all-unequal"),
        pytest.param([0.0] * 6, id="none"),
    ],
)
def test_conditional_lags_are_distributed_as_over_all_rearrangements(row):
    others = np.array([3.0, -1.0, 4.0, 1.5, -5.0, 9.0])
    every = np.sort([np.dot(row, p) for p in permutations(others)])
    found = np.sort(conditional_lags(others, row))
    assert len(every) % len(found) == 0
    np.testing.assert_allclose(np.repeat(found, len(every) // len(found)), every, atol=1e-12)


def test_too_many_neighbour_sets_are_not_enumerated(monkeypatch):
    monkeypatch.setattr(permutation, "FEASIBLE", 11)
    assert conditional_lags([1.0, 2.0, 3.0, 4.0], [1, 2, 0, 0]) is None
    assert len(conditional_lags([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0])) == 6


@pytest.mark.parametrize("taken", [0, 1e9], ids=["carried", "taken"])
@pytest.mark.parametrize("n", [6, 40], ids=str)
def test_sampled_lags_are_those_of_the_rearranged_values(n, taken, monkeypatch):
    monkeypatch.setattr(permutation, "TAKEN", taken)
    rng = np.random.default_rng(n)
    w = np.round(rng.random((n, n)) * (rng.random((n, n)) < 3 / n), 2) * ~np.eye(n, dtype=bool)
    w[::2] = w[::2] > 0  # every other region has neighbours that weigh alike
    w[3], w[4] = 0, rng.random(n) * (np.arange(n) != 4)  # one has none, one all
    z = rng.normal(size=(3, n))
    orders = rng.permuted(np.tile(np.arange(n - 1), (50, 1)), axis=1)
    found = dict(sampled_lags(z, csr_array(w), orders))
    assert sorted(found) == np.flatnonzero(w.any(axis=1)).tolist()
    assert len({np.count_nonzero(row) for row in w}) > 3
    for i, lags in found.items():
        others, row = np.delete(z, i, axis=1), np.delete(w[i], i)
        linked = row[row > 0]
        expected = [[linked @ values[order[: len(linked)]] for order in orders] for values in others]
        np.testing.assert_allclose(lags, expected, atol=1e-14)


@pytest.mark.parametrize("tail", TAILS)
def test_sampled_local_p_values_are_shares_of_the_sample(tail, monkeypatch):
    n, rng = 12, np.random.default_rng(6)
    w = (rng.random((n, n)) < 0.3) * ~np.eye(n, dtype=bool) * 1.0
    w[0] = 0
    z, side = rng.integers(-2, 3, (4, n)) * 1.0, rng.choice([1.0, -1.0], (4, n))
    observed, centre = side * (z @ w.T), side * rng.normal(size=(4, n))
    orders = np.random.default_rng(7).permuted(np.tile(np.arange(n - 1), (299, 1)), axis=1)
    expected = np.full((4, n), 1 / 300)
    for i, lags in sampled_lags(z, csr_array(w), orders):
        counts = as_extreme((side[:, i, None] * lags).T, observed[:, i], centre[:, i])
        expected[:, i] = (counts[tail] + 1) / 300
    settings = {"tail": tail, "permutations": 299, "seed": 7}
    np.testing.assert_array_equal(sampled_local(z, csr_array(w), side, observed, centre, **settings), expected)
    monkeypatch.setattr(permutation, "BLOCK", 4 * 60)
    np.testing.assert_array_equal(sampled_local(z, csr_array(w), side, observed, centre, **settings), expected)
    assert len(np.unique(expected)) > 10


weights_of_five = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0]), min_size=5, max_size=5).filter(any)


@given(weights_of_five, st.sampled_from(TAILS))
def test_the_smallest_p_is_the_smallest_that_any_values_attain(row, tail):
    others = np.array([0.0, 1.0, 7.3, 31.9, 173.2])  # every sum of some of them is different
    lags = np.array([np.dot(row, p) for p in permutations(others)])
    mean = others.mean() * sum(row)
    least = min(as_extreme(lags, lag, mean)[tail] for lag in lags)
    assert smallest_p(row, tail) == pytest.approx(least / len(lags))


@pytest.mark.parametrize(
    ("neighbours", "one_sided", "two_sided"),
    [(1, 1 / 8, 1 / 8), (2, 1 / 28, 1 / 28), (3, 1 / 56, 1 / 56), (4, 1 / 70, 2 / 70), (8, 1, 1)],
    ids=["1", "2", "3", "4-of-8-mirrored", "8-of-8"],
)
def test_the_smallest_p_of_equal_neighbours_among_nine_regions(neighbours, one_sided, two_sided):
    row = np.repeat([1 / neighbours, 0.0], [neighbours, 8 - neighbours])
    assert smallest_p(row, "greater") == smallest_p(row, "less") == pytest.approx(one_sided)
    assert smallest_p(row, "two-sided") == pytest.approx(two_sided)


@pytest.mark.parametrize("tail", TAILS)
def test_without_a_neighbour_every_arrangement_is_the_same(tail):
    assert smallest_p(np.zeros(5), tail) == 1


def test_the_smallest_p_of_very_many_regions_is_a_number():
    assert smallest_p(np.arange(1.0, 400.0), "two-sided") == 0
    assert smallest_p(np.repeat([1.0, 0.0], [1, 399]), "greater") == pytest.approx(1 / 400)


@pytest.mark.parametrize("tail", list(TAIL))
@pytest.mark.parametrize("ring", [False, True], ids=["links of all sizes", "ring, nearly tied"])
@pytest.mark.parametrize(("level", "paired"), [(0.05, True), (0.2, True), (0.2, False)])
def test_screening_tells_which_p_are_significant(tail, level, paired, ring, monkeypatch):
    monkeypatch.setattr(permutation, "PAIRED", 50 if paired else 0)
    rng = np.random.default_rng(4)
    w = rng.random((7, 7)) * (rng.random((7, 7)) < 0.6) * (1 - np.eye(7))
    w = np.roll(np.eye(7), 1, axis=0) if ring else w
    z = rng.standard_normal((1000, 7)) + np.linspace(0, 2, 1000)[:, None] * np.arange(7)
    if ring:
        z[:, 1:5:2] = z[:, :4:2] + 1e-6  # told apart in double precision alone
    z = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    observed = np.einsum("mi,ij,mj->m", z, w, z)
    whole = sampled_global(z, w, observed, -w.sum() / 6, 499, 3)[tail]
    z[5] = whole[5] = np.nan
    found = screened_global(z, w, (tail, "two-sided"), level, 499, 3)[tail]
    np.testing.assert_array_equal(np.isnan(found), np.isnan(whole))
    np.testing.assert_array_equal(found <= level, whole <= level)
    assert 0 < np.mean(found <= level) < 1
    in_another_unit = screened_global(z, 1e-9 * w, (tail,), level, 499, 3)[tail]
    np.testing.assert_array_equal(in_another_unit <= level, found <= level)
    some = screened_global(z[:5], w, (tail,), level, 499, 3)[tail]
    np.testing.assert_array_equal(some <= level, found[:5] <= level)
    assert np.isnan(screened_global(z[5:6], w, (tail,), level, 499, 3)[tail]).all()


def test_what_is_not_asked_for_otherwise_is_drawn_with_seed_0_and_as_often_everywhere():
    """Results that a study does not set itself must not hang on which function it calls."""
    otherwise = {
        ("influence", "permutations"): 999, ("screened_global", "permutations"): 499, ("power", "draws"): 1000,
        ("reversals", "draws"): None,
    }  # fmt: skip
    usual = {"seed": 0, "permutations": 9999, "power": 1.0, "first": 0.8, "last": 0.0}
    found = {k: v for k, v in defaults(spatial).items() if k[1] in usual or k in otherwise}
    assert {k: v for k, v in found.items() if v != usual.get(k[1], "none")} == otherwise


def test_a_doubled_p_is_at_most_1():
    p = {"greater": np.array([0.7, 0.02, 0.5]), "less": np.array([0.6, 0.99, 0.6])}  # ties count on both sides
    np.testing.assert_array_equal(permutation.doubled(p), [1, 0.04, 1])
