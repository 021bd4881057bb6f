import numpy as np
import pandas as pd
import pytest
from conftest import assert_names, read_panel
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coordination.choices import WEIGHTING
from coordination.errors import InputError, InputErrors
from coordination.indices.normalisation import from_raw, min_max
from coordination.indices.weighting import (
    critic,
    entropy,
    entropy_weights,
    entropy_weights_by_years,
    merec,
    principal,
    scores,
    shifted_entropy_weights,
    variation,
    weights,
)

REGIONS = ["Oak", "Elm", "Ash", "Fir", "Bay"]
SUBSYSTEMS = {"technology": ["a", "b"], "governance": ["c", "d"]}
DIRECTIONS = {"a": "positive", "b": "negative", "c": "positive", "d": "negative"}

panels = (
    arrays(int, (6, 4), elements=st.integers(0, 10_000))
    .filter(lambda x: (np.ptp(x, axis=0) > 0).all())
    .map(
        lambda x: pd.DataFrame(
            x.astype(float),
            columns=list("abcd"),
            index=pd.MultiIndex.from_product([REGIONS[:3], [2019, 2020]], names=["region", "year"]),
        )
    )
)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [[30, 30, 38, 29], [19, 54, 86, 29], [19, 15, 85, 28.9], [68, 70, 60, 29]],
            [0.4630, 0.3992, 0.1378, 0.0000],
            id="almost-constant-column",
        ),
        pytest.param(
            [[3, 100, 10, 7], [2.5, 80, 8, 5], [1.8, 50, 20, 11], [2.2, 70, 12, 9]],
            [0.1146, 0.1981, 0.4185, 0.2689],
            id="four-alternatives",
        ),
    ],
)
def test_published_entropy_weights(rows, expected):
    assert entropy(pd.DataFrame(rows))["weight"].round(4).tolist() == expected


def test_entropy_weights_of_two_by_two():
    assert entropy(pd.DataFrame([[1, 2], [4, 16]]))["weight"].round(6).tolist() == [0.358889, 0.641111]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        pytest.param([1, 1], 1, id="even"),
        pytest.param([0, 1], 0, id="all-in-one-row"),
        pytest.param([1, 3], 0.811278, id="a-quarter"),
        pytest.param([0, 1, 1, 0], 0.5, id="half-the-rows"),
        pytest.param([1, 1, 2, 4], 0.875, id="halves-and-quarters"),
    ],
)
def test_entropy_of_shares(column, expected):
    other = np.arange(len(column))
    table = entropy(pd.DataFrame({"a": column, "b": other}))
    assert table.loc["a", "entropy"] == pytest.approx(expected, abs=5e-7)


def test_zeros_are_neither_shifted_nor_rescaled():
    assert entropy(pd.DataFrame({"a": [0, 1], "b": [1, 1]}))["weight"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("column", "found"),
    [
        pytest.param([1, -0.1, 2], "a negative, missing or infinite value", id="negative"),
        pytest.param([1, np.nan, 2], "a negative, missing or infinite value", id="missing"),
        pytest.param([1, np.inf, 2], "a negative, missing or infinite value", id="infinite"),
        pytest.param([0, 0, 0], "0 everywhere", id="zero-everywhere"),
    ],
)
def test_indicators_without_shares(column, found):
    with pytest.raises(InputErrors) as caught:
        entropy(pd.DataFrame({"a": [1, 2, 3], "b": column}))
    assert_names(str(caught.value), f"indicator b: found {found}; expected ")
    assert "indicator a" not in str(caught.value)


def test_all_indicators_without_shares_are_named_at_once():
    with pytest.raises(InputErrors) as caught:
        entropy(pd.DataFrame({"a": [0, 0], "b": [1, -1], "c": [1, 2]}))
    assert [fault.args[0] for fault in caught.value.faults] == ["indicator a", "indicator b"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        pytest.param(pd.DataFrame({"a": [1.0]}), "1 rows", id="one-row"),
        pytest.param(pd.DataFrame({"a": []}), "0 rows", id="no-rows"),
        pytest.param(pd.DataFrame({"a": [0.1] * 3, "b": [0.7] * 3}), "no indicator that varies", id="constant"),
    ],
)
def test_panels_without_information(values, found):
    with pytest.raises(InputErrors, match=f"panel: found {found}; expected "):
        entropy(values)


def test_weights_by_the_first_principal_component_are_its_squared_loadings():
    """The first is the sum of the others, which are uncorrelated: its correlation with each is 1 / sqrt(2).

    The largest eigenvalue is then 2, with the loadings (sqrt(2), 1, 1) / 2.
    """
    x = np.array([[0, 0, 0], [0.5, 0, 0.7], [0.5, 0.9, 0], [1, 0.9, 0.7]])
    assert principal(x) == pytest.approx([0.5, 0.25, 0.25])


def test_weights_by_variation_are_standard_deviations_in_units_of_the_mean():
    # means 2, 5 and .5, standard deviations 1, 3 and .5
    assert variation([[1, 2, 0], [3, 8, 1]]) == pytest.approx(np.array([0.5, 0.6, 1]) / 2.1)


def test_critic_counts_opposition_as_conflict():
    # s_j sum_k (1 - r_jk), with s = 1/2, r_12 = -1 and r_13 = r_23 = 0 (Diakoulaki, Mavrotas and Papayannakis 1995)
    x = np.array([[0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1]])
    assert critic(x) == pytest.approx([3 / 8, 3 / 8, 2 / 8])


def test_weights_are_those_of_every_subsystem_by_itself():
    values = pd.DataFrame({"a": [1, 4], "b": [2, 16], "c": [0, 1], "d": [1, 1]})
    table = weights(values, {"technology": ["a", "b"], "governance": ["d", "c"]})
    assert table[["subsystem", "indicator"]].to_numpy().tolist() == [
        ["technology", "a"],
        ["technology", "b"],
        ["governance", "d"],
        ["governance", "c"],
    ]
    assert table["weight"].round(6).tolist() == [0.358889, 0.641111, 0, 1]


def test_scores_are_weighted_sums():
    index = pd.MultiIndex.from_tuples([("Oak", 2019), ("Elm", 2019)], names=["region", "year"])
    values = pd.DataFrame({"a": [1, 0.5], "b": [0.2, 0], "c": [0.3, 1]}, index=index)
    table = pd.DataFrame({"subsystem": ["x", "x", "y"], "indicator": ["b", "a", "c"], "weight": [0.75, 0.25, 1]})
    result = scores(values, table)
    assert result[["region", "year", "subsystem"]].to_numpy().tolist() == [
        ["Oak", 2019, "x"],
        ["Oak", 2019, "y"],
        ["Elm", 2019, "x"],
        ["Elm", 2019, "y"],
    ]
    assert result["score"].tolist() == pytest.approx([0.4, 0.3, 0.125, 1])


@given(panels)
def test_weights_share_out_1_in_every_subsystem(values):
    table = weights(min_max(values, DIRECTIONS), SUBSYSTEMS)
    assert (table["weight"] >= 0).all()
    np.testing.assert_allclose(table.groupby("subsystem")["weight"].sum(), 1)


@given(panels)
def test_entropy_is_a_share_of_its_maximum(values):
    assert entropy(min_max(values, DIRECTIONS))["entropy"].between(-1e-12, 1 + 1e-12).all()


@given(panels)
def test_scores_lie_between_0_and_1(values):
    normalised = min_max(values, DIRECTIONS)
    table = scores(normalised, weights(normalised, SUBSYSTEMS))
    assert table["score"].between(0, 1 + 1e-12).all()
    best_and_worst = pd.DataFrame([[1.0] * 4, [0.0] * 4], columns=list("abcd"), index=values.index[:2])
    ends = scores(best_and_worst, weights(normalised, SUBSYSTEMS))
    np.testing.assert_allclose(ends["score"], [1, 1, 0, 0])


@given(panels, st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4))
def test_weights_do_not_depend_on_units(values, factors):
    rescaled = weights(min_max(values * factors, DIRECTIONS), SUBSYSTEMS)
    expected = weights(min_max(values, DIRECTIONS), SUBSYSTEMS)
    np.testing.assert_allclose(rescaled["weight"], expected["weight"], atol=1e-9)


@given(panels, st.permutations(range(6)))
def test_rows_in_another_order_have_the_same_weights_and_scores(values, order):
    normalised, permuted = min_max(values, DIRECTIONS), min_max(values.iloc[order], DIRECTIONS)
    before, after = weights(normalised, SUBSYSTEMS), weights(permuted, SUBSYSTEMS)
    np.testing.assert_allclose(after["weight"], before["weight"], rtol=1e-9, atol=1e-12)
    keys = ["region", "year", "subsystem"]
    by_row, by_permuted_row = (
        scores(x, w).set_index(keys)["score"] for x, w in ((normalised, before), (permuted, after))
    )
    assert list(by_permuted_row.index[::2]) == [(*values.index[i], "technology") for i in order]
    np.testing.assert_allclose(by_permuted_row.reindex(by_row.index), by_row, rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def gappy_panel(toy_folder):
    """The toy panel without a year within, at the start and at the end of three series."""
    table = read_panel(toy_folder)
    gaps = [("Oak", "2021", "ports"), ("Ash", "2019", "clinics"), ("Bay", "2022", "population")]
    return table[~pd.MultiIndex.from_frame(table[["region", "year", "series"]]).isin(gaps)]


def weights_and_scores(table, study, regions):
    normalised = from_raw(table, study, regions).values.values
    table = weights(normalised, {s.id: [i.id for i in s.indicators] for s in study.subsystems})
    return table, scores(normalised, table)


@given(shift=st.integers(-1000, 1000))
@settings(max_examples=15)
def test_shifted_year_labels_change_nothing(gappy_panel, toy_study, shift):
    years = tuple(y + shift for y in toy_study.years)
    shifted = gappy_panel.assign(year=(gappy_panel["year"].astype(int) + shift).astype(str))
    before = weights_and_scores(gappy_panel, toy_study, REGIONS)
    after = weights_and_scores(shifted, toy_study.model_copy(update={"years": years}), REGIONS)
    np.testing.assert_allclose(after[0]["weight"], before[0]["weight"], rtol=1e-9)
    np.testing.assert_allclose(after[1]["score"], before[1]["score"], rtol=1e-9, atol=1e-12)
    assert (after[1]["year"] - before[1]["year"]).unique().tolist() == [shift]


@given(order=st.permutations(REGIONS), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_regions_and_rows_in_another_order_change_nothing_but_the_order(gappy_panel, toy_study, order, seed):
    shuffled = gappy_panel.sample(frac=1, random_state=seed)
    before = weights_and_scores(gappy_panel, toy_study, REGIONS)
    after = weights_and_scores(shuffled, toy_study, order)
    np.testing.assert_allclose(after[0]["weight"], before[0]["weight"], rtol=1e-9)
    assert after[1]["region"].unique().tolist() == order
    in_order = after[1].set_index("region").loc[REGIONS].reset_index()
    pd.testing.assert_frame_equal(in_order, before[1], check_dtype=False, rtol=1e-9)


@pytest.mark.parametrize("unit", [1e-300, 1.0, 1e300, 5e307])
@pytest.mark.parametrize("weigh", [entropy_weights, variation])
def test_weights_do_not_depend_on_the_unit_however_large(weigh, unit):
    x = np.array([[1, 2, 0.5], [2, 1, 3], [3, 0.1, 0.2], [0.5, 3, 3.0]])
    np.testing.assert_allclose(weigh(x * unit), weigh(x), rtol=1e-12)


@pytest.mark.parametrize("weigh", [entropy_weights, shifted_entropy_weights, variation, critic, principal, merec])
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_weights_of_values_that_are_missing_or_infinite_are_refused(weigh, odd):
    with pytest.raises(InputError, match="a missing or infinite value"):
        weigh(np.array([[0.2, 0.5], [0.4, odd], [0.9, 0.1]]))


@pytest.mark.parametrize("weigh", [entropy_weights, variation])
def test_weights_of_negative_values_that_have_no_shares_are_refused(weigh):
    with pytest.raises(InputError, match="a negative, missing"):
        weigh(np.array([[0.2, 0.5], [0.4, -0.1]]))


def test_entropy_of_values_near_the_largest_number():
    x = pd.DataFrame({"a": [1.0, 4.0], "b": [2.0, 16.0]})
    huge = x * 1.1e307
    assert entropy(huge)["weight"].round(6).tolist() == [0.358889, 0.641111]


def test_weights_by_the_number_of_years_of_many_panels_are_those_of_each():
    x = np.random.default_rng(5).random((4, 12, 3)) ** [1, 3, 6]
    found = entropy_weights_by_years(x, 3)
    np.testing.assert_allclose(found, [entropy_weights_by_years(part, 3) for part in x])
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    assert np.ptp(found, axis=0).max() > 0.001


def test_other_studies_try_the_weights_that_need_nothing_of_their_own():
    varied = [key for key in WEIGHTING.offered if WEIGHTING[key].varied]
    assert varied == ["entropy", "equal", "critic", "variation", "principal", "merec"]
