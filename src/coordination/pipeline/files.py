"""Reading and writing the files of a study and its run, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from pathlib import Path

from coordination.errors import InputError, told
from coordination.locale import LANGUAGES
from coordination.pipeline.paths import handover, raw, release_note, root, variants_file
from coordination.pipeline.scratch import write as write
from coordination.sections import COLUMNS, SECTIONS, number_of
from coordination.study.document import read_document
from coordination.study.files import displayed, panel_files, read_text


def plain(value):
    """Write a number with 12 significant digits and at most 12 decimals, which hides the bits in which machines differ.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> plain(0.1 + 0.2), plain(-1.1e-16), plain(0.25)
    ('0.3', '0', '0.25')
    """
    return f"{round(value, 12) + 0.0:.12g}"


NAMES = {"region": str, "place": str}  # which may be codes, with zeros in front


def read_handover(study, name):
    """Read a hand-over file.

    Parameters
    ----------
    study : str
    name : str
        A key of `sections.COLUMNS`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If it is not there.
    """
    import pandas as pd

    file = handover(study, name)
    if not file.is_file():
        writer = next(s.name for s in SECTIONS if name in s.writes)
        raise InputError(
            displayed(file), "no such file", told("what {writer} writes", writer=writer), "run that notebook first"
        )
    return pd.read_csv(file, keep_default_na=False, na_values=[""], dtype=NAMES)


def committed(path):
    """Return what a file holds, a text with the line ends that git commits whatever those on this machine are.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bytes
    """
    content = Path(path).read_bytes()
    return content if b"\0" in content[:8000] else content.replace(b"\r\n", b"\n")  # as git tells texts


def checksum(path):
    """Return the SHA-256 of a file as it is committed, or of the panel in a folder.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        64 hexadecimal digits; of a folder those of the lines `sha256sum` writes of its panel files by name.
    """
    path = Path(path)
    if path.is_dir():
        content = "".join(f"{checksum(file)}  {file.name}\n" for file in panel_files(path)).encode()
    else:
        content = committed(path)
    return hashlib.sha256(content).hexdigest()


def csv_text(table):
    """Return a table as CSV, numbers as `plain` writes them.

    Parameters
    ----------
    table : pandas.DataFrame

    Returns
    -------
    str
    """
    return table.to_csv(index=False, float_format=plain, lineterminator="\n")


def for_people(text):
    """Begin a text with the mark by which Excel knows UTF-8; tables for programs have none.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return f"\ufeff{text}"


def panel_file(study):
    """Return the raw panel of a study, if there is one.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Path or None
        COORDINATION_PANEL where set, a file or a folder of files that are one panel; else the panel in the study's
        folder where it exists.

    Raises
    ------
    InputError
        If the panel named is not there, or there is neither a raw nor a released panel.
    """
    named = os.environ.get("COORDINATION_PANEL")
    file = Path(named) if named else raw(study.id) / study.panel.file
    if file.is_file() or (named and file.is_dir()):
        return file
    if named:
        raise InputError(named, "no such file or folder", "a raw panel", "correct PANEL, or leave it out")
    if not study.panel.released or not (raw(study.id) / study.panel.released).is_file():
        expected = told("a raw panel (columns {region}, year, series, value)", region=study.panel.region_column)
        raise InputError(displayed(file), "no such file", expected, "put it there, or name it with PANEL=")
    return None


def read_released(study):
    """Read the released normalised panel of a study, having checked its checksum.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns region, year, indicator, value, filled.

    Raises
    ------
    InputError
        If the file is not the one that was released, or the note that says which one was is missing.
    """
    return _released(raw(study.id) / study.panel.released, release_note(study), lambda note: note["sha256"])


def read_released_variants(study):
    """Read the normalised variants beside a released panel, having checked their checksum.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns indicator, variant, region, year, value, filled; without rows if the study declares no variants.

    Raises
    ------
    InputError
        If the file is missing or not the one that was released.
    """
    import pandas as pd

    if not any(i.breaks or i.exceptions or i.readings for i in study.indicators):
        return pd.DataFrame(columns=list(COLUMNS["variants"]))
    file = variants_file(study)
    if not file.is_file():
        remedy = (
            "make it with `python -m coordination release`, or remove breaks, exceptions and readings from study.yml"
        )
        raise InputError(displayed(file), "no such file", "the variants that study.yml declares", remedy)
    return _released(file, release_note(study), lambda note: note["variants"]["sha256"])


def _released(file, note, digest):
    import pandas as pd

    remedy = "restore it, or make it anew with `python -m coordination release`"
    if not note.is_file():
        raise InputError(displayed(note), "no such file", told("the checksum of {file}", file=file.name), remedy)
    try:
        expected = str(digest(json.loads(note.read_text(encoding="utf-8"))))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            displayed(note), "no checksum", told("the key sha256 of {file}", file=file.name), remedy
        ) from None
    if checksum(file) != expected:
        wanted = told("{start}…, as released", start=expected[:12])
        raise InputError(displayed(file), f"sha256 {checksum(file)[:12]}…", wanted, remedy)
    return pd.read_csv(file, dtype=NAMES)


def published(study, name, printed=False):
    """Read a table of published values.

    Parameters
    ----------
    study : Study
    name : str
        Such as `table4_coordination`.
    printed : bool
        Whether cells are to stay strings, as printed.

    Returns
    -------
    pandas.DataFrame or None
        None if the study has none.

    Raises
    ------
    InputError
        If the file is no table, see `study.files.read_text`.
    """
    import pandas as pd

    file = raw(study.id) / "published" / f"{name}.csv"
    if not file.is_file():
        return None
    table = read_text(file)
    return table if printed else pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype=NAMES)


def number_in_article(kind, name, study):
    """Return the number that a table or figure has in the article that a study recomputes.

    Parameters
    ----------
    kind : {'table', 'figure', 'hand-over'}
    name : str
    study : Study

    Returns
    -------
    int or None
        None for one that the article does not number, and for a study without published values.
    """
    there = (raw(study.id) / "published").is_dir()
    return number_of(kind, name, [s.id for s in study.subsystems]) if there else None


def claims_file(study):
    """Return the register of a study's claims: published/claims.csv, else claims.csv in its folder.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Path or None
        None if there is neither.
    """
    files = (raw(study.id) / "published" / "claims.csv", raw(study.id) / "claims.csv")
    return next((f for f in files if f.is_file()), None)


def claims(study):
    """Read the register of a study's claims: published ones, or the author's own.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame of str or None
        published/claims.csv, else claims.csv in the study's folder; None if there is neither.

    Raises
    ------
    InputError
        If the file is no table, see `study.files.read_text`.
    """
    file = claims_file(study)
    return None if file is None else read_text(file)


def lens_documents(study):
    """Read the literature's lenses and the rules of diagnosis, and those that a study brings along.

    Parameters
    ----------
    study : Study

    Returns
    -------
    shared, own : dict of str to (str, dict)
        From data/lenses and from the study's folder lenses: by name, the name of the file and what it holds.

    Raises
    ------
    InputError
        If a file is no plain YAML.
    """
    folders = root() / "data" / "lenses", raw(study.id) / "lenses"
    return tuple(
        {file.stem: (displayed(file), read_document(file)) for file in sorted(folder.glob("*.yml"))}
        for folder in folders
    )


def references():
    """Return the keys that the paper can cite in every language.

    Returns
    -------
    set of str
        Of paper/references.bib, and of those that all of its files for one language have.
    """
    common, *own = (
        set(re.findall(r"^@\w+\{([^,\s]+),", file.read_text(encoding="utf-8"), re.M)) if file.is_file() else set()
        for file in (root() / "paper" / f"references{k}.bib" for k in ("", *(f".{k}" for k in prose_languages())))
    )
    return common | set.intersection(*own)


def prose_languages():
    """Return the languages in which the prose of the paper is written; the others read it in the first one.

    Returns
    -------
    list of str
    """
    return [k for k in LANGUAGES if k == LANGUAGES[0] or (root() / "paper" / f"sections.{k}.typ").is_file()]
