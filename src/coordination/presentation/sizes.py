"""Which form figures and tables take: the one rule of size.

Up to `NAMED` regions a figure has its full form, every region with its name. Beyond that it keeps this form while all
names fit on the page (`fits`), in columns. Of more regions, rows are folded to those at both ends (`ends`), panels to
the regions or groups at both ends, and matrices become strips that are ordered within groups (`in_strips`). Marks get
smaller (`mark`); beyond `CROWD` regions they are drawn as pixels, or no longer. Tables for readers fold likewise
(`LISTED`); their files keep every row.
"""

from __future__ import annotations

import numpy as np

NAMED = 40  # regions of a figure in its full form
CROWD = 600  # regions of which single ones cannot be told apart
ENDS = 25  # rows of either end that a folded figure shows
LISTED, SHOWN = 150, 20  # rows of a table that is shown whole, and of either end of a longer one
TOLD = 12  # regions that a sentence lists
MATTER = 5  # regions of either end that stand for all
PANELS = 30  # groups that have a panel or a bar of their own


def fits(count, row, room, columns):
    """Whether rows fit on a page.

    Parameters
    ----------
    count : int
    row, room : float
        Height in inches of a row, and what the page leaves for them.
    columns : int
        In which they may stand.

    Returns
    -------
    bool
    """
    return count <= NAMED or -(-count // columns) * row <= room


def ends(values, count):
    """Return the positions of the largest and the smallest values.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Those that are missing are never among them.
    count : int
        Of either end.

    Returns
    -------
    high, low : numpy.ndarray of int
        Both from the largest on; all of them as high, and none as low, if there are no more than twice the count.

    Examples
    --------
    >>> [part.tolist() for part in ends([3, 1, 5, 2, 4], 2)]
    [[2, 4], [3, 1]]
    """
    values = np.asarray(values, float)
    order = np.argsort(-values, kind="stable")
    order = order[np.isfinite(values[order])]
    return (order[:count], order[-count:]) if len(order) > 2 * count else (order, order[:0])


def matter(table, regions):
    """Return the regions that stand for all where there is no room for every one.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and coordination_degree.
    regions : pandas.Index

    Returns
    -------
    pandas.Index
        Those with the highest and the lowest D of the last year, `MATTER` of either, from the highest on.
    """
    last = table[table["year"] == table["year"].iloc[-1]].set_index("region")["coordination_degree"]
    return regions[np.concatenate(ends(last.reindex(regions), MATTER))]


def in_strips(values, groups):
    """Return the order of regions in strips: by group in their order, then from the highest value on.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
        Such as means over the years.
    groups : array_like of str, shape (n,)

    Returns
    -------
    numpy.ndarray of int, shape (n,)
    """
    groups = np.asarray(groups)
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return np.lexsort((-values.fillna(-np.inf).to_numpy(float), first[group]))


def mark(size, count):
    """Return the size of a mark: smaller, where there are many, by the area that each has.

    Parameters
    ----------
    size : float
        Of few, in points or square points.
    count : int

    Returns
    -------
    float
    """
    return size * min(1.0, (100 / count)) ** 0.7
