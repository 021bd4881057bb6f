"""How a study's result changes under what other tools do without saying so, and under common mistakes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coordination.choices import COUPLING, TRANSFORM
from coordination.errors import InputErrors
from coordination.indices import coupling as indices_coupling
from coordination.indices import universe, weighting
from coordination.indices.universe import Universe
from coordination.spatial import autocorrelation, neighbours


@dataclass(frozen=True)
class Variant:
    """A way to come from normalised indicators to D and Moran's I.

    Attributes
    ----------
    id : str
        Key of its words (`variant_<id>`, and `variant_<id>_why` for who does it); `own` is the study's way.
    universe : Universe
        The study's own with one thing changed.
    """

    id: str
    universe: Universe


def variants(study):
    """Ways to compute the result, the study's own first; each other differs from it in exactly one thing.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of Variant
        The coupling formula that is the study's own, and the transformation of its spatial weights, are not repeated.

    References
    ----------
    Liu (2017), Common errors in the calculation of the coupling degree, on the formulas in 379 papers; Wang, Kong, Ren,
    Zhi and Dai (2021), Journal of Natural Resources 36 (3), 793-810.
    """
    own = universe.own(study)
    mistakes = [name for name, formula in COUPLING.items() if not formula.offered]
    others = [name for name in COUPLING.offered if name != own.coupling]
    differences = {
        "own": {},
        "per_year": {"normalisation": "year"},
        "narrow": {"zeros": "narrow"},
        "shift_weights": {"weighting": "shifted_entropy"},
        "shift_both": {"zeros": "shift"},
        **({"ln_years": {"weighting": "entropy_by_years"}} if len(study.years) > 1 else {}),
        **{name: {"coupling": name} for name in (*mistakes, *others)},
        "renormalised": {"renormalised": True},
        **{{"none": "unstandardised"}.get(how, how): {"transform": how} for how in TRANSFORM if how != own.transform},
    }
    return [Variant(name, replace(own, **difference)) for name, difference in differences.items()]


def degrees(normalised, study, variant):
    """Coupling coordination degree D of every region and year under a variant.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (n * m, k)
        Indicators, min-max normalised over the pooled panel; index (region, year).
    study : Study
    variant : Variant

    Returns
    -------
    pandas.Series
        D, never missing; index of `normalised`. Exceeds 1 slightly where 0.0001 is added to scores near 1.

    Raises
    ------
    InputErrors
        If an indicator is missing, infinite or negative (see `weighting.entropy`).

    Notes
    -----
    The pooled normalisation is affine, so that min-max within each year gives the same from pooled-normalised values as
    from raw ones; directions are settled by it, too. An indicator that is constant over the regions in a year is then 0
    for all of them; one that is so in every year has no weight, and a subsystem of only such ones has score 0. Weights
    are those of the pooled rows in every variant. A score that is constant over the panel is 0 when renormalised. Where
    the formula for C needs scores up to 1, one above counts as 1.
    """
    faults = weighting.unweighable(normalised, zeros=True)
    if faults:
        raise InputErrors(faults)
    rows = pd.MultiIndex.from_product([normalised.index.unique(level) for level in ("region", "year")])
    x = normalised.reindex(index=rows, columns=[i.id for i in study.indicators])
    x = x.to_numpy(dtype=float).reshape(*rows.levshape, -1)
    _, d = universe.evaluate(x, np.zeros(x.shape, dtype=bool), study, variant.universe)
    return pd.Series(d.ravel(), rows, name="coordination_degree").reindex(normalised.index)


def region_years(normalised, study):
    """D of every region and year under every variant, against the study's own.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (n * m, k)
        As for `degrees`.
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns variant, region, year, coordination_degree, change (to 12 decimals), level: `same`, `other`, or
        `outside` where D or the study's own D is outside [0, 1].
    """
    parts, own, own_level = [], None, None
    for variant in variants(study):
        d = degrees(normalised, study, variant)
        inside = d.between(-1e-9, 1 + 1e-9).to_numpy()
        level = np.where(inside, indices_coupling.level(np.where(inside, d, 0), study.levels), -1)
        own, own_level = (d, level) if own is None else (own, own_level)
        part = d.reset_index().assign(change=(d - own).round(12).to_numpy() + 0.0)
        part["level"] = np.where(
            (level < 0) | (own_level < 0), "outside", np.where(level == own_level, "same", "other")
        )
        part.insert(0, "variant", variant.id)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def compare(normalised, study, weights):
    """Compare a study's result with that of every variant.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (n * m, k)
        Indicators, min-max normalised over the pooled panel; index (region, year).
    study : Study
    weights : pandas.DataFrame, shape (n, n)
        Spatial weights before any transformation, as `neighbours.build` returns them.

    Returns
    -------
    pandas.DataFrame
        A row a variant, the study's own first. Columns variant; max_change, the largest absolute change in D, and its
        region and year (missing where nothing changes); mean_change (absolute); flips, the region-years with another
        level, and flip_share; outside, those whose D is outside the levels; ranks_changed and largest_rank_change,
        regions with another rank in the last year and by how many places; spearman, the correlation of the last year's
        ranks; moran_i, Moran's I of the last year, and moran_change. The last three are missing where all regions have
        the same D in the last year.

    Raises
    ------
    InputError
        If Moran's I is not defined for the study's own D (see `autocorrelation.analytic_moran`).
    """
    table, year, rows = region_years(normalised, study), study.years[-1], []
    first = None
    for variant in variants(study):
        part = table[table["variant"] == variant.id]
        last = part[part["year"] == year]
        d = last["coordination_degree"].to_numpy()
        moran = np.nan
        if first is None or np.ptp(d) > 1e-12 * np.abs(d).max():
            w = neighbours.transform(weights, variant.universe.transform)
            moran = autocorrelation.analytic_moran(last, "coordination_degree", w)["moran_i"].iloc[0]
        ranks = universe.ranks(d[:, None])[:, 0].astype(int)
        first = (ranks, moran) if first is None else first
        size, places = part["change"].abs(), np.abs(ranks - first[0])
        top = part.loc[size.idxmax()]
        rows.append(
            {
                "variant": variant.id,
                "max_change": size.max(),
                "region": top["region"] if size.any() else None,
                "year": top["year"] if size.any() else None,
                "mean_change": size.mean(),
                "flips": int((part["level"] == "other").sum()),
                "flip_share": (part["level"] == "other").mean(),
                "outside": int((part["level"] == "outside").sum()),
                "ranks_changed": int((places > 0).sum()),
                "largest_rank_change": int(places.max()),
                "spearman": _spearman(first[0], ranks),
                "moran_i": moran,
                "moran_change": round(moran - first[1], 12) + 0.0,
            }
        )
    kind = "Int64" if isinstance(year, int) else object
    return pd.DataFrame(rows).astype({"region": object, "year": kind})


def _spearman(a, b):
    a, b = pd.Series(a).rank(), pd.Series(b).rank()
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return round(np.corrcoef(a, b)[0, 1], 12)
