"""Which text of a foreign file means which series."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from coordination.errors import InputError, InputErrors, told
from coordination.study import names
from coordination.study.files import displayed, other_encoding, sheets

COLUMNS = ("region", "year", "series", "value", "unit", "source", "origin")

ROLES = ("region", "year", "series", "value", "unit")

LARGEST_MAPPING = 1_000_000  # bytes


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
    name = displayed(file)
    if not file.is_file():
        raise InputError(name, "no such file", "a mapping in YAML or CSV", "correct its name")
    if file.stat().st_size > LARGEST_MAPPING:
        found, expected = (
            told("{count} bytes", count=file.stat().st_size),
            told("at most {count}", count=LARGEST_MAPPING),
        )
        raise InputError(name, found, expected, "name a mapping, not data")
    if file.suffix.lower() == ".csv":
        document = {"series": _csv_mapping(file, name)}
    elif file.suffix.lower() in (".yml", ".yaml"):
        document = _yaml_mapping(file, name)
    else:
        found = told("a file of kind '{suffix}'", suffix=file.suffix)
        raise InputError(name, found, "yml, yaml or csv", "save it as one of these")
    targets = {"series": ["", *study.panel.series], "columns": list(ROLES), "regions": ["", *regions.index]}
    faults = []
    called = {n: series for series, about in study.panel.series.items() for n in about.names}
    parts = {key: {} for key in targets}
    for key, entries in document.items():
        for written, target in entries.items():
            target = called.get(target, target) if key == "series" else target
            where, normal = f"{name}: {key}: {written}", _normal(written) if key != "regions" else names.normal(written)
            if target not in targets[key]:
                near = difflib.get_close_matches(target, targets[key], 1)
                expected = told("one of {known}", known=", ".join(filter(None, targets[key])))
                remedy = told("is it '{near}'?", near=near[0]) if near else "correct it"
                faults.append(InputError(where, told("'{text}'", text=target), expected, remedy))
            elif parts[key].setdefault(normal, target) != target:
                found = told("'{one}' and '{other}'", one=target, other=parts[key][normal])
                faults.append(InputError(where, found, "one of them", "remove one"))
    if faults:
        raise InputErrors(faults)
    return Mapping(**parts)


def _csv_mapping(file, name):
    table = sheets(file)[""]
    head = [c.strip() for c in table.iloc[0]]
    if not {"name", "series"} <= set(head):
        found = told("columns {columns}", columns=", ".join(filter(None, head)))
        raise InputError(name, found, "columns name and series", "rename them")
    result = {}
    for row in table.index[1:]:
        written, target = (table[head.index(c)][row].strip() for c in ("name", "series"))
        if not written and not target:
            continue
        if result.setdefault(written, target) != target:
            where = told("{file}, row {row}", file=name, row=row)
            raise InputError(where, told("'{text}' again", text=written), "every name once", "remove a row")
    return result


def _yaml_mapping(file, name):
    expected, remedy = "the keys series, columns and regions, each with lines 'text: name'", "write it so"
    try:
        text = file.read_text(encoding="utf-8-sig")
        _check_tokens(text, name)
        _check_keys(yaml.compose(text, Loader=yaml.SafeLoader), name)
        document = yaml.load(text, Loader=yaml.BaseLoader)  # 01001 is a text
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = told("{file}, line {line}", file=name, line=mark.line + 1) if mark else name
        problem, remedy = getattr(error, "problem", None) or str(error).splitlines()[0], "correct this line"
        if isinstance(error, UnicodeDecodeError):
            problem, remedy = other_encoding(file.read_bytes(), problem), "save it again as text in UTF-8"
        raise InputError(where, problem, "plain YAML in UTF-8", remedy) from None
    except RecursionError:
        raise InputError(name, "too many brackets within one another", expected, remedy) from None
    if not isinstance(document, dict) or not document:
        raise InputError(name, "no keys", expected, remedy)
    for key, entries in document.items():
        if key not in ("series", "columns", "regions"):
            raise InputError(name, told("the key '{key}'", key=key), expected, "correct its spelling or remove it")
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
            raise InputError(_line(name, token), found, "plain texts", "quote texts that begin so")
        depth += isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken)
        depth -= isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken)
        if depth > 10:
            remedy = "quote texts with brackets"
            raise InputError(_line(name, token), "brackets within brackets", "lines 'text: name'", remedy)


def _line(name, part):
    return told("{file}, line {line}", file=name, line=part.start_mark.line + 1)


def _check_keys(node, name):
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(_line(name, key), "no text as a key", "a text", "quote it")
            if key.value in seen:
                found = told("the key '{key}' a second time", key=key.value)
                raise InputError(_line(name, key), found, "every key once", "remove a line")
            seen.add(key.value)
            _check_keys(value, name)


# Series


def _normal(text):
    return " ".join(names.normal(text).replace("_", " ").split())
