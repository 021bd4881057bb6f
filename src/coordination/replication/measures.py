"""What a claim means: one claim checked against one route's evidence."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from coordination.errors import InputError
from coordination.indices import coupling, development
from coordination.replication.register import allowed, members, period
from coordination.replication.verdict import _row


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


def claim(row, evidence, study, regions):
    """Check one claim against one route's evidence.

    Parameters
    ----------
    row : mapping
        A row of claims.csv, all strings: id, section, statistic, variable, place, period, measure, expected, tolerance,
        note.
    evidence : Route
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
