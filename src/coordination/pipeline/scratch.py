"""Folders and files for what is half made, locked while somebody is at work on them; those of killed runs are removed.

As a script it removes them, for `make clean`: only the standard library is needed.
"""

from __future__ import annotations

import marshal
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where nothing is removed that another run may need
    fcntl = None

PREFIX = "coordination-run-"  # of those in the system's temporary folder
UNFINISHED = ".unfinished"  # ends the name of a file that is being written
WRITTEN = ("outputs/*", "outputs/*/*", "data/*/*", "data/raw/*/*", ".make", ".make/*")  # folders with such files
LEFT = (
    ".staging-*", "outputs/*/.site-*", ".make/reference/.new-*", "data/raw/.new-*",
    *(f"{place}/.*{UNFINISHED}" for place in WRITTEN),
)  # fmt: skip


@contextmanager
def folder(prefix=PREFIX, place=None):
    """Make a folder that is removed at the end, and by `sweep` if this process is killed before.

    Parameters
    ----------
    prefix : str
        Of its name.
    place : Path, optional
        Where; the system's temporary folder if not given.

    Yields
    ------
    Path
    """
    while True:
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=place)).resolve()
        held = os.open(made, os.O_RDONLY) if fcntl else None
        if fcntl:
            fcntl.flock(held, fcntl.LOCK_EX)
        if made.is_dir():  # nobody swept it before it was locked
            break
        os.close(held)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if fcntl:
            os.close(held)


def write(path, content):
    """Write a file whole or not at all; what a killed process leaves of it is removed by `sweep`.

    Parameters
    ----------
    path : Path
    content : str or bytes
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
    kept = os.dup(handle)  # and with it the lock, until the file has its name
    try:
        with suppress(OSError):  # a file system without locks
            if fcntl:
                fcntl.flock(kept, fcntl.LOCK_EX)
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        if not fcntl:
            os.close(kept)  # Windows renames no open file
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    finally:
        if fcntl:
            os.close(kept)


def sweep(*roots):
    """Remove folders and unfinished files of runs that were killed; those of runs that are alive stay.

    Parameters
    ----------
    roots : Path
        Output roots, and the compendium.

    Returns
    -------
    list of Path
        What was removed.
    """
    if not fcntl:
        return []
    found = {f for root in roots for pattern in LEFT for f in Path(root).glob(pattern)}
    found |= set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    return [f for f in sorted(found) if not f.is_symlink() and _removed(f)]


def cut_off(*places):
    """Remove compiled modules of which only the beginning was written, and which Python goes on taking for whole ones.

    A full disk leaves them (python/cpython#126606); whoever imports them gets an EOFError or a ValueError.

    Parameters
    ----------
    places : Path
        Folders that are looked through; those of the package and of the installed ones if none are given.

    Returns
    -------
    list of Path
        What was removed.
    """
    installed = sysconfig.get_paths()
    places = places or {Path(__file__).parents[2], *(Path(installed[k]) for k in ("purelib", "platlib"))}
    found = []
    for file in sorted(f for place in places for f in place.rglob("__pycache__/*.pyc")):
        with suppress(OSError):
            try:
                marshal.loads(file.read_bytes()[16:])  # behind the header
            except (EOFError, TypeError, ValueError):
                file.unlink()
                found.append(file)
    return found


def _removed(found):
    with suppress(OSError):  # another run removes it, or it is somebody else's
        opened = os.open(found, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            if os.fstat(opened).st_uid != os.getuid():
                return False
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if found.is_dir():
                shutil.rmtree(found, ignore_errors=True)
            elif time.time() - os.fstat(opened).st_mtime > 1:  # else it may be about to be locked
                found.unlink()
            return not found.exists()
        finally:
            os.close(opened)
    return False


if __name__ == "__main__":
    sweep(*sys.argv[1:])
