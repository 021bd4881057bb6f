"""A page that computes a plain table without Python, and makes the folder of a study of it."""

from __future__ import annotations

import json

from coordination.locale import LANGUAGES
from coordination.pipeline.files import write
from coordination.pipeline.paths import outputs, root
from coordination.presentation.html import environment
from coordination.presentation.locale import words
from coordination.publishing.explorer.page import HERE, file
from coordination.study.document import load
from coordination.study.files import displayed

TEMPLATE = environment(HERE).get_template("calculator.html")

SCRIPTS = ("methods.js", "drawing.js", "calculator.js")

# Made up, with one indicator of which less is better
EXAMPLE = """\
region,year,ports,patents,accidents,clinics
Oak,2019,120,14,30,11
Oak,2020,132,16,28,12
Oak,2021,150,21,29,14
Elm,2019,80,3,22,6
Elm,2020,84,4,20,6
Elm,2021,95,4,21,8
Ash,2019,40,0,35,3
Ash,2020,52,2,33,4
Ash,2021,55,5,30,4
Fir,2019,200,40,12,20
Fir,2020,230,43,11,22
Fir,2021,260,51,9,21
Bay,2019,60,9,16,9
Bay,2020,66,8,17,10
Bay,2021,71,11,15,10
"""

PLACES = "Oak,10,52\nElm,11,52.5\nAsh,10.5,50\nFir,12,50.5\nBay,11.5,49\n"


def build(study):
    """Write the page in every language beside a study's explorer.

    Parameters
    ----------
    study : str
    """
    for language in LANGUAGES:
        target = outputs(study) / f"calculator.{language}.html"
        write(target, page(language))
        print(displayed(target))


def page(language):
    """Return the page in a language.

    Parameters
    ----------
    language : str

    Returns
    -------
    str
        A complete HTML document that loads nothing.
    """
    say, word = words(language, "explorer"), words(language)
    studies = root() / "data" / "raw"
    folders = (studies / "us-states", *sorted(studies.iterdir()))  # or the first that is there
    levels = load(next(folder for folder in folders if (folder / "study.yml").is_file())).levels
    content = {
        "language": language,
        "words": say,
        "levels": [{"above": x.above, "up_to": x.up_to, "name": x.name.model_dump()} for x in levels],
        "whole": {k: words(k)["new_whole"] for k in LANGUAGES},
        "example": {"table": EXAMPLE, "places": PLACES, "negative": [2]},
    }
    text = TEMPLATE.render(
        say=say,
        word=word,
        language=language,
        others={k: words(k)["language_name"] for k in LANGUAGES if k != language},
        style=file("explorer.css"),
        script="".join(map(file, SCRIPTS)),
        content=json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    )
    return f"{text}\n"
