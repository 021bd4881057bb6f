"""Which claims hold in many versions of the results at once."""

from __future__ import annotations

import numpy as np

from coordination.choices import TAIL
from coordination.indices import coupling, development
from coordination.replication import register, verdict
from coordination.spatial import autocorrelation
from coordination.spatial import change as spatial_change

SPATIAL = ("moran_i", "quadrant")  # variables that need spatial weights

SWAPPED = 12  # regions whose years are exchanged in every possible way; with more, in some

DRAWS = 499

FEW = 64

BATCH = 1_000_000  # numbers held at a time


def holds(row, values, years, study, regions):
    """Tell in which versions of the results a claim holds that needs no spatial weights.

    Parameters
    ----------
    row : mapping
        A row of claims.csv (see `replication.claim`).
    values : mapping of str to numpy.ndarray, shape (b, n, m)
        b versions of every variable: subsystems and `coordination_degree`, regions in the study's order.
    years : sequence
        The m years of the values.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    numpy.ndarray of bool, shape (b,), or None
        None if the values do not contain what the claim needs.

    Notes
    -----
    What counts as holding is what `replication.claim` calls reproduced, within rounding or not.
    """
    of = {s.id for s in study.subsystems}
    needed = of if row["variable"] == "scores" else {row["variable"]}
    first, last = register.period(row, study)
    within = [k for k, year in enumerate(years) if first <= year <= last]
    if not needed <= set(values) or not {first, last} <= set(years):
        return None
    v = {name: np.asarray(values[name], dtype=float)[:, :, within] for name in needed}
    if row["measure"] == "growth_order":
        rates = np.stack([_growth(v[s].mean(axis=1), study.elapsed(first, last)) for s in sorted(of)], axis=1)
        return _same_order(rates, sorted(of), row["expected"].split(">"), falling=True)
    v = v[row["variable"]]
    groups = [g.id for g in study.groups]

    def over(place):
        members = regions.index.get_indexer(register.members(place, regions, groups, study.whole.id))
        return v[:, members].mean(axis=1)

    measure, place, expected = row["measure"], row["place"], row["expected"]
    passed = study.elapsed(first, last)
    if measure in ("mean", "change", "growth"):
        series = over(place)
        found = {
            "mean": lambda: series.mean(axis=1),
            "change": lambda: series[:, -1] - series[:, 0],
            "growth": lambda: 100 * _growth(series, passed),
        }[measure]()
        return _close(found, row)
    if measure == "level":
        names = np.array([x.name.en for x in study.levels])
        return names[coupling.level(np.clip(over(place)[:, -1], 0, 1), study.levels)] == expected
    if measure == "trend":
        series = v if place == "regions" else over(place)[:, None]
        return (development.trends(series) == expected).all(axis=1)
    if measure in ("order", "order_every_year"):
        means = np.stack([over(g) for g in groups], axis=1)  # (b, groups, years)
        if measure == "order":
            return _same_order(means.mean(axis=2), groups, expected.split("<"))
        return np.all([_same_order(means[:, :, k], groups, expected.split("<")) for k in range(v.shape[2])], axis=0)
    if measure in ("highest", "lowest"):
        named = expected.split(">")
        order = np.argsort(-v.mean(axis=2), axis=1, kind="stable")
        found = order[:, : len(named)] if measure == "highest" else order[:, -len(named) :]
        return (found == regions.index.get_indexer(named)).all(axis=1)
    rates = 100 * _growth(v, passed)
    own = regions.index.get_loc(place)
    extreme = np.where(np.isnan(rates), -np.inf, rates if measure == "highest_growth" else -rates).argmax(axis=1)
    return (extreme == own) & _close(rates[:, own], row)


def spatial_holds(row, values, years, weights, study, regions, known=None, shared=None):
    """Tell in which versions of the results a claim about spatial autocorrelation holds.

    Parameters
    ----------
    row : mapping
    values : numpy.ndarray, shape (b, n, m)
        Versions of the coordination degree.
    years : sequence
    weights : array_like, shape (n, n)
        As the global statistic uses them.
    study : Study
    regions : pandas.DataFrame
    known : dict, optional
        Keeps what was computed of these values and weights, for the next claim.
    shared : dict, optional
        Keeps what was computed of these values, for other weights.

    Returns
    -------
    numpy.ndarray of bool, shape (b, a), or None
        a = 2 for a quadrant (axes at zero, axes at the means), otherwise 1. None if the values do not contain the
        year, or a claim that clustering weakened is not about the first and the last of all years.

    Notes
    -----
    Significance of I is that of the normal approximation under randomisation with the study's tail, which can be had
    for every version at once; that of its fall is tested (see `weakened`).
    """
    known, shared = {} if known is None else known, {} if shared is None else shared
    if row["variable"] == "quadrant":
        _, year = register.period(row, study)
        if year not in years:
            return None
        if year not in known:
            known[year] = quadrants(values[:, :, list(years).index(year)], weights)
        return known[year][:, regions.index.get_loc(row["place"])] == row["expected"]
    if row["measure"] == "inference":
        if register.period(row, study) != (years[0], years[-1]) or len(years) == 1:
            return None
        return weakened(values[:, :, 0], values[:, :, -1], weights, study.autocorrelation.significance, study.seed)[
            :, None
        ]
    if "moran" not in known:
        if "moments" not in shared:
            shared["moments"] = moments(values)
        known["moran"] = moran(values, weights, shared["moments"])
    i, z = known["moran"]
    with np.errstate(invalid="ignore"):
        if row["measure"] == "sign":
            found = (i > 0).all(axis=1)
        elif row["measure"] == "trend":
            found = (development.trends(i[:, None]) == row["expected"])[:, 0]
        else:
            p = TAIL[study.autocorrelation.tail].normal(z)
            found = (p <= study.autocorrelation.significance).sum(axis=1) > i.shape[1] / 2
    return found[:, None]


def moran(values, weights, known=None):
    """Moran's I and its z value under randomisation in many versions at once.

    Parameters
    ----------
    values : numpy.ndarray, shape (b, n, m)
    weights : array_like, shape (n, n)
    known : tuple of numpy.ndarray, optional
        The `moments` of the values, for more than one set of weights.

    Returns
    -------
    tuple of numpy.ndarray, shape (b, m)
        I and z; missing where all regions have the same value.

    References
    ----------
    Cliff and Ord (1981), Spatial processes, p. 44-46.
    """
    w = np.asarray(weights, dtype=float)
    n = len(w)
    s0, s1 = w.sum(), ((w + w.T) ** 2).sum() / 2
    s2 = ((w.sum(axis=0) + w.sum(axis=1)) ** 2).sum()
    y, m2, kurtosis = moments(values) if known is None else known
    i = ((y @ w.T) * y).sum(axis=2) / (s0 * m2)
    a = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    b = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    expected = -1 / (n - 1)
    if n < 4:  # no variance
        return i, np.full(i.shape, np.nan)
    variance = (a - b) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    return i, (i - expected) / np.sqrt(np.where(variance > 0, variance, np.nan))


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
    The test of `space_time.moran_change`, whose I after an exchange is a quadratic form in the choice of regions, so
    that all choices of all versions are products of matrices.
    """
    w = np.asarray(weights, dtype=float)
    w, n = w / w.sum(), len(w)
    chosen = spatial_change.choices(n, None if n <= SWAPPED else DRAWS, seed).astype(float)
    step = max(1, BATCH // max(len(chosen), n * n))
    found = np.zeros(len(first), dtype=bool)
    before, after = _standardised(first), _standardised(last)
    fell = np.flatnonzero(((after @ w) * after).sum(axis=1) < ((before @ w) * before).sum(axis=1))
    for k in range(0, len(fell), step):
        some = fell[k : k + step]
        for tried in (chosen[:FEW], chosen):  # most are seen to be chance in a few choices
            a, b = before[some], after[some]
            change = _exchanged(a, b, w, 1 - tried) - _exchanged(a, b, w, tried)
            if n <= SWAPPED:
                change = np.concatenate([change, -change], axis=1)
            as_low = (change <= change[:, :1] + 1e-9).sum(axis=1)
            every = np.isfinite(change).sum(axis=1) if tried is chosen else len(chosen) * (1 + (n <= SWAPPED))
            some = some[as_low <= significance * every]
        found[some] = True
    return found


def _standardised(values):
    values = values - values.mean(axis=1, keepdims=True)
    spread = values.std(axis=1, keepdims=True)
    return values / np.where(spread > 1e-9, spread, np.nan)


def _exchanged(a, b, w, chosen):
    """Moran's I of a where b takes its place in the chosen regions, shape (versions, choices); w adds up to 1."""
    d, n, both = b - a, len(w), w + w.T
    i, j = np.triu_indices(n, 1)
    mean = d @ chosen.T / n
    variance = 1 + (b**2 - a**2) @ chosen.T / n - mean**2
    product = ((a @ w) * a).sum(axis=1, keepdims=True) + (d * (a @ both) + d**2 * np.diag(w)) @ chosen.T
    product += (d[:, i] * d[:, j] * both[i, j]) @ (chosen[:, i] * chosen[:, j]).T
    ends = (a @ both.sum(axis=1))[:, None] + (d * both.sum(axis=1)) @ chosen.T
    return (product - mean * ends + mean**2) / np.where(variance > 1e-9, variance, np.nan)


def moments(values):
    """Return what Moran's I needs of the values whatever the weights.

    Parameters
    ----------
    values : numpy.ndarray, shape (b, n, m)

    Returns
    -------
    tuple of numpy.ndarray, shapes (b, m, n), (b, m) and (b, m)
        Deviations from the mean of the regions, their variance (missing where all are alike) and their kurtosis.
    """
    y = np.ascontiguousarray(np.swapaxes(values - values.mean(axis=1, keepdims=True), 1, 2))
    square = y * y
    m2 = np.where(np.ptp(values, axis=1) <= 1e-12, np.nan, square.mean(axis=2))
    return y, m2, (square * square).mean(axis=2) / m2**2


def quadrants(values, weights):
    """Quadrants of the regions in many versions at once.

    Parameters
    ----------
    values : numpy.ndarray, shape (b, n)
    weights : array_like, shape (n, n)
        Row-standardised here.

    Returns
    -------
    numpy.ndarray of str, shape (b, n, 2)
        With axes at zero, and at the means of the variable and of its lag (see `autocorrelation.quadrants`).
    """
    w = np.asarray(weights, dtype=float)
    total = w.sum(axis=1, keepdims=True)
    w = np.divide(w, total, out=np.zeros_like(w), where=total > 0)
    spread = values.std(axis=1, keepdims=True)
    z = np.divide(values - values.mean(axis=1, keepdims=True), spread, out=np.zeros_like(values), where=spread > 0)
    lag = z @ w.T
    up = np.stack([np.zeros(len(z)), lag[:, total[:, 0] > 0].mean(axis=1)], axis=1)
    found = autocorrelation.quadrants(z[:, :, None], lag[:, :, None], up=up[:, None])
    return np.where(total > 0, found, "none")


def _close(found, row):
    """Tell which numbers a printed one can stand for."""
    slack = max(verdict.half_printed(row["expected"]), register.allowed(row) or 0)
    return np.abs(found - float(row["expected"])) <= slack + verdict.ROUNDING


def _growth(series, years):
    """Compound growth of the last axis; missing where it starts from 0."""
    first, last = series[..., 0], series[..., -1]
    ratio = np.divide(last, first, out=np.full(first.shape, np.nan), where=first > 0)
    return ratio ** (1 / years) - 1 if years else np.full(first.shape, np.nan)


def _same_order(numbers, names, expected, falling=False):
    order = np.argsort(-numbers if falling else numbers, axis=1, kind="stable")
    if sorted(names) != sorted(expected):
        return np.zeros(len(numbers), dtype=bool)
    return (order == [names.index(e) for e in expected]).all(axis=1) & ~np.isnan(numbers).any(axis=1)
