"""What is wrong with names, units and marks."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from coordination.adapting.checks.finding import Finding
from coordination.indices import panel
from coordination.study import names
from coordination.study.files import READ_ME
from coordination.study.tabular import number


def spelling(table, study, regions, name):
    """Look at how regions, years and values of a raw table are written.

    Parameters
    ----------
    table : pandas.DataFrame of str
        As `study.read_text` returns it.
    study : Study
    regions : pandas.DataFrame
        Index region.
    name : str
        What to call the table.

    Returns
    -------
    list of Finding
        Regions in other spellings, years with text, numbers with separators, percent signs or full-width digits.
    """
    found, column = [], study.panel.region_column
    if column in table:
        said = table[column].fillna("").astype(str)
        known, unknown = names.resolve(sorted(set(said) - set(regions.index) - {""}), regions)
        for text, region in known.items():
            where = panel.place(name, table, said.index[said == text][0])
            found.append(
                Finding(
                    "error",
                    "spelling",
                    where,
                    f"region '{text}'",
                    f"'{region}', as {study.regions.file} has it",
                    "write it so, or bring the table in with `python -m coordination import`",
                )
            )
        for text, near in unknown.items():
            where = panel.place(name, table, said.index[said == text][0])
            hint = f"is it {' or '.join(repr(n) for n in near)}?" if near else "it is passed over"
            found.append(Finding("warning", "spelling", where, f"region '{text}'", "a region that is known", hint))
    if "year" in table and isinstance(study.years[0], int):
        said = table["year"].fillna("").astype(str)
        for text in sorted(set(said)):
            if not re.fullmatch(r"\s*[0-9]+(\.0*)?\s*", text) and text.strip():
                where = panel.place(name, table, said.index[said == text][0])
                found.append(Finding("error", "years", where, f"year '{text}'", "digits only", "remove the text"))
    if "value" in table:
        said, seen = table["value"].fillna("").astype(str), {}
        for index, text in said[said != ""].items():
            if re.fullmatch(r"\s*[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\s*", text):
                continue
            try:
                value, note = number(text)
            except ValueError:
                continue  # reported by the panel's own validation
            kind = note or "blanks"
            seen.setdefault(kind, [index, text, value, 0])[3] += 1
        for kind, (index, text, value, count) in seen.items():
            plain = "an empty cell" if math.isnan(value) else f"{value:g}"
            more = f" and {count - 1} more" if count > 1 else ""
            found.append(
                Finding(
                    "error",
                    "numbers",
                    panel.place(name, table, index),
                    f"'{text}' ({kind}){more}",
                    plain,
                    "write plain numbers, or bring the table in with `python -m coordination import`",
                )
            )
    return found


def merged(sheets, name):
    """Look for merged cells, which stand for one cell or for many.

    Parameters
    ----------
    sheets : dict of str to pandas.DataFrame
        As `files.sheets` returns them.
    name : str

    Returns
    -------
    list of Finding
    """
    return [
        Finding(
            "warning",
            "merged cells",
            f"{name}, sheet {sheet}",
            f"merged cells {area}",
            "a cell of its own for everything",
            "unmerge them and write what each cell stands for",
        )
        for sheet, table in sheets.items()
        if sheet.casefold() != READ_ME
        for area in table.attrs.get("merged", ())
    ]


def units(table, name):
    """Look for series whose unit changes.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns series, year and, if the table says it, unit.
    name : str

    Returns
    -------
    list of Finding
    """
    if not {"unit", "series"} <= set(table):
        return []
    found = []
    for series, rows in table[table["unit"] != ""].groupby("series", sort=False):
        kinds = rows.drop_duplicates("unit")
        if len(kinds) > 1:
            first, second = kinds.index[:2]
            found.append(
                Finding(
                    "error",
                    "units",
                    panel.place(name, table, second),
                    f"{series} in {table['unit'][second]}, but in {table['unit'][first]} before",
                    "one unit a series",
                    "convert the figures to one unit",
                )
            )
    return found


def units_declared(table, study, name):
    """Look for figures whose unit is not the declared one.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns series and, if the table says it, unit.
    study : Study
    name : str

    Returns
    -------
    list of Finding
    """
    if not {"unit", "series"} <= set(table):
        return []
    found = []
    for (series, unit), rows in table[table["unit"] != ""].groupby(["series", "unit"], sort=False):
        declared = study.panel.series[series].unit if series in study.panel.series else unit
        if names.normal(unit) != names.normal(declared):
            place = panel.place(name, table, rows.index[0])
            remedy = "convert the figures, or correct the unit in study.yml"
            found.append(Finding("warning", "units", place, f"{series} in {unit}", f"{declared}, as declared", remedy))
    return found


def left_as_it_came(study):
    """Look for texts that a new study came with and that nobody has replaced.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of Finding
    """
    from coordination.adapting import new

    found, remedy = [], "the paper prints it: write what it is"
    if study.source.en == new.UNSAID[0] or study.source.zh == new.UNSAID[1]:
        found.append(Finding("warning", "left as it came", "study.yml, source", study.source.en, "the source", remedy))
    left = [i.id for i in study.indicators if i.unit.en == "unit" or (i.name.en == i.formula and "/" in i.formula)]
    if left:
        said = f"names or units of {', '.join(left)}"
        found.append(Finding("warning", "left as it came", "study.yml, indicators", said, "their own", remedy))
    return found


def located(findings, table, study, name):
    """Say where in a panel the figures stand that findings are about, and where they come from.

    Parameters
    ----------
    findings : list of Finding
        Whose `where` names the panel and a series with its region, year or both.
    table : pandas.DataFrame of str
        As `study.read_text` returns it.
    study : Study
    name : str
        What the findings call the table.

    Returns
    -------
    list of Finding
        With the first such row, and its origin if the table says it, after what was found.
    """
    column, rows = study.panel.region_column, {}
    if not findings or not {column, "year", "series"} <= set(table):
        return findings
    parts = zip(table.index, *(table[c].fillna("").str.strip() for c in (column, "year", "series")), strict=True)
    for index, region, year, series in parts:
        year = re.sub(r"\.0*$", "", year)
        for key in ((series, region, year), (series, year), (series, region), (region, year)):
            rows.setdefault(", ".join((name, *key)), index)
    result = []
    for finding in findings:
        index = rows.get(finding.where.partition(" to ")[0])
        if index is not None:
            place = panel.place(name, table, index).removeprefix(f"{name}, ")
            origin = table.loc[index, "origin"] if "origin" in table else ""
            where = f"{place}, from {origin}" if isinstance(origin, str) and origin.strip() else place
            finding = replace(finding, found=f"{finding.found} ({where})")
        result.append(finding)
    return result
