"""How tables look: from tidy results to what a reader sees, in English or Chinese. Nothing is computed here."""

from __future__ import annotations

import re

import pandas as pd

from coordination.wording import COLON, COMMA, choice, class_name, factor, phrased, span, word


def number(value, decimals=3):
    """Write a number with a fixed number of decimals.

    Parameters
    ----------
    value : float
    decimals : int

    Returns
    -------
    str
        A dash for a missing value, a true minus sign for a negative one, none for what rounds to 0.

    Examples
    --------
    >>> number(-0.12345), number(float("nan"))
    ('−0.123', '–')
    """
    return "–" if pd.isna(value) else f"{value:z.{decimals}f}".replace("-", "−")


def p_value(value):
    """Write a p value with three decimals, or as below 0.001.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> p_value(0.0004), p_value(0.0247)
    ('<0.001', '0.025')
    """
    return "<0.001" if value < 0.001 else number(value)


def _four_digits(value):
    if pd.isna(value):
        return number(value)
    return (f"{value:.4g}" if abs(value) < 9999.5 else f"{value:,.0f}").replace("-", "−")


def _headed(rows, keys, language, study=None):
    return pd.DataFrame(rows, columns=[word(k, language, study) for k in keys])


def _sourced(laid_out, table, language):
    """Leave out the source where there is no other: nothing was published."""
    return laid_out.drop(columns=word("source", language)) if set(table["source"]) == {"data"} else laid_out


def _names(study):
    indicators = {i.id: i.name for s in study.subsystems for d in s.dimensions for i in d.indicators}
    groups = {g.id: g.name for g in (*study.groups, study.whole)}
    return indicators, {s.id: s.name for s in study.subsystems}, groups


def indicator_system(system, *, study, regions, language):
    """Lay out the indicator system of a subsystem (tables 1 and 2 of a study of two).

    Parameters
    ----------
    system : pandas.DataFrame
        Columns subsystem, dimension, indicator, direction, available.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    shown = set(system["indicator"])
    rows = [
        (
            d.name[language],
            i.name[language],
            i.unit[language],
            word(i.direction, language),
            word("available", language)
            if i.unavailable is None
            else word("unavailable", language) + COLON[language] + i.unavailable[language],
        )
        for s in study.subsystems
        for d in s.dimensions
        for i in d.indicators
        if i.id in shown
    ]
    return _headed(rows, ("dimension", "indicator", "unit", "direction", "figures"), language)


def descriptives(described, *, study, regions, language):
    """Lay out the description of the indicators.

    Parameters
    ----------
    described : pandas.DataFrame
        Columns indicator, mean, standard_deviation, minimum, median, maximum, filled (share).
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(study)
    keys = ("mean", "standard_deviation", "minimum", "median", "maximum")
    rows = [
        (
            names[row["indicator"]][language],
            *(_four_digits(row[k]) for k in keys),
            number(100 * row["filled"], 1),
        )
        for _, row in described.iterrows()
    ]
    return _headed(rows, ("indicator", *keys, "filled"), language)


def weights(table, *, study, regions, language):
    """Lay out entropies and weights.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, entropy, weight.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    by_indicator = table.set_index("indicator")
    rows = []
    for s in study.subsystems:
        for d in s.dimensions:
            members = [i for i in d.indicators if i.unavailable is None]
            total = sum(by_indicator["weight"][i.id] for i in members)
            for i in members:
                own = by_indicator.loc[i.id]
                cells = (s.name[language], d.name[language], i.name[language])
                rows.append((*cells, number(own["entropy"], 4), number(own["weight"], 4), number(total, 4)))
    return _headed(rows, ("subsystem", "dimension", "indicator", "entropy", "weight", "dimension_weight"), language)


def development(table, *, study, regions, language):
    """Lay out scores and growth of the regions.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, first, last, change, growth (a share), mean.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, _, groups = _names(study)
    rows = [
        (
            regions[language][r["region"]],
            groups[regions["group"][r["region"]]][language],
            *(number(r[k]) for k in ("first", "last", "change")),
            number(100 * r["growth"], 2),
            number(r["mean"]),
        )
        for _, r in table.iterrows()
    ]
    return _headed(rows, ("region", "group", "first", "last", "change", "growth", "mean"), language, study)


def levels(table, *, study, regions, language):
    """Lay out the levels (table 3).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns above, up_to, level.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [(f"({x.above:g}, {x.up_to:g}]", x.name[language]) for x in study.levels]
    return _headed(rows, ("interval", "level"), language)


def by_year(table, *, study, regions, language):
    """Lay out a variable with regions in rows and years in columns (table 4).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and the variable.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, _, groups = _names(study)
    wide = table.pivot(index="region", columns="year", values=table.columns[-1]).reindex(regions.index)
    head = pd.DataFrame(
        {
            word("group", language): [groups[g][language] for g in regions["group"]],
            word("region", language): list(regions[language]),
        }
    )
    body = wide.map(number).reset_index(drop=True).rename(columns=str)
    return pd.concat([head, body], axis=1).rename_axis(columns=None)


def group_coordination(table, *, study, regions, language):
    """Lay out group means by year with their levels in the first and last (table 5).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, year, coordination_degree, level.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, _, groups = _names(study)
    level = {x.name.en: x.name[language] for x in study.levels}
    years = [str(y) for y in table["year"].unique()]
    ends = sorted({0, len(years) - 1})
    rows = []
    for g in table["group"].unique():
        own = table[table["group"] == g]
        of_ends = (level[own["level"].iloc[k]] for k in ends)
        rows.append((groups[g][language], *own["coordination_degree"].map(number), *of_ends))
    heads = [word("level", language) + COMMA[language] + years[k] for k in ends]
    return pd.DataFrame(rows, columns=[word("group", language), *years, *heads])


def coordination_state(table, *, study, regions, language):
    """Lay out one year's scores, coupling, coordination, level and lag.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, the subsystems' ids, coupling, coordination_index, coordination_degree, level, lag.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, subsystems, _ = _names(study)
    level = {x.name.en: x.name[language] for x in study.levels}
    keys = ("coupling", "coordination_index", "coordination_degree")
    rows = [
        (
            regions[language][r["region"]],
            *(number(r[s]) for s in subsystems),
            *(number(r[k]) for k in keys),
            level[r["level"]],
            word("synchronised", language)
            if r["lag"] == "synchronised"
            else word("lags", language).format(subsystems[r["lag"]][language]),
        )
        for _, r in table.iterrows()
    ]
    head = [
        word("region", language),
        *(s[language] for s in subsystems.values()),
        *(word(k, language) for k in (*keys, "level", "lag")),
    ]
    return pd.DataFrame(rows, columns=head)


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


def replication(table, *, study, regions, language):
    """Lay out the replication scoreboard.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `replication`, or some of its rows.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    named = _named(study, regions, language)

    def said(text):
        return "" if pd.isna(text) else phrased(str(text), language, named)

    rows = [
        (
            r["item"],
            said(r["section"]),
            word(f"from_{r['route']}", language),
            said(r["statistic"]),
            said(r["published"]),
            said(r["recomputed"]) or "–",
            number(r["difference"], 4),
            number(r["tolerance"], 4),
            word(r["verdict"], language),
            said(r["reason"]),
        )
        for _, r in table.iterrows()
    ]
    keys = (
        "item",
        "section",
        "route",
        "statistic",
        "published_short",
        "recomputed",
        "difference",
        "tolerance",
        "verdict",
        "reason",
    )
    return _headed(rows, keys, language)


def claims(table, *, study, regions, language):
    """Lay out the claims: whether they hold, how robustly, how certainly.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
        A verdict that depends on the convention is given for each, the study's own first. Without the column of the
        published D if it judges no claim.
    """
    named = _named(study, regions, language)
    called = {x.id: x.name[language] for x in (*study.subsystems, *study.groups)}

    def verdicts(text):
        return "–" if pd.isna(text) else " / ".join(word(v, language) for v in text.split(" / "))

    def claimed(text):
        own = re.sub(r"\w+", lambda found: called.get(found[0], found[0]), text)
        return re.sub(r"(?<=\S)([<>])(?=\S)", r" \1 ", phrased(own, language, named))

    def percent(share):
        return "–" if pd.isna(share) else f"{100 * share:.0f}%"

    def between(low, high):
        ends = dict.fromkeys("–" if pd.isna(p) else p_value(p) for p in (low, high))
        return ("至" if language == "zh" else " to ").join(ends)

    rows = [
        (
            r["claim"],
            phrased(str(r["section"]), language, named),
            phrased(r["statistic"], language, named),
            claimed(str(r["published"])),
            verdicts(r["verdict_published"]),
            verdicts(r["verdict_data"]),
            percent(r["share"]),
            percent(r["certainty"]),
            between(r["p_low"], r["p_high"]),
            _choices(r["changes"], language, study),
        )
        for _, r in table.iterrows()
    ]
    keys = (
        "item",
        "section",
        "statistic",
        "claimed",
        "in_published",
        "in_data",
        "universe_share",
        "certainty",
        "p",
        "turned_by",
    )
    laid_out = _headed(rows, keys, language)
    unpublished = table["verdict_published"].isna().all()
    return laid_out.drop(columns=word("in_published", language)) if unpublished else laid_out


def claims_short(table, *, study, regions, language):
    """Lay out the claims for print: without what they say and what turns them.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    whole = claims(table, study=study, regions=regions, language=language)
    short = whole.drop(columns=[word(k, language) for k in ("item", "section", "turned_by")])
    systems = {s.id: s.name[language] for s in study.subsystems}
    short.insert(0, word("subject", language), [systems.get(v) or word(f"of_{v}", language) for v in table["variable"]])
    return short


def _named(study, regions, language):
    """Ids and English names of whatever claims speak of, and what they are called in a language."""
    indicators, subsystems, groups = _names(study)
    named = {k: v[language] for k, v in {**indicators, **subsystems, **groups}.items()}
    named |= {x.name.en: x.name[language] for x in study.levels}
    return named | dict(zip(regions["en"], regions[language], strict=True)) | regions[language].to_dict()


def _choices(text, language, study):
    """Put sets of choices, `factor=level + factor=level | factor=level | … more`, in words."""
    if pd.isna(text) or not text:
        return "–"
    colon, semicolon, plus = ("：", "；", "＋") if language == "zh" else (": ", "; ", " + ")

    def said(pair):
        name, _, level = pair.partition("=")
        if level:
            return f"{factor(name, language)}{colon}{choice(name, level, study, language)}"
        count = name.removeprefix("… ")  # how many more sets there are
        return f"另有{count}组" if language == "zh" else f"and {count} more"

    return semicolon.join(plus.join(map(said, one.split(" + "))) for one in text.split(" | "))


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


def obstacle_ranks(table, *, study, regions, language):
    """Lay out the largest obstacles of every region.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, rank, indicator, obstacle_degree, change (shares).
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(study)
    said = {
        (r["region"], r["rank"]): _with_change(names[r["indicator"]][language], r, len(study.years) > 1, language)
        for _, r in table.iterrows()
    }
    ranks = range(1, int(table["rank"].max() if len(table) else 1) + 1)
    rows = [(regions[language][region], *(said.get((region, k), "–") for k in ranks)) for region in regions.index]
    heads = [word("obstacle_order", language).format(k) for k in ranks]
    return pd.DataFrame(rows, columns=[word("region", language), *heads])


def _with_change(name, row, several, language):
    text = f"{name} {number(100 * row['obstacle_degree'], 1)}"
    if not several:
        return text
    change = f"{100 * row['change']:+z.1f}".replace("-", "−")
    return f"{text}（{change}）" if language == "zh" else f"{text} ({change})"


def _by_dimension(table, study, regions, language, decimals, factor):
    """Return a value with regions in rows and dimensions in columns, and as numbers for a sum."""
    names = {d.id: d.name[language] for s in study.subsystems for d in s.dimensions}
    wide = table.pivot(index="region", columns="part", values=table.columns[-1]).reindex(regions.index)
    wide = factor * wide[[d for d in names if d in wide]]
    result = wide.map(lambda v: number(v, decimals)).rename(columns=names).rename_axis(columns=None)
    result.insert(0, word("region", language), regions[language])
    return result, wide


def obstacle_dimensions(table, *, study, regions, language):
    """Lay out obstacle degrees by region and dimension.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (a dimension), obstacle_degree (shares).
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    result, _ = _by_dimension(table, study, regions, language, 1, 100)
    return result.reset_index(drop=True)


def growth_table(table, *, study, regions, language):
    """Lay out the contributions of the dimensions to the change of ln D.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (a dimension), contribution.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    result, wide = _by_dimension(table, study, regions, language, 3, 1)
    result[word("total_log_change", language)] = wide.sum(axis=1, skipna=False).map(number)
    return result.reset_index(drop=True)


def obstacle_concepts(table, found, *, study, regions, language):
    """Lay out obstacle degrees by region and concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (lens.concept), obstacle_degree (shares).
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    wide = table.pivot(index="region", columns="part", values=table.columns[-1]).reindex(regions.index)
    columns = {word("region", language): list(regions[language])}
    for part in table["part"].drop_duplicates():
        lens, concept = part.split(".")
        name = f"{found.lens(lens).letter} {found.lens(lens).concept(concept).name[language]}"
        columns[name] = [number(100 * v, 1) for v in wide[part]]
    return pd.DataFrame(columns)


def concepts(table, found, *, study, regions, language):
    """Lay out what evidences every concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, family, concept, indicators, without_figures, weight, obstacle (shares), state.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = []
    for r in table.itertuples():
        lens = found.lens(r.lens)
        family = next(f for f in lens.families if f.id == r.family)
        shares = (number(100 * v, 1) if r.indicators else "–" for v in (r.weight, r.obstacle))
        counts = str(r.indicators), str(r.without_figures)
        cells = (lens.letter, family.name[language], lens.concept(r.concept).name[language])
        rows.append((*cells, *counts, *shares, word(r.state, language)))
    keys = ("lens", "family", "concept", "with_figures", "without_figures_count", "weight_share", "mean_obstacle")
    return _headed(rows, (*keys, "state"), language)


def blind_spots(table, found, *, study, regions, language):
    """Lay out the concepts that no figures evidence, with the series that would.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, concept, state, candidate (position, -1 if none is known).
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = []
    for r in table.itertuples():
        lens = found.lens(r.lens)
        concept = lens.concept(r.concept)
        series = (word("unknown_series", language), "–")
        if r.candidate >= 0:
            own = concept.candidates[r.candidate]
            series = (own.name[language], own.publisher[language])
        rows.append((lens.letter, concept.name[language], word(r.state, language), *series))
    return _headed(rows, ("lens", "concept", "state", "candidate", "publisher"), language)


def mapping(table, found, *, study, regions, language):
    """Lay out which indicator evidences which concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, family, concept, indicator, available.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(study)
    rows = []
    for r in table.itertuples():
        lens = found.lens(r.lens)
        own = next(e for e in lens.mapping if (e.indicator, e.concept) == (r.indicator, r.concept))
        has = word("available" if r.available else "unavailable", language)
        cells = (lens.letter, lens.concept(r.concept).name[language], names[r.indicator][language])
        rows.append((*cells, has, own.reason[language]))
    return _headed(rows, ("lens", "concept", "indicator", "figures", "why"), language)


def rules(table, found, *, study, regions, language):
    """Lay out the rules of the diagnosis.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns rule, scope, applicable, regions.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
        Without the rules that ask for what the study has not.
    """
    from coordination import fields  # which writes its numbers as here

    rows = []
    for r in table[table["applicable"]].itertuples():
        rule = found.rule(r.rule)
        lens = found.lens(rule.lens)
        path = lens.path(rule.path or lens.concept(rule.limit).path)
        conditions = ("；" if language == "zh" else "; ").join(
            fields.with_unit(
                fields.name(c.field, found, study, language),
                _values(c, study, language),
                f" {fields.SIGNS[c.operator]} ",
            )
            for c in rule.when
        )
        holds = word("holds_for_whole", language) if rule.scope == "whole" and r.regions else str(r.regions)
        diagnosed = found.diagnosed(rule.id)[language]
        rows.append((conditions, diagnosed, path.name[language], lens.name[language], holds))
    return _headed(rows, ("conditions", "limit", "path", "lens", "fired"), language)


def _values(condition, study, language):
    from coordination import fields

    several = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return " / ".join(fields.value(condition.field, v, study, language) for v in several)


def diagnosis(table, found, *, study, regions, language):
    """Lay out the diagnosis.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`, its numbers as pairs of field and value in the column `pairs`.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    from coordination import fields  # which writes its numbers as here

    names = regions[language].to_dict() | {study.whole.id: study.whole.name[language]}
    rows = []
    for r in table.itertuples():
        lens = found.lens(r.lens)
        path = lens.path(r.path)
        said = fields.said(r.pairs, found, study, language)
        cells = (names[r.region], found.diagnosed(r.rule)[language], path.name[language], path.measures[language])
        rows.append((*cells, said, lens.name[language]))
    return _headed(rows, ("region", "limit", "path", "measures", "numbers", "lens"), language)


def profiles(table, found, *, study, regions, language):
    """Lay out the profile of every region, a row each.

    Parameters
    ----------
    table : pandas.DataFrame
        Facts: column region and fields of the diagnosis.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    from coordination import fields  # which writes its numbers as here

    shown = ["degree", "rank", "level", "lag", "growth", "trend", "quadrant", "p", "settled", "largest_dimension"]
    shown = [f for f in [*shown, "largest_indicator"] if f in table]
    rows = [
        (
            regions[language][r["region"]],
            *(fields.value(f, r[f], study, language) if pd.notna(r[f]) else "–" for f in shown),
        )
        for _, r in table.iterrows()
    ]
    heads = [fields.name(f, found, study, language) for f in shown]
    return pd.DataFrame(rows, columns=[word("region", language), *heads])


def sigma_convergence(table, *, study, regions, language):
    """Lay out sigma convergence, a row for all regions and for every group.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, regions, first, last, slope, p, p_smallest.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, _, groups = _names(study)
    rows = [
        (
            groups[r["group"]][language],
            str(r["regions"]),
            *(number(r[k]) for k in ("first", "last")),
            number(r["slope"], 4),
            *(p_value(r[k]) for k in ("p", "p_smallest")),
        )
        for _, r in table.iterrows()
    ]
    keys = ("group", "regions_number", "first", "last", "trend_a_year", "p", "p_smallest")
    return _headed(rows, keys, language, study)


# Names of the models of beta convergence
MODELS = {
    "absolute": "absolute",
    "panel": "panel",
    "groups": "conditional_groups",
    "regions": "conditional_regions",
    "jackknife": "conditional_jackknife",
}


def beta_convergence(table, *, study, regions, language):
    """Lay out beta convergence, a row a model.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, regions, observations, coefficient, error, p, p_wild, speed (a share), half_life.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        (
            word(MODELS[r["model"]], language, study),
            f"{r['observations']:.0f}",
            *(number(r[k], 4) for k in ("coefficient", "error")),
            *(p_value(r[k]) for k in ("p", "p_wild")),
            number(100 * r["speed"], 2),
            number(r["half_life"], 1),
        )
        for _, r in table.iterrows()
    ]
    keys = ("model", "observations", "coefficient", "standard_error", "p_clustered", "p_wild", "speed", "half_life")
    return _headed(rows, keys, language, study)


GINI_PARTS = ("within", "net_between", "transvariation")  # Dagum's


def inequality(table, *, study, regions, language):
    """Lay out inequality between regions, a row a variable and year.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `inequality`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    _, subsystems, _ = _names(study)
    names = {k: v[language] for k, v in subsystems.items()}
    names["coordination_degree"] = word("coordination_degree", language)
    rows = []
    for (variable, year), own in table.groupby(["variable", "year"], sort=False):
        value = own.set_index("measure")
        y, gini = value["value"], value.loc["gini"]
        interval = "" if pd.isna(gini["low"]) else f" [{number(gini['low'])}, {number(gini['high'])}]"
        parts = (100 * y[f"gini_{k}"] / y["gini"] if y["gini"] else None for k in GINI_PARTS)
        between = 100 * y["theil_t_between"] / y["theil_t"] if y["theil_t"] else None
        rows.append(
            (
                names[variable],
                str(year),
                number(y["gini"]) + interval,
                *(number(part, 1) for part in parts),
                number(y["theil_t"], 4),
                number(between, 1),
                p_value(y["p_between"]),
            )
        )
    shares = ("share_within", "share_net_between", "share_transvariation")
    keys = ("index", "year", "gini", *shares, "theil_t", "share_between", "p_between")
    return _headed(rows, keys, language, study)


def transitions(table, *, study, regions, language):
    """Lay out transitions between classes: probabilities, with counts in brackets.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns from, to, count, probability, row, few (such rows are marked), and either lag or ergodic.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    targets = list(table["to"].unique())
    keys = ["lag", "from"] if "lag" in table else ["from"]
    rows = []
    for names, own in table.groupby(keys, sort=False):
        total = own["row"].iloc[0]
        cells = [
            f"{number(r['probability'], 2)} ({r['count']})" if total else "–"
            for _, r in own.set_index("to").loc[targets].iterrows()
        ]
        called = [class_name(n, study, language) for n in names]
        rows.append((*called, f"{total}{'*' if own['few'].iloc[0] else ''}", *cells))
    if "ergodic" in table and table["ergodic"].notna().all():
        limit = table.drop_duplicates("to").set_index("to")["ergodic"][targets]
        rows.append((word("ergodic", language), "", *(number(v, 2) for v in limit)))
    head = [word("of_lag", language)] if "lag" in table else []
    head += [word("from_class", language), word("transitions", language)]
    return pd.DataFrame(rows, columns=[*head, *(class_name(t, study, language) for t in targets)])


def _causes(study, language):
    return {k: v[language] for k, v in study.drivers.variables.items()} if study.drivers else {}


def factors(table, *, study, regions, language):
    """Lay out geodetector's q of single covariates.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns variable, year, strata, q, p; what was refused is missing.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names = _causes(study, language)
    rows = [
        (names[r["variable"]], str(r["year"]), str(r["strata"]), number(r["q"]), p_value(r["p"]))
        for r in table.to_dict("records")
    ]
    return _headed(rows, ("cause", "year", "strata", "q", "p"), language, study)


def interactions(table, *, study, regions, language):
    """Lay out geodetector's q of two covariates together.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns first, second, q_first, q_second, strata, q, p, kind; what was refused is missing.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names = _causes(study, language)
    rows = [
        (
            f"{names[r['first']]} × {names[r['second']]}",
            *(number(r[k]) for k in ("q_first", "q_second")),
            str(r["strata"]),
            number(r["q"]),
            p_value(r["p"]),
            word(r["kind"] or "refused", language),
        )
        for r in table.to_dict("records")
    ]
    return _headed(rows, ("causes", "q_first", "q_second", "strata", "q_joint", "p", "kind"), language)


def spatial_models(table, *, study, regions, language):
    """Lay out the coefficients of spatial models.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, variable, coefficient, standard_error, z, p, direct, indirect.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    pandas.DataFrame
    """
    names = _causes(study, language)
    rows = [
        (
            word(r["model"], language),
            names.get(r["variable"]) or word(r["variable"], language),
            *(number(r[k]) for k in ("coefficient", "standard_error", "z")),
            p_value(r["p"]),
            *(number(r[k]) for k in ("direct", "indirect")),
        )
        for r in table.to_dict("records")
    ]
    keys = ("model", "cause", "coefficient", "standard_error", "z", "p", "direct", "indirect")
    return _headed(rows, keys, language)


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
