"""From facts to the pages' HTML: templates, words of the site, and what a template can do with a text."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from markupsafe import Markup, escape

from coordination.locale import LANGUAGES
from coordination.presentation import html, locale
from coordination.presentation.reader import pieces

# Docstrings, and prose that a language lacks, are in the first language.
FIRST = LANGUAGES[0]


def say(key, language, *values):
    """Return a word of the site.

    Parameters
    ----------
    key : str
    language : str
    *values
        What it is about.

    Returns
    -------
    str

    Examples
    --------
    >>> say("in_cell", "en", "02-weights", 3)
    '02-weights, cell 3'
    """
    text = locale.words(language, "site")[key]
    return text.format(*values) if values else text


def names():
    """Return what every language calls itself."""
    return {k: say("name", k) for k in LANGUAGES}


def rich(text):
    """Return the little Markdown that captions and sentences hold as HTML, in which symbols of the method are italic.

    Parameters
    ----------
    text : str
        With ** for bold, ` for code and empty lines between paragraphs.

    Returns
    -------
    markupsafe.Markup

    Examples
    --------
    >>> rich("**Table 1.** R&D < D of `D`")
    Markup('<strong>Table 1.</strong> R&amp;D &lt; <i>D</i> of <code>D</code>')
    """
    parts = re.split(r"`(.+?)`", str(text))  # every other is code
    parts = [f"<code>{escape(p)}</code>" if k % 2 else _symbolic(p) for k, p in enumerate(parts)]
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", "".join(parts))
    return Markup(text.replace("\n\n", "<br>"))


def _symbolic(text):
    return "".join(f"<i>{escape(piece)}</i>" if symbol else str(escape(piece)) for piece, symbol in pieces(text))


def breakable(text):
    """Return a text that may break after underscores and signs of inequality.

    Parameters
    ----------
    text : str

    Returns
    -------
    markupsafe.Markup

    Examples
    --------
    >>> breakable("a_b<c")
    Markup('a_<wbr>b&lt;<wbr>c')
    """
    return Markup(re.sub(r"(&[lg]t;|_)", r"\1<wbr>", str(escape(text))))


def column(text):
    """Return the class of a cell: `number`, to the right, or `text`."""
    return "number" if re.fullmatch(r"[−+-]?[\d.,]+ ?%?|–?", text) else "text"


def identifier(text):
    """Return a text as an identifier of an element."""
    return str(text).replace(" ", "-")


def raw(content):
    """Return HTML as a block of a Markdown page."""
    fence = "`" * max(5, 1 + max(map(len, re.findall("`+", str(content))), default=0))
    return f"{fence}{{raw}} html\n{content}\n{fence}"


def plain(text):
    r"""Return a text for a line of a Markdown page in which nothing is Markdown.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> print(plain("R&D <b> [a](b)"))
    R\&D \<b\> \[a\]\(b\)
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def paragraphs(text):
    """Return the paragraphs of a text with a little Markdown as HTML (see `rich`)."""
    return Markup("\n").join(Markup("<p>{}</p>").format(rich(part)) for part in text.split("\n\n") if part.strip())


def document(text, label, below=2):
    """Return a Markdown document of a study as HTML that runs and loads nothing.

    Parameters
    ----------
    text : str
    label : str
        Of its tables, which scroll where they are wide.
    below : int
        Level of the heading under which it stands.

    Returns
    -------
    markupsafe.Markup
        HTML in it is text, an image is its description, and of links only those to the web and to headings are left.
    """
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.validateLink = lambda link: re.match(r"(https?://|mailto:|#)", link, re.IGNORECASE) is not None
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + below)}"
        for child in token.children or ():
            if child.type == "image":
                child.type, child.tag, child.children = "text", "", None
    made = reader.renderer.render(tokens, reader.options, {})
    wide = f'<div class="table-wrapper docutils container" role="region" tabindex="0" aria-label="{escape(label)}">\n'
    wide += '<table class="docutils align-default">'
    return Markup(made.replace("<table>", wide).replace("</table>", "</table>\n</div>"))


TEMPLATES = html.environment(Path(__file__).parent / "templates")
TEMPLATES.filters |= {
    "rich": rich,
    "paragraphs": paragraphs,
    "breakable": breakable,
    "column": column,
    "identifier": identifier,
}


def render(template, language, **facts):
    """Fill in a template.

    Parameters
    ----------
    template : str
        Name in the folder of templates, without its ending.
    language : str
    **facts
        What it needs; `say` gives it words of the site.

    Returns
    -------
    markupsafe.Markup
    """
    made = TEMPLATES.get_template(f"{template}.html").render(facts, say=partial(_said, language), language=language)
    return Markup(made)


def _said(language, key, *values):
    return say(key, language, *values)
