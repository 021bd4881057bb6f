"""How the facts of the diagnosis are said, in English or Chinese."""

from __future__ import annotations

import re

from coordination.presentation.reader import number, p_value
from coordination.presentation.wording import WORDS, word

SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "in": "∈"}

# Fields of the diagnosis: their word, and how a number is written.
FACTS = {
    "degree": ("coordination_degree", number),
    "degree_gap": ("degree_gap", number),
    "rank": ("rank", lambda v: number(v, 0)),
    "level": ("level", None),
    "lag": ("lag", None),
    "ratio": ("ratio", number),
    "score": ("score_of", number),
    "growth": ("growth", lambda v: number(100 * v, 2)),
    "growth_gap": ("growth_gap", lambda v: number(100 * v, 2)),
    "trend": ("trend", None),
    "quadrant": ("quadrant_chosen", None),
    "p": ("p", p_value),
    "settled": ("settled", None),
    "significant": ("significant_fdr", None),
    "group_gap": ("group_gap", number),
    "group_variation": ("group_variation", number),
    "variation": ("variation_of_degree", number),
    "within_share": ("within_share", lambda v: number(100 * v, 1)),
    "largest_indicator": ("largest_indicator", None),
    "largest_dimension": ("largest_dimension", None),
    "obstacle_indicator": ("obstacle_of", lambda v: number(100 * v, 1)),
    "obstacle_dimension": ("obstacle_of", lambda v: number(100 * v, 1)),
    "obstacle_subsystem": ("obstacle_of", lambda v: number(100 * v, 1)),
    "obstacle_concept": ("obstacle_of", lambda v: number(100 * v, 1)),
    "place": ("place_of", lambda v: number(v, 0)),
    "evidence": ("evidence_of", lambda v: number(v, 0)),
}


def name(field, found, study, language):
    """Say what a field of the diagnosis is.

    Parameters
    ----------
    field : str
    found : Catalogue
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
        What the study or its lenses do not know stays as it is.
    """
    head, *names = field.split(".")
    key = FACTS[head][0]
    if len(names) == 2:
        known = {(x.id, c.id): c.name[language] for x in found.lenses for c in x.concepts}
        named = known.get(tuple(names), names[1])
    elif names:
        indicators, subsystems = _names(study)
        dimensions = {d.id: d.name for s in study.subsystems for d in s.dimensions}
        kinds = {"obstacle_indicator": indicators, "obstacle_dimension": dimensions}
        own = kinds.get(head, subsystems).get(names[0])
        named = own[language] if own else names[0]
    else:
        return word(key, language, study)
    if language == "en" and named[1:2].islower():
        named = named[0].lower() + named[1:]
    return word(key, language, study).format(named)


def value(field, found, study, language):
    """Say a value of a field of the diagnosis.

    Parameters
    ----------
    field : str
    found : float, str or bool
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    written = FACTS[field.split(".")[0]][1]
    if written is not None:
        return written(found)
    if str(found) in ("True", "False"):
        return word("yes" if str(found) == "True" else "no", language)
    indicators, subsystems = _names(study)
    if field == "lag" and found in subsystems:
        return word("lags", language).format(subsystems[found][language])
    named = {x.name.en: x.name for x in study.levels} | indicators
    named |= {d.id: d.name for s in study.subsystems for d in s.dimensions}
    if found in named:
        return named[found][language]
    return word(found, language) if found in WORDS else str(found)


def said(pairs, found, study, language):
    """Say the numbers on which a diagnosis rests.

    Parameters
    ----------
    pairs : sequence of (str, float or str)
        Field and value.
    found : Catalogue
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    gap, end = ("：", "；") if language == "zh" else (" ", "; ")
    parts = (with_unit(name(k, found, study, language), value(k, v, study, language), gap) for k, v in pairs)
    return end.join(parts)


def with_unit(named, stated, gap=" "):
    """Put a value behind its name, and the unit of the name behind the value.

    Parameters
    ----------
    named, stated : str
        Name as the head of a column has it, with its unit, and value or range.
    gap : str
        Between them.

    Returns
    -------
    str

    Examples
    --------
    >>> with_unit("Growth, % a year", "4.9"), with_unit("障碍度（%）", "28.9", "：")
    ('Growth 4.9% a year', '障碍度：28.9%')
    """
    found = re.fullmatch(r"(.+), (%.*)|(.+)（(%.*)）", named)
    if not found:
        return f"{named}{gap}{stated}"
    english, unit, chinese, own = found.groups()
    return f"{english}{gap}{stated}{unit}" if english else f"{chinese}{gap}{stated}{own}"


def _names(study):
    indicators = {i.id: i.name for s in study.subsystems for d in s.dimensions for i in d.indicators}
    return indicators, {s.id: s.name for s in study.subsystems}
