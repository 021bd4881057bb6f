"""What killed runs leave behind, and who ends with whom."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import ROOT

from coordination import __main__ as command_line
from coordination.pipeline import limits, scratch

pytestmark = pytest.mark.skipif(os.name != "posix", reason="folders are locked, and processes ended, otherwise there")

AT_WORK = (
    "import sys, time; from pathlib import Path; from coordination.pipeline import scratch\n"
    "with scratch.folder(sys.argv[1], sys.argv[2] or None) as folder:\n"
    "    (folder / 'half').write_text('half'); print(folder, flush=True); time.sleep(600)"
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Stand in an output root, with a temporary folder of its own."""
    for name in ("outputs/toy", ".make/reference", "data/raw", "temporary"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def begun(prefix, folder):
    process = subprocess.Popen([sys.executable, "-c", AT_WORK, prefix, str(folder)], stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


def ended(pid):
    """Wait until no process of a number runs."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("prefix", "where"),
    [
        (".staging-", "."),
        (".site-", "outputs/toy"),
        (".new-", ".make/reference"),
        (".new-", "data/raw"),
        (scratch.PREFIX, "temporary"),
    ],
)
def test_what_a_killed_run_left_is_removed_and_what_a_living_one_works_in_stays(place, prefix, where):
    killed, left = begun(prefix, place / where)
    alive, used = begun(prefix, place / where)
    killed.kill()
    killed.wait()
    try:
        assert left.is_dir()
        assert scratch.sweep(place) == [left]
        assert (used / "half").read_text() == "half"
    finally:
        alive.kill()
        alive.wait()
    assert scratch.sweep(place) == [used]


WRITING = (
    "import sys, time; from pathlib import Path; from coordination.pipeline import scratch\n"
    "Path.replace = lambda *_: (print('written', flush=True), time.sleep(600))\n"
    "scratch.write(sys.argv[1], 'half')"
)


@pytest.mark.parametrize("where", ["outputs/a", "outputs/a/notebooks", "data/processed/a", "data/raw/a", ".make/plan"])
def test_a_file_that_a_killed_run_was_writing_is_removed_and_that_of_a_living_one_stays(place, where):
    file, pipe = place / where / "own.csv", {"stdout": subprocess.PIPE, "text": True}
    killed, alive = (subprocess.Popen([sys.executable, "-c", WRITING, str(file)], **pipe) for _ in range(2))
    try:
        for process in (killed, alive):
            assert process.stdout.readline() == "written\n"
        others = place / where / f".{file.name}.mine"
        others.write_text("of somebody else", encoding="utf-8")
        killed.kill()
        killed.wait()
        assert scratch.sweep(place) == []  # somebody may be about to lock what is so new
        left = sorted(set(place.rglob(".own.csv.*")) - {others})
        assert len(left) == 2
        for one in left:
            os.utime(one, (time.time() - 60,) * 2)
        (gone,) = scratch.sweep(place)
        assert gone in left
        assert sorted(place.rglob(".own.csv.*")) == sorted({*left, others} - {gone})
        assert not file.exists()
    finally:
        alive.kill()
        alive.wait()
    assert len(scratch.sweep(place)) == 1


def test_a_file_is_written_whole_and_nothing_beside_it_is_left(place):
    file = place / "deep" / "own.txt"
    scratch.write(file, "one")
    scratch.write(file, b"two")
    assert file.read_bytes() == b"two"
    assert file.stat().st_mode & 0o777 == 0o644
    with pytest.raises(TypeError):
        scratch.write(file, 3)
    assert [f.name for f in file.parent.iterdir()] == ["own.txt"]
    assert file.read_bytes() == b"two"


def test_a_link_is_not_followed(place):
    kept = place / "kept"
    kept.mkdir()
    (place / ".staging-x").symlink_to(kept)
    assert scratch.sweep(place) == []
    assert kept.is_dir()


def test_make_clean_removes_what_killed_runs_left_alone(place):
    killed, left = begun(".staging-", place)
    alive, used = begun(".staging-", place)
    killed.kill()
    killed.wait()
    script = ROOT / "src" / "coordination" / "pipeline" / "scratch.py"
    try:
        subprocess.run([sys.executable, "-S", str(script), str(place)], check=True)
        assert not left.exists()
        assert used.is_dir()
    finally:
        alive.kill()
        alive.wait()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_is_one_line_and_an_exit_code_and_nothing_is_left(place, number, code):
    script = (
        "import signal, sys, time; from coordination import __main__ as c; from coordination.pipeline import scratch\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def work(options):\n"
        f"    with scratch.folder('.staging-', {str(place)!r}):\n"
        "        print('begun', flush=True); time.sleep(600)\n"
        "work.__name__ = '_check'; c._check = work\n"
        "sys.exit(c.main(['check']))"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", script], **pipes)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (code, "error: interrupted; earlier outputs are as they were\n")
    assert not list(place.glob(".staging-*"))


def test_the_command_line_leaves_the_signals_of_who_calls_it(monkeypatch):
    earlier = signal.getsignal(signal.SIGTERM)

    def check(options):
        return 0

    monkeypatch.setattr(command_line, "_check", check)
    assert command_line.main(["check"]) == 0
    assert signal.getsignal(signal.SIGTERM) is earlier


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such signal")
def test_a_process_ends_with_its_parent_however_that_ends():
    script = (
        "import subprocess, sys, time; from coordination.pipeline import limits\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], **limits.ends_with_this())\n"
        "print(p.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert not ended_now(child)
    parent.kill()
    parent.wait()
    assert ended(child)


def ended_now(pid):
    """Return whether no process of a number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_command_for_sphinx_and_for_cold_tasks_is_bound():
    assert set(limits.ends_with_this()) == ({"preexec_fn"} if sys.platform.startswith("linux") else set())
