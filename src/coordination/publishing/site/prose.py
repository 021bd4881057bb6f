"""Prose pages: a language's own, or the English one that stands in for it, with blocks put in."""

from __future__ import annotations

import re

from coordination.errors import InputError
from coordination.publishing.site.markup import FIRST, render, say


def prose(pages, language):
    """Return the prose pages of a language.

    Parameters
    ----------
    pages : Path
        With a folder a language.
    language : str

    Returns
    -------
    dict of Path to (Path, str)
        By the page's place: its file and its text. A page that the language lacks is the English one, which says so
        under its title.
    """
    found = {}
    for code in dict.fromkeys((FIRST, language)):
        for file in sorted((pages / code).rglob("*.md")):
            text = joined(file.read_text(encoding="utf-8"))
            found[file.relative_to(pages / code)] = file, text if code == language else remarked(text, language)
    return dict(sorted(found.items()))


def remarked(text, language):
    r"""Say under the title of a page that it is not translated.

    Parameters
    ----------
    text : str
        Markdown.
    language : str
        Of the reader.

    Returns
    -------
    str
    """
    remark = render("remark", language, text=say("in_english", language))
    return re.sub(r"^(# .*)$", lambda title: f"{title[1]}\n\n{remark}", text, count=1, flags=re.MULTILINE)


def filled(text, blocks, where):
    """Put blocks into a prose page.

    Parameters
    ----------
    text : str
        Markdown with `{{ block }}` where a block is to stand.
    blocks : dict of str to str
    where : str
        The page, for the error.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the page names a block that does not exist.

    Examples
    --------
    >>> filled("# T", {}, "a.md"), filled("A {{ b }}.", {"b": "c"}, "a.md")
    ('# T', 'A c.')
    """

    def block(found):
        if found[1] not in blocks:
            raise InputError(where, f"block '{found[1]}'", f"one of {', '.join(sorted(blocks))}", "correct its name")
        return blocks[found[1]]

    return re.sub(r"\{\{ ([a-z_]+) \}\}", block, text)


def joined(text):
    r"""Join the lines of Chinese paragraphs, between which a browser would show a space.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> joined("\u6307\uff0c\n\u9762\n\n\u5e74") == "\u6307\uff0c\u9762\n\n\u5e74"
    True
    """
    wide = r"[\u2018-\u201d\u3001-\u9fff\uff00-\uffef]"
    return re.sub(rf"(?<={wide})\n(?={wide}|\[)", "", text)
