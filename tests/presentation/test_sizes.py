import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import made_up
from presented import reader

from coordination.locale import LANGUAGES
from coordination.presentation import sizes
from coordination.presentation.columns import ranked, shortened


@given(st.lists(st.floats(-9, 9) | st.just(np.nan), max_size=60), st.integers(1, 9))
def test_ends_are_the_largest_and_the_smallest(values, count):
    high, low = sizes.ends(values, count)
    known = np.array(values, float)
    left = np.delete(known, [*high, *low])
    left = left[np.isfinite(left)]
    assert np.isfinite(known[[*high, *low]]).all()
    assert len(high) + len(low) == min(2 * count, np.isfinite(known).sum()) or len(low) == 0
    assert (np.diff(known[high]) <= 0).all()
    assert (np.diff(known[low]) <= 0).all()
    if len(left):
        assert known[high].min() >= left.max()
        assert known[low].max() <= left.min()


@pytest.mark.parametrize("count", [1, sizes.NAMED])
def test_few_regions_keep_the_full_form_whatever_the_page(count):
    assert sizes.fits(count, 9.0, 1.0, 1)


def test_rows_fit_in_as_many_columns_as_there_are():
    assert sizes.fits(60, 0.1, 2.0, 3)
    assert not sizes.fits(61, 0.1, 2.0, 3)


def test_regions_that_matter_have_the_highest_and_lowest_degree_of_the_last_year():
    names = pd.Index([f"r{k}" for k in range(200)])
    table = pd.DataFrame({
        "region": [*names, *names], "year": np.repeat([2001, 2002], 200),
        "coordination_degree": [*np.zeros(200), *np.random.default_rng(2).permutation(200)],
    })  # fmt: skip
    found = sizes.matter(table, names)
    last = table.iloc[200:].set_index("region")["coordination_degree"]
    assert last[found].tolist() == [199, 198, 197, 196, 195, 4, 3, 2, 1, 0]


def test_strips_are_ordered_within_groups_that_keep_their_order():
    values = pd.Series([1, 5, 3, 2, np.nan])
    assert sizes.in_strips(values, ["b", "a", "b", "a", "b"]).tolist() == [2, 0, 4, 1, 3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_tables_are_shown_by_both_ends(language):
    r = reader(made_up(), language)
    whole = pd.DataFrame({"n": [str(k) for k in range(300)], "m": "x"})
    assert shortened(whole.head(sizes.LISTED), r).equals(whole.head(sizes.LISTED))
    by_rows = shortened(whole, r)
    assert len(by_rows) == 2 * sizes.SHOWN + 1
    assert by_rows["n"].iloc[[0, 19, 21, 40]].tolist() == ["0", "19", "280", "299"]
    assert "260" in by_rows["n"].iloc[20]
    by_value = shortened(ranked(whole, (np.arange(300) * 7) % 300), r)
    assert by_value["n"].iloc[0] == str(next(k for k in range(300) if 7 * k % 300 == 299))
    assert by_value["n"].iloc[-1] == "0"


def test_marks_of_few_regions_keep_their_size():
    assert sizes.mark(42, 48) == 42
    assert sizes.mark(42, 3000) < 5
