"""Rules that lead from a region's numbers to limits and countermeasures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.diagnosis import obstacles
from coordination.diagnosis.lenses import OPERATORS, _kind, evidence, parts
from coordination.dynamics.inequality import theil
from coordination.indices.coupling import level, wide_scores
from coordination.indices.development import change, trend


def facts(coordination, scores, local, degrees, lenses, study, groups):
    """Return what rules may ask, for every region and for all together in the last year.

    Parameters
    ----------
    coordination : pandas.DataFrame
        Columns region, year, coordination_degree, level, lag.
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.
    local : pandas.DataFrame
        The hand-over table `local-moran`.
    degrees : pandas.DataFrame
        As `obstacles.degrees` returns them.
    lenses : sequence of Lens
        Those that apply to the study.
    study : Study
    groups : pandas.Series
        Group of every region, in the study's order; index region.

    Returns
    -------
    pandas.DataFrame
        A row a region, then one for the whole (index: its id); columns are fields (`FIELDS`), missing where a
        question has no answer. `ratio` is the lowest score over the highest; a gap is the distance from the mean of
        all regions (`group_gap`: of the group's); growth is compound, a share a year or period; `p` is exact where
        it was enumerated; `settled` says that the quadrant does not depend on the axes; variation is the coefficient of
        variation (n); `within_share` is the share of Theil's T of D that lies within groups; `place` is the rank of a
        concept among those of its family that have figures, by its obstacle degree; `evidence` counts its indicators
        with figures.
    """
    last = study.years[-1]
    regions = list(groups.index)
    own = coordination[coordination["year"] == last].set_index("region").loc[regions]
    moved = change(coordination, "coordination_degree", study.over_time).loc[regions]
    mean = coordination.groupby("year", sort=False)["coordination_degree"].mean()
    of_whole = mean.rename_axis("year").reset_index().assign(region=study.whole.id)
    whole = change(of_whole, "coordination_degree", study.over_time)
    d = own["coordination_degree"]
    table = pd.DataFrame(
        {"degree": d, "degree_gap": d - d.mean(), "rank": d.round(12).rank(ascending=False, method="min")}
    )
    table["level"], table["lag"] = own["level"], own["lag"]
    u = wide_scores(scores).xs(last, level="year").loc[regions]
    table["ratio"] = (u.min(axis=1) / u.max(axis=1)).where(u.max(axis=1) > 0)
    table = table.join(u.add_prefix("score."))
    table["growth"], table["growth_gap"] = moved["growth"], moved["growth"] - whole["growth"].iloc[0]
    if study.over_time:
        wide = coordination.pivot(index="region", columns="year", values="coordination_degree")
        table["trend"] = wide.loc[regions].apply(trend, axis=1)
    table = table.join(_quadrants(local, study, last).reindex(regions))
    of_group = d.groupby(groups)
    table["group_gap"] = d - of_group.transform("mean")
    table["group_variation"] = of_group.transform("std", ddof=0) / of_group.transform("mean")
    table.loc[study.whole.id, ["degree", "growth"]] = [d.mean(), whole["growth"].iloc[0]]
    table.loc[study.whole.id, "level"] = study.levels[int(level(d.mean(), study.levels))].name.en
    table.loc[study.whole.id, ["variation", "within_share"]] = [d.std(ddof=0) / d.mean(), _within(d, groups)]
    if study.over_time:
        table.loc[study.whole.id, "trend"] = trend(mean)
    table = table.join(_obstacle_facts(degrees, lenses, study, regions))
    return table


def _within(degree, groups):
    if groups.nunique() < 2 or degree.std(ddof=0) == 0:
        return np.nan
    split = theil(degree, groups[degree.index])
    return split["within"] / split["total"]


def _quadrants(local, study, year):
    own = local[(local["source"] == "data") & (local["year"] == year)].set_index("region")
    chosen = "quadrant_article" if study.autocorrelation.quadrants == "means" else "quadrant"
    return pd.DataFrame(
        {
            "quadrant": own[chosen],
            "p": own["p_exact"].fillna(own["p_permutation"]),
            "settled": (own["quadrant"] == own["quadrant_article"]).astype(object),  # the whole has neither
            "significant": own["significant_fdr"].astype(bool).astype(object),
        }
    )


def _obstacle_facts(degrees, lenses, study, regions):
    """Return the fields about obstacles, of every region and, as means, of the whole."""
    last = degrees[degrees["year"] == study.years[-1]]
    wide = last.pivot(index="region", columns="indicator", values="obstacle_degree").loc[
        regions, list(last["indicator"].drop_duplicates())
    ]
    wide.loc[study.whole.id] = wide.mean()
    wide = wide.round(12)  # so that rounding decides no tie
    table = evidence(lenses, study)
    found = [wide.add_prefix("obstacle_indicator.")]
    sums = {}
    for kind, members in (
        ("dimension", obstacles.dimensions(study)),
        ("subsystem", obstacles.subsystems(study)),
        ("concept", parts(table)),
    ):
        names = list(members["part"].drop_duplicates())
        share = members.pivot(index="indicator", columns="part", values="share") if names else pd.DataFrame()
        sums[kind] = (
            (wide[share.index] @ share[names].fillna(0.0)).round(12) if names else pd.DataFrame(index=wide.index)
        )
        found.append(sums[kind].add_prefix(f"obstacle_{kind}."))
    for kind, values in (("indicator", wide), ("dimension", sums["dimension"])):
        some = values.max(axis=1) > 0
        found.append(values.idxmax(axis=1).where(some).rename(f"largest_{kind}"))
    for (lens, _), own in table[table["available"].astype(bool)].groupby(["lens", "family"], sort=False):
        names = [f"{lens}.{c}" for c in own["concept"].drop_duplicates()]
        places = sums["concept"][names].rank(axis=1, ascending=False, method="min")
        found.append(places.where(sums["concept"][names] > 0).add_prefix("place."))
    counted = table.groupby(["lens", "concept"])["available"].sum()
    named = [(x.id, c.id) for x in lenses for f in x.families if f.evidenced for c in f.concepts]
    counts = {f"evidence.{x}.{c}": int(counted.get((x, c), 0)) for x, c in named}
    return pd.concat([*found, pd.DataFrame(counts, index=wide.index)], axis=1)


def applicable(rule, known):
    """Say whether a study can answer what a rule asks.

    Parameters
    ----------
    rule : Rule
    known : pandas.DataFrame
        As `facts` returns it.

    Returns
    -------
    bool
    """
    return set(rule.fields) <= set(known)


def fires(rule, row):
    """Say whether all conditions of a rule hold.

    Parameters
    ----------
    rule : Rule
    row : mapping of str to object
        Facts of a region, or of the whole.

    Returns
    -------
    bool
        False where a question has no answer.
    """
    return all(_known_value(row.get(c.field)) and OPERATORS[c.operator](row[c.field], c.value) for c in rule.when)


def _known_value(value):
    return value is not None and value == value  # nothing but a missing number differs from itself


def diagnose(known, found, study):
    """Apply the rules: from numbers to limits and paths.

    Parameters
    ----------
    known : pandas.DataFrame
        As `facts` returns it.
    found : Catalogue
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns region (or the whole's id), rule, lens, limit, path, numbers; in order of regions and of rules.
        `numbers` names the facts that the rule rests on as `field=value`, joined by "; ".
    """
    rows = []
    for region, row in known.iterrows():
        scope = "whole" if region == study.whole.id else "region"
        answers = row.to_dict()
        for rule in found.rules:
            if rule.scope == scope and applicable(rule, known) and fires(rule, answers):
                path = rule.path or found.lens(rule.lens).concept(rule.limit).path
                rows.append((region, rule.id, rule.lens, rule.limit, path, _numbers(rule.fields, answers)))
    return pd.DataFrame(rows, columns=["region", "rule", "lens", "limit", "path", "numbers"])


def _numbers(fields, answers):
    said = ((field, answers.get(field)) for field in fields)
    return "; ".join(
        f"{k}={f'{v:.6g}' if isinstance(v, float | int) and not isinstance(v, bool) else v}"
        for k, v in said
        if _known_value(v)
    )


def numbers(text):
    """Read the numbers of a diagnosis.

    Parameters
    ----------
    text : str
        As `diagnose` writes them.

    Returns
    -------
    list of (str, float or str)
        Field and value; yes or no stays a word.

    Examples
    --------
    >>> numbers("lag=technology; ratio=0.45")
    [('lag', 'technology'), ('ratio', 0.45)]
    """
    pairs = (part.split("=", 1) for part in text.split("; ") if part)
    return [(k, float(v) if _kind(k) == "number" else v) for k, v in pairs]


def fired(table, found):
    """Say which rules fired, and on what paper each of them rests.

    Parameters
    ----------
    table : pandas.DataFrame
        As `diagnose` returns it.
    found : Catalogue

    Returns
    -------
    pandas.DataFrame
        Columns rule, source (a key of the bibliography, or nothing), in the rules' order.
    """
    rows = [(r.id, found.lens(r.lens).source or "") for r in found.rules if (table["rule"] == r.id).any()]
    return pd.DataFrame(rows, columns=["rule", "source"])


def by_rule(table, found):
    """Part a diagnosis by the rules that fired.

    Parameters
    ----------
    table : pandas.DataFrame
        As `diagnose` returns it.
    found : Catalogue

    Returns
    -------
    list of (str, pandas.DataFrame)
        Rule and its rows, in the rules' order.
    """
    return [(rule, table[table["rule"] == rule]) for rule in fired(table, found)["rule"]]


def rule_table(known, found, table, study):
    """Say of every rule whether it applies and where it fired.

    Parameters
    ----------
    known : pandas.DataFrame
        As `facts` returns it.
    found : Catalogue
    table : pandas.DataFrame
        As `diagnose` returns it.
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns rule, scope, applicable, regions (in which it fired; 1 for the whole).
    """
    counts = table["rule"].value_counts()
    rows = [(r.id, r.scope, applicable(r, known), int(counts.get(r.id, 0))) for r in found.rules]
    return pd.DataFrame(rows, columns=["rule", "scope", "applicable", "regions"])
