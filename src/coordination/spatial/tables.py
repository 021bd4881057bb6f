"""Tables of spatial autocorrelation. Nothing is computed here."""

from __future__ import annotations

from coordination.presentation.columns import headed, sourced
from coordination.presentation.reader import number, p_value


def global_moran(table, reader):
    """Lay out global Moran's I (table 6).

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    ps = ("p_randomisation", "p_permutation", "p_exact_greater", "p_exact_two_sided")
    rows = [
        (
            reader.word(r["source"]),
            str(r["year"]),
            number(r["moran_i"]),
            number(r["z_randomisation"]),
            *(p_value(r[p]) for p in ps),
        )
        for _, r in table.iterrows()
    ]
    result = sourced(headed(rows, ("source", "year", "moran_i", "z", *ps), reader), table, reader)
    absent = [reader.word(p) for p in ps if table[p].isna().all()]  # not enumerated
    result = result.drop(columns=[c for c in result.columns if c in absent])
    return result.rename(columns={reader.word("p_randomisation"): reader.word("p")})


def local_moran(table, reader):
    """Lay out local Moran's I of one year.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over table `local-moran`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            reader.word(r["source"]),
            reader.regions[reader.language][r["region"]],
            *(number(r[k]) for k in ("z", "lag", "local_i")),
            reader.word(r["quadrant"]),
            reader.word(r["quadrant_article"]),
            p_value(r["p_permutation"]),
            p_value(r["p_exact"]),
            p_value(r["p_smallest"]) if r["p_smallest"] >= 0.001 else f"{r['p_smallest']:.0e}".replace("-", "−"),
            reader.word("yes" if r["significant_fdr"] else "no"),
        )
        for _, r in table.iterrows()
    ]
    keys = (
        "source",
        "region",
        "z",
        "z_lag",
        "local_i",
        "quadrant",
        "quadrant_article",
        "p_permutation",
        "p_exact",
        "p_smallest",
        "significant_fdr",
    )
    return sourced(headed(rows, keys, reader), table, reader)


def moran_change(table, reader):
    """Lay out the change of Moran's I and its tests.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `moran-change`.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    numbers = ("moran_first", "moran_last", "change")
    ps = ("p_less", "p_two_sided")
    late = ("slope_p_two_sided", "order_p_two_sided")
    rows = [
        (
            reader.word(r["source"]),
            reader.span((r["first"], r["last"]) if r["first"] != r["last"] else (r["first"],)),
            *(number(r[k]) for k in numbers),
            *(p_value(r[k]) for k in ps),
            number(r["slope"], 4),
            *(p_value(r[k]) for k in late),
        )
        for _, r in table.iterrows()
    ]
    return sourced(
        headed(rows, ("source", "span", *numbers, *ps, "slope", *late), reader),
        table,
        reader,
    )


def geary(table, reader):
    """Lay out Geary's C by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, geary_c, p (in the study's tail), p_two_sided.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    tail = reader.study.autocorrelation.tail
    rows = [
        (str(r["year"]), number(r["geary_c"]), p_value(r["p"]), p_value(r["p_two_sided"])) for _, r in table.iterrows()
    ]
    result = headed(rows, ("year", "geary_c", "p", "p_two_sided"), reader)
    plain = reader.word("p")
    if tail == "two-sided":
        return result.drop(columns=plain)
    return result.rename(columns={plain: reader.word("p_tail").format(reader.word(tail))})


def bivariate_moran(table, reader):
    """Lay out bivariate Moran's I by pair of subsystems and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns first, second, year, bivariate_i, expected_i, correlation, p_two_sided.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            reader.word("pair").format(reader.subsystem(r["first"]), reader.subsystem(r["second"])),
            str(r["year"]),
            *(number(r[k]) for k in ("bivariate_i", "expected_i", "correlation")),
            p_value(r["p_two_sided"]),
        )
        for _, r in table.iterrows()
    ]
    keys = ("subsystem", "year", "bivariate_i", "expected_i", "correlation", "p_two_sided")
    return headed(rows, keys, reader)


def hot_spots(table, reader):
    """Lay out G* of one year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, g_star, p, significant_fdr, a row a region.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            reader.regions[reader.language][r["region"]],
            number(r["g_star"]),
            p_value(r["p"]),
            reader.word("hot" if r["g_star"] > 0 else "cold") if r["significant_fdr"] else "–",
        )
        for _, r in table.iterrows()
    ]
    return headed(rows, ("region", "g_star", "p_two_sided", "hot_or_cold"), reader)


def gravity_path(table, reader):
    """Lay out centre of gravity and standard deviational ellipse by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, longitude, latitude (degrees), moved, major, minor (km), bearing (degrees).
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    decimals = {"longitude": 3, "latitude": 3, "moved": 1, "major": 1, "minor": 1, "bearing": 1}
    rows = [(str(r["year"]), *(number(r[k], d) for k, d in decimals.items())) for r in table.to_dict("records")]
    return headed(rows, ("year", *decimals), reader)


def trend_surface(table, reader):
    """Lay out trend surfaces by order and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns order, year, r_squared, p, rise, bearing; a surface that was refused is missing.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            reader.word({1: "plane", 2: "quadratic"}[r["order"]]),
            str(r["year"]),
            number(r["r_squared"]),
            p_value(r["p"]),
            number(r["rise"], 4),
            number(r["bearing"], 0),
        )
        for _, r in table.iterrows()
    ]
    return headed(rows, ("surface", "year", "r_squared", "p", "rise", "bearing"), reader)
