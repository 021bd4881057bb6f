"""What sentences about indicators, weights, scores and coordination rest on: numbers and yes or no, no words."""

from __future__ import annotations


def weights(table):
    """Which indicators weigh most and least.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, entropy, weight.

    Returns
    -------
    dict
        subsystems: of each its id, the indicators with the highest and lowest weight, and these.
    """
    subsystems = []
    for name, own in table.groupby("subsystem", sort=False):
        ordered = own.sort_values("weight", kind="stable")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        found = {"id": name, "high": high["indicator"], "low": low["indicator"]}
        subsystems.append(found | {"high_weight": high["weight"], "low_weight": low["weight"]})
    return {"subsystems": subsystems}
