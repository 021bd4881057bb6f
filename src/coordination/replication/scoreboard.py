"""The scoreboard: published values and claims against recomputed ones."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination.choices import TAIL
from coordination.replication import measures, register, removal
from coordination.replication.register import members, period
from coordination.replication.rounding import chance, degrees
from coordination.replication.verdict import half_printed, row, verdict
from coordination.replication.versions import Tabled, computed
from coordination.replication.versions import moran as moran_of
from coordination.sections import CERTAINTIES, COLUMNS, exact_column


@dataclass(frozen=True)
class Route:
    """What one route has to say.

    Attributes
    ----------
    route : {'published', 'data'}
        Whether it starts from the published D or from the data.
    values : dict of str to pandas.DataFrame
        Table (region, year, value) of every variable that the route knows: subsystems and `coordination_degree`.
    moran : pandas.DataFrame
        Rows of `global-moran`.
    quadrants : pandas.DataFrame
        Rows of `local-moran`.
    printed : pandas.DataFrame of str or None
        The published D as printed, if the route starts from it: its chances under rounding are known.
    change : pandas.DataFrame or None
        Rows of `moran-change`; None if the study leaves it out.
    """

    route: str
    values: dict
    moran: pd.DataFrame
    quadrants: pd.DataFrame
    printed: pd.DataFrame | None = None
    change: pd.DataFrame | None = None

    def results(self, study, regions):
        """Return it as one version of the results that claims are held against.

        Parameters
        ----------
        study : Study
        regions : pandas.DataFrame

        Returns
        -------
        Results
        """
        wide = {k: t.pivot(index="region", columns="year", values="value") for k, t in self.values.items()}
        years = sorted(set().union(*(w.columns for w in wide.values())))
        cubes = {k: w.reindex(index=regions.index, columns=years).to_numpy(float)[None] for k, w in wide.items()}
        space = Tabled(study, regions, self.moran, self.quadrants, self.change)
        return measures.Results(study, regions, cubes, tuple(years), space)

    def drawn(self, study, regions, weights):
        """Return the results of many draws of what was printed, before it was rounded.

        Parameters
        ----------
        study : Study
        regions : pandas.DataFrame
        weights : array_like, shape (n, n)

        Returns
        -------
        Results or None
            None if the route does not start from what was printed.
        """
        if self.printed is None:
            return None
        years, drawn = degrees(self.printed, regions.index)
        return computed({"coordination_degree": drawn}, years, study, regions, {"own": np.asarray(weights)})["own"]


def claim(asked, evidence, study, regions, drawn=None):
    """Check one claim against one route's evidence.

    Parameters
    ----------
    asked : mapping
        A row of claims.csv (see `register.read`).
    evidence : Route
    study : Study
    regions : pandas.DataFrame
    drawn : Results, optional
        The evidence before it was rounded (see `Route.drawn`).

    Returns
    -------
    list of dict
        Rows of the scoreboard, one a convention; none if the route knows nothing of the variable.

    Raises
    ------
    InputError
        If the claim names an unknown variable, place, period or measure, or what is claimed makes no sense.
    """
    read = register.read(asked, study, regions)
    unrounded = {} if drawn is None else {f.convention: f for f in measures.interpret(read, drawn)}
    return [
        _judged(asked, read, found, evidence, unrounded.get(found.convention))
        for found in measures.interpret(read, evidence.results(study, regions))
    ]


def _judged(asked, read, found, evidence, unrounded):
    common = (read.id, read.section, evidence.route, {**asked, "convention": found.convention}, read.expected)
    because, text = found.because(0), found.text(0)
    if found.holds is None:
        return row(*common, None, read.tolerance, because)
    holds = bool(found.holds[0])
    if found.number is None:
        return row(*common, text, None, because, "reproduced" if holds else "not reproduced")
    number = float(found.number[0])
    if math.isnan(number):
        return row(*common, number, read.tolerance, [{"because": "undefined"}])
    if text is not None:  # a number of another region
        return row(*common, number, read.tolerance, because, "not reproduced", text)
    share = None if unrounded is None else _known(chance(unrounded.number, read.expected))
    judged = verdict(read.expected, number, read.tolerance, share)
    return row(*common, number, read.tolerance, because, judged, None, share)


def _known(number):
    return None if math.isnan(number) else number


def coordination_cells(published, recomputed):
    """Check every published cell of D (table 4) against the data.

    Parameters
    ----------
    published : pandas.DataFrame of str
        Columns region, year, coordination_degree as printed.
    recomputed : pandas.DataFrame
        Columns region, year, value.

    Returns
    -------
    list of dict
    """
    known = recomputed.set_index(["region", "year"])["value"]
    about = {"variable": "coordination_degree", "measure": "value"}
    return [
        row(
            f"T4-{r['region']}-{r['year']}", "Table 4", "data", about | {"place": r["region"], "period": r["year"]},
            r["coordination_degree"],
            float(known.get((r["region"], int(r["year"])), np.nan)), half_printed(r["coordination_degree"]),
        )
        for _, r in published.iterrows()
    ]  # fmt: skip


def group_cells(published, evidence, study, regions, drawn=None):
    """Check every published group mean of D (table 5).

    Parameters
    ----------
    published : pandas.DataFrame of str
        Columns group, year, mean_coordination_degree as printed.
    evidence : Route
    study : Study
    regions : pandas.DataFrame
    drawn : Results, optional
        The evidence before it was rounded.

    Returns
    -------
    list of dict
    """
    wide = evidence.values["coordination_degree"].pivot(index="year", columns="region", values="value")
    groups, rows = [g.id for g in study.groups], []
    for _, r in published.iterrows():
        printed, year = r["mean_coordination_degree"], int(r["year"])
        own = members(r["group"], regions, groups, study.whole.id)
        found, tolerance, share = float("nan"), None, None
        if year in wide.index:
            found, tolerance = float(wide.loc[year, own].mean()), half_printed(printed)
            if drawn is not None:
                at = drawn.years.index(year)
                before = drawn.values["coordination_degree"][:, regions.index.get_indexer(own), at]
                share = _known(chance(before.mean(axis=1), printed))
        about = {"variable": "coordination_degree", "place": r["group"], "period": r["year"], "measure": "mean"}
        item = f"T5-{r['group']}-{year}"
        rows.append(row(item, "Table 5", evidence.route, about, printed, found, tolerance, chance=share))
    return rows


def moran_cells(published, evidence, weights, tail, drawn=None):
    """Check every published global Moran's I, z and p (table 6).

    Parameters
    ----------
    published : pandas.DataFrame of str
        Columns year, moran_i, z_score, p_value as printed.
    evidence : Route
    weights : array_like, shape (n, n)
    tail : str
        A name of `choices.TAIL`.
    drawn : Results, optional
        The evidence before it was rounded.

    Returns
    -------
    list of dict
        z and p under the randomisation assumption.
    """
    columns = {"moran_i": "moran_i", "z_score": "z_randomisation", "p_value": "p_randomisation"}
    known, rows, before = evidence.moran.set_index("year"), [], None
    if drawn is not None:
        index, z = moran_of(drawn.values["coordination_degree"], np.asarray(weights))
        before = {"moran_i": index, "z_score": z, "p_value": TAIL[tail].normal(z)}
    for _, r in published.iterrows():
        year = int(r["year"])
        tested = year in known.index
        for (printed, own), name in zip(columns.items(), "Izp", strict=True):
            found = float(known.loc[year, own]) if tested else float("nan")
            tolerance = half_printed(r[printed]) if tested else None
            reason = [] if tested else [{"because": "not_printed"}]
            share = None
            if tested and before is not None:
                share = _known(chance(before[printed][:, drawn.years.index(year)], r[printed]))
            differs = tested and verdict(r[printed], found, tolerance, share) == "not reproduced"
            if differs and name != "I" and float(r["z_score"]):
                expected_i, own_i, own_z = known.loc[year, ["expected_i", "moran_i", "z_randomisation"]]
                implied = (float(r["moran_i"]) - expected_i) / float(r["z_score"])
                here = (own_i - expected_i) / own_z
                errors = {"implied": round(float(implied), 9), "own": round(float(here), 9)}
                reason = [{"because": "standard_error", **errors}]
            about = {"variable": printed, "place": "all", "period": r["year"], "measure": "value"}
            common = (f"T6-{name}-{year}", "Table 6", evidence.route, about, r[printed], found)
            rows.append(row(*common, tolerance, reason, chance=share))
    return rows


def reasons(rows, claims, removed):
    """Say why the data route does not reproduce a value.

    Parameters
    ----------
    rows : list of dict
    claims : pandas.DataFrame of str
    removed : removal.Removed or None

    Returns
    -------
    list of dict
        With what removing a reason makes of every row of the data route that is not reproduced.
    """
    asked = {r["id"]: r for r in claims.to_dict("records")}
    result = []
    for own in rows:
        reason = list(own["reason"])
        if own["route"] == "data" and own["verdict"] == "not reproduced":
            reason += removal.reasons(own, asked.get(own["item"]), removed)
        result.append({**own, "reason": reason})
    return result


def scoreboard(claims, tables, evidence, study, regions, weights, removed=None):
    """Every claim and every cell of the published tables, on every route that can test it.

    Parameters
    ----------
    claims : pandas.DataFrame of str
        See `register.read`.
    tables : dict of str to pandas.DataFrame of str
        `table4_coordination`, `table5_group_means`, `table6_global_moran`; left out or None if not published.
    evidence : sequence of Route
    study : Study
    regions : pandas.DataFrame
    weights : pandas.DataFrame, shape (n, n)
    removed : removal.Removed, optional
        The study with one thing changed at a time; without it, no row says what would change it.

    Returns
    -------
    pandas.DataFrame
        Columns item, section, route; variable, place, period, measure, convention (what the item is about, in the
        notation of claims.csv); published, recomputed, difference, tolerance (half a printed unit, or the claim's own),
        chance (of the printed number under rounding, where the route starts from what was printed), verdict, reason
        (JSON: a list of reasons, each the name of a macro of `replication.j2` and its facts; empty without any).
    """
    rows, drawn = [], {e.route: e.drawn(study, regions, weights) for e in evidence}
    for asked in claims.to_dict("records"):
        found = [r for e in evidence for r in claim(asked, e, study, regions, drawn[e.route])]
        why = [{"because": "unknown"}]
        rows += found or [row(asked["id"], asked["section"], "data", asked, asked["expected"], None, None, why)]
    for e in evidence:
        if tables.get("table4_coordination") is not None and e.route == "data":
            rows += coordination_cells(tables["table4_coordination"], e.values["coordination_degree"])
        if tables.get("table5_group_means") is not None:
            rows += group_cells(tables["table5_group_means"], e, study, regions, drawn[e.route])
        if tables.get("table6_global_moran") is not None:
            rows += moran_cells(tables["table6_global_moran"], e, weights, study.autocorrelation.tail, drawn[e.route])
    numbers = dict.fromkeys(("difference", "tolerance", "chance"), float)
    table = pd.DataFrame(reasons(rows, claims, removed)).astype(numbers)
    written = [json.dumps(reason, ensure_ascii=False) if reason else "" for reason in table["reason"]]
    return table.assign(reason=written)[list(COLUMNS["replication"])]


def claims_table(board, claims, robustness, moran, local, change, study):
    """Put together what is known of every claim: whether it holds, how robustly, how certainly.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.
    claims : pandas.DataFrame of str
        See `register.read`.
    robustness : pandas.DataFrame or None
        Hand-over table `claim-robustness`; None if the study leaves it out.
    moran, local : pandas.DataFrame
        Hand-over tables `global-moran` and `local-moran`.
    change : pandas.DataFrame or None
        Hand-over table `moran-change`; None if the study leaves it out.
    study : Study

    Returns
    -------
    pandas.DataFrame
        A row a claim: claim, section, variable, place, period, measure, published (what is claimed), verdict_published,
        verdict_data (missing where the route says nothing of the variable), holds_published, holds_data (see `holds`),
        share (of the choices of method under which it holds in the data), share_own (the same with the study's own
        scale of the indicators), universes (their number), certainty (share of the draws with errors in the figures and
        weights in which it holds; certainty_half and certainty_double with errors in figures half and double as large),
        p_low, p_high (over the years), changes
        (smallest sets of other choices that turn the verdict). Missing where unknown.

    Notes
    -----
    Where a route judges a claim by several conventions, the verdicts are joined by a slash, that of the study's own
    convention first; it is the one that counts. p is that of the data: by enumeration, or by permutation where
    there are too many regions; of a trend or weakening of Moran's I by exchanging years within regions.
    """
    judged = {k: _joined(own, study) for k, own in board.groupby(["item", "route"], sort=False)}
    known = {}
    if robustness is not None:
        own = robustness[robustness["route"] == "data"].drop_duplicates("claim")
        known = own.set_index("claim").to_dict("index")
    rows = []
    for _, r in claims.iterrows():
        robust = known.get(r["id"], {})
        low, high = _inference(r, moran, local, change, study)
        rows.append(
            {
                "claim": r["id"],
                "section": r["section"],
                **{k: r[k] for k in ("variable", "place", "period", "measure")},
                "published": r["expected"],
                "verdict_published": judged.get((r["id"], "published")),
                "verdict_data": judged.get((r["id"], "data")),
                **{k: robust.get(k, math.nan) for k in ("share", "share_own", "universes", *CERTAINTIES)},
                "p_low": low,
                "p_high": high,
                "changes": robust.get("changes", math.nan),
            }
        )
    table = pd.DataFrame(rows).astype({"universes": "Int64"})
    held = {f"holds_{route}": holds(table[f"verdict_{route}"]) for route in ("published", "data")}
    return table.assign(**held)[list(COLUMNS["claims"])]


def holds(verdicts):
    """Tell which claims hold.

    Parameters
    ----------
    verdicts : pandas.Series of str
        Verdicts as `claims_table` joins them.

    Returns
    -------
    pandas.Series of bool or missing
        By the study's own convention; missing where it cannot be tested.
    """
    first = verdicts.astype(object).str.split(" / ").str[0]
    return first.map(lambda v: pd.NA if pd.isna(v) or v == "not testable" else v.startswith("reproduced")).astype(
        "boolean"
    )


def _joined(rows, study):
    own = measures.own_first(rows[["convention", "verdict"]].itertuples(index=False), study)
    return " / ".join(dict.fromkeys(r.verdict for r in own))


def _inference(row, moran, local, change, study):
    """Return the smallest and largest p of a claim in the data; missing where it involves no inference."""
    none = math.nan, math.nan
    ends = period(row, study)
    if row["variable"] == "quadrant":
        own = local[(local["source"] == "data") & (local["year"] == ends[-1]) & (local["region"] == row["place"])]
        p = own["p_exact"].fillna(own["p_permutation"])
    elif row["variable"] != "moran_i":
        return none
    elif row["measure"] in ("sign", "significance"):
        own = moran[(moran["source"] == "data") & moran["year"].between(*ends)]
        p = own[exact_column(study.autocorrelation.tail)].fillna(own["p_permutation"])
    else:
        if change is None:
            return none
        at_ends = (change["first"].map(str) == str(ends[0])) & (change["last"].map(str) == str(ends[-1]))
        kind = "p_less" if row["measure"] == "inference" else "slope_p_less"
        if row["measure"] == "trend" and row["expected"] != "decreasing":
            kind = "slope_p_two_sided"
        p = change.loc[(change["source"] == "data") & at_ends, kind]
    return (float(p.min()), float(p.max())) if p.notna().any() else none


def counts(board):
    """Count verdicts by kind of item and route.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.

    Returns
    -------
    pandas.DataFrame
        Columns kind (the section of a claim, or the table), route, verdict, count.
    """
    return (
        board.assign(kind=board["section"])
        .groupby(["kind", "route", "verdict"], sort=False)
        .size()
        .rename("count")
        .reset_index()
    )


def routes(scores, coordination, published, moran, local, change=None):
    """Put together what the two routes have to say.

    Parameters
    ----------
    scores, coordination, moran, local : pandas.DataFrame
        Hand-over tables.
    published : pandas.DataFrame of str or None
        Columns region, year, coordination_degree as printed.
    change : pandas.DataFrame, optional
        Hand-over table `moran-change`.

    Returns
    -------
    list of Route
        From the published D, if there is one, then from the data.
    """

    def evidence(route, values, printed=None):
        parts = (t[t["source"] == route] for t in (moran, local))
        own = None if change is None else change[change["source"] == route]
        return Route(route, values, *parts, printed, own)

    def degrees_of(table):
        return table[["region", "year", "coordination_degree"]].rename(columns={"coordination_degree": "value"})

    found = []
    if published is not None:
        table = degrees_of(published).astype({"year": int, "value": float})
        found.append(evidence("published", {"coordination_degree": table}, published))
    of = {s: t[["region", "year", "score"]].rename(columns={"score": "value"}) for s, t in scores.groupby("subsystem")}
    return [*found, evidence("data", of | {"coordination_degree": degrees_of(coordination)})]


def largest_differences(board):
    """Largest absolute difference of every statistic of the published tables.

    Parameters
    ----------
    board : pandas.DataFrame
        Rows of the scoreboard that are cells of tables.

    Returns
    -------
    pandas.DataFrame
        Index the table and statistic; columns cells (tested), largest_difference, chance (the least of a cell).
    """
    tested = board[board["verdict"] != "not testable"]
    symbols = {"coordination_degree": "D", "moran_i": "I", "z_score": "z", "p_value": "p"}
    kind = tested["section"] + ", " + tested["variable"].map(symbols).where(tested["measure"] != "mean", "mean")
    size = tested["difference"].abs()
    worst = tested.loc[size.groupby(kind).idxmax()].set_index(
        kind.loc[size.groupby(kind).idxmax()].rename("statistic of")
    )
    result = pd.DataFrame(
        {
            "cells": kind.value_counts(),
            "largest_difference": worst["difference"].abs(),
            "chance": tested.groupby(kind)["chance"].min(),
        }
    )
    return result.round(4)


def pairs(published, coordination):
    """Join published and recomputed D of every region and year that is published.

    Parameters
    ----------
    published : pandas.DataFrame of str
        Columns region, year, coordination_degree as printed.
    coordination : pandas.DataFrame
        Columns region, year, coordination_degree.

    Returns
    -------
    pandas.DataFrame
        Columns region, year, published, recomputed.
    """
    left = published[["region", "year", "coordination_degree"]].astype({"year": int, "coordination_degree": float})
    both = left.merge(coordination[["region", "year", "coordination_degree"]], on=["region", "year"])
    return both.set_axis(["region", "year", "published", "recomputed"], axis=1)


def agreement(both):
    """Correlation and mean absolute difference of published and recomputed values.

    Parameters
    ----------
    both : pandas.DataFrame
        Columns published, recomputed.

    Returns
    -------
    dict of str to float
        `correlation`, `difference`.
    """
    return {
        "correlation": float(both["published"].corr(both["recomputed"])),
        "difference": float((both["published"] - both["recomputed"]).abs().mean()),
    }
