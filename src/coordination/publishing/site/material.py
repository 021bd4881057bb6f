"""What a site's pages show, from a finished run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import kept, paths
from coordination.pipeline.files import checksum, panel_file
from coordination.pipeline.paths import handover, note_file, outputs
from coordination.presentation.reader import Reader
from coordination.sections import SECTIONS, sections
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions


@dataclass(frozen=True)
class Material:
    """What a site is made of, read once for all languages.

    Attributes
    ----------
    study : Study
    regions : pandas.DataFrame
    made : list of dict
        Figures and tables, as the notebooks noted them, each with its notebook.
    results : dict of str to dict
        results.json.
    board : pandas.DataFrame or None
        The replication scoreboard.
    claims : pandas.DataFrame or None
        What is known of every claim.
    files : list of dict
        Input and hand-over files: id, name, kind, path, sha256, bytes, and href if the site holds a copy.
    notebooks : dict of str to Path
        Executed notebooks.
    commit : tuple of (str, bool)
        Commit and whether the tree holds other changes; an empty commit if it is unknown.
    about : dict of str to str
        What a notebook says of the study, in every language.
    abstract : dict of str to list of str
        Paragraphs of the paper's abstract, in every language.
    panel : str
        Name of the panel that the analysis starts from.
    out : Path
        Folder of the study's outputs.
    provenance : dict
        provenance.json (see `lineage.graph`).
    kept : sequence of dict
        What was changed by hand of what the site is made of (see `kept.of`).
    paper : dict of str to dict
        What its build noted of the paper for a page (see `page.page`), in every language.
    """

    study: object
    regions: object
    made: list
    results: dict
    board: object
    files: list
    notebooks: dict
    commit: tuple
    about: dict
    abstract: dict
    panel: str
    out: Path
    provenance: dict
    claims: object = None
    kept: tuple = ()
    paper: dict = field(default_factory=dict)

    def traced(self, entry):
        """Return where a number, figure or table comes from.

        Parameters
        ----------
        entry : dict
            With `kind` and `name`, or of a number its `key`.

        Returns
        -------
        tuple of (int, dict) or None
            Its place among the origins of `lineage.graph`, and the origin.
        """
        kind, name = (f"{entry['kind']}s", entry["name"]) if "kind" in entry else ("numbers", entry.get("key"))
        place = self.provenance[kind].get(name)
        return None if place is None else (place, self.provenance["origins"][place])

    def reader(self, language):
        """Return who reads the pages of a language."""
        return Reader(self.study, self.regions, language)

    def entry(self, kind, name):
        """Return what a notebook noted of a figure or table; None if there is none of that name."""
        return next((m for m in self.made if (m["kind"], m["name"]) == (kind, name)), None)


def commit(results):
    """Return the commit that results were collected at.

    Parameters
    ----------
    results : dict of str to dict
        results.json.

    Returns
    -------
    tuple of (str, bool)
        The commit, and whether the tree held other changes; ('', False) if it is unknown.

    Examples
    --------
    >>> commit({"provenance.commit": {"text": {"en": "0a1b-dirty"}}})
    ('0a1b', True)
    """
    noted = results["provenance.commit"]["text"]["en"] if "provenance.commit" in results else ""
    sha, _, state = noted.partition("-")
    return (sha, bool(state)) if re.fullmatch("[0-9a-f]+", sha) else ("", False)


def gather(study):
    """Read everything a study's site is made of.

    Parameters
    ----------
    study : str

    Returns
    -------
    Material

    Raises
    ------
    InputError
        If the study's notebooks have not all run, or ran with an earlier version that noted less, or there is no paper.
    """
    import pandas as pd

    raw, out = paths.raw(study), outputs(study)
    loaded = load(raw)
    regions = read_regions(loaded, raw)
    remedy = f"run `make all STUDY={study}` first"
    made, notebooks = [], {}
    for section in sections(raw, loaded.left_out):
        notebooks[section.name] = out / "notebooks" / f"{section.name}.ipynb"
        note = note_file(study, section.name)
        for file in (notebooks[section.name], note):
            if not file.is_file():
                raise InputError(displayed(file), "no such file", f"what {section.name} writes", remedy)
        entries = json.loads(note.read_text(encoding="utf-8"))["made"]
        made += [{"notebook": section.name, **m} for m in entries if m["kind"] != "hand-over"]
    needed = {"results": "collect", "provenance": "collect"} | {f"paper.{k}": "paper" for k in LANGUAGES}
    for name, maker in needed.items():
        file = out / f"{name}.json"
        if not file.is_file():
            raise InputError(displayed(file), "no such file", f"what `{maker}` writes", remedy)
    file = out / "results.json"
    results = json.loads(file.read_text(encoding="utf-8"))
    if not all({"cell", "function", "text"} <= r.keys() for k, r in results.items() if quotable(k, r)):
        raise InputError(displayed(file), "numbers without their cell", "numbers with notebook and cell", remedy)
    provenance = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    board, asked = (handover(study, name) for name in ("replication", "claims"))
    texts = ("item", "section", "period", "published", "recomputed", "reason")
    start = panel_file(loaded)
    panel = start or raw / loaded.panel.released
    facts = {"regions": len(regions), "from_raw": start is not None, "file": panel.name, "checksum": checksum(panel)}
    said = {k: Reader(loaded, regions, k).say("study", "about", **facts) for k in LANGUAGES}
    return Material(
        study=loaded,
        regions=regions,
        made=made,
        results=results,
        board=pd.read_csv(board, dtype=dict.fromkeys(texts, str), keep_default_na=False, na_values={
            "difference": [""], "tolerance": [""], "chance": [""], "recomputed": [""], "reason": [""],
        }) if board.is_file() and "10-replication" in notebooks else None,
        files=files(study, raw, [s for s in SECTIONS if s.name in notebooks]),
        notebooks=notebooks,
        commit=commit(results),
        about=said,
        abstract={k: abstract(out / f"abstract.{k}.txt", remedy) for k in LANGUAGES},
        panel=panel.name,
        out=out,
        provenance=provenance,
        kept=kept.of(study, "site"),
        paper={k: json.loads((out / f"paper.{k}.json").read_text(encoding="utf-8")) for k in LANGUAGES},
        claims=pd.read_csv(
            asked, dtype={"section": str, "period": str, "published": str}, keep_default_na=False, na_values=[""]
        )
        if asked.is_file() and "10-replication" in notebooks else None,
    )  # fmt: skip


def quotable(key, entry):
    """Whether a result was computed by a notebook; captions stand under their figures, facts on the about page."""
    return "notebook" in entry and not key.startswith("caption.")


def abstract(file, remedy):
    """Read the abstract that the paper begins with, as its build noted it.

    Parameters
    ----------
    file : Path
    remedy : str
        What to do if there is none, for the error.

    Returns
    -------
    list of str
        The paragraphs.

    Raises
    ------
    InputError
        If there is no such file, or nothing in it.
    """
    if not file.is_file():
        raise InputError(displayed(file), "no such file", "what `paper` writes", remedy)
    paragraphs = file.read_text(encoding="utf-8").strip()
    if not paragraphs:
        raise InputError(displayed(file), "no text", "the abstract", remedy)
    return paragraphs.split("\n\n")


def files(study, raw, plan):
    """List the files a study starts from and those its notebooks hand to each other.

    Parameters
    ----------
    study : str
    raw : Path
        Folder of the study.
    plan : sequence of Section

    Returns
    -------
    list of dict
        id (anchor on the data page), name, kind ('start' or 'handed'), path, sha256, bytes, and for a file of which
        the site holds a copy its href.
    """
    found = []
    for path in sorted(p for p in Path(raw).rglob("*") if p.is_file() and not p.name.startswith(".")):
        name = path.relative_to(raw).as_posix()
        found.append({"id": f"raw-{name}", "name": name, "kind": "start", "path": path, "href": None, "notebook": None})
    for section in plan:
        for name in section.writes:
            path = handover(study, name)
            if path.is_file():
                href = f"tables/{path.name}" if path.parent.name == "tables" else f"data/{path.name}"
                own = {"id": f"file-{path.name}", "name": path.name, "kind": "handed", "path": path, "href": href}
                found.append(own | {"notebook": section.name})
    return [f | {"sha256": checksum(f["path"]), "bytes": f["path"].stat().st_size} for f in found]


def papers(out):
    """Return the papers among a study's outputs, then the supplements, the regions' profiles and the methods.

    Parameters
    ----------
    out : Path

    Returns
    -------
    list of Path
    """
    found = (p for kind in ("paper", "supplement", "profiles", "methods") for p in sorted(Path(out).glob(f"{kind}.*")))
    return [p for p in found if p.suffix in (".pdf", ".docx", ".txt")]
