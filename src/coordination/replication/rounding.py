"""How likely a printed number is, if what it follows from is known as printed only."""

from __future__ import annotations

import numpy as np

from coordination.replication.verdict import ROUNDING, decimals, half_printed

DRAWS = 20_000

FEWEST = 1000

MOST = 20_000_000  # numbers drawn at a time


def unrounded(printed, draws=DRAWS, seed=0):
    """Draw what printed numbers may have been before they were rounded.

    Parameters
    ----------
    printed : sequence of str, length n
        As printed; empty for what was not.
    draws : int
    seed : int

    Returns
    -------
    numpy.ndarray, shape (draws, n)
        Uniform within half a unit of the last printed digit, independent of one another; missing for what was not
        printed.
    """
    centre = np.array([float(text) if text else np.nan for text in printed])
    half = np.array([half_printed(text) if text else np.nan for text in printed])
    return centre + half * np.random.default_rng(seed).uniform(-1, 1, (draws, len(centre)))


def degrees(table, regions, draws=DRAWS, seed=0):
    """Draw what a printed table of D may have been before it was rounded.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns region, year, coordination_degree as printed.
    regions : pandas.Index of length n
    draws, seed : int
        Of a large table fewer are drawn, down to 1000.

    Returns
    -------
    tuple of (list of int, numpy.ndarray, shape (draws, n, m))
        The m printed years, and D; missing for what was not printed.
    """
    wide = table.pivot(index="region", columns="year", values="coordination_degree").reindex(regions).fillna("")
    draws = min(draws, max(FEWEST, MOST // wide.size))
    return [int(y) for y in wide.columns], unrounded(wide.to_numpy().ravel(), draws, seed).reshape(draws, *wide.shape)


def chance(drawn, printed):
    """Share of draws that lie at least as far from their median as a printed number.

    Parameters
    ----------
    drawn : array_like, shape (b,)
        The number as it follows from draws of what it is computed from (see `unrounded`).
    printed : str

    Returns
    -------
    float
        Missing if a draw is. Draws are rounded to the printed decimals first, since the printed number was rounded too;
        so a number that all draws round to has chance 1. Its standard error is at most 0.5 / sqrt(b).

    Notes
    -----
    Not the share of draws that round to the very number: that falls with every further digit, and would condemn true
    numbers of many.

    Examples
    --------
    >>> chance([0.1996, 0.2004, 0.2011, 0.2019], "0.200"), chance([0.1996, 0.2004, 0.2011, 0.2019], "0.204")
    (1.0, 0.0)
    """
    drawn = np.asarray(drawn, dtype=float)
    if np.isnan(drawn).any():
        return float("nan")
    unit = 10.0 ** -decimals(printed)
    rounded = np.round(drawn / unit) * unit
    middle = np.median(rounded)
    return float((np.abs(rounded - middle) >= abs(float(printed) - middle) - ROUNDING).mean())
