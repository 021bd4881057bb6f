"""Processes that begin with everything imported: forked from one that has no threads and runs nothing itself.

The standard library's fork server would start a second one where a forked process asks for a kernel, and chooses how
notebooks that start processes do so; this one is asked through a socket, from whichever process.
"""

from __future__ import annotations

import atexit
import builtins
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

from coordination.errors import InputError
from coordination.pipeline import scratch
from coordination.pipeline.surroundings import FIXED

# What notebooks and those who run them import; what else they need they import themselves.
LIBRARIES = (
    "pandas", "scipy.stats", "scipy.spatial.distance", "scipy.optimize", "matplotlib.pyplot", "seaborn", "geopandas",
    "adjustText", "libpysal.graph", "ipykernel.kernelapp", "IPython.display", "nbformat", "papermill",
    "coordination.__main__", "coordination.pipeline.execute", "coordination.pipeline.run",
)  # fmt: skip

PLACE = []  # of the socket, here and in all that was forked


def wanted():
    """Return whether kernels are forked: where the system can, unless COORDINATION_KERNELS is `cold`.

    Returns
    -------
    bool

    Raises
    ------
    InputError
        If COORDINATION_KERNELS is anything else, or asks for what the system cannot do.
    """
    known = ("warm", "cold") if hasattr(os, "fork") and hasattr(socket, "AF_UNIX") else ("cold",)
    said = os.environ.get("COORDINATION_KERNELS") or known[0]
    if said not in known:
        raise InputError("COORDINATION_KERNELS", f"'{said}'", f"one of {', '.join(known)}", "correct it")
    return said == "warm"


def start():
    """Start the process that others are forked from, unless one runs; it imports while this one goes on."""
    if PLACE:
        return
    short = len(tempfile.gettempdir()) < 80  # the system's limit for a socket's path is about 100
    left = ExitStack()
    folder = left.enter_context(scratch.folder(place=None if short else "/tmp"))
    PLACE.append(f"{folder}/warm")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(*PLACE)
    listener.listen()
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    command = f"from coordination.pipeline import warm; warm.serve({listener.fileno()})"
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        stdin=subprocess.PIPE,  # which ends when this process does, however it does
        pass_fds=[listener.fileno()],
        env=os.environ | FIXED | {"PYTHONPATH": path},
    )
    listener.close()
    owner = os.getpid()

    def stop():
        if os.getpid() == owner:
            PLACE.clear()
            process.stdin.close()
            process.wait()
            left.close()

    atexit.register(stop)


class Forked:
    """A process forked from the warm one: the part of `subprocess.Popen` that jupyter_client needs.

    It ends when the process that asked for it does.

    Parameters
    ----------
    function : str
        `module:function`, which is given the arguments and may return an exit code.
    arguments : list of str
    environment : dict of str to str, optional
        That of this process if not given.
    folder : str, optional
        Likewise.
    """

    stdin = stdout = stderr = returncode = None

    def __init__(self, function, arguments, environment=None, folder=None):
        start()
        request = {
            "function": function,
            "arguments": arguments,
            "environment": dict(environment or os.environ),
            "folder": str(folder or Path.cwd()),
        }
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(*PLACE)
        self._line.sendall(json.dumps(request).encode() + b"\n")
        said = b""
        while (byte := self._line.recv(1)).strip():  # up to the end of the line: the exit code may follow at once
            said += byte
        self.pid = int(said or 0)
        if not self.pid:
            raise ChildProcessError("the process that kernels are forked from has ended")

    def fileno(self):
        """Return the number of a file that can be read from when the process has ended."""
        return self._line.fileno()

    def poll(self):
        """Return the exit code; None while it runs."""
        if self.returncode is None and select.select([self], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout=None):
        """Wait until the process has ended, and return its exit code."""
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                said = self._line.recv(64)
            except ConnectionError:
                said = b""
            self.returncode = json.loads(said or str(-signal.SIGKILL))
            self._line.close()
        return self.returncode

    def send_signal(self, number):
        """Send a signal unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self):
        """End the process."""
        self.send_signal(signal.SIGKILL)


def serve(number):
    """Import everything, then fork a process for everyone who asks, until whoever started this one has ended.

    Parameters
    ----------
    number : int
        Of the listening socket among the open files.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches those who asked
    signal.signal(signal.SIGCHLD, _reap)
    sys.path.remove("")  # the folder that this one was started in, which a kernel does not import from
    listener = socket.socket(fileno=number)
    PLACE.append(listener.getsockname())
    # pandas asks at its import whether it is in a notebook, and shows fewer columns there.
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)
    for name in LIBRARIES:
        import_module(name)
    del builtins.get_ipython
    gc.collect()
    gc.freeze()  # pages that nobody writes to stay shared
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        line, _ = listener.accept()
        with line, line.makefile("rb") as asked:
            request = asked.readline()
            if request.endswith(b"\n") and not os.fork():  # else whoever asks ended within the question
                listener.close()
                os._exit(_forked(line, json.loads(request)))


def _reap(*_):
    """Take note of processes that have ended, with the time that they took."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _forked(line, request):
    """Become the process that was asked for; return its exit code."""
    alone = request["function"].endswith(":kernel")
    if alone:
        os.setsid()  # before anybody knows it: who stops a kernel stops its whole group
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    try:
        line.sendall(f"{os.getpid()}\n".encode())
    except OSError:  # whoever asked has ended
        return 1
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        number = signal.SIGKILL if alone else signal.SIGINT
        threading.Thread(target=_end_with, args=(line, number), daemon=True).start()
        module, _, function = request["function"].partition(":")
        code = getattr(import_module(module), function)(request["arguments"]) or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with suppress(BrokenPipeError):  # whoever listened may have ended
            sys.stdout.flush()
            sys.stderr.flush()
    with suppress(OSError):  # whoever asked may have ended
        line.sendall(json.dumps(code).encode())
    return code


def _end_with(line, number):
    """Send this process a signal when the one that asked for it has ended."""
    with suppress(OSError):
        line.recv(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # nobody is left to be told
    os.kill(os.getpid(), number)


def kernel(arguments):
    """Be a kernel, as `python -m ipykernel_launcher` is.

    Parameters
    ----------
    arguments : list of str
    """
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp
    from matplotlib import pyplot

    np.random.seed()  # noqa: NPY002 - every kernel draws its own numbers, as the one that it was forked from drew none
    sys.argv = ["ipykernel_launcher", *arguments]
    application = IPKernelApp.instance()
    application.initialize(arguments)
    pyplot.install_repl_displayhook()  # which pyplot does at its import, where there is a shell
    application.start()
