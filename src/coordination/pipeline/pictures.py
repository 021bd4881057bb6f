"""Figures as files: drawn in processes beside the notebook, and only if what they are made of has changed."""

from __future__ import annotations

import gc
import hashlib
import io
import json
import multiprocessing
import os
import pickle
import pkgutil
import re
import signal
import sys
import time
import warnings
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from coordination.locale import FOLDER
from coordination.pipeline import limits
from coordination.pipeline.files import checksum, write
from coordination.presentation.reader import Reader
from coordination.sections import modules
from coordination.study import costs

MOST = 500_000_000  # bytes of kept pictures

PACKAGE = FOLDER.parent

BEGUN = time.time()


@dataclass(frozen=True)
class Picture:
    """A figure in one language.

    Attributes
    ----------
    svg, png : bytes
        The files.
    preview : bytes
        What a notebook shows; empty where none was asked for.
    warned : list of (str, str, str, int)
        What was warned of in drawing it: text, `module:name` of the category, file, line.
    """

    svg: bytes
    png: bytes
    preview: bytes
    warned: list


class Pictures:
    """The figures of a notebook, drawn while it goes on.

    Parameters
    ----------
    folder : Path
        Where pictures are kept.
    aside : bool
        Whether figures are drawn in other processes, where the system can do so.
    """

    def __init__(self, folder, aside):
        # macOS has fork, but its own libraries do not live through it.
        self.folder, self._aside, self._workers = folder, aside and sys.platform == "linux", None

    def draw(self, draw, data, reader, shown):
        """Draw a figure, or take what was kept of it.

        Parameters
        ----------
        draw : callable
            `draw(*data, reader)` returns a matplotlib figure.
        data : tuple
        reader : Reader
        shown : bool
            Whether the notebook shows it.

        Returns
        -------
        concurrent.futures.Future of Picture
        """
        called = getattr(draw, "func", draw)
        place, task = None, None
        if called.__module__.startswith("coordination."):  # what else is drawn may be known to this process alone
            task = pickle.dumps((draw, data, reader.study, reader.regions))
            name = key(task, reader.language)
            place = name and self.folder / name
        found = place and kept(place)
        if found and (found.preview or not shown):
            return _done(found)
        if not task or not self._aside:
            return _done(drawn(draw, data, reader, shown, place))
        if self._workers is None:
            count = min(costs.processors(), 4)
            fork = multiprocessing.get_context("fork")
            self._workers = ProcessPoolExecutor(count, fork, _alone, (os.getpid(),))
        with warnings.catch_warnings():
            # that the process has threads: those begun here do nothing but draw
            warnings.simplefilter("ignore", DeprecationWarning)
            return self._workers.submit(_drawn, task, reader.language, shown, place)

    def close(self):
        """End the processes, and drop what is kept beyond the bound, first what was not used for longest."""
        if self._workers is not None:
            self._workers.shutdown(cancel_futures=True)
            self._workers = None
        prune(self.folder)


def _done(picture):
    result = Future()
    result.set_result(picture)
    return result


def _alone(parent):
    """Begin a process that only draws: it ends with its parent, and says nothing."""
    gc.freeze()  # what is there already stays, and need not be looked through again
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limits.bound(parent)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process lives


def _drawn(task, language, shown, place):
    draw, data, study, regions = pickle.loads(task)
    return drawn(draw, data, Reader(study, regions, language), shown, place)


def drawn(draw, data, reader, shown, place=None):
    """Draw a figure.

    Parameters
    ----------
    draw, data, reader, shown
        As for `Pictures.draw`.
    place : Path, optional
        Where to keep it.

    Returns
    -------
    Picture
    """
    from coordination.presentation.style import close, png, preview, raster, rendered, style

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with style():
            figure = draw(*data, reader)
            dots = raster(figure)
            svg = rendered(figure, "svg")
            close(figure)
    warned = [
        [str(w.message), f"{w.category.__module__}:{w.category.__qualname__}", w.filename, w.lineno] for w in said
    ]
    picture = Picture(svg, png(dots), preview(dots) if shown else b"", warned)
    if place:
        keep(place, picture)
    return picture


def warn(picture, told):
    """Warn of what was warned of in drawing, as if it were drawn here.

    Parameters
    ----------
    picture : Picture
    told : dict
        What was warned of before, as `warnings` notes it.
    """
    for text, category, file, line in picture.warned:
        warnings.warn_explicit(text, pkgutil.resolve_name(category), file, line, registry=told)


# Keeping pictures


def key(task, language):
    """Return the name under which a picture is kept: a checksum of everything that it is made of.

    Parameters
    ----------
    task : bytes
        The drawing function with its arguments, the data, study and regions, pickled. Equal data can be pickled in two
        ways, so that a figure is drawn although it is there; different data cannot be pickled in one.
    language : str

    Returns
    -------
    str or None
        None if the code was changed since this process began, which may have the code of before.
    """
    import matplotlib as mpl

    # the drawing itself, and what the objects that it is given can do
    named = {name.decode() for name in re.findall(rb"coordination\.[\w.]+", task)}
    drawing = code(frozenset(named), language)
    if drawing is None:
        return None
    # a backend is asked for where a notebook shows something itself, and draws nothing here
    settings = sorted((k, repr(v)) for k, v in dict.items(mpl.rcParams) if k != "backend")
    parts = [hashlib.sha256(task).hexdigest(), language, drawing, settings, environment(), fonts()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache
def code(named, language):
    """Return what draws: modules, those that they use, and the words of a language.

    Parameters
    ----------
    named : frozenset of str
        Modules, such as `coordination.spatial.figures`; what is none is left aside.
    language : str

    Returns
    -------
    list of (str, str) or None
        Files and their checksums; None if one was changed since this process began.
    """
    used = modules("\n".join(f"from {name} import _" for name in sorted({*named, __name__})), PACKAGE)
    files = [*(PACKAGE / f for f in sorted(used)), FOLDER / language / "words.yml"]
    if any(f.stat().st_mtime > BEGUN for f in files):
        return None
    return [(f.relative_to(PACKAGE).as_posix(), checksum(f)) for f in files]


@cache
def environment():
    """Return what else draws: Python and the versions of all installed packages.

    Returns
    -------
    list of str
    """
    folders = [Path(folder) for folder in dict.fromkeys(sys.path) if Path(folder).is_dir()]
    packages = sorted({found.name for folder in folders for found in folder.glob("*.dist-info")})
    return [sys.version, *os.uname()[::4], *packages] if hasattr(os, "uname") else [sys.version, *packages]


@cache
def fonts():
    """Return the checksums of the typefaces.

    Returns
    -------
    list of str
    """
    from coordination.presentation.style import FACES

    return [checksum(face) for face in FACES]


def keep(place, picture):
    """Keep a picture.

    Parameters
    ----------
    place : Path
    picture : Picture
    """
    parts = asdict(picture)
    contents = [parts.pop(name) for name in ("svg", "png", "preview")]
    head = json.dumps({**parts, "sizes": [len(content) for content in contents]}).encode() + b"\n"
    body = head + b"".join(contents)
    write(place, hashlib.sha256(body).digest() + body)


def kept(place):
    """Read a picture that was kept.

    Parameters
    ----------
    place : Path

    Returns
    -------
    Picture or None
        None if there is none, or not as it was written.
    """
    try:
        content = place.read_bytes()
        os.utime(place)
    except OSError:
        return None
    body = memoryview(content)[32:]
    if hashlib.sha256(body).digest() != content[:32]:
        return None
    file = io.BytesIO(body)
    head = json.loads(file.readline())
    return Picture(*(file.read(size) for size in head["sizes"]), head["warned"])


def prune(folder, most=None):
    """Drop kept pictures beyond a bound, first what was not used for longest.

    Parameters
    ----------
    folder : Path
    most : int, optional
        Bytes; MOST if not given.
    """
    entries = [(f.stat(), f.path) for f in os.scandir(folder)] if folder.is_dir() else []
    size = sum(about.st_size for about, _ in entries)
    for about, path in sorted(entries, key=lambda entry: entry[0].st_mtime):
        if size <= (MOST if most is None else most):
            break
        Path(path).unlink(missing_ok=True)
        size -= about.st_size
