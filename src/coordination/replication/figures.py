"""Figures of published against recomputed values. Nothing is computed here."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from coordination.presentation.style import GREY, VERDICT_COLOURS, WIDTH, group_colours


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
        bars = axis.barh(names, values, left=left, color=colour, height=0.7, label=reader.word(verdict))
        dark = verdict in ("reproduced", "not reproduced")
        axis.bar_label(
            bars,
            [f"{v:.0f}" if v else "" for v in values],
            label_type="center",
            fontsize=8,
            color="white" if dark else "black",
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
    for region, rows in table.groupby("region", sort=False):
        look = {
            "marker": markers[names.index(region) % len(markers)],
            "color": colours[reader.regions["group"][region]],
        }
        axis.scatter(
            rows["published"],
            rows["recomputed"],
            s=22,
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
    figure.legend(loc="outside right center", ncols=-(-len(names) // 20))
    return figure
