"""What an independent computation gave from the same figures, for the study of the article."""

import numpy as np
import pandas as pd
import pytest
from conftest import RAW

from coordination.indices import panel, universe, weighting
from coordination.pipeline.files import read_released
from coordination.spatial import autocorrelation, neighbours
from coordination.study.document import load
from coordination.study.regions import read_regions

FOLDER = RAW / "yellow-river"
SOCIAL = "social_governance"


@pytest.fixture(scope="module")
def study():
    return load(FOLDER)


@pytest.fixture(scope="module")
def regions(study):
    return read_regions(study, FOLDER)


@pytest.fixture(scope="module")
def released(study, regions):
    return panel.wide(pd.read_csv(FOLDER / "normalised.csv"), study, regions.index)


@pytest.fixture(scope="module")
def computed(study, regions, released):
    """Scores and D of the study's own universe, by region and year."""
    shape = (len(regions), len(study.years), -1)
    cubes = (released.values.to_numpy().reshape(shape), released.filled.to_numpy().reshape(shape))
    return universe.evaluate(*cubes, study, universe.own(study))


@pytest.fixture(scope="module")
def degrees(study, regions, computed):
    return pd.DataFrame(computed[1], regions.index, pd.Index(study.years, name="year")).stack()


@pytest.fixture(scope="module")
def moran(study, regions, degrees):
    weights = neighbours.build(study.spatial_weights, regions)
    return autocorrelation.global_moran(degrees.rename("d").reset_index(), "d", weights).set_index("year")


def test_the_coordination_degree_against_table_4(degrees):
    printed = pd.read_csv(FOLDER / "published" / "table4_coordination.csv").set_index(["region", "year"])
    ours, theirs = degrees.loc[printed.index], printed["coordination_degree"]
    assert np.corrcoef(ours, theirs)[0, 1] == pytest.approx(0.9970, abs=5e-5)
    assert (ours - theirs).abs().mean() == pytest.approx(0.0112, abs=5e-5)


def test_the_mean_scores_of_the_first_and_the_last_year(study, computed):
    means = dict(zip((s.id for s in study.subsystems), computed[0][:, [0, -1]].mean(axis=0).T, strict=True))
    assert means["digital_technology"] == pytest.approx([0.067, 0.262], abs=5e-4)
    assert means[SOCIAL] == pytest.approx([0.327, 0.494], abs=5e-4)


def test_the_weight_of_self_governing_organisations(study, released):
    social = [i.id for s in study.subsystems if s.id == SOCIAL for i in s.indicators]
    weights = weighting.entropy(released.values[social])["weight"]
    assert weights["self_governing_organisations"] == pytest.approx(0.205, abs=5e-4)


def test_the_global_autocorrelation_of_the_coordination_degree(moran):
    known = [0.312, 0.319, 0.285, 0.293, 0.275, 0.263, 0.253, 0.261, 0.263, 0.269, 0.269]
    assert moran.index.tolist() == list(range(2013, 2024))
    assert moran["moran_i"].to_numpy() == pytest.approx(known, abs=5e-4)
    assert (moran["p_exact_greater"] < 0.05).sum() == 10
    assert not (moran["p_exact_two_sided"] < 0.05).any()
    # Twice the smaller tail, the other usual definition, is below it in two years.
    assert (2 * moran["p_exact_greater"]).sort_values().iloc[:3].round(4).tolist()[:2] == [0.0413, 0.0415]
    assert (2 * moran["p_exact_greater"] < 0.05).sum() == 2


def test_years_without_lists_of_codes_are_held_at_the_first_with_one_and_flagged(released, study):
    own = released.values["self_governing_organisations"].unstack("year")
    filled = released.filled["self_governing_organisations"].unstack("year")
    assert (own[[2013, 2014, 2015]].sub(own[2016], axis=0) == 0).all(axis=None)
    assert filled.all().to_dict() == {year: year < 2016 for year in study.years}
    assert not filled[range(2016, 2024)].any(axis=None)


def test_gaps_that_a_second_file_closed_are_not_filled(released):
    assert not released.filled[["broadband_ports", "software_revenue"]].any(axis=None)


def test_the_released_panel_is_the_one_that_its_note_names(study):
    assert len(read_released(study)) == 9 * 11 * 18
