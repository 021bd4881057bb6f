"""Whether Moran's I changes between years: exact tests that exchange years or run paths backwards."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import pandas as pd

from coordination.spatial import permutation
from coordination.spatial.autocorrelation import aligned, standardised
from coordination.spatial.neighbours import spread

SWAPPED = 20  # regions whose swaps are enumerated at most

FEW = 12  # the same where there are many versions of their values

DRAWS = 499  # choices of more regions

FIRST = 64  # choices, after which most versions are seen to be chance


def reversals(n, draws=None, seed=0):
    """Choose regions to run backwards.

    Parameters
    ----------
    n : int
        Number of regions.
    draws : int, optional
        Random choices; all of them if left out.
    seed : int

    Returns
    -------
    numpy.ndarray of bool, shape (k, n)
        No region first. All choices are those without the last region; the others are these with time reversed.
    """
    if draws is None:
        return (np.arange(2 ** (n - 1))[:, None] >> np.arange(n) & 1).astype(bool)
    return np.vstack([np.zeros(n, bool), np.random.default_rng(seed).random((draws, n)) < 0.5])


def swapped(table, value, weights, permutations=9999, seed=0):
    """Moran's I of every year when the paths of some regions are run backwards.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region, already transformed as wanted.
    permutations, seed : int
        Used for more than 20 regions.

    Returns
    -------
    tuple of (list, numpy.ndarray, shape (k, m), bool)
        Years; I of every year, a row a choice of regions, the observed one (no region) first; and whether all 2^n
        choices were made. Between two years, to run a path backwards is to exchange them. Choices that leave a year
        without differences, for which I is not defined, are left out.

    Raises
    ------
    InputError
        As `autocorrelation.analytic_moran`.
    """
    years, y, w = aligned(table, value, weights)
    z, form, n = standardised(y), permutation.quadratic(w / w.sum()), w.shape[0]
    exact = n <= SWAPPED
    chosen = reversals(n, None if exact else permutations, seed)
    step = max(1, permutation.BLOCK // z.size)
    rows = [_index(_exchanged(chosen[k : k + step], z, z[::-1]), form) for k in range(0, len(chosen), step)]
    found = np.concatenate(rows)
    found = np.concatenate([found, found[:, ::-1]]) if exact else found
    return years, found[np.isfinite(found).all(axis=1)], exact


def _exchanged(chosen, one, other):
    """Return variables, shape (m, n), with values of others in the chosen regions, shape (k, n): shape (n, k, m)."""
    return np.where(chosen.T[:, :, None], other.T[:, None], one.T[:, None])


def _index(x, form):
    """Return Moran's I over the first axis, missing where nothing differs; weights of the form add up to 1."""
    x = x - x.mean(axis=0)
    variance = np.einsum("i...,i...->...", x, x) / len(x)
    return form(x) / np.where(variance > permutation.TOLERANCE, variance, np.nan)


def slope(series, years=None):
    """Least-squares slope of series over time.

    Parameters
    ----------
    series : array_like, shape (..., m)
    years : sequence of int or str, length m, optional
        Labels of periods, and what is not given, count as equally far apart.

    Returns
    -------
    numpy.ndarray, shape (...)
        Change from one year, or value, to the next; missing for a single one.
    """
    series = np.asarray(series, dtype=float)
    m = series.shape[-1]
    dated = years is not None and all(isinstance(y, Integral) for y in years)
    times = np.array(years, dtype=float) - years[0] if dated else np.arange(m, dtype=float)
    times = times - times.sum() / m
    return series @ times / (times @ times) if m > 1 else np.full(series.shape[:-1], np.nan)


def _tails(distribution):
    """Return the shares of a distribution at most its first value, and at least as far from 0."""
    counts = permutation.as_extreme(distribution, distribution[0], 0.0)
    return counts["less"] / len(distribution), counts["two-sided"] / len(distribution)


def _critical(distribution, significance):
    """Return the smallest fall that is significant one-sided; missing if none in the distribution is."""
    falls, counts = np.unique(distribution, return_counts=True)
    slack = permutation.TOLERANCE * np.maximum(1, np.abs(falls))
    reached = np.searchsorted(falls, falls + slack, side="right")
    shares = np.concatenate([[0], np.cumsum(counts)])[reached] / len(distribution)
    low = falls[(shares <= significance) & (falls < 0)]
    return low[-1] if len(low) else np.nan


def power(weights, first=0.8, last=0.0, correlations=(0.0, 0.9), significance=0.05, draws=1000, seed=0):
    """How often the test of exchanged years finds that spatial dependence fell, or errs where it did not.

    Parameters
    ----------
    weights : pandas.DataFrame, shape (n, n)
        Those of the study.
    first, last : float
        Spatial autoregressive coefficient of the first and of the last year.
    correlations : sequence of float
        Of a region's shocks of the two years.
    significance : float
    draws : int
        Simulated pairs of years; for more than 12 regions a fifth of them, each with 499 choices of regions.
    seed : int

    Returns
    -------
    pandas.DataFrame
        A row a correlation: correlation, first, last, power (share of draws with a significant fall, one-sided) and
        size (the same where the coefficient stays at `first`).

    Notes
    -----
    y = (I - rho W)^-1 e with standard normal shocks e and row-standardised W. The smaller the share of what persists,
    the more the exchanged years scatter by themselves.
    """
    draws, n = draws if len(weights) <= FEW else max(1, draws // 5), len(weights)
    rows = []
    for correlation in correlations:
        rng = np.random.default_rng(seed)
        one, new = rng.standard_normal((2, draws, n))
        other = correlation * one + np.sqrt(1 - correlation**2) * new
        before = spread(weights, first, one)
        falls = (weakened(before, spread(weights, rho, other), weights, significance, seed) for rho in (last, first))
        rows.append((correlation, first, last, *(fell.mean() for fell in falls)))
    return pd.DataFrame(rows, columns=["correlation", "first", "last", "power", "size"])


def weakened(first, last, weights, significance=0.05, seed=0):
    """Tell in which versions Moran's I falls significantly, one-sided, when two years are exchanged region by region.

    Parameters
    ----------
    first, last : numpy.ndarray, shape (b, n)
    weights : array_like, shape (n, n)
    significance : float
    seed : int
        Used for more than 12 regions, of which the years are exchanged in 499 random choices of regions.

    Returns
    -------
    numpy.ndarray of bool, shape (b,)
        False where a year has no differences.

    Notes
    -----
    The test of `moran_change`. I after an exchange is a quadratic form in the choice of regions, so that
    all choices of all versions are products of matrices.
    """
    from scipy.sparse import csr_array, triu

    w = csr_array(np.asarray(weights, dtype=float))
    both, n = (w + w.T) / w.sum(), w.shape[0]
    links = triu(both, 1).tocoo()
    chosen = reversals(n, None if n <= FEW else DRAWS, seed).astype(float)
    step = max(1, permutation.BATCH // max(len(chosen), n))
    found = np.zeros(len(first), dtype=bool)
    before, after = _standardised(first), _standardised(last)
    fell = np.flatnonzero(((after @ both) * after).sum(axis=1) < ((before @ both) * before).sum(axis=1))
    for k in range(0, len(fell), step):
        some = fell[k : k + step]
        for tried in (chosen[:FIRST], chosen):  # most are seen to be chance in a few choices
            a, b = before[some], after[some]
            change = _after(a, b, both, links, 1 - tried) - _after(a, b, both, links, tried)
            if n <= FEW:
                change = np.concatenate([change, -change], axis=1)
            as_low = (change <= change[:, :1] + 1e-9).sum(axis=1)
            every = np.isfinite(change).sum(axis=1) if tried is chosen else len(chosen) * (1 + (n <= FEW))
            some = some[as_low <= significance * every]
        found[some] = True
    return found


def _standardised(values):
    values = values - values.mean(axis=1, keepdims=True)
    spread = values.std(axis=1, keepdims=True)
    return values / np.where(spread > 1e-9, spread, np.nan)


def _after(a, b, both, links, chosen):
    """Moran's I of a where b takes its place in the chosen regions, shape (versions, choices).

    The weights of both directions, and links of two regions, are given such that all links add up to 1.
    """
    d, n, lag = b - a, a.shape[1], a @ both
    mean = d @ chosen.T / n
    variance = 1 + (b**2 - a**2) @ chosen.T / n - mean**2
    product = (lag * a).sum(axis=1, keepdims=True) / 2 + (d * lag) @ chosen.T
    step = max(1, permutation.BATCH // max(len(d), len(chosen)))
    for k in range(0, links.nnz, step):
        i, j, linked = (part[k : k + step] for part in (links.row, links.col, links.data))
        product += (d[:, i] * d[:, j] * linked) @ (chosen[:, i] * chosen[:, j]).T
    ends = (a @ both.sum(axis=1))[:, None] + (d * both.sum(axis=1)) @ chosen.T
    return (product - mean * ends + mean**2) / np.where(variance > 1e-9, variance, np.nan)


def moran_change(tables, value, weights, permutations=9999, seed=0, significance=0.05):
    """Test whether Moran's I changes between the first year and the last, and over all years.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame or None
        A table a source with columns region, year and `value`; None is left out.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region, already transformed as wanted.
    permutations, seed : int
        Used for more than 20 regions, and for more than 8 years.
    significance : float
        Level of the critical change.

    Returns
    -------
    pandas.DataFrame
        A row a source: source, first, last (years), moran_first, moran_last, change, critical (the smallest fall that
        is significant one-sided; missing if none is), p_less, p_two_sided; slope (of
        I, from one year to the next), slope_p_less, slope_p_two_sided; order_p_less, order_p_two_sided; exact
        (whether all choices of regions were made). Missing for a single year.

    Raises
    ------
    InputError
        As `autocorrelation.analytic_moran`.

    Notes
    -----
    Every year is standardised first, so that growth of the mean or the spread is no change of the pattern.

    p_less and p_two_sided: under the null hypothesis the two years are exchangeable within every region, independently
    of the other regions. The change is compared with those of all choices of regions whose two values are exchanged.
    A region's level, which persists, is thus no evidence. The hypothesis includes that neighbours do not move
    together: where they do, the test finds changes too often (see `power`, whose size says how often). That it finds
    none is no evidence that there is none: with few regions its power is low.

    slope_p_*: the same for the trend of I over all years: whole paths of regions are run backwards, which keeps
    every region's dependence of one year on the next.

    order_p_*: the years are rearranged, as if one did not depend on the other. Since they do, these p values are too
    small; they stand here because trends of I are commonly judged so.
    """
    rows = []
    for source, table in tables.items():
        if table is None:
            continue
        years, i, exact = swapped(table, value, weights, permutations, seed)
        row = {"source": source, "first": years[0], "last": years[-1], "moran_first": i[0, 0], "moran_last": i[0, -1]}
        names = ("change", "critical", "p_less", "p_two_sided", "slope", "slope_p_less", "slope_p_two_sided")
        if len(years) == 1:
            row |= dict.fromkeys([*names, "order_p_less", "order_p_two_sided"], np.nan)
        else:
            change, trend = i[:, -1] - i[:, 0], slope(i, years)
            critical = _critical(change, significance)
            row |= dict(zip(names, (change[0], critical, *_tails(change), trend[0], *_tails(trend)), strict=True))
            m = len(years)
            if m <= 8:
                orders = permutation.arrangements(m)
            else:
                drawn = np.tile(np.arange(m), (permutations, 1))
                orders = np.vstack([np.arange(m), np.random.default_rng(seed).permuted(drawn, axis=1)])
            row["order_p_less"], row["order_p_two_sided"] = _tails(slope(i[0][orders.astype(np.intp)], years))
        rows.append(row | {"exact": exact})
    return pd.DataFrame(rows)


def changes(tables, value, weights, permutations=9999, seed=0):
    """Compute changes of Moran's I from the first year to the last, the two exchanged in some of the regions.

    Parameters
    ----------
    tables, value, weights, permutations, seed
        As for `moran_change`.

    Returns
    -------
    dict of str to numpy.ndarray, shape (k,)
        By source, the observed change first; without sources of a single year.
    """
    result = {}
    for source, table in tables.items():
        if table is not None and table["year"].min() < table["year"].max():
            _, i, _ = swapped(table, value, weights, permutations, seed)
            result[source] = i[:, -1] - i[:, 0]
    return result
