"""What sentences about distribution, convergence, inequality and mobility rest on: numbers, ids, yes or no."""

from __future__ import annotations


def density(peaks):
    """How the distribution of D moves, widens and splits.

    Parameters
    ----------
    peaks : pandas.DataFrame
        Columns year, bandwidth, peak, height, peaks.

    Returns
    -------
    dict
        years: how many have a density; of these start and stop (the first and last), first and last (places of their
        peaks), lower (whether the last peak is), several (years with more than one peak) and bandwidths (least
        and largest).
    """
    known = peaks.dropna(subset="peak")
    if known.empty:
        return {"years": 0}
    first, last = known.iloc[0], known.iloc[-1]
    start, stop = known["year"].iloc[[0, -1]]
    return {
        "years": len(known),
        "start": start,
        "stop": stop,
        "first": first["peak"],
        "last": last["peak"],
        "lower": last["height"] < first["height"],
        "several": int((known["peaks"] > 1).sum()),
        "bandwidths": [known["bandwidth"].min(), known["bandwidth"].max()],
    }


def sigma_convergence(table, significance):
    """Whether the dispersion of D falls, and whether that could be chance.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, first, last, slope, p, p_smallest, exact; the whole first.
    significance : float

    Returns
    -------
    dict
        tested; of the whole first, last, falls, sure, p, exact; of the groups that were tested converging and diverging
        (ids of those with a trend), unable (those that could not have one, whatever the data), grouped (whether there
        are any).
    """
    whole = table.iloc[0]
    groups = table.iloc[1:].dropna(subset="p")
    found = groups[groups["p"] <= significance]
    return {
        "tested": whole["p"] == whole["p"],
        "sure": whole["p"] <= significance,
        "falls": whole["slope"] < 0,
        **whole[["first", "last", "p", "exact"]],
        "grouped": len(groups) > 0,
        "converging": list(found.loc[found["slope"] < 0, "group"]),
        "diverging": list(found.loc[found["slope"] >= 0, "group"]),
        "unable": list(groups.loc[groups["p_smallest"] > significance, "group"]),
    }


def sigma_size(table, significance):
    """How often the test of sigma convergence errs where regions move with their neighbours.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `convergence.sigma_size`.
    significance : float

    Returns
    -------
    dict
        sizes (of each the dependence and the share of simulated panels); significance.
    """
    return {"sizes": table.to_dict("records"), "significance": significance}


def beta_convergence(table, significance):
    """Whether regions with a low D grow faster, absolutely and conditionally.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, coefficient, p_wild, half_life.
    significance : float

    Returns
    -------
    dict
        absolute and groups: None, or sure and models (of each model, coefficient and p); regions: None, or sure,
        coefficient, share (of paths with lasting shocks, in %) and lives (half-lives, the second by jackknife).
    """
    rows = table.set_index("model")
    return {
        "absolute": _established(rows.loc[["absolute", "panel"]], significance),
        "groups": _established(rows.loc[["groups"]], significance),
        "regions": _own_levels(rows.loc[["regions", "jackknife"]], significance),
    }


def spatial_convergence(test, models, least, inference):
    """Whether neighbours of a region bear on absolute convergence.

    Parameters
    ----------
    test : pandas.Series
        Of `spatial_convergence.residual_moran`.
    models : pandas.DataFrame
        Of `spatial_convergence.models`.
    least : int
        Regions that a model needs.
    inference : Autocorrelation

    Returns
    -------
    dict
        tested; regions, least; moran, expectation, p in the study's tail, tail, sure; reason of a refusal, or models
        (of each its name, coefficient, p, space, space_p) and best (the one with the least AIC).
    """
    p = test[f"p_{inference.tail.replace('-', '_')}"]
    reason = models["reason"].iloc[0]
    fitted = models[models["model"] != "least_squares"]
    return {
        "tested": p == p,
        "regions": int(test["regions"]),
        "least": least,
        **test[["moran", "expectation"]],
        "p": p,
        "tail": inference.tail,
        "sure": p <= inference.significance,
        "reason": reason,
        "models": [] if reason else fitted[["model", "coefficient", "p", "space", "space_p"]].to_dict("records"),
        "best": None if reason else models.loc[models["aic"].astype(float).idxmin(), "model"],
    }


def _established(rows, significance):
    known = rows.dropna(subset="p_wild")
    if known.empty:
        return None
    sure = ((known["p_wild"] <= significance) & (known["coefficient"] < 0)).all()
    models = [{"model": r.Index, "coefficient": r.coefficient, "p": r.p_wild} for r in known.itertuples()]
    return {"sure": sure, "models": models}


def _own_levels(rows, significance):
    own = rows.loc["regions"]
    if own["p_wild"] != own["p_wild"]:
        return None
    return {
        "sure": own["p_wild"] <= significance,
        "coefficient": own["coefficient"],
        "share": 100 * own["p_wild"],
        "lives": list(rows["half_life"].dropna()),
    }


def inequality(table, significance):
    """How unequal regions are and how much of it lies between groups.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one variable of the hand-over table `inequality`.
    significance : float

    Returns
    -------
    dict
        variable; years: how many have any inequality; of these first and last (Gini coefficients), year (the last),
        sure (in how many groups differ), and of the last one within, net_between and transvariation (Dagum's, in %),
        theil (the share of Theil's T that lies within groups, in %);
        significance.
    """
    wide = table.pivot(index="year", columns="measure", values="value")
    known = wide[wide["gini"] > 0]
    facts = {"variable": table["variable"].iloc[0], "years": len(known)}
    if known.empty:
        return facts
    last = known.iloc[-1]
    return facts | {
        "first": known["gini"].iloc[0],
        "last": last["gini"],
        "year": known.index[-1],
        "sure": int((known["p_between"] <= significance).sum()),
        "significance": significance,
        "theil": 100 * last["theil_t_within"] / last["theil_t"],
        **{k: 100 * last[f"gini_{k}"] / last["gini"] for k in ("within", "net_between", "transvariation")},
    }


def mobility(levels, quartiles, yearly, ranks):
    """How mobile regions are between levels and quartiles, and how stable their order is.

    Parameters
    ----------
    levels, quartiles, yearly : pandas.Series
        transitions, staying, up, down, shorrocks; quartiles pooled, and of each year.
    ranks : pandas.DataFrame
        Columns year, tau_first.

    Returns
    -------
    dict
        transitions (between levels); staying, up, down (in %); of_levels, of_quartiles, of_yearly (Shorrocks' index,
        None if it is not known); rising and falling, shares of transitions between pooled quartiles in %; overtaking,
        those between quartiles of each year that change the class; tau, None if it is not known.
    """
    tau = ranks["tau_first"].iloc[-1]
    return {
        "transitions": int(levels["transitions"]),
        **(100 * levels[["staying", "up", "down"]]),
        "of_levels": levels["shorrocks"],
        "of_quartiles": quartiles["shorrocks"],
        "of_yearly": yearly["shorrocks"] if yearly["shorrocks"] == yearly["shorrocks"] else None,
        "rising": 100 * quartiles["up"],
        "falling": 100 * quartiles["down"],
        "overtaking": 100 * (yearly["up"] + yearly["down"]),
        "tau": tau if tau == tau else None,
    }


def spatial_markov(table, test, fewest, significance):
    """Whether mobility depends on the neighbours, and how thin the evidence is.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lag, from, row, few.
    test : pandas.Series
        q, p, p_fewer, p_more.
    fewest : int
        Transitions below which a row is marked as one of few.
    significance : float

    Returns
    -------
    dict
        q, p (None if it cannot be tested), others (p_fewer and p_more, if known), sure, split (whether this turns on
        the number of classes); rows, empty, thin (how many), fewest.
    """
    rows = table.drop_duplicates(["lag", "from"])
    known = test[["p", "p_fewer", "p_more"]].dropna()
    significant = known <= significance
    return {
        "q": test["q"],
        "p": known.get("p"),
        "others": dict(known.drop("p", errors="ignore")),
        "sure": bool(significant.get("p", False)),
        "split": bool(significant.any() and not significant.all()),
        "rows": len(rows),
        "empty": int((rows["row"] == 0).sum()),
        "thin": int((rows["few"] & (rows["row"] > 0)).sum()),
        "fewest": fewest,
    }


def lisa_markov(shares):
    """Who jumps between the quadrants of local Moran's I.

    Parameters
    ----------
    shares : pandas.Series
        stay, own, neighbours, both.

    Returns
    -------
    dict
        jumps: the same in %, None without transitions.
    """
    return {"jumps": None if shares.isna().any() else dict(100 * shares)}


def no_dynamics(years):
    """Name the only year of a study without dynamics.

    Parameters
    ----------
    years : sequence
        The study's.

    Returns
    -------
    dict
        year.
    """
    return {"year": years[0]}
