"""How unequal regions are, and how much of it lies between groups of them."""

from __future__ import annotations

from itertools import combinations
from math import factorial, prod

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.permutation import FEASIBLE, TOLERANCE


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
    labels = np.zeros(len(y)) if groups is None else np.asarray(groups)

    def index(part):
        ratio = part / part.mean()
        return (
            float(np.mean(np.where(ratio > 0, ratio * np.log(np.where(ratio > 0, ratio, 1)), 0)))
            if kind == "T"
            else (float(-np.log(ratio).mean()))
        )

    within = between = 0.0
    for label in pd.unique(labels):
        part = y[labels == label]
        size, share = len(part) / len(y), part.sum() / y.sum()
        weight = share if kind == "T" else size
        if not weight:
            continue
        within += weight * index(part)
        between += weight * np.log(share / size if kind == "T" else size / share)
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
    labels = np.asarray(groups)
    parts = [y[labels == label] for label in pd.unique(labels)]
    scale = 2 * len(y) ** 2 * y.mean()
    within = sum(np.abs(p[:, None] - p).sum() for p in parts) / scale
    net = across = 0.0
    for a, b in combinations(parts, 2):
        net += 2 * abs(a.mean() - b.mean()) * len(a) * len(b) / scale
        across += 2 * np.abs(a[:, None] - b).sum() / scale
    return pd.Series(
        {"gini": within + across, "within": within, "net_between": net, "transvariation": across - net}
    ).astype(float)


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
    sizes = np.bincount(codes)
    if factorial(len(codes)) // prod(map(factorial, map(int, sizes))) <= min(FEASIBLE, 200_000):
        rows = np.array(list(_arranged(list(sizes), len(codes))))
        first = (rows == codes).all(axis=1)
        return np.vstack([codes, rows[~first]]), True
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
    values : array_like, shape (n,)
    groups : array_like, shape (n,)
    draws, seed : int
        See `assignments`.

    Returns
    -------
    tuple of (float, bool)
        One-sided p of Theil's T between groups: the share of assignments with at least as much; and whether all
        assignments were looked at.
    """
    y = _positive(values, "theil T", zero=True)
    codes, exact = assignments(groups, draws, seed)
    g = codes.max() + 1
    sums = np.stack([np.where(codes == k, y, 0.0).sum(axis=1) for k in range(g)], axis=1)
    share, size = sums / y.sum(), np.bincount(codes[0], minlength=g) / len(y)
    between = np.where(share > 0, share * np.log(np.where(share > 0, share, 1) / size), 0.0).sum(axis=1)
    return float((between >= between[0] - TOLERANCE).mean()), exact


def by_year(table, value, groups, draws=9999, seed=0):
    """Inequality of a variable in every year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    groups : pandas.Series
        Index region, the group of each.
    draws, seed : int
        See `assignments`.

    Returns
    -------
    pandas.DataFrame
        A row a year: year, mean, variation (coefficient of variation, n), gini, gini_within, gini_net_between,
        gini_transvariation, theil_t, theil_t_within, theil_t_between, theil_l, theil_l_within, theil_l_between (missing
        where a value is 0), p_between (see `between_test`), exact.
    """
    rows = []
    for year, own in table.groupby("year", sort=False):
        y, labels = own[value].to_numpy(float), groups[own["region"]].to_numpy()
        parts = dagum(y, labels)
        t = theil(y, labels, "T")
        low = theil(y, labels, "L") if (y > 0).all() else pd.Series(np.nan, ["total", "within", "between"])
        p, exact = between_test(y, labels, draws, seed)
        rows.append(
            {
                "year": year,
                "mean": y.mean(),
                "variation": y.std() / y.mean(),
                "gini": parts["gini"],
                **{f"gini_{k}": parts[k] for k in ("within", "net_between", "transvariation")},
                "theil_t": t["total"],
                "theil_t_within": t["within"],
                "theil_t_between": t["between"],
                "theil_l": low["total"],
                "theil_l_within": low["within"],
                "theil_l_between": low["between"],
                "p_between": p,
                "exact": exact,
            }
        )
    return pd.DataFrame(rows)
