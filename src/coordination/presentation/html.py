"""HTML from templates, in which a text is text and never markup; and the one way that a table becomes HTML."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


def environment(*folders):
    """Return an environment of templates that escape whatever is put into them.

    Parameters
    ----------
    *folders : Path
        Of templates; those of tables are found too.

    Returns
    -------
    jinja2.Environment
        A fact that a template does not get is an error.
    """
    return Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


TEMPLATES = environment()
NUMBER = re.compile(r"[<+−-]?\d[\d,]*(\.\d+)?%?\**")  # with marks of significance


def table(shown, caption="", classes=("dataframe",), cell=str):
    """Return a table as HTML.

    Parameters
    ----------
    shown : pandas.DataFrame
        As a reader sees it; a dash stands for what is missing. Columns of numbers alone, but the first, which names the
        rows, get the class `number`.
    caption : str
        Plain, or markup as markupsafe.Markup.
    classes : sequence of str
    cell : callable
        What becomes of the text of a cell; its result is escaped unless it is markup.

    Returns
    -------
    markupsafe.Markup
    """
    texts = [["–" if pd.isna(v) else str(v).strip() for v in row] for row in shown.itertuples(index=False)]
    numbers = [
        k > 0 and any(NUMBER.fullmatch(t) for t in own) and all(t in ("", "–") or NUMBER.fullmatch(t) for t in own)
        for k, own in enumerate(zip(*texts, strict=True))
    ] or [False] * shown.shape[1]
    rows = [[cell(text) for text in row] for row in texts]
    content = TEMPLATES.get_template("table.html").module.table(shown.columns, rows, numbers, caption, classes)
    return content.rstrip()


def page(shown, caption, language):
    """Return a table as a page of its own.

    Parameters
    ----------
    shown : pandas.DataFrame
    caption : str
    language : str

    Returns
    -------
    str
    """
    content = {"table": table(shown, caption), "language": language, "title": str(caption)}
    return TEMPLATES.get_template("table-page.html").render(content) + "\n"
