"""What goes with coordination: covariates that a study supplies, by geodetector and by spatial panel models."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from itertools import combinations
from math import erfc, sqrt

import numpy as np
import pandas as pd

from coordination.diagnosis import spatial_panel
from coordination.dynamics.inequality import assignments
from coordination.spatial.neighbours import row_standardise
from coordination.spatial.permutation import TOLERANCE

KEYS = ("region", "year")  # of a table of covariates, beside the covariates

OBSERVATIONS = 10  # a model needs for every coefficient

SMALLEST = 2  # regions in a stratum

# Of a table of spatial models
EFFECTS = ("direct", "indirect", "total", "direct_error", "indirect_error", "total_error")

COLUMNS = [
    "model", "variable", "coefficient", "standard_error", "z", "p", *EFFECTS, "size", "observations", "reason",
]  # fmt: skip

LAGGED = "lag:"  # before the name of a covariate whose neighbours' mean is meant

SIMULATED = 100  # regions at most, for which the size of a test is simulated

WITHOUT = 0.02  # of simulated panels at most may be without an estimate


def names(causes):
    """Return the names of covariates.

    Parameters
    ----------
    causes : pandas.DataFrame or None
        Of `covariates.given`: columns region, year and the covariates; None if a study has none.

    Returns
    -------
    list of str
    """
    return [] if causes is None else [c for c in causes if c not in KEYS]


def strata(values, classes=4):
    """Sort regions into strata by a covariate.

    Parameters
    ----------
    values : array_like, shape (n,)
        Numbers are cut at their quantiles, equal ones together; other values are classes as they stand.
    classes : int
        Into how many numbers are cut, at most.

    Returns
    -------
    numpy.ndarray of int, shape (n,)

    Examples
    --------
    >>> strata([1, 2, 3, 4, 5, 6, 7, 8], 4).tolist(), strata(["b", "a", "b"]).tolist()
    ([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 0])
    """
    values = pd.Series(values)
    if pd.api.types.is_numeric_dtype(values):
        cuts = np.unique(np.quantile(values, np.arange(1, classes) / classes))
        return np.unique(np.searchsorted(cuts, values, side="left"), return_inverse=True)[1]
    return pd.factorize(values)[0]


def q_statistic(values, labels):
    """Geodetector's q: the share of the variance that lies between strata.

    Parameters
    ----------
    values : array_like, shape (n,)
    labels : array_like of int, shape (..., n)
        Stratum of every region, from 0.

    Returns
    -------
    numpy.ndarray, shape (...)
        1 - SSW / SST, from 0 to 1; missing where all values are the same.

    References
    ----------
    Wang, Li, Christakos and others (2010), Geographical detectors-based health risk assessment and its application in
    the neural tube defects study of the Heshun region, China, International Journal of Geographical Information
    Science 24.

    Examples
    --------
    >>> float(q_statistic([1, 2, 3, 4], [0, 0, 1, 1]))
    0.8
    """
    y, labels = np.asarray(values, dtype=float), np.asarray(labels)
    y = y - y.mean()
    total = y @ y
    between = 0.0
    for stratum in range(labels.max() + 1):
        own = labels == stratum
        size = own.sum(axis=-1)
        between = between + (own @ y) ** 2 / np.maximum(size, 1)
    return np.asarray(between) / total if total > 0 else np.full(labels.shape[:-1], np.nan)


def _detect(values, labels, draws, seed):
    codes, exact = assignments(labels, draws, seed)
    q = q_statistic(values, codes)
    return float(q[0]), float((q >= q[0] - TOLERANCE).mean()), exact


def factors(table, value, causes, classes=4, draws=9999, seed=0):
    """Geodetector's factor detector for every covariate and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    causes : pandas.DataFrame
        Of `covariates.given`: columns region, year and the covariates.
    classes : int
        See `strata`.
    draws, seed : int
        Used where there are too many ways in which regions can fall into strata to list them.

    Returns
    -------
    pandas.DataFrame
        A row a covariate and year: variable, year, strata (their number), smallest (regions in the smallest), q, p,
        exact, reason. Refused, with q and p missing, where there is `one` stratum only or a stratum has `few` regions,
        that is one.

    Notes
    -----
    p is the share of the ways in which regions can fall into strata of these sizes whose q is at least as large. The
    noncentral F that is commonly used instead needs many regions and normal values. Rearranging takes regions as
    exchangeable: where neighbours are alike, in the covariate as in D, p is too small.
    """
    rows = []
    both = table.merge(causes, on=["region", "year"], how="left", validate="one_to_one")
    for variable in names(causes):
        for year, own in both.groupby("year", sort=True):
            labels = strata(own[variable], classes)
            sizes = np.bincount(labels)
            row = {"variable": variable, "year": year, "strata": len(sizes), "smallest": int(sizes.min())}
            reason = "one" if len(sizes) == 1 else "few" if sizes.min() < SMALLEST else ""
            found = (np.nan, np.nan, False) if reason else _detect(own[value], labels, draws, seed)
            rows.append(row | dict(zip(("q", "p", "exact"), found, strict=True)) | {"reason": reason})
    return pd.DataFrame(rows)


def interactions(table, value, causes, year, classes=4, draws=9999, seed=0):
    """Geodetector's interaction detector for every two covariates in a year.

    Parameters
    ----------
    table, value, causes, classes, draws, seed
        As for `factors`.
    year : int or str

    Returns
    -------
    pandas.DataFrame
        A row a pair: first, second, q_first, q_second, strata (that the two form together), q, p, kind, reason. Kinds
        (Wang and others 2010): `enhance, bi-` (q above both), `independent` (their sum), `enhance, nonlinear` (above
        their sum); `no gain` where q is that of the better one alone. Refused where either factor is, or where the
        regions are fewer than two a joint stratum (`few`).

    Notes
    -----
    Finer strata never explain less, so that the kinds `weaken` of the literature cannot occur. A joint stratum of one
    region has no variance and lifts q by its mere size; p, from strata of the same sizes, allows for that, the kinds
    do not.
    """
    columns = ("first", "second", "q_first", "q_second", "strata", "q", "p", "kind", "reason")
    own = table[table["year"] == year].merge(causes, on=["region", "year"], how="left")
    labels = {c: strata(own[c], classes) for c in names(causes)}
    rows = []
    for a, b in combinations(labels, 2):
        joint = pd.factorize(pd.Series(list(zip(labels[a], labels[b], strict=True))))[0]
        sizes = [np.bincount(x) for x in (labels[a], labels[b])]
        count = int(joint.max()) + 1
        alone = [float(q_statistic(own[value], labels[x])) for x in (a, b)]
        usable = all(len(s) > 1 and s.min() >= SMALLEST for s in sizes) and SMALLEST * count <= len(joint)
        q, p, _ = _detect(own[value], joint, draws, seed) if usable else (np.nan, np.nan, False)
        kind = _kind(q, alone) if usable else ""
        rows.append((a, b, *alone, count, q, p, kind, "" if usable else "few"))
    return pd.DataFrame(rows, columns=columns)


def _kind(q, alone):
    if abs(q - sum(alone)) <= TOLERANCE and min(alone) > TOLERANCE:
        return "independent"
    if q > sum(alone) + TOLERANCE:
        return "enhance, nonlinear"
    return "enhance, bi-" if q > max(alone) + TOLERANCE else "no gain"


def detect(table, value, causes, wanted, year, draws=9999, seed=0):
    """Both detectors, where a study asks for them.

    Parameters
    ----------
    table, value, draws, seed
        As for `factors`.
    causes : pandas.DataFrame or None
    wanted : Drivers or None
        Of the study: models, classes.
    year : int or str
        Of the interactions.

    Returns
    -------
    tuple of pandas.DataFrame, or of None
        As `factors` and `interactions` return them; None twice if the study has no covariates or asks for other models.
    """
    if causes is None or "geodetector" not in wanted.models:
        return None, None
    settings = {"classes": wanted.classes, "draws": draws, "seed": seed}
    return factors(table, value, causes, **settings), interactions(table, value, causes, year, **settings)


def spatial_model(table, value, causes, weights, model="spatial_lag", significance=0.05):
    """Spatial regression of a variable on covariates.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    causes : pandas.DataFrame
        Of `covariates.given`. Classes in words, and covariates that do not vary once means are taken out, are refused.
    weights : pandas.DataFrame, shape (n, n)
        Index and columns region; row-standardised here.
    model : {'spatial_lag', 'spatial_error', 'spatial_durbin'}
    significance : float

    Returns
    -------
    pandas.DataFrame
        A row a coefficient: model, variable (a covariate, under a Durbin model also `lag:` and its name, last `rho` of
        the spatial lag or `lambda` of the spatial error), coefficient, standard_error, z, p (normal, two-sided),
        direct, indirect and total (mean effects of a covariate on its own region, on all others together, and both)
        with their standard errors, size (of the test of rho or lambda at that significance, simulated without
        dependence for a panel of up to 100 regions), observations, reason. Variable and covariates are in standard
        deviations. Refused, with coefficients missing, for `few` observations (less than ten a coefficient), `islands`
        (a region without neighbours, whose row of weights cannot add up to 1, in a panel), `alike` (all regions are
        neighbours with equal weights, which leaves rho without a value), `small` (of simulated panels of these regions
        and years more than 2 % have no estimate), `bound` (this one has none), `words` (classes) or `constant` (no
        variation left).

    Notes
    -----
    With several years a panel with effects of regions and years by Lee and Yu (see `spatial_panel`), in which
    (n - 1) (m - 1) observations count. With one year the cross-section with a constant, from spreg.

    References
    ----------
    Lee and Yu (2010), Journal of Econometrics 154 (2), 165-185; LeSage and Pace (2009), Introduction to spatial
    econometrics; Rey and Anselin (2007).
    """
    variables = names(causes)
    regions = list(weights.index)
    years = sorted(table["year"].unique())
    n, m = len(regions), len(years)
    panel = m > 1
    observations = (n - 1) * (m - 1) if panel else n
    coefficients = len(variables) * (2 if model == "spatial_durbin" else 1) + (1 if panel else 2)

    def refused(reason):
        parts = dict.fromkeys(("coefficient", "standard_error", "z", "p", *EFFECTS, "size"), np.nan)
        return pd.DataFrame([{"model": model, "variable": v, **parts} for v in variables]).assign(
            observations=observations, reason=reason
        )

    if observations < OBSERVATIONS * coefficients:
        return refused("few")
    w = row_standardise(weights).to_numpy(dtype=float)
    if panel and not w.any(axis=1).all():
        return refused("islands")
    if panel and not spatial_panel.identified(w):
        return refused("alike")
    if not all(pd.api.types.is_numeric_dtype(causes[c]) for c in variables):
        return refused("words")
    wide = {c: causes.pivot(index="region", columns="year", values=c).loc[regions, years] for c in variables}
    wide |= {value: table.pivot(index="region", columns="year", values=value).loc[regions, years]}
    arrays = {}
    for c, frame in wide.items():
        x = frame.to_numpy(dtype=float)
        x = x / (np.abs(x).max() or 1.0)
        spread = (spatial_panel.within(x) if panel else x - x.mean()).std()
        if spread <= TOLERANCE:
            return refused("constant")
        arrays[c] = (x - x.mean()) / spread
    y, x = arrays[value], [arrays[c] for c in variables]
    size = np.nan
    if panel and n <= SIMULATED:
        size, without = spatial_panel.simulated(w, m, model, level=significance)
        if without > WITHOUT:
            return refused("small")
    fit = (spatial_panel.fit if panel else _cross_section)(y, x, w, model)
    if fit.bounded or not np.diagonal(fit.covariance).min() > 0:
        return refused("bound")
    moved = spatial_panel.effects(fit, w, len(x), model)
    b, covariance = np.append(fit.b, fit.space), fit.covariance
    lagged = [f"{LAGGED}{c}" for c in variables] if model == "spatial_durbin" else []
    error = np.sqrt(np.diagonal(covariance))
    found = pd.DataFrame(
        {
            "model": model,
            "variable": [*variables, *lagged, "lambda" if model == "spatial_error" else "rho"],
            "coefficient": b,
            "standard_error": error,
            "z": b / error,
            "p": [erfc(abs(z) / sqrt(2)) for z in b / error],
        }
    )
    return found.join(moved).assign(size=size, observations=observations, reason="")[COLUMNS]


def spatial_models(table, value, causes, weights, wanted, significance):
    """Every spatial model that a study asks for.

    Parameters
    ----------
    table, value, weights
        As for `spatial_model`.
    causes : pandas.DataFrame or None
    wanted : Drivers or None
        Of the study: models.
    significance : float

    Returns
    -------
    pandas.DataFrame
        As `spatial_model` returns it, one below the other; without rows if the study asks for none.
    """
    kinds = [] if causes is None else [m for m in wanted.models if m != "geodetector"]
    fitted = [spatial_model(table, value, causes, weights, kind, significance) for kind in kinds]
    return pd.concat(fitted, ignore_index=True) if fitted else pd.DataFrame(columns=COLUMNS)


def sizes(table):
    """Return how often the test of the coefficient of space errs in every spatial model, where it was simulated.

    Parameters
    ----------
    table : pandas.DataFrame
        As `spatial_models` returns it.

    Returns
    -------
    dict of str to float
    """
    return table.dropna(subset="size").groupby("model", sort=False)["size"].first().to_dict()


def dependence(table, value, causes, weights):
    """Test a spatial lag against a spatial error in a panel, before either model is fitted.

    Parameters
    ----------
    table, value, causes, weights
        As for `spatial_model`.

    Returns
    -------
    pandas.DataFrame or None
        See `spatial_panel.lagrange_multipliers`; None for a single year, classes, islands, or weights under which a
        coefficient of space has no value.
    """
    variables, regions, years = names(causes), list(weights.index), sorted(table["year"].unique())
    w = row_standardise(weights).to_numpy(dtype=float)
    numbers = all(pd.api.types.is_numeric_dtype(causes[c]) for c in variables)
    if len(years) < 2 or not numbers or not w.any(axis=1).all() or not spatial_panel.identified(w):
        return None
    wide = [causes.pivot(index="region", columns="year", values=c).loc[regions, years] for c in variables]
    y = table.pivot(index="region", columns="year", values=value).loc[regions, years]
    x = [c.to_numpy(dtype=float) / (np.abs(c.to_numpy(dtype=float)).max() or 1.0) for c in wide]
    return spatial_panel.lagrange_multipliers(y.to_numpy(dtype=float), x, w)


def _cross_section(y, x, w, model):
    """Fit a cross-section by spreg, whose estimators print and warn; return a `spatial_panel.Fit`."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import spreg
        from libpysal.weights import full2W

        columns = [*x, *(w @ c for c in x)] if model == "spatial_durbin" else x
        kind = spreg.ML_Error if model == "spatial_error" else spreg.ML_Lag
        fit = kind(y, np.hstack(columns), full2W(w))
    b, covariance = np.ravel(fit.betas)[1:], np.asarray(fit.vm)[1:, 1:][: len(np.ravel(fit.betas)) - 1]
    variance, loglikelihood = float(np.ravel(fit.sig2)[0]), float(np.ravel(fit.logll)[0])
    return spatial_panel.Fit(b[:-1], b[-1], covariance[:, : len(b)], variance, loglikelihood)
