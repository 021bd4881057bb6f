"""Reading foreign files and folders into figures with their places."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from coordination.adapting.importing import layouts
from coordination.adapting.importing.layouts import _is_year, _known_series, _series
from coordination.adapting.importing.mapping import COLUMNS, Mapping, mapping_of
from coordination.errors import InputError, InputErrors, joined, told
from coordination.study import names, tabular
from coordination.study.files import READ_ME, TABLES, displayed, sheets
from coordination.study.model import Study
from coordination.study.tabular import place, position, shortest

REPORT = ("file", "sheet", "layout", "found", "series", "reason", "rows", "gaps", "passed_over", "notes")


@dataclass(frozen=True)
class Imported:
    """What was read from foreign files.

    Attributes
    ----------
    rows : pandas.DataFrame
        Columns region, year, series, value (float, NaN for a gap), unit, source (file), origin (file, sheet, cell);
        one row for a region, year and series, in the study's order.
    report : pandas.DataFrame
        One row for every file, sheet and series found there: file, sheet, layout, found (the text that names the
        series), series (empty if it was not matched), reason, rows, gaps, passed_over (cells of other regions or
        years), notes.
    study : Study
    regions : pandas.DataFrame
        The study's regions.
    """

    rows: pd.DataFrame
    report: pd.DataFrame
    study: Study
    regions: pd.DataFrame


# Reading


def read(paths, study, regions, mapping=None, year=""):
    """Read foreign tables.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders; folders with all below them, but for hidden files, files that an open spreadsheet
        program leaves (`~$...`), files that are no tables, and links that lead out of the folder.
    study : Study
    regions : pandas.DataFrame
        The study's regions, as `study.regions` gives them.
    mapping : Path or Mapping, optional
    year : str
        Of tables of one year that do not say which.

    Returns
    -------
    Imported
        A block whose series is not recognised is in the report only, with the reason.

    Raises
    ------
    InputErrors
        With all faults of all files: files that cannot be read, regions that are not known, years and figures that
        are none, error cells, two figures for the same region, year and series.
    """
    if not isinstance(mapping, Mapping):
        mapping = mapping_of(mapping, study, regions) if mapping else Mapping()
    known, report, faults, figures = _known_series(study), [], [], []
    for file, shown, skipped in _files(paths):
        if skipped:
            report.append(_reported(shown, reason=told("skipped: {reason}", reason=skipped)))
            continue
        try:
            read_sheets = sheets(file, allow=True)
        except InputError as error:
            if file.suffix.lower() == ".txt":  # a remark rather than a table
                report.append(_reported(shown, reason=told("skipped: {reason}", reason=told(error.args[1]))))
            else:
                faults += getattr(error, "faults", [error])
            continue
        for sheet, table in read_sheets.items():
            if sheet.casefold() == READ_ME:
                continue
            lines, rows, wrong = _sheet(table, (shown, sheet, file.stem), study, regions, mapping, known, year)
            report += lines
            figures += rows
            faults += wrong
    rows, wrong, repeated = _once(figures)
    faults += wrong
    if faults:
        raise InputErrors(faults)
    for file, sheet, series in repeated:
        line = next(r for r in report if (r["file"], r["sheet"], r["series"]) == (file, sheet, series))
        note = told("{count} figures that stand elsewhere too", count=repeated[file, sheet, series])
        line["notes"] = joined("{first}; {second}", [*filter(None, [line["notes"]]), note])
    rows = _sorted(pd.DataFrame(rows, columns=COLUMNS), study, regions)
    return Imported(rows, pd.DataFrame(report, columns=REPORT, dtype=object), study, regions)


def _files(paths):
    """Return files, what to call them, and why a file is skipped."""
    result, seen = [], set()
    for path in map(Path, paths):
        if path.is_dir():
            listed = [(f, f.relative_to(path).as_posix()) for f in sorted(path.rglob("*")) if not f.is_dir()]
        elif path.is_file():
            listed = [(path, path.name)]
        else:
            raise InputError(path.as_posix(), "no such file or folder", "tables to import", "correct its name")
        for file, name in listed:
            reason = _skipped(file, name, path)
            if reason or file.resolve() not in seen:
                result.append((file, name, reason))
            if not reason:
                seen.add(file.resolve())
    times = Counter(name for _, name, _ in result)
    return [(file, displayed(file) if times[name] > 1 else name, reason) for file, name, reason in result]


def _skipped(file, shown, path):
    if any(part.startswith(".") for part in Path(shown).parts):
        return told("hidden")
    if file.name.startswith("~$"):
        return told("a lock file")
    if path.is_dir() and not file.resolve().is_relative_to(path.resolve()):
        return told("a link that leads out of the folder")
    if path.is_dir() and not file.is_file():
        return told("no file")
    if file.suffix.lower() not in TABLES:
        return told("no table")
    return ""


def _reported(file, sheet="", layout="", found="", series="", reason="", rows=0, gaps=0, over=0, notes=()):
    notes = joined("{first}; {second}", list(dict.fromkeys(notes)))
    line = (file, sheet, layout, found, series, reason, rows, gaps, over, notes)
    return dict(zip(REPORT, line, strict=True))


def _sheet(table, place_of, study, regions, mapping, known, year=""):
    """Return lines of the report, figures and faults of a sheet."""
    file, sheet, stem = place_of
    if not len(table):
        return [], [], []
    lines, figures, faults = [], [], []
    found = layouts.blocks(table, study, regions, mapping, [sheet], year)
    if all(block.layout == "one year" for block in found) and _short_heads(table, study):
        reason = told("years of two digits: write them with four, as {year}", year=study.years[0])
        return [_reported(file, sheet, reason=reason, notes=_broken_cells(table))], [], []
    if not found:
        reason = told(
            "no layout recognised: there is no header with years, or with region, year and value; other headings can "
            "be named under columns in a mapping"
        )
        return [_reported(file, sheet, reason=reason, notes=_broken_cells(table))], [], []
    merged = _repeated_by_merging(table)
    mark, unclear = _decimal_mark(found, table.attrs.get("separator"), file, sheet)
    resolved = _resolved((c.region for block in found for c in block.cells), regions, mapping)
    for block in found:
        if block.refused:
            named = block.series or sheet or stem
            lines.append(_reported(file, sheet, "", named, "", block.refused, notes=_broken_cells(table)))
            continue
        groups = {}
        for cell in block.cells:
            groups.setdefault((cell.series, cell.unit), []).append(cell)
        for (text, unit), cells in (groups or {(None, ""): []}).items():
            titles = [t for t in map(layouts.untitled, block.above) if _series([t], known, mapping)[0]]
            outer = [t for t in (block.series, *titles, sheet, stem, file) if t]
            texts = outer if text is None else [text]
            series, named, reason = _series(texts, known, mapping)
            notes = [*block.notes, *([told("a hidden sheet")] if table.attrs["hidden"] else [])]
            if not series:
                notes += _broken_cells(table)
                lines.append(_reported(file, sheet, block.layout, texts[0], "", reason, notes=notes))
                continue
            for cell in block.stray:
                found_there, expected = "a row of figures below a remark", "the rows of a table together"
                remedy = "move the remark below the table, or give the row's table a header"
                faults.append(InputError(place(file, sheet, *cell), found_there, expected, remedy))
            for cell, what in sorted(table.attrs["faulty"].items()):
                remedy = "correct the formula in a spreadsheet program and save it again"
                faults.append(InputError(place(file, sheet, *cell), what, "a number or text", remedy))
            unit = unit or layouts.split_unit(texts[0])[1]
            declared = study.panel.series[series].unit
            if unit and names.normal(unit) != names.normal(declared):
                notes.append(told("the unit is '{unit}', declared is '{declared}'", unit=unit, declared=declared))
            if named != texts[0]:
                notes.append(told("the series is named by '{named}', not by '{text}'", named=named, text=texts[0]))
            rows, wrong, said, over = _figures(cells, (file, sheet, merged, mark), series, unit, study, resolved)
            faults += wrong
            figures += rows
            gaps = sum(math.isnan(r["value"]) for r in rows)
            lines.append(_reported(file, sheet, block.layout, named, series, "", len(rows), gaps, over, notes + said))
    if figures and unclear:
        return lines, [], [unclear]
    unique = list({str(fault): fault for fault in faults}.values())
    return lines, figures, unique


def _short_heads(table, study):
    """Tell whether a row holds most of the study's years with two digits."""
    short = {str(y)[2:] for y in study.years if isinstance(y, int)}
    rows = ({tabular.bare_year(t) for t in row} for row in table.to_numpy().tolist())
    return any(len(short & row) > len(short) / 2 for row in rows) if short else False


def _decimal_mark(found, separator, file, sheet):
    """Return the decimal mark of a sheet, and the fault where its figures could be read in two ways.

    Commas group thousands, unless semicolons separate the cells, as they do where commas stand before decimals.
    """
    cells = [c for block in found for c in block.cells]
    mark = tabular.decimal_mark((c.value for c in cells), separator)
    if separator == ",":
        return ".", None
    if mark or separator != ";":
        return mark or ".", None
    first = next((c for c in cells if "," in c.value), None) or next(c for c in cells if "." in c.value)
    both = [shortest(tabular.number(first.value, m)[0]) for m in ".,"]
    where = place(file, sheet, first.row, first.column)
    said = told("'{text}', which is {first} or {second}", text=first.value, first=both[0], second=both[1])
    remedy = "write decimal points and leave out thousands separators"
    return ".", InputError(where, said, "figures that can be read in one way", remedy)


def _broken_cells(table):
    count = len(table.attrs["faulty"])
    return [told("{count} cells with errors or formulas that were never computed", count=count)] if count else []


def _repeated_by_merging(table):
    """Return {(row, column): the merged range} of the cells that only repeat the first of their range."""
    repeated = {}
    for area in table.attrs["merged"]:
        (top, left), (bottom, right) = map(position, area.split(":"))
        cells = ((r, c) for r in range(top, bottom + 1) for c in range(left, right + 1))
        repeated |= {cell: area for cell in cells if cell != (top, left)}
    return repeated


def _resolved(texts, regions, mapping):
    """Return the study's region of every spelling, what is nearest to unknown ones, and the study's regions."""
    texts = set(texts)
    mapped = {t: mapping.regions[names.normal(t)] for t in texts if names.normal(t) in mapping.regions}
    known, unknown = names.resolve(sorted(texts - set(mapped)), regions)
    return known | {text: region for text, region in mapped.items() if region}, unknown, set(regions.index)


def _figures(cells, where, series, unit, study, resolved):
    """Return rows of the study, faults, notes and the number of cells passed over, of the cells of one series."""
    file, sheet, merged, mark = where
    ours, unknown, wanted = resolved
    # Where every region of the study is found, other names are other regions; else one of them may be meant.
    complete = wanted == {ours[c.region] for c in cells if c.region in ours}
    years = {str(tabular.year(str(y))): y for y in study.years}
    rows, faults, cleaned = [], {}, Counter()
    other_regions, other_years, over = set(), set(), 0

    strange, others, signs = set(), {}, {}

    def fault(cell, found, expected, remedy):
        faults.setdefault((cell, found), InputError(place(file, sheet, *cell), found, expected, remedy))

    for c in cells:
        if c.region in unknown and c.region and complete:
            others[c.region] = other_regions.add(c.region)
            over += 1
            continue
        if c.region in unknown:
            near = joined("{first} or {second}", [told("'{text}'", text=n) for n in unknown[c.region]])
            remedy = "correct it, or say in a mapping which it is"
            if near:
                remedy = told("is it {near}?, or say in a mapping which it is", near=near)
            found = told("region '{region}'", region=c.region) if c.region else "no region"
            if c.region not in strange:
                strange.add(c.region)
                expected = "a region of the study, a province or a total"
                fault(c.region_place, found, expected, remedy)
            continue
        if c.region not in ours:
            other_regions.add(c.region)
            over += 1
            continue
        if not _is_year(c.year, study):
            short = len(c.year) == 2 and c.year.isdigit()
            likely = [str(y) for y in study.years if short and str(y)[2:] == c.year]
            remedy = "write it with four digits" if short else "write it with digits only"
            if likely:
                remedy = told("write it with four digits; did you mean {year}?", year=likely[0])
            if c.year not in strange:
                strange.add(c.year)
                found = told("year '{year}'", year=c.year) if c.year else "no year"
                fault(c.year_place, found, "a year", remedy)
            continue
        when = str(tabular.year(c.year))
        if when not in years:
            other_years.add(when)
            over += 1
            continue
        try:
            value, note = tabular.number(c.value, mark)
        except ValueError:
            remedy = "remove units and footnote marks, use a decimal point, leave a gap empty"
            fault((c.row, c.column), told("'{text}'", text=c.value), "a number", remedy)
            continue
        if (c.row, c.column) in merged and not math.isnan(value):
            area = merged[c.row, c.column]
            first = position(area.split(":")[0])
            remedy = "unmerge the cells, write the figure of each and leave those empty that have none"
            found = told("'{text}' in the merged cells {area}", text=c.value, area=area)
            fault(first, found, "a cell of its own for every figure", remedy)
            continue
        cleaned.update(n for n in note.split("; ") if n not in ("", "gap"))
        if value and not math.isnan(value) and ("percent sign" in note) == (abs(value) > 1):  # 0.4 may be 40%
            signs.setdefault("percent sign" in note, c)
        origin = place(file, sheet, c.row, c.column)
        line = (ours[c.region], years[when], series, value, unit, file, origin)
        rows.append(dict(zip(COLUMNS, line, strict=True)) | {"sheet": sheet})
    if len(signs) == 2:
        with_sign, plain = (signs[k].value for k in (True, False))
        beside = told("'{one}' beside '{other}'", one=plain, other=with_sign)
        at = signs[False]
        fault((at.row, at.column), beside, "all with a percent sign, or none", "correct the file")
    notes = [told("{note} in {count} cells", note=told(n), count=count) for n, count in sorted(cleaned.items())]
    if other_regions:
        notes.append(told("{count} regions passed over", count=len(other_regions)))
    if other_years:
        notes.append(told("{count} years passed over", count=len(other_years)))
    if others:
        some = ", ".join(list(others)[:5]) + (" ..." if len(others) > 5 else "")
        notes.append(told("unknown among them: {names}", names=some))
    return rows, list(faults.values()), notes, over


def _same(a, b):
    """Tell whether two figures agree but for the last bits, in which programs differ."""
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=0.0)


def _figure(row):
    return told("{region}, {year}, {series}", region=row["region"], year=row["year"], series=row["series"])


def _placed(value, where):
    return told("{value} ({place})", value=value, place=where)


def _once(figures):
    """Return every figure once, conflicts, and how many figures of a file, sheet and series stood elsewhere too."""
    kept, faults, repeated = {}, [], Counter()
    for row in figures:
        key = (row["region"], row["year"], row["series"])
        first = kept.setdefault(key, row)
        if first is row:
            continue
        if math.isnan(first["value"]):
            kept[key] = row
        elif math.isnan(row["value"]) or _same(first["value"], row["value"]):
            repeated[row["source"], row["sheet"], row["series"]] += not math.isnan(row["value"])
        else:
            where = told("{region}, {year}, {series}", **{k: row[k] for k in ("region", "year", "series")})
            one, other = (
                told("{value} ({place})", value=shortest(r["value"]), place=r["origin"]) for r in (first, row)
            )
            found = told("{first} and {second}", first=one, second=other)
            faults.append(InputError(where, found, "one figure", "leave out the file or sheet that is wrong"))
    return [{c: row[c] for c in COLUMNS} for row in kept.values()], faults, {k: n for k, n in repeated.items() if n}


def _order(table, study, regions, region="region"):
    """Return sort keys: the study's series, then its regions, then years; what is not the study's comes after."""
    series = {s: k for k, s in enumerate(study.panel.series)}
    place_of = {r: k for k, r in enumerate(regions.index)}
    when = {str(tabular.year(str(y))): k for k, y in enumerate(study.years)}
    years = [str(tabular.year(str(y))) for y in table["year"]]
    return pd.DataFrame(
        {
            "series": [series.get(s, len(series)) for s in table["series"]],
            "series_name": [str(s) if s not in series else "" for s in table["series"]],
            "region": [place_of.get(r, len(place_of)) for r in table[region]],
            "region_name": [str(r) if r not in place_of else "" for r in table[region]],
            "year": [when.get(y, -1 if y < str(tabular.year(str(study.years[0]))) else len(when)) for y in years],
            "year_name": [y if y not in when else "" for y in years],
        },
        index=table.index,
    )


def _sorted(table, study, regions, region="region"):
    table = table.reset_index(drop=True)
    keys = _order(table, study, regions, region)
    return table.loc[keys.sort_values(list(keys), kind="stable").index].reset_index(drop=True)
