"""When a recomputed value agrees with a published one: rounding, tolerance, verdict."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

VERDICTS = ("reproduced", "reproduced within rounding", "not reproduced", "not testable")

ROUNDING = 1e-9  # slack for binary fractions when comparing with half a printed unit


def decimals(text):
    """Count the decimals of a printed number.

    Parameters
    ----------
    text : str

    Returns
    -------
    int

    Examples
    --------
    >>> decimals("0.070"), decimals("13")
    (3, 0)
    """
    return len(text.partition(".")[2])


def verdict(published, recomputed, tolerance=None):
    """Judge a recomputed number against a printed one.

    Parameters
    ----------
    published : str
        As printed.
    recomputed : float
        Missing if it cannot be computed.
    tolerance : float, optional
        What rounded inputs explain beyond the rounding of the printed number itself.

    Returns
    -------
    str
        `reproduced` if it rounds to the printed number, `reproduced within rounding` if it is within the tolerance,
        `not reproduced`, or `not testable`.

    Examples
    --------
    >>> verdict("0.311", 0.3080, 0.0042), verdict("0.311", 0.3080), verdict("0.311", 0.3114)
    ('reproduced within rounding', 'not reproduced', 'reproduced')
    """
    if pd.isna(recomputed):
        return "not testable"
    difference = abs(recomputed - float(published))
    if difference <= half_printed(published) + ROUNDING:
        return "reproduced"
    if tolerance is not None and difference <= tolerance + ROUNDING:
        return "reproduced within rounding"
    return "not reproduced"


def rounding_spread(statistic, values, half_unit):
    """How far rounded inputs can move a statistic, to first order.

    Parameters
    ----------
    statistic : callable
        From an array, shape (b, n), of b versions of the values to an array, shape (b, ...).
    values : array_like, shape (n,)
    half_unit : float
        Largest rounding error of a value.

    Returns
    -------
    numpy.ndarray, shape (...)
        half_unit times the sum of the absolute partial derivatives.
    """
    values = np.asarray(values, dtype=float)
    step = 1e-5 * np.eye(len(values))
    ahead, behind = np.split(np.asarray(statistic(np.vstack([values + step, values - step]))), 2)
    return half_unit * np.abs((ahead - behind) / 2e-5).sum(axis=0)


def half_printed(text):
    """Half a unit of the last digit of a printed number.

    Parameters
    ----------
    text : str

    Returns
    -------
    float
    """
    return 0.5 * 10 ** -decimals(text)


def _row(
    item,
    section,
    route,
    statistic,
    published,
    recomputed,
    tolerance=None,
    reason="",
    verdict_=None,
    places=None,
):
    number = isinstance(recomputed, float | np.floating)
    if number and verdict_ is None:
        verdict_ = verdict(published, recomputed, tolerance)
    places = (decimals(published) + 1 if number else 0) if places is None else places
    return {
        "item": item,
        "section": section,
        "route": route,
        "statistic": statistic,
        "published": published,
        "recomputed": (f"{recomputed:.{places}f}" if not math.isnan(recomputed) else None) if number else recomputed,
        "difference": round(recomputed - float(published), 9) if number else None,
        "tolerance": tolerance,
        "verdict": verdict_,
        "reason": reason,
    }
