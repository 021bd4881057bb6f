"""What sentences about the multiverse, errors and coherence rest on: numbers and yes or no, no words."""

from __future__ import annotations

import numpy as np


def multiverse(made):
    """How far D depends on the choices of method.

    Parameters
    ----------
    made : multiverse.Multiverse

    Returns
    -------
    dict
        universes: their number; low, high: 5% and 95% quantile of the mean D of the last year; own: that of the study;
        flipped: share of the universes that give a region another level.
    """
    low, high = np.quantile(made.mean, (0.05, 0.95))
    return {
        "universes": len(made.mean),
        "low": low,
        "high": high,
        "own": made.mean[0],
        "flipped": made.flips.mean(),
    }


def wide(table, weights, claims):
    """How far results depend on choices with a longer menu.

    Parameters
    ----------
    table, weights, claims : pandas.DataFrame
        See `wide.by_region`, `wide.by_weights` and `wide.by_claim`.

    Returns
    -------
    dict
        regions: their number; firm: how many keep one rank in 90% of the universes; widest, low, high: the region with
        the widest interval of D, and its ends; weights: the number of spatial weights, with moran_low and moran_high,
        the lowest and the highest end of their intervals of Moran's I; claims: their number, and how many hold in
        every universe (always) and in more than half (mostly).
    """
    width = table["degree_high"] - table["degree_low"]
    widest = table.loc[width.idxmax()]
    return {
        "regions": len(table),
        "firm": int((table["high"] == table["low"]).sum()),
        "widest": widest["region"],
        "low": widest["degree_low"],
        "high": widest["degree_high"],
        "weights": len(weights),
        "moran_low": weights["low"].min(),
        "moran_high": weights["high"].max(),
        "claims": len(claims),
        "always": int((claims["share"] == 1).sum()),
        "mostly": int((claims["share"] > 0.5).sum()),
    }


def sensitivity(table):
    """Which choices matter most.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over `sensitivity`.

    Returns
    -------
    dict
        outputs: of each whose variance is explained its id, and the three largest choices with their total share.
    """
    outputs = []
    for output in ("degrees", "ranks"):
        own = table[table["output"] == output].dropna()
        if not own.empty:
            top = own.sort_values("total", ascending=False, kind="stable").iloc[:3]
            outputs.append({"id": output, "largest": top[["factor", "total"]].to_dict("records")})
    return {"outputs": outputs}


def rank_intervals(table):
    """Which ranks are firm and which are not.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over `rank-intervals`.

    Returns
    -------
    dict
        sources: of each its id, the number of regions, how many keep one rank, and the regions with the widest interval
        with the low and high end of the first.
    """
    sources = []
    for source in ("universes", "both"):
        own = table[table["source"] == source]
        width = own["high"] - own["low"]
        widest = own[width == width.max()]
        found = {"id": source, "regions": len(own), "firm": int((width == 0).sum()), "widest": list(widest["region"])}
        sources.append(found | {"low": int(widest["low"].iloc[0]), "high": int(widest["high"].iloc[0])})
    return {"sources": sources}


def panel_changes(table):
    """How far results move when the panel is another.

    Parameters
    ----------
    table : pandas.DataFrame
        See `sensitivity.panel_changes`.

    Returns
    -------
    dict
        left_out: rows of the table, the last year and the region without which D changes most.
    """
    own = (table[table["kind"] == kind] for kind in ("last", "region"))
    return {"left_out": [k.loc[k["largest"].idxmax()].to_dict() for k in own if not k.empty]}


def claims_without(table):
    """Which claims do not hang on a single region.

    Parameters
    ----------
    table : pandas.DataFrame
        See `sensitivity.claims_without`.

    Returns
    -------
    dict
        held: claims that hold with all regions; always: how many of them hold in every
        set in which they are tested; worst and lost: the region without which most of them fail, and how many.
    """
    whole = table[table["without"] == ""].set_index("claim")["holds"]
    rest = table[(table["without"] != "") & table["claim"].isin(whole.index[whole])]
    lost = (~rest["holds"]).groupby(rest["without"], sort=False).sum()
    failing = rest.loc[~rest["holds"], "claim"].nunique()
    return {
        "held": int(whole.sum()),
        "always": int(whole.sum()) - failing,
        "worst": lost.idxmax() if failing else None,
        "lost": int(lost.max()) if failing else 0,
    }


def measured(table, study):
    """How results change when series with a break are linked and exceptions are replaced.

    Parameters
    ----------
    table : pandas.DataFrame
        See `measured.compare`: a row a way, as given first.
    study : Study

    Returns
    -------
    dict
        breaks: indicator and years; exceptions: indicator, region and year; given: the first row; others: the other
        rows, each with `undone`, the years of a break in which fewer regions fall than as given.
    """
    given, *others = table.to_dict("records")
    for row in others:
        row["undone"] = [y for y, count in row["falls"].items() if count < given["falls"][y]]
    return {
        "breaks": [{"indicator": i.id, "years": [b.year for b in i.breaks]} for i in study.indicators if i.breaks],
        "exceptions": [
            {"indicator": i.id, "region": e.region, "year": e.year} for i in study.indicators for e in i.exceptions
        ],
        "given": given,
        "others": others,
    }


def coherence(table, parts):
    """Whether the indicators hang together and whether weights mean importance.

    Parameters
    ----------
    table, parts : pandas.DataFrame
        See `coherence.coherence`.

    Returns
    -------
    dict
        alphas: of each subsystem (part) Cronbach's alpha; against: indicators that run against the rest of their
        subsystem; farthest: the row of the indicator whose weight and effective weight differ most.
    """
    gap = (table["effective"] - table["weight"]).abs()
    return {
        "alphas": parts.loc[parts["kind"] == "subsystem", ["part", "alpha"]].to_dict("records"),
        "against": table.loc[table["flag"] == "against", "indicator"].tolist(),
        "farthest": table.loc[gap.idxmax()].to_dict(),
    }


def variants(table):
    """Which variants change the result most when it is computed as other tools do.

    Parameters
    ----------
    table : pandas.DataFrame
        As `variants.compare` returns it: a row a variant, the study's own first.

    Returns
    -------
    dict
        Rows of the table, None where there is no such variant: own; most, with the largest change in D; levels, with
        the most levels that change, if more than with `most`; ranks, with the most ranks that change; lowest and
        highest Moran's I. Lists: outside, rows with D outside the levels; little, ids of the variants that change D by
        at most 0.0005. undefined: whether Moran's I is so somewhere.
    """
    others, moran = table.iloc[1:], table["moran_i"].round(12)  # what differs by rounding noise alone is the same
    most, levels, ranks = (
        others.sort_values(by, ascending=False, kind="stable").iloc[0].to_dict()
        for by in (["max_change"], ["flips"], ["ranks_changed", "largest_rank_change"])
    )
    return {
        "own": table.iloc[0].to_dict(),
        "most": most if most["max_change"] != 0 else None,
        "levels": levels if levels["flips"] > most["flips"] else None,
        "outside": others[others["outside"] > 0].to_dict("records"),
        "little": others.loc[others["max_change"] <= 0.0005, "variant"].tolist(),
        "ranks": ranks if ranks["ranks_changed"] else None,
        "lowest": table.loc[moran.idxmin()].to_dict(),
        "highest": table.loc[moran.idxmax()].to_dict(),
        "undefined": bool(table["moran_i"].isna().any()),
    }
