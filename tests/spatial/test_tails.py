"""Every p follows the tail that the study fixed beforehand: held against all arrangements, one by one."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import made_up

from coordination.errors import InputError
from coordination.sections import exact_column, p_columns
from coordination.spatial import neighbours
from coordination.spatial.association import geary
from coordination.spatial.autocorrelation import global_moran, local_moran, standardised
from coordination.spatial.permutation import doubled

SIX = list("abcdef")
ROUNDED = st.lists(st.integers(0, 5), min_size=6, max_size=6).filter(lambda y: len(set(y)) > 1)


def long(y, regions=SIX):
    return pd.DataFrame({"region": regions, "year": 2001, "value": np.asarray(y, dtype=float)})


def some_weights(seed=1, n=6):
    w = np.random.default_rng(seed).random((n, n)).round(2)
    np.fill_diagonal(w, 0)
    return pd.DataFrame(w, list("abcdefghij")[:n], list("abcdefghij")[:n])


def by_hand(y, w):
    """Moran's I under every arrangement, by its definition."""

    def moran(x):
        z = np.asarray(x, dtype=float) - np.mean(x)
        return len(x) / w.sum() * (z @ w @ z) / (z @ z)

    return moran(y), np.array([moran(x) for x in permutations(y)])


@settings(max_examples=15, deadline=None)
@given(ROUNDED)
def test_exact_p_of_both_tails_add_up_to_one_and_the_ties(y):
    w = some_weights()
    row = global_moran(long(y), "value", w, permutations=99).iloc[0]
    own, every = by_hand(y, w.to_numpy())
    ties = (abs(every - own) <= 1e-9).mean()
    assert row["p_exact_greater"] == pytest.approx((every >= own - 1e-9).mean())
    assert row["p_exact_less"] == pytest.approx((every <= own + 1e-9).mean())
    assert row["p_exact_greater"] + row["p_exact_less"] == pytest.approx(1 + ties)
    assert row["p_exact_doubled"] == pytest.approx(min(1, 2 * min(row["p_exact_greater"], row["p_exact_less"])))
    far = abs(every + 1 / 5) >= abs(own + 1 / 5) - 1e-9
    assert row["p_exact_two_sided"] == pytest.approx(far.mean())


def test_the_two_definitions_agree_where_the_distribution_is_symmetric():
    p = {"greater": np.array([0.02, 0.5, 0.99]), "less": np.array([0.99, 0.6, 0.03])}
    np.testing.assert_allclose(doubled(p), [0.04, 1, 0.06])


def test_moments_of_the_permutations_are_those_of_all_arrangements():
    y, w = [1, 2, 4, 8, 16, 3], some_weights()
    row = global_moran(long(y), "value", w, permutations=20_000, seed=3).iloc[0]
    _, every = by_hand(y, w.to_numpy())
    assert every.mean() == pytest.approx(-1 / 5)
    assert row["permutation_mean"] == pytest.approx(every.mean(), abs=4 * every.std() / np.sqrt(20_000))
    assert row["permutation_sd"] == pytest.approx(every.std(), rel=0.03)


@pytest.mark.parametrize("tail", ["greater", "less", "two-sided"])
def test_a_whole_study_follows_its_tail(tail):
    made = made_up(tail=tail)
    w = neighbours.build(made.study.spatial_weights, made.regions)
    data = made.moran[made.moran["source"] == "data"].set_index("year")
    for year, own in made.coordination.groupby("year"):
        y = own.set_index("region").loc[made.regions.index, "coordination_degree"].to_numpy()
        i, every = by_hand(y, w.to_numpy())
        beyond = {
            "greater": every >= i - 1e-9,
            "less": every <= i + 1e-9,
            "two-sided": abs(every + 0.25) >= abs(i + 0.25) - 1e-9,
        }
        for name, those in beyond.items():
            assert data.loc[year, exact_column(name)] == pytest.approx(those.mean())
        assert data.loc[year, "p_permutation"] == pytest.approx(beyond[tail].mean(), abs=0.2)  # of 99
        normal = {"greater": lambda z: z, "less": lambda z: -z, "two-sided": lambda z: -abs(z)}[tail]
        side = data.loc[year, "p_randomisation"] <= 0.5 if tail != "two-sided" else None
        assert side is None or side == (normal(data.loc[year, "z_randomisation"]) >= 0)
    assert p_columns(tail)[2] == exact_column(tail)
    assert len(p_columns(tail)) == (4 if tail == "two-sided" else 5)


@pytest.mark.parametrize("tail", ["greater", "less"])
def test_geary_mirrors_the_tail_of_moran(tail):
    y, w = [1, 2, 4, 8, 16, 3], some_weights()
    w = (w + w.T) / 2
    found = geary(long(y), "value", w, tail=tail, permutations=99).iloc[0]
    x = np.array(list(permutations(y)), dtype=float)
    every = (w.to_numpy() * (x[:, :, None] - x[:, None, :]) ** 2).sum(axis=(1, 2))  # rises as C does
    own = (w.to_numpy() * np.subtract.outer(y, y) ** 2).sum()
    alike = (every <= own + 1e-9).mean() if tail == "greater" else (every >= own - 1e-9).mean()
    assert found["p"] == pytest.approx(alike)


def conditional(y, w, i):
    """Local I of a region under every arrangement of the others."""
    z = (np.asarray(y, dtype=float) - np.mean(y)) / np.std(y)
    row = np.delete(w[i] / w[i].sum(), i)
    return z[i] * np.array([row @ np.array(x) for x in permutations(np.delete(z, i))])


@pytest.mark.parametrize("y", [[1, 2, 4, 8, 16, 3], [5, 5, 1, 0, 0, 2], [-3, -2, 9, 9, 1, 0]])
def test_moments_and_tails_of_local_moran_are_those_of_all_arrangements(y):
    w = some_weights(2)
    found = local_moran(long(y), "value", w, permutations=99)
    for i, row in found.iterrows():
        every = conditional(y, w.to_numpy(), i)
        assert row["expected_i"] == pytest.approx(every.mean(), abs=1e-12)
        assert row["variance_i"] == pytest.approx(every.var(), abs=1e-12)
        assert row["z_i"] == pytest.approx((row["local_i"] - every.mean()) / every.std())
        assert row["p_exact_greater"] == pytest.approx((every >= row["local_i"] - 1e-9).mean())
        assert row["p_exact_less"] == pytest.approx((every <= row["local_i"] + 1e-9).mean())
        far = abs(every - every.mean()) >= abs(row["local_i"] - every.mean()) - 1e-9
        assert row["p_exact"] == pytest.approx(far.mean())
    assert (found["significant_fdr"] == (found["q"] <= 0.05)).all()
    assert (found["q"] >= found["p_exact"] - 1e-12).all()
    order = found.sort_values("p_exact")
    assert order["q"].is_monotonic_increasing


# What a computer does to large and small numbers


@settings(max_examples=20, deadline=None)
@given(ROUNDED, st.sampled_from([1e6, -1e6, 1e9, -1e11]))
def test_what_all_regions_have_in_common_changes_nothing(y, common):
    w = some_weights()
    own, moved = (global_moran(long(v), "value", w, permutations=99) for v in (y, np.add(y, common)))
    pd.testing.assert_frame_equal(own, moved, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("unit", [1e-300, 1e-9, -1.0, 1e9, 1e300])
def test_units_and_signs_change_nothing(unit):
    y, w = np.array([1, 2, 4, 8, 16, 3.0]), some_weights()
    own, scaled = (global_moran(long(v), "value", w, permutations=99) for v in (y, y * unit))
    pd.testing.assert_frame_equal(own, scaled, rtol=1e-9, atol=1e-12)
    local, other = (local_moran(long(v), "value", w, permutations=99) for v in (y, y * abs(unit)))
    pd.testing.assert_frame_equal(local, other, rtol=1e-9, atol=1e-12)


def test_relabelled_years_change_nothing_but_their_names():
    y, w = [1, 2, 4, 8, 16, 3], some_weights()
    own, later = (global_moran(long(y).assign(year=t), "value", w, permutations=99) for t in (2001, 1850))
    pd.testing.assert_frame_equal(own.drop(columns="year"), later.drop(columns="year"))


@pytest.mark.parametrize("base", [1e15, -3e15])
def test_differences_that_may_be_rounding_are_refused_in_true_words(base):
    with pytest.raises(InputError) as caught:
        global_moran(long(base + np.array([0, 1, 2, 0, 1, 2])), "value", some_weights(), permutations=99)
    assert "found values that differ by less than 1e-12 of the largest" in str(caught.value)
    assert "subtract what all regions have in common" in str(caught.value)


def test_standard_values_of_extreme_numbers_are_right():
    y = np.array([[0, 1, 2, 0, 1, 2.0]])
    for moved in (y + 1e15, y * 1e307, y * 5e-324, (y - 1) * 1.7e308, y * 1e-200):
        np.testing.assert_allclose(standardised(moved), standardised(y), atol=1e-15)
