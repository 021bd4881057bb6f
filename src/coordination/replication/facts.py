"""Facts about claims and published values, which sentences state in every language."""

from __future__ import annotations

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
