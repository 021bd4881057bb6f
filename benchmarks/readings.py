"""Which readings of the indicators come nearest to a published D: `python benchmarks/readings.py STUDY TABLE RAW ...`.

STUDY is a study.yml whose indicators list `readings`, TABLE the printed D (region, year, coordination_degree), RAW long
tables of raw figures (province or region, year, series or indicator, value). A second way to what
`coordination.replication.readings` finds: plain loops over plain lists, with filling, normalisation, entropy weights
and D of its own; nothing of the package is imported.
"""

import argparse
import ast
import csv
import math
import operator
from itertools import product

import yaml

OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def value(formula, known):
    """Value of a formula of series, numbers and the four operations."""

    def of(node):
        if isinstance(node, ast.BinOp):
            return OPERATIONS[type(node.op)](of(node.left), of(node.right))
        return known[node.id] if isinstance(node, ast.Name) else float(node.value)

    return of(ast.parse(formula, mode="eval").body)


def complete(found, years):
    """Fill a series: linear between observed years, the nearest at the ends."""
    seen, result = sorted(found), []
    for year in years:
        before, after = [y for y in seen if y <= year], [y for y in seen if y >= year]
        if not before or not after:
            result.append(found[after[0] if after else before[-1]])
            continue
        a, b = before[-1], after[0]
        share = (year - a) / (b - a) if b > a else 0
        result.append(found[a] + share * (found[b] - found[a]))
    return result


def normalised(values, direction):
    """Min-max over all regions and years."""
    low, high = min(values), max(values)
    share = [(v - low) / (high - low) for v in values]
    return share if direction == "positive" else [1 - s for s in share]


def information(values):
    """1 less the entropy."""
    total = sum(values)
    shares = [v / total for v in values if v > 0]
    return 1 + sum(p * math.log(p) for p in shares) / math.log(len(values))


def ranking(subsystems, published):
    """Distances of every combination of readings, the nearest first.

    Parameters
    ----------
    subsystems : list of list of dict of str to list of float
        By subsystem and indicator: normalised values over rows (region, year) by the id of the reading, `own` first.
    published : dict of int to float
        Printed D by row.

    Returns
    -------
    list of (float, tuple of str)
        Mean absolute difference of D over the printed rows, and the reading of every indicator.
    """
    scored = []
    for indicators in subsystems:
        share = [{k: information(v) for k, v in readings.items()} for readings in indicators]
        scored.append([])
        for chosen in product(*indicators):
            total = sum(s[c] for s, c in zip(share, chosen, strict=True))
            parts = [(s[c] / total, r[c]) for s, r, c in zip(share, indicators, chosen, strict=True)]
            scored[-1].append((chosen, {k: sum(w * v[k] for w, v in parts) for k in published}))
    found = []
    for combination in product(*scored):
        gap, power = 0.0, 1 / (2 * len(scored))
        for k, printed in published.items():
            gap += abs(math.prod(u[k] for _, u in combination) ** power - printed)
        found.append((gap / len(published), sum((c for c, _ in combination), ())))
    return sorted(found)


def read(study, table, raw):
    """Return indicators by subsystem, their normalised readings, and the printed D by row."""
    with open(study, encoding="utf-8") as file:
        said = yaml.safe_load(file)
    with open(table, encoding="utf-8") as file:
        printed = {(r["region"], int(r["year"])): float(r["coordination_degree"]) for r in csv.DictReader(file)}
    years = list(range(said["years"]["first"], said["years"]["last"] + 1))
    regions = list(dict.fromkeys(region for region, _ in printed))
    series = {}
    for name in raw:
        with open(name, encoding="utf-8") as file:
            for r in csv.DictReader(file):
                where = r.get("province") or r["region"]
                cell = series.setdefault(r.get("series") or r["indicator"], {}).setdefault(where, {})
                cell[int(r["year"])] = float(r["value"])
    filled = {name: [v for r in regions for v in complete(own[r], years)] for name, own in series.items()}
    rows = [{name: filled[name][k] for name in filled} for k in range(len(regions) * len(years))]
    subsystems, names = [], []
    for subsystem in said["subsystems"]:
        subsystems.append([])
        for indicator in (i for d in subsystem["dimensions"] for i in d["indicators"] if "formula" in i):
            own = {"id": "own", "formula": indicator["formula"]}
            readings = {}
            for reading in (own, *indicator.get("readings", ())):
                values = [value(reading["formula"], row) for row in rows]
                readings[reading["id"]] = normalised(values, reading.get("direction", indicator["direction"]))
            subsystems[-1].append(readings)
            names.append(indicator["id"])
    order = [(r, y) for r in regions for y in years]
    return names, subsystems, {k: printed[cell] for k, cell in enumerate(order) if cell in printed}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study")
    parser.add_argument("table")
    parser.add_argument("raw", nargs="+")
    parser.add_argument("--top", type=int, default=12)
    parser.add_argument("--within", nargs="*", help="only the readings of these subsystems")
    given = parser.parse_args()
    names, subsystems, published = read(given.study, given.table, given.raw)
    if given.within:
        with open(given.study, encoding="utf-8") as file:
            ids = [s["id"] for s in yaml.safe_load(file)["subsystems"]]
        fixed = [[{"own": r["own"]} for r in part] for part in subsystems]
        subsystems = [p if i in given.within else f for i, p, f in zip(ids, subsystems, fixed, strict=True)]
    found = ranking(subsystems, published)
    own = next(d for d, chosen in found if set(chosen) == {"own"})
    print(f"{len(found)} combinations over {len(published)} printed cells; own {own:.5f}")
    for distance, chosen in found[: given.top]:
        other = (f"{n}: {c}" for n, c in zip(names, chosen, strict=True) if c != "own")
        print(f"{distance:.5f}  {', '.join(other) or 'own'}")


if __name__ == "__main__":
    main()
