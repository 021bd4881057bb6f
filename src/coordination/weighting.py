"""Weights of indicators, and the composite scores they make."""

import numpy as np
import pandas as pd

from coordination.errors import InputError, InputErrors


def entropy(values):
    """Entropy and entropy weight of every indicator.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Non-negative values, pooled over regions and years.

    Returns
    -------
    pandas.DataFrame
        Index indicator; columns entropy e_j = -(1 / ln(nm)) sum p ln p with p = x / sum(x) and 0 ln 0 = 0, and
        weight w_j = (1 - e_j) / sum(1 - e).

    Raises
    ------
    InputErrors
        If there are fewer than two rows, a value is negative, missing or infinite, an indicator is zero
        throughout, or none of them varies.

    Notes
    -----
    No shift by 0.0001 and no rescaling: the limit of p ln p at 0 is 0 (Shannon 1948).

    Examples
    --------
    >>> entropy(pd.DataFrame({"a": [1, 4], "b": [2, 16]}))["weight"].round(6).tolist()
    [0.358889, 0.641111]
    """
    x = values.to_numpy(dtype=float)
    if len(x) < 2:
        raise InputErrors([InputError("panel", f"{len(x)} rows", "at least two", "add regions or years")])
    faults = []
    for name, column in zip(values, x.T, strict=True):
        if not np.isfinite(column).all() or (column < 0).any():
            found, expected = "a negative, missing or infinite value", "numbers from 0"
            faults.append(InputError(f"indicator {name}", found, expected, "normalise the indicator first"))
        elif not column.any():
            faults.append(
                InputError(f"indicator {name}", "0 everywhere", "values that differ", "leave the indicator out")
            )
    if faults:
        raise InputErrors(faults)
    p = x / x.sum(axis=0)
    terms = np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)
    e = -terms.sum(axis=0) / np.log(len(x))
    information = np.clip(1 - e, 0, None)
    if information.sum() <= 1e-12:
        raise InputErrors(
            [InputError("panel", "no indicator that varies", "values that differ", "correct the figures")]
        )
    return pd.DataFrame(
        {"entropy": e, "weight": information / information.sum()}, index=values.columns.rename("indicator")
    )


def weights(values, subsystems):
    """Entropy weights of the indicators within every subsystem.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Normalised indicators.
    subsystems : mapping of str to sequence of str
        Indicators of every subsystem.

    Returns
    -------
    pandas.DataFrame
        Columns subsystem, indicator, entropy, weight; weights add up to 1 in a subsystem.
    """
    parts = {name: entropy(values[list(members)]) for name, members in subsystems.items()}
    return pd.concat(parts, names=["subsystem"]).reset_index()


def scores(values, weights):
    """Composite scores U = sum_j w_j x_j.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Normalised indicators; index (region, year).
    weights : pandas.DataFrame
        Columns subsystem, indicator, weight.

    Returns
    -------
    pandas.DataFrame
        Columns region, year, subsystem, score; a score lies in [0, 1].
    """
    parts = {
        name: values[part["indicator"]] @ part.set_index("indicator")["weight"]
        for name, part in weights.groupby("subsystem", sort=False)
    }
    long = pd.DataFrame(parts).rename_axis(columns="subsystem").stack().rename("score")
    return long.reset_index()
