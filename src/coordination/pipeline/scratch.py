"""Folders for what is half made, which are locked while somebody is at work in them; those of killed runs are removed.

As a script it removes them, for `make clean`: only the standard library is needed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where nothing is removed that another run may need
    fcntl = None

PREFIX = "coordination-run-"  # of those in the system's temporary folder
LEFT = (".staging-*", "outputs/*/.site-*", ".make/reference/.new-*", "data/raw/.new-*")


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


def sweep(*roots):
    """Remove the folders of runs that were killed; those of runs that are alive stay.

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
    return [f for f in sorted(found) if f.is_dir() and not f.is_symlink() and _removed(f)]


def _removed(found):
    with suppress(OSError):  # another run removes it, or it is somebody else's
        held = os.open(found, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            if os.fstat(held).st_uid != os.getuid():
                return False
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(found, ignore_errors=True)
            return not found.exists()
        finally:
            os.close(held)
    return False


if __name__ == "__main__":
    sweep(*sys.argv[1:])
