"""How a variable develops: means over groups and years, change and growth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.errors import InputError


def means(table, value, groups, whole, by="year"):
    """Mean over the regions of every group and over all regions.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
        The variable.
    groups : pandas.Series
        Group of every region, in the order the groups are wanted; index region.
    whole : str
        What all regions together are called.
    by : {'year', None}
        Mean per year, or over all years.

    Returns
    -------
    pandas.DataFrame
        Columns group, year (if by year) and `value`; the groups in order, then the whole. It is the mean of the
        regions' values, not the value of a mean.

    Raises
    ------
    InputError
        If a value is missing, which a mean would pass over.
    """
    if table[value].isna().any():
        region, year = table.loc[table[value].isna(), ["region", "year"]].iloc[0]
        raise InputError(
            f"{value} in {year}", f"no value of {region}", "a value of every region", "complete the figures"
        )
    keys = ["group"] if by is None else ["group", by]
    group = table["region"].map(groups)
    parts = pd.concat([table.assign(group=group), table.assign(group=whole)])
    result = parts.groupby(keys, sort=False)[value].mean().reset_index()
    order = {name: k for k, name in enumerate([*groups.unique(), whole])}
    return result.sort_values(
        keys, key=lambda c: c.map(order) if c.name == "group" else c, kind="stable", ignore_index=True
    )


def growth(first, last, years):
    """Compound annual growth.

    Parameters
    ----------
    first, last : array_like
        Value at the beginning and at the end, not negative.
    years : float
        Years between them.

    Returns
    -------
    numpy.ndarray
        (last / first)^(1 / years) - 1 as a share; missing where the first value is 0.

    Raises
    ------
    InputError
        If no time passes, or a value is negative.

    Examples
    --------
    >>> float(growth(0.070, 0.252, 10).round(4))
    0.1367
    """
    first, last = np.asarray(first, dtype=float), np.asarray(last, dtype=float)
    if years <= 0:
        raise InputError("growth", f"{years} years", "a later second year", "use two different years")
    if (first < 0).any() or (last < 0).any():
        raise InputError("growth", "a negative value", "values from 0", "growth rates need a natural zero")
    ratio = np.divide(last, first, out=np.full(np.broadcast(first, last).shape, np.nan), where=first > 0)
    return ratio ** (1 / years) - 1


def change(table, value, over_time=True):
    """Change of a variable from the first year to the last, by region.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    over_time : bool
        Whether values of different years can be compared; if not, change and growth are missing.

    Returns
    -------
    pandas.DataFrame
        Index region; columns first, last, change, growth (compound, a year or a labelled period, a share;
        missing for a single year), mean.
    """
    wide = table.pivot(index="region", columns="year", values=value).reindex(table["region"].unique())
    years = list(wide)
    first, last = wide[years[0]], wide[years[-1]]
    span = len(years) - 1 if isinstance(years[0], str) else years[-1] - years[0]
    rate = growth(first, last, span) if span and over_time else np.nan
    moved = last - first if over_time else np.nan
    return pd.DataFrame({"first": first, "last": last, "change": moved, "growth": rate, "mean": wide.mean(axis=1)})


def trend(values):
    """Direction of a series of values.

    Parameters
    ----------
    values : array_like, shape (m,)
        In order of time.

    Returns
    -------
    {'increasing', 'decreasing', 'mixed', 'constant'}
        Increasing or decreasing if the last value and the least-squares slope agree; `mixed` if they do not.
    """
    return str(trends(values))


def trends(values):
    """Directions of many series of values; see `trend`.

    Parameters
    ----------
    values : array_like, shape (..., m)
        In order of time.

    Returns
    -------
    numpy.ndarray of str, shape (...)
    """
    y = np.asarray(values, dtype=float)
    order = np.arange(y.shape[-1]) - (y.shape[-1] - 1) / 2
    ends, slope = np.sign(y[..., -1] - y[..., 0]), np.sign(y @ order)
    found = np.select([(ends > 0) & (slope > 0), (ends < 0) & (slope < 0)], ["increasing", "decreasing"], "mixed")
    return np.where(np.ptp(y, axis=-1) == 0, "constant", found)
