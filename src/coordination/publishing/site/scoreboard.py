"""The scoreboard: every published value and every claim against what was computed."""

from __future__ import annotations

from collections import Counter

import pandas as pd
from matplotlib.colors import to_hex, to_rgb

from coordination.presentation.style import VERDICT_COLOURS
from coordination.publishing.site.markup import identifier, raw, render, say
from coordination.publishing.site.origins import origin
from coordination.replication import tables
from coordination.replication.verdict import VERDICTS
from coordination.sections import MADE_BY

# The verdict comes early, so that it is seen without scrolling.
BOARD = (
    "item", "verdict", "statistic", "published_short", "recomputed", "difference", "chance", "route",
    "section", "reason",
)  # fmt: skip
LIGHTER = 0.5  # share of white in the colours of verdicts on a dark page
CLAIMS = (
    "statistic",
    "claimed",
    "recomputed",
    "in_published",
    "in_data",
    "universe_share",
    "certainty",
    "p",
    "section",
)


def of_the_board(material, name):
    """Return what `origins.origin` takes, for the figure `scoreboard` or the table `claims`."""
    table = {"scoreboard": "replication"}.get(name, name)
    cell = next((m["cell"] for m in material.made if m["name"] == name), None)
    return {"notebook": "10-replication", "cell": cell, "function": MADE_BY[table], "of": f"{table}.csv"}


def _by_key(shown, reader, keys):
    """Return the rows of a table for readers by the keys of its columns' words; a dash for a column it lacks."""
    columns = {k: reader.timed_word(k) for k in keys}
    return [
        {k: str(values[head]) if head in values else "–" for k, head in columns.items()}
        for values in shown.to_dict("records")
    ]


def colours():
    """Return the colours of verdicts as figures have them, with lighter ones for signs on a dark page.

    Returns
    -------
    str
        CSS: of every verdict --fill-<verdict>, upon which white is read, and --verdict-<verdict> for signs.
    """
    fills = {identifier(verdict): to_rgb(colour) for verdict, colour in VERDICT_COLOURS.items()}
    light = {name: [(1 - LIGHTER) * c + LIGHTER for c in colour] for name, colour in fills.items()}

    def rules(kind, of):
        return " ".join(f"--{kind}-{name}: {to_hex(colour)};" for name, colour in of.items())

    dark = rules("verdict", light)
    return (
        f"body {{ {rules('fill', fills)} {rules('verdict', fills)} }}\n"
        f'body[data-theme="dark"] {{ {dark} }}\n'
        f'@media (prefers-color-scheme: dark) {{ body:not([data-theme="light"]) {{ {dark} }} }}\n'
    )


def scoreboard(material, language):
    """Show every published value and claim against what was computed.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown; empty if the study has nothing to replicate.
    """
    if material.board is None:
        return ""
    board, reader = material.board, material.reader(language)
    rows, seen = [], Counter()
    for row, shown in zip(
        board.to_dict("records"), _by_key(tables.replication(board, reader), reader, BOARD), strict=True
    ):
        ident = identifier(f"item-{row['item']}-{row['route']}")
        seen[ident] += 1
        ident += f"-{seen[ident]}" if seen[ident] > 1 else ""
        rows.append({"id": ident, "verdict": row["verdict"], "route": row["route"], "shown": shown})
    choices = [
        ("verdict", reader.word("verdict"), [(v, reader.word(v)) for v in VERDICTS]),
        ("route", reader.word("route"), [(r, reader.word(f"from_{r}")) for r in board["route"].unique()]),
    ]
    content = render(
        "board",
        language,
        heads=[(k, reader.timed_word(k)) for k in BOARD],
        labels={k: reader.timed_word(k) for k in BOARD},
        rows=rows,
        choices=choices,
        links=origin(of_the_board(material, "scoreboard"), material, language),
    )
    asked = claims(material, language)
    return f"{asked}## {say('every_item', language)}\n\n{raw(content)}" if asked else raw(content)


def claims(material, language):
    """Show every claim: whether it holds, how robustly, how certainly.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown; empty if the study has no claims.
    """
    if material.claims is None:
        return ""
    table, reader = material.claims, material.reader(language)
    laid_out = tables.claims(table, reader)
    found = {}
    if material.board is not None:
        own = material.board[material.board["route"] == "data"]
        for item, shown in zip(own["item"], _by_key(tables.replication(own, reader), reader, BOARD), strict=True):
            found.setdefault(item, shown["recomputed"])  # the study's own convention comes first
    order = CLAIMS if reader.word("in_published") in laid_out else [k for k in CLAIMS if k != "in_published"]
    rows = []
    for row, shown in zip(
        table.to_dict("records"), _by_key(laid_out, reader, ("item", *CLAIMS, "turned_by")), strict=True
    ):
        verdicts = {
            f"in_{route}": list(zip(own.split(" / "), shown[f"in_{route}"].split(" / "), strict=True)) if own else []
            for route in ("published", "data")
            for own in ["" if pd.isna(row[f"verdict_{route}"]) else row[f"verdict_{route}"]]
        }
        sorts = {"universe_share": row["share"], "certainty": row["certainty"], "p": row["p_low"]}
        rows.append(
            {
                "id": identifier(row["claim"]),
                "holds": verdicts["in_data"][0][0] if verdicts["in_data"] else "",
                "shown": shown | {"recomputed": found.get(row["claim"], "–")},
                "turns": len(shown["turned_by"]) > 1,  # what turns the verdict is long, and not for every reader
                "verdicts": [(reader.timed_word(k), v) for k, v in verdicts.items() if k in order],
                "sorts": [(k, "–" if pd.isna(v) else v) for k, v in sorts.items()],
            }
        )
    said = material.results.get("sentence.claims")
    content = render(
        "claims",
        language,
        heads=[(k, reader.timed_word(k)) for k in order],
        labels={k: reader.timed_word(k) for k in order},
        rows=rows,
        turned_by=reader.timed_word("turned_by"),
        said=said and said["text"][language],
        choices=[("holds", reader.word("in_data"), [(v, reader.word(v)) for v in VERDICTS])],
        links=origin(of_the_board(material, "claims"), material, language),
    )
    return f"## {say('claims', language)}\n\n{raw(content)}\n\n"
