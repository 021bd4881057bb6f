"""How far results are from those of independent software: `python benchmarks/independent.py`.

Every comparison below computes one quantity twice, by the function that the paper uses and by one that others wrote, or
by the definition spelled out in plain loops, on cases drawn with fixed seeds. The largest absolute difference goes to
site/independent.csv, from which the page of methods has its table. Software that is not there is passed over, and its
rows stay as they are. To have all of it, beside what the lock pins, in an environment that is thrown away afterwards:

    python -m venv ../independent && . ../independent/bin/activate && pip install uv
    uv pip install -r requirements.lock
    uv pip install --no-deps giddy inequality mapclassify pointpats pygeoda pymcdm SALib \\
      dill llvmlite multiprocess networkx numba quantecon
    apt-get install r-cran-spdep r-cran-spatialreg  # Debian
"""

import contextlib
import io
import itertools
import math
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from coordination.diagnosis import drivers, obstacles
from coordination.dynamics import convergence, distribution, inequality, mobility, spatial_convergence
from coordination.indices import coupling, normalisation, weighting
from coordination.robustness import sensitivity
from coordination.spatial import association, autocorrelation, centre, change, neighbours
from coordination.study.document import load
from coordination.study.regions import read_regions

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "site" / "independent.csv"
COLUMNS = ["quantity", "ours", "software", "theirs", "approximate", "version", "cases", "difference"]
IN_R = ("spdep", "spatialreg")
LOOPS = "loops"  # the definition, spelled out here
# How far at most, by what is approximate about one of the results; the last digits are another machine's business
WITHIN = {"": 1e-12, "derivative": 1e-8, "integral": 1e-10, "optimiser": 1e-6, "sample": 1e-2}
TAILS = {"greater": "greater", "less": "less", "two-sided": "two.sided"}  # as R calls them


@dataclass(frozen=True)
class Comparison:
    """A quantity, who else computes it, and pairs of results (ours, theirs), a pair a case."""

    quantity: str
    ours: str
    software: str
    theirs: str
    approximate: str
    pairs: Callable

    @property
    def key(self):
        return self.quantity, self.software

    def measured(self):
        """Return the number of cases and the largest absolute difference."""
        cases, largest = 0, 0.0
        for ours, theirs in self.pairs():
            a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
            if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
                raise ValueError(f"{self.quantity}, {self.software}: results that cannot be compared")
            largest = max(largest, np.nanmax(np.abs(a - b), initial=0.0))
            cases += 1
        return cases, float(f"{largest:.1e}")


COMPARISONS = {}


def compared(quantity, ours, software, theirs, approximate=""):
    """Enter a generator of pairs as a comparison."""

    def enter(pairs):
        found = Comparison(quantity, f"coordination.{ours}", software, theirs, approximate, pairs)
        COMPARISONS[found.key] = found
        return pairs

    return enter


def version(software):
    """Return the version of a piece of software, `""` for loops, or None where it is not there."""
    if software == LOOPS:
        return ""
    if software in IN_R:
        return versions_in_r().get(software)
    try:
        with quiet():
            import_module(software)
        return metadata.version(software)
    except ImportError:
        return None


@contextlib.contextmanager
def quiet():
    """Keep warnings and prints of other packages to themselves."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


# Cases


def named(n):
    return [f"r{k}" for k in range(n)]


def long(values, name="value"):
    """A table with columns region, year and a value, from an array of regions by years."""
    n, m = values.shape
    index = pd.MultiIndex.from_product([named(n), range(2000, 2000 + m)], names=["region", "year"])
    return pd.Series(values.ravel(), index, name=name).reset_index()


def grouped(n, g):
    """A group for every region; every group has at least two."""
    return pd.Series([f"g{k % g}" for k in range(n)], named(n))


@cache
def yellow_river():
    """The Yellow River study, its regions, and its released panel, shape (n * m, k)."""
    folder = ROOT / "data" / "raw" / "yellow-river"
    study = load(folder)
    table = pd.read_csv(folder / study.panel.released)
    panel = table.pivot(index=["region", "year"], columns="indicator", values="value")
    return study, read_regions(study, folder), panel


def members():
    return {s.id: [i.id for i in s.indicators] for s in yellow_river()[0].subsystems}


@cache
def coordinated():
    """D of the Yellow River study, regions by years, in the order of its regions."""
    study, regions, panel = yellow_river()
    scores = weighting.scores(panel, weighting.weights(panel, members()))
    found = coupling.coordinate(scores, study)
    return found.pivot(index="region", columns="year", values="coordination_degree").loc[regions.index]


@cache
def maps():
    """Values of two variables and weights of every year of the Yellow River study and of 24 maps of 8 to 60 regions.

    Weights are the study's; then, in turn, symmetric contiguity, inverse squared distance, three nearest neighbours and
    rows of any weights that add up to 1.
    """
    study, regions, _ = yellow_river()
    w = pd.DataFrame(neighbours.build(study.spatial_weights, regions).to_numpy(), named(9), named(9))
    d, points = coordinated().to_numpy(), regions[["longitude", "latitude"]].to_numpy(dtype=float)
    found = [(*d.T[[t, t - 1]], w, points) for t in range(d.shape[1])]
    rng = np.random.default_rng(20)
    for k in range(24):
        n = int(rng.integers(8, 61))
        points = rng.uniform(0, 10, (n, 2))
        apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1)) + np.diag(np.full(n, np.inf))
        nearest = apart <= np.sort(apart, axis=1)[:, 2:3]
        w = [nearest | nearest.T, apart**-2.0, nearest, rng.uniform(size=(n, n)) * (nearest | nearest.T)][k % 4] * 1.0
        w = w / w.sum(axis=1, keepdims=True) if k % 4 == 3 else w
        y = rng.gamma(2, 1, (2, n)) + points[:, 0] * (k % 3) / 10
        found.append((*y, pd.DataFrame(w, named(n), named(n)), points))
    return found


@cache
def panels():
    """20 panels of 4 to 40 regions, 4 to 15 years and 2 to 8 indicators within (0, 1)."""
    rng = np.random.default_rng(21)
    return [rng.uniform(0.01, 0.99, rng.integers((4, 4, 2), (41, 16, 9))) for _ in range(20)]


@cache
def paths():
    """20 panels of positive values of 8 to 40 regions and 6 to 18 years, which grow and have memory."""
    rng, found = np.random.default_rng(22), []
    for _ in range(20):
        n, m = rng.integers((8, 6), (41, 19))
        found.append(np.exp(rng.normal(-1, 0.4, (n, 1)) + np.cumsum(rng.normal(0.02, 0.05, (n, m)), axis=1)))
    return found


def small(n, ties=False):
    """Values and weights of a few regions, for enumeration; with ties every other value is a whole number."""
    rng = np.random.default_rng(100 * n + ties)
    y = rng.integers(0, 4, n) * 1.0 if ties else rng.normal(size=n)
    w = rng.uniform(0.1, 1, (n, n)) * (1 - np.eye(n)) * (rng.uniform(size=(n, n)) < 0.7)
    w[np.arange(n), (np.arange(n) + 1) % n] = 1
    y[0] += 1
    return y, pd.DataFrame(w, named(n), named(n))


# Indices


def rows(panel):
    return panel.reshape(-1, panel.shape[-1])


@compared("min_max", "indices.normalisation.min_max", "pymcdm", "normalizations.minmax_normalization")
def _():
    from pymcdm.normalizations import minmax_normalization

    for panel in panels():
        x = pd.DataFrame(1000 * rows(panel) - 300).add_prefix("i")
        ways = {c: ("positive", "negative")[k % 2] for k, c in enumerate(x)}
        theirs = np.column_stack([minmax_normalization(x[c].to_numpy(), cost=ways[c] == "negative") for c in x])
        yield normalisation.min_max(x, ways), theirs


@compared("entropy_weights", "indices.weighting.entropy", "pymcdm", "weights.entropy_weights")
def _():
    from pymcdm.weights import entropy_weights

    for panel in panels():
        yield weighting.entropy(pd.DataFrame(rows(panel)))["weight"], entropy_weights(rows(panel))


@compared("entropy", "indices.weighting.entropy", "scipy", "stats.entropy")
def _():
    from scipy.stats import entropy

    for panel in panels():
        x = np.where(rows(panel) < 0.1, 0, rows(panel))  # zeros too
        yield weighting.entropy(pd.DataFrame(x))["entropy"], entropy(x) / np.log(len(x))


@compared("critic_weights", "indices.weighting.critic", "pymcdm", "weights.critic_weights")
def _():
    from pymcdm.weights import critic_weights

    for panel in panels():
        x = rows(panel)
        yield weighting.critic((x - x.min(axis=0)) / np.ptp(x, axis=0)), critic_weights(x)


@compared("merec_weights", "indices.weighting.merec", "pymcdm", "weights.merec_weights")
def _():
    from pymcdm.weights import merec_weights

    for panel in panels():
        yield weighting.merec(rows(panel)), merec_weights(rows(panel), np.ones(panel.shape[-1]))


@compared("variation_weights", "indices.weighting.variation", "scipy", "stats.variation")
def _():
    from scipy.stats import variation

    for panel in panels():
        spread = variation(rows(panel))
        yield weighting.variation(rows(panel)), spread / spread.sum()


@compared("principal_weights", "indices.weighting.principal", "statsmodels", "multivariate.pca.PCA")
def _():
    from statsmodels.multivariate.pca import PCA

    for panel in panels():
        if panel.shape[-1] > 2:  # of two indicators both have the same loading
            yield weighting.principal(rows(panel)), PCA(rows(panel)).loadings[:, 0] ** 2


@compared("scores", "indices.weighting.scores", "pymcdm", "methods.WSM")
def _():
    from pymcdm.methods import WSM

    for panel in panels():
        x, k = rows(panel), panel.shape[-1]
        w = weighting.entropy_weights(x)
        index = pd.MultiIndex.from_product([range(panel.shape[0]), range(panel.shape[1])], names=["region", "year"])
        weights = pd.DataFrame({"subsystem": "s", "indicator": range(k), "weight": w})
        theirs = WSM(normalization_function=lambda v, cost: v)(x, w, np.ones(k))
        yield weighting.scores(pd.DataFrame(x, index), weights)["score"], theirs


@compared("topsis", "indices.weighting.topsis", "pymcdm", "methods.TOPSIS")
def _():
    from pymcdm.methods import TOPSIS

    for panel in panels():
        w = weighting.entropy_weights(rows(panel))
        body = TOPSIS(normalization_function=lambda v, cost: v)
        yield weighting.topsis(rows(panel), w), body(rows(panel), w, np.ones(len(w)))


@compared("coupling", "indices.coupling.coupling_degree", "scipy", "stats.gmean")
def _():
    from scipy.stats import gmean

    for panel in panels():
        yield coupling.coupling_degree(panel), gmean(panel, axis=-1) / panel.mean(axis=-1)


@compared("coordination_degree", "indices.coupling.coordination_degree", "scipy", "stats.gmean")
def _():
    from scipy.stats import gmean

    for panel in panels():
        alpha = np.arange(1, panel.shape[-1] + 1) / np.arange(1, panel.shape[-1] + 1).sum()
        theirs = gmean(panel, axis=-1) / panel.mean(axis=-1) * np.average(panel, axis=-1, weights=alpha)
        yield coupling.coordination_degree(panel, alpha), np.sqrt(theirs)


@compared("study", "indices.coupling.coordinate", "scipy", "stats.entropy, stats.gmean")
def _():
    from scipy.stats import entropy, gmean

    study, regions, panel = yellow_river()
    scores = []
    for names in members().values():
        information = 1 - entropy(panel[names]) / np.log(len(panel))
        scores.append(panel[names] @ (information / information.sum()))
    u = np.column_stack(scores)
    t = np.average(u, axis=1, weights=list(study.alpha.values()))
    theirs = pd.Series(np.sqrt(gmean(u, axis=1) / u.mean(axis=1) * t), panel.index).unstack().loc[regions.index]
    yield coordinated(), theirs


@compared("coupling_wang2021", "indices.coupling.wang2021", LOOPS, "")
def _():
    for panel in panels():
        theirs = []
        for u in rows(panel):
            top, pairs = max(u), list(itertools.combinations(u, 2))
            apart = sum(abs(a - b) for a, b in pairs) / len(pairs)
            theirs.append(math.sqrt((1 - apart) * math.prod(v / top for v in u) ** (1 / (len(u) - 1))))
        yield coupling.coupling_degree(rows(panel), "wang2021"), theirs


@compared("coupling_fan2024", "indices.coupling.fan2024", LOOPS, "")
def _():
    for panel in panels():
        theirs = [max(0, 1 - 2 * np.std(u)) for u in rows(panel)]
        yield coupling.coupling_degree(rows(panel), "fan2024"), theirs


def weighed(panel):
    """A normalised panel as the notebooks hand it over, with weights of two subsystems and their shares."""
    n, m, k = panel.shape
    index = pd.MultiIndex.from_product([named(n), range(m), range(k)], names=["region", "year", "indicator"])
    x = pd.Series(panel.ravel(), index, name="value").reset_index()
    w = weighting.entropy_weights(rows(panel))
    parts = np.where(np.arange(k) < k // 2, "a", "b")
    w = w / pd.Series(w).groupby(parts).transform("sum")
    return x, pd.DataFrame({"subsystem": parts, "indicator": range(k), "weight": w}), {"a": 0.4, "b": 0.6}


@compared("obstacle_degrees", "diagnosis.obstacles.degrees", LOOPS, "")
def _():
    for panel in panels():
        x, w, alpha = weighed(panel)
        share = [alpha[s] * v for s, v in zip(w["subsystem"], w["weight"], strict=True)]
        theirs = []
        for row in rows(panel):
            lacking = [a * (1 - v) for a, v in zip(share, row, strict=True)]
            theirs += [v / math.fsum(lacking) for v in lacking]
        yield obstacles.degrees(x, w, alpha)["obstacle_degree"], theirs


@compared("contributions", "diagnosis.obstacles.mean_slopes", "scipy", "integrate.quad", "derivative")
def _():
    from scipy.integrate import quad

    for panel in panels():
        first, last = panel[0, 0], panel[0, -1]
        alpha = np.full(len(first), 1 / len(first))

        def slope(t, s, first=first, last=last, alpha=alpha):
            u, step = first + t * (last - first), np.zeros(len(first))
            step[s] = 1e-6
            high, low = (np.log(coupling.coordination_degree(v, alpha)) for v in (u + step, u - step))
            return (high - low) / 2e-6

        theirs = [quad(slope, 0, 1, args=(s,), epsabs=1e-10)[0] for s in range(len(first))]
        yield obstacles.mean_slopes(first, last, alpha), theirs


# Neighbours


@compared("great_circle", "spatial.neighbours.great_circle", "libpysal", "cg.sphere.arcdist")
def _():
    from libpysal.cg import sphere

    rng = np.random.default_rng(23)
    for _case in range(20):
        points = np.column_stack([rng.uniform(-180, 180, 12), rng.uniform(-89, 89, 12)])
        theirs = [[sphere.arcdist(a, b, neighbours.EARTH_RADIUS) for b in points] for a in points]
        yield neighbours.great_circle(points) / 1000, np.array(theirs) / 1000


@compared("nearest", "spatial.neighbours.nearest", "libpysal", "weights.KNN")
def _():
    from libpysal.weights import KNN

    for *_, w, points in maps():
        regions = pd.DataFrame(points, w.index, ["longitude", "latitude"])
        for k in (1, 4):
            with quiet():
                theirs = KNN.from_array(points, k=k).full()[0]
            yield neighbours.nearest(regions, k, "euclidean"), theirs


@compared("contiguity", "spatial.neighbours.contiguity", "spdep", "poly2nb")
def _():
    for study, shapes in outlines().items():
        size = len(shapes)
        yield neighbours.contiguity(shapes), in_r(f"map-{study}", "contiguity").reshape(size, size)


@cache
def outlines():
    import geopandas as gpd

    files = {study: ROOT / "data" / "raw" / study / "regions.geojson" for study in ("us-states", "yellow-river")}
    return {study: gpd.read_file(file).set_index("region") for study, file in files.items()}


# Autocorrelation, by spdep


def moran_cases(ours, *quantities):
    """Yield a pair a map: what `ours` makes of it by its place, and what R calls so."""
    for k in range(len(maps())):
        yield np.ravel(ours(k)), np.concatenate([in_r(f"moran-{k:02}", q) for q in quantities])


def analytic(y, w, tail="greater"):
    return autocorrelation.analytic_moran(long(y[:, None]), "value", w, tail)


def drawn(k, tail="greater"):
    y, _x, w, _points = maps()[k]
    return analytic(y, w, tail)


@compared("moran_i", "spatial.autocorrelation.analytic_moran", "spdep", "moran.test")
def _():
    yield from moran_cases(lambda k: drawn(k)[["moran_i", "expected_i"]], "moran_i", "expected_i")


@compared("moran_variance", "spatial.autocorrelation.analytic_moran", "spdep", "moran.test")
def _():
    def ours(k):
        found = drawn(k)
        away = found["moran_i"] - found["expected_i"]
        return [(away / found[f"z_{name}"]) ** 2 for name in ("normality", "randomisation")]

    yield from moran_cases(ours, "variance normality", "variance randomisation")


@compared("moran_z", "spatial.autocorrelation.analytic_moran", "spdep", "moran.test")
def _():
    columns = ["z_normality", "z_randomisation"]
    yield from moran_cases(lambda k: drawn(k)[columns], "z normality", "z randomisation")


@compared("moran_p", "spatial.autocorrelation.analytic_moran", "spdep", "moran.test")
def _():
    columns = ["p_normality", "p_randomisation"]
    names = [f"p {k} {side}" for side in TAILS.values() for k in ("normality", "randomisation")]
    yield from moran_cases(lambda k: [drawn(k, tail)[columns] for tail in TAILS], *names)


@cache
def local(k):
    y, _x, w, _points = maps()[k]
    return autocorrelation.local_moran(long(y[:, None]), "value", w, permutations=9)


def local_cases(columns, *quantities):
    for k in range(len(maps())):
        theirs = np.column_stack([in_r(f"moran-{k:02}", q) for q in quantities])
        yield local(k)[columns], theirs


@compared("local_moran", "spatial.autocorrelation.local_moran", "spdep", "localmoran")
def _():
    yield from local_cases(["local_i"], "Ii")


@compared("quadrants", "spatial.autocorrelation.quadrants", "spdep", "localmoran")
def _():
    code = {q: k for k, q in enumerate(autocorrelation.QUADRANTS, start=1)}
    for ours, theirs in local_cases(["quadrant", "quadrant_article"], "quadrant pysal", "quadrant mean"):
        yield ours.replace(code).astype(float), theirs


@cache
def geary(k):
    y, _x, w, _points = maps()[k]
    return association.geary(long(y[:, None]), "value", w, permutations=1)["geary_c"]


@compared("geary", "spatial.association.geary", "spdep", "geary.test")
def _():
    yield from moran_cases(geary, "geary_c")


@cache
def stars(k):
    y, _x, w, _points = maps()[k]
    return association.hot_spots(long(y[:, None]), "value", w, permutations=9)["g_star"]


@compared("hot_spots", "spatial.association.hot_spots", "spdep", "localG")
def _():
    yield from moran_cases(stars, "g_star")


@cache
def bivariate(k):
    y, x, w, _points = maps()[k]
    scores = pd.concat([long(v[:, None], "score").assign(subsystem=name) for name, v in (("x", x), ("y", y))])
    pair = association.bivariate_moran(scores, neighbours.row_standardise(w), permutations=1)
    first = pair[(pair["first"] == "y") & (pair["second"] == "x")]  # the neighbours' x, where the order matters
    return (first if len(first) else pair)["bivariate_i"]


@compared("bivariate_moran", "spatial.association.bivariate_moran", "spdep", "moran_bv")
def _():
    yield from moran_cases(bivariate, "bivariate_i")


@compared("false_discovery", "spatial.autocorrelation.local_moran", "spdep", "stats::p.adjust")
def _():
    for k in range(len(maps())):
        yield local(k)["significant_fdr"], in_r(f"moran-{k:02}", "false_discovery") <= 0.05


# Autocorrelation, by esda and by enumeration


def weights_of(w):
    from libpysal.weights import full2W

    with quiet():
        return full2W(w.to_numpy(), ids=list(w.index))


@compared("local_moran", "spatial.autocorrelation.local_moran", "esda", "Moran_Local.Is")
def _():
    with quiet():
        import esda
    for k, (y, _x, w, _points) in enumerate(maps()):
        with quiet():
            theirs = esda.Moran_Local(y, weights_of(w), permutations=0).Is
        yield local(k)["local_i"], theirs * len(y) / (len(y) - 1)  # esda divides by n - 1


@compared("geary", "spatial.association.geary", "esda", "Geary.C")
def _():
    with quiet():
        import esda
    for k, (y, _x, w, _points) in enumerate(maps()):
        with quiet():
            theirs = esda.Geary(y, weights_of(w), transformation="O", permutations=0).C
        yield geary(k), [theirs]


@compared("hot_spots", "spatial.association.hot_spots", "esda", "G_Local.Zs")
def _():
    with quiet():
        import esda
    for k, (y, _x, w, _points) in enumerate(maps()):
        if set(np.unique(w)) == {0.0, 1.0}:
            with quiet():
                theirs = esda.G_Local(y, weights_of(w), transform="B", star=True, permutations=0).Zs
            yield stars(k), theirs


@compared("bivariate_moran", "spatial.association.bivariate_moran", "esda", "Moran_BV.I")
def _():
    with quiet():
        import esda
    for k, (y, x, w, _points) in enumerate(maps()):
        with quiet():
            theirs = esda.Moran_BV(y, x, weights_of(w), permutations=0).I
        yield bivariate(k), [theirs]


@compared("local_moran", "spatial.autocorrelation.local_moran", "pygeoda", "local_moran")
def _():
    import pygeoda

    for k, (y, _x, w, _points) in enumerate(maps()):
        if set(np.unique(w)) == {0.0, 1.0}:
            theirs = pygeoda.local_moran(geoda_weights(w), list(map(float, y)), permutations=9).lisa_values()
            yield local(k)["local_i"], np.array(theirs) * len(y) / (len(y) - 1)  # GeoDa divides by n - 1


def geoda_weights(w):
    """Weights for pygeoda, which reads them from a file."""
    import pygeoda

    with tempfile.TemporaryDirectory() as folder:
        lines = [f"0 {len(w)} none id"]
        for k, row in enumerate(w.to_numpy()):
            linked = np.flatnonzero(row)
            lines += [f"{k} {len(linked)}", " ".join(map(str, linked))]
        file = Path(folder) / "w.gal"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return pygeoda.weights.read_gal(str(file), list(map(str, range(len(w)))))


def extreme(values, observed, expected):
    """Shares of values at least as extreme as the observed one, by tail."""
    near = 1e-9 * max(1, abs(observed))
    counts = {
        "greater": sum(v >= observed - near for v in values),
        "less": sum(v <= observed + near for v in values),
        "two-sided": sum(abs(v - expected) >= abs(observed - expected) - near for v in values),
    }
    return {tail: count / len(values) for tail, count in counts.items()}


def plain_moran(y, w):
    """Moran's I by its definition, in plain loops."""
    n, mean = len(y), math.fsum(y) / len(y)
    cross = math.fsum(w[i][j] * (y[i] - mean) * (y[j] - mean) for i in range(n) for j in range(n) if w[i][j])
    return n * cross / (math.fsum(map(math.fsum, w)) * math.fsum((v - mean) ** 2 for v in y))


def enumerated():
    """Yield values, weights and Moran's I of all arrangements of 4 to 6 regions, the observed one first."""
    for n, ties in itertools.product((4, 5, 6), (False, True)):
        y, w = small(n, ties)
        yield y, w, [plain_moran(order, w.to_numpy().tolist()) for order in itertools.permutations(y.tolist())]


@compared("moran_exact", "spatial.autocorrelation.global_moran", LOOPS, "")
def _():
    for y, w, every in enumerated():
        found = autocorrelation.global_moran(long(y[:, None]), "value", w, permutations=9).iloc[0]
        theirs = extreme(every, every[0], -1 / (len(y) - 1))
        names = [tail for tail in theirs if f"p_exact_{tail.replace('-', '_')}" in found]
        yield [found[f"p_exact_{tail.replace('-', '_')}"] for tail in names], [theirs[tail] for tail in names]


@compared("moran_permutation", "spatial.autocorrelation.global_moran", LOOPS, "", "sample")
def _():
    for y, w, every in enumerated():
        theirs = extreme(every, every[0], -1 / (len(y) - 1))
        for tail in TAILS:
            found = autocorrelation.global_moran(long(y[:, None]), "value", w, tail, permutations=99_999)
            yield found["p_permutation"], [theirs[tail]]


@compared("moran_moments", "spatial.autocorrelation.analytic_moran", LOOPS, "")
def _():
    for y, w, every in enumerated():
        found = analytic(y, w).iloc[0]
        variance = ((found["moran_i"] - found["expected_i"]) / found["z_randomisation"]) ** 2
        yield [found["moran_i"], found["expected_i"], variance], [every[0], np.mean(every), np.var(every)]


@compared("local_exact", "spatial.autocorrelation.local_moran", LOOPS, "")
def _():
    for n, ties in itertools.product((5, 6, 7), (False, True)):
        y, w = small(n, ties)
        z = (y - y.mean()) / y.std()
        shares = w.to_numpy() / w.to_numpy().sum(axis=1, keepdims=True)
        for tail in TAILS:
            found = autocorrelation.local_moran(long(y[:, None]), "value", w, tail, permutations=9)
            theirs = []
            for i in range(n):
                side, others = (1 if z[i] >= 0 else -1), np.delete(z, i)
                row = np.delete(shares[i], i)
                lags = [side * math.fsum(row * np.array(order)) for order in itertools.permutations(others)]
                theirs.append(extreme(lags, lags[0], side * others.mean())[tail])
            yield found["p_exact"], theirs


@compared("moran_change", "spatial.change.moran_change", LOOPS, "")
def _():
    for n in (4, 5, 6, 7, 8):
        (y, w), rng = small(n), np.random.default_rng(n)
        years = np.column_stack([y, y + rng.normal(size=n)])
        z = ((years - years.mean(axis=0)) / years.std(axis=0)).tolist()
        falls = []
        for swap in itertools.product((False, True), repeat=n):
            first, last = zip(*(pair[::-1] if turn else pair for pair, turn in zip(z, swap, strict=True)), strict=True)
            falls.append(plain_moran(last, w.to_numpy().tolist()) - plain_moran(first, w.to_numpy().tolist()))
        found = change.moran_change({"data": long(years)}, "value", w).iloc[0]
        theirs = extreme(falls, falls[0], 0)
        yield found[["change", "p_less", "p_two_sided"]], [falls[0], theirs["less"], theirs["two-sided"]]


@compared("centre", "spatial.centre.ellipse", "pointpats", "weighted_mean_center")
def _():
    from pointpats.centrography import weighted_mean_center

    for y, *_, points in maps():
        yield centre.ellipse(points, y)[["x", "y"]], weighted_mean_center(points, y)


@compared("ellipse", "spatial.centre.ellipse", "pointpats", "ellipse")
def _():
    from pointpats.centrography import ellipse

    for y, *_, points in maps():
        major, minor, _angle = ellipse(points, y, method="yuill", degfreedCorr=False)
        yield centre.ellipse(points, y)[["major", "minor"]], [major, minor]


@compared("trend_surface", "spatial.centre.trend_surface", "statsmodels", "OLS")
def _():
    import statsmodels.api as sm

    for y, _x, w, points in maps():
        found = centre.trend_surface(long(y[:, None]), "value", pd.DataFrame(points, w.index, ["x", "y"]), 9)
        east, north = points.T
        linear = np.column_stack([np.ones(len(y)), east, north])
        curved = np.column_stack([linear, east**2, east * north, north**2])
        theirs = [sm.OLS(y, design).fit().rsquared for design in (linear, curved)]
        theirs = [v if not reason else np.nan for v, reason in zip(theirs, found["reason"], strict=True)]
        yield found["r_squared"], theirs


# Dynamics


@compared("quartiles", "dynamics.mobility.quantile_classes", "mapclassify", "Quantiles")
def _():
    from mapclassify import Quantiles

    for y in paths():
        yield mobility.quantile_classes(y), Quantiles(y.ravel(), k=4).yb.reshape(y.shape)


def classes():
    for y in paths():
        yield mobility.quantile_classes(y / y.mean(axis=0))


@compared("markov", "dynamics.mobility.probabilities", "giddy", "markov.Markov")
def _():
    with quiet():
        from giddy.markov import Markov
    for c in classes():
        counts = mobility.transitions(c, 4)
        with quiet():
            theirs = Markov(c)
        yield [counts, mobility.probabilities(counts)], [theirs.transitions, theirs.p]


@compared("ergodic", "dynamics.mobility.ergodic", "giddy", "ergodic.steady_state")
def _():
    with quiet():
        from giddy.ergodic import steady_state
    for c in classes():
        counts = mobility.transitions(c, 4)
        ours = mobility.ergodic(counts)
        theirs = np.asarray(steady_state(mobility.probabilities(counts)))
        if not np.isnan(ours).any() and theirs.ndim == 1:
            yield ours, theirs


@compared("shorrocks", "dynamics.mobility.mobility", "giddy", "mobility.markov_mobility")
def _():
    with quiet():
        from giddy.mobility import markov_mobility
    for c in classes():
        counts = mobility.transitions(c, 4)
        yield [mobility.mobility(counts)["shorrocks"]], [markov_mobility(mobility.probabilities(counts), measure="P")]


@compared("spatial_markov", "dynamics.mobility.spatial_markov", "giddy", "markov.Spatial_Markov")
def _():
    with quiet():
        from giddy.markov import Spatial_Markov
    for k, y in enumerate(paths()):
        rng = np.random.default_rng(k)
        linked = (rng.uniform(size=(len(y), len(y))) < 4 / len(y)) | np.roll(np.eye(len(y), dtype=bool), 1, axis=1)
        w = pd.DataFrame((linked & ~np.eye(len(y), dtype=bool)) * 1.0, named(len(y)), named(len(y)))
        relative = y / y.mean(axis=0)
        table, tested = mobility.spatial_markov(long(relative), "value", w, permutations=1)
        graph = weights_of(neighbours.row_standardise(w))
        with quiet():
            theirs = Spatial_Markov(relative, graph, k=4, m=4, fixed=True)
            q = theirs.Q
        yield np.append(table["count"], tested["q"]), np.append(theirs.T.ravel(), q)


@compared("kendall", "dynamics.mobility.rank_mobility", "scipy", "stats.kendalltau")
def _():
    from scipy.stats import kendalltau

    for y in paths():
        found = mobility.rank_mobility(long(y), "value", grouped(len(y), 3))
        yield found["tau_first"], [kendalltau(y[:, 0], v).statistic for v in y.T]


@compared("theta", "dynamics.mobility.rank_mobility", "giddy", "rank.Theta")
def _():
    with quiet():
        from giddy.rank import Theta
    for y in paths():
        groups = grouped(len(y), 3)
        found = mobility.rank_mobility(long(y), "value", groups)
        with np.errstate(invalid="ignore"):
            theirs = Theta(y, groups.to_numpy(), permutations=1).theta
        yield found["theta"].iloc[1:], np.ravel(theirs)


@compared("gini", "dynamics.inequality.gini", "inequality", "gini.Gini")
def _():
    from inequality.gini import Gini

    for y in paths():
        yield [inequality.gini(v) for v in y.T], [Gini(v).g for v in y.T]


@compared("theil_t", "dynamics.inequality.theil", "inequality", "theil.TheilD")
def _():
    from inequality.theil import TheilD

    for y in paths():
        groups = grouped(len(y), 3).to_numpy()
        theirs = [TheilD(v, groups) for v in y.T]
        parts = [[np.squeeze(t.T), np.squeeze(t.wg), np.squeeze(t.bg)] for t in theirs]
        yield [inequality.theil(v, groups) for v in y.T], parts


@compared("theil_l", "dynamics.inequality.theil", LOOPS, "")
def _():
    for y in paths():
        groups, theirs = grouped(len(y), 3).to_numpy(), []
        for v in y.T:
            parts = [v[groups == g].tolist() for g in np.unique(groups)]
            mean = math.fsum(v) / len(v)
            means = [math.fsum(p) / len(p) for p in parts]
            within = math.fsum(math.log(m / x) for p, m in zip(parts, means, strict=True) for x in p) / len(v)
            between = math.fsum(len(p) / len(v) * math.log(mean / m) for p, m in zip(parts, means, strict=True))
            theirs.append([math.fsum(math.log(mean / x) for x in v) / len(v), within, between])
        yield [inequality.theil(v, groups, "L") for v in y.T], theirs


@compared("dagum", "dynamics.inequality.dagum", LOOPS, "")
def _():
    for y in paths():
        groups = grouped(len(y), 3).to_numpy()
        yield [inequality.dagum(v, groups) for v in y.T[:4]], [plain_dagum(v.tolist(), groups) for v in y.T[:4]]


def plain_dagum(y, groups):
    """Dagum's (1997) equations: G_jh, D_jh = (d_jh - p_jh) / (d_jh + p_jh), shares of regions and of the total."""
    parts = [[v for v, own in zip(y, groups, strict=True) if own == g] for g in sorted(set(groups))]
    n, total = len(y), math.fsum(y)
    mean = [math.fsum(p) / len(p) for p in parts]
    people, income = [len(p) / n for p in parts], [math.fsum(p) / total for p in parts]
    within, net, over = [], [], []
    for j, own in enumerate(parts):
        apart = math.fsum(abs(a - b) for a in own for b in own) / len(own) ** 2
        within.append(apart / (2 * mean[j]) * people[j] * income[j])
        for h, other in enumerate(parts):
            if mean[h] >= mean[j]:
                continue
            d = math.fsum(a - b for a in own for b in other if a > b) / (len(own) * len(other))
            p = math.fsum(b - a for a in own for b in other if b > a) / (len(own) * len(other))
            both = (d + p) / (mean[j] + mean[h]) * (people[j] * income[h] + people[h] * income[j])
            net.append(both * (d - p) / (d + p))
            over.append(both * (1 - (d - p) / (d + p)))
    parts = [math.fsum(v) for v in (within, net, over)]
    return [math.fsum(parts), *parts]


@compared("between_test", "dynamics.inequality.between_test", LOOPS, "")
def _():
    for n in (6, 7, 8):
        y = np.random.default_rng(n).gamma(2, 1, n)
        groups = grouped(n, 2).tolist()

        def between(labels, y=y, n=n):
            parts = [[v for v, own in zip(y, labels, strict=True) if own == g] for g in ("g0", "g1")]
            return math.fsum(sum(p) / y.sum() * math.log(sum(p) / y.sum() / (len(p) / n)) for p in parts)

        every = [between(labels) for labels in set(itertools.permutations(groups))]
        theirs = sum(v >= between(groups) - 1e-9 for v in every) / len(every)
        yield inequality.between_test([y], groups)[0], [theirs]


@compared("sigma", "dynamics.convergence.sigma", "scipy", "stats.linregress")
def _():
    from scipy.stats import linregress, variation

    for y in paths():
        found = convergence.sigma(long(y), "value", grouped(len(y), 1), "all", lambda a, b: b - a, draws=9).iloc[0]
        spread = variation(y, axis=0)
        yield found[["first", "last", "slope"]], [spread[0], spread[-1], linregress(range(len(spread)), spread).slope]


def growth_panel(y):
    logs = np.log(y)
    n, m = logs.shape
    index = pd.MultiIndex.from_product([range(n), range(m - 1)], names=["region", "year"])
    return pd.DataFrame({"growth": np.diff(logs).ravel(), "level": logs[:, :-1].ravel()}, index)


def beta_models(y):
    found = convergence.beta(long(y), "value", grouped(len(y), 3), lambda a, b: b - a, draws=9)
    return found.set_index("model")


@compared("beta", "dynamics.convergence.beta", "statsmodels", "OLS, cov_type=cluster")
def _():
    import statsmodels.formula.api as smf

    formulas = {
        "panel": "growth ~ level + C(year)",
        "groups": "growth ~ level + C(year) + C(group)",
        "regions": "growth ~ level + C(year) + C(region)",
    }
    for y in paths():
        stacked = growth_panel(y).reset_index()
        stacked["group"] = grouped(len(y), 3).to_numpy()[stacked["region"]]
        span = y.shape[1] - 1
        ends = pd.DataFrame({"growth": np.log(y[:, -1] / y[:, 0]) / span, "level": np.log(y[:, 0])})
        cases = [("absolute", "growth ~ level", ends.assign(region=range(len(y))))]
        cases += [(model, formula, stacked) for model, formula in formulas.items()]
        theirs = []
        for _model, formula, data in cases:
            with quiet():
                fit = smf.ols(formula, data).fit(cov_type="cluster", cov_kwds={"groups": data["region"]}, use_t=True)
            theirs.append([fit.params["level"], fit.bse["level"], fit.pvalues["level"]])
        yield beta_models(y).loc[[c[0] for c in cases], ["coefficient", "error", "p"]], theirs


@compared("wild_bootstrap", "dynamics.convergence.clustered", "statsmodels", "OLS")
def _():
    import statsmodels.api as sm

    for y in paths()[:4]:
        data = growth_panel(y[:5]).reset_index()
        design = np.column_stack([data["level"], pd.get_dummies(data["year"], dtype=float)])
        region = data["region"].to_numpy()
        restricted = sm.OLS(data["growth"], design[:, 1:]).fit()

        def t_value(growth, design=design, region=region):
            fit = sm.OLS(growth, design).fit(cov_type="cluster", cov_kwds={"groups": region})
            return abs(fit.params.iloc[0] / fit.bse.iloc[0])

        every = [
            t_value(restricted.fittedvalues + np.array(signs)[region] * restricted.resid)
            for signs in itertools.product((1, -1), repeat=5)
        ]
        found = convergence.clustered(*(data[c].to_numpy().reshape(5, -1) for c in ("growth", "level")))
        yield [found["p_wild"]], [np.mean(np.array(every) >= every[0] * (1 - 1e-9))]


@compared("beta", "dynamics.convergence.beta", "linearmodels", "PanelOLS")
def _():
    from linearmodels import PanelOLS

    for y in paths():
        data = growth_panel(y)
        with quiet():
            fit = PanelOLS(data["growth"], data[["level"]], entity_effects=True, time_effects=True).fit()
        yield [beta_models(y).loc["regions", "coefficient"]], [fit.params["level"]]


@compared("residual_moran", "dynamics.spatial_convergence.residual_moran", "spdep", "lm.morantest.exact", "integral")
def _():
    for k, (y, x, w, _points) in enumerate(maps()):
        growth = pd.DataFrame({"region": w.index, "level": x, "growth": y})
        found = spatial_convergence.residual_moran(growth, w)
        for tail in ("greater", "less"):
            if (f"moran-{k:02}", f"residual {tail}") in answers():  # R's integral does not always converge
                yield found[["moran", f"p_{tail}"]], in_r(f"moran-{k:02}", f"residual {tail}")


@compared(
    "spatial_convergence", "dynamics.spatial_convergence.models", "spatialreg", "lagsarlm, errorsarlm", "optimiser"
)
def _():
    for k, (data, w) in enumerate(cross_sections()):
        growth = pd.DataFrame({"region": w.index, "level": data["x1"], "growth": data["y"]})
        found = spatial_convergence.models(growth, w, 1).set_index("model")
        lag = found.loc["spatial_lag", ["coefficient", "space", "direct", "total", "aic"]]
        error = found.loc["spatial_error", ["coefficient", "space", "aic"]]
        theirs = [in_r(f"model-{k:02}", quantity) for quantity in ("convergence", "convergence error")]
        yield np.concatenate([lag, error]), np.concatenate(theirs)


@compared("density", "dynamics.distribution.density", "statsmodels", "nonparametric.KDEUnivariate")
def _():
    from statsmodels.nonparametric.kde import KDEUnivariate

    for y in paths():
        for _year, own in distribution.density(long(y[:, :3]), "value", 50).groupby("year"):
            theirs = KDEUnivariate(y[:, _year - 2000])
            theirs.fit(bw=own["bandwidth"].iloc[0], fft=False)
            yield own["density"], theirs.evaluate(own["x"].to_numpy())


# Robustness and diagnosis


def designs():
    """Outcomes of full factorial designs of 2 to 4 levels in 3 to 4 factors, with interactions."""
    rng = np.random.default_rng(24)
    for k in range(8):
        shape = tuple(rng.integers(2, 5, 3 + k % 2))
        mains = np.ix_(*(rng.normal(size=levels) for levels in shape))
        yield sum(mains) + 0.3 * rng.normal(size=shape)


@compared("sobol", "robustness.sensitivity.factorial_shares", "statsmodels", "stats.anova.anova_lm")
def _():
    import statsmodels.formula.api as smf
    from statsmodels.stats.anova import anova_lm

    for y in designs():
        names = [f"f{k}" for k in range(y.ndim)]
        data = pd.DataFrame(np.indices(y.shape).reshape(y.ndim, -1).T, columns=names).assign(y=y.ravel())
        mains = anova_lm(smf.ols("y ~ " + " + ".join(f"C({n})" for n in names), data).fit())
        whole = ((data["y"] - data["y"].mean()) ** 2).sum()
        first = [mains.loc[f"C({n})", "sum_sq"] / whole for n in names]
        total = [
            1 - smf.ols("y ~ " + " * ".join(f"C({o})" for o in names if o != n), data).fit().rsquared for n in names
        ]
        yield sensitivity.factorial_shares(y[..., None]), (first, total)


@compared("sobol", "robustness.sensitivity.factorial_shares", "SALib", "analyze.sobol", "sample")
def _():
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    for y in designs():
        problem = {"num_vars": y.ndim, "names": [f"f{k}" for k in range(y.ndim)], "bounds": [[0, 1]] * y.ndim}
        with quiet():
            drawn = sample.sample(problem, 2**14, calc_second_order=False, seed=1)
            levels = (drawn * y.shape).astype(int).clip(max=np.array(y.shape) - 1)
            found = analyse.analyze(problem, y[tuple(levels.T)], calc_second_order=False, num_resamples=2, seed=1)
        yield sensitivity.factorial_shares(y[..., None]), (found["S1"], found["ST"])


@compared("q_statistic", "diagnosis.drivers.q_statistic", "statsmodels", "OLS")
def _():
    import statsmodels.formula.api as smf

    for y, x, *_ in maps():
        labels = drivers.strata(x)
        yield (
            [drivers.q_statistic(y, labels)],
            [smf.ols("y ~ C(s)", pd.DataFrame({"y": y, "s": labels})).fit().rsquared],
        )


@cache
def cross_sections():
    """Six cross-sections of 40 to 80 regions with two covariates and a spatial lag."""
    rng, found = np.random.default_rng(25), []
    for k in range(6):
        n = int(rng.integers(40, 81))
        points = rng.uniform(0, 10, (n, 2))
        apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1)) + np.diag(np.full(n, np.inf))
        near = (apart <= np.sort(apart, axis=1)[:, 3:4]) * 1.0
        x = rng.normal(size=(n, 2))
        y = np.linalg.solve(np.eye(n) - (0.1 + 0.1 * k) * near / 4, x @ [1, -0.5] + rng.normal(size=n))
        found.append((pd.DataFrame({"y": y, "x1": x[:, 0], "x2": x[:, 1]}), pd.DataFrame(near, named(n), named(n))))
    return found


def spatial_model(data, w, model):
    keys = pd.DataFrame({"region": named(len(data)), "year": 2000})
    table, causes = keys.assign(value=data["y"]), keys.assign(x1=data["x1"], x2=data["x2"])
    return drivers.spatial_model(table, "value", causes, w, model).set_index("variable")


def model_cases(model, columns, *quantities):
    for k, (data, w) in enumerate(cross_sections()):
        found = spatial_model(data, w, model)
        theirs = [in_r(f"model-{k:02}", q) for q in quantities]
        ours = found[columns] if columns == ["coefficient"] else found.loc[["x1", "x2"], columns]
        yield np.ravel(ours.to_numpy().T), np.ravel(theirs)


@compared("spatial_lag", "diagnosis.drivers.spatial_model", "spatialreg", "lagsarlm", "optimiser")
def _():
    yield from model_cases("spatial_lag", ["coefficient"], "lag")


@compared("spatial_error", "diagnosis.drivers.spatial_model", "spatialreg", "errorsarlm", "optimiser")
def _():
    yield from model_cases("spatial_error", ["coefficient"], "error")


@compared("spatial_effects", "diagnosis.drivers.spatial_model", "spatialreg", "impacts", "optimiser")
def _():
    yield from model_cases("spatial_lag", ["direct", "indirect"], "direct", "indirect")


# R


@cache
def answers():
    """Let R answer all cases at once: loading its packages takes longer than the cases do."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for k, (y, x, w, _points) in enumerate(maps()):
            p = local(k)["p_exact"].fillna(local(k)["p_permutation"])
            lay(folder / f"moran-{k:02}", pd.DataFrame({"y": y, "x": x, "p": p}), w)
        for k, (data, w) in enumerate(cross_sections()):
            lay(folder / f"model-{k:02}", data, w)
        for study, shapes in outlines().items():
            place = folder / f"map-{study}"
            place.mkdir()
            shapes.reset_index()[["region", "geometry"]].to_file(place / "regions.geojson", driver="GeoJSON")
        done = subprocess.run(
            ["Rscript", str(Path(__file__).with_suffix(".R")), str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"Rscript: {done.stderr[-2000:]}")
        table = pd.read_csv(folder / "answers.csv").sort_values("place", kind="stable")
        return {key: part["value"].to_numpy() for key, part in table.groupby(["case", "quantity"])}


def lay(folder, values, w):
    folder.mkdir()
    values.to_csv(folder / "values.csv", index=False, float_format="%.17g")
    w.to_csv(folder / "weights.csv", index=False, float_format="%.17g")


def in_r(case, quantity):
    return answers()[case, quantity]


@cache
def versions_in_r():
    """Return the versions of R's packages that are there."""
    if not shutil.which("Rscript"):
        return {}
    ask = "for (p in commandArgs(TRUE)) if (nzchar(system.file(package = p))) cat(p, format(packageVersion(p)), '\\n')"
    done = subprocess.run(["Rscript", "-e", ask, *IN_R], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def main():
    record = (
        pd.read_csv(RECORD, dtype=str, keep_default_na=False) if RECORD.is_file() else pd.DataFrame(columns=COLUMNS)
    )
    earlier = record.set_index(["quantity", "software"])
    lines = []
    order = list(dict.fromkeys(quantity for quantity, _ in COMPARISONS))
    for key, comparison in sorted(COMPARISONS.items(), key=lambda item: order.index(item[0][0])):
        there = version(comparison.software)
        if there is None:
            print(f"{comparison.quantity}: {comparison.software} is not there; what was found before stays")
            if key in earlier.index:
                lines.append(dict(zip(earlier.index.names, key, strict=True)) | earlier.loc[key].to_dict())
            continue
        cases, difference = comparison.measured()
        lines.append(
            {c: getattr(comparison, c) for c in COLUMNS[:5]}
            | {"version": there, "cases": cases, "difference": f"{difference:g}"}
        )
        print(f"{comparison.quantity}: {comparison.software} {there}, {cases} cases, {difference:g}")
    pd.DataFrame(lines)[COLUMNS].to_csv(RECORD, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
