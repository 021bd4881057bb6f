"""Tables of claims and published values. Nothing is computed here."""

from __future__ import annotations

import json

import pandas as pd

from coordination.presentation.columns import laid_out, numeric, p, plain, worded
from coordination.presentation.reader import p_value
from coordination.sections import CERTAINTIES

# What verdicts on claims are called where nothing published is repeated
OWN = {"reproduced": "claim_holds", "not reproduced": "claim_fails"}

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
        ("chance", p("chance")),
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
    columns = (("item", plain("claim")), ("section", _section), ("statistic", _statement), *_judged(table, CERTAINTIES))
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
    return laid_out(table, reader, (("subject", _subject), ("statistic", _stated), *_judged(table, CERTAINTIES[:1])))


def consistency(table, reader):
    """Lay out which printed numbers can follow from others.

    Parameters
    ----------
    table : pandas.DataFrame
        As `consistency.consistency` returns it.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    columns = (
        ("section", _section),
        ("statistic", _statement),
        ("as_printed", _finding("published")),
        ("by_draws", _drawn),
        ("chance", p("chance")),
        ("verdict", worded("verdict")),
    )
    return laid_out(table, reader, columns)


def _drawn(reader, row):
    if pd.isna(row["low"]):
        return "–"
    decimals = 2 + len(str(row["published"]).partition(".")[2])
    low, high = (reader.number(row[k], decimals) for k in ("low", "high"))
    return reader.word("up_to").join(dict.fromkeys([low, high]))


def readings_nearest(table, reader):
    """Lay out the readings that come nearest to the published values.

    Parameters
    ----------
    table : pandas.DataFrame
        As `readings.nearest` returns it.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
        Without the distance of what was not published.
    """
    scores = [c for c in table if c.startswith("score_")]
    numbers = [("distance_of_degree", numeric("distance", 4)), ("distance_of_moran", numeric("moran", 4))]
    columns = (("nearest_by", _nearest_by), ("readings", _read), ("open_choices", _chosen), *numbers)
    columns = [c for c in columns if c[0] != "distance_of_moran" or table["moran"].notna().any()]
    shown = laid_out(table, reader, [*columns, ("as_near", worded("near"))])
    for name in scores:
        head = reader.word("distance_of_scores", reader.subsystem(name.removeprefix("score_")))
        shown.insert(shown.shape[1] - 1, head, [reader.number(x, 4) for x in table[name]])
    return shown


def readings_left_out(table, reader):
    """Lay out which readings come nearest without one region, or one year, and how far they are from it.

    Parameters
    ----------
    table : pandas.DataFrame
        As `readings.outside` returns it.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    columns = (
        ("left_out_cells", _left_out),
        ("readings", _read),
        ("open_choices", _chosen),
        ("distance_left_out", numeric("distance", 4)),
        ("distance_own", numeric("own", 4)),
    )
    return laid_out(table, reader, columns)


def implied_scores(table, reader):
    """Lay out the implied score less the computed one, with half the width of its rounding interval.

    Parameters
    ----------
    table : pandas.DataFrame
        As `readings.implied_scores` returns it.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
        A row for every region, a column for every year.
    """
    said = [
        f"{'+' if r['difference'] > 0 else ''}{reader.number(r['difference'])} "
        f"± {reader.number((r['high'] - r['low']) / 2)}"
        for r in table.to_dict("records")
    ]
    wide = table.assign(cell=said).pivot(index="region", columns="year", values="cell")
    wide = wide.loc[[r for r in reader.regions.index if r in wide.index]].fillna("–")
    wide.columns = [str(y) for y in wide]
    wide.insert(0, reader.word("region"), [reader.region(r) for r in wide.index])
    return wide.reset_index(drop=True)


def _judged(table, certainties):
    """Columns of what is claimed and how it fares."""
    own = table["verdict_published"].isna().all()  # nothing published is repeated
    published = () if own else (("in_published", _verdicts("verdict_published")),)
    return (
        ("claimed", _finding("published")),
        *published,
        ("in_data", _verdicts("verdict_data", own)),
        ("universe_share", _share("share")),
        ("own_scale_share", _share("share_own")),
        *((key, _share(key)) for key in certainties),
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


def _verdicts(column, own=False):
    """Cells with the verdicts by every convention, in words for claims of one's own if they are."""

    def cell(reader, row):
        if pd.isna(row[column]):
            return "–"
        return " / ".join(reader.word(OWN.get(v, v) if own else v) for v in row[column].split(" / "))

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


def _pairs(text):
    return [one.partition("=")[::2] for one in text.split(" + ")] if isinstance(text, str) and text else []


def _read(reader, row):
    """Put readings, `indicator=reading + ...`, in words."""
    said = (reader.reading(i, r) for i, r in _pairs(row["readings"]))
    return reader.word("semicolon").join(said) or reader.word("as_in_study")


def _chosen(reader, row):
    """Put choices, `factor=level + ...`, in words."""
    colon, semicolon = reader.word("colon"), reader.word("semicolon")
    said = [f"{reader.factor(k)}{colon}{reader.choice(k, v)}" for k, v in _pairs(row["choices"])]
    return semicolon.join(said) or reader.word("as_in_study")


def _nearest_by(reader, row):
    by = row["by"]
    if by in reader.study.alpha:
        return reader.word("by_scores", reader.subsystem(by))
    return reader.word(f"by_{by}", row["rank"])


def _left_out(reader, row):
    return reader.region(row["left_out"]) if row["kind"] == "region" else str(row["left_out"])
