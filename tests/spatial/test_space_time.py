from itertools import permutations, product

import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
from conftest import RAW
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal import examples
from made_up import made_up
from shapely.geometry import box

from coordination.errors import InputError
from coordination.spatial import association, autocorrelation, neighbours
from coordination.spatial import centre as spatial_centre
from coordination.spatial import change as spatial_change
from coordination.spatial.change import changes, moran_change, power
from coordination.study.document import load
from coordination.study.regions import read_regions

SIX = [(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)]  # of esda's documentation of G_Local
TWELVE = [
    (66.22, 32.54), (22.52, 22.39), (31.01, 81.21), (9.47, 31.02), (30.78, 60.10), (75.21, 58.93), (79.26, 7.68),
    (8.23, 39.93), (98.73, 77.17), (89.78, 42.53), (65.19, 92.08), (54.46, 8.48),
]  # of pointpats' documentation of centrography  # fmt: skip


def frame(values, years=None):
    """A table of values, a row a year."""
    values = np.atleast_2d(np.asarray(values, dtype=float))
    years = list(years or range(2001, 2001 + len(values)))
    rows = [(f"r{i}", year, v) for year, row in zip(years, values, strict=True) for i, v in enumerate(row)]
    return pd.DataFrame(rows, columns=["region", "year", "d"])


def square(matrix):
    names = [f"r{i}" for i in range(len(matrix))]
    return pd.DataFrame(np.asarray(matrix, dtype=float), names, names)


def chain(n):
    return square(np.eye(n, k=1) + np.eye(n, k=-1))


def lopsided(n, seed=4):
    matrix = np.random.default_rng(seed).random((n, n))
    return square(matrix - np.diag(np.diagonal(matrix)))


def scores(first, second):
    parts = {"a": frame(first), "b": frame(second)}
    long = pd.concat([t.rename(columns={"d": "score"}).assign(subsystem=s) for s, t in parts.items()])
    return long.reset_index(drop=True)


def on_a_plane(points):
    return pd.DataFrame(points, [f"r{i}" for i in range(len(points))], ["x", "y"], dtype=float)


def share(values, observed, tail):
    values = np.asarray(values)
    return {"less": values <= observed + 1e-9, "greater": values >= observed - 1e-9}[tail].mean()


def built_in(gal, table, column):
    w = libpysal.io.open(examples.get_path(gal)).read()
    values = np.array(libpysal.io.open(examples.get_path(table)).by_col[column], dtype=float)
    return values, square(w.full()[0])


patterns = st.integers(0, 10**6).map(lambda seed: np.random.default_rng(seed).normal(size=(3, 6)))


# Geary's C


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(("book.gal", "book.txt", "y"), 0.3330108359133128, id="esda-documentation"),
        pytest.param(("stl.gal", "stl_hom.csv", "HR8893"), 0.597128215893689, id="stl"),
        pytest.param(("sids2.gal", "sids2.dbf", "SIDR74"), 0.7252784368504525, id="sids2"),
    ],
)
def test_geary_as_esda_has_it(source, expected):
    values, w = built_in(*source)
    found = association.geary(frame(values), "d", neighbours.row_standardise(w), permutations=99).iloc[0]
    assert found["geary_c"] == pytest.approx(expected, rel=1e-10)
    assert found["p"] == 0.01
    assert not found["exact"]


def test_geary_by_hand():
    # n - 1 = 3, S0 = 6, six squares of 1, sum of squared deviations 5
    assert association.geary(frame([1, 2, 3, 4]), "d", chain(4))["geary_c"].item() == pytest.approx(0.3)


@pytest.mark.parametrize("weights", [chain(5), lopsided(5)], ids=["symmetric", "lopsided"])
def test_geary_p_is_the_share_of_all_arrangements_and_its_mean_is_1(weights):
    values = np.array([1.0, 2.5, 2.6, 7.0, 4.0])
    every = [association.geary(frame(v), "d", weights)["geary_c"].item() for v in permutations(values)]
    found = association.geary(frame(values), "d", weights).iloc[0]
    assert np.mean(every) == pytest.approx(1)
    assert found["p"] == share(every, every[0], "less")
    assert found["p_two_sided"] == (np.abs(np.array(every) - 1) >= abs(every[0] - 1) - 1e-9).mean()
    opposite = association.geary(frame(values), "d", weights, tail="less").iloc[0]
    assert opposite["p"] == share(every, every[0], "greater")


@settings(max_examples=20)
@given(patterns, st.floats(0.01, 100), st.floats(-50, 50))
def test_neither_unit_nor_origin_matters(values, scale, shift):
    w = lopsided(6)
    plain, other = (association.geary(frame(v), "d", w) for v in (values, scale * values + shift))
    np.testing.assert_allclose(plain.drop(columns="exact").astype(float), other.drop(columns="exact").astype(float))
    one, two = (association.hot_spots(frame(v), "d", w) for v in (values, scale * values + shift))
    np.testing.assert_allclose(one[["g_star", "p"]], two[["g_star", "p"]], atol=1e-6)
    first, again = (spatial_change.moran_change({"data": frame(v)}, "d", w) for v in (values, scale * values + shift))
    np.testing.assert_allclose(first.iloc[0, 3:13].astype(float), again.iloc[0, 3:13].astype(float), atol=1e-9)


# Bivariate Moran's I


def test_bivariate_moran_as_esda_has_it():
    first, w = built_in("sids2.gal", "sids2.dbf", "SIDR79")
    second, _ = built_in("sids2.gal", "sids2.dbf", "SIDR74")
    found = association.bivariate_moran(scores(first, second), neighbours.row_standardise(w), permutations=99)
    assert found["bivariate_i"][0] == pytest.approx(0.15613196169625038)
    assert found[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["b", "a"]]


@pytest.mark.parametrize("weights", [chain(5), lopsided(5)], ids=["symmetric", "lopsided"])
def test_bivariate_p_rearranges_both_scores_together(weights):
    x, y = np.array([1.0, 2.5, 2.6, 7.0, 4.0]), np.array([2.0, 2.1, 5.0, 3.0, 9.0])
    found = association.bivariate_moran(scores(x, y), weights).iloc[0]
    w = weights.to_numpy()
    z = [(v - v.mean()) / v.std() for v in (x, y)]
    every = [z[0][list(o)] @ w @ z[1][list(o)] / w.sum() for o in permutations(range(5))]
    assert found["bivariate_i"] == pytest.approx(every[0])
    assert found["expected_i"] == pytest.approx(np.mean(every))
    assert found["correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found["p_greater"] == share(every, every[0], "greater")
    apart = np.abs(every - np.mean(every))
    assert found["p_two_sided"] == (apart >= apart[0] - 1e-9).mean()


def test_symmetric_weights_need_every_pair_once():
    found = association.bivariate_moran(made_up(subsystems=3).scores, neighbours.inverse_distance(made_up().regions))
    assert found.groupby(["first", "second"], sort=False).ngroups == 3
    turned = association.bivariate_moran(made_up(subsystems=3).scores, lopsided_of(made_up()))
    assert turned.groupby(["first", "second"], sort=False).ngroups == 6


def lopsided_of(made):
    return neighbours.row_standardise(neighbours.inverse_distance(made.regions))


def test_a_subsystem_with_itself_is_moran():
    made = made_up()
    own = made.scores[made.scores["subsystem"] == "sys_0"]
    w = neighbours.inverse_distance(made.regions)
    twice = pd.concat([own, own.assign(subsystem="again")])
    moran = autocorrelation.global_moran(own, "score", w, permutations=99)
    found = association.bivariate_moran(twice, w)
    np.testing.assert_allclose(found["bivariate_i"], moran["moran_i"])
    np.testing.assert_allclose(found["p_greater"], moran["p_exact_greater"])
    np.testing.assert_allclose(found["correlation"], 1)


# G*


@pytest.mark.parametrize("how", [lambda w: w, neighbours.row_standardise], ids=["binary", "row-standardised"])
def test_g_star_of_esda_documentation(how):
    near = [[float(0 < np.hypot(a - c, b - d) <= 15) for c, d in SIX] for a, b in SIX]
    found = association.hot_spots(frame([2, 3, 3.2, 5, 8, 7]), "d", how(square(near)))
    expected = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    np.testing.assert_allclose(found["g_star"], expected, atol=1e-8)


@pytest.mark.parametrize("weights", [chain(5), lopsided(5)], ids=["equal", "unequal"])
def test_g_star_p_is_the_share_of_all_arrangements(weights):
    values = np.array([1.0, 2.5, 2.6, 7.0, 4.0])
    found = association.hot_spots(frame(values), "d", weights)
    w = weights.to_numpy() + np.diag(weights.max(axis=1))
    every = np.array([w @ np.array(v) - w.sum(axis=1) * values.mean() for v in permutations(values)])
    np.testing.assert_allclose(found["p"], (np.abs(every) >= np.abs(every[0]) - 1e-9).mean(axis=0))
    np.testing.assert_allclose(found["g_star"], every[0] / every.std(axis=0))
    assert found["exact"].all()


def test_the_unit_of_weights_does_not_matter_for_g_star():
    # Weights 1 / d^3 of distances in km are as small as differences that count as ties
    values, weights = frame([3, 1, 4, 1.5, 9]), lopsided(5)
    found = [association.hot_spots(values, "d", unit * weights, permutations=99) for unit in (1.0, 1e-9)]
    np.testing.assert_allclose(found[1]["g_star"], found[0]["g_star"], rtol=1e-9)
    assert found[1]["p"].tolist() == found[0]["p"].tolist()
    assert found[0]["p"].max() < 1


def test_g_star_is_undefined_for_an_island_and_where_all_weigh_the_same():
    w = chain(5)
    w.loc["r4"] = 0.0
    w["r4"] = 0.0
    alone = association.hot_spots(frame([1, 2, 3, 4, 9]), "d", w).set_index("region").loc["r4"]
    assert np.isnan(alone["g_star"])
    assert alone["p"] == 1
    assert not alone["significant_fdr"]
    everyone = association.hot_spots(frame([1, 2, 3, 9]), "d", square(1 - np.eye(4)))
    assert everyone["g_star"].isna().all()
    assert (everyone["p"] == 1).all()


def test_many_regions_are_sampled_alike_every_time():
    values = np.random.default_rng(1).normal(size=(2, 25))
    runs = [association.hot_spots(frame(values), "d", lopsided(25), permutations=99, seed=s) for s in (1, 1, 2)]
    pd.testing.assert_frame_equal(runs[0], runs[1])
    assert not runs[0]["p"].equals(runs[2]["p"])
    assert (runs[0]["p"] >= 0.01).all()
    assert not runs[0]["exact"].any()


def test_all_values_alike_are_refused():
    for function in (association.geary, association.hot_spots):
        with pytest.raises(InputError, match="the same value in all regions"):
            function(frame([[1, 2, 3, 4], [2, 2, 2, 2]]), "d", chain(4))
    with pytest.raises(InputError, match="at least 4"):
        spatial_change.moran_change({"data": frame([[1, 2, 3], [1, 3, 2]])}, "d", chain(3))


# Change of Moran's I


def moran(values, w):
    z = values - values.mean()
    return len(z) / w.sum() * (z @ w @ z) / (z @ z)


@pytest.mark.parametrize("years", [2, 3, 4])
def test_swapped_runs_every_choice_of_paths_backwards(years):
    values = np.random.default_rng(years).normal(size=(years, 5))
    w = lopsided(5).to_numpy()
    z = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    every = []
    for choice in product([False, True], repeat=5):
        run = np.where(choice, z[::-1], z)
        every.append([moran(v, w) for v in run])
    _, found, exact = spatial_change.swapped(frame(values), "d", lopsided(5))
    assert exact
    np.testing.assert_allclose(found[0], every[0])
    np.testing.assert_allclose(np.sort(found[:, 0]), np.sort(np.array(every)[:, 0]))
    change = np.array(every)[:, -1] - np.array(every)[:, 0]
    row = spatial_change.moran_change({"data": frame(values)}, "d", lopsided(5)).iloc[0]
    assert row["change"] == pytest.approx(change[0])
    assert row["p_less"] == share(change, change[0], "less")
    assert row["p_two_sided"] == share(np.abs(change), abs(change[0]), "greater")
    slopes = np.polyfit(range(years), np.array(every).T, 1)[0]
    assert row["slope"] == pytest.approx(slopes[0])
    assert row["slope_p_less"] == share(slopes, slopes[0], "less")
    orders = [np.polyfit(range(years), [every[0][k] for k in o], 1)[0] for o in permutations(range(years))]
    assert row["order_p_less"] == share(orders, orders[0], "less")
    assert row["order_p_two_sided"] == share(np.abs(orders), abs(orders[0]), "greater")


@settings(max_examples=30)
@given(patterns)
def test_time_reversed_turns_the_change_round(values):
    ahead, back = (
        spatial_change.moran_change({"data": frame(v)}, "d", lopsided(6)).iloc[0] for v in (values, values[::-1])
    )
    assert ahead["change"] == pytest.approx(-back["change"], abs=1e-9)
    assert ahead["slope"] == pytest.approx(-back["slope"], abs=1e-9)
    assert ahead["p_two_sided"] == pytest.approx(back["p_two_sided"])
    assert ahead["p_less"] + back["p_less"] >= 1
    assert 2 / 2**6 <= ahead["p_two_sided"] <= 1


def test_growth_is_no_change_of_the_pattern():
    pattern = np.array([1.0, 2.0, 4.0, 3.0, 7.0])
    row = spatial_change.moran_change({"data": frame([pattern, 3 * pattern + 10])}, "d", chain(5)).iloc[0]
    assert row["change"] == pytest.approx(0, abs=1e-12)
    assert row["p_less"] == row["p_two_sided"] == 1


def test_a_pattern_that_is_scattered_is_found():
    clustered = np.repeat([0.0, 1.0, 2.0], 4) + np.linspace(0, 0.3, 12)
    scattered = clustered.reshape(3, 4).T.ravel()
    row = spatial_change.moran_change({"data": frame([clustered, scattered])}, "d", chain(12)).iloc[0]
    assert row["moran_first"] > 0.7
    assert row["moran_last"] < 0
    assert row["p_less"] < 0.01


def test_where_regions_move_independently_the_test_keeps_its_size():
    rng, w, found = np.random.default_rng(7), chain(9), []
    smooth = np.linalg.inv(np.eye(9) - 0.6 * neighbours.row_standardise(w).to_numpy())
    for _ in range(300):
        lasting = smooth @ rng.normal(size=9)
        table = frame(lasting + 0.3 * rng.normal(size=(2, 9)))
        found.append(spatial_change.moran_change({"data": table}, "d", w).iloc[0]["p_two_sided"])
    assert 0.01 <= np.mean(np.array(found) <= 0.05) <= 0.085


def test_two_years_have_one_test():
    row = spatial_change.moran_change(
        {"data": made_up(years=2).coordination}, "coordination_degree", weights_of()
    ).iloc[0]
    assert row["slope"] == pytest.approx(row["change"])
    assert row["slope_p_two_sided"] == row["p_two_sided"]
    assert row["order_p_two_sided"] == 1


def weights_of():
    return neighbours.inverse_distance(made_up().regions)


def test_a_single_year_has_no_change():
    table = made_up(years=1).coordination
    row = spatial_change.moran_change({"data": table, "published": None}, "coordination_degree", weights_of())
    assert len(row) == 1
    assert row.iloc[0, 5:13].isna().all()
    assert row["first"].item() == row["last"].item() == 2001
    assert spatial_change.changes({"data": table, "published": None}, "coordination_degree", weights_of()) == {}


def test_choices_that_leave_no_differences_are_left_out():
    values = [[1, -1, 1, -1, 2, -2], [-1, 1, -1, 1, -2, 2]]
    values = np.array(values)[:, :4]
    _, found, _ = spatial_change.swapped(frame(values), "d", chain(4))
    assert len(found) == 14
    assert np.isfinite(found).all()


def test_changes_are_those_of_the_test():
    made = made_up(regions=25, groups=3)
    w = neighbours.inverse_distance(made.regions)
    tables = {"data": made.coordination}
    settings = {"permutations": 99, "seed": 5}
    row = spatial_change.moran_change(tables, "coordination_degree", w, **settings).iloc[0]
    (values,) = spatial_change.changes(tables, "coordination_degree", w, **settings).values()
    assert len(values) == 100
    assert values[0] == row["change"]
    assert row["p_less"] == share(values, values[0], "less")
    assert not row["exact"]


def test_slope():
    assert spatial_change.slope([1, 3, 5]) == pytest.approx(2)
    np.testing.assert_allclose(spatial_change.slope([[1, 2], [4, 2]]), [1, -2])
    assert np.isnan(spatial_change.slope([3.0]))


# Centre of gravity and ellipse


def test_ellipse_as_pointpats_has_it():
    found = spatial_centre.ellipse(TWELVE[:11], np.ones(11))
    # pointpats divides by n - 2; its angle is that of the axis of its first length to the x axis, counterclockwise
    np.testing.assert_allclose(
        found[["major", "minor"]], np.array([50.13029459102783, 37.95222670267865]) * np.sqrt(9 / 11)
    )
    centre = spatial_centre.ellipse(TWELVE, np.arange(1, 13))[["x", "y"]]
    np.testing.assert_allclose(centre, [59.29448718, 47.52282051])


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0, 360), st.floats(0.1, 10))
def test_ellipse_turns_moves_and_grows_with_the_points(seed, turn, scale):
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(size=(7, 2)) * [3, 1], rng.random(7)
    angle = np.radians(turn)
    clockwise = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    plain = spatial_centre.ellipse(points, weights)
    turned = spatial_centre.ellipse(scale * points @ clockwise + [5, -3], 9 * weights)
    np.testing.assert_allclose(turned[["major", "minor"]], scale * plain[["major", "minor"]])
    np.testing.assert_allclose(
        turned[["x", "y"]].astype(float), scale * plain[["x", "y"]].to_numpy() @ clockwise + [5, -3], atol=1e-9
    )
    apart = (turned["bearing"] - plain["bearing"] - turn) % 180
    assert min(apart, 180 - apart) < 1e-6


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        pytest.param([1, 1, 1, 1], [0, 0, 1, 1, np.nan], id="a-circle"),
        pytest.param([0, 0, 0, 2], [0, -1, 0, 0, np.nan], id="one-point"),
        pytest.param([1, 1, 0, 0], [0, 0, np.sqrt(2), 0, 90], id="a-line"),
        pytest.param([0, 0, 0, 0], [np.nan] * 5, id="nothing"),
    ],
)
def test_ellipses_by_hand(weights, expected):
    found = spatial_centre.ellipse([(1, 0), (-1, 0), (0, 1), (0, -1)], weights)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("weight", [-0.1, np.nan, np.inf], ids=str)
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(InputError, match="negative weight"):
        spatial_centre.ellipse([(0, 0), (1, 1)], [1, weight])


@pytest.mark.parametrize(
    ("east", "north", "expected"), [(0, 1, 0), (1, 0, 90), (0, -1, 180), (-1, 0, 270), (1, 1, 45)], ids=str
)
def test_bearings(east, north, expected):
    assert spatial_centre.bearing(east, north) == expected


def test_no_displacement_has_no_bearing():
    assert np.isnan(spatial_centre.bearing(0, 0))


def test_distances_from_the_middle_are_true():
    regions = made_up().regions
    points, outlines = spatial_centre.projected(regions)
    assert outlines is None
    numbers = dict(part.split("=") for part in points.attrs["crs"].split() if "=" in part)
    middle = pd.DataFrame(
        {"longitude": [float(numbers["+lon_0"])], "latitude": [float(numbers["+lat_0"])]}, index=["middle"]
    )
    both = pd.concat([middle, regions[["longitude", "latitude"]]])
    true = neighbours.distances(both).loc["middle"].iloc[1:]
    np.testing.assert_allclose(np.hypot(points["x"], points["y"]), true, rtol=1e-6)


def test_the_date_line_divides_nothing():
    regions = pd.DataFrame({"longitude": [179.0, -179.0], "latitude": [10.0, 10.0]}, index=["a", "b"])
    points, _ = spatial_centre.projected(regions)
    assert np.abs(points.to_numpy()).max() < 120


@pytest.mark.parametrize("crs", [None, "EPSG:4326"], ids=["no-crs", "crs"])
def test_polygons_stand_in_for_points(crs):
    polygons = gpd.GeoDataFrame(geometry=[box(0, 0, 2, 2), box(4, 0, 6, 2)], index=["a", "b"], crs=crs)
    points, outlines = spatial_centre.projected(pd.DataFrame(index=["b", "a"]), polygons)
    assert list(points.index) == ["b", "a"]
    assert points["x"].tolist() == pytest.approx([222.3, -222.3], abs=0.2)
    assert outlines.geometry["a"].area == pytest.approx(222.4**2, rel=0.01)


def test_without_points_and_polygons_there_is_no_plane():
    assert spatial_centre.projected(pd.DataFrame(index=["a"])) == (None, None)


def test_the_path_of_the_centre():
    points, _ = spatial_centre.projected(pd.DataFrame({"longitude": [100.0, 102], "latitude": [0.0, 0]}, ["r0", "r1"]))
    path = spatial_centre.centres(frame([[1, 1], [1, 3], [0, 1]]), "d", points)
    half = 6371 * np.radians(1)
    np.testing.assert_allclose(path["x"], [0, half / 2, half], atol=1e-6)
    np.testing.assert_allclose(path["longitude"], [101, 101.5, 102], atol=1e-6)
    np.testing.assert_allclose(path["moved"], [np.nan, half / 2, half / 2])
    np.testing.assert_allclose(path["from_first"], [0, half / 2, half], atol=1e-9)
    assert np.isnan(path["direction"][0])
    assert path["direction"][1:].tolist() == pytest.approx([90, 90])
    assert path["area"].tolist() == pytest.approx([0, 0, 0], abs=1e-3)


# Trend surfaces


def test_a_plane_is_found():
    points = on_a_plane([(0, 0), (100, 0), (0, 100), (100, 100), (50, 20), (30, 80)])
    values = 2 + 0.003 * points["x"] - 0.004 * points["y"]
    found = spatial_centre.trend_surface(frame(values), "d", points).set_index("order")
    assert found["r_squared"][1] == pytest.approx(1)
    assert found["p"][1] == 1 / 720
    assert found["rise"][1] == pytest.approx(0.5)
    assert found["bearing"][1] == pytest.approx(np.degrees(np.arctan2(3, -4)) % 360)
    assert found["exact"][1]
    assert found["reason"].tolist() == ["", "few"]


def test_surfaces_as_least_squares_has_them():
    rng = np.random.default_rng(2)
    points, values = on_a_plane(rng.uniform(0, 500, (14, 2))), rng.normal(size=(2, 14))
    found = spatial_centre.trend_surface(frame(values), "d", points, permutations=99)
    x, y = points.to_numpy().T
    for order, terms in ((1, [x, y]), (2, [x, y, x * x, x * y, y * y])):
        design = np.column_stack([np.ones(14), *terms])
        for year, v in zip((2001, 2002), values, strict=True):
            left = v - design @ np.linalg.lstsq(design, v, rcond=None)[0]
            row = found[(found["order"] == order) & (found["year"] == year)].iloc[0]
            assert row["r_squared"] == pytest.approx(1 - left @ left / ((v - v.mean()) @ (v - v.mean())), rel=1e-6)
    assert found["reason"].eq("").all()
    assert found.loc[found["order"] == 2, ["rise", "bearing"]].isna().all(axis=None)


def test_p_of_a_surface_is_the_share_of_all_arrangements():
    points = on_a_plane([(0, 0), (100, 0), (0, 100), (100, 100), (50, 20), (30, 80)])
    values = [1.0, 3.0, 2.0, 7.0, 2.5, 4.0]
    every = [
        spatial_centre.trend_surface(frame(v), "d", points)["r_squared"][0] for v in list(permutations(values))[::40]
    ]
    design = np.column_stack([np.ones(6), points])
    hat = design @ np.linalg.pinv(design)
    z = np.array([np.array(v) - np.mean(values) for v in permutations(values)])
    r_squared = np.einsum("pi,ij,pj->p", z, hat, z) / (z[0] @ z[0])
    np.testing.assert_allclose(every, r_squared[::40])
    found = spatial_centre.trend_surface(frame(values), "d", points)
    assert found["p"][0] == share(r_squared, r_squared[0], "greater")


@pytest.mark.parametrize(
    ("points", "reasons"),
    [
        pytest.param([(k, 2 * k) for k in range(14)], ["line", "line"], id="on-a-line"),
        pytest.param([(k % 2, k // 2) for k in range(14)], ["", "line"], id="two-columns"),
        pytest.param([(k % 2, k // 2) for k in range(5)], ["few", "few"], id="few"),
        pytest.param([(1.0, 1.0)] * 6, ["line", "few"], id="one-place"),
    ],
)
def test_surfaces_that_are_refused(points, reasons):
    found = spatial_centre.trend_surface(frame(np.arange(len(points))), "d", on_a_plane(points), permutations=99)
    assert found["reason"].tolist() == reasons
    refused = found["reason"] != ""
    assert found.loc[refused, ["r_squared", "p", "rise", "bearing"]].isna().all(axis=None)
    assert found.loc[~refused, "r_squared"].notna().all()


@pytest.mark.parametrize("value", [1.0, 0.0, -0.3])
def test_a_surface_of_a_constant_is_refused(value):
    with pytest.raises(InputError, match="no values that differ"):
        spatial_centre.trend_surface(frame([value] * 6), "d", on_a_plane(np.eye(6, 2)))


# Every shape of study


@pytest.mark.parametrize(
    "shape",
    [{}, {"regions": 4, "groups": 1}, {"years": 1}, {"years": 8, "periods": True}, {"subsystems": 3}],
    ids=["plain", "one-group", "one-year", "periods", "3-subsystems"],
)
def test_studies_of_any_shape(shape):
    from made_up import over_space

    made = made_up(**shape)
    found = over_space(made)
    years = list(made.study.years)
    assert found.geary["year"].tolist() == years
    assert found.path["year"].tolist() == years
    assert found.change.iloc[0][["first", "last"]].tolist() == [years[0], years[-1]]
    assert len(found.spots) == len(years) * len(made.regions)
    for table in (found.geary["p"], found.bivariate["p_two_sided"], found.spots["p"]):
        assert table.between(0, 1).all()


def test_the_critical_change_is_the_smallest_that_is_significant():
    rng = np.random.default_rng(8)
    table = pd.DataFrame(
        [(f"r{k}", t, rng.normal()) for k in range(8) for t in (2001, 2002)], columns=["region", "year", "value"]
    )
    w = rng.random((8, 8))
    np.fill_diagonal(w, 0)
    names = [f"r{k}" for k in range(8)]
    w = pd.DataFrame(w, names, names)
    every = changes({"data": table}, "value", w)["data"]
    assert len(every) == 2**8
    for level in (0.01, 0.05, 0.2):
        row = moran_change({"data": table}, "value", w, significance=level).iloc[0]
        falls = sorted(c for c in set(every) if c < 0 and (every <= c + 1e-9).mean() <= level)
        assert row["critical"] == pytest.approx(falls[-1])
        assert (row["p_less"] <= level) == (row["change"] <= row["critical"] + 1e-9)
    none = moran_change({"data": table}, "value", w, significance=0.001).iloc[0]
    assert np.isnan(none["critical"])  # the least p of 256 choices is larger


@pytest.mark.parametrize("statistic", [spatial_centre.centres, spatial_centre.trend_surface])
def test_regions_without_a_point_and_points_without_a_region_are_refused(statistic):
    values, points = frame([3.0, 1, 4, 1, 5, 9]), on_a_plane(np.random.default_rng(1).random((6, 2)))
    for table, places, odd in ((values, points[:5], "r5"), (values[values["region"] != "r2"], points, "r2")):
        with pytest.raises(InputError, match=f"regions that do not match: {odd}"):
            statistic(table, "d", places)


def test_power_grows_with_what_persists_and_size_is_that_of_the_test():
    ring = np.eye(9)[(np.arange(9) + 1) % 9] + np.eye(9)[(np.arange(9) - 1) % 9]
    ring = pd.DataFrame(ring, list("abcdefghi"), list("abcdefghi"))
    found = power(ring, correlations=(0, 0.9), draws=600, seed=1)
    assert found["power"].is_monotonic_increasing
    assert (found["power"] > found["size"]).all()
    null = power(ring, first=0, last=0, correlations=(0,), draws=2000, seed=2).iloc[0]
    assert null["power"] == null["size"] == pytest.approx(0.05, abs=0.015)  # exact where neighbours are independent
    many = pd.DataFrame(np.ones((30, 30)) - np.eye(30))
    assert 0 <= power(many, draws=50, seed=1)["power"].min() <= 1


def test_power_over_the_yellow_river_is_low():
    study = load(RAW / "yellow-river")
    regions = read_regions(study, RAW / "yellow-river")
    weights = neighbours.build(study.spatial_weights, regions)
    found = power(weights, correlations=(0, 0.9), draws=1000).set_index("correlation")
    assert found.loc[0.9, "power"] == pytest.approx(0.41, abs=0.04)
    assert found.loc[0, "power"] == pytest.approx(0.14, abs=0.03)
