"""Which tests notice a fault in a method: `python benchmarks/mutants.py [--note] [id ...]`.

mutants.yml lists faults made by hand. Each is put into a copy of the source, never into the source itself, and the fast
tests are run against it. `--note` runs the test files named with a fault and writes down which test functions fail;
without it the functions written down are run wherever they lie below tests/ by now, and what no longer fails is listed.
Functions of the package are found by their names too, so that both may move.
"""

import argparse
import ast
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import yaml
from hypothesis import Phase, settings

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_suffix(".yml")
PATIENCE = 900  # seconds for the tests of one fault


def pytest_configure():
    """Let a property fail by the first example found instead of looking for the smallest."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", settings(), phases=phases, report_multiple_bugs=False)
    settings.load_profile("mutants")


def pytest_collection_modifyitems(config, items):
    """Leave out what needs a run of a whole pipeline; pytest loads this file as a plugin."""
    slow = [i for i in items if "once" in i.fixturenames or i.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [i for i in items if i not in slow]


def functions(file):
    """Yield the qualified name of every function of a file, its text, and where that starts in the file."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)

    def below(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = prefix + child.name
                if isinstance(child, ast.FunctionDef):
                    start = len("".join(lines[: child.lineno - 1]))
                    yield name, text[start : len("".join(lines[: child.end_lineno]))], start
                yield from below(child, f"{name}.")

    yield from below(ast.parse(text), "")


def place(mutant, source):
    """Find the file below `source` and the position in it at which the fault goes."""
    known = [(file, *f) for file in sorted(source.rglob("*.py")) for f in functions(file)]
    found = [
        (file, start + text.index(mutant["old"]))
        for file, name, text, start in known
        if name == mutant["function"] and text.count(mutant["old"]) == 1
    ]
    if len(found) != 1:
        holding = [f"{name} ({file.relative_to(source)})" for file, name, text, _ in known if mutant["old"] in text]
        sys.exit(
            f"{mutant['id']}: {mutant['old']!r} stands once in {len(found)} functions called {mutant['function']}, "
            f"not in 1; it stands in {', '.join(holding) or 'no function'}"
        )
    return found[0]


def failing(tests, select, source, folder):
    """Run tests against a source and return the names of the test functions that fail, and of all that ran."""
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-p", "mutants", "-p", "no:cacheprovider", "-n", "0", "-q", "--tb=no"]
    command += ["-o", "pythonpath=tests"]  # not the source itself, which the project's settings put before the copy
    done = subprocess.run(
        [*command, "--continue-on-collection-errors", f"--junitxml={report}", "-k", select, *tests],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(source), str(LIST.parent)])},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    if done.returncode not in (0, 1):
        sys.exit(f"pytest stopped with {done.returncode}:\n{done.stdout}{done.stderr}")
    cases = [(c.get("name").partition("[")[0], c) for c in ElementTree.parse(report).iter("testcase")]
    failed = {name for name, c in cases if c.find("failure") is not None or c.find("error") is not None}
    return failed, {name for name, c in cases if c.find("skipped") is None}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--note", action="store_true", help="write down which tests notice each fault")
    parser.add_argument("id", nargs="*", help="only these faults")
    options = parser.parse_args()
    mutants = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    chosen = [m for m in mutants if not options.id or m["id"] in options.id]

    files, nodes = {}, defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        files[file.name] = str(file)
        for name, _, _ in functions(file):
            nodes[name.rpartition(".")[2]].append("::".join([str(file), *name.split(".")]))

    def asked(mutant):
        if options.note:
            gone = [name for name in mutant["tests"] if name not in files]
            if gone:
                sys.exit(f"{mutant['id']}: {gone[0]} is not below tests/; name the file that has its tests now")
            return [files[name] for name in mutant["tests"]], mutant.get("select", "")
        return [node for name in mutant["killed_by"] for node in nodes[name]], ""

    begin, faults = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        source = folder / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        # Compiled files are to be judged by the text: a fault may have the size and the second of what it replaces.
        compileall.compile_dir(source, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
        places = [place(m, source) for m in chosen]
        for mutant, (file, position) in zip(chosen, places, strict=True):
            whole = file.read_text(encoding="utf-8")
            tests, select = asked(mutant)
            if not tests:
                faults.append(f"{mutant['id']}: no test of it is left")
                continue
            end = position + len(mutant["old"])
            file.write_text(whole[:position] + mutant["new"] + whole[end:], encoding="utf-8")
            failed, ran = failing(tests, select, source, folder)
            killers = failed & set(nodes)  # a file that cannot be collected is no test
            file.write_text(whole, encoding="utf-8")
            if options.note:
                mutant["killed_by"] = sorted(killers)
                faults += [] if killers else [f"{mutant['id']}: no test notices it"]
            else:
                for name in sorted(set(mutant["killed_by"]) - killers):
                    what = "does not fail" if name in ran else "does not run"
                    faults.append(f"{mutant['id']}: {name} {what} any longer")
            print(f"{mutant['id']}: {len(killers)} of {len(ran)} tests, {time.monotonic() - begin:.0f} s", flush=True)
        noted = sorted({node for m in chosen for name in m["killed_by"] for node in nodes[name]})
        sound, _ = failing(noted, "", source, folder)
        if sound:
            sys.exit(f"{', '.join(sorted(sound))} fail without a fault")
    if options.note:
        comment = [line for line in LIST.read_text(encoding="utf-8").splitlines(keepends=True) if line[0] == "#"]
        written = yaml.safe_dump(mutants, sort_keys=False, allow_unicode=True, width=110)
        LIST.write_text("".join(comment) + written.replace("\n- id", "\n\n- id"), encoding="utf-8")
    print(f"{len(chosen)} faults in {time.monotonic() - begin:.0f} s")
    print(*faults, sep="\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
