"""Where everything lives: the only module that knows paths."""

from __future__ import annotations

import hashlib
import html
import json
import math
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from coordination import study as studies
from coordination.errors import InputError
from coordination.files import check_size
from coordination.sections import COLUMNS, MADE_BY, SECTIONS, TABLES


def plain(value):
    """Write a number with 12 significant digits and at most 12 decimals, which hides the bits in which machines differ.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> plain(0.1 + 0.2), plain(-1.1e-16), plain(0.25)
    ('0.3', '0', '0.25')
    """
    return f"{round(value, 12) + 0.0:.12g}"


def root():
    """Return the compendium's folder: the nearest one, upwards from here, that holds notebooks and data.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "notebooks").is_dir() and (folder / "data" / "raw").is_dir():
            return folder
    raise InputError(
        here.as_posix(),
        "no compendium",
        "a folder with notebooks/ and data/raw/",
        "run it from the compendium",
    )


def raw(study):
    """Return the folder of a study: data/raw/<study>, or below COORDINATION_STUDIES.

    Parameters
    ----------
    study : str

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the name leads out of the folder of studies.
    """
    if not study or study in (".", "..") or set(study) & set("/\\\0"):
        raise InputError("study", f"'{study}'", "the name of a folder in data/raw", "use its name only")
    return Path(os.environ.get("COORDINATION_STUDIES") or root() / "data" / "raw") / study


def output_root():
    """Return where outputs/ and data/processed/ are written: COORDINATION_OUTPUT_ROOT, or the compendium.

    Returns
    -------
    Path
    """
    return Path(os.environ.get("COORDINATION_OUTPUT_ROOT") or root())


def processed(study, base=None):
    """Return the folder of a study's hand-over files.

    Parameters
    ----------
    study : str
    base : Path, optional
        Instead of `output_root()`.

    Returns
    -------
    Path
    """
    return Path(base or output_root()) / "data" / "processed" / study


def outputs(study, base=None):
    """Return the folder of a study's figures, tables and executed notebooks.

    Parameters
    ----------
    study : str
    base : Path, optional
        Instead of `output_root()`.

    Returns
    -------
    Path
    """
    return Path(base or output_root()) / "outputs" / study


def handover(study, name, base=None):
    """Return the place of a hand-over file.

    Parameters
    ----------
    study : str
    name : str
        A key of `sections.COLUMNS`.
    base : Path, optional

    Returns
    -------
    Path
    """
    return (outputs(study, base) / "tables" if name in TABLES else processed(study, base)) / f"{name}.csv"


def read_handover(study, name):
    """Read a hand-over file.

    Parameters
    ----------
    study : str
    name : str
        A key of `sections.COLUMNS`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If it is not there.
    """
    import pandas as pd

    file = handover(study, name)
    if not file.is_file():
        writer = next(s.name for s in SECTIONS if name in s.writes)
        raise InputError(studies.shown(file), "no such file", f"what {writer} writes", "run that notebook first")
    return pd.read_csv(file, keep_default_na=False, na_values=[""])


def checksum(path):
    """Return the SHA-256 of a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def write(path, content):
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
    content : str or bytes
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def csv_text(table):
    """Return a table as CSV, numbers as `plain` writes them.

    Parameters
    ----------
    table : pandas.DataFrame

    Returns
    -------
    str
    """
    return table.to_csv(index=False, float_format=plain, lineterminator="\n")


def panel_file(study):
    """Return the raw panel of a study, if there is one.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Path or None
        COORDINATION_PANEL where set, else the panel in the study's folder where it exists.

    Raises
    ------
    InputError
        If the panel named is not there, or there is neither a raw nor a released panel.
    """
    named = os.environ.get("COORDINATION_PANEL")
    file = Path(named) if named else raw(study.id) / study.panel.file
    if file.is_file():
        return file
    if named:
        raise InputError(named, "no such file", "a raw panel", "correct PANEL, or leave it out")
    if not study.panel.released or not (raw(study.id) / study.panel.released).is_file():
        expected = f"a raw panel (columns {study.panel.region_column}, year, series, value)"
        raise InputError(studies.shown(file), "no such file", expected, "put it there, or name it with PANEL=")
    return None


def read_released(study):
    """Read the released normalised panel of a study, having checked its checksum.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns region, year, indicator, value, filled.

    Raises
    ------
    InputError
        If the file is not the one that was released, or the note that says which one was is missing.
    """
    import pandas as pd

    file, note = raw(study.id) / study.panel.released, release_note(study)
    remedy = "restore it, or make it anew with `python -m coordination release`"
    if not note.is_file():
        raise InputError(studies.shown(note), "no such file", f"the checksum of {file.name}", remedy)
    try:
        expected = str(json.loads(note.read_text(encoding="utf-8"))["sha256"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(studies.shown(note), "no checksum", f"the key sha256 of {file.name}", remedy) from None
    if checksum(file) != expected:
        raise InputError(
            studies.shown(file), f"sha256 {checksum(file)[:12]}…", f"{expected[:12]}…, as released", remedy
        )
    return pd.read_csv(file)


def release_note(study):
    """Return the place of the note that says what a released panel was made from.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Path
    """
    return (raw(study.id) / study.panel.released).with_suffix(".json")


def published(study, name, printed=False):
    """Read a table of published values.

    Parameters
    ----------
    study : Study
    name : str
        Such as `table4_coordination`.
    printed : bool
        Whether cells are to stay strings, as printed.

    Returns
    -------
    pandas.DataFrame or None
        None if the study has none.
    """
    import pandas as pd

    file = raw(study.id) / "published" / f"{name}.csv"
    if not file.is_file():
        return None
    return pd.read_csv(file, dtype=str, keep_default_na=False) if printed else pd.read_csv(file)


def claims(study):
    """Read the register of a study's claims: published ones, or the author's own.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame of str or None
        published/claims.csv, else claims.csv in the study's folder; None if there is neither.
    """
    import pandas as pd

    files = (raw(study.id) / "published" / "claims.csv", raw(study.id) / "claims.csv")
    file = next((f for f in files if f.is_file()), None)
    return None if file is None else pd.read_csv(file, dtype=str, keep_default_na=False)


def polygons(study, regions):
    """Read the polygons of a study's regions.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    geopandas.GeoDataFrame or None
        Index region, in the order of `regions`; None if the study has no polygons.

    Raises
    ------
    InputError
        If the file is missing or unreadable, or a region has no polygon or several.
    """
    if study.regions.polygons is None:
        return None
    import geopandas as gpd

    file = raw(study.id) / study.regions.polygons
    name = studies.shown(file)
    if not file.is_file():
        raise InputError(name, "no such file", "polygons of the regions", "add it, or remove regions.polygons")
    check_size(file, "simplify the outlines, keep only those of the study's regions")
    try:
        table = gpd.read_file(file)
    except Exception as error:
        found = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(name, found, "a readable GeoJSON, GeoPackage or shapefile", "replace the file") from None
    key = study.regions.polygon_name
    if key not in table:
        remedy = "add it to every polygon, or set regions.polygon_name"
        raise InputError(name, f"properties {', '.join(table.columns)}", f"a property '{key}'", remedy)
    if key == "geometry" or "geometry" not in table:
        found = "the outline itself as the property" if "geometry" in table else "no outlines"
        raise InputError(name, found, "polygons with a property that names them", "set regions.polygon_name")
    table[key] = table[key].astype(str).str.strip()
    counts = table[key].value_counts()
    faults = [
        InputError(name, f"{counts.get(region, 0)} polygons of {region}", "one", "add or merge polygons")
        for region in regions.index
        if counts.get(region, 0) != 1
    ]
    if faults:
        raise studies.InputErrors(faults)
    chosen = table.set_index(key).rename_axis("region").loc[regions.index]
    outline = chosen.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    empty = chosen.index[~outline | chosen.geometry.is_empty | ~chosen.geometry.is_valid]
    if len(empty):
        found = f"no valid outline of {empty[0]}"
        raise InputError(name, found, "a closed outline that does not cross itself", "repair the polygon")
    degrees = chosen.crs is None or chosen.crs.is_geographic
    return chosen if degrees else chosen.to_crs("EPSG:4326")


def given_weights(study, regions):
    """Read the spatial weights that a study brings along.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    pandas.DataFrame, shape (n, n), or None
        None if the study computes its weights.

    Raises
    ------
    InputError, InputErrors
        If the file is missing or unreadable, or does not hold weights of the study's regions.
    """
    if study.spatial_weights.file is None:
        return None
    import pandas as pd

    from coordination import neighbours

    file = raw(study.id) / study.spatial_weights.file
    name = studies.shown(file)
    if not file.is_file():
        remedy = "add it, or choose another spatial_weights.kind"
        raise InputError(name, "no such file", "neighbours or a matrix of weights", remedy)
    if file.suffix.lower() != ".gal":
        return neighbours.given(studies.read_text(file), regions, name, study.spatial_weights.directed)
    check_size(file, "give only the neighbours of the study's regions")
    try:
        pairs = _gal(file.read_text(encoding="utf-8-sig"))
    except (IndexError, ValueError) as error:
        remedy = "write it anew, or give a csv with the columns region, neighbour"
        found = "an incomplete list" if isinstance(error, IndexError) else str(error)
        raise InputError(name, found, "neighbours in GAL form", remedy) from None
    return neighbours.given(pd.DataFrame(pairs, columns=["region", "neighbour"]), regions, name, directed=True)


def covariates(study, regions):
    """Read the covariates that a study supplies.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    pandas.DataFrame or None
        See `covariates.given`; None if the study supplies none.

    Raises
    ------
    InputError, InputErrors
        If the file is missing or unreadable, or does not hold the covariates of every region; file, row and column are
        named.
    """
    if study.drivers is None:
        return None
    from coordination.covariates import given

    file = raw(study.id) / study.drivers.file
    if not file.is_file():
        expected = f"a table region, year, {', '.join(study.drivers.variables)}"
        raise InputError(studies.shown(file), "no such file", expected, "add it, or remove drivers from study.yml")
    return given(studies.read_text(file), study, regions, studies.shown(file))


def lens_documents(study):
    """Read the literature's lenses and the rules of diagnosis, and those that a study brings along.

    Parameters
    ----------
    study : Study

    Returns
    -------
    shared, own : dict of str to (str, dict)
        From data/lenses and from the study's folder lenses: by name, the name of the file and what it holds.

    Raises
    ------
    InputError
        If a file is no plain YAML.
    """
    folders = root() / "data" / "lenses", raw(study.id) / "lenses"
    return tuple(
        {file.stem: (studies.shown(file), studies.read_document(file)) for file in sorted(folder.glob("*.yml"))}
        for folder in folders
    )


def references():
    """Return the keys that the paper can cite in every language.

    Returns
    -------
    set of str
        Of paper/references.bib, and of those that all of its files for one language have.
    """
    common, *own = (
        set(re.findall(r"^@\w+\{([^,\s]+),", file.read_text(encoding="utf-8"), re.M)) if file.is_file() else set()
        for file in (root() / "paper" / f"references{k}.bib" for k in ("", *(f".{k}" for k in studies.LANGUAGES)))
    )
    return common | set.intersection(*own)


def _gal(text):
    """Return the pairs of a GAL file: a line "region count", then a line of that many neighbours."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    pairs, regions, k = [], 0, 1
    while k < len(lines):
        region, count = lines[k][0], int(lines[k][1])
        listed = lines[k + 1] if count else []
        if len(listed) != count:
            raise ValueError(f"a list of {len(listed)} neighbours of {region} that should be of {count}")
        pairs += [(region, b) for b in listed]
        regions, k = regions + 1, k + (2 if count else 1)
    head = lines[0]
    said = int(head[1] if len(head) > 1 else head[0])
    if said != regions:
        raise ValueError(f"{regions} regions where its first line says {said}")
    return pairs


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
    study: studies.Study
    regions: object
    language: str
    panel: Path | None
    _said: list = field(default_factory=list, repr=False)
    _made: list = field(default_factory=list, repr=False)

    @property
    def _base(self):
        return os.environ.get("COORDINATION_STAGING")

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

        from coordination import wording

        file = self.panel or raw(self.study.id) / self.study.panel.released
        return Markdown(
            wording.about(
                self.study,
                len(self.regions),
                self.language,
                self.panel is not None,
                file.name,
                checksum(file),
            )
        )

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
        return None if writer.optional in self.study.leave_out else read_handover(self.study.id, name)

    def read_start(self):
        """Read what the analysis starts from: the raw panel, or the released one.

        Returns
        -------
        pandas.DataFrame
            See `files.read_text` and `read_released`.
        """
        return studies.read_text(self.panel) if self.panel else read_released(self.study)

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
        return released.read_bytes() == csv_text(table).encode()

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

    def table(self, name, layout, *data, number=None, **values):
        """Write a table for readers: tidy CSV, and laid out as CSV and HTML in every language.

        Parameters
        ----------
        name : str
            Of the files, and key of the caption.
        layout : callable
            `layout(*data, study=, regions=, language=)` returns what a reader sees, a DataFrame.
        *data
            The first is the tidy table.
        number : int, optional
            In the paper.
        **values
            What the caption names.

        Returns
        -------
        IPython.display.HTML
            The table in the notebook's language, with its caption.
        """
        from IPython.display import HTML

        from coordination import wording

        folder = outputs(self.study.id, self._base) / "tables"
        files = []
        if name not in COLUMNS:
            files.append(folder / f"{name}.csv")
            write(files[0], csv_text(data[0]))
        captions, shown = {}, {}
        for language in studies.LANGUAGES:
            captions[language] = wording.caption("table", name, self.study, language, number, **values)
            shown[language] = layout(*data, study=self.study, regions=self.regions, language=language)
            head = f'<!DOCTYPE html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
            text = f"{head}{_LOOK}{_html(shown[language], captions[language])}\n</html>\n"
            for ending, content in (("csv", csv_text(shown[language])), ("html", text)):
                files.append(folder / f"{name}.{language}.{ending}")
                write(files[-1], content)
        made = {
            "kind": "table",
            "name": name,
            "files": files,
            "caption": captions,
            "function": _function(layout),
        }
        self._made.append(made | {"number": number, "cell": _cell()})
        return HTML(_html(shown[self.language], captions[self.language]), metadata={"table": name})

    def figure(self, name, draw, *data, number=None, **values):
        """Draw a figure in every language, as SVG and as PNG with 300 dots per inch.

        Parameters
        ----------
        name : str
            Of the files, and key of the caption.
        draw : callable
            `draw(*data, study=, regions=, language=)` returns a matplotlib figure.
        *data
            What is drawn.
        number : int, optional
            In the paper.
        **values
            What the caption names.

        Returns
        -------
        IPython.display.Markdown
            The caption; the figure is displayed above it.
        """
        from IPython.display import Image, Markdown, display

        from coordination import figures, wording

        folder = outputs(self.study.id, self._base) / "figures"
        captions, files = {}, []
        for language in studies.LANGUAGES:
            captions[language] = wording.caption("figure", name, self.study, language, number, **values)
            with figures.style():
                drawn = draw(*data, study=self.study, regions=self.regions, language=language)
                pictures = {ending: figures.rendered(drawn, ending) for ending in ("svg", "png")}
                figures.close(drawn)
            for ending, picture in pictures.items():
                files.append(folder / f"{name}.{language}.{ending}")
                write(files[-1], picture)
            if language == self.language:
                image = figures.preview(pictures["png"])
        made = {
            "kind": "figure",
            "name": name,
            "files": files,
            "caption": captions,
            "function": _function(draw),
        }
        self._made.append(made | {"number": number, "cell": _cell()})
        display(Image(image, width=700, alt=captions[self.language], metadata={"figure": name}))
        return Markdown(captions[self.language], metadata={"caption": name})

    def record(self, key, value, unit="", decimals=3, of="", function=None):
        """Note a number that a text may quote.

        Parameters
        ----------
        key : str
            Its name, unique in the study.
        value : number, str or bool
        unit : str
        decimals : int
            To quote.
        of : str
            The hand-over file or table it was computed from.
        function : callable, optional
            That computed it; otherwise the one that made the hand-over file.

        Returns
        -------
        number, str or bool
            The value.
        """
        import numpy as np

        from coordination import wording

        quotable = value.item() if isinstance(value, np.generic) else value
        if isinstance(quotable, float):
            quotable = float(plain(quotable)) if math.isfinite(quotable) else None
        text = {k: wording.value(quotable, decimals, self.study, k) for k in studies.LANGUAGES}
        by = _function(function) if function else MADE_BY.get(of.removesuffix(".csv"), "")
        self._note(key, quotable, text, unit, decimals, of, by)
        return value

    def record_table(self, prefix, table, by, value, unit="", decimals=3, of="", function=None):
        """Note every row of a tidy table as a number that a text may quote.

        Parameters
        ----------
        prefix : str
            Of the keys; the values of `by` follow, joined by points.
        table : pandas.DataFrame
        by : sequence of str
            Columns that name a row.
        value : str
            Column that is noted.
        unit, decimals, of, function
            As for `record`.

        Returns
        -------
        pandas.DataFrame
            The table.
        """
        for row in table.to_dict("records"):
            key = ".".join([prefix, *(str(row[b]).replace(" ", "_") for b in by)])
            self.record(key, row[value], unit, decimals, of, function)
        return table

    def say(self, sentence, *data, of=None):
        """Say in the notebook's language what a result means, and note the sentence in every language.

        Parameters
        ----------
        sentence : callable
            `sentence(*data, study=, regions=, language=)` returns Markdown.
        *data
        of : str, optional
            What it speaks of, if the notebook says the same of several things; part of the key.

        Returns
        -------
        IPython.display.Markdown
        """
        from IPython.display import Markdown

        said = {k: sentence(*data, study=self.study, regions=self.regions, language=k) for k in studies.LANGUAGES}
        key = ".".join(filter(None, ["sentence", sentence.__name__, of]))
        self._note(key, said, said, "", 0, "", _function(sentence))
        return Markdown(said[self.language], metadata={"sentence": key})

    def _note(self, key, value, text, unit, decimals, of, function):
        if any(entry["key"] == key for entry in self._said):
            raise ValueError(f"the key {key} is recorded twice")
        entry = {"key": key, "value": value, "text": text, "unit": unit, "decimals": decimals}
        where = {"notebook": self.section.name, "cell": _cell(), "of": of, "function": function}
        self._said.append(entry | where)

    def finish(self):
        """Check that everything declared was written, and note what was made.

        Returns
        -------
        pandas.DataFrame
            What was made: kind, name, files.

        Raises
        ------
        AssertionError
            If a declared output is missing.
        """
        import pandas as pd

        missing = [n for n in self.section.writes if not handover(self.study.id, n, self._base).is_file()]
        assert not missing, f"{self.section.name} did not write {', '.join(missing)}"
        base = Path(self._base or output_root())
        made = [{**m, "files": [f.relative_to(base).as_posix() for f in m["files"]]} for m in self._made]
        note = {"notebook": self.section.name, "made": made, "results": self._said}
        write(
            note_file(self.study.id, self.section.name, self._base),
            json.dumps(note, ensure_ascii=False, indent=1) + "\n",
        )
        rows = [(m["kind"], m["name"], ", ".join(Path(f).suffix[1:] for f in m["files"])) for m in made]
        return pd.DataFrame(rows, columns=["kind", "name", "files"])


def note_file(study, section, base=None):
    """Return the place of the note in which a notebook says what it made and recorded.

    Parameters
    ----------
    study, section : str
    base : Path, optional

    Returns
    -------
    Path
    """
    return processed(study, base) / "notes" / f"{section}.json"


def _cell():
    """Return the execution count of the cell that runs; None outside a notebook."""
    from IPython import get_ipython

    shell = get_ipython()
    # IPython counts the cell before it runs since version 9, after it until then; the prompt knows.
    return shell.displayhook.prompt_count if shell else None


def _function(function):
    function = getattr(function, "func", function)
    return f"{function.__module__}.{function.__qualname__}"


def _html(table, caption):
    body = table.to_html(index=False, border=0, na_rep="–", justify="left")
    return body.replace(">", f">\n  <caption>{html.escape(caption.replace('**', ''))}</caption>", 1)


_LOOK = """<style>
table {border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; font: 15px serif}
th {border-bottom: 1px solid}
td, th {padding: .2em .7em; text-align: left}
caption {text-align: left; padding: .5em 0}
</style>
"""


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
    if language not in studies.LANGUAGES:
        raise InputError("language", f"'{language}'", f"one of {', '.join(studies.LANGUAGES)}", "correct the parameter")
    loaded = studies.load(raw(study))
    regions = studies.regions(loaded, raw(study))
    return Run(next(s for s in SECTIONS if s.name == section), loaded, regions, language, panel_file(loaded))


def collect(study):
    """Gather what the notebooks recorded into results.json, and list what they made in contents.csv.

    Parameters
    ----------
    study : str

    Returns
    -------
    int
        Number of results.

    Raises
    ------
    InputError
        If a section's note is missing, or two notebooks record the same key.
    """
    from coordination import wording
    from coordination.sections import sections

    results, made = {}, []
    plan = sections(raw(study), studies.load(raw(study)).leave_out)
    for section in set(SECTIONS) - set(plan):
        _remove(study, section.name)
    for section in plan:
        file = note_file(study, section.name)
        if not file.is_file():
            raise InputError(
                studies.shown(file), "no such file", f"what {section.name} notes", "run that notebook first"
            )
        note = json.loads(file.read_text(encoding="utf-8"))
        for entry in note["results"]:
            if entry["key"] in results:
                raise InputError(entry["key"], "recorded by two notebooks", "a key of its own", "rename one of them")
            results[entry["key"]] = {k: v for k, v in entry.items() if k != "key"}
        made += [{"notebook": section.name, **m} for m in note["made"]]
    captions = {}
    for m in (m for m in made if m["caption"]):
        text = {k: wording.unnumbered(v) for k, v in m["caption"].items()}
        captions[f"caption.{m['name']}"] = {"value": text, "text": text, "unit": "", "decimals": 0} | {
            k: m[k] for k in ("notebook", "cell", "function") if k in m
        }
    results = {**results, **captions, **_facts(study)}
    write(outputs(study) / "results.json", json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    rows = [
        (
            m["kind"],
            m.get("number") or "",
            m["name"],
            m["caption"].get("en", "").replace("**", ""),
            m["notebook"],
            m["function"],
            file,
        )
        for m in made
        for file in m["files"]
    ]
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["kind", "number", "name", "caption", "notebook", "function", "file"])
    writer.writerows(rows)
    write(outputs(study) / "contents.csv", text.getvalue())
    return len(results)


def _remove(study, section):
    """Remove what a section wrote before it was left out."""
    note = note_file(study, section)
    if note.is_file():
        for made in json.loads(note.read_text(encoding="utf-8"))["made"]:
            for file in made["files"]:
                (output_root() / file).unlink(missing_ok=True)
        note.unlink()
    (outputs(study) / "notebooks" / f"{section}.ipynb").unlink(missing_ok=True)


def _facts(study):
    """Return what a text says of the study itself, and of where everything comes from, in the form of results."""
    from coordination import wording

    loaded = studies.load(raw(study))
    start = panel_file(loaded) or raw(study) / loaded.panel.released
    texts = {
        "study.title": loaded.title,
        "study.source": loaded.source,
        **{f"subsystem.{s.id}": s.name for s in loaded.subsystems},
        **{f"group.{g.id}": g.name for g in (*loaded.groups, loaded.whole)},
    }
    if loaded.panel.withheld and start.name == loaded.panel.released:
        texts["study.withheld"] = loaded.panel.withheld
    facts = {key: {k: text[k] for k in studies.LANGUAGES} for key, text in texts.items()}
    facts["study.weights"] = {k: wording.weights(loaded.spatial_weights, k) for k in studies.LANGUAGES}
    facts["study.coupling"] = wording.COUPLING[loaded.coupling.variant]
    facts["study.first_year"] = dict.fromkeys(studies.LANGUAGES, str(loaded.years[0]))
    facts["study.last_year"] = dict.fromkeys(studies.LANGUAGES, str(loaded.years[-1]))
    where = {"commit": commit(), "lock": checksum(root() / "requirements.lock"), "seed": str(loaded.seed)}
    where |= {"panel": checksum(start), "study": checksum(raw(study) / "study.yml")}
    facts |= {f"provenance.{key}": dict.fromkeys(studies.LANGUAGES, value) for key, value in where.items()}
    own = sorted(f for f in raw(study).rglob("*") if f.is_file() and f.suffix not in (".md", ".py", ".typ", ".pyc"))
    given = {
        (f.relative_to(raw(study)).as_posix() if f in own else f.name): checksum(f)
        for f in dict.fromkeys((*own, start))
    }
    facts["provenance.sentence"] = {k: wording.provenance(where, given, k) for k in studies.LANGUAGES}
    results = {k: {"value": v, "text": v, "unit": "", "decimals": 0, "of": "study.yml"} for k, v in facts.items()}
    for key, names in (("subsystems", loaded.subsystems), ("groups", loaded.groups)):
        results[f"study.{key}"] = {"value": [n.id for n in names], "unit": "", "decimals": 0, "of": "study.yml"}
    results["study.whole"] = {"value": loaded.whole.id, "unit": "", "decimals": 0, "of": "study.yml"}
    return results


def commit():
    """Return the commit of the compendium.

    Returns
    -------
    str
        40 hexadecimal digits, followed by `-dirty` if files differ from it or are new; `unknown` outside a checkout.
    """
    found = _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*") or "unknown"
    new = _git(
        "ls-files", "--others", "--exclude-standard", "--", "data/raw", "data/lenses", "src", "notebooks", "paper"
    )
    return f"{found}-dirty" if new and found != "unknown" and not found.endswith("-dirty") else found


def record_run(study, section, seconds):
    """Note in run.json how long a notebook took, and on what machine.

    Parameters
    ----------
    study, section : str
    seconds : float

    Notes
    -----
    The only output that may differ between two runs. A folder serves as a lock, since notebooks may end at once.
    """
    import platform
    import time

    file = outputs(study) / "run.json"
    lock = file.with_suffix(".lock")
    for _ in range(100):
        try:
            lock.mkdir(parents=True)
            break
        except FileExistsError:
            time.sleep(0.05)
    try:
        record = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        machine = {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()}
        took = {**record.get("seconds", {}), section: round(seconds, 1)}
        write(file, json.dumps({"machine": machine, "seconds": dict(sorted(took.items()))}, indent=1) + "\n")
    finally:
        lock.rmdir()


def commit_time():
    """Return when the commit was made, for documents that carry a date.

    Returns
    -------
    int
        Seconds since 1970; SOURCE_DATE_EPOCH where it is set, 0 outside a git checkout.
    """
    return int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct") or 0)


def _git(*arguments):
    import subprocess

    try:
        done = subprocess.run(("git", *arguments), cwd=root(), capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
