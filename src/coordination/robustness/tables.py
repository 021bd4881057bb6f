"""Tables of the multiverse, errors, coherence and what other tools do. Nothing is computed here."""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import headed, laid_out, named, numeric, plain, worded
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
    columns = (
        ("choice", named("factor")),
        ("chosen", lambda reader, row: reader.choice(row["factor"], row["level"])),
        ("universes", named("grouped", "universes")),
        ("mean_degree", numeric("degree")),
    )
    return laid_out(table, reader, columns)


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
    columns = (
        ("output", worded("output", "variance_of_{}")),
        ("choice", named("factor")),
        ("first_order", numeric("first_order", 1, 100)),
        ("total", numeric("total", 1, 100)),
    )
    return laid_out(table, reader, columns)


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
    columns = (
        ("without", _left_out),
        ("largest_change", numeric("largest")),
        ("mean_change", numeric("mean")),
        ("level_changes", plain("level_changes")),
        ("ranks_changed", plain("ranks_changed")),
    )
    return laid_out(table, reader, columns)


def _left_out(reader, row):
    return reader.region(row["left_out"]) if row["kind"] == "region" else str(row["left_out"])


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
    dash = reader.word("dash")
    shown = table[table["source"].isin(["universes", "both"])]
    said = [f"{r.median:g} [{r.low:g}{dash}{r.high:g}]" for r in shown.itertuples()]
    wide = shown.assign(said=said).pivot(index=["source", "region"], columns="year", values="said")
    order = [(s, r) for s in ("universes", "both") for r in reader.regions.index if (s, r) in wide.index]
    rows = [(reader.word(f"of_{s}"), reader.region(r), *wide.loc[(s, r)]) for s, r in order]
    return pd.DataFrame(rows, columns=[reader.word("source"), reader.word("region"), *map(str, wide.columns)])


def wide(table, reader):
    """Lay out where every region stands in a streamed multiverse.

    Parameters
    ----------
    table : pandas.DataFrame
        See `wide.by_region`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    columns = (
        ("region", named("region")),
        ("own_rank", plain("rank")),
        ("wide_ranks", _interval("", 0)),
        ("own_degree", numeric("degree")),
        ("wide_degrees", _interval("degree_", 3)),
        ("wide_flipped", numeric("flipped", 1, 100)),
    )
    return laid_out(table, reader, columns)


def wide_moran(table, reader):
    """Lay out Moran's I in a streamed multiverse by spatial weights.

    Parameters
    ----------
    table : pandas.DataFrame
        See `wide.by_weights`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    columns = (
        ("factor_spatial_weights", lambda reader, row: reader.choice("spatial_weights", row["weights"])),
        ("universes", named("grouped", "universes")),
        ("wide_moran", _interval("", 3)),
        ("wide_error", numeric("error", 4)),
    )
    return laid_out(table, reader, columns)


def _interval(prefix, decimals):
    """Cells with a median and, in brackets, the ends of an interval."""

    def cell(reader, row):
        low, median, high = (number(row[f"{prefix}{end}"], decimals) for end in ("low", "median", "high"))
        return f"{median} [{low}{reader.word('dash')}{high}]"

    return cell


def measured_degrees(table, reader):
    """Lay out D and ranks of the last year with figures measured otherwise.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns way, region, year, degree, rank, of one year.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
        A row a region, a column a way; the rank in brackets.
    """
    cells = {(r.way, r.region): reader.bracketed(number(r.degree), str(r.rank)) for r in table.itertuples()}
    ways = list(dict.fromkeys(table["way"]))
    rows = [[reader.region(r), *(cells[w, r] for w in ways)] for r in dict.fromkeys(table["region"])]
    return headed(rows, ["region", *(f"way_{w}" for w in ways)], reader)


def measured(table, reader):
    """Lay out what else changes with figures measured otherwise.

    Parameters
    ----------
    table : pandas.DataFrame
        See `measured.compare`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    columns = (
        ("way", worded("way", "way_{}")),
        ("weight", numeric("weight")),
        ("mean_degree", numeric("mean_last")),
        ("largest_change", numeric("largest")),
        ("ranks_changed", plain("ranks_changed")),
        ("falls_at_breaks", _falls),
        *([("largest_obstacles", _obstacles)] if table["obstacles"].str.len().any() else []),
        ("claims_that_hold", lambda reader, row: f"{row['held']}/{row['tested']}" if row["tested"] else ""),
    )
    return laid_out(table, reader, columns)


def _obstacles(reader, row):
    return reader.word("list_comma").join(map(reader.indicator, row["obstacles"]))


def _falls(reader, row):
    return reader.word("list_comma").join(reader.bracketed(str(n), str(year)) for year, n in row["falls"].items())


def coherence(table, reader):
    """Lay out how every indicator relates to its subsystem.

    Parameters
    ----------
    table : pandas.DataFrame
        The first table of `coherence.coherence`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    columns = (
        ("indicator", named("indicator")),
        ("weight", numeric("weight")),
        ("effective", numeric("effective")),
        ("with_score", numeric("with_score", 2)),
        ("with_rest", numeric("with_rest", 2)),
        ("nearest", _nearest),
        ("flag", lambda reader, row: reader.word(f"flag_{row['flag']}") if row["flag"] else ""),
    )
    return laid_out(table.fillna({"flag": "", "nearest": ""}), reader, columns)


def _nearest(reader, row):
    if not row["nearest"]:
        return "–"
    return f"{reader.indicator(row['nearest'])} ({reader.number(row['with_nearest'], 2)})"


def consistency(table, reader):
    """Lay out how far the indicators of a subsystem or dimension measure one thing.

    Parameters
    ----------
    table : pandas.DataFrame
        The second table of `coherence.coherence`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    columns = (
        ("part", lambda reader, row: getattr(reader, row["kind"])(row["part"])),
        ("indicator_count", plain("indicators")),
        ("cronbach", numeric("alpha", 2)),
        ("within_correlation", numeric("within", 2)),
        ("first_component", numeric("first_component", 0, 100)),
        ("components_count", plain("components")),
    )
    return laid_out(table, reader, columns)


def variants(table, reader):
    """Lay out what changes when the result is computed as other tools do.

    Parameters
    ----------
    table : pandas.DataFrame
        As `variants.compare` returns it.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    shown = laid_out(table, reader, VARIANTS)
    year = reader.study.years[-1]
    return shown.set_axis([reader.timed_word(key, year) for key, _ in VARIANTS], axis=1)


def _where(reader, row):
    if pd.isna(row["year"]):
        return "–"
    return reader.word("comma").join([reader.region(row["region"]), reader.timed_word("compare_in_year", row["year"])])


VARIANTS = (
    ("compare_variant", worded("variant", "variant_{}")),
    ("compare_max_change", named("difference", "max_change")),
    ("compare_where", _where),
    ("compare_mean_change", named("difference", "mean_change")),
    ("compare_flips", lambda reader, row: reader.bracketed(row["flips"], reader.percent(row["flip_share"], 1))),
    ("compare_outside", plain("outside")),
    ("compare_ranks_changed", plain("ranks_changed")),
    ("compare_largest_rank_change", plain("largest_rank_change")),
    ("compare_spearman", numeric("spearman")),
    ("compare_moran_i", numeric("moran_i")),
    ("compare_moran_change", numeric("moran_change")),
)
