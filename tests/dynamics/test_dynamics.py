from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libpysal import examples
from libpysal.io import open as open_gal
from made_up import made_up
from scipy import stats
from statsmodels.regression.linear_model import OLS

from coordination.dynamics import convergence, distribution, mobility
from coordination.errors import InputError
from coordination.spatial.autocorrelation import QUADRANTS, quadrants
from coordination.spatial.neighbours import row_standardise

NAMES = list("abcdefghijklmnopqrstuvwxyz")


def elapsed(first, last):
    return last - first


def table(values, years=None, regions=NAMES):
    """A tidy table of an array with regions in rows."""
    values = np.asarray(values, dtype=float)
    years = years or range(2001, 2001 + values.shape[1])
    wide = pd.DataFrame(values, list(regions)[: len(values)], list(years)).rename_axis(index="region", columns="year")
    return wide.stack().rename("d").reset_index()


def one_group(n):
    return pd.Series("g", NAMES[:n])


def paths(n=6, m=8, seed=0, rho=0.6):
    rng = np.random.default_rng(seed)
    logs = rng.normal(size=(n, m))
    for t in range(1, m):
        logs[:, t] = rho * logs[:, t - 1] + 0.05 * t + 0.3 * logs[:, t]
    return np.exp(0.3 * logs - 1)


@cache
def incomes():
    """Incomes of 48 states, 1929 to 2009, and who borders on whom, as in giddy's documentation."""
    income = pd.read_csv(examples.get_path("usjoin.csv")).set_index("Name")[[str(y) for y in range(1929, 2010)]]
    neighbours = open_gal(examples.get_path("states48.gal")).read()
    weights = pd.DataFrame(0.0, income.index, income.index)
    for i, linked in neighbours.neighbors.items():
        weights.iloc[int(i), [int(j) for j in linked]] = 1.0
    return income.astype(float), weights


# Distribution


def test_density_is_scipys_with_silvermans_bandwidth():
    y = np.array([0.2, 0.3, 0.35, 0.6, 0.9])
    found = distribution.density(table(y[:, None]), "d", points=50)
    width = (4 / 15) ** 0.2 * y.std(ddof=1)
    assert found["bandwidth"].iloc[0] == pytest.approx(width)
    by_hand = stats.norm.pdf((found["x"].to_numpy()[:, None] - y) / width).mean(axis=1) / width
    np.testing.assert_allclose(found["density"], by_hand)
    assert np.trapezoid(found["density"], found["x"]) == pytest.approx(1, abs=0.01)


def test_years_share_a_grid_and_a_constant_year_has_no_density():
    found = distribution.density(table([[0.1, 0.4], [0.3, 0.4], [0.2, 0.4]]), "d")
    first, second = (own.reset_index(drop=True) for _, own in found.groupby("year"))
    assert first["x"].equals(second["x"])
    assert second["density"].isna().all()
    assert set(second["bandwidth"]) == {0.0}
    tops = distribution.peaks(found)
    assert tops["peaks"].tolist() == [1, 1]
    assert np.isnan(tops["height"].iloc[1])


@pytest.mark.parametrize("values", [[[0.4, 0.4], [0.4, 0.4]], [[0.7]], [[0.0], [0.0]]], ids=["constant", "one", "zero"])
def test_a_study_without_variation_has_a_grid_all_the_same(values):
    found = distribution.density(table(values), "d")
    assert np.ptp(found["x"]) > 0
    assert found["density"].isna().all()


def test_peaks_of_two_groups_far_apart():
    y = [[0.1], [0.11], [0.12], [0.13], [0.8], [0.81], [0.82]]
    (row,) = distribution.peaks(
        distribution.density(table(np.repeat(y, 5, axis=0), regions=[*NAMES, *map(str, range(9))]), "d")
    ).to_dict("records")
    assert row["peaks"] == 2
    assert row["peak"] == pytest.approx(0.115, abs=0.03)


# Convergence


@pytest.mark.parametrize(("n", "count", "exact"), [(3, 8, True), (12, 4096, True), (13, 100, False)])
def test_signs_are_all_or_drawn_with_the_observed_ones_first(n, count, exact):
    ways, every = convergence.signs(n, draws=99, seed=1)
    assert (ways.shape, every) == ((count, n), exact)
    assert (ways[0] == 1).all()
    assert set(np.unique(ways)) == {-1.0, 1.0}
    if exact:
        assert len(np.unique(ways, axis=0)) == count


def test_dispersion_by_group():
    values = [[1, 2], [3, 2], [5, 5], [7, 0]]
    groups = pd.Series(["x", "x", "x", "y"], NAMES[:4])
    found = convergence.dispersion(table(values), "d", groups, "all").set_index(["group", "year"])["variation"]
    assert found["all", 2001] == pytest.approx(np.std([1, 3, 5, 7]) / 4)
    assert found["x", 2002] == pytest.approx(np.std([2, 2, 5]) / 3)
    assert found["y"].isna().all()
    alone = convergence.dispersion(table(values), "d", one_group(4), "all")
    assert set(alone["group"]) == {"all"}


def test_sigma_of_two_years_by_enumeration():
    y = np.array([[1.0, 2.0], [2.0, 2.5], [4.0, 4.5], [9.0, 6.0], [5.0, 5.5]])
    (row,) = convergence.sigma(table(y), "d", one_group(5), "all", elapsed).to_dict("records")
    relative = y / y.mean(axis=0)
    changes = []
    for turned in product((False, True), repeat=5):
        z = np.where(np.array(turned)[:, None], relative[:, ::-1], relative)
        changes.append(np.diff(z.std(axis=0) / z.mean(axis=0))[0])
    assert row["slope"] == pytest.approx(changes[0])
    assert row["p"] == pytest.approx(np.mean(np.abs(changes) >= abs(changes[0]) - 1e-12))
    assert row["first"] == pytest.approx(y[:, 0].std() / y[:, 0].mean())
    assert row["exact"]
    assert row["p_smallest"] == 2 / 32


def test_sigma_finds_what_is_there_and_counts_years():
    level = np.linspace(-1, 1, 8)[:, None]
    closing = np.exp(level * np.linspace(1, 0.1, 6))
    found = convergence.sigma(table(closing), "d", one_group(8), "all", elapsed).iloc[0]
    assert found["p"] == found["p_smallest"] == 2 / 256
    assert found["slope"] < 0
    every_fifth = convergence.sigma(table(closing, range(2000, 2030, 5)), "d", one_group(8), "all", elapsed).iloc[0]
    assert every_fifth["slope"] == pytest.approx(found["slope"] / 5)
    assert every_fifth["p"] == found["p"]


@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_sigma_knows_neither_units_nor_the_direction_of_time(seed, factor):
    y = paths(5, 4, seed)
    p, scaled, reversed_ = (
        convergence.sigma(table(v), "d", one_group(5), "all", elapsed).iloc[0] for v in (y, factor * y, y[:, ::-1])
    )
    assert scaled["p"] == p["p"] == reversed_["p"]
    assert scaled["slope"] == pytest.approx(p["slope"], abs=1e-12)
    assert reversed_["slope"] == pytest.approx(-p["slope"], abs=1e-12)


def test_sigma_of_many_regions_is_sampled_and_repeatable():
    y = paths(20, 5)
    settings = {"draws": 199, "seed": 4}
    one, two = (convergence.sigma(table(y), "d", one_group(20), "all", elapsed, **settings).iloc[0] for _ in range(2))
    assert one.equals(two)
    assert not one["exact"]
    assert one["p_smallest"] == 1 / 200
    assert round(200 * one["p"], 9) % 1 == 0


@pytest.mark.parametrize(
    "values",
    [[[1.0], [2.0]], [[1.0, 2.0]], [[0.0, 1.0], [0.0, 2.0]]],
    ids=["one-year", "one-region", "nothing-in-a-year"],
)
def test_sigma_that_cannot_be_tested_is_missing(values):
    found = convergence.sigma(table(values), "d", one_group(len(values)), "all", elapsed).iloc[0]
    assert found[["slope", "p", "p_smallest"]].isna().all()


def test_constant_values_neither_converge_nor_diverge():
    found = convergence.sigma(table(np.ones((5, 4))), "d", one_group(5), "all", elapsed).iloc[0]
    assert (found["slope"], found["p"]) == (0, 1)
    models = convergence.beta(table(np.ones((5, 4))), "d", one_group(5), elapsed)
    assert models[["coefficient", "error", "p", "p_wild", "speed", "half_life"]].isna().all(axis=None)


def test_clustered_errors_are_those_of_statsmodels():
    y = np.log(paths(7, 6, 3))
    groups = np.array(["x", "x", "y", "y", "y", "z", "z"])
    region, year = np.repeat(range(7), 5), np.tile(range(5), 7)
    dummies = [year == k for k in range(5)] + [groups[region] == name for name in "yz"]
    design = np.column_stack([y[:, :-1].ravel(), *dummies]).astype(float)
    fitted = OLS(np.diff(y).ravel(), design).fit(cov_type="cluster", cov_kwds={"groups": region}, use_t=True)
    found = convergence.clustered(np.diff(y), y[:, :-1], groups)
    assert found["coefficient"] == pytest.approx(fitted.params[0])
    assert found["error"] == pytest.approx(fitted.bse[0])
    assert found["p"] == pytest.approx(fitted.pvalues[0])


@pytest.mark.parametrize("effects", [None, [0, 1, 1, 2, 2], range(5)], ids=["years", "groups", "regions"])
def test_wild_cluster_bootstrap_by_refitting(effects, monkeypatch):
    y = np.log(paths(5, 4, 8))
    region = np.repeat(range(5), 3)
    dummies = pd.get_dummies(np.tile(range(3), 5)).to_numpy(float)
    if effects is not None:
        dummies = np.column_stack([dummies, pd.get_dummies(np.array(effects)[region]).to_numpy(float)[:, 1:]])
    design = np.column_stack([y[:, :-1].ravel(), dummies])
    under_null = OLS(np.diff(y).ravel(), dummies).fit()
    ratios = []
    for turned in product((1, -1), repeat=5):
        again = under_null.fittedvalues + np.array(turned)[region] * under_null.resid
        fit = OLS(again, design).fit(cov_type="cluster", cov_kwds={"groups": region})
        ratios.append(abs(fit.tvalues[0]))
    expected = np.mean(np.array(ratios) >= ratios[0] * (1 - 1e-9))
    assert 2 / 32 <= expected < 1
    assert convergence.clustered(np.diff(y), y[:, :-1], effects)["p_wild"] == pytest.approx(expected)
    monkeypatch.setattr(convergence, "BATCH", 5 * 7)
    assert convergence.clustered(np.diff(y), y[:, :-1], effects)["p_wild"] == pytest.approx(expected)


def test_models_of_beta_convergence_are_least_squares():
    y = paths(6, 9, 5)
    logs, groups = np.log(y), pd.Series(list("xxxyyy"), NAMES[:6])
    found = convergence.beta(table(y), "d", groups, elapsed).set_index("model")
    slope = stats.linregress(logs[:, 0], (logs[:, -1] - logs[:, 0]) / 8).slope
    assert found.loc["absolute", "coefficient"] == pytest.approx(slope)
    x, g = logs[:, :-1], np.diff(logs)
    x, g = x - x.mean(axis=0), g - g.mean(axis=0)
    assert found.loc["panel", "coefficient"] == pytest.approx((x * g).sum() / (x * x).sum())
    within = x - x.mean(axis=1, keepdims=True)
    assert found.loc["regions", "coefficient"] == pytest.approx((within * g).sum() / (within * within).sum())
    assert found["regions"].tolist() == [6] * 5
    assert found["observations"].tolist() == [6, 48, 48, 48, 48]
    halves = []
    for part in (slice(0, 5), slice(4, None)):
        half = logs[:, part]
        a = half[:, :-1] - half[:, :-1].mean(axis=0)
        a -= a.mean(axis=1, keepdims=True)
        halves.append((a * np.diff(half)).sum() / (a * a).sum())
    expected = 2 * found.loc["regions", "coefficient"] - np.mean(halves)
    assert found.loc["jackknife", "coefficient"] == pytest.approx(expected)
    assert np.isnan(found.loc["jackknife", "p_wild"])


def test_fixed_effects_are_those_of_linearmodels():
    from linearmodels.panel import PanelOLS

    y = np.log(paths(6, 7, 2))
    index = pd.MultiIndex.from_product([range(6), range(6)])
    frame = pd.DataFrame({"g": np.diff(y).ravel(), "x": y[:, :-1].ravel()}, index)
    fitted = PanelOLS(frame["g"], frame[["x"]], entity_effects=True, time_effects=True).fit(
        cov_type="clustered", cluster_entity=True
    )
    found = convergence.clustered(np.diff(y), y[:, :-1], np.arange(6))
    assert found["coefficient"] == pytest.approx(fitted.params["x"])


def test_p_of_lasting_shocks_by_refitting():
    y = np.log(paths(4, 5, 6))
    shocks = np.diff(y) - np.diff(y).mean(axis=0)
    found = []
    for turned in product((1, -1), repeat=4):
        path = np.hstack([y[:, :1], y[:, :1] + np.cumsum(np.array(turned) * shocks, axis=1)])
        found.append(convergence.clustered(np.diff(path), path[:, :-1], np.arange(4))["coefficient"])
    p, exact = convergence.lasting_shocks(y, np.ones(4), np.arange(4))
    assert exact
    assert p == pytest.approx(np.mean(np.array(found) <= found[0] + 1e-9))
    of_groups = convergence.lasting_shocks(y, np.ones(4), ["x", "x", "y", "y"])[0]
    assert of_groups * 16 == pytest.approx(round(of_groups * 16))


def test_shocks_that_stay_are_seldom_taken_for_convergence():
    rng = np.random.default_rng(7)
    walks = rng.normal(size=(200, 9, 1)) + np.cumsum(0.1 * rng.normal(size=(200, 9, 9)), axis=2)
    settings = {"steps": np.ones(8), "effects": np.arange(9)}
    p = np.array([convergence.lasting_shocks(walk, **settings)[0] for walk in walks])
    assert 0.01 <= (p <= 0.05).mean() <= 0.1
    naive = [convergence.clustered(np.diff(walk), walk[:, :-1], np.arange(9))["p_wild"] for walk in walks[:60]]
    assert np.mean(np.array(naive) <= 0.05) > 0.5  # what the bias does to a test that ignores it


@pytest.mark.parametrize(
    ("b", "years", "rate", "half"),
    [
        pytest.param(-(1 - np.exp(-0.2)) / 10, 10, 0.02, np.log(2) / 0.02, id="two-per-cent"),
        pytest.param(0.01, 1, -np.log(1.01), np.nan, id="diverging"),
        pytest.param(-1.5, 1, np.nan, np.nan, id="beyond-its-level"),
        pytest.param(0.0, 5, 0.0, np.nan, id="none"),
    ],
)
def test_speed_and_half_life(b, years, rate, half):
    found = convergence.speed(b, years)
    assert found["speed"] == pytest.approx(rate, nan_ok=True)
    assert found["half_life"] == pytest.approx(half, nan_ok=True)


@pytest.mark.parametrize(
    ("values", "groups", "estimated"),
    [
        pytest.param(paths(5, 1), "xxyyy", set(), id="one-year"),
        pytest.param(paths(3, 8), "xxy", set(), id="three-regions"),
        pytest.param(paths(5, 2), "xxyyy", {"absolute"}, id="two-years"),
        pytest.param(paths(5, 4), "xxxxx", {"absolute", "panel", "regions"}, id="one-group"),
        pytest.param(paths(5, 4), "vwxyz", {"absolute", "panel", "regions"}, id="a-group-a-region"),
        pytest.param(paths(5, 6), "xxyyy", {"absolute", "panel", "groups", "regions", "jackknife"}, id="all"),
    ],
)
def test_models_that_cannot_be_estimated_are_missing(values, groups, estimated):
    found = convergence.beta(table(values), "d", pd.Series(list(groups), NAMES[: len(values)]), elapsed)
    assert found["model"].tolist() == ["absolute", "panel", "groups", "regions", "jackknife"]
    assert set(found.dropna(subset="coefficient")["model"]) == estimated


def test_a_region_with_a_zero_has_no_logarithm():
    y = paths(6, 5)
    y[2, 1] = 0
    found = convergence.beta(table(y), "d", one_group(6), elapsed)
    assert set(found["regions"]) == {5}
    kept = convergence.beta(table(np.delete(y, 2, axis=0)), "d", one_group(5), elapsed)
    pd.testing.assert_frame_equal(found, kept)
    assert len(convergence.growth(table(y), "d", elapsed)) == 6  # its first and last values are positive


def test_growth_lies_on_the_line_of_absolute_convergence():
    y = paths(6, 5)
    found = convergence.growth(table(y, range(2000, 2010, 2)), "d", elapsed)
    slope = convergence.beta(table(y, range(2000, 2010, 2)), "d", one_group(6), elapsed)["coefficient"].iloc[0]
    np.testing.assert_allclose(found["growth"], np.log(y[:, -1] / y[:, 0]) / 8)
    residual = found["growth"] - found["fitted"]
    assert residual.sum() == pytest.approx(0, abs=1e-12)
    assert np.polyfit(found["level"], found["fitted"], 1)[0] == pytest.approx(slope)
    assert convergence.growth(table(y[:, :1]), "d", elapsed).empty
    assert convergence.growth(table(np.ones((4, 3))), "d", elapsed)["fitted"].isna().all()


# Mobility


def test_transitions_of_giddys_documentation():
    income, _ = incomes()
    counts = mobility.transitions(mobility.yearly_classes(income, 5), 5)
    assert counts.tolist() == [
        [729, 71, 1, 0, 0],
        [72, 567, 80, 3, 0],
        [0, 81, 631, 86, 2],
        [0, 3, 86, 573, 56],
        [0, 0, 1, 57, 741],
    ]
    assert mobility.probabilities(counts)[1].round(8).tolist() == [0.09972299, 0.78531856, 0.11080332, 0.00415512, 0]
    expected = [0.20774716, 0.18725774, 0.20740537, 0.18821787, 0.20937187]
    np.testing.assert_allclose(mobility.ergodic(counts), expected, atol=1e-8)
    assert mobility.mobility(counts)["shorrocks"] == pytest.approx(0.19758992000997844)  # giddy's markov_mobility


def test_spatial_transitions_of_giddys_documentation():
    income, weights = incomes()
    relative = table(income / income.mean(), range(1929, 2010), income.index)
    strata, found = mobility.spatial_markov(relative, "d", weights, k=5, permutations=9)
    counts = strata["count"].to_numpy().reshape(5, 5, 5)
    assert counts[0].tolist() == [
        [474, 15, 3, 0, 0], [9, 124, 16, 0, 0], [0, 14, 74, 12, 0], [0, 1, 9, 16, 2], [0, 0, 0, 1, 5],
    ]  # fmt: skip
    assert counts[4].tolist() == [
        [1, 2, 0, 0, 0], [3, 48, 10, 1, 0], [1, 14, 65, 7, 0], [0, 2, 12, 173, 6], [0, 0, 0, 10, 415],
    ]  # fmt: skip
    assert found["q"] == pytest.approx(200.62372763076806)
    assert found["freedom"] == 60
    assert found["p"] == 0.1
    few = strata.drop_duplicates(["lag", "from"])
    assert few.loc[few["few"], ["lag", "from", "row"]].to_numpy().tolist() == [["Q5", "Q1", 3]]


def test_moves_between_quadrants_of_giddys_documentation():
    income, weights = incomes()
    z = (income - income.mean()).to_numpy()
    lag = row_standardise(weights).to_numpy() @ z
    places = pd.DataFrame(quadrants(z, lag), income.index, income.columns).rename_axis(index="region", columns="year")
    local = places.stack().rename("quadrant").reset_index()
    counts = mobility.transitions(mobility.states(local, "quadrant", QUADRANTS), 4)
    assert counts.tolist() == [[1087, 44, 4, 34], [41, 470, 36, 1], [5, 34, 1422, 39], [30, 1, 40, 552]]
    shares = mobility.jumps(counts)
    assert shares.sum() == pytest.approx(1)
    assert shares["own"] * 3840 == pytest.approx(44 + 41 + 39 + 40)
    assert shares["neighbours"] * 3840 == pytest.approx(34 + 30 + 36 + 34)
    assert shares["both"] * 3840 == pytest.approx(4 + 5 + 1 + 1)


def test_exchange_of_ranks_of_giddys_documentation():
    mexico = pd.read_csv(examples.get_path("mexico.csv"))
    values = mexico[[f"pcgdp{y}" for y in range(1940, 2010, 10)]]
    states = [str(k) for k in range(32)]
    regimes = pd.Series(mexico["esquivel99"].to_numpy(), states)
    found = mobility.rank_mobility(table(values, range(1940, 2010, 10), states), "d", regimes)
    assert found["theta"].round(8).tolist()[1:] == [
        0.41538462, 0.28070175, 0.61363636, 0.62222222, 0.33333333, 0.47222222,
    ]  # fmt: skip
    assert found["moved"].tolist()[1:] == [130, 114, 88, 90, 90, 72]
    expected = [0.6612903225806451, 0.7016129032258065, 0.7661290322580645]  # giddy.rank.Tau
    assert found["tau_previous"].tolist()[1:4] == pytest.approx(expected)
    assert found["tau_first"].iloc[0] == 1


def test_classes_end_at_their_quantile():
    assert mobility.quantile_classes([[1, 2, 3, 4], [5, 6, 7, 8]]).tolist() == [[0, 0, 1, 1], [2, 2, 3, 3]]
    assert mobility.quantile_classes([[0.1 + 0.2, 0.3]], 2).tolist() == [[0, 0]]
    assert set(mobility.quantile_classes(np.full((3, 2), 0.4)).ravel()) == {0}


def test_states_are_positions_of_names():
    own = pd.DataFrame({"region": list("aabb"), "year": [1, 2, 1, 2], "level": ["low", "high", "none", "low"]})
    found = mobility.states(own, "level", ["low", "high"])
    assert found.tolist() == [[0, 1], [-1, 0]]
    assert mobility.transitions(found, 2).tolist() == [[0, 1], [0, 0]]


@given(st.lists(st.lists(st.integers(-1, 3), min_size=4, max_size=4), min_size=1, max_size=9))
def test_rows_of_probabilities_add_up_and_the_ergodic_distribution_stays(classes):
    counts = mobility.transitions(classes, 4)
    p, limit, found = mobility.probabilities(counts), mobility.ergodic(counts), mobility.mobility(counts)
    total = counts.sum(axis=1)
    np.testing.assert_allclose(p[total > 0].sum(axis=1), 1)
    assert np.isnan(p[total == 0]).all()
    if not np.isnan(limit).any():
        assert limit.sum() == pytest.approx(1)
        np.testing.assert_allclose(limit @ np.nan_to_num(p), limit, atol=1e-9)
        start = np.eye(4)[total.argmax()] @ np.linalg.matrix_power(np.nan_to_num(p), 4000)
        np.testing.assert_allclose(start, limit, atol=1e-6)
    if counts.sum():
        assert found[["staying", "up", "down"]].sum() == pytest.approx(1)
    assert np.isnan(found["shorrocks"]) or 0 <= found["shorrocks"] <= 2
    own = mobility.markov(classes, list("wxyz"))
    assert own["count"].sum() == counts.sum()
    assert (own["few"] == (own["row"] < 5)).all()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param([[1, 1], [1, 3]], [1 / 3, 2 / 3], id="by-hand"),
        pytest.param([[3, 1], [0, 4]], [0, 1], id="absorbed"),
        pytest.param([[1, 0], [0, 1]], None, id="two-that-are-never-left"),
        pytest.param([[0, 5], [5, 0]], None, id="in-turns"),
        pytest.param([[3, 1], [0, 0]], None, id="nothing-known-of-the-end"),
        pytest.param([[0, 0], [0, 0]], None, id="nothing"),
        pytest.param([[2, 0, 2], [0, 0, 0], [2, 0, 2]], [0.5, 0, 0.5], id="a-class-nobody-is-in"),
        pytest.param([[1, 1, 1], [0, 2, 0], [0, 0, 2]], None, id="two-ends"),
        pytest.param([[0, 2, 0], [0, 0, 2], [2, 0, 0]], None, id="a-circle"),
    ],
)
def test_ergodic_distribution_is_given_only_where_there_is_one(counts, expected):
    found = mobility.ergodic(counts)
    assert np.isnan(found).all() if expected is None else found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([[4, 0], [0, 4]], 0), ([[0, 4], [4, 0]], 2), ([[2, 2], [2, 2]], 1), ([[4, 0], [0, 0]], np.nan)],
    ids=["nobody", "everybody", "as-if-drawn", "one-class"],
)
def test_shorrocks_index(counts, expected):
    assert mobility.mobility(counts)["shorrocks"] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("quadrants", "column"), [("means", "quadrant_article"), ("zero", "quadrant")])
def test_chains_are_those_of_levels_quartiles_and_the_studys_quadrants(quadrants, column):
    made = made_up(quadrants=quadrants)
    found = mobility.chains(made.coordination, made.local, made.study)
    wide = made.coordination.pivot(index="region", columns="year", values="level")
    stays = sum((wide[a] == wide[b]).sum() for a, b in ((2001, 2002), (2002, 2003)))
    levels = found.tables["levels"]
    assert levels.loc[levels["from"] == levels["to"], "count"].sum() == stays
    assert found.moves["levels"]["staying"] == pytest.approx(stays / 10)
    assert list(found.tables["quartiles"]["from"].unique()) == ["Q1", "Q2", "Q3", "Q4"]
    local = made.local[made.local["source"] == "data"]
    counts = mobility.transitions(mobility.states(local, column, QUADRANTS), 4)
    pd.testing.assert_series_equal(found.jumps, mobility.jumps(counts))
    assert found.tables["quadrants"]["count"].sum() == counts.sum() == 10


def test_chains_of_a_single_year_have_no_transitions():
    made = made_up(years=1)
    found = mobility.chains(made.coordination, made.local, made.study)
    assert {kind: table["count"].sum() for kind, table in found.tables.items()} == {
        "levels": 0,
        "quartiles": 0,
        "yearly": 0,
        "quadrants": 0,
    }
    assert found.jumps.isna().all()


def test_homogeneity_is_pearsons_for_one_row():
    counts = np.zeros((2, 2, 2))
    counts[:, 0] = [[10, 5], [4, 9]]
    q, freedom = mobility.homogeneity(counts)
    pearson = stats.chi2_contingency(counts[:, 0], correction=False)
    assert (q, freedom) == (pytest.approx(pearson.statistic), pearson.dof)
    assert mobility.homogeneity([counts[0], counts[0]])[0] == pytest.approx(0)
    assert mobility.homogeneity(np.zeros((2, 2, 2))) == (0, 0)


def ring(n):
    w = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
    return pd.DataFrame(w, NAMES[:n], NAMES[:n])


def test_spatial_transitions_are_repeatable_and_know_regions_by_name():
    values = paths(8, 10, 3)
    one = mobility.spatial_markov(table(values), "d", ring(8), k=2, permutations=99, seed=5)
    shuffled = table(values).sample(frac=1, random_state=1)
    two = mobility.spatial_markov(shuffled, "d", ring(8), k=2, permutations=99, seed=5)
    pd.testing.assert_frame_equal(one[0], two[0])
    assert one[1].equals(two[1])
    assert round(100 * one[1]["p"], 9) % 1 == 0
    assert one[0]["count"].sum() == 72


def test_regions_without_neighbours_are_in_no_stratum():
    weights = ring(8)
    weights.iloc[0] = 0.0
    strata, _ = mobility.spatial_markov(table(paths(8, 10, 3)), "d", weights, k=2, permutations=9)
    assert strata["count"].sum() == 63


@pytest.mark.parametrize("values", [paths(8, 1), np.ones((8, 4))], ids=["one-year", "constant"])
def test_a_test_of_homogeneity_that_cannot_be_made_is_missing(values):
    strata, found = mobility.spatial_markov(table(values), "d", ring(8), permutations=9)
    assert found[["p", "p_asymptotic"]].isna().all()
    assert found["q"] == 0
    assert len(strata) == 64


def test_weights_of_other_regions_are_refused():
    with pytest.raises(InputError, match="the table's regions"):
        mobility.spatial_markov(table(paths(7, 3)), "d", ring(8))


def test_order_that_does_not_change():
    found = mobility.rank_mobility(table([[1, 2, 3], [2, 3, 3], [3, 4, 3]]), "d", one_group(3))
    assert found["tau_previous"].tolist()[1] == 1
    assert found["moved"].iloc[1] == 0
    assert found["theta"].isna().iloc[1]
    assert np.isnan(found["tau_first"].iloc[2])  # all equal


@given(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=2), min_size=3, max_size=8))
def test_tau_is_scipys(values):
    y = np.array(values)
    found = mobility.rank_mobility(table(y), "d", one_group(len(y)))["tau_first"].iloc[1]
    assert found == pytest.approx(stats.kendalltau(y[:, 0], y[:, 1]).statistic, nan_ok=True)


# Bad input


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda t: pd.concat([t, t.iloc[:1]]), "more than once", id="twice"),
        pytest.param(lambda t: t.iloc[1:], "nothing of a", id="a-hole"),
        pytest.param(lambda t: t.assign(d=t["d"].where(t.index > 0)), "nothing of a", id="missing"),
        pytest.param(lambda t: t.assign(d=t["d"].where(t.index > 0, np.inf)), "an infinite value", id="infinite"),
    ],
)
@pytest.mark.parametrize(
    "function",
    [
        lambda t: distribution.density(t, "d"),
        lambda t: convergence.sigma(t, "d", one_group(4), "all", elapsed),
        lambda t: convergence.beta(t, "d", one_group(4), elapsed),
        lambda t: mobility.rank_mobility(t, "d", one_group(4)),
    ],
    ids=["density", "sigma", "beta", "ranks"],
)
def test_tables_that_are_not_whole_are_refused(function, change, said):
    with pytest.raises(InputError, match=said):
        function(change(table(paths(4, 3))))


def test_a_region_without_a_group_is_named():
    with pytest.raises(InputError, match="none of d"):
        convergence.dispersion(table(paths(4, 3)), "d", one_group(3), "all")


def test_size_of_the_sigma_test_holds_for_independent_regions_only():
    k = np.arange(9)
    apart = np.minimum((k[:, None] - k) % 9, (k - k[:, None]) % 9)
    circle = pd.DataFrame(((apart > 0) & (apart < 3)).astype(float))
    found = convergence.sigma_size(circle, np.arange(11), (0.0, 0.8))
    assert found["dependence"].tolist() == [0, 0.8]
    independent, dependent = found["size"]
    assert independent == pytest.approx(0.05, abs=0.02)
    assert dependent > 0.08
    assert convergence.sigma_size(circle, [0]).empty


def test_paths_turned_round_one_by_one():
    y = np.random.default_rng(4).random((5, 6)) + 1
    y /= y.mean(axis=0)
    times, (ways, _) = np.array([0.0, 1, 2, 4, 5, 7]), convergence.signs(5)
    turned = [np.where(way[:, None] > 0, y, y[:, ::-1]) for way in ways]
    slopes = [np.polyfit(times, v.std(axis=0) / v.mean(axis=0), 1)[0] for v in turned]
    assert convergence._turned(y, ways, times) == pytest.approx(slopes, abs=1e-14)


def test_what_all_regions_gain_together_moves_nobody_within_the_year():
    rng = np.random.default_rng(1)
    level = rng.permutation(np.linspace(0.1, 0.5, 8))
    rising = level[:, None] + np.linspace(0, 0.6, 7) ** 2
    names = mobility.QUARTILES
    pooled = mobility.transitions(mobility.quantile_classes(rising), 4)
    yearly = mobility.transitions(mobility.yearly_classes(rising), 4)
    assert mobility.ergodic(pooled).tolist() == [0, 0, 0, 1]  # growth, not mobility
    assert np.array_equal(yearly, np.diag(np.diagonal(yearly)))
    assert mobility.markov(mobility.yearly_classes(rising), names)["count"].sum() == 8 * 6
    assert np.array_equal(mobility.yearly_classes(rising * 7 + 3), mobility.yearly_classes(rising))


def test_classes_of_a_year_are_mapclassifys_quantiles():
    y = np.random.default_rng(2).random((11, 4))
    for t in range(4):
        bounds = np.quantile(y[:, t], [0.25, 0.5, 0.75])  # giddy classifies every year by itself
        assert mobility.yearly_classes(y)[:, t].tolist() == np.searchsorted(bounds, y[:, t], side="left").tolist()
