"""The provenance graph: how notebooks hang together, and the way of every number from the files of the study."""

from __future__ import annotations

from coordination.publishing.site.markup import raw, render, say
from coordination.publishing.site.origins import Link, file_link, function_link

# Of the drawing, in pixels
COLUMN, BOX, ROW, LINE, MARGIN = 146, 120, 14, 15, 6


def graph(material, language, titles):
    """Draw which notebook reads and writes which files.

    Parameters
    ----------
    material : Material
    language : str
    titles : dict of str to str
        Of the notebooks.

    Returns
    -------
    str
        Markdown: a drawing whose boxes are links, in columns from the files of the study to what is made last.
    """
    books = material.provenance["notebooks"]
    writer = {file: name for name, own in books.items() for file in own["writes"]}
    depth = {}
    for name, own in books.items():  # in the order in which they ran
        depth[name] = 1 + max((depth[writer[f]] for f in own["handed"]), default=0)
    boxes, heights = {}, {}

    def put(key, column, lines, href, label):
        top = heights.get(column, MARGIN)
        tall = LINE * len(lines) + 10
        boxes[key] = {"x": MARGIN + COLUMN * column, "y": top, "height": tall, "lines": lines, "href": href}
        boxes[key] |= {"key": key, "label": label, "given": column == 0}
        heights[column] = top + tall + ROW

    files = sorted({f for own in books.values() for f in own["inputs"]}, key=lambda f: ("/" in f, f))
    folders = {}
    for file in files:
        folders.setdefault(_folder(file), []).append(file)
    for place, inside in folders.items():
        link = file_link(inside[0], material, start=True)
        put(f"given:{place}", 0, [place.removeprefix("data/")], link.href or "data.html", ", ".join(inside))
    for name, own in books.items():
        lines = [name.replace("-autocorrelation", ""), *(f"→ {f.removesuffix('.csv')}" for f in own["writes"])]
        put(f"made:{name}", depth[name], lines, f"notebooks/{name}.html", titles[name])
    lines = []
    for name, own in books.items():
        sources = {f"given:{_folder(f)}" for f in own["inputs"]}
        sources |= {f"made:{writer[f]}" for f in own["handed"]}
        lines += [_line(boxes[s], boxes[f"made:{name}"]) for s in sorted(sources)]
    width = MARGIN * 2 + COLUMN * max(depth.values()) + BOX
    facts = {"boxes": list(boxes.values()), "lines": lines, "box": BOX, "line": LINE, "width": width}
    return raw(render("graph", language, **facts, height=max(heights.values())))


def _folder(file):
    return file[: file.rindex("/") + 1] if "/" in file else file


def _line(start, end):
    """Return a line from a box's right side to another's left."""
    x, y = start["x"] + BOX, start["y"] + LINE / 2 + 5
    to, down = end["x"], end["y"] + LINE / 2 + 5
    bend = (x + to) / 2
    path = f"M{x} {y:g}C{bend:g} {y:g} {bend:g} {down:g} {to} {down:g}"
    return {"path": path, "start": start["key"], "end": end["key"], "given": start["given"]}


def ways(material, language, titles):
    """List every way from files of the study through cells to numbers, figures and tables.

    Parameters
    ----------
    material : Material
    language : str
    titles : dict of str to str
        Of the notebooks.

    Returns
    -------
    str
        Markdown, a heading a notebook.
    """
    places = material.provenance
    led = {}
    for kind in ("numbers", "figures", "tables"):
        for name, place in places[kind].items():
            led.setdefault(place, {}).setdefault(kind, []).append(name)
    parts = []
    for notebook, title in titles.items():
        own = [
            _way(k, origin, led[k], material, language)
            for k, origin in enumerate(places["origins"])
            if origin["notebook"] == notebook
        ]
        if own:
            parts += [f"## {title}", raw(render("ways", language, ways=own))]
    return "\n\n".join(parts)


def _way(place, origin, led, material, language):
    cells = [
        (name.partition("-")[0], [Link(str(n), f"notebooks/{name}.html#cell-{n}") for n in own])
        for name, own in origin["cells"].items()
    ]
    cell = origin["cell"]
    to = {
        "numbers": lambda key: Link(key, f"results.html#{key}"),
        "figures": lambda name: Link(name, f"figures.html#figure-{name}"),
        "tables": lambda name: Link(name, f"tables.html#table-{name}"),
    }
    functions = dict.fromkeys(material.results[k]["function"] for k in led.get("numbers", ()))
    return {
        "id": f"way-{place}",
        "cell": Link(
            say("in_cell", language, origin["notebook"], cell), f"notebooks/{origin['notebook']}.html#cell-{cell}"
        ),
        "functions": [function_link(f, language) for f in functions if f],
        "inputs": [file_link(f, material, start=True) for f in origin["inputs"]],
        "handed": [file_link(f, material) for f in origin["handed"]],
        "cells": cells,
        "led": [(kind, len(names), [to[kind](n) for n in names[:3]]) for kind, names in led.items()],
    }
