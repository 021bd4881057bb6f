"""Tables of claims and published values. Nothing is computed here."""

from __future__ import annotations

import re

import pandas as pd

from coordination.presentation.columns import _headed, _named, number, p_value
from coordination.presentation.wording import choice, factor, phrased, word


def replication(table, *, study, regions, language):
    """Lay out the replication scoreboard.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `replication`, or some of its rows.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    named = _named(study, regions, language)

    def said(text):
        return "" if pd.isna(text) else phrased(str(text), language, named)

    rows = [
        (
            r["item"],
            said(r["section"]),
            word(f"from_{r['route']}", language),
            said(r["statistic"]),
            said(r["published"]),
            said(r["recomputed"]) or "–",
            number(r["difference"], 4),
            number(r["tolerance"], 4),
            word(r["verdict"], language),
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
    return _headed(rows, keys, language)


def claims(table, *, study, regions, language):
    """Lay out the claims: whether they hold, how robustly, how certainly.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
        A verdict that depends on the convention is given for each, the study's own first. Without the column of the
        published D if it judges no claim.
    """
    named = _named(study, regions, language)
    called = {x.id: x.name[language] for x in (*study.subsystems, *study.groups)}

    def verdicts(text):
        return "–" if pd.isna(text) else " / ".join(word(v, language) for v in text.split(" / "))

    def claimed(text):
        own = re.sub(r"\w+", lambda found: called.get(found[0], found[0]), text)
        return re.sub(r"(?<=\S)([<>])(?=\S)", r" \1 ", phrased(own, language, named))

    def percent(share):
        return "–" if pd.isna(share) else f"{100 * share:.0f}%"

    def between(low, high):
        ends = dict.fromkeys("–" if pd.isna(p) else p_value(p) for p in (low, high))
        return ("至" if language == "zh" else " to ").join(ends)

    rows = [
        (
            r["claim"],
            phrased(str(r["section"]), language, named),
            phrased(r["statistic"], language, named),
            claimed(str(r["published"])),
            verdicts(r["verdict_published"]),
            verdicts(r["verdict_data"]),
            percent(r["share"]),
            percent(r["certainty"]),
            between(r["p_low"], r["p_high"]),
            _choices(r["changes"], language, study),
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
    laid_out = _headed(rows, keys, language)
    unpublished = table["verdict_published"].isna().all()
    return laid_out.drop(columns=word("in_published", language)) if unpublished else laid_out


def claims_short(table, *, study, regions, language):
    """Lay out the claims for print: without what they say and what turns them.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    whole = claims(table, study=study, regions=regions, language=language)
    short = whole.drop(columns=[word(k, language) for k in ("item", "section", "turned_by")])
    systems = {s.id: s.name[language] for s in study.subsystems}
    short.insert(0, word("subject", language), [systems.get(v) or word(f"of_{v}", language) for v in table["variable"]])
    return short


def _choices(text, language, study):
    """Put sets of choices, `factor=level + factor=level | factor=level | … more`, in words."""
    if pd.isna(text) or not text:
        return "–"
    colon, semicolon, plus = ("：", "；", "＋") if language == "zh" else (": ", "; ", " + ")

    def said(pair):
        name, _, level = pair.partition("=")
        if level:
            return f"{factor(name, language)}{colon}{choice(name, level, study, language)}"
        count = name.removeprefix("… ")  # how many more sets there are
        return f"另有{count}组" if language == "zh" else f"and {count} more"

    return semicolon.join(plus.join(map(said, one.split(" + "))) for one in text.split(" | "))
