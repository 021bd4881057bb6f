"""How fast the batched inference is, as ratios within one run: `python benchmarks/inference.py`.

Each line compares our engine with another way to the same answer on this machine, so that the ratios, not the
seconds, can be compared between machines. Memory is the peak of Python's allocations while our engine runs.
"""

import itertools
import sys
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from coordination.spatial import autocorrelation, permutation

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import esda
    from libpysal.graph import Graph


def seconds(function, times=3):
    """Return the best of several timings, after one run to warm up."""
    function()
    best = np.inf
    for _ in range(times):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def peak(function):
    """Return the peak of allocations in MiB."""
    tracemalloc.start()
    function()
    result = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return result


def case(n, years, seed=1):
    rng = np.random.default_rng(seed)
    regions = [f"r{k}" for k in range(n)]
    w = rng.uniform(0.1, 1, (n, n))
    w = pd.DataFrame((w + w.T) * (1 - np.eye(n)), regions, regions)
    values = [(r, y, rng.normal()) for y in range(years) for r in regions]
    return pd.DataFrame(values, columns=["region", "year", "value"]), w


def main():
    table, weights = case(9, 11)
    w = weights.to_numpy() / weights.to_numpy().sum()
    wide = table.pivot(index="year", columns="region", values="value")[weights.index].to_numpy()
    z = (wide - wide.mean(axis=1, keepdims=True)) / wide.std(axis=1, keepdims=True)
    observed = np.einsum("ti,ij,tj->t", z, w, z)
    graph = Graph.from_adjacency(weights.stack().rename_axis(["focal", "neighbor"]).rename("weight").reset_index())

    def ours():
        return permutation.exact_global(z, w, observed, -1 / 8)

    def naive():
        return [z[0, list(p)] @ w @ z[0, list(p)] for p in itertools.islice(itertools.permutations(range(9)), 5000)]

    def sampled():
        return permutation.sampled_global(z, w, observed, -1 / 8, 999, 1)

    def esda_sampled():
        return [esda.Moran(row, graph, transformation="O", permutations=999) for row in z]

    def local():
        return autocorrelation.local_moran(table, "value", weights, permutations=99)

    exact = seconds(ours)
    one_by_one = seconds(naive, 1) * 362_880 / 5000 * len(z)
    batch, loop = seconds(sampled), seconds(esda_sampled, 1)
    rows = [
        ("exact global, 9 regions x 11 years, against one permutation at a time", one_by_one / exact, peak(ours)),
        ("sampled global (999), 11 years, against esda.Moran year by year", loop / batch, peak(sampled)),
        ("exact local, 9 regions x 11 years, against exact global", exact / seconds(local), peak(local)),
    ]
    for name, ratio, memory in rows:
        print(f"{name:72} {ratio:8.1f} times as fast, peak {memory:6.1f} MiB")


if __name__ == "__main__":
    main()
