"""One way through the method: scales, zeros, weights, scores and D of a choice for everything."""

from __future__ import annotations

import numpy as np

from coordination.indices import coupling, weighting

SHIFT = 0.0001  # what is customarily added so that a logarithm of 0 does not arise

NARROW = (0.01, 0.99)

NORMALISATIONS = ("pooled", "year", "rank", "z")

ZEROS = ("limit", "shift", "narrow")

AGGREGATIONS = ("arithmetic", "geometric", "topsis")

REFILLED = ("own", "nearest")


def sensible(zeros, weighting_scheme, aggregation):
    """Tell whether choices go together: what takes logarithms needs zeros to be treated.

    Parameters
    ----------
    zeros, weighting_scheme, aggregation : str

    Returns
    -------
    bool
    """
    return zeros != "limit" or (aggregation != "geometric" and weighting_scheme != "merec")


def refill(values, filled):
    """Fill the gaps with the nearest observed year instead; of two equally near, the earlier.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
        Regions, years, indicators.

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
        A series of a region without any observed value stays as it is.
    """
    m = values.shape[1]
    apart = np.abs(np.arange(m)[:, None] - np.arange(m)[None, :]).astype(float)
    distance = np.where(filled.transpose(0, 2, 1)[:, :, None, :], np.inf, apart)  # (n, k, year, source)
    source = distance.argmin(axis=3).transpose(0, 2, 1)
    source = np.where(filled.all(axis=1, keepdims=True), np.arange(m)[None, :, None], source)
    return np.take_along_axis(values, source, axis=1)


def normalise(values, kind):
    """Put indicators, already normalised over the pooled panel, on another scale.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m, k)
        In [0, 1], the more the better. Because min-max is affine, other scales follow from it as from raw figures.
    kind : {'pooled', 'year', 'rank', 'z'}
        `year`: min-max within each year, 0 where all regions are alike; `rank`: (rank - 1/2) / nm over the pooled
        panel; `z`: the standard normal distribution function of the standard score, which keeps it within (0, 1).

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
    """
    from scipy.stats import norm, rankdata

    if kind == "pooled":
        return _stretched(values, (0, 1))
    if kind == "year":
        return _stretched(values, 0)
    pooled = values.reshape(-1, values.shape[2])
    if kind == "rank":
        result = (rankdata(pooled.round(12), axis=0) - 0.5) / len(pooled)
    else:
        spread = pooled.std(axis=0)
        score = np.divide(pooled - pooled.mean(axis=0), spread, out=np.zeros_like(pooled), where=spread > 1e-12)
        result = norm.cdf(score)
    return result.reshape(values.shape)


def _stretched(values, axis):
    low, span = values.min(axis=axis, keepdims=True), np.ptp(values, axis=axis, keepdims=True)
    return np.divide(values - low, span, out=np.zeros_like(values), where=span > 1e-12)


def aggregate(values, weights, kind):
    """Composite score of the rows.

    Parameters
    ----------
    values : numpy.ndarray, shape (rows, k)
        Normalised indicators.
    weights : numpy.ndarray, shape (k,)
    kind : {'arithmetic', 'geometric', 'topsis'}
        TOPSIS: closeness d- / (d+ + d-) of the weighted values to the best of the panel.

    Returns
    -------
    numpy.ndarray, shape (rows,)

    References
    ----------
    Hwang and Yoon (1981), Multiple attribute decision making, on TOPSIS.
    """
    if kind == "arithmetic":
        return values @ weights
    if kind == "geometric":
        with np.errstate(divide="ignore"):
            return np.exp(np.where(weights > 0, np.log(values), 0) @ weights)
    weighted = values * weights
    far = np.sqrt(((weighted - weighted.max(axis=0)) ** 2).sum(axis=1))
    near = np.sqrt(((weighted - weighted.min(axis=0)) ** 2).sum(axis=1))
    return np.divide(near, far + near, out=np.zeros_like(near), where=far + near > 0)


def _treated(values, zeros):
    if zeros == "shift":
        return values + SHIFT
    return NARROW[0] + (NARROW[1] - NARROW[0]) * values if zeros == "narrow" else values


def _degrees(scores, variants, alphas):
    """D for every variant of C and every set of shares, shape (l, c, a, rows) from scores (l, rows, s)."""
    index = np.einsum("lrs,as->lar", scores, alphas)[:, None]
    capped = np.minimum(scores, 1)  # the shift can take a score to 1.0001
    c = np.stack([coupling.coupling_degree(scores if v == "standard" else capped, v) for v in variants], axis=1)
    return np.sqrt(c[:, :, None] * index)


def _score(x, scheme, aggregation):
    return aggregate(x, weighting.SCHEMES[scheme](x), aggregation)
