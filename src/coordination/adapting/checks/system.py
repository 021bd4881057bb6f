"""What is doubtful in the indicator system and its inference."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import numpy as np
import yaml

from coordination.adapting.checks.finding import Finding
from coordination.choices import TAIL
from coordination.indices import outliers
from coordination.spatial import permutation
from coordination.study import costs, formulas
from coordination.study.model import RATIO

_RECOGNISED = yaml.safe_load(Path(__file__).with_name("recognised.yml").read_text(encoding="utf-8"))
_WORDS = {name: "|".join(words) for name, words in _RECOGNISED.items()}

PER_PEOPLE_OR_AREA = re.compile(
    r"(?:{before})(?:{many})?\s*(?:{people}|{area})|{by_people_or_area}".format(**_WORDS), re.IGNORECASE
)

PER = re.compile(rf"{_WORDS['by_anything']}|{PER_PEOPLE_OR_AREA.pattern}", re.IGNORECASE)

DIVIDED = re.compile(rf"{RATIO.pattern}|{PER.pattern}", re.IGNORECASE)

DIVISOR = re.compile(_WORDS["divisor"], re.IGNORECASE)


def size(study, regions):
    """Hold what a run is estimated to need against the memory of this machine.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    list of Finding
        Empty if there is enough.
    """
    shape = len(regions), len(study.years), len(study.indicators)
    cost, has = costs.estimate(*shape), costs.memory()
    if cost.memory <= has:
        return []
    facts = dict(zip(("regions_count", "years_count", "indicators_count"), shape, strict=True))
    facts |= {"hours": cost.seconds / 3600, "needed": cost.memory / 1e9, "has": has / 1e9}
    return [Finding("error", "size", "too_large", facts | {"measured": costs.MEASURED["source"]})]


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
        if not any(DIVIDED.search(study.panel.series[s].unit) for s in formulas.names(i.formula))
    }
    divisors = {i.id: _divisors(i.formula) for i in study.indicators if promised.get(i.id)}
    used = [d for own in divisors.values() for d in own]
    for i in study.indicators:
        if i.id not in divisors:
            continue
        facts = {"indicator": i.id, "unit": i.unit, "formula": i.formula}
        of_people = any(PER_PEOPLE_OR_AREA.search(t) for t in promised[i.id])
        if "/" not in i.formula:
            facts["of_people"] = of_people
            facts["units"] = [study.panel.series[s].unit for s in formulas.names(i.formula)[:1]]
            found.append(Finding("warning", "per capita", "no_division", facts))
        elif of_people and not any(used.count(d) > 1 or _counts_people(d, study) for d in divisors[i.id]):
            facts["divisors"] = divisors[i.id]
            found.append(Finding("warning", "per capita", "no_division_by_people_or_area", facts))
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
                    facts = {"subsystem": s.id, "indicators": [a, b], "correlation": relation.loc[a, b]}
                    found.append(Finding("warning", "duplicate", "duplicate", facts | {"limit": set_.correlation}))
            r = values[a].corr(values.drop(columns=a).mean(axis=1)) if len(own) > 2 else np.nan
            if np.isfinite(r) and r <= set_.against:
                facts = {"subsystem": s.id, "indicator": a, "direction": direction[a], "correlation": r}
                found.append(Finding("warning", "direction", "against_the_rest", facts | {"limit": set_.against}))
        if len(own) == 2 and relation.iloc[0, 1] <= set_.against:
            facts = {"subsystem": s.id, "indicators": own, "directions": [direction[i] for i in own]}
            facts |= {"correlation": relation.iloc[0, 1], "limit": set_.against}
            found.append(Finding("warning", "direction", "against_one_another", facts))
        shares = start.filled[own].mean()
        for i, share in shares[shares > set_.filled].items():
            facts = {"indicator": i, "share": share, "limit": set_.filled}
            found.append(Finding("warning", "filled", "much_filled", facts))
    return found


def scales(values, study):
    """Look for indicators whose scale rests on one figure or region.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        All normalised indicators, index (region, year).
    study : Study

    Returns
    -------
    list of Finding
        See `outliers.dominated`.
    """
    facts = outliers.dominated(values, study).drop(columns=["subsystem", "end"]).to_dict("records")
    more = {"n": values.index.unique("region").size, "last": study.years[-1]}
    return [Finding("warning", "scale", "scale_rests_on_one", own | more) for own in facts]


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
            facts = {"indicator": i, "value": values[i].iloc[0]}
            found.append(Finding("error", "constant", "constant", facts))
        elif spread < study.checks.variation:
            facts = {"indicator": i, "variation": spread, "limit": study.checks.variation}
            found.append(Finding("warning", "constant", "nearly_constant", facts))
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
        facts = {"file": study.regions.file, "n": n, "least": least, "level": level}
        found.append(Finding("warning", "regions", "too_few_regions", facts))
    elif math.factorial(n) <= permutation.FEASIBLE:
        found.append(Finding("note", "regions", "few_regions", {"file": study.regions.file, "n": n}))
    unable = [r for r in weights.index if weights.loc[r].any() and 1 / _arrangements(weights.loc[r].drop(r)) > level]
    if unable:
        facts = {"regions": unable, "level": level}
        found.append(Finding("warning", "regions", "too_few_arrangements", facts))
    apart = weights.index[(weights.to_numpy() == 0).all(axis=1) & (weights.to_numpy() == 0).all(axis=0)]
    found += [Finding("warning", "islands", "island", {"region": r}) for r in apart]
    if study.spatial_weights.file:
        one_way = [(a, b) for a in weights for b in weights if weights.loc[a, b] and not weights.loc[b, a]]
        if one_way:
            facts = {"file": study.spatial_weights.file, "regions": list(one_way[0]), "count": len(one_way)}
            found.append(Finding("warning", "neighbours", "one_way", facts))
    return found


def _arrangements(weights):
    """Count the different ways in which neighbours' values can be placed on a row of weights."""
    result = math.factorial(len(weights))
    for same in weights.round(12).value_counts():
        result //= math.factorial(int(same))
    return result
