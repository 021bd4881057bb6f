import numpy as np
import pandas as pd
from made_up import made_up, otherwise, varied

from coordination.presentation.reader import Reader
from coordination.robustness import tables, variants
from coordination.spatial import neighbours

# What a notebook hands to every layout.
TABLES = {
    "choices": lambda m: varied(m).choices,
    "sensitivity": lambda m: varied(m).shares,
    "panel_changes": lambda m: varied(m).changed,
    "rank_table": lambda m: varied(m).ranks,
    "wide": lambda m: varied(m).wide[0],
    "wide_moran": lambda m: varied(m).wide[1],
    "measured_degrees": lambda m: otherwise(m).degrees.query("year == @m.study.years[-1]"),
    "measured": lambda m: otherwise(m).found,
    "coherence": lambda m: varied(m).indicators,
    "consistency": lambda m: varied(m).parts,
    "variants": lambda m: variants.compare(
        m.panel.values, m.study, neighbours.build(m.study.spatial_weights, m.regions)
    ),
}


def laid_out(name, language, made=None, table=None):
    made = made or made_up()
    return getattr(tables, name)(
        TABLES[name](made) if table is None else table, Reader(made.study, made.regions, language)
    )


def test_choices_and_what_is_left_out_in_words():
    shown = laid_out("choices", "en").set_index(["Choice", "Chosen"])
    assert ("Shares of subsystems", "more of System A") in shown.index
    assert ("Indicator left out", "Indicator 1.1 B") in shown.index
    assert (
        shown.loc[("Normalisation", "min-max, pooled"), "Universes"] == f"{varied(made_up()).choices['universes'][2]:,}"
    )
    assert laid_out("panel_changes", "zh")["去掉"].tolist()[:3] == ["2003", "2001", "地区1"]


def test_an_interval_of_ranks_is_written_behind_the_median():
    ranks = varied(made_up()).ranks.assign(low=1, median=2.0, high=4)
    assert set(laid_out("rank_table", "en", table=ranks)["2003"]) == {"2 [1–4]"}
    assert set(laid_out("rank_table", "zh", table=ranks)["2003"]) == {"2 [1—4]"}


def test_what_a_longer_menu_does_in_words():
    table = varied(made_up()).wide[0].assign(low=1, median=2, high=4, rank=3, flipped=0.125)
    table[["degree", "degree_low", "degree_median", "degree_high"]] = 0.5, 0.4, 0.55, 0.6
    shown = laid_out("wide", "en", table=table).iloc[0].tolist()
    assert shown[1:] == ["3", "2 [1–4]", "0.500", "0.550 [0.400–0.600]", "12.5"]
    table = pd.DataFrame([("knn_4_row", 1234, -0.1, 0.0, 0.2, 0.0004)], columns=list(varied(made_up()).wide[1]))
    assert laid_out("wide_moran", "en", table=table).iloc[0].tolist() == [
        "4 nearest, row-standardised", "1,234", "0.000 [−0.100–0.200]", "0.0004"
    ]  # fmt: skip


def test_an_indicator_by_itself_has_no_nearest():
    alone = varied(made_up()).indicators.copy()
    alone.loc[0, ["nearest", "with_nearest", "flag"]] = [np.nan, np.nan, "silent"]
    assert laid_out("coherence", "en", table=alone).iloc[0, -2:].tolist() == ["–", "hardly matters"]


def test_a_variant_in_words():
    table = TABLES["variants"](made_up())
    row = {"max_change": 0.00002, "mean_change": 0.0, "region": "reg_1", "year": 2002, "flips": 3, "flip_share": 0.2}
    row |= {"spearman": np.nan, "moran_i": -0.5, "moran_change": 0.0}
    table.loc[1, list(row)] = list(row.values())
    assert laid_out("variants", "en", table=table).iloc[1].tolist()[:5] == [
        "min-max within each year", "<0.0001", "Region B, 2002", "0", "3 (20.0%)"
    ]  # fmt: skip
    chinese = laid_out("variants", "zh", table=table)
    assert chinese.iloc[1, [2, 4, 8, 9, 10]].tolist() == ["地区2，2002年", "3（20.0%）", "–", "−0.500", "0.000"]
    assert chinese.columns[6] == "2003年位次改变数"
