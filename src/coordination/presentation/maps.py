"""A map of the regions, or a scheme where there are neither polygons nor points."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely

from coordination.presentation import sizes
from coordination.presentation.style import GREY, WIDTH, names_inside


def _map(polygons, colours, reader, outlined=None):
    regions, names = reader.regions, [reader.region(r) for r in reader.regions.index]
    marked = np.zeros(len(regions), bool) if outlined is None else outlined.to_numpy()
    if polygons is not None:
        west, south, east, north = polygons.total_bounds
        stretch = 1 / np.cos(np.radians((south + north) / 2))
        wide = WIDTH * (0.72 if len(regions) <= 15 else 1)  # a map of few regions needs no more
        figure, axis = plt.subplots(
            figsize=(wide, min(7.5, wide * 0.88 * (north - south) * stretch / (east - west) + 0.7))
        )
        # white beside the thin line, which alone would not be seen between dark colours
        n = len(regions)
        look = {"ax": axis, "aspect": None, "rasterized": n > sizes.CROWD}  # thousands of outlines make a heavy page
        polygons.plot(color=colours, edgecolor="white", linewidth=sizes.mark(1.6, n), **look)
        borders = polygons.boundary
        borders.plot(color=GREY, linewidth=sizes.mark(0.5, n), **look)
        if marked.any():
            borders[marked].plot(color="black", linewidth=sizes.mark(2.2, n), **look)
        axis.margins(0.01)
        axis.set_aspect(stretch)
        axis.set_axis_off()
        if len(regions) <= 15:
            names_inside(axis, polygons, names, stretch)
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
    few = len(regions) <= sizes.NAMED
    size, thin = (260, 1.0) if few else (sizes.mark(90, len(regions)), sizes.mark(0.6, len(regions)))
    rim, widths = np.where(marked, "black", GREY), np.where(marked, 2.2 * thin, 0.7 * thin)
    axis.scatter(x, y, s=size, c=colours, edgecolors=rim, linewidths=widths, zorder=2)
    middle = x.median()
    for name, a, b in zip(names, x, y, strict=True) if few else ():
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
        axis.set(xticks=[], yticks=[], xlabel=reader.word("scheme"))
        return figure, axis
    axis.set(xlabel=f"{reader.word('longitude')} (°)", ylabel=f"{reader.word('latitude')} (°)")
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(mpl.ticker.MaxNLocator(6, integer=True))
    axis.set_aspect(stretch, adjustable="datalim")
    return figure, axis


def places(regions):
    """Where to draw regions.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region; columns longitude and latitude, if the study has points.

    Returns
    -------
    pandas.DataFrame
        Index region; columns longitude, latitude in degrees. Without points the regions stand on a circle in their
        order, as a scheme and not a map; `attrs["scheme"]` tells.
    """
    if {"longitude", "latitude"} <= set(regions):
        return regions[["longitude", "latitude"]].astype(float)
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(regions)) / len(regions)  # clockwise from the top
    result = pd.DataFrame({"longitude": np.cos(angle), "latitude": np.sin(angle)}, regions.index)
    result.attrs["scheme"] = True
    return result


SIDE = 1000  # of the longer side of a small map, in its own units


def miniatures(regions, polygons):
    """Draw small maps without names: all regions in grey, and each alone in the same frame, to lie upon the other.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region; columns longitude and latitude, if the study has points.
    polygons : geopandas.GeoDataFrame or None
        Index region.

    Returns
    -------
    tuple of (str, dict of str to str) or None
        SVG of all, and by region that of one; None where there are neither polygons nor points.
    """
    if polygons is None and places(regions).attrs.get("scheme"):
        return None
    points = places(regions) if polygons is None else None
    shapes = shapely.points(points.to_numpy()) if polygons is None else polygons.geometry.to_numpy()
    west, south, east, north = shapely.total_bounds(shapes)
    shrunk = np.cos(np.radians((south + north) / 2))
    scale = SIDE / max((east - west) * shrunk, north - south, 1e-9)
    shapes = shapely.transform(shapes, lambda p: (p - [west, north]) * [shrunk * scale, -scale])
    dot = 0.0 if points is None else float(np.clip(SIDE / 3 / np.sqrt(len(regions)), 12, 45))
    wide, high = (east - west) * shrunk * scale, (north - south) * scale
    frame = f"{-dot - 6:.0f} {-dot - 6:.0f} {wide + 2 * dot + 12:.0f} {high + 2 * dot + 12:.0f}"

    def svg(drawn, look):
        body = "".join(_circle(s, dot) if dot else _outline(s) for s in drawn)
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{frame}"><g {look}>{body}</g></svg>'

    thin = sizes.mark(6, len(regions))
    ground = f'fill="#dcdcdc" stroke="white" stroke-width="{thin:.1f}"'
    one = 'fill="#4a4a4a" stroke="#4a4a4a" stroke-width="4"'
    return svg(shapes, ground), {region: svg([shape], one) for region, shape in zip(regions.index, shapes, strict=True)}


def _outline(shape):
    rings = [
        ring for part in shapely.get_parts(shape.simplify(SIDE / 400)) for ring in (part.exterior, *part.interiors)
    ]
    drawn = ("M" + " ".join(f"{x:.0f},{y:.0f}" for x, y in ring.coords[:-1]) + "Z" for ring in rings)
    return f'<path fill-rule="evenodd" d="{"".join(drawn)}"/>'


def _circle(point, size):
    return f'<circle cx="{point.x:.0f}" cy="{point.y:.0f}" r="{size:.0f}"/>'
