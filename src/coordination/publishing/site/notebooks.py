"""Executed notebooks as pages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from markupsafe import Markup

from coordination.locale import LANGUAGES
from coordination.publishing.site import origins
from coordination.publishing.site.markup import paragraphs, render, say
from coordination.publishing.site.material import papers
from coordination.publishing.site.plates import boxed, image, table_body


def localised(notebook, material, language, note=None, title=None):
    """Put an executed notebook into a language of the site, and give its cells anchors.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs.
    material : Material
    language : str
    note : str, optional
        Put under the title.
    title : str, optional
        Instead of the title.

    Returns
    -------
    nbformat.NotebookNode
        A new one: figures, captions, tables and sentences in the language, an anchor `cell-<count>` before every
        code cell, whose code is folded, and a button for the code of all; tables in scroll containers, figures and
        tables with where they come from.
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
            remark = f"\n\n{render('remark', language, text=note)}" if note else ""
            cell.source = f"{head}{remark}\n{rest}"
            title = note = None
        if cell.cell_type == "code":
            if cell.execution_count:
                n = cell.execution_count
                anchor = str(render("cell-number", language, count=n))
                result.cells.append(new_markdown_cell(anchor, id=f"cell-{n}-anchor"))
            for output in cell.outputs:
                _localise(output, material, language)
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        result.cells.append(cell)
        if len(result.cells) == 1:
            result.cells.append(new_markdown_cell(str(render("code-of-all", language)), id="code-of-all"))
    return result


def _localise(output, material, language):
    data, about_it = output.get("data", {}), output.get("metadata", {})

    def marked(mime, key):
        return about_it.get(mime, {}).get(key)

    if name := marked("image/png", "figure"):
        output["data"] = {"text/html": str(image(material, name, language, "../../"))}
    elif name := marked("text/html", "table"):
        line = origins.origin_line(material.entry("table", name), material, language, up="../")
        output["data"] = {"text/html": f"{table_body(material, name, language)}\n{line}"}
    elif name := marked("text/markdown", "caption"):
        entry = material.entry("figure", name)
        line = origins.origin_line(entry, material, language, up="../")
        output["data"] = {"text/html": f"{paragraphs(entry['caption'][language])}\n{line}"}
    elif key := marked("text/markdown", "sentence"):
        output["data"] = {"text/html": str(paragraphs(material.results[key]["text"][language]))}
    elif text := data.get("text/markdown"):
        about = material.about[language] if text in material.about.values() else text
        output["data"] = {"text/html": str(paragraphs(about))}
    elif "<table" in data.get("text/html", ""):
        body = re.sub(r"<style.*?</style>", "", data["text/html"], flags=re.DOTALL)
        data["text/html"] = str(boxed(Markup(body), say("table", language), language))


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
    patterns = ("tables.*.*", "results.*", "provenance.json", "contents.csv")
    exchanged = [f for pattern in patterns for f in material.out.glob(pattern)]
    for file in (*exchanged, *papers(material.out)):
        if file.is_file():
            shutil.copy(file, folder / file.name)
    for language in LANGUAGES:
        explorer = material.out / f"explorer.{language}.html"
        if explorer.is_file():
            shutil.copy(explorer, folder / language / "explorer.html")
        if explorer.with_suffix(".js").is_file():
            shutil.copy(explorer.with_suffix(".js"), folder / language)
        calculator = material.out / f"calculator.{language}.html"
        if calculator.is_file():
            shutil.copy(calculator, folder / language / "calculator.html")
