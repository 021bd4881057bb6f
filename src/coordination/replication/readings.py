"""Which reading of the indicators comes nearest to published values, and how little that proves.

The name of an indicator often allows several formulas (a total or per head, all residents or registered ones), and an
article seldom says which it took. A reading is one formula for every indicator. All combinations of readings are
tried together with the choices of method that an article leaves open. The score of a subsystem depends on its own
indicators alone, so scores are computed once for every combination within a subsystem, and D for the product of these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from coordination.choices import INTERPOLATION, ZEROS
from coordination.errors import InputError
from coordination.indices import universe
from coordination.indices.normalisation import shifted
from coordination.indices.weighting import entropies
from coordination.replication import measures, register

OWN = "own"  # the study's own reading of an indicator

# What articles with entropy weights leave unsaid.
OPEN = {
    "interpolation": INTERPOLATION.offered,
    "normalisation": ("pooled", "year"),
    "zeros": ZEROS.offered,
    "weighting": ("entropy", "shifted_entropy"),
}

MOST = 20_000_000  # combinations

BATCH = 4_000_000  # numbers held at a time

CHANCE = 0.05  # share of draws of the rounding errors from which on a reading counts as near as the nearest

ORDERS = ("highest", "lowest", "order")


@dataclass(frozen=True)
class Search:
    """All combinations of readings and open choices, and how near each comes.

    A combination has a place in the order of `itertools.product` over universes, then the indicators' readings.

    Attributes
    ----------
    readings : dict of str to tuple of str
        Readings of every indicator, the study's own first.
    universes : tuple of Universe
        The study's own first.
    subsystems : tuple of str
    printed : numpy.ndarray, shape (n, m)
        Published D, missing where nothing is printed.
    scores : tuple of numpy.ndarray, shape (u, c, n * m)
        By subsystem: scores in every universe and combination of the readings of its indicators.
    distance : numpy.ndarray, shape (N,)
        Mean absolute difference of D from the printed cells; the first is the study's own.
    moran : numpy.ndarray, shape (N,), or None
        Mean absolute difference of Moran's I from the printed ones; None if none is printed.
    left_out : dict of (str, int) to int
        Place of the combination that is nearest without a row (`region`) or a column (`year`) of the printed cells, by
        kind and position; only of rows and columns without which cells remain.
    """

    readings: dict
    universes: tuple
    subsystems: tuple
    printed: np.ndarray
    scores: tuple
    distance: np.ndarray
    moran: np.ndarray | None
    left_out: dict

    @property
    def shape(self):
        """Numbers of universes and of the combinations within every subsystem."""
        return (len(self.universes), *(s.shape[1] for s in self.scores))

    def chosen(self, place):
        """Return the universe of a combination, and the reading of every indicator that is not the study's own."""
        code = np.unravel_index(place, (len(self.universes), *(len(r) for r in self.readings.values())))
        other = {i: names[k] for (i, names), k in zip(self.readings.items(), code[1:], strict=True) if k}
        return self.universes[code[0]], {i: str(name) for i, name in other.items()}

    def scored(self, places):
        """Return the scores of combinations, shape (l, n, m, s)."""
        u, *parts = np.unravel_index(np.asarray(places), self.shape)
        made = [s[u, k] for s, k in zip(self.scores, parts, strict=True)]
        return np.stack(made, axis=-1).reshape(len(u), *self.printed.shape, -1)


def arrays(normalised, variants, study, regions):
    """Return the hand-overs of normalised indicators and their variants as arrays by indicator and reading.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    variants : pandas.DataFrame
        Columns indicator, variant, region, year, value, filled.
    study : Study
    regions : sequence of str

    Returns
    -------
    tuple of dict of str to dict of str to numpy.ndarray, shape (n, m)
        Values, and which of them are filled, as `search` wants them.
    """
    every = pd.concat([normalised.assign(variant=OWN), variants], ignore_index=True)
    values, filled = ({i.id: {} for i in study.indicators} for _ in range(2))
    for (indicator, variant), own in every.groupby(["indicator", "variant"], sort=False):
        values[indicator][variant] = wide(own, "value", study, regions)
        filled[indicator][variant] = wide(own, "filled", study, regions).astype(bool)
    return values, filled


def open_choices(study, filled):
    """Return the ways through the method that an article with entropy weights leaves open.

    Parameters
    ----------
    study : Study
    filled : array_like of bool
        Which values are filled; without any, there is no choice of how to fill.

    Returns
    -------
    tuple of Universe
        The study's own first; gaps filled as the study does or with the nearest year, scales over all years or within
        each, zeros as they are, shifted or narrowed, or shifted for the weights alone.
    """
    own, levels = universe.own(study), dict(OPEN)
    if not np.any(filled):
        levels["interpolation"] = (own.interpolation,)
    every = [replace(own, **dict(zip(levels, chosen, strict=True))) for chosen in product(*levels.values())]
    sensible = [u for u in every if u.weighting == own.weighting or u.zeros == own.zeros]
    return (own, *(u for u in sensible if u != own))


def search(values, filled, study, universes, printed, weights=None, moran=None):
    """Try every combination of readings and universes.

    Parameters
    ----------
    values : dict of str to dict of str to numpy.ndarray, shape (n, m)
        By indicator, in the study's order, and reading, `own` first: values normalised over the pooled panel, the more
        the better.
    filled : dict of str to dict of str to numpy.ndarray of bool, shape (n, m)
        Likewise, which of them are filled.
    study : Study
    universes : sequence of Universe
        The study's own first (see `open_choices`); entropy weights and weighted sums.
    printed : array_like, shape (n, m)
        Published D, missing where nothing is printed.
    weights : array_like, shape (n, n), optional
        Spatial weights, for Moran's I.
    moran : array_like, shape (m,), optional
        Published Moran's I of every year, missing where none is printed.

    Returns
    -------
    Search

    Raises
    ------
    InputError
        If no D is printed, a value is missing or infinite, a universe needs other weights, or there are more than 20
        million combinations.
    """
    printed = np.asarray(printed, dtype=float)
    names = {i: (OWN, *(r for r in own if r != OWN)) for i, own in values.items()}
    _check(names, values, study, universes, printed)
    scores = _scores(names, values, filled, study, universes)
    rows, columns = np.isfinite(printed).any(axis=1), np.isfinite(printed).any(axis=0)
    kept = [("all", 0)]
    kept += [("region", k) for k in np.flatnonzero(rows)] if rows.sum() > 1 else []
    kept += [("year", k) for k in np.flatnonzero(columns)] if columns.sum() > 1 else []
    seen = np.isfinite(printed)
    masks = np.stack([_without(seen, *k)[seen] for k in kept], axis=1).astype(float)
    masks /= masks.sum(axis=0)
    distance, nearest, apart = [], np.full(len(kept), np.inf), []
    at, start = np.zeros(len(kept), dtype=int), 0
    for d in _degrees(scores, study):
        gaps = np.abs(d[:, seen.ravel()] - printed[seen]) @ masks
        best = gaps.argmin(axis=0)
        least = gaps[best, np.arange(len(kept))]
        at = np.where(least < nearest, start + best, at)
        nearest, start = np.minimum(least, nearest), start + len(d)
        distance.append(gaps[:, 0])
        if moran is not None:
            apart.append(_moran_gap(d.reshape(-1, *printed.shape), weights, np.asarray(moran, dtype=float)))
    left_out = {(kind, int(k)): int(place) for (kind, k), place in zip(kept[1:], at[1:], strict=True)}
    return Search(
        names,
        tuple(universes),
        tuple(s.id for s in study.subsystems),
        printed,
        scores,
        np.concatenate(distance),
        np.concatenate(apart) if apart else None,
        left_out,
    )


def _check(names, values, study, universes, printed):
    if not np.isfinite(printed).any():
        raise InputError("published D", "no value", "at least one printed value", "add published values")
    if tuple(values) != tuple(i.id for i in study.indicators):
        raise InputError("readings", ", ".join(values), "every indicator of the study, in its order", "correct them")
    for i, own in values.items():
        for reading in names[i]:
            if reading not in own or not np.isfinite(own[reading]).all():
                raise InputError(f"reading {reading} of {i}", "a missing or infinite value", "numbers", "complete it")
    for u in universes:
        if u.weighting not in OPEN["weighting"] or u.aggregation != "arithmetic":
            raise InputError("universe", f"{u.weighting}, {u.aggregation}", "entropy weights and sums", "leave it out")
    count = len(universes) * math.prod(map(len, names.values()))
    if count > MOST:
        raise InputError("readings", f"{count:,} combinations", f"at most {MOST:,}", "list fewer readings")


def _scores(names, values, filled, study, universes):
    """Scores by subsystem, shape (u, c, n * m), of all combinations of the readings of its indicators."""
    result = []
    for subsystem in study.subsystems:
        own = [(i.id, r) for i in subsystem.indicators for r in names[i.id]]
        x = np.stack([values[i][r] for i, r in own], axis=-1)
        gaps = np.stack([filled[i][r] for i, r in own], axis=-1)
        places = [[k for k, (i, _) in enumerate(own) if i == indicator.id] for indicator in subsystem.indicators]
        combinations = np.array(list(product(*places)))
        made = []
        for u in universes:
            part = ZEROS[u.zeros].function(universe.scaled(x, gaps, u))
            information = np.clip(1 - entropies(shifted(part) if u.weighting == "shifted_entropy" else part), 0, None)
            information = information[combinations]
            total = information.sum(axis=1, keepdims=True)
            even = np.full(information.shape, 1 / information.shape[1])
            w = np.divide(information, total, out=even, where=total > 1e-12)
            spread = np.zeros((len(combinations), len(own)))
            np.put_along_axis(spread, combinations, w, axis=1)
            made.append(spread @ part.T)
        result.append(np.stack(made))
    return tuple(result)


def _multiplied(study):
    """Whether D = (prod U)^(1/2s): the standard formula with equal shares, in which C T is the geometric mean."""
    alpha = np.array(list(study.alpha.values()))
    return study.coupling.variant == "standard" and np.ptp(alpha) <= 1e-9


def _degrees(scores, study):
    """D of all combinations in their order, in blocks of shape (combinations of the last subsystem, n * m)."""
    quick, alpha = _multiplied(study), np.array([list(study.alpha.values())])
    parts = [s ** (1 / (2 * len(scores))) for s in scores] if quick else scores
    for u in range(len(scores[0])):
        for outer in product(*(part[u] for part in parts[:-1])):
            last = parts[-1][u]
            if quick:
                yield math.prod(outer) * last
            else:
                together = np.stack([*(np.broadcast_to(o, last.shape) for o in outer), last], axis=-1)
                yield universe.degrees(together, (study.coupling.variant,), alpha)[:, 0, 0]


def _without(seen, kind, k):
    """Return the printed cells that remain without a region or a year."""
    kept = seen.copy()
    if kind == "region":
        kept[k] = False
    if kind == "year":
        kept[:, k] = False
    return kept


def _moran_gap(degrees, weights, printed):
    """Mean absolute difference of Moran's I from the printed ones, shape (b,)."""
    seen, w = np.isfinite(printed), np.asarray(weights, dtype=float)
    y = degrees[:, :, seen]
    y = np.ascontiguousarray((y - y.mean(axis=1, keepdims=True)).swapaxes(0, 1))  # regions first, for one product
    lagged = (w @ y.reshape(len(w), -1)).reshape(y.shape)
    i = len(w) / w.sum() * (y * lagged).sum(axis=0) / (y * y).sum(axis=0)
    return np.abs(i - printed[seen]).mean(axis=1)


def degrees(found, places, study):
    """D of combinations.

    Parameters
    ----------
    found : Search
    places : sequence of int
    study : Study

    Returns
    -------
    numpy.ndarray, shape (l, n, m)
    """
    u, alpha = found.scored(places), np.array([list(study.alpha.values())])
    made = universe.degrees(u.reshape(len(u), -1, u.shape[-1]), (study.coupling.variant,), alpha)[:, 0, 0]
    return made.reshape(u.shape[:-1])


def outside(found, study, regions):
    """How far the combination that is nearest without a region, or a year, lies from what was left out.

    Parameters
    ----------
    found : Search
    study : Study
    regions : sequence of str

    Returns
    -------
    pandas.DataFrame
        Columns kind (`region` or `year`), left_out (which), readings and choices (see `nearest`) of the combination
        that is nearest without it, same (whether that is the nearest to all cells), distance (its mean absolute
        difference of D from the cells left out), own (the same of the study's own combination).
    """
    best, seen, rows = int(found.distance.argmin()), np.isfinite(found.printed), []
    for (kind, k), place in found.left_out.items():
        d = degrees(found, [place, 0], study)
        out = seen & ~_without(seen, kind, k)
        gaps = np.abs(d[:, out] - found.printed[out]).mean(axis=1)
        name = list(regions)[k] if kind == "region" else study.years[k]
        rows.append((kind, str(name), *_noted(found, place), place == best, *gaps))
    return pd.DataFrame(rows, columns=["kind", "left_out", "readings", "choices", "same", "distance", "own"])


def _noted(found, place):
    """Write readings and choices of a combination that are not the study's own, in the notation of claims."""
    (way, chosen), own = found.chosen(place), found.universes[0]
    other = {k: getattr(way, k) for k in OPEN if getattr(way, k) != getattr(own, k)}
    return tuple(" + ".join(f"{k}={v}" for k, v in part.items()) for part in (chosen, other))


def near(found, study, half, draws=199, seed=0):
    """Find the combinations that are as near as the nearest within the rounding of the printed values.

    Parameters
    ----------
    found : Search
    study : Study
    half : float
        Half a unit of the last printed digit of D.
    draws : int
        Of the true values behind the printed ones: independent and uniform within half a unit.
    seed : int

    Returns
    -------
    tuple of numpy.ndarray
        Places, the nearest first, and the share of the draws in which each is at least as near as the nearest to the
        printed values. Those with a share of 0.05 and more are listed: among these the rounded values cannot choose.

    Notes
    -----
    A draw changes no distance by more than half a unit, so that only combinations within a whole unit of the least
    distance can be as near; these are drawn for, all others are not.
    """
    nearest = int(found.distance.argmin())
    places = np.flatnonzero(found.distance <= found.distance[nearest] + 2 * half + 1e-12)
    places = places[np.argsort(found.distance[places], kind="stable")]
    seen = np.isfinite(found.printed)
    errors = np.random.default_rng(seed).uniform(-half, half, (draws, int(seen.sum())))
    least = _drawn(degrees(found, [nearest], study)[:, seen] - found.printed[seen], errors)
    step = max(1, BATCH // errors.size)
    shares = [
        (_drawn(degrees(found, part, study)[:, seen] - found.printed[seen], errors) <= least + 1e-12).mean(axis=1)
        for part in np.array_split(places, -(-len(places) // step))
    ]
    share = np.concatenate(shares)
    return places[share >= CHANCE], share[share >= CHANCE]


def _drawn(gaps, errors):
    """Mean absolute differences under every draw of the errors, shape (l, draws)."""
    return np.abs(gaps[:, None] - errors).mean(axis=2)


def by_chance(values, filled, study, printed, draws=99, seed=0):
    """How near the nearest of as many readings comes when readings know nothing of the regions.

    Parameters
    ----------
    values, filled, study, printed
        As for `search`.
    draws : int
    seed : int

    Returns
    -------
    numpy.ndarray, shape (draws,)
        The least distance over all combinations, in the study's own universe, when the series of every reading but the
        study's own are exchanged between regions at random. The study's own combination is always among them, so that
        none is farther than that.
    """
    rng, own = np.random.default_rng(seed), (universe.own(study),)
    printed = np.asarray(printed, dtype=float)
    result = []
    for _ in range(draws):
        orders = {(i, r): rng.permutation(len(printed)) for i in values for r in sorted(set(values[i]) - {OWN})}
        mixed = [
            {i: {r: v[orders[i, r]] if (i, r) in orders else v for r, v in one.items()} for i, one in cube.items()}
            for cube in (values, filled)
        ]
        result.append(search(*mixed, study, own, printed).distance.min())
    return np.array(result)


def against_scores(found, claims, study, regions):
    """Hold the scores of every subsystem against the printed means and orders.

    Parameters
    ----------
    found : Search
    claims : pandas.DataFrame of str
        The register, of which means and orders of subsystems are taken.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    dict of str to pandas.DataFrame
        By subsystem with printed means, a row for every universe and combination of its own readings, in their order:
        distance (mean absolute difference from the printed means), means (their number), held and orders (of the
        printed orders of regions and groups).
    """
    result = {}
    for name, scores in zip(found.subsystems, found.scores, strict=True):
        cube = scores.reshape(-1, *found.printed.shape)
        results = measures.Results(study, regions, {name: cube}, tuple(study.years))
        own = [r for r in claims.to_dict("records") if r["variable"] == name]
        gaps = []
        for row in own:
            if row["measure"] == "mean":
                asked = register.read(row, study, regions)
                numbers = measures.interpret(asked, results)[0].number
                gaps += [] if numbers is None else [np.abs(numbers - float(asked.expected))]
        held = [measures.holds(row, results) for row in own if row["measure"] in ORDERS]
        held = [h for h in held if h is not None]
        if gaps:
            known = {"distance": np.mean(gaps, axis=0), "means": len(gaps)}
            result[name] = pd.DataFrame(known | {"held": np.sum(held, axis=0) if held else 0, "orders": len(held)})
    return result


def wide(table, column, study, regions):
    """Return a column of a table over regions and years as an array.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the named one.
    column : str
    study : Study
    regions : sequence of str

    Returns
    -------
    numpy.ndarray, shape (n, m)
        Missing where the table has no row.
    """
    table = table.pivot(index="region", columns="year", values=column)
    return table.reindex(index=regions, columns=study.years).to_numpy(float)


def nearest(found, near_places, held, best=8):
    """List the combinations that come nearest, by D, by Moran's I and by the scores of every subsystem.

    Parameters
    ----------
    found : Search
    near_places : array_like of int
        As `near` returns them.
    held : dict of str to pandas.DataFrame
        As `against_scores` returns them.
    best : int
        How many to list by D.

    Returns
    -------
    pandas.DataFrame
        The study's own combination first. Columns by (`own`, `coordination_degree`, `moran_i` or a subsystem), rank,
        readings (`indicator=reading + ...`, those that are not the study's own), choices (`factor=level + ...`
        likewise), near (whether as near in D as the nearest, within rounding), distance (of D), moran (of Moran's I),
        and score_<subsystem> (of its printed means); missing where nothing is printed. What is nearest by the scores
        of a subsystem leaves the indicators of the others as the study has them.
    """
    listed = [("own", 0, 0)]
    listed += [
        ("coordination_degree", k + 1, p) for k, p in enumerate(np.argsort(found.distance, kind="stable")[:best])
    ]
    if found.moran is not None:
        listed.append(("moran_i", 1, found.moran.argmin()))
    for name, table in held.items():
        s = found.subsystems.index(name) + 1
        at = [0] * len(found.shape)
        at[0], at[s] = divmod(int(table["distance"].argmin()), found.shape[s])
        listed.append((name, 1, np.ravel_multi_index(at, found.shape)))
    places = np.array([place for *_, place in listed])
    at = np.unravel_index(places, found.shape)
    table = pd.DataFrame([(by, rank, *_noted(found, p)) for by, rank, p in listed])
    table.columns = ["by", "rank", "readings", "choices"]
    table["near"] = np.isin(places, near_places)
    table["distance"] = found.distance[places]
    table["moran"] = np.nan if found.moran is None else found.moran[places]
    for name, own in held.items():
        s = found.subsystems.index(name) + 1
        table[f"score_{name}"] = own["distance"].to_numpy()[at[0] * found.shape[s] + at[s]]
    return table


def spread(distances, bins=60):
    """Count distances in equal parts of their range.

    Parameters
    ----------
    distances : array_like
    bins : int

    Returns
    -------
    pandas.DataFrame
        Columns low, high, count.
    """
    count, edges = np.histogram(distances, bins)
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "count": count})


def beside(claims, printed, scores, coordination, study, regions):
    """Put printed means of regions and groups beside recomputed ones.

    Parameters
    ----------
    claims : pandas.DataFrame of str
        The register: means of scores over the whole period are taken from it.
    printed : pandas.DataFrame
        Published D: region, year, coordination_degree.
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.
    coordination : pandas.DataFrame
        Columns region, year, coordination_degree.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Columns variable (a subsystem or `coordination_degree`), kind (`region` or `group`), place, published,
        recomputed; D over the printed years, scores over all.
    """
    groups = [g.id for g in study.groups]
    rows = []
    for claim in claims.to_dict("records") if claims is not None else ():
        if claim["measure"] != "mean" or claim["variable"] not in study.alpha:
            continue
        first, last = register.period(claim, study)
        if (first, last) != (study.years[0], study.years[-1]) or claim["place"] in ("all", study.whole.id):
            continue
        within = register.members(claim["place"], regions, groups, study.whole.id)
        own = scores[(scores["subsystem"] == claim["variable"]) & scores["region"].isin(within)]
        kind = "group" if claim["place"] in groups else "region"
        rows.append((claim["variable"], kind, claim["place"], float(claim["expected"]), own["score"].mean()))
    both = printed.merge(coordination, on=["region", "year"], suffixes=("", "_recomputed"))
    both["group"] = both["region"].map(regions["group"])
    for kind, places in (("region", regions.index), ("group", groups)):
        means = both.groupby(kind)[["coordination_degree", "coordination_degree_recomputed"]].mean()
        rows += [("coordination_degree", kind, p, *means.loc[p]) for p in places if p in means.index]
    return pd.DataFrame(rows, columns=["variable", "kind", "place", "published", "recomputed"])


def in_question(study):
    """Return the subsystem that alone lacks indicators, None if none or several do.

    Parameters
    ----------
    study : Study

    Returns
    -------
    str or None
    """
    lacking = [s.id for s in study.subsystems if any(i.unavailable for d in s.dimensions for i in d.indicators)]
    return lacking[0] if len(lacking) == 1 else None


def implied_scores(printed, half, scores, study, regions, subsystem):
    """Tabulate the score that a published D implies beside the computed one.

    Parameters
    ----------
    printed : array_like, shape (n, m)
    half : float
    scores : dict of str to array_like, shape (n, m)
        Of all subsystems.
    study : Study
    regions : sequence of str
    subsystem : str

    Returns
    -------
    pandas.DataFrame
        For every printed cell that implies a score: region, year, implied, low, high, computed, difference (implied
        less computed), share (see `absent_share`).

    Raises
    ------
    InputError
        See `implied`.
    """
    middle, low, high = implied(printed, half, scores, study, subsystem)
    own = np.asarray(scores[subsystem], dtype=float)
    cells = [middle, low, high, own, middle - own, absent_share(low, high, own)]
    index = pd.MultiIndex.from_product([regions, study.years], names=["region", "year"])
    names = ["implied", "low", "high", "computed", "difference", "share"]
    table = pd.DataFrame({k: c.ravel() for k, c in zip(names, cells, strict=True)}, index)
    return table.dropna(subset="implied").reset_index()


def implied(degree, half, scores, study, subsystem):
    """Score of a subsystem that a published D implies, if the scores of all others are known.

    Parameters
    ----------
    degree : array_like, shape (n, m)
        Published D, missing where nothing is printed.
    half : float
        Half a unit of its last digit.
    scores : dict of str to array_like, shape (n, m)
        Of the other subsystems.
    study : Study
    subsystem : str

    Returns
    -------
    tuple of numpy.ndarray, shape (n, m)
        The implied score, and the lowest and highest within the rounding of D; that the other scores are the
        article's own is taken for granted. Missing where one of these is 0, as D is then 0 whatever the score.

    Raises
    ------
    InputError
        If D does not determine the score: the coupling formula is not `standard`, or the shares are not equal.

    Notes
    -----
    With s subsystems and equal shares T = (sum U) / s, and with the standard formula C = s (prod U)^(1/s) / sum U, so
    that C T = (prod U)^(1/s) and D = (prod U)^(1/2s): hence U_k = D^(2s) / prod U_j over the others, for two D^4 / U_1.
    With the other formulas that are offered, two scores can give the same D; with unequal shares the score has no such
    expression.
    """
    if not _multiplied(study):
        found = f"formula {study.coupling.variant}, shares {', '.join(f'{a:g}' for a in study.alpha.values())}"
        raise InputError("implied score", found, "the standard formula and equal shares", "leave it out")
    degree = np.asarray(degree, dtype=float)
    others = math.prod(np.asarray(scores[s.id], dtype=float) for s in study.subsystems if s.id != subsystem)
    others, power = np.where(others > 0, others, np.nan), 2 * len(study.subsystems)
    return tuple(np.clip(degree + e, 0, None) ** power / others for e in (0, -half, half))


def absent_share(low, high, scores):
    """Least share of the weights that absent indicators need, cell by cell.

    Parameters
    ----------
    low, high : array_like, shape (n, m)
        Bounds of the implied score, missing where nothing is printed.
    scores : array_like, shape (n, m)
        The score of the indicators that are known, in [0, 1].

    Returns
    -------
    numpy.ndarray, shape (n, m)
        The least w for which (1 - w) U + w X lies within the bounds with some X in [0, 1]; above 1 if none does. The
        largest over the cells is the least share that carries the whole difference, if the weights of the known
        indicators keep their proportions. What the absent indicators are, and how the share divides between them,
        cannot be determined: only their joint X.
    """
    u = np.asarray(scores, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        up, down = (np.asarray(low) - u) / (1 - u), (u - np.asarray(high)) / u
    return np.fmax(np.fmax(up, down), np.where(np.isfinite(low), 0, np.nan))


def carried(implied, columns):
    """Find the non-negative weights with which columns come nearest to an implied score.

    Parameters
    ----------
    implied : array_like, shape (n, m)
        Missing where nothing is printed.
    columns : dict of str to array_like, shape (n, m)
        Such as the normalised indicators that are known, and population.

    Returns
    -------
    tuple of (pandas.Series, float)
        Weight of every column, 0 and more, by least squares (not forced to add up to 1), and the mean absolute
        difference that remains. The weights describe a fit. They are no estimate of an article's weights.

    References
    ----------
    Lawson and Hanson (1974), Solving least squares problems, chapter 23.
    """
    from scipy.optimize import nnls

    implied = np.asarray(implied, dtype=float)
    seen = np.isfinite(implied)
    x = np.stack([np.asarray(c, dtype=float)[seen] for c in columns.values()], axis=1)
    w = nnls(x, implied[seen])[0]
    return pd.Series(w, index=list(columns)), float(np.abs(x @ w - implied[seen]).mean())


def together(a, b):
    """Correlation of two tables over the cells that both have.

    Parameters
    ----------
    a, b : array_like, shape (n, m)

    Returns
    -------
    float
        Missing if one of them does not vary.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    seen = np.isfinite(a) & np.isfinite(b)
    if seen.sum() < 2 or np.ptp(a[seen]) <= 1e-12 or np.ptp(b[seen]) <= 1e-12:
        return float("nan")
    return float(np.corrcoef(a[seen], b[seen])[0, 1])
