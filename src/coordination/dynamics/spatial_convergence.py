"""Beta convergence among neighbours: residuals tested for autocorrelation, and models with a spatial lag or error."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from math import erfc, sqrt

import numpy as np
import pandas as pd

from coordination.dynamics.convergence import speed
from coordination.dynamics.matrix import _constant
from coordination.spatial.neighbours import row_standardise
from coordination.spatial.permutation import TOLERANCE

LEAST = 30  # regions for a model: ten for each of a constant, a level and an effect of space

COLUMNS = [
    "model", "coefficient", "error", "p", "space", "space_error", "space_p", "direct", "total", "aic", "speed",
    "half_life", "reason",
]  # fmt: skip


def residual_moran(growth, weights):
    """Moran's I of the residuals of absolute beta convergence, with exact p values.

    Parameters
    ----------
    growth : pandas.DataFrame
        Of `convergence.growth`: columns region, level, growth.
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region, zero diagonal; as Moran's I of D itself uses them.

    Returns
    -------
    pandas.Series
        regions, moran, expectation, p_greater, p_less, p_two_sided (as far from the expectation). All but regions are
        missing for fewer than four regions, equal levels, residuals of 0, or no neighbours.

    Notes
    -----
    Residuals cannot be rearranged as regions can: they are bound by the regression. For independent normal errors of
    equal variance P(I >= i) is that of a sum of squared standard normals, weighted by the eigenvalues of
    M (W / s0 - i I / n) M with M the projection on the residuals, to be positive; exact for any n, by Imhof's integral.

    References
    ----------
    Tiefelsdorf and Boots (1995), The exact distribution of Moran's I, Environment and Planning A 27; Imhof (1961),
    Computing the distribution of quadratic forms in normal variables, Biometrika 48; Cliff and Ord (1981).
    """
    n = len(growth)
    nothing = dict.fromkeys(("moran", "expectation", "p_greater", "p_less", "p_two_sided"), np.nan)
    w = weights.loc[growth["region"], growth["region"]].to_numpy(dtype=float)
    level, y = growth["level"].to_numpy(), growth["growth"].to_numpy()
    if n < 4 or not w.any() or _constant(level):
        return pd.Series({"regions": n, **nothing})
    w = n * (w + w.T) / (2 * w.sum())
    x = np.column_stack([np.ones(n), level - level.mean()])
    complement = np.linalg.svd(x)[0][:, 2:]  # of the constant and the level
    e = complement.T @ y
    if e @ e <= TOLERANCE**2 * (y @ y):
        return pd.Series({"regions": n, **nothing})
    inner = complement.T @ w @ complement
    moran, expectation = float(e @ inner @ e / (e @ e)), float(np.trace(inner) / (n - 2))
    roots = np.linalg.eigvalsh(inner)
    off = abs(moran - expectation)
    found = {
        "p_greater": positive(roots - moran),
        "p_less": positive(moran - roots),
        "p_two_sided": min(1.0, positive(roots - expectation - off) + positive(expectation - off - roots)),
    }
    return pd.Series({"regions": n, "moran": moran, "expectation": expectation, **found})


def positive(roots):
    """Probability that a weighted sum of squared standard normals is positive.

    Parameters
    ----------
    roots : array_like, shape (k,)
        The weights.

    Returns
    -------
    float

    References
    ----------
    Imhof (1961), Computing the distribution of quadratic forms in normal variables, Biometrika 48, equation 3.2.

    Examples
    --------
    >>> round(positive([1, -1]), 9), round(positive([3, -1]), 9)  # the second: 2 / pi arctan(sqrt(3))
    (0.5, 0.666666667)
    """
    from scipy.integrate import quad

    roots = np.asarray(roots, dtype=float)
    roots = roots / (np.abs(roots).max() or 1.0)
    roots = roots[np.abs(roots) > TOLERANCE]
    if not (roots > 0).any() or not (roots < 0).any():
        return float((roots > 0).any())

    def integrand(s):  # u = s^2 / (1 - s)^2: all of the line within the unit interval, and smooth at both ends
        u = (s / (1 - s)) ** 2
        angle = np.arctan(roots * u).sum() / 2
        return 2 * np.sin(angle) * np.exp(-np.log1p((roots * u) ** 2).sum() / 4) / (s * (1 - s)) if s else 0.0

    value = quad(integrand, 0, 1, limit=1000, epsabs=1e-10, epsrel=1e-10)[0]
    return float(np.clip(0.5 + value / np.pi, 0, 1))


def models(growth, weights, span):
    """Absolute beta convergence by least squares, with a spatial lag of growth, and with spatial errors.

    Parameters
    ----------
    growth : pandas.DataFrame
        Of `convergence.growth`: columns region, level, growth.
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region; row-standardised here.
    span : float
        Units of time over which growth is measured.

    Returns
    -------
    pandas.DataFrame
        A row a model, `least_squares`, `spatial_lag`, `spatial_error`: coefficient of the initial level, error and p
        (normal, two-sided), space (rho of the lag, lambda of the error) with error and p, direct and total (mean effect
        of a region's own level, and of everybody's, on its growth), aic, speed and half_life (of the direct effect, see
        `convergence.speed`), reason. All are refused, with numbers missing, for `few` regions (below `LEAST`),
        `islands` (a region without neighbours) or `constant` levels or growth.

    Notes
    -----
    Maximum likelihood by spreg.

    References
    ----------
    Rey and Montouri (1999), US regional income convergence: a spatial econometric perspective, Regional Studies 33;
    LeSage and Pace (2009), Introduction to spatial econometrics.
    """
    n = len(growth)
    w = row_standardise(weights.loc[growth["region"], growth["region"]]).to_numpy(dtype=float)
    columns = growth[["level", "growth"]].to_numpy()
    reason = "few" if n < LEAST else "islands" if not w.any(axis=1).all() else ""
    if not reason and any(map(_constant, columns.T)):
        reason = "constant"
    if reason:
        names = ("least_squares", "spatial_lag", "spatial_error")
        return pd.DataFrame({"model": names, "reason": reason}, columns=COLUMNS)
    scale = columns.std(axis=0)
    x, y = ((columns - columns.mean(axis=0)) / scale).T
    rows = []
    for model, (b, variances, space, likelihood) in _fitted(x, y, w).items():
        slope, errors = b * scale[1] / scale[0], np.sqrt(variances)
        lag = np.linalg.inv(np.eye(n) - space * w) if model == "spatial_lag" else np.eye(n)
        direct = slope * np.trace(lag) / n
        row = {"model": model, "coefficient": slope, "error": errors[0] * scale[1] / scale[0]}
        row |= {"p": erfc(abs(b / errors[0]) / sqrt(2)), "direct": direct, "total": slope * lag.sum() / n}
        row |= {"aic": 2 * (3 + len(errors) - 1) - 2 * (likelihood - n * np.log(scale[1]))}
        if len(errors) > 1:
            row |= {"space": space, "space_error": errors[1], "space_p": erfc(abs(space / errors[1]) / sqrt(2))}
        rows.append(row | speed(direct, span) | {"reason": ""})
    return pd.DataFrame(rows, columns=COLUMNS)


def _fitted(x, y, w):
    """Fit by spreg, which prints and warns; return coefficient, variances, effect of space and likelihood."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import spreg
        from libpysal.weights import full2W

        linked, both = full2W(w), (y[:, None], x[:, None])
        plain = spreg.OLS(*both)
        fits = {"spatial_lag": spreg.ML_Lag(*both, linked), "spatial_error": spreg.ML_Error(*both, linked)}
    b = float(plain.betas[1, 0])
    found = {"least_squares": (b, [float(plain.vm[1, 1])], 0.0, float(plain.logll))}
    for model, fit in fits.items():
        b, space = np.ravel(fit.betas)[1:3]
        found[model] = (float(b), np.diag(fit.vm)[1:3], float(space), float(np.ravel(fit.logll)[0]))
    return found
