"""How tables look: from tidy results to what a reader sees, in English or Chinese. Nothing is computed here."""

from __future__ import annotations

import pandas as pd

from coordination.wording import phrased, word


def number(value, decimals=3):
    """Write a number with a fixed number of decimals.

    Parameters
    ----------
    value : float
    decimals : int

    Returns
    -------
    str
        A dash for a missing value, a true minus sign for a negative one, none for what rounds to 0.

    Examples
    --------
    >>> number(-0.12345), number(float("nan"))
    ('−0.123', '–')
    """
    return "–" if pd.isna(value) else f"{value:z.{decimals}f}".replace("-", "−")


def p_value(value):
    """Write a p value with three decimals, or as below 0.001.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> p_value(0.0004), p_value(0.0247)
    ('<0.001', '0.025')
    """
    return "<0.001" if value < 0.001 else number(value)


def _four_digits(value):
    if pd.isna(value):
        return number(value)
    return (f"{value:.4g}" if abs(value) < 9999.5 else f"{value:,.0f}").replace("-", "−")


def _headed(rows, keys, language, study=None):
    return pd.DataFrame(rows, columns=[word(k, language, study) for k in keys])


def _sourced(laid_out, table, language):
    """Leave out the source where there is no other: nothing was published."""
    return laid_out.drop(columns=word("source", language)) if set(table["source"]) == {"data"} else laid_out


def _names(study):
    indicators = {i.id: i.name for s in study.subsystems for d in s.dimensions for i in d.indicators}
    groups = {g.id: g.name for g in (*study.groups, study.whole)}
    return indicators, {s.id: s.name for s in study.subsystems}, groups


def indicator_system(system, *, study, regions, language):
    """Lay out the indicator system of a subsystem (tables 1 and 2 of a study of two).

    Parameters
    ----------
    system : pandas.DataFrame
        Columns subsystem, dimension, indicator, direction, available.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    shown = set(system["indicator"])
    rows = [
        (
            d.name[language],
            i.name[language],
            i.unit[language],
            word(i.direction, language),
            word("available", language)
            if i.unavailable is None
            else f"{word('unavailable', language)}: {i.unavailable[language]}",
        )
        for s in study.subsystems
        for d in s.dimensions
        for i in d.indicators
        if i.id in shown
    ]
    return _headed(rows, ("dimension", "indicator", "unit", "direction", "figures"), language)


def descriptives(described, *, study, regions, language):
    """Lay out the description of the indicators.

    Parameters
    ----------
    described : pandas.DataFrame
        Columns indicator, mean, standard_deviation, minimum, median, maximum, filled (share).
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(study)
    keys = ("mean", "standard_deviation", "minimum", "median", "maximum")
    rows = [
        (
            names[row["indicator"]][language],
            *(_four_digits(row[k]) for k in keys),
            number(100 * row["filled"], 1),
        )
        for _, row in described.iterrows()
    ]
    return _headed(rows, ("indicator", *keys, "filled"), language)


def weights(table, *, study, regions, language):
    """Lay out entropies and weights.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, entropy, weight.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    by_indicator = table.set_index("indicator")
    rows = []
    for s in study.subsystems:
        for d in s.dimensions:
            members = [i for i in d.indicators if i.unavailable is None]
            total = sum(by_indicator["weight"][i.id] for i in members)
            for i in members:
                own = by_indicator.loc[i.id]
                cells = (s.name[language], d.name[language], i.name[language])
                rows.append((*cells, number(own["entropy"], 4), number(own["weight"], 4), number(total, 4)))
    return _headed(rows, ("subsystem", "dimension", "indicator", "entropy", "weight", "dimension_weight"), language)


def development(table, *, study, regions, language):
    """Lay out scores and growth of the regions.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, first, last, change, growth (a share), mean.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, _, groups = _names(study)
    rows = [
        (
            regions[language][r["region"]],
            groups[regions["group"][r["region"]]][language],
            *(number(r[k]) for k in ("first", "last", "change")),
            number(100 * r["growth"], 2),
            number(r["mean"]),
        )
        for _, r in table.iterrows()
    ]
    return _headed(rows, ("region", "group", "first", "last", "change", "growth", "mean"), language, study)


def levels(table, *, study, regions, language):
    """Lay out the levels (table 3).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns above, up_to, level.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [(f"({x.above:g}, {x.up_to:g}]", x.name[language]) for x in study.levels]
    return _headed(rows, ("interval", "level"), language)


def by_year(table, *, study, regions, language):
    """Lay out a variable with regions in rows and years in columns (table 4).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the variable.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, _, groups = _names(study)
    wide = table.pivot(index="region", columns="year", values=table.columns[-1]).reindex(regions.index)
    head = pd.DataFrame(
        {
            word("group", language): [groups[g][language] for g in regions["group"]],
            word("region", language): list(regions[language]),
        }
    )
    body = wide.map(number).reset_index(drop=True).rename(columns=str)
    return pd.concat([head, body], axis=1).rename_axis(columns=None)


def group_coordination(table, *, study, regions, language):
    """Lay out group means by year with their levels in the first and last (table 5).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, year, coordination_degree, level.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, _, groups = _names(study)
    level = {x.name.en: x.name[language] for x in study.levels}
    years = [str(y) for y in table["year"].unique()]
    ends = sorted({0, len(years) - 1})
    rows = []
    for g in table["group"].unique():
        own = table[table["group"] == g]
        of_ends = (level[own["level"].iloc[k]] for k in ends)
        rows.append((groups[g][language], *own["coordination_degree"].map(number), *of_ends))
    heads = [f"{word('level', language)}, {years[k]}" for k in ends]
    return pd.DataFrame(rows, columns=[word("group", language), *years, *heads])


def coordination_state(table, *, study, regions, language):
    """Lay out one year's scores, coupling, coordination, level and lag.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, the subsystems' ids, coupling, coordination_index, coordination_degree, level, lag.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, subsystems, _ = _names(study)
    level = {x.name.en: x.name[language] for x in study.levels}
    keys = ("coupling", "coordination_index", "coordination_degree")
    rows = [
        (
            regions[language][r["region"]],
            *(number(r[s]) for s in subsystems),
            *(number(r[k]) for k in keys),
            level[r["level"]],
            word("synchronised", language)
            if r["lag"] == "synchronised"
            else word("lags", language).format(subsystems[r["lag"]][language]),
        )
        for _, r in table.iterrows()
    ]
    head = [
        word("region", language),
        *(s[language] for s in subsystems.values()),
        *(word(k, language) for k in (*keys, "level", "lag")),
    ]
    return pd.DataFrame(rows, columns=head)


def global_moran(table, *, study, regions, language):
    """Lay out global Moran's I (table 6).

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    ps = ("p_randomisation", "p_permutation", "p_exact_greater", "p_exact_two_sided")
    rows = [
        (
            word(r["source"], language),
            str(r["year"]),
            number(r["moran_i"]),
            number(r["z_randomisation"]),
            *(p_value(r[p]) for p in ps),
        )
        for _, r in table.iterrows()
    ]
    result = _sourced(_headed(rows, ("source", "year", "moran_i", "z", *ps), language, study), table, language)
    absent = [word(p, language) for p in ps if table[p].isna().all()]  # not enumerated
    result = result.drop(columns=[c for c in result.columns if c in absent])
    return result.rename(columns={word("p_randomisation", language): word("p", language)})


def local_moran(table, *, study, regions, language):
    """Lay out local Moran's I of one year.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over table `local-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            word(r["source"], language),
            regions[language][r["region"]],
            *(number(r[k]) for k in ("z", "lag", "local_i")),
            word(r["quadrant"], language),
            word(r["quadrant_article"], language),
            p_value(r["p_permutation"]),
            p_value(r["p_exact"]),
            p_value(r["p_smallest"]) if r["p_smallest"] >= 0.001 else f"{r['p_smallest']:.0e}".replace("-", "−"),
            word("yes" if r["significant_fdr"] else "no", language),
        )
        for _, r in table.iterrows()
    ]
    keys = (
        "source",
        "region",
        "z",
        "z_lag",
        "local_i",
        "quadrant",
        "quadrant_article",
        "p_permutation",
        "p_exact",
        "p_smallest",
        "significant_fdr",
    )
    return _sourced(_headed(rows, keys, language), table, language)


def replication(table, *, study, regions, language):
    """Lay out the replication scoreboard.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `replication`, or some of its rows.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    indicators, subsystems, groups = _names(study)
    named = {**indicators, **subsystems, **groups}
    named = {k: v[language] for k, v in named.items()} | {x.name.en: x.name[language] for x in study.levels}
    named |= dict(zip(regions["en"], regions[language], strict=True)) | regions[language].to_dict()

    def said(text):
        return "" if pd.isna(text) else phrased(str(text), language, named)

    rows = [
        (
            r["item"],
            said(r["section"]),
            word(f"from_{r['route']}", language),
            said(r["statistic"]),
            said(r["published"]),
            said(r["recomputed"]) or "–",
            number(r["difference"], 4),
            number(r["tolerance"], 4),
            word(r["verdict"], language),
            said(r["reason"]),
        )
        for _, r in table.iterrows()
    ]
    keys = (
        "item",
        "section",
        "route",
        "statistic",
        "published_short",
        "recomputed",
        "difference",
        "tolerance",
        "verdict",
        "reason",
    )
    return _headed(rows, keys, language)
