"""The house: rooms in one direction, no circles, tests beside what they test, nothing without a topic."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest
from conftest import ROOT

PACKAGE = ROOT / "src" / "coordination"
# A room imports from those before it.
ROOMS = (
    "errors", "locale", "sections", "choices", "study", "presentation", "indices", "spatial", "dynamics", "diagnosis",
    "replication", "robustness", "pipeline", "adapting", "publishing", "__main__",
)  # fmt: skip


def dotted(file):
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {dotted(f): f for f in sorted(PACKAGE.rglob("*.py"))}


def imported(name):
    """What a module imports from the package, at its top and within its functions."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "coordination":
            base = node.module.split(".")[1:]
            for alias in node.names:
                whole = ".".join([*base, alias.name])
                found.add(whole if whole in MODULES else ".".join(base))
    return found - {"", name}


@pytest.mark.parametrize("name", [m for m in MODULES if m != "__init__"])
def test_a_room_imports_only_from_those_before_it(name):
    room = name.split(".")[0]
    assert room in ROOMS
    before = ROOMS[: ROOMS.index(room)]
    assert [m for m in imported(name) if m.split(".")[0] not in (room, *before)] == []


def test_no_modules_import_one_another_in_a_circle():
    try:
        TopologicalSorter({name: imported(name) for name in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("name", [m for m in MODULES if m.split(".")[-1] in ("figures", "tables")])
def test_figures_and_tables_compute_nothing(name):
    """They lay out what the methods of their room computed."""
    room = name.split(".")[0]
    presented = {"locale", "presentation", "study", "errors"}
    methods = {m for m in imported(name) if m.split(".")[0] not in presented}
    assert {
        m for m in methods if m.split(".")[0] == room and m.split(".")[-1] not in ("fields", "figures", "tables")
    } == set()


@pytest.mark.parametrize("name", [m for m in MODULES if m.split(".")[-1] == "facts"])
def test_facts_know_no_reader(name):
    assert not {m for m in imported(name) if m.split(".")[0] in ("presentation", "locale")}


@pytest.mark.parametrize("room", sorted({m.split(".")[0] for m in MODULES if "." in m}))
def test_a_room_has_its_tests(room):
    assert list((ROOT / "tests" / room).glob("test_*.py")), f"tests/{room} has no test"


def test_a_topic_is_named_by_what_it_is_about():
    vague = {"utils", "util", "helpers", "misc", "common", "tools"}
    assert [n for n in MODULES if vague & set(n.split("."))] == []


@pytest.mark.parametrize("room", sorted(d.name for d in PACKAGE.iterdir() if (d / "facts.py").is_file()))
def test_a_room_with_facts_has_its_sentences_in_every_language(room):
    for language in (d for d in (PACKAGE / "locale").iterdir() if (d / "words.yml").is_file()):
        assert (language / f"{room}.j2").is_file()
