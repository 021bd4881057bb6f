"""Kernel densities of a variable over the regions, and their peaks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.dynamics.matrix import _constant, _finite

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
