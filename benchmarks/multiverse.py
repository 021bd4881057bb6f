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

from coordination.indices.universe import Universe, evaluate
from coordination.pipeline import paths
from coordination.pipeline.files import read_released
from coordination.robustness import multiverse
from coordination.study.document import load
from coordination.study.regions import read_regions

SAMPLE = 300  # universes made one by one


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

    drawn = np.random.default_rng(1).choice(len(made.mean), SAMPLE, replace=False)
    alone = [
        Universe(**{name: levels[k] for (name, levels), k in zip(made.factors.items(), codes, strict=True)})
        for codes in made.choices[drawn]
    ]
    start = time.perf_counter()
    found = [evaluate(values, filled, study, universe)[1][:, -1] for universe in alone]
    single = (time.perf_counter() - start) / SAMPLE
    assert np.allclose(found, made.degrees[drawn], atol=1e-9)
    print(f"{len(made.mean)} universes in batches: {single / together:.1f} times as fast, peak {peak:.1f} MiB")


if __name__ == "__main__":
    main()
