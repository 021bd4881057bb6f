"""The pieces of HTML that a site's pages are made of."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import Path

from coordination.errors import InputError
from coordination.pipeline.files import checksum
from coordination.pipeline.paths import root
from coordination.presentation.reader import Reader
from coordination.presentation.wording import span, word
from coordination.publishing import reference
from coordination.publishing.site import origins
from coordination.publishing.site.material import NAMES, UNITS, WORDS, _quotable, papers, say
from coordination.study.files import displayed
from coordination.study.model import Study

MANY, DENSE = 8, 15  # columns from which a table is set in smaller type, and in the smallest

KEY_FIGURES = ("map-coordination", "heat-map-coordination", "moran-by-year", "scatter", "scoreboard")


def _of_the_board(material, name, function):
    """Return what `origin` takes, for the scoreboard or the claims."""
    cell = next((m["cell"] for m in material.made if m["name"] == name), None)
    of = {"scoreboard": "replication.csv"}.get(name, f"{name}.csv")
    return {
        "notebook": "10-replication", "cell": cell, "function": f"coordination.replication.{function}", "of": of,
    }  # fmt: skip


def scroll(table, label):
    """Put a table into a container of its own that scrolls.

    Parameters
    ----------
    table, label : str
        HTML; plain text.

    Returns
    -------
    str
        HTML.
    """
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{html.escape(label)}">\n{table}\n</div>'


def plain_text(caption):
    """Return a caption without its Markdown.

    Parameters
    ----------
    caption : str

    Returns
    -------
    str
    """
    return caption.replace("**", "")


def rich(text):
    """Return the little Markdown that captions and sentences hold as HTML.

    Parameters
    ----------
    text : str
        With ** for bold, ` for code and empty lines between paragraphs.

    Returns
    -------
    str

    Examples
    --------
    >>> rich("**Table 1.** a < b")
    '<strong>Table 1.</strong> a &lt; b'
    """
    text = html.escape(text, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
    return text.replace("\n\n", "<br>")


def table_body(material, name, language):
    """Return a table as a reader sees it.

    Parameters
    ----------
    material : Material
    name : str
    language : {'en', 'zh'}

    Returns
    -------
    str
        HTML: the table alone, in its scroll container.

    Raises
    ------
    InputError
        If its file holds none.
    """
    file = material.out / "tables" / f"{name}.{language}.html"
    found = re.search(r"<table.*</table>", file.read_text(encoding="utf-8"), re.DOTALL) if file.is_file() else None
    if not found:
        expected, remedy = "a table for readers", f"run `make all STUDY={material.study.id}` again"
        raise InputError(displayed(file), "none", expected, remedy)
    entry = next((m for m in material.made if (m["kind"], m["name"]) == ("table", name)), None)
    body = re.sub(r"<caption>(.*?)</caption>", r"<caption><span>\1</span></caption>", found[0], flags=re.DOTALL)
    body = re.sub(r"(?<=<td>)[^<]+", lambda cell: _breakable(cell[0]), body)
    heads = re.findall(r"<th>(.*?)</th>", body.partition("</thead>")[0])
    css = ["many"] * (len(heads) >= MANY) + ["dense"] * (len(heads) >= DENSE)
    css += ["upright"] * (len(heads) >= DENSE and max(map(len, heads)) > 8)
    if css:
        body = body.replace('class="', f'class="{" ".join(css)} ', 1)
    return scroll(body, plain_text(entry["caption"][language]) if entry else name)


def image(material, name, language, up="../"):
    """Return a figure's picture.

    Parameters
    ----------
    material : Material
    name : str
    language : {'en', 'zh'}
    up : str
        Way from the page to the site's folder.

    Returns
    -------
    str
        HTML with the caption as alternative text and the size in CSS pixels.
    """
    caption = next(m["caption"][language] for m in material.made if (m["kind"], m["name"]) == ("figure", name))
    head = (material.out / "figures" / f"{name}.{language}.svg").read_text(encoding="utf-8")[:2000]
    size = re.search(r'<svg[^>]*?height="([\d.]+)pt"[^>]*?width="([\d.]+)pt"', head) or re.search(
        r'<svg[^>]*?viewBox="0 0 (?P<w>[\d.]+) (?P<h>[\d.]+)"', head
    )
    pixels = ""
    if size:
        height, width = size.groups() if "w" not in size.groupdict() else (size["h"], size["w"])
        pixels = f' width="{float(width) * 4 / 3:.0f}" height="{float(height) * 4 / 3:.0f}"'
    alt = html.escape(plain_text(caption))
    return f'<img src="{up}figures/{name}.{language}.svg" alt="{alt}"{pixels} loading="lazy">'


# Blocks of the pages: HTML that prose pages name as {{ block }}


def _raw(content):
    fence = "`" * 5
    return f"{fence}{{raw}} html\n{content}\n{fence}"


def _cells(values, tag="td"):
    return "".join(f"<{tag}>{v}</{tag}>" for v in values)


def overview(material, language):
    """Say in a sentence what the study is.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    study, n = material.study, len(material.regions)
    names = [s.name[language] for s in study.subsystems]
    years = span(study.years, language)
    if language == "zh":
        return (
            f"{n}个地区，{years}年，{len(names)}个子系统（{'、'.join(names)}），{len(study.indicators)}项指标。"
            f"数据来源：{study.source.zh}。"
        )
    joined = " and ".join([", ".join(names[:-1]), names[-1]])
    return (
        f"{n} regions, {years}, {len(names)} subsystems ({joined}), {len(study.indicators)} indicators. "
        f"Source: {study.source.en}."
    )


def opening(material, language):
    """Show the paper's abstract.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    heading, *paragraphs = material.abstract[language]
    text = "\n".join(f"<p>{html.escape(p, quote=False)}</p>" for p in paragraphs)
    own = [p for p in papers(material.out) if p.name.startswith(f"paper.{language}.")]
    links = [origins.link(f"../{p.name}", say("paper", language, p.suffix[1:].upper())) for p in own]
    links.append(origins.link("results.html", say("every_number", language)))
    line = f'<p class="origin-line">{" · ".join(links)}</p>'
    return f"## {heading}\n\n" + _raw(f'<div class="abstract">\n{text}\n</div>\n{line}')


def key_figures(material, language):
    """Show the figures of the start page.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    made = {m["name"]: m for m in material.made if m["kind"] == "figure"}
    shown = [n for n in KEY_FIGURES if n in made][:4]
    plates = [
        f'<figure><a href="figures.html#figure-{n}">{image(material, n, language)}</a>'
        f"<figcaption>{rich(made[n]['caption'][language])}</figcaption>"
        f"{origins.origin_line(made[n], material, language)}</figure>"
        for n in shown
    ]
    title = say("key_figures", language)
    return f"## {title}\n\n" + _raw(f'<div class="keys">\n{chr(10).join(plates)}\n</div>') if plates else ""


def summary(material, language):
    """Summarise the scoreboard, if the study has one.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    if material.board is None:
        return ""
    from coordination.replication.verdict import VERDICTS

    said = material.results.get("sentence.replication")
    rows = []
    for route, own in material.board.groupby("route", sort=False):
        counts = [int((own["verdict"] == v).sum()) for v in VERDICTS]
        numbers = "".join(f'<td class="number">{c}</td>' for c in counts)
        rows.append(f'<tr><th scope="row">{html.escape(word(f"from_{route}", language))}</th>{numbers}</tr>')
    heads = "".join(f'<th scope="col" class="number">{_verdict(v, word(v, language))}</th>' for v in VERDICTS)
    head = f'<tr><th scope="col">{word("route", language)}</th>{heads}</tr>'
    table = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    title, more = say("scoreboard", language), origins.link("scoreboard.html", say("scoreboard", language) + " →")
    text = f"<p>{rich(said['text'][language])}</p>" if said else ""
    line = origins.origin_line(_of_the_board(material, "scoreboard", "scoreboard"), material, language)
    return f"## {title}\n\n" + _raw(f"{text}\n{scroll(table, title)}\n{line}\n<p>{more}</p>")


def downloads(material, language):
    """List what can be downloaded.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    links = [
        origins.link(
            f"../{p.name}",
            say(p.name.split(".")[0], language, f"{NAMES.get(p.name.split('.')[1], '')} {p.suffix[1:].upper()}"),
        )
        for p in papers(material.out)
    ]
    links += [
        origins.link("../results.json", say("values", language)),
        origins.link("../contents.csv", f"{say('contents', language)} (CSV)"),
        origins.link("figures.html", f"{say('figures', language)} (SVG, PNG)"),
        origins.link("tables.html", f"{say('tables', language)} (CSV)"),
        origins.link("data.html", f"{say('data', language)} (CSV)"),
    ]
    return _raw(f'<ul class="downloads">{"".join(f"<li>{x}</li>" for x in links)}</ul>')


def gallery(material, language, kind, titles):
    """Show all figures, or all tables, with where they come from.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    kind : {'figure', 'table'}
    titles : dict of str to str
        Of the notebooks.

    Returns
    -------
    str
        Markdown, a heading a notebook.
    """
    parts = []
    for notebook in material.notebooks:
        own = [m for m in material.made if (m["kind"], m["notebook"]) == (kind, notebook)]
        plates = [_plate(m, material, language) for m in own]
        if plates:
            parts += [f"## {titles[notebook]}", _raw("\n".join(plates))]
    return "\n\n".join(parts)


def _plate(entry, material, language):
    name, kind = entry["name"], entry["kind"]
    copies = [
        origins.link(f"../{kind}s/{Path(f).name}", Path(f).suffix[1:].upper() if language in f else f"{Path(f).name}")
        for f in entry["files"]
        if f.endswith((f".{language}.svg", f".{language}.png", f".{language}.csv")) or Path(f).stem == name
    ]
    caption = f"<figcaption>{rich(entry['caption'][language])}</figcaption>" if kind == "figure" else ""
    content = image(material, name, language) if kind == "figure" else table_body(material, name, language)
    links = origins.origin_line(entry, material, language, copies)
    return f'<figure class="plate" id="{kind}-{name}">\n{content}\n{caption}\n{links}\n</figure>'


def scoreboard(material, language):
    """Show every published value and claim against what was computed.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown; empty if the study has nothing to replicate.
    """
    if material.board is None:
        return ""
    from coordination.replication import tables
    from coordination.replication.verdict import VERDICTS

    board = material.board
    shown = tables.replication(board, Reader(material.study, material.regions, language))
    rows, seen = [], Counter()
    for (_, row), values in zip(board.iterrows(), shown.to_numpy().tolist(), strict=True):
        cells = [html.escape(str(v)) for v in values]
        ident = f"item-{row['item']}-{row['route']}".replace(" ", "-")
        seen[ident] += 1
        ident += f"-{seen[ident]}" if seen[ident] > 1 else ""
        verdict = _verdict(row["verdict"], cells[8])
        computed = "".join(f'<td class="{_column(c)}">{_breakable(c)}</td>' for c in cells[4:8])
        rows.append(
            f'<tr id="{html.escape(ident)}" data-verdict="{html.escape(row["verdict"])}" data-route="{row["route"]}">'
            f'<td class="key"><a href="#{html.escape(ident)}">{cells[0]}</a></td><td>{verdict}</td>'
            f'<td class="statistic">{cells[3]}</td>{computed}{_cells([cells[2], cells[1]])}'
            f'<td class="reason">{_breakable(cells[9])}</td></tr>'
        )
    # The verdict comes early, so that it is seen without scrolling.
    heads = "".join(
        f'<th scope="col"{" class=number" if 4 <= k < 8 else ""}>{html.escape(shown.columns[k])}</th>'
        for k in (0, 8, 3, 4, 5, 6, 7, 2, 1, 9)
    )
    choices = [
        _choice("verdict", word("verdict", language), [(v, word(v, language)) for v in VERDICTS], language),
        _choice(
            "route",
            word("route", language),
            [(r, word(f"from_{r}", language)) for r in board["route"].unique()],
            language,
        ),
    ]
    table = (
        f'<table class="sortable filterable wide"><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table>"
    )
    line = origins.origin_line(_of_the_board(material, "scoreboard", "scoreboard"), material, language)
    board = f"{_filter(language, choices)}\n{scroll(table, say('scoreboard', language))}\n{line}"
    asked = claims(material, language)
    head = f"## {say('every_item', language)}\n\n" if asked else ""
    return f"{asked}{head}" + _raw(f'<section class="filtered" id="board">\n{board}\n</section>')


def claims(material, language):
    """Show every claim: whether it holds, how robustly, how certainly.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown; empty if the study has no claims.
    """
    if material.claims is None:
        return ""
    import pandas as pd

    from coordination.replication import tables
    from coordination.replication.verdict import VERDICTS

    table = material.claims
    shown = tables.claims(table, Reader(material.study, material.regions, language))
    order = [2, 3, 4, 5, 6, 7, 8, 1]
    if word("in_published", language) not in shown:
        shown.insert(4, word("in_published", language), "–")
        order.remove(4)
    rows = []
    for (_, row), values in zip(table.iterrows(), shown.to_numpy().tolist(), strict=True):
        cells = [html.escape(str(v)) for v in values]
        verdicts = {k: "" if pd.isna(row[k]) else row[k] for k in ("verdict_published", "verdict_data")}
        sorts = {6: row["share"], 7: row["certainty"], 8: row["p_low"]}
        ident = html.escape(str(row["claim"]).replace(" ", "-"))

        def cell(k, cells=cells, verdicts=verdicts, sorts=sorts, ident=ident):
            if k in (4, 5):
                own = verdicts["verdict_published" if k == 4 else "verdict_data"]
                parts = zip(own.split(" / "), cells[k].split(" / "), strict=True)
                return f"<td>{' / '.join(_verdict(v, x) for v, x in parts) if own else '–'}</td>"
            if k in sorts:
                return f'<td class="number" data-sort="{"–" if pd.isna(sorts[k]) else sorts[k]}">{cells[k]}</td>'
            if k == 2:  # what turns the verdict is long, and not for every reader
                turned = f"<details><summary>{html.escape(shown.columns[9])}</summary>{_breakable(cells[9])}</details>"
                key = f'<a class="key" href="#item-{ident}-data">{cells[0]}</a>'
                turned = turned if len(cells[9]) > 1 else ""
                return f'<td class="statistic">{_breakable(cells[k])}<br>{key}{turned}</td>'
            return f'<td class="text">{_breakable(cells[k])}</td>'

        first = verdicts["verdict_data"].split(" / ")[0]
        rows.append(f'<tr id="claim-{ident}" data-holds="{first}">{"".join(map(cell, order))}</tr>')
    heads = "".join(
        f'<th scope="col"{" class=number" if k in (6, 7, 8) else ""}>{html.escape(shown.columns[k])}</th>'
        for k in order
    )
    body = (
        f'<table class="sortable filterable wide claims"><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table>"
    )
    choices = [_choice("holds", word("in_data", language), [(v, word(v, language)) for v in VERDICTS], language)]
    said = material.results.get("sentence.claims")
    line = origins.origin_line(_of_the_board(material, "claims", "claims_table"), material, language)
    text = f"<p>{rich(said['text'][language])}</p>\n" if said else ""
    title = say("claims", language)
    return (
        f"## {title}\n\n"
        + _raw(
            f'<section class="filtered" id="every-claim">\n{text}{_filter(language, choices)}\n{scroll(body, title)}\n'
            f"{line}\n</section>"
        )
        + "\n\n"
    )


def _breakable(text):
    return re.sub(r"(&[lg]t;|_)", r"\1<wbr>", text)


def _column(text):
    return "number" if re.fullmatch(r"[−+-]?[\d.,]+ ?%?|–?", text) else "text"


def _verdict(verdict, text):
    return f'<span class="verdict verdict-{verdict.replace(" ", "-")}">{text}</span>'


def _choice(name, label, options, language):
    every = "".join(f'<option value="{html.escape(v)}">{html.escape(t)}</option>' for v, t in options)
    return (
        f'<label>{label}<select name="{name}"><option value="">{say("all", language)}</option>{every}</select></label>'
    )


def _filter(language, choices=()):
    shown = html.escape(WORDS["shown"][language == "zh"])
    return (
        f'<form class="filter" hidden data-shown="{shown}">{"".join(choices)}'
        f'<label>{say("filter", language)}<input type="search" name="text" autocomplete="off"></label>'
        f'<button type="reset">{say("clear", language)}</button><output aria-live="polite"></output></form>'
        f"<noscript><p>{say('no_script', language)}</p></noscript>"
    )


def numbers(material, language, titles):
    """List every number and sentence that a text may quote, with where it comes from.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    titles : dict of str to str
        Of the notebooks.

    Returns
    -------
    str
        Markdown, a heading a notebook.
    """
    parts = [_raw(_filter(language))]
    for notebook in material.notebooks:
        own = {k: v for k, v in material.results.items() if _quotable(k, v) and v["notebook"] == notebook}
        if not own:
            continue
        sentences, rows = [], []
        for key, entry in own.items():
            links = " · ".join(origins.origin(entry, material, language, short=True))
            ident = html.escape(key)
            if isinstance(entry["value"], dict):
                said = (
                    f'<p>{rich(entry["text"][language])}</p><p class="origin-line"><code>{ident}</code> · {links}</p>'
                )
                sentences.append(f'<li id="{ident}">{said}</li>')
            else:
                rows.append(_number(ident, entry, links, language))
        heads = [say(k, language) for k in ("key", "quoted", "unit", "value", "origin")]
        head = "".join(f'<th scope="col"{" class=number" if k in (1, 3) else ""}>{h}</th>' for k, h in enumerate(heads))
        body = f'<ul class="sentences filterable">{chr(10).join(sentences)}</ul>\n' if sentences else ""
        if rows:
            table = (
                f'<table class="sortable filterable numbers"><thead><tr>{head}</tr></thead>\n<tbody>\n'
                f"{chr(10).join(rows)}\n</tbody></table>"
            )
            body += scroll(table, titles[notebook])
        parts += [f"## {titles[notebook]}", _raw(f"<div data-empties>{body}</div>")]
    return "\n\n".join(parts)


def _number(ident, entry, links, language):
    value, unit = entry["value"], entry["unit"]
    full = "" if value is None else (f"{value:.12g}" if isinstance(value, float) else str(value))
    sort = f' data-sort="{full}"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
    unit = UNITS.get(unit, unit) if language == "zh" else unit

    def cell(text):
        return f'<td class="{_column(text)}"{sort}>{_breakable(html.escape(text))}</td>'

    return (
        f'<tr id="{ident}"><td class="key"><a href="#{ident}">{ident}</a></td>'
        f'{cell(entry["text"][language])}<td>{html.escape(unit)}</td>{cell(full)}<td class="origin">{links}</td></tr>'
    )


def inputs(material, language, kind):
    """List files with their checksums.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    kind : {'start', 'handed'}

    Returns
    -------
    str
        Markdown.
    """
    own = [f for f in material.files if f["kind"] == kind]
    keys = ["file", "made_by", "size"] if kind == "handed" else ["file", "size"]
    heads = "".join(f'<th scope="col"{" class=number" if k == "size" else ""}>{say(k, language)}</th>' for k in keys)
    rows = []
    for f in own:
        name = origins.link(f"../{f['href']}", f["name"]) if f["href"] else html.escape(f["name"])
        maker = (
            f"<td>{origins.link('notebooks/' + f['notebook'] + '.html', f['notebook'])}</td>" if f["notebook"] else ""
        )
        rows.append(
            f'<tr id="{html.escape(f["id"])}"><td>{name}</td>{maker}<td class="number">{f["bytes"]}</td>'
            f'<td class="sha">{f["sha256"]}</td></tr>'
        )
    table = f'<table><thead><tr>{heads}<th scope="col">SHA-256</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return _raw(scroll(table, say("handed" if kind == "handed" else "start", language)))


def one_figure(material, language, name):
    """Show one figure with where it comes from.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    name : str

    Returns
    -------
    str
        Markdown; empty if the study has no such figure.
    """
    entry = next((m for m in material.made if (m["kind"], m["name"]) == ("figure", name)), None)
    return _raw(_plate(entry, material, language)) if entry else ""


def withheld(study, language):
    """Say why raw figures are not redistributed, if they are not.

    Parameters
    ----------
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
        A sentence; empty if they are.
    """
    if not study.panel.withheld:
        return ""
    text = study.panel.withheld[language]
    return text[0].upper() + text[1:] + ("。" if language == "zh" else ".")


def keys_of_a_study(language):
    """Describe the keys of study.yml, from the model that checks them.

    Parameters
    ----------
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    schema = Study.model_json_schema()
    parts = schema["$defs"]
    rows = []

    def name_of(kind):
        if "$ref" in kind:
            return name_of(parts[kind["$ref"].rpartition("/")[2]] | {"title": kind["$ref"].rpartition("/")[2]})
        if "anyOf" in kind or "oneOf" in kind:
            return " | ".join(dict.fromkeys(name_of(k) for k in kind.get("anyOf", kind.get("oneOf"))))
        if "enum" in kind:
            return " | ".join(kind["enum"])
        if kind.get("type") == "array":
            return f"list of {name_of(kind['items'])}" if "items" in kind else "list"
        if kind.get("title") == "Text":
            return "text: {en, zh}"
        return {"object": "mapping", "null": "null"}.get(kind.get("type"), kind.get("type", "any"))

    def target(kind):
        for k in (kind, *kind.get("anyOf", ())):
            for r in (k, k.get("items", {}), k.get("additionalProperties") or {}):
                if isinstance(r, dict) and "$ref" in r:
                    name = r["$ref"].rpartition("/")[2]
                    if parts[name].get("properties") and name != "Text":
                        return name, k.get("type") == "array"
        return None, False

    def walk(model, prefix, required):
        for key, kind in model["properties"].items():
            sub, many = target(kind)
            default = say("required", language) if key in required else json.dumps(kind.get("default"))
            if sub and key not in required:
                default = ""
            text = kind.get("description", "")
            cells = [
                f"<code>{html.escape(prefix + key)}</code>",
                html.escape(name_of(kind)),
                html.escape(default or ""),
            ]
            rows.append(f"<tr>{_cells([*cells, rich(text)])}</tr>")
            if sub:
                inner = "[]." if many else ("<id>." if kind.get("type") == "object" else ".")
                walk(parts[sub], prefix + key + inner, parts[sub].get("required", ()))

    walk({"properties": {k: v for k, v in schema["properties"].items() if k != "id"}}, "", schema["required"])
    heads = _cells([say(k, language) for k in ("key", "expected", "default", "meaning")], "th")
    return _raw(scroll(f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>", "study.yml"))


def checked(study, language):
    """Show what the check of the study and its data finds, so that its warnings are read beside the results.

    Parameters
    ----------
    study : str
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown; a word where nothing was found.
    """
    from coordination.adapting.checks import check

    findings = check.said(study, language)
    if not findings:
        return say("nothing", language)
    heads = _cells([say(k, language) for k in ("severity", "place", "found", "should", "to_do")], "th")
    rows = [
        f"<tr>{_cells([say(f.severity, language), *map(html.escape, (f.where, f.found, f.expected, f.remedy))])}</tr>"
        for f in findings
    ]
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return _raw(scroll(table, say("check", language)))


def record(material, language):
    """Say what this site was made from: commit, lock, seed, checksums, run.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    sha, dirty = material.commit
    lock = root() / "requirements.lock"
    words = {
        "commit": ("Commit", "提交"), "lock": ("requirements.lock, SHA-256", "requirements.lock的SHA-256"),
        "seed": ("Seed", "随机种子"), "permutations": ("Permutations", "置换次数"), "study": ("Study", "研究"),
        "inputs": ("Files it starts from", "起始文件"),
    }  # fmt: skip

    def row(key, value, css=""):
        label = words[key][language == "zh"]
        return f'<tr id="{key}"><th scope="row">{label}</th><td{css}>{value}</td></tr>'

    state = f" ({say('dirty', language)})" if dirty else ""
    rows = [
        row("study", f"{html.escape(material.study.title[language])} (<code>{material.study.id}</code>)"),
        row("commit", f"<span class=sha>{sha}</span>{state}" if sha else say("unknown", language)),
        row("lock", checksum(lock) if lock.is_file() else say("unknown", language), ' class="sha"'),
        row("seed", str(material.study.seed)),
        row("permutations", str(material.study.autocorrelation.permutations)),
        row(
            "inputs",
            "<br>".join(
                f"{origins.link('data.html#' + f['id'], f['name'])} <span class=sha>{f['sha256'][:16]}…</span>"
                for f in material.files
                if f["kind"] == "start"
            ),
        ),
    ]
    content = scroll(f"<table><tbody>{''.join(rows)}</tbody></table>", words["commit"][language == "zh"])
    run = material.out / "run.json"
    if run.is_file():
        text = html.escape(json.dumps(json.loads(run.read_text(encoding="utf-8")), ensure_ascii=False, indent=1))
        content += f'\n<h2 id="run">run.json</h2>\n<div class="scroll" tabindex="0"><pre>{text}</pre></div>'
    return _raw(content)


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
    >>> joined("指数，\n面板\n\n年份")
    '指数，面板\n\n年份'
    """
    wide = r"[\u2018-\u201d\u3001-\u9fff\uff00-\uffef]"
    return re.sub(rf"(?<={wide})\n(?={wide}|\[)", "", text)


def module_list(language, words):
    """Return the list of modules, each with what it is about and the functions in it.

    Parameters
    ----------
    language : {'en', 'zh'}
    words : dict of str to str
        What each is about, where it is not what its docstring says.

    Returns
    -------
    str
        Markdown with HTML.
    """
    up = "" if language == "en" else "../../en/api/"
    rows = []
    for name, (text, inside) in reference.modules().items():
        page = f"{up}{name}.html"
        functions = ", ".join(origins.link(f"{page}#coordination.{name}.{f}", f, title=t) for f, t in inside.items())
        about = f"{html.escape(words.get(name, text))}<br><span class='functions'>{functions}</span>"
        rows.append(f"<tr><th scope='row'>{origins.link(page, name)}</th><td>{about}</td></tr>")
    return _raw(f'<table class="docutils modules"><tbody>{"".join(rows)}</tbody></table>')
