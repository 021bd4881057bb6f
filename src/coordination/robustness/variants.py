"""How a study's result changes under what other tools do without saying so, and under common mistakes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coordination.indices import coupling as indices_coupling
from coordination.indices import weighting
from coordination.indices.universe import NARROW, SHIFT
from coordination.spatial import autocorrelation, neighbours


@dataclass(frozen=True)
class Variant:
    """A way to come from normalised indicators to D and Moran's I.

    Attributes
    ----------
    id : str
        Key of its words (`variant_<id>`, and `variant_<id>_why` for who does it); `own` is the study's way.
    scale : {'pooled', 'year', 'narrow'}
        Indicators as the study has them, min-max within each year, or rescaled to [0.01, 0.99].
    shift : tuple of float
        What is added to the indicators for the entropy weights, and for the scores.
    renormalised : bool
        Whether scores are min-max normalised over the panel before coupling.
    coupling : {'standard', 'wang2021', 'fan2024', 'no_factor', 'no_root'}
        Formula of C.
    transform : {'none', 'row'}
        Of the spatial weights.
    """

    id: str
    scale: str = "pooled"
    shift: tuple[float, float] = (0.0, 0.0)
    renormalised: bool = False
    coupling: str = "standard"
    transform: str = "none"


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
    own = Variant("own", coupling=study.coupling.variant, transform=study.spatial_weights.transform)
    other = "row" if own.transform == "none" else "unstandardised"
    differences = {
        "per_year": {"scale": "year"},
        "narrow": {"scale": "narrow"},
        "shift_weights": {"shift": (SHIFT, 0.0)},
        "shift_both": {"shift": (SHIFT, SHIFT)},
        "no_factor": {"coupling": "no_factor"},
        "no_root": {"coupling": "no_root"},
        **{name: {"coupling": name} for name in indices_coupling.VARIANTS if name != own.coupling},
        "renormalised": {"renormalised": True},
        other: {"transform": "row" if other == "row" else "none"},
    }
    return [own, *(replace(own, id=name, **difference) for name, difference in differences.items())]


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
    x = normalised
    if variant.scale == "year":
        x = x.groupby(level="year", sort=False).transform(_stretched)
    elif variant.scale == "narrow":
        x = NARROW[0] + (NARROW[1] - NARROW[0]) * x
    u = pd.DataFrame({s.id: _score(x[[i.id for i in s.indicators]], *variant.shift) for s in study.subsystems})
    if variant.renormalised:
        u = u.apply(_stretched)
    index = indices_coupling.coordination_index(u, list(study.alpha.values()))
    return pd.Series(np.sqrt(_coupling(u, variant.coupling) * index), normalised.index, name="coordination_degree")


def _stretched(values):
    """Min-max normalise a series that lies in [0, 1]; 0 throughout where it does not vary."""
    low, span = values.min(), np.ptp(values)
    return (values - low) / span if span > 1e-12 else 0.0 * values


def _score(x, for_weights, for_scores):
    varying = x.columns[x.any()]
    if varying.empty:
        return pd.Series(0.0, x.index)
    weight = weighting.entropy(x[varying] + for_weights)["weight"].to_numpy()
    return (x[varying] + for_scores) @ weight


def _coupling(u, formula):
    n = u.shape[1]
    if formula == "no_factor":
        return indices_coupling.coupling_degree(u, "standard") / n
    if formula == "no_root":
        return indices_coupling.coupling_degree(u, "standard") ** n
    return indices_coupling.coupling_degree(u if formula == "standard" else np.minimum(u, 1), formula)


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
            w = neighbours.transform(weights, variant.transform)
            moran = autocorrelation.analytic_moran(last, "coordination_degree", w)["moran_i"].iloc[0]
        first = (_ranks(d), moran) if first is None else first
        size, places = part["change"].abs(), np.abs(_ranks(d) - first[0])
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
                "spearman": _spearman(first[0], _ranks(d)),
                "moran_i": moran,
                "moran_change": round(moran - first[1], 12) + 0.0,
            }
        )
    kind = "Int64" if isinstance(year, int) else object
    return pd.DataFrame(rows).astype({"region": object, "year": kind})


def _ranks(d):
    """Rank from the highest D, equal within 1e-9 alike: the best of the places that they share."""
    order = np.argsort(-d, kind="stable")
    starts = np.concatenate([[True], -np.diff(d[order]) > 1e-9])
    result = np.empty(len(d), dtype=int)
    result[order] = np.maximum.accumulate(np.where(starts, np.arange(1, len(d) + 1), 0))
    return result


def _spearman(a, b):
    a, b = pd.Series(a).rank(), pd.Series(b).rank()
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return round(np.corrcoef(a, b)[0, 1], 12)
