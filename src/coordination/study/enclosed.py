"""What a study brings is in its folder: nothing outside is read for it, by a link or by a text of its paper."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from coordination.errors import InputError, InputErrors, told
from coordination.study.files import displayed

MOST_FILES = 10_000  # of a study's folder

# What reads a file in Typst, and what makes code of a text
READERS = "read|csv|json|yaml|toml|xml|cbor|plugin|eval|include|import|image|bibliography"
_STRING = r'"(?:[^"\\]|\\.)*"'
# A string or comment; a reader with its file; one that is handed on under another name
_TOKEN = re.compile(
    rf"(?P<skip>{_STRING}|(?<!:)//[^\n]*|/\*.*?\*/)"
    rf"|(?P<read>(?<![\w.-])(?P<name>{READERS})(?:\(\s*|[ \t]+(?=\"))(?P<file>{_STRING})?)"
    rf"|(?P<handed>\blet\s+[\w-]+\s*=\s*(?:{READERS})\b(?![\w(-])|\.\w+\(\s*(?:{READERS})\s*[,)]|\((?:{READERS})\)\s*\()",
    re.DOTALL,
)
SHARED = "../lib.typ"  # what texts of a study may take from those of the compendium


def check_folder(folder):
    """Refuse links that lead out of a study's folder, and files that are none.

    Parameters
    ----------
    folder : Path
        Of the study; it may be reached by a link itself.

    Raises
    ------
    InputErrors
        With every link, pipe, socket or device.
    InputError
        If there are too many files.
    """
    home, faults, count = Path(folder).resolve(), [], 0
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            count += 1
            if count > MOST_FILES:
                found, expected = told("more than {count} files", count=MOST_FILES), "the files of one study"
                raise InputError(displayed(Path(folder)), found, expected, "take out what does not belong to it")
            path = Path(place) / name
            mode = path.lstat().st_mode
            where = f"{displayed(Path(folder))}/{path.relative_to(folder).as_posix()}"
            if stat.S_ISLNK(mode) and not path.resolve().is_relative_to(home):
                found = "a link that leads out of the study's folder"
                faults.append(InputError(where, found, "files in the folder", "put a copy in its place"))
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
                found = "a pipe, socket or device"
                faults.append(InputError(where, found, "files and folders", "remove it"))
    if faults:
        raise InputErrors(faults)


def check_texts(folder):
    """Refuse texts of a study's paper that read files outside its folder.

    Parameters
    ----------
    folder : Path
        Of the study; its texts are `paper/*.typ`.

    Raises
    ------
    InputErrors
        With every place where a text reads a file that lies elsewhere, or does not say which.

    Notes
    -----
    This names the place. What keeps the programs that set the texts from reading elsewhere is `pipeline.limits`.
    """
    faults = []
    for file in sorted((Path(folder) / "paper").rglob("*.typ")):
        text = file.read_text(encoding="utf-8", errors="replace")
        for token in _TOKEN.finditer(text):
            named = token["file"] and token["file"][1:-1]
            if token["skip"] or (token["read"] and token["name"] != "eval" and _inside(named, file, folder)):
                continue
            if token["read"] and named is None and text[: token.start()].rstrip()[-1:] not in ("", *"#=(,:{;["):
                continue  # a word of the prose, with brackets after it
            line = text.count("\n", 0, token.start()) + 1
            where = told("{file}, line {line}", file=displayed(file), line=line)
            found = " ".join(token[0].split())[:80]
            expected = "files of the study's folder paper, named as they stand"
            faults.append(InputError(where, found, expected, "put the file beside the text, or write the text out"))
    if faults:
        raise InputErrors(faults)


def _inside(named, file, folder):
    """Whether what a text names is a file of the study's paper, or the compendium's own."""
    if named == SHARED:
        return True
    if named is None or set(named) & set("\\:") or named.startswith(("/", "~")):
        return False
    home = (Path(folder) / "paper").resolve()
    return (file.parent / named).resolve().is_relative_to(home)
