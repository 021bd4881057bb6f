"""The raw long table and what becomes of it: a complete, flagged panel of indicators."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination.errors import InputError, InputErrors, told
from coordination.study.formulas import evaluate, names


@dataclass(frozen=True)
class LongPanel:
    """A validated long panel.

    Attributes
    ----------
    values : pandas.DataFrame
        Columns region, year, series, value, and the raw table's further columns as provenance.
    other_regions, other_years : int
        Rows passed over because they belong to regions or years outside the study.
    """

    values: pd.DataFrame
    other_regions: int
    other_years: int


@dataclass(frozen=True)
class WidePanel:
    """A complete panel.

    Attributes
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a series or indicator.
    filled : pandas.DataFrame of bool, shape (n * m, k)
        Whether a value was interpolated or shared out between regions, or rests on one that was.
    """

    values: pd.DataFrame
    filled: pd.DataFrame


def validate(table, study, regions, name="panel.csv"):
    """Check a raw long table and keep what belongs to the study.

    Parameters
    ----------
    table : pandas.DataFrame of str
        One row per region, year and series, every cell as it stands in the file; empty values are gaps.
    study : Study
    regions : sequence of str
        The study's regions.
    name : str
        What to call the table in messages.

    Returns
    -------
    LongPanel

    Raises
    ------
    InputErrors
        With every fault of the table and its row number (the header is row 1): missing columns, years that
        are no whole numbers, series not declared in the study, values that are no finite numbers or below
        the series' minimum, a region, year and series that stands twice, regions, series or region-years
        without any row.
    """
    region = study.panel.region_column
    absent = [c for c in (region, "year", "series", "value") if c not in table]
    if absent:
        found = told("columns {columns}", columns=", ".join(map(str, table.columns)))
        remedy = "rename the column, or set panel.region_column in study.yml"
        raise InputErrors(InputError(name, found, told("a column '{column}'", column=c), remedy) for c in absent)

    table = table.assign(**{c: table[c].fillna("").str.strip() for c in (region, "year", "series", "value")})
    if region != "region":
        table = table.drop(columns="region", errors="ignore").rename(columns={region: "region"})
    ours = table[table["region"].isin(list(regions))]
    labels = isinstance(study.years[0], str)
    number = ours["year"] if labels else pd.to_numeric(ours["year"], errors="coerce")
    short = _short_years(ours, study, name)
    if len(short) == len(study.years):
        raise InputErrors(short)
    outside = ~number.isin(study.years) & (labels | _whole(number))
    kept = ours[~outside]
    faults = _cell_faults(kept, study, name)

    unknown, present = sorted(set(table["region"]) - set(regions)), set(kept["region"])
    for r in regions:
        if r not in present:
            near = difflib.get_close_matches(r, unknown, 1, 0.5)
            missing = told("add its rows, or remove it from {file}", file=study.regions.file)
            remedy = told("is it '{near}'?", near=near[0]) if near else missing
            found = told("no row of region '{region}'", region=r)
            faults.append(InputError(name, found, "rows of every region of the study", remedy))
    seen = set(zip(kept["region"], number[kept.index], strict=True))
    for r in regions:
        for year in study.years:
            if r in present and (r, year) not in seen:
                found = told("no row of {region} in {year}", region=r, year=year)
                faults.append(
                    InputError(name, found, "every region in every year", "add the rows, or shorten the years")
                )
    if faults:
        raise InputErrors(sorted(faults, key=lambda f: _row(f.args[0])))

    year = kept["year"] if labels else kept["year"].astype(float).astype(int)
    values = kept.assign(year=year, value=pd.to_numeric(kept["value"]))
    return LongPanel(values.reset_index(drop=True), len(table) - len(ours), len(ours) - len(kept))


def place(name, table, index):
    """Say where a row of a panel stands.

    Parameters
    ----------
    name : str
        Of the file.
    table : pandas.DataFrame
        As `files.read_text` returns it.
    index : int

    Returns
    -------
    str
        The row, or in a workbook the sheet and the cell.
    """
    return f"{name}, {table.loc[index, 'cell']}" if "cell" in table else f"{name}, row {index + 2}"


def _row(where):
    row = re.search(r", row (\d+)$", where)
    return int(row[1]) if row else 0


def _whole(number):
    if not pd.api.types.is_numeric_dtype(number):
        return pd.Series(False, number.index)
    return np.isfinite(number) & (number == number.round())


def _cell_faults(table, study, name):
    """Return the faults that pandera finds, each with its row."""
    import pandera.pandas as pa

    def numeric(values):
        return pd.to_numeric(values.where(values != "", "0"), errors="coerce").notna()

    def finite(values):
        return ~np.isinf(pd.to_numeric(values, errors="coerce"))

    def whole(values):
        return isinstance(study.years[0], str) | _whole(pd.to_numeric(values, errors="coerce"))

    minimum = {s: d.minimum for s, d in study.panel.series.items() if d.minimum is not None}

    def possible(frame):
        return ~(pd.to_numeric(frame["value"], errors="coerce") < frame["series"].map(minimum))

    schema = pa.DataFrameSchema(
        {
            "year": pa.Column(str, pa.Check(whole, name="whole")),
            "series": pa.Column(str, pa.Check.isin(list(study.panel.series))),
            "value": pa.Column(str, [pa.Check(numeric, name="numeric"), pa.Check(finite, name="finite")]),
        },
        checks=pa.Check(possible, name="possible"),
    )
    faults = []
    if table.empty:
        return faults  # that every region lacks its rows is said elsewhere
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.drop_duplicates(["index", "check"])
        for check, index in zip(cases["check"], cases["index"], strict=True):
            faults.append(InputError(place(name, table, index), *_explained(str(check), table.loc[index], study)))
    keys = ["region", "year", "series"]
    number = pd.to_numeric(table["year"], errors="coerce")
    same = table[keys].assign(
        year=number.where(number.notna(), table["year"]) if number.notna().any() else table["year"]
    )
    for _, rows in same[same.duplicated(keep=False)].groupby(keys, sort=False):
        first, *rest = rows.index
        for index in rest:
            found = told("{region}, {year}, {series} again", **table.loc[index, keys])
            expected = told("one row (the first is {place})", place=place("", table, first).lstrip(", "))
            faults.append(InputError(place(name, table, index), found, expected, "remove the row that is wrong"))
    return faults


def _short_years(table, study, name):
    """Name two digits that may mean a year of the study, each once, with the place where they stand first."""
    if isinstance(study.years[0], str):
        return []
    faults, meant = [], {str(year)[2:]: year for year in study.years}
    for text, index in table[table["year"].isin(list(meant))].groupby("year", sort=False).groups.items():
        remedy = told("four digits are needed; did you mean {year}?", year=meant[text])
        found = told("year '{year}' in {count} rows", year=text, count=len(index))
        faults.append(InputError(place(name, table, index[0]), found, "a year of four digits", remedy))
    return faults


def _explained(check, row, study):
    written = {"value": row["value"], "series": row["series"]}
    if check == "whole":
        return told("year '{year}'", year=row["year"]), "a whole number", "write the year with digits only"
    if check == "numeric":
        remedy = "remove signs, separators and units; leave a gap empty"
        return told("value '{value}' of {series}", **written), "a number", remedy
    if check == "finite":
        return told("value '{value}' of {series}", **written), "a finite number", "leave a gap empty"
    if check == "possible":
        least = study.panel.series[row["series"]].minimum
        remedy = "correct the figure, or the series' minimum in study.yml"
        return told("{value} of {series}", **written), told("at least {least:g}", least=least), remedy
    near = difflib.get_close_matches(row["series"], list(study.panel.series), 1)
    undeclared = "declare it under panel.series in study.yml, or remove the row"
    remedy = told("is it '{near}'?", near=near[0]) if near else undeclared
    return told("series '{series}'", series=row["series"]), "a series of study.yml", remedy


def complete(panel, study, regions, name="panel.csv"):
    """Fill gaps within a region over the years and flag what was filled.

    Parameters
    ----------
    panel : LongPanel
    study : Study
        Its `interpolation` says what to do within and at the ends of a series.
    regions : sequence of str
    name : str
        What to call the table in messages.

    Returns
    -------
    WidePanel
        A column for every series that a formula of the study, also of a reading, uses.

    Raises
    ------
    InputErrors
        If a series has no value for a region, or gaps remain that the study does not fill.

    Notes
    -----
    Linear in the years themselves, so that irregular years are no special case.
    """
    used = [s for s in study.panel.series if any(s in names(formula) for formula in study.formulas)]
    index = pd.MultiIndex.from_product([list(regions), study.years], names=["region", "year"])
    observed = panel.values.pivot(index=["region", "year"], columns="series", values="value")
    observed = observed.reindex(index=index, columns=used)
    absent = observed.isna().groupby("region", sort=False).all()
    if absent.to_numpy().any():
        raise InputErrors(
            InputError(
                name,
                told("no value of {series} for {regions}", series=s, regions=_some(column.index[column])),
                "at least one year",
                "add the figures (`make import`), or make the indicator unavailable",
            )
            for s, column in absent.items()
            if column.any()
        )
    values = observed.unstack("region")
    if study.interpolation.within == "linear":
        between = "linear" if isinstance(study.years[0], str) else "index"  # periods with labels count as equally long
        values = values.interpolate(method=between, limit_area="inside")
    if study.interpolation.ends == "nearest":
        edges = values.ffill().notna() & values.bfill().notna()
        values = values.where(edges, values.ffill().bfill())
    values = values.stack("region", future_stack=True).swaplevel().reindex(index=index, columns=used)
    gaps = values.isna().stack()
    if gaps.any():
        raise InputErrors(
            InputError(
                name,
                told("no value of {series} for {region} in {year}", series=s, region=r, year=year),
                "a complete series",
                "add the figure, or let interpolation in study.yml fill it",
            )
            for r, year, s in gaps[gaps].index
        )
    if "changed" in panel.values:  # what was shared out between regions is no observed figure
        shared = panel.values[panel.values["changed"] == "shared"].pivot(
            index=["region", "year"], columns="series", values="value"
        )
        observed = observed.mask(shared.reindex(index=index, columns=used).notna())
    return WidePanel(values, observed.isna())


def _some(regions):
    """Name some regions, and how many more there are."""
    text = ", ".join(map(str, regions[:6]))
    more = len(regions) - 6
    return told("{regions} and {count} more regions", regions=text, count=more) if more > 0 else text


def derive(panel, study, name="panel.csv"):
    """Form the study's indicators from its series.

    Parameters
    ----------
    panel : WidePanel
        Of series.
    study : Study
    name : str
        What to call the table in messages.

    Returns
    -------
    WidePanel
        Of indicators, in the study's order; a value counts as filled if any series in it was.

    Raises
    ------
    InputErrors
        If an indicator is not finite somewhere (a division by zero).
    """
    values = pd.DataFrame({i.id: evaluate(i.formula, panel.values) for i in study.indicators})
    filled = pd.DataFrame({i.id: panel.filled[names(i.formula)].any(axis=1) for i in study.indicators})
    values.columns.name = filled.columns.name = "indicator"
    bad = ~np.isfinite(values).stack()
    if bad.any():
        formula = {i.id: i.formula for i in study.indicators}
        raise InputErrors(
            InputError(
                name,
                told("{indicator} for {region} in {year} is not finite", indicator=i, region=r, year=year),
                told("a number from {formula}", formula=formula[i]),
                "is a divisor zero, or what stands in log not positive?"
                if "log" in formula[i]
                else "is the divisor zero?",
            )
            for r, year, i in bad[bad].index
        )
    return WidePanel(values, filled)


def tidy(panel):
    """Return a panel of indicators as a long table.

    Parameters
    ----------
    panel : WidePanel

    Returns
    -------
    pandas.DataFrame
        Columns region, year, indicator, value, filled.
    """
    long = panel.values.stack().rename("value").to_frame()
    return long.assign(filled=panel.filled.stack()).reset_index()


def wide(table, study, regions, name="normalised.csv"):
    """Return a tidy normalised table as a panel, having checked it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year, indicator, value, filled.
    study : Study
    regions : sequence of str
    name : str
        What to call the table in messages.

    Returns
    -------
    WidePanel
        Of normalised indicators.

    Raises
    ------
    InputErrors
        If rows are missing, superfluous or double, or values leave [0, 1] or do not reach both ends of it.
    """
    absent = [c for c in ("region", "year", "indicator", "value", "filled") if c not in table]
    if absent:
        raise InputError(
            name,
            told("no column '{column}'", column=absent[0]),
            "region, year, indicator, value, filled",
            "restore the file",
        )
    indicators = [i.id for i in study.indicators]
    expected = pd.MultiIndex.from_product(
        [list(regions), study.years, indicators], names=["region", "year", "indicator"]
    )
    found = pd.MultiIndex.from_frame(table[["region", "year", "indicator"]])
    remedy = "restore the file, or make it anew from the raw panel"
    faults = [InputError(name, told("{key} twice", key=key), "one row", remedy) for key in found[found.duplicated()]]
    faults += [
        InputError(name, told("no row {key}", key=key), "every region, year and indicator", remedy)
        for key in expected.difference(found)
    ]
    faults += [
        InputError(name, told("row {key}", key=key), "only the study's", remedy) for key in found.difference(expected)
    ]
    if not faults:
        written = table.set_index(found)[["value", "filled"]]
        values = pd.to_numeric(written["value"], errors="coerce")
        filled = written["filled"].astype(str).map({"True": True, "False": False})
        faults = [
            InputError(
                name, told("{value} at {key}", value=written["value"][key], key=key), "a number from 0 to 1", remedy
            )
            for key in values.index[~values.between(0, 1)]
        ]
        faults += [
            InputError(
                name, told("filled {value} at {key}", value=written["filled"][key], key=key), "True or False", remedy
            )
            for key in values.index[filled.isna()]
        ]
        ends = values.groupby("indicator").agg(["min", "max"])
        faults += [
            InputError(
                name,
                told("{indicator} from {low:g} to {high:g}", indicator=i, low=low, high=high),
                "from 0 to 1, as min-max over the panel gives",
                remedy,
            )
            for i, low, high in ends.itertuples()
            if (low, high) != (0, 1)
        ]
    if faults:
        raise InputErrors(faults)
    rows = expected.droplevel("indicator").unique()
    both = written.assign(value=values, filled=filled).unstack("indicator").reindex(rows)
    return WidePanel(both["value"][indicators].astype(float), both["filled"][indicators].astype(bool))


def recast(long):
    """Name the figures that were put together from earlier boundaries.

    Parameters
    ----------
    long : LongPanel or None

    Returns
    -------
    pandas.DataFrame
        Columns region, series, how (`summed` or `shared`), first, last, figures (how many); see `boundaries.recast`.
    """
    columns = ["region", "series", "how", "first", "last", "figures"]
    if long is None or "changed" not in long.values:
        return pd.DataFrame(columns=columns)
    own = long.values[long.values["changed"].isin(["summed", "shared"])].rename(columns={"changed": "how"})
    years = own.groupby(["region", "series", "how"], sort=False)["year"]
    return years.agg(first="min", last="max", figures="size").reset_index()[columns]


def availability(filled):
    """Count the regions with an observed figure.

    Parameters
    ----------
    filled : pandas.DataFrame of bool, shape (n * m, k)
        Index (region, year).

    Returns
    -------
    pandas.DataFrame of int, shape (k, m)
        Indicators by years.
    """
    return (~filled).groupby("year").sum().T.rename_axis(index="indicator")


def describe(panel):
    """Describe a panel of indicators.

    Parameters
    ----------
    panel : WidePanel

    Returns
    -------
    pandas.DataFrame
        Index indicator; columns mean, standard_deviation (n - 1), minimum, median, maximum, filled (share).
    """
    values = panel.values
    return pd.DataFrame(
        {
            "mean": values.mean(),
            "standard_deviation": values.std(),
            "minimum": values.min(),
            "median": values.median(),
            "maximum": values.max(),
            "filled": panel.filled.mean(),
        }
    ).rename_axis("indicator")


def system(study, subsystem):
    """Return the indicator system of a subsystem.

    Parameters
    ----------
    study : Study
    subsystem : str

    Returns
    -------
    pandas.DataFrame
        Columns subsystem, dimension, indicator, direction, unit, formula, available.
    """
    rows = [
        (s.id, d.id, i.id, i.direction, i.unit.en, i.formula or "", i.unavailable is None)
        for s in study.subsystems
        if s.id == subsystem
        for d in s.dimensions
        for i in d.indicators
    ]
    return pd.DataFrame(
        rows, columns=["subsystem", "dimension", "indicator", "direction", "unit", "formula", "available"]
    )
