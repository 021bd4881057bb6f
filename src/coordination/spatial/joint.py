"""One test of spatial autocorrelation over all years, since years are no independent samples."""

from __future__ import annotations

from math import factorial

import numpy as np
import pandas as pd

from coordination.choices import TAIL
from coordination.sections import exact_column
from coordination.spatial import permutation
from coordination.spatial.autocorrelation import aligned, standardised


def joint_moran(table, value, weights, tail="greater", permutations=9999, seed=0):
    """Test the mean of Moran's I over all years by permuting whole paths of regions.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region, already transformed as wanted.
    tail : str
        A name of `choices.TAIL`: that of the permutation p.
    permutations, seed : int
        Used for more than ten regions.

    Returns
    -------
    pandas.DataFrame
        One row: first, last, years (how many), correlation (the smallest between any two years; missing for one),
        moran_i (mean over the years), expected_i, permutation_mean, permutation_sd, p_permutation,
        p_permutation_two_sided, p_exact_greater, p_exact_less, p_exact_two_sided, p_exact_doubled. The exact ones are
        missing for more than ten regions; up to ten, all arrangements are the permutations.

    Raises
    ------
    InputError
        As `autocorrelation.analytic_moran`.

    Notes
    -----
    Under the null hypothesis every arrangement of the regions' paths on the map is equally likely. A path is moved as a
    whole, so that the dependence of a year on the next, however strong, stays as it is.
    """
    years, y, w = aligned(table, value, weights)
    z, matrix, n = standardised(y), w / w.sum(), w.shape[0]
    exact = factorial(n) <= permutation.FEASIBLE
    orders = permutation.enumerated(n) if exact else permutation.drawn(n, permutations, seed)
    observed, centre = ((z @ matrix) * z).sum(axis=1).mean(), -1 / (n - 1)
    means = (part.mean(axis=1) for part in permutation.rearranged(z, permutation.quadratic(matrix), orders))
    total, counts, (mean, sd) = permutation.counted(means, observed, centre)
    shares = {name: count / total if exact else np.nan for name, count in counts.items()}
    sampled = shares if exact else {name: (count + 1) / (total + 1) for name, count in counts.items()}
    apart = np.corrcoef(y) if len(years) > 1 else np.array([[np.nan]])
    row = {
        "first": years[0],
        "last": years[-1],
        "years": len(years),
        "correlation": apart.min(),
        "moran_i": observed,
        "expected_i": centre,
        "permutation_mean": mean,
        "permutation_sd": sd,
        "p_permutation": sampled[tail],
        "p_permutation_two_sided": sampled["two-sided"],
        **{exact_column(name): shares[name] for name in TAIL},
        "p_exact_doubled": permutation.doubled(shares),
    }
    return pd.DataFrame([row])
