import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest
from conftest import ROOT, contents, make, must

from coordination.sections import OPTIONAL, SECTIONS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
]

ALL = [s.name for s in SECTIONS]
OF_CLAIMS = [s.name for s in SECTIONS if not s.degrees]  # of a study with claims, but no published degrees
AFTER_WEIGHTS = [name for name in ALL if name != "01-indicators"]
AFTER_SCORES = [name for name in ALL[3:] if name != "08-robustness"]  # which makes scores of its own
TEXTS = ["collect", "paper", "site"]  # what is made of the notebooks' results
SHOWN = [*TEXTS, "explorer"]  # with what is made of scores and degrees
OUT = "outputs/yellow-river"


@pytest.fixture(scope="module")
def copy(made, tmp_path_factory):
    """A compendium in which everything is made, to touch."""
    return shutil.copytree(made, tmp_path_factory.mktemp("make") / "compendium")


def planned(folder, *arguments, **variables):
    """Notebooks that make would run, and what it would make of them, in order of their names; nothing is run."""
    said = must(make(folder, "-n", *(arguments or ["all"]), **variables)).stdout
    return sorted(re.findall(r"-m coordination (?:run .* )?([a-z0-9-]+)(?: --study .*)?$", said, re.MULTILINE))


def outputs_of(folder):
    """What was made, without the record of how long it took."""
    return {name: text for name, text in contents(folder / OUT).items() if name != "run.json"}


@contextmanager
def touched(file):
    """Give a file the present time, for a while."""
    before = file.stat()
    os.utime(file)
    try:
        yield
    finally:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_run_makes_every_notebook_and_the_rest(made):
    assert sorted(f.stem for f in (made / OUT / "notebooks").iterdir()) == ALL
    for name in ("results.json", "paper.en.pdf", "paper.zh.docx", "explorer.zh.html", "site/index.html"):
        assert (made / OUT / name).stat().st_size > 500, name
    settings = made / "data" / "processed" / "yellow-river" / ".settings"
    assert settings.read_bytes() == b"language=en panel= \n"


def test_the_second_run_says_that_there_is_nothing_to_do_at_once(copy):
    before = {f: f.stat().st_mtime_ns for f in copy.rglob("*")}
    start = time.monotonic()
    said = must(make(copy, "all")).stdout
    assert time.monotonic() - start < 3
    assert said == f"yellow-river: nothing to do, ./{OUT} is up to date\n"
    assert {f: f.stat().st_mtime_ns for f in copy.rglob("*")} == before


@pytest.mark.parametrize(
    ("file", "steps"),
    [
        ("src/coordination/indices/weighting.py", [*AFTER_WEIGHTS, *SHOWN, "reference"]),
        ("src/coordination/dynamics/convergence.py", ["07-dynamics", "10-replication", *TEXTS, "reference"]),
        ("src/coordination/pipeline/run.py", [*ALL, *SHOWN, "reference"]),
        ("src/coordination/publishing/explorer/explorer.js", ["explorer", "site"]),
        ("src/coordination/publishing/site/build.py", ["reference", "site"]),
        ("notebooks/05-global-autocorrelation.ipynb", ["05-global-autocorrelation", "10-replication", *TEXTS]),
        ("data/lenses/rules.yml", ["09-diagnosis", *TEXTS]),
        ("data/raw/yellow-river/published/claims.csv", ["08-robustness", "10-replication", "11-readings", *TEXTS]),
        ("data/raw/yellow-river/published/table4_coordination.csv", [*ALL[4:], *TEXTS]),
        ("data/raw/yellow-river/normalised.csv", [*ALL, *SHOWN]),
        ("data/raw/yellow-river/study.yml", [*ALL, *SHOWN]),
        ("data/processed/yellow-river/scores.csv", [*AFTER_SCORES, *SHOWN]),
        ("paper/sections.en.typ", ["paper", "site"]),
        ("site/en/about.md", ["site"]),
        ("requirements.lock", [*ALL, *SHOWN, "reference"]),
        ("data/raw/us-states/panel.csv", []),
        ("tests/conftest.py", []),
    ],
    ids=lambda x: x if isinstance(x, str) else f"{len(x)}-steps",
)
def test_touching_a_file_makes_what_depends_on_it(copy, file, steps):
    with touched(copy / file):
        assert planned(copy) == sorted(steps)
    assert planned(copy) == []


@pytest.mark.parametrize(
    "setting",
    ["LANGUAGE=zh", "PARAMETERS=year=2019", "PANEL=data/raw/us-states/panel.csv"],
)
def test_other_settings_run_everything_and_a_dry_run_changes_nothing(copy, setting):
    assert planned(copy, "all", setting) == [*ALL, *sorted(SHOWN)]
    assert planned(copy) == []


def test_what_most_waits_for_is_begun_first(copy):
    must(make(copy, "-n", "all"))
    order = re.search(r"^ORDER := (.*)$", (copy / ".make" / "rules.mk").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert order.split()[:5] == [*ALL[:4], "06-local-autocorrelation"]
    assert sorted(order.split()) == ALL


def test_the_users_language_is_not_the_papers(copy):
    assert planned(copy, LANGUAGE="de_DE:de", LANG="de_DE.UTF-8") == []


def test_all_studies_are_those_that_are_not_yet_made(copy):
    assert planned(copy, "studies") == planned(copy, "all", "STUDY=us-states") == [*OF_CLAIMS, *sorted(SHOWN)]


def test_a_study_without_published_values_or_claims_has_no_replication(copy):
    claims = copy / "data" / "raw" / "us-states" / "claims.csv"
    away = claims.rename(copy / "claims.csv")
    assert planned(copy, "all", "STUDY=us-states") == [*OF_CLAIMS[:-1], *sorted(SHOWN)]
    away.rename(claims)
    assert planned(copy, "all", "STUDY=us-states") == [*OF_CLAIMS, *sorted(SHOWN)]


@pytest.mark.parametrize("left_out", [("dynamics",), OPTIONAL], ids=len)
def test_a_notebook_that_the_study_leaves_out_is_not_planned(copy, left_out):
    study = copy / "data" / "raw" / "us-states" / "study.yml"
    text = study.read_text(encoding="utf-8")
    study.write_text(f"{text}leave_out: [{', '.join(left_out)}]\n", encoding="utf-8")
    wanted = [s.name for s in SECTIONS if s.optional not in left_out and not s.degrees]
    assert planned(copy, "all", "STUDY=us-states") == [*wanted, *sorted(SHOWN)]
    study.write_text(text, encoding="utf-8")
    assert planned(copy, "all", "STUDY=us-states") == [*OF_CLAIMS, *sorted(SHOWN)]


def test_a_hand_over_file_that_was_lost_is_planned_with_what_reads_it(copy):
    file = copy / "data" / "processed" / "yellow-river" / "scores.csv"
    lost = file.rename(file.with_suffix(".lost"))
    assert planned(copy) == ["03-development", *AFTER_SCORES, *sorted(SHOWN)]
    lost.rename(file)
    assert planned(copy) == []


def test_a_hand_over_file_that_was_lost_is_made_again_the_same(copy):
    before = outputs_of(copy)
    (copy / OUT / "tables" / "replication.csv").unlink()
    done = must(make(copy, f"{OUT}/results.json"))
    assert done.stderr.splitlines() == ["yellow-river: 10-replication"]
    assert outputs_of(copy) == before
    assert planned(copy) == ["paper", "site"]
    for name in ("paper.en.pdf", "site/index.html"):
        os.utime(copy / OUT / name)
    assert planned(copy) == []


def test_an_unknown_study_is_one_readable_error(copy):
    done = make(copy, "all", "STUDY=yelow-river")
    assert done.returncode == 2
    assert re.fullmatch(
        r"Makefile:\d+: \*\*\* data/raw/yelow-river/study\.yml: found no such file; expected one of the studies "
        r"us-states yellow-river; name one with STUDY=\.  Stop\.\n",
        done.stderr,
    )
    assert not (copy / "data" / "processed" / "yelow-river").exists()


@pytest.mark.parametrize("name", ["a;b", "a:b", "a&b", "a'b", "a/b", "a(b", "a#b", "a\\b"])
@pytest.mark.parametrize("target", ["new", "check", "all"])
def test_a_name_that_is_none_is_refused_before_anything_reads_it(copy, target, name):
    done = make(copy, target, f"STUDY={name}")
    assert done.returncode == 2
    assert f"STUDY: found '{name}'; expected letters, digits, - and _; write it with hyphens" in done.stderr


def test_a_dry_run_on_a_fresh_clone_sets_nothing_up_and_lists_the_notebooks(copy):
    kept = (copy / ".make").rename(copy / ".kept")
    said = must(make(copy, "-n", "all", "STUDY=us-states", VIRTUAL_ENV="", CONDA_PREFIX="")).stdout
    shutil.rmtree(copy / ".make", ignore_errors=True)
    kept.rename(copy / ".make")
    assert not (copy / ".venv").exists()
    assert "-m venv .venv" in said


def test_a_wrong_parameter_stops_make_and_leaves_the_outputs(copy):
    before = contents(copy / OUT)
    settings = copy / "data" / "processed" / "yellow-river" / ".settings"
    kept, time_kept = settings.read_bytes(), settings.stat().st_mtime_ns
    done = make(copy, "all", "PARAMETERS=yaer=2019")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith("error: parameter yaer: found '2019'; expected one of language, ")
    assert contents(copy / OUT) == before
    settings.write_bytes(kept)
    os.utime(settings, ns=(time_kept, time_kept))
    assert planned(copy) == []


def test_check_passes_on_its_exit_code(copy):
    assert must(make(copy, "check", "STUDY=us-states")).stdout.startswith("us-states: 48 regions")
    assert must(make(copy, "check", "STUDY=us-states", "LANGUAGE=zh")).stdout.startswith("us-states：48个地区")
    done = make(copy, "check", "STUDY=nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("error: data/raw/nowhere/study.yml: found no such file")


def test_help_lists_every_documented_target_and_the_studies(copy):
    said = must(make(copy, "help")).stdout
    documented = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"^  make ([a-z-]+) ", said, re.MULTILINE) == documented
    assert {"all", "studies", "check", "test", "lint", "clean", "help"} <= set(documented)
    assert "STUDY (us-states yellow-river)" in said


def test_clean_removes_what_was_made_and_nothing_else(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = ("data/processed/README.md", "data/raw/toy/study.yml", ".venv/.complete", "notebooks/01-indicators.ipynb")
    for name in (*kept, "outputs/toy/results.json", "data/processed/toy/scores.csv", ".make/rules.mk"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    must(make(tmp_path, "clean"))
    assert sorted(contents(tmp_path)) == sorted(["Makefile", *kept])
    must(make(tmp_path, "clean"))
    assert sorted(contents(tmp_path)) == sorted(["Makefile", *kept])


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_sees_neither_what_is_made_nor_that_it_was_removed(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=Toy", "-c", "user.email=toy@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, *arguments]
        return must(subprocess.run(command, cwd=tmp_path, env=outside, capture_output=True, encoding="utf-8")).stdout

    outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = ("Makefile", ".gitignore", "data/processed/README.md")
    made = ("outputs/toy/run.json", "data/processed/toy/scores.csv", "data/processed/toy/.settings", ".make/rules.mk")
    for name in (*own, *made):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name) if name in own else (tmp_path / name).touch()
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--no-verify", "--message", "Begin")
    assert sorted(git("ls-files").split()) == sorted(own)
    must(make(tmp_path, "clean"))
    assert git("status", "--porcelain", "--ignored") == ""


def test_without_an_active_environment_one_is_set_up_from_the_hashed_lock_first(copy, tmp_path):
    python, said = tmp_path / "python", tmp_path / "said"
    copies = "mkdir -p .venv/bin && cp $0 .venv/bin/python && cp $0 .venv/bin/uv"
    script = f'#!/bin/sh\necho "$*" >> {said}\n[ "$2" = venv ] && {copies}\nexit 0\n'
    python.write_text(script, encoding="utf-8")
    python.chmod(0o755)
    must(make(copy, ".venv/.complete", f"BASE_PYTHON={python}", VIRTUAL_ENV="", CONDA_PREFIX=""))
    shutil.rmtree(copy / ".venv")
    text = said.read_text(encoding="utf-8")
    assert text.index("-m venv .venv") < text.index("--require-hashes -r requirements.lock")


def test_a_python_that_is_too_old_is_named_and_nothing_is_set_up(copy, tmp_path):
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)
    done = make(copy, ".venv/.complete", f"BASE_PYTHON={old}", VIRTUAL_ENV="", CONDA_PREFIX="")
    assert done.returncode == 2
    assert done.stderr.startswith("error: Python 3.9.2; Python 3.11 or later is needed; name one with BASE_PYTHON=\n")
    assert not (copy / ".venv").exists()
