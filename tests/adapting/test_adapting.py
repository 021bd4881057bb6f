"""The way of a student: from nothing, spreadsheets and real files to a checked paper, without touching Python."""

import os
import re
import shlex
import subprocess
import sys
import time

import geopandas as gpd
import pandas as pd
import pytest
from conftest import (
    OFFICIAL,
    RAW,
    ROOT,
    assert_names,
    contents,
    coordination,
    copy_compendium,
    fill,
    must,
    read_panel,
    replace_once,
    surroundings,
    unlike,
    write_study,
)
from openpyxl import load_workbook

from coordination.adapting import new
from coordination.errors import InputError
from coordination.study.document import load
from coordination.study.regions import read_regions

SQUARES = [f"POLYGON (({x} 0, {x + 1} 0, {x + 1} 1, {x} 1, {x} 0))" for x in range(4)]

STEPS = ("run", "collect", "paper")


@pytest.fixture
def own(tmp_path):
    """Run commands on studies of the test's own."""
    studies = tmp_path / "studies"
    studies.mkdir()

    def run(*arguments, fails=False):
        done = coordination(*arguments, "--studies", studies, "--output-root", tmp_path)
        assert fails or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    run.studies, run.out = studies, tmp_path / "outputs"
    return run


def finished(own, study):
    for step in STEPS:
        own(step, "--study", study)
    for name in ("paper.en.pdf", "paper.zh.pdf", "paper.en.docx", "paper.zh.docx"):
        assert (own.out / study / name).stat().st_size > 10_000, name


# A new study


@pytest.mark.parametrize(
    ("start", "given"),
    [
        (None, {}),
        (None, {"regions": "all-provinces"}),
        (None, {"regions": "yangtze-economic-belt", "years": "2015-2020"}),
        (None, {"regions": "beijing-tianjin-hebei"}),
        (None, {"regions": "河南、山东省、370000, Gansu".replace("370000", "620000").replace(", Gansu", "")}),
        (None, {"regions": "North: Alder, Birch; South: Cedar, Dogwood", "years": "2020Q1,2020Q2"}),
        (None, {"subsystems": "数字: a/b, c; 治理: -d, e; Ecology: f"}),
        ("yellow-river", {}),
        ("yellow-river", {"regions": "all-provinces", "years": "2010,2015,2020"}),
        ("us-states", {"regions": "Maine, Vermont, New York"}),
        ("us-states", {"title": "It's: a 'title' # with signs", "title_zh": "题目：“引号”"}),
    ],
    ids=lambda x: x if isinstance(x, str) else "-".join(x) if isinstance(x, dict) else "blank",
)
def test_a_new_study_is_valid_and_never_written_over(start, given, tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.chdir(ROOT)
    folder = new.write("my-region", start, **given)
    study = load(folder)
    table = read_regions(study, folder)
    assert set(table["group"]) == {g.id for g in study.groups}
    assert {"study.yml", "regions.csv", "panel.csv", "panel.xlsx", "README.md"} <= {f.name for f in folder.iterdir()}
    if "title" in given:
        assert (study.title.en, study.title.zh) == (given["title"], given["title_zh"])
    before = contents(folder)
    with pytest.raises(InputError, match="there already"):
        new.write("my-region", start, **given)
    assert unlike(contents(folder), before) == []
    assert [p.name for p in tmp_path.iterdir()] == ["my-region"]


@pytest.mark.skipif(os.name != "posix", reason="a terminal to type into")
def test_what_is_not_given_is_asked_for_at_a_terminal(tmp_path):
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "coordination", "new", "asked", "--studies", str(tmp_path)]
    typed = "Six towns\n2018-2020\nOne, Two, Three\nA: a, b; B: c\n"
    os.write(ours, typed.encode())
    done = subprocess.run(
        command, cwd=ROOT, env=surroundings(), stdin=theirs, capture_output=True, text=True, timeout=60
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    study = load(tmp_path / "asked")
    assert (study.title.en, study.years) == ("Six towns", (2018, 2019, 2020))
    assert [len(s.indicators) for s in study.subsystems] == [2, 1]


def test_a_chinese_name_does_for_a_study(own):
    own("new", "我的地区")
    assert load(own.studies / "我的地区").id == "我的地区"


def test_presets_are_what_they_are_called(tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.chdir(ROOT)
    sizes = {"all-provinces": 31, "yellow-river": 9, "yangtze-economic-belt": 11, "beijing-tianjin-hebei": 3}
    for preset, size in sizes.items():
        table, groups, polygons = new.regions_of(preset)
        assert len(table) == len(polygons) == size
        assert set(table["group"]) == set(groups)
    assert set(new.regions_of("all-provinces")[1]) == {"east", "central", "west", "northeast"}
    ours = read_regions(load(RAW / "yellow-river"), RAW / "yellow-river")
    table = new.regions_of("yellow-river")[0].set_index("region")
    assert table["group"].to_dict() == ours["group"].to_dict()


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"regions": "江苏、浙江、四川、上海市、安微"}, ["'安微'", "is it '安徽'?"]),
        ({"regions": "A, B"}, ["only A, B", "at least three"]),
        ({"regions": "A, B, A"}, ["'A' twice"]),
        ({"regions": "上海、江苏、浙江、江苏省"}, ["'江苏' and '江苏省'", "every region once", "remove one"]),
        ({"regions": "East: Henan, 山东; West: 河南, Gansu"}, ["'Henan' and '河南'"]),
        ({"years": "2022-2015"}, ["a first year before the last"]),
        ({"years": "2021Q4-2020Q1"}, ["a first quarter before the last"]),
        ({"subsystems": "A: a"}, ["at least two"]),
        ({"start": "yelow-river"}, ["'yelow-river'", "one of us-states, yellow-river"]),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_written(given, parts, tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.chdir(ROOT)
    with pytest.raises(InputError) as error:
        new.write("my-region", **given)
    assert all(part in str(error.value) for part in parts), str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("shapes", "names", "parts"),
    [
        (
            ["POINT (1 1)", *SQUARES, SQUARES[0], "LINESTRING (0 0, 1 1)"],
            [*"xabcd", "a", "y"],
            ["no outline of x, y", "several outlines of a"],
        ),
        ([*SQUARES, *SQUARES[:2]], [*"abcdab"], ["'a', 'b' twice", "merge the outlines of each"]),
        ([SQUARES[0]] * 3, [*"abb"], ["'b' twice", "only a, b, b", "at least three"]),
    ],
    ids=["no-polygons", "several-twice", "too-few"],
)
def test_all_faults_of_a_map_are_named_at_once(shapes, names, parts, tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path / "studies"))
    monkeypatch.chdir(ROOT)
    drawn = gpd.GeoDataFrame({"region": names}, geometry=gpd.GeoSeries.from_wkt(shapes, crs=4326))
    drawn.to_file(tmp_path / "map.geojson")
    with pytest.raises(InputError) as error:
        new.write("my", regions=str(tmp_path / "map.geojson"))
    assert all(part in str(error.value) for part in parts), str(error.value)


def test_a_study_from_another_has_its_lenses(tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.chdir(ROOT)
    made = new.write("my", "us-states")
    theirs = RAW / "us-states" / "lenses"
    assert contents(theirs)
    assert unlike(contents(made / "lenses"), contents(theirs)) == []


def test_names_in_two_languages_and_chinese_presets(tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.chdir(ROOT)
    systems = "数字经济|Digital economy: a; Services|公共服务: b"
    study = load(new.write("my", regions="长江经济带", years="2020Q3-2021Q1", subsystems=systems))
    assert [(s.id, s.name.en, s.name.zh) for s in study.subsystems] == [
        ("digital_economy", "Digital economy", "数字经济"),
        ("services", "Services", "公共服务"),
    ]
    assert study.years == ("2020Q3", "2020Q4", "2021Q1")
    assert len(read_regions(study, tmp_path / "my")) == 11


@pytest.mark.parametrize("title", ["某市七区 | Seven districts", "Seven districts|某市七区"])
def test_a_title_in_two_languages_is_split(title, tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    study = load(new.write("my", title=title, regions="北部|North: A, B; South: C"))
    assert (study.title.en, study.title.zh) == ("Seven districts", "某市七区")
    assert [(g.id, g.name.en, g.name.zh) for g in study.groups] == [
        ("north", "North", "北部"), ("south", "South", "South"),
    ]  # fmt: skip


def test_indicators_in_chinese_get_ids_and_are_imported_by_their_names(own):
    systems = "数字技术: 基站数／年末常住人口, 5G基站数 / 年末常住人口, R&D经费; 治理: -1.5 * 事故数, series_2"
    own("new", "town", "--regions", "One, Two, Three", "--years", "2020-2022", "--subsystems", systems)
    study = load(own.studies / "town")
    assert {s: about.names for s, about in study.panel.series.items()} == {
        "series_1": ("基站数",), "series_3": ("年末常住人口",), "series_4": ("5G基站数",), "series_5": ("R&D经费",),
        "series_6": ("事故数",), "series_2": (),
    }  # fmt: skip
    assert [(i.name.zh, i.formula, i.direction) for i in study.indicators] == [
        ("基站数／年末常住人口", "series_1 / series_3".replace(" ", ""), "positive"),
        ("5G基站数 / 年末常住人口", "series_4 / series_3", "positive"),
        ("R&D经费", "series_5", "positive"),
        ("1.5 * 事故数", "1.5 * series_6", "negative"),
        ("series_2", "series_2", "positive"),
    ]
    book = own.studies / "source.csv"
    book.write_text("region,year,5G基站数\nOne,2020,12\nTwo,2021,13\n", encoding="utf-8")
    own("import", book, "--study", "town")
    rows = (own.studies / "town" / "panel.csv").read_text(encoding="utf-8").splitlines()
    assert any(r.startswith("One,2020,series_4,12,") for r in rows)


# From a spreadsheet to a paper


def test_a_workbook_that_is_corrected_is_imported_again(own):
    own("new", "town", "--regions", "One, Two, Three", "--years", "2020-2022", "--subsystems", "A: a; B: b")
    book = own.studies / "town" / "panel.xlsx"
    panel = own.studies / "town" / "panel.csv"
    fill(book)
    own("import", "--study", "town")
    assert "panel.xlsx, sheet a, cell B2" in panel.read_text(encoding="utf-8")
    assert "not imported" not in own("check", "--study", "town", fails=True)
    changed = load_workbook(book)
    changed["a"]["B2"], changed["a"]["C2"], changed["b"]["B3"] = "1,234.5", None, "91.1%"
    changed.save(book)
    assert "not imported" in own("check", "--study", "town", fails=True) + (
        (own.out / "town" / "check.md").read_text(encoding="utf-8")
    )
    assert "let it win with REPLACE=1" in own("import", "--study", "town", fails=True)
    said = own("import", "--study", "town", "--replace")
    assert "3 replaced" in said
    assert "is now empty" in said
    rows = panel.read_text(encoding="utf-8").splitlines()
    assert any(r.startswith("One,2020,a,1234.5,") for r in rows)
    assert any(r.startswith("One,2021,a,,") for r in rows)
    before = panel.read_bytes()
    own("import", "--study", "town")
    assert panel.read_bytes() == before
    own("check", "--study", "town", fails=True)
    assert "not imported" not in (own.out / "town" / "check.md").read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.slow
def test_a_city_of_five_districts_with_neighbours_by_hand(own):
    subsystems = "Digital: -outages / people, lines / people; Governance: clinics / people, appeals; Ecology: parks"
    districts = "North: Alder, Birch; South: Cedar, Dogwood, Elm"
    own("new", "city", "--regions", districts, "--years", "2020Q1,2020Q2,2020Q3", "--subsystems", subsystems)
    fill(own.studies / "city" / "panel.xlsx")
    said = own("check", "--study", "city", fails=True)
    assert "not imported" in (own.out / "city" / "check.md").read_text(encoding="utf-8")
    assert "neighbours.csv: found no pair; expected a row for every pair of neighbours; fill it in" in said
    pairs = [("Alder", "Birch"), ("Birch", "Cedar"), ("Cedar", "Dogwood"), ("Dogwood", "Elm")]
    rows = [f"{a},{b}\n{b},{a}\n" for a, b in pairs]
    (own.studies / "city" / "neighbours.csv").write_text("region,neighbour\n" + "".join(rows), encoding="utf-8")
    own("import", "--study", "city")
    before = contents(own.studies / "city")
    own("import", "--study", "city")
    assert contents(own.studies / "city") == before
    own("check", "--study", "city")
    finished(own, "city")


@pytest.mark.long
@pytest.mark.slow
def test_mexican_states_from_their_polygons(own):
    from libpysal.examples import get_path

    states = get_path("mexicojoin.shp")
    systems = "Income: income; Reach: roads / people, -distance"
    own(
        "new", "mexico", "--regions", states, "--name-column", "NAME", "--years", "1980,1990,2000",
        "--subsystems", systems,
    )  # fmt: skip
    fill(own.studies / "mexico" / "panel.xlsx")
    own("import", "--study", "mexico")
    own("check", "--study", "mexico")
    finished(own, "mexico")


@pytest.mark.long
@pytest.mark.slow
def test_provinces_with_chinese_names_only_in_one_year_and_one_group(own):
    systems = "数字技术: broadband / population, phones; 社会治理: -accidents / population, hospitals"
    own("new", "沿海", "--regions", "浙江、江苏、上海、福建、山东", "--years", "2022", "--subsystems", systems)
    fill(own.studies / "沿海" / "panel.xlsx")
    own("import", "--study", "沿海")
    table = (own.studies / "沿海" / "panel.csv").read_text(encoding="utf-8")
    assert "福建,2022,phones," in table
    own("check", "--study", "沿海")
    finished(own, "沿海")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official figures are not redistributed and not here")
def test_all_provinces_from_official_figures_to_the_paper_in_time(own):
    own("new", "provinces", "--from", "yellow-river", "--regions", "all-provinces")
    # Tibet has no software revenue in any year
    folder = own.studies / "provinces"
    for name in ("regions.csv", "panel.csv"):
        file = folder / name
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(x for x in lines if not x.startswith("Tibet,")), encoding="utf-8")
    mapping = folder / "map.yml"
    mapping.write_text("columns: {province: region}\n", encoding="utf-8")
    # the two files that are the panel together; beside them lie exports of the same series with units in Chinese
    given = [OFFICIAL / x for x in ("panel.csv", "additions.csv")] if OFFICIAL.is_dir() else [OFFICIAL]
    own("import", *given, "--study", "provinces", "--mapping", mapping)
    said = own("check", "--study", "provinces")
    assert "telecom_volume, 2021" in said
    begun = time.monotonic()
    finished(own, "provinces")
    assert time.monotonic() - begun < 240  # a loose bound; benchmarks measure


def test_a_study_begun_from_another_takes_its_readings_but_not_what_is_said_of_its_figures(tmp_path):
    arguments = ("--from", "yellow-river", "--years", "2018-2020", "--regions", "Oak, Elm, Ash, Yew")
    must(coordination("new", "mine", *arguments, "--studies", tmp_path))
    study = load(tmp_path / "mine")
    assert not any(i.breaks or i.exceptions for i in study.indicators)
    begun = load(RAW / "yellow-river")
    assert [i.readings for i in study.indicators] == [i.readings for i in begun.indicators]


# The tutorial


def commands(page):
    """Return the commands of a page's worked example."""
    return re.findall(r"```bash\n(.*?)\n```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_both_languages_give_the_same_commands():
    assert commands(ROOT / "site/en/adapt.md") == commands(ROOT / "site/zh/adapt.md")
    assert len(commands(ROOT / "site/en/adapt.md")) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.long)])
def test_the_tutorials_commands_lead_to_a_paper(tmp_path, whole):
    from conftest import make

    folder = tmp_path / "compendium"
    copy_compendium(folder)
    for command in commands(ROOT / "site/en/adapt.md"):
        program, *arguments = shlex.split(command)
        assert program == "make"
        if "all" in arguments and not whole:
            arguments.insert(0, "-n")
        said = must(make(folder, *arguments)).stdout
        if "all" in arguments:
            last = said.splitlines()[-1]
            assert whole or "python -m coordination" in said
    if not whole:
        return
    out = folder / "outputs" / "north-east"
    number = len(list((out / "notebooks").iterdir()))
    assert number >= 9
    assert last == f"north-east: made {number} notebooks and the rest; see ./outputs/north-east"
    for name in ("paper.en.pdf", "paper.zh.docx", "site/index.html", "check.html", "compare.en.html"):
        assert (out / name).is_file(), name


def test_regions_without_neighbours_are_named_when_the_study_is_made(own, tmp_path):
    apart = [*SQUARES[:3], "POLYGON ((9 0, 10 0, 10 1, 9 1, 9 0))"]
    outlines = gpd.GeoDataFrame(
        {"NAME": ["Ash", "Bay", "Cove", "Isle"]}, geometry=gpd.GeoSeries.from_wkt(apart), crs=4326
    )
    outlines.to_file(tmp_path / "seas.gpkg")
    given = ("--regions", tmp_path / "seas.gpkg", "--name-column", "NAME", "--years", "2019-2020")
    told = own("new", "seas", "--title", "Seas", *given)
    assert_names(told, "note: ", "Isle", "islands: nearest", "made. Look through study.yml")
    told = own("new", "hai", "--title", "海域", *given)
    assert_names(told, "提示：", "Isle", "islands: nearest", "已生成")
    outlines.geometry = gpd.GeoSeries.from_wkt(SQUARES, crs=4326)
    outlines.to_file(tmp_path / "seas.gpkg")
    assert "note: " not in own("new", "row", "--title", "Row", *given)


def test_an_error_is_told_in_the_language_of_the_study(own):
    folder = write_study(own.studies / "toy")
    replace_once(folder / "study.yml", "seed: 7\n", "seed: 7\nlanguage: zh\n")
    table = read_panel(folder)
    table.loc[0, "value"] = "twelve"
    table.to_csv(folder / "panel.csv", index=False)
    told = own("compare", "--study", "toy", fails=True)
    assert_names(told, "错误：", "第2行", "应为")
    assert "expected" not in told
    assert_names(own("compare", "--study", "none", fails=True), "error: ", "expected")


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), pytest.param(("08-robustness", "09-diagnosis"), marks=pytest.mark.long)])
def test_regions_called_by_codes_with_zeros_in_front_go_through(own, more):
    folder = write_study(own.studies / "toy")
    for k, name in enumerate(("Oak", "Elm", "Ash", "Fir", "Bay")):
        for file in ("regions.csv", "panel.csv"):
            text = (folder / file).read_text(encoding="utf-8")
            (folder / file).write_text(re.sub(rf"(?m)^{name},", f"0100{k},", text), encoding="utf-8")
    steps = ("01-indicators", "02-weights", "03-development", "04-coordination", "05-global-autocorrelation")
    own("run", "--study", "toy", *steps, "06-local-autocorrelation", *more)
    local = pd.read_csv(own.out / "toy" / "tables" / "local-moran.csv", dtype=str)
    assert set(local["region"]) == {f"0100{k}" for k in range(5)}


@pytest.mark.parametrize(
    ("text", "series"),
    [
        (
            "A: PM₂.₅, -PM2.5; B: internet users / Population, GDP",
            ["PM₂.₅", "PM2.5", "internet users", "Population", "GDP"],
        ),
        ("甲: 人均GDP（元）; B: ports, -Café", ["人均GDP（元）", "Café"]),
    ],
)
def test_series_may_be_called_as_people_call_them(own, text, series):
    own("new", "named", "--subsystems", text, "--years", "2019-2020", "--regions", "X, Y, Z")
    study = load(own.studies / "named")
    assert [n for about in study.panel.series.values() for n in about.names] == series


def test_a_chinese_title_alone_is_that_of_every_language(own):
    own("new", "hai", "--title-zh", "海域", "--years", "2019-2020", "--regions", "X, Y, Z")
    study = load(own.studies / "hai")
    assert (study.title.en, study.title.zh, study.language) == ("海域", "海域", "zh")
