import sys

import numpy as np
import pytest
from conftest import ROOT

from coordination.study import costs

sys.path.insert(0, str(ROOT / "benchmarks"))

import county


def test_the_estimate_is_the_sum_of_its_parts(monkeypatch):
    monkeypatch.setattr(costs, "MEASURED", {"seconds": [1, 2, 3], "memory": [10, 20, 30]})
    assert costs.estimate(2, 3, 5) == costs.Cost(1 + 2 * 30 + 3 * 4, 10 + 20 * 30 + 30 * 4)


def test_the_benchmark_finds_the_constants_that_made_its_figures():
    seconds, memory = [5.0, 0.002, 0.0003], [3e8, 4e3, 5e3]
    took = {}
    for n in (9, 90, 333, 1000):
        grown = np.array(costs.terms(n, 10, 20))
        took[n] = {
            "cpu": float(np.dot(seconds, grown)),
            "largest": float(np.dot(memory, grown)) / 1e9,
            "checked": n / 1e3,
            "panel": 1e5 * n,
        }
    found = county.fitted(took, 10, 20)
    assert found["seconds"] == pytest.approx(seconds, rel=1e-3)
    assert found["memory"] == pytest.approx(memory, rel=1e-3)
    assert found["per_byte"] == pytest.approx(10)


def test_what_is_measured_is_on_file_with_its_source():
    assert set(costs.MEASURED) == {"seconds", "memory", "per_byte", "source"}
    assert min(*costs.MEASURED["seconds"], *costs.MEASURED["memory"]) >= 0
    assert "benchmarks/county.py" in costs.MEASURED["source"]


def test_the_largest_file_fits_into_memory(monkeypatch):
    monkeypatch.setattr(costs, "MEASURED", {"memory": [1e9, 0, 0], "per_byte": 20})
    monkeypatch.setattr(costs, "memory", lambda: 4_000_000_000)
    assert costs.largest_file() == 150_000_000


def test_made_up_counties_share_borders_but_for_islands():
    import geopandas as gpd
    from shapely.geometry import Polygon

    shapes, islands = county.polygons(100, np.random.default_rng(1))
    own = gpd.GeoSeries([Polygon(s) for s in shapes])
    assert own.is_valid.all()
    assert own.area.sum() == pytest.approx(own.union_all().area)
    touching = own.touches
    assert [int(touching(s).sum() == 0) for s in own] == [0] * (100 - islands) + [1] * islands
