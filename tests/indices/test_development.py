import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.errors import InputError
from coordination.indices.development import change, growth, means, trend

TABLE = pd.DataFrame(
    [
        ("Oak", 2020, 2.0),
        ("Oak", 2019, 1.0),
        ("Elm", 2019, 3.0),
        ("Elm", 2020, 4.0),
        ("Ash", 2019, 8.0),
        ("Ash", 2020, 0.0),
    ],
    columns=["region", "year", "score"],
)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param(
            {"Oak": "north", "Elm": "north", "Ash": "south"},
            [("north", 2019, 2), ("north", 2020, 3), ("south", 2019, 8), ("south", 2020, 0)],
            id="north-first",
        ),
        pytest.param(
            {"Ash": "south", "Oak": "north", "Elm": "north"},
            [("south", 2019, 8), ("south", 2020, 0), ("north", 2019, 2), ("north", 2020, 3)],
            id="south-first",
        ),
    ],
)
def test_means_of_groups_in_their_order_then_of_all_regions(groups, expected):
    table = means(TABLE, "score", pd.Series(groups), "island")
    whole = [("island", 2019, 4), ("island", 2020, 2)]  # means of three regions, not of two groups
    assert list(table.itertuples(index=False, name=None)) == expected + whole


def test_means_over_all_years():
    groups = pd.Series({"Oak": "north", "Elm": "north", "Ash": "south"})
    table = means(TABLE, "score", groups, "island", by=None)
    assert table.to_dict("list") == {"group": ["north", "south", "island"], "score": [2.5, 4, 3]}


@pytest.mark.parametrize(
    ("first", "last", "years", "expected"),
    [
        pytest.param(0.070, 0.252, 10, 0.1367, id="published"),
        pytest.param(1, 2, 1, 1, id="doubled-in-a-year"),
        pytest.param(1, 4, 2, 1, id="doubled-twice"),
        pytest.param(4, 1, 2, -0.5, id="halved-twice"),
        pytest.param(3, 3, 7, 0, id="unchanged"),
        pytest.param(3, 0, 7, -1, id="vanished"),
    ],
)
def test_compound_annual_growth(first, last, years, expected):
    assert growth(first, last, years) == pytest.approx(expected, abs=5e-5)


def test_growth_from_0_is_missing_not_infinite():
    result = growth([0, 0, 1], [5, 0, 2], 1)
    np.testing.assert_array_equal(result, [np.nan, np.nan, 1])


@pytest.mark.parametrize(
    ("first", "last", "years", "found"),
    [
        pytest.param(1, 2, 0, "0 years", id="no-time"),
        pytest.param(1, 2, -3, "-3 years", id="backwards"),
        pytest.param(-1, 2, 3, "a negative value", id="negative-first"),
        pytest.param([1, 1], [2, -2], 3, "a negative value", id="negative-last"),
    ],
)
def test_growth_that_is_not_defined(first, last, years, found):
    with pytest.raises(InputError, match=f"growth: found {found}; expected "):
        growth(first, last, years)


@given(st.floats(0.01, 100), st.floats(0, 100), st.integers(1, 50))
def test_growth_compounds_from_the_first_value_to_the_last(first, last, years):
    rate = growth(first, last, years)
    assert first * (1 + rate) ** years == pytest.approx(last, rel=1e-9, abs=1e-9)


def test_change_from_the_first_year_to_the_last():
    table = change(TABLE, "score")
    assert list(table.index) == ["Oak", "Elm", "Ash"]
    assert table.loc["Oak"].to_dict() == {"first": 1, "last": 2, "change": 1, "growth": 1, "mean": 1.5}
    assert table.loc["Ash"].to_dict() == {"first": 8, "last": 0, "change": -8, "growth": -1, "mean": 4}


def test_change_counts_the_years_not_the_rows():
    table = pd.DataFrame({"region": "Oak", "year": [2010, 2018, 2020], "score": [0.070, 0.1, 0.252]})
    assert change(table, "score").loc["Oak", "growth"] == pytest.approx(0.1367, abs=5e-5)


def test_a_single_year_has_no_growth():
    table = change(TABLE[TABLE["year"] == 2019], "score")
    assert table["change"].tolist() == [0, 0, 0]
    assert table["growth"].isna().all()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([1, 2, 3], "increasing", id="rising"),
        pytest.param([1, 3, 2], "increasing", id="rising-with-a-dent"),
        pytest.param([3, 2, 1], "decreasing", id="falling"),
        pytest.param([2, 2, 2], "constant", id="constant"),
        pytest.param([5], "constant", id="single"),
        pytest.param([1, 2, 1], "mixed", id="there-and-back"),
        pytest.param([2, 9, 9, 0, 0, 3], "mixed", id="up-at-the-end-of-a-downward-slope"),
        pytest.param([0, 3, 0, 1], "mixed", id="up-at-the-end-without-a-slope"),
        pytest.param([1, 0, 3, 0], "mixed", id="down-at-the-end-without-a-slope"),
    ],
)
def test_direction_of_a_trend(values, expected):
    assert trend(values) == expected


def test_a_mean_over_regions_does_not_pass_over_a_missing_value():
    with pytest.raises(InputError, match="score in 2020: found no value of Elm"):
        means(TABLE.assign(score=TABLE["score"].mask(TABLE["score"] == 4)), "score", pd.Series({"Oak": "all"}), "whole")
