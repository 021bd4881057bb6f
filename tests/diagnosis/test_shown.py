from types import SimpleNamespace

import pandas as pd
from made_up import diagnosed, driven, made_up, otherwise
from presented import (
    SHAPES,
)
from presented import said as said_of

from coordination.diagnosis import figures
from coordination.presentation.reader import Reader
from coordination.presentation.style import style

LEVEL = 0.05


def of_rule(m, rule):
    own = diagnosed(m)
    return own.said[own.said["rule"] == rule], own.found, m.regions["group"], LEVEL


def of_group(m, group):
    own = diagnosed(m).profiles.assign(group=m.regions["group"])
    return own[own["group"] == group.id]


LM_TESTS = pd.DataFrame({"test": ["lag", "error", "robust_lag", "robust_error"], "p": [0.01, 0.04, 0.02, 0.6]})

SENTENCES = {
    "obstacles": lambda m: (diagnosed(m).moved["indicator"], diagnosed(m).moved["part"]),
    "growth_contributions": lambda m: (diagnosed(m).parts,),
    "coverage": lambda m: (diagnosed(m).covered, diagnosed(m).found),
    "coverage_summary": lambda m: (diagnosed(m).covered,),
    "diagnosis": lambda m: (diagnosed(m).table, diagnosed(m).profiles, LEVEL),
    "diagnosis_summary": lambda m: (diagnosed(m).table, diagnosed(m).found, m.regions.index),
    "group_diagnosis": lambda m: (of_group(m, m.study.groups[0]),),
    "countermeasure": lambda m: of_rule(m, "grp_7_2"),
    "drivers": lambda m: (driven(m).singles, driven(m).pairs, m.study.years[-1]),
    "spatial_models": lambda m: (driven(m).models, LEVEL),
    "dependence": lambda m: (LM_TESTS, LEVEL),
}
# What the notebook hands to every layout.
TABLES = {
    "factors": lambda m: (driven(m).singles,),
    "interactions": lambda m: (driven(m).pairs,),
    "spatial_models": lambda m: (driven(m).models,),
    "obstacle_ranks": lambda m: (diagnosed(m).ranks,),
    "obstacle_dimensions": lambda m: (diagnosed(m).by_dimension,),
    "growth_table": lambda m: (diagnosed(m).grown,),
    "obstacle_concepts": lambda m: (diagnosed(m).by_concept, diagnosed(m).found),
    "concepts": lambda m: (diagnosed(m).covered, diagnosed(m).found),
    "blind_spots": lambda m: (diagnosed(m).blind, diagnosed(m).found),
    "mapping": lambda m: (diagnosed(m).evidence, diagnosed(m).found),
    "profiles": lambda m: (diagnosed(m).profiles.reset_index(), diagnosed(m).found),
    "rules": lambda m: (diagnosed(m).rules, diagnosed(m).found),
    "diagnosis": lambda m: (diagnosed(m).said, diagnosed(m).found),
}
# What the notebook hands to every figure.
FIGURES = {
    "drivers": lambda m: (driven(m).singles, driven(m).pairs),
    "obstacle_map": lambda m: (diagnosed(m).now,),
    "obstacle_change": lambda m: (diagnosed(m).yearly,),
    "growth_contributions": lambda m: (diagnosed(m).grown,),
    "coverage": lambda m: (diagnosed(m).covered, diagnosed(m).evidence, diagnosed(m).found),
    "profile_panels": lambda m: (m.scores, m.coordination, diagnosed(m).profiles, diagnosed(m).by_dimension),
}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "drivers": ["one-year", "25-regions", "17-years"],
    "obstacle_map": ["one-year", "25-regions", "3-subsystems"],
    "obstacle_change": ["one-year", "17-years", "3-subsystems"],
    "growth_contributions": ["25-regions", "3-subsystems"],
    "coverage": ["3-subsystems"],
    "profile_panels": ["one-year", "17-years", "25-regions", "3-subsystems"],
}
NAMING_REGIONS = {"obstacle_map"}
# What the plain study's figures must say.
SAYS = {
    ("obstacle_map", "en"): {"Obstacle degree, %", "System A", "Indicator 1.1 A"},
    ("growth_contributions", "zh"): {"维度1", "维度3"},
    ("coverage", "en"): {"A  Lens A", "Concept A", "Concept D", "blind spot", "Indicator 2.2 B"},
    ("profile_panels", "en"): {"System B", "Dimension D", "Coordination degree D"},
}


def said(name, language, *data, made=None):
    made = made or made_up()
    return said_of("diagnosis", name, language, made, *(data or SENTENCES[name](made)))


def test_covariates_that_are_not_there_or_refused():
    made = made_up()
    without = SimpleNamespace(**vars(made) | {"study": made.study.model_copy(update={"drivers": None})})
    assert said("drivers", "en", None, None, 2003, made=without) == "The study supplies no covariates."
    assert said("drivers", "zh", None, None, 2003, made=without) == "本研究未提供影响因素。"
    assert said("drivers", "en", None, None, 2003) == "Geodetector is not asked for."
    assert "Refused, since a stratum has one region only or there is one stratum: Cause C." in said("drivers", "en")
    assert "不作推断：因素3。" in said("drivers", "zh")


def test_spatial_models_name_what_is_significant_and_why_they_are_refused():
    assert said("spatial_models", "en") == (
        "Spatial lag model (99 observations): significant at the 5% level: Cause A (0.500) and Cause B (−0.200); "
        "ρ (spatial lag of D) is 0.100, p = 0.300. "
        "Spatial error model refused: 9 observations are fewer than ten a coefficient."
    )
    assert said("spatial_models", "zh").endswith("不估计空间误差模型：9个观测，不足每个系数十个。")


def test_neighbours_means_of_a_durbin_model_are_named():
    table = pd.DataFrame(
        [("cause", 0.5, 0.01), ("lag:cause", -0.3, 0.02), ("rho", 0.1, 0.3)], columns=["variable", "coefficient", "p"]
    ).assign(model="spatial_durbin", observations=77, reason="")
    cause = driven(made_up()).models["variable"].iloc[0]
    own = table.assign(variable=table["variable"].str.replace("cause", cause))
    assert "Cause A (0.500) and Cause A, mean of the neighbours (−0.300)" in said("spatial_models", "en", own, 0.05)
    assert "（邻近地区均值）（−0.300）" in said("spatial_models", "zh", own, 0.05)


def test_a_countermeasure_names_its_regions_and_the_range_of_its_numbers():
    made = made_up()
    own = diagnosed(made)
    rows = own.said[own.said["rule"] == "grp_7_2"].head(2).copy()
    rows["pairs"] = [
        [("growth", 0.01), ("p", 0.04), ("lag", "sys_0"), ("place.sys_9.ind_9_1", 1.0)],
        [("growth", 0.02), ("p", 0.2), ("lag", "sys_1"), ("place.sys_9.ind_9_1", 2.0)],
    ]
    data = rows, own.found, made.regions["group"], LEVEL
    assert said("countermeasure", "en", *data) == (
        "Concept A (Region A and Region B) → path A: measures A. On the numbers: growth 1.00 to 2.00% a year, "
        "p 0.040 to 0.200, 1 of 2 significant at the 5% level, each taken alone."
    )
    assert said("countermeasure", "zh", *data) == (
        "概念1（地区1、地区2）→ 路径1：措施1。"
        "依据：年均增长率 1.00至2.00%，p值 0.040至0.200，2个中1个单独看在5%水平显著。"
    )


def test_many_regions_are_counted_by_group():
    made = made_up(**SHAPES["25-regions"])
    said_ = {x: said("countermeasure", x, made=made) for x in ("en", "zh")}
    assert "(25 regions: Part A 9, Part B 8 and Part C 8)" in said_["en"]
    assert "（25个地区：部分1 9、部分2 8、部分3 8）" in said_["zh"]


def test_what_rests_on_a_change_of_base_is_said():
    made = made_up()
    study = otherwise(made).study
    broken = SimpleNamespace(**vars(made) | {"study": study})
    indicator, part = diagnosed(made).moved["indicator"], diagnosed(made).moved["part"].copy()
    indicator = indicator[indicator["indicator"] == "ind_0_0_0"]
    part.loc[part["part"] == "dim_0_0", "change"] = 0.9
    english, chinese = (said("obstacles", k, indicator, part, made=broken) for k in ("en", "zh"))
    assert "Indicator 1.1 A changes its base (2003), and how large an obstacle it is rests on that." in english
    assert "The change of dimension A rests in part on a change of base: Indicator 1.1 A (2003)." in english
    assert "指标1.1.1的基期在2003年改变，其障碍度的大小与此有关。" in chinese
    assert "维度1的变化部分源于基期改变：指标1.1.1（2003）。" in chinese
    assert "base" not in said("obstacles", "en", indicator, part, made=made)


def test_a_countermeasure_that_rests_on_a_change_of_base_says_so():
    made = made_up()
    own, broken = diagnosed(made), SimpleNamespace(**vars(made) | {"study": otherwise(made).study})
    rows = own.said[own.said["rule"] == "grp_7_2"].head(1).copy()
    evidenced = [(lens.id, e.concept) for lens in own.found.lenses for e in lens.mapping if e.indicator == "ind_0_0_0"]
    rows["pairs"] = [[(f"obstacle_concept.{lens}.{concept}", 0.4) for lens, concept in evidenced[:1]]]
    data = rows, own.found, made.regions["group"], LEVEL
    english, chinese = (said("countermeasure", k, *data, made=broken) for k in ("en", "zh"))
    assert english.endswith("Indicator 1.1 A changes its base, which the diagnosis rests on in part.")
    assert chinese.endswith("指标1.1.1的口径或基期有变化，此诊断部分取决于此。")
    assert "changes its base" not in said("countermeasure", "en", *data)


def test_covariates_that_are_not_significant_are_hollow():
    made = made_up()
    singles = driven(made).singles.assign(p=[0.01, 0.5, 0.04] * 3)
    with style():
        figure = figures.drivers(singles, driven(made).pairs[:0], Reader(made.study, made.regions, "en"))
    (axis,) = figure.axes
    for points in axis.collections:
        assert (points.get_facecolors() == 1).all(axis=1).tolist() == [False, True, False]
