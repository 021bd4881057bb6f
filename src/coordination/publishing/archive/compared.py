"""Where two versions of a file first differ, in the words of its kind: key, cell, row and column, line, byte."""

from __future__ import annotations

import csv
import io
import json
import zipfile

SHOWN = 60  # characters of what stands there
LARGEST = 300_000_000  # bytes of what a workbook or document unpacks to


def first(name, ours, theirs):
    r"""Say where two versions of a file first differ.

    Parameters
    ----------
    name : str
        By whose ending they are read.
    ours, theirs : bytes
        That of the archive, and the one that was made again.

    Returns
    -------
    str
        Empty if they are the same.

    Examples
    --------
    >>> first("a.csv", b"region,score\nOak,0.25\n", b"region,score\nOak,0.5\n")
    "line 2, score: archive '0.25', rebuilt '0.5'"
    >>> first("a.json", b'{"x": {"y": [1, 2]}}', b'{"x": {"y": [1, 3]}}')
    'x.y.1: archive 2, rebuilt 3'
    >>> first("a.bin", b"\x00\x01\x02", b"\x00\x03\x02")
    'byte 2: archive 0x01, rebuilt 0x03'
    """
    if ours == theirs:
        return ""
    reader = {"csv": _rows, "json": _keys, "ipynb": _cells, "xlsx": _members, "docx": _members, "zip": _members}
    try:
        found = reader.get(name.rpartition(".")[2], _lines)(ours, theirs)
        return found or _lines(ours, theirs) or _bytes(ours, theirs)
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error, zipfile.BadZipFile, RecursionError):
        return _bytes(ours, theirs)


def _told(place, ours, theirs):
    return f"{place}: archive {_brief(ours)}, rebuilt {_brief(theirs)}"


def _brief(value):
    text = repr(value) if not isinstance(value, _Absent) else "nothing"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


class _Absent:
    """What only one version has."""


NOTHING = _Absent()


def _pairs(ours, theirs):
    """Yield what differs at the same place of two sequences, with the place."""
    for k in range(max(len(ours), len(theirs))):
        one = ours[k] if k < len(ours) else NOTHING
        other = theirs[k] if k < len(theirs) else NOTHING
        if one is NOTHING or other is NOTHING or one != other:
            yield k, one, other


def _bytes(ours, theirs):
    if len(ours) == len(theirs) or ours[: min(len(ours), len(theirs))] != theirs[: min(len(ours), len(theirs))]:
        k = next(k for k, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
        return f"byte {k + 1}: archive 0x{ours[k]:02x}, rebuilt 0x{theirs[k]:02x}"
    return f"byte {min(len(ours), len(theirs)) + 1}: archive ends at {len(ours)}, rebuilt at {len(theirs)} bytes"


def _lines(ours, theirs):
    if b"\0" in ours or b"\0" in theirs:
        return _bytes(ours, theirs)
    for k, one, other in _pairs(*(content.decode("utf-8").splitlines() for content in (ours, theirs))):
        at = 0
        if isinstance(one, str) and isinstance(other, str):
            at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
            one, other = (line[max(0, at - SHOWN // 3) :] for line in (one, other))
        return _told(f"line {k + 1}" + (f", character {at + 1}" if at else ""), one, other)
    return ""


def _rows(ours, theirs):
    one, other = (list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) for content in (ours, theirs))
    for k, row, again in _pairs(one, other):
        if row is NOTHING or again is NOTHING:
            return _told(f"line {k + 1}", *(row if row is NOTHING else ",".join(row) for row in (row, again)))
        for column, cell, made in _pairs(row, again):
            head = one[0][column] if k and column < len(one[0]) else f"column {column + 1}"
            return _told(f"line {k + 1}, {head}", cell, made)
    return ""


def _keys(ours, theirs):
    return _inside(json.loads(ours), json.loads(theirs), ())


def _inside(ours, theirs, place):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in [*ours, *(k for k in theirs if k not in ours)]:
            if found := _inside(ours.get(key, NOTHING), theirs.get(key, NOTHING), (*place, key)):
                return found
        return ""
    if isinstance(ours, list) and isinstance(theirs, list):
        for k, one, other in _pairs(ours, theirs):
            if found := _inside(one, other, (*place, str(k))):
                return found
        return ""
    return "" if ours == theirs else _told(".".join(place) or "the whole", ours, theirs)


def _cells(ours, theirs):
    one, other = json.loads(ours), json.loads(theirs)
    for k, cell, made in _pairs(one["cells"], other["cells"]):
        if cell is NOTHING or made is NOTHING:
            return f"cell {k + 1}: only in the {'archive' if made is NOTHING else 'rebuilt'}"
        for part in ("source", "outputs", "metadata"):
            if found := _inside(cell.get(part), made.get(part), (part,)):
                return f"cell {k + 1}, {found}"
    return _inside(one, other, ())


def _members(ours, theirs):
    with zipfile.ZipFile(io.BytesIO(ours)) as one, zipfile.ZipFile(io.BytesIO(theirs)) as other:
        if any(sum(m.file_size for m in zipped.infolist()) > LARGEST for zipped in (one, other)):
            return ""
        names = one.namelist(), other.namelist()
        for name in [*names[0], *(n for n in names[1] if n not in names[0])]:
            if name not in names[0] or name not in names[1]:
                return f"{name}: only in the {'archive' if name in names[0] else 'rebuilt'}"
            if found := first(name, one.read(name), other.read(name)):
                return f"{name}, {found}"
    return ""
