import numpy as np
import pandas as pd
import pytest
from dynamics.test_shown import said

from coordination.dynamics.spatial_convergence import LEAST, models, positive, residual_moran
from coordination.study.model import Autocorrelation


def lattice(side=6):
    """Growth that goes with the neighbours', on a square lattice with the four nearest as neighbours."""
    k = np.arange(side * side)
    row, column = divmod(k, side)
    w = (np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1).astype(float)
    level = np.sin(1.7 * k) + 0.3 * np.cos(k * k)
    growth = -0.02 * level + 0.004 * np.sin(0.9 * row + 0.5 * column) + 0.006 * np.cos(1.3 * k * k)
    return pd.DataFrame({"region": k, "level": level, "growth": growth}), pd.DataFrame(w)


def line(n=9):
    """Nine regions on a line, with weights that fall with distance."""
    k = np.arange(n)
    apart = np.abs(np.subtract.outer(k, k))
    w = np.divide(1, apart, out=np.zeros((n, n)), where=apart > 0)
    level = np.sin(1.7 * k)
    table = pd.DataFrame({"region": k, "level": level, "growth": -0.02 * level + 0.01 * np.cos(0.8 * k)})
    return table, pd.DataFrame(w)


def test_residuals_as_the_exact_test_of_spdep_has_them():
    # R spdep 1.2.7: lm.morantest.exact and lm.morantest of both data
    for made, known in (
        (line(), (0.1250175219426, -0.1119642282186, 0.0403016156388, 0.959698384361)),
        (lattice(), (0.1396088167367, -0.01929767330, 0.0982643392724, 0.901735660728)),
    ):
        found = residual_moran(*made)
        assert found[["moran", "expectation", "p_greater", "p_less"]].tolist() == pytest.approx(known, abs=1e-10)


def test_two_sided_p_of_residuals_as_drawn():
    growth, weights = line()
    found = residual_moran(growth, weights)
    x = np.column_stack([np.ones(9), growth["level"]])
    drawn = np.random.default_rng(1).standard_normal((200_000, 9))
    e = drawn - drawn @ np.linalg.pinv(x).T @ x.T
    w = weights.to_numpy() * 9 / weights.to_numpy().sum()
    indices = np.einsum("ij,ij->i", e @ w, e) / (e * e).sum(axis=1)
    far = np.abs(indices - found["expectation"]) >= abs(found["moran"] - found["expectation"])
    assert indices.mean() == pytest.approx(found["expectation"], abs=2e-3)
    assert far.mean() == pytest.approx(found["p_two_sided"], abs=2e-3)


@pytest.mark.parametrize(
    ("roots", "expected"),
    [
        ([2, -2], 0.5),
        ([3, -1], 2 / np.pi * np.arctan(np.sqrt(3))),  # a ratio of two normals is Cauchy
        ([1, 1, -1, -1], 0.5),
        ([3, 3, -1, -1], 0.75),  # of two exponentials of means 3 and 1
        ([1, 0, -1e-12], 1),
        ([0, -1], 0),
        ([0, 0], 0),
    ],
)
def test_quadratic_forms_in_normals_by_hand(roots, expected):
    assert positive(roots) == pytest.approx(expected, abs=1e-9)


def test_models_as_spatialreg_has_them():
    # R spatialreg 1.2.6: lagsarlm, errorsarlm, impacts, AIC; least squares by lm
    plain, lag, error = models(*lattice(), 10).to_dict("records")
    assert (plain["coefficient"], plain["aic"]) == pytest.approx((-0.0199736181, -281.831332), rel=1e-8)
    numbers = ("coefficient", "error", "space", "space_error", "direct", "total", "aic")
    known = (-2.06674438e-02, 1.23605722e-03, 0.107232394, 0.122888090, -0.0207406003, -0.0231498585, -280.601752)
    assert [lag[k] for k in numbers] == pytest.approx(known, rel=1e-5)
    known = (-1.99460190e-02, 9.02771165e-04, 0.179914232, 0.206024622, -280.641943)
    assert [error[k] for k in numbers if k not in ("direct", "total")] == pytest.approx(known, rel=1e-5)
    assert (error["direct"], error["total"]) == (error["coefficient"],) * 2
    assert lag["speed"] == pytest.approx(-np.log(1 + 10 * lag["direct"]) / 10)


def test_p_is_uniform_if_neighbours_do_not_matter():
    growth, weights = line()
    rng = np.random.default_rng(2)
    ps = [residual_moran(growth.assign(growth=rng.standard_normal(9)), weights)["p_greater"] for _ in range(400)]
    assert np.histogram(ps, 4, (0, 1))[0] == pytest.approx(100, abs=30)


def test_units_and_order_of_regions_do_not_matter():
    growth, weights = lattice()
    other = growth.assign(level=growth["level"] + 7, growth=growth["growth"] * 100).sample(frac=1, random_state=3)
    assert residual_moran(other, weights * 3).tolist() == pytest.approx(residual_moran(growth, weights).tolist())
    one, two = models(growth, weights, 1), models(other, weights, 1)
    assert two["space"].tolist() == pytest.approx(one["space"].tolist(), rel=1e-4, nan_ok=True)
    assert (two["coefficient"] / 100).tolist() == pytest.approx(one["coefficient"].tolist(), rel=1e-5)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda g, w: (g[: LEAST - 1], w), "few"),
        (lambda g, w: (g, w.mul(w.index != 4, axis=0)), "islands"),
        (lambda g, w: (g.assign(level=1.0), w), "constant"),
    ],
    ids=["few", "islands", "constant"],
)
def test_refusals(change, reason):
    table = models(*change(*lattice()), 10)
    assert set(table["reason"]) == {reason}
    assert table[["coefficient", "space", "speed"]].isna().all(axis=None)


@pytest.mark.parametrize(
    "change",
    [
        lambda g, w: (g[:3], w),
        lambda g, w: (g.assign(level=1.0), w),
        lambda g, w: (g.assign(growth=2 - g["level"]), w),
        lambda g, w: (g, w * 0),
    ],
    ids=["three-regions", "equal-levels", "no-residuals", "no-neighbours"],
)
def test_where_residuals_cannot_be_tested(change):
    found = residual_moran(*change(*lattice()))
    assert found.drop("regions").isna().all()
    near = pd.DataFrame({"model": ["least_squares"], "reason": ["few"], "aic": [np.nan]})
    assert said("spatial_convergence", "en", found, near, LEAST, INFERENCE).endswith("cannot be tested.")


INFERENCE = Autocorrelation(tail="less")


def test_what_is_said_of_neighbours():
    found, near = residual_moran(*lattice()), models(*lattice(), 10)
    assert said("spatial_convergence", "en", found, near, LEAST, INFERENCE) == (
        "The residuals of absolute convergence are not found to be spatially autocorrelated: Moran's I is 0.140 where "
        "−0.019 is expected (one-sided, less, p = 0.902, exact for normal errors). With a spatial lag of growth b is "
        "−0.0207 (p < 0.001) and ρ 0.107 (p = 0.383); with spatial errors b is −0.0199 (p < 0.001) and λ 0.180 "
        "(p = 0.383). By Akaike's criterion least squares without neighbours fits best."
    )
    text = said("spatial_convergence", "zh", found, near.assign(aic=[1, 2, 0]), LEAST, INFERENCE.model_copy())
    assert text.endswith("拟合最优的是空间误差模型。")
    few = models(*line(), 10)
    said_of_few = said("spatial_convergence", "en", residual_moran(*line()), few, LEAST, Autocorrelation())
    assert said_of_few.endswith("(one-sided, p = 0.040, exact for normal errors). Convergence with a spatial lag or "
                                "spatial errors is not estimated: nine regions are too few; it takes 30.")  # fmt: skip
    islands = said("spatial_convergence", "zh", found, few.assign(reason="islands"), LEAST, INFERENCE)
    assert islands.endswith("未予估计：有地区没有邻近地区。")
