import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from coordination.errors import InputError
from coordination.pipeline.files import published
from coordination.replication import measures, scoreboard, versions
from coordination.replication.register import ABOUT_SPACE
from coordination.sections import exact_column
from coordination.spatial import autocorrelation, neighbours, permutation
from coordination.spatial import change as spatial_change
from coordination.spatial.autocorrelation import by_source, global_moran, local_moran
from coordination.study.document import load
from coordination.study.regions import read_regions

YELLOW = load(ROOT / "data" / "raw" / "yellow-river")
REGIONS = read_regions(YELLOW, ROOT / "data" / "raw" / "yellow-river")
REGISTER = published(YELLOW, "claims", printed=True)
PRINTED = published(YELLOW, "table4_coordination", printed=True)
WEIGHTS = neighbours.build(YELLOW.spatial_weights, REGIONS)


def evidence():
    """What the two routes have to say: the published D, and made-up scores."""
    rng = np.random.default_rng(1)
    index = pd.MultiIndex.from_product([REGIONS.index, YELLOW.years], names=["region", "year"])
    scores = pd.DataFrame({s.id: rng.uniform(0.05, 0.9, len(index)) for s in YELLOW.subsystems}, index=index)
    degrees = ((scores.prod(axis=1)) ** 0.25).rename("coordination_degree").reset_index()
    long = scores.rename_axis(columns="subsystem").stack().rename("score").reset_index()
    sources = {"published": PRINTED.astype({"year": int, "coordination_degree": float}), "data": degrees}
    moran, local = (
        by_source(f, sources, "coordination_degree", WEIGHTS, permutations=99) for f in (global_moran, local_moran)
    )
    change = spatial_change.moran_change(sources, "coordination_degree", WEIGHTS)
    return scoreboard.routes(long, degrees, PRINTED, moran, local, change)


EVIDENCE = {e.route: e for e in evidence()}


def cube(table):
    wide = table.pivot(index="region", columns="year", values="value").loc[REGIONS.index]
    return wide.to_numpy()[None], list(wide)


def many(values, years=YELLOW.years):
    degree = {"coordination_degree": np.full((1, 9, len(years)), 0.4)}
    return versions.computed(degree | values, years, YELLOW, REGIONS, {"own": WEIGHTS})["own"]


def holds(row, degrees):
    return measures.holds(row, many({"coordination_degree": degrees}))


@pytest.mark.parametrize("route", EVIDENCE)
@pytest.mark.parametrize("row", REGISTER.to_dict("records"), ids=lambda r: r["id"])
def test_a_claim_holds_where_the_scoreboard_says_so(row, route):
    """What follows from D and weights here is computed, there read from the hand-over tables."""
    own = EVIDENCE[route]
    cubes = {name: cube(table) for name, table in own.values.items()}
    values, years = {k: v for k, (v, _) in cubes.items()}, cubes["coordination_degree"][1]
    board = scoreboard.claim(row, own, YELLOW, REGIONS)
    found = measures.holds(row, many(values, years))
    if found is None:
        assert {r["verdict"] for r in board} <= {"not testable"}
        return
    if row["variable"] in ABOUT_SPACE:
        board = [r for r in board if r["convention"] != "normal"]
        found = found[0]
    assert [r["verdict"].startswith("reproduced") for r in board] == list(found)


@pytest.mark.parametrize(("n", "significance"), [(4, 0.3), (9, 0.05), (9, 0.4)])
def test_a_fall_of_moran_is_tested_as_one_by_one(n, significance, monkeypatch):
    rng = np.random.default_rng(n)
    first = rng.uniform(0.2, 0.8, (40, n))
    last = first + rng.normal(0, np.repeat([0.02, 0.3], 20)[:, None], (40, n))
    names = [f"region {k}" for k in range(n)]
    weights = pd.DataFrame(rng.uniform(0, 1, (n, n)) * (1 - np.eye(n)), names, names)
    expected = []
    for pair in zip(first, last, strict=True):
        table = pd.DataFrame({"region": names * 2, "year": np.repeat([1, 2], n), "value": np.concatenate(pair)})
        own = spatial_change.moran_change({"data": table}, "value", weights).iloc[0]
        expected.append(own["change"] < 0 and own["p_less"] <= significance)
    assert list(spatial_change.weakened(first, last, weights, significance)) == expected
    monkeypatch.setattr(permutation, "BATCH", 2**n * 3)
    assert list(spatial_change.weakened(first, last, weights, significance)) == expected
    assert 0 < sum(expected) < 40
    first[0] = last[1] = 0.5
    assert not spatial_change.weakened(first, last, weights, significance)[:2].any()  # no differences, nothing to test


def test_a_fall_of_moran_with_many_regions_is_tested_in_some_choices():
    rng = np.random.default_rng(7)
    n = 30
    weights = (np.abs(np.subtract.outer(np.arange(n), np.arange(n))) == 1).astype(float)
    clustered, mixed = np.sort(rng.uniform(0, 1, n)), rng.permutation(n) / n
    assert spatial_change.weakened(np.array([clustered, mixed]), np.array([mixed, clustered]), weights).tolist() == [
        True,
        False,
    ]


def test_many_versions_are_judged_as_one_by_one():
    rng = np.random.default_rng(5)
    values = {"coordination_degree": rng.uniform(0.2, 0.8, (40, 9, 11))}
    for row in REGISTER.to_dict("records"):
        if row["variable"] == "coordination_degree":
            alone = [holds(row, v[None])[0] for v in values["coordination_degree"]]
            assert list(holds(row, values["coordination_degree"])) == alone, row["id"]


def test_moran_agrees_with_the_scalar_implementation():
    own = EVIDENCE["data"]
    values, years = cube(own.values["coordination_degree"])
    i, z = versions.moran(values, WEIGHTS)
    table = own.moran.set_index("year").loc[years]
    assert i[0] == pytest.approx(table["moran_i"], abs=1e-12)
    assert z[0] == pytest.approx(table["z_randomisation"], abs=1e-9)


def test_where_all_regions_are_alike_nothing_spatial_holds():
    row = next(r for r in REGISTER.to_dict("records") if r["id"] == "I-positive")
    alike = np.full((1, 9, 11), 0.4)
    assert not holds(row, alike).any()


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"period": "2013–2023"}, "period '2013–2023' of X"),
        ({"period": "2023-2013"}, "period '2023-2013' of X"),
        ({"tolerance": "some"}, "tolerance 'some' of X"),
        ({"expected": "high"}, "expected 'high' of X"),
        ({"expected": "nan"}, "expected 'nan' of X"),
        ({"place": "Atlantis"}, "place 'Atlantis'"),
        ({"measure": "median"}, "measure 'median' of X.*one of mean, change, growth, level, trend"),
        ({"measure": "growth"}, "period '2013' of X.*two years"),
        ({"measure": "highest_growth", "place": "upstream", "period": "2013-2023"}, "place 'upstream' of X"),
        ({"measure": "level", "expected": "superb"}, "expected 'superb' of X.*one of extreme imbalance"),
        ({"measure": "order", "expected": "upstream<north"}, "expected 'upstream<north' of X.*upstream, midstream"),
        ({"measure": "highest", "expected": "Henan>Henan"}, "expected 'Henan>Henan' of X"),
    ],
)
def test_a_malformed_claim_is_refused(change, parts):
    row = dict(REGISTER.iloc[0]) | {"id": "X"} | change
    values = {"digital_technology": np.full((1, 9, 11), 0.4)}
    with pytest.raises(InputError, match=parts):
        measures.holds(row, many(values))


@pytest.mark.parametrize("n", [2, 3])
def test_moran_of_three_regions_has_no_variance(n):
    rng = np.random.default_rng(1)
    index, z = versions.moran(rng.random((20, n, 2)), rng.random((n, n)) * (1 - np.eye(n)))
    assert np.isfinite(index).all()
    assert np.isnan(z).all()


@pytest.mark.parametrize("density", [0.02, 1.0], ids=["sparse", "dense"])
def test_many_regions_have_the_moran_and_quadrants_of_few(density, monkeypatch):
    rng = np.random.default_rng(3)
    w = rng.random((60, 60)) * (rng.random((60, 60)) < density) * ~np.eye(60, dtype=bool)
    values = rng.random((4, 60, 3))
    few = versions.moran(values, w), versions.quadrants(values[:, :, 0], w)
    monkeypatch.setattr(permutation, "SPARSE", 10)
    many = versions.moran(values, w), versions.quadrants(values[:, :, 0], w)
    np.testing.assert_allclose(many[0], few[0], atol=1e-12)
    np.testing.assert_allclose(many[1][1], few[1][1], atol=1e-12)
    for axes in ("means", "zero"):
        np.testing.assert_array_equal(many[1][0][axes], few[1][0][axes])


def patterns():
    """D in which Moran's I is as high, and as low, as the weights allow, in every year."""
    centre = np.eye(9) - 1 / 9
    symmetric = (WEIGHTS.to_numpy() + WEIGHTS.to_numpy().T) / 2
    vectors = np.linalg.eigh(centre @ symmetric @ centre)[1]
    return [np.repeat(0.5 + vectors[:, [k]] / 4, 11, axis=1) for k in (-1, 0)]


POSITIVE = next(r for r in REGISTER.to_dict("records") if r["id"] == "I-positive")


@pytest.mark.parametrize(
    ("expected", "found"), [("positive", [True, False, False]), ("negative", [False, True, False])], ids=str
)
def test_the_sign_of_moran_is_that_of_every_year(expected, found):
    clustered, apart = patterns()
    mixed = np.hstack([apart[:, :1], clustered[:, 1:]])
    assert holds(POSITIVE | {"expected": expected}, np.stack([clustered, apart, mixed]))[:, 0].tolist() == found


def test_a_claim_about_moran_is_judged_in_its_own_years():
    clustered, apart = patterns()
    degrees = np.hstack([apart[:, :1], clustered[:, 1:]])[None]
    assert holds(POSITIVE, degrees).tolist() == [[False]]
    assert holds(POSITIVE | {"period": "2014-2023"}, degrees).tolist() == [[True]]
    assert holds(POSITIVE | {"period": "2012-2023"}, degrees) is None


@pytest.mark.parametrize("tail", ["greater", "less", "two-sided"])
def test_significance_in_many_versions_is_that_of_permutations_one_by_one(tail):
    study = YELLOW.model_copy(update={"autocorrelation": YELLOW.autocorrelation.model_copy(update={"tail": tail})})
    rng, years = np.random.default_rng(8), tuple(range(2013, 2018))
    d = rng.uniform(0.2, 0.8, (60, 9, 5)) + np.linspace(0, 0.4, 60)[:, None, None] * rng.standard_normal((60, 9, 1))
    d[3, :, 2] = 0.5
    many_, few = (
        versions.computed({"coordination_degree": x}, years, study, REGIONS, {"own": WEIGHTS})["own"].space
        for x in (d, d[:2])
    )
    found = many_.p_values([0, 1, 2, 3, 4])
    assert list(found) == list(dict.fromkeys((tail, "two-sided")))
    z = d - d.mean(axis=1, keepdims=True)
    z = z / np.where(z.std(axis=1, keepdims=True) > 0, z.std(axis=1, keepdims=True), np.nan)
    z, w = np.swapaxes(z, 1, 2).reshape(-1, 9), np.asarray(WEIGHTS)
    observed = np.einsum("mi,ij,mj->m", z, w, z)
    for name, p in found.items():
        whole = permutation.sampled_global(z, w, observed, -w.sum() / 8, versions.DRAWS, study.seed)[name].reshape(
            60, 5
        )
        whole[3, 2] = np.nan
        assert (((p <= 0.05).sum(axis=1) > 2.5) == ((whole <= 0.05).sum(axis=1) > 2.5)).all()
    names = list(REGIONS.index)
    long = pd.DataFrame({"region": names, "year": 1, "d": d[1, :, 4]})
    row = autocorrelation.global_moran(long, "d", pd.DataFrame(w, names, names), tail).iloc[0]
    exact = few.p_values([4])
    assert exact[tail][1, 0] == pytest.approx(row[exact_column(tail)], abs=1e-12)
    assert exact["two-sided"][1, 0] == pytest.approx(row["p_exact_two_sided"], abs=1e-12)


def test_growth_is_claimed_of_nothing_where_every_year_has_a_scale_of_its_own():
    method = YELLOW.method.model_copy(update={"normalisation": "year"})
    apart = YELLOW.model_copy(update={"method": method})
    dropped = 0
    for row in REGISTER.to_dict("records"):
        for own in EVIDENCE.values():
            usual, told = (scoreboard.claim(row, own, study, REGIONS) for study in (YELLOW, apart))
            if "over_time" in measures.needs(row) and usual and usual[0]["reason"] != [{"because": "no_years"}]:
                dropped += 1
                assert {r["verdict"] for r in told} == {"not testable"}
                assert {str(r["reason"]) for r in told} == {str([{"because": "no_comparison"}])}
                assert measures.holds(row, own.results(apart, REGIONS)) is None
            else:
                assert str(told) == str(usual)  # which holds missing numbers
    assert dropped > 10
