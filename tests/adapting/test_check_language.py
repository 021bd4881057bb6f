"""The check speaks the language of the study, and by the names its author wrote."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, read_panel
from jinja2 import nodes
from made_up import made_up

from coordination.adapting import new
from coordination.adapting.checks import check, finding
from coordination.locale import FOLDER
from coordination.presentation import locale
from coordination.presentation.reader import Reader
from coordination.study.document import load
from coordination.study.names import MADE_UP

CHINESE = re.compile("[\u3400-\u9fff]")
TITLE = "某市七区数字化与治理"
SYSTEMS = "数字技术: 基站数／年末常住人口, 每万人专利数, R&D经费; 治理: -事故数, 诊所数"
REGIONS = "东区、西区、南区、北区、新区"


@pytest.fixture
def town(tmp_path, monkeypatch):
    """A study whose author writes Chinese only, with figures that grow evenly."""
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path / "out"))
    monkeypatch.chdir(ROOT)
    folder = new.write("town", title=TITLE, regions=REGIONS, years="2018-2022", subsystems=SYSTEMS)
    names = REGIONS.split("、")
    pairs = [f"{a},{b}\n" for a in names for b in names if a < b]
    (folder / "neighbours.csv").write_text("region,neighbour\n" + "".join(pairs), encoding="utf-8")
    table = read_panel(folder).astype(str)
    rng = np.random.default_rng(4)
    table["value"] = [f"{100 + 40 * rng.random() + 3 * (int(y) - 2018):.4f}" for y in table["year"]]
    table.to_csv(folder / "panel.csv", index=False)
    return folder


def put(folder, region, year, name, value):
    table = read_panel(folder).astype(str)
    wanted = {(about.names or (s,))[0]: s for s, about in load(folder).panel.series.items()}[name]
    rows = (table["region"] == region) & (table["year"] == str(year)) & (table["series"] == wanted)
    table.loc[rows, "value"] = value
    table.to_csv(folder / "panel.csv", index=False)


def foreign(said):
    """Letters in a finding's texts that are no name of a file, key, command or id."""
    parts = " ".join((said.check, said.where, said.found, said.expected, said.remedy))
    known = r"study\.yml，(source|indicators|title)|`[^`]*`|[\w./-]+\.(csv|yml|xlsx)|REPLACE=1|R&D|panel\.series"
    return re.findall(r"[A-Za-z]{2,}", MADE_UP.sub("", re.sub(known, "", parts)))


def test_a_chinese_title_makes_a_chinese_study(town):
    study = load(town)
    assert study.language == "zh"
    document = (town / "study.yml").read_text(encoding="utf-8")
    comments = re.findall(r"  # (.*)", document.partition("coupling:")[0])
    assert len(comments) > 10
    assert all(CHINESE.search(c) for c in comments)
    assert (town / "README.md").read_text(encoding="utf-8").startswith(f"# {TITLE}\n\n请")


@pytest.mark.parametrize("title", ["Seven districts", "Seven districts|某市七区", None])
def test_other_titles_make_an_english_one(title, tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    folder = new.write("town", title=title, regions=REGIONS)
    assert load(folder).language == "en"
    assert "language:" not in (folder / "study.yml").read_text(encoding="utf-8")


def test_findings_about_a_chinese_study_are_chinese_and_call_things_by_name(town):
    put(town, "东区", 2020, "基站数", "1400.5")
    put(town, "西区", 2021, "R&D经费", "1,234")
    put(town, "南区", 2019, "事故数", "0")
    findings = check.said("town", "zh")
    about = {f.check: f for f in findings}
    assert {"异常值", "数字写法", "零值", "人均指标", "未填写", "地区数量"} <= set(about)
    assert [(f.check, foreign(f)) for f in findings if foreign(f)] == []
    for f in findings:
        assert not MADE_UP.search(f.found + f.expected + f.remedy), f
        assert not re.search(rf"(?<!（){MADE_UP.pattern}", f.where), f
    assert re.search(r"，基站数（series_\d），东区，2020年$", about["异常值"].where)
    assert about["异常值"].found.endswith("行）")
    assert about["数字写法"].found == "“1,234”（千分位分隔符）"


def test_methods_faults_name_series_as_their_author_does(town):
    for year in range(2018, 2023):
        put(town, "东区", year, "诊所数", "")
    for language, found in (("zh", "诊所数在东区没有任何数值"), ("en", "no value of 诊所数 for 东区")):
        assert found in [f.found for f in check.said("town", language)]


def left_english():
    """Words of four letters and more in a Chinese report that are no file, key, command or text of the user."""
    findings, known = check.inspect("town")
    page = check.page("town", findings, known, "zh")
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]*>", "", page, flags=re.DOTALL)
    text = check.report("town", findings, known, "zh") + html.unescape(page)
    own = r"`[^`]*`|“[^”]*”|[\w./-]*\btown\b[\w./-]*|[\w./-]+\.(csv|yml|xlsx|geojson)|study\.yml，(source|indicators)"
    keys = {"REPLACE", "panel", "series", "unavailable", "town", "source", "indicators", "title"}
    return set(re.findall(r"[A-Za-z]{4,}", MADE_UP.sub("", re.sub(own, "", text)))) - keys, text


def changed(folder, change):
    change(read_panel(folder).astype(str)).to_csv(folder / "panel.csv", index=False)


def cell(column, text):
    return lambda table: table.assign(**{column: [text if k == 3 else v for k, v in enumerate(table[column])]})


PANELS = {
    "a year in words": (cell("year", "two"), "年份“two”"),
    "a unit": (cell("value", "12 tonnes"), "请去掉符号、分隔符和单位；缺失值请留空"),
    "an infinite value": (cell("value", "inf"), "有限的数值"),
    "below the minimum": (cell("value", "-3"), "不小于0"),
    "an unknown series": (cell("series", "clinics"), "序列“clinics”"),
    "a row twice": (lambda table: pd.concat([table, table.iloc[[3]]]), "只有一行（首次出现在第5行）"),
    "a region in no row": (lambda table: table[table["region"] != "北区"], "没有地区“北区”的数据行"),
    "a year in no row": (
        lambda table: table[(table["region"] != "北区") | (table["year"] != "2020")],
        "北区在2020没有数据行",
    ),
    "no column of values": (lambda table: table.drop(columns="value"), "名为“value”的列"),
    "nothing observed": (
        lambda table: table.assign(value=table["value"].where(table["region"] != "北区", "")),
        "请补充数据（`make import`）",
    ),
    "a divisor of zero": (lambda table: table.assign(value="0"), "除数是否为0？"),
    "a column twice": (lambda table: table.assign(extra="").rename(columns={"extra": "value"}), "“value”列重复出现"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PANELS)
def test_faults_of_a_panel_are_told_in_chinese(kind, town):
    change, expected = PANELS[kind]
    changed(town, change)
    english, text = left_english()
    assert expected in text
    assert english == set()


NEIGHBOURS = {
    "an unknown region": ("region,neighbour\n东区,Harbour\n", "“Harbour”"),
    "itself": ("region,neighbour\n东区,东区\n", "东区以自身为邻居"),
    "a weight": ("region,neighbour,weight\n东区,西区,heavy\n", "权重“heavy”"),
    "a third column": ("region,neighbour,km\n东区,西区,1\n", "请改名或删除"),
    "a column of distances": ("region,neighbour,distance\n东区,西区,1\n", "`spatial_weights.values: distance`"),
    "alone": ("region,neighbour\n东区,西区\n", "没有邻居"),
    "no square": ("name,东区\n东区,0\n西区,1\n", "行列均标有地区名称的方阵"),
    "a short row": ("region,neighbour\n东区\n", "数值少于列数"),
    "semicolons": ("region;neighbour\n东区;西区\n", "没有邻居"),
    "nothing": ("", "请重新保存"),
}


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_faults_of_neighbours_are_told_in_chinese(kind, town):
    written, expected = NEIGHBOURS[kind]
    (town / "neighbours.csv").write_text(written, encoding="utf-8")
    english, text = left_english()
    assert expected in text
    assert english == set()


def test_faults_of_polygons_are_told_in_chinese(town):
    document = (town / "study.yml").read_text(encoding="utf-8")
    outline = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    shapes = [
        {"type": "Feature", "properties": {"name": r}, "geometry": outline} for r in [*REGIONS.split("、"), "东区"]
    ]
    document = re.sub(
        r"(?m)^regions:.*\n", lambda m: m[0] + "  polygons: shapes.geojson\n  polygon_name: name\n", document
    )
    (town / "study.yml").write_text(document, encoding="utf-8")
    for count, key, expected in (
        (6, "name", "东区有2个多边形"),
        (5, "name", "自相交的边界：东区"),
        (5, "label", "名为“name”的属性"),
        (0, "", "文件不存在"),
    ):
        made = [s | {"properties": {key: s["properties"]["name"]}} for s in shapes[:count]]
        file = town / "shapes.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": made}), encoding="utf-8")
        if not count:
            file.unlink()
        english, text = left_english()
        assert expected in text
        assert english == set()


LENS = """letter: Z
name: 视角
source: nobody2020
families: [{id: all_of_it, name: 全部, concepts: [{id: concept_a, name: 概念}]}]
mapping: [{indicator: harbours, concept: concept_a, reason: 原因}]
"""
RULES = """rules:
  - {id: first, when: [{field: lag, operator: '=', value: subsystem_1}], lens: nowhere, limit: concept_a}
  - {id: second, when: [{field: lag, operator: '=', value: subsystem_1}], lens: own, limit: nothing_such}
  - {id: third, when: [{field: lag, operator: '=', value: subsystem_1}], lens: own, limit: concept_a}
"""


def test_faults_of_lenses_are_told_in_chinese(town):
    (town / "lenses").mkdir()
    (town / "lenses" / "own.yml").write_text(LENS, encoding="utf-8")
    (town / "lenses" / "rules.yml").write_text(RULES, encoding="utf-8")
    english, text = left_english()
    for expected in ("“nobody2020”", "“harbours”", "规则“first”，`lens`", "视角“own”的概念", "限制因素没有对应的路径"):
        assert expected in text
    keys = {"lens", "limit", "path", "mapping", "indicator"}
    assert english - keys <= {"holistic", "urbanrural", "fuzhou", "yellowriver"}  # lenses there are
    (town / "lenses" / "own.yml").write_text("letter: Z\nnames: 视角\n", encoding="utf-8")
    english, text = left_english()
    assert "请补上该键" in text
    assert "请更正拼写，或删除" in text
    assert english <= {"name", "names"}  # keys


def test_a_long_text_is_cut_in_chinese(town):
    changed(town, cell("value", "9" * 700 + "x"))
    english, text = left_english()
    assert "（共7" in text
    assert english == set()


def test_an_english_report_puts_names_for_made_up_ids_too(town):
    put(town, "东区", 2020, "基站数", "1400.5")
    found = next(f for f in check.said("town", "en") if f.check == "outlier")
    assert re.search(r", 基站数 \(series_\d\), 东区, 2020$", found.where)
    assert all(not MADE_UP.search(f.found) for f in check.said("town", "en"))


@pytest.mark.parametrize(("asked", "language"), [(None, "zh"), ("en", "en")])
def test_the_report_is_in_the_language_of_the_study_unless_another_is_asked_for(town, asked, language, capsys):
    put(town, "西区", 2021, "R&D经费", "1,234")
    assert check.command(type("Options", (), {"study": "town", "language": asked})) == 1
    printed = capsys.readouterr().out
    out = town.parent / "out" / "outputs" / "town"
    text, page = ((out / f"check.{kind}").read_text(encoding="utf-8") for kind in ("md", "html"))
    heading, severity = {"zh": ("town的检查", "错误："), "en": ("Check of town", "error: ")}[language]
    assert text.startswith(f"# {heading}\n")
    assert f"<h1>{heading}</h1>" in page
    assert f'<html lang="{locale.words(language)["html_language"]}">' in page
    assert severity in printed
    if language == "zh":
        prose = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]*>", "", page, flags=re.DOTALL)
        rest = re.sub(r"`[^`]*`|[\w./-]*town[\w./-]*|[\w./-]+\.(csv|yml|xlsx)|R&amp;D|panel\.series", "", prose)
        keys = {"REPLACE", "source", "indicators", "title", "unavailable"}
        assert set(re.findall(r"[A-Za-z]{2,}", MADE_UP.sub("", rest))) <= keys


def test_what_a_study_writes_is_no_markup_on_the_page(town):
    put(town, "西区", 2021, "R&D经费", "<b>1</b>")
    findings, known = check.inspect("town")
    page = check.page("town", findings, known, "zh")
    assert "<b>" not in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "R&amp;D" in page


def sentences():
    tree = locale.templates("en").parse((FOLDER / "en" / "check.j2").read_text(encoding="utf-8"))
    aside = {"somewhere", "figures_at", "counts", "summary"}
    return [m.name for m in tree.find_all(nodes.Macro) if not m.name.startswith("_") and m.name not in aside]


def test_every_finding_has_its_sentence_and_every_sentence_its_finding():
    written = "".join(
        (ROOT / "src/coordination/adapting/checks" / f"{m}.py").read_text(encoding="utf-8")
        for m in ("check", "series", "system", "text")
    )
    used = set(re.findall(r'Finding\(\s*[^"]*?"?\w*"?,\s*(?:"[\w ]+"|check),\s*"(\w+)"', written))
    assert used == set(sentences())


FACTS = {
    "file": "panel.csv", "panel": "panel.csv", "series": "ser_0_0_0",
    "regions": ["reg_0", "reg_1"], "region": "reg_0", "years": [2001, 2003],
    "missing": [2002], "times": 2.5, "usual": 1.1, "value": 3.25, "before": 1.5, "after": 2.0, "limit": 0.5,
    "median": 7.0, "others": 70.0, "low": True, "least": 60.0, "most": 80.0, "count": 4, "share": 0.25,
    "place": finding.Place("panel.csv", row="5"), "text": "1.", "table": "regions.csv", "near": ["reg_1"],
    "kinds": ["gap"], "more": 2, "sheet": "1", "area": "A1:B2", "unit": "t", "declared": "t", "indicators":
    ["ind_0_0_0", "ind_0_0_1"], "indicator": "ind_0_0_0", "formula": "1", "of_people": True,
    "units": ["t"], "divisors": ["ser_0_0_1"],
    "subsystem": "sys_0", "correlation": -0.75, "direction": "negative", "directions": ["negative", "positive"],
    "variation": 0.001, "n": 5, "level": 0.05, "year": 2002, "last": 2003, "range": 0.9, "weight": 0.4,
    "weight_without": 0.1, "change": -0.05, "change_region": "reg_1", "change_year": 2003, "moved": 2,
    "signs": ["ไ (U+0E44)"], "texts": ["ไ"], "came": ["reg_0"], "went": ["old"], "gone": ["reg_1"],
    "renamed": 3, "summed": 4, "shared": 5,
    "regions_count": 20000, "years_count": 20, "indicators_count": 20, "hours": 56.0, "needed": 96.0, "has": 4.0,
    "measured": "9",
}  # fmt: skip


@pytest.mark.parametrize("sentence", sentences())
@pytest.mark.parametrize("periods", [False, True], ids=["years", "periods"])
def test_a_sentence_is_four_parts_in_every_language(sentence, periods):
    made = made_up(periods=periods)
    tree = locale.templates("en").parse((FOLDER / "en" / "check.j2").read_text(encoding="utf-8"))
    wanted = next([a.name for a in m.args] for m in tree.find_all(nodes.Macro) if m.name == sentence)
    facts = FACTS | {"source": made.study.source, "title": made.study.title, "unit": made.study.indicators[0].unit}
    if sentence.startswith("unit_"):
        facts["unit"] = facts["before"] = "t"
    one = finding.Finding("warning", "units", sentence, {k: facts[k] for k in wanted})
    for language in ("en", "zh"):
        said = finding.say(one, Reader(made.study, made.regions, language))
        assert all((said.where, said.found, said.expected, said.remedy))
        assert bool(CHINESE.search(said.remedy)) == (language == "zh")
        if language == "zh":
            assert not re.search(r"[,;?!] ", said.found + said.expected + said.remedy)


@pytest.mark.parametrize("fact", ["a\n\nb", "a\r\n b", "\u2028", "a\x0cb"])
def test_ends_of_lines_within_a_fact_stay(fact):
    one = finding.Finding(
        "error", "years", "year_with_text", {"place": finding.Place("panel.csv", row="2"), "text": fact}
    )
    for language, quoted in (("en", f"year '{fact}'"), ("zh", f"年份“{fact}”")):
        assert finding.say(one, Reader(type("S", (), {"years": (2001,)}), None, language)).found == quoted


def test_no_module_and_no_docstring_holds_chinese():
    wide = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
    files = [f for room in ("adapting", "study") for f in (ROOT / "src" / "coordination" / room).rglob("*.py")]
    assert len(files) > 15
    assert [f.name for f in files if wide.search(f.read_text(encoding="utf-8"))] == []
