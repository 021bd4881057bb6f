import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import OFFICIAL, RAW, assert_names, coordination, read_panel, replace_once
from made_up import made_up

from coordination.adapting.checks import check as checks_check
from coordination.adapting.checks import finding, system
from coordination.adapting.checks.finding import Said
from coordination.pipeline.paths import raw
from coordination.presentation.reader import Reader
from coordination.spatial import linked
from coordination.study.document import load
from coordination.study.regions import read_regions


@pytest.fixture
def looked(toy, monkeypatch):
    """Inspect a toy study after changes to its panel or documents."""

    def look(change=None, *replacements):
        folder = toy(*replacements)
        if change:
            table = read_panel(folder)
            table = change(table)
            table.to_csv(folder / "panel.csv", index=False)
        monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
        return checks_check.said("toy", "en")

    return look


def english(findings, study, regions=None):
    """Tell an English reader of findings."""
    reader = Reader(study, regions, "en")
    return checks_check.phrased(findings, reader)


def kinds(findings, severity=None):
    return {f.check for f in findings if severity in (None, f.severity)}


def said(findings, check):
    return next(finding.line(f, Reader(None, None, "en")) for f in findings if f.check == check)


def where(table, region, year, series):
    return (table["region"] == region) & (table["year"].astype(str) == str(year)) & (table["series"] == series)


def put(region, year, series, value):
    """Return a change that writes one value as a text."""

    def change(table):
        table = table.astype(str)
        table.loc[where(table, region, year, series), "value"] = value
        return table

    return change


def times(series, year, factor, region=None):
    """Return a change that multiplies a series from a year on."""

    def change(table):
        rows = (table["series"] == series) & (table["year"].astype(int) >= year)
        if region:
            rows &= table["region"] == region
        table["value"] = table["value"].astype(float)
        table.loc[rows, "value"] *= factor
        return table

    return change


def test_a_sound_study_has_no_errors(looked):
    assert kinds(looked(), "error") == set()


def test_findings_come_in_the_order_of_severity(looked):
    found = looked(put("Oak", 2019, "ports", "1,234"))
    order = [finding.SEVERITIES.index(f.severity) for f in found]
    assert order == sorted(order)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1,234", "thousands"), ("12%", "percent"), ("１２", "full-width"), ("-", "gap"), ("NA", "gap"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them_are_named(looked, text, part):
    found = looked(put("Oak", 2019, "ports", text))
    assert "numbers" in kinds(found, "error")
    assert f"'{text}'" in said(found, "numbers")
    assert part in said(found, "numbers").lower()
    assert "row " in said(found, "numbers")


def test_years_with_text_are_named(looked):
    def change(table):
        table = table.astype(str)
        table.loc[table["year"] == "2020", "year"] = "2020年"
        return table

    found = looked(change)
    assert "years" in kinds(found, "error")
    assert "'2020年'" in said(found, "years")


def test_regions_in_another_spelling_are_named(looked):
    found = looked(lambda t: t.assign(region=t["region"].replace({"Ash": "梣"})))
    assert "spelling" in kinds(found, "error")
    assert "'Ash'" in said(found, "spelling")


def test_units_that_change_are_errors(looked):
    def change(table):
        table["unit"] = "lines"
        table.loc[where(table, "Oak", 2021, "ports"), "unit"] = "10 000 lines"
        return table

    assert "units" in kinds(looked(change), "error")


def test_a_new_price_base_shows_in_all_regions(looked):
    found = looked(times("ports", 2021, 0.1))
    assert [f.where.split(", ")[-1] for f in found if f.check == "price base"] == ["2021"]
    assert kinds(found) & {"jump", "outlier"} == set()


def test_a_digit_too_many_is_an_outlier(looked):
    def change(table):
        table["value"] = table["value"].astype(float)
        table.loc[where(table, "Ash", 2020, "ports"), "value"] *= 10
        return table

    found = [f for f in looked(change) if f.check in ("outlier", "jump")]
    assert [(f.check, f.where.split(", ")[-2:]) for f in found] == [("outlier", ["Ash", "2020"])]


def test_a_jump_that_stays_is_a_jump(looked):
    found = [f for f in looked(times("ports", 2021, 5, "Ash")) if f.check in ("outlier", "jump")]
    assert [(f.check, f.where.split(", ")[-2:]) for f in found] == [("jump", ["Ash", "2021"])]


@pytest.mark.parametrize(
    ("series", "region", "factor", "part"),
    [
        ("population", "Elm", 10_000, "10000 times the other regions'"),
        ("population", "Fir", 0.0001, "divided by"),
        ("clinics", "Oak", 100, "times the other regions'"),
        ("accidents", "Ash", 0.01, "divided by"),
    ],
)
def test_a_region_in_another_unit_in_all_years_stands_apart(looked, series, region, factor, part):
    found = [f for f in looked(times(series, 2019, factor, region)) if f.check == "level"]
    assert [f.where.split(", ")[1:] for f in found] == [[series, region]]
    assert part in found[0].found


def test_regions_of_different_size_do_not_stand_apart(looked, monkeypatch):
    assert "level" not in kinds(looked())
    monkeypatch.delenv("COORDINATION_STUDIES")
    assert kinds(checks_check.said("us-states", "en")) & {"level", "copied"} == set()


def test_a_copied_year_is_found(looked):
    def change(table):
        table = table.astype({"value": float, "year": int})
        table["value"] += 0.5
        earlier = table[table["year"] == 2020].set_index(["region", "series"])["value"]
        rows = (table["year"] == 2021) & (table["series"] == "ports")
        table.loc[rows, "value"] = [earlier[(r, "ports")] for r in table.loc[rows, "region"]]
        return table

    assert "2021" in said(looked(change), "copied")


def copied(findings):
    return [(f.where.split(", ")[1:], f.found.partition(" (")[0]) for f in findings if f.check == "copied"]


@pytest.mark.parametrize("origin", ["panel.xlsx, sheet ports, cell C4", ""])
@pytest.mark.parametrize(
    ("value", "check", "where_from"),
    [("5200", "outlier", "Ash, 2020"), ("0", "zero", "Ash, 2020")],
)
def test_findings_about_a_figure_name_its_row_and_where_it_comes_from(looked, origin, value, check, where_from):
    rows = []

    def change(table):
        here = where(table, "Ash", 2020, "ports")
        rows.append(here.to_numpy().argmax() + 2)
        table["origin"] = np.where(here, origin, "elsewhere")
        return put("Ash", 2020, "ports", value)(table)

    found = next(f for f in looked(change) if f.check == check)
    assert found.where.endswith(where_from)
    assert found.found.endswith(f"(row {rows[0]}, from {origin})" if origin else f"(row {rows[0]})")


@pytest.mark.parametrize(
    ("change", "check", "row"),
    [
        (times("ports", 2021, 0.1), "price base", 12),
        (times("population", 2019, 10_000, "Elm"), "level", 25),
    ],
)
def test_findings_about_all_regions_or_years_name_the_first_row(looked, change, check, row):
    assert said(looked(change), check).count(f"(row {row})") == 1


def test_a_region_that_repeats_a_year_in_all_series_is_found(looked):
    def change(table):
        for row in table[(table["region"] == "Ash") & (table["year"] == "2021")].to_dict("records"):
            table.loc[where(table, "Ash", 2022, row["series"]), "value"] = row["value"]
        return table

    assert copied(looked(change)) == [(["Ash", "2022"], "all 5 series exactly as in the year before")]


def test_a_region_that_has_another_regions_figures_is_found(looked):
    def change(table):
        for row in table[table["region"] == "Elm"].to_dict("records"):
            table.loc[where(table, "Ash", row["year"], row["series"]), "value"] = row["value"]
        return table

    assert copied(looked(change)) == [(["Ash", "Elm"], "the same 20 figures in all series and years")]


@pytest.mark.parametrize(
    ("value", "years", "found"),
    [
        ("171.43", (2020, 2021, 2022), [(["ports", "Bay", "2020 to 2022"], "171.43 in 3 years in a row")]),
        ("71.43", (2019, 2020, 2021, 2022), [(["ports", "Bay", "2019 to 2022"], "71.43 in 4 years in a row")]),
        ("71.43", (2020, 2021, 2022), []),
        ("171.43", (2021, 2022), []),
        ("71", (2019, 2020, 2021, 2022), []),
        ("0.5", (2019, 2020, 2021, 2022), []),
    ],
    ids=["precise", "long", "coarse", "short", "small-whole-number", "rough"],
)
def test_a_precise_figure_that_stays_the_same_is_found(looked, value, years, found):
    def change(table):
        for year in years:
            table.loc[where(table, "Bay", year, "ports"), "value"] = value
        return table

    assert copied(looked(change)) == found


def test_a_constant_indicator_is_one_error(looked):
    found = looked(lambda t: t.assign(value=t["value"].where(t["series"] != "clinics", "7123.4")))
    assert [f.where for f in found if f.severity == "error"] == ["indicator clinics"]
    assert kinds(found, "error") == {"constant"}
    assert copied(found) == []


@pytest.mark.parametrize("broken", ["no figures", "a word", "zero to divide by"])
def test_an_indicator_that_cannot_be_formed_hides_nothing_of_the_others(looked, broken):
    def change(table):
        table = table.astype(str)
        table.loc[(table["series"] == "clinics"), "value"] = "7"
        table.loc[(table["series"] == "ports") & (table["year"] != "2019"), "value"] = ""
        if broken == "no figures":
            table.loc[(table["series"] == "patents") & (table["region"] == "Ash"), "value"] = ""
        elif broken == "a word":
            table.loc[(table["series"] == "patents") & (table["year"] == "2021"), "value"] = "many"
        else:
            table.loc[(table["series"] == "population") & (table["region"] == "Ash"), "value"] = "0"
        return table

    found = looked(change)
    assert {"constant", "panel"} <= kinds(found, "error")
    assert [f.where for f in found if f.check == "filled"].count("indicator ports") == 1


def test_too_many_filled_values_are_named(looked):
    def change(table):
        table = table.astype(str)
        table.loc[(table["series"] == "ports") & (table["year"] != "2019"), "value"] = ""
        return table

    assert "ports" in said(looked(change), "filled")


def test_regions_without_figures_are_one_finding_a_series(looked):
    found = looked(lambda t: t.assign(value=np.nan))
    gaps = [f for f in found if "no value of" in f.found]
    assert len(gaps) == len({f.found.split(" for ")[0] for f in gaps})


def test_totals_under_a_name_that_promises_a_ratio(looked):
    found = looked(None, ("study.yml", "formula: accidents / population", "formula: accidents"))
    assert "per capita" in kinds(found, "warning")


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Patents per 100 000", "patents"),
        ("Patents", "patents/10,000 people"),
        ("Patents per million inhabitants", "patents"),
        ("Patents", "patents / 1000 residents"),
        ("Patents", "patents per km2"),
        ("每十万人专利数", "件"),
        ("每百万人专利数", "件"),
        ("万人专利拥有量", "件"),
        ("专利", "件/万人"),
        ("专利", "件/平方公里"),
        ("每平方公里专利", "件"),
    ],
)
def test_what_is_promised_in_many_words_is_divided_by_people_or_area(toy_study, name, unit):
    data = toy_study.model_dump(mode="json", exclude_none=True) | {"id": "toy"}
    patents = data["subsystems"][0]["dimensions"][1]["indicators"][0]
    wrong = ("patents", "patents / 100", "patents / clinics", "population / patents")
    for formula in (*wrong, "patents / population", "1000 * patents / (2 * population)"):
        patents |= {"name": {"en": name, "zh": name}, "unit": {"en": unit, "zh": unit}, "formula": formula}
        study = type(toy_study).model_validate(data)
        found = english(system.formulas_and_names(study), study)
        assert [f.where for f in found] == ["study.yml, indicator patents"] * (formula in wrong), formula


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Patents", "patents"), ("Share", "per cent"), ("Share", "percent"), ("低保人数", "万人"),
        ("旅客运输量", "万人次"), ("R&D人员", "人年"), ("Patents by people", "10 000 people"),
    ],
)  # fmt: skip
def test_totals_promise_no_division(toy_study, name, unit):
    data = toy_study.model_dump(mode="json", exclude_none=True) | {"id": "toy"}
    patents = data["subsystems"][0]["dimensions"][1]["indicators"][0]
    patents |= {"name": {"en": name, "zh": name}, "unit": {"en": unit, "zh": unit}}
    assert system.formulas_and_names(type(toy_study).model_validate(data)) == []


@pytest.mark.parametrize(("name", "people"), [("Arrests per crime", False), ("Arrests per person", True)])
@pytest.mark.parametrize("unit", ["share", "%", "ratio", "比例", "arrests per crime", "arrests"])
def test_ratios_are_told_to_say_so_and_not_to_divide_by_population(toy_study, name, people, unit):
    data = toy_study.model_dump(mode="json", exclude_none=True) | {"id": "toy"}
    data["panel"]["series"]["patents"] |= {"unit": unit}
    data["subsystems"][0]["dimensions"][1]["indicators"][0] |= {"name": {"en": name, "zh": name}}
    study = type(toy_study).model_validate(data)
    found = english(system.formulas_and_names(study), study)
    assert len(found) == (unit == "arrests")
    if found:
        assert ("by population" in found[0].remedy) == people
        assert ("ratios, say so in the unit" in found[0].remedy) != people


def test_an_english_paper_under_a_chinese_title_is_noted(looked):
    found = looked(None, ("study.yml", "title: {en: Toy island", "title: {en: 玩具研究"))
    notes = [f for f in found if "as the English title" in f.found]
    assert [(f.severity, "玩具研究" in f.found) for f in notes] == [("note", True)]


def test_a_divisor_that_others_use_too_is_taken_for_people(toy_study):
    data = toy_study.model_dump(mode="json", exclude_none=True) | {"id": "toy"}
    for place in ((0, 0), (0, 1)):
        indicator = data["subsystems"][place[0]]["dimensions"][place[1]]["indicators"][0]
        indicator |= {"unit": {"en": "per person", "zh": "每人"}, "formula": f"{indicator['id']} / clinics"}
    assert system.formulas_and_names(type(toy_study).model_validate(data)) == []


def test_duplicates_and_directions_are_found():
    study = load(RAW / "yellow-river")
    ids = [i.id for i in study.indicators]
    rng = np.random.default_rng(1)
    base = rng.random((99, 1))
    values = pd.DataFrame(base + 0.2 * rng.random((99, len(ids))), columns=ids)
    values[ids[1]] = values[ids[0]] * 0.5
    values[ids[-1]] = 1 - base[:, 0]
    start = type("Start", (), {"values": values, "filled": pd.DataFrame(False, values.index, ids)})
    found = english(system.indicators(start, study), study)
    assert [f for f in found if f.check == "duplicate" and ids[0] in f.found and ids[1] in f.found]
    assert [f.where for f in found if f.check == "direction"] == [f"study.yml, indicator {ids[-1]}"]


def test_a_wrong_direction_in_a_subsystem_of_two(looked):
    found = looked(None, ("study.yml", "direction: negative", "direction: positive"))
    assert [f.check for f in found].count("direction") == 1
    assert "indicators accident_rate, clinics" in said(found, "direction")


@pytest.mark.parametrize(("n", "kind"), [(3, "warning"), (6, "note"), (12, None)])
def test_few_regions_are_told_what_tests_can_do(n, kind):
    study = load(RAW / "us-states")
    weights = pd.DataFrame(np.ones((n, n)) - np.eye(n), list("abcdefghijkl"[:n]), list("abcdefghijkl"[:n]))
    found = english(system.inference(study, pd.DataFrame(index=weights.index), weights), study)
    assert {f.severity for f in found if f.where == study.regions.file} == ({kind} if kind else set())


def test_islands_and_one_way_neighbours_are_found(toy):
    folder = toy(
        ("study.yml", "spatial_weights: {kind: inverse_distance", "spatial_weights: {kind: inverse_distance"),
    )
    study, known = load(folder), read_regions(load(folder), folder)
    setting = study.spatial_weights.model_copy(update={"kind": "file", "file": "neighbours.csv", "islands": "keep"})
    study = study.model_copy(update={"spatial_weights": setting})
    names = list(known.index)
    pairs = pd.DataFrame([(names[0], names[1])], columns=["region", "neighbour"])
    one_way = setting.model_copy(update={"directed": True})
    found = system.inference(study, known, linked.given(pairs, known, "neighbours.csv", one_way))
    assert {"islands", "neighbours"} <= kinds(found)


def test_covariates_that_lack_a_file_are_found(looked):
    setting = "drivers: {file: covariates.csv, variables: {openness: Openness} }\nspatial_weights:"
    found = looked(None, ("study.yml", "spatial_weights:", setting))
    assert "covariates.csv: found no such file" in said(found, "covariates")
    assert "covariates" in kinds(found, "error")


def test_faults_of_a_lens_of_its_own_are_found(toy, monkeypatch):
    folder = toy()
    (folder / "lenses").mkdir()
    (folder / "lenses" / "own.yml").write_text("letter: X\nname: Own\nsource: nobody2020\n", encoding="utf-8")
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
    found = checks_check.said("toy", "en")
    assert "lenses/own.yml: source: found 'nobody2020'; expected a key of the bibliography" in said(found, "lenses")
    assert "lenses" in kinds(found, "error")


def test_the_report_is_written_and_errors_decide_the_code(toy):
    folder = toy()
    root = folder.parents[2]
    (root / "notebooks").mkdir()
    done = coordination("check", "--study", "toy", cwd=root)
    assert done.returncode == 0
    text = (root / "outputs/toy/check.html").read_text(encoding="utf-8")
    assert "<svg" in text
    assert (root / "outputs/toy/check.md").read_text(encoding="utf-8").startswith("# Check of toy")
    replace_once(folder / "panel.csv", "Oak,2019,ports", "Oak,2019年,ports")
    done = coordination("check", "--study", "toy", cwd=root)
    assert done.returncode == 1
    assert "error: " in done.stdout


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official figures are not here")
def test_the_traps_of_the_official_figures_are_found(monkeypatch):
    monkeypatch.setenv("COORDINATION_PANEL", str(OFFICIAL))
    found = checks_check.said("yellow-river", "en")
    places = {(f.check, tuple(f.where.split(", ")[1:])) for f in found}
    assert {("price base", ("telecom_volume", "2016")), ("price base", ("telecom_volume", "2021"))} <= places
    assert ("outlier", ("software_revenue", "Inner Mongolia", "2021")) in places
    assert ("jump", ("traffic_accidents", "Henan", "2018")) in places
    assert kinds(found, "error") == set()


@pytest.mark.parametrize(
    ("language", "proposed", "told"),
    [
        ("en", "breaks: [{year: 2021, why: ...}]", "declared as a break in study.yml"),
        ("zh", "breaks: [{year: 2021, why: ...}]", "已在study.yml中声明为断点"),
    ],
)
def test_a_break_is_proposed_until_it_is_declared(toy, monkeypatch, language, proposed, told):
    folder = toy()
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
    table = pd.read_csv(folder / "panel.csv").astype({"value": float})
    table.loc[(table["series"] == "ports") & (table["year"] >= 2021), "value"] *= 0.1
    table.to_csv(folder / "panel.csv", index=False)
    kept = (folder / "panel.csv").read_bytes()

    def remedy():
        said = checks_check.said("toy", language)
        own = [f for f in said if "2021" in f.where and f.check in ("price base", "价格基期")]
        assert len(own) == 1
        return own[0].remedy

    assert proposed in remedy()
    replace_once(folder / "study.yml", "formula: ports}", "formula: ports, breaks: [{year: 2021, why: prices}]}")
    assert told in remedy()
    assert (folder / "panel.csv").read_bytes() == kept


def test_an_exception_is_known_once_it_is_declared(toy, monkeypatch):
    folder = toy()
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
    table = pd.read_csv(folder / "panel.csv").astype({"value": float})
    own = (table["series"] == "ports") & (table["year"] == 2020) & (table["region"] == "Oak")
    table.loc[own, "value"] *= 30
    table.to_csv(folder / "panel.csv", index=False)

    def remedy():
        return next(f.remedy for f in checks_check.said("toy", "en") if f.check == "outlier")

    assert "`exceptions` of the indicator" in remedy()
    named = "exceptions: [{region: Oak, year: 2020, why: a flood}]"
    replace_once(folder / "study.yml", "formula: ports}", f"formula: ports, {named}}}")
    assert "declared as an exception" in remedy()


def test_nothing_is_written_by_looking(toy, monkeypatch):
    folder = toy()
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    checks_check.inspect("toy")
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert raw("toy") == folder


def test_a_zero_between_figures_is_found(looked):
    assert "Oak, 2020" in said(looked(put("Oak", 2020, "ports", "0")), "zero")


def test_a_forgotten_year_of_a_series_is_found(looked):
    def forget(table):
        return table[~((table["series"] == "ports") & (table["year"].astype(int) == 2020))]

    assert "no figure of any region in 2020" in said(looked(forget), "year")


def test_values_of_two_regions_swapped_in_a_year_stand_out(looked):
    def swap(table):
        table["value"] = table["value"].astype(float)
        a, b = (where(table, r, 2020, "population") for r in ("Oak", "Ash"))
        table.loc[a, "value"], table.loc[b, "value"] = float(table.loc[b, "value"].iloc[0]), 400.0
        return table

    assert "Ash" in said(looked(swap), "outlier")


def test_a_unit_that_is_not_the_declared_one_is_found(looked):
    found = looked(lambda t: t.assign(unit=np.where(t["series"] == "ports", "10 000 ports", "")))
    assert "10 000 ports" in said(found, "units")


def test_what_a_new_study_came_with_is_found(looked):
    found = looked(None, ("study.yml", "source: Made up for the tests", "source: say where the figures come from"))
    assert "study.yml, source" in said(found, "left as it came")


def test_a_character_that_no_typeface_has_is_named_with_its_texts(looked):
    found = looked(None, ("study.yml", "source: Made up for the tests", "source: จากตาราง"))
    line = said(found, "characters")
    assert "U+0E15" in line
    assert "จากตาราง" in line
    assert "characters" in kinds(found, "error")


@pytest.mark.parametrize("name", ["PM₂.₅, CO₂ (10⁴ t, 10⁻⁶)", "Łódzkie Muğla Şırnak Žilinský", "Київ Ελλάδα 漯河 亳州"])
def test_subscripts_and_letters_of_europe_have_a_typeface(looked, name):
    assert "characters" not in kinds(looked(None, ("study.yml", "source: Made up for the tests", f"source: {name}")))


def test_an_indicator_without_figures_is_one_line(looked):
    found = looked(lambda t: t.assign(value=t["value"].where(t["series"] != "ports", "..")))
    assert len([f for f in found if "ports" in f.where + f.found]) <= 2


def test_years_of_two_digits_are_a_line_each_and_a_short_list_ends_the_check(looked):
    found = looked(lambda t: t.assign(year=t["year"].astype(str).str[2:]))
    errors = [f for f in found if f.severity == "error"]
    assert [f.found for f in errors] == [f"year '{y}' in 25 rows" for y in (19, 20, 21, 22)]
    assert errors[0].remedy == "four digits are needed; did you mean 2019?"
    made = made_up()
    lines = checks_check.shortlist(found, Reader(made.study, made.regions, "en"))
    assert lines[0] == "stops a run: panel"
    assert len(lines) == len({f.severity for f in found})


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """Errors that the check finds in the study of the states after a change to its panel."""
    folder = tmp_path_factory.mktemp("states") / "us-states"
    shutil.copytree(RAW / "us-states", folder)
    panel = read_panel(folder)

    def look(change):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COORDINATION_STUDIES", str(folder.parent))
            change(panel.copy()).to_csv(folder / "panel.csv", index=False)
            return checks_check.said("us-states", "en")

    return look


def _blank_rows(t):
    return pd.concat([t, t[t["series"] == "water"].assign(series="bridges", value="")])


def _other_names(t):
    names = t["region"].unique()[:36]
    return t.assign(region=t["region"].where(~t["region"].isin(names), t["region"] + "x"))


def _gaps(t):
    t.loc[t.index[::75], "value"] = ".."
    return t


@pytest.mark.parametrize(
    ("change", "count", "parts"),
    [
        (_blank_rows, "816 times", ["series 'bridges'", "declare it under panel.series in study.yml"]),
        (lambda t: t.assign(year=t["year"].str[2:]), "17 times", ["year '70' in 336 rows", "did you mean 1970?"]),
        (_other_names, "36 times", ["no row of region 'Connecticut'", "is it 'Connecticutx'?"]),
        (_gaps, "panel.csv, row 2", ["'..' (gap) and 76 more", "python -m coordination import"]),
        (lambda t: t.assign(value=t["value"] + "%"), "panel.csv, row 2", ["and 5711 more", "%"]),
        (lambda t: t.assign(region="The " + t["region"]), "48 times", ["no row of region 'Connecticut'"]),
    ],
    ids=["removed-indicator", "two-digit-years", "names", "gaps", "percent-signs", "articles"],
)
def test_one_cause_is_one_message(states, change, count, parts):
    found = states(change)
    (error,) = (f for f in found if f.severity == "error")
    assert count in error.where
    assert_names(f"{error.found}; {error.remedy}", *parts)
    assert not [f for f in found if f.check == "spelling" and f.severity == "warning"]


def test_a_column_full_of_errors_has_a_handful_of_warnings(states):
    def wrong(t):
        at = np.random.default_rng(2).choice(t.index[t["series"] == "water"], 28, replace=False)
        t.loc[at, "value"] = [f"{float(v) * 10:.2f}" for v in t.loc[at, "value"]]
        return t

    found = [f for f in states(wrong) if "water" in f.where + f.found]
    assert sum(int(f.where.split()[0]) if " times, " in f.where else 1 for f in found) >= 28
    assert len(found) <= 7


def test_more_than_five_of_one_kind_are_one_line_that_names_the_first_places(monkeypatch):
    told = [Said("warning", "zero", f"row {k}", f"'{k}'", "a figure", "fill it", ("zero",)) for k in range(7)]
    monkeypatch.setattr(finding, "say", lambda said, reader: said)
    made = made_up()
    (one,) = checks_check.phrased(told, Reader(made.study, made.regions, "en"))
    assert one.where == "7 times, first row 0, row 1, row 2"
    assert one.found == "'0', '1', '2'"
    (one,) = checks_check.phrased(told, Reader(made.study, made.regions, "zh"))
    assert one.where == "共7处，首先为row 0、row 1、row 2"
    assert len(checks_check.phrased(told[:5], Reader(made.study, made.regions, "en"))) == 5
