"""What the explorer's page needs to compute the method again under other choices, and what it shows beside."""

from __future__ import annotations

import base64

import numpy as np

from coordination.choices import AGGREGATION, COUPLING, SPATIAL_WEIGHTS, STEPS, WEIGHTING, ZEROS
from coordination.errors import InputError
from coordination.indices import universe
from coordination.presentation.locale import words
from coordination.replication import register, verdict
from coordination.replication.measures import MEASURES, needs
from coordination.robustness import multiverse
from coordination.spatial import neighbours

LINKS = 40_000  # of spatial weights that are given, not computed in the page

FIXED = "fixed"  # the twin of weights that a reader sets


def content(reader, polygons, normalised, weights, given=None, published=None, moran=None, ranks=None, claims=None):
    """Return the panel, the choices with a twin in JavaScript, and what is shown beside what the page computes.

    Parameters
    ----------
    reader : Reader
    polygons : geopandas.GeoDataFrame or None
    normalised, weights : pandas.DataFrame
        The hand-over tables of these names.
    given : pandas.DataFrame, optional
        Spatial weights that the study brings along.
    published, moran : pandas.DataFrame, optional
        Published D (columns region, year, coordination_degree) and Moran's I (year, moran_i).
    ranks : pandas.DataFrame, optional
        The hand-over table `rank-intervals`.
    claims : pandas.DataFrame of str, optional
        The register of claims.

    Returns
    -------
    dict
        Ready for JSON; None where a value of the panel is missing, so that nothing can be computed.
    """
    study, regions = reader.study, reader.regions
    values, filled = universe.cubes(normalised, study, regions)
    if not np.isfinite(values).all():
        return None
    own, at = universe.own(study), universe.columns(study)
    levels = multiverse.factors(study, filled)
    weight = weights.set_index("indicator")["weight"]
    steps, lacking = {}, []
    for step in STEPS[1:]:
        usual = getattr(own, step.kind)
        every = (usual, *(k for k in step.offered if k != usual and step[k].varied))
        if step.kind == "interpolation":
            every = levels["interpolation"]
        steps[step.kind] = [_option(reader, step, key) for key in every if step[key].twin]
        lacking += [reader.choice(step.kind, key) for key in every if not step[key].twin]
    if FIXED not in [option["key"] for option in steps[WEIGHTING.kind]]:
        steps[WEIGHTING.kind].append(_option(reader, WEIGHTING, FIXED))
    space, beyond = spatial(reader, polygons, given)
    rows = [] if claims is None else claims.to_dict("records")
    judged = [_claim(row, reader) for row in rows if MEASURES[row["measure"]].twin]
    unjudged = [_said(row, reader) for row in rows if not MEASURES[row["measure"]].twin]
    return {
        "shape": list(values.shape),
        "values": _packed(values, "<f8"),
        "filled": _packed(filled, "u1"),
        "indicators": [{"key": i.id, "name": reader.indicator(i.id)} for i in study.indicators],
        "systems": [
            {"key": s.id, "name": reader.subsystem(s.id), "at": list(at[s.id].values()), "alpha": study.alpha[s.id]}
            for s in study.subsystems
        ],
        "bounded": [key for key, entry in COUPLING.items() if entry.bounded],
        "steps": steps,
        "own": {kind: _start(options, getattr(own, kind)) for kind, options in steps.items()},
        "hand": [float(weight[i.id]) for i in study.indicators],
        "lacking": sorted({*lacking, *beyond}),
        "levels": [{"key": x.name.en, "name": reader.level(x.name.en), "up_to": x.up_to} for x in study.levels],
        "spatial": space,
        "axes": study.autocorrelation.quadrants,
        "groups": [g.id for g in study.groups],
        "whole": study.whole.id,
        "published": _placed(published, study, regions),
        "published_moran": _by_year(moran, study),
        "intervals": _intervals(ranks, study, regions),
        "claims": judged,
        "unjudged": unjudged,
        "words": words(reader.language, "explorer"),
    }


def _start(options, usual):
    """Return with which option a step starts: weights that the page cannot compute are taken as they came out."""
    return usual if usual in [option["key"] for option in options] else FIXED


def _option(reader, step, key):
    entry = step[key]
    name = words(reader.language, "explorer")["by_hand"] if key == FIXED else reader.choice(step.kind, key)
    option = {"key": key, "name": name, "twin": entry.twin}
    if step in (WEIGHTING, AGGREGATION):
        option["logarithms"] = entry.logarithms
    if step is AGGREGATION:
        option["parts"] = reader.word("contributions_how" if entry.additive else "contributions_apart")
    return option | ({"positive": entry.positive} if step is ZEROS else {})


def _packed(values, kind):
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def spatial(reader, polygons, given=None):
    """Return the spatial weights of the multiverse for the page.

    Parameters
    ----------
    reader : Reader
    polygons : geopandas.GeoDataFrame or None
    given : pandas.DataFrame, optional

    Returns
    -------
    list of dict
        The study's own first: key, name, and links of every region (places and weights), or twin, setting, transform,
        metric and points from which the page computes them.
    list of str
        Names of those that are too many links for a page.
    """
    study, regions = reader.study, reader.regions
    try:
        built = multiverse.spatial_choices(study, regions, polygons, given)
    except InputError:  # a region without a place or a neighbour
        return [], []
    kept, beyond, setting = [], [], study.spatial_weights
    places = _points(neighbours.with_points(regions, polygons), setting.distance)
    for key, matrix in built.items():
        option = {"key": key, "name": reader.choice("spatial_weights", key)}
        kind, size, transform = setting.kind, {"power": setting.power, "k": setting.k}, setting.transform
        if key != "own":
            kind, _, transform = key.rpartition("_")
            kind, _, number = kind.rpartition("_") if kind[-1].isdigit() else (kind, "", "")
            size = {"power": float(number), "k": int(float(number))} if number else {}
        if kind in SPATIAL_WEIGHTS and SPATIAL_WEIGHTS[kind].twin:
            how = {"twin": SPATIAL_WEIGHTS[kind].twin, "setting": size, "transform": transform}
            kept.append(option | how | {"metric": setting.distance, "points": places})
            continue
        links = [[[int(j), float(row[j])] for j in np.flatnonzero(row)] for row in matrix.to_numpy(float)]
        if sum(map(len, links)) > LINKS:
            beyond.append(option["name"])
        else:
            kept.append(option | {"links": links})
    return kept, beyond


def _points(regions, metric):
    """Return the points of regions, from which their distances follow; None if they have none."""
    plane = {"x", "y"} <= set(regions) and metric == "euclidean"
    columns = ["x", "y"] if plane else ["longitude", "latitude"]
    return regions[columns].to_numpy(float).tolist() if set(columns) <= set(regions) else None


def _placed(published, study, regions):
    """Return published D, regions after regions and years within, null where nothing is published."""
    if published is None:
        return None
    wide = published.pivot(index="region", columns="year", values="coordination_degree")
    wide = wide.reindex(index=regions.index, columns=list(study.years)).to_numpy(float)
    return [None if np.isnan(v) else v for v in wide.ravel().tolist()]


def _by_year(moran, study):
    if moran is None:
        return None
    known = dict(zip(moran["year"], moran["moran_i"], strict=True))
    return [float(known[y]) if y in known else None for y in study.years]


def _intervals(ranks, study, regions):
    """Return the lowest and highest rank of every region and year over the universes, as Python found them."""
    if ranks is None:
        return None
    own = ranks[ranks["source"] == "universes"].set_index(["region", "year"])
    rows = [(r, y) for r in regions.index for y in study.years]
    if not len(own) or not set(rows) <= set(own.index):
        return None
    return own.loc[rows, ["low", "high"]].to_numpy(float).round(2).tolist()


def _said(row, reader):
    about = {key: str(row[key]) for key in ("variable", "place", "period", "measure", "expected")}
    said = reader.say("replication", "statement", **about, convention="", alone=True)
    found = reader.say("replication", "finding", measure=row["measure"], text=row["expected"])
    return words(reader.language, "explorer")["claimed"].format(said, found)


def _claim(row, reader):
    claim = register.read(row, reader.study, reader.regions)
    study, years = reader.study, list(reader.study.years)
    at = [k for k, year in enumerate(years) if claim.first <= year <= claim.last]
    known = {claim.first, claim.last} <= set(years)
    slack = 0.0
    if row["measure"] in register.NUMBERS:
        slack = max(verdict.half_printed(claim.expected), claim.tolerance or 0)
    measure = MEASURES[claim.measure]
    own, *others = multiverse.factors(study, False)["normalisation"]
    scales = [k for k, able in zip(others, multiverse.able((own, *others), needs(row))[1:], strict=True) if able]
    tested = known and not ("over_time" in measure.needs and not study.comparable)
    return {
        "id": claim.id, "said": _said(row, reader), "variable": claim.variable, "place": claim.place, "at": at,
        "scales": scales, "expected": claim.expected, "slack": slack, "twin": measure.twin, "tested": bool(tested),
        "elapsed": study.elapsed(claim.first, claim.last) if known else 0,
    }  # fmt: skip
