"""Reading study.yml: YAML without code, and every fault with its place."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import yaml
from pydantic import (
    BaseModel,
    ValidationError,
)

from coordination.errors import InputError, InputErrors, told
from coordination.study.enclosed import check_folder, check_texts
from coordination.study.files import displayed, other_encoding
from coordination.study.model import _NAMED, KINDS, Inconsistent, Study

LARGEST_DOCUMENT = 500_000  # bytes of study.yml

FORMAT = 1  # of study.yml; a document that says nothing is of the first

UPGRADES = {}  # by the format they start from: a function of the document's text that returns it in the next format

DEEPEST = 30  # mappings and lists within one another


class _Loader(yaml.SafeLoader):
    """Plain YAML; a key that stands twice is an error, not a silent choice.

    Tags, which could ask for code, and aliases, which could grow without end, are refused where they stand.
    """

    depth = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        for found, sign in ((event.anchor, "an anchor or alias (& or *)"), (getattr(event, "tag", None), "a tag (!)")):
            if found:
                raise yaml.MarkedYAMLError(problem=sign, problem_mark=event.start_mark)
        self.depth += 1
        if self.depth > DEEPEST:
            problem = told("more than {count} mappings or lists within one another", count=DEEPEST)
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _mapping(loader, node):
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key that is no text", problem_mark=key.start_mark)
        name = loader.construct_object(key)
        if name in seen:
            raise yaml.MarkedYAMLError(problem=f"the key '{name}' a second time", problem_mark=key.start_mark)
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(folder: Path) -> Study:
    """Read and validate a study.

    Parameters
    ----------
    folder : Path
        Folder of the study; its name is the study's id.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        If the folder or its `study.yml` is missing, is no YAML, or does not describe a study, or the folder holds links
        or texts that lead out of it; every fault is named by key or place, value and expectation.
    """
    folder = Path(folder)
    file = folder / "study.yml"
    if file.is_dir():
        raise InputError(displayed(file), "a folder", "a study document", "replace it by a file")
    if not file.is_file():
        known = sorted(p.parent.name for p in folder.parent.glob("*/study.yml"))
        near = difflib.get_close_matches(folder.name, known, 1)
        raise InputError(
            displayed(file),
            "no such file",
            told("one of the studies {known}", known=", ".join(known)) if known else "a study document",
            told("use STUDY={near}", near=near[0]) if near else "name a study that has a folder with a study.yml",
        )
    check_folder(folder)
    check_texts(folder)
    document = read_document(file)
    if "id" in document:
        raise InputError(
            told("{file}: id", file=displayed(file)), repr(document["id"]), "no such key", "the folder's name is the id"
        )
    check_format(document, displayed(file))
    return validated(Study, {"id": folder.name, **document}, displayed(file))


def check_format(document, name):
    """Check that a document is of the present format.

    Parameters
    ----------
    document : dict
    name : str
        Of the file, for messages.

    Raises
    ------
    InputError
        If it is of another, in which the same words may mean something else.
    """
    form = document.get("format", 1)
    if type(form) is int and form != FORMAT:
        where = told("{file}: format", file=name)
        older = "run `python -m coordination upgrade`, which shows what it changes"
        remedy = older if form < FORMAT else "take a newer version of this program"
        raise InputError(where, str(form), str(FORMAT), remedy)


def upgraded(text):
    """Return the text of a document in the present format.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With its `format` written; comments and order stay as they are.
    """
    said = re.search(r"^format:[ \t]*(\d+)", text, re.MULTILINE)
    form = int(said[1]) if said else 1
    for step in range(form, FORMAT):
        text = UPGRADES[step](text)
    line = f"format: {max(form, FORMAT)}"
    if said:
        return re.sub(r"^format:[ \t]*\d+", line, text, count=1, flags=re.MULTILINE)
    head = re.match(r"(?:\ufeff)?(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\n)*", text).end()
    return f"{text[:head]}{line}\n{text[head:]}"


def read_document(file: Path) -> dict:
    """Read a YAML document that is a mapping of keys.

    Parameters
    ----------
    file : Path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If it is too large, no plain YAML in UTF-8, or no mapping.
    """
    size = file.stat().st_size
    if size > LARGEST_DOCUMENT:
        remedy = "keep the description only; figures belong in the panel"
        found, expected = told("{count} bytes", count=size), told("at most {count}", count=LARGEST_DOCUMENT)
        raise InputError(displayed(file), found, expected, remedy)
    try:
        document = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = told("{file}, line {line}", file=displayed(file), line=mark.line + 1) if mark else displayed(file)
        problem = getattr(error, "problem", None) or getattr(error, "reason", str(error))
        problem, remedy = problem.removeprefix("found "), "correct this line"
        if "'\\t'" in problem:
            problem, remedy = "a tab", "correct this line: use blanks"
        if isinstance(error, UnicodeDecodeError):
            problem, remedy = other_encoding(file.read_bytes(), problem), "save it again as text in UTF-8"
        raise InputError(where, problem, "plain YAML in UTF-8", remedy) from None
    if not isinstance(document, dict):
        remedy = (
            told("start from another {file}", file=file.name)
            if file.name == "study.yml"
            else "start from another document"
        )
        raise InputError(displayed(file), type(document).__name__, "a mapping of keys", remedy)
    return document


def validated(model, document, name):
    """Return a document as a model of it.

    Parameters
    ----------
    model : type of Part
    document : dict
    name : str
        Of the file, for messages.

    Returns
    -------
    Part

    Raises
    ------
    InputErrors
        With every fault by key, value and expectation.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = [fault for cause in _causes(error.errors()) for fault in _faults(cause)]
        raise InputErrors(
            InputError(told("{file}: {key}", file=name, key=key), *rest) for key, *rest in faults
        ) from None


def _causes(errors):
    """Leave out a list that is too short only because pydantic does not count its faulty items."""
    places = [e["loc"] for e in errors]
    for e in errors:
        if e["type"] == "too_short" and any(p[: len(e["loc"])] == e["loc"] and p != e["loc"] for p in places):
            continue
        yield e


def _faults(error):
    """Return key, found, expected and remedy of every fault in one of pydantic's errors."""
    own = error.get("ctx", {}).get("error")
    return [f.args for f in own.faults] if isinstance(own, Inconsistent) else [_fault(error)]


def _fault(error):
    """Return key, found, expected and remedy of one of pydantic's errors that is a single fault."""
    steps = [p for p in error["loc"] if p not in KINDS]
    place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in steps).lstrip(".") or told("the document")
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    found = repr(value) if not isinstance(value, dict | list | tuple | BaseModel) else "this combination"
    if kind == "missing":
        return place, "nothing", "a value", "add the key"
    if kind == "extra_forbidden":
        return place, found, "no such key", "correct its spelling or remove it"
    if kind == "value_error":
        return place, found, str(context["error"]), "correct the value"
    if kind == "string_pattern_mismatch":
        return place, found, _words(context["pattern"]), "correct the value"
    message = error["msg"]
    for start in ("Input should be ", "Value should have ", "String should ", "Tuple should have "):
        message = message.removeprefix(start)
    return place, found, message, "correct the value"


def _words(pattern):
    """Say what a pattern asks for."""
    if pattern == "^[a-z][a-z0-9_]*$":
        return "small letters, digits and _, beginning with a letter"
    if pattern == "^[A-Z]$":
        return "a capital letter"
    if pattern == "^[a-z0-9_-]+$":
        return "small letters, digits, _ and -"
    if _NAMED in pattern:
        return "the name of a file in the study's folder, without slashes"
    return "at most 16 letters, digits, blanks, - and _, beginning with a letter or digit"
