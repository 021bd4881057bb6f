"""Regions that merge, split and change their names or codes."""

from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import assert_names, read_panel, write_study

from coordination.adapting.checks import check
from coordination.errors import InputErrors
from coordination.indices import facts as indices_facts
from coordination.indices import panel as panels
from coordination.indices.boundaries import given, recast
from coordination.indices.panel import complete, validate
from coordination.pipeline import inputs
from coordination.study.document import load
from coordination.study.model import Series
from coordination.study.regions import read_regions

HEAD = ["region", "year", "series", "value"]
SERIES = {"gdp": Series(unit="yuan"), "rate": Series(unit="%"), "share": Series(unit="%", total=True)}
STUDY = SimpleNamespace(years=(2018, 2019, 2020, 2021), panel=SimpleNamespace(region_column="region", series=SERIES))


def changes(*rows):
    table = pd.DataFrame([row.split(",") for row in rows], columns=["year", "from", "to", "share"])
    return given(table, STUDY)


def panel(*rows):
    return pd.DataFrame([row.split(",") for row in rows], columns=HEAD)


def figures(table):
    return {(r.region, r.year, r.series): (r.value, r.changed) for r in table.itertuples()}


def test_counties_that_merge_are_summed():
    table = panel("A,2019,gdp,3", "B,2019,gdp,0.5", "A,2020,gdp,4", "D,2019,gdp,9")
    # B became part of A in 2020; D is not concerned
    found = figures(recast(table, changes("2020,B,A,"), STUDY))
    assert found == {
        ("A", "2019", "gdp"): ("3.5", "summed"),
        ("A", "2020", "gdp"): ("4", ""),
        ("D", "2019", "gdp"): ("9", ""),
    }


def test_a_county_that_splits_is_shared_out():
    table = panel("A,2018,gdp,10", "A,2019,gdp,20", "A,2020,gdp,15", "B,2020,gdp,6")
    found = figures(recast(table, changes("2020,A,A,0.7", "2020,A,B,0.3"), STUDY))
    assert {k[:2]: (float(v), c) for k, (v, c) in found.items()} == {
        ("A", "2018"): (7, "shared"), ("B", "2018"): (3, "shared"), ("A", "2019"): (14, "shared"),
        ("B", "2019"): (6, "shared"), ("A", "2020"): (15, ""), ("B", "2020"): (6, ""),
    }  # fmt: skip


def test_a_code_that_changes_keeps_every_figure_also_ratios():
    table = panel("370112,2018,rate,1e-2", "370112,2019,gdp,", "370116,2020,rate,2")
    found = figures(recast(table, changes("2020,370112,370116,1"), STUDY))
    assert found[("370116", "2018", "rate")] == ("1e-2", "renamed")
    assert found[("370116", "2019", "gdp")] == ("", "renamed")
    assert found[("370116", "2020", "rate")] == ("2", "")


def test_changes_that_follow_one_another():
    # A and B merged into C in 2019; in 2021 C gave a quarter to D
    table = panel("A,2018,gdp,1", "B,2018,gdp,3", "C,2019,gdp,8", "D,2018,gdp,10", "D,2019,gdp,20")
    found = figures(recast(table, changes("2021,C,C,0.75", "2021,C,D,0.25", "2019,A,C,", "2019,B,C,"), STUDY))
    assert {k[:2]: (float(v), c) for k, (v, c) in found.items()} == {
        ("C", "2018"): (3, "shared"), ("D", "2018"): (11, "shared"),
        ("C", "2019"): (6, "shared"), ("D", "2019"): (22, "shared"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "rows", [["A,2019,gdp,3", "B,2019,gdp,"], ["A,2019,gdp,3", "B,2018,gdp,1"]], ids=["empty", "no-row"]
)
def test_a_sum_without_one_of_its_parts_is_a_gap(rows):
    found = figures(recast(panel(*rows), changes("2020,A,C,", "2020,B,C,"), STUDY))
    assert found[("C", "2019", "gdp")] == ("", "summed")


def test_ratios_are_neither_summed_nor_shared_out_unless_they_are_said_to_be_totals():
    merged = changes("2020,A,C,", "2020,B,C,")
    rows = [f"{r},{y},{{}},5" for r in "AB" for y in (2018, 2019)]
    with pytest.raises(InputErrors) as caught:
        recast(panel(*(row.format("rate") for row in rows)), merged, STUDY)
    assert len(caught.value.faults) == 1
    assert_names(str(caught.value), "series rate: found a ratio", "for C before 2020", "form it by a formula")
    found = figures(recast(panel(*(row.format("share") for row in rows)), merged, STUDY))
    assert found[("C", "2018", "share")] == ("10", "summed")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param(["2020,A,B,0.7"], "A in 2020: found shares that add up to 0.7", id="rest-is-missing"),
        pytest.param(["2018,A,B,"], "row 2: found year '2018'", id="first-year"),
        pytest.param(["2020,A,B,70%"], "share '70%'", id="percent"),
        pytest.param(["2020,A,B,1.2"], "share '1.2'", id="above-1"),
    ],
)
def test_changes_that_do_not_hold(rows, said):
    with pytest.raises(InputErrors) as caught:
        changes(*rows)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param(["A,2020,gdp,1"], "no row of A before 2020", id="not-there"),
        pytest.param(["A,2019,gdp,1", "A,2019,gdp,2"], "row 3: found A, 2019, gdp again", id="twice"),
        pytest.param(["A,2019,gdp,1", "A,2018,gdp,x"], "row 3: found value 'x'", id="no-number"),
    ],
)
def test_figures_that_cannot_be_moved(rows, said):
    with pytest.raises(InputErrors) as caught:
        recast(panel(*rows, "C,2019,gdp,1"), changes("2020,A,C,"), STUDY)
    assert said in str(caught.value)


@pytest.fixture
def split(tmp_path, monkeypatch):
    """The toy study, in which Elm was a part of Oak until 2020, and Bay was called Cove."""
    folder = write_study(tmp_path / "toy")
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.setenv("COORDINATION_PANEL", "")
    table = read_panel(folder)
    early = table["year"].isin(["2019", "2020"])
    table = table[~(early & (table["region"] == "Elm"))].copy()
    table.loc[early & (table["region"] == "Bay"), "region"] = "Cove"
    table.to_csv(folder / "panel.csv", index=False)

    def declared():
        text = (folder / "study.yml").read_text(encoding="utf-8")
        (folder / "study.yml").write_text(
            text.replace("  series:", "  changes: changes.csv\n  series:", 1), encoding="utf-8"
        )
        rows = ["year,from,to,share", "2021,Oak,Oak,0.6", "2021,Oak,Elm,0.4", "2021,Cove,Bay,"]
        (folder / "changes.csv").write_text("\n".join(rows), encoding="utf-8")

    return folder, declared


@pytest.mark.parametrize(("language", "said"), [("en", "did regions merge, split"), ("zh", "是否有合并、拆分")])
def test_the_check_names_regions_that_appear_and_vanish(split, language, said):
    told = [f for f in check.said("toy", language) if "changes.csv" in f.remedy]
    assert len(told) == 1
    assert_names(told[0].found, "Elm", "Bay", "2021", "Cove")
    assert_names(told[0].remedy, said, "2021,Cove,", "panel.changes")
    assert any(f.severity == "error" for f in check.said("toy", language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_study_with_changes_goes_through_and_says_what_is_estimated(split, language):
    folder, declared = split
    declared()
    found = check.said("toy", language)
    assert not [f for f in found if f.severity == "error"]
    (note,) = [f for f in found if f.check in ("regions that change", "行政区划变动")]
    assert_names(note.found, "20", "10")  # five series, two years: Oak and Elm shared out, Bay renamed
    study = load(folder)
    regions = ["Oak", "Elm", "Ash", "Fir", "Bay"]
    series = complete(validate(inputs.panel(study, folder / "panel.csv"), study, regions), study, regions)
    assert series.values.loc[("Elm", 2020), "ports"] == pytest.approx(0.4 * 132)
    assert series.values.loc[("Bay", 2019), "ports"] == 60
    filled = series.filled["ports"]
    assert set(filled.index[filled]) == {(r, y) for r in ("Oak", "Elm") for y in (2019, 2020)}


@pytest.mark.parametrize(
    ("unit", "total"),
    [
        ("share", False),
        ("birth rate", False),
        ("per cent", False),
        ("人/平方公里", False),
        ("百分比", False),
        ("yuan", True),
    ],
)
def test_units_tell_ratios_from_totals(unit, total):
    assert Series(unit=unit).adds_up is total


def test_figures_put_together_are_listed(split):
    folder, declared = split
    declared()
    study = load(folder)
    regions = read_regions(study, folder)
    long = panels.validate(inputs.panel(study, folder / "panel.csv"), study, list(regions.index))
    told = panels.recast(long).set_index(["region", "series"])
    assert set(told["how"]) == {"shared"}
    assert told.loc[("Oak", "ports")].tolist() == ["shared", 2019, 2020, 2]
    assert len(told) == 10
    facts = indices_facts.passed_over(long)
    assert (facts["summed"], facts["shared"], facts["renamed"]) == (0, 20, 10)
