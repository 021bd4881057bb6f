"""How much the multiverse gains from batches, as a ratio within one run: `python benchmarks/multiverse.py`.

The other way to the same degrees is one universe after another. The ratio, not the seconds, can be compared between
machines. Memory is the peak of Python's allocations.
"""

import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from coordination.indices import coupling, weighting
from coordination.indices import universe as indices_universe
from coordination.pipeline import paths
from coordination.pipeline.files import read_released
from coordination.robustness import multiverse
from coordination.study.document import load
from coordination.study.regions import read_regions

SAMPLE = 300  # universes made one by one
TREATED = {"limit": (0, 1), "shift": (indices_universe.SHIFT, 1), "narrow": (0.01, 0.98)}  # added, times


def alone(values, filled, study, choice):
    """Return D of the last year in one universe."""
    x = indices_universe.refill(values, filled) if choice["interpolation"] == "nearest" else values
    x = indices_universe.normalise(x, choice["normalisation"]).reshape(-1, values.shape[2])
    added, times = TREATED[choice["zeros"]]
    names, scores = [i.id for i in study.indicators], []
    for s in study.subsystems:
        own = x[:, [names.index(i.id) for i in s.indicators if i.id != choice["left_out"]]] * times + added
        w = weighting.SCHEMES[choice["weighting"]](own)
        scores.append(indices_universe.aggregate(own, w, choice["aggregation"]))
    u = np.stack(scores, axis=1)
    c = coupling.coupling_degree(u if choice["coupling"] == "standard" else np.minimum(u, 1), choice["coupling"])
    return np.sqrt(c * (u @ choice["alpha"])).reshape(values.shape[:2])[:, -1]


def main():
    raw = paths.raw("yellow-river")
    study = load(raw)
    regions = read_regions(study, raw)
    values, filled = multiverse.cubes(read_released(study), study, regions)
    weights = {"own": np.ones((len(regions), len(regions))) - np.eye(len(regions))}

    def ours():
        return multiverse.multiverse(values, filled, study, regions, weights)

    start = time.perf_counter()
    made = ours()
    together = (time.perf_counter() - start) / len(made.mean)
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()

    shares = multiverse.shares(list(study.alpha.values()))
    drawn = np.random.default_rng(1).choice(len(made.mean), SAMPLE, replace=False)
    choices = []
    for universe in made.choices[drawn]:
        chosen = {f: made.factors[f][k] for f, k in zip(made.factors, universe, strict=True)}
        choices.append(chosen | {"alpha": shares[made.factors["alpha"].index(chosen["alpha"])]})
    start = time.perf_counter()
    found = [alone(values, filled, study, choice) for choice in choices]
    single = (time.perf_counter() - start) / SAMPLE
    assert np.allclose(found, made.degrees[drawn], atol=1e-9)
    print(f"{len(made.mean)} universes in batches: {single / together:.1f} times as fast, peak {peak:.1f} MiB")


if __name__ == "__main__":
    main()
