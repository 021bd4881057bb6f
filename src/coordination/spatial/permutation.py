"""Permutation distributions of spatial statistics: enumerated where that is feasible, sampled otherwise, in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from math import comb, factorial, perm, prod

import numpy as np

from coordination.choices import TAIL, Choice

FEASIBLE = factorial(10)  # arrangements that are enumerated at most

TOLERANCE = 1e-9  # values closer than this count as ties

SCREENED = 524_288  # numbers held at a time where most variables are soon left alone

PAIRED = 50  # regions, up to which a product with all pairs is faster than one with links

FIRST = (64, 160)  # permutations, after which they are

SAMPLE = 64  # variables that say which permutations come first

BATCH = 4_000_000  # numbers held at a time

BLOCK = 131_072  # numbers rearranged at a time, so that they stay near the processor

TAKEN = 50  # values added one by one for each that would be sorted, up to which that is faster

SPARSE = 256  # regions, below which a sparse product is worth as much as a dense one


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


def enumerated(n):
    """Enumerate all permutations of n, in batches.

    Parameters
    ----------
    n : int

    Returns
    -------
    iterator of numpy.ndarray of int, shape (<= p, n)
    """
    every, rows = arrangements(n), max(1, BATCH // n)
    return (every[start : start + rows] for start in range(0, len(every), rows))


def drawn(n, permutations, seed):
    """Draw a seeded sample of permutations of n, in batches.

    Parameters
    ----------
    n, permutations, seed : int

    Yields
    ------
    numpy.ndarray of int, shape (<= p, n)
        The same permutations, whatever the size of the batches.
    """
    rng, rows = np.random.default_rng(seed), max(1, BATCH // n)
    places = np.arange(n, dtype=np.min_scalar_type(n))
    for start in range(0, permutations, rows):
        yield rng.permuted(np.tile(places, (min(rows, permutations - start), 1)), axis=1)


def compact(matrix):
    """Store a matrix as it multiplies fastest.

    Parameters
    ----------
    matrix : array_like or scipy.sparse.sparray, shape (n, n)

    Returns
    -------
    scipy.sparse.csr_array or numpy.ndarray, shape (n, n)
        Sparse, unless more than an eighth of the entries of a large matrix are not 0.
    """
    from scipy.sparse import csr_array  # late: a study without maps never needs it

    result = csr_array(matrix, dtype=float)
    result.eliminate_zeros()
    n = result.shape[0]
    return result if n < SPARSE or 8 * result.nnz <= n * n else result.toarray()


def quadratic(matrix):
    """Prepare the statistic sum_ij matrix_ij x_i x_j for `rearranged`.

    Parameters
    ----------
    matrix : array_like or scipy.sparse.sparray, shape (n, n)
        Need not be symmetric.

    Returns
    -------
    callable
    """
    from scipy.sparse import csr_array, triu

    both = csr_array(matrix, dtype=float)
    both = both + both.T
    half = compact((triu(both) + triu(both, 1)) / 2)

    def statistic(x):
        return np.einsum("ibm,ibm->bm", x, (half @ x.reshape(len(x), -1)).reshape(x.shape))

    return statistic


def rearranged(values, statistic, batches):
    """Compute a statistic of many variables under many permutations of the regions.

    Parameters
    ----------
    values : array_like, shape (m, n)
    statistic : callable
        Returns an array, shape (b, ...), of values, shape (n, b, m): of every place under b permutations.
    batches : iterable of array_like of int, shape (p, n)
        Permutations: the places that the regions' values move to.

    Yields
    ------
    numpy.ndarray, shape (<= p, ...)
        For a part of the permutations, all variables under the same ones.
    """
    columns = np.ascontiguousarray(np.asarray(values, dtype=float).T)
    places, rows = np.arange(len(columns))[:, None], max(1, BLOCK // max(1, columns.size))
    for batch in batches:
        for start in range(0, len(batch), rows):
            moved = np.asarray(batch[start : start + rows]).T.astype(np.intp)
            source = np.empty_like(moved, order="C")
            np.put_along_axis(source, moved, places, axis=0)
            yield statistic(columns.take(source, axis=0))


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


def as_extreme(distribution, observed, centre, tails=TAIL):
    """Count values of a distribution that are at least as extreme as what was observed.

    Parameters
    ----------
    distribution : array_like, shape (p, ...)
    observed, centre : array_like, shape (...)
        The statistic and its expectation.
    tails : iterable of str
        Names of `choices.TAIL`.

    Returns
    -------
    dict of str to numpy.ndarray, shape (...)
        Counts by tail, ties included: what is within 1e-9 of the observed one, or of 1e-9 of its
        size above 1. The statistic must therefore be in a unit in which its differences are not that small.
    """
    distribution, observed = np.asarray(distribution), np.asarray(observed)
    slack = TOLERANCE * np.maximum(1, np.abs(observed))
    return {name: TAIL[name].function(distribution, observed, centre, slack).sum(axis=0) for name in tails}


def _gathered(parts):
    """Yield small parts of a distribution together."""
    held, size = [], 0
    for part in parts:
        held.append(part)
        size += part.size
        if size >= BLOCK:
            yield np.concatenate(held)
            held, size = [], 0
    if held:
        yield np.concatenate(held)


def counted(parts, observed, centre, tails=TAIL):
    """Count values of a distribution that is never held as a whole.

    Parameters
    ----------
    parts : iterable of numpy.ndarray, shape (p, ...)
    observed, centre : array_like, shape (...)
        The statistic and its expectation.
    tails : iterable of str
        Names of `choices.TAIL`.

    Returns
    -------
    tuple of (int, dict of str to numpy.ndarray, shape (...), tuple of numpy.ndarray, shape (...))
        How many values there are, counts by tail (see `as_extreme`), and their mean and standard deviation.
    """
    total, counts, sums = 0, dict.fromkeys(tails, 0), np.zeros((2, *np.shape(observed)))
    for part in _gathered(parts):
        found = as_extreme(part, observed, centre, counts)
        counts = {tail: counts[tail] + found[tail] for tail in counts}
        total += len(part)
        part = part - centre
        sums += [part.sum(axis=0), np.square(part, out=part).sum(axis=0)]
    shift, square = sums / total
    return total, counts, (centre + shift, np.sqrt(np.maximum(0, square - shift**2)))


def exact_global(z, weights, observed, centre):
    """Exact p values of z'Wz over all n! arrangements.

    Parameters
    ----------
    z : array_like, shape (m, n)
        Standardised values.
    weights : array_like or scipy.sparse.sparray, shape (n, n)
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
    total, counts, _ = counted(rearranged(z, quadratic(weights), enumerated(n)), observed, centre)
    return {tail: count / total for tail, count in counts.items()}


def sampled_global(z, weights, observed, centre, permutations, seed, orders=None):
    """Permutation p values of z'Wz from a seeded sample of arrangements.

    Parameters
    ----------
    z, weights, observed, centre
        As for `exact_global`.
    permutations : int
    seed : int
    orders : iterable of numpy.ndarray of int, shape (p, n), optional
        What `drawn` gives of them, where it is at hand.

    Returns
    -------
    dict of str to numpy.ndarray, shape (m,)
        (count + 1) / (permutations + 1) for `greater`, `less`, `two-sided`; `mean` and `sd` of the statistic over the
        permutations. All variables are judged by the same ones.
    """
    orders = drawn(np.shape(z)[1], permutations, seed) if orders is None else orders
    total, counts, (mean, sd) = counted(rearranged(z, quadratic(weights), orders), observed, centre)
    return {tail: (count + 1) / (total + 1) for tail, count in counts.items()} | {"mean": mean, "sd": sd}


def screened_global(z, weights, tails, level, permutations=499, seed=0):
    """Permutation p values of z'Wz of very many variables, as far as they tell which are significant.

    Parameters
    ----------
    z : array_like, shape (m, n)
        Standardised values; a row with missing ones has no p.
    weights : array_like, shape (n, n)
        Not negative, in any unit.
    tails : sequence of str
        Names of `choices.TAIL`.
    level : float
    permutations, seed : int

    Returns
    -------
    dict of str to numpy.ndarray, shape (m,)
        (count + 1) / (permutations + 1), or another number on the same side of `level`. All variables are judged by the
        same permutations.

    Notes
    -----
    Permutations under which many of the variables are at least as extreme come first, so that a few of them show of
    most variables that they are not significant. Counts are made in single precision: what is as extreme beyond doubt,
    to tell that a variable is not; what may be, to tell that it is. Where neither does, in double precision.
    """
    z, weights = np.asarray(z, dtype=float), np.asarray(weights, dtype=float)
    n, known = len(weights), np.flatnonzero(np.isfinite(z).all(axis=1))
    weights = weights / weights.sum()  # so that the statistic is I, and ties are told apart in its unit
    orders, columns = np.concatenate([np.arange(n)[None], *drawn(n, permutations, seed)]), z[known].T
    centre, enough, kind = -1 / (n - 1), level * (permutations + 1), np.min_scalar_type(permutations + 1)
    doubt = n**3 * np.finfo(np.float32).eps / 2  # above the error of a sum over pairs of values below root n
    found = (under := _paired if n <= PAIRED else _formed)(weights, orders)(columns[:, :: len(known) // SAMPLE + 1])
    often = sum(TAIL[tail].function(found, found[0], centre, TOLERANCE).sum(axis=1) for tail in tails)
    under = under(weights, orders[np.argsort(-often, kind="stable")])  # what is observed stays first
    p = {tail: np.full(len(z), np.nan) for tail in tails}
    rows = max(1, SCREENED // max(n * min(n, PAIRED) // 2, permutations))
    for start in range(0, len(known), rows):
        part = np.ascontiguousarray(columns[:, start : start + rows])
        observed, counts = under(part, 1)[0], np.zeros((len(tails), part.shape[1]), dtype=kind)
        left = np.arange(part.shape[1])
        for stop in FIRST:
            counts[:, left] = _beyond(under, part[:, left], observed[left], centre, -doubt, tails, stop)
            left = left[(counts[:, left] <= enough).any(axis=0)]
        open_ = counts[:, left] <= enough
        counts[:, left] = _beyond(under, part[:, left], observed[left], centre, doubt, tails)
        left = left[(open_ & (counts[:, left] > enough)).any(axis=0)]
        slack = TOLERANCE * np.maximum(1, np.abs(observed[left]))
        counts[:, left] = _beyond(under, part[:, left], observed[left], centre, slack, tails, kind=float)
        for tail, count in zip(tails, counts, strict=True):
            p[tail][known[start : start + rows]] = count / (permutations + 1)
    return p


def _beyond(under, columns, observed, centre, slack, tails, stop=None, kind=np.float32):
    """Count by tail under how many of the first permutations variables, shape (n, m), are at least as extreme."""
    found, observed, slack = under(columns, stop, kind), observed.astype(kind), np.asarray(slack, dtype=kind)
    beyond = (TAIL[tail].function(found, observed, centre, slack) for tail in tails)
    most = np.min_scalar_type(len(found))
    return [one.view(np.uint8).sum(axis=0, dtype=most) for one in beyond]  # much faster than of bool


def _paired(weights, orders):
    """Return Moran's I of many variables under the first permutations as one product with all pairs of regions."""
    i, j = np.triu_indices(len(weights), 1)
    moved = (weights + weights.T)[orders[:, i], orders[:, j]]

    def under(columns, stop=None, kind=float):
        columns = columns.astype(kind)
        return moved[:stop].astype(kind) @ (columns[i] * columns[j])

    return under


def _formed(weights, orders):
    """Return the same as a product with the links of every permutation."""
    form = quadratic(weights)

    def under(columns, stop=None, kind=float):
        return np.concatenate([*rearranged(columns.T, form, [orders[:stop]])]).astype(kind)

    return under


def p_of(values, statistic, observed, centre, permutations, seed, tails=TAIL):
    """P values of statistics over rearrangements of the regions.

    Parameters
    ----------
    values : array_like, shape (m, n)
        Variables.
    statistic : callable
        As for `rearranged`.
    observed : array_like, shape (...)
        The statistics.
    centre : float or array_like, shape (...)
        Their expectation.
    permutations, seed : int
        Used where the n! arrangements are more than `FEASIBLE`.
    tails : iterable of str
        Names of `choices.TAIL`.

    Returns
    -------
    tuple of (dict of str to numpy.ndarray, shape (...), bool)
        p by tail, and whether they are shares of all arrangements; otherwise the observed one counts among the sampled.

    References
    ----------
    Mantel (1967), The detection of disease clustering and a generalized regression approach, Cancer Research 27;
    Hubert, Golledge and Costanzo (1981), Generalized procedures for evaluating spatial autocorrelation, Geographical
    Analysis 13.
    """
    n = np.shape(values)[1]
    exact = factorial(n) <= FEASIBLE
    orders = enumerated(n) if exact else chain([np.arange(n)[None]], drawn(n, permutations, seed))
    total, counts, _ = counted(rearranged(values, statistic, orders), observed, centre, tails)
    return {tail: count / total for tail, count in counts.items()}, exact


def sampled_local(z, weights, side, observed, centre, tail, permutations, seed):
    """Permutation p values of spatial lags, each region's own value held where it is.

    Parameters
    ----------
    z : array_like, shape (m, n)
        Standardised values.
    weights : scipy.sparse.csr_array, shape (n, n)
    side : array_like, shape (m, n)
        1, or -1 where lags are looked at from below.
    observed, centre : array_like, shape (m, n)
        The lags and their expectation, times the side.
    tail : str
        A name of `choices.TAIL`.
    permutations, seed : int

    Returns
    -------
    numpy.ndarray, shape (m, n)
        (count + 1) / (permutations + 1). All regions and variables are judged by the same permutations.
    """
    (m, n), k = np.shape(z), np.diff(weights.indptr).max()
    orders = np.concatenate([batch[:, :k] for batch in drawn(n - 1, permutations, seed)])
    slack = TOLERANCE * np.maximum(1, np.abs(observed))
    counts, rows, extreme = np.zeros((m, n)), max(1, BLOCK // m), TAIL[tail].function
    for start in range(0, permutations, rows):
        for i, lags in sampled_lags(z, weights, orders[start : start + rows]):
            lags *= side[:, i, None]
            beyond = extreme(lags, *(a[:, i, None] for a in (observed, centre, slack)))
            counts[:, i] += beyond.view(np.uint8).sum(axis=1, dtype=np.uint32)  # much faster than of bool
    return (counts + 1) / (permutations + 1)


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
    *sizes, most = np.sort(np.diff(np.flatnonzero(np.concatenate([[True], np.diff(row) > slack, [True]])))).tolist()
    sides, mirrored = TAIL[tail].sides, np.ptp(row + row[::-1]) <= slack
    return min(1.0, (sides if mirrored else 1) / (perm(len(row), len(row) - most) // prod(map(factorial, sizes))))


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


def sampled_lags(z, weights, orders):
    """Values of every region's spatial lag under a sample of rearrangements of the other regions' values.

    Parameters
    ----------
    z : array_like, shape (m, n)
        Variables.
    weights : scipy.sparse.csr_array, shape (n, n)
        Zero diagonal.
    orders : numpy.ndarray of int, shape (p, >= k)
        Permutations of the n - 1 others, as far as the k neighbours of any region go.

    Yields
    ------
    tuple of (int, numpy.ndarray, shape (m, p))
        A region with neighbours, and its lags.

    Notes
    -----
    With region i left out, place j is region j below i, and region j + 1 from i on. From one region to the next nothing
    but what is drawn for place i changes: unless they are few, sums over equally many neighbours are carried on, not
    added up anew.
    """
    from scipy.sparse import csr_array

    z = np.asarray(z, dtype=float)
    (m, n), p = z.shape, len(orders)
    rows = np.split(weights.data, weights.indptr[1:-1])
    alike = [len(row) if _equal(row) else 0 for row in rows]
    sums = _taken if m * sum(alike) <= TAKEN * sum({*alike}) else _carried
    for i, (row, total) in enumerate(zip(rows, sums(z, orders, alike), strict=True)):
        k = len(row)
        if alike[i]:
            yield i, total * (row.sum() / k)
        elif k:
            spread = csr_array((np.tile(row, p), orders[:, :k].ravel(), np.arange(p + 1) * k), (p, n - 1))
            spread = spread if 8 * k < n else spread.toarray()
            yield i, (spread @ np.delete(z.T, i, axis=0)).T


def _taken(z, orders, alike):
    """Yield for every region the sums, shape (m, p), over as many neighbours as it has."""
    places = np.ascontiguousarray(orders.T, dtype=np.intp)
    for i, k in enumerate(alike):
        total = np.zeros((len(z), len(orders)))
        for values, own in zip(np.delete(z, i, axis=1), total, strict=True):
            for place in places[:k]:
                own += np.take(values, place)
        yield total


def _carried(z, orders, alike):
    """Yield the same, carried on from region to region."""
    columns, (m, n), p = z.T, z.shape, len(orders)
    sizes = sorted(set(alike) - {0})
    sums = np.empty((len(sizes), m, p))
    total = np.zeros((m, p))
    for j in range(max(sizes, default=0)):
        total += z[:, orders[:, j] + 1]
        if j + 1 in sizes:
            sums[sizes.index(j + 1)] = total
    size = np.repeat(np.arange(len(sizes)), [p * k for k in sizes])
    draw = np.concatenate([np.repeat(np.arange(p), k) for k in sizes] or [np.zeros(0, int)])
    place = np.concatenate([orders[:, :k].ravel() for k in sizes] or [np.zeros(0, int)])
    order = np.argsort(place, kind="stable")
    size, draw, ends = size[order], draw[order], np.searchsorted(place[order], np.arange(n + 1))
    for i, k in enumerate(alike):
        yield sums[sizes.index(k)] if k else None
        now = slice(ends[i], ends[i + 1])
        if i + 1 < n and ends[i] < ends[i + 1]:
            sums[size[now], :, draw[now]] += columns[i] - columns[i + 1]
