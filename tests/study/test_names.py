"""Regions in other spellings: width, case, blanks, both languages, codes; what names two, and what names none."""

import pandas as pd
import pytest
from conftest import RAW
from hypothesis import given
from hypothesis import strategies as st

from coordination.errors import InputErrors
from coordination.study import names
from coordination.study.document import load
from coordination.study.regions import read_regions


def listed(**columns):
    table = pd.DataFrame(columns)
    return table.set_index("region")


@pytest.fixture(scope="module")
def basin():
    folder = RAW / "yellow-river"
    return read_regions(load(folder), folder)


def test_the_gazetteer_lists_the_31_provinces():
    table = names.gazetteer()
    assert len(table) == 31
    assert {"adcode", "region", "region_zh", "aliases"} <= set(table)


def test_no_spelling_names_two_provinces():
    spelt = [s for written in names.provinces().values() for s in written]
    assert len(spelt) == len(set(spelt))


def test_shanxi_and_shaanxi_stay_apart(basin):
    known, unknown = names.resolve(["Shanxi", "Shaanxi", "山西省", "陕西省", "SHAANXI"], basin)
    assert known == {
        "Shanxi": "Shanxi",
        "Shaanxi": "Shaanxi",
        "山西省": "Shanxi",
        "陕西省": "Shaanxi",
        "SHAANXI": "Shaanxi",
    }
    assert not unknown


@pytest.mark.parametrize(
    ("text", "region"),
    [
        *(("内蒙古自治区", "Inner Mongolia"), ("内蒙古", "Inner Mongolia"), ("inner  mongolia ", "Inner Mongolia")),
        *(("宁夏回族自治区", "Ningxia"), ("宁 夏", "Ningxia"), ("青　海", "Qinghai"), ("63", "Qinghai")),
        *(
            ("630000", "Qinghai"),
            ("Ｑｉｎｇｈａｉ", "Qinghai"),
            ("青海省\t", "Qinghai"),
            ("Nei Mongol", "Inner Mongolia"),
        ),
    ],
)
def test_spellings_of_a_province_name_the_region(basin, text, region):
    assert names.resolve([text], basin) == ({text: region}, {})


@pytest.mark.parametrize("text", ["北京市", "Beijing", "全国", "全 国", "Total", "NATIONAL", "合计", "China", "台湾省"])
def test_other_provinces_and_totals_are_passed_over(basin, text):
    assert names.resolve([text], basin) == ({}, {})


def test_an_unknown_spelling_comes_with_the_nearest(basin):
    known, unknown = names.resolve(["Qinghay", "Atlantis", ""], basin)
    assert known == {}
    assert unknown["Qinghay"][0] == "Qinghai"
    assert len(unknown["Qinghay"]) <= 3
    assert unknown[""] == []


def test_aliases_of_the_study_are_spellings():
    table = listed(region=["Oak", "Elm"], en=["Oak", "Elm"], zh=["橡", "榆"], aliases=["Oakland|O 1", ""])
    known = names.spellings(table)
    assert known == {"oak": "Oak", "橡": "Oak", "oakland": "Oak", "o 1": "Oak", "elm": "Elm", "榆": "Elm"}


def test_a_region_that_is_a_province_by_an_alias_has_all_its_spellings():
    table = listed(region=["A"], en=["A"], zh=["A"], aliases=["西藏"])
    assert names.spellings(table)["xizang"] == "A"


def test_a_city_that_bears_the_name_of_its_province_is_not_the_province():
    cities = ["长春", "吉林", "四平", "辽源"]
    table = listed(region=cities, en=["Changchun", "Jilin", "Siping", "Liaoyuan"], zh=cities)
    known, unknown = names.resolve([*cities, "吉林省", "吉林市", "长春市"], table)
    assert known == dict(zip(cities, cities, strict=True))  # the province is passed over
    assert unknown == {"吉林市": ["吉林"], "长春市": ["长春"]}
    among_provinces = ["北京", "天津", "河北", "吉林"]
    assert names.resolve(among_provinces, table) == ({}, {"吉林": ["吉林"]})  # either could be meant


def test_codes_of_counties_are_no_codes_of_provinces():
    codes = ["11", "13", "15", "6037"]
    table = listed(region=codes, en=["Appling", "Atkinson", "Bacon", "Los Angeles"], zh=codes)
    assert names.spellings(table)["11"] == "11"
    assert "beijing" not in names.spellings(table)
    assert names.resolve(["11", "15", "Beijing"], table)[0] == {"11": "11", "15": "15"}
    assert "21" in names.resolve(["21"], table)[1]  # not Liaoning, which would be passed over


def test_a_region_beside_provinces_leaves_them_their_spellings():
    table = listed(
        region=["北京", "天津", "河北", "雄安"], en=["a", "b", "c", "d"], zh=["北京", "天津", "河北", "雄安"]
    )
    assert names.resolve(["北京市", "12", "河北省"], table)[0] == {"北京市": "北京", "12": "天津", "河北省": "河北"}


def test_a_region_called_like_a_total_is_a_region():
    table = listed(region=["China", "Japan"], en=["China", "Japan"], zh=["中国", "日本"])
    assert names.resolve(["China", "中国"], table)[0] == {"China": "China", "中国": "China"}


@pytest.mark.parametrize(
    ("regions_", "aliases", "spelling"),
    [
        (["Oak", "Elm"], ["tree", "Tree"], "tree"),
        (["北京", "Beijing"], ["", ""], "beijing"),
        (["a", "b"], ["b", ""], "b"),
    ],
)
def test_a_spelling_of_two_regions_is_refused(regions_, aliases, spelling):
    table = listed(region=regions_, en=regions_, zh=regions_, aliases=aliases)
    with pytest.raises(InputErrors, match=f"'{spelling}' for both {regions_[0]} and {regions_[1]}"):
        names.spellings(table)


@given(st.text(max_size=20))
def test_a_normal_spelling_is_its_own_normal_spelling(text):
    assert names.normal(names.normal(text)) == names.normal(text)
