"""The same indicator measured otherwise: linked, mended, read in another way."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import RAW, assert_names, read_panel, replace_once

from coordination.errors import InputError, InputErrors
from coordination.indices import normalisation, panel, variants
from coordination.pipeline.files import csv_text, read_released_variants
from coordination.study.document import load
from coordination.study.regions import read_regions

YEARS = [2018, 2019, 2020, 2021, 2022]

# A break, an exception and a reading of the first indicator of the toy study
DECLARED = (
    "breaks: [{year: 2021, why: new prices}], "
    "exceptions: [{region: Oak, year: 2020, why: a flood}], "
    "readings: [{id: per_head, name: Ports per head, formula: ports / population}, "
    "{id: fewer, name: Ports, formula: ports, direction: negative}]"
)


def series(*columns):
    return pd.DataFrame(dict(zip(("Oak", "Elm"), columns, strict=False)), YEARS[: len(columns[0])], dtype=float)


# Linking


def test_growth_at_a_break_is_the_geometric_mean_of_the_years_around_it():
    # growth 1.2 before and 1.8 after the break: sqrt(1.2 * 1.8) at it
    linked = variants.chained(series([100, 120, 10, 18]), [2020])["Oak"]
    at_break = 120 * np.sqrt(1.2 * 1.8)
    assert linked.to_numpy() == pytest.approx([100, 120, at_break, 1.8 * at_break])


def test_every_region_is_linked_by_its_own_growth():
    linked = variants.chained(series([100, 110, 1, 1.1], [50, 100, 7, 14]), [2020])
    assert linked["Oak"].to_numpy() == pytest.approx([100, 110, 121, 133.1])
    assert linked["Elm"].to_numpy() == pytest.approx([50, 100, 200, 400])


def test_a_base_that_only_has_other_units_is_undone():
    true = series([100, 110, 121, 133.1, 146.41])
    broken = true.copy()
    broken.loc[2020:] *= 0.01
    assert variants.chained(broken, [2020]).to_numpy() == pytest.approx(true.to_numpy())


def test_growth_within_every_base_is_kept():
    values = series([3, 4, 9, 8, 7])
    linked = variants.chained(values, [2020])
    within = [2019, 2021, 2022]
    assert linked.pct_change().loc[within].to_numpy() == pytest.approx(values.pct_change().loc[within].to_numpy())
    assert (linked.loc[:2019] == values.loc[:2019]).all(axis=None)


@pytest.mark.parametrize(
    ("values", "breaks", "expected"),
    [
        ([100, 5, 10, 20, 40], [2019], [100, 200, 400, 800, 1600]),
        ([1, 2, 4, 8, 100], [2022], [1, 2, 4, 8, 16]),
        ([1, 2, 50, 900, 1800], [2021, 2020], [1, 2, 4, 8, 16]),
    ],
    ids=["break-in-the-second-year", "break-in-the-last", "two-in-a-row"],
)
def test_what_is_not_there_on_one_side_is_taken_from_the_other(values, breaks, expected):
    assert variants.chained(series(values), breaks)["Oak"].to_numpy() == pytest.approx(expected)


def test_without_a_break_a_series_stays():
    values = series([3, 4, 9])
    assert variants.chained(values, []).equals(values)


def test_what_cannot_be_linked_is_refused():
    with pytest.raises(InputError, match=r"0 for Oak in 2019; expected positive values"):
        variants.chained(series([1, 0, 3]), [2020])
    with pytest.raises(InputError, match=r"a break in 2019; expected growth within a base"):
        variants.chained(series([1, 2]), [2019])


# Exceptions


@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        ([("Oak", 2020)], [1, 2, 3, 4, 5]),
        ([("Oak", 2018)], [2, 2, 100, 4, 5]),
        ([("Oak", 2022)], [1, 2, 100, 4, 4]),
        ([("Oak", 2020), ("Oak", 2019)], [1, 2.5, 2.5, 4, 5]),
    ],
    ids=["within", "first", "last", "two-in-a-row"],
)
def test_an_exception_becomes_the_mean_of_the_years_around_it(exceptions, expected):
    values = series([1, 2, 100, 4, 5], [7, 7, 7, 7, 7])
    mended = variants.without_exceptions(values, exceptions)
    assert mended["Oak"].tolist() == expected
    assert mended["Elm"].tolist() == [7] * 5


def test_a_region_of_exceptions_alone_is_refused():
    with pytest.raises(InputError, match="every year of Oak"):
        variants.without_exceptions(series([1, 2]), [("Oak", 2018), ("Oak", 2019)])


# Of a study


@pytest.fixture
def declaring(toy):
    """Write the toy study with a break, an exception and two readings of an indicator."""

    def write(declared=DECLARED):
        folder = toy()
        replace_once(folder / "study.yml", "formula: ports}", f"formula: ports, {declared}}}")
        return folder

    return write


@pytest.fixture
def begun(declaring):
    folder = declaring()
    study = load(folder)
    regions = read_regions(study, folder)
    return study, normalisation.from_raw(read_panel(folder).astype(str), study, regions.index), regions


def test_variants_are_normalised_over_their_own_panel(begun):
    study, start, _ = begun
    assert variants.declared(study) == {"ports": ("per_head", "fewer", "chained", "without_exceptions")}
    table = variants.normalised(start, study)
    wide = table.pivot(index=["region", "year"], columns="variant", values="value").reindex(start.values.values.index)
    raw = start.series.values
    ratio = raw["ports"] / raw["population"]
    assert wide["per_head"].to_numpy() == pytest.approx(
        ((ratio - ratio.min()) / (ratio.max() - ratio.min())).to_numpy()
    )
    assert wide["fewer"].to_numpy() == pytest.approx((1 - start.values.values["ports"]).to_numpy())
    flagged = table[table["filled"] & (table["variant"] == "without_exceptions")]
    own = start.values.filled["ports"]
    assert set(zip(flagged["region"], flagged["year"], strict=True)) == {*own.index[own], ("Oak", 2020)}


def test_variants_take_the_place_of_indicators(begun):
    study, start, _ = begun
    table, made = panel.tidy(start.values), variants.normalised(start, study)
    for choice in ({"ports": "chained"}, {"ports": "per_head"}):
        result = variants.replaced(table, made, choice)
        assert list(result.columns) == list(table.columns)
        others = table["indicator"] != "ports"
        assert result[others].equals(table[others])
        own = made[made["variant"] == choice["ports"]].set_index(["region", "year"])["value"]
        there = result[~others].set_index(["region", "year"])["value"]
        assert (there == own.reindex(there.index)).all()
    assert variants.replaced(table, made, {}).equals(table)
    with pytest.raises(InputError, match="one of per_head, fewer, chained, without_exceptions"):
        variants.replaced(table, made, {"ports": "total"})


def test_variants_are_the_same_after_writing_and_reading(begun, tmp_path):
    study, start, regions = begun
    made = variants.normalised(start, study)
    (tmp_path / "variants.csv").write_text(csv_text(made), encoding="utf-8")
    read = variants.checked(pd.read_csv(tmp_path / "variants.csv"), study, regions.index)
    assert read["value"].to_numpy() == pytest.approx(made["value"].astype(float).to_numpy(), abs=1e-11)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t[t["variant"] != "chained"], ["no chained of ports"]),
        (lambda t: t.assign(variant=t["variant"].replace("fewer", "total")), ["no fewer of ports", "total of ports"]),
        (lambda t: t.assign(value=t["value"] * 2), ["a number from 0 to 1"]),
        (lambda t: t.iloc[1:], ["no row"]),
        (lambda t: t.drop(columns="filled"), ["no column 'filled'"]),
    ],
    ids=["one-missing", "another-name", "out-of-range", "row-missing", "column-missing"],
)
def test_released_variants_are_those_declared(begun, change, said):
    study, start, regions = begun
    with pytest.raises(InputError) as caught:
        variants.checked(change(variants.normalised(start, study)), study, regions.index)
    assert_names(str(caught.value), "variants.csv", *said)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            "breaks: [{year: 2019, why: x}]",
            "indicators.ports.breaks: found 2019; expected years of the study after the first",
        ),
        ("breaks: [{year: 2021, why: x}, {year: 2021, why: y}]", "every break of 'ports' once (2021"),
        ("exceptions: [{region: Oak, year: 1999, why: x}]", "found 1999; expected years of the study"),
        ("exceptions: [{region: Oak, year: 2020, why: x}, {region: Oak, year: 2020, why: x}]", "(Oak 2020 stands"),
        ("exceptions: [{region: Oka, year: 2020, why: x}]", "exceptions of ports: found region 'Oka'"),
        ("readings: [{id: a, name: A, formula: prots}]", "is it 'ports'?"),
        ("readings: [{id: a, name: A, formula: ports}, {id: a, name: A, formula: ports}]", "every reading of 'ports'"),
        ("readings: [{id: chained, name: A, formula: ports}]", "under other names than chained"),
        ("readings: [{id: a, name: A, formula: ports, direction: up}]", "positive"),
        ("breaks: [{year: 2021}]", "a value"),
    ],
)
def test_what_is_declared_must_make_sense(declaring, declared, expected):
    folder = declaring(declared)
    with pytest.raises(InputErrors) as caught:
        read_regions(load(folder), folder)
    assert expected in str(caught.value)


def test_a_study_without_any_has_none(toy):
    study = load(toy())
    assert variants.declared(study) == variants.linked(study) == variants.mended(study) == {}
    assert read_released_variants(study).empty


# Of the article's study


def test_the_article_s_study_releases_what_it_declares():
    folder = RAW / "yellow-river"
    study = load(folder)
    table = variants.checked(read_released_variants(study), study, read_regions(study, folder).index)
    assert set(table["indicator"]) == set(variants.declared(study))
    note = json.loads((folder / "normalised.json").read_text(encoding="utf-8"))
    assert note["variants"]["file"] == "variants.csv"
    assert variants.linked(study) == {"telecom_volume": "chained"}
    assert variants.mended(study) == {"software_revenue": "without_exceptions"}
