"""Building the site with Sphinx."""

from __future__ import annotations

import html
import json
import re
import shutil
import tempfile
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import paths
from coordination.pipeline.files import write
from coordination.pipeline.paths import root
from coordination.publishing import reference
from coordination.publishing.site import origins
from coordination.publishing.site.material import NAMES, gather, say
from coordination.publishing.site.notebooks import copies, localised
from coordination.publishing.site.pages import (
    _raw,
    checked,
    downloads,
    filled,
    gallery,
    inputs,
    joined,
    key_figures,
    keys_of_a_study,
    module_list,
    numbers,
    one_figure,
    opening,
    overview,
    record,
    scoreboard,
    summary,
    table_body,
    withheld,
)
from coordination.study.files import displayed

# What the theme says in English only, in templates that cannot be translated otherwise.
THEME_WORDS = {
    "zh": {
        'aria-label="Toggle site navigation sidebar"': 'aria-label="显示或隐藏导航"',
        'aria-label="Toggle table of contents sidebar"': 'aria-label="显示或隐藏本页目录"',
        'aria-label="Toggle Light / Dark / Auto color theme"': 'aria-label="切换浅色、深色或自动配色"',
        'aria-label="Toggle navigation of ': 'aria-label="展开导航：',
        "Skip to content": "跳到正文",
        "<span>Back to top</span>": "<span>回到顶部</span>",
        "Made with ": "制作工具：",
        "</a> and ": "</a>、",
        "<span>Next</span>": "<span>下一页</span>",
        "<span>Previous</span>": "<span>上一页</span>",
    }
}


def sources(material, language, pages, folder):
    """Write the sources of one language for Sphinx.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    pages : Path
        Folder of the prose pages, configuration and static files.
    folder : Path
        To write to.
    """
    import nbformat
    import yaml

    for part in ("conf.py", "static", "templates"):
        copy = shutil.copytree if (pages / part).is_dir() else shutil.copy
        copy(pages / part, folder / part)
    own = pages / language / "notebooks.yml"
    words = yaml.safe_load(own.read_text(encoding="utf-8")) if own.is_file() else {}
    titles = {}
    (folder / "notebooks").mkdir()
    for name, file in material.notebooks.items():
        notebook = nbformat.read(file, as_version=4)
        title = words.get("titles", {}).get(name)
        shown = localised(notebook, material, language, words.get("note"), title)
        heading = re.search(r"^# (.+)", "\n".join(c.source for c in notebook.cells[:1]))
        titles[name] = title or (heading[1] if heading else name)
        (folder / "notebooks" / f"{name}.ipynb").write_text(nbformat.writes(shown) + "\n", encoding="utf-8")
    readme = paths.raw(material.study.id) / "README.md"
    (folder / "included").mkdir()
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    # A checksum in a table may break, or it would leave no room for the other columns.
    text = re.sub(r"(?<=\| )" + "([0-9a-f]{16})" * 4 + r"(?= \|)", r"\1<wbr>\2<wbr>\3<wbr>\4", text)
    (folder / "included" / "readme.md").write_text(text, encoding="utf-8")
    levels = next((m["name"] for m in material.made if m["kind"] == "table" and m["name"] == "levels"), None)
    board = "scoreboard\n" if material.board is not None else ""
    blocks = {
        "title": material.study.title[language],
        "overview": overview(material, language),
        "abstract": opening(material, language),
        "key_figures": key_figures(material, language),
        "summary": summary(material, language),
        "downloads": downloads(material, language),
        "figures": gallery(material, language, "figure", titles),
        "tables": gallery(material, language, "table", titles),
        "scoreboard": scoreboard(material, language),
        "numbers": numbers(material, language, titles),
        "availability": one_figure(material, language, "availability"),
        "start_files": inputs(material, language, "start"),
        "handed_files": inputs(material, language, "handed"),
        "withheld": withheld(material.study, language),
        "source": material.study.source[language],
        "levels": _raw(table_body(material, levels, language)) if levels else "",
        "check": checked(material.study.id, language),
        "keys": keys_of_a_study(language),
        "record": record(material, language),
        "study": material.study.id,
        "modules": module_list(language, words.get("modules", {})),
        "result_pages": f"{board}figures\ntables\nresults",
        "notebook_pages": "\n".join(f"{t} <notebooks/{n}>" for n, t in titles.items()),
    }
    for page in sorted((pages / language).rglob("*.md")):
        name = page.relative_to(pages / language)
        if name.name == "scoreboard.md" and material.board is None:
            continue
        text = joined(page.read_text(encoding="utf-8"))
        text = filled(text, blocks, displayed(page))
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    extras = (
        [(say("explorer", language), "explorer.html")] if (material.out / f"explorer.{language}.html").is_file() else []
    )
    settings = {
        "title": material.study.title[language],
        "language": language,
        "languages": NAMES,
        "extras": extras,
        "words": {"language": say("language", language)},
        "theme_words": THEME_WORDS.get(language, {}),
    }
    (folder / "settings.json").write_text(json.dumps(settings, ensure_ascii=False, indent=1), encoding="utf-8")


def entrance(material):
    """Return the first page: it leads to the reader's language.

    Parameters
    ----------
    material : Material

    Returns
    -------
    str
        HTML; without JavaScript a page with a link a language.
    """
    links = "\n".join(
        f"<p>{origins.link(f'{k}/index.html', material.study.title[k], hreflang=k, lang=k)} ({NAMES[k]})</p>"
        for k in LANGUAGES
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(material.study.title["en"])}</title>
<link rel="icon" href="en/_static/icon.svg">
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }}
@media (prefers-color-scheme: dark) {{ body {{ background: #131416; color: #ddd }} a {{ color: #8ab4f8 }} }}</style>
<script>location.replace((navigator.language.startsWith("zh") ? "zh" : "en") + "/index.html" + location.hash);</script>
</head>
<body>
{links}
</body>
</html>
"""


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
    described = reference.pages()
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
        shutil.copytree(described / "api", new / "en" / "api", dirs_exist_ok=True)
        copies(material, new)
        write(new / "index.html", entrance(material))
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
