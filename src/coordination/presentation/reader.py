"""Who reads: a study, its regions and a language in one object, and how numbers, names and words stand before them."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from coordination.presentation import locale, sizes
from coordination.study.names import MADE_UP

# Parts of the paper in which a sentence may have other words: macros such as `coordination_abstract`
FORMS = ("paper", "abstract", "conclusion")

# A symbol of the method that stands by itself: not the D of R&D, nor a letter of a label such as 2020D
SYMBOL = re.compile(r"(?<![A-Za-z0-9&.\-])([DICTSpqbQ]|G\*)(?![A-Za-z0-9&*]|\.[A-Za-z]|['’]s)(?=$|[^A-Za-z])")


def pieces(text):
    """Part a text into what is upright and what, as symbols of the method, is italic.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (str, bool)

    Examples
    --------
    >>> pieces("R&D and D of Moran's I")
    [('R&D and ', False), ('D', True), (" of Moran's ", False), ('I', True)]
    """
    parts = SYMBOL.split(text)
    return [(part, bool(k % 2)) for k, part in enumerate(parts) if part]


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


def difference(size):
    """Write the size of a difference with four decimals; 0 only where there is none.

    Parameters
    ----------
    size : float
        Not negative.

    Returns
    -------
    str

    Examples
    --------
    >>> difference(0), difference(0.00002), difference(0.01234)
    ('0', '<0.0001', '0.0123')
    """
    return "0" if size == 0 else "<0.0001" if size < 0.0001 else number(size, 4)


@dataclass(frozen=True, eq=False)
class Reader:
    """A study and its regions, read in a language.

    Attributes
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region; names in every language, groups, and whatever else the study's file gives.
    language : str
        A folder of `locale`.
    """

    study: object
    regions: object
    language: str

    def to(self, language):
        """Return the same in another language."""
        return replace(self, language=language)

    # Words

    @property
    def periods(self):
        """Whether the study's years are labels of periods, such as 2020Q1."""
        return isinstance(self.study.years[0], str)

    def timed(self, text):
        """Return a text that speaks of years, or of periods where the study has them."""
        for years, instead in locale.words(self.language)["of_periods"] if self.periods else ():
            text = re.sub(years, instead, text)
        return text

    def word(self, key, *values):
        """Return a word of the language, with what is to be filled in.

        Raises
        ------
        KeyError
            If the language has no such word.
        """
        text = locale.words(self.language)[key]
        return text.format(*values) if values else text

    def timed_word(self, key, *values):
        """Return a word that speaks of years, which may be periods, with what is to be filled in."""
        text = self.timed(self.word(key))
        return text.format(*values) if values else text

    def text(self, texts):
        """Return a text that the study gives in several languages."""
        return texts[self.language]

    def listed(self, names):
        """Return names as a list within a sentence."""
        *first, last = names
        return self.word("list_comma").join(first) + self.word("list_and") + last if first else last

    def breaks(self, part=None):
        """Return the indicators of a subsystem or dimension that have breaks, with their years; empty without any."""
        broken = self.study.broken(part).items()
        comma = self.word("list_comma")
        return comma.join(self.bracketed(self.indicator(i), comma.join(map(str, years))) for i, years in broken)

    def breaks_marked(self, part=None):
        """Return what a caption says of the lines at breaks; empty without any."""
        said = self.breaks(part)
        return self.timed_word("breaks_marked", said) if said else ""

    def bracketed(self, name, more):
        """Return a name followed by something in parentheses."""
        return f"{name}{self.word('brackets', more)}"

    # Numbers

    number = staticmethod(number)
    p_value = staticmethod(p_value)
    difference = staticmethod(difference)

    def degree(self, value):
        """Write D with three decimals, or with as many as it takes not to read as one of another level."""
        if pd.isna(value):
            return number(value)
        bounds = [level.up_to + 1e-9 for level in self.study.levels]
        written = (number(value, decimals) for decimals in range(3, 13))
        return next((t for t in written if bisect_left(bounds, float(t)) == bisect_left(bounds, value)), number(value))

    @staticmethod
    def signed(text):
        """Return a printed number with a true minus sign."""
        return text.replace("-", "−")

    @staticmethod
    def percent(share, decimals=0):
        """Write a share in percent."""
        return f"{share:.{decimals}%}"

    @staticmethod
    def grouped(count):
        """Write a count with a comma between thousands."""
        return f"{count:,}"

    def span(self, years=None):
        """Write the first and last of some years, all of the study's if none are given."""
        years = self.study.years if years is None else years
        return str(years[0]) if len(years) == 1 else f"{years[0]}{self.word('dash')}{years[-1]}"

    # Names

    @cached_property
    def _names(self):
        study, parts = self.study, {}
        dimensions = [d for s in study.subsystems for d in s.dimensions]
        parts["subsystem"] = {s.id: self.text(s.name) for s in study.subsystems}
        parts["dimension"] = {d.id: self.text(d.name) for d in dimensions}
        parts["indicator"] = {i.id: self.text(i.name) for d in dimensions for i in d.indicators}
        parts["series"] = {s: (*about.names, s)[0] for s, about in study.panel.series.items()}
        parts["group"] = {g.id: self.text(g.name) for g in (*study.groups, study.whole)}
        parts["level"] = {x.name.en: self.text(x.name) for x in study.levels}
        parts["cause"] = {k: self.text(v) for k, v in study.drivers.variables.items()} if study.drivers else {}
        return parts

    def region(self, name):
        """Return what a region is called."""
        return self.regions[self.language][name]

    def regions_of(self, names):
        """Return what regions are called, as a list within a sentence; of very many the first, and how many more."""
        called = [self.region(name) for name in names]
        if len(called) <= sizes.TOLD:
            return self.listed(called)
        first = self.word("list_comma").join(called[: sizes.MATTER])
        return self.word("list_more", first, self.grouped(len(called) - sizes.MATTER))

    def group(self, name):
        """Return what a group, or the whole, is called."""
        return self._names["group"][name]

    def place(self, name):
        """Return what a place of a claim is called: the whole, which is also called all, a group or a region."""
        name = self.study.whole.id if name == "all" else name
        return self._names["group"].get(name) or self.region(name)

    def subsystem(self, name):
        """Return what a subsystem is called."""
        return self._names["subsystem"][name]

    def dimension(self, name):
        """Return what a dimension is called."""
        return self._names["dimension"][name]

    def indicator(self, name):
        """Return what an indicator is called."""
        return self._names["indicator"][name]

    def reading(self, indicator, name):
        """Return what a reading of an indicator is called, or the indicator with what a variant does to it."""
        own = {r.id: r.name for i in self.study.indicators if i.id == indicator for r in i.readings}
        if name in own:
            return self.text(own[name])
        return f"{self.indicator(indicator)}{self.word('colon')}{self.word(f'reading_{name}')}"

    def series(self, name):
        """Return what a series is called in its sources, by their first name for it; its id if none is declared."""
        return self._names["series"][name]

    def formula(self, text):
        """Return a formula with names for the series whose ids were made up for them."""
        return MADE_UP.sub(lambda found: self._names["series"].get(found[0], found[0]), text)

    def as_written(self, name, kind):
        """Return an id as the study's author wrote it; if it was made up for a name in another script, that name."""
        return self._names[kind][name] if MADE_UP.fullmatch(name) else name

    def cause(self, name):
        """Return what a covariate is called."""
        return self._names["cause"][name]

    def called(self, name, *kinds):
        """Return what an id of one of some kinds, such as indicator, is called; None if it is none."""
        return next((self._names[k][name] for k in kinds if name in self._names[k]), None)

    def within(self, name):
        """Return a name as it stands within a sentence of the language."""
        return locale.inner(name) if self.word("names_within") == "small" else name

    def level(self, name):
        """Return what a level of coordination, known by its English name, is called."""
        return self._names["level"][name]

    def class_name(self, name):
        """Return what a class of a Markov chain is called: a level, a quadrant, or a quartile such as Q1."""
        if name in ("HH", "LH", "LL", "HL"):
            return f"{name} {self.word(name)}"
        return self._names["level"].get(name, name)

    def lagging(self, name):
        """Return which subsystem lags, or that none does."""
        return self.word("synchronised") if name == "synchronised" else self.word("lags", self.subsystem(name))

    def value(self, result, decimals):
        """Return a result as a text quotes it.

        Parameters
        ----------
        result : number, str, bool or None
        decimals : int

        Returns
        -------
        str
            A number with its decimals, a level by its name, a subsystem that lags as such, a dash for nothing.
        """
        if result is None:
            return "–"
        if isinstance(result, str):
            lags = {s: self.word("lags", name) for s, name in self._names["subsystem"].items()}
            return (self._names["level"] | lags).get(result) or locale.words(self.language).get(result, result)
        if isinstance(result, bool):
            return self.word("yes" if result else "no")
        return f"{result:.{decimals}f}".replace("-", "−")

    def factor(self, name):
        """Return what a choice of the multiverse is called."""
        return self.word(f"factor_{name}")

    def choice(self, name, level):
        """Return what a level of a choice of the multiverse is called."""
        if name == "left_out" and level != "none":
            return self.indicator(level)
        if name == "alpha" and level != "own":
            return self.word("more_of", self.subsystem(level))
        if name == "spatial_weights":
            kind, _, transform = level.rpartition("_") if level.endswith(("_none", "_row")) else (level, "", "")
            base, _, size = kind.rpartition("_") if kind[-1].isdigit() else (kind, "", "")
            text = self.word(f"level_{base}").format(size)
            return f"{text}, {self.word('level_row')}" if transform == "row" else text
        return self.timed_word(f"level_{level}")

    # Sentences and captions

    @cached_property
    def _macros(self):
        return {}

    def say(self, topic, sentence, **facts):
        """Say facts in a sentence.

        Parameters
        ----------
        topic : str
            A template of the language, such as `spatial`.
        sentence : str
            A macro in it.
        **facts
            What it needs.

        Returns
        -------
        str
            Markdown.

        Raises
        ------
        KeyError
            If the template has no such sentence.
        jinja2.UndefinedError
            If a fact is missing.
        """
        macro = self._macro(topic, sentence)
        if macro is None:
            raise KeyError(f"{topic}.j2 has no sentence {sentence}")
        return locale.joined(macro(**facts), self.word("sentence_gap"))

    def says(self, topic, sentence):
        """Return whether a template of the language has a sentence.

        Parameters
        ----------
        topic, sentence : str

        Returns
        -------
        bool
        """
        return self._macro(topic, sentence) is not None

    def _macro(self, topic, sentence):
        if topic not in self._macros:
            template = locale.templates(self.language).get_template(f"{topic}.j2")
            self._macros[topic] = template.make_module({"reader": self, "study": self.study, "word": self.word})
        return getattr(self._macros[topic], sentence, None)

    def caption(self, kind, name, **values):
        """Return the caption of a figure or table.

        Parameters
        ----------
        kind : {'figure', 'table'}
        name : str
            Of the figure or table; that of one subsystem ends in the subsystem's id.
        **values
            Facts that the caption names; with `subsystem`, its id. What a study has not is told by `filled=False`
            (no gaps), `exact=False` (nothing enumerated) and `source=None` (nothing published).

        Returns
        -------
        str
            That of a figure ends in the number of regions, and in the years where it names none.
        """
        key = name.removesuffix(f"-{values['subsystem']}") if "subsystem" in values else name
        text = self.timed(locale.words(self.language, "captions")[key])
        facts = {
            "reader": self,
            "study": self.study,
            "word": self.word,
            "filled": True,
            "exact": True,
            "banded": False,
            "source": None,
        } | values
        filled = locale.templates(self.language).from_string(text).render(facts)
        if kind == "figure":
            own = filled.replace(self.breaks_marked(values.get("subsystem")), "")  # which name other years
            named = any(str(year) in own for year in self.study.years)
            more = () if named else (self.span(),)
            filled += self.timed_word("extent_named" if named else "extent", len(self.regions), *more)
        return filled
