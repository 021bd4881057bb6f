"""What is doubtful in the indicator system and its inference."""

from __future__ import annotations

import ast
import math
import re

import numpy as np

from coordination.adapting.checks.finding import _MANY, Finding
from coordination.choices import TAIL
from coordination.spatial import permutation
from coordination.study import formulas

_PEOPLE = r"(?:people|persons?|capita|inhabitants?|residents?|population|households?|人|户|居民)"

_AREA = r"(?:(?:sq(?:uare|\.)?|平方)\s*(?:km|kilomet\w+|miles?|公里|千米|米)|k?m[2²]|hectares?|公顷)"

PER_PEOPLE_OR_AREA = re.compile(
    rf"(?:\bper\s+|/\s*|每){_MANY}(?:{_PEOPLE}|{_AREA})"
    r"|\bper\s+(?:\d[\d ,]*000|thousand|million)\b|[人户地]均|^[十百千万]+人(?=.)(?!口|次|年|时|计划)"
    r"|[十百千万]人[^，；]*拥有",
    re.IGNORECASE,
)

PER = re.compile(rf"\bper\b(?!\s*cent)|{PER_PEOPLE_OR_AREA.pattern}", re.IGNORECASE)

DIVISOR = re.compile(
    r"popul|pop\b|people|persons?\b|inhabit|residen|household|area|km[2²]|\bland|人口|常住|户籍|居民|人数|户数|万人|面积|平方",
    re.IGNORECASE,
)


def formulas_and_names(study):
    """Look for totals where names promise a ratio.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of Finding
    """
    found = []
    promised = {
        i.id: [t for t in (i.name.en, i.name.zh, i.unit.en, i.unit.zh) if PER.search(t)]
        for i in study.indicators
        if not any(PER.search(study.panel.series[s].unit) for s in formulas.names(i.formula))
    }
    divisors = {i.id: _divisors(i.formula) for i in study.indicators if promised.get(i.id)}
    used = [d for own in divisors.values() for d in own]
    for i in study.indicators:
        if i.id not in divisors:
            continue
        said = f"'{i.name.en}' ({i.unit.en}) computed as {i.formula}"
        unit = ", ".join(study.panel.series[s].unit for s in formulas.names(i.formula)[:1])
        of_people = any(PER_PEOPLE_OR_AREA.search(t) for t in promised[i.id])
        if "/" not in i.formula:
            found.append(
                Finding(
                    "warning",
                    "per capita",
                    f"study.yml, indicator {i.id}",
                    f"{said}, in {unit}",
                    "a division, as the name says",
                    "divide by population in the formula, or correct the name or unit",
                )
            )
        elif of_people and not any(used.count(d) > 1 or _counts_people(d, study) for d in divisors[i.id]):
            by = ", ".join(divisors[i.id]) or "a number"
            found.append(
                Finding(
                    "warning",
                    "per capita",
                    f"study.yml, indicator {i.id}",
                    f"{said}, divided by {by}",
                    "a division by people or area, as the name says",
                    "correct the formula, the name or the unit; or name the divisor in panel.series for what it is",
                )
            )
    return found


def _divisors(formula):
    """Return the series by which a formula divides."""
    tree = ast.walk(ast.parse(formula.strip(), mode="eval"))
    divided = [n.right for n in tree if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
    return list(dict.fromkeys(n.id for d in divided for n in ast.walk(d) if isinstance(n, ast.Name)))


def _counts_people(series, study):
    about = study.panel.series[series]
    return any(DIVISOR.search(t.replace("_", " ")) for t in (series, about.unit, *about.names))


def indicators(start, study):
    """Look at the indicators as they enter the weights.

    Parameters
    ----------
    start : WidePanel
        Normalised indicators, a high value always good.
    study : Study

    Returns
    -------
    list of Finding
        Indicators that duplicate another of their subsystem, go against the rest of it, or are filled too much.
    """
    found, set_ = [], study.checks
    direction = {i.id: i.direction for i in study.indicators}
    for s in study.subsystems:
        own = [i.id for i in s.indicators if i.id in start.values]
        values = start.values[own]
        relation = values.corr()
        for k, a in enumerate(own):
            for b in own[k + 1 :]:
                if abs(relation.loc[a, b]) >= set_.correlation:
                    found.append(
                        Finding(
                            "warning",
                            "duplicate",
                            f"study.yml, {s.id}",
                            f"{a} and {b} correlate with {relation.loc[a, b]:.3f}",
                            f"less than {set_.correlation:g}",
                            "one thing is counted twice: leave one out, or say why",
                        )
                    )
            r = values[a].corr(values.drop(columns=a).mean(axis=1)) if len(own) > 2 else np.nan
            if np.isfinite(r) and r <= set_.against:
                found.append(
                    Finding(
                        "warning",
                        "direction",
                        f"study.yml, indicator {a}",
                        f"direction {direction[a]}, but a correlation of {r:.2f} with the rest of {s.id}",
                        f"more than {set_.against:g}",
                        "is its direction right? If so, say why",
                    )
                )
        if len(own) == 2 and relation.iloc[0, 1] <= set_.against:
            a, b = own
            found.append(
                Finding(
                    "warning",
                    "direction",
                    f"study.yml, indicators {a}, {b}",
                    f"directions {direction[a]} and {direction[b]}, but a correlation of {relation.iloc[0, 1]:.2f} of "
                    f"the one with the other in {s.id}",
                    f"more than {set_.against:g}",
                    "are both directions right? If so, say why",
                )
            )
        shares = start.filled[own].mean()
        for i, share in shares[shares > set_.filled].items():
            found.append(
                Finding(
                    "warning",
                    "filled",
                    f"indicator {i}",
                    f"{share:.0%} of its values filled",
                    f"at most {set_.filled:.0%}",
                    "find the figures, shorten the years, or make the indicator unavailable",
                )
            )
    return found


def constant(values, study):
    """Look for indicators that hardly vary.

    Parameters
    ----------
    values : pandas.DataFrame
        Indicators before normalisation, index (region, year).
    study : Study

    Returns
    -------
    list of Finding
        A constant one is an error: min-max divides by its range.
    """
    found = []
    for i in values:
        spread = values[i].std() / abs(values[i].mean()) if values[i].mean() else np.inf
        if values[i].max() == values[i].min():
            text = ("error", f"the same value {values[i].iloc[0]:g} everywhere", "values that differ")
        elif spread < study.checks.variation:
            limit = f"at least {study.checks.variation:g}"
            text = ("warning", f"a coefficient of variation of {spread:.4f}", limit)
        else:
            continue
        remedy = "min-max blows small differences up to the whole scale: leave it out, or say why not"
        found.append(Finding(text[0], "constant", f"indicator {i}", *text[1:], remedy))
    return found


def inference(study, regions, weights):
    """Look whether tests of spatial autocorrelation can find anything with so few regions.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.
    weights : pandas.DataFrame, shape (n, n)

    Returns
    -------
    list of Finding
    """
    found, n, level = [], len(regions), study.autocorrelation.significance
    least = TAIL[study.autocorrelation.tail].sides / math.factorial(min(n, 20))
    if least > level:
        found.append(
            Finding(
                "warning",
                "regions",
                study.regions.file,
                f"{n} regions, whose smallest possible p is {least:.3f}",
                f"at most {level:g}",
                "no test of autocorrelation can be significant with so few",
            )
        )
    elif math.factorial(n) <= permutation.FEASIBLE:
        found.append(
            Finding(
                "note",
                "regions",
                study.regions.file,
                f"{n} regions",
                "more than ten for normal p values",
                "read the exact p values, which are enumerated, and not the normal ones",
            )
        )
    unable = [r for r in weights.index if weights.loc[r].any() and 1 / _arrangements(weights.loc[r].drop(r)) > level]
    if unable:
        found.append(
            Finding(
                "warning",
                "regions",
                "spatial weights",
                f"too few arrangements around {', '.join(unable)}",
                f"a smallest possible local p of at most {level:g}",
                "their local results cannot be significant",
            )
        )
    apart = weights.index[(weights.to_numpy() == 0).all(axis=1) & (weights.to_numpy() == 0).all(axis=0)]
    found += [
        Finding(
            "warning", "islands", f"region {r}", "no neighbour", "at least one", "its lag is left out of local results"
        )
        for r in apart
    ]
    if study.spatial_weights.file:
        one_way = [(a, b) for a in weights for b in weights if weights.loc[a, b] and not weights.loc[b, a]]
        if one_way:
            a, b = one_way[0]
            found.append(
                Finding(
                    "warning",
                    "neighbours",
                    study.spatial_weights.file,
                    f"{a} has neighbour {b}, but {b} has not {a} ({len(one_way)} such)",
                    "neighbours of one another",
                    "add the other direction, unless it is meant so",
                )
            )
    return found


def _arrangements(weights):
    """Count the different ways in which neighbours' values can be placed on a row of weights."""
    result = math.factorial(len(weights))
    for same in weights.round(12).value_counts():
        result //= math.factorial(int(same))
    return result
