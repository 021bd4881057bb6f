"""One finding of the check: what it is about as facts, and how a reader is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from numbers import Number
from typing import NamedTuple

from coordination.errors import LONGEST, InputErrors, Message, firsts, kind, of_one_kind
from coordination.locale import LANGUAGES
from coordination.presentation import locale
from coordination.study.names import MADE_UP

SEVERITIES = ("error", "warning", "note")

# Ends of lines within a fact are not those of the template, so they pass through it as characters for private use.
_SHIELDED = {ord(c): 0xE000 + k for k, c in enumerate("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")}
_UNSHIELDED = {v: k for k, v in _SHIELDED.items()}

_PLACE = re.compile(
    r"(?:(?!sheet )(?P<file>.*?), )?(?:(?:sheet (?P<sheet>.*), )?cell (?P<cell>[A-Z]+\d+)|row (?P<row>\d+))", re.DOTALL
)


class Place(NamedTuple):
    """A file, and a row of it or a cell of one of its sheets."""

    file: str | None
    sheet: str | None = None
    cell: str | None = None
    row: str | None = None


def placed(text):
    """Return the place that a text of `tabular.place` or `panel.place` names.

    Parameters
    ----------
    text : str

    Returns
    -------
    Place
        Any other text is taken for a file.

    Examples
    --------
    >>> placed("panel.csv, row 5")
    Place(file='panel.csv', sheet=None, cell=None, row='5')
    >>> placed("book.xlsx, sheet ports, cell C4")
    Place(file='book.xlsx', sheet='ports', cell='C4', row=None)
    """
    found = _PLACE.fullmatch(text)
    return Place(**found.groupdict()) if found else Place(text)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or that a reader of the results would want to know first.

    Attributes
    ----------
    severity : {'error', 'warning', 'note'}
        An error stops a run; a warning may make its results mean something else; a note is good to know.
    check : str
        What was looked for.
    sentence : str
        The macro of `check.j2` that says it: where, found, expected and what to do, a paragraph each.
    facts : dict
        What the macro needs. Figures are named by `file`, `series`, `regions` and `years`, rows by `place`.
    place : Place, optional
        Where in the file the figures stand, if it was looked up.
    origin : Place, optional
        Where they come from.
    """

    severity: str
    check: str
    sentence: str
    facts: dict = field(default_factory=dict)
    place: Place | None = None
    origin: Place | None = None


@dataclass(frozen=True)
class Said:
    """A finding in a language.

    Attributes
    ----------
    severity : {'error', 'warning', 'note'}
    check, where, found, expected, remedy : str
    kind : tuple of str
        What findings of one cause share.
    """

    severity: str
    check: str
    where: str
    found: str
    expected: str
    remedy: str
    kind: tuple[str, ...]


def of_errors(check, error):
    """Return the faults of an exception as findings, with the messages of what raised it.

    Parameters
    ----------
    check : str
    error : InputError

    Returns
    -------
    list of Finding
    """
    faults = error.faults if isinstance(error, InputErrors) else [error]
    texts = [[part if isinstance(part, str) else str(part) for part in f.args] for f in faults]
    parts = [dict(zip(("where", "found", "expected", "remedy"), t, strict=True)) for t in texts]
    return [Finding("error", check, "fault", p | {"where": placed(p["where"])}) for p in parts]


def say(finding, reader):
    """Tell a reader of a finding.

    Parameters
    ----------
    finding : Finding
    reader : Reader

    Returns
    -------
    Said
    """

    def told(sentence, **facts):
        return reader.say("check", sentence, **{k: _shielded(v) for k, v in facts.items()})

    if finding.sentence == "fault":
        where, *rest = finding.facts.values()
        file = where.file and translated(where.file, reader, keep=True)
        parts = [told("somewhere", place=where._replace(file=file))]
        parts += [translated(part, reader) for part in rest]
    else:
        parts = told(finding.sentence, **finding.facts).split("\n\n")
    if finding.place:
        parts[1] = reader.bracketed(parts[1], told("figures_at", place=finding.place, origin=finding.origin))
    where, found, expected, remedy = (part.translate(_UNSHIELDED) for part in parts)
    check = reader.word(f"check_{finding.check.replace(' ', '_')}")
    texts = [_brief(where, reader), _brief(found, reader), _brief(expected, reader), remedy]
    causes = list(finding.facts.values()) if finding.sentence == "fault" else texts
    return Said(finding.severity, check, *texts, (finding.severity, check, *map(kind, causes[1:])))


def _shielded(fact):
    if isinstance(fact, str):
        return fact.translate(_SHIELDED)
    if isinstance(fact, Place):
        return Place(*map(_shielded, fact))
    return [_shielded(f) for f in fact] if isinstance(fact, list | tuple) else fact


def translated(text, reader, keep=False):
    """Say a part of an error in the reader's language, with names for the ids that were made up for them.

    Parameters
    ----------
    text : str or Message
    reader : Reader
    keep : bool
        Name the id beside its name.

    Returns
    -------
    str
    """
    texts = locale.errors(reader.language)
    if not isinstance(text, Message):
        return named(texts.get(text, text), reader, keep)

    def value(key, given):
        if isinstance(given, Message):
            return translated(given, reader, keep)
        if key == "place":
            return reader.say("check", "somewhere", place=_shielded(placed(given)))
        kinds = (key,) if key in ("series", "indicator", "subsystem") else ()
        return given if isinstance(given, Number) else named(str(given), reader, keep, *kinds)

    said, values = texts.get(text.template, text.template), {k: value(k, v) for k, v in text.values.items()}
    return said.format(**values) if values else named(said, reader, keep)


def named(text, reader, keep, *kinds):
    """Put names for the ids of some kinds that were made up for them; or names beside ids.

    Parameters
    ----------
    text : str
    reader : Reader
    keep : bool
        Name the id beside its name.
    *kinds : {'series', 'indicator', 'subsystem'}
        All of them if none is given.

    Returns
    -------
    str
    """

    def name(found):
        name = reader.called(found[0], *(kinds or ("series", "indicator", "subsystem"))) or found[0]
        return reader.bracketed(name, found[0]) if keep and name != found[0] else name

    return re.sub(rf"(?<![\w/])(?:{MADE_UP.pattern})(?!\w)", name, text)


def _brief(text, reader):
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + reader.word("shortened", len(text))


def phrased(findings, reader):
    """Tell a reader of findings.

    Parameters
    ----------
    findings : list of Finding
    reader : Reader

    Returns
    -------
    list of Said
        Each once, in the same order; more than five of one kind as one, which names the first places.
    """
    told = dict.fromkeys(say(f, reader) for f in findings)
    result = []
    for own in of_one_kind(told, lambda said: said.kind):
        parts = {
            part: reader.word("list_comma").join(firsts(getattr(said, part) for said in own))
            for part in ("where", "found", "expected", "remedy")
        }
        if len(own) > 1:
            parts["where"] = reader.word("first_of_places", len(own), parts["where"])
        result.append(replace(own[0], **parts))
    return result


def in_language(error, reader):
    """Say an error in a reader's language.

    Parameters
    ----------
    error : InputError
    reader : Reader

    Returns
    -------
    str
        A line a cause; in English where the language lacks one of the texts.
    """
    findings = of_errors("panel", error)
    known, texts = locale.errors(reader.language), [p for f in findings for p in list(f.facts.values())[1:]]
    if reader.language == LANGUAGES[0] or any(isinstance(t, Message) and t.template not in known for t in texts):
        return str(error)
    return "\n".join(line(said, reader) for said in phrased(findings, reader))


def line(said, reader):
    """Write what a reader was told of a finding in one line.

    Parameters
    ----------
    said : Said
    reader : Reader

    Returns
    -------
    str
    """
    return reader.word("finding_line", said.where, said.found, said.expected, said.remedy)
