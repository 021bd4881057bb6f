import pandas as pd
import pytest
from made_up import made_up, moving
from presented import IN_TABLES, PERIODS, SHAPES, assert_of_periods, assert_readable, cells, public
from presented import laid_out as laid_out_of

# What the notebook hands to every layout.
TABLES = {
    "sigma_convergence": lambda m: (moving(m).sigma,),
    "beta_convergence": lambda m: (moving(m).beta,),
    "inequality": lambda m: (moving(m).inequality,),
    "transitions": lambda m: (moving(m).chains.tables["levels"],),
}


def laid_out(name, language, made=None, data=None):
    made = made or made_up()
    return laid_out_of("dynamics", name, language, made, *(data or TABLES[name](made)))


def test_every_layout_is_tested_here():
    assert set(public("dynamics", "tables")) == set(TABLES)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("shape", IN_TABLES)
def test_readers_see_words_in_their_language(shape, name, language):
    assert_readable(laid_out(name, language, made_up(**SHAPES[shape])), language)


@pytest.mark.parametrize("name", TABLES)
def test_the_tidy_table_is_not_changed(name):
    table, *more = TABLES[name](made_up())
    before = table.copy()
    laid_out(name, "zh", data=(table, *more))
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("name", TABLES)
def test_tables_call_periods_with_labels_not_years(name):
    made = made_up(**PERIODS)
    for language in ("en", "zh"):
        for cell in cells(laid_out(name, language, made)):
            assert_of_periods(cell)
