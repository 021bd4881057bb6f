"""The paper as a page of the site, by pandoc: its parts in HTML, in which every number leads to its origin."""

from __future__ import annotations

import base64
import html
import json
import re
from copy import deepcopy

from coordination.presentation.reader import FORMS
from coordination.publishing.paper.word import cited, linked, numbered

# A number in a sentence: not a part of a name such as 2020Q1, nor of a formula such as 1/(n - 1) or d^0.5
NUMBER = re.compile(
    r"(?<![A-Za-z0-9.,^\u2212/])(?<!\u2212 )[<\u2212]?[0-9](?:[0-9,]*[0-9])?(?: [0-9]{3}(?![0-9]))*(?:\.[0-9]+)?%?"
    r"(?![A-Za-z0-9]|/[A-Za-z(])"
)

SENTENCES = tuple(f"results.html#{kind}." for kind in ("sentence", *FORMS))
# What a text may lead to: the web, itself, origins, and the supplement
LEADS = re.compile(r"(?i:https?://|mailto:)|#|site/\w+/(results|figures|tables)\.html#|supplement\.\w+\.pdf#[\w-]+$")
ORIGINS = ("results.html#", "figures.html#", "tables.html#")

# Stands after a sentence that holds no number
MARK = "\u00b0"

# Between a function such as ln and what stands beside it
FUNCTION = re.compile(r'(<mi mathvariant="normal">\w+</mi><mo>&#8289;</mo>)(</mrow>)(?!<mrow><mo[^>]*>\()')
THIN = '<mspace width="0.17em"></mspace>'

HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL)
PICTURES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".svg": "svg+xml", ".webp": "webp"}


def page(here, trees, language, prose, allowed, numbers=None):
    """Make the parts of the pages of a language.

    Figures and tables of the run are places, `<!--figure NAME-->caption<!--end-->`, which the site fills.

    Parameters
    ----------
    here : Path
        Folder with everything the text reads.
    trees : tuple of dict
        The text and its supplement, of `word.read`.
    language, prose : str
        Of results, and of the sections.
    allowed : tuple of (float, int)
        Seconds and bytes that pandoc may take.
    numbers : dict of str to str, optional
        Of figures and tables of paper and supplement, by label, as they are printed.

    Returns
    -------
    bytes
        JSON: authors, each with a place, date, numbers, and paper and supplement: lists of level, identifier and text
        of a heading, or an HTML.

    Raises
    ------
    InputError
        If pandoc takes too much for it, or a reference leads nowhere.
    """
    front = json.loads((here / "front.json").read_text(encoding="utf-8"))
    names = "|".join(map(re.escape, sorted(front["names"], key=len, reverse=True)))
    names = re.compile(rf"(?<![\d.])(?:{names})(?!\d)" if names else "(?!)", re.IGNORECASE)
    made = [
        _parts(here, tree, language, prose, allowed, names, prefix)
        for tree, prefix in zip(trees, ("", "S"), strict=True)
    ]
    written = {"authors": front["authors"], "date": front["date"], "numbers": numbers or {}}
    written |= dict(zip(("paper", "supplement"), made, strict=True))
    return (json.dumps(written, ensure_ascii=False) + "\n").encode()


def _parts(here, tree, language, prose, allowed, names, prefix):
    """Return headings and what stands between them."""
    from coordination.presentation import locale

    blocks = numbered(_harmless(deepcopy(tree["blocks"]), here), locale.words(language, "paper"), True, prefix)
    blocks = _placed(linked(blocks, lambda link: _led(link, language, names)))
    whole = tree | {"meta": {"link-citations": {"t": "MetaBool", "c": True}}, "blocks": blocks}
    how = ("--to=html5", "--mathml", "--wrap=none", "--syntax-highlighting=none")
    # TeX that nobody reads, and labels that have moved
    left_over = r"<annotation .*?</annotation>|</?semantics>|<span></span> ?"
    made = re.sub(left_over, "", cited(here, whole, language, prose, allowed, *how)).replace("<p></p>", "")
    made = FUNCTION.sub(rf"{THIN}\1{THIN}\2", made)
    first, *rest = HEADING.split(made)
    parts = [*filter(None, [first.strip()])]
    for level, attributes, text, after in zip(*(rest[k::4] for k in range(4)), strict=True):
        found = re.search(r' id="(s(?:ec|up)-[\w-]+)"', attributes)
        bare = " ".join(html.unescape(re.sub("<[^>]*>", "", text)).split())
        parts.append([int(level), found[1] if found else "", re.sub(r"^(?=\d)", prefix, bare)])
        parts += filter(None, [after.strip()])
    return parts


def _harmless(node, here):
    """Take from a text what a browser could run or load; a picture of the study stands in the page itself."""
    if isinstance(node, list):
        return [_harmless(item, here) for item in node if not (isinstance(item, dict) and "Raw" in item.get("t", ""))]
    if not isinstance(node, dict):
        return node
    kind, content = node.get("t"), node.get("c")
    if kind in ("Span", "Div", "Code", "CodeBlock"):
        content[0][2] = []
    elif kind == "Link":
        content[0][2] = []
        if not LEADS.match(content[2][0]):
            return {"t": "Span", "c": [["", [], []], _harmless(content[1], here)]}
    elif kind == "Image":
        content[0][2] = []
        content[2] = [_inside(content[2][0], here), ""]
        if not content[2][0]:
            return {"t": "Span", "c": [["", [], []], _harmless(content[1], here)]}
    return {k: _harmless(v, here) for k, v in node.items()}


def _inside(name, here):
    """Return the address of a picture that is its content; an empty one if the folder has none."""
    for folder in (here, here / "study"):
        file = (folder / name).resolve()
        kind = PICTURES.get(file.suffix.lower())
        if kind and file.is_relative_to(here.resolve()) and file.is_file():
            return f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
    return ""


def _led(link, language, names):
    """Return what stands in the place of a link of the paper."""
    target = link["c"][2][0]
    if supplement := re.fullmatch(r"supplement\.\w+\.pdf(#.+)", target):
        return [_link(link["c"][1], f"supplement.html{supplement[1]}")]
    if not target.startswith(f"site/{language}/"):
        return None
    target = target.removeprefix(f"site/{language}/")
    if target.startswith(SENTENCES):
        return _sentence(link["c"][1], target, names)
    return link["c"][1] if target.startswith(ORIGINS[1:]) else [_link(link["c"][1], target, "origin")]


def _link(inlines, target, *classes):
    return {"t": "Link", "c": [["", list(classes), []], inlines, [target, ""]]}


def _text(text):
    return {"t": "Str", "c": text}


def _sentence(inlines, target, names):
    """Return a sentence in which every number leads to its origin, or a mark behind one that holds none."""
    whole = linked([_text(" ") if i["t"] in ("Space", "SoftBreak") else i for i in inlines], lambda link: None)
    result, found = [], 0
    for item in whole:
        if item["t"] != "Str":
            result.append(item)
            continue
        at, named = 0, {k for name in names.finditer(item["c"]) for k in range(*name.span())}
        for number in NUMBER.finditer(item["c"]):
            if not named.issuperset(range(*number.span())):
                result += [_text(item["c"][at : number.start()]), _link([_text(number[0])], target, "origin")]
                at, found = number.end(), found + 1
        result.append(_text(item["c"][at:]))
    if not found:
        result.append(_link([_text(MARK)], target, "origin", "mark"))
    return [{"t": "Span", "c": [["", ["said"], []], [item for item in result if item != _text("")]]}]


def _placed(node):
    """Put places for figures and tables of the run, the number in whose caption leads to their origin."""
    if isinstance(node, dict):
        return {k: _placed(v) for k, v in node.items()}
    if not isinstance(node, list):
        return node
    result = []
    for item in node:
        label = item["c"][0][0] if isinstance(item, dict) and item.get("t") in ("Figure", "Table") else ""
        kind = {"fig": "figure", "tab": "table"}.get(label.partition("-")[0])
        if kind is None:
            result.append(_placed(item))
            continue
        name = label.partition("-")[2]
        (caption, *more), target = item["c"][1][1], f"{kind}s.html#{kind}-{name}"
        caption["c"][0] = _link([caption["c"][0]], target, "origin")
        start, end = f"<!--{kind} {name}-->", "<!--end-->"
        result += [_raw(start), {"t": "Plain", "c": caption["c"]}, *more, _raw(end)]
    return result


def _raw(text):
    return {"t": "RawBlock", "c": ["html", text]}
