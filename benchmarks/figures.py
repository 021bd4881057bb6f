"""What drawing a study's figures costs: at a commit, now, and where they were kept.

python benchmarks/figures.py [--study yellow-river] [--before c66d484] [--repeats 3]

The study's notebooks are run once by each code to learn what they hand to `run.figure`. Then the figures that both have
are made one after another in a process that has imported everything, by the code of the commit, by that of this
checkout with nothing kept, and again with everything kept, in turn. CPU seconds are those of the process and of those
that it begins, as medians. Files that look different from those of the commit are counted; those that were kept must be
the same as those just made: SVG files to the byte, PNG files to the dot.
"""

import argparse
import functools
import hashlib
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


def given(study, file, _):
    """Run the notebooks of a study, note what each hands to run.figure instead of drawing it, and print the names."""
    from coordination.pipeline import run
    from coordination.pipeline.execute import parameters_of

    figures = []
    run.Run.figure = lambda self, *what, **values: figures.append((self.section.name, what, values))
    for notebook in sorted(Path("notebooks").resolve().glob("[0-9]*.ipynb")):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        names = {"display": lambda *_: None, **parameters_of(notebook)}
        names["study"] = study
        for source in (c for c in code if not c.startswith('study = "')):
            exec(compile(source, notebook.name, "exec"), names)
    file.write_bytes(pickle.dumps(figures))
    print(*(what[0] for _, what, _ in figures))


def draw(study, file, names):
    """Make the figures of these names, and print CPU and wall seconds."""
    import adjustText  # noqa: F401 - what drawings import late
    import geopandas  # noqa: F401
    import IPython.display
    import scipy.stats  # noqa: F401
    import seaborn  # noqa: F401

    from coordination.pipeline import run

    IPython.display.display = lambda *_, **__: None
    figures = [f for f in pickle.loads(file.read_bytes()) if f[1][0] in names]
    begun = functools.cache(run.begin)
    runs = {section: begun(section, study) for section, _, _ in figures}
    cpu, wall = sum(os.times()[:4]), time.perf_counter()
    for section, run_ in runs.items():
        for _, what, values in (f for f in figures if f[0] == section):
            run_.figure(*what, **values)
        getattr(run_, "_hang", int)()  # which the first commits had not
    print(sum(os.times()[:4]) - cpu, time.perf_counter() - wall)


def called(what, study, source, output, names=()):
    """Call this file in a process of its own, with the package and the notebooks of a folder."""
    settings = {"PYTHONPATH": str(source / "src"), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    settings |= {"COORDINATION_OUTPUT_ROOT": str(output), "COORDINATION_STAGING": str(output)}
    file = source / "figures.pickle" if source != ROOT else output.parent / "figures.pickle"
    command = [sys.executable, __file__, what, "--study", study, "--file", str(file), "--names", *names]
    done = subprocess.run(command, env=os.environ | settings, cwd=source, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def looks(folder):
    """Return what the figures of a folder look like by their names: the bytes of an SVG, the dots of a PNG."""
    from PIL import Image

    def look(file):
        content = file.read_bytes() if file.suffix == ".svg" else Image.open(file).convert("RGB").tobytes()
        return hashlib.sha256(content).hexdigest()

    return {f.name: look(f) for f in folder.glob("outputs/*/figures/*")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["given", "draw"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--names", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--study", default="yellow-river")
    parser.add_argument("--before", default="c66d484", metavar="COMMIT")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.what:
        return {"given": given, "draw": draw}[options.what](options.study, options.file, options.names)
    with tempfile.TemporaryDirectory() as folder:
        place, names = Path(folder), []
        archive = subprocess.run(["git", "archive", options.before], cwd=ROOT, check=True, capture_output=True)
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(place / "source", filter="data")
        for name, source in (("then", place / "source"), ("today", ROOT)):
            (place / name).mkdir()
            subprocess.run(
                [sys.executable, "-m", "coordination", "run", "--study", options.study, "--output-root", place / name],
                env=os.environ | {"PYTHONPATH": str(source / "src")}, cwd=source, check=True, stdout=sys.stderr,
            )  # fmt: skip
            names.append(set(called("given", options.study, source, place / name).split()))
        common = sorted(set.intersection(*names))
        print(f"{len(common)} figures of {', '.join(str(len(own)) for own in names)}")
        taken, made = {"before": [], "now": [], "kept": []}, {}
        for k in range(options.repeats):
            for name, source in (("before", place / "source"), ("now", ROOT), ("kept", ROOT)):
                output = place / f"{k}-{'now' if name == 'kept' else name}"
                output.mkdir(exist_ok=True)
                said = called("draw", options.study, source, output, common)
                taken[name].append([float(number) for number in said.split()])
                print(f"{name}: {taken[name][-1][0]:.1f} CPU s, {taken[name][-1][1]:.1f} s", file=sys.stderr)
                made[name] = looks(output)
            if made["now"] != made["kept"]:
                sys.exit("figures that were kept are not those that were made")
        changed = sum(made["now"].get(name) != look for name, look in made["before"].items())
        print(f"{changed} of {len(made['before'])} files look different from those of {options.before}")
    first = statistics.median(cpu for cpu, _ in taken["before"])
    for name, seconds in taken.items():
        cpu, wall = (statistics.median(part) for part in zip(*seconds, strict=True))
        print(f"{name:7}{cpu:7.1f} CPU s{wall:7.1f} s{cpu / first:6.2f} of {options.before}'s CPU seconds")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("matplotlib", "numpy", "pandas", "pillow")]
    print(f"Python {platform.python_version()}, {', '.join(versions)}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
