"""A multiverse with a longer menu, streamed: counts alone are kept, of universes however many.

A study asks for it (`robustness.wider` in study.yml): every pair of indicators left out, every region left out, each
with all other choices, and Moran's I of all of these by every kind of spatial weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from coordination.choices import NORMALISATION, ZEROS
from coordination.replication import measures, versions
from coordination.replication.register import ABOUT_SPACE
from coordination.robustness import multiverse, parts
from coordination.robustness.sensitivity import REGIONS, named

BINS = 5000  # of equal width, so that a quantile of D is known to 0.0001

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Wide:
    """What comes out of a streamed multiverse; every number is a count of universes.

    Attributes
    ----------
    universes : int
    menu : dict of str to int
        Number of levels of every choice, and of sets of `regions`.
    own_degrees : numpy.ndarray, shape (n, m)
        D with the study's own choices.
    own_ranks, own_levels : numpy.ndarray of int, shape (n, m)
    mean : numpy.ndarray of int, shape (bins,)
        By mean D of the last year, from 0 to 1.
    degrees : numpy.ndarray of int, shape (n, bins)
        By D of a region in the last year.
    ranks : numpy.ndarray of int, shape (n, n)
        With rank k + 1 of a region in the last year, among the regions that take part.
    levels : numpy.ndarray of int, shape (n, m, levels)
    moran : dict of str to numpy.ndarray of int, shape (bins,)
        By Moran's I of the last year, from -bound to bound, where it is defined; by name of the spatial weights.
    bounds : dict of str to float
        What Moran's I cannot exceed in absolute terms.
    holds, judged : dict of str to int
        In how many universes, each weighted by the share of its level of zeros times `unit`, a claim holds, and means
        something.
    unit : int
    """

    universes: int
    menu: dict
    own_degrees: np.ndarray
    own_ranks: np.ndarray
    own_levels: np.ndarray
    mean: np.ndarray
    degrees: np.ndarray
    ranks: np.ndarray
    levels: np.ndarray
    moran: dict
    bounds: dict
    holds: dict
    judged: dict
    unit: int


def plan(values, filled, study, regions, weights, register=None, linked=None, wider=None):
    """Return what the parts of a streamed multiverse share.

    Parameters
    ----------
    values, filled, study, regions, weights, register, linked
        As for `multiverse.multiverse`. Claims about space are left out: Moran's I takes their place.
    wider : sequence of str, optional
        What has the longer menu, of `left_out`, `regions` and `spatial_weights`; if not given, what the study says.

    Returns
    -------
    multiverse.Plan
    """
    wider = study.robustness.wider if wider is None else wider
    shared = multiverse.plan(values, filled, study, regions, weights, register, linked)
    levels, sets = shared.levels, shared.sets
    if "left_out" in wider:
        levels = levels | {"left_out": (*levels["left_out"], *_pairs(study))}
    if "regions" in wider:
        alone = regions["group"].map(regions["group"].value_counts()) == 1  # without it, its group is no more
        without = [k for k in range(len(regions)) if not alone.iloc[k]][:REGIONS]
        sets = (*sets, *(np.delete(sets[0], k) for k in without))
    weights = {name: np.asarray(w, dtype=float) for name, w in weights.items() if "spatial_weights" in wider}
    claimed = [row for row in shared.claimed if row["variable"] not in ABOUT_SPACE]
    return replace(shared, levels=levels, sets=sets, weights=weights, claimed=claimed)


def _pairs(study):
    """Return pairs of indicators without which every subsystem still has one."""
    owner = {i.id: s.id for s in study.subsystems for i in s.indicators}
    size = {s.id: len(s.indicators) for s in study.subsystems}
    return [
        f"{a}+{b}"
        for a, b in combinations(owner, 2)
        if min(size[owner[i]] for i in (a, b)) > 1 + (owner[a] == owner[b])
    ]


def made(shared, scheduler=None, processes=None):
    """Make a streamed multiverse.

    Parameters
    ----------
    shared : multiverse.Plan
        See `plan`.
    scheduler, processes
        See `parts.reduced`.

    Returns
    -------
    Wide
    """
    found = parts.reduced(part, joined, shared, shared.jobs(), scheduler, processes, "wide multiverse")
    counts, (degrees, ranks, levels) = found["counts"], found["own"]
    names = [row["id"] for row in shared.claimed]
    tested = {name: k for k, name in enumerate(names) if counts["judged"][k]}
    return Wide(
        shared.universes,
        {name: len(own) for name, own in shared.levels.items()} | {"regions": len(shared.sets)},
        own_degrees=degrees,
        own_ranks=ranks,
        own_levels=levels,
        mean=counts["mean"][0, 0],
        degrees=counts["degrees"][:, 0],
        ranks=counts["ranks"][:, 0],
        levels=counts["levels"],
        moran=dict(zip(shared.weights, counts["moran"][:, 0], strict=True)),
        bounds=bounds(shared),
        holds={name: int(counts["holds"][k]) for name, k in tested.items()},
        judged={name: int(counts["judged"][k]) for name, k in tested.items()},
        unit=_unit(shared)[1],
    )


def bounds(shared):
    """Return for all spatial weights what Moran's I cannot exceed in absolute terms.

    Parameters
    ----------
    shared : multiverse.Plan

    Returns
    -------
    dict of str to float
        n / S0 times the largest row sum of (W + W') / 2, which no eigenvalue exceeds, over all sets of regions.

    References
    ----------
    de Jong, Sprenger and van Veen (1984), On extreme values of Moran's I and Geary's c, Geographical Analysis 16 (1),
    17-24.
    """
    found = {}
    for name, w in shared.weights.items():
        sizes = []
        for kept in shared.sets:
            own = _among(w, kept)
            sizes += [len(kept) / own.sum() * (own + own.T).sum(axis=1).max() / 2] if own.any() else []
        found[name] = float(max(sizes, default=1.0))
    return found


def _among(weights, kept):
    """Spatial weights among some regions; row-standardised ones stay so."""
    if len(kept) == len(weights):
        return weights
    own, total = weights[np.ix_(kept, kept)], weights.sum(axis=1)
    if not np.allclose(total[total > 0], 1, rtol=1e-12, atol=0):
        return own
    total = own.sum(axis=1, keepdims=True)
    return np.divide(own, total, out=np.zeros_like(own), where=total > 0)


def _unit(shared):
    """Whole numbers in proportion to the weights of the levels of zeros (see `multiverse.balance`), and what 1 is."""
    like = [ZEROS[level].like or level for level in shared.levels[ZEROS.kind]]
    unit = int(np.lcm.reduce([like.count(one) for one in like]))
    return np.array([unit // like.count(one) for one in like]), unit


def part(shared, job):
    """Return what the universes of a job add to a streamed multiverse.

    Parameters
    ----------
    shared : multiverse.Plan
    job : tuple
        One of `Plan.jobs`.

    Returns
    -------
    dict
        own: D, ranks and levels of the first universe, shape (n, m) each; counts: as in `Wide`.
    """
    n, m, study = len(shared.values), len(shared.years), shared.study
    years = tuple(study.years[t] for t in shared.years)
    share, unit = _unit(shared)
    kind = np.min_scalar_type(shared.universes * unit)
    shapes = {"mean": (1, 1, BINS), "degrees": (n, 1, BINS), "ranks": (n, 1, n), "levels": (n, m, len(study.levels))}
    shapes |= {"moran": (len(shared.weights), 1, BINS), "holds": len(shared.claimed), "judged": len(shared.claimed)}
    counts, own = {name: np.zeros(shape, dtype=kind) for name, shape in shapes.items()}, None
    zeros, scale = (list(shared.levels).index(step.kind) for step in (ZEROS, NORMALISATION))
    limits = bounds(shared)
    for batch in multiverse.batches(shared, job):
        own = own or (batch.degrees[0], batch.ranks[0], batch.levels[0])
        last = batch.degrees[:, :, -1:]
        everyone = np.zeros(1, dtype=int)
        multiverse.tally(counts["mean"], _bin(last.mean(axis=1, keepdims=True), 0, 1), everyone)
        multiverse.tally(counts["degrees"], _bin(last, 0, 1), batch.kept)
        multiverse.tally(counts["ranks"], batch.ranks[:, :, -1:] - 1, batch.kept)
        multiverse.tally(counts["levels"], batch.levels, batch.kept)
        known = versions.moments(last)
        for k, (name, w) in enumerate(shared.weights.items()):
            linked = _among(w, batch.kept)
            index = versions.moran(last, linked, known)[0][:, :, None] if linked.any() else np.full((1, 1, 1), np.nan)
            found = index[np.isfinite(index[:, 0, 0])]
            multiverse.tally(counts["moran"], _bin(found, -limits[name], limits[name]), np.array([k]))
        regions, weight = shared.regions.iloc[batch.kept], share[batch.codes[:, zeros]]
        absent = set(shared.regions.index) - set(regions.index)
        results = measures.Results(study, regions, batch.cube(study), years) if shared.claimed else None
        for k, row in enumerate(shared.claimed):
            if absent & named(row):
                continue
            held = multiverse.verdicts(row, {"": results}, len(last))
            if held is not None:
                able = multiverse.able(shared.levels[NORMALISATION.kind], measures.needs(row))
                judged = weight * able[batch.codes[:, scale]]
                counts["judged"][k] += kind.type(judged.sum())
                counts["holds"][k] += kind.type(judged[held].sum())
    return {"own": own, "counts": counts}


def _bin(values, low, high):
    return np.clip(((values - low) / (high - low) * BINS).astype(int), 0, BINS - 1)


def joined(a, b):
    """Join two parts, of which the first belongs to earlier jobs; parameters and result as those of `part`."""
    return {"own": a["own"], "counts": {name: one + b["counts"][name] for name, one in a["counts"].items()}}


def quantiles(counts, low=0.0, high=1.0, shares=QUANTILES):
    """Return quantiles of what was counted in bins of equal width.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (..., bins)
    low, high : float
        Ends of the first and the last bin.
    shares : sequence of float

    Returns
    -------
    numpy.ndarray, shape (..., quantiles)
        Middle of the bin of the least value that as large a share does not exceed: half a bin from that value at most.
        Missing where nothing was counted.

    Examples
    --------
    >>> quantiles(np.array([1, 0, 0, 3]), shares=(0.25, 0.5)).tolist()
    [0.125, 0.875]
    """
    running = np.cumsum(counts, axis=-1, dtype=np.int64)
    total = running[..., -1:]
    at = np.stack([(running < share * total - 1e-9).sum(axis=-1) for share in shares], axis=-1)
    middle = low + (at + 0.5) * (high - low) / counts.shape[-1]
    return np.where(total > 0, middle, np.nan)


def by_region(made, regions):
    """Tabulate where every region stands in the last year.

    Parameters
    ----------
    made : Wide
    regions : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Columns region, rank (the study's own), low, median, high (5, 50 and 95 % quantile of its rank, exact),
        degree (the study's own), degree_low, degree_median, degree_high (of D, to 0.0001), flipped (share of universes
        that give it another level).
    """
    n = len(regions)
    places = (quantiles(made.ranks, 0.5, n + 0.5)).astype(int)
    degrees = quantiles(made.degrees)
    last = made.levels[:, -1]
    kept = np.take_along_axis(last, made.own_levels[:, -1:], axis=1)[:, 0] / last.sum(axis=1)
    table = pd.DataFrame({"region": regions.index, "rank": made.own_ranks[:, -1]})
    table[["low", "median", "high"]] = places
    table["degree"] = made.own_degrees[:, -1]
    table[["degree_low", "degree_median", "degree_high"]] = degrees
    return table.assign(flipped=1 - kept)


def by_weights(made):
    """Tabulate Moran's I of the last year by spatial weights.

    Parameters
    ----------
    made : Wide

    Returns
    -------
    pandas.DataFrame
        Columns weights, universes (in which it is defined), low, median, high (5, 50 and 95 % quantile), error (what
        these are off at most).
    """
    rows = []
    for name, counts in made.moran.items():
        bound = made.bounds[name]
        rows.append((name, int(counts.sum()), *quantiles(counts, -bound, bound), bound / BINS))
    return pd.DataFrame(rows, columns=["weights", "universes", "low", "median", "high", "error"])


def by_claim(made):
    """Tabulate the share of universes in which a claim holds.

    Parameters
    ----------
    made : Wide

    Returns
    -------
    pandas.DataFrame
        Columns claim, share: of those in which it means something, every level of a choice counting alike (see
        `multiverse.balance`).
    """
    rows = [(name, held / made.judged[name]) for name, held in made.holds.items()]
    return pd.DataFrame(rows, columns=["claim", "share"])
