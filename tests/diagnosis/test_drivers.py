from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from libpysal import examples, io
from made_up import driven, made_up

from coordination.diagnosis import drivers
from coordination.errors import InputError
from coordination.pipeline import inputs
from coordination.spatial import neighbours
from coordination.study.covariates import given
from coordination.study.model import Drivers


def frame(values, year=2001, **causes):
    table = pd.DataFrame({"region": [f"r{k}" for k in range(len(values))], "year": year, "d": values})
    return table, table[["region", "year"]].assign(**causes)


labelled = st.integers(4, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(-10, 10).map(lambda v: round(v, 3)), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.integers(0, 2), min_size=n, max_size=n),
    )
)


# Strata


@pytest.mark.parametrize(
    ("values", "classes", "expected"),
    [
        pytest.param([1, 2, 3, 4, 5, 6], 3, [0, 0, 1, 1, 2, 2], id="quantiles"),
        pytest.param([6, 1, 5, 2, 4, 3], 2, [1, 0, 1, 0, 1, 0], id="in-any-order"),
        pytest.param([1, 1, 1, 1, 5, 6], 3, [0, 0, 0, 0, 1, 1], id="equal-ones-together"),
        pytest.param([2.0, 2.0, 2.0], 4, [0, 0, 0], id="one-value"),
        pytest.param(["high", "low", "high"], 4, [0, 1, 0], id="words"),
    ],
)
def test_strata(values, classes, expected):
    assert drivers.strata(values, classes).tolist() == expected


# q


def test_q_of_the_example_of_gdverse():
    # y = 2..7 in two strata of three, after its stratum of one region: SST 17.5, SSW 4
    assert drivers.q_statistic(range(2, 8), [0, 0, 0, 1, 1, 1]) == pytest.approx(1 - 4 / 17.5)


@drawn(labelled)
def test_q_is_one_minus_within_over_total(given_):
    values, labels, _ = map(np.array, given_)
    labels = pd.factorize(labels)[0]
    total = ((values - values.mean()) ** 2).sum()
    q = drivers.q_statistic(values, labels)
    if total == 0:
        assert np.isnan(q)
        return
    within = sum(((values[labels == k] - values[labels == k].mean()) ** 2).sum() for k in set(labels))
    assert q == pytest.approx(1 - within / total, abs=1e-9)
    assert -1e-9 <= q <= 1 + 1e-9
    assert drivers.q_statistic(3 * values + 5, labels.max() - labels) == pytest.approx(q, abs=1e-9)


@drawn(labelled)
def test_finer_strata_never_explain_less(given_):
    values, first, second = map(np.array, given_)
    if np.ptp(values) < 0.01:
        return
    joint = pd.factorize(pd.Series(list(zip(first, second, strict=True))))[0]
    alone = [drivers.q_statistic(values, pd.factorize(x)[0]) for x in (first, second)]
    assert drivers.q_statistic(values, joint) >= max(alone) - 1e-9


def test_p_is_the_share_of_all_ways_to_fall_into_strata():
    values, labels = np.array([1.0, 2.0, 2.5, 5.0, 7.0, 6.0]), np.array([0, 0, 0, 1, 1, 1])
    every = [drivers.q_statistic(values[list(o)], labels) for o in permutations(range(6))]
    found = drivers.factors(*split(values, labels), classes=2).iloc[0]
    assert found["q"] == pytest.approx(every[0])
    assert found["p"] == pytest.approx(np.mean(np.array(every) >= every[0] - 1e-9))
    assert found["p"] == pytest.approx(0.1)  # the best of 20 splits and its mirror image
    assert found["exact"]


def split(values, labels, year=2001):
    table, causes = frame(values, year, cause=["ab"[k] for k in labels])
    return table, "d", causes


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(["a"] * 6, "one"), (["a"] * 5 + ["b"], "few"), (["a", "a", "b", "b", "c", "c"], "")],
    ids=["one-stratum", "one-region", "enough"],
)
def test_strata_that_are_refused(cause, reason):
    table, causes = frame([1.0, 2, 4, 3, 6, 9], cause=cause)
    found = drivers.factors(table, "d", causes).iloc[0]
    assert found["reason"] == reason
    assert np.isnan(found["q"]) == np.isnan(found["p"]) == bool(reason)


def test_many_regions_are_sampled_alike_every_time():
    rng = np.random.default_rng(1)
    table, causes = frame(rng.normal(size=30), cause=rng.normal(size=30))
    runs = [drivers.factors(table, "d", causes, draws=99, seed=s) for s in (1, 1)]
    pd.testing.assert_frame_equal(*runs)
    assert not runs[0]["exact"].any()
    assert runs[0]["p"].item() >= 0.01


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        pytest.param([0, 0, 1, 1, 1, 1, 0, 0], "enhance, nonlinear", id="exclusive-or"),
        pytest.param([0, 0, 1, 1, 2, 2, 3, 3], "independent", id="sum"),
        pytest.param([0, 0, 0, 0, 1, 1, 1, 1], "no gain", id="one-alone"),
        pytest.param([0, 0, 1, 1, 3, 3, 3.5, 3.5], "enhance, nonlinear", id="sum-and-a-little"),
    ],
)
def test_kinds_of_interaction(values, kind):
    table, causes = frame(np.array(values, float), first=list("aaaabbbb"), second=list("ccddccdd"))
    found = drivers.interactions(table, "d", causes, 2001).iloc[0]
    assert found["kind"] == kind
    assert found["strata"] == 4
    assert found["reason"] == ""


def test_two_factors_that_overlap_enhance_less_than_their_sum():
    table, causes = frame([0.0, 0, 1, 1, 2, 3], first=list("aaabbb"), second=list("aabbbb"))
    found = drivers.interactions(table, "d", causes, 2001).iloc[0]
    assert found["kind"] == "enhance, bi-"
    assert max(found["q_first"], found["q_second"]) < found["q"] < found["q_first"] + found["q_second"]


def test_pairs_with_too_few_regions_are_refused():
    table, causes = frame([1.0, 2, 3, 4, 5, 6], a=[1, 2, 3, 4, 5, 6], b=[1, 4, 2, 5, 3, 6], c=list("xxxxxy"))
    found = drivers.interactions(table, "d", causes, 2001, classes=3).set_index(["first", "second"])
    assert found["reason"].tolist() == ["few", "few", "few"]
    assert found[["q", "p"]].isna().all(axis=None)
    assert found.loc[("a", "b"), "strata"] > 3


def test_a_single_covariate_has_no_pairs():
    assert drivers.interactions(*frame_of_one(), 2001).empty


def frame_of_one():
    table, causes = frame([1.0, 2, 3, 4], a=list("xxyy"))
    return table, "d", causes


def test_every_year_and_covariate_has_a_row():
    made = made_up()
    found = driven(made)
    assert found.singles.groupby("variable", sort=False)["year"].apply(list).tolist() == [list(made.study.years)] * 3
    assert found.singles.loc[found.singles["variable"] == "var_2", "reason"].eq("few").all()
    assert list(zip(found.pairs["first"], found.pairs["second"], strict=True)) == [
        ("var_0", "var_1"),
        ("var_0", "var_2"),
        ("var_1", "var_2"),
    ]


# Spatial models


def columbus():
    """Neighbourhoods of Columbus, as in the documentation of spreg."""
    table = io.open(examples.get_path("columbus.dbf"))
    value, *causes = (np.array(table.by_col[c], float) for c in ("HOVAL", "INC", "CRIME"))
    names = [f"r{k}" for k in range(49)]
    w = pd.DataFrame(io.open(examples.get_path("columbus.gal")).read().full()[0], names, names)
    return value, causes, w


@pytest.mark.parametrize(
    ("model", "expected", "errors"),
    [
        pytest.param(
            "spatial_lag", [0.57932457, -0.46353959, 0.17484738], [0.51892357, 0.1800053, 0.16693488], id="lag"
        ),
        pytest.param(
            "spatial_error", [0.72137778, -0.55761017, 0.35782322], [0.50292842, 0.1788127, 0.17058685], id="error"
        ),
    ],
)
def test_models_of_columbus_as_spreg_has_them(model, expected, errors):
    value, (income, crime), w = columbus()
    table, causes = frame(value, income=income, crime=crime)
    found = drivers.spatial_model(table, "d", causes, w, model)
    unit = np.array([value.std() / income.std(), value.std() / crime.std(), 1])
    np.testing.assert_allclose(found["coefficient"] * unit, expected, rtol=1e-5)
    np.testing.assert_allclose(found["standard_error"] * unit, errors, rtol=1e-3)
    assert found["observations"].tolist() == [49] * 3


def panel(rho=0.5, beta=2.0, n=30, m=8, seed=3):
    rng = np.random.default_rng(seed)
    names = [f"r{k}" for k in range(n)]
    w = np.eye(n, k=1) + np.eye(n, k=-1)
    w = w / w.sum(axis=1, keepdims=True)
    x, own, common = rng.normal(size=(m, n)), rng.normal(size=n), rng.normal(size=(m, 1))
    y = (beta * x + own + common + 0.1 * rng.normal(size=(m, n))) @ np.linalg.inv(np.eye(n) - rho * w).T
    rows = [(r, 2001 + t, y[t, k], x[t, k]) for t in range(m) for k, r in enumerate(names)]
    table = pd.DataFrame(rows, columns=["region", "year", "d", "cause"])
    return table, table[["region", "year", "cause"]], pd.DataFrame(w, names, names)


def test_a_panel_gives_back_what_it_was_made_with():
    table, causes, w = panel()
    found = drivers.spatial_model(table, "d", causes, w).set_index("variable")
    assert found.loc["rho", "coefficient"] == pytest.approx(0.5, abs=0.03)
    assert found.loc["cause", "p"] < 1e-6
    inverse = np.linalg.inv(np.eye(30) - found.loc["rho", "coefficient"] * w.to_numpy())
    beta = found.loc["cause", "coefficient"]
    assert found.loc["cause", "direct"] == pytest.approx(beta * np.diagonal(inverse).mean())
    total = beta / (1 - found.loc["rho", "coefficient"])  # rows of the weights add up to 1
    assert found.loc["cause", ["direct", "indirect"]].sum() == pytest.approx(total)
    assert found["observations"].tolist() == [29 * 7] * 2
    assert found.loc["cause", "total"] == pytest.approx(total)
    assert (found.loc["cause", ["direct_error", "indirect_error", "total_error"]] > 0).all()
    assert 0.02 <= found.loc["rho", "size"] <= 0.1


@pytest.mark.parametrize(("n", "m"), [(30, 2), (6, 25)], ids=["few-years", "more-years-than-regions"])
def test_panels_of_any_shape(n, m):
    table, causes, w = panel(n=n, m=m)
    found = drivers.spatial_model(table, "d", causes, w).set_index("variable")
    assert found.loc["rho", "coefficient"] == pytest.approx(0.5, abs=0.1)
    assert found["observations"].tolist() == [(n - 1) * (m - 1)] * 2


def test_models_print_nothing_and_take_the_order_of_rows_as_it_comes(capsys):
    table, causes, w = panel()
    found = drivers.spatial_model(table, "d", causes, w)
    again = drivers.spatial_model(table.sample(frac=1, random_state=1), "d", causes[::-1], w)
    pd.testing.assert_frame_equal(found, again)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"n": 5, "m": 4}, "few", id="few"),
        pytest.param({"cause": "words"}, "words", id="words"),
        pytest.param({"cause": "lasting"}, "constant", id="constant-over-the-years"),
    ],
)
def test_models_that_are_refused(change, reason):
    shape = {k: v for k, v in change.items() if k != "cause"}
    table, causes, w = panel(**shape)
    if change.get("cause") == "words":
        causes = causes.assign(cause=np.where(causes["cause"] > 0, "a", "b"))
    if change.get("cause") == "lasting":
        causes = causes.assign(cause=causes.groupby("region")["cause"].transform("first"))
    found = drivers.spatial_model(table, "d", causes, w)
    assert found["reason"].tolist() == [reason]
    assert found["coefficient"].isna().all()


def test_models_that_no_study_asks_for_are_an_empty_table():
    made = made_up()
    w = neighbours.build(made.study.spatial_weights, made.regions)
    causes = driven(made).causes
    asked = made.study.drivers.model_copy(update={"models": ("geodetector", "spatial_error", "spatial_lag")})
    found = drivers.spatial_models(made.coordination, "coordination_degree", causes, w, asked, 0.05)
    assert list(found["model"].unique()) == ["spatial_error", "spatial_lag"]
    for given_, wanted in ((causes, made.study.drivers), (None, None)):
        none = drivers.spatial_models(made.coordination, "coordination_degree", given_, w, wanted, 0.05)
        assert none.empty
        assert set(none.columns) == set(found.columns)


def test_covariates_are_detected_only_where_the_study_asks_for_it():
    made = made_up()
    causes, wanted = driven(made).causes, made.study.drivers
    singles, pairs = drivers.detect(made.coordination, "coordination_degree", causes, wanted, 2003, draws=99, seed=3)
    assert list(singles["variable"].unique()) == drivers.names(causes) == ["var_0", "var_1", "var_2"]
    assert len(pairs) == 3
    others = wanted.model_copy(update={"models": ("spatial_lag",)})
    assert drivers.detect(made.coordination, "coordination_degree", causes, others, 2003) == (None, None)
    assert drivers.detect(made.coordination, "coordination_degree", None, None, 2003) == (None, None)


# The study's table


def covariates(rows, columns=("region", "year", "var_0", "var_1", "var_2"), made=None):
    made = made or made_up()
    return given(pd.DataFrame(rows, columns=columns), made.study, made.regions, "covariates.csv")


def full(years=(2001, 2002, 2003)):
    return [[f"reg_{k}", str(y), str(k + y), "12.5", "ab"[k % 2]] for y in years for k in range(5)]


def test_covariates_are_typed_and_in_the_studys_order():
    found = covariates([*reversed(full()), ["elsewhere", "2001", "", "", ""], ["reg_0", "1999", "", "", ""]])
    assert found["region"].tolist() == [f"reg_{k}" for k in range(5)] * 3
    assert found["year"].tolist() == [2001] * 5 + [2002] * 5 + [2003] * 5
    assert found["var_0"].tolist()[:3] == [2001.0, 2002.0, 2003.0]
    assert found["var_2"].tolist()[:3] == ["a", "b", "a"]


def test_covariates_without_years_hold_for_every_year():
    rows = [[f"reg_{k}", str(k), "1", "a"] for k in range(5)]
    found = covariates(rows, ("region", "var_0", "var_1", "var_2"))
    assert len(found) == 15
    assert found.groupby("year")["var_0"].apply(list).tolist() == [[0.0, 1, 2, 3, 4]] * 3


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        pytest.param(full()[1:], None, "no row of reg_0 2001", id="missing-row"),
        pytest.param([*full(), full()[0]], None, "row 17: found reg_0 2001 again", id="twice"),
        pytest.param(
            [["reg_0", "2001", " ", "1", "a"], *full()[1:]], None, "row 2, column var_0: found nothing", id="empty-cell"
        ),
        pytest.param(full(), ("region", "year", "var_0", "var_l", "var_2"), "no column 'var_1'", id="missing-column"),
        pytest.param(full(), ("place", "year", "var_0", "var_1", "var_2"), "no column 'region'", id="no-region"),
    ],
)
def test_faults_of_the_table_name_row_and_column(rows, columns, said):
    with pytest.raises(InputError, match=said):
        covariates(rows, columns or ("region", "year", "var_0", "var_1", "var_2"))


def test_every_fault_is_named_at_once():
    rows = full()
    rows[3][2] = rows[7][3] = ""
    with pytest.raises(InputError, match="2 faults") as caught:
        covariates(rows)
    assert "row 5, column var_0" in str(caught.value)
    assert "row 9, column var_1" in str(caught.value)


def test_the_file_is_read_from_the_studys_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    made = made_up()
    (tmp_path / "made-up").mkdir()
    with pytest.raises(InputError, match=r"covariates\.csv: found no such file"):
        inputs.covariates(made.study, made.regions)
    text = "region,year,var_0,var_1,var_2\n" + "".join(",".join(row) + "\n" for row in full())
    (tmp_path / "made-up" / "covariates.csv").write_text(text, encoding="utf-8")
    found = inputs.covariates(made.study, made.regions)
    pd.testing.assert_frame_equal(found, covariates(full()))
    without = made.study.model_copy(update={"drivers": None})
    assert inputs.covariates(without, made.regions) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"variables": {}}, "at least 1"),
        ({"variables": {"year": "Year"}}, "other than region and year"),
        ({"variables": {"Openness": "Openness"}}, "pattern"),
        ({"classes": 1}, "greater than or equal to 2"),
        ({"models": []}, "at least 1"),
        ({"models": ["gwr"]}, "geodetector"),
        ({"file": "../covariates.csv"}, "pattern"),
    ],
    ids=["no-variables", "a-key", "no-identifier", "one-class", "no-models", "unknown-model", "another-folder"],
)
def test_settings_that_are_refused(change, said):
    plain = {"file": "covariates.csv", "variables": {"openness": "Openness"}}
    assert Drivers(**plain).models == ("geodetector",)
    with pytest.raises(ValueError, match=said):
        Drivers(**plain | change)
