import json
import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest
from conftest import ROOT, contents, make, must, unlike

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


def listed(folder, *arguments, **variables):
    """Notebooks that make would run, and what it would make of them, as they would be begun; nothing is run."""
    said = must(make(folder, "-n", *(arguments or ["all"]), **variables)).stdout
    names = re.findall(r"^python -m coordination (?:run .* )?([a-z0-9-]+)(?: --study .*)?$", said, re.MULTILINE)
    return list(dict.fromkeys(names))


def planned(folder, *arguments, **variables):
    return sorted(listed(folder, *arguments, **variables))


def outputs_of(folder):
    """What was made, without the record of how long it took."""
    return {name: text for name, text in contents(folder / OUT).items() if name != "run.json"}


@contextmanager
def changed(file):
    """Change what a file says, for a while."""
    before = file.read_text(encoding="utf-8")
    if file.suffix == ".ipynb":
        made = json.loads(before)
        made["cells"][0]["source"] = "Another beginning"
        file.write_text(json.dumps(made), encoding="utf-8")
    else:
        file.write_text(f"{before}\n", encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")


def test_a_run_makes_every_notebook_and_the_rest(made):
    assert sorted(f.stem for f in (made / OUT / "notebooks").iterdir()) == ALL
    for name in ("results.json", "paper.en.pdf", "paper.zh.docx", "explorer.zh.html", "site/index.html"):
        assert (made / OUT / name).stat().st_size > 500, name


def test_the_second_run_says_that_there_is_nothing_to_do_at_once(copy):
    must(make(copy, "all"))  # the files of a copy have moved
    before = {f: f.stat().st_mtime_ns for f in copy.rglob("*")}
    start = time.monotonic()
    said = must(make(copy, "all")).stdout
    assert time.monotonic() - start < 1
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
        ("data/raw/yellow-river/published/claims.csv", ["08-robustness", "10-replication", "11-readings", *SHOWN]),
        ("data/raw/yellow-river/published/table4_coordination.csv", [*ALL[4:], *SHOWN]),
        ("data/raw/yellow-river/normalised.csv", [*ALL, *SHOWN]),
        ("data/raw/yellow-river/study.yml", [*ALL, *SHOWN]),
        ("data/processed/yellow-river/scores.csv", ["03-development", *AFTER_SCORES, *SHOWN]),
        ("paper/sections.en.typ", ["paper", "site"]),
        ("site/en/about.md", ["site"]),
        ("requirements.lock", [*ALL, *SHOWN, "reference"]),
        ("data/raw/us-states/panel.csv", []),
        ("tests/conftest.py", []),
    ],
    ids=lambda x: x if isinstance(x, str) else f"{len(x)}-steps",
)
def test_what_depends_on_a_changed_file_is_planned(copy, file, steps):
    with changed(copy / file):
        assert planned(copy) == sorted(steps)
    assert planned(copy) == []


@pytest.mark.parametrize("when", [0, 4_000_000_000], ids=["long ago", "in the future"])
def test_dates_make_no_difference(copy, when):
    files = [*(copy / "src").rglob("*.py"), *(copy / "data" / "raw").rglob("*"), *(copy / OUT).glob("*")]
    files += [*(copy / "notebooks").rglob("*"), copy / "notebooks", copy / "data" / "raw", copy / "requirements.lock"]
    before = {f: f.stat() for f in (copy / "Makefile", *files)}
    for file in before:
        os.utime(file, (when, when))
    done = must(make(copy, "all"))
    for file, was in before.items():
        os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert done.stdout == f"yellow-river: nothing to do, ./{OUT} is up to date\n"


def test_outputs_shown_in_a_saved_notebook_are_none_of_its_code(copy):
    file = copy / "notebooks" / "05-global-autocorrelation.ipynb"
    text = file.read_text(encoding="utf-8")
    made = json.loads(text)
    for cell in made["cells"]:
        cell.pop("outputs", None)
    file.write_text(json.dumps(made), encoding="utf-8")
    assert planned(copy) == []
    file.write_text(text, encoding="utf-8")


def test_a_result_changed_by_hand_is_named_and_made_again(copy):
    file = copy / OUT / "tables" / "levels.en.csv"
    before = outputs_of(copy)
    file.write_text(file.read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8")
    done = must(make(copy, f"{OUT}/results.json"))
    name = f"{OUT}/tables/levels.en.csv"
    assert done.stderr.splitlines() == [
        f"{name}: not as 04-coordination made it; made again",
        "yellow-river: 04-coordination",
    ]
    assert unlike(outputs_of(copy), before) == []
    assert planned(copy) == ["site"]  # which shows how long the notebooks took
    must(make(copy, "-t", "all"))
    assert planned(copy) == []


def test_a_result_changed_by_hand_is_kept_if_so_asked(copy):
    with changed(copy / OUT / "tables" / "levels.en.csv"):
        assert planned(copy, "all", "KEEP=1") == planned(copy, KEEP="1") == TEXTS
        assert "04-coordination" in planned(copy)
    assert planned(copy, "all", "KEEP=1") == []


def test_everything_is_made_again_when_asked_and_a_question_is_answered(copy):
    assert planned(copy, "-B", "all") == [*ALL, *sorted([*SHOWN, "reference"])]
    assert must(make(copy, "-q", "all")).stdout == ""
    with changed(copy / "paper" / "sections.en.typ"):
        assert make(copy, "-q", "all").returncode != 0


@pytest.mark.parametrize(
    "setting",
    ["LANGUAGE=zh", "PARAMETERS=year=2019", "PANEL=data/raw/us-states/panel.csv"],
)
def test_other_settings_run_everything_and_a_dry_run_changes_nothing(copy, setting):
    assert planned(copy, "all", setting) == [*ALL, *sorted(SHOWN)]
    assert planned(copy) == []


def test_who_makes_the_multiverse_is_no_reason_to_make_it_again(copy):
    assert planned(copy, "all", "SCHEDULER=tcp://host:8786") == []


@pytest.mark.parametrize(("argument", "variable"), [("tcp://a:1", ""), ("", "tcp://a:1")])
def test_a_scheduler_reaches_the_notebooks(copy, argument, variable):
    show = "--eval=show: ; @echo at $$COORDINATION_SCHEDULER"
    given = [f"SCHEDULER={argument}"] if argument else []
    assert "at tcp://a:1\n" in must(make(copy, show, "show", *given, COORDINATION_SCHEDULER=variable)).stdout


def test_what_most_waits_for_is_begun_first(copy):
    assert listed(copy, "-B", "all")[:5] == [*ALL[:4], "06-local-autocorrelation"]


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


@pytest.mark.long
def test_a_hand_over_file_that_was_lost_is_made_again_the_same(copy):
    before = outputs_of(copy)
    (copy / OUT / "tables" / "replication.csv").unlink()
    done = must(make(copy, f"{OUT}/results.json"))
    assert done.stderr.splitlines() == ["yellow-river: 10-replication"]
    assert unlike(outputs_of(copy), before) == []
    assert planned(copy) == ["site"]
    must(make(copy, "-t", "all"))
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


@pytest.mark.parametrize("target", ["help", "studies", "all"])
def test_a_folder_whose_name_is_a_command_is_not_run(copy, target):
    folder = copy / "data" / "raw" / "$(touch${IFS}x)`touch y`"
    folder.mkdir()
    (folder / "study.yml").touch()
    done = make(copy, "-n", target) if target == "all" else make(copy, target)
    shutil.rmtree(folder)
    assert [name for name in ("x", "y") if (copy / name).exists()] == []
    assert done.returncode == (2 if target == "studies" else 0)
    if target == "studies":
        assert "letters, digits, - and _, at most 64; write it with hyphens" in done.stderr


def test_what_is_given_reaches_the_command_as_it_is(copy):
    said = make(copy, "all", "PARAMETERS=year=$(touch${IFS}x)", "PANEL=it's $$(touch y).csv").stderr
    assert "error: " in said
    assert [name for name in ("x", "y", "y.csv") if (copy / name).exists()] == []


def test_a_dry_run_on_a_fresh_clone_sets_nothing_up_and_lists_the_notebooks(copy):
    kept = (copy / ".make").rename(copy / ".kept")
    said = must(make(copy, "-n", "all", "STUDY=us-states", VIRTUAL_ENV="", CONDA_PREFIX="")).stdout
    shutil.rmtree(copy / ".make", ignore_errors=True)
    kept.rename(copy / ".make")
    assert not (copy / ".venv").exists()
    assert "-m venv .venv" in said


def test_a_wrong_parameter_stops_make_and_leaves_the_outputs(copy):
    before = contents(copy / OUT)
    done = make(copy, "all", "PARAMETERS=yaer=2019")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith("error: parameter yaer: found '2019'; expected one of language, ")
    assert unlike(contents(copy / OUT), before) == []
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
    figure = ".make/figures/0123"
    (tmp_path / figure).parent.mkdir()
    (tmp_path / figure).touch()
    for target, there in (("clean", [*kept, figure]), ("clean", [*kept, figure]), ("clean-cache", kept)):
        must(make(tmp_path, target))
        left = (f.relative_to(tmp_path).as_posix() for f in tmp_path.rglob("*") if f.is_file())
        assert sorted(left) == sorted(["Makefile", *there])


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
