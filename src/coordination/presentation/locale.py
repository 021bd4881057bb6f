"""Loading the words of a language: words and captions as YAML, sentences as Jinja2 macros over facts.

Nothing that is missing is passed over: an unknown key or a fact that a template does not get is an error.
"""

from __future__ import annotations

import re
from functools import cache

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

from coordination import choices
from coordination.errors import InputError
from coordination.locale import FOLDER

# What templates can do with a fact, by the reader's method of that name.
FILTERS = (
    "number", "degree", "p_value", "difference", "percent", "grouped", "word", "listed", "region", "regions_of",
    "group", "subsystem", "dimension", "indicator", "series", "as_written", "formula", "level", "class_name", "factor",
    "span", "text", "cause", "place", "signed",
)  # fmt: skip


@cache
def words(language, file="words"):
    """Read the words or captions of a language.

    Parameters
    ----------
    language : str
        A folder of `locale`.
    file : {'words', 'captions', 'site'}

    Returns
    -------
    dict of str to str

    Raises
    ------
    InputError
        If a choice of method has no words in the language.
    """
    text = (FOLDER / language / f"{file}.yml").read_text(encoding="utf-8")
    found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    lacking = choices.unworded(found) if file == "words" else []
    if lacking:
        expected, remedy = "words for every choice of method", "add them in every language"
        raise InputError(f"locale/{language}/words.yml", f"no {', '.join(lacking)}", expected, remedy)
    return found


@cache
def errors(language):
    """Read how a language says the messages of errors.

    Parameters
    ----------
    language : str
        A folder of `locale`.

    Returns
    -------
    dict of str to str
        From the English text, with its places to fill, to that of the language; what is not there is said in English.
    """
    return words(language, "errors") if (FOLDER / language / "errors.yml").is_file() else {}


@cache
def templates(language):
    """Return the environment that fills in a language's sentences and captions.

    Parameters
    ----------
    language : str

    Returns
    -------
    jinja2.Environment
        Its filters are methods of the reader, which the template is given.
    """
    made = Environment(
        loader=FileSystemLoader(FOLDER / language),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        extensions=["jinja2.ext.do"],
    )
    made.filters |= {name: _of_reader(name) for name in FILTERS}
    made.filters |= {"capital": capital, "inner": inner}
    return made


def _of_reader(name):
    @pass_context
    def filled(context, value, *arguments, **named):
        return getattr(context["reader"], name)(value, *arguments, **named)

    return filled


def capital(text):
    """Return a text with a capital letter at its beginning.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return text[0].upper() + text[1:]


def inner(name):
    """Return a name as it stands within a sentence: with a small letter, unless it is an abbreviation.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> inner("Software revenue"), inner("GDP"), inner("R&D"), inner("E-commerce sales")
    ('software revenue', 'GDP', 'R&D', 'e-commerce sales')
    """
    return name[0].lower() + name[1:] if name[1:2].islower() or name.startswith("E-") else name


def joined(text, gap):
    r"""Join the lines of a template into paragraphs.

    Parameters
    ----------
    text : str
        A blank line parts paragraphs; other ends of lines are only the template's.
    gap : str
        What a language puts between two sentences.

    Returns
    -------
    str

    Examples
    --------
    >>> joined("One.\n  Two.\n\nThree.\n", " ")
    'One. Two.\n\nThree.'
    """
    paragraphs = re.split(r"\n[ \t]*\n", text)
    kept = (gap.join(line.strip() for line in p.splitlines() if line.strip()) for p in paragraphs)
    return "\n\n".join(p for p in kept if p)
