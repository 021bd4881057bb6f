"""Every number and sentence that a text may quote, with where it comes from."""

from __future__ import annotations

from coordination.presentation import locale
from coordination.publishing.site.markup import raw, render
from coordination.publishing.site.material import quotable
from coordination.publishing.site.origins import origin


def numbers(material, language, titles):
    """List every number and sentence that a text may quote, with where it comes from.

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
    parts = [raw(render("filter", language))]
    for notebook in material.notebooks:
        own = {k: v for k, v in material.results.items() if quotable(k, v) and v["notebook"] == notebook}
        if not own:
            continue
        sentences, rows = [], []
        for key, entry in own.items():
            links = origin(entry, material, language, short=True)
            row = {"key": key, "text": entry["text"][language], "links": links}
            if isinstance(entry["value"], dict):
                sentences.append(row)
            else:
                rows.append(row | _value(entry, language))
        content = render("numbers", language, sentences=sentences, rows=rows, title=titles[notebook])
        parts += [f"## {titles[notebook]}", raw(content)]
    return "\n\n".join(parts)


def _value(entry, language):
    value, unit = entry["value"], entry["unit"]
    full = "" if value is None else (f"{value:.12g}" if isinstance(value, float) else str(value))
    sort = full if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return {"full": full, "sort": sort, "unit": locale.words(language, "site")["units"].get(unit, unit)}
