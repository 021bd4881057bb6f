import numpy as np
import pandas as pd
import pytest
from conftest import assert_names, indicators_of, read_panel
from hypothesis import given
from hypothesis import strategies as st

from coordination.errors import InputError, InputErrors
from coordination.indices.normalisation import min_max
from coordination.indices.panel import (
    LongPanel,
    WidePanel,
    availability,
    complete,
    describe,
    system,
    tidy,
    validate,
    wide,
)
from coordination.study.formulas import evaluate, names

REGIONS = ["Oak", "Elm", "Ash", "Fir", "Bay"]


def message_of(folder):
    with pytest.raises(InputError) as caught:
        indicators_of(folder)
    return str(caught.value)


def test_complete_panel_passes_through_untouched(toy_folder):
    panel = indicators_of(toy_folder)
    assert list(panel.values) == ["ports", "patents", "accident_rate", "clinics"]
    assert list(panel.values.index[::4]) == [(region, 2019) for region in REGIONS]
    assert panel.values.loc[("Fir", 2021)].tolist() == [260, 51, 9 / 65, 21]
    assert not panel.filled.to_numpy().any()


def test_byte_order_mark_does_not_hide_the_first_column(toy, toy_folder):
    folder = toy()
    file = folder / "panel.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    pd.testing.assert_frame_equal(indicators_of(folder).values, indicators_of(toy_folder).values)


def test_rows_outside_the_study_are_counted_not_used(toy, toy_study):
    folder = toy(("panel.csv", "Oak,2019,ports,120\n", "Oak,2019,ports,120\nOak,2018,ports,x\nYew,2019,ports,1\n"))
    panel = validate(read_panel(folder), toy_study, REGIONS)
    assert (panel.other_regions, panel.other_years, len(panel.values)) == (1, 1, 100)


def test_further_columns_are_kept_as_provenance(toy_folder, toy_study):
    table = read_panel(toy_folder).assign(source="yearbook")
    assert validate(table, toy_study, REGIONS).values["source"].unique().tolist() == ["yearbook"]


def test_spaces_around_cells_do_not_matter(toy, toy_folder):
    folder = toy(("panel.csv", "Oak,2019,ports,120", " Oak , 2019,ports , 120 "))
    pd.testing.assert_frame_equal(indicators_of(folder).values, indicators_of(toy_folder).values)


@pytest.mark.parametrize("other", [None, "region"], ids=["alone", "beside-another-region-column"])
def test_region_column_of_another_name(toy, toy_folder, other):
    folder = toy(("study.yml", "file: panel.csv", "file: panel.csv\n  region_column: province"))
    table = read_panel(folder).rename(columns={"region": "province"})
    if other:
        table[other] = "somewhere"
    table.to_csv(folder / "panel.csv", index=False)
    pd.testing.assert_frame_equal(indicators_of(folder).values, indicators_of(toy_folder).values)


FIRST = "Oak,2019,ports,120"
BROKEN_ROWS = {
    "unknown-series": ("Oak,2019,port,120", "series 'port'", "is it 'ports'?"),
    "series-far-off": ("Oak,2019,zzz,120", "series 'zzz'", "declare it under panel.series in study.yml"),
    "decimal-comma": ('Oak,2019,ports,"12,3"', "value '12,3' of ports", "expected a number; remove signs"),
    "n/a": ("Oak,2019,ports,n/a", "value 'n/a' of ports", "expected a number; remove signs"),
    "nan": ("Oak,2019,ports,nan", "value 'nan' of ports", "leave a gap empty"),
    "percent": ("Oak,2019,ports,5%", "value '5%' of ports", "separators and units; leave a gap empty"),
    "infinite": ("Oak,2019,ports,inf", "value 'inf' of ports", "expected a finite number"),
    "minus-infinite": ("Oak,2019,ports,-inf", "value '-inf' of ports", "expected a finite number"),
    "too-large": ("Oak,2019,ports,1e999", "value '1e999' of ports", "expected a finite number"),
    "below-minimum": ("Oak,2019,ports,-1", "-1 of ports", "expected at least 0; correct the figure, or"),
    "half-year": ("Oak,2019.5,ports,120", "year '2019.5'", "expected a whole number"),
    "year-in-words": ("Oak,abc,ports,120", "year 'abc'", "write the year with digits only"),
    "year-missing": ("Oak,,ports,120", "year ''", "write the year with digits only"),
    "year-infinite": ("Oak,inf,ports,120", "year 'inf'", "expected a whole number"),
}


@pytest.mark.parametrize(("broken", "found", "expected"), BROKEN_ROWS.values(), ids=BROKEN_ROWS)
def test_broken_row_is_named_with_its_expectation(toy, broken, found, expected):
    assert_names(message_of(toy(("panel.csv", FIRST, broken))), f"panel.csv, row 2: found {found}", expected)


@pytest.mark.parametrize("year", ["2019", "2019.0", "02019"])
def test_row_that_stands_twice(toy, year):
    message = message_of(toy(("panel.csv", FIRST, f"{FIRST}\nOak,{year},ports,120")))
    assert_names(message, f"panel.csv, row 3: found Oak, {year}, ports again", "one row (the first is row 2)")


@pytest.mark.parametrize("column", ["region", "year", "series", "value"])
def test_missing_column(toy, column):
    header = "region,year,series,value"
    message = message_of(toy(("panel.csv", header, header.replace(column, "x"))))
    assert_names(message, "panel.csv: found columns ", f"expected a column '{column}'; rename the column")


def test_a_negative_minimum_or_none_is_the_studys_choice(toy):
    debts = ("panel.csv", FIRST, "Oak,2019,ports,-1")
    free = toy(("study.yml", "ports: {unit: ports}", "ports: {unit: ports, minimum: null}"), debts)
    assert indicators_of(free).values.loc[("Oak", 2019), "ports"] == -1


def test_the_minimum_itself_is_possible(toy):
    folder = toy(("panel.csv", FIRST, "Oak,2019,ports,0"))
    assert indicators_of(folder).values.loc[("Oak", 2019), "ports"] == 0


def test_a_study_may_have_one_year(toy, toy_folder):
    folder = toy(("study.yml", "{first: 2019, last: 2022}", "{first: 2019, last: 2019}"))
    one, every = indicators_of(folder).values, indicators_of(toy_folder).values
    pd.testing.assert_frame_equal(one, every[every.index.get_level_values("year") == 2019])


def test_panel_without_rows(toy):
    folder = toy()
    folder.joinpath("panel.csv").write_text("region,year,series,value\n", encoding="utf-8")
    message = message_of(folder)
    assert message.startswith("5 faults\n")
    assert_names(message, "panel.csv: found no row of region 'Bay'; expected rows of every region of the study")


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        pytest.param("Fir Isle", "is it 'Fir Isle'?", id="longer-name"),
        pytest.param("fir", "is it 'fir'?", id="lower-case"),
        pytest.param("Zypern", "add its rows, or remove it from regions.csv", id="another-name"),
    ],
)
def test_region_missing_altogether_suggests_the_nearest_name(toy, written, remedy):
    folder = toy()
    file = folder / "panel.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("\nFir,", f"\n{written},"), encoding="utf-8")
    found, expected = "no row of region 'Fir'", "rows of every region of the study"
    assert message_of(folder) == f"panel.csv: found {found}; expected {expected}; {remedy}"


def drop_rows(folder, text):
    lines = (folder / "panel.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "panel.csv").write_text("".join(x for x in lines if not x.startswith(text)), encoding="utf-8")


def test_region_year_without_any_row(toy):
    folder = toy()
    drop_rows(folder, "Ash,2021,")
    assert_names(message_of(folder), "panel.csv: found no row of Ash in 2021; expected every region in every year")


def test_series_missing_for_a_region(toy):
    folder = toy()
    for year in (2019, 2020, 2021, 2022):
        drop_rows(folder, f"Ash,{year},clinics,")
    assert_names(message_of(folder), "panel.csv: found no value of clinics for Ash; expected at least one year")


def test_all_faults_come_at_once_in_the_order_of_the_rows(toy):
    folder = toy(
        ("panel.csv", "Oak,2020,patents,16", "Oak,2020,patents,-16"),
        ("panel.csv", "Bay,2022,clinics,13", "Bay,2022,clinics,13 %\nBay,2022,clinics,13"),
        ("panel.csv", "Elm,2019,ports,80", "Elm,2019,prts,80"),
        ("panel.csv", "Oak,2019,clinics,11", "Oak,2019.5,clinics,11"),
    )
    drop_rows(folder, "Fir,2020")
    with pytest.raises(InputErrors) as caught:
        indicators_of(folder)
    places_and_findings = [fault.args[:2] for fault in caught.value.faults]
    assert places_and_findings == [
        ("panel.csv", "no row of Fir in 2020"),
        ("panel.csv, row 6", "year '2019.5'"),
        ("panel.csv, row 8", "-16 of patents"),
        ("panel.csv, row 22", "series 'prts'"),
        ("panel.csv, row 96", "value '13 %' of clinics"),
        ("panel.csv, row 97", "Bay, 2022, clinics again"),
    ]


def test_a_file_name_with_the_word_row_does_not_confuse_the_order(toy, toy_study):
    folder = toy(("panel.csv", FIRST, "Oak,2019,ports,x"))
    drop_rows(folder, "Fir,2020")
    with pytest.raises(InputErrors) as caught:
        validate(read_panel(folder), toy_study, REGIONS, name="narrow panel.csv")
    assert [fault.args[0] for fault in caught.value.faults] == ["narrow panel.csv", "narrow panel.csv, row 2"]


# Elm's clinics are 6, 6, 8, 9 in 2019 to 2022.
@pytest.mark.parametrize(
    ("years", "expected"),
    [
        pytest.param([2020], [6, 7, 8, 9], id="one-within"),
        pytest.param([2020, 2021], [6, 7, 8, 9], id="two-within"),
        pytest.param([2019], [6, 6, 8, 9], id="start"),
        pytest.param([2021, 2022], [6, 6, 6, 6], id="end"),
        pytest.param([2019, 2021], [6, 6, 7.5, 9], id="start-and-within"),
        pytest.param([2019, 2020, 2022], [8, 8, 8, 8], id="all-but-one"),
    ],
)
def test_gaps_are_filled_and_flagged(toy, years, expected):
    folder = toy()
    for year in years:
        drop_rows(folder, f"Elm,{year},clinics")
    panel = indicators_of(folder)
    assert panel.values.loc["Elm", "clinics"].tolist() == expected
    assert panel.filled.loc["Elm", "clinics"].to_dict() == {y: y in years for y in (2019, 2020, 2021, 2022)}
    assert panel.filled.to_numpy().sum() == len(years)


def test_an_empty_value_is_a_gap_like_a_missing_row(toy):
    panel = indicators_of(toy(("panel.csv", "Elm,2020,clinics,6", "Elm,2020,clinics,")))
    assert panel.values.loc[("Elm", 2020), "clinics"] == 7
    assert panel.filled.loc[("Elm", 2020), "clinics"]


def test_an_indicator_is_flagged_if_any_of_its_series_was_filled(toy):
    panel = indicators_of(toy(("panel.csv", "Oak,2020,population,202", "Oak,2020,population,")))
    assert panel.values.loc[("Oak", 2020), "accident_rate"] == 28 / 202.5
    assert panel.filled.loc[("Oak", 2020)].to_dict() == {
        "ports": False,
        "patents": False,
        "accident_rate": True,
        "clinics": False,
    }


@pytest.mark.parametrize(
    ("interpolation", "year"),
    [
        pytest.param("{within: none}", 2020, id="within-none"),
        pytest.param("{ends: missing}", 2019, id="first-year-missing"),
        pytest.param("{ends: missing}", 2022, id="last-year-missing"),
    ],
)
def test_gaps_that_the_study_does_not_fill_are_errors(toy, interpolation, year):
    folder = toy(("study.yml", "seed: 7", f"seed: 7\ninterpolation: {interpolation}"))
    drop_rows(folder, f"Elm,{year},clinics")
    message = message_of(folder)
    assert_names(message, f"panel.csv: found no value of clinics for Elm in {year}; expected a complete series")


@pytest.mark.parametrize(
    ("interpolation", "year", "value"),
    [
        pytest.param("{within: none}", 2019, 6, id="ends"),
        pytest.param("{ends: missing}", 2020, 7, id="within"),
    ],
)
def test_the_two_settings_of_interpolation_are_independent(toy, interpolation, year, value):
    folder = toy(("study.yml", "seed: 7", f"seed: 7\ninterpolation: {interpolation}"))
    drop_rows(folder, f"Elm,{year},clinics")
    assert indicators_of(folder).values.loc[("Elm", year), "clinics"] == value


@pytest.mark.parametrize("years", [(2010, 2011, 2012, 2019), (2010, 2017, 2018, 2019)], ids=["late", "early"])
def test_interpolation_is_linear_in_the_years_not_in_the_rows(toy_study, years):
    study = toy_study.model_copy(update={"years": years})
    rows = [
        (r, y, s, float(y) if y in years[::3] else np.nan) for r in REGIONS for y in years for s in study.panel.series
    ]
    long = LongPanel(pd.DataFrame(rows, columns=["region", "year", "series", "value"]), 0, 0)
    values = complete(long, study, REGIONS).values
    assert (values["clinics"] == values.index.get_level_values("year")).all()


@given(data=st.data())
def test_interpolation_leaves_the_observed_and_joins_them_by_lines(toy_study, data):
    years = tuple(sorted(data.draw(st.sets(st.integers(1950, 2050), min_size=4, max_size=8))))
    figures = data.draw(
        st.lists(st.none() | st.floats(0, 1e6), min_size=len(years), max_size=len(years)).filter(any_observed)
    )
    study = toy_study.model_copy(update={"years": years})
    rows = [
        (r, y, s, np.nan if v is None else v)
        for r in REGIONS
        for s in study.panel.series
        for y, v in zip(years, figures, strict=True)
    ]
    long = LongPanel(pd.DataFrame(rows, columns=["region", "year", "series", "value"]), 0, 0)
    panel = complete(long, study, REGIONS)
    values, filled = panel.values.loc["Ash", "patents"], panel.filled.loc["Ash", "patents"]
    observed = {y: v for y, v in zip(years, figures, strict=True) if v is not None}
    assert filled.to_dict() == {y: y not in observed for y in years}
    for year in years:
        before = max((y for y in observed if y <= year), default=min(observed))
        after = min((y for y in observed if y >= year), default=max(observed))
        share = (year - before) / (after - before) if after > before else 0
        if year in observed:
            assert values[year] == observed[year]
        else:
            line = observed[before] + share * (observed[after] - observed[before])
            assert values[year] == pytest.approx(line, rel=1e-9, abs=1e-9)


def any_observed(figures):
    return any(v is not None for v in figures)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        pytest.param("a", [6.0, 8.0], id="series"),
        pytest.param("a / b", [2.0, 4.0], id="quotient"),
        pytest.param("a / (10 * b)", [0.2, 0.4], id="parentheses"),
        pytest.param("a - b * 2", [0.0, 4.0], id="precedence"),
        pytest.param("a - b - 1", [2.0, 5.0], id="left-to-right"),
        pytest.param("-a + 1.5", [-4.5, -6.5], id="minus-sign"),
        pytest.param("1 / 4", [0.25, 0.25], id="numbers-only"),
        pytest.param(" (a + b) / 3 ", [3.0, 10 / 3], id="spaces-around"),
    ],
)
def test_formulas_are_arithmetic(formula, expected):
    values = pd.DataFrame({"a": [6, 8], "b": [3, 2]}, index=["Oak", "Elm"])
    result = evaluate(formula, values)
    assert result.to_dict() == pytest.approx(dict(zip(["Oak", "Elm"], expected, strict=True)))
    assert result.dtype == float


def test_names_of_a_formula_in_order_of_appearance():
    assert sorted(names("a / (b + a) - 3 * c_2")) == ["a", "a", "b", "c_2"]
    assert names("b / a") == ["b", "a"]


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("__import__('os')", "'__import__('os')'"),
        ("a.b", "'a.b'"),
        ("a[0]", "'a[0]'"),
        ("a ** b", "'a ** b'"),
        ("a // b", "'a // b'"),
        ("a % b", "'a % b'"),
        ("f(a)", "'f(a)'"),
        ("abs(a, b)", "'abs(a, b)'"),
        ("max(a)", "'max(a)'"),
        ("log(a, base=b)", "'log(a, base=b)'"),
        ("abs.real", "'abs.real'"),
        ("min(*a)", "'min(*a)'"),
        ("max(a, b)(a)", "'max(a, b)(a)'"),
        ("'x'", "''x''"),
        ("True", "'True'"),
        ("1j", "'1j'"),
        ("a < b", "'a < b'"),
        ("a if b else 1", "'a if b else 1'"),
        ("lambda: a", "'lambda: a'"),
        ("[a for a in b]", "'[a for a in b]'"),
        ("(a := 1)", "'(a := 1)'"),
        ("f'{a}'", "f'{a}'"),
        ("a; b", "something that is no formula"),
        ("a = b", "something that is no formula"),
        ("(a", "something that is no formula"),
        ("a b", "something that is no formula"),
        ("import os", "something that is no formula"),
        ("(" * 250 + "a" + ")" * 250, "something that is no formula"),
    ],
    ids=lambda text: text if len(text) < 20 else "too-deep" if "((" in text else "",
)
def test_formulas_are_nothing_but_arithmetic(formula, found):
    values = pd.DataFrame({"a": [6.0], "b": [3.0]})
    with pytest.raises(InputError) as caught:
        evaluate(formula, values)
    assert_names(
        str(caught.value),
        f"formula '{formula}': found",
        found,
        "numbers and series joined by + - * / ( ), abs, log, min, max",
    )


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("abs(a - 50)", [10.0, 5.0]),
        ("min(a, b, 45)", [2.0, 4.0]),
        ("max(a, min(b, 3)) / 2", [20.0, 27.5]),
        ("log(b * 0.5)", [0.0, np.log(2)]),
        ("-abs(-b)", [-2.0, -4.0]),
    ],
)
def test_functions_of_formulas(formula, expected):
    values = pd.DataFrame({"a": [40.0, 55.0], "b": [2.0, 4.0]})
    assert evaluate(formula, values).tolist() == expected
    assert set(names(formula)) <= {"a", "b"}


def test_a_series_may_be_called_like_a_function():
    assert evaluate("log / max(log, 2)", pd.DataFrame({"log": [1.0, 4.0]})).tolist() == [0.5, 1.0]
    assert names("log / max(log, 2)") == ["log", "log"]


def test_a_logarithm_of_zero_is_named_where_it_stands(toy):
    folder = toy(("study.yml", "formula: clinics", "formula: log(clinics - clinics)"))
    assert_names(message_of(folder), "clinics for Oak in 2019 is not finite", "what stands in log not positive?")


def test_a_formula_runs_no_code(toy, tmp_path):
    trace = tmp_path / "executed"
    code = f"__import__('pathlib').Path('{trace}').touch()"
    message = message_of(toy(("study.yml", "formula: clinics", f'formula: "{code}"')))
    assert_names(message, code, "rewrite the formula")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("formula", "series", "remedy"),
    [
        pytest.param("ports / patent", "patent", "is it 'patents'?", id="nearly-right"),
        pytest.param("ports / zzz", "zzz", "declare it under panel.series", id="far-off"),
    ],
)
def test_unknown_series_in_a_formula(toy, formula, series, remedy):
    message = message_of(toy(("study.yml", "formula: clinics", f"formula: {formula}")))
    assert_names(
        message, f"clinics.formula: {formula}: found series '{series}'; expected a series of the study", remedy
    )


def test_division_by_zero_is_named_by_region_and_year(toy):
    message = message_of(toy(("panel.csv", "Ash,2020,population,149", "Ash,2020,population,0")))
    found = "found accident_rate for Ash in 2020 is not finite; expected a number from accidents / population"
    assert message == f"panel.csv: {found}; is the divisor zero?"


@pytest.mark.parametrize("formula", ["clinics / 0", "1 / 0", "0 / 0", "clinics / (ports - ports)"])
def test_division_by_zero_written_into_the_formula(toy, formula):
    message = message_of(toy(("study.yml", "formula: clinics", f"formula: {formula}")))
    assert message.startswith("20 faults\n")
    assert_names(message, "20 times", "clinics for Oak in 2019 is not finite", f"expected a number from {formula}")


@pytest.fixture(scope="module")
def normalised(toy_folder, toy_study):
    panel = indicators_of(toy_folder)
    values = min_max(panel.values, {i.id: i.direction for i in toy_study.indicators})
    filled = panel.filled.copy()
    filled.loc[("Elm", 2020), "clinics"] = True
    return WidePanel(values, filled)


def test_a_normalised_table_comes_back_as_the_panel_it_was(normalised, toy_study, tmp_path):
    tidy(normalised).to_csv(tmp_path / "normalised.csv", index=False)
    panel = wide(pd.read_csv(tmp_path / "normalised.csv"), toy_study, REGIONS)
    pd.testing.assert_frame_equal(panel.values, normalised.values, check_names=False)
    pd.testing.assert_frame_equal(panel.filled, normalised.filled, check_names=False)


@pytest.mark.parametrize(
    "rewritten",
    [
        pytest.param(lambda table: table.sample(frac=1, random_state=0), id="rows-shuffled"),
        pytest.param(lambda table: table.astype({"value": str, "filled": str}), id="cells-as-text"),
    ],
)
def test_a_normalised_table_is_read_whatever_its_form(normalised, toy_study, rewritten):
    panel = wide(rewritten(tidy(normalised)), toy_study, REGIONS)
    pd.testing.assert_frame_equal(panel.values, normalised.values, check_names=False)
    pd.testing.assert_frame_equal(panel.filled, normalised.filled, check_names=False)


def refusal(table, study):
    with pytest.raises(InputError) as caught:
        wide(table, study, REGIONS, name="released.csv")
    return str(caught.value)


@pytest.mark.parametrize("value", [1.2, -0.1, np.nan, np.inf, "x"])
def test_normalised_value_outside_0_to_1(normalised, toy_study, value):
    table = tidy(normalised).astype({"value": object})
    table.loc[4, "value"] = value
    message = refusal(table, toy_study)
    assert_names(message, f"released.csv: found {value} at ('Oak', 2020, 'ports'); expected a number from 0 to 1")


BROKEN_TABLES = {
    "row-missing": (lambda t: t.drop(index=4), "no row ('Oak', 2020, 'ports')", "every region, year and ind"),
    "row-twice": (lambda t: pd.concat([t, t.loc[[4]]]), "('Oak', 2020, 'ports') twice", "one row"),
    "another-year": (lambda t: t.replace(2022, 2023), "row ('Oak', 2023, 'ports')", "only the study's"),
    "another-region": (lambda t: t.replace("Oak", "Yew"), "row ('Yew', 2020, 'ports')", "only the study's"),
    "constant": (lambda t: t.assign(value=0.5), "clinics from 0.5 to 0.5", "from 0 to 1, as min-max"),
    "short-of-1": (
        lambda t: t.assign(value=t["value"] / 2),
        "clinics from 0 to 0.5",
        "from 0 to 1, as min-max",
    ),
    "unclear-flag": (lambda t: t.assign(filled="maybe"), "filled maybe at ('Oak', 2019,", "True or False"),
    "no-flag": (lambda t: t.drop(columns="filled"), "no column 'filled'", "region, year, indicator, value"),
}


@pytest.mark.parametrize(("broken", "found", "expected"), BROKEN_TABLES.values(), ids=BROKEN_TABLES)
def test_broken_normalised_table(normalised, toy_study, broken, found, expected):
    with pytest.raises(InputError) as caught:
        wide(broken(tidy(normalised)), toy_study, REGIONS, "released.csv")
    message = "\n".join(map(str, getattr(caught.value, "faults", [caught.value])))
    assert_names(message, f"released.csv: found {found}", f"expected {expected}", "restore the file")


def test_all_faults_of_a_normalised_table_come_at_once(normalised, toy_study):
    table = tidy(normalised)
    with pytest.raises(InputErrors) as caught:
        wide(pd.concat([table.drop(index=[4, 5]), table.loc[[7]]]), toy_study, REGIONS)
    assert len(caught.value.faults) == 3


def test_availability_counts_the_observed_regions(normalised):
    table = availability(normalised.filled)
    assert table.loc["clinics"].to_dict() == {2019: 5, 2020: 4, 2021: 5, 2022: 5}
    assert table.drop("clinics").to_numpy().tolist() == [[5] * 4] * 3


def test_description_of_a_panel():
    index = pd.MultiIndex.from_product([["Oak", "Elm"], [2019, 2020]], names=["region", "year"])
    values = pd.DataFrame({"a": [1.0, 2.0, 3.0, 6.0]}, index=index)
    filled = pd.DataFrame({"a": [True, False, False, False]}, index=index)
    assert describe(WidePanel(values, filled)).loc["a"].to_dict() == {
        "mean": 3,
        "standard_deviation": pytest.approx((14 / 3) ** 0.5),
        "minimum": 1,
        "median": 2.5,
        "maximum": 6,
        "filled": 0.25,
    }


def test_indicator_system_names_what_there_are_no_figures_for(toy_study):
    assert system(toy_study, "technology").to_numpy().tolist() == [
        ["technology", "access", "ports", "positive", "ports", "ports", True],
        ["technology", "innovation", "patents", "positive", "patents", "patents", True],
        ["technology", "innovation", "software", "positive", "yuan", "", False],
    ]
