"""Mean slopes of ln C in the scores between two points, for every formula of the coupling degree C.

A function takes two points `a` and `b`, scores of shape (n_s,), and returns slopes m of the same shape with
sum_s m_s (b_s - a_s) = ln C(b) - ln C(a), or missing values where C is 0 at one of the points.

The mean slope of ln z on the straight way from z0 to z1 is 1 / L(z0, z1) for every linear z, with the logarithmic
mean L.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def logarithmic_mean(a, b):
    """Logarithmic mean L(a, b) = (b - a) / (ln b - ln a), a where the two are equal.

    Parameters
    ----------
    a, b : array_like
        Positive.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> float(logarithmic_mean(1, np.e).round(6)), float(logarithmic_mean(2, 2))
    (1.718282, 2.0)
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    ratio = (b - a) / a
    steep = np.log1p(ratio)
    return a * np.divide(ratio, steep, out=np.ones(np.broadcast(a, b).shape), where=steep != 0)


def standard(a, b):
    """Slopes of ln(n (prod U)^(1/n) / sum U)."""
    if min(a.min(), b.min()) <= 0:
        return np.full(len(a), np.nan)
    return 1 / (len(a) * logarithmic_mean(a, b)) - 1 / logarithmic_mean(a.sum(), b.sum())


def no_root(a, b):
    """Slopes of the n-th power of the standard C."""
    return len(a) * standard(a, b)


def wang2021(a, b):
    """Half the slopes of ln(1 - mean |U_i - U_j|) and of the scores in terms of the largest.

    The way is cut where two scores are equal, because their order decides on the signs.
    """
    n = len(a)
    if min(a.min(), b.min()) <= 0:
        return np.full(n, np.nan)
    i, j = np.triu_indices(n, 1)
    apart = a[i] - a[j], b[i] - b[j]
    crossing = apart[0] * apart[1] < 0
    cuts = np.unique(np.concatenate([[0, 1], (apart[0] / (apart[0] - apart[1] + ~crossing))[crossing]]))
    slopes = np.zeros(n)
    for start, end in pairwise(cuts):
        u, v, middle = (a + t * (b - a) for t in (start, end, (start + end) / 2))
        signs = np.sign(middle[:, None] - middle).sum(axis=1) / len(i)
        evenness = [1 - np.abs(w[i] - w[j]).sum() / len(i) for w in (u, v)]
        if min(evenness) <= 1e-12:
            return np.full(n, np.nan)
        top = middle == middle.max()
        own = 1 / logarithmic_mean(u, v)
        own[top] *= 1 - n / top.sum()
        slopes += (end - start) * (own / (n - 1) - signs / logarithmic_mean(*evenness)) / 2
    return slopes


def fan2024(a, b):
    """Slopes of ln(1 - 2 s) with the standard deviation s of the scores, which need not be positive.

    They are those of the chain s = sqrt(v), v quadratic: difference quotients of the first two, and the slope of v half
    way; for two subsystems that is the mean slope, too.
    """
    spread = a.std(), b.std()
    left = 1 - 2 * spread[0], 1 - 2 * spread[1]
    if min(left) <= 1e-12:
        return np.full(len(a), np.nan)
    if sum(spread) == 0:
        return np.zeros(len(a))
    half_way = (a + b) / 2
    quadratic = 2 * (half_way - half_way.mean()) / len(a)
    return -2 * quadratic / (sum(spread) * logarithmic_mean(*left))
