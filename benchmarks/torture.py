"""Kill runs, corrupt inputs and spoil environments for as long as is given: `make torture`, BUDGET=3600 seconds.

First the tests of surroundings that are marked `torture` or `long` are run. Then a tiny study is made whole, and runs
of it are ended by SIGKILL, SIGTERM and SIGINT at random moments and where chosen files appear; after every few of them
it is made to the end: then every file must have the bytes that it has undisturbed, nothing half-made may be left, and
no process may be alive. From half of the time on the properties of broken inputs are tried with ever new examples. All
other tests marked `long`, whole runs of what `make test` sees in parts, are run where `--only long` asks for them. The
figures of every part go to site/torture.yml; a part that is not run again keeps its own.
"""

import argparse
import hashlib
import itertools
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from conftest import copy_compendium, write_study  # noqa: E402

from coordination.pipeline.scratch import LEFT  # noqa: E402

CHAIN = 5  # kills before a run is let through
SHARED = ".make/reference/.new-*"
# What appears while a study is made, in about this order
AIMS = (
    ".staging-*", ".staging-*/data", "data/processed/toy/indicators.csv", "outputs/toy/notebooks/01-*.ipynb",
    "data/processed/toy/weights.csv", ".staging-*/outputs", "outputs/toy/tables/*", "data/processed/toy/scores.csv",
    "data/processed/toy/coordination.csv", "outputs/toy/figures/04-*", "outputs/toy/notebooks/05-*.ipynb",
    "outputs/toy/notebooks/08-*.ipynb", "outputs/toy/results.json", "outputs/toy/explorer.en.html",
    "outputs/toy/paper.en.pdf", "outputs/toy/paper.zh.docx", SHARED, "outputs/toy/.site-*",
    "outputs/toy/.site-*/zh", "outputs/toy/.site-*/site",
)  # fmt: skip
SHORT, FEW = 120, 5  # seconds of a budget within which only so many examples of every file are tried, all at once
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def begin(folder):
    """Start what `make all` runs, in a session of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COORDINATION_", "MAKE"))}
    environment = kept | {"PYTHONPATH": str(folder / "src"), "TMPDIR": str(folder.parent / "temporary")}
    return subprocess.Popen(
        [sys.executable, "-m", "coordination", "all", "--study", "toy"],
        cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True, errors="replace",
    )  # fmt: skip


def digests(folder):
    """Return the digests of everything that was made, but the record of when."""
    made = [f for d in ("outputs/toy", "data/processed/toy") for f in (folder / d).rglob("*") if f.is_file()]
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in made}


def left(folder):
    """Return what is half-made in a compendium and in the temporary folder."""
    temporary = folder.parent / "temporary"
    return sorted(str(f) for f in [*temporary.iterdir(), *(f for p in LEFT for f in folder.glob(p))])


def alive(folder):
    """Return the processes that were started for a compendium, and what they are."""
    mark, found = f"TMPDIR={folder.parent / 'temporary'}".encode(), []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:80])
        except OSError:
            continue
    return found


def whole(folder, faults, what):
    """Make the study to the end; note what went wrong."""
    process = begin(folder)
    _, said = process.communicate()
    if process.returncode or "Traceback" in said or (folder / ".make" / "errors").exists():
        faults.append(f"{what}: exit code {process.returncode}: {said[-400:]}")
    if rubbish := left(folder):
        faults.append(f"{what}: left {rubbish[:4]}")


def struck(folder, seconds, aim, number, group, faults):
    """Start a run and end it after some seconds, or when something appears; return how long it took if it was over."""
    before = set(folder.glob(aim)) if aim else set()
    process, start = begin(folder), time.monotonic()
    while process.poll() is None and (
        time.monotonic() - start < seconds if not aim else set(folder.glob(aim)) <= before
    ):
        time.sleep(0.005)
    took, hit = time.monotonic() - start, process.poll() is None
    if hit:
        (os.killpg if group else os.kill)(process.pid, number)
    what = f"{signal.Signals(number).name} at {aim or f'{seconds:.1f} s'}"
    try:
        _, said = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        faults.append(f"{what}: still there after 60 s")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        said = ""
    expected = -number if number == signal.SIGKILL else 128 + number
    if hit and process.returncode not in (expected, 0):
        faults.append(f"{what}: exit code {process.returncode}")
    if hit and ("Traceback" in said or (folder / ".make" / "errors").exists()):
        faults.append(f"{what}: {said[-400:]}")
    until = time.monotonic() + 20
    while (others := alive(folder)) and time.monotonic() < until:
        time.sleep(0.1)
    if others:
        faults.append(f"{what}: outlived by {others}")
    return None if hit else took


def kills(count, aims, seed, until, faults):
    """Kill runs; return the figures."""
    chance = random.Random(seed)
    done = {"random": 0, "aimed": 0, "missed": 0, "compared": 0, "files": 0, "unsteady": 0}
    done["signals"] = {signal.Signals(number).name: 0 for number in dict.fromkeys(SIGNALS)}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve() / "compendium"
        (folder.parent / "temporary").mkdir()
        copy_compendium(folder)
        subprocess.run(["rm", "-rf", str(folder / ".git")], check=True)  # what is committed meanwhile changes no byte
        write_study(folder / "data" / "raw" / "toy")

        def clean(kept):
            made = [folder / "outputs", folder / "data/processed/toy", *(folder / ".make").glob("*")]
            subprocess.run(["rm", "-rf", *(str(f) for f in made if f.name not in kept)], check=True)

        def undisturbed(what):
            start = time.monotonic()
            whole(folder, faults, what)
            return time.monotonic() - start

        # What all studies share is half of the work on a tiny one: most runs find it there.
        nothing, most = (), ("reference", "figures")
        spent, first = {nothing: undisturbed("undisturbed")}, digests(folder)
        clean(most)
        spent[most] = undisturbed("undisturbed again")
        again = digests(folder)
        unsteady = {n for n in first | again if first.get(n) != again.get(n)}
        done |= {"files": len(first), "unsteady": len(unsteady)}
        seconds = ", ".join(f"{took:.0f} s" for took in spent.values())
        print(f"{len(first)} files in {seconds}; {sorted(unsteady)} differ between undisturbed runs", flush=True)
        plan = [*aims, *[None] * count]
        chance.shuffle(plan)
        for k in range(0, len(plan), CHAIN):
            if time.monotonic() > until or faults[8:]:
                break
            own = plan[k : k + CHAIN]
            kept = nothing if k % (4 * CHAIN) == 0 or SHARED in own else most
            clean(kept)
            for aim in sorted(own, key=lambda a: AIMS.index(a) if a else chance.randrange(len(AIMS))):
                number, group = chance.choice(SIGNALS), chance.random() < 0.5
                over = struck(folder, chance.uniform(0.2, spent[kept]), aim, number, group, faults)
                done["missed" if over else "aimed" if aim else "random"] += 1
                done["signals"][signal.Signals(number).name] += not over
                if over:  # the next one shall have something to be torn from
                    clean(kept)
                    spent[kept] = spent[kept] if aim else min(spent[kept], over)
            whole(folder, faults, "after kills")
            now = digests(folder)
            done["compared"] += 1
            differ = sorted(n for n in first | now if first.get(n) != now.get(n) and n not in unsteady)
            if differ:
                faults.append(f"after kills: {differ[:5]} are not as undisturbed")
            print(done, *faults, sep="\n", flush=True)
    return done


def fuzz(until, faults, first, examples=1):
    """Try the properties of broken files with new examples until the time is over; return how many of which file.

    Of every file so many at a time, or as many as `test_fuzz` takes for 1.
    """
    _, said = tried("--collect-only", "-k", "whatever_happens", "tests/adapting/test_fuzz.py")
    tests = sorted(re.findall(r"^tests/\S+::test_whatever\S+", said, re.MULTILINE))
    done = {"runs": 0, "examples": {}}
    if not tests:
        faults.append(f"broken files: no test was found: {said[-1500:]}")
    size = (
        2 if examples == 1 else len(tests)
    )  # at a time, so that little is lost when time is over; all if they are few
    for k in itertools.count():
        if (k and time.monotonic() > until) or not tests:  # once, however long finding the tests took
            return done
        own = [tests[(size * k + i) % len(tests)] for i in range(size)]
        seed = first + size * k // len(tests)
        more = [f"--hypothesis-seed={seed}", "--hypothesis-show-statistics"]
        limit = max(60, until - time.monotonic()) if examples == 1 else None
        code, said = tried(*more, *own, seconds=limit, examples=examples)
        if code not in (0, None):
            faults.append(f"broken files, seed {seed}: {said[-1500:]}")
        done["runs"] += code is not None
        for file, told in re.findall(r"whatever_happens\w*\[([^]\n]+)\]:\n(.*?)(?=\ntests/|\Z)", said, re.DOTALL):
            count = sum(map(int, re.findall(r"(\d+) passing", told)))
            done["examples"][file] = done["examples"].get(file, 0) + count


def marked(seconds, faults, *where):
    """Run the tests marked `torture` or `long`; return how many did what."""
    code, said = tried("-m", "torture or long", "--durations=8", *where, seconds=seconds)
    print(*re.findall(r"^[\d.]+s call .*", said, re.MULTILINE), sep="\n", flush=True)
    if code is None:
        faults.append("tests were cut off; they need more time")
    elif code:
        faults.append(said[-1500:])
    return {what: int((re.findall(rf"(\d+) {what}", said) or ["0"])[-1]) for what in ("passed", "failed", "skipped")}


def tried(*arguments, seconds=None, examples=1):
    """Run tests as `make torture` does; return the exit code, None if they were cut off, and what was said."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *arguments]
    given = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}  # what pytest says is read
    environment = given | {"COORDINATION_TORTURE": str(examples), "PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[0]
    return process.returncode, said


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--budget", type=float, default=3600, help="seconds")
    parser.add_argument("--random", type=int, default=50, help="kills at random moments")
    parser.add_argument("--aimed", type=int, default=len(AIMS), help="kills where a file appears")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("environments", "kills", "fuzz", "long"))
    parser.add_argument("--write", type=Path, help="file of figures")
    options = parser.parse_args()
    start = time.monotonic()
    figures = (
        yaml.safe_load(options.write.read_text(encoding="utf-8")) if options.write and options.write.is_file() else {}
    )
    wanted = [options.only] if options.only else ["environments", "kills", "fuzz"]

    def until(share):
        return start + options.budget * (1 if options.only else share)

    def noted(part, work):
        faults, begun = [], time.monotonic()
        figures[part] = {
            **work(faults),
            "seed": options.seed,
            "seconds": round(time.monotonic() - begun),
            "faults": faults,
        }
        text = yaml.safe_dump(figures, sort_keys=False, allow_unicode=True, width=110)
        if options.write:  # at once: what comes next may be cut off
            options.write.parent.mkdir(parents=True, exist_ok=True)
            options.write.write_text(text, encoding="utf-8")

    # What takes its time, however much there is, comes first; more kills and examples fill up what is left.
    if "environments" in wanted:
        seconds = until(0.5) - time.monotonic()
        noted("environments", lambda faults: marked(seconds, faults, "tests/pipeline"))
    if "kills" in wanted:
        noted("kills", lambda faults: kills(options.random, AIMS[: options.aimed], options.seed, until(0.5), faults))
    if "fuzz" in wanted:
        examples = 1 if options.budget > SHORT else FEW
        noted("fuzz", lambda faults: fuzz(until(1), faults, options.seed, examples))
    if "long" in wanted:
        others = ("tests", "--ignore=tests/pipeline", "--ignore=tests/adapting/test_fuzz.py")
        noted("long", lambda faults: marked(options.budget, faults, *others))
    print(yaml.safe_dump(figures, sort_keys=False, allow_unicode=True, width=110))
    sys.exit(any(figures[part]["faults"] for part in wanted))


if __name__ == "__main__":
    main()
