"""The paper as PDF, by Typst."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline.files import prose_languages, published, write
from coordination.pipeline.paths import outputs, raw, root
from coordination.pipeline.provenance import commit_time
from coordination.presentation import locale
from coordination.presentation.style import TALLEST, WIDTH
from coordination.publishing.paper.word import docx
from coordination.sections import sections as plan
from coordination.study.document import load
from coordination.study.files import displayed

# A study's own paragraphs, in <study>/paper/<name>.<language>.typ
OPTIONAL = ("introduction", "discussion", "countermeasures")


def build(study):
    """Compile the paper of a study: PDF/A by Typst and Word by pandoc, in every language.

    Parameters
    ----------
    study : str

    Returns
    -------
    list of Path
        paper.<language>.pdf, paper.<language>.docx and abstract.<language>.txt in the study's outputs; where there is a
        diagnosis also profiles.<language>.pdf, a page a region.

    Raises
    ------
    InputError
        If the run is not finished, a text needs a result that the run did not produce (text, line and key are named),
        a reference leads nowhere, or a glyph is missing; the earlier papers stay as they were.
    """
    out = outputs(study)
    if not (out / "results.json").is_file():
        remedy = f"run `make all STUDY={study}` first"
        raise InputError(displayed(out / "results.json"), "no such file", "a finished run", remedy)
    with tempfile.TemporaryDirectory() as folder, _for_pandoc(commit_time()), ThreadPoolExecutor() as pool:
        for language in LANGUAGES:
            _stage(study, out, Path(folder) / language, language)
        papers = pool.map(lambda language: _papers(Path(folder) / language, language), LANGUAGES)
        made = [paper for own in papers for paper in own]
        for language in LANGUAGES if "diagnosis" in _plan(study) else ():
            made.append(_compiled(Path(folder) / language / "print", "profiles", language))
    for language in LANGUAGES:
        (out / f"profiles.{language}.pdf").unlink(missing_ok=True)
    for name, content in made:
        write(out / name, content)
    return [out / name for name, _ in made]


def _plan(study):
    folder = raw(study)
    return [section.name.partition("-")[2] for section in plan(folder, load(folder).leave_out)]


@contextmanager
def _for_pandoc(seconds):
    """Let pandoc date documents and read any path: in the environment of the whole process, around all threads."""
    earlier = {name: os.environ.get(name) for name in ("SOURCE_DATE_EPOCH", "LC_ALL")}
    os.environ["SOURCE_DATE_EPOCH"] = str(seconds)
    said = next((os.environ[k] for k in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(k)), "")
    if "utf" not in said.casefold():
        os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        for name, value in earlier.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _prose(language):
    """Return the language of the sections: English for want of a translation."""
    return language if language in prose_languages() else LANGUAGES[0]


def _stage(study, out, place, language):
    """Put everything that a text may read into one folder, for print and for Word."""
    own, prose = raw(study) / "paper", _prose(language)
    gaps = {k: locale.words(language)[k] for k in ("sentence_gap", "list_comma", "list_and")}
    words = json.dumps(locale.words(language, "paper") | gaps, ensure_ascii=False)
    for target in ("print", "word"):
        here = place / target
        here.mkdir(parents=True)
        for source in (root() / "paper").glob("*.*"):
            shutil.copy(source, here)
        if own.is_dir():
            shutil.copytree(own, here / "study")
        shutil.copy(out / "results.json", here)
        (here / "figures").symlink_to((out / "figures").resolve())
        (here / "tables").mkdir()
        for file in (out / "tables").glob(f"*.{language}.csv"):  # without the mark for Excel
            (here / "tables" / file.name).write_text(file.read_text(encoding="utf-8-sig"), encoding="utf-8")
        shares = json.dumps(_shares(out / "figures", language))
        (here / "shares.json").write_text(shares, encoding="utf-8")
        present = ", ".join(f"{n}: {str((own / f'{n}.{prose}.typ').is_file()).lower()}" for n in OPTIONAL)
        loaded = load(raw(study))
        sections = ", ".join(f'"{name}"' for name in _plan(study))
        known = {
            "covariates": loaded.drivers is not None,
            "printed-table": published(loaded, "table4_coordination") is not None,
        }
        switches = "".join(f"#let {name} = {str(on).lower()}\n" for name, on in known.items())
        measured = 'json("tables.json")' if target == "word" else "(:)"
        settings = (
            f"#let included = ({sections},)\n{switches}"
            f'#let weighting = "{loaded.method.weighting}"\n'
            f'#let language = "{language}"\n#let prose = "{prose}"\n#let word = {str(target == "word").lower()}\n'
            f'#let shares = json("shares.json")\n#let words = json("words.json")\n#let measured = {measured}\n'
            f'#let results = json("results.json")\n#let has-sections = ({present})\n'
        )
        (here / "settings.typ").write_text(settings, encoding="utf-8")
        (here / "words.json").write_text(words, encoding="utf-8")


def _shares(figures, language):
    """Return the share of the line at which a figure that would be higher than a page fits on it, by its name."""
    from PIL import Image

    sizes = {}
    for file in sorted(figures.glob(f"*.{language}.png")):
        with Image.open(file) as image:
            sizes[file.name.removesuffix(f".{language}.png")] = image.height / image.width
    return {name: round(TALLEST / WIDTH / ratio, 3) for name, ratio in sizes.items() if ratio > TALLEST / WIDTH}


def _papers(place, language):
    """Compile the paper of a language for print, then for Word, whose tables are as wide as print measured them."""
    printed, tables = _pdf(place, language)
    (place / "word" / "tables.json").write_text(json.dumps(tables), encoding="utf-8")
    abstract = _queried(place / "print", "abstract", "<abstract>")[0]
    text = "\n\n".join(re.sub(r"\s+", " ", part).strip() for part in abstract.split("\n\n"))
    return [
        (f"paper.{language}.pdf", printed),
        (f"paper.{language}.docx", docx(place / "word", tables, language, _prose(language))),
        (f"abstract.{language}.txt", f"{text}\n".encode()),
    ]


def _pdf(place, language):
    """Return the printed paper, and how its tables are parted and how wide their columns are in Word."""
    here = place / "print"
    figures = (here / "figures").resolve()  # Typst reads nothing outside its root
    (here / "figures").unlink()
    (here / "figures").mkdir()
    for file in figures.glob(f"*.{language}.svg"):
        place = here / "figures" / file.name
        place.hardlink_to(file) if _same_device(file, here) else shutil.copy(file, place)
    _, printed = _compiled(here, "paper", language)
    return printed, {table["name"]: table["parts"] for table in _queried(here, "paper", "<table>")}


def _compiled(here, document, language):
    import typst

    stamp = datetime.fromtimestamp(commit_time(), UTC)
    with _explained_faults():
        content = typst.compile(here / f"{document}.typ", pdf_standards=["a-2u"], timestamp=stamp, **_setting(here))
    return f"{document}.{language}.pdf", content


def _queried(here, document, label):
    """Return the values that a document gives under a label."""
    import typst

    with _explained_faults():
        return json.loads(typst.query(here / f"{document}.typ", label, field="value", **_setting(here)))


def _setting(here):
    return {"root": here, "font_paths": [str(files("mplfonts") / "fonts")], "ignore_system_fonts": True}


@contextmanager
def _explained_faults():
    import typst

    try:
        yield
    except (typst.TypstError, RuntimeError) as error:  # a query raises the latter
        raise InputError(*_explained(error)) from None


def _same_device(file, folder):
    return os.stat(file).st_dev == os.stat(folder).st_dev


def _explained(error):
    """Return where, found, expected and remedy of one of Typst's errors."""
    places = re.findall(r"/print/([\w./-]+\.typ):(\d+):", str(getattr(error, "diagnostic", error)))
    prose = [p for p in places if p[0].startswith(("sections", "study/"))] or places
    where = f"paper/{prose[0][0]}, line {prose[0][1]}" if prose else "paper"
    found = str(getattr(error, "message", None) or error).removeprefix("failed to compile document: ")
    found = found.removeprefix("panicked with: ")
    found = re.sub(r"\(searched at .*/print/(.*)\)", r"(\1)", found)
    return where, found, "a text that compiles", "correct the text, or let the pipeline record what it needs"
