"""Geary's C, bivariate Moran's I and Getis and Ord's G*."""

from __future__ import annotations

from itertools import combinations
from itertools import permutations as ordered_pairs
from math import comb, factorial

import numpy as np
import pandas as pd

from coordination.choices import TAIL
from coordination.spatial import permutation
from coordination.spatial.autocorrelation import aligned, standardised

LISTED = 500_000  # arrangements of a region's surroundings that are enumerated at most


def geary(table, value, weights, tail="greater", permutations=9999, seed=0):
    """Geary's C of every year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region, already transformed as wanted.
    tail : str
        A name of `choices.TAIL`, of autocorrelation: `greater` asks for likeness of neighbours, which is a small C.
    permutations, seed : int
        Used where the n! arrangements are too many to enumerate.

    Returns
    -------
    pandas.DataFrame
        A row a year: year, geary_c, p (in the given tail), p_two_sided, exact (whether all arrangements were
        enumerated). C is 1 in expectation, less where neighbours are alike.

    Raises
    ------
    InputError
        As `autocorrelation.analytic_moran`.

    Notes
    -----
    C = (n - 1) / (2 S0) * sum_ij w_ij (x_i - x_j)^2 / sum_i (x_i - mean)^2.

    References
    ----------
    Geary (1954), The contiguity ratio and statistical mapping, The Incorporated Statistician 5.
    """
    years, y, w = aligned(table, value, weights)
    z = standardised(y)
    n = len(w)
    squares = (z[:, :, None] - z[:, None, :]) ** 2
    matrix = w * (n - 1) / (2 * n * w.sum())
    c = (squares * matrix).sum(axis=(1, 2))
    p, exact = permutation.cross_product_p(squares, matrix, c, 1.0, permutations, seed)
    side = TAIL[tail].mirror
    return pd.DataFrame({"year": years, "geary_c": c, "p": p[side], "p_two_sided": p["two-sided"], "exact": exact})


def bivariate_moran(scores, weights, permutations=9999, seed=0):
    """Bivariate Moran's I between the scores of subsystems in every year.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region, already transformed as wanted.
    permutations, seed : int
        Used where the n! arrangements are too many to enumerate.

    Returns
    -------
    pandas.DataFrame
        A row a pair and year: first (subsystem of the region), second (of its neighbours), year, bivariate_i,
        expected_i, correlation (between the two in the same region), p_greater, p_two_sided, exact. With symmetric
        weights either order gives the same, and every pair stands once.

    Raises
    ------
    InputError
        As `autocorrelation.analytic_moran`.

    Notes
    -----
    I = sum_ij w_ij z1_i z2_j / S0. The pairs of values are rearranged together, so that the correlation within
    regions stays what it is and I is judged against its expectation -r / (n - 1); rearranging one variable alone, as
    esda does, would call a correlation within regions a spatial one (Lee 2001).

    References
    ----------
    Wartenberg (1985), Multivariate spatial correlation, Geographical Analysis 17; Lee (2001), Developing a bivariate
    spatial association measure, Journal of Geographical Systems 3.
    """
    names = list(scores["subsystem"].drop_duplicates())
    parts = {s: scores[scores["subsystem"] == s] for s in names}
    z = {}
    for s in names:
        years, y, w = aligned(parts[s], "score", weights)
        z[s] = standardised(y)
    matrix, n = w / w.sum(), len(w)
    alike = np.allclose(w, w.T, rtol=permutation.TOLERANCE, atol=0)
    rows = []
    for a, b in combinations(names, 2) if alike else ordered_pairs(names, 2):
        products = z[a][:, :, None] * z[b][:, None, :]
        i, r = (products * matrix).sum(axis=(1, 2)), (z[a] * z[b]).mean(axis=1)
        p, exact = permutation.cross_product_p(products, matrix, i, -r / (n - 1), permutations, seed)
        part = {"first": a, "second": b, "year": years, "bivariate_i": i, "expected_i": -r / (n - 1)}
        shares = {"p_greater": p["greater"], "p_two_sided": p["two-sided"], "exact": exact}
        rows.append(pd.DataFrame(part | {"correlation": r} | shares))
    return pd.concat(rows, ignore_index=True)


def hot_spots(table, value, weights, permutations=9999, seed=0, significance=0.05):
    """Getis and Ord's G* of every region and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region. How much the rows of weights add up to, or in which unit they are, changes nothing.
    permutations, seed : int
        Used where the arrangements are too many to enumerate.
    significance : float
        Level of the false discovery rate, controlled over the regions of a year.

    Returns
    -------
    pandas.DataFrame
        A row a year and region: year, region, g_star (standardised), p (two-sided: as far from the mean), exact,
        significant_fdr. A region without neighbours has no g_star and p 1.

    Raises
    ------
    InputError
        As `autocorrelation.analytic_moran`.

    Notes
    -----
    G*_i = (sum_j w_ij x_j - mean sum_j w_ij) / (s sqrt((n sum_j w_ij^2 - (sum_j w_ij)^2) / (n - 1))), the region
    itself weighing as much as its heaviest neighbour: 1 for contiguity. All values are rearranged, the region's own
    too, as in the moments of the formula; were it held fixed, p would be that of local Moran's I once more. esda's
    `G_Local` gives other values for row-standardised weights than for binary ones; this G* does not depend on it.

    References
    ----------
    Getis and Ord (1992), The analysis of spatial association by use of distance statistics, Geographical Analysis
    24; Ord and Getis (1995), Local spatial autocorrelation statistics, Geographical Analysis 27.
    """
    from scipy.stats import false_discovery_control

    years, y, w = aligned(table, value, weights)
    z, n = standardised(y), len(w)
    heaviest = w.max(axis=1, keepdims=True)
    w = np.divide(w, heaviest, out=np.zeros_like(w), where=heaviest > 0)  # ties are told apart in units of 1
    w += np.diag(heaviest[:, 0] > 0)
    g, p, listed = np.full(z.shape, np.nan), np.ones(z.shape), np.ones(n, dtype=bool)
    orders = None
    for i, row in enumerate(w):
        if not row.any():
            continue
        total = z @ row
        spread = np.sqrt(max(n * (row @ row) - row.sum() ** 2, 0) / (n - 1))
        everyone = spread <= permutation.TOLERANCE * row.sum()
        g[:, i] = np.nan if everyone else total / spread
        if everyone:  # all regions weigh the same, so that no arrangement differs from another
            continue
        k = np.count_nonzero(row)
        equal = np.ptp(row[row > 0]) <= permutation.TOLERANCE * row.max()
        if equal and comb(n, k) <= LISTED:
            values = np.column_stack([row.max() * permutation.subset_sums(v, k) for v in z])
        elif factorial(n) <= LISTED:
            values = row[permutation.arrangements(n)] @ z.T
        else:
            if orders is None:
                drawn = np.tile(np.arange(n, dtype=np.int32), (permutations, 1))
                orders = np.vstack([np.arange(n), np.random.default_rng(seed).permuted(drawn, axis=1)])
            values, listed[i] = row[orders] @ z.T, False
        p[:, i] = permutation.as_extreme(values, total, 0.0)["two-sided"] / len(values)
    parts = [
        pd.DataFrame(
            {
                "year": year,
                "region": weights.index,
                "g_star": g[t],
                "p": p[t],
                "exact": listed,
                "significant_fdr": false_discovery_control(p[t]) <= significance,
            }
        )
        for t, year in enumerate(years)
    ]
    return pd.concat(parts, ignore_index=True)
