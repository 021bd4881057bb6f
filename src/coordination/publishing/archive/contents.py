"""What an archive holds: the compendium at its commit, and what a run made of it."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from coordination.errors import InputError
from coordination.pipeline import plan
from coordination.pipeline.paths import output_root, outputs, root
from coordination.pipeline.provenance import MADE, NOTE, SUMS, archived, commit, commit_time, sums

RECORD = "run.json"  # how long a run took and on what machine: the one file that may differ


@dataclass(frozen=True, eq=False)
class Contents:
    """A finished run and what it was made from.

    Attributes
    ----------
    study, commit : str
    time : int
        When the commit was made, in seconds since 1970.
    language : str
        Of what the notebooks show.
    parameters : tuple of str
        Of the notebooks, NAME=VALUE.
    sources : dict of str to bytes
        Files of the compendium at the commit.
    programs : frozenset of str
        Those of them that can be run.
    made : dict of str to Path
        Files that the run made, by their names in the compendium.
    by_notebook : dict of str to tuple of str
        Names of those that a notebook made.
    graph : dict
        As in provenance.json.
    """

    study: str
    commit: str
    time: int
    language: str
    parameters: tuple[str, ...]
    sources: dict[str, bytes]
    programs: frozenset[str]
    made: dict[str, Path]
    by_notebook: dict[str, tuple[str, ...]]
    graph: dict

    def given(self, name):
        """Return the name in the compendium of a file that a notebook was given: of the study, else of all studies."""
        own = f"data/raw/{self.study}/{name}"
        return own if own in self.sources else name

    def handed(self, name):
        """Return the name in the compendium of a file that notebooks hand to one another."""
        places = (f"data/processed/{self.study}/{name}", f"outputs/{self.study}/tables/{name}")
        return next((place for place in places if place in self.made), None)


def sources():
    """Return the files of the compendium at its commit.

    Returns
    -------
    files : dict of str to bytes
        With the line ends that are committed.
    programs : frozenset of str
        Those that can be run.

    Raises
    ------
    InputError
        If this is neither a git checkout without changes nor an archive unpacked and left as it was.
    """
    found = commit()
    if found.endswith("-dirty"):
        remedy = "commit them with `git add` and `git commit`, then make the archive"
        raise InputError("the compendium", f"changes since commit {found[:12]}", "the files of a commit", remedy)
    if archived():
        known = [name for name in sums((root() / SUMS).read_text(encoding="utf-8")) if not MADE.match(name)]
        files = {name: (root() / name).read_bytes() for name in known if name not in WRITTEN}
        return files, frozenset(name for name, content in files.items() if content.startswith(b"#!"))
    top = _git("rev-parse", "--show-toplevel", text=True)
    if found == "unknown" or top is None or Path(top.strip()).resolve() != root().resolve():
        remedy = "run `git init`, `git add .` and `git commit` in it, then make the archive"
        raise InputError("the compendium", "no git repository of its own", "files of a commit", remedy)
    packed = _git("archive", "--format=tar", "HEAD")
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        files = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}
    return files, frozenset(name for name, content in files.items() if content.startswith(b"#!"))


def _git(*arguments, text=False):
    try:
        return subprocess.run(("git", *arguments), cwd=root(), capture_output=True, text=text, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


# What is written for the archive alone
WRITTEN = (NOTE, SUMS, "ro-crate-metadata.json", "codecheck.yml", "datapackage.json", "sbom.cdx.json")


def gather(study, language, parameters):
    """Bring a run up to date with its commit, and return what an archive of it holds.

    Parameters
    ----------
    study, language : str
    parameters : sequence of str
        Of the notebooks, NAME=VALUE.

    Returns
    -------
    Contents

    Raises
    ------
    InputError
        If the run was made from what no commit holds, or fails.
    """
    plan.checked(study)
    files, programs = sources()
    if f"data/raw/{study}/study.yml" not in files:
        remedy = "put it there, `git add` and `git commit` it"
        raise InputError(f"data/raw/{study}/study.yml", "not in the commit", "a study of the compendium", remedy)
    present = commit()
    again = ("collect",) if _noted(study) not in (None, present) else ()
    if plan.command([study], language, list(parameters), [], "", again=again):
        raise InputError(f"study {study}", "a run that failed", "a finished run", "correct what is said above")
    made, by_notebook = {}, {}
    planned = plan.Plan([study], language, list(parameters))
    for task in planned.tasks.values():
        there = [root() / name for name in planned.records[study].tasks.get(task.name, {}).get("made", ())]
        own = {_named(f): f for f in there if _named(f).startswith((f"outputs/{study}/", f"data/processed/{study}/"))}
        made |= own
        if task.name[0].isdigit():
            by_notebook[task.name] = tuple(sorted(own))
    graph = json.loads((outputs(study) / "provenance.json").read_text(encoding="utf-8"))
    contents = Contents(
        study, present, commit_time(), language, tuple(parameters), files, programs, dict(sorted(made.items())),
        by_notebook, graph,
    )  # fmt: skip
    for name, digest in graph["given"].items():
        if hashlib.sha256(files.get(contents.given(name), b"")).hexdigest() != digest:
            remedy = "commit it in the study's folder, or run from what is committed, then make the archive"
            raise InputError(name, "a file that the commit does not hold", "what the run was made from", remedy)
    return contents


def _noted(study):
    """Return from which commit a study's results say they were made; None if there are none."""
    try:
        results = json.loads((outputs(study) / "results.json").read_text(encoding="utf-8"))
        return results["provenance.commit"]["value"]["en"]
    except (OSError, ValueError, KeyError):
        return None


def _named(file):
    """Return the name of a made file within the compendium, wherever outputs are written."""
    home = output_root().resolve()
    return file.relative_to(home).as_posix() if file.is_relative_to(home) else ""


def read(content):
    """Return what a member holds, which is given as bytes or as the file that holds them."""
    return content if isinstance(content, bytes) else content.read_bytes()
