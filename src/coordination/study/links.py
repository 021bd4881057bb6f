"""Files that say which regions are linked, and how much: pairs, matrices, and the forms of GeoDa."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from coordination.errors import InputError, told
from coordination.study import names
from coordination.study.files import READ_ME, TEXTS, check_heads, check_size, check_text, decoded, displayed, sheets
from coordination.study.tabular import RECOGNISED

HEADS = {word: head for head, words in RECOGNISED["links"].items() for word in words}
FEWER = "give only the neighbours of the study's regions"


def read(file, regions):
    """Read the cells of a file of links.

    Parameters
    ----------
    file : Path
        A table as `files.sheets` reads it, Stata's dta, or GeoDa's gal or gwt.
    regions : pandas.DataFrame
        As for `names.spellings`.

    Returns
    -------
    pandas.DataFrame of str
        Pairs: columns region, neighbour and, where there is one, weight or distance. Otherwise a matrix: the first
        column and the heads name regions; where one side alone names them, the other is in the same order. Its index
        + 2 is the row in the file. `attrs["directed"]`: whether the form says that pairs hold in one direction.

    Raises
    ------
    InputError
        If it is unreadable, has several tables, or names no regions.
    """
    file, name = Path(file), displayed(Path(file))
    if file.suffix.lower() in GEODA:
        check_size(file, FEWER)
        lines = [(k, line.split()) for k, line in enumerate(decoded(file.read_bytes(), name)[0].splitlines(), 1)]
        lines = [(k, parts) for k, parts in lines if parts]
        if not lines:
            raise _incomplete(name, "an incomplete list")
        table = GEODA[file.suffix.lower()](lines, name)
        table.attrs["directed"] = True
        return table
    grid = _only_sheet(file, name)
    grid = grid.map(str.strip)
    grid = grid.loc[(grid != "").any(axis=1), (grid != "").any(axis=0) | (grid.columns == 0)]
    where = told("{file}, row {row}", file=name, row=grid.index[0])
    head = list(grid.iloc[0])
    known = [HEADS.get(h.casefold(), h) for h in head]
    if known[:2] != ["region", "neighbour"]:
        known, grid = _both_sides(grid, names.spellings(regions), name)
    check_heads(known, where)
    table = grid.iloc[1:].set_axis(known, axis=1)
    table.index = table.index - 2
    return table


def _only_sheet(file, name):
    if file.suffix.lower() in TEXTS and file.is_file():
        check_size(file, FEWER)
        check_text(file.read_bytes(), file.suffix.lower(), name)
    filled = {k: t for k, t in sheets(file).items() if (t != "").to_numpy().any() and k.casefold() != READ_ME}
    if len(filled) > 1:
        found = told("tables on the sheets {sheets}", sheets=", ".join(filled))
        raise InputError(name, found, "one table", "keep the one that is meant")
    return next(iter(filled.values()))


def _both_sides(grid, known, name):
    """Return the heads and the cells of a matrix that names its regions on both sides."""

    def of_names(cells):
        filled = [c for c in cells if c]
        return bool(filled) and (not all(map(_numeric, filled)) or all(names.normal(c) in known for c in filled))

    top, left = list(grid.iloc[0]), list(grid.iloc[1:, 0])
    rows, columns = grid.shape
    on_left, on_top = of_names(left), of_names(top[1:])
    if on_top and not on_left and rows == columns + 1 and all(map(_numeric, left)):
        if any(names.normal(c) in known for c in top):
            body = grid.set_axis(range(1, columns + 1), axis=1)
            body.insert(0, 0, ["", *top])
            return ["", *top], body
        on_top = False
    if rows == columns and [any(names.normal(c) in known for c in side) for side in (left, top[1:])] == [True, False]:
        return ["", *left], grid  # heads that are variables' names, such as V1, V2
    if on_left and not on_top and columns == rows + 1 and of_names(grid.iloc[:, 0]):
        every = list(grid.iloc[:, 0])
        body = pd.concat([pd.DataFrame([["", *every]], columns=grid.columns, index=[0]), grid])
        return ["", *every], body
    if not on_top and not on_left:
        expected = "the regions' names in the first row or the first column"
        remedy = "write them in the order of the matrix"
        raise InputError(name, "no names of regions; the order is not known", expected, remedy)
    return top, grid


def _numeric(text):
    try:
        float(text or 0)
    except ValueError:
        return False
    return True


def _incomplete(where, found):
    remedy = "write it anew, or give a csv with the columns region, neighbour"
    return InputError(where, found, "neighbours in GAL or GWT form", remedy)


def _gal(lines, name):
    """Return the pairs of a GAL file: a line "region count", then a line of that many neighbours."""
    pairs, rows, regions, k = [], [], 0, 1
    while k < len(lines):
        line, (region, *rest) = lines[k]
        where = told("{file}, line {line}", file=name, line=line)
        if len(rest) != 1 or not rest[0].isdigit():
            found = told("'{text}'", text=" ".join(lines[k][1]))
            raise _incomplete(where, found)
        count = int(rest[0])
        if count and k + 1 == len(lines):
            raise _incomplete(where, "an incomplete list")
        near, listed = lines[k + 1] if count else (line, [])
        if len(listed) != count:
            found = told(
                "a list of {listed} neighbours of {region} that should be of {count}",
                listed=len(listed),
                region=region,
                count=count,
            )
            raise _incomplete(told("{file}, line {line}", file=name, line=near), found)
        pairs += [(region, b) for b in listed]
        rows += [near - 2] * count
        regions, k = regions + 1, k + (2 if count else 1)
    said = lines[0][1][1 if len(lines[0][1]) > 1 else 0]
    if said != str(regions):
        found = told("{count} regions where its first line says {said}", count=regions, said=said)
        raise _incomplete(name, found)
    return pd.DataFrame(pairs, columns=["region", "neighbour"], index=rows, dtype=object)


def _gwt(lines, name):
    """Return the pairs of a GWT file: a first line of its own, then lines "region neighbour value"."""
    for line, parts in lines[1:]:
        if len(parts) != 3:
            where, found = told("{file}, line {line}", file=name, line=line), told("'{text}'", text=" ".join(parts))
            raise _incomplete(where, found)
    pairs, rows = [parts for _, parts in lines[1:]], [line - 2 for line, _ in lines[1:]]
    return pd.DataFrame(pairs, columns=["region", "neighbour", "weight"], index=rows, dtype=object)


GEODA = {".gal": _gal, ".gwt": _gwt}
