"""Tables of spatial autocorrelation. Nothing is computed here.

Every layout ends in a reader and returns what that reader sees, a DataFrame of str.
"""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import laid_out, named, numeric, p, plain, ranked, sourced, worded
from coordination.presentation.reader import number, p_value
from coordination.sections import p_columns


def global_moran(table, joint, reader):
    """Lay out global Moran's I (table 6), a row a year and one of all years together.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    joint : pandas.DataFrame
        Column source, and a row a source as `joint.joint_moran` returns it.
    """
    spans = [reader.span([row["first"], row["last"]]) for row in joint.to_dict("records")]
    together = joint.assign(year=spans)[joint["years"].to_numpy() > 1]
    parts = [part for s in table["source"].unique() for part in (table[table["source"] == s], _of(together, s))]
    table = pd.concat(parts, ignore_index=True).reindex(columns=table.columns)
    ps = p_columns(reader.study.autocorrelation.tail)
    columns = (
        ("source", worded("source")),
        ("year", plain("year")),
        ("moran_i", numeric("moran_i")),
        ("permutation_mean", numeric("permutation_mean")),
        ("permutation_sd", numeric("permutation_sd")),
        ("z", numeric("z_randomisation")),
        *((key, p(key)) for key in ps if table[key].notna().any()),  # the others are not enumerated
    )
    result = sourced(laid_out(table, reader, columns), table, reader)
    return result.rename(columns={reader.word("p_randomisation"): reader.word("p")})


def _of(table, source):
    return table[table["source"] == source].dropna(axis=1, how="all")


def influence(table, reader):
    """Lay out what Moran's I of a year is without a region, without a link, and under other weights.

    Parameters
    ----------
    table : pandas.DataFrame
        As `influence.influence` returns it.
    """

    def changed(reader, row):
        if row["kind"] == "weights":
            what = reader.choice("spatial_weights", row["weights"])
        else:
            names = [reader.region(r) for r in (row["region"], row["neighbour"]) if isinstance(r, str)]
            what = reader.word("pair_of").format(*names) if len(names) == 2 else "".join(names)
        return reader.word(f"changed_{row['kind']}").format(what)

    columns = (
        ("changed", changed),
        ("link_share", numeric("share", 1, 100)),
        ("moran_i", numeric("moran_i")),
        ("expected_i", numeric("expected_i")),
        ("p_of_influence", p("p")),
        *([("p_two_sided", p("p_two_sided"))] if table["p_two_sided"].notna().any() else []),
    )
    result = laid_out(table, reader, columns)
    tail = reader.word("p_tail").format(reader.word(reader.study.autocorrelation.tail))
    return result.rename(columns={reader.word("p_of_influence"): tail}).loc[:, lambda t: ~t.columns.duplicated()]


def local_moran(table, reader):
    """Lay out local Moran's I of one year.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over table `local-moran`.
    """

    def smallest(reader, row):
        value = row["p_smallest"]
        return p_value(value) if value >= 0.001 else f"{value:.0e}".replace("-", "−")

    columns = (
        ("source", worded("source")),
        ("region", named("region")),
        ("z", numeric("z")),
        ("z_lag", numeric("lag")),
        ("local_i", numeric("local_i")),
        ("quadrant", worded("quadrant")),
        ("quadrant_article", worded("quadrant_article")),
        ("p_permutation", p("p_permutation")),
        ("p_exact", p("p_exact")),
        ("p_smallest", smallest),
        ("q_value", p("q")),
        ("significant_fdr", worded("significant_fdr")),
    )
    return ranked(sourced(laid_out(table, reader, columns), table, reader), table["local_i"])


def local_moments(table, reader):
    """Lay out the moments of local Moran's I of one year, and both tails of its exact test.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over table `local-moran`.
    """
    columns = (
        ("source", worded("source")),
        ("region", named("region")),
        ("local_i", numeric("local_i")),
        ("expected_i", numeric("expected_i")),
        ("variance_i", numeric("variance_i")),
        ("z_i", numeric("z_i")),
        *((key, p(key)) for key in ("p_exact_greater", "p_exact_less") if table[key].notna().any()),
    )
    return ranked(sourced(laid_out(table, reader, columns), table, reader), table["local_i"])


def moran_change(table, reader):
    """Lay out the change of Moran's I and its tests.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `moran-change`.
    """

    def span(reader, row):
        return reader.span(list(dict.fromkeys((row["first"], row["last"]))))

    columns = (
        ("source", worded("source")),
        ("span", span),
        *((key, numeric(key)) for key in ("moran_first", "moran_last", "change", "critical")),
        *((key, p(key)) for key in ("p_less", "p_two_sided")),
        ("slope", numeric("slope", 4)),
        *((key, p(key)) for key in ("slope_p_two_sided", "order_p_two_sided")),
    )
    return sourced(laid_out(table, reader, columns), table, reader)


def geary(table, reader):
    """Lay out Geary's C by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, geary_c, p (in the study's tail), p_two_sided.
    """
    columns = [("year", plain("year")), ("geary_c", numeric("geary_c")), ("p_two_sided", p("p_two_sided"))]
    tail = reader.study.autocorrelation.tail
    result = laid_out(table, reader, columns)
    if tail != "two-sided":
        head = reader.word("p_tail").format(reader.word(tail))
        result.insert(2, head, table["p"].map(p_value).tolist())
    return result


def bivariate_moran(table, reader):
    """Lay out bivariate Moran's I by pair of subsystems and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns first, second, year, bivariate_i, expected_i, correlation, p_two_sided.
    """

    def pair(reader, row):
        return reader.word("pair").format(reader.subsystem(row["first"]), reader.subsystem(row["second"]))

    columns = (
        ("subsystem", pair),
        ("year", plain("year")),
        *((key, numeric(key)) for key in ("bivariate_i", "expected_i", "correlation")),
        ("p_two_sided", p("p_two_sided")),
    )
    return laid_out(table, reader, columns)


def hot_spots(table, reader):
    """Lay out G* of one year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, g_star, p, significant_fdr, a row a region.
    """

    def hot_or_cold(reader, row):
        return reader.word("hot" if row["g_star"] > 0 else "cold") if row["significant_fdr"] else "–"

    columns = (
        ("region", named("region")),
        ("g_star", numeric("g_star")),
        ("p_two_sided", p("p")),
        ("hot_or_cold", hot_or_cold),
    )
    return ranked(laid_out(table, reader, columns), table["g_star"])


def gravity_path(table, reader):
    """Lay out centre of gravity and standard deviational ellipse by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, longitude, latitude (degrees), moved, major, minor (km), bearing (degrees).
    """
    decimals = {"longitude": 3, "latitude": 3, "moved": 1, "major": 1, "minor": 1, "bearing": 1}
    return laid_out(table, reader, [("year", plain("year")), *((k, numeric(k, d)) for k, d in decimals.items())])


def trend_surface(table, reader):
    """Lay out trend surfaces by order and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns order, year, r_squared, p, rise, bearing; a surface that was refused is missing.
    """
    columns = (
        ("surface", lambda reader, row: reader.word({1: "plane", 2: "quadratic"}[row["order"]])),
        ("year", plain("year")),
        ("r_squared", numeric("r_squared")),
        ("p", p("p")),
        ("rise", numeric("rise", 4)),
        ("bearing", numeric("bearing", 0)),
    )
    return laid_out(table, reader, columns)


def metacoupling(table, reader):
    """Lay out coordination within a region, with near ones and with all others.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year: region, kind, coupling, coordination_index, coordination_degree.
    """
    values = ["coupling", "coordination_index", "coordination_degree"]
    wide = table.pivot(index="region", columns="kind", values=values).reindex(reader.regions.index)
    wide.columns = [f"{kind}_{value}" for value, kind in wide.columns]
    symbols = dict(zip(values, "CTD", strict=True))
    result = laid_out(wide.reset_index(), reader, [("region", named("region"))])
    for kind, word in {"local": "local_coupling", "peri": "peri_coupling", "tele": "tele_coupling"}.items():
        for value, symbol in symbols.items():
            head = reader.word("symbol_of").format(symbol, reader.word(word))
            result[head] = wide[f"{kind}_{value}"].map(number).tolist()
    return ranked(result, wide["local_coordination_degree"])
