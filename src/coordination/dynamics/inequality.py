"""How unequal regions are, and how much of it lies between groups of them."""

from __future__ import annotations

from math import factorial, prod

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.spatial.permutation import BATCH, FEASIBLE, TOLERANCE

ROUNDING = 1e-15  # sums of logarithms below this are 0

MEASURES = [
    "variation", "gini", "gini_within", "gini_net_between", "gini_transvariation", "theil_t", "theil_t_within",
    "theil_t_between", "theil_l", "theil_l_within", "theil_l_between",
]  # fmt: skip


def _positive(values, measure, zero):
    y = np.asarray(values, dtype=float)
    if y.ndim != 1 or not len(y) or not np.isfinite(y).all():
        raise InputError(measure, f"values {y}", "at least one finite number", "complete the figures")
    if (y < 0).any() or y.sum() == 0 or (not zero and (y == 0).any()):
        least = "no negative ones and not all zero" if zero else "positive ones"
        raise InputError(measure, f"values from {y.min():g} to {y.max():g}", least, "choose another measure")
    return y


def gini(values):
    """Gini coefficient.

    Parameters
    ----------
    values : array_like, shape (n,)
        Not negative, not all zero.

    Returns
    -------
    float
        Mean absolute difference of all n^2 pairs over twice the mean: 0 if all are equal, at most 1 - 1/n.

    Raises
    ------
    InputError
        If a value is negative or not finite, or all are zero.

    Examples
    --------
    >>> round(gini([1, 2, 3]), 6)
    0.222222
    """
    y = np.sort(_positive(values, "gini", zero=True))
    n = len(y)
    return float((2 * np.arange(1, n + 1) - n - 1) @ y / (n * y.sum()))


def theil(values, groups=None, kind="T"):
    """Theil index T or L (mean log deviation), split into within and between groups.

    Parameters
    ----------
    values : array_like, shape (n,)
    groups : array_like, shape (n,), optional
        A label a value; one group if not given.
    kind : {'T', 'L'}
        T weighs groups by their share of the total, L by their share of the regions. T allows zeros (0 ln 0 = 0).

    Returns
    -------
    pandas.Series
        total, within, between: total = within + between.

    Raises
    ------
    InputError
        If a value is negative or not finite, all are zero, or, for L, one is zero.

    References
    ----------
    Theil (1967), Economics and Information Theory; Shorrocks (1980), Econometrica 48.
    """
    y = _positive(values, f"theil {kind}", zero=kind == "T")
    codes = np.zeros(len(y), dtype=int) if groups is None else pd.factorize(np.asarray(groups))[0]
    sizes, sums = np.bincount(codes), np.bincount(codes, y)
    rich, own = y > 0, (sums / sizes)[codes]
    there = sums > 0
    size, total = sizes[there] / len(y), y.sum()
    gap = np.log(sums[there]) - np.log(total) - np.log(size)  # ln of a group's mean over the mean of all
    if kind == "T":
        within = y[rich] @ (np.log(y[rich]) - np.log(own[rich])) / total
        between = sums[there] @ gap / total
    else:
        within = (np.log(own) - np.log(y)).mean()
        between = -(size @ gap)
    within, between = (0.0 if abs(v) < ROUNDING else v for v in (within, between))
    return pd.Series({"total": within + between, "within": within, "between": between})


def dagum(values, groups):
    """Gini coefficient split into its parts within groups, net between them, and of transvariation.

    Parameters
    ----------
    values : array_like, shape (n,)
        Not negative, not all zero.
    groups : array_like, shape (n,)
        A label a value.

    Returns
    -------
    pandas.Series
        gini, within, net_between, transvariation: the first is the sum of the others. Transvariation is the part of
        the differences between groups that overlaps: pairs in which the region of the poorer group is the richer.

    Raises
    ------
    InputError
        If a value is negative or not finite, or all are zero.

    References
    ----------
    Dagum (1997), A new approach to the decomposition of the Gini income inequality ratio, Empirical Economics 22.
    """
    y = _positive(values, "dagum", zero=True)
    codes = pd.factorize(np.asarray(groups))[0]
    sizes = np.bincount(codes)
    mean = np.bincount(codes, y) / sizes
    parts = _apart(y), sum(_apart(y[codes == k]) for k in range(len(sizes))), sizes @ _gaps(mean, mean, sizes)
    total, within, net = (part / (2 * len(y) * y.sum()) for part in parts)
    return pd.Series({"gini": total, "within": within, "net_between": net, "transvariation": total - within - net})


def _apart(y):
    """Return the sum of the absolute differences of all n^2 pairs."""
    return 2 * (2 * np.arange(len(y)) + 1 - len(y)) @ np.sort(y)


def _gaps(numbers, mean, sizes):
    """Return sums of absolute differences of numbers from the means of groups, each as often as it has members."""
    return np.abs(numbers[:, None] - mean) @ sizes


def pairs(values, groups):
    """Gini coefficient within every group and between every two.

    Parameters
    ----------
    values : array_like, shape (n,)
    groups : array_like, shape (n,)

    Returns
    -------
    pandas.DataFrame, shape (g, g)
        Symmetric; between j and h the mean absolute difference over the sum of the two means.
    """
    y = _positive(values, "dagum", zero=True)
    labels = np.asarray(groups)
    names = list(pd.unique(labels))
    result = pd.DataFrame(0.0, names, names)
    for j in names:
        for h in names:
            a, b = y[labels == j], y[labels == h]
            total = a.mean() + b.mean()
            result.loc[j, h] = np.abs(a[:, None] - b).mean() / total if total else 0.0
    return result


def assignments(groups, draws=9999, seed=0):
    """Ways in which regions can fall into groups of the given sizes.

    Parameters
    ----------
    groups : array_like, shape (n,)
    draws : int
        How many are drawn where there are too many to list.
    seed : int

    Returns
    -------
    tuple of (numpy.ndarray of int, shape (k, n), bool)
        Group of every region, a row a way, the observed one first; and whether they are all.
    """
    codes, _ = pd.factorize(np.asarray(groups))
    codes, sizes = codes.astype(np.min_scalar_type(len(codes))), np.bincount(codes)
    if factorial(len(codes)) // prod(map(factorial, map(int, sizes))) <= min(FEASIBLE, 200_000):
        rows = np.array(list(_arranged(list(sizes), len(codes))))
        first = (rows == codes).all(axis=1)
        return np.vstack([codes, rows[~first]], dtype=codes.dtype, casting="unsafe"), True
    rng = np.random.default_rng(seed)
    return np.vstack([codes, *(rng.permutation(codes) for _ in range(draws))]), False


def _arranged(sizes, n, prefix=()):
    if len(prefix) == n:
        yield prefix
        return
    for k, left in enumerate(sizes):
        if left:
            sizes[k] -= 1
            yield from _arranged(sizes, n, (*prefix, k))
            sizes[k] += 1


def between_test(values, groups, draws=9999, seed=0):
    """Test whether groups differ more than groups of the same sizes drawn by chance.

    Parameters
    ----------
    values : array_like, shape (v, n)
        Of v variables, or years, which are judged by the same assignments.
    groups : array_like, shape (n,)
    draws, seed : int
        See `assignments`.

    Returns
    -------
    tuple of (numpy.ndarray, shape (v,), bool)
        One-sided p of Theil's T between groups: the share of assignments with at least as much; and whether all
        assignments were looked at.
    """
    from scipy.sparse import csr_array

    y = np.array([_positive(row, "theil T", zero=True) for row in values]).T
    codes, exact = assignments(groups, draws, seed)
    n, sizes, parts = len(y), np.bincount(codes[0]), []
    for part in np.array_split(codes, -(-codes.size // BATCH)):
        members, ends = np.argsort(part, axis=1, kind="stable").ravel(), np.cumsum(np.tile(sizes, len(part)))
        sums = csr_array((np.ones(len(members)), members, np.append(0, ends)), (len(ends), n)) @ y
        share = sums.reshape(len(part), len(sizes), -1) / y.sum(axis=0)
        parts.append((share * np.log(np.where(share > 0, share * n / sizes[:, None], 1))).sum(axis=1))
    between = np.concatenate(parts)
    return (between >= between[0] - TOLERANCE).mean(axis=0), exact


def measures(values, groups):
    """All measures of inequality of one variable in one year.

    Parameters
    ----------
    values : array_like, shape (n,)
        Not negative.
    groups : array_like, shape (n,)

    Returns
    -------
    pandas.Series
        variation (coefficient of variation, n), gini, gini_within, gini_net_between, gini_transvariation, theil_t,
        theil_t_within, theil_t_between, theil_l, theil_l_within, theil_l_between. Theil's L is missing where a value
        is 0, everything where all are.
    """
    y, labels = np.asarray(values, dtype=float), np.asarray(groups)
    if not y.any():
        return pd.Series(np.nan, MEASURES)
    t = theil(y, labels, "T")
    low = theil(y, labels, "L") if (y > 0).all() else [np.nan] * 3
    return pd.Series([y.std() / y.mean(), *dagum(y, labels), *t, *low], MEASURES)


def jackknife(values, groups, level=0.9):
    """Jackknife intervals of the measures of inequality.

    Parameters
    ----------
    values : array_like, shape (n,)
        Not negative.
    groups : array_like, shape (n,)
    level : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame, shape (11, 3)
        Index the `measures`; columns value, low, high: value plus and minus the jackknife's standard error times the
        quantile of t with n - 1 degrees of freedom, not below 0. Low and high are missing for fewer than four regions
        and where a measure is missing without some region.

    Notes
    -----
    The interval says how much a measure hangs on which regions there are, as if they were drawn from many. Where
    they are all the regions there are (nine provinces of a basin), there is nothing to be drawn: the value itself has
    no sampling error, and the interval is not one of its precision.

    References
    ----------
    Karagiannis and Kovacevic (2000), A method to calculate the jackknife variance estimator for the Gini coefficient,
    Oxford Bulletin of Economics and Statistics 62.
    """
    from scipy.stats import t as student

    y, labels = np.asarray(values, dtype=float), np.asarray(groups)
    n, found = len(y), measures(y, labels)
    if n < 4:
        return pd.DataFrame({"value": found, "low": np.nan, "high": np.nan})
    without = _without_each(y, pd.factorize(labels)[0])
    error = np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    reach = student.ppf((1 + level) / 2, n - 1) * error
    return pd.DataFrame({"value": found, "low": (found - reach).clip(lower=0), "high": found + reach})


def _without_each(y, codes):
    """Return the `measures` without each region in turn, shape (n, 11), from sums over the others."""
    n, known = len(y), np.count_nonzero(y) > (y != 0)  # regions without which not all are 0
    if not known.any():
        return np.full((n, len(MEASURES)), np.nan)
    y = y / y.mean()
    sizes, sums = np.bincount(codes), np.bincount(codes, y)
    mean, left, own = sums / sizes, sizes[codes] - 1, _by_group(_others, y, codes)

    def whole(groups, part):
        """Add the part of a region's group without it to those of all other groups."""
        return _others(groups)[codes] + part

    total = np.where(known, whole(sums, own), np.nan)
    squares = np.square(y - 1).sum() - np.square(y - 1) * n / (n - 1)
    far = np.argmax(np.abs(y - 1))  # without it nothing but rounding may be left
    squares[far] = (n - 1) * np.delete(y, far).var()

    own_mean = np.divide(own, left, out=np.zeros(n), where=left > 0)
    gaps = np.abs(own_mean[:, None] - mean) * sizes
    gaps[np.arange(n), codes] = 0
    within = np.array([_apart(y[codes == k]) for k in range(len(sizes))])
    parts = [_apart_without(y), whole(within, _by_group(_apart_without, y, codes))]
    parts.append(_apart_without(mean, sizes)[codes] + 2 * left * gaps.sum(axis=1))
    gini, within, net = np.array(parts) / (2 * (n - 1) * total)

    each = y * _log(y)
    between = whole(sums * _log(mean), own * _log(own_mean)) / total - np.log(total / (n - 1))
    every = whole(np.bincount(codes, each), _by_group(_others, each, codes)) / total - np.log(total / (n - 1))
    theil_t = [every, every - between, between]
    theil_l = np.full((3, n), np.nan)
    if (y > 0).all():
        low = np.log(total / (n - 1)) - whole(sizes * np.log(mean), left * _log(own_mean)) / (n - 1)
        every = np.log(total / (n - 1)) - _others(np.log(y)) / (n - 1)
        theil_l = [every, every - low, low]
    variation = np.sqrt(squares * (n - 1)) / total
    return np.column_stack([variation, gini, within, net, gini - within - net, *theil_t, *theil_l])


def _others(numbers):
    """Return the sum of all other numbers, for each; nothing is subtracted, so that nothing cancels."""
    return np.add(*_sides(numbers))


def _apart_without(numbers, sizes=1):
    """Return the sum of the absolute differences of all pairs of others, for each, by how often every number stands."""
    order = np.argsort(numbers)
    often = np.broadcast_to(sizes, len(numbers))[order]
    sums, more = numbers[order] * often, 2 * np.cumsum(often) - often - often.sum()  # lower numbers than higher ones
    (below, above), (lower, higher) = _sides(sums * more), _sides(sums)
    result = np.empty(len(numbers))
    result[order] = 2 * (below + above + often * (lower - higher))
    return result


def _sides(numbers):
    """Return the sums of all numbers before each, and of all after it."""
    before, after = np.cumsum(numbers), np.cumsum(numbers[::-1])[::-1]
    return np.append(0.0, before[:-1]), np.append(after[1:], 0.0)


def _by_group(function, numbers, codes):
    result = np.empty(len(numbers))
    for k in range(codes.max() + 1):
        result[codes == k] = function(numbers[codes == k])
    return result


def _log(numbers):
    return np.log(numbers, out=np.zeros(len(numbers)), where=numbers > 0)


def by_variable(tables, groups, draws=9999, seed=0):
    """Inequality of several variables in every year, with jackknife intervals.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        Columns region, year and, last, the variable.
    groups : pandas.Series
        Index region, the group of each.
    draws, seed : int
        See `assignments`.

    Returns
    -------
    pandas.DataFrame
        Columns variable, year, measure, value, low, high: the measures (see `jackknife`) and p_between (see
        `between_test`), which has no interval.
    """
    parts, alike = {}, {}
    for variable, table in tables.items():
        for year, own in table.groupby("year", sort=False):
            y, labels = own.iloc[:, -1].to_numpy(float), groups[own["region"]].to_numpy()
            parts[variable, year] = jackknife(y, labels)
            parts[variable, year].loc["p_between"] = np.nan
            if y.any():
                alike.setdefault(tuple(labels), {})[variable, year] = y
    for labels, values in alike.items():
        p, _ = between_test(list(values.values()), labels, draws, seed)
        for key, share in zip(values, p, strict=True):
            parts[key].loc["p_between", "value"] = share
    return pd.concat(parts, names=["variable", "year", "measure"]).reset_index()
