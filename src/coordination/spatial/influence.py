"""How much Moran's I hangs on single regions, on single pairs of neighbours, and on the choice of weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.spatial import neighbours, permutation
from coordination.spatial.autocorrelation import aligned, differing, standardised
from coordination.study.model import SpatialWeights

COLUMNS = ("kind", "region", "neighbour", "weights", "share", "moran_i", "expected_i", "p", "p_two_sided", "exact")

# Weights that are tried, by name
TRIED = {
    **{f"inverse_distance_{p:g}": {"kind": "inverse_distance", "power": p} for p in (0.5, 1.0, 1.5, 2.0, 3.0)},
    **{f"knn_{k}": {"kind": "knn", "k": k} for k in (2, 3, 4, 6)},
    "queen": {"kind": "queen"},
}

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
    from scipy.sparse import csr_array, triu  # late: a study without maps never needs it

    years = table["year"].unique()
    if len(years) > 1:
        found = f"the years {', '.join(map(str, sorted(years)))}"
        raise InputError(value, found, "one year", "choose the rows of one year")
    raw = neighbours.build(setting, regions, polygons, own)
    weights = neighbours.transform(raw, setting.transform)
    table = table[table["region"].isin(raw.index)]
    _, y, whole = aligned(table, value, weights)
    links, names = csr_array(raw, dtype=float), raw.index
    draws = {}  # by number of regions: all weights are judged by the same ones

    def moran(matrix, kind, y=y, **about):
        differing(y, value, years)
        z, n = standardised(y), y.shape[1]
        matrix, expected = matrix / matrix.sum(), -1 / (n - 1)
        arguments = z, matrix, ((z @ matrix) * z).sum(axis=1), expected
        exact = permutation.exact_global(*arguments)
        if exact is None and n not in draws:
            draws[n] = list(permutation.drawn(n, permutations, seed))
        p = exact or permutation.sampled_global(*arguments, permutations, seed, draws[n])
        found = {"moran_i": arguments[2][0], "expected_i": expected, "p": p[tail][0], "exact": exact is not None}
        return {"kind": kind, **about, **found, "p_two_sided": p["two-sided"][0]}

    rows = [moran(whole, "whole")]
    both = (weights + weights.T) / weights.to_numpy().sum()
    if len(raw) > 4:
        for i in both.sum().reset_index(drop=True).sort_values(ascending=False, kind="stable").index[:REGIONS]:
            kept = np.arange(len(raw)) != i
            rest = links[kept][:, kept]
            if rest.count_nonzero():
                rest = neighbours.transform(rest, setting.transform)
                rows.append(moran(rest, "region", y[:, kept], region=names[i]))
    pairs = triu(csr_array(both), 1, format="csr")
    first, second = pairs.nonzero()
    for k in np.argsort(-pairs[first, second], kind="stable")[:PAIRS]:
        i, j = first[k], second[k]
        cut = whole.copy().tocoo()
        cut.data[((cut.row == i) & (cut.col == j)) | ((cut.row == j) & (cut.col == i))] = 0
        if cut.count_nonzero():
            rows.append(moran(cut.tocsr(), "pair", region=names[i], neighbour=names[j], share=pairs[i, j]))
    for name, other in _others(setting, len(raw)).items():
        try:
            built = neighbours.transform(neighbours.build(other, regions, polygons, own), other.transform)
        except InputError:
            continue  # the study has no points, no polygons, or islands
        _, y, matrix = aligned(table, value, built)
        rows.append(moran(matrix, "weights", y, weights=name))
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _others(setting, n):
    """Return those that n regions can have and that are not the study's own."""
    common = {"distance": setting.distance, "transform": setting.transform}
    others = {name: SpatialWeights(**one, **common) for name, one in TRIED.items() if one.get("k", 0) < n - 1}
    alike = {"kind", "power", "k"} if setting.kind == "inverse_distance" else {"kind", "k"}
    own = setting.model_dump(include=alike)
    return {name: one for name, one in others.items() if one.model_dump(include=alike) != own}
