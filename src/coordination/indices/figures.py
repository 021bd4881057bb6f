"""Figures of indicators, weights, scores and coordination. Nothing is computed here."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from coordination.presentation import sizes
from coordination.presentation.maps import _map
from coordination.presentation.style import (
    DIMENSION_COLOURS,
    GREY,
    SEQUENTIAL,
    SHADES,
    TALLEST,
    WHOLE,
    WIDTH,
    align_columns,
    banded,
    finish_split,
    group_colours,
    group_legend,
    group_names,
    in_columns,
    mark_breaks,
    panels,
    spread,
    strips,
    times,
    wrapped,
    years,
)


def availability(counts, reader):
    """Draw how many regions have an observed figure, by indicator and year.

    Parameters
    ----------
    counts : pandas.DataFrame of int, shape (k, m)
        Indicators by years.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns  # half a second that the other figures need not spend

    every = [i for s in reader.study.subsystems for d in s.dimensions for i in d.indicators]
    table = counts.reindex([i.id for i in every], fill_value=0)
    labels = [wrapped(i.name[reader.language], 56) for i in every]
    figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + sum(0.24 + 0.1 * t.count("\n") for t in labels)))
    n, found = len(reader.regions), [int(k) for k in np.unique(table.to_numpy())][::-1]
    colours = mpl.colors.LinearSegmentedColormap.from_list("filled", ["#f0f0f0", "#8c8c8c"], n + 1)
    sns.heatmap(
        table.set_axis(labels), ax=axis, cmap=colours, vmin=-0.5, vmax=n + 0.5, linewidths=0.8, linecolor="white",
        cbar=len(found) > 4, cbar_kws={"label": reader.word("observed_share"), "aspect": 30, "pad": 0.02},
    )  # fmt: skip
    if len(found) <= 4:
        said = {n: reader.word("observed_in_all", n), 0: reader.word("observed_in_none")}
        handles = [
            mpl.patches.Patch(color=colours(k), label=said.get(k) or reader.word("observed_in", k, n)) for k in found
        ]
        figure.legend(handles=handles, loc="outside upper right", ncols=4)
    else:
        bar = axis.collections[0].colorbar
        bar.set_ticks(sorted({0, n // 2, n}))
        bar.outline.set_visible(False)
    for row, indicator in enumerate(every):
        if indicator.unavailable is not None:
            axis.text(
                len(reader.study.years) / 2,
                row + 0.5,
                reader.word("no_figures"),
                ha="center",
                va="center",
                color=GREY,
                fontsize=8,
            )
    axis.set(xlabel="", ylabel="")
    axis.tick_params(length=0)
    axis.set_yticklabels(labels, rotation=0, fontsize=8, linespacing=0.95)
    axis.set_xticks(
        np.arange(len(reader.study.years)) + 0.5,
        [str(y) for y in reader.study.years],
        fontsize=8,
        rotation=0 if len(reader.study.years) <= 12 else 90,
    )
    return figure


def weights(table, reader):
    """Draw the entropy weights of every subsystem's indicators, coloured by dimension.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, entropy, weight.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    sizes = [len(s.indicators) for s in reader.study.subsystems]
    figure, axes = plt.subplots(
        len(sizes),
        1,
        figsize=(WIDTH, 1.2 + 0.26 * sum(sizes) + 0.35 * len(sizes)),
        height_ratios=sizes,
        sharex=True,
        squeeze=False,
    )
    weight = table.set_index("indicator")["weight"]
    for axis, subsystem in zip(axes[:, 0], reader.study.subsystems, strict=True):
        colour = {i.id: DIMENSION_COLOURS[k % 10] for k, d in enumerate(subsystem.dimensions) for i in d.indicators}
        name = {i.id: i.name[reader.language] for i in subsystem.indicators}
        order = weight[[i.id for i in subsystem.indicators]].sort_values(kind="stable")
        bars = axis.barh(
            [wrapped(name[i], 46) for i in order.index],
            order,
            color=[colour[i] for i in order.index],
            height=0.7,
        )
        axis.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
        axis.set_title(subsystem.name[reader.language])
        axis.tick_params(axis="y", length=0)
        handles = [
            mpl.patches.Patch(color=DIMENSION_COLOURS[k % 10], label=d.name[reader.language])
            for k, d in enumerate(subsystem.dimensions)
            if any(i.unavailable is None for i in d.indicators)
        ]
        axis.legend(handles=handles, loc="lower right")
    axes[-1, 0].set_xlabel(reader.word("weight"))
    axes[-1, 0].set_xlim(0, weight.max() * 1.12)
    return figure


def yearly_mean(table, reader, *, part=None):
    """Draw the mean of all regions by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year and the variable.
    reader : Reader
    part : str, optional
        The subsystem whose breaks are marked; those of the study if not given.

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen, values = times(reader.study, table["year"]), table.iloc[:, -1].to_numpy()
    figure, axis = plt.subplots(figsize=(WIDTH, 2.9))
    axis.plot(chosen, values, marker="o", color=WHOLE)
    mark_breaks(axis, reader.study, part)
    if len(chosen) <= 20:
        for x, y in zip(chosen, values, strict=True):
            axis.annotate(
                f"{y:.3f}", (x, y), (0, 7), textcoords="offset points", ha="center", fontsize=8,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5} if reader.study.broken(part) else None,
            )  # fmt: skip
    years(axis, reader.study, table["year"], 12 if isinstance(reader.study.years[0], int) else 8)
    axis.margins(y=0.15)  # before the limit, which fixes the view
    axis.set(
        ylabel=reader.word("score") + reader.word("comma") + reader.study.whole.name[reader.language], ylim=(0, None)
    )
    return figure


def group_means(table, reader):
    """Draw the mean of every group over all years.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group and the variable; the last row is the whole.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    names, colours = group_names(reader), group_colours(reader.study)
    many = 0.9 + 0.34 * len(table) > TALLEST
    if many:  # in order, so that both ends mean something
        table = table.sort_values(table.columns[-1], ascending=False, kind="stable")
    figure, parts = in_columns(table, 0.9, 0.2 if many else 0.34, reader)
    for axis, own in parts:
        rows = own.iloc[::-1]
        bars = axis.barh(
            [names[g] for g in rows["group"]],
            rows.iloc[:, -1],
            color=[colours.get(g, WHOLE) for g in rows["group"]],
            height=0.68,
        )
        axis.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
        axis.set_xlabel(reader.word("score"))
        axis.tick_params(axis="y", length=0)
        axis.margins(x=0.1 * len(parts))
    align_columns(parts)
    return figure


def regional_means(table, reader):
    """Draw the mean of every region over all years, in order, coloured by group.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region and the variable.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    colours = group_colours(reader.study)
    rows = table.sort_values(table.columns[-1], kind="stable").iloc[::-1]
    few = len(rows) < 20
    figure, parts = in_columns(rows, 1.1, 0.27 if few else 0.17, reader)
    for axis, own in ((axis, part.iloc[::-1]) for axis, part in parts):
        bars = axis.barh(
            reader.regions[reader.language][own["region"]],
            own.iloc[:, -1],
            color=[colours[g] for g in reader.regions["group"][own["region"]]],
            height=0.7,
        )
        axis.bar_label(bars, fmt="%.3f", padding=3, fontsize=8 if few else 7)
        axis.set_xlabel(reader.word("score"))
        axis.tick_params(axis="y", length=0, labelsize=9 if few else 7.5)
        axis.margins(x=0.1 * len(parts), y=0.05 if few else 0.01)
    align_columns(parts)
    group_legend(figure, reader)
    return figure


def means(by_year, by_group, by_region, reader):
    """Draw the means of every subsystem side by side: of all regions by year, of the groups, of the regions.

    Parameters
    ----------
    by_year : dict of str to pandas.DataFrame
        By subsystem: columns year and the score; empty where years cannot be compared.
    by_group, by_region : dict of str to pandas.DataFrame
        By subsystem: columns group or region and the mean; the last row of groups is the whole. Of many, those with
        the highest and the lowest are drawn.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    colours, names = group_colours(reader.study), group_names(reader)
    most = max(map(len, (*by_region.values(), *by_group.values())))
    bars = min(most, 2 * sizes.MATTER + 1)
    columns = ["year"] * bool(by_year) + ["group", "region"]
    figure, axes = plt.subplots(
        len(by_group), len(columns), figsize=(WIDTH, len(by_group) * (0.95 + 0.17 * bars)), squeeze=False,
        sharex="col",
    )  # fmt: skip
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    for row, subsystem in zip(axes, by_group, strict=True):
        for axis, column in zip(row, columns, strict=True):
            axis.set_title(f"({next(letters)}) {wrapped(reader.subsystem(subsystem), 34)}", fontsize=8.5)
            if column == "year":
                table = by_year[subsystem]
                axis.plot(times(reader.study, table["year"]), table.iloc[:, -1], marker="o", markersize=3, color=WHOLE)
                mark_breaks(axis, reader.study, subsystem)
                years(axis, reader.study, table["year"], 5 if isinstance(reader.study.years[0], int) else 3)
                axis.set_ylim(0, None)
                continue
            table = (by_group if column == "group" else by_region)[subsystem]
            ordered = table.sort_values(table.columns[-1], kind="stable")
            if len(table) > bars:
                ordered = ordered.iloc[[*range(sizes.MATTER), *range(len(ordered) - sizes.MATTER, len(ordered))]]
            ids = ordered[column]
            of = ids if column == "group" else reader.regions["group"][ids]
            labels = [names[i] for i in ids] if column == "group" else [reader.region(i) for i in ids]
            drawn = axis.barh(
                range(len(ids)), ordered.iloc[:, -1], color=[colours.get(g, WHOLE) for g in of], height=0.7
            )
            axis.bar_label(drawn, fmt="%.3f", padding=2, fontsize=7)
            axis.set_yticks(range(len(ids)), [wrapped(n, 20) for n in labels], fontsize=7.5)
            axis.tick_params(axis="y", length=0)
            axis.margins(x=0.28)
    for axis, column in zip(axes[-1], columns, strict=True):
        axis.set_xlabel(reader.word("score") if column != "year" else "")
    if by_year:
        figure.supylabel(reader.word("score"), fontsize=9)
    return figure


def lines(table, reader, *, label="score", part=None):
    """Draw every region by year, a panel a group, the other regions in grey behind.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the variable.
    reader : Reader
    label : str
        The variable's word.
    part : str, optional
        The subsystem whose breaks are marked; those of the study if not given.

    Returns
    -------
    matplotlib.figure.Figure
    """
    wide = table.pivot(index="year", columns="region", values=table.columns[-1])[list(reader.regions.index)]
    years = list(wide.index)
    wide.index = times(reader.study, years)
    groups = _shown_groups(wide, reader)
    columns, height = panels(len(groups))
    rows, crowded = -(-len(groups) // columns), banded(reader.regions)
    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, height * rows + 0.2), sharex=True, sharey=True, squeeze=False
    )
    top, span = wide.to_numpy().max() * 1.06, max(1, np.ptp(wide.index))
    every = [] if crowded else [np.column_stack([wide.index, wide[r]]) for r in wide]
    colours, lead = group_colours(reader.study), {"arrowstyle": "-", "linewidth": 0.5, "shrinkB": 0, "relpos": (0, 0.5)}
    for axis, (group, members) in zip(axes.flat, groups.items(), strict=False):
        if crowded:
            _band(axis, wide, wide[members], top, reader, 6.5 if columns > 3 else 7.5)
        else:
            axis.add_collection(mpl.collections.LineCollection(every, colors="#e2e2e2", linewidths=0.8))
            ends = spread(wide[members].iloc[-1].to_numpy(), top * (0.062 if rows == 1 else 0.075), low=0.045 * top)
            for k, (region, end) in enumerate(zip(members, ends, strict=True)):
                # Of the group's colour, and told apart by their dashes and their names
                colour = np.power(colours[group], (1, 2, 0.5)[k // 3 % 3])
                dash = ("-", "--", "-.")[k % 3]
                axis.plot(
                    wide.index,
                    wide[region],
                    color=colour,
                    linestyle=dash,
                    linewidth=1.5,
                    marker="o" if len(wide) == 1 else "",
                )
                axis.annotate(
                    reader.regions[reader.language][region], (wide.index[-1], wide[region].iloc[-1]),
                    (wide.index[-1] + 0.06 * span, end), color=tuple(0.5 * c for c in colour), fontsize=7.5,
                    va="center", arrowprops=lead | {"color": colour},
                )  # fmt: skip
        mark_breaks(axis, reader.study, part)
        axis.set_title(group_names(reader)[group], fontsize=9 if columns <= 3 else 7.5)
        room = float(reader.word("room_for_names")) * (columns / 3 if crowded else 1)
        axis.set_xlim(wide.index[0], wide.index[-1] + room * span)
        step = max(1, len(wide) // 2) if columns <= 3 else max(1, len(wide) - 1)
        axis.set_xticks(list(wide.index)[::step], [str(y) for y in years[::step]])
        axis.tick_params(labelsize=9 if columns <= 3 else 7)
    axes[0, 0].set_ylim(0, top)
    for axis in axes.flat[len(groups) :]:
        axis.set_axis_off()
    figure.supylabel(reader.word(label), fontsize=9)
    if crowded:
        handles = [
            mpl.lines.Line2D([], [], color=WHOLE, label=reader.word("median_of_group")),
            mpl.patches.Patch(color=SHADES[1], alpha=0.5, linewidth=0, label=reader.word("half_of_group")),
            mpl.patches.Patch(color="#e2e2e2", label=reader.word("most_of_all").format(wide.shape[1])),
            mpl.lines.Line2D(
                [], [], color=WHOLE, linewidth=0.9, linestyle=":", label=reader.word("highest_and_lowest")
            ),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _shown_groups(wide, reader):
    """Return the members of the groups, of very many groups those with the highest and lowest means."""
    of = reader.regions["group"]
    members = {g.id: reader.regions.index[of == g.id] for g in reader.study.groups}
    means = [wide[own].to_numpy().mean() if len(own) else np.nan for own in members.values()]
    kept = sizes.ends(means, sizes.PANELS // 2) if len(members) > sizes.PANELS + 6 else (range(len(members)),)
    names = list(members)
    return {names[k]: members[names[k]] for part in kept for k in part}


def _band(axis, wide, own, top, reader, size):
    """Show a group as its median and middle half before those of all regions, with its ends of the last year named."""
    axis.fill_between(wide.index, *wide.quantile([0.1, 0.9], axis=1).to_numpy(), color="#e2e2e2", linewidth=0)
    axis.fill_between(
        own.index, *own.quantile([0.25, 0.75], axis=1).to_numpy(), color=SHADES[1], alpha=0.5, linewidth=0
    )
    axis.plot(own.index, own.median(axis=1), color=WHOLE, linewidth=1.5)
    last = own.iloc[-1].sort_values(kind="stable")
    shown = list(dict.fromkeys([last.index[-1], last.index[0]]))
    places = spread(last[shown].to_numpy(), 0.1 * top, low=0.02 * top)
    for region, place in zip(shown, places, strict=True):
        axis.plot(own.index, own[region], color=WHOLE, linewidth=0.9, linestyle=":")
        axis.annotate(
            reader.regions[reader.language][region], (own.index[-1], place), (2, 0), textcoords="offset points",
            fontsize=size, va="center", annotation_clip=False,
        )  # fmt: skip


def heat_map(table, reader, *, label="score", part=None, scale=SEQUENTIAL):
    """Draw a variable by region and year, with a dotted line before every year in which a series breaks.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the variable.
    reader : Reader
    label : str
        The variable's word.
    part : str, optional
        The subsystem whose breaks are marked; those of the whole study if not given.
    scale : str or matplotlib.colors.Colormap
        Each has one meaning, see `presentation.style`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns  # half a second that the other figures need not spend

    wide = table.pivot(index="region", columns="year", values=table.columns[-1]).reindex(reader.regions.index)
    few = len(wide) <= 20 and wide.shape[1] <= 14
    groups, broken = reader.regions["group"], {y for years in reader.study.broken(part).values() for y in years}
    if not sizes.fits(len(wide), 0.17, TALLEST - 1.0, 3):
        figure, axis = plt.subplots(figsize=(WIDTH, 0.85 * TALLEST))
        by = reader.timed_word("mean_of_years"), wide.mean(axis=1)
        image = strips(figure, axis, wide, groups, [str(y) for y in wide.columns], by, reader, cmap=scale)
        for edge in np.flatnonzero(wide.columns.isin(broken)):
            axis.axvline(edge, color="black", linestyle=":", linewidth=1.6)
        axis.tick_params(axis="x", rotation=0 if wide.shape[1] <= 12 else 90)
        figure.colorbar(image, ax=axis, label=reader.word(label), aspect=30, pad=0.02).outline.set_visible(False)
        return figure
    figure, parts = in_columns(wide, 1.0, 0.3 if few else 0.17, reader)
    for axis, own in parts:
        sns.heatmap(
            own.set_axis(reader.regions[reader.language][own.index]), ax=axis, cmap=scale, annot=few, fmt=".2f",
            vmin=wide.min(axis=None), vmax=wide.max(axis=None), annot_kws={"fontsize": 7.5}, linewidths=0.5,
            linecolor="white", cbar=False,
        )  # fmt: skip
        own_groups = groups[own.index].to_numpy()
        axis.hlines(
            np.flatnonzero(own_groups[1:] != own_groups[:-1]) + 1, 0, wide.shape[1], color="black", linewidth=0.8
        )
        for edge in np.flatnonzero(wide.columns.isin(broken)):
            axis.axvline(edge, color="black", linestyle=":", linewidth=1.6)
        axis.set(xlabel="", ylabel="")
        axis.tick_params(length=0, labelsize=9 if few else 7.5)
        axis.tick_params(axis="y", rotation=0)
        axis.set_xticks(
            np.arange(wide.shape[1]) + 0.5,
            [str(y) for y in wide.columns],
            rotation=0 if wide.shape[1] * len(parts) <= 12 else 90,
        )
    align_columns(parts)
    axes = [axis for axis, _ in parts]
    bar = figure.colorbar(axes[0].collections[0], ax=axes, label=reader.word(label), aspect=30, pad=0.02)
    bar.outline.set_visible(False)
    return figure


def coordination_map(table, polygons, reader):
    """Draw a variable on a map: polygons where the study has them, otherwise points.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region and the variable.
    polygons : geopandas.GeoDataFrame or None
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    values = table.set_index("region").iloc[:, -1].reindex(reader.regions.index)
    scale = plt.Normalize(values.min(), values.max())
    colours = mpl.colormaps[SEQUENTIAL](scale(values))
    figure, axis = _map(polygons, colours, reader)
    mappable = mpl.cm.ScalarMappable(scale, SEQUENTIAL)
    bar = figure.colorbar(
        mappable, ax=axis, label=reader.word("coordination_degree"), pad=0.02,
        **{"shrink": 0.7, "aspect": 25} if polygons is None else {"location": "bottom", "shrink": 0.5, "aspect": 35},
    )  # fmt: skip
    bar.outline.set_visible(False)
    return figure


def components(table, reader):
    """Draw the log change of D as the sum of its parts from C and from T.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, coupling, coordination_index (contributions) and total.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = table.sort_values("total", kind="stable").iloc[::-1]
    few = len(rows) < 20
    figure, parts = in_columns(rows, 1.1, 0.3 if few else 0.17, reader)
    for axis, own in ((axis, part.iloc[::-1]) for axis, part in parts):
        known = np.isfinite(own["total"].to_numpy(float))
        names = reader.regions[reader.language][own["region"]]
        left = np.zeros((2, len(own)))
        for key, label, colour in (
            ("coordination_index", "from_index", SHADES[1]),
            ("coupling", "from_coupling", SHADES[3]),
        ):
            values = np.where(known, own[key].to_numpy(float), 0.0)
            start = np.where(values >= 0, left[1], left[0])
            axis.barh(names, values, left=start, color=colour, height=0.68, label=reader.word(label))
            left[1] += np.clip(values, 0, None)
            left[0] += np.clip(values, None, 0)
        axis.plot(own["total"].where(known), names, "D", color="black", markersize=4, label=reader.word("log_change"))
        finish_split(axis, known, few, reader)
    align_columns(parts)
    figure.legend(*parts[0][0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure
