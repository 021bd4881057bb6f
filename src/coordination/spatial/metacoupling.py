"""How the systems of a region are coordinated with those of others: near ones (peri) and all (tele)."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from coordination.indices import coupling
from coordination.spatial.neighbours import row_standardise

KINDS = ("peri", "tele")

PAIRS = 1_000_000  # of regions at a time


def mixed(one, other, alpha, variant="standard"):
    """C and T between pairs of regions: means over all mixtures of their systems.

    Parameters
    ----------
    one, other : array_like, shape (..., n_s)
        Scores of the two regions of every pair.
    alpha : array_like, shape (n_s,)
        Shares of the subsystems, in their order, whichever region a score is of.
    variant : str
        A name of `choices.COUPLING`.

    Returns
    -------
    tuple of numpy.ndarray, shape (...)
        C and T.

    Notes
    -----
    A mixture takes every subsystem from one or the other region, but not all from the same: 2^n_s - 2 of them; with two
    subsystems (U_i1, U_j2) and (U_j1, U_i2).

    References
    ----------
    Tang, Huang, Zhou, Fang, Zhan and Huang (2021), Sustainable Cities and Society 75, 103405.

    Examples
    --------
    >>> c, t = mixed([0.2, 0.8], [0.5, 0.5], [0.5, 0.5])
    >>> c.round(6), t.round(6)
    (np.float64(0.938258), np.float64(0.5))
    """
    one, other = np.broadcast_arrays(np.asarray(one, dtype=float), np.asarray(other, dtype=float))
    masks = [m for m in product((True, False), repeat=one.shape[-1]) if any(m) and not all(m)]
    mixtures = [np.where(mask, one, other) for mask in masks]
    c = sum(coupling.coupling_degree(u, variant) for u in mixtures) / len(masks)
    t = sum(coupling.coordination_index(u, alpha) for u in mixtures) / len(masks)
    return c, t


def between(scores, weights, alpha, variant="standard"):
    """C, T and D of every region with the regions that weigh.

    Parameters
    ----------
    scores : array_like, shape (n, n_s)
    weights : array_like, shape (n, n)
        Of regions j for regions i; rows are made to add up to 1, the diagonal does not count.
    alpha : array_like, shape (n_s,)
    variant : str

    Returns
    -------
    numpy.ndarray, shape (n, 3)
        C_i = sum_j w_ij C_ij, T_i = sum_j w_ij T_ij and D_i = sqrt(C_i T_i); missing for a region without neighbours.

    References
    ----------
    Tang and others (2021); the R package coupling 0.1 (Lyu, 2026) has the same model.
    """
    u = np.asarray(scores, dtype=float)
    w = np.array(weights, dtype=float)
    np.fill_diagonal(w, 0)
    w = row_standardise(pd.DataFrame(w)).to_numpy()
    i, j = np.nonzero(w)
    sums = np.zeros((len(u), 2))
    for start in range(0, len(i), PAIRS):
        a, b = i[start : start + PAIRS], j[start : start + PAIRS]
        for column, values in enumerate(mixed(u[a], u[b], alpha, variant)):
            sums[:, column] += np.bincount(a, w[a, b] * values, len(u))
    result = np.column_stack([sums, np.sqrt(sums.prod(axis=1))])
    result[~w.any(axis=1)] = np.nan
    return result


def metacoupling(scores, coordination, weights, study, regions):
    """Coordination of every region within itself, with its neighbours and with all others.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.
    coordination : pandas.DataFrame
        Columns region, year, coupling, coordination_index, coordination_degree: the local coordination.
    weights : dict of str to pandas.DataFrame, shape (n, n)
        `peri` and `tele`.
    study : Study
    regions : pandas.Index

    Returns
    -------
    pandas.DataFrame
        Columns year, region, kind (`local`, `peri`, `tele`), coupling, coordination_index, coordination_degree; by
        year, kind and region.
    """
    alpha, own = list(study.alpha.values()), ["coupling", "coordination_index", "coordination_degree"]
    parts = []
    for year, table in scores.groupby("year", sort=True):
        wide = table.pivot(index="region", columns="subsystem", values="score").loc[regions, list(study.alpha)]
        local = coordination[coordination["year"] == year].set_index("region").loc[regions, own].to_numpy()
        found = {"local": local}
        found |= {k: between(wide, weights[k], alpha, study.coupling.variant) for k in KINDS}
        parts += [
            pd.DataFrame(values, columns=own).assign(year=year, region=list(regions), kind=kind)
            for kind, values in found.items()
        ]
    return pd.concat(parts, ignore_index=True)[["year", "region", "kind", *own]]
