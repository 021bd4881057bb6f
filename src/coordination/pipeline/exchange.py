"""Results for other programs: all tables as a workbook and as LaTeX, scores and D for Stata and as Parquet."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Font

from coordination.locale import LANGUAGES
from coordination.pipeline.files import read_handover

NUMBER = re.compile(r"[-−]?(?:0|[1-9]\d*)(?:\.(\d+))?")  # a code such as 01 is none

COMPUTED = ("coupling", "coordination_index", "coordination_degree", "level", "lag")

SPECIAL = {c: rf"\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def workbook(tables, note=""):
    """Put tables into one workbook, the same bytes every time.

    Parameters
    ----------
    tables : dict of str to (str, pandas.DataFrame of str)
        By name the caption and what a reader sees.
    note : str
        What is to be known of all of them, put below their list.

    Returns
    -------
    bytes
        Xlsx: the first sheet lists the others with their captions; numbers are numbers, shown with their decimals.
    """
    book, sheets = Workbook(), {}
    contents = book.active
    contents.title = "tables"
    for name, (caption, shown) in tables.items():
        short = name if len(name) <= 31 else f"{name[:27]}~{len(sheets)}"  # letters that a sheet's name can have
        sheets[name] = sheet = book.create_sheet(short)
        contents.append([sheet.title, caption])
        for at, row in enumerate([list(shown), *shown.to_numpy().tolist()], 1):
            for column, text in enumerate(row, 1):
                cell = sheet.cell(at, column, "")
                number = NUMBER.fullmatch(text) if at > 1 else None
                cell.value = float(text.replace("−", "-")) if number else text
                if number:
                    cell.number_format = f"0.{'0' * len(number[1])}" if number[1] else "0"
                elif text:
                    cell.data_type = "s"  # even if it looks like a formula
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    if note:
        contents.append([note])
        contents.cell(contents.max_row, 1).font = Font(bold=True)
    contents.column_dimensions["A"].width, contents.column_dimensions["B"].width = 32, 120
    stream = io.BytesIO()
    book.save(stream)
    return _undated(stream)


def _undated(stream):
    """Take out of a workbook when it was made."""
    result = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"<dcterms:(\w+)[^>]*>[^<]*</dcterms:\1>", b"", content)
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # of a fixed date
    return result.getvalue()


def latex(tables, note=""):
    """Write tables as LaTeX, for the packages booktabs and longtable; Chinese with ctex and XeLaTeX.

    Parameters
    ----------
    tables, note
        As for `workbook`; the note is a paragraph before the tables.

    Returns
    -------
    str
    """

    def line(cells):
        return " & ".join(map(_escaped, cells)) + r" \\"

    parts = [r"% \usepackage{booktabs,longtable}", *([rf"\textbf{{{_escaped(note)}}}"] if note else [])]
    for name, (caption, shown) in tables.items():
        sides = "".join("r" if shown.iloc[:, k].map(_numeric).all() else "l" for k in range(shown.shape[1]))
        head = rf"\caption{{{_escaped(caption)}}}\label{{tab:{name}}}\\"
        lines = [rf"\begin{{longtable}}{{{sides}}}", head, r"\toprule", line(shown), r"\midrule", r"\endhead"]
        lines += [line(row) for row in shown.to_numpy().tolist()]
        parts.append("\n".join([*lines, r"\bottomrule", r"\end{longtable}"]))
    return "\n\n".join(parts) + "\n"


def _escaped(text):
    return " ".join("".join(SPECIAL.get(c, c) for c in text).split())


def _numeric(text):
    return bool(NUMBER.fullmatch(text)) or text in ("", "–")


def degrees(study, regions):
    """Put scores, C, T and D of every region and year into one table.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region; columns group and names in every language.

    Returns
    -------
    tuple of (pandas.DataFrame, dict of str to str)
        Columns region, name_<language>, group, year, a score a subsystem, and `COMPUTED`; and the column of each
        subsystem's score, by its id.
    """
    scores = read_handover(study.id, "scores").pivot(index=["region", "year"], columns="subsystem", values="score")
    named = {s.id: f"score_{s.id}" if len(s.id) <= 26 else f"score_{k + 1}" for k, s in enumerate(study.subsystems)}
    table = read_handover(study.id, "coordination").merge(scores.rename(columns=named).reset_index())
    table = table.merge(regions.rename(columns={k: f"name_{k}" for k in LANGUAGES}).reset_index(), on="region")
    names = [f"name_{k}" for k in LANGUAGES]
    return table[["region", *names, "group", "year", *named.values(), *COMPUTED]].fillna({"lag": ""}), named


def parquet(table):
    """Write a table as Parquet, the same bytes every time.

    Parameters
    ----------
    table : pandas.DataFrame

    Returns
    -------
    bytes
    """
    from fastparquet import write

    stream = _Kept()
    write("results", table, write_index=False, open_with=lambda name, mode: stream, compression="GZIP")
    return stream.getvalue()


class _Kept(io.BytesIO):
    """A file in memory that can be read after it was closed by who wrote it."""

    def close(self):
        pass


def stata(table, named, study, reader):
    """Write a table as a Stata file, the same bytes every time.

    Parameters
    ----------
    table : pandas.DataFrame
    named : dict of str to str
        As `degrees` returns them.
    study : Study
    reader : Reader
        In whose language variables are labelled.

    Returns
    -------
    bytes
        Of version 118, which holds any letters.
    """
    labels = {c: reader.word(c) for c in ("region", "group", "year", *COMPUTED)}
    labels |= {named[s.id]: f"{reader.word('score')}: {reader.subsystem(s.id)}" for s in study.subsystems}
    stream = io.BytesIO()
    table.to_stata(
        stream, write_index=False, version=118, time_stamp=datetime(1980, 1, 1),
        data_label=study.title[reader.language][:80], variable_labels={k: v[:80] for k, v in labels.items()},
    )  # fmt: skip
    return stream.getvalue()
