"""Figures and tables as the pages show them, with where they come from."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from coordination.errors import InputError
from coordination.pipeline.files import number_in_article
from coordination.presentation import html, locale
from coordination.publishing.site import origins
from coordination.publishing.site.markup import breakable, raw, render, rich, say
from coordination.study.files import displayed

MANY, DENSE = 8, 15  # columns from which a table is set in smaller type, and in the smallest

KEY_FIGURES = ("moran-by-year", "scatter", "specification-curve", "published-recomputed")

# Where the explorer shows what a figure shows, by how the figure's name begins
TURNED = {
    "map-": "map-panel", "heat-map-": "lines-panel", "lines-": "lines-panel", "slopes-": "lines-panel",
    "yearly-mean-": "lines-panel", "profile-": "parts-panel", "weights": "turn-indicators",
    "moran-by-year": "turn-moran", "specification-curve": "turn", "level-flips": "turn-degrees",
    "rank-intervals": "turn-degrees", "scoreboard": "turn-claims",
}  # fmt: skip


def table_rows(material, name, language):
    """Read a table as a reader sees it.

    Parameters
    ----------
    material : Material
    name : str
    language : str

    Returns
    -------
    list of list of str
        Its head and its rows; both ends of a long one.

    Raises
    ------
    InputError
        If its file holds none.
    """
    folder = material.out / "tables"
    file = folder / "short" / f"{name}.{language}.csv"
    file = file if file.is_file() else folder / f"{name}.{language}.csv"
    rows = []
    if file.is_file():
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    if not rows:
        expected, remedy = "a table for readers", f"run `make all STUDY={material.study.id}` again"
        raise InputError(displayed(file), "none", expected, remedy)
    return rows


def table_body(material, name, language, caption=None, cell=breakable):
    """Return a table as a reader sees it (see `table_rows`).

    Parameters
    ----------
    material : Material
    name : str
    language : str
    caption : markupsafe.Markup, optional
        Instead of its own.
    cell : callable
        As for `html.table`.

    Returns
    -------
    markupsafe.Markup
        The table alone, in its scroll container.
    """
    rows = table_rows(material, name, language)
    shown = pd.DataFrame(rows[1:], columns=rows[0])
    if caption is None:
        caption = rich(material.entry("table", name)["caption"][language])
    many, dense = len(rows[0]) >= MANY, len(rows[0]) >= DENSE
    upright = dense and max(map(len, rows[0])) > 8
    classes = [c for c, on in (("many", many), ("dense", dense), ("upright", upright), ("dataframe", True)) if on]
    spanned = Markup("<span>{}</span>").format(caption)
    return boxed(html.table(shown, spanned, classes, cell), caption.striptags(), language)


def boxed(table, label, language):
    """Put a table into a container of its own that scrolls.

    Parameters
    ----------
    table : markupsafe.Markup
    label, language : str

    Returns
    -------
    markupsafe.Markup
    """
    return render("table-box", language, table=table, label=label)


def image(material, name, language, up="../"):
    """Return a figure's picture.

    Parameters
    ----------
    material : Material
    name : str
    language : str
    up : str
        Way from the page to the site's folder.

    Returns
    -------
    markupsafe.Markup
        With the caption as alternative text and the size in CSS pixels.
    """
    caption = material.entry("figure", name)["caption"][language]
    head = (material.out / "figures" / f"{name}.{language}.svg").read_text(encoding="utf-8")[:2000]
    return render("image", language, name=name, caption=caption, size=_pixels(head), up=up)


def _pixels(head):
    """Return width and height that the head of an SVG states in points, or as its view; None if it states none."""
    size = re.search(r'<svg[^>]*?height="(?P<h>[\d.]+)pt"[^>]*?width="(?P<w>[\d.]+)pt"', head) or re.search(
        r'<svg[^>]*?viewBox="0 0 (?P<w>[\d.]+) (?P<h>[\d.]+)"', head
    )
    return [f"{float(size[side]) * 4 / 3:.0f}" for side in "wh"] if size else None


def plates_of(names, material, language):
    """Return what a template needs of figures.

    Parameters
    ----------
    names : sequence of str
    material : Material
    language : str

    Returns
    -------
    list of dict
        name, image, caption, and links to where each comes from.
    """
    entries = [material.entry("figure", name) for name in names]
    return [
        {
            "name": m["name"],
            "image": image(material, m["name"], language),
            "caption": m["caption"][language],
            "links": origins.origin(m, material, language),
        }
        for m in entries
    ]


def key_figures(material, language):
    """Show the figures of the start page.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown.
    """
    made = {m["name"] for m in material.made if m["kind"] == "figure"}
    plates = plates_of([n for n in KEY_FIGURES if n in made], material, language)
    return (
        f"## {say('key_figures', language)}\n\n{raw(render('key-figures', language, plates=plates))}" if plates else ""
    )


def gallery(material, language, kind, titles):
    """Show all figures, or all tables, with where they come from.

    Parameters
    ----------
    material : Material
    language : str
    kind : {'figure', 'table'}
    titles : dict of str to str
        Of the notebooks.

    Returns
    -------
    str
        Markdown, a heading a notebook.
    """
    parts = []
    for notebook in material.notebooks:
        own = [m for m in material.made if (m["kind"], m["notebook"]) == (kind, notebook)]
        plates = [_plate(m, material, language) for m in own]
        if plates:
            parts += [f"## {titles[notebook]}", raw("\n".join(plates))]
    return "\n\n".join(parts)


def turned(name, language):
    """Link to where the explorer shows what a figure shows.

    Parameters
    ----------
    name : str
    language : str

    Returns
    -------
    list of Link
        None or one.

    Examples
    --------
    >>> turned("map-coordination", "en")[0].href
    'explorer.html#map-panel'
    """
    panels = [panel for start, panel in TURNED.items() if name.startswith(start)]
    return [origins.Link(say("turn", language), f"explorer.html#{panel}") for panel in panels[:1]]


def one_figure(material, language, name):
    """Show one figure with where it comes from.

    Parameters
    ----------
    material : Material
    language : str
    name : str

    Returns
    -------
    str
        Markdown; empty if the study has no such figure.
    """
    entry = material.entry("figure", name)
    return raw(_plate(entry, material, language)) if entry else ""


def one_table(material, language, name):
    """Show one table; see `one_figure`."""
    return raw(table_body(material, name, language)) if material.entry("table", name) else ""


def printed(entry, material, language):
    """Return where a figure or table stands in print.

    Parameters
    ----------
    entry : dict
        Its kind and name.
    material : Material
    language : str

    Returns
    -------
    list of Link
        One such as Figure 2 to the paper's page, or Figure S9 to the supplement, if it stands in one of them; and where
        the study recomputes a published one, that one's number, to the comparison with it.
    """
    kind, links = entry["kind"][:3], []
    if number := material.paper[language]["numbers"].get(f"{kind}-{entry['name']}"):
        place = f"../supplement.{language}.pdf" if number.startswith("S") else f"paper.html#{kind}-{entry['name']}"
        links.append(origins.Link(locale.words(language, "paper")[kind].format(number), place))
    number = number_in_article(entry["kind"], entry["name"], material.study)
    if number and material.board is not None:
        said = locale.words(language)[f"numbered_{entry['kind']}"].format(number)
        links.append(origins.Link(said, "scoreboard.html"))
    return links


def _plate(entry, material, language):
    name, kind = entry["name"], entry["kind"]
    copies = []
    for path in map(Path, entry["files"]):
        if path.name in {f"{name}.{language}.{ending}" for ending in ("svg", "png", "csv")}:
            copies.append(origins.Link(path.suffix[1:].upper(), f"../{kind}s/{path.name}"))
        elif path.stem == name:
            copies.append(origins.Link(path.name, f"../{kind}s/{path.name}"))
    if kind == "figure":
        copies += turned(name, language)
    return render(
        "plate",
        language,
        kind=kind,
        name=name,
        caption=entry["caption"][language],
        content=(image if kind == "figure" else table_body)(material, name, language),
        links=[*printed(entry, material, language), *origins.origin(entry, material, language), *copies],
    )
