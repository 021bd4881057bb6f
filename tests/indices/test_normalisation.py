import numpy as np
import pandas as pd
import pytest
from conftest import assert_names, read_panel
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coordination.errors import InputErrors
from coordination.indices.normalisation import from_raw, from_released, min_max
from coordination.indices.panel import system, tidy
from coordination.indices.tables import indicator_system
from coordination.presentation.reader import Reader
from coordination.study.document import load

REGIONS = ["Oak", "Elm", "Ash", "Fir", "Bay"]
BOTH = {"a": "positive", "b": "negative"}

panels = (
    arrays(int, (6, 2), elements=st.integers(0, 10_000))
    .filter(lambda x: (np.ptp(x, axis=0) > 0).all())
    .map(lambda x: pd.DataFrame(x.astype(float), columns=["a", "b"]))
)


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        pytest.param("positive", [0, 0.25, 1, 0.5], id="positive"),
        pytest.param("negative", [1, 0.75, 0, 0.5], id="negative"),
    ],
)
@pytest.mark.parametrize("shift", [0, -3, 1000], ids=["as-is", "below-zero", "far-up"])
def test_extremes_become_0_and_1(direction, expected, shift):
    values = pd.DataFrame({"a": [1.0, 2.0, 5.0, 3.0]}) + shift
    assert min_max(values, {"a": direction})["a"].tolist() == expected


@pytest.mark.parametrize(
    ("values", "best", "expected"),
    [
        pytest.param([40, 50, 55, 70], 50, [0.5, 1, 0.75, 0], id="value"),
        pytest.param([10, 20, 30, 40, 60], (20, 30), [2 / 3, 1, 1, 2 / 3, 0], id="interval"),
        pytest.param([-3, 0, 1], 0, [0, 1, 2 / 3], id="zero"),
        pytest.param([60, 70, 80], 50, [1, 0.5, 0], id="beyond-all-is-negative"),
        pytest.param([60, 70, 80], 90, [0, 0.5, 1], id="above-all-is-positive"),
    ],
)
def test_the_nearer_to_a_best_value_the_better(values, best, expected):
    result = min_max(pd.DataFrame({"a": values}, dtype=float), {"a": "best"}, {"a": best})["a"]
    np.testing.assert_allclose(result, expected, atol=1e-15)


def test_equally_far_from_the_best_on_both_sides_is_constant():
    with pytest.raises(InputErrors, match="10 everywhere"):
        min_max(pd.DataFrame({"a": [40.0, 60.0]}), {"a": "best"}, {"a": 50})


def test_a_study_with_a_best_value_starts_from_figures_and_from_released_values_alike(toy):
    folder = toy(("study.yml", "direction: negative", "direction: best\n            best: [0.15, 0.2]"))
    study, table = load(folder), read_panel(folder)
    start = from_raw(table, study, REGIONS)
    figures, x = start.indicators.values["accident_rate"], start.values.values["accident_rate"]
    assert (x[figures.between(0.15, 0.2)] == 1).all()
    assert figures[x.idxmin()] in (figures.min(), figures.max())
    released = from_released(tidy(start.values), study, REGIONS)
    pd.testing.assert_series_equal(released.values.values["accident_rate"], x, check_names=False)


@pytest.mark.parametrize(
    ("best", "en", "zh"), [("-5", "best −5", "适度−5"), ("[45, 55.5]", "best [45, 55.5]", "适度[45, 55.5]")]
)
def test_the_table_of_indicators_shows_the_best_value(toy, best, en, zh):
    study = load(toy(("study.yml", "direction: negative", f"direction: best\n            best: {best}")))
    table = system(study, "governance")
    for language, said in (("en", en), ("zh", zh)):
        assert said in indicator_system(table, Reader(study, None, language)).to_numpy()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param("direction: best", "a best value of indicator 'accident_rate'", id="no-best-value"),
        pytest.param("direction: negative\n            best: 3", "for direction best, and for no other", id="negative"),
        pytest.param("direction: best\n            best: [3, 1]", "from the lower end to the upper", id="backwards"),
        pytest.param("direction: best\n            best: [1, 2, 3]", "best", id="three"),
    ],
)
def test_a_best_value_stands_with_its_direction_only(toy, change, said):
    with pytest.raises(InputErrors, match=said):
        load(toy(("study.yml", "direction: negative", change)))


def test_extremes_are_those_of_all_years_together():
    index = pd.MultiIndex.from_product([[2019, 2020], ["Oak", "Elm"]], names=["year", "region"])
    values = pd.DataFrame({"a": [0.0, 4.0, 2.0, 10.0]}, index=index)
    result = min_max(values, {"a": "positive"})["a"]
    assert result.tolist() == [0, 0.4, 0.2, 1]
    assert result.index.equals(index)


def test_a_study_starts_from_its_raw_panel(toy_folder, toy_study):
    start = from_raw(read_panel(toy_folder), toy_study, REGIONS)
    accidents = start.values.values["accident_rate"]
    assert accidents[("Oak", 2022)] == 1  # the fewest: 24 / 207
    assert accidents[("Elm", 2019)] == 0  # the most: 22 / 90
    assert accidents[("Bay", 2019)] == pytest.approx((22 / 90 - 16 / 80) / (22 / 90 - 24 / 207))
    assert start.indicators.values.loc[("Bay", 2019), "accident_rate"] == 0.2
    assert (start.scale, len(start.long.values)) == ("raw", 100)


def test_a_study_starts_from_its_released_panel_with_the_same_values(toy_folder, toy_study):
    raw = from_raw(read_panel(toy_folder), toy_study, REGIONS)
    released = from_released(tidy(raw.values), toy_study, REGIONS)
    pd.testing.assert_frame_equal(released.values.values, raw.values.values, check_names=False)
    assert (released.scale, released.long) == ("normalised", None)


def test_a_constant_indicator_is_named_from_the_raw_panel_on(toy):
    folder = toy(("study.yml", "formula: clinics", "formula: clinics / clinics"))
    with pytest.raises(InputErrors, match="indicator clinics: found 1 everywhere; expected values"):
        from_raw(read_panel(folder), load(folder), REGIONS)


@pytest.mark.parametrize(
    ("column", "found"),
    [
        pytest.param([5.0, 5.0, 5.0], "5 everywhere", id="constant"),
        pytest.param([0.3, 0.1 + 0.2, 0.3], "values that differ by less than 1e-12 of 0.3", id="all-but-for-rounding"),
        pytest.param([0.0, 0.0, 0.0], "0 everywhere", id="zero"),
        pytest.param([1.0, np.nan, 2.0], "a missing or infinite value", id="missing"),
        pytest.param([1.0, np.inf, 2.0], "a missing or infinite value", id="infinite"),
        pytest.param([np.nan] * 3, "a missing or infinite value", id="nothing-at-all"),
    ],
)
def test_indicators_without_a_scale(column, found):
    with pytest.raises(InputErrors) as caught:
        min_max(pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": column}), BOTH)
    assert_names(str(caught.value), f"indicator b: found {found}; expected ")
    assert "indicator a" not in str(caught.value)


def test_all_indicators_without_a_scale_are_named_at_once():
    with pytest.raises(InputErrors) as caught:
        min_max(pd.DataFrame({"a": [1.0, 1.0], "b": [1.0, np.nan]}), BOTH)
    assert [fault.args[0] for fault in caught.value.faults] == ["indicator a", "indicator b"]


@given(panels)
def test_every_indicator_reaches_both_ends_and_leaves_neither(values):
    result = min_max(values, BOTH)
    assert result.min().tolist() == [0, 0]
    assert result.max().tolist() == [1, 1]


@given(panels)
def test_the_opposite_direction_is_the_mirror_image(values):
    mirrored = 1 - min_max(values, {"a": "negative", "b": "positive"})
    np.testing.assert_allclose(min_max(values, BOTH), mirrored, atol=1e-12)


@given(panels, st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_unit_and_zero_point_do_not_matter(values, factor, shift):
    np.testing.assert_allclose(min_max(values * factor + shift, BOTH), min_max(values, BOTH), atol=1e-6)


@given(panels, st.permutations(range(6)))
def test_rows_in_another_order_give_the_same_rows(values, order):
    pd.testing.assert_frame_equal(min_max(values.iloc[order], BOTH), min_max(values, BOTH).iloc[order])


def test_values_that_differ_by_rounding_alone_are_not_called_the_same():
    with pytest.raises(InputErrors) as caught:
        min_max(pd.DataFrame({"a": [1e15, 1e15 + 1, 1e15 + 2]}), {"a": "positive"})
    assert_names(str(caught.value), "indicator a", "less than 1e-12 of 1e+15", "subtract what all have in common")
    exact = min_max(pd.DataFrame({"a": [1e9, 1e9 + 1, 1e9 + 2]}), {"a": "positive"})
    assert exact["a"].tolist() == [0, 0.5, 1]
