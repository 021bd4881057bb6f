"""Which choice explains how much of the variance; what single years and regions do."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from coordination.choices import ZEROS
from coordination.indices import coupling, universe
from coordination.replication import measures, versions
from coordination.robustness.multiverse import LARGE
from coordination.sections import COLUMNS
from coordination.spatial import neighbours

SETS = 5  # regions at least, of which one is left out

TOGETHER = 100  # regions whose outcomes are decomposed at a time

REGIONS = 60  # left out one by one at most


def sensitivity(made):
    """Share of the variance that each choice explains, alone and with all others.

    Parameters
    ----------
    made : Multiverse

    Returns
    -------
    pandas.DataFrame
        Columns output (`degrees`: D of the regions in the last year; `ranks`: their ranks), factor, first_order and
        total; a factor with one level is left out. Missing where nothing varies.

    Notes
    -----
    An exact decomposition by full factorial design (Saltelli and others 2008, Global sensitivity analysis: the primer,
    ch. 1): no sampling. It takes the universes in which zeros are treated, where there are any, because only these
    combine with every other choice. Variances of the regions are added up before shares are formed. A choice without
    any effect gets exactly 0.
    """
    zeros = list(made.factors).index("zeros")
    positive = [k for k, level in enumerate(made.factors["zeros"]) if ZEROS[level].positive]
    treated = np.isin(made.choices[:, zeros], positive) if positive else np.ones(len(made.mean), dtype=bool)
    codes = made.choices[treated]
    present = [np.unique(codes[:, k]) for k in range(codes.shape[1])]
    order = np.lexsort(codes.T[::-1])
    shape = tuple(map(len, present))
    if len(order) != np.prod(shape):
        raise ValueError("the universes are no full factorial design")
    designed, rows = np.flatnonzero(treated)[order], []
    for output in ("degrees", "ranks"):
        found = getattr(made, output)
        parts = (found[designed, k : k + TOGETHER] for k in range(0, found.shape[1], TOGETHER))
        first, total = _shares(sum(_variances(y.astype(float).reshape(*shape, -1)) for y in parts))
        rows += [
            (output, name, first[k], total[k]) for k, name in enumerate(made.factors) if len(made.factors[name]) > 1
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS["sensitivity"]))


def factorial_shares(outcomes):
    """First-order and total shares of variance in a full factorial design.

    Parameters
    ----------
    outcomes : numpy.ndarray, shape (l_1, ..., l_f, o)
        An axis a factor, then o outcomes, whose variances are added up.

    Returns
    -------
    tuple of numpy.ndarray, shape (f,)
        Var(E[Y | X_k]) / Var(Y) and E[Var(Y | all but X_k)] / Var(Y); missing where Y does not vary.

    References
    ----------
    Sobol (1993), Sensitivity estimates for nonlinear mathematical models, Mathematical Modelling and Computational
    Experiments 1 (4), 407-414; Saltelli and others (2010), Variance based sensitivity analysis of model output,
    Computer Physics Communications 181, 259-270.

    Examples
    --------
    >>> y = np.array([[0.0, 1.0], [2.0, 3.0]])[..., None]  # 2 a + b: variances 1 and 0.25
    >>> [v.tolist() for v in factorial_shares(y)]
    [[0.8, 0.2], [0.8, 0.2]]
    """
    return _shares(_variances(outcomes))


def _variances(outcomes):
    """Return the variance of outcomes, and behind it those by factor: of the levels' means, and within all others."""
    axes = tuple(range(outcomes.ndim - 1))
    first, total = [], []
    for k in axes:
        others = tuple(a for a in axes if a != k)
        level = outcomes.mean(axis=others)
        first.append((level - level[:1]).var(axis=0).sum())
        apart = outcomes - outcomes.take([0], axis=k)  # exactly 0 for a factor without effect
        total.append(apart.var(axis=k).mean(axis=tuple(range(len(axes) - 1))).sum())
    return np.array([outcomes.var(axis=axes).sum(), *first, *total])


def _shares(variances):
    variance, *parts = variances
    return np.split(np.array(parts) / variance if variance > 1e-24 else np.full(len(parts), np.nan), 2)


def panel_changes(values, study, regions):
    """How far earlier results move when the panel is another: a year or a region less.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m, k)
        Indicators, normalised over the pooled panel.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Columns kind (`last`, `first` year or `region` left out), left_out, largest, mean (absolute change in D of what
        remains), level_changes (region-years with another level), ranks_changed (in the last year that remains). No
        rows for what cannot be left out: the only year, or one of two regions. Of more than 600 regions there are those
        that alone hold the lowest or highest figure of an indicator, without which goalposts move.

    Notes
    -----
    Min-max and entropy weights are pooled, so that adding a year or a region changes every score there was before.
    """
    n, m, _ = values.shape
    chosen = universe.own(study)

    def degrees(x):
        return universe.evaluate(x, np.zeros(x.shape, dtype=bool), study, chosen)[1]

    own, rows = degrees(values), []
    cases = [
        ("last", study.years[-1], slice(None), slice(0, m - 1)),
        ("first", study.years[0], slice(None), slice(1, m)),
    ]
    cases = [c for c in cases if m > 1]
    if n > 2:
        some = range(n) if n <= LARGE else extreme(values)
        cases += [("region", regions.index[k], np.arange(n) != k, slice(None)) for k in some]
    for kind, name, kept, years in cases:
        before, after = own[kept, years], degrees(values[kept, years])
        apart = np.abs(after - before)
        level = [coupling.level(np.clip(d, 0, 1), study.levels) for d in (before, after)]
        moved = universe.ranks(before)[:, -1] != universe.ranks(after)[:, -1]
        rows.append((kind, name, apart.max(), apart.mean(), int((level[0] != level[1]).sum()), int(moved.sum())))
    columns = ["kind", "left_out", "largest", "mean", "level_changes", "ranks_changed"]
    return pd.DataFrame(rows, columns=columns)


def extreme(values):
    """Return the regions that alone hold the lowest or the highest figure of an indicator.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m, k)

    Returns
    -------
    numpy.ndarray of int
        Positions, in rising order.

    Examples
    --------
    >>> extreme(np.array([[[0.0], [0.2]], [[0.0], [0.5]], [[0.3], [1.0]]])).tolist()  # two share the lowest
    [2]
    """
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    held = np.stack([(values == low).any(axis=1), (values == high).any(axis=1)])  # (2, n, k)
    return np.flatnonzero((held & (held.sum(axis=1, keepdims=True) == 1)).any(axis=(0, 2)))


def named(row):
    """Return what a claim names: its place, and the parts of what is expected.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.

    Returns
    -------
    set of str
    """
    return {row["place"], *re.split(r"\s*[<>]\s*", row["expected"].strip())}


def claims_without(values, study, regions, weights, register):
    """Hold claims against the results of every set of regions that lacks one.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m, k)
        Indicators, normalised over the pooled panel.
    study : Study
    regions : pandas.DataFrame
    weights : pandas.DataFrame, shape (n, n)
        Spatial weights before their transformation.
    register : pandas.DataFrame of str or None
        Rows of claims.csv (see `replication.register.read`).

    Returns
    -------
    pandas.DataFrame
        Columns without (a region; empty for the study's own set), claim, holds (by the first of its conventions).
        Goalposts, weights and spatial weights are those of the set. Left out are claims that name the region, sets
        without one of the groups or without a region that has a neighbour, and all of them below five regions.

    Notes
    -----
    The modifiable areal unit problem (Openshaw 1984): what holds of one set of regions need not hold of another.
    """
    rows, n = [], len(regions)
    sets = [] if register is None else ["", *(regions.index[:REGIONS] if n >= SETS else [])]
    for name in sets:
        kept = regions.index != name
        own, w = regions[kept], weights.loc[kept, kept]
        if not w.to_numpy().any() or set(own["group"]) != set(regions["group"]):
            continue
        scores, d = universe.evaluate(values[kept], np.zeros(values[kept].shape, bool), study, universe.own(study))
        cube = {s.id: scores[None, :, :, k] for k, s in enumerate(study.subsystems)} | {"coordination_degree": d[None]}
        linked = {"own": neighbours.transform(w, study.spatial_weights.transform)}
        results = versions.computed(cube, study.years, study, own, linked)["own"]
        for row in register.to_dict("records"):
            if name and name in named(row):
                continue
            held = measures.holds(row, results)
            if held is not None:
                rows.append((name, row["id"], bool(np.ravel(held)[0])))
    return pd.DataFrame(rows, columns=["without", "claim", "holds"])
