"""The literature's concepts as lenses: what evidences them and what they do not see."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, Strict, field_validator, model_validator

from coordination.errors import InputError, InputErrors, told
from coordination.study.document import validated
from coordination.study.model import Identifier, Part, Text, once

RULES = "rules"  # the document that holds rules instead of a lens

STATES = ("covered", "without_figures", "blind")

OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, several: value in several,
}

# What a rule may ask of a region or of all regions together: the kind of value, and how many names follow by points.
FIELDS = {
    "degree": ("number", 0),
    "degree_gap": ("number", 0),
    "rank": ("number", 0),
    "level": ("name", 0),
    "lag": ("name", 0),
    "ratio": ("number", 0),
    "score": ("number", 1),
    "growth": ("number", 0),
    "growth_gap": ("number", 0),
    "trend": ("name", 0),
    "quadrant": ("name", 0),
    "p": ("number", 0),
    "settled": ("truth", 0),
    "significant": ("truth", 0),
    "group_gap": ("number", 0),
    "group_variation": ("number", 0),
    "variation": ("number", 0),
    "within_share": ("number", 0),
    "largest_indicator": ("name", 0),
    "largest_dimension": ("name", 0),
    "obstacle_indicator": ("number", 1),
    "obstacle_dimension": ("number", 1),
    "obstacle_subsystem": ("number", 1),
    "obstacle_concept": ("number", 2),
    "place": ("number", 2),
    "evidence": ("number", 2),
}


class Candidate(Part):
    """An official series that would evidence a concept."""

    name: Text
    publisher: Text


class Concept(Part):
    """A concept of a lens."""

    id: Identifier
    name: Text
    path: Identifier | None = Field(None, description="the path that leads on from it, if it is a limit")
    parts: tuple[Text, ...] = ()
    candidates: tuple[Candidate, ...] = Field((), description="official series that would evidence it")


class Family(Part):
    """Concepts that stand side by side."""

    id: Identifier
    name: Text
    evidenced: bool = Field(True, description="whether indicators can evidence its concepts, so that coverage counts")
    concepts: tuple[Concept, ...] = Field(min_length=1)


class Evidence(Part):
    """An indicator that evidences a concept, and why."""

    indicator: Identifier
    concept: Identifier
    reason: Text


class Pathway(Part):
    """A way on: a countermeasure."""

    id: Identifier
    name: Text
    measures: Text


class Lens(Part):
    """What a paper says should be measured, and what follows from a diagnosis."""

    id: Identifier = Field(exclude=True, description="the file's name")
    letter: str = Field(pattern=r"^[A-Z]$", description="by which tables call it")
    name: Text
    source: str | None = Field(None, pattern=r"^[a-z0-9_-]+$", description="key of the paper's bibliography")
    families: tuple[Family, ...] = ()
    mapping: tuple[Evidence, ...] = ()
    paths: tuple[Pathway, ...] = ()

    @model_validator(mode="after")
    def _consistent(self):
        concepts = [c.id for f in self.families for c in f.concepts]
        once("family", [f.id for f in self.families])
        once("concept", concepts)
        once("path", [p.id for p in self.paths])
        once("pair of indicator and concept", [f"{e.indicator} - {e.concept}" for e in self.mapping])
        evidenced = [c.id for f in self.families if f.evidenced for c in f.concepts]
        for e in self.mapping:
            if e.concept not in evidenced:
                raise ValueError(f"in mapping, a concept that indicators can evidence instead of '{e.concept}'")
        paths = {p.id for p in self.paths}
        for c in self.concepts:
            if c.path is not None and c.path not in paths:
                raise ValueError(f"for concept '{c.id}', one of the paths {', '.join(sorted(paths))}, not '{c.path}'")
        return self

    @property
    def concepts(self) -> tuple[Concept, ...]:
        """All concepts, in order."""
        return tuple(c for f in self.families for c in f.concepts)

    def concept(self, name) -> Concept:
        """Return the concept with an id."""
        return next(c for c in self.concepts if c.id == name)

    def family(self, name) -> Family:
        """Return the family with an id."""
        return next(f for f in self.families if f.id == name)

    def path(self, name) -> Pathway:
        """Return the path with an id."""
        return next(p for p in self.paths if p.id == name)


class Condition(Part):
    """A comparison of a computed number or name with a given one."""

    field: str
    operator: Literal[tuple(OPERATORS)]
    value: Annotated[bool, Strict()] | float | str | tuple[str, ...]

    @model_validator(mode="after")
    def _sensible(self):
        kind = _kind(self.field)
        fits = {
            "number": not isinstance(self.value, bool | str | tuple) and self.operator != "in",
            "name": isinstance(self.value, tuple) if self.operator == "in" else isinstance(self.value, str),
            "truth": isinstance(self.value, bool),
        }[kind]
        if not fits or (kind != "number" and self.operator not in ("=", "!=", "in")):
            raise ValueError(
                f"for the field '{self.field}', a comparison of a {kind}, not {self.operator} {self.value}"
            )
        return self


class Rule(Part):
    """Conditions, the limit they diagnose, and with it the path."""

    id: Identifier
    scope: Literal["region", "whole"] = Field("region", description="each region, or all together")
    when: tuple[Condition, ...] = Field(min_length=1, description="all of them must hold")
    show: tuple[str, ...] = Field((), description="fields named beside those of the conditions")
    lens: Identifier
    limit: Identifier = Field(description="a concept of the lens")
    path: Identifier | None = Field(None, description="a path of the lens, if not the limit's own")
    says: Text | None = Field(None, description="the diagnosis in words, if not the limit's name")

    @field_validator("show")
    @classmethod
    def _known(cls, fields):
        for field in fields:
            _kind(field)
        return fields

    @property
    def fields(self) -> tuple[str, ...]:
        """What it needs to know, each once."""
        return tuple(dict.fromkeys([*(c.field for c in self.when), *self.show]))


class Rules(Part):
    """A document of rules."""

    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _each_once(self):
        once("rule", [r.id for r in self.rules])
        return self


def _kind(field):
    head, *names = field.split(".")
    if head not in FIELDS or len(names) != FIELDS[head][1] or not all(names):
        forms = [".".join([k, *("name" for _ in range(n))]) for k, (_, n) in FIELDS.items()]
        raise ValueError(f"one of the fields {', '.join(forms)} instead of '{field}'")
    return FIELDS[head][0]


@dataclass(frozen=True)
class Catalogue:
    """Lenses and rules of a study.

    Attributes
    ----------
    lenses : tuple of Lens
        By their letters.
    rules : tuple of Rule
    """

    lenses: tuple[Lens, ...]
    rules: tuple[Rule, ...]

    def lens(self, name):
        """Return the lens (Lens) with an id."""
        return next(x for x in self.lenses if x.id == name)

    def rule(self, name):
        """Return the rule (Rule) with an id."""
        return next(r for r in self.rules if r.id == name)

    def diagnosed(self, name):
        """Return in words (Text) what the rule with an id diagnoses."""
        rule = self.rule(name)
        return rule.says or self.lens(rule.lens).concept(rule.limit).name

    def applied(self, study):
        """Return the lenses (tuple of Lens) that say something about a study's indicators."""
        known = _known(study)
        return tuple(x for x in self.lenses if any(e.indicator in known for e in x.mapping))


def _known(study):
    return {i.id for s in study.subsystems for d in s.dimensions for i in d.indicators}


def catalogue(shared, own, study, references):
    """Validate the lenses and rules of a study.

    Parameters
    ----------
    shared, own : dict of str to (str, dict)
        Documents by name (a lens's id, or `rules`), each with the name of its file: those of the compendium, and those
        that the study brings along. An own lens takes the place of a shared one of its name, an own rule that of a
        shared rule of its id; others are added.
    study : Study
    references : collection of str
        Keys of the bibliography.

    Returns
    -------
    Catalogue

    Raises
    ------
    InputError, InputErrors
        If a document does not hold, a source is not in the bibliography, a rule names a lens, limit or path that does
        not exist or leads nowhere, or an own lens maps an indicator that the study has not.
    """
    lenses, rules = {}, {}
    for documents in (shared, own):
        for name, (file, document) in documents.items():
            if name == RULES:
                rules |= {r.id: (file, r) for r in validated(Rules, document, file).rules}
            else:
                lenses[name] = (file, validated(Lens, {"id": name, **document}, file))
    faults = []
    for name, (file, lens) in lenses.items():
        if lens.source is not None and lens.source not in references:
            expected = "a key of the bibliography in paper/"
            faults.append(
                InputError(
                    told("{file}: source", file=file),
                    told("'{text}'", text=lens.source),
                    expected,
                    "add it there, or leave it out",
                )
            )
        for k, e in enumerate(lens.mapping if name in own else ()):
            if e.indicator not in _known(study):
                found, expected = told("'{text}'", text=e.indicator), "an indicator of study.yml"
                faults.append(
                    InputError(told("{file}: mapping[{k}].indicator", file=file, k=k), found, expected, "correct it")
                )
    for file, rule in rules.values():
        lens = lenses.get(rule.lens, (None, None))[1]
        limits = {c.id: c for c in lens.concepts} if lens else {}
        paths = {p.id for p in lens.paths} if lens else ()
        where = told("{file}: rule '{rule}'", file=file, rule=rule.id)
        if lens is None:
            expected = told("one of {known}", known=", ".join(lenses))
            faults.append(
                InputError(
                    told("{place}, lens", place=where),
                    told("'{text}'", text=rule.lens),
                    expected,
                    "correct it, or add the lens",
                )
            )
        elif rule.limit not in limits:
            expected = told("a concept of {lens}", lens=rule.lens)
            faults.append(
                InputError(
                    told("{place}, limit", place=where), told("'{text}'", text=rule.limit), expected, "correct it"
                )
            )
        elif (rule.path or limits[rule.limit].path) not in paths:
            found, expected = (
                told("'{text}'", text=rule.path) if rule.path else "no path of the limit",
                told("a path of {lens}", lens=rule.lens),
            )
            faults.append(InputError(told("{place}, path", place=where), found, expected, "name one of its paths"))
    if faults:
        raise InputErrors(faults)
    by_letter = sorted((x for _, x in lenses.values()), key=lambda x: x.letter)
    return Catalogue(tuple(by_letter), tuple(r for _, r in rules.values()))


def evidence(lenses, study):
    """Say which indicators of a study evidence which concepts.

    Parameters
    ----------
    lenses : sequence of Lens
    study : Study

    Returns
    -------
    pandas.DataFrame
        A row for every indicator of the study and concept that a mapping joins: lens, family, concept, indicator,
        available (whether there are figures), share. An indicator that evidences k concepts of a family counts for 1/k
        in each, so that the weights of a family's concepts add up; without figures it counts 0.
    """
    known, available = _known(study), {i.id for i in study.indicators}
    rows = [
        (x.id, f.id, c.id, e.indicator, e.indicator in available)
        for x in lenses
        for f in x.families
        for c in f.concepts
        for e in x.mapping
        if e.concept == c.id and e.indicator in known
    ]
    table = pd.DataFrame(rows, columns=["lens", "family", "concept", "indicator", "available"])
    times = table.groupby(["lens", "family", "indicator"])["concept"].transform("size")
    return table.assign(share=np.where(table["available"].astype(bool), 1 / times, 0.0))


def parts(table):
    """Return what an evidence table says in the form in which `obstacles.summed` wants it.

    Parameters
    ----------
    table : pandas.DataFrame
        As `evidence` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns indicator, part (lens.concept), share; for the indicators with figures.
    """
    own = table[table["available"].astype(bool)]
    return pd.DataFrame(
        {"indicator": own["indicator"], "part": own["lens"] + "." + own["concept"], "share": own["share"]}
    )


def coverage(lenses, study, weights, degrees):
    """Count what evidences every concept, and what weight it carries.

    Parameters
    ----------
    lenses : sequence of Lens
    study : Study
    weights : pandas.DataFrame
        Columns subsystem, indicator, weight.
    degrees : pandas.DataFrame
        As `obstacles.degrees` returns them.

    Returns
    -------
    pandas.DataFrame
        A row for every concept that indicators can evidence: lens, family, concept, indicators (with figures),
        without_figures, weight (of all subsystems together, alpha_s w_j), obstacle (mean of the regions in the last
        year), state. A concept is `covered`, `without_figures` (only indicators without figures evidence it) or
        `blind` (none does).
    """
    table = evidence(lenses, study)
    total = weights["weight"] * weights["subsystem"].map(study.alpha)
    last = degrees[degrees["year"] == degrees["year"].max()]
    obstacle = last.groupby("indicator")["obstacle_degree"].mean()
    weight = total.set_axis(weights["indicator"])
    own = table.set_index(["lens", "concept"])
    rows = []
    for x in lenses:
        for f in (f for f in x.families if f.evidenced):
            for c in f.concepts:
                found = own.loc[[(x.id, c.id)]] if (x.id, c.id) in own.index else own.iloc[:0]
                share = found[found["available"].astype(bool)].set_index("indicator")["share"]
                counts = len(share), len(found) - len(share)
                sums = (float((share * v.reindex(share.index)).sum()) for v in (weight, obstacle))
                state = STATES[0] if counts[0] else STATES[1] if counts[1] else STATES[2]
                rows.append((x.id, f.id, c.id, *counts, *sums, state))
    heads = ["lens", "family", "concept", "indicators", "without_figures", "weight", "obstacle", "state"]
    return pd.DataFrame(rows, columns=heads)


def blind_spots(lenses, covered):
    """List the concepts without figures, and the official series that would evidence them.

    Parameters
    ----------
    lenses : sequence of Lens
    covered : pandas.DataFrame
        As `coverage` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns lens, concept, state, candidate (its position in the lens, from 0; -1 if none is known).
    """
    named = {x.id: x for x in lenses}
    rows = [
        (r.lens, r.concept, r.state, k)
        for r in covered[covered["state"] != STATES[0]].itertuples()
        for k in range(len(named[r.lens].concept(r.concept).candidates)) or (-1,)
    ]
    return pd.DataFrame(rows, columns=["lens", "concept", "state", "candidate"])


def sources(lenses):
    """Say on what paper each lens rests.

    Parameters
    ----------
    lenses : sequence of Lens

    Returns
    -------
    pandas.DataFrame
        Columns lens, source (a key of the bibliography, or nothing).
    """
    return pd.DataFrame([(x.id, x.source or "") for x in lenses], columns=["lens", "source"])
