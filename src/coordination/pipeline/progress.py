"""One progress bar for all notebooks."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from contextlib import contextmanager

from coordination.pipeline.files import write
from coordination.pipeline.paths import outputs, processed
from coordination.sections import before


class Progress:
    """One line for all notebooks of a study that run at the same time, whichever process runs them.

    Every process notes in a small file how many cells its notebook has finished, and draws the same line from all of
    these files, so that it does not matter who drew last.

    Parameters
    ----------
    study : str
    lengths : dict of str to int
        Number of cells of every notebook.
    """

    def __init__(self, study, lengths):
        from tqdm import tqdm

        self.study, self.lengths = study, lengths
        self.folder = processed(study).resolve() / ".running"
        self.begun = float(os.environ.get("COORDINATION_BEGUN") or time.time())
        look = "{desc:<42.42} {percentage:3.0f}% |{bar:30}| {elapsed}"
        self.bar = tqdm(total=sum(lengths.values()), bar_format=look, leave=False, disable=None, delay=1e-9)
        self.bar.start_t = self.begun
        self.note = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()

    @contextmanager
    def of(self, name):
        """Show a notebook's progress while it runs.

        Parameters
        ----------
        name : str
        """
        self.note, self.cells = self.folder / name, 0
        write(self.note, "0")
        self.draw()
        try:
            yield
        finally:
            self.note.unlink(missing_ok=True)
        if self.bar.disable:
            print(f"{self.study}: {name}", file=sys.stderr, flush=True)

    def cell(self):
        """Count a finished cell."""
        self.cells += 1
        write(self.note, str(self.cells))
        self.draw()

    def draw(self):
        """Draw the line: notebooks that run, and the share of all cells that are done."""
        running = self._running()
        made = {k for k in self.lengths if self._made(k)}
        # What another reads has been made, if perhaps in an earlier run.
        made |= {k for name in made | set(running) for k in before(name)} - set(running)
        done = {k: running.get(k, n if k in made else 0) for k, n in self.lengths.items()}
        self.bar.n = sum(min(done[k], n) for k, n in self.lengths.items())  # papermill may have added a cell
        self.bar.set_description_str(f"{self.study}: {', '.join(running)}")

    def _running(self):
        """Return how many cells of each notebook that runs are finished."""
        found = {}
        for file in sorted(self.folder.glob("[0-9]*")):
            with contextlib.suppress(FileNotFoundError):  # another process may just have ended
                if file.stat().st_mtime > self.begun - 1:
                    found[file.name] = int(file.read_text(encoding="utf-8"))
        return found

    def _made(self, name):
        file = outputs(self.study) / "notebooks" / f"{name}.ipynb"
        return file.is_file() and file.stat().st_mtime > self.begun
