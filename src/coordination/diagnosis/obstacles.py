"""What holds coordination back, and what its growth came from, indicator by indicator."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.indices.coupling import VARIANTS


def degrees(normalised, weights, alpha):
    """Obstacle degree of every indicator, by region and year.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Columns region, year, indicator, value (normalised, in [0, 1]).
    weights : pandas.DataFrame
        Columns subsystem, indicator, weight; weights add up to 1 in a subsystem.
    alpha : mapping of str to float
        Share of every subsystem in the coordination index.

    Returns
    -------
    pandas.DataFrame
        Columns region, year, subsystem, indicator, obstacle_degree, within_subsystem, in the order of `normalised`
        and of `weights`. The first degree is O_ij = w_j (1 - x_ij) / sum_j w_j (1 - x_ij) over all subsystems with the
        weights alpha_s w_j, the second over the indicators of the subsystem. Degrees of a region and year add up to 1;
        where every value is 1 there is no obstacle, and all are 0.

    Raises
    ------
    InputError
        If an indicator has no weight, or a value is missing or outside [0, 1].

    Examples
    --------
    >>> x = pd.DataFrame({"region": "A", "year": 1, "indicator": ["a", "b", "c"], "value": [0.5, 1.0, 0.0]})
    >>> w = pd.DataFrame({"subsystem": ["s", "s", "t"], "indicator": ["a", "b", "c"], "weight": [0.4, 0.6, 1.0]})
    >>> degrees(x, w, {"s": 0.5, "t": 0.5})["obstacle_degree"].round(4).tolist()
    [0.1667, 0.0, 0.8333]
    """
    x = _wide(normalised, weights)
    own = weights.set_index("indicator")
    gap = (1 - x).clip(lower=0) * own["weight"]
    within, overall = {}, {}
    for name, members in own.groupby("subsystem", sort=False).groups.items():
        within[name] = _shares(gap[members])
        overall[name] = gap[members] * alpha[name]
    parts = {
        "obstacle_degree": _shares(pd.concat(overall.values(), axis=1)),
        "within_subsystem": pd.concat(within.values(), axis=1),
    }
    long = pd.DataFrame({k: v.rename_axis(columns="indicator").stack() for k, v in parts.items()}).reset_index()
    long.insert(2, "subsystem", long["indicator"].map(own["subsystem"]))
    return long


def _shares(gaps):
    total = gaps.sum(axis=1)
    return gaps.div(total.where(total > 0), axis=0).fillna(0.0)


def _wide(normalised, weights):
    """Return values with a row a region and year, a column an indicator that weighs something; or say what is wrong."""
    unknown = sorted(set(normalised["indicator"]) ^ set(weights["indicator"]))
    if unknown:
        found = f"{', '.join(unknown)} in only one of the two"
        raise InputError(
            "weights and normalised panel", found, "the same indicators", "run 01-indicators and 02-weights"
        )
    x = normalised.pivot(index=["region", "year"], columns="indicator", values="value")
    order = pd.MultiIndex.from_frame(normalised[["region", "year"]].drop_duplicates())
    x = x.reindex(index=order, columns=list(weights["indicator"])).astype(float)
    if not ((x >= -1e-9) & (x <= 1 + 1e-9)).to_numpy().all():
        expected = "normalised values from 0 to 1, none missing"
        raise InputError(
            "normalised panel", "a value that is missing or outside [0, 1]", expected, "normalise it again"
        )
    return x


def summed(table, value, parts, by=("region", "year")):
    """Sum over the indicators of every dimension, subsystem or concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Column indicator, `value` and the columns `by`.
    value : str
        What is summed.
    parts : pandas.DataFrame
        Columns indicator, part, share: which share of an indicator belongs to which part (see `dimensions`).
    by : sequence of str

    Returns
    -------
    pandas.DataFrame
        Columns `by`, part and `value`, in order of first appearance in `table` and in `parts`; missing where all that
        is summed is missing.
    """
    joined = table[[*by, "indicator", value]].merge(parts, on="indicator")
    joined[value] *= joined["share"]
    sums = joined.groupby([*by, "part"], sort=False)[value].sum(min_count=1).reset_index()
    order = {part: k for k, part in enumerate(parts["part"].drop_duplicates())}
    place = table[list(by)].drop_duplicates().reset_index(drop=True).reset_index(names="_place")
    sums = sums.merge(place, on=list(by)).assign(_part=lambda t: t["part"].map(order))
    return sums.sort_values(["_place", "_part"], kind="stable", ignore_index=True)[[*by, "part", value]]


def dimensions(study):
    """Dimension of every indicator.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns indicator, part, share (1), for the indicators with figures.
    """
    rows = [
        (i.id, d.id, 1.0) for s in study.subsystems for d in s.dimensions for i in d.indicators if i in s.indicators
    ]
    return pd.DataFrame(rows, columns=["indicator", "part", "share"])


def subsystems(study):
    """Subsystem of every indicator.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns indicator, part, share (1), for the indicators with figures.
    """
    rows = [(i.id, s.id, 1.0) for s in study.subsystems for i in s.indicators]
    return pd.DataFrame(rows, columns=["indicator", "part", "share"])


def largest(table, k=5):
    """Return the largest obstacles of every region in the last year.

    Parameters
    ----------
    table : pandas.DataFrame
        As `degrees` returns it.
    k : int

    Returns
    -------
    pandas.DataFrame
        Columns region, rank (from 1), indicator, obstacle_degree, change (since the first year; 0 for a single one).
        What is no obstacle is left out; of equal ones (to 12 decimals) the first in the study's order comes first.
    """
    changed = changes(table, "obstacle_degree", ["region", "indicator"])
    changed = changed[changed["last"] > 0].sort_values(
        "last", ascending=False, kind="stable", key=lambda v: v.round(12)
    )
    changed["rank"] = changed.groupby("region").cumcount() + 1
    position = {region: n for n, region in enumerate(table["region"].unique())}
    top = changed[changed["rank"] <= k].sort_values("region", key=lambda r: r.map(position), kind="stable")
    top = top.rename(columns={"last": "obstacle_degree"})
    return top[["region", "rank", "indicator", "obstacle_degree", "change"]].reset_index(drop=True)


def averages(table, value, by):
    """Mean of a value over the regions, by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, `by` and `value`.
    value : str
    by : str
        What else tells rows apart, such as indicator or part.

    Returns
    -------
    pandas.DataFrame
        Columns year, `by` and `value`, in order of first appearance.
    """
    return table.groupby(["year", by], sort=False)[value].mean().reset_index()


def changes(table, value, by):
    """Change of a value from the first year to the last.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, `value` and the columns `by`.
    value : str
    by : sequence of str

    Returns
    -------
    pandas.DataFrame
        Columns `by`, first, last, change, in the order of `table`.
    """
    years = table["year"].unique()
    first, last = (table[table["year"] == year].set_index(list(by))[value] for year in (min(years), max(years)))
    return pd.DataFrame({"first": first, "last": last, "change": last - first}).reindex(last.index).reset_index()


def contributions(normalised, weights, alpha, variant="standard"):
    """Split the log change of D from the first year to the last into contributions of the indicators.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Columns region, year, indicator, value.
    weights : pandas.DataFrame
        Columns subsystem, indicator, weight; the same in both years.
    alpha : mapping of str to float
    variant : {'standard', 'wang2021', 'fan2024'}
        Of the coupling degree.

    Returns
    -------
    pandas.DataFrame
        Columns region, subsystem, indicator, contribution. The contributions of a region add up to ln D of the last
        year minus ln D of the first, exactly; all are missing where D is 0 in one of them, and 0 for a single year.

    Raises
    ------
    InputError
        As `degrees`; or if the variant is unknown.

    Notes
    -----
    A contribution is w_j dx_j times the mean slope of ln D in U_s (see `mean_slopes`), so that indicators of a
    subsystem share in proportion to what they add to its score. For the standard variant with equal shares it is
    w_j dx_j / (2 n_s L(U_s0, U_s1)) with the logarithmic mean L: the additive LMDI (Ang 2004, Energy Policy 32), and at
    the same time the Shapley value of infinitely many small steps on the straight way (Aumann and Shapley 1974).
    """
    x = _wide(normalised, weights)
    years = x.index.get_level_values("year")
    first, last = (x[years == year].droplevel("year") for year in (min(years), max(years)))
    first = first.loc[last.index]
    own = weights.set_index("indicator")
    names = list(alpha)
    add = pd.DataFrame({s: (own["subsystem"] == s) * own["weight"] for s in names})
    u0, u1 = (first @ add).to_numpy(), (last @ add).to_numpy()
    slopes = np.array([mean_slopes(a, b, list(alpha.values()), variant) for a, b in zip(u0, u1, strict=True)])
    slopes = pd.DataFrame(slopes, last.index, names)[own["subsystem"][x.columns]].set_axis(x.columns, axis=1)
    parts = (last - first) * own["weight"][x.columns] * slopes
    long = parts.stack().rename("contribution").reset_index()
    long.insert(1, "subsystem", long["indicator"].map(own["subsystem"]))
    return long


def mean_slopes(first, last, alpha, variant="standard"):
    """Mean slope of ln D in every subsystem's score between two points.

    Parameters
    ----------
    first, last : array_like, shape (n_s,)
        Scores of the subsystems.
    alpha : array_like, shape (n_s,)
    variant : {'standard', 'wang2021', 'fan2024'}

    Returns
    -------
    numpy.ndarray, shape (n_s,)
        Slopes m_s with sum_s m_s dU_s = ln D(last) - ln D(first); missing where D is 0 at one of the points.

    Raises
    ------
    InputError
        If the variant is unknown.

    Notes
    -----
    ln D = (ln C + ln T) / 2, and the mean slope of ln z on the straight way from z0 to z1 is 1 / L(z0, z1) for every
    linear z. `standard` and `wang2021` are made of such logarithms only, the second between the points at which two
    scores are equal. In `fan2024` the slopes are those of the chain ln(1 - 2 s), s = sqrt(v), v quadratic: difference
    quotients of the first two, and the slope of v half way; for two subsystems that is the mean slope, too.

    Examples
    --------
    >>> mean_slopes([0.2, 0.4], [0.4, 0.4], [0.5, 0.5]).round(4).tolist()
    [0.8664, 0.625]
    """
    a, b, alpha = (np.asarray(v, dtype=float) for v in (first, last, alpha))
    if variant not in VARIANTS:
        raise InputError("coupling variant", f"'{variant}'", f"one of {', '.join(VARIANTS)}", "correct the variant")
    n = len(a)
    if (np.minimum(a, b) <= 0).any():
        return _from_nothing(a, b, alpha, variant)
    slopes = alpha / logarithmic_mean(alpha @ a, alpha @ b)
    if variant == "standard":
        slopes = slopes + 1 / (n * logarithmic_mean(a, b)) - 1 / logarithmic_mean(a.sum(), b.sum())
    elif variant == "wang2021":
        slopes = slopes + _wang(a, b)
    else:
        slopes = slopes + _fan(a, b)
    return slopes / 2


def _from_nothing(a, b, alpha, variant):
    """Return slopes where a score is 0: the standard D and Wang's are 0 there, Fan's need not be."""
    if variant != "fan2024" or not (alpha @ a > 0 and alpha @ b > 0):
        return np.full(len(a), np.nan)
    return (alpha / logarithmic_mean(alpha @ a, alpha @ b) + _fan(a, b)) / 2


def _wang(a, b):
    """Mean slopes of ln C: half the logarithm of 1 - mean |U_i - U_j|, and of the scores in terms of the largest."""
    n = len(a)
    i, j = np.triu_indices(n, 1)
    apart = a[i] - a[j], b[i] - b[j]
    crossing = apart[0] * apart[1] < 0
    cuts = np.unique(np.concatenate([[0, 1], (apart[0] / (apart[0] - apart[1] + ~crossing))[crossing]]))
    slopes = np.zeros(n)
    for start, end in pairwise(cuts):
        u, v, middle = (a + t * (b - a) for t in (start, end, (start + end) / 2))
        signs = np.sign(middle[:, None] - middle).sum(axis=1) / len(i)
        evenness = [1 - np.abs(w[i] - w[j]).sum() / len(i) for w in (u, v)]
        if min(evenness) <= 1e-12:
            return np.full(n, np.nan)
        top = middle == middle.max()
        own = 1 / logarithmic_mean(u, v)
        own[top] *= 1 - n / top.sum()
        slopes += (end - start) * (own / (n - 1) - signs / logarithmic_mean(*evenness)) / 2
    return slopes


def _fan(a, b):
    """Mean slopes of ln(1 - 2 s) with the standard deviation s of the scores."""
    spread = a.std(), b.std()
    left = 1 - 2 * spread[0], 1 - 2 * spread[1]
    if min(left) <= 1e-12:
        return np.full(len(a), np.nan)
    if sum(spread) == 0:
        return np.zeros(len(a))
    half_way = (a + b) / 2
    quadratic = 2 * (half_way - half_way.mean()) / len(a)
    return -2 * quadratic / (sum(spread) * logarithmic_mean(*left))


def logarithmic_mean(a, b):
    """Logarithmic mean L(a, b) = (b - a) / (ln b - ln a), a where the two are equal.

    Parameters
    ----------
    a, b : array_like
        Positive.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> float(logarithmic_mean(1, np.e).round(6)), float(logarithmic_mean(2, 2))
    (1.718282, 2.0)
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    ratio = (b - a) / a
    steep = np.log1p(ratio)
    return a * np.divide(ratio, steep, out=np.ones(np.broadcast(a, b).shape), where=steep != 0)
