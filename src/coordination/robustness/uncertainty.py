"""Errors in figures and weights: ranks and claims under repetition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.choices import AGGREGATION, COUPLING, DIRECTION, NORMALISATION, ZEROS
from coordination.indices import universe
from coordination.indices.weighting import weigher
from coordination.replication import measures, versions
from coordination.robustness.multiverse import BATCH, LARGE, balance, meant, verdicts
from coordination.sections import COLUMNS

SIZES = (1, 0.5, 2)  # of the errors of figures, of which the first is the study's

QUANTILES, TINY = (0.05, 0.5, 0.95), 1e-12  # a share that is less by no more than the second is reached

USUAL, LESS = 2000, 200  # draws; the second of more than `LARGE` regions


def measurement_errors(values, filled, share, directions):
    """Return the standard deviation of every value's error, on the normalised scale.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
    share : float
        Standard error of an observed figure (rounding, revision), as a share of its distance from the lowest figure of
        the panel. Errors of statistics are in proportion to the figure; its zero is not known to a released panel.
    directions : sequence of str, length k
        Names of `choices.DIRECTION`.

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
        For a filled value the root mean square by which observed values differ from the mean of the years before and
        after, if that is more.
    """
    sd = share * np.stack([DIRECTION[d].distance(values[..., k]) for k, d in enumerate(directions)], axis=-1)
    if values.shape[1] < 3 or not filled.any():
        return sd
    middle = values[:, 1:-1] - (values[:, :-2] + values[:, 2:]) / 2
    seen = ~(filled[:, 1:-1] | filled[:, :-2] | filled[:, 2:])
    size = (middle**2 * seen).sum(axis=(0, 1)) / np.maximum(seen.sum(axis=(0, 1)), 1)
    return np.where(filled, np.maximum(sd, np.sqrt(size)), sd)


def count(study, regions):
    """Return how many draws are made.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    int
        As the study says; if it does not, 2000, or 200 of more than 600 regions.
    """
    return study.robustness.draws or (LESS if len(regions) > LARGE else USUAL)


def repeated(values, filled, study, source, scale=1.0):
    """Repeat the study's own computation of scores and D with errors in figures and weights, in batches.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
        Normalised.
    study : Study
        `robustness` says how many draws, how large the errors, `seed` which.
    source : {'figures', 'weights', 'both'}
    scale : float
        Of the errors of figures: 0.5 and 2 for half and double.

    Yields
    ------
    tuple of numpy.ndarray
        Scores, shape (b, n * m, n_s), and D, shape (b, n, m).

    Notes
    -----
    Errors of figures are normal (see `measurement_errors`), and cut so that no figure passes the lowest and none is
    moved up by more than it could be moved down: their mean is 0. The goalposts of normalisation are held, so that an
    error of one extreme figure does not move all others. The centre of the draws is thus the study itself.

    Errors of weights come from the regions: as many are drawn with replacement, each with its whole path, and weights
    are computed from those (a bootstrap over regions; paths are kept because years depend on one another).

    References
    ----------
    Saisana, Saltelli and Tarantola (2005), Uncertainty and sensitivity analysis techniques as tools for the quality
    assessment of composite indicators, Journal of the Royal Statistical Society A 168 (2), 307-323; Efron and
    Tibshirani (1993), An introduction to the bootstrap; fixed goalposts as in the Human Development Index (UNDP 2014).
    """
    n, m, k = values.shape
    own, at, times = universe.own(study), universe.columns(study), count(study, values)
    setting, alpha = study.robustness, np.array(list(study.alpha.values()))
    # A stream each, so that the size of a batch changes nothing
    errors, regions = np.random.default_rng([study.seed, ("figures", "weights", "both").index(source)]).spawn(2)
    sd = scale * measurement_errors(values, filled, setting.measurement, [i.direction for i in study.indicators])
    size = max(1, BATCH // values.size)
    for start in range(0, times, size):
        b = min(size, times - start)
        x = np.broadcast_to(values, (b, n, m, k))
        if source != "weights":
            x = x + np.clip(sd * errors.standard_normal((b, n, m, k)), -values, values)
        sample = x
        if source != "figures":
            sample = x[np.arange(b)[:, None], regions.integers(n, size=(b, n))]
        flat, weighed = x.reshape(b, n * m, k), sample.reshape(b, n * m, k)
        weigh = weigher(own.weighting, study.method)
        flat, weighed = (_on_scale(part, own, (n, m, k)) for part in (flat, weighed))
        parts = [(list(places), list(places.values())) for places in at.values()]
        scores = np.stack([_scores(flat[..., c], weigh(weighed[..., c], names), own) for names, c in parts], axis=2)
        if COUPLING[own.coupling].bounded:
            scores = np.minimum(scores, 1)
        yield scores, universe.degrees(scores, (own.coupling,), alpha[None])[:, 0, 0].reshape(b, n, m)


def _scores(values, weights, own):
    """Aggregate draws, shape (b, rows, k), with weights of each, shape (b, k)."""
    way = AGGREGATION[own.aggregation]
    if way.additive:
        return np.einsum("brk,bk->br", values, weights)
    return np.stack([way.function(x, w) for x, w in zip(values, weights, strict=True)])


def _on_scale(values, own, shape):
    """Put draws, shape (b, n * m, k), on the scale of a universe; the pooled one leaves them as they are."""
    if own.normalisation != NORMALISATION.offered[0]:
        scale = NORMALISATION[own.normalisation].function
        values = np.stack([scale(part.reshape(shape)) for part in values]).reshape(values.shape)
    return ZEROS[own.zeros].function(values)


def draws(values, filled, study, source, register=None, regions=None, weights=None, scale=1.0):
    """Ranks and claims under repetition with errors in figures and weights.

    Parameters
    ----------
    values, filled, study, source, scale
        As for `repeated`.
    register : pandas.DataFrame of str, optional
    regions : pandas.DataFrame, optional
    weights : array_like, shape (n, n), optional
        Spatial weights; needed for claims about space.

    Returns
    -------
    tuple of (numpy.ndarray, dict)
        Ranks, shape (b, n, m), and for every claim whether it holds, shape (b,).
    """
    n, m, _ = values.shape
    claimed = [] if register is None else register.to_dict("records")
    ranks, held = [], {row["id"]: [] for row in claimed}
    for scores, d in repeated(values, filled, study, source, scale):
        b = len(d)
        ranks.append(universe.ranks(d))
        cube = {s: scores[:, :, j].reshape(b, n, m) for j, s in enumerate(study.alpha)} | {"coordination_degree": d}
        known = versions.computed(cube, study.years, study, regions, {"own": weights}) if claimed else {}
        for row in claimed:
            held[row["id"]].append(verdicts(row, known, b))
    return np.concatenate(ranks), {key: np.concatenate(part) for key, part in held.items() if part[0] is not None}


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
        Columns source (`universes`, or of the error), region, year (those of the multiverse), rank (the study's own),
        low, median, high.
    """
    total = made.counts.sum(axis=2, keepdims=True)
    share = made.counts.cumsum(axis=2) / total
    found = {"universes": [1 + (share < q - TINY).sum(axis=2) for q in QUANTILES]}
    at = [study.years.index(year) for year in made.years]
    for source, ranks in drawn.items():
        rising = np.sort(ranks[:, :, at], axis=0)
        found[source] = rising[[(np.arange(1, len(ranks) + 1) / len(ranks) < q - TINY).sum() for q in QUANTILES]]
    places = pd.MultiIndex.from_product([regions.index, made.years], names=["region", "year"])
    tables = [
        pd.DataFrame(
            {"source": source, "rank": made.own_ranks.ravel()}
            | {name: np.ravel(rank) for name, rank in zip(("low", "median", "high"), ranks, strict=True)},
            places,
        ).reset_index()
        for source, ranks in found.items()
    ]
    return pd.concat(tables, ignore_index=True)[list(COLUMNS["rank-intervals"])]


def claim_shares(made, drawn, published=None, register=None):
    """Share of the universes and of the draws in which every claim holds, and what would turn the verdict.

    Parameters
    ----------
    made : Multiverse
    drawn : mapping of float to mapping of str to numpy.ndarray
        Whether a claim holds, by size of the errors (1, and 0.5 and 2 times that) and draw (see `draws`).
    published : mapping of str to numpy.ndarray of bool, shape (w, a), optional
        Whether a claim about space holds in the published D, by spatial weights and conventions.
    register : pandas.DataFrame of str, optional
        Claims; without it, each is judged in every universe.

    Returns
    -------
    pandas.DataFrame
        Columns claim, route, holds (with the study's own choices), share (of the universes in which the claim means
        something, each level of a choice counting alike: see `multiverse.balance` and `multiverse.meant`), share_own
        (the same with the study's own scale of the indicators alone), universes (their number), certainty (share of the
        draws in which it holds, under the error model of `repeated`), certainty_half and certainty_double (with errors
        of figures half and double as large), draws, changes: the smallest sets of other choices that turn the verdict,
        alternatives joined by a vertical bar.
    """
    rows = []
    for name, holds in (published or {}).items():
        known = (bool(holds[0, 0]), holds.mean(), holds.mean(), holds.size)
        rows.append((name, "published", *known, *[np.nan] * 3, 0, _turning(made, name, holds[None])))
    asked = {} if register is None else {row["id"]: measures.needs(row) for row in register.to_dict("records")}
    weight = balance(made)
    own_scale = made.choices[:, list(made.factors).index(NORMALISATION.kind)] == 0
    for name, holds in made.holds.items():
        judged = meant(made, asked.get(name, ()))
        by_universe = holds.reshape(len(holds), -1).mean(axis=1)
        shares = [np.average(by_universe[those], weights=weight[those]) for those in (judged, own_scale)]
        universes = int(judged.sum()) * (holds[0].size if holds.ndim > 1 else 1)
        certain = [drawn[size][name].reshape(len(drawn[size][name]), -1)[:, 0].mean() for size in SIZES]
        changes = _turning(made, name, holds, judged)
        known = (bool(holds.reshape(-1)[0]), *shares, universes)
        rows.append((name, "data", *known, *certain, len(drawn[1][name]), changes))
    return pd.DataFrame(rows, columns=list(COLUMNS["claim-robustness"]))


def _turning(made, claim, holds, judged=None, most=4):
    """Return the smallest sets of choices, among the universes that are judged, that turn the study's own verdict."""
    other = holds != holds.reshape(-1)[0]
    if judged is not None:
        other = other & judged.reshape(-1, *[1] * (holds.ndim - 1))
    if not other.any():
        return ""
    codes = made.choices[: len(holds)].astype(np.int16)
    names, levels = list(made.factors), list(made.factors.values())
    if holds.ndim == 3:
        about, conventions = made.conventions[claim]
        names, levels = [*names, "spatial_weights", about], [*levels, made.spatial, conventions]
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
