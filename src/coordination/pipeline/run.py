"""A notebook at work: what it reads, writes, shows and says."""

from __future__ import annotations

import json
import math
import os
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline.files import (
    checksum,
    claims,
    committed,
    csv_text,
    for_people,
    lens_documents,
    panel_file,
    plain,
    published,
    read_handover,
    read_released,
    read_released_variants,
    write,
)
from coordination.pipeline.inputs import covariates, given_weights, panel, polygons
from coordination.pipeline.paths import figures_kept, handover, note_file, output_root, outputs, raw
from coordination.pipeline.pictures import Pictures, warn
from coordination.presentation import html, sizes
from coordination.presentation.columns import shortened
from coordination.presentation.reader import FORMS, Reader
from coordination.sections import COLUMNS, MADE_BY, SECTIONS
from coordination.study.document import load
from coordination.study.model import Study
from coordination.study.regions import read_regions


@dataclass(frozen=True)
class Note:
    """A number that a text may quote, or columns of a tidy table of which every row is one.

    Attributes
    ----------
    key : str
        Its name, unique in the study. Of a table the beginning: the values of `by` follow, joined by points.
    what : number, str, bool or pandas.DataFrame
    by : sequence of str
        Columns that name a row of the table.
    column : str or sequence of str
        That is noted; if several are, the name of each stands behind `key`.
    unit, decimals, of, function
        As for `Run.note`; None for what that gives to all.
    """

    key: str
    what: object
    by: tuple[str, ...] = ()
    column: str | tuple[str, ...] = ""
    unit: str | None = None
    decimals: int | None = None
    of: str | None = None
    function: object = None


@dataclass(frozen=True)
class Run:
    """A notebook at work: what it may read, where it writes, what it has said.

    Attributes
    ----------
    section : Section
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}
        In which the notebook shows things; figures and tables are written in every language.
    panel : Path or None
        The raw panel; None if the pipeline starts from the released one.
    """

    section: object
    study: Study
    regions: object
    language: str
    panel: Path | None
    _said: dict = field(default_factory=dict, repr=False)
    _made: list = field(default_factory=list, repr=False)
    _drawing: list = field(default_factory=list, repr=False)
    _warned: dict = field(default_factory=dict, repr=False)

    @property
    def _base(self):
        return os.environ.get("COORDINATION_STAGING")

    @cached_property
    def _pictures(self):
        return Pictures(figures_kept(), aside=bool(self._base))

    @property
    def reader(self):
        """Who reads the notebook: the study and its regions in the notebook's language."""
        return Reader(self.study, self.regions, self.language)

    @property
    def languages(self):
        """Languages of tables and figures: every one, of a draft the notebook's alone."""
        return (self.language,) if os.environ.get("COORDINATION_DRAFT") else LANGUAGES

    @property
    def groups(self):
        """Group of every region (pandas.Series), in the study's order."""
        return self.regions["group"]

    def about(self):
        """Say which study this is and where its figures come from.

        Returns
        -------
        IPython.display.Markdown
        """
        from IPython.display import Markdown

        file = self.panel or raw(self.study.id) / self.study.panel.released
        facts = {"regions": len(self.regions), "from_raw": self.panel is not None}
        return Markdown(self.reader.say("study", "about", **facts, file=file.name, checksum=checksum(file)))

    def read(self, name):
        """Read a hand-over file of an earlier notebook.

        Parameters
        ----------
        name : str
            A key of `sections.COLUMNS` that this section declares.

        Returns
        -------
        pandas.DataFrame or None
            None if the study leaves out the section that writes it.

        Raises
        ------
        InputError
            If it is not there.
        """
        if name not in self.section.reads:
            raise ValueError(f"{self.section.name} does not declare that it reads {name}")
        writer = next(s for s in SECTIONS if name in s.writes)
        return None if writer.optional in self.study.left_out else read_handover(self.study.id, name)

    def read_start(self):
        """Read what the analysis starts from: the raw panel, or the released one.

        Returns
        -------
        pandas.DataFrame
            See `study.read_panel` and `read_released`.
        """
        return panel(self.study, self.panel) if self.panel else read_released(self.study)

    def read_variants(self):
        """Read the normalised variants that were released with the panel.

        Returns
        -------
        pandas.DataFrame
            See `read_released_variants`.
        """
        return read_released_variants(self.study)

    def matches_release(self, table):
        """Compare a normalised panel with the released one.

        Parameters
        ----------
        table : pandas.DataFrame

        Returns
        -------
        bool or None
            Whether they are the same to the last digit; None if nothing was released.
        """
        released = self.study.panel.released and raw(self.study.id) / self.study.panel.released
        if not released or not released.is_file():
            return None
        return committed(released) == csv_text(table).encode()

    def published(self, name, printed=False):
        """Read a table of published values, if the study has it (see `published`)."""
        return published(self.study, name, printed)

    def claims(self):
        """Read the register of the study's claims, if it has one (see `claims`)."""
        return claims(self.study)

    def polygons(self):
        """Read the regions' polygons, if the study has them (see `polygons`)."""
        return polygons(self.study, self.regions)

    def given_weights(self):
        """Read the spatial weights that the study brings along, if it does (see `given_weights`)."""
        return given_weights(self.study, self.regions)

    def covariates(self):
        """Read the covariates that the study supplies, if it does (see `covariates`)."""
        return covariates(self.study, self.regions)

    def lens_documents(self):
        """Read the lenses and rules that apply to the study (see `lens_documents`)."""
        return lens_documents(self.study)

    def write(self, name, table):
        """Write a hand-over file.

        Parameters
        ----------
        name : str
            A key of `sections.COLUMNS` that this section declares.
        table : pandas.DataFrame
            With just the declared columns.

        Returns
        -------
        pandas.DataFrame
            The table.
        """
        if name not in self.section.writes or tuple(table.columns) != COLUMNS[name]:
            raise ValueError(f"{self.section.name} declares {self.section.writes}; {name} has columns {COLUMNS[name]}")
        file = handover(self.study.id, name, self._base)
        write(file, csv_text(table))
        self._made.append({"kind": "hand-over", "name": name, "files": [file], "caption": {}, "function": ""})
        return table

    def table(self, name, layout, *data, **values):
        """Write a table for readers: tidy CSV, and laid out as CSV for Excel and HTML in every language.

        Of a long one (see `columns.shortened`) HTML, paper and site show both ends; the CSV keeps every row.

        Parameters
        ----------
        name : str
            Of the files, and key of the caption.
        layout : callable
            `layout(*data, reader)` returns what a reader sees, a DataFrame.
        *data
            The first is the tidy table.
        **values
            What the caption names.

        Returns
        -------
        IPython.display.HTML
            The table in the notebook's language, with its caption.
        """
        from IPython.display import HTML

        folder = outputs(self.study.id, self._base) / "tables"
        files = []
        if name not in COLUMNS:
            files.append(folder / f"{name}.csv")
            write(files[0], csv_text(data[0]))
        captions, shown = {}, {}
        for language in self.languages:
            reader = self.reader.to(language)
            captions[language] = reader.caption("table", name, **values)
            whole = layout(*data, reader)
            shown[language] = shortened(whole, reader)
            text = html.page(shown[language], captions[language], language)
            copies = {"csv": for_people(csv_text(whole)), "html": text}
            short = folder / "short" / f"{name}.{language}.csv"
            if shown[language] is whole:
                short.unlink(missing_ok=True)
            else:
                write(short, for_people(csv_text(shown[language])))
            for ending, content in copies.items():
                files.append(folder / f"{name}.{language}.{ending}")
                write(files[-1], content)
        made = {
            "kind": "table",
            "name": name,
            "files": files,
            "caption": captions,
            "function": _function(layout),
        }
        self._made.append(made | {"cell": _cell()})
        content = html.table(shown[self.language], captions[self.language])
        return HTML(content, metadata={"table": name})

    def figure(self, name, draw, *data, **values):
        """Draw a figure in every language, as SVG and as PNG with 300 dots per inch; `finish` waits for it.

        Parameters
        ----------
        name : str
            Of the files, and key of the caption.
        draw : callable
            `draw(*data, reader)` returns a matplotlib figure.
        *data
            What is drawn.
        **values
            What the caption names.

        Returns
        -------
        IPython.display.Markdown
            The caption; the figure is displayed above it.
        """
        from IPython.display import Markdown, display

        folder = outputs(self.study.id, self._base) / "figures"
        captions, pictures = {}, {}
        for language in self.languages:
            reader = self.reader.to(language)
            captions[language] = reader.caption("figure", name, **values)
            drawing = self._pictures.draw(draw, data, reader, language == self.language)
            pictures[language] = drawing, [folder / f"{name}.{language}.{ending}" for ending in ("svg", "png")]
        made = {
            "kind": "figure",
            "name": name,
            "files": [file for _, files in pictures.values() for file in files],
            "caption": captions,
            "function": _function(draw),
        }
        self._made.append(made | {"cell": _cell()})
        # While the notebook goes on, an empty line stands for the picture.
        frame = display({"text/plain": ""}, raw=True, display_id=True) if self._base else None
        self._drawing.append((made, pictures, frame))
        if not self._base:
            self._hang()
        return Markdown(captions[self.language], metadata={"caption": name})

    def _hang(self):
        """Write and show the figures that are being drawn, once they are."""
        from IPython.display import Image, display

        try:
            for made, pictures, frame in self._drawing:
                name = made["name"]
                for language, (drawing, files) in pictures.items():
                    try:
                        picture = drawing.result()
                    except InputError as error:
                        raise InputError(f"figure {name}", *error.args[1:]) from error
                    except Exception as error:
                        raise RuntimeError(f"figure {name}.{language}: {type(error).__name__}: {error}") from error
                    warn(picture, self._warned)
                    for file, content in zip(files, (picture.svg, picture.png), strict=True):
                        write(file, content)
                    if language == self.language:
                        shown = {"width": 700, "alt": made["caption"][language], "metadata": {"figure": name}}
                        image = Image(picture.preview, **shown)
                        frame.update(image) if frame else display(image)
        finally:
            self._drawing.clear()
            self._pictures.close()

    def note(self, *notes, unit="", decimals=3, of="", function=None):
        """Note numbers that a text may quote, in this order.

        Parameters
        ----------
        *notes : Note
        unit : str
        decimals : int
            To quote.
        of : str
            The hand-over file or table they were computed from.
        function : callable, optional
            That computed them; otherwise the one that made the hand-over file.

            The last four are said of every note that does not say otherwise.

        Notes
        -----
        Of more than 600 regions (`sizes.CROWD`) numbers by region and year are noted of the last year alone; those of
        the others stand in the hand-over files.
        """
        shared = {"unit": unit, "decimals": decimals, "of": of, "function": function}
        for note in notes:
            said = {k: shared[k] if getattr(note, k) is None else getattr(note, k) for k in shared}
            if not note.by:
                self._record(note.key, note.what, **said)
                continue
            columns = (
                {note.key: note.column} if isinstance(note.column, str) else {f"{note.key}.{c}": c for c in note.column}
            )
            for prefix, column in columns.items():
                for row in self._few(note).to_dict("records"):
                    key = ".".join([prefix, *(str(row[b]).replace(" ", "_") for b in note.by)])
                    self._record(key, row[column], **said)

    def _few(self, note):
        if len(self.regions) <= sizes.CROWD or not {"region", "year"} <= {*note.by}:
            return note.what
        return note.what[note.what["year"] == self.study.years[-1]]

    def _record(self, key, value, unit, decimals, of, function):
        import numpy as np

        quotable = value.item() if isinstance(value, np.generic) else value
        if isinstance(quotable, float):
            quotable = float(plain(quotable)) if math.isfinite(quotable) else None
        text = {k: self.reader.to(k).value(quotable, decimals) for k in LANGUAGES}
        by = _function(function) if function else MADE_BY.get(of.removesuffix(".csv"), "")
        self._note(key, quotable, text, unit, decimals, of, by)

    def say(self, facts, *data, of=None):
        """Say in the notebook's language what a result means, and note the sentence in every language.

        Parameters
        ----------
        facts : callable
            `facts(*data)` returns what the sentence of the same name in the room's template needs. Where the template
            says the same in other words for the paper (`<name>_abstract`; see `reader.FORMS`), these are noted too.
        *data
        of : str, optional
            What it speaks of, if the notebook says the same of several things; part of the key.

        Returns
        -------
        IPython.display.Markdown
        """
        from IPython.display import Markdown

        room, name = facts.__module__.split(".")[1], facts.__name__
        found = facts(*data)
        forms = {"sentence": name} | {form: f"{name}_{form}" for form in FORMS}
        said = {
            form: {k: self.reader.to(k).say(room, macro, **found) for k in LANGUAGES}
            for form, macro in forms.items()
            if form == "sentence" or self.reader.says(room, macro)
        }
        keys = {form: ".".join(filter(None, [form, name, of])) for form in said}
        for form, text in said.items():
            self._note(keys[form], text, text, "", 0, "", _function(facts))
        self._said[keys["sentence"]]["facts"] = list(_numbers(found))
        return Markdown(said["sentence"][self.language], metadata={"sentence": keys["sentence"]})

    def say_each(self, facts, parts, *data):
        """Say the same of several parts of a table, one sentence below the other.

        Parameters
        ----------
        facts : callable
            As for `say`: `facts(part, *data)`.
        parts : iterable of (str, pandas.DataFrame)
            What each sentence speaks of, and its rows, as `groupby` gives them.
        *data
        """
        from IPython.display import display

        for name, part in parts:
            display(self.say(facts, part, *data, of=name))

    def where(self, holds):
        """Show, say and note things only where a condition holds.

        Parameters
        ----------
        holds : bool
            Such as whether the study has several years.

        Returns
        -------
        Run or Silence
            The run itself, or what shows, says and notes nothing.
        """
        return self if holds else Silence()

    def _note(self, key, value, text, unit, decimals, of, function):
        if key in self._said:
            raise ValueError(f"the key {key} is recorded twice")
        entry = {"key": key, "value": value, "text": text, "unit": unit, "decimals": decimals}
        where = {"notebook": self.section.name, "cell": _cell(), "of": of, "function": function}
        self._said[key] = entry | where

    def finish(self):
        """Wait for the figures, check that everything declared was written, and note what was made.

        Returns
        -------
        pandas.DataFrame
            What was made: kind, name, files.

        Raises
        ------
        AssertionError
            If a declared output is missing.
        InputError, RuntimeError
            If a figure could not be drawn; they name it.
        """
        import pandas as pd

        if self._drawing:
            self._hang()

        missing = [n for n in self.section.writes if not handover(self.study.id, n, self._base).is_file()]
        assert not missing, f"{self.section.name} did not write {', '.join(missing)}"
        base = Path(self._base or output_root())
        made = [{**m, "files": [f.relative_to(base).as_posix() for f in m["files"]]} for m in self._made]
        note = {"notebook": self.section.name, "made": made, "results": list(self._said.values())}
        write(
            note_file(self.study.id, self.section.name, self._base),
            json.dumps(note, ensure_ascii=False, indent=1) + "\n",
        )
        rows = [(m["kind"], m["name"], ", ".join(Path(f).suffix[1:] for f in m["files"])) for m in made]
        return pd.DataFrame(rows, columns=["kind", "name", "files"])


class Silence:
    """Stands in for a run where there is nothing to show: its figures, tables, sentences and numbers are not made."""

    def table(self, *_, **__):
        """Do nothing."""

    figure = say = say_each = note = table


def _cell():
    """Return the execution count of the cell that runs; None outside a notebook."""
    from IPython import get_ipython

    shell = get_ipython()
    # IPython counts the cell before it runs since version 9, after it until then; the prompt knows.
    return shell.displayhook.prompt_count if shell else None


def _numbers(facts, name=""):
    """Yield the numbers that a sentence is made of with what they are called, such as `regions.low.index`."""
    if isinstance(facts, dict):
        for key, part in facts.items():
            yield from _numbers(part, f"{name}.{key}".lstrip("."))
    elif isinstance(facts, list | tuple):
        first = facts[0] if facts and isinstance(facts[0], str) else ""  # of a pair, what its number is of
        for part in facts:
            yield from _numbers(part, f"{name}.{first}".strip("."))
    elif isinstance(facts, Real) and not isinstance(facts, bool) and math.isfinite(facts):
        yield [name, int(facts) if isinstance(facts, Integral) else float(plain(facts))]


def _function(function):
    function = getattr(function, "func", function)
    return f"{function.__module__}.{function.__qualname__}"


def begin(section, study, language="en"):
    """Open a study for a notebook.

    Parameters
    ----------
    section : str
        The notebook's name.
    study : str
    language : {'en', 'zh'}

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If the study does not hold, or the language is unknown.
    """
    if language not in LANGUAGES:
        raise InputError("language", f"'{language}'", f"one of {', '.join(LANGUAGES)}", "correct the parameter")
    warnings.formatwarning = lambda said, kind, *_, **__: f"{kind.__name__}: {said}\n"  # not where this machine has it
    loaded = load(raw(study))
    regions = read_regions(loaded, raw(study))
    return Run(next(s for s in SECTIONS if s.name == section), loaded, regions, language, panel_file(loaded))
