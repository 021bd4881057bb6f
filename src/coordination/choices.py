"""Choices of method, which the multiverse varies, each with its function and what goes with it.

study.yml offers them but for breaks and interpolation, of which the first entry of a registry is every study's own, and
the others are universes.

The room that defines a method registers it here; everyone else asks the registry of its kind by name. Nothing else
lists the names, and none is taken for another: an unknown name, or an entry without one of its parts, is an error.

Only the standard library is used, because what a study is (`study.model`) lies below the rooms and asks for names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib import import_module

from coordination.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A way to take one step of the method. A kind whose ways need more than a function has a class of its own.

    Attributes
    ----------
    key : str
        Its name in study.yml and in tables.
    function : callable
        See the module that registers the kind.
    source : str
        The paper or handbook, or who does it.
    formula : str
        LaTeX, for the page of methods; empty if its name says everything.
    offered : bool
        Whether the multiverse tries it, and study.yml offers it if it offers that step; otherwise it is a mistake that
        is only compared with.
    varied : bool
        Whether the multiverse tries it in every study; otherwise only in those that ask for it.
    twin : str
        The function of `publishing/explorer/methods.js` that does the same in a reader's browser; without one the pages
        that compute name it as what they lack.

    Raises
    ------
    InputError
        If a part is missing.
    """

    key: str
    function: Callable
    source: str
    formula: str = ""
    offered: bool = True
    varied: bool = True
    twin: str = ""

    def __post_init__(self):
        for part in fields(self):
            value = getattr(self, part.name)
            if value is None or (part.name in ("key", "source") and not value):
                raise InputError(f"choice '{self.key}'", f"no {part.name}", "every part of its kind", "add the part")
        if not callable(self.function):
            raise InputError(f"choice '{self.key}'", repr(self.function), "a function", "give the function itself")


class UnknownChoice(InputError, KeyError):
    """A name that no entry of a registry has."""


class Registry(Mapping):
    """The ways to take one step of the method, by name, the usual one first.

    Parameters
    ----------
    kind : str
        The step, as it is called in messages and among the factors of the multiverse.
    room : str
        The module that registers them. It is imported when the first name is asked for, not above, because it lies
        higher in the house than this module.
    words : sequence of str
        Which words every language has for an entry on offer; {} stands for its name.
    compared : sequence of str
        Which it has for every entry, because a study is compared with them, mistakes too.
    """

    def __init__(self, kind, room, words, compared=()):
        self.kind, self.room, self.words, self.compared = kind, room, tuple(words), tuple(compared)
        self._entries = {}

    def register(self, *entries):
        """Add entries.

        Parameters
        ----------
        *entries : Choice

        Raises
        ------
        InputError
            If a name is taken.
        """
        for entry in entries:
            if entry.key in self._entries:
                raise InputError(self.kind, f"'{entry.key}' twice", "every name once", "rename one of the two")
            self._entries[entry.key] = entry

    def _filled(self):
        import_module(self.room)
        return self._entries

    def __getitem__(self, key):
        try:
            return self._filled()[key]
        except KeyError:
            expected = f"one of {', '.join(self.offered)}"
            raise UnknownChoice(self.kind, f"'{key}'", expected, f"correct the {self.kind}") from None

    def __iter__(self):
        return iter(self._filled())

    def __len__(self):
        return len(self._filled())

    @property
    def offered(self):
        """Names on offer (tuple of str)."""
        return tuple(key for key, entry in self._filled().items() if entry.offered)


DIRECTION = Registry("direction", "coordination.indices.normalisation", ["{}"])
BREAKS = Registry("breaks", "coordination.indices.universe", ["level_{}"])
INTERPOLATION = Registry("interpolation", "coordination.indices.universe", ["level_{}"])
NORMALISATION = Registry("normalisation", "coordination.indices.normalisation", ["level_{}", "rescaled_{}"])
ZEROS = Registry("zeros", "coordination.indices.normalisation", ["level_{}", "zeros_{}"])
WEIGHTING = Registry("weighting", "coordination.indices.weighting", ["level_{}", "weighting_{}"])
AGGREGATION = Registry("aggregation", "coordination.indices.weighting", ["level_{}", "aggregation_{}"])
COUPLING = Registry(
    "coupling", "coordination.indices.coupling", ["level_{}", "coupling_{}"], ["variant_{}", "variant_{}_why"]
)
SPATIAL_WEIGHTS = Registry("spatial_weights", "coordination.spatial.neighbours", ["level_{}", "weights_{}"])
DISTANCE = Registry("distance", "coordination.spatial.neighbours", ["metric_{}"])
TRANSFORM = Registry("transform", "coordination.spatial.neighbours", ["transform_{}"])
TAIL = Registry("tail", "coordination.spatial.permutation", ["{}", "tail_{}"])

# The same indicator measured otherwise, beside the readings that a study gives it: linked over its breaks, and with the
# years around its exceptions in their place.
VARIANTS = ("chained", "without_exceptions")

# From figures to D, in the order of the method.
STEPS = (BREAKS, INTERPOLATION, NORMALISATION, ZEROS, WEIGHTING, AGGREGATION, COUPLING)

REGISTRIES = (DIRECTION, *STEPS, SPATIAL_WEIGHTS, DISTANCE, TRANSFORM, TAIL)

# What the multiverse varies: the steps, two things of which every study has its own, and who is a neighbour.
FACTORS = (*(step.kind for step in STEPS), "alpha", "left_out", SPATIAL_WEIGHTS.kind)

# Of which a multiverse that is streamed can have longer menus: pairs of indicators, regions less one, every kind of
# spatial weights.
WIDER = ("left_out", "regions", SPATIAL_WEIGHTS.kind)


def unworded(words):
    """Return the words that a language lacks for the choices on offer.

    Parameters
    ----------
    words : collection of str
        Keys of the language's words.

    Returns
    -------
    list of str
    """
    needed = [f"factor_{name}" for name in FACTORS]
    for registry in REGISTRIES:
        needed += [word.format(key) for key in registry.offered for word in registry.words]
        needed += [word.format(key) for key in registry for word in registry.compared]
    return [word for word in needed if word not in words]
