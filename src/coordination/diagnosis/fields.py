"""How the facts of the diagnosis are said."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coordination.presentation.locale import words
from coordination.presentation.reader import number, p_value

SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "in": "∈"}


def _percent(decimals):
    return lambda share: number(100 * share, decimals)


def _whole(value):
    return number(value, 0)


# Fields of the diagnosis: their word, and how a number is written.
FACTS = {
    "degree": ("coordination_degree", number),
    "degree_gap": ("degree_gap", number),
    "rank": ("rank", _whole),
    "level": ("level", None),
    "lag": ("lag", None),
    "ratio": ("ratio", number),
    "score": ("score_of", number),
    "growth": ("growth", _percent(2)),
    "growth_gap": ("growth_gap", _percent(2)),
    "trend": ("trend", None),
    "quadrant": ("quadrant_chosen", None),
    "p": ("p", p_value),
    "settled": ("settled", None),
    "significant": ("significant_fdr", None),
    "group_gap": ("group_gap", number),
    "group_variation": ("group_variation", number),
    "variation": ("variation_of_degree", number),
    "within_share": ("within_share", _percent(1)),
    "largest_indicator": ("largest_indicator", None),
    "largest_dimension": ("largest_dimension", None),
    "obstacle_indicator": ("obstacle_of", _percent(1)),
    "obstacle_dimension": ("obstacle_of", _percent(1)),
    "obstacle_subsystem": ("obstacle_of", _percent(1)),
    "obstacle_concept": ("obstacle_of", _percent(1)),
    "place": ("place_of", _whole),
    "evidence": ("evidence_of", _whole),
}


def name(field, found, reader):
    """Say what a field of the diagnosis is.

    Parameters
    ----------
    field : str
    found : Catalogue
    reader : Reader

    Returns
    -------
    str
        What the study or its lenses do not know stays as it is.
    """
    head, *parts = field.split(".")
    key = FACTS[head][0]
    if not parts:
        return reader.timed_word(key)
    if len(parts) == 2:
        concepts = {(x.id, c.id): reader.text(c.name) for x in found.lenses for c in x.concepts}
        named = concepts.get(tuple(parts), parts[1])
    else:
        kind = {"obstacle_indicator": "indicator", "obstacle_dimension": "dimension"}.get(head, "subsystem")
        named = reader.called(parts[0], kind) or parts[0]
    return reader.timed_word(key).format(reader.within(named))


def value(field, found, reader):
    """Say a value of a field of the diagnosis.

    Parameters
    ----------
    field : str
    found : float, str or bool
    reader : Reader

    Returns
    -------
    str
    """
    written = FACTS[field.split(".")[0]][1]
    if written is not None:
        return written(found)
    if str(found) in ("True", "False"):
        return reader.word("yes" if str(found) == "True" else "no")
    if field == "lag" and reader.called(found, "subsystem"):
        return reader.lagging(found)
    named = reader.called(found, "level", "indicator", "dimension")
    return named or words(reader.language).get(found, str(found))


def said(pairs, found, reader):
    """Say the numbers on which a diagnosis rests.

    Parameters
    ----------
    pairs : sequence of (str, float or str)
        Field and value.
    found : Catalogue
    reader : Reader

    Returns
    -------
    str
    """
    gap = reader.word("before_value")
    parts = (with_unit(name(k, found, reader), value(k, v, reader), reader, gap) for k, v in pairs)
    return reader.word("semicolon").join(parts)


def with_unit(named, stated, reader, gap=" "):
    """Put a value behind its name, and the unit of the name behind the value.

    Parameters
    ----------
    named, stated : str
        Name as the head of a column has it, with its unit, and value or range.
    reader : Reader
    gap : str
        Between them.

    Returns
    -------
    str

    Examples
    --------
    >>> from coordination.presentation.reader import Reader
    >>> with_unit("Growth, % a year", "4.9", Reader(None, None, "en"))
    'Growth 4.9% a year'
    """
    found = re.fullmatch(reader.word("name_and_unit"), named)
    return f"{found[1]}{gap}{stated}{found[2]}" if found else f"{named}{gap}{stated}"


@dataclass(frozen=True)
class Range:
    """The least and largest value of a field in several regions.

    Attributes
    ----------
    field : str
    low, high : float
    found : Catalogue
    """

    field: str
    low: float
    high: float
    found: object

    def said(self, reader):
        """Say it with its name: one number if both are the same in print."""
        ends = dict.fromkeys(value(self.field, v, reader) for v in (self.low, self.high))
        return with_unit(name(self.field, self.found, reader), reader.word("from_to").join(ends), reader)
