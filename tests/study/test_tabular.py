"""Tables as strings: encodings, ragged rows, workbooks; numbers as people write them; what is refused, and how."""

import contextlib
import csv
import math
import struct
import sys
import zipfile

import openpyxl
import pytest
from conftest import assert_names
from hypothesis import given
from hypothesis import strategies as st

from coordination.errors import InputError, InputErrors
from coordination.study import costs, workbooks
from coordination.study.files import check_text, displayed, read_text, sheets
from coordination.study.tabular import address, number, shortest, year


def text_file(folder, content, name="table.csv", encoding="utf-8"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


def workbook(folder, cells, name="book.xlsx", sheet="population", merge=()):
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for where, value in cells.items():
        page[where] = value
    for span in merge:
        page.merge_cells(span)
    book.save(folder / name)
    return folder / name


def rewritten(file, member, old, new):
    """Change bytes within a member of a zipped workbook."""
    with zipfile.ZipFile(file) as archive:
        contents = {i.filename: archive.read(i) for i in archive.infolist()}
    assert old in contents[member]
    contents[member] = contents[member].replace(old, new)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet><table:table table:name="ports">{rows}</table:table></office:spreadsheet>
</office:body></office:document-content>"""


def ods(folder, rows, name="book.ods"):
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return folder / name


def biff(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def xls(folder, *records, name="book.xls", styles=b""):
    """Write a workbook of one sheet in the format of Excel 97: sectors of 512 bytes around a stream of records."""
    sheet = biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + b"".join(records) + biff(0xA, b"")
    begin = biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + biff(0x42, struct.pack("<H", 1200)) + styles
    start = len(begin) + 4 + 8 + 5 + 4
    stream = begin + biff(0x85, struct.pack("<IBBBB", start, 0, 0, 5, 0) + b"ports") + biff(0xA, b"") + sheet
    stream = stream.ljust(4096, b"\0")
    entries = b""
    for entry, kind, child, first, size in (("Root Entry", 5, 1, 0xFFFFFFFE, 0), ("Workbook", 2, -1, 2, len(stream))):
        title = (entry + "\0").encode("utf-16-le")
        entries += title.ljust(64, b"\0") + struct.pack("<HBBiii", len(title), kind, 1, -1, -1, child)
        entries += b"\0" * 36 + struct.pack("<IQ", first, size)
    links = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    header = workbooks.OLE + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    sectors = struct.pack(f"<{len(links)}I", *links).ljust(512, b"\xff") + entries.ljust(512, b"\0") + stream
    (folder / name).write_bytes(header + sectors)
    return folder / name


def real(row, column, value):
    return biff(0x203, struct.pack("<HHHd", row, column, 0, value))


# Addresses and numbers


@pytest.mark.parametrize(
    ("row", "column", "expected"), [(1, 0, "A1"), (5, 2, "C5"), (9, 25, "Z9"), (1, 26, "AA1"), (2, 16383, "XFD2")]
)
def test_addresses_are_those_of_a_spreadsheet(row, column, expected):
    assert address(row, column) == expected


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("7", 7, ""),
        ("-0.5", -0.5, ""),
        ("1e3", 1000, ""),
        (" 12 ", 12, ""),
        ("\u00a012\u00a0", 12, ""),
        ("4321\t", 4321, ""),
        ("１２．５", 12.5, "full-width characters"),
        ("－３", -3, "full-width characters"),
        ("−3", -3, ""),
        ("1,234.5", 1234.5, "thousands separators"),
        ("1 234 567", 1234567, "thousands separators"),
        ("1\u202f234.5", 1234.5, "thousands separators"),
        ("1，234", 1234, "full-width characters; thousands separators"),
        ("12.3%", 12.3, "percent sign"),
        ("１２％", 12, "full-width characters; percent sign"),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value, note):
    assert number(text) == (value, note)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "--", "—", "——", "…", "...", "/", "NA", "n/a", "NaN", "null", "缺失", "无", "\u3000"]
)
def test_marks_of_a_gap_are_gaps(text):
    value, note = number(text)
    assert math.isnan(value)
    assert note == "gap"


@pytest.mark.parametrize(
    "text",
    [
        *("1,5", "0,123", "12,34,567", "1.234,5", "1,234 567", "12①", "10²", "12*", "5 km", "inf", "1e999", "1_000"),
        *("12.3.4", "--5", "(5)", "#N/A", "TRUE", "½", "5%%", "%", "2013-01-02", "٣", "1 2345", "abc"),
    ],
)
def test_what_is_no_number_without_doubt_is_refused(text):
    with pytest.raises(ValueError, match="is no number"):
        number(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_shortest_is_the_same_number(value):
    assert number(shortest(value)) == (value, "")


@given(st.integers(-(10**15), 10**15), st.sampled_from([",", " ", "\u00a0", "，"]))
def test_a_number_with_separators_is_the_same_number(value, separator):
    assert number(f"{value:,}".replace(",", separator))[0] == value


@given(st.text(max_size=12))
def test_a_text_is_a_number_or_refused(text):
    try:
        value, note = number(text)
    except ValueError:
        return
    assert math.isfinite(value) != (note == "gap")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("2013年", 2013), ("2013", 2013), ("2013.0", 2013), ("２０１３", 2013), (" 2013年\t", 2013)),
        *(("2020Q1", "2020Q1"), (" 2013-14 ", "2013-14"), ("FY2013", "FY2013"), ("2013.5", "2013.5"), ("", "")),
    ],
)
def test_years_are_numbers_and_periods_are_texts(text, expected):
    found = year(text)
    assert found == expected
    assert type(found) is type(expected)


# Text files


@pytest.mark.parametrize(
    ("encoding", "noted"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_encodings_are_recognised(tmp_path, encoding, noted):
    table = sheets(text_file(tmp_path, "地区,2013年\n青海省,1.50\n", encoding=encoding))[""]
    assert table.to_numpy().tolist() == [["地区", "2013年"], ["青海省", "1.50"]]
    assert table.attrs["encoding"] == noted


def test_rows_may_differ_in_length_and_keep_their_numbers(tmp_path):
    table = sheets(text_file(tmp_path, "a title\n\nregion,2013,2014,\nOak,1\n"))[""]
    assert table.shape == (4, 4)
    assert list(table.index) == [1, 2, 3, 4]
    assert list(table.columns) == [0, 1, 2, 3]
    assert table.loc[4].tolist() == ["Oak", "1", "", ""]


def test_a_tab_before_each_comma_separates_nothing(tmp_path):
    table = sheets(text_file(tmp_path, "地区\t,2013年\t,\r\n青海省\t,7\t,\r\n"))[""]
    assert table.loc[2, 1].strip() == "7"
    assert table.shape == (2, 3)


@pytest.mark.parametrize(
    ("name", "mark"), [("a.tsv", "\t"), ("a.txt", "\t"), ("a.csv", "\t"), ("a.csv", ";"), ("a.csv", ",")]
)
def test_separators_are_recognised(tmp_path, name, mark):
    table = sheets(text_file(tmp_path, f"region{mark}2013\nOak{mark}7\n", name))[""]
    assert table.to_numpy().tolist() == [["region", "2013"], ["Oak", "7"]]


def test_a_quoted_cell_may_hold_separators_and_lines(tmp_path):
    table = sheets(text_file(tmp_path, 'region,2013\n"Oak, the\nold","1,234"\nElm,2\n'))[""]
    assert table.loc[2].tolist() == ["Oak, the\nold", "1,234"]
    assert table.loc[3, 0] == "Elm"


# Workbooks


def test_cells_of_a_workbook_are_strings_without_a_needless_decimal(tmp_path):
    cells = {"A1": "region", "B1": 2013, "A2": "Oak", "B2": 0.1, "B3": 1234567.25}
    table = sheets(workbook(tmp_path, cells))["population"]
    assert table[1].tolist() == ["2013", "0.1", "1234567.25"]
    assert table.loc[3, 0] == ""


def test_a_table_that_begins_further_in_keeps_its_addresses(tmp_path):
    table = sheets(workbook(tmp_path, {"C5": 7}))["population"]
    assert table.loc[5, 2] == "7"
    assert table.shape == (5, 3)


def test_every_sheet_is_read_and_hidden_ones_are_marked(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = "x"
    book.create_sheet("secret")["A1"] = "y"
    book["secret"].sheet_state = "hidden"
    book.create_sheet("blank")
    book.save(tmp_path / "book.xlsx")
    found = sheets(tmp_path / "book.xlsx")
    assert list(found) == ["Sheet", "secret", "blank"]
    assert [t.attrs["hidden"] for t in found.values()] == [False, True, False]
    assert found["blank"].empty


def test_a_merged_cell_is_in_every_cell_of_its_range(tmp_path):
    file = workbook(tmp_path, {"A1": "Oak", "C1": 1, "C2": 2}, merge=["A1:B3"])
    table = sheets(file)["population"]
    assert table.to_numpy().tolist() == [["Oak", "Oak", "1"], ["Oak", "Oak", "2"], ["Oak", "Oak", ""]]
    assert table.attrs["merged"] == ["A1:B3"]


def test_a_workbook_under_the_name_of_another_kind_is_read_by_its_content(tmp_path):
    file = workbook(tmp_path, {"A1": 7}).rename(tmp_path / "book.xls")
    assert sheets(file)["population"].loc[1, 0] == "7"


def test_open_document_sheets_are_read_with_spans(tmp_path):
    oak = '<table:table-cell office:value-type="string" table:number-columns-spanned="2" table:number-rows-spanned="1">'
    cells = f"{oak}<text:p>Oak</text:p></table:table-cell><table:covered-table-cell/>"
    cells += '<table:table-cell office:value-type="float" office:value="2013"><text:p>2,013</text:p></table:table-cell>'
    table = sheets(ods(tmp_path, f"<table:table-row>{cells}</table:table-row>"))["ports"]
    assert table.to_numpy().tolist() == [["Oak", "Oak", "2013"]]
    assert table.attrs["merged"] == ["A1:B1"]


def test_words_of_a_link_are_text(tmp_path):
    link = '<text:a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="http://oak.example">Oak</text:a>'
    cell = f'<table:table-cell office:value-type="string"><text:p>{link}land</text:p></table:table-cell>'
    table = sheets(ods(tmp_path, f"<table:table-row>{cell}</table:table-row>"))["ports"]
    assert table.loc[1, 0] == "Oakland"


def test_merged_cells_of_binary_workbooks_are_read(tmp_path):
    merged = biff(0xE5, struct.pack("<HHHHH", 1, 0, 1, 0, 1))
    table = sheets(xls(tmp_path, real(0, 0, 7.0), merged))["ports"]
    assert table.to_numpy().tolist() == [["7", "7"], ["7", "7"]]
    assert table.attrs["merged"] == ["A1:B2"]


def test_sheets_of_charts_are_left_out(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = 7
    book.create_chartsheet("chart")
    book.save(tmp_path / "book.xlsx")
    assert list(sheets(tmp_path / "book.xlsx")) == ["Sheet"]


def test_a_missing_sheet_is_refused(tmp_path):
    file = workbook(tmp_path, {"A1": 1})
    rewritten(file, "xl/_rels/workbook.xml.rels", b"sheet1.xml", b"sheet7.xml")
    with pytest.raises(InputError, match=r"a damaged workbook \(.*sheet7\.xml"):
        sheets(file)


def test_a_strict_workbook_is_told(tmp_path):
    file = workbook(tmp_path, {"A1": 1})
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rewritten(file, "xl/workbook.xml", main, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
    with pytest.raises(InputError, match="a Strict Open XML workbook"):
        sheets(file)


def test_dates_that_no_calendar_has_are_named(tmp_path):
    styles = b"".join(biff(0xE0, struct.pack("<HH", 0, k).ljust(20, b"\0")) for k in (0, 14))
    binary = xls(tmp_path, biff(0x203, struct.pack("<HHHd", 0, 0, 1, 5e7)), styles=styles)
    other = workbook(tmp_path, {"A1": 5e7})
    book = openpyxl.load_workbook(other)
    book.active["A1"].number_format = "yyyy-mm-dd"
    book.save(other)
    for file in (binary, other):
        with pytest.raises(InputErrors, match="cell A1: found a date out of range"):
            sheets(file)


def test_binary_workbooks_are_read(tmp_path):
    table = sheets(xls(tmp_path, real(0, 0, 2013.0), real(1, 0, 0.5)))["ports"]
    assert table[0].tolist() == ["2013", "0.5"]


# Numbers in a percent format


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        ("0%", "28.3%"),
        ("0.0%", "28.3%"),
        ("0.00%;[Red]-0.00%", "28.3%"),
        ('0"%"', "0.283"),
        ("0\\%", "0.283"),
        ("General", "0.283"),
        ("0.00E+00", "0.283"),
    ],
)
def test_a_percent_format_is_percent(tmp_path, number_format, expected):
    file = workbook(tmp_path, {"A1": 0.283, "A2": "0.4", "A3": True, "A4": None, "B1": 7})
    book = openpyxl.load_workbook(file)
    for row in range(1, 5):
        book.active.cell(row, 1).number_format = number_format
    book.save(file)
    table = sheets(file)["population"]
    assert table[0].tolist() == [expected, "0.4", "TRUE"]
    assert table.loc[1, 1] == "7"
    assert number(sheets(text_file(tmp_path, expected))[""].loc[1, 0]) == number(expected)


def test_a_percent_format_of_a_merged_cell_holds_for_all_of_it(tmp_path):
    file = workbook(tmp_path, {"A1": 0.07}, merge=["A1:B1"])
    book = openpyxl.load_workbook(file)
    book.active["A1"].number_format = "0%"
    book.save(file)
    assert sheets(file)["population"].loc[1].tolist() == ["7%", "7%"]


def test_percentages_of_open_document_sheets_are_percent(tmp_path):
    cell = '<table:table-cell office:value-type="percentage" office:value="0.283" table:number-columns-repeated="2"/>'
    other = '<table:table-cell office:value-type="float" office:value="0.283"/>'
    table = sheets(ods(tmp_path, f"<table:table-row>{cell}{other}</table:table-row>"))["ports"]
    assert table.loc[1].tolist() == ["28.3%", "28.3%", "0.283"]


@pytest.mark.parametrize("own", [False, True])
def test_percent_formats_of_binary_workbooks_are_percent(tmp_path, own):
    custom = biff(0x41E, struct.pack("<HHB", 170, 4, 0) + b"0.0%") if own else b""
    styles = custom + b"".join(biff(0xE0, struct.pack("<HH", 0, k).ljust(20, b"\0")) for k in (0, 170 if own else 10))
    number_ = biff(0x203, struct.pack("<HHHd", 0, 0, 1, 0.283))
    short = biff(0x27E, struct.pack("<HHHI", 0, 1, 1, (40 << 2) | 3))
    several = biff(0xBD, struct.pack("<HHHIHIH", 0, 2, 0, (40 << 2) | 3, 1, (50 << 2) | 3, 3))
    table = sheets(xls(tmp_path, number_, short, several, styles=styles))["ports"]
    assert table.loc[1].tolist() == ["28.3%", "40%", "0.4", "50%"]


# Error cells


def test_error_cells_and_formulas_without_a_value_are_named(tmp_path):
    file = workbook(tmp_path, {"A1": 1, "C5": "=A1*2", "B2": "#DIV/0!", "D2": "#N/A", "A3": "#REF!"})
    with pytest.raises(InputErrors) as error:
        sheets(file)
    places = [f.args[:2] for f in error.value.faults]
    where = f"{displayed(file)}, sheet population, cell "
    assert places == [
        (where + "B2", "the error #DIV/0!"),
        (where + "D2", "the error #N/A"),
        (where + "A3", "the error #REF!"),
        (where + "C5", "a formula that was never computed"),
    ]


def test_error_cells_may_be_allowed_and_are_empty(tmp_path):
    file = workbook(tmp_path, {"A1": 1, "B1": "#N/A", "B2": 3})
    table = sheets(file, allow=True)["population"]
    assert table.loc[1, 1] == ""
    assert table.attrs["faulty"] == {(1, 1): "the error #N/A"}


def test_a_formula_with_its_value_is_a_value(tmp_path):
    file = workbook(tmp_path, {"A1": "=1+2"})
    empty = b"<v></v>" if openpyxl.LXML else b"<v />"  # as openpyxl writes it with and without lxml
    rewritten(file, "xl/worksheets/sheet1.xml", empty, b"<v>3</v>")
    assert sheets(file)["population"].loc[1, 0] == "3"


@pytest.mark.parametrize(
    "cell",
    [
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell>",
        '<table:table-cell office:value-type="string"><text:p>Err:502</text:p></table:table-cell>',
        '<table:table-cell table:formula="of:=1+1"/>',
    ],
)
def test_error_cells_of_open_document_sheets_are_named(tmp_path, cell):
    first = '<table:table-cell table:number-columns-repeated="2"/>'
    file = ods(
        tmp_path, f'<table:table-row table:number-rows-repeated="4"/><table:table-row>{first}{cell}</table:table-row>'
    )
    with pytest.raises(InputErrors, match=r"book\.ods, sheet ports, cell C5: found (the error|a formula)"):
        sheets(file)


def test_error_cells_of_binary_workbooks_are_named(tmp_path):
    plain_error = biff(0x205, struct.pack("<HHHBB", 4, 2, 0, 42, 1))
    formula = biff(0x6, struct.pack("<HHH", 1, 1, 0) + b"\x02\0\x07\0\0\0\xff\xff" + b"\0" * 6 + b"\x03\0\x1e\x01\0")
    with pytest.raises(InputErrors) as error:
        sheets(xls(tmp_path, real(0, 0, 1.0), formula, plain_error))
    assert_names(str(error.value), "sheet ports, cell B2: found the error #DIV/0!", "cell C5: found the error #N/A")


# What is refused


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.csv", b"", ["a.csv", "an empty file"]),
        ("a.xlsx", b"", ["a.xlsx", "an empty file"]),
        ("a.csv", b" \n\n", ["nothing but blanks"]),
        ("a.csv", b",,\n,,\n", ["no cell with anything in it"]),
        ("a.pdf", b"%PDF", ["a file of kind '.pdf'", "csv, tsv, txt, xls, xlsx, xlsm, ods"]),
        ("a", b"x", ["a file of kind ''"]),
        ("a.csv", b"a,b\0\n", ["NUL bytes", "save it again as CSV"]),
        ("a.csv", b"\xff\xff\xff", ["no gb18030", "UTF-8, UTF-16 or GB18030"]),
        ("a.csv", b"\xff\xfea", ["no utf-16"]),
        ("a.csv", b"\xef\xbb\xbf\xff\xfe\xfd", ["no utf-8-sig"]),
        ("a.csv", b'region,2013\n"Oak,1\nElm,2\n', ["line 3", "unexpected end of data", "close quotation marks"]),
        ("a.csv", b"Oak," + b"x" * 40_000, ["cell B1", "a cell of 40000 characters", "at most 32767"]),
        ("a.csv", b"Oak," + b"x" * 200_000, ["line 1", "field larger"]),
        ("a.csv", b",".join([b"1"] * 3000) + b"\n1" * 3000, ["cells", "at most 2000000 cells"]),
        ("a.xls", b"<html><table></table></html>", ["a web page under a workbook's name"]),
        ("a.xls", "地区\t2013".encode("gbk"), ["a text file under a workbook's name"]),
        ("a.xls", workbooks.OLE + b"\0" * 700, ["a damaged workbook"]),
        ("a.xls", workbooks.OLE + b"\xff" * 700, ["a damaged workbook"]),
        ("a.xlsx", b"PK\x03\x04 cut off", ["a damaged workbook", "save or download it again"]),
        ("a.xlsx", workbooks.OLE + "EncryptedPackage".encode("utf-16-le"), ["an encrypted workbook", "its password"]),
    ],
)
def test_broken_files_are_refused_with_a_reason(tmp_path, name, content, parts):
    file = text_file(tmp_path, content, name)
    with pytest.raises(InputError) as error:
        sheets(file)
    assert_names(str(error.value), *parts)


@pytest.mark.parametrize("limit", [10, sys.maxsize])
def test_what_a_library_did_to_the_reader_of_python_changes_no_answer(tmp_path, limit):
    before = csv.field_size_limit(limit)
    try:
        with pytest.raises(InputError, match=r"line 1.*field larger"):
            sheets(text_file(tmp_path, b"Oak," + b"x" * 200_000, "a.csv"))
        with pytest.raises(InputError, match="field larger"):
            read_text(text_file(tmp_path, b"region,value\nOak," + b"x" * 200_000, "panel.csv"))
        with pytest.raises(InputError, match=r"neighbours, line 2.*field larger"):
            check_text(b"region,neighbour\nOak," + b"x" * 200_000, ".csv", "neighbours")
        csv.field_size_limit(limit)
        assert sheets(text_file(tmp_path, b"Oak," + b"x" * 30_000, "a.csv"))[""].iloc[0, 1] == "x" * 30_000
    finally:
        csv.field_size_limit(before)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.csv: found no such file"):
        sheets(tmp_path / "gone.csv")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_refused(tmp_path, share):
    file = workbook(tmp_path, {"A1": 1})
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match="a damaged workbook"):
        sheets(file)


@pytest.fixture(scope="module")
def workbook_bytes(tmp_path_factory):
    # written once: a workbook carries its time of writing, and its length with it
    return workbook(tmp_path_factory.mktemp("workbook"), {"A1": 1, "B2": "x"}).read_bytes()


@given(st.data())
def test_a_workbook_with_a_changed_byte_is_read_or_refused(tmp_path_factory, workbook_bytes, data):
    folder = tmp_path_factory.mktemp("bytes")
    content = bytearray(workbook_bytes)
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        sheets(text_file(folder, bytes(content), "changed.xlsx"))


@given(st.binary(max_size=200), st.sampled_from([".csv", ".xls", ".xlsx", ".ods", ".txt"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, suffix):
    file = text_file(tmp_path_factory.mktemp("bytes"), content, f"any{suffix}")
    with contextlib.suppress(InputError):
        assert all(isinstance(v, str) for t in sheets(file).values() for v in t.to_numpy().ravel())


def test_a_file_too_big_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(costs, "largest_file", lambda: 50_000_000)
    file = tmp_path / "big.csv"
    with file.open("wb") as stream:
        stream.truncate(50_000_001)
    with pytest.raises(InputError, match=r"big\.csv: found 50 MB; expected at most 50 MB"):
        sheets(file)


def test_a_member_that_unzips_to_much_more_is_refused(tmp_path):
    file = workbook(tmp_path, {"A1": 1})
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * 3_000_000)
    with pytest.raises(InputError, match=r"sharedStrings.xml that unzips to \d+ times its size"):
        sheets(file)


def test_a_workbook_that_unzips_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "LARGEST_UNZIPPED", 1000)
    with pytest.raises(InputError, match="MB when unzipped"):
        sheets(workbook(tmp_path, {"A1": 1}))


def test_a_stray_cell_far_away_is_refused_before_memory_is_taken(tmp_path):
    with pytest.raises(InputError, match="1048576 rows of 16384 cells"):
        sheets(workbook(tmp_path, {"A1": 1, "XFD1048576": 2}))


def test_a_row_repeated_without_end_is_refused(tmp_path):
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    rows = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    with pytest.raises(InputError, match="1000000 rows of 16384 cells"):
        sheets(ods(tmp_path, rows))


def test_whole_columns_merged_are_refused(tmp_path):
    file = workbook(tmp_path, {"A1": 1}, merge=["A1:C2"])
    rewritten(file, "xl/worksheets/sheet1.xml", b"A1:C2", b"A1:C1048576")
    with pytest.raises(InputError, match="1048576 rows of 3 cells"):
        sheets(file)


def test_entities_are_not_expanded(tmp_path):
    file = workbook(tmp_path, {"A1": "&"})
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + k, b"&%c;" % (97 + k) * 10) for k in range(10)
    )
    rewritten(file, "xl/worksheets/sheet1.xml", b"<worksheet", bomb + b"]><worksheet")
    rewritten(file, "xl/worksheets/sheet1.xml", b"&amp;", b"&k;")
    with pytest.raises(InputError, match="a damaged workbook"):
        sheets(file)


def test_an_encrypted_member_is_told(tmp_path):
    file = workbook(tmp_path, {"A1": 1})
    content = bytearray(file.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    content[central + 8] |= 1
    file.write_bytes(bytes(content))
    with pytest.raises(InputError, match="an encrypted workbook"):
        sheets(file)


def test_an_encrypted_open_document_sheet_is_told(tmp_path):
    file = ods(tmp_path, "<table:table-row/>")
    rewritten(file, "META-INF/manifest.xml", b"/>", b"><manifest:encryption-data/></manifest:manifest>")
    with pytest.raises(InputError, match="an encrypted workbook"):
        sheets(file)


def test_an_ods_with_too_many_cells_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_CELLS", 10)
    monkeypatch.setattr(workbooks, "Document", lambda *_: pytest.fail("cells were read"))
    row = '<table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
    with pytest.raises(InputError, match=r"book\.ods: found 11 cells; expected at most"):
        sheets(ods(tmp_path, row * 11))
