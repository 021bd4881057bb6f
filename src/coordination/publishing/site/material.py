"""What a site's pages show, from a finished run."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import paths
from coordination.pipeline.files import checksum, panel_file
from coordination.pipeline.paths import handover, note_file, outputs
from coordination.presentation.wording import about
from coordination.sections import SECTIONS
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions

NAMES = {"en": "English", "zh": "中文"}

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

    raw, out = paths.raw(study), outputs(study)
    loaded = load(raw)
    regions = read_regions(loaded, raw)
    remedy = f"run `make all STUDY={study}` first"
    made, notebooks = [], {}
    for section in sections(raw, loaded.leave_out):
        notebooks[section.name] = out / "notebooks" / f"{section.name}.ipynb"
        note = note_file(study, section.name)
        for file in (notebooks[section.name], note):
            if not file.is_file():
                raise InputError(displayed(file), "no such file", f"what {section.name} writes", remedy)
        entries = json.loads(note.read_text(encoding="utf-8"))["made"]
        made += [{"notebook": section.name, **m} for m in entries if m["kind"] != "hand-over"]
    file = out / "results.json"
    if not file.is_file():
        raise InputError(displayed(file), "no such file", "what `collect` writes", remedy)
    results = json.loads(file.read_text(encoding="utf-8"))
    if not all({"cell", "function", "text"} <= r.keys() for k, r in results.items() if _quotable(k, r)):
        raise InputError(displayed(file), "numbers without their cell", "numbers with notebook and cell", remedy)
    board, asked = (handover(study, name) for name in ("replication", "claims"))
    kept = ("item", "section", "published", "recomputed", "reason")
    start = panel_file(loaded)
    panel = start or raw / loaded.panel.released
    said = {k: about(loaded, len(regions), k, start is not None, panel.name, checksum(panel)) for k in LANGUAGES}
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
        abstract={k: abstract(out / f"paper.{k}.docx", remedy) for k in LANGUAGES},
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
        raise InputError(displayed(file), "no such file", "what `paper` writes", remedy)
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
        raise InputError(displayed(file), "no text under the first heading", "the abstract", remedy)
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
            path = handover(study, name)
            if path.is_file():
                href = f"tables/{path.name}" if path.parent.name == "tables" else f"data/{path.name}"
                own = {"id": f"file-{path.name}", "name": path.name, "kind": "handed", "path": path, "href": href}
                found.append(own | {"notebook": section.name})
    return [f | {"sha256": checksum(f["path"]), "bytes": f["path"].stat().st_size} for f in found]


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
