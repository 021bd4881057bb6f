"""Every sensible combination of choices, and what comes out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
import pandas as pd

from coordination.choices import NORMALISATION, SPATIAL_WEIGHTS, STEPS, TRANSFORM, ZEROS
from coordination.errors import InputError
from coordination.indices import coupling, universe
from coordination.replication import measures, versions
from coordination.replication.register import ABOUT_SPACE
from coordination.robustness import parts
from coordination.spatial import neighbours
from coordination.study.model import SpatialWeights

BATCH = 500_000  # numbers held at a time: twice as many are no faster, and need 50 MB more

LARGE = 600  # regions of which the last year alone is ranked in every universe, if nothing is claimed of others

OUTER = tuple(step.kind for step in STEPS if step.kind != "coupling")

INNER = ("left_out", "coupling", "alpha")  # of which the last varies fastest


@dataclass(frozen=True)
class Plan:
    """What the parts of a multiverse share.

    Attributes
    ----------
    values, filled, linked, study, regions, weights, claimed
        As `multiverse` takes them; `claimed` are the rows of the register.
    levels : dict of str to tuple of str
        Levels of every choice (see `factors`).
    outer : tuple of Universe
        Sensible combinations of all choices but coupling, shares and what is left out, with which each goes.
    sets : tuple of numpy.ndarray of int
        Positions of the regions that take part; each set goes with every combination.
    """

    values: np.ndarray
    filled: np.ndarray
    linked: np.ndarray | None
    study: object
    regions: pd.DataFrame
    weights: dict
    claimed: list
    levels: dict
    outer: tuple
    sets: tuple

    @property
    def inner(self):
        """Numbers of what can be left out, of variants of C, and of shares of the subsystems."""
        return tuple(len(self.levels[name]) for name in INNER)

    @property
    def universes(self):
        """Number of universes."""
        return len(self.sets) * len(self.outer) * math.prod(self.inner)

    @property
    def years(self):
        """Positions of the years for which D is made."""
        n, m, _ = self.values.shape
        return range(m - 1, m) if n > LARGE and not self.claimed else range(m)

    def jobs(self):
        """Return the parts of the work: by set of regions, from and to which combination and which indicator left out.

        Neighbours share the scale of their indicators. A part is never so small that the counts it returns hold more
        than what they count.
        """
        n, m = len(self.values), len(self.years)
        left, *rest = self.inner
        one = math.prod(rest) * n * m  # numbers of D
        together, part = max(1, BATCH // (left * one)), min(left, max(1, BATCH // one))
        runs = [
            (k, start, min(start + together, len(self.outer)), a, min(a + part, left))
            for k in range(len(self.sets))
            for start in range(0, len(self.outer), together)
            for a in range(0, left, part)
        ]
        grain = -(-2 * n * n * m // (together * part * one))
        return [tuple(runs[k : k + grain]) for k in range(0, len(runs), grain)]


@dataclass(frozen=True)
class Batch:
    """Universes of one set of regions that are made at a time.

    Attributes
    ----------
    codes : numpy.ndarray of int16, shape (u, f)
        Level of every factor.
    kept : numpy.ndarray of int
        Positions of the regions.
    scores : numpy.ndarray, shape (v, n * t, s)
        Those that universes share, which differ by coupling and shares alone, are there once.
    degrees, levels, ranks : numpy.ndarray, shape (u, n, t)
        Of `Plan.years`.
    """

    codes: np.ndarray
    kept: np.ndarray
    scores: np.ndarray
    degrees: np.ndarray
    levels: np.ndarray
    ranks: np.ndarray

    def cube(self, study, some=slice(None)):
        """Return scores and D by variable, shape (versions, n, t), as claims are held against them."""
        shape = (-1, *self.degrees.shape[1:])
        scores = {s.id: self.scores[some, :, k].reshape(shape) for k, s in enumerate(study.subsystems)}
        return scores | {"coordination_degree": self.degrees[some]}


@dataclass(frozen=True)
class Multiverse:
    """What comes out when every sensible combination of choices is made.

    Attributes
    ----------
    factors : dict of str to tuple of str
        Levels of every choice; the study's own is the first.
    choices : numpy.ndarray of int16, shape (u, f)
        Level of every factor in every universe; the first universe is the study's own.
    years : tuple of int
        Those that are ranked: all of the study, or of more than 600 regions of which nothing is claimed the last.
    own_degrees : numpy.ndarray, shape (n, t)
        D in the study's own universe.
    own_ranks : numpy.ndarray of int, shape (n, t)
    mean : numpy.ndarray, shape (u,)
        Mean D of the last year.
    degrees : numpy.ndarray, shape (u, n)
        D of the regions in the last year; of more than 600 regions in single precision.
    ranks : numpy.ndarray of int, shape (u, n)
        Their ranks, 1 the highest; equal values share the best.
    counts : numpy.ndarray of int, shape (n, t, n)
        In how many universes a region has rank k + 1 in a year.
    flips : numpy.ndarray, shape (n, t)
        Share of universes in which a region has another level than in the study's own.
    holds : dict of str to numpy.ndarray of bool
        For every claim, shape (u,), or (u, w, a) if it is about space: w spatial weights, a conventions.
    spatial : tuple of str
        Names of the spatial weights, the study's own first.
    conventions : dict of str to tuple
        For every claim what its conventions are about, and their names (see `measures.conventions`).
    """

    factors: dict
    years: tuple
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
    shared = plan(values, filled, study, regions, weights, register, linked)
    return finished(parts.reduced(part, joined, shared, shared.jobs(), what="multiverse"), shared)


def plan(values, filled, study, regions, weights, register=None, linked=None):
    """Return what the parts of a multiverse share; parameters and errors as those of `multiverse`.

    Returns
    -------
    Plan
    """
    if not np.isfinite(values).all() or not np.isfinite(0.0 if linked is None else linked).all():
        raise InputError("normalised panel", "a missing or infinite value", "numbers", "complete the panel")
    levels = factors(study, filled, linked)
    every = [
        replace(universe.own(study), **dict(zip(OUTER, chosen, strict=True)))
        for chosen in product(*(levels[name] for name in OUTER))
    ]
    sensible = tuple(u for u in every if universe.sensible(u.zeros, u.weighting, u.aggregation))
    claimed = [] if register is None else register.to_dict("records")
    everyone = (np.arange(len(regions)),)
    return Plan(values, filled, linked, study, regions, weights, claimed, levels, sensible, everyone)


def batches(shared, job):
    """Make the universes of a job.

    Parameters
    ----------
    shared : Plan
    job : tuple
        One of `Plan.jobs`.

    Yields
    ------
    Batch
    """
    levels, scales = shared.levels, {}
    alphas = universe.shares(list(shared.study.alpha.values()))[: len(levels["alpha"])]
    for k, start, stop, first, last in job:
        kept, some, left = shared.sets[k], shared.outer[start:stop], levels["left_out"][first:last]
        linked = None if shared.linked is None else shared.linked[kept]
        scores = []
        for u in some:
            scale = (k, u.breaks, u.interpolation, u.normalisation)
            if scale not in scales:
                scales = {scale: universe.scaled(shared.values[kept], shared.filled[kept], u, linked)}
            scores.append(universe.scores(scales[scale], u, shared.study, left))
        scores = np.concatenate(scores)
        scores = scores.reshape(-1, len(kept), shared.values.shape[1], scores.shape[2])[:, :, shared.years]
        shape = (-1, len(kept), len(shared.years))
        scores = scores.reshape(len(scores), -1, scores.shape[-1])
        d = universe.degrees(scores, levels["coupling"], alphas).reshape(shape)
        inner = np.indices((last - first, *shared.inner[1:]), dtype=np.int16).reshape(3, -1).T + np.int16([first, 0, 0])
        outer = np.array([[levels[name].index(getattr(u, name)) for name in OUTER] for u in some], dtype=np.int16)
        inner = inner[:, [1, 2, 0]]  # as the factors stand in `levels`
        codes = np.hstack([np.repeat(outer, len(inner), axis=0), np.tile(inner, (len(outer), 1))])
        level = coupling.level(np.clip(d, 0, 1), shared.study.levels)
        yield Batch(codes, kept, scores, d, level, universe.ranks(d))


def tally(counts, found, kept):
    """Count in how many universes a region has a rank, a level or another whole number.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (n, m, numbers)
        Added to in place.
    found : numpy.ndarray of int, shape (u, regions kept, m)
        Numbers from 0.
    kept : numpy.ndarray of int
        Positions of the regions.
    """
    cells = (kept[:, None] * counts.shape[1] + np.arange(counts.shape[1])) * counts.shape[2]
    np.add.at(counts.reshape(-1), (cells + found).reshape(-1), counts.dtype.type(1))


def part(shared, job):
    """Return what the universes of a job add to a multiverse.

    Parameters
    ----------
    shared : Plan
    job : tuple
        One of `Plan.jobs`.

    Returns
    -------
    dict
        own: D, ranks and levels of the first universe, shape (n, t) each; rows: what is noted of every universe, by
        name (lists of arrays whose first axis is the universes; None for a claim that cannot be tested); counts: of
        ranks and levels, shape (n, t, numbers).
    """
    n, m, study = len(shared.values), len(shared.years), shared.study
    single = np.float32 if n > LARGE else np.float64
    kind = np.min_scalar_type(shared.universes)
    counts = {"ranks": np.zeros((n, m, n), dtype=kind), "levels": np.zeros((n, m, len(study.levels)), dtype=kind)}
    rows, own = [], None
    for batch in batches(shared, job):
        d, rank = batch.degrees, batch.ranks
        own = own or (d[0], rank[0], batch.levels[0])
        tally(counts["ranks"], rank - 1, batch.kept)
        tally(counts["levels"], batch.levels, batch.kept)
        noted = {"choices": batch.codes, "mean": d[:, :, -1].mean(axis=1)}
        noted |= {"degrees": d[:, :, -1].astype(single), "ranks": rank[:, :, -1].copy()}  # not all years with them
        rows.append(noted | _held(shared, batch))
    together = {name: None if rows[0][name] is None else [np.concatenate([r[name] for r in rows])] for name in rows[0]}
    return {"own": own, "rows": together, "counts": counts}


def _held(shared, batch):
    """Return by claim in which universes of a batch it holds."""
    if not shared.claimed:
        return {}
    study, years, regions, weights = shared.study, shared.study.years, shared.regions, shared.weights
    known = versions.computed(batch.cube(study), years, study, regions, weights)
    held = {row["id"]: verdicts(row, known, len(batch.degrees)) for row in shared.claimed}
    if not batch.codes[0].any():  # the study's own by the p of its table
        alone = versions.computed(batch.cube(study, slice(1)), years, study, regions, weights)
        for row in shared.claimed:
            if row["variable"] in ABOUT_SPACE and held[row["id"]] is not None:
                held[row["id"]][0] = verdicts(row, alone, 1)[0]
    return held


def joined(a, b):
    """Join two parts, of which the first belongs to earlier jobs.

    Parameters
    ----------
    a, b : dict
        See `part`.

    Returns
    -------
    dict
    """
    rows = {name: None if one is None else one + b["rows"][name] for name, one in a["rows"].items()}
    return {
        "own": a["own"],
        "rows": rows,
        "counts": {name: one + b["counts"][name] for name, one in a["counts"].items()},
    }


def finished(made, shared):
    """Return the multiverse of all parts.

    Parameters
    ----------
    made : dict
        See `part`.
    shared : Plan

    Returns
    -------
    Multiverse
    """
    (degrees, ranks, levels), counts = made["own"], made["counts"]
    rows = {name: None if parts is None else _stacked(parts) for name, parts in made["rows"].items()}
    same = np.take_along_axis(counts["levels"], levels[:, :, None], axis=2)[:, :, 0]
    claimed = {row["id"]: row for row in shared.claimed}
    return Multiverse(
        shared.levels,
        tuple(shared.study.years[t] for t in shared.years),
        **{name: rows[name] for name in ("choices", "mean", "degrees", "ranks")},
        own_degrees=degrees,
        own_ranks=ranks,
        counts=counts["ranks"],
        flips=(shared.universes - same.astype(np.int64)) / shared.universes,
        holds={name: rows[name] for name in claimed if rows[name] is not None},
        spatial=tuple(shared.weights),
        conventions={name: measures.conventions(row, shared.study) for name, row in claimed.items()},
    )


def _stacked(parts):
    """Join arrays along the first axis, and let go of each as soon as it is copied."""
    result, at = np.empty((sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype), 0
    parts.reverse()
    while parts:
        part = parts.pop()
        result[at : at + len(part)] = part
        at += len(part)
    return result


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
    return able(made.factors[NORMALISATION.kind], needs)[made.choices[:, list(made.factors).index(NORMALISATION.kind)]]


def able(levels, needs):
    """Tell with which normalisations a claim means something.

    Parameters
    ----------
    levels : sequence of str
        Names of `choices.NORMALISATION`, the study's own first.
    needs : sequence of str
        What the scale of the indicators must have (see `measures.needs`).

    Returns
    -------
    numpy.ndarray of bool, shape (levels,)
        The study's own is always among them.
    """
    found = np.array([all(getattr(NORMALISATION[level], need) for need in needs) for level in levels])
    if "same_scale" in needs and not NORMALISATION[levels[0]].same_scale:
        found[:] = False  # the study has a scale of its own
    found[0] = True
    return found


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


def about_space(study, register):
    """Tell whether the multiverse asks for other spatial weights than the study's own.

    Parameters
    ----------
    study : Study
    register : pandas.DataFrame of str or None
        Rows of claims.csv.

    Returns
    -------
    bool
        If a claim is about space, or the study wants a longer menu of spatial weights.
    """
    claimed = register is not None and register["variable"].isin(ABOUT_SPACE).any()
    return bool(claimed) or SPATIAL_WEIGHTS.kind in study.robustness.wider


def spatial_choices(study, regions, polygons, given, alone=False):
    """Return the spatial weights of the multiverse.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
    polygons : geopandas.GeoDataFrame or None
    given : pandas.DataFrame or None
        Weights that the study brings along.
    alone : bool
        Whether the study's own will do.

    Returns
    -------
    dict of str to pandas.DataFrame, shape (n, n)
        The study's own first, transformed as it says, then what its regions allow: 1/d and 1/d^2, contiguity and
        nearest neighbours, each as it is and row-standardised. Those that leave a region without neighbours are not
        among them, nor those that differ from others by a factor alone.
    """
    own = study.spatial_weights
    result = {"own": neighbours.transform(neighbours.build(own, regions, polygons, given), own.transform)}
    if alone or SPATIAL_WEIGHTS.kind not in study.robustness.vary:
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


def flips(made, regions):
    """Share of the universes in which a region has another level than in the study's own.

    Parameters
    ----------
    made : Multiverse
    regions : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Columns region, year, share.
    """
    wide = pd.DataFrame(made.flips, regions.index, pd.Index(made.years, name="year"))
    return wide.stack().rename("share").reset_index()
