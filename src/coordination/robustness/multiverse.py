"""Every sensible combination of choices, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
import pandas as pd

from coordination.choices import NORMALISATION, SPATIAL_WEIGHTS, STEPS, TRANSFORM, ZEROS
from coordination.errors import InputError
from coordination.indices import coupling, universe
from coordination.replication import measures, versions
from coordination.replication.register import ABOUT_SPACE
from coordination.spatial import neighbours
from coordination.study.model import SpatialWeights

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
        For every claim, shape (u,), or (u, w, a) if it is about space: w spatial weights, a conventions.
    spatial : tuple of str
        Names of the spatial weights, the study's own first.
    conventions : dict of str to tuple
        For every claim what its conventions are about, and their names (see `measures.conventions`).
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
    conventions: dict


def factors(study, filled, linked=None):
    """Return the choices of the multiverse and their levels.

    Parameters
    ----------
    study : Study
    filled : array_like of bool
        Which values of the panel are filled; without any, there is no choice of how to fill.
    linked : array_like, optional
        The panel in which series with a break are linked; without one, there is no choice of how to treat breaks.

    Returns
    -------
    dict of str to tuple of str
        The study's own level first.
    """
    own = universe.own(study)
    every = {}
    for step in STEPS:
        usual = getattr(own, step.kind)
        every[step.kind] = (usual, *(name for name in step.offered if name != usual and step[name].varied))
    if linked is None:
        every["breaks"] = every["breaks"][:1]
    if not np.any(filled):
        every["interpolation"] = every["interpolation"][:1]
    every["alpha"] = (own.alpha, *(s.id for s in study.subsystems))
    several = [s.indicators for s in study.subsystems if len(s.indicators) > 1]
    every["left_out"] = (own.left_out, *(i.id for indicators in several for i in indicators))
    vary = study.robustness.vary
    return {name: levels if name in vary else levels[:1] for name, levels in every.items()}


def multiverse(values, filled, study, regions, weights, register=None, linked=None):
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
        Rows of claims.csv (see `replication.register.read`).
    linked : numpy.ndarray, shape (n, m, k), optional
        The values in which series with a break are linked.

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
    if not np.isfinite(values).all() or not np.isfinite(0.0 if linked is None else linked).all():
        raise InputError("normalised panel", "a missing or infinite value", "numbers", "complete the panel")
    levels = factors(study, filled, linked)
    n, m, _ = values.shape
    alphas = universe.shares(list(study.alpha.values()))[: len(levels["alpha"])]
    outer = [step.kind for step in STEPS if step.kind != "coupling"]
    every = [
        replace(universe.own(study), **dict(zip(outer, chosen, strict=True)))
        for chosen in product(*(levels[name] for name in outer))
    ]
    every = [u for u in every if universe.sensible(u.zeros, u.weighting, u.aggregation)]
    claimed = [] if register is None else register.to_dict("records")
    parts = {key: [] for key in ("choices", "mean", "degrees", "ranks")}
    held = {row["id"]: [] for row in claimed}
    counts, flips, own = np.zeros((n, m, n), dtype=np.int64), np.zeros((n, m)), None
    inner = list(product(*(range(len(levels[name])) for name in ("left_out", "coupling", "alpha"))))
    scales = {}
    for u in every:
        if (u.breaks, u.interpolation, u.normalisation) not in scales:
            scales[u.breaks, u.interpolation, u.normalisation] = universe.scaled(values, filled, u, linked)
    together = max(1, BATCH // (len(inner) * n * m))
    for start in range(0, len(every), together):
        batch = every[start : start + together]
        scores = np.concatenate(
            [
                universe.scores(scales[u.breaks, u.interpolation, u.normalisation], u, study, levels["left_out"])
                for u in batch
            ]
        )
        d = universe.degrees(scores, levels["coupling"], alphas).reshape(-1, n, m)
        level = coupling.level(np.clip(d, 0, 1), study.levels)
        rank = universe.ranks(d)
        own = own or (d[0], rank[0], level[0])
        flips += (level != own[2]).sum(axis=0)
        for k in range(n):
            counts[:, :, k] += (rank == k + 1).sum(axis=0)
        taken = [[levels[name].index(getattr(u, name)) for name in outer] for u in batch]
        codes = [(*o, c, a, j) for o in taken for j, c, a in inner]
        parts["choices"].append(np.array(codes, dtype=np.int8))
        parts["mean"].append(d[:, :, -1].mean(axis=1))
        parts["degrees"].append(d[:, :, -1])
        parts["ranks"].append(rank[:, :, -1])
        cube = {s.id: scores[:, :, k].reshape(-1, n, m) for k, s in enumerate(study.subsystems)}
        cube["coordination_degree"] = d
        known = versions.computed(cube, study.years, study, regions, weights) if claimed else {}
        for row in claimed:
            held[row["id"]].append(verdicts(row, known, len(d)))
        if start == 0 and claimed:  # the study's own by the p of its table
            first = {key: version[:1] for key, version in cube.items()}
            alone = versions.computed(first, study.years, study, regions, weights)
            for row in claimed:
                if row["variable"] in ABOUT_SPACE and held[row["id"]][0] is not None:
                    held[row["id"]][0][0] = verdicts(row, alone, 1)[0]
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
        conventions={row["id"]: measures.conventions(row, study) for row in claimed},
    )


def balance(made):
    """Weight universes so that every level of a choice counts alike, whatever else is on the menu.

    Parameters
    ----------
    made : Multiverse

    Returns
    -------
    numpy.ndarray, shape (u,)
        Products of the weights of the levels, which are equal within a choice; treatments of zeros that give nearly the
        same (see `normalisation.Treatment`) share the weight of one level. Adds up to 1.
    """
    weight = np.ones(len(made.choices))
    for k, (name, levels) in enumerate(made.factors.items()):
        like = [ZEROS[level].like or level if name == ZEROS.kind else level for level in levels]
        share = np.array([1 / like.count(one) for one in like])
        weight *= share[made.choices[:, k]]
    return weight / weight.sum()


def meant(made, needs):
    """Tell in which universes a claim means something.

    Parameters
    ----------
    made : Multiverse
    needs : sequence of str
        What the scale of the indicators must have (see `measures.needs`).

    Returns
    -------
    numpy.ndarray of bool, shape (u,)
        The study's own is always among them.
    """
    levels = made.factors[NORMALISATION.kind]
    able = np.array([all(getattr(NORMALISATION[level], need) for need in needs) for level in levels])
    if "same_scale" in needs and not NORMALISATION[levels[0]].same_scale:
        able[:] = False  # the study has a scale of its own
    able[0] = True
    return able[made.choices[:, list(made.factors).index(NORMALISATION.kind)]]


def verdicts(row, known, count):
    """Tell in which versions of the results a claim holds.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.
    known : dict of str to Results
        By name of the spatial weights (see `versions.computed`).
    count : int
        Number u of versions of D: universes, or draws.

    Returns
    -------
    numpy.ndarray of bool, shape (u,) or, if the claim is about space, (u, w, a); or None
        w spatial weights, a conventions of axes, the study's own first. None if it cannot be tested.
    """
    if row["variable"] in ABOUT_SPACE:
        found = [measures.holds(row, results) for results in known.values()]
        return None if found[0] is None else np.stack(found, axis=1)
    found = measures.holds(row, next(iter(known.values())))
    # scores do not depend on C and the shares, which vary fastest
    return None if found is None else np.repeat(found, count // len(found))


def spatial_choices(study, regions, polygons, given):
    """Return the spatial weights of the multiverse.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
    polygons : geopandas.GeoDataFrame or None
    given : pandas.DataFrame or None
        Weights that the study brings along.

    Returns
    -------
    dict of str to pandas.DataFrame, shape (n, n)
        The study's own first, transformed as it says, then what its regions allow: 1/d and 1/d^2, contiguity and
        nearest neighbours, each as it is and row-standardised. Those that leave a region without neighbours are not
        among them, nor those that differ from others by a factor alone.
    """
    own = study.spatial_weights
    result = {"own": neighbours.transform(neighbours.build(own, regions, polygons, given), own.transform)}
    if SPATIAL_WEIGHTS.kind not in study.robustness.vary:
        return result
    settings = {}
    for kind, way in SPATIAL_WEIGHTS.items():
        for more in way.tried(len(regions)):
            for how in TRANSFORM:
                name = "_".join([kind, *(f"{number:g}" for number in more.values()), how])
                settings[name] = SpatialWeights(kind=kind, **more, distance=own.distance, transform=how)
    if "file" in SPATIAL_WEIGHTS[own.kind].needs:
        settings |= {f"own_{how}": own.model_copy(update={"transform": how}) for how in TRANSFORM}
    told_apart = {"kind", "power", "k", "transform"}
    for name, setting in settings.items():
        if setting.model_dump(include=told_apart) == own.model_dump(include=told_apart):
            continue
        try:
            built = neighbours.build(setting, regions, polygons, given)
        except InputError:  # no coordinates, or a region without neighbours
            continue
        result[name] = neighbours.transform(built, setting.transform)
    shares = {name: (w / w.to_numpy().sum()).to_numpy() for name, w in result.items()}
    alike = [b for a, b in combinations(shares, 2) if np.allclose(shares[a], shares[b], rtol=1e-9, atol=0)]
    return {name: w for name, w in result.items() if name not in alike}


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
        held = verdicts(row, known, 1) if row["variable"] in ABOUT_SPACE else None
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
