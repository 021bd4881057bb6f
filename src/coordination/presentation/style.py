"""How figures look: size, fonts, colours, files."""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects
from matplotlib.backends.backend_agg import FigureCanvasAgg

from coordination.errors import InputError
from coordination.presentation import sizes

WIDTH = 7.0  # inches, a journal's full text width
TALLEST = 8.9  # inches: at that width, what a page holds with a caption
DOTS = 300  # per inch, in print
MOST_PIXELS = 40e6  # of a PNG

# Noto Sans CJK SC has one design for Latin and Chinese, so that mixed labels align; DejaVu Sans of Matplotlib has the
# subscripts, superscripts and Latin letters that it lacks. Both are locked, and open.
FACES = (
    files("mplfonts") / "fonts" / "NotoSansCJKsc-Regular.otf",
    Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf",
)

# seaborn's palette "colorblind" with purple for its grey, which is kept for all regions together
COLOURS = [
    mpl.colors.to_rgb(c)
    for c in (
        "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#fbafe4", "#56b4e9", "#ece133", "#5d3a9b",
    )
]  # fmt: skip

# Scales have one meaning each, too
SEQUENTIAL = "YlGnBu"  # of scores and of D
LACKING = "YlOrBr"  # of what is lacking: obstacles
SHARES = "Greys"  # of shares, frequencies and times

QUADRANT_COLOURS = {"HH": "#b2182b", "LH": "#92c5de", "LL": "#2166ac", "HL": "#f4a582", "none": "#cccccc"}

# In figures and on the site, with white upon them
VERDICT_COLOURS = {
    "reproduced": "#4b2a8a",
    "reproduced within rounding": "#8066be",
    "not reproduced": "#8a6d00",
    "not testable": "#737578",
}

# Colours have one meaning each: those above groups, these dimensions; series without either are shades of grey
DIMENSION_COLOURS = [
    mpl.colors.to_rgb(c)
    for c in (
        "#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499", "#661100",
    )
]  # fmt: skip
SHADES = ("#222222", "#777777", "#b0b0b0", "#d4d4d4")

GREY = "#555555"

WHOLE = "#222222"  # of all regions together


@contextmanager
def style():
    """Give figures one look, with typefaces of which the second has the glyphs that the first lacks.

    Yields
    ------
    None

    Raises
    ------
    InputError
        If a text has a character that no typeface has, where there would be a box.

    Notes
    -----
    They get names of their own, so that no font of the machine takes their place.
    """
    known = mpl.font_manager.fontManager
    names = [f"coordination {k + 1}" for k in range(len(FACES))]
    for name, face in zip(names, FACES, strict=True):
        if name not in known.get_font_names():
            known.ttflist.append(mpl.font_manager.FontEntry(fname=str(face), name=name, size="scalable"))
    settings = {
        "font.family": names,
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
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.style.use("default")  # not from what the user has set
        mpl.rcParams.update(settings)
        warnings.filterwarnings("error", "Glyph .* missing")
        try:
            yield
        except UserWarning as missing:
            remedy = "write it with other letters; `make check` names where it stands"
            raise InputError("figure", str(missing), "characters of the figures' typefaces", remedy) from None


@cache
def _glyphs():
    return frozenset().union(*(mpl.ft2font.FT2Font(str(face)).get_charmap() for face in FACES))


def without_glyph(text):
    """Return the characters that no typeface of the figures has, each once, in their order.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> without_glyph("PM₂.₅ in 10⁴ t, \u0141\u00f3dzkie"), without_glyph("\u0e44\u0e17\u0e22")
    ([], ['\u0e44', '\u0e17', '\u0e22'])
    """
    return [c for c in dict.fromkeys(text) if not c.isspace() and ord(c) not in _glyphs()]


def rendered(figure, ending):
    """Render a figure, the same bytes every time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    ending : {'svg', 'png'}
        PNG with 300 dots per inch, fewer where it would have more than `MOST_PIXELS`.

    Returns
    -------
    bytes
    """
    if ending == "png":
        return png(raster(figure))
    _lay_out(figure)
    buffer = io.BytesIO()
    # where a constrained layout is the default, saving would leave the figure to be laid out again
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        figure.savefig(buffer, format=ending, dpi=DOTS, metadata={"Date": None, "Creator": None})
    return slim(buffer.getvalue().decode()).encode()


def slim(svg):
    r"""Shorten a drawing by what nobody sees: decimals beyond a hundredth of a point, blanks, long names of glyphs.

    Parameters
    ----------
    svg : str
        As matplotlib writes it; comments, which hold its words, stay.

    Returns
    -------
    str

    Examples
    --------
    >>> slim('<g>\n <path d="M 1.23456 -0.001 \nL 5 6 \n"/>\n <!-- D 0.12345 -->\n</g>')
    '<g><path d="M1.23 0L5 6"/><!-- D 0.12345 --></g>'
    """

    def rounded(text):
        return re.sub(r"-?\d+\.\d{3,}", lambda m: f"{round(float(m[0]), 2) + 0.0:.2f}".rstrip("0").rstrip("."), text)

    def path(found):
        drawn = re.sub(r"\s*([A-Za-z])\s*", r"\1", rounded(found[1]))
        return f' d="{drawn.strip()}"'

    glyphs = dict.fromkeys(re.findall(r'<use [^>]*href="#([^"]+)"', svg))
    names = {name: f"g{k:x}" for k, name in enumerate(glyphs)}
    svg = re.sub(r'( id="|href="#)([^"]+)"', lambda m: f'{m[1]}{names.get(m[2], m[2])}"', svg)
    svg = re.sub(r' d="([^"]*)"', path, svg)
    svg = re.sub(r'translate\([^)]*\)|(?<= )(?:x|y)="[\d.-]+"', lambda m: rounded(m[0]), svg)
    return re.sub(r">\s+<", "><", svg)


def raster(figure):
    """Render a figure as dots.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    PIL.Image.Image
        With 300 dots per inch, fewer where it would have more than `MOST_PIXELS`; its `info` says how many.
    """
    from PIL import Image

    _lay_out(figure)
    before, dots = figure.dpi, min(DOTS, (MOST_PIXELS / np.prod(figure.get_size_inches())) ** 0.5)
    figure.set_dpi(dots)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_dpi(before)
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # all is on white, nothing shines through
    image.info["dpi"] = (dots, dots)
    return image


def _lay_out(figure):
    """Lay a figure out, once for all formats."""
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
        with mpl.rc_context({"figure.constrained_layout.use": False}):
            figure.set_layout_engine()
        for axis in figure.axes:  # without the last bits, in which versions of Python differ
            axis.set_position(np.round(axis.get_position(original=True).bounds, 6))


def png(image):
    """Pack an image.

    Parameters
    ----------
    image : PIL.Image.Image
        Whose `info` says how many dots an inch has.

    Returns
    -------
    bytes
        PNG of greys, or of at most 256 colours, a third of the size of one with all. Most drawings have no more; where
        shades blend, as on edges of letters upon a scale of colours, a few dots in a thousand get the next colour. SVG
        has them all.
    """
    from PIL import Image, ImageChops

    buffer = io.BytesIO()
    red, green, blue = image.split()
    if all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue)):
        few = red  # a twelfth of the time
    else:
        few = image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", dpi=image.info["dpi"])
    return buffer.getvalue()


def preview(image):
    """Make a picture for the screen out of one for print.

    Parameters
    ----------
    image : PIL.Image.Image
        As `raster` returns it.

    Returns
    -------
    bytes
        PNG of half as many dots per inch.
    """
    small = image.reduce(2)
    small.info["dpi"] = tuple(dots // 2 for dots in image.info["dpi"])
    return png(small)


def place_labels(axis, x, y, names, size, expand):
    """Label points so that no label covers another, a point or a text, with a thin leader where one had to move away.

    Where not every point is labelled, labels are left out that would cover another point, or whose leader would.

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

    written = list(axis.texts)
    labels = [axis.text(x[k], y[k], name, fontsize=size, ha="center", va="center") for k, name in names.items()]
    axis.figure.draw_without_rendering()
    if len(x) > 1:
        clear = list(names) if len(x) > sizes.CROWD else slice(None)  # of a crowd not of every point
        # The limit is one of rounds, not of time, so that every run places the labels alike.
        adjust_text(
            labels, x=x[clear], y=y[clear], objects=written or None, ax=axis, expand=expand, force_text=(0.3, 0.4),
            iter_lim=300,
        )  # fmt: skip
    points = axis.transData.transform(np.column_stack([x, y]))
    taken = [text.get_window_extent() for text in written]
    for label, k in zip(labels, names, strict=True):
        label.set_path_effects([patheffects.withStroke(linewidth=2, foreground="white")])
        point, box = points[k], label.get_window_extent()
        edge = np.clip(point, box.min, box.max)
        away = np.hypot(*(edge - point)) > 5  # pixels
        others = np.delete(points, k, axis=0)
        covers = ((others > box.min) & (others < box.max)).all(axis=1).any() or box.count_overlaps(taken)
        if len(names) < len(x) and (covers or (away and _nearest(others, point, edge) < 8)):
            label.remove()
        elif away:
            ends = axis.transData.inverted().transform([point, edge])
            axis.plot(*ends.T, color=GREY, linewidth=0.5, zorder=1, scalex=False, scaley=False)


def _nearest(points, start, end):
    """Return how near the nearest of points comes to a segment, all in pixels."""
    along = end - start
    share = np.clip((points - start) @ along / (along @ along), 0, 1)
    return np.hypot(*(points - start - share[:, None] * along).T).min(initial=np.inf)


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
        picture = preview(raster(drawn))
        close(drawn)
    return Image(picture, width=620)


def close(figure):
    """Release a figure's memory.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    """
    plt.close(figure)


def panels(count):
    """Return how many panels stand beside each other, and how high they are in inches, so that all are on a page."""
    columns = min(3, count)
    while -(-count // columns) * (2.5 if columns <= 3 else 1.2) + 0.7 > TALLEST:
        columns += 1
    return columns, min(2.5, (TALLEST - 0.7) / -(-count // columns)) if columns > 3 else 2.5


def banded(regions):
    """Whether courses are drawn as a band a group: where the names of its regions do not fit beside its panel.

    Parameters
    ----------
    regions : pandas.DataFrame
        With their group.

    Returns
    -------
    bool
    """
    groups = regions["group"].value_counts()
    columns, height = panels(min(len(groups), sizes.PANELS))
    return len(regions) > sizes.NAMED and (columns > 3 or groups.max() * 0.27 > height)


def group_colours(study):
    """Return the colour of every group: the same for all where there are more groups than colours."""
    several = len(study.groups) <= len(COLOURS)
    return {g.id: COLOURS[k if several else 0] for k, g in enumerate(study.groups)}


def group_names(reader):
    """Return what every group and the whole are called."""
    return {g.id: reader.group(g.id) for g in (*reader.study.groups, reader.study.whole)}


def times(study, years):
    """Return where years stand on an axis of time: labels of periods at equal distances."""
    labels = isinstance(study.years[0], str)
    return np.array([study.years.index(y) if labels else y for y in years])


def years(axis, study, years, most=12):
    """Tick whole years, as many as fit."""
    shown = list(years)[:: max(1, -(-len(years) // most))]
    axis.set_xticks(times(study, shown), [str(y) for y in shown])


def mark_breaks(axis, study, part=None, span=None):
    """Draw a thin dotted line, over all of the axis or a span, where a series of a part or of the study has a break."""
    look = {"color": "0.35", "linestyle": ":", "linewidth": 0.9, "zorder": 0}
    for year in sorted({y for years in study.broken(part).values() for y in years}):
        at = times(study, [year])[0]
        if span is None:
            axis.axvline(at, **look)
        else:
            axis.plot([at, at], span, **look)


def in_columns(rows, base, row, reader, most=3, one_scale=True):
    """Part a figure of many rows into columns, so that it is no higher than a page.

    Parameters
    ----------
    rows : pandas.DataFrame or pandas.Series
        The topmost first.
    base, row : float
        Height in inches without rows, and of every row.
    reader : Reader
    most : int
        So many columns at most. Rows that do not fit in them are folded: those at the top in the first of two
        columns, those at the bottom in the other, whose titles say of how many.
    one_scale : bool
        Whether both of these have the same axis.

    Returns
    -------
    figure : matplotlib.figure.Figure
    parts : list of (matplotlib.axes.Axes, pandas.DataFrame)
        Every column with its rows.
    """
    room = TALLEST - base
    if not sizes.fits(len(rows), row, room, most):
        own = [rows.iloc[: sizes.ENDS], rows.iloc[-sizes.ENDS :]]
        figure, axes = plt.subplots(1, 2, figsize=(WIDTH, base + 0.2 + row * sizes.ENDS), sharex=one_scale)
        for axis, side in zip(axes, ("first_rows", "last_rows"), strict=True):
            axis.set_title(reader.word(side).format(sizes.ENDS, len(rows)), fontsize=8, color=GREY)
        return figure, list(zip(axes, own, strict=True))
    count = min(most, max(1, int(np.ceil(row * len(rows) / room))))
    each = -(-len(rows) // count)
    figure, axes = plt.subplots(1, count, figsize=(WIDTH, base + row * each), squeeze=False, sharex=True)
    return figure, [(axis, rows.iloc[k * each : (k + 1) * each]) for k, axis in enumerate(axes[0])]


def strips(figure, axis, wide, groups, columns, by, reader, **look):
    """Draw a matrix of many regions as strips: a thin row a region, ordered within its group, whose name stands beside.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    axis : matplotlib.axes.Axes
    wide : pandas.DataFrame, shape (n, m)
        Values, or colours of shape (n, m) as an object of the attribute `attrs["colours"]`.
    groups : pandas.Series
        Of every region of its rows.
    columns : sequence of str
        Their labels.
    by : (str, pandas.Series)
        What orders the rows within their groups: what it is called, and its value.
    reader : Reader
    **look
        Colour map and limits.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    order = sizes.in_strips(by[1], groups)
    groups = groups.to_numpy()[order]
    shown = wide.attrs.get("colours", wide.to_numpy(float))[order]
    image = axis.imshow(shown, aspect="auto", extent=(0, wide.shape[1], len(wide), 0), **look)
    edges = np.r_[0, np.flatnonzero(groups[1:] != groups[:-1]) + 1, len(groups)]
    axis.hlines(edges[1:-1], 0, wide.shape[1], color="white", linewidth=1.2)
    height = 72 * (figure.get_size_inches()[1] - 1.5) / len(wide)  # of a row, in points
    named = [k for k in range(len(edges) - 1) if (edges[k + 1] - edges[k]) * height >= 6]
    size = 8 if len(named) <= 20 else 7
    names = group_names(reader)
    axis.set_yticks(
        [(edges[k] + edges[k + 1]) / 2 for k in named], [names[groups[edges[k]]] for k in named], fontsize=size
    )
    axis.set_xticks(np.arange(wide.shape[1]) + 0.5, columns)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set_title(reader.word("strips_say").format(len(wide), by[0]), fontsize=8, color=GREY)
    return image


def finish_split(axis, known, few, reader):
    """Finish bars that split the log change of D: the rows where it is undefined, and the look of the axes.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    known : numpy.ndarray of bool
        By row from the lowest.
    few : bool
        Whether rows are few enough for large names.
    reader : Reader
    """
    for row in np.flatnonzero(~known):
        look = {"va": "center", "color": GREY, "fontsize": 8}
        axis.annotate(reader.word("undefined"), (0, row), (5, 0), textcoords="offset points", **look)
    axis.axvline(0, color=GREY, linewidth=0.7)
    axis.set_xlabel(reader.word("half_log_change"))
    axis.tick_params(axis="y", length=0, labelsize=9 if few else 7.5)
    axis.margins(y=0.05 if few else 0.01)


def align_columns(parts):
    """Give the rows of all columns, drawn from below, one height, the topmost of each at the top."""
    for axis, own in parts:
        low, high = axis.get_ylim()
        axis.set_ylim(low - (len(parts[0][1]) - len(own)) * np.sign(high - low), high)


def group_legend(figure, reader, columns=None):
    """Put a legend of the groups' colours above a figure, if they have colours of their own."""
    colours, names = group_colours(reader.study), group_names(reader)
    if len(colours) > len(COLOURS):
        return
    handles = [mpl.patches.Patch(color=c, label=names[g]) for g, c in colours.items()]
    figure.legend(handles=handles, loc="outside upper left", ncols=columns or min(len(handles), 5))


def wrapped(text, width):
    """Break a long label, but never inside a number with a thin thousands' gap such as 10 000."""
    return textwrap.fill(re.sub(r"(?<=\d) (?=\d{3})", "\u00a0", text), width)


def spread(values, gap, low=0.0):
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


def names_inside(axis, polygons, names, stretch):
    """Write every region's name where there is most room for it: in the largest ellipse of a label's shape."""
    for k, name in enumerate(names):
        width = sum(1.0 if c >= "\u2e80" else 0.55 for c in name) * stretch  # in heights of a line
        squeezed = polygons.geometry.iloc[[k]].scale(1 / width, 1, origin=(0, 0))
        x, y = squeezed.maximum_inscribed_circle(tolerance=0.01).iloc[0].coords[0]  # from its centre to its edge
        label = axis.text(x * width, y, name, fontsize=8, ha="center", va="center")
        label.set_path_effects([patheffects.withStroke(linewidth=2.2, foreground="white")])
