import numpy as np
import pandas as pd
import pytest
from made_up import made_up, moving
from presented import said as said_of

from coordination.dynamics.spatial_convergence import LEAST

LEVEL = 0.05


def of_degree(m):
    table = moving(m).inequality
    return table[table["variable"] == "coordination_degree"]


SENTENCES = {
    "density": lambda m: (moving(m).peaks,),
    "sigma_convergence": lambda m: (moving(m).sigma, LEVEL),
    "sigma_size": lambda m: (moving(m).sigma_size, LEVEL),
    "beta_convergence": lambda m: (moving(m).beta, LEVEL),
    "spatial_convergence": lambda m: (
        moving(m).residual_moran,
        moving(m).spatial_models,
        LEAST,
        m.study.autocorrelation,
    ),
    "inequality": lambda m: (of_degree(m), LEVEL),
    "mobility": lambda m: (*map(moving(m).chains.moves.get, ("levels", "quartiles", "yearly")), moving(m).ranks),
    "spatial_markov": lambda m: (moving(m).strata, moving(m).test, 5, LEVEL),
    "lisa_markov": lambda m: (moving(m).chains.jumps,),
    "no_dynamics": lambda m: (m.study.years[:1],),
}
# What the notebook hands to every layout.
TABLES = {
    "sigma_convergence": lambda m: (moving(m).sigma,),
    "beta_convergence": lambda m: (moving(m).beta,),
    "spatial_convergence": lambda m: (moving(m).spatial_models,),
    "inequality": lambda m: (moving(m).inequality,),
    "transitions": lambda m: (moving(m).chains.tables["levels"],),
}
# What the notebook hands to every figure.
FIGURES = {
    "density": lambda m: (moving(m).densities, moving(m).degrees),
    "convergence": lambda m: (moving(m).dispersion, moving(m).growth),
    "inequality": lambda m: (moving(m).inequality,),
    "mobility": lambda m: (moving(m).chains.tables,),
}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "density": ["one-year", "17-years", "25-regions"],
    "convergence": ["one-group", "12-groups", "17-years", "25-regions"],
    "inequality": ["one-group", "one-year", "17-years", "3-subsystems"],
    "mobility": ["one-group", "17-years", "25-regions"],
}
# What the plain study's figures must say.
SAYS = {
    ("convergence", "en"): {"All parts", "Part A", "Part B", "Coefficient of variation", "Region A", "Region E"},
    ("inequality", "en"): {"System A", "System B", "Coordination degree D", "transvariation"},
    ("inequality", "zh"): {"系统1", "系统2", "超变密度"},
    ("mobility", "en"): {"Levels", "Quartiles, pooled", "Quartiles of each year", "Quadrants", "HL", "Q4"},
}


def said(name, language, *data, made=None):
    made = made or made_up()
    return said_of("dynamics", name, language, made, *(data or SENTENCES[name](made)))


def sigma(**columns):
    base = {"group": ["grp_0", "grp_1", "grp_2"], "regions": [5, 3, 2], "first": 0.3, "last": 0.2, "slope": -0.01}
    return pd.DataFrame(base | {"p": [0.02, 0.04, 0.5], "p_smallest": [0.01, 0.01, 0.5], "exact": True} | columns)


@pytest.mark.parametrize(
    ("columns", "en", "zh"),
    [
        ({}, "D converges in the sense of sigma: its", "D存在σ收敛："),
        ({"slope": 0.01}, "D diverges in the sense of sigma: its", "D呈σ发散："),
        ({"p": 0.06}, "No sigma convergence of D is established: its", "未能证实D存在σ收敛："),
        ({"p": np.nan}, "Sigma convergence of D cannot be tested.", "D的σ收敛无法检验。"),
    ],
    ids=["converges", "diverges", "neither", "untested"],
)
def test_dispersion_falls_only_if_the_test_says_so(columns, en, zh):
    assert said("sigma_convergence", "en", sigma(**columns), LEVEL).startswith(en)
    assert said("sigma_convergence", "zh", sigma(**columns), LEVEL).startswith(zh)


def test_how_often_the_sigma_test_errs():
    sizes = pd.DataFrame({"dependence": [0.0, 0.5], "size": [0.05, 0.083]})
    assert said("sigma_size", "en", sizes, LEVEL) == (
        "The test of sigma convergence takes regions as independent. Simulated with the neighbours of this study, at "
        "the 5% level it finds a trend that is not there in 5% of the panels without spatial dependence and in 8% with "
        "a spatial dependence of 0.5."
    )
    assert said("sigma_size", "zh", sizes, LEVEL).endswith("地区相互独立时为5%，空间依赖系数为0.5时为8%。")
    assert said("sigma_size", "zh", sizes[:0], LEVEL) == "σ收敛检验假定各地区相互独立。"


def test_groups_that_converge_and_groups_that_could_not():
    text = said("sigma_convergence", "en", sigma(), LEVEL)
    assert text.endswith(
        "(exact p = 0.020 of the trend). Convergence is established within Part A. "
        "Part B has too few regions for the trend to become significant, whatever the data."
    )


def test_convergence_to_a_level_of_its_own_is_judged_by_paths_with_lasting_shocks():
    table = pd.DataFrame(
        {
            "model": ["absolute", "panel", "groups", "regions", "jackknife"],
            "coefficient": [-0.02, -0.03, np.nan, -0.4, -0.3], "p_wild": [0.01, 0.04, np.nan, 0.2, np.nan],
            "half_life": [30.0, 20.0, np.nan, 1.3, 1.9],
        }
    )  # fmt: skip
    assert said("beta_convergence", "en", table, LEVEL) == (
        "Absolute convergence is established: b is −0.0200 over the whole span (p = 0.010) and −0.0300 from year to "
        "year (p = 0.040). Convergence of every region to a level of its own is not established: b is −0.4000 "
        "(half-life 1.3 years, 1.9 with the jackknife), and as low in 20.0% of paths whose shocks stay for good."
    )
    assert "各地区向自身水平的收敛成立" in said("beta_convergence", "zh", table.assign(p_wild=0.01), LEVEL)


def test_rows_with_few_transitions_are_counted():
    table = pd.DataFrame(
        {"lag": list("aabb"), "from": list("xyxy"), "row": [9, 4, 0, 7], "few": [False, True, True, False]}
    )
    test = pd.Series({"q": 12.34, "p": 0.04, "p_fewer": np.nan, "p_more": 0.03})
    assert said("spatial_markov", "en", table, test, 5, LEVEL) == (
        "Transitions depend on the level of the neighbours (Q = 12.3, p = 0.040 by permutation; p = 0.030 with one "
        "more). Of 4 conditional rows, one has no transition and one has fewer than five."
    )
    assert "turns on the number of classes" in said("spatial_markov", "en", table, test.replace(0.03, 0.5), 5, LEVEL)
    zh = said("spatial_markov", "zh", table, test.replace({0.04: 0.3, 0.03: 0.5}), 5, LEVEL)
    assert zh.startswith("未发现转移概率取决于邻近地区的水平（Q = 12.3，置换检验p = 0.300；多一类时p = 0.500）")
