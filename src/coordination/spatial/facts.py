"""What sentences about spatial autocorrelation rest on: numbers and yes or no, no words."""

from __future__ import annotations

from math import erfc, sqrt

from coordination.choices import TAIL
from coordination.sections import exact_column, p_columns
from coordination.spatial.influence import REGIONS
from coordination.spatial.permutation import doubled

ENOUGH = 0.8  # power that is customarily asked for


def global_moran(table, inference):
    """In how many years or periods autocorrelation is significant under which inference.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    inference : Autocorrelation
        The study's setting.

    Returns
    -------
    dict
        sources: of each its name, years, those with a positive I, first and last I, and significant years by kind of
        p; named: whether there is a source beside the data.
    """
    sources = []
    for name, own in table.groupby("source", sort=False):
        made = [p for p in p_columns(inference.tail) if own[p].notna().all()]
        counts = [(p, int((own[p] <= inference.significance).sum())) for p in made]
        found = {"name": name, "years": len(own), "positive": int((own["moran_i"] > 0).sum()), "counts": counts}
        sources.append(found | {"first": own["moran_i"].iloc[0], "last": own["moran_i"].iloc[-1]})
    named = [s["name"] for s in sources] != ["data"]
    return {"sources": sources, "named": named, "significance": inference.significance, "tail": inference.tail}


def local_moran(table, inference):
    """Which regions are significant, which quadrants depend on the axes, and which p could not be small.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year and source of the hand-over table `local-moran`.
    inference : Autocorrelation

    Returns
    -------
    dict
        depend, significant, unable: regions; regions and enumerated: how many, and how many by enumeration.
    """
    return {
        "depend": list(table["region"][table["quadrant"] != table["quadrant_article"]]),
        "significant": list(table["region"][table["significant_fdr"]]),
        "unable": list(table["region"][table["p_smallest"] > inference.significance]),
        "enumerated": int(table["p_exact"].notna().sum()),
        "regions": len(table),
    }


def moran_summary(table, inference):
    """How far spatial autocorrelation goes and how sure it is, by sides of the test.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one source of the hand-over table `global-moran`.
    inference : Autocorrelation

    Returns
    -------
    dict
        years, positive, significance; exact: whether every arrangement was made; sides: of each whether it is one, and
        the significant years by the normal approximation and by the other test, two-sided also by twice the smaller
        tail (None where it was not enumerated).
    """
    level, tail = inference.significance, inference.tail
    exact = bool(table["p_exact_two_sided"].notna().all())
    both = [erfc(abs(z) / sqrt(2)) for z in table["z_randomisation"]]
    pairs = [(tail != "two-sided", table["p_randomisation"], table[exact_column(tail) if exact else "p_permutation"])]
    if exact and tail != "two-sided":
        pairs.append((False, both, table["p_exact_two_sided"]))
    twice = int((table["p_exact_doubled"] <= level).sum()) if exact else None
    sides = [
        {
            "one": one,
            "normal": sum(p <= level for p in normal),
            "sure": sum(p <= level for p in sure),
            "doubled": None if one else twice,
        }
        for one, normal, sure in pairs
    ]
    positive = int((table["moran_i"] > 0).sum())
    return {"years": len(table), "positive": positive, "significance": level, "exact": exact, "sides": sides}


def joint(table, inference):
    """Whether regions are alike over all years together.

    Parameters
    ----------
    table : pandas.DataFrame
        One row, as `joint.joint_moran` returns it.
    inference : Autocorrelation

    Returns
    -------
    dict
        years, correlation (the smallest between two years), dependent (whether it is above one half), index (mean I),
        exact; p in the study's tail, one (whether it has one side), and two and doubled, p two-sided by both
        definitions (None where they were not enumerated or are p); sure, whether p is significant, and sure_two_sided,
        whether it is two-sided by every definition (None where p is two-sided).
    """
    row, level, tail = table.iloc[0], inference.significance, inference.tail
    exact = bool(row["p_exact_two_sided"] == row["p_exact_two_sided"])
    p = row[exact_column(tail)] if exact else row["p_permutation"]
    two = None if tail == "two-sided" else row["p_exact_two_sided" if exact else "p_permutation_two_sided"]
    doubled = row["p_exact_doubled"] if exact else None
    return {
        "years": int(row["years"]),
        "correlation": row["correlation"],
        "dependent": bool(row["correlation"] > 0.5),
        "index": row["moran_i"],
        "exact": exact,
        "p": p,
        "one": tail != "two-sided",
        "two": two,
        "doubled": doubled,
        "sure": bool(p <= level),
        "sure_two_sided": None if two is None else bool(max(two, two if doubled is None else doubled) <= level),
    }


def influence(table, inference, year):
    """How far Moran's I of a year hangs on single regions, pairs and the choice of weights.

    Parameters
    ----------
    table : pandas.DataFrame
        As `influence.influence` returns it.
    inference : Autocorrelation
    year : int or str

    Returns
    -------
    dict
        year, significance; index, p and expected of the whole; regions: how many were left out, whether only the
        heaviest were, low and high (name and I), over (how many p exceed the level); pair (one, other, share, index) or
        None; weights: how many others, low and high (name and I), over; below: other weights under which I is not
        positive and yet significant (name, index, p), or None.
    """
    level = inference.significance
    whole = table[table["kind"] == "whole"].iloc[0]
    of = dict(list(table.groupby("kind")))

    def spread(kind, name):
        own = of.get(kind)
        if own is None:
            return None
        ends = {
            end: {"name": own.loc[k, name], "index": own.loc[k, "moran_i"]}
            for end, k in (("low", own["moran_i"].idxmin()), ("high", own["moran_i"].idxmax()))
        }
        heaviest = round(1 - 1 / whole["expected_i"]) > REGIONS
        return {"count": len(own), "over": int((own["p"] > level).sum()), "heaviest": heaviest, **ends}

    pair, others = of.get("pair"), of.get("weights", table[:0])
    below = others[others["moran_i"].between(others["expected_i"], 0, inclusive="right") & (others["p"] <= level)]
    return {
        "year": year,
        "significance": level,
        "index": whole["moran_i"],
        "p": whole["p"],
        "expected": whole["expected_i"],
        "regions": spread("region", "region"),
        "pair": None
        if pair is None
        else {
            "one": pair["region"].iloc[0],
            "other": pair["neighbour"].iloc[0],
            "share": pair["share"].iloc[0],
            "index": pair["moran_i"].iloc[0],
        },
        "weights": spread("weights", "weights"),
        "below": None
        if below.empty
        else {"name": below["weights"].iloc[0], "index": below["moran_i"].iloc[0], "p": below["p"].iloc[0]},
    }


def moran_change(table, inference):
    """Whether clustering changed, by a test of the change.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `moran-change`.
    inference : Autocorrelation

    Returns
    -------
    dict
        changes: rows of the table with whether I fell and whether the change is significant; named: whether there is a
        source beside the data.
    """
    rows = [
        row | {"fell": row["change"] < 0, "sure": bool(row["p_two_sided"] <= inference.significance)}
        for row in table.to_dict("records")
    ]
    return {"changes": rows, "named": list(table["source"]) != ["data"]}


def power(table, change, inference):
    """How much the test of a change can find.

    Parameters
    ----------
    table : pandas.DataFrame
        As `change.power` returns it.
    change : pandas.DataFrame
        The hand-over table `moran-change`.
    inference : Autocorrelation

    Returns
    -------
    dict
        change and critical, of the data (critical None if no fall could be significant); first and last, the simulated
        coefficients; found, of each correlation of shocks the power and the size; low, whether a power is below 80 %.
    """
    own = change[change["source"] == "data"].iloc[0]
    found = table[["correlation", "power", "size"]].to_dict("records")
    critical = None if own["critical"] != own["critical"] else own["critical"]
    ends = {"first": table["first"].iloc[0], "last": table["last"].iloc[0], "low": bool(table["power"].min() < ENOUGH)}
    return {
        "change": own["change"],
        "critical": critical,
        "significance": inference.significance,
        **ends,
        "found": found,
    }


def association(contiguity, bivariate, inference):
    """Count what Geary's C and bivariate Moran's I show.

    Parameters
    ----------
    contiguity : pandas.DataFrame
        Columns year, geary_c, p (with the study's tail), p_two_sided.
    bivariate : pandas.DataFrame
        Columns first, second, year, bivariate_i, expected_i, p_two_sided.
    inference : Autocorrelation

    Returns
    -------
    dict
        years, significance, first and last C, low: whether C is below 1 throughout, one and two: significant years by
        sides, sided: whether the study's tail is one; pairs: of each the subsystems, first and last I, years.
    """
    level, c = inference.significance, contiguity["geary_c"]
    pairs = [
        {
            "of": a,
            "with": b,
            "first": own["bivariate_i"].iloc[0],
            "last": own["bivariate_i"].iloc[-1],
            "sure": int((own["p_two_sided"] <= level).sum()),
        }
        for (a, b), own in bivariate.groupby(["first", "second"], sort=False)
    ]
    return {
        "years": len(contiguity),
        "significance": level,
        "first": c.iloc[0],
        "last": c.iloc[-1],
        "low": bool((c < 1).all()),
        "one": int((contiguity["p"] <= level).sum()),
        "two": int((contiguity["p_two_sided"] <= level).sum()),
        "sided": inference.tail != "two-sided",
        "pairs": pairs,
    }


def gravity(path):
    """Where the centre of gravity moves and how the ellipse changes.

    Parameters
    ----------
    path : pandas.DataFrame or None
        Columns year, longitude, latitude (degrees), area (km^2), moved, from_first (km), direction (degrees clockwise
        from north), a row a year; None without points and polygons.

    Returns
    -------
    dict
        years (0 without a path), since, until, longitude, latitude, distance and walked (km), bearing (degrees; None
        where the centre stays), ratio: change of the ellipse's area in percent.
    """
    if path is None:
        return {"years": 0}
    first, last = path.iloc[0], path.iloc[-1]
    return {
        "years": len(path),
        "since": path["year"].iloc[0],
        "until": path["year"].iloc[-1],
        "longitude": last["longitude"],
        "latitude": last["latitude"],
        "distance": last["from_first"],
        "walked": path["moved"].sum(),
        "bearing": last["direction"] if last["from_first"] > 0 else None,
        "ratio": 100 * (last["area"] / first["area"] - 1) if first["area"] > 0 else float("nan"),
    }


def hot_spots(table):
    """Which regions are hot and cold spots.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, g_star, significant_fdr, a row a region, of one year.

    Returns
    -------
    dict
        year; spots: kind and regions of those that there are.
    """
    sure = table[table["significant_fdr"]]
    kinds = {"hot": sure["region"][sure["g_star"] > 0], "cold": sure["region"][sure["g_star"] < 0]}
    spots = [(kind, list(names)) for kind, names in kinds.items() if len(names)]
    return {"year": table["year"].iloc[0], "spots": spots}


def trend_surface(table):
    """How much of D a surface over the map explains, or why none is fitted.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns order, year, r_squared, p, rise, bearing, reason.

    Returns
    -------
    dict
        surfaces: of each its order, and either the reason why it is not fitted or first and last year and share of the
        variance, p of the last, and for a plane the bearing of its steepest rise (degrees).
    """
    surfaces = []
    for order, own in table.groupby("order", sort=True):
        first, last = own.iloc[0], own.iloc[-1]
        years = own["year"]
        found = {
            "since": years.iloc[0],
            "until": years.iloc[-1],
            "first": first["r_squared"],
            "last": last["r_squared"],
        }
        found |= {"years": len(own), "p": last["p"], "bearing": last["bearing"] if order == 1 else None}
        surfaces.append({"order": order, "reason": first["reason"]} | found)
    return {"surfaces": surfaces}


def metacoupling(table):
    """How coordination with other regions compares with that within regions.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year, as `metacoupling.metacoupling` returns them.

    Returns
    -------
    dict
        year; regions; means of D by kind (local, peri, tele); above: of peri and tele each the number of regions with a
        higher D than within themselves; gains and loses, the regions whose D with near regions exceeds that within
        them by most, and falls short of it by most, with the difference (None if none does); alone, the regions
        without near ones.
    """
    wide = table.pivot(index="region", columns="kind", values="coordination_degree")
    difference = (wide["peri"] - wide["local"]).dropna()
    ends = {"gains": difference[difference > 0].nlargest(1), "loses": difference[difference < 0].nsmallest(1)}
    return {
        "year": table["year"].iloc[0],
        "regions": len(wide),
        "means": wide.mean().to_dict(),
        "above": {kind: int((wide[kind] > wide["local"]).sum()) for kind in ("peri", "tele")},
        **{k: None if own.empty else {"region": own.index[0], "by": abs(own.iloc[0])} for k, own in ends.items()},
        "alone": list(wide.index[wide["peri"].isna()]),
    }


def two_definitions(table):
    """How far the two-sided p of local Moran's I by distance is from twice the smaller tail.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year and source of the hand-over table `local-moran`, p two-sided.

    Returns
    -------
    dict
        by: the largest difference, and region, where it is; by is None where nothing was enumerated.
    """
    known = table.dropna(subset="p_exact_greater")
    if known.empty:
        return {"by": None, "region": None}
    one_sided = {name: known[exact_column(name)] for name, tail in TAIL.items() if tail.sides == 1}
    difference = (doubled(one_sided) - known["p_exact"]).abs()
    return {"by": float(difference.max()), "region": known["region"][difference.idxmax()]}


def discovery(table, inference):
    """How many regions and years are significant if the false discovery rate is controlled by year, and over all years.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one source of the hand-over table `local-moran`.
    inference : Autocorrelation

    Returns
    -------
    dict
        tests; years; by_year and over_all: significant regions and years; regions: those significant over all in any
        year.
    """
    from scipy.stats import false_discovery_control

    q = false_discovery_control(table["p_exact"].fillna(table["p_permutation"]))
    found = q <= inference.significance
    return {
        "tests": len(table),
        "years": table["year"].nunique(),
        "by_year": int(table["significant_fdr"].sum()),
        "over_all": int(found.sum()),
        "regions": sorted(set(table["region"][found])),
    }
