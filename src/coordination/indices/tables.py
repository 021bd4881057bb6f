"""Tables of indicators, weights, scores and coordination. Nothing is computed here.

Every layout ends in a reader and returns what that reader sees, a DataFrame of str.
"""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import four_digits, headed, laid_out, named, numeric, plain, ranked, worded
from coordination.presentation.reader import number


def indicator_system(system, reader):
    """Lay out the indicator system of a subsystem (tables 1 and 2 of a study of two).

    Parameters
    ----------
    system : pandas.DataFrame
        Columns subsystem, dimension, indicator, direction, available.
    """
    shown = set(system["indicator"])
    rows = [
        (
            d.name[reader.language],
            i.name[reader.language],
            i.unit[reader.language],
            _direction(i, reader),
            reader.word("available")
            if i.unavailable is None
            else reader.word("unavailable") + reader.word("colon") + i.unavailable[reader.language],
        )
        for s in reader.study.subsystems
        for d in s.dimensions
        for i in d.indicators
        if i.id in shown
    ]
    return headed(rows, ("dimension", "indicator", "unit", "direction", "figures"), reader)


def _direction(indicator, reader):
    """Say the direction of an indicator, with its best value or interval if it has one."""
    best = indicator.best
    if best is None:
        return reader.word(indicator.direction)
    said = "[{:g}, {:g}]".format(*best) if isinstance(best, tuple) else f"{best:g}"
    return reader.word(indicator.direction, reader.signed(said))


def descriptives(described, reader):
    """Lay out the description of the indicators.

    Parameters
    ----------
    described : pandas.DataFrame
        Columns indicator, mean, standard_deviation, minimum, median, maximum, filled (share).
    """
    columns = (
        ("indicator", named("indicator")),
        *(
            (key, lambda reader, row, key=key: four_digits(row[key]))
            for key in ("mean", "standard_deviation", "minimum", "median", "maximum")
        ),
        ("filled", numeric("filled", 1, 100)),
    )
    return laid_out(described, reader, columns)


def recast(table, reader):
    """Lay out figures that were put together from earlier boundaries.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `panel.recast`.
    """

    def span(reader, row):
        first, last = row["first"], row["last"]
        return str(first) if first == last else f"{first}{reader.word('dash')}{last}"

    columns = (
        ("region", named("region")),
        ("series", lambda reader, row: reader.called(row["series"], "series") or row["series"]),
        ("recast_how", worded("how", "recast_{}")),
        ("year", span),
        ("figures_count", plain("figures")),
    )
    return laid_out(table, reader, columns)


def weights(table, reader):
    """Lay out weights, and entropies where they come from them.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, entropy, weight.
    """
    by_indicator, method = table.set_index("indicator"), reader.study.method
    by_entropy = "entropy" in (method.weighting, *(method.combine.of if method.weighting == "combined" else ()))
    rows = []
    for s in reader.study.subsystems:
        for d in s.dimensions:
            members = [i for i in d.indicators if i.unavailable is None]
            total = sum(by_indicator["weight"][i.id] for i in members)
            for i in members:
                own = by_indicator.loc[i.id]
                cells = (s.name[reader.language], d.name[reader.language], i.name[reader.language])
                entropy = [number(own["entropy"], 4)] if by_entropy else []
                rows.append((*cells, *entropy, number(own["weight"], 4), number(total, 4)))
    heads = ("subsystem", "dimension", "indicator", *(["entropy"] if by_entropy else []), "weight", "dimension_weight")
    return headed(rows, heads, reader)


def outliers(table, reader):
    """Lay out indicators whose scale rests on one figure or region, and what comes out without it.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `outliers.dominated`.
    """

    def on(reader, row):
        return reader.region(row["region"]) + (reader.word("brackets", row["year"]) if row["year"] is not None else "")

    def most(reader, row):
        where = reader.word(
            "brackets", f"{reader.region(row['change_region'])}{reader.word('comma')}{row['change_year']}"
        )
        return number(row["change"]) + where

    columns = (
        ("indicator", named("indicator")),
        ("rests_on", on),
        ("end_of_scale", worded("end", "end_{}")),
        ("share_of_range", numeric("range", 1, 100)),
        ("weight", numeric("weight")),
        ("weight_without", numeric("weight_without")),
        ("largest_change", most),
        ("ranks_moved", plain("moved")),
    )
    return laid_out(table, reader, columns)


def development(table, reader):
    """Lay out scores and growth of the regions.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, first, last, change, growth (a share), mean.

    Notes
    -----
    Where years cannot be compared, change and growth have no column.
    """
    moved = (("change", numeric("change")), ("growth", numeric("growth", 2, 100)))
    columns = (
        ("region", named("region")),
        ("group", lambda reader, row: reader.group(reader.regions["group"][row["region"]])),
        *((key, numeric(key)) for key in ("first", "last")),
        *(moved if table["change"].notna().any() else ()),
        ("mean", numeric("mean")),
    )
    return ranked(laid_out(table, reader, columns), table["mean"])


def levels(table, reader):
    """Lay out the levels (table 3).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns above, up_to, level.
    """
    rows = [(f"({x.above:g}, {x.up_to:g}]", x.name[reader.language]) for x in reader.study.levels]
    return headed(rows, ("interval", "level"), reader)


def by_year(table, reader):
    """Lay out a variable with regions in rows and years in columns (table 4).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the variable.
    """
    wide = table.pivot(index="region", columns="year", values=table.columns[-1]).reindex(reader.regions.index)
    head = pd.DataFrame(
        {
            reader.word("group"): [reader.group(g) for g in reader.regions["group"]],
            reader.word("region"): list(reader.regions[reader.language]),
        }
    )
    body = wide.map(number).reset_index(drop=True).rename(columns=str)
    return ranked(pd.concat([head, body], axis=1).rename_axis(columns=None), wide.iloc[:, -1])


def group_coordination(table, reader):
    """Lay out group means by year with their levels in the first and last (table 5).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, year, coordination_degree, level.
    """
    years = [str(y) for y in table["year"].unique()]
    ends = sorted({0, len(years) - 1})
    rows = []
    for g in table["group"].unique():
        own = table[table["group"] == g]
        of_ends = (reader.level(own["level"].iloc[k]) for k in ends)
        rows.append((reader.group(g), *own["coordination_degree"].map(reader.degree), *of_ends))
    heads = [reader.word("level") + reader.word("comma") + years[k] for k in ends]
    return pd.DataFrame(rows, columns=[reader.word("group"), *years, *heads])


def coordination_state(table, reader):
    """Lay out one year's scores, coupling, coordination, level and lag.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, the subsystems' ids, coupling, coordination_index, coordination_degree, level, lag.
    """
    keys = ("coupling", "coordination_index", "coordination_degree")
    rows = [
        (
            reader.regions[reader.language][r["region"]],
            *(number(r[s.id]) for s in reader.study.subsystems),
            *(number(r[k]) for k in keys[:2]),
            reader.degree(r[keys[2]]),
            reader.level(r["level"]),
            reader.lagging(r["lag"]),
        )
        for _, r in table.iterrows()
    ]
    head = [
        reader.word("region"),
        *(reader.text(s.name) for s in reader.study.subsystems),
        *(reader.word(k) for k in (*keys, "level", "lag")),
    ]
    return ranked(pd.DataFrame(rows, columns=head), table["coordination_degree"])
