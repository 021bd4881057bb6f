"""What an error says can be said in every language."""

import ast
import pickle
import re
from string import Formatter

import pytest
from conftest import ROOT

from coordination.errors import LONGEST, InputError, InputErrors, Message, told
from coordination.locale import FIRST, LANGUAGES
from coordination.presentation import locale
from coordination.study.files import SEPARATORS

# What `check` reaches, and what it reads there.
MODULES = (
    "indices/panel", "indices/normalisation", "indices/weighting", "spatial/linked", "spatial/neighbours",
    "diagnosis/lenses", "pipeline/files", "pipeline/inputs", "pipeline/limits", "study/covariates", "study/document",
    "study/enclosed", "study/files",
    "study/formulas", "study/links", "study/model", "study/names", "study/outlines", "study/regions", "study/tabular",
    "study/workbooks", "indices/boundaries", "adapting/importing/layouts", "adapting/importing/mapping",
    "adapting/importing/merge", "adapting/importing/reading", "adapting/new", "replication/consistency",
    "replication/measures", "replication/register",
)  # fmt: skip
WORD = re.compile(r"[A-Za-z]{2,}")
OF_LIBRARIES = {"No columns to parse from file"}


def parts_of(tree):
    """Texts that stand in a part of an error, or in a name that becomes one, and texts with places that are filled."""
    for node in ast.walk(tree):
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if called in ("InputError", "too_many", "check_size", "refuse", "_broken", "fault"):
            for part in node.args:
                yield from leaves(part, tree, set())
        if called in ("told", "joined"):
            yield node.args[0]


def leaves(part, tree, seen):
    """Follow a part to the texts it may be: through conditions, names that it is kept under and functions."""
    further = []
    if text(part):
        yield part
    elif isinstance(part, ast.IfExp):
        further = [part.body, part.orelse]
    elif isinstance(part, ast.Starred):
        further = [part.value]
    elif isinstance(part, ast.Tuple):
        further = part.elts
    elif isinstance(part, ast.Name) and part.id not in seen:
        seen.add(part.id)
        assigned = [n for n in ast.walk(tree) if isinstance(n, ast.Assign)]
        further = [v for n in assigned for t in n.targets for name, v in pairs(t, n.value) if name == part.id]
    elif isinstance(part, ast.Call) and getattr(part.func, "id", "told") not in {"told", *seen}:
        seen.add(part.func.id)
        made = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name == part.func.id]
        further = [n.value for f in made for n in ast.walk(f) if isinstance(n, ast.Return) and n.value]
    for other in further:
        yield from leaves(other, tree, seen)


def pairs(target, value):
    """Return names and what is assigned to them."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return [(getattr(t, "id", None), v) for t, v in zip(target.elts, value.elts, strict=True)]
    return [(getattr(target, "id", None), value)]


def text(node):
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def written(module):
    return list(parts_of(ast.parse((ROOT / "src" / "coordination" / f"{module}.py").read_text(encoding="utf-8"))))


def templates():
    constants = {n.value for m in MODULES for n in written(m) if isinstance(n, ast.Constant) and WORD.search(n.value)}
    return constants | set(SEPARATORS.values())


def places(template):
    return sorted((name, form) for _, name, form, _ in Formatter().parse(template) if name is not None)


@pytest.mark.parametrize("module", MODULES)
def test_no_part_of_an_error_is_put_together_from_words(module):
    joined = [n for n in written(module) if isinstance(n, ast.JoinedStr)]
    words = {w for n in joined for v in n.values if isinstance(v, ast.Constant) for w in WORD.findall(v.value)}
    of_study = {"indicators", "subsystems", "method", "ahp", "fixed"}
    keys = {
        "indices/panel": {"row"},
        "study/model": of_study,
        "replication/consistency": {"published", "csv"},
    }  # places
    assert words - {"MB", "sha"} == keys.get(module, set())


@pytest.mark.parametrize("language", [k for k in LANGUAGES if k != FIRST])
def test_every_message_has_its_translation_with_the_same_places(language):
    ours, known = templates(), locale.errors(language)
    assert len(ours) > 200
    assert sorted(ours - set(known)) == []
    assert [t for t in known if places(t) != places(known[t])] == []


def test_no_translation_is_left_over():
    sources = "".join((ROOT / "src" / "coordination" / f"{m}.py").read_text(encoding="utf-8") for m in MODULES)
    constants = {
        n.value
        for n in ast.walk(ast.parse(sources.replace("from __future__ import annotations", "")))
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    known = {t for k in LANGUAGES for t in locale.errors(k)}
    assert known - constants - set(SEPARATORS.values()) - OF_LIBRARIES == {"{start} … ({count} characters)"}


def test_a_message_is_its_english_text_and_keeps_what_it_was_made_of():
    message = told("no row of {region} in {year}", region="north", year=2020)
    assert message == "no row of north in 2020"
    again = pickle.loads(pickle.dumps(message))
    for m in (message, again):
        assert isinstance(m, Message)
        assert (m.template, m.values) == ("no row of {region} in {year}", {"region": "north", "year": 2020})


def test_a_long_part_is_cut_and_still_known():
    long = "x" * (LONGEST + 1)
    where, found, *_ = InputError(long, told("series '{series}'", series=long), "a number", "correct it").args
    assert where == f"{'x' * (LONGEST // 2)} … ({LONGEST + 1} characters)"
    assert found == f"series '{'x' * (LONGEST // 2 - 8)} … ({LONGEST + 10} characters)"
    assert found.template == "series '{series}'"


def test_a_language_without_messages_says_them_in_english():
    assert locale.errors(FIRST) == {}


def test_more_than_five_faults_of_one_kind_are_one_line_with_their_number_and_first_places():
    rows = [InputError(f"panel.csv, row {k}", "no value", "a number", "fill it") for k in range(2, 405)]
    other = InputError("panel.csv, row 9", "'x'", "a number", "correct it")
    lines = str(InputErrors([*rows, other])).splitlines()
    assert lines == [
        "404 faults",
        "403 times, first panel.csv, row 2; panel.csv, row 3; panel.csv, row 4: found no value; "
        "expected a number; fill it",
        "panel.csv, row 9: found 'x'; expected a number; correct it",
    ]
    assert len(str(InputErrors(rows[:5])).splitlines()) == 6


def test_a_line_of_many_faults_says_nothing_false_of_the_others():
    years = [InputError(f"row {k}", f"year '{k % 3 + 80}'", "a year", "four digits") for k in range(9)]
    assert "9 times, first row 0; row 1; row 2: found year '80', year '81', year '82';" in str(InputErrors(years))
    near = [InputError(f"row {k}", f"region '{k}'", "a region", f"is it '{k}k'?") for k in range(9)]
    said = "9 times, first row 0; row 1; row 2: found region '0', region '1', region '2'; expected a region; "
    assert f"{said}is it '0k'?, is it '1k'?, is it '2k'?" in str(InputErrors(near))
    other = [*near, InputError("row 9", "region '9'", "a region", "remove the row")]
    assert len(str(InputErrors(other)).splitlines()) == 3
