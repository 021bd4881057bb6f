"""Whether the indicators of a subsystem measure one thing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.indices import weighting

FILTERED = 0.92  # correlation above which JRC takes two indicators for one
SILENT = 0.1  # share of the score's variance below which an indicator says nothing in it; a convention of ours


def cronbach_alpha(values):
    """Cronbach's alpha of standardised indicators, k r / (1 + (k - 1) r) with r their mean correlation.

    Parameters
    ----------
    values : array_like, shape (rows, k)

    Returns
    -------
    float
        Missing for a single indicator.

    References
    ----------
    Cronbach (1951), Coefficient alpha and the internal structure of tests, Psychometrika 16 (3), 297-334.

    Examples
    --------
    >>> round(cronbach_alpha([[1, 2], [2, 1], [3, 3], [4, 4]]), 4)  # r = .8
    0.8889
    """
    r = np.corrcoef(np.asarray(values, dtype=float), rowvar=False)
    k = len(r) if r.ndim else 1
    if k < 2:
        return float("nan")
    mean = (r.sum() - k) / (k * (k - 1))
    return float(k * mean / (1 + (k - 1) * mean))


def correlation_ratio(score, indicator):
    """Share of the variance of a score that an indicator explains by a cubic curve.

    Parameters
    ----------
    score, indicator : array_like, shape (rows,)

    Returns
    -------
    float
        In [0, 1]; 0 where one of them does not vary.

    References
    ----------
    Paruolo, Saisana and Saltelli (2013), Ratings and rankings: voodoo or science?, Journal of the Royal Statistical
    Society A 176 (3), 609-634.
    """
    y, x = np.asarray(score, dtype=float), np.asarray(indicator, dtype=float)
    if np.ptp(x) <= 1e-12 or np.ptp(y) <= 1e-12:
        return 0.0
    x = (x - x.mean()) / x.std()
    terms = np.vander(x, 4)
    residual = y - terms @ np.linalg.lstsq(terms, y, rcond=None)[0]
    return float(np.clip(1 - residual.var() / y.var(), 0, 1))


def correlations(panel, study):
    """Correlate the indicators of all subsystems with one another.

    Parameters
    ----------
    panel : pandas.DataFrame
        Rows region and year, a column for every indicator.
    study : Study

    Returns
    -------
    pandas.DataFrame, shape (k, k)
        Pearson's r over all regions and years, indicators in the study's order; missing for one that is constant.
    """
    return panel[[i.id for i in study.indicators]].corr()


def coherence(values, weights, study):
    """Whether the indicators hang together, and how much each really matters.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Normalised indicators.
    weights : pandas.DataFrame
        Columns subsystem, indicator, weight.
    study : Study

    Returns
    -------
    tuple of pandas.DataFrame
        By indicator: subsystem, indicator, weight, effective (correlation ratios of the score with the indicators,
        scaled to add up to 1 in a subsystem), with_score and with_rest (correlations with the subsystem's score and
        with the mean of its other indicators), nearest and with_nearest (the indicator of the subsystem it correlates
        most with), flag (`against` the rest, `silent`: explains less than a tenth of the score, `collinear`: above
        0.92, or empty). By part: part, kind (`subsystem`, `dimension`), indicators, alpha (Cronbach), within (mean
        correlation), first_component (share of variance), components (with an eigenvalue above 1).
    """
    rows, parts = [], []
    for s in study.subsystems:
        ids = [i.id for i in s.indicators]
        w = weights[weights["subsystem"] == s.id].set_index("indicator")["weight"]
        x = values[ids]
        score = x @ w[ids]
        r = pd.DataFrame(weighting.correlations(x.to_numpy(float)), ids, ids)
        ratios = {i: correlation_ratio(score, x[i]) for i in ids}
        total = sum(ratios.values()) or 1.0
        for i in ids:
            others = [o for o in ids if o != i]
            rest = float(np.corrcoef(x[i], x[others].mean(axis=1))[0, 1]) if others else np.nan
            near = r.loc[i, others].abs().idxmax() if others else ""
            with_near = r.loc[i, near] if others else np.nan
            flag = "against" if rest < 0 else "silent" if ratios[i] < SILENT else ""
            flag = flag or ("collinear" if abs(with_near) > FILTERED else "")
            own = float(np.corrcoef(score, x[i])[0, 1])
            rows.append((s.id, i, w[i], ratios[i] / total, own, rest, near, with_near, flag))
        groups = [(s.id, "subsystem", ids)]
        groups += [
            (d.id, "dimension", [i.id for i in d.indicators if i.unavailable is None])
            for d in s.dimensions
            if len(s.dimensions) > 1
        ]
        for part, kind, members in groups:
            if len(members) < 2:
                continue
            own = r.loc[members, members].to_numpy()
            values_of = np.linalg.eigvalsh(own)
            k = len(members)
            within = (own.sum() - k) / (k * (k - 1))
            alpha = cronbach_alpha(x[members])
            parts.append((part, kind, k, alpha, within, values_of[-1] / k, int((values_of > 1 + 1e-9).sum())))
    columns = [
        "subsystem", "indicator", "weight", "effective", "with_score", "with_rest", "nearest", "with_nearest", "flag",
    ]  # fmt: skip
    names = ["part", "kind", "indicators", "alpha", "within", "first_component", "components"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(parts, columns=names)
