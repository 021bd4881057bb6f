"""How figures look: one function a figure, in English or Chinese; only positions on the page are computed."""

from __future__ import annotations

import io
import re
import textwrap
from contextlib import contextmanager
from importlib.resources import files

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects

from coordination.neighbours import places
from coordination.wording import COMMA, word

WIDTH = 7.0  # inches, a journal's full text width
# seaborn's palette "colorblind" with purple for its grey, which is kept for all regions together
COLOURS = [
    mpl.colors.to_rgb(c)
    for c in (
        "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#fbafe4", "#56b4e9", "#ece133", "#5d3a9b",
    )
]  # fmt: skip
SEQUENTIAL = "YlGnBu"
QUADRANT_COLOURS = {"HH": "#b2182b", "LH": "#92c5de", "LL": "#2166ac", "HL": "#f4a582", "none": "#cccccc"}
VERDICT_COLOURS = {
    "reproduced": "#2166ac",
    "reproduced within rounding": "#92c5de",
    "not reproduced": "#d6604d",
    "not testable": "#cccccc",
}
GREY = "#555555"


@contextmanager
def style():
    """Give figures one look, with a typeface that has Latin and Chinese glyphs.

    Yields
    ------
    None

    Notes
    -----
    Noto Sans CJK SC from the package mplfonts: one design for both scripts, so that mixed labels align, and an
    open licence. It is named by file, so that no font of the machine takes its place.
    """
    font = files("mplfonts") / "fonts" / "NotoSansCJKsc-Regular.otf"
    name = mpl.font_manager.FontProperties(fname=str(font)).get_name()
    if name not in mpl.font_manager.fontManager.get_font_names():
        mpl.font_manager.fontManager.addfont(str(font))
    settings = {
        "font.family": [name],
        "text.parse_math": False,  # a $ in a name is a dollar
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.titleweight": "normal",
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "axes.edgecolor": GREY,
        "axes.linewidth": 0.7,
        "axes.axisbelow": True,
        "legend.frameon": False,
        "legend.fontsize": 8,
        "lines.linewidth": 1.6,
        "lines.markersize": 4.5,
        "savefig.facecolor": "white",
        "figure.facecolor": "white",
        "figure.constrained_layout.use": True,
        "svg.fonttype": "path",
        "text.hinting": "none",  # so that text is as wide in the layout as in every format
        "svg.hashsalt": "coordination",
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": "black",
        "ytick.labelcolor": "black",
    }
    with mpl.rc_context(settings):
        yield


def rendered(figure, ending):
    """Render a figure, the same bytes every time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    ending : {'svg', 'png'}
        PNG with 300 dots per inch.

    Returns
    -------
    bytes
    """
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
        with mpl.rc_context({"figure.constrained_layout.use": False}):
            figure.set_layout_engine()  # laid out once, not for every format
        for axis in figure.axes:  # without the last bits, in which versions of Python differ
            axis.set_position(np.round(axis.get_position(original=True).bounds, 6))
    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if ending == "svg" else {"Software": None}
    figure.savefig(buffer, format=ending, dpi=300, metadata=metadata)
    return buffer.getvalue()


def place_labels(axis, x, y, names, size, expand):
    """Label points so that no label covers another or a point, with a thin leader where one had to move away.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        With its limits set.
    x, y : array_like, shape (n,)
        Points to keep clear of.
    names : dict of int to str
        Labels of the points of these numbers.
    size : float
        Of the letters, in points.
    expand : tuple of float
        How much of its own width and height a label keeps clear.
    """
    from adjustText import adjust_text

    labels = [axis.text(x[k], y[k], name, fontsize=size, ha="center", va="center") for k, name in names.items()]
    axis.figure.draw_without_rendering()
    if len(x) > 1:
        # The limit is one of rounds, not of time, so that every run places the labels alike.
        adjust_text(labels, x=x, y=y, ax=axis, expand=expand, force_text=(0.3, 0.4), iter_lim=300)
    for label, k in zip(labels, names, strict=True):
        label.set_path_effects([patheffects.withStroke(linewidth=2, foreground="white")])
        point, box = axis.transData.transform((x[k], y[k])), label.get_window_extent()
        edge = np.clip(point, box.min, box.max)
        if np.hypot(*(edge - point)) > 5:  # pixels
            ends = axis.transData.inverted().transform([point, edge])
            axis.plot(*ends.T, color=GREY, linewidth=0.5, zorder=1, scalex=False, scaley=False)


def preview(png, pixels=1000):
    """Make a picture for the screen out of one for print.

    Parameters
    ----------
    png : bytes
    pixels : int
        Its width.

    Returns
    -------
    bytes
        PNG.
    """
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        small = image.convert("RGB").resize(
            (pixels, round(image.height * pixels / image.width)), Image.Resampling.LANCZOS
        )
    buffer = io.BytesIO()
    # 32 shades a channel: a third smaller, no colour off by more than 4 of 255, and white stays white
    small.point([round(v * 31 / 255) * 255 // 31 for v in range(256)] * 3).save(buffer, format="PNG")
    return buffer.getvalue()


def on_screen(draw, *data, **names):
    """Draw a figure for a notebook alone, without writing it.

    Parameters
    ----------
    draw : callable
        A function of this module.
    *data, **names
        What it draws.

    Returns
    -------
    IPython.display.Image
    """
    from IPython.display import Image

    with style():
        drawn = draw(*data, **names)
        picture = rendered(drawn, "png")
        close(drawn)
    return Image(preview(picture), width=620)


def close(figure):
    """Release a figure's memory.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    """
    plt.close(figure)


def _group_colours(study):
    return {g.id: COLOURS[k % len(COLOURS)] for k, g in enumerate(study.groups)}


def _group_names(study, language):
    return {g.id: g.name[language] for g in (*study.groups, study.whole)}


def _times(study, years):
    """Return where years stand on an axis of time: labels of periods at equal distances."""
    labels = isinstance(study.years[0], str)
    return np.array([study.years.index(y) if labels else y for y in years])


def _years(axis, study, years, most=12):
    """Tick whole years, as many as fit."""
    shown = list(years)[:: max(1, -(-len(years) // most))]
    axis.set_xticks(_times(study, shown), [str(y) for y in shown])


def _group_legend(figure, study, language, columns=None):
    colours, names = _group_colours(study), _group_names(study, language)
    handles = [mpl.patches.Patch(color=c, label=names[g]) for g, c in colours.items()]
    figure.legend(handles=handles, loc="outside upper left", ncols=columns or min(len(handles), 5))


def availability(counts, *, study, regions, language):
    """Draw how many regions have an observed figure, by indicator and year.

    Parameters
    ----------
    counts : pandas.DataFrame of int, shape (k, m)
        Indicators by years.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns  # half a second that the other figures need not spend

    every = [i for s in study.subsystems for d in s.dimensions for i in d.indicators]
    table = counts.reindex([i.id for i in every])
    labels = [_wrapped(i.name[language], 56) for i in every]
    figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + sum(0.24 + 0.1 * t.count("\n") for t in labels)))
    colours = mpl.colors.LinearSegmentedColormap.from_list(
        "filled", ["#f2b66d", "#f3ead8", "#3b7fb0"], len(regions) + 1
    )
    sns.heatmap(
        table.set_axis(labels), ax=axis, cmap=colours, vmin=-0.5, vmax=len(regions) + 0.5, linewidths=0.8,
        linecolor="white", cbar_kws={"label": word("observed_share", language), "aspect": 30, "pad": 0.02},
    )  # fmt: skip
    bar = axis.collections[0].colorbar
    bar.set_ticks(sorted({0, len(regions) // 2, len(regions)}))
    bar.outline.set_visible(False)
    for row, indicator in enumerate(every):
        if indicator.unavailable is not None:
            axis.text(
                len(study.years) / 2,
                row + 0.5,
                word("no_figures", language),
                ha="center",
                va="center",
                color=GREY,
                fontsize=8,
            )
    axis.set(xlabel="", ylabel="")
    axis.tick_params(length=0)
    axis.set_yticklabels(labels, rotation=0, fontsize=8, linespacing=0.95)
    axis.set_xticks(
        np.arange(len(study.years)) + 0.5,
        [str(y) for y in study.years],
        fontsize=8,
        rotation=0 if len(study.years) <= 12 else 90,
    )
    return figure


def _wrapped(text, width):
    """Break a long label, but never inside a number with a thin thousands' gap such as 10 000."""
    return textwrap.fill(re.sub(r"(?<=\d) (?=\d{3})", "\u00a0", text), width)


def weights(table, *, study, regions, language):
    """Draw the entropy weights of every subsystem's indicators, coloured by dimension.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, entropy, weight.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    sizes = [len(s.indicators) for s in study.subsystems]
    figure, axes = plt.subplots(
        len(sizes),
        1,
        figsize=(WIDTH, 1.2 + 0.26 * sum(sizes) + 0.35 * len(sizes)),
        height_ratios=sizes,
        sharex=True,
        squeeze=False,
    )
    weight = table.set_index("indicator")["weight"]
    for axis, subsystem in zip(axes[:, 0], study.subsystems, strict=True):
        colour = {i.id: COLOURS[k % 10] for k, d in enumerate(subsystem.dimensions) for i in d.indicators}
        name = {i.id: i.name[language] for i in subsystem.indicators}
        order = weight[[i.id for i in subsystem.indicators]].sort_values(kind="stable")
        bars = axis.barh(
            [_wrapped(name[i], 46) for i in order.index],
            order,
            color=[colour[i] for i in order.index],
            height=0.7,
        )
        axis.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
        axis.set_title(subsystem.name[language])
        axis.tick_params(axis="y", length=0)
        handles = [
            mpl.patches.Patch(color=COLOURS[k % 10], label=d.name[language])
            for k, d in enumerate(subsystem.dimensions)
            if any(i.unavailable is None for i in d.indicators)
        ]
        axis.legend(handles=handles, loc="lower right")
    axes[-1, 0].set_xlabel(word("weight", language))
    axes[-1, 0].set_xlim(0, weight.max() * 1.12)
    return figure


def yearly_mean(table, *, study, regions, language):
    """Draw the mean of all regions by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year and the variable.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    years, values = _times(study, table["year"]), table.iloc[:, -1].to_numpy()
    figure, axis = plt.subplots(figsize=(WIDTH, 2.9))
    axis.plot(years, values, marker="o", color=COLOURS[0])
    if len(years) <= 20:
        for x, y in zip(years, values, strict=True):
            axis.annotate(f"{y:.3f}", (x, y), (0, 7), textcoords="offset points", ha="center", fontsize=8)
    _years(axis, study, table["year"], 12 if isinstance(study.years[0], int) else 8)
    axis.margins(y=0.15)  # before the limit, which fixes the view
    axis.set(ylabel=word("score", language) + COMMA[language] + study.whole.name[language], ylim=(0, None))
    return figure


def group_means(table, *, study, regions, language):
    """Draw the mean of every group over all years.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group and the variable; the last row is the whole.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    names, colours = _group_names(study, language), _group_colours(study)
    figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + 0.34 * len(table)))
    rows = table.iloc[::-1]
    bars = axis.barh(
        [names[g] for g in rows["group"]],
        rows.iloc[:, -1],
        color=[colours.get(g, "#888888") for g in rows["group"]],
        height=0.68,
    )
    axis.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
    axis.set_xlabel(word("score", language))
    axis.tick_params(axis="y", length=0)
    axis.margins(x=0.1)
    return figure


def regional_means(table, *, study, regions, language):
    """Draw the mean of every region over all years, in order, coloured by group.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region and the variable.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    colours = _group_colours(study)
    rows = table.sort_values(table.columns[-1], kind="stable")
    figure, axis = plt.subplots(figsize=(WIDTH, 1.1 + (0.27 if len(rows) < 20 else 0.17) * len(rows)))
    bars = axis.barh(
        regions[language][rows["region"]],
        rows.iloc[:, -1],
        color=[colours[g] for g in regions["group"][rows["region"]]],
        height=0.7,
    )
    axis.bar_label(bars, fmt="%.3f", padding=3, fontsize=8 if len(rows) < 20 else 7)
    axis.set_xlabel(word("score", language))
    axis.tick_params(axis="y", length=0, labelsize=9 if len(rows) < 20 else 7.5)
    axis.margins(x=0.1, y=0.01 if len(rows) >= 20 else 0.05)
    _group_legend(figure, study, language)
    return figure


def lines(table, *, study, regions, language, label="score"):
    """Draw every region by year, a panel a group, the other regions in grey behind.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the variable.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}
    label : str
        The variable's word.

    Returns
    -------
    matplotlib.figure.Figure
    """
    wide = table.pivot(index="year", columns="region", values=table.columns[-1])[list(regions.index)]
    years = list(wide.index)
    wide.index = _times(study, years)
    columns = min(3, len(study.groups))
    rows = -(-len(study.groups) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, 2.5 * rows + 0.2), sharex=True, sharey=True, squeeze=False
    )
    top, span = wide.to_numpy().max() * 1.06, max(1, np.ptp(wide.index))
    every = [np.column_stack([wide.index, wide[r]]) for r in wide]
    for axis, group in zip(axes.flat, study.groups, strict=False):
        axis.add_collection(mpl.collections.LineCollection(every, colors="#e2e2e2", linewidths=0.8))
        members = regions.index[regions["group"] == group.id]
        ends = _spread(wide[members].iloc[-1].to_numpy(), top * (0.062 if rows == 1 else 0.075), low=0.02 * top)
        for k, (region, end) in enumerate(zip(members, ends, strict=True)):
            colour, dash = COLOURS[k % 10], ("-", "--", ":")[k // 10 % 3]
            axis.plot(
                wide.index,
                wide[region],
                color=colour,
                linestyle=dash,
                linewidth=1.5,
                marker="o" if len(wide) == 1 else "",
            )
            axis.annotate(
                regions[language][region], (wide.index[-1], wide[region].iloc[-1]),
                (wide.index[-1] + 0.02 * span, end),
                color=tuple(0.6 * c for c in colour), fontsize=7.5, va="center",
            )  # fmt: skip
        axis.set_title(group.name[language])
        axis.set_xlim(wide.index[0], wide.index[-1] + (0.62 if language == "en" else 0.4) * span)
        step = max(1, len(wide) // 2)
        axis.set_xticks(list(wide.index)[::step], [str(y) for y in years[::step]])
    axes[0, 0].set_ylim(0, top)
    for axis in axes.flat[len(study.groups) :]:
        axis.set_axis_off()
    figure.supylabel(word(label, language), fontsize=9)
    return figure


def _spread(values, gap, low=0.0):
    """Move label positions apart to at least a gap, none below the lowest, keeping their order."""
    order = np.argsort(values, kind="stable")
    placed = values[order].astype(float)
    for _ in range(500):
        close_by = np.flatnonzero(np.diff(placed) < gap - 1e-9)
        if not len(close_by) and placed[0] >= low:
            break
        for k in close_by:
            push = (gap - (placed[k + 1] - placed[k])) / 2
            placed[k] -= push
            placed[k + 1] += push
        placed[0] = max(placed[0], low)
    result = np.empty_like(placed)
    result[order] = placed
    return result


def heat_map(table, *, study, regions, language, label="score"):
    """Draw a variable by region and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the variable.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}
    label : str
        The variable's word.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns  # half a second that the other figures need not spend

    wide = table.pivot(index="region", columns="year", values=table.columns[-1]).reindex(regions.index)
    few = len(wide) <= 20 and wide.shape[1] <= 14
    figure, axis = plt.subplots(figsize=(WIDTH, 1.0 + (0.3 if few else 0.17) * len(wide)))
    sns.heatmap(
        wide.set_axis(regions[language]), ax=axis, cmap=SEQUENTIAL, annot=few, fmt=".2f", annot_kws={"fontsize": 7.5},
        linewidths=0.5, linecolor="white", cbar_kws={"label": word(label, language), "aspect": 30, "pad": 0.02},
    )  # fmt: skip
    axis.collections[0].colorbar.outline.set_visible(False)
    starts = np.flatnonzero(regions["group"].to_numpy()[1:] != regions["group"].to_numpy()[:-1]) + 1
    axis.hlines(starts, 0, wide.shape[1], color="black", linewidth=0.8)
    axis.set(xlabel="", ylabel="")
    axis.tick_params(length=0, labelsize=9 if few else 7.5)
    axis.tick_params(axis="y", rotation=0)
    axis.set_xticks(
        np.arange(wide.shape[1]) + 0.5,
        [str(y) for y in wide.columns],
        rotation=0 if wide.shape[1] <= 12 else 90,
    )
    return figure


def coordination_map(table, polygons, *, study, regions, language):
    """Draw a variable on a map: polygons where the study has them, otherwise points.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region and the variable.
    polygons : geopandas.GeoDataFrame or None
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    values = table.set_index("region").iloc[:, -1].reindex(regions.index)
    scale = plt.Normalize(values.min(), values.max())
    colours = mpl.colormaps[SEQUENTIAL](scale(values))
    figure, axis = _map(polygons, colours, study, regions, language)
    mappable = mpl.cm.ScalarMappable(scale, SEQUENTIAL)
    bar = figure.colorbar(
        mappable, ax=axis, label=word("coordination_degree", language), pad=0.02,
        **{"shrink": 0.7, "aspect": 25} if polygons is None else {"location": "bottom", "shrink": 0.5, "aspect": 35},
    )  # fmt: skip
    bar.outline.set_visible(False)
    return figure


def cluster_map(table, polygons, *, study, regions, language):
    """Draw the quadrants of local Moran's I on a map.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, the quadrant and whether it is significant, in this order.
    polygons : geopandas.GeoDataFrame or None
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = table.set_index("region").reindex(regions.index)
    quadrant, significant = rows.iloc[:, 0], rows.iloc[:, 1].astype(bool)
    figure, _ = _map(polygons, [QUADRANT_COLOURS[q] for q in quadrant], study, regions, language, significant)
    handles = [
        mpl.patches.Patch(color=c, label=f"{q} {word(q, language)}" if q != "none" else word(q, language))
        for q, c in QUADRANT_COLOURS.items()
        if q != "none" or "none" in set(quadrant)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _map(polygons, colours, study, regions, language, outlined=None):
    marked = np.zeros(len(regions), bool) if outlined is None else outlined.to_numpy()
    if polygons is not None:
        west, south, east, north = polygons.total_bounds
        stretch = 1 / np.cos(np.radians((south + north) / 2))
        figure, axis = plt.subplots(
            figsize=(WIDTH, min(7.5, WIDTH * 0.88 * (north - south) * stretch / (east - west) + 0.7))
        )
        # white beside the thin line, which alone would not be seen between dark colours
        polygons.plot(ax=axis, color=colours, edgecolor="white", linewidth=1.6, aspect=None)
        borders = polygons.boundary
        borders.plot(ax=axis, color=GREY, linewidth=0.5, aspect=None)
        if marked.any():
            borders[marked].plot(ax=axis, color="black", linewidth=2.2, aspect=None)
        axis.margins(0.01)
        axis.set_aspect(stretch)
        axis.set_axis_off()
        if len(regions) <= 15:
            _names_inside(axis, polygons, regions[language], stretch)
        return figure, axis
    points = places(regions)
    x, y = points["longitude"], points["latitude"]
    scheme = points.attrs.get("scheme", False)
    stretch = 1 / np.cos(np.radians(y.mean()))
    wide, tall = max(np.ptp(x), 1e-6) * 1.25, np.ptp(y) * 1.3 * stretch
    figure, axis = plt.subplots(
        figsize=(
            WIDTH,
            3.2 if scheme else min(7.0, max(3.4, WIDTH * 0.8 * tall / wide + 0.6)),
        )
    )
    rim, widths = np.where(marked, "black", GREY), np.where(marked, 2.2, 0.7)
    axis.scatter(x, y, s=260, c=colours, edgecolors=rim, linewidths=widths, zorder=2)
    middle = x.median()
    for name, a, b in zip(regions[language], x, y, strict=True):
        right = a <= middle
        axis.annotate(
            name,
            (a, b),
            (11 if right else -11, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=9,
        )
    axis.margins(0.16, 0.14)
    if scheme:
        axis.spines[:].set_visible(False)
        axis.set_aspect("equal", adjustable="datalim")
        axis.set(xticks=[], yticks=[], xlabel=word("scheme", language))
        return figure, axis
    axis.set(xlabel=f"{word('longitude', language)} (°)", ylabel=f"{word('latitude', language)} (°)")
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(mpl.ticker.MaxNLocator(6, integer=True))
    axis.set_aspect(stretch, adjustable="datalim")
    return figure, axis


def _names_inside(axis, polygons, names, stretch):
    """Write every region's name where there is most room for it: in the largest ellipse of a label's shape."""
    for k, name in enumerate(names):
        width = sum(1.0 if c >= "\u2e80" else 0.55 for c in name) * stretch  # in heights of a line
        squeezed = polygons.geometry.iloc[[k]].scale(1 / width, 1, origin=(0, 0))
        x, y = squeezed.maximum_inscribed_circle(tolerance=0.01).iloc[0].coords[0]  # from its centre to its edge
        label = axis.text(x * width, y, name, fontsize=8, ha="center", va="center")
        label.set_path_effects([patheffects.withStroke(linewidth=2.2, foreground="white")])


def components(table, *, study, regions, language):
    """Draw the log change of D as the sum of its parts from C and from T.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, coupling, coordination_index (contributions) and total.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = table.sort_values("total", kind="stable")
    known = np.isfinite(rows["total"].to_numpy(float))
    figure, axis = plt.subplots(figsize=(WIDTH, 1.1 + (0.3 if len(rows) < 20 else 0.17) * len(rows)))
    names = regions[language][rows["region"]]
    left = np.zeros((2, len(rows)))
    for key, label, colour in (
        ("coordination_index", "from_index", COLOURS[0]),
        ("coupling", "from_coupling", COLOURS[1]),
    ):
        values = np.where(known, rows[key].to_numpy(float), 0.0)
        start = np.where(values >= 0, left[1], left[0])
        axis.barh(names, values, left=start, color=colour, height=0.68, label=word(label, language))
        left[1] += np.clip(values, 0, None)
        left[0] += np.clip(values, None, 0)
    totals = rows["total"].where(known)
    axis.plot(totals, names, "D", color="black", markersize=4, label=word("log_change", language))
    for row in np.flatnonzero(~known):
        look = {"va": "center", "color": GREY, "fontsize": 8}
        axis.annotate(word("undefined", language), (0, row), (5, 0), textcoords="offset points", **look)
    axis.axvline(0, color=GREY, linewidth=0.7)
    axis.set_xlabel(word("half_log_change", language))
    axis.tick_params(axis="y", length=0, labelsize=9 if len(rows) < 20 else 7.5)
    axis.margins(y=0.01 if len(rows) >= 20 else 0.05)
    figure.legend(loc="outside upper left", ncols=3)
    return figure


def moran_by_year(table, *, study, regions, language):
    """Draw Moran's I by year, and its p value under different inference.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

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
    kinds = [
        k
        for k in ("p_randomisation", "p_permutation", "p_exact_greater", "p_exact_two_sided")
        if table[k].notna().any()
    ]
    if "p_exact_greater" in kinds:
        kinds.remove("p_permutation")
    for column, source in zip(axes.T, sources, strict=True):
        own = table[table["source"] == source]
        times = _times(study, own["year"])
        column[0].plot(times, own["moran_i"], marker="o", color=COLOURS[0], label=word("moran_i", language))
        column[0].axhline(
            own["expected_i"].iloc[0],
            color=GREY,
            linestyle="--",
            linewidth=1,
            label=word("expected", language),
        )
        if sources != ["data"]:
            column[0].set_title(word(source, language))
        for k, kind in enumerate(kinds):
            look = {"color": COLOURS[(1, 2, 4)[k]], "marker": "os^"[k]}
            label = word(kind, language).format(word(study.autocorrelation.tail, language))
            column[1].plot(times, own[kind], label=label, linewidth=1.2, **look)
        column[1].axhline(study.autocorrelation.significance, color="black", linewidth=0.8)
        most = 12 if isinstance(study.years[0], int) else 6
        _years(column[1], study, study.years, max(1, most // len(sources)))
    axes[0, 0].set_ylabel(word("moran_i", language))
    axes[1, 0].set_ylabel(word("p", language))
    axes[1, 0].set_ylim(0, None)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def scatter(table, *, study, regions, language):
    """Draw the Moran scatter plot with the study's axes (figure 7 of a study of two subsystems).

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over table `local-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    x, y = table["z"].to_numpy(), table["lag"].to_numpy()
    shown = "quadrant_article" if study.autocorrelation.quadrants == "means" else "quadrant"
    up = y[(table["quadrant"] != "none").to_numpy()].mean() if shown == "quadrant_article" else 0.0
    settled = (table["quadrant"] == table["quadrant_article"]).to_numpy()
    colours = np.array([QUADRANT_COLOURS[q] for q in table[shown]])
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
        s=42,
        c=[c if s else "white" for c, s in zip(colours, settled, strict=True)],
        edgecolors=colours,
        linewidths=1.6,
        zorder=3,
    )
    axis.set(xlabel=word("z_value", language), ylabel=word("z_lag", language))
    axis.margins(0.18, 0.16)
    for q, a, b, ha, va in (
        ("HH", 1, 1, "right", "top"),
        ("LH", 0, 1, "left", "top"),
        ("LL", 0, 0, "left", "bottom"),
        ("HL", 1, 0, "right", "bottom"),
    ):
        axis.annotate(
            f"{q} {word(q, language)}", (a, b), (-4 if a else 4, -4 if b else 4),
            xycoords="axes fraction", textcoords="offset points",
            ha=ha, va=va, color=QUADRANT_COLOURS[q] if q in ("HH", "LL") else GREY, fontsize=8.5,
        )  # fmt: skip
    far = np.argsort(-(x**2 + y**2), kind="stable")[: len(x) if len(x) <= 15 else 18]
    names = regions[language][table["region"]].to_numpy()
    place_labels(axis, x, y, {k: names[k] for k in sorted(far)}, 8.5 if len(x) <= 15 else 7.5, (1.25, 1.9))
    return figure


def _kind(section, language):
    if section.startswith("Table "):
        return section.replace("Table ", "表") if language == "zh" else section
    return word("claims_of", language).format(section)


def scoreboard(counts, *, study, regions, language):
    """Draw how many published values and claims were reproduced, by kind of item and route.

    Parameters
    ----------
    counts : pandas.DataFrame
        Columns kind, route, verdict, count.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = counts.pivot_table(index=["kind", "route"], columns="verdict", values="count", fill_value=0)
    rows = rows.reindex(columns=list(VERDICT_COLOURS), fill_value=0).sort_index(level=[0, 1], ascending=[False, True])
    names = [_kind(kind, language) + COMMA[language] + word(f"from_{route}", language) for kind, route in rows.index]
    figure, axis = plt.subplots(figsize=(WIDTH, 1.1 + 0.34 * len(rows)))
    left = np.zeros(len(rows))
    for verdict, colour in VERDICT_COLOURS.items():
        values = rows[verdict].to_numpy()
        bars = axis.barh(names, values, left=left, color=colour, height=0.7, label=word(verdict, language))
        dark = verdict in ("reproduced", "not reproduced")
        axis.bar_label(
            bars,
            [f"{v:.0f}" if v else "" for v in values],
            label_type="center",
            fontsize=8,
            color="white" if dark else "black",
        )
        left += values
    axis.set_xlabel(word("count", language))
    axis.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper left", ncols=4)
    return figure


def published_recomputed(table, *, study, regions, language):
    """Draw recomputed against published values of D, with the line on which they are equal.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, published, recomputed.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, WIDTH * 0.6))
    both = table[["published", "recomputed"]].to_numpy()
    ends = [both.min() - 0.03, both.max() + 0.03]
    axis.plot(ends, ends, color=GREY, linewidth=0.8)
    names, markers = list(regions.index), "osD^vP*Xh<>p"
    colours = _group_colours(study)
    for region, rows in table.groupby("region", sort=False):
        look = {
            "marker": markers[names.index(region) % len(markers)],
            "color": colours[regions["group"][region]],
        }
        axis.scatter(rows["published"], rows["recomputed"], s=22, label=regions[language][region], alpha=0.85, **look)
    axis.set(
        xlabel=word("published_value", language),
        ylabel=word("recomputed_value", language),
        xlim=ends,
        ylim=ends,
        aspect="equal",
        anchor="SW",  # where the labels are, so that room is made for them
    )
    figure.legend(loc="outside right center", ncols=-(-len(names) // 20))
    return figure
