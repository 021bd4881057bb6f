"""The same indicator measured otherwise: linked over its breaks, without its exceptions, by another reading.

A study declares them in study.yml; none takes the place of an indicator unless it is chosen.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.choices import VARIANTS
from coordination.errors import InputError, InputErrors
from coordination.indices import panel
from coordination.indices.normalisation import min_max
from coordination.sections import COLUMNS as HANDED_OVER
from coordination.study.formulas import evaluate, names

COLUMNS = HANDED_OVER["variants"]


def declared(study):
    """Return the variants that a study declares.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict of str to tuple of str
        By indicator that has any: ids of its readings, then `chained` and `without_exceptions` (`choices.VARIANTS`).
    """
    found = {}
    for i in study.indicators:
        own = tuple(r.id for r in i.readings)
        own += tuple(name for name, on in zip(VARIANTS, (i.breaks, i.exceptions), strict=True) if on)
        if own:
            found[i.id] = own
    return found


def chained(values, breaks):
    """Link the levels of a series over the years in which its base changes.

    Parameters
    ----------
    values : pandas.DataFrame, shape (m, n)
        Positive values; years by regions.
    breaks : sequence
        First years of new bases.

    Returns
    -------
    pandas.DataFrame, shape (m, n)
        Up to the first break as it stands. Later bases are multiplied by a factor of their own for every region.

    Raises
    ------
    InputErrors
        If a value is not positive, or no growth within a base is known on either side of a break.

    Notes
    -----
    Growth within a base is kept. Two bases that overlap in a year would tell how their levels compare; a series that
    gives every year in one base has no such overlap, so the growth at a break is taken to be the mean, geometric and
    region by region, of the growth of the years nearest before and after it that lie within a base. It is an
    assumption, not a figure.

    References
    ----------
    IMF (2017), Quarterly National Accounts Manual, chapter 8 (linking of series with different base years).

    Examples
    --------
    >>> oak = pd.DataFrame({"Oak": [100.0, 110.0, 22.0, 24.2]}, [2019, 2020, 2021, 2022])
    >>> chained(oak, [2021])["Oak"].round(6).tolist()
    [100.0, 110.0, 121.0, 133.1]
    """
    years = list(values.index)
    faults = [
        InputError("a series to be linked", f"{values.loc[y, r]:g} for {r} in {y}", "positive values", "remove breaks")
        for y, r in values.where(values <= 0).stack().dropna().index
    ]
    places = sorted(years.index(y) for y in breaks)
    growth = np.log(values).diff() if not faults else values
    within = [k for k in range(1, len(years)) if k not in places]
    result = values.astype(float).copy()
    for k in places:
        near = [max((j for j in within if j < k), default=None), min((j for j in within if j > k), default=None)]
        near = [j for j in near if j is not None]
        if not near:
            expected = "growth within a base before or after it"
            faults.append(InputError("a series to be linked", f"a break in {years[k]}", expected, "remove breaks"))
        if not faults:
            step = np.exp(growth.iloc[near].mean())
            result.iloc[k:] = values.iloc[k:] * (result.iloc[k - 1] * step / values.iloc[k])
    if faults:
        raise InputErrors(faults)
    return result


def without_exceptions(values, exceptions):
    """Replace exceptional values by the mean of the years around them.

    Parameters
    ----------
    values : pandas.DataFrame, shape (m, n)
        Years by regions.
    exceptions : sequence of (str, object)
        Region and year.

    Returns
    -------
    pandas.DataFrame, shape (m, n)
        An exception is the mean of the nearest years before and after that are none, or the one of them that there is.

    Raises
    ------
    InputError
        If every year of a region is an exception.

    Examples
    --------
    >>> without_exceptions(pd.DataFrame({"Oak": [1.0, 50.0, 3.0]}, [2020, 2021, 2022]), [("Oak", 2021)])["Oak"].tolist()
    [1.0, 2.0, 3.0]
    """
    named = pd.DataFrame(False, values.index, values.columns)
    for region, year in exceptions:
        named.loc[year, region] = True
    if named.all().any():
        region = named.columns[named.all()][0]
        raise InputError("exceptions", f"every year of {region}", "a year that is none", "leave the indicator out")
    kept = values.mask(named)
    around = np.stack([kept.ffill().to_numpy(), kept.bfill().to_numpy()])
    return values.where(~named, pd.DataFrame(np.nanmean(around, axis=0), values.index, values.columns))


def normalised(start, study):
    """Compute the declared variants of a study that has raw figures.

    Parameters
    ----------
    start : normalisation.Start
        From a raw panel.
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns indicator, variant, region, year, value, filled: each variant normalised over its own pooled panel. A
        value that replaces an exception counts as filled.

    Raises
    ------
    InputErrors
        If a variant cannot be formed or does not vary.
    """
    values, filled, directions, best, faults = {}, {}, {}, {}, []
    for i in study.indicators:
        own = start.indicators.values[i.id], start.indicators.filled[i.id]
        made = {}
        for reading in i.readings:
            figures = evaluate(reading.formula, start.series.values)
            made[reading.id] = figures, start.series.filled[names(reading.formula)].any(axis=1), reading.direction
        wide = own[0].unstack("region")
        exceptions = [(e.region, e.year) for e in i.exceptions]
        try:
            if i.breaks:
                made["chained"] = _long(chained(wide, [b.year for b in i.breaks]), own[0]), own[1], None
            if exceptions:
                figures = _long(without_exceptions(wide, exceptions), own[0])
                made["without_exceptions"] = figures, own[1] | own[1].index.isin(exceptions), None
        except InputError as error:
            faults += [
                InputError(f"indicator {i.id}: {f.args[0]}", *f.args[1:]) for f in getattr(error, "faults", [error])
            ]
        for variant, (figures, flags, direction) in made.items():
            values[f"{i.id}, {variant}"], filled[f"{i.id}, {variant}"] = figures, flags
            directions[f"{i.id}, {variant}"] = direction or i.direction
            best[f"{i.id}, {variant}"] = i.best
    if faults:
        raise InputErrors(faults)
    if not values:
        return pd.DataFrame(columns=list(COLUMNS))
    index = start.indicators.values.index
    scaled = min_max(pd.DataFrame(values, index), directions, best)
    parts = {tuple(name.split(", ")): pd.DataFrame({"value": scaled[name], "filled": filled[name]}) for name in scaled}
    return pd.concat(parts, names=COLUMNS[:2]).reset_index()[list(COLUMNS)]


def _long(wide, like):
    return wide.stack().reorder_levels(like.index.names).reindex(like.index)


def checked(table, study, regions, name="variants.csv"):
    """Return a table of normalised variants, having checked it.

    Parameters
    ----------
    table : pandas.DataFrame
        As `normalised` returns it, of a study that has no raw figures.
    study : Study
    regions : sequence of str
    name : str
        What to call the table in messages.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputErrors
        If a column or a declared variant is missing, one is there that is not declared, or one is no normalised panel.
    """
    absent = [c for c in COLUMNS if c not in table]
    if absent:
        raise InputError(name, f"no column '{absent[0]}'", ", ".join(COLUMNS), "restore the file")
    wanted = {(i, v) for i, own in declared(study).items() for v in own}
    there = set(zip(table["indicator"], table["variant"], strict=True))
    remedy = "make it anew with `python -m coordination release`, or correct study.yml"
    faults = [
        InputError(name, f"no {v} of {i}", "every variant of study.yml", remedy) for i, v in sorted(wanted - there)
    ]
    faults += [InputError(name, f"{v} of {i}", "only those of study.yml", remedy) for i, v in sorted(there - wanted)]
    for (i, v), own in table.groupby(["indicator", "variant"], sort=False):
        alone = study.model_copy(update={"subsystems": tuple(_with(s, i) for s in study.subsystems)})
        try:
            panel.wide(own, alone, regions, f"{name}, {v} of {i}")
        except InputErrors as error:
            faults += error.faults
    if faults:
        raise InputErrors(faults)
    return table


def _with(subsystem, indicator):
    """Return a subsystem with one indicator alone, or none if it is of another."""
    kept = tuple(
        d.model_copy(update={"indicators": tuple(i for i in d.indicators if i.id == indicator)})
        for d in subsystem.dimensions
    )
    return subsystem.model_copy(update={"dimensions": kept})


def replaced(table, variants, choice):
    """Return a normalised panel in which variants stand for indicators.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    variants : pandas.DataFrame
        As `normalised` returns them.
    choice : mapping of str to str
        The variant of an indicator; those not named stay.

    Returns
    -------
    pandas.DataFrame
        Of the same rows and columns.

    Raises
    ------
    InputError
        If there is no such variant.
    """
    result = table.set_index(["region", "year"])
    for indicator, variant in choice.items():
        own = variants[(variants["indicator"] == indicator) & (variants["variant"] == variant)]
        if own.empty:
            known = variants.loc[variants["indicator"] == indicator, "variant"].unique()
            expected = f"one of {', '.join(known)}" if len(known) else "an indicator with variants"
            raise InputError(f"variant of {indicator}", f"'{variant}'", expected, "declare it in study.yml")
        own = own.set_index(["region", "year"])
        here = result["indicator"] == indicator
        for column in ("value", "filled"):
            result.loc[here, column] = own[column].reindex(result.index[here]).to_numpy()
    return result.reset_index()[list(table.columns)]


def linked(study):
    """Return the choice in which every series with a break is linked (dict of str to str)."""
    return {i.id: "chained" for i in study.indicators if i.breaks}


def mended(study):
    """Return the choice in which every exception is replaced by the years around it (dict of str to str)."""
    return {i.id: "without_exceptions" for i in study.indicators if i.exceptions}
