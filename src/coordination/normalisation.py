"""Putting indicators on one scale."""

import numpy as np

from coordination.errors import InputErrors, InputError


def min_max(values, directions):
    """Rescale every indicator to [0, 1] over the pooled panel.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Regions and years by indicators.
    directions : mapping of str to {'positive', 'negative'}
        Direction of every indicator.

    Returns
    -------
    pandas.DataFrame, shape (n * m, k)
        (Y - min) / (max - min), and (max - Y) / (max - min) for a negative indicator; extremes over all
        regions and all years, never per year, so that scores of different years can be compared.

    Raises
    ------
    InputErrors
        If an indicator is constant, or a value is missing or infinite.

    Examples
    --------
    >>> import pandas as pd
    >>> min_max(pd.DataFrame({"a": [1.0, 2.0, 5.0]}), {"a": "negative"})["a"].tolist()
    [1.0, 0.75, 0.0]
    """
    low, high = values.min(), values.max()
    faults = []
    for name in values:
        if not np.isfinite(values[name]).all():
            faults.append(InputError(f"indicator {name}", "a missing or infinite value", "finite numbers", "fill or correct it"))
        elif low[name] == high[name]:
            found = f"{low[name]:g} everywhere"
            faults.append(InputError(f"indicator {name}", found, "values that differ", "leave the indicator out"))
    if faults:
        raise InputErrors(faults)
    rising = (values - low) / (high - low)
    falling = (high - values) / (high - low)
    negative = [name for name in values if directions[name] == "negative"]
    return rising.assign(**falling[negative])
