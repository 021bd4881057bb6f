"""Coupling degree C, coordination index T, coupling coordination degree D, and what they are called."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination.choices import COUPLING, Choice
from coordination.errors import InputError
from coordination.indices import slopes
from coordination.indices.development import means


@dataclass(frozen=True, kw_only=True)
class Formula(Choice):
    """A formula of the coupling degree.

    Attributes
    ----------
    function : callable
        C, shape (...), from scores, shape (..., n_s) and not negative; 0 where all scores are 0 (nothing is coupled).
    bounded : bool
        Whether it needs scores up to 1.
    slopes : callable
        Mean slopes of ln C between two points (see `slopes`).
    """

    bounded: bool
    slopes: Callable


def standard(u):
    """n_s (prod U)^(1/n_s) / sum U."""
    total = u.sum(axis=-1)
    product = np.exp(np.log(u, where=u > 0, out=np.full_like(u, -np.inf)).mean(axis=-1))
    return np.divide(u.shape[-1] * product, total, out=np.zeros_like(total), where=total > 0)


def wang2021(u):
    """sqrt((1 - sum_{i>j} |U_i - U_j| / (n_s (n_s - 1) / 2)) (prod U / max U)^(1/(n_s - 1))).

    Every factor of the product is U_i / max U except the largest itself.
    """
    n, highest = u.shape[-1], u.max(axis=-1)
    gaps = np.abs(u[..., :, None] - u[..., None, :]).sum(axis=(-2, -1)) / 2
    ratio = np.divide(u, highest[..., None], out=np.zeros_like(u), where=highest[..., None] > 0)
    return np.sqrt((1 - gaps / (n * (n - 1) / 2)) * np.prod(ratio, axis=-1) ** (1 / (n - 1)))


def fan2024(u):
    """1 - 2 sqrt((n_s sum U^2 - (sum U)^2) / n_s^2), not below 0."""
    n = u.shape[-1]
    spread = np.clip(n * (u**2).sum(axis=-1) - u.sum(axis=-1) ** 2, 0, None) / n**2
    return np.where(u.any(axis=-1), 1 - 2 * np.sqrt(spread), 0.0)


def no_factor(u):
    """(prod U)^(1/n_s) / sum U, a common mistake."""
    return np.minimum(standard(u), 1) / u.shape[-1]


def no_root(u):
    """n_s^n_s prod U / (sum U)^n_s, the other common mistake."""
    return np.minimum(standard(u), 1) ** u.shape[-1]


COUPLING.register(
    Formula(
        key="standard",
        twin="standard",
        function=standard,
        bounded=False,
        slopes=slopes.standard,
        source="what most papers mean by C, see Wang and others (2021)",
        formula=r"C = \frac{k \left( \prod_s U_s \right)^{1/k}}{\sum_s U_s}",
    ),
    Formula(
        key="wang2021",
        twin="wang2021",
        function=wang2021,
        bounded=True,
        slopes=slopes.wang2021,
        source="Wang, Kong, Ren, Zhi and Dai (2021), Journal of Natural Resources 36 (3), 793-810",
        formula=r"C = \sqrt{ \left( 1 - \frac{\sum_{r > s} \lvert U_r - U_s \rvert}{k (k - 1) / 2} \right) "
        r"\left( \prod_{s} \frac{U_s}{\max U} \right)^{1/(k - 1)} }",
    ),
    Formula(
        key="fan2024",
        twin="fan2024",
        function=fan2024,
        bounded=True,
        slopes=slopes.fan2024,
        source="Fan (2024), the R package coupling",
        formula=r"C = 1 - 2 \sqrt{ \frac{k \sum_s U_s^2 - \left( \sum_s U_s \right)^2}{k^2} }",
    ),
    Formula(
        key="no_factor",
        function=no_factor,
        bounded=False,
        slopes=slopes.standard,
        source="Liu (2017), on the formulas in 379 papers",
        formula=r"C = \frac{\left( \prod_s U_s \right)^{1/k}}{\sum_s U_s}",
        offered=False,
    ),
    Formula(
        key="no_root",
        function=no_root,
        bounded=False,
        slopes=slopes.no_root,
        source="Liu (2017), on the formulas in 379 papers",
        formula=r"C = \frac{k^k \prod_s U_s}{\left( \sum_s U_s \right)^k}",
        offered=False,
    ),
)


def coupling_degree(scores, variant="standard"):
    """Coupling degree C of two or more subsystems.

    Parameters
    ----------
    scores : array_like, shape (..., n_s)
        Scores U of the subsystems, not negative.
    variant : str
        A name of `choices.COUPLING`.

    Returns
    -------
    numpy.ndarray, shape (...)
        In [0, 1]; 0 where all scores are 0 (nothing is coupled).

    Raises
    ------
    InputError
        If there are fewer than two subsystems, a score is negative, missing or infinite, a score exceeds 1 in
        a variant that needs it not to, or the variant is unknown.

    References
    ----------
    Wang, Kong, Ren, Zhi and Dai (2021), Research on misuses and modification of coupling coordination degree model in
    China, Journal of Natural Resources 36 (3), 793-810; `fan2024` as in the R package coupling.

    Examples
    --------
    >>> coupling_degree([0.3, 0.7]).round(5)
    np.float64(0.91652)
    """
    u, formula = _checked(scores), COUPLING[variant]
    if formula.bounded and (u > 1 + 1e-9).any():
        expected = f"scores from 0 to 1 for the variant {variant}"
        raise InputError("scores", f"{u.max():g}", expected, "normalise the scores")
    return np.clip(formula.function(u), 0, 1)


def coordination_index(scores, alpha):
    """Coordination index T = sum_s alpha_s U_s.

    Parameters
    ----------
    scores : array_like, shape (..., n_s)
    alpha : array_like, shape (n_s,)
        Shares of the subsystems, adding up to 1.

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    InputError
        If the shares do not fit the scores or do not add up to 1.
    """
    u, alpha = _checked(scores), np.asarray(alpha, dtype=float)
    if alpha.shape != u.shape[-1:] or not math.isclose(alpha.sum(), 1, abs_tol=1e-9) or (alpha < 0).any():
        expected = f"{u.shape[-1]} shares that add up to 1"
        raise InputError("alpha", str(alpha.tolist()), expected, "correct alpha of the subsystems")
    return u @ alpha


def coordination_degree(scores, alpha=None, variant="standard"):
    """Coupling coordination degree D = sqrt(C T).

    Parameters
    ----------
    scores : array_like, shape (..., n_s)
    alpha : array_like, shape (n_s,), optional
        Equal shares if not given.
    variant : str
        A name of `choices.COUPLING`.

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    InputError
        See `coupling_degree` and `coordination_index`.

    Notes
    -----
    For two subsystems, equal shares and the standard variant D = (U1 U2)^(1/4): C and T add nothing beyond the
    geometric mean of the two scores.

    Examples
    --------
    >>> coordination_degree([0.3, 0.7]).round(5), round((0.3 * 0.7) ** 0.25, 5)
    (np.float64(0.67695), 0.67695)
    """
    u = _checked(scores)
    alpha = np.full(u.shape[-1], 1 / u.shape[-1]) if alpha is None else alpha
    return np.sqrt(coupling_degree(u, variant) * coordination_index(u, alpha))


def _checked(scores):
    u = np.asarray(scores, dtype=float)
    if u.ndim < 1 or u.shape[-1] < 2:
        raise InputError("scores", "fewer than two subsystems", "two or more", "add a subsystem")
    if not np.isfinite(u).all() or (u < 0).any():
        raise InputError("scores", "a negative, missing or infinite score", "numbers from 0", "check the indicators")
    return u


def level(degree, levels):
    """Level of a coordination degree.

    Parameters
    ----------
    degree : array_like, shape (...)
        D in [0, 1].
    levels : sequence of Level
        Intervals open below and closed above that follow on one another from 0 to 1.

    Returns
    -------
    numpy.ndarray of int, shape (...)
        Position in `levels`. D = 0 belongs to the first level, and a D within 1e-9 of a bound counts as the bound,
        so that 0.1 + 0.2 is in (0.2, 0.3].

    Raises
    ------
    InputError
        If D is missing or outside [0, 1].
    """
    d = np.asarray(degree, dtype=float)
    inside = (d >= -1e-9) & (d <= 1 + 1e-9)
    if not inside.all():
        raise InputError("coordination degree", str(d[~inside][0]), "0 to 1", "check the scores")
    upper = np.array([x.up_to for x in levels])
    return np.minimum(np.searchsorted(upper + 1e-9, d, side="left"), len(upper) - 1)


def lag(scores, band):
    """Which subsystem lags behind.

    Parameters
    ----------
    scores : pandas.DataFrame, shape (n, n_s)
        A column a subsystem.
    band : tuple of float
        Lower and upper bound of the ratio of two scores that count as synchronised; a ratio at a bound does.

    Returns
    -------
    pandas.Series of str
        `synchronised`, or the subsystem with the lowest score. For two subsystems the ratio is the first to the
        second; for more, it is the lowest to the highest, which must not fall below the lower bound.
    """
    u = scores.to_numpy(dtype=float)
    if u.shape[1] == 2:
        first, second = u.T
        together = (first >= band[0] * second - 1e-9) & (first <= band[1] * second + 1e-9)
    else:
        together = u.min(axis=1) >= band[0] * u.max(axis=1) - 1e-9
    lowest = scores.columns.to_numpy()[u.argmin(axis=1)]
    return pd.Series(np.where(together, "synchronised", lowest), index=scores.index, name="lag")


def coordinate(scores, study):
    """Everything about the coordination of a study's subsystems.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns region, year, coupling, coordination_index, coordination_degree, level, lag, in the order of `scores`.
    """
    u = wide_scores(scores)[[s.id for s in study.subsystems]]
    variant, alpha = study.coupling.variant, list(study.alpha.values())
    d = coordination_degree(u, alpha, variant)
    names = np.array([x.name.en for x in study.levels])
    return pd.DataFrame(
        {
            "coupling": coupling_degree(u, variant),
            "coordination_index": coordination_index(u, alpha),
            "coordination_degree": d,
            "level": names[level(d, study.levels)],
            "lag": lag(u, study.lag.synchronised),
        },
        index=u.index,
    ).reset_index()


def wide_scores(scores):
    """Return scores with a column for every subsystem.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.

    Returns
    -------
    pandas.DataFrame
        Index (region, year), rows and columns in order of first appearance.
    """
    table = scores.pivot(index=["region", "year"], columns="subsystem", values="score")
    order = pd.MultiIndex.from_frame(scores[["region", "year"]].drop_duplicates())
    return table.reindex(index=order, columns=scores["subsystem"].drop_duplicates())


def group_levels(coordination, groups, whole, levels):
    """Mean D of every group and year, and its level.

    Parameters
    ----------
    coordination : pandas.DataFrame
        Columns region, year, coordination_degree.
    groups : pandas.Series
        Group of every region.
    whole : str
        What all regions together are called.
    levels : sequence of Level

    Returns
    -------
    pandas.DataFrame
        Columns group, year, coordination_degree (mean of the regions' D), level.
    """
    result = means(coordination, "coordination_degree", groups, whole)
    names = np.array([x.name.en for x in levels])
    return result.assign(level=names[level(result["coordination_degree"], levels)])


def state(scores, coordination, year):
    """Scores and coordination of one year, a row a region.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.
    coordination : pandas.DataFrame
    year : int

    Returns
    -------
    pandas.DataFrame
        Columns region, the subsystems, coupling, coordination_index, coordination_degree, level, lag.
    """
    own = coordination[coordination["year"] == year].drop(columns="year")
    return wide_scores(scores).xs(year, level="year").reset_index().merge(own, on="region")


def decompose(coordination):
    """Split the log change of D from the first year to the last into parts from C and from T.

    Parameters
    ----------
    coordination : pandas.DataFrame
        Columns region, year, coupling, coordination_index, coordination_degree.

    Returns
    -------
    pandas.DataFrame
        Columns region, coupling, coordination_index, total; the first two add up to the third, because
        ln D = (ln C + ln T) / 2. Missing where C or T is 0.
    """
    years = coordination["year"]
    first = coordination[years == years.min()].set_index("region")
    last = coordination[years == years.max()].set_index("region").reindex(first.index)
    columns = ["coupling", "coordination_index"]
    positive = (first[columns] > 0) & (last[columns] > 0)
    parts = np.log((last[columns] / first[columns]).where(positive)) / 2
    return parts.assign(total=parts.sum(axis=1, skipna=False)).reset_index()


def level_table(levels):
    """Return the levels as a table.

    Parameters
    ----------
    levels : sequence of Level

    Returns
    -------
    pandas.DataFrame
        Columns above, up_to, level.
    """
    return pd.DataFrame([(x.above, x.up_to, x.name.en) for x in levels], columns=["above", "up_to", "level"])
