"""What holds coordination back, and what its growth came from, indicator by indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.choices import COUPLING
from coordination.errors import InputError
from coordination.indices.slopes import logarithmic_mean


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
    variant : str
        Of the coupling degree, a name of `choices.COUPLING`.

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
    variant : str
        A name of `choices.COUPLING`, whose entry brings the slopes of ln C (see `indices.slopes`).

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
    ln D = (ln C + ln T) / 2, and T is linear in the scores.

    Examples
    --------
    >>> mean_slopes([0.2, 0.4], [0.4, 0.4], [0.5, 0.5]).round(4).tolist()
    [0.8664, 0.625]
    """
    a, b, alpha = (np.asarray(v, dtype=float) for v in (first, last, alpha))
    of_coupling = COUPLING[variant].slopes
    if min(alpha @ a, alpha @ b) <= 0:
        return np.full(len(a), np.nan)
    return (alpha / logarithmic_mean(alpha @ a, alpha @ b) + of_coupling(a, b)) / 2
