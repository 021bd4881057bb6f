import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, assert_names, coordination, must
from hypothesis import given
from hypothesis import strategies as st

from coordination.errors import InputError, InputErrors
from coordination.pipeline.files import published
from coordination.replication.consistency import TABLES, checked, consistency
from coordination.replication.rounding import chance, unrounded
from coordination.replication.verdict import LEAST
from coordination.spatial import neighbours
from coordination.study.document import load
from coordination.study.regions import read_regions

FOLDER = ROOT / "data" / "raw" / "yellow-river"


@pytest.fixture(scope="module")
def study():
    return load(FOLDER)


@pytest.fixture(scope="module")
def regions(study):
    return read_regions(study, FOLDER)


@pytest.fixture(scope="module")
def printed(study):
    return {name: published(study, name, printed=True) for name in TABLES}


@pytest.fixture(scope="module")
def weights(study, regions):
    return neighbours.build(study.spatial_weights, regions).to_numpy()


@pytest.fixture(scope="module")
def register():
    return pd.read_csv(FOLDER / "published" / "claims.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def found(study, regions, printed, weights, register):
    return consistency(printed, register, study, regions, weights)


def test_a_printed_number_is_within_half_a_unit_of_every_draw():
    drawn = unrounded(["0.311", "2.07", ""], draws=5000, seed=3)
    assert np.abs(drawn[:, 0] - 0.311).max() == pytest.approx(0.0005, rel=0.01)
    assert drawn[:, 1].std() == pytest.approx(0.01 / 12**0.5, rel=0.03)
    assert np.isnan(drawn[:, 2]).all()


def test_the_chance_of_a_sum_by_hand():
    """Of two numbers printed as 0.5 and 0.5 the sum is triangular on 0.9 to 1.1: 0.9 and 1.1 have an eighth each."""
    total = unrounded(["0.5", "0.5"], draws=200_000).sum(axis=1)
    assert chance(total, "1.0") == 1
    assert chance(total, "0.9") == chance(total, "1.1") == pytest.approx(2 / 8, abs=0.005)
    assert chance(total, "1.2") == 0


@given(st.lists(st.floats(0.1, 0.9), min_size=3, max_size=12), st.integers(1, 4))
def test_true_numbers_are_seldom_condemned(values, digits):
    """Of a hundred sets of true values near the given ones, rounded."""
    rng, condemned = np.random.default_rng(7), 0
    for k in range(100):
        true = np.array(values) + rng.uniform(-0.05, 0.05, len(values))
        texts, mean = [f"{v:.{digits}f}" for v in true], f"{true.mean():.{digits}f}"
        condemned += chance(unrounded(texts, draws=400, seed=k).mean(axis=1), mean) < LEAST
    assert condemned <= 15  # of 100 at 5 %


def test_what_a_recomputation_of_the_article_found(found, weights, printed, regions):
    """The chances of Moran's I of 2013 and 2015 by a loop over draws of its own."""
    table, skipped = found
    assert skipped == []
    own = table[table["variable"] == "moran_i"].set_index("period")
    assert set(own.index[own["verdict"] == "not by rounding"]) == {"2013", "2015"}
    rng = np.random.default_rng(99)
    for year in ("2013", "2015"):
        cells = printed["table4_coordination"].query("year == @year").set_index("region")["coordination_degree"]
        d = cells.reindex(regions.index).astype(float).to_numpy()
        moran = []
        for _ in range(4000):
            x = d + rng.uniform(-0.0005, 0.0005, len(d))
            x = x - x.mean()
            moran.append(round(len(d) / weights.sum() * (x @ weights @ x) / (x @ x), 3))
        away = np.abs(np.array(moran) - np.median(moran))
        share = (away >= abs(float(own.loc[year, "published"]) - np.median(moran)) - 1e-9).mean()
        assert own.loc[year, "chance"] == pytest.approx(share, abs=0.012)


def test_p_follows_from_z_and_growth_from_the_means(found):
    table, _ = found
    assert (table.loc[table["kind"].isin(["p", "rates", "means"]), "verdict"] == "follows").all()
    assert (table["kind"] == "p").sum() == 11
    growth = table[(table["kind"] == "rates") & (table["measure"] == "growth")].set_index("variable")
    assert growth.loc["digital_technology", "middle"] == pytest.approx(100 * ((0.252 / 0.070) ** 0.1 - 1), abs=0.005)


def test_a_quadrant_is_held_against_every_convention(found):
    table, _ = found
    own = table[(table["variable"] == "quadrant") & (table["chance"] < LEAST)]
    assert sorted(own["place"]) == ["Inner Mongolia", "Shaanxi"]
    assert set(own["convention"]) == {"zero"}


def test_statements_about_morans_i_are_held_against_its_table(study, regions, printed, weights, register, found):
    own = found[0][found[0]["kind"] == "space"].set_index("measure")
    assert own["chance"].to_dict() == {"sign": 1, "significance": 1, "trend": 1}
    weak = printed | {"table6_global_moran": printed["table6_global_moran"].assign(p_value="0.060", moran_i="-0.001")}
    again = consistency(weak, register, study, regions, weights)[0]
    again = again[again["kind"] == "space"].set_index("measure")
    assert again.loc[["sign", "significance"], "verdict"].tolist() == ["not by rounding"] * 2


def test_p_is_held_against_z_where_both_are_printed(study, regions, printed):
    table = printed["table6_global_moran"].copy()
    table.loc[1, "z_score"] = table.loc[2, "p_value"] = ""
    found, _ = consistency({"table6_global_moran": table}, None, study, regions, None)
    years = table["year"].drop([1, 2])
    assert found.loc[found["kind"] == "p", "period"].tolist() == years.tolist()


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "kind"),
    [
        ("table5_group_means", 4, "mean_coordination_degree", "0.455", "means"),
        ("table6_global_moran", 3, "p_value", "0.013", "p"),
        ("table4_coordination", 7, "coordination_degree", "0.555", "means"),
    ],
)
def test_a_number_that_was_changed_is_found(study, regions, printed, weights, name, row, column, value, kind):
    changed = {k: t.copy() for k, t in printed.items()}
    before = consistency(printed, None, study, regions, weights)[0]
    changed[name].loc[row, column] = value
    after = consistency(changed, None, study, regions, weights)[0]
    more = after.loc[after["kind"] == kind, "verdict"].ne(before.loc[before["kind"] == kind, "verdict"].to_numpy())
    assert more.any()


def test_what_is_not_printed_is_said(study, regions, printed, register):
    _, skipped = consistency({"table6_global_moran": printed["table6_global_moran"]}, None, study, regions, None)
    lacking = {(s["kind"], s["lacking"]) for s in skipped}
    assert {("means", "table4"), ("means", "table5"), ("moran", "weights"), ("rates", "claims")} <= lacking
    assert not [s for s in skipped if s["kind"] == "p"]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda t: t.rename(columns={"moran_i": "I"}), ("table6_global_moran.csv", "no column moran_i", "rename")),
        (lambda t: t.assign(moran_i="0,31"), ("row 2", "moran_i '0,31'", "a number as printed")),
        (lambda t: t.assign(year="1999"), ("row 2", "year '1999'", "a year of the study")),
        (lambda t: pd.concat([t, t[:1]], ignore_index=True), ("row 13", "2013 again", "remove a row")),
    ],
)
def test_a_table_with_a_fault_is_refused_with_its_row(study, regions, printed, change, parts):
    with pytest.raises((InputError, InputErrors)) as caught:
        checked(change(printed["table6_global_moran"]), "table6_global_moran", study, regions)
    assert_names(str(caught.value), *parts)


def test_the_command_needs_no_panel_and_writes_pages_that_say_what_it_prints(tmp_path):
    folder = tmp_path / "data" / "raw" / "an-article"
    folder.mkdir(parents=True)
    shutil.copy(FOLDER / "regions.csv", folder)
    lines = (FOLDER / "study.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "study.yml").write_text("".join(x for x in lines if "geojson" not in x), encoding="utf-8")
    shutil.copytree(FOLDER / "published", folder / "published")
    variables = {"COORDINATION_STUDIES": str(tmp_path / "data" / "raw")}
    arguments = ("consistency", "--study", "an-article", "--output-root", tmp_path)
    done = must(coordination(*arguments, **variables))
    assert "8 of 12 not by rounding" in done.stdout
    assert not (folder / "panel.csv").exists()
    out = tmp_path / "outputs" / "an-article"
    pages = {k: (out / f"consistency.{k}.html").read_text(encoding="utf-8") for k in ("en", "zh")}
    assert "8 of 12 not by rounding" in pages["en"]
    assert "12个中有8个非舍入所致" in pages["zh"]
    assert len(pd.read_csv(out / "consistency.csv")) == 93
    shutil.rmtree(folder / "published")
    refused = coordination(*arguments, **variables)
    assert refused.returncode == 1
    assert_names(refused.stderr, "published", "found nothing", "table4_coordination", "type in")
