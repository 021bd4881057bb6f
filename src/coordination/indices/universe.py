"""One way through the method: a choice for every step, and its evaluation to scores and D.

Every other result than the study's own is that of a universe with something else in it: the multiverse takes all
sensible ones, the comparison with other tools those with one thing changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination.choices import (
    AGGREGATION,
    BREAKS,
    COUPLING,
    INTERPOLATION,
    NORMALISATION,
    STEPS,
    TRANSFORM,
    WEIGHTING,
    ZEROS,
    Choice,
)  # fmt: skip
from coordination.errors import InputError
from coordination.indices.coupling import coupling_degree
from coordination.indices.normalisation import stretched
from coordination.indices.weighting import weigher

STEP = 0.1  # by which the share of a subsystem is raised

TIE = 1e-9  # D that are no further apart have the same rank


@dataclass(frozen=True, kw_only=True)
class Universe:
    """A choice for every step.

    Attributes
    ----------
    breaks, interpolation, normalisation, zeros, weighting, aggregation, coupling : str
        Names in the registry of the step.
    alpha : str
        `own` for the study's shares of the subsystems, or the subsystem whose share is raised.
    left_out : str
        `none`, or an indicator, or several joined by +.
    renormalised : bool
        Whether scores are min-max normalised over the panel before coupling.
    transform : str
        Of the spatial weights, a name of `choices.TRANSFORM`.

    Raises
    ------
    InputError
        If a name is unknown.
    """

    breaks: str
    interpolation: str
    normalisation: str
    zeros: str
    weighting: str
    aggregation: str
    coupling: str
    alpha: str = "own"
    left_out: str = "none"
    renormalised: bool = False
    transform: str = "none"

    def __post_init__(self):
        for registry in (*STEPS, TRANSFORM):
            _ = registry[getattr(self, registry.kind)]


def own(study):
    """Return the study's own universe.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Universe
        What a study cannot set is the first entry of its registry.
    """
    usual = {step.kind: step.offered[0] for step in STEPS if step is not COUPLING}
    chosen = {key: getattr(study.method, key) for key in ("normalisation", "zeros", "weighting", "aggregation")}
    return Universe(**usual | chosen, coupling=study.coupling.variant, transform=study.spatial_weights.transform)


def sensible(zeros, weighting, aggregation):
    """Tell whether choices go together: what takes logarithms needs zeros to be treated.

    Parameters
    ----------
    zeros, weighting, aggregation : str

    Returns
    -------
    bool
    """
    logarithms = WEIGHTING[weighting].logarithms or AGGREGATION[aggregation].logarithms
    return ZEROS[zeros].positive or not logarithms


def as_given(values, linked):
    """Leave series with a break as they are given; parameters and result as those of `as_linked`."""
    return values


def as_linked(values, linked):
    """Take series with a break as they are linked (see `variants.chained`).

    Parameters
    ----------
    values, linked : numpy.ndarray, shape (n, m, k)
        Normalised indicators as given and as linked.

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
    """
    return linked


BREAKS.register(
    Choice(key="given", function=as_given, source="the study"),
    Choice(key="linked", function=as_linked, source="IMF (2017), Quarterly National Accounts Manual, chapter 8"),
)


def as_filled(values, filled):
    """Leave the values with which the study fills gaps; parameters and result as those of `refill`."""
    return values


def refill(values, filled):
    """Fill the gaps with the nearest observed year instead; of two equally near, the earlier.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
        Regions, years, indicators.

    Returns
    -------
    numpy.ndarray, shape (n, m, k)
        A series of a region without any observed value stays as it is.
    """
    m = values.shape[1]
    apart = np.abs(np.arange(m)[:, None] - np.arange(m)[None, :]).astype(float)
    distance = np.where(filled.transpose(0, 2, 1)[:, :, None, :], np.inf, apart)  # (n, k, year, source)
    source = distance.argmin(axis=3).transpose(0, 2, 1)
    source = np.where(filled.all(axis=1, keepdims=True), np.arange(m)[None, :, None], source)
    return np.take_along_axis(values, source, axis=1)


INTERPOLATION.register(
    Choice(key="own", twin="own", function=as_filled, source="the study"),
    Choice(key="nearest", twin="nearest", function=refill, source="the last observation carried forward or backward"),
)


def shares(alpha):
    """Return the study's shares of the subsystems, and with each one's share raised at the others' expense.

    Parameters
    ----------
    alpha : array_like, shape (s,)

    Returns
    -------
    numpy.ndarray, shape (1 + s, s)
        A share is raised by 0.1, but at most halfway to 1.
    """
    alpha = np.asarray(alpha, dtype=float)
    rows = [alpha]
    for k in range(len(alpha)):
        raised = min(alpha[k] + STEP, (1 + alpha[k]) / 2)
        row = alpha * (1 - raised) / (1 - alpha[k])
        row[k] = raised
        rows.append(row)
    return np.array(rows)


def columns(study):
    """Return where the indicators of every subsystem stand among all.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict of str to dict of str to int
        By subsystem, then by indicator.
    """
    place = {i.id: k for k, i in enumerate(study.indicators)}
    return {s.id: {i.id: place[i.id] for i in s.indicators} for s in study.subsystems}


def cubes(normalised, study, regions):
    """Return the hand-over of normalised indicators as arrays.

    Parameters
    ----------
    normalised : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    study : Study
    regions : pandas.DataFrame

    Returns
    -------
    tuple of numpy.ndarray, shape (n, m, k)
        Values, and which of them are filled; regions, years and indicators in the study's order.
    """
    rows = pd.MultiIndex.from_product([regions.index, study.years])
    wide = normalised.pivot(index=["region", "year"], columns="indicator", values=["value", "filled"])
    wide = wide.reindex(index=rows)
    shape, names = (len(regions), len(study.years), len(study.indicators)), [i.id for i in study.indicators]
    values, filled = (wide[column].reindex(columns=names).to_numpy() for column in ("value", "filled"))
    return values.astype(float).reshape(shape), filled.astype(bool).reshape(shape)


def scaled(values, filled, universe, linked=None):
    """Fill gaps and put indicators on the scale of a universe.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
        Indicators, normalised over the pooled panel, and which of them are filled.
    universe : Universe
    linked : numpy.ndarray, shape (n, m, k), optional
        The values in which series with a break are linked, where the universe takes them.

    Returns
    -------
    numpy.ndarray, shape (n * m, k)

    Raises
    ------
    InputError
        If the normalisation leaves [0, 1].
    """
    values = BREAKS[universe.breaks].function(values, linked)
    values = INTERPOLATION[universe.interpolation].function(values, filled)
    x = NORMALISATION[universe.normalisation].function(values).reshape(-1, values.shape[2])
    if not ((x >= 0) & (x <= 1 + 1e-9)).all():
        found = f"values from {x.min():g} to {x.max():g}"
        where = f"normalisation '{universe.normalisation}'"
        raise InputError(where, found, "values from 0 to 1", "map its values into [0, 1]")
    return x


def on_scale(table, study):
    """Put indicators on the study's own scale, and treat zeros as it does.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, indicator, value: normalised over the pooled panel.
    study : Study

    Returns
    -------
    pandas.DataFrame
        The table with other values; as it is where the study chooses nothing else.
    """
    usual = NORMALISATION.offered[0], ZEROS.offered[0]
    if (study.method.normalisation, study.method.zeros) == usual:
        return table
    wide = table.pivot(index=["region", "year"], columns="indicator", values="value")
    rows = pd.MultiIndex.from_product([wide.index.unique(level) for level in ("region", "year")])
    x = wide.reindex(rows).to_numpy(dtype=float).reshape(*rows.levshape, -1)
    x = ZEROS[study.method.zeros].function(scaled(x, np.zeros(x.shape, dtype=bool), own(study)))
    found = pd.DataFrame(x, rows.set_names(["region", "year"]), wide.columns).stack()
    return table.assign(value=found.loc[pd.MultiIndex.from_frame(table[["region", "year", "indicator"]])].to_numpy())


def scores(x, universe, study, left=None):
    """Composite scores of a universe.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, k)
        As `scaled` returns them.
    universe : Universe
    study : Study
    left : sequence of str, optional
        `none`, or what is to be left out: an indicator, or several joined by +; the universe's own if not given.

    Returns
    -------
    numpy.ndarray, shape (l, rows, s)
    """
    x = ZEROS[universe.zeros].function(x)
    weigh = weigher(universe.weighting, study.method, len(study.years))
    aggregate = AGGREGATION[universe.aggregation].function
    dropped, at = [set(names.split("+")) for names in left or (universe.left_out,)], columns(study)
    result = np.empty((len(dropped), len(x), len(at)))
    for k, places in enumerate(at.values()):
        made = {}
        for j, names in enumerate(dropped):
            rest = tuple(i for i in places if i not in names)
            if rest not in made:
                part = x[:, [places[i] for i in rest]]
                made[rest] = aggregate(part, weigh(part, list(rest)))
            result[j, :, k] = made[rest]
    return stretched(result, 1) if universe.renormalised else result


def degrees(scores, variants, alphas):
    """D for every variant of C and every set of shares.

    Parameters
    ----------
    scores : numpy.ndarray, shape (l, rows, s)
        One above 1, as a shift of zeros can make it, counts as 1 where C needs scores up to 1.
    variants : sequence of str
        Names of `choices.COUPLING`.
    alphas : numpy.ndarray, shape (a, s)

    Returns
    -------
    numpy.ndarray, shape (l, c, a, rows)
    """
    index = np.einsum("lrs,as->lar", scores, alphas)[:, None]
    capped = np.minimum(scores, 1)
    c = np.stack([coupling_degree(capped if COUPLING[v].bounded else scores, v) for v in variants], axis=1)
    return np.sqrt(c[:, :, None] * index)


def evaluate(values, filled, study, universe):
    """Go one way through the method.

    Parameters
    ----------
    values, filled : numpy.ndarray, shape (n, m, k)
        As for `scaled`, in the study's order of indicators.
    study : Study
    universe : Universe

    Returns
    -------
    tuple of numpy.ndarray, shapes (n, m, s) and (n, m)
        Scores and D.
    """
    u = scores(scaled(values, filled, universe), universe, study)
    alpha = dict(zip(("own", *study.alpha), shares(list(study.alpha.values())), strict=True))[universe.alpha]
    d = degrees(u, (universe.coupling,), alpha[None])
    return u.reshape(*values.shape[:2], -1), d.reshape(values.shape[:2])


def ranks(degrees):
    """Ranks of the regions from the highest D; equal ones share the best.

    Parameters
    ----------
    degrees : numpy.ndarray, shape (..., n, m)
        Regions and years.

    Returns
    -------
    numpy.ndarray of int16, shape (..., n, m)
        Neighbours in the order that are at most 1e-9 apart have the same rank.
    """
    falling = -np.ascontiguousarray(np.swapaxes(degrees, -1, -2))  # sorted much faster where regions lie side by side
    order = np.argsort(falling, axis=-1)  # equal ones in any order
    apart = np.diff(np.take_along_axis(falling, order, axis=-1), axis=-1, prepend=-np.inf) > TIE
    place = np.where(apart, np.arange(1, falling.shape[-1] + 1, dtype=np.int16), np.int16(0))
    result = np.empty(falling.shape, dtype=np.int16)
    np.put_along_axis(result, order, np.maximum.accumulate(place, axis=-1), axis=-1)
    return np.swapaxes(result, -1, -2)
