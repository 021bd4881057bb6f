"""Draw the picture of the README in every language from a finished run: python benchmarks/front.py [STUDY].

On the left where the regions stand in the last year, on the right what becomes of the p value of Moran's I under exact
inference. Nothing is computed here.
"""

import io
import sys
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from coordination.locale import LANGUAGES
from coordination.pipeline.paths import handover, raw
from coordination.presentation.reader import Reader
from coordination.presentation.style import names_inside, raster, style
from coordination.study.document import load
from coordination.study.regions import read_regions

IMAGES = Path(__file__).parents[1] / "site" / "images"
LINES = {
    "p_exact_two_sided": ("#762a83", "^"),
    "p_exact_greater": ("#01665e", "s"),
    "p_randomisation": ("#b35806", "o"),
}


def draw(degrees, moran, polygons, reader):
    """Return the picture: a map of D, and p by year.

    Parameters
    ----------
    degrees, moran : pandas.DataFrame
        The hand-over tables `coordination` and `global-moran`.
    polygons : geopandas.GeoDataFrame
        Index region.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    last = degrees[degrees["year"] == degrees["year"].max()].set_index("region")["coordination_degree"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), width_ratios=(1, 1.05), layout="constrained")
    here = polygons.loc[last.index]
    scale = plt.Normalize(last.min(), last.max())
    here.plot(ax=left, color=mpl.colormaps["YlGnBu"](scale(last)), edgecolor="white", linewidth=0.8, aspect=None)
    _, south, _, north = here.total_bounds
    stretch = 1 / np.cos(np.radians((south + north) / 2))
    left.set_aspect(stretch)
    left.set_axis_off()
    left.set_anchor("S")
    left.set_title(f"{reader.word('coordination_degree')}{reader.word('comma')}{degrees['year'].max()}", fontsize=10)
    names_inside(left, here, [reader.region(r) for r in last.index], stretch)
    bar = mpl.cm.ScalarMappable(scale, mpl.colormaps["YlGnBu"])
    figure.colorbar(bar, ax=left, orientation="horizontal", shrink=0.5, aspect=25, pad=0)

    own = moran[moran["source"] == "data"]
    for name, (colour, marker) in LINES.items():
        label = reader.word(name).format(reader.word(reader.study.autocorrelation.tail))
        right.plot(own["year"], own[name], color=colour, marker=marker, markersize=4, label=label)
    right.legend(frameon=False, labelcolor="linecolor", fontsize=9, loc="upper left")
    level = reader.study.autocorrelation.significance
    right.axhline(level, color="black", linewidth=0.8)
    right.annotate(
        reader.word("significance").format(level), (own["year"].iloc[0], level), (-8, -12), textcoords="offset points"
    )
    right.set_title(reader.word("moran_i"), fontsize=10)
    right.set(ylim=(0, 1.4 * own[[*LINES]].to_numpy().max()), ylabel="p")  # room for the legend
    right.xaxis.set_major_locator(mpl.ticker.MaxNLocator(6, integer=True))
    return figure


def small(figure):
    """Return a picture of few colours as PNG."""
    buffer = io.BytesIO()
    raster(figure).reduce(2).quantize(255).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main(study):
    """Write site/images/study.<language>.png."""
    loaded = load(raw(study))
    regions = read_regions(loaded, raw(study))
    degrees, moran = (pd.read_csv(handover(study, name)) for name in ("coordination", "global-moran"))
    polygons = gpd.read_file(raw(study) / loaded.regions.polygons).set_index("region")
    for language in LANGUAGES:
        with style():
            picture = small(draw(degrees, moran, polygons, Reader(loaded, regions, language)))
        (IMAGES / f"study.{language}.png").write_bytes(picture)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["yellow-river"]))
