"""Tables of claims and published values. Nothing is computed here."""

from __future__ import annotations

import re

import pandas as pd

from coordination.presentation.columns import _named, headed
from coordination.presentation.reader import number, p_value
from coordination.presentation.wording import phrased


def replication(table, reader):
    """Lay out the replication scoreboard.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `replication`, or some of its rows.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    named = _named(reader.study, reader.regions, reader.language)

    def said(text):
        return "" if pd.isna(text) else phrased(str(text), reader.language, named)

    rows = [
        (
            r["item"],
            said(r["section"]),
            reader.word(f"from_{r['route']}"),
            said(r["statistic"]),
            said(r["published"]),
            said(r["recomputed"]) or "–",
            number(r["difference"], 4),
            number(r["tolerance"], 4),
            reader.word(r["verdict"]),
            said(r["reason"]),
        )
        for _, r in table.iterrows()
    ]
    keys = (
        "item",
        "section",
        "route",
        "statistic",
        "published_short",
        "recomputed",
        "difference",
        "tolerance",
        "verdict",
        "reason",
    )
    return headed(rows, keys, reader)


def claims(table, reader):
    """Lay out the claims: whether they hold, how robustly, how certainly.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
        A verdict that depends on the convention is given for each, the study's own first. Without the column of the
        published D if it judges no claim.
    """
    named = _named(reader.study, reader.regions, reader.language)
    called = {x.id: x.name[reader.language] for x in (*reader.study.subsystems, *reader.study.groups)}

    def verdicts(text):
        return "–" if pd.isna(text) else " / ".join(reader.word(v) for v in text.split(" / "))

    def claimed(text):
        own = re.sub(r"\w+", lambda found: called.get(found[0], found[0]), text)
        return re.sub(r"(?<=\S)([<>])(?=\S)", r" \1 ", phrased(own, reader.language, named))

    def percent(share):
        return "–" if pd.isna(share) else f"{100 * share:.0f}%"

    def between(low, high):
        ends = dict.fromkeys("–" if pd.isna(p) else p_value(p) for p in (low, high))
        return ("至" if reader.language == "zh" else " to ").join(ends)

    rows = [
        (
            r["claim"],
            phrased(str(r["section"]), reader.language, named),
            phrased(r["statistic"], reader.language, named),
            claimed(str(r["published"])),
            verdicts(r["verdict_published"]),
            verdicts(r["verdict_data"]),
            percent(r["share"]),
            percent(r["certainty"]),
            between(r["p_low"], r["p_high"]),
            _choices(r["changes"], reader),
        )
        for _, r in table.iterrows()
    ]
    keys = (
        "item",
        "section",
        "statistic",
        "claimed",
        "in_published",
        "in_data",
        "universe_share",
        "certainty",
        "p",
        "turned_by",
    )
    laid_out = headed(rows, keys, reader)
    unpublished = table["verdict_published"].isna().all()
    return laid_out.drop(columns=reader.word("in_published")) if unpublished else laid_out


def claims_short(table, reader):
    """Lay out the claims for print: without what they say and what turns them.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    whole = claims(table, reader)
    short = whole.drop(columns=[reader.word(k) for k in ("item", "section", "turned_by")])
    systems = {s.id: s.name[reader.language] for s in reader.study.subsystems}
    short.insert(0, reader.word("subject"), [systems.get(v) or reader.word(f"of_{v}") for v in table["variable"]])
    return short


def _choices(text, reader):
    """Put sets of choices, `factor=level + factor=level | factor=level | … more`, in words."""
    if pd.isna(text) or not text:
        return "–"
    colon, semicolon, plus = (reader.word(k) for k in ("colon", "semicolon", "plus"))

    def said(pair):
        name, _, level = pair.partition("=")
        if level:
            return f"{reader.factor(name)}{colon}{reader.choice(name, level)}"
        count = name.removeprefix("… ")  # how many more sets there are
        return reader.word("and_more", count)

    return semicolon.join(plus.join(map(said, one.split(" + "))) for one in text.split(" | "))
