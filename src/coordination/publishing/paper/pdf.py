"""The paper as PDF, by Typst."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import yaml

from coordination.choices import SPATIAL_WEIGHTS
from coordination.diagnosis import lenses
from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import kept, limits, scratch
from coordination.pipeline.files import lens_documents, prose_languages, published, read_handover, references, write
from coordination.pipeline.inputs import polygons
from coordination.pipeline.paths import outputs, raw, root
from coordination.pipeline.provenance import commit_time
from coordination.presentation import locale, sizes
from coordination.presentation.maps import miniatures
from coordination.presentation.reader import FORMS, Reader, pieces
from coordination.presentation.style import DOTS, TALLEST, WIDTH
from coordination.publishing.paper import typesetting
from coordination.publishing.paper.page import page
from coordination.publishing.paper.word import docx, methods, read
from coordination.publishing.site.material import quotable
from coordination.sections import sections as plan
from coordination.spatial.influence import TRIED
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions

# A study's own paragraphs, in <study>/paper/<name>.<language>.typ
OPTIONAL = ("introduction", "discussion", "countermeasures")

# Processor seconds and bytes that a text may take, far more than any that ends, and bytes a byte more that it reads
SECONDS, MEMORY, PER_BYTE = 180, 3 << 30, 200

LEAST_SHARE = 0.5  # of the line, to which a figure that is higher than a page may be reduced

STANDARDS = ["a-2u", "ua-1"]  # for archives, and for readers who do not see

# Words of every text that the papers take
SHARED = ("sentence_gap", "sentence_stop", "list_comma", "list_and", "colon", "brackets")

GROUPS, DIAGNOSED = 12, 4  # that are named, and of which the diagnosis is told one by one

FEW = 15  # regions of which a table of every one stands in the paper

# Tables that the page of a region is made of
PROFILED = (
    "profiles", "coordination-degree", "obstacle-ranks", "obstacle-dimensions", "obstacle-concepts", "diagnosis",
)  # fmt: skip


def build(study, document=None, language=None):
    """Compile the paper of a study and its supplement: PDF/A and PDF/UA by Typst, Word by pandoc, in every language.

    Parameters
    ----------
    study : str
    document : {'paper', 'profiles'}, optional
        Only this one.
    language : str, optional
        Only in this one.

    Returns
    -------
    list of Path
        paper.<language>.pdf, .docx and .json, which the site makes a page of, supplement.<language>.pdf,
        methods.<language>.docx and .txt and abstract.<language>.txt in the study's outputs; where there is a diagnosis
        also profiles.<language>.pdf, a page a region, of many regions of those that matter (see `sizes.matter`).

    Raises
    ------
    InputError
        If the run is not finished, a text needs a result that the run did not produce (text, line and key are named),
        a reference leads nowhere, or a glyph is missing; the earlier papers stay as they were.
    """
    out = _finished(study)
    languages = [language] if language else LANGUAGES
    documents = [document] if document else ["paper", "profiles"]
    diagnosed = "diagnosis" in _plan(study)
    made = []
    with scratch.folder() as folder:
        for k in languages:
            here = Path(folder) / k
            marked = kept.said(kept.of(study, f"{documents[0]}.{k}"), k)
            _stage(study, out, here, k, marked)
            if "paper" in documents:
                made += _papers(here, k, marked)
            if "profiles" in documents and diagnosed:
                made.append(_profiles(study, out, here / "print", k))
    for k in languages if not diagnosed else ():
        (out / f"profiles.{k}.pdf").unlink(missing_ok=True)
    for name, content in made:
        write(out / name, content)
    return [out / name for name, _ in made]


def profiles(study):
    """Compile the profiles of all regions of a study, a page each, however many there are.

    Parameters
    ----------
    study : str

    Returns
    -------
    list of Path
        all-profiles.<language>.pdf in the study's outputs.

    Raises
    ------
    InputError
        If the study leaves out the diagnosis, or the run is not finished.
    """
    out = _finished(study)
    if "diagnosis" not in _plan(study):
        found, expected = "leave_out with diagnosis", "a study with a diagnosis"
        raise InputError(f"{study}/study.yml", found, expected, "take it out of leave_out, and run the study again")
    made = []
    with scratch.folder() as folder:
        for language in LANGUAGES:
            place = Path(folder) / language
            _stage(study, out, place, language, kept.said(kept.of(study, f"profiles.{language}"), language))
            made.append(_profiles(study, out, place / "print", language, every=True))
    for name, content in made:
        write(out / f"all-{name}", content)
    return [out / f"all-{name}" for name, _ in made]


def _profiles(study, out, here, language, every=False):
    """Compile the pages of all regions, or of those that matter, from the rows of the tables that speak of them."""
    loaded = load(raw(study))
    regions = read_regions(loaded, raw(study))
    chosen = list(regions.index)
    if not every and len(regions) > sizes.LISTED:
        chosen = sizes.matter(read_handover(study, "coordination"), regions.index)
    shown = [regions[language][r] for r in chosen]
    (here / "profiles").mkdir()
    drawn = miniatures(regions, polygons(loaded, regions))
    if drawn:
        every_one, alone = drawn
        (here / "profiles" / "map.svg").write_text(every_one, encoding="utf-8")
        for k, region in enumerate(chosen):
            (here / "profiles" / f"map-{k}.svg").write_text(alone[region], encoding="utf-8")
    with (here / "settings.typ").open("a", encoding="utf-8") as settings:
        settings.write(f"#let mapped = {str(bool(drawn)).lower()}\n#let moving = {str(loaded.over_time).lower()}\n")
        found = lenses.catalogue(*lens_documents(loaded), loaded, references())
        named = [[lens.letter, lens.name[language]] for lens in found.lenses]
        (here / "profiles" / "lenses.json").write_text(json.dumps(named, ensure_ascii=False), encoding="utf-8")
    for name in PROFILED:
        file = out / "tables" / f"{name}.{language}.csv"
        if file.is_file():
            with file.open(encoding="utf-8-sig", newline="") as stream:
                head, *rows = csv.reader(stream)
            at = {k: [] for k in shown}
            for row in rows:
                at.get(row[1] if name == "coordination-degree" else row[0], []).append(row)
            with (here / "profiles" / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([head, *(row for own in at.values() for row in own)])
    return _compiled(here, "profiles", language)


def _finished(study):
    out = outputs(study)
    if not (out / "results.json").is_file():
        remedy = f"run `make all STUDY={study}` first"
        raise InputError(displayed(out / "results.json"), "no such file", "a finished run", remedy)
    return out


def _plan(study):
    folder = raw(study)
    return [section.name.partition("-")[2] for section in plan(folder, load(folder).left_out)]


def _prose(language):
    """Return the language of the sections: English for want of a translation."""
    return language if language in prose_languages() else LANGUAGES[0]


def _stage(study, out, place, language, marked=""):
    """Put everything that a text may read into one folder, for print and for Word."""
    own, prose = raw(study) / "paper", _prose(language)
    gaps = {k: locale.words(language)[k] for k in SHARED}
    words = json.dumps(locale.words(language, "paper") | gaps, ensure_ascii=False)
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    exact = results.get("moran.exact", {}).get("value", False)
    quoted = _quoted(results, own, language)
    for target in ("print", "word"):
        here = place / target
        here.mkdir(parents=True)
        for source in (root() / "paper").glob("*.*"):
            shutil.copy(source, here)
        if own.is_dir():
            shutil.copytree(own, here / "study")
        for source in (*here.glob("s[eu]*.??.typ"), *(here / "study").glob("*.typ")):
            text = source.read_text(encoding="utf-8")
            # pandoc takes the apostrophe after a word for a mark of inches
            text = _told_apart(text) if target == "print" else re.sub(r"(?<=[^\W\d])'(?=\s)", "\u2019", text)
            source.write_text(text, encoding="utf-8")
        (here / "results.json").write_text(json.dumps(quoted, ensure_ascii=False), encoding="utf-8")
        _lay(out / "figures", here / "figures", language, "png" if target == "word" else "svg")
        (here / "tables").mkdir()
        for part in (".", "short"):  # which takes the place of a long one
            for file in (out / "tables" / part).glob(f"*.{language}.csv"):  # without the mark for Excel
                (here / "tables" / file.name).write_text(file.read_text(encoding="utf-8-sig"), encoding="utf-8")
        shares = json.dumps(_shares(out / "figures", language))
        (here / "shares.json").write_text(shares, encoding="utf-8")
        present = ", ".join(f"{n}: {str((own / f'{n}.{prose}.typ').is_file()).lower()}" for n in OPTIONAL)
        loaded = load(raw(study))
        front = _front(loaded, language, exact) | {"names": _with_digits(loaded, language)}
        (here / "front.json").write_text(json.dumps(front, ensure_ascii=False), encoding="utf-8")
        (here / "supplement.json").write_text("{}", encoding="utf-8")
        sections = ", ".join(f'"{name}"' for name in _plan(study))
        of = loaded.method.combine.of if loaded.method.weighting == "combined" else ()
        combined = "".join(f'"{name}", ' for name in of)
        count = len(read_regions(loaded, raw(study)))
        known = {
            "few": count <= FEW,
            "few-groups": len(loaded.groups) <= GROUPS,
            "groups-diagnosed": len(loaded.groups) <= DIAGNOSED,
            "profiled-all": count <= sizes.LISTED,
            "moving": loaded.over_time,
            "comparable": loaded.comparable,
            "covariates": loaded.drivers is not None,
            "printed-table": published(loaded, "table4_coordination") is not None,
        }
        switches = "".join(f"#let {name} = {str(on).lower()}\n" for name, on in known.items())
        measured = 'json("tables.json")' if target == "word" else "(:)"
        settings = (
            f"#let included = ({sections},)\n{switches}"
            f'#let weighting = "{loaded.method.weighting}"\n#let aggregation = "{loaded.method.aggregation}"\n'
            f'#let coupling = "{loaded.coupling.variant}"\n#let combined = ({combined})\n'
            f'#let language = "{language}"\n#let prose = "{prose}"\n#let word = {str(target == "word").lower()}\n'
            f'#let shares = json("shares.json")\n#let words = json("words.json")\n#let measured = {measured}\n'
            f"#let kept = {json.dumps(marked, ensure_ascii=False)}\n"
            '#let front = json("front.json")\n#let parts = json("supplement.json")\n'
            f'#let results = json("results.json")\n#let has-sections = ({present})\n'
        )
        (here / "settings.typ").write_text(settings, encoding="utf-8")
        (here / "words.json").write_text(words, encoding="utf-8")


def _quoted(results, own, language):
    """Return what the texts may quote of the results: a compiler's memory grows with all that it reads.

    That is every caption and sentence, the keys that stand in a text, and those that begin as a key in it does; with
    the place on the site that leads to the origin of each.
    """
    sources = [file.read_text(encoding="utf-8") for folder in (root() / "paper", own) for file in folder.glob("*.typ")]
    said = {key for text in sources for key in re.findall(r'"([\w.-]+)"', text)}
    kinds = {kind for text in sources for kind in re.findall(r'name\("(\w+)"', text)}
    texts = ("caption.", "sentence.", *(f"{form}." for form in FORMS))
    begun = (*texts, *(f"{k}." for k in kinds), *(f"{k.rstrip('.')}." for k in said if "." in k))
    quoted = {}
    for key, entry in results.items():
        if key in said or key.startswith(begun):
            text = entry.get("text", {}).get(language)
            quoted[key] = {"value": entry.get("value"), "text": {language: text}}
            if quotable(key, entry):
                quoted[key]["href"] = f"site/{language}/results.html#{key}"
            if key.startswith(texts):
                quoted[key]["pieces"] = [pieces(part) for part in text.split("\n\n")]
    return quoted


def _told_apart(source):
    """Give every formula within a line what a screen reader says of it: its letters, without the marks of the source.

    Parameters
    ----------
    source : str
        Text in Typst.

    Returns
    -------
    str

    Examples
    --------
    >>> _told_apart("of $w_(i j)$ and")
    'of #math.equation(alt: "w i j", $w_(i j)$.body) and'
    """

    def told(found):
        said = " ".join(re.sub(r'[_^(){}"\\\\&]', " ", found[1]).split())
        return f'#math.equation(alt: "{said}", ${found[1]}$.body)'

    return re.sub(r"\$([^\s$](?:[^$\n]*[^\s$])?)\$", told, source)


def _front(study, language, exact):
    """Return what stands before a text: authors and where they work, by the study or CITATION.cff; date and keywords.

    Returns
    -------
    dict
        authors: pairs of str; date, archive: str; keywords: list of str.
    """
    cited = yaml.safe_load((root() / "CITATION.cff").read_text(encoding="utf-8"))
    authors = [(a.name[language], a.affiliation[language] if a.affiliation else "") for a in study.authors]
    names = [a.get("name") or f"{a['given-names']} {a['family-names']}" for a in cited["authors"]]
    words = locale.words(language, "paper")
    method = [words["found_by_exact"]] if exact else []
    return {
        "authors": authors or [(name, "") for name in names],
        "date": words["settings"]["date"].format(datetime.fromtimestamp(commit_time(), UTC)),
        "archive": f"https://doi.org/{cited['doi']}" if "doi" in cited else cited.get("repository-code", ""),
        "keywords": [*(locale.inner(s.name[language]) for s in study.subsystems), *words["found_by"], *method],
    }


def _with_digits(study, language):
    """Return years and the names with digits, such as `County 086` or `2 nearest`, of which no number is told."""
    regions = read_regions(study, raw(study.id))
    dimensions = [d for s in study.subsystems for d in s.dimensions]
    named = (study.whole, *study.groups, *study.levels, *study.subsystems, *dimensions, *study.indicators)
    names = {*regions[language], *(one.name[language] for one in named)}
    names.update(Reader(study, regions, language).choice(SPATIAL_WEIGHTS.kind, name) for name in TRIED)
    return [*map(str, study.years), *sorted(n for n in names if re.search(r"\d", n) and not n.isdigit())]


def _lay(figures, folder, language, kind):
    """Put the drawings of a language into the folder outside which nothing is read."""
    folder.mkdir()
    for file in figures.glob(f"*.{language}.{kind}"):
        place = folder / file.name
        place.hardlink_to(file.resolve()) if _same_device(file, folder) else shutil.copy(file, place)


def _shares(figures, language):
    """Return the share of the line that a figure takes, by its name: its own width, less if it would not fit on a page.

    Raises
    ------
    InputError
        If nobody could read it at that share.
    """
    from PIL import Image

    shares = {}
    for file in sorted(figures.glob(f"*.{language}.png")):
        with Image.open(file) as image:
            own, ratio = min(1.0, image.width / (DOTS * WIDTH)), image.height / image.width
        shares[file.name.removesuffix(f".{language}.png")] = round(min(own, TALLEST / WIDTH / ratio), 3)
    for name, share in shares.items():
        if share < LEAST_SHARE:
            expected = f"at most {TALLEST / LEAST_SHARE:.0f} in"
            remedy = "give it a form for as many rows, by presentation/sizes.py"
            raise InputError(f"figure {name}", f"{TALLEST / share:.0f} in high at full width", expected, remedy)
    return shares


def _papers(place, language, marked):
    """Compile the supplement of a language, the paper, which names its sections, and the paper for Word.

    Word's tables are as wide as print measured them.
    """
    here = place / "print"
    numbers, tables = _number_supplement(place)
    supplement, paper = (_compiled(here, name, language) for name in ("supplement", "paper"))
    found = _queried(here, "paper", "selector(<table>).or(figure)", field=None)
    numbers |= _numbers(found)
    tables |= _parted(found)
    (place / "word" / "tables.json").write_text(json.dumps(tables), encoding="utf-8")
    abstract = _queried(here, "abstract", "<abstract>")[0]
    staged, allowed = place / "word", _allowed(place / "word")
    tree, how = read(staged, allowed), (language, _prose(language), allowed)
    text = "\n\n".join(re.sub(r"\s+", " ", part).strip() for part in abstract.split("\n\n"))
    return [
        paper,
        (f"paper.{language}.docx", docx(staged, tree, tables, *how)),
        supplement,
        (f"paper.{language}.json", page(staged, (tree, read(staged, allowed, "word-supplement")), *how, numbers)),
        *((f"methods.{language}.{kind}", content) for kind, content in methods(staged, *how).items()),
        (f"abstract.{language}.txt", "\n\n".join(filter(None, [text, marked])).encode() + b"\n"),
    ]


def _number_supplement(place):
    """Note the numbers of the supplement's sections, by label, for texts that name them.

    Returns
    -------
    tuple of dict
        Numbers of its figures and tables, and how the tables are parted.
    """
    wanted = "selector(heading.where(level: 1)).or(figure).or(<table>)"
    found = _queried(place / "print", "supplement", wanted, field=None)
    labels = [item["label"].strip("<>") for item in found if item["func"] == "heading" and "label" in item]
    numbers = json.dumps({label: k for k, label in enumerate(labels, start=1)})
    for target in ("print", "word"):
        (place / target / "supplement.json").write_text(numbers, encoding="utf-8")
    return _numbers(found, "S"), _parted(found)


def _parted(found):
    """Return how the tables of a document are parted, by name."""
    return {item["value"]["name"]: item["value"]["parts"] for item in found if item["func"] == "metadata"}


def _numbers(found, prefix=""):
    """Return the numbers of the figures and tables of a document, by label such as fig-means."""
    plates = [item for item in found if item["func"] == "figure"]
    counted = {kind: [item.get("label", "") for item in plates if item["kind"] == kind] for kind in ("image", "table")}
    return {
        label.strip("<>"): f"{prefix}{k}"
        for labels in counted.values()
        for k, label in enumerate(labels, start=1)
        if label
    }


def _compiled(here, document, language):
    stamp = datetime.fromtimestamp(commit_time(), UTC)
    return f"{document}.{language}.pdf", _typst("compile", here, document, pdf_standards=STANDARDS, timestamp=stamp)


def _queried(here, document, selector, field="value"):
    """Return everything in a document that a selector finds, or a field of it."""
    return json.loads(_typst("query", here, document, selector, field=field))


def _typst(command, here, document, *arguments, **named):
    """Let Typst work on a document in a process of its own, which is limited (see `limits.apart`)."""
    seconds, memory = _allowed(here)
    where = {"where": "paper", "seconds": seconds, "memory": memory, "readable": [here]}
    return limits.apart(typesetting.run, command, here / f"{document}.typ", *arguments, **where, **named)


def _allowed(here):
    """Return the seconds and bytes that a program may take for a text: far more than one that ends."""
    size = sum(file.stat().st_size for file in here.rglob("*") if file.is_file())
    return SECONDS + size / 1e5, MEMORY + size * PER_BYTE


def _same_device(file, folder):
    return os.stat(file).st_dev == os.stat(folder).st_dev
