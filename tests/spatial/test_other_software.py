"""What site/<language>/software.md says of other software's definitions."""

import subprocess
import warnings
from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from conftest import RAW
from scipy.stats import norm

from coordination.publishing.site import software
from coordination.sections import COLUMNS
from coordination.spatial import association, permutation
from coordination.spatial.autocorrelation import analytic_moran, local_moran
from coordination.spatial.neighbours import inverse_distance, row_standardise

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import esda
    import spreg
    from libpysal.weights import full2W

PROVINCES = pd.read_csv(RAW / "yellow-river" / "regions.csv", index_col="region")
BY_DISTANCE = inverse_distance(PROVINCES, 2)
N = len(PROVINCES)
PRINTED = pd.read_csv(RAW / "yellow-river" / "published" / "table4_coordination.csv")
TABLE = PRINTED[PRINTED["year"] == 2023].rename(columns={"coordination_degree": "value"})
Y = TABLE.set_index("region")["value"][PROVINCES.index].to_numpy()
Z = (Y - Y.mean()) / Y.std()
ROWS = row_standardise(BY_DISTANCE)
TOUCHING = BY_DISTANCE.apply(lambda row: row >= row.nlargest(3).min(), axis=1) * 1.0
KEYS = {"year", "source", "region"}


def of_esda(statistic, w=BY_DISTANCE, y=Y, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return statistic(y, full2W(w.to_numpy(), ids=list(w.index)), **{"permutations": 0} | settings)


def close(found, expected):
    np.testing.assert_allclose(np.ravel(found), np.ravel(expected), rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def local():
    return local_moran(TABLE, "value", BY_DISTANCE, permutations=99)


@pytest.mark.parametrize("table", software.columns())
def test_page_names_every_column(table):
    assert set(software.columns()[table]) - {"within"} == set(COLUMNS[table]) - KEYS


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_has_the_sections_that_its_tables_lead_to(language):
    page = (RAW.parents[1] / "site" / language / "software.md").read_text(encoding="utf-8")
    for table in software.columns().values():
        assert {f"({s})=\n" in page for column in table.values() for s in column.get("see", ())} == {True}


def test_esda_has_the_attributes_of_the_page():
    found = {name: of_esda(getattr(esda, name), permutations=9) for name in ("Moran", "Moran_Local")} | {"esda": esda}
    for table in software.columns().values():
        names = [column["esda"] for column in table.values() if "see" in column and "esda" in column]
        assert len(names) >= 5
        for name in names:
            owner, _, attribute = name.removesuffix("()").rpartition(".")
            assert hasattr(found[owner or table["within"]["esda"]], attribute), name


# Weights


def test_esda_standardises_rows_unless_told_otherwise_and_leaves_them_so():
    given, rows = (analytic_moran(TABLE, "value", w)["moran_i"] for w in (BY_DISTANCE, ROWS))
    close(of_esda(esda.Moran).I, rows)
    close(of_esda(esda.Moran, transformation="O").I, given)
    assert abs(given.iloc[0] - rows.iloc[0]) > 0.05
    w = full2W(BY_DISTANCE.to_numpy())
    esda.Moran(Y, w, permutations=0)
    close(w.sparse.sum(axis=1), np.ones(N))


def test_region_without_neighbours_counts_in_n():
    w = TOUCHING.copy()
    w.iloc[0], w.iloc[:, 0] = 0.0, 0.0
    found = analytic_moran(TABLE, "value", w)
    assert found["expected_i"].iloc[0] == -1 / (N - 1)
    esdas = of_esda(esda.Moran, w, transformation="O")
    close([esdas.I, esdas.EI], found[["moran_i", "expected_i"]])


# One side or two, pseudo p


@pytest.mark.parametrize("sign", [1, -1])
def test_esda_takes_the_side_that_the_data_choose(sign):
    away = np.eye(N) - 1 / N
    _, patterns = np.linalg.eigh(away @ BY_DISTANCE.to_numpy() @ away)  # from the least alike neighbours to the most
    y = patterns[:, -1 if sign > 0 else 0]
    table = pd.DataFrame({"region": PROVINCES.index, "year": 2023, "value": y})
    both, one = (of_esda(esda.Moran, ROWS, y, two_tailed=t) for t in (True, False))
    found = {tail: analytic_moran(table, "value", ROWS, tail).iloc[0] for tail in ("greater", "less", "two-sided")}
    assert np.sign(found["greater"]["z_randomisation"]) == sign
    close([both.p_norm, both.p_rand], found["two-sided"][["p_normality", "p_randomisation"]])
    smaller = min(found["greater"]["p_randomisation"], found["less"]["p_randomisation"])
    assert one.p_rand == pytest.approx(smaller) == pytest.approx(norm.sf(abs(found["greater"]["z_randomisation"])))


def test_esdas_pseudo_p_is_that_of_the_smaller_tail():
    rng = np.random.default_rng(1)
    np.random.seed(1)  # noqa: NPY002 -- esda takes no generator
    high = []
    for _ in range(40):
        y = rng.normal(size=N)
        found = of_esda(esda.Moran, y=y, permutations=99)
        above = (found.sim >= found.I).sum()
        assert found.p_sim == (min(above, 99 - above) + 1) / 100
        high.append(above / 99)
    assert max(high) > 0.9  # whose p `greater` is as large
    local = of_esda(esda.Moran_Local, permutations=99, seed=1)
    assert local.p_sim.max() <= 0.51


# Local I


def test_esda_divides_local_i_by_one_region_less(local):
    esdas = of_esda(esda.Moran_Local)
    assert (N - 1) / N == 8 / 9
    close(esdas.Is, local["local_i"] * 8 / 9)
    close(esdas.z, local["z"])


def moments():
    """Conditional and total expectation and variance of z_i times the lag, by all arrangements of nine values."""
    w = ROWS.to_numpy()
    free = Z[permutation.arrangements(N).astype(np.intp)]
    whole = [free[:, i] * (free @ w[i]) for i in range(N)]
    held = [Z[i] * permutation.conditional_lags(np.delete(Z, i), np.delete(w[i], i)) for i in range(N)]
    return [(np.mean(part, axis=1), np.var(part, axis=1)) for part in (held, whole)]


def test_moments_in_esda_are_those_of_the_statistic_divided_by_n():
    (held, held_variance), (total, total_variance) = moments()
    esdas = of_esda(esda.Moran_Local)
    close([esdas.EIc, esdas.VIc, esdas.EI, esdas.VI], [held, held_variance, total, total_variance])


def test_moments_in_spatlsa_let_all_values_move():
    """The formulas of spatlsa, version 1.0 of 2001, from its source: E(Ii), and the square of sd(Ii)."""
    _, (total, total_variance) = moments()
    w, b2 = ROWS.to_numpy(), (Z**4).mean()
    wi, wi2 = w.sum(axis=1), (w**2).sum(axis=1)
    close(total, -wi / (N - 1))
    variance = wi2 * (N - b2) / (N - 1) + (wi**2 - wi2) * (2 * b2 - N) / ((N - 1) * (N - 2)) - (wi / (N - 1)) ** 2
    close(total_variance, variance)


def test_two_sided_is_not_twice_one_side(local):
    """By almost a tenth in some province; and esda's pseudo p is that of the smaller tail."""
    doubled = []
    for i, row in enumerate(ROWS.to_numpy()):
        lags = permutation.conditional_lags(np.delete(Z, i), np.delete(row, i))
        counts = permutation.as_extreme(lags, row @ Z, 0)
        doubled.append(2 * min(counts["greater"], counts["less"]) / len(lags))
    apart = np.abs(np.array(doubled) - local["p_exact"])
    assert 0.09 < apart.max() < 0.1
    esdas = 2 * of_esda(esda.Moran_Local, permutations=9999, seed=1).p_sim
    assert np.abs(esdas - doubled).max() < 0.02


def test_quadrants_are_numbered_as_the_page_says(local):
    code = {"HH": 1, "LH": 2, "LL": 3, "HL": 4}
    assert of_esda(esda.Moran_Local, permutations=9).q.tolist() == local["quadrant"].map(code).tolist()
    assert local["quadrant"].tolist() != local["quadrant_article"].tolist()


def test_esdas_false_discovery_rate_is_a_threshold():
    p = np.array([0.001, 0.012, 0.02, 0.3, 0.5])
    assert esda.fdr(p, 0.05) == pytest.approx(0.03)  # the third of five
    assert esda.fdr(np.full(5, 0.5), 0.05) == 0.05 / 5
    assert esda.fdr(np.array([0.01, 0.5, 0.5, 0.5, 0.5]), 0.05) == 0.05 / 5  # 0.01 is significant, but not below


# Other statistics


def test_stars_of_esda_weigh_every_neighbour_alike():
    by_transform = {t: of_esda(esda.G_Local, star=True, transform=t).Zs for t in "BR"}
    ours = association.hot_spots(TABLE, "value", BY_DISTANCE, permutations=9)["g_star"]
    assert np.isinf(by_transform["B"]).all()  # ones everywhere: no region differs from another
    assert np.abs(by_transform["R"] - ours).max() > 0.1
    alike = association.hot_spots(TABLE, "value", TOUCHING, permutations=9)["g_star"]
    close(of_esda(esda.G_Local, TOUCHING, star=True, transform="B").Zs, alike)


def test_spatlsas_star_gives_the_region_itself_the_weight_one():
    """The formulas of spatlsa with go2, from its source, for weights of zeros and ones."""
    w = TOUCHING.to_numpy() + np.eye(N)
    wi, mean, variance = w.sum(axis=1), Y.mean(), Y.var()
    z = (w @ Y / Y.sum() - wi / N) / np.sqrt(wi * (N - wi) * variance / (N**2 * (N - 1) * mean**2))
    close(z, association.hot_spots(TABLE, "value", TOUCHING, permutations=9)["g_star"])


def test_estat_moran_is_the_test_against_spatial_errors():
    """It compares I with 0 and a variance of S1 / S0^2."""
    w = BY_DISTANCE.to_numpy()
    x = np.random.default_rng(1).normal(size=(N, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = spreg.OLS(Y[:, None], x, w=full2W(w), spat_diag=True, nonspat_diag=False)
    residuals = pd.DataFrame({"region": PROVINCES.index, "year": 2023, "value": fit.u.ravel()})
    found = analytic_moran(residuals, "value", BY_DISTANCE)
    s0, s1 = w.sum(), ((w + w.T) ** 2).sum() / 2
    assert fit.lm_error[0] == pytest.approx((s0 * found["moran_i"].iloc[0]) ** 2 / s1)


# spdep


ASK = """
suppressPackageStartupMessages(library(spdep))
folder <- commandArgs(TRUE)[1]
y <- scan(file.path(folder, "y"), quiet = TRUE)
w <- matrix(scan(file.path(folder, "w"), quiet = TRUE), length(y), byrow = TRUE)
touching <- matrix(scan(file.path(folder, "t"), quiet = TRUE), length(y), byrow = TRUE)
island <- touching; island[1, ] <- 0; island[, 1] <- 0
say <- function(name, values) cat(name, format(as.numeric(values), digits = 17), "\\n")
own <- mat2listw(w); rows <- mat2listw(w / rowSums(w), style = "W"); touch <- mat2listw(touching, style = "B")
found <- moran.test(y, own)
say("moran.test", c(found$estimate, found$p.value, moran.test(y, own, randomisation = FALSE)$p.value))
say("reduced", moran.test(y, mat2listw(island, style = "B"), zero.policy = TRUE)$estimate[2])
say("kept", moran.test(y, mat2listw(island, style = "B"), zero.policy = TRUE, adjust.n = FALSE)$estimate[1:2])
say("listw", rowSums(listw2mat(nb2listw(touch$neighbours))))
set.seed(1)
for (k in 1:5) {
  m <- moran.mc(sample(y), own, nsim = 99)
  say("moran.mc", c(sum(m$res[1:99] >= m$statistic), m$p.value))
}
say("n", localmoran(y, rows)[, "Ii"])
say("n-1", localmoran(y, rows, mlvar = FALSE)[, "Ii"])
say("held", localmoran(y, rows)[, c("E.Ii", "Var.Ii")])
say("total", localmoran(y, rows, conditional = FALSE)[, c("E.Ii", "Var.Ii")])
say("columns", c("Pr(z != E(Ii)) Sim", "Pr(folded) Sim") %in% colnames(localmoran_perm(y, rows, nsim = 99)))
say("axes", c("mean", "median", "pysal") %in% names(attr(localmoran(y, rows), "quadr")))
star <- mat2listw(touching + diag(length(y)), style = "B"); attr(star$neighbours, "self.included") <- TRUE
say("star", localG(y, star))
say("geary", c(geary.test(y, own)$p.value, geary.test(y, own)$estimate[1]))
"""


@pytest.fixture(scope="module")
def spdep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("r")
    np.savetxt(folder / "y", Y, fmt="%.17g")
    np.savetxt(folder / "w", BY_DISTANCE, fmt="%.17g")
    np.savetxt(folder / "t", TOUCHING, fmt="%.17g")
    (folder / "ask.R").write_text(ASK, encoding="utf-8")
    try:
        done = subprocess.run(["Rscript", folder / "ask.R", folder], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("R is not there")
    if "there is no package" in done.stderr:
        pytest.skip("spdep is not there")
    assert done.returncode == 0, done.stderr
    said = [line.split(" ") for line in done.stdout.splitlines()]
    said = [line.split() for line in done.stdout.splitlines()]
    return {name: [[float(v) for v in values] for _, *values in part] for name, part in groupby(said, lambda s: s[0])}


@pytest.mark.slow
def test_spdep_has_the_definitions_of_the_page(spdep, local):
    given = {tail: analytic_moran(TABLE, "value", BY_DISTANCE, tail).iloc[0] for tail in ("greater", "two-sided")}
    ours = given["greater"]
    variance = ((ours["moran_i"] - ours["expected_i"]) / ours["z_randomisation"]) ** 2
    shown = [ours["moran_i"], ours["expected_i"], variance, ours["p_randomisation"], ours["p_normality"]]
    close(spdep["moran.test"], shown)  # the weights as given, randomisation, one-sided
    close(spdep["listw"], np.ones(N))  # nb2listw standardises rows
    close(spdep["reduced"], -1 / (N - 2))  # one region without neighbours
    island = TOUCHING.copy()
    island.iloc[0], island.iloc[:, 0] = 0.0, 0.0
    close(spdep["kept"], analytic_moran(TABLE, "value", island)[["moran_i", "expected_i"]])
    for above, p in spdep["moran.mc"]:
        assert p == pytest.approx(max(above, 1) / 100)
    close(spdep["n"], local["local_i"])
    close(spdep["n-1"], local["local_i"] * 8 / 9)
    held, total = moments()
    close(spdep["held"], held)
    close(spdep["total"], total)
    assert spdep["columns"] == [[1, 1]]
    assert spdep["axes"] == [[1, 1, 1]]
    close(spdep["star"], association.hot_spots(TABLE, "value", TOUCHING, permutations=9)["g_star"])
    p, c = spdep["geary"][0]
    close(c, association.geary(TABLE, "value", BY_DISTANCE)["geary_c"])
    assert (p < 0.5) == (c < 1)  # `greater` asks for a small C


# GeoDa


def test_geoda_has_the_definitions_of_the_page(tmp_path, local):
    pygeoda = pytest.importorskip("pygeoda")
    lines = [f"0 {N} none id"]
    for k, row in enumerate(TOUCHING.to_numpy()):
        linked = np.flatnonzero(row)
        lines += [f"{k} {len(linked)}", " ".join(map(str, linked))]
    (tmp_path / "w.gal").write_text("\n".join(lines) + "\n", encoding="utf-8")
    w = pygeoda.weights.read_gal(str(tmp_path / "w.gal"), [str(k) for k in range(N)])
    lisa = pygeoda.local_moran(w, Y.tolist(), permutations=999, significance_cutoff=1.0)
    ours = local_moran(TABLE, "value", TOUCHING, permutations=99)
    close(lisa.lisa_values(), ours["local_i"] * 8 / 9)  # rows standardised, divided by n - 1
    assert max(lisa.lisa_pvalues()) <= 0.501
    assert lisa.lisa_labels()[:5] == ("Not significant", "High-High", "Low-Low", "Low-High", "High-Low")
    code = {"HH": 1, "LL": 2, "LH": 3, "HL": 4}
    assert list(lisa.lisa_clusters()) == ours["quadrant"].map(code).tolist()
    assert 0 < lisa.lisa_fdr(0.05) < 0.05
    own = TOUCHING.to_numpy() + np.eye(N)
    close(pygeoda.local_gstar(w, Y.tolist(), permutations=9).lisa_values(), own @ Y / own.sum(axis=1) / Y.sum())
