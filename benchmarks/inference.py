"""How fast the inference is, as ratios within one run: `python benchmarks/inference.py [--repeats 3] [--largest 2850]`.

Three tables. Global and local Moran's I against a loop over the years with esda (whose compiled kernel is warm, if
numba is there) and, where it is installed, with pygeoda: the calls compared follow one another, and the median of their
ratios counts, so that what else the machine does touches both. All arrangements of nine regions against a sample of
esda. And every stage of the inference for more and more regions, with the exponent of its growth.
Seconds are those of the processor, one thread, as in the notebooks; ratios of wall time stand beside them.

numba and pygeoda are not in the lock: `pip install numba pygeoda` into an environment of one's own.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # as in the kernels of the notebooks

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.spatial import Delaunay

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from coordination.diagnosis import drivers
from coordination.dynamics import convergence, inequality, mobility, spatial_convergence
from coordination.replication import versions
from coordination.spatial import association, autocorrelation, centre, change, influence, joint, neighbours, permutation
from coordination.study.model import SpatialWeights

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import esda
    from libpysal.graph import Graph

REGIONS, YEARS, PERMUTATIONS = (9, 48, 400, 2850), (1, 20), (999, 9999)
GROWING = (333, 1000, 2850)


def measured(function):
    """Return seconds of the processor and of the wall."""
    start = time.process_time(), time.perf_counter()
    function()
    return time.process_time() - start[0], time.perf_counter() - start[1]


def compared(ours, theirs, repeats):
    """Return the medians of our seconds, and of both ratios, over pairs of calls."""
    pairs = [(measured(ours), measured(theirs)) for _ in range(repeats)]
    ratios = [[b / a for a, b in zip(own, other, strict=True)] for own, other in pairs]
    return statistics.median(own[0] for own, _ in pairs), *map(statistics.median, zip(*ratios, strict=True))


def triangulated(n, seed=1):
    """Return links, shape (n, n), between random points whose regions touch, and the points."""
    points = np.random.default_rng(seed).random((n, 2))
    ends = Delaunay(points).simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    links = coo_array((np.ones(len(ends)), ends.T), (n, n)).tocsr()
    return csr_array(((links + links.T) > 0).astype(float)), points


def case(n, years, seed=1):
    """Return standardised values, shape (years, n), and row-standardised weights."""
    links, points = triangulated(n)
    w = csr_array(links / links.sum(axis=1)[:, None])
    y = np.random.default_rng(seed).normal(size=(years, n)) + points[:, 0]
    return autocorrelation.standardised(y), w


def pygeoda_weights(w):
    """Return weights for pygeoda; None without it."""
    try:
        import pygeoda
    except ImportError:
        return None
    rows = np.split(w.indices, w.indptr[1:-1])
    lines = [f"0 {len(rows)} none id", *(f"{k} {len(row)}\n{' '.join(map(str, row))}" for k, row in enumerate(rows))]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "w.gal"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return pygeoda.weights.read_gal(str(file), [str(k) for k in range(len(rows))])


def against_others(largest, repeats):
    print(f"{'':34}{'P':>6}{'ours, s':>10}{'esda: cpu':>11}{'wall':>7}{'pygeoda complete':>18}{'look-up':>9}")
    for n in (n for n in REGIONS if n <= largest):
        for years in YEARS:
            z, w = case(n, years)
            links = w.tocoo()
            graph, geoda = Graph.from_arrays(links.row, links.col, links.data), pygeoda_weights(w)
            lag, side = z @ w.T, np.where(z >= 0, 1.0, -1.0)
            observed, shares = (z * lag).sum(axis=1) / n, w / n
            centre = -side * z / (n - 1)
            for p in PERMUTATIONS:
                settings = {"transformation": "R", "permutations": p}

                def ours(z=z, shares=shares, observed=observed, n=n, p=p):
                    permutation.sampled_global(z, shares, observed, -1 / (n - 1), p, 1)

                def loop(z=z, graph=graph, settings=settings):
                    for row in z:
                        esda.Moran(row, graph, **settings)

                def own_local(z=z, w=w, side=side, lag=lag, centre=centre, p=p):
                    permutation.sampled_local(z, w, side, side * lag, centre, "two-sided", p, 1)

                def local_loop(z=z, graph=graph, settings=settings):
                    for row in z:
                        esda.Moran_Local(row, graph, seed=1, **settings)

                def geoda_loop(method, z=z, geoda=geoda, p=p):
                    import pygeoda

                    for row in z:
                        how = {"permutation_method": method, "cpu_threads": 1, "permutations": p}
                        pygeoda.local_moran(geoda, row.tolist(), **how)

                seconds, cpu, wall = compared(ours, loop, repeats)
                print(f"global, {n:5} regions, {years:2} years {p:10}{seconds:10.3f}{cpu:11.1f}{wall:7.1f}", flush=True)
                esda.Moran_Local(z[0], graph, transformation="R", permutations=9, seed=1)  # compiles
                seconds, cpu, wall = compared(own_local, local_loop, repeats)
                methods = ("complete", "lookup") if geoda else ()
                found = [compared(own_local, lambda m=m: geoda_loop(m), repeats)[1] for m in methods]
                shown = "".join(f"{r:{width}.1f}" for r, width in zip(found, (18, 9), strict=False))
                print(
                    f"local,  {n:5} regions, {years:2} years {p:10}{seconds:10.3f}{cpu:11.1f}{wall:7.1f}{shown}",
                    flush=True,
                )


def enumerated(repeats):
    z, w = case(9, 11)
    links = w.tocoo()
    graph, shares = Graph.from_arrays(links.row, links.col, links.data), w / 9
    observed = ((z @ shares) * z).sum(axis=1)
    seconds, cpu, _ = compared(
        lambda: permutation.exact_global(z, shares, observed, -1 / 8),
        lambda: [esda.Moran(row, graph, transformation="R", permutations=9999) for row in z],
        repeats,
    )
    print(f"\nall 9! arrangements of 11 years: {seconds:.3f} s; esda's 9999 of them take {cpu:.1f} times as much (cpu)")


def stages(n, years, draws):
    """Return calls of the stages by name, on made-up tables of n regions."""
    rng = np.random.default_rng(2)
    links, points = triangulated(n)
    names = [f"r{k}" for k in range(n)]
    regions = pd.DataFrame(100 + 10 * points, names, ["longitude", "latitude"])
    weights = pd.DataFrame(links.toarray(), names, names)
    index = pd.MultiIndex.from_product([range(years), names], names=["year", "region"])
    y = 1 + 0.2 * rng.random((years, n)).cumsum(axis=0) + points[:, 0]
    table = pd.Series(y.ravel(), index, name="value").reset_index()
    score = (table.assign(subsystem=s, score=table["value"] + rng.random(len(table))) for s in "ab")
    scores, groups = pd.concat(score), pd.Series(np.arange(n) % 5, names)
    cause = table[["region", "year"]].assign(cause=rng.random(len(table)))
    growth = convergence.growth(table, "value", lambda a, b: b - a)
    ends = np.stack([y[0], y[-1]])[:, None] + 0.01 * rng.random((2, 500, n))
    z = autocorrelation.standardised(ends[1])
    setting, sampled, drawn = SpatialWeights(kind="knn", k=4), {"permutations": draws}, {"draws": draws}
    known = table, "value", weights

    def elapsed(a, b):
        return b - a

    return {
        "nearest neighbours": lambda: neighbours.nearest(regions, 4),
        "global Moran": lambda: autocorrelation.global_moran(*known, **sampled),
        "joint Moran": lambda: joint.joint_moran(*known, **sampled),
        "local Moran": lambda: autocorrelation.local_moran(*known, **sampled),
        "change of Moran": lambda: change.moran_change({"data": table}, "value", weights, **sampled),
        "power of the change": lambda: change.power(weights, draws=500),
        "influence": lambda: influence.influence(table[table["year"] == 0], "value", setting, regions, **sampled),
        "Geary": lambda: association.geary(*known, **sampled),
        "bivariate Moran": lambda: association.bivariate_moran(scores, weights, **sampled),
        "hot spots": lambda: association.hot_spots(*known, **sampled),
        "trend surface": lambda: centre.trend_surface(table, "value", regions.set_axis(["x", "y"], axis=1), **sampled),
        "inequality": lambda: inequality.by_variable({"value": table}, groups, **drawn),
        "sigma": lambda: convergence.sigma(table, "value", groups, "all", elapsed, **drawn),
        "size of sigma": lambda: convergence.sigma_size(weights, range(years), draws=500),
        "beta": lambda: convergence.beta(table, "value", groups, elapsed, **drawn),
        "residual Moran": lambda: spatial_convergence.residual_moran(growth, weights),
        "spatial models": lambda: spatial_convergence.models(growth, weights, years - 1),
        "spatial Markov": lambda: mobility.spatial_markov(*known, permutations=99),
        "rank mobility": lambda: mobility.rank_mobility(table, "value", groups),
        "factors": lambda: drivers.factors(table, "value", cause, **drawn),
        "claims, p": lambda: permutation.screened_global(z, weights, ["greater"], 0.05, 199),
        "claims, change": lambda: change.weakened(*ends, weights),
        "claims, Moran": lambda: versions.moran(ends.transpose(1, 2, 0), weights),
    }


def growing(largest, repeats, draws=999, years=10):
    sizes = [n for n in GROWING if n <= largest]
    if len(sizes) < 2:
        return
    print(f"\nSeconds of a stage, {years} years, {draws} draws; their growth between the two largest n, as n^exponent")
    print(f"{'':24}{''.join(f'{n:>10}' for n in sizes)}{'exponent':>10}")
    calls = [stages(n, years, draws) for n in sizes]
    for name in calls[0]:
        seconds = []
        for each in calls:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seconds.append(statistics.median(measured(each[name])[0] for _ in range(repeats)))
        shown = "".join(f"{s:10.3f}" for s in seconds)
        slope = np.log(seconds[-1] / seconds[-2]) / np.log(sizes[-1] / sizes[-2])
        print(f"{name:24}{shown}{slope:10.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, help="pairs of calls, of which the median counts")
    parser.add_argument("--largest", type=int, default=max(REGIONS), help="regions at most")
    arguments = parser.parse_args()
    for package in ("numpy", "scipy", "esda", "numba", "pygeoda"):
        try:
            print(f"{package} {version(package)}", end="  ")
        except PackageNotFoundError:
            print(f"no {package}", end="  ")
    print(f"\n{arguments.repeats} repeats; how many times as much the others take:")
    against_others(arguments.largest, arguments.repeats)
    enumerated(arguments.repeats)
    growing(arguments.largest, arguments.repeats)
    print(f"\nmost memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
