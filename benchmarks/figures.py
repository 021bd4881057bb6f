"""What drawing a study's figures costs: at a commit, now, and where they were kept.

python benchmarks/figures.py [--study yellow-river] [--before c66d484] [--repeats 3]

The study's notebooks are run once to learn what they hand to `run.figure`. Then all figures are made one after another
in a process that has imported everything, by the code of the commit, by that of this checkout with nothing kept, and
again with everything kept, in turn. CPU seconds are those of the process and of those that it begins, as medians; SVG
files must be the same bytes and PNG files the same dots.
"""

import argparse
import functools
import importlib.metadata
import io
import json
import os
import pickle
import platform
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def given(study, file):
    """Run the notebooks of a study, and note what each hands to run.figure instead of drawing it."""
    from coordination.pipeline import run
    from coordination.pipeline.execute import parameters_of

    figures = []
    run.Run.figure = lambda self, *what, **values: figures.append((self.section.name, what, values))
    for notebook in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        names = {"display": lambda *_: None, **parameters_of(notebook)}
        names["study"] = study
        for source in (c for c in code if not c.startswith('study = "')):
            exec(compile(source, notebook.name, "exec"), names)
    file.write_bytes(pickle.dumps(figures))


def draw(study, file):
    """Make the figures, and print CPU and wall seconds."""
    import adjustText  # noqa: F401 - what drawings import late
    import geopandas  # noqa: F401
    import IPython.display
    import scipy.stats  # noqa: F401
    import seaborn  # noqa: F401

    from coordination.pipeline import run

    IPython.display.display = lambda *_, **__: None
    figures = pickle.loads(file.read_bytes())
    begun = functools.cache(run.begin)
    runs = {section: begun(section, study) for section, _, _ in figures}
    cpu, wall = sum(os.times()[:4]), time.perf_counter()
    for section, run_ in runs.items():
        for _, what, values in (f for f in figures if f[0] == section):
            run_.figure(*what, **values)
        getattr(run_, "_hang", int)()  # which the first commits had not
    print(sum(os.times()[:4]) - cpu, time.perf_counter() - wall)


def called(what, study, file, source, output):
    """Call this file in a process of its own, with the package of a folder."""
    settings = {"PYTHONPATH": str(source / "src"), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    settings |= {"COORDINATION_OUTPUT_ROOT": str(output), "COORDINATION_STAGING": str(output)}
    command = [sys.executable, __file__, what, "--study", study, "--file", str(file)]
    done = subprocess.run(command, env=os.environ | settings, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def differences(one, other):
    """Name the figures that are not the same in two folders: other bytes of an SVG, other dots of a PNG."""
    from PIL import Image

    def look(file):
        return file.read_bytes() if file.suffix == ".svg" else Image.open(file).convert("RGB").tobytes()

    names = [{f.name: f for f in folder.glob("outputs/*/figures/*")} for folder in (one, other)]
    common = names[0].keys() & names[1].keys()
    unlike = [name for name in common if look(names[0][name]) != look(names[1][name])]
    return sorted({*unlike, *(names[0].keys() ^ names[1].keys())})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["given", "draw"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--study", default="yellow-river")
    parser.add_argument("--before", default="c66d484", metavar="COMMIT")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.what:
        return {"given": given, "draw": draw}[options.what](options.study, options.file)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        archive = subprocess.run(["git", "archive", options.before, "src"], cwd=ROOT, check=True, capture_output=True)
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(place / "source", filter="data")
        (place / "made").mkdir()
        called_with = functools.partial(called, study=options.study, file=place / "figures.pickle")
        subprocess.run(
            [sys.executable, "-m", "coordination", "run", "--study", options.study, "--output-root", place / "made"],
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")}, cwd=ROOT, check=True, stdout=sys.stderr,
        )  # fmt: skip
        called_with("given", source=ROOT, output=place / "made")
        taken = {"before": [], "now": [], "kept": []}
        for k in range(options.repeats):
            for name, source in (("before", place / "source"), ("now", ROOT), ("kept", ROOT)):
                output = place / f"{k}-{'now' if name == 'kept' else name}"
                output.mkdir(exist_ok=True)
                said = called_with("draw", source=source, output=output)
                taken[name].append([float(number) for number in said.split()])
                unlike = differences(place / "0-before", output)
                print(f"{name}: {taken[name][-1][0]:.1f} CPU s, {taken[name][-1][1]:.1f} s", *unlike, file=sys.stderr)
    first = statistics.median(cpu for cpu, _ in taken["before"])
    for name, seconds in taken.items():
        cpu, wall = (statistics.median(part) for part in zip(*seconds, strict=True))
        print(f"{name:7}{cpu:7.1f} CPU s{wall:7.1f} s{cpu / first:6.2f} of {options.before}'s CPU seconds")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("matplotlib", "numpy", "pandas", "pillow")]
    print(f"Python {platform.python_version()}, {', '.join(versions)}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
