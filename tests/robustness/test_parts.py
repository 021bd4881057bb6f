"""Parts of a long computation: the same result here, in processes and on a cluster, and nothing left behind."""

import os
import pickle
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from textwrap import dedent

import numpy as np
import psutil
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from yellow import FILLED, REGIONS, REGISTER, VALUES, YELLOW

from coordination.errors import InputError
from coordination.robustness import multiverse, parts, wide

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}


def paired(a, b):
    return f"({a}{b})"


@given(st.integers(1, 20).flatmap(lambda count: st.permutations(range(count))))
def test_results_are_joined_in_order_and_in_the_same_pairs_however_they_come(order):
    count = len(order)
    found = parts.joined([(k, f"{k} ") for k in order], count, paired)
    assert found == parts.joined([(k, f"{k} ") for k in range(count)], count, paired)
    assert found.replace("(", "").replace(")", "").split() == [str(k) for k in range(count)]
    assert max(found.count("(", 0, k) - found.count(")", 0, k) for k in range(len(found))) <= (count - 1).bit_length()


@pytest.fixture(scope="module")
def shared():
    """A multiverse with claims, also about space, that is made in some parts."""
    vary = ("weighting", "coupling", "left_out", "spatial_weights")
    own = YELLOW.model_copy(update={"robustness": YELLOW.robustness.model_copy(update={"vary": vary})})
    spatial = multiverse.spatial_choices(own, REGIONS, None, None)
    return multiverse.plan(VALUES, FILLED, own, REGIONS, spatial, REGISTER.iloc[::4])


@pytest.fixture
def jobs(shared, monkeypatch):
    monkeypatch.setattr(multiverse, "BATCH", 8_000)
    jobs = shared.jobs()
    assert 3 <= len(jobs) < shared.universes
    return jobs


def test_processes_give_the_same_bytes_as_one(shared, jobs):
    here = parts.reduced(multiverse.part, multiverse.joined, shared, jobs)
    there = parts.reduced(multiverse.part, multiverse.joined, shared, jobs, processes=2)
    assert sum(map(len, here["rows"]["mean"])) == shared.universes
    assert as_bytes(there) == as_bytes(here)


def as_bytes(made):
    """All arrays of a result as they lie in memory."""
    if isinstance(made, dict):
        return {name: as_bytes(value) for name, value in made.items()}
    if isinstance(made, tuple):
        return [as_bytes(value) for value in made]
    made = np.concatenate(made) if isinstance(made, list) else made
    return (made.dtype.str, made.shape, made.tobytes()) if isinstance(made, np.ndarray) else made


def test_how_work_is_cut_changes_nothing(shared, jobs):
    ones = [(run,) for job in jobs for run in job]
    here, there = (parts.reduced(multiverse.part, multiverse.joined, shared, some) for some in (jobs, ones))
    assert as_bytes(there) == as_bytes(here)


def test_what_is_shared_is_small(shared):
    assert len(pickle.dumps(shared)) < 200_000


def test_nothing_of_dask_is_imported_without_a_scheduler():
    script = f"""
    import sys
    sys.path.insert(0, {str(ROOT / "tests")!r})
    from yellow import FILLED, REGIONS, VALUES, YELLOW
    from coordination.robustness import multiverse, wide
    own = YELLOW.model_copy(update={{"robustness": YELLOW.robustness.model_copy(update={{"vary": ("coupling",)}})}})
    assert multiverse.multiverse(VALUES, FILLED, own, REGIONS, {{}}).mean.size > 1
    assert wide.made(wide.plan(VALUES, FILLED, own, REGIONS, {{}}, wider=("regions",))).universes > 1
    print(sorted({{name.split(".")[0] for name in sys.modules}} & {{"dask", "distributed", "tornado"}}))
    """
    found = subprocess.run([sys.executable, "-c", dedent(script)], env=ENVIRONMENT, capture_output=True, text=True)
    assert (found.stderr, found.returncode) == ("", 0)
    assert found.stdout == "[]\n"


def test_progress_and_the_time_left_are_shown_on_a_terminal_alone(monkeypatch, capfd):
    monkeypatch.setattr(parts, "SOON", 1e-9)
    ours, theirs = os.openpty()
    monkeypatch.setenv(parts.TERMINAL, os.ttyname(theirs))
    parts.reduced(slept, paired, None, range(4), what="multiverse")
    shown = os.read(ours, 10_000).decode()
    assert "multiverse  75% |" in shown
    assert re.search(r"00:0\d, 00:0\d left", shown)
    monkeypatch.delenv(parts.TERMINAL)
    parts.reduced(slept, paired, None, range(4), what="multiverse")
    assert capfd.readouterr() == ("", "")


def slept(_, job):
    time.sleep(0.2)
    return job


# Interrupts


SLOW = """
import sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
from coordination.robustness import parts
import slow
parts.reduced(slow.part, slow.join, Path({folder!r}), list(range(99)), processes=2)
Path({folder!r}, "result").write_text("")
"""

PART = """
import os, time
def part(folder, job):
    (folder / f"pid-{os.getpid()}").touch()
    time.sleep(0.05 if job == 0 else 60)
def join(a, b):
    return None
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_no_process_outlives_the_one_that_started_it(how, tmp_path):
    (tmp_path / "slow.py").write_text(PART, encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "run.py").write_text(SLOW.format(folder=str(tmp_path)), encoding="utf-8")
    environment = ENVIRONMENT | {"TMPDIR": str(tmp_path / "tmp")}
    run = subprocess.Popen([sys.executable, "run.py"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    waited(lambda: len(list(tmp_path.glob("pid-*"))) == 3)  # itself, with the first part, and two
    every = [psutil.Process(int(file.name.removeprefix("pid-"))) for file in tmp_path.glob("pid-*")]
    every += psutil.Process(run.pid).children(recursive=True)
    run.send_signal(how)
    _, said = run.communicate(timeout=30)
    assert run.returncode != 0
    waited(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in every))
    assert not (tmp_path / "result").exists()
    if how == signal.SIGINT:
        assert "KeyboardInterrupt" in said
        assert list((tmp_path / "tmp").iterdir()) == []


def waited(holds, seconds=60):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


# A cluster on this machine


@pytest.fixture
def cluster(tmp_path):
    """A scheduler, and what starts a worker of it."""
    pytest.importorskip("distributed")
    file, started = tmp_path / "scheduler.json", []

    def start(*arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", file]
        started.append(subprocess.Popen(command, env=ENVIRONMENT, cwd=tmp_path, stderr=subprocess.DEVNULL))
        return started[-1]

    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    waited(file.exists)
    address = f"tcp{file.read_text(encoding='utf-8').split('tcp', 1)[1].split(chr(34), 1)[0]}"
    yield address, lambda: start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "20")
    for process in reversed(started):
        process.kill()
        process.wait()


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(cluster, monkeypatch):
    address, worker = cluster
    workers = [worker(), worker()]
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout="60s")
    large = wide.plan(VALUES, FILLED, YELLOW, REGIONS, {}, wider=("left_out",))
    large = replace(large, outer=large.outer[:70])
    monkeypatch.setattr(multiverse, "BATCH", 200_000)
    assert large.universes > 100_000
    here = wide.made(large)
    done = []

    def step(progress, value=None):
        done.append(value)
        if len(done) == len(large.jobs()) // 3:
            workers[0].kill()
        return value

    monkeypatch.setattr(parts._Progress, "step", step)
    there = wide.made(large, scheduler=address)
    assert workers[0].wait() == -signal.SIGKILL
    assert workers[1].poll() is None
    assert len(done) >= len(large.jobs())
    assert as_bytes(vars(there)) == as_bytes(vars(here))


def test_the_environment_names_the_cluster(cluster, shared, jobs, monkeypatch):
    address, worker = cluster
    worker()
    here = parts.reduced(multiverse.part, multiverse.joined, shared, jobs)
    monkeypatch.setenv(parts.SCHEDULER, address)
    assert as_bytes(parts.reduced(multiverse.part, multiverse.joined, shared, jobs)) == as_bytes(here)


def test_workers_with_other_software_are_refused(cluster, shared, monkeypatch):
    address, worker = cluster
    worker()
    monkeypatch.setattr(parts, "version", lambda name: "0.9")
    with pytest.raises(InputError, match=r"worker tcp.*numpy.*numpy 0\.9"):
        parts.reduced(multiverse.part, multiverse.joined, shared, shared.jobs(), address)


def test_a_cluster_without_workers_is_refused(cluster, shared, monkeypatch):
    monkeypatch.setattr(parts, "PATIENCE", "1s")
    with pytest.raises(InputError, match="no worker"):
        parts.reduced(multiverse.part, multiverse.joined, shared, shared.jobs(), cluster[0])


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "tcp://"])
def test_an_address_without_a_scheduler_is_refused(address, shared, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(parts, "PATIENCE", "1s")
    with pytest.raises(InputError, match=f"SCHEDULER={address}"):
        parts.reduced(multiverse.part, multiverse.joined, shared, shared.jobs(), address)


def test_a_scheduler_needs_dask(shared, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="extra 'cluster'"):
        parts.reduced(multiverse.part, multiverse.joined, shared, shared.jobs(), "tcp://127.0.0.1:8786")
