"""Building the site with Sphinx."""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64encode
from contextlib import ExitStack
from hashlib import sha256

import yaml
from markupsafe import Markup

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import kept, paths, scratch
from coordination.pipeline.files import write
from coordination.pipeline.paths import root
from coordination.presentation import locale
from coordination.publishing import reference
from coordination.publishing.site import (
    article,
    choices,
    cost,
    described,
    notebooks,
    numbers,
    plates,
    prose,
    record,
    reliability,
    scoreboard,
    software,
    start,
    ways,
)
from coordination.publishing.site.markup import FIRST, document, names, paragraphs, plain, raw, render, say
from coordination.publishing.site.material import gather
from coordination.study.files import displayed

# That scripts and templates take
WORDS = ("language", "numbers", "found_count", "found_first", "show_code", "hide_code")


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
    with (folder / "static" / "site.css").open("a", encoding="utf-8") as style:
        style.write(f"\n{scoreboard.colours()}")
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
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    # A checksum in a table may break, or it would leave no room for the other columns.
    parts = re.compile(r"(?<=<td>)" + "([0-9a-f]{16})" * 4 + r"(?=</td>)")
    told = parts.sub(r"\1<wbr>\2<wbr>\3<wbr>\4", str(document(text, say("table", language))))
    board = "scoreboard\n" if material.board is not None else ""
    reader = material.reader(language)
    blocks = {
        "title": plain(reader.text(material.study.title)),
        "readme": raw(Markup(told)),
        "paper_title": plain(say("article", language)["paper"]),
        "paper": article.article(material, language, folder / "static"),
        "supplement_title": plain(say("article", language)["supplement"]),
        "supplement": article.article(material, language, folder / "static", "supplement"),
        "hero": start.hero(material, language),
        "overview": start.overview(material, language),
        "abstract": start.opening(material, language),
        "key_figures": plates.key_figures(material, language),
        "summary": start.summary(material, language),
        "downloads": start.downloads(material, language),
        "figures": plates.gallery(material, language, "figure", titles),
        "tables": plates.gallery(material, language, "table", titles),
        "scoreboard": scoreboard.scoreboard(material, language),
        "numbers": numbers.numbers(material, language, titles, folder / "static"),
        "graph": ways.graph(material, language, titles),
        "ways": ways.ways(material, language, titles),
        "availability": plates.one_figure(material, language, "availability"),
        "start_files": record.inputs(material, language, "start"),
        "handed_files": record.inputs(material, language, "handed"),
        "withheld": record.withheld(material, language),
        "covers": raw(paragraphs(material.about[language].partition("\n\n")[0])),
        "source": plain(reader.text(material.study.source)),
        "levels": plates.one_table(material, language, "levels"),
        "steps": choices.steps(language),
        "couplings": choices.couplings(language),
        "tried_weights": choices.spatial_weights(language),
        "independent": software.differences(pages / "independent.csv", language),
        "costs": cost.costs(pages / "multiverse.csv", language),
        "cost_years": cost.of(pages / "multiverse.csv", "years"),
        "cost_indicators": cost.of(pages / "multiverse.csv", "indicators"),
        **reliability.blocks(pages, language),
        "global_names": software.names("global-moran", language),
        "local_names": software.names("local-moran", language),
        "check": record.checked(material.study.id, language),
        "keys": described.keys_of_a_study(language),
        "record": record.record(material, language),
        "study": material.study.id,
        "modules": described.module_list(language, words.get("modules", {})),
        "result_pages": "\n".join(f"{say('article', language)[n]} <{n}>" for n in ("paper", "supplement"))
        + f"\n{board}figures\ntables\nresults\nprovenance",
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
        "words": {
            key: say(key, language)
            for key in ("language", "numbers", "found_count", "found_first", "show_code", "hide_code")
        },
        "theme_words": _theme(language),
        "kept": kept.said(material.kept, language),
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
    left, running = ExitStack(), {}
    staging = left.enter_context(scratch.folder(".site-", material.out))
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
            warned = reference.warnings(process, staging / "made" / language / "pages")
            said += [line.replace(f"{staging}/", "") for line in warned]
            if process.returncode:
                remedy = "mend the page it names; the earlier site is as it was"
                raise InputError(
                    f"site, {language}", (said or ["no message"])[-1], "pages that Sphinx can read", remedy
                )
            new.mkdir(exist_ok=True)
            (staging / "made" / language / "pages").rename(new / language)
            for leftover in (".buildinfo", ".buildinfo.bak", "objects.inv"):
                (new / language / leftover).unlink(missing_ok=True)
            for unread in (new / language / "_static").rglob("*.map"):  # for debuggers
                unread.unlink()
        shutil.copytree(functions / "api", new / FIRST / "api", dirs_exist_ok=True)
        notebooks.copies(material, new)
        write(new / "index.html", f"{entrance(material)}\n")
        for language in LANGUAGES:
            _confine(new / language, functions / "index.html")
        swap(new, material.out / "site", staging / "earlier")
        return said
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        left.close()


def _confine(folder, theme):
    """Let pages run and load nothing but what lies beside them, and of scripts in them only those of the theme.

    The theme's headings that are no elements of their own get their level, without which they are none to a reader.

    Parameters
    ----------
    folder : Path
        Of a language's pages.
    theme : Path
        A page that holds no text of a study: its scripts are the theme's.
    """
    own = re.findall(r"<script>(.*?)</script>", theme.read_text(encoding="utf-8"), re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in own]
    policy = (
        f"default-src 'none'; script-src 'self' {' '.join(hashes)}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'"
    )
    for file in folder.glob("_static/translations.js"):  # it would make a function of a string
        catalog = json.loads(re.search(r"\((.*)\)", file.read_text(encoding="utf-8"), re.DOTALL)[1])
        messages = json.dumps(catalog["messages"], ensure_ascii=False)
        said = f"Object.assign(Documentation.TRANSLATIONS, {messages});\n"
        said += f"Documentation.PLURAL_EXPR = (n) => ({catalog['plural_expr']});\n"
        said += f"Documentation.LOCALE = {json.dumps(catalog['locale'])};\n"
        file.write_text(said, encoding="utf-8")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8").replace('<summary aria-label="Toggle hidden content">', "<summary>")
        if "Content-Security-Policy" not in text:
            text = text.replace('class="caption" role="heading"', 'class="caption" role="heading" aria-level="2"')
            page.write_text(re.sub("<head>", lambda head: f"{head[0]}{meta}", text, count=1), encoding="utf-8")


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
