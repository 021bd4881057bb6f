"""Putting indicators on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coordination.errors import InputError, InputErrors
from coordination.indices import panel


def min_max(values, directions):
    """Rescale every indicator to [0, 1] over the pooled panel.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Regions and years by indicators.
    directions : mapping of str to {'positive', 'negative'}
        Direction of every indicator.

    Returns
    -------
    pandas.DataFrame, shape (n * m, k)
        (Y - min) / (max - min), and (max - Y) / (max - min) for a negative indicator; extremes over all
        regions and all years, never per year, so that scores of different years can be compared.

    Raises
    ------
    InputErrors
        If an indicator is constant, its range overflows, or a value is missing or infinite.

    Examples
    --------
    >>> import pandas as pd
    >>> min_max(pd.DataFrame({"a": [1.0, 2.0, 5.0]}), {"a": "negative"})["a"].tolist()
    [1.0, 0.75, 0.0]
    """
    low, high = values.min(), values.max()
    faults = []
    for name in values:
        if not np.isfinite(values[name]).all():
            faults.append(
                InputError(f"indicator {name}", "a missing or infinite value", "finite numbers", "fill or correct it")
            )
        elif not np.isfinite(float(high[name]) - float(low[name])):
            found = f"values from {low[name]:g} to {high[name]:g}"
            expected = "a range that a computer can hold"
            faults.append(InputError(f"indicator {name}", found, expected, "correct the figures, or change the unit"))
        elif np.isclose(low[name], high[name], rtol=1e-12, atol=0):
            found = f"{low[name]:g} everywhere"
            faults.append(InputError(f"indicator {name}", found, "values that differ", "leave the indicator out"))
    if faults:
        raise InputErrors(faults)
    rising = (values - low) / (high - low)
    falling = (high - values) / (high - low)
    negative = [name for name in values if directions[name] == "negative"]
    return rising.assign(**falling[negative])


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
    """

    values: panel.WidePanel
    indicators: panel.WidePanel
    scale: str
    long: panel.LongPanel | None = None


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
    indicators = panel.derive(panel.complete(long, study, regions, name), study, name)
    values = min_max(indicators.values, {i.id: i.direction for i in study.indicators})
    return Start(panel.WidePanel(values, indicators.filled), indicators, "raw", long)


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
