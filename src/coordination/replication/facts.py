"""Facts about claims and published values, which sentences state in every language."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pandas as pd

ROUTES = ("published", "data")


def replication(board):
    """How much of the published values and claims is reproduced.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.

    Returns
    -------
    dict
        routes: a dict each with id, good, tested, and verdicts (pairs of a verdict and its count, the largest first).
    """
    routes = []
    for route in _known(board):
        own = board[board["route"] == route]
        verdicts = [(v, int(c)) for v, c in own["verdict"].value_counts().items()]
        routes.append({"id": route, **_tested(own), "verdicts": verdicts})
    return {"routes": routes}


def replication_summary(board):
    """How much is reproduced on each route that can test anything.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.

    Returns
    -------
    dict
        routes: a dict each with id, good, tested.
    """
    routes = [{"id": route, **_tested(board[board["route"] == route])} for route in _known(board)]
    return {"routes": [r for r in routes if r["tested"]]}


def _known(board):
    return [r for r in ROUTES if r in set(board["route"])]


def _tested(rows):
    tested = rows["verdict"] != "not testable"
    return {"good": int(rows["verdict"].str.startswith("reproduced").sum()), "tested": int(tested.sum())}


def removals(board, study, changes):
    """Count what comes out when reasons are removed one at a time.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.
    study : Study
    changes : list of dict
        Of one thing each (see `removal.Removed`).

    Returns
    -------
    dict
        failing, items of the route from the data that are not reproduced; out, those that come out under a change;
        nearer, those that one brings nearer; by, the three changes under which most come out, a dict of change and
        count each; tried; kinds (of the
        changes); absent, ids of indicators without figures.
    """
    own = board[(board["route"] == "data") & (board["verdict"] == "not reproduced")]
    reasons = [r for text in own["reason"] if text for r in json.loads(text)]
    out = [r["changes"] for r in reasons if r["because"] == "comes_out"]
    counts = Counter(json.dumps(change, sort_keys=True) for changes in out for change in changes)
    return {
        "failing": len(own),
        "out": len(out),
        "nearer": sum(r["because"] == "nearer" for r in reasons),
        "by": [{"change": json.loads(text), "count": count} for text, count in counts.most_common(3)],
        "tried": len(changes),
        "kinds": list(dict.fromkeys(change["kind"] for change in changes)),
        "absent": [i.id for s in study.subsystems for d in s.dimensions for i in d.indicators if i.unavailable],
    }


def consistency(table, skipped):
    """Count which printed numbers can follow from one another.

    Parameters
    ----------
    table, skipped
        As `consistency.consistency` returns them.

    Returns
    -------
    dict
        tested, failing; kinds, a dict of kind, tested and failing each; skipped, a dict of kind and lacking each.
    """
    failing = table["verdict"] != "follows"
    counts = table.assign(failing=failing).groupby("kind", sort=False)["failing"].agg(["size", "sum"])
    kinds = [{"kind": k, "tested": int(r["size"]), "failing": int(r["sum"])} for k, r in counts.iterrows()]
    return {"tested": len(table), "failing": int(failing.sum()), "kinds": kinds, "skipped": skipped}


def agreement(table):
    """How close recomputed values are to published ones.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, published, recomputed.

    Returns
    -------
    dict
        correlation, difference (mean absolute), farthest (the region whose mean difference is largest), by (that mean).
    """
    difference = table["recomputed"] - table["published"]
    by_region = difference.groupby(table["region"]).mean()
    farthest = by_region.abs().idxmax()
    return {
        "correlation": float(table["published"].corr(table["recomputed"])),
        "difference": float(difference.abs().mean()),
        "farthest": farthest,
        "by": float(by_region[farthest]),
    }


def claims(table):
    """How many claims hold, and how robustly.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.

    Returns
    -------
    dict
        Counts of claims: count, held and untested in the data, tested_published and held_published; those that hold in
        the data and under at least 95% (firm) and more than half (usual) of the choices of method, None where no share
        of such a claim is known; of all claims, those under less than half (rare), None without shares, and of these
        exact figures (exact). by_convention: whether a verdict depends on one.
    """
    published, data = (table[f"holds_{route}"].astype("boolean") for route in ROUTES)
    held = data.fillna(False).astype(bool)
    share, robust = table["share"].dropna(), table.loc[held, "share"].dropna()
    figures = pd.to_numeric(table["published"], errors="coerce").notna()
    verdicts = table[["verdict_published", "verdict_data"]].stack().astype(str)
    return {
        "count": len(table),
        "held": int(held.sum()),
        "untested": int(data.isna().sum()),
        "by_convention": bool(verdicts.str.contains(" / ").any()),
        "tested_published": int(published.notna().sum()),
        "held_published": int(published.sum()),
        "firm": int((robust >= 0.95).sum()) if len(robust) else None,
        "usual": int((robust > 0.5).sum()) if len(robust) else None,
        "rare": int((share < 0.5).sum()) if len(share) else None,
        "exact": int((figures & (table["share"] < 0.5)).sum()),
    }


def reproduction(means):
    """How much of the printed means of regions and groups comes out again.

    Parameters
    ----------
    means : pandas.DataFrame
        As `readings.beside` returns them.

    Returns
    -------
    dict
        variables: a dict each with variable, regions (how many have a printed mean), difference (mean absolute),
        farthest (the region farthest off), by (how far), ranks (rank correlation of the regions, None for fewer than
        three), and groups_published and groups_recomputed, from the lowest mean, empty without printed ones.
    """
    result = []
    for variable, own in means.groupby("variable", sort=False):
        regions, groups = (own[own["kind"] == kind].set_index("place") for kind in ("region", "group"))
        if regions.empty:
            continue
        gap = regions["recomputed"] - regions["published"]
        farthest = gap.abs().idxmax()
        about = {"regions": len(gap), "difference": float(gap.abs().mean()), "farthest": farthest}
        ranks = regions["published"].rank().corr(regions["recomputed"].rank()) if len(gap) > 2 else None
        orders = {f"groups_{c}": list(groups[c].sort_values().index) for c in ("published", "recomputed")}
        result.append({"variable": variable, **about, "by": float(gap[farthest]), "ranks": ranks, **orders})
    return {"variables": result}


def searched(found, places, chance, outside, half):
    """How near the readings come to the published D, and how little that says.

    Parameters
    ----------
    found : Search
    places : sequence of int
        Of the combinations as near as the nearest (see `readings.near`).
    chance : numpy.ndarray
        Distances of readings by chance (see `readings.by_chance`).
    outside : pandas.DataFrame
        As `readings.outside` returns it.
    half : float
        Half a unit of the last printed digit of D.

    Returns
    -------
    dict
        tried (combinations), readings and ways (whose product they are), own and closest (distances), half, fits
        (whether the closest is within rounding), near (how many combinations are as near), usual (the nearest in the
        study's own way), middle and low (median and 5% quantile of the distances by chance), share (of these that are
        at most usual), left: a dict each with kind, count, same, distance and own.
    """
    readings = int(np.prod(found.shape[1:]))
    usual = float(found.distance[:readings].min())
    left = [
        {"kind": kind, "count": len(t), "same": int(t["same"].sum()), **t[["distance", "own"]].mean().to_dict()}
        for kind, t in outside.groupby("kind", sort=False)
    ]
    closest = float(found.distance.min())
    return {
        "tried": len(found.distance),
        "readings": readings,
        "ways": len(found.universes),
        "own": float(found.distance[0]),
        "closest": closest,
        "half": half,
        "fits": closest <= half,
        "near": len(places),
        "usual": usual,
        "middle": float(np.median(chance)),
        "low": float(np.quantile(chance, 0.05)),
        "share": float((chance <= usual).mean()),
        "left": left,
    }


def implied_scores(table, study, subsystem, fitted, population=None):
    """Say what the published D implies of the subsystem whose indicators are incomplete.

    Parameters
    ----------
    table : pandas.DataFrame
        As `readings.implied_scores` returns it.
    study : Study
    subsystem : str
    fitted : float
        Mean absolute difference that non-negative weights of the known indicators leave (see `readings.carried`).
    population : float, optional
        Correlation of the difference with population.

    Returns
    -------
    dict
        subsystem, others, absent (indicators), above and below (regions whose mean implied score is above or below the
        computed one by more than rounding explains, the largest difference first), difference (mean absolute), share
        (least weight of the absent indicators), region and year (where it is needed), fitted, population.
    """
    own = table.groupby("region", sort=False)[["low", "high", "computed", "difference"]].mean()
    own = own.sort_values("difference", key=abs, ascending=False, kind="stable")
    most = table.loc[table["share"].idxmax()]
    parts = {s.id: s for s in study.subsystems}
    return {
        "subsystem": subsystem,
        "others": [s for s in parts if s != subsystem],
        "absent": [i.id for d in parts[subsystem].dimensions for i in d.indicators if i.unavailable],
        "above": list(own.index[own["low"] > own["computed"]]),
        "below": list(own.index[own["high"] < own["computed"]]),
        "difference": float(table["difference"].abs().mean()),
        "share": float(most["share"]),
        "region": most["region"],
        "year": most["year"],
        "fitted": fitted,
        "population": population,
    }
