import re
from dataclasses import asdict
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from conftest import RAW
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_up import RAW_ID, document, made_up
from markupsafe import escape
from scipy.optimize import brentq

from coordination.adapting import compare
from coordination.choices import COUPLING
from coordination.errors import InputError, InputErrors
from coordination.indices import normalisation, weighting
from coordination.locale import LANGUAGES
from coordination.presentation.locale import words
from coordination.presentation.reader import Reader
from coordination.presentation.style import rendered, style
from coordination.robustness import facts, figures, tables, variants
from coordination.spatial import neighbours
from coordination.study.document import load
from coordination.study.model import Study
from coordination.study.regions import read_regions

mpl.use("agg")

ALWAYS = ["own", "per_year", "narrow", "shift_weights", "shift_both", "ln_years", "no_factor", "no_root"]
SHAPES = {
    "plain": {},
    "one year": {"years": 1},
    "one group": {"regions": 4, "groups": 1},
    "three subsystems": {"subsystems": 3},
    "25 regions, 17 years": {"regions": 25, "years": 17, "groups": 3},
}


def study_of(years=2, subsystems=2, indicators=1, **changed):
    """A study with one or two indicators a subsystem."""
    plan = document(1, years, subsystems)
    for subsystem in plan["subsystems"]:
        subsystem["dimensions"] = subsystem["dimensions"][:1]
        subsystem["dimensions"][0]["indicators"] = subsystem["dimensions"][0]["indicators"][:indicators]
    return Study.model_validate(plan | changed)


def panel_of(study, *columns):
    """Figures of the first year, then of the second, as a panel."""
    n = len(columns[0]) // len(study.years)
    index = pd.MultiIndex.from_product([study.years, [f"r{k}" for k in range(n)]], names=["year", "region"])
    table = pd.DataFrame(np.array(columns, float).T, index, [i.id for i in study.indicators])
    return table.swaplevel().sort_index()


def by_id(study):
    return {v.id: v for v in variants.variants(study)}


def d_of(normalised, study, name):
    d = variants.degrees(normalised, study, by_id(study)[name])
    return d.unstack("region").to_numpy().ravel()


def ring(n):
    names = [f"r{k}" for k in range(n)]
    matrix = [[float((a - b) % n in (1, n - 1)) * (1 + (a == 0)) for b in range(n)] for a in range(n)]
    return pd.DataFrame(matrix, names, names)


@pytest.fixture
def hand():
    study = study_of()
    return study, panel_of(study, [0, 0.25, 0.5, 0.5, 1, 0.75], [0.2, 0, 0.4, 0.5, 0.8, 1])


# Known by hand: with one indicator a subsystem its weight is 1 and the score is the indicator. D of the regions in the
# first year, then in the second, to the fourth power where C and T cancel out and squared where they do not.
FOURTH_POWERS = {
    "own": [0, 0, 0.5 * 0.4, 0.5 * 0.5, 1 * 0.8, 0.75 * 1],
    "per_year": [0, 0, 1 * 1, 0, 1 * 0.6, 0.5 * 1],
    "narrow": [
        0.01 * 0.206, 0.255 * 0.01, 0.5 * 0.402, 0.5 * 0.5, 0.99 * 0.794, 0.745 * 0.99,
    ],
    "shift_weights": [0, 0, 0.2, 0.25, 0.8, 0.75],
    "ln_years": [0, 0, 0.2, 0.25, 0.8, 0.75],
    "shift_both": [
        0.0001 * 0.2001, 0.2501 * 0.0001, 0.5001 * 0.4001, 0.5001 * 0.5001, 1.0001 * 0.8001, 0.7501 * 1.0001,
    ],
    "no_factor": [0, 0, 0.2 / 4, 0.25 / 4, 0.8 / 4, 0.75 / 4],
    "renormalised": [0, 0, 0.2, 0.25, 0.8, 0.75],
    "row": [0, 0, 0.2, 0.25, 0.8, 0.75],
}  # fmt: skip
SQUARES = {
    "no_root": [0, 0, 4 * 0.2 / 0.9**2 * 0.45, 0.5, 4 * 0.8 / 1.8**2 * 0.9, 4 * 0.75 / 1.75**2 * 0.875],
    "wang2021": [0, 0, (0.9 * 0.8) ** 0.5 * 0.45, 0.5, (0.8 * 0.8) ** 0.5 * 0.9, 0.75 * 0.875],
    "fan2024": [0.8 * 0.1, 0.75 * 0.125, 0.9 * 0.45, 0.5, 0.8 * 0.9, 0.75 * 0.875],
}


@pytest.mark.parametrize("name", [*FOURTH_POWERS, *SQUARES])
def test_degrees_of_a_tiny_panel_known_by_hand(hand, name):
    study, normalised = hand
    expected = np.power(FOURTH_POWERS[name], 1 / 4) if name in FOURTH_POWERS else np.sqrt(SQUARES[name])
    np.testing.assert_allclose(d_of(normalised, study, name), expected, atol=1e-12)


def test_the_hand_made_cases_are_all_variants_but_formulas_tested_beside_the_others(hand):
    assert {*FOURTH_POWERS, *SQUARES} <= set(by_id(hand[0])) <= {*FOURTH_POWERS, *SQUARES, *COUPLING.offered}


def test_published_wrong_coupling_degrees():
    # With U = (.3, .7): right .91652, factor lost .45826, root missing .84.
    study = study_of()
    normalised = panel_of(study, [0, 0.3, 1, 0.5], [0, 0.7, 1, 0.5])
    for name, c in (("own", 0.91652), ("no_factor", 0.45826), ("no_root", 0.84)):
        assert d_of(normalised, study, name)[1] == pytest.approx(np.sqrt(c * 0.5), abs=1e-5)


@pytest.mark.parametrize("subsystems", [2, 3])
def test_without_its_factor_c_shrinks_d_by_the_root_of_n(subsystems):
    made = made_up(subsystems=subsystems)
    own, wrong = (variants.degrees(made.panel.values, made.study, by_id(made.study)[k]) for k in ("own", "no_factor"))
    np.testing.assert_allclose(wrong, own / np.sqrt(subsystems))


def test_the_shift_and_the_rescaling_change_the_entropy_weights():
    study = study_of(indicators=2)
    rng = np.random.default_rng(5)
    x = panel_of(study, *([0, *rng.random(8), 1] for _ in range(4)))
    a, b = x.iloc[:, :2], x.iloc[:, 2:]

    def d(weighed, scored):
        u = [scored(p) @ weighting.entropy(weighed(p))["weight"].to_numpy() for p in (a, b)]
        return ((u[0] * u[1]) ** 0.25).unstack("region").to_numpy().ravel()

    same, shifted, narrow = lambda p: p, lambda p: p + 0.0001, lambda p: 0.01 + 0.98 * p
    for name, expected in (
        ("own", d(same, same)),
        ("shift_weights", d(shifted, same)),
        ("shift_both", d(shifted, shifted)),
        ("narrow", d(narrow, narrow)),
    ):
        np.testing.assert_allclose(d_of(x, study, name), expected, rtol=1e-12)
    assert 0 < abs(d(shifted, same) - d(same, same)).max() < 0.001
    # Over the panel the lowest score becomes 0 and the highest 1.
    u = pd.DataFrame([p @ weighting.entropy(p)["weight"].to_numpy() for p in (a, b)]).T
    stretched = (u - u.min()) / (u.max() - u.min())
    expected = (stretched.prod(axis=1) ** 0.25).unstack("region").to_numpy().ravel()
    np.testing.assert_allclose(d_of(x, study, "renormalised"), expected, atol=1e-12)


def test_entropy_over_the_logarithm_of_the_years():
    # k = 1 / ln 2: four equal rows have e = ln 4 / ln 2 = 2, three equal ones and a 0 have ln 3 / ln 2
    x = np.array([[1, 1], [1, 1], [1, 1], [1, 0]], dtype=float)
    weights = np.array([1, np.log2(3) - 1]) / np.log2(3)
    assert weighting.entropy_weights_by_years(x, 2) == pytest.approx(weights)
    # eight equal rows have 1 - e = -2; one row alone 1, which would make a negative weight
    x = np.column_stack([np.ones(8), np.eye(8)[0]])
    assert weighting.entropy_weights_by_years(x, 2).tolist() == [1, 0]


def test_entropy_over_the_logarithm_of_the_years_of_a_published_panel():
    # 16 cities, 6 years, 9 indicators (InTheFuture7/code_for_bolg). Published are weights to three digits; how much
    # information there is in all follows from the seventh wrong one, and from it every other.
    right = np.array([149, 195, 8, 42, 26, 121, 237, 25, 197]) / 1000
    wrong = np.array([108, 105, 119, 116, 117, 110, 102, 118, 105]) / 1000

    def column(entropy):
        steps = np.arange(1.0, 97)[:, None] / 96
        return steps ** brentq(lambda power: weighting.entropies(steps**power)[0] - entropy, 0, 50)

    def panel(information):
        return np.hstack([column(1 - information * w) for w in right])

    found = brentq(lambda s: weighting.entropy_weights_by_years(panel(s), 6)[6] - wrong[6], 0.1, 0.6)
    x = panel(found)
    np.testing.assert_allclose(weighting.entropy_weights(x), right, atol=1e-9)
    np.testing.assert_allclose(weighting.entropy_weights_by_years(x, 6), wrong, atol=0.001)
    information = 1 - weighting.entropies(x) * np.log(96) / np.log(6)
    assert ((information > -1.55) & (information < -1.25)).all()


def test_one_year_has_no_logarithm_to_divide_by():
    assert "ln_years" not in by_id(study_of(years=1))


def test_each_variant_differs_in_one_thing():
    for study in (study_of(), study_of(coupling={"variant": "wang2021"})):
        own, *others = variants.variants(study)
        assert own.universe.coupling == study.coupling.variant
        assert own.universe.transform == study.spatial_weights.transform
        for variant in others:
            differing = {k for k, v in asdict(variant.universe).items() if v != asdict(own.universe)[k]}
            assert len(differing) == 1, variant
            assert variant.id != own.id


@pytest.mark.parametrize(
    ("coupled", "transform", "other"),
    [("standard", "none", "row"), ("wang2021", "row", "unstandardised"), ("fan2024", "none", "row")],
)
def test_what_the_study_does_is_no_variant(coupled, transform, other):
    weights = {"kind": "inverse_distance", "power": 1, "transform": transform}
    study = study_of(coupling={"variant": coupled}, spatial_weights=weights)
    formulas = [name for name in COUPLING.offered if name != coupled]
    assert [v.id for v in variants.variants(study)] == [*ALWAYS, *formulas, "renormalised", other]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_variant_is_named_and_explained_and_nothing_else_is(language):
    every = {v.id for t in ("none", "row") for c in COUPLING.offered for v in _variants(c, t)}
    keys = {k for k in words(language) if k.startswith("variant_")}
    assert keys == {f"variant_{v}{end}" for v in every for end in ("", "_why")}
    for key in keys:
        assert bool(re.search("[\u4e00-\u9fff]", words(language)[key])) == (language == "zh")


def _variants(coupled, transform):
    weights = {"kind": "inverse_distance", "power": 1, "transform": transform}
    return variants.variants(study_of(coupling={"variant": coupled}, spatial_weights=weights))


@pytest.mark.parametrize("directions", [("positive", "negative"), ("negative", "positive")])
def test_yearly_extremes_of_normalised_values_are_those_of_raw_values(directions):
    study = study_of(years=3, indicators=2)
    raw = panel_of(study, *np.random.default_rng(1).lognormal(size=(4, 18)))
    direction = dict(zip(raw, directions * 2, strict=True))
    pooled = normalisation.min_max(raw, direction)
    yearly = pd.concat(normalisation.min_max(part, direction) for _, part in raw.groupby("year")).loc[raw.index]
    np.testing.assert_allclose(d_of(pooled, study, "per_year"), d_of(yearly, study, "own"), rtol=1e-9)


def test_an_indicator_that_all_regions_share_in_a_year_is_0_in_that_year():
    study = study_of()
    x = panel_of(study, [0.3, 0.3, 0.3, 0, 0.5, 1], [0, 0.4, 0.8, 0, 1, 0.5])
    np.testing.assert_allclose(d_of(x, study, "per_year"), [0, 0, 0, 0, 0.5**0.25, 0.5**0.25])


def test_a_national_indicator_has_no_weight_within_years():
    study = study_of(indicators=2)
    own = [0, 0.5, 1, 0, 1, 0.5]
    x = panel_of(study, own, [0, 0, 0, 1, 1, 1], own, own)
    np.testing.assert_allclose(d_of(x, study, "per_year"), np.sqrt(own))


def test_what_is_not_defined_within_years_is_0_and_a_dash():
    study = study_of()
    x = panel_of(study, [0, 0, 0, 0, 1, 1, 1, 1], [0, 0.2, 0.3, 0.5, 0.4, 0.6, 0.8, 1])
    table = variants.compare(x, study, ring(4)).set_index("variant")
    assert d_of(x, study, "per_year").tolist() == [0] * 8
    assert table.loc["per_year", ["moran_i", "moran_change", "spearman"]].isna().all()
    assert table["moran_i"].drop("per_year").notna().all()
    reader = Reader(study, places(4), "en")
    shown = tables.variants(table.reset_index(), reader).set_index("What is done differently")
    assert shown.loc["min-max within each year", "Moran's I, 2002"] == "–"
    assert sentences(table.reset_index(), reader)[-1].startswith("A dash: not defined")


def sentences(table, reader):
    return reader.say("robustness", "variants", **facts.variants(table)).split("\n\n")


def places(n):
    return pd.DataFrame({k: [f"{k} {i}" for i in range(n)] for k in LANGUAGES}, [f"r{i}" for i in range(n)])


@pytest.mark.parametrize("variant", ["standard", "wang2021", "fan2024"])
def test_a_degree_above_1_is_outside_the_levels(variant):
    study = study_of(years=1, coupling={"variant": variant})
    x = panel_of(study, [0, 0.2, 0.5, 1], [0, 0.3, 0.4, 1])
    table = variants.region_years(x, study)
    beyond = table[table["level"] == "outside"]
    assert beyond[["variant", "region"]].to_numpy().tolist() == [["shift_both", "r3"]]
    assert beyond["coordination_degree"].item() == pytest.approx(1.0001**0.5, abs=1e-9)
    rows = variants.compare(x, study, ring(4)).set_index("variant")
    assert rows["outside"].to_dict() == {v: int(v == "shift_both") for v in rows.index}


def test_the_comparison_of_a_tiny_panel_known_by_hand():
    # One year, D of the study .2, .4, .6, .8 (equal scores): without the factor all shrink to D / sqrt(2).
    study = study_of(years=1)
    scores = np.array([0.0, 0.16, 0.36, 1.0])
    table = variants.compare(panel_of(study, scores, scores), study, ring(4)).set_index("variant")
    row = table.loc["no_factor"]
    loss = np.sqrt(scores) * (1 - 1 / np.sqrt(2))
    assert row["max_change"] == pytest.approx(loss.max())
    assert (row["region"], row["year"]) == ("r3", 2001)
    assert row["mean_change"] == pytest.approx(loss.mean())
    # .4 and .6 become .28 and .42: levels of .25 each, so the third region's and the last one's change.
    assert (row["flips"], row["flip_share"], row["outside"]) == (2, 0.5, 0)
    assert (row["ranks_changed"], row["largest_rank_change"], row["spearman"]) == (0, 0, 1)
    # z'Wz / z'z of a ring, with the first region's row counted twice, by hand
    z = np.sqrt(scores) - np.sqrt(scores).mean()
    cross = 2 * z[0] * (z[1] + z[3]) + z[1] * (z[0] + z[2]) + z[2] * (z[1] + z[3]) + z[3] * (z[2] + z[0])
    assert table.loc["own", "moran_i"] == pytest.approx(4 / 10 * cross / (z @ z))
    assert row["moran_change"] == 0


def test_ranks_that_change():
    study = study_of(years=1)
    x = panel_of(study, [0, 0.5, 1, 0.4], [0, 0.5, 0.2, 1])
    # D^4: 0, .25, .2, .4; D^2 of 1 - |U1 - U2| times T: 0, .5, .2 * .6, .4 * .7.
    rows = variants.compare(x, study, ring(4)).set_index("variant")
    assert rows.loc["fan2024", ["ranks_changed", "largest_rank_change"]].tolist() == [2, 1]
    assert rows.loc["fan2024", "spearman"] == pytest.approx(1 - 6 * 2 / (4 * 15))


@pytest.mark.parametrize("periods", [("2020Q1", "2020Q2"), ("first", "second")], ids="-".join)
def test_periods_with_labels_are_compared_as_years_are(periods):
    study = study_of()
    normalised = panel_of(study, [0, 0.25, 0.5, 0.7, 0.5, 1, 0.75, 0.1], [0.2, 0, 0.4, 0.3, 0.5, 0.8, 1, 0.6])
    labelled = study.model_copy(update={"years": periods})
    places = dict(zip(study.years, periods, strict=True))
    found = variants.compare(normalised.rename(index=places, level="year"), labelled, ring(4))
    expected = variants.compare(normalised, study, ring(4))
    pd.testing.assert_frame_equal(found.drop(columns="year"), expected.drop(columns="year"))
    assert found["year"].dropna().tolist() == expected["year"].dropna().map(places).tolist()
    names = pd.DataFrame({"en": list("ABCD"), "zh": list("甲乙丙丁")}, ring(4).index)
    laid_out = tables.variants(found, Reader(labelled, names, "en"))
    assert laid_out.iloc[:, 2].str.contains(periods[0]).any()


def test_row_standardisation_changes_moran_only():
    made = made_up()
    weights = neighbours.build(made.study.spatial_weights, made.regions)
    table = variants.compare(made.panel.values, made.study, weights).set_index("variant")
    row, own = table.loc["row"], table.loc["own"]
    assert abs(row["moran_change"]) > 1e-6
    assert row["moran_change"] == pytest.approx(row["moran_i"] - own["moran_i"])
    same = table.columns.drop(["moran_i", "moran_change"])
    pd.testing.assert_series_equal(row[same], own[same], check_names=False)
    changed = variants.region_years(made.panel.values, made.study)
    assert (changed.loc[changed["variant"] == "row", "change"] == 0).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_studys_own_row_is_the_pipelines_result(shape):
    made = made_up(**SHAPES[shape])
    weights = neighbours.build(made.study.spatial_weights, made.regions)
    own, *_ = variants.variants(made.study)
    d = variants.degrees(made.panel.values, made.study, own)
    expected = made.coordination.set_index(["region", "year"])["coordination_degree"]
    pd.testing.assert_series_equal(d, expected.loc[d.index], rtol=1e-12)
    table = variants.compare(made.panel.values, made.study, weights)
    moran = made.moran[(made.moran["source"] == "data") & (made.moran["year"] == made.study.years[-1])]
    assert table["moran_i"][0] == pytest.approx(moran["moran_i"].item())
    assert np.isfinite(table.drop(columns=["variant", "region", "year"]).to_numpy(float)).all()
    if len(made.study.years) == 1:
        assert table.set_index("variant").loc["per_year", "max_change"] == 0


@pytest.mark.filterwarnings("ignore::RuntimeWarning:esda")  # moments of a single outlier; only I is used
@settings(max_examples=20)
@given(
    arrays(np.int8, st.tuples(st.integers(10, 30), st.just(4)), elements=st.integers(0, 9)),
    st.sampled_from(COUPLING.offered),
    st.sampled_from(["none", "row"]),
)
def test_the_studys_own_settings_change_nothing(figures, variant, transform):
    figures = figures[: len(figures) // 5 * 5]
    assume((np.ptp(figures, axis=0) > 0).all())
    weights = {"kind": "inverse_distance", "power": 1, "transform": transform}
    years = len(figures) // 5
    study = study_of(years, indicators=2, coupling={"variant": variant}, spatial_weights=weights)
    x = panel_of(study, *((figures - figures.min(0)) / np.ptp(figures, axis=0)).T)
    changes = variants.region_years(x, study)
    assert np.isfinite(changes["coordination_degree"]).all()
    assert (changes.loc[changes["variant"] == "own", "change"] == 0).all()
    last = d_of(x, study, "own")[-5:]
    assume(np.ptp(last) > 1e-6)
    own = variants.compare(x, study, ring(5)).iloc[0]
    zero = ["max_change", "mean_change", "flips", "flip_share", "outside", "ranks_changed", "largest_rank_change"]
    assert (own[[*zero, "moran_change"]] == 0).all()
    assert own["spearman"] == 1
    assert pd.isna(own["region"])


def test_the_released_panel_of_the_article():
    study = load(RAW / "yellow-river")
    names = read_regions(study, RAW / "yellow-river")
    released = pd.read_csv(RAW / "yellow-river" / "normalised.csv")
    x = normalisation.from_released(released, study, names.index).values.values
    table = variants.compare(x, study, neighbours.build(study.spatial_weights, names)).set_index("variant")
    assert list(table.index) == [*ALWAYS, *COUPLING.offered[1:], "renormalised", "row"]
    assert np.isfinite(table.drop(columns=["region", "year"]).to_numpy(float)).all()
    assert (table["outside"] == 0).all()
    assert table.loc["shift_weights", "max_change"] < 0.001 < table.loc["narrow", "max_change"]
    assert (table.loc[["no_factor", "row"], "ranks_changed"] == 0).all()
    assert table.loc["no_factor", "moran_change"] == 0


def test_equal_degrees_everywhere_are_the_users_fault():
    study = study_of(years=2)
    x = panel_of(study, [0, 0.2, 0.4, 1, 0.5, 0.5, 0.5, 0.5], [0, 0.2, 0.4, 1, 0.5, 0.5, 0.5, 0.5])
    with pytest.raises(InputError, match="coordination_degree in 2002: found the same value in all regions"):
        variants.compare(x, study, ring(4))


def test_a_missing_value_is_the_users_fault():
    study = study_of()
    x = panel_of(study, [0, 0.25, np.nan, 0.5, 1, 0.75], [0.2, 0, 0.4, 0.5, 0.8, 1])
    for variant in variants.variants(study):
        with pytest.raises(InputErrors, match="indicator ind_0_0_0: found a negative, missing or infinite value"):
            variants.degrees(x, study, variant)


# For readers


def compared(made):
    weights = neighbours.build(made.study.spatial_weights, made.regions)
    x = made.panel.values
    return variants.region_years(x, made.study), variants.compare(x, made.study, weights)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_table_and_sentences_for_readers(shape, language):
    made = made_up(**SHAPES[shape])
    _, table = compared(made)
    reader = Reader(made.study, made.regions, language)
    shown = tables.variants(table, reader)
    assert shown.iloc[:, 0].tolist() == [reader.word(f"variant_{v.id}") for v in variants.variants(made.study)]
    assert shown.columns.is_unique
    said = sentences(table, reader)
    top = table.loc[table["max_change"].idxmax()]
    assert reader.word(f"variant_{top['variant']}") in said[0]
    assert made.regions[language][top["region"]] in said[0]
    for text in [*shown.to_numpy().ravel(), *said]:
        assert not re.search(rf"{RAW_ID}|nan|None|[{{}}]", text)
        assert (language == "zh") or not re.search("[\u4e00-\u9fff]", text)


def test_nothing_changes_and_no_rank_does_are_said():
    made = made_up()
    _, table = compared(made)
    still = table.assign(max_change=0.0, mean_change=0.0, flips=0, ranks_changed=0, largest_rank_change=0)
    said = sentences(still, Reader(made.study, made.regions, "en"))
    assert said[0] == "No variant changes D."
    assert "No variant changes a rank in 2003." in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_stands_by_itself(language):
    made = made_up()
    changes, table = compared(made)
    reader = Reader(made.study, made.regions, language)
    with style():
        svg = rendered(figures.variants(changes, table, reader), "svg").decode()
    text = compare.page(table, svg, reader, "**Study** `a<b`\n\nmore")
    assert "<p>Study a&lt;b</p><p>more</p>" in text
    assert not re.search(r"<(link|img|iframe|object|embed|script)\b|\bsrc\s*=|@import|url\(http", text)
    other = next(k for k in LANGUAGES if k != language)
    assert re.findall(r'<a href="([^"]*)"', text) == [f"compare.{other}.html"]
    for variant in variants.variants(made.study):
        assert f"<dd>{escape(reader.word(f'variant_{variant.id}_why'))}</dd>" in text
    assert text.count("<svg ") == 1
    assert "<?xml" not in text


def test_the_command_writes_everything_twice_alike(toy_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COORDINATION_STUDIES", str(toy_folder.parent))
    monkeypatch.setenv("COORDINATION_PANEL", "")
    runs = []
    for name in ("first", "second"):
        monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path / name))
        compare.command(SimpleNamespace(study="toy"))
        said = capsys.readouterr().out
        folder = tmp_path / name / "outputs" / "toy"
        runs.append({f.name: f.read_bytes() for f in folder.iterdir()})
    endings = [f"{language}.{ending}" for language in LANGUAGES for ending in ("html", "svg", "png")]
    assert set(runs[0]) == {"compare.csv", *(f"compare.{e}" for e in endings)}
    assert runs[0] == runs[1]
    assert "min-max within each year" in said
    assert all(name in said for name in runs[0])
    table = pd.read_csv(tmp_path / "first" / "outputs" / "toy" / "compare.csv")
    assert table["variant"].tolist() == [v.id for v in variants.variants(load(toy_folder))]
