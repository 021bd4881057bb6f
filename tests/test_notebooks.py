import ast
import json
import os

import nbformat
import pytest
from conftest import ROOT

from coordination.pipeline import execute
from coordination.sections import SECTIONS

LONGEST = 25  # lines of a code cell

each_notebook = pytest.mark.parametrize("name", [s.name for s in SECTIONS])


def file(name):
    return ROOT / "notebooks" / f"{name}.ipynb"


def notebook(name):
    return nbformat.read(file(name), as_version=4)


def code(name):
    return [cell for cell in notebook(name).cells if cell.cell_type == "code"]


@each_notebook
def test_notebook_is_valid_and_written_the_way_a_run_writes_it(name):
    made = notebook(name)
    nbformat.validate(made)
    same = file(name).read_text(encoding="utf-8") == nbformat.writes(made) + "\n"
    assert same


@each_notebook
def test_parameters_stand_in_the_first_code_cell_as_plain_literals(name):
    tagged = [cell for cell in notebook(name).cells if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == code(name)[:1]
    parameters = execute.parameters_of(file(name))
    assert list(parameters)[:2] == ["study", "language"]
    assert (parameters["study"], parameters["language"]) == ("yellow-river", "en")


@each_notebook
def test_notebook_is_thin(name):
    for cell in code(name):
        kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
        assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.Try}, (
            cell.id
        )
        assert len(cell.source.splitlines()) <= LONGEST, cell.id


@each_notebook
def test_no_line_ends_in_a_semicolon_or_holds_a_magic(name):
    lines = [line.strip() for cell in code(name) for line in cell.source.splitlines()]
    assert [line for line in lines if line.endswith(";") or line.startswith(("%", "!"))] == []


@each_notebook
def test_prose_comes_before_results(name):
    cells = notebook(name).cells
    assert [cell.cell_type for cell in cells[:3]] == ["markdown", "code", "code"]
    runs_of_code = "".join(cell.cell_type[0] for cell in cells).split("m")
    assert max(map(len, runs_of_code)) <= 3


@each_notebook
def test_notebook_ends_with_the_check_of_its_outputs(name):
    assert notebook(name).cells[-1].source == "run.finish()"


@each_notebook
def test_cells_have_stable_ids(name):
    cells = notebook(name).cells
    assert [cell.id for cell in cells] == [f"{name[:2]}-{k:02d}" for k in range(len(cells))]


@each_notebook
def test_notebook_is_saved_with_outputs_in_the_order_of_execution(name):
    cells = code(name)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert cells[-1].outputs[0].output_type == "execute_result"
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"display_data", "execute_result"}, "an error, a warning or a print was saved"


@each_notebook
def test_nothing_that_differs_between_runs_or_machines_is_saved(name):
    made = notebook(name)
    assert not any(key in node.metadata for node in (made, *made.cells) for key in execute.VOLATILE)
    assert "version" not in made.metadata.language_info
    outputs = json.dumps([cell.outputs for cell in code(name)])
    assert str(ROOT) not in outputs
    assert os.path.expanduser("~") + "/" not in outputs
