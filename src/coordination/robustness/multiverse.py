"""Every sensible combination of choices, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.indices import coupling, universe, weighting
from coordination.indices.universe import AGGREGATIONS, NORMALISATIONS, REFILLED, ZEROS, _degrees, _score, _treated
from coordination.replication import measures, versions
from coordination.replication.register import ABOUT_SPACE
from coordination.spatial import neighbours
from coordination.study.model import SpatialWeights

STEP = 0.1  # by which the share of a subsystem is raised

BATCH = 1_000_000  # numbers held at a time


@dataclass(frozen=True)
class Multiverse:
    """What comes out when every sensible combination of choices is made.

    Attributes
    ----------
    factors : dict of str to tuple of str
        Levels of every choice; the study's own is the first.
    choices : numpy.ndarray of int8, shape (u, f)
        Level of every factor in every universe; the first universe is the study's own.
    own_degrees : numpy.ndarray, shape (n, m)
        D in the study's own universe.
    own_ranks : numpy.ndarray of int, shape (n, m)
    mean : numpy.ndarray, shape (u,)
        Mean D of the last year.
    degrees : numpy.ndarray, shape (u, n)
        D of the regions in the last year.
    ranks : numpy.ndarray of int, shape (u, n)
        Their ranks, 1 the highest; equal values share the best.
    counts : numpy.ndarray of int, shape (n, m, n)
        In how many universes a region has rank k + 1 in a year.
    flips : numpy.ndarray, shape (n, m)
        Share of universes in which a region has another level than in the study's own.
    holds : dict of str to numpy.ndarray of bool
        For every claim, shape (u,), or (u, w, a) if it is about space: w spatial weights, a conventions of axes.
    spatial : tuple of str
        Names of the spatial weights, the study's own first.
    """

    factors: dict
    choices: np.ndarray
    own_degrees: np.ndarray
    own_ranks: np.ndarray
    mean: np.ndarray
    degrees: np.ndarray
    ranks: np.ndarray
    counts: np.ndarray
    flips: np.ndarray
    holds: dict
    spatial: tuple


def factors(study, filled):
    """Return the choices of the multiverse and their levels.

    Parameters
    ----------
    study : Study
    filled : array_like of bool
        Which values of the panel are filled; without any, there is no choice of how to fill.

    Returns
    -------
    dict of str to tuple of str
        The study's own level first.
    """
    own = study.coupling.variant
    every = {
        "interpolation": REFILLED if np.any(filled) else REFILLED[:1],
        "normalisation": NORMALISATIONS,
        "zeros": ZEROS,
        "weighting": tuple(weighting.SCHEMES),
        "aggregation": AGGREGATIONS,
        "coupling": (own, *(v for v in coupling.VARIANTS if v != own)),
        "alpha": ("own", *(s.id for s in study.subsystems)),
        "left_out": ("none", *(i.id for s in study.subsystems if len(s.indicators) > 1 for i in s.indicators)),
    }
    vary = study.robustness.vary
    return {name: levels if name in vary else levels[:1] for name, levels in every.items()}


def shares(alpha):
    """Return the study's shares of the subsystems, and with each one's share raised at the others' expense.

    Parameters
    ----------
    alpha : array_like, shape (s,)

    Returns
    -------
    numpy.ndarray, shape (1 + s, s)
        A share is raised by 0.1, but at most halfway to 1.
    """
    alpha = np.asarray(alpha, dtype=float)
    rows = [alpha]
    for k in range(len(alpha)):
        raised = min(alpha[k] + STEP, (1 + alpha[k]) / 2)
        row = alpha * (1 - raised) / (1 - alpha[k])
        row[k] = raised
        rows.append(row)
    return np.array(rows)


def _positions(study):
    """Columns of every subsystem among all indicators."""
    names, at = [i.id for i in study.indicators], {}
    for s in study.subsystems:
        at[s.id] = [names.index(i.id) for i in s.indicators]
    return names, at


def multiverse(values, filled, study, regions, weights, register=None):
    """Make every sensible combination of choices, and note what comes out.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m, k)
        Indicators, normalised over the pooled panel; regions, years and indicators in the study's order.
    filled : numpy.ndarray of bool, shape (n, m, k)
    study : Study
    regions : pandas.DataFrame
    weights : dict of str to array_like, shape (n, n)
        Spatial weights, the study's own first (see `spatial_choices`).
    register : pandas.DataFrame of str, optional
        Claims (see `replication.claim`).

    Returns
    -------
    Multiverse

    Raises
    ------
    InputError
        If a value is missing or infinite.

    References
    ----------
    Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Increasing transparency through a multiverse analysis,
    Perspectives on Psychological Science 11 (5), 702-712; Simonsohn, Simmons and Nelson (2020), Specification curve
    analysis, Nature Human Behaviour 4, 1208-1214.
    """
    if not np.isfinite(values).all():
        raise InputError("normalised panel", "a missing or infinite value", "numbers", "complete the panel")
    levels = factors(study, filled)
    n, m, _ = values.shape
    names, at = _positions(study)
    alphas = shares(list(study.alpha.values()))[: len(levels["alpha"])]
    left = levels["left_out"]
    every = [c for c in product(*(levels[f] for f in list(levels)[:5])) if universe.sensible(*c[2:])]
    claimed = [] if register is None else register.to_dict("records")
    parts = {key: [] for key in ("choices", "mean", "degrees", "ranks")}
    held = {row["id"]: [] for row in claimed}
    counts, flips, own = np.zeros((n, m, n), dtype=np.int64), np.zeros((n, m)), None
    inner = list(product(range(len(left)), range(len(levels["coupling"])), range(len(alphas))))
    starts = {"own": values, "nearest": universe.refill(values, filled)}
    scales = {
        (fill, kind): universe.normalise(starts[fill], kind).reshape(n * m, -1)
        for fill, kind in product(levels["interpolation"], levels["normalisation"])
    }
    together = max(1, BATCH // (len(inner) * n * m))
    for start in range(0, len(every), together):
        batch = every[start : start + together]
        scores = np.concatenate(
            [
                _scores(_treated(scales[fill, kind], zeros), scheme, aggregation, left, names, at)
                for fill, kind, zeros, scheme, aggregation in batch
            ]
        )
        d = _degrees(scores, levels["coupling"], alphas).reshape(-1, n, m)
        level = coupling.level(np.clip(d, 0, 1), study.levels)
        rank = _ranks(d)
        own = own or (d[0], rank[0], level[0])
        flips += (level != own[2]).sum(axis=0)
        for k in range(n):
            counts[:, :, k] += (rank == k + 1).sum(axis=0)
        outer = [[levels[f].index(c) for f, c in zip(levels, choice, strict=False)] for choice in batch]
        codes = [(*o, c, a, j) for o in outer for j, c, a in inner]
        parts["choices"].append(np.array(codes, dtype=np.int8))
        parts["mean"].append(d[:, :, -1].mean(axis=1))
        parts["degrees"].append(d[:, :, -1])
        parts["ranks"].append(rank[:, :, -1])
        cube = {s: scores[:, :, k].reshape(-1, n, m) for k, s in enumerate(at)} | {"coordination_degree": d}
        known = versions.computed(cube, study.years, study, regions, weights) if claimed else {}
        for row in claimed:
            held[row["id"]].append(_held(row, known, len(d)))
    made = {key: np.concatenate(part) for key, part in parts.items()}
    found = {key: np.concatenate(part) for key, part in held.items() if part[0] is not None}
    return Multiverse(
        levels,
        **made,
        own_degrees=own[0],
        own_ranks=own[1],
        counts=counts,
        flips=flips / len(made["mean"]),
        holds=found,
        spatial=tuple(weights),
    )


def _scores(x, scheme, aggregation, left, names, at):
    """Scores (l, rows, s) with nothing and with each indicator left out in turn."""
    scores = np.empty((len(left), len(x), len(at)))
    for k, columns in enumerate(at.values()):
        scores[:, :, k] = _score(x[:, columns], scheme, aggregation)
        for j, name in enumerate(left):
            if name != "none" and names.index(name) in columns:
                kept = [c for c in columns if names[c] != name]
                scores[j, :, k] = _score(x[:, kept], scheme, aggregation)
    return scores


def _held(row, known, universes):
    """Whether a claim holds, by universe and, if it is about space, by weights and convention."""
    if row["variable"] in ABOUT_SPACE:
        found = [measures.holds(row, results) for results in known.values()]
        return None if found[0] is None else np.stack(found, axis=1)
    found = measures.holds(row, next(iter(known.values())))
    # scores do not depend on C and the shares, which vary fastest
    return None if found is None else np.repeat(found, universes // len(found))


def _ranks(degrees):
    """Ranks of the regions, axis -2, from the highest; equal values share the best."""
    from scipy.stats import rankdata

    return rankdata(-degrees.round(12), method="min", axis=-2).astype(np.int16)


def spatial_choices(study, regions, polygons, given, nearest=4):
    """Return the spatial weights of the multiverse.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
    polygons : geopandas.GeoDataFrame or None
    given : pandas.DataFrame or None
        Weights that the study brings along.
    nearest : int
        Number of neighbours of the k nearest, at most half of the regions.

    Returns
    -------
    dict of str to pandas.DataFrame, shape (n, n)
        The study's own first, then what its regions allow: 1/d and 1/d^2, contiguity and nearest neighbours, each as
        it is and row-standardised. Those that leave a region without neighbours are not among them.
    """
    own = study.spatial_weights
    k = max(1, min(nearest, len(regions) // 2))
    kinds = {
        "inverse_distance_1": {"kind": "inverse_distance", "power": 1.0},
        "inverse_distance_2": {"kind": "inverse_distance", "power": 2.0},
        "queen": {"kind": "queen"},
        f"knn_{k}": {"kind": "knn", "k": k},
    }
    result = {"own": neighbours.build(own, regions, polygons, given)}
    if "spatial_weights" not in study.robustness.vary:
        return result
    settings = {
        f"{name}_{transform}": SpatialWeights(**kind, distance=own.distance, transform=transform)
        for name, kind in kinds.items()
        for transform in ("none", "row")
        if kind["kind"] != "queen" or polygons is not None
    }
    if own.kind == "file":
        other = "row" if own.transform == "none" else "none"
        settings[f"own_{other}"] = own.model_copy(update={"transform": other})
    for name, setting in settings.items():
        same = setting.model_dump(include={"kind", "power", "k", "transform"}) == own.model_dump(
            include={"kind", "power", "k", "transform"}
        )
        try:
            built = None if same else neighbours.build(setting, regions, polygons, given)
        except InputError:  # no coordinates, or a region without neighbours
            continue
        if built is not None:
            result[name] = built if setting.transform == "none" else neighbours.row_standardise(built)
    if own.transform == "row":
        result["own"] = neighbours.row_standardise(result["own"])
    return result


def published_holds(register, published, study, regions, weights):
    """Tell for every claim about space whether it holds in the published D, whatever the spatial weights.

    Parameters
    ----------
    register : pandas.DataFrame of str
    published : pandas.DataFrame
        Columns region, year, coordination_degree.
    study : Study
    regions : pandas.DataFrame
    weights : dict of str to array_like, shape (n, n)

    Returns
    -------
    dict of str to numpy.ndarray of bool, shape (w, a)
    """
    wide = published.pivot(index="region", columns="year", values="coordination_degree").loc[regions.index]
    values, found = {"coordination_degree": wide.to_numpy(float)[None]}, {}
    known = versions.computed(values, tuple(wide), study, regions, weights)
    for row in register.to_dict("records"):
        held = _held(row, known, 1) if row["variable"] in ABOUT_SPACE else None
        if held is not None:
            found[row["id"]] = held[0]
    return found


def cubes(normalised, study, regions):
    """Return the hand-over of normalised indicators as arrays.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    tuple of numpy.ndarray, shape (n, m, k)
        Values, and which of them are filled.
    """
    index = pd.MultiIndex.from_product([regions.index, study.years], names=["region", "year"])
    columns = [i.id for i in study.indicators]
    shape = (len(regions), len(study.years), len(columns))

    def cube(column, kind):
        wide = normalised.pivot(index=["region", "year"], columns="indicator", values=column)
        return wide.reindex(index=index, columns=columns).to_numpy().astype(kind).reshape(shape)

    return cube("value", float), cube("filled", bool)


def settings(made):
    """List the choices of a multiverse with the mean of the outcome under each.

    Parameters
    ----------
    made : Multiverse

    Returns
    -------
    pandas.DataFrame
        Columns factor, level, universes, degree (mean D of the regions in the last year, over the universes with this
        level).
    """
    rows = []
    for k, (name, levels) in enumerate(made.factors.items()):
        for j, level in enumerate(levels):
            chosen = made.choices[:, k] == j
            rows.append((name, level, int(chosen.sum()), made.mean[chosen].mean()))
    return pd.DataFrame(rows, columns=["factor", "level", "universes", "degree"])


def curve(made, bins=240):
    """Sort the universes by their outcome and count the choices along the way.

    Parameters
    ----------
    made : Multiverse
    bins : int
        Number of equal parts of the sorted universes.

    Returns
    -------
    tuple of (pandas.DataFrame, pandas.DataFrame)
        Columns position (share of the universes), degree (mean D of the last year); and factor, level, then one column
        a part: the share of its universes with this level.
    """
    order = np.argsort(made.mean, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    centres = np.cumsum([len(p) for p in parts]) - [len(p) / 2 for p in parts]
    line = pd.DataFrame({"position": centres / len(order), "degree": [made.mean[p].mean() for p in parts]})
    rows = []
    for k, (name, levels) in enumerate(made.factors.items()):
        if len(levels) > 1:
            for j, level in enumerate(levels):
                rows.append((name, level, *((made.choices[p, k] == j).mean() for p in parts)))
    return line, pd.DataFrame(rows, columns=["factor", "level", *range(len(parts))])


def flips(made, study, regions):
    """Share of the universes in which a region has another level than in the study's own.

    Parameters
    ----------
    made : Multiverse
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Columns region, year, share.
    """
    wide = pd.DataFrame(made.flips, regions.index, pd.Index(study.years, name="year"))
    return wide.stack().rename("share").reset_index()
