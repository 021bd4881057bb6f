import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import t

from coordination.dynamics import inequality
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
    assert inequality.between_test([VALUES], ["a"] * 8) == (1.0, True)


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

    p, exact = inequality.between_test([[1, 1, 1, 9, 9, 9]], [0, 0, 0, 1, 1, 1])
    assert exact
    assert p == pytest.approx(2 / 20)


def in_years(*years):
    """A table of regions a, b, ... by year, and their groups."""
    regions = list("abcdefgh")[: len(years[0])]
    rows = [(r, 2001 + t, v) for t, values in enumerate(years) for r, v in zip(regions, values, strict=True)]
    return pd.DataFrame(rows, columns=["region", "year", "d"]), pd.Series(GROUPS[: len(regions)], regions)


def test_inequality_of_every_variable_year_and_measure():
    table, groups = in_years(VALUES, [3] * 8)
    found = inequality.by_variable({"x": table, "y": table.rename(columns={"d": "e"})}, groups)
    assert list(found.columns) == ["variable", "year", "measure", "value", "low", "high"]
    assert (
        found.groupby(["variable", "year"], sort=False)["measure"].agg(list).tolist()
        == [[*inequality.MEASURES, "p_between"]] * 4
    )
    value = found.set_index(["variable", "year", "measure"])["value"]
    assert value["x", 2001, "gini"] == pytest.approx(0.3)
    assert value["x", 2001, "variation"] == pytest.approx(np.std(VALUES) / np.mean(VALUES))
    assert value["x", 2001, "p_between"] == inequality.between_test([VALUES], GROUPS)[0][0]
    assert (value["x", 2002].drop("p_between") == 0).all()
    assert value["x", 2002, "p_between"] == 1
    assert value["y"].equals(value["x"])
    assert found.loc[found["measure"] == "p_between", ["low", "high"]].isna().all(axis=None)


def test_a_zero_leaves_theil_l_undefined():
    found = inequality.measures([0.0, 1.0], [0, 1])
    assert found[["theil_l", "theil_l_within", "theil_l_between"]].isna().all()
    assert found["theil_t"] == pytest.approx(np.log(2))
    with pytest.raises(InputError, match="positive ones"):
        inequality.theil([0, 1], kind="L")


def test_nothing_at_all_has_no_inequality():
    table, groups = in_years([0.0] * 4, [1.0, 0, 0, 0])
    found = inequality.by_variable({"x": table}, groups).set_index(["year", "measure"])["value"]
    assert found[2001].isna().all()
    assert found[2002, "gini"] == pytest.approx(0.75)


def test_jackknife_of_a_mean_like_measure_is_its_standard_error():
    # The coefficient of variation's jackknife, by the definition of Efron and Stein
    y = np.array([1.0, 2, 3, 2, 4, 6, 5, 7])
    found = inequality.jackknife(y, GROUPS).loc["variation"]
    without = [np.delete(y, i).std() / np.delete(y, i).mean() for i in range(8)]
    error = np.sqrt(7 / 8 * sum((v - np.mean(without)) ** 2 for v in without))
    assert found["high"] - found["value"] == pytest.approx(1.894579 * error)  # t with 7 degrees of freedom, 95 %
    assert found["value"] - found["low"] == pytest.approx(1.894579 * error)


@given(cases)
def test_intervals_hold_their_value_and_do_not_go_below_zero(case):
    y, groups = case
    assume(sorted(y)[-2] > 1e-3)
    found = inequality.jackknife(y, groups)
    assert list(found.index) == inequality.MEASURES
    known = found.dropna()
    assert (known["low"] <= known["value"].clip(lower=0) + 1e-9).all()
    assert (known["high"] >= known["value"] - 1e-9).all()
    assert (known["low"] >= 0).all()
    assert len(known) == 0 if len(y) < 4 else "gini" in known.index


@given(cases, st.sampled_from([0, 1e-9, 1, 1e9]))
def test_the_jackknife_is_that_of_leaving_out_one_by_one(case, shift):
    y, groups = np.array(case[0]) + shift, np.array(case[1])
    assume(len(y) >= 4 and y.any() and not ((y > 0) & (y < 1e-100)).any())
    each = [inequality.measures(np.delete(y, i), np.delete(groups, i)) for i in range(len(y))]
    n, each = len(y), np.array(each)
    error = np.sqrt((n - 1) / n * ((each - each.mean(axis=0)) ** 2).sum(axis=0))
    found = inequality.jackknife(y, groups, level=0.5)
    np.testing.assert_allclose(found["value"], inequality.measures(y, groups), atol=1e-15)
    np.testing.assert_allclose(found["high"] - found["value"], t.ppf(0.75, n - 1) * error, rtol=0, atol=1e-12)


def test_many_variables_are_judged_by_the_same_assignments(monkeypatch):
    rng = np.random.default_rng(3)
    groups, y = rng.integers(0, 5, 40), rng.integers(0, 4, (6, 40))
    codes, exact = inequality.assignments(groups, 199, 7)
    assert not exact
    expected = []
    for row in y:
        between = np.array([inequality.theil(row, labels)["between"] for labels in codes])
        expected.append((between >= between[0] - 1e-9).mean())
    assert len(set(expected)) == 6
    monkeypatch.setattr(inequality, "BATCH", 40 * 30)
    found, exact = inequality.between_test(y, groups, 199, 7)
    np.testing.assert_array_equal(found, expected)
    assert not exact


@pytest.mark.parametrize("values", [[], [1, np.nan], [1, np.inf], [-1, 2], [0, 0]], ids=str)
@pytest.mark.parametrize("measure", [inequality.gini, inequality.theil, lambda y: inequality.dagum(y, range(len(y)))])
def test_values_that_have_no_inequality_are_refused(values, measure):
    with pytest.raises(InputError):
        measure(values)
