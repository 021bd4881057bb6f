"""Cells of a table as strings: where they stand, and numbers and years as people write them."""

from __future__ import annotations

import math
import re
import unicodedata
from pathlib import Path

import yaml

from coordination.errors import InputError, told

MOST_CELLS = 2_000_000

RECOGNISED = yaml.safe_load(Path(__file__).with_name("recognised.yml").read_text(encoding="utf-8"))
GAPS = frozenset(RECOGNISED["gaps"])  # casefolded
BLANKS = RECOGNISED["blanks"]
CALENDAR = RECOGNISED["calendar"]

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}([, ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")
_COMMA = re.compile(r"[+-]?([0-9]+|[1-9][0-9]{0,2}([. ])[0-9]{3}(\2[0-9]{3})*)(,[0-9]+)?")
_YEAR = re.compile(
    rf"([0-9]+)(\.0+)?\s*(?:{CALENDAR['year']}[{CALENDAR['year_end']}]?)?(\s*\[YR\1\])?"  # also the end of a year
)
_YEARS_END = re.compile(r"([0-9]{4})([-/.])(0?1\2 ?0?1|12\2 ?31)( 00:00(:00)?)?")
_QUARTER = re.compile(
    r"(\d{{4}})\s*(?:{year}|-|_|/)?\s*"
    r"(?:Q\s*([1-4])|{ordinal}?\s*([1-4{numerals}])\s*{quarter}{quarter_end}?)".format(**CALENDAR)
)
_CELL = re.compile(r"\$?([A-Z]{1,5})\$?([1-9][0-9]{0,6})")

TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # the direction of writing

FORMULA = ("=", "+", "@")  # by which a spreadsheet takes a text for one


def misleading(text):
    r"""Say what is wrong with a text that would show or do something else than it says.

    Parameters
    ----------
    text : str

    Returns
    -------
    str or None
        What was found: a sign that is not seen or turns the direction of others, or a first one by which spreadsheets
        take the text for a formula.

    Examples
    --------
    >>> misleading("North\u202eeast"), misleading("=1+1"), misleading("a - b = c")
    ('the sign U+202E, which is not seen', "'=1+1'", None)
    """
    for sign in text:
        if sign in TURNING or (unicodedata.category(sign) == "Cc" and sign != "\n"):
            return told("the sign {sign}, which is not seen", sign=f"U+{ord(sign):04X}")
    return f"'{text}'" if text.startswith(FORMULA) else None


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


def _bare(text):
    """Return a number without what stands around it: wide characters, blanks, a percent sign."""
    narrow = _narrow(text).translate(_SAME_BLANK).strip().replace("\u2212", "-")
    return narrow[:-1].rstrip() if narrow.endswith("%") else narrow


def decimal_mark(texts, separator=None):
    """Find out how the numbers of a file are written, from all of them.

    Parameters
    ----------
    texts : iterable of str
        Those that are no numbers in either way count for nothing.
    separator : str, optional
        Of the file's columns.

    Returns
    -------
    str
        "." or ","; empty where all could be read in both ways and some bear a comma, as 62,620, or a point in a file
        with semicolons, as 1.013, which are written where the comma stands before decimals.

    Examples
    --------
    >>> [decimal_mark(t) for t in (["1.5", "7"], ["62,620", "0,5"], ["62,620", "1,234,567"], ["62,620", "59,998"])]
    ['.', ',', '.', '']
    """
    bare = [_bare(text) for text in texts]
    ways = [(bool(_PLAIN.fullmatch(t) or _GROUPED.fullmatch(t)), bool(_COMMA.fullmatch(t))) for t in bare]
    ways = [way for way in ways if any(way)]
    point, comma = (all(way[k] for way in ways) for k in (0, 1))
    signed = any("," in t or (separator == ";" and "." in t) for t in bare)
    if not signed or (point and not comma):
        return "."
    return "" if point else "," if comma else "."


def number(text, mark="."):
    r"""Read a number as people write it.

    Parameters
    ----------
    text : str
    mark : {'.', ','}
        What stands before decimals.

    Returns
    -------
    value : float
        NaN for a gap.
    note : str
        What was cleaned: "gap", "full-width characters", "thousands separators", "decimal commas", "percent sign" (the
        figure stays in percent), joined by "; "; empty if nothing was.

    Raises
    ------
    ValueError
        If it is not a finite number without doubt: a decimal comma, a footnote mark, a unit.

    Examples
    --------
    >>> number("\uff11\uff0c\uff12\uff13\uff14.\uff15"), number(" 12.3% "), number("7")
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
    if mark == ",":
        if not _COMMA.fullmatch(narrow):
            raise ValueError(f"'{text}' is no number")
        notes += ["decimal commas"] if "," in narrow else []
        narrow = re.sub("[. ]", "", narrow).replace(",", ".")
    grouped = _GROUPED.fullmatch(narrow)
    if grouped:
        notes.append("thousands separators")
        narrow = narrow.replace(grouped[1], "")
    if not _PLAIN.fullmatch(narrow) or not math.isfinite(float(narrow)):
        raise ValueError(f"'{text}' is no number")
    return float(narrow), "; ".join([*notes, *(["percent sign"] if percent else [])])


def year(text):
    r"""Read a year.

    Parameters
    ----------
    text : str

    Returns
    -------
    int or str
        A number where there are only digits, with or without the Chinese character for year, as the World Bank writes
        it (2019 [YR2019]), or for the first or last day of a year; a quarter as 2020Q1, however it is written; else the
        text without surrounding blanks.

    Examples
    --------
    >>> year("2020\u5e74\u7b2c\u4e00\u5b63\u5ea6"), year("2020-Q1"), year("2020\u5e744\u5b63\u5ea6")
    ('2020Q1', '2020Q1', '2020Q4')
    >>> year("2013\u5e74"), year("\uff12\uff10\uff11\uff13"), year("2013.0"), year(" 2020Q1 ")
    (2013, 2013, 2013, '2020Q1')
    >>> year("2019 [YR2019]"), year("2019-12-31"), year("2019/1/1"), year("2019-06-30")
    (2019, 2019, 2019, '2019-06-30')
    """
    narrow = _narrow(text).translate(_SAME_BLANK).strip()
    quarter = _QUARTER.fullmatch(narrow)
    if quarter:
        which = quarter[2] or quarter[3]
        return f"{quarter[1]}Q{CALENDAR['numerals'].find(which) + 1 or which}"
    match = _YEARS_END.fullmatch(narrow) or _YEAR.fullmatch(narrow)
    return int(match[1]) if match and len(match[1]) < 10 else narrow


def bare_year(text):
    """Return a year without the Chinese character for year or for its end."""
    return _narrow(text).strip().rstrip(CALENDAR["year"] + CALENDAR["year_end"])


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


def too_many(where, found):
    """Return what is raised if a table is too large.

    Parameters
    ----------
    where : str
        Which table, as `place` says it.
    found : str
        How large it is.

    Returns
    -------
    InputError
    """
    return InputError(
        where,
        found,
        told("at most {count} cells", count=MOST_CELLS),
        "delete stray cells far from the table, or split it",
    )


def frame(rows, where, **attrs):
    """Return rows of unequal length as one table.

    Parameters
    ----------
    rows : list of list of str
    where : str
        Which table, as `place` says it.
    **attrs
        As `files.sheets` gives them.

    Returns
    -------
    pandas.DataFrame of str
        Columns numbered from 0, rows from 1.

    Raises
    ------
    InputError
        If it has too many cells.
    """
    import pandas as pd

    width = max(map(len, rows), default=0)
    if width * len(rows) > MOST_CELLS:
        raise too_many(where, told("{rows} rows of up to {width} cells", rows=len(rows), width=width))
    table = pd.DataFrame([row + [""] * (width - len(row)) for row in rows], columns=range(width), dtype=object)
    table.index = pd.RangeIndex(1, len(rows) + 1)
    table.attrs = {"merged": [], "hidden": False, "faulty": {}, **attrs}
    return table
