"""Recognising blocks of figures in foreign sheets."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from coordination.adapting.importing.mapping import Mapping, _normal
from coordination.errors import joined, told
from coordination.locale import LANGUAGES
from coordination.study import names, tabular
from coordination.study.tabular import BLANKS, address

RECOGNISED = yaml.safe_load(Path(__file__).with_name("recognised.yml").read_text(encoding="utf-8"))

_ROLE = {word.replace("_", " "): role for role, words in RECOGNISED["headings"].items() for word in words.split()}

_KEYS = {word: role for role, words in RECOGNISED["lines"].items() for word in words}

_SIGNS = {name: re.escape(signs) for name, signs in RECOGNISED["signs"].items()}

_KEY_LINE = re.compile(
    rf"({'|'.join(map(re.escape, sorted(_KEYS, key=len, reverse=True)))})\s*[{_SIGNS['colon']}]\s*(.*)", re.I | re.S
)

_UNIT = re.compile(r"(.*?\S)\s*[{open}]([^{open}{close}]*)[{close}]".format(**_SIGNS), re.S)

_UNIT_SAID = re.compile(
    r"(?:^|[\s{open}{square_open}{semicolon}{colon}])(?:{before})?(?:{unit})\s*[{colon}]\s*"
    r"(\S[^{open}{close}{square_open}{square_close}{semicolon}]*)".format(
        **_SIGNS, before=RECOGNISED["unit"]["before"], unit="|".join(RECOGNISED["unit"]["words"])
    ),
    re.I,
)

_NUMBERED = re.compile(
    rf"^(?:{'|'.join(RECOGNISED['tables'])})?\s*[0-9]+(?:[-\u2013.][0-9]+)*\s*[.{_SIGNS['colon']}]?\s+", re.I
)

_FOUR_DIGITS = re.compile(r"(?<![0-9])(1[5-9][0-9]{2}|2[0-4][0-9]{2})(?![0-9])")

NO_YEAR = told("no year is said; name it with --year 2019 (YEAR=2019 in make)")

_PERIOD = re.compile(
    r"[12][0-9]{{3}}\s*{year}?\s*[-/ ]?\s*"
    r"({ordinal}?[1-4{numerals}]{quarter}{quarter_end}|[QqHhMm]?[0-9]{{1,2}}{month}?|[12][0-9]{{3}})".format(
        **tabular.CALENDAR
    )
)


@dataclass(frozen=True)
class Cell:
    """A figure as it stands in a sheet, with what its row, column and heading lines say about it."""

    region: str
    year: str
    series: str | None
    unit: str
    value: str
    row: int
    column: int
    year_place: tuple[int, int]
    region_place: tuple[int, int]


@dataclass
class Block:
    """A table within a sheet; `series` names it where its rows do not, `refused` says why it cannot be read.

    `above` are the titles above it.
    """

    layout: str
    series: str
    refused: str = ""
    cells: list = field(default_factory=list)
    stray: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    above: list = field(default_factory=list)


def split_unit(text):
    r"""Take a unit in parentheses off the end of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    name, unit : str
        The unit is empty if there is none.

    Examples
    --------
    >>> split_unit("Ports (10 000)"), split_unit("Ports"), split_unit("Patents\uff08unit\uff1a1000 pieces\uff09")
    (('Ports', '10 000'), ('Ports', ''), ('Patents', '1000 pieces'))
    """
    match = _UNIT.fullmatch(text.strip(BLANKS))
    return (match[1], _unit_said([match[2]]) or match[2].strip()) if match else (text.strip(BLANKS), "")


def untitled(text):
    r"""Take the number of a table off its title.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> untitled("\u88682-1 Ports (10 000)"), untitled("Table 3: Ports")
    ('Ports (10 000)', 'Ports')
    """
    return _NUMBERED.sub("", text).strip(BLANKS)


def _unit_said(texts):
    """Return the unit that a title says, as in "Patents (unit: 1000 pieces)"; empty if none does."""
    said = [match[1] for match in map(_UNIT_SAID.search, texts) if match]
    return re.split(r"\s{2,}", said[-1])[0].strip(BLANKS) if said else ""


def _known_series(study):
    """Return what names a series: {normalised text: its series}."""
    known = {}
    for series, declared in study.panel.series.items():
        for text in (series, *(getattr(declared, "names", None) or ())):
            known.setdefault(_normal(text), set()).add(series)
    for indicator in study.indicators:
        if indicator.formula.strip() in study.panel.series:
            for language in LANGUAGES:
                known.setdefault(_normal(indicator.name[language]), set()).add(indicator.formula.strip())
    return known


def _series(texts, known, mapping):
    """Return the series that the first text to name one names, that text and why none does."""
    for text in texts:
        for part in (text, split_unit(text)[0]):
            if _normal(part) in mapping.series:
                series = mapping.series[_normal(part)]
                return series, text, "" if series else told("the mapping passes it over")
    reason = ""
    for text in texts:
        for part in (text, split_unit(text)[0]):
            found = known.get(_normal(part), set())
            if len(found) == 1:
                return next(iter(found)), text, ""
            if found and not reason:
                both = joined("{first} and {second}", sorted(found))
                reason = told("'{text}' names {series}; say which in a mapping", text=part, series=both)
    near = list(dict.fromkeys(n for t in texts for n in _nearest(split_unit(t)[0], known)))[:3]
    if near and not reason:
        reason = told("no series of the study is called so (nearest: {near})", near=", ".join(near))
    return "", texts[0] if texts else "", reason or told("no series of the study is called so")


def _nearest(text, known):
    close = difflib.get_close_matches(_normal(text), list(known), 3, 0.4)
    return list(dict.fromkeys(s for c in close for s in sorted(known[c])))


# Layouts


def _is_year(text, study):
    """Tell whether a text is a year or, in a study of other periods or of years, a period."""
    found = tabular.year(text)
    if isinstance(found, int):
        return 1500 <= found <= 2500
    return bool(found) and (found in {str(tabular.year(str(y))) for y in study.years} or bool(_PERIOD.fullmatch(found)))


def _filled(row):
    """Return distinct texts of a row; a cell merged over several columns counts once."""
    return list(dict.fromkeys(t for t in row if t))


def _key_line(row):
    """Return kinds and texts of a line such as "Indicator: ports", empty if it is none."""
    texts = _filled(row)
    matches = [_KEY_LINE.match(t) for t in texts]
    if not matches or not matches[0]:
        return {}
    first = _KEYS[matches[0][1].casefold()]
    if first == "footer":
        return {"footer": texts[0]}
    if len(texts) == 2 and not matches[0][2]:
        return {first: texts[1]}
    return {_KEYS[m[1].casefold()]: m[2].strip() for m in matches} if all(matches) else {}


def _runs(years, row):
    """Tell whether the years of a header run in one direction, or one is marked as such, as figures hardly would be."""
    found = [str(tabular.year(row[c])) for c in sorted(years)]
    if len(found) == 1:
        return not row[min(years)].isdigit()
    return found in (sorted(found), sorted(found, reverse=True))


def _year_said(texts):
    """Return the one year that texts say, empty if they say none or several; that of a yearbook is its edition's."""
    told = [t for t in texts if not any(word in t.casefold() for word in RECOGNISED["editions"])]
    years = {year for text in told for year in _FOUR_DIGITS.findall(text)}
    return next(iter(years)) if len(years) == 1 else ""


def _roles(row, study, mapping):
    """Return what each column of a header holds, as far as its words say it."""
    own = {_normal(study.panel.region_column): "region"}
    told = _ROLE | own | mapping.columns
    return {c: told[_normal(t)] for c, t in enumerate(row) if t and _normal(t) in told}


def _header(row, study, mapping, ours):
    """Return layout and roles of a row if it is a header."""
    if len(_filled(row)) < 2:
        return None
    roles = _roles(row, study, mapping)
    held = set(roles.values())
    years = {c for c, t in enumerate(row) if _is_year(t, study) and c not in roles}
    told = {r for c, r in roles.items() if _normal(row[c]) in mapping.columns}
    roles = {c: r for c, r in roles.items() if r not in told or _normal(row[c]) in mapping.columns}
    if len(roles) > len(held):
        return ("", roles) if years or len(held) > 1 else None
    if {"region", "year", "value"} <= held:
        return "long", roles
    labels = [c for c, t in enumerate(row) if c not in years and (not years or c < min(years))]
    if years and "value" not in held and "year" not in held:
        if "region" not in held and "series" not in held:
            free = [c for c in labels if c not in roles]
            label = names.normal(row[free[0]]) if free else ""
            if not free or label in ours | names.TOTALS | names.ELSEWHERE or not (roles or _runs(years, row)):
                return None
            roles[free[0]] = "region"
            held.add("region")
        layout = {True: "wide by year", False: "one region by year"}["region" in held]
        return ("indicators by year" if {"region", "series"} <= held else layout), roles | dict.fromkeys(years, "years")
    others = [c for c, t in enumerate(row) if t and c not in roles]
    if "year" in held and others:
        if "region" in held:
            return "wide by series", roles
        if any(names.normal(row[c]) in ours for c in others):
            return "years by region", roles
    if held == {"region"} and others and not any(_figure(row[c]) for c in others):
        return "one year", roles
    if not held and others and any(names.normal(row[c]) in ours for c in others):
        empty = [c for c, t in enumerate(row) if not t and c < min(others)]
        if empty:
            return "years by region", {empty[-1]: "year"}
    return None


def _figure(text):
    try:
        tabular.number(text)
    except ValueError:
        return False
    return True


def _two_levels(head, row, study):
    """Return the second line of a header that has years below the names of series; None if it is none."""
    layout, roles, first, number, *_ = head
    below = {c for c, text in enumerate(row) if text and c not in roles}
    if layout != "one year" or not below or not all(_is_year(row[c], study) for c in below):
        return None
    if any(row[c] not in ("", first[c]) for c in roles):
        return None
    called, last = {}, ""
    for c in range(min(below), max(below) + 1):
        last = first[c] or last
        called[c] = last
    if not all(called[c] for c in below):
        return None
    return "series over years", roles | dict.fromkeys(below, "years"), row, number + 1, called


def _units_below(head, row):
    """Return the header with the units of the line below it, as CSMAR writes them; None if it is none."""
    if not any(text in RECOGNISED["no_unit"] for text in row):
        return None
    layout, roles, first, number = head[:4]
    named = [
        f"{name} ({unit})" if name and unit and unit not in RECOGNISED["no_unit"] else name
        for name, unit in zip(first, row, strict=True)
    ]
    return layout, roles, named, number


def blocks(table, study, regions, mapping=None, called=(), year=""):
    """Find the tables of a sheet and take them apart.

    Parameters
    ----------
    table : pandas.DataFrame of str
        As `files.sheets` gives it.
    study : Study
    regions : pandas.DataFrame
    mapping : Mapping, optional
    called : sequence of str
        What the sheet is called, which may say the year of a page that has one year.
    year : str
        Of pages that say none.

    Returns
    -------
    list of Block
        In the order of the sheet; empty if no header is recognised.
    """
    mapping = mapping or Mapping()
    ours = set(names.spellings(regions)) | set().union(*names.provinces().values()) | set(mapping.regions)
    found, context, head, blank = [], {}, None, False
    above = []  # lines above a table
    title, unit = "", ""  # the unit that a title says of the table to come, and of the table at hand
    for number, cells in zip(table.index, table.itertuples(index=False), strict=True):
        row = [text.strip(BLANKS) for text in cells]
        if not any(row):
            blank = True
            continue
        lines = _key_line(row)
        if lines:
            context = lines if head or "footer" in context else context | lines
            head = None
            continue
        if head and number == head[3] + 1 and not found[-1].cells:
            below = _two_levels(head, row, study) or _units_below(head, row)
            if below:
                head = below
                found[-1].layout = head[0]
                if len(head) == 5:
                    found[-1].refused, found[-1].notes = "", []
                continue
        header = _header(row, study, mapping, ours) if _may_be_header(row, head, found, blank, study, mapping) else None
        if header and "footer" in context and not _roles(row, study, mapping):
            header = None
        blank = False
        if header:
            again = head and row == head[2]
            if head and not found[-1].cells and (head[0] or _goes_on(head, header[1], row, number)):
                found.pop()
                again = True
            by_column = header[0] in ("long", "wide by series")
            title = title or ("" if by_column else _unit_said(row))
            unit = title or (unit if again else "")
            head, title = (*header, row, number), ""
            context.pop("footer", None)
            refused = "" if header[0] else _doubled(header[1], number)
            found.append(Block(header[0], context.get("series", ""), refused, notes=_passed_over(*head)))
            found[-1].above = above
            if header[0] == "one year":
                said = _year_said(above) or _year_said(called)
                context = context | {"year": said or year}
                found[-1].refused = "" if said or year else NO_YEAR
                if said or year:
                    found[-1].notes.append(
                        told("the year is {year}, as its titles say", year=said)
                        if said
                        else told("the year is {year}, as asked for", year=year)
                    )
            above = []
        elif head and head[0]:
            if len(_filled(row)) == 1 and (said := _unit_said(row)):
                title, unit = (said, unit) if found[-1].cells else ("", said)
                blank = True  # a title parts tables as a blank row does
            found[-1].cells.extend(_cells(head, row, number, context | ({"unit": unit} if unit else {}), ours))
        elif said := _unit_said(row):
            title = said
            above.append(" ".join(_filled(row)))
        elif found and len(_filled(row)) > 1 and any(names.normal(text) in ours for text in row):
            found[-1].stray.append((number, 0))
        elif found and len(_filled(row)) > 1:
            found[-1].notes.append(told("row {row}, below the table, passed over", row=number))
        else:
            above.append(" ".join(_filled(row)))
    return found


def _goes_on(head, roles, row, number):
    """Tell whether a header is the second line of the one above it, merged over both or over what it heads."""
    labels = [c for c, role in roles.items() if role != "years"]
    return number == head[3] + 1 and all(row[c] in ("", head[2][c]) for c in labels)


def _doubled(roles, number):
    """Say which columns hold the same, so that it is open which of them belongs to a figure."""
    by_role = {}
    for column, role in roles.items():
        by_role.setdefault(role, []).append(address(number, column))
    role, places = next((r, p) for r, p in by_role.items() if len(p) > 1)
    return told(
        "several columns of the {role}: {places}; name one in a mapping, or put the tables on sheets",
        role=role,
        places=", ".join(places),
    )


def _may_be_header(row, head, found, blank, study, mapping):
    """Tell whether a row may begin a table: outside of one, or where it repeats the header or follows a blank row."""
    if head is None or not head[0] or row == head[2]:
        return True
    first = next(c for c, text in enumerate(row) if text)
    return first in _roles(row, study, mapping) and (blank or not found[-1].cells)


def _passed_over(layout, roles, row, number):
    if layout in ("", "wide by series", "years by region", "one year"):
        return []
    left = [told("{cell} '{text}'", cell=address(number, c), text=t) for c, t in enumerate(row) if t and c not in roles]
    return [told("columns passed over: {columns}", columns=joined("{first}, {second}", left))] if left else []


def _cells(head, row, number, context, ours):
    """Return the figures of a row."""
    layout, roles, header, header_row, *called = head
    column = {role: c for c, role in roles.items()}

    def of(role, otherwise=""):
        return row[column[role]] if role in column else otherwise

    region, unit = of("region", context.get("region", "")), of("unit", context.get("unit", ""))
    beside = (number, column["region"]) if "region" in column else (header_row, 0)
    if layout == "long":
        series = of("series") if "series" in column else None
        if not (region or of("year") or of("value") or series):
            return []
        year_place = (number, column["year"])
        return [Cell(region, of("year"), series, unit, of("value"), number, column["value"], year_place, beside)]
    data = [c for c in range(len(row)) if roles.get(c) == "years" or (c not in roles and header[c])]
    if layout in ("wide by year", "one region by year", "indicators by year"):
        data = [c for c in data if roles.get(c) == "years"]
        if len(_filled(row)) == 1 and names.normal(region) not in ours and not any(row[c] for c in data):
            return []  # a remark below the table
        series = of("series") if "series" in column else None
        return [Cell(region, header[c], series, unit, row[c], number, c, (header_row, c), beside) for c in data]
    if layout in ("one year", "series over years"):
        over, data = called[0] if called else header, [c for c in data if layout == "one year" or c in called[0]]
        if len(_filled(row)) == 1 and names.normal(region) not in ours and not any(row[c] for c in data):
            return []  # a remark below the table
        when = header if called else dict.fromkeys(data, context.get("year", ""))
        return [
            Cell(region, when[c], over[c], split_unit(over[c])[1] or unit, row[c], number, c, (header_row, c), beside)
            for c in data
        ]
    year_place = (number, column["year"])
    if len(_filled(row)) == 1 and not any(row[c] for c in data) and not isinstance(tabular.year(of("year")), int):
        return []
    if layout == "wide by series":
        return [
            Cell(region, of("year"), header[c], split_unit(header[c])[1] or unit, row[c], number, c, year_place, beside)
            for c in data
        ]
    return [Cell(header[c], of("year"), None, unit, row[c], number, c, year_place, (header_row, c)) for c in data]
