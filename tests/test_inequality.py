import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coordination import inequality
from coordination.errors import InputError

GROUPS = [0, 0, 0, 1, 1, 1, 2, 2]
VALUES = [1, 2, 3, 2, 4, 6, 5, 7]

cases = st.integers(2, 9).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(0, 1e6), min_size=n, max_size=n), st.lists(st.integers(0, 3), min_size=n, max_size=n)
    )
)


def test_dagums_parts_of_a_known_case():
    found = inequality.dagum(VALUES, GROUPS)
    expected = {"gini": 0.3, "within": 0.058333, "net_between": 0.225, "transvariation": 0.016667}
    assert found.round(6).to_dict() == expected


def test_theil_of_a_known_case():
    found = inequality.theil([0, 0, 0, 10, 10, 10], [0, 0, 0, 1, 1, 1])
    assert found.round(6).to_dict() == {"total": 0.693147, "within": 0.0, "between": 0.693147}


def test_gini_by_its_definition():
    y = np.array([0.0, 1.0, 4.0, 4.0, 9.0])
    assert inequality.gini(y) == pytest.approx(np.abs(y[:, None] - y).sum() / (2 * 25 * y.mean()))
    assert inequality.gini([5, 5, 5]) == 0
    assert inequality.gini([0, 0, 0, 7]) == pytest.approx(0.75)


def test_theil_l_by_hand():
    found = inequality.theil([1, 1, 4], ["a", "a", "b"], "L")
    assert found["total"] == pytest.approx(np.log(2) - np.log(4) / 3)
    assert found["within"] == pytest.approx(0)


@given(cases)
def test_parts_add_up_and_dagums_total_is_gini(case):
    y, groups = case
    assume(sum(y) > 1e-3)
    found = inequality.dagum(y, groups)
    assert found["gini"] == pytest.approx(inequality.gini(y), abs=1e-9)
    assert found["gini"] == pytest.approx(found[["within", "net_between", "transvariation"]].sum(), abs=1e-12)
    assert found.min() >= -1e-12
    for kind in ("T", "L"):
        if kind == "T" or min(y) > 1e-6:
            parts = inequality.theil(y, groups, kind)
            assert parts["total"] == pytest.approx(inequality.theil(y, None, kind)["total"], abs=1e-9)
            assert parts.min() >= -1e-9


@given(cases, st.floats(0.01, 100))
def test_units_do_not_matter(case, factor):
    y, groups = case
    assume(sum(y) > 1e-3)
    scaled = [factor * v for v in y]
    np.testing.assert_allclose(inequality.dagum(scaled, groups), inequality.dagum(y, groups), atol=1e-9)
    np.testing.assert_allclose(inequality.theil(scaled, groups), inequality.theil(y, groups), atol=1e-9)


def test_one_group_has_everything_within():
    assert inequality.dagum(VALUES, ["a"] * 8)["net_between"] == 0
    assert inequality.theil(VALUES, ["a"] * 8)["between"] == 0
    assert inequality.between_test(VALUES, ["a"] * 8) == (1.0, True)


def test_pairs_hold_the_ginis_within_and_between():
    found = inequality.pairs(VALUES, GROUPS)
    assert found.equals(found.T)
    assert found.loc[0, 0] == pytest.approx(inequality.gini([1, 2, 3]))
    assert found.loc[0, 2] == pytest.approx(4 / 8)


def test_assignments_are_all_of_them_once():
    rows, every = inequality.assignments(["a", "a", "b", "c"])
    assert every
    assert len(rows) == len({tuple(r) for r in rows}) == 12
    assert rows[0].tolist() == [0, 0, 1, 2]
    drawn, every = inequality.assignments(np.repeat(range(6), 8), draws=99, seed=1)
    assert not every
    assert len(drawn) == 100
    assert (np.sort(drawn, axis=1) == np.sort(drawn[0])).all()


def test_p_of_groups_that_could_not_differ_more_is_one_over_the_assignments():

    p, exact = inequality.between_test([1, 1, 1, 9, 9, 9], [0, 0, 0, 1, 1, 1])
    assert exact
    assert p == pytest.approx(2 / 20)


def test_by_year_gives_a_row_a_year():
    table = pd.DataFrame({"region": list("abcdefgh") * 2, "year": [2001] * 8 + [2002] * 8, "d": VALUES + [3] * 8})
    found = inequality.by_year(table, "d", pd.Series(GROUPS, list("abcdefgh")))
    assert found["year"].tolist() == [2001, 2002]
    assert found["gini"].tolist() == pytest.approx([0.3, 0.0])
    assert found["variation"].tolist() == pytest.approx([np.std(VALUES) / np.mean(VALUES), 0.0])
    assert found["p_between"].iloc[1] == 1.0
    assert found["exact"].all()


def test_a_zero_leaves_theil_l_undefined():
    table = pd.DataFrame({"region": list("ab"), "year": 2001, "d": [0.0, 1.0]})
    found = inequality.by_year(table, "d", pd.Series([0, 1], list("ab"))).iloc[0]
    assert np.isnan(found["theil_l"])
    assert found["theil_t"] == pytest.approx(np.log(2))
    with pytest.raises(InputError, match="positive ones"):
        inequality.theil([0, 1], kind="L")


@pytest.mark.parametrize("values", [[], [1, np.nan], [1, np.inf], [-1, 2], [0, 0]], ids=str)
@pytest.mark.parametrize("measure", [inequality.gini, inequality.theil, lambda y: inequality.dagum(y, range(len(y)))])
def test_values_that_have_no_inequality_are_refused(values, measure):
    with pytest.raises(InputError):
        measure(values)
