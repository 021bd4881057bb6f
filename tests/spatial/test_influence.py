"""One test over all years, and how much Moran's I hangs on single regions, pairs and weights."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from made_up import last_year, made_up
from presented import laid_out, said
from yellow import FILLED, REGIONS, VALUES, YELLOW

from coordination.errors import InputError
from coordination.indices import universe
from coordination.spatial import facts, neighbours
from coordination.spatial.autocorrelation import global_moran
from coordination.spatial.influence import influence
from coordination.spatial.joint import joint_moran
from coordination.study.model import SpatialWeights


def moved(made):
    own = made.coordination[made.coordination["year"] == made.study.years[-1]]
    setting, tail = made.study.spatial_weights, made.study.autocorrelation.tail
    return influence(own, "coordination_degree", setting, made.regions, made.polygons, None, tail, 99)


def joined(made):
    return made.together[made.together["source"] == "data"]


SENTENCES = {
    "joint": lambda m: (joined(m), m.study.autocorrelation),
    "influence": lambda m: (moved(m), m.study.autocorrelation, m.study.years[-1]),
}
TABLES = {
    "influence": lambda m: (moved(m),),
}
FIGURES = {
    "influence": lambda m: (moved(m),),
}
VARIATIONS = {"influence": ["25-regions", "one-year"]}
SAYS = {("influence", "en"): {"Without the region", "Under other weights"}, ("influence", "zh"): {"去掉该地区"}}


def moran(y, w):
    z = np.asarray(y, dtype=float) - np.mean(y)
    return len(y) / w.sum() * (z @ w @ z) / (z @ z)


def test_paths_are_moved_whole():
    rng = np.random.default_rng(4)
    y = rng.random((3, 6)).cumsum(axis=0).round(2)  # three years that depend on one another
    w = rng.random((6, 6)).round(2)
    np.fill_diagonal(w, 0)
    regions = list("abcdef")
    table = pd.DataFrame(y.T, index=regions, columns=[2001, 2002, 2003]).rename_axis("region")
    long = table.reset_index().melt("region", var_name="year", value_name="value")
    row = joint_moran(long, "value", pd.DataFrame(w, regions, regions), "less").iloc[0]
    every = np.array([np.mean([moran(t[list(order)], w) for t in y]) for order in permutations(range(6))])
    own = every[0]
    assert row["moran_i"] == pytest.approx(own)
    assert row["p_exact_greater"] == pytest.approx((every >= own - 1e-9).mean())
    assert row["p_exact_less"] == row["p_permutation"] == pytest.approx((every <= own + 1e-9).mean())
    assert row["p_exact_two_sided"] == pytest.approx((abs(every + 0.2) >= abs(own + 0.2) - 1e-9).mean())
    assert row["permutation_sd"] == pytest.approx(every.std())
    assert row["correlation"] == pytest.approx(np.corrcoef(y).min())
    assert (row["first"], row["last"], row["years"]) == (2001, 2003, 3)


def test_one_year_is_the_test_of_that_year():
    made = made_up(years=1)
    both = joined(made).iloc[0], made.moran[made.moran["source"] == "data"].iloc[0]
    for column in ("moran_i", "p_exact_greater", "p_exact_less", "p_exact_two_sided", "p_exact_doubled"):
        assert both[0][column] == pytest.approx(both[1][column])


def test_the_same_year_again_and_again_is_one_sample():
    made = made_up(years=1)
    again = pd.concat([made.coordination.assign(year=y) for y in (2001, 2002, 2003)])
    w = neighbours.build(made.study.spatial_weights, made.regions)
    once, thrice = (joint_moran(t, "coordination_degree", w).iloc[0] for t in (made.coordination, again))
    assert thrice["p_exact_greater"] == once["p_exact_greater"]  # no more sure than once
    assert thrice["correlation"] == pytest.approx(1)


def test_sixty_regions_are_left_out_at_most_those_with_most_links_first():
    n, regions = 62, pd.DataFrame({"longitude": np.arange(62) / 10, "latitude": 0.0}, [f"r{k:02}" for k in range(62)])
    table = pd.DataFrame({"region": regions.index, "year": 1, "value": np.arange(n) % 7 * 1.0})
    setting = SpatialWeights(kind="inverse_distance", power=2)
    found = influence(table, "value", setting, regions, permutations=9)
    left = list(found.loc[found["kind"] == "region", "region"])
    assert len(left) == 60
    assert set(regions.index) - set(left) == {"r00", "r61"}  # the ends of a line


@pytest.mark.parametrize(("tail", "p"), [("greater", 1 / 100), ("less", 1.0)])
def test_the_map_itself_is_one_of_the_draws(tail, p):
    n, regions = 16, [f"r{k:02}" for k in range(16)]
    w = pd.DataFrame(np.eye(n, k=1) + np.eye(n, k=-1), regions, regions)
    table = pd.concat(pd.DataFrame({"region": regions, "year": t, "value": np.arange(n) * 1.0 * t}) for t in (1, 2))
    row = joint_moran(table, "value", w, tail, permutations=99).iloc[0]  # no draw is as clustered as a line
    assert (row["p_permutation"], row["p_permutation_two_sided"]) == (p, 1 / 100)


def test_paths_are_sampled_where_regions_are_many():
    made = made_up(regions=25, groups=3)
    row = joined(made).iloc[0]
    assert np.isnan(row["p_exact_greater"])
    assert 1 / 100 <= row["p_permutation"] <= 1
    assert 100 * row["p_permutation"] == pytest.approx(round(100 * row["p_permutation"]))  # (r + 1) / (99 + 1)


def test_a_region_left_out_is_a_study_without_it():
    made = made_up(regions=7)
    setting = made.study.spatial_weights
    found = moved(made).query("kind == 'region'").set_index("region")
    assert set(found.index) == set(made.regions.index)
    for name in made.regions.index[:2]:
        rest = made.regions.drop(index=name)
        w = neighbours.transform(neighbours.build(setting, rest), setting.transform)
        own = made.coordination[(made.coordination["year"] == 2003) & (made.coordination["region"] != name)]
        row = global_moran(own, "coordination_degree", w, permutations=99).iloc[0]
        assert found.loc[name, "moran_i"] == pytest.approx(row["moran_i"])
        assert found.loc[name, "p"] == pytest.approx(row["p_exact_greater"])
        assert found.loc[name, "expected_i"] == pytest.approx(-1 / 5)


def test_shares_of_pairs_are_those_of_all_weight():
    made = made_up(regions=6)
    w = neighbours.build(made.study.spatial_weights, made.regions)
    pairs = moved(made).query("kind == 'pair'")
    first = pairs.iloc[0]
    both = (w + w.T).to_numpy()[np.triu_indices(6, 1)] / w.to_numpy().sum()
    assert first["share"] == pytest.approx(both.max())
    assert pairs["share"].is_monotonic_decreasing
    cut = w.copy()
    cut.loc[first["region"], first["neighbour"]] = cut.loc[first["neighbour"], first["region"]] = 0
    y = last_year(made).set_index("region").loc[made.regions.index, "z"]
    assert first["moran_i"] == pytest.approx(moran(y, cut.to_numpy()))


def test_other_weights_that_cannot_be_built_are_left_out():
    made = made_up()
    own = made.coordination[made.coordination["year"] == 2003]
    with_polygons = moved(made)
    without = influence(own, "coordination_degree", made.study.spatial_weights, made.regions, permutations=99)
    # Squares that do not touch are islands
    assert "queen" not in set(without["weights"])
    others = {"inverse_distance_0.5", "inverse_distance_2", "inverse_distance_3", "knn_2", "knn_3"}
    assert set(with_polygons["weights"].dropna()) >= others
    assert "inverse_distance_1" not in set(with_polygons["weights"])  # the study's own
    assert "knn_4" not in set(with_polygons["weights"])  # of five regions


def test_the_table_and_the_sentence_name_what_was_changed():
    made = made_up()
    table = pd.DataFrame(
        [
            ("whole", None, None, None, None, 0.3, -0.25, 0.03, 0.08),
            ("region", "reg_0", None, None, None, 0.02, -1 / 3, 0.2, 0.4),
            ("region", "reg_1", None, None, None, 0.4, -1 / 3, 0.01, 0.02),
            ("pair", "reg_0", "reg_1", None, 0.25, 0.1, -0.25, 0.1, 0.2),
            ("weights", None, None, "inverse_distance_0.5", None, -0.05, -0.25, 0.04, 0.05),
            ("weights", None, None, "knn_2", None, 0.5, -0.25, 0.06, 0.1),
        ],
        columns=["kind", "region", "neighbour", "weights", "share", "moran_i", "expected_i", "p", "p_two_sided"],
    )
    text = said("spatial", "influence", "en", made, table, made.study.autocorrelation, 2003)
    for part in (
        "In 2003 I is 0.300 (p = 0.030); it is held against its expectation, −1/(n − 1) = −0.250, not against 0.",
        "between 0.020 (without Region A) and 0.400 (without Region B); "
        "left out one at a time, two regions leave a p above 5% in one case.",
        "Region A and Region B hold 25.0% of all weight; without their link I is 0.100.",
        "Under two other spatial weights I lies between −0.050 (by inverse distance to the power 0.5) and 0.500 (by 2 "
        "nearest); p exceeds 5% under one of them.",
        "With weights by inverse distance to the power 0.5, I is −0.050 and yet p = 0.040: an index above its "
        "expectation need not be positive to be significant.",
    ):
        assert part in text
    large = table.assign(expected_i=table["expected_i"].replace(-0.25, -1 / 99))  # of 100 regions
    told = {k: said("spatial", "influence", k, made, large, made.study.autocorrelation, 2003) for k in ("en", "zh")}
    assert "Without one of the two regions that hold most weight it lies between 0.020" in told["en"]
    assert "left out one at a time, they leave a p above 5% in one case." in told["en"]
    assert "逐一去掉权重最大的2个地区" in told["zh"]
    shown = laid_out("spatial", "influence", "en", made, table)
    assert shown.iloc[:, 0].tolist() == [
        "nothing", "without Region A", "without Region B", "without the link Region A–Region B",
        "weights: inverse distance to the power 0.5", "weights: 2 nearest",
    ]  # fmt: skip
    assert shown.columns.tolist() == [
        "Changed",
        "Share of weight, %",
        "Moran's I",
        "Expected",
        "p, one-sided",
        "p, two-sided",
    ]


def test_the_last_row_of_a_source_is_all_years_together():
    made = made_up()
    shown = laid_out("spatial", "global_moran", "en", made, made.moran, made.together)
    assert shown["Year"].tolist() == ["2001", "2002", "2003", "2001–2003"] * 2
    assert shown["z"].tolist()[3] == shown["p"].tolist()[3] == "–"
    assert shown["p, exact, one-sided"][3] == f"{joined(made)['p_exact_greater'].iloc[0]:.3f}"
    single = made_up(years=1)
    assert (
        laid_out("spatial", "global_moran", "en", single, single.moran, single.together)["Year"].tolist()
        == ["2001"] * 2
    )


@pytest.fixture(scope="module")
def yellow_river():
    """D of the study, a row a region and year."""
    d = universe.evaluate(VALUES, FILLED, YELLOW, universe.own(YELLOW))[1]
    index = pd.MultiIndex.from_product([REGIONS.index, YELLOW.years], names=["region", "year"])
    return pd.Series(d.ravel(), index, name="d").reset_index()


def test_known_answers_of_the_yellow_river(yellow_river):
    setting, tail = YELLOW.spatial_weights, YELLOW.autocorrelation.tail
    found = influence(yellow_river[yellow_river["year"] == 2023], "d", setting, REGIONS, None, None, tail)
    pair = found[found["kind"] == "pair"].iloc[0]
    assert {pair["region"], pair["neighbour"]} == {"Qinghai", "Gansu"}
    assert pair["share"] == pytest.approx(0.223, abs=5e-4)
    regions = found[found["kind"] == "region"].set_index("region")
    assert regions.loc["Gansu", "moran_i"] == pytest.approx(0.045, abs=5e-4)
    assert (regions["p"] > 0.05).sum() == 5
    root = found[found["weights"] == "inverse_distance_0.5"].iloc[0]
    assert root["moran_i"] == pytest.approx(-0.044, abs=5e-4)
    assert root["p"] == pytest.approx(0.032, abs=5e-4)
    w = neighbours.transform(neighbours.build(setting, REGIONS), setting.transform)
    row = joint_moran(yellow_river, "d", w, tail).iloc[0]
    p = [row[f"p_exact_{k}"] for k in ("greater", "two_sided", "doubled")]
    assert p == pytest.approx([0.035, 0.084, 0.070], abs=5e-4)
    assert row["correlation"] == pytest.approx(0.981, abs=5e-4)


def test_two_sided_p_beyond_ten_regions_are_of_permutations():
    made = made_up(regions=25, groups=3)
    found = moved(made)
    assert found["p_two_sided"].between(0.01, 1).all()
    assert not found["exact"].any()
    row = joined(made).iloc[0]
    assert 0.01 <= row["p_permutation_two_sided"] <= 1
    told = facts.joint(joined(made), made.study.autocorrelation)
    assert told["two"] == row["p_permutation_two_sided"]


@pytest.mark.parametrize(
    ("two", "doubled", "words"),
    [(0.04, 0.03, "established by both"), (0.04, 0.06, "established one-sided only"), (0.06, 0.04, "one-sided only")],
)
def test_both_sides_mean_both_definitions(two, doubled, words):
    made = made_up()
    row = joined(made).assign(p_exact_greater=0.02, p_exact_two_sided=two, p_exact_doubled=doubled)
    assert words in said("spatial", "joint", "en", made, row, made.study.autocorrelation)


def test_years_that_hardly_correlate_are_not_called_dependent():
    made = made_up()
    for correlation, there in ((0.9, True), (-0.2, False)):
        row = joined(made).assign(correlation=correlation)
        for language, words in (("en", "no independent samples"), ("zh", "并非独立样本")):
            assert (words in said("spatial", "joint", language, made, row, made.study.autocorrelation)) == there


def test_a_table_of_several_years_is_refused():
    made = made_up(regions=6)
    with pytest.raises(InputError, match=r"2001, 2002.* expected one year"):
        influence(made.coordination, "coordination_degree", made.study.spatial_weights, made.regions)


@pytest.mark.parametrize("n", [7, 12])
@pytest.mark.parametrize("kind", [{"kind": "knn", "k": 3}, {"kind": "inverse_distance", "power": 2.0}])
def test_without_a_region_or_a_link_everything_is_computed_anew(n, kind):
    rng = np.random.default_rng(n)
    regions = pd.DataFrame(
        {"longitude": rng.uniform(100, 110, n), "latitude": rng.uniform(30, 40, n)},
        index=pd.Index([f"r{k}" for k in range(n)], name="region"),
    )
    table = pd.DataFrame({"region": regions.index, "year": 2020, "value": rng.random(n).round(3)})
    setting = SpatialWeights(**kind, transform="row")
    found = influence(table, "value", setting, regions, None, None, "greater", 99)
    y, raw = table["value"].to_numpy(), neighbours.build(setting, regions, None, None)
    w = neighbours.transform(raw, "row").to_numpy()
    without = found[found["kind"] == "region"].set_index("region")
    assert set(without.index) == set(regions.index)
    for k, name in enumerate(regions.index):
        rest = raw.drop(index=name, columns=name)
        own = neighbours.transform(rest, "row").to_numpy()
        assert without.loc[name, "moran_i"] == pytest.approx(moran(np.delete(y, k), own))
    pairs = found[found["kind"] == "pair"]
    both = (w + w.T) / w.sum()
    heaviest = np.sort(both[np.triu_indices(n, 1)])[::-1][: len(pairs)]
    assert pairs["share"].tolist() == pytest.approx(heaviest.tolist())
    assert len(pairs) == 6
    for row in pairs.to_dict("records"):
        i, j = (regions.index.get_loc(row[c]) for c in ("region", "neighbour"))
        cut = w.copy()
        cut[i, j] = cut[j, i] = 0
        assert row["moran_i"] == pytest.approx(moran(y, cut)), (row["region"], row["neighbour"])
