"""Figures measured otherwise: linked over breaks, without exceptions."""

import numpy as np
import pandas as pd
import pytest
from conftest import RAW
from made_up import made_up, otherwise

from coordination.indices import universe, variants
from coordination.pipeline.files import read_released, read_released_variants
from coordination.robustness import measured, multiverse
from coordination.spatial import neighbours
from coordination.study.document import load
from coordination.study.regions import read_regions

FOLDER = RAW / "yellow-river"


@pytest.fixture(scope="module")
def river():
    study = load(FOLDER)
    regions = read_regions(study, FOLDER)
    weights = neighbours.build(study.spatial_weights, regions)
    register = pd.read_csv(FOLDER / "published" / "claims.csv", dtype=str, keep_default_na=False)
    tables = read_released(study), read_released_variants(study)
    return study, regions, tables, measured.compare(*tables, study, regions, weights, register)


def test_ways_are_those_that_a_study_declares():
    made = made_up()
    assert measured.ways(made.study) == {"given": {}}
    assert measured.ways(otherwise(made).study) == {
        "given": {},
        "linked": {"ind_0_0_0": "chained"},
        "mended": {"ind_0_0_1": "without_exceptions"},
    }


def test_as_given_is_the_study_itself():
    made = made_up()
    degrees = otherwise(made).degrees
    own = degrees[degrees["way"] == "given"].set_index(["region", "year"])["degree"]
    expected = made.coordination.set_index(["region", "year"])["coordination_degree"]
    assert own.to_numpy() == pytest.approx(expected.reindex(own.index).to_numpy())


def test_the_fall_of_2021_rests_on_the_price_base(river):
    """As given D falls in every province, linked in none."""
    _, _, _, (degrees, found) = river
    by_way = found.set_index("way")
    assert by_way.loc["given", "falls"] == {2016: 0, 2021: 9}
    assert by_way.loc["linked", "falls"] == {2016: 0, 2021: 0}
    assert by_way.loc["mended", "falls"] == {2016: 0, 2021: 9}
    wide = degrees[degrees["way"] == "linked"].pivot(index="region", columns="year", values="degree")
    assert (wide[2021] > wide[2020]).all()


def test_weights_and_obstacles_of_what_is_measured_otherwise(river):
    _, _, _, (_, found) = river
    by_way = found.set_index("way")
    assert by_way.loc["linked", "weight"] == pytest.approx(0.143, abs=5e-4)
    assert by_way.loc["given", "obstacles"][1] == "telecom_volume"
    assert "telecom_volume" not in by_way.loc["linked", "obstacles"]
    assert by_way.loc["given", "changed"] == []
    assert by_way.loc["given", "held"] - by_way.loc["linked", "held"] <= len(by_way.loc["linked", "changed"])


def test_linking_is_a_choice_of_the_multiverse(river):
    study, regions, (table, declared), (degrees, _) = river
    values, filled = universe.cubes(table, study, regions)
    linked = universe.cubes(variants.replaced(table, declared, variants.linked(study)), study, regions)[0]
    few = study.model_copy(update={"robustness": study.robustness.model_copy(update={"vary": ("breaks",)})})
    weights = {"own": neighbours.build(study.spatial_weights, regions)}
    made = multiverse.multiverse(values, filled, few, regions, weights, linked=linked)
    assert made.factors["breaks"] == ("given", "linked")
    assert len(made.choices) == 2
    for k, way in enumerate(made.factors["breaks"]):
        own = degrees[(degrees["way"] == way) & (degrees["year"] == study.years[-1])]
        assert made.degrees[k] == pytest.approx(own["degree"].to_numpy())
    assert multiverse.factors(few, filled)["breaks"] == ("given",)
    assert not np.array_equal(values, linked)
    assert universe.own(study).breaks == "given"
