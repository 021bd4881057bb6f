import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, must, surroundings, write_study
from hypothesis import example, given
from hypothesis import strategies as st

from coordination.errors import InputError
from coordination.pipeline import kept, plan, stamp
from coordination.pipeline.paths import handover, note_file, outputs, run_note
from coordination.sections import SECTIONS, before
from coordination.study import costs

NAMES = [s.name for s in SECTIONS if not s.claims and not s.degrees]
PAPERS = ["paper.en", "paper.zh", "profiles.en", "profiles.zh"]
EVERYTHING = {*NAMES, "collect", *PAPERS, "explorer", "reference", "site"}


class Work:
    """Stands in for the processes that tasks are: writes files of plain words, fails, or keeps others waiting."""

    def __init__(self):
        self.begun, self.ended, self.fail, self.runs, self.most = [], [], set(), 0, []
        self.words = dict.fromkeys(EVERYTHING, "")

    def __call__(self, command, env, cwd, preexec_fn=None):
        assert command[:3] == [sys.executable, "-m", "coordination"]
        assert env["COORDINATION_TASK"] in (command[-1], command[3], f"{command[-3]}.{command[-1]}")
        return Process(self, env["COORDINATION_TASK"])

    def write(self, name):
        self.runs += 1
        out, said = outputs("toy"), self.words[name]
        files = {
            "collect": [out / "results.json", out / "tables.en.tex"],
            "explorer": [out / "explorer.en.html"],
            "reference": [Path(".make/reference/abc/api/x.html")],
            "site": [out / "site" / "index.html"],
            **{f"paper.{k}": [out / f"paper.{k}.pdf", out / f"abstract.{k}.txt"] for k in ("en", "zh")},
            **{f"profiles.{k}": [out / f"profiles.{k}.pdf"] for k in ("en", "zh")},
        }.get(name)
        if files is None:
            (section,) = (s for s in SECTIONS if s.name == name)
            made = [*(handover("toy", n) for n in section.writes), out / "figures" / f"{name}.en.svg"]
            note, run = note_file("toy", name), run_note("toy", name)
            files = [*made, out / "notebooks" / f"{name}.ipynb"]
            texts = {note: json.dumps({"made": [{"files": [str(f.relative_to(Path.cwd())) for f in made]}]})}
            texts[run] = str(self.runs)
        else:
            texts = {}
        for file, text in {**dict.fromkeys(files, said), **texts}.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


class Process:
    """One of them, which ends at the third look."""

    def __init__(self, work, name):
        self.work, self.name, self.looks, self.code = work, name, 0, None
        work.begun.append(name)
        running = set(work.begun) - set(work.ended)
        work.most.append(running)

    def poll(self):
        self.looks += 1
        if self.looks == 3:
            self.code = int(self.name in self.work.fail)
            self.work.ended.append(self.name)
            if not self.code:
                self.work.write(self.name)
        return self.code

    def wait(self, timeout=None):
        while self.poll() is None:
            pass
        return self.code


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Stand in a compendium of the toy study whose tasks are played."""
    write_study(tmp_path / "data" / "raw" / "toy")
    (tmp_path / "notebooks").mkdir()
    for section in SECTIONS:
        cells = [{"cell_type": "code", "source": "1", "metadata": {}, "outputs": []}]
        text = json.dumps({"cells": cells})
        (tmp_path / "notebooks" / f"{section.name}.ipynb").write_text(text, encoding="utf-8")
    for name in ("OUTPUT_ROOT", "STUDIES", "PANEL"):
        monkeypatch.setenv(f"COORDINATION_{name}", "")
    monkeypatch.setenv("COORDINATION_KERNELS", "cold")
    monkeypatch.setenv("COORDINATION_BEGUN", "1")
    monkeypatch.chdir(tmp_path)
    work = Work()
    monkeypatch.setattr(subprocess, "Popen", work)
    monkeypatch.setattr(plan.time, "sleep", lambda _: None)
    monkeypatch.setattr(plan.signal, "signal", lambda *_: None)
    return work


def made(work, *wanted, flags="-j2", parameters=(), keep=False):
    """Run what is out of date; what was begun, in order."""
    work.begun.clear()
    work.ended.clear()
    work.most.clear()
    assert plan.command(["toy"], "en", parameters, wanted, flags, keep) == int(bool(work.fail))
    return [*work.begun]


def test_everything_is_made_once_behind_what_it_reads(work, capsys):
    begun = made(work)
    assert set(begun) == EVERYTHING
    assert len(begun) == len(EVERYTHING)
    for name in NAMES:
        assert before(name) <= set(begun[: begun.index(name)])
    assert begun.index("collect") > max(begun.index(n) for n in NAMES)
    assert begun[-1] == "site"
    assert capsys.readouterr().out == f"toy: made {len(NAMES)} notebooks and the rest; see ./outputs/toy\n"
    assert made(work) == []
    assert capsys.readouterr().out == "toy: nothing to do, ./outputs/toy is up to date\n"


@pytest.mark.parametrize("keep", [False, True])
def test_what_several_studies_share_is_made_once_for_all(work, keep):
    shutil.copytree(Path("data/raw/toy"), Path("data/raw/other"))
    found = plan.Plan(["other", "toy"], "en", (), keep)
    assert [t.name for t in found.order if not t.study] == ["reference"]
    for study in ("other", "toy"):
        assert {name for of, name in found.tasks if of == study} == EVERYTHING - {"reference"}
        assert found.tasks["", "reference"] in found.before[found.tasks[study, "site"]]


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_as_many_run_at_a_time_as_is_asked_for(work, monkeypatch, jobs):
    monkeypatch.setattr(costs, "free", lambda: plan.ROOMY + 1)
    made(work, flags=f" -j{jobs}")
    assert max(map(len, work.most)) == jobs


@pytest.mark.parametrize(("free", "most"), [(0, 1), (plan.ROOMY, 1), (plan.ROOMY + 1, 4)])
def test_one_document_is_typeset_at_a_time_where_memory_is_short(work, monkeypatch, free, most):
    monkeypatch.setattr(costs, "free", lambda: free)
    made(work, flags=" -j9")
    assert max(len(running & set(PAPERS)) for running in work.most) == most


def test_what_reads_a_result_that_came_out_the_same_is_not_run(work):
    made(work)
    notebook = Path("notebooks/03-development.ipynb")
    notebook.write_text(notebook.read_text(encoding="utf-8").replace('"1"', '"2"'), encoding="utf-8")
    assert made(work) == ["03-development", "collect", "site"]
    notebook.write_text(notebook.read_text(encoding="utf-8").replace('"2"', '"3"'), encoding="utf-8")
    work.words |= {"03-development": "other scores", "04-coordination": "other degrees", "collect": "other numbers"}
    rest = made(work)
    assert rest[:2] == ["03-development", "04-coordination"]
    assert {"06-local-autocorrelation", "explorer", "paper.en", "profiles.zh"} <= set(rest)
    assert "08-robustness" not in rest


def test_a_figure_of_a_language_matters_to_its_papers_only(work):
    made(work)
    notebook = Path("notebooks/02-weights.ipynb")
    notebook.write_text(notebook.read_text(encoding="utf-8").replace('"1"', '"2"'), encoding="utf-8")
    work.words["02-weights"] = "drawn anew"
    rest = made(work)
    assert {"paper.en", "profiles.en"} <= set(rest)
    assert not {"paper.zh", "profiles.zh"} & set(rest)


@pytest.mark.parametrize(("flags", "more"), [(" -j1", set()), ("k -j1", {"explorer", "reference"})])
def test_what_waits_for_a_failure_is_not_begun_and_with_k_the_rest_is(work, flags, more):
    work.fail.add("05-global-autocorrelation")
    begun = set(made(work, flags=flags))
    assert begun >= more
    assert not begun & {"collect", "site", *PAPERS}
    work.fail.clear()
    rest = made(work)
    assert "05-global-autocorrelation" in rest
    assert begun.isdisjoint(set(rest) - {"05-global-autocorrelation"})


def test_what_failed_is_run_again_though_what_it_made_before_is_still_there(work):
    made(work)
    study = Path("data/raw/toy/study.yml")
    text = study.read_text(encoding="utf-8")
    study.write_text(f"{text}\n", encoding="utf-8")
    work.fail.add("01-indicators")
    assert "01-indicators" in made(work)
    study.write_text(text, encoding="utf-8")
    work.fail.clear()
    assert made(work) == []


def test_a_run_that_was_killed_is_taken_up_where_it_was(work, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(running):
        if "04-coordination" in work.begun:
            raise Killed
        return ended(running)

    ended = plan._ended
    monkeypatch.setattr(plan, "_ended", killed)
    with pytest.raises(Killed):
        made(work, flags=" -j1")
    before = set(work.ended) - {"04-coordination"}
    monkeypatch.setattr(plan, "_ended", ended)
    assert set(made(work)) == EVERYTHING - before


def test_a_file_changed_by_hand_is_named_and_one_that_was_lost_is_not(work, capsys):
    made(work)
    scores, figure = handover("toy", "scores"), Path("outputs/toy/figures/03-development.en.svg")
    scores.write_text("by hand", encoding="utf-8")
    figure.unlink()
    capsys.readouterr()
    assert made(work)[0] == "03-development"
    said = capsys.readouterr().err
    assert said == "data/processed/toy/scores.csv: not as 03-development made it; made again\n"
    assert scores.read_text(encoding="utf-8") == ""
    assert figure.is_file()


@pytest.mark.parametrize("name", ["notebooks/03-development.ipynb", "results.json", "paper.en.pdf", "site/index.html"])
def test_whatever_was_made_and_is_changed_by_hand_is_named_and_made_again(work, capsys, name):
    made(work)
    file = outputs("toy") / name
    earlier = file.read_bytes()
    file.write_text("by hand", encoding="utf-8")
    capsys.readouterr()
    assert made(work)
    assert f"outputs/toy/{name}: not as " in capsys.readouterr().err
    assert file.read_bytes() == earlier


AFTER_SCORES = {n for n in NAMES if "03-development" in before(n)}


def test_a_file_changed_by_hand_is_kept_if_so_asked_and_all_that_depends_on_it_knows(work, capsys):
    made(work)
    scores, name = handover("toy", "scores"), "data/processed/toy/scores.csv"
    scores.write_text("by hand", encoding="utf-8")
    capsys.readouterr()
    rest = set(made(work, keep=True))
    assert rest == {*AFTER_SCORES, "collect", *PAPERS, "explorer", "site"}
    assert scores.read_text(encoding="utf-8") == "by hand"
    assert f"{name}: not as 03-development made it; kept\n" in capsys.readouterr().err
    digests = {"made": hashlib.sha256(b"").hexdigest(), "found": hashlib.sha256(b"by hand").hexdigest()}
    for task in rest:
        assert kept.of("toy", task) == [{"file": name, "by": "03-development"} | digests]
    assert kept.of("toy", "02-weights") == kept.of("toy", "03-development") == []
    assert made(work, keep=True) == []
    said = capsys.readouterr().out
    assert said == "toy: nothing to do, ./outputs/toy is up to date but for what was changed by hand and kept\n"
    assert set(made(work)) == rest | {"03-development"}  # is made again as soon as nobody asks to keep it
    assert scores.read_text(encoding="utf-8") == ""
    assert kept.of("toy", "site") == []


def test_what_is_kept_is_kept_though_its_notebook_has_changed_and_that_is_said(work, capsys):
    made(work)
    handover("toy", "scores").write_text("by hand", encoding="utf-8")
    notebook = Path("notebooks/03-development.ipynb")
    notebook.write_text(notebook.read_text(encoding="utf-8").replace('"1"', '"2"'), encoding="utf-8")
    assert "03-development" not in made(work, keep=True, flags="B -j2")
    assert "not as 03-development made it; kept, though what that reads has changed\n" in capsys.readouterr().err


def test_of_what_is_changed_again_or_lost_nothing_is_kept(work):
    made(work)
    handover("toy", "scores").write_text("by hand", encoding="utf-8")
    made(work, keep=True)
    handover("toy", "scores").write_text("otherwise", encoding="utf-8")
    assert kept.of("toy", "site") == []  # until the next run says so
    Path("outputs/toy/figures/03-development.en.svg").unlink()
    assert "03-development" in made(work, keep=True)
    assert handover("toy", "scores").read_text(encoding="utf-8") == ""


def test_a_document_changed_by_hand_is_told_on_the_site_alone(work):
    made(work)
    (outputs("toy") / "paper.en.pdf").write_text("by hand", encoding="utf-8")
    assert made(work, keep=True) == ["site"]
    assert [entry["file"] for entry in kept.of("toy", "site")] == ["outputs/toy/paper.en.pdf"]


@pytest.mark.parametrize(
    ("count", "said"), [(0, ""), (1, "kept: a0. What"), (3, "a0, a1, a2."), (4, "a2 and others, 4")]
)
def test_what_was_kept_is_a_sentence(count, said):
    entries = [{"file": f"a{k}"} for k in range(count)]
    assert said in kept.said(entries, "en")
    assert bool(kept.said(entries, "zh")) == bool(count)


def test_always_makes_everything_and_accepting_makes_nothing(work):
    made(work)
    assert set(made(work, flags="B -j2")) == EVERYTHING
    handover("toy", "scores").write_text("by hand", encoding="utf-8")
    assert made(work, flags="t") == []
    assert made(work) == []
    assert handover("toy", "scores").read_text(encoding="utf-8") == "by hand"


def test_a_dry_run_lists_commands_and_a_question_is_answered_and_neither_writes(work, capsys):
    before = sorted(Path().rglob("*"))
    assert plan.command(["toy"], "zh", ["year=2020"], [], "n") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "python -m coordination run --study toy -p language=zh -p year=2020 01-indicators"
    assert len(lines) == len(EVERYTHING)
    assert plan.command(["toy"], "zh", [], [], "q") == 1
    assert sorted(Path().rglob("*")) == before


def test_other_parameters_run_the_notebooks_again_and_what_comes_out_the_same_stops_there(work):
    made(work)
    assert made(work, parameters=("year=2020",)) == [*made_order(NAMES, work), "collect", "site"]


def made_order(names, work):
    return [name for name in work.begun if name in names]


@pytest.mark.parametrize(
    ("wanted", "makes"),
    [
        ("02-weights", {"01-indicators", "02-weights"}),
        ("data/processed/toy/weights.csv", {"01-indicators", "02-weights"}),
        ("outputs/toy/notebooks/02-weights.ipynb", {"01-indicators", "02-weights"}),
        ("outputs/toy/explorer.en.html", {*NAMES[:4], "08-robustness", "explorer"}),
        ("paper", {*NAMES, "collect", "paper.en", "paper.zh"}),
        ("paper.zh", {*NAMES, "collect", "paper.zh"}),
        ("site", EVERYTHING),
    ],
)
def test_what_is_wanted_is_made_with_what_it_needs(work, wanted, makes):
    assert set(made(work, wanted)) == makes


@pytest.mark.parametrize("wanted", ["07", "outputs/toy/paint.svg"])
def test_what_nothing_makes_is_refused(work, wanted):
    with pytest.raises(InputError, match=r"target: found .*expected one of 01-indicators, .* or a file that one makes"):
        made(work, wanted)


def test_an_unknown_study_names_those_that_there_are(work):
    with pytest.raises(InputError, match="study: found 'tyo'; expected one of toy"):
        plan.command(["tyo"], "en", [], [], "")


# Names


@given(st.text(max_size=8))
@example("黄河-1_b")
@example("$(touch x)")
@example("")
def test_a_name_is_letters_digits_hyphens_and_underscores(name):
    if re.fullmatch(r"[\w-]+", name) and all(s in "-_" or s.isalnum() for s in name):
        assert plan.checked(name) == name
    else:
        with pytest.raises(InputError, match="letters, digits, - and _"):
            plan.checked(name)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("n", {"dry"}),
        ("nB -j3 --jobserver-auth=3,4 -- STUDY=kt", {"dry", "always"}),
        ("Bk", {"always", "keep_going"}),
        (" -j1", set()),
        ("t", {"accept"}),
        ("q", {"ask"}),
        ("STUDY=nB", set()),
        (" -- STUDY=x", set()),
        ("", set()),
    ],
)
def test_flags_of_make(flags, expected):
    asked = plan.wish(flags)
    assert {k for k in ("dry", "always", "accept", "ask", "keep_going") if getattr(asked, k)} == expected
    jobs = re.search("-j([0-9]+)", flags)
    assert asked.jobs == (int(jobs[1]) if jobs else None)


# By content


def test_a_file_is_read_again_only_if_it_moved_and_a_date_is_no_content(work, tmp_path, monkeypatch):
    record, file = plan.Record(tmp_path / "record.json"), tmp_path / "file.csv"
    file.write_text("a", encoding="utf-8")
    first = record.digest(file)
    os.utime(file, (4_000_000_000,) * 2)
    assert record.digest(file) == first
    file.write_text("b", encoding="utf-8")
    second = record.digest(file)
    assert second != first
    record.save()
    again = plan.Record(tmp_path / "record.json")
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("was read though it had not moved"))
    assert again.digest(file) == second
    file.unlink()
    assert again.digest(file) is None


def test_a_record_that_is_broken_is_none(work, tmp_path):
    (tmp_path / "record.json").write_text("{", encoding="utf-8")
    assert plan.Record(tmp_path / "record.json").tasks == {}


def quick(*arguments):
    command = [sys.executable, "-S", ROOT / "src/coordination/pipeline/stamp.py", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_the_stamp_holds_until_a_file_moves_comes_or_goes_or_the_setting_changes(work, monkeypatch):
    made(work)
    file, setting = ".make/plan/toy.stamp", "toy en "
    said = "toy: nothing to do, ./outputs/toy is up to date"
    assert stamp.unmoved(file, setting) == said
    assert stamp.unmoved(file, "toy zh ") == stamp.unmoved("nowhere", setting) == ""
    new = Path("data/raw/toy/neighbours.csv")
    new.touch()
    assert stamp.unmoved(file, setting) == ""
    assert made(work) != []
    assert stamp.unmoved(file, setting) == said
    os.utime("outputs/toy/results.json")
    assert stamp.unmoved(file, setting) == ""
    assert made(work) == []
    assert stamp.unmoved(file, setting) == said
    shutil.rmtree("outputs/toy/site")
    assert stamp.unmoved(file, setting) == ""


def test_what_would_be_made_is_said_with_the_standard_library_alone():
    # -S leaves out the installed packages, as before the environment is set up
    command = [sys.executable, "-S", "-m", "coordination", "all", "--study", "us-states", "--output-root", "nowhere"]
    environment = surroundings(MAKEFLAGS="n")
    done = must(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=60))
    assert "python -m coordination run --study us-states --output-root" in done.stdout
    assert not (ROOT / "nowhere").exists()
