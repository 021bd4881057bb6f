import errno
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import pytest
from conftest import ROOT, assert_names, contents, coordination, must, replace_once, surroundings, write_study

from coordination.__main__ import main
from coordination.adapting.checks import check
from coordination.sections import SECTIONS

PARAMETERS = {
    "cell_type": "code",
    "id": "parameters",
    "metadata": {"tags": ["parameters"]},
    "execution_count": None,
    "outputs": [],
    "source": 'study = "toy"',
}
COMMANDS = (
    "new",
    "import",
    "check",
    "compare",
    "consistency",
    "run",
    "collect",
    "explorer",
    "release",
    "all",
    "studies",
)


@pytest.fixture
def compendium(tmp_path):
    write_study(tmp_path / "data" / "raw" / "toy")
    (tmp_path / "notebooks").mkdir()
    return tmp_path


@pytest.fixture
def study(compendium):
    return compendium / "data" / "raw" / "toy"


@pytest.fixture
def command(compendium, monkeypatch, capsys):
    """Run a command in this process, in the toy compendium; return its exit code and what it said."""
    for name in ("OUTPUT_ROOT", "STUDIES", "PANEL"):
        monkeypatch.setenv(f"COORDINATION_{name}", "")
    monkeypatch.chdir(compendium)

    def run(*arguments):
        code = main([*map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


# In a process of its own


def test_help_names_every_command():
    done = must(coordination("--help"))
    assert_names(done.stdout, *COMMANDS)
    assert done.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_names_the_shared_options(name):
    assert_names(must(coordination(name, "--help")).stdout, "--study", "--output-root", "--studies", "--panel")


def test_check_says_what_a_study_has(compendium):
    done = must(coordination("check", "--study", "toy", cwd=compendium))
    assert done.stdout.startswith(
        "toy: 5 regions, 4 years, 4 indicators; data/raw/toy/panel.csv: 100 rows used, 0 of other regions and "
        "0 of other years passed over, 0 of 80 values filled\n"
    )
    assert done.stdout.endswith("report: outputs/toy/check.html\nmay change results: zero\nworth a glance: regions\n")
    assert done.stderr == ""


@pytest.mark.parametrize("name", sorted(p.parent.name for p in ROOT.glob("data/raw/*/study.yml")))
def test_the_compendiums_studies_hold(name):
    assert must(coordination("check", "--study", name)).stdout.startswith(f"{name}: ")


def test_faults_go_to_standard_error_a_line_each_with_exit_code_1(compendium, study):
    replace_once(study / "regions.csv", "Ash,梣,south,10.5", "Ash,梣,east,10.5")
    replace_once(study / "regions.csv", "Fir,冷杉,south,12.0", "Fir,冷杉,south,212")
    done = coordination("check", "--study", "toy", cwd=compendium)
    assert (done.returncode, done.stdout) == (1, "")
    head, *faults = done.stderr.splitlines()
    assert head == "error: 2 faults"
    assert [f.split(": ")[0] for f in sorted(faults)] == [f"data/raw/toy/regions.csv, row {n}" for n in (4, 5)]


@pytest.mark.parametrize("arguments", [[], ["paint"], ["check", "--colour", "red"]], ids=["none", "unknown", "option"])
def test_a_command_that_is_none_is_explained(arguments):
    done = coordination(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: coordination")


# In this process


def test_release_writes_the_normalised_panel_and_its_note(command, study, compendium):
    replace_once(study / "study.yml", "  file: panel.csv\n", "  file: panel.csv\n  released: normalised.csv\n")
    raw = study / "panel.csv"
    raw.write_text(raw.read_text(encoding="utf-8") + "Yew,2019,ports,1\nOak,2030,ports,1\n", encoding="utf-8")
    code, out, _ = command("release", "--study", "toy")
    assert code == 0
    text = (study / "normalised.csv").read_bytes()
    note = json.loads((study / "normalised.json").read_text(encoding="utf-8"))
    assert out == f"data/raw/toy/normalised.csv: {hashlib.sha256(text).hexdigest()}\n"
    assert note == {
        "file": "normalised.csv",
        "sha256": hashlib.sha256(text).hexdigest(),
        "made_from": {
            "sha256": hashlib.sha256(raw.read_bytes()).hexdigest(),
            "rows_used": 100,
            "rows_passed_over": 2,
        },
        "withheld": None,
    }
    lines = text.decode().splitlines()
    assert lines[0] == "region,year,indicator,value,filled"
    assert len(lines) == 1 + 5 * 4 * 4


def test_a_release_from_a_folder_is_that_from_one_file_with_its_variants(command, study, compendium, monkeypatch):
    replace_once(study / "study.yml", "  file: panel.csv\n", "  file: panel.csv\n  released: normalised.csv\n")
    replace_once(study / "study.yml", "formula: ports}", "formula: ports, breaks: [{year: 2021, why: prices}]}")
    assert command("release", "--study", "toy")[0] == 0
    released = {n: (study / n).read_bytes() for n in ("normalised.csv", "variants.csv")}
    head, *lines = (study / "panel.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    folder = compendium / "parts"
    folder.mkdir()
    (folder / "a.csv").write_text(head + "".join(lines[:60]), encoding="utf-8")
    (folder / "b.csv").write_text(head + "".join(lines[50:]), encoding="utf-8")
    assert command("release", "--study", "toy", "--panel", folder)[0] == 0
    assert {n: (study / n).read_bytes() for n in released} == released
    note = json.loads((study / "normalised.json").read_text(encoding="utf-8"))
    assert set(note["made_from"]["files"]) == {"a.csv", "b.csv"}
    assert note["variants"]["sha256"] == hashlib.sha256(released["variants.csv"]).hexdigest()
    monkeypatch.setenv("COORDINATION_PANEL", "")
    (study / "panel.csv").unlink()
    code, out, _ = command("check", "--study", "toy")
    assert (code, "starts from the released panel" in out) == (0, True)
    (study / "variants.csv").write_bytes(released["variants.csv"] + b"x")
    code, out, err = command("check", "--study", "toy")
    assert code == 1
    assert "variants.csv" in out + err


def test_a_study_starts_from_what_was_released(command, study):
    replace_once(study / "study.yml", "  file: panel.csv\n", "  file: panel.csv\n  released: normalised.csv\n")
    assert command("release", "--study", "toy")[0] == 0
    (study / "panel.csv").unlink()
    code, out, _ = command("check", "--study", "toy")
    assert code == 0
    assert "starts from the released panel normalised.csv\n" in out


@pytest.mark.parametrize("lacks", ["raw", "released"])
def test_release_needs_a_raw_panel_and_a_name(command, study, lacks):
    if lacks == "raw":
        replace_once(study / "study.yml", "  file: panel.csv\n", "  file: panel.csv\n  released: normalised.csv\n")
        assert command("release", "--study", "toy")[0] == 0
        (study / "panel.csv").unlink()
    before = {f.name: f.read_bytes() for f in study.iterdir()}
    code, out, err = command("release", "--study", "toy")
    assert (code, out) == (1, "")
    assert_names(err, "error: study toy: found ", "--panel")
    assert {f.name: f.read_bytes() for f in study.iterdir()} == before


def test_panel_given_is_used_instead_of_the_studys(command, compendium, study):
    (study / "panel.csv").rename(compendium / "mine.csv")
    code, out, _ = command("check", "--study", "toy", "--panel", "mine.csv")
    assert code == 0
    assert "mine.csv: 100 rows used" in out


def test_studies_may_live_elsewhere(command, compendium, study):
    study.parent.rename(compendium / "mine")
    study.parent.mkdir()
    code, out, _ = command("check", "--study", "toy", "--studies", "mine")
    assert code == 0
    assert out.startswith("toy: 5 regions")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["check", "--study", "tyo"], ["data/raw/tyo/study.yml: found no such file", "use STUDY=toy"]),
        (["check", "--study", "../raw"], ["study: found '../raw'", "use its name only"]),
        (["check", "--study", "toy", "--panel", "lost.csv"], ["lost.csv: found no such file", "a raw panel"]),
        (["run", "--study", "toy", "-p", "year"], ["parameter: found 'year'", "NAME=VALUE"]),
        (["run", "--study", "toy", "07-maps"], ["notebook: found '07-maps'", "one of 01-indicators"]),
        (["run", "--study", "toy"], ["notebooks/01-indicators.ipynb: found No such file", "permissions"]),
        (["collect", "--study", "toy"], ["01-indicators.json: found no such file", "run that notebook first"]),
        (["all", "--study", "toy"], ["notebooks/01-indicators.ipynb: found No such file"]),
        (["all", "--study", "$(touch x)"], ["study: found '$(touch x)'", "letters, digits, - and _"]),
    ],
    ids=["misspelt", "path", "panel", "parameter", "unknown-notebook", "lost-notebook", "collect-first", "all", "name"],
)
def test_an_error_is_one_line_that_says_what_to_do(command, compendium, arguments, parts):
    before = sorted(p for p in compendium.rglob("*") if p.is_file())
    code, out, err = command(*arguments)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert_names(err, *parts)
    assert sorted(p for p in compendium.rglob("*") if p.is_file()) == before


def test_outside_a_compendium_an_error_says_so(command, compendium):
    (compendium / "notebooks").rmdir()
    code, _, err = command("check", "--study", "toy")
    assert code == 1
    assert_names(err, "no compendium", "notebooks/ and data/raw/")


def test_an_output_root_that_is_a_file_is_one_line_of_error(command, compendium):
    for name in (s.name for s in SECTIONS):
        empty = {"cells": [PARAMETERS], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (compendium / "notebooks" / f"{name}.ipynb").write_text(json.dumps(empty), encoding="utf-8")
    (compendium / "file").write_text("", encoding="utf-8")
    code, _, err = command("run", "--study", "toy", "--output-root", "file")
    assert code == 1
    assert err == "error: file: found File exists; expected a file or folder that can be read and written; " + (
        "correct its name or permissions\n"
    )


EDGES = {
    errno.ENOSPC: "expected room on the disk; make room or name another place with OUTPUT_ROOT",
    errno.EDQUOT: "expected room on the disk; make room or name another place with OUTPUT_ROOT",
    errno.EROFS: "expected a folder that can be written to; name one with OUTPUT_ROOT",
}


@pytest.mark.parametrize(("number", "said"), EDGES.items())
def test_a_disk_that_takes_no_more_is_one_line_with_its_remedy(command, study, monkeypatch, number, said):
    def full(*_, **__):
        raise OSError(number, os.strerror(number), "outputs/toy/check.html")

    monkeypatch.setattr(check, "command", full)
    before = contents(study)
    code, _, err = command("check", "--study", "toy")
    assert code == 1
    assert err.count("\n") == 1
    assert_names(err, "error: outputs/toy/check.html: found ", os.strerror(number), said)
    assert contents(study) == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_a_full_disk_under_standard_output_is_one_line(study):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "coordination", "check", "--study", "toy", "--studies", study.parent],
            cwd=study.parents[2],
            env=surroundings(),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=120,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


# What nobody has foreseen


def test_an_error_that_nobody_has_foreseen_is_one_line_with_the_file_and_where_the_details_lie(
    command, study, monkeypatch
):
    def odd(*_, **__):
        raise ZeroDivisionError("at\nonce\x1b[31m")

    monkeypatch.setattr(check.panel, "validate", odd)
    code, _, err = command("check", "--study", "toy")
    assert code == 1
    assert err.startswith("error: data/raw/toy/panel.csv: found ZeroDivisionError: at once?[31m; expected nothing of ")
    assert err.count("\n") == 1
    (log,) = (study.parents[2] / ".make" / "errors").iterdir()
    assert err.endswith(f"; the details are in .make/errors/{log.name}\n")
    said = log.read_text(encoding="utf-8")
    assert said.startswith("Traceback")
    assert "test_main.py" in said


def test_where_the_outputs_cannot_be_written_the_details_lie_in_the_temporary_folder(command, compendium, monkeypatch):
    def odd(*_, **__):
        raise MemoryError

    monkeypatch.setattr(check, "command", odd)
    (compendium / ".make").write_text("", encoding="utf-8")
    code, _, err = command("check", "--study", "toy")
    assert code == 1
    assert_names(err, "study toy: found MemoryError", "enough memory", tempfile.gettempdir())
    assert err.count("\n") == 1
