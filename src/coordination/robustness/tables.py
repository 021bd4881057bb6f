"""Tables of the multiverse, errors and coherence. Nothing is computed here."""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import _headed, _names, number
from coordination.presentation.wording import choice, factor, word


def choices(table, *, study, regions, language):
    """Lay out the choices of the multiverse and the outcome under each.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns factor, level, universes, degree.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (factor(r.factor, language), choice(r.factor, r.level, study, language), f"{r.universes:,}", number(r.degree))
        for r in table.itertuples()
    ]
    return _headed(rows, ("choice", "chosen", "universes", "mean_degree"), language)


def sensitivity(table, *, study, regions, language):
    """Lay out the shares of variance that choices explain.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over `sensitivity`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            word(f"variance_of_{r.output}", language),
            factor(r.factor, language),
            number(100 * r.first_order, 1),
            number(100 * r.total, 1),
        )
        for r in table.itertuples()
    ]
    return _headed(rows, ("output", "choice", "first_order", "total"), language)


def panel_changes(table, *, study, regions, language):
    """Lay out how results move when a year or a region is left out.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns kind, left_out, largest, mean, level_changes, ranks_changed.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            regions[language][r.left_out] if r.kind == "region" else str(r.left_out),
            number(r.largest),
            number(r.mean),
            str(r.level_changes),
            str(r.ranks_changed),
        )
        for r in table.itertuples()
    ]
    keys = ("without", "largest_change", "mean_change", "level_changes", "ranks_changed")
    return _headed(rows, keys, language)


def rank_table(table, *, study, regions, language):
    """Lay out the intervals of the ranks by region and year.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `rank-intervals`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
        Of the universes, and of errors in figures and weights together.
    """
    dash = {"en": "–", "zh": "—"}[language]
    shown = table[table["source"].isin(["universes", "both"])]
    said = [f"{r.median:g} [{r.low:g}{dash}{r.high:g}]" for r in shown.itertuples()]
    wide = shown.assign(said=said).pivot(index=["source", "region"], columns="year", values="said")
    order = [(s, r) for s in ("universes", "both") for r in regions.index if (s, r) in wide.index]
    rows = [(word(f"of_{s}", language), regions[language][r], *wide.loc[(s, r)]) for s, r in order]
    return pd.DataFrame(rows, columns=[word("source", language), word("region", language), *map(str, wide.columns)])


def coherence(table, *, study, regions, language):
    """Lay out how every indicator relates to its subsystem.

    Parameters
    ----------
    table : pandas.DataFrame
        The first table of `robustness.coherence`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(study)
    rows = [
        (
            names[r.indicator][language],
            number(r.weight),
            number(r.effective),
            number(r.with_score, 2),
            number(r.with_rest, 2),
            f"{names[r.nearest][language]} ({number(r.with_nearest, 2)})" if r.nearest else "–",
            word(f"flag_{r.flag}", language) if r.flag else "",
        )
        for r in table.fillna({"flag": "", "nearest": ""}).itertuples()
    ]
    return _headed(rows, ("indicator", "weight", "effective", "with_score", "with_rest", "nearest", "flag"), language)


def consistency(table, *, study, regions, language):
    """Lay out how far the indicators of a subsystem or dimension measure one thing.

    Parameters
    ----------
    table : pandas.DataFrame
        The second table of `robustness.coherence`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names = {p.id: p.name[language] for s in study.subsystems for p in (s, *s.dimensions)}
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
    return _headed(rows, keys, language)
