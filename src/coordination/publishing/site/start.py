"""The start page: what the study is, the paper's abstract, the verdicts, what can be downloaded."""

from __future__ import annotations

import re

import pandas as pd

from coordination.publishing.site.markup import identifier, names, paragraphs, raw, render, say
from coordination.publishing.site.material import papers
from coordination.publishing.site.origins import Link, origin
from coordination.publishing.site.plates import plates_of
from coordination.publishing.site.scoreboard import of_the_board
from coordination.replication.verdict import VERDICTS

# The picture of a study: where it stands, and how it came there
PICTURE = ("map-coordination", "slopes-regions", "heat-map-coordination")
FIRST_SENTENCE = re.compile(r".+?(?:\.(?= [A-Z])|\.$|\u3002|$)", re.DOTALL)
FINDINGS = ("sentence.coordination", "sentence.moran_summary", "sentence.claims")


def hero(material, language):
    """Tell the study in a picture, three sentences and three doors.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown: two figures, a mark for every claim, the first sentences of what was found, where to read, check and
        adapt.
    """
    made = {m["name"]: m for m in material.made if m["kind"] == "figure"}
    plates = plates_of([n for n in PICTURE if n in made][:2], material, language)
    reader, claims, counts = material.reader(language), [], []
    if material.claims is not None:
        verdicts = [("" if pd.isna(v) else v.split(" / ")[0]) for v in material.claims["verdict_data"]]
        claims = [
            {"id": identifier(claim), "verdict": v, "title": f"{claim}: {reader.word(v)}" if v else claim}
            for claim, v in zip(material.claims["claim"], verdicts, strict=True)
        ]
        counts = [(v, reader.word(v), verdicts.count(v)) for v in VERDICTS if v in verdicts]
    published = material.claims is not None and material.claims["verdict_published"].notna().any()
    repeated = Link(say("repeated", language), "paper.html#sec-replication") if published else None
    said = [(key, material.results[key]["text"][language]) for key in FINDINGS if key in material.results]
    sentences = [{"key": key, "text": re.match(FIRST_SENTENCE, text)[0]} for key, text in said]
    pdf = [p for p in papers(material.out) if p.name == f"paper.{language}.pdf"]
    printed = [Link(say("paper", language, "PDF"), f"../{p.name}") for p in pdf]
    doors = [
        {"name": "read", "links": [page_of(language), *printed]},
        {"name": "check", "links": [Link(say("every_number", language), "results.html")]},
        {"name": "adapt", "links": [Link(say("adapt", language), "adapt.html")]},
    ]
    if material.board is not None:
        doors[1]["links"].insert(0, Link(say("scoreboard", language), "scoreboard.html"))
    explorer = material.out / f"explorer.{language}.html"
    if explorer.is_file():
        doors[0]["links"].append(Link(say("explorer", language), "explorer.html"))
    facts = {"plates": plates, "claims": claims, "counts": counts, "sentences": sentences, "doors": doors}
    return raw(render("hero", language, **facts, repeated=repeated))


def page_of(language):
    """Return the link to the paper as a page."""
    return Link(say("paper", language, "HTML"), "paper.html")


def overview(material, language):
    """Say in a sentence what the study is.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown.
    """
    return raw(paragraphs(material.reader(language).say("site", "overview", regions=len(material.regions))))


def opening(material, language):
    """Show the paper's abstract.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown.
    """
    own = [p for p in papers(material.out) if p.name.startswith(f"paper.{language}.")]
    links = [Link(say("paper", language, p.suffix[1:].upper()), f"../{p.name}") for p in own]
    links.insert(0, page_of(language))
    links.append(Link(say("every_number", language), "results.html"))
    content = render("abstract", language, paragraphs=material.abstract[language], links=links)
    return f"## {say('abstract', language)}\n\n{raw(content)}"


def summary(material, language):
    """Summarise the scoreboard, if the study has one.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown.
    """
    if material.board is None:
        return ""
    reader, title = material.reader(language), say("scoreboard", language)
    said = material.results.get("sentence.replication")
    rows = [
        (reader.word(f"from_{route}"), [int((own["verdict"] == v).sum()) for v in VERDICTS])
        for route, own in material.board.groupby("route", sort=False)
    ]
    content = render(
        "summary",
        language,
        said=said and said["text"][language],
        head=reader.word("route"),
        verdicts=[(v, reader.word(v)) for v in VERDICTS],
        rows=rows,
        links=origin(of_the_board(material, "scoreboard"), material, language),
        more=Link(f"{title} →", "scoreboard.html"),
    )
    return f"## {title}\n\n{raw(content)}"


def downloads(material, language):
    """List what can be downloaded.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown.
    """
    links = []
    for paper in papers(material.out):
        kind, _, own = paper.stem.partition(".")
        links.append(
            Link(say(kind, language, f"{names().get(own, '')} {paper.suffix[1:].upper()}"), f"../{paper.name}")
        )
    links += [
        Link(say("values", language), "../results.json"),
        Link(f"{say('provenance', language)} (JSON)", "../provenance.json"),
        Link(f"{say('contents', language)} (CSV)", "../contents.csv"),
        Link(f"{say('figures', language)} (SVG, PNG)", "figures.html"),
        Link(f"{say('tables', language)} (CSV)", "tables.html"),
        *(
            Link(f"{say(what, language)} ({kind})", f"../{name}")
            for what, kind, name in (
                ("tables", "Excel", f"tables.{language}.xlsx"),
                ("tables", "LaTeX", f"tables.{language}.tex"),
                ("degrees", "Stata", "results.dta"),
                ("degrees", "Parquet", "results.parquet"),
            )
            if (material.out / name).is_file()
        ),
        Link(f"{say('data', language)} (CSV)", "data.html"),
    ]
    return raw(render("downloads", language, links=links))
