import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from conftest import assert_names, contents, coordination, must, surroundings
from nbformat import v4
from small import BEGIN, EXTRA, PARAMETERS, TROUBLE, compendium, notebook, outputs_of

from coordination.errors import InputError
from coordination.pipeline import execute, files, progress
from coordination.pipeline.paths import outputs
from coordination.pipeline.progress import Progress

# Parameters


@pytest.fixture
def one(tmp_path):
    def write(parameters, *cells):
        nbformat.write(notebook(*cells, parameters=parameters), tmp_path / "one.ipynb")
        return tmp_path / "one.ipynb"

    return write


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        ('study = "toy"\nyear = None  # of the map', {"study": "toy", "year": None}),
        ("k = -3\nshare = 0.5\nyears = [2019, 2020]", {"k": -3, "share": 0.5, "years": [2019, 2020]}),
    ],
    ids=["words", "numbers"],
)
def test_parameters_are_the_plain_assignments_of_the_tagged_cell(one, source, parameters):
    assert execute.parameters_of(one(source, "later = 1")) == parameters


@pytest.mark.parametrize(
    "source",
    [None, "year: int = 2019", "year = 2018 + int('1')", "import os", "year = ", "a, b = 1, 2"],
    ids=["no-cell", "annotated", "computed", "import", "broken", "unpacked"],
)
def test_a_notebook_without_plain_parameters_is_refused(one, source):
    with pytest.raises(InputError, match=r"one\.ipynb: found no such cell; expected a cell tagged 'parameters'"):
        execute.parameters_of(one(source))


def check(one, study, given):
    file = one('study = "toy"\nlanguage = "en"\nyear = None\nk = 3\nshare = 0.5\nstrict = False')
    return execute.checked(given, [file], study)


def test_parameters_take_the_type_of_their_default(one, toy_study):
    given = {"study": "toy", "language": "zh", "year": "2020", "k": "-4", "share": "0.25", "strict": "True"}
    assert check(one, toy_study, given) == {
        "study": "toy",
        "language": "zh",
        "year": 2020,
        "k": -4,
        "share": 0.25,
        "strict": True,
    }


REFUSED = [
    ("yaer", "2019", ["found '2019'", "one of k, language, share, strict, study, year"]),
    ("k", "many", ["found 'many'", "a value like 3"]),
    ("k", "3.5", ["found 3.5", "a value like 3"]),
    ("k", "True", ["found True", "a value like 3"]),
    ("strict", "1", ["found 1", "a value like False"]),
    ("share", "__import__('os')", ["__import__", "a value like 0.5"]),
    ("year", "2018", ["found 2018", "a year of the study: 2019, 2020, 2021, 2022"]),
    ("year", "2020.0", ["found 2020.0", "a year of the study"]),
    ("year", "last", ["found 'last'", "a year of the study"]),
    ("language", "fr", ["found 'fr'", "one of en, zh"]),
    ("language", "", ["found ''", "one of en, zh"]),
    ("study", "other", ["found 'other'", "--study"]),
]


@pytest.mark.parametrize(("name", "value", "parts"), REFUSED, ids=[f"{name}={value}" for name, value, _ in REFUSED])
def test_parameters_that_do_not_hold_are_refused(one, toy_study, name, value, parts):
    with pytest.raises(InputError) as caught:
        check(one, toy_study, {name: value})
    assert_names(str(caught.value), f"parameter {name}: ", *parts)


# What differs between two runs


def test_stripped_removes_what_differs_between_runs_and_nothing_else():
    made = notebook("1 + 1")
    made.metadata |= {"papermill": {"duration": 1.5}, "language_info": {"name": "python", "version": "3.12.1"}}
    made.cells[0].metadata |= {"papermill": {"status": "completed"}, "execution": {"iopub.status.busy": "now"}}
    made.cells.insert(1, v4.new_code_cell("study = 'toy'", metadata={"tags": ["injected-parameters"]}))
    made.cells[2].metadata["collapsed"] = True
    execute.stripped(made)
    assert made.metadata == {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    assert [cell.metadata for cell in made.cells] == [
        {"tags": ["parameters"]},
        {"tags": ["injected-parameters"]},
        {"collapsed": True},
    ]
    assert [cell.id for cell in made.cells] == ["parameters", "injected-parameters", "cell-0"]


# Which notebooks


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a compendium of the toy study."""
    for name in ("OUTPUT_ROOT", "STUDIES", "PANEL"):
        monkeypatch.setenv(f"COORDINATION_{name}", "")
    monkeypatch.chdir(tmp_path)
    return compendium(tmp_path)


def test_a_notebook_that_is_no_section_of_the_study_is_refused(here):
    with pytest.raises(InputError, match="notebook: found '10-replication'; expected one of 01-indicators, 02-weights"):
        execute.run("toy", ["10-replication"], {}, only=here / "notebooks")


def test_parameters_are_checked_before_anything_runs(here):
    with pytest.raises(InputError, match="parameter color"):
        execute.run("toy", [], {"color": "red"}, only=here / "notebooks")
    assert outputs_of(here) == {}


# The line of progress


LENGTHS = {"01-a": 4, "02-b": 6, "03-c": 10}
BEFORE = {"02-b": {"01-a"}, "03-c": {"01-a"}}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def line(here, monkeypatch):
    """Make a process's line of progress on a terminal, in a run of make that has just begun."""
    monkeypatch.setenv("COORDINATION_BEGUN", str(int(time.time())))
    monkeypatch.setattr(progress, "before", lambda name: BEFORE.get(name, set()))

    def make():
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", Terminal())
            return Progress("toy", LENGTHS)

    return make


def done(progress):
    progress.draw()
    return progress.bar.n


def test_the_cells_that_several_processes_finished_add_up(line):
    with line() as one, line() as other, one.of("02-b"), other.of("03-c"):
        for _ in range(3):
            one.cell()
        for _ in range(2):
            other.cell()
        for progress in (one, other):
            assert done(progress) == 4 + 3 + 2  # all of 01-a, for which what runs has waited
            assert progress.bar.desc == "toy: 02-b, 03-c"


def test_a_notebook_that_ended_counts_as_done(line):
    made = outputs("toy") / "notebooks" / "03-c.ipynb"
    with line() as progress, progress.of("02-b"):
        progress.cell()
        files.write(made, "")
        os.utime(made, (progress.begun - 60,) * 2)
        assert done(progress) == 4 + 1  # made in an earlier run
        os.utime(made, (progress.begun + 1,) * 2)
        assert done(progress) == 4 + 1 + 10
    assert done(progress) == 4 + 10


def test_what_a_killed_run_left_is_not_running(line):
    with line() as progress:
        files.write(progress.folder / "01-a", "3")
        os.utime(progress.folder / "01-a", (progress.begun - 60,) * 2)
        with progress.of("02-b"):
            assert done(progress) == 4
            assert progress.bar.desc == "toy: 02-b"


def test_a_cell_that_papermill_added_does_not_lead_beyond_the_end(line):
    with line() as progress, progress.of("03-c"):
        for _ in range(11):
            progress.cell()
        assert done(progress) == 4 + 10


def test_a_notebook_that_fails_leaves_no_note_and_the_terminal_its_line(line):
    def fail(progress):
        with progress.of("01-a"):
            assert [f.name for f in progress.folder.iterdir()] == ["01-a"]
            raise ValueError("in trouble")

    with line() as progress:
        with pytest.raises(ValueError, match="in trouble"):
            fail(progress)
        assert list(progress.folder.iterdir()) == []
    shown = progress.bar.fp.getvalue()
    assert "toy: 01-a" in shown
    assert "\n" not in shown


def test_without_a_terminal_a_notebook_that_ended_is_a_line_and_nothing_else(here, capsys):
    with Progress("toy", LENGTHS) as progress:
        for name in ("01-a", "02-b"):
            with progress.of(name):
                progress.cell()
    assert capsys.readouterr() == ("", "toy: 01-a\ntoy: 02-b\n")


# Runs: one compendium, a story of runs told in order


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Run the first notebook well, twice, then in trouble, then interrupted; keep what each left and said."""
    folder = compendium(tmp_path_factory.mktemp("story"))

    def run(*arguments):
        done = coordination("run", "--study", "toy", *arguments, cwd=folder)
        return done, outputs_of(folder)

    told = {"folder": folder}
    told["first"] = run("01-indicators", "-p", "extra=1", "-p", "year=2020")
    told["second"] = run("01-indicators", "-p", "language=zh")
    told["error"] = run("-p", "trouble=error")
    told["half-executed"] = folder / "outputs" / "toy" / "notebooks" / "01-indicators.failed.ipynb"
    told["kept"] = nbformat.read(told["half-executed"], as_version=4) if told["half-executed"].is_file() else None
    told["interrupted"] = interrupt(folder), outputs_of(folder)
    told["last"] = run("01-indicators", "-p", "language=zh")
    return told


def interrupt(folder):
    """Press Ctrl-C, which reaches the whole group of processes, while the notebook sleeps."""
    command = [sys.executable, "-m", "coordination", "run", "--study", "toy", "-p", "trouble=sleep"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    patience = time.monotonic() + 60
    while not (folder / "asleep").is_file() and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def alive(pid):
    """Whether a process runs; one that ended but was not yet asked for its exit code does not."""
    state = Path(f"/proc/{pid}/stat")
    if state.parent.parent.joinpath("self").exists():
        return state.is_file() and state.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


slow = pytest.mark.slow


@slow
def test_a_run_says_its_notebook_and_leaves_its_outputs(story):
    done, made = story["first"]
    must(done)
    assert done.stderr.splitlines()[-1] == "toy: 01-indicators"
    assert sorted(made) == [
        "data/processed/toy/normalised.csv",
        "data/processed/toy/notes/01-indicators.json",
        "data/processed/toy/variants.csv",
        "outputs/toy/notebooks/01-indicators.ipynb",
        *(f"outputs/toy/tables/levels.{e}" for e in ("csv", "en.csv", "en.html", "zh.csv", "zh.html")),
    ]


@slow
def test_a_run_notes_how_long_its_notebook_took(story):
    notes = contents(story["folder"] / ".make" / "run")
    assert list(notes) == ["toy/01-indicators.json"]
    assert 0 < json.loads(notes["toy/01-indicators.json"])["seconds"] < 120


@slow
def test_parameters_reach_the_notebook(story):
    said = [story[name][1]["outputs/toy/notebooks/01-indicators.ipynb"].decode() for name in ("first", "second")]
    assert "toy en 2020 1" in said[0]
    assert "toy zh None 0" in said[1]


@slow
def test_an_executed_notebook_holds_nothing_that_differs_between_runs(story):
    text = story["second"][1]["outputs/toy/notebooks/01-indicators.ipynb"].decode()
    made = nbformat.reads(text, as_version=4)
    assert not any(key in node.metadata for node in (made, *made.cells) for key in execute.VOLATILE)
    assert "version" not in made.metadata.language_info
    assert text.endswith("}\n")


@slow
@pytest.mark.skipif(os.name != "posix", reason="sockets in a folder are of POSIX")
def test_kernels_of_parallel_runs_cannot_be_given_the_same_port(story):
    made = nbformat.reads(story["first"][1]["outputs/toy/notebooks/01-indicators.ipynb"].decode(), as_version=4)
    assert [o.text for cell in made.cells for o in cell.outputs if o.output_type == "stream"] == ["ipc\n"]


@slow
def test_what_only_an_earlier_run_wrote_is_removed(story):
    must(story["second"][0])
    assert [name for name in story["second"][1] if "tables" in name] == []


@slow
def test_a_failing_notebook_shows_its_cell_and_its_error(story):
    done, _ = story["error"]
    assert done.returncode == 1
    *cell, last = done.stderr.splitlines()
    # the kernel counts the parameters cell and the injected one
    assert cell == ["cell [5]:", *(f"    {line}" for line in TROUBLE.splitlines())]
    assert_names(last, "error: notebook 01-indicators: found ValueError: the third cell is in trouble")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@slow
def test_a_failing_notebook_is_kept_half_executed_where_the_error_says(story):
    last = story["error"][0].stderr.splitlines()[-1]
    assert story["half-executed"].relative_to(story["folder"]).as_posix() in last
    counts = [cell.execution_count for cell in story["kept"].cells if cell.cell_type == "code"]
    assert counts[-2:] == [5, None]


@slow
@pytest.mark.parametrize("trouble", ["error", "interrupted"])
def test_earlier_outputs_are_untouched_by_trouble(story, trouble):
    assert story[trouble][1] == story["second"][1]


@slow
def test_ctrl_c_ends_with_a_line_and_the_code_for_it(story):
    done, _ = story["interrupted"]
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == "error: interrupted; earlier outputs are as they were"
    assert "Traceback" not in done.stderr


@slow
def test_ctrl_c_stops_the_kernel(story):
    pid = int((story["folder"] / "asleep").read_text(encoding="utf-8"))
    patience = time.monotonic() + 10
    while alive(pid) and time.monotonic() < patience:
        time.sleep(0.1)
    assert not alive(pid)


@slow
def test_no_staging_folder_is_left_behind(story):
    assert sorted(p.name for p in story["folder"].iterdir()) == [".make", "asleep", "data", "notebooks", "outputs"]


@slow
def test_a_run_after_trouble_gives_the_same_bytes_and_clears_the_half_executed_notebook(story):
    must(story["last"][0])
    assert story["last"][1] == story["second"][1]
    assert not story["half-executed"].exists()


@slow
@slow
@pytest.mark.parametrize("kernels", ["warm", "cold"])
def test_another_kernel_of_the_same_name_is_not_asked(here, tmp_path, monkeypatch, kernels):
    other = tmp_path / "other" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["/bin/false", "{connection_file}"], "display_name": "Python 3", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    for name, value in (("JUPYTER_PATH", tmp_path / "other"), ("JUPYTER_PREFER_ENV_PATH", "0")):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("COORDINATION_KERNELS", kernels)
    execute.run("toy", ["01-indicators"], {})
    assert (outputs("toy") / "notebooks" / "01-indicators.ipynb").is_file()


@slow
def test_a_kernel_that_does_not_start_is_one_line(here, tmp_path, monkeypatch):
    (tmp_path / "ipykernel_launcher.py").write_text("raise SystemExit(1)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("COORDINATION_KERNELS", "cold")
    with pytest.raises(InputError, match=r"notebook 01-indicators: found a kernel that did not start: .*; exp"):
        execute.run("toy", ["01-indicators"], {})


def test_save_writes_the_executed_notebook_over_the_committed_one(here, tmp_path):
    execute.run("toy", ["01-indicators"], {}, only=here / "notebooks", save_to=tmp_path / "saved")
    executed = here / "outputs" / "toy" / "notebooks" / "01-indicators.ipynb"
    assert (tmp_path / "saved" / "01-indicators.ipynb").read_bytes() == executed.read_bytes()
    cells = nbformat.read(executed, as_version=4).cells
    assert [c.source for c in cells] == [PARAMETERS, BEGIN, EXTRA, TROUBLE, "run.finish()"]


@slow
def test_a_run_leaves_the_environment_as_it_was(here, capsys):
    before = dict(os.environ)
    with pytest.raises(InputError, match="the third cell is in trouble"):
        execute.run("toy", ["01-indicators"], {"trouble": "error"}, only=here / "notebooks")
    assert dict(os.environ) == before
    assert "cell [5]" in capsys.readouterr().err


def test_a_draft_runs_what_waits_for_no_robustness_and_says_so_only_while_it_runs(monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(
        execute, "run", lambda study, names, given: seen.append((names, given, os.environ["COORDINATION_DRAFT"]))
    )
    execute.draft("yellow-river", {"language": "zh"})
    ((names, given, flag),) = seen
    assert names == [
        "01-indicators", "02-weights", "03-development", "04-coordination", "05-global-autocorrelation",
        "06-local-autocorrelation", "07-dynamics", "09-diagnosis", "11-readings",
    ]  # fmt: skip
    assert (given, flag) == ({"language": "zh"}, "1")
    assert "COORDINATION_DRAFT" not in os.environ
    assert "a first look, without robustness" in capsys.readouterr().out
