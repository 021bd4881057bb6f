"""Global and local Moran's I with inference that holds for a handful of regions."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from coordination.choices import TAIL
from coordination.errors import InputError
from coordination.indices.normalisation import SAME
from coordination.sections import exact_column
from coordination.spatial import permutation

QUADRANTS = ("HH", "LH", "LL", "HL")


def aligned(table, value, weights):
    """Put a table and weights in one order of regions, or say what is wrong.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region.

    Returns
    -------
    tuple of (list, numpy.ndarray, shape (m, n), scipy.sparse.csr_array, shape (n, n))
        Years, values and weights.

    Raises
    ------
    InputError
        See `analytic_moran`.
    """
    from scipy.sparse import csr_array

    if not isinstance(weights, pd.DataFrame):
        found, expected = f"a {type(weights).__name__}", "a DataFrame, with the regions' names as index and columns"
        raise InputError("spatial weights", found, expected, "name the rows and columns of the matrix")
    twice = table.duplicated(["region", "year"])
    if twice.any():
        region, year = table.loc[twice, ["region", "year"]].iloc[0]
        raise InputError(f"{value} in {year}", f"{region} more than once", "every region once a year", "remove a row")
    wide = table.pivot(index="year", columns="region", values=value)
    regions = list(weights.index)
    n = len(regions)
    if n < 4:
        raise InputError("spatial weights", f"{n} regions", "at least 4", "autocorrelation needs more regions")
    if not weights.index.is_unique:
        found = f"{weights.index[weights.index.duplicated()][0]} more than once"
        raise InputError("spatial weights", found, "every region in one row and one column", "build the weights anew")
    if list(weights.columns) != regions or set(wide) != set(regions):
        odd = sorted(set(wide) ^ set(regions) | set(weights.columns) ^ set(regions))
        found = f"regions that do not match: {', '.join(map(str, odd)) or 'another order of columns'}"
        raise InputError("spatial weights", found, "the table's regions in rows and columns", "build the weights anew")
    w = weights.to_numpy(dtype=float)
    if not np.isfinite(w).all() or (w < 0).any() or np.diagonal(w).any() or not w.any():
        faults = {
            "a missing or infinite weight": not np.isfinite(w).all(),
            "a negative weight": (w < 0).any(),
            "a region that is its own neighbour": np.diagonal(w).any(),
            "no weight above 0": not w.any(),
        }
        expected = "finite weights from 0, not all 0, with 0 on the diagonal"
        raise InputError("spatial weights", next(f for f in faults if faults[f]), expected, "build the weights anew")
    y = wide[regions].to_numpy(dtype=float)
    differing(y, value, wide.index)
    return list(wide.index), y, csr_array(w)


def differing(y, value, years):
    """Refuse values that cannot be standardised.

    Parameters
    ----------
    y : numpy.ndarray, shape (m, n)
    value : str
        What they are called.
    years : sequence of int, length m

    Raises
    ------
    InputError
        If values of a year are missing, infinite, or do not differ beyond the rounding of a computer.
    """
    for year, row in zip(years, y, strict=True):
        if not np.isfinite(row).all():
            raise InputError(
                f"{value} in {year}", "a missing or infinite value", "finite numbers", "complete the figures"
            )
        largest = np.abs(row).max()
        if (row == row[0]).all():
            raise InputError(
                f"{value} in {year}", "the same value in all regions", "values that differ", "leave the year out"
            )
        if (np.abs(row / largest - row[0] / largest) <= SAME).all():
            found = f"values that differ by less than {SAME:g} of the largest, {largest:g}"
            remedy = "subtract what all regions have in common, or leave the year out"
            raise InputError(f"{value} in {year}", found, "differences beyond the rounding of a computer", remedy)


def standardised(y):
    """Standardise every row.

    Parameters
    ----------
    y : array_like, shape (m, n)
        Rows that are not constant.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Rows with mean 0 and variance 1 (divided by n).
    """
    y = _scaled(y)
    y = _scaled(y - y[:, :1])  # exact where values are near one another, so that 1e9 added to all changes nothing
    z = y - y.mean(axis=1, keepdims=True)
    return z / z.std(axis=1, keepdims=True)


def _scaled(y):
    """Divide every row by the power of 2 next to its largest, which is exact; squares neither overflow nor vanish."""
    _, exponent = np.frexp(np.abs(y).max(axis=1, keepdims=True))
    return np.ldexp(y, -exponent)


def analytic_moran(table, value, weights, tail="greater"):
    """Global Moran's I of every year with its moments under normality and randomisation.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
        The variable.
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region, already transformed as wanted; rows of `table` are matched by name.
    tail : str
        A name of `choices.TAIL`: that of the p values, fixed before the data are seen.

    Returns
    -------
    pandas.DataFrame
        A row a year: year, moran_i, expected_i, z_normality, p_normality, z_randomisation, p_randomisation.

    Raises
    ------
    InputError
        If there are fewer than four regions; regions do not match, or one stands twice in a year or in the weights; a
        value is missing or infinite; all values of a year are the same; or weights are missing, negative, infinite, on
        the diagonal or all 0.

    Notes
    -----
    I = n / S0 * z'Wz / z'z with z the deviations from the mean; moments from esda (Cliff and Ord 1981). esda is
    given a graph of its own, because it may transform the one it is given.
    """
    from libpysal.graph import Graph

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm, which esda imports, misses widgets that nobody would see
        import esda

    years, y, w = aligned(table, value, weights)
    links, alone = w.tocoo(), np.flatnonzero(w.sum(axis=1) == 0)  # who has no neighbour is its own, with weight 0
    ends = (links.row, alone), (links.col, alone), (links.data, np.zeros(len(alone)))
    focal, neighbour, weight = map(np.concatenate, ends)
    order = np.argsort(focal, kind="stable")  # the graph takes regions in the order in which they come
    graph = Graph.from_arrays(focal[order], neighbour[order], weight[order])
    with np.errstate(divide="ignore", invalid="ignore"):  # no variance where all regions weigh alike
        morans = [esda.Moran(z, graph, transformation="O", permutations=0) for z in standardised(y)]
    p = TAIL[tail].normal
    normality, randomisation = np.array([m.z_norm for m in morans]), np.array([m.z_rand for m in morans])
    return pd.DataFrame(
        {
            "year": years,
            "moran_i": [m.I for m in morans],
            "expected_i": morans[0].EI,
            "z_normality": normality,
            "p_normality": p(normality),
            "z_randomisation": randomisation,
            "p_randomisation": p(randomisation),
        }
    )


def global_moran(table, value, weights, tail="greater", permutations=9999, seed=0):
    """Global Moran's I of every year with analytic, permutation and exact inference.

    Parameters
    ----------
    table, value, weights, tail
        As for `analytic_moran`; the tail is also that of the permutation p values.
    permutations : int
    seed : int

    Returns
    -------
    pandas.DataFrame
        The columns of `analytic_moran`, then permutation_mean and permutation_sd (of I), p_permutation,
        p_exact_greater, p_exact_less, p_exact_two_sided (|I - E[I]| at least as large) and p_exact_doubled (twice the
        smaller tail). The exact p values are shares of all n! arrangements, missing for more than ten regions.

    Raises
    ------
    InputError
        As `analytic_moran`.
    """
    result = analytic_moran(table, value, weights, tail)
    _, y, w = aligned(table, value, weights)
    arguments = standardised(y), w / w.sum(), result["moran_i"].to_numpy(), result["expected_i"].iloc[0]
    sampled = permutation.sampled_global(*arguments, permutations, seed)
    exact = permutation.exact_global(*arguments) or {}
    return result.assign(
        permutation_mean=sampled["mean"],
        permutation_sd=sampled["sd"],
        p_permutation=sampled[tail],
        **{exact_column(name): exact.get(name, np.nan) for name in TAIL},
        p_exact_doubled=permutation.doubled(exact) if exact else np.nan,
    )


def quadrants(z, lag, across=0.0, up=0.0):
    """Quadrants of a Moran scatter plot.

    Parameters
    ----------
    z, lag : array_like, shape (..., n)
        A region's value and the mean of its neighbours' values.
    across, up : float or array_like
        Where the axes cross.

    Returns
    -------
    numpy.ndarray of str, shape (..., n)
        HH, LH, LL or HL: first the region, then its neighbours; high means above the axis by more than 1e-9.
    """
    high, high_lag = (np.asarray(v) - axis > permutation.TOLERANCE for v, axis in ((z, across), (lag, up)))
    return np.select([high & high_lag, ~high & high_lag, ~high & ~high_lag], QUADRANTS[:3], QUADRANTS[3])


def local_moran(table, value, weights, tail="two-sided", permutations=9999, seed=0, significance=0.05):
    """Local Moran's I of every region and year with permutation and exact inference.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
        The variable.
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region. They are row-standardised here, which changes no p value.
    tail : str
        A name of `choices.TAIL`, fixed before the data are seen; `greater` asks for a lag greater than chance on the
        region's own side.
    permutations : int
    seed : int
    significance : float
        Level of the false discovery rate, controlled over the regions of a year (Benjamini and Hochberg 1995).

    Returns
    -------
    pandas.DataFrame
        A row a year and region: year, region, z (standardised), lag (of z), local_i = z * lag, quadrant (axes at
        zero), quadrant_article (axes at the means of z and of the lag), expected_i, variance_i and z_i of local_i under
        conditional randomisation, p_permutation (conditional), p_exact (over all neighbour sets; missing where there
        are too many), p_exact_greater and p_exact_less (of local_i), p_smallest (the smallest p that the test in use
        can attain; with ties among the values it may be larger), q (p adjusted for the false discovery rate),
        significant_fdr. A region without neighbours has lag 0, local_i 0, quadrant `none` and p 1.

    Raises
    ------
    InputError
        As `analytic_moran`.

    Notes
    -----
    I_i = z_i sum_j w_ij z_j / m2 with m2 = z'z / n (Anselin 1995); esda divides by n - 1 in m2 instead. Its moments are
    those of a sum of the other regions' values drawn without replacement (Sokal, Oden and Thomson 1998): with w_i the
    sum of row i, E = z_i w_i mean_{-i} and Var = z_i^2 s^2_{-i} (sum_j w_ij^2 - w_i^2 / (n - 1)), s^2 divided by n - 2.
    """
    from scipy.stats import false_discovery_control

    years, y, w = aligned(table, value, weights)
    sums, n = w.sum(axis=1), w.shape[0]
    alone = sums == 0
    w.data /= np.repeat(sums, np.diff(w.indptr))
    z, sums = standardised(y), np.where(alone, 0.0, 1.0)
    lag = z @ w.T
    centre, spread = _others(z)
    centre *= sums
    side = np.where(z >= -permutation.TOLERANCE, 1.0, -1.0)
    arguments = side * lag, side * centre
    sampled = np.where(alone, 1.0, permutation.sampled_local(z, w, side, *arguments, tail, permutations, seed))
    one_sided = [name for name, way in TAIL.items() if way.sides == 1]
    exact, smallest = np.full((3, *z.shape), np.nan), np.ones(n)
    exact[:, :, alone] = 1.0
    for i in np.flatnonzero(~alone):
        row = np.delete(w[[i]].toarray()[0], i)
        feasible = permutation.neighbour_sets(row) <= permutation.FEASIBLE
        smallest[i] = max(permutation.smallest_p(row, tail), 0 if feasible else 1 / (permutations + 1))
        for t in range(len(years)) if feasible else ():
            lags = side[t, i] * permutation.conditional_lags(np.delete(z[t], i), row)
            shares = permutation.as_extreme(lags, *(a[t, i] for a in arguments))
            exact[:, t, i] = [shares[name] / len(lags) for name in (tail, *one_sided)]
    best = np.where(np.isnan(exact[0]), sampled, exact[0])
    local, expected = z * lag, z * centre
    variance = z**2 * spread * (w.multiply(w).sum(axis=1) - sums / (n - 1))
    error = np.sqrt(np.where(variance > permutation.TOLERANCE**2, variance, np.nan))  # missing where nothing varies
    parts = []
    for t, year in enumerate(years):
        usual = quadrants(z[t], lag[t])
        at_means = quadrants(z[t], lag[t], up=lag[t][~alone].mean())
        q = false_discovery_control(best[t])
        parts.append(
            pd.DataFrame(
                {
                    "year": year,
                    "region": weights.index,
                    "z": z[t],
                    "lag": lag[t],
                    "local_i": local[t],
                    "quadrant": np.where(alone, "none", usual),
                    "quadrant_article": np.where(alone, "none", at_means),
                    "expected_i": expected[t],
                    "variance_i": variance[t],
                    "z_i": (local[t] - expected[t]) / error[t],
                    "p_permutation": sampled[t],
                    **dict(zip(("p_exact", *map(exact_column, one_sided)), exact[:, t], strict=True)),
                    "p_smallest": smallest,
                    "q": q,
                    "significant_fdr": q <= significance,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _others(z):
    """Return mean and variance (divided by n - 2) of the other regions' standardised values, for every region."""
    n = z.shape[1]
    mean, square = -z / (n - 1), n - z**2 * n / (n - 1)
    for t, far in enumerate(np.argmax(np.abs(z), axis=1)):  # where all others may be the same but for rounding
        square[t, far] = np.delete(z[t], far).var() * (n - 1)
    return mean, square / (n - 2)


def by_source(statistic, tables, value, weights, **settings):
    """Apply a statistic to tables from several sources.

    Parameters
    ----------
    statistic : callable
        Such as `global_moran`; it returns a table.
    tables : dict of str to pandas.DataFrame or None
        A table a source; None is left out.
    value : str
    weights : pandas.DataFrame, shape (n, n)
    **settings
        Of the statistic.

    Returns
    -------
    pandas.DataFrame
        The statistic's columns, with `source` after `year`.
    """
    parts = []
    for source, table in tables.items():
        if table is not None:
            part = statistic(table, value, weights, **settings)
            part.insert(1, "source", source)
            parts.append(part)
    return pd.concat(parts, ignore_index=True)
