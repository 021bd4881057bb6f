"""What a program that sets a stranger's text may read and take: its own folder, some time, some memory, no network."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import struct
import subprocess
import sys
from functools import partial
from pathlib import Path

from coordination.errors import InputError, told

try:
    import resource
except ImportError:  # Windows
    resource = None

# What programs need of a system: libraries, time zones, devices
SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime",
    "/dev/null", "/dev/zero", "/dev/urandom", "/proc/self", "/proc/meminfo", "/proc/cpuinfo",
    "/sys/devices/system/cpu",
)  # fmt: skip

# Linux: Documentation/userspace-api/landlock
CREATE, ADD, RESTRICT = 444, 445, 446  # system calls
EVERYTHING, READING = (1 << 13) - 1, 0b1101  # rights: of the first version; execute, read files, read folders
FILE_RIGHTS = 0b111  # those that a file has; the others are of folders
TCP = 0b11  # bind and connect, since the fourth version

PATIENCE = 10  # seconds on the clock for each of processor time

NO_NEW_PRIVILEGES, DEATH_SIGNAL = 38, 1  # of prctl

NEW_USERS, NEW_NETWORK = 0x10000000, 0x40000000  # of unshare
SET_FLAGS, UP = 0x8914, 1  # of a network's device

LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None  # loaded before anything is forked


def landlock():
    """Return the version of Landlock that the kernel has; 0 without it.

    Returns
    -------
    int
    """
    return 0 if LIBC is None else max(0, LIBC.syscall(CREATE, None, 0, 1))


def bound(parent):
    """Let this process end when its parent does, however that ends; Linux alone.

    Parameters
    ----------
    parent : int
        The parent's number; if it has ended already, this process ends at once.
    """
    if LIBC is not None:
        LIBC.prctl(DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def ends_with_this():
    """Return what `subprocess.Popen` is told so that the process ends when this one does, however it does.

    Returns
    -------
    dict
        Empty where the system cannot; Linux can.
    """
    return {} if LIBC is None else {"preexec_fn": partial(bound, os.getpid())}


def alone():
    """Cut this process and its children off from every network but the machine's own loop; Linux alone.

    Raises
    ------
    OSError
        If the system cannot: where users may not make namespaces of their own, as in many containers.
    """
    import fcntl
    import socket

    users, groups = os.geteuid(), os.getegid()
    if LIBC is None or LIBC.unshare(NEW_USERS | NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "no namespaces")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{users} {users} 1"), ("gid_map", f"{groups} {groups} 1")):
        Path("/proc/self", name).write_text(text, encoding="ascii")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh", b"lo", UP))


def without_network():
    """Return what `subprocess.Popen` is told so that a process reaches no network and ends when this one does.

    Returns
    -------
    dict or None
        None where the system cannot cut it off.
    """
    parent = os.getpid()

    def begin():
        alone()
        bound(parent)  # after it, since new rights undo it

    try:
        subprocess.run([sys.executable, "-S", "-c", ""], preexec_fn=begin, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return {"preexec_fn": begin}


def enclose(readable, writable=()):
    """Let this process and its children read and write nothing but what is named, and reach no network.

    Parameters
    ----------
    readable, writable : iterable of Path
        Files and folders, with all in them; what is not there is passed over.

    Returns
    -------
    bool
        Whether the system can: Linux since 5.13, unless it was built without Landlock.
    """
    version = landlock()
    if not version:
        return False
    rights = struct.pack("=QQ", EVERYTHING, TCP) if version >= 4 else struct.pack("=Q", EVERYTHING)
    rules = LIBC.syscall(CREATE, rights, len(rights), 0)
    if rules < 0:
        return False
    for paths, allowed in ((readable, READING), (writable, EVERYTHING)):
        for path in map(Path, paths):
            if not path.exists():
                continue
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rule = struct.pack("=Qi", allowed if path.is_dir() else allowed & FILE_RIGHTS, place)
            LIBC.syscall(ADD, rules, 1, rule, 0)
            os.close(place)
    LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = LIBC.syscall(RESTRICT, rules, 0) == 0
    os.close(rules)
    return done


def limit(seconds, memory):
    """Limit the processor time and the memory that this process takes from now on.

    Parameters
    ----------
    seconds : float
    memory : int
        Bytes, beyond what it has.
    """
    if resource is None:
        return
    taken = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(taken.ru_utime + taken.ru_stime + seconds) + 1)
    if LIBC is not None:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + int(memory))
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind, value):
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def apart(call, *arguments, where, seconds, memory, readable, **named):
    """Call a function in a process of its own, which is limited and reads nothing but what is named.

    Parameters
    ----------
    call : callable
        Of a module that is quick to import.
    *arguments, **named
        Of it.
    where : str
        What it works on, for the message.
    seconds : float
        Of processor time.
    memory : int
        Bytes.
    readable : iterable of Path
        Beside the system's libraries and Python's.

    Returns
    -------
    object
        What it returns.

    Raises
    ------
    InputError
        If it takes more time or memory; and what else it raises.
    """
    if resource is None:
        return call(*arguments, **named)
    # A fresh process, since a fork of one with threads may wait for ever for what a thread of its parent held.
    task = os.getpid(), seconds, memory, [*readable], call, arguments, named
    begin = f"import sys; sys.path[:] = {sys.path!r}; from coordination.pipeline import limits; limits.serve()"
    command, given = [sys.executable, "-c", begin], pickle.dumps(task)
    try:
        done = subprocess.run(command, input=given, stdout=subprocess.PIPE, timeout=PATIENCE * seconds, check=False)
    except subprocess.TimeoutExpired:
        raise beyond(where, seconds, memory) from None
    if not done.stdout:
        raise beyond(where, seconds, memory)
    made, result = pickle.loads(done.stdout)
    if not made:
        raise result
    return result


def serve():
    """Do what `apart` asks on standard input, and answer on standard output."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed beside the answer
    parent, seconds, memory, readable, call, arguments, named = pickle.load(sys.stdin.buffer)
    bound(parent)
    limit(seconds, memory)
    enclose([*SYSTEM, *readable, sys.prefix, sys.base_prefix, *(p for p in sys.path if p)])
    try:
        result = True, call(*arguments, **named)
    except Exception as error:
        result = False, error
    with answer:
        pickle.dump(result, answer)


def beyond(where, seconds, memory):
    """Return the error of a text that takes more than it may.

    Parameters
    ----------
    where : str
    seconds : float
    memory : int

    Returns
    -------
    InputError
    """
    found = told("more than {seconds:g} s or {gigabytes:g} GB", seconds=seconds, gigabytes=round(memory / 1e9, 1))
    remedy = "look for a loop or a range without an end in the study's texts"
    return InputError(where, found, "a text that can be set", remedy)
