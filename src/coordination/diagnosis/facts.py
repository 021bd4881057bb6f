"""What sentences about obstacles, concepts, rules and drivers rest on: numbers, ids, yes or no; no words.

What a lens, a concept or a path is called is a `Text` of the study's catalogue, which holds every language.
"""

from __future__ import annotations

from coordination.diagnosis import fields


def obstacles(indicators, dimensions):
    """Name the largest obstacles on the mean of the regions, and those that move most.

    Parameters
    ----------
    indicators, dimensions : pandas.DataFrame
        Mean obstacle degrees (shares): columns indicator or part, first, last, change.

    Returns
    -------
    dict
        indicators: the five largest in the last year (id, last), none if nothing is in the way; dimension: the largest
        (part, last); rising and falling: the dimensions that changed most either way (part, first, last), both None
        where not both ways occur.
    """
    top = indicators.sort_values("last", ascending=False, kind="stable").head(5)
    up, down = (dimensions.loc[k(dimensions["change"])] for k in (lambda c: c.idxmax(), lambda c: c.idxmin()))
    both = down["change"] < 0 < up["change"]
    return {
        "indicators": top[top["last"] > 0][["indicator", "last"]].to_dict("records"),
        "dimension": dict(dimensions.loc[dimensions["last"].idxmax()]),
        "rising": dict(up) if both else None,
        "falling": dict(down) if both else None,
    }


def growth_contributions(table):
    """Which indicators the growth of D came from.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, subsystem, indicator, contribution.

    Returns
    -------
    dict
        total (change of ln D, mean of the regions; None if it is defined in none); subsystems, top and against (pairs
        of id and mean contribution: of all subsystems, of the three largest indicators, of those below 0, the lowest
        first); undefined (regions).
    """
    total = table.groupby("region", sort=False)["contribution"].sum(min_count=1)
    mean = table.groupby("indicator", sort=False)["contribution"].mean()
    order = mean.sort_values(ascending=False, kind="stable")
    sums = table.groupby("subsystem", sort=False)["contribution"].sum() / max(1, total.notna().sum())
    return {
        "total": None if total.isna().all() else total.mean(),
        "subsystems": list(sums.items()),
        "top": list(order.head(3).items()),
        "against": list(order[order < -0.0005].items())[::-1],  # what is not 0.000 in print
        "undefined": list(total.index[total.isna()]),
    }


def coverage(covered, found):
    """How much of a lens's concepts the indicators evidence, and what they do not see.

    Parameters
    ----------
    covered : pandas.DataFrame
        Rows of one lens: columns lens, concept, weight (a share), state.
    found : Catalogue

    Returns
    -------
    dict
        lens (Text); concepts and good (how many there are and how many have figures); heavy (Text) and weight of the
        concept that carries most; blind (Texts).
    """
    lens = found.lens(covered["lens"].iloc[0])
    heavy = covered.loc[covered["weight"].idxmax()]
    return {
        "lens": lens.name,
        "concepts": len(covered),
        "good": int((covered["state"] == "covered").sum()),
        "heavy": lens.concept(heavy["concept"]).name,
        "weight": heavy["weight"],
        "blind": [lens.concept(c).name for c in covered.loc[covered["state"] != "covered", "concept"]],
    }


def coverage_summary(covered):
    """How many concepts are evidenced.

    Parameters
    ----------
    covered : pandas.DataFrame
        Columns lens, state.

    Returns
    -------
    dict
        lenses, concepts, and of these covered, without_figures, blind.
    """
    states = {k: int((covered["state"] == k).sum()) for k in ("covered", "without_figures", "blind")}
    return {"lenses": covered["lens"].nunique(), "concepts": len(covered)} | states


def diagnosis(table, profiles, significance):
    """How the regions stand, and how sure their place among the neighbours is.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`.
    profiles : pandas.DataFrame
        Index region; columns settled, significant.
    significance : float

    Returns
    -------
    dict
        regions; fewest and most (limits of one); settled and sure (how many regions); significance.
    """
    limits = table["region"].value_counts().reindex(profiles.index, fill_value=0)
    settled, sure = (int((profiles[k] == True).sum()) for k in ("settled", "significant"))  # noqa: E712 may hold None
    return {
        "regions": len(profiles),
        "fewest": limits.min(),
        "most": limits.max(),
        "settled": settled,
        "sure": sure,
        "significance": significance,
    }


def diagnosis_summary(table, found, regions):
    """Which limits are diagnosed in most regions.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`.
    found : Catalogue
    regions : sequence of str

    Returns
    -------
    dict
        most: three at most, each a Text and in how many regions.
    """
    counts = table.loc[table["region"].isin(regions), "rule"].value_counts(sort=False)
    most = counts.sort_values(ascending=False, kind="stable").head(3)
    return {"most": [(found.diagnosed(rule), count) for rule, count in most.items()]}


def group_diagnosis(profiles):
    """How the regions of a group stand.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Regions of one group: index region; columns group, degree, lag, largest_dimension.

    Returns
    -------
    dict
        group, regions (how many), mean, high and low (regions), highest and lowest (their D); lags and dimensions
        (pairs of id and in how many regions), even (how many regions no subsystem lags in).
    """
    d = profiles["degree"].astype(float)
    lags = profiles.loc[profiles["lag"] != "synchronised", "lag"].value_counts(sort=False)
    return {
        "group": profiles["group"].iloc[0],
        "regions": len(profiles),
        "mean": d.mean(),
        "high": d.idxmax(),
        "highest": d.max(),
        "low": d.idxmin(),
        "lowest": d.min(),
        "lags": list(lags.items()),
        "even": len(profiles) - int(lags.sum()),
        "dimensions": list(profiles["largest_dimension"].dropna().value_counts().items()),
    }


def _evidence(field, found):
    kind, _, place = field.partition(".")
    lens, _, concept = place.partition(".")
    return [e for e in found.lens(lens).mapping if e.concept == concept] if kind == "obstacle_concept" else []


def countermeasure(table, found, groups, significance):
    """Put a limit beside its countermeasure, where it was diagnosed and on what numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one rule of the hand-over table `diagnosis`, with their numbers as pairs of field and value in the
        column `pairs`.
    found : Catalogue
    groups : pandas.Series
        Index region, the group of each.
    significance : float

    Returns
    -------
    dict
        limit, path, measures (Texts); regions (none if it is diagnosed for the whole) and how many of each group;
        ranges (`fields.Range`) of the numbers but for places; tested and sure (how many p values, and how many of them
        are not above the level), significance; indicators (that evidence the
        concepts it goes by).
    """
    row = table.iloc[0]
    path = found.lens(row["lens"]).path(row["path"])
    figures = {}
    for field, value in (pair for pairs in table["pairs"] for pair in pairs):
        figures.setdefault(field, []).append(value)
    kept = {k: v for k, v in figures.items() if not isinstance(v[0], str) and not k.startswith("place")}
    regions = [r for r in table["region"] if r in groups.index]
    return {
        "limit": found.diagnosed(row["rule"]),
        "path": path.name,
        "measures": path.measures,
        "regions": regions,
        "counts": dict(groups[regions].value_counts()),
        "ranges": [fields.Range(k, min(v), max(v), found) for k, v in kept.items()],
        "tested": len(figures.get("p", ())),
        "sure": sum(p <= significance for p in figures.get("p", ())),
        "significance": significance,
        "indicators": list(dict.fromkeys(e.indicator for field in figures for e in _evidence(field, found))),
    }


def drivers(singles, pairs, year):
    """Which covariates go with D by geodetector.

    Parameters
    ----------
    singles : pandas.DataFrame or None
        Columns variable, year, q, p, reason.
    pairs : pandas.DataFrame or None
        Columns first, second, q, kind, reason, of one year.
    year : int or str
        Of which it is said.

    Returns
    -------
    dict
        detected; causes (variable, q, p; from high to low), refused (variables), pair (the one with the largest q:
        first, second, q, kind), few (whether there are pairs but all are refused).
    """
    if singles is None:
        return {"detected": False}
    own = singles[singles["year"] == year]
    known = own[own["reason"] == ""].sort_values("q", ascending=False, kind="stable")
    joint = pairs[pairs["reason"] == ""]
    return {
        "detected": True,
        "year": year,
        "causes": known[["variable", "q", "p"]].to_dict("records"),
        "refused": list(own.loc[own["reason"] != "", "variable"]),
        "pair": dict(joint.loc[joint["q"].idxmax()]) if len(joint) else None,
        "few": len(pairs) > len(joint) == 0,
    }


def spatial_models(table, significance):
    """Tell what spatial models find, or why they are refused.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, variable, coefficient, p, observations, reason; the last row of a model is its effect of
        space.
    significance : float

    Returns
    -------
    dict
        models: of each its id, observations, reason (of a refusal), causes and lagged (variable and
        coefficient of the significant covariates, and of their neighbours' means under a Durbin model) and space
        (variable, coefficient, p); significance.
    """
    models = []
    for model, own in table.groupby("model", sort=False):
        sure = own.iloc[:-1].query("p <= @significance")[["variable", "coefficient"]]
        of = sure["variable"].str.startswith("lag:")
        lagged = sure[of].assign(variable=sure.loc[of, "variable"].str.removeprefix("lag:"))
        said = {"id": model, "causes": sure[~of].to_dict("records"), "lagged": lagged.to_dict("records")}
        said["space"] = dict(own.iloc[-1])
        models.append(said | dict(own[["observations", "reason"]].iloc[0]))
    return {"models": models, "significance": significance}


def dependence(tests, significance):
    """Tell which kind of spatial dependence the tests find before a spatial model is fitted.

    Parameters
    ----------
    tests : pandas.DataFrame
        Columns test, p, as `spatial_panel.lagrange_multipliers` returns them.
    significance : float

    Returns
    -------
    dict
        p by test; lag and error: whether the robust test finds it; any: whether one of the plain ones finds any.
    """
    p = tests.set_index("test")["p"]
    return {
        "p": p.to_dict(),
        "lag": bool(p["robust_lag"] <= significance),
        "error": bool(p["robust_error"] <= significance),
        "any": bool((p[["lag", "error"]] <= significance).any()),
    }
