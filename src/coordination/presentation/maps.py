"""A map of the regions, or a scheme where there are neither polygons nor points."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

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
