"""When a recomputed value agrees with a published one: rounding, tolerance, verdict."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

VERDICTS = ("reproduced", "reproduced within rounding", "not reproduced", "not testable")

LEAST = 0.05  # a chance under rounding below it is not put down to rounding

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


def verdict(published, recomputed, tolerance=None, chance=None):
    """Judge a recomputed number against a printed one.

    Parameters
    ----------
    published : str
        As printed.
    recomputed : float
        Missing if it cannot be computed.
    tolerance : float, optional
        What else is allowed; it counts where no chance is known.
    chance : float, optional
        Of the printed number, if what it follows from is known as printed only (see `rounding.chance`).

    Returns
    -------
    str
        `reproduced` if it rounds to the printed number; `reproduced within rounding` if its chance is at least 0.05, or
        it is within the tolerance; `not reproduced`, or `not testable`.

    Examples
    --------
    >>> verdict("0.311", 0.3080, chance=0.2), verdict("0.311", 0.3080, chance=0.01), verdict("0.311", 0.3114)
    ('reproduced within rounding', 'not reproduced', 'reproduced')
    """
    if pd.isna(recomputed):
        return "not testable"
    difference = abs(recomputed - float(published))
    if difference <= half_printed(published) + ROUNDING:
        return "reproduced"
    near = tolerance is not None and difference <= tolerance + ROUNDING
    return "reproduced within rounding" if (near if chance is None else chance >= LEAST) else "not reproduced"


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


def row(
    item, section, route, about, published, recomputed, tolerance=None, because=(), judged=None, text=None, chance=None
):
    """Return a row of the scoreboard.

    Parameters
    ----------
    item, section, route : str
    about : mapping
        variable, place, period, measure and, where a claim is judged by several conventions, convention.
    published : str
        As printed.
    recomputed : float, str or None
        A number, what else was found, or nothing.
    tolerance : float, optional
    because : sequence of dict
        Reasons: `because`, the name of a macro of `replication.j2`, and its facts.
    judged : str, optional
        The verdict, if it is not that of the number.
    text : str, optional
        What to show instead of the number.
    chance : float, optional
        Of the printed number under rounding.

    Returns
    -------
    dict
    """
    judged = judged or verdict(published, recomputed, tolerance, chance)
    if chance is not None and judged == "not reproduced":
        because = [*because, {"because": "not_by_rounding"}]
    number = isinstance(recomputed, float | np.floating)
    shown = recomputed
    if number:
        shown = None if math.isnan(recomputed) else text or f"{recomputed:.{decimals(published) + 1}f}"
    return {
        "item": item,
        "section": section,
        "route": route,
        **{key: about.get(key, "") for key in ("variable", "place", "period", "measure", "convention")},
        "published": published,
        "recomputed": shown,
        "difference": round(recomputed - float(published), 9) if number else None,
        "tolerance": tolerance,
        "chance": chance,
        "verdict": judged,
        "reason": list(because),
    }
