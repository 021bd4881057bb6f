"""Markov chains of classes, ranks and spatial strata."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from coordination.dynamics.matrix import _finite, wide
from coordination.errors import InputError
from coordination.spatial.autocorrelation import QUADRANTS
from coordination.spatial.neighbours import row_standardise
from coordination.spatial.permutation import SPARSE, TOLERANCE, compact

FEW = 5  # transitions below which a row of probabilities says little

JUMPS = ("stay", "own", "neighbours", "both")

QUARTILES = ("Q1", "Q2", "Q3", "Q4")


def quantile_classes(values, k=4):
    """Classes of pooled values by their quantiles.

    Parameters
    ----------
    values : array_like, shape (n, m)
    k : int

    Returns
    -------
    numpy.ndarray of int, shape (n, m)
        From 0; a value at a bound belongs below it, as in mapclassify's Quantiles. Equal values leave classes empty.
    """
    y = np.asarray(values, dtype=float)
    bounds = np.quantile(y, np.arange(1, k) / k)
    slack = TOLERANCE * max(np.abs(y).max(), np.finfo(float).tiny)
    return np.searchsorted(bounds + slack, y.ravel(), side="left").reshape(y.shape)


def yearly_classes(values, k=4):
    """Classes of values by the quantiles of their own year.

    Parameters
    ----------
    values : array_like, shape (n, m)
    k : int

    Returns
    -------
    numpy.ndarray of int, shape (n, m)
        As `quantile_classes` of every column. What all regions gain together moves nobody.
    """
    return np.hstack([quantile_classes(column[:, None], k) for column in np.asarray(values, dtype=float).T])


def states(table, column, names):
    """Return the classes of regions and years as numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `column`.
    column : str
        Holds the name of a class.
    names : sequence of str
        Classes in order.

    Returns
    -------
    numpy.ndarray of int, shape (n, m)
        Position in `names`, -1 for what is not among them (such as a region without neighbours).
    """
    names = list(names)
    return np.array([[names.index(v) if v in names else -1 for v in row] for row in wide(table, column).to_numpy()])


def transitions(classes, k):
    """Count the transitions from each year to the next.

    Parameters
    ----------
    classes : array_like of int, shape (n, m)
        From 0 to k - 1; transitions from or to -1 are left out.
    k : int

    Returns
    -------
    numpy.ndarray of int, shape (k, k)
        From (rows) to (columns).
    """
    c = np.asarray(classes)
    start, end = c[:, :-1].ravel(), c[:, 1:].ravel()
    known = (start >= 0) & (end >= 0)
    return np.bincount(k * start[known] + end[known], minlength=k * k).reshape(k, k)


def probabilities(counts):
    """Return shares of the rows of counts.

    Parameters
    ----------
    counts : array_like, shape (..., k, k)

    Returns
    -------
    numpy.ndarray, shape (..., k, k)
        Rows that add up to 1; missing where nothing was counted.
    """
    c = np.asarray(counts, dtype=float)
    total = c.sum(axis=-1, keepdims=True)
    return np.divide(c, total, out=np.full(c.shape, np.nan), where=total > 0)


def ergodic(counts):
    """Long-run distribution over the classes if the transitions went on as they were.

    Parameters
    ----------
    counts : array_like, shape (k, k)

    Returns
    -------
    numpy.ndarray, shape (k,)
        Adds up to 1. Missing where there is none or not one alone: several sets of classes that are never left, a set
        that is passed through in turns, or a class that is reached but of whose exits nothing is known.
    """
    c = np.asarray(counts, dtype=float)
    k = len(c)
    visited = (c.sum(axis=0) + c.sum(axis=1)) > 0
    undefined = np.full(k, np.nan)
    if not visited.any() or (visited & (c.sum(axis=1) == 0)).any():
        return undefined
    p = probabilities(c[np.ix_(visited, visited)])
    size = len(p)
    reach = np.linalg.matrix_power(np.eye(size) + (p > 0), size) > 0
    closed = [i for i in range(size) if reach[reach[i], i].all()]  # whatever is reached from i leads back
    members = reach[closed[0]]
    if not all((reach[i] == members).all() for i in closed):
        return undefined
    inner = (p[np.ix_(members, members)] > 0).astype(float)
    power = np.eye(len(inner))
    for _ in range((len(inner) - 1) ** 2 + 1):  # a primitive matrix is positive by then (Wielandt)
        power = (power @ inner > 0).astype(float)
    if not power.all():
        return undefined
    a = np.vstack([(p.T - np.eye(size)), np.ones(size)])
    solved = np.linalg.lstsq(a, np.append(np.zeros(size), 1.0), rcond=None)[0]
    result = np.zeros(k)
    result[visited] = np.where(members, np.clip(solved, 0, None), 0.0)
    return result / result.sum()


def mobility(counts):
    """How mobile regions are between classes that have an order.

    Parameters
    ----------
    counts : array_like, shape (k, k)

    Returns
    -------
    pandas.Series
        transitions, staying, up, down (shares of all transitions), shorrocks: (k - trace P) / (k - 1) over the k
        classes with transitions, from 0 (nobody moves) to above 1 (everybody does); missing if there are fewer
        than two of them.

    References
    ----------
    Shorrocks (1978), The measurement of mobility, Econometrica 46.
    """
    c = np.asarray(counts, dtype=float)
    total, used = c.sum(), c.sum(axis=1) > 0
    k = int(used.sum())
    share = [np.trace(c), np.triu(c, 1).sum(), np.tril(c, -1).sum()]
    index = (k - np.trace(probabilities(c)[np.ix_(used, used)])) / (k - 1) if k > 1 else np.nan
    shares = [s / total if total else np.nan for s in share]
    return pd.Series([total, *shares, index], ["transitions", "staying", "up", "down", "shorrocks"])


def markov(classes, names):
    """Transitions between classes as a tidy table.

    Parameters
    ----------
    classes : array_like of int, shape (n, m)
    names : sequence of str
        Of the classes, in order.

    Returns
    -------
    pandas.DataFrame
        Columns from, to, count, probability, row (transitions that start there), few (whether fewer than `FEW` do),
        ergodic (of `to`); classes in which nobody ever is are left out.
    """
    k = len(names)
    counts = transitions(classes, k)
    p, limit = probabilities(counts), ergodic(counts)
    kept = [j for j in range(k) if (np.asarray(classes) == j).any()]
    rows = [
        (names[i], names[j], counts[i, j], p[i, j], counts[i].sum(), counts[i].sum() < FEW, limit[j])
        for i in kept
        for j in kept
    ]
    return pd.DataFrame(rows, columns=["from", "to", "count", "probability", "row", "few", "ergodic"])


def jumps(counts):
    """Share of transitions between the quadrants of local Moran's I by who jumps.

    Parameters
    ----------
    counts : array_like, shape (4, 4)
        In the order of `autocorrelation.QUADRANTS`.

    Returns
    -------
    pandas.Series
        stay, own (the region alone changes sides), neighbours (they alone do), both; missing without transitions.

    References
    ----------
    Rey (2001), Spatial empirics for economic growth and convergence, Geographical Analysis 33.
    """
    c = np.asarray(counts, dtype=float)
    own, others = np.array([1, 0, 0, 1]), np.array([1, 1, 0, 0])  # high or not: HH, LH, LL, HL
    kind = np.not_equal.outer(own, own) + 2 * np.not_equal.outer(others, others)
    total = c.sum()
    return pd.Series([c[kind == k].sum() / total if total else np.nan for k in range(4)], list(JUMPS))


@dataclass(frozen=True)
class Chains:
    """Who changes classes from one year to the next, by kind of class: levels, quartiles, yearly, quadrants.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        Transitions of every kind (see `markov`).
    moves : dict of str to pandas.Series
        How mobile regions are between levels and between both kinds of quartiles (see `mobility`).
    jumps : pandas.Series
        Who jumps between quadrants (see `jumps`).
    """

    tables: dict
    moves: dict
    jumps: pd.Series


def chains(coordination, local, study):
    """Transitions between a study's levels, between quartiles of D, and between quadrants of local Moran's I.

    Quartiles are taken twice: `quartiles` of all regions and years together, whose transitions show mostly whether D
    rises, and `yearly` those of each year, whose transitions show who overtakes whom.

    Parameters
    ----------
    coordination : pandas.DataFrame
        Columns region, year, coordination_degree, level.
    local : pandas.DataFrame
        The hand-over table `local-moran`; only what was recomputed from data is used.
    study : Study
        With its levels, and where the axes of quadrants cross.

    Returns
    -------
    Chains
    """
    names = [x.name.en for x in study.levels]
    quadrant = "quadrant_article" if study.autocorrelation.quadrants == "means" else "quadrant"
    kinds = {
        "levels": (states(coordination, "level", names), names),
        "quartiles": (quantile_classes(wide(coordination, "coordination_degree"), len(QUARTILES)), QUARTILES),
        "yearly": (yearly_classes(wide(coordination, "coordination_degree"), len(QUARTILES)), QUARTILES),
        "quadrants": (states(local[local["source"] == "data"], quadrant, QUADRANTS), QUADRANTS),
    }
    counts = {kind: transitions(classes, len(names)) for kind, (classes, names) in kinds.items()}
    return Chains(
        tables={kind: markov(classes, names) for kind, (classes, names) in kinds.items()},
        moves={kind: mobility(counts[kind]) for kind in ("levels", "quartiles", "yearly")},
        jumps=jumps(counts["quadrants"]),
    )


def homogeneity(counts):
    """Test statistic of whether transition probabilities are the same in all strata.

    Parameters
    ----------
    counts : array_like, shape (s, k, k)
        A stratum, such as a class of the spatial lag, first.

    Returns
    -------
    tuple of (float, int)
        Q = sum n_i(s) (p_ij(s) - p_ij)^2 / p_ij over all p_ij > 0, and its degrees of freedom.

    References
    ----------
    Bickenbach and Bode (2003), Evaluating the Markov property in studies of economic convergence, International
    Regional Science Review 26.
    """
    c = np.asarray(counts, dtype=float)
    rows, pooled = c.sum(axis=2, keepdims=True), probabilities(c.sum(axis=0))
    expected = rows * np.nan_to_num(pooled)
    q = np.divide((c - expected) ** 2, expected, out=np.zeros(c.shape), where=expected > 0).sum()
    strata, targets = (rows[:, :, 0] > 0).sum(axis=0), (pooled > 0).sum(axis=1)
    return float(q), int((np.clip(strata - 1, 0, None) * np.clip(targets - 1, 0, None)).sum())


def spatial_markov(table, value, weights, k=4, permutations=999, seed=0):
    """Transitions between quantile classes, conditional on the class of the spatial lag at the start.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region; row-standardised here. A region without neighbours is left out of the strata.
    k : int
        Classes of the variable and of its lag, each by its own pooled quantiles.
    permutations, seed : int

    Returns
    -------
    tuple of (pandas.DataFrame, pandas.Series)
        Columns lag, from, to (Q1 to Qk), count, probability, row, few; and q, freedom (see `homogeneity`),
        p_asymptotic (chi-square) and p: the share of seeded rearrangements of whole regions, each with its path,
        over the map whose q is at least as large; p_fewer and p_more, the same with one class less and more, for a
        single transition in a thin row can make q large. All are missing with one year or without variation.

    Raises
    ------
    InputError
        If regions of table and weights differ.

    Notes
    -----
    Paths are moved whole, because transitions of a region in different years are not independent; the chi-square
    distribution holds for none but large counts in every row.

    References
    ----------
    Rey (2001), Spatial empirics for economic growth and convergence, Geographical Analysis 33.
    """
    from scipy.stats import chi2

    values = _finite(table, value)
    if set(values.index) != set(weights.index) or list(weights.index) != list(weights.columns):
        odd = sorted(set(values.index) ^ set(weights.index)) or ["another order of columns"]
        raise InputError("spatial weights", ", ".join(map(str, odd)), "the table's regions", "build the weights anew")
    y = values.loc[weights.index].to_numpy()
    w = row_standardise(weights).to_numpy(dtype=float)
    counts, q, freedom, p = _stratified(y, w, k, permutations, seed)
    fewer, more = (_stratified(y, w, j, permutations, seed)[3] if j > 1 else np.nan for j in (k - 1, k + 1))
    asymptotic = float(chi2.sf(q, freedom)) if freedom else np.nan
    shares = probabilities(counts)
    rows = [
        (
            f"Q{s + 1}",
            f"Q{i + 1}",
            f"Q{j + 1}",
            counts[s, i, j],
            shares[s, i, j],
            counts[s, i].sum(),
            counts[s, i].sum() < FEW,
        )
        for s, i, j in product(range(k), repeat=3)
    ]
    columns = ["lag", "from", "to", "count", "probability", "row", "few"]
    tested = {"q": q, "freedom": freedom, "p_asymptotic": asymptotic, "p": p, "p_fewer": fewer, "p_more": more}
    return pd.DataFrame(rows, columns=columns), pd.Series(tested)


def _stratified(y, w, k, permutations, seed):
    """Count transitions by class of the spatial lag; with Q, its freedom and its p by permutation."""
    alone, classes = w.sum(axis=1) == 0, quantile_classes(y, k)
    w = compact(w) if len(w) >= SPARSE else w

    def count(order):
        """Count with region order[i] in the place of region i."""
        lag = quantile_classes((w @ y[order])[~alone], k)
        own = classes[order][~alone]
        cells = (lag[:, :-1] * k + own[:, :-1]) * k + own[:, 1:]
        return np.bincount(cells.ravel(), minlength=k**3).reshape(k, k, k)

    n, rng = len(y), np.random.default_rng(seed)
    counts = count(np.arange(n))
    q, freedom = homogeneity(counts)
    if not freedom:
        return counts, q, freedom, np.nan
    drawn = [homogeneity(count(rng.permutation(n)))[0] for _ in range(permutations)]
    return counts, q, freedom, (1 + sum(d >= q - TOLERANCE * max(1, q) for d in drawn)) / (permutations + 1)


def rank_mobility(table, value, groups):
    """How much the order of the regions changes.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    groups : pandas.Series
        Index region, the group of each.

    Returns
    -------
    pandas.DataFrame
        A row a year: year, tau_first and tau_previous (Kendall's tau-b with the first year and with the one before),
        moved (sum of the absolute changes of rank since the year before), theta (the share of it that groups move
        together, from 0 to 1: sum over groups of |sum of changes| over `moved`). Missing where all values are
        equal, nobody moved, or there is no year before.

    References
    ----------
    Kendall (1938), A new measure of rank correlation, Biometrika 30; Rey (2004), Spatial dependence in the evolution
    of regional income distributions, in Getis, Mur and Zoller (eds), Spatial Econometrics and Spatial Statistics.
    """
    from scipy.stats import rankdata

    values = _finite(table, value)
    y = values.to_numpy()
    scale = np.abs(y).max() or 1.0
    ranks = rankdata(np.round(y / scale, 12), axis=0)
    member = np.equal.outer(groups.reindex(values.index).unique(), groups.reindex(values.index).to_numpy()).astype(
        float
    )
    rows = []
    for t, year in enumerate(values.columns):
        first = _tau(ranks[:, 0], ranks[:, t])
        if not t:
            rows.append((year, first, np.nan, np.nan, np.nan))
            continue
        change = ranks[:, t] - ranks[:, t - 1]
        moved = np.abs(change).sum()
        theta = np.abs(member @ change).sum() / moved if moved else np.nan
        rows.append((year, first, _tau(ranks[:, t - 1], ranks[:, t]), moved, theta))
    return pd.DataFrame(rows, columns=["year", "tau_first", "tau_previous", "moved", "theta"])


def _tau(a, b):
    """Kendall's tau-b, missing where one of both is constant."""
    from scipy.stats import kendalltau

    return float(kendalltau(a, b).statistic) if len(a) > 1 else np.nan
