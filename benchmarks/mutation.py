"""Which share of small faults the tests notice: `python benchmarks/mutation.py [--count 400]`.

Every comparison, operator, number and condition of the method modules can be turned into another; a seeded sample of
these faults is tried. Each has a process of its own, forked from one that has imported all libraries: it imports the
package anew, with the fault in it, and runs the doctests of the module and fast tests until one fails: first those
that reach the line, of the folder of the same name and of those that use the methods most, the quickest of them
first, then all others of the folder that are quick. The scores go to site/mutation.yml, with the faults that no test
noticed; `--again` tries these only, after tests were added, and `--more` what was not tried for want of time. A fault
that cannot be noticed may say there in `equivalent` why; it counts as not noticed all the same. The operators are
those of cosmic-ray, which, like mutmut, would have to be in the lock to share the environment of the tests.
"""

import argparse
import ast
import copy
import doctest
import importlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from importlib.machinery import SourceFileLoader
from itertools import accumulate
from pathlib import Path

import coverage
import mutants
import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "coordination"
RECORD = ROOT / "site" / "mutation.yml"
PACKAGES = ("indices", "spatial", "replication")
BESIDE = ("robustness", "adapting")  # folders of tests that use the methods of all of them
MEMORY = 4_000_000_000  # bytes
QUICK = 0.2  # seconds
PYTEST = ("-x", "-q", "--tb=no", "-p", "no:cacheprovider")
FIRST = 12  # tests that notice most faults
LIBRARIES = ("esda", "spreg", "statsmodels.api", "hypothesis.extra.numpy", "coordination.__main__")
SHOWN = ("facts.py", "figures.py", "tables.py", "__init__.py")  # how results look; methods are the others
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def faults(node):
    """Return what can be put in the place of a node, with what is said of it."""
    changed = copy.copy(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        changed.ops = [COMPARED[type(node.ops[0])](), *node.ops[1:]]
    elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED and not isinstance(node.left, ast.JoinedStr):
        changed.op = COMPUTED[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        changed.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        changed.value = not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        changed.value = node.value + 1
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        return node.operand
    elif isinstance(node, ast.IfExp):
        changed.test = ast.UnaryOp(ast.Not(), node.test)
    else:
        return None
    return changed


def places(file):
    """Yield every fault of a file: the line, the text before and after, and the text of the file with it."""
    text = file.read_text(encoding="utf-8")
    lines = text.encode().splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    tree = ast.parse(text)
    # Numbers of formats and what annotations say are no faults of a method.
    notes = [s.annotation for s in ast.walk(tree) if isinstance(s, ast.arg | ast.AnnAssign) and s.annotation]
    formatted = [s for s in ast.walk(tree) if isinstance(s, ast.JoinedStr)]
    left_out = {id(n) for s in [*formatted, *notes] for n in ast.walk(s)}
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.If):
            node, change = node.test, ast.UnaryOp(ast.Not(), node.test)
        else:
            change = faults(node)
        if change is None:
            continue
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        old = text.encode()[start:end].decode()
        new = f"({ast.unparse(change)})"
        whole = (text.encode()[:start] + new.encode() + text.encode()[end:]).decode()
        yield node.lineno, old, new, whole


class Ordered:
    """A plugin of pytest: tests that reach a line come first, the quickest of them first; notes how long each takes."""

    def __init__(self, reaching=(), known=None, room=""):
        self.reaching, self.known, self.took = set(reaching), known or {}, defaultdict(float)
        self.own = f"tests/{room}/"

    def pytest_configure(self):
        mutants.pytest_configure()

    def pytest_collection_modifyitems(self, config, items):
        mutants.pytest_collection_modifyitems(config, items)
        if self.known:
            quick = {i for i, seconds in self.known.items() if seconds < QUICK and i.startswith(self.own)}
            items[:] = [i for i in items if i.nodeid in self.reaching | quick]
        items.sort(key=lambda item: (item.nodeid not in self.reaching, self.known.get(item.nodeid, 0)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        begin = time.process_time()  # others may use the machine
        try:
            return (yield)
        finally:
            self.took[item.nodeid] += time.process_time() - begin


def passes(room, plugin, *more, only=()):
    """Run the fast tests of a folder, and others that reach a line, until one fails; return whether none does."""
    if only:  # without collecting the others
        return not pytest.main([*PYTEST, *more, *(str(ROOT / test) for test in only)], plugins=[plugin])
    beside = {str(ROOT / test.partition("::")[0]) for test in plugin.reaching}
    tests = sorted({*map(str, (ROOT / "tests" / room).glob("test_*.py")), *beside})
    return not pytest.main([*PYTEST, *more, *tests], plugins=[plugin])


def forked(work, seconds):
    """Start a process that exits with 0 if the work returns true, else with 1; it has so much processor time."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        signal.alarm(20 * seconds)  # whoever waits takes no processor time
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        for name in [n for n in sys.modules if n.partition(".")[0] == "coordination"]:
            del sys.modules[name]
        code = 0 if work() else 1
    finally:
        os._exit(code)


def reach(room, place):
    """Note which tests reach which line of which file and how long each takes; return whether all pass."""
    settings, data, plugin = place / "coveragerc", place / "data", Ordered()
    packages = ", ".join(f"coordination.{room}" for room in PACKAGES)
    settings.write_text(f"[run]\nsource_pkgs = {packages}\n", encoding="utf-8")
    os.environ["COVERAGE_FILE"] = str(data)
    good = passes(room, plugin, "--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report=")
    found = coverage.CoverageData(str(data))
    found.read()
    reached = {
        file: {k: sorted({c.partition("|")[0] for c in t if c}) for k, t in found.contexts_by_lineno(file).items()}
        for file in sorted(found.measured_files())
    }
    (place / f"{room}.json").write_text(json.dumps([reached, plugin.took]), encoding="utf-8")
    return good


def survives(file, text, room, plugin):
    """Put a text in the place of a file that is imported; return whether doctests and tests pass."""
    honest = SourceFileLoader.get_code

    def code(loader, name):
        return compile(text, loader.path, "exec") if loader.path == str(file) else honest(loader, name)

    SourceFileLoader.get_code = code
    module = importlib.import_module(f"coordination.{room}.{file.stem}")
    first = sorted(plugin.reaching, key=plugin.known.get)[:FIRST]
    return (
        not doctest.testmod(module).failed and (not first or passes(room, plugin, only=first)) and passes(room, plugin)
    )


def waited(running):
    """Wait for one of the processes; return what it tried, and `noticed`, `unnoticed` or by which signal it ended."""
    child, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    return running.pop(child), {0: "unnoticed", 1: "noticed"}.get(code, "stopped")


def sound(running):
    """Wait for the tests of one of the folders, which must pass."""
    room, said = waited(running)
    if said != "unnoticed":
        sys.exit(f"tests/{room} fails without a fault")


def possible():
    """Return all faults: (place within the package, line, old, new, text of the file with the fault)."""
    files = [f for room in PACKAGES for f in sorted((PACKAGE / room).glob("*.py")) if f.name not in SHOWN]
    return [(str(f.relative_to(PACKAGE)), *fault) for f in files for fault in places(f)]


def still(entry, known):
    """Return the fault of a record wherever its line is now, None if the code no longer has it."""
    alike = [c for c in known if (c[0], c[2], c[3]) == (entry["file"], entry["old"], entry["new"])]
    return min(alike, key=lambda c: abs(c[1] - entry["line"]), default=None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--budget", type=float, default=float("inf"), help="seconds after which no fault is begun")
    parser.add_argument("--reached", type=Path, help="folder that keeps which tests reach which lines")
    parser.add_argument(
        "--only", nargs="+", choices=PACKAGES, default=PACKAGES, help="packages; others keep their score"
    )
    parser.add_argument("--beside", nargs="*", default=BESIDE, help="folders of further tests that reach the methods")
    parser.add_argument("--again", action="store_true", help="only what was not noticed before")
    parser.add_argument("--more", action="store_true", help="go on with the sample where the budget ended")
    options = parser.parse_args()
    record = yaml.safe_load(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
    if options.again or options.more:
        options.count, options.seed = record["asked"], record["seed"]
    known = possible()
    chosen = random.Random(options.seed).sample(known, min(options.count, len(known)))
    chosen = [c for c in chosen if c[0].partition("/")[0] in options.only]
    earlier = record.get("unnoticed", [])
    if options.again:  # what the code no longer has, nobody has to notice
        found = [(still(entry, known), entry) for entry in earlier]
        for fault, entry in found:
            record["packages"][entry["file"].partition("/")[0]]["tried"] -= fault is None
        earlier = [entry | {"line": fault[1]} for fault, entry in found if fault]
        chosen = [fault for fault, _ in found if fault and fault[0].partition("/")[0] in options.only]
    before = {(f["file"], f["old"], f["new"], f["line"]): f for f in earlier}
    if options.more:
        chosen = chosen[sum(record["packages"][room]["tried"] for room in options.only) :]

    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    os.chdir(ROOT)
    for name in LIBRARIES:
        importlib.import_module(name)
    begin, lines, took = time.monotonic(), {}, {}
    rooms = sorted({c[0].partition("/")[0] for c in chosen})
    rooms += options.beside if rooms else ()
    with tempfile.TemporaryDirectory() as place:
        running, place = {}, options.reached or Path(place)
        for room in rooms:
            folder = place / room
            if options.reached and (folder / f"{room}.json").is_file():
                continue
            folder.mkdir(parents=True)
            if len(running) == options.processes:
                sound(running)
            running[forked(lambda room=room, folder=folder: reach(room, folder), 3600)] = room
        while running:
            sound(running)
        for room in rooms:
            reached, took[room] = json.loads((place / room / f"{room}.json").read_text(encoding="utf-8"))
            for file, own in reached.items():
                for k, tests in own.items():
                    lines.setdefault(file, {}).setdefault(k, []).extend(tests)
    known_times = {test: seconds for own in took.values() for test, seconds in own.items()}
    print(
        *(f"{room}: {len(took[room])} tests, {sum(took[room].values()):.0f} s" for room in rooms), sep="\n", flush=True
    )

    outcomes, running = [], {}

    def one_more():
        outcomes.append(waited(running))
        (name, line, old, new, _), said = outcomes[-1]
        if said == "unnoticed":
            print(f"{name}:{line}: {old!r} -> {new!r} is noticed by no test", flush=True)

    for fault in chosen:
        if time.monotonic() - begin > options.budget:
            break
        if len(running) == options.processes:
            one_more()
        name, line, old, _, text = fault
        file, room = PACKAGE / name, name.partition("/")[0]
        own = lines.get(str(file), {})
        reaching = {t for k in range(line, line + old.count("\n") + 1) for t in own.get(str(k), ())}
        plugin = Ordered(reaching, known_times, room)
        limit = 30 + round(3 * sum(known_times[test] for test in {*reaching, *took[room]}))
        running[forked(lambda: survives(file, text, room, plugin), limit)] = fault  # noqa: B023
        if len(outcomes) % 20 == 19:
            print(f"{len(outcomes)} tried, {time.monotonic() - begin:.0f} s", flush=True)
    while running:
        one_more()

    if not (options.again or options.more):
        record |= {"seed": options.seed, "asked": options.count, "known": len(known)}
        nothing = {room: {"tried": 0, "noticed": 0, "stopped": 0} for room in options.only}
        record["packages"] = record.get("packages", {}) | nothing
    tried = {(name, old, new, line) for (name, line, old, new, _), _ in outcomes}
    further = options.again or options.more
    record["unnoticed"] = [
        f
        for key, f in before.items()
        if key not in tried and (further or f["file"].partition("/")[0] not in options.only)
    ]
    for (name, line, old, new, _), said in sorted(outcomes):
        score = record["packages"][name.partition("/")[0]]
        score["tried"] += not options.again
        if said == "unnoticed":
            entry = {"file": name, "line": line, "old": old, "new": new}
            record["unnoticed"].append(before.get((name, old, new, line), entry))
        else:
            score[said] += 1
    for room, score in record["packages"].items():
        print(f"{room}: {score['noticed']} of {score['tried']} noticed, {score['stopped']} stopped")
    print(f"{len(outcomes)} of {len(known)} faults in {time.monotonic() - begin:.0f} s")
    RECORD.write_text(yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")


if __name__ == "__main__":
    main()
