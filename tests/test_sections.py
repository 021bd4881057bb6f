import ast
import re
import sys
from fnmatch import fnmatch
from importlib import import_module

import nbformat
import pytest
from conftest import ROOT

from coordination.pipeline.paths import handover
from coordination.sections import (
    COLUMNS,
    IMPORT,
    MADE_BY,
    OPTIONAL,
    OWN,
    SECTIONS,
    TABLES,
    before,
    given,
    modules,
    notebook_source,
    sections,
)

NOTEBOOKS = ROOT / "notebooks"
PACKAGE = ROOT / "src" / "coordination"

each_section = pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.name)


def first_cell(section):
    return nbformat.read(NOTEBOOKS / f"{section.name}.ipynb", as_version=4).cells[0].source


def named(text, label):
    """Files in backquotes after a label of a notebook's first cell."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"**{label}**")]
    return set(re.findall(r"`([^`]+)`", line))


def asked(section, method):
    """First arguments of the calls of a method of `run` in a notebook."""
    calls = (n for n in ast.walk(ast.parse(source(section))) if isinstance(n, ast.Call))
    found = (c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == method)
    return {c.args[0].value for c in found if c.func.value.id == "run" and isinstance(c.args[0], ast.Constant)}


def source(section):
    return notebook_source(NOTEBOOKS / f"{section.name}.ipynb")


# What a section depends on


@pytest.mark.parametrize(
    ("name", "depends", "is_free_of"),
    [
        (
            "01-indicators",
            {"indices/panel", "indices/normalisation", "pipeline/run"},
            {"indices/weighting", "indices/coupling", "spatial/autocorrelation"},
        ),
        (
            "02-weights",
            {"indices/weighting", "indices/outliers", "pipeline/run", "errors"},
            {"indices/variants", "replication/measures"},
        ),
        ("04-coordination", {"indices/coupling", "study/model"}, {"indices/weighting", "spatial/permutation"}),
        (
            "05-global-autocorrelation",
            {"spatial/autocorrelation", "spatial/neighbours", "spatial/permutation"},
            {"replication/measures", "indices/weighting"},
        ),
        ("10-replication", {"replication/scoreboard"}, {"diagnosis/obstacles", "spatial/centre"}),
    ],
    ids=["indicators", "weights", "coordination", "global", "replication"],
)
def test_a_notebook_depends_on_the_modules_it_uses_and_on_no_other(name, depends, is_free_of):
    used = {n.removesuffix(".py") for n in modules(notebook_source(NOTEBOOKS / f"{name}.ipynb"), PACKAGE)}
    assert depends <= used
    assert not is_free_of & used


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("01-indicators", "claims.csv neighbours.csv normalised.csv panel.csv regions.csv study.yml variants.csv"),
        ("04-coordination", "regions.csv study.yml"),
        ("06-local-autocorrelation", "claims.csv neighbours.csv published/table4.csv regions.csv study.yml"),
        ("09-diagnosis", "claims.csv lenses/own.yml neighbours.csv regions.csv study.yml"),
        (
            "10-replication",
            "claims.csv neighbours.csv published/claims.csv published/table4.csv regions.csv study.yml",
        ),
    ],
)
def test_files_of_a_study_that_a_section_reads(tmp_path, name, read):
    names = ("study.yml", "README.md", "make.py", "regions.csv", "neighbours.csv", "claims.csv", "paper/discussion.typ")
    for file in (*names, "panel.csv", "normalised.csv", "variants.csv", "lenses/own.yml"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "published").mkdir()
    for file in ("claims.csv", "table4.csv"):
        (tmp_path / "published" / file).touch()
    (section,) = (s for s in SECTIONS if s.name == name)
    found = [f.relative_to(tmp_path).as_posix() for f in given(section, tmp_path)]
    assert found == read.split()


def test_the_page_of_the_hand_over_files_names_each_and_its_notebook():
    text = (ROOT / "data" / "processed" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` \| `(\S+)` \|$", text, re.MULTILINE)
    made = [
        (handover("<study>", name, ".").as_posix(), section.name) for section in SECTIONS for name in section.writes
    ]
    assert rows == made
    assert len(rows) == len(COLUMNS)


# Imports


def test_modules_follows_imports_through_other_modules(tmp_path):
    (tmp_path / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "a.py").write_text("from coordination.b import x\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("def f():\n    from coordination.room import c as d\n", encoding="utf-8")
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "room" / "c.py").write_text("import numpy\nfrom coordinations import e\n", encoding="utf-8")
    (tmp_path / "room" / "d.py").write_text("from coordination import a\n", encoding="utf-8")
    (tmp_path / "e.py").write_text("", encoding="utf-8")
    used = {"__init__.py", "a.py", "b.py", "room/__init__.py", "room/c.py"}
    assert modules("from coordination import a, not_a_module", tmp_path) == used
    assert modules("from coordination.room.d import x", tmp_path) == used - {"room/c.py"} | {"room/d.py", "room/c.py"}
    assert modules("import coordinates", tmp_path) == {"__init__.py"}


def test_imports_have_the_form_that_the_rules_follow():
    sources = {str(f): f.read_text(encoding="utf-8") for f in PACKAGE.rglob("*.py")}
    sources |= {s.name: source(s) for s in SECTIONS}
    for name, text in sources.items():
        found = {(module, n) for module, names in IMPORT.findall(text) for n in re.findall(r"\w+", names)}
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{name} imports by a relative name"
                if node.module.partition(".")[0] == "coordination":
                    assert {(node.module, alias.name) for alias in node.names} <= found, name
            if isinstance(node, ast.Import):
                assert [a.name for a in node.names if a.name.startswith("coordination.")] == [], name


@pytest.mark.parametrize("name", ["sections", "pipeline/environment", "pipeline/stamp", "__init__"])
def test_what_is_asked_before_anything_is_installed_needs_the_standard_library_only(name):
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_magics_are_no_python(tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("from coordination import b"),
        nbformat.v4.new_code_cell("%matplotlib inline\nfrom coordination import a\n!ls"),
        nbformat.v4.new_code_cell("1 + 1"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    assert notebook_source(tmp_path / "n.ipynb") == "from coordination import a\n1 + 1"


# What the sections declare


def test_every_notebook_is_a_section_and_every_section_a_notebook():
    assert [s.name for s in SECTIONS] == sorted(f.stem for f in NOTEBOOKS.glob("[0-9]*.ipynb"))


def test_a_hand_over_file_has_one_writer_and_known_columns():
    written = [name for s in SECTIONS for name in s.writes]
    assert sorted(written) == sorted(COLUMNS)
    assert set(TABLES) <= set(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_hand_over_file_names_the_function_that_makes_it(name):
    module, function = MADE_BY[name].rsplit(".", 1)
    assert callable(getattr(import_module(module), function))


@each_section
def test_a_section_reads_only_what_earlier_ones_write(section):
    earlier = {name for s in SECTIONS[: SECTIONS.index(section)] for name in s.writes}
    assert set(section.reads) <= earlier


@each_section
def test_first_cell_names_what_the_section_reads(section):
    said = named(first_cell(section), "Reads")
    handed_over = {f"{name}.csv" for name in section.reads}
    assert handed_over <= said
    for name in said - handed_over:
        declared = name == "study.yml" or any(fnmatch(name, p) for p in section.raw)
        assert declared or (name.startswith("regions.") and OWN in section.raw), f"{name} is not declared"


@each_section
def test_first_cell_names_what_the_section_writes(section):
    assert named(first_cell(section), "Writes") == {f"{name}.csv" for name in section.writes}


@each_section
def test_first_cell_has_a_title_and_a_purpose(section):
    title, _, purpose, *_ = first_cell(section).splitlines()
    assert title.startswith("# ")
    assert purpose.endswith(".")


@each_section
def test_the_code_reads_and_writes_what_the_section_declares(section):
    assert asked(section, "read") == set(section.reads)
    assert asked(section, "write") == set(section.writes)
    for name in asked(section, "published"):
        assert any(fnmatch(f"published/{name}.csv", p) for p in section.raw), f"{name} is not declared"


@each_section
def test_the_code_begins_its_own_section(section):
    assert f'run = begin("{section.name}", study, language)' in source(section)


@pytest.mark.parametrize("name", ["published", "claims.csv"])
def test_the_replication_belongs_to_studies_with_published_values_or_claims(tmp_path, name):
    without = sections(tmp_path)
    (tmp_path / name).mkdir() if name == "published" else (tmp_path / name).touch()
    assert [s.name for s in sections(tmp_path) if s not in without] == ["10-replication"]
    assert [s.name for s in SECTIONS if s not in sections(tmp_path)] == ["11-readings"]


def test_readings_belong_to_studies_with_published_degrees(tmp_path):
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "table4_coordination.csv").touch()
    assert sections(tmp_path) == SECTIONS


@pytest.mark.parametrize("leave_out", [(), ("dynamics",), ("diagnosis", "robustness"), OPTIONAL], ids=len)
def test_a_study_has_all_sections_but_those_that_it_leaves_out(tmp_path, leave_out):
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "table4_coordination.csv").touch()
    left = [s.name for s in SECTIONS if s not in sections(tmp_path, leave_out)]
    assert [name.partition("-")[2] for name in left] == sorted(leave_out, key=OPTIONAL.index)


def test_what_can_be_left_out_is_needed_by_no_section_that_every_study_has():
    needed = {name for s in SECTIONS if not s.optional and not s.claims for name in s.reads}
    assert OPTIONAL == ("dynamics", "robustness", "diagnosis")
    assert [s.name for s in SECTIONS if s.optional and needed & set(s.writes)] == []


def test_a_section_waits_for_what_it_reads_and_for_what_that_reads():
    assert before("01-indicators") == before("no-section") == set()
    assert before("08-robustness") == {"01-indicators", "02-weights"}
    assert before("05-global-autocorrelation") == {s.name for s in SECTIONS[:4]}
