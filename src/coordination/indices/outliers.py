"""Outliers that set a scale: indicators whose range or weight rests on one figure or one region."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.indices.normalisation import stretched
from coordination.indices.universe import columns, evaluate, own, ranks
from coordination.indices.weighting import weigher

HALF = 0.5  # of the range or of the weight

FEWEST = 8  # of n values scattered evenly, one holds half of the range by chance with 2^(3 - n): below 5 % from here on

COLUMNS = [
    "subsystem", "indicator", "region", "year", "end", "range", "weight", "weight_without", "change", "change_region",
    "change_year", "moved",
]  # fmt: skip


def dominated(values, study):
    """Find indicators whose range or weight rests by more than half on one figure, or on one region's figures.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Normalised indicators; index (region, year).
    study : Study

    Returns
    -------
    pandas.DataFrame
        A row an indicator and end of its scale: subsystem, indicator, region, year (None: all years of the region),
        end (`high` or `low`), range (share that is lost without it), weight, weight_without, change (the largest of D,
        without it), change_region and change_year (where), moved (regions whose rank in the last year changes). A
        region is looked at where there are several years and at least eight regions.

    Notes
    -----
    Without it means that it takes the most extreme of the other values (it is winsorised), and that the indicator is
    normalised anew: so the region keeps its rank in the indicator, and everything else can be computed as before. More
    than half is where the others, however they differ, are told apart on less than half of the scale.

    References
    ----------
    OECD and JRC (2008), Handbook on constructing composite indicators, sections 4 and 5, on extreme values.
    """
    table = values.sort_index()
    regions, years = (table.index.unique(level) for level in ("region", "year"))
    x = table[[i.id for i in study.indicators]].to_numpy(dtype=float).reshape(len(regions), len(years), -1)
    universe, none = own(study), np.zeros(x.shape, dtype=bool)
    weigh = weigher(universe.weighting, study.method)
    _, degrees = evaluate(x, none, study, universe)
    rows = []
    for subsystem, places in columns(study).items():
        at = list(places.values())
        weights = weigh(x[:, :, at].reshape(-1, len(at)), list(places))
        for k, (indicator, place) in enumerate(places.items()):
            for end, region, year, alone in _ends(x[:, :, place]):
                values, others = x[:, :, place], x[:, :, place][~alone]
                capped = np.minimum(values, others.max()) if end == "high" else np.maximum(values, others.min())
                other = x.copy()
                other[:, :, place] = stretched(capped, (0, 1))
                weight, lost = weights[k], 1 - np.ptp(capped) / np.ptp(values)
                without = weigh(other[:, :, at].reshape(-1, len(at)), list(places))[k]
                found = rows and rows[-1]["indicator"] == indicator and rows[-1]["end"] == end
                if found or max(lost, 1 - without / weight if weight > 0 else 0) <= HALF:
                    continue
                _, changed = evaluate(other, none, study, universe)
                i, t = np.unravel_index(np.abs(changed - degrees).argmax(), degrees.shape)
                row = {"subsystem": subsystem, "indicator": indicator, "region": regions[region]}
                row |= {"year": None if year is None else years[year], "end": end, "range": lost, "weight": weight}
                row |= {"weight_without": without, "change": changed[i, t] - degrees[i, t]}
                row |= {"change_region": regions[i], "change_year": years[t]}
                moved = (ranks(changed) != ranks(degrees))[:, -1].sum()
                rows.append(row | {"moved": int(moved)})
    return pd.DataFrame(rows, columns=COLUMNS).astype({"year": object, "change_year": object})


def _ends(x):
    """Yield what may set an end of a scale: the end, region, year (None: all), and where that is."""
    n, m = x.shape
    for end, extreme in (("high", x.argmax()), ("low", x.argmin())):
        region, year = np.unravel_index(extreme, x.shape)
        if n * m >= FEWEST:
            alone = np.zeros(x.shape, dtype=bool)
            alone[region, year] = True
            yield end, region, year, alone
        if n >= FEWEST and m > 1:
            alone = np.zeros(x.shape, dtype=bool)
            alone[region] = True
            yield end, region, None, alone
