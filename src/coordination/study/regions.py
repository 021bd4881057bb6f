"""The regions of a study."""

from __future__ import annotations

import difflib
from pathlib import Path

from coordination.errors import InputError, InputErrors, told
from coordination.locale import LANGUAGES
from coordination.study.files import displayed, read_text
from coordination.study.model import Study
from coordination.study.tabular import misleading

MOST = 1e9  # of a plane coordinate


def read_regions(study: Study, folder: Path):
    """Read the study's regions.

    Parameters
    ----------
    study : Study
    folder : Path
        Folder of the study.

    Returns
    -------
    pandas.DataFrame
        Index `region`, in the file's order; columns `group`, a column of names for every language and, where
        the file gives them, `aliases`, and `longitude` and `latitude` in degrees; or `x` and `y` on a plane, if the
        study's distance is euclidean and they are no degrees.

    Raises
    ------
    InputError
        If the file is missing, a column is missing, a region stands twice, a group is unknown or empty, a coordinate
        is none, or an indicator's exception names another region.
    """
    import pandas as pd

    file = Path(folder) / study.regions.file
    if not file.is_file():
        raise InputError(
            displayed(file), "no such file", "a table of regions", "write one row per region: region, group"
        )
    table = read_text(file)
    for column in ("region", "group"):
        if column not in table:
            raise InputError(
                displayed(file),
                told("columns {columns}", columns=", ".join(table)),
                told("a column '{column}'", column=column),
                "add it",
            )
    table["region"] = table["region"].str.strip()
    groups = [g.id for g in study.groups]
    faults = []
    for position, row in table.iterrows():
        where = told("{file}, row {row}", file=displayed(file), row=position + 2)
        if not row["region"]:
            faults.append(InputError(where, "no name", "a region's name", "fill it in or remove the row"))
        for column in ("region", *(f"region_{k}" for k in LANGUAGES), "aliases"):
            if column in table and (found := misleading(row[column])):
                expected = "a name that begins with a letter or figure and has no hidden signs"
                faults.append(InputError(where, found, expected, "write it anew"))
        if row["group"] not in groups:
            found, known = told("group '{group}'", group=row["group"]), told("one of {known}", known=", ".join(groups))
            faults.append(InputError(where, found, known, "correct it, or add it to study.yml"))
    for position in table.index[table["region"].duplicated()]:
        where = told("{file}, row {row}", file=displayed(file), row=position + 2)
        again = told("'{text}' again", text=table["region"][position])
        faults.append(InputError(where, again, "every region once", "remove a row"))
    for group in sorted(set(groups) - set(table["group"])):
        missing = told("no region in group '{group}'", group=group)
        faults.append(
            InputError(displayed(file), missing, "a region in every group", "assign one, or remove the group")
        )
    limits, plane = {"longitude": 180.0, "latitude": 90.0}, False
    if study.spatial_weights.distance == "euclidean" and set(limits) <= set(table):
        plane = any((pd.to_numeric(table[c], errors="coerce").abs() > limits[c]).any() for c in limits)
        limits = dict.fromkeys(limits, MOST) if plane else limits
    for column, limit in limits.items():
        if column in table:
            number = pd.to_numeric(table[column], errors="coerce")
            degrees = "a finite number" if plane else told("degrees from {low:g} to {high:g}", low=-limit, high=limit)
            for position in table.index[~(number.abs() <= limit)]:
                where = told("{file}, row {row}", file=displayed(file), row=position + 2)
                found = told("{column} '{value}'", column=column, value=table[column][position])
                comma = "," in str(table[column][position])
                remedy = "write a decimal point instead of the comma" if comma else "correct it"
                faults.append(InputError(where, found, degrees, remedy))
            table[column] = number
    for indicator in study.indicators:
        for exception in indicator.exceptions:
            if exception.region not in set(table["region"]):
                document = displayed(Path(folder) / "study.yml")
                where = told("{file}: exceptions of {indicator}", file=document, indicator=indicator.id)
                near = difflib.get_close_matches(exception.region, list(table["region"]), 1)
                remedy = told("is it '{near}'?", near=near[0]) if near else "correct it, or remove the exception"
                faults.append(
                    InputError(
                        where,
                        told("region '{region}'", region=exception.region),
                        told("one of {known}", known=file.name),
                        remedy,
                    )
                )
    if faults:
        raise InputErrors(faults)
    table = table.rename(columns={"longitude": "x", "latitude": "y"}) if plane else table
    result = table.set_index("region")
    for language in LANGUAGES:
        names = result.get(f"region_{language}", pd.Series("", index=result.index))
        result[language] = names.where(names != "", result.index.to_series())
    return result[[c for c in ("group", *LANGUAGES, "longitude", "latitude", "x", "y", "aliases") if c in result]]
