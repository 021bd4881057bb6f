"""Where a number, figure or table comes from, as links."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from coordination.publishing.site.markup import FIRST, render, say
from coordination.sections import SECTIONS


class Link(NamedTuple):
    """A text that leads somewhere, or nowhere if there is no such place."""

    text: str
    href: str | None = None
    title: str | None = None


def file_link(name, material, start=False):
    """Link to where the data page describes a file.

    Parameters
    ----------
    name : str
        As a notebook noted it, such as `weights.csv`.
    material : Material
    start : bool
        Whether it is one of those the study starts from, even if a notebook hands on one of the same name.

    Returns
    -------
    Link
        Just the name if there is no such file.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> panel = {"name": "panel.csv", "kind": "start", "id": "raw-panel.csv"}
    >>> file_link("panel.csv", SimpleNamespace(files=[panel])).href
    'data.html#raw-panel.csv'
    """
    handed = [f for f in material.files if f["kind"] == "handed" and f["name"] == name and not start]
    found = handed + [f for f in material.files if f["kind"] == "start" and name in (f["name"], Path(f["name"]).name)]
    return Link(name, f"data.html#{found[0]['id']}" if found else None)


def described(language):
    """Return the way from a page of a language to the descriptions of functions: docstrings, once, in English."""
    return "api/" if language == FIRST else f"../{FIRST}/api/"


def function_link(name, language):
    """Link to the description of a function.

    Parameters
    ----------
    name : str
        Such as `coordination.indices.coupling.coordinate`.
    language : str
        Of the page.

    Returns
    -------
    Link
        Just the name if it is none of a module.

    Examples
    --------
    >>> function_link("coordination.indices.coupling.level", "zh").href
    '../en/api/indices.coupling.html#coordination.indices.coupling.level'
    """
    parts = name.split(".")
    if len(parts) < 3:
        return Link(name)
    return Link(".".join(parts[1:]), f"{described(language)}{'.'.join(parts[1:-1])}.html#{name}")


def origin(entry, material, language, short=False):
    """Return links to where a number, figure or table comes from.

    Parameters
    ----------
    entry : dict
        notebook, cell, function, and `of`: a file the study starts from, a hand-over file, or a table that the
        notebook made, of which then what it was made from is named too, as it is if there is no `of`; kind and name of
        a figure or table, key of a number.
    material : Material
    language : str
    short : bool
        Whether the notebook goes by its number, and files and commit are left to the page of the way.

    Returns
    -------
    list of Link
        Notebook and cell that computed it, function, files, its way from the files of the study, commit.
    """
    traced = material.traced(entry)
    place, way = traced or (None, entry)
    notebook, cell = way["notebook"], way.get("cell")
    name = notebook.partition("-")[0] if short else notebook
    where = say("in_cell", language, name, cell) if cell else name
    links = [Link(where, f"notebooks/{notebook}.html" + (f"#cell-{cell}" if cell else ""))]
    if entry.get("function"):
        links.append(function_link(entry["function"], language))
    to_way = [] if traced is None else [Link(say("way", language), f"provenance.html#way-{place}")]
    if {Path(entry["file"]).name for entry in material.kept} & set(way.get("handed", ())):
        to_way.append(Link(say("kept", language)))
    if short:
        return links + to_way
    of = entry.get("of") or ""
    if of in {Path(f["name"]).name for f in material.files}:
        links.append(file_link(of, material))
    else:
        table = of.removesuffix(".csv")
        if any(m["name"] == table and m["kind"] == "table" for m in material.made):
            links.append(Link(of, f"tables.html#table-{table}"))
        reads = next((s.reads for s in SECTIONS if s.name == notebook), ())
        if traced is not None:
            reads = [n for n in reads if f"{n}.csv" in way["handed"]]
        links += [file_link(f"{n}.csv", material) for n in reads] or [file_link(material.panel, material, start=True)]
    sha, dirty = material.commit
    mark = (sha[:7] + ("*" if dirty else "")) if sha else say("unknown", language)
    return [*links, *to_way, Link(say("commit", language, mark), "about.html#commit")]


def origin_line(entry, material, language, up=""):
    """Return the line under a figure or table of a notebook that says where it comes from.

    Parameters
    ----------
    entry : dict
        As for `origin`.
    material : Material
    language : str
    up : str
        Way from the page to the language's folder.

    Returns
    -------
    markupsafe.Markup
    """
    return render("origin-line", language, links=origin(entry, material, language), up=up)
