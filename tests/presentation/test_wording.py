import ast
import json
import re
from string import Formatter
from typing import get_args

import pandas as pd
import pytest
from conftest import RAW
from made_up import made_up

from coordination.presentation import wording
from coordination.presentation.wording import (
    AXES,
    CAPTIONS,
    CHOICES,
    EFFECTS,
    NUMBERED,
    SCALES,
    TAILS,
    WORDS,
    about,
    both,
    caption,
    phrased,
    span,
    word,
)
from coordination.replication import tables
from coordination.replication.verdict import VERDICTS
from coordination.spatial import autocorrelation
from coordination.study.document import load
from coordination.study.model import Autocorrelation
from coordination.study.regions import read_regions

ROOT = RAW.parents[1]
EVERYWHERE = {
    "n": 9,
    "year": 2003,
    "universes": 46,
    "first": 2001,
    "last": 2003,
    "scale": SCALES["raw"],
    "tail": TAILS["less"],
    "significance": 0.05,
    "source": both("data"),
    "axes": AXES["zero"],
    "correlation": 0.98765,
    "difference": 0.01234,
    "few": 5,
    "q": "12.3",
    "p": "0.012",
    "choices": {k: v.format(512) for k, v in CHOICES[True].items()},
    "effects": EFFECTS[True],
}


def fields(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def chinese(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def trees():
    for file in sorted((ROOT / "src" / "coordination").rglob("*.py")):
        yield file.stem, ast.parse(file.read_text(encoding="utf-8"))


def notebook_calls(*methods):
    """First argument of every call of the methods in the notebooks; what is computed in it is left out."""
    for file in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            tree = ast.parse("".join(cell["source"]) if cell["cell_type"] == "code" else "")
            names = {t.id: n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) for t in n.targets
                     if isinstance(t, ast.Name)}  # fmt: skip
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
                    first = node.args[0]
                    first = names[first.id] if isinstance(first, ast.Name) else first
                    parts = first.values if isinstance(first, ast.JoinedStr) else [first]
                    yield "".join(p.value for p in parts if isinstance(p, ast.Constant)).rstrip("-")


@pytest.mark.parametrize("key", WORDS)
def test_words_exist_in_both_languages_with_the_same_places_to_fill(key):
    en, zh = WORDS[key]
    assert en.strip() == en != ""
    assert zh.strip() == zh != ""
    assert fields(en) == fields(zh)
    assert (word(key, "en"), word(key, "zh")) == (en, zh)
    assert both(key) == {"en": en, "zh": zh}
    assert not chinese(en)
    assert chinese(zh) or key in ("positive", "negative", "r_squared")  # signs


@pytest.mark.parametrize("key", CAPTIONS)
def test_captions_exist_in_both_languages_with_the_same_places_to_fill(key):
    en, zh = CAPTIONS[key]
    assert set(fields(en)) == set(fields(zh))
    assert en.endswith(".")
    assert zh.endswith("。")
    assert not chinese(en)
    assert chinese(zh)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("key", CAPTIONS)
def test_captions_can_be_filled(key, language):
    study = made_up().study
    subsystem = study.subsystems[1] if "{subsystem}" in CAPTIONS[key][0] else None
    name = f"{key}-{subsystem.id}" if subsystem else key
    text = caption("figure", name, study, language, 4, subsystem, **EVERYWHERE)
    start = {"en": "**Figure 4.** ", "zh": "**图4** "}[language]
    assert text.startswith(start)
    assert not set("{}") & set(text)
    if subsystem:
        assert subsystem.name[language] in text
        assert subsystem.id not in text
    assert caption("figure", name, study, language, None, subsystem, **EVERYWHERE) == text.removeprefix(start)


@pytest.mark.parametrize(
    ("arguments", "values", "expected"),
    [
        pytest.param(("table", "levels", "en", 3), {}, "**Table 3.** Levels of the coupling", id="table-en"),
        pytest.param(("table", "levels", "zh", 3), {}, "**表3** 耦合协调度等级划分", id="table-zh"),
        pytest.param(
            ("figure", "components", "en", 9),
            {"first": 2001, "last": 2003},
            "**Figure 9.** Change of D from 2001 to 2003",
            id="figure-en",
        ),
        pytest.param(
            ("table", "descriptives", "zh"),
            {"scale": SCALES["raw"]},
            "指标描述统计（原始数据）。",
            id="value-in-both-languages",
        ),
        pytest.param(
            ("figure", "cluster-map", "en"),
            {"year": 2003, "significance": 0.05},
            "(false discovery rate 5%).",
            id="share",
        ),
    ],
)
def test_captions_in_words(arguments, values, expected):
    kind, name, language, *number = arguments
    assert expected in caption(kind, name, made_up().study, language, *number, **values)


PERIODS = EVERYWHERE | {"year": "2021Q4", "first": "2020Q1", "last": "2021Q4"}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("key", CAPTIONS)
def test_captions_call_periods_with_labels_not_years(key, language):
    study = made_up(years=8, periods=True).study
    subsystem = study.subsystems[1] if "{subsystem}" in CAPTIONS[key][0] else None
    name = f"{key}-{subsystem.id}" if subsystem else key
    text = caption("figure", name, study, language, 4, subsystem, **PERIODS)
    assert not re.search("(?i)year|annual|年|[{}]", text)


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("heat-map-coordination", "by region and period.", "各地区各期耦合"),
        ("map-coordination", "degree D, 2021Q4.", "2021Q4期耦合协调度"),
        ("components", "from 2020Q1 to 2021Q4 split", "2020Q1—2021Q4期间D的变化"),
        ("development", "compound growth per period by region, 2020Q1–2021Q4.", "综合指数与期均增长率。"),
        ("yearly-mean", "by period.", "均值的各期变化。"),
    ],
    ids=str,
)
def test_captions_of_periods(name, en, zh):
    study = made_up(years=8, periods=True).study
    s = study.subsystems[0] if name in ("development", "yearly-mean") else None
    name = f"{name}-{s.id}" if s else name
    assert en in caption("figure", name, study, "en", None, s, **PERIODS)
    assert zh in caption("figure", name, study, "zh", None, s, **PERIODS)


@pytest.mark.parametrize("key", WORDS)
def test_words_of_periods(key):
    years, periods = made_up().study, made_up(years=8, periods=True).study
    for language in ("en", "zh"):
        assert word(key, language, years) == word(key, language)
        assert not re.search("(?i)year|annual|年", word(key, language, periods))
        assert fields(word(key, language, periods)) == fields(word(key, language))


@pytest.mark.parametrize(
    ("within", "ends", "en", "zh"),
    [
        ("linear", "nearest", "years, with the nearest value at the ends.", "线性插值，两端取最近值。"),
        ("linear", "missing", "(of 9 regions). The rest are filled linearly between observed years.", "线性插值。"),
        ("none", "nearest", "(of 9 regions). The rest are filled with the nearest", "）。其余为插补值：两端取最近值。"),
        ("none", "missing", "(of 9 regions).", "（共9个地区）。"),
    ],
    ids=str,
)
def test_the_caption_of_availability_says_how_gaps_are_filled(within, ends, en, zh):
    study = made_up().study
    study = study.model_copy(
        update={"interpolation": study.interpolation.model_copy(update={"within": within, "ends": ends})}
    )
    assert en in caption("figure", "availability", study, "en", n=9)
    assert caption("figure", "availability", study, "zh", n=9).endswith(zh)
    assert caption("figure", "availability", study, "en", n=9, filled=False).endswith("year (of 9 regions).")


def test_captions_leave_out_what_a_study_has_not():
    study = made_up().study
    said = {e: caption("table", "global-moran", study, "en", tail="t", exact=e) for e in (True, False)}
    assert "with analytic, permutation and exact p values." in said[True]
    assert "with analytic and permutation p values." in said[False]
    assert "解析与置换p值。" in caption("table", "global-moran", study, "zh", tail="t", exact=False)
    said = {s: caption("figure", "scatter", study, "en", year=2003, axes="a", source=s) for s in ("data", None)}
    assert "degree, 2003 (data), a." in said["data"]
    assert "degree, 2003, a." in said[None]


def test_a_value_that_a_caption_lacks_is_no_silent_gap():
    with pytest.raises(KeyError, match="year"):
        caption("figure", "map-coordination", made_up().study, "en")


@pytest.mark.parametrize(
    ("years", "en", "zh"),
    [((2013, 2014, 2023), "2013–2023", "2013—2023"), ((2020,), "2020", "2020")],
    ids=["several-years", "one-year"],
)
def test_span_of_years(years, en, zh):
    assert (span(years, "en"), span(years, "zh")) == (en, zh)


def test_every_word_that_the_package_asks_for_exists():
    asked = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "word"
                and isinstance(node.args[0], ast.Constant)
            ):
                asked.add(node.args[0].value)
    assert len(asked) > 20
    assert asked <= set(WORDS)


def test_every_word_is_used():
    spoken = {
        node.value
        for name, tree in trees()
        if name != "wording"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    spoken |= {f"from_{route}" for route in ("published", "data")}
    put_together = ("factor_", "level_", "flag_", "of_", "variance_of_", "more_of")
    spoken |= {key for key in WORDS if key.startswith(put_together)}
    assert set(WORDS) - spoken == set()


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(VERDICTS, id="verdicts"),
        pytest.param((*autocorrelation.QUADRANTS, "none"), id="quadrants"),
        pytest.param(get_args(Autocorrelation.model_fields["tail"].annotation), id="tails"),
        pytest.param(("data", "published", "from_data", "from_published"), id="sources"),
        pytest.param(("positive", "negative", "synchronised"), id="values-of-settings"),
    ],
)
def test_every_value_that_a_table_may_hold_has_a_word(keys):
    assert set(keys) <= set(WORDS)


@pytest.mark.parametrize(
    ("texts", "keys"),
    [
        pytest.param(AXES, get_args(Autocorrelation.model_fields["quadrants"].annotation), id="axes"),
        pytest.param(TAILS, get_args(Autocorrelation.model_fields["tail"].annotation), id="tails"),
        pytest.param(SCALES, ("raw", "normalised"), id="scales"),
    ],
)
def test_texts_for_every_setting(texts, keys):
    assert set(texts) == set(keys)
    for text in texts.values():
        assert set(text) == {"en", "zh"}
        assert chinese(text["zh"])
        assert not chinese(text["en"])


def test_every_figure_and_table_of_the_notebooks_has_a_caption_and_no_caption_is_left_over():
    named = set(notebook_calls("figure", "table"))
    assert len(named) > 20
    assert named == set(CAPTIONS)


def test_figures_and_tables_are_numbered_in_both_languages():
    assert set(NUMBERED) == {"figure", "table"}
    assert NUMBERED["table"][0].format(3) == "Table 3."
    assert NUMBERED["figure"][1].format(12) == "图12"


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
    said = about(made_up().study, 5, language, from_raw, "x.csv", "0123456789abcdef" * 4)
    assert expected in said
    assert "0123456789abcdef…" in said
    assert "None" not in said


def test_why_figures_are_withheld_is_said_only_where_the_released_panel_is_read():
    study = made_up().study
    panel = study.panel.model_copy(update={"withheld": {"en": "not licensed", "zh": "未授权"}})
    study = study.model_copy(update={"panel": panel})
    said = {(x, raw): about(study, 5, x, raw, "x.csv", "0" * 64) for x in ("en", "zh") for raw in (True, False)}
    assert "x.csv`: not licensed." in said["en", False]
    assert "开始（未授权）。" in said["zh", False]
    assert "licensed" not in said["en", True]
    assert "未授权" not in said["zh", True]


def test_wording_computes_nothing():
    assert not {"numpy", "pandas"} & set(vars(wording))


@pytest.mark.slow
def test_every_phrase_of_the_scoreboard_is_put_into_chinese(yellow_river):
    file = yellow_river / "outputs/yellow-river/tables/replication.csv"
    board = pd.read_csv(file, keep_default_na=False, na_values=[""], dtype={"published": str})
    study = load(RAW / "yellow-river")
    table = tables.replication(board, study=study, regions=read_regions(study, RAW / "yellow-river"), language="zh")
    for column in table.columns[1:]:
        assert [text for text in table[column].astype(str) if re.search("[A-Za-z]{3,}", text)] == []


def test_phrases_that_are_not_known_stay_as_they_are():
    assert phrased("a claim of the author's own", "zh", {}) == "a claim of the author's own"
    assert phrased("D of Gansu 2013", "en", {"Gansu": "甘肃"}) == "D of Gansu 2013"
