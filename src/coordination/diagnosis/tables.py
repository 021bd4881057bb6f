"""Tables of obstacles, concepts, rules and drivers. Nothing is computed here.

Every layout ends in a reader and returns what that reader sees, a DataFrame of str.
"""

from __future__ import annotations

import pandas as pd

from coordination.diagnosis import fields
from coordination.presentation.columns import laid_out, named, numeric, p, plain, ranked, worded
from coordination.presentation.reader import number


def obstacle_ranks(table, reader):
    """Lay out the largest obstacles of every region.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, rank, indicator, obstacle_degree, change (shares).
    """
    said = {(r["region"], r["rank"]): _with_change(r, reader) for r in table.to_dict("records")}
    ranks = range(1, int(table["rank"].max() if len(table) else 1) + 1)
    rows = [(reader.region(r), *(said.get((r, k), "–") for k in ranks)) for r in reader.regions.index]
    heads = [reader.word("obstacle_order", k) for k in ranks]
    largest = table[table["rank"] == 1].set_index("region")["obstacle_degree"].reindex(reader.regions.index)
    return ranked(pd.DataFrame(rows, columns=[reader.word("region"), *heads]), largest)


def _with_change(row, reader):
    text = f"{reader.indicator(row['indicator'])} {number(100 * row['obstacle_degree'], 1)}"
    change = f"{100 * row['change']:+z.1f}".replace("-", "−")
    return reader.bracketed(text, change) if reader.study.over_time else text


def _by_dimension(table, reader, decimals, times):
    """Return a value with regions in rows and dimensions in columns, and as numbers for a sum."""
    wide = table.pivot(index="region", columns="part", values=table.columns[-1]).reindex(reader.regions.index)
    every = [d.id for s in reader.study.subsystems for d in s.dimensions]
    wide = times * wide[[d for d in every if d in wide]]
    result = wide.map(lambda v: number(v, decimals)).rename(columns=reader.dimension).rename_axis(columns=None)
    result.insert(0, reader.word("region"), reader.regions[reader.language])
    return result, wide


def obstacle_dimensions(table, reader):
    """Lay out obstacle degrees by region and dimension.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (a dimension), obstacle_degree (shares).
    """
    result, wide = _by_dimension(table, reader, 1, 100)
    return ranked(result.reset_index(drop=True), wide.max(axis=1))


def growth_table(table, reader):
    """Lay out the contributions of the dimensions to the change of ln D.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (a dimension), contribution.
    """
    result, wide = _by_dimension(table, reader, 3, 1)
    total = wide.sum(axis=1, skipna=False)
    result[reader.word("total_log_change")] = total.map(number)
    return ranked(result.reset_index(drop=True), total)


def obstacle_concepts(table, found, reader):
    """Lay out obstacle degrees by region and concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (lens.concept), obstacle_degree (shares).
    found : Catalogue
    """
    wide = table.pivot(index="region", columns="part", values=table.columns[-1]).reindex(reader.regions.index)
    columns = {reader.word("region"): list(reader.regions[reader.language])}
    for part in table["part"].drop_duplicates():
        lens, concept = part.split(".")
        name = f"{found.lens(lens).letter} {reader.text(found.lens(lens).concept(concept).name)}"
        columns[name] = [number(100 * v, 1) for v in wide[part]]
    return ranked(pd.DataFrame(columns), wide.max(axis=1))


def concepts(table, found, reader):
    """Lay out what evidences every concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, family, concept, indicators, without_figures, weight, obstacle (shares), state.
    found : Catalogue
    """
    columns = (
        ("lens", _letter(found)),
        ("family", lambda reader, row: reader.text(found.lens(row["lens"]).family(row["family"]).name)),
        ("concept", _concept(found)),
        ("with_figures", plain("indicators")),
        ("without_figures_count", plain("without_figures")),
        ("weight_share", _where_evidenced("weight")),
        ("mean_obstacle", _where_evidenced("obstacle")),
        ("state", worded("state")),
    )
    return laid_out(table, reader, columns)


def _letter(found):
    return lambda reader, row: found.lens(row["lens"]).letter


def _concept(found):
    return lambda reader, row: reader.text(found.lens(row["lens"]).concept(row["concept"]).name)


def _where_evidenced(column):
    return lambda reader, row: number(100 * row[column], 1) if row["indicators"] else "–"


def blind_spots(table, found, reader):
    """Lay out the concepts that no figures evidence, with the series that would.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, concept, state, candidate (position, -1 if none is known).
    found : Catalogue
    """

    def candidate(row):
        known = found.lens(row["lens"]).concept(row["concept"]).candidates
        return known[row["candidate"]] if row["candidate"] >= 0 else None

    def series(reader, row):
        return reader.text(candidate(row).name) if candidate(row) else reader.word("unknown_series")

    def publisher(reader, row):
        return reader.text(candidate(row).publisher) if candidate(row) else "–"

    columns = (
        ("lens", _letter(found)),
        ("concept", _concept(found)),
        ("state", worded("state")),
        ("candidate", series),
        ("publisher", publisher),
    )
    return laid_out(table, reader, columns)


def mapping(table, found, reader):
    """Lay out which indicator evidences which concept.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lens, family, concept, indicator, available.
    found : Catalogue
    """

    def why(reader, row):
        pairs = {(e.indicator, e.concept): e.reason for e in found.lens(row["lens"]).mapping}
        return reader.text(pairs[row["indicator"], row["concept"]])

    columns = (
        ("lens", _letter(found)),
        ("concept", _concept(found)),
        ("indicator", named("indicator")),
        ("figures", lambda reader, row: reader.word("available" if row["available"] else "unavailable")),
        ("why", why),
    )
    return laid_out(table, reader, columns)


def rules(table, found, reader):
    """Lay out the rules of the diagnosis.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns rule, scope, applicable, regions.
    found : Catalogue

    Returns
    -------
    pandas.DataFrame
        Without the rules that ask for what the study has not.
    """

    def conditions(reader, row):
        return reader.word("semicolon").join(_condition(c, found, reader) for c in found.rule(row["rule"]).when)

    def path(reader, row):
        rule = found.rule(row["rule"])
        lens = found.lens(rule.lens)
        return reader.text(lens.path(rule.path or lens.concept(rule.limit).path).name)

    def fired(reader, row):
        return reader.word("holds_for_whole") if row["scope"] == "whole" and row["regions"] else str(row["regions"])

    columns = (
        ("conditions", conditions),
        ("limit", _limit(found)),
        ("path", path),
        ("lens", lambda reader, row: reader.text(found.lens(found.rule(row["rule"]).lens).name)),
        ("fired", fired),
    )
    return laid_out(table[table["applicable"]], reader, columns)


def _condition(condition, found, reader):
    several = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    values = " / ".join(fields.value(condition.field, v, reader) for v in several)
    sign = f" {fields.SIGNS[condition.operator]} "
    return fields.with_unit(fields.name(condition.field, found, reader), values, reader, sign)


def _limit(found):
    return lambda reader, row: reader.text(found.diagnosed(row["rule"]))


def diagnosis(table, found, reader):
    """Lay out the diagnosis.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`, its numbers as pairs of field and value in the column `pairs`.
    found : Catalogue
    """

    def region(reader, row):
        whole = row["region"] == reader.study.whole.id
        return reader.group(row["region"]) if whole else reader.region(row["region"])

    def path(row):
        return found.lens(row["lens"]).path(row["path"])

    columns = (
        ("region", region),
        ("limit", _limit(found)),
        ("path", lambda reader, row: reader.text(path(row).name)),
        ("measures", lambda reader, row: reader.text(path(row).measures)),
        ("numbers", lambda reader, row: fields.said(row["pairs"], found, reader)),
        ("lens", lambda reader, row: reader.text(found.lens(row["lens"]).name)),
    )
    return laid_out(table, reader, columns)


def profiles(table, found, reader):
    """Lay out the profile of every region, a row each.

    Parameters
    ----------
    table : pandas.DataFrame
        Facts: column region and fields of the diagnosis.
    found : Catalogue
    """
    shown = ["degree", "rank", "level", "lag", "growth", "trend", "quadrant", "p", "settled", "largest_dimension"]
    shown = [f for f in [*shown, "largest_indicator"] if f in table and table[f].notna().any()]
    rows = [
        (reader.region(r["region"]), *(fields.value(f, r[f], reader) if pd.notna(r[f]) else "–" for f in shown))
        for r in table.to_dict("records")
    ]
    heads = [fields.name(f, found, reader) for f in shown]
    return ranked(pd.DataFrame(rows, columns=[reader.word("region"), *heads]), table["degree"])


def factors(table, reader):
    """Lay out geodetector's q of single covariates.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns variable, year, strata, q, p; what was refused is missing.
    """
    columns = (
        ("cause", named("cause", "variable")),
        ("year", plain("year")),
        ("strata", plain("strata")),
        ("q", numeric("q")),
        ("p", p("p")),
    )
    return laid_out(table, reader, columns)


def interactions(table, reader):
    """Lay out geodetector's q of two covariates together.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns first, second, q_first, q_second, strata, q, p, kind; what was refused is missing.
    """
    columns = (
        ("causes", lambda reader, row: f"{reader.cause(row['first'])} × {reader.cause(row['second'])}"),
        ("q_first", numeric("q_first")),
        ("q_second", numeric("q_second")),
        ("strata", plain("strata")),
        ("q_joint", numeric("q")),
        ("p", p("p")),
        ("kind", lambda reader, row: reader.word(row["kind"] or "refused")),
    )
    return laid_out(table, reader, columns)


def spatial_models(table, reader):
    """Lay out the coefficients of spatial models.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, variable, coefficient, standard_error, z, p, direct, indirect, total and their standard errors.
    """

    def cause(reader, row):
        name = row["variable"].removeprefix("lag:")
        called = reader.called(name, "cause") or reader.word(name)
        return called if name == row["variable"] else reader.word("mean_of_neighbours").format(called)

    def effect(key):
        def cell(reader, row):
            return number(row[key]) if pd.isna(row[key]) else f"{number(row[key])} ({number(row[f'{key}_error'])})"

        return cell

    columns = (
        ("model", worded("model")),
        ("cause", cause),
        *((k, numeric(k)) for k in ("coefficient", "standard_error", "z")),
        ("p", p("p")),
        ("direct", effect("direct")),
        ("indirect", effect("indirect")),
        ("total_effect", effect("total")),
    )
    return laid_out(table, reader, columns)
