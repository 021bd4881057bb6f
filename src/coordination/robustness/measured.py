"""What changes when figures that are doubtful in themselves are measured otherwise: linked over breaks, or mended.

Everything else stays as in the study.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.choices import AGGREGATION, BREAKS
from coordination.diagnosis import obstacles
from coordination.indices import universe, variants, weighting
from coordination.replication import measures, versions

MOST = 3  # obstacles that are named


def ways(study):
    """Return the ways to measure that a study declares.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict of str to dict of str to str
        `given`, then `linked` and `mended` where there is a break or an exception: the variant of an indicator.
    """
    every = zip((*BREAKS.offered, "mended"), ({}, variants.linked(study), variants.mended(study)), strict=True)
    return {name: choice for k, (name, choice) in enumerate(every) if choice or not k}


def compare(normalised, declared, study, regions, weights, register=None):
    """Compute the study with its figures as given, linked over breaks, and without its exceptions.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    declared : pandas.DataFrame
        Its variants (see `variants.normalised`).
    study : Study
    regions : pandas.DataFrame
    weights : array_like, shape (n, n)
        Spatial weights.
    register : pandas.DataFrame of str, optional
        Rows of claims.csv (see `replication.register.read`).

    Returns
    -------
    tuple of pandas.DataFrame
        D: columns way, region, year, degree, rank. Findings: a row a way, columns way, weight (of the indicators
        measured otherwise, as given; the sum), mean_first and mean_last (of D), largest (change of D), ranks_changed
        (in the last year), falls (regions whose D falls in the year of each break: dict by year), obstacles (the
        largest by the mean of their degrees in the last year; none where scores are no sums of indicators), held
        (claims that hold), changed (claims that hold in one and not in the other).
    """
    degrees, findings, first = [], [], None
    members = {s.id: [i.id for i in s.indicators] for s in study.subsystems}
    breaks = sorted({b.year for i in study.indicators for b in i.breaks})
    for way, choice in ways(study).items():
        table = variants.replaced(normalised, declared, choice)
        values, filled = universe.cubes(table, study, regions)
        scores, d = universe.evaluate(values, filled, study, universe.own(study))
        rank = universe.ranks(d)
        index = pd.MultiIndex.from_product([regions.index, study.years], names=["region", "year"])
        made = pd.DataFrame({"degree": d.ravel(), "rank": rank.ravel()}, index).reset_index()
        degrees.append(made.assign(way=way))
        table = universe.on_scale(table, study)
        wide = table.pivot(index=["region", "year"], columns="indicator", values="value").reindex(index)
        weighed = weighting.weights(wide, members, study.method)
        hindered = obstacles.degrees(table, weighed, study.alpha)
        last = hindered[hindered["year"] == study.years[-1]].groupby("indicator")["obstacle_degree"].mean()
        if not AGGREGATION[study.method.aggregation].additive:
            last = last.iloc[:0]
        cube = {s.id: scores[None, :, :, k] for k, s in enumerate(study.subsystems)} | {"coordination_degree": d[None]}
        holds = _held(register, cube, study, regions, weights)
        first = first or (d, rank, holds, weighed.set_index("indicator")["weight"])
        year = [study.years.index(y) for y in breaks]
        findings.append(
            {
                "way": way,
                "weight": float(first[3].reindex(list(choice)).sum()),
                "mean_first": d[:, 0].mean(),
                "mean_last": d[:, -1].mean(),
                "largest": np.abs(d - first[0]).max(),
                "ranks_changed": int((rank[:, -1] != first[1][:, -1]).sum()),
                "falls": {y: int((d[:, k] < d[:, k - 1]).sum()) for y, k in zip(breaks, year, strict=True)},
                "obstacles": last.sort_values(ascending=False, kind="stable").index[:MOST].tolist(),
                "held": sum(holds.values()),
                "tested": len(holds),
                "changed": [c for c, held in holds.items() if held != first[2][c]],
            }
        )
    order = ["way", "region", "year", "degree", "rank"]
    return pd.concat(degrees, ignore_index=True)[order], pd.DataFrame(findings)


def _held(register, cube, study, regions, weights):
    """Return whether every claim that can be tested holds, in the first of its conventions."""
    if register is None:
        return {}
    results = versions.computed(cube, study.years, study, regions, {"own": weights})["own"]
    found = {row["id"]: measures.holds(row, results) for row in register.to_dict("records")}
    return {name: bool(np.ravel(held)[0]) for name, held in found.items() if held is not None}
