"""Pages of HTML: templates that escape whatever they are given."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def filled(template, **facts):
    """Fill in a template of a page.

    Parameters
    ----------
    template : pathlib.Path
        In Jinja2. Texts are escaped; only what is `markupsafe.Markup`, or marked as safe in the template, is not.
    **facts

    Returns
    -------
    str
        HTML.

    Raises
    ------
    jinja2.UndefinedError
        If a fact is missing.
    """
    return _environment(template.parent).get_template(template.name).render(facts)


@cache
def _environment(folder):
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
