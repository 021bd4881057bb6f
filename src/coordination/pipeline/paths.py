"""Where everything lives: the only module that knows paths."""

from __future__ import annotations

import os
import re
from pathlib import Path

from coordination.errors import InputError
from coordination.sections import TABLES

STUDY = re.compile(r"\w[\w-]{0,63}")  # names of studies: letters of any script, digits, - and _


def root():
    """Return the compendium's folder: the nearest one, upwards from here, that holds notebooks and data.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "notebooks").is_dir() and (folder / "data" / "raw").is_dir():
            return folder
    raise InputError(
        here.as_posix(),
        "no compendium",
        "a folder with notebooks/ and data/raw/",
        "run it from the compendium",
    )


def raw(study):
    """Return the folder of a study: data/raw/<study>, or below COORDINATION_STUDIES.

    Parameters
    ----------
    study : str

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the name leads out of the folder of studies.
    """
    if not study or study in (".", "..") or set(study) & set("/\\\0"):
        raise InputError("study", f"'{study}'", "the name of a folder in data/raw", "use its name only")
    return Path(os.environ.get("COORDINATION_STUDIES") or root() / "data" / "raw") / study


def output_root():
    """Return where outputs/ and data/processed/ are written: COORDINATION_OUTPUT_ROOT, or the compendium.

    Returns
    -------
    Path
    """
    return Path(os.environ.get("COORDINATION_OUTPUT_ROOT") or root())


def shared():
    """Return where what all studies share is kept.

    Returns
    -------
    Path
        .make in the compendium, or in `output_root()` if the compendium cannot be written to.
    """
    home = root()
    return (home if os.access(home, os.W_OK) else output_root()) / ".make"


def processed(study, base=None):
    """Return the folder of a study's hand-over files.

    Parameters
    ----------
    study : str
    base : Path, optional
        Instead of `output_root()`.

    Returns
    -------
    Path
    """
    return Path(base or output_root()) / "data" / "processed" / study


def outputs(study, base=None):
    """Return the folder of a study's figures, tables and executed notebooks.

    Parameters
    ----------
    study : str
    base : Path, optional
        Instead of `output_root()`.

    Returns
    -------
    Path
    """
    return Path(base or output_root()) / "outputs" / study


def handover(study, name, base=None):
    """Return the place of a hand-over file.

    Parameters
    ----------
    study : str
    name : str
        A key of `sections.COLUMNS`.
    base : Path, optional

    Returns
    -------
    Path
    """
    return (outputs(study, base) / "tables" if name in TABLES else processed(study, base)) / f"{name}.csv"


def release_note(study):
    """Return the place of the note that says what a released panel was made from.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Path
    """
    return (raw(study.id) / study.panel.released).with_suffix(".json")


def variants_file(study):
    """Return the place of the normalised variants beside a released panel.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Path
    """
    return raw(study.id) / "variants.csv"


def note_file(study, section, base=None):
    """Return the place of the note in which a notebook says what it made and recorded.

    Parameters
    ----------
    study, section : str
    base : Path, optional

    Returns
    -------
    Path
    """
    return processed(study, base) / "notes" / f"{section}.json"


def run_note(study, section):
    """Return the place of the note that says how long a notebook took, and on what machine.

    It lies outside outputs/ and data/processed/, of which run.json is the only file that may differ between two runs.

    Parameters
    ----------
    study, section : str

    Returns
    -------
    Path
    """
    return output_root() / ".make" / "run" / study / f"{section}.json"


def figures_kept():
    """Return the folder in which figures are kept that need not be drawn again.

    Returns
    -------
    Path
    """
    return output_root() / ".make" / "figures"
