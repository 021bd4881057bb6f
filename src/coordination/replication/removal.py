"""What changes in a value that is not reproduced when a reason for it is removed.

A reason that can be removed is one thing that could have been done otherwise with the same data: filling of gaps,
zeros, another base, an exception, a reading of an indicator. What no such change reproduces may come from absent
indicators or from what a publication does not say; the two cannot be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coordination.choices import INTERPOLATION, TAIL, ZEROS
from coordination.indices import universe, variants
from coordination.replication import measures, register
from coordination.replication.register import members
from coordination.replication.verdict import ROUNDING
from coordination.replication.versions import computed, moran

NEARER = 0.9  # of the distance that must be left at most for a change to count as bringing a value nearer


@dataclass(frozen=True)
class Removed:
    """The study with one thing changed at a time.

    Attributes
    ----------
    changes : list of dict
        kind (`interpolation`, `zeros`, `breaks`, `exceptions`, `reading`) and level; of a reading, also indicator.
    results : Results
        The study as it is, then under every change.
    weights : numpy.ndarray, shape (n, n)
    """

    changes: list
    results: measures.Results
    weights: np.ndarray


def removed(normalised, declared, study, regions, weights):
    """Compute a study with one thing changed at a time.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    declared : pandas.DataFrame
        Its variants (see `indices.variants.normalised`).
    study : Study
    regions : pandas.DataFrame
    weights : pandas.DataFrame, shape (n, n)
        Spatial weights as the global statistic uses them.

    Returns
    -------
    Removed
    """
    own = universe.own(study)
    ways = [({}, {}, own)]
    if normalised["filled"].astype(bool).any():
        steps = [(INTERPOLATION, own.interpolation), (ZEROS, own.zeros)]
    else:
        steps = [(ZEROS, own.zeros)]
    for registry, usual in steps:
        for level in registry.offered:
            if level != usual:
                ways.append(({"kind": registry.kind, "level": level}, {}, replace(own, **{registry.kind: level})))
    for kind, choice in (("breaks", variants.linked(study)), ("exceptions", variants.mended(study))):
        if choice:
            ways.append(({"kind": kind, "level": ""}, choice, own))
    for indicator in study.indicators:
        for reading in indicator.readings:
            change = {"kind": "reading", "level": reading.id, "indicator": indicator.id}
            ways.append((change, {indicator.id: reading.id}, own))

    scores, degrees = [], []
    for _, choice, way in ways:
        table = variants.replaced(normalised, declared, choice)
        u, d = universe.evaluate(*universe.cubes(table, study, regions), study, way)
        scores.append(u)
        degrees.append(d)
    u = np.stack(scores)
    values = {s.id: u[..., k] for k, s in enumerate(study.subsystems)} | {"coordination_degree": np.stack(degrees)}
    w = np.asarray(weights, dtype=float)
    results = computed(values, study.years, study, regions, {"own": w})["own"]
    return Removed([change for change, _, _ in ways[1:]], results, w)


def evidence(row, asked, removed):
    """Return what every change makes of a value that is not reproduced.

    Parameters
    ----------
    row : dict
        A row of the scoreboard on the route from the data.
    asked : mapping or None
        The claim it belongs to; None for a cell of a published table.
    removed : Removed

    Returns
    -------
    tuple of numpy.ndarray, shape (1 + changes,)
        The number, as the study is and under every change, missing for a claim that is no number; and whether it is
        reproduced, within rounding and tolerance. None if changes say nothing of it.
    """
    results, study = removed.results, removed.results.study
    if asked is not None:
        found = measures.interpret(register.read(asked, study, results.regions), results)
        own = [f for f in found if f.convention == (row["convention"] or "")]
        if not own or own[0].holds is None:
            return None
        holds = np.asarray(own[0].holds, dtype=bool)
        number = np.full(holds.shape, np.nan) if own[0].number is None else np.asarray(own[0].number, dtype=float)
        return number, holds
    year = study.years.index(int(row["period"])) if int(row["period"]) in study.years else None
    if year is None:
        return None
    d = results.values["coordination_degree"]
    if row["variable"] == "coordination_degree":
        groups = [g.id for g in study.groups]
        own = (
            [row["place"]]
            if row["measure"] == "value"
            else members(row["place"], results.regions, groups, study.whole.id)
        )
        number = d[:, results.regions.index.get_indexer(own), year].mean(axis=1)
    else:
        index, z = (part[:, year] for part in moran(d, removed.weights))
        p = TAIL[study.autocorrelation.tail].normal(z)
        number = {"moran_i": index, "z_score": z, "p_value": p}[row["variable"]]
    return number, np.abs(number - float(row["published"])) <= row["tolerance"] + ROUNDING


def reasons(row, asked, removed):
    """Say what removing one reason at a time makes of a value that is not reproduced.

    Parameters
    ----------
    row, asked, removed
        See `evidence`.

    Returns
    -------
    list of dict
        One reason: `comes_out`, with the changes under which the value is reproduced; `nearer`, with the change that
        brings it nearest, and the distances before and after; `stays`, if none brings a number nearer or a claim about;
        none if changes say nothing of it.
    """
    found = evidence(row, asked, removed) if removed and removed.changes else None
    if found is None:
        return []
    number, holds = found
    if holds[1:].any():
        return [{"because": "comes_out", "changes": [removed.changes[k] for k in np.flatnonzero(holds[1:])]}]
    if np.isfinite(number).all():
        gap = number - float(row["published"])
        best = 1 + int(np.abs(gap[1:]).argmin())
        if abs(gap[best]) <= NEARER * abs(gap[0]):
            facts = {"before": round(float(gap[0]), 9), "after": round(float(gap[best]), 9)}
            return [{"because": "nearer", "change": removed.changes[best - 1], **facts}]
    return [{"because": "stays", "tried": len(removed.changes)}]
