"""How much of the result is the method: a multiverse of sensible choices, errors in the figures, and coherence."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from coordination import claims, coupling, neighbours, weighting
from coordination.errors import InputError
from coordination.sections import COLUMNS
from coordination.study import SpatialWeights

SHIFT = 0.0001  # what is customarily added so that a logarithm of 0 does not arise
NARROW = (0.01, 0.99)
STEP = 0.1  # by which the share of a subsystem is raised
BATCH = 1_000_000  # numbers held at a time
FILTERED = 0.92  # correlation above which JRC takes two indicators for one
NORMALISATIONS = ("pooled", "year", "rank", "z")
ZEROS = ("limit", "shift", "narrow")
AGGREGATIONS = ("arithmetic", "geometric", "topsis")
REFILLED = ("own", "nearest")


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


def sensible(zeros, weighting_scheme, aggregation):
    """Tell whether choices go together: what takes logarithms needs zeros to be treated.

    Parameters
    ----------
    zeros, weighting_scheme, aggregation : str

    Returns
    -------
    bool
    """
    return zeros != "limit" or (aggregation != "geometric" and weighting_scheme != "merec")


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


def refill(values, filled):
    """Fill the gaps with the nearest observed year instead; of two equally near, the earlier.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
        Regions, years, indicators.

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
        A series of a region without any observed value stays as it is.
    """
    m = values.shape[1]
    apart = np.abs(np.arange(m)[:, None] - np.arange(m)[None, :]).astype(float)
    distance = np.where(filled.transpose(0, 2, 1)[:, :, None, :], np.inf, apart)  # (n, k, year, source)
    source = distance.argmin(axis=3).transpose(0, 2, 1)
    source = np.where(filled.all(axis=1, keepdims=True), np.arange(m)[None, :, None], source)
    return np.take_along_axis(values, source, axis=1)


def normalise(values, kind):
    """Put indicators, already normalised over the pooled panel, on another scale.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m, k)
        In [0, 1], the more the better. Because min-max is affine, other scales follow from it as from raw figures.
    kind : {'pooled', 'year', 'rank', 'z'}
        `year`: min-max within each year, 0 where all regions are alike; `rank`: (rank - 1/2) / nm over the pooled
        panel; `z`: the standard normal distribution function of the standard score, which keeps it within (0, 1).

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
    """
    from scipy.stats import norm, rankdata

    if kind == "pooled":
        return _stretched(values, (0, 1))
    if kind == "year":
        return _stretched(values, 0)
    pooled = values.reshape(-1, values.shape[2])
    if kind == "rank":
        result = (rankdata(pooled.round(12), axis=0) - 0.5) / len(pooled)
    else:
        spread = pooled.std(axis=0)
        score = np.divide(pooled - pooled.mean(axis=0), spread, out=np.zeros_like(pooled), where=spread > 1e-12)
        result = norm.cdf(score)
    return result.reshape(values.shape)


def _stretched(values, axis):
    low, span = values.min(axis=axis, keepdims=True), np.ptp(values, axis=axis, keepdims=True)
    return np.divide(values - low, span, out=np.zeros_like(values), where=span > 1e-12)


def aggregate(values, weights, kind):
    """Composite score of the rows.

    Parameters
    ----------
    values : numpy.ndarray, shape (rows, k)
        Normalised indicators.
    weights : numpy.ndarray, shape (k,)
    kind : {'arithmetic', 'geometric', 'topsis'}
        TOPSIS: closeness d- / (d+ + d-) of the weighted values to the best of the panel.

    Returns
    -------
    numpy.ndarray, shape (rows,)

    References
    ----------
    Hwang and Yoon (1981), Multiple attribute decision making, on TOPSIS.
    """
    if kind == "arithmetic":
        return values @ weights
    if kind == "geometric":
        with np.errstate(divide="ignore"):
            return np.exp(np.where(weights > 0, np.log(values), 0) @ weights)
    weighted = values * weights
    far = np.sqrt(((weighted - weighted.max(axis=0)) ** 2).sum(axis=1))
    near = np.sqrt(((weighted - weighted.min(axis=0)) ** 2).sum(axis=1))
    return np.divide(near, far + near, out=np.zeros_like(near), where=far + near > 0)


def _treated(values, zeros):
    if zeros == "shift":
        return values + SHIFT
    return NARROW[0] + (NARROW[1] - NARROW[0]) * values if zeros == "narrow" else values


def _degrees(scores, variants, alphas):
    """D for every variant of C and every set of shares, shape (l, c, a, rows) from scores (l, rows, s)."""
    index = np.einsum("lrs,as->lar", scores, alphas)[:, None]
    capped = np.minimum(scores, 1)  # the shift can take a score to 1.0001
    c = np.stack([coupling.coupling_degree(scores if v == "standard" else capped, v) for v in variants], axis=1)
    return np.sqrt(c[:, :, None] * index)


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
    every = [c for c in product(*(levels[f] for f in list(levels)[:5])) if sensible(*c[2:])]
    claimed = [] if register is None else register.to_dict("records")
    parts = {key: [] for key in ("choices", "mean", "degrees", "ranks")}
    held = {row["id"]: [] for row in claimed}
    counts, flips, own = np.zeros((n, m, n), dtype=np.int64), np.zeros((n, m)), None
    inner = list(product(range(len(left)), range(len(levels["coupling"])), range(len(alphas))))
    starts = {"own": values, "nearest": refill(values, filled)}
    scales = {
        (fill, kind): normalise(starts[fill], kind).reshape(n * m, -1)
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
        known = {}
        for row in claimed:
            held[row["id"]].append(_held(row, cube, study, regions, weights, len(d), known))
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


def _score(x, scheme, aggregation):
    return aggregate(x, weighting.SCHEMES[scheme](x), aggregation)


def _held(row, cube, study, regions, weights, universes, known):
    if row["variable"] in claims.SPATIAL:
        d, years = cube["coordination_degree"], study.years
        found = [
            claims.spatial_holds(row, d, years, w, study, regions, known.setdefault(k, {}), known.setdefault("", {}))
            for k, w in weights.items()
        ]
        return None if found[0] is None else _own_axes_first(np.stack(found, axis=1), study)
    found = claims.holds(row, cube, study.years, study, regions)
    # scores do not depend on C and the shares, which vary fastest
    return None if found is None else np.repeat(found, universes // len(found))


def _own_axes_first(holds, study):
    """Put the study's own convention of a quadrant's axes before the other."""
    return holds[..., ::-1] if study.autocorrelation.quadrants == "means" else holds


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
    An exact decomposition by full factorial design (Saltelli and others 2008, ch. 1): no sampling. It takes the
    universes in which zeros are treated, because only these combine with every other choice. Variances of the regions
    are added up before shares are formed. A choice without any effect gets exactly 0.
    """
    zeros = list(made.factors).index("zeros")
    treated = made.choices[:, zeros] > 0 if len(made.factors["zeros"]) > 1 else np.ones(len(made.mean), dtype=bool)
    codes = made.choices[treated]
    present = [np.unique(codes[:, k]) for k in range(codes.shape[1])]
    order = np.lexsort(codes.T[::-1])
    shape = tuple(map(len, present))
    rows = []
    for output in ("degrees", "ranks"):
        y = getattr(made, output)[treated][order].astype(float)
        if len(y) != np.prod(shape):
            raise ValueError("the universes are no full factorial design")
        first, total = factorial_shares(y.reshape(*shape, -1))
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
    Sobol (1993); Saltelli and others (2010), Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, 259-270.

    Examples
    --------
    >>> y = np.array([[0.0, 1.0], [2.0, 3.0]])[..., None]  # 2 a + b: variances 1 and 0.25
    >>> [v.tolist() for v in factorial_shares(y)]
    [[0.8, 0.2], [0.8, 0.2]]
    """
    axes = tuple(range(outcomes.ndim - 1))
    variance = outcomes.var(axis=axes).sum()
    if variance <= 1e-24:
        return (np.full(len(axes), np.nan),) * 2
    first, total = [], []
    for k in axes:
        others = tuple(a for a in axes if a != k)
        level = outcomes.mean(axis=others)
        first.append((level - level[:1]).var(axis=0).sum() / variance)
        apart = outcomes - outcomes.take([0], axis=k)  # exactly 0 for a factor without effect
        total.append(apart.var(axis=k).mean(axis=tuple(range(len(axes) - 1))).sum() / variance)
    return np.array(first), np.array(total)


def measurement_errors(values, filled, share, negative):
    """Return the standard deviation of every value's error, on the normalised scale.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
    share : float
        Standard error of an observed figure (rounding, revision), as a share of its distance from the lowest figure of
        the panel. Errors of statistics are in proportion to the figure; its zero is not known to a released panel.
    negative : array_like of bool, shape (k,)
        Indicators whose normalised value falls with the figure.

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
        For a filled value the root mean square by which observed values differ from the mean of the years before and
        after, if that is more.
    """
    sd = share * np.where(negative, 1 - values, values)
    if values.shape[1] < 3 or not filled.any():
        return sd
    middle = values[:, 1:-1] - (values[:, :-2] + values[:, 2:]) / 2
    seen = ~(filled[:, 1:-1] | filled[:, :-2] | filled[:, 2:])
    size = (middle**2 * seen).sum(axis=(0, 1)) / np.maximum(seen.sum(axis=(0, 1)), 1)
    return np.where(filled, np.maximum(sd, np.sqrt(size)), sd)


def draws(values, filled, study, source, register=None, regions=None, weights=None):
    """Repeat the study's own computation with errors in figures and weights.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
    study : Study
        `robustness` says how many draws, how large the errors, `seed` which.
    source : {'figures', 'weights', 'both'}
        Normal errors of the figures (see `measurement_errors`), after which indicators are normalised and weighted
        anew; uniform changes of every weight by up to the set share; or both.
    register : pandas.DataFrame of str, optional
    regions : pandas.DataFrame, optional
    weights : array_like, shape (n, n), optional
        Spatial weights; needed for claims about space.

    Returns
    -------
    tuple of (numpy.ndarray, dict)
        Ranks, shape (b, n, m), and for every claim whether it holds, shape (b,).

    References
    ----------
    Saisana, Saltelli and Tarantola (2005), Uncertainty and sensitivity analysis techniques as tools for the quality
    assessment of composite indicators, Journal of the Royal Statistical Society A 168 (2), 307-323.
    """
    n, m, k = values.shape
    _, at = _positions(study)
    setting, alpha = study.robustness, np.array(list(study.alpha.values()))
    # A stream each, so that the size of a batch changes nothing
    errors, changes = np.random.default_rng([study.seed, ("figures", "weights", "both").index(source)]).spawn(2)
    negative = [i.direction == "negative" for i in study.indicators]
    sd = measurement_errors(values, filled, setting.measurement, negative)
    claimed = [] if register is None else register.to_dict("records")
    ranks, held = [], {row["id"]: [] for row in claimed}
    size = max(1, BATCH // values.size)
    for start in range(0, setting.draws, size):
        b = min(size, setting.draws - start)
        x = np.broadcast_to(values, (b, n, m, k))
        if source != "weights":
            x = _stretched(x + sd * errors.standard_normal((b, n, m, k)), (1, 2))
        factor = 1 + setting.weight_change * changes.uniform(-1, 1, (b, k)) if source != "figures" else np.ones((b, k))
        x = x.reshape(b, n * m, k)
        scores = np.stack([_drawn(x[:, :, c], factor[:, c]) for c in at.values()], axis=2)
        d = _degrees(scores, (study.coupling.variant,), alpha[None])[:, 0, 0].reshape(b, n, m)
        ranks.append(_ranks(d))
        cube = {s: scores[:, :, j].reshape(b, n, m) for j, s in enumerate(at)} | {"coordination_degree": d}
        known = {"own": {}}
        for row in claimed:
            held[row["id"]].append(_held(row, cube, study, regions, {"own": weights}, b, known))
    return np.concatenate(ranks), {key: np.concatenate(part) for key, part in held.items() if part[0] is not None}


def _drawn(x, factor):
    """Scores of many versions of the values with entropy weights times a factor."""
    w = weighting.entropy_weights(x) * factor
    return np.einsum("brk,bk->br", x, w / w.sum(axis=1, keepdims=True))


def rank_intervals(made, drawn, study, regions):
    """Median and 5-95 % interval of every region's rank, over the universes and over the draws.

    Parameters
    ----------
    made : Multiverse
    drawn : mapping of str to numpy.ndarray, shape (b, n, m)
        Ranks by source of error.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Columns source (`universes`, or of the error), region, year, rank (the study's own), low, median, high.
    """
    counts = {"universes": made.counts}
    n = len(regions)
    for source, ranks in drawn.items():
        counts[source] = np.stack([(ranks == k + 1).sum(axis=0) for k in range(n)], axis=2)
    own, rows = made.own_ranks, []
    for source, count in counts.items():
        share = count.cumsum(axis=2) / count.sum(axis=2, keepdims=True)
        low, median, high = (1 + (share < q - 1e-12).sum(axis=2) for q in (0.05, 0.5, 0.95))
        for i, region in enumerate(regions.index):
            for t, year in enumerate(study.years):
                rows.append((source, region, year, own[i, t], low[i, t], median[i, t], high[i, t]))
    return pd.DataFrame(rows, columns=list(COLUMNS["rank-intervals"]))


def claim_shares(made, drawn, study, published=None):
    """Share of the universes and of the draws in which every claim holds, and what would turn the verdict.

    Parameters
    ----------
    made : Multiverse
    drawn : mapping of str to numpy.ndarray
        Whether a claim holds, by draw (see `draws`).
    study : Study
    published : mapping of str to numpy.ndarray of bool, shape (w, a), optional
        Whether a claim about space holds in the published D, by spatial weights and axes.

    Returns
    -------
    pandas.DataFrame
        Columns claim, route, holds (with the study's own choices), share, universes, certainty (share of the draws),
        draws, changes: the smallest sets of other choices that turn the verdict, alternatives joined by a vertical bar.
    """
    axes = ("means", "zero") if study.autocorrelation.quadrants == "means" else ("zero", "means")
    rows = []
    for name, holds in (published or {}).items():
        rows.append(
            (
                name,
                "published",
                bool(holds[0, 0]),
                holds.mean(),
                holds.size,
                np.nan,
                0,
                _turning(made, holds[None], axes),
            )
        )
    for name, holds in made.holds.items():
        changes = _turning(made, holds, axes)
        certain = drawn[name]
        own = bool(holds.reshape(-1)[0])
        certainty = certain.reshape(len(certain), -1)[:, 0].mean()  # with the study's own axes
        rows.append((name, "data", own, holds.mean(), holds.size, certainty, len(certain), changes))
    return pd.DataFrame(rows, columns=list(COLUMNS["claim-robustness"]))


def _turning(made, holds, axes, most=4):
    """Return the smallest sets of choices that turn the verdict of the study's own universe."""
    other = holds != holds.reshape(-1)[0]
    if not other.any():
        return ""
    codes = made.choices[: len(holds)].astype(np.int16)
    names, levels = list(made.factors), list(made.factors.values())
    if holds.ndim == 3:
        names, levels = [*names, "spatial_weights", "axes"], [*levels, made.spatial, axes]
        grid = np.indices(holds.shape).reshape(3, -1)
        codes = np.column_stack([codes[grid[0]], grid[1], grid[2]])
    changed = (codes != 0).sum(axis=1)
    other = other.reshape(-1)
    nearest = np.flatnonzero(other & (changed == changed[other].min()))
    sets = [
        " + ".join(f"{names[k]}={levels[k][codes[u, k]]}" for k in np.flatnonzero(codes[u])) for u in nearest[:most]
    ]
    more = len(nearest) - most
    return " | ".join([*sets, *([f"… {more}"] if more > 0 else [])])


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
    cube, known, found = wide.to_numpy(float)[None], {name: {} for name in weights}, {}
    for row in register.to_dict("records"):
        if row["variable"] in claims.SPATIAL:
            each = [
                claims.spatial_holds(row, cube, list(wide), w, study, regions, known[k]) for k, w in weights.items()
            ]
            if each[0] is not None:
                found[row["id"]] = _own_axes_first(np.concatenate(each), study)
    return found


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
        rows for what cannot be left out: the only year, or one of two regions.

    Notes
    -----
    Min-max and entropy weights are pooled, so that adding a year or a region changes every score there was before.
    """
    n, m, _ = values.shape
    _, at = _positions(study)
    alpha = np.array(list(study.alpha.values()))[None]

    def degrees(x):
        x = _stretched(x, (0, 1))
        flat = x.reshape(-1, x.shape[2])
        scores = np.column_stack([_score(flat[:, c], "entropy", "arithmetic") for c in at.values()])
        return _degrees(scores[None], (study.coupling.variant,), alpha).reshape(x.shape[:2])

    own, rows = degrees(values), []
    cases = [
        ("last", study.years[-1], slice(None), slice(0, m - 1)),
        ("first", study.years[0], slice(None), slice(1, m)),
    ]
    cases = [c for c in cases if m > 1]
    if n > 2:
        cases += [("region", r, np.arange(n) != k, slice(None)) for k, r in enumerate(regions.index)]
    for kind, name, kept, years in cases:
        before, after = own[kept, years], degrees(values[kept, years])
        apart = np.abs(after - before)
        level = [coupling.level(np.clip(d, 0, 1), study.levels) for d in (before, after)]
        moved = _ranks(before[None])[0, :, -1] != _ranks(after[None])[0, :, -1]
        rows.append((kind, name, apart.max(), apart.mean(), int((level[0] != level[1]).sum()), int(moved.sum())))
    columns = ["kind", "left_out", "largest", "mean", "level_changes", "ranks_changed"]
    return pd.DataFrame(rows, columns=columns)


def cronbach_alpha(values):
    """Cronbach's alpha of standardised indicators, k r / (1 + (k - 1) r) with r their mean correlation.

    Parameters
    ----------
    values : array_like, shape (rows, k)

    Returns
    -------
    float
        Missing for a single indicator.

    References
    ----------
    Cronbach (1951), Coefficient alpha and the internal structure of tests, Psychometrika 16 (3), 297-334.

    Examples
    --------
    >>> round(cronbach_alpha([[1, 2], [2, 1], [3, 3], [4, 4]]), 4)  # r = .8
    0.8889
    """
    r = np.corrcoef(np.asarray(values, dtype=float), rowvar=False)
    k = len(r) if r.ndim else 1
    if k < 2:
        return float("nan")
    mean = (r.sum() - k) / (k * (k - 1))
    return float(k * mean / (1 + (k - 1) * mean))


def correlation_ratio(score, indicator):
    """Share of the variance of a score that an indicator explains by a cubic curve.

    Parameters
    ----------
    score, indicator : array_like, shape (rows,)

    Returns
    -------
    float
        In [0, 1]; 0 where one of them does not vary.

    References
    ----------
    Paruolo, Saisana and Saltelli (2013), Ratings and rankings: voodoo or science?, Journal of the Royal Statistical
    Society A 176 (3), 609-634.
    """
    y, x = np.asarray(score, dtype=float), np.asarray(indicator, dtype=float)
    if np.ptp(x) <= 1e-12 or np.ptp(y) <= 1e-12:
        return 0.0
    x = (x - x.mean()) / x.std()
    terms = np.vander(x, 4)
    residual = y - terms @ np.linalg.lstsq(terms, y, rcond=None)[0]
    return float(np.clip(1 - residual.var() / y.var(), 0, 1))


def correlations(panel, study):
    """Correlate the indicators of all subsystems with one another.

    Parameters
    ----------
    panel : pandas.DataFrame
        Rows region and year, a column for every indicator.
    study : Study

    Returns
    -------
    pandas.DataFrame, shape (k, k)
        Pearson's r over all regions and years, indicators in the study's order; missing for one that is constant.
    """
    return panel[[i.id for i in study.indicators]].corr()


def coherence(values, weights, study):
    """Whether the indicators hang together, and how much each really matters.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Normalised indicators.
    weights : pandas.DataFrame
        Columns subsystem, indicator, weight.
    study : Study

    Returns
    -------
    tuple of pandas.DataFrame
        By indicator: subsystem, indicator, weight, effective (correlation ratios of the score with the indicators,
        scaled to add up to 1 in a subsystem), with_score and with_rest (correlations with the subsystem's score and
        with the mean of its other indicators), nearest and with_nearest (the indicator of the subsystem it correlates
        most with), flag (`against` the rest, `silent`: explains less than a tenth of the score, `collinear`: above
        0.92, or empty). By part: part, kind (`subsystem`, `dimension`), indicators, alpha (Cronbach), within (mean
        correlation), first_component (share of variance), components (with an eigenvalue above 1).
    """
    rows, parts = [], []
    for s in study.subsystems:
        ids = [i.id for i in s.indicators]
        w = weights[weights["subsystem"] == s.id].set_index("indicator")["weight"]
        x = values[ids]
        score = x @ w[ids]
        r = pd.DataFrame(weighting.correlations(x.to_numpy(float)), ids, ids)
        ratios = {i: correlation_ratio(score, x[i]) for i in ids}
        total = sum(ratios.values()) or 1.0
        for i in ids:
            others = [o for o in ids if o != i]
            rest = float(np.corrcoef(x[i], x[others].mean(axis=1))[0, 1]) if others else np.nan
            near = r.loc[i, others].abs().idxmax() if others else ""
            with_near = r.loc[i, near] if others else np.nan
            flag = "against" if rest < 0 else "silent" if ratios[i] < 0.1 else ""
            flag = flag or ("collinear" if abs(with_near) > FILTERED else "")
            own = float(np.corrcoef(score, x[i])[0, 1])
            rows.append((s.id, i, w[i], ratios[i] / total, own, rest, near, with_near, flag))
        groups = [(s.id, "subsystem", ids)]
        groups += [
            (d.id, "dimension", [i.id for i in d.indicators if i.unavailable is None])
            for d in s.dimensions
            if len(s.dimensions) > 1
        ]
        for part, kind, members in groups:
            if len(members) < 2:
                continue
            own = r.loc[members, members].to_numpy()
            values_of = np.linalg.eigvalsh(own)
            k = len(members)
            within = (own.sum() - k) / (k * (k - 1))
            alpha = cronbach_alpha(x[members])
            parts.append((part, kind, k, alpha, within, values_of[-1] / k, int((values_of > 1 + 1e-9).sum())))
    columns = [
        "subsystem", "indicator", "weight", "effective", "with_score", "with_rest", "nearest", "with_nearest", "flag",
    ]  # fmt: skip
    names = ["part", "kind", "indicators", "alpha", "within", "first_component", "components"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(parts, columns=names)


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
