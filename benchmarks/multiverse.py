"""What a multiverse costs: `python benchmarks/multiverse.py`, with --scale also what many universes of many regions do.

First the gain of batches over one universe after another, as a ratio within one run; then a million universes of the
Yellow River study, of which counts alone are kept, on all cores or, with --scheduler, on a Dask cluster. With --scale
it measures made-up panels of its years and indicators on one core, and writes site/multiverse.csv, the table on the
page about clusters: seconds of CPU, which add up over cores, and the megabytes that a part of the work returns.
"""

import argparse
import csv
import math
import os
import pickle
import platform
import sys
import time
import tracemalloc
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from coordination.indices import universe, variants
from coordination.pipeline import paths
from coordination.pipeline.files import read_released, read_released_variants
from coordination.robustness import multiverse, parts, wide
from coordination.study.document import load
from coordination.study.regions import read_regions

RECORD = Path(__file__).parents[1] / "site" / "multiverse.csv"

SAMPLE = 300  # universes made one by one

SIZES = (9, 333, 2850)  # regions

UNIVERSES = (10**3, 10**5, 10**7)

NUMBERS = 30_000_000  # of D that are made to measure the cost of one


def gain(plan):
    """Say how many times as fast batches are as one universe after another, and how much memory they take."""
    start = time.process_time()
    made = multiverse.finished(reduced(plan), plan)
    together = (time.process_time() - start) / len(made.mean)
    tracemalloc.start()
    reduced(plan)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    drawn = np.random.default_rng(1).choice(len(made.mean), SAMPLE, replace=False)
    alone = [
        universe.Universe(**{k: levels[c] for (k, levels), c in zip(made.factors.items(), codes, strict=True)})
        for codes in made.choices[drawn]
    ]
    start = time.process_time()
    values = {"given": plan.values, "linked": plan.linked}
    found = [universe.evaluate(values[u.breaks], plan.filled, plan.study, replace(u, breaks="given"))[1] for u in alone]
    single = (time.process_time() - start) / SAMPLE
    assert np.allclose(np.array(found)[:, :, -1], made.degrees[drawn], atol=1e-9)
    print(f"{len(made.mean)} universes in batches: {single / together:.1f} times as fast, peak {peak:.1f} MiB")


def reduced(plan):
    """Make all parts here, one after another."""
    return parts.reduced(multiverse.part, multiverse.joined, plan, plan.jobs(), processes=1)


def million(plan, scheduler):
    """Say how long a streamed multiverse takes."""
    start = time.perf_counter()
    made = wide.made(plan, scheduler)
    wall = time.perf_counter() - start
    print(f"{made.universes} universes streamed: {wall:.1f} s, {made.universes / wall:.0f} a second")


def costs(plan):
    """Measure streamed universes of made-up panels on one core, and return a row for every number of universes."""
    rows, rng = [], np.random.default_rng(0)
    m, k = plan.values.shape[1:]
    for n in SIZES:
        regions = pd.DataFrame({"group": "all"}, index=[f"region-{i}" for i in range(n)])
        filled = rng.random((n, m, k)) < 0.05
        own = replace(plan, values=rng.random((n, m, k)), filled=filled, linked=None, regions=regions)
        own = replace(own, levels=own.levels | {"breaks": ("given",)}, sets=(np.arange(n),))
        own = replace(own, outer=tuple(u for u in plan.outer if u.breaks == "given"))
        jobs = own.jobs()
        runs = [run for job in jobs for run in job]
        spent = []
        for some in (runs[:1], runs[: math.ceil(NUMBERS / multiverse.BATCH)]):
            start = time.process_time()
            made = wide.part(own, tuple(some))
            spent.append((time.process_time() - start, int(made["counts"]["mean"].sum())))
        (short, a), (long, b) = spent
        each = (long - short) / (b - a)
        fixed, size = max(0.0, short - each * a), own.universes / len(jobs)
        returned = len(pickle.dumps(made)) / 1e6
        for universes in UNIVERSES:
            spent_all = fixed * math.ceil(universes / size) + each * universes
            rows.append((n, m, k, universes, f"{spent_all:.3g}", f"{returned:.2g}"))
        print(f"{n} regions: {1e3 * each:.4f} ms a universe, {returned:.2f} MB a part")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    parser.add_argument("--wider", nargs="*", default=["left_out"], help="of left_out, regions, spatial_weights")
    parser.add_argument("--scale", action="store_true", help="measure many regions too, and write site/multiverse.csv")
    given = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas"))
    print(f"Python {platform.python_version()}, {versions}, {os.cpu_count()} processors")
    raw = paths.raw("yellow-river")
    study = load(raw)
    regions, table = read_regions(study, raw), read_released(study)
    declared = read_released_variants(study)
    linked = universe.cubes(variants.replaced(table, declared, variants.linked(study)), study, regions)[0]
    panel = (*universe.cubes(table, study, regions), study, regions)
    plan = multiverse.plan(*panel, {}, linked=linked)
    gain(plan)
    spatial = multiverse.spatial_choices(study, regions, None, None)
    million(wide.plan(*panel, spatial, linked=linked, wider=given.wider), given.scheduler)
    if given.scale:
        rows = costs(plan)
        with RECORD.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["regions", "years", "indicators", "universes", "cpu_seconds", "part_mb"])
            writer.writerows(rows)


if __name__ == "__main__":
    main()
