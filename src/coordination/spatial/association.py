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
    from scipy.sparse import diags_array

    years, y, w = aligned(table, value, weights)
    z, n = standardised(y), w.shape[0]
    links = (w * ((n - 1) / (2 * n * w.sum()))).tocoo()
    c = (z[:, links.row] - z[:, links.col]) ** 2 @ links.data
    # The sum of squared differences is a quadratic form in the values, so that one product with the weights suffices.
    form = permutation.quadratic(diags_array(links.sum(axis=0) + links.sum(axis=1)) - links - links.T)
    p, exact = permutation.p_of(z, form, c, 1.0, permutations, seed)
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
    matrix, n, m = permutation.compact(w / w.sum()), w.shape[0], len(years)
    alike = (abs(w - w.T) > permutation.TOLERANCE * w.maximum(w.T)).nnz == 0
    pairs = list(combinations(range(len(names)), 2) if alike else ordered_pairs(range(len(names)), 2))

    def statistic(x):
        x = x.reshape(*x.shape[:2], len(names), m)
        lag = (matrix @ x.reshape(n, -1)).reshape(x.shape)
        return np.stack([np.einsum("ibm,ibm->bm", x[:, :, a], lag[:, :, b]) for a, b in pairs], axis=1)

    stacked = np.concatenate([z[s] for s in names])
    i = statistic(stacked.T[:, None])[0]
    r = np.array([(z[names[a]] * z[names[b]]).mean(axis=1) for a, b in pairs])
    p, exact = permutation.p_of(stacked, statistic, i, -r / (n - 1), permutations, seed)
    parts = [
        {"first": names[a], "second": names[b], "year": years, "bivariate_i": i[k], "expected_i": -r[k] / (n - 1)}
        | {"correlation": r[k], "p_greater": p["greater"][k], "p_two_sided": p["two-sided"][k], "exact": exact}
        for k, (a, b) in enumerate(pairs)
    ]
    return pd.concat(map(pd.DataFrame, parts), ignore_index=True)


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
    from scipy.sparse import diags_array
    from scipy.stats import false_discovery_control

    years, y, w = aligned(table, value, weights)
    z, n = standardised(y), w.shape[0]
    heaviest = w.max(axis=1).toarray()
    unit = np.divide(1, heaviest, out=np.zeros(n), where=heaviest > 0)  # ties are told apart in units of 1
    w = (diags_array(unit) @ w + diags_array((heaviest > 0).astype(float))).tocsr()
    total, sums = z @ w.T, w.sum(axis=1)
    spread = np.sqrt(np.maximum(n * w.multiply(w).sum(axis=1) - sums**2, 0) / (n - 1))
    # Where all regions weigh the same, no arrangement differs from another.
    tested = spread > permutation.TOLERANCE * sums
    g = np.divide(total, spread, out=np.full(z.shape, np.nan), where=tested)
    p, listed = np.ones(z.shape), np.ones(n, dtype=bool)
    for i in np.flatnonzero(tested):
        row = w.data[w.indptr[i] : w.indptr[i + 1]]
        if np.ptp(row) <= permutation.TOLERANCE and comb(n, len(row)) <= LISTED:
            values = np.column_stack([permutation.subset_sums(v, len(row)) for v in z])
        elif factorial(n) <= LISTED:
            values = w[[i]].toarray()[0][permutation.arrangements(n)] @ z.T
        else:
            listed[i] = False
            continue
        p[:, i] = permutation.as_extreme(values, total[:, i], 0.0, ["two-sided"])["two-sided"] / len(values)
    if not listed.all():
        some = permutation.compact(w)[~listed]
        shares, _ = permutation.p_of(
            z,
            lambda x: (some @ x.reshape(n, -1)).reshape(-1, *x.shape[1:]).swapaxes(0, 1),
            total.T[~listed],
            0.0,
            permutations,
            seed,
            ["two-sided"],
        )
        p[:, ~listed] = shares["two-sided"].T
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
