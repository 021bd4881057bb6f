import numpy as np
import pandas as pd
import pytest
from made_up import made_up, printed_alone, reread

from coordination.presentation.reader import Reader
from coordination.replication import facts, scoreboard

# What is handed to every function of facts.
SENTENCES = {
    "replication": lambda m: m.board,
    "replication_summary": lambda m: m.board,
    "claims": lambda m: m.claims,
    "agreement": lambda m: m.pairs,
    "reproduction": lambda m: reread(m).means,
    "searched": lambda m: (reread(m).found, reread(m).near, reread(m).chance, reread(m).outside, 0.0005),
    "consistency": lambda m: printed_alone(m),
    "removals": lambda m: (m.board, m.study, [{"kind": "zeros"}, {"kind": "reading"}]),
    "implied_scores": lambda m: (reread(m).implied, m.study, "sys_0", 0.0123, -0.25),
}
OF_YEARS = set(SENTENCES)  # what is published is
# What a notebook hands to every figure.
FIGURES = {
    "scoreboard": lambda m: scoreboard.counts(m.board),
    "published_recomputed": lambda m: m.pairs,
    "slopes": lambda m: reread(m).means[lambda t: t["kind"] == "region"],
    "distances": lambda m: (reread(m).spread, MARKS),
}
MARKS = {"own": 0.02, "closest": 0.01, "half": 0.0005, "low": 0.012, "middle": 0.015}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "scoreboard": [],
    "published_recomputed": ["12-groups", "one-year", "25-regions"],
    "slopes": ["25-regions", "3-subsystems"],
    "distances": [],
}
# What the plain study's figures must say.
SAYS = {
    ("scoreboard", "en"): {"Table 4, from the data", "Claims of 2.1, from the published D"},
    ("scoreboard", "zh"): {"表4，由数据"},
}


def said(name, language, table=None, made=None):
    made = made or made_up()
    data = SENTENCES[name](made) if table is None else table
    found = getattr(facts, name)(*(data if isinstance(data, tuple) else (data,)))
    return Reader(made.study, made.regions, language).say("replication", name, **found)


def board():
    verdicts = ["reproduced", "reproduced within rounding", "not reproduced", "not testable"]
    return pd.DataFrame({"route": ["published"] * 4 + ["data"] * 3, "verdict": verdicts + verdicts[1:]})


def test_replication_counts_what_could_be_tested():
    published, data = said("replication", "en", board()).split("\n\n")
    assert published.startswith("From the published D: 2 of 3 testable items are reproduced (")
    assert published.endswith("; 1 more cannot be tested).")
    assert data.startswith("From the data: 1 of 2 testable items are reproduced (")
    assert said("replication", "zh", board()).startswith("由已发表的D：3个可检验条目中2个复现（")


def test_summary_of_the_replication():
    assert said("replication_summary", "en", board()) == (
        "2 of 3 items from the published D and 1 of 2 items from the data are reproduced."
    )
    assert said("replication_summary", "zh", board()) == "由已发表的D检验的3项中2项复现，由数据检验的2项中1项复现。"


def test_agreement_names_the_region_that_is_farthest_off():
    pairs = pd.DataFrame(
        {
            "region": ["reg_0", "reg_0", "reg_1", "reg_1"],
            "published": [0.1, 0.2, 0.3, 0.4],
            "recomputed": [0.11, 0.21, 0.27, 0.37],
        }
    )
    r = np.corrcoef(pairs["published"], pairs["recomputed"])[0, 1]
    assert said("agreement", "en", pairs) == (
        f"Correlation {r:.3f}, mean absolute difference 0.020; farthest off is Region B (on average −0.030)."
    )
    assert said("agreement", "zh", pairs).endswith("偏差最大的地区是地区2（平均−0.030）。")


def test_where_nothing_can_be_tested():
    nothing = board()[board()["verdict"] == "not testable"]
    assert said("replication_summary", "en", nothing) == "No item can be tested."
    assert said("replication_summary", "zh", nothing) == "无可检验的条目。"


def claimed(**columns):
    held = {"holds_published": [True, None, None, None], "holds_data": [True, True, False, None]}
    held |= {"verdict_published": [None] * 4, "verdict_data": ["reproduced"] * 4}
    held["published"] = ["0.7", "increasing", "0.350", "mild imbalance"]
    return pd.DataFrame(held | columns)


def test_claims_are_counted():
    table = claimed(share=[0.95, 0.51, 0.49, np.nan])
    assert said("claims", "en", table) == (
        "Of the 4 claims, two hold in the data (one cannot be tested). The published D can test one, of which one "
        "holds there. Of those that hold in the data, one holds under at least 95% of the combinations of choices of "
        "method and two hold under more than half of them. Of all claims, one holds under fewer than half of the "
        "combinations, one of them exact figures, which another scale changes."
    )
    assert said("claims", "zh", table).startswith("4条论断中，2条在本文数据中成立（1条无法检验）。由已发表的D可检验1条")


def test_claims_say_by_which_convention_they_are_counted():
    table = claimed(share=[0.95, 0.51, 0.49, np.nan], verdict_data=["reproduced / not reproduced", *["reproduced"] * 3])
    assert "(one cannot be tested), by the study's own convention where the verdict depends on one." in said(
        "claims", "en", table
    )
    assert "（1条无法检验）；结论取决于惯例者以本研究的惯例为准。" in said("claims", "zh", table)


def test_claims_of_a_study_without_the_multiverse():
    table = claimed(share=[np.nan] * 4, holds_published=[None] * 4)
    assert said("claims", "en", table) == "Of the 4 claims, two hold in the data (one cannot be tested)."
    assert said("claims", "zh", table) == "4条论断中，2条在本文数据中成立（1条无法检验）。"


def test_reproduction_says_what_comes_out_again_and_what_does_not():
    rows = [
        ("sys_0", "region", "reg_0", 0.1, 0.2), ("sys_0", "region", "reg_1", 0.3, 0.3),
        ("sys_0", "region", "reg_2", 0.5, 0.1), ("sys_0", "group", "grp_1", 0.2, 0.4),
        ("sys_0", "group", "grp_2", 0.3, 0.3), ("coordination_degree", "region", "reg_0", 0.1, 0.1),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["variable", "kind", "place", "published", "recomputed"])
    first, second = said("reproduction", "en", table).split("\n\n")
    assert first == (
        "System A, mean score: 3 printed regions with a mean absolute difference of 0.167; farthest off is Region C "
        "(−0.400). The rank correlation of the regions is −0.50. The groups come as Part B < Part A, printed is "
        "Part A < Part B."
    )
    assert second == (
        "D, mean of the printed years: 1 printed region with a mean absolute difference of 0.000; farthest off is "
        "Region A (0.000)."
    )
    assert "各组次序为部分2＜部分1，刊出为部分1＜部分2。" in said("reproduction", "zh", table)


@pytest.mark.parametrize(
    ("half", "near", "en", "zh"),
    [
        (
            0.0005,
            1,
            "No combination reproduces the printed values, for rounding explains no more than 0.0005. No other",
            "没有一种",
        ),
        (
            1.0,
            1234,
            "so the nearest reproduces them. Within rounding 1,234 combinations are as near",
            "因此最接近者复现",
        ),
    ],
    ids=["nothing-fits", "fits"],
)
def test_a_search_says_whether_anything_fits_and_that_it_is_no_proof(half, near, en, zh):
    m = reread(made_up())
    table = (m.found, range(near), m.chance, m.outside, half)
    assert en in said("searched", "en", table)
    assert said("searched", "en", table).endswith("A reading is a hint, never proof.")
    assert zh in said("searched", "zh", table)
    assert said("searched", "zh", table).endswith("读法只是线索，绝非证明。")


def test_what_is_implied_names_the_absent_and_where_they_are_asked_for():
    cells = {"low": [0.4, 0.1], "high": [0.5, 0.2], "computed": [0.3, 0.3], "difference": [0.15, -0.15]}
    table = pd.DataFrame(cells | {"region": ["reg_0", "reg_1"], "year": [2001, 2002], "share": [0.2, 0.41]})
    text = said("implied_scores", "en", (table, made_up().study, "sys_0", 0.05))
    assert "system A, which differs" in text
    assert "(above it in Region A, below it in Region B, mean over the printed years)" in text
    assert "the absent indicator (indicator 1.2 B) would have to carry at least 41% of the weight" in text
    assert "of the weight; most is needed for Region B in 2002." in text
    assert "population" not in text
    table["share"] = 1.2
    assert "No weight of the absent indicator" in said("implied_scores", "en", (table, made_up().study, "sys_0", 0.05))
    assert "无论权重多大" in said("implied_scores", "zh", (table, made_up().study, "sys_0", 0.05))
