"""From which commit and in what time a run was made."""

from __future__ import annotations

import hashlib
import json
import os
import re

from coordination.errors import InputError
from coordination.pipeline.files import write
from coordination.pipeline.paths import root, run_note

# What an archive of a run says of itself, and the SHA-256 of all that it holds
NOTE, SUMS = "archive.json", "SHA256SUMS"

MADE = re.compile("(?:outputs|data/processed)/[^/]+/")  # where lies what is not among the sources

COMMIT = re.compile("[0-9a-f]{40}")

WATCHED = ("data/raw", "data/lenses", "src", "notebooks", "paper")  # where a new file may change results


def commit():
    """Return the commit of the compendium.

    Returns
    -------
    str
        40 hexadecimal digits, followed by `-dirty` if files differ from it or are new; that of an archive of a run that
        was unpacked; `unknown` elsewhere.
    """
    if note := archived():
        return note["commit"] + ("" if _as_archived() else "-dirty")
    found = _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*") or "unknown"
    new = _git("ls-files", "--others", "--exclude-standard", "--", *WATCHED)
    return f"{found}-dirty" if new and found != "unknown" and not found.endswith("-dirty") else found


def record_run(study, section, seconds):
    """Note how long a notebook took, and on what machine; `collect` puts run.json together from these notes.

    Every notebook has a note of its own, since several may end at once.

    Parameters
    ----------
    study, section : str
    seconds : float
    """
    import platform

    machine = {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()}
    note = {"machine": machine, "seconds": round(seconds, 1)}
    write(run_note(study, section), json.dumps(note, indent=1) + "\n")


def commit_time():
    """Return when the commit was made, for documents that carry a date.

    Returns
    -------
    int
        Seconds since 1970; SOURCE_DATE_EPOCH where it is set, 0 outside a git checkout and an unpacked archive.
    """
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    note = archived()
    return note["time"] if note else int(_git("log", "-1", "--format=%ct") or 0)


def archived(folder=None):
    """Return what the archive of a run that was unpacked says of itself.

    Parameters
    ----------
    folder : Path, optional
        Into which; the compendium's if not given, unless that has become a repository, which then says more.

    Returns
    -------
    dict or None
        study, commit, time (seconds since 1970), language and parameters; None where none was unpacked.

    Raises
    ------
    InputError
        If it does not say so.
    """
    file = (folder or root()) / NOTE
    if not file.is_file() or (folder is None and (file.parent / ".git").exists()):
        return None
    expected = "study, commit, time, language and parameters, as `make archive` writes them"
    try:
        note = json.loads(file.read_text(encoding="utf-8"))
        kinds = {"study": str, "commit": str, "time": int, "language": str, "parameters": list}
        fits = all(type(note[key]) is kind for key, kind in kinds.items()) and COMMIT.fullmatch(note["commit"])
        fits = fits and all(isinstance(p, str) for p in note["parameters"])
    except (ValueError, KeyError, TypeError, RecursionError):
        fits = False
    if not fits:
        raise InputError(NOTE, "something else", expected, "unpack the archive again")
    return note


def sums(text):
    """Read a list of checksums as `sha256sum` writes it.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict of str to str
        SHA-256 by name.

    Examples
    --------
    >>> list(sums(f"{'0' * 64}  data/raw/a b.csv"))
    ['data/raw/a b.csv']
    """
    return {name: digest for digest, name in re.findall(r"^([0-9a-f]{64})  (.+)$", text, re.MULTILINE)}


def _as_archived():
    """Return whether the sources of an unpacked archive are all there, unchanged, and no others beside them."""
    home = root()
    try:
        known = sums((home / SUMS).read_text(encoding="utf-8"))
        known = {name: digest for name, digest in known.items() if not MADE.match(name)}
        same = all(hashlib.sha256((home / name).read_bytes()).hexdigest() == known[name] for name in known)
    except OSError:
        return False
    there = (f for folder in WATCHED for f in (home / folder).rglob("*") if f.is_file())
    passed = (".pyc", "-checkpoint.ipynb")
    return same and all(f.relative_to(home).as_posix() in known for f in there if not f.name.endswith(passed))


def _git(*arguments):
    import subprocess

    try:
        done = subprocess.run(("git", *arguments), cwd=root(), capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
