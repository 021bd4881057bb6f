"""Weights of indicators, and the composite scores they make.

What weighs the indicators of a subsystem is a function of values, shape (rows, k), that returns weights, shape (k,),
which add up to 1; what makes scores, shape (rows,), a function of values and weights. Weights from the data are
refused, by InputError, where a value is missing or infinite, or negative where the formula has no meaning for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination.choices import AGGREGATION, WEIGHTING, Choice
from coordination.errors import InputError, InputErrors, told
from coordination.indices.normalisation import HANDBOOK, shifted


def entropy(values):
    """Entropy and entropy weight of every indicator.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Non-negative values, pooled over regions and years.

    Returns
    -------
    pandas.DataFrame
        Index indicator; columns entropy e_j = -(1 / ln(nm)) sum p ln p with p = x / sum(x) and 0 ln 0 = 0, and
        weight w_j = (1 - e_j) / sum(1 - e).

    Raises
    ------
    InputErrors
        If there are fewer than two rows, a value is negative, missing or infinite, an indicator is zero
        throughout, or none of them varies.

    Notes
    -----
    No shift by 0.0001 and no rescaling: the limit of p ln p at 0 is 0 (Shannon 1948).

    Examples
    --------
    >>> entropy(pd.DataFrame({"a": [1, 4], "b": [2, 16]}))["weight"].round(6).tolist()
    [0.358889, 0.641111]
    """
    x = values.to_numpy(dtype=float)
    if len(x) < 2:
        raise InputErrors(
            [InputError("panel", told("{count} rows", count=len(x)), "at least two", "add regions or years")]
        )
    faults = unweighable(values)
    if faults:
        raise InputErrors(faults)
    e = entropies(x)
    information = np.clip(1 - e, 0, None)
    if information.sum() <= 1e-12:
        raise InputErrors(
            [InputError("panel", "no indicator that varies", "values that differ", "correct the figures")]
        )
    return pd.DataFrame(
        {"entropy": e, "weight": information / information.sum()}, index=values.columns.rename("indicator")
    )


def unweighable(values, zeros=False):
    """Name the indicators of which no weight can be formed.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
    zeros : bool
        Whether an indicator may be 0 throughout, which gives it no weight.

    Returns
    -------
    list of InputError
        One for each indicator with a negative, missing or infinite value, or with nothing but 0.
    """
    faults = []
    for name in values:
        column, where = values[name].to_numpy(dtype=float), told("indicator {indicator}", indicator=name)
        if not np.isfinite(column).all() or (column < 0).any():
            found, expected = "a negative, missing or infinite value", "numbers from 0"
            faults.append(InputError(where, found, expected, "normalise the indicator first"))
        elif not column.any() and not zeros:
            faults.append(InputError(where, "0 everywhere", "values that differ", "leave the indicator out"))
    return faults


def entropies(values):
    """Entropy of every indicator.

    Parameters
    ----------
    values : array_like, shape (..., rows, k)
        Not negative.

    Returns
    -------
    numpy.ndarray, shape (..., k)
        See `entropy`; 1, as if all rows were alike, for an indicator that is 0 throughout.

    Notes
    -----
    A share of 0 adds 0, the limit of p ln p. This is the usual treatment of zeros; the others (`ZEROS`) change
    the values before they come here. Notebook 02, the paper and the page of methods say so in
    words.
    """
    x = _to_unit(values)
    total = x.sum(axis=-2, keepdims=True)
    p = np.divide(x, total, out=np.zeros_like(x), where=total > 0)
    terms = p * np.log(np.where(p > 0, p, 1))
    return np.where(total[..., 0, :] > 0, -terms.sum(axis=-2) / np.log(x.shape[-2]), 1.0)


def _finite(values):
    x = np.asarray(values, dtype=float)
    if not np.isfinite(x).all():
        raise InputError("panel", "a missing or infinite value", "finite numbers", "fill or correct it")
    return x


def _to_unit(values):
    """Divide every indicator by the power of 2 next to its largest value, which is exact, so that no sum overflows."""
    x = _finite(values)
    if (x < 0).any():
        found = "a negative, missing or infinite value"
        raise InputError("panel", found, "numbers from 0", "normalise the indicator first")
    return np.ldexp(x, -np.frexp(x.max(axis=-2, keepdims=True))[1])


def weights(values, subsystems, method=None):
    """Weights of the indicators within every subsystem.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Normalised indicators.
    subsystems : mapping of str to sequence of str
        Indicators of every subsystem.
    method : Method, optional
        Of the study; entropy weights if not given.

    Returns
    -------
    pandas.DataFrame
        Columns subsystem, indicator, entropy, weight; weights add up to 1 in a subsystem.

    Raises
    ------
    InputErrors
        See `entropy`.
    """
    parts = {name: entropy(values[list(members)]) for name, members in subsystems.items()}
    if method is not None and method.weighting != "entropy":
        weigh = weigher(method.weighting, method)
        for part in parts.values():
            part["weight"] = weigh(values[list(part.index)], list(part.index))
    return pd.concat(parts, names=["subsystem"]).reset_index()


def scores(values, weights, aggregation="arithmetic"):
    """Composite scores, U = sum_j w_j x_j unless another aggregation is chosen.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Normalised indicators; index (region, year).
    weights : pandas.DataFrame
        Columns subsystem, indicator, weight.
    aggregation : str
        A name of `choices.AGGREGATION`.

    Returns
    -------
    pandas.DataFrame
        Columns region, year, subsystem, score; a score lies in [0, 1].
    """
    aggregate = AGGREGATION[aggregation].function
    parts = {
        name: pd.Series(aggregate(values[part["indicator"]].to_numpy(), part["weight"].to_numpy()), values.index)
        for name, part in weights.groupby("subsystem", sort=False)
    }
    long = pd.DataFrame(parts).rename_axis(columns="subsystem").stack().rename("score")
    return long.reset_index()


def equal(values):
    """Equal weights.

    Parameters
    ----------
    values : array_like, shape (rows, k)

    Returns
    -------
    numpy.ndarray, shape (k,)
    """
    return np.full(np.shape(values)[1], 1 / np.shape(values)[1])


def entropy_weights(values):
    """Entropy weights without the table around them (see `entropy`).

    Parameters
    ----------
    values : array_like, shape (..., rows, k)
        Not negative. An indicator that is 0 throughout has no weight.

    Returns
    -------
    numpy.ndarray, shape (..., k)
    """
    return _shares(np.clip(1 - entropies(values), 0, None))


def variation(values):
    """Weights by the coefficient of variation, w_j proportional to s_j / mean_j.

    Parameters
    ----------
    values : array_like, shape (rows, k)
        Not negative.

    Returns
    -------
    numpy.ndarray, shape (k,)
    """
    x = _to_unit(values)
    mean = x.mean(axis=0)
    return _shares(np.divide(x.std(axis=0), mean, out=np.zeros_like(mean), where=mean > 0))


def critic(values):
    """CRITIC weights, w_j proportional to s_j sum_k (1 - r_jk).

    Parameters
    ----------
    values : array_like, shape (rows, k)
        Normalised.

    Returns
    -------
    numpy.ndarray, shape (k,)

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis (1995), Determining objective weights in multiple criteria problems: the
    CRITIC method, Computers & Operations Research 22 (7), 763-770.

    Examples
    --------
    >>> a = [[61, 1.08, 4.33], [20.7, 0.26, 4.34], [16.3, 1.98, 2.53], [9, 3.29, 1.65], [5.4, 2.77, 2.33],
    ...      [4, 4.12, 1.21], [-6.1, 3.52, 2.10], [-34.6, 3.31, 0.98]]
    >>> critic((a - np.min(a, axis=0)) / np.ptp(a, axis=0)).round(4).tolist()
    [0.2022, 0.4809, 0.3169]
    """
    x = _finite(values)
    r = correlations(x)
    return _shares(x.std(axis=0) * (1 - r).sum(axis=1))


def principal(values):
    """Weights by the first principal component of the correlations: its squared loadings, which add up to 1.

    Parameters
    ----------
    values : array_like, shape (rows, k)

    Returns
    -------
    numpy.ndarray, shape (k,)
        0 for an indicator that does not vary.

    References
    ----------
    OECD and JRC (2008), Handbook on constructing composite indicators, section 6.
    """
    r = correlations(_finite(values))
    varies = r.diagonal() > 0
    w = np.zeros(len(r))
    if varies.any():
        w[varies] = np.linalg.eigh(r[np.ix_(varies, varies)])[1][:, -1] ** 2
    return _shares(w)


def merec(values):
    """MEREC weights: by the effect of removing an indicator.

    Parameters
    ----------
    values : array_like, shape (rows, k)
        Positive, the more the better.

    Returns
    -------
    numpy.ndarray, shape (k,)

    Raises
    ------
    InputError
        If a value is 0 or negative: the logarithm needs positive ones.

    References
    ----------
    Keshavarz-Ghorabaee, Amiri, Zavadskas, Turskis and Antucheviciene (2021), Determination of objective weights using a
    new method based on the removal effects of criteria (MEREC), Symmetry 13 (4), 525.
    """
    x = _finite(values)
    if not (x > 0).all():
        raise InputError("MEREC weights", f"{x.min():g}", "positive values", "treat zeros first")
    k = x.shape[1]
    size = np.abs(np.log(x.min(axis=0) / x))
    total = size.sum(axis=1, keepdims=True)
    whole, without = np.log1p(total / k), np.log1p((total - size) / k)
    return _shares(np.abs(without - whole).sum(axis=0))


def shifted_entropy_weights(values):
    """Entropy weights of values to which 0.0001 is added, for scores of the values as they are.

    Parameters
    ----------
    values : array_like, shape (..., rows, k)

    Returns
    -------
    numpy.ndarray, shape (..., k)
        See `entropy_weights`.
    """
    return entropy_weights(shifted(np.asarray(values, dtype=float)))


def entropy_weights_by_years(values, years):
    """Entropy weights with k = 1 / ln m, the number of years, for k = 1 / ln(nm), that of the rows: a mistake.

    Parameters
    ----------
    values : array_like, shape (..., rows, k)
        Not negative.
    years : int
        At least 2.

    Returns
    -------
    numpy.ndarray, shape (..., k)
        e exceeds 1 then, every 1 - e is negative, and their shares are positive but nearly equal. An indicator whose
        1 - e has another sign than their sum, so that its weight were negative, has none.

    References
    ----------
    A script for Stata that is handed on: blog.csdn.net/qq_39760686/article/details/140726598.
    """
    e = entropies(values) * np.log(np.shape(values)[-2]) / np.log(years)
    return _shares(np.clip((1 - e) * np.sign((1 - e).sum(axis=-1, keepdims=True)), 0, None))


@dataclass(frozen=True, kw_only=True)
class Logarithmic(Choice):
    """A way that may take logarithms.

    Attributes
    ----------
    logarithms : bool
        Whether it does, so that it needs positive values.
    asked : str
        What a study says for it under `method`; the function then takes the names of the indicators and the study's
        `method` too. Empty for nothing.
    stacked : bool
        Whether the function takes stacks of values, shape (..., rows, k).
    by_years : bool
        Whether it also takes the number of years.
    """

    logarithms: bool
    asked: str = ""
    stacked: bool = False
    by_years: bool = False


@dataclass(frozen=True, kw_only=True)
class Aggregation(Logarithmic):
    """A way from indicators to a score.

    Attributes
    ----------
    additive : bool
        Whether a score is a sum over the indicators, whose parts obstacles and contributions are.
    """

    additive: bool


def fixed(values, names, method):
    """Weights that a study gives, as shares of the indicators at hand.

    Parameters
    ----------
    values : array_like, shape (rows, k)
    names : sequence of str, length k
        Indicators.
    method : Method
        Of the study.

    Returns
    -------
    numpy.ndarray, shape (k,)
    """
    return _shares(np.array([method.fixed[name] for name in names]))


def analytic_hierarchy(values, names, method):
    """Weights by pairwise judgements: the principal eigenvector of their matrix; parameters and result as `fixed`.

    References
    ----------
    Saaty (1980), The analytic hierarchy process.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> judged = SimpleNamespace(ahp={"s": {"a": [1, 2, 4], "b": [1 / 2, 1, 2], "c": [1 / 4, 1 / 2, 1]}})
    >>> analytic_hierarchy(None, ["a", "b", "c"], judged).round(4).tolist()
    [0.5714, 0.2857, 0.1429]
    """
    own = next(rows for rows in method.ahp.values() if set(names) <= set(rows))
    at = [list(own).index(name) for name in names]
    matrix = np.array(list(own.values()), dtype=float)[np.ix_(at, at)]
    roots, vectors = np.linalg.eig(matrix)
    return _shares(np.abs(vectors[:, roots.real.argmax()].real))


def combined(values, names, method):
    """Two sets of weights made one; parameters and result as `fixed`.

    Notes
    -----
    By `product`, w_j proportional to a_j b_j; by `mean`, (a_j + b_j) / 2; by `game`, x_1 a + x_2 b with the solution of
    x_1 a'a + x_2 a'b = a'a and x_1 b'a + x_2 b'b = b'b, both in absolute terms and scaled to add up to 1: what applied
    work calls combination weighting by game theory.
    """
    a, b = (weigher(key, method)(values, names) for key in method.combine.of)
    if method.combine.by == "product":
        return _shares(a * b)
    if method.combine.by == "mean":
        return (a + b) / 2
    both = np.array([a, b])
    products = both @ both.T
    shares = np.abs(np.linalg.lstsq(products, products.diagonal(), rcond=None)[0])
    return shares / shares.sum() @ both


def weigher(key, method, years=None):
    """Return what weighs indicators in a study.

    Parameters
    ----------
    key : str
        A name of `choices.WEIGHTING`.
    method : Method
        Of the study.
    years : int, optional
        How many the panel has; for what depends on it.

    Returns
    -------
    callable
        From values, shape (..., rows, k), and the names of the k indicators to weights, shape (..., k).
    """
    entry = WEIGHTING[key]

    def weigh(values, names):
        x = np.asarray(values, dtype=float)
        if x.ndim > 2 and not entry.stacked:
            return np.stack([weigh(part, names) for part in x])
        if entry.by_years:
            return entry.function(x, years=years)
        return entry.function(x, names, method) if entry.asked else entry.function(x)

    return weigh


WEIGHTING.register(
    Logarithmic(
        key="entropy",
        twin="entropy",
        function=entropy_weights,
        logarithms=False,
        stacked=True,
        source="Shannon (1948)",
        formula=r"w_j \propto 1 - e_j",
    ),
    Logarithmic(
        key="equal",
        twin="equal",
        function=equal,
        logarithms=False,
        source=f"{HANDBOOK} 6",
        formula=r"w_j = \tfrac{1}{k}",
    ),
    Logarithmic(
        key="critic",
        twin="critic",
        function=critic,
        logarithms=False,
        source="Diakoulaki, Mavrotas and Papayannakis (1995)",
        formula=r"w_j \propto s_j \sum_k (1 - r_{jk})",
    ),
    Logarithmic(
        key="variation",
        twin="variation",
        function=variation,
        logarithms=False,
        source="Pearson (1896), on the coefficient of variation",
        formula=r"w_j \propto s_j / \bar x_j",
    ),
    Logarithmic(
        key="principal",
        twin="principal",
        function=principal,
        logarithms=False,
        source=f"{HANDBOOK} 6",
        formula=r"w_j = l_j^2",
    ),
    Logarithmic(
        key="merec",
        twin="merec",
        function=merec,
        logarithms=True,
        source="Keshavarz-Ghorabaee, Amiri, Zavadskas, Turskis and Antucheviciene (2021)",
        formula=r"w_j \propto \sum_i \lvert S_{i(-j)} - S_i \rvert, "
        r"S_i = \ln (1 + \tfrac{1}{k} \sum_j \lvert \ln x_{ij} \rvert)",
    ),
    Logarithmic(
        key="fixed",
        twin="fixed",
        function=fixed,
        logarithms=False,
        asked="fixed",
        source="the study",
        varied=False,
    ),
    Logarithmic(
        key="ahp",
        function=analytic_hierarchy,
        logarithms=False,
        asked="ahp",
        source="Saaty (1980)",
        formula=r"A w = \lambda_{\max} w",
        varied=False,
    ),
    Logarithmic(
        key="combined",
        function=combined,
        logarithms=False,
        asked="combine",
        source="the study",
        varied=False,
    ),
    Logarithmic(
        key="shifted_entropy",
        function=shifted_entropy_weights,
        logarithms=False,
        stacked=True,
        source="scripts for Stata, MATLAB and spreadsheets",
        offered=False,
    ),
    Logarithmic(
        key="entropy_by_years",
        function=entropy_weights_by_years,
        logarithms=False,
        by_years=True,
        source="a script for Stata",
        offered=False,
    ),
)


def arithmetic(values, weights):
    """Weighted sums of the rows.

    Parameters
    ----------
    values : numpy.ndarray, shape (rows, k)
        Normalised indicators.
    weights : numpy.ndarray, shape (k,)

    Returns
    -------
    numpy.ndarray, shape (rows,)
    """
    return values @ weights


def geometric(values, weights):
    """Weighted geometric means of the rows; parameters and result as those of `arithmetic`."""
    with np.errstate(divide="ignore"):
        return np.exp(np.where(weights > 0, np.log(values), 0) @ weights)


def topsis(values, weights):
    """Measure closeness d- / (d+ + d-) of the weighted rows to the best of the panel; otherwise as `arithmetic`.

    References
    ----------
    Hwang and Yoon (1981), Multiple attribute decision making.
    """
    weighted = values * weights
    far = np.sqrt(((weighted - weighted.max(axis=0)) ** 2).sum(axis=1))
    near = np.sqrt(((weighted - weighted.min(axis=0)) ** 2).sum(axis=1))
    return np.divide(near, far + near, out=np.zeros_like(near), where=far + near > 0)


AGGREGATION.register(
    Aggregation(
        key="arithmetic",
        twin="arithmetic",
        function=arithmetic,
        additive=True,
        logarithms=False,
        source=f"{HANDBOOK} 6",
        formula=r"\sum_j w_j x_{ij}",
    ),
    Aggregation(
        key="geometric",
        twin="geometric",
        function=geometric,
        additive=False,
        logarithms=True,
        source=f"{HANDBOOK} 6",
        formula=r"\prod_j x_{ij}^{w_j}",
    ),
    Aggregation(
        key="topsis",
        twin="topsis",
        function=topsis,
        additive=False,
        logarithms=False,
        source="Hwang and Yoon (1981)",
        formula=r"d_i^- / (d_i^+ + d_i^-)",
    ),
)


def correlations(x):
    """Correlations of the columns.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, k)

    Returns
    -------
    numpy.ndarray, shape (k, k)
        0, also on the diagonal, for a column that does not vary.
    """
    deviation = x - x.mean(axis=0)
    norm = np.sqrt((deviation**2).sum(axis=0))
    norm[np.ptp(x, axis=0) <= 1e-12] = 0
    scaled = np.divide(deviation, norm, out=np.zeros_like(x), where=norm > 0)
    return np.clip(scaled.T @ scaled, -1, 1)


def _shares(w):
    """Return weights that add up to 1; equal ones where no indicator has any."""
    total = w.sum(axis=-1, keepdims=True)
    return np.divide(w, total, out=np.full(w.shape, 1 / w.shape[-1]), where=total > 1e-12)
