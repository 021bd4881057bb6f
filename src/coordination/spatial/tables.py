"""Tables of spatial autocorrelation. Nothing is computed here."""

from __future__ import annotations

from coordination.presentation.columns import _headed, _names, _sourced, number, p_value
from coordination.presentation.wording import span, word


def global_moran(table, *, study, regions, language):
    """Lay out global Moran's I (table 6).

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    ps = ("p_randomisation", "p_permutation", "p_exact_greater", "p_exact_two_sided")
    rows = [
        (
            word(r["source"], language),
            str(r["year"]),
            number(r["moran_i"]),
            number(r["z_randomisation"]),
            *(p_value(r[p]) for p in ps),
        )
        for _, r in table.iterrows()
    ]
    result = _sourced(_headed(rows, ("source", "year", "moran_i", "z", *ps), language, study), table, language)
    absent = [word(p, language) for p in ps if table[p].isna().all()]  # not enumerated
    result = result.drop(columns=[c for c in result.columns if c in absent])
    return result.rename(columns={word("p_randomisation", language): word("p", language)})


def local_moran(table, *, study, regions, language):
    """Lay out local Moran's I of one year.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over table `local-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            word(r["source"], language),
            regions[language][r["region"]],
            *(number(r[k]) for k in ("z", "lag", "local_i")),
            word(r["quadrant"], language),
            word(r["quadrant_article"], language),
            p_value(r["p_permutation"]),
            p_value(r["p_exact"]),
            p_value(r["p_smallest"]) if r["p_smallest"] >= 0.001 else f"{r['p_smallest']:.0e}".replace("-", "−"),
            word("yes" if r["significant_fdr"] else "no", language),
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
    return _sourced(_headed(rows, keys, language), table, language)


def moran_change(table, *, study, regions, language):
    """Lay out the change of Moran's I and its tests.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `moran-change`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    numbers = ("moran_first", "moran_last", "change")
    ps = ("p_less", "p_two_sided")
    late = ("slope_p_two_sided", "order_p_two_sided")
    rows = [
        (
            word(r["source"], language),
            span((r["first"], r["last"]) if r["first"] != r["last"] else (r["first"],), language),
            *(number(r[k]) for k in numbers),
            *(p_value(r[k]) for k in ps),
            number(r["slope"], 4),
            *(p_value(r[k]) for k in late),
        )
        for _, r in table.iterrows()
    ]
    return _sourced(_headed(rows, ("source", "span", *numbers, *ps, "slope", *late), language, study), table, language)


def geary(table, *, study, regions, language):
    """Lay out Geary's C by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, geary_c, p (in the study's tail), p_two_sided.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    tail = study.autocorrelation.tail
    rows = [
        (str(r["year"]), number(r["geary_c"]), p_value(r["p"]), p_value(r["p_two_sided"])) for _, r in table.iterrows()
    ]
    result = _headed(rows, ("year", "geary_c", "p", "p_two_sided"), language, study)
    plain = word("p", language)
    if tail == "two-sided":
        return result.drop(columns=plain)
    return result.rename(columns={plain: word("p_tail", language).format(word(tail, language))})


def bivariate_moran(table, *, study, regions, language):
    """Lay out bivariate Moran's I by pair of subsystems and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns first, second, year, bivariate_i, expected_i, correlation, p_two_sided.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, names, _ = _names(study)
    rows = [
        (
            word("pair", language).format(names[r["first"]][language], names[r["second"]][language]),
            str(r["year"]),
            *(number(r[k]) for k in ("bivariate_i", "expected_i", "correlation")),
            p_value(r["p_two_sided"]),
        )
        for _, r in table.iterrows()
    ]
    keys = ("subsystem", "year", "bivariate_i", "expected_i", "correlation", "p_two_sided")
    return _headed(rows, keys, language, study)


def hot_spots(table, *, study, regions, language):
    """Lay out G* of one year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, g_star, p, significant_fdr, a row a region.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            regions[language][r["region"]],
            number(r["g_star"]),
            p_value(r["p"]),
            word("hot" if r["g_star"] > 0 else "cold", language) if r["significant_fdr"] else "–",
        )
        for _, r in table.iterrows()
    ]
    return _headed(rows, ("region", "g_star", "p_two_sided", "hot_or_cold"), language)


def gravity_path(table, *, study, regions, language):
    """Lay out centre of gravity and standard deviational ellipse by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, longitude, latitude (degrees), moved, major, minor (km), bearing (degrees).
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    decimals = {"longitude": 3, "latitude": 3, "moved": 1, "major": 1, "minor": 1, "bearing": 1}
    rows = [(str(r["year"]), *(number(r[k], d) for k, d in decimals.items())) for r in table.to_dict("records")]
    return _headed(rows, ("year", *decimals), language, study)


def trend_surface(table, *, study, regions, language):
    """Lay out trend surfaces by order and year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns order, year, r_squared, p, rise, bearing; a surface that was refused is missing.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            word({1: "plane", 2: "quadratic"}[r["order"]], language),
            str(r["year"]),
            number(r["r_squared"]),
            p_value(r["p"]),
            number(r["rise"], 4),
            number(r["bearing"], 0),
        )
        for _, r in table.iterrows()
    ]
    return _headed(rows, ("surface", "year", "r_squared", "p", "rise", "bearing"), language, study)
