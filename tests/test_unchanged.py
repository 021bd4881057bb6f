"""The program that says whether two states of the code make the same files."""

import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "benchmarks" / "unchanged.py"
spec = importlib.util.spec_from_file_location("unchanged", PROGRAM)
unchanged = importlib.util.module_from_spec(spec)
spec.loader.exec_module(unchanged)

RENAMES = {
    "coordination.tables": "coordination.indices.tables",
    "coordination.tables.weights": "coordination.indices.tables.weight_table",
}
FUNCTION = (
    '<article><section>\n<dl class="py function">\n<dt class="sig" id="coordination.{module}.{name}">'
    '<span class="sig-prename descclassname"><span class="pre">coordination.{module}.</span></span>'
    '<span class="sig-name descname"><span class="pre">{name}</span></span></dt>\n<dd><p>{text}</p></dd></dl>\n'
    "</section></article>"
)


def word(text):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), f"<w:p><w:t>{text}</w:t></w:p>")
    return made.getvalue()


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": "code", "source": c.splitlines(True), "outputs": []} for c in cells]})


def search(terms):
    found = {
        "docnames": ["about", "data"],
        "titles": ["About", "Data"],
        "alltitles": {},
        "titleterms": {},
        "terms": terms,
    }
    rest = {key: {} for key in ("envversion", "filenames", "indexentries", "objects", "objnames")}
    return f"Search.setIndex({json.dumps(found | rest)})"


def run_json(seconds):
    return json.dumps({"machine": {"cores": 2}, "seconds": {"01-indicators": seconds}}, indent=1) + "\n"


def files(**changed):
    origin = '<a href="api/tables.html#coordination.tables.weights">tables.weights</a>'
    made = {
        "data/processed/s/scores.csv": "region,score\nGansu,0.25\n",
        "outputs/s/results.json": json.dumps({"d.mean": {"value": 0.5, "function": "coordination.tables.weights"}}),
        "outputs/s/run.json": run_json(4.8),
        "outputs/s/notebooks/01-indicators.ipynb": notebook("from coordination import tables\n\ntables.weights(1)"),
        "outputs/s/paper.en.docx": word("Coordination rose."),
        "outputs/s/site/en/data.html": f"<p>Coordination rose &amp; fell.</p>{origin}",
        "outputs/s/site/en/searchindex.js": search({"rose": [0, 1], "tabl": 1, "gansu": 1}),
        "outputs/s/site/en/api/tables.html": FUNCTION.format(module="tables", name="weights", text="Show them."),
        "printed/check.s.txt": "nothing wrong\n",
    } | changed
    return {k: v if isinstance(v, bytes) else v.encode() for k, v in made.items() if v is not None}


def renamed(**changed):
    origin = (
        '<a href="api/indices.tables.html#coordination.indices.tables.weight_table">indices.tables.weight_table</a>'
    )
    function = "coordination.indices.tables.weight_table"
    code = "from coordination.indices import tables\n\ntables.weights(1)"
    page = FUNCTION.format(module="indices.tables", name="weight_table", text="Show them.")
    other = {
        "outputs/s/results.json": json.dumps({"d.mean": {"value": 0.5, "function": function}}),
        "outputs/s/notebooks/01-indicators.ipynb": notebook(code),
        "outputs/s/site/en/data.html": f"<p>Coordination rose &amp; fell.</p>{origin}",
        "outputs/s/site/en/searchindex.js": search({"rose": [0, 1], "tabl": 1, "indic": 1, "gansu": 1}),
        "outputs/s/site/en/api/tables.html": None,
        "outputs/s/site/en/api/indices.tables.html": page,
    }
    return files(**(other | changed))


def explained(report):
    return unchanged.told(report)[1]


def test_the_same_files_are_identical():
    report = unchanged.compare(files(), files())
    assert explained(report)
    assert len(report["identical"]) == len(files())
    assert len(report["numbers"]) == 2


def test_times_explain_a_difference_in_run_json_only():
    report = unchanged.compare(files(), files(**{"outputs/s/run.json": run_json(5.1)}))
    assert explained(report)
    assert report["times"] == ["outputs/s/run.json"]
    other = run_json(4.8).replace("01-indicators", "02-weights")
    assert not explained(unchanged.compare(files(), files(**{"outputs/s/run.json": other})))


def test_a_renamed_function_is_followed_everywhere():
    report = unchanged.compare(files(), renamed(), RENAMES)
    assert explained(report), unchanged.told(report)[0]
    assert len(report["renames"]) == 4 + 1  # the files, and the function on its new page


def test_a_function_that_is_gone_on_purpose_is_explained():
    other = files(**{"outputs/s/site/en/api/tables.html": "<article><section></section></article>"})
    assert not explained(unchanged.compare(files(), other))
    assert explained(unchanged.compare(files(), other, {"coordination.tables.weights": None}))


def test_without_the_rename_the_same_files_differ():
    report = unchanged.compare(files(), renamed())
    assert not explained(report)
    assert report["only in A"] == ["outputs/s/site/en/api: coordination.tables.weights"]


def test_a_rename_applies_to_whole_names_once():
    rename = unchanged.renamer({"coordination.a": "coordination.b", "coordination.b": "coordination.c"})
    assert rename("coordination.a.f coordination.b xcoordination.a coordination.ab") == (
        "coordination.b.f coordination.c xcoordination.a coordination.ab"
    )


def test_a_function_that_says_something_else_is_found():
    page = FUNCTION.format(module="indices.tables", name="weight_table", text="Hide them.")
    report = unchanged.compare(files(), renamed(**{"outputs/s/site/en/api/indices.tables.html": page}), RENAMES)
    assert len(report["different"]) == 1
    assert "Hide them" in report["different"][0]


def test_other_code_than_imports_is_found():
    code = "from coordination.indices import tables\n\ntables.weights(2)"
    report = unchanged.compare(files(), renamed(**{"outputs/s/notebooks/01-indicators.ipynb": notebook(code)}), RENAMES)
    assert [d.partition(":")[0] for d in report["different"]] == ["outputs/s/notebooks/01-indicators.ipynb"]


def test_a_text_changed_on_purpose_is_explained_and_one_that_is_nowhere_is_unused():
    page = files()["outputs/s/site/en/data.html"].decode().replace("rose &amp; fell", "grew &amp; shrank")
    other = files(**{"outputs/s/site/en/data.html": page, "outputs/s/paper.en.docx": word("Coordination grew.")})
    texts = [
        {"old": "rose & fell", "new": "grew & shrank", "where": "*/site/*"},
        {"old": "Coordination rose.", "new": "Coordination grew."},
        {"old": "nowhere", "new": "anywhere"},
    ]
    report = unchanged.compare(files(), other, texts=texts)
    assert explained(report), unchanged.told(report)[0]
    assert sorted(report["texts"]) == ["outputs/s/paper.en.docx", "outputs/s/site/en/data.html"]
    assert report["unused"] == ["nowhere"]
    assert not explained(unchanged.compare(files(), other, texts=texts[1:]))


def test_a_text_does_not_explain_another_date_of_a_word_file():
    def dated(year):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr(zipfile.ZipInfo("docProps/core.xml"), f"<modified>{year}</modified>")
        return {"outputs/s/paper.en.docx": made.getvalue()}

    report = unchanged.compare(files(**dated(1970)), files(**dated(2026)), texts=[{"old": "rose", "new": "grew"}])
    assert len(report["different"]) == 1
    assert "1970" in report["different"][0]


def test_a_picture_is_explained_by_the_text_beside_it():
    def figure(text, place=1):
        return {"outputs/s/figures/a.en.svg": f'<svg><!-- {text} --><path d="{place}"/></svg>'}

    picture = {"outputs/s/figures/a.en.png": b"\x89PNG\xff1"}
    other = {"outputs/s/figures/a.en.png": b"\x89PNG\xff2"}
    texts = [{"old": "Mean", "new": "Average"}]
    report = unchanged.compare(files(**figure("Mean"), **picture), files(**figure("Average", 2), **other), texts=texts)
    assert explained(report)
    assert len(report["because of text"]) == 2
    report = unchanged.compare(files(**figure("Mean"), **picture), files(**figure("Mean", 2), **other), texts=texts)
    assert len(report["different"]) == 2


def test_a_checksum_follows_its_file():
    def page(content):
        return {"outputs/s/site/en/data.html": f"<td>{unchanged.hashlib.sha256(content.encode()).hexdigest()}</td>"}

    name, old, new = "outputs/s/tables/a.en.csv", "x,Mean\n", "x,Average\n"
    texts = [{"old": "Mean", "new": "Average"}]
    other = files(**{name: new}, **page(new))
    assert explained(unchanged.compare(files(**{name: old}, **page(old)), other, texts=texts))
    assert not explained(unchanged.compare(files(**{name: old}, **page("x,Median\n")), other, texts=texts))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/processed/s/scores.csv", "region,score\nGansu,0.26\n"),
        ("outputs/s/results.json", json.dumps({"d.mean": {"value": 0.51, "function": "coordination.tables.weights"}})),
    ],
    ids=["table", "results"],
)
def test_no_text_explains_another_number(name, content):
    texts = [{"old": "0.25", "new": "0.26"}, {"old": "0.5,", "new": "0.51,"}]
    report = unchanged.compare(files(), files(**{name: content}), texts=texts)
    assert report["texts"] == [name]
    assert not explained(report)
    assert report["other numbers"][0].startswith(name)


@pytest.mark.parametrize("lacking", ["outputs/s/results.json", "outputs/s/site/en/api/tables.html"])
def test_a_missing_file_is_a_difference(lacking):
    for a, b in ((files(), files(**{lacking: None})), (files(**{lacking: None}), files())):
        report = unchanged.compare(a, b)
        assert explained(report) == (lacking.endswith("tables.html") and lacking not in a)  # a new function


def test_the_search_index_is_compared_word_by_word():
    other = files(**{"outputs/s/site/en/searchindex.js": search({"rose": [0, 1], "tabl": 1, "gansu": 0})})
    report = unchanged.compare(files(), other, RENAMES)
    assert report["different"][0].startswith("outputs/s/site/en/searchindex.js")
    glued = files(**{"outputs/s/site/en/searchindex.js": search({"rose": [0, 1], "tablesund": 1, "gansu": 1})})
    assert explained(unchanged.compare(files(), glued, RENAMES))


@pytest.mark.parametrize(("score", "code"), [("0.25", 0), ("0.26", 1)], ids=["same", "other"])
def test_the_exit_code_says_whether_all_is_explained(tmp_path, score, code):
    for folder, made in (
        ("a", files()),
        ("b", files(**{"data/processed/s/scores.csv": f"region,score\nGansu,{score}\n"})),
    ):
        for name, content in made.items():
            target = tmp_path / folder / ("" if name.startswith("printed/") else "src") / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        note = {"made_from": {"environment": "e"}, "files": unchanged.hashes(tmp_path / folder)}
        (tmp_path / folder / "hashes.json").write_text(json.dumps(note))
    command = [sys.executable, PROGRAM, "compare", tmp_path / "a", tmp_path / "b"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert f"numbers identical: {2 - code} files" in done.stdout


def test_a_worktree_is_taken_as_it_lies_there(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("made/\n")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "x").write_text("ignored")
    (tmp_path / "a.py").write_text("1")
    subprocess.run(["git", "-C", tmp_path, "add", "."], check=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", tmp_path, *author, "commit", "-qm", "Begin"], check=True)
    assert unchanged.committed("HEAD", tmp_path) == unchanged.uncommitted(tmp_path)
    (tmp_path / "a.py").write_text("2")
    (tmp_path / "new.py").write_text("3")
    found = unchanged.uncommitted(tmp_path)
    assert {k: v[0] for k, v in found.items()} == {".gitignore": b"made/\n", "a.py": b"2", "new.py": b"3"}
    assert unchanged.digest(found) != unchanged.digest(unchanged.committed("HEAD", tmp_path))


def test_what_was_made_from_the_same_files_is_not_made_again(tmp_path, monkeypatch, capsys):
    goals = []

    def run(goal, study, folder, must=False):
        goals.append(goal)
        (folder / "printed" / f"{goal}.{study}.txt").write_text("made")

    monkeypatch.setattr(unchanged, "run", run)
    source = {"Makefile": (b"all:", False), "tests/a.py": (b"1", False), "requirements.lock": (b"numpy==1\n", False)}
    unchanged.make(source, tmp_path)
    unchanged.make(source | {"tests/a.py": (b"2", False)}, tmp_path)
    assert goals == ["all", "all", "check", "check", "compare", "compare"]
    assert not (tmp_path / "src" / "tests").exists()
    unchanged.make(source | {"Makefile": (b"all: a", False)}, tmp_path)
    assert len(goals) == 12
    (tmp_path / "printed" / "check.us-states.txt").write_text("touched")
    unchanged.make(source | {"Makefile": (b"all: a", False)}, tmp_path)
    assert len(goals) == 18
    said = capsys.readouterr().out
    assert "made anew because of other source" in said
    assert "made anew because of other files there" in said


def test_the_environment_is_what_the_lock_names():
    none, one = ({"requirements.lock": (lock, False)} for lock in (b"", b"NumPy==1 \\\n    --hash=sha256:0\n"))
    assert unchanged.environment(none) != unchanged.environment(one)
