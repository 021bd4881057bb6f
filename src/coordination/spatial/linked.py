"""Spatial weights that a study brings along: their regions, and whether their numbers are weights or distances."""

from __future__ import annotations

import difflib

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from coordination.errors import InputError, InputErrors, told
from coordination.spatial.neighbours import distances, inverse
from coordination.study import names

LARGEST = 1e100  # weight, so that sums of weights stay finite

HUNDRED = 100.0  # from here on numbers off the diagonal are more often kilometres than weights

RISING = 0.5, 0.01  # rank correlation with the distance, and its p, from which on numbers could be distances


def given(table, regions, name, setting):
    """Spatial weights that a study brings along.

    Parameters
    ----------
    table : pandas.DataFrame of str
        As `links.read` returns it.
    regions : pandas.DataFrame
        Index region, in the order of the result; names in other languages and aliases are known too.
    name : str
        What to call the table in messages.
    setting : SpatialWeights
        What the numbers are (`values`, `power`), and whether a pair, or half a matrix, stands for one direction alone
        (`directed`).

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        Index and columns in the order of `regions`; regions that the table does not name have no neighbour. Other
        provinces, and whatever else a matrix of all the study's regions names, are passed over.

    Raises
    ------
    InputErrors
        If a name is unknown or stands twice, a number is not finite or negative, a region is its own neighbour, the
        columns are neither a matrix nor pairs, half a matrix is empty and `directed` is not said, or numbers could be
        distances and `values` is not said.
    """
    pairs = list(table.columns[:2]) == ["region", "neighbour"]
    found = (_pairs if pairs else _matrix)(table, regions, name, setting)
    found = found.reindex(index=regions.index, columns=regions.index)
    if setting.values == "distance":
        return inverse(found, setting.power)
    if setting.values is None:
        _refuse_distances(found.fillna(0.0), regions, name, setting.distance)
    return found.fillna(0.0)


def _row(name, position):
    return told("{file}, row {row}", file=name, row=position + 2)


def _numbers(cells, faults, place, gaps):
    """Return numbers, NaN where a cell is empty and may be so, and add to the faults what is none."""
    result = cells.apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = ~result.ge(0) | (result > LARGEST)
    for i, k in np.argwhere((wrong & ((cells != "") if gaps else True)).to_numpy()):
        found = told("weight '{value}'", value=cells.iloc[i, k])
        faults.append(InputError(place(i, k), found, "a number of at least 0", "correct it"))
    return result


def _unknown(text, regions, where):
    near = difflib.get_close_matches(text, list(regions.index), 1)
    remedy = told("is it '{near}'?", near=near[0]) if near else "write the region's name as in the table of regions"
    return InputError(where, told("'{text}'", text=text), "a region of the study", remedy)


def _itself(region, where, expected, remedy):
    return InputError(where, told("{region} as its own neighbour", region=region), expected, remedy)


def _pairs(table, regions, name, setting):
    if table.empty:
        raise InputError(name, "no pair", "a row for every pair of neighbours", "fill it in")
    third = table.columns[2] if len(table.columns) > 2 else "weight"
    if third != "weight" and (third, setting.values) != ("distance", "distance"):
        remedy = "rename it, or set spatial_weights.values: distance" if third == "distance" else "rename or remove it"
        found = told("column '{column}'", column=third)
        raise InputError(name, found, "columns region, neighbour (and weight)", remedy)
    known, unknown = names.resolve(pd.unique(table.iloc[:, :2].to_numpy().ravel()), regions)
    table, faults = table.assign(**{third: "1"}) if len(table.columns) < 3 else table, []
    values = _numbers(table.iloc[:, [2]], faults, lambda i, k: _row(name, table.index[i]), gaps=False).to_numpy()
    result = pd.DataFrame(np.nan, regions.index, regions.index)
    for position, (first, second, *_), (value,) in zip(table.index, table.to_numpy(), values, strict=True):
        where = _row(name, position)
        faults += [_unknown(t, regions, where) for t in (first, second) if t in unknown]
        if not {first, second} <= set(known):
            continue
        a, b = known[first], known[second]
        if a == b:
            faults.append(_itself(a, where, "every pair of two regions once", "remove the row"))
        elif not np.isnan(result.loc[a, b]):
            found = told("{region}, {neighbour} again", region=a, neighbour=b)
            faults.append(InputError(where, found, "every pair of two regions once", "remove the row"))
        result.loc[a, b] = value
    if faults:
        raise InputErrors(faults)
    return result if table.attrs.get("directed") or setting.directed else result.fillna(result.T)


def _matrix(table, regions, name, setting):
    rows, heads = list(table.iloc[:, 0]), list(table.columns[1:])
    if len(rows) != len(heads):
        found = told("{count} rows and columns {columns}", count=len(rows), columns=", ".join(table.columns[:5]))
        expected = "columns region, neighbour (and weight), or a square matrix with the regions' names on both sides"
        raise InputError(name, found, expected, "rename the columns, or complete the matrix")
    known, unknown = names.resolve([*heads, *rows], regions)
    if set(map(known.get, heads)) & set(map(known.get, rows)) >= set(regions.index):
        unknown = {}
    top, faults = told("{file}, row {row}", file=name, row=1), []
    for texts, places in ((heads, [top] * len(heads)), (rows, [_row(name, k) for k in table.index])):
        faults += [_unknown(t, regions, where) for t, where in zip(texts, places, strict=True) if t in unknown]
        ours = pd.Series([known.get(t) for t in texts])
        for k in np.flatnonzero(ours.notna() & ours.duplicated()):
            faults.append(
                InputError(places[k], told("'{text}' again", text=texts[k]), "every region once", "remove one")
            )
    if faults:
        raise InputErrors(faults)
    at, along = [k for k, t in enumerate(rows) if t in known], [k for k, t in enumerate(heads) if t in known]

    def place(i, k):
        return told("{place}, column {column}", place=_row(name, table.index[at[i]]), column=heads[along[k]])

    values = _numbers(table.iloc[at, [k + 1 for k in along]], faults, place, gaps=True)
    values = values.set_axis([known[rows[k]] for k in at]).set_axis([known[heads[k]] for k in along], axis=1)
    for k, region in zip(at, values.index, strict=True):
        if region in values and values.loc[region, region] > 0:
            faults.append(_itself(region, _row(name, table.index[k]), "0 on the diagonal", "correct it"))
    if faults:
        raise InputErrors(faults)
    return _whole(values, name, setting.directed)


def _whole(values, name, directed):
    """Return a matrix of which both halves are filled, where the study says that the one stands for both."""
    cells = values.reindex(columns=values.index).fillna(0.0).to_numpy()
    below, above = np.tril(cells, -1).any(), np.triu(cells, 1).any()
    if below == above or directed:
        return values
    if directed is None:
        found = told("numbers on one side of the diagonal alone, {count} of them", count=int((cells > 0).sum()))
        remedy = (
            "set spatial_weights.directed: false if they stand for both directions, or directed: true if for one alone"
        )
        raise InputError(name, found, "both halves of the matrix, or which directions the half stands for", remedy)
    return values.where(values > 0, values.T)


def _refuse_distances(weights, regions, name, metric):
    """Refuse numbers that could be distances: hundreds, or numbers that rise with the distance of the points."""
    found = weights.to_numpy()[weights.to_numpy() > 0]
    if not len(found) or np.isclose(found, found[0]).all():
        return
    expected = "weights, greater for regions that are closer, or the distances themselves"
    remedy = "say which: spatial_weights.values: weights, or values: distance (and power)"
    if found.max() >= HUNDRED:
        shown = told("numbers up to {high:g}, as distances are", high=found.max())
        raise InputError(name, shown, expected, remedy)
    try:
        apart = distances(regions, metric).to_numpy()
    except InputError:  # no points
        return
    both = np.triu((weights + weights.T).to_numpy())
    rise = spearmanr(both[both > 0], apart[both > 0], alternative="greater")
    if rise.statistic > RISING[0] and rise.pvalue < RISING[1]:
        raise InputError(name, "numbers that rise with the distance of the regions", expected, remedy)
