from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from made_up import last_year, made_up, of_subsystem, over_space

from coordination.indices import coupling, panel
from coordination.presentation.reader import Reader, number, p_value

SHAPES = {
    "plain": {},
    "one-group": {"regions": 4, "groups": 1},
    "one-year": {"years": 1},
    "25-regions": {"regions": 25, "groups": 3},
    "3-subsystems": {"subsystems": 3},
}


def last_of(table):
    return table[table["year"] == table["year"].max()]


def recast_panel(m):
    series, kinds = (
        next(iter(m.study.panel.series)),
        zip(("summed", "shared", "renamed"), m.regions.index, strict=False),
    )
    rows = [(r, y, series, kind) for kind, r in kinds for y in m.study.years]
    return panel.LongPanel(pd.DataFrame(rows, columns=["region", "year", "series", "changed"]), 0, 0)


# What a notebook hands to every layout.
TABLES = {
    "indicator_system": lambda m: panel.system(m.study, m.study.subsystems[0].id),
    "descriptives": lambda m: panel.describe(m.panel).reset_index(),
    "recast": lambda m: panel.recast(recast_panel(m)),
    "weights": lambda m: m.weights,
    "development": lambda m: of_subsystem(m, m.study.subsystems[0]).by_region,
    "levels": lambda m: coupling.level_table(m.study.levels),
    "by_year": lambda m: m.coordination[["region", "year", "coordination_degree"]],
    "group_coordination": lambda m: m.groups,
    "coordination_state": lambda m: m.state,
    "global_moran": lambda m: (m.moran, m.together),
    "local_moran": lambda m: m.local[m.local["year"] == m.study.years[-1]],
    "local_moments": lambda m: m.local[m.local["year"] == m.study.years[-1]],
    "moran_change": lambda m: over_space(m).change,
    "geary": lambda m: over_space(m).geary,
    "bivariate_moran": lambda m: over_space(m).bivariate,
    "hot_spots": lambda m: last_of(over_space(m).spots),
    "gravity_path": lambda m: over_space(m).path,
    "trend_surface": lambda m: over_space(m).surface,
}


ROOMS = ("indices", "spatial")
LAYOUTS = {
    n: f
    for room in ROOMS
    for n, f in vars(import_module(f"coordination.{room}.tables")).items()
    if getattr(f, "__module__", "") == f"coordination.{room}.tables" and not n.startswith("_")
}


def laid_out(name, language, made=None, table=None):
    made = made or made_up()
    table = TABLES[name](made) if table is None else table
    return LAYOUTS[name](*(table if isinstance(table, tuple) else (table,)), Reader(made.study, made.regions, language))


def cells(table):
    return [str(c) for column in table for c in (column, *table[column])]


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        pytest.param(0.12345, 3, "0.123", id="rounded"),
        pytest.param(-0.12345, 3, "−0.123", id="minus"),
        pytest.param(-0.0001, 3, "0.000", id="no-negative-zero"),
        pytest.param(0.5, 0, "0", id="no-decimals"),
        pytest.param(np.float64(2), 1, "2.0", id="numpy"),
        pytest.param(np.nan, 3, "–", id="missing"),
        pytest.param(None, 3, "–", id="none"),
    ],
)
def test_numbers(value, decimals, expected):
    assert number(value, decimals) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "<0.001"), (0.0009999, "<0.001"), (0.001, "0.001"), (0.0247, "0.025"), (1.0, "1.000"), (np.nan, "–")],
    ids=str,
)
def test_p_values(value, expected):
    assert p_value(value) == expected


def test_indicator_system_says_what_is_missing_and_why():
    assert laid_out("indicator_system", "en").iloc[[1, 3]].to_numpy().tolist() == [
        ["Dimension A", "Indicator 1.1 B", "tonnes", "−", "available"],
        ["Dimension B", "Indicator 1.2 B", "tonnes", "−", "unavailable: never counted"],
    ]
    assert laid_out("indicator_system", "zh").iloc[3].tolist() == ["维度2", "指标1.2.2", "吨", "−", "缺失：从未统计"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.123456, "0.1235"), (9999.4, "9999"), (9999.6, "10,000"), (1234567.8, "1,234,568"), (-12.34567, "−12.35"),
        (-123456.7, "−123,457"), (0.0, "0"), (np.nan, "–"),
    ],
    ids=str,
)  # fmt: skip
def test_descriptives_havefour_digits(value, expected):
    keys = ("mean", "standard_deviation", "minimum", "median", "maximum")
    described = pd.DataFrame({"indicator": ["ind_0_0_0"], **dict.fromkeys(keys, value), "filled": 0.1234})
    assert laid_out("descriptives", "en", table=described).iloc[0].tolist() == [
        "Indicator 1.1 A", *[expected] * 5, "12.3"
    ]  # fmt: skip


def test_weights_of_a_dimension_are_those_of_its_indicators():
    table = laid_out("weights", "en", made_up(subsystems=3))
    weight = table["Weight"].astype(float)
    assert weight.groupby(table["Subsystem"]).sum().tolist() == pytest.approx([1, 1, 1], abs=2e-4)
    total = weight.groupby([table["Subsystem"], table["Dimension"]]).transform("sum")
    assert table["Dimension's weight"].astype(float).tolist() == pytest.approx(total.tolist(), abs=2e-4)


def test_development_in_words_and_percent():
    made = made_up()
    tidy = of_subsystem(made, made.study.subsystems[0]).by_region.copy()
    tidy.loc[0, ["first", "last", "change", "growth", "mean"]] = [0.2, 0.1, -0.1, -0.05, 0.15]
    tidy.loc[1, "growth"] = np.nan
    table = laid_out("development", "en", table=tidy)
    assert table.iloc[0].tolist() == ["Region A", "Part A", "0.200", "0.100", "−0.100", "−5.00", "0.150"]
    assert table["Growth, % a year"][1] == "–"


def test_growth_of_a_single_year_is_a_dash():
    assert set(laid_out("development", "en", made_up(years=1))["Growth, % a year"]) == {"–"}


def test_levels_are_open_below_and_closed_above():
    assert laid_out("levels", "en").to_numpy().tolist() == [
        ["(0, 0.25]", "Level A"],
        ["(0.25, 0.5]", "Level B"],
        ["(0.5, 0.75]", "Level C"],
        ["(0.75, 1]", "Level D"],
    ]


def test_by_year_has_a_row_a_region_and_a_column_a_year():
    made = made_up()
    table = laid_out("by_year", "zh", table=TABLES["by_year"](made).sample(frac=1, random_state=0))
    assert list(table.columns) == ["分组", "地区", "2001", "2002", "2003"]
    assert table["地区"].tolist() == list(made.regions["zh"])
    degree = made.coordination.set_index(["region", "year"])["coordination_degree"]
    assert table["2002"].tolist() == [f"{degree[r, 2002]:.3f}" for r in made.regions.index]


def test_group_means_with_their_first_and_last_level():
    made = made_up()
    table = laid_out("group_coordination", "en")
    assert list(table.columns) == ["Group", "2001", "2002", "2003", "Level, 2001", "Level, 2003"]
    assert table["Group"].tolist() == ["Part A", "Part B", "All parts"]
    degree = made.coordination.groupby("year")["coordination_degree"].mean()
    assert table.iloc[2, 1:4].tolist() == [f"{d:.3f}" for d in degree]
    assert table.iloc[2]["Level, 2003"] == f"Level {'ABCD'[int(np.ceil(4 * degree.iloc[-1])) - 1]}"


def test_state_names_the_lagging_subsystem():
    tidy = TABLES["coordination_state"](made_up()).copy()
    tidy["lag"] = ["sys_0", "sys_1", "synchronised", "sys_0", "sys_1"]
    assert laid_out("coordination_state", "en", table=tidy)["Lag"].tolist()[:3] == [
        "System A lags", "System B lags", "synchronised"
    ]  # fmt: skip
    assert laid_out("coordination_state", "zh", table=tidy)["滞后类型"].tolist()[:3] == [
        "系统1滞后",
        "系统2滞后",
        "同步",
    ]


def test_global_moran_leaves_out_p_values_that_were_not_enumerated():
    table = laid_out("global_moran", "en", made_up(regions=25, groups=3))
    assert list(table.columns) == [
        "Source", "Year", "Moran's I", "Mean, permuted", "SD, permuted", "z", "p", "p, permutation"
    ]  # fmt: skip
    assert table["Year"].tolist()[:3] == ["2001", "2002", "2003"]
    assert "p, exact, one-sided" in laid_out("global_moran", "en")


@pytest.mark.parametrize("name", ["global_moran", "local_moran"])
def test_the_source_is_left_out_where_nothing_is_published(name):
    made = made_up(years=8, periods=True)
    for language, head in (("en", "Source"), ("zh", "来源")):
        assert head in laid_out(name, language)
        assert head not in laid_out(name, language, made)


def test_local_moran_in_words():
    tidy = last_year(made_up()).copy()
    tidy.loc[0, ["local_i", "quadrant", "p_smallest", "significant_fdr"]] = [-0.25, "none", 2.48e-5, True]
    row = laid_out("local_moran", "en", table=tidy).iloc[0]
    assert row["Region"] == "Region A"
    assert row["Local I"] == "−0.250"
    assert row["Quadrant, axes at zero"] == "no neighbours"
    assert row["Smallest attainable p"] == "2e−05"
    assert row["Significant (FDR)"] == "yes"
    assert laid_out("local_moran", "zh", table=tidy).iloc[1]["显著（FDR）"] == "否"
