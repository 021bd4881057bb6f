"""Bringing an older study.yml to the present format."""

from __future__ import annotations

import difflib

from coordination.errors import InputError
from coordination.pipeline.files import write
from coordination.pipeline.paths import raw
from coordination.study.document import FORMAT, check_format, load, read_document, upgraded
from coordination.study.files import displayed


def command(options):
    """Upgrade a study's document, show what changes, and write it if it then holds.

    Parameters
    ----------
    options : argparse.Namespace
        study, dry_run.

    Raises
    ------
    InputError
        If there is no document, it is of a newer format, or does not hold once it is upgraded; it is then left as it
        was.
    """
    file = raw(options.study) / "study.yml"
    if not file.is_file():
        load(file.parent)  # says which studies there are
    document = read_document(file)
    if isinstance(document.get("format"), int) and document["format"] > FORMAT:
        check_format(document, displayed(file))
    old = file.read_bytes().decode("utf-8")
    new = upgraded(old)
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), displayed(file), displayed(file), lineterm="")
    print("\n".join(lines) or f"{displayed(file)}: format {FORMAT}")
    if new == old or options.dry_run:
        return
    write(file, new)
    try:
        load(file.parent)
    except InputError:
        write(file, old)
        raise
