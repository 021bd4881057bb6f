"""Bias and size of the spatial panel models, by simulation.

    python benchmarks/spatial_panel.py [repetitions]

For every number of regions and years, model and true coefficient: the mean estimate, and how often a true coefficient
is rejected at 5 %. Four nearest neighbours, one covariate, effects of regions and years, normal errors.
"""

import sys

import numpy as np

from coordination.diagnosis.spatial_panel import fit, lagrange_multipliers


def nearest(n, k=4, seed=0):
    points = np.random.default_rng(seed).random((n, 2))
    apart = ((points[:, None] - points) ** 2).sum(axis=-1)
    np.fill_diagonal(apart, np.inf)
    w = np.zeros((n, n))
    np.put_along_axis(w, np.argsort(apart, axis=1)[:, :k], 1 / k, axis=1)
    return w


def main(repetitions=1000):
    print("regions years model          true   mean  rejected  LM without dependence")
    for n, m in ((9, 11), (30, 11), (48, 17)):
        w = nearest(n)
        for model, test in (("spatial_lag", 0), ("spatial_error", 1)):
            for space in (0.0, 0.3):
                rng = np.random.default_rng([n, m, test])
                inverse = np.linalg.inv(np.eye(n) - space * w)
                estimates, rejected, found = [], 0, 0
                for _ in range(repetitions):
                    x, e = rng.standard_normal((2, n, m))
                    mean = x + rng.standard_normal((n, 1)) + rng.standard_normal((1, m))
                    y = mean + inverse @ e if model == "spatial_error" else inverse @ (mean + e)
                    own = fit(y, [x], w, model)
                    estimates.append(own.space)
                    rejected += abs(own.space - space) > 1.96 * np.sqrt(own.covariance[-1, -1])
                    found += lagrange_multipliers(y, [x], w)["p"][test] <= 0.05
                shares = f"{rejected / repetitions:8.3f} {found / repetitions if not space else np.nan:8.3f}"
                print(f"{n:7} {m:5} {model:14} {space:4.1f} {np.mean(estimates):6.3f} {shares}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
