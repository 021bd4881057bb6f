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

from coordination.errors import InputError

WIDTH = 7.0  # inches, a journal's full text width
TALLEST = 8.9  # inches: at that width, what a page holds with a caption

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
    with mpl.rc_context(settings), warnings.catch_warnings():
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


def group_colours(study):
    """Return the colour of every group."""
    return {g.id: COLOURS[k % len(COLOURS)] for k, g in enumerate(study.groups)}


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


def in_columns(rows, base, row, most=3):
    """Part a figure of many rows into columns, so that it is no higher than a page where that can be.

    Parameters
    ----------
    rows : pandas.DataFrame
        The topmost first.
    base, row : float
        Height in inches without rows, and of every row.
    most : int
        So many columns at most.

    Returns
    -------
    figure : matplotlib.figure.Figure
    parts : list of (matplotlib.axes.Axes, pandas.DataFrame)
        Every column with its rows.
    """
    count = min(most, max(1, int(np.ceil(row * len(rows) / (TALLEST - base)))))
    each = -(-len(rows) // count)
    figure, axes = plt.subplots(1, count, figsize=(WIDTH, base + row * each), squeeze=False, sharex=True)
    return figure, [(axis, rows.iloc[k * each : (k + 1) * each]) for k, axis in enumerate(axes[0])]


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
    """Put a legend of the groups' colours above a figure."""
    colours, names = group_colours(reader.study), group_names(reader)
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
