"""Whether printed numbers can follow from one another, without any data."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination.choices import TAIL
from coordination.errors import InputError, InputErrors, told
from coordination.replication import measures, register, versions
from coordination.replication.register import members
from coordination.replication.rounding import DRAWS, chance, unrounded
from coordination.replication.rounding import degrees as degrees_of
from coordination.replication.verdict import LEAST

ABOUT = ("section", "variable", "place", "period", "measure", "convention")

COLUMNS = ("kind", *ABOUT, "published", "low", "middle", "high", "chance", "verdict")


# The columns of a printed table: its rows' names, and its numbers.
TABLES = {
    "table4_coordination": (("region", "year"), ("coordination_degree",)),
    "table5_group_means": (("group", "year"), ("mean_coordination_degree",)),
    "table6_global_moran": (("year",), ("moran_i", "z_score", "p_value")),
}


# What may stand in a column of names
OWN = {
    "region": told("a region of the study"),
    "group": told("a group of the study"),
    "year": told("a year of the study"),
}


def checked(table, name, study, regions):
    """Look whether a printed table is one.

    Parameters
    ----------
    table : pandas.DataFrame of str
    name : str
        A key of `TABLES`.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame of str
        The same.

    Raises
    ------
    InputErrors
        With the row of every fault: columns that are missing, an unknown region or group, a year that is none of the
        study's, what stands twice, a number that is none. An empty cell was not printed.
    """
    keys, numbers = TABLES[name]
    file = f"published/{name}.csv"
    absent = [c for c in (*keys, *numbers) if c not in table]
    if absent:
        found = told("no column {columns}", columns=", ".join(absent))
        expected = told("columns {columns}", columns=", ".join((*keys, *numbers)))
        raise InputError(file, found, expected, "rename or add it")
    known = {
        "region": set(regions.index),
        "group": {"all", study.whole.id, *(g.id for g in study.groups)},
        "year": set(map(str, study.years)),
    }
    faults, seen = [], set()
    for position, row in enumerate(table.to_dict("records")):
        where = told("{file}, row {row}", file=file, row=position + 2)
        for key in keys:
            if row[key] not in known[key]:
                found = told("{column} '{value}'", column=key, value=row[key])
                faults.append(InputError(where, found, OWN[key], "correct it"))
        own = tuple(row[key] for key in keys)
        if own in seen:
            faults.append(
                InputError(where, told("{text} again", text=", ".join(own)), "every one once", "remove a row")
            )
        seen.add(own)
        for column in numbers:
            if row[column] and not re.fullmatch(r"-?\d+(\.\d+)?", row[column]):
                found = told("{column} '{value}'", column=column, value=row[column])
                faults.append(InputError(where, found, "a number as printed, or nothing", "correct it"))
    if faults:
        raise InputErrors(faults)
    return table


def consistency(tables, claims, study, regions, weights, draws=DRAWS):
    """Hold every printed number that follows from other printed ones against them.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame of str, or None
        `table4_coordination`, `table5_group_means`, `table6_global_moran`, as printed.
    claims : pandas.DataFrame of str or None
        See `register.read`.
    study : Study
        Its regions' groups, spatial weights, tail and levels are used; its panel is not.
    regions : pandas.DataFrame
    weights : array_like, shape (n, n) or None
        As the global statistic uses them; None if they cannot be built.
    draws : int

    Returns
    -------
    tuple of (pandas.DataFrame, list of dict)
        A row a printed number or statement: kind, what it follows from (`means` of groups from regions, `moran` from
        regions, `p` from z, `rates` from means of the text, `text` from regions,
        `space`: statements about Moran's I, from its table), what it is about in the notation of
        claims.csv, published, low, middle and high (5 %, 50 % and 95 % of the draws; missing for words), chance (see
        `rounding.chance`; of a statement in words, the share of draws in which it holds), verdict (`follows`, or
        `not by rounding` for a chance below 0.05). And what could not be looked at: kind and lacking (`table4`,
        `table5`, `table6`, `claims` or `weights`).

    Raises
    ------
    InputError, InputErrors
        If a table (see `checked`) or a claim (see `register.read`) does not hold.
    """
    tables = {k: None if t is None else checked(t, k, study, regions) for k, t in tables.items()}
    own, groups, moran = (tables.get(k) for k in ("table4_coordination", "table5_group_means", "table6_global_moran"))
    rows, skipped = [], []

    def lacks(kind, **needed):
        lacking = [name for name, value in needed.items() if value is None]
        skipped.extend({"kind": kind, "lacking": name} for name in lacking)
        return bool(lacking)

    degrees = None if own is None else degrees_of(own, regions.index, draws)
    if not lacks("means", table4=own, table5=groups):
        rows += _means(groups, degrees, study, regions)
    if not lacks("moran", table4=own, table6=moran, weights=weights):
        rows += _moran(moran, degrees, np.asarray(weights, dtype=float))
    if not lacks("p", table6=moran):
        rows += _p(moran, study, draws)
    if not lacks("rates", claims=claims):
        rows += _rates(claims, study, regions, draws)
    if not lacks("text", table4=own, claims=claims):
        rows += _text(claims, degrees, study, regions, weights)
    if not lacks("space", table6=moran, claims=claims):
        rows += _space(moran, claims, study, regions, draws)
    return pd.DataFrame(rows, columns=list(COLUMNS)), skipped


def _row(kind, about, printed, drawn):
    share = chance(drawn, printed)
    if np.isnan(share):
        return []
    low, middle, high = np.quantile(drawn, [0.05, 0.5, 0.95])
    of = {key: about.get(key, "") for key in ABOUT}
    verdict = "follows" if share >= LEAST else "not by rounding"
    found = {"published": printed, "low": low, "middle": middle, "high": high, "chance": share, "verdict": verdict}
    return [{"kind": kind, **of, **found}]


def _means(table, degrees, study, regions):
    years, drawn = degrees
    rows = []
    for r in table.to_dict("records"):
        if int(r["year"]) not in years or not r["mean_coordination_degree"]:
            continue
        own = members(r["group"], regions, [g.id for g in study.groups], study.whole.id)
        about = {"section": "Table 5", "variable": "coordination_degree", "place": r["group"], "period": r["year"]}
        mean = drawn[:, regions.index.get_indexer(own), years.index(int(r["year"]))].mean(axis=1)
        rows += _row("means", {**about, "measure": "mean"}, r["mean_coordination_degree"], mean)
    return rows


def _moran(table, degrees, weights):
    years, drawn = degrees
    index, z = versions.moran(drawn, weights)
    rows = []
    for r in table.to_dict("records"):
        if int(r["year"]) in years:
            k = years.index(int(r["year"]))
            for variable, values in (("moran_i", index), ("z_score", z)):
                if not r[variable]:
                    continue
                about = {"section": "Table 6", "variable": variable, "place": "all", "period": r["year"]}
                rows += _row("moran", {**about, "measure": "value"}, r[variable], values[:, k])
    return rows


def _p(table, study, draws):
    rows = []
    for r in table.to_dict("records"):
        if r["z_score"] and r["p_value"]:
            p = TAIL[study.autocorrelation.tail].normal(unrounded([r["z_score"]], draws)[:, 0])
            about = {"section": "Table 6", "variable": "p_value", "place": "all", "period": r["year"]}
            rows += _row("p", {**about, "measure": "value"}, r["p_value"], p)
    return rows


@dataclass(frozen=True)
class Printed:
    """What a printed table of Moran's I says, drawn before rounding; see `versions.Tabled` for the methods.

    Attributes
    ----------
    years : list of int
    index, p : numpy.ndarray, shape (b, m)
    """

    years: list
    index: np.ndarray
    p: np.ndarray

    def moran(self):
        """Return years and Moran's I."""
        return self.years, self.index

    def p_values(self, own):
        """Return the p values of Moran's I of some years, called normal because articles print those."""
        return {"normal": self.p[:, own]}

    def quadrants(self, year):
        """Return None: the table has none."""
        return

    def fall(self, first, last):
        """Return None: the table tests no change."""
        return


def _space(table, claims, study, regions, draws):
    """Statements about Moran's I, from its table."""
    whole = table[(table["moran_i"] != "") & (table["p_value"] != "")]
    index, p = (unrounded(whole[c], draws, seed) for seed, c in enumerate(("moran_i", "p_value")))
    results = measures.Results(study, regions, {}, tuple(study.years), Printed([*map(int, whole["year"])], index, p))
    rows = []
    for r in claims.to_dict("records"):
        if r["variable"] == "moran_i":
            rows += _stated("space", r, measures.interpret(register.read(r, study, regions), results))
    return rows


def _rates(claims, study, regions, draws):
    """Growth and change that the text prints beside the means they are of."""
    register.complete(claims.columns)
    asked = claims.to_dict("records")
    means = {}
    for r in asked:
        if r["measure"] in ("mean", "value"):
            first, last = register.period(r, study)
            if first == last:
                means[r["variable"], r["place"], first] = r["expected"]
    rows = []
    for r in asked:
        if r["measure"] not in ("growth", "change"):
            continue
        first, last = register.period(r, study)
        ends = [means.get((r["variable"], r["place"], year)) for year in (first, last)]
        if None in ends or first == last:
            continue
        a, b = unrounded(ends, draws).T
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = b - a if r["measure"] == "change" else 100 * ((b / a) ** (1 / (last - first)) - 1)
        rows += _row("rates", r, r["expected"], rate)
    return rows


def _text(claims, degrees, study, regions, weights):
    years, drawn = degrees
    values = {"coordination_degree": drawn}
    if weights is None:
        results = measures.Results(study, regions, values, tuple(years))
    else:
        w = np.asarray(weights, dtype=float)
        results = versions.computed(values, years, study, regions, {"own": w})["own"]
    rows = []
    for r in claims.to_dict("records"):
        if r["variable"] not in ("coordination_degree", "quadrant"):
            continue
        rows += _stated("text", r, measures.interpret(register.read(r, study, regions), results))
    return rows


def _stated(kind, asked, every):
    """Return the rows of a statement, one a convention."""
    rows = []
    for found in every:
        about = {**asked, "convention": found.convention}
        if found.holds is None:
            continue
        if found.number is not None and found.text(0) is None:
            rows += _row(kind, about, asked["expected"], np.asarray(found.number, dtype=float))
            continue
        share = float(np.mean(found.holds))
        of = {key: about.get(key, "") for key in ABOUT}
        verdict = "follows" if share >= LEAST else "not by rounding"
        nothing = dict.fromkeys(("low", "middle", "high"), np.nan)
        rows.append(
            {"kind": kind, **of, "published": asked["expected"], **nothing, "chance": share, "verdict": verdict}
        )
    return rows
