"""Reading the files of a study: sizes, encodings, tables as text."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from coordination.errors import InputError, InputErrors

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")

READ_ME = "read me"  # the sheet of a workbook that is not read

SEPARATORS = {";": "semicolons", "\t": "tabs", "，": "full-width commas", "；": "full-width semicolons"}  # not read

LARGEST_FILE = 50_000_000  # bytes of any other file that is given


def displayed(path: Path) -> str:
    """Return a path as a user would write it: relative to where they are or one folder up, with forward slashes.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
    """
    path = Path(path).resolve()
    here = Path.cwd().resolve()
    return Path(os.path.relpath(path, here) if path.is_relative_to(here.parent) else path).as_posix()


def check_size(file, remedy="keep only the rows and columns that are needed"):
    """Refuse a file that would fill the memory.

    Parameters
    ----------
    file : Path
    remedy : str

    Raises
    ------
    InputError
    """
    size = Path(file).stat().st_size
    if size > LARGEST_FILE:
        found, expected = f"{size / 1e6:.0f} MB", f"at most {LARGEST_FILE / 1e6:g} MB"
        raise InputError(displayed(Path(file)), found, expected, remedy)


def read_text(file):
    """Read a table as it stands: every cell a string.

    Parameters
    ----------
    file : Path
        CSV, or a workbook (xlsx, xls, ods) with one table, or with a sheet a series: a row a region, a column a year.

    Returns
    -------
    pandas.DataFrame of str
        Blank lines are left out; the index + 2 is the line in the file. The sheets of a workbook become one long
        table region, year, series, value; its column `cell` says where a row comes from.

    Raises
    ------
    InputError
        If it is too large, no CSV table in UTF-8 or no readable workbook, if two columns bear the same name, or if a
        row has more or fewer values than there are columns.
    """
    import pandas as pd

    name = displayed(file)
    if Path(file).suffix.lower() in WORKBOOKS:
        return _of_workbook(file)
    check_size(file)
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
        _check_shape(text, name)
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False)
    except (ValueError, csv.Error) as error:
        problem = str(error).strip().splitlines()[0]
        remedy = "save it again as CSV in UTF-8"
        if isinstance(error, UnicodeDecodeError):
            problem, remedy = other_encoding(Path(file).read_bytes(), problem), "save it as 'CSV UTF-8'"
        raise InputError(name, problem, "a CSV table in UTF-8", remedy) from None
    return table[(table != "").any(axis=1)]


def other_encoding(content, problem):
    """Say what a file that is not in UTF-8 seems to be in.

    Parameters
    ----------
    content : bytes
    problem : str
        What is said if it cannot be told.

    Returns
    -------
    str
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16, Excel's 'Unicode text'"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return problem
    return "GBK or another encoding, as Windows and Excel save text in China"


def _check_shape(text, name):
    """Refuse what pandas would make up for: NUL bytes, columns of the same name, rows that are too long or short."""
    if "\0" in text:
        raise InputError(name, "NUL bytes", "a CSV table in UTF-8", "it is no text file, or damaged: save it again")
    rows = csv.reader(io.StringIO(text, newline=""))
    head = [c.strip() for c in next(rows, [])]
    for mark, what in SEPARATORS.items():
        if len(head) == 1 and mark in head[0]:
            found, remedy = f"columns separated by {what}", "save it again as CSV with commas between the cells"
            raise InputError(f"{name}, row 1", found, "columns separated by commas", remedy)
    check_heads(head, f"{name}, row 1")
    faults = []
    for row, cells in enumerate(rows, 2):
        if len(cells) == len(head) or not head or not "".join(cells).strip():
            continue
        more = len(cells) > len(head)
        found = f"{'more' if more else 'fewer'} values than columns"
        remedy = "quote commas, use decimal points" if more else "complete the row: is it cut off?"
        faults.append(InputError(f"{name}, row {row}", found, f"{len(head)} values, one per column", remedy))
    if faults:
        raise InputErrors(faults)


def check_heads(head, where):
    """Refuse a header that bears a name twice.

    Parameters
    ----------
    head : list of str
    where : str
        What to call it in messages.

    Raises
    ------
    InputErrors
    """
    twice = sorted({c for c in head if c and head.count(c) > 1})
    if twice:
        raise InputErrors(InputError(where, f"column '{c}' again", "every column once", "remove one") for c in twice)


def _of_workbook(file):
    import pandas as pd

    from coordination.study.tabular import address, sheets

    parts, cells = [], sheets(file)
    for sheet, table in cells.items():
        filled = table[(table != "").any(axis=1)]
        if filled.empty or sheet.casefold() == READ_ME:
            continue
        head, body = filled.iloc[0], filled.iloc[1:]
        columns = [c for c in head.index if head[c] or (body[c] != "").any()]
        long = not parts and {"region", "year"} & {head[c].strip() for c in columns[1:]}
        if long or (len(cells) == 1 and not _periods(head, columns)):
            check_heads([head[c].strip() for c in columns], f"{displayed(file)}, sheet {sheet}, row {filled.index[0]}")
            result = body[columns].set_axis([head[c].strip() for c in columns], axis=1)
            result.index = result.index - 2  # as in a CSV file, where the header is row 1
            return result
        for c in columns[1:]:
            where = [f"sheet {sheet}, cell {address(row, c)}" for row in body.index]
            values = {
                "region": body[columns[0]],
                "year": head[c].strip(),
                "series": sheet,
                "value": body[c],
                "cell": where,
            }
            parts.append(pd.DataFrame(values))
    if not parts:
        raise InputError(displayed(file), "no filled sheet", "a sheet a series, or one table", "fill the workbook")
    result = pd.concat(parts, ignore_index=True)
    return result[(result["region"] != "") | (result["value"] != "")]


def _periods(head, columns):
    """Whether the columns after the first are years: a sheet of a series."""
    return all(head[c].strip()[:4].isdigit() for c in columns[1:])
