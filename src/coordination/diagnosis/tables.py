"""Tables of obstacles, concepts, rules and drivers. Nothing is computed here."""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import _names, headed
from coordination.presentation.reader import number, p_value
from coordination.presentation.wording import word


def obstacle_ranks(table, reader):
    """Lay out the largest obstacles of every region.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, rank, indicator, obstacle_degree, change (shares).
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(reader.study)
    said = {
        (r["region"], r["rank"]): _with_change(
            names[r["indicator"]][reader.language], r, len(reader.study.years) > 1, reader.language
        )
        for _, r in table.iterrows()
    }
    ranks = range(1, int(table["rank"].max() if len(table) else 1) + 1)
    rows = [
        (reader.regions[reader.language][region], *(said.get((region, k), "–") for k in ranks))
        for region in reader.regions.index
    ]
    heads = [reader.word("obstacle_order").format(k) for k in ranks]
    return pd.DataFrame(rows, columns=[reader.word("region"), *heads])


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


def obstacle_dimensions(table, reader):
    """Lay out obstacle degrees by region and dimension.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (a dimension), obstacle_degree (shares).
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    result, _ = _by_dimension(table, reader.study, reader.regions, reader.language, 1, 100)
    return result.reset_index(drop=True)


def growth_table(table, reader):
    """Lay out the contributions of the dimensions to the change of ln D.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (a dimension), contribution.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    result, wide = _by_dimension(table, reader.study, reader.regions, reader.language, 3, 1)
    result[reader.word("total_log_change")] = wide.sum(axis=1, skipna=False).map(number)
    return result.reset_index(drop=True)


def obstacle_concepts(table, found, reader):
    """Lay out obstacle degrees by region and concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (lens.concept), obstacle_degree (shares).
    found : Catalogue
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    wide = table.pivot(index="region", columns="part", values=table.columns[-1]).reindex(reader.regions.index)
    columns = {reader.word("region"): list(reader.regions[reader.language])}
    for part in table["part"].drop_duplicates():
        lens, concept = part.split(".")
        name = f"{found.lens(lens).letter} {found.lens(lens).concept(concept).name[reader.language]}"
        columns[name] = [number(100 * v, 1) for v in wide[part]]
    return pd.DataFrame(columns)


def concepts(table, found, reader):
    """Lay out what evidences every concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, family, concept, indicators, without_figures, weight, obstacle (shares), state.
    found : Catalogue
    reader : Reader

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
        cells = (lens.letter, family.name[reader.language], lens.concept(r.concept).name[reader.language])
        rows.append((*cells, *counts, *shares, reader.word(r.state)))
    keys = ("lens", "family", "concept", "with_figures", "without_figures_count", "weight_share", "mean_obstacle")
    return headed(rows, (*keys, "state"), reader)


def blind_spots(table, found, reader):
    """Lay out the concepts that no figures evidence, with the series that would.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, concept, state, candidate (position, -1 if none is known).
    found : Catalogue
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    rows = []
    for r in table.itertuples():
        lens = found.lens(r.lens)
        concept = lens.concept(r.concept)
        series = (reader.word("unknown_series"), "–")
        if r.candidate >= 0:
            own = concept.candidates[r.candidate]
            series = (own.name[reader.language], own.publisher[reader.language])
        rows.append((lens.letter, concept.name[reader.language], reader.word(r.state), *series))
    return headed(rows, ("lens", "concept", "state", "candidate", "publisher"), reader)


def mapping(table, found, reader):
    """Lay out which indicator evidences which concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, family, concept, indicator, available.
    found : Catalogue
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names, _, _ = _names(reader.study)
    rows = []
    for r in table.itertuples():
        lens = found.lens(r.lens)
        own = next(e for e in lens.mapping if (e.indicator, e.concept) == (r.indicator, r.concept))
        has = reader.word("available" if r.available else "unavailable")
        cells = (lens.letter, lens.concept(r.concept).name[reader.language], names[r.indicator][reader.language])
        rows.append((*cells, has, own.reason[reader.language]))
    return headed(rows, ("lens", "concept", "indicator", "figures", "why"), reader)


def rules(table, found, reader):
    """Lay out the rules of the diagnosis.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns rule, scope, applicable, regions.
    found : Catalogue
    reader : Reader

    Returns
    -------
    pandas.DataFrame
        Without the rules that ask for what the study has not.
    """
    from coordination.diagnosis import fields  # which writes its numbers as here

    rows = []
    for r in table[table["applicable"]].itertuples():
        rule = found.rule(r.rule)
        lens = found.lens(rule.lens)
        path = lens.path(rule.path or lens.concept(rule.limit).path)
        conditions = ("；" if reader.language == "zh" else "; ").join(
            fields.with_unit(
                fields.name(c.field, found, reader.study, reader.language),
                _values(c, reader.study, reader.language),
                f" {fields.SIGNS[c.operator]} ",
            )
            for c in rule.when
        )
        holds = reader.word("holds_for_whole") if rule.scope == "whole" and r.regions else str(r.regions)
        diagnosed = found.diagnosed(rule.id)[reader.language]
        rows.append((conditions, diagnosed, path.name[reader.language], lens.name[reader.language], holds))
    return headed(rows, ("conditions", "limit", "path", "lens", "fired"), reader)


def _values(condition, study, language):
    from coordination.diagnosis import fields

    several = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return " / ".join(fields.value(condition.field, v, study, language) for v in several)


def diagnosis(table, found, reader):
    """Lay out the diagnosis.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`, its numbers as pairs of field and value in the column `pairs`.
    found : Catalogue
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    from coordination.diagnosis import fields  # which writes its numbers as here

    names = reader.regions[reader.language].to_dict() | {
        reader.study.whole.id: reader.study.whole.name[reader.language]
    }
    rows = []
    for r in table.itertuples():
        lens = found.lens(r.lens)
        path = lens.path(r.path)
        said = fields.said(r.pairs, found, reader.study, reader.language)
        cells = (
            names[r.region],
            found.diagnosed(r.rule)[reader.language],
            path.name[reader.language],
            path.measures[reader.language],
        )
        rows.append((*cells, said, lens.name[reader.language]))
    return headed(rows, ("region", "limit", "path", "measures", "numbers", "lens"), reader)


def profiles(table, found, reader):
    """Lay out the profile of every region, a row each.

    Parameters
    ----------
    table : pandas.DataFrame
        Facts: column region and fields of the diagnosis.
    found : Catalogue
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    from coordination.diagnosis import fields  # which writes its numbers as here

    shown = ["degree", "rank", "level", "lag", "growth", "trend", "quadrant", "p", "settled", "largest_dimension"]
    shown = [f for f in [*shown, "largest_indicator"] if f in table]
    rows = [
        (
            reader.regions[reader.language][r["region"]],
            *(fields.value(f, r[f], reader.study, reader.language) if pd.notna(r[f]) else "–" for f in shown),
        )
        for _, r in table.iterrows()
    ]
    heads = [fields.name(f, found, reader.study, reader.language) for f in shown]
    return pd.DataFrame(rows, columns=[reader.word("region"), *heads])


def _causes(study, language):
    return {k: v[language] for k, v in study.drivers.variables.items()} if study.drivers else {}


def factors(table, reader):
    """Lay out geodetector's q of single covariates.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns variable, year, strata, q, p; what was refused is missing.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names = _causes(reader.study, reader.language)
    rows = [
        (names[r["variable"]], str(r["year"]), str(r["strata"]), number(r["q"]), p_value(r["p"]))
        for r in table.to_dict("records")
    ]
    return headed(rows, ("cause", "year", "strata", "q", "p"), reader)


def interactions(table, reader):
    """Lay out geodetector's q of two covariates together.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns first, second, q_first, q_second, strata, q, p, kind; what was refused is missing.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names = _causes(reader.study, reader.language)
    rows = [
        (
            f"{names[r['first']]} × {names[r['second']]}",
            *(number(r[k]) for k in ("q_first", "q_second")),
            str(r["strata"]),
            number(r["q"]),
            p_value(r["p"]),
            reader.word(r["kind"] or "refused"),
        )
        for r in table.to_dict("records")
    ]
    return headed(rows, ("causes", "q_first", "q_second", "strata", "q_joint", "p", "kind"), reader)


def spatial_models(table, reader):
    """Lay out the coefficients of spatial models.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, variable, coefficient, standard_error, z, p, direct, indirect.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names = _causes(reader.study, reader.language)
    rows = [
        (
            reader.word(r["model"]),
            names.get(r["variable"]) or reader.word(r["variable"]),
            *(number(r[k]) for k in ("coefficient", "standard_error", "z")),
            p_value(r["p"]),
            *(number(r[k]) for k in ("direct", "indirect")),
        )
        for r in table.to_dict("records")
    ]
    keys = ("model", "cause", "coefficient", "standard_error", "z", "p", "direct", "indirect")
    return headed(rows, keys, reader)
