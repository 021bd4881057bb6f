from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import RAW, assert_names
from hypothesis import given
from hypothesis import strategies as st

from coordination.errors import InputError
from coordination.indices import coupling, normalisation, weighting
from coordination.pipeline.files import read_released, read_released_variants
from coordination.replication.removal import removed
from coordination.replication.scoreboard import (
    Route,
    agreement,
    claim,
    claims_table,
    coordination_cells,
    counts,
    group_cells,
    holds,
    largest_differences,
    moran_cells,
    pairs,
    routes,
    scoreboard,
)
from coordination.replication.verdict import VERDICTS, decimals, half_printed, verdict
from coordination.sections import COLUMNS
from coordination.spatial import autocorrelation, neighbours
from coordination.study.document import load
from coordination.study.regions import read_regions

FOLDER = RAW / "yellow-river"


@pytest.mark.parametrize(
    ("text", "count", "half"),
    [("0.070", 3, 0.0005), ("13", 0, 0.5), ("-0.5", 1, 0.05), ("13.70", 2, 0.005)],
    ids=str,
)
def test_decimals_of_a_printed_number(text, count, half):
    assert decimals(text) == count
    assert half_printed(text) == pytest.approx(half)


@pytest.mark.parametrize(
    ("published", "recomputed", "tolerance", "expected"),
    [
        pytest.param("0.311", 0.3114, None, "reproduced", id="rounds-to-it"),
        pytest.param("0.311", 0.3105, None, "reproduced", id="half-a-unit-off"),
        pytest.param("0.3", 0.1 + 0.2 + 0.05, None, "reproduced", id="half-a-unit-off-in-binary"),
        pytest.param("0.311", 0.31049, None, "not reproduced", id="more-than-half-a-unit"),
        pytest.param("0.311", 0.3080, 0.003, "reproduced within rounding", id="at-the-tolerance"),
        pytest.param("0.311", 0.3080, 0.0029, "not reproduced", id="beyond-the-tolerance"),
        pytest.param("0.311", 0.3114, 0.0001, "reproduced", id="a-tolerance-does-not-take-rounding-away"),
        pytest.param("13", 13.4, None, "reproduced", id="whole-number"),
        pytest.param("-0.020", -0.0196, None, "reproduced", id="negative"),
        pytest.param("0.311", np.nan, 1.0, "not testable", id="missing"),
    ],
)
def test_verdict(published, recomputed, tolerance, expected):
    assert verdict(published, recomputed, tolerance) == expected


@given(st.floats(-1, 1), st.integers(1, 4))
def test_a_number_reproduces_what_it_rounds_to(number, places):
    assert verdict(f"{number:.{places}f}", number) == "reproduced"


@pytest.mark.parametrize(
    ("chance", "expected"),
    [(0.05, "reproduced within rounding"), (0.0499, "not reproduced"), (0.0, "not reproduced")],
)
def test_a_number_of_printed_ones_is_judged_by_its_chance_whatever_the_tolerance(chance, expected):
    assert verdict("0.311", 0.3080, 1.0, chance) == expected
    assert verdict("0.311", 0.3114, None, 0.0) == "reproduced"


# A small study: three northern and two southern regions, three years.
YEARS = (2019, 2020, 2021)
DEGREES = {
    "Oak": [0.20, 0.25, 0.30],
    "Elm": [0.30, 0.35, 0.40],
    "Ash": [0.50, 0.60, 0.72],
    "Fir": [0.60, 0.65, 0.66],
    "Bay": [0.70, 0.72, 0.78],
}
NORTH = [np.mean([DEGREES[r][t] for r in ("Oak", "Elm")]) for t in range(3)]
SOUTH = [np.mean([DEGREES[r][t] for r in ("Ash", "Fir", "Bay")]) for t in range(3)]
MEANS = [np.mean([d[t] for d in DEGREES.values()]) for t in range(3)]


def long(values):
    return pd.DataFrame(
        [(r, y, v) for r, row in values.items() for y, v in zip(YEARS, row, strict=True)],
        columns=["region", "year", "value"],
    )


@pytest.fixture(scope="module")
def places(toy_study, toy_folder):
    return read_regions(toy_study, toy_folder)


@pytest.fixture(scope="module")
def evidence():
    """What the data route would have to say about the small study."""
    moran = pd.DataFrame(
        {
            "year": YEARS,
            "moran_i": [0.3, 0.35, 0.2],
            "expected_i": -0.25,
            "z_randomisation": [2.0, 2.1, 1.4],
            "p_randomisation": [0.02, 0.03, 0.08],
            "p_exact_greater": [0.03, 0.06, 0.2],
            "p_exact_less": [0.98, 0.95, 0.81],
            "p_exact_two_sided": [0.06, 0.12, 0.4],
        }
    )
    local = pd.DataFrame(
        {
            "year": 2021,
            "region": ["Oak", "Ash"],
            "lag": [-0.3, -0.01],
            "quadrant": ["LL", "LL"],
            "quadrant_article": ["LL", "LH"],
        }
    )
    values = {
        "coordination_degree": long(DEGREES),
        "technology": long({r: [0.1, 0.2, 0.4] for r in DEGREES}),
        "governance": long({r: [0.4, 0.4, 0.4] for r in DEGREES}),
    }
    return Route("data", values, moran, local)


def row(
    variable="coordination_degree", place="all", period="2019-2021", measure="mean", expected="", tolerance="", note=""
):
    return {
        "id": "c", "section": "2.2", "variable": variable, "place": place, "period": period,
        "measure": measure, "expected": expected, "tolerance": tolerance, "note": note,
    }  # fmt: skip


def growth(first, last):
    return 100 * ((last / first) ** 0.5 - 1)


NUMBERS = {
    "mean-of-all": (row(), np.mean(MEANS)),
    "mean-of-the-whole-by-name": (row(place="island"), np.mean(MEANS)),
    "mean-of-a-group": (row(place="south"), np.mean(SOUTH)),
    "mean-of-a-region": (row(place="Ash"), np.mean(DEGREES["Ash"])),
    "mean-of-a-year": (row(period="2020"), MEANS[1]),
    "change": (row(measure="change"), MEANS[2] - MEANS[0]),
    "change-of-a-group": (row(place="north", measure="change"), NORTH[2] - NORTH[0]),
    "growth": (row(measure="growth"), growth(MEANS[0], MEANS[2])),
    "growth-of-a-region": (row(place="Elm", measure="growth"), growth(0.3, 0.4)),
    "highest-growth": (row(place="Oak", measure="highest_growth"), growth(0.2, 0.3)),
    "lowest-growth": (row(place="Fir", measure="lowest_growth"), growth(0.6, 0.66)),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_claims_of_numbers(case, evidence, toy_study, places):
    asked, value = NUMBERS[case]
    right, near, wrong = f"{value:.3f}", f"{value + 0.002:.3f}", f"{value + 0.2:.3f}"
    for expected, tolerance, found in (
        (right, "", "reproduced"),
        (near, "0.003", "reproduced within rounding"),
        (near, "", "not reproduced"),
        (wrong, "0.003", "not reproduced"),
    ):
        (result,) = claim(asked | {"expected": expected, "tolerance": tolerance}, evidence, toy_study, places)
        assert result["verdict"] == found
        assert result["recomputed"] == f"{value:.4f}"
        assert result["published"] == expected
        assert result["difference"] == pytest.approx(value - float(expected), abs=1e-9)
        assert result["route"] == "data"


def degree(value):
    return [{"because": "degree", "degree": value}]


EVERY_YEAR = [{"because": "years", "years": list(YEARS)}]
ENDS = [{"because": "moran_ends", "first": 0.3, "last": 0.2}]
WORDS = {
    "level": (row(period="2021", measure="level"), "bare coordination", "imbalance", degree(0.572)),
    "level-at-a-bound": (row(place="Elm", period="2021", measure="level"), "imbalance", "coordination", degree(0.4)),
    "level-at-the-end": (row(place="Oak", measure="level"), "imbalance", "coordination", degree(0.3)),
    "level-in-the-last-year": (row(place="Ash", measure="level"), "coordination", "imbalance", degree(0.72)),
    "level-of-a-group": (row(place="south", period="2021", measure="level"), "coordination", "imbalance", degree(0.72)),
    "trend": (row(measure="trend"), "increasing", "decreasing", []),
    "trend-of-every-region": (row(place="regions", measure="trend"), "increasing", "decreasing", []),
    "order": (row(place="groups", measure="order"), "north<south", "south<north", []),
    "order-every-year": (row(place="groups", measure="order_every_year"), "north<south", None, []),
    "highest": (row(place="regions", measure="highest"), "Bay>Fir", "Fir>Bay", []),
    "highest-three": (row(place="regions", measure="highest"), "Bay>Fir>Ash", "Bay>Ash>Fir", []),
    "lowest": (row(place="regions", measure="lowest"), "Ash>Elm>Oak", "Oak>Elm>Ash", []),
    "growth-order": (
        row("scores", "subsystems", measure="growth_order"), "technology>governance", "governance>technology", [],
    ),
    "sign": (row("moran_i", measure="sign"), "positive", "negative", EVERY_YEAR),
    "trend-of-moran": (row("moran_i", measure="trend"), "decreasing", "increasing", ENDS),
}  # fmt: skip


@pytest.mark.parametrize("case", WORDS)
def test_claims_in_words(case, evidence, toy_study, places):
    asked, right, wrong, reason = WORDS[case]
    (result,) = claim(asked | {"expected": right}, evidence, toy_study, places)
    assert (result["verdict"], result["recomputed"], result["reason"]) == ("reproduced", right, reason)
    if wrong:
        (result,) = claim(asked | {"expected": wrong}, evidence, toy_study, places)
        assert (result["verdict"], result["recomputed"]) == ("not reproduced", right)
        assert result["difference"] is None


def test_regions_that_do_not_all_rise(evidence, toy_study, places):
    mixed = replace(evidence, values={"coordination_degree": long(DEGREES | {"Oak": [0.3, 0.25, 0.2]})})
    (result,) = claim(row(place="regions", measure="trend", expected="increasing"), mixed, toy_study, places)
    assert (result["verdict"], result["recomputed"]) == ("not reproduced", "decreasing/increasing")


def test_an_order_that_fails_in_one_year_names_it(evidence, toy_study, places):
    turned = long(DEGREES | {"Oak": [0.2, 2.0, 0.3]})
    asked = row(place="groups", measure="order_every_year", expected="north<south")
    (result,) = claim(asked, replace(evidence, values={"coordination_degree": turned}), toy_study, places)
    assert result["verdict"] == "not reproduced"
    assert result["recomputed"] == "south<north"
    assert result["reason"] == [{"because": "other_order", "years": [2020]}]


@pytest.mark.parametrize(
    ("measure", "place", "extreme", "rate"),
    [("highest_growth", "Elm", "Oak", growth(0.2, 0.3)), ("lowest_growth", "Bay", "Fir", growth(0.6, 0.66))],
    ids=["highest", "lowest"],
)
def test_growth_that_is_extreme_elsewhere_is_not_reproduced(measure, place, extreme, rate, evidence, toy_study, places):
    asked = row(place=place, measure=measure, expected=f"{rate:.2f}", tolerance="0.05")
    (result,) = claim(asked, evidence, toy_study, places)
    own = growth(DEGREES[place][0], DEGREES[place][2])
    assert result["verdict"] == "not reproduced"
    assert result["recomputed"] == f"{extreme}: {rate:.2f}"
    (why,) = result["reason"]
    assert why == {"because": "elsewhere", "extreme": extreme, "region": place, "rate": pytest.approx(own, abs=1e-8)}


def test_a_moran_that_is_not_positive_names_the_years(evidence, toy_study, places):
    moran = evidence.moran.assign(moran_i=[0.3, -0.1, 0.0])
    asked = row("moran_i", measure="sign", expected="positive")
    (result,) = claim(asked, replace(evidence, moran=moran), toy_study, places)
    assert (result["verdict"], result["recomputed"]) == ("not reproduced", "not positive")
    assert result["reason"][0] == {"because": "not_positive", "years": [2020, 2021]}


def test_significance_is_judged_under_every_inference(evidence, toy_study, places):
    asked = row("moran_i", measure="significance", expected="most years")
    found = {r["convention"]: r for r in claim(asked, evidence, toy_study, places)}
    assert {k: (r["recomputed"], r["verdict"]) for k, r in found.items()} == {
        "normal": ("2/3", "reproduced"),
        "exact_greater": ("1/3", "not reproduced"),
        "exact_two_sided": ("0/3", "not reproduced"),
    }
    assert found["exact_greater"]["reason"] == [{"because": "p_range", "low": 0.03, "high": 0.2}]
    many = replace(evidence, moran=evidence.moran.assign(p_exact_greater=np.nan, p_exact_two_sided=np.nan))
    assert [r["convention"] for r in claim(asked, many, toy_study, places)] == ["normal"]


def test_an_inference_is_not_testable_and_says_why(evidence, toy_study, places):
    asked = row("moran_i", measure="inference", expected="claim", note="no test is given")
    (result,) = claim(asked, evidence, toy_study, places)
    assert (result["verdict"], result["recomputed"]) == ("not testable", None)
    assert result["reason"] == [{"because": "no_test", "period": "2019-2021"}]


def moran_change(**values):
    row = {
        "source": "data", "first": 2019, "last": 2021, "moran_first": 0.3, "moran_last": 0.2, "change": -0.1,
        "p_less": 0.03, "p_two_sided": 0.06, "slope_p_less": 0.04, "slope_p_two_sided": 0.08,
    }  # fmt: skip
    return pd.DataFrame([row | values])


@pytest.mark.parametrize(
    ("values", "found", "same"),
    [
        pytest.param({}, "weaker", "reproduced", id="falls-clearly"),
        pytest.param({"p_less": 0.05}, "weaker", "reproduced", id="at-the-level"),
        pytest.param({"p_less": 0.051}, "weaker, not significantly", "not reproduced", id="falls-by-chance"),
        pytest.param({"change": 0.1, "p_less": 0.97}, "not weaker", "not reproduced", id="rises"),
        pytest.param({"change": 0.0, "p_less": 0.01}, "not weaker", "not reproduced", id="stays"),
        pytest.param({"change": np.nan, "p_less": np.nan}, None, "not testable", id="single-year"),
        pytest.param({"first": 2020}, None, "not testable", id="another-period"),
    ],
)
def test_weakening_is_judged_by_the_test_of_the_change(values, found, same, evidence, toy_study, places):
    asked = row("moran_i", measure="inference", expected="claim", note="no test is given")
    known = replace(evidence, change=moran_change(**values))
    (result,) = claim(asked, known, toy_study, places)
    assert (result["recomputed"], result["verdict"]) == (found, same)
    if found:
        assert result["reason"] == [
            {"because": "moran_ends", "first": 0.3, "last": 0.2},
            {"because": "p_of_change", "one_sided": known.change["p_less"][0], "two_sided": 0.06},
        ]
    else:
        assert result["reason"] == [{"because": "no_test", "period": "2019-2021"}]


REGISTER = pd.DataFrame(
    [
        row(expected="0.123") | {"id": "mean"},
        row("moran_i", measure="significance", expected="most years") | {"id": "significant"},
        row("moran_i", period="2020-2021", measure="sign", expected="positive") | {"id": "positive"},
        row("moran_i", measure="trend", expected="decreasing") | {"id": "falls"},
        row("moran_i", measure="trend", expected="increasing") | {"id": "rises"},
        row("moran_i", measure="inference", expected="claim") | {"id": "weaker"},
        row("quadrant", "Ash", "2021", "quadrant", "LH") | {"id": "ash"},
        row("quadrant", "Oak", "2021", "quadrant", "LL") | {"id": "oak"},
    ]
)
ROBUST = pd.DataFrame(
    [
        ("mean", "published", True, 0.9, 0.9, 48, *[np.nan] * 4, "a=b"),
        ("mean", "data", False, 0.25, 0.3, 96, 0.1, 0.1, 0.1, 200, ""),
        ("oak", "data", True, 1.0, 1.0, 96, 0.97, 0.97, 0.97, 200, "coupling=fan2024 | weighting=equal + zeros=narrow"),
    ],
    columns=COLUMNS["claim-robustness"],
)


@pytest.fixture
def asked(evidence, toy_study, places):
    """Claims of the register above, with robustness or without, under the conventions of a study."""

    def table(robustness=ROBUST, change=None, quadrants="zero"):
        setting = toy_study.autocorrelation.model_copy(update={"quadrants": quadrants})
        study = toy_study.model_copy(update={"autocorrelation": setting})
        moran = evidence.moran.assign(source="data", p_permutation=0.5)
        local = evidence.quadrants.assign(source="data", p_exact=[0.2, np.nan], p_permutation=[0.3, 0.4])
        own = replace(evidence, change=change)
        board = pd.DataFrame([r for _, c in REGISTER.iterrows() for r in claim(c, own, study, places)])
        return claims_table(board, REGISTER, robustness, moran, local, change, study).set_index("claim")

    return table


def test_every_claim_has_a_row_with_what_is_known_of_it(asked):
    table = asked(change=moran_change())
    assert tuple(table.reset_index().columns) == COLUMNS["claims"]
    assert table.index.tolist() == REGISTER["id"].tolist()
    assert table["verdict_published"].isna().all()
    assert table.loc["mean", ["share", "universes", "certainty"]].tolist() == [0.25, 96, 0.1]
    assert table.loc["oak", "changes"] == "coupling=fan2024 | weighting=equal + zeros=narrow"
    assert table.drop(index=["mean", "oak"])["share"].isna().all()
    assert table["verdict_data"].to_dict() == {
        "mean": "not reproduced", "significant": "reproduced / not reproduced", "positive": "reproduced",
        "falls": "reproduced", "rises": "not reproduced", "weaker": "reproduced",
        "ash": "not reproduced / reproduced", "oak": "reproduced",
    }  # fmt: skip


def test_p_of_a_claim_is_that_of_the_inference_it_involves(asked):
    p = asked(change=moran_change())[["p_low", "p_high"]].T
    assert p["mean"].isna().all()
    known = {k: v.tolist() for k, v in p.drop(columns="mean").items()}
    assert known == {
        "significant": [0.03, 0.2], "positive": [0.06, 0.2], "falls": [0.04, 0.04], "rises": [0.08, 0.08],
        "weaker": [0.03, 0.03], "ash": [0.4, 0.4], "oak": [0.2, 0.2],
    }  # fmt: skip


def test_the_studys_own_convention_comes_first_and_counts(asked):
    zero, means = (asked(quadrants=q)["verdict_data"] for q in ("zero", "means"))
    assert (zero["ash"], means["ash"]) == ("not reproduced / reproduced", "reproduced / not reproduced")
    assert asked()["holds_data"].tolist() == holds(zero).tolist()
    assert (holds(zero)["ash"], holds(means)["ash"]) == (False, True)


def test_claims_without_the_sections_a_study_leaves_out(asked):
    table = asked(robustness=None)
    assert table[["share", "universes", "certainty", "changes"]].isna().all(axis=None)
    assert table.loc["weaker", "verdict_data"] == "not testable"
    assert table.loc[["weaker", "falls"], "p_low"].isna().all()


def test_what_holds():
    verdicts = ["reproduced", "reproduced within rounding", "not reproduced / reproduced", "not testable", None]
    assert holds(pd.Series(verdicts)).tolist() == [True, True, False, pd.NA, pd.NA]


def test_quadrants_are_judged_with_both_axes(evidence, toy_study, places):
    asked = row("quadrant", "Ash", "2021", "quadrant", "LH")
    means, zero = claim(asked, evidence, toy_study, places)
    assert (means["convention"], means["recomputed"], means["verdict"]) == ("means", "LH", "reproduced")
    assert (zero["convention"], zero["recomputed"], zero["verdict"]) == ("zero", "LL", "not reproduced")
    assert means["reason"] == zero["reason"] == [{"because": "axes", "lag": -0.01}]
    settled = claim(row("quadrant", "Oak", "2021", "quadrant", "LL"), evidence, toy_study, places)
    assert [(r["verdict"], r["reason"]) for r in settled] == [("reproduced", [])] * 2


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(row(period="2012-2021", expected="0.5"), id="mean"),
        pytest.param(row(period="1990", expected="0.5"), id="mean-long-before"),
        pytest.param(row(period="2021-2030", measure="growth", expected="3.0"), id="growth"),
        pytest.param(row("quadrant", "Oak", "2020", "quadrant", "LL"), id="quadrant"),
        pytest.param(row("scores", "subsystems", "2012-2021", "growth_order", "technology>governance"), id="order"),
    ],
)
def test_years_that_a_route_does_not_have_are_not_testable(asked, evidence, toy_study, places):
    (result,) = claim(asked, evidence, toy_study, places)
    assert (result["verdict"], result["recomputed"]) == ("not testable", None)
    assert result["reason"] == [{"because": "no_years"}]


@pytest.mark.parametrize(
    "asked",
    [
        row("technology", expected="0.1"),
        row("scores", "subsystems", measure="growth_order", expected="technology>governance"),
    ],
    ids=["score", "scores"],
)
def test_a_route_says_nothing_of_variables_it_does_not_know(asked, evidence, toy_study, places):
    published = replace(evidence, route="published", values={"coordination_degree": long(DEGREES)})
    assert claim(asked, published, toy_study, places) == []
    assert len(claim(asked, evidence, toy_study, places)) == 1


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        pytest.param(row(place="Yew"), ["place 'Yew'", "one of all, island, north, south, Oak"], id="place"),
        pytest.param(row(place="Yew", measure="highest_growth"), ["place 'Yew'"], id="place-of-growth"),
        pytest.param(row("quadrant", "Yew", "2021", "quadrant", "LL"), ["place 'Yew'"], id="place-of-quadrant"),
        pytest.param(
            row(measure="median"),
            ["measure 'median' of c", "one of mean, change, growth, level, trend, order"],
            id="measure",
        ),
        pytest.param(
            row("moran_i", measure="mean"),
            ["measure 'mean'", "one of trend, sign, significance, inference"],
            id="measure-of-moran",
        ),
        pytest.param(
            row("quadrant", "Oak", "2021", "level"), ["measure 'level'", "one of quadrant"], id="measure-of-quadrant"
        ),
        pytest.param(row("degree"), ["variable 'degree' of c", "technology, governance, scores"], id="variable"),
    ],
)
def test_claims_that_make_no_sense(asked, parts, evidence, toy_study, places):
    with pytest.raises(InputError) as caught:
        claim(asked, evidence, toy_study, places)
    assert_names(str(caught.value), "claims.csv: found", *parts)


def test_cells_of_the_table_of_degrees(evidence):
    printed = pd.DataFrame(
        {
            "region": ["Oak", "Oak", "Elm", "Elm"], "year": ["2019", "2021", "2019", "1999"],
            "coordination_degree": ["0.200", "0.31", "0.305", "0.1"],
        }
    )  # fmt: skip
    found = coordination_cells(printed, evidence.values["coordination_degree"])
    assert [r["item"] for r in found] == ["T4-Oak-2019", "T4-Oak-2021", "T4-Elm-2019", "T4-Elm-1999"]
    assert [r["verdict"] for r in found] == ["reproduced", "not reproduced", "not reproduced", "not testable"]
    assert [r["recomputed"] for r in found] == ["0.2000", "0.300", "0.3000", None]
    assert [r["tolerance"] for r in found] == pytest.approx([0.0005, 0.005, 0.0005, 0.05])
    assert {r["route"] for r in found} == {"data"}


def from_print(evidence, decimals=3, **of):
    """The small study as a route that starts from what was printed."""
    table = evidence.values["coordination_degree"].rename(columns={"value": "coordination_degree"})
    table = table.assign(coordination_degree=table["coordination_degree"].map(f"{{:.{decimals}f}}".format))
    return replace(evidence, route="published", printed=table.astype(str), **of)


def test_cells_of_group_means_say_the_chance_of_what_they_are_made_from(evidence, toy_study, places):
    printed = pd.DataFrame(
        {
            "group": ["north", "south", "south", "south", "south"],
            "year": ["2019", "2019", "2019", "2019", "1999"],
            "mean_coordination_degree": ["0.250", "0.6002", "0.6004", "0.6006", "0.1"],
        }
    )
    rounded = from_print(evidence)
    drawn = rounded.drawn(toy_study, places, np.zeros((5, 5)))
    found = group_cells(printed, rounded, toy_study, places, drawn)
    assert [r["verdict"] for r in found] == [
        "reproduced", "reproduced within rounding", "not reproduced", "not reproduced", "not testable"
    ]  # fmt: skip
    # Of the sum of three uniform errors within half a unit (Irwin and Hall): at least 0.45, 1.05 and 1.65 units
    assert [r["reason"] for r in found[1:4]] == [[], [{"because": "not_by_rounding"}], [{"because": "not_by_rounding"}]]
    by_hand = [1 - 2 * (0.75 * 0.45 - 0.45**3 / 3), (1.5 - 1.05) ** 3 / 3, 0]
    assert [r["chance"] for r in found[1:4]] == pytest.approx(by_hand, abs=0.01)
    assert found[4]["chance"] is None
    assert [r["chance"] for r in group_cells(printed, evidence, toy_study, places)] == [None] * 5


def test_a_claim_says_the_chance_of_what_it_is_made_from(evidence, toy_study, places):
    rounded = from_print(evidence)
    drawn = rounded.drawn(toy_study, places, np.zeros((5, 5)))
    south = [
        claim(row(place="south", period="2019", expected=e), rounded, toy_study, places, drawn)[0]
        for e in ("0.6002", "0.6004")
    ]
    assert [r["verdict"] for r in south] == ["reproduced within rounding", "not reproduced"]
    # as for the cells of the table of group means
    assert [r["chance"] for r in south] == pytest.approx([1 - 2 * (0.75 * 0.45 - 0.45**3 / 3), 0.45**3 / 3], abs=0.01)
    assert claim(row(place="south", period="2019", expected="0.6002"), rounded, toy_study, places)[0]["chance"] is None


def test_cells_of_moran_say_what_standard_error_is_printed(evidence, places):
    weights = neighbours.inverse_distance(places)
    moran = autocorrelation.analytic_moran(evidence.values["coordination_degree"], "value", weights)
    own = moran.set_index("year").loc[2019]
    printed = pd.DataFrame(
        {
            "year": ["2019", "2020"],
            "moran_i": [f"{own['moran_i']:.3f}", "0.5"],
            "z_score": [f"{2 * own['z_randomisation']:.3f}", "0"],
            "p_value": ["0.001", "0.9"],
        }
    )
    found = moran_cells(printed, replace(evidence, moran=moran), weights, "greater")
    assert [r["item"] for r in found] == [f"T6-{k}-{y}" for y in (2019, 2020) for k in "Izp"]
    assert [r["verdict"] for r in found[:3]] == ["reproduced", "not reproduced", "not reproduced"]
    error = (own["moran_i"] + 0.25) / own["z_randomisation"]
    implied = (float(printed["moran_i"][0]) + 0.25) / float(printed["z_score"][0])
    assert implied == pytest.approx(error / 2, rel=0.01)
    said = [{"because": "standard_error", "implied": pytest.approx(implied), "own": pytest.approx(error)}]
    assert [r["reason"] for r in found[:3]] == [[], said, said]
    assert found[4]["reason"] == []  # a printed z of 0 implies nothing
    right = pd.DataFrame(
        {"year": ["2019"], "moran_i": "0.9", "z_score": f"{own['z_randomisation']:.3f}", "p_value": "0.9"}
    )
    wrong = [r["reason"] for r in moran_cells(right, replace(evidence, moran=moran), weights, "greater")]
    assert [bool(r) for r in wrong] == [False, False, True]  # of a z as it should be nothing is to be explained


def test_moran_of_a_year_that_is_not_printed_is_not_testable(evidence, places):
    weights = neighbours.inverse_distance(places)
    moran = autocorrelation.analytic_moran(evidence.values["coordination_degree"], "value", weights)
    printed = pd.DataFrame({"year": ["2018"], "moran_i": ["0.1"], "z_score": ["1.0"], "p_value": ["0.1"]})
    found = moran_cells(printed, from_print(evidence, moran=moran), weights, "greater")
    assert {(r["verdict"], r["tolerance"]) for r in found} == {("not testable", None)}
    assert [r["reason"] for r in found] == [[{"because": "not_printed"}]] * 3


def test_chances_of_moran_are_those_of_the_draws(evidence, places, toy_study):
    weights = neighbours.inverse_distance(places)
    table = evidence.values["coordination_degree"]
    moran = autocorrelation.analytic_moran(table, "value", weights)
    rounded = from_print(evidence, moran=moran)
    drawn = rounded.drawn(toy_study, places, weights)
    rng = np.random.default_rng(5)
    before = []
    for _ in range(400):  # by esda, one by one, of other draws
        shifted = table.assign(value=table["value"] + rng.uniform(-0.0005, 0.0005, len(table)))
        before.append(autocorrelation.analytic_moran(shifted, "value", weights).set_index("year").loc[2020])
    before = pd.DataFrame(before)
    for column, own in (("moran_i", "moran_i"), ("z_score", "z_randomisation"), ("p_value", "p_randomisation")):
        likely, rare = before[own].quantile(0.7), before[own].max() + 0.0005
        for number, least, most in ((likely, 0.4, 0.8), (rare, 0, 0.02)):
            printed = pd.DataFrame({"year": ["2020"], "moran_i": "0", "z_score": "0", "p_value": "0"})
            printed[column] = f"{number:.6f}"
            cell = {r["item"]: r for r in moran_cells(printed, rounded, weights, "greater", drawn)}
            of = {"moran_i": "I", "z_score": "z", "p_value": "p"}[column]
            assert least <= cell[f"T6-{of}-2020"]["chance"] <= most


@pytest.fixture(scope="module")
def study():
    return load(FOLDER)


@pytest.fixture(scope="module")
def provinces(study):
    return read_regions(study, FOLDER)


def printed_table(name):
    return pd.read_csv(FOLDER / "published" / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def weights(study, provinces):
    return neighbours.transform(neighbours.build(study.spatial_weights, provinces), study.spatial_weights.transform)


@pytest.fixture(scope="module")
def computed(study, provinces, weights):
    """What the notebooks hand to the replication, from the released panel on, with fewer permutations."""
    start = normalisation.from_released(pd.read_csv(FOLDER / study.panel.released), study, provinces.index)
    values, inference = start.values.values, {"permutations": 99, "seed": 1}
    members = {s.id: [i.id for i in s.indicators] for s in study.subsystems}
    scores = weighting.scores(values, weighting.weights(values, members))
    degrees = coupling.coordinate(scores, study)
    table4 = printed_table("table4_coordination")
    sources = {"data": degrees, "published": table4.astype({"year": int, "coordination_degree": float})}
    moran, local = (
        autocorrelation.by_source(statistic, sources, "coordination_degree", weights, **inference)
        for statistic in (autocorrelation.global_moran, autocorrelation.local_moran)
    )
    found = routes(scores, degrees, table4, moran, local)
    return found, degrees


@pytest.fixture(scope="module")
def board(computed, study, provinces, weights):
    found, _ = computed
    changed = removed(read_released(study), read_released_variants(study), study, provinces, weights)
    tables = {n: printed_table(n) for n in ("table4_coordination", "table5_group_means", "table6_global_moran")}
    return scoreboard(printed_table("claims"), tables, found, study, provinces, weights, changed)


def test_table_5_follows_from_table_4(board):
    own = board[(board["section"] == "Table 5") & (board["route"] == "published")]
    assert len(own) == 24
    assert set(own["verdict"]) <= {"reproduced", "reproduced within rounding"}
    assert own["difference"].abs().max() <= 0.001 + 1e-9


def test_moran_of_table_6_follows_from_table_4(board):
    own = board[(board["section"] == "Table 6") & (board["route"] == "published")].set_index("item")
    years = [2013, 2015, 2017, 2019, 2021, 2023]
    difference = own["difference"].astype(float).abs()
    assert difference[[f"T6-I-{y}" for y in years]].max().round(4) <= 0.003
    assert difference[["T6-I-2019", "T6-I-2021", "T6-I-2023"]].max() <= 0.0007
    assert difference[[f"T6-z-{y}" for y in years]].max() <= 0.025
    between = own.loc[[f"T6-{k}-{y}" for k in "Izp" for y in range(2014, 2023, 2)]]
    assert set(between["verdict"]) == {"not testable"}
    assert set(between["reason"]) == {'[{"because": "not_printed"}]'}


def test_quadrants_of_figure_7(board):
    own = board[(board["route"] == "published") & board["item"].str.startswith("Q-")]
    at_means, at_zero = (own[own["convention"] == a] for a in ("means", "zero"))
    assert (at_means["verdict"] == "reproduced").tolist() == [True] * 9
    assert sorted(at_zero.loc[at_zero["verdict"] != "reproduced", "item"]) == ["Q-Inner-Mongolia", "Q-Shaanxi"]
    assert (at_zero["verdict"] == "reproduced").sum() == 7


def test_every_claim_has_a_verdict_and_every_untested_one_a_reason(board):
    claims = printed_table("claims")
    assert len(claims) == claims["id"].nunique() == 73
    assert set(claims["id"]) <= set(board["item"])
    assert set(board["verdict"]) <= set(VERDICTS)
    untested = board[board["verdict"] == "not testable"]
    assert len(untested) > 5
    assert (untested["reason"] != "").all()
    assert untested["recomputed"].isna().all()
    assert not board.loc[board["verdict"] != "not testable", "recomputed"].isna().any()


def test_every_cell_of_the_tables_is_on_the_board(board):
    cells = board.groupby(["section", "route"]).size()
    assert cells["Table 4", "data"] == 54
    assert ("Table 4", "published") not in cells
    assert cells["Table 5", "data"] == cells["Table 5", "published"] == 24
    assert cells["Table 6", "data"] == cells["Table 6", "published"] == 33


def test_the_board_is_what_is_handed_on(board):
    assert tuple(board.columns) == COLUMNS["replication"]
    assert not board.duplicated(["item", "route", "convention"]).any()
    differing = board[(board["route"] == "data") & (board["verdict"] == "not reproduced")]
    assert (differing["reason"] != "").all()


def test_claims_about_published_levels_and_trends_hold(board):
    own = board[(board["route"] == "published") & board["item"].str.startswith("CCD-")].set_index("item")["verdict"]
    assert len(own) == 21
    assert set(own) <= {"reproduced", "reproduced within rounding"}


def test_significance_depends_on_the_inference(board):
    own = board[(board["route"] == "published") & (board["item"] == "I-significant")].set_index("convention")
    assert own["recomputed"].to_dict() == {
        "normal": "6/6",
        "exact_greater": "5/6",
        "exact_two_sided": "0/6",
    }


def test_counts_add_up_to_the_board(board):
    table = counts(board)
    assert list(table.columns) == ["kind", "route", "verdict", "count"]
    assert table["count"].sum() == len(board)
    assert not table.duplicated(["kind", "route", "verdict"]).any()


def test_largest_differences_of_the_tables(board):
    own = board[(board["route"] == "published") & board["section"].str.startswith("Table")]
    table = largest_differences(own)
    assert table["cells"].to_dict() == {"Table 5, mean": 24, "Table 6, I": 6, "Table 6, z": 6, "Table 6, p": 6}
    for k in ("I", "z", "p"):
        values = own.loc[own["item"].str.startswith(f"T6-{k}"), "difference"].astype(float).abs()
        assert table["largest_difference"][f"Table 6, {k}"] == pytest.approx(values.max(), abs=5e-5)


@pytest.mark.parametrize("none", [True, False], ids=["none", "left-out"])
def test_tables_that_were_not_published_are_left_out(none, computed, study, provinces, weights):
    found, _ = computed
    names = ("table4_coordination", "table5_group_means", "table6_global_moran")
    tables = dict.fromkeys(names) if none else {}
    own = scoreboard(printed_table("claims"), tables, found, study, provinces, weights)
    assert not own["section"].str.startswith("Table").any()
    assert own["item"].nunique() == 73


def test_a_claim_that_no_route_can_test_is_still_listed(computed, study, provinces, weights):
    found, _ = computed
    claims = printed_table("claims").query("id == 'DT-mean-2013'")
    own = scoreboard(claims, {}, found[:1], study, provinces, weights)
    assert own[["item", "verdict", "reason"]].to_numpy().tolist() == [
        ["DT-mean-2013", "not testable", '[{"because": "unknown"}]']
    ]


def test_routes_know_what_they_start_from(computed, study):
    published, data = computed[0]
    assert (published.route, list(published.values)) == ("published", ["coordination_degree"])
    assert set(published.printed["coordination_degree"].str.len()) == {5}  # as printed
    assert (data.route, data.printed) == ("data", None)
    assert set(data.values) == {"coordination_degree", *(s.id for s in study.subsystems)}
    for evidence_ in (published, data):
        assert set(evidence_.moran["source"]) == set(evidence_.quadrants["source"]) == {evidence_.route}
        assert list(evidence_.values["coordination_degree"].columns) == ["region", "year", "value"]


def test_without_published_degrees_there_is_one_route(computed):
    _, data = computed[0]
    scores = pd.DataFrame({"region": ["a"], "year": [2000], "subsystem": ["s"], "score": [0.1]})
    degrees = data.values["coordination_degree"].rename(columns={"value": "coordination_degree"})
    (only,) = routes(scores, degrees, None, data.moran, data.quadrants)
    assert only.route == "data"


def test_pairs_and_their_agreement(computed):
    both = pairs(printed_table("table4_coordination"), computed[1])
    assert list(both.columns) == ["region", "year", "published", "recomputed"]
    assert len(both) == 54
    known = computed[1].set_index(["region", "year"])["coordination_degree"]
    assert both["recomputed"].tolist() == [known[r, y] for r, y in zip(both["region"], both["year"], strict=True)]
    found = agreement(both)
    assert found["correlation"] == pytest.approx(np.corrcoef(both["published"], both["recomputed"])[0, 1])
    assert found["difference"] == pytest.approx(np.abs(both["published"] - both["recomputed"]).mean())
    assert found["correlation"] > 0.9
