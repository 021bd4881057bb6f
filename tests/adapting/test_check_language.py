"""The check speaks the language of the study, and by the names its author wrote."""

import re

import numpy as np
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
    known = r"study\.yml，(source|indicators)|`[^`]*`|[\w./-]+\.(csv|yml|xlsx)|REPLACE=1|R&D|panel\.series"
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


def left_english(folder):
    """Words of four letters and more in a Chinese report that are no file, key, command or text of the user."""
    findings, known = check.inspect("town")
    assert any(f.severity == "error" for f in findings)
    report = check.report("town", findings, known, "zh")
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]*>", "", check.page("town", findings, known, "zh"), flags=re.S)
    own = r"`[^`]*`|“[^”]*”|[\w./-]*town[\w./-]*|[\w./-]+\.(csv|yml|xlsx|geojson)|study\.yml，(source|indicators)|panel\.series"
    words = re.findall(r"[A-Za-z]{4,}", MADE_UP.sub("", re.sub(own, "", report + page)))
    return set(words) - {"REPLACE", "unavailable"}, report


WRONG = {
    "year": ("年", "二〇", "年份“二〇”"),
    "number": ("值", "12 tonnes", "的数值“12 tonnes”"),
    "minimum": ("值", "-3", "为-3"),
    "double": ("重", "", "重复出现"),
    "region": ("地", "北部", "没有地区“北区”的数据行"),
    "series": ("列", "clinics", "序列“clinics”"),
    "no row": ("行", "", "北区在2020没有数据行"),
    "column": ("头", "amount", "缺少“value”列" if False else "现有的列"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_faults_of_a_panel_are_chinese(kind, town):
    what, text, expected = WRONG[kind]
    table = read_panel(town).astype(str)
    if what == "地":
        table.loc[table["region"] == "北区", "region"] = text
    elif what == "重":
        table = pd.concat([table, table.iloc[[3]]])
    elif what == "行":
        table = table[(table["region"] != "北区") | (table["year"] != "2020")]
    elif what == "头":
        table = table.rename(columns={"value": text})
    else:
        table.loc[3, {"年": "year", "值": "value", "列": "series"}[what]] = text
    table.to_csv(town / "panel.csv", index=False)


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
        keys = {"REPLACE", "source", "indicators", "unavailable"}
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
    ["ind_0_0_0", "ind_0_0_1"], "indicator": "ind_0_0_0", "formula": "1", "units": ["t"], "divisors": ["ser_0_0_1"],
    "subsystem": "sys_0", "correlation": -0.75, "direction": "negative", "directions": ["negative", "positive"],
    "variation": 0.001, "n": 5, "level": 0.05,
}  # fmt: skip


@pytest.mark.parametrize("sentence", sentences())
@pytest.mark.parametrize("periods", [False, True], ids=["years", "periods"])
def test_a_sentence_is_four_parts_in_every_language(sentence, periods):
    made = made_up(periods=periods)
    tree = locale.templates("en").parse((FOLDER / "en" / "check.j2").read_text(encoding="utf-8"))
    wanted = next([a.name for a in m.args] for m in tree.find_all(nodes.Macro) if m.name == sentence)
    facts = FACTS | {"source": made.study.source, "unit": made.study.indicators[0].unit}
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
