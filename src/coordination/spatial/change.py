"""Whether Moran's I changes between years: exact tests that exchange years or run paths backwards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.spatial import permutation
from coordination.spatial.autocorrelation import aligned, standardised
from coordination.spatial.neighbours import row_standardise

SWAPPED = 20  # regions whose swaps are enumerated at most


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
    z, matrix, n = standardised(y), w / w.sum(), len(w)
    exact = n <= SWAPPED
    chosen = reversals(n, None if exact else permutations, seed)
    step = max(1, permutation.BATCH // z.size)
    rows = [_index(np.where(chosen[k : k + step, None, :], z[::-1], z), matrix) for k in range(0, len(chosen), step)]
    found = np.concatenate(rows)
    found = np.concatenate([found, found[:, ::-1]]) if exact else found
    return years, found[np.isfinite(found).all(axis=1)], exact


def _index(z, matrix):
    """Return Moran's I over the last axis, missing where nothing differs; the matrix adds up to 1."""
    z = z - z.mean(axis=-1, keepdims=True)
    variance = (z**2).mean(axis=-1)
    return ((z @ matrix) * z).sum(axis=-1) / np.where(variance > permutation.TOLERANCE, variance, np.nan)


def slope(series):
    """Least-squares slope of series over the order of their values.

    Parameters
    ----------
    series : array_like, shape (..., m)

    Returns
    -------
    numpy.ndarray, shape (...)
        Change from one value to the next; missing for a single one.
    """
    series = np.asarray(series, dtype=float)
    order = np.arange(series.shape[-1]) - (series.shape[-1] - 1) / 2
    return series @ order / (order @ order) if len(order) > 1 else np.full(series.shape[:-1], np.nan)


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
    w = row_standardise(weights).to_numpy(dtype=float)
    n, matrix = len(w), weights.to_numpy(dtype=float) / weights.to_numpy(dtype=float).sum()
    few = n <= 12
    draws, chosen = (draws, reversals(n)) if few else (max(1, draws // 5), reversals(n, 499, seed))
    rows = []
    for correlation in correlations:
        rng = np.random.default_rng(seed)
        one, new = rng.standard_normal((2, draws, n))
        other = correlation * one + np.sqrt(1 - correlation**2) * new
        found = []
        for rho in (last, first):
            ends = ((r, e) for r, e in ((first, one), (rho, other)))
            before, after = (standardised(np.linalg.solve(np.eye(n) - r * w, e.T).T) for r, e in ends)
            falls = 0
            for a, b in zip(before, after, strict=True):
                change = _index(np.where(chosen, a, b), matrix) - _index(np.where(chosen, b, a), matrix)
                change = np.concatenate([change, -change]) if few else change
                falls += (change <= change[0] + permutation.TOLERANCE).mean() <= significance
            found.append(falls / draws)
        rows.append((correlation, first, last, *found))
    return pd.DataFrame(rows, columns=["correlation", "first", "last", "power", "size"])


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
            change, trend = i[:, -1] - i[:, 0], slope(i)
            critical = _critical(change, significance)
            row |= dict(zip(names, (change[0], critical, *_tails(change), trend[0], *_tails(trend)), strict=True))
            m = len(years)
            if m <= 8:
                orders = permutation.arrangements(m)
            else:
                drawn = np.tile(np.arange(m), (permutations, 1))
                orders = np.vstack([np.arange(m), np.random.default_rng(seed).permuted(drawn, axis=1)])
            row["order_p_less"], row["order_p_two_sided"] = _tails(slope(i[0][orders.astype(np.intp)]))
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
