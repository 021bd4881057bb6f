"""Turns of phrase that sentences share."""

from __future__ import annotations

from coordination.presentation.reader import number
from coordination.presentation.wording import periods


def _list(names, language):
    names = list(names)
    if language == "zh":
        return "、".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _moved(first, last, language):
    if round(first, 3) == round(last, 3):
        return "stays at" if language == "en" else "保持在"
    up = last > first
    return (
        ("rises from {} to" if up else "falls from {} to")
        if language == "en"
        else ("由{}上升到" if up else "由{}下降到")
    )


def _change(first, last, language):
    text = _moved(first, last, language)
    return (
        f"{text.format(number(first))} {number(last)}"
        if language == "en"
        else f"{text.format(number(first))}{number(last)}"
    )


def _capital(text):
    return text[0].upper() + text[1:]


def _inner(name):
    """Return an English name as it stands within a sentence: with a small letter, unless it is an abbreviation."""
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def _plural(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _time(study, language):
    """Return what a study's unit of time is called: years, or periods with labels."""
    if language == "zh":
        return "期" if periods(study) else "年"
    return "period" if periods(study) else "year"


def _ended(study):
    """Return what follows a span of time in Chinese: nothing where the ends are labels."""
    return "" if periods(study) else "年"


DIRECTIONS = (
    ("north", "北"), ("northeast", "东北"), ("east", "东"), ("southeast", "东南"),
    ("south", "南"), ("southwest", "西南"), ("west", "西"), ("northwest", "西北"),
)  # fmt: skip


def _towards(bearing, language):
    """Return a direction in words: degrees clockwise from north to one of eight."""
    return DIRECTIONS[round(bearing / 45) % 8][language == "zh"]


def _share_of(p, language):
    """Write a p value in a sentence."""
    sign, gap = "<" if p < 0.001 else "=", " " if language == "en" else ""
    return f"p{gap}{sign}{gap}{max(p, 0.001):.3f}"
