"""What a study is: one validated document."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import core_schema

from coordination import choices
from coordination.errors import InputError, told
from coordination.locale import LANGUAGES
from coordination.sections import OPTIONAL
from coordination.study import formulas
from coordination.study.tabular import RECOGNISED, misleading

MOST_YEARS = 1000

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

WholeNumber = Annotated[int, Strict()]


def _fraction(value):
    """Read 1/3 as a number; anything else is left as it is."""
    if isinstance(value, str) and FRACTION.fullmatch(value):
        return float(Fraction(value.replace(" ", "")))
    return value


FRACTION = re.compile(r"\s*\d+\s*/\s*[1-9]\d*\s*")

Share = Annotated[float, BeforeValidator(_fraction), Field(gt=0, le=1)]

RATIO = re.compile("|".join(RECOGNISED["ratios"].split()), re.IGNORECASE)  # in a unit

KINDS = ("year", "label")

WEIGHTS_ADD_UP = 1e-6  # how far from 1 fixed weights may be, for rounding

RECIPROCAL = 0.02  # how far from 1 the product of two judgements may be, as 3 and 0.33 are

CONSISTENT = 0.1  # consistency ratio of judgements at most

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Of n judged things, from 1 on (Saaty 1980)."""

Period = Annotated[
    Annotated[WholeNumber, Tag("year")]
    | Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z _-]{0,15}$"), Tag("label")],
    Discriminator(lambda value: KINDS[isinstance(value, str)]),
]

_NAMED = r"[^/\\\x00-\x1f]"

FileName = Annotated[
    str, Field(pattern=rf"^{_NAMED}*[^/\\\x00-\x1f.]{_NAMED}*$", description="a file in the study's folder")
]


SORTED = "labels each once that sort in their order, such as 2020Q1, 2020Q2 (not Q1 2020)"


@dataclass(frozen=True)
class OneOf:
    """One of some names, which are asked for when a document is read.

    Attributes
    ----------
    names : callable
        Returns the names.
    """

    names: Callable[[], tuple[str, ...]]

    def __get_pydantic_core_schema__(self, source, handler):
        return core_schema.no_info_plain_validator_function(self._checked)

    def __get_pydantic_json_schema__(self, schema, handler):
        return {"type": "string", "enum": list(self.names())}

    def _checked(self, value):
        names = self.names()
        if not isinstance(value, str) or value not in names:
            *first, last = map(repr, names)
            raise ValueError(f"{', '.join(first)} or {last}" if first else last)
        return value


def offered_by(registry):
    """Return the type of a key that takes what a registry offers.

    Parameters
    ----------
    registry : Registry

    Returns
    -------
    type
    """
    return Annotated[str, OneOf(lambda: registry.offered)]


class Part(BaseModel):
    """Base of every part of the document: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Text(Part):
    """A text in the languages of the paper; a plain string stands for every language."""

    en: str = Field(min_length=1, description="English")
    zh: str = Field(min_length=1, description="Chinese")

    @model_validator(mode="before")
    @classmethod
    def _same_in_every_language(cls, value):
        return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value

    @field_validator("*")
    @classmethod
    def _says_what_it_is(cls, text):
        if text is not None and misleading(text):
            raise ValueError("a text that begins with a letter or figure and has no hidden signs")
        return text

    def __getitem__(self, language: str) -> str:
        return getattr(self, language) or self.en


# A language of which studies need not have texts yet: what is missing is said in English.
_FURTHER = {k: (str | None, Field(None, min_length=1)) for k in LANGUAGES if k not in Text.model_fields}
if _FURTHER:
    Text = create_model("Text", __base__=Text, **_FURTHER)


class Author(Part):
    """Somebody who wrote the study."""

    name: Text
    affiliation: Text | None = Field(None, description="where the author works")


class Group(Part):
    """A named group of regions, or all of them."""

    id: Identifier = Field(description="name used in tables")
    name: Text


class Regions(Part):
    """Where the regions are listed and, if there are any, their polygons."""

    file: FileName = Field(
        "regions.csv",
        description="region, group, and where there are any region_en, region_zh, longitude, latitude, "
        "aliases (other spellings, separated by |)",
    )
    polygons: FileName | None = Field(None, description="GeoJSON, GeoPackage or shapefile")
    polygon_name: str = Field("region", min_length=1, description="the polygons' property that names the region")


class Series(Part):
    """A series of the raw panel."""

    unit: str
    minimum: float | None = Field(0.0, description="smallest possible value; null where there is none")
    names: tuple[str, ...] = Field((), description="what sources call it, for `import`")
    total: bool | None = Field(
        None, description="whether figures of regions add up, for `changes`; if left out, unless the unit is a ratio's"
    )

    @property
    def adds_up(self) -> bool:
        """Whether figures of regions that merge can be added."""
        return RATIO.search(self.unit) is None if self.total is None else self.total


class Panel(Part):
    """The raw panel and, where raw figures cannot be redistributed, its released normalised form."""

    file: FileName = Field("panel.csv", description="long table, or a workbook (a sheet a series, or a long table)")
    region_column: str = Field("region", min_length=1, description="the panel's column of region names")
    changes: FileName | None = Field(
        None, description="regions that merged, split or were named anew: a table year, from, to, share"
    )
    released: FileName | None = Field(None, description="normalised panel to start from when there is no raw panel")
    withheld: Text | None = Field(None, description="why the raw figures are not redistributed")
    series: dict[Identifier, Series] = Field(min_length=1)


class Break(Part):
    """A year from which on figures have another base or definition than before."""

    year: Period = Field(description="the first year of the new base")
    why: Text


class Exceptional(Part):
    """A figure that is kept, but named because it stands out."""

    region: str = Field(min_length=1)
    year: Period
    why: Text


class Reading(Part):
    """Another formula that an indicator's name allows."""

    id: Identifier
    name: Text
    formula: str = Field(min_length=1, description="arithmetic over series")
    direction: offered_by(choices.DIRECTION) | None = Field(None, description="the indicator's if left out")


class Indicator(Part):
    """An indicator: a formula over series with a direction."""

    id: Identifier
    name: Text
    direction: offered_by(choices.DIRECTION)
    best: float | tuple[float, float] | None = Field(
        None, description="for direction best: the best value, such as 50, or the best interval, such as [45, 55]"
    )
    unit: Text
    formula: str | None = Field(
        None, min_length=1, description="arithmetic over series: + - * / and parentheses, abs, min, max, log"
    )
    unavailable: Text | None = Field(None, description="why there are no figures")
    source: Text | None = Field(None, description="where the figures come from, if not the study's source")
    breaks: tuple[Break, ...] = Field((), description="new price bases or definitions; results are also given linked")
    exceptions: tuple[Exceptional, ...] = Field(
        (), description="figures that stand out; results are also given with the mean of the years around them"
    )
    readings: tuple[Reading, ...] = Field((), description="other formulas that the name allows")

    @model_validator(mode="after")
    def _either(self):
        if (self.formula is None) == (self.unavailable is None):
            raise ValueError(f"indicator '{self.id}' with either a formula or a reason why it is unavailable")
        if self.unavailable and (self.breaks or self.exceptions or self.readings):
            raise ValueError(f"no breaks, exceptions or readings of indicator '{self.id}', which is unavailable")
        ways = {self.direction, *(r.direction for r in self.readings if r.direction)}
        if any("best" in choices.DIRECTION[way].needs for way in ways) != (self.best is not None):
            raise ValueError(f"a best value of indicator '{self.id}' for direction best, and for no other")
        if isinstance(self.best, tuple) and self.best[0] > self.best[1]:
            raise ValueError(f"a best interval of indicator '{self.id}' from the lower end to the upper")
        once(f"break of '{self.id}'", [str(b.year) for b in self.breaks])
        once(f"exception of '{self.id}'", [f"{e.region} {e.year}" for e in self.exceptions])
        once(f"reading of '{self.id}'", [r.id for r in self.readings])
        taken = [r.id for r in self.readings if r.id in ("own", *choices.VARIANTS)]
        if taken:
            raise ValueError(
                f"readings of '{self.id}' under other names than {', '.join(taken)}, which stand for variants"
            )
        return self


class Dimension(Part):
    """A dimension of a subsystem."""

    id: Identifier
    name: Text
    indicators: tuple[Indicator, ...] = Field(min_length=1)


class Subsystem(Part):
    """A subsystem of regional development, measured by one composite score."""

    id: Identifier
    name: Text
    alpha: Share | None = Field(
        None,
        description="its share in the coordination index T, such as 1/3; equal shares if no subsystem has one",
    )
    dimensions: tuple[Dimension, ...] = Field(min_length=1)

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """Indicators with figures, in order."""
        return tuple(i for d in self.dimensions for i in d.indicators if i.unavailable is None)


class Interpolation(Part):
    """How gaps in a series are filled within a region."""

    within: Literal["linear", "none"] = Field("linear", description="between two observed years")
    ends: Literal["nearest", "missing"] = Field("nearest", description="before the first and after the last")


class Coupling(Part):
    """Which coupling degree is computed."""

    variant: offered_by(choices.COUPLING) = "standard"


class Combination(Part):
    """Two sets of weights that are made one."""

    of: tuple[str, str] = Field(description="two ways to weigh, such as entropy and ahp")
    by: Literal["product", "mean", "game"] = "mean"


class Method(Part):
    """How indicators are scaled and weighted."""

    normalisation: offered_by(choices.NORMALISATION) = Field("pooled", description="the scale of the indicators")
    zeros: offered_by(choices.ZEROS) = Field("limit", description="what becomes of zeros")
    weighting: offered_by(choices.WEIGHTING) = Field("entropy", description="of the indicators within a subsystem")
    aggregation: offered_by(choices.AGGREGATION) = Field(
        "arithmetic", description="of the indicators to the score of a subsystem"
    )
    fixed: dict[str, Annotated[float, Field(ge=0, le=1), BeforeValidator(_fraction)]] | None = Field(
        None, description="for weighting fixed: the weight of every indicator, adding up to 1 within a subsystem"
    )
    ahp: dict[str, dict[str, tuple[Annotated[float, Field(gt=0), BeforeValidator(_fraction)], ...]]] | None = Field(
        None, description="for weighting ahp: by subsystem and indicator, a row of judgements in the same order"
    )
    combine: Combination | None = Field(None, description="for weighting combined")


class Lag(Part):
    """When two subsystems count as synchronised."""

    synchronised: tuple[float, float] = Field((0.8, 1.2), description="band of the ratio of a score to the other")

    @field_validator("synchronised")
    @classmethod
    def _band(cls, band):
        if not 0 < band[0] <= 1 <= band[1]:
            raise ValueError("two numbers with 0 < lower <= 1 <= upper")
        return band


class Level(Part):
    """A level of coordination, an interval open below and closed above."""

    above: float
    up_to: float
    name: Text


class SpatialWeights(Part):
    """Which regions are neighbours, and how much they weigh."""

    kind: offered_by(choices.SPATIAL_WEIGHTS)
    file: FileName | None = Field(
        None, description="for kind file: neighbours (csv, xlsx, gal, gwt) or a matrix (csv, xlsx, dta)"
    )
    values: Literal["weights", "distance"] | None = Field(
        None, description="for kind file: what its numbers are; asked where they could be distances"
    )
    power: float = Field(1.0, gt=0, description="of the distance, for inverse_distance and for distances in a file")
    distance: offered_by(choices.DISTANCE) = Field(
        "great_circle", description="between points; euclidean for plane coordinates"
    )
    k: WholeNumber | None = Field(None, ge=1, description="number of neighbours, for knn")
    directed: bool | None = Field(
        None,
        description="for pairs, or half a matrix, in a file: whether A's neighbour B need not have A; false for pairs",
    )
    transform: offered_by(choices.TRANSFORM) = Field("none", description="of the global statistic's weights")
    islands: Literal["refuse", "keep", "nearest"] = Field(
        "refuse", description="regions without neighbours; nearest ties them to the nearest region"
    )

    @model_validator(mode="after")
    def _what_the_kind_needs(self):
        kinds = choices.SPATIAL_WEIGHTS
        for key, what in (("k", "a number k of neighbours"), ("file", "a file")):
            if (key in kinds[self.kind].needs) != (getattr(self, key) is not None):
                of = ", ".join(name for name in kinds.offered if key in kinds[name].needs)
                raise ValueError(f"{what} for kind {of}, and for no other kind")
        if self.values and not self.file:
            raise ValueError("values for kind file, and for no other kind")
        return self


class Metacoupling(Part):
    """With which other regions the systems of a region are held to be coordinated; rows of weights add up to 1."""

    peri: SpatialWeights = Field(
        SpatialWeights(kind="queen", islands="keep"), description="near ones, usually those that touch"
    )
    tele: SpatialWeights = Field(SpatialWeights(kind="inverse_distance"), description="all others, by distance")

    @model_validator(mode="after")
    def _no_file(self):
        if self.peri.file or self.tele.file:
            raise ValueError("weights of another kind than file, which is that of spatial_weights")
        return self


class Autocorrelation(Part):
    """Inference about spatial autocorrelation, fixed before the data are seen."""

    tail: offered_by(choices.TAIL) = Field("greater", description="of the global p values")
    local_tail: offered_by(choices.TAIL) = Field("two-sided", description="of the local p values")
    permutations: WholeNumber = Field(9999, ge=99, le=999_999)
    significance: float = Field(0.05, gt=0, lt=1)
    quadrants: Literal["zero", "means"] = Field(
        "zero",
        description="axes of the scatter plot: at zero deviation, or at the means of the variable and of its lag",
    )


class Checks(Part):
    """When `check` warns: what is unusual in a panel of this kind."""

    jump: float = Field(2.5, gt=1, description="factor by which one value may exceed or fall below those around it")
    common_jump: float = Field(
        1.5,
        gt=1,
        description="factor by which the median region may jump beyond the series' usual growth (price bases)",
    )
    copied: float = Field(0.5, gt=0, le=1, description="share of regions whose value may equal the year before's")
    filled: float = Field(0.2, ge=0, le=1, description="share of an indicator's values that may be filled")
    correlation: float = Field(0.98, gt=0, le=1, description="between two indicators of a subsystem")
    against: float = Field(-0.3, ge=-1, le=0, description="correlation of an indicator with the rest of its subsystem")
    variation: float = Field(0.01, ge=0, description="coefficient of variation below which an indicator is constant")


class Robustness(Part):
    """Which choices the multiverse makes, and how large the errors are that results must stand."""

    vary: tuple[Literal[choices.FACTORS], ...] = Field(
        choices.FACTORS, description="choices that are made in every sensible way"
    )
    wider: tuple[Literal[choices.WIDER], ...] = Field(
        (), description="choices with a longer menu in a second, streamed multiverse; none is made without any"
    )
    draws: WholeNumber | None = Field(
        None, ge=100, le=100_000,
        description="repetitions with errors in figures and weights; if not given 2000, of over 600 regions 200",
    )  # fmt: skip
    measurement: float = Field(
        0.02, ge=0, le=1, description="standard error of a figure, as a share of its distance from the lowest"
    )


class Drivers(Part):
    """Covariates with which the study compares D."""

    file: FileName = Field(description="region, year (unless the values hold for every year) and a column a variable")
    variables: dict[Identifier, Text] = Field(min_length=1, description="the file's columns and what they are called")
    classes: WholeNumber = Field(4, ge=2, le=10, description="into which geodetector cuts numbers, at quantiles")
    models: tuple[Literal["geodetector", "spatial_lag", "spatial_error", "spatial_durbin"], ...] = Field(
        ("geodetector",), min_length=1, description="which are computed"
    )

    @field_validator("variables")
    @classmethod
    def _not_a_key(cls, variables):
        if {"region", "year"} & set(variables):
            raise ValueError("variables other than region and year, which name the rows")
        return variables


class Years(Part):
    """A run of consecutive years."""

    first: WholeNumber
    last: WholeNumber


class Inconsistent(ValueError):
    """What is wrong between keys that are each right by themselves.

    Parameters
    ----------
    faults : list of InputError
        Each says the key where others say the file.
    """

    def __init__(self, faults):
        self.faults = faults
        super().__init__("; ".join(map(str, faults)))


class Study(Part):
    """A study: a region, its indicators and its years, and how they are analysed."""

    id: str = Field(exclude=True, description="the folder's name")
    format: WholeNumber = Field(1, description="of this document; an older one is upgraded by `upgrade`")
    title: Text
    source: Text
    authors: tuple[Author, ...] = Field((), description="of the paper; those of CITATION.cff if left out")
    language: Literal[LANGUAGES] = Field("en", description="in which `check` reports")
    years: tuple[Period, ...] = Field(
        min_length=1, description="a list, or {first, last}; or labels of periods that sort, such as 2020Q1"
    )
    seed: WholeNumber = Field(ge=0)
    regions: Regions = Regions()
    whole: Group = Field(description="all regions together")
    groups: tuple[Group, ...] = Field(min_length=1)
    panel: Panel
    interpolation: Interpolation = Interpolation()
    subsystems: tuple[Subsystem, ...] = Field(min_length=2)
    method: Method = Method()
    coupling: Coupling = Coupling()
    lag: Lag = Lag()
    levels: tuple[Level, ...] = Field(min_length=1)
    spatial_weights: SpatialWeights
    autocorrelation: Autocorrelation = Autocorrelation()
    metacoupling: Metacoupling | None = Field(
        None, description="coordination between regions; not computed if left out, {} takes what is usual"
    )
    checks: Checks = Checks()
    robustness: Robustness = Robustness()
    drivers: Drivers | None = Field(None, description="covariates that the study supplies; none if left out")
    leave_out: tuple[Literal[OPTIONAL], ...] = Field((), description="sections that are not wanted")

    @field_validator("years", mode="before")
    @classmethod
    def _years(cls, value):
        if isinstance(value, dict):
            span = Years.model_validate(value)
            if span.first > span.last:
                raise ValueError("first <= last")
            if span.last - span.first >= MOST_YEARS:
                raise ValueError(f"at most {MOST_YEARS} years")
            return tuple(range(span.first, span.last + 1))
        return value

    @field_validator("years")
    @classmethod
    def _increasing(cls, years):
        if len({type(y) for y in years}) > 1:
            raise ValueError("either years or labels of periods")
        if any(a >= b for a, b in pairwise(years)):
            raise ValueError("years in increasing order, each once" if isinstance(years[0], int) else SORTED)
        numbers = [y for y in years if isinstance(y, str) and _is_number(y)]
        if numbers:
            raise ValueError(f"labels that are no numbers ({', '.join(numbers)}): write years without quotes")
        return years

    @field_validator("levels")
    @classmethod
    def _contiguous(cls, levels):
        bounds = [levels[0].above, *(level.up_to for level in levels)]
        touching = all(a.up_to == b.above for a, b in pairwise(levels))
        if bounds[0] != 0 or bounds[-1] != 1 or not touching or any(a >= b for a, b in pairwise(bounds)):
            raise ValueError("levels that follow on one another from 0 to 1")
        return levels

    @model_validator(mode="after")
    def _consistent(self):
        faults = [*self._named_once(), *self._formulas(), *self._dated(), *self._weighed()]
        shares = [s.alpha for s in self.subsystems if s.alpha is not None]
        total = sum(shares)
        if shares and len(shares) < len(self.subsystems):
            lacking = ", ".join(s.id for s in self.subsystems if s.alpha is None)
            found, remedy = told("none for {subsystems}", subsystems=lacking), "correct alpha of the subsystems"
            faults.append(InputError("subsystems.alpha", found, "a share of every subsystem, or of none", remedy))
        elif shares and abs(total - 1) > 1e-9:
            each = " + ".join(f"{a:g}" for a in shares)
            found, remedy = told("{each} = {total:g}", each=each, total=total), "correct alpha of the subsystems"
            faults.append(InputError("subsystems.alpha", found, "shares that add up to 1", remedy))
        for subsystem in self.subsystems:
            if not subsystem.indicators:
                where, remedy = f"subsystems.{subsystem.id}", "give one a formula, or remove the subsystem"
                faults.append(InputError(where, "no available indicator", "at least one available indicator", remedy))
        if faults:
            raise Inconsistent(faults)
        return self

    def _named_once(self):
        """Find names that stand twice."""
        released, polygons = self.panel.released, self.regions.polygons
        note = [str(Path(released).with_suffix(".json"))] if released else []
        files = ["study.yml", self.panel.file, self.regions.file, released, *note, polygons, self.spatial_weights.file]
        files += [self.panel.changes, *([self.drivers.file] if self.drivers else [])]
        for place, what, names in (
            ("subsystems", "subsystem", [s.id for s in self.subsystems]),
            ("subsystems.dimensions", "dimension", [d.id for s in self.subsystems for d in s.dimensions]),
            ("indicators", "indicator", [i.id for s in self.subsystems for d in s.dimensions for i in d.indicators]),
            ("groups", "group", [g.id for g in (self.whole, *self.groups)]),
            ("files", "file", [f for f in files if f]),
        ):
            try:
                once(what, names)
            except ValueError as error:
                yield InputError(place, "one of them twice", str(error), "rename one")

    def _formulas(self):
        """Find formulas that cannot be evaluated."""
        for indicator in self.indicators:
            formed = [("formula", indicator.formula)]
            formed += [(f"readings.{r.id}", r.formula) for r in indicator.readings]
            for what, formula in formed:
                try:
                    formulas.check(formula, self.panel.series)
                except InputError as error:
                    _, *rest = error.args
                    yield InputError(f"indicators.{indicator.id}.{what}: {formula}", *rest)

    def _weighed(self):
        """Find what is missing or wrong of the weights that are asked for."""
        method = self.method
        of = method.combine.of if method.weighting == "combined" and method.combine else ()
        for key in (method.weighting, *of):
            try:
                way = choices.WEIGHTING[key]
            except InputError as error:
                yield InputError("method.combine.of", *error.args[1:])
                continue
            where, remedy = f"method.{way.asked}", "add it, or choose another weighting"
            if way.asked and getattr(method, way.asked) is None:
                yield InputError(where, "nothing", told("what weighting {key} needs", key=key), remedy)
            if way.logarithms and not choices.ZEROS[method.zeros].positive:
                expected = "a treatment after which all values are positive"
                yield InputError(
                    "method.zeros", method.zeros, expected, "set zeros: narrow, or choose another weighting"
                )
        if "combined" in of:
            yield InputError("method.combine.of", "combined", "two other ways to weigh", "correct it")
        own = {s.id: [i.id for i in s.indicators] for s in self.subsystems}
        if method.fixed is not None:
            yield from self._fixed_weights(own)
        for subsystem, rows in (method.ahp or {}).items():
            yield from _judged(subsystem, rows, own)
        if method.ahp is not None:
            for subsystem in own.keys() - method.ahp.keys():
                yield InputError(f"method.ahp.{subsystem}", "no judgements", "a matrix for every subsystem", "add it")
        if choices.AGGREGATION[method.aggregation].logarithms and not choices.ZEROS[method.zeros].positive:
            expected = "a treatment after which all values are positive"
            yield InputError("method.zeros", method.zeros, expected, "set zeros: narrow, or aggregate otherwise")
        if method.weighting != "entropy" and any(i.readings for i in self.indicators):
            expected = "entropy, since readings are those of articles with entropy weights"
            yield InputError("method.weighting", method.weighting, expected, "correct it, or leave out the readings")
        if method.aggregation != "arithmetic" and any(i.readings for i in self.indicators):
            expected = "arithmetic, since readings are those of articles with weighted sums"
            remedy = "correct it, or leave out the readings"
            yield InputError("method.aggregation", method.aggregation, expected, remedy)
        if self.drivers and "diagnosis" in self.left_out:
            found = told("no diagnosis, left out or meaningless with aggregation {key}", key=method.aggregation)
            remedy = "remove drivers, or what leaves the diagnosis out"
            yield InputError("drivers", found, "the section in which covariates stand", remedy)

    def _fixed_weights(self, own):
        known = [i for members in own.values() for i in members]
        for name in self.method.fixed.keys() - set(known):
            yield InputError(f"method.fixed.{name}", "no indicator", "an indicator with figures", "correct its name")
        for subsystem, members in own.items():
            absent = [i for i in members if i not in self.method.fixed]
            if absent:
                found = told("none for {names}", names=", ".join(absent))
                yield InputError("method.fixed", found, "a weight of every indicator with figures", "add it")
            elif abs((total := sum(self.method.fixed[i] for i in members)) - 1) > WEIGHTS_ADD_UP:
                where, found = f"method.fixed: {subsystem}", f"{total:g}"
                yield InputError(where, found, "weights that add up to 1 within a subsystem", "correct the weights")

    def _dated(self):
        """Find years of breaks and exceptions that the study does not have."""
        for indicator in self.indicators:
            for what, years, known in (
                ("breaks", [b.year for b in indicator.breaks], self.years[1:]),
                ("exceptions", [e.year for e in indicator.exceptions], self.years),
            ):
                unknown = [str(y) for y in years if y not in known]
                if unknown:
                    expected = "years of the study after the first" if what == "breaks" else "years of the study"
                    where = f"indicators.{indicator.id}.{what}"
                    yield InputError(where, ", ".join(unknown), expected, "correct the year")

    @property
    def over_time(self) -> bool:
        """Whether values of different years are there and can be compared, without which nothing grows."""
        return len(self.years) > 1 and choices.NORMALISATION[self.method.normalisation].over_time

    @property
    def comparable(self) -> bool:
        """Whether values of all years stand on one scale, as those of a single year do."""
        return self.over_time or len(self.years) == 1

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sections that are not made: unwanted ones, and those that mean nothing with the method chosen.

        The diagnosis rests on obstacles, which are parts of a sum; dynamics compare years.
        """
        meaningless = {
            "diagnosis": not choices.AGGREGATION[self.method.aggregation].additive,
            "dynamics": not self.comparable,
        }
        return tuple(name for name in OPTIONAL if name in self.leave_out or meaningless.get(name))

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """Indicators with figures, in the document's order."""
        return tuple(i for s in self.subsystems for i in s.indicators)

    @property
    def directions(self) -> tuple[dict[str, str], dict[str, float | tuple[float, float]]]:
        """Direction of every indicator with figures, and the best values of those that have one."""
        own = self.indicators
        return {i.id: i.direction for i in own}, {i.id: i.best for i in own if i.best is not None}

    def broken(self, part=None) -> dict[str, tuple[Period, ...]]:
        """Return the years of the breaks of every indicator that has any, of one subsystem or dimension or of all."""
        return {
            i.id: tuple(sorted(b.year for b in i.breaks))
            for s in self.subsystems
            for d in s.dimensions
            for i in d.indicators
            if i.breaks and part in (None, s.id, d.id)
        }

    @property
    def formulas(self) -> tuple[str, ...]:
        """Formulas of the indicators with figures and of their readings."""
        return tuple(f for i in self.indicators for f in (i.formula, *(r.formula for r in i.readings)))

    def elapsed(self, first, last) -> int:
        """Return how many years lie between two of the study's years, or how many periods if they are labels."""
        labels = isinstance(self.years[0], str)
        return self.years.index(last) - self.years.index(first) if labels else last - first

    @property
    def alpha(self) -> dict[str, float]:
        """Share of every subsystem in the coordination index."""
        equal = 1 / len(self.subsystems)
        return {s.id: equal if s.alpha is None else s.alpha for s in self.subsystems}


def _judged(subsystem, rows, own):
    """Find what is wrong with a matrix of pairwise judgements."""
    where = f"method.ahp.{subsystem}"
    members = own.get(subsystem)
    if members is None:
        yield InputError(where, "no subsystem", told("one of {names}", names=", ".join(own)), "correct its name")
        return
    if set(rows) != set(members) or any(len(row) != len(rows) for row in rows.values()):
        sizes = " x ".join(map(str, (len(rows), max(map(len, rows.values()), default=0))))
        expected = told("a row and a column for each of {names}", names=", ".join(members))
        yield InputError(where, told("{size} judgements", size=sizes), expected, "complete the matrix")
        return
    matrix, names = list(rows.values()), list(rows)
    for i, j in product(range(len(names)), repeat=2):
        if i <= j and abs(matrix[i][j] * matrix[j][i] - 1) > RECIPROCAL:
            found = f"{names[i]} : {names[j]} = {matrix[i][j]:g}, {names[j]} : {names[i]} = {matrix[j][i]:g}"
            yield InputError(where, found, "judgements that are reciprocal, 1 on the diagonal", "correct one of them")
            return
    ratio = consistency_ratio(matrix)
    if ratio > CONSISTENT:
        found = told("a consistency ratio of {ratio:.3f}", ratio=ratio)
        yield InputError(where, found, told("at most {most:g}", most=CONSISTENT), "revise the judgements")


def consistency_ratio(matrix):
    """Consistency ratio of pairwise judgements.

    Parameters
    ----------
    matrix : sequence of sequence of float, n by n
        Positive and reciprocal.

    Returns
    -------
    float
        (lambda_max - n) / (n - 1), divided by what random judgements give; 0 for one or two, infinite for more than 15.

    References
    ----------
    Saaty (1980), The analytic hierarchy process.

    Examples
    --------
    >>> round(consistency_ratio([[1, 2, 6], [1 / 2, 1, 4], [1 / 6, 1 / 4, 1]]), 4)
    0.0079
    """
    import numpy as np

    n = len(matrix)
    if n > len(RANDOM_INDEX):
        return math.inf
    if n < 3:
        return 0.0
    largest = np.linalg.eigvals(np.array(matrix, dtype=float)).real.max()
    return float(max(0.0, (largest - n) / (n - 1) / RANDOM_INDEX[n - 1]))


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def once(what, names):
    """Refuse names of which one stands twice.

    Parameters
    ----------
    what : str
        What the names name.
    names : list of str

    Raises
    ------
    ValueError
        If a name stands more than once.
    """
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"every {what} once ({', '.join(twice)} stands more than once)")
