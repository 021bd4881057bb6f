"""From which commit and in what time a run was made."""

from __future__ import annotations

import json
import os

from coordination.pipeline.files import write
from coordination.pipeline.paths import outputs, root


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
    """Note in run.json how long a notebook took, and on what machine.

    Parameters
    ----------
    study, section : str
    seconds : float

    Notes
    -----
    The only output that may differ between two runs. A folder serves as a lock, since notebooks may end at once.
    """
    import platform
    import time

    file = outputs(study) / "run.json"
    lock = file.with_suffix(".lock")
    for _ in range(100):
        try:
            lock.mkdir(parents=True)
            break
        except FileExistsError:
            time.sleep(0.05)
    try:
        record = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        machine = {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()}
        took = {**record.get("seconds", {}), section: round(seconds, 1)}
        write(file, json.dumps({"machine": machine, "seconds": dict(sorted(took.items()))}, indent=1) + "\n")
    finally:
        lock.rmdir()


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
