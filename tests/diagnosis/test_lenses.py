import copy

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import RAW, ROOT, assert_names
from hypothesis import given
from hypothesis import strategies as st
from made_up import LENS, RULES, diagnosed, made_up

from coordination.diagnosis import fields, lenses, rules
from coordination.errors import InputError
from coordination.pipeline import files
from coordination.pipeline.files import lens_documents
from coordination.presentation import locale
from coordination.presentation.reader import Reader
from coordination.study.document import load
from coordination.study.regions import read_regions

# The concepts of the four conceptual papers, by their Chinese names.
CONCEPTS = {
    "holistic": "共治格局 跨层级协作 跨部门合作 跨区域协同 政务服务现代化 社会治理效能 数据服务场景 社区与精准服务",
    "fuzhou": "政府服务体系 基层治理体系 参与渠道 区域差异化 智能化水平低 信息孤岛 信息隐私 老年数字鸿沟",
    "dsg": "精准性 高效性 互动性 普惠性 便捷性 智能化 "
    "基层信息公开 回应基层诉求 化解基层矛盾 提供社会服务 促进公众参与 保障数据安全",
    "urbanrural": "资源整合 精准捕获 操作可溯 政社互动 网观城乡 数字鸿沟 层级博弈 技治主义 精英缺失 主体缺位",
}
FAMILIES = {"holistic": "制度逻辑 技术逻辑 场景应用逻辑"}
PATHS = {
    "holistic": "利民为本 全面调适",
    "fuzhou": "顶层设计 区域均衡 需求导向 组织架构与运行机制 智慧化",
    "dsg": "赋能 赋权 赋智",
    "urbanrural": "统筹城乡发展 优化考核机制 以人为本 加强人才培养 激发主体自觉",
}


@pytest.fixture(autouse=True)
def _in_the_compendium(monkeypatch):
    monkeypatch.chdir(ROOT)


def of_study(name):
    study = load(RAW / name)
    return study, lenses.catalogue(*lens_documents(study), study, files.references())


def catalogue(shared=None, own=None, references=("paper",)):
    """The made-up catalogue, with documents in place of its own."""
    documents = {"sys_9": LENS, "rules": RULES} | (shared or {})
    named = {k: (f"data/lenses/{k}.yml", v) for k, v in documents.items()}
    mine = {k: (f"data/raw/made-up/lenses/{k}.yml", v) for k, v in (own or {}).items()}
    return lenses.catalogue(named, mine, made_up().study, references)


def changed(document, *place, to):
    """A document with one value in another place, which is added if need be; None removes it."""
    result = copy.deepcopy(document)
    *way, last = place
    part = result
    for step in way:
        part = part[step]
    if to is None:
        del part[last]
    else:
        part[last] = to
    return result


# The lenses of the compendium


@pytest.mark.parametrize("name", CONCEPTS)
def test_every_concept_and_path_of_the_literature_is_there(name):
    _, found = of_study("yellow-river")
    lens = found.lens(name)
    evidenced = [c.name.zh for f in lens.families if f.evidenced for c in f.concepts]
    assert evidenced == CONCEPTS[name].split()
    assert [p.name.zh for p in lens.paths] == PATHS[name].split()
    if name in FAMILIES:
        assert [f.name.zh for f in lens.families] == FAMILIES[name].split()


def test_lenses_come_by_their_letters():
    _, found = of_study("yellow-river")
    assert "".join(x.letter for x in found.lenses) == "ABCDS"


def test_every_mapped_indicator_exists_and_every_indicator_is_mapped_somewhere():
    study, found = of_study("yellow-river")
    known = {i.id for s in study.subsystems for d in s.dimensions for i in d.indicators}
    mapped = {e.indicator for x in found.lenses for e in x.mapping}
    assert mapped == known


@pytest.mark.parametrize("study", ["yellow-river", "us-states"])
def test_every_blind_spot_names_a_series_and_every_limit_of_a_rule_a_path(study):
    study, found = of_study(study)
    table = lenses.evidence(found.applied(study), study)
    have = set(zip(table.loc[table["available"], "lens"], table.loc[table["available"], "concept"], strict=True))
    for lens in found.applied(study):
        for family in lens.families:
            for concept in family.concepts:
                if family.evidenced and (lens.id, concept.id) not in have:
                    assert concept.candidates, f"{lens.id}: {concept.id}"
    for rule in found.rules:
        assert found.lens(rule.lens).path(rule.path or found.lens(rule.lens).concept(rule.limit).path)


def test_key_areas_that_the_indicators_of_the_yellow_river_do_not_see():
    study, found = of_study("yellow-river")
    table = lenses.evidence([found.lens("dsg")], study)
    seen = set(table.loc[table["available"], "concept"])
    areas = {c.id for f in found.lens("dsg").families if f.id == "areas" for c in f.concepts}
    assert areas - seen == {"disclosure", "appeals", "conflicts", "data_security"}


def test_a_study_may_bring_a_lens_of_its_own_and_the_others_do_not_apply():
    study, found = of_study("us-states")
    assert [x.id for x in found.applied(study)] == ["munnell1990"]
    assert {"short_of_roads", "low_cluster"} <= {r.id for r in found.rules}


@pytest.mark.parametrize("file", sorted((ROOT / "data" / "lenses").glob("*.yml")), ids=lambda f: f.stem)
def test_texts_are_in_their_language(file):
    def walk(node):
        if isinstance(node, dict) and set(node) == {"en", "zh"}:
            assert not [c for c in node["en"] if "\u4e00" <= c <= "\u9fff"], node
            assert [c for c in node["zh"] if "\u4e00" <= c <= "\u9fff"], node
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(child)

    walk(yaml.safe_load(file.read_text(encoding="utf-8")))


# What is refused


@pytest.mark.parametrize(
    ("place", "value", "parts"),
    [
        pytest.param(("letter",), "AB", ("sys_9.yml: letter", "'AB'", "a capital letter"), id="letter"),
        pytest.param(("colour",), "red", ("sys_9.yml: colour", "no such key"), id="unknown-key"),
        pytest.param(("name",), None, ("sys_9.yml: name", "found nothing"), id="missing"),
        pytest.param(("mapping", 0, "concept"), "other", ("can evidence instead of 'other'",), id="concept"),
        pytest.param(("mapping", 0, "concept"), "ind_8_0", ("can evidence instead of 'ind_8_0'",), id="no-evidence"),
        pytest.param(("mapping", 1, "concept"), "ind_9_0", ("ind_0_0_0 - ind_9_0 stands more than once",), id="twice"),
        pytest.param(("mapping", 0, "reason"), {"en": "Only"}, ("mapping[0].reason.zh", "found nothing"), id="reason"),
        pytest.param(("families", 0, "concepts", 0, "path"), "other", ("concept 'ind_9_0'", "not 'other'"), id="path"),
        pytest.param(("families", 0, "concepts", 1, "id"), "ind_9_0", ("every concept once",), id="concept-twice"),
        pytest.param(("source",), "other", ("sys_9.yml: source", "'other'", "bibliography"), id="source"),
    ],
)
def test_a_lens_that_does_not_hold_is_refused(place, value, parts):
    with pytest.raises(InputError) as caught:
        catalogue({"sys_9": changed(LENS, *place, to=value)})
    assert_names(str(caught.value), "data/lenses/sys_9.yml", *parts)


@pytest.mark.parametrize(
    ("place", "value", "parts"),
    [
        pytest.param(("rules", 0, "lens"), "other", ("rule 'grp_7_0', lens", "one of sys_9"), id="lens"),
        pytest.param(("rules", 0, "limit"), "other", ("rule 'grp_7_0', limit", "a concept of sys_9"), id="limit"),
        pytest.param(("rules", 0, "path"), "other", ("rule 'grp_7_0', path", "a path of sys_9"), id="path"),
        pytest.param(("rules", 1, "path"), None, ("rule 'grp_7_1', path", "no path of the limit"), id="no-path"),
        pytest.param(
            ("rules", 0, "when", 0, "field"), "height", ("rules[0].when[0]", "instead of 'height'"), id="field"
        ),
        pytest.param(("rules", 0, "when", 0, "field"), "score", ("one of the fields", "score.name"), id="half-a-field"),
        pytest.param(("rules", 0, "when", 0, "operator"), "like", ("rules[0].when[0].operator",), id="operator"),
        pytest.param(("rules", 0, "when", 0, "operator"), "<", ("a comparison of a name",), id="no-order-of-names"),
        pytest.param(("rules", 2, "when", 0, "value"), "high", ("a comparison of a number",), id="number"),
        pytest.param(("rules", 2, "when", 0, "value"), True, ("a comparison of a number",), id="no-truth"),
        pytest.param(("rules", 0, "when"), [], ("rules[0].when",), id="no-condition"),
        pytest.param(("rules", 0, "show"), ["__import__"], ("rules[0].show", "instead of '__import__'"), id="show"),
        pytest.param(("rules", 1, "id"), "grp_7_0", ("every rule once",), id="twice"),
    ],
)
def test_a_rule_that_does_not_hold_is_refused(place, value, parts):
    with pytest.raises(InputError) as caught:
        catalogue({"rules": changed(RULES, *place, to=value)})
    assert_names(str(caught.value), "data/lenses/rules.yml", *parts)


def test_all_faults_of_the_rules_are_named_at_once():
    with pytest.raises(InputError, match="2 faults") as caught:
        catalogue({"rules": changed(changed(RULES, "rules", 0, "lens", to="x"), "rules", 2, "limit", to="y")})
    assert_names(str(caught.value), "grp_7_0", "grp_7_2")


def test_an_own_lens_takes_the_place_of_a_shared_one_and_must_know_the_study():
    own = changed(LENS, "name", to={"en": "Own", "zh": "自有"})
    found = catalogue(own={"sys_9": own, "rules": {"rules": [changed(RULES["rules"][0], "limit", to="ind_9_0")]}})
    assert found.lens("sys_9").name.en == "Own"
    assert len(found.rules) == len(RULES["rules"])
    assert found.rule("grp_7_0").limit == "ind_9_0"
    with pytest.raises(InputError, match=r"raw/made-up/lenses/sys_9\.yml: mapping\[3\].*an indicator of study\.yml"):
        catalogue(own={"sys_9": changed(LENS, "mapping", 3, "indicator", to="rainfall")})
    catalogue({"sys_9": changed(LENS, "mapping", 3, "indicator", to="rainfall")})  # may be another study's


def test_a_lens_without_a_source_cites_nothing():
    found = catalogue({"sys_9": changed(LENS, "source", to=None)}, references=())
    assert lenses.sources(found.lenses)["source"].tolist() == [""]


# Evidence and coverage


def test_evidence_is_split_among_the_concepts_of_a_family_and_nothing_without_figures():
    table = diagnosed(made_up()).evidence
    assert table[["concept", "indicator", "available", "share"]].to_numpy().tolist() == [
        ["ind_9_0", "ind_0_0_0", True, 0.5],
        ["ind_9_1", "ind_0_0_0", True, 0.5],
        ["ind_9_1", "ind_1_0_1", True, 1.0],
        ["ind_9_2", "ind_0_1_1", False, 0.0],
    ]


def test_coverage_counts_and_weighs():
    made = made_up()
    own = diagnosed(made)
    table = own.covered.set_index("concept")
    assert table["state"].tolist() == ["covered", "covered", "without_figures", "blind"]
    assert table[["indicators", "without_figures"]].to_numpy().tolist() == [[1, 0], [2, 0], [0, 1], [0, 0]]
    weight = made.weights.set_index("indicator")["weight"] / 2
    assert table["weight"]["ind_9_0"] == pytest.approx(weight["ind_0_0_0"] / 2)
    assert table["weight"].sum() == pytest.approx(weight[["ind_0_0_0", "ind_1_0_1"]].sum())
    mean = own.now.groupby("indicator")["obstacle_degree"].mean()
    assert table["obstacle"]["ind_9_1"] == pytest.approx(mean["ind_0_0_0"] / 2 + mean["ind_1_0_1"])


def test_blind_spots_name_their_candidates():
    assert diagnosed(made_up()).blind.to_numpy().tolist() == [
        ["sys_9", "ind_9_2", "without_figures", -1],
        ["sys_9", "ind_9_3", "blind", 0],
    ]


def test_without_a_lens_that_applies_everything_is_empty_but_nothing_fails():
    made = made_up()
    own = diagnosed(made)
    assert lenses.evidence((), made.study).empty
    covered = lenses.coverage((), made.study, made.weights, own.degrees)
    assert covered.empty
    assert lenses.blind_spots((), covered).empty
    facts = rules.facts(made.coordination, made.scores, made.local, own.degrees, (), made.study, made.regions["group"])
    assert not [c for c in facts if c.startswith(("obstacle_concept", "place", "evidence"))]
    assert set(rules.diagnose(facts, own.found, made.study)["rule"]) <= {"grp_7_0", "grp_7_2"}


# Facts and rules


def test_facts_are_those_of_the_last_year():
    made = made_up()
    facts = diagnosed(made).facts
    last = made.coordination[made.coordination["year"] == 2003].set_index("region")
    own = facts.loc[list(made.regions.index)]
    np.testing.assert_allclose(own["degree"].astype(float), last["coordination_degree"])
    assert own["lag"].tolist() == last["lag"].tolist()
    assert own["rank"].tolist() == last["coordination_degree"].rank(ascending=False).tolist()
    np.testing.assert_allclose(own["degree_gap"].sum(), 0, atol=1e-12)
    np.testing.assert_allclose(own["group_gap"].groupby(made.regions["group"]).sum(), 0, atol=1e-12)
    sums = own[[c for c in own if c.startswith("obstacle_dimension.")]].sum(axis=1)
    np.testing.assert_allclose(sums.astype(float), 1)
    assert sorted(own["place.sys_9.ind_9_0"].iloc[0:1].tolist() + own["place.sys_9.ind_9_1"].iloc[0:1].tolist()) == [
        1,
        2,
    ]


def test_variation_of_a_group_is_that_of_its_own_regions():
    made = made_up()
    facts = diagnosed(made).facts
    for _, regions_ in made.regions.groupby("group"):
        own = facts.loc[regions_.index]
        d = own["degree"].to_numpy(float)
        expected = np.sqrt((d**2).mean() - d.mean() ** 2) / d.mean()
        np.testing.assert_allclose(own["group_variation"].astype(float), expected)


def test_facts_of_the_whole_are_means_and_inequality():
    made = made_up()
    whole = diagnosed(made).facts.loc["grp_0"]
    d = made.coordination.loc[made.coordination["year"] == 2003, "coordination_degree"]
    assert whole["degree"] == pytest.approx(d.mean())
    assert whole["variation"] == pytest.approx(d.std(ddof=0) / d.mean())
    assert 0 < whole["within_share"] < 1
    assert pd.isna(whole["lag"])


@pytest.mark.parametrize("shape", [{"years": 1}, {"normalisation": "year"}], ids=["one-year", "scales-of-their-own"])
def test_where_years_cannot_be_compared_nothing_is_known_of_growth(shape):
    known, usual = diagnosed(made_up(**shape)).facts, diagnosed(made_up()).facts
    assert known[["growth", "growth_gap"]].isna().all(axis=None)
    assert usual[["growth"]].notna().all(axis=None)
    assert ("trend" in known, "trend" in usual) == (False, True)


def test_one_group_has_no_inequality_within_groups():
    assert diagnosed(made_up(regions=4, groups=1)).facts["within_share"].isna().all()


def rule(*conditions, **more):
    when = [dict(zip(("field", "operator", "value"), c, strict=True)) for c in conditions]
    return lenses.Rule.model_validate({"id": "r", "when": when, "lens": "sys_9", "limit": "ind_9_0", **more})


@pytest.mark.parametrize(
    ("condition", "answer", "expected"),
    [
        (("degree", "<", 0.5), 0.4, True),
        (("degree", "<", 0.5), 0.5, False),
        (("degree", "<=", 0.5), 0.5, True),
        (("degree", ">", 0.5), 0.5, False),
        (("degree", ">=", 0.5), 0.5, True),
        (("rank", "=", 1), 1.0, True),
        (("rank", "!=", 1), 1.0, False),
        (("lag", "=", "sys_0"), "sys_0", True),
        (("lag", "!=", "sys_0"), "sys_0", False),
        (("quadrant", "in", ["LL", "LH"]), "LH", True),
        (("quadrant", "in", ["LL", "LH"]), "HH", False),
        (("settled", "=", True), True, True),
        (("settled", "=", True), False, False),
        (("degree", "<", 0.5), np.nan, False),
        (("degree", "<", 0.5), None, False),
        (("lag", "!=", "sys_0"), None, False),
    ],
    ids=str,
)
def test_conditions_on_made_up_numbers(condition, answer, expected):
    assert rules.fires(rule(condition), {condition[0]: answer}) is expected


def test_all_conditions_must_hold():
    both = rule(("degree", "<", 0.5), ("lag", "=", "sys_0"))
    assert rules.fires(both, {"degree": 0.4, "lag": "sys_0"})
    assert not rules.fires(both, {"degree": 0.4, "lag": "sys_1"})
    assert not rules.fires(both, {"degree": 0.4})


@given(st.floats(allow_nan=True), st.floats(allow_nan=False, allow_infinity=False))
def test_of_a_number_and_its_opposite_at_most_one_holds(answer, bound):
    below, above = (rules.fires(rule(("degree", o, bound)), {"degree": answer}) for o in ("<", ">="))
    assert below + above == (not np.isnan(answer))


def test_the_diagnosis_names_rule_limit_path_and_numbers():
    made = made_up()
    own = diagnosed(made)
    table = own.table.set_index(["region", "rule"])
    behind = own.profiles.index[own.profiles["quadrant"] == "LH"]
    assert set(table.xs("grp_7_0", level="rule").index) == set(behind)
    assert 0 < len(behind) < len(made.regions)
    first = behind[0]
    row = table.loc[(first, "grp_7_0")]
    assert row[["lens", "limit", "path"]].tolist() == ["sys_9", "ind_8_0", "grp_9"]
    said = dict(rules.numbers(row["numbers"]))
    assert list(said) == ["quadrant", "score.sys_0", "p"]
    assert said["quadrant"] == "LH"
    assert said["score.sys_0"] == pytest.approx(own.facts.loc[first, "score.sys_0"], rel=1e-5)
    assert set(table.xs("grp_7_3", level="rule").index) == {"grp_0"}
    assert "grp_7_4" not in own.table["rule"].tolist()


def test_rules_that_ask_for_what_a_study_has_not_do_not_apply():
    table = diagnosed(made_up()).rules.set_index("rule")
    assert not table["applicable"]["grp_7_4"]
    assert table["applicable"].sum() == 4
    assert table["regions"]["grp_7_2"] == 5


def test_rules_that_fired_come_with_their_source_in_the_rules_order():
    own = diagnosed(made_up())
    fired = rules.fired(own.table, own.found)
    assert fired["rule"].tolist() == [r.id for r in own.found.rules if r.id in set(own.table["rule"])]
    assert set(fired["source"]) == {"paper"}


def test_a_diagnosis_is_parted_by_the_rules_that_fired():
    own = diagnosed(made_up())
    parted = rules.by_rule(own.said, own.found)
    assert [rule for rule, _ in parted] == rules.fired(own.table, own.found)["rule"].tolist()
    assert all(set(rows["rule"]) == {rule} for rule, rows in parted)
    assert sum(len(rows) for _, rows in parted) == len(own.said)


def test_a_rule_says_what_it_diagnoses_or_else_the_limits_name():
    found = diagnosed(made_up()).found
    assert found.diagnosed("grp_7_1").en == "Diagnosis A"
    assert found.diagnosed("grp_7_0").zh == "限度1"


def test_every_field_has_a_word_in_both_languages_and_every_value_can_be_said():
    assert set(fields.FACTS) == set(lenses.FIELDS)
    assert {k for k, _ in fields.FACTS.values()} <= set(locale.words("en"))
    kinds = {k: kind == "number" for k, (kind, _) in lenses.FIELDS.items()}
    assert {k: w is not None for k, (_, w) in fields.FACTS.items()} == kinds
    assert set(fields.SIGNS) == set(lenses.OPERATORS)


@pytest.mark.parametrize(
    ("field", "value", "en", "zh"),
    [
        ("growth", 0.0467, "Growth 4.67% a year", "年均增长率：4.67%"),
        ("lag", "sys_1", "Lag System B lags", "滞后类型：系统2滞后"),
        ("level", "Level B", "Level Level B", "协调等级：等级2"),
        ("settled", "True", "Quadrant independent of the axes yes", "象限不取决于坐标轴：是"),
        ("p", 0.0004, "p <0.001", "p值：<0.001"),
        ("obstacle_concept.sys_9.ind_9_1", 0.123, "Obstacle degree of concept B 12.3%", "概念2的障碍度：12.3%"),
        ("obstacle_dimension.dim_0_1", 0.1, "Obstacle degree of dimension B 10.0%", "维度2的障碍度：10.0%"),
        ("largest_indicator", "ind_0_0_1", "Largest obstacle Indicator 1.1 B", "首要障碍指标：指标1.1.2"),
    ],
    ids=str,
)
def test_numbers_in_words(field, value, en, zh):
    made = made_up()
    found = diagnosed(made).found
    said = {x: fields.said([(field, value)], found, Reader(made.study, made.regions, x)) for x in ("en", "zh")}
    assert said == {"en": en, "zh": zh}


# The whole of a study


@pytest.mark.parametrize("name", ["yellow-river", "us-states"])
def test_documents_are_read_with_the_names_of_their_files(name):
    study = load(RAW / name)
    shared, own = lens_documents(study)
    assert {"holistic", "fuzhou", "dsg", "urbanrural", "rules"} <= set(shared)
    assert shared["dsg"][0] == "data/lenses/dsg.yml"
    assert set(own) == ({"munnell1990", "rules"} if name == "us-states" else set())
    assert len(read_regions(study, RAW / name))


def test_a_document_that_is_no_yaml_is_refused_by_name(tmp_path, monkeypatch):
    (tmp_path / "toy" / "lenses").mkdir(parents=True)
    (tmp_path / "toy" / "lenses" / "own.yml").write_text("label: [A\n", encoding="utf-8")
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    study = made_up().study.model_copy(update={"id": "toy"})
    with pytest.raises(InputError, match=r"own\.yml, line 2: .*plain YAML"):
        lens_documents(study)


def test_what_the_paper_can_cite():
    keys = files.references()
    assert {"holistic", "fuzhou", "dsg", "urbanrural", "yellowriver2025", "munnell1990", "ang2004"} <= keys
