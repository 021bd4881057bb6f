"""Spatial autocorrelation of one version of the results, or of many at once, as claims ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from coordination.replication.measures import Results, tails
from coordination.sections import exact_column
from coordination.spatial import autocorrelation, permutation
from coordination.spatial import change as spatial_change

SMALL = 12  # regions, up to which there are more permutations

DRAWS = 499  # permutations

FEWER = 199  # permutations of more regions

FEW = 64


@dataclass(frozen=True)
class Fall:
    """Whether Moran's I falls between two years in b versions, and whether by more than chance.

    Attributes
    ----------
    clear, fell : numpy.ndarray of bool, shape (b,)
    first, last, p_less, p_two_sided : numpy.ndarray, shape (b,)
        Moran's I at the ends, and p values of its change; p missing where only `clear` is known.
    """

    clear: np.ndarray
    fell: np.ndarray
    first: np.ndarray
    last: np.ndarray
    p_less: np.ndarray
    p_two_sided: np.ndarray


@dataclass(frozen=True)
class Tabled:
    """What the hand-over tables say of one version.

    Attributes
    ----------
    study : Study
    regions : pandas.DataFrame
    table : pandas.DataFrame
        Rows of `global-moran`.
    local : pandas.DataFrame
        Rows of `local-moran`.
    change : pandas.DataFrame or None
        Rows of `moran-change`; None if the study leaves it out.
    """

    study: object
    regions: object
    table: object
    local: object
    change: object = None

    def moran(self):
        """Return years and Moran's I, shape (1, m)."""
        return self.table["year"].tolist(), self.table["moran_i"].to_numpy(float)[None]

    def p_values(self, own):
        """Return p values of Moran's I of some years, shape (1, years), by kind of inference, where there are any."""
        tail = self.study.autocorrelation.tail
        kinds = {"normal": "p_randomisation"} | {
            c.removeprefix("p_"): c for c in (exact_column(tail), "p_exact_two_sided")
        }
        return {k: self.table[c].to_numpy(float)[None, own] for k, c in kinds.items() if self.table[c].notna().all()}

    def quadrants(self, year):
        """Return quadrants by axes, shape (1, n), empty where unknown, and the lag; None for another year."""
        own = self.local[self.local["year"] == year].set_index("region").reindex(self.regions.index)
        if own["quadrant"].isna().all():
            return None
        columns = {"means": "quadrant_article", "zero": "quadrant"}
        axes = {k: own[c].astype(object).where(own[c].notna(), "").to_numpy()[None] for k, c in columns.items()}
        return axes, own["lag"].to_numpy(float)[None]

    def fall(self, first, last):
        """Return the `Fall` between two years; None if it was not tested."""
        if self.change is None:
            return None
        own = self.change[self.change["change"].notna()]
        own = own[(own["first"].map(str) == str(first)) & (own["last"].map(str) == str(last))][:1]
        if own.empty:
            return None
        fell = own["change"].to_numpy() < 0
        clear = fell & (own["p_less"].to_numpy() <= self.study.autocorrelation.significance)
        parts = (own[c].to_numpy(float) for c in ("moran_first", "moran_last", "p_less", "p_two_sided"))
        return Fall(clear, fell, *parts)


@dataclass(frozen=True)
class Computed:
    """What follows from many versions of D under given spatial weights; each is computed when it is asked for.

    Attributes
    ----------
    study : Study
    values : numpy.ndarray, shape (b, n, m)
    years : tuple
    weights : array_like, shape (n, n)
        As the global statistic uses them.
    shared : dict
        Keeps what was computed of these values whatever the weights.
    """

    study: object
    values: np.ndarray
    years: tuple
    weights: object
    shared: dict = field(default_factory=dict)

    @property
    def _moments(self):
        if "moments" not in self.shared:
            self.shared["moments"] = moments(self.values)
        return self.shared["moments"]

    @cached_property
    def _index(self):
        return moran(self.values, self.weights, self._moments)[0]

    def moran(self):
        """Return years and Moran's I, shape (b, m)."""
        return list(self.years), self._index

    def p_values(self, own):
        """Return p values of Moran's I, shape (b, years asked for), by the study's tail and two-sided.

        Of few versions as the study's own table has them, by enumeration where that is feasible. Of many by 499
        permutations that all versions share, 199 with more than 12 regions: p then says no more than on which side of
        the level of significance it is, and is missing where without it most years are significant, or not most.
        """
        (y, variance, _), asked, seed = self._moments, self.study.autocorrelation, self.study.seed
        b, n, m = len(y), y.shape[2], len(own)
        z, w = (y[:, own] / np.sqrt(variance[:, own])[:, :, None]), np.asarray(self.weights)
        if b * m <= FEW:
            known = z.reshape(-1, n), w / w.sum(), self._index[:, own].ravel(), -1 / (n - 1)
            found = permutation.exact_global(*known) or permutation.sampled_global(*known, asked.permutations, seed)
            some = np.isfinite(variance[:, own])
            return {tail: np.where(some, found[tail].reshape(b, m), np.nan) for tail in tails(self.study)}
        p, left = {tail: np.full((b, m), np.nan) for tail in tails(self.study)}, np.arange(b)
        draws = DRAWS if n <= SMALL else FEWER
        for k in range(m):
            found = permutation.screened_global(z[left, k], w, p, asked.significance, draws, seed)
            open_ = np.zeros(len(left), dtype=bool)
            for tail, values in p.items():
                values[left, k] = found[tail]
                with np.errstate(invalid="ignore"):
                    count = (values[left] <= asked.significance).sum(axis=1)
                open_ |= (count <= m / 2) & (count + m - k - 1 > m / 2)
            left = left[open_]
        return p

    @cached_property
    def _quadrants(self):
        return {}

    def quadrants(self, year):
        """Return quadrants by axes, shape (b, n), and the lag; None for another year."""
        if year not in self.years:
            return None
        if year not in self._quadrants:
            self._quadrants[year] = quadrants(self.values[:, :, list(self.years).index(year)], self.weights)
        return self._quadrants[year]

    def fall(self, first, last):
        """Return the `Fall` between the first and the last of all years; None for others."""
        if (first, last) != (self.years[0], self.years[-1]) or len(self.years) == 1:
            return None
        ends = self.values[:, :, 0], self.values[:, :, -1]
        clear = spatial_change.weakened(*ends, self.weights, self.study.autocorrelation.significance, self.study.seed)
        i, unknown = self._index, np.full(len(clear), np.nan)
        with np.errstate(invalid="ignore"):
            return Fall(clear, i[:, -1] < i[:, 0], i[:, 0], i[:, -1], unknown, unknown)


def computed(values, years, study, regions, weights):
    """Return versions of the results with what follows from them under every one of some spatial weights.

    Parameters
    ----------
    values : dict of str to numpy.ndarray, shape (b, n, m)
        See `measures.Results`; `coordination_degree` is among them.
    years : sequence
    study : Study
    regions : pandas.DataFrame
    weights : dict of str to array_like, shape (n, n)

    Returns
    -------
    dict of str to Results
    """
    degree, shared = values["coordination_degree"], {}
    return {
        name: Results(study, regions, values, tuple(years), Computed(study, degree, tuple(years), w, shared))
        for name, w in weights.items()
    }


def moran(values, weights, known=None):
    """Moran's I and its z value under randomisation in many versions at once.

    Parameters
    ----------
    values : numpy.ndarray, shape (b, n, m)
    weights : array_like, shape (n, n)
    known : tuple of numpy.ndarray, optional
        The `moments` of the values, for more than one set of weights.

    Returns
    -------
    tuple of numpy.ndarray, shape (b, m)
        I and z; missing where all regions have the same value.

    References
    ----------
    Cliff and Ord (1981), Spatial processes, p. 44-46.
    """
    w = np.asarray(weights, dtype=float)
    n = len(w)
    s0, s1 = w.sum(), ((w + w.T) ** 2).sum() / 2
    s2 = ((w.sum(axis=0) + w.sum(axis=1)) ** 2).sum()
    y, m2, kurtosis = moments(values) if known is None else known
    i = (_lag(y, w) * y).sum(axis=2) / (s0 * m2)
    a = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    b = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    expected = -1 / (n - 1)
    if n < 4:  # no variance
        return i, np.full(i.shape, np.nan)
    variance = (a - b) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    return i, (i - expected) / np.sqrt(np.where(variance > 0, variance, np.nan))


def _lag(values, w):
    """Return spatial lags of values, shape (..., n)."""
    w = permutation.compact(w) if len(w) >= permutation.SPARSE else w
    return (values.reshape(-1, w.shape[0]) @ w.T).reshape(values.shape)


def moments(values):
    """Return what Moran's I needs of the values whatever the weights.

    Parameters
    ----------
    values : numpy.ndarray, shape (b, n, m)

    Returns
    -------
    tuple of numpy.ndarray, shapes (b, m, n), (b, m) and (b, m)
        Deviations from the mean of the regions, their variance (missing where all are alike) and their kurtosis.
    """
    y = np.ascontiguousarray(np.swapaxes(values - values.mean(axis=1, keepdims=True), 1, 2))
    square = y * y
    m2 = np.where(np.ptp(values, axis=1) <= 1e-12, np.nan, square.mean(axis=2))
    return y, m2, (square * square).mean(axis=2) / m2**2


def quadrants(values, weights):
    """Quadrants of the regions in many versions at once.

    Parameters
    ----------
    values : numpy.ndarray, shape (b, n)
    weights : array_like, shape (n, n)
        Row-standardised here.

    Returns
    -------
    axes : dict of str to numpy.ndarray of str, shape (b, n)
        With axes at the means of the variable and of its lag, and at zero (see `autocorrelation.quadrants`).
    lag : numpy.ndarray, shape (b, n)
        Of the standardised values.
    """
    w = np.asarray(weights, dtype=float)
    total = w.sum(axis=1, keepdims=True)
    w = np.divide(w, total, out=np.zeros_like(w), where=total > 0)
    spread = values.std(axis=1, keepdims=True)
    z = np.divide(values - values.mean(axis=1, keepdims=True), spread, out=np.zeros_like(values), where=spread > 0)
    lag = _lag(z, w)
    up = {"means": lag[:, total[:, 0] > 0].mean(axis=1, keepdims=True), "zero": 0.0}
    found = {k: autocorrelation.quadrants(z, lag, up=axis) for k, axis in up.items()}
    return {k: np.where(total[:, 0] > 0, q, "none") for k, q in found.items()}, lag
