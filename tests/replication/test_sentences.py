import numpy as np
import pandas as pd
import pytest
from made_up import made_up
from presented import IN_WORDS, SHAPES, assert_whole, public

from coordination.locale import LANGUAGES
from coordination.presentation.reader import Reader
from coordination.replication import facts

# What is handed to every function of facts.
FACTS = {
    "replication": lambda m: m.board,
    "replication_summary": lambda m: m.board,
    "claims": lambda m: m.claims,
    "agreement": lambda m: m.pairs,
}


def said(name, language, table=None, made=None):
    made = made or made_up()
    found = getattr(facts, name)(FACTS[name](made) if table is None else table)
    return Reader(made.study, made.regions, language).say("replication", name, **found)


def test_every_sentence_is_said_here():
    assert set(public("replication", "facts")) == set(FACTS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize("shape", IN_WORDS)
def test_sentences_are_whole_and_in_their_language(shape, name, language):
    assert_whole(said(name, language, made=made_up(**SHAPES[shape])), language)


def board():
    verdicts = ["reproduced", "reproduced within rounding", "not reproduced", "not testable"]
    return pd.DataFrame({"route": ["published"] * 4 + ["data"] * 3, "verdict": verdicts + verdicts[1:]})


def test_replication_counts_what_could_be_tested():
    published, data = said("replication", "en", board()).split("\n\n")
    assert published.startswith("From the published D: 2 of 3 testable items are reproduced (")
    assert "not testable 1" in published
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
        "Of the 4 claims, 2 hold in the data (1 cannot be tested). The published D can test 1, of which 1 holds "
        "there. Of those that hold in the data, 1 holds under at least 95% of the combinations of choices of method "
        "and 2 hold under more than half of them. Of all claims, 1 holds under less than half of the combinations, "
        "1 of them exact figures, which another scale changes."
    )
    assert said("claims", "zh", table).startswith("4条论断中，2条在本文数据中成立（1条无法检验）。由已发表的D可检验1条")


def test_claims_say_by_which_convention_they_are_counted():
    table = claimed(share=[0.95, 0.51, 0.49, np.nan], verdict_data=["reproduced / not reproduced", *["reproduced"] * 3])
    assert "(1 cannot be tested), by the study's own convention where the verdict depends on one." in said(
        "claims", "en", table
    )
    assert "（1条无法检验）；结论取决于惯例者以本研究的惯例为准。" in said("claims", "zh", table)


def test_claims_of_a_study_without_the_multiverse():
    table = claimed(share=[np.nan] * 4, holds_published=[None] * 4)
    assert said("claims", "en", table) == "Of the 4 claims, 2 hold in the data (1 cannot be tested)."
    assert said("claims", "zh", table) == "4条论断中，2条在本文数据中成立（1条无法检验）。"
