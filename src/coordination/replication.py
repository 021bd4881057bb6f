"""Published values and claims against recomputed ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination import autocorrelation, coupling, development
from coordination.errors import InputError
from coordination.sections import COLUMNS

VERDICTS = ("reproduced", "reproduced within rounding", "not reproduced", "not testable")
ROUNDING = 1e-9  # slack for binary fractions when comparing with half a printed unit


@dataclass(frozen=True)
class Evidence:
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
    half_unit : float
        Half a unit of the last digit of the values the route starts from; 0 for unrounded ones.
    change : pandas.DataFrame or None
        Rows of `moran-change`; None if the study leaves it out.
    """

    route: str
    values: dict
    moran: pd.DataFrame
    quadrants: pd.DataFrame
    half_unit: float = 0.0
    change: pd.DataFrame | None = None


def decimals(text):
    """Count the decimals of a printed number.

    Parameters
    ----------
    text : str

    Returns
    -------
    int

    Examples
    --------
    >>> decimals("0.070"), decimals("13")
    (3, 0)
    """
    return len(text.partition(".")[2])


def verdict(published, recomputed, tolerance=None):
    """Judge a recomputed number against a printed one.

    Parameters
    ----------
    published : str
        As printed.
    recomputed : float
        Missing if it cannot be computed.
    tolerance : float, optional
        What rounded inputs explain beyond the rounding of the printed number itself.

    Returns
    -------
    str
        `reproduced` if it rounds to the printed number, `reproduced within rounding` if it is within the tolerance,
        `not reproduced`, or `not testable`.

    Examples
    --------
    >>> verdict("0.311", 0.3080, 0.0042), verdict("0.311", 0.3080), verdict("0.311", 0.3114)
    ('reproduced within rounding', 'not reproduced', 'reproduced')
    """
    if pd.isna(recomputed):
        return "not testable"
    difference = abs(recomputed - float(published))
    if difference <= half_printed(published) + ROUNDING:
        return "reproduced"
    if tolerance is not None and difference <= tolerance + ROUNDING:
        return "reproduced within rounding"
    return "not reproduced"


def rounding_spread(statistic, values, half_unit):
    """How far rounded inputs can move a statistic, to first order.

    Parameters
    ----------
    statistic : callable
        From an array, shape (b, n), of b versions of the values to an array, shape (b, ...).
    values : array_like, shape (n,)
    half_unit : float
        Largest rounding error of a value.

    Returns
    -------
    numpy.ndarray, shape (...)
        half_unit times the sum of the absolute partial derivatives.
    """
    values = np.asarray(values, dtype=float)
    step = 1e-5 * np.eye(len(values))
    ahead, behind = np.split(np.asarray(statistic(np.vstack([values + step, values - step]))), 2)
    return half_unit * np.abs((ahead - behind) / 2e-5).sum(axis=0)


def half_printed(text):
    """Half a unit of the last digit of a printed number.

    Parameters
    ----------
    text : str

    Returns
    -------
    float
    """
    return 0.5 * 10 ** -decimals(text)


def _row(
    item,
    section,
    route,
    statistic,
    published,
    recomputed,
    tolerance=None,
    reason="",
    verdict_=None,
    places=None,
):
    number = isinstance(recomputed, float | np.floating)
    if number and verdict_ is None:
        verdict_ = verdict(published, recomputed, tolerance)
    places = (decimals(published) + 1 if number else 0) if places is None else places
    return {
        "item": item,
        "section": section,
        "route": route,
        "statistic": statistic,
        "published": published,
        "recomputed": (f"{recomputed:.{places}f}" if not math.isnan(recomputed) else None) if number else recomputed,
        "difference": round(recomputed - float(published), 9) if number else None,
        "tolerance": tolerance,
        "verdict": verdict_,
        "reason": reason,
    }


def members(place, regions, groups, whole):
    """Return the regions of a place.

    Parameters
    ----------
    place : str
        `all`, the name of the whole, a group or a region.
    regions : pandas.DataFrame
        Index region; column group.
    groups : sequence of str
    whole : str

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If the place is none of these.
    """
    if place == "all" or place == whole:
        return list(regions.index)
    if place in set(groups):
        return list(regions.index[regions["group"] == place])
    if place in regions.index:
        return [place]
    known = ", ".join([whole, *groups, *regions.index])
    raise InputError("claims.csv", f"place '{place}'", f"one of all, {known}", "correct the place")


def period(row, study):
    """Return the first and last year of a claim.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.
    study : Study

    Returns
    -------
    tuple of int or of str
        Labels where the study's years are labels of periods.

    Raises
    ------
    InputError
        If the period is neither a year nor two of them joined by a hyphen.
    """
    parts = row["period"].split("-")
    try:
        ends = [p if isinstance(study.years[0], str) else int(p) for p in (parts[0], parts[-1])]
    except ValueError:
        ends = []
    if not ends or len(parts) > 2 or ends[0] > ends[1]:
        found, expected = f"period '{row['period']}' of {row['id']}", "a year, or two such as 2013-2023"
        raise InputError("claims.csv", found, expected, "correct the period")
    return tuple(ends)


def allowed(row):
    """Return the tolerance of a claim.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.

    Returns
    -------
    float or None
        None where none is given.

    Raises
    ------
    InputError
        If it is no number, or a number is claimed that is none.
    """
    numeric = row["measure"] in ("mean", "change", "growth", "highest_growth", "lowest_growth")
    for key in ("tolerance", "expected") if numeric else ("tolerance",):
        try:
            value = float(row[key] or 0)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            found = f"{key} '{row[key]}' of {row['id']}"
            raise InputError("claims.csv", found, "a number", f"correct the {key}")
    return float(row["tolerance"]) if row["tolerance"] else None


def claim(row, evidence, study, regions):
    """Check one claim against one route's evidence.

    Parameters
    ----------
    row : mapping
        A row of claims.csv, all strings: id, section, statistic, variable, place, period, measure, expected, tolerance,
        note.
    evidence : Evidence
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    list of dict
        Rows of the scoreboard; none if the route knows nothing of the variable.

    Raises
    ------
    InputError
        If the claim names an unknown variable, place or measure.
    """
    subsystems, groups = [s.id for s in study.subsystems], [g.id for g in study.groups]
    known = (*subsystems, "scores", "coordination_degree", "moran_i", "quadrant")
    if row["variable"] not in known:
        found = f"variable '{row['variable']}' of {row['id']}"
        raise InputError("claims.csv", found, f"one of {', '.join(known)}", "correct the variable")
    if row["place"] not in ("regions", "groups", "subsystems"):
        members(row["place"], regions, groups, study.whole.id)
    common = (row["id"], row["section"], evidence.route)
    years, tolerance = period(row, study), allowed(row)
    if row["variable"] == "moran_i":
        return _moran_claim(row, common, evidence, study, years)
    if row["variable"] == "quadrant":
        return _quadrant_claim(row, common, evidence.quadrants, years[-1])
    if row["measure"] == "growth_order":
        if not set(subsystems) <= set(evidence.values):
            return []
        if not all({years[0], years[-1]} <= set(evidence.values[s]["year"]) for s in subsystems):
            return _untested(row, common, tolerance)
        rates = {s: _growth(evidence.values[s].groupby("year")["value"].mean(), years, study) for s in subsystems}
        found = ">".join(sorted(rates, key=lambda s: -rates[s]))
        return [_judged(common, row, found)]
    if row["variable"] not in evidence.values:
        return []
    table = evidence.values[row["variable"]]
    table = table[table["year"].between(years[0], years[-1])]
    if not {years[0], years[-1]} <= set(table["year"]):
        return _untested(row, common, tolerance)
    wide = table.pivot(index="year", columns="region", values="value")[list(regions.index)]

    def over(place):
        return wide[members(place, regions, groups, study.whole.id)].mean(axis=1)

    measure, place = row["measure"], row["place"]
    if measure in ("mean", "change", "growth"):
        series = over(place)
        number = {
            "mean": series.mean,
            "change": lambda: series[years[-1]] - series[years[0]],
            "growth": lambda: 100 * _growth(series, years, study),
        }
        return [_row(*common, row["statistic"], row["expected"], float(number[measure]()), tolerance)]
    if measure == "level":
        value = over(place)[years[-1]]
        return [
            _judged(
                common,
                row,
                study.levels[int(coupling.level(value, study.levels))].name.en,
                f"D = {value:.4f}",
            )
        ]
    if measure == "trend":
        trends = (
            {development.trend(wide[r]) for r in regions.index}
            if place == "regions"
            else {development.trend(over(place))}
        )
        return [_judged(common, row, "/".join(sorted(trends)))]
    if measure == "order":
        return [_judged(common, row, "<".join(sorted(groups, key=lambda g: over(g).mean())))]
    if measure == "order_every_year":
        orders = [("<".join(sorted(groups, key=lambda g: over(g)[year]))) for year in wide.index]
        differing = [str(y) for y, o in zip(wide.index, orders, strict=True) if o != row["expected"]]
        found = row["expected"] if not differing else orders[list(map(str, wide.index)).index(differing[0])]
        return [_judged(common, row, found, f"another order in {', '.join(differing)}" if differing else "")]
    if measure in ("highest", "lowest"):
        count = row["expected"].count(">") + 1
        order = wide.mean().sort_values(ascending=False, kind="stable").index
        return [_judged(common, row, ">".join(order[:count] if measure == "highest" else order[-count:]))]
    if measure in ("highest_growth", "lowest_growth"):
        rates = pd.Series({r: 100 * _growth(wide[r], years, study) for r in regions.index})
        extreme = rates.idxmax() if measure == "highest_growth" else rates.idxmin()
        result = _row(*common, row["statistic"], row["expected"], float(rates[extreme]), tolerance)
        if extreme != place:
            found = {
                "verdict": "not reproduced",
                "reason": f"it is {extreme}; {place} has {rates[place]:.2f}",
            }
            result |= found | {"recomputed": f"{extreme}: {rates[extreme]:.2f}"}
        return [result]
    raise _unknown(measure)


def _unknown(measure):
    return InputError("claims.csv", f"measure '{measure}'", "a known measure", "see replication.claim")


def _growth(series, years, study):
    return float(development.growth(series[years[0]], series[years[-1]], study.elapsed(*years)))


def _untested(row, common, tolerance=None):
    why = "the route has no values of these years"
    return [_row(*common, row["statistic"], row["expected"], None, tolerance, why, "not testable")]


def _judged(common, row, found, reason=""):
    same = "reproduced" if found == row["expected"] else "not reproduced"
    return _row(*common, row["statistic"], row["expected"], found, None, reason, same)


def _moran_claim(row, common, evidence, study, ends):
    moran = evidence.moran
    years = ", ".join(map(str, moran["year"]))
    if row["measure"] == "sign":
        negative = [str(y) for y in moran["year"][moran["moran_i"] <= 0]]
        return [
            _judged(
                common,
                row,
                "positive" if not negative else f"not positive in {', '.join(negative)}",
                f"years {years}",
            )
        ]
    if row["measure"] == "trend":
        return [
            _judged(
                common,
                row,
                development.trend(moran["moran_i"]),
                f"I {moran['moran_i'].iloc[0]:.3f} to {moran['moran_i'].iloc[-1]:.3f}",
            )
        ]
    if row["measure"] == "inference":
        return [_weakened(row, common, evidence.change, study, ends)]
    if row["measure"] != "significance":
        raise _unknown(row["measure"])
    level, n = study.autocorrelation.significance, len(moran)
    tail = "two-sided" if study.autocorrelation.tail == "two-sided" else "one-sided"
    kinds = {
        f"normal p, {tail}": "p_randomisation",
        "exact p, one-sided": "p_exact_greater",
        "exact p, two-sided": "p_exact_two_sided",
    }
    result = []
    for name, column in kinds.items():
        if moran[column].notna().all():
            count = int((moran[column] <= level).sum())
            same = "reproduced" if count > n / 2 else "not reproduced"
            reason = f"p from {moran[column].min():.3f} to {moran[column].max():.3f}"
            result.append(
                _row(
                    *common,
                    f"{row['statistic']}: {name}",
                    row["expected"],
                    f"{count} of {n} years",
                    None,
                    reason,
                    same,
                )
            )
    return result


def _weakened(row, common, change, study, ends):
    """Judge the claim that clustering weakened by the exact test of the change of I."""
    tested = None if change is None else change[change["change"].notna()]
    if tested is not None:
        same = [[str(a), str(b)] == list(map(str, ends)) for a, b in zip(tested["first"], tested["last"], strict=True)]
        tested = tested[same]
    if tested is None or tested.empty:
        why = row["note"] or "no test of the change is given"
        return _row(*common, row["statistic"], row["expected"], None, None, why, "not testable")
    own = tested.iloc[0]
    fell = own["change"] < 0
    clearly = fell and own["p_less"] <= study.autocorrelation.significance
    found = "weaker" if clearly else "weaker, not significantly" if fell else "not weaker"
    reason = (
        f"I {own['moran_first']:.3f} to {own['moran_last']:.3f}; "
        f"p of the change {own['p_less']:.3f} one-sided, {own['p_two_sided']:.3f} two-sided"
    )
    same = "reproduced" if clearly else "not reproduced"
    return _row(*common, row["statistic"], row["expected"], found, None, reason, same)


def _quadrant_claim(row, common, quadrants, year):
    if row["measure"] != "quadrant":
        raise _unknown(row["measure"])
    own = quadrants[(quadrants["year"] == year) & (quadrants["region"] == row["place"])]
    if own.empty:
        return _untested(row, common)
    own = own.iloc[0]
    result = []
    for column, axes in (("quadrant_article", "axes at the means"), ("quadrant", "axes at zero")):
        same = "reproduced" if own[column] == row["expected"] else "not reproduced"
        reason = (
            ""
            if own["quadrant"] == own["quadrant_article"]
            else f"depends on the axes: lag {own['lag']:.3f} of standardised D"
        )
        result.append(_row(*common, f"{row['statistic']}, {axes}", row["expected"], own[column], None, reason, same))
    return result


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
    return [
        _row(
            f"T4-{r['region']}-{r['year']}", "Table 4", "data", f"D of {r['region']} {r['year']}",
            r["coordination_degree"],
            float(known.get((r["region"], int(r["year"])), np.nan)), half_printed(r["coordination_degree"]),
        )
        for _, r in published.iterrows()
    ]  # fmt: skip


def group_cells(published, evidence, study, regions):
    """Check every published group mean of D (table 5).

    Parameters
    ----------
    published : pandas.DataFrame of str
        Columns group, year, mean_coordination_degree as printed.
    evidence : Evidence
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    list of dict
    """
    wide = evidence.values["coordination_degree"].pivot(index="year", columns="region", values="value")
    groups, rows = [g.id for g in study.groups], []
    for _, r in published.iterrows():
        printed, year = r["mean_coordination_degree"], int(r["year"])
        own = members(r["group"], regions, groups, study.whole.id)
        found, tolerance = float("nan"), None
        if year in wide.index:
            values = wide.loc[year, own].to_numpy()
            found = float(values.mean())
            tolerance = half_printed(printed) + float(
                rounding_spread(lambda v: v.mean(axis=1), values, evidence.half_unit)
            )
        rows.append(
            _row(
                f"T5-{r['group']}-{year}",
                "Table 5",
                evidence.route,
                f"mean D of {r['group']} {year}",
                printed,
                found,
                tolerance,
            )
        )
    return rows


def moran_cells(published, evidence, weights, tail):
    """Check every published global Moran's I, z and p (table 6).

    Parameters
    ----------
    published : pandas.DataFrame of str
        Columns year, moran_i, z_score, p_value as printed.
    evidence : Evidence
    weights : pandas.DataFrame, shape (n, n)
    tail : {'greater', 'less', 'two-sided'}

    Returns
    -------
    list of dict
        z and p under the randomisation assumption.
    """
    columns = {"moran_i": "moran_i", "z_score": "z_randomisation", "p_value": "p_randomisation"}
    wide = evidence.values["coordination_degree"].pivot(index="year", columns="region", values="value")[
        list(weights.index)
    ]
    known, rows = evidence.moran.set_index("year"), []

    def statistics(versions):
        table = pd.DataFrame(versions, columns=weights.index.rename("region")).rename_axis(index="year")
        long = table.stack().rename("value").reset_index()
        return autocorrelation.analytic_moran(long, "value", weights, tail)[list(columns.values())]

    for _, r in published.iterrows():
        year = int(r["year"])
        tested = year in known.index
        spread = (
            rounding_spread(statistics, wide.loc[year], evidence.half_unit)
            if tested and evidence.half_unit
            else (0.0,) * 3
        )
        for printed, own, name, moved in zip(columns, columns.values(), "Izp", spread, strict=True):
            found = float(known.loc[year, own]) if tested else float("nan")
            tolerance = half_printed(r[printed]) + float(moved) if tested else None
            reason = "" if tested else "the published D of this year is not printed"
            differs = tested and verdict(r[printed], found, tolerance) == "not reproduced"
            if differs and name != "I" and float(r["z_score"]):
                expected_i, own_i, own_z = known.loc[year, ["expected_i", "moran_i", "z_randomisation"]]
                implied = (float(r["moran_i"]) - expected_i) / float(r["z_score"])
                here = (own_i - expected_i) / own_z
                reason = f"the printed I and z imply a standard error of {implied:.4f}; here it is {here:.4f}"
            rows.append(
                _row(
                    f"T6-{name}-{year}",
                    "Table 6",
                    evidence.route,
                    f"{name} of {year}",
                    r[printed],
                    found,
                    tolerance,
                    reason,
                )
            )
    return rows


def reasons(rows, study, filled):
    """Say why the data route does not reproduce a value.

    Parameters
    ----------
    rows : list of dict
    study : Study
    filled : pandas.Series
        Share of filled values of every available indicator.

    Returns
    -------
    list of dict
        With a reason for every row of the data route that is not reproduced and has none yet.
    """
    missing = {s.id: [i.id for d in s.dimensions for i in d.indicators if i.unavailable] for s in study.subsystems}
    shares = {s.id: filled[[i.id for i in s.indicators]].mean() for s in study.subsystems}
    result = []
    for row in rows:
        reason = row["reason"]
        if row["route"] == "data" and row["verdict"] == "not reproduced":
            own = [s.id for s in study.subsystems if row.get("variable") == s.id] or list(missing)
            parts = [f"{s} lacks {len(missing[s])} indicators ({', '.join(missing[s])})" for s in own if missing[s]]
            complete = [
                f"{s}: all indicators, {100 * shares[s]:.0f}% of the values filled"
                for s in own
                if not missing[s] and shares[s] > 0
            ]
            computed = "; ".join(parts or complete)
            reason = "; ".join(filter(None, (reason, computed)))
        result.append({**row, "reason": reason})
    return result


def scoreboard(claims, tables, evidence, study, regions, weights, filled):
    """Every claim and every cell of the published tables, on every route that can test it.

    Parameters
    ----------
    claims : pandas.DataFrame of str
        See `claim`.
    tables : dict of str to pandas.DataFrame of str
        `table4_coordination`, `table5_group_means`, `table6_global_moran`; left out or None if not published.
    evidence : sequence of Evidence
    study : Study
    regions : pandas.DataFrame
    weights : pandas.DataFrame, shape (n, n)
    filled : pandas.Series
        Share of filled values of every available indicator.

    Returns
    -------
    pandas.DataFrame
        Columns item, section, route, statistic, published, recomputed, difference, tolerance, verdict, reason.
    """
    rows = []
    for _, row in claims.iterrows():
        found = [{**r, "variable": row["variable"]} for e in evidence for r in claim(row, e, study, regions)]
        if not found:
            missing = "no route has what the claim needs"
            found = [
                _row(
                    row["id"],
                    row["section"],
                    "data",
                    row["statistic"],
                    row["expected"],
                    None,
                    None,
                    missing,
                    "not testable",
                )
            ]
        rows += found
    for e in evidence:
        if tables.get("table4_coordination") is not None and e.route == "data":
            rows += coordination_cells(tables["table4_coordination"], e.values["coordination_degree"])
        if tables.get("table5_group_means") is not None:
            rows += group_cells(tables["table5_group_means"], e, study, regions)
        if tables.get("table6_global_moran") is not None:
            rows += moran_cells(tables["table6_global_moran"], e, weights, study.autocorrelation.tail)
    return pd.DataFrame(reasons(rows, study, filled))[list(COLUMNS["replication"])]


def claims_table(board, register, robustness, moran, local, change, study):
    """Put together what is known of every claim: whether it holds, how robustly, how certainly.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.
    register : pandas.DataFrame of str
        See `claim`.
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
        A row a claim: claim, section, variable, statistic, published (what is claimed), verdict_published, verdict_data
        (missing where the route says nothing of the variable), holds_published, holds_data (see `holds`), share (of
        the choices of method under which it holds in the data), universes (their number), certainty (share of the
        draws with errors in the figures and weights in which it holds), p_low, p_high (over the years), changes
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
    for _, r in register.iterrows():
        robust = known.get(r["id"], {})
        low, high = _inference(r, moran, local, change, study)
        rows.append(
            {
                "claim": r["id"],
                "section": r["section"],
                "variable": r["variable"],
                "statistic": r["statistic"],
                "published": r["expected"],
                "verdict_published": judged.get((r["id"], "published")),
                "verdict_data": judged.get((r["id"], "data")),
                **{k: robust.get(k, math.nan) for k in ("share", "universes", "certainty")},
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
    own = list(rows[["statistic", "verdict"]].itertuples(index=False, name=None))
    convention = {"means": "axes at the means", "zero": "axes at zero"}[study.autocorrelation.quadrants]
    own.sort(key=lambda pair: ", axes at " in pair[0] and not pair[0].endswith(convention))
    return " / ".join(dict.fromkeys(verdict for _, verdict in own))


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
        exact = "p_exact_greater" if study.autocorrelation.tail == "greater" else "p_exact_two_sided"
        p = own[exact].fillna(own["p_permutation"])
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
    list of Evidence
        From the published D, if there is one, then from the data.
    """

    def evidence(route, values, half_unit):
        parts = (t[t["source"] == route] for t in (moran, local))
        own = None if change is None else change[change["source"] == route]
        return Evidence(route, values, *parts, half_unit, own)

    def degrees(table):
        return table[["region", "year", "coordination_degree"]].rename(columns={"coordination_degree": "value"})

    found = []
    if published is not None:
        table = degrees(published).astype({"year": int, "value": float})
        half_unit = min(map(half_printed, published["coordination_degree"]))
        found.append(evidence("published", {"coordination_degree": table}, half_unit))
    of = {s: t[["region", "year", "score"]].rename(columns={"score": "value"}) for s, t in scores.groupby("subsystem")}
    return [*found, evidence("data", of | {"coordination_degree": degrees(coordination)}, 0.0)]


def largest_differences(board):
    """Largest absolute difference of every statistic of the published tables.

    Parameters
    ----------
    board : pandas.DataFrame
        Rows of the scoreboard that are cells of tables.

    Returns
    -------
    pandas.DataFrame
        Index the table and statistic; columns cells (tested), largest_difference, tolerance (of that cell).
    """
    tested = board[board["verdict"] != "not testable"]
    kind = tested["section"] + ", " + tested["statistic"].str.split(" ").str[0]
    size = tested["difference"].abs()
    worst = tested.loc[size.groupby(kind).idxmax()].set_index(
        kind.loc[size.groupby(kind).idxmax()].rename("statistic of")
    )
    result = pd.DataFrame(
        {
            "cells": kind.value_counts(),
            "largest_difference": worst["difference"].abs(),
            "tolerance": worst["tolerance"],
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
