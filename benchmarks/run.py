"""Wall and CPU seconds of `make all` of another commit and of the present state, side by side.

    python benchmarks/run.py COMMIT

A first run, a run after a change of a value of the study that touches every figure, one after `make clean` (caches that
lie elsewhere are kept), and one with nothing to do, each of the two right after the other, so that what else the
machine does strikes both; before them kernels in a row: how long notebooks with empty cells take is the floor.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIBRARIES = ("papermill", "ipykernel", "numpy", "matplotlib", "typst")
RUNS = ("first run", "changed study", "after clean", "nothing to do")


def measured(command, folder):
    """Run a command; return its wall and CPU seconds, with all processes that it waited for."""
    kept = ("PATH", "VIRTUAL_ENV", "HOME", "LANG", "TMPDIR")
    environment = {k: v for k, v in os.environ.items() if k in kept} | {"PYTHONPATH": str(folder / "src")}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def copied(commit, folder):
    """Lay a commit, or the present state of all files that git knows, into a folder."""
    folder.mkdir()
    if commit:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
    else:
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout.split():
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
    (folder / "data" / "processed").mkdir(exist_ok=True)
    return folder


def changed(folder, study):
    """Take a hundredth off the largest value below .9 of the released panel, on which every figure rests."""
    file = folder / "data" / "raw" / study / "normalised.csv"
    note = file.with_suffix(".json")
    head, *rows = (line.split(",") for line in file.read_text(encoding="utf-8").splitlines())
    at = head.index("value")
    largest = max((row for row in rows if float(row[at]) < 0.9), key=lambda row: float(row[at]))
    largest[at] = f"{float(largest[at]) * 0.99:.12g}"
    file.write_text("".join(f"{','.join(row)}\n" for row in (head, *rows)), encoding="utf-8")
    said = json.loads(note.read_text(encoding="utf-8")) | {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    note.write_text(json.dumps(said), encoding="utf-8")


def emptied(folder):
    """Empty the code cells of all notebooks but for their parameters; return how many notebooks there are."""
    files = sorted((folder / "notebooks").glob("[0-9]*.ipynb"))
    for file in files:
        made = json.loads(file.read_text(encoding="utf-8"))
        for cell in made["cells"]:
            if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
                cell["source"] = ""
        file.write_text(json.dumps(made), encoding="utf-8")
    return len(files)


def compared(commit, study, pairs, place):
    """Return wall and CPU seconds by run, of both."""
    found = {run: ([], []) for run in RUNS}
    for pair in range(pairs):
        folders = [copied(c, place / f"{pair}-{k}") for k, c in enumerate((commit, None))]
        for run in RUNS:
            for k, folder in enumerate(folders):
                if run == "changed study":
                    changed(folder, study)
                if run == "after clean":
                    measured(["make", "clean"], folder)
                found[run][k].append(measured(["make", "all", f"STUDY={study}"], folder))
                wall, cpu = found[run][k][-1]
                print(f"{('then', 'now')[k]:>5}, {run}: {wall:.2f} s, CPU {cpu:.2f} s", file=sys.stderr, flush=True)
        for folder in folders:
            shutil.rmtree(folder)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit")
    parser.add_argument("--study", default="yellow-river", help="with a released panel (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=3, help="of which the medians are shown (default: %(default)s)")
    parser.add_argument("--kernels", type=int, default=200, help="that run in a row (default: %(default)s)")
    options = parser.parse_args()
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("papermill", "ipykernel", "numpy", "matplotlib", "typst")
    )
    print(f"Python {platform.python_version()}, {versions}; {os.cpu_count()} processors; pairs: {options.pairs}")
    with tempfile.TemporaryDirectory() as folder:
        empty = copied(None, Path(folder) / "empty")
        number = emptied(empty)
        run = [sys.executable, "-m", "coordination", "run", "--study", options.study]
        seconds = [measured(run, empty) for _ in range(-(-options.kernels // number))]
        wall, cpu = (statistics.median(each) for each in zip(*seconds, strict=True))
        print(f"{len(seconds) * number} kernels ran without a failure; notebooks with empty cells, the floor of a run:")
        print(f"  wall {wall:.2f} s, CPU {cpu:.2f} s for {number}")
        found = compared(options.commit, options.study, options.pairs, Path(folder))
    heads = ("wall then", "now", "ratio", "CPU then", "now", "ratio", "of floor")
    print(f"{'run':<16}", *(f"{head:>9}" for head in heads))
    for name, both in found.items():
        then, now = ([statistics.median(each) for each in zip(*one, strict=True)] for one in both)
        ratios = [statistics.median(n[k] / t[k] for t, n in zip(*both, strict=True)) for k in (0, 1)]
        row = (then[0], now[0], ratios[0], then[1], now[1], ratios[1], now[1] / cpu)
        print(f"{name:<16}", *(f"{number:9.2f}" for number in row))


if __name__ == "__main__":
    main()
