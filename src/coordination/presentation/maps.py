"""A map of the regions, or a scheme where there are neither polygons nor points."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from coordination.presentation.style import GREY, WIDTH, names_inside


def _map(polygons, colours, reader, outlined=None):
    regions, names = reader.regions, [reader.region(r) for r in reader.regions.index]
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
    rim, widths = np.where(marked, "black", GREY), np.where(marked, 2.2, 0.7)
    axis.scatter(x, y, s=260, c=colours, edgecolors=rim, linewidths=widths, zorder=2)
    middle = x.median()
    for name, a, b in zip(names, x, y, strict=True):
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
