"""How a variable moves through time: its distribution, convergence, and mobility between classes."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.neighbours import row_standardise
from coordination.permutation import TOLERANCE

ENUMERATED = 12  # regions up to which all 2^n signs are looked at
FEW = 5  # transitions below which a row of probabilities says little
JUMPS = ("stay", "own", "neighbours", "both")


def wide(table, value):
    """Return a variable with regions in rows and years in columns.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str

    Returns
    -------
    pandas.DataFrame, shape (n, m)
        Regions in order of appearance, years in order.

    Raises
    ------
    InputError
        If a region stands twice in a year, or is missing in one.
    """
    twice = table.duplicated(["region", "year"])
    if twice.any():
        region, year = table.loc[twice, ["region", "year"]].iloc[0]
        raise InputError(f"{value} in {year}", f"{region} more than once", "every region once a year", "remove a row")
    result = table.pivot(index="region", columns="year", values=value).reindex(table["region"].unique())
    absent = result.isna().to_numpy()
    if absent.any():
        i, t = np.argwhere(absent)[0]
        where = f"{value} in {result.columns[t]}"
        raise InputError(where, f"nothing of {result.index[i]}", "every region in every year", "complete the figures")
    return result


def _finite(table, value):
    result = wide(table, value).astype(float)
    if not np.isfinite(result.to_numpy()).all():
        raise InputError(value, "an infinite value", "finite numbers", "complete the figures")
    return result


def _constant(values):
    return np.ptp(values) <= TOLERANCE * max(np.abs(values).max(), np.finfo(float).tiny)


# Distribution


def density(table, value, points=200):
    """Kernel density of a variable in every year, on a grid common to all years.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    points : int
        Of the grid.

    Returns
    -------
    pandas.DataFrame
        Columns year, bandwidth, x, density; `points` rows a year. Where all regions have the same value, or there
        is one region alone, the bandwidth is 0 and the density is missing: all the mass is in one point.

    Notes
    -----
    Gaussian kernel with Silverman's rule, h = (4 / (3 n))^(1/5) s, s with n - 1; from `scipy.stats.gaussian_kde`.
    The grid reaches three of the largest bandwidths beyond the values.

    References
    ----------
    Silverman (1986), Density Estimation for Statistics and Data Analysis.
    """
    from scipy.stats import gaussian_kde

    values = _finite(table, value)
    kernels = {year: None if _constant(y) else gaussian_kde(y, "silverman") for year, y in values.items()}
    widths = {y: 0.0 if k is None else float(np.sqrt(k.covariance[0, 0])) for y, k in kernels.items()}
    margin = 3 * max(widths.values()) or max(0.05 * abs(values.to_numpy()).max(), 0.05)
    grid = np.linspace(values.to_numpy().min() - margin, values.to_numpy().max() + margin, points)
    parts = [
        pd.DataFrame({"year": year, "bandwidth": widths[year], "x": grid, "density": np.nan if k is None else k(grid)})
        for year, k in kernels.items()
    ]
    return pd.concat(parts, ignore_index=True)


def peaks(densities):
    """Where the densities of the years have their peaks.

    Parameters
    ----------
    densities : pandas.DataFrame
        As `density` returns them.

    Returns
    -------
    pandas.DataFrame
        Columns year, bandwidth, peak (where the density is highest, by the parabola through the highest point and
        its neighbours), height, peaks (their number, ripples of less than 1% of the highest left out). Peak and height
        are missing, and the number is 1, where the density is.
    """
    rows = []
    for year, own in densities.groupby("year", sort=False):
        f, x = own["density"].to_numpy(), own["x"].to_numpy()
        if np.isnan(f).any():
            rows.append((year, 0.0, np.nan, np.nan, 1))
            continue
        tops = np.flatnonzero((f[1:-1] > f[:-2]) & (f[1:-1] >= f[2:]) & (f[1:-1] >= 0.01 * f.max())) + 1
        rows.append((year, own["bandwidth"].iloc[0], *_summit(x, f), max(1, len(tops))))
    return pd.DataFrame(rows, columns=["year", "bandwidth", "peak", "height", "peaks"])


def _summit(x, f):
    """Return where a curve on equally distant points is highest, and how high."""
    k = f.argmax()
    if k in (0, len(f) - 1):
        return x[k], f[k]
    bend = f[k - 1] - 2 * f[k] + f[k + 1]
    shift = (f[k - 1] - f[k + 1]) / (2 * bend) if bend else 0.0
    return x[k] + shift * (x[1] - x[0]), f[k] - (f[k - 1] - f[k + 1]) * shift / 4


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
    Years are no independent draws, so no test that shuffles years is used. The null hypothesis is that a region's
    path relative to the mean, y_it / mean_t, has no direction in time: read backwards it is as likely as forwards,
    independently of the others. The p value is the share of the 2^n ways to turn some of the paths round whose
    slope is at least as steep. With two years this is a permutation form of the Pitman-Morgan test for two correlated
    variances. With years evenly spaced, turning all paths round only turns the slope's sign, hence p >= 2 / 2^n.

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
        relative = y / y.mean(axis=0)
        slopes = np.concatenate(
            [
                _slope(times, _variation(np.where(batch[:, :, None] > 0, relative, relative[:, ::-1])))
                for batch in np.array_split(ways, -(-ways.size * len(years) // 2_000_000))
            ]
        )
        p = (np.abs(slopes) >= abs(slopes[0]) - TOLERANCE * max(own.max(), TOLERANCE)).mean()
        rows.append((name, n, own[0], own[-1], _slope(times, own), p, max(2.0**-n * mirrored, 1 / len(ways)), exact))
    return pd.DataFrame(rows, columns=["group", "regions", "first", "last", "slope", "p", "p_smallest", "exact"])


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


def clustered(growth, level, controls, clusters, draws=9999, seed=0):
    """Regress growth on a level and controls, with errors clustered by region and a wild cluster bootstrap.

    Parameters
    ----------
    growth, level : array_like, shape (N,)
    controls : array_like, shape (N, q)
        Dummies; columns that say the same are allowed.
    clusters : array_like of int, shape (N,)
        Region of every row.
    draws, seed : int
        See `signs`.

    Returns
    -------
    pandas.Series
        coefficient and error of the level (error with the factor G / (G - 1) (N - 1) / (N - K) for G clusters and
        K coefficients); p of t with G - 1 degrees of freedom; p_wild, two-sided, the null hypothesis imposed,
        Rademacher signs; exact, whether all 2^G signs were looked at. Missing where the controls leave nothing of
        the level or no degrees of freedom.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with clustered errors, Review of
    Economics and Statistics 90.
    """
    from scipy.stats import t as student

    y, x, z = (np.asarray(a, dtype=float) for a in (growth, level, controls))
    codes, _ = pd.factorize(np.asarray(clusters))
    names = ("coefficient", "error", "p", "p_wild")
    u, s, _ = np.linalg.svd(z, full_matrices=False)
    basis = u[:, s > 1e-9 * s.max()]
    count, g, k = len(y), codes.max() + 1, basis.shape[1] + 1
    residual = x - basis @ (basis.T @ x)
    spread = residual @ residual
    missing = pd.Series({**dict.fromkeys(names, np.nan), "exact": g <= ENUMERATED}, dtype=object)
    if count <= k or g < 2 or spread <= 1e-18 * max(x @ x, np.finfo(float).tiny):
        return missing
    imposed = y - basis @ (basis.T @ y)  # residuals with a coefficient of 0
    # A cluster's share in x'e for signs s is linear in them: matrix @ s - coefficient * weight.
    member = np.equal.outer(codes, np.arange(g)).astype(float)
    parts = member * imposed[:, None]
    matrix = member.T @ (residual[:, None] * (parts - basis @ (basis.T @ parts)))
    weight = member.T @ residual**2
    ways, exact = signs(g, draws, seed)
    scores = ways @ matrix.T
    coefficients = scores.sum(axis=1) / spread
    errors = np.sqrt(((scores - np.outer(coefficients, weight)) ** 2).sum(axis=1)) / spread
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
        add("absolute", clustered(growth, logs[:, 0], np.ones((n, 1)), np.arange(n), **settings), n, span)
    else:
        add("absolute", nothing, 0, 1)
    panels = [("panel", None), ("groups", labels), ("regions", np.arange(n))]
    for model, effects in panels:
        usable = possible and len(years) > 2 and (effects is None or len(set(effects)) > 1)
        usable = usable and not (model == "groups" and len(set(labels)) == n)
        if not usable:
            add(model, nothing, 0, 1)
            continue
        found = clustered(*_stacked(logs, steps, effects), **settings)
        if effects is not None and pd.notna(found["p_wild"]):
            found["p_wild"], found["exact"] = lasting_shocks(logs, steps, effects, **settings)
        add(model, found, n * len(steps), steps.mean())
    bias_free = nothing
    if possible and len(steps) >= 4 and pd.notna(rows[-1]["coefficient"]):
        middle = {len(steps) // 2, -(-len(steps) // 2)}
        halves = [
            clustered(*_stacked(logs[:, part], steps[part][: len(steps[part]) - drop], np.arange(n)), 1, 0)[
                "coefficient"
            ]
            for cut in middle
            for part, drop in ((slice(0, cut + 1), 1), (slice(cut, None), 0))
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
    y, span, labels = np.asarray(logs, dtype=float), np.asarray(steps, dtype=float), np.asarray(effects)
    change = np.diff(y, axis=1)
    shocks = change - change.mean(axis=0)
    together = np.equal.outer(labels, labels) / np.equal.outer(labels, labels).sum(axis=1)
    ways, exact = signs(len(span), draws, seed)
    coefficients = []
    for batch in np.array_split(ways, -(-ways.size * len(y) // 2_000_000)):
        turned = batch[:, None, :] * shocks
        x = y[:, :1] + np.cumsum(turned, axis=2) - turned
        x -= x.mean(axis=1, keepdims=True)
        x -= (x.mean(axis=2) @ together)[:, :, None]
        coefficients.append((x * turned / span).sum(axis=(1, 2)) / (x * x).sum(axis=(1, 2)))
    b = np.concatenate(coefficients)
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


def _stacked(logs, steps, effects):
    """Return growth, initial level, dummies of years (and of what has effects) and regions, a row a region and step."""
    n, m = len(logs), len(steps)
    growth = np.diff(logs, axis=1)[:, :m] / steps
    region, year = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    dummies = [np.equal.outer(year, np.arange(m))]
    if effects is not None:
        codes, names = pd.factorize(np.asarray(effects))
        dummies.append(np.equal.outer(codes[region], np.arange(len(names))))
    return growth.ravel(), logs[:, :m].ravel(), np.hstack(dummies).astype(float), region


# Mobility


def quantile_classes(values, k=4):
    """Classes of pooled values by their quantiles.

    Parameters
    ----------
    values : array_like, shape (n, m)
    k : int

    Returns
    -------
    numpy.ndarray of int, shape (n, m)
        From 0; a value at a bound belongs below it, as in mapclassify's Quantiles. Equal values leave classes empty.
    """
    y = np.asarray(values, dtype=float)
    bounds = np.quantile(y, np.arange(1, k) / k)
    slack = TOLERANCE * max(np.abs(y).max(), np.finfo(float).tiny)
    return np.searchsorted(bounds + slack, y.ravel(), side="left").reshape(y.shape)


def states(table, column, names):
    """Return the classes of regions and years as numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `column`.
    column : str
        Holds the name of a class.
    names : sequence of str
        Classes in order.

    Returns
    -------
    numpy.ndarray of int, shape (n, m)
        Position in `names`, -1 for what is not among them (such as a region without neighbours).
    """
    names = list(names)
    return np.array([[names.index(v) if v in names else -1 for v in row] for row in wide(table, column).to_numpy()])


def transitions(classes, k):
    """Count the transitions from each year to the next.

    Parameters
    ----------
    classes : array_like of int, shape (n, m)
        From 0 to k - 1; transitions from or to -1 are left out.
    k : int

    Returns
    -------
    numpy.ndarray of int, shape (k, k)
        From (rows) to (columns).
    """
    c = np.asarray(classes)
    start, end = c[:, :-1].ravel(), c[:, 1:].ravel()
    known = (start >= 0) & (end >= 0)
    return np.bincount(k * start[known] + end[known], minlength=k * k).reshape(k, k)


def probabilities(counts):
    """Return shares of the rows of counts.

    Parameters
    ----------
    counts : array_like, shape (..., k, k)

    Returns
    -------
    numpy.ndarray, shape (..., k, k)
        Rows that add up to 1; missing where nothing was counted.
    """
    c = np.asarray(counts, dtype=float)
    total = c.sum(axis=-1, keepdims=True)
    return np.divide(c, total, out=np.full(c.shape, np.nan), where=total > 0)


def ergodic(counts):
    """Long-run distribution over the classes if the transitions went on as they were.

    Parameters
    ----------
    counts : array_like, shape (k, k)

    Returns
    -------
    numpy.ndarray, shape (k,)
        Adds up to 1. Missing where there is none or not one alone: several sets of classes that are never left, a set
        that is passed through in turns, or a class that is reached but of whose exits nothing is known.
    """
    c = np.asarray(counts, dtype=float)
    k = len(c)
    visited = (c.sum(axis=0) + c.sum(axis=1)) > 0
    undefined = np.full(k, np.nan)
    if not visited.any() or (visited & (c.sum(axis=1) == 0)).any():
        return undefined
    p = probabilities(c[np.ix_(visited, visited)])
    size = len(p)
    reach = np.linalg.matrix_power(np.eye(size) + (p > 0), size) > 0
    closed = [i for i in range(size) if reach[reach[i], i].all()]  # whatever is reached from i leads back
    members = reach[closed[0]]
    if not all((reach[i] == members).all() for i in closed):
        return undefined
    inner = (p[np.ix_(members, members)] > 0).astype(float)
    power = np.eye(len(inner))
    for _ in range((len(inner) - 1) ** 2 + 1):  # a primitive matrix is positive by then (Wielandt)
        power = (power @ inner > 0).astype(float)
    if not power.all():
        return undefined
    a = np.vstack([(p.T - np.eye(size)), np.ones(size)])
    solved = np.linalg.lstsq(a, np.append(np.zeros(size), 1.0), rcond=None)[0]
    result = np.zeros(k)
    result[visited] = np.where(members, np.clip(solved, 0, None), 0.0)
    return result / result.sum()


def mobility(counts):
    """How mobile regions are between classes that have an order.

    Parameters
    ----------
    counts : array_like, shape (k, k)

    Returns
    -------
    pandas.Series
        transitions, staying, up, down (shares of all transitions), shorrocks: (k - trace P) / (k - 1) over the k
        classes with transitions, from 0 (nobody moves) to above 1 (everybody does); missing if there are fewer
        than two of them.

    References
    ----------
    Shorrocks (1978), The measurement of mobility, Econometrica 46.
    """
    c = np.asarray(counts, dtype=float)
    total, used = c.sum(), c.sum(axis=1) > 0
    k = int(used.sum())
    share = [np.trace(c), np.triu(c, 1).sum(), np.tril(c, -1).sum()]
    index = (k - np.trace(probabilities(c)[np.ix_(used, used)])) / (k - 1) if k > 1 else np.nan
    shares = [s / total if total else np.nan for s in share]
    return pd.Series([total, *shares, index], ["transitions", "staying", "up", "down", "shorrocks"])


def markov(classes, names):
    """Transitions between classes as a tidy table.

    Parameters
    ----------
    classes : array_like of int, shape (n, m)
    names : sequence of str
        Of the classes, in order.

    Returns
    -------
    pandas.DataFrame
        Columns from, to, count, probability, row (transitions that start there), few (whether fewer than `FEW` do),
        ergodic (of `to`); classes in which nobody ever is are left out.
    """
    k = len(names)
    counts = transitions(classes, k)
    p, limit = probabilities(counts), ergodic(counts)
    kept = [j for j in range(k) if (np.asarray(classes) == j).any()]
    rows = [
        (names[i], names[j], counts[i, j], p[i, j], counts[i].sum(), counts[i].sum() < FEW, limit[j])
        for i in kept
        for j in kept
    ]
    return pd.DataFrame(rows, columns=["from", "to", "count", "probability", "row", "few", "ergodic"])


def jumps(counts):
    """Share of transitions between the quadrants of local Moran's I by who jumps.

    Parameters
    ----------
    counts : array_like, shape (4, 4)
        In the order of `autocorrelation.QUADRANTS`.

    Returns
    -------
    pandas.Series
        stay, own (the region alone changes sides), neighbours (they alone do), both; missing without transitions.

    References
    ----------
    Rey (2001), Spatial empirics for economic growth and convergence, Geographical Analysis 33.
    """
    c = np.asarray(counts, dtype=float)
    own, others = np.array([1, 0, 0, 1]), np.array([1, 1, 0, 0])  # high or not: HH, LH, LL, HL
    kind = np.not_equal.outer(own, own) + 2 * np.not_equal.outer(others, others)
    total = c.sum()
    return pd.Series([c[kind == k].sum() / total if total else np.nan for k in range(4)], list(JUMPS))


def homogeneity(counts):
    """Test statistic of whether transition probabilities are the same in all strata.

    Parameters
    ----------
    counts : array_like, shape (s, k, k)
        A stratum, such as a class of the spatial lag, first.

    Returns
    -------
    tuple of (float, int)
        Q = sum n_i(s) (p_ij(s) - p_ij)^2 / p_ij over all p_ij > 0, and its degrees of freedom.

    References
    ----------
    Bickenbach and Bode (2003), Evaluating the Markov property in studies of economic convergence, International
    Regional Science Review 26.
    """
    c = np.asarray(counts, dtype=float)
    rows, pooled = c.sum(axis=2, keepdims=True), probabilities(c.sum(axis=0))
    expected = rows * np.nan_to_num(pooled)
    q = np.divide((c - expected) ** 2, expected, out=np.zeros(c.shape), where=expected > 0).sum()
    strata, targets = (rows[:, :, 0] > 0).sum(axis=0), (pooled > 0).sum(axis=1)
    return float(q), int((np.clip(strata - 1, 0, None) * np.clip(targets - 1, 0, None)).sum())


def spatial_markov(table, value, weights, k=4, permutations=999, seed=0):
    """Transitions between quantile classes, conditional on the class of the spatial lag at the start.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region; row-standardised here. A region without neighbours is left out of the strata.
    k : int
        Classes of the variable and of its lag, each by its own pooled quantiles.
    permutations, seed : int

    Returns
    -------
    tuple of (pandas.DataFrame, pandas.Series)
        Columns lag, from, to (Q1 to Qk), count, probability, row, few; and q, freedom (see `homogeneity`),
        p_asymptotic (chi-square) and p: the share of seeded rearrangements of whole regions, each with its path,
        over the map whose q is at least as large; p_fewer and p_more, the same with one class less and more, for a
        single transition in a thin row can make q large. All are missing with one year or without variation.

    Raises
    ------
    InputError
        If regions of table and weights differ.

    Notes
    -----
    Paths are moved whole, because transitions of a region in different years are not independent; the chi-square
    distribution holds for none but large counts in every row.

    References
    ----------
    Rey (2001), Spatial empirics for economic growth and convergence, Geographical Analysis 33.
    """
    from scipy.stats import chi2

    values = _finite(table, value)
    if set(values.index) != set(weights.index) or list(weights.index) != list(weights.columns):
        odd = sorted(set(values.index) ^ set(weights.index)) or ["another order of columns"]
        raise InputError("spatial weights", ", ".join(map(str, odd)), "the table's regions", "build the weights anew")
    y = values.loc[weights.index].to_numpy()
    w = row_standardise(weights).to_numpy(dtype=float)
    counts, q, freedom, p = _stratified(y, w, k, permutations, seed)
    fewer, more = (_stratified(y, w, j, permutations, seed)[3] if j > 1 else np.nan for j in (k - 1, k + 1))
    asymptotic = float(chi2.sf(q, freedom)) if freedom else np.nan
    shares = probabilities(counts)
    rows = [
        (
            f"Q{s + 1}",
            f"Q{i + 1}",
            f"Q{j + 1}",
            counts[s, i, j],
            shares[s, i, j],
            counts[s, i].sum(),
            counts[s, i].sum() < FEW,
        )
        for s, i, j in product(range(k), repeat=3)
    ]
    columns = ["lag", "from", "to", "count", "probability", "row", "few"]
    tested = {"q": q, "freedom": freedom, "p_asymptotic": asymptotic, "p": p, "p_fewer": fewer, "p_more": more}
    return pd.DataFrame(rows, columns=columns), pd.Series(tested)


def _stratified(y, w, k, permutations, seed):
    """Count transitions by class of the spatial lag; with Q, its freedom and its p by permutation."""
    alone, classes = w.sum(axis=1) == 0, quantile_classes(y, k)

    def count(order):
        """Count with region order[i] in the place of region i."""
        lag = quantile_classes((w @ y[order])[~alone], k)
        own = classes[order][~alone]
        cells = (lag[:, :-1] * k + own[:, :-1]) * k + own[:, 1:]
        return np.bincount(cells.ravel(), minlength=k**3).reshape(k, k, k)

    n, rng = len(y), np.random.default_rng(seed)
    counts = count(np.arange(n))
    q, freedom = homogeneity(counts)
    if not freedom:
        return counts, q, freedom, np.nan
    drawn = [homogeneity(count(rng.permutation(n)))[0] for _ in range(permutations)]
    return counts, q, freedom, (1 + sum(d >= q - TOLERANCE * max(1, q) for d in drawn)) / (permutations + 1)


def rank_mobility(table, value, groups):
    """How much the order of the regions changes.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    groups : pandas.Series
        Index region, the group of each.

    Returns
    -------
    pandas.DataFrame
        A row a year: year, tau_first and tau_previous (Kendall's tau-b with the first year and with the one before),
        moved (sum of the absolute changes of rank since the year before), theta (the share of it that groups move
        together, from 0 to 1: sum over groups of |sum of changes| over `moved`). Missing where all values are
        equal, nobody moved, or there is no year before.

    References
    ----------
    Kendall (1938), A new measure of rank correlation, Biometrika 30; Rey (2004), Spatial dependence in the evolution
    of regional income distributions, in Getis, Mur and Zoller (eds), Spatial Econometrics and Spatial Statistics.
    """
    from scipy.stats import rankdata

    values = _finite(table, value)
    y = values.to_numpy()
    scale = np.abs(y).max() or 1.0
    ranks = rankdata(np.round(y / scale, 12), axis=0)
    member = np.equal.outer(groups.reindex(values.index).unique(), groups.reindex(values.index).to_numpy()).astype(
        float
    )
    rows = []
    for t, year in enumerate(values.columns):
        first = _tau(ranks[:, 0], ranks[:, t])
        if not t:
            rows.append((year, first, np.nan, np.nan, np.nan))
            continue
        change = ranks[:, t] - ranks[:, t - 1]
        moved = np.abs(change).sum()
        theta = np.abs(member @ change).sum() / moved if moved else np.nan
        rows.append((year, first, _tau(ranks[:, t - 1], ranks[:, t]), moved, theta))
    return pd.DataFrame(rows, columns=["year", "tau_first", "tau_previous", "moved", "theta"])


def _tau(a, b):
    """Kendall's tau-b, missing where one of both is constant."""
    first, second = (np.sign(np.subtract.outer(r, r)) for r in (a, b))
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / scale) if scale else np.nan
