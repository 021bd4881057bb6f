"""What Typst is called with, and its errors in our words; quick to import, since it runs in a process of its own."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import typst

from coordination.errors import InputError


def run(command, file, *arguments, **named):
    """Call Typst on a document that reads nothing outside its folder, with the bundled faces alone.

    Parameters
    ----------
    command : {'compile', 'query'}
    file : Path
    *arguments, **named
        Of the command.

    Returns
    -------
    bytes or list of bytes or str

    Raises
    ------
    InputError
        If the text cannot be set.
    """
    faces = Path(find_spec("mplfonts").origin).parent / "fonts"
    setting = {"root": file.parent, "font_paths": [str(faces)], "ignore_system_fonts": True}
    try:
        return getattr(typst, command)(file, *arguments, **setting, **named)
    except (typst.TypstError, RuntimeError) as error:  # a query raises the latter, and does not say where
        if command == "query":
            run("compile", file)
        raise InputError(*explained(error)) from None


def explained(error):
    """Return where, found, expected and remedy of one of Typst's errors.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    tuple of str
    """
    places = re.findall(r"/print/([\w./-]+\.typ):(\d+):", str(getattr(error, "diagnostic", error)))
    prose = [p for p in places if p[0].startswith(("sections", "supplement.", "study/"))] or places
    where = f"paper/{prose[0][0]}, line {prose[0][1]}" if prose else "paper"
    found = str(getattr(error, "message", None) or error).removeprefix("failed to compile document: ")
    found = found.removeprefix("panicked with: ")
    found = re.sub(r"\(searched at .*/print/(.*)\)", r"(\1)", found)
    return where, found, "a text that compiles", "correct the text, or let the pipeline record what it needs"
