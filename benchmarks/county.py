"""How a study of counties goes through the pipeline: `python benchmarks/county.py`, or `make county-benchmark`.

A study of made-up counties is written (polygons on a grid with moved corners, islands off its coast, provinces as
groups, missing cells) and taken through the stages, each in a process of its own. Printed of every stage: CPU seconds
and wall time, the most memory of a process of it, and of all of them at once where /proc says. With `--sizes 9,333`
the CPU seconds of the last size are compared with those of the first; with `--limits` a miss is an error. With
`--write` the constants are fitted by which `check` estimates what a study takes, and written to
src/coordination/study/costs.yml; for that, name at least three sizes.
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import yaml

HERE = Path(__file__).parents[1]
LIMIT_WALL, LIMIT_MEMORY = 600, 4.0  # seconds, GB: of 2 850 regions, 20 years, 20 indicators on two cores
LIMIT_RATIO = 2.5  # CPU seconds of 333 regions to those of nine, ten years each
SHARE_MISSING = 0.01  # of cells of the panel
ISLANDS = 0.003  # share of regions without a neighbour
COSTS = HERE / "src" / "coordination" / "study" / "costs.yml"
ORDER = ("check", "run", "collect", "paper", "explorer", "reference", "site")


def polygons(n, random):
    """Return the corners of n cells of a grid with moved corners, the last few of them off the coast.

    Parameters
    ----------
    n : int
    random : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, 5, 2)
        Longitude and latitude; the first corner again at the end.
    islands : int
    """
    islands = max(1, round(ISLANDS * n)) if n > 20 else 0
    columns = int(np.ceil(np.sqrt(1.3 * (n - islands))))
    rows = -(-(n - islands) // columns)
    y, x = np.mgrid[: rows + 1, : columns + 1].astype(float)
    corners = np.stack([x, y], axis=-1) + random.uniform(-0.3, 0.3, (rows + 1, columns + 1, 2))
    i, j = np.divmod(np.arange(n - islands), columns)
    around = ((0, 0), (0, 1), (1, 1), (1, 0), (0, 0))
    land = np.stack([corners[i + a, j + b] for a, b in around], axis=1)
    middle = np.column_stack([np.full(islands, columns + 2.0), 2.0 * np.arange(islands)])
    sea = middle[:, None] + 0.7 * np.array(around)[None, :, ::-1]
    return np.concatenate([land, sea]) * (26 / columns) + [92, 22], islands


def generate(folder, n, m, k, seed=1, permutations=999, leave_out=()):
    """Write a study of n made-up regions, m years and k indicators.

    Parameters
    ----------
    folder : Path
    n, m, k : int
    seed : int
    permutations : int
    leave_out : sequence of str
        Sections.
    """
    random = np.random.default_rng(seed)
    shapes, islands = polygons(n, random)
    centre = shapes[:, :4].mean(axis=1)
    blocks = max(2, min(31, n // 12))
    across = int(np.ceil(np.sqrt(blocks)))
    share = (centre - centre.min(axis=0)) / np.ptp(centre, axis=0).clip(1e-9)
    cell = np.minimum((share * across).astype(int), across - 1)
    _, group = np.unique(cell @ [1, across], return_inverse=True)
    names = [f"County {i:0{len(str(n))}d}" for i in range(1, n + 1)]
    folder.mkdir(parents=True)
    with (folder / "regions.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["region", "region_zh", "group", "longitude", "latitude"])
        for name, g, (x, y) in zip(names, group, centre, strict=True):
            rows.writerow([name, "\u53bf" + name.removeprefix("County "), f"g{g + 1}", f"{x:.4f}", f"{y:.4f}"])
    features = [
        {"type": "Feature", "properties": {"region": name},
         "geometry": {"type": "Polygon", "coordinates": [np.round(shape, 5).tolist()]}}
        for name, shape in zip(names, shapes, strict=True)
    ]  # fmt: skip
    (folder / "regions.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with (folder / "panel.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["region", "year", "series", "value"])
        years = 2024 - m + np.arange(m)
        missing = random.random((k, n, m)) < SHARE_MISSING
        for s in range(k):
            waves = random.normal(size=(3, 2)) * 4
            field = sum(np.sin(share @ wave + s) for wave in waves)  # so that near regions are alike
            level = 3 + 0.3 * field + 0.25 * random.normal(size=n)
            path = 0.03 * (1 + 0.5 * random.random((n, 1))) * np.arange(m) + 0.02 * random.normal(size=(n, m))
            value = np.exp(level[:, None] + path) * 100
            for i, j in np.argwhere(~missing[s]):
                rows.writerow([names[i], years[j], f"s{s + 1}", f"{value[i, j]:.5g}"])
    (folder / "study.yml").write_text(_document(n, m, k, sorted(set(group)), seed, permutations, leave_out))
    (folder / "README.md").write_text(f"# {n} made-up counties\n\nWritten by benchmarks/county.py, seed {seed}.\n")
    return islands


def _document(n, m, k, groups, seed, permutations, leave_out):
    def called(en, zh):
        return {"en": en, "zh": zh}

    def indicator(s):
        return {
            "id": f"x{s + 1}", "name": called(f"Indicator {s + 1}", f"\u6307\u6807{s + 1}"), "direction": "positive",
            "unit": called("index points", "\u70b9"), "formula": f"s{s + 1}",
        }  # fmt: skip

    half = -(-k // 2)
    systems = []
    for name, zh, own in (("supply", "\u4f9b\u7ed9", range(half)), ("demand", "\u9700\u6c42", range(half, k))):
        parts = [list(own)[d::2] for d in range(2)]
        dimensions = [
            {"id": f"{name}_{d + 1}", "name": called(f"{name.title()} {d + 1}", f"{zh}{d + 1}"),
             "indicators": [indicator(s) for s in part]}
            for d, part in enumerate(parts)
        ]  # fmt: skip
        systems.append({"id": name, "alpha": 0.5, "name": called(name.title(), zh), "dimensions": dimensions})
    document = {
        "title": called(f"{n} made-up counties", f"{n}\u4e2a\u865a\u6784\u53bf"),
        "source": called("Made-up figures", "\u865a\u6784\u6570\u636e"),
        "years": {"first": 2024 - m, "last": 2023},
        "seed": seed,
        "regions": {"file": "regions.csv", "polygons": "regions.geojson"},
        "whole": {"id": "country", "name": called("Country", "\u5168\u56fd")},
        "groups": [{"id": f"g{g + 1}", "name": called(f"Province {g + 1}", f"\u7701{g + 1}")} for g in groups],
        "panel": {"series": {f"s{s + 1}": {"unit": "index points"} for s in range(k)}},
        "interpolation": {"within": "linear", "ends": "nearest"},
        "subsystems": systems,
        "levels": [
            {"above": a / 4, "up_to": (a + 1) / 4, "name": called(f"level {a + 1}", f"\u7b49\u7ea7{a + 1}")}
            for a in range(4)
        ],
        "spatial_weights": {"kind": "queen", "transform": "row", "islands": "nearest"},
        "autocorrelation": {"permutations": permutations},
    }  # fmt: skip
    if leave_out:
        document["leave_out"] = list(leave_out)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def _written(costs):
    said = (
        "# What a run takes, in parts that every study, a cell of its panel and a pair of regions adds: CPU seconds,\n"
        "# bytes of the largest process; per_byte is what a byte of a panel takes when it is checked.\n"
    )
    return said + yaml.safe_dump(costs, default_flow_style=None, sort_keys=False, width=1000)


def measured(arguments, environment, log):
    """Run a stage.

    Parameters
    ----------
    arguments : list of str
        Of the command line.
    environment : dict of str to str
    log : Path
        To which it writes.

    Returns
    -------
    dict of str to float
        cpu and wall (s), largest (GB, of one process), together (GB, of all at once, each page once).

    Raises
    ------
    SystemExit
        If the stage fails.
    """
    start, peak = time.perf_counter(), [0]
    with log.open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "coordination", *arguments], env=environment, cwd=HERE, stdout=out, stderr=out
        )
    done = threading.Event()

    def watch():
        while not done.wait(0.5):
            total = 0
            try:
                for process in (psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)):
                    memory = process.memory_full_info()
                    total += getattr(memory, "pss", memory.rss)
            except psutil.Error:
                continue
            peak[0] = max(peak[0], total)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, status, used = os.wait4(child.pid, 0)  # of it and of all that it waited for
    child.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    watcher.join()
    if child.returncode:
        sys.exit(f"{arguments[0]} failed:\n{log.read_text()[-3000:]}")
    largest = used.ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
    cpu = used.ru_utime + used.ru_stime
    return {"cpu": cpu, "wall": time.perf_counter() - start, "largest": largest, "together": peak[0] / 1e9}


def fitted(measured, years, indicators):
    """Fit constants of time and memory to what studies took: least squares of shares, none negative.

    Parameters
    ----------
    measured : dict of int to dict
        By number of regions: cpu (s), largest (GB), checked (GB, of `check`), panel (bytes).
    years, indicators : int

    Returns
    -------
    dict
        As costs.yml has it.
    """
    from scipy.optimize import nnls

    sys.path.insert(0, str(HERE / "src"))
    from coordination.study.costs import terms

    grown = np.array([terms(n, years, indicators) for n in measured])
    scale = grown.max(axis=0)
    result = {}
    for name, key, times in (("seconds", "cpu", 1), ("memory", "largest", 1e9)):
        took = np.array([row[key] * times for row in measured.values()])
        constants, _ = nnls(grown / scale / took[:, None], np.ones(len(took)))
        result[name] = [float(f"{c:.4g}") for c in constants / scale]
    first, last = measured[min(measured)], measured[max(measured)]
    grew = 1e9 * (last["checked"] - first["checked"]) / (last["panel"] - first["panel"])
    result["per_byte"] = float(f"{max(grew, 1):.3g}")
    sizes = ", ".join(map(str, measured))
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    said = f"benchmarks/county.py --write with {sizes} regions, {years} years, {indicators} indicators"
    result["source"] = f"{said}; {machine}"
    return result


def main():
    """Write the studies, run their stages, print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="2850", help="numbers of regions, such as 9,333")
    parser.add_argument("--years", type=int, default=20)
    parser.add_argument("--indicators", type=int, default=20)
    parser.add_argument("--permutations", type=int, default=999)
    parser.add_argument("--leave-out", default="", help="sections, such as multiverse")
    parser.add_argument("--stages", default=",".join(ORDER), help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="kept; otherwise a temporary one")
    parser.add_argument("--write", action="store_true", help="write costs.yml")
    parser.add_argument("--limits", action="store_true", help="fail where a limit is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = (options.folder or Path(temporary)).resolve()
        base.mkdir(parents=True, exist_ok=True)
        sums = {}
        for n in map(int, options.sizes.split(",")):
            name = f"counties-{n}"
            study = base / "studies" / name
            left = tuple(filter(None, options.leave_out.split(",")))
            if not study.is_dir():
                generate(study, n, options.years, options.indicators, 1, options.permutations, left)
            environment = os.environ | {"PYTHONPATH": str(HERE / "src")}
            shared = ["--study", name, "--studies", str(study.parent), "--output-root", str(base)]
            print(f"{n} regions, {options.years} years, {options.indicators} indicators")
            print(f"  {'stage':10} {'CPU s':>8} {'wall s':>8} {'GB, one':>8} {'GB, all':>8}")
            rows = []
            for stage in options.stages.split(","):
                row = measured([stage, *shared], environment, base / f"{name}.{stage}.log")
                print(
                    f"  {stage:10} {row['cpu']:8.1f} {row['wall']:8.1f} {row['largest']:8.2f} {row['together']:8.2f}",
                    flush=True,
                )
                rows.append(row)
            sums[n] = {k: sum(r[k] for r in rows) for k in ("cpu", "wall")} | {
                k: max(r[k] for r in rows) for k in ("largest", "together")
            }
            t = sums[n]
            t["checked"], t["panel"] = rows[0]["largest"], (study / "panel.csv").stat().st_size
            print(f"  {'together':10} {t['cpu']:8.1f} {t['wall']:8.1f} {t['largest']:8.2f} {t['together']:8.2f}")
        if options.write:
            costs = fitted(sums, options.years, options.indicators)
            COSTS.write_text(_written(costs), encoding="utf-8")
        missed = []
        first, last = sums[min(sums)], sums[max(sums)]
        if len(sums) > 1:
            ratio = last["cpu"] / first["cpu"]
            print(f"CPU seconds of {max(sums)} regions to those of {min(sums)}: {ratio:.2f}")
            if (min(sums), max(sums), options.years) == (9, 333, 10) and ratio > LIMIT_RATIO:
                missed.append(f"{ratio:.2f} times the CPU seconds of nine regions, at most {LIMIT_RATIO}")
        if last["wall"] > LIMIT_WALL:
            missed.append(f"{last['wall']:.0f} s, at most {LIMIT_WALL}")
        if max(last["together"], last["largest"]) > LIMIT_MEMORY:
            missed.append(f"{max(last['together'], last['largest']):.1f} GB, at most {LIMIT_MEMORY:g}")
        for line in missed:
            print(f"missed: {line}")
        if missed and options.limits:
            sys.exit(1)


if __name__ == "__main__":
    main()
