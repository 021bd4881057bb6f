"""Whether an archive holds: its run made again in an empty folder, and every file compared."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from coordination.errors import InputError, told
from coordination.pipeline import limits, plan, scratch
from coordination.pipeline.files import committed
from coordination.pipeline.paths import root
from coordination.pipeline.provenance import MADE, NOTE, SUMS, archived, commit, sums
from coordination.publishing.archive import opened
from coordination.publishing.archive.compared import first
from coordination.publishing.archive.contents import RECORD, WRITTEN
from coordination.study.files import displayed

LOCK = "requirements.lock"
STANDARD_ERROR = 2  # where what a run says goes, apart from what is found


def verify(file, into=None, trusted=False):
    """Make the run of an archive again and say which of its files agree, and where those that do not first differ.

    Parameters
    ----------
    file : Path
    into : Path, optional
        An empty folder in which the archive (`archive`) and what was made again (`rebuilt`) are left.
    trusted : bool
        Whether code of the archive is run that is not that of this compendium.

    Returns
    -------
    bool
        Whether everything agrees.

    Raises
    ------
    InputError
        If it is no archive, or is not to be run or built here.
    """
    with ExitStack() as stack:
        place = _empty(into) if into else stack.enter_context(scratch.folder())
        digests = opened.unpack(file, place / "archive")
        altered = against_sums(place / "archive", digests, displayed(file))
        note = archived(place / "archive")
        plan.checked(note["study"])
        own = [name for name in digests if not MADE.match(name)]
        if (code := foreign(place / "archive", own, note["study"])) and not trusted:
            found = told(
                "code that this copy does not have: {count} files, first {name}", count=len(code), name=code[0]
            )
            expected = told("that of commit {commit}", commit=commit()[:12])
            remedy = told(
                "verify with a checkout of commit {commit}, or read these files and add TRUST=yes to run them",
                commit=note["commit"][:12],
            )
            raise InputError(displayed(file), found, expected, remedy)
        for name in altered:
            print(name)
        rebuilt = place / "rebuilt"
        for name in own:
            target = rebuilt / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place / "archive" / name, target)
        build(rebuilt, note, digests.get(LOCK))
        made = [f"outputs/{note['study']}/", f"data/processed/{note['study']}/"]
        agree, differ = compare(place / "archive", rebuilt, made)
        said(note, agree, differ)
        if into:
            print(f"see {displayed(place)}")
        return not (altered or differ)


def _empty(folder):
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InputError(displayed(folder), "a folder with files in it", "an empty one", "name another with INTO=")
    return folder


def against_sums(folder, digests, name):
    """Hold an archive against its own list of checksums.

    Parameters
    ----------
    folder : Path
        Into which it was unpacked.
    digests : dict of str to str
        SHA-256 of its files.
    name : str
        Of the archive.

    Returns
    -------
    list of str
        What is not as the list says, a line each.

    Raises
    ------
    InputError
        If there is no such list.
    """
    if SUMS not in digests or NOTE not in digests:
        raise InputError(name, f"no {SUMS} or {NOTE}", "an archive written by `make archive`", opened.REMEDY)
    known = sums((folder / SUMS).read_text(encoding="utf-8", errors="replace"))
    there = {n: d for n, d in digests.items() if n != SUMS and not n.endswith(f"/{RECORD}")}
    lines = [f"{n}: missing, though {SUMS} lists it" for n in known if n not in there]
    lines += [f"{n}: not in {SUMS}" for n in there if n not in known]
    return lines + [f"{n}: changed after the archive was made" for n in there if known.get(n, there[n]) != there[n]]


def foreign(folder, names, study):
    """Return the files of an archive, but those of its study, that this compendium does not have as they are.

    Parameters
    ----------
    folder : Path
    names : iterable of str
    study : str

    Returns
    -------
    list of str
    """
    others = sorted(n for n in names if n not in WRITTEN and not n.startswith(f"data/raw/{study}/"))
    return [n for n in others if not (root() / n).is_file() or committed(root() / n) != (folder / n).read_bytes()]


def build(folder, note, lock):
    """Make the run of an archive again, without a network where the system can cut it off.

    Parameters
    ----------
    folder : Path
        With the sources alone.
    note : dict
        See `pipeline.provenance.archived`.
    lock : str
        SHA-256 of the archive's lock: where it is another than here, its packages are installed beside the run.

    Raises
    ------
    InputError
        If the run fails.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COORDINATION_", "MAKE", "MFLAGS"))}
    environment = kept | {"PYTHONPATH": str(folder / "src")}
    python = sys.executable
    if lock != hashlib.sha256(committed(root() / LOCK)).hexdigest():
        bare = {k: v for k, v in environment.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
        _run(["make", ".venv/.complete"], folder, bare, "packages that could not be installed")
        python = str(folder / ".venv" / "bin" / "python")
    options = ["--study", note["study"], "--language", note["language"]]
    options += [part for parameter in note["parameters"] for part in ("-p", parameter)]
    cut = limits.without_network()
    if cut is None:
        print("the network is not cut off, as this system cannot", file=sys.stderr)
    _run([python, "-m", "coordination", "all", *options], folder, environment, "a run that failed", cut)


def _run(command, folder, environment, fault, setting=None):
    setting = limits.ends_with_this() if setting is None else setting
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=STANDARD_ERROR, **setting)
    if process.wait():
        raise InputError("the archive's run", fault, "one that ends well", "see what is said above")


def compare(ours, theirs, folders):
    """Compare what a run made with what was made again.

    Parameters
    ----------
    ours, theirs : Path
        Of the archive, and made again.
    folders : sequence of str
        Within both.

    Returns
    -------
    agree : list of str
        Names of files with the same bytes.
    differ : dict of str to str
        Where the others first differ.
    """
    found = [
        {f.relative_to(base).as_posix() for folder in folders for f in (base / folder).rglob("*") if f.is_file()}
        for base in (ours, theirs)
    ]
    agree, differ = [], {}
    for name in sorted(set.union(*found)):
        if name.endswith(f"/{RECORD}"):
            continue
        if not all(name in names for names in found):
            differ[name] = "only in the archive" if name in found[0] else "only in what was rebuilt"
        elif place := first(name, (ours / name).read_bytes(), (theirs / name).read_bytes()):
            differ[name] = place
        else:
            agree.append(name)
    return agree, differ


def said(note, agree, differ):
    """Print what agrees, by folder, and where every other file first differs.

    Parameters
    ----------
    note : dict
        See `pipeline.provenance.archived`.
    agree : list of str
    differ : dict of str to str
    """
    folders = {}
    for name in (*agree, *differ):
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    for folder, names in sorted(folders.items()):
        same = sum(name not in differ for name in names)
        print(f"{folder}/: {same} of {len(names)} files agree")
        for name in (n for n in names if n in differ):
            print(f"  {name}: {differ[name]}")
    total = len(agree) + len(differ)
    print(f"{note['study']}, commit {note['commit'][:12]}: {len(agree)} of {total} files agree")
