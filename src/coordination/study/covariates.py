"""The covariates that a study supplies."""

from __future__ import annotations

import difflib

import numpy as np
import pandas as pd

from coordination.errors import InputError, InputErrors, told


def given(table, study, regions, name):
    """Check the covariates of a study and give them types.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns region, the study's variables and, unless they hold for every year, year. Its index + 2 is the row in
        the file. Rows of other regions and years are passed over.
    study : Study
        With `drivers`.
    regions : pandas.DataFrame
        Index region.
    name : str
        What to call the table in messages.

    Returns
    -------
    pandas.DataFrame
        Columns region, year and the variables, regions in the study's order within years; numbers where every cell
        is one, otherwise text (classes).

    Raises
    ------
    InputErrors
        If a column or a region in a year is missing, a row stands twice, or a cell is empty.
    """
    table = table.rename(columns=lambda c: str(c).strip())
    wanted = list(study.drivers.variables)
    faults = []
    for column in ("region", *wanted):
        if column not in table:
            near = difflib.get_close_matches(column, [str(c) for c in table], 1)
            absent = "add it, or correct drivers.variables in study.yml"
            remedy = told("is it '{near}'?", near=near[0]) if near else absent
            where, found = told("{file}, row {row}", file=name, row=1), told("no column '{column}'", column=column)
            faults.append(InputError(where, found, "a column a variable", remedy))
    if faults:
        raise InputErrors(faults)
    own = table.assign(region=table["region"].str.strip())
    own = own[own["region"].isin(regions.index)]
    years = [str(y) for y in study.years]
    keys = ["region"]
    if "year" in own:
        own = own.assign(year=own["year"].str.strip())
        own = own[own["year"].isin(years)]
        keys = ["region", "year"]
    for position in own.index[own.duplicated(keys)]:
        where = told("{file}, row {row}", file=name, row=position + 2)
        found = told("{text} again", text=" ".join(own.loc[position, keys]))
        faults.append(InputError(where, found, "every row once", "remove one"))
    for column in wanted:
        for position in own.index[own[column].str.strip() == ""]:
            where = told("{file}, row {row}, column {column}", file=name, row=position + 2, column=column)
            expected = "a number, or the name of a class"
            faults.append(InputError(where, "nothing", expected, "fill it in"))
    have = set(map(tuple, own[keys].to_numpy()))
    every = [(r, y) for y in years for r in regions.index] if "year" in own else [(r,) for r in regions.index]
    for missing in [row for row in every if row not in have]:
        expected = "every region in every year" if "year" in own else "every region"
        faults.append(InputError(name, told("no row of {text}", text=" ".join(missing)), expected, "add it"))
    if faults:
        raise InputErrors(faults)
    if "year" not in own:
        own = own.merge(pd.DataFrame({"year": years}), how="cross")
    order = pd.MultiIndex.from_tuples([(r, y) for y in years for r in regions.index], names=["region", "year"])
    result = own.set_index(["region", "year"])[wanted].loc[order].reset_index()
    result["year"] = result["year"].map(dict(zip(years, study.years, strict=True)))
    for column in wanted:
        number = pd.to_numeric(result[column].str.strip(), errors="coerce")
        finite = bool(np.isfinite(number).all())
        result[column] = number.astype(float) if finite else result[column].str.strip()
    return result
