"""Outlines as people bring them: projections, encodings, features without a name, crossings, the date line."""

import geopandas as gpd
import numpy as np
import pytest
from conftest import assert_names
from shapely.geometry import MultiPolygon, Polygon, box

from coordination.errors import InputError
from coordination.spatial.neighbours import contiguity
from coordination.study.outlines import read

KM = 1000


def saved(folder, shapes, names=None, crs="EPSG:32650", ending="gpkg", **options):
    names = names or [f"R{k}" for k in range(len(shapes))]
    table = gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=crs)
    file = folder / f"regions.{ending}"
    table.to_file(file, **options)
    return file


def links(file, rook=False):
    table, _ = read(file, "name")
    weights = contiguity(table.set_index("region"), rook)
    return {tuple(sorted((a, b))) for a in weights for b in weights if weights.loc[a, b]}


def bricks(rows, columns, size=200 * KM):
    """Rows of bricks, each row moved by half a brick: corners stand in the middle of straight borders."""
    x0, y0 = 300 * KM, 3_000 * KM
    return [
        box(x0 + (c + r % 2 / 2) * size, y0 + r * size, x0 + (c + 1 + r % 2 / 2) * size, y0 + (r + 1) * size)
        for r in range(rows)
        for c in range(columns)
    ]


@pytest.mark.parametrize("rook", [False, True])
@pytest.mark.parametrize("crs", ["EPSG:32650", "ESRI:102025", "EPSG:3857"])
def test_borders_with_vertices_on_one_side_survive_the_way_to_degrees(tmp_path, crs, rook):
    shapes = bricks(4, 4)
    weights = contiguity(gpd.GeoDataFrame(geometry=shapes, crs=crs), rook)  # in the file's own coordinates
    expected = {(f"R{i}", f"R{j}") for i in weights for j in weights if i < j and weights.loc[i, j]}
    assert len(expected) == 33  # 12 within rows, 7 + 7 + 7 between them
    assert links(saved(tmp_path, shapes, crs=crs), rook) == {tuple(sorted(pair)) for pair in expected}


def plank():
    """A long region with small ones along both sides, whose corners it has no vertices at."""
    x, y, size = 100 * KM, 3_500 * KM, 200 * KM
    small = [box(x + k * size, y + up, x + (k + 1) * size, y + up + size) for up in (-size, size) for k in range(5)]
    return [box(x, y, x + 5 * size, y + size), *small]


@pytest.mark.parametrize("rook", [False, True])
def test_a_long_border_keeps_all_it_touches(tmp_path, rook):
    moved = gpd.GeoDataFrame(geometry=plank(), crs="EPSG:32650").to_crs(4326)
    assert contiguity(moved, rook)[0].sum() < 10  # the fault: vertices moved alone bend the border away
    touching = links(saved(tmp_path, plank()), rook)
    assert {pair for pair in touching if "R0" in pair} == {("R0", f"R{k}") for k in range(1, 11)}
    assert len(touching) == 10 + 4 + 4


def test_a_river_between_regions_stays_one(tmp_path):
    shapes = [box(0, 0, 100 * KM, 100 * KM), box(102 * KM, 0, 200 * KM, 100 * KM), box(200 * KM, 0, 300 * KM, 100 * KM)]
    assert links(saved(tmp_path, shapes)) == {("R1", "R2")}


def test_names_in_gbk_without_a_word_about_it(tmp_path):
    names = ["济南市", "青岛市", "亳州市", "漯河市"]
    file = saved(tmp_path, bricks(2, 2), names, ending="shp", encoding="gb18030")
    for ending in (".cpg", ".CPG"):
        file.with_suffix(ending).unlink(missing_ok=True)
    table = file.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[29] = 0  # no language driver
    table.write_bytes(content)
    assert read(file, "name")[0]["region"].tolist() == names
    utf = saved(tmp_path, bricks(2, 2), names, ending="shp", encoding="utf-8")
    utf.with_suffix(".cpg").unlink()
    assert read(utf, "name")[0]["region"].tolist() == names


def test_names_in_no_known_encoding_are_asked_for(tmp_path):
    file = saved(tmp_path, bricks(1, 2), ["Aa", "Bb"], ending="shp")
    file.with_suffix(".cpg").unlink()
    table = file.with_suffix(".dbf")
    content = bytearray(table.read_bytes().replace(b"Aa", b"\xff\xff"))
    content[29] = 0
    table.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(file, "name")
    assert_names(str(caught.value), "regions.dbf", "unknown encoding", ".cpg")


def test_a_feature_without_a_name_is_left_out_with_a_word(tmp_path):
    file = saved(tmp_path, bricks(1, 4), ["A", "", None, "D"])
    table, notes = read(file, "name")
    assert table["region"].tolist() == ["A", "D"]
    assert_names(str(notes[0]), "regions.gpkg", "no name of feature 2, 3")


def test_outlines_that_cross_themselves_are_repaired_and_named(tmp_path):
    bow = Polygon([(0, 0), (2, 0), (2, 1), (1, 0), (1, 1), (0, 1)])  # touches itself at (1, 0)
    eight = Polygon([(3, 0), (5, 1), (5, 0), (3, 1)])
    file = saved(tmp_path, [bow, eight, box(2, 0, 3, 1)], ["bow", "eight", "box"], crs=4326)
    table, notes = read(file, "name")
    assert table.geometry.is_valid.all()
    assert_names(str(notes[0]), "repaired", "bow, eight")
    assert "box" not in str(notes[0])
    assert table.geometry[1].area == pytest.approx(1.0)  # both halves of the eight
    assert links(file) == {("bow", "box"), ("box", "eight")}


def test_all_provinces_of_a_map_with_invalid_outlines_have_neighbours(tmp_path):
    """As the most used map of China: a feature with an empty name, outlines that cross themselves by a hair."""
    hair = 1e-3

    def crossed(x, y):
        return Polygon([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x + hair, y + 1 + hair), (x, y + 1)])

    shapes = [crossed(0, 0), crossed(1, 0), crossed(0, 1), box(5, 5, 6, 6)]
    file = saved(tmp_path, shapes, ["甲", "乙", "丙", ""], crs=4326, ending="geojson")
    assert links(file) == {("乙", "甲"), ("丙", "甲"), ("丙", "乙")}


@pytest.mark.parametrize("rook", [False, True])
def test_the_date_line_parts_nobody(rook):
    shapes = [box(179, -18, 180, -16), box(-180, -18, -179, -16), box(-179, -18, -178, -16), box(178, -18, 179, -16)]
    weights = contiguity(gpd.GeoSeries(shapes, ["a", "b", "c", "d"], crs=4326), rook)
    assert weights.loc["a", "b"] == weights.loc["b", "a"] == 1
    assert weights.to_numpy().sum() / 2 == 3
    both = MultiPolygon([box(179, -20, 180, -18), box(-180, -20, -179, -18)])  # on both sides
    weights = contiguity(gpd.GeoSeries([*shapes, both], list("abcde"), crs=4326), rook)
    near = {"a", "b"} if rook else {"a", "b", "c", "d"}
    assert {r for r in weights if weights.loc["e", r]} == near


def test_nothing_moves_where_the_date_line_is_far(tmp_path):
    shapes = bricks(3, 3)
    table = gpd.GeoDataFrame(geometry=shapes, crs=4326).set_geometry(list(shapes))
    apart = contiguity(gpd.GeoSeries([box(-180, 0, -179, 1), box(179, 5, 180, 6)], crs=4326))
    assert not apart.to_numpy().any()
    assert np.array_equal(contiguity(table.set_crs(32650, allow_override=True)), contiguity(table))


@pytest.mark.parametrize(
    ("shapes", "crs", "words"),
    [
        ([box(0, 0, 500_000, 10)], None, ("no coordinate system", "500000", ".prj")),
        ([box(0, 0, 1, 1).boundary], 4326, ("no outline of R0", "a polygon of every region")),
    ],
)
def test_what_cannot_be_an_outline_is_refused(tmp_path, shapes, crs, words):
    with pytest.raises(InputError) as caught:
        read(saved(tmp_path, shapes, crs=crs), "name")
    assert_names(str(caught.value), *words)
