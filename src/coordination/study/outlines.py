"""The outlines of regions as they are given: names, encodings, repairs, and degrees in which borders stay shared."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np

from coordination.errors import InputError, InputErrors, told
from coordination.study.files import check_size, displayed

POLYGONS = ("Polygon", "MultiPolygon")


def read(file, name_column):
    """Read the polygons of a file, each with a name, in longitude and latitude.

    Parameters
    ----------
    file : Path
        GeoJSON, GeoPackage or shapefile; nothing that could lead to other files or to the network.
    name_column : str
        The property that names the regions.

    Returns
    -------
    tuple of (geopandas.GeoDataFrame, list of InputError)
        Columns region and geometry, in degrees (see `in_degrees`), a name may stand twice; and what was done to the
        outlines: features without a name left out, invalid outlines repaired, what GDAL remarked.

    Raises
    ------
    InputError
        If the file is missing, too big or unreadable, has no such property or no outlines.
    InputErrors
        If outlines are no polygons; then also what stands twice and what has no name.
    """
    name = displayed(Path(file))
    if not Path(file).is_file():
        raise InputError(
            name, "no such file", "polygons of the regions", "correct the path, or remove regions.polygons"
        )
    check_size(file, "simplify the outlines, keep only those of the study's regions")
    table, remarks = _opened(file, name)
    columns = [c for c in table.columns if c != "geometry"]
    if "geometry" not in table:
        raise InputError(name, "no outlines", "polygons with a property that names them", "replace the file")
    if name_column not in columns:
        found, expected = (
            told("properties {columns}", columns=", ".join(columns)),
            told("a property '{column}'", column=name_column),
        )
        remedy = "name it: --name-column of make new, or regions.polygon_name in study.yml"
        raise InputError(name, found, expected, remedy)
    table = table[[name_column, "geometry"]].rename(columns={name_column: "region"})
    named = table["region"].notna() & (table["region"].astype(str).str.strip() != "")
    notes = [InputError(name, remark, "outlines read without a remark", "look at the map") for remark in remarks]
    if not named.all():
        rows = ", ".join(str(k + 1) for k in np.flatnonzero(~named))
        found, remedy = told("no name of feature {rows}", rows=rows), "left out; name those that are of the study"
        notes.append(InputError(name, found, "a name of every feature", remedy))
    table = table[named]
    table = table.assign(region=table["region"].astype(str).str.strip())
    bare = [s is None or s.is_empty or s.geom_type not in POLYGONS for s in table.geometry]
    if any(bare):
        found = told("no outline of {region}", region=", ".join(table["region"][bare]))
        faults = [InputError(name, found, "a polygon of every region", "correct or remove the feature")]
        twice = table["region"][table["region"].duplicated()].unique()
        if len(twice):
            found = told("several outlines of {regions}", regions=", ".join(twice))
            faults.append(InputError(name, found, "one outline a region", "merge or remove them"))
        raise InputErrors([*faults, *notes])
    broken = ~table.geometry.is_valid
    if broken.any():
        table.loc[broken, "geometry"] = table.geometry[broken].map(_repaired)
        found = told("outlines that cross themselves: {regions}", regions=", ".join(table["region"][broken]))
        notes.append(InputError(name, found, "closed outlines that do not", "repaired; look at the map"))
    return in_degrees(table.reset_index(drop=True), name), notes


WKT = re.compile(r"\s*[A-Z_]+\s*\[")  # such as GEOGCS[
EXPECTED = "a readable GeoJSON, GeoPackage or shapefile"


def _opened(file, name):
    import geopandas as gpd

    _check_kind(Path(file), name)
    encoding = _encoding(Path(file), name) if Path(file).suffix.lower() == ".shp" else {}
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            table = gpd.read_file(file, **encoding)
        return table, sorted({str(r.message).rstrip(".") for r in remarks})
    except Exception as error:
        found = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(name, found, EXPECTED, "replace the file") from None


def _check_kind(file, name):
    """Refuse what GDAL would take for another kind of file, of which some read other files or ask the network.

    Raises
    ------
    InputError
        If the content is not of the kind that the ending says, or names a place elsewhere.
    """
    kind, content = file.suffix.lower(), file.read_bytes()
    if kind in (".geojson", ".json"):
        _check_geojson(content, name)
    elif kind == ".gpkg":
        if not content.startswith(b"SQLite format 3\0"):
            raise InputError(name, "no GeoPackage by its content", EXPECTED, "replace the file")
        _check_geopackage(file, name)
    elif kind == ".shp":
        if not content.startswith(b"\0\0\x27\x0a"):
            raise InputError(name, "no shapefile by its content", EXPECTED, "replace the file")
    else:
        found = told("a file of kind '{suffix}'", suffix=kind)
        raise InputError(name, found, EXPECTED, "save it as one of these")


def _check_geojson(content, name):
    try:
        made = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problem = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(name, told("broken JSON ({problem})", problem=problem), EXPECTED, "replace the file") from None
    if not isinstance(made, dict) or made.get("type") not in ("FeatureCollection", "Feature"):
        raise InputError(name, "JSON that is no collection of features", EXPECTED, "save the outlines as GeoJSON")
    features = made.get("features")
    for part in (made, *(features if isinstance(features, list) else ())):
        system = part.get("crs") if isinstance(part, dict) else None
        if system is not None and (not isinstance(system, dict) or system.get("type") not in ("name", "EPSG")):
            found = "a coordinate system that is a link"
            raise InputError(name, found, "a coordinate system by its name", "save the outlines again, in degrees")


def _check_geopackage(file, name):
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            made = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
            systems = database.execute("SELECT definition FROM gpkg_spatial_ref_sys").fetchall()
    except sqlite3.Error as error:
        raise InputError(name, str(error), EXPECTED, "replace the file") from None
    virtual = re.compile(r"\s*CREATE\s+VIRTUAL\s+TABLE.*?USING\s+(\w+)", re.IGNORECASE | re.DOTALL)
    for kind, part, command in made:
        module = virtual.match(command or "")
        if kind == "view" or (module and module[1].lower() != "rtree"):
            found = told("the view '{part}'" if kind == "view" else "the virtual table '{part}'", part=part)
            remedy = "save the outlines as a layer of their own, or as GeoJSON"
            raise InputError(name, found, "tables of outlines", remedy)
    for (definition,) in systems:
        if definition and definition != "undefined" and not WKT.match(str(definition)):
            remedy = "save the outlines again with their coordinate system"
            raise InputError(name, "no coordinate system", "a coordinate system as WKT", remedy)


def _encoding(file, name):
    """Return the encoding of a shapefile's names where the file does not say it: UTF-8, otherwise GB18030."""
    if any(file.with_suffix(ending).is_file() for ending in (".cpg", ".CPG")):
        return {}
    table = next((f for f in (file.with_suffix(".dbf"), file.with_suffix(".DBF")) if f.is_file()), None)
    if table is None:
        return {}
    content = table.read_bytes()
    if len(content) > 29 and content[29]:  # the language driver, which GDAL knows
        return {}
    for encoding in ("utf-8", "gb18030"):
        try:
            content[32:].decode(encoding)
            return {"encoding": encoding}
        except UnicodeDecodeError:
            continue
    remedy = "write its encoding into a file of the same name that ends in .cpg"
    raise InputError(displayed(table), "names in an unknown encoding", "UTF-8 or GB18030", remedy)


def _repaired(shape):
    """Return the polygons of an outline without its crossings."""
    import shapely

    parts = [p for p in shapely.get_parts(shapely.make_valid(shape)) if p.geom_type in POLYGONS]
    return shapely.union_all(parts)


def in_degrees(polygons, name):
    """Return polygons in longitude and latitude; borders that were shared stay so.

    Parameters
    ----------
    polygons : geopandas.GeoDataFrame
    name : str
        Of the file, for messages.

    Returns
    -------
    geopandas.GeoDataFrame

    Raises
    ------
    InputError
        If there is no coordinate system, and the coordinates are no degrees.

    Notes
    -----
    A straight border in a projection is none in degrees. Where only one side has a vertex on it, moving vertices alone
    would part the two; so each outline first gets the vertices that its neighbours have on it.
    """
    if polygons.crs is None:
        west, south, east, north = polygons.total_bounds
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            found = told("no coordinate system, and coordinates up to {value:g}", value=max(abs(east), abs(north)))
            remedy = "export it again with one"
            raise InputError(name, found, "degrees, or a coordinate system (a .prj file)", remedy)
        return polygons.set_crs("EPSG:4326")
    if polygons.crs.is_geographic:
        return polygons.to_crs("EPSG:4326")
    return _with_each_others_vertices(polygons).to_crs("EPSG:4326")


def _with_each_others_vertices(polygons):
    import shapely

    shapes = polygons.geometry
    near = np.sqrt(shapely.area(shapes.to_numpy()).min()) / 1000
    first, second = shapes.sindex.query(shapes, predicate="dwithin", distance=near)
    result = shapes.to_numpy().copy()
    for i in np.unique(first):
        others = shapely.get_coordinates(shapes.to_numpy()[second[(first == i) & (second != i)]])
        points = shapely.points(others)
        on = points[shapely.dwithin(shapes.iloc[i].boundary, points, near)] if len(points) else points
        if len(on):
            snapped = shapely.snap(shapes.iloc[i], shapely.multipoints(on), near)
            result[i] = snapped if snapped.is_valid else result[i]
    return polygons.set_geometry(result, crs=polygons.crs)
