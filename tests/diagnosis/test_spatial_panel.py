"""Spatial panels against what they were made with, and the fault that demeaning alone has."""

import numpy as np
import pandas as pd
import pytest

from coordination.diagnosis import drivers
from coordination.diagnosis.spatial_panel import effects, fit, identified, lagrange_multipliers, simulated, within


def nearest(n, k=4, seed=0):
    points = np.random.default_rng(seed).random((n, 2))
    apart = ((points[:, None] - points) ** 2).sum(axis=-1)
    np.fill_diagonal(apart, np.inf)
    w = np.zeros((n, n))
    np.put_along_axis(w, np.argsort(apart, axis=1)[:, :k], 1 / k, axis=1)
    return w


def made(rng, w, m, model, space, beta=1.0, theta=0.0):
    """A panel with effects of regions and years, which must not matter."""
    n = len(w)
    inverse = np.linalg.inv(np.eye(n) - space * w)
    x, e = rng.standard_normal((2, n, m))
    common = 3 * rng.standard_normal((n, 1)) + 2 * rng.standard_normal((1, m))
    mean = beta * x + theta * w @ x + common
    return (mean + inverse @ e if model == "spatial_error" else inverse @ (mean + e)), x


@pytest.mark.parametrize("space", [0.0, 0.3])
@pytest.mark.parametrize("model", ["spatial_lag", "spatial_error"])
@pytest.mark.parametrize(("n", "m"), [(30, 11), (48, 17)])
def test_the_coefficient_of_space_is_found_and_its_test_holds_its_size(n, m, model, space):
    rng, w, repeated = np.random.default_rng(7), nearest(n), 1000
    fits = [fit(y, [x], w, model) for y, x in (made(rng, w, m, model, space) for _ in range(repeated))]
    assert abs(np.mean([f.space for f in fits]) - space) <= 0.03
    assert abs(np.mean([f.b[0] for f in fits]) - 1) <= 0.03
    beyond = np.mean([abs(f.space - space) / np.sqrt(f.covariance[-1, -1]) > 1.96 for f in fits])
    assert 0.03 <= beyond <= 0.08


def test_demeaning_alone_is_biased():
    """The fault: regressing demeaned values with the likelihood of all n m of them."""
    rng, w, n, m = np.random.default_rng(3), nearest(9), 9, 11
    roots = np.linalg.eigvals(w)
    grid = np.linspace(-0.99, 0.99, 199)
    determinant = m * np.array([np.log(np.abs(1 - r * roots)).sum() for r in grid])
    biased, right = [], []
    for _ in range(100):
        y, x = made(rng, w, m, "spatial_lag", 0.0)
        a, b, c = within(y).ravel(), within(w @ y).ravel(), within(x).ravel()
        rest = [v - c * (c @ v) / (c @ c) for v in (a, b)]
        e = np.array([np.sum((rest[0] - r * rest[1]) ** 2) for r in grid])
        biased.append(grid[np.argmax(determinant - n * m / 2 * np.log(e))])
        right.append(fit(y, [x], w).space)
    assert np.mean(biased) < -0.15
    assert abs(np.mean(right)) < 0.1


def test_errors_are_those_of_the_curvature():
    rng, w = np.random.default_rng(1), nearest(20)
    for model in ("spatial_lag", "spatial_error"):
        y, x = made(rng, w, 6, model, 0.4)
        found, step = fit(y, [x], w, model), 1e-4
        n, m = y.shape
        roots = np.linalg.eigvals(w)

        def loglikelihood(b, r, s, y=y, x=x, model=model, roots=roots, n=n, m=m):
            u = y - b * x if model == "spatial_error" else y
            e = within(u - r * w @ u) - (0 if model == "spatial_error" else b * within(x))
            determinant = (m - 1) * (np.log(np.abs(1 - r * roots)).sum() - np.log(1 - r))
            return determinant - (n - 1) * (m - 1) / 2 * np.log(s) - (e**2).sum() / (2 * s)

        at = np.array([found.b[0], found.space, found.variance])
        hessian = np.zeros((3, 3))
        for i in range(3):
            for j in range(3):
                moved = [
                    loglikelihood(*(at + step * (a * np.eye(3)[i] + b * np.eye(3)[j])))
                    for a in (1, -1)
                    for b in (1, -1)
                ]
                hessian[i, j] = (moved[0] - moved[1] - moved[2] + moved[3]) / (4 * step**2)
        np.testing.assert_allclose(np.linalg.inv(-hessian)[:2, :2], found.covariance, rtol=0.01, atol=1e-6)


def test_effects_of_the_durbin_model_are_those_of_the_matrix():
    rng, w = np.random.default_rng(5), nearest(25)
    y, x = made(rng, w, 40, "spatial_durbin", 0.4, 1.0, 0.5)
    found = fit(y, [x], w, "spatial_durbin")
    assert found.b == pytest.approx([1, 0.5], abs=0.25)
    row = effects(found, w, 1, "spatial_durbin").iloc[0]
    matrix = np.linalg.inv(np.eye(25) - found.space * w) @ (found.b[0] * np.eye(25) + found.b[1] * w)
    assert row["direct"] == pytest.approx(np.diagonal(matrix).mean())
    assert row["total"] == pytest.approx(matrix.sum(axis=1).mean())
    assert row["indirect"] == pytest.approx(row["total"] - row["direct"])
    assert row["direct_error"] == pytest.approx(np.sqrt(found.covariance[0, 0]), rel=0.25)


def test_standard_errors_of_effects_are_what_repetition_gives():
    rng, w = np.random.default_rng(11), nearest(30)
    totals, errors = [], []
    for _ in range(150):
        y, x = made(rng, w, 8, "spatial_lag", 0.3)
        row = effects(fit(y, [x], w), w, 1).iloc[0]
        totals.append(row["total"])
        errors.append(row["total_error"])
    assert np.mean(errors) == pytest.approx(np.std(totals), rel=0.2)
    assert np.mean(totals) == pytest.approx(1 / 0.7, abs=0.05)


@pytest.mark.parametrize("n", [9, 30])
def test_lagrange_multipliers_hold_their_size_and_tell_lag_from_error(n):
    rng, w, repeated = np.random.default_rng(2), nearest(n), 300
    none = [
        lagrange_multipliers(y, [x], w)["p"] for y, x in (made(rng, w, 11, "spatial_lag", 0) for _ in range(repeated))
    ]
    assert ((np.array(none) <= 0.05).mean(axis=0) <= 0.09).all()
    assert ((np.array(none) <= 0.05).mean(axis=0) >= 0.02).all()
    if n == 30:
        for model, test in (("spatial_lag", 2), ("spatial_error", 3)):
            both = [lagrange_multipliers(y, [x], w)["p"] for y, x in (made(rng, w, 11, model, 0.5) for _ in range(40))]
            found = (np.array(both) <= 0.05).mean(axis=0)
            assert found[test] > 0.9
            assert found[test] > found[5 - test] + 0.3


def test_size_is_repeatable_and_near_the_level():
    w = nearest(30)
    assert simulated(w, 8, draws=100) == simulated(w, 8, draws=100)
    size, without = simulated(w, 8, draws=400)
    assert 0.03 <= size <= 0.08
    assert without == 0
    assert simulated(w, 8, draws=400, level=0.2)[0] > 2 * size
    assert simulated(nearest(6), 6)[1] > 0.05  # estimates at the bound, whose p would mean nothing


@pytest.mark.parametrize("n", [2, 3, 5, 9])
def test_weights_that_are_equal_everywhere_leave_no_coefficient_of_space(n):
    w = (np.ones((n, n)) - np.eye(n)) / (n - 1)
    assert not identified(w)
    if n > 2:
        w[0] = np.append(0, np.arange(1, n) / np.arange(1, n).sum())
        assert identified(w)


def test_weights_that_do_not_add_up_are_refused():
    w = nearest(9) * 2
    y, x = np.random.default_rng(0).random((2, 9, 4))
    with pytest.raises(ValueError, match="add up to 1"):
        fit(y, [x], w)


def test_a_study_may_ask_for_a_durbin_model_and_an_island_is_refused():
    rng, w = np.random.default_rng(9), nearest(12)
    names = [f"r{k}" for k in range(12)]
    y, x = made(rng, w, 8, "spatial_durbin", 0.3, 1.0, 0.4)
    rows = [(names[i], 2001 + t, y[i, t], x[i, t]) for i in range(12) for t in range(8)]
    table = pd.DataFrame(rows, columns=["region", "year", "d", "cause"])
    causes, weights = table[["region", "year", "cause"]], pd.DataFrame(w, names, names)
    found = drivers.spatial_model(table, "d", causes, weights, "spatial_durbin")
    assert found["variable"].tolist() == ["cause", "lag:cause", "rho"]
    assert found["observations"].tolist() == [11 * 7] * 3
    assert list(found.columns) == drivers.COLUMNS
    assert drivers.dependence(table, "d", causes, weights)["test"].tolist() == [
        "lag", "error", "robust_lag", "robust_error"
    ]  # fmt: skip
    alone = weights.copy()
    alone.iloc[0] = 0
    assert drivers.spatial_model(table, "d", causes, alone)["reason"].tolist() == ["islands"]
    assert drivers.dependence(table, "d", causes, alone) is None
    year = table["year"] == 2001
    one = drivers.spatial_model(table[year], "d", causes[year], weights, "spatial_durbin")
    assert one["reason"].tolist() == ["few"]


def study_of(n, m, w, seed=9):
    rng = np.random.default_rng(seed)
    names = [f"r{k}" for k in range(n)]
    y, x = made(rng, w, m, "spatial_lag", 0.0)
    rows = [(names[i], 2001 + t, y[i, t], x[i, t]) for i in range(n) for t in range(m)]
    table = pd.DataFrame(rows, columns=["region", "year", "d", "cause"])
    return table, table[["region", "year", "cause"]], pd.DataFrame(w, names, names)


def test_a_panel_without_an_estimate_is_refused_and_says_why():
    full = (np.ones((5, 5)) - np.eye(5)) / 4
    table, causes, weights = study_of(5, 12, full)
    assert drivers.spatial_model(table, "d", causes, weights)["reason"].tolist() == ["alike"]
    assert drivers.dependence(table, "d", causes, weights) is None
    table, causes, weights = study_of(6, 6, nearest(6))
    assert drivers.spatial_model(table, "d", causes, weights, "spatial_error")["reason"].tolist() == ["small"]
    table, causes, weights = study_of(12, 8, nearest(12))
    found = drivers.spatial_model(table, "d", causes, weights)
    assert found["reason"].tolist() == ["", ""]
    assert drivers.sizes(found) == {"spatial_lag": found["size"].iloc[0]}
    wider = drivers.spatial_model(table, "d", causes, weights, significance=0.2)
    assert wider["size"].iloc[0] > 2 * found["size"].iloc[0]
