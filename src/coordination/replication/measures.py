"""What a claim means: one interpreter, for one version of the results and for many at once.

Every measure is an entry of `MEASURES`. Its function takes a claim and results, and returns what is found in every
version and whether the claim holds there, by every convention there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from coordination.choices import Choice
from coordination.errors import InputError, InputErrors, told
from coordination.indices import coupling, development
from coordination.replication import register, verdict
from coordination.spatial.autocorrelation import QUADRANTS


@dataclass(frozen=True)
class Results:
    """b versions of the results, which claims are held against.

    Attributes
    ----------
    study : Study
    regions : pandas.DataFrame
    values : dict of str to numpy.ndarray, shape (b, n, m)
        Of every known variable: subsystems and `coordination_degree`; regions in the study's order.
    years : tuple
        The m years.
    space : object, optional
        What is known of spatial autocorrelation: `versions.Tabled` or `versions.Computed`.
    """

    study: object
    regions: object
    values: dict
    years: tuple
    space: object = None


@dataclass(frozen=True)
class Found:
    """What a measure finds in b versions of the results.

    Attributes
    ----------
    holds : numpy.ndarray of bool, shape (b,), or None
        Whether the claim holds, within rounding and tolerance or exactly; None if it cannot be tested.
    number : numpy.ndarray, shape (b,), optional
        For a claim of a number.
    text : callable, optional
        From the position of a version to what is found in it, in the notation of claims.csv; None for a plain number.
    because : callable
        From the position of a version to reasons (see `verdict.row`).
    convention : str
        By which it is judged, if there is more than one.
    """

    holds: np.ndarray | None
    number: np.ndarray | None = None
    text: Callable = field(default=lambda k: None)
    because: Callable = field(default=lambda k: ())
    convention: str = ""


@dataclass(frozen=True, kw_only=True)
class Measure(Choice):
    """A kind of claim. `key` is its name in claims.csv, `source` what defines it.

    Attributes
    ----------
    function : callable
        From a `Claim` and `Results` to a list of `Found`, one a convention.
    about : tuple of str
        What it can be claimed of: `values` (a subsystem or the coordination degree), `scores` (all subsystems),
        `moran_i`, `quadrant`.
    expected : callable
        From study and regions to what can be claimed, or with `glue` what an order consists of; an empty list leaves it
        open.
    glue : str
        What stands between the parts of an order.
    needs : tuple of str
        What a scale of the indicators must have for a claim about values to mean anything: `over_time`, `same_scale`
        (see `indices.normalisation.Scale`).
    """

    about: tuple
    expected: Callable
    glue: str
    needs: tuple = ()


def interpret(claim, results):
    """Hold a claim against results.

    Parameters
    ----------
    claim : Claim
    results : Results

    Returns
    -------
    list of Found
        One a convention; none if the results know nothing of the variable.

    Raises
    ------
    InputError
        If the measure is unknown or cannot be claimed of the variable, or what is claimed makes no sense.
    """
    measure = _measure(claim)
    _check_expected(claim, measure, results)
    if claim.variable in register.ABOUT_SPACE:
        return [] if results.space is None else measure.function(claim, results)
    if not set(_needed(claim, results.study)) <= set(results.values):
        return []
    if not {claim.first, claim.last} <= set(results.years):
        return [_untested("no_years")]
    if "over_time" in measure.needs and not results.study.comparable:
        return [_untested("no_comparison")]
    return measure.function(claim, results)


def checked(claims, study, regions):
    """Look whether every claim of a register can be held against results of a study.

    Parameters
    ----------
    claims : pandas.DataFrame of str
        See `register.read`.
    study : Study
    regions : pandas.DataFrame

    Raises
    ------
    InputError
        If a column is missing.
    InputErrors
        With every claim that does not hold together (see `register.read` and `interpret`), or whose id stands twice.
    """
    register.complete(claims)
    shape, faults = (1, len(regions), len(study.years)), []
    values = {name: np.ones(shape) for name in ("coordination_degree", *(s.id for s in study.subsystems))}
    results = Results(study, regions, values, tuple(study.years), None)
    for row in claims.to_dict("records"):
        try:
            claim = register.read(row, study, regions)
            interpret(claim, results)
            if claim.variable == "quadrant":
                _region(claim, results)
        except InputError as fault:
            faults.append(fault)
    twice = dict.fromkeys(claims["id"][claims["id"].duplicated()])
    faults += [InputError("claims.csv", told("{text} again", text=i), "every one once", "remove a row") for i in twice]
    if faults:
        raise InputErrors(faults)


def holds(row, results):
    """Tell in which versions of the results a claim holds.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.
    results : Results

    Returns
    -------
    numpy.ndarray of bool, shape (b,) or, if the claim is about space, (b, a); or None
        a conventions, the study's own first. None if the results do not contain what the claim needs.
    """
    claim = register.read(row, results.study, results.regions)
    found = own_first(interpret(claim, results), results.study)
    if not found or found[0].holds is None:
        return None
    return np.stack([f.holds for f in found], axis=1) if claim.variable in register.ABOUT_SPACE else found[0].holds


def needs(row):
    """Return what a scale of the indicators must have for a claim to mean anything.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.

    Returns
    -------
    tuple of str
        Empty for claims about space, in which every year is standardised.
    """
    measure = MEASURES.get(row["measure"])
    return () if measure is None or row["variable"] in register.ABOUT_SPACE else measure.needs


def tails(study):
    """Return the tails by which significance is judged in many versions, the study's own first.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of str
    """
    return tuple(dict.fromkeys((study.autocorrelation.tail, "two-sided")))


def conventions(row, study):
    """Name the conventions by which a claim about space is judged in many versions.

    Parameters
    ----------
    row : mapping
        A row of claims.csv.
    study : Study

    Returns
    -------
    tuple of (str, tuple of str)
        What is chosen, and its levels, the study's own first; empty for a claim with one verdict.
    """
    axes = study.autocorrelation.quadrants
    known = {"quadrant": ("axes", (axes, *({"means", "zero"} - {axes}))), "significance": ("tail", tails(study))}
    return known.get(row["measure"], ("", ()))


def own_first(found, study):
    """Put the study's own convention of a quadrant's axes before the other.

    Parameters
    ----------
    found : sequence
        With an attribute convention.
    study : Study

    Returns
    -------
    list
    """
    axes = {"means", "zero"} - {study.autocorrelation.quadrants}
    return sorted(found, key=lambda f: f.convention in axes)


def _needed(claim, study):
    return [s.id for s in study.subsystems] if claim.variable == "scores" else [claim.variable]


def _measure(claim):
    own = claim.variable if claim.variable in ("scores", *register.ABOUT_SPACE) else "values"
    known = [m.key for m in MEASURES.values() if own in m.about]
    if claim.measure not in known:
        about = {"measure": claim.measure, "claim": claim.id, "variable": claim.variable}
        found = told("measure '{measure}' of {claim}, about {variable}", **about)
        raise InputError("claims.csv", found, told("one of {known}", known=", ".join(known)), "correct the measure")
    return MEASURES[claim.measure]


def _check_expected(claim, measure, results):
    known = list(measure.expected(results.study, results.regions))
    if not known:
        return
    parts = claim.expected.split(measure.glue) if measure.glue else [claim.expected]
    unknown = [p for p in parts if p not in known]
    if unknown or len(set(parts)) < len(parts):
        found = told("expected '{value}' of {claim}", value=claim.expected, claim=claim.id)
        several = told("names joined by {sign}, each once, of {known}", sign=measure.glue, known=", ".join(known))
        expected = several if measure.glue else told("one of {known}", known=", ".join(known))
        raise InputError("claims.csv", found, expected, "correct what is expected")


def _untested(why, **facts):
    return Found(None, because=lambda k: ({"because": why, **facts},))


# Values of regions, groups and the whole


def _within(claim, results, variable=None):
    """Values within the period of a claim, shape (b, n, years)."""
    columns = [k for k, year in enumerate(results.years) if claim.first <= year <= claim.last]
    return np.asarray(results.values[variable or claim.variable], dtype=float)[:, :, columns]


def _over(claim, results, place=None):
    """Means over a place, shape (b, years)."""
    groups = [g.id for g in results.study.groups]
    members = register.members(place or claim.place, results.regions, groups, results.study.whole.id)
    return _within(claim, results)[:, results.regions.index.get_indexer(members)].mean(axis=1)


def _region(claim, results):
    if claim.place not in results.regions.index:
        found = told("place '{place}' of {claim}", place=claim.place, claim=claim.id)
        about = {"measure": claim.measure, "known": ", ".join(results.regions.index)}
        expected = told("a region, since the measure is {measure}: {known}", **about)
        raise InputError("claims.csv", found, expected, "correct the place")
    return results.regions.index.get_loc(claim.place)


def _growth(claim, results, series):
    """Compound growth in percent along the last axis; missing where it does not start above 0."""
    if claim.first == claim.last:
        found = told("period '{period}' of {claim}", period=claim.period, claim=claim.id)
        raise InputError("claims.csv", found, "two years, since growth takes time", "correct the period")
    first, last = series[..., 0], series[..., -1]
    ratio = np.divide(last, first, out=np.full(first.shape, np.nan), where=(first > 0) & (last >= 0))
    return 100 * (ratio ** (1 / results.study.elapsed(claim.first, claim.last)) - 1)


def _close(claim, number):
    """Tell which numbers a printed one can stand for."""
    slack = max(verdict.half_printed(claim.expected), claim.tolerance or 0)
    return np.abs(number - float(claim.expected)) <= slack + verdict.ROUNDING


def _number(claim, number):
    return [Found(_close(claim, number), number)]


def mean(claim, results):
    """Mean over a place and a period."""
    return _number(claim, _over(claim, results).mean(axis=1))


def change(claim, results):
    """Change of the mean over a place."""
    series = _over(claim, results)
    return _number(claim, series[:, -1] - series[:, 0])


def growth(claim, results):
    """Compound annual growth of the mean over a place, percent."""
    return _number(claim, _growth(claim, results, _over(claim, results)))


def level(claim, results):
    """Level of the mean over a place at the end of a period."""
    levels, degree = results.study.levels, _over(claim, results)[:, -1]
    names = [x.name.en for x in levels]
    found = coupling.level(np.clip(degree, 0, 1), levels)
    return [
        Found(
            found == names.index(claim.expected),
            text=lambda k: names[found[k]],
            because=lambda k: ({"because": "degree", "degree": round(float(degree[k]), 9)},),
        )
    ]


def trend(claim, results):
    """Trend of the mean over a place, of every region, or of Moran's I."""
    if claim.variable == "moran_i":
        return _moran_trend(claim, results)
    every = claim.place == "regions"
    found = development.trends(_within(claim, results) if every else _over(claim, results)[:, None])
    return [Found((found == claim.expected).all(axis=1), text=lambda k: "/".join(sorted(set(found[k]))))]


def _ordered(numbers, names, expected, glue):
    """Found order of names by their numbers, shape (b, names); falling if the glue is >."""
    order = np.argsort(-numbers if glue == ">" else numbers, axis=1, kind="stable")
    positions = [names.index(e) for e in expected.split(glue)]
    same = len(positions) == len(names) and (order == positions).all(axis=1) & ~np.isnan(numbers).any(axis=1)
    return Found(np.broadcast_to(same, len(numbers)), text=lambda k: glue.join(names[j] for j in order[k]))


def _group_means(claim, results):
    groups = [g.id for g in results.study.groups]
    return groups, np.stack([_over(claim, results, g) for g in groups], axis=1)  # (b, groups, years)


def order(claim, results):
    """Order of the groups by their means."""
    groups, means = _group_means(claim, results)
    return [_ordered(means.mean(axis=2), groups, claim.expected, "<")]


def order_every_year(claim, results):
    """Order of the groups by their means, which is to be the same in every year."""
    groups, means = _group_means(claim, results)
    years = [y for y in results.years if claim.first <= y <= claim.last]
    yearly = [_ordered(means[:, :, j], groups, claim.expected, "<") for j in range(len(years))]
    same = np.stack([f.holds for f in yearly], axis=1)

    def because(k):
        other = [y for y, s in zip(years, same[k], strict=True) if not s]
        return ({"because": "other_order", "years": other},) if other else ()

    return [Found(same.all(axis=1), text=lambda k: yearly[int(same[k].argmin())].text(k), because=because)]


def growth_order(claim, results):
    """Order of the subsystems by the growth of their means."""
    systems = [s.id for s in results.study.subsystems]
    means = np.stack([_within(claim, results, s).mean(axis=1) for s in systems], axis=1)
    return [_ordered(_growth(claim, results, means), systems, claim.expected, ">")]


def _extremes(claim, results, part):
    names = list(results.regions.index)
    positions = [names.index(e) for e in claim.expected.split(">")]
    means = _within(claim, results).mean(axis=2)
    found = np.argsort(-means, axis=1, kind="stable")[:, part(len(positions))]
    same = (found == positions).all(axis=1) & ~np.isnan(means).any(axis=1)
    return [Found(same, text=lambda k: ">".join(names[j] for j in found[k]))]


def highest(claim, results):
    """Regions with the highest means, in order."""
    return _extremes(claim, results, lambda count: slice(count))


def lowest(claim, results):
    """Regions with the lowest means, in order."""
    return _extremes(claim, results, lambda count: slice(-count, None))


def _extreme_growth(claim, results, sign):
    own, names = _region(claim, results), list(results.regions.index)
    rates = _growth(claim, results, _within(claim, results))
    extreme = np.where(np.isnan(rates), -np.inf, sign * rates).argmax(axis=1)
    number = np.take_along_axis(rates, extreme[:, None], axis=1)[:, 0]
    places = verdict.decimals(claim.expected)

    def text(k):
        return None if extreme[k] == own else f"{names[extreme[k]]}: {number[k]:.{places}f}"

    def because(k):
        if extreme[k] == own:
            return ()
        facts = {"extreme": names[extreme[k]], "region": claim.place, "rate": round(float(rates[k, own]), 9)}
        return ({"because": "elsewhere", **facts},)

    return [Found((extreme == own) & _close(claim, rates[:, own]), number, text, because)]


def highest_growth(claim, results):
    """Region with the highest growth, and its rate."""
    return _extreme_growth(claim, results, 1)


def lowest_growth(claim, results):
    """Region with the lowest growth, and its rate."""
    return _extreme_growth(claim, results, -1)


# Spatial autocorrelation


def _moran(claim, results):
    """Years of Moran's I within the period of a claim, their positions, and I (b, years); None without the ends."""
    years, i = results.space.moran()
    if not {claim.first, claim.last} <= set(years):
        return None
    own = [k for k, year in enumerate(years) if claim.first <= year <= claim.last]
    return [years[k] for k in own], own, i[:, own]


def _moran_trend(claim, results):
    known = _moran(claim, results)
    if known is None:
        return [_untested("no_years")]
    _, _, i = known
    found = development.trends(i)

    def because(k):
        return (_ends(i[k, 0], i[k, -1]),)

    return [Found(found == claim.expected, text=lambda k: str(found[k]), because=because)]


def _ends(first, last):
    return {"because": "moran_ends", "first": round(float(first), 9), "last": round(float(last), 9)}


def sign(claim, results):
    """Sign of Moran's I in every year."""
    known = _moran(claim, results)
    if known is None:
        return [_untested("no_years")]
    years, _, i = known
    with np.errstate(invalid="ignore"):
        positive, negative = i > 0, i < 0

    def text(k):
        return "positive" if positive[k].all() else "negative" if negative[k].all() else "not positive"

    def because(k):
        other = [y for y, up in zip(years, positive[k], strict=True) if not up]
        mixed = ({"because": "not_positive", "years": other},) if text(k) == "not positive" else ()
        return (*mixed, {"because": "years", "years": years})

    return [Found((positive if claim.expected == "positive" else negative).all(axis=1), text=text, because=because)]


def significance(claim, results):
    """Whether Moran's I is significant in most years, by every kind of inference."""
    known = _moran(claim, results)
    if known is None:
        return [_untested("no_years")]
    years, own, _ = known
    limit = results.study.autocorrelation.significance
    found = []
    for kind, p in results.space.p_values(own).items():
        with np.errstate(invalid="ignore"):
            count = (p <= limit).sum(axis=1)

        def text(k, count=count):
            return f"{count[k]}/{len(years)}"

        def because(k, p=p):
            return ({"because": "p_range", "low": round(float(p[k].min()), 9), "high": round(float(p[k].max()), 9)},)

        found.append(Found(count > len(years) / 2, text=text, because=because, convention=kind))
    return found


def inference(claim, results):
    """Whether Moran's I falls by more than chance."""
    fall = results.space.fall(claim.first, claim.last)
    if fall is None:
        return [_untested("no_test", period=claim.period)]

    def text(k):
        return "weaker" if fall.clear[k] else "weaker, not significantly" if fall.fell[k] else "not weaker"

    def because(k):
        p = {"one_sided": round(float(fall.p_less[k]), 9), "two_sided": round(float(fall.p_two_sided[k]), 9)}
        return _ends(fall.first[k], fall.last[k]), {"because": "p_of_change", **p}

    return [Found(fall.clear, text=text, because=because)]


def quadrant(claim, results):
    """Quadrant of a region in the Moran scatter plot, by both conventions of its axes."""
    known = results.space.quadrants(claim.last)
    j = _region(claim, results)
    if known is None or (known[0]["means"][:, j] == "").any():
        return [_untested("no_years")]
    axes, lag = known

    def because(k):
        depends = axes["means"][k, j] != axes["zero"][k, j]
        return ({"because": "axes", "lag": round(float(lag[k, j]), 9)},) if depends else ()

    return [
        Found(
            found[:, j] == claim.expected,
            text=lambda k, found=found: str(found[k, j]),
            because=because,
            convention=name,
        )
        for name, found in axes.items()
    ]


def _groups(study, regions):
    return [g.id for g in study.groups]


def _subsystems(study, regions):
    return [s.id for s in study.subsystems]


def _regions(study, regions):
    return regions.index


def _levels(study, regions):
    return [x.name.en for x in study.levels]


def _fixed(*names):
    return lambda study, regions: names


_OPEN, _TRENDS = _fixed(), _fixed("increasing", "decreasing", "mixed", "constant")


# Those that sample or enumerate arrangements for every version are not computed in a reader's browser.
_WITHOUT_TWIN = ("significance", "inference")


def _entry(key, function, source, about=("values",), expected=_OPEN, glue="", needs=()):
    twin = "" if key in _WITHOUT_TWIN else f"claim_{key}"
    parts = {"about": about, "expected": expected, "glue": glue, "needs": needs, "twin": twin}
    return Measure(key=key, function=function, source=source, **parts)


_SIZE, _GROWTH = ("same_scale",), ("over_time",)


MEASURES = {
    m.key: m
    for m in (
        _entry("mean", mean, "mean over the regions of a place, then over the years", needs=_SIZE),
        _entry("change", change, "last minus first mean over the regions of a place", needs=_SIZE + _GROWTH),
        _entry("growth", growth, "compound annual growth, percent: indices.development.growth", needs=_SIZE + _GROWTH),
        _entry(
            "level", level, "level of the last mean over a place: indices.coupling.level", expected=_levels, needs=_SIZE
        ),
        _entry(
            "trend",
            trend,
            "last value and slope: indices.development.trend",
            ("values", "moran_i"),
            _TRENDS,
            needs=_GROWTH,
        ),
        _entry("order", order, "groups by their mean over the years", ("values",), _groups, "<"),
        _entry("order_every_year", order_every_year, "groups by their mean of each year", ("values",), _groups, "<"),
        _entry(
            "growth_order",
            growth_order,
            "subsystems by the growth of their means",
            ("scores",),
            _subsystems,
            ">",
            _GROWTH,
        ),
        _entry("highest", highest, "regions by their mean over the years", ("values",), _regions, ">"),
        _entry("lowest", lowest, "regions by their mean over the years", ("values",), _regions, ">"),
        _entry("highest_growth", highest_growth, "region with the highest growth, and its rate", needs=_GROWTH),
        _entry("lowest_growth", lowest_growth, "region with the lowest growth, and its rate", needs=_GROWTH),
        _entry("sign", sign, "Moran (1950)", ("moran_i",), _fixed("positive", "negative")),
        _entry("significance", significance, "Cliff and Ord (1981)", ("moran_i",), _fixed("most years")),
        _entry("inference", inference, "test of the change: spatial.change", ("moran_i",), _fixed("claim")),
        _entry("quadrant", quadrant, "Anselin (1996)", ("quadrant",), _fixed(*QUADRANTS, "none")),
    )
}
