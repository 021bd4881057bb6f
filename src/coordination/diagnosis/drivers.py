"""What goes with coordination: covariates that a study supplies, by geodetector and by spatial panel models."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from itertools import combinations

import numpy as np
import pandas as pd

from coordination.dynamics.inequality import assignments
from coordination.spatial.neighbours import row_standardise
from coordination.spatial.permutation import TOLERANCE

KEYS = ("region", "year")  # of a table of covariates, beside the covariates

OBSERVATIONS = 10  # a model needs for every coefficient

SMALLEST = 2  # regions in a stratum

# Of a table of spatial models
COLUMNS = [
    "model", "variable", "coefficient", "standard_error", "z", "p", "direct", "indirect", "observations", "reason",
]  # fmt: skip


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


def spatial_model(table, value, causes, weights, model="spatial_lag"):
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
    model : {'spatial_lag', 'spatial_error'}

    Returns
    -------
    pandas.DataFrame
        A row a coefficient: model, variable (a covariate, or `rho` of the spatial lag, `lambda` of the spatial error),
        coefficient, standard_error, z, p (normal, two-sided), direct, indirect (mean effects of a covariate on its own
        region and on all others together; 0 indirect under spatial errors), observations, reason. Variable and
        covariates are in standard deviations. Refused, with coefficients missing, for `few` observations (less than ten
        a coefficient), `words` (classes) or `constant` (no variation left).

    Notes
    -----
    With several years a panel: means of regions and of years are taken out (two-way fixed effects), and maximum
    likelihood is that of Elhorst (2003), from spreg; n (m - 1) observations count. With one year the cross-section
    with a constant. Effects follow LeSage and Pace (2009): means of diagonal and other elements of (I - rho W)^-1 b.

    References
    ----------
    Elhorst (2003), Specification and estimation of spatial panel data models, International Regional Science Review 26;
    LeSage and Pace (2009), Introduction to spatial econometrics; Rey and Anselin (2007).
    """
    variables = names(causes)
    regions = list(weights.index)
    years = sorted(table["year"].unique())
    n, m = len(regions), len(years)
    panel = m > 1
    observations = n * (m - 1) if panel else n
    coefficients = len(variables) + (1 if panel else 2)

    def refused(reason):
        parts = dict.fromkeys(("coefficient", "standard_error", "z", "p", "direct", "indirect"), np.nan)
        return pd.DataFrame([{"model": model, "variable": v, **parts} for v in variables]).assign(
            observations=observations, reason=reason
        )

    if observations < OBSERVATIONS * coefficients:
        return refused("few")
    if not all(pd.api.types.is_numeric_dtype(causes[c]) for c in variables):
        return refused("words")
    wide = {c: causes.pivot(index="region", columns="year", values=c).loc[regions, years] for c in variables}
    wide |= {value: table.pivot(index="region", columns="year", values=value).loc[regions, years]}
    arrays = {}
    for c, frame in wide.items():
        x = frame.to_numpy(dtype=float)
        x = x / (np.abs(x).max() or 1.0)
        left = x - x.mean(axis=0) if panel else x - x.mean()
        within = left - left.mean(axis=1, keepdims=True) if panel else left
        spread = within.std()
        if spread <= TOLERANCE:
            return refused("constant")
        arrays[c] = left / spread
    found = _fitted(arrays, value, variables, weights, model, panel)
    return found.assign(observations=observations, reason="")


def spatial_models(table, value, causes, weights, wanted):
    """Every spatial model that a study asks for.

    Parameters
    ----------
    table, value, weights
        As for `spatial_model`.
    causes : pandas.DataFrame or None
    wanted : Drivers or None
        Of the study: models.

    Returns
    -------
    pandas.DataFrame
        As `spatial_model` returns it, one below the other; without rows if the study asks for none.
    """
    kinds = [] if causes is None else [m for m in wanted.models if m != "geodetector"]
    fitted = [spatial_model(table, value, causes, weights, kind) for kind in kinds]
    return pd.concat(fitted, ignore_index=True) if fitted else pd.DataFrame(columns=COLUMNS)


def _fitted(arrays, value, variables, weights, model, panel):
    """Fit a model by spreg, whose estimators print and warn, and lay out its coefficients."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import spreg
        from libpysal.weights import full2W
        from scipy.stats import norm

        w = row_standardise(weights).to_numpy(dtype=float)
        neighbours = full2W(w)
        stacked = {c: v.T.reshape(-1, 1) for c, v in arrays.items()}  # year by year
        x = np.hstack([stacked[c] for c in variables])
        kind = {
            ("spatial_lag", True): spreg.Panel_FE_Lag,
            ("spatial_error", True): spreg.Panel_FE_Error,
            ("spatial_lag", False): spreg.ML_Lag,
            ("spatial_error", False): spreg.ML_Error,
        }[model, panel]
        fit = kind(stacked[value], x, neighbours)
    b, error = np.ravel(fit.betas), np.ravel(fit.std_err)
    if not panel:
        b, error = b[1:], error[1:]
    z = b / error
    own, others = 1.0, 0.0
    if model == "spatial_lag":
        inverse = np.linalg.inv(np.eye(len(w)) - b[-1] * w)
        own = np.trace(inverse) / len(w)
        others = inverse.sum() / len(w) - own
    last = {"spatial_lag": "rho", "spatial_error": "lambda"}[model]
    effects = np.append(b[:-1], np.nan)
    return pd.DataFrame(
        {
            "model": model,
            "variable": [*variables, last],
            "coefficient": b,
            "standard_error": error,
            "z": z,
            "p": 2 * norm.sf(np.abs(z)),
            "direct": effects * own,
            "indirect": effects * others,
        }
    )
