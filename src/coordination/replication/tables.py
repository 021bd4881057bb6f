"""Tables of claims and published values. Nothing is computed here."""

from __future__ import annotations

import json

import pandas as pd

from coordination.presentation.columns import laid_out, numeric, plain, worded
from coordination.presentation.reader import p_value

ABOUT = ("variable", "place", "period", "measure", "convention")


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
    columns = (
        ("item", plain("item")),
        ("section", _section),
        ("route", worded("route", "from_{}")),
        ("statistic", _statement),
        ("published_short", _finding("published")),
        ("recomputed", _finding("recomputed")),
        ("difference", numeric("difference", 4)),
        ("tolerance", numeric("tolerance", 4)),
        ("verdict", worded("verdict")),
        ("reason", _reasons),
    )
    return laid_out(table, reader, columns)


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
    columns = (("item", plain("claim")), ("section", _section), ("statistic", _statement), *_judged(table))
    return laid_out(table, reader, (*columns, ("turned_by", _turned)))


def claims_short(table, reader):
    """Lay out the claims for print: without their ids and what turns them, and their subject in a column of its own.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    return laid_out(table, reader, (("subject", _subject), ("statistic", _stated), *_judged(table)))


def _judged(table):
    """Columns of what is claimed and how it fares."""
    published = () if table["verdict_published"].isna().all() else (("in_published", _verdicts("verdict_published")),)
    return (
        ("claimed", _finding("published")),
        *published,
        ("in_data", _verdicts("verdict_data")),
        ("universe_share", _share("share")),
        ("certainty", _share("certainty")),
        ("p", _between),
    )


def _say(reader, sentence, **facts):
    return reader.say("replication", sentence, **facts)


def _section(reader, row):
    return _say(reader, "section", name=str(row["section"]))


def _subject(reader, row):
    systems = [s.id for s in reader.study.subsystems]
    return reader.subsystem(row["variable"]) if row["variable"] in systems else reader.word(f"of_{row['variable']}")


def _stated(reader, row, alone=False):
    about = {key: "" if pd.isna(row.get(key)) else str(row.get(key, "")) for key in ABOUT}
    return _say(reader, "statement", **about, expected=str(row["published"]), alone=alone)


def _statement(reader, row):
    return _stated(reader, row, alone=True)


def _finding(column):
    """Cells with what is claimed or found."""

    def cell(reader, row):
        known = not pd.isna(row[column])
        return _say(reader, "finding", measure=row["measure"], text=str(row[column])) if known else "–"

    return cell


def _reasons(reader, row):
    reasons = json.loads(row["reason"]) if isinstance(row["reason"], str) and row["reason"] else []
    said = (_say(reader, r["because"], **{k: v for k, v in r.items() if k != "because"}) for r in reasons)
    return reader.word("semicolon").join(said)


def _verdicts(column):
    """Cells with the verdicts by every convention."""

    def cell(reader, row):
        return "–" if pd.isna(row[column]) else " / ".join(reader.word(v) for v in row[column].split(" / "))

    return cell


def _share(column):
    """Cells with a share in percent."""
    return lambda reader, row: "–" if pd.isna(row[column]) else reader.percent(row[column])


def _between(reader, row):
    ends = dict.fromkeys("–" if pd.isna(p) else p_value(p) for p in (row["p_low"], row["p_high"]))
    return reader.word("up_to").join(ends)


def _turned(reader, row):
    """Put sets of choices, `factor=level + factor=level | factor=level | … more`, in words."""
    if pd.isna(row["changes"]) or not row["changes"]:
        return "–"
    colon, semicolon, plus = (reader.word(k) for k in ("colon", "semicolon", "plus"))

    def said(pair):
        name, _, level = pair.partition("=")
        if level:
            return f"{reader.factor(name)}{colon}{reader.choice(name, level)}"
        return reader.word("and_more", name.removeprefix("… "))  # how many more sets there are

    return semicolon.join(plus.join(map(said, one.split(" + "))) for one in row["changes"].split(" | "))
