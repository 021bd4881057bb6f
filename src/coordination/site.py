"""The reviewer's site: from every number, figure and table a way to the cell, function and file it comes from."""

from __future__ import annotations

import html
import json
import re
import shutil
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from coordination import artifacts, reference
from coordination import study as studies
from coordination.errors import InputError
from coordination.sections import SECTIONS
from coordination.wording import about, span, word

NAMES = {"en": "English", "zh": "中文"}
MANY, DENSE = 8, 15  # columns from which a table is set in smaller type, and in the smallest
KEY_FIGURES = ("map-coordination", "heat-map-coordination", "moran-by-year", "scatter", "scoreboard")

WORDS = {
    "adapt": ("Adapt it to your region", "用于您的地区"),
    "all": ("all", "全部"),
    "api": ("Functions", "函数"),
    "cell": ("cell {}", "单元格{}"),
    "check": ("What the check finds", "检查结果"),
    "clear": ("Clear", "清除"),
    "commit": ("commit {}", "提交 {}"),
    "contents": ("List of figures and tables", "图表清单"),
    "data": ("Data", "数据"),
    "default": ("Default", "默认值"),
    "dirty": ("with changes that are not committed", "含未提交的改动"),
    "error": ("error", "错误"),
    "explorer": ("Explorer", "交互浏览"),
    "expected": ("What it takes", "取值"),
    "figures": ("Figures", "图"),
    "file": ("File", "文件"),
    "filter": ("Search in the rows", "在各行中查找"),
    "found": ("Found", "发现"),
    "from": ("From", "出处"),
    "handed": ("handed from notebook to notebook", "笔记本之间传递"),
    "home": ("Overview", "概览"),
    "key": ("Key", "键"),
    "key_figures": ("Key figures", "主要结果图"),
    "language": ("Language", "语言"),
    "made_by": ("Made by", "由何处生成"),
    "meaning": ("Meaning", "含义"),
    "method": ("Method and data", "方法与数据"),
    "no_script": ("The table can be sorted and filtered with JavaScript.", "启用JavaScript后可排序和筛选。"),
    "note": ("note", "提示"),
    "notebooks": ("Notebooks", "笔记本"),
    "nothing": ("Nothing to complain of.", "没有需要指出的问题。"),
    "origin": ("Where it comes from", "来源"),
    "paper": ("Paper, {}", "论文（{}）"),
    "profiles": ("Profiles of the regions, {}", "各地区概况（{}）"),
    "place": ("Where", "位置"),
    "quoted": ("As quoted", "引用形式"),
    "required": ("required", "必填"),
    "results": ("Results", "结果"),
    "scoreboard": ("Scoreboard", "复现结果"),
    "claims": ("Claims", "论断"),
    "every_item": ("Every item, on every route", "各途径的全部条目"),
    "every_number": ("Every number, and where it comes from", "每个数值及其来源"),
    "sentences": ("Sentences", "语句"),
    "severity": ("Severity", "程度"),
    "should": ("Expected", "应为"),
    "shown": ("{shown} of {all} shown", "显示{shown}/{all}条"),
    "size": ("Bytes", "字节"),
    "start": ("in the study's folder", "研究文件夹中"),
    "tables": ("Tables", "表"),
    "to_do": ("What to do", "建议"),
    "unknown": ("unknown", "未知"),
    "unit": ("Unit", "单位"),
    "value": ("Full value", "完整数值"),
    "values": ("All numbers (results.json)", "全部数值（results.json）"),
    "about": ("About this site", "关于本网站"),
    "warning": ("warning", "警告"),
}

UNITS = {
    "claims": "条论断", "degree": "D的单位", "indicators": "个指标", "items": "项", "log points": "对数点",
    "percent": "%", "percent a year": "%/年", "regions": "个地区", "score": "指数值", "values": "个值", "years": "年",
}  # fmt: skip

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
        Heading and paragraphs of the paper's abstract, in every language.
    panel : str
        Name of the panel that the analysis starts from.
    out : Path
        Folder of the study's outputs.
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
    claims: object = None


def say(key, language, *values):
    """Return a word of the site.

    Parameters
    ----------
    key : str
    language : {'en', 'zh'}
    *values
        What it is about.

    Returns
    -------
    str

    Examples
    --------
    >>> say("cell", "en", 3)
    'cell 3'
    """
    text = WORDS[key][language == "zh"]
    return text.format(*values) if values else text


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

    from coordination.sections import sections

    raw, out = artifacts.raw(study), artifacts.outputs(study)
    loaded = studies.load(raw)
    regions = studies.regions(loaded, raw)
    remedy = f"run `make all STUDY={study}` first"
    made, notebooks = [], {}
    for section in sections(raw, loaded.leave_out):
        notebooks[section.name] = out / "notebooks" / f"{section.name}.ipynb"
        note = artifacts.note_file(study, section.name)
        for file in (notebooks[section.name], note):
            if not file.is_file():
                raise InputError(studies.shown(file), "no such file", f"what {section.name} writes", remedy)
        entries = json.loads(note.read_text(encoding="utf-8"))["made"]
        made += [{"notebook": section.name, **m} for m in entries if m["kind"] != "hand-over"]
    file = out / "results.json"
    if not file.is_file():
        raise InputError(studies.shown(file), "no such file", "what `collect` writes", remedy)
    results = json.loads(file.read_text(encoding="utf-8"))
    if not all({"cell", "function", "text"} <= r.keys() for k, r in results.items() if _quotable(k, r)):
        raise InputError(studies.shown(file), "numbers without their cell", "numbers with notebook and cell", remedy)
    board, asked = (artifacts.handover(study, name) for name in ("replication", "claims"))
    kept = ("item", "section", "published", "recomputed", "reason")
    start = artifacts.panel_file(loaded)
    panel = start or raw / loaded.panel.released
    said = {
        k: about(loaded, len(regions), k, start is not None, panel.name, artifacts.checksum(panel))
        for k in studies.LANGUAGES
    }
    return Material(
        study=loaded,
        regions=regions,
        made=made,
        results=results,
        board=pd.read_csv(board, dtype=dict.fromkeys(kept, str), keep_default_na=False, na_values={
            "difference": [""], "tolerance": [""], "recomputed": [""], "reason": [""],
        }) if board.is_file() and "10-replication" in notebooks else None,
        files=files(study, raw, [s for s in SECTIONS if s.name in notebooks]),
        notebooks=notebooks,
        commit=commit(results),
        about=said,
        abstract={k: abstract(out / f"paper.{k}.docx", remedy) for k in studies.LANGUAGES},
        panel=panel.name,
        out=out,
        claims=pd.read_csv(asked, dtype={"section": str, "published": str}, keep_default_na=False, na_values=[""])
        if asked.is_file() and "10-replication" in notebooks else None,
    )  # fmt: skip


def _quotable(key, entry):
    """Whether a result was computed by a notebook; captions stand under their figures, facts on the about page."""
    return "notebook" in entry and not key.startswith("caption.")


def abstract(file, remedy):
    """Read the abstract from a paper's Word file: what stands between its first heading and its second.

    Parameters
    ----------
    file : Path
    remedy : str
        What to do if there is none, for the error.

    Returns
    -------
    list of str
        The heading, then the paragraphs.

    Raises
    ------
    InputError
        If there is no such file, or no text under its first heading.
    """
    if not file.is_file():
        raise InputError(studies.shown(file), "no such file", "what `paper` writes", remedy)
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    found = []
    with zipfile.ZipFile(file) as packed, packed.open("word/document.xml") as stream:
        for _, part in ElementTree.iterparse(stream):
            if part.tag != f"{w}p":
                continue
            style = part.find(f"{w}pPr/{w}pStyle")
            heading = style is not None and style.get(f"{w}val", "").startswith("Heading")
            if heading and found:
                break
            text = "".join(t.text or "" for t in part.iter(f"{w}t")).strip()
            if text and (heading or found):
                found.append(text)
    if len(found) < 2:
        raise InputError(studies.shown(file), "no text under the first heading", "the abstract", remedy)
    return found


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
            path = artifacts.handover(study, name)
            if path.is_file():
                href = f"tables/{path.name}" if path.parent.name == "tables" else f"data/{path.name}"
                own = {"id": f"file-{path.name}", "name": path.name, "kind": "handed", "path": path, "href": href}
                found.append(own | {"notebook": section.name})
    return [f | {"sha256": artifacts.checksum(f["path"]), "bytes": f["path"].stat().st_size} for f in found]


def link(href, text, **attributes):
    """Return a link.

    Parameters
    ----------
    href, text : str
    **attributes
        Further ones.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> link("data.html#raw-a.csv", "a < b")
    '<a href="data.html#raw-a.csv">a &lt; b</a>'
    """
    more = "".join(f' {k}="{html.escape(v)}"' for k, v in attributes.items())
    return f'<a href="{html.escape(href)}"{more}>{html.escape(text)}</a>'


def file_link(name, material, start=False):
    """Link to where the data page describes a file.

    Parameters
    ----------
    name : str
        As a notebook noted it, such as `weights.csv`.
    material : Material
    start : bool
        Whether it is one of those the study starts from, even if a notebook hands on one of the same name.

    Returns
    -------
    str
        HTML; just the name if there is no such file.
    """
    handed = [f for f in material.files if f["kind"] == "handed" and f["name"] == name and not start]
    found = handed + [f for f in material.files if f["kind"] == "start" and Path(f["name"]).name == name]
    return link(f"data.html#{found[0]['id']}", name) if found else html.escape(name)


def function_link(name, language):
    """Link to the description of a function.

    Parameters
    ----------
    name : str
        Such as `coordination.coupling.coordinate`.
    language : {'en', 'zh'}
        Of the page. The descriptions are the docstrings, so they stand once, in English.

    Returns
    -------
    str
        HTML; empty for no function.

    Examples
    --------
    >>> function_link("coordination.coupling.level", "zh")
    '<a href="../en/api/coupling.html#coordination.coupling.level">coupling.level</a>'
    """
    parts = name.split(".")
    if len(parts) < 3:
        return html.escape(name)
    up = "" if language == "en" else "../en/"
    return link(f"{up}api/{parts[1]}.html#{name}", ".".join(parts[1:]))


def origin(entry, material, language, short=False):
    """Return links to where a number, figure or table comes from.

    Parameters
    ----------
    entry : dict
        notebook, cell, function, and `of`: a file the study starts from, a hand-over file, or a table that the
        notebook made, of which then what the notebook reads is named too, as it is if there is no `of`.
    material : Material
    language : {'en', 'zh'}
    short : bool
        Whether the notebook goes by its number.

    Returns
    -------
    list of str
        HTML: notebook and cell, function, files, commit.
    """
    notebook, cell = entry["notebook"], entry.get("cell")
    name = notebook.partition("-")[0] if short else notebook
    comma = "" if language == "zh" else ","
    where = f"{name}{comma} {say('cell', language, cell)}" if cell else name
    links = [link(f"notebooks/{notebook}.html" + (f"#cell-{cell}" if cell else ""), where)]
    if entry.get("function"):
        links.append(function_link(entry["function"], language))
    of = entry.get("of") or ""
    if of in {Path(f["name"]).name for f in material.files}:
        links.append(file_link(of, material))
    else:
        table = of.removesuffix(".csv")
        if any(m["name"] == table and m["kind"] == "table" for m in material.made):
            links.append(link(f"tables.html#table-{table}", of))
        reads = next((s.reads for s in SECTIONS if s.name == notebook), ())
        links += [file_link(f"{n}.csv", material) for n in reads] or [file_link(material.panel, material, start=True)]
    sha, dirty = material.commit
    mark = (sha[:7] + ("*" if dirty else "")) if sha else say("unknown", language)
    return [*links, link("about.html#commit", say("commit", language, mark))]


def origin_line(entry, material, language, more=(), up=""):
    """Return the line under a figure or table that says where it comes from.

    Parameters
    ----------
    entry : dict
        As for `origin`.
    material : Material
    language : {'en', 'zh'}
    more : sequence of str
        HTML, at the end of the line.
    up : str
        Way from the page to the language's folder.

    Returns
    -------
    str
        HTML.
    """
    line = " · ".join([*origin(entry, material, language), *more])
    return f'<p class="origin-line">{line}</p>'.replace(' href="', f' href="{up}')


def _of_the_board(material, name, function):
    """Return what `origin` takes, for the scoreboard or the claims."""
    cell = next((m["cell"] for m in material.made if m["name"] == name), None)
    of = {"scoreboard": "replication.csv"}.get(name, f"{name}.csv")
    return {
        "notebook": "10-replication", "cell": cell, "function": f"coordination.replication.{function}", "of": of,
    }  # fmt: skip


def scroll(table, label):
    """Put a table into a container of its own that scrolls.

    Parameters
    ----------
    table, label : str
        HTML; plain text.

    Returns
    -------
    str
        HTML.
    """
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{html.escape(label)}">\n{table}\n</div>'


def plain_text(caption):
    """Return a caption without its Markdown.

    Parameters
    ----------
    caption : str

    Returns
    -------
    str
    """
    return caption.replace("**", "")


def rich(text):
    """Return the little Markdown that captions and sentences hold as HTML.

    Parameters
    ----------
    text : str
        With ** for bold, ` for code and empty lines between paragraphs.

    Returns
    -------
    str

    Examples
    --------
    >>> rich("**Table 1.** a < b")
    '<strong>Table 1.</strong> a &lt; b'
    """
    text = html.escape(text, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
    return text.replace("\n\n", "<br>")


def table_body(material, name, language):
    """Return a table as a reader sees it.

    Parameters
    ----------
    material : Material
    name : str
    language : {'en', 'zh'}

    Returns
    -------
    str
        HTML: the table alone, in its scroll container.

    Raises
    ------
    InputError
        If its file holds none.
    """
    file = material.out / "tables" / f"{name}.{language}.html"
    found = re.search(r"<table.*</table>", file.read_text(encoding="utf-8"), re.DOTALL) if file.is_file() else None
    if not found:
        expected, remedy = "a table for readers", f"run `make all STUDY={material.study.id}` again"
        raise InputError(studies.shown(file), "none", expected, remedy)
    entry = next((m for m in material.made if (m["kind"], m["name"]) == ("table", name)), None)
    body = re.sub(r"<caption>(.*?)</caption>", r"<caption><span>\1</span></caption>", found[0], flags=re.DOTALL)
    body = re.sub(r"(?<=<td>)[^<]+", lambda cell: _breakable(cell[0]), body)
    heads = re.findall(r"<th>(.*?)</th>", body.partition("</thead>")[0])
    css = ["many"] * (len(heads) >= MANY) + ["dense"] * (len(heads) >= DENSE)
    css += ["upright"] * (len(heads) >= DENSE and max(map(len, heads)) > 8)
    if css:
        body = body.replace('class="', f'class="{" ".join(css)} ', 1)
    return scroll(body, plain_text(entry["caption"][language]) if entry else name)


def image(material, name, language, up="../"):
    """Return a figure's picture.

    Parameters
    ----------
    material : Material
    name : str
    language : {'en', 'zh'}
    up : str
        Way from the page to the site's folder.

    Returns
    -------
    str
        HTML with the caption as alternative text and the size in CSS pixels.
    """
    caption = next(m["caption"][language] for m in material.made if (m["kind"], m["name"]) == ("figure", name))
    head = (material.out / "figures" / f"{name}.{language}.svg").read_text(encoding="utf-8")[:2000]
    size = re.search(r'<svg[^>]*?height="([\d.]+)pt"[^>]*?width="([\d.]+)pt"', head) or re.search(
        r'<svg[^>]*?viewBox="0 0 (?P<w>[\d.]+) (?P<h>[\d.]+)"', head
    )
    pixels = ""
    if size:
        height, width = size.groups() if "w" not in size.groupdict() else (size["h"], size["w"])
        pixels = f' width="{float(width) * 4 / 3:.0f}" height="{float(height) * 4 / 3:.0f}"'
    alt = html.escape(plain_text(caption))
    return f'<img src="{up}figures/{name}.{language}.svg" alt="{alt}"{pixels} loading="lazy">'


def localised(notebook, material, language, note=None, title=None):
    """Put an executed notebook into a language of the site, and give its cells anchors.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs.
    material : Material
    language : {'en', 'zh'}
    note : str, optional
        Put under the title.
    title : str, optional
        Instead of the title.

    Returns
    -------
    nbformat.NotebookNode
        A new one: figures, captions, tables and sentences in the language, an anchor `cell-<count>` before every
        code cell, tables in scroll containers, figures and tables with where they come from.
    """
    import copy

    from nbformat.v4 import new_markdown_cell

    result = copy.deepcopy(notebook)
    result.cells = []
    for cell in notebook.cells:
        cell = copy.deepcopy(cell)
        if cell.cell_type == "markdown" and cell.source.startswith("# ") and (title or note):
            first, _, rest = cell.source.partition("\n")
            head = f"# {title}" if title else first
            remark = f'\n\n<p class="note-language">{note}</p>' if note else ""
            cell.source = f"{head}{remark}\n{rest}"
            title = note = None
        if cell.cell_type == "code":
            if cell.execution_count:
                n = cell.execution_count
                anchor = f'<a class="cell-number" id="cell-{n}" href="#cell-{n}">[{n}]</a>'
                result.cells.append(new_markdown_cell(anchor, id=f"cell-{n}-anchor"))
            for output in cell.outputs:
                _localise(output, material, language)
        result.cells.append(cell)
    return result


def _localise(output, material, language):
    data, about_it = output.get("data", {}), output.get("metadata", {})

    def marked(mime, key):
        return about_it.get(mime, {}).get(key)

    def made(kind, name):
        return next(m for m in material.made if (m["kind"], m["name"]) == (kind, name))

    if name := marked("image/png", "figure"):
        output["data"] = {"text/html": image(material, name, language, "../../")}
    elif name := marked("text/html", "table"):
        line = origin_line(made("table", name), material, language, up="../")
        output["data"] = {"text/html": f"{table_body(material, name, language)}\n{line}"}
    elif name := marked("text/markdown", "caption"):
        entry = made("figure", name)
        line = origin_line(entry, material, language, up="../")
        data["text/markdown"] = f"{entry['caption'][language]}\n\n{line}"
    elif key := marked("text/markdown", "sentence"):
        data["text/markdown"] = material.results[key]["text"][language]
    elif data.get("text/markdown") in material.about.values():
        data["text/markdown"] = material.about[language]
    elif "<table" in data.get("text/html", ""):
        body = re.sub(r"<style.*?</style>", "", data["text/html"], flags=re.DOTALL)
        data["text/html"] = scroll(body, "table" if language == "en" else "表")


# Blocks of the pages: HTML that prose pages name as {{ block }}


def _raw(content):
    fence = "`" * 5
    return f"{fence}{{raw}} html\n{content}\n{fence}"


def _cells(values, tag="td"):
    return "".join(f"<{tag}>{v}</{tag}>" for v in values)


def overview(material, language):
    """Say in a sentence what the study is.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    study, n = material.study, len(material.regions)
    names = [s.name[language] for s in study.subsystems]
    years = span(study.years, language)
    if language == "zh":
        return (
            f"{n}个地区，{years}年，{len(names)}个子系统（{'、'.join(names)}），{len(study.indicators)}项指标。"
            f"数据来源：{study.source.zh}。"
        )
    joined = " and ".join([", ".join(names[:-1]), names[-1]])
    return (
        f"{n} regions, {years}, {len(names)} subsystems ({joined}), {len(study.indicators)} indicators. "
        f"Source: {study.source.en}."
    )


def opening(material, language):
    """Show the paper's abstract.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    heading, *paragraphs = material.abstract[language]
    text = "\n".join(f"<p>{html.escape(p, quote=False)}</p>" for p in paragraphs)
    own = [p for p in papers(material.out) if p.name.startswith(f"paper.{language}.")]
    links = [link(f"../{p.name}", say("paper", language, p.suffix[1:].upper())) for p in own]
    links.append(link("results.html", say("every_number", language)))
    line = f'<p class="origin-line">{" · ".join(links)}</p>'
    return f"## {heading}\n\n" + _raw(f'<div class="abstract">\n{text}\n</div>\n{line}')


def key_figures(material, language):
    """Show the figures of the start page.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    made = {m["name"]: m for m in material.made if m["kind"] == "figure"}
    shown = [n for n in KEY_FIGURES if n in made][:4]
    plates = [
        f'<figure><a href="figures.html#figure-{n}">{image(material, n, language)}</a>'
        f"<figcaption>{rich(made[n]['caption'][language])}</figcaption>"
        f"{origin_line(made[n], material, language)}</figure>"
        for n in shown
    ]
    title = say("key_figures", language)
    return f"## {title}\n\n" + _raw(f'<div class="keys">\n{chr(10).join(plates)}\n</div>') if plates else ""


def summary(material, language):
    """Summarise the scoreboard, if the study has one.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    if material.board is None:
        return ""
    from coordination.replication import VERDICTS

    said = material.results.get("sentence.replication")
    rows = []
    for route, own in material.board.groupby("route", sort=False):
        counts = [int((own["verdict"] == v).sum()) for v in VERDICTS]
        numbers = "".join(f'<td class="number">{c}</td>' for c in counts)
        rows.append(f'<tr><th scope="row">{html.escape(word(f"from_{route}", language))}</th>{numbers}</tr>')
    heads = "".join(f'<th scope="col" class="number">{_verdict(v, word(v, language))}</th>' for v in VERDICTS)
    head = f'<tr><th scope="col">{word("route", language)}</th>{heads}</tr>'
    table = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    title, more = say("scoreboard", language), link("scoreboard.html", say("scoreboard", language) + " →")
    text = f"<p>{rich(said['text'][language])}</p>" if said else ""
    line = origin_line(_of_the_board(material, "scoreboard", "scoreboard"), material, language)
    return f"## {title}\n\n" + _raw(f"{text}\n{scroll(table, title)}\n{line}\n<p>{more}</p>")


def downloads(material, language):
    """List what can be downloaded.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    links = [
        link(
            f"../{p.name}",
            say(p.name.split(".")[0], language, f"{NAMES.get(p.name.split('.')[1], '')} {p.suffix[1:].upper()}"),
        )
        for p in papers(material.out)
    ]
    links += [
        link("../results.json", say("values", language)),
        link("../contents.csv", f"{say('contents', language)} (CSV)"),
        link("figures.html", f"{say('figures', language)} (SVG, PNG)"),
        link("tables.html", f"{say('tables', language)} (CSV)"),
        link("data.html", f"{say('data', language)} (CSV)"),
    ]
    return _raw(f'<ul class="downloads">{"".join(f"<li>{x}</li>" for x in links)}</ul>')


def papers(out):
    """Return the papers among a study's outputs, then the profiles of its regions.

    Parameters
    ----------
    out : Path

    Returns
    -------
    list of Path
    """
    found = (p for kind in ("paper", "profiles") for p in sorted(Path(out).glob(f"{kind}.*")))
    return [p for p in found if p.suffix in (".pdf", ".docx")]


def gallery(material, language, kind, titles):
    """Show all figures, or all tables, with where they come from.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    kind : {'figure', 'table'}
    titles : dict of str to str
        Of the notebooks.

    Returns
    -------
    str
        Markdown, a heading a notebook.
    """
    parts = []
    for notebook in material.notebooks:
        own = [m for m in material.made if (m["kind"], m["notebook"]) == (kind, notebook)]
        plates = [_plate(m, material, language) for m in own]
        if plates:
            parts += [f"## {titles[notebook]}", _raw("\n".join(plates))]
    return "\n\n".join(parts)


def _plate(entry, material, language):
    name, kind = entry["name"], entry["kind"]
    copies = [
        link(f"../{kind}s/{Path(f).name}", Path(f).suffix[1:].upper() if language in f else f"{Path(f).name}")
        for f in entry["files"]
        if f.endswith((f".{language}.svg", f".{language}.png", f".{language}.csv")) or Path(f).stem == name
    ]
    caption = f"<figcaption>{rich(entry['caption'][language])}</figcaption>" if kind == "figure" else ""
    content = image(material, name, language) if kind == "figure" else table_body(material, name, language)
    links = origin_line(entry, material, language, copies)
    return f'<figure class="plate" id="{kind}-{name}">\n{content}\n{caption}\n{links}\n</figure>'


def scoreboard(material, language):
    """Show every published value and claim against what was computed.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown; empty if the study has nothing to replicate.
    """
    if material.board is None:
        return ""
    from coordination import tables
    from coordination.replication import VERDICTS

    board = material.board
    shown = tables.replication(board, study=material.study, regions=material.regions, language=language)
    rows, seen = [], Counter()
    for (_, row), values in zip(board.iterrows(), shown.to_numpy().tolist(), strict=True):
        cells = [html.escape(str(v)) for v in values]
        ident = f"item-{row['item']}-{row['route']}".replace(" ", "-")
        seen[ident] += 1
        ident += f"-{seen[ident]}" if seen[ident] > 1 else ""
        verdict = _verdict(row["verdict"], cells[8])
        computed = "".join(f'<td class="{_column(c)}">{_breakable(c)}</td>' for c in cells[4:8])
        rows.append(
            f'<tr id="{html.escape(ident)}" data-verdict="{html.escape(row["verdict"])}" data-route="{row["route"]}">'
            f'<td class="key"><a href="#{html.escape(ident)}">{cells[0]}</a></td><td>{verdict}</td>'
            f'<td class="statistic">{cells[3]}</td>{computed}{_cells([cells[2], cells[1]])}'
            f'<td class="reason">{_breakable(cells[9])}</td></tr>'
        )
    # The verdict comes early, so that it is seen without scrolling.
    heads = "".join(
        f'<th scope="col"{" class=number" if 4 <= k < 8 else ""}>{html.escape(shown.columns[k])}</th>'
        for k in (0, 8, 3, 4, 5, 6, 7, 2, 1, 9)
    )
    choices = [
        _choice("verdict", word("verdict", language), [(v, word(v, language)) for v in VERDICTS], language),
        _choice(
            "route",
            word("route", language),
            [(r, word(f"from_{r}", language)) for r in board["route"].unique()],
            language,
        ),
    ]
    table = (
        f'<table class="sortable filterable wide"><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table>"
    )
    line = origin_line(_of_the_board(material, "scoreboard", "scoreboard"), material, language)
    board = f"{_filter(language, choices)}\n{scroll(table, say('scoreboard', language))}\n{line}"
    asked = claims(material, language)
    head = f"## {say('every_item', language)}\n\n" if asked else ""
    return f"{asked}{head}" + _raw(f'<section class="filtered" id="board">\n{board}\n</section>')


def claims(material, language):
    """Show every claim: whether it holds, how robustly, how certainly.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown; empty if the study has no claims.
    """
    if material.claims is None:
        return ""
    import pandas as pd

    from coordination import tables
    from coordination.replication import VERDICTS

    table = material.claims
    shown = tables.claims(table, study=material.study, regions=material.regions, language=language)
    order = [2, 3, 4, 5, 6, 7, 8, 1]
    if word("in_published", language) not in shown:
        shown.insert(4, word("in_published", language), "–")
        order.remove(4)
    rows = []
    for (_, row), values in zip(table.iterrows(), shown.to_numpy().tolist(), strict=True):
        cells = [html.escape(str(v)) for v in values]
        verdicts = {k: "" if pd.isna(row[k]) else row[k] for k in ("verdict_published", "verdict_data")}
        sorts = {6: row["share"], 7: row["certainty"], 8: row["p_low"]}
        ident = html.escape(str(row["claim"]).replace(" ", "-"))

        def cell(k, cells=cells, verdicts=verdicts, sorts=sorts, ident=ident):
            if k in (4, 5):
                own = verdicts["verdict_published" if k == 4 else "verdict_data"]
                parts = zip(own.split(" / "), cells[k].split(" / "), strict=True)
                return f"<td>{' / '.join(_verdict(v, x) for v, x in parts) if own else '–'}</td>"
            if k in sorts:
                return f'<td class="number" data-sort="{"–" if pd.isna(sorts[k]) else sorts[k]}">{cells[k]}</td>'
            if k == 2:  # what turns the verdict is long, and not for every reader
                turned = f"<details><summary>{html.escape(shown.columns[9])}</summary>{_breakable(cells[9])}</details>"
                key = f'<a class="key" href="#item-{ident}-data">{cells[0]}</a>'
                turned = turned if len(cells[9]) > 1 else ""
                return f'<td class="statistic">{_breakable(cells[k])}<br>{key}{turned}</td>'
            return f'<td class="text">{_breakable(cells[k])}</td>'

        first = verdicts["verdict_data"].split(" / ")[0]
        rows.append(f'<tr id="claim-{ident}" data-holds="{first}">{"".join(map(cell, order))}</tr>')
    heads = "".join(
        f'<th scope="col"{" class=number" if k in (6, 7, 8) else ""}>{html.escape(shown.columns[k])}</th>'
        for k in order
    )
    body = (
        f'<table class="sortable filterable wide claims"><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table>"
    )
    choices = [_choice("holds", word("in_data", language), [(v, word(v, language)) for v in VERDICTS], language)]
    said = material.results.get("sentence.claims")
    line = origin_line(_of_the_board(material, "claims", "claims_table"), material, language)
    text = f"<p>{rich(said['text'][language])}</p>\n" if said else ""
    title = say("claims", language)
    return (
        f"## {title}\n\n"
        + _raw(
            f'<section class="filtered" id="every-claim">\n{text}{_filter(language, choices)}\n{scroll(body, title)}\n'
            f"{line}\n</section>"
        )
        + "\n\n"
    )


def _breakable(text):
    return re.sub(r"(&[lg]t;|_)", r"\1<wbr>", text)


def _column(text):
    return "number" if re.fullmatch(r"[−+-]?[\d.,]+ ?%?|–?", text) else "text"


def _verdict(verdict, text):
    return f'<span class="verdict verdict-{verdict.replace(" ", "-")}">{text}</span>'


def _choice(name, label, options, language):
    every = "".join(f'<option value="{html.escape(v)}">{html.escape(t)}</option>' for v, t in options)
    return (
        f'<label>{label}<select name="{name}"><option value="">{say("all", language)}</option>{every}</select></label>'
    )


def _filter(language, choices=()):
    shown = html.escape(WORDS["shown"][language == "zh"])
    return (
        f'<form class="filter" hidden data-shown="{shown}">{"".join(choices)}'
        f'<label>{say("filter", language)}<input type="search" name="text" autocomplete="off"></label>'
        f'<button type="reset">{say("clear", language)}</button><output aria-live="polite"></output></form>'
        f"<noscript><p>{say('no_script', language)}</p></noscript>"
    )


def numbers(material, language, titles):
    """List every number and sentence that a text may quote, with where it comes from.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    titles : dict of str to str
        Of the notebooks.

    Returns
    -------
    str
        Markdown, a heading a notebook.
    """
    parts = [_raw(_filter(language))]
    for notebook in material.notebooks:
        own = {k: v for k, v in material.results.items() if _quotable(k, v) and v["notebook"] == notebook}
        if not own:
            continue
        sentences, rows = [], []
        for key, entry in own.items():
            links = " · ".join(origin(entry, material, language, short=True))
            ident = html.escape(key)
            if isinstance(entry["value"], dict):
                said = (
                    f'<p>{rich(entry["text"][language])}</p><p class="origin-line"><code>{ident}</code> · {links}</p>'
                )
                sentences.append(f'<li id="{ident}">{said}</li>')
            else:
                rows.append(_number(ident, entry, links, language))
        heads = [say(k, language) for k in ("key", "quoted", "unit", "value", "origin")]
        head = "".join(f'<th scope="col"{" class=number" if k in (1, 3) else ""}>{h}</th>' for k, h in enumerate(heads))
        body = f'<ul class="sentences filterable">{chr(10).join(sentences)}</ul>\n' if sentences else ""
        if rows:
            table = (
                f'<table class="sortable filterable numbers"><thead><tr>{head}</tr></thead>\n<tbody>\n'
                f"{chr(10).join(rows)}\n</tbody></table>"
            )
            body += scroll(table, titles[notebook])
        parts += [f"## {titles[notebook]}", _raw(f"<div data-empties>{body}</div>")]
    return "\n\n".join(parts)


def _number(ident, entry, links, language):
    value, unit = entry["value"], entry["unit"]
    full = "" if value is None else (f"{value:.12g}" if isinstance(value, float) else str(value))
    sort = f' data-sort="{full}"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
    unit = UNITS.get(unit, unit) if language == "zh" else unit

    def cell(text):
        return f'<td class="{_column(text)}"{sort}>{_breakable(html.escape(text))}</td>'

    return (
        f'<tr id="{ident}"><td class="key"><a href="#{ident}">{ident}</a></td>'
        f'{cell(entry["text"][language])}<td>{html.escape(unit)}</td>{cell(full)}<td class="origin">{links}</td></tr>'
    )


def inputs(material, language, kind):
    """List files with their checksums.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    kind : {'start', 'handed'}

    Returns
    -------
    str
        Markdown.
    """
    own = [f for f in material.files if f["kind"] == kind]
    keys = ["file", "made_by", "size"] if kind == "handed" else ["file", "size"]
    heads = "".join(f'<th scope="col"{" class=number" if k == "size" else ""}>{say(k, language)}</th>' for k in keys)
    rows = []
    for f in own:
        name = link(f"../{f['href']}", f["name"]) if f["href"] else html.escape(f["name"])
        maker = f"<td>{link('notebooks/' + f['notebook'] + '.html', f['notebook'])}</td>" if f["notebook"] else ""
        rows.append(
            f'<tr id="{html.escape(f["id"])}"><td>{name}</td>{maker}<td class="number">{f["bytes"]}</td>'
            f'<td class="sha">{f["sha256"]}</td></tr>'
        )
    table = f'<table><thead><tr>{heads}<th scope="col">SHA-256</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return _raw(scroll(table, say("handed" if kind == "handed" else "start", language)))


def one_figure(material, language, name):
    """Show one figure with where it comes from.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}
    name : str

    Returns
    -------
    str
        Markdown; empty if the study has no such figure.
    """
    entry = next((m for m in material.made if (m["kind"], m["name"]) == ("figure", name)), None)
    return _raw(_plate(entry, material, language)) if entry else ""


def withheld(study, language):
    """Say why raw figures are not redistributed, if they are not.

    Parameters
    ----------
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
        A sentence; empty if they are.
    """
    if not study.panel.withheld:
        return ""
    text = study.panel.withheld[language]
    return text[0].upper() + text[1:] + ("。" if language == "zh" else ".")


def keys_of_a_study(language):
    """Describe the keys of study.yml, from the model that checks them.

    Parameters
    ----------
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    schema = studies.Study.model_json_schema()
    parts = schema["$defs"]
    rows = []

    def name_of(kind):
        if "$ref" in kind:
            return name_of(parts[kind["$ref"].rpartition("/")[2]] | {"title": kind["$ref"].rpartition("/")[2]})
        if "anyOf" in kind or "oneOf" in kind:
            return " | ".join(dict.fromkeys(name_of(k) for k in kind.get("anyOf", kind.get("oneOf"))))
        if "enum" in kind:
            return " | ".join(kind["enum"])
        if kind.get("type") == "array":
            return f"list of {name_of(kind['items'])}" if "items" in kind else "list"
        if kind.get("title") == "Text":
            return "text: {en, zh}"
        return {"object": "mapping", "null": "null"}.get(kind.get("type"), kind.get("type", "any"))

    def target(kind):
        for k in (kind, *kind.get("anyOf", ())):
            for r in (k, k.get("items", {}), k.get("additionalProperties") or {}):
                if isinstance(r, dict) and "$ref" in r:
                    name = r["$ref"].rpartition("/")[2]
                    if parts[name].get("properties") and name != "Text":
                        return name, k.get("type") == "array"
        return None, False

    def walk(model, prefix, required):
        for key, kind in model["properties"].items():
            sub, many = target(kind)
            default = say("required", language) if key in required else json.dumps(kind.get("default"))
            if sub and key not in required:
                default = ""
            text = kind.get("description", "")
            cells = [
                f"<code>{html.escape(prefix + key)}</code>",
                html.escape(name_of(kind)),
                html.escape(default or ""),
            ]
            rows.append(f"<tr>{_cells([*cells, rich(text)])}</tr>")
            if sub:
                inner = "[]." if many else ("<id>." if kind.get("type") == "object" else ".")
                walk(parts[sub], prefix + key + inner, parts[sub].get("required", ()))

    walk({"properties": {k: v for k, v in schema["properties"].items() if k != "id"}}, "", schema["required"])
    heads = _cells([say(k, language) for k in ("key", "expected", "default", "meaning")], "th")
    return _raw(scroll(f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>", "study.yml"))


def checked(study, language):
    """Show what the check of the study and its data finds, so that its warnings are read beside the results.

    Parameters
    ----------
    study : str
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown; a word where nothing was found.
    """
    from coordination import inspection

    findings, _ = inspection.inspect(study)
    if not findings:
        return say("nothing", language)
    heads = _cells([say(k, language) for k in ("severity", "place", "found", "should", "to_do")], "th")
    rows = [
        f"<tr>{_cells([say(f.severity, language), *map(html.escape, (f.where, f.found, f.expected, f.remedy))])}</tr>"
        for f in findings
    ]
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return _raw(scroll(table, say("check", language)))


def record(material, language):
    """Say what this site was made from: commit, lock, seed, checksums, run.

    Parameters
    ----------
    material : Material
    language : {'en', 'zh'}

    Returns
    -------
    str
        Markdown.
    """
    sha, dirty = material.commit
    lock = artifacts.root() / "requirements.lock"
    words = {
        "commit": ("Commit", "提交"), "lock": ("requirements.lock, SHA-256", "requirements.lock的SHA-256"),
        "seed": ("Seed", "随机种子"), "permutations": ("Permutations", "置换次数"), "study": ("Study", "研究"),
        "inputs": ("Files it starts from", "起始文件"),
    }  # fmt: skip

    def row(key, value, css=""):
        label = words[key][language == "zh"]
        return f'<tr id="{key}"><th scope="row">{label}</th><td{css}>{value}</td></tr>'

    state = f" ({say('dirty', language)})" if dirty else ""
    rows = [
        row("study", f"{html.escape(material.study.title[language])} (<code>{material.study.id}</code>)"),
        row("commit", f"<span class=sha>{sha}</span>{state}" if sha else say("unknown", language)),
        row("lock", artifacts.checksum(lock) if lock.is_file() else say("unknown", language), ' class="sha"'),
        row("seed", str(material.study.seed)),
        row("permutations", str(material.study.autocorrelation.permutations)),
        row(
            "inputs",
            "<br>".join(
                f"{link('data.html#' + f['id'], f['name'])} <span class=sha>{f['sha256'][:16]}…</span>"
                for f in material.files
                if f["kind"] == "start"
            ),
        ),
    ]
    content = scroll(f"<table><tbody>{''.join(rows)}</tbody></table>", words["commit"][language == "zh"])
    run = material.out / "run.json"
    if run.is_file():
        text = html.escape(json.dumps(json.loads(run.read_text(encoding="utf-8")), ensure_ascii=False, indent=1))
        content += f'\n<h2 id="run">run.json</h2>\n<div class="scroll" tabindex="0"><pre>{text}</pre></div>'
    return _raw(content)


def filled(text, blocks, where):
    """Put blocks into a prose page.

    Parameters
    ----------
    text : str
        Markdown with `{{ block }}` where a block is to stand.
    blocks : dict of str to str
    where : str
        The page, for the error.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the page names a block that does not exist.

    Examples
    --------
    >>> filled("# T", {}, "a.md"), filled("A {{ b }}.", {"b": "c"}, "a.md")
    ('# T', 'A c.')
    """

    def block(found):
        if found[1] not in blocks:
            raise InputError(where, f"block '{found[1]}'", f"one of {', '.join(sorted(blocks))}", "correct its name")
        return blocks[found[1]]

    return re.sub(r"\{\{ ([a-z_]+) \}\}", block, text)


def joined(text):
    r"""Join the lines of Chinese paragraphs, between which a browser would show a space.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> joined("指数，\n面板\n\n年份")
    '指数，面板\n\n年份'
    """
    wide = r"[\u2018-\u201d\u3001-\u9fff\uff00-\uffef]"
    return re.sub(rf"(?<={wide})\n(?={wide}|\[)", "", text)


def module_list(language, words):
    """Return the list of modules, each with what it is about and the functions in it.

    Parameters
    ----------
    language : {'en', 'zh'}
    words : dict of str to str
        What each is about, where it is not what its docstring says.

    Returns
    -------
    str
        Markdown with HTML.
    """
    up = "" if language == "en" else "../../en/api/"
    rows = []
    for name, (text, inside) in reference.modules().items():
        page = f"{up}{name}.html"
        functions = ", ".join(link(f"{page}#coordination.{name}.{f}", f, title=t) for f, t in inside.items())
        about = f"{html.escape(words.get(name, text))}<br><span class='functions'>{functions}</span>"
        rows.append(f"<tr><th scope='row'>{link(page, name)}</th><td>{about}</td></tr>")
    return _raw(f'<table class="docutils modules"><tbody>{"".join(rows)}</tbody></table>')


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
    readme = artifacts.raw(material.study.id) / "README.md"
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
        text = filled(text, blocks, studies.shown(page))
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


def copies(material, folder):
    """Copy what the pages link to: figures, tables, notebooks, hand-over files, results, papers, explorers.

    Parameters
    ----------
    material : Material
    folder : Path
        Of the site.
    """
    names = {"figures": [], "tables": []}
    for entry in material.made:
        names[f"{entry['kind']}s"] += [Path(f).name for f in entry["files"]]
    for part, own in names.items():
        (folder / part).mkdir(exist_ok=True)
        for name in own:
            shutil.copy(material.out / part / name, folder / part / name)
    for f in material.files:
        if f["href"]:
            (folder / f["href"]).parent.mkdir(exist_ok=True)
            shutil.copy(f["path"], folder / f["href"])
    (folder / "notebooks").mkdir()
    for name, file in material.notebooks.items():
        shutil.copy(file, folder / "notebooks" / f"{name}.ipynb")
    for file in (material.out / "results.json", material.out / "contents.csv", *papers(material.out)):
        if file.is_file():
            shutil.copy(file, folder / file.name)
    for language in studies.LANGUAGES:
        explorer = material.out / f"explorer.{language}.html"
        if explorer.is_file():
            shutil.copy(explorer, folder / language / "explorer.html")


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
        f"<p>{link(f'{k}/index.html', material.study.title[k], hreflang=k, lang=k)} ({NAMES[k]})</p>"
        for k in studies.LANGUAGES
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
    pages = artifacts.root() / "site"
    staging = Path(tempfile.mkdtemp(prefix=".site-", dir=material.out))
    running = {}
    try:
        new = staging / "site"
        for language in studies.LANGUAGES:
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
        artifacts.write(new / "index.html", entrance(material))
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
