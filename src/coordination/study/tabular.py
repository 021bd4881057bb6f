"""Any table as strings: CSV in the encodings people use, and workbooks, without a number changing on the way."""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import math
import re
import struct
import unicodedata
import xml.etree.ElementTree as ET
import zipfile
from decimal import Decimal
from pathlib import Path, PurePosixPath

import pandas as pd

from coordination.errors import InputError, InputErrors
from coordination.study.files import check_size, displayed

TEXTS = (".csv", ".tsv", ".txt")

WORKBOOKS = (".xls", ".xlsx", ".xlsm", ".ods")

LARGEST_UNZIPPED = 300_000_000  # bytes

LARGEST_RATIO = 200  # unzipped to zipped, of members above a megabyte

LONGEST_CELL = 32_767  # characters, Excel's own limit

MOST_CELLS = 2_000_000

GAPS = frozenset(
    ("", "-", "--", "—", "——", "–", "…", "……", "...", "/", "na", "n/a", "nan", "null", "缺失", "无")
)  # casefolded

BLANKS = " \t\r\n\v\f\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\ufeff\u200b"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}([, ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")

_YEAR = re.compile(r"([0-9]+)(\.0+)?\s*年?")

_QUARTER = re.compile(r"(\d{4})\s*(?:年|-|_|/)?\s*(?:Q\s*([1-4])|第?\s*([1-4一二三四])\s*季度?)")

_CELL = re.compile(r"\$?([A-Z]{1,5})\$?([1-9][0-9]{0,6})")


def address(row, column):
    """Return a cell's address as spreadsheets show it.

    Parameters
    ----------
    row : int
        From 1.
    column : int
        From 0.

    Returns
    -------
    str

    Examples
    --------
    >>> address(5, 2), address(1, 26)
    ('C5', 'AA1')
    """
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row}"


def position(reference):
    """Return the row and column of a cell's address.

    Parameters
    ----------
    reference : str

    Returns
    -------
    row : int
        From 1.
    column : int
        From 0.

    Raises
    ------
    ValueError
        If it is no address.

    Examples
    --------
    >>> position("C5"), position("$AA$1")
    ((5, 2), (1, 26))
    """
    match = _CELL.fullmatch(reference)
    if not match:
        raise ValueError(f"a cell '{reference}'")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column - 1


def place(name, sheet, row=None, column=None):
    """Say where something stands, as messages do.

    Parameters
    ----------
    name : str
        The file.
    sheet : str
        Empty for a text file.
    row, column : int, optional
        As for `address`.

    Returns
    -------
    str

    Examples
    --------
    >>> place("book.xlsx", "population", 5, 2)
    'book.xlsx, sheet population, cell C5'
    """
    parts = [name, *([f"sheet {sheet}"] if sheet else []), *([f"cell {address(row, column)}"] if row else [])]
    return ", ".join(parts)


def number(text):
    """Read a number as people write it.

    Parameters
    ----------
    text : str

    Returns
    -------
    value : float
        NaN for a gap.
    note : str
        What was cleaned: "gap", "full-width characters", "thousands separators", "percent sign" (the figure stays
        in percent), joined by "; "; empty if nothing was.

    Raises
    ------
    ValueError
        If it is not a finite number without doubt: a decimal comma, a footnote mark, a unit.

    Examples
    --------
    >>> number("１，２３４.５"), number(" 12.3% "), number("7")
    ((1234.5, 'full-width characters; thousands separators'), (12.3, 'percent sign'), (7.0, ''))
    """
    notes = []
    narrow = _narrow(text)
    if narrow != text:
        notes.append("full-width characters")
    narrow = narrow.translate(_SAME_BLANK).strip().replace("\u2212", "-")
    if narrow.casefold() in GAPS:
        return math.nan, "gap"
    percent = narrow.endswith("%")
    if percent:
        narrow = narrow[:-1].rstrip()
    grouped = _GROUPED.fullmatch(narrow)
    if grouped:
        notes.append("thousands separators")
        narrow = narrow.replace(grouped[1], "")
    if not _PLAIN.fullmatch(narrow) or not math.isfinite(float(narrow)):
        raise ValueError(f"'{text}' is no number")
    return float(narrow), "; ".join([*notes, *(["percent sign"] if percent else [])])


def year(text):
    """Read a year.

    Parameters
    ----------
    text : str

    Returns
    -------
    int or str
        A number where there are only digits, with or without 年; a quarter as 2020Q1, however it is written; else the
        text without surrounding blanks.

    Examples
    --------
    >>> year("2020年第一季度"), year("2020-Q1"), year("2020年4季度")
    ('2020Q1', '2020Q1', '2020Q4')
    >>> year("2013年"), year("２０１３"), year("2013.0"), year(" 2020Q1 ")
    (2013, 2013, 2013, '2020Q1')
    """
    narrow = _narrow(text).translate(_SAME_BLANK).strip()
    quarter = _QUARTER.fullmatch(narrow)
    if quarter:
        which = quarter[2] or quarter[3]
        return f"{quarter[1]}Q{'一二三四'.find(which) + 1 or which}"
    match = _YEAR.fullmatch(narrow)
    return int(match[1]) if match and len(match[1]) < 10 else narrow


def shortest(value):
    """Write a number with as few digits as bring it back.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> shortest(2013.0), shortest(0.1), shortest(1e300)
    ('2013', '0.1', '1e+300')
    """
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


# NFKC would also turn the footnote mark of 12.5① into a digit.
def _narrow(text):
    if text.isascii():
        return text
    return "".join(
        unicodedata.normalize("NFKC", c) if unicodedata.decomposition(c).startswith("<wide>") else c for c in text
    )


_SAME_BLANK = str.maketrans(dict.fromkeys(BLANKS, " ") | {"\ufeff": None, "\u200b": None})


def sheets(file, allow=False):
    """Read every sheet of a file, each cell a string.

    Parameters
    ----------
    file : Path
        CSV, TSV, TXT, or a workbook: XLS, XLSX, XLSM, ODS. A number in a percent format reads as it is shown, "40%".
    allow : bool
        Return sheets with error cells and with formulas that were never computed; such cells are empty.

    Returns
    -------
    dict of str to pandas.DataFrame of str
        By the sheet's name, "" for a text file. Columns are numbered from 0, the index is the row in the file,
        from 1. `attrs`: `encoding` (text files), `merged` (addresses such as "A1:C1", each cell of which carries
        the value of the first), `hidden` (bool) and `faulty` (dict of (row, column) to what is wrong there).

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
    if suffix not in TEXTS + WORKBOOKS:
        kinds = ", ".join(s[1:] for s in TEXTS + WORKBOOKS)
        raise InputError(name, f"a file of kind '{suffix}'", f"a table: {kinds}", "save it as one of these")
    if not file.is_file():
        raise InputError(name, "no such file", "a table", "correct its name")
    check_size(file, "keep only the sheets and columns that are needed")
    content = file.read_bytes()
    if not content:
        raise InputError(name, "an empty file", "a table", "save it again")
    result = {"": _text_table(content, suffix, name)} if suffix in TEXTS else _workbook(content, file, name)
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
            found = f"a cell of {len(table[column][long[0]])} characters"
            expected = f"at most {LONGEST_CELL} characters"
            raise InputError(place(name, sheet, long[0], column), found, expected, "is a quotation mark missing?")


def _too_many(where, found):
    return InputError(where, found, f"at most {MOST_CELLS} cells", "delete stray cells far from the table, or split it")


def _frame(rows, where, **attrs):
    """Return rows of unequal length as one table."""
    width = max(map(len, rows), default=0)
    if width * len(rows) > MOST_CELLS:
        raise _too_many(where, f"{len(rows)} rows of up to {width} cells")
    table = pd.DataFrame([row + [""] * (width - len(row)) for row in rows], columns=range(width), dtype=object)
    table.index = pd.RangeIndex(1, len(rows) + 1)
    table.attrs = {"merged": [], "hidden": False, "faulty": {}, **attrs}
    return table


# Text


def _text_table(content, suffix, name):
    text, encoding = _decoded(content, name)
    if "\0" in text:
        raise InputError(name, "NUL bytes", "text", "it is no text file, or damaged: save it again as CSV in UTF-8")
    if not text.strip(BLANKS):
        raise InputError(name, "nothing but blanks", "a table", "save it again")
    delimiter = "\t" if suffix == ".tsv" else _delimiter(text)
    rows, width = [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append(row)
            width = max(width, len(row))
            if width * len(rows) > MOST_CELLS:
                raise _too_many(name, f"more than {len(rows) - 1} rows of up to {width} cells")
    except csv.Error as error:
        remedy = "close quotation marks, or save it again as CSV"
        raise InputError(f"{name}, line {reader.line_num}", str(error), "a CSV table", remedy) from None
    while rows and not any(rows[-1]):
        rows.pop()
    return _frame(rows, name, encoding=encoding)


def _decoded(content, name):
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    marked = [encoding for mark, encoding in marks if content.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    expected = "text in UTF-8, UTF-16 or GB18030"
    raise InputError(name, f"bytes that are no {(marked or ['gb18030'])[-1]}", expected, "save it again as CSV UTF-8")


def _delimiter(text):
    """Return what separates the cells: what most lines have; a tab before each comma is NBS's way, not a separator."""
    lines = text[:200_000].splitlines()
    count = {mark: sum(mark in line for line in lines) for mark in ",\t;"}
    if "\t," in text and count[","] >= count["\t"]:
        return ","
    return max("\t,;", key=lambda mark: count[mark])


# Workbooks


def _workbook(content, file, name):
    import python_calamine

    zipped = content.startswith(b"PK")
    scans, problem = _scan(content, name) if zipped else {}, ""
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _encrypted(name)
        _check_sectors(content, name)
        try:
            scans = _scan_xls(content)
        except (struct.error, ValueError, IndexError, TypeError) as error:
            problem = str(error) or type(error).__name__
    elif not zipped:
        start = content[:200].lstrip().lower()
        what = "a web page" if start.startswith(b"<") else "a text file" if b"\0" not in start else "something else"
        raise InputError(name, f"{what} under a workbook's name", "a workbook", "open it and save it as xlsx or CSV")
    # By path it says what is wrong; by content it reads what bears another kind's name.
    kinds = (".xls",) if not zipped else (".ods",) if b"opendocument" in content[:100] else (".xlsx", ".xlsm")
    try:
        with python_calamine.load_workbook(file if file.suffix in kinds else io.BytesIO(content)) as book:
            result = {}
            for meta in book.sheets_metadata:
                if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(meta.name)
                faulty, _, spans, percents = scans.get(meta.name, ({}, (0, 0), [], []))
                table = _calamine_table(sheet, place(name, meta.name), spans, percents)
                table.attrs["hidden"] = meta.visible != python_calamine.SheetVisibleEnum.Visible
                table.attrs["faulty"] = faulty
                result[meta.name] = table
    except python_calamine.PasswordError:
        raise _encrypted(name) from None
    except InputError:
        raise
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # the reader's panics are no Exceptions
        raise _broken(name, str(error).splitlines()[0] if str(error) else type(error).__name__) from None
    if not result:
        raise InputError(name, "no sheet with cells", "a workbook with a table", "save it again")
    if problem:
        raise _broken(name, problem)
    return result


def _encrypted(name):
    return InputError(name, "an encrypted workbook", "one that opens without a password", "remove its password")


def _broken(name, problem):
    return InputError(name, f"a damaged workbook ({problem})", "a workbook that opens", "save or download it again")


def _cell_text(value):
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return shortest(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return str(value)


def _percent(value):
    """Return a number as a percent format shows it, with all its digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{shortest(Decimal(repr(float(value))) * 100)}%"


def _calamine_table(sheet, where, spans, percents):
    spans = [*(sheet.merged_cell_ranges or []), *spans]
    corner = sheet.end or (-1, -1)
    height = max([corner[0] + 1, *(last[0] + 1 for _, last in spans)])
    width = max([corner[1] + 1, *(last[1] + 1 for _, last in spans)])
    if height * width > MOST_CELLS:
        raise _too_many(where, f"{height} rows of {width} cells")
    values = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, right) in percents:
        for row in values[top : bottom + 1]:
            row[left : right + 1] = map(_percent, row[left : right + 1])
    rows = [[_cell_text(v) for v in row] for row in values]
    rows = [row + [""] * (width - len(row)) for row in rows]
    rows += [[""] * width for _ in range(height - len(rows))]
    for (top, left), (bottom, right) in spans:
        for row in range(top, bottom + 1):
            rows[row][left : right + 1] = [rows[top][left]] * (right + 1 - left)
    merged = [f"{address(a + 1, b)}:{address(c + 1, d)}" for (a, b), (c, d) in spans]
    return _frame(rows, where, merged=merged)


# What the workbook reader does not tell: error cells, formulas without a value, cells far away, percent formats. A scan
# of a sheet is ({(row, column): what is wrong}, (rows, columns), merged ranges that the reader leaves out, ranges of
# cells in a percent format); ranges count rows and columns from 0.


def _scan(content, name):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive, name)
            members = set(archive.namelist())
            if "META-INF/manifest.xml" in members and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise _encrypted(name)
            if "content.xml" in members:
                scans = _scan_ods(archive)
            elif "xl/workbook.xml" in members:
                styles = _xlsx_percents(archive)
                scans = {sheet: _scan_xlsx(archive, member, styles) for sheet, member in _xlsx_sheets(archive)}
            else:
                raise _broken(name, "neither xlsx nor ods")
    except (
        zipfile.BadZipFile, EOFError, NotImplementedError, ET.ParseError, LookupError, ValueError, OSError, struct.error
    ) as error:  # fmt: skip
        raise _broken(name, (str(error).splitlines() or [type(error).__name__])[0]) from None
    except Exception as error:
        if type(error).__module__ in ("zlib", "lzma"):
            raise _broken(name, str(error)) from None
        raise
    for sheet, (_, (rows, columns), *_ranges) in scans.items():
        if rows * columns > MOST_CELLS:
            raise _too_many(place(name, sheet), f"{rows} rows of {columns} cells")
    return scans


def _check_archive(archive, name):
    members = archive.infolist()
    total = sum(m.file_size for m in members)
    if total > LARGEST_UNZIPPED:
        expected = f"at most {LARGEST_UNZIPPED / 1e6:g} MB"
        raise InputError(name, f"{total / 1e6:.0f} MB when unzipped", expected, "keep only the sheets that are needed")
    for m in members:
        if m.flag_bits & 1:
            raise _encrypted(name)
        if m.file_size > 1_000_000 and m.file_size > LARGEST_RATIO * m.compress_size:
            found = f"{m.filename} that unzips to {m.file_size // max(m.compress_size, 1)} times its size"
            raise InputError(name, found, f"at most {LARGEST_RATIO} times", "save it again from a spreadsheet program")
    damaged = archive.testzip()
    if damaged:
        raise _broken(name, f"{damaged} is damaged")


def _local(tag):
    return tag.rpartition("}")[2]


def _attribute(element, name):
    return next((v for k, v in element.items() if _local(k) == name), None)


def _xlsx_sheets(archive):
    """Return names and members of the sheets."""
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations if r.get("Type", "").endswith("/worksheet")}
    found = []
    for element in ET.fromstring(archive.read("xl/workbook.xml")).iter():
        if _local(element.tag) == "sheet":
            target = targets.get(_attribute(element, "id"))
            if target:
                found.append((element.get("name"), str(PurePosixPath("/xl") / target).lstrip("/")))
    return found


def _shows_percent(number_format):
    """Tell whether a format multiplies by 100: a percent sign in quotation marks or after a backslash does not."""
    return "%" in re.sub(r'"[^"]*"|[\\_*].', "", number_format)


def _xlsx_percents(archive):
    """Return the numbers of the styles that show percent."""
    member = "xl/styles.xml"
    if member not in archive.namelist():
        return set()
    formats, styles = {"9": "0%", "10": "0.00%"}, []
    for element in ET.fromstring(archive.read(member)):
        if _local(element.tag) == "numFmts":
            formats |= {e.get("numFmtId"): e.get("formatCode", "") for e in element}
        elif _local(element.tag) == "cellXfs":
            styles = [e.get("numFmtId") for e in element]
    return {str(k) for k, style in enumerate(styles) if _shows_percent(formats.get(style, ""))}


def _scan_xlsx(archive, member, styles):
    faulty, percents, rows, columns = {}, [], 0, 0
    row, column = 0, -1
    with archive.open(member) as stream:
        for event, element in ET.iterparse(stream, ("start", "end")):
            tag = _local(element.tag)
            if tag == "row" and event == "start":
                row, column = int(element.get("r") or row + 1), -1
            elif tag == "row":
                element.clear()
            elif tag == "c" and event == "end":
                row, column = position(element.get("r")) if element.get("r") else (row, column + 1)
                what, filled = _xlsx_cell(element)
                if what:
                    faulty[row, column] = what
                if filled or what:
                    rows, columns = max(rows, row), max(columns, column + 1)
                if filled and element.get("s", "0") in styles:
                    percents.append(((row - 1, column), (row - 1, column)))
                element.clear()
    return faulty, (rows, columns), [], percents


def _xlsx_cell(element):
    parts = {_local(part.tag): part for part in element}
    value = parts["v"].text if "v" in parts else None
    kind = element.get("t", "n")
    if kind == "e":
        return f"the error {value}", True
    if "f" in parts and not value and kind != "str":
        return "a formula that was never computed", True
    return "", bool(value) or "is" in parts


def _scan_ods(archive):
    scans, sheet = {}, None
    row = column = row_repeat = 0
    with archive.open("content.xml") as stream:
        for event, element in ET.iterparse(stream, ("start", "end")):
            tag = _local(element.tag)
            if tag == "table" and event == "start":
                sheet, row = _attribute(element, "name"), 0
                faulty, extent, spans, percents = {}, [0, 0], [], []
                scans[sheet] = (faulty, extent, spans, percents)
            elif tag == "table-row" and event == "start":
                column, row_repeat = 0, int(_attribute(element, "number-rows-repeated") or 1)
            elif tag == "table-row":
                row += row_repeat
                element.clear()
            elif tag in ("table-cell", "covered-table-cell") and event == "end" and sheet is not None:
                repeat = int(_attribute(element, "number-columns-repeated") or 1)
                what, filled = _ods_cell(element)
                if what:
                    faulty[row + 1, column] = what
                if filled or what:
                    extent[:] = max(extent[0], row + row_repeat), max(extent[1], column + repeat)
                if _attribute(element, "value-type") == "percentage":
                    percents.append(((row, column), (row + row_repeat - 1, column + repeat - 1)))
                down = int(_attribute(element, "number-rows-spanned") or 1)
                across = int(_attribute(element, "number-columns-spanned") or 1)
                if filled and (down, across) != (1, 1):
                    spans.append(((row, column), (row + down - 1, column + across - 1)))
                column += repeat
                element.clear()
    return scans


def _ods_cell(element):
    kinds = {v for k, v in element.items() if _local(k) == "value-type"}
    text = "".join(element.itertext()).strip()
    if "error" in kinds or re.fullmatch(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:\d+", text):
        return f"the error {text}", True
    if _attribute(element, "formula") and not kinds:
        return "a formula that was never computed", True
    return "", bool(kinds) or bool(text)


# The binary format of Excel 97-2003: sectors that hold streams, and streams that hold records.

_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}

_NUMBERS = (0x0203, 0x027E, 0x00BD, 0x0006)  # a number, a short one, a row of short ones, a formula

_LAST = 0xFFFFFFFA  # greatest sector number


def _check_sectors(content, name):
    if len(content) < 512 or struct.unpack_from("<H", content, 30)[0] not in (9, 12):
        raise _broken(name, "no sectors")


def _xls_stream(content):
    """Return the workbook's stream of records, empty if there is none."""
    shift, small_shift = struct.unpack_from("<HH", content, 30)
    size, small = 1 << shift, 1 << small_shift
    directory, _, cutoff, small_start, _, difat, _ = struct.unpack_from("<7I", content, 48)

    def sector(k):
        return content[(k + 1) * size : (k + 2) * size]

    def numbers(data):
        return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))

    tables = numbers(content[76:512])
    seen = set()
    while difat <= _LAST and difat not in seen:
        seen.add(difat)
        *more, difat = numbers(sector(difat))
        tables += more
    following = [n for k in tables if k <= _LAST for n in numbers(sector(k))]

    def chain(start, links, piece):
        parts, seen = [], set()
        while start <= _LAST and start < len(links) and start not in seen:
            seen.add(start)
            parts.append(piece(start))
            start = links[start]
        return b"".join(parts)

    entries = chain(directory, following, sector)
    small_sectors = chain(struct.unpack_from("<I", entries, 116)[0], following, sector)
    for k in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<H", entries, k + 64)[0]
        name = entries[k : k + max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        start, extent = struct.unpack_from("<II", entries, k + 116)
        if name in ("workbook", "book"):
            if extent >= cutoff:
                return chain(start, following, sector)[:extent]
            links = numbers(chain(small_start, following, sector))
            return chain(start, links, lambda i: small_sectors[i * small : (i + 1) * small])[:extent]
    return b""


def _scan_xls(content):
    """Return the scans of a binary workbook by sheet."""
    stream = _xls_stream(content)
    starts, scans = {}, {}
    formats, styles = {9: "0%", 10: "0.00%"}, []
    at, sheet, depth, wide = 0, None, 0, True
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        data = stream[at + 4 : at + 4 + length]
        if kind == 0x0809:  # begin of a substream; charts nest in sheets
            depth += 1
            if depth == 1:
                sheet, wide = starts.get(at), data[:2] == b"\0\6"
                scans.setdefault(sheet, ({}, (0, 0), [], []))
        elif kind == 0x000A:
            depth -= 1
        elif kind == 0x0085 and length > 8:
            start, count, flags = struct.unpack_from("<I", data)[0], data[6], data[7]
            name = data[8:].decode("utf-16-le", "replace")[:count] if flags & 1 else data[8:].decode("latin-1")[:count]
            starts[start] = name
        elif kind == 0x041E and length > 5:
            text = data[3:] if not wide else data[5:].decode("utf-16-le", "replace") if data[4] & 1 else data[5:]
            formats[struct.unpack_from("<H", data)[0]] = text if isinstance(text, str) else text.decode("latin-1")
        elif kind == 0x00E0 and length >= 4:
            styles.append(_shows_percent(formats.get(struct.unpack_from("<H", data, 2)[0], "")))
        elif sheet is not None and depth == 1 and len(data) >= 8:
            code = None
            if kind == 0x0205 and data[7]:
                code = data[6]
            elif kind == 0x0006 and len(data) >= 14 and data[6] == 2 and data[12:14] == b"\xff\xff":
                code = data[8]
            if code is not None:
                row, column = struct.unpack_from("<HH", data)
                scans[sheet][0][row + 1, column] = f"the error {_ERRORS.get(code, code)}"
            if kind in _NUMBERS:
                row, first = struct.unpack_from("<HH", data)
                cells = data[4:-2] if kind == 0x00BD else data[4:10]
                for k in range(len(cells) // 6):
                    style = struct.unpack_from("<H", cells, 6 * k)[0]
                    if style < len(styles) and styles[style]:
                        scans[sheet][3].append(((row, first + k), (row, first + k)))
        at += 4 + length
    return scans
