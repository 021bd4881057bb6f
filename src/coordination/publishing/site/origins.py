"""Where a number, figure or table comes from, as links."""

from __future__ import annotations

import html
from pathlib import Path

from coordination.publishing.site.material import say
from coordination.sections import SECTIONS


def link(href, text, **attributes):
    """Return a link.

    Parameters
    ----------
    href, text : str
    **attributes
        Further ones.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> link("data.html#raw-a.csv", "a < b")
    '<a href="data.html#raw-a.csv">a &lt; b</a>'
    """
    more = "".join(f' {k}="{html.escape(v)}"' for k, v in attributes.items())
    return f'<a href="{html.escape(href)}"{more}>{html.escape(text)}</a>'


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
    str
        HTML; just the name if there is no such file.
    """
    handed = [f for f in material.files if f["kind"] == "handed" and f["name"] == name and not start]
    found = handed + [f for f in material.files if f["kind"] == "start" and Path(f["name"]).name == name]
    return link(f"data.html#{found[0]['id']}", name) if found else html.escape(name)


def function_link(name, language):
    """Link to the description of a function.

    Parameters
    ----------
    name : str
        Such as `coordination.indices.coupling.coordinate`.
    language : {'en', 'zh'}
        Of the page. The descriptions are the docstrings, so they stand once, in English.

    Returns
    -------
    str
        HTML; empty for no function.

    Examples
    --------
    >>> function_link("coordination.indices.coupling.level", "zh")
    '<a href="../en/api/indices.coupling.html#coordination.indices.coupling.level">indices.coupling.level</a>'
    """
    parts = name.split(".")
    if len(parts) < 3:
        return html.escape(name)
    up = "" if language == "en" else "../en/"
    return link(f"{up}api/{'.'.join(parts[1:-1])}.html#{name}", ".".join(parts[1:]))


def origin(entry, material, language, short=False):
    """Return links to where a number, figure or table comes from.

    Parameters
    ----------
    entry : dict
        notebook, cell, function, and `of`: a file the study starts from, a hand-over file, or a table that the
        notebook made, of which then what the notebook reads is named too, as it is if there is no `of`.
    material : Material
    language : {'en', 'zh'}
    short : bool
        Whether the notebook goes by its number.

    Returns
    -------
    list of str
        HTML: notebook and cell, function, files, commit.
    """
    notebook, cell = entry["notebook"], entry.get("cell")
    name = notebook.partition("-")[0] if short else notebook
    comma = "" if language == "zh" else ","
    where = f"{name}{comma} {say('cell', language, cell)}" if cell else name
    links = [link(f"notebooks/{notebook}.html" + (f"#cell-{cell}" if cell else ""), where)]
    if entry.get("function"):
        links.append(function_link(entry["function"], language))
    of = entry.get("of") or ""
    if of in {Path(f["name"]).name for f in material.files}:
        links.append(file_link(of, material))
    else:
        table = of.removesuffix(".csv")
        if any(m["name"] == table and m["kind"] == "table" for m in material.made):
            links.append(link(f"tables.html#table-{table}", of))
        reads = next((s.reads for s in SECTIONS if s.name == notebook), ())
        links += [file_link(f"{n}.csv", material) for n in reads] or [file_link(material.panel, material, start=True)]
    sha, dirty = material.commit
    mark = (sha[:7] + ("*" if dirty else "")) if sha else say("unknown", language)
    return [*links, link("about.html#commit", say("commit", language, mark))]


def origin_line(entry, material, language, more=(), up=""):
    """Return the line under a figure or table that says where it comes from.

    Parameters
    ----------
    entry : dict
        As for `origin`.
    material : Material
    language : {'en', 'zh'}
    more : sequence of str
        HTML, at the end of the line.
    up : str
        Way from the page to the language's folder.

    Returns
    -------
    str
        HTML.
    """
    line = " · ".join([*origin(entry, material, language), *more])
    return f'<p class="origin-line">{line}</p>'.replace(' href="', f' href="{up}')
