"""How much Moran's I hangs on single regions, on single pairs of neighbours, and on the choice of weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.spatial import neighbours, permutation
from coordination.spatial.autocorrelation import aligned, standardised
from coordination.study.model import SpatialWeights

COLUMNS = ("kind", "region", "neighbour", "weights", "share", "moran_i", "expected_i", "p", "p_two_sided", "exact")

POWERS = (0.5, 1.0, 1.5, 2.0, 3.0)

NEIGHBOURS = (2, 3, 4, 6)

PAIRS = 6  # of the greatest weights

REGIONS = 60  # left out one by one at most


def influence(table, value, setting, regions, polygons=None, own=None, tail="greater", permutations=999, seed=0):
    """Moran's I of one year without each region, without each of the heaviest pairs, and under other weights.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`, of one year.
    value : str
    setting : SpatialWeights
        The study's.
    regions : pandas.DataFrame
        Index region.
    polygons, own
        As for `neighbours.build`.
    tail : str
        A name of `choices.TAIL`.
    permutations, seed : int
        Used for more than ten regions.

    Returns
    -------
    pandas.DataFrame
        Columns kind (`whole`, `region`: without it, `pair`: without the link, `weights`: others), region, neighbour,
        weights (their name, as the multiverse has it), share (of the pair in the sum of weights), moran_i, expected_i,
        p (in the tail) and p_two_sided, exact (whether all arrangements were enumerated for them). Up to 60 regions,
        those with the largest share of weights first; the six heaviest pairs. Without a region, weights are transformed
        anew; rows whose weights cannot be built are left out.

    Raises
    ------
    InputError
        If the table is of several years, and as `autocorrelation.analytic_moran`.
    """
    years = table["year"].unique()
    if len(years) > 1:
        found = f"the years {', '.join(map(str, sorted(years)))}"
        raise InputError(value, found, "one year", "choose the rows of one year")
    raw = neighbours.build(setting, regions, polygons, own)
    weights = neighbours.transform(raw, setting.transform)

    def moran(w, kind, **about):
        _, y, matrix = aligned(table[table["region"].isin(w.index)], value, w)
        z, matrix, expected = standardised(y), matrix / matrix.sum(), -1 / (len(w) - 1)
        arguments = z, matrix, np.einsum("ti,ij,tj->t", z, matrix, z), expected
        exact = permutation.exact_global(*arguments)
        p = exact or permutation.sampled_global(*arguments, permutations, seed)
        found = {"moran_i": arguments[2][0], "expected_i": expected, "p": p[tail][0], "exact": exact is not None}
        return {"kind": kind, **about, **found, "p_two_sided": p["two-sided"][0]}

    rows = [moran(weights, "whole")]
    both = (weights + weights.T) / weights.to_numpy().sum()
    if len(raw) > 4:
        for name in both.sum().sort_values(ascending=False, kind="stable").index[:REGIONS]:
            rest = raw.drop(index=name, columns=name)
            if rest.to_numpy().any():
                rows.append(moran(neighbours.transform(rest, setting.transform), "region", region=name))
    shares = both.where(np.triu(np.ones(both.shape, bool), 1)).stack().sort_values(ascending=False, kind="stable")
    for (one, other), share in shares[shares > 0][:PAIRS].items():
        cut = weights.copy()
        cut.loc[one, other] = cut.loc[other, one] = 0
        if cut.to_numpy().any():
            rows.append(moran(cut, "pair", region=one, neighbour=other, share=share))
    for name, other in _others(setting, len(raw)).items():
        try:
            built = neighbours.transform(neighbours.build(other, regions, polygons, own), other.transform)
        except InputError:
            continue  # the study has no points, no polygons, or islands
        rows.append(moran(built, "weights", weights=name))
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _others(setting, n):
    """Return the weights that are tried, by name."""
    tried = {f"inverse_distance_{p:g}": {"kind": "inverse_distance", "power": p} for p in POWERS}
    tried |= {f"knn_{k}": {"kind": "knn", "k": k} for k in NEIGHBOURS if k < n - 1}
    tried |= {"queen": {"kind": "queen"}}
    common = {"distance": setting.distance, "transform": setting.transform}
    others = {name: SpatialWeights(**one, **common) for name, one in tried.items()}
    alike = {"kind", "power", "k"} if setting.kind == "inverse_distance" else {"kind", "k"}
    own = setting.model_dump(include=alike)
    return {name: one for name, one in others.items() if one.model_dump(include=alike) != own}
