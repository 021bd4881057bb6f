"""Cells and columns of tables as a reader sees them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.presentation import sizes
from coordination.presentation.reader import number, p_value


def four_digits(value):
    """Write a number of any size with four digits, or whole where it has more before the point.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    if pd.isna(value):
        return number(value)
    return (f"{value:#.4g}".rstrip(".") if value and abs(value) < 9999.5 else f"{value:,.0f}").replace("-", "−")


def ranked(laid_out, values):
    """Note by which values a table of many rows is shortened (see `shortened`).

    Parameters
    ----------
    laid_out : pandas.DataFrame, shape (n, k)
    values : array_like of float, shape (n,)

    Returns
    -------
    pandas.DataFrame
    """
    if len(laid_out) > sizes.LISTED:
        laid_out.attrs["ends"] = [part.tolist() for part in sizes.ends(values, sizes.SHOWN)]
    return laid_out


def shortened(laid_out, reader):
    """Return what of a table is shown to readers; its file keeps every row.

    Parameters
    ----------
    laid_out : pandas.DataFrame
        With the values that rank it (see `ranked`), or in an order of its own.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
        The same up to `sizes.LISTED` rows; of more those of both ends, and how many lie between them.
    """
    n = len(laid_out)
    if n <= sizes.LISTED:
        return laid_out
    high, low = laid_out.attrs.get("ends") or sizes.ends(-np.arange(n), sizes.SHOWN)
    gap = [reader.word("rows_between").format(reader.grouped(n - len(high) - len(low)))]
    gap += ["…"] * (laid_out.shape[1] - 1)
    rows = [*laid_out.iloc[high].to_numpy().tolist(), gap, *laid_out.iloc[low].to_numpy().tolist()]
    return pd.DataFrame(rows, columns=laid_out.columns)


def headed(rows, keys, reader):
    """Return rows of cells under the words of their columns.

    Parameters
    ----------
    rows : sequence of sequence of str
    keys : sequence of str
        Of the words.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    return pd.DataFrame(rows, columns=[reader.timed_word(k) for k in keys])


def sourced(laid_out, table, reader):
    """Leave out the source where there is no other: nothing was published.

    Parameters
    ----------
    laid_out : pandas.DataFrame
    table : pandas.DataFrame
        With a column source.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    return laid_out.drop(columns=reader.word("source")) if set(table["source"]) == {"data"} else laid_out


def laid_out(table, reader, columns):
    """Lay out a tidy table by columns.

    Parameters
    ----------
    table : pandas.DataFrame
    reader : Reader
    columns : sequence of (str, callable)
        Key of the head's word, and `cell(reader, row)`, which returns what stands in a row (see `numeric` and others).

    Returns
    -------
    pandas.DataFrame of str
    """
    rows = table.to_dict("records")
    cells = [[cell(reader, row) for _, cell in columns] for row in rows]
    return headed(cells, [head for head, _ in columns], reader)


def numeric(column, decimals=3, times=1):
    """Cells with a number, such as a share times 100."""
    return lambda reader, row: number(times * row[column], decimals)


def p(column):
    """Cells with a p value."""
    return lambda reader, row: p_value(row[column])


def plain(column):
    """Cells as the table has them."""
    return lambda reader, row: str(row[column])


def named(kind, column=None):
    """Cells as a method of the reader writes them, such as the name of a region."""
    return lambda reader, row: getattr(reader, kind)(row[column or kind])


def worded(column, key="{}"):
    """Cells with the word of a key, of which the cell may be a part; yes or no for a truth."""

    def cell(reader, row):
        value = row[column]
        return reader.timed_word(key.format(value if isinstance(value, str) else "yes" if value else "no"))

    return cell
