"""The register of claims: what a row of claims.csv says, and of where and when."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coordination.errors import InputError, told


@dataclass(frozen=True)
class Claim:
    """A row of claims.csv whose variable, place, period and tolerance are known to make sense.

    Attributes
    ----------
    id, section, variable, place, period, measure, expected : str
        As in the file.
    first, last : int or str
        Ends of the period.
    tolerance : float or None
    """

    id: str
    section: str
    variable: str
    place: str
    period: str
    measure: str
    expected: str
    first: int | str
    last: int | str
    tolerance: float | None


COLUMNS = ("id", "section", "variable", "place", "period", "measure", "expected", "tolerance")

ABOUT_SPACE = ("moran_i", "quadrant")  # variables that need spatial weights

NUMBERS = ("mean", "change", "growth", "highest_growth", "lowest_growth")


def read(row, study, regions):
    """Read a row of claims.csv.

    Parameters
    ----------
    row : mapping
        All strings; columns other than those of `COLUMNS` are the author's own notes.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    Claim

    Raises
    ------
    InputError
        If a column is missing, or the claim names an unknown variable, place or period, or a number that is none.
    """
    complete(row)
    known = (*(s.id for s in study.subsystems), "scores", "coordination_degree", *ABOUT_SPACE)
    if row["variable"] not in known:
        found = told("variable '{variable}' of {claim}", variable=row["variable"], claim=row["id"])
        raise InputError("claims.csv", found, told("one of {known}", known=", ".join(known)), "correct the variable")
    if row["place"] not in ("regions", "groups", "subsystems"):
        members(row["place"], regions, [g.id for g in study.groups], study.whole.id)
    first, last = period(row, study)
    own = {c: row[c] for c in COLUMNS} | {"tolerance": allowed(row)}
    return Claim(**own, first=first, last=last)


def complete(columns):
    """Look whether a register has the columns of `COLUMNS`.

    Parameters
    ----------
    columns : container of str

    Raises
    ------
    InputError
        If one is missing.
    """
    lacking = [c for c in COLUMNS if c not in columns]
    if lacking:
        found = told("no column {columns}", columns=", ".join(lacking))
        expected = told("columns {columns}", columns=", ".join(COLUMNS))
        raise InputError("claims.csv", found, expected, "add what is missing")


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
    known = ", ".join(["all", whole, *groups, *regions.index])
    found, expected = told("place '{place}'", place=place), told("one of {known}", known=known)
    raise InputError("claims.csv", found, expected, "correct the place")


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
        found = told("period '{period}' of {claim}", period=row["period"], claim=row["id"])
        expected = "a year, or two such as 2013-2023"
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
    for key in ("tolerance", "expected") if row["measure"] in NUMBERS else ("tolerance",):
        try:
            value = float(row[key] or 0)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            found = told("{key} '{value}' of {claim}", key=key, value=row[key], claim=row["id"])
            raise InputError("claims.csv", found, "a number", "correct it")
    return float(row["tolerance"]) if row["tolerance"] else None
