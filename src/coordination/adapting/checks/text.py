"""What is wrong with names, units and marks."""

from __future__ import annotations

import re
from dataclasses import replace

from coordination.adapting.checks.finding import Finding, placed
from coordination.indices import panel
from coordination.locale import LANGUAGES
from coordination.presentation import locale
from coordination.study import names
from coordination.study.files import READ_ME
from coordination.study.tabular import number

CJK = re.compile(r"[\u3400-\u9fff]")


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
        first = _first(said)
        known, unknown = names.resolve(sorted(set(said) - set(regions.index) - {""}), regions)
        for text, region in known.items():
            facts = {
                "place": placed(panel.place(name, table, first[text])),
                "text": text,
                "region": region,
                "table": study.regions.file,
            }
            found.append(Finding("error", "spelling", "region_spelt_otherwise", facts))
        for text, near in unknown.items():
            facts = {"place": placed(panel.place(name, table, first[text])), "text": text, "near": near}
            found.append(Finding("warning", "spelling", "region_unknown", facts))
    if "year" in table and isinstance(study.years[0], int):
        first = _first(table["year"].fillna("").astype(str))
        for text in sorted(first):
            if not re.fullmatch(r"\s*[0-9]+(\.0*)?\s*", text) and text.strip():
                facts = {"place": placed(panel.place(name, table, first[text])), "text": text}
                found.append(Finding("error", "years", "year_with_text", facts))
    if "value" in table:
        said, seen = table["value"].fillna("").astype(str), {}
        for index, text in said[said != ""].items():
            if re.fullmatch(r"\s*[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\s*", text):
                continue
            try:
                value, note = number(text)
            except ValueError:
                continue  # reported by the panel's own validation
            seen.setdefault(note or "blanks", [index, text, value, 0])[3] += 1
        for kind, (index, text, value, count) in seen.items():
            facts = {"place": placed(panel.place(name, table, index)), "text": text, "kinds": kind.split("; ")}
            facts |= {"value": value, "more": count - 1}
            found.append(Finding("error", "numbers", "number_written_otherwise", facts))
    return found


def _first(said):
    """Return the index of the first row in which each text stands."""
    once = said.drop_duplicates()
    return dict(zip(once, once.index, strict=True))


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
        Finding("warning", "merged cells", "merged_cells", {"file": name, "sheet": sheet, "area": area})
        for sheet, table in sheets.items()
        if sheet.casefold() != READ_ME
        for area in table.attrs.get("merged", ())
    ]


def come_and_gone(table, study, regions, name):
    """Look for regions that appear or vanish between years, as where they merged, split or got another name or code.

    Parameters
    ----------
    table : pandas.DataFrame of str
        A raw panel, on the boundaries of the study as far as it brings changes.
    study : Study
    regions : sequence of str
    name : str
        What to call the table.

    Returns
    -------
    list of Finding
        A warning for every year in which regions of the study have their first figures; it names those whose figures
        ended just before. A note on figures that changes of regions touched.
    """
    column = study.panel.region_column
    if any(c not in table for c in (column, "year", "value")):
        return []
    said = table[table["value"].fillna("").str.strip() != ""]
    number = said["year"].str.strip()
    number = number if isinstance(study.years[0], str) else number.str.removesuffix(".0")
    at = number.map({str(year): k for k, year in enumerate(study.years)})
    span = at.groupby(said[column].str.strip()).agg(["min", "max"]).dropna().astype(int)
    ours, last = span.index.isin(regions), len(study.years) - 1
    found = []
    for k in range(1, last + 1):
        came, went = span.index[ours & (span["min"] == k)], span.index[(span["max"] == k - 1)]
        if len(came):
            facts = {"file": name, "came": list(came), "went": list(went), "year": study.years[k]}
            found.append(Finding("warning", "boundaries", "came_and_gone", facts))
        elif gone := [r for r in went if r in regions]:
            facts = {"file": name, "gone": gone, "year": study.years[k]}
            found.append(Finding("warning", "boundaries", "gone", facts))
    if "changed" in table:
        counts = table.loc[table[column].isin(regions), "changed"].value_counts()
        facts = {kind: int(counts.get(kind, 0)) for kind in ("renamed", "summed", "shared")}
        found.append(Finding("note", "boundaries", "recast", {"file": study.panel.changes} | facts))
    return found


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
            facts = {"place": placed(panel.place(name, table, second)), "series": series}
            facts |= {"unit": table["unit"][second], "before": table["unit"][first]}
            found.append(Finding("error", "units", "unit_changes", facts))
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
            facts = {"place": placed(panel.place(name, table, rows.index[0])), "series": series}
            facts |= {"unit": unit, "declared": declared}
            found.append(Finding("warning", "units", "unit_not_declared", facts))
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
    found, check = [], "left as it came"
    if any(study.source[k] == locale.words(k)["new_source"] for k in LANGUAGES):
        found.append(Finding("warning", check, "source_left", {"source": study.source}))
    if CJK.search(study.title.en):
        found.append(Finding("note", check, "title_in_chinese", {"title": study.title}))
    left = [i.id for i in study.indicators if i.unit.en == "unit" or (i.name.en == i.formula and "/" in i.formula)]
    if left:
        found.append(Finding("warning", check, "names_left", {"indicators": left}))
    return found


def unshown(study, regions):
    """Look for characters that no typeface of the figures has.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    list of Finding
        One, with the characters and the texts they stand in.
    """
    from coordination.presentation.style import without_glyph  # half a second that the other commands need not spend

    texts = [*_texts(study.model_dump()), *regions[list(LANGUAGES)].to_numpy().ravel()]
    lacking = {t: c for t in dict.fromkeys(texts) if (c := without_glyph(t))}
    signs = sorted(set().union(*lacking.values()))
    said = [f"{c} (U+{ord(c):04X})" for c in signs]
    return (
        [Finding("error", "characters", "characters_unshown", {"signs": said, "texts": list(lacking)})] if said else []
    )


def _texts(part):
    """Return all texts of a document but for its keys."""
    if isinstance(part, str):
        return [part]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else ()
    return [text for own in parts for text in _texts(own)]


def located(findings, table, study, name):
    """Say where in a panel the figures stand that findings are about, and where they come from.

    Parameters
    ----------
    findings : list of Finding
        About a series with its region, year or both, or about a region in a year.
    table : pandas.DataFrame of str
        As `study.read_text` returns it.
    study : Study
    name : str
        What the findings call the table.

    Returns
    -------
    list of Finding
        With the first such row, and its origin if the table says it.
    """
    column, rows = study.panel.region_column, {}
    if not findings or not {column, "year", "series"} <= set(table):
        return findings
    parts = zip(table.index, *(table[c].fillna("").str.strip() for c in (column, "year", "series")), strict=True)
    for index, region, year, series in parts:
        year = re.sub(r"\.0*$", "", year)
        for key in ((series, region, year), (series, None, year), (series, region, None), (None, region, year)):
            rows.setdefault(key, index)
    result = []
    for finding in findings:
        regions, years = finding.facts.get("regions", [None]), finding.facts.get("years", [None])
        index = rows.get((finding.facts.get("series"), regions[0], years[0] and str(years[0])))
        if index is not None and len(regions) == 1:
            origin = table.loc[index, "origin"] if "origin" in table else ""
            origin = placed(origin) if isinstance(origin, str) and origin.strip() else None
            place = placed(panel.place(name, table, index).removeprefix(f"{name}, "))
            finding = replace(finding, place=place, origin=origin)
        result.append(finding)
    return result
