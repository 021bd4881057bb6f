import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.pipeline import lineage
from coordination.pipeline.lineage import Lineage, Notebook


def book(*cells):
    made = [{"cell_type": "code", "execution_count": k, "source": s} for k, s in enumerate(cells, 1)]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# no code: x = 1"}, *made]})


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study that starts from a released panel and brings polygons, without spatial weights of its own."""
    monkeypatch.setattr(lineage, "raw", lambda name: tmp_path / name)
    monkeypatch.setattr(lineage, "panel_file", lambda study: None)
    monkeypatch.setattr(lineage, "variants_file", lambda study: tmp_path / "variants.csv")
    (tmp_path / "x" / "published").mkdir(parents=True)
    (tmp_path / "x" / "published" / "table4.csv").touch()
    return SimpleNamespace(
        id="x",
        panel=SimpleNamespace(released="normalised.csv", changes=None),
        regions=SimpleNamespace(file="regions.csv", polygons="regions.geojson"),
        spatial_weights=SimpleNamespace(file=None),
        drivers=None,
    )


FIRST = book(
    "from coordination.indices import weighting\nfrom coordination.pipeline.run import begin",
    "start = run.read_start()\nunused = run.polygons()",
    "scores = run.write('scores', weighting.scores(start, run.study))",
)
SECOND = book(
    "from coordination.indices import coupling, weighting",
    "scores = run.read('scores')\nprinted = run.published('table4')",
    "made = coupling.coordinate(scores)",
    "other = printed.mean()",
    "run.note(Note('D', made, ['year'], 'd'), Note('printed', other), Note(f'D.{x}.mean', made.mean()))",
    "run.note(Note('score', scores, ['year'], 'score'))",
    "run.say(facts.found, other, of='printed')\nrun.say(facts.found, made, of='data')",
    "run.table('levels', tables.levels, made)",
)


@pytest.fixture
def traced(study):
    return Lineage(study, {"01": FIRST, "02": SECOND}, {"scores": "01"})


def test_a_number_leads_to_the_cell_that_called_its_function_and_to_the_files_it_used(traced):
    origin = traced.number("D.2013", "02", 5, "coordination.indices.coupling.coordinate")
    assert (origin.notebook, origin.cell) == ("02", 3)
    assert origin.cells == (("01", 1), ("01", 2), ("01", 3), ("02", 1), ("02", 2), ("02", 3), ("02", 5))
    assert origin.inputs == ("normalised.csv", "study.yml")  # neither polygons nor what was published
    assert origin.handed == ("scores.csv",)


def test_what_a_notebook_only_passes_on_leads_to_the_notebook_that_computed_it(traced):
    origin = traced.number("score.2013", "02", 6, "coordination.indices.weighting.scores")
    assert (origin.notebook, origin.cell) == ("01", 3)


def test_without_a_call_of_its_function_the_cell_that_bound_its_variable_counts(traced):
    origin = traced.number("printed", "02", 5, "coordination.indices.nothing.there")
    assert (origin.notebook, origin.cell) == ("02", 4)
    assert origin.inputs == ("published/table4.csv",)


def test_of_several_notes_the_longest_key_counts_and_a_sentence_is_told_by_what_it_speaks_of(traced):
    second = traced.notebooks["02"]
    assert [what[0].id for _, what in second.noted("D.2013")] == ["made"]
    assert [type(what[0]).__name__ for _, what in second.noted("D.south.mean")] == ["Call"]
    assert traced.number("sentence.found.printed", "02", 7).inputs == ("published/table4.csv",)
    assert traced.number("sentence.found.data", "02", 7).inputs == ("normalised.csv", "study.yml")


def test_a_table_is_traced_by_what_it_shows(traced):
    assert traced.shown("table", "levels", "02", 8).inputs == ("normalised.csv", "study.yml")


def test_what_a_notebook_reads_and_writes_as_a_whole(traced):
    assert traced.whole("01") == {
        "inputs": ["normalised.csv", "regions.geojson", "study.yml"],
        "handed": [],
        "writes": ["scores.csv"],
    }
    assert traced.whole("02")["handed"] == ["scores.csv"]


@pytest.mark.parametrize(
    "source",
    [
        "a = f()\na.loc[0] = g()\nb = a",
        "a = f()\na.append(g())\nb = a",
        "a = f()\na += g()\nb = a",
        "a = f()\nif c:\n    a = g()\nb = a",
        "a = f()\nfor c in d:\n    a = g()\nb = a",
        "a = f()\nfor k, own in enumerate(g()):\n    a.update({k: own})\nb = a",
        "with g() as e:\n    a = e, f()\nb = [x for x in a]",
    ],
)
def test_what_is_changed_in_place_or_under_a_condition_depends_on_both(source):
    read = Notebook("x", book(source))
    called = "".join(
        call.func.id
        for k in read.behind(["b"], len(read.statements))
        for call in lineage.ast.walk(read.statements[k].tree)
        if isinstance(call, lineage.ast.Call) and hasattr(call.func, "id")
    )
    assert {"f", "g"} <= set(called)


def test_what_is_bound_anew_does_not_depend_on_what_was_there():
    read = Notebook("x", book("a = f()", "a = g()", "b = a"))
    assert {read.statements[k].cell for k in read.behind(["b"], 3)} == {2, 3}


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.lists(st.sampled_from("abcde"), max_size=3)), max_size=12))
def test_slices_hold_just_what_changes_a_value(program):
    """Of straight lines of sums, a statement is in the slice if and only if changing it can change the value."""
    cells = [f"{target} = {' + '.join(['1', *used])}" for target, used in program]
    read = Notebook("x", book(*cells))
    found = read.behind(["a"], len(cells))

    def value(changed=None):
        space = dict.fromkeys("abcde", 0)
        for k, (target, used) in enumerate(program):
            space[target] = (100**k if k == changed else 1) + sum(space[u] for u in used)
        return space["a"]

    later = {k for k in range(1, len(cells)) if value(k) != value()}
    assert found - {0} == later
