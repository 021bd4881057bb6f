"""Every language says the same: equal keys, equal places to fill, and no word outside its folder."""

import ast
import json
import re
from string import Formatter
from typing import get_args

import jinja2
import pytest
import yaml
from conftest import ROOT
from jinja2 import meta
from made_up import made_up

from coordination.locale import FOLDER, LANGUAGES
from coordination.presentation import locale
from coordination.presentation.reader import Reader
from coordination.replication.verdict import VERDICTS
from coordination.spatial import autocorrelation
from coordination.study.model import Autocorrelation

EN, OTHERS = "en", [k for k in LANGUAGES if k != "en"]
WORDS, CAPTIONS = ({k: locale.words(k, file) for k in LANGUAGES} for file in ("words", "captions"))
KEYS = [k for k in WORDS[EN] if k != "of_periods"]
TEMPLATES = sorted(f.name for f in (FOLDER / EN).glob("*.j2"))
FACTS = {
    "some": True,
    "n": 9,
    "year": 2003,
    "universes": 46,
    "first": 2001,
    "last": 2003,
    "scale": "raw",
    "tail": "less",
    "significance": 0.05,
    "source": "data",
    "axes": "zero",
    "correlation": 0.98765,
    "difference": 0.01234,
    "few": 5,
    "silent": 0.1,
    "filtered": 0.92,
    "fewest": 8,
    "q": 12.34,
    "p": 0.0123,
    "every": True,
    "count": 512,
    "panel": True,
    "sizes": {"spatial_lag": 0.06, "spatial_error": 0.07},
}
PERIODS = FACTS | {"year": "2021Q4", "first": "2020Q1", "last": "2021Q4"}
CHINESE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
PACKAGE = ROOT / "src" / "coordination"


def fields(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def reader(language, **more):
    made = made_up(**more)
    return Reader(made.study, made.regions, language)


def caption(key, language, facts, kind="figure", **more):
    read = reader(language, **more)
    of_one = "subsystem }}" in CAPTIONS[EN][key]
    named = {"subsystem": read.study.subsystems[1].id} if of_one else {}
    name = f"{key}-{named['subsystem']}" if of_one else key
    return read.caption(kind, name, **named, **facts), read


def trees():
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def macros(language, name):
    tree = jinja2.Environment(extensions=["jinja2.ext.do"]).parse(
        (FOLDER / language / name).read_text(encoding="utf-8")
    )
    return {m.name: [a.name for a in m.args] for m in tree.find_all(jinja2.nodes.Macro)}


# The same in every language


@pytest.mark.parametrize("language", OTHERS)
def test_files_and_keys_are_those_of_english(language):
    for file in (FOLDER / EN).iterdir():
        assert (FOLDER / language / file.name).is_file(), f"{language} has no {file.name}"
        if file.suffix == ".yml":
            theirs, ours = locale.words(EN, file.stem), locale.words(language, file.stem)
            assert set(ours) == set(theirs), file.name


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", [n for n in TEMPLATES if n != "phrases.j2"])
def test_sentences_are_those_of_english_and_take_the_same_facts(language, name):
    theirs, ours = macros(EN, name), macros(language, name)
    public = {k: v for k, v in theirs.items() if not k.startswith("_")}
    assert {k: v for k, v in ours.items() if not k.startswith("_")} == public


@pytest.mark.parametrize("key", KEYS)
def test_words_have_the_same_places_to_fill(key):
    for language in LANGUAGES:
        assert isinstance(WORDS[language][key], str)
        assert fields(WORDS[language][key]) == fields(WORDS[EN][key])
    assert not CHINESE.search(WORDS[EN][key])


@pytest.mark.parametrize("key", CAPTIONS[EN])
def test_captions_name_the_same_facts(key):
    named = {k: meta.find_undeclared_variables(locale.templates(k).parse(CAPTIONS[k][key])) for k in LANGUAGES}
    for language in LANGUAGES:
        assert named[language] - {"reader", "word", "study"} == named[EN] - {"reader", "word", "study"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", CAPTIONS[EN])
def test_captions_can_be_filled(key, language):
    text, read = caption(key, language, FACTS)
    assert not set("{}") & set(text)
    assert bool(CHINESE.search(text)) == (language == "zh")
    if "subsystem }}" in CAPTIONS[EN][key]:
        assert read.subsystem(read.study.subsystems[1].id) in text
        assert read.study.subsystems[1].id not in text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("key", CAPTIONS[EN])
def test_captions_call_periods_with_labels_not_years(key, language):
    text, _ = caption(key, language, PERIODS, years=8, periods=True)
    assert not re.search("(?i)year|annual|年|[{}]", text)


# In words


@pytest.mark.parametrize(
    ("kind", "name", "language", "expected"),
    [
        ("table", "levels", "en", "Levels of the coupling"),
        ("table", "levels", "zh", "耦合协调度等级划分"),
        ("figure", "components", "en", "Change of D from 2001 to 2003"),
        ("table", "descriptives", "zh", "指标描述统计（原始数据）。"),
        ("figure", "cluster-map", "en", "(false discovery rate 5%)."),
    ],
)
def test_captions_in_words(kind, name, language, expected):
    assert expected in caption(name, language, FACTS, kind)[0]


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("heat-map-coordination", "by region and period.", "各地区各期耦合"),
        ("map-coordination", "degree D, 2021Q4: ", "2021Q4期耦合协调度"),
        ("components", "from 2020Q1 to 2021Q4 split", "2020Q1—2021Q4期间D的变化"),
        ("development", "compound growth per period by region, 2020Q1–2021Q4.", "综合指数与期均增长率。"),
        ("yearly-mean", "by period.", "均值的各期变化。"),
    ],
    ids=str,
)
def test_captions_of_periods(name, en, zh):
    assert en in caption(name, "en", PERIODS, years=8, periods=True)[0]
    assert zh in caption(name, "zh", PERIODS, years=8, periods=True)[0]


@pytest.mark.parametrize("key", KEYS)
def test_words_of_periods(key):
    for language in LANGUAGES:
        years, periods = reader(language), reader(language, years=8, periods=True)
        assert years.timed_word(key) == WORDS[language][key]
        assert not re.search("(?i)year|annual|年", periods.timed_word(key)) or "{{" in WORDS[language][key]
        assert fields(periods.timed_word(key)) == fields(WORDS[language][key])


@pytest.mark.parametrize(
    ("within", "ends", "en", "zh"),
    [
        ("linear", "nearest", "years, with the nearest value at the ends. n = 5, ", "线性插值，两端取最近值。"),
        (
            "linear",
            "missing",
            "year. Of indicators that have figures, the rest are filled linearly between observed years. n = 5, ",
            "线性插值。",
        ),
        (
            "none",
            "nearest",
            "year. Of indicators that have figures, the rest are filled with the nearest",
            "地区数。有数据的指标，其余为插补值：两端取最近值。",
        ),
        ("none", "missing", "by indicator and year. n = 5, ", "地区数。"),
    ],
    ids=str,
)
def test_the_caption_of_availability_says_how_gaps_are_filled(within, ends, en, zh):
    made = made_up()
    filling = made.study.interpolation.model_copy(update={"within": within, "ends": ends})
    study = made.study.model_copy(update={"interpolation": filling})
    said = {k: Reader(study, made.regions, k) for k in ("en", "zh")}
    assert en in said["en"].caption("figure", "availability")
    assert said["zh"].caption("figure", "availability").endswith(f"{zh}n = 5，2001—2003年。")
    assert said["en"].caption("figure", "availability", filled=False).endswith("year. n = 5, 2001–2003.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_caption_of_a_figure_says_how_many_regions_and_which_years_it_shows(language):
    one, all_years, periods = (
        caption(key, language, FACTS, years=years, periods=years == 8)[0]
        for key, years in (("map-coordination", 3), ("heat-map-coordination", 3), ("heat-map-coordination", 8))
    )
    end = {"en": ".", "zh": "。"}[language]
    assert one.endswith(f"n = 5{end}")
    assert str(FACTS["year"]) in one
    assert re.search(r"n = 5[,，] ?2001.2003年?[.。]$", all_years)
    assert re.search(r"n = 5[,，] ?20\d\dQ\d.20\d\dQ\d[.。]$", periods)
    assert "n = 5" not in caption("levels", language, FACTS, kind="table")[0]


def test_captions_leave_out_what_a_study_has_not():
    said = {e: caption("global-moran", "en", {"tail": "less", "exact": e})[0] for e in (True, False)}
    assert "with analytic, permutation and exact p values." in said[True]
    assert "with analytic and permutation p values." in said[False]
    assert "解析与置换p值。" in caption("global-moran", "zh", {"tail": "less", "exact": False})[0]
    facts = {"year": 2003, "axes": "zero"}
    said = {s: caption("scatter", "en", facts | {"source": s})[0] for s in ("data", None)}
    assert "degree, 2003 (recomputed from data), axes" in said["data"]
    assert "degree, 2003, axes" in said[None]


def test_a_fact_that_a_caption_lacks_is_no_silent_gap():
    with pytest.raises(jinja2.UndefinedError, match="year"):
        reader("en").caption("figure", "map-coordination")


def test_a_sentence_or_a_fact_that_is_missing_is_no_silent_gap():
    with pytest.raises(KeyError, match="no_such_sentence"):
        reader("en").say("study", "no_such_sentence")
    with pytest.raises(jinja2.UndefinedError, match="checksum"):
        reader("en").say("study", "about", regions=5, from_raw=True, file="x.csv")
    with pytest.raises(KeyError, match="no_such_word"):
        reader("en").word("no_such_word")


@pytest.mark.parametrize(
    ("years", "en", "zh"),
    [((2013, 2014, 2023), "2013–2023", "2013—2023"), ((2020,), "2020", "2020")],
    ids=["several-years", "one-year"],
)
def test_span_of_years(years, en, zh):
    assert (reader("en").span(years), reader("zh").span(years)) == (en, zh)


@pytest.mark.parametrize(
    ("language", "from_raw", "expected"),
    [
        (
            "en",
            True,
            "**Study A**: 5 regions, 2001–2003. Source: Source A.\n\nStarts from the raw panel `x.csv`. SHA-256: `0123",
        ),
        ("en", False, "Starts from the released normalised panel `x.csv`. SHA-256"),
        ("zh", True, "**研究1**：5个地区，2001—2003年。数据来源：来源1。\n\n从原始面板数据`x.csv`开始。SHA-256：`0123"),
        ("zh", False, "从已发布的归一化面板`x.csv`开始。SHA-256"),
    ],
    ids=["en-raw", "en-released", "zh-raw", "zh-released"],
)
def test_what_a_notebook_says_about_the_study(language, from_raw, expected):
    facts = {"regions": 5, "from_raw": from_raw, "file": "x.csv", "checksum": "0123456789abcdef" * 4}
    said = reader(language).say("study", "about", **facts)
    assert expected in said
    assert "0123456789abcdef…" in said
    assert "None" not in said


def test_why_figures_are_withheld_is_said_only_where_the_released_panel_is_read():
    made = made_up()
    panel = made.study.panel.model_copy(update={"withheld": {"en": "not licensed", "zh": "未授权"}})
    study = made.study.model_copy(update={"panel": panel})
    facts = {"regions": 5, "file": "x.csv", "checksum": "0" * 64}
    said = {
        (k, raw): Reader(study, made.regions, k).say("study", "about", from_raw=raw, **facts)
        for k in ("en", "zh")
        for raw in (True, False)
    }
    assert "x.csv`: not licensed." in said["en", False]
    assert "开始（未授权）。" in said["zh", False]
    assert "licensed" not in said["en", True]
    assert "未授权" not in said["zh", True]


# What is asked for is there, and the other way round


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(VERDICTS, id="verdicts"),
        pytest.param((*autocorrelation.QUADRANTS, "none"), id="quadrants"),
        pytest.param(get_args(Autocorrelation.model_fields["tail"].annotation), id="tails"),
        pytest.param(("data", "published", "from_data", "from_published"), id="sources"),
        pytest.param(("positive", "negative", "synchronised"), id="values-of-settings"),
        pytest.param(("axes_zero", "axes_means", "scale_raw", "scale_normalised"), id="texts-of-settings"),
    ],
)
def test_every_value_that_a_table_may_hold_has_a_word(keys):
    assert set(keys) <= set(WORDS[EN])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", ["words", "captions", "site", "errors"])
def test_no_key_says_two_things(language, file):
    path = FOLDER / language / f"{file}.yml"
    keys = yaml.compose(path.read_text(encoding="utf-8")).value if path.exists() else []
    assert len({key.value for key, _ in keys}) == len(keys)


def test_every_word_that_the_package_asks_for_exists():
    asked = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("word", "timed_word"):
                asked |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    for file in (FOLDER / EN).glob("*.j2"):
        asked |= set(re.findall(r'\bword\("(\w+)"[,)]', file.read_text(encoding="utf-8")))
        asked |= set(re.findall(r'"(\w+)" \| word\b', file.read_text(encoding="utf-8")))
    assert len(asked) > 20
    assert asked <= set(WORDS[EN])


def test_every_word_is_used():
    spoken = " ".join(
        f.read_text(encoding="utf-8")
        for f in PACKAGE.rglob("*")
        if f.suffix in (".py", ".j2", ".html") or f.name == "captions.yml"
    )
    spoken += "".join((ROOT / "paper" / n.name).read_text(encoding="utf-8") for n in (ROOT / "paper").glob("*.typ"))
    put_together = {k for k in KEYS if re.match(r"[a-z]+_", k) and re.search(rf'["\']{k.split("_")[0]}_', spoken)}
    unused = {k for k in KEYS if k not in put_together and not re.search(rf"(?<![\w-]){re.escape(k)}(?![\w-])", spoken)}
    assert unused == set()


def notebook_calls(*methods):
    """First argument of every call of the methods in the notebooks; what is computed in it is left out."""
    for file in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
            tree = ast.parse("".join(cell["source"]) if cell["cell_type"] == "code" else "")
            names = {t.id: n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) for t in n.targets
                     if isinstance(t, ast.Name)}  # fmt: skip
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
                    first = node.args[0]
                    first = names[first.id] if isinstance(first, ast.Name) else first
                    parts = first.values if isinstance(first, ast.JoinedStr) else [first]
                    yield "".join(p.value for p in parts if isinstance(p, ast.Constant)).rstrip("-")


def test_every_figure_and_table_of_the_notebooks_has_a_caption_and_no_caption_is_left_over():
    named = set(notebook_calls("figure", "table"))
    assert len(named) > 20
    assert named == set(CAPTIONS[EN])


# Prose lives in the folders of the languages


def test_no_module_holds_chinese_or_asks_which_language_it_is():
    faults = []
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value):
                faults.append(f"{name}:{node.lineno}: Chinese")
            if isinstance(node, ast.Compare) and {
                c.value for c in (node.left, *node.comparators) if isinstance(c, ast.Constant)
            } & set(LANGUAGES):
                faults.append(f"{name}:{node.lineno}: a comparison of the language")
    assert faults == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Region 1, Region 2, Region 3, Region 4, Region 5 and 1,200 other regions"),
        ("zh", "Region 5和另外1,200个地区"),
    ],
)
def test_very_many_regions_are_counted_within_a_sentence(monkeypatch, language, expected):
    read = reader(language)
    monkeypatch.setattr(type(read), "region", lambda _, name: f"Region {name}")
    assert read.regions_of(range(1, 13)).count("Region") == 12
    assert read.regions_of(range(1, 14)).count("Region") == 5
    assert read.regions_of(range(1, 1206)).endswith(expected)
    assert read.regions_of(range(1, 1206)).count("Region") == 5
