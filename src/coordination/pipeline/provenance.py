"""From which commit and in what time a run was made."""

from __future__ import annotations

import json
import os

from coordination.pipeline.files import write
from coordination.pipeline.paths import root, run_note


def commit():
    """Return the commit of the compendium.

    Returns
    -------
    str
        40 hexadecimal digits, followed by `-dirty` if files differ from it or are new; `unknown` outside a checkout.
    """
    found = _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*") or "unknown"
    new = _git(
        "ls-files", "--others", "--exclude-standard", "--", "data/raw", "data/lenses", "src", "notebooks", "paper"
    )
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
        Seconds since 1970; SOURCE_DATE_EPOCH where it is set, 0 outside a git checkout.
    """
    return int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct") or 0)


def _git(*arguments):
    import subprocess

    try:
        done = subprocess.run(("git", *arguments), cwd=root(), capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
