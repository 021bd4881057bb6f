"""Permutation distributions of spatial statistics: enumerated where that is feasible, sampled otherwise, in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import comb, factorial, perm, prod

import numpy as np

from coordination.choices import TAIL, Choice

FEASIBLE = factorial(10)  # arrangements that are enumerated at most

TOLERANCE = 1e-9  # values closer than this count as ties

SCREENED = 262_144  # numbers held at a time where most variables are soon left alone

FIRST = 99  # permutations, after which they are

BATCH = 4_000_000  # numbers held at a time


@cache
def arrangements(n, k=None):
    """All ordered selections of k out of n.

    Parameters
    ----------
    n : int
    k : int, optional
        n if not given: all permutations.

    Returns
    -------
    numpy.ndarray of int8, shape (n! / (n - k)!, k)
        Read only.

    Examples
    --------
    >>> arrangements(3).tolist()
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    """
    k = n if k is None else k
    rows = np.empty((1, 0), dtype=np.int8)
    for _ in range(k):
        free = np.ones((len(rows), n), dtype=bool)
        np.put_along_axis(free, rows.astype(np.intp), False, axis=1)
        parent, chosen = np.nonzero(free)
        rows = np.column_stack([rows[parent], chosen.astype(np.int8)])
    rows.flags.writeable = False
    return rows


@cache
def _subset_steps(n, k):
    """Return for every size up to k the prefix and the last element of all subsets, in lexicographic order."""
    steps, last = [], np.full(1, -1, dtype=np.intp)
    for _ in range(k):
        counts = n - 1 - last
        prefix = np.repeat(np.arange(len(last)), counts)
        starts = np.cumsum(counts) - counts
        last = last[prefix] + 1 + (np.arange(len(prefix)) - starts[prefix])
        steps.append((prefix, last))
    return steps


def subset_sums(values, k):
    """Return the sums of all subsets of size k.

    Parameters
    ----------
    values : array_like, shape (n,)
    k : int

    Returns
    -------
    numpy.ndarray, shape (C(n, k),)

    Examples
    --------
    >>> subset_sums([1, 10, 100], 2).tolist()
    [11.0, 101.0, 110.0]
    """
    values = np.asarray(values, dtype=float)
    sums = np.zeros(1)
    if 2 * k > len(values):
        return values.sum() - subset_sums(values, len(values) - k)[::-1]
    for prefix, last in _subset_steps(len(values), k):
        sums = sums[prefix] + values[last]
    return sums


def cross_products(z, weights, orders):
    """Z'Wz for many variables under many permutations.

    Parameters
    ----------
    z : array_like, shape (m, n)
        Variables.
    weights : array_like, shape (n, n)
        Zero diagonal; need not be symmetric.
    orders : array_like of int, shape (p, n)
        Permutations.

    Yields
    ------
    numpy.ndarray, shape (<= p, m)
        The statistic for a batch of the permutations, all variables under the same ones.

    Notes
    -----
    Permuting the weights instead of the variable turns everything into one matrix product.
    """
    z, weights = np.asarray(z, dtype=float), np.asarray(weights, dtype=float)
    i, j = np.triu_indices(len(weights), 1)
    both = weights + weights.T
    products = (z[:, i] * z[:, j]).T
    rows = max(1, BATCH // max(1, len(i)))
    for start in range(0, len(orders), rows):
        batch = np.asarray(orders[start : start + rows], dtype=np.intp)
        yield both[batch[:, i], batch[:, j]] @ products


@dataclass(frozen=True, kw_only=True)
class Tail(Choice):
    """Which values of a distribution count as extreme.

    Attributes
    ----------
    function : callable
        Whether values of a distribution are at least as extreme as what was observed, given its expectation and the
        slack within which two values are tied.
    normal : callable
        p of a z value by the normal distribution.
    sides : int
        How many ends of the distribution are looked at.
    mirror : str
        The tail of a statistic that falls as this one rises.
    """

    normal: Callable
    sides: int
    mirror: str


def greater(distribution, observed, centre, slack):
    """At least as large."""
    return distribution >= observed - slack


def less(distribution, observed, centre, slack):
    """At most as large."""
    return distribution <= observed + slack


def two_sided(distribution, observed, centre, slack):
    """At least as far from the expectation."""
    far = np.abs(observed - centre) - slack
    return (distribution >= centre + far) | (distribution <= centre - far)


def _upper(z):
    from scipy.special import ndtr

    return ndtr(-z)


TAIL.register(
    Tail(
        key="greater",
        function=greater,
        normal=_upper,
        sides=1,
        mirror="less",
        source="Cliff and Ord (1981)",
    ),
    Tail(
        key="less",
        function=less,
        normal=lambda z: _upper(-z),
        sides=1,
        mirror="greater",
        source="Cliff and Ord (1981)",
    ),
    Tail(
        key="two-sided",
        function=two_sided,
        normal=lambda z: 2 * _upper(np.abs(z)),
        sides=2,
        mirror="two-sided",
        source="Cliff and Ord (1981)",
    ),
)


def doubled(p):
    """Two-sided p as twice the smaller one-sided one, at most 1.

    Parameters
    ----------
    p : dict of str to array_like
        With `greater` and `less`.

    Returns
    -------
    numpy.ndarray

    Notes
    -----
    The other definition, `two-sided`, counts what is at least as far from the expectation. The two agree where the
    distribution is symmetric; that of Moran's I of a few regions is not.
    """
    return np.minimum(1, 2 * np.minimum(p["greater"], p["less"]))


def as_extreme(distribution, observed, centre):
    """Count values of a distribution that are at least as extreme as what was observed.

    Parameters
    ----------
    distribution : array_like, shape (p, ...)
    observed, centre : array_like, shape (...)
        The statistic and its expectation.

    Returns
    -------
    dict of str to numpy.ndarray, shape (...)
        Counts by tail (see `choices.TAIL`), ties included: what is within 1e-9 of the observed one, or of 1e-9 of its
        size above 1. The statistic must therefore be in a unit in which its differences are not that small.
    """
    distribution, observed = np.asarray(distribution), np.asarray(observed)
    slack = TOLERANCE * np.maximum(1, np.abs(observed))
    return {name: tail.function(distribution, observed, centre, slack).sum(axis=0) for name, tail in TAIL.items()}


def _counted(batches, observed, centre):
    """Return the number of arrangements, counts by tail, and mean and standard deviation of the statistic."""
    total, counts, sums = 0, None, np.zeros((2, *np.shape(observed)))
    for batch in batches:
        part = as_extreme(batch, observed, centre)
        counts = part if counts is None else {tail: counts[tail] + part[tail] for tail in counts}
        total += len(batch)
        sums += [(batch - centre).sum(axis=0), np.square(batch - centre).sum(axis=0)]
    shift, square = sums / total
    return total, counts, (centre + shift, np.sqrt(np.maximum(0, square - shift**2)))


def exact_global(z, weights, observed, centre):
    """Exact p values of z'Wz over all n! arrangements.

    Parameters
    ----------
    z : array_like, shape (m, n)
        Standardised values.
    weights : array_like, shape (n, n)
    observed : array_like, shape (m,)
        The statistic z'Wz.
    centre : float
        Its expectation.

    Returns
    -------
    dict of str to numpy.ndarray, shape (m,), or None
        p `greater`, `less`, `two-sided`; None if n! exceeds `FEASIBLE`.
    """
    n = np.shape(z)[1]
    if factorial(n) > FEASIBLE:
        return None
    total, counts, _ = _counted(cross_products(z, weights, arrangements(n)), observed, centre)
    return {tail: count / total for tail, count in counts.items()}


def sampled_global(z, weights, observed, centre, permutations, seed):
    """Permutation p values of z'Wz from a seeded sample of arrangements.

    Parameters
    ----------
    z, weights, observed, centre
        As for `exact_global`.
    permutations : int
    seed : int

    Returns
    -------
    dict of str to numpy.ndarray, shape (m,)
        (count + 1) / (permutations + 1) for `greater`, `less`, `two-sided`; `mean` and `sd` of the statistic over the
        permutations. All variables are judged by the same ones.
    """
    n = np.shape(z)[1]
    orders = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)
    total, counts, (mean, sd) = _counted(cross_products(z, weights, orders), observed, centre)
    return {tail: (count + 1) / (total + 1) for tail, count in counts.items()} | {"mean": mean, "sd": sd}


def screened_global(z, weights, tails, level, permutations=499, seed=0):
    """Permutation p values of z'Wz of very many variables, as far as they may be significant.

    Parameters
    ----------
    z : array_like, shape (m, n)
        Standardised values; a row with missing ones has no p.
    weights : array_like, shape (n, n)
        In any unit.
    tails : sequence of str
        Names of `choices.TAIL`.
    level : float
    permutations, seed : int

    Returns
    -------
    dict of str to numpy.ndarray, shape (m,)
        (count + 1) / (permutations + 1). All variables are judged by the same permutations; those that cannot come down
        to `level` any more after the first 99 are left alone, and what is returned is then a lower bound above it.
    """
    z, weights = np.asarray(z, dtype=float), np.asarray(weights, dtype=float)
    n = len(weights)
    i, j = np.triu_indices(n, 1)
    both = (weights + weights.T) / weights.sum()  # so that the statistic is I, and ties are told apart in its unit
    orders = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)
    moved = both[orders[:, i], orders[:, j]].T
    centre, enough = -1 / (n - 1), level * (permutations + 1) - 1
    p = {tail: np.full(len(z), np.nan) for tail in tails}
    rows = max(1, SCREENED // max(len(i), permutations))
    for start in range(0, len(z), rows):
        batch = z[start : start + rows]
        products = batch[:, i] * batch[:, j]
        observed = (products @ both[i, j])[:, None]
        slack = TOLERANCE * np.maximum(1, np.abs(observed))
        counts = {tail: np.zeros(len(batch)) for tail in tails}
        left = np.flatnonzero(np.isfinite(observed[:, 0]))
        for stage in (moved[:, :FIRST], moved[:, FIRST:]):
            found = products[left] @ stage
            for tail, count in counts.items():
                beyond = TAIL[tail].function(found, observed[left], centre, slack[left])
                count[left] += beyond.view(np.uint8).sum(axis=1, dtype=np.uint32)  # much faster than of bool
            left = left[np.any([count[left] <= enough for count in counts.values()], axis=0)]
        for tail, count in counts.items():
            own = (count + 1) / (permutations + 1)
            p[tail][start : start + rows] = np.where(np.isfinite(observed[:, 0]), own, np.nan)
    return p


def _every_arrangement(products, matrix, permutations, seed):
    """Yield values of sum_ij matrix[o_i, o_j] products[k, i, j] for all orders o, or the observed and sampled ones."""
    n = len(matrix)
    exact = factorial(n) <= FEASIBLE
    if exact:
        orders = arrangements(n)
    else:
        rows = np.tile(np.arange(n), (permutations, 1))
        orders = np.vstack([np.arange(n), np.random.default_rng(seed).permuted(rows, axis=1)])
    if np.allclose(matrix, matrix.T, rtol=TOLERANCE, atol=0):
        i, j = np.triu_indices(n)
        both = products + products.swapaxes(1, 2)
        pairs = np.where(i == j, 0.5, 1.0) * both[:, i, j]
    else:
        i, j = np.indices((n, n)).reshape(2, -1)
        pairs = products[:, i, j]
    used = (i != j) | np.diagonal(matrix).any()
    i, j, pairs = i[used], j[used], pairs[:, used].T
    step = max(1, BATCH // len(i))
    for start in range(0, len(orders), step):
        batch = np.asarray(orders[start : start + step], dtype=np.intp)
        yield matrix[batch[:, i], batch[:, j]] @ pairs


def cross_product_p(products, matrix, observed, centre, permutations, seed):
    """P values of cross-product statistics sum_ij matrix_ij products_ij over rearrangements of the regions.

    Parameters
    ----------
    products : array_like, shape (m, n, n)
        Of the values of every two regions, for m variables: their product, or the square of their difference.
    matrix : array_like, shape (n, n)
        Of the places: weights, or whatever the statistic multiplies the products by.
    observed : array_like, shape (m,)
        The statistics.
    centre : float or array_like, shape (m,)
        Their expectation.
    permutations, seed : int
        Used where the n! arrangements are more than `FEASIBLE`.

    Returns
    -------
    tuple of (dict of str to numpy.ndarray, shape (m,), bool)
        p by tail (see `choices.TAIL`), and whether they are shares of all arrangements; otherwise the observed one
        counts among the sampled.

    References
    ----------
    Mantel (1967), The detection of disease clustering and a generalized regression approach, Cancer Research 27;
    Hubert, Golledge and Costanzo (1981), Generalized procedures for evaluating spatial autocorrelation, Geographical
    Analysis 13.
    """
    total, counts, _ = _counted(_every_arrangement(products, matrix, permutations, seed), observed, centre)
    return {tail: count / total for tail, count in counts.items()}, factorial(len(matrix)) <= FEASIBLE


def neighbour_sets(row):
    """Count the distinguishable ways to give a region its neighbours' values.

    Parameters
    ----------
    row : array_like, shape (n - 1,)
        Weights of the other regions.

    Returns
    -------
    int
        C(n - 1, k) for k neighbours of equal weight, otherwise the ordered selections (n - 1)! / (n - 1 - k)!.
    """
    row = np.asarray(row, dtype=float)
    k = np.count_nonzero(row)
    return comb(len(row), k) if _equal(row) else perm(len(row), k)


def smallest_p(row, tail):
    """Smallest p value of a region's spatial lag, whatever the values, as long as they differ.

    Parameters
    ----------
    row : array_like, shape (n - 1,)
        Weights of the other regions.
    tail : str
        A name of `choices.TAIL`.

    Returns
    -------
    float
        The share of arrangements that cannot be told apart from one another. Two-sided it is twice that if the
        weights mirror one another about their mean (such as k equal ones among 2k), because every lag then has an
        equally extreme counterpart.

    Examples
    --------
    >>> smallest_p([1, 0, 0, 0], "two-sided"), smallest_p([1, 0], "greater"), smallest_p([1, 0], "two-sided")
    (0.25, 0.5, 1.0)
    """
    row = np.sort(np.asarray(row, dtype=float))
    slack = TOLERANCE * row.max()
    sizes = np.diff(np.flatnonzero(np.concatenate([[True], np.diff(row) > slack, [True]])))
    sides, mirrored = TAIL[tail].sides, np.ptp(row + row[::-1]) <= slack
    return min(1.0, (sides if mirrored else 1) * prod(map(factorial, sizes.tolist())) / factorial(len(row)))


def _equal(row):
    linked = row[row != 0]
    return len(linked) == 0 or np.ptp(linked) <= TOLERANCE * linked.max()


def conditional_lags(others, row):
    """All values that a region's spatial lag can take when the other regions' values are rearranged.

    Parameters
    ----------
    others : array_like, shape (n - 1,)
        Values of the other regions.
    row : array_like, shape (n - 1,)
        Their weights.

    Returns
    -------
    numpy.ndarray, shape (neighbour_sets(row),), or None
        None if there are more than `FEASIBLE`.
    """
    others, row = np.asarray(others, dtype=float), np.asarray(row, dtype=float)
    if neighbour_sets(row) > FEASIBLE:
        return None
    linked = row[row != 0]
    if _equal(row):
        return subset_sums(others, len(linked)) * (linked.mean() if len(linked) else 0.0)
    return others[arrangements(len(others), len(linked))] @ linked


def sampled_lags(others, row, orders):
    """Values of a region's spatial lag under a sample of rearrangements of the other regions' values.

    Parameters
    ----------
    others, row
        As for `conditional_lags`.
    orders : numpy.ndarray of int, shape (p, >= k)
        Permutations of the n - 1 others.

    Returns
    -------
    numpy.ndarray, shape (p,)
    """
    linked = np.asarray(row)[np.asarray(row) != 0]
    return np.asarray(others)[orders[:, : len(linked)]] @ linked
