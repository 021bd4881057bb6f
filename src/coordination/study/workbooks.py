"""Workbooks as strings: xlsx by openpyxl, xls by xlrd, ods by odfdo, none of which runs a formula."""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from decimal import Decimal
from itertools import product

import xlrd
from odfdo import Document
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from coordination.errors import InputError, told
from coordination.study.tabular import MOST_CELLS, address, frame, place, shortest, too_many

LARGEST_UNZIPPED = 300_000_000  # bytes
LARGEST_RATIO = 200  # unzipped to zipped, of members above a megabyte

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_NO_DATE = told("a date out of range")
_NEVER_COMPUTED = told("a formula that was never computed")
_ODS_ERROR = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:\d+")


def tables(content, name):
    """Read every sheet of a workbook, each cell a string.

    Parameters
    ----------
    content : bytes
        Of an xls, xlsx, xlsm or ods file; which of them it is, the content decides.
    name : str
        What to call the file in messages.

    Returns
    -------
    dict of str to pandas.DataFrame of str
        As `files.sheets` describes them; cells that are faulty are empty.

    Raises
    ------
    InputError
        If it is no workbook, broken, encrypted, unzips to too much, or has too many cells.
    """
    if content.startswith(OLE):
        reader = _xls
    elif content.startswith(b"PK"):
        reader = _zipped
    else:
        start = content[:200].lstrip().lower()
        other = (
            "a text file under a workbook's name" if b"\0" not in start else "something else under a workbook's name"
        )
        found = "a web page under a workbook's name" if start.startswith(b"<") else other
        raise InputError(name, found, "a workbook", "open it and save it as xlsx or CSV")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of openpyxl, about formats that are not read here
            result = {
                sheet: _table(areas, place(name, sheet), hidden) for sheet, hidden, areas in reader(content, name)
            }
    except (InputError, MemoryError):
        raise
    except Exception as error:  # what a library raises on a broken file may be anything
        raise _broken(name, (str(error).splitlines() or [type(error).__name__])[0]) from None
    if not result:
        raise InputError(name, "no sheet with cells", "a workbook with a table", "save it again")
    return result


def _encrypted(name):
    return InputError(name, "an encrypted workbook", "one that opens without a password", "remove its password")


def _broken(name, problem):
    found = told("a damaged workbook ({problem})", problem=problem)
    return InputError(name, found, "a workbook that opens", "save or download it again")


def _table(areas, where, hidden):
    """Return a sheet as a table.

    `areas` are ((top, left, bottom, right), text, fault), counted from 0: cells that bear a text or, without one, a
    fault; with neither, a merged range.
    """
    cells, faulty, merged, height, width = {}, {}, [], 0, 0
    for area, text, fault in areas:
        top, left, bottom, right = area
        height, width = max(height, bottom + 1), max(width, right + 1)
        if height * width > MOST_CELLS:
            raise too_many(where, told("{rows} rows of {width} cells", rows=height, width=width))
        if fault:
            faulty[top + 1, left] = fault
        elif text:
            cells |= dict.fromkeys(product(range(top, bottom + 1), range(left, right + 1)), text)
        else:
            merged.append(area)
    rows = [[""] * width for _ in range(height)]
    for (row, column), text in cells.items():
        rows[row][column] = text
    for top, left, bottom, right in merged:
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [rows[top][left]] * (right + 1 - left)
    spans = [f"{address(a + 1, b)}:{address(c + 1, d)}" for a, b, c, d in merged]
    return frame(rows, where, merged=spans, hidden=hidden, faulty=faulty)


def _text(value, percent=False):
    """Return a value as text: a number with all its digits, in percent where its format shows percent."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float | Decimal):
        return f"{shortest(Decimal(repr(float(value))) * 100)}%" if percent else shortest(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return str(value)


def _shows_percent(number_format):
    """Tell whether a format multiplies by 100: a percent sign in quotation marks or after a backslash does not."""
    return "%" in re.sub(r'"[^"]*"|[\\_*].', "", number_format)


# Zipped: xlsx and ods. Every reader gives (sheet, hidden, areas) of each sheet.


def _zipped(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_archive(archive, name)
        members = set(archive.namelist())
        if "META-INF/manifest.xml" in members and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise _encrypted(name)
        strict = "xl/workbook.xml" in members and b"http://purl.oclc.org/ooxml/" in archive.read("xl/workbook.xml")
    if strict:
        raise InputError(name, "a Strict Open XML workbook", "a workbook", "save it as 'Excel workbook (xlsx)' or CSV")
    if "content.xml" in members:
        return _ods(content, name)
    if "xl/workbook.xml" in members:
        return _xlsx(content, name)
    raise _broken(name, told("neither xlsx nor ods"))


def _check_archive(archive, name):
    members = archive.infolist()
    total = sum(m.file_size for m in members)
    if total > LARGEST_UNZIPPED:
        found = told("{size:.0f} MB when unzipped", size=total / 1e6)
        expected = told("at most {size:g} MB", size=LARGEST_UNZIPPED / 1e6)
        raise InputError(name, found, expected, "keep only the sheets that are needed")
    for m in members:
        if m.flag_bits & 1:
            raise _encrypted(name)
        if m.file_size > 1_000_000 and m.file_size > LARGEST_RATIO * m.compress_size:
            times = m.file_size // max(m.compress_size, 1)
            found = told("{file} that unzips to {times} times its size", file=m.filename, times=times)
            raise InputError(
                name,
                found,
                told("at most {times} times", times=LARGEST_RATIO),
                "save it again from a spreadsheet program",
            )
    damaged = archive.testzip()
    if damaged:
        raise _broken(name, told("{file} is damaged", file=damaged))


class _Parser(WorkSheetParser):
    """What openpyxl's read-only sheets stream from, because they hide merged ranges and formulas without a value.

    Its other sheets make a cell of everything within a merged range, a million for a column, before one may refuse it.
    """

    def parse_cell(self, element):
        formula = element.find(FORMULA_TAG) is not None
        return super().parse_cell(element) | {"formula": formula, "type": element.get("t", "n")}


def _xlsx(content, name):
    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_workbook()
    sheets = [(s, r.target) for s, r in reader.parser.find_sheets() if r.Type.endswith("/worksheet")]
    for sheet, member in sheets:  # at the speed of the disk; what is read in full takes a minute to be too much
        with reader.archive.open(member) as stream:
            _check_count(_count(stream, b"</c>"), place(name, sheet.name))
    reader.read_strings()
    apply_stylesheet(reader.archive, reader.wb)
    for sheet, member in sheets:
        with reader.archive.open(member) as stream:
            yield sheet.name, sheet.state != "visible", _xlsx_areas(stream, reader.wb, reader.shared_strings)


def _check_count(count, where):
    if count > MOST_CELLS:
        raise too_many(where, told("{count} cells", count=count))


def _count(stream, mark):
    """Count how often a mark stands in a stream, of which a megabyte at a time is held."""
    count, rest = 0, b""
    while piece := stream.read(1_000_000):
        count += (rest + piece).count(mark)
        rest = (rest + piece)[1 - len(mark) :]
    return count


def _xlsx_areas(stream, book, strings):
    own = dict(enumerate(book._number_formats, BUILTIN_FORMATS_MAX_SIZE))
    shows = {k for k, code in (BUILTIN_FORMATS | own).items() if _shows_percent(code)}
    percents = {k for k, style in enumerate(book._cell_styles) if style.numFmtId in shows}
    parser = _Parser(stream, strings, True, book.epoch, book._date_formats, book._timedelta_formats)
    for _, cells in parser.parse():
        for cell in cells:
            row, column, value, kind = cell["row"] - 1, cell["column"] - 1, cell["value"], cell["data_type"]
            area = row, column, row, column
            if kind == "e":
                yield area, "", told("the error {error}", error=value) if cell["type"] == "e" else _NO_DATE
            elif value is not None and value != "":
                yield area, _text(value, kind == "n" and cell["style_id"] in percents), ""
            elif cell["formula"] and kind != "str":
                yield area, "", _NEVER_COMPUTED
    for span in parser.merged_cells.mergeCell if parser.merged_cells else ():
        yield (span.min_row - 1, span.min_col - 1, span.max_row - 1, span.max_col - 1), "", ""


def _ods(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for table in archive.read("content.xml").split(b"<table:table ")[1:]:
            _check_count(table.count(b"office:value-type="), name)
    document = Document(io.BytesIO(content))
    for table in document.body.tables:
        style = document.get_style("table", table.style) if table.style else None
        properties = style.get_properties(area="table") if style else None
        yield table.name, (properties or {}).get("table:display") == "false", _ods_areas(table)


def _ods_areas(table):
    top = 0
    for row in table.get_elements("descendant::table:table-row"):
        bottom, left = top + (row.repeated or 1) - 1, 0
        for cell in row.get_elements("table:table-cell|table:covered-table-cell"):
            right = left + (cell.repeated or 1) - 1
            text, fault = _ods_cell(cell)
            if text or fault:
                yield (top, left, bottom, right), text, fault
                down = int(cell.get_attribute("table:number-rows-spanned") or 1)
                across = int(cell.get_attribute("table:number-columns-spanned") or 1)
                if (down, across) != (1, 1):
                    yield (top, left, top + down - 1, left + across - 1), "", ""
            left = right + 1
        top = bottom + 1


def _ods_cell(cell):
    """Return a cell's text and what is wrong with it."""
    kind = cell.get_attribute("office:value-type")
    written = "\n".join(_words(part) for part in cell.children if part.tag == "text:p")
    if "error" in (kind, cell.get_attribute("calcext:value-type")) or _ODS_ERROR.fullmatch(written.strip()):
        return "", told("the error {error}", error=written.strip())
    if kind == "string":
        return cell.get_attribute("office:string-value") or written, ""
    if kind in (None, "void"):
        return ("", _NEVER_COMPUTED) if cell.formula else (written, "")
    value = cell.value
    if value is None:  # odfdo's answer to what it cannot read
        return "", told("a {kind} that cannot be read", kind=kind)
    return _text(value, kind == "percentage"), ""


def _words(paragraph):
    """Return the text of a paragraph, of links the words only: odfdo writes them as Markdown."""
    return paragraph.remove_links().inner_text if paragraph.children else paragraph.text


# The binary format of Excel 97-2003


def _xls(content, name):
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _encrypted(name)
    try:
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), formatting_info=True, ragged_rows=True)
    except xlrd.XLRDError as error:
        raise (_encrypted(name) if "encrypted" in str(error) else error) from None
    percent_formats = {
        k for k, number_format in book.format_map.items() if _shows_percent(number_format.format_str or "")
    }
    percents = {k for k, style in enumerate(book.xf_list) if style.format_key in percent_formats}
    for sheet in book.sheets():
        yield sheet.name, bool(sheet.visibility), _xls_areas(sheet, percents)


def _xls_areas(sheet, percents):
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            area, value = (row, column, row, column), cell.value
            if cell.ctype == xlrd.XL_CELL_ERROR:
                yield area, "", told("the error {error}", error=xlrd.error_text_from_code.get(value, value))
                continue
            if cell.ctype == xlrd.XL_CELL_BOOLEAN:
                value = bool(value)
            elif cell.ctype == xlrd.XL_CELL_DATE:
                try:
                    value = _date(value, sheet.book.datemode)
                except (ValueError, OverflowError):
                    yield area, "", _NO_DATE
                    continue
            if value != "":
                yield area, _text(value, cell.xf_index in percents), ""
    for top, bottom, left, right in sheet.merged_cells:
        yield (top, left, bottom - 1, right - 1), "", ""


def _date(value, mode):
    """Return days as a date, or as a time where there is no day."""
    if value < 0:
        raise ValueError(value)
    moment = xlrd.xldate_as_datetime(value, mode)
    return moment.time() if value < 1 else moment
