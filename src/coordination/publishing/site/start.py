"""The start page: what the study is, the paper's abstract, the verdicts, what can be downloaded."""

from __future__ import annotations

from coordination.publishing.site.markup import names, raw, render, say
from coordination.publishing.site.material import papers
from coordination.publishing.site.origins import Link, origin
from coordination.publishing.site.scoreboard import of_the_board
from coordination.replication.verdict import VERDICTS


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
    return material.reader(language).say("site", "overview", regions=len(material.regions))


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
        Link(f"{say('contents', language)} (CSV)", "../contents.csv"),
        Link(f"{say('figures', language)} (SVG, PNG)", "figures.html"),
        Link(f"{say('tables', language)} (CSV)", "tables.html"),
        Link(f"{say('data', language)} (CSV)", "data.html"),
    ]
    return raw(render("downloads", language, links=links))
