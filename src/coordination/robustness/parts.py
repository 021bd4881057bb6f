"""A long computation in parts: in this process, in several, or on an existing Dask cluster, with the same result.

What parts share is sent once. A part is a pure function of it and of a job, so that one that is lost with its worker is
made again; results are joined pair by pair, the same pairs whatever the order in which they come.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

from coordination.errors import InputError
from coordination.study import costs

SCHEDULER = "COORDINATION_SCHEDULER"  # the variable that names a cluster

TERMINAL = "COORDINATION_TERMINAL"  # the variable that names where progress is shown, if not on standard error

START = 12.0  # CPU seconds of work left from which on processes, which import everything first, are worth their start

SOON = 1.0  # seconds after which progress is shown

PATIENCE = "10s"  # for a scheduler to answer

_held = {}  # what this process shares with the one that started it


def reduced(part, join, shared, jobs, scheduler=None, processes=None, what=""):
    """Make all parts and join them.

    Parameters
    ----------
    part : callable
        A pure function of a module, from what is shared and a job to a part of the result.
    join : callable
        Likewise, from two results, of which the first belongs to earlier jobs, to one.
    shared : object
        Can be pickled.
    jobs : sequence
        At least one.
    scheduler : str, optional
        Address of a Dask scheduler, such as tcp://host:8786; if not given, that of the environment
        (`COORDINATION_SCHEDULER`); if there is none, this machine.
    processes : int, optional
        How many on this machine; if not given, one a core, and none where what is left after the first job does not
        repay their start.
    what : str
        What the line of progress is called.

    Returns
    -------
    object
        The same whatever makes the parts.

    Raises
    ------
    InputError
        If there is no scheduler at the address, its workers have other software, or dask is not installed.
    """
    scheduler = scheduler or os.environ.get(SCHEDULER)
    with _Progress(len(jobs), what) as progress:
        if scheduler:
            return _on_cluster(part, join, shared, jobs, scheduler, progress)
        begun = time.process_time()  # a busy machine gains nothing by more processes
        first = part(shared, jobs[0])
        left = (time.process_time() - begun) * (len(jobs) - 1)
        progress.step()
        several = min(processes or costs.processors(), len(jobs) - 1)
        if several > 1 and (processes or left > START):
            return _in_processes(part, join, shared, jobs, first, several, progress)
        rest = ((k, progress.step(part(shared, job))) for k, job in enumerate(jobs[1:], 1))
        return joined(_with_first(first, rest), len(jobs), join)


def joined(done, count, join):
    """Join results of jobs pair by pair as they come.

    Parameters
    ----------
    done : iterable of (int, object)
        Position of a job and its result, in any order.
    count : int
        Number of jobs.
    join : callable

    Returns
    -------
    object

    Examples
    --------
    >>> joined([(2, "c"), (0, "a"), (1, "b")], 3, lambda a, b: f"({a}{b})")
    '((ab)c)'
    """
    waiting = {}
    for at, value in done:
        width = 1
        while width < count:
            other = at ^ width
            if other < count:
                if (other, width) not in waiting:
                    waiting[at, width] = value
                    break
                beside = waiting.pop((other, width))
                value = join(beside, value) if other < at else join(value, beside)
            at, width = at & ~width, 2 * width
        else:
            waiting[0, count] = value
    return waiting[0, count]


def _with_first(first, rest):
    yield 0, first
    yield from rest


class _Progress:
    """A line with what is done and the time left, on a terminal alone."""

    def __init__(self, count, what):
        from tqdm import tqdm

        named = os.environ.get(TERMINAL)
        # Not as the terminal that governs this process
        self.file = os.fdopen(os.open(named, os.O_WRONLY | os.O_NOCTTY), "w") if named else sys.stderr
        look = "{desc} {percentage:3.0f}% |{bar:30}| {elapsed}, {remaining} left"
        self.bar = tqdm(total=count, desc=what, file=self.file, bar_format=look, leave=False, disable=None, delay=SOON)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()
        if self.file is not sys.stderr:
            self.file.close()

    def step(self, value=None):
        """Count a part that is done, and hand it on."""
        self.bar.update()
        return value


def _in_processes(part, join, shared, jobs, first, several, progress):
    """Make parts in processes of this machine, which end with this one and when it is interrupted."""
    context = get_context("spawn")  # forking a kernel that has threads could hang
    following, leading = context.Pipe(duplex=False)
    # In a file: a process that dies while it is handed much at its start would leave this one waiting for ever
    with following, leading, tempfile.TemporaryDirectory(dir=os.environ.get("COORDINATION_STAGING")) as folder:
        file = Path(folder) / "shared"
        with open(file, "wb") as target:
            pickle.dump(shared, target, pickle.HIGHEST_PROTOCOL)
        with ProcessPoolExecutor(several, context, _begin, (following, file)) as pool:
            try:
                with _alone():
                    waiting = {pool.submit(_made, part, job): k for k, job in enumerate(jobs[1:], 1)}
                done = ((waiting.pop(f), progress.step(f.result())) for f in as_completed(list(waiting)))
                return joined(_with_first(first, done), len(jobs), join)
            except BaseException:
                leading.close()
                pool.shutdown(wait=False, cancel_futures=True)
                raise


@contextmanager
def _alone():
    """Start processes of one thread each that do not run the script once more, which may not expect that."""
    script, earlier = sys.modules["__main__"], os.environ.get("OMP_NUM_THREADS")
    sys.modules["__main__"], os.environ["OMP_NUM_THREADS"] = ModuleType("__main__"), "1"
    try:
        yield
    finally:
        sys.modules["__main__"] = script
        os.environ.pop("OMP_NUM_THREADS")
        if earlier is not None:
            os.environ["OMP_NUM_THREADS"] = earlier


def _begin(following, file):
    """Prepare a process: it ends when the one that started it closes its end of the pipe, or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(following,), daemon=True).start()
    with open(file, "rb") as source:
        _held["shared"] = pickle.load(source)


def _follow(following):
    try:
        following.recv()
    except (EOFError, OSError):
        os._exit(1)


def _made(part, job):
    return part(_held["shared"], job)


def software():
    """Return the versions on which the last digits of a result depend, and the checksum of this package.

    Returns
    -------
    dict of str to str
    """
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    own = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    packages = {name: version(name) for name in ("numpy", "pandas", "scipy")}
    return {"python": platform.python_version(), "machine": platform.machine(), "coordination": own[:12]} | packages


def _on_cluster(part, join, shared, jobs, scheduler, progress):
    """Make and join parts on a Dask cluster."""
    where = f"SCHEDULER={scheduler}"
    try:
        import distributed
    except ImportError:
        remedy = "install the packages of the extra 'cluster', or leave SCHEDULER out"
        raise InputError(where, "no dask.distributed here", "dask.distributed", remedy) from None
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        expected = "a Dask scheduler, such as tcp://host:8786"
        raise InputError(where, str(error).splitlines()[0], expected, "start one with `dask scheduler`") from None
    with client:
        _check(client, where)
        held = client.scatter(shared, broadcast=True, hash=False)
        waiting = {client.submit(part, held, job, pure=False): k for k, job in enumerate(jobs)}
        done = ((waiting.pop(f), progress.step(f)) for f in distributed.as_completed(list(waiting), loop=client.loop))
        try:
            return joined(done, len(jobs), partial(client.submit, join, pure=False)).result()
        except (distributed.KilledWorker, CancelledError) as error:
            expected, remedy = "workers that live", "start more, or give them more memory"
            raise InputError(where, str(error).splitlines()[0], expected, remedy) from None


def _check(client, where):
    """Refuse a cluster without workers, or one whose workers would compute something else."""
    own = software()
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        found = client.run(software)
    except TimeoutError:
        raise InputError(where, "no worker", "at least one", "start some with `dask worker`") from None
    except (ImportError, AttributeError) as error:
        expected, remedy = "this package on every worker", "start workers in this folder's environment"
        raise InputError(where, str(error).splitlines()[0], expected, remedy) from None
    for worker, theirs in found.items():
        other = [f"{name} {theirs[name]}" for name in own if theirs[name] != own[name]]
        if other:
            expected = ", ".join(f"{name} {own[name]}" for name in own if theirs[name] != own[name])
            remedy = "start workers from the same commit and lock"
            raise InputError(f"{where}, worker {worker}", ", ".join(other), expected, remedy)
