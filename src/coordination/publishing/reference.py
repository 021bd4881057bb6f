"""The reference of functions: pages of what their docstrings say, which the sites of all studies share."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import FOLDER
from coordination.pipeline import limits, scratch
from coordination.pipeline.paths import root, shared
from coordination.presentation import locale
from coordination.publishing.site.markup import FIRST, names, say

PACKAGE = Path(__file__).parents[1]


@functools.cache
def parsed(file):
    """Return what a file of the package says, as Python reads it.

    Parameters
    ----------
    file : Path

    Returns
    -------
    ast.Module
    """
    return ast.parse(file.read_text(encoding="utf-8"))


@functools.cache
def modules():
    """Return the package's modules and what is in them.

    Returns
    -------
    dict of str to (str, dict of str to str)
        By name without the package's own: the first line of the docstring, and the same of every public function and
        class in the order of the code.
    """
    result = {}
    for file in sorted(PACKAGE.rglob("[!_]*.py")):
        tree = parsed(file)
        public = [d for d in tree.body if isinstance(d, (ast.FunctionDef, ast.ClassDef)) and d.name[0] != "_"]
        result[".".join(file.relative_to(PACKAGE).with_suffix("").parts)] = (
            _first_line(tree),
            {d.name: _first_line(d) for d in public},
        )
    return result


@functools.cache
def rooms():
    """Return the rooms of the package and the modules in them.

    Returns
    -------
    dict of str to (str, dict of str to (str, dict of str to str))
        By name, the package itself by an empty one, first: the first line of its docstring, and of `modules` its own.
    """
    result = {}
    for name, about in sorted(modules().items(), key=lambda m: ("." in m[0], m[0])):
        room = name.partition(".")[0] if "." in name else ""
        file = PACKAGE / room / "__init__.py"
        text = file.read_text(encoding="utf-8") if room else ""
        result.setdefault(room, (_first_line(ast.parse(text)), {}))[1][name] = about
    return result


def _first_line(node):
    return (ast.get_docstring(node) or "").partition("\n")[0]


def pages():
    """Return the folder of the pages, made by Sphinx where the code has none yet.

    Returns
    -------
    Path
        With `api/<module>.html`, to be laid into the English pages of a site, whose styles and scripts it uses.

    Raises
    ------
    InputError
        If Sphinx fails.
    """
    site = root() / "site"
    parts = [site / "conf.py", site / "static", site / "templates"]
    files = sorted(f for p in parts for f in (p.rglob("*") if p.is_dir() else [p]) if f.is_file())
    digest = hashlib.sha256()
    words = [FOLDER / FIRST / "site.yml"]
    for file in (root() / "requirements.lock", *files, *words, *sorted(PACKAGE.rglob("*.py"))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    place = shared() / "reference"
    made = place / digest.hexdigest()[:16]
    if made.is_dir():
        return made
    place.mkdir(parents=True, exist_ok=True)
    with scratch.folder(".new-", place) as staging:
        source = staging / "source"
        _sources(source, parts)
        process = render(source, staging / "pages")
        said = [line.replace(f"{staging}/", "") for line in warnings(process, staging / "pages")]
        if process.returncode or said:
            remedy = "mend the docstring it names"
            raise InputError("reference", (said or ["no message"])[-1], "docstrings that Sphinx can read", remedy)
        for earlier in place.glob("[!.]*"):
            shutil.rmtree(earlier, ignore_errors=True)
        try:
            (staging / "pages").rename(made)
        except OSError:  # another process was faster
            if not made.is_dir():
                raise
    return made


def _sources(folder, parts):
    (folder / "api").mkdir(parents=True)
    for part in parts:
        copy = shutil.copytree if part.is_dir() else shutil.copy
        copy(part, folder / part.name)
    for name in modules():
        title = f"coordination.{name}"
        text = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n   :members:\n"
        (folder / "api" / f"{name}.rst").write_text(text, encoding="utf-8")
    index = ["Functions\n=========\n"]
    for room, (_, inside) in rooms().items():
        entries = "\n".join(f"   {name} <api/{name}>" for name in inside)
        caption = f"   :caption: {room}\n" if room else ""
        index.append(f".. toctree::\n{caption}\n{entries}\n")
    (folder / "index.rst").write_text("\n".join(index), encoding="utf-8")
    settings = {
        "title": say("api", FIRST),
        "language": FIRST,
        "sphinx": locale.words(FIRST, "site")["settings"]["sphinx"],
        "languages": names(),
        "extras": [[say("study_overview", FIRST), "index.html"], [say("all_functions", FIRST), "api/index.html"]],
        "words": {key: say(key, FIRST) for key in ("language", "numbers", "found_count")},
        "theme_words": {},
        "reference": True,
    }
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def render(source, target):
    """Start Sphinx on a folder of sources.

    Parameters
    ----------
    source, target : Path
        Folders.

    Returns
    -------
    subprocess.Popen
        At work; `warnings` waits for it.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    environment["TMPDIR"] = str(source.parent)  # where Sphinx leaves a log of what stopped it
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-b",
        "html",
        "-d",
        str(source) + ".trees",
        "-w",
        str(target) + ".warnings",
        str(source),
        str(target),
    ]
    setting = {"stderr": subprocess.PIPE, "text": True, "encoding": "utf-8", "env": environment}
    return subprocess.Popen(command, **setting, **limits.ends_with_this())


def warnings(process, target):
    """Wait for Sphinx, and return what it warned of.

    Parameters
    ----------
    process : subprocess.Popen
    target : Path
        As for `render`.

    Returns
    -------
    list of str
        Its own warnings; where it failed without one, the end of what else was said. What Python, libraries or the
        system say on standard error is nothing that a page could be blamed for.
    """
    _, said = process.communicate()
    file = Path(f"{target}.warnings")
    own = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = [line for line in own.splitlines() if line.strip()]
    return found or ([line for line in said.splitlines() if line.strip()][-1:] if process.returncode else [])
