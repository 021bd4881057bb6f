"""Tables of the multiverse, errors and coherence. Nothing is computed here."""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import _names, headed
from coordination.presentation.reader import number


def choices(table, reader):
    """Lay out the choices of the multiverse and the outcome under each.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns factor, level, universes, degree.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            reader.factor(r.factor),
            reader.choice(r.factor, r.level),
            f"{r.universes:,}",
            number(r.degree),
        )
        for r in table.itertuples()
    ]
    return headed(rows, ("choice", "chosen", "universes", "mean_degree"), reader)


def sensitivity(table, reader):
    """Lay out the shares of variance that choices explain.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over `sensitivity`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            reader.word(f"variance_of_{r.output}"),
            reader.factor(r.factor),
            number(100 * r.first_order, 1),
            number(100 * r.total, 1),
        )
        for r in table.itertuples()
    ]
    return headed(rows, ("output", "choice", "first_order", "total"), reader)


def panel_changes(table, reader):
    """Lay out how results move when a year or a region is left out.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns kind, left_out, largest, mean, level_changes, ranks_changed.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            reader.regions[reader.language][r.left_out] if r.kind == "region" else str(r.left_out),
            number(r.largest),
            number(r.mean),
            str(r.level_changes),
            str(r.ranks_changed),
        )
        for r in table.itertuples()
    ]
    keys = ("without", "largest_change", "mean_change", "level_changes", "ranks_changed")
    return headed(rows, keys, reader)


def rank_table(table, reader):
    """Lay out the intervals of the ranks by region and year.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `rank-intervals`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
        Of the universes, and of errors in figures and weights together.
    """
    dash = {"en": "–", "zh": "—"}[reader.language]
    shown = table[table["source"].isin(["universes", "both"])]
    said = [f"{r.median:g} [{r.low:g}{dash}{r.high:g}]" for r in shown.itertuples()]
    wide = shown.assign(said=said).pivot(index=["source", "region"], columns="year", values="said")
    order = [(s, r) for s in ("universes", "both") for r in reader.regions.index if (s, r) in wide.index]
    rows = [(reader.word(f"of_{s}"), reader.regions[reader.language][r], *wide.loc[(s, r)]) for s, r in order]
    return pd.DataFrame(rows, columns=[reader.word("source"), reader.word("region"), *map(str, wide.columns)])


def coherence(table, reader):
    """Lay out how every indicator relates to its subsystem.

    Parameters
    ----------
    table : pandas.DataFrame
        The first table of `robustness.coherence`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(reader.study)
    rows = [
        (
            names[r.indicator][reader.language],
            number(r.weight),
            number(r.effective),
            number(r.with_score, 2),
            number(r.with_rest, 2),
            f"{names[r.nearest][reader.language]} ({number(r.with_nearest, 2)})" if r.nearest else "–",
            reader.word(f"flag_{r.flag}") if r.flag else "",
        )
        for r in table.fillna({"flag": "", "nearest": ""}).itertuples()
    ]
    return headed(rows, ("indicator", "weight", "effective", "with_score", "with_rest", "nearest", "flag"), reader)


def consistency(table, reader):
    """Lay out how far the indicators of a subsystem or dimension measure one thing.

    Parameters
    ----------
    table : pandas.DataFrame
        The second table of `robustness.coherence`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names = {p.id: p.name[reader.language] for s in reader.study.subsystems for p in (s, *s.dimensions)}
    rows = [
        (
            names[r.part],
            str(r.indicators),
            number(r.alpha, 2),
            number(r.within, 2),
            number(100 * r.first_component, 0),
            str(r.components),
        )
        for r in table.itertuples()
    ]
    keys = ("part", "indicator_count", "cronbach", "within_correlation", "first_component", "components_count")
    return headed(rows, keys, reader)
