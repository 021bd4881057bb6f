"""Building the site with Sphinx."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path

import yaml

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import paths
from coordination.pipeline.files import write
from coordination.pipeline.paths import root
from coordination.presentation import locale
from coordination.publishing import reference
from coordination.publishing.site import (
    choices,
    described,
    notebooks,
    numbers,
    plates,
    prose,
    record,
    scoreboard,
    software,
    start,
)
from coordination.publishing.site.markup import FIRST, names, render, say
from coordination.publishing.site.material import gather
from coordination.study.files import displayed


def sources(material, language, pages, folder):
    """Write the sources of one language for Sphinx.

    Parameters
    ----------
    material : Material
    language : str
    pages : Path
        Folder of the prose pages, configuration and static files.
    folder : Path
        To write to.
    """
    import nbformat

    for part in ("conf.py", "static", "templates"):
        copy = shutil.copytree if (pages / part).is_dir() else shutil.copy
        copy(pages / part, folder / part)
    own = pages / language / "notebooks.yml"
    words = yaml.safe_load(own.read_text(encoding="utf-8")) if own.is_file() else {}
    note = words.get("note") or ("" if language == FIRST else say("in_english", language))
    titles = {}
    (folder / "notebooks").mkdir()
    for name, file in material.notebooks.items():
        notebook = nbformat.read(file, as_version=4)
        title = words.get("titles", {}).get(name)
        shown = notebooks.localised(notebook, material, language, note, title)
        heading = re.search(r"^# (.+)", "\n".join(c.source for c in notebook.cells[:1]))
        titles[name] = title or (heading[1] if heading else name)
        (folder / "notebooks" / f"{name}.ipynb").write_text(nbformat.writes(shown) + "\n", encoding="utf-8")
    readme = paths.raw(material.study.id) / "README.md"
    (folder / "included").mkdir()
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    # A checksum in a table may break, or it would leave no room for the other columns.
    text = re.sub(r"(?<=\| )" + "([0-9a-f]{16})" * 4 + r"(?= \|)", r"\1<wbr>\2<wbr>\3<wbr>\4", text)
    (folder / "included" / "readme.md").write_text(text, encoding="utf-8")
    board = "scoreboard\n" if material.board is not None else ""
    reader = material.reader(language)
    blocks = {
        "title": reader.text(material.study.title),
        "overview": start.overview(material, language),
        "abstract": start.opening(material, language),
        "key_figures": plates.key_figures(material, language),
        "summary": start.summary(material, language),
        "downloads": start.downloads(material, language),
        "figures": plates.gallery(material, language, "figure", titles),
        "tables": plates.gallery(material, language, "table", titles),
        "scoreboard": scoreboard.scoreboard(material, language),
        "numbers": numbers.numbers(material, language, titles),
        "availability": plates.one_figure(material, language, "availability"),
        "start_files": record.inputs(material, language, "start"),
        "handed_files": record.inputs(material, language, "handed"),
        "withheld": record.withheld(material, language),
        "source": reader.text(material.study.source),
        "levels": plates.one_table(material, language, "levels"),
        "steps": choices.steps(language),
        "couplings": choices.couplings(language),
        "tried_weights": choices.spatial_weights(language),
        "independent": software.differences(pages / "independent.csv", language),
        "global_names": software.names("global-moran", language),
        "local_names": software.names("local-moran", language),
        "check": record.checked(material.study.id, language),
        "keys": described.keys_of_a_study(language),
        "record": record.record(material, language),
        "study": material.study.id,
        "modules": described.module_list(language, words.get("modules", {})),
        "result_pages": f"{board}figures\ntables\nresults",
        "notebook_pages": "\n".join(f"{t} <notebooks/{n}>" for n, t in titles.items()),
    }
    for name, (page, text) in prose.prose(pages, language).items():
        if name.name == "scoreboard.md" and material.board is None:
            continue
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(prose.filled(text, blocks, displayed(page)), encoding="utf-8")
    extras = (
        [(say("explorer", language), "explorer.html")] if (material.out / f"explorer.{language}.html").is_file() else []
    )
    settings = {
        "title": reader.text(material.study.title),
        "language": language,
        "sphinx": locale.words(language, "site")["settings"]["sphinx"],
        "languages": names(),
        "extras": extras,
        "words": {"language": say("language", language)},
        "theme_words": _theme(language),
    }
    (folder / "settings.json").write_text(json.dumps(settings, ensure_ascii=False, indent=1), encoding="utf-8")


def _theme(language):
    """Return what the theme's templates say in English only, and what is said instead."""
    english, own = (locale.words(k, "site")["theme"] for k in (FIRST, language))
    return {text: own[key] for key, text in english.items() if own[key] != text}


def entrance(material):
    """Return the first page: it leads to the reader's language.

    Parameters
    ----------
    material : Material

    Returns
    -------
    markupsafe.Markup
        Without JavaScript a page with a link a language.
    """
    titles = {k: material.reader(k).text(material.study.title) for k in LANGUAGES}
    return render("entrance", FIRST, titles=titles, names=names())


def build(study):
    """Build the site of a study into outputs/<study>/site.

    Parameters
    ----------
    study : str

    Returns
    -------
    list of str
        What Sphinx warned of.

    Raises
    ------
    InputError
        If the study has not run, a prose page is wrong, or Sphinx fails; an earlier site stays as it is.
    """
    material = gather(study)
    functions = reference.pages()
    pages = root() / "site"
    staging = Path(tempfile.mkdtemp(prefix=".site-", dir=material.out))
    running = {}
    try:
        new = staging / "site"
        for language in LANGUAGES:
            folder = staging / language
            folder.mkdir()
            sources(material, language, pages, folder)
            # A folder of its own: myst-nb writes copies of the notebooks beside the pages.
            running[language] = reference.render(folder, staging / "made" / language / "pages")
        said = []
        for language, process in running.items():
            _, warnings = process.communicate()
            said += [line.replace(f"{staging}/", "") for line in warnings.splitlines() if line.strip()]
            if process.returncode:
                remedy = "mend the page it names; the earlier site is as it was"
                raise InputError(
                    f"site, {language}", (said or ["no message"])[-1], "pages that Sphinx can read", remedy
                )
            new.mkdir(exist_ok=True)
            (staging / "made" / language / "pages").rename(new / language)
            for leftover in (".buildinfo", ".buildinfo.bak", "objects.inv"):
                (new / language / leftover).unlink(missing_ok=True)
        shutil.copytree(functions / "api", new / FIRST / "api", dirs_exist_ok=True)
        notebooks.copies(material, new)
        write(new / "index.html", f"{entrance(material)}\n")
        swap(new, material.out / "site", staging / "earlier")
        return said
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(staging, ignore_errors=True)


def swap(new, place, aside):
    """Put a folder into place.

    Parameters
    ----------
    new, place, aside : Path
        The folder, where it belongs, and where what is there goes first; it comes back if the move fails.
    """
    if place.exists():
        place.rename(aside)
    try:
        new.rename(place)
    except BaseException:
        if aside.exists() and not place.exists():
            aside.rename(place)
        raise
