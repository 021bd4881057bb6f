import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from coordination.errors import InputError
from coordination.pipeline.files import published
from coordination.replication import measures, scoreboard, versions
from coordination.spatial import change as spatial_change
from coordination.spatial import neighbours
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


@pytest.mark.parametrize("route", EVIDENCE)
@pytest.mark.parametrize("row", REGISTER.to_dict("records"), ids=lambda r: r["id"])
def test_a_claim_holds_where_the_scoreboard_says_so(row, route):
    """Two implementations: one version at a time there, many at once here."""
    own = EVIDENCE[route]
    cubes = {name: cube(table) for name, table in own.values.items()}
    values, years = {k: v for k, (v, _) in cubes.items()}, cubes["coordination_degree"][1]
    board = measures.claim(row, own, YELLOW, REGIONS)
    if row["variable"] in versions.SPATIAL:
        found = versions.spatial_holds(row, values["coordination_degree"], years, WEIGHTS, YELLOW, REGIONS)
        board = [r for r in board if "exact" not in r["statistic"]]
        if row["variable"] == "quadrant":
            board = board[::-1]  # there the axes at the means come first
        found = list(found[0])
    else:
        found = versions.holds(row, values, years, YELLOW, REGIONS)
        if found is None:
            assert {r["verdict"] for r in board} <= {"not testable"}
            return
    assert [r["verdict"].startswith("reproduced") for r in board] == list(found)


@pytest.mark.parametrize(("n", "significance"), [(4, 0.3), (9, 0.05), (9, 0.4)])
def test_a_fall_of_moran_is_tested_as_one_by_one(n, significance):
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
    assert list(versions.weakened(first, last, weights, significance)) == expected
    assert 0 < sum(expected) < 40
    first[0] = last[1] = 0.5
    assert not versions.weakened(first, last, weights, significance)[:2].any()  # no differences, nothing to test


def test_a_fall_of_moran_with_many_regions_is_tested_in_some_choices():
    rng = np.random.default_rng(7)
    n = 30
    weights = (np.abs(np.subtract.outer(np.arange(n), np.arange(n))) == 1).astype(float)
    clustered, mixed = np.sort(rng.uniform(0, 1, n)), rng.permutation(n) / n
    assert versions.weakened(np.array([clustered, mixed]), np.array([mixed, clustered]), weights).tolist() == [
        True,
        False,
    ]


def test_many_versions_are_judged_as_one_by_one():
    rng = np.random.default_rng(5)
    values = {"coordination_degree": rng.uniform(0.2, 0.8, (40, 9, 11))}
    for row in REGISTER.to_dict("records"):
        if row["variable"] == "coordination_degree":
            together = versions.holds(row, values, YELLOW.years, YELLOW, REGIONS)
            alone = [
                versions.holds(row, {"coordination_degree": v[None]}, YELLOW.years, YELLOW, REGIONS)[0]
                for v in values["coordination_degree"]
            ]
            assert list(together) == alone, row["id"]


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
    assert not versions.spatial_holds(row, alike, YELLOW.years, WEIGHTS, YELLOW, REGIONS).any()


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"period": "2013–2023"}, "period '2013–2023' of X"),
        ({"period": "2023-2013"}, "period '2023-2013' of X"),
        ({"tolerance": "some"}, "tolerance 'some' of X"),
        ({"expected": "high"}, "expected 'high' of X"),
        ({"expected": "nan"}, "expected 'nan' of X"),
        ({"place": "Atlantis"}, "place 'Atlantis'"),
    ],
)
def test_a_malformed_claim_is_refused(change, parts):
    row = dict(REGISTER.iloc[0]) | {"id": "X"} | change
    values = {"digital_technology": np.full((1, 9, 11), 0.4)}
    with pytest.raises(InputError, match=parts):
        versions.holds(row, values, YELLOW.years, YELLOW, REGIONS)


@pytest.mark.parametrize("n", [2, 3])
def test_moran_of_three_regions_has_no_variance(n):
    rng = np.random.default_rng(1)
    index, z = versions.moran(rng.random((20, n, 2)), rng.random((n, n)) * (1 - np.eye(n)))
    assert np.isfinite(index).all()
    assert np.isnan(z).all()
