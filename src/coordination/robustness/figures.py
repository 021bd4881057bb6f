"""Figures of the multiverse, errors, coherence and what other tools do. Nothing is computed here."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from coordination.indices.figures import heat_map
from coordination.presentation.style import GREY, SHADES, SHARES, WIDTH, align_columns, in_columns, wrapped

SOURCES = dict(
    zip(("universes", "both", "figures", "weights"), ("#222222", "#666666", "#999999", "#c6c6c6"), strict=True)
)


def specification_curve(line, choices, own, reader):
    """Draw the outcomes of all universes in order, and the choices behind them.

    Parameters
    ----------
    line : pandas.DataFrame
        Columns position (share of the universes), degree.
    choices : pandas.DataFrame
        Columns factor, level, then the share of the universes with it along the way.
    own : float
        The study's own outcome.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = choices[choices["factor"] != "left_out"]
    rows = len(shown)
    figure, axes = plt.subplots(
        2, 1, figsize=(WIDTH, 2.2 + 0.17 * rows), sharex=True, height_ratios=(1.6, 0.17 * rows + 0.2)
    )
    axes[0].plot(line["position"], line["degree"], color=SHADES[1], linewidth=2)
    axes[0].axhline(own, color="black", linewidth=1, linestyle="--", label=reader.word("own_universe"))
    axes[0].set_ylabel(reader.word("coordination_degree"))
    axes[0].legend(loc="upper left")
    body = shown.iloc[:, 2:].to_numpy(float)
    sizes = shown.groupby("factor", sort=False)["level"].transform("size").to_numpy()[:, None]
    mesh = axes[1].imshow(
        np.minimum(body * sizes, 3), aspect="auto", cmap=SHARES, vmin=0, vmax=3, extent=(0, 1, rows, 0),
        interpolation="nearest",
    )  # fmt: skip
    names = [
        f"{reader.factor(f)}: {reader.choice(f, level)}"
        for f, level in shown[["factor", "level"]].itertuples(index=False)
    ]
    axes[1].set_yticks(np.arange(rows) + 0.5, names, fontsize=7)
    axes[1].tick_params(axis="y", length=0)
    starts = np.flatnonzero(shown["factor"].to_numpy()[1:] != shown["factor"].to_numpy()[:-1]) + 1
    axes[1].hlines(starts, 0, 1, color="white", linewidth=2.5)
    axes[1].set_xlabel(reader.word("universes_sorted"))
    axes[1].xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    bar = figure.colorbar(mesh, ax=axes[1], pad=0.02, aspect=30, label=reader.word("times_as_often"))
    bar.outline.set_visible(False)
    bar.set_ticks([0, 1, 2, 3], labels=["0", "1", "2", "≥3"])
    return figure


def rank_intervals(table, reader):
    """Draw the rank of every region in a year, with its interval under every kind of change.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over `rank-intervals`.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    own = table.drop_duplicates("region").set_index("region")["rank"].sort_values(kind="stable")
    n = len(own)
    kinds = [s for s in SOURCES if s in set(table["source"])] if n < 20 else ["universes", "both"]
    figure, parts = in_columns(own, 1.0, 0.42 if n < 20 else 0.16, reader, one_scale=False)
    for axis, ranks in parts:
        at = {region: k for k, region in enumerate(ranks.index)}
        for k, source in enumerate(kinds):
            rows = table[(table["source"] == source) & table["region"].isin(at)]
            y = rows["region"].map(at) + (k - (len(kinds) - 1) / 2) * 0.18
            colour = SOURCES[source]
            axis.hlines(y, rows["low"], rows["high"], color=colour, linewidth=2.2 if n < 20 else 1.4)
            look = {"color": colour, "markersize": 3.5 if n < 20 else 2.2, "label": reader.word(f"of_{source}")}
            axis.plot(rows["median"], y, "o", **look)
        look = {"color": "black", "markersize": 13 if n < 20 else 6, "label": reader.word("own_rank")}
        axis.plot(ranks, range(len(ranks)), "|", **look)
        axis.set_yticks(range(len(ranks)), [reader.region(r) for r in ranks.index], fontsize=9 if n < 20 else 6.5)
        axis.set_ylim(len(ranks) - 0.4, -0.6)
        axis.tick_params(axis="y", length=0)
        axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
        axis.set_xlabel(reader.word("rank"))
        axis.grid(axis="x", color="#e5e5e5", linewidth=0.6)
    align_columns(parts)
    figure.legend(*parts[0][0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure


def sensitivity(table, reader):
    """Draw how much of the variance each choice explains.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over `sensitivity`.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    outputs = list(table["output"].unique())
    names = list(table["factor"].unique())
    figure, axes = plt.subplots(1, len(outputs), figsize=(WIDTH, 1.2 + 0.28 * len(names)), sharey=True, squeeze=False)
    for axis, output in zip(axes[0], outputs, strict=True):
        own = table[table["output"] == output].set_index("factor").loc[names].fillna(0)
        y = np.arange(len(names))
        axis.barh(y, own["total"], color=SHADES[2], height=0.7, label=reader.word("total_share"))
        axis.barh(y, own["first_order"], color=SHADES[0], height=0.38, label=reader.word("first_order_share"))
        axis.set_title(reader.word(f"variance_of_{output}"))
        axis.set_yticks(y, [reader.factor(f) for f in names])
        axis.tick_params(axis="y", length=0)
        axis.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1, decimals=0))
    axes[0, 0].invert_yaxis()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


def effective_weights(table, reader):
    """Draw what every indicator weighs, and how much it matters.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, weight, effective.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    width = int(reader.word("tick_letters_wide"))
    figure, axis = plt.subplots(figsize=(WIDTH, 1.2 + 0.3 * (len(table) + len(reader.study.subsystems))))
    y, ticks, labels = 0, [], []
    for s in reader.study.subsystems:
        place = {"xycoords": ("axes fraction", "data"), "va": "center"}
        axis.annotate(reader.subsystem(s.id), (0, y), fontsize=9, color=GREY, **place)
        y += 1
        for row in table[table["subsystem"] == s.id].itertuples():
            axis.plot([row.weight, row.effective], [y, y], color="#bbbbbb", linewidth=1.4, zorder=1)
            axis.plot(row.weight, y, "o", color=SHADES[0], label=reader.word("weight"), zorder=2)
            axis.plot(
                row.effective,
                y,
                "D",
                color=SHADES[0],
                markerfacecolor="white",
                label=reader.word("effective"),
                zorder=2,
            )
            ticks.append(y)
            labels.append(wrapped(reader.indicator(row.indicator), width))
            y += 1
    axis.set_yticks(ticks, labels, fontsize=7.5)
    axis.set_ylim(y - 0.4, -0.6)
    axis.set_xlim(left=0)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(reader.word("share_of_subsystem"))
    handles, texts = axis.get_legend_handles_labels()
    figure.legend(handles[:2], texts[:2], loc="outside upper left", ncols=2)
    return figure


def correlations(table, reader):
    """Draw how the indicators go together, within dimensions and across them.

    Parameters
    ----------
    table : pandas.DataFrame, shape (k, k)
        See `robustness.correlations`.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns  # half a second that the other figures need not spend

    k, few, width = len(table), len(table) <= 20, int(reader.word("tick_letters_wide"))
    names = [wrapped(reader.indicator(i.id), width) for i in reader.study.indicators]
    numbers = [str(n + 1) for n in range(k)]
    said = table.map(lambda r: "" if np.isnan(r) else f"{r:.2f}".replace("-", "−")) if few else False
    figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + 0.27 * k))
    sns.heatmap(
        table.set_axis([f"{name}  {n}" for name, n in zip(names, numbers, strict=True)]).set_axis(numbers, axis=1),
        ax=axis, cmap="RdBu_r", vmin=-1, vmax=1, annot=said, fmt="", annot_kws={"fontsize": 5.5}, linewidths=0.4,
        linecolor="white", cbar_kws={"label": reader.word("pearson"), "aspect": 30, "pad": 0.02},
    )  # fmt: skip
    axis.collections[0].colorbar.outline.set_visible(False)
    ends = np.cumsum(
        [len([i for i in d.indicators if i.unavailable is None]) for s in reader.study.subsystems for d in s.dimensions]
    )
    systems = np.cumsum([len(s.indicators) for s in reader.study.subsystems])
    for end in set(ends[:-1]) - {0, k}:
        width = 1.6 if end in systems else 0.6
        axis.axhline(end, color="black", linewidth=width)
        axis.axvline(end, color="black", linewidth=width)
    axis.set(xlabel="", ylabel="")
    axis.tick_params(length=0, labelsize=7, rotation=0)
    return figure


def level_flips(table, reader):
    """Draw how often a region has another level than in the study.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, share (of the universes).
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    light = mpl.colormaps[SHARES](np.linspace(0, 0.43, 256))  # on which black lines and numbers are seen
    scale = mpl.colors.LinearSegmentedColormap.from_list("shares", light)
    return heat_map(table, reader, label="flip_share", scale=scale)


def variants(changes, table, reader):
    """Draw the change in D of every region and year, a strip a variant.

    Parameters
    ----------
    changes : pandas.DataFrame
        As `variants.region_years` returns it.
    table : pandas.DataFrame
        As `variants.compare` returns it.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = table.iloc[1:]
    years, of = reader.study.years, len(reader.regions) * len(reader.study.years)
    figure, axis = plt.subplots(figsize=(WIDTH, 1.3 + 0.36 * len(shown)))
    depth = {y: 0.6 * (k + 0.5) / len(years) - 0.3 for k, y in enumerate(years)}
    place = {variant: k for k, variant in enumerate(shown["variant"])}
    rows = changes[changes["variant"].isin(place)]
    y = rows["variant"].map(place) + rows["year"].map(depth)
    look = {"alpha": 0.6, "rasterized": len(rows) > 3000}  # thousands of marks make a heavy page
    axis.axvline(0, color=GREY, linewidth=0.7)
    for level, marker, colour, line in (
        ("same", "o", SHADES[1], 0), ("other", "D", SHADES[0], 0), ("outside", "x", SHADES[0], 0.9)
    ):  # fmt: skip
        own = rows["level"] == level
        if own.any():
            look |= {"s": 9 if of <= 300 else 4, "label": reader.word(f"compare_level_{level}")}
            axis.scatter(rows["change"][own], y[own], color=colour, marker=marker, linewidths=line, **look)
    axis.set_yticks(range(len(shown)), [reader.timed_word(f"variant_{v}") for v in place])
    axis.set_ylim(len(shown) - 0.5, -0.5)
    across = axis.get_yaxis_transform()
    axis.hlines(np.arange(1, len(shown)) - 0.5, 0, 1, transform=across, color="#e2e2e2", linewidth=0.6)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(reader.word("compare_change"))
    heads = reader.word("compare_levels_changed"), reader.timed_word("compare_moran_changed", years[-1])
    cells = [(-0.55, heads, "bottom")] + [
        (place[r.variant], (f"{r.flips} / {of}", reader.number(r.moran_change)), "center") for r in shown.itertuples()
    ]
    for height, pair, va in cells:
        for points, text in zip((56, 108), pair, strict=True):  # from the strips to the column's right edge
            spot = {"xy": (1, height), "xycoords": across, "xytext": (points, 0), "textcoords": "offset points"}
            axis.annotate(text, ha="right", va=va, fontsize=8, annotation_clip=False, **spot)
    legend = figure.legend(loc="outside upper left", ncols=3, markerscale=1.6 if of <= 300 else 2.4)
    for handle in legend.legend_handles:
        handle.set_alpha(1)
    return figure
