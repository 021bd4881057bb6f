"""What an archive says of itself to those who check it: codecheck.yml, datapackage.json, the bill of materials."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys

import yaml

from coordination.errors import InputError
from coordination.pipeline import scratch
from coordination.pipeline.paths import raw
from coordination.publishing.archive.contents import read
from coordination.study.document import load

LINES = 1_000_000  # of a table, which all are read before it is said what its columns hold


def people(study, citation):
    """Return who made a study: its authors by study.yml, those of CITATION.cff where it names none.

    Parameters
    ----------
    study : Study
    citation : dict

    Returns
    -------
    list of dict
        type (Person or Organization), name, and as far as given: affiliation, orcid.
    """
    own = [{"type": "Person", "name": a.name["en"]} | _affiliation(a) for a in study.authors]
    return own or [_cited(author) for author in citation["authors"]]


def _affiliation(author):
    return {"affiliation": author.affiliation["en"]} if author.affiliation else {}


def _cited(author):
    known = {key: author[key] for key in ("affiliation", "orcid") if key in author}
    if "name" in author:
        return {"type": "Organization", "name": author["name"]} | known
    return {"type": "Person", "name": f"{author['given-names']} {author['family-names']}"} | known


def described(contents):
    """Return the study of an archive and who is to be cited for it.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    study : Study
    citation : dict
        What CITATION.cff holds.
    """
    return load(raw(contents.study)), yaml.safe_load(contents.sources["CITATION.cff"])


def captions(contents):
    """Return what every figure, table and paper is, by the file that stands for it.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    dict of str to str
        One file each: tables as CSV with full precision, figures as SVG in English.
    """
    listed = contents.made[f"outputs/{contents.study}/contents.csv"].read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(io.StringIO(listed)):
        plain = row["file"].endswith(f"/{row['name']}.csv")
        if (row["kind"] == "figure" and row["file"].endswith(".en.svg")) or (row["kind"] == "table" and plain):
            found[row["file"]] = f"{row['caption']} ({row['notebook']})"
    for name in contents.made:
        if kind := re.fullmatch(rf"outputs/{re.escape(contents.study)}/(paper|supplement)\.(\w+)\.pdf", name):
            found[name] = f"The {kind[1]} ({kind[2]})"
    return found


def codecheck(contents):
    """Return the manifest by which a codechecker works.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    bytes
        YAML as CODECHECK's configuration 1.0 has it; codechecker, certificate and report are left to who checks.
    """
    study, citation = described(contents)
    authors = [{"name": p["name"]} | ({"ORCID": p["orcid"]} if "orcid" in p else {}) for p in people(study, citation)]
    paper = {"title": study.title["en"], "authors": authors}
    manifest = [{"file": name, "comment": said} for name, said in captions(contents).items()]
    document = {"version": "https://codecheck.org.uk/spec/config/1.0/", "paper": paper, "manifest": manifest}
    if "repository-code" in citation:
        document["repository"] = citation["repository-code"]
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return f"# codechecker, certificate and report are for whoever checks it to add\n{text}".encode()


def tables(contents):
    """Return the tables of a study that are for programs: given, handed over and made.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    dict of str to bytes
        By name in the compendium.
    """
    own = {n: c for n, c in contents.sources.items() if n.startswith(f"data/raw/{contents.study}/")}
    made = {n: f for n, f in contents.made.items() if n.count(".") == 1 and n.startswith(("data/", "outputs/"))}
    found = {n: read(c) for n, c in (own | made).items() if n.endswith(".csv")}
    return {name: found[name] for name in sorted(found)}


def datapackage(contents):
    """Describe the tables of a study as a Data Package, having held every row against what is said of its columns.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    bytes
        JSON.

    Raises
    ------
    InputError
        If a table is not as it is described, or the package that describes it is not there.
    """
    frictionless = needed("frictionless")
    study, citation = described(contents)
    with scratch.folder() as folder:
        resources = []
        for name, content in tables(contents).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            # A column has the kind that all of its cells have.
            detector = frictionless.Detector(sample_size=LINES, field_confidence=1)
            key = re.sub(r"[^a-z0-9._-]+", "-", name.removesuffix(".csv").lower())
            resource = frictionless.Resource(path=name, basepath=str(folder), name=key, detector=detector)
            resource.infer(stats=True)
            resources.append(resource)
        package = frictionless.Package(
            name=re.sub(r"[^a-z0-9._-]+", "-", contents.study.lower()),
            title=study.title["en"],
            sources=[{"title": study.source["en"]}],
            contributors=[{"title": p["name"], "role": "author"} for p in people(study, citation)],
            resources=resources,
            basepath=str(folder),
        )
        report = package.validate()
    if not report.valid:
        task = next(task for task in report.tasks if not task.valid)
        raise InputError(task.place, task.errors[0].message, "a table as it is described", "correct the table")
    return f"{json.dumps(package.to_descriptor(), ensure_ascii=False, indent=1, sort_keys=True)}\n".encode()


def materials(sources):
    """Return the software bill of materials: every package of the lock with version and hashes.

    Parameters
    ----------
    sources : dict of str to bytes
        With requirements.lock, and pyproject.toml, which says what the bill is of.

    Returns
    -------
    bytes
        CycloneDX as JSON.
    """
    needed("cyclonedx_py")
    with scratch.folder() as folder:
        for name in ("requirements.lock", "pyproject.toml"):
            (folder / name).write_bytes(sources[name])
        options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--short-PURLs", "--no-validate"]
        command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.lock", *options]
        environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True).stdout


def needed(module):
    """Import a library that only archives need.

    Parameters
    ----------
    module : str

    Returns
    -------
    module

    Raises
    ------
    InputError
        If it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        found, remedy = f"no package {module}", "install requirements.lock, or the extra `archive`"
        raise InputError("this Python", found, "what makes an archive", remedy) from None
