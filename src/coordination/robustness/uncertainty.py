"""Errors in figures and weights: ranks and claims under repetition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.choices import DIRECTION, WEIGHTING
from coordination.indices import universe
from coordination.indices.normalisation import stretched
from coordination.replication import versions
from coordination.robustness.multiverse import BATCH, _held
from coordination.sections import COLUMNS


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
    own, at = universe.own(study), universe.columns(study)
    setting, alpha = study.robustness, np.array(list(study.alpha.values()))
    # A stream each, so that the size of a batch changes nothing
    errors, changes = np.random.default_rng([study.seed, ("figures", "weights", "both").index(source)]).spawn(2)
    sd = measurement_errors(values, filled, setting.measurement, [i.direction for i in study.indicators])
    claimed = [] if register is None else register.to_dict("records")
    ranks, held = [], {row["id"]: [] for row in claimed}
    size = max(1, BATCH // values.size)
    for start in range(0, setting.draws, size):
        b = min(size, setting.draws - start)
        x = np.broadcast_to(values, (b, n, m, k))
        if source != "weights":
            x = stretched(x + sd * errors.standard_normal((b, n, m, k)), (1, 2))
        factor = 1 + setting.weight_change * changes.uniform(-1, 1, (b, k)) if source != "figures" else np.ones((b, k))
        x = x.reshape(b, n * m, k)
        parts = [list(places.values()) for places in at.values()]
        scores = np.stack([_drawn(x[:, :, c], factor[:, c], own) for c in parts], axis=2)
        d = universe.degrees(scores, (own.coupling,), alpha[None])[:, 0, 0].reshape(b, n, m)
        ranks.append(universe.ranks(d))
        cube = {s: scores[:, :, j].reshape(b, n, m) for j, s in enumerate(at)} | {"coordination_degree": d}
        known = versions.computed(cube, study.years, study, regions, {"own": weights}) if claimed else {}
        for row in claimed:
            held[row["id"]].append(_held(row, known, b))
    return np.concatenate(ranks), {key: np.concatenate(part) for key, part in held.items() if part[0] is not None}


def _drawn(x, factor, own):
    """Scores of many versions of the values with the study's weights times a factor."""
    w = WEIGHTING[own.weighting].function(x) * factor
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
