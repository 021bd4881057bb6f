"""Every number and sentence that a text may quote, with where it comes from."""

from __future__ import annotations

import json

from coordination.presentation import locale, sizes
from coordination.publishing.site.markup import raw, render
from coordination.publishing.site.material import quotable
from coordination.publishing.site.origins import origin
from coordination.publishing.site.plates import printed, table_rows

NO_BREAK = "\u00a0"

MOST_ROWS = 500  # on a page; of more, those of a notebook beyond `sizes.SHOWN` stand in the script beside it alone


def numbers(material, language, titles, folder=None):
    """List every number and sentence that a text may quote, with where it comes from.

    Parameters
    ----------
    material : Material
    language : str
    titles : dict of str to str
        Of the notebooks.
    folder : Path, optional
        Of the pages' scripts, of which `numbers.js` gets everything, for the search; `site.js` puts in rows that are
        too many for the page once they are looked for. Without it the page holds all.

    Returns
    -------
    str
        Markdown, a heading a notebook.
    """
    parts, every, origins, texts = [raw(render("filter", language))], {}, {}, []
    if len(material.regions) > sizes.CROWD:
        parts.insert(0, locale.words(language, "site")["of_last_year"].format(sizes.CROWD))
    quoted = {k: v for k, v in material.results.items() if quotable(k, v)}
    most = sizes.SHOWN if folder and len(quoted) > MOST_ROWS else len(quoted)
    for notebook in material.notebooks:
        sentences, rows = [], []
        for key, entry in quoted.items():
            if entry["notebook"] != notebook:
                continue
            links = origin(entry | {"key": key}, material, language, short=True)
            row = {"key": key, "text": entry["text"][language], "links": links}
            if isinstance(entry["value"], dict):
                sentences.append(row)
                texts.append([f"results.html#{key}", titles[notebook], row["text"]])
            else:
                rows.append(row | value(entry, language))
        if not sentences and not rows:
            continue
        for row in rows:
            where = origins.setdefault(tuple(row["links"]), len(origins))
            every.setdefault(notebook, []).append([*(row[k] for k in ("key", "text", "unit", "full", "sort")), where])
        more = notebook if rows[most:] else ""
        facts = {"sentences": sentences, "rows": rows[:most], "title": titles[notebook], "more": more}
        parts += [
            f"## {titles[notebook]}",
            raw(render("numbers", language, **facts, beside=len(rows[most:]))),
        ]
    if folder:
        for made in material.made:
            href = f"{made['kind']}s.html#{made['kind']}-{made['name']}"
            caption = made["caption"][language]
            number = "".join(f"{link.text.replace(NO_BREAK, ' ')}. " for link in printed(made, material, language))
            texts.append([href, titles[made["notebook"]], f"{number}{caption}"])
            if made["kind"] == "table":
                rows = table_rows(material, made["name"], language)[1:]
                texts += [[href, caption, " · ".join(filter(None, row))] for row in rows]
        links = [str(render("links", language, links=own)) for own in origins]
        content = {"origins": links, "rows": every, "first": most, "texts": texts}
        script = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (folder / "numbers.js").write_text(f"window.numbers = {script};\n", encoding="utf-8")
        if most < len(quoted):
            parts.append(raw('<script src="_static/numbers.js"></script>'))
    return "\n\n".join(parts)


def value(entry, language):
    """Return what a number is to its last digit.

    Parameters
    ----------
    entry : dict
        Of results.json.
    language : str

    Returns
    -------
    dict of str to str
        full; sort, empty if it is no number; unit.
    """
    own, unit = entry["value"], entry["unit"]
    full = "" if own is None else (f"{own:.12g}" if isinstance(own, float) else str(own))
    sort = full if isinstance(own, int | float) and not isinstance(own, bool) else ""
    return {"full": full, "sort": sort, "unit": locale.words(language, "site")["units"].get(unit, unit)}
