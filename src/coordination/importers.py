"""Figures in the layouts of others - website exports, yearbook tables, workbooks - as one long panel."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml

from coordination import artifacts, files, names, tabular
from coordination import study as studies
from coordination.errors import InputError, InputErrors
from coordination.tabular import BLANKS, place, shortest

COLUMNS = ("region", "year", "series", "value", "unit", "source", "origin")
REPORT = ("file", "sheet", "layout", "found", "series", "reason", "rows", "gaps", "passed_over", "notes")
ROLES = ("region", "year", "series", "value", "unit")
LARGEST_MAPPING = 1_000_000  # bytes

WORDS = {
    "region": "地区 省份 省 省市 省区 省市区 省级行政区 地区名称 省份名称 行政区划 "
    "城市 市 城市名称 地市 地级市 市县 区县 县区 区 县 旗县 县市 县市区 市县区 区(县) 区县名称 "
    "region province area state city district county",
    "year": "年份 年 年度 时间 year time period",
    "series": "指标 指标名称 变量 series indicator item variable",
    "value": "数值 值 数据 指标值 value",
    "unit": "单位 计量单位 unit",
}
_ROLE = {word: role for role, words in WORDS.items() for word in words.split()}
_KEYS = {
    **dict.fromkeys(("指标", "indicator"), "series"),
    **dict.fromkeys(("地区", "region"), "region"),
    **dict.fromkeys(("单位", "unit"), "unit"),
    **dict.fromkeys(("数据库", "database", "时间", "time", "period"), "heading"),
    **dict.fromkeys(("数据来源", "资料来源", "来源", "data sources", "data source", "source", "sources"), "footer"),
    **dict.fromkeys(("注", "注释", "说明", "备注", "note", "notes"), "footer"),
}
_KEY_LINE = re.compile(
    rf"({'|'.join(map(re.escape, sorted(_KEYS, key=len, reverse=True)))})\s*[:：]\s*(.*)", re.I | re.S
)
_UNIT = re.compile(r"(.*?\S)\s*[(（]([^()（）]*)[)）]", re.S)
_UNIT_SAID = re.compile(
    r"(?:^|[\s(（\[【;；:：])(?:计量)?(?:单\s*位|\bunits?)\s*[:：]\s*(\S[^()（）\[\]【】;；]*)", re.I
)
_PERIOD = re.compile(r"[12][0-9]{3}\s*年?\s*[-/ ]?\s*(第?[1-4一二三四]季度|[QqHhMm]?[0-9]{1,2}月?|[12][0-9]{3})")


@dataclass(frozen=True)
class Mapping:
    """What a user says about files whose words are not the study's.

    Attributes
    ----------
    series : dict of str to str
        From the normalised text of an indicator, or the name of a file or sheet, to the series; empty for one to
        pass over.
    columns : dict of str to str
        From the normalised heading of a column to region, year, series, value or unit.
    regions : dict of str to str
        From a normalised spelling to the study's region; empty for one to pass over.
    """

    series: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    regions: dict = field(default_factory=dict)


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
    study: studies.Study
    regions: pd.DataFrame


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
    """A table within a sheet; `series` names it where its rows do not, `refused` says why it cannot be read."""

    layout: str
    series: str
    refused: str = ""
    cells: list = field(default_factory=list)
    stray: list = field(default_factory=list)
    notes: list = field(default_factory=list)


# The mapping


def mapping_of(file, study, regions):
    """Read what a user says about foreign words.

    Parameters
    ----------
    file : Path
        YAML with any of the keys series, columns and regions, or CSV with the columns name and series.
    study : Study
    regions : pandas.DataFrame
        The study's regions.

    Returns
    -------
    Mapping

    Raises
    ------
    InputErrors
        With everything in it that names no series, column or region of the study.
    """
    file = Path(file)
    name = studies.shown(file)
    if not file.is_file():
        raise InputError(name, "no such file", "a mapping in YAML or CSV", "correct its name")
    if file.stat().st_size > LARGEST_MAPPING:
        raise InputError(name, f"{file.stat().st_size} bytes", f"at most {LARGEST_MAPPING}", "name a mapping, not data")
    if file.suffix.lower() == ".csv":
        document = {"series": _csv_mapping(file, name)}
    elif file.suffix.lower() in (".yml", ".yaml"):
        document = _yaml_mapping(file, name)
    else:
        raise InputError(name, f"a file of kind '{file.suffix}'", "yml, yaml or csv", "save it as one of these")
    targets = {"series": ["", *study.panel.series], "columns": list(ROLES), "regions": ["", *regions.index]}
    faults = []
    parts = {key: {} for key in targets}
    for key, entries in document.items():
        for written, target in entries.items():
            where, normal = f"{name}: {key}: {written}", _normal(written) if key != "regions" else names.normal(written)
            if target not in targets[key]:
                near = difflib.get_close_matches(target, targets[key], 1)
                expected = f"one of {', '.join(filter(None, targets[key]))}"
                remedy = f"is it '{near[0]}'?" if near else "correct it"
                faults.append(InputError(where, f"'{target}'", expected, remedy))
            elif parts[key].setdefault(normal, target) != target:
                faults.append(InputError(where, f"'{target}' and '{parts[key][normal]}'", "one of them", "remove one"))
    if faults:
        raise InputErrors(faults)
    return Mapping(**parts)


def _csv_mapping(file, name):
    table = files.sheets(file)[""]
    head = [c.strip() for c in table.iloc[0]]
    if not {"name", "series"} <= set(head):
        raise InputError(name, f"columns {', '.join(filter(None, head))}", "columns name and series", "rename them")
    result = {}
    for row in table.index[1:]:
        written, target = (table[head.index(c)][row].strip() for c in ("name", "series"))
        if not written and not target:
            continue
        if result.setdefault(written, target) != target:
            raise InputError(f"{name}, row {row}", f"'{written}' again", "every name once", "remove a row")
    return result


def _yaml_mapping(file, name):
    expected, remedy = "the keys series, columns and regions, each with lines 'text: name'", "write it so"
    try:
        text = file.read_text(encoding="utf-8-sig")
        _check_tokens(text, name)
        _check_keys(yaml.compose(text, Loader=yaml.SafeLoader), name)
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem, remedy = getattr(error, "problem", None) or str(error).splitlines()[0], "correct this line"
        if isinstance(error, UnicodeDecodeError):
            problem, remedy = studies.other_encoding(file.read_bytes(), problem), "save it again as text in UTF-8"
        raise InputError(f"{name}{line}", problem, "plain YAML in UTF-8", remedy) from None
    except RecursionError:
        raise InputError(name, "too many brackets within one another", expected, remedy) from None
    if not isinstance(document, dict) or not document:
        raise InputError(name, "no keys", expected, remedy)
    for key, entries in document.items():
        if key not in ("series", "columns", "regions"):
            raise InputError(name, f"the key '{key}'", expected, "correct its spelling or remove it")
        if not isinstance(entries, dict):
            raise InputError(f"{name}: {key}", type(entries).__name__, "lines 'text: name'", remedy)
        for written, target in entries.items():
            if isinstance(target, list | dict | tuple | set):
                raise InputError(f"{name}: {key}: {written}", type(target).__name__, "one name", remedy)
    return {
        key: {str(written): "" if target is None else str(target) for written, target in entries.items()}
        for key, entries in document.items()
    }


def _check_tokens(text, name):
    """Refuse what would grow when it is composed, while reading it token by token."""
    depth = 0
    for token in yaml.scan(text):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
            found = "a tag (!)" if isinstance(token, yaml.TagToken) else "an alias or anchor (& or *)"
            line = f"{name}, line {token.start_mark.line + 1}"
            raise InputError(line, found, "plain texts", "quote texts that begin so")
        depth += isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken)
        depth -= isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken)
        if depth > 10:
            line = f"{name}, line {token.start_mark.line + 1}"
            raise InputError(line, "brackets within brackets", "lines 'text: name'", "quote texts with brackets")


def _check_keys(node, name):
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(f"{name}, line {key.start_mark.line + 1}", "no text as a key", "a text", "quote it")
            if key.value in seen:
                where = f"{name}, line {key.start_mark.line + 1}"
                raise InputError(where, f"the key '{key.value}' a second time", "every key once", "remove a line")
            seen.add(key.value)
            _check_keys(value, name)


# Series


def _normal(text):
    return " ".join(names.normal(text).replace("_", " ").split())


def split_unit(text):
    """Take a unit in parentheses off the end of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    name, unit : str
        The unit is empty if there is none.

    Examples
    --------
    >>> split_unit("互联网宽带接入端口(万个)"), split_unit("Ports"), split_unit("专利授权数（单位：千件）")
    (('互联网宽带接入端口', '万个'), ('Ports', ''), ('专利授权数', '千件'))
    """
    match = _UNIT.fullmatch(text.strip(BLANKS))
    return (match[1], _unit_said([match[2]]) or match[2].strip()) if match else (text.strip(BLANKS), "")


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
            for language in studies.LANGUAGES:
                known.setdefault(_normal(indicator.name[language]), set()).add(indicator.formula.strip())
    return known


def _series(texts, known, mapping):
    """Return the series that the first text to name one names, that text and why none does."""
    for text in texts:
        for part in (text, split_unit(text)[0]):
            if _normal(part) in mapping.series:
                series = mapping.series[_normal(part)]
                return series, text, "" if series else "the mapping passes it over"
    reason = ""
    for text in texts:
        for part in (text, split_unit(text)[0]):
            found = known.get(_normal(part), set())
            if len(found) == 1:
                return next(iter(found)), text, ""
            if found and not reason:
                reason = f"'{part}' names {' and '.join(sorted(found))}; say which in a mapping"
    near = list(dict.fromkeys(n for t in texts for n in _nearest(split_unit(t)[0], known)))[:3]
    asked = f" (nearest: {', '.join(near)})" if near else ""
    return "", texts[0] if texts else "", reason or f"no series of the study is called so{asked}"


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
    """Tell whether the years of a header run in one direction, as figures hardly would."""
    found = [str(tabular.year(row[c])) for c in sorted(years)]
    return found in (sorted(found), sorted(found, reverse=True))


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
            if not free or names.normal(row[free[0]]) in ours or not (roles or _runs(years, row)):
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
    if not held and others and any(names.normal(row[c]) in ours for c in others):
        empty = [c for c, t in enumerate(row) if not t and c < min(others)]
        if empty:
            return "years by region", {empty[-1]: "year"}
    return None


def blocks(table, study, regions, mapping=None):
    """Find the tables of a sheet and take them apart.

    Parameters
    ----------
    table : pandas.DataFrame of str
        As `files.sheets` gives it.
    study : Study
    regions : pandas.DataFrame
    mapping : Mapping, optional

    Returns
    -------
    list of Block
        In the order of the sheet; empty if no header is recognised.
    """
    mapping = mapping or Mapping()
    ours = set(names.spellings(regions)) | set().union(*names.provinces().values()) | set(mapping.regions)
    found, context, head, blank = [], {}, None, False
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
        elif head and head[0]:
            if len(_filled(row)) == 1 and (said := _unit_said(row)):
                title, unit = (said, unit) if found[-1].cells else ("", said)
                blank = True  # a title parts tables as a blank row does
            found[-1].cells.extend(_cells(head, row, number, context | ({"unit": unit} if unit else {}), ours))
        elif said := _unit_said(row):
            title = said
        elif found and len(_filled(row)) > 1 and any(names.normal(text) in ours for text in row):
            found[-1].stray.append((number, 0))
        elif found and len(_filled(row)) > 1:
            found[-1].notes.append(f"row {number}, below the table, passed over")
    return found


def _goes_on(head, roles, row, number):
    """Tell whether a header is the second line of the one above it, merged over both or over what it heads."""
    labels = [c for c, role in roles.items() if role != "years"]
    return number == head[3] + 1 and all(row[c] in ("", head[2][c]) for c in labels)


def _doubled(roles, number):
    """Say which columns hold the same, so that it is open which of them belongs to a figure."""
    by_role = {}
    for column, role in roles.items():
        by_role.setdefault(role, []).append(tabular.address(number, column))
    role, places = next((r, p) for r, p in by_role.items() if len(p) > 1)
    return f"several columns of the {role}: {', '.join(places)}; name one in a mapping, or put the tables on sheets"


def _may_be_header(row, head, found, blank, study, mapping):
    """Tell whether a row may begin a table: outside of one, or where it repeats the header or follows a blank row."""
    if head is None or not head[0] or row == head[2]:
        return True
    first = next(c for c, text in enumerate(row) if text)
    return first in _roles(row, study, mapping) and (blank or not found[-1].cells)


def _passed_over(layout, roles, row, number):
    if layout in ("", "wide by series", "years by region"):
        return []
    left = [f"{tabular.address(number, c)} '{t}'" for c, t in enumerate(row) if t and c not in roles]
    return [f"columns passed over: {', '.join(left)}"] if left else []


def _cells(head, row, number, context, ours):
    """Return the figures of a row."""
    layout, roles, header, header_row = head
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
    year_place = (number, column["year"])
    if len(_filled(row)) == 1 and not any(row[c] for c in data) and not isinstance(tabular.year(of("year")), int):
        return []
    if layout == "wide by series":
        return [
            Cell(region, of("year"), header[c], split_unit(header[c])[1] or unit, row[c], number, c, year_place, beside)
            for c in data
        ]
    return [Cell(header[c], of("year"), None, unit, row[c], number, c, year_place, (header_row, c)) for c in data]


# Reading


def read(paths, study, regions, mapping=None):
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
            report.append(_reported(shown, reason=f"skipped: {skipped}"))
            continue
        try:
            sheets = files.sheets(file, allow=True)
        except InputError as error:
            if file.suffix.lower() == ".txt":  # a remark rather than a table
                report.append(_reported(shown, reason=f"skipped: {error.args[1]}"))
            else:
                faults += getattr(error, "faults", [error])
            continue
        for sheet, table in sheets.items():
            if sheet.casefold() == files.READ_ME:
                continue
            lines, rows, wrong = _sheet(table, (shown, sheet, file.stem), study, regions, mapping, known)
            report += lines
            figures += rows
            faults += wrong
    rows, wrong, repeated = _once(figures)
    faults += wrong
    if faults:
        raise InputErrors(faults)
    for file, sheet, series in repeated:
        line = next(r for r in report if (r["file"], r["sheet"], r["series"]) == (file, sheet, series))
        line["notes"] = "; ".join(
            filter(None, [line["notes"], f"{repeated[file, sheet, series]} figures that stand elsewhere too"])
        )
    rows = _sorted(pd.DataFrame(rows, columns=COLUMNS), study, regions)
    return Imported(rows, pd.DataFrame(report, columns=REPORT), study, regions)


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
    return [(file, studies.shown(file) if times[name] > 1 else name, reason) for file, name, reason in result]


def _skipped(file, shown, path):
    if any(part.startswith(".") for part in Path(shown).parts):
        return "hidden"
    if file.name.startswith("~$"):
        return "a lock file"
    if path.is_dir() and not file.resolve().is_relative_to(path.resolve()):
        return "a link that leads out of the folder"
    if path.is_dir() and not file.is_file():
        return "no file"
    if file.suffix.lower() not in files.TEXTS + files.WORKBOOKS:
        return "no table"
    return ""


def _reported(file, sheet="", layout="", found="", series="", reason="", rows=0, gaps=0, over=0, notes=()):
    line = (file, sheet, layout, found, series, reason, rows, gaps, over, "; ".join(dict.fromkeys(notes)))
    return dict(zip(REPORT, line, strict=True))


def _sheet(table, place_of, study, regions, mapping, known):
    """Return lines of the report, figures and faults of a sheet."""
    file, sheet, stem = place_of
    if not len(table):
        return [], [], []
    lines, figures, faults = [], [], []
    found = blocks(table, study, regions, mapping)
    if not found:
        reason = "no layout recognised: there is no header with years, or with region, year and value"
        reason += "; other headings can be named under columns in a mapping"
        return [_reported(file, sheet, reason=reason, notes=_broken_cells(table))], [], []
    merged = _repeated_by_merging(table)
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
            outer = [t for t in (block.series, sheet, stem, file) if t]
            texts = outer if text is None else [text]
            series, named, reason = _series(texts, known, mapping)
            notes = [*block.notes, *(["a hidden sheet"] if table.attrs["hidden"] else [])]
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
            unit = unit or split_unit(texts[0])[1]
            declared = study.panel.series[series].unit
            if unit and names.normal(unit) != names.normal(declared):
                notes.append(f"the unit is '{unit}', declared is '{declared}'")
            if named != texts[0]:
                notes.append(f"the series is named by '{named}', not by '{texts[0]}'")
            rows, wrong, said, over = _figures(cells, (file, sheet, merged), series, unit, study, resolved)
            faults += wrong
            figures += rows
            gaps = sum(math.isnan(r["value"]) for r in rows)
            lines.append(_reported(file, sheet, block.layout, named, series, "", len(rows), gaps, over, notes + said))
    unique = list({str(fault): fault for fault in faults}.values())
    return lines, figures, unique


def _broken_cells(table):
    count = len(table.attrs["faulty"])
    return [f"{count} cells with errors or formulas that were never computed"] if count else []


def _repeated_by_merging(table):
    """Return {(row, column): the merged range} of the cells that only repeat the first of their range."""
    repeated = {}
    for area in table.attrs["merged"]:
        (top, left), (bottom, right) = map(tabular.position, area.split(":"))
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
    file, sheet, merged = where
    ours, unknown, wanted = resolved
    # Where every region of the study is found, other names are other regions; else one of them may be meant.
    complete = wanted == {ours[c.region] for c in cells if c.region in ours}
    years = {str(tabular.year(str(y))): y for y in study.years}
    rows, faults, cleaned = [], {}, Counter()
    other_regions, other_years, over = set(), set(), 0

    strange, others = set(), {}

    def fault(cell, found, expected, remedy):
        faults.setdefault((cell, found), InputError(place(file, sheet, *cell), found, expected, remedy))

    for c in cells:
        if c.region in unknown and c.region and complete:
            others[c.region] = other_regions.add(c.region)
            over += 1
            continue
        if c.region in unknown:
            near = " or ".join(f"'{n}'" for n in unknown[c.region])
            remedy = f"is it {near}?" if near else "correct it"
            found = f"region '{c.region}'" if c.region else "no region"
            if c.region not in strange:
                strange.add(c.region)
                expected = "a region of the study, a province or a total"
                fault(c.region_place, found, expected, f"{remedy}, or say in a mapping which it is")
            continue
        if c.region not in ours:
            other_regions.add(c.region)
            over += 1
            continue
        if not _is_year(c.year, study):
            fault(c.year_place, f"year '{c.year}'" if c.year else "no year", "a year", "write it with digits only")
            continue
        when = str(tabular.year(c.year))
        if when not in years:
            other_years.add(when)
            over += 1
            continue
        try:
            value, note = tabular.number(c.value)
        except ValueError:
            remedy = "remove units and footnote marks, use a decimal point, leave a gap empty"
            fault((c.row, c.column), f"'{c.value}'", "a number", remedy)
            continue
        if (c.row, c.column) in merged and not math.isnan(value):
            area = merged[c.row, c.column]
            first = tabular.position(area.split(":")[0])
            remedy = "unmerge the cells, write the figure of each and leave those empty that have none"
            fault(first, f"'{c.value}' in the merged cells {area}", "a cell of its own for every figure", remedy)
            continue
        cleaned.update(n for n in note.split("; ") if n not in ("", "gap"))
        origin = place(file, sheet, c.row, c.column)
        line = (ours[c.region], years[when], series, value, unit, file, origin)
        rows.append(dict(zip(COLUMNS, line, strict=True)) | {"sheet": sheet})
    notes = [f"{note} in {count} cells" for note, count in sorted(cleaned.items())]
    for what, passed in (("regions", other_regions), ("years", other_years)):
        if passed:
            notes.append(f"{len(passed)} {what} passed over")
    if others:
        some = list(others)[:5]
        notes.append("unknown among them: " + ", ".join(some) + (" ..." if len(others) > 5 else ""))
    return rows, list(faults.values()), notes, over


def _same(a, b):
    """Tell whether two figures agree but for the last bits, in which programs differ."""
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=0.0)


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
            where = "{region}, {year}, {series}".format(**row)
            found = " and ".join(f"{shortest(r['value'])} ({r['origin']})" for r in (first, row))
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


# Merging


def merge(imported, existing, replace=False, name="panel.csv"):
    """Add what was imported to a panel.

    Parameters
    ----------
    imported : Imported
    existing : pandas.DataFrame of str
        As `files.read_text` gives it: columns of the region, year, series, value, and any others.
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
        found = f"columns {', '.join(map(str, existing.columns))}"
        raise InputErrors(InputError(name, found, f"a column '{c}'", "rename or add it") for c in absent)
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
            what = "{region}, {year}, {series}".format(**row)
            kept += [
                f"{what}: {table['value'][k]} ({name}, row {k + 2}), empty in {row['origin']}"
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
        return InputError(where, f"value '{value}' of {row['series']}", "a number", "correct it, or leave a gap empty")
    if math.isnan(row["value"]) and same and replace and not math.isnan(old):
        what = f"{row['region']}, {row['year']}, {row['series']}"
        return f"{what}: {value} ({where}) is now empty ({row['origin']})"
    if math.isnan(row["value"]) or (not math.isnan(old) and _same(old, row["value"])):
        return None
    if math.isnan(old):
        return ""
    what = f"{row['region']}, {row['year']}, {row['series']}"
    both = f"{value} ({where}) and {shortest(row['value'])} ({row['origin']})"
    if replace:
        return f"{what}: {value} ({where}) is now {shortest(row['value'])} ({row['origin']})"
    remedy = "correct either, leave out the file, or let the import win with REPLACE=1"
    if same:
        again = f"if this is {row['source']} after a correction, let it win with REPLACE=1"
        remedy = f"{again}; if it is another file of the same name, correct either or leave it out"
    return InputError(what, both, "one figure", remedy)


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
        `study` (str), `paths` (list of Path), `mapping` (Path or None), `dry_run` and `replace` (bool).

    Raises
    ------
    InputError
        If the study or the input is at fault, or nothing in it belongs to the study; the panel is as it was.
    """
    folder = artifacts.raw(options.study)
    study = studies.load(folder)
    regions = studies.regions(study, folder)
    if not study.panel.file.lower().endswith(".csv"):
        expected, remedy = "a .csv file to import into", "set panel.file: panel.csv in study.yml"
        raise InputError(f"{studies.shown(folder / 'study.yml')}: panel.file", study.panel.file, expected, remedy)
    paths = options.paths or [folder / "panel.xlsx"]
    imported = read(paths, study, regions, options.mapping)
    print(_report_text(imported.report))
    if not (imported.report["series"] != "").any() or imported.rows.empty:
        where = ", ".join(Path(p).as_posix() for p in paths)
        expected = "a table of a series, of regions and of years of the study"
        remedy = "name indicators, files or sheets (series) and headings (columns) in a mapping (--mapping)"
        remedy += ", see the reasons above"
        raise InputError(where, "nothing that belongs to the study", expected, remedy)
    target = folder / study.panel.file
    name = studies.shown(target)
    if target.is_dir():
        raise InputError(name, "a folder", "a file to import into", "remove it, or correct panel.file in study.yml")
    columns = [study.panel.region_column, "year", "series", "value"]
    existing = studies.read_text(target) if target.is_file() else pd.DataFrame(columns=columns, dtype=object)
    merged = merge(imported, existing, options.replace, name)
    counts = merged.attrs
    for line in counts["replaced"]:
        print(f"replaced: {line}")
    for line in counts["kept"][:20]:
        print(f"kept: {line}")
    if counts["kept"]:
        print(
            f"{len(counts['kept'])} figures kept that are now empty in a file of the same name; REPLACE=1 empties them"
        )
    changed = counts["new"] or counts["replaced"]
    if changed and not options.dry_run:
        artifacts.write(target, artifacts.csv_text(merged))
    state = "not written, a dry run" if options.dry_run else "written" if changed else "as it was"
    over = imported.report["passed_over"].sum()
    tables = (imported.report["series"] == "").sum()
    print(
        f"{name} ({state}): {counts['new']} rows new, {len(counts['replaced'])} replaced, {counts['unchanged']} "
        f"unchanged; {over} figures of other regions or years and {tables} tables or files passed over"
    )


def _report_text(report):
    """Return the report as aligned columns, one table for what was matched and one for what was not."""
    matched = report["series"] != ""
    shown = [
        ("imported", report[matched], ["file", "sheet", "layout", "found", "series", "rows", "gaps", "notes"]),
        ("not imported", report[~matched], ["file", "sheet", "layout", "found", "reason", "notes"]),
    ]
    return "\n\n".join(f"{title}\n{_aligned(part[columns])}" for title, part, columns in shown if len(part))


def _width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _aligned(table):
    rows = [list(table.columns), *([" ".join(str(v).split()) for v in row] for row in table.itertuples(index=False))]
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
