"""Results that were changed by hand and kept, as `make KEEP=1` does, for everything made from them to say so."""

from __future__ import annotations

import hashlib
import json

from coordination.errors import FIRST
from coordination.pipeline.paths import output_root


def place(study):
    """Return the place of the note in which the planner says which task depends on what was kept.

    Parameters
    ----------
    study : str

    Returns
    -------
    Path
    """
    return output_root() / ".make" / "plan" / f"{study}.kept.json"


def of(study, task):
    """Return what a task depends on that was changed by hand and kept, if it is still as it was then.

    Parameters
    ----------
    study : str
    task : str
        A task of `plan.tasks`, such as `paper.en`.

    Returns
    -------
    list of dict
        file: its path below the output root; by: the task that made it; made, found: SHA-256 of what that task made,
        and of what is there.
    """
    note = place(study)
    if not note.is_file():
        return []
    known = json.loads(note.read_text(encoding="utf-8")).get(task, [])
    return [entry for entry in known if _digest(output_root() / entry["file"]) == entry["found"]]


def _digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def said(entries, language):
    """Say what was kept, for readers of what was made from it.

    Parameters
    ----------
    entries : list of dict
        As `of` returns them.
    language : str

    Returns
    -------
    str
        A sentence or two; empty if nothing was.
    """
    from coordination.presentation import locale  # which the planner, who needs the standard library only, does not

    words, files = locale.words(language), [entry["file"] for entry in entries]
    if not files:
        return ""
    named = words["list_comma"].join(files[:FIRST])
    return words["kept"].format(words["kept_more"].format(named, len(files)) if files[FIRST:] else named)
