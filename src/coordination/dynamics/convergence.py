"""Sigma and beta convergence, with inference for few regions."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pandas as pd

from coordination.dynamics.matrix import _constant, _finite
from coordination.errors import InputError
from coordination.spatial.neighbours import spread
from coordination.spatial.permutation import TOLERANCE

ENUMERATED = 12  # regions up to which all 2^n signs are looked at

MANY = 100  # regions, beyond which fewer panels say as much

BATCH = 1_000_000  # numbers held at a time

BLOCK = 32_768  # the same of products that should stay near the processor


# Convergence


def signs(n, draws=9999, seed=0):
    """Return signs for n regions, the observed ones (all +1) first.

    Parameters
    ----------
    n : int
    draws : int
        How many are drawn where there are too many to list.
    seed : int

    Returns
    -------
    tuple of (numpy.ndarray of float, shape (k, n), bool)
        A row of +1 and -1 a way; and whether they are all 2^n.
    """
    if n <= ENUMERATED:
        return np.array(list(product((1.0, -1.0), repeat=n))).reshape(-1, n), True
    drawn = np.random.default_rng(seed).choice((1.0, -1.0), size=(draws, n))
    return np.vstack([np.ones(n), drawn]), False


def _variation(y):
    mean = y.mean(axis=-2)
    return np.divide(y.std(axis=-2), mean, out=np.full(mean.shape, np.nan), where=mean > 0)


def _slope(times, series):
    """Least-squares slope of every row of a series on time."""
    centred = times - times.mean()
    return series @ centred / (centred @ centred)


def dispersion(table, value, groups, whole):
    """Coefficient of variation over the regions, of all and of every group, by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`, not negative.
    value : str
    groups : pandas.Series
        Index region, the group of each.
    whole : str
        What all regions together are called.

    Returns
    -------
    pandas.DataFrame
        Columns group, year, regions, variation (standard deviation with n, over the mean); the whole first. Missing
        for a single region and where all values are 0. A sole group is the whole and is not repeated.
    """
    values = _finite(table, value)
    rows = []
    for name, y in _parts(values, groups, whole):
        own = _variation(y) if len(y) > 1 else np.full(y.shape[1], np.nan)
        rows += [(name, year, len(y), v) for year, v in zip(values.columns, own, strict=True)]
    return pd.DataFrame(rows, columns=["group", "year", "regions", "variation"])


def _parts(values, groups, whole):
    labels = groups.reindex(values.index)
    if labels.isna().any():
        raise InputError("groups", f"none of {labels.index[labels.isna()][0]}", "a group a region", "add it")
    yield whole, values.to_numpy()
    names = labels.unique()
    if len(names) > 1:
        for name in names:
            yield name, values[(labels == name).to_numpy()].to_numpy()


def sigma(table, value, groups, whole, elapsed, draws=9999, seed=0):
    """Sigma convergence: whether the coefficient of variation has a trend, with a test for few regions.

    Parameters
    ----------
    table, value, groups, whole
        As for `dispersion`.
    elapsed : callable
        `elapsed(a, b)` returns the time between two years.
    draws, seed : int
        See `signs`.

    Returns
    -------
    pandas.DataFrame
        A row for all regions and for every group: group, regions, first, last (coefficients of variation), slope
        (per unit of time, least squares), p (two-sided), p_smallest (the least that n regions can give), exact.
        Missing where there is one year, one region, or a mean of 0.

    Notes
    -----
    Years are no independent draws, so no test that shuffles years is used. The null hypothesis is that a region's path
    relative to the mean, y_it / mean_t, has no direction in time: read backwards it is as likely as forwards,
    independently of the others. The p value is the share of the 2^n ways to turn some of the paths round whose slope is
    at least as steep. With two years this is a permutation form of the Pitman-Morgan test for two correlated variances.
    Where regions move with their neighbours the test finds trends too often: see `sigma_size`. With years evenly
    spaced, turning all paths round only turns the slope's sign, hence p >= 2 / 2^n.

    References
    ----------
    Barro and Sala-i-Martin (1992), Convergence, Journal of Political Economy 100; Carree and Klomp (1997), Testing
    the convergence hypothesis: a comment, Review of Economics and Statistics 79.
    """
    values = _finite(table, value)
    years = list(values.columns)
    times = np.array([elapsed(years[0], y) for y in years], dtype=float)
    mirrored = 2 if np.allclose(times + times[::-1], times[0] + times[-1]) else 1
    rows = []
    for name, y in _parts(values, groups, whole):
        n, own = len(y), _variation(y)
        if n < 2 or len(years) < 2 or np.isnan(own).any():
            ends = (own[0], own[-1]) if n > 1 else (np.nan, np.nan)
            rows.append((name, n, *ends, np.nan, np.nan, np.nan, n <= ENUMERATED))
            continue
        ways, exact = signs(n, draws, seed)
        slopes = _turned(y / y.mean(axis=0), ways, times)
        p = (np.abs(slopes) >= abs(slopes[0]) - TOLERANCE * max(own.max(), TOLERANCE)).mean()
        rows.append((name, n, own[0], own[-1], _slope(times, own), p, max(2.0**-n * mirrored, 1 / len(ways)), exact))
    return pd.DataFrame(rows, columns=["group", "regions", "first", "last", "slope", "p", "p_smallest", "exact"])


def _turned(relative, ways, times):
    """Return the slope of the coefficient of variation for every choice of paths (rows of +1 and -1) to turn round.

    Of one panel, shape (n, m), or of several, shape (b, n, m): then shape (k, b).
    """
    forth, n = relative - 1, relative.shape[-2]
    back, kept = forth[..., ::-1], (ways > 0).astype(float)
    ends = (forth, back), (forth**2, back**2)
    mean, square = ((b.sum(axis=-2) + np.tensordot(kept, a - b, axes=(1, -2))) / n for a, b in ends)
    variance = square - mean**2
    return _slope(times, np.sqrt(np.where(variance > 1e-14 * square, variance, 0)) / (1 + mean))  # 0 but for rounding


def sigma_size(weights, times, dependences=(0.0, 0.5, 0.8), persistence=0.5, significance=0.05, draws=4000, seed=0):
    """How often the test of sigma convergence errs where regions move with their neighbours.

    Parameters
    ----------
    weights : pandas.DataFrame, shape (n, n)
        Those of the study; row-standardised here.
    times : array_like, shape (m,)
        When the years are.
    dependences : sequence of float
        Spatial autoregressive coefficients of the shocks.
    persistence : float
        Correlation of a region's deviation with that one unit of time before.
    significance : float
    draws : int
        Simulated panels, a fifth of them for more than 100 regions; for more than 12 each with 499 choices of paths.
    seed : int

    Returns
    -------
    pandas.DataFrame
        A row a coefficient: dependence, size (share of panels with a significant trend). Without rows for fewer than
        two regions or years.

    Notes
    -----
    Deviations from a mean of 1 are a stationary autoregressive process with a standard deviation of about 0.1: read
    backwards it is as likely as forwards, and its dispersion has no trend. Shocks are (I - rho W)^-1 e, so that only
    the independence of regions, which the test supposes, fails.
    """
    times = np.asarray(times, dtype=float)
    n, m = len(weights), len(times)
    draws = draws if n <= MANY else max(1, draws // 5)
    ways, _ = signs(n, 499, seed)
    kept = persistence ** np.diff(times)[:, None]
    step, few = max(1, BATCH // (m * n)), max(1, BLOCK // (m * max(n, len(ways))))
    rows = []
    for dependence in dependences if min(n, m) > 1 else ():
        paths = np.empty((draws, m, n))
        rng = np.random.default_rng(seed)
        for start in range(0, draws, step):
            part = paths[start : start + step]
            part[:] = spread(weights, dependence, rng.standard_normal(part.shape))
            part[:, 1:] *= np.sqrt(1 - kept**2)
            for t in range(1, m):
                part[:, t] += kept[t - 1] * part[:, t - 1]
        scale, significant = 0.1 / paths.std(), 0
        for start in range(0, draws, few):
            panels = 1 + scale * paths[start : start + few].swapaxes(1, 2)
            slopes = np.abs(_turned(panels / panels.mean(axis=1, keepdims=True), ways, times))
            significant += ((slopes >= slopes[0] * (1 - TOLERANCE)).mean(axis=0) <= significance).sum()
        rows.append((dependence, significant / draws))
    return pd.DataFrame(rows, columns=["dependence", "size"])


def speed(coefficient, years):
    """Speed of convergence and half-life that a coefficient on the initial level implies.

    Parameters
    ----------
    coefficient : float
        b in growth per unit of time = a + b ln(initial level).
    years : float
        Units of time over which growth is measured.

    Returns
    -------
    dict of str to float
        speed, -ln(1 + b years) / years, missing where 1 + b years is not positive; half_life, ln 2 / speed, missing
        unless the speed is positive.

    Examples
    --------
    >>> {key: round(value, 4) for key, value in speed(-0.0173, 1).items()}
    {'speed': 0.0175, 'half_life': 39.7187}
    """
    left = 1 + coefficient * years
    rate = float(-np.log(left) / years) if left > 0 else np.nan
    return {"speed": rate, "half_life": float(np.log(2) / rate) if rate > 0 else np.nan}


def clustered(growth, level, effects=None, draws=9999, seed=0):
    """Regress growth on a level and effects of years, with errors clustered by region and a wild cluster bootstrap.

    Parameters
    ----------
    growth, level : array_like, shape (n, m)
        Of regions by years.
    effects : array_like, shape (n,), optional
        Group of every region, or the region itself, for effects of these too.
    draws, seed : int
        See `signs`.

    Returns
    -------
    pandas.Series
        coefficient and error of the level (error with the factor G / (G - 1) (N - 1) / (N - K) for G = n clusters,
        N = n m and K coefficients); p of t with G - 1 degrees of freedom; p_wild, two-sided, the null hypothesis
        imposed, Rademacher signs; exact, whether all 2^G signs were looked at. Missing where the effects leave nothing
        of the level or no degrees of freedom.

    Notes
    -----
    The panel is balanced, so that taking off means of years and then of groups is a regression on dummies.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with clustered errors, Review of
    Economics and Statistics 90.
    """
    from scipy.stats import t as student

    y, x = (np.asarray(a, dtype=float) for a in (growth, level))
    (g, m), count = y.shape, y.size
    codes = np.zeros(g, dtype=int) if effects is None else pd.factorize(np.asarray(effects))[0]
    k = m + codes.max() + 1  # with the level
    names = ("coefficient", "error", "p", "p_wild")
    residual, imposed = _centred(x, codes), _centred(y, codes)  # the latter with a coefficient of 0
    spread = (residual**2).sum()
    missing = pd.Series({**dict.fromkeys(names, np.nan), "exact": g <= ENUMERATED}, dtype=object)
    if count <= k or g < 2 or spread <= 1e-18 * max((x**2).sum(), np.finfo(float).tiny):
        return missing
    ways, exact = signs(g, draws, seed)
    weight, own, total = (residual**2).sum(axis=1), (residual * imposed).sum(axis=1), residual.sum(axis=1)
    found = []
    for part in np.array_split(ways, -(-ways.size // BATCH)):
        # A region's share in x'e where e, of turned residuals, is centred once more.
        years = part @ imposed / g
        groups = _means(part * imposed.mean(axis=1), codes) - years.mean(axis=1, keepdims=True)
        scores = part * own - years @ residual.T - groups * total
        b = scores.sum(axis=1) / spread
        found.append((b, np.sqrt(((scores - np.outer(b, weight)) ** 2).sum(axis=1)) / spread))
    coefficients, errors = np.concatenate(found, axis=1)
    errors *= np.sqrt(g / (g - 1) * (count - 1) / (count - k))
    b, error = coefficients[0], errors[0]
    if error <= 1e-9 * abs(b) or not imposed.any():
        return pd.Series({**missing, "coefficient": b, "error": error}, dtype=object)
    ratios = np.abs(coefficients) / np.maximum(errors, np.finfo(float).tiny)
    p_wild = (ratios >= ratios[0] * (1 - TOLERANCE)).mean()
    return pd.Series(
        dict(zip(names, (b, error, 2 * student.sf(abs(b / error), g - 1), p_wild), strict=True)) | {"exact": exact},
        dtype=object,
    )


def _means(numbers, codes):
    """Return the mean of its group for every region, along the last axis."""
    from scipy.sparse import csr_array

    n, sizes = len(codes), np.bincount(codes)
    member = csr_array((1 / sizes[codes], codes, np.arange(n + 1)), (n, len(sizes)))
    return (numbers @ member)[..., codes]


def _centred(panel, codes):
    """Return a panel, shape (n, m), without means of years and of groups."""
    panel = panel - panel.mean(axis=0)
    return panel - _means(panel.mean(axis=1), codes)[:, None]


def beta(table, value, groups, elapsed, draws=9999, seed=0):
    """Beta convergence: whether regions with a low level grow faster, absolutely and conditionally.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`, not negative.
    value : str
    groups : pandas.Series
        Index region, the group of each.
    elapsed : callable
        `elapsed(a, b)` returns the time between two years.
    draws, seed : int
        See `signs`.

    Returns
    -------
    pandas.DataFrame
        A row a model: model, regions, observations, coefficient, error, p, p_wild, exact (see `clustered`;
        with effects of groups or regions p_wild is that of `lasting_shocks`), speed and
        half_life (see `speed`). Models: `absolute`, one growth rate a region from the first year to the last;
        `panel`, growth from each year to the next with effects of years; `groups`, the same with effects of groups;
        `regions`, with effects of regions; `jackknife`, `regions` with the half-panel jackknife, which takes out most
        of the bias that effects of regions bring in short panels (no error is given). Models that the years, regions
        or groups do not allow have missing numbers; fewer than four regions allow none.

    Notes
    -----
    Growth is (ln y_t - ln y_s) / elapsed. A region whose value is 0 in some year has no logarithm and is left out.
    In a model with effects of regions the coefficient is biased downwards by about (1 + rho) / (m - 2), so that
    convergence looks faster than it is (Nickell 1981), to a lesser degree also with effects of small groups; and a wild
    cluster bootstrap, which keeps the levels as they are, takes the bias for convergence. The p_wild of these models
    is therefore that of `lasting_shocks`. A negative coefficient does not mean that dispersion falls: see `sigma`.

    References
    ----------
    Barro and Sala-i-Martin (1992), Convergence, Journal of Political Economy 100; Nickell (1981), Biases in dynamic
    models with fixed effects, Econometrica 49; Dhaene and Jochmans (2015), Split-panel jackknife estimation of
    fixed-effect models, Review of Economic Studies 82.
    """
    values = _finite(table, value)
    values = values[(values > 0).all(axis=1)]
    years, n = list(values.columns), len(values)
    labels = groups.reindex(values.index).to_numpy()
    logs = np.log(values.to_numpy())
    steps = np.array([elapsed(a, b) for a, b in pairwise(years)], dtype=float)
    settings = {"draws": draws, "seed": seed}
    rows = []

    def add(model, found, observations, span):
        rates = speed(found["coefficient"], span)
        rows.append({"model": model, "regions": n, "observations": observations, **found, **rates})

    nothing = pd.Series({**dict.fromkeys(("coefficient", "error", "p", "p_wild"), np.nan), "exact": n <= ENUMERATED})
    possible = n >= 4 and len(years) > 1
    if possible:
        span = elapsed(years[0], years[-1])
        growth = (logs[:, -1] - logs[:, 0]) / span
        add("absolute", clustered(growth[:, None], logs[:, :1], **settings), n, span)
    else:
        add("absolute", nothing, 0, 1)
    panels = [("panel", None), ("groups", labels), ("regions", np.arange(n))]
    for model, effects in panels:
        usable = possible and len(years) > 2 and (effects is None or len(set(effects)) > 1)
        usable = usable and not (model == "groups" and len(set(labels)) == n)
        if not usable:
            add(model, nothing, 0, 1)
            continue
        found = clustered(np.diff(logs) / steps, logs[:, :-1], effects, **settings)
        if effects is not None and pd.notna(found["p_wild"]):
            found["p_wild"], found["exact"] = lasting_shocks(logs, steps, effects, **settings)
        add(model, found, n * len(steps), steps.mean())
    bias_free = nothing
    if possible and len(steps) >= 4 and pd.notna(rows[-1]["coefficient"]):
        middle = {len(steps) // 2, -(-len(steps) // 2)}
        halves = [
            clustered(np.diff(logs)[:, part] / steps[part], logs[:, :-1][:, part], np.arange(n), 1)["coefficient"]
            for cut in middle
            for part in (slice(0, cut), slice(cut, None))
        ]
        bias_free = pd.Series({**nothing, "coefficient": 2 * rows[-1]["coefficient"] - np.mean(halves)})
    add("jackknife", bias_free, rows[-1]["observations"], steps.mean() if len(steps) else 1)
    columns = ["model", "regions", "observations", "coefficient", "error", "p", "p_wild", "exact", "speed", "half_life"]
    result = pd.DataFrame(rows)[columns]
    return result.astype(dict.fromkeys(columns[3:7] + columns[8:], float))


def lasting_shocks(logs, steps, effects, draws=9999, seed=0):
    """Test whether regions return to levels of their own or of their group, or keep every shock for good.

    Parameters
    ----------
    logs : array_like, shape (n, m)
        Logarithms, regions by years.
    steps : array_like, shape (m - 1,)
        Time between years.
    effects : array_like, shape (n,)
        Group of every region, or the region itself.
    draws, seed : int
        See `signs`, of the m - 1 steps.

    Returns
    -------
    tuple of (float, bool)
        One-sided p: the share of paths, made anew with the shocks' signs turned year by year for all regions at once,
        whose coefficient in the model with these effects and those of years is at least as low; and whether all
        2^(m - 1) signs were looked at.

    Notes
    -----
    Effects make the coefficient negative even where shocks stay for good. The paths made anew have the same bias, so
    that the p value is free of it; shocks of one year may depend on one another.
    """
    y, span = np.asarray(logs, dtype=float), np.asarray(steps, dtype=float)
    codes, _ = pd.factorize(np.asarray(effects))
    change = np.diff(y, axis=1)
    shocks = change - change.mean(axis=0)
    ways, exact = signs(len(span), draws, seed)
    # Paths are linear in the signs: a first year, and every shock in all years after its own.
    later = np.arange(len(span)) > np.arange(len(span))[:, None]
    paths = np.stack([np.broadcast_to(y[:, :1], shocks.shape), *(shocks.T[:, :, None] * later[:, None])])
    paths = np.stack([_centred(path, codes) for path in paths])
    turned = np.column_stack([np.ones(len(ways)), ways])
    above = np.einsum("snt,nt->st", paths, shocks / span)
    below = np.tensordot(paths, paths, axes=((1, 2), (1, 2)))
    b = ((turned @ above) * ways).sum(axis=1) / ((turned @ below) * turned).sum(axis=1)
    return float((b <= b[0] + TOLERANCE * abs(b[0])).mean()), exact


def growth(table, value, elapsed):
    """Growth of every region against its initial level, with the line of absolute beta convergence.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`, not negative.
    value : str
    elapsed : callable
        `elapsed(a, b)` returns the time between two years.

    Returns
    -------
    pandas.DataFrame
        Columns region, level (ln of the first year's value), growth (of the logarithm, per unit of time), fitted
        (missing for fewer than two different levels). Regions with a value of 0 in either year are left out; with
        one year there is no row.
    """
    values = _finite(table, value)
    first, last = values.iloc[:, 0], values.iloc[:, -1]
    kept = (first > 0) & (last > 0) & (values.shape[1] > 1)
    level = np.log(first[kept])
    rate = (np.log(last[kept]) - level) / (elapsed(values.columns[0], values.columns[-1]) or 1)
    fitted = pd.Series(np.nan, level.index)
    if len(level) > 1 and not _constant(level.to_numpy()):
        slope, intercept = np.polyfit(level, rate, 1)
        fitted = intercept + slope * level
    return pd.DataFrame({"level": level, "growth": rate, "fitted": fitted}).rename_axis("region").reset_index()
