import re

import numpy as np
import pandas as pd
import pytest
from made_up import document, made_up, printed_alone, reread
from presented import PERIODS, SHAPES, assert_readable

from coordination.locale import LANGUAGES
from coordination.presentation.reader import Reader
from coordination.replication import scoreboard, tables
from coordination.replication.measures import MEASURES
from coordination.study.model import Study

# What a notebook hands to every layout.
TABLES = {
    "replication": lambda m: m.board,
    "claims": lambda m: m.claims,
    "claims_short": lambda m: m.claims,
    "readings_nearest": lambda m: reread(m).nearest,
    "readings_left_out": lambda m: reread(m).outside,
    "implied_scores": lambda m: reread(m).implied,
    "consistency": lambda m: printed_alone(m)[0],
}
OF_YEARS = set(TABLES)  # what is published is


def reader(language, made=None):
    made = made or made_up()
    return Reader(made.study, made.regions, language)


def laid_out(name, language, made=None, table=None):
    return getattr(tables, name)(TABLES[name](made or made_up()) if table is None else table, reader(language, made))


def test_replication_shows_what_is_missing_as_dashes():
    table = laid_out("replication", "en").set_index(["Item", "Route"])
    untested = table.loc["c4", "from the data"]
    assert untested[["Recomputed", "Difference", "Tolerance", "Verdict"]].tolist() == ["–", "–", "–", "not testable"]
    assert untested["Reason"] == "the route has no values of these years"
    assert table.loc[("T4-reg_0-2001", "from the data"), "Tolerance"] == "0.0005"


def test_replication_reads_the_same_after_it_was_written_and_read(tmp_path):
    board = made_up().board
    board.to_csv(tmp_path / "replication.csv", index=False)
    again = pd.read_csv(tmp_path / "replication.csv", keep_default_na=False, na_values=[""], dtype={"published": str})
    pd.testing.assert_frame_equal(laid_out("replication", "en", table=again), laid_out("replication", "en"))


@pytest.mark.parametrize(
    ("changes", "language", "expected"),
    [
        pytest.param("", "en", "–", id="none"),
        pytest.param(np.nan, "zh", "–", id="unknown"),
        pytest.param(
            "weighting=equal + alpha=sys_0 | left_out=ind_0_0_1 | … 3",
            "en",
            "Weights: equal + Shares of subsystems: more of System A; Indicator left out: Indicator 1.1 B; and 3 more",
            id="en",
        ),
        pytest.param(
            "weighting=equal + alpha=sys_0 | … 3", "zh", "赋权方法：等权＋子系统权数：提高系统1；另有3组", id="zh"
        ),
    ],
)
def test_choices_that_turn_a_verdict_are_put_in_words(changes, language, expected):
    table = made_up().claims.assign(changes=changes)
    assert set(laid_out("claims", language, table=table)[reader(language).word("turned_by")]) == {expected}


def test_claims_show_a_range_of_p_and_no_column_for_what_was_not_published():
    table = made_up().claims[:1].assign(p_low=0.0004, p_high=0.04, verdict_published=None, share=0.256)
    shown = laid_out("claims", "en", table=table)
    assert (shown["p"][0], shown["Share of choices"][0]) == ("<0.001 to 0.040", "26%")
    assert "In the published D" not in shown


def students(study):
    """Claims as a student writes them, one of every measure and more: measure, variable, place, period, expected."""
    first, last = study.years[0], study.years[-1]
    whole, end = f"{first}-{last}", str(last)
    groups = "<".join(g.id for g in study.groups)
    rows = [
        ("mean", "sys_0", "all", whole, "0.3"), ("mean", "coordination_degree", "reg_1", end, "-0.3"),
        ("change", "sys_1", "grp_1", whole, "-0.05"), ("growth", "sys_0", "reg_0", whole, "5.0"),
        ("level", "coordination_degree", "grp_0", end, "Level B"),
        ("trend", "coordination_degree", "regions", whole, "mixed"),
        ("trend", "moran_i", "all", whole, "decreasing"), ("trend", "sys_0", "grp_1", whole, "increasing"),
        ("order", "sys_0", "groups", whole, groups),
        ("order_every_year", "coordination_degree", "groups", whole, groups),
        ("growth_order", "scores", "subsystems", whole, "sys_1>sys_0"),
        ("highest", "sys_0", "regions", whole, "reg_1>reg_2"), ("lowest", "sys_1", "regions", end, "reg_3"),
        ("highest_growth", "sys_0", "reg_1", whole, "9.0"), ("lowest_growth", "sys_0", "reg_1", whole, "9.0"),
        ("sign", "moran_i", "all", whole, "negative"), ("significance", "moran_i", "all", whole, "most years"),
        ("inference", "moran_i", "all", whole, "claim"), ("quadrant", "quadrant", "reg_1", end, "LH"),
    ]  # fmt: skip
    columns = ("measure", "variable", "place", "period", "expected")
    table = pd.DataFrame(rows, columns=columns).assign(section="3", tolerance="")
    return table.assign(id=[f"mine {k + 1}" for k in range(len(rows))])


def judged(made):
    evidence = scoreboard.routes(made.scores, made.coordination, None, made.moran, made.local)
    asked, _filled = students(made.study), made.panel.filled.mean()
    board = scoreboard.scoreboard(asked, {}, evidence, made.study, made.regions, None)
    return board, scoreboard.claims_table(board, asked, None, made.moran, made.local, None, made.study)


def test_a_student_can_claim_whatever_is_measured():
    assert {*students(made_up().study)["measure"]} == set(MEASURES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", ["plain", "one-group", "25-regions", "3-subsystems"])
def test_a_students_claims_read_right(shape, language):
    made = made_up(**SHAPES[shape])
    names = ("replication", "claims", "claims_short")
    for name, table in zip(names, (*judged(made), judged(made)[1]), strict=True):
        shown = laid_out(name, language, made, table).drop(columns=reader(language).word("item"), errors="ignore")
        assert_readable(shown, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_claims_of_periods_with_labels_are_not_of_years(language):
    made = made_up(**PERIODS)
    shown = laid_out("replication", language, made, judged(made)[0])
    text = " ".join(shown.drop(columns=reader(language).word("item")).to_numpy().ravel())
    assert not re.search("(?i)year|annual|年", text)
    assert "2020Q1" in text


SAID = {
    ("mean", "sys_0", "all"): ("System A: mean score, All parts, 2001–2003", "系统1：2001—2003年全体的综合指数均值"),
    ("mean", "coordination_degree", "reg_1"): ("D, Region B, 2003", "2003年地区2的D"),
    ("change", "sys_1", "grp_1"): (
        "System B: change in the mean score, Part A, 2001–2003", "系统2：2001—2003年部分1综合指数均值的变化",
    ),
    ("level", "coordination_degree", "grp_0"): ("Level of mean D, All parts, 2003", "2003年全体D均值的协调等级"),
    ("highest", "sys_0", "regions"): (
        "System A: two regions with the highest mean score, in descending order, 2001–2003",
        "系统1：2001—2003年综合指数均值最高的两个地区（由高到低）",
    ),
    ("lowest", "sys_1", "regions"): (
        "System B: region with the lowest score, 2003", "系统2：2003年综合指数最低的地区",
    ),
    ("growth_order", "scores", "subsystems"): (
        "Subsystems in descending order of the annual growth of the mean score, 2001–2003",
        "2001—2003年按综合指数均值的年均增长率由高到低的子系统次序",
    ),
    ("inference", "moran_i", "all"): ("Change of spatial clustering, 2001–2003", "2001—2003年空间集聚的变化"),
}  # fmt: skip


@pytest.mark.parametrize("key", SAID, ids=lambda k: "-".join(k))
def test_what_a_claim_says_is_said_from_its_columns(key):
    board = judged(made_up())[0]
    row = board[(board[["measure", "variable", "place"]] == list(key)).all(axis=1)][:1]
    for language, text in zip(("en", "zh"), SAID[key], strict=True):
        assert laid_out("replication", language, table=row)[reader(language).word("statistic")].tolist() == [text]


REASONS = [
    ({"because": "comes_out", "changes": [{"kind": "zeros", "level": "shift"}, {"kind": "breaks", "level": ""}]},
     "comes out with “Zeros: 0.0001 added” or “series linked over their breaks”",
     "改用“零值处理：加0.0001”或“对口径或基期变化的序列进行链接”即可复现"),
    ({"because": "nearer", "change": {"kind": "interpolation", "level": "nearest"}, "before": -0.03, "after": 0.0125},
     "off by −0.0300; with “Gaps filled: nearest year” by 0.0125",
     "相差−0.0300；改用“插补方法：取最近年份”后相差0.0125"),
    ({"because": "stays", "tried": 1}, "no change of one thing brings it nearer (1 tried)",
     "逐一试用1种改动，均不使其更接近"),
    ({"because": "standard_error", "implied": 0.12345, "own": 0.2},
     "the printed I and z imply a standard error of 0.1235; here it is 0.2000",
     "印刷的I与z所隐含的标准误为0.1235，此处为0.2000"),
    ({"because": "not_printed"}, "the published D of this year is not printed", "该年的D未刊出"),
    ({"because": "axes", "lag": -0.0104}, "depends on the axes: lag −0.010 of standardised D",
     "取决于坐标轴位置：D标准化值的滞后为−0.010"),
    ({"because": "moran_ends", "first": 0.3, "last": -0.2}, "I 0.300 to −0.200", "I由0.300到−0.200"),
    ({"because": "p_of_change", "one_sided": 0.03, "two_sided": 0.06},
     "p of the change 0.030 one-sided, 0.060 two-sided", "变化的单侧p值为0.030，双侧p值为0.060"),
    ({"because": "p_range", "low": 0.03, "high": 0.2}, "p from 0.030 to 0.200", "p在0.030与0.200之间"),
    ({"because": "elsewhere", "extreme": "reg_0", "region": "reg_1", "rate": 5.1},
     "it is Region A; Region B has 5.10", "实为地区1；地区2为5.10"),
    ({"because": "years", "years": [2001]}, "year 2001", "年份：2001"),
    ({"because": "not_positive", "years": [2001, 2002]}, "not positive in 2001, 2002", "不为正的年份：2001、2002"),
    ({"because": "other_order", "years": [2003]}, "another order in 2003", "次序不同的年份：2003"),
    ({"because": "degree", "degree": 0.572}, "D = 0.5720", "D = 0.5720"),
    ({"because": "no_years"}, "the route has no values of these years", "该途径没有这些年份的数值"),
    ({"because": "no_test", "period": "2001-2003"}, "the change over 2001–2003 was not tested",
     "未检验2001—2003年的变化"),
    ({"because": "undefined"}, "growth from 0 is undefined", "由0起的增长率无定义"),
    ({"because": "unknown"}, "no route has what the claim needs", "没有途径具备检验该论断所需的数据"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "en", "zh"), REASONS, ids=lambda r: r["because"] if isinstance(r, dict) else "")
def test_reasons_are_phrased_from_their_facts(reason, en, zh):
    facts = {k: v for k, v in reason.items() if k != "because"}
    for language, text in (("en", en), ("zh", zh)):
        assert reader(language).say("replication", reason["because"], **facts) == text


FINDINGS = [
    ("trend", "decreasing/increasing", "falling / rising", "下降 / 上升"),
    ("significance", "most years", "most years", "多数年份"),
    ("significance", "2/3", "2 of 3 years", "3年中2年"),
    ("sign", "not positive", "not always positive", "并非均为正"),
    ("inference", "weaker, not significantly", "weaker, not significantly", "减弱但不显著"),
    ("highest_growth", "reg_0: -17.20", "Region A: −17.20", "地区1：−17.20"),
    ("order", "grp_1<grp_2", "Part A < Part B", "部分1 < 部分2"),
    ("quadrant", "HL", "HL", "HL"),
    ("quadrant", "none", "no neighbours", "无邻居"),
    ("change", "-0.050", "−0.050", "−0.050"),
]


@pytest.mark.parametrize(("measure", "text", "en", "zh"), FINDINGS, ids=str)
def test_findings_are_phrased_from_the_notation_of_claims(measure, text, en, zh):
    for language, expected in (("en", en), ("zh", zh)):
        assert reader(language).say("replication", "finding", measure=measure, text=text) == expected


@pytest.mark.parametrize(("tail", "en", "zh"), [("greater", "one-sided", "单侧"), ("two-sided", "two-sided", "双侧")])
def test_the_normal_p_is_named_after_the_studys_tail(tail, en, zh):
    made = made_up(tail=tail)
    board = judged(made)[0]
    own = board[board["convention"] == "normal"]
    for language, text in (("en", f"normal approximation, {en}"), ("zh", f"正态近似，{zh}）")):
        assert laid_out("replication", language, made, own).iloc[0, 3].endswith(text)


def test_readings_are_named():
    table = (
        reread(made_up())
        .nearest[:2]
        .assign(
            readings=["", "ind_0_0_0=chained + ind_1_0_0=without_exceptions"],
            choices=["", "zeros=shift"],
            near=[False, True],
        )
    )
    shown = laid_out("readings_nearest", "en", table=table)
    assert shown.iloc[0, :3].tolist() == ["the study's own", "as in the study", "as in the study"]
    assert shown.iloc[1, :3].tolist() == [
        "D, 1",
        "Indicator 1.1 A: linked over its breaks; Indicator 2.1 A: exceptions replaced by the years around them",
        "Zeros: 0.0001 added",
    ]
    assert shown["As near within rounding"].tolist() == ["no", "yes"]
    assert "System A: mean absolute difference of printed means" in shown
    unpublished = laid_out("readings_nearest", "en", table=table.assign(moran=np.nan))
    assert "Mean absolute difference of Moran's I" not in unpublished


def test_a_declared_reading_has_its_own_name():
    made = made_up()
    first = made.study.indicators[0]
    total = {"id": "total", "name": {"en": "All of it", "zh": "总量"}, "formula": first.formula}
    given = document(groups=2, years=3, subsystems=2)
    given["subsystems"][0]["dimensions"][0]["indicators"][0]["readings"] = [total]
    own = Reader(Study.model_validate(given), made.regions, "zh")
    assert own.reading(first.id, "total") == "总量"


def test_implied_scores_are_differences_with_half_their_interval():
    cells = {"region": ["reg_1", "reg_0"], "year": [2002, 2001], "difference": [0.1, -0.2], "low": 0.3, "high": 0.31}
    shown = laid_out("implied_scores", "en", table=pd.DataFrame(cells))
    assert shown.to_numpy().tolist() == [["Region A", "−0.200 ± 0.005", "–"], ["Region B", "–", "+0.100 ± 0.005"]]


@pytest.mark.parametrize(("language", "holds", "fails"), [("en", "holds", "does not hold"), ("zh", "成立", "不成立")])
def test_where_nothing_published_is_repeated_claims_hold_or_not(language, holds, fails):
    verdicts = ["reproduced", "not reproduced"]
    table = made_up().claims[:2].assign(verdict_data=verdicts)
    say = reader(language).word
    for published, words in ((None, [holds, fails]), ("reproduced", [say(v) for v in verdicts])):
        shown = laid_out("claims", language, table=table.assign(verdict_published=published))
        assert shown[say("in_data")].tolist() == words
