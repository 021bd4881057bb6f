"""The register of claims: places, periods and tolerances."""

from __future__ import annotations

import math

from coordination.errors import InputError


def members(place, regions, groups, whole):
    """Return the regions of a place.

    Parameters
    ----------
    place : str
        `all`, the name of the whole, a group or a region.
    regions : pandas.DataFrame
        Index region; column group.
    groups : sequence of str
    whole : str

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If the place is none of these.
    """
    if place == "all" or place == whole:
        return list(regions.index)
    if place in set(groups):
        return list(regions.index[regions["group"] == place])
    if place in regions.index:
        return [place]
    known = ", ".join([whole, *groups, *regions.index])
    raise InputError("claims.csv", f"place '{place}'", f"one of all, {known}", "correct the place")


def period(row, study):
    """Return the first and last year of a claim.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.
    study : Study

    Returns
    -------
    tuple of int or of str
        Labels where the study's years are labels of periods.

    Raises
    ------
    InputError
        If the period is neither a year nor two of them joined by a hyphen.
    """
    parts = row["period"].split("-")
    try:
        ends = [p if isinstance(study.years[0], str) else int(p) for p in (parts[0], parts[-1])]
    except ValueError:
        ends = []
    if not ends or len(parts) > 2 or ends[0] > ends[1]:
        found, expected = f"period '{row['period']}' of {row['id']}", "a year, or two such as 2013-2023"
        raise InputError("claims.csv", found, expected, "correct the period")
    return tuple(ends)


def allowed(row):
    """Return the tolerance of a claim.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.

    Returns
    -------
    float or None
        None where none is given.

    Raises
    ------
    InputError
        If it is no number, or a number is claimed that is none.
    """
    numeric = row["measure"] in ("mean", "change", "growth", "highest_growth", "lowest_growth")
    for key in ("tolerance", "expected") if numeric else ("tolerance",):
        try:
            value = float(row[key] or 0)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            found = f"{key} '{row[key]}' of {row['id']}"
            raise InputError("claims.csv", found, "a number", f"correct the {key}")
    return float(row["tolerance"]) if row["tolerance"] else None
