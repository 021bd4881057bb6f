import warnings
from itertools import permutations

import esda
import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
from conftest import RAW, assert_names
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from coordination.errors import InputError
from coordination.spatial import association, permutation
from coordination.spatial.autocorrelation import analytic_moran, by_source, global_moran, local_moran, quadrants
from coordination.spatial.neighbours import inverse_distance, row_standardise

PROVINCES = ["Qinghai", "Sichuan", "Gansu", "Ningxia", "Inner Mongolia", "Shaanxi", "Shanxi", "Henan", "Shandong"]
LINKS = """\
Qinghai: Gansu, Sichuan
Sichuan: Gansu, Shaanxi
Gansu: Ningxia, Inner Mongolia, Shaanxi
Ningxia: Inner Mongolia, Shaanxi
Inner Mongolia: Shaanxi, Shanxi
Shaanxi: Shanxi, Henan
Shanxi: Henan
Henan: Shandong
"""
PUBLISHED = RAW / "yellow-river" / "published"


def table(*years, regions=PROVINCES, first=2013):
    rows = [(r, first + t, v) for t, y in enumerate(years) for r, v in zip(regions, y, strict=True)]
    return pd.DataFrame(rows, columns=["region", "year", "value"])


def ring(n, **changes):
    """Every region next to the one before and the one after; changes by position, such as `_0_1=2.0`."""
    names = [f"r{k}" for k in range(n)]
    w = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
    for place, weight in changes.items():
        w[tuple(map(int, place.strip("_").split("_")))] = weight
    return pd.DataFrame(w, names, names)


def on_ring(*years):
    return table(*years, regions=[f"r{k}" for k in range(len(years[0]))])


@pytest.fixture(scope="module")
def touching():
    """Contiguity of the nine provinces, binary."""
    w = pd.DataFrame(0.0, PROVINCES, PROVINCES)
    for line in LINKS.splitlines():
        a, _, others = line.partition(": ")
        for b in others.split(", "):
            w.loc[a, b] = w.loc[b, a] = 1.0
    assert w.to_numpy().sum() == 2 * 15
    return w


@pytest.fixture(scope="module")
def by_distance():
    """Weights 1 / d^2 between the provincial capitals, not standardised, as in the article."""
    return inverse_distance(pd.read_csv(RAW / "yellow-river" / "regions.csv", index_col="region"), 2)


@pytest.fixture(scope="module")
def printed():
    """Table 4 of the article."""
    return pd.read_csv(PUBLISHED / "table4_coordination.csv")


@pytest.fixture(scope="module")
def article(printed, by_distance):
    return global_moran(printed, "coordination_degree", by_distance, permutations=999, seed=1)


@pytest.fixture(scope="module")
def article_local(printed, by_distance):
    found = local_moran(printed, "coordination_degree", by_distance, permutations=999, seed=1)
    return found[found["year"] == 2023].set_index("region")


def builtin(attributes, neighbours, column):
    """Values and binary weights of one of libpysal's built-in examples, and libpysal's own weights."""
    y = gpd.read_file(libpysal.examples.get_path(attributes))[column].to_numpy(dtype=float)
    file = libpysal.io.open(libpysal.examples.get_path(neighbours))
    w = file.read()
    file.close()
    full, ids = w.full()
    return table(y, regions=ids), pd.DataFrame(full, ids, ids), y, w


BUILTIN = {
    "stl-HR8893": ("stl_hom.csv", "stl.gal", "HR8893"),
    "sids2-SIDR74": ("sids2.shp", "sids2.gal", "SIDR74"),
}


@pytest.mark.parametrize(
    ("example", "moran_i", "expected_i", "p"),
    [
        pytest.param("stl-HR8893", 0.243656, -0.012987, 0.000271, id="stl-HR8893"),
        pytest.param("sids2-SIDR74", 0.247725, -1 / 99, 0.000115833, id="sids2-SIDR74"),
    ],
)
def test_reference_cases(example, moran_i, expected_i, p):
    values, w, *_ = builtin(*BUILTIN[example])
    w = row_standardise(w)
    greater, less, both = (
        analytic_moran(values, "value", w, tail).iloc[0] for tail in ("greater", "less", "two-sided")
    )
    assert greater["moran_i"] == pytest.approx(moran_i, abs=5e-7)
    assert greater["expected_i"] == pytest.approx(expected_i, abs=5e-7)
    assert both["p_normality"] == pytest.approx(p, abs=5e-7)
    assert greater["p_normality"] == pytest.approx(p / 2, abs=3e-7)
    assert less["p_normality"] == pytest.approx(1 - p / 2, abs=3e-7)


@pytest.mark.parametrize("example", BUILTIN)
def test_moments_are_those_of_esda(example):
    values, w, y, own = builtin(*BUILTIN[example])
    esdas = esda.Moran(y, own, transformation="r", permutations=0)
    found = analytic_moran(values, "value", row_standardise(w), "two-sided").iloc[0]
    columns = ["moran_i", "expected_i", "z_normality", "z_randomisation", "p_normality", "p_randomisation"]
    expected = [esdas.I, esdas.EI, esdas.z_norm, esdas.z_rand, esdas.p_norm, esdas.p_rand]
    assert found[columns].tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("example", BUILTIN)
def test_local_moran_is_esdas_with_n_instead_of_n_minus_1(example):
    values, w, y, own = builtin(*BUILTIN[example])
    found = local_moran(values, "value", w, permutations=99)
    n = len(y)
    esdas = esda.Moran_Local(y, own, transformation="r", permutations=0).Is
    np.testing.assert_allclose(found["local_i"], esdas * n / (n - 1), rtol=1e-9, atol=1e-12)
    # With row-standardised weights and no islands, the mean of the local statistics is the global one.
    whole = analytic_moran(values, "value", row_standardise(w))["moran_i"].iloc[0]
    assert found["local_i"].mean() == pytest.approx(whole)


def test_exact_moran_of_nine_provinces(touching):
    values = table(range(1, 10))
    row = global_moran(values, "value", row_standardise(touching), permutations=99).iloc[0]
    assert row["moran_i"] == pytest.approx(0.6605556, abs=5e-8)
    assert row["p_exact_greater"] == pytest.approx(28 / 362880, rel=1e-12)
    assert analytic_moran(values, "value", touching)["moran_i"].iloc[0] == pytest.approx(0.45)


def test_moments_over_all_arrangements_of_nine_provinces(touching):
    z = np.arange(1, 10) - 5.0
    w = row_standardise(touching).to_numpy()
    every = permutation.rearranged([z / z.std()], permutation.quadratic(w / w.sum()), permutation.enumerated(9))
    every = np.concatenate(list(every)).ravel()
    assert len(every) == 362880
    assert every.mean() == pytest.approx(-0.125, abs=1e-12)
    assert every.var() == pytest.approx(0.0517044753, abs=5e-11)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        pytest.param("p_exact_greater", [0.0247, 0.0406, 0.0459, 0.0597, 0.0451, 0.0388], id="one-sided"),
        pytest.param("p_exact_two_sided", [0.0665, 0.0892, 0.0989, 0.1128, 0.0941, 0.0905], id="two-sided"),
    ],
)
def test_exact_p_of_the_articles_table_4(article, column, expected):
    assert article["year"].tolist() == [2013, 2015, 2017, 2019, 2021, 2023]
    assert article[column].tolist() == pytest.approx(expected, abs=5e-5)


def test_sampled_p_of_the_articles_table_4_is_near_the_exact_one(article):
    assert article["p_permutation"].tolist() == pytest.approx(article["p_exact_greater"].tolist(), abs=0.025)


def test_articles_quadrants_with_axes_at_the_means(article_local):
    expected = pd.read_csv(PUBLISHED / "figure7_quadrants_2023.csv", index_col="region")["quadrant"]
    assert len(expected) == 9
    assert article_local["quadrant_article"].to_dict() == expected.to_dict()


def test_articles_quadrants_with_axes_at_zero(article_local):
    differing = article_local[article_local["quadrant"] != article_local["quadrant_article"]]
    assert differing["quadrant"].to_dict() == {"Shaanxi": "HL", "Inner Mongolia": "LL"}


def test_lags_of_the_regions_whose_quadrant_depends_on_the_axes(article_local, printed):
    deviation = printed.loc[printed["year"] == 2023, "coordination_degree"].std(ddof=0)
    lag = article_local["lag"] * deviation  # in units of D
    assert lag[["Shaanxi", "Inner Mongolia"]].tolist() == pytest.approx([-0.012, -0.015], abs=5e-4)


distinct = st.lists(st.integers(0, 1000), min_size=5, max_size=5, unique=True)
tied = st.lists(st.integers(0, 6), min_size=6, max_size=6).filter(lambda y: len(set(y)) > 1)
weights_of_six = st.lists(st.integers(0, 3), min_size=36, max_size=36).map(
    lambda w: pd.DataFrame(np.reshape(w, (6, 6)) * ~np.eye(6, dtype=bool), list("abcdef"), list("abcdef"), float)
)


@given(distinct, st.lists(st.floats(0, 5), min_size=25, max_size=25))
def test_the_mean_over_all_arrangements_is_the_expectation(y, w):
    w = np.reshape(w, (5, 5)) * ~np.eye(5, dtype=bool)
    assume(w.sum() > 0.1)
    z = (np.array(y) - np.mean(y)) / np.std(y)
    every = np.concatenate(
        list(permutation.rearranged([z], permutation.quadratic(w / w.sum()), [permutation.arrangements(5)]))
    )
    assert every.mean() == pytest.approx(-1 / 4, abs=1e-9)


@settings(max_examples=25)
@given(tied, weights_of_six.filter(lambda w: (w.sum(axis=1) > 0).all()))
def test_global_moran_by_brute_force(y, w):
    y, n = np.array(y, dtype=float), 6
    row = global_moran(table(y, regions=w.index), "value", w, permutations=99).iloc[0]

    def moran(values):
        z = values - values.mean()
        return n / w.to_numpy().sum() * (z @ w.to_numpy() @ z) / (z @ z)

    every = np.array([moran(np.array(p)) for p in permutations(y)])
    assert row["moran_i"] == pytest.approx(moran(y), abs=1e-12)
    assert row["p_exact_greater"] == (every >= moran(y) - 1e-9).mean()
    assert row["p_exact_two_sided"] == (abs(every + 1 / 5) >= abs(moran(y) + 1 / 5) - 1e-9).mean()


@settings(max_examples=25)
@given(tied, weights_of_six.filter(lambda w: (w.sum(axis=1) > 0).all()))
def test_two_sided_local_moran_by_brute_force(y, w):
    y = np.array(y, dtype=float)
    found = local_moran(table(y, regions=w.index), "value", w, permutations=99)
    z = (y - y.mean()) / y.std()
    w = w.to_numpy() / w.to_numpy().sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found["local_i"], z * (w @ z), atol=1e-12)
    for i in range(6):
        others, row = np.delete(z, i), np.delete(w[i], i)
        every = np.array([np.dot(row, p) for p in permutations(others)])
        far = abs(w[i] @ z - others.mean()) - 1e-9
        assert found["p_exact"][i] == pytest.approx((abs(every - others.mean()) >= far).mean(), abs=1e-12)
        assert found["p_exact"][i] >= found["p_smallest"][i] - 1e-12


def test_the_tail_of_local_moran_is_on_the_regions_own_side(touching):
    y = [9.0, 8.0, 7.0, 1.0, 2.0, 3.0, 5.5, 4.0, 0.0]  # none at the mean
    tails = {t: local_moran(table(y), "value", touching, t, 99) for t in ("greater", "less", "two-sided")}
    z, w = (np.array(y) - np.mean(y)) / np.std(y), row_standardise(touching).to_numpy()
    for i in range(9):
        others, row, own = np.delete(z, i), np.delete(w[i], i), z[i] * (w[i] @ z)
        every = z[i] * permutation.conditional_lags(others, row)
        assert tails["greater"]["p_exact"][i] == (every >= own - 1e-9).mean()
        assert tails["less"]["p_exact"][i] == (every <= own + 1e-9).mean()


WITHOUT_P = ["year", "moran_i", "expected_i", "z_normality", "p_normality", "z_randomisation", "p_randomisation"]


@settings(max_examples=20)
@given(tied, weights_of_six.filter(lambda w: (w.sum(axis=1) > 0).all()), st.permutations(range(6)))
def test_the_order_of_regions_changes_nothing(y, w, order):
    values = table(y, regions=w.index)
    shuffled, renamed = values.iloc[list(order)], w.iloc[list(order), list(order)]
    for statistic in (global_moran, local_moran):
        found = statistic(values, "value", w, permutations=99, seed=2)
        # Rows of the table are matched by name.
        pd.testing.assert_frame_equal(statistic(shuffled, "value", w, permutations=99, seed=2), found)
        # Regions in another order have another sample of permutations, but the rest stays.
        again = statistic(shuffled, "value", renamed, permutations=99, seed=2)
        if statistic is local_moran:
            assert again["region"].tolist() == list(renamed.index)
            again = again.set_index("region").loc[list(w.index)].reset_index()[list(found.columns)]
        keep = [c for c in found if "permut" not in c]
        pd.testing.assert_frame_equal(again[keep], found[keep], atol=1e-9)


@settings(max_examples=30)
@given(
    tied,
    weights_of_six.filter(lambda w: (w.sum(axis=1) > 0).all()),
    st.floats(1e-3, 1e3),
    st.floats(-100, 100),
    st.sampled_from(["greater", "less", "two-sided"]),
)
def test_scaling_and_shifting_changes_no_p(y, w, scale, shift, tail):
    changed = table(scale * np.array(y) + shift, regions=w.index)
    for statistic in (global_moran, local_moran):
        found = statistic(table(y, regions=w.index), "value", w, tail, 199, 3)
        again = statistic(changed, "value", w, tail, 199, 3)
        exactly = [c for c in found if c.startswith(("p_e", "p_perm", "p_sm", "quadrant", "significant"))]
        pd.testing.assert_frame_equal(again[exactly], found[exactly], check_exact=True)
        pd.testing.assert_frame_equal(again, found, atol=1e-7)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e307], ids="{:.0e}".format)
def test_very_small_and_very_large_values_are_values_like_others(scale):
    y, w = np.array([1.0, 2.0, 3.0, 5.0, 4.0, 7.0]), ring(6)
    for statistic in (global_moran, local_moran):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = statistic(on_ring(y * scale), "value", w, permutations=99)
        pd.testing.assert_frame_equal(found, statistic(on_ring(y), "value", w, permutations=99))


def test_a_value_at_the_mean_counts_as_low_whatever_its_rounding():
    plain = local_moran(on_ring([1.0, 2.0, 3.0, 2.0]), "value", ring(4), "greater", 99)
    assert plain["quadrant"].tolist() == ["LL", "LL", "HL", "LL"]
    for factor in (0.1, 0.3, 0.7, 1.1):
        y = factor * np.array([1.0, 2.0, 3.0, 2.0])
        again = local_moran(on_ring(y), "value", ring(4), "greater", 99)
        pd.testing.assert_frame_equal(again, plain)


@pytest.mark.parametrize(("neighbours", "smallest"), [(1, 0.125), (2, 0.0357), (3, 0.0179), (4, 0.0143)], ids=str)
def test_smallest_one_sided_p_of_a_province_by_its_neighbours(touching, neighbours, smallest):
    # One year for each province, in which it and its neighbours have the highest values.
    size = np.array([1.0, 2.3, 7.1, 15.9, 33.7, 70.2, 141.1, 290.0, 591.3])
    years = [size + 1000 * (touching[name] + 2 * (touching.index == name)) for name in PROVINCES]
    found = local_moran(table(*years), "value", touching, "greater", 999).set_index(["year", "region"])
    own = found.loc[[(2013 + t, name) for t, name in enumerate(PROVINCES) if touching[name].sum() == neighbours]]
    assert len(own) >= 1
    assert own["p_smallest"].tolist() == pytest.approx([smallest] * len(own), abs=5e-5)
    assert own["p_exact"].tolist() == pytest.approx(own["p_smallest"].tolist(), rel=1e-12)
    assert own["p_permutation"].tolist() == pytest.approx([smallest] * len(own), abs=4 * np.sqrt(smallest / 1000))


@pytest.mark.parametrize("tail", ["greater", "less", "two-sided"])
def test_a_region_with_one_neighbour_is_never_below_one_eighth(touching, tail):
    rng = np.random.default_rng(0)
    found = local_moran(table(*rng.normal(size=(200, 9))), "value", touching, tail, 1999)
    shandong = found[found["region"] == "Shandong"]
    assert len(shandong) == 200
    assert shandong["p_exact"].min() == pytest.approx(1 / 8)
    assert shandong["p_permutation"].min() > 1 / 8 - 4 * np.sqrt(7 / 64 / 2000)
    assert not shandong["significant_fdr"].any()


def test_two_sided_four_of_eight_neighbours_cannot_reach_the_one_sided_smallest_p(touching):
    found = local_moran(table(range(1, 10)), "value", touching, "two-sided", 99).set_index("region")
    four = touching.sum(axis=1) == 4
    assert four.any()
    assert found["p_smallest"][four].unique() == pytest.approx([2 / 70])


@pytest.mark.parametrize("statistic", [analytic_moran, global_moran, local_moran], ids=lambda f: f.__name__)
@pytest.mark.parametrize("standardised", [False, True], ids=["binary", "row"])
def test_nothing_that_is_passed_in_is_changed(statistic, standardised):
    w = row_standardise(ring(6, _0_3=1.0)) if standardised else ring(6, _0_3=1.0)
    values = on_ring(range(1, 7), [3, 1, 4, 1, 5, 9]).sample(frac=1, random_state=1)
    w_before, values_before = w.copy(), values.copy()
    first = statistic(values, "value", w)
    pd.testing.assert_frame_equal(w, w_before)
    pd.testing.assert_frame_equal(values, values_before)
    pd.testing.assert_frame_equal(statistic(values, "value", w), first)


@pytest.mark.parametrize("statistic", [global_moran, local_moran], ids=lambda f: f.__name__)
def test_the_seed_decides_and_numpys_global_state_does_not(statistic):
    values, w = on_ring([1, 5, 2, 8, 3, 9, 4, 7, 6, 10, 12, 11]), ring(12)
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()  # noqa: NPY002
    first = statistic(values, "value", w, permutations=499, seed=5)
    after = np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]
    np.random.seed(2)  # noqa: NPY002
    pd.testing.assert_frame_equal(statistic(values, "value", w, permutations=499, seed=5), first)
    other = statistic(values, "value", w, permutations=499, seed=6)
    assert (other["p_permutation"] != first["p_permutation"]).any()
    rest = [c for c in first if "permut" not in c and c not in ("q", "significant_fdr")]
    pd.testing.assert_frame_equal(other[rest], first[rest])


def test_the_tail_is_the_studys_not_the_datas():
    alternating = on_ring([0, 1, 0, 1, 0, 1, 0, 1])
    greater, less, both = (
        global_moran(alternating, "value", ring(8), tail, 999).iloc[0] for tail in ("greater", "less", "two-sided")
    )
    assert greater["moran_i"] == pytest.approx(-1)
    for p in ("p_normality", "p_randomisation", "p_permutation", "p_exact_greater"):
        assert greater[p] > 0.99
    for p in ("p_normality", "p_randomisation", "p_permutation"):
        assert less[p] < 0.05
        assert both[p] < 0.1
    # 2 of C(8, 4) = 70 ways to place the ones alternate.
    assert both["p_exact_two_sided"] == pytest.approx(2 / 70)
    assert less["p_exact_greater"] == greater["p_exact_greater"] == 1


@pytest.mark.parametrize("n", [10, 11], ids=str)
def test_exact_p_only_up_to_ten_regions(n, monkeypatch):
    monkeypatch.setattr(permutation, "arrangements", lambda size: np.tile(np.arange(size), (2, 1)))
    row = global_moran(on_ring(np.arange(n) ** 2), "value", ring(n), permutations=99).iloc[0]
    assert row[["p_exact_greater", "p_exact_two_sided"]].notna().tolist() == [n == 10] * 2
    assert 0 < row["p_permutation"] < 1


STATISTICS = pytest.mark.parametrize(
    "statistic", [analytic_moran, global_moran, local_moran], ids=["analytic", "global", "local"]
)


@STATISTICS
@pytest.mark.parametrize(
    ("y", "found"),
    [
        pytest.param([1, 2, np.nan, 4, 5], "value in 2014: found a missing or infinite value", id="missing"),
        pytest.param([1, 2, np.inf, 4, 5], "value in 2014: found a missing or infinite value", id="infinite"),
        pytest.param([1, 2, -np.inf, 4, 5], "value in 2014: found a missing or infinite value", id="minus-infinite"),
        pytest.param([0.1] * 5, "value in 2014: found the same value in all regions", id="constant"),
        pytest.param([0.0] * 5, "value in 2014: found the same value in all regions", id="zero"),
        pytest.param(
            [0.3, 0.1 + 0.2] * 2 + [0.3],
            "found values that differ by less than 1e-12 of the largest, 0.3; expected differences beyond the rounding",
            id="constant-but-for-rounding",
        ),
    ],
)
def test_values_that_have_no_autocorrelation(statistic, y, found):
    with pytest.raises(InputError) as caught:
        statistic(on_ring([1, 2, 3, 4, 5], y), "value", ring(5))
    assert_names(str(caught.value), found, "expected")


@STATISTICS
@pytest.mark.parametrize("n", [1, 2, 3], ids=str)
def test_fewer_than_four_regions(statistic, n):
    with pytest.raises(InputError) as caught:
        statistic(on_ring(range(1, n + 1)), "value", ring(n))
    assert_names(str(caught.value), f"spatial weights: found {n} regions", "at least 4")


@STATISTICS
@pytest.mark.parametrize(
    ("w", "found"),
    [
        pytest.param(ring(5, _0_1=-1.0), "a negative weight", id="negative"),
        pytest.param(ring(5, _2_2=1.0), "a region that is its own neighbour", id="self"),
        pytest.param(ring(5, _0_1=np.inf), "a missing or infinite weight", id="infinite"),
        pytest.param(ring(5, _0_1=np.nan), "a missing or infinite weight", id="missing"),
        pytest.param(0 * ring(5), "no weight above 0", id="nothing-but-islands"),
    ],
)
def test_weights_that_are_refused_and_left_alone(statistic, w, found):
    before = w.copy()
    with pytest.raises(InputError) as caught:
        statistic(on_ring([1, 2, 3, 4, 6]), "value", w)
    assert_names(str(caught.value), f"spatial weights: found {found}; expected finite weights", "0 on the diagonal")
    pd.testing.assert_frame_equal(w, before)


@STATISTICS
@pytest.mark.parametrize(
    ("rename", "columns", "found"),
    [
        pytest.param({"r2": "elsewhere"}, None, "regions that do not match: elsewhere, r2", id="another-region"),
        pytest.param({}, ["r0", "r1", "r2", "r4", "r3"], "another order of columns", id="another-order"),
        pytest.param({}, ["r0", "r1", "r2", "r3", "x"], "regions that do not match: r4, x", id="another-column"),
    ],
)
def test_regions_that_do_not_match_the_weights(statistic, rename, columns, found):
    values = on_ring([1, 2, 3, 4, 6]).replace({"region": rename})
    with pytest.raises(InputError) as caught:
        statistic(values, "value", ring(5).set_axis(columns or ring(5).columns, axis=1))
    assert_names(str(caught.value), found)


@STATISTICS
def test_weights_without_names_are_refused(statistic):
    with pytest.raises(InputError, match=r"found a ndarray; expected a DataFrame, with the regions' names"):
        statistic(on_ring([1, 2, 3, 4, 6]), "value", ring(5).to_numpy())


@STATISTICS
def test_a_region_that_stands_twice_in_the_weights(statistic):
    names = ["r0", "r1", "r2", "r3", "r3"]
    with pytest.raises(InputError) as caught:
        statistic(on_ring([1, 2, 3, 4]), "value", ring(5).set_axis(names, axis=0).set_axis(names, axis=1))
    assert_names(str(caught.value), "spatial weights: found r3 more than once", "every region in one row")


@STATISTICS
def test_a_region_that_is_missing_in_one_year(statistic):
    values = on_ring([1, 2, 3, 4, 6], [2, 3, 4, 5, 7]).drop(index=7)
    with pytest.raises(InputError) as caught:
        statistic(values, "value", ring(5))
    assert_names(str(caught.value), "value in 2014: found a missing")


@STATISTICS
def test_a_region_that_stands_twice(statistic):
    values = on_ring([1, 2, 3, 4, 6], [2, 3, 4, 5, 7])
    with pytest.raises(InputError) as caught:
        statistic(pd.concat([values, values.iloc[[7]]]), "value", ring(5))
    assert_names(str(caught.value), "value in 2014: found r2 more than once", "remove a row")


def test_rows_in_another_order_are_not_misaligned(touching):
    """A plain Series in another order than the weights would be matched by position."""
    values = table([1, 2, 3, 4, 5, 6, 7, 8, 9])
    by_position = esda.Moran(
        values.sort_values("region")["value"].to_numpy(float),
        libpysal.weights.full2W(touching.to_numpy(), ids=PROVINCES),
        transformation="B",
        permutations=0,
    ).I
    found = analytic_moran(values.sort_values("region"), "value", touching)["moran_i"].iloc[0]
    assert found == pytest.approx(analytic_moran(values, "value", touching)["moran_i"].iloc[0])
    assert abs(found - by_position) > 0.05


def with_island():
    names = [f"r{k}" for k in range(7)]
    return ring(6).reindex(index=names, columns=names, fill_value=0.0)


@pytest.mark.parametrize("tail", ["greater", "less", "two-sided"])
def test_an_island_has_no_local_autocorrelation(tail):
    found = local_moran(on_ring([1, 2, 4, 8, 16, 32, 1000]), "value", with_island(), tail, 199)
    assert not found.drop(columns="z_i").isna().any(axis=None)
    assert found["z_i"].isna().tolist() == [False] * 6 + [True]
    island = found.iloc[6]
    assert island[["lag", "local_i"]].tolist() == [0, 0]
    assert island[["quadrant", "quadrant_article"]].tolist() == ["none", "none"]
    assert island[["p_permutation", "p_exact", "p_smallest"]].tolist() == [1, 1, 1]
    assert not island["significant_fdr"]
    assert set(found["quadrant"][:6]) <= {"HH", "LH", "LL", "HL"}
    assert found[["p_permutation", "p_exact"]].to_numpy().max() <= 1


def test_the_mean_of_the_lags_leaves_islands_out():
    found = local_moran(on_ring([1, 2, 4, 8, 16, 32, 1000]), "value", with_island(), permutations=99)
    up = found["lag"][:6].mean()
    expected = quadrants(found["z"][:6], found["lag"][:6], up=up)
    assert found["quadrant_article"][:6].tolist() == expected.tolist()
    assert abs(up - found["lag"].mean()) > 0.01


def test_global_moran_with_an_island_by_hand():
    y, w = np.array([1, 2, 4, 8, 16, 32, 1000.0]), with_island().to_numpy()
    z = y - y.mean()
    row = global_moran(on_ring(y), "value", with_island(), permutations=99).iloc[0]
    assert row["moran_i"] == pytest.approx(7 / w.sum() * (z @ w @ z) / (z @ z))
    assert row.notna().all()
    assert row["expected_i"] == pytest.approx(-1 / 6)


@pytest.mark.parametrize("significance", [0.05, 0.2], ids=str)
def test_false_discovery_rate(touching, significance):
    rng = np.random.default_rng(8)
    years = [np.sort(rng.normal(size=9)) + rng.normal(scale=0.5, size=9) for _ in range(12)]
    found = local_moran(table(*years), "value", touching, "two-sided", 99, significance=significance)
    declared = []
    for _, own in found.groupby("year"):
        p = own["p_exact"].to_numpy()
        assert own["significant_fdr"].tolist() == (false_discovery_control(p) <= significance).tolist()
        below = np.flatnonzero(np.sort(p) <= significance * np.arange(1, 10) / 9)  # Benjamini and Hochberg, by hand
        count = below.max() + 1 if len(below) else 0
        assert own["significant_fdr"].sum() == count
        declared.append(count)
    assert (max(declared) > 0) == (significance == 0.2)


def test_a_rate_at_the_level_is_significant(touching):
    y = table(np.random.default_rng(8).normal(size=9))
    for statistic, q in (
        (local_moran, lambda t: t["q"]),
        (association.hot_spots, lambda t: false_discovery_control(t["p"])),
    ):
        level = np.sort(q(statistic(y, "value", touching)))[3]
        found = statistic(y, "value", touching, significance=level)
        assert found["significant_fdr"].sum() >= 4
        below = statistic(y, "value", touching, significance=np.nextafter(level, 0))
        assert below["significant_fdr"].sum() < found["significant_fdr"].sum()


def test_false_discovery_rate_uses_the_sampled_p_where_none_is_exact():
    y = np.concatenate([np.zeros(15), np.ones(15)]) + np.linspace(0, 0.01, 30)
    names = [f"r{k}" for k in range(30)]
    near = 1 / (1 + np.abs(np.subtract.outer(np.arange(30), np.arange(30)))) ** 2 * ~np.eye(30, dtype=bool)
    found = local_moran(on_ring(y), "value", pd.DataFrame(near, names, names), permutations=1999)
    assert found["p_exact"].isna().all()
    assert found["p_smallest"].tolist() == [1 / 2000] * 30
    expected = false_discovery_control(found["p_permutation"]) <= 0.05
    assert found["significant_fdr"].tolist() == expected.tolist()
    assert 0 < expected.sum() < 30


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        pytest.param({}, ["HH", "LH", "LL", "HL", "LL"], id="at-zero"),
        pytest.param({"across": -2.0}, ["HH", "HH", "HL", "HL", "HL"], id="moved-left"),
        pytest.param({"up": -2.0}, ["HH", "LH", "LH", "HH", "LH"], id="moved-down"),
        pytest.param({"across": 1.0, "up": 1.0}, ["LL", "LL", "LL", "LL", "LL"], id="on-the-axis-is-low"),
    ],
)
def test_quadrants(axes, expected):
    assert quadrants([1, -1, -1, 1, 0], [1, 1, -1, -1, 0], **axes).tolist() == expected


def test_by_source_puts_the_tables_together():
    first, second = on_ring([1, 2, 3, 4, 6]), on_ring([6, 1, 5, 2, 4])
    found = by_source(
        local_moran, {"data": first, "published": None, "other": second}, "value", ring(5), permutations=99
    )
    assert list(found.columns[:3]) == ["year", "source", "region"]
    assert found["source"].tolist() == ["data"] * 5 + ["other"] * 5
    again = local_moran(second, "value", ring(5), permutations=99)
    pd.testing.assert_frame_equal(found[5:].drop(columns="source").reset_index(drop=True), again)


def test_size_of_the_exact_tests_on_null_data(by_distance):
    rng = np.random.default_rng(20)
    nulls, w = rng.normal(size=(200, 9)), by_distance.to_numpy() / by_distance.to_numpy().sum()
    z = (nulls - nulls.mean(axis=1, keepdims=True)) / nulls.std(axis=1, keepdims=True)
    found = permutation.exact_global(z, w, np.einsum("mi,ij,mj->m", z, w, z), -1 / 8)
    error = np.sqrt(0.05 * 0.95 / 200)
    for tail in ("greater", "less", "two-sided"):
        assert 0 < (found[tail] <= 0.05).mean() <= 0.05 + 2 * error


@pytest.mark.parametrize("tail", ["greater", "two-sided"])
def test_size_of_the_exact_local_tests_on_null_data(touching, tail):
    rng = np.random.default_rng(21)
    found = local_moran(table(*rng.normal(size=(300, 9))), "value", touching, tail, 99)
    rejected = (found["p_exact"] <= 0.05).groupby(found["region"]).mean()
    error = np.sqrt(0.05 * 0.95 / 300)
    assert (rejected <= 0.05 + 3 * error).all()
    assert 0 < rejected.mean() <= 0.05
    assert rejected["Shandong"] == 0
