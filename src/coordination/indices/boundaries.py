"""Figures of regions that merged, split or changed their names or codes, put on the boundaries of the study."""

from __future__ import annotations

import pandas as pd

from coordination.errors import InputError, InputErrors, told
from coordination.indices.panel import place

COLUMNS = ("year", "from", "to", "share")


def given(table, study, name="changes.csv"):
    """Check a table of changes of regions.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns year (the first of the new regions), from, to, and share: of the figures of `from` before, what belongs
        to `to`; all of them where it is empty.
    study : Study
    name : str
        What to call the table in messages.

    Returns
    -------
    pandas.DataFrame
        The same columns; share a number.

    Raises
    ------
    InputErrors
        If a column is missing, a year is none of the study's after the first, a share is not within (0, 1], or the
        shares of a region do not add up to 1.
    """
    absent = [c for c in COLUMNS if c not in table]
    if absent:
        found, expected = told("no column '{column}'", column=absent[0]), "year, from, to, share"
        raise InputErrors([InputError(name, found, expected, "add the column")])
    table = table[list(COLUMNS)].apply(lambda column: column.fillna("").str.strip())
    years = {str(y): y for y in study.years[1:]}
    shares = pd.to_numeric(table["share"].replace("", "1"), errors="coerce")
    faults = []
    for index, row in table.iterrows():
        if row["year"] not in years:
            faults.append((index, told("year '{year}'", year=row["year"]), "a year of the study after the first"))
        if not 0 < shares[index] <= 1:
            faults.append((index, told("share '{share}'", share=row["share"]), "a number above 0, up to 1"))
    faults = [InputError(place(name, table, index), *said, "correct the row") for index, *said in faults]
    if not faults:
        table = table.assign(year=table["year"].map(years), share=shares)
        for (year, region), total in table.groupby(["year", "from"], sort=False)["share"].sum().items():
            if abs(total - 1) > 1e-6:
                where = told("{file}: {region} in {year}", file=name, region=region, year=year)
                remedy = "add a row for the part that is left, also if it keeps the name"
                faults.append(InputError(where, told("shares that add up to {total:g}", total=total), "1", remedy))
    if faults:
        raise InputErrors(faults)
    return table


def recast(table, changes, study, name="panel.csv"):
    """Put figures of the years before changes of regions on the boundaries after them.

    Parameters
    ----------
    table : pandas.DataFrame of str
        A raw long panel as it stands in the file.
    changes : pandas.DataFrame
        As `given` returns it.
    study : Study
    name : str
        What to call the table in messages.

    Returns
    -------
    pandas.DataFrame of str
        With a column `changed`: `renamed`, `summed` or `shared` (by a share below 1, hence an estimate) for every
        figure touched, else empty. A figure of which a part is not known is empty.

    Raises
    ------
    InputErrors
        If a region that changed has no figures before, a part is no number or stands twice, or a series that is a ratio
        would have to be summed or shared out.

    Notes
    -----
    Changes are taken in their order in time, so that a region that changed twice follows both. Only totals can be
    summed and shared out; a ratio is one again as a formula of totals. A region that is named anew keeps every figure.

    Examples
    --------
    Two counties that merged in 2020: their figures of 2019 are added.

    >>> from types import SimpleNamespace as Some
    >>> from coordination.study.model import Series
    >>> study = Some(years=(2019, 2020), panel=Some(region_column="region", series={"gdp": Series(unit="yuan")}))
    >>> changes = pd.DataFrame([(2020, "A", "C", 1.0), (2020, "B", "C", 1.0)], columns=COLUMNS)
    >>> rows = [("A", "2019", "gdp", "3"), ("B", "2019", "gdp", "4"), ("C", "2020", "gdp", "8")]
    >>> table = pd.DataFrame(rows, columns=["region", "year", "series", "value"])
    >>> recast(table, changes, study)[["region", "year", "value", "changed"]].to_numpy().tolist()
    [['C', '2020', '8', ''], ['C', '2019', '7', 'summed']]
    """
    region = study.panel.region_column
    if any(c not in table for c in (region, "year", "series", "value")):
        return table  # said when the panel is read
    stripped = {c: table[c].fillna("").str.strip() for c in (region, "year", "series", "value")}
    cells = table["cell"] if "cell" in table else [f"row {k + 2}" for k in range(len(table))]
    table = table.assign(**stripped, cell=cells, changed="")
    faults = []
    for year, moves in changes.groupby("year"):
        table = _before(table, year, moves, region, study, name, faults)
    if faults:
        raise InputErrors(faults)
    return table


def _before(table, year, moves, region, study, name, faults):
    labels = isinstance(year, str)
    then = (table["year"] if labels else pd.to_numeric(table["year"], errors="coerce")) < year
    there = set(table.loc[then, region])
    for gone in sorted(set(moves["from"]) - there):
        found = told("no row of {region} before {year}, which then changed", region=gone, year=year)
        faults.append(InputError(name, found, "its figures", "write its name as the panel does, or add its rows"))
    kept = sorted((set(moves["to"]) - set(moves["from"])) & there)  # they are there before and after
    moves = pd.concat([moves, pd.DataFrame({"from": kept, "to": kept, "share": 1.0})])
    touched = table[then & table[region].isin(moves["from"])]
    again = touched.duplicated([region, "year", "series"])
    for index in touched.index[again]:
        expected, remedy = "one row of a figure", "remove the row that is wrong"
        key = {"region": table.loc[index, region]} | dict(table.loc[index, ["year", "series"]])
        found = told("{region}, {year}, {series} again", **key)
        faults.append(InputError(place(name, table, index), found, expected, remedy))
    parts = touched[~again].reset_index().merge(moves.drop(columns="year"), left_on=region, right_on="from")
    amount = pd.to_numeric(parts["value"], errors="coerce")
    for index, value in parts.loc[amount.isna() & (parts["value"] != ""), ["index", "value"]].itertuples(index=False):
        found = told("value '{value}'", value=value)
        faults.append(InputError(place(name, table, index), found, "a number", "correct the figure"))
    parts = parts.assign(amount=amount * parts["share"])
    needed = moves.groupby("to").size()
    ratios, made = {}, []
    for (to, _, series), own in parts.groupby(["to", "year", "series"], sort=False):
        row, shared = own.iloc[0].to_dict(), (own["share"] < 1).any()
        if needed[to] == 1 and not shared:
            row["changed"] = row["changed"] if row[region] == to else row["changed"] or "renamed"
        else:
            known = len(own) == needed[to] and own["amount"].notna().all()
            row["value"] = repr(float(own["amount"].sum())).removesuffix(".0") if known else ""
            row["changed"] = "shared" if shared or "shared" in set(own["changed"]) else "summed"
            if series in study.panel.series and not study.panel.series[series].adds_up:
                ratios.setdefault(series, []).append(to)
        made.append(row | {region: to})
    for series, regions in ratios.items():
        where = told("{file}: series {series}", file=name, series=series)
        found = told("a ratio, to be summed or shared out for {region} before {year}", region=regions[0], year=year)
        remedy = "give what it is a ratio of as series, and form it by a formula; or set total: true if it is none"
        faults.append(InputError(where, found, "a total", remedy))
    return pd.concat([table.drop(touched.index), pd.DataFrame(made, columns=table.columns)], ignore_index=True)
