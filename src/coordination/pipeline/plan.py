"""What of a study is out of date, by content and not by dates, and making it: every task once what it reads is there.

A task is a command line of this package, so that each can be run alone; a record says of each with what content it was
made, and what it made. Only the standard library is needed to say what would be made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import kept, limits, scratch, stamp, warm
from coordination.pipeline.paths import STUDY, handover, note_file, output_root, outputs, raw, root, run_note, shared
from coordination.sections import OWN, SECTIONS, Section, given, modules, notebook_source, resources, sections

PATIENCE = 2.0  # seconds in which what was interrupted is expected to end

ROOMY = 2 << 30  # bytes of memory that are free before a second document is typeset at the same time


@dataclass(frozen=True, eq=False)
class Task:
    """Something that is made by one command.

    Attributes
    ----------
    name : str
        Such as `02-weights` or `paper.en`; unique in a study.
    study : str
        Empty if all studies share what it makes.
    command : tuple of str
        Arguments of `python -m coordination`.
    files : tuple of Path
        What it reads that no task makes: code, words, the study's own files.
    after : tuple of str
        Tasks whose results it reads.
    reads : callable
        `reads(file)` says of a file made by those whether it is read.
    made : callable
        `made()` returns what it has made, a list of Path.
    setting : str
        What else it was made with.
    typesets : bool
        Whether it takes as much memory as a paper.
    """

    name: str
    study: str
    command: tuple[str, ...]
    files: tuple[Path, ...]
    after: tuple[str, ...]
    made: Callable
    reads: Callable = lambda file: True
    setting: str = ""
    typesets: bool = False


class Record:
    """What is known of the files and tasks of a study, kept from run to run.

    Parameters
    ----------
    file : Path
    """

    def __init__(self, file):
        self.file, self.root = file, root()
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        self.seen, self.tasks, self.left_out = (known.get(k, {}) for k in ("seen", "tasks", "left_out"))

    def save(self):
        """Write the record, whole or not at all."""
        known = {"seen": self.seen, "tasks": self.tasks, "left_out": self.left_out}
        scratch.write(self.file, json.dumps(known, ensure_ascii=False))

    def name(self, path):
        """Return a path as the record knows it: relative to the compendium if within, so that a copy knows it too."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def digest(self, path):
        """Return the SHA-256 of a file, read only if it has moved since it was last read; None if it is not there.

        Of a notebook in `notebooks/` only what is run counts, not what it showed when it was saved.
        """
        name = self.name(path)
        try:
            sight = stamp.sight(path)
            known = self.seen.get(name)
            if known is None or known[0] != sight:
                content = path.read_bytes()
                if path.suffix == ".ipynb" and path.parent.name == "notebooks" and path.parent.parent == self.root:
                    content = _cells(content)
                known = self.seen[name] = [sight, hashlib.sha256(content).hexdigest()]
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            self.seen.pop(name, None)
            return None
        return known[1]


def _cells(content):
    try:
        cells = json.loads(content)["cells"]
        return json.dumps([[c["cell_type"], c["source"], c["metadata"], c.get("id")] for c in cells]).encode()
    except (ValueError, KeyError, TypeError):
        return content  # whoever runs it says what is wrong with it


def checked(name):
    """Return a study's name, if it is one.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Raises
    ------
    InputError
        If it is not as `paths.STUDY` says.
    """
    if not STUDY.fullmatch(name):
        remedy = "write it with hyphens, such as my-region"
        raise InputError("study", f"'{name}'", "letters, digits, - and _, at most 64", remedy)
    return name


def studies():
    """Return the names of all studies.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If a folder's name is no name of a study.
    """
    folder = Path(os.environ.get("COORDINATION_STUDIES") or root() / "data" / "raw")
    return [checked(file.parent.name) for file in sorted(folder.glob("*/study.yml"))]


def _left_out(study, record):
    """Return what a study leaves out; read again only if its document changed, as that needs libraries."""
    digest = record.digest(raw(study) / "study.yml")
    if digest not in record.left_out:
        try:
            from coordination.study.document import load
        except ImportError:  # nothing is installed yet: everything is listed
            return []
        record.left_out = {digest: list(load(raw(study)).left_out)}
    return record.left_out[digest]


def tasks(study, language, parameters, record):
    """Return everything that is made of a study.

    Parameters
    ----------
    study, language : str
    parameters : sequence of str
        Of the notebooks, NAME=VALUE.
    record : Record

    Returns
    -------
    list of Task
        Each behind those whose results it reads.
    """
    package = Path(__file__).parents[1]
    folder, home = raw(study), root()
    chosen = ["--study", study]
    for variable, option in (("OUTPUT_ROOT", "--output-root"), ("STUDIES", "--studies"), ("PANEL", "--panel")):
        if os.environ.get(f"COORDINATION_{variable}"):
            chosen += [option, record.name(Path(os.environ[f"COORDINATION_{variable}"]))]
    lock, panel = home / "requirements.lock", os.environ.get("COORDINATION_PANEL", "")
    words = sorted(f for f in (package / "locale").glob("*/*") if f.is_file() and f.suffix != ".pyc")
    own = sorted(f for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc")

    def code(source, *more):
        used = modules(source, package)
        return tuple(package / f for f in sorted(used | set(more) | resources(used, package)))

    plan = sections(folder, _left_out(study, record))
    writers = {name: s.name for s in plan for name in s.writes}
    result = []
    for s in plan:
        notebook = home / "notebooks" / f"{s.name}.ipynb"
        files = [lock, notebook, *code(notebook_source(notebook), "pipeline/execute.py"), *given(s, folder)]
        files += sorted(f for pattern in s.shared for f in home.glob(pattern))
        if panel and not s.reads:
            files += sorted(Path(panel).glob("*")) if Path(panel).is_dir() else [Path(panel)]
        options = [option for p in (f"language={language}", *parameters) for option in ("-p", p)]
        wanted = {handover(study, name) for name in s.reads}
        result.append(
            Task(
                s.name,
                study,
                ("run", *chosen, *options, s.name),
                tuple(files),
                tuple(dict.fromkeys(writers[name] for name in s.reads if name in writers)),
                lambda name=s.name: _noted(study, name),
                wanted.__contains__,
                f"language={language} panel={panel} {' '.join(parameters)}",
            )
        )
    names = tuple(s.name for s in plan)
    out = outputs(study)
    collect = code("from coordination.pipeline import results")
    result.append(
        Task(
            "collect",
            study,
            ("collect", *chosen),
            (*collect, *words, *own),
            names,
            lambda: (
                [
                    f
                    for f in out.iterdir()
                    if f.name in ("results.json", "provenance.json", "contents.csv", "run.json")
                    or f.name in ("results.dta", "results.parquet")
                ]
                + sorted(out.glob("tables.*.*"))
            ),
        )
    )
    paper = (*code("from coordination.publishing.paper import pdf"), *words, folder / "study.yml")
    paper += tuple(f for place in (home / "paper", folder / "paper") for f in sorted(place.glob("*.*")))
    documents = {"paper": paper}
    for s in (s for s in plan if s.name == "09-diagnosis"):  # whose lenses profiles name, on a map
        own_files = (*given(s, folder), *(f for pattern in s.shared for f in sorted(home.glob(pattern))))
        documents["profiles"] = tuple(dict.fromkeys((*paper, *own_files)))
    for document, files in documents.items():
        for k in LANGUAGES:
            shown = (f".{k}.csv", f".{k}.svg", f".{k}.png")
            result.append(
                Task(
                    f"{document}.{k}",
                    study,
                    ("paper", *chosen, "--document", document, "--language", k),
                    files,
                    (*names, "collect"),
                    lambda d=document, k=k: [f for f in out.iterdir() if f.name in _documents(d, k)],
                    lambda file, shown=shown: file.name == "results.json" or file.name.endswith(shown),
                    typesets=True,
                )
            )
    read = [n for n in ("normalised", "weights", "scores", "coordination", "rank-intervals") if n in writers]
    shown = {handover(study, name) for name in read}
    printed = ("published/table4*", "published/table6*", "published/claims*")
    result.append(
        Task(
            "explorer",
            study,
            ("explorer", *chosen),
            (
                *code("from coordination.publishing.explorer import calculator, page"),
                *words,
                *given(Section("explorer", (), (), (*printed, OWN)), folder),
            ),
            tuple(dict.fromkeys(writers[name] for name in read)),
            lambda: sorted((*out.glob("calculator.*"), *out.glob("explorer.*"))),
            shown.__contains__,
        )
    )
    site = [f for f in sorted((home / "site").rglob("*")) if f.is_file() and f.suffix != ".pyc"]
    styles = [f for f in site if f.relative_to(home / "site").parts[0] in ("conf.py", "static", "templates")]
    made = shared() / "reference"
    result.append(
        Task(
            "reference",
            "",
            ("reference",),
            (lock, *styles, package / "locale" / "en" / "site.yml", *sorted(package.rglob("*.py"))),
            (),
            lambda: sorted(f for f in made.rglob("*") if f.is_file()),
        )
    )
    result.append(
        Task(
            "site",
            study,
            ("site", *chosen),
            (*code("from coordination.publishing.site import build"), *words, *own, *site),
            tuple(t.name for t in result),
            lambda: sorted(f for f in (out / "site").rglob("*") if f.is_file()),
        )
    )
    return result


PAPERS = (
    ("paper", "pdf"), ("paper", "docx"), ("supplement", "pdf"), ("paper", "json"),
    ("methods", "docx"), ("methods", "txt"), ("abstract", "txt"),
)  # fmt: skip


def _documents(document, language):
    if document == "profiles":
        return [f"profiles.{language}.pdf"]
    return [f"{name}.{language}.{kind}" for name, kind in PAPERS]


def _noted(study, name):
    """Return what a notebook made, by its own note."""
    note = note_file(study, name)
    made = json.loads(note.read_text(encoding="utf-8"))["made"]
    files = [output_root() / f for m in made for f in m["files"]]
    return [*files, note, outputs(study) / "notebooks" / f"{name}.ipynb", run_note(study, name)]


@dataclass(frozen=True)
class Wish:
    """What a user of make asks for beside its targets.

    Attributes
    ----------
    dry, always, accept, ask, keep_going : bool
        As make's -n, -B, -t, -q and -k.
    jobs : int or None
        Tasks at a time; as many as there are processors if None.
    """

    dry: bool = False
    always: bool = False
    accept: bool = False
    ask: bool = False
    keep_going: bool = False
    jobs: int | None = None


def wish(flags):
    """Read what make was told.

    Parameters
    ----------
    flags : str
        Its variable MAKEFLAGS; empty without make.

    Returns
    -------
    Wish

    Examples
    --------
    >>> wish("kn -j3 --jobserver-auth=3,4 -- STUDY=x").jobs
    3
    """
    letters, *more = f"{flags} ".partition(" -- ")[0].split(" ")
    letters = "" if letters.startswith("-") or "=" in letters else letters
    letters += "".join(m[1:] for m in more if re.fullmatch("-[a-zA-Z]+", m))
    jobs = re.search(r"(?:^| )-j *([0-9]+)", flags)
    return Wish(*(sign in letters for sign in "nBtqk"), jobs=int(jobs[1]) if jobs else None)


# What else but a task's own record tells which task makes a file
_MADE = {
    "collect": ("results.json", "provenance.json", "contents.csv"),
    "paper": tuple(f"{name}.{k}.{kind}" for k in LANGUAGES for name, kind in PAPERS[:-1]),
    "explorer": tuple(f"{page}.{k}.html" for page in ("explorer", "calculator") for k in LANGUAGES),
    "site": ("site/index.html",),
}


class Plan:
    """The tasks of studies, and what of them is out of date.

    Parameters
    ----------
    names : sequence of str
        Studies.
    language : str
        Of what the notebooks show.
    parameters : sequence of str
        Of the notebooks, NAME=VALUE.
    keep : bool
        Whether what was changed by hand stays: the tasks that made it are not run.
    again : sequence of str
        Tasks that are run whatever they read.

    Raises
    ------
    InputError
        If a study is not there or its document does not hold.
    """

    def __init__(self, names, language, parameters, keep=False, again=()):
        self.root, self.again = root(), again
        self.records = {"": Record(shared() / "plan" / ".shared.json")}
        found = []
        for study in names:
            if not (raw(checked(study)) / "study.yml").is_file():
                expected = f"one of {', '.join(studies())}"
                raise InputError("study", f"'{study}'", expected, "name one with STUDY=, or --study")
            record = self.records[study] = Record(_file_of(study, "json"))
            found += tasks(study, language, parameters, record)
        self.tasks = {(t.study, t.name): t for t in found}
        found = list(self.tasks.values())  # what studies share is there once
        self.before = {t: [self.tasks.get((t.study, n)) or self.tasks["", n] for n in t.after] for t in found}
        chains = {}
        for task in reversed(found):
            chains[task] = max((1 + chains[t] for t in found if t in chains and task in self.before[t]), default=0)
        # What most waits for is begun first.
        self.order = sorted(self.tasks.values(), key=lambda t: -chains[t])
        self.kept = {t: edited for t in found if keep and (edited := self._whole(t) and self.edited(t))}
        self.marks = {}
        for task in found:
            marks = [m for t in self.before[task] for m in (*self.marks[t], *self._marks(t, task.reads))]
            self.marks[task] = list({m["file"]: m for m in marks}.values())

    def _whole(self, task):
        record = self.records[task.study]
        return all(record.digest(self.root / n) for n in record.tasks.get(task.name, {}).get("made", ()))

    def _marks(self, task, reads):
        """Return what was kept of what a task made and another one reads, as `kept.of` does."""
        record, base = self.records[task.study], output_root()
        for name in self.kept.get(task, ()):
            path, made = self.root / name, record.tasks[task.name]["made"][name]
            if reads(path):
                shown = path.relative_to(base).as_posix() if path.is_relative_to(base) else name
                yield {"file": shown, "by": task.name, "made": made, "found": record.digest(path)}

    def read(self, task):
        """Return what a task reads, as it is now, and what it depends on that was kept: digests by names of files."""
        record, files = self.records[task.study], [*task.files]
        for earlier in self.before[task]:
            made = self.records[earlier.study].tasks.get(earlier.name, {}).get("made", ())
            files += filter(task.reads, map(self.root.joinpath, made))
        marks = {f"{m['file']}, kept": m["found"] for m in self.marks[task]}
        return {record.name(f): record.digest(f) for f in files} | marks

    def edited(self, task):
        """Return which files that a task made are there and are not as it made them."""
        record = self.records[task.study]
        known = record.tasks.get(task.name, {})
        now = {name: record.digest(self.root / name) for name in known.get("made", ()) if not known.get("begun")}
        return [name for name, digest in now.items() if digest not in (None, known["made"][name])]

    def due(self, task):
        """Return whether a task has to be run: what it read, was made with, or made is not as it was, and not kept."""
        return task not in self.kept and self._moved(task)

    def _moved(self, task, made=True):
        record = self.records[task.study]
        known = record.tasks.get(task.name, {})
        if task.name in self.again or known.get("setting") != task.setting or known["read"] != self.read(task):
            return True
        return made and any(record.digest(self.root / name) != digest for name, digest in known["made"].items())

    def listed(self, always=False):
        """Return the tasks that would be run if each made something new, in their order."""
        due = set()
        for task in self.order:
            again = always or due.intersection(self.before[task]) or self.due(task)
            if again and task not in self.kept:
                due.add(task)
        return [t for t in self.order if t in due]

    def only(self, wanted):
        """Leave out what is not needed for some tasks, or for the tasks that make some files.

        Parameters
        ----------
        wanted : sequence of str
            Names of tasks, of documents in all languages, or files.

        Raises
        ------
        InputError
            If nothing makes one of them.
        """
        needed = []
        for name in wanted:
            path = Path(os.path.abspath(name))
            makers = [t for t in self.order if name in (t.name, t.name.partition(".")[0]) or self._makes(t, path)]
            if not makers:
                known = ", ".join(dict.fromkeys(t.name.partition(".")[0] for t in self.order))
                raise InputError("target", f"'{name}'", f"one of {known}, or a file that one makes", "correct it")
            needed += makers
        for task in needed:
            needed += [t for t in self.before[task] if t not in needed]
        self.order = [t for t in self.order if t in needed]

    def _makes(self, task, path):
        known = self.records[task.study].tasks.get(task.name, {}).get("made", ())
        written = [handover(task.study, n) for s in SECTIONS if s.name == task.name for n in s.writes]
        written.append(outputs(task.study) / "notebooks" / f"{task.name}.ipynb")
        written += [outputs(task.study) / n for n in _MADE.get(task.name.partition(".")[0], ())]
        return path in written or self.records[task.study].name(path) in known

    def accept(self):
        """Take everything that is there as made of what is there, as `make -t` does."""
        for task in self.order:
            if made := self._made(task):
                self._note(task, self.read(task), made)

    def _made(self, task):
        try:
            return [f for f in task.made() if f.is_file()]
        except OSError:
            return []

    def _note(self, task, read, made):
        record = self.records[task.study]
        made = {record.name(f): record.digest(f) for f in made}
        record.tasks[task.name] = {"setting": task.setting, "read": read, "made": made}
        record.save()

    def make(self, asked):
        """Run what is out of date, everything in its order and as much at a time as is asked for.

        Parameters
        ----------
        asked : Wish

        Returns
        -------
        made : list of Task
        failed : bool
            Whether a task failed, which then has said why.
        """
        from coordination.study import costs

        jobs = asked.jobs or costs.processors()
        waiting, running, done, made, failed = [*self.order], {}, set(), [], False
        try:
            while not failed or asked.keep_going or running:
                if not failed or asked.keep_going:
                    self._begin(asked.always, jobs, waiting, running, done)
                if not running:
                    break
                for process in _ended(running):
                    task, read = running.pop(process)
                    if process.poll() == 0:
                        self._note(task, read, self._made(task))
                        done.add(task)
                        made.append(task)
                    else:
                        failed = True
                        del self.records[task.study].tasks[task.name]["begun"]
                        self.records[task.study].save()
        finally:
            _stop(running)
        for record in self.records.values():
            record.save()
        return made, failed

    def _begin(self, always, jobs, waiting, running, done):
        """Begin what can be begun, and pass over what is as it was."""
        passed = True
        while passed:  # what was passed over may have been the last that others waited for
            passed = False
            for task in [t for t in waiting if done.issuperset(self.before[t])]:
                if task in self.kept or (not always and not self.due(task)):
                    waiting.remove(task)
                    done.add(task)
                    passed = True
                elif len(running) < jobs and _fits(task, running):
                    waiting.remove(task)
                    process, read = self._start(task)
                    running[process] = task, read

    def _start(self, task):
        for name in self.edited(task):
            print(f"{name}: not as {task.name} made it; made again", file=sys.stderr)
        read, record = self.read(task), self.records[task.study]
        record.tasks.setdefault(task.name, {})["begun"] = True
        record.save()
        environment = os.environ | {"COORDINATION_TASK": task.name}
        if warm.wanted():
            return warm.Forked("coordination.__main__:main", task.command, environment, self.root), read
        command = [sys.executable, "-m", "coordination", *task.command]
        return subprocess.Popen(command, env=environment, cwd=self.root, **limits.ends_with_this()), read

    def tell_kept(self):
        """Say what is kept, and note for the tasks that depend on it that they do."""
        for task, edited in self.kept.items():
            since = ", though what that reads has changed" if self._moved(task, made=False) else ""
            for name in edited:
                print(f"{name}: not as {task.name} made it; kept{since}", file=sys.stderr)
        for study in filter(None, self.records):
            marks = {t.name: m for t, m in self.marks.items() if m and t.study == study}
            if marks:
                scratch.write(kept.place(study), json.dumps(marks, ensure_ascii=False))
            else:
                kept.place(study).unlink(missing_ok=True)

    def keep(self, study, setting, said):
        """Remember that everything is up to date, for `stamp`, which says so as long as no file or folder moves.

        Parameters
        ----------
        study, setting, said : str
        """
        files = {f for t in self.tasks.values() for f in t.files}
        folders = {f.parent for f in files} | {raw(study), self.root / "data" / "raw"}
        files |= {self.root / n for t in self.tasks.values() for n in self.records[t.study].tasks[t.name]["made"]}
        name = self.records[study].name
        seen = {name(f): stamp.sight(f) for f in sorted(files | folders) if f.exists()}
        scratch.write(_file_of(study, "stamp"), json.dumps({"setting": setting, "said": said, "seen": seen}))


def _file_of(study, kind):
    return output_root() / ".make" / "plan" / f"{study}.{kind}"


def _fits(task, running):
    """Return whether memory is left for a task: one document is typeset at a time where it is short."""
    from coordination.study import costs

    return not task.typesets or not any(t.typesets for t, _ in running.values()) or costs.free() > ROOMY


def _ended(running):
    """Wait until a process has ended; return all that have."""
    while not (ended := [p for p in running if p.poll() is not None]):
        if warm.wanted():
            select.select([*running], [], [])
        else:
            time.sleep(0.05)
    return ended


def _stop(running):
    """Wait for processes that were interrupted with this one; interrupt those that were not; end what goes on."""
    for end in (lambda p: None, lambda p: p.send_signal(signal.SIGTERM), lambda p: p.kill()):
        waiting = [p for p in running if p.poll() is None]
        for process in waiting:
            end(process)
        until = time.monotonic() + PATIENCE
        for process in waiting:
            with suppress(TimeoutError, subprocess.TimeoutExpired):
                process.wait(max(0.01, until - time.monotonic()))


def command(names, language, parameters, wanted, flags, keep=False, again=()):
    """Make studies, or say what would be made: the commands `all` and `studies`.

    Parameters
    ----------
    names : sequence of str
        Studies.
    language : str
    parameters, wanted : sequence of str
        See `Plan`, and `Plan.only`; everything if nothing is wanted.
    flags : str
        What make was told, its variable MAKEFLAGS.
    keep : bool
    again : sequence of str
        See `Plan`.

    Returns
    -------
    int
        Exit code.

    Raises
    ------
    InputError
        If a study or a name does not hold.
    """
    shown = os.environ.get("COORDINATION_OUTPUT_ROOT") or "."
    setting = " ".join([*names, language, os.environ.get("COORDINATION_PANEL", ""), *parameters])
    setting += " --keep" if keep else ""
    for variable in ("OUTPUT_ROOT", "STUDIES", "PANEL"):
        if os.environ.get(f"COORDINATION_{variable}"):
            os.environ[f"COORDINATION_{variable}"] = os.path.abspath(os.environ[f"COORDINATION_{variable}"])
    asked, plan = wish(flags), Plan(names, language, parameters, keep, again)
    if wanted:
        plan.only(wanted)
    due = plan.listed(asked.always)
    if asked.ask:
        return int(bool(due))
    if asked.dry:
        for task in due:
            print(shlex.join(["python", "-m", "coordination", *task.command]))
        return 0
    if asked.accept:
        plan.accept()
        return 0
    plan.tell_kept()
    made, failed = [], False
    if due:
        os.environ.setdefault("COORDINATION_BEGUN", str(time.time()))
        scratch.sweep(output_root(), root())
        if warm.wanted():
            warm.start()
        made, failed = plan.make(asked)
    if failed:
        return 1
    for study in names:
        own = [t.name for t in made if t.study in (study, "")]
        notebooks = sum(name[0].isdigit() for name in own)
        texts = " ".join(dict.fromkeys(name.partition(".")[0] for name in own))
        out = f"{shown}/outputs/{study}"
        nothing = f"{study}: nothing to do, {out} is up to date"
        nothing += " but for what was changed by hand and kept" if any(t.study == study for t in plan.kept) else ""
        said = f"made {notebooks} notebooks and the rest" if notebooks else f"made {texts}"
        print(f"{study}: {said}; see {out}" if own else nothing)
        if len(names) == 1 and not wanted:
            plan.keep(study, setting, nothing)
    return 0
