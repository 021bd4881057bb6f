from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import RAW, ROOT, assert_names
from shapely.geometry import MultiPolygon, Polygon, box

from coordination.choices import SPATIAL_WEIGHTS
from coordination.errors import InputError, InputErrors
from coordination.pipeline.inputs import given_weights, polygons
from coordination.spatial.neighbours import (
    build,
    contiguity,
    distances,
    inverse,
    inverse_distance,
    nearest,
    row_standardise,
    spread,
    transform,
    with_points,
)
from coordination.study.document import load
from coordination.study.model import SpatialWeights
from coordination.study.regions import read_regions

# Published places in degrees: longitude, latitude.
CITIES = pd.DataFrame(
    {"longitude": [2.3522, 13.4050, -0.1276, 151.2093], "latitude": [48.8566, 52.5200, 51.5072, -33.8688]},
    index=pd.Index(["Paris", "Berlin", "London", "Sydney"], name="region"),
)
LINE = pd.DataFrame(
    {"longitude": [0.0, 1.0, 2.0, 4.0, 8.0], "latitude": [0.0] * 5}, index=pd.Index(list("abcde"), name="region")
)
#   g h i
#   d e f   nine squares, and an island far off
#   a b c
SQUARES = gpd.GeoSeries([box(x, y, x + 1, y + 1) for y in range(3) for x in range(3)], index=list("abcdefghi"))
WITH_ISLAND = pd.concat([SQUARES, gpd.GeoSeries([box(9, 9, 10, 10)], index=["z"])])


def great_circle(first, second):
    """Haversine formula, written out."""
    (a, b), (c, d) = ([radians(v) for v in CITIES.loc[name]] for name in (first, second))
    return 2 * 6371 * asin(sqrt(sin((d - b) / 2) ** 2 + cos(b) * cos(d) * sin((c - a) / 2) ** 2))


def linked(weights):
    return {name: "".join(row.index[row > 0]) for name, row in weights.iterrows()}


def points(names, polygons_):
    return pd.DataFrame(index=pd.Index(names, name="region")).join(polygons_.centroid.get_coordinates())


@pytest.mark.parametrize("pair", [("Paris", "Berlin"), ("Paris", "London"), ("London", "Sydney")], ids="-".join)
def test_great_circle_distances(pair):
    found = distances(CITIES)
    assert found.loc[pair] == pytest.approx(great_circle(*pair), rel=1e-12)
    assert found.loc[pair] == found.loc[pair[::-1]]


def test_a_known_distance():
    assert distances(CITIES).loc["Paris", "London"] == pytest.approx(344, abs=1)  # km


@pytest.mark.parametrize("power", [1, 2, 0.5], ids=str)
def test_inverse_distance_by_hand(power):
    weights = inverse_distance(CITIES, power)
    assert weights.loc["Berlin", "Sydney"] == pytest.approx(great_circle("Berlin", "Sydney") ** -power, rel=1e-12)
    assert list(np.diagonal(weights)) == [0] * 4
    assert (weights.index.tolist(), weights.columns.tolist()) == (list(CITIES.index), list(CITIES.index))


def test_plane_coordinates_have_plane_distances():
    plane = pd.DataFrame({"longitude": [0.0, 300.0, 0.0], "latitude": [0.0, 400.0, 1.0]}, index=list("abc"))
    assert distances(plane, "euclidean").loc["a"].tolist() == [0, 500, 1]
    assert inverse_distance(plane, 2, "euclidean").loc["a"].tolist() == pytest.approx([0, 1 / 250_000, 1])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((10.0, 50.0), (10.0, 50.0), id="the-same-figures"),
        pytest.param((180.0, 10.0), (-180.0, 10.0), id="both-names-of-the-date-line"),
        pytest.param((0.0, 90.0), (90.0, 90.0), id="the-pole"),
    ],
)
def test_two_regions_at_one_point_have_no_inverse_distance(first, second):
    table = pd.DataFrame([(0.0, 0.0), first, second], ["Oak", "Elm", "Ash"], ["longitude", "latitude"])
    with pytest.raises(InputError) as caught:
        inverse_distance(table)
    assert_names(str(caught.value), "regions: found Elm and Ash at the same point", "expected points that differ")


@pytest.mark.parametrize("function", [distances, inverse_distance, lambda t: nearest(t, 1)], ids=["d", "1/d", "knn"])
@pytest.mark.parametrize("column", ["longitude", "latitude"])
def test_coordinates_that_are_missing(function, column):
    with pytest.raises(InputError) as caught:
        function(CITIES.drop(columns=column))
    assert_names(str(caught.value), f"no column '{column}'", "or set regions.polygons")
    gap = CITIES.copy()
    gap.loc["Berlin", column] = np.nan
    with pytest.raises(InputError) as caught:
        function(gap)
    assert_names(str(caught.value), f"region Berlin: found no {column}")


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        pytest.param(1, {"a": "b", "b": "a", "c": "b", "d": "c", "e": "d"}, id="one-with-a-tie-at-b"),
        pytest.param(2, {"a": "bc", "b": "ac", "c": "ab", "d": "bc", "e": "cd"}, id="two-with-a-tie-at-c"),
        pytest.param(4, {"a": "bcde", "b": "acde", "c": "abde", "d": "abce", "e": "abcd"}, id="all-others"),
    ],
)
def test_nearest_regions_and_ties_in_the_order_listed(k, expected):
    assert linked(nearest(LINE, k)) == expected
    assert linked(nearest(LINE, k, "euclidean")) == expected
    assert set(nearest(LINE, k).to_numpy().ravel()) == {0.0, 1.0}


def test_a_tie_goes_to_the_region_that_is_listed_first():
    turned = LINE.loc[list("edcba")]
    assert linked(nearest(turned, 1))["b"] == "c"
    assert linked(nearest(LINE, 1))["b"] == "a"


@pytest.mark.parametrize("k", [1, 2, 3, 6], ids=str)
def test_ties_on_a_lattice_whatever_the_rounding_of_distances(k):
    places = [(x, y) for y in range(6) for x in range(6)]
    table = pd.DataFrame(places, columns=["longitude", "latitude"]) / 10 + 0.7
    found = nearest(table, k, "euclidean").to_numpy()
    for i, (a, b) in enumerate(places):
        order = sorted((((a - x) ** 2 + (b - y) ** 2, j) for j, (x, y) in enumerate(places) if j != i))
        assert np.flatnonzero(found[i]).tolist() == sorted(j for _, j in order[:k])


@pytest.mark.parametrize("k", [5, 6])
def test_more_neighbours_than_there_are_regions(k):
    with pytest.raises(InputError) as caught:
        nearest(LINE, k)
    assert_names(str(caught.value), f"spatial_weights.k: found {k}", "less than the 5 regions")


@pytest.mark.parametrize(
    ("rook", "expected"),
    [
        pytest.param(True, {"a": "bd", "b": "ace", "e": "bdfh", "i": "fh"}, id="rook"),
        pytest.param(False, {"a": "bde", "b": "acdef", "e": "abcdfghi", "i": "efh"}, id="queen"),
    ],
)
def test_squares_that_touch(rook, expected):
    weights = contiguity(SQUARES, rook)
    assert {k: linked(weights)[k] for k in expected} == expected
    np.testing.assert_array_equal(weights, weights.T)
    assert set(weights.to_numpy().ravel()) == {0.0, 1.0}


def t_junctions(turned=False):
    """One long polygon beside three short ones, beside another long one; vertices stand on one side only."""
    along, across = (
        (np.array([0.8731, 0.9177]), np.array([0.9177, -0.8731])) if turned else (np.eye(2)[1], np.eye(2)[0])
    )
    corner = np.array([113.1, 34.2])

    def piece(low, high, left, right):
        ends = ((low, left), (high, left), (high, right), (low, right))
        return Polygon([corner + t * along + s * across for t, s in ends])

    short = [piece(a, b, 0, 0.5) for a, b in pairwise((0, 0.3137, 0.6711, 1))]
    shapes = [piece(0, 1, -0.5, 0), *short, piece(-0.2, 1.2, 0.5, 0.9)]
    return gpd.GeoDataFrame({"region": list("abcde")}, geometry=shapes, crs="EPSG:4326")


@pytest.mark.parametrize("rook", [True, False], ids=["rook", "queen"])
@pytest.mark.parametrize("turned", [True, False], ids=["slanted", "straight"])
@pytest.mark.parametrize("rounded", [True, False], ids=["rounded", "exact"])
def test_a_border_with_vertices_on_one_side_only_is_a_border(rook, turned, rounded, tmp_path):
    shapes = t_junctions(turned)
    if rounded:
        shapes.to_file(tmp_path / "regions.geojson", driver="GeoJSON", COORDINATE_PRECISION=4)
        shapes = gpd.read_file(tmp_path / "regions.geojson")
    weights = contiguity(shapes.set_index("region"), rook)
    assert linked(weights) == {"a": "bcd", "b": "ace", "c": "abde", "d": "ace", "e": "bcd"}
    np.testing.assert_array_equal(weights, weights.T)


def test_polygons_with_a_gap_between_them_are_no_neighbours():
    shapes = gpd.GeoSeries([box(0, 0, 1, 1), box(1.001, 0, 2, 1), box(0, 1.001, 1, 2)], index=list("abc"))
    assert not contiguity(shapes).to_numpy().any()


def test_small_polygons_are_not_all_neighbours_of_one_another():
    small = SQUARES.scale(1e-4, 1e-4, origin=(0, 0))
    for rook in (True, False):
        pd.testing.assert_frame_equal(contiguity(small, rook), contiguity(SQUARES, rook))


@pytest.mark.parametrize("name", ["data/maps/china/provinces.geojson", "data/raw/us-states/regions.geojson"])
@pytest.mark.parametrize("rook", [True, False], ids=["rook", "queen"])
def test_maps_whose_borders_share_vertices_keep_their_neighbours(name, rook):
    from libpysal.graph import Graph

    shapes = gpd.read_file(ROOT / name).set_index("region")
    expected = Graph.build_contiguity(shapes, rook=rook).sparse.toarray()
    np.testing.assert_array_equal(contiguity(shapes, rook), expected)


def test_an_island_has_a_row_of_zeros():
    weights = contiguity(WITH_ISLAND)
    assert list(weights.index) == list("abcdefghiz")
    assert not weights.loc["z"].any()
    assert not weights["z"].any()
    pd.testing.assert_frame_equal(weights.iloc[:9, :9], contiguity(SQUARES))


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param(inverse_distance(CITIES, 2), id="distance"),
        pytest.param(nearest(LINE, 2), id="nearest"),
        pytest.param(contiguity(WITH_ISLAND), id="with-an-island"),
    ],
)
def test_row_standardised_rows_add_up_to_1_and_keep_their_proportions(weights):
    before = weights.copy()
    found = row_standardise(weights)
    alone = (weights == 0).all(axis=1)
    np.testing.assert_allclose(found.sum(axis=1), (~alone).astype(float))
    np.testing.assert_allclose(found.mul(weights.sum(axis=1), axis=0), weights)
    pd.testing.assert_frame_equal(weights, before)


@pytest.mark.parametrize("how", ["none", "row"])
def test_transforming_makes_a_new_table(how):
    weights = inverse_distance(CITIES)
    before = weights.copy()
    found = transform(weights, how)
    pd.testing.assert_frame_equal(found, weights if how == "none" else row_standardise(weights))
    found.iloc[0, 1] = -1
    pd.testing.assert_frame_equal(weights, before)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        pytest.param({"kind": "inverse_distance", "power": 2}, inverse_distance(LINE, 2), id="inverse-distance"),
        pytest.param(
            {"kind": "inverse_distance", "distance": "euclidean"}, inverse_distance(LINE, 1, "euclidean"), id="plane"
        ),
        pytest.param({"kind": "knn", "k": 2}, nearest(LINE, 2), id="knn"),
    ],
)
def test_weights_by_distance_as_the_study_sets_them(setting, expected):
    before = LINE.copy()
    pd.testing.assert_frame_equal(build(SpatialWeights(**setting), LINE), expected)
    pd.testing.assert_frame_equal(LINE, before)


@pytest.mark.parametrize("kind", ["queen", "rook"])
def test_weights_are_in_the_order_of_the_regions_not_of_the_polygons(kind):
    names = list("hbfdgicae")
    found = build(SpatialWeights(kind=kind), points(names, SQUARES), SQUARES)
    assert (list(found.index), list(found.columns)) == (names, names)
    expected = contiguity(SQUARES, rook=kind == "rook")
    pd.testing.assert_frame_equal(found, expected.loc[names, names], check_names=False)


def test_contiguity_needs_polygons():
    with pytest.raises(InputError) as caught:
        build(SpatialWeights(kind="queen"), LINE)
    assert_names(str(caught.value), "kind queen without polygons", "set regions.polygons")


def test_every_island_is_refused_by_name():
    shapes = pd.concat([WITH_ISLAND, gpd.GeoSeries([box(20, 20, 21, 21)], index=["y"])])
    with pytest.raises(InputErrors) as caught:
        build(SpatialWeights(kind="queen"), points(list(shapes.index), shapes), shapes)
    assert_names(
        str(caught.value), "2 faults", "region z: found no neighbour", "region y: found", "islands: nearest", "keep"
    )


def test_islands_are_kept_where_the_study_says_so():
    regions_ = points(list(WITH_ISLAND.index), WITH_ISLAND)
    found = build(SpatialWeights(kind="rook", islands="keep"), regions_, WITH_ISLAND)
    assert found.sum(axis=1).to_dict() == dict(zip("abcdefghiz", [2, 3, 2, 3, 4, 3, 2, 3, 2, 0], strict=True))


ISLAND = [
    *(("RGuangdong", 110, 22), ("RGuangxi", 107, 22), ("RHunan", 110, 25), ("RJiangxi", 113, 25)),
    *(("RFujian", 113, 22), ("RGuizhou", 107, 25), ("RHainan", 109, 18)),
]
COAST = gpd.GeoDataFrame(
    geometry=[box(x, y, x + 2 + (y > 18), y + 2 + (y > 18)) for _, x, y in ISLAND],
    index=pd.Index([name for name, *_ in ISLAND], name="region"),
    crs="EPSG:4326",
)


def test_an_island_is_tied_to_all_that_are_nearest():
    bare = pd.DataFrame(index=COAST.index)
    kept = build(SpatialWeights(kind="queen", islands="keep"), bare, COAST)
    found = build(SpatialWeights(kind="queen", islands="nearest"), bare, COAST)
    np.testing.assert_array_equal(found, found.T)
    assert list(found.columns[found.loc["RHainan"] > 0]) == ["RGuangdong", "RGuangxi"]
    assert found.drop(index="RHainan", columns="RHainan").equals(kept.drop(index="RHainan", columns="RHainan"))
    off = COAST.set_geometry(COAST.geometry.where(COAST.index != "RHainan", box(114, 18, 115, 20)))
    found = build(SpatialWeights(kind="queen", islands="nearest"), bare, off)
    assert list(found.columns[found.loc["RHainan"] > 0]) == ["RFujian"]


def test_an_island_far_north_is_tied_by_kilometres_and_not_by_degrees():
    """At 75 degrees north 4 degrees to the east are 115 km, 2 degrees to the south 223 km."""
    names = ["island", "east", "south", "beyond"]
    shapes = [box(0, 75, 1, 76), box(5, 75, 6, 76), box(0, 72, 1, 73), box(0, 71, 1, 72)]
    north = gpd.GeoDataFrame(geometry=shapes, index=pd.Index(names, name="region"), crs="EPSG:4326")
    bare, setting = pd.DataFrame(index=north.index), SpatialWeights(kind="queen", islands="nearest")
    found = build(setting, bare, north)
    assert found.loc["island"].gt(0).to_dict() == {"island": False, "east": True, "south": False, "beyond": False}
    plane = build(setting, bare, north.set_crs("EPSG:3857", allow_override=True))  # the same numbers as metres
    assert plane.loc["island", "south"] > 0


def test_only_outlines_that_the_date_line_cuts_are_joined_across_it():
    """Islands on both sides of Greenwich stay there where another region reaches the date line from the west."""
    shapes = [MultiPolygon([box(-4, 50, -2, 52), box(2, 50, 4, 52)]), box(178, -18, 180, -16)]
    both = gpd.GeoDataFrame(geometry=shapes, index=pd.Index(["ours", "far"], name="region"), crs="EPSG:4326")
    found = with_points(pd.DataFrame(index=both.index), both)
    np.testing.assert_allclose(found.loc["ours", ["longitude", "latitude"]].astype(float), [0, 51], atol=1e-9)


def test_weights_fall_with_the_distance_itself_unless_a_power_is_given():
    apart = distances(LINE)
    np.testing.assert_array_equal(inverse(apart), inverse(apart, 1.0))
    np.testing.assert_allclose(inverse_distance(LINE).loc["a", "b"], 1 / apart.loc["a", "b"])
    assert [k["power"] for k in SPATIAL_WEIGHTS["inverse_distance"].tried(9)] == [1.0, 2.0]


def test_given_neighbours_are_tied_by_their_points_and_with_the_mean_weight():
    own = pd.DataFrame(0.0, LINE.index, LINE.index)
    own.loc["a", "b"] = own.loc["b", "a"] = 1.0
    own.loc["b", "c"] = own.loc["c", "b"] = 3.0
    found = build(SpatialWeights(kind="file", file="w.csv", islands="nearest"), LINE, None, own)
    assert found.loc["d"].to_dict() == {"a": 0, "b": 0, "c": 2, "d": 0, "e": 2}
    assert found.loc["e"].to_dict() == {"a": 0, "b": 0, "c": 0, "d": 2, "e": 0}


def test_points_come_from_polygons_where_there_are_none():
    bare = pd.DataFrame(index=COAST.index)
    found = build(SpatialWeights(kind="inverse_distance", distance="euclidean"), bare, COAST)
    assert 1 / found.loc["RHainan", "RGuangdong"] == pytest.approx(np.hypot(1.5, 4.5))
    assert round(1 / found.loc["RHainan", "RGuangxi"], 3) == 4.743
    near = build(SpatialWeights(kind="knn", k=1), bare, COAST)
    assert near.loc["RJiangxi", "RHunan"] == 1
    line = gpd.GeoDataFrame(
        geometry=[box(178, 0, 180, 1).union(box(-180, 0, -176, 1)), box(170, 0, 174, 1)],
        index=pd.Index(["over", "west"], name="region"),
        crs="EPSG:4326",
    )
    found = build(SpatialWeights(kind="inverse_distance", distance="great_circle"), line[[]], line)
    assert 1 / found.loc["over", "west"] == pytest.approx(9 * 6371 * np.pi / 180, rel=1e-3)


def test_coordinates_on_a_plane_go_with_euclidean_distance(toy):
    points = {
        "Oak,橡,north,10.0,52.0": "Oak,橡,north,500000,3500000",
        "Elm,榆,north,11.0,52.5": "Elm,榆,north,560000,3530000",
    }
    plane = ("study.yml", "{kind: inverse_distance, power: 1}", "{kind: inverse_distance, distance: euclidean}")
    folder = toy(*(("regions.csv", old, new) for old, new in points.items()), plane)
    places = read_regions(load(folder), folder)
    assert {"longitude", "latitude"} & set(places) == set()  # nothing takes them for degrees
    found = build(load(folder).spatial_weights, places)
    assert 1 / found.loc["Oak", "Elm"] == pytest.approx(np.hypot(60_000, 30_000))
    with pytest.raises(InputError, match="distance: euclidean"):
        distances(places)


def test_the_states_have_107_pairs_of_neighbours(monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(RAW))
    study = load(RAW / "us-states")
    states = read_regions(study, RAW / "us-states")
    weights = build(study.spatial_weights, states, polygons(study, states))
    assert list(weights.index) == list(states.index)
    assert weights.to_numpy().sum() == 2 * 107
    np.testing.assert_array_equal(weights, weights.T)
    assert list(weights.columns[weights.loc["Maine"] > 0]) == ["New Hampshire"]
    assert weights.loc["Tennessee"].sum() == weights.loc["Missouri"].sum() == 8


# Neighbours that a study brings along


def written(folder, file, weights):
    """Write neighbours in one of the forms that are read."""
    pairs = [(a, b, weights.loc[a, b]) for a in weights for b in weights if weights.loc[a, b]]
    path = folder / file
    if file == "list.gal":
        lines = [f"{len(weights)}"]
        for a in weights:
            near = [b for b in weights if weights.loc[a, b]]
            lines += [f"{a} {len(near)}", " ".join(near)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif file.startswith("list"):
        table = pd.DataFrame(pairs, columns=["region", "neighbour", "weight"])
        table.to_csv(path, index=False) if file.endswith("csv") else table.to_excel(path, index=False)
    else:
        table = weights.rename_axis("region").reset_index()
        table.to_csv(path, index=False) if file.endswith("csv") else table.to_excel(path, index=False)


@pytest.mark.parametrize("file", ["list.csv", "list.xlsx", "list.gal", "matrix.csv", "matrix.xlsx"])
def test_neighbours_are_read_from_every_form(file, toy, monkeypatch):
    setting = "spatial_weights: {kind: inverse_distance, power: 1}"
    folder = toy(("study.yml", setting, f"spatial_weights: {{kind: file, file: {file}}}"))
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
    study = load(folder)
    places = read_regions(study, folder)
    ring = pd.DataFrame(0.0, places.index, places.index)
    for k, a in enumerate(places.index):
        b = places.index[(k + 1) % len(places)]
        ring.loc[a, b] = ring.loc[b, a] = 1.0 if file.endswith("gal") else k + 1.0
    written(folder, file, ring)
    assert build(study.spatial_weights, places, None, given_weights(study, places)).equals(ring)


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp"])
def test_polygons_are_read_from_every_form_and_projection(ending, toy, monkeypatch):
    folder = toy()
    places = read_regions(load(folder), folder)
    squares = [
        box(x - 0.1, y - 0.1, x + 0.1, y + 0.1) for x, y in zip(places["longitude"], places["latitude"], strict=True)
    ]
    shapes = gpd.GeoDataFrame({"NAME": places.index}, geometry=squares, crs="EPSG:4326")
    shapes = shapes if ending == "geojson" else shapes.to_crs("EPSG:3857")
    shapes.to_file(folder / f"shapes.{ending}")
    text = (folder / "study.yml").read_text(encoding="utf-8")
    names = f"regions: {{polygons: shapes.{ending}, polygon_name: NAME}}\n"
    (folder / "study.yml").write_text(text + names, encoding="utf-8")
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
    study = load(folder)
    read = polygons(study, places)
    assert list(read.index) == list(places.index)
    centre = read.geometry.centroid
    np.testing.assert_allclose(centre.x, places["longitude"], atol=1e-3)
    np.testing.assert_allclose(centre.y, places["latitude"], atol=1e-3)


@pytest.mark.parametrize("density", [0.05, 1.0], ids=["sparse", "dense"])
def test_shocks_spread_until_they_are_those_of_the_region_and_a_share_of_its_neighbours(density):
    n, rng = 40, np.random.default_rng(4)
    weights = pd.DataFrame(rng.random((n, n)) * (rng.random((n, n)) < density) * ~np.eye(n, dtype=bool))
    shocks = rng.normal(size=(3, 2, n))
    found = spread(weights, 0.7, shocks)
    lag = found @ row_standardise(weights).to_numpy().T
    np.testing.assert_allclose(found - 0.7 * lag, shocks, atol=1e-12)
