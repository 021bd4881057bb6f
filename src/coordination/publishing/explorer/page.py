"""The explorer: results on one interactive page that needs no network; data of a large one stand beside it."""

from __future__ import annotations

import json
import re
import textwrap
from functools import cache
from pathlib import Path

import numpy as np
from markupsafe import Markup, escape

from coordination.choices import AGGREGATION
from coordination.errors import InputError
from coordination.indices import universe
from coordination.locale import LANGUAGES
from coordination.pipeline import inputs, kept
from coordination.pipeline.files import claims, published, read_handover, write
from coordination.pipeline.paths import handover, outputs, raw
from coordination.presentation import sizes
from coordination.presentation.html import environment
from coordination.presentation.locale import words
from coordination.presentation.maps import places
from coordination.presentation.reader import Reader
from coordination.publishing.explorer import turn
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions

FONT = (
    "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'PingFang SC', 'Hiragino Sans GB', "
    "'Microsoft YaHei', 'Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
)

ASPECT = (0.75, 2.0)  # of the map, width to height

SEEN = 60  # regions whose lines are told apart; more are a cloud that the chosen one's stands out from
NAMED = 15  # regions whose names stand on the map; of more, only the chosen one's

WIDE = 460  # pixels of the map from which names have room

SQUARE = 0x2E80  # from which on letters are as wide as high

SHOWN = "(group == '' || datum.group == group || datum.region == region)"

LARGEST_PAGE = 2_000_000  # bytes; of a larger one the data stand in a script beside it

HERE = Path(__file__).parent

TEMPLATE = environment(HERE).get_template("explorer.html")

INDICES = ("coordination_degree", "coupling", "coordination_index")


def build(study):
    """Write the interactive page of a study that has been run, in every language.

    Parameters
    ----------
    study : str
    """
    loaded = load(raw(study))
    regions = read_regions(loaded, raw(study))
    polygons = inputs.polygons(loaded, regions)
    tables = [read_handover(study, name) for name in ("normalised", "weights", "scores", "coordination")]
    beside = _beside(study, loaded, regions)
    by_hand, readers = kept.of(study, "explorer"), {k: Reader(loaded, regions, k) for k in LANGUAGES}
    pages = {k: page(r, polygons, *tables, beside, kept.said(by_hand, k)) for k, r in readers.items()}
    for language, whole in pages.items():
        target = outputs(study) / f"explorer.{language}.html"
        beside = target.with_suffix(".js")
        text, script = parted(whole, beside.name)
        if script:
            write(beside, script)
        write(target, text)
        if not script:
            beside.unlink(missing_ok=True)
        print(displayed(target))


def _beside(study, loaded, regions):
    """Read what stands beside the values that the page computes: given weights, published values, ranks, claims."""
    ranks = handover(study, "rank-intervals")
    return {
        "given": inputs.given_weights(loaded, regions),
        "published": published(loaded, "table4_coordination"),
        "moran": published(loaded, "table6_global_moran"),
        "ranks": read_handover(study, "rank-intervals") if ranks.is_file() else None,
        "claims": claims(loaded),
    }


def page(reader, polygons, normalised, weights, scores, coordination, beside=None, marked=""):
    """Return the explorer of a study: map, lines and contributions that answer to the same controls.

    Parameters
    ----------
    reader : Reader
    polygons : geopandas.GeoDataFrame or None
        Index region; without polygons the map shows points.
    normalised, weights, scores, coordination : pandas.DataFrame
        The hand-over tables of these names.
    beside : dict, optional
        What else `turn.content` takes.
    marked : str
        What is said of results that were changed by hand.

    Returns
    -------
    str
        A complete HTML document, with data and libraries inside; the same for the same input.

    Raises
    ------
    InputError
        If a table does not hold just the study's regions, years, subsystems or indicators, or the regions have
        neither polygons nor coordinates.
    """
    study, regions = reader.study, reader.regions
    variables = {v: reader.word(v) for v in INDICES} | {_key(s): reader.subsystem(s.id) for s in study.subsystems}
    values = _values(study, regions, scores, coordination)
    shapes, frame = _shapes(study, regions, polygons)
    levels = {x.name.en: reader.level(x.name.en) for x in study.levels}
    records = [
        {
            "region": region,
            "name": reader.region(region),
            "group": regions["group"][region],
            "group_name": reader.group(regions["group"][region]),
            "year": list(study.years),
            **{v: _numbers(table.loc[region]) for v, table in values.items() if v != "level"},
            "level": [levels.get(x, x) for x in values["level"].loc[region]],
            **shapes[region],
        }
        for region in regions.index
    ]
    indicators = _indicators(reader, universe.on_scale(normalised, study), weights)
    degree = values["coordination_degree"].iloc[:, -1]
    start = {
        "at": len(study.years) - 1,
        "variable": INDICES[0],
        "region": degree.idxmax() if degree.notna().any() else "",
        "group": "",
    }
    shared = _shared(study, start, values)
    charts = {"map": _map(shared, variables, polygons is not None, frame, reader)}
    for s in study.subsystems:
        charts[f"parts-{s.id}"] = _contributions(s, indicators, shared, reader)
    drawn = [INDICES[0], *(_key(s) for s in study.subsystems)]
    top = _ceiling(max(values[v].to_numpy(float)[np.isfinite(values[v].to_numpy(float))].max() for v in drawn))
    for v in drawn:
        charts[f"line-{v}"] = _lines(v, variables, shared, top, reader)
    content = {
        "state": start,
        "years": [str(y) for y in study.years],
        "variables": variables,
        "words": {"mean": reader.word("mean_of_regions")},
        "datasets": {"regions": records, "indicators": [row for rows in indicators.values() for row in rows]},
        "charts": charts,
    }
    content["turn"] = turn.content(reader, polygons, normalised, weights, **beside or {})
    aspect = float(np.clip((frame[2] - frame[0]) / max(frame[3] - frame[1], 1e-9), *ASPECT))
    return _document(content, records, variables, drawn, aspect, reader, marked)


def parted(text, name):
    """Part a page that is too large from its data, which a browser then reads from a script beside it.

    A page from a disk may load a script, but not fetch a file.

    Parameters
    ----------
    text : str
        As `page` returns it.
    name : str
        Of the script.

    Returns
    -------
    text : str
        The same up to `LARGEST_PAGE`; of a larger one without data, rows and names of regions, which the page's own
        script then puts in.
    script : str or None
    """
    if len(text.encode()) <= LARGEST_PAGE:
        return text, None
    data = re.search(r'(?s)<script type="application/json" id="page">(.*?)</script>', text)
    rest = text[: data.start()] + f'<script src="{name}"></script>' + text[data.end() :]
    rest = re.sub(r"(?s)<tbody>.*?</tbody>", "<tbody></tbody>", rest, count=1)
    rest = re.sub(r'(?s)(<select id="choose-region"[^>]*>).*?(</select>)', r"\1\2", rest, count=1)
    rest = rest.replace("script-src 'unsafe-inline'", "script-src 'unsafe-inline' 'self' file:", 1)
    return rest, f"window.explorer = {data[1]};\n"


def _key(subsystem):
    return f"score_{subsystem.id}"


def _wide(table, value, study, regions, name):
    """Return one value by region and year, or say what the table lacks."""
    remedy = "run the study's notebooks again"
    if table.duplicated(["region", "year"]).any():
        row = table[table.duplicated(["region", "year"])].iloc[0]
        raise InputError(name, f"{row['region']}, {row['year']} twice", "every region and year once", remedy)
    wide = table.pivot(index="region", columns="year", values=value)
    expected = f"{len(regions)} regions, {Reader(study, regions, LANGUAGES[0]).span()}"
    for found, wanted in ((wide.index, regions.index), (wide.columns, study.years)):
        if set(found) != set(wanted):
            odd = sorted(set(found) ^ set(wanted), key=str)[0]
            raise InputError(name, f"{'no ' if odd in set(wanted) else ''}{odd}", expected, remedy)
    return wide.loc[list(regions.index), list(study.years)]


def _values(study, regions, scores, coordination):
    """Return every variable and the level as tables of regions by years."""
    result = {v: _wide(coordination, v, study, regions, "coordination.csv") for v in (*INDICES, "level")}
    for s in study.subsystems:
        own = scores[scores["subsystem"] == s.id]
        result[_key(s)] = _wide(own, "score", study, regions, f"scores.csv, subsystem {s.id}")
    return result


def _numbers(values):
    """Round to what a screen can tell apart; gaps become null."""
    return [round(float(v), 6) if np.isfinite(v) else None for v in values]


def _indicators(reader, normalised, weights):
    """Return what the contributions are made of: weight and normalised values of every indicator, by subsystem."""
    study, regions, letters = reader.study, reader.regions, int(reader.word("explorer_letters"))
    weight = weights.set_index("indicator")["weight"]
    known = [i.id for i in study.indicators]
    for name, found in (("weights.csv", set(weight.index)), ("normalised.csv", set(normalised["indicator"]))):
        if found != set(known):
            odd = sorted(found ^ set(known))[0]
            found = f"{'no ' if odd in known else ''}indicator {odd}"
            raise InputError(name, found, f"the study's {len(known)}", "run the study's notebooks again")
    own = dict(list(normalised.groupby("indicator")))
    result = {}
    for s in study.subsystems:
        result[s.id] = []
        for dimension in s.dimensions:
            for i in dimension.indicators:
                if i.unavailable is not None:
                    continue
                wide = _wide(own[i.id], "value", study, regions, f"normalised.csv, indicator {i.id}")
                row = {
                    "indicator": i.id,
                    "subsystem": s.id,
                    "name": reader.indicator(i.id),
                    "lines": _broken(reader.indicator(i.id), letters),
                    "dimension": reader.dimension(dimension.id),
                    "weight": round(float(weight[i.id]), 6),
                    "mean": _numbers(wide.mean()),
                    "values": {region: _numbers(wide.loc[region]) for region in regions.index},
                }
                result[s.id].append(row)
    return result


def _broken(text, width):
    """Break a long name, but never inside a number with a thousands' gap such as 10 000."""
    return textwrap.wrap(re.sub(r"(?<=\d) (?=\d{3})", "\u00a0", text), width)


def _ceiling(value):
    """Round up to a tenth, so that an axis ends at a tick."""
    return float(np.ceil(value * 10 - 1e-9) / 10) or 1.0


def _shapes(study, regions, polygons):
    """Return geometry and label point of every region, and the frame (west, south, east, north) of all.

    Notes
    -----
    Longitudes are shrunk by the cosine of the middle latitude: equirectangular, as in the printed maps. The map is
    then drawn as a plane, where the winding order of rings, which d3-geo reads on a sphere, does not matter.
    """
    import shapely

    spots = places(regions)
    if polygons is None:
        south, north = spots["latitude"].min(), spots["latitude"].max()
    else:
        _, south, _, north = polygons.total_bounds
    shrink = np.array([np.cos(np.radians((south + north) / 2)), 1.0])
    if polygons is not None:
        plane = shapely.transform(polygons.geometry.to_numpy(), lambda points: np.round(points * shrink, 4))
        result = {}
        for region, shape in zip(polygons.index, plane, strict=True):
            point = shape.representative_point()
            place = {"x": round(point.x, 4), "y": round(point.y, 4)}
            geometry = json.loads(json.dumps(shapely.geometry.mapping(shape)))
            result[region] = {"type": "Feature", "geometry": geometry, **place}
        return result, tuple(shapely.total_bounds(plane))
    points = np.round(spots.to_numpy() * shrink, 4)
    low, high = points.min(0), points.max(0)
    room = 0.12 * max(*(high - low), 1e-3)
    frame = (*(low - room), *(high + room))
    return {r: {"x": x, "y": y} for r, (x, y) in zip(regions.index, points.tolist(), strict=True)}, frame


def _shared(study, start, values):
    """Return the parameters that every chart has; the page's controls set the first four."""
    limits = {}
    for v in (*INDICES, *(_key(s) for s in study.subsystems)):
        known = values[v].to_numpy(float)
        known = known[np.isfinite(known)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        limits[v] = [round(low, 6), round(high if high > low else low + 1, 6)]
    return [
        *({"name": name, "value": value} for name, value in start.items()),
        {"name": "year", "expr": f"{json.dumps(list(study.years))}[at]"},
        {"name": "limits", "value": limits},
    ]


def _config():
    quiet = {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 11, "titleFontSize": 11}
    axis = {
        "gridColor": "currentColor",
        "gridOpacity": 0.13,
        "domainColor": "currentColor",
        "tickColor": "currentColor",
    }
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": quiet | axis,
        "legend": quiet,
    }


def _chart(shared, description, **rest):
    return {"description": description, "width": "container", "params": shared, "config": _config(), **rest}


def _map(shared, variables, has_polygons, frame, reader):
    """Return the map: polygons coloured by the variable, or points where a study has none."""
    place = {"longitude": {"field": "x", "type": "quantitative"}, "latitude": {"field": "y", "type": "quantitative"}}
    tooltip = [
        {"field": "name", "title": reader.word("region"), "type": "nominal"},
        {"field": "group_name", "title": reader.word("group"), "type": "nominal"},
        *({"field": f"now_{v}", "title": n, "format": ".3f", "type": "quantitative"} for v, n in variables.items()),
        {"field": "now_level", "title": reader.word("level"), "type": "nominal"},
    ]
    colour = {
        "field": "shown",
        "type": "quantitative",
        "scale": {
            "scheme": "yellowgreenblue",
            "domainMin": {"expr": "limits[variable][0]"},
            "domainMax": {"expr": "limits[variable][1]"},
        },
        "legend": {
            "orient": "bottom",
            "title": None,
            "format": ".2f",
            "gradientLength": {"expr": "width"},
            "gradientThickness": 10,
            "tickCount": 5,
        },
    }
    current = [{"calculate": f"datum['{v}'][at]", "as": f"now_{v}"} for v in (*variables, "level")]
    current += [
        {"calculate": "datum[variable][at]", "as": "shown"},
        {"calculate": "datum.name + ': ' + (isValid(datum.shown) ? format(datum.shown, '.3f') : '–')", "as": "said"},
    ]
    shape = {"type": "geoshape"} if has_polygons else {"type": "circle", "size": {"expr": "clamp(width, 280, 640)"}}
    where = {} if has_polygons else place
    edge = {"stroke": "#666", "strokeWidth": 0.6, "opacity": 1}
    chosen = [{"filter": "datum.region == region"}]
    layers = []
    if has_polygons:
        blank = {"type": "geoshape", "fill": "#8883", "stroke": "#8888", "strokeWidth": 0.6, "cursor": "pointer"}
        layers.append({"mark": blank | {"aria": False}})
    else:
        layers.append({"data": {"values": [_outline(frame)]}, "mark": _ground({"fill": "#8881", "stroke": "#8885"})})
        blank = shape | {"fill": "#8883", "stroke": "#8888", "opacity": 1, "cursor": "pointer", "aria": False}
        layers.append({"mark": blank, "encoding": where})
    layers.append(
        {
            "transform": [{"filter": SHOWN}],
            "mark": shape | edge | {"cursor": "pointer"},
            "encoding": where | {"fill": colour, "tooltip": tooltip, "description": {"field": "said"}},
        }
    )
    for stroke, width in (("white", 4), ("black", 2)):
        ring = shape | {
            "fill": None,
            "stroke": stroke,
            "strokeWidth": {"expr": f"width > {WIDE} ? {width} : {width / 2}"},
            "opacity": 1,
            "strokeJoin": "round",
        }
        layers.append({"transform": chosen, "mark": ring | {"aria": False, "tooltip": False}, "encoding": where})
    readable = f"width > {WIDE} && ({json.dumps(len(reader.regions) <= NAMED)} || datum.region == region)"
    # Beside a point, and on the side of the middle, so that names stay inside the frame.
    middle = (frame[0] + frame[2]) / 2
    sides = [("", "center", 0)]
    if not has_polygons:
        sides = [(f" && datum.x <= {middle}", "left", 14), (f" && datum.x > {middle}", "right", -14)]
    for side, align, dx in sides:
        for halo in (True, False):
            look = {"stroke": "white", "strokeWidth": 3, "strokeJoin": "round"} if halo else {}
            text = {"type": "text", "align": align, "dx": dx, "fontSize": 12, "fill": "black", **look}
            mark = text | {"aria": False, "tooltip": False, "fontWeight": 600}
            layers.append(
                {
                    "transform": [{"filter": f"({readable}) && {SHOWN}{side}"}],
                    "mark": mark,
                    "encoding": place | {"text": {"field": "name", "type": "nominal"}},
                }
            )
    return _chart(
        shared,
        reader.timed_word("map_says"),
        height="container",
        autosize={"type": "fit", "contains": "padding"},
        padding={"left": 12, "right": 12, "top": 2, "bottom": 2},
        data={"name": "regions"},
        transform=current,
        projection={"type": "identity", "reflectY": True},
        layer=layers,
    )


def _outline(frame):
    west, south, east, north = (round(float(v), 4) for v in frame)
    ring = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}


def _ground(look):
    return {"type": "geoshape", "aria": False, "tooltip": False, **look}


def _lines(variable, variables, shared, top, reader):
    """Return the lines of a variable by year, one a region, coloured by group."""
    study = reader.study
    colours = list(_colours(study).values())
    first, last = study.years[0], study.years[-1]
    labels = isinstance(first, str)
    domain = list(study.years) if labels else [first, last] if last > first else [first - 1, last + 1]
    tooltip = [
        {"field": "name", "title": reader.word("region"), "type": "nominal"},
        {"field": "group_name", "title": reader.word("group"), "type": "nominal"},
        {"field": "year", "title": reader.timed_word("year"), "type": "nominal"},
        {"field": variable, "title": variables[variable], "type": "quantitative", "format": ".3f"},
        {"field": "level", "title": reader.word("level"), "type": "nominal"},
    ]
    # Whole years from the first on, as many as the width holds; labels of periods are wide, and keep away from the
    # lowest label of the other axis.
    if labels:
        time = {"type": "ordinal", "scale": {"type": "point", "domain": domain, "padding": 0.5}}
        upright = {"labelAngle": 0, "labelAlign": "center", "labelBaseline": "top", "labelPadding": 6}
        time["axis"] = {**upright, "labelOverlap": "greedy", "labelSeparation": 10, "title": None, "grid": False}
    else:
        ticks = f"sequence({first}, {last + 1}, max(1, ceil({last + 1 - first} / max(1, floor(width / 42)))))"
        time = {"type": "quantitative", "scale": {"domain": domain, "nice": False, "zero": False}}
        time["axis"] = {"format": "d", "values": {"expr": ticks}, "title": None, "grid": False}
    x = {"field": "year", **time}
    y = {
        "field": variable,
        "type": "quantitative",
        "scale": {"domainMin": 0, "domainMax": {"expr": "top"}, "nice": False},
        "axis": {"title": None, "tickCount": 5, "format": ".1f"},
    }
    colour = {"field": "group", "type": "nominal", "scale": {"domain": [g.id for g in study.groups], "range": colours}}
    colour |= {"legend": None}
    base = {"x": x, "y": y, "color": colour, "detail": {"field": "region", "type": "nominal"}}
    few, alone = len(reader.regions) <= NAMED, len(reader.regions) <= SEEN
    faint = {"condition": {"test": "region == '' || datum.region == region", "value": 0.9}, "value": 0.6}
    faint = faint if alone else {"value": 0.35}
    chosen = [{"filter": "datum.region == region"}]
    here = {
        "condition": {"test": "datum.year == year && datum.region == region", "value": 1},
        "value": 0 if last > first else 0.6,
    }
    quiet = {"aria": False, "tooltip": False}
    layers = [
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", "color": "currentColor", "opacity": 0.5, "strokeDash": [3, 3], **quiet},
            "encoding": {"x": {"datum": {"expr": "year"}, "type": time["type"]}},
        },
        {
            "mark": {"type": "line", "strokeWidth": 1.3 if alone else 0.7, "cursor": "pointer", **quiet},
            "encoding": base | {"opacity": faint},
        },
        {
            "transform": chosen,
            "mark": {"type": "line", "strokeWidth": 3.5, "cursor": "pointer", **quiet},
            "encoding": base,
        },
        {
            **({"transform": chosen} if len(reader.regions) > sizes.CROWD else {}),  # or there are a million marks
            "mark": {"type": "circle", "size": 90, "cursor": "pointer", "aria": False},
            "encoding": base | {"opacity": here, "tooltip": tooltip},
        },
    ]
    # At the end of a line stands whose it is: of a few regions all that have room, of many the chosen one's.
    layers.append(
        {
            "transform": [
                {"filter": f"datum.year == {json.dumps(last)} && ({json.dumps(few)} || datum.region == region)"},
                {"calculate": f"datum.labels ? datum.labels['{variable}'] : datum['{variable}']", "as": "label_at"},
                {"filter": "isValid(datum.label_at)"},
            ],
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 10, "color": "currentColor", **quiet},
            "encoding": {
                "x": x,
                "y": y | {"field": "label_at"},
                "text": {"field": "name", "type": "nominal"},
            },
        }
    )
    return _chart(
        [*shared, {"name": "top", "value": top}],
        reader.timed_word("lines_say", variables[variable]),
        height="container",
        autosize={"type": "fit", "contains": "padding"},
        padding={
            "left": 2,
            "right": 12 + _longest([reader.region(r) for r in reader.regions.index]),
            "top": 6,
            "bottom": 2,
        },
        data={"name": "regions"},
        transform=[
            {"flatten": ["year", *variables, "level"]},
            {"filter": SHOWN},
        ],
        layer=layers,
    )


def _longest(names):
    """Return about how wide the longest of names is in letters of 10 pixels, at most 90."""
    return min(90, max(sum(10 if ord(c) > SQUARE else 5.5 for c in name) for name in names))


def _colours(study):
    """Return the colour of every group, as in figures."""
    from coordination.presentation.style import group_colours

    return {group: _hex(colour) for group, colour in group_colours(study).items()}


def _hex(colour):
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


def _step(rows):
    """Return the height of an indicator's row in pixels: lines of its name, a bar, a gap."""
    return 14 * max(len(row["lines"]) for row in rows) + 24


def _contributions(subsystem, indicators, shared, reader):
    """Return the bars of weight times normalised value, with a tick at the mean of all regions."""
    rows, step = indicators[subsystem.id], _step(indicators[subsystem.id])
    largest = max(
        row["weight"] * max((v for own in row["values"].values() for v in own if v is not None), default=0.0)
        for every in indicators.values()
        for row in every
    )
    by_group = _colours(reader.study)
    tooltip = [
        {"field": "name", "title": reader.word("indicator"), "type": "nominal"},
        {"field": "dimension", "title": reader.word("dimension"), "type": "nominal"},
        {"field": "weight", "title": reader.word("weight"), "format": ".3f", "type": "quantitative"},
        {"field": "value", "title": reader.word("normalised"), "format": ".3f", "type": "quantitative"},
        {"field": "part", "title": reader.word("contribution"), "format": ".3f", "type": "quantitative"},
        {"field": "usual", "title": reader.word("mean_of_regions"), "format": ".3f", "type": "quantitative"},
    ]
    y = {"field": "indicator", "type": "ordinal", "sort": None, "axis": None, "scale": {"padding": 0}}
    x = {
        "field": "part",
        "type": "quantitative",
        "scale": {"domainMin": 0, "domainMax": {"expr": "longest"}, "nice": False},
        "axis": {"title": None, "tickCount": {"expr": "width / 70"}, "format": ".2~f"},
    }
    low = step / 2 - 9
    bar = {"expr": "by_group[group_of[region]] || '#888'"}
    layers = [
        {
            "mark": {"type": "bar", "height": 12, "yOffset": low, "color": bar},
            "encoding": {"x": x, "y": y, "tooltip": tooltip},
        },
        {
            "mark": {
                "type": "tick", "orient": "vertical", "size": 18, "thickness": 3, "yOffset": low,
                "color": "currentColor", "aria": False,
            },
            "encoding": {"x": x | {"field": "usual"}, "y": y, "tooltip": tooltip},
        },
        {
            "mark": {
                "type": "text", "align": "left", "baseline": "top", "fontSize": 12, "lineHeight": 14,
                "color": "currentColor", "aria": False, "dy": {"expr": f"{step / 2 - 17} - 14 * length(datum.lines)"},
            },
            "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "lines", "type": "nominal"}},
        },
    ]  # fmt: skip
    return _chart(
        [
            *shared,
            {"name": "by_group", "value": by_group},
            {"name": "longest", "value": round(largest * 1.02, 6)},
            {"name": "group_of", "value": reader.regions["group"].to_dict()},
        ],
        reader.word("contributions_say", reader.subsystem(subsystem.id)),
        height=step * len(rows),
        autosize={"type": "fit-x", "contains": "padding"},
        padding={"left": 2, "right": 12, "top": 2, "bottom": 2},
        data={"name": "indicators"},
        transform=[
            {"filter": f"datum.subsystem == '{subsystem.id}'"},
            {"calculate": "region == '' ? datum.mean[at] : datum.values[region][at]", "as": "value"},
            {"calculate": "datum.weight * datum.value", "as": "part"},
            {"calculate": "datum.weight * datum.mean[at]", "as": "usual"},
        ],
        layer=layers,
    )


@cache
def _libraries():
    """Return Vega, Vega-Lite and vega-embed as one script."""
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")


def file(name):
    """Return the text of a file beside this module (str)."""
    return (HERE / name).read_text(encoding="utf-8")


def _site_link(href, text, language):
    """Link to a page of the site, which lies elsewhere if the explorer stands outside of it."""
    return Markup('<a href="{0}" data-outside="site/{1}/{0}">{2}</a>').format(href, language, text)


def _where(reader):
    """Link the files that a text names, and the commit, to what the site says of them."""
    text, language = str(escape(reader.timed_word("values_where", reader.study.id))), reader.language
    linked = re.sub(r"[a-z]+\.csv", lambda f: _site_link(f"data.html#file-{f[0]}", f[0], language), text)
    return Markup(linked) + " " + _site_link("about.html#commit", reader.word("commit_of_the_code"), language)


def _shown(value):
    return "–" if value is None else f"{value:.3f}"


def _document(content, records, variables, drawn, aspect, reader, marked):
    """Lay the page out; what its script changes stands in it as for the last year, for readers without scripts."""
    study, start = reader.study, content["state"]
    own = next((r for r in records if r["region"] == start["region"]), None)
    parts = []
    for s in study.subsystems:
        rows = [row for row in content["datasets"]["indicators"] if row["subsystem"] == s.id]
        known = [r[_key(s)][-1] for r in records if r[_key(s)][-1] is not None]
        mean = sum(known) / len(known) if known else None
        # Room for bars and axis is kept from the start, so that the other panels know their height.
        height = _step(rows) * len(rows) + 26
        score = own[_key(s)][-1] if own else mean
        parts.append({"id": s.id, "variable": _key(s), "score": score, "mean": mean, "height": height})
    text = TEMPLATE.render(
        reader=reader,
        study=study,
        kept=marked,
        additive=AGGREGATION[study.method.aggregation].additive,
        word=reader.timed_word,
        shown=_shown,
        style=file("explorer.css"),
        others={k: words(k)["language_name"] for k in LANGUAGES if k != reader.language},
        start=start,
        variables=variables,
        regions={"": reader.word("mean_of_regions")} | {r["region"]: r["name"] for r in records},
        swatches=_colours(study),
        aspect=f"{aspect:.3f}",
        drawn=drawn,
        parts=parts,
        records=records,
        where=_where(reader),
        # Where a less-than sign cannot end the element that holds it.
        content=json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        libraries=_libraries(),
        script="".join(map(file, ("methods.js", "drawing.js", "explorer.js"))),
        turn=content["turn"],
        say=words(reader.language, "explorer"),
        turning=file("turn.js"),
    )
    return f"{text}\n"
