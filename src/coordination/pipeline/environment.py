"""Whether this Python already has the packages: exit code 0 if so.

Only the standard library is used here, so that the Makefile can ask before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


def missing(project):
    """Return the packages that the project needs and this Python lacks.

    Parameters
    ----------
    project : Path
        The pyproject.toml.

    Returns
    -------
    list of str
    """
    document = tomllib.loads(project.read_text(encoding="utf-8"))
    needed = document["project"]["dependencies"] + document["dependency-groups"]["dev"]
    absent = []
    for name in (re.match(r"[A-Za-z0-9._-]+", text)[0] for text in needed):
        try:
            distribution(name)
        except PackageNotFoundError:
            absent.append(name)
    return absent


if __name__ == "__main__":
    sys.exit(bool(missing(Path(__file__).parents[3] / "pyproject.toml")))
