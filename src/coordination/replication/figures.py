"""Figures of published against recomputed values. Nothing is computed here."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from coordination.presentation import sizes
from coordination.presentation.style import GREY, SHADES, VERDICT_COLOURS, WIDTH, group_colours, group_legend, spread


def scoreboard(counts, reader):
    """Draw how many published values and claims were reproduced, by kind of item and route.

    Parameters
    ----------
    counts : pandas.DataFrame
        Columns kind, route, verdict, count.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = counts.pivot_table(index=["kind", "route"], columns="verdict", values="count", fill_value=0)
    rows = rows.reindex(columns=list(VERDICT_COLOURS), fill_value=0).sort_index(level=[0, 1], ascending=[False, True])
    names = [
        reader.say("replication", "kind", name=kind) + reader.word("comma") + reader.word(f"from_{route}")
        for kind, route in rows.index
    ]
    figure, axis = plt.subplots(figsize=(WIDTH, 1.1 + 0.34 * len(rows)))
    left = np.zeros(len(rows))
    for verdict, colour in VERDICT_COLOURS.items():
        values = rows[verdict].to_numpy()
        bars = axis.barh(
            names,
            values,
            left=left,
            color=colour,
            height=0.7,
            edgecolor="white",
            linewidth=0.8,
            label=reader.word(verdict),
        )
        axis.bar_label(
            bars,
            [f"{v:.0f}" if v else "" for v in values],
            label_type="center",
            fontsize=8,
            color="white",
        )
        left += values
    axis.set_xlabel(reader.word("count"))
    axis.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper left", ncols=4)
    return figure


def published_recomputed(table, reader):
    """Draw recomputed against published values of D, with the line on which they are equal.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, published, recomputed.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, WIDTH * 0.6))
    both = table[["published", "recomputed"]].to_numpy()
    ends = [both.min() - 0.03, both.max() + 0.03]
    axis.plot(ends, ends, color=GREY, linewidth=0.8)
    names, markers = list(reader.regions.index), "osD^vP*Xh<>p"
    colours = group_colours(reader.study)
    single = len(names) <= sizes.NAMED
    for region, rows in table.groupby("region", sort=False):
        look = {
            "marker": markers[names.index(region) % len(markers)] if single else "o",
            "color": colours[reader.regions["group"][region]],
        }
        axis.scatter(
            rows["published"],
            rows["recomputed"],
            s=sizes.mark(22, len(names)),
            label=reader.region(region),
            alpha=0.85,
            **look,
        )
    axis.set(
        xlabel=reader.word("published_value"),
        ylabel=reader.word("recomputed_value"),
        xlim=ends,
        ylim=ends,
        aspect="equal",
        anchor="SW",  # where the labels are, so that room is made for them
    )
    if single:
        figure.legend(loc="outside right center", ncols=-(-len(names) // 20))
    else:
        group_legend(figure, reader)
    return figure


def slopes(table, reader):
    """Draw lines from printed to recomputed means, a panel for every variable; of many those that differ most.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of `readings.beside` of regions, or of groups.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    variables = list(dict.fromkeys(table["variable"]))
    most = min(sizes.NAMED, table["variable"].value_counts().max())
    height = 1.6 + 0.17 * max(most, 8)
    figure, axes = plt.subplots(1, len(variables), figsize=(WIDTH, height), squeeze=False)
    colours, groups = group_colours(reader.study), reader.regions["group"]
    for axis, variable in zip(axes[0], variables, strict=True):
        rows = table[table["variable"] == variable]
        if len(rows) > sizes.NAMED:
            rows = rows.loc[(rows["published"] - rows["recomputed"]).abs().nlargest(sizes.NAMED).index]
        ends = rows[["published", "recomputed"]].to_numpy()
        low, high = ends.min(), ends.max()
        pad = (high - low) * 0.06 or 0.05
        for place, pair in zip(rows["place"], ends, strict=True):
            axis.plot([0, 1], pair, marker="o", color=colours[groups.get(place, place)], alpha=0.85)
        for side, column in enumerate(ends.T):
            heights = spread(column, (high - low + 2 * pad) * 0.135 / (height - 1), low - pad)
            for place, at, y in zip(rows["place"], column, heights, strict=True):
                name = reader.place(place)
                label = f"{name} {reader.number(at)}" if side == 0 else f"{reader.number(at)} {name}"
                x = (-0.1, 1.1)[side]
                axis.text(x, y, label, ha=("right", "left")[side], va="center", fontsize=6.5, clip_on=False)
        named = variable in reader.study.alpha
        axis.set_title(reader.subsystem(variable) if named else reader.word("mean_of_printed_years"), fontsize=8)
        for x, key, side in ((0.1, "published_short", "right"), (0.9, "recomputed", "left")):
            axis.text(x, low - 1.9 * pad, reader.word(key), ha=side, va="center", fontsize=8)
        axis.set(xlim=(-1.15, 2.15), ylim=(low - 2.5 * pad, high + 2 * pad), xticks=[], yticks=[])
        axis.spines[["left", "bottom"]].set_visible(False)
    group_legend(figure, reader)
    return figure


def distances(counts, marks, reader):
    """Draw how far all combinations of readings are from the published D.

    Parameters
    ----------
    counts : pandas.DataFrame
        Columns low, high, count.
    marks : dict
        own, closest, half (lines) and low, middle (from and to which a band of readings by chance reaches).
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(WIDTH, WIDTH * 0.42))
    edges = [*counts["low"], counts["high"].iloc[-1]]
    axis.stairs(counts["count"], edges, fill=True, color=SHADES[2], label=reader.word("all_readings"))
    band = reader.word("readings_by_chance")
    axis.axvspan(marks["low"], marks["middle"], color=SHADES[3], alpha=0.6, linewidth=0, label=band)
    looks = {"own": ("black", "-"), "closest": ("black", "--"), "half": (GREY, ":")}
    for key, (colour, line) in looks.items():
        label = reader.word(f"distance_{key}_line", reader.number(marks[key], 4))
        axis.axvline(marks[key], color=colour, linestyle=line, label=label)
    axis.set(xlabel=reader.word("distance_of_degree"), ylabel=reader.word("combinations"), xlim=(0, None))
    axis.yaxis.set_major_formatter(lambda x, _: reader.grouped(round(x)))
    figure.legend(loc="outside upper left", ncols=2)
    return figure
