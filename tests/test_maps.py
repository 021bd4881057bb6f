import csv
import re
from itertools import combinations
from unittest import mock

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import RAW, ROOT
from libpysal.graph import Graph
from matplotlib.text import Text
from shapely.geometry import Point

from coordination.indices import figures as indices_figures
from coordination.pipeline import inputs
from coordination.pipeline.files import checksum
from coordination.presentation import maps
from coordination.presentation.reader import Reader
from coordination.presentation.style import rendered, style
from coordination.spatial import figures as spatial_figures
from coordination.spatial import neighbours
from coordination.study.document import load
from coordination.study.regions import read_regions

mpl.use("agg")

MAPS = ROOT / "data" / "maps" / "china"
# From an atlas, not from the polygons.
SHARED_BORDERS = """\
Qinghai-Gansu Qinghai-Sichuan Sichuan-Gansu Sichuan-Shaanxi Gansu-Ningxia Gansu-Inner_Mongolia Gansu-Shaanxi
Ningxia-Inner_Mongolia Ningxia-Shaanxi Inner_Mongolia-Shaanxi Inner_Mongolia-Shanxi Shaanxi-Shanxi Shaanxi-Henan
Shanxi-Henan Henan-Shandong
"""
NINE = {frozenset(pair.replace("_", " ").split("-")) for pair in SHARED_BORDERS.split()}
ISLANDS = {  # names and places from an atlas; degrees, the maps are offset by some hundred metres
    "Taiwan": (121.0, 23.8),
    "Hainan": (109.8, 19.2),
    "Diaoyu Dao": (123.478, 25.743),
    "Huangyan Dao": (117.76, 15.15),
    "Meiji Jiao": (115.53, 9.9),
}
ROW = re.compile(r"^\| (?P<file>\S+) \| (?P<sha256>[0-9a-f]{64}) \| \S.* \|$")


def checksums():
    """Every row of every table of checksums below data/: the README's folder, the file in it, its checksum."""
    for readme in sorted((ROOT / "data").rglob("README.md")):
        lines = readme.read_text(encoding="utf-8").splitlines()
        for start in (k for k, line in enumerate(lines) if line == "| file | sha256 | what |"):
            for line in lines[start + 2 :]:
                if not line.startswith("|"):
                    break
                row = ROW.match(line)
                assert row, f"{readme}: {line}"
                yield readme.parent, row["file"], row["sha256"]


ROWS = list(checksums())


@pytest.fixture(scope="module")
def provinces():
    return gpd.read_file(MAPS / "provinces.geojson").set_index("region")


@pytest.fixture(scope="module")
def outline():
    return gpd.read_file(MAPS / "outline.geojson").set_index("part").geometry


@pytest.fixture(scope="module")
def capitals():
    return pd.read_csv(ROOT / "src" / "coordination" / "study" / "provinces.csv", index_col="region")


@pytest.fixture(scope="module")
def nine():
    loaded = load(RAW / "yellow-river")
    regions = read_regions(loaded, RAW / "yellow-river")
    return loaded, regions, inputs.polygons(loaded, regions)


def pairs(polygons):
    adjacency = Graph.build_contiguity(polygons.geometry, rook=False).adjacency
    return {frozenset(pair) for pair, weight in adjacency.items() if weight > 0}


@pytest.mark.parametrize(("folder", "file", "sha256"), ROWS, ids=[f"{f.name}/{name}" for f, name, _ in ROWS])
def test_data_are_what_the_readme_says(folder, file, sha256):
    assert checksum(folder / file) == sha256


def test_readmes_name_every_file_of_the_maps_and_of_the_polygons():
    assert {(folder, file) for folder, file, _ in ROWS} >= {
        *((MAPS, f.name) for f in MAPS.iterdir() if f.suffix in (".csv", ".geojson")),
        *((f.parent, f.name) for f in RAW.glob("*/regions.*")),
    }


def test_maps_are_small():
    assert sum(f.stat().st_size for f in MAPS.glob("*.geojson")) < 400_000


def test_provinces_are_complete_and_named_as_the_capitals_are(provinces, capitals):
    others = {"Taiwan": "台湾", "Hong Kong": "香港", "Macau": "澳门"}
    assert len(capitals) == 31
    assert provinces["region_zh"].to_dict() == capitals["region_zh"].to_dict() | others
    assert provinces["adcode"][capitals.index].tolist() == capitals["adcode"].tolist()
    assert provinces["adcode"].is_unique


def test_provinces_are_valid_and_neither_overlap_nor_leave_gaps(provinces, outline):
    shapes = provinces.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert not [p for p in outline["land"].geoms if len(p.interiors)]


def test_every_capital_lies_in_its_province(provinces, capitals):
    for region, row in capitals.iterrows():
        inside = provinces.index[provinces.contains(Point(row["longitude"], row["latitude"]))]
        assert list(inside) == [region]


def test_capitals_of_the_study_are_those_of_the_maps(nine, capitals):
    _, regions, _ = nine
    points = ["longitude", "latitude"]
    assert np.array_equal(regions[points], capitals.loc[regions.index, points])


def test_neighbours_of_the_nine_provinces_are_those_of_an_atlas(provinces, nine):
    _, regions, polygons = nine
    assert len(NINE) == 15
    assert pairs(polygons) == NINE
    assert {p for p in pairs(provinces) if p <= set(regions.index)} == NINE


@pytest.mark.parametrize(
    ("region", "count"),
    [
        ("Shaanxi", 8),
        ("Inner Mongolia", 8),
        ("Hebei", 7),
        ("Guangdong", 6),
        ("Shanghai", 2),
        ("Hainan", 0),
        ("Taiwan", 0),
    ],
)
def test_some_have_as_many_neighbours_as_an_atlas_shows(provinces, region, count):
    assert sum(region in pair for pair in pairs(provinces)) == count


def test_polygons_of_the_study_are_those_of_the_map(provinces, nine):
    _, regions, polygons = nine
    for region in regions.index:
        assert polygons.geometry[region].equals_exact(provinces.geometry[region], 0)


def test_weights_of_the_study_remain_by_distance(nine):
    loaded, regions, polygons = nine
    assert loaded.spatial_weights.kind == "inverse_distance"
    assert neighbours.build(loaded.spatial_weights, regions, polygons).equals(
        neighbours.build(loaded.spatial_weights, regions)
    )


def test_outline_is_the_union_of_the_provinces(provinces, outline):
    assert list(outline.index) == ["land", "maritime boundary"]
    assert outline.is_valid.all()
    assert outline["land"].equals(shapely.coverage_union_all(provinces.geometry.to_numpy()))


def test_outline_has_the_maritime_boundary(outline):
    sea = outline["maritime boundary"]
    assert len(sea.geoms) == 10
    west, south, east, north = sea.bounds
    assert (west < 109, south < 4, east > 122, north > 24) == (True,) * 4


@pytest.mark.parametrize(("longitude", "latitude"), ISLANDS.values(), ids=list(ISLANDS))
def test_outline_has_the_islands(outline, longitude, latitude):
    assert outline["land"].distance(Point(longitude, latitude)) < 0.05


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("draw", [indices_figures.coordination_map, spatial_figures.cluster_map])
def test_names_on_the_map_are_inside_their_regions_and_apart(nine, draw, language):
    loaded, regions, polygons = nine
    cycle = [["HH", "LH", "LL", "HL"][k % 4] for k in range(9)]
    table = pd.DataFrame({"region": regions.index, "quadrant": cycle, "significant": [k == 3 for k in range(9)]})
    if draw is indices_figures.coordination_map:
        table = pd.DataFrame({"region": regions.index, "coordination_degree": np.linspace(0.4, 0.8, 9)})
    with style():
        figure = draw(table, polygons, Reader(loaded, regions, language))
        with mock.patch.object(Text, "draw", autospec=True, side_effect=Text.draw) as calls:
            rendered(figure, "svg")
        shown = {id(call.args[0]): call.args[0] for call in calls.call_args_list}.values()
        figure.draw_without_rendering()  # places and sizes in the same pixels
        boxes = [(t, t.get_window_extent()) for t in shown if t.get_visible() and t.get_text().strip()]
        page = figure.bbox
    plt.close(figure)
    for text, box in boxes:
        assert page.x0 <= box.x0 < box.x1 <= page.x1, text
        assert page.y0 <= box.y0 < box.y1 <= page.y1, text
    assert not [(a.get_text(), b.get_text()) for (a, x), (b, y) in combinations(boxes, 2) if x.overlaps(y)]
    names = {t.get_text(): Point(t.get_position()) for t, _ in boxes if t.get_text() in set(regions[language])}
    assert set(names) == set(regions[language])
    assert all(polygons.geometry[r].contains(names[regions[language][r]]) for r in regions.index)


def test_names_are_left_out_where_there_are_many(nine):
    loaded = load(RAW / "us-states")
    regions = read_regions(loaded, RAW / "us-states")
    table = pd.DataFrame({"region": regions.index, "coordination_degree": np.linspace(0.4, 0.8, len(regions))})
    with style():
        figure = indices_figures.coordination_map(
            table, inputs.polygons(loaded, regions), Reader(loaded, regions, "en")
        )
    plt.close(figure)
    assert not figure.axes[0].texts


def test_capitals_are_in_order_without_blanks(capitals):
    rows = list(
        csv.reader((ROOT / "src" / "coordination" / "study" / "provinces.csv").read_text(encoding="utf-8").splitlines())
    )
    assert all(cell.strip() == cell != "" for row in rows for cell in row)
    assert capitals["adcode"].is_monotonic_increasing


@pytest.mark.parametrize("kind", ["polygons", "points"])
def test_a_small_map_shows_all_regions_and_each_alone_in_its_place(kind):
    index = pd.Index(["west", "east", "north"], name="region")
    where = np.array([[0.0, 0.0], [4.0, 0.0], [2.0, 3.0]])
    regions = pd.DataFrame(where, index, ["longitude", "latitude"])
    boxes = [
        shapely.box(x, y, x + 1, y + 1).difference(shapely.box(x + 0.4, y + 0.4, x + 0.6, y + 0.6)) for x, y in where
    ]
    polygons = gpd.GeoDataFrame(geometry=boxes, index=index, crs=4326) if kind == "polygons" else None
    every, alone = maps.miniatures(regions, polygons)
    mark = {"polygons": "<path", "points": "<circle"}[kind]
    assert every.count(mark) == 3
    assert list(alone) == list(index)
    frames = {re.search(r'viewBox="([^"]+)"', drawn)[1] for drawn in (every, *alone.values())}
    assert len(frames) == 1  # so that one lies upon the other
    for region, drawn in alone.items():
        (own,) = re.findall(rf"{mark}[^>]*/>", drawn)
        assert own in every
        assert own not in "".join(d for r, d in alone.items() if r != region)
    x = {r: float(re.search(r'(?:d="M|cx=")(-?\d+)', drawn)[1]) for r, drawn in alone.items()}
    y = {r: float(re.search(r'(?:d="M-?\d+,|cy=")(-?\d+)', drawn)[1]) for r, drawn in alone.items()}
    assert x["west"] < x["north"] < x["east"]
    assert y["north"] < y["west"] == y["east"]  # north is above
    if kind == "polygons":
        assert alone["west"].count("Z") == 2  # its hole


def test_there_is_no_small_map_of_regions_without_a_place():
    assert maps.miniatures(pd.DataFrame(index=["a", "b", "c"]), None) is None
