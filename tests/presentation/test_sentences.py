import re
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import last_year, made_up, of_subsystem, over_space
from presented import public
from presented import said as said_of

from coordination.presentation.reader import Reader
from coordination.study.model import Level

SHAPES = {
    "plain": {},
    "one-group": {"regions": 4, "groups": 1},
    "one-year": {"years": 1},
    "25-regions": {"regions": 25, "groups": 3},
    "3-subsystems": {"subsystems": 3},
    "two-sided": {"tail": "two-sided"},
}
UNPUBLISHED = {"periods": {"years": 8, "periods": True}}
NOUN = {
    "en": "There are no figures for indicator 1.2 B and indicator 2.2 B.",
    "zh": "无数据的指标：指标1.2.2、指标2.2.2。",
}


def development(m):
    own = of_subsystem(m, m.study.subsystems[0])
    return own.yearly, own.by_group, own.by_region


def last_of(table):
    return table[table["year"] == table["year"].max()]


SENTENCES = {
    "gaps": lambda m: (m.panel.filled,),
    "passed_over": lambda m: (SimpleNamespace(values=[0] * 7, other_regions=2, other_years=1),),
    "release": lambda m: (True,),
    "weights": lambda m: (m.weights,),
    "development": development,
    "development_summary": lambda m: (of_subsystem(m, m.study.subsystems[0]).yearly,),
    "coordination": lambda m: (m.groups, last_of(m.coordination)),
    "global_moran": lambda m: (m.moran,),
    "moran_summary": lambda m: (m.moran[m.moran["source"] == "data"],),
    "local_moran": lambda m: (last_year(m),),
    "discovery": lambda m: (m.local[m.local["source"] == "data"],),
    "two_definitions": lambda m: (last_year(m),),
    "moran_change": lambda m: (over_space(m).change,),
    "power": lambda m: (over_space(m).power, over_space(m).change),
    "association": lambda m: (over_space(m).geary, over_space(m).bivariate),
    "hot_spots": lambda m: (last_of(over_space(m).spots),),
    "gravity": lambda m: (over_space(m).path,),
    "trend_surface": lambda m: (over_space(m).surface,),
}


SAYING = {n: (room, f) for room in ("indices", "spatial") for n, f in public(room, "facts").items()}


def said(name, language, *data, made=None):
    made = made or made_up()
    room, facts = SAYING[name]
    setting = {"study": made.study, "inference": made.study.autocorrelation}
    more = [setting[p] for p in signature(facts).parameters if p in setting]
    return said_of(room, name, language, made, *(data or SENTENCES[name](made)), *more)


@pytest.mark.parametrize(
    ("first", "last", "en", "zh"),
    [
        pytest.param(0.1, 0.2, "rises from 0.100 to 0.200", "由0.100上升到0.200", id="rises"),
        pytest.param(0.2, 0.1, "falls from 0.200 to 0.100", "由0.200下降到0.100", id="falls"),
        pytest.param(0.1, 0.1, "stays at 0.100", "保持在0.100", id="stays"),
        pytest.param(0.10001, 0.10002, "stays at 0.100", "保持在0.100", id="stays-as-far-as-it-is-printed"),
        pytest.param(0.1004, 0.1006, "rises from 0.100 to 0.101", "由0.100上升到0.101", id="rises-in-print"),
        pytest.param(-0.1, -0.2, "falls from −0.100 to −0.200", "由−0.100下降到−0.200", id="below-zero"),
    ],
)
def test_rises_falls_and_stays(first, last, en, zh):
    made = made_up()
    moran = made.moran[made.moran["source"] == "data"].copy()
    moran["moran_i"] = np.linspace(first, last, len(moran))
    assert f"and {en}." in said("global_moran", "en", moran)
    assert f"，I{zh}。" in said("global_moran", "zh", moran)
    if first > 0:
        yearly, *rest = SENTENCES["development"](made)
        yearly = yearly.assign(score=np.linspace(first, last, len(yearly)))
        assert f"The mean of all regions (All parts) {en} between 2001 and 2003." in said(
            "development", "en", yearly, *rest
        )
        assert f"均值{zh}（2001—2003年）。" in said("development", "zh", yearly, *rest)
        assert f"The mean score {en} between 2001 and 2003" in said("development_summary", "en", yearly)


def test_what_is_said_of_periods():
    made = made_up(**UNPUBLISHED["periods"])
    text = {(n, x): said(n, x, made=made) for n in SENTENCES for x in ("en", "zh")}
    assert "between 2020Q1 and 2021Q4. Groups" in text["development", "en"]
    assert "（2020Q1—2021Q4）。" in text["development", "zh"]
    assert "Highest mean over the periods: " in text["development", "en"]
    assert text["development_summary", "en"].endswith("% a period.")
    assert "，期均变化" in text["development_summary", "zh"]
    assert " In 2021Q4, " in text["coordination", "en"]
    assert "2021Q4期：" in text["coordination", "zh"]
    assert " of the eight periods" in text["moran_summary", "en"]
    assert "8期中无一期" in text["moran_summary", "zh"]
    assert "the numbers of significant periods are" in text["global_moran", "en"]
    assert "显著的期数：" in text["global_moran", "zh"]
    assert text["passed_over", "zh"] == "原始面板（每行一个数值）使用7行；跳过其他地区2行、其他时期1行。"


def test_a_study_in_which_nothing_is_published_names_no_source():
    own = {"source": "data"}
    assert said("global_moran", "en", moran(**own)).startswith("I is positive in 1 of 2 years and falls")
    assert said("global_moran", "zh", moran(**own)).startswith("2年中I为正的有1年")
    both = pd.concat([moran(**own), moran()])
    assert said("global_moran", "en", both).startswith("Recomputed from data: I is positive")


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("All parts", "The mean of all regions (All parts) rises", "全部地区（全体）均值由"),
        ("All regions", "The mean of all regions rises", "全部地区均值由"),
    ],
    ids=["a-name", "no-name"],
)
def test_the_whole_is_named_once(name, en, zh):
    made = made_up()
    chinese = {"All parts": "全体", "All regions": "全部地区"}[name]
    whole = made.study.whole.model_copy(
        update={"name": made.study.whole.name.model_copy(update={"en": name, "zh": chinese})}
    )
    made = SimpleNamespace(**vars(made) | {"study": made.study.model_copy(update={"whole": whole})})
    assert said("development", "en", made=made).startswith(en)
    assert said("development", "zh", made=made).startswith(zh)


def by_region(*means):
    return pd.DataFrame({"region": [f"reg_{k}" for k in range(len(means))], "mean": means})


@pytest.mark.parametrize(
    ("means", "en", "zh"),
    [
        pytest.param([0.5], "region Region A; lowest: Region A.", "地区：地区1；最低的地区：地区1。", id="one-region"),
        pytest.param(
            [0.5, 0.6, 0.4], "region Region B; lowest: Region C.", "地区2；最低的地区：地区3。", id="three-regions"
        ),
        pytest.param(
            [0.5, 0.6, 0.4, 0.3],
            "regions Region B and Region A; lowest: Region C and Region D.",
            "地区2、地区1；",
            id="four",
        ),
        pytest.param(
            [0.1, 0.9, 0.8, 0.7, 0.3, 0.2, 0.5],
            "regions Region B, Region C and Region D; lowest: Region E, Region F and Region A.",
            "地区2、地区3、地区4；最低的地区：地区5、地区6、地区1。",
            id="no-more-than-three",
        ),
    ],
)
def test_highest_and_lowest_regions(means, en, zh):
    made = made_up(regions=25, groups=3)
    yearly, by_group, _ = SENTENCES["development"](made)
    text = {x: said("development", x, yearly, by_group, by_region(*means), made=made) for x in ("en", "zh")}
    assert text["en"].endswith(f"Highest mean over the years: {en}")
    assert zh in text["zh"]


def test_groups_are_listed_from_high_to_low():
    yearly, _, by_region_ = SENTENCES["development"](made_up())
    by_group = pd.DataFrame({"group": ["grp_1", "grp_2", "grp_0"], "score": [0.1, 0.9, 0.5]})
    english = said("development", "en", yearly, by_group, by_region_)
    assert "Groups from high to low: Part B (0.900) and Part A (0.100)." in english
    assert "分组均值由高到低：部分2（0.900）、部分1（0.100）。" in said(
        "development", "zh", yearly, by_group, by_region_
    )


@pytest.mark.parametrize(("language", "unsaid"), [("en", "Groups from"), ("zh", "分组均值")], ids=["en", "zh"])
def test_a_single_group_is_not_compared(language, unsaid):
    assert unsaid in said("development", language)
    assert unsaid not in said("development", language, made=made_up(**SHAPES["one-group"]))


@pytest.mark.parametrize("name", ["development", "coordination", "development_summary"])
def test_a_single_year_neither_rises_nor_falls(name):
    made = made_up(years=1)
    for language, words in (("en", "rises|falls|stays|between"), ("zh", "上升|下降|保持|—")):
        assert re.search(words, said(name, language))
        assert not re.search(words, said(name, language, made=made))


def test_coordination_counts_the_lagging_subsystems_and_names_levels():
    made = made_up()
    groups = pd.DataFrame(
        {
            "group": "grp_0",
            "year": [2001, 2003],
            "coordination_degree": [0.2, 0.6],
            "level": ["Level A", "Level C"],
        }
    )
    state = pd.DataFrame({"lag": ["sys_1", "sys_0", "sys_1", "synchronised", "sys_1"]})
    assert said("coordination", "en", groups, state, made=made) == (
        "The mean of D rises from 0.200 to 0.600 between 2001 and 2003, from Level A to Level C. "
        "In 2003, system B lags in 3 regions, system A lags in 1 region "
        "and the subsystems are synchronised in 1 region."
    )
    assert said("coordination", "zh", groups, state, made=made) == (
        "D的全域均值由0.200上升到0.600（2001—2003年），由等级1到等级3。2003年：3个地区系统2滞后，1个地区系统1滞后，1个地区同步。"
    )


def test_coordination_says_when_the_level_stays():
    groups = pd.DataFrame(
        {"group": "grp_0", "year": [2001, 2003], "coordination_degree": [0.2, 0.3], "level": "Level A"}
    )
    state = pd.DataFrame({"lag": ["sys_1"]})
    assert "2003 and stays in Level A. In" in said("coordination", "en", groups, state, made=made_up())
    assert "，等级仍为等级1。" in said("coordination", "zh", groups, state, made=made_up())


def test_gaps_are_counted():
    made = made_up()
    filled = pd.DataFrame(False, range(10), list("ab"))
    filled.iloc[0, 0] = True
    assert said("gaps", "en", filled, made=made) == f"1 of 20 values (5.0%) is filled. {NOUN['en']}"
    assert said("gaps", "zh", filled, made=made) == f"20个值中有1个（5.0%）为插补值。{NOUN['zh']}"


@pytest.mark.parametrize(
    ("count", "en", "zh"),
    [
        (0, "All 4,896 values were observed; none had to be filled.", "4,896个数值中没有插补值。"),
        (1, "Of 4,896 values, 1 (0.0%) is filled.", "4,896个数值中有1个（0.0%）为插补值。"),
    ],
)
def test_where_nothing_is_filled_the_paper_counts_nothing(count, en, zh):
    made = made_up()
    readers = {k: Reader(made.study, made.regions, k) for k in ("en", "zh")}
    found = {k: r.say("indices", "gaps_paper", count=count, size=4896, absent=[]).strip() for k, r in readers.items()}
    assert found == {"en": en, "zh": zh}


@pytest.mark.parametrize(
    ("same", "en", "zh"),
    [
        (True, "equals", "逐位一致"),
        (False, "**The normalised panel differs", "不一致**"),
        (None, "releases no", "原始数据开始"),
    ],
    ids=["same", "differs", "nothing-released"],
)
def test_release(same, en, zh):
    assert en in said("release", "en", same)
    assert zh in said("release", "zh", same)


def test_rows_passed_over():
    assert said("passed_over", "en").startswith(
        "7 rows of the raw panel, a figure each, are used; 2 rows of other regions and"
    )
    assert said("passed_over", "zh") == "原始面板（每行一个数值）使用7行；跳过其他地区2行、其他年份1行。"
    nothing = SimpleNamespace(values=[0] * 7, other_regions=0, other_years=0)
    assert said("passed_over", "en", nothing) == "7 rows of the raw panel, a figure each, are used."
    assert said("passed_over", "zh", nothing) == "原始面板（每行一个数值）使用7行。"
    recast = SimpleNamespace(
        values=pd.DataFrame({"changed": ["summed", "", "shared", "summed"]}), other_regions=0, other_years=0
    )
    assert "2 are sums over regions that merged, 1 are shares" in said("passed_over", "en", recast)
    assert "2个为合并地区的合计，1个为拆分地区按比例的分摊" in said("passed_over", "zh", recast)
    assert said("passed_over", "en", None).startswith("There is no raw panel;")
    assert said("passed_over", "zh", None).startswith("没有原始面板，")


def test_weights_name_the_largest_and_the_smallest():
    table = pd.DataFrame(
        {
            "subsystem": ["sys_0"] * 3 + ["sys_1"] * 3,
            "indicator": ["ind_0_0_0", "ind_0_0_1", "ind_0_1_0", "ind_1_0_0", "ind_1_0_1", "ind_1_1_0"],
            "weight": [0.2, 0.5, 0.3, 0.1, 0.3, 0.6],
        }
    )
    assert said("weights", "en", table).startswith(
        "System A: the largest weight is that of indicator 1.1 B (0.500), the smallest that of indicator 1.1 A (0.200)."
    )
    assert said("weights", "zh", table).endswith("系统2：权重最大的是指标2.2.1（0.600），最小的是指标2.1.1（0.100）。")


def moran(**columns):
    base = {"year": [2001, 2002], "source": "published", "moran_i": [0.3, -0.1], "p_randomisation": [0.01, 0.05]}
    return pd.DataFrame(
        base
        | {"p_permutation": [0.02, 0.2], "p_exact_greater": [0.03, 0.3], "p_exact_less": [0.98, 0.04]}
        | {"p_exact_two_sided": [0.06, 0.6], "p_exact_doubled": [0.05, 0.6]}
        | columns
    )


def test_significant_years_are_counted_by_inference():
    assert said("global_moran", "en", moran()) == (
        "Published D: I is positive in 1 of 2 years and falls from 0.300 to −0.100. At the 5% level the numbers of "
        "significant years are 2 by the normal approximation (one-sided), 1 by the permutation test (one-sided), "
        "1 by the exact one-sided test, 0 by the exact two-sided test (distance from the expectation) and 1 by the "
        "exact two-sided test (twice the smaller tail)."
    )
    assert "显著的年数：正态近似（单侧）2年，置换检验（单侧）1年，精确单侧检验1年" in said(
        "global_moran", "zh", moran()
    )


def test_inference_that_was_not_made_is_not_counted():
    none = dict.fromkeys(("p_exact_greater", "p_exact_less", "p_exact_two_sided", "p_exact_doubled"), np.nan)
    text = said("global_moran", "en", moran(**none))
    assert text.endswith("are 2 by the normal approximation (one-sided) and 1 by the permutation test (one-sided).")


@pytest.mark.parametrize(
    ("tail", "en", "zh"),
    [
        ("greater", "2 by the normal approximation (one-sided)", "正态近似（单侧）"),
        ("less", "2 by the normal approximation (one-sided, less)", "正态近似（单侧，小于）"),
        ("two-sided", "2 by the normal approximation (two-sided)", "正态近似（双侧）"),
    ],
    ids=["greater", "less", "two-sided"],
)
def test_the_tail_that_is_named_is_the_studys(tail, en, zh):
    made = made_up(tail=tail)
    assert en in said("global_moran", "en", moran(), made=made)
    assert zh in said("global_moran", "zh", moran(), made=made)
    less = "1 by the exact one-sided test (less), 0 by the exact two-sided test"
    assert (less in said("global_moran", "en", moran(), made=made)) == (tail == "less")
    text = said("moran_summary", "en", moran(z_randomisation=[1.9, 2.1]), made=made)
    assert ("one-sided" in text) == (tail != "two-sided")
    assert text.endswith("none by the exact test (one by twice the smaller tail).")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param(
            {}, "positive in one of the two years; at the 5% level it is significant one-sided in two", id="exact"
        ),
        pytest.param(
            {},
            "two-sided in one by the normal approximation and in none by the exact test (one by twice",
            id="two-sided",
        ),
        pytest.param(
            {"p_exact_two_sided": np.nan},
            "one-sided in two by the normal approximation and in one by the permutation test.",
            id="sampled",
        ),
    ],
)
def test_summary_of_autocorrelation(columns, expected):
    table = moran(z_randomisation=[1.9, 2.1], **columns)
    assert expected in said("moran_summary", "en", table)


def local(**columns):
    base = {
        "region": ["reg_0", "reg_1", "reg_2"], "quadrant": ["HH", "HL", "LL"], "quadrant_article": ["HH", "HH", "LL"],
        "significant_fdr": [True, False, True], "p_exact": [0.01, 0.5, np.nan], "p_smallest": [0.01, 0.125, 0.01],
    }  # fmt: skip
    return pd.DataFrame(base | columns)


def test_local_statistics_in_words():
    assert said("local_moran", "en", local()) == (
        "Quadrants that depend on where the axes cross: Region B. "
        "Significant with the false discovery rate controlled: Region A and Region C. "
        "Inference is by exact enumeration for 2 of 3 regions. "
        "Whatever the data, these could not become significant: Region B."
    )
    assert said("local_moran", "zh", local()) == (
        "象限取决于坐标轴位置的地区：地区2。控制FDR后显著的地区：地区1、地区3。3个地区中2个以精确枚举推断。"
        "无论数据如何都不可能显著的地区：地区2。"
    )


def test_local_statistics_where_there_is_nothing_to_say():
    nothing = local(quadrant_article=["HH", "HL", "LL"], significant_fdr=False, p_smallest=0.01)
    assert said("local_moran", "en", nothing) == (
        "No quadrant depends on where the axes cross. "
        "With the false discovery rate controlled, no region is significant. "
        "Inference is by exact enumeration for 2 of 3 regions."
    )
    assert said("local_moran", "zh", nothing) == (
        "没有地区的象限取决于坐标轴位置。控制FDR后没有地区显著。3个地区中2个以精确枚举推断。"
    )


def changed(**columns):
    base = {
        "source": ["data", "published"], "first": 2001, "last": 2003, "moran_first": [0.4, 0.2],
        "moran_last": [0.1, 0.3], "change": [-0.3, 0.1], "p_less": [0.01, 0.8], "p_two_sided": [0.02, 0.4],
        "slope": [-0.15, 0.05], "slope_p_two_sided": [0.25, 0.5], "order_p_two_sided": [0.0004, 0.6],
    }  # fmt: skip
    return pd.DataFrame(base | columns)


def test_a_change_of_clustering_is_judged_by_its_test():
    first, second = said("moran_change", "en", changed()).split("\n\n")
    assert first == (
        "Recomputed from the data, Moran's I falls from 0.400 to 0.100 between 2001 and 2003. With the two years "
        "exchanged region by region, a change at least as large, up or down, arises in 0.020 of the choices: "
        "clustering weakened significantly. "
        "From one year to the next the slope is −0.1500: two-sided p = 0.250 with the regions' whole paths run "
        "backwards, p < 0.001 if the years are rearranged as though none depended on the one before."
    )
    assert (
        "a change at least as large, up or down, arises in 0.400 of the choices: no evidence that clustering changed"
        in second
    )
    chinese = said("moran_change", "zh", changed())
    assert "不小于此的变化（不论方向）出现的比例为0.020：集聚显著减弱。" in chinese
    assert "不小于此的变化（不论方向）出现的比例为0.400：没有集聚变化的证据。" in chinese


@pytest.mark.parametrize(
    ("columns", "en", "zh"),
    [
        ({"p_two_sided": 0.06}, "no evidence that clustering weakened", "没有集聚减弱的证据"),
        ({"change": 0.3, "p_two_sided": 0.05}, "clustering changed significantly", "集聚显著变化"),
    ],
    ids=["no-fall", "a-rise"],
)
def test_verdicts_on_a_change_of_clustering(columns, en, zh):
    assert en in said("moran_change", "en", changed(**columns))
    assert zh in said("moran_change", "zh", changed(**columns))


def test_hot_and_cold_spots_are_named():
    table = pd.DataFrame(
        {"region": ["reg_0", "reg_1", "reg_2"], "year": 2003, "g_star": [2.5, -2.4, 2.2], "significant_fdr": True}
    )
    assert said("hot_spots", "en", table) == (
        "In 2003, by G* with the false discovery rate controlled: "
        "hot spots: Region A and Region C; cold spots: Region B."
    )
    assert said("hot_spots", "zh", table).endswith("热点：地区1、地区3；冷点：地区2。")
    nothing = table.assign(significant_fdr=False)
    assert said("hot_spots", "en", nothing).endswith("no region is a hot or a cold spot.")
    assert said("hot_spots", "zh", nothing).endswith("没有热点或冷点。")


def test_the_centre_of_gravity_moves():
    path = pd.DataFrame(
        {
            "year": [2001, 2002], "longitude": [100.0, 101.5], "latitude": [35.0, 34.0], "area": [100.0, 80.0],
            "moved": [np.nan, 12.34], "from_first": [0.0, 12.34], "direction": [np.nan, 130.0],
        }
    )  # fmt: skip
    assert said("gravity", "en", path) == (
        "From 2001 to 2002 the centre of gravity of D moves 12.3 km to the southeast (on a path of 12.3 km), to "
        "101.50° E, 34.00° N; the area of the standard deviational ellipse changes by −20.0%."
    )
    assert said("gravity", "zh", path).startswith("2001—2002年，D的重心向东南移动12.3千米")
    west = path.assign(longitude=-path["longitude"], latitude=-path["latitude"])
    assert ", to 101.50° W, 34.00° S;" in said("gravity", "en", west)
    assert "位于西经101.50°、南纬34.00°；" in said("gravity", "zh", west)
    assert "neither points nor polygons" in said("gravity", "en", None)
    assert "既无坐标也无边界" in said("gravity", "zh", None)


@pytest.mark.parametrize(
    ("reason", "en", "zh"),
    [
        ("few", "fewer than two for each coefficient", "平均到每个系数不足两个"),
        ("line", "do not determine it", "不足以确定"),
    ],
    ids=["few", "line"],
)
def test_a_surface_that_is_refused_has_its_reason(reason, en, zh):
    row = {"order": [1], "year": 2003, "r_squared": np.nan, "p": np.nan, "rise": np.nan, "bearing": np.nan}
    table = pd.DataFrame(row | {"reason": reason})
    assert said("trend_surface", "en", table).startswith("No plane is fitted, because ")
    assert en in said("trend_surface", "en", table)
    assert zh in said("trend_surface", "zh", table)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.5, "0.500"), (0.4996, "0.500"), (0.50007, "0.5001"), (0.5000004, "0.5000004"), (0.0, "0.000"), (1.0, "1.000")],
    ids=str,
)
def test_a_degree_does_not_read_as_one_of_another_level(value, written):
    study = made_up().study
    name = {"en": "x", "zh": "x"}
    levels = [Level.model_validate({"above": a, "up_to": a + 0.25, "name": name}) for a in (0, 0.25, 0.5, 0.75)]
    reader = Reader(study.model_copy(update={"levels": levels}), made_up().regions, "en")
    assert reader.degree(value) == written
    assert reader.degree(float("nan")) == "–"


@pytest.mark.parametrize(
    ("sides", "en", "zh"),
    [
        (
            (True, False),
            "Two-sided, the normal approximation finds two significant years for the D",
            "双侧检验按正态近似有2年",
        ),
        ((True,), "All of these tests are one-sided.", "以上检验均为单侧。"),
        ((False,), "All of these tests are two-sided.", "以上检验均为双侧。"),
    ],
    ids=["exact", "sampled", "two-sided"],
)
def test_the_paper_says_of_what_side_its_tests_are(sides, en, zh):
    made = made_up()
    given = {"years": 3, "positive": 3, "significance": 0.05, "exact": len(sides) == 2}
    given["sides"] = [{"one": one, "normal": 2, "sure": 1, "doubled": None} for one in sides]
    told = {k: Reader(made.study, made.regions, k).say("spatial", "moran_summary_paper", **given) for k in ("en", "zh")}
    assert told["en"].startswith(en)
    assert zh in told["zh"]
