"""Spatial panels with effects of regions and years, by Lee and Yu's transformation.

No library in Python has it as far as was looked: spreg's `Panel_FE_Lag` and `Panel_FE_Error` (1.8) take means of
regions out and keep the likelihood of all m years, and no effects of years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

EFFECT_DRAWS = 2000

BOUND = 0.999  # of the coefficient of space

AT = 1e-4  # from a bound, an estimate is at it

UNIDENTIFIED = 1e-6  # how far deviations from a constant may be from multiples of themselves under the weights


@dataclass(frozen=True)
class Fit:
    """A spatial panel by maximum likelihood.

    Attributes
    ----------
    b : numpy.ndarray, shape (k,)
        Coefficients of the covariates; under a spatial Durbin model those of their spatial lags after them.
    space : float
        rho of the spatial lag, or lambda of the spatial error.
    covariance : numpy.ndarray, shape (k + 1, k + 1)
        Of both, from the observed information.
    variance : float
        Of the errors.
    loglikelihood : float
    bounded : bool
        Whether `space` is at a bound of what was searched, so that its variance means nothing.
    """

    b: np.ndarray
    space: float
    covariance: np.ndarray
    variance: float
    loglikelihood: float
    bounded: bool = False


def within(values):
    """Take means of regions and of years out of an array, shape (n, m)."""
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()


def fit(y, x, w, model="spatial_lag"):
    """Fit a spatial lag, error or Durbin model with effects of regions and years.

    Parameters
    ----------
    y : array_like, shape (n, m)
    x : sequence of array_like, shape (n, m)
    w : array_like, shape (n, n)
        Rows that add up to 1, without which effects of years cannot be transformed away.
    model : {'spatial_lag', 'spatial_error', 'spatial_durbin'}

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If rows of the weights do not add up to 1.

    Notes
    -----
    Demeaning and then the likelihood of n m observations is inconsistent: the constant eigenvector of W stays in
    |I - rho W|, and variance and rho are biased. Lee and Yu transform by orthonormal bases F of what is orthogonal to a
    constant, over years and over regions; with F F' = J the sums of squares are those of demeaned values, observations
    are (n - 1) (m - 1), and the determinant becomes (m - 1) (ln|I - rho W| - ln(1 - rho)).

    References
    ----------
    Lee and Yu (2010), Estimation of spatial autoregressive panel data models with fixed effects, Journal of
    Econometrics 154 (2), 165-185.
    """
    from scipy.optimize import minimize_scalar

    w = _standard(w)
    y = np.asarray(y, dtype=float)
    n, m = y.shape
    size = (n - 1) * (m - 1)
    columns = [np.asarray(c, dtype=float) for c in x]
    if model == "spatial_durbin":
        columns += [w @ c for c in columns]
    roots = np.linalg.eigvals(w)
    y0, wy = within(y).ravel(), within(w @ y).ravel()
    x0 = np.column_stack([within(c).ravel() for c in columns])
    wx = np.column_stack([within(w @ c).ravel() for c in columns])
    error = model == "spatial_error"

    def regressed(r):
        left, right = y0 - r * wy, x0 - r * wx if error else x0
        b = np.linalg.lstsq(right, left, rcond=None)[0]
        return b, left - right @ b

    def loglikelihood(r):
        e = regressed(r)[1]
        determinant = (m - 1) * (np.log(np.abs(1 - r * roots)).sum() - np.log(1 - r))
        return determinant - size / 2 * (np.log(2 * np.pi * (e @ e) / size) + 1)

    low = max(-BOUND, BOUND / roots.real.min())
    r = float(minimize_scalar(lambda v: -loglikelihood(v), bounds=(low, BOUND), options={"xatol": 1e-9}).x)
    b, e = regressed(r)
    variance = e @ e / size
    curved = (m - 1) * ((roots**2 / (1 - r * roots) ** 2).sum().real - 1 / (1 - r) ** 2)
    k = len(b)
    information = np.zeros((k + 2, k + 2))
    if error:
        right, wu = x0 - r * wx, wy - wx @ b
        information[:k, :k] = right.T @ right / variance
        information[:k, k] = (wx.T @ e + right.T @ wu) / variance
        information[k, k] = wu @ wu / variance + curved
        information[k, k + 1] = wu @ e / variance**2
    else:
        information[:k, :k] = x0.T @ x0 / variance
        information[:k, k] = x0.T @ wy / variance
        information[k, k] = wy @ wy / variance + curved
        information[k, k + 1] = wy @ e / variance**2
    information[k + 1, k + 1] = size / (2 * variance**2)
    information = np.triu(information) + np.triu(information, 1).T
    covariance = np.linalg.inv(information)[: k + 1, : k + 1]
    bounded = min(r - low, BOUND - r) < AT
    return Fit(b, r, covariance, float(variance), float(loglikelihood(r)), bounded)


def identified(w):
    """Tell whether weights let a coefficient of space be told from the variance and from effects of years.

    Parameters
    ----------
    w : array_like, shape (n, n)
        Row-standardised.

    Returns
    -------
    bool
        False where the neighbours' mean of any deviation from a constant is one multiple of it, as where all regions
        are neighbours with equal weights: (I - rho W) then only changes the scale of what is left without the means
        of years.
    """
    w = _standard(w)
    n = len(w)
    centre = np.eye(n) - 1 / n
    inner = centre @ w @ centre
    return bool(np.abs(inner - np.trace(inner) / (n - 1) * centre).max() > UNIDENTIFIED)


def _standard(w):
    w = np.asarray(w, dtype=float)
    if not np.allclose(w.sum(axis=1), 1):
        raise ValueError("rows of the weights that add up to 1, since there are effects of years")
    return w


def _mean_effects(roots, b, r, covariates, model):
    """Return direct, indirect and total effects, shape (3, ..., covariates), of coefficients, shape (..., k)."""
    own, lagged = b[..., :covariates], b[..., covariates:]
    if model == "spatial_error":
        return np.stack([own, np.zeros_like(own), own])
    inner = 1 / (1 - r[..., None] * roots)
    direct = own * inner.mean(axis=-1).real[..., None]
    total = own / (1 - r[..., None])
    if lagged.shape[-1]:
        direct = direct + lagged * (roots * inner).mean(axis=-1).real[..., None]
        total = total + lagged / (1 - r[..., None])
    return np.stack([direct, total - direct, total])


def effects(found, w, covariates, model="spatial_lag", seed=0):
    """Direct, indirect and total effects of every covariate, with standard errors.

    Parameters
    ----------
    found : Fit
    w : array_like, shape (n, n)
        Row-standardised.
    covariates : int
        How many, without their spatial lags.
    model : str
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns direct, indirect, total and direct_error, indirect_error, total_error; a row a covariate.

    Notes
    -----
    Means of the diagonal, the other elements and all elements of a row of (I - rho W)^-1 (b I + theta W), from the
    eigenvalues of W; standard errors from draws of the coefficients (LeSage and Pace 2009). Under spatial errors the
    direct effect is the coefficient.
    """
    roots = np.linalg.eigvals(_standard(w))

    mean = np.append(found.b, found.space)
    drawn = np.random.default_rng(seed).multivariate_normal(mean, found.covariance, EFFECT_DRAWS, method="eigh")
    drawn = drawn[np.abs(drawn[:, -1]) < 1]
    point = _mean_effects(roots, found.b, np.array(found.space), covariates, model)
    spread = _mean_effects(roots, drawn[:, :-1], drawn[:, -1], covariates, model).std(axis=1)
    names = ("direct", "indirect", "total")
    return pd.DataFrame(
        dict(zip(names, point, strict=True)) | {f"{n}_error": s for n, s in zip(names, spread, strict=True)}
    )


def lagrange_multipliers(y, x, w):
    """Test a spatial lag against a spatial error, from the model without either.

    Parameters
    ----------
    y, x, w
        As for `fit`.

    Returns
    -------
    pandas.DataFrame
        Columns test (`lag`, `error`, `robust_lag`, `robust_error`), statistic, p (chi-square of one degree).

    References
    ----------
    Anselin, Bera, Florax and Yoon (1996), Simple diagnostic tests for spatial dependence, Regional Science and Urban
    Economics 26; on the transformed observations of Lee and Yu (2010).
    """
    from scipy.stats import chi2

    w = _standard(w)
    y = np.asarray(y, dtype=float)
    n, m = y.shape
    centre = np.eye(n) - 1 / n
    inner = centre @ w @ centre
    constant = (m - 1) * np.trace(inner)  # what e'Wy / s^2 is without dependence: W transformed has a diagonal
    trace = (m - 1) * (np.sum(inner * inner.T) + np.sum(inner**2)) - 2 * constant**2 / ((n - 1) * (m - 1))
    x0 = np.column_stack([within(np.asarray(c, dtype=float)).ravel() for c in x])
    y0, wy = within(y).ravel(), within(w @ y).ravel()
    b = np.linalg.lstsq(x0, y0, rcond=None)[0]
    e = y0 - x0 @ b
    variance = e @ e / ((n - 1) * (m - 1))
    we = within(w @ e.reshape(n, m)).ravel()
    fitted = within(w @ (x0 @ b).reshape(n, m)).ravel()
    rest = fitted - x0 @ np.linalg.lstsq(x0, fitted, rcond=None)[0]
    spread = rest @ rest / variance + trace
    lag, error = e @ wy / variance - constant, e @ we / variance - constant
    statistics = {
        "lag": lag**2 / spread,
        "error": error**2 / trace,
        "robust_lag": (lag - error) ** 2 / (spread - trace) if spread > trace else np.nan,
        "robust_error": (error - trace / spread * lag) ** 2 / (trace * (1 - trace / spread)),
    }
    values = np.array(list(statistics.values()))
    return pd.DataFrame({"test": list(statistics), "statistic": values, "p": chi2.sf(values, 1)})


def simulated(w, years, model="spatial_lag", draws=400, seed=0, level=0.05):
    """How the test of the coefficient of space does where there is no dependence.

    Parameters
    ----------
    w : array_like, shape (n, n)
        Row-standardised.
    years : int
    model : str
    draws, seed : int
    level : float

    Returns
    -------
    size : float
        How often the coefficient is found significant, of simulated panels with one covariate, of normal errors without
        dependence, that have an estimate.
    without : float
        Share of the panels without one: the likelihood has no maximum between the bounds, or no curvature there.
    """
    from scipy.stats import norm

    rng, p = np.random.default_rng(seed), []
    for _ in range(draws):
        x, e = rng.standard_normal((2, len(w), years))
        own = fit(x + e, [x], w, model)
        variance = own.covariance[-1, -1]
        if not own.bounded and variance > 0:
            p.append(2 * norm.sf(abs(own.space) / np.sqrt(variance)))
    return float(np.mean(np.array(p) <= level)) if p else np.nan, 1 - len(p) / draws
