"""Tables of indicators, weights, scores and coordination. Nothing is computed here."""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import _four_digits, _headed, _names, number
from coordination.presentation.wording import COLON, COMMA, word


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
            else word("unavailable", language) + COLON[language] + i.unavailable[language],
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
    heads = [word("level", language) + COMMA[language] + years[k] for k in ends]
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
