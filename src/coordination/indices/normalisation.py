"""Putting indicators on one scale.

Other scales than the pooled one, and treatments of zeros, are functions of values, shape (n, m, k): regions, years and
indicators, already normalised over the pooled panel, hence in [0, 1] and the more the better. Because min-max is
affine, other scales follow from it as from raw figures. They return the same shape, within [0, 1]. The first entry of a
registry is that of a study that chooses none, so that others are added below it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coordination.choices import DIRECTION, NORMALISATION, ZEROS, Choice
from coordination.errors import InputError, InputErrors, told
from coordination.indices import panel

SHIFT = 0.0001  # what is customarily added so that a logarithm of 0 does not arise

NARROW = (0.01, 0.99)

GOALPOSTS = (0.05, 0.95)  # quantiles

SAME = 1e-12  # of the largest value: differences that may be those of rounding


@dataclass(frozen=True, kw_only=True)
class Direction(Choice):
    """Whether more is better.

    Attributes
    ----------
    function : callable
        Normalised values from figures, their lowest and their highest.
    distance : callable
        Distance of a figure from the lowest, as a share of the range, from the normalised value.
    needs : tuple of str
        Keys of an indicator that it needs: `best`, from which figures are then measured.
    """

    distance: Callable
    needs: tuple[str, ...] = ()


def rising(values, low, high):
    """(Y - min) / (max - min)."""
    return (values - low) / (high - low)


def falling(values, low, high):
    """(max - Y) / (max - min)."""
    return (high - values) / (high - low)


def off(values, best):
    """Return how far values are from the best one, or from the best interval.

    Parameters
    ----------
    values : array_like
    best : float or tuple of float
        In the values' unit; a tuple is an interval, ends included.

    Returns
    -------
    same as `values`
        0 within the interval.

    Examples
    --------
    >>> off(np.array([40, 50, 55, 70]), (45, 55)).tolist()
    [5, 0, 0, 15]
    """
    low, high = best if isinstance(best, tuple) else (best, best)
    return np.maximum(np.maximum(low - values, values - high), 0)


HANDBOOK = "OECD and JRC (2008), Handbook on constructing composite indicators, section"

DIRECTION.register(
    Direction(
        key="positive",
        function=rising,
        distance=np.asarray,
        source=f"{HANDBOOK} 5",
        formula=r"x_{itj} = \frac{y_{itj} - \min_j}{\max_j - \min_j}",
    ),
    Direction(
        key="negative",
        function=falling,
        distance=lambda x: 1 - x,
        source=f"{HANDBOOK} 5",
        formula=r"x_{itj} = \frac{\max_j - y_{itj}}{\max_j - \min_j}",
    ),
    Direction(
        key="best",
        function=falling,
        distance=lambda x: 1 - x,
        needs=("best",),
        source="moderate and interval indicators, as courses of evaluation teach them: a negative one of the deviation",
        formula=r"x_{itj} = \frac{\max_j d - d_{itj}}{\max_j d - \min_j d}, \quad "
        r"d_{itj} = \max(a_j - y_{itj},\ y_{itj} - b_j,\ 0)",
    ),
)


def min_max(values, directions, best=None):
    """Rescale every indicator to [0, 1] over the pooled panel.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Regions and years by indicators.
    directions : mapping of str to str
        Direction of every indicator, a name of `choices.DIRECTION`.
    best : mapping of str to (float or tuple of float), optional
        The best value or interval of the indicators whose direction needs one.

    Returns
    -------
    pandas.DataFrame, shape (n * m, k)
        See `rising`, and `falling` for a negative indicator; extremes over all
        regions and all years, never per year, so that scores of different years can be compared. With a best
        value it is the deviation from it that falls (see `off`): 1 - d / max d where some figure reaches the best.

    Raises
    ------
    InputErrors
        If an indicator is constant, its range overflows, or a value is missing or infinite.

    Examples
    --------
    >>> import pandas as pd
    >>> min_max(pd.DataFrame({"a": [1.0, 2.0, 5.0]}), {"a": "negative"})["a"].tolist()
    [1.0, 0.75, 0.0]
    >>> min_max(pd.DataFrame({"a": [40.0, 50.0, 55.0, 70.0]}), {"a": "best"}, {"a": 50})["a"].tolist()
    [0.5, 1.0, 0.75, 0.0]
    """
    values = values.assign(**{k: off(values[k], best[k]) for k in values if DIRECTION[directions[k]].needs})
    low, high = values.min(), values.max()
    faults = []
    for name in values:
        where = told("indicator {indicator}", indicator=name)
        if not np.isfinite(values[name]).all():
            faults.append(InputError(where, "a missing or infinite value", "finite numbers", "fill or correct it"))
        elif not np.isfinite(float(high[name]) - float(low[name])):
            found = told("values from {low:g} to {high:g}", low=low[name], high=high[name])
            expected = "a range that a computer can hold"
            faults.append(InputError(where, found, expected, "correct the figures, or change the unit"))
        elif np.isclose(low[name], high[name], rtol=SAME, atol=0):
            if low[name] == high[name]:
                found = told("{value:g} everywhere", value=low[name])
                faults.append(InputError(where, found, "values that differ", "leave the indicator out"))
            else:
                found = told("values that differ by less than {share:g} of {value:g}", share=SAME, value=high[name])
                remedy = "subtract what all have in common, or leave the indicator out"
                faults.append(InputError(where, found, "differences beyond the rounding of a computer", remedy))
    if faults:
        raise InputErrors(faults)
    return values.assign(**{k: DIRECTION[directions[k]].function(values[k], low[k], high[k]) for k in values})


def stretched(values, axis):
    """Min-max normalise along axes.

    Parameters
    ----------
    values : numpy.ndarray
    axis : int or tuple of int

    Returns
    -------
    numpy.ndarray
        0 throughout where values do not vary.
    """
    low, span = values.min(axis=axis, keepdims=True), np.ptp(values, axis=axis, keepdims=True)
    return np.divide(values - low, span, out=np.zeros_like(values), where=span > 1e-12)


def pooled(values):
    """Min-max over all regions and years."""
    return stretched(values, (0, 1))


def within_years(values):
    """Min-max over the regions of each year, 0 where all are alike."""
    return stretched(values, 0)


def ranks(values):
    """(rank - 1/2) / nm over the pooled panel; equal values share the mean of their ranks."""
    from scipy.stats import rankdata

    rows = values.reshape(-1, values.shape[2])
    return ((rankdata(rows.round(12), axis=0) - 0.5) / len(rows)).reshape(values.shape)


def standard_scores(values):
    """Map standard scores by the standard normal distribution function, which keeps them within (0, 1)."""
    from scipy.stats import norm

    rows = values.reshape(-1, values.shape[2])
    spread = rows.std(axis=0)
    score = np.divide(rows - rows.mean(axis=0), spread, out=np.zeros_like(rows), where=spread > 1e-12)
    return norm.cdf(score).reshape(values.shape)


def between_goalposts(values):
    """Min-max between the 5th and the 95th percentile of the pooled panel; what lies beyond is set to 0 or 1."""
    rows = values.reshape(-1, values.shape[2])
    low, high = np.quantile(rows, GOALPOSTS, axis=0)
    span = high - low
    return np.clip(np.divide(values - low, span, out=np.zeros_like(values), where=span > 1e-12), 0, 1)


@dataclass(frozen=True, kw_only=True)
class Scale(Choice):
    """A scale of the indicators.

    Attributes
    ----------
    over_time : bool
        Whether values of different years can be compared, without which growth and trends mean nothing.
    same_scale : bool
        Whether scores and D stand on the study's scale, without which their size and levels mean something else.
    """

    over_time: bool = True
    same_scale: bool = False


NORMALISATION.register(
    Scale(key="pooled", twin="pooled", function=pooled, same_scale=True, source=f"{HANDBOOK} 5"),
    Scale(
        key="year",
        twin="year",
        function=within_years,
        over_time=False,
        source="tools that are given one year at a time",
    ),
    Scale(key="rank", twin="rank", function=ranks, source=f"{HANDBOOK} 5", formula=r"(r - \tfrac{1}{2}) / nm"),
    Scale(key="z", twin="z", function=standard_scores, source=f"{HANDBOOK} 5", formula=r"\Phi(z)"),
    Scale(
        key="goalposts",
        twin="goalposts",
        function=between_goalposts,
        source=f"{HANDBOOK} 5: goalposts that extremes do not set",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Treatment(Choice):
    """What becomes of zeros.

    Attributes
    ----------
    positive : bool
        Whether all values are positive afterwards, so that logarithms can be taken.
    like : str
        Another treatment that gives nearly the same; the two count as one. Empty for none.
    """

    positive: bool
    like: str = ""


def as_they_are(values):
    """Leave zeros: the limit of p ln p at 0 is 0."""
    return values


def shifted(values):
    """Add 0.0001 to every value."""
    return values + SHIFT


def narrowed(values):
    """Rescale from [0, 1] to [0.01, 0.99]."""
    return NARROW[0] + (NARROW[1] - NARROW[0]) * values


ZEROS.register(
    Treatment(key="limit", twin="limit", function=as_they_are, positive=False, source="Shannon (1948)"),
    Treatment(
        key="shift",
        twin="shift",
        function=shifted,
        positive=True,
        like="limit",
        source="scripts for Stata, MATLAB and spreadsheets",
    ),
    Treatment(key="narrow", twin="narrow", function=narrowed, positive=True, source="SPSSAU, data intervalization"),
)


@dataclass(frozen=True)
class Start:
    """Where a study's analysis starts.

    Attributes
    ----------
    values : WidePanel
        Normalised indicators.
    indicators : WidePanel
        Indicators in their units; the normalised ones again where there are no raw figures.
    scale : {'raw', 'normalised'}
        Of `indicators`.
    long : LongPanel or None
        The validated raw panel.
    series : WidePanel or None
        The completed raw series.
    """

    values: panel.WidePanel
    indicators: panel.WidePanel
    scale: str
    long: panel.LongPanel | None = None
    series: panel.WidePanel | None = None


def from_raw(table, study, regions, name="panel.csv"):
    """Validate, complete and normalise a raw long table.

    Parameters
    ----------
    table : pandas.DataFrame of str
        As it stands in the file.
    study : Study
    regions : sequence of str
    name : str
        What to call the table in messages.

    Returns
    -------
    Start

    Raises
    ------
    InputErrors
        See `panel.validate`, `panel.complete`, `panel.derive` and `min_max`.
    """
    long = panel.validate(table, study, regions, name)
    series = panel.complete(long, study, regions, name)
    indicators = panel.derive(series, study, name)
    values = min_max(indicators.values, *study.directions)
    return Start(panel.WidePanel(values, indicators.filled), indicators, "raw", long, series)


def from_released(table, study, regions, name="normalised.csv"):
    """Start from a released normalised panel.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    study : Study
    regions : sequence of str
    name : str
        What to call the table in messages.

    Returns
    -------
    Start

    Raises
    ------
    InputErrors
        See `panel.wide`.
    """
    values = panel.wide(table, study, regions, name)
    return Start(values, values, "normalised")
