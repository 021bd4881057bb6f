"""A variable as a matrix, regions in rows and years in columns."""

from __future__ import annotations

import numpy as np

from coordination.errors import InputError
from coordination.spatial.permutation import TOLERANCE


def wide(table, value):
    """Return a variable with regions in rows and years in columns.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str

    Returns
    -------
    pandas.DataFrame, shape (n, m)
        Regions in order of appearance, years in order.

    Raises
    ------
    InputError
        If a region stands twice in a year, or is missing in one.
    """
    twice = table.duplicated(["region", "year"])
    if twice.any():
        region, year = table.loc[twice, ["region", "year"]].iloc[0]
        raise InputError(f"{value} in {year}", f"{region} more than once", "every region once a year", "remove a row")
    result = table.pivot(index="region", columns="year", values=value).reindex(table["region"].unique())
    absent = result.isna().to_numpy()
    if absent.any():
        i, t = np.argwhere(absent)[0]
        where = f"{value} in {result.columns[t]}"
        raise InputError(where, f"nothing of {result.index[i]}", "every region in every year", "complete the figures")
    return result


def _finite(table, value):
    result = wide(table, value).astype(float)
    if not np.isfinite(result.to_numpy()).all():
        raise InputError(value, "an infinite value", "finite numbers", "complete the figures")
    return result


def _constant(values):
    return np.ptp(values) <= TOLERANCE * max(np.abs(values).max(), np.finfo(float).tiny)
