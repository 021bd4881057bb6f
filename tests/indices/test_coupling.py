import numpy as np
import pandas as pd
import pytest
from conftest import assert_names
from hypothesis import given
from hypothesis import strategies as st

from coordination.choices import COUPLING
from coordination.errors import InputError
from coordination.indices.coupling import (
    coordinate,
    coordination_degree,
    coordination_index,
    coupling_degree,
    decompose,
    group_levels,
    lag,
    level,
    level_table,
    state,
    wide_scores,
)
from coordination.study.model import Coupling, Level

LEVELS = [Level(above=k / 10, up_to=(k + 1) / 10, name=f"level {k}") for k in range(10)]

vectors = st.lists(st.floats(0, 1), min_size=2, max_size=6)
positive_vectors = st.lists(st.floats(0.001, 1), min_size=2, max_size=6)


@pytest.mark.parametrize(
    ("variant", "scores", "coupling", "degree"),
    [
        ("standard", [0.8179733, 0.3246648, 0.6590316, 0.1308531], 0.8051958, 0.6237105),
        ("standard", [0.3020233, 0.1318888, 0.4046987, 0.5173794], 0.8914577, 0.5497290),
        ("wang2021", [0.8179733, 0.3246648, 0.6590316, 0.1308531], 0.4722274, 0.4776480),
        ("wang2021", [0.3020233, 0.1318888, 0.4046987, 0.5173794], 0.6211236, 0.4588675),
        ("fan2024", [0.8179733, 0.3246648, 0.6590316, 0.1308531], 0.4593785, 0.4711049),
        ("fan2024", [0.3020233, 0.1318888, 0.4046987, 0.5173794], 0.7164548, 0.4928249),
    ],
    ids=["standard-1", "standard-2", "wang2021-1", "wang2021-2", "fan2024-1", "fan2024-2"],
)
def test_published_values_for_four_subsystems(variant, scores, coupling, degree):
    assert coupling_degree(scores, variant) == pytest.approx(coupling, abs=2e-7)
    assert coordination_degree(scores, variant=variant) == pytest.approx(degree, abs=2e-7)


@pytest.mark.parametrize(
    ("scores", "right", "wrong"),
    [
        pytest.param([0.3, 0.7], 0.91652, 0.45826, id="factor-2-lost"),
        pytest.param([0.3, 0.7], 0.91652, 0.84, id="root-missing"),
        pytest.param([0.3, 0.5, 0.7], 0.94354, 0.64807, id="square-root-of-three"),
    ],
)
def test_the_classic_errors_do_not_come_out(scores, right, wrong):
    assert coupling_degree(scores) == pytest.approx(right, abs=5e-6)
    assert abs(coupling_degree(scores) - wrong) > 0.05


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        pytest.param("wang2021", (0.6 * 3 / 7) ** 0.5, id="wang2021"),
        pytest.param("fan2024", 1 - 2 * 0.2, id="fan2024"),
    ],
)
def test_variants_for_two_subsystems_by_hand(variant, expected):
    assert coupling_degree([0.3, 0.7], variant) == pytest.approx(expected)


@pytest.mark.parametrize("variant", COUPLING.offered)
@pytest.mark.parametrize("scores", [[0.0, 0.0], [0.0, 0.0, 0.0]], ids=["two", "three"])
def test_nothing_is_coupled_where_all_scores_are_0(variant, scores):
    assert coupling_degree(scores, variant) == 0
    assert coordination_degree(scores, variant=variant) == 0


@pytest.mark.parametrize("variant", ["standard", "wang2021"])
def test_a_single_score_of_0_uncouples(variant):
    assert coupling_degree([0.0, 0.4, 0.8], variant) == 0


@pytest.mark.parametrize("variant", COUPLING.offered)
def test_a_score_above_1_by_rounding_only_is_1(variant):
    found = [coupling_degree([1 + 2**-52, u], variant) for u in np.linspace(0.9, 1 + 2**-52, 201)]
    assert found[-1] == pytest.approx(1)
    assert max(found) <= 1


def test_many_rows_at_once_are_the_rows_one_by_one():
    rows = np.array([[[0.3, 0.7], [0.5, 0.5]], [[0.0, 1.0], [0.2, 0.9]]])
    for variant in COUPLING.offered:
        one_by_one = [[coupling_degree(u, variant) for u in block] for block in rows]
        np.testing.assert_allclose(coupling_degree(rows, variant), one_by_one)


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        pytest.param([0.5, 0.5], 0.5, id="equal"),
        pytest.param([0.25, 0.75], 0.6, id="unequal"),
        pytest.param([1, 0], 0.3, id="one-only"),
    ],
)
def test_coordination_index_is_a_weighted_mean(alpha, expected):
    assert coordination_index([0.3, 0.7], alpha) == pytest.approx(expected)
    assert coordination_degree([0.3, 0.7], alpha) == pytest.approx((0.91652 * expected) ** 0.5, abs=5e-6)


@pytest.mark.parametrize(
    "alpha",
    [
        pytest.param([0.5, 0.4], id="below-1"),
        pytest.param([0.6, 0.6], id="above-1"),
        pytest.param([1.5, -0.5], id="negative"),
        pytest.param([0.2, 0.3, 0.5], id="too-many"),
        pytest.param([1.0], id="too-few"),
        pytest.param([np.nan, 1.0], id="missing"),
    ],
)
def test_shares_that_are_none(alpha):
    with pytest.raises(InputError) as caught:
        coordination_degree([0.3, 0.7], alpha)
    assert_names(str(caught.value), f"alpha: found {alpha}", "expected 2 shares that add up to 1")


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        pytest.param([0.3, -0.1], "a negative, missing or infinite score", id="negative"),
        pytest.param([0.3, np.nan], "a negative, missing or infinite score", id="missing"),
        pytest.param([0.3, np.inf], "a negative, missing or infinite score", id="infinite"),
        pytest.param([0.3], "fewer than two subsystems", id="one-subsystem"),
        pytest.param(0.3, "fewer than two subsystems", id="a-number"),
    ],
)
@pytest.mark.parametrize("function", [coupling_degree, coordination_degree], ids=["C", "D"])
def test_scores_that_cannot_be_coupled(function, scores, found):
    with pytest.raises(InputError, match=f"scores: found {found}; expected "):
        function(scores)


@pytest.mark.parametrize("variant", ["wang2021", "fan2024"])
def test_variants_that_need_scores_up_to_1(variant):
    with pytest.raises(InputError, match=f"scores: found 1.5; expected .* from 0 to 1 for .* {variant}"):
        coupling_degree([0.5, 1.5], variant)


@pytest.mark.parametrize(("variant", "expected"), [("standard", 2 * 8**0.5 / 6), ("no_factor", 8**0.5 / 6)])
def test_variants_that_do_not_need_scores_up_to_1(variant, expected):
    assert coupling_degree([2.0, 4.0], variant) == pytest.approx(expected)


def test_unknown_variant():
    with pytest.raises(InputError, match="found 'wang'; expected one of standard, wang2021, fan2024"):
        coupling_degree([0.3, 0.7], "wang")


@given(st.floats(0, 1), st.floats(0, 1))
def test_for_two_equal_shares_D_is_the_fourth_root_of_the_product(first, second):
    identity = (first * second) ** 0.25
    assert coordination_degree([first, second]) == pytest.approx(identity, rel=1e-9, abs=1e-12)


@given(vectors, st.sampled_from(COUPLING.offered))
def test_C_and_D_lie_between_0_and_1(scores, variant):
    assert 0 <= coupling_degree(scores, variant) <= 1
    assert 0 <= coordination_degree(scores, variant=variant) <= 1 + 1e-12


@given(st.floats(0.001, 1), st.integers(2, 6), st.sampled_from(COUPLING.offered))
def test_equal_scores_are_fully_coupled(score, count, variant):
    assert coupling_degree([score] * count, variant) == pytest.approx(1, abs=1e-6)


@given(vectors, st.randoms(use_true_random=False), st.sampled_from(COUPLING.offered))
def test_the_order_of_subsystems_does_not_matter(scores, random, variant):
    here = coupling_degree(scores, variant)
    there = coupling_degree(random.sample(scores, len(scores)), variant)
    assert here == pytest.approx(float(there), rel=1e-6, abs=1e-6)


@given(positive_vectors, st.floats(0.01, 1))
def test_standard_coupling_depends_on_proportions_only(scores, factor):
    smaller = [factor * u for u in scores]
    assert coupling_degree(smaller) == pytest.approx(float(coupling_degree(scores)), rel=1e-9)


@pytest.mark.parametrize(
    ("degree", "expected"),
    [
        pytest.param(0, 0, id="0"),
        pytest.param(1e-12, 0, id="just-above-0"),
        pytest.param(0.1, 0, id="0.1"),
        pytest.param(0.1 + 1e-6, 1, id="above-0.1"),
        pytest.param(0.3, 2, id="0.3"),
        pytest.param(0.1 + 0.2, 2, id="0.1+0.2"),
        pytest.param(0.3 + 1e-6, 3, id="above-0.3"),
        pytest.param(0.3 - 1e-6, 2, id="below-0.3"),
        pytest.param(0.7, 6, id="0.7"),
        pytest.param(0.1 * 7, 6, id="7-times-0.1"),
        pytest.param(0.9 + 1e-6, 9, id="above-0.9"),
        pytest.param(1, 9, id="1"),
        pytest.param(1 + 2**-52, 9, id="above-1-by-rounding"),
        pytest.param(-(2**-52), 0, id="below-0-by-rounding"),
    ],
)
def test_level_is_open_below_and_closed_above(degree, expected):
    assert level(degree, LEVELS) == expected


def test_levels_keep_the_shape_of_the_degrees():
    assert level([[0.05, 0.15], [0.25, 1]], LEVELS).tolist() == [[0, 1], [2, 9]]


@pytest.mark.parametrize("degree", [-0.01, 1.01, np.nan, np.inf], ids=str)
@pytest.mark.parametrize("shape", ["alone", "among-others"])
def test_degrees_outside_0_to_1_have_no_level(degree, shape):
    with pytest.raises(InputError, match=f"coordination degree: found {degree}; expected 0 to 1"):
        level(degree if shape == "alone" else [1 + 2**-52, 0.5, degree], LEVELS)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param([0.39, 0.5], "a", id="first-below-the-band"),
        pytest.param([0.4, 0.5], "synchronised", id="0.8-of-0.5"),
        pytest.param([0.72, 0.9], "synchronised", id="0.8-of-0.9"),
        pytest.param([0.5, 0.5], "synchronised", id="equal"),
        pytest.param([0.6, 0.5], "synchronised", id="1.2-of-0.5"),
        pytest.param([0.36, 0.3], "synchronised", id="1.2-of-0.3"),
        pytest.param([0.61, 0.5], "b", id="first-above-the-band"),
        pytest.param([0, 0], "synchronised", id="both-0"),
        pytest.param([0, 0.5], "a", id="first-0"),
        pytest.param([0.5, 0], "b", id="second-0"),
        pytest.param([0.4, 0.45, 0.5], "synchronised", id="three-within-the-band"),
        pytest.param([0.72, 0.8, 0.9], "synchronised", id="three-at-its-bound"),
        pytest.param([0.5, 0.39, 0.45], "b", id="three-with-a-laggard"),
    ],
)
def test_lag_is_the_lowest_score_outside_the_band(scores, expected):
    table = pd.DataFrame([scores], columns=list("abc")[: len(scores)], index=["Oak"])
    assert lag(table, (0.8, 1.2)).to_dict() == {"Oak": expected}


SCORES = pd.DataFrame(
    [
        ("Oak", 2020, "governance", 0.7),
        ("Oak", 2020, "technology", 0.3),
        ("Oak", 2019, "technology", 0.5),
        ("Oak", 2019, "governance", 0.5),
        ("Ash", 2019, "governance", 0.0),
        ("Ash", 2019, "technology", 0.5),
    ],
    columns=["region", "year", "subsystem", "score"],
)


def test_wide_scores_keep_the_order_of_first_appearance():
    table = wide_scores(SCORES)
    assert list(table.index) == [("Oak", 2020), ("Oak", 2019), ("Ash", 2019)]
    assert table.to_dict("list") == {"governance": [0.7, 0.5, 0], "technology": [0.3, 0.5, 0.5]}


def test_everything_about_coordination_by_hand(toy_study):
    table = coordinate(SCORES, toy_study)
    assert table[["region", "year"]].to_numpy().tolist() == [["Oak", 2020], ["Oak", 2019], ["Ash", 2019]]
    assert table["coupling"].tolist() == pytest.approx([0.91652, 1, 0], abs=5e-6)
    assert table["coordination_index"].tolist() == pytest.approx([0.5, 0.5, 0.25])
    assert table["coordination_degree"].tolist() == pytest.approx([0.67695, 0.5**0.5, 0], abs=5e-6)
    assert table["level"].tolist() == ["bare coordination", "coordination", "imbalance"]
    assert table["lag"].tolist() == ["technology", "synchronised", "governance"]


def test_shares_belong_to_their_subsystems_and_the_variant_is_the_studys(toy_study):
    technology, governance = toy_study.subsystems
    update = {
        "subsystems": (
            technology.model_copy(update={"alpha": 0.25}),
            governance.model_copy(update={"alpha": 0.75}),
        ),
        "coupling": Coupling(variant="fan2024"),
    }
    table = coordinate(SCORES, toy_study.model_copy(update=update))
    assert table["coupling"].tolist() == pytest.approx([0.6, 1, 0.5])
    assert table["coordination_index"].tolist() == pytest.approx([0.6, 0.5, 0.125])
    assert table["coordination_degree"].tolist() == pytest.approx([0.6, 0.5**0.5, 0.25])


def test_state_of_a_year_has_a_row_per_region(toy_study):
    table = state(SCORES, coordinate(SCORES, toy_study), 2019)
    assert table["region"].tolist() == ["Oak", "Ash"]
    assert table["technology"].tolist() == [0.5, 0.5]
    assert table["governance"].tolist() == [0.5, 0]
    assert table["coordination_degree"].tolist() == pytest.approx([0.5**0.5, 0])


def test_level_of_a_group_is_that_of_its_mean_degree(toy_study):
    table = pd.DataFrame({"region": ["Oak", "Elm", "Ash"], "year": 2019, "coordination_degree": [0.3, 0.5, 0.9]})
    groups = pd.Series({"Oak": "north", "Elm": "north", "Ash": "south"})
    result = group_levels(table, groups, "island", toy_study.levels)
    assert result["group"].tolist() == ["north", "south", "island"]
    assert result["coordination_degree"].tolist() == pytest.approx([0.4, 0.9, 1.7 / 3])
    assert result["level"].tolist() == ["imbalance", "coordination", "bare coordination"]


def test_growth_of_D_is_half_that_of_C_and_half_that_of_T():
    table = pd.DataFrame(
        [
            ("Oak", 2019, 0.25, 0.5),
            ("Elm", 2019, 0.8, 0.1),
            ("Ash", 2019, 0.0, 0.3),
            ("Oak", 2020, 0.9, 0.9),
            ("Elm", 2021, 0.4, 0.8),
            ("Oak", 2021, 1.0, 0.5),
            ("Ash", 2021, 0.5, 0.3),
        ],
        columns=["region", "year", "coupling", "coordination_index"],
    )
    result = decompose(table).set_index("region")
    half = np.log(2) / 2
    assert result.loc["Oak"].tolist() == pytest.approx([2 * half, 0, 2 * half])  # D doubles, from C alone
    assert result.loc["Elm"].tolist() == pytest.approx([-half, 3 * half, 2 * half])
    assert result.loc["Ash", ["coupling", "total"]].isna().all()


def test_table_of_levels(toy_study):
    assert level_table(toy_study.levels).to_numpy().tolist() == [
        [0, 0.4, "imbalance"],
        [0.4, 0.7, "bare coordination"],
        [0.7, 1, "coordination"],
    ]
