import pandas as pd
import pytest
from made_up import made_up, otherwise, varied
from presented import SHAPES, assert_whole

from coordination.locale import LANGUAGES
from coordination.presentation.reader import Reader
from coordination.robustness import facts, variants
from coordination.spatial import neighbours


def compared(m):
    weights = neighbours.build(m.study.spatial_weights, m.regions)
    return variants.compare(m.panel.values, m.study, weights)


def without(m):
    """Claims a and b hold with all regions, b not without the first."""
    rows = [(r, c, c == "a" or r != m.regions.index[0]) for r in ("", *m.regions.index) for c in "ab"]
    return pd.DataFrame(rows, columns=["without", "claim", "holds"])


# What is handed to every function of facts.
SAID_APART = {"variants"}  # it counts in brackets, and speaks of any number of regions
SENTENCES = {
    "multiverse": lambda m: (varied(m).made,),
    "wide": lambda m: varied(m).wide,
    "sensitivity": lambda m: (varied(m).shares,),
    "rank_intervals": lambda m: (varied(m).ranks,),
    "panel_changes": lambda m: (varied(m).changed,),
    "claims_without": lambda m: (without(m),),
    "measured": lambda m: (otherwise(m).found, otherwise(m).study),
    "coherence": lambda m: (varied(m).indicators, varied(m).parts),
    "variants": lambda m: (compared(m),),
}


def said(name, language, *data, made=None):
    made = made or made_up()
    found = getattr(facts, name)(*(data or SENTENCES[name](made)))
    return Reader(made.study, made.regions, language).say("robustness", name, **found)


def test_shares_of_universes_and_of_levels_that_change():
    made = made_up()
    found = facts.multiverse(varied(made).made)
    numbers = {"universes": 5000, "low": 0.2, "high": 0.4, "own": 0.3, "flipped": 0.256}
    assert set(numbers) == set(found)
    text = {k: Reader(made.study, made.regions, k).say("robustness", "multiverse", **numbers) for k in LANGUAGES}
    assert text["en"] == (
        "Over 5,000 combinations of choices, 90% of the means of D in 2003 lie between 0.200 and 0.400 (the "
        "study's own is 0.300); on average 26% of the combinations give a region another level than the study does."
    )
    assert text["zh"] == (
        "5,000种方法组合中，2003年D的均值有90%介于0.200与0.400之间（本研究为0.300）；就单个地区而言，平均有26%的组合所得等级与本研究不同。"
    )


def test_choices_are_named_from_the_largest_share():
    shares = varied(made_up()).shares
    shares = shares[shares["output"] == "ranks"].iloc[:3].assign(total=[0.1, 0.5, 0.3])
    assert said("sensitivity", "en", shares) == (
        "Of the variance of ranks of the regions, the choices with the largest total share are zeros (50%), "
        "aggregation (30%) and normalisation (10%)."
    )
    assert said("sensitivity", "zh", shares) == (
        "各地区位次的方差中，总效应最大的选择依次为零值处理（50%）、合成方法（30%）、标准化（10%）。"
    )
    assert said("sensitivity", "en", shares[:0]) == "No choice changes the result."
    assert said("sensitivity", "zh", shares[:0]) == "没有一种选择改变结果。"


@pytest.mark.parametrize(
    ("firm", "en", "zh"),
    [
        (0, "no region keeps one rank; the widest interval is that of Region B (1 to 4).", "各地区的位次均有变动；"),
        (1, "1 region keeps one rank; the widest interval is", "1个地区的位次不变；区间最宽的是地区2（1—4）。"),
        (2, "2 regions keep one rank; the widest interval is", "2个地区的位次不变；区间最宽的是地区2（1—4）。"),
        (5, "Other choices (5–95%): every region keeps its rank.", "其他方法选择（5%—95%）：各地区的位次均不变。"),
    ],
    ids=str,
)
def test_firm_ranks_are_counted(firm, en, zh):
    ranks = varied(made_up()).ranks.copy()
    for source in ("universes", "both"):
        own = ranks.index[ranks["source"] == source]
        ranks.loc[own, ["low", "high"]] = [1, 2]
        ranks.loc[own[1], "high"] = 4
        kept = own[own != own[1]][:firm] if firm < len(own) else own
        ranks.loc[kept, "high"] = 1
    assert en in said("rank_intervals", "en", ranks)
    assert zh in said("rank_intervals", "zh", ranks)


def test_regions_whose_intervals_are_alike_are_all_named():
    ranks = varied(made_up()).ranks.copy()
    ranks[["low", "high"]] = [2, 2]
    for source in ("universes", "both"):
        ranks.loc[ranks.index[ranks["source"] == source][:2], "high"] = 4
    assert "the widest intervals, those of Region A and Region B, span three ranks each." in said(
        "rank_intervals", "en", ranks
    )
    assert "区间最宽的是地区1、地区2，各跨3个位次。" in said("rank_intervals", "zh", ranks)


def test_the_region_without_which_most_claims_fail():
    rows = [("", c, True) for c in "abc"] + [("reg_3", c, c == "a") for c in "abc"] + [("reg_1", "a", True)]
    table = pd.DataFrame(rows, columns=["without", "claim", "holds"])
    assert said("claims_without", "en", table) == (
        "With one region less in turn, and everything computed anew, 1 of the 3 claims that hold with all regions "
        "holds in every set of regions in which it can be tested; without Region D, two of them fail, more than "
        "without any other."
    )
    assert said("claims_without", "zh", table).endswith("去掉地区4后不成立者最多，为2条。")
    assert said("claims_without", "en", table.assign(holds=True)).endswith("in which they can be tested.")


def test_the_year_and_the_region_without_which_most_changes():
    changed = varied(made_up()).changed.assign(largest=0.01, level_changes=1, ranks_changed=2)
    changed.loc[changed["left_out"] == "reg_3", "largest"] = 0.5
    assert said("panel_changes", "en", changed) == (
        "Without 2003 the remaining D change by up to 0.010; one level and two ranks of the last year change with "
        "them. Without Region D the remaining D change by up to 0.500; one level and two ranks of the last year change "
        "with them."
    )
    assert said("panel_changes", "zh", changed).endswith(
        "去掉地区4后，其余D值最多改变0.500，共1个等级改变；最后一年有2个位次改变。"
    )
    assert said("panel_changes", "en", changed[:0]) == "There is no year or region that could be left out."
    assert said("panel_changes", "zh", changed[:0]) == "没有可以去掉的年份或地区。"


def test_indicators_that_run_against_the_rest_are_named():
    indicators, parts = SENTENCES["coherence"](made_up())
    indicators = indicators.assign(flag="", effective=indicators["weight"])
    indicators.loc[1, ["flag", "weight", "effective"]] = ["against", 0.2, 0.5]
    parts = parts.assign(alpha=0.5)
    assert said("coherence", "en", indicators, parts) == (
        "Cronbach's alpha: System A 0.50 and System B 0.50. Indicators that correlate negatively with the rest of "
        "their subsystem: indicator 1.1 B. Weight and effective weight differ most for indicator 1.1 B (0.200 "
        "and 0.500)."
    )
    assert said("coherence", "zh", indicators, parts) == (
        "克朗巴哈α系数：系统1 0.50，系统2 0.50。与同一子系统其余指标负相关的指标：指标1.1.2。"
        "有效权重与名义权重相差最大的是指标1.1.2（0.200与0.500）。"
    )
    unsaid = said("coherence", "en", indicators.assign(flag=""), parts[:0])
    assert unsaid.startswith("No indicator correlates negatively with the rest of its subsystem. Weight and")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_other_tools_change_is_said_a_sentence_a_paragraph(shape, language):
    made = made_up(**SHAPES[shape])
    for text in said("variants", language, made=made).split("\n\n"):
        assert_whole(text.replace("SPSSAU", "").replace("Stata", ""), language)


def test_what_other_tools_change_in_words():
    table = compared(made_up()).assign(max_change=0.0, flips=0, outside=0, ranks_changed=0, largest_rank_change=0)
    table["moran_i"] = 0.25
    table.loc[2, ["max_change", "region", "year", "flips", "moran_i"]] = [0.0123, "reg_1", 2002, 3, 0.5]
    table.loc[3, ["max_change", "flips", "outside", "ranks_changed", "largest_rank_change"]] = [0.01, 4, 2, 3, 1]
    english = said("variants", "en", table).split("\n\n")
    assert english[:3] == [
        "The largest change comes from “indicators rescaled to [0.01, 0.99]”: D of Region B in 2002 differs by 0.0123, "
        "and 3 of 15 region-years change their level.",
        "Most levels change with “0.0001 added, weights only”: those of 4 of 15 region-years.",
        "With “0.0001 added, weights only”, 2 values of D lie outside the levels.",
    ]
    assert english[3].startswith("D stays within 0.0005 of the study's own with “min-max within each year”, “0.0001")
    assert english[4:] == [
        "The order of the regions in 2003 changes most with “0.0001 added, weights only”: 3 of 5 change their rank; "
        "the largest shift is 1.",
        "Moran's I of 2003 is 0.250; it ranges from 0.250 (“the study's own settings”) to 0.500 (“indicators rescaled "
        "to [0.01, 0.99]”).",
    ]
    chinese = said("variants", "zh", table).split("\n\n")
    assert chinese[0] == (
        "变化最大的是“指标压缩至[0.01, 0.99]”：2002年地区2的D相差0.0123，15个地区—年份中有3个等级改变。"
    )
    assert chinese[2] == "“加0.0001，仅用于权重”使2个D值超出等级范围。"
    assert len(chinese) == len(english)


def test_what_rests_on_a_change_of_base_in_words():
    made = made_up()
    row = {"mean_last": 0.5, "largest": 0.0, "ranks_changed": 0, "falls": {2003: 4}, "obstacles": ["ind_0_0_0"]}
    row |= {"tested": 3, "held": 2, "way": "given"}
    linked = row | {"way": "linked", "mean_last": 0.52, "largest": 0.0312, "ranks_changed": 1, "falls": {2003: 0}}
    table = pd.DataFrame([row, linked | {"obstacles": ["ind_0_0_1"], "held": 1}])
    found = facts.measured(table, otherwise(made).study)
    assert found["others"][0]["undone"] == [2003]
    text = {k: Reader(made.study, made.regions, k).say("robustness", "measured", **found) for k in LANGUAGES}
    assert (
        "D falls in four of the five regions as given and in none when linked: that fall cannot be told from the change"
        in text["en"]
    )
    assert (
        "mean D of 2003 is 0.520 instead of 0.500, D changes by up to 0.031, and one rank of 2003 changes."
        in text["en"]
    )
    assert "Of 3 claims, 1 holds instead of 2." in text["en"]
    assert "2003年D下降的地区按原序列为4个（共5个），衔接后为0个" in text["zh"]
    same = facts.measured(table.assign(falls=[{2003: 4}] * 2), otherwise(made).study)
    assert same["others"][0]["undone"] == []
    bare = facts.measured(table[:1], made.study)
    assert Reader(made.study, made.regions, "en").say("robustness", "measured", **bare) == (
        "The study declares no breaks and no exceptions."
    )


def test_a_longer_menu_in_words():
    made = made_up()
    table, weights, claims = varied(made).wide
    table = table.assign(low=1, high=[1] * (len(table) - 1) + [2], degree_low=0.4, degree_high=0.5)
    table.loc[1, "degree_high"] = 0.75
    weights = weights.assign(low=-0.1, high=0.3)
    text = {k: said("wide", k, table, weights, claims, made=made) for k in LANGUAGES}
    assert text["en"].split("\n\n") == [
        "With the longer menu 4 regions keep one rank in 90% of the combinations; the D of Region B varies most, from "
        "0.400 to 0.750.",
        "Moran's I lies between −0.100 and 0.300 under 1 kind of spatial weights.",
        "Of 3 claims that name no spatial statistic, 1 holds in every combination in which they mean something, and 2 "
        "in more than half of them.",
    ]
    assert "地区2的D变动最大，介于0.400与0.750之间" in text["zh"]
    assert len(said("wide", "en", table, weights[:0], claims[:0], made=made).split("\n\n")) == 1
