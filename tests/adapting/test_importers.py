"""Foreign layouts: the same rows from each; what is passed over and told; what is refused; merging with a panel."""

import argparse
import math
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import OFFICIAL, RAW, assert_names, contents, read_panel, replace_once, write_study
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import document

from coordination.adapting.importing import mapping as importing_mapping
from coordination.adapting.importing import merge
from coordination.adapting.importing import reading as importing_reading
from coordination.errors import InputError, InputErrors
from coordination.pipeline.files import csv_text
from coordination.study import names, tabular
from coordination.study.document import load
from coordination.study.files import read_panel as read_panel_of
from coordination.study.files import read_text
from coordination.study.model import Study
from coordination.study.regions import read_regions

CASES = Path(__file__).with_name("cases")

ZH = {"Oak": "橡", "Elm": "榆", "Ash": "梣", "Fir": "冷杉", "Bay": "月桂"}
YEARS = (2019, 2020, 2021, 2022)
FIGURES = {(r, y): 100.0 * k + y - 2019 + 0.5 for k, r in enumerate(ZH) for y in YEARS}
SMALL = {("Oak", 2019): 1.5, ("Oak", 2020): 2.0}


@pytest.fixture(scope="module")
def toy_regions(toy_folder, toy_study):
    return read_regions(toy_study, toy_folder)


@pytest.fixture
def read(tmp_path, toy_study, toy_regions):
    """Write files by name and read them."""

    def reading(mapping=None, paths=None, **files):
        folder = tmp_path / "given"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
        return importing_reading.read(paths or [folder], toy_study, toy_regions, mapping)

    return reading


def refused(read, *parts, **given_):
    with pytest.raises(InputError) as error:
        read(**given_)
    assert_names(str(error.value), *parts)


def found(imported, series="ports"):
    rows = imported.rows[imported.rows["series"] == series]
    return {(r.region, r.year): r.value for r in rows.itertuples()}


def same(one, other):
    return one.keys() == other.keys() and all(
        one[k] == other[k] or (math.isnan(one[k]) and math.isnan(other[k])) for k in one
    )


# One panel in every layout


def text(value):
    return "" if math.isnan(value) else repr(value)


def spread(figures, names=str, mark=",", end=""):
    """Rows of regions, columns of years, latest first."""
    years = sorted({y for _, y in figures}, reverse=True)
    for region in dict.fromkeys(r for r, _ in figures):
        yield mark.join([names(region), *(text(figures[region, y]) for y in years)]) + end


def nbs_old(folder, figures):
    years = ",".join(f"{y}年" for y in sorted({y for _, y in figures}, reverse=True))
    lines = [
        "数据库：分省年度数据",
        "指标：Ports(ports)",
        f"地区,{years}",
        *spread(figures, ZH.get),
        "",
        "数据来源：某局",
        "",
    ]
    (folder / "分省年度数据.csv").write_bytes("\r\n".join(lines).encode("gbk"))


def nbs_new(folder, figures):
    years = "\t,".join(f"{y}年" for y in sorted({y for _, y in figures}, reverse=True))
    lines = [
        "数据库：分省年度数据 ",
        "时间：2019年-2022年 ",
        f"地区\t,{years}\t,",
        *spread(figures, ZH.get, "\t,", "\t,"),
    ]
    (folder / "ports.csv").write_text("\n".join([*lines, "注：1.某注，2.又注", "数据来源：某局"]), encoding="utf-8-sig")


def nbs_english(folder, figures):
    years = ",".join(str(y) for y in sorted({y for _, y in figures}, reverse=True))
    lines = ["Database: Annual by Province", "Indicator: Ports (ports)", f"Region,{years}", *spread(figures)]
    (folder / "AnnualbyProvince.csv").write_text("\n".join([*lines, "", "Data Sources: a bureau", "Note:"]))


def by_indicator(folder, figures):
    """One region and many indicators, a block for each region."""
    lines = []
    for region in dict.fromkeys(r for r, _ in figures):
        years = [y for r, y in figures if r == region]
        lines += [f"数据库：分省年度数据\n地区：{ZH[region]}", ",".join(["指标", *(f"{y}年" for y in years)])]
        lines += [",".join(["Ports(ports)", *(text(figures[region, y]) for y in years)])]
        lines += [",".join(["不在其中", *("9" for _ in years)]), "数据来源：某局", ""]
    (folder / "many.csv").write_text("\n".join(lines), encoding="utf-8")


def eps(folder, figures):
    years = sorted({y for _, y in figures}, reverse=True)
    book = openpyxl.Workbook()
    book.active.append(["指标", "地区", "单位", *years])
    for region in dict.fromkeys(r for r, _ in figures):
        values = [None if math.isnan(figures[region, y]) else figures[region, y] for y in years]
        book.active.append(["Ports", ZH[region], "ports", *values])
    book.active.append(["数据来源：EPS DATA"])
    book.save(folder / "eps.xlsx")


def plain(folder, figures):
    book = openpyxl.Workbook()
    book.active.title = "ports"
    years = sorted({y for _, y in figures}, reverse=True)
    book.active.append([None, *years])
    for region in dict.fromkeys(r for r, _ in figures):
        book.active.append([region, *(None if math.isnan(figures[region, y]) else figures[region, y] for y in years)])
    book.save(folder / "anything.xlsx")


def turned(folder, figures):
    names = list(dict.fromkeys(r for r, _ in figures))
    lines = [",".join(["年份", *names])]
    lines += [",".join([str(y), *(text(figures[r, y]) for r in names)]) for y in sorted({y for _, y in figures})]
    (folder / "ports.csv").write_text("\n".join(lines), encoding="utf-8")


def long(folder, figures):
    lines = ["region,year,series,value", *(f"{r},{y},ports,{text(v)}" for (r, y), v in figures.items())]
    (folder / "long.csv").write_text("\n".join(lines), encoding="utf-8")


def wide_by_series(folder, figures):
    lines = ["region\tyear\tports\tother", *(f"{r}\t{y}\t{text(v)}\t1" for (r, y), v in figures.items())]
    (folder / "wide.tsv").write_text("\n".join(lines), encoding="utf-8")


LAYOUTS = (nbs_old, nbs_new, nbs_english, by_indicator, eps, plain, turned, long, wide_by_series)
NAMES = {
    nbs_old: "wide by year",
    nbs_new: "wide by year",
    nbs_english: "wide by year",
    by_indicator: "one region by year",
    eps: "indicators by year",
    plain: "wide by year",
    turned: "years by region",
    long: "long",
    wide_by_series: "wide by series",
}


@pytest.mark.parametrize("write", LAYOUTS)
def test_every_layout_gives_the_same_rows(tmp_path, toy_study, toy_regions, write):
    write(tmp_path, FIGURES)
    imported = importing_reading.read([tmp_path], toy_study, toy_regions)
    assert found(imported) == FIGURES
    report = imported.report
    assert set(report[report["series"] == "ports"]["layout"]) == {NAMES[write]}
    assert report["rows"].sum() == len(FIGURES)
    assert list(imported.rows) == list(importing_mapping.COLUMNS)


# Workbooks keep 16 digits of a number.
values = st.one_of(
    st.just(math.nan), st.floats(0, 1e12).map(lambda x: float(f"{x:.14g}")), st.integers(0, 10**9).map(float)
)


@settings(max_examples=25)
@given(st.data(), st.sampled_from(LAYOUTS))
def test_any_panel_comes_back_from_any_layout(tmp_path_factory, toy_study, toy_regions, data, write):
    folder = tmp_path_factory.mktemp("layout")
    some = data.draw(st.lists(st.sampled_from(list(ZH)), min_size=2, unique=True))
    years = data.draw(st.lists(st.sampled_from(YEARS), min_size=2, unique=True))
    figures = {(r, y): data.draw(values) for r in some for y in years}
    write(folder, figures)
    assert same(found(importing_reading.read([folder], toy_study, toy_regions)), figures)


def test_rows_say_where_they_come_from(read):
    rows = read(ports__csv="region,2020,2019\nElm,3,4\nOak,1,2\n").rows
    assert rows["region"].tolist() == ["Oak", "Oak", "Elm", "Elm"]
    assert rows["year"].tolist() == [2019, 2020, 2019, 2020]
    assert rows["origin"].tolist() == [f"ports.csv, cell {c}" for c in ("C3", "B3", "C2", "B2")]
    assert set(rows["source"]) == {"ports.csv"}


def test_a_sheet_is_part_of_the_origin(tmp_path, toy_study, toy_regions):
    plain(tmp_path, SMALL)
    rows = importing_reading.read([tmp_path / "anything.xlsx"], toy_study, toy_regions).rows
    assert rows["origin"].tolist() == [f"anything.xlsx, sheet ports, cell {c}" for c in ("C2", "B2")]


# What names a series


@pytest.mark.parametrize(
    ("files", "series"),
    [
        ({"Accidents.csv": "region,2019\nOak,1\n"}, ""),
        ({"PORTS (ports).csv": "region,2019\nOak,1\n"}, "ports"),
        ({"x.csv": "Indicator: Clinics（clinics）\nregion,2019\nOak,1\n"}, "clinics"),
        ({"clinics.csv": "Indicator: Ports\nregion,2019\nOak,1\n"}, "ports"),
        ({"ports.csv": "Indicator: no such\nregion,2019\nOak,1\n"}, "ports"),
    ],
)
def test_a_series_is_named_by_its_indicator_its_sheet_or_its_file(read, tmp_path, files, series):
    (tmp_path / "given").mkdir()
    for name, content in files.items():
        (tmp_path / "given" / name).write_text(content, encoding="utf-8")
    expected = series or "accidents"
    assert read().report["series"].tolist() == [expected]


def test_another_unit_is_noted_and_a_file_that_names_the_series_otherwise(read):
    notes = read(ports__csv="Indicator: no such (10 000 ports)\nregion,2019\nOak,1\n").report["notes"][0]
    assert_names(notes, "the unit is '10 000 ports', declared is 'ports'", "named by 'ports', not by 'no such")


TABLE = "region,2019\nOak,1\n"


@pytest.mark.parametrize(
    ("content", "units"),
    [
        ("专利授权数（单位：千件）\n" + TABLE, ["千件"]),
        ("Patents (Unit: 1000 pieces)\n\n" + TABLE, ["1000 pieces"]),
        ("表3 专利授权数,单位：万件\n" + TABLE, ["万件"]),
        ("表3 专利授权数    单位：万件    2019年\n" + TABLE, ["万件"]),
        ("单位：万件\n" + TABLE, ["万件"]),
        ("计量单位：万件\n" + TABLE, ["万件"]),
        ('"Unit: 10,000 persons"\n' + TABLE, ["10,000 persons"]),
        ("单位：万件,2019,2020\nOak,1,2\n", ["万件", "万件"]),
        ("region,2019\n（单位：万件）\nOak,1\n", ["万件"]),
        ("编制单位：统计局\n" + TABLE, [""]),
        ("附表（编制单位：统计局）\n" + TABLE, [""]),
        ("表1（单位：千件）\n" + TABLE + "表2（单位：件）\nregion,2020\nOak,2\n", ["千件", "件"]),
        ("表1（单位：千件）\n" + TABLE + "\nregion,2020\nOak,2\n", ["千件", ""]),
        ("表1（单位：千件）\n" + TABLE + "region,2019\nElm,2\n", ["千件", "千件"]),
        ("表1（单位：千件）\nregion,year,ports,x\nOak,2019,1,3\n", ["千件"]),
        ("表1（单位：千件）\nregion,year,ports（单位：件）\nOak,2019,1\n", ["件"]),
        ("表1（单位：千件）\nregion,2019,unit\nOak,1,件\n", ["件"]),
    ],
)
def test_a_title_says_the_unit(read, content, units):
    imported = read(ports__csv=content)
    assert imported.rows["unit"].tolist() == units
    said = [f"the unit is '{u}', declared is" in "".join(imported.report["notes"]) for u in units]
    assert said == [bool(u) for u in units]


def test_an_indicator_of_several_series_names_none(read):
    line = read(any__csv="指标：人均事故\nregion,2019\nOak,1\n").report.iloc[0]
    assert (line["series"], line["rows"]) == ("", 0)
    assert "no series of the study is called so" in line["reason"]


def test_an_unmatched_block_is_told_with_the_nearest_names_and_not_imported(read):
    imported = read(patentes__csv="region,2019\nOak,1\n", ports__csv="region,2019\nOak,1\n")
    assert found(imported, "patents") == {}
    reason = imported.report.set_index("file").loc["patentes.csv", "reason"]
    assert "nearest: patents" in reason


def test_names_declared_for_a_series_name_it(toy, tmp_path):
    folder = toy(("study.yml", "ports: {unit: ports}", "ports: {unit: ports, names: [互联网宽带接入端口]}"))
    study = load(folder)
    (tmp_path / "x.csv").write_text("指标：互联网宽带接入端口(ports)\n地区,2019年\n橡,1\n", encoding="gbk")
    assert found(importing_reading.read([tmp_path / "x.csv"], study, read_regions(study, folder))) == {
        ("Oak", 2019): 1.0
    }


def test_periods_with_labels_are_periods(toy, tmp_path):
    folder = toy(("study.yml", "years: {first: 2019, last: 2022}", "years: [2020Q1, 2020Q2, 2020Q3]"))
    study = load(folder)
    (tmp_path / "ports.csv").write_text("region,2020Q2,2020Q1,2019Q4,2020\nOak,2,1,9,9\n", encoding="utf-8")
    imported = importing_reading.read([tmp_path / "ports.csv"], study, read_regions(study, folder))
    assert list(found(imported).items()) == [(("Oak", "2020Q1"), 1.0), (("Oak", "2020Q2"), 2.0)]
    assert imported.report["passed_over"][0] == 2


def test_a_mapping_names_series_columns_and_regions(read, tmp_path):
    mapping = tmp_path / "m.yml"
    mapping.write_text(
        "series: {Anschlüsse: ports, unwanted: }\ncolumns: {Land: region, Jahr: year, Was: series, Zahl: value}\n"
        "regions: {Eiche: Oak, Anderswo: }\n",
        encoding="utf-8",
    )
    table = "Land,Jahr,Was,Zahl\nEiche,2019,Anschlüsse,5\nAnderswo,2019,Anschlüsse,6\nElm,2019,unwanted,7\n"
    imported = read(mapping, table__csv=table)
    assert found(imported) == {("Oak", 2019): 5.0}
    assert imported.report["reason"].tolist() == ["", "the mapping passes it over"]


def test_a_mapping_may_be_a_table_and_name_files(read, tmp_path):
    mapping = tmp_path / "m.csv"
    mapping.write_text("name,series\nabc.csv,clinics\n", encoding="utf-8")
    assert found(read(mapping, abc__csv="region,2019\nOak,1\n"), "clinics") == {("Oak", 2019): 1.0}


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("m.yml", "series: {a: portz}", ["m.yml: series: a", "'portz'", "is it 'ports'?"]),
        ("m.yml", "columns: {a: province}", ["columns: a", "one of region, year, series, value, unit"]),
        ("m.yml", "regions: {a: Oakk}", ["regions: a", "is it 'Oak'?"]),
        ("m.yml", "serie: {a: ports}", ["the key 'serie'"]),
        ("m.yml", "series: [a, b]", ["m.yml: series", "list"]),
        ("m.yml", "series: {a: [b]}", ["series: a", "list", "one name"]),
        ("m.yml", "series: {a: ports, a: clinics}", ["the key 'a' a second time"]),
        ("m.yml", "series: {A: ports, a: clinics}", ["'clinics' and 'ports'", "one of them"]),
        ("m.yml", "series: {[a]: ports}", ["no text as a key"]),
        ("m.yml", "a: &a [x, x]\nb: [*a, *a]", ["an alias or anchor"]),
        ("m.yml", "series: {a: !!python/object/apply:os.system [ls]}", ["line 1", "a tag (!)"]),
        ("m.yml", "series: {a", ["line 1", "plain YAML"]),
        ("m.yml", "", ["no keys"]),
        ("m.yml", "[" * 900_000, ["m.yml, line 1", "brackets within brackets"]),
        ("m.yml", "#" * 1_000_001, ["at most 1000000"]),
        ("m.csv", "a,b\n1,2\n", ["columns a, b", "columns name and series"]),
        ("m.csv", "name,series\na,ports\na,clinics\n", ["m.csv, row 3", "'a' again"]),
        ("m.csv", "name,series\na,portz\n", ["series: a", "'portz'"]),
        ("m.json", "{}", ["a file of kind '.json'"]),
    ],
)
def test_a_broken_mapping_is_refused(read, tmp_path, name, content, parts):
    (tmp_path / name).write_text(content, encoding="utf-8")
    refused(read, *parts, mapping=tmp_path / name, ports__csv="region,2019\nOak,1\n")


# What is passed over, and told


def test_other_regions_and_years_are_counted(read):
    table = "地区,2019年,2018年\n全国,9,9\n橡,1,9\n北京市,9,9\n"
    line = read(ports__csv=table).report.iloc[0]
    assert (line["rows"], line["passed_over"]) == (1, 5)
    assert_names(line["notes"], "2 regions passed over", "1 years passed over")


def test_cleaned_numbers_and_gaps_are_told(read):
    imported = read(ports__csv='region,2019,2020,2021\nOak,"1,234",…,12%\n')
    assert same(found(imported), {("Oak", 2019): 1234.0, ("Oak", 2020): math.nan, ("Oak", 2021): 12.0})
    line = imported.report.iloc[0]
    assert line["gaps"] == 1
    assert_names(line["notes"], "thousands separators in 1 cells", "percent sign in 1 cells")


def test_a_percent_format_is_read_and_told_as_a_percent_sign(tmp_path, toy_study, toy_regions):
    read_of = []
    for value, number_format in ((0.403, "0.0%"), ("40.3%", "General")):
        book = openpyxl.Workbook()
        book.active.title = "ports"
        book.active.append(["region", 2019])
        book.active.append(["Oak", value])
        book.active["B2"].number_format = number_format
        book.save(tmp_path / "book.xlsx")
        imported = importing_reading.read([tmp_path / "book.xlsx"], toy_study, toy_regions)
        read_of.append((found(imported), imported.report["notes"][0]))
    assert read_of[0] == read_of[1] == ({("Oak", 2019): 40.3}, "percent sign in 1 cells")


def test_files_that_are_no_tables_are_told(read, tmp_path):
    folder = tmp_path / "given" / "deep"
    folder.mkdir(parents=True)
    for name in (".hidden.csv", "~$book.xlsx", "notes.md"):
        (folder / name).write_text("x", encoding="utf-8")
    (folder / "remark.txt").write_text('a remark\n"not closed', encoding="utf-8")
    (tmp_path / "outside.csv").write_text("region,2019\nOak,1\n", encoding="utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    report = read(ports__csv="region,2019\nOak,1\n").report.set_index("file")["reason"]
    assert report["deep/.hidden.csv"] == "skipped: hidden"
    assert report["deep/~$book.xlsx"] == "skipped: a lock file"
    assert report["deep/notes.md"] == "skipped: no table"
    assert report["deep/link.csv"] == "skipped: a link that leads out of the folder"
    assert report["deep/remark.txt"] == "skipped: unexpected end of data"
    assert report["ports.csv"] == ""


def test_a_sheet_without_a_header_is_told(read):
    line = read(any__csv="Oak,a\nElm,b\n").report.iloc[0]
    assert "no layout recognised" in line["reason"]


def test_a_row_of_figures_is_no_header(read):
    imported = read(ports__csv="Oak,2019,2020\nElm,2021,2022\n")
    assert imported.rows.empty
    assert "no layout recognised" in imported.report["reason"][0]


def test_columns_without_a_year_and_rows_below_the_table_are_told(read):
    line = read(ports__csv="region,2019,remark,2o20\nOak,1,x,5\nSource: us\ntwo,words\n").report.iloc[0]
    assert_names(line["notes"], "C1 'remark'", "D1 '2o20'", "row 4, below the table, passed over")
    assert line["rows"] == 1


def test_tables_side_by_side_are_not_guessed_at(read):
    imported = read(ports__csv="region,2019,region,2019\nOak,1,Elm,2\n")
    assert imported.rows.empty
    assert "several columns of the region: A1, C1" in imported.report["reason"][0]


def test_a_mapping_says_which_of_two_columns_is_the_region(read, tmp_path):
    (tmp_path / "m.yml").write_text("columns: {省份: region}", encoding="utf-8")
    table = "地区,省份,年份,ports\n北,橡,2019,5\n"
    assert read(t__csv=table).rows.empty
    assert found(read(tmp_path / "m.yml", t__csv=table)) == {("Oak", 2019): 5.0}


@pytest.mark.parametrize("word", ["区县", "城市", "县区", "市", "县", "地级市", "City", "district", "County", "区(县)"])
def test_districts_and_cities_are_regions(read, word):
    imported = read(t__csv=f"{word},年份,ports,patents\nOak,2019,5,6\n")
    assert (found(imported), found(imported, "patents")) == ({("Oak", 2019): 5.0}, {("Oak", 2019): 6.0})
    assert found(read(t__csv=f"{word},年份,指标,数值\nOak,2019,ports,5\n")) == {("Oak", 2019): 5.0}


def test_a_province_and_a_city_are_not_guessed_at(read, tmp_path):
    table = "省份,城市,年份,ports\n北,Oak,2019,5\n"
    assert "several columns of the region: A1, B1" in read(t__csv=table).report["reason"][0]
    (tmp_path / "m.yml").write_text("columns: {城市: region}", encoding="utf-8")
    assert found(read(tmp_path / "m.yml", t__csv=table)) == {("Oak", 2019): 5.0}


def test_headings_that_are_not_known_lead_to_the_mapping(command, tmp_path, capsys):
    (tmp_path / "t.csv").write_text("where,年份,ports\nOak,2019,5\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"headings \(columns\) in a mapping \(--mapping, MAPPING= in make\)"):
        command(tmp_path / "t.csv")
    assert_names(capsys.readouterr().out, "no layout recognised", "under columns in a mapping")


def test_a_header_that_is_repeated_is_no_row(read):
    assert len(found(read(ports__csv="region,2019\nOak,1\nregion,2019\nElm,2\n"))) == 2


def test_tables_below_one_another_are_told_apart(read):
    table = "Indicator: Ports\nregion,2019\nOak,1\n\nIndicator: Clinics\nregion,2020\nElm,2\n"
    imported = read(x__csv=table)
    assert found(imported) == {("Oak", 2019): 1.0}
    assert found(imported, "clinics") == {("Elm", 2020): 2.0}


def test_a_unit_that_reads_like_a_heading_begins_no_table(read):
    table = "indicator,unit,region,2019,2020\nPorts,year,Oak,1998,1999\nPorts,year,Elm,2001,2002\n"
    assert len(found(read(x__csv=table))) == 4


def test_a_remark_below_the_table_is_no_region(read):
    assert found(read(ports__csv="region,2019\nOak,1\nthese are made up\n")) == {("Oak", 2019): 1.0}


def test_a_region_without_any_figure_has_gaps(read):
    assert same(found(read(ports__csv="region,2019\nOak,1\nElm,\n")), {("Oak", 2019): 1.0, ("Elm", 2019): math.nan})


def test_figures_that_look_like_years_are_figures(read):
    table = "region,2019,2020\nOak,1998,1999\nElm,2001,2002\n"
    assert len(found(read(ports__csv=table))) == 4
    assert found(read(ports__csv=table))["Elm", 2020] == 2002


def test_the_same_figure_twice_is_kept_once_and_noted(read):
    imported = read(ports__csv="region,2019\nOak,1.0\n", Ports__tsv="region\t2019\nOak\t1\n")
    assert found(imported) == {("Oak", 2019): 1.0}
    assert "1 figures that stand elsewhere too" in " ".join(imported.report["notes"])


@pytest.mark.parametrize("first", ["", "7"])
def test_a_figure_fills_the_gap_of_another_file(read, first):
    second = "" if first else "7"
    imported = read(
        ports__csv=f"region,2019,2020\nOak,{first},1\n", Ports__tsv=f"region\t2019\t2020\nOak\t{second}\t1\n"
    )
    assert found(imported) == {("Oak", 2019): 7.0, ("Oak", 2020): 1.0}


# What is refused


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("region,2019\nOakk,1\n", ["ports.csv, cell A2", "region 'Oakk'", "is it 'Oak'?", "mapping"]),
        ("region,2019\nOak,1\n,2\n", ["cell A3", "no region"]),
        ("region,2019\nOak,abc\n", ["ports.csv, cell B2", "'abc'", "a number"]),
        ('region,2019\nOak,"1,5"\n', ["cell B2", "'1,5'", "decimal point"]),
        ("region,2019\nOak,12①\n", ["cell B2", "'12①'", "footnote marks"]),
        ("region,2019\nOak,inf\n", ["cell B2", "'inf'"]),
        ("region,2019,2019\nOak,1,2\n", ["Oak, 2019, ports", "1 (ports.csv, cell B2) and 2 (ports.csv, cell C2)"]),
        ("region,2019\nOak,1\nOAK,2\n", ["1 (ports.csv, cell B2) and 2 (ports.csv, cell B3)", "one figure"]),
        ("region,year,value\nOak,20l9,1\n", ["cell B2", "year '20l9'", "a year"]),
        ("region,year,value\nOak,,1\n", ["cell B2", "no year"]),
        ("region,year,value\nOak,19,1\n", ["cell B2", "year '19'"]),
        ("region,year,series,value\nOak,2019,ports,x\n", ["cell D2", "'x'"]),
        ("year,Oak,Elk\n2019,1,2\n", ["cell C1", "region 'Elk'"]),
        ("Region: Oakk\nIndicator,2019\nports,1\n", ["region 'Oakk'", "is it 'Oak'?"]),
        ("Indicator,2019\nports,1\n", ["no region"]),
        ('region,2019\n"Oak,1\n', ["line 2", "unexpected end of data"]),
        ("region,2019\nOak,1\nNote: made up\nElm,2\n", ["cell A4", "a row of figures below a remark"]),
        ("", ["an empty file"]),
        ("region,2019\nOak,1\0\n", ["NUL bytes"]),
    ],
)
def test_faults_are_named_with_file_and_cell(read, content, parts):
    refused(read, "ports.csv", *parts, ports__csv=content)


def test_all_faults_of_all_files_come_together(read):
    with pytest.raises(InputErrors) as error:
        read(ports__csv="region,2019\nOakk,1\nElm,x\n", clinics__csv="region,2019\nOak,y\n", x__xlsx="no workbook")
    assert len(error.value.faults) == 4


def test_an_unknown_region_is_told_once(read):
    with pytest.raises(InputErrors) as error:
        read(ports__csv="region,year,value\nOakk,2019,1\nOakk,2020,2\n")
    assert len(error.value.faults) == 1


def test_a_missing_path_is_told(read, tmp_path):
    refused(read, "gone", "no such file or folder", paths=[tmp_path / "gone"])


def test_two_files_that_differ_are_both_named(read, tmp_path):
    (tmp_path / "given" / "a").mkdir(parents=True)
    (tmp_path / "given" / "a" / "ports.csv").write_text("region,2019\nOak,1\n", encoding="utf-8")
    refused(read, "1 (a/ports.csv, cell B2) and 2 (ports.csv, cell B2)", ports__csv="region,2019\nOak,2\n")


def test_error_cells_of_a_table_that_is_imported_are_refused_and_others_noted(tmp_path, toy_study, toy_regions):
    book = openpyxl.Workbook()
    book.active.title = "remarks"
    book.active["A1"] = "#N/A"
    book.create_sheet("ports")
    for where, value in {"A1": "region", "B1": 2019, "A2": "Oak", "B2": 1}.items():
        book["ports"][where] = value
    book.save(tmp_path / "book.xlsx")
    imported = importing_reading.read([tmp_path], toy_study, toy_regions)
    assert "1 cells with errors" in imported.report.set_index("sheet").loc["remarks", "notes"]
    book["ports"]["C1"], book["ports"]["C2"] = "=B1+1", 5
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(InputErrors, match=r"book\.xlsx, sheet ports, cell C1: found a formula that was never computed"):
        importing_reading.read([tmp_path], toy_study, toy_regions)


@pytest.mark.parametrize(("merged", "figures"), [(True, 4), (False, 2)])
def test_an_indicator_stands_for_the_rows_it_is_merged_over_and_for_no_others(
    tmp_path, toy_study, toy_regions, merged, figures
):
    book = openpyxl.Workbook()
    for row in (["指标", "地区", 2019, 2020], ["Ports", "橡", 1, 2], [None, "榆", 3, 4]):
        book.active.append(row)
    if merged:
        book.active.merge_cells("A2:A3")
    book.save(tmp_path / "eps.xlsx")
    assert len(found(importing_reading.read([tmp_path], toy_study, toy_regions))) == figures


# Merging


@pytest.mark.parametrize(
    ("area", "cells"),
    [
        ("B2:D2", {"B2": 10}),
        ("B2:B3", {"B2": 10, "C2": 1, "D2": 2, "C3": 3, "D3": 4}),
    ],
)
def test_a_figure_of_merged_cells_is_refused(tmp_path, toy_study, toy_regions, area, cells):
    book = openpyxl.Workbook()
    book.active.title = "ports"
    labels = {"A1": "region", "B1": 2019, "C1": 2020, "D1": 2021, "A2": "Oak", "A3": "Elm"}
    for where, value in (labels | cells).items():
        book.active[where] = value
    book.active.merge_cells(area)
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(InputErrors) as error:
        importing_reading.read([tmp_path], toy_study, toy_regions)
    assert_names(str(error.value), "book.xlsx, sheet ports, cell B2", f"'10' in the merged cells {area}", "unmerge")
    assert len(error.value.faults) == 1


def test_merged_headings_labels_and_gaps_stand_for_all_their_cells(tmp_path, toy_study, toy_regions):
    book = openpyxl.Workbook()
    rows = [["Ports", None, None], ["region", "year", "ports"], ["Oak", 2019, 1], [None, 2020, 2], ["Elm", 2019, "…"]]
    for row in [*rows, [None, 2020, None]]:
        book.active.append(row)
    for area in ("A1:C1", "A3:A4", "A5:A6", "C5:C6"):
        book.active.merge_cells(area)
    book.save(tmp_path / "book.xlsx")
    expected = {("Oak", 2019): 1.0, ("Oak", 2020): 2.0, ("Elm", 2019): math.nan, ("Elm", 2020): math.nan}
    assert same(found(importing_reading.read([tmp_path], toy_study, toy_regions)), expected)


@pytest.mark.parametrize("areas", [("A2:A3", "B2:D2"), ("B2:D2",)])
def test_a_header_of_two_lines_is_one_table(tmp_path, toy_study, toy_regions, areas):
    book = openpyxl.Workbook()
    book.active.title = "ports"
    book.active.append(["专利授权数（单位：千件）"])
    for row in (["地区", "年份", None, None], [None, 2019, 2020, 2021], ["Oak", 1, 2, 3], ["Elm", 4, 5, 6]):
        book.active.append(row)
    for area in areas:
        book.active.merge_cells(area)
    book.save(tmp_path / "book.xlsx")
    imported = importing_reading.read([tmp_path], toy_study, toy_regions)
    assert imported.report[["series", "reason", "rows"]].to_numpy().tolist() == [["ports", "", 6]]
    assert found(imported)["Elm", 2021] == 6
    assert set(imported.rows["unit"]) == {"千件"}


def test_a_row_below_a_header_of_doubled_columns_is_no_second_line(read):
    reasons = read(ports__csv="region,region,2019,2020\nSomewhere,North,2019,2020\n").report["reason"]
    assert "several columns of the region: A1, B1" in reasons[0]


def panel(*rows, extra=()):
    return pd.DataFrame(
        [r.split(",") for r in rows], columns=["region", "year", "series", "value", *extra], dtype=object
    )


def lines(table):
    return [",".join(row) for row in table[["region", "year", "series", "value"]].itertuples(index=False)]


def test_merging_adds_in_the_study_s_order_and_leaves_the_rest(read):
    imported = read(ports__csv="region,2019,2020\nElm,3,4\nOak,1,2\n")
    old = panel("Elm,2019,patents,007", "Oak,2019,ports,1.00", "Atlantis,2019,ports,x")
    merged = merge.merge(imported, old)
    assert lines(merged) == [
        "Oak,2019,ports,1.00",
        "Oak,2020,ports,2",
        "Elm,2019,ports,3",
        "Elm,2020,ports,4",
        "Atlantis,2019,ports,x",
        "Elm,2019,patents,007",
    ]
    assert (merged.attrs["new"], merged.attrs["unchanged"], merged.attrs["replaced"]) == (3, 1, [])


def test_a_figure_fills_a_gap_of_the_panel_and_a_gap_empties_nothing(read):
    imported = read(ports__csv="region,2019,2020\nOak,5,\n")
    merged = merge.merge(imported, panel("Oak,2019,ports,", "Oak,2020,ports,6"))
    assert lines(merged) == ["Oak,2019,ports,5", "Oak,2020,ports,6"]


def test_a_figure_that_differs_is_a_conflict_that_names_both_places(read):
    imported = read(ports__csv="region,2019\nOak,5\nElm,7\n")
    with pytest.raises(InputErrors) as error:
        merge.merge(imported, panel("Elm,2019,ports,7", "Oak,2019,ports,6"))
    assert_names(str(error.value), "Oak, 2019, ports", "6 (panel.csv, row 3) and 5 (ports.csv, cell B2)")
    assert len(error.value.faults) == 1


def test_a_replacement_is_told_and_keeps_its_provenance(read):
    imported = read(ports__csv="region,2019\nOak,5\n")
    merged = merge.merge(imported, panel("Oak,2019,ports,6,old", extra=["source"]), replace=True)
    assert lines(merged) == ["Oak,2019,ports,5"]
    assert merged["source"].tolist() == ["ports.csv"]
    assert merged.attrs["replaced"] == ["Oak, 2019, ports: 6 (panel.csv, row 2) is now 5 (ports.csv, cell B2)"]


@pytest.fixture
def downloaded(read):
    """A panel from one download, and another download of the same name that differs and has a gap."""
    old = merge.merge(read(ports__csv="region,2019,2020\nOak,5,6\n"), panel())
    return old, read


def test_another_file_of_the_same_name_replaces_nothing_unasked(downloaded):
    old, read = downloaded
    other = read(ports__csv="region,2019,2020\nOak,7,6\n")
    with pytest.raises(InputErrors) as error:
        merge.merge(other, old)
    assert_names(str(error.value), "5 (panel.csv, row 2) and 7 (ports.csv, cell B2)", "REPLACE=1", "of the same name")
    assert lines(merge.merge(other, old, replace=True)) == ["Oak,2019,ports,7", "Oak,2020,ports,6"]


def test_an_empty_cell_of_a_file_of_the_same_name_erases_nothing_unasked(downloaded):
    old, read = downloaded
    other = read(ports__csv="region,2019,2020\nOak,5,\n")
    merged = merge.merge(other, old)
    assert lines(merged) == ["Oak,2019,ports,5", "Oak,2020,ports,6"]
    assert merged.attrs["replaced"] == []
    assert merged.attrs["kept"] == ["Oak, 2020, ports: 6 (panel.csv, row 3), empty in ports.csv, cell C2"]
    merged = merge.merge(other, old, replace=True)
    assert lines(merged) == ["Oak,2019,ports,5", "Oak,2020,ports,"]
    assert merged.attrs["replaced"] == ["Oak, 2020, ports: 6 (panel.csv, row 3) is now empty (ports.csv, cell C2)"]


def test_the_command_tells_what_it_kept(command, tmp_path):
    (tmp_path / "ports.csv").write_text("region,2019\nOak,9\n", encoding="utf-8")
    command(tmp_path / "ports.csv", replace=True)
    (tmp_path / "ports.csv").write_text("region,2019\nOak,\n", encoding="utf-8")
    said = command(tmp_path / "ports.csv")
    assert_names(said, "kept: Oak, 2019, ports: 9 (", "empty in ports.csv, cell B2", "REPLACE=1 empties them")
    assert read_panel(command.folder)["value"][0] == "9"


@pytest.mark.parametrize(
    ("old", "parts"),
    [
        (panel("Oak,2019,ports,abc"), ["panel.csv, row 2", "value 'abc' of ports", "a number"]),
        (panel("Oak,2019,ports,1").drop(columns="value"), ["panel.csv", "a column 'value'"]),
        (panel("Oak,2019,ports,1").rename(columns={"region": "x"}), ["a column 'region'"]),
        (panel("Oak,2019,ports,5", "Oak,2019,ports,6"), ["row 3", "6"]),
    ],
)
def test_a_broken_panel_is_refused(read, old, parts):
    imported = read(ports__csv="region,2019\nOak,5\n")
    with pytest.raises(InputErrors) as error:
        merge.merge(imported, old)
    assert_names(str(error.value), *parts)


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from(sorted(FIGURES)), values, min_size=2))
def test_importing_twice_is_importing_once(tmp_path_factory, toy_study, toy_regions, figures):
    folder = tmp_path_factory.mktemp("twice")
    long(folder, figures)
    imported = importing_reading.read([folder], toy_study, toy_regions)
    once = csv_text(merge.merge(imported, panel()))
    (folder / "panel.csv").write_text(once, encoding="utf-8")
    twice = merge.merge(imported, read_text(folder / "panel.csv"))
    assert csv_text(twice) == once
    assert (twice.attrs["new"], twice.attrs["replaced"]) == (0, [])
    again = importing_reading.read([folder / "panel.csv"], toy_study, toy_regions)
    assert same(found(again), figures)


# The command


@pytest.fixture
def command(toy, tmp_path, monkeypatch, capsys):
    """Run the command on the toy study and return what it said."""
    folder = toy()
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))

    def run(*paths, **more):
        options = {
            "study": "toy",
            "paths": list(paths),
            "mapping": None,
            "year": None,
            "dry_run": False,
            "replace": False,
        } | more
        merge.command(argparse.Namespace(**options))
        return capsys.readouterr().out

    run.folder = folder
    return run


def test_a_panel_written_anew_is_the_panel_of_the_study(command, tmp_path):
    old = read_panel(command.folder)
    given_ = tmp_path / "given.csv"
    (command.folder / "panel.csv").rename(given_)
    said = command(given_)
    assert_names(said, "imported", "given.csv", "panel.csv (written): 100 rows new, 0 replaced, 0 unchanged")
    new = read_panel(command.folder)
    keys = ["region", "year", "series", "value"]
    assert sorted(map(tuple, new[keys].to_numpy())) == sorted(map(tuple, old[keys].to_numpy()))
    first = contents(command.folder)
    assert "(as it was): 0 rows new, 0 replaced, 100 unchanged" in command(given_)
    assert contents(command.folder) == first


def test_a_dry_run_writes_nothing(command, tmp_path):
    before = contents(command.folder)
    (tmp_path / "ports.csv").write_text("region,2019\nOak,9\n", encoding="utf-8")
    said = command(tmp_path / "ports.csv", dry_run=True, replace=True)
    assert_names(said, "a dry run", "replaced: Oak, 2019, ports: 120 (", "is now 9 (ports.csv, cell B2)")
    assert contents(command.folder) == before


def test_a_conflict_leaves_the_panel_as_it_was(command, tmp_path):
    before = contents(command.folder)
    (tmp_path / "ports.csv").write_text("region,2019\nOak,9\n", encoding="utf-8")
    with pytest.raises(InputErrors, match=r"panel\.csv, row 2\) and 9 \(ports\.csv, cell B2\)"):
        command(tmp_path / "ports.csv")
    assert contents(command.folder) == before
    assert "1 replaced" in command(tmp_path / "ports.csv", replace=True)
    assert read_panel(command.folder)["value"][0] == "9"


def test_nothing_matched_is_a_fault_after_the_report(command, tmp_path, capsys):
    (tmp_path / "nothing.csv").write_text("region,2019\nOak,9\n", encoding="utf-8")
    with pytest.raises(InputError, match="nothing that belongs to the study"):
        command(tmp_path / "nothing.csv")
    assert_names(capsys.readouterr().out, "not imported", "nothing.csv", "no series of the study")


def test_wide_characters_are_aligned():
    table = pd.DataFrame({"a": ["橡树", "x"], "b": ["1", "2"]})
    assert merge._aligned(table) == "a     b\n橡树  1\nx     2"


# Genuine exports, where they are present


@pytest.fixture(scope="module")
def exports():
    folder = (OFFICIAL if OFFICIAL.is_dir() else OFFICIAL.parent) / "nbs-exports"
    if not folder.is_dir():
        pytest.skip(f"the official exports are not redistributed and not at {folder}")
    return folder


def test_genuine_exports_give_the_figures_of_the_official_panel(exports):
    folder = RAW / "yellow-river"
    study = load(folder)
    names = read_regions(study, folder)
    mapping = importing_mapping.Mapping(series={"互联网宽带接入端口": "broadband_ports"})
    files = [exports / "broadband_ports_gbk.csv", exports / "invention_patents.csv"]
    rows = importing_reading.read(files, study, names, mapping).rows
    assert rows["series"].value_counts().to_dict() == {"broadband_ports": 9, "invention_patents": 99}
    official = read_panel_of(exports.parent, "province").rename(columns={"province": "region"})
    both = rows.astype({"year": str}).merge(official, on=["region", "year", "series"], suffixes=("", "_official"))
    assert len(both) == len(rows)
    assert (both["value"] == both["value_official"].astype(float)).all()


# What users bring: exports of other databases, pages of one year, other number formats


@pytest.fixture(scope="module")
def provinces():
    """A study of three provinces whose series are called as databases call them."""
    base = document(1, 3, 2)
    base["years"], series = [2019, 2020, 2021], base["panel"]["series"]
    series["ser_0_0_0"]["names"] = ["地区生产总值", "gdp"]
    series["ser_0_0_1"]["names"] = ["Population, total", "年末常住人口", "pop"]
    names = ["山东", "河南", "吉林"]
    places = pd.DataFrame({"group": "grp_1", "en": names, "zh": names}, index=pd.Index(names, name="region"))
    return Study.model_validate(base), places


GDP, POP = "ser_0_0_0", "ser_0_0_1"
EVERY = [(region, year) for region in ("山东", "河南", "吉林") for year in (2019, 2020, 2021)]


def of(figures):
    return dict(zip(EVERY, figures, strict=True))


NONE = math.nan


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("csmar.csv", {GDP: of([2019, 2020, 2021, 3019, 3020, 3021, 4019, 4020, 4021])}),
        ("databank.csv", {POP: of([100, NONE, 102, 101, NONE, 103, 102, NONE, 104])}),
        ("pop.csv", {POP: of([5, NONE, 5, 6, NONE, 6, 7, NONE, 7])}),
        ("panel.dta", {GDP: of([5, 5, 5, 6, 6, 6, 7, 7, 7]), POP: of([50] * 3 + [51] * 3 + [52] * 3)}),
        (
            "two_level_head.xlsx",
            {GDP: of([0, 1, 2, 1000, 1001, 1002, 2000, 2001, 2002]), POP: of([50, 51, 52, 51, 52, 53, 52, 53, 54])},
        ),
        ("sheet_a_year.xlsx", {GDP: of([1500] * 3 + [2500] * 3 + [3500] * 3), POP: of([51] * 3 + [52] * 3 + [53] * 3)}),
    ],
)
def test_exports_of_other_databases_are_read_as_they_come(provinces, name, expected):
    imported = importing_reading.read([CASES / name], *provinces)
    assert set(imported.rows["series"]) == set(expected)
    for series, figures in expected.items():
        assert same(found(imported, series), figures)


def test_units_below_csmars_names_are_units(provinces):
    assert set(importing_reading.read([CASES / "csmar.csv"], *provinces).rows["unit"]) == {"亿元"}


@pytest.fixture
def page(tmp_path, provinces):
    def reading(text, year="", name="page.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return importing_reading.read([tmp_path / name], *provinces, year=year)

    return reading


ROWS = "全国,2019\n山东,5\n河南,6\n吉林,7\n"


@pytest.mark.parametrize("head", ["地区,地区生产总值\n", "地  区,gdp（亿元）\n"])
def test_a_total_that_looks_like_a_year_begins_no_table(page, head):
    """A figure of 2019 in the row of the whole country."""
    imported = page("2021年各地区生产总值\n" + head + ROWS)
    assert found(imported, GDP) == {("山东", 2021): 5, ("河南", 2021): 6, ("吉林", 2021): 7}
    assert "the year is 2021, as its titles say" in imported.report["notes"][0]
    silent = page(head + ROWS)
    assert silent.rows.empty
    assert "name it with --year" in silent.report["reason"][0]
    assert set(page(head + ROWS, "2020").rows["year"]) == {2020}


@pytest.mark.parametrize("row", ["合计,2019", "全市,2020", "台湾,2019", "中国,2021", "某地,2019"])
def test_no_row_of_one_figure_is_a_header(page, row):
    imported = page(f"地区生产总值\n{row}\n山东,5\n")
    assert imported.rows.empty
    assert "no layout recognised" in imported.report["reason"][0]


@pytest.mark.parametrize("title", ["2020-2021年各地区", "中国统计年鉴2020", "China Statistical Yearbook 2021"])
def test_titles_of_several_years_or_of_a_yearbook_say_no_year(page, title):
    assert "name it with --year" in page(f"{title}\n地区,gdp\n{ROWS}").report["reason"][0]


def test_a_title_names_series_and_unit(page):
    imported = page("表2-1 年末常住人口（万人）\n地区,2019,2020\n山东,5,6\n")
    assert found(imported, POP) == {("山东", 2019): 5, ("山东", 2020): 6}
    assert set(imported.rows["unit"]) == {"万人"}


def test_dates_of_the_ends_of_a_year_are_years(page):
    imported = page("地区,年份,gdp\n山东,2019-12-31,5\n山东,2020/1/1,6\n")
    assert found(imported, GDP) == {("山东", 2019): 5, ("山东", 2020): 6}
    with pytest.raises(InputErrors, match="year '2019-06-30'"):
        page("地区,年份,gdp\n山东,2019-06-30,5\n")


def test_years_of_two_digits_are_one_line_with_what_was_meant(page):
    with pytest.raises(InputErrors) as error:
        page("地区,年份,gdp\n山东,19,5\n河南,19,5\n吉林,19,5\n")
    assert len(error.value.faults) == 1
    assert "four digits; did you mean 2019?" in str(error.value)


@pytest.mark.parametrize("figures", ["62,620;59,998", "1,000;2,000"])
def test_commas_between_semicolons_that_could_be_both_are_refused(page, figures):
    first = figures.split(";")[0]
    both = first.replace(",", ""), str(float(first.replace(",", "."))).removesuffix(".0")
    with pytest.raises(InputErrors, match=f"'{first}', which is {both[0]} or {both[1]}"):
        page(f"地区;2019;2020\n山东;{figures}\n", name="gdp.csv")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("地区;2019;2020\n山东;62,620;0,5\n", [62.62, 0.5]),
        ("地区;2019;2020\n山东;62,620;1.234,5\n", [62.62, 1234.5]),
        ("地区;2019;2020\n山东;62,620;1,234,567\n", [62620, 1234567]),
        ("地区;2019;2020\n山东;62,620;7.5\n", [62620, 7.5]),
        ('地区,2019,2020\n山东,"62,620","59,998"\n', [62620, 59998]),
        ("地区\t2019\t2020\n山东\t62,620\t59,998\n", [62620, 59998]),
    ],
)
def test_one_number_format_a_file_is_found_from_all_its_cells(page, table, expected):
    assert list(found(page(table, name="gdp.csv"), GDP).values()) == expected


def test_figures_with_and_without_a_percent_sign_are_not_mixed(page):
    with pytest.raises(InputErrors, match=r"cell C2: found '0\.4' beside '12%'; expected all with a percent sign"):
        page("地区,2019,2020\n山东,12%,0.4\n河南,0,..\n", name="gdp.csv")
    assert found(page("地区,2019,2020\n山东,12%,0\n", name="gdp.csv"), GDP)[("山东", 2019)] == 12


@pytest.mark.parametrize("across", [True, False], ids=["heads", "a-column"])
def test_dates_of_a_workbook_are_years(toy_study, toy_regions, tmp_path, across):
    book, ends = openpyxl.Workbook(), [datetime(y, 12, 31) for y in YEARS]
    book.active.title = "ports"
    rows = [["region", *ends], *([r, 1, 2, 3, 4] for r in ZH)]
    if not across:
        rows = [["region", "date", "series", "value"]]
        rows += [[r, end, "ports", k + 1] for r in ZH for k, end in enumerate(ends)]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "dates.xlsx")
    table = importing_reading.read([tmp_path / "dates.xlsx"], toy_study, toy_regions).rows
    assert {(int(y), float(v)) for y, v in zip(table["year"], table["value"], strict=True)} == {
        (2019, 1), (2020, 2), (2021, 3), (2022, 4)
    }  # fmt: skip
    assert len(table) == 20


def test_former_regions_of_a_study_are_read_and_kept(tmp_path, monkeypatch):
    folder = write_study(tmp_path / "toy")
    replace_once(folder / "study.yml", "  series:", "  changes: changes.csv\n  series:")
    (folder / "changes.csv").write_text("year,from,to,share\n2021,Cove,Bay,\n2021,Bay,Bay,\n", encoding="utf-8")
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    (tmp_path / "new.csv").write_text("region,year,series,value\nCove,2019,ports,5\nCove,2020,ports,6\n", "utf-8")
    options = argparse.Namespace(study="toy", paths=[tmp_path / "new.csv"], mapping=None, year=None, dry_run=False)
    options.replace = False
    merge.command(options)
    own = read_panel(folder)
    assert own.loc[own["region"] == "Cove", "value"].tolist() == ["5", "6"]


@pytest.mark.parametrize(
    ("texts", "separator", "mark"),
    [(["562", "1.013"], ";", ""), (["562", "1.013"], ",", "."), (["0.013", "1.013"], ";", "."), (["1.5"], ";", ".")],
)
def test_a_point_before_three_digits_may_group_thousands_where_semicolons_part_cells(texts, separator, mark):
    assert tabular.decimal_mark(texts, separator) == mark


def test_points_that_may_group_thousands_are_asked_about(read):
    rows = "".join(f"{r};2019;ports;1.{k}13\n" for k, r in enumerate(ZH))
    with pytest.raises(InputError, match=r"'1\.013', which is 1\.013 or 1013"):
        read(**{"given.csv": f"region;year;series;value\n{rows}"})


def test_years_are_told_to_have_four_digits(read):
    rows = "".join(f"{r},1,2,3,4\n" for r in ZH)
    for heads in ("19,20,21,22", "19年,20年,21年,22年"):
        report = read(**{"ports.csv": f"region,{heads}\n{rows}"}).report
        assert report["reason"].str.contains("years of two digits: write them with four, as 2019").any()
    table = read(**{"ports.csv": f"region,2019年末,2020年底,2021年,2022\n{rows}"}).rows
    assert sorted(set(table["year"].astype(int))) == [2019, 2020, 2021, 2022]


def test_codes_without_their_zeros_are_the_same_regions(tmp_path):
    regions = pd.DataFrame({"en": ["01001", "01003", "11001"], "zh": ["01001", "01003", "11001"]},
                           index=pd.Index(["01001", "01003", "11001"], name="region"))  # fmt: skip
    known, unknown = names.resolve(["1001", "01003", "11001", "1005"], regions)
    assert known == {"1001": "01001", "01003": "01003", "11001": "11001"}
    assert list(unknown) == ["1005"]
    both = pd.DataFrame({"en": ["01001", "1001"], "zh": ["01001", "1001"]}, index=pd.Index(["01001", "1001"]))
    assert names.resolve(["1001", "01001"], both)[0] == {"1001": "1001", "01001": "01001"}
