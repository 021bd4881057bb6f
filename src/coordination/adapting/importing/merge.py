"""Merging imported figures into the panel, and the report of it."""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path

import pandas as pd

from coordination.adapting.checks.finding import named, translated
from coordination.adapting.importing import reading
from coordination.adapting.importing.reading import _figure, _placed, _same, _sorted
from coordination.errors import InputError, InputErrors, told
from coordination.locale import FIRST
from coordination.pipeline import inputs
from coordination.pipeline.files import csv_text, for_people, write
from coordination.pipeline.paths import raw
from coordination.presentation.reader import Reader
from coordination.study import tabular
from coordination.study.document import load
from coordination.study.files import displayed, read_text
from coordination.study.regions import read_regions
from coordination.study.tabular import shortest

# Merging


def merge(imported, existing, replace=False, name="panel.csv"):
    """Add what was imported to a panel.

    Parameters
    ----------
    imported : Imported
    existing : pandas.DataFrame of str
        As `study.read_text` gives it: columns of the region, year, series, value, and any others.
    replace : bool
        Let imported figures win over those of the panel; gaps only over those that came from a file of the same name.
    name : str
        What to call the panel in messages.

    Returns
    -------
    pandas.DataFrame of str
        By series, region and year in the study's order; the panel's own cells as they were. `attrs` count what is
        `new` and `unchanged` and list what was `replaced` (str) and what was `kept` although a file of the name it
        came from no longer gives it (str).

    Raises
    ------
    InputErrors
        If a column is missing, a value of the panel is no number, or, unless they are replaced, figures differ.
    """
    study, regions = imported.study, imported.regions
    column = study.panel.region_column
    needed = (column, "year", "series", "value")
    if absent := [c for c in needed if c not in existing]:
        found = told("columns {columns}", columns=", ".join(map(str, existing.columns)))
        raise InputErrors(
            InputError(name, found, told("a column '{column}'", column=c), "rename or add it") for c in absent
        )
    table = existing.astype(object).assign(**{c: "" for c in ("unit", "source", "origin") if c not in existing})
    places = {}
    keys = zip(table[column], table["year"], table["series"], strict=True)
    for label, (region, year, series) in zip(table.index, keys, strict=True):
        places.setdefault((region.strip(), str(tabular.year(year)), series.strip()), []).append(label)
    new, replaced, kept, faults, changes, unchanged = [], [], [], [], {}, 0
    for row in imported.rows.to_dict("records"):
        labels = places.get((row["region"], str(tabular.year(str(row["year"]))), row["series"]), [])
        # The same name may be another file, since websites give every download the same: it proves no correction.
        same = [bool(row["source"]) and table["source"][k] == row["source"] for k in labels]
        outcomes = [
            _compared(row, table["value"][k], f"{name}, row {k + 2}", replace, s)
            for k, s in zip(labels, same, strict=True)
        ]
        faults += [o for o in outcomes if isinstance(o, InputError)]
        if math.isnan(row["value"]) and not replace:
            kept += [
                told(
                    "{what}: {old}, empty in {place}",
                    what=_figure(row),
                    old=_placed(table["value"][k], f"{name}, row {k + 2}"),
                    place=row["origin"],
                )
                for k, s, o in zip(labels, same, outcomes, strict=True)
                if s and o is None and not math.isnan(tabular.number(table["value"][k])[0])
            ]
        for label, outcome in zip(labels, outcomes, strict=True):
            if isinstance(outcome, str):
                replaced += [outcome] if outcome else []
                for c, text in _texts(row, column).items():
                    if c in table and c != column:
                        changes.setdefault(c, {})[label] = text
        if not labels or "" in outcomes:
            new.append(row)
        elif all(o is None for o in outcomes):
            unchanged += 1
    if faults:
        raise InputErrors(faults)
    for c, texts in changes.items():
        table.loc[list(texts), c] = list(texts.values())
    added = [
        _texts(r, column) for r in new if (r["region"], str(tabular.year(str(r["year"]))), r["series"]) not in places
    ]
    if added:
        fresh = pd.DataFrame(added, dtype=object)
        own = list(fresh) if table.empty else [c for c in fresh if c in table or c in ("unit", "source", "origin")]
        columns = [*table.columns, *(c for c in own if c not in table)]
        table = pd.concat([table.reindex(columns=columns), fresh.reindex(columns=columns)], ignore_index=True).fillna(
            ""
        )
    result = _sorted(table, study, regions, column)
    result.attrs = {"new": len(new), "unchanged": unchanged, "replaced": replaced, "kept": kept}
    return result


def _compared(row, value, where, replace, same):
    """Return None where nothing changes, "" where a gap is filled, what is replaced, or the fault.

    A figure that came from a file of the `same` name may be emptied, if replacing is asked for.
    """
    try:
        old, _ = tabular.number(value)
    except ValueError:
        found = told("value '{value}' of {series}", value=value, series=row["series"])
        return InputError(where, found, "a number", "correct it, or leave a gap empty")
    if math.isnan(row["value"]) and same and replace and not math.isnan(old):
        what, before = _figure(row), _placed(value, where)
        return told("{what}: {old} is now empty ({place})", what=what, old=before, place=row["origin"])
    if math.isnan(row["value"]) or (not math.isnan(old) and _same(old, row["value"])):
        return None
    if math.isnan(old):
        return ""
    what, before, after = _figure(row), _placed(value, where), _placed(shortest(row["value"]), row["origin"])
    if replace:
        return told("{what}: {old} is now {new}", what=what, old=before, new=after)
    remedy = "correct either, leave out the file, or let the import win with REPLACE=1"
    if same:
        remedy = told(
            "if this is {file} after a correction, let it win with REPLACE=1; if it is another file of the same name, "
            "correct either or leave it out",
            file=row["source"],
        )
    return InputError(what, told("{first} and {second}", first=before, second=after), "one figure", remedy)


def _texts(row, column):
    value = "" if math.isnan(row["value"]) else shortest(row["value"])
    texts = {column: row["region"], "year": str(row["year"]), "series": row["series"], "value": value}
    return texts | {c: row[c] for c in ("unit", "source", "origin")}


# The command line


def command(options):
    """Import foreign tables into the panel of a study, as the command line asks.

    Parameters
    ----------
    options : argparse.Namespace
        `study` (str), `paths` (list of Path), `mapping` (Path or None), `year` (str or None), `dry_run` and `replace`
        (bool).

    Raises
    ------
    InputError
        If the study or the input is at fault, or nothing in it belongs to the study; the panel is as it was.
    """
    folder = raw(options.study)
    study = load(folder)
    regions = inputs.ever(study, read_regions(study, folder))
    if not study.panel.file.lower().endswith(".csv"):
        expected, remedy = "a .csv file to import into", "set panel.file: panel.csv in study.yml"
        where = told("{file}: panel.file", file=displayed(folder / "study.yml"))
        raise InputError(where, study.panel.file, expected, remedy)
    paths = options.paths or [folder / "panel.xlsx"]
    imported = reading.read(paths, study, regions, options.mapping, options.year or "")
    reader = Reader(study, regions, study.language)
    print(_report_text(imported.report, reader))
    if not (imported.report["series"] != "").any() or imported.rows.empty:
        where = ", ".join(Path(p).as_posix() for p in paths)
        expected = "a table of a series, of regions and of years of the study"
        remedy = (
            "name indicators, files or sheets (series) and headings (columns) in a mapping (--mapping, MAPPING= in "
            "make), see the reasons above"
        )
        raise InputError(where, "nothing that belongs to the study", expected, remedy)
    target = folder / study.panel.file
    name = displayed(target)
    if target.is_dir():
        raise InputError(name, "a folder", "a file to import into", "remove it, or correct panel.file in study.yml")
    columns = [study.panel.region_column, "year", "series", "value"]
    existing = read_text(target) if target.is_file() else pd.DataFrame(columns=columns, dtype=object)
    merged = merge(imported, existing, options.replace, name)
    counts = merged.attrs
    for line in counts["replaced"]:
        print(reader.word("import_replaced", _said(line, reader)))
    for line in counts["kept"][:20]:
        print(reader.word("import_kept", _said(line, reader)))
    if counts["kept"]:
        print(reader.word("import_kept_in_all", len(counts["kept"])))
    changed = counts["new"] or counts["replaced"]
    if changed and not options.dry_run:
        write(target, for_people(csv_text(merged)))
    state = "import_dry_run" if options.dry_run else "import_written" if changed else "import_as_it_was"
    over = imported.report["passed_over"].sum()
    tables = (imported.report["series"] == "").sum()
    numbers = counts["new"], len(counts["replaced"]), counts["unchanged"], over, tables
    print(reader.word("import_summary", name, reader.word(state), *numbers))


def _said(text, reader):
    return str(text) if reader.language == FIRST else translated(text, reader)


def _report_text(report, reader):
    """Return the report as aligned columns, one table for what was matched and one for what was not."""
    matched = report["series"] != ""
    layouts = [
        reader.word(f"import_layout_{layout.replace(' ', '_')}") if layout else "" for layout in report["layout"]
    ]
    said = {c: [_said(text, reader) for text in report[c]] for c in ("reason", "notes")}
    report = report.assign(layout=layouts, **said)
    if reader.language != FIRST:
        report["series"] = [named(s, reader, False, "series") for s in report["series"]]
    heads = {c: reader.word(f"import_column_{c}") for c in report if c != "passed_over"}
    shown = [
        ("import_matched", report[matched], ["file", "sheet", "layout", "found", "series", "rows", "gaps", "notes"]),
        ("import_unmatched", report[~matched], ["file", "sheet", "layout", "found", "reason", "notes"]),
    ]
    return "\n\n".join(
        f"{reader.word(title)}\n{_aligned(part[columns].rename(columns=heads))}"
        for title, part, columns in shown
        if len(part)
    )


def _width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _aligned(table):
    rows = [list(table.columns), *([" ".join(str(v).split()) for v in row] for row in table.itertuples(index=False))]
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
