"""The paper as a page: its text, figures and tables, and what every number in it shows of its origin."""

from __future__ import annotations

import ast
import csv
import functools
import html
import json
import re
from pathlib import Path
from urllib.parse import unquote

from markupsafe import Markup

from coordination.errors import InputError
from coordination.presentation.html import NUMBER
from coordination.publishing import reference
from coordination.publishing.site.markup import breakable, plain, raw, render, say
from coordination.publishing.site.material import quotable
from coordination.publishing.site.numbers import value
from coordination.publishing.site.origins import Link, file_link, function_link
from coordination.publishing.site.plates import boxed, image, table_body, table_rows, turned

PLACE = re.compile(r"<!--(figure|table) ([\w.-]+)-->(.*?)<!--end-->", re.DOTALL)
ORIGIN = re.compile(r'<a href="((?:results|figures|tables)\.html#[^"]+)" class="origin[^>]*>(.*?)</a>', re.DOTALL)

ALIKE = 3  # numbers of a sentence that read the same, if there are no more than that, are all told


def article(material, language, folder, text="paper"):
    """Return the paper, or its supplement, as the content of a page.

    Parameters
    ----------
    material : Material
    language : str
    folder : Path
        Of the pages' scripts, of which `origins-<text>.js` gets what the numbers of the page show.
    text : {'paper', 'supplement'}

    Returns
    -------
    str
        Markdown: headings, and HTML between them.
    """
    paper = material.paper[language]
    kinds = [("paper", "pdf"), ("paper", "docx"), ("supplement", "pdf")]
    links = [Link(say(name, language, kind.upper()), f"../{name}.{language}.{kind}") for name, kind in kinds]
    other = "supplement" if text == "paper" else "paper"
    links.append(Link(say("article", language)[other], f"{other}.html"))
    parts = [raw(render("article", language, **{k: paper[k] for k in ("authors", "date")}, links=links))]
    for part in paper[text]:
        if isinstance(part, str):
            parts.append(raw(_filled(part, material, language)))
            continue
        level, label, heading = part
        if label:
            parts.append(raw(Markup('<span id="{}"></span>').format(label)))
        parts.append(f"{'#' * (level + 1)} {plain(heading)}")
    found = {}
    for href, written in ORIGIN.findall("\n".join(p for p in paper[text] if isinstance(p, str))):
        found.setdefault(unquote(html.unescape(href)), set()).add(html.unescape(re.sub("<[^>]*>", "", written)))
    content = json.dumps(origins(found, material, language), ensure_ascii=False, separators=(",", ":"))
    (folder / f"origins-{text}.js").write_text(f"window.origins = {content};\n", encoding="utf-8")
    scripts = "".join(f'<script src="_static/{name}.js"></script>' for name in (f"origins-{text}", "article"))
    return "\n\n".join([*parts, raw(scripts)])


def _filled(part, material, language):
    """Put figures and tables into their places."""

    def content(found):
        kind, name, caption = found.groups()
        caption = Markup(re.sub("</?p>", "", caption).strip())
        if material.entry(kind, name) is None:
            remedy = "correct the text that shows it"
            raise InputError(f"paper, {kind} '{name}'", "none of the run", f"a {kind} that a notebook made", remedy)
        if kind == "figure":
            made = image(material, name, language)
        else:
            made = table_body(material, name, language, caption, cells(material, name, language))
        return render("article-plate", language, kind=kind, name=name, content=made, caption=caption)

    def scrolling(found):
        return boxed(Markup(found[0]), say("table", language), language)

    return PLACE.sub(content, re.sub("<table>.*?</table>", scrolling, part, flags=re.DOTALL))


def cells(material, name, language):
    """Return what becomes of the cells of a table of the run, in their order: numbers lead to where it comes from.

    Parameters
    ----------
    material : Material
    name, language : str

    Returns
    -------
    callable
        Takes the text of the next cell, row by row; returns markup.
    """
    rows = table_rows(material, name, language)
    file = material.out / "tables" / f"{name}.csv"
    tidy = []
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as stream:
            tidy = list(csv.DictReader(stream))
    full = ((k, each) for row in whole(rows, tidy, material.reader(language)) for k, each in enumerate(row))
    link = Markup('<a class="origin cell" tabindex="-1" href="tables.html#table-{}"{}>{}</a>')

    def cell(text):
        column, known = next(full)
        if not column or not NUMBER.fullmatch(text.partition(" ±")[0]):
            return breakable(text)
        return link.format(name, Markup(' data-full="{}"').format(known) if known else "", text)

    return cell


def whole(rows, tidy, reader):
    """Find the numbers of a table to their last digit.

    Parameters
    ----------
    rows : list of list of str
        As a reader sees it, with its head.
    tidy : list of dict of str to str
        What it was laid out from: a row for a row, or a row for a region or group and a year.
    reader : Reader

    Returns
    -------
    list of list of str
        Of every cell; empty where there is no more to know, or where more than one number could be meant.
    """
    head, *body = rows
    if len(tidy) == len(body):
        of = [[found.values() for _ in row] for row, found in zip(body, tidy, strict=True)]
    else:
        place = next((k for k in ("region", "group") if tidy and {k, "year"} <= tidy[0].keys()), None)
        regions = reader.regions[reader.language]
        called = (reader.called(row[place], "group") or regions.get(row[place]) for row in tidy if place)
        by = {(name, row["year"]): row.values() for name, row in zip(called, tidy, strict=False)}
        of = [[next((by[c, y] for c in row[:2] if (c, y) in by), ()) for y in head] for row in body]
    result = [[_fuller(text, near) for text, near in zip(*pair, strict=True)] for pair in zip(body, of, strict=True)]
    unlike = any(f is None for row in result for f in row[1:])
    return [["" if unlike else f or "" for f in row] for row in result]


def _fuller(text, near):
    """Return the one number that reads so; an empty text where none is sure, None where a number is like none."""
    bare = text.partition(" ±")[0].rstrip("*").replace("−", "-").replace(",", "")
    if not re.fullmatch(r"[+-]?[0-9]+\.[0-9]+%?", bare):
        return ""
    digits = len(bare.rstrip("%").partition(".")[2])
    floats = {t for t in near if re.fullmatch(r"-?[0-9]*\.[0-9]+(e-?[0-9]+)?|-?[0-9]+", t)}
    units = (100,) if bare.endswith("%") else (1, 100)
    alike = {t for t in floats for by in units if f"{float(t) * by:.{digits}f}" == bare.strip("+%")}
    return (alike.pop() if len(alike) == 1 else "") if alike else None


def origins(found, material, language):
    """Return what numbers, figures and tables show of their origin.

    Parameters
    ----------
    found : dict of str to set of str
        By the address that they lead to, such as `results.html#D.mean.basin.2023`: how they are written.
    material : Material
    language : str

    Returns
    -------
    dict
        words, commit; entries by address: full value and unit of a number, place of its origin, name of its function,
        and for a sentence, by how a number in it is written, the numbers that it is made of and that read so: full
        value, what the sentence's function calls it, and the key of the result that it is; origins, functions by those.
    """
    sha, dirty = material.commit
    mark = (sha[:7] + ("*" if dirty else "")) if sha else say("unknown", language)
    said = ("value", "way", "kept")
    known = {
        "words": {k: say(k, language) for k in said} | say("article", language),
        "commit": [say("commit", language, mark), "about.html#commit"],
        "entries": {}, "origins": {}, "functions": {},
    }  # fmt: skip
    keys = _keys(material)
    for href, texts in found.items():
        page, _, name = href.partition("#")
        if page == "results.html":
            entry = material.results.get(name, {}) | {"key": name}
            if not quotable(name, entry):
                continue  # a text of a study may lead anywhere
            own = {k: v for k, v in value(entry, language).items() if k != "sort"}
            if isinstance(entry["value"], dict):
                facts = material.results.get(f"sentence.{name.partition('.')[2]}", {}).get("facts", ())
                near = {text: [[*one, keys.get(one[0], "")] for one in meant(text, facts)] for text in sorted(texts)}
                own = {"alike": {text: of for text, of in near.items() if 0 < len(of) <= ALIKE}}
        else:
            kind, _, name = name.partition("-")
            entry = material.entry(kind, name)
            if entry is None:
                continue
            own = {"turn": [link[:2] for link in turned(name, language)] if kind == "figure" else []}
        place, way = material.traced(entry) or (f"{entry['notebook']} {entry['cell']}", entry)
        known["origins"].setdefault(str(place), _origin(place, way, material, language))
        if entry["function"]:
            link = function_link(entry["function"], language)
            known["functions"].setdefault(entry["function"], [link.text, link.href, source(entry["function"])])
        known["entries"][href] = own | {"origin": str(place), "function": entry["function"]}
    return known


def meant(text, facts):
    """Find the numbers of a sentence that read as one of its texts.

    Parameters
    ----------
    text : str
        A number as it is written, such as `0.035`, `−4.2` or `61%`.
    facts : sequence of (str, int or float)
        What the sentence is made of.

    Returns
    -------
    list of (str, str)
        Full values that differ, each with its first name.

    Examples
    --------
    >>> meant("61%", [("share", 0.6149), ("p", 0.0352), ("year", 2013)])
    [('0.6149', 'share')]
    """
    bare = re.sub(r"[\s,+%]", "", text).replace("−", "-")
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", bare):
        return []
    digits = len(bare.partition(".")[2])

    def read_so(*units):
        found = {}
        for name, number in facts:
            sizes = {number, abs(number)} if isinstance(number, float) else {number}
            if any(f"{size * by:.{digits}f}" == bare for size in sizes for by in units):
                found.setdefault(f"{number:.12g}", name)
        return list(found.items())

    if text.endswith("%"):
        return read_so(1, 100)
    return read_so(1) or (read_so(100) if digits else [])  # shares may stand as figures in %


def _keys(material):
    """Return the key of the one number among the results that has a full value, by that."""
    found = {}
    for key, entry in material.results.items():
        if quotable(key, entry) and isinstance(entry["value"], float):
            found.setdefault(f"{entry['value']:.12g}", []).append(key)
    return {full: keys[0] for full, keys in found.items() if len(keys) == 1 and len(re.sub(r"\D", "", full)) > 4}


def _origin(place, way, material, language):
    notebook, cell = way["notebook"], way["cell"]
    kept = {Path(entry["file"]).name for entry in material.kept} & set(way.get("handed", ()))
    return {
        "cell": [say("in_cell", language, notebook, cell), f"notebooks/{notebook}.html#cell-{cell}"],
        "way": f"provenance.html#way-{place}" if isinstance(place, int) else "",
        "inputs": [file_link(f, material, start=True)[:2] for f in way.get("inputs", ())],
        "handed": [file_link(f, material)[:2] for f in way.get("handed", ())],
        "kept": bool(kept),
    }


@functools.cache
def source(name):
    """Return the source of a function.

    Parameters
    ----------
    name : str
        Such as `coordination.indices.coupling.level`.

    Returns
    -------
    str
        Empty if it is none of a module of the package.

    Examples
    --------
    >>> source("coordination.indices.coupling.level").partition("(")[0]
    'def level'
    """
    module, _, function = name.removeprefix("coordination.").rpartition(".")
    file = reference.PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    if not file.is_file():
        return ""
    nodes = [n for n in reference.parsed(file).body if isinstance(n, ast.FunctionDef) and n.name == function]
    return ast.get_source_segment(file.read_text(encoding="utf-8"), nodes[0]) if nodes else ""
