"""Files as they are given: their sizes and encodings, text tables, and every table as strings."""

from __future__ import annotations

import codecs
import csv
import io
import os
from pathlib import Path

from coordination.errors import InputError, InputErrors, told
from coordination.study import costs
from coordination.study.tabular import BLANKS, MOST_CELLS, RECOGNISED, address, frame, place, shortest, too_many

TEXTS = (".csv", ".tsv", ".txt")
WORKBOOKS = (".xls", ".xlsx", ".xlsm", ".ods")
STATA = (".dta",)

READ_ME = "read me"  # the sheet of a workbook that is not read
SEPARATORS = RECOGNISED["separators"]  # not read, and what messages call them
TABLES = TEXTS + WORKBOOKS + STATA

LONGEST_CELL = 32_767  # characters, Excel's own limit
LONGEST_FIELD = 131_072  # characters at which Python's reader stops of itself


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
    size, most = Path(file).stat().st_size, costs.largest_file()
    if size > most:
        found, expected = f"{size / 1e6:.0f} MB", told("at most {size:g} MB", size=round(most / 1e6))
        raise InputError(displayed(Path(file)), found, expected, remedy)


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


def sheets(file, allow=False):
    """Read every sheet of a file, each cell a string.

    Parameters
    ----------
    file : Path
        CSV, TSV, TXT, a workbook (XLS, XLSX, XLSM, ODS), or a dataset of Stata (DTA), whose header are its variables'
        labels where all have one, else their names. A number in a percent format reads as it is shown, "40%".
    allow : bool
        Return sheets with error cells and with formulas that were never computed; such cells are empty.

    Returns
    -------
    dict of str to pandas.DataFrame of str
        By the sheet's name, "" for a text file. Columns are numbered from 0, the index is the row in the file,
        from 1. `attrs`: `encoding` and `separator` (text files), `merged` (addresses such as "A1:C1", each cell of
        which carries the value of the first), `hidden` (bool) and `faulty` (dict of (row, column) to what is wrong
        there).

    Raises
    ------
    InputError
        If the file is missing, empty, of an unknown kind, too big, broken, encrypted, or unzips to too much.
    InputErrors
        With every error cell and every formula without a value, unless they are allowed.
    """
    file = Path(file)
    name = displayed(file)
    suffix = file.suffix.lower()
    if suffix not in TABLES:
        kinds = ", ".join(s[1:] for s in TABLES)
        found, expected = told("a file of kind '{suffix}'", suffix=suffix), told("a table: {kinds}", kinds=kinds)
        raise InputError(name, found, expected, "save it as one of these")
    if not file.is_file():
        raise InputError(name, "no such file", "a table", "correct its name")
    check_size(file, "keep only the sheets and columns that are needed")
    content = file.read_bytes()
    if not content:
        raise InputError(name, "an empty file", "a table", "save it again")
    if suffix in TEXTS:
        result = {"": _text_table(content, suffix, name)}
    elif suffix in STATA:
        result = {"": _stata_table(content, name)}
    else:
        from coordination.study import workbooks  # its libraries take a second, and few runs meet a workbook

        result = workbooks.tables(content, name)
    for sheet, table in result.items():
        _check_cells(table, name, sheet)
    if not any((table != "").to_numpy().any() or table.attrs["faulty"] for table in result.values()):
        raise InputError(name, "no cell with anything in it", "a table", "save it again")
    faults = [
        InputError(
            place(name, sheet, *cell),
            what,
            "a number or text",
            "open it in a spreadsheet program, correct the formula and save it again",
        )
        for sheet, table in result.items()
        for cell, what in sorted(table.attrs["faulty"].items())
    ]
    if faults and not allow:
        raise InputErrors(faults)
    return result


def _check_cells(table, name, sheet):
    for column in table:
        long = table.index[table[column].str.len() > LONGEST_CELL]
        if len(long):
            found = told("a cell of {count} characters", count=len(table[column][long[0]]))
            expected = told("at most {count} characters", count=LONGEST_CELL)
            raise InputError(place(name, sheet, long[0], column), found, expected, "is a quotation mark missing?")


def _rows(text, delimiter, name, strict=False):
    csv.field_size_limit(LONGEST_FIELD)  # one for the whole process, and libraries lift it
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    try:
        yield from reader
    except csv.Error as error:
        remedy = "close quotation marks, or save it again as CSV"
        where = told("{file}, line {line}", file=name, line=reader.line_num)
        raise InputError(where, str(error), "a CSV table", remedy) from None


def _text_table(content, suffix, name):
    text, encoding = decoded(content, name)
    if "\0" in text:
        raise InputError(name, "NUL bytes", "text", "it is no text file, or damaged: save it again as CSV in UTF-8")
    if not text.strip(BLANKS):
        raise InputError(name, "nothing but blanks", "a table", "save it again")
    delimiter = "\t" if suffix == ".tsv" else _delimiter(text)
    rows, width = [], 0
    for row in _rows(text, delimiter, name, strict=True):
        rows.append(row)
        width = max(width, len(row))
        if width * len(rows) > MOST_CELLS:
            raise too_many(name, told("more than {rows} rows of up to {width} cells", rows=len(rows) - 1, width=width))
    while rows and not any(rows[-1]):
        rows.pop()
    return frame(rows, name, encoding=encoding, separator=delimiter)


def _stata_table(content, name):
    import pandas as pd
    from pandas.io.stata import StataReader

    try:
        with StataReader(io.BytesIO(content)) as reader:
            table, labels = reader.read(), reader.variable_labels()
    except Exception as error:  # what the library raises on a broken file may be anything
        found = told("a damaged dataset ({problem})", problem=str(error).splitlines()[0] if str(error) else "")
        raise InputError(name, found, "a dataset of Stata", "save it again, or as CSV") from None
    if (table.shape[0] + 1) * max(1, table.shape[1]) > MOST_CELLS:
        raise too_many(name, told("{rows} rows of {width} cells", rows=table.shape[0], width=table.shape[1]))
    head = [labels[c].strip() for c in table] if all(labels[c].strip() for c in table) else list(table)

    def text(value):
        if pd.isna(value):
            return ""
        return shortest(value) if isinstance(value, int | float) else str(value)

    return frame([head, *([text(v) for v in row] for row in table.astype(object).to_numpy())], name)


def decoded(content, name):
    """Return the text of a file: in the encoding that a mark names, otherwise in UTF-8, otherwise in GB18030.

    Parameters
    ----------
    content : bytes
    name : str
        What to call the file in messages.

    Returns
    -------
    tuple of (str, str)
        The text and its encoding.

    Raises
    ------
    InputError
        If it is in none of them.
    """
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    marked = [encoding for mark, encoding in marks if content.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    found = told("bytes that are no {encoding}", encoding=(marked or ["gb18030"])[-1])
    raise InputError(name, found, "text in UTF-8, UTF-16 or GB18030", "save it again as CSV UTF-8")


def _delimiter(text):
    """Return what separates the cells: what most lines have; a tab before each comma is NBS's way, not a separator."""
    lines = text[:200_000].splitlines()
    count = {mark: sum(mark in line for line in lines) for mark in ",\t;"}
    if "\t," in text and count[","] >= count["\t"]:
        return ","
    return max("\t,;", key=lambda mark: count[mark])


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
        If it is too large, no CSV table in UTF-8, UTF-16 or GB18030, or no readable workbook, if two columns bear the
        same name, or if a row has more or fewer values than there are columns.
    """
    import pandas as pd

    name = displayed(file)
    if Path(file).suffix.lower() in WORKBOOKS:
        return _of_workbook(file)
    check_size(file)
    try:
        text, _ = decoded(Path(file).read_bytes(), name)
        _check_shape(text, name)
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False)
    except ValueError as error:
        problem = str(error).strip().splitlines()[0]
        raise InputError(name, problem, "a CSV table in UTF-8", "save it again as CSV in UTF-8") from None
    return table[(table != "").any(axis=1)]


def panel_files(folder):
    """Return the files that make up a panel in a folder: its CSV files, without those of folders within.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        By name; hidden files are not among them.

    Raises
    ------
    InputErrors
        If there are none, or tables of another kind lie beside them, of which it cannot be told whether they are meant.
    """
    folder = Path(folder)
    tables = [f for f in sorted(folder.iterdir()) if f.is_file() and not f.name.startswith((".", "~$"))]
    tables = [f for f in tables if f.suffix.lower() in (".csv", ".tsv", *WORKBOOKS)]
    files = [f for f in tables if f.suffix.lower() == ".csv"]
    if not files:
        found = told("{count} tables, none a CSV file", count=len(tables)) if tables else "no table"
        raise InputError(displayed(folder), found, "CSV files of a panel", "put them there, or name another folder")
    remedy = "save it as CSV, or move it out of the folder"
    faults = [
        InputError(displayed(f), told("a table of kind '{kind}'", kind=f.suffix), "CSV files alone", remedy)
        for f in tables
        if f not in files
    ]
    if faults:
        raise InputErrors(faults)
    return files


def read_panel(path, region_column):
    """Read a raw panel: a file, or all panel files of a folder as one.

    Parameters
    ----------
    path : Path
        A table as `read_text` reads it, or a folder with CSV files (see `panel_files`).
    region_column : str
        The panel's column of region names.

    Returns
    -------
    pandas.DataFrame of str
        See `read_text`; of a folder with a column `cell` that says where a row comes from. A cell that several files
        hold stands once.

    Raises
    ------
    InputErrors
        As `read_text`; if a file of the folder has not the columns of a panel, or two files hold different values of a
        cell.
    """
    if not Path(path).is_dir():
        return read_text(path)
    import pandas as pd

    keys, parts, faults = [region_column, "year", "series"], [], []
    for file in panel_files(path):
        table = read_text(file)
        absent = [c for c in (*keys, "value") if c not in table]
        remedy = "move it out of the folder, or rename its columns"
        expected = told("a panel, with the columns {columns}", columns=", ".join((*keys, "value")))
        faults += [
            InputError(displayed(file), told("no column '{column}'", column=c), expected, remedy) for c in absent[:1]
        ]
        parts.append(table.assign(file=file.name, cell=[f"{file.name}, row {row + 2}" for row in table.index]))
    if faults:
        raise InputErrors(faults)
    table = pd.concat(parts, ignore_index=True).fillna("")
    cells = table[[*keys, "value"]].apply(lambda column: column.str.strip())
    number = pd.to_numeric(cells["year"], errors="coerce")
    cells["year"] = number.where(number.notna(), cells["year"])
    superfluous = []
    for key, rows in cells[cells.duplicated(keys, keep=False)].groupby(keys, sort=False):
        by_file = rows.groupby(table["file"], sort=False)
        holding = [own.index[0] for _, own in by_file if (own["value"] != "").any()]
        first = holding[0] if holding else rows.index[0]
        for name, own in by_file:
            if name == table.loc[first, "file"]:
                continue
            superfluous += list(own.index)
            for row in own.index[own["value"] != ""]:
                if not _same_figure(cells.loc[first, "value"], cells.loc[row, "value"]):
                    places = {
                        "file": displayed(path),
                        "first": table.loc[first, "cell"],
                        "second": table.loc[row, "cell"],
                    }
                    where = told("{file}, {first} and {second}", **places)
                    both = {"first": cells.loc[first, "value"], "second": cells.loc[row, "value"]}
                    found = told("{place}: {first} and {second}", place=", ".join(map(str, key)), **both)
                    faults.append(InputError(where, found, "the same value", "remove the row that is wrong"))
    if faults:
        raise InputErrors(faults)
    return table.drop(index=superfluous, columns="file").reset_index(drop=True)


def _same_figure(a, b):
    try:
        return float(a) == float(b)
    except ValueError:
        return a == b


def check_text(content, suffix, name):
    """Refuse a text table whose rows are of unequal length.

    Parameters
    ----------
    content : bytes
    suffix : str
        ".tsv" stands for tabs between the cells.
    name : str
        What to call the file in messages.

    Raises
    ------
    InputError, InputErrors
        With every row that has more or fewer cells than the first.
    """
    text, _ = decoded(content, name)
    _check_rows(text, name, "\t" if suffix == ".tsv" else _delimiter(text))


def _check_shape(text, name):
    """Refuse what pandas would make up for: NUL bytes, columns of the same name, rows that are too long or short."""
    if "\0" in text:
        raise InputError(name, "NUL bytes", "a CSV table in UTF-8", "it is no text file, or damaged: save it again")
    head = [c.strip() for c in next(_rows(text, ",", name), [])]
    for mark, what in SEPARATORS.items():
        if len(head) == 1 and mark in head[0]:
            found, remedy = (
                told("columns separated by {mark}", mark=told(what)),
                "save it again as CSV with commas between the cells",
            )
            raise InputError(told("{file}, row {row}", file=name, row=1), found, "columns separated by commas", remedy)
    check_heads(head, told("{file}, row {row}", file=name, row=1))
    _check_rows(text, name, ",")


def _check_rows(text, name, delimiter):
    rows = _rows(text, delimiter, name)
    head, faults = next(rows, []), []
    for row, cells in enumerate(rows, 2):
        if len(cells) == len(head) or not head or not "".join(cells).strip():
            continue
        more = len(cells) > len(head)
        found = "more values than columns" if more else "fewer values than columns"
        remedy = "quote commas, use decimal points" if more else "complete the row: is it cut off?"
        where = told("{file}, row {row}", file=name, row=row)
        expected = told("{count} values, one per column", count=len(head))
        faults.append(InputError(where, found, expected, remedy))
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
        found = [told("column '{column}' again", column=c) for c in twice]
        raise InputErrors(InputError(where, f, "every column once", "remove one") for f in found)


def _of_workbook(file):
    import pandas as pd

    parts, cells = [], sheets(file)
    for sheet, table in cells.items():
        filled = table[(table != "").any(axis=1)]
        if filled.empty or sheet.casefold() == READ_ME:
            continue
        head, body = filled.iloc[0], filled.iloc[1:]
        columns = [c for c in head.index if head[c] or (body[c] != "").any()]
        long = not parts and {"region", "year"} & {head[c].strip() for c in columns[1:]}
        if long or (len(cells) == 1 and not _periods(head, columns)):
            where = told("{file}, sheet {sheet}, row {row}", file=displayed(file), sheet=sheet, row=filled.index[0])
            check_heads([head[c].strip() for c in columns], where)
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
