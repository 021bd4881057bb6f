"""What sentences about indicators, weights, scores and coordination rest on: numbers and yes or no, no words."""

from __future__ import annotations

from coordination.indices.development import growth as growth_of


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


def outliers(table, study, regions, fewest):
    """Which indicators' scales rest on one figure or region, and what comes out without it.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `outliers.dominated`.
    study : Study
    regions, fewest : int
        How many there are, and from how many on a region is judged.

    Returns
    -------
    dict
        cases (of each the indicator, region, year or None, range, weight, weight_without); looked, whether regions were
        looked at too; regions, last (year); if there are cases the largest change of D, with its region and year, and
        moved, the most regions whose rank changes.
    """
    found = {"cases": [], "looked": regions >= fewest and len(study.years) > 1, "regions": regions}
    found |= {"last": study.years[-1], "change": None, "region": None, "year": None, "moved": None}
    if table.empty:
        return found
    worst = table.loc[table["change"].abs().astype(float).idxmax()]
    cases = table[["indicator", "region", "year", "range", "weight", "weight_without"]].to_dict("records")
    most = {"change": abs(worst["change"]), "region": worst["change_region"], "year": worst["change_year"]}
    return found | {"cases": cases, **most, "moved": int(table["moved"].max())}


def gaps(filled, study):
    """How much of the panel is filled and what is missing altogether.

    Parameters
    ----------
    filled : pandas.DataFrame of bool
    study : Study

    Returns
    -------
    dict
        count and size: filled values of all; absent: indicators without figures.
    """
    dimensions = [d for s in study.subsystems for d in s.dimensions]
    absent = [i.id for d in dimensions for i in d.indicators if i.unavailable]
    return {"count": int(filled.to_numpy().sum()), "size": filled.size, "absent": absent}


def passed_over(long):
    """Which rows of the raw panel were used.

    Parameters
    ----------
    long : LongPanel or None

    Returns
    -------
    dict
        raw: whether there is a raw panel; used, other_regions, other_years: rows; summed, shared, renamed: used rows
        that earlier boundaries or names were put together from (see `boundaries.recast`).
    """
    if long is None:
        return {"raw": False}
    rows = {"other_regions": long.other_regions, "other_years": long.other_years}
    changed = list(long.values["changed"]) if "changed" in long.values else []
    rows |= {kind: changed.count(kind) for kind in ("summed", "shared", "renamed")}
    return {"raw": True, "used": len(long.values)} | rows


def release(same):
    """Whether the released panel is reproduced.

    Parameters
    ----------
    same : bool or None

    Returns
    -------
    dict
        same: None where nothing was released.
    """
    return {"same": same}


def development(yearly, by_group, by_region, study):
    """How a subsystem's score develops and where it is high and low.

    Parameters
    ----------
    yearly : pandas.DataFrame
        Columns year and the mean of all regions.
    by_group : pandas.DataFrame
        Columns group and its mean over all years.
    by_region : pandas.DataFrame
        Columns region, first, last, change, growth, mean.
    study : Study

    Returns
    -------
    dict
        years: the first and last (the last alone where years cannot be compared); first and last: their means; groups:
        name and mean from high to low; highest and lowest: up to three regions by their mean.
    """
    yearly = _compared(yearly, study)
    own = by_group[by_group["group"].isin([g.id for g in study.groups])]
    own = own.sort_values(by_group.columns[-1], ascending=False, kind="stable")
    ranked = list(by_region.sort_values("mean", ascending=False, kind="stable")["region"])
    k = max(1, min(3, len(ranked) // 2))
    return {
        "years": list(yearly["year"].iloc[[0, -1]])[: len(yearly)],
        "first": yearly.iloc[0, -1],
        "last": yearly.iloc[-1, -1],
        "groups": list(zip(own["group"], own.iloc[:, -1], strict=True)),
        "highest": ranked[:k],
        "lowest": ranked[-k:],
    }


def development_summary(yearly, study):
    """How the mean score of a subsystem moves.

    Parameters
    ----------
    yearly : pandas.DataFrame
        Columns year and the mean of all regions.
    study : Study

    Returns
    -------
    dict
        years: the first and last (the last alone where years cannot be compared); first and last: their means; rate:
        compound growth, percent a year.
    """
    yearly = _compared(yearly, study)
    values, years = yearly.iloc[:, -1], list(yearly["year"])
    rate = (
        100 * float(growth_of(values.iloc[0], values.iloc[-1], study.elapsed(years[0], years[-1]))) if years[1:] else 0
    )
    return {
        "years": [years[0], years[-1]][: len(years)],
        "first": values.iloc[0],
        "last": values.iloc[-1],
        "rate": rate,
    }


def _compared(yearly, study):
    """Return the rows of the years that can be compared: all, or the last alone."""
    return yearly if study.over_time else yearly.tail(1)


def coordination(groups, state, study):
    """How coordination develops and which subsystem lags.

    Parameters
    ----------
    groups : pandas.DataFrame
        Columns group, year, coordination_degree, level.
    state : pandas.DataFrame
        The last year's rows of `coordination`.
    study : Study

    Returns
    -------
    dict
        first and last: year, degree and level of the whole; years: how many can be compared; lagging: subsystem and
        number of regions; even: regions in which none lags.
    """
    own = _compared(groups[groups["group"] == study.whole.id], study)
    ends = [
        {"year": row["year"], "degree": row["coordination_degree"], "level": row["level"]}
        for _, row in own.iloc[[0, -1]].iterrows()
    ]
    names, lags = [s.id for s in study.subsystems], state["lag"].value_counts()
    lagging = [(name, int(count)) for name, count in lags.items() if name in names]
    even = int(lags.drop(names, errors="ignore").sum())
    return {"first": ends[0], "last": ends[1], "years": len(own), "lagging": lagging, "even": even}
