"""Figures of spatial autocorrelation. Nothing is computed here."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from coordination.presentation import sizes
from coordination.presentation.maps import _map
from coordination.presentation.style import (
    GREY,
    QUADRANT_COLOURS,
    SHADES,
    TALLEST,
    WHOLE,
    WIDTH,
    align_columns,
    group_colours,
    group_legend,
    in_columns,
    place_labels,
    strips,
    times,
    years,
)
from coordination.sections import p_columns


def cluster_map(table, polygons, reader):
    """Draw the quadrants of local Moran's I on a map.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, the quadrant and whether it is significant, in this order.
    polygons : geopandas.GeoDataFrame or None
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = table.set_index("region").reindex(reader.regions.index)
    quadrant, significant = rows.iloc[:, 0], rows.iloc[:, 1].astype(bool)
    colours = np.array([mpl.colors.to_rgb(QUADRANT_COLOURS[q]) for q in quadrant])
    colours[~significant] = 0.25 * colours[~significant] + 0.75
    outlined = significant if len(rows) <= sizes.CROWD else None  # of more, outlines would cover the colours
    figure, axis = _map(polygons, colours, reader, outlined)
    axis.set_title(reader.word("faint_says"), fontsize=8, color=GREY)
    handles = [
        mpl.patches.Patch(color=c, label=f"{q} {reader.word(q)}" if q != "none" else reader.word(q))
        for q, c in QUADRANT_COLOURS.items()
        if q != "none" or "none" in set(quadrant)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def moran_by_year(table, reader):
    """Draw Moran's I by year, and its p value under different inference.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    sources = list(table["source"].unique())
    figure, axes = plt.subplots(
        2,
        len(sources),
        figsize=(WIDTH, 4.9),
        sharex=True,
        sharey="row",
        squeeze=False,
        height_ratios=(1, 1.15),
    )
    drawn = [k for k in p_columns(reader.study.autocorrelation.tail) if table[k].notna().any()]
    if "p_exact_two_sided" in drawn:
        drawn.remove("p_permutation")
    for column, source in zip(axes.T, sources, strict=True):
        own = table[table["source"] == source]
        x = times(reader.study, own["year"])
        column[0].plot(x, own["moran_i"], marker="o", color=WHOLE, label=reader.word("moran_i"))
        column[0].axhline(
            own["expected_i"].iloc[0],
            color=GREY,
            linestyle="--",
            linewidth=1,
            label=reader.word("expected"),
        )
        if sources != ["data"]:
            column[0].set_title(reader.word(source))
        for k, kind in enumerate(drawn):
            look = {"color": SHADES[(1, 0, 0, 1)[k]], "marker": "os^v"[k], "linestyle": ("--", "-", "-", ":")[k]}
            look["markerfacecolor"] = ("white", SHADES[0], "white", SHADES[1])[k]
            label = reader.word(kind).format(reader.word(reader.study.autocorrelation.tail))
            column[1].plot(x, own[kind], label=label, linewidth=1.2, **look)
        column[1].axhline(reader.study.autocorrelation.significance, color="black", linewidth=0.8)
        most = 12 if isinstance(reader.study.years[0], int) else 6
        years(column[1], reader.study, reader.study.years, max(1, most // len(sources)))
    axes[0, 0].set_ylabel(reader.word("moran_i"))
    axes[1, 0].set_ylabel(reader.word("p"))
    axes[1, 0].set_ylim(0, None)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def influence(table, reader):
    """Draw Moran's I of a year without each region, and under other weights; what is not significant is hollow.

    Parameters
    ----------
    table : pandas.DataFrame
        As `influence.influence` returns it.
    """
    whole, level = table[table["kind"] == "whole"].iloc[0], reader.study.autocorrelation.significance
    left = table[table["kind"] == "region"].sort_values("moran_i", kind="stable")
    if len(left) > 24:  # those that move it most
        left = left.loc[(left["moran_i"] - whole["moran_i"]).abs().nlargest(24).index].sort_values("moran_i")
    panels = [
        (own, names, title)
        for own, names, title in (
            (left, [reader.region(r) for r in left["region"]], "without_region"),
            (
                table[table["kind"] == "weights"],
                [reader.choice("spatial_weights", w) for w in table["weights"].dropna()],
                "under_weights",
            ),
        )
        if len(own)
    ]
    longest = max((len(own) for own, _, _ in panels), default=1)
    figure, axes = plt.subplots(
        1, max(1, len(panels)), figsize=(WIDTH, 1.3 + 0.23 * longest), sharex=True, squeeze=False
    )
    for axis, (own, names, title) in zip(axes[0], panels, strict=False):
        y = np.arange(len(own))[::-1]
        axis.axvline(whole["moran_i"], color=WHOLE, linewidth=1, label=reader.word("whole_study"))
        axis.axvline(own["expected_i"].iloc[0], color=GREY, linestyle="--", linewidth=1, label=reader.word("expected"))
        axis.axvline(0, color=GREY, linestyle=":", linewidth=0.8)
        sure = (own["p"] <= level).to_numpy()
        colours = np.where(sure, WHOLE, "white")
        axis.scatter(own["moran_i"], y, c=colours, edgecolors=WHOLE, linewidths=1.3, zorder=3)
        axis.set_yticks(y, names)
        axis.set(title=reader.word(title), xlabel=reader.word("moran_i"))
        axis.set_ylim(-0.7, len(own) - 0.3)
    if panels:
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def scatter(table, reader):
    """Draw the Moran scatter plot with the study's axes (figure 7 of a study of two subsystems).

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over table `local-moran`.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    x, y = table["z"].to_numpy(), table["lag"].to_numpy()
    shown = "quadrant_article" if reader.study.autocorrelation.quadrants == "means" else "quadrant"
    up = y[(table["quadrant"] != "none").to_numpy()].mean() if shown == "quadrant_article" else 0.0
    settled = (table["quadrant"] == table["quadrant_article"]).to_numpy()
    sure = table["significant_fdr"].to_numpy(dtype=bool)
    colours = np.array([QUADRANT_COLOURS[q] if s else "#8a8a8a" for q, s in zip(table[shown], sure, strict=True)])
    figure, axis = plt.subplots(figsize=(WIDTH * 0.86, WIDTH * 0.66))
    axis.axhline(up, color=GREY, linewidth=0.8)
    axis.axvline(0, color=GREY, linewidth=0.8)
    if up != 0:
        axis.axhline(0, color=GREY, linewidth=0.7, linestyle=":")
    slope = (x @ y) / (x @ x)
    ends = np.array([x.min(), x.max()])
    axis.plot(ends, y.mean() + slope * ends, color="black", linewidth=0.9, linestyle="--")
    axis.scatter(
        x,
        y,
        s=sizes.mark(42, len(x)),
        c=[c if s else "white" for c, s in zip(colours, settled, strict=True)],
        edgecolors=colours,
        linewidths=sizes.mark(1.6, len(x)),
        rasterized=len(x) > sizes.CROWD,
        zorder=3,
    )
    axis.set(xlabel=reader.word("z_value"), ylabel=reader.word("z_lag"))
    axis.margins(0.18, 0.16)
    for q, a, b, ha, va in (
        ("HH", 1, 1, "right", "top"),
        ("LH", 0, 1, "left", "top"),
        ("LL", 0, 0, "left", "bottom"),
        ("HL", 1, 0, "right", "bottom"),
    ):
        axis.annotate(
            f"{q} {reader.word(q)}", (a, b), (-4 if a else 4, -4 if b else 4),
            xycoords="axes fraction", textcoords="offset points",
            ha=ha, va=va, color=GREY, fontsize=8.5,
        )  # fmt: skip
    far = np.argsort(-(x**2 + y**2), kind="stable")[: len(x) if len(x) <= 15 else 18]
    names = reader.regions[reader.language][table["region"]].to_numpy()
    place_labels(axis, x, y, {k: names[k] for k in sorted(far)}, 8.5 if len(x) <= 15 else 7.5, (1.25, 1.9))
    return figure


DIVERGING = "RdBu_r"

ALIKE = 0.05  # of the longer axis, by which two ellipses may differ and yet look like one


def gravity(path, points, polygons, reader):
    """Draw the standard deviational ellipses of the first and last year, and the path of the centre of gravity.

    Parameters
    ----------
    path : pandas.DataFrame
        Columns year, x, y, major, minor (km), bearing (degrees clockwise from north), a row a year.
    points : pandas.DataFrame
        Index region; columns x, y in km.
    polygons : geopandas.GeoDataFrame or None
        On the same plane.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    ends = path.iloc[[0, -1]] if len(path) > 1 else path
    moved = np.abs(np.diff(ends[["x", "y", "major", "minor"]], axis=0))
    if alike := bool(len(ends) > 1 and moved.max() < ALIKE * ends["major"].max()):  # two outlines would be one
        ends = ends.iloc[-1:]
    reach = 1.05 * np.nanmax([*path["major"], 1.0])
    west, east = points["x"].min() - 0.3 * reach, points["x"].max() + 0.3 * reach
    south, north = points["y"].min() - 0.3 * reach, points["y"].max() + 0.3 * reach
    if polygons is not None:
        west, south, east, north = polygons.total_bounds
    share = float(np.clip((east - west) / (north - south), 0.8, 1.7))
    height = float(np.clip(0.5 * WIDTH / share + 0.9, 3.2, 4.6))
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, height), width_ratios=(1.25, 1))
    if polygons is not None:
        thin, dense = sizes.mark(0.5, len(polygons)), len(polygons) > sizes.CROWD
        polygons.plot(ax=left, color="#f1f1f1", edgecolor="#bdbdbd", linewidth=thin, aspect=None, rasterized=dense)
    left.plot(points["x"], points["y"], ".", color="#9a9a9a", markersize=sizes.mark(4, len(points)))
    for row, colour, dash in zip(ends.to_dict("records"), (WHOLE, "#777777"), ("-", "--"), strict=False):
        outline = mpl.patches.Ellipse(
            (row["x"], row["y"]), 2 * row["minor"], 2 * row["major"], angle=-np.nan_to_num(row["bearing"]),
            fill=False, edgecolor=colour, linewidth=1.6, linestyle=dash,
            label=reader.word("alike_in_between", path["year"].iloc[0], row["year"]) if alike else str(row["year"]),
        )  # fmt: skip
        left.add_patch(outline)
        left.plot(row["x"], row["y"], "+", color=colour, markersize=8, markeredgewidth=1.6)
    left.set_aspect("equal")
    left.autoscale_view()
    left.margins(0.03)
    _scale_bar(left, east - west, reader)
    left.set_axis_off()
    left.legend(loc="upper left", bbox_to_anchor=(0, 1.12), ncols=2, borderaxespad=0)
    _path(right, path, reader)
    return figure


def _scale_bar(axis, width, reader):
    length = float(max(k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if k == 1 or k <= 0.25 * width))
    (west, east), (south, north) = axis.get_xlim(), axis.get_ylim()
    x, y = west + 0.02 * (east - west), south - 0.05 * (north - south)
    axis.plot([x, x + length], [y, y], color="black", linewidth=1.5, solid_capstyle="butt")
    label = f"{length:g} {reader.word('km')}"
    axis.annotate(label, (x + length / 2, y), (0, 3), textcoords="offset points", ha="center", fontsize=7.5)


def _path(axis, path, reader):
    x, y = path["x"].to_numpy(), path["y"].to_numpy()
    axis.plot(x, y, color=GREY, linewidth=0.8, zorder=1)
    axis.scatter(x, y, s=22, c=np.arange(len(path)), cmap="Greys", vmin=-0.5 * len(path), edgecolors=GREY, zorder=3)
    span = max(np.ptp(x), np.ptp(y), 1e-6)
    for limits, values in ((axis.set_xlim, x), (axis.set_ylim, y)):
        middle = (values.min() + values.max()) / 2
        limits(middle - 0.65 * span, middle + 0.65 * span)
    axis.set_aspect("equal")
    axis.set(xlabel=reader.word("km_east"), ylabel=reader.word("km_north"))
    axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
    axis.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
    step = -(-len(path) // 12)
    shown = sorted({*range(0, len(path), step), len(path) - 1})
    place_labels(axis, x, y, {k: str(path["year"].iloc[k]) for k in shown}, 7.5, (1.3, 1.7))


def association(contiguity, bivariate, reader):
    """Draw Geary's C of D and bivariate Moran's I of the subsystems by year, with their p values.

    Parameters
    ----------
    contiguity : pandas.DataFrame
        Columns year, geary_c, p, p_two_sided.
    bivariate : pandas.DataFrame
        Columns first, second, year, bivariate_i, expected_i, p_greater, p_two_sided.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    pairs = list(bivariate.groupby(["first", "second"], sort=False))
    names = {s.id: s.name[reader.language] for s in reader.study.subsystems}
    rows = -(-len(pairs) // 2)
    figure, axes = plt.subplots(
        2, 2, figsize=(WIDTH, 4.4 + 0.2 * rows), sharex=True, squeeze=False, height_ratios=(1, 1)
    )
    x = times(reader.study, contiguity["year"])
    axes[0, 0].plot(x, contiguity["geary_c"], marker="o", color=WHOLE)
    axes[0, 0].axhline(1, color=GREY, linestyle="--", linewidth=1)
    axes[1, 0].plot(x, contiguity["p_two_sided"], marker="o", color=WHOLE, linewidth=1.2)
    for k, ((first, second), own) in enumerate(pairs):
        look = {"color": SHADES[k % 3], "marker": "os^DvP"[k % 6]}
        label = reader.word("pair").format(names[first], names[second])
        axes[0, 1].plot(x, own["bivariate_i"], label=label, **look)
        axes[0, 1].plot(x, own["expected_i"], color=look["color"], linestyle="--", linewidth=0.9)
        axes[1, 1].plot(x, own["p_two_sided"], linewidth=1.2, **look)
    for axis, title in zip(axes[0], ("geary_c", "bivariate_i"), strict=True):
        axis.set_title(reader.word(title))
        axis.margins(y=0.15)
    for axis in axes[1]:
        axis.axhline(reader.study.autocorrelation.significance, color="black", linewidth=0.8)
        axis.set_ylim(0, None)
        axis.set_ylabel(reader.word("p_two_sided"))
        years(axis, reader.study, contiguity["year"], 6 if isinstance(reader.study.years[0], int) else 3)
    figure.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside lower center", ncols=1 if rows == 1 else 2)
    return figure


def hot_spots(table, reader):
    """Draw G* by region and year, significant ones outlined.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, g_star, significant_fdr.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    wide = table.pivot(index="region", columns="year", values="g_star").reindex(reader.regions.index)
    sure = table.pivot(index="region", columns="year", values="significant_fdr").reindex(reader.regions.index)
    few = len(wide) <= 20 and wide.shape[1] <= 14
    limit = max(2.0, np.ceil(np.nanmax(np.abs(wide.to_numpy(dtype=float)), initial=0.0)))
    colours = mpl.colormaps[DIVERGING].with_extremes(bad="#e8e8e8")
    if not sizes.fits(len(wide), 0.17, TALLEST - 1.2, 3):
        return _hot_strips(wide, sure.to_numpy(dtype=bool), colours, limit, reader)
    figure, parts = in_columns(wide, 1.2, 0.3 if few else 0.17, reader)
    for axis, own in parts:
        values = own.to_numpy(dtype=float)
        image = axis.pcolormesh(
            np.ma.masked_invalid(values), cmap=colours, vmin=-limit, vmax=limit, edgecolors="white", linewidth=0.5
        )
        axis.invert_yaxis()
        for (row, column), value in np.ndenumerate(values if few else [[]]):
            text = "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")
            dark = abs(value) > 0.62 * limit
            look = {"ha": "center", "va": "center", "fontsize": 7.5, "color": "white" if dark else "black"}
            axis.text(column + 0.5, row + 0.5, text, **look)
        for row, column in np.argwhere(sure.loc[own.index].to_numpy(dtype=bool)):
            axis.add_patch(
                mpl.patches.Rectangle(
                    (column + 0.06, row + 0.08), 0.88, 0.84, fill=False, edgecolor="black", linewidth=1.3, zorder=3
                )
            )
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0, labelsize=9 if few else 7.5)
        axis.set_yticks(np.arange(len(own)) + 0.5, reader.regions[reader.language][own.index])
        years = [str(y) for y in wide.columns]
        axis.set_xticks(np.arange(len(years)) + 0.5, years, rotation=0 if len(years) * len(parts) <= 12 else 90)
    align_columns(parts)
    axes = [axis for axis, _ in parts]
    bar = figure.colorbar(image, ax=axes, label=reader.word("g_star"), aspect=30, pad=0.02)
    bar.outline.set_visible(False)
    return figure


def _hot_strips(wide, sure, colours, limit, reader):
    """Show G* of many regions as strips, faint where it is not significant."""
    scale = mpl.colors.Normalize(-limit, limit)
    shown = colours(np.ma.masked_invalid(scale(wide.to_numpy(float))))
    shown[~sure, :3] = 0.25 * shown[~sure, :3] + 0.75
    figure, axis = plt.subplots(figsize=(WIDTH, 0.85 * TALLEST))
    wide.attrs["colours"] = shown
    labels = [str(y) for y in wide.columns]
    by = reader.timed_word("mean_of_years"), wide.astype(float).mean(axis=1)
    strips(figure, axis, wide, reader.regions["group"], labels, by, reader)
    axis.tick_params(axis="x", rotation=0 if len(labels) <= 12 else 90)
    image = mpl.cm.ScalarMappable(scale, colours)
    bar = figure.colorbar(image, ax=axis, label=reader.word("g_star"), aspect=30, pad=0.02)
    bar.outline.set_visible(False)
    figure.supxlabel(reader.word("faint_says"), fontsize=8, color=GREY)
    return figure


def moran_change(distributions, table, reader):
    """Draw the change of Moran's I among the changes with the years exchanged region by region.

    Parameters
    ----------
    distributions : dict of str to array_like, shape (k,)
        By source: changes, the observed one first.
    table : pandas.DataFrame
        The hand-over table `moran-change`.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = table.set_index("source").loc[list(distributions)]
    figure, axes = plt.subplots(1, len(rows), figsize=(WIDTH, 3.0), sharex=True, sharey=True, squeeze=False)
    widest = max(np.abs(d).max() for d in distributions.values())
    width = max(widest, 1e-6) / 20
    for axis, (source, row) in zip(axes[0], rows.iterrows(), strict=True):
        values = np.asarray(distributions[source])
        most = np.ceil(2 * widest / width) + 1
        bins = row["change"] + 1e-9 + width * np.arange(-most, most + 1)  # one of them ends at the observed change
        share = np.full(len(values), 100 / len(values))
        below = values <= row["change"] + 1e-9 * max(1, abs(row["change"]))
        axis.hist(
            [values[below], values[~below]], bins, weights=[share[below], share[~below]], stacked=True,
            color=[SHADES[1], SHADES[3]],
        )  # fmt: skip
        axis.axvline(row["change"], color="black", linewidth=1.4)
        if len(rows) > 1:
            axis.set_title(reader.word(source))
        axis.set_xlabel(reader.word("change_of_i").format(row["first"], row["last"]))
        axis.set_xlim(-widest - 2 * width, widest + 2 * width)
        axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
    axes[0, 0].set_ylabel(reader.word("share_of_choices"))
    handles = [
        mpl.lines.Line2D([], [], color="black", linewidth=1.4, label=reader.word("observed_change")),
        mpl.patches.Patch(color=SHADES[1], label=reader.word("at_least_as_low")),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def metacoupling(table, reader):
    """Draw D with near regions, and with all others, against D within the region.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year: region, kind (local, peri, tele), coordination_degree.
    """
    wide = table.pivot(index="region", columns="kind", values="coordination_degree").reindex(reader.regions.index)
    names, colours = reader.regions[reader.language].to_numpy(), group_colours(reader.study)
    ends = (np.nanmin(wide) - 0.03, np.nanmax(wide) + 0.03)
    figure, axes = plt.subplots(1, 2, figsize=(WIDTH, WIDTH * 0.56), sharex=True, sharey=True)
    for axis, kind, word in zip(axes, ("peri", "tele"), ("peri_coupling", "tele_coupling"), strict=True):
        own = wide.dropna(subset=kind)
        x, y = own["local"].to_numpy(), own[kind].to_numpy()
        axis.axline((ends[0], ends[0]), slope=1, color=GREY, linestyle="--", linewidth=0.9)
        axis.scatter(
            x, y, s=sizes.mark(28, len(x)), c=[colours[g] for g in reader.regions["group"][own.index]], zorder=3
        )
        axis.set(xlim=ends, ylim=ends, title=reader.word(word), xlabel=reader.word("degree_within"))
        shown = names[wide.index.get_indexer(own.index)]
        far = np.argsort(-abs(y - x), kind="stable")[: len(x) if len(x) <= 15 else 8]
        place_labels(axis, x, y, {k: shown[k] for k in sorted(far)}, 8, (1.25, 1.7))
    axes[0].set_ylabel(reader.word("degree_between"))
    group_legend(figure, reader)
    return figure
