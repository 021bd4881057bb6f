"""Weights that a study brings along, in the forms in which people have them."""

import numpy as np
import pandas as pd
import pytest
from conftest import assert_names

from coordination.errors import InputError
from coordination.spatial import linked
from coordination.study import links
from coordination.study.model import SpatialWeights

PROVINCES = ["山东", "河南", "山西", "陕西", "河北", "安徽", "江苏", "湖北"]
REGIONS = pd.DataFrame({"en": PROVINCES, "zh": PROVINCES}, index=pd.Index(PROVINCES, name="region"))
FULL = [f"{p}省" for p in PROVINCES]
PAIRS = [
    *("山东 河南", "山东 河北", "山东 江苏", "山东 安徽", "河南 山西", "河南 陕西", "河南 河北"),
    *("河南 安徽", "河南 湖北", "山西 陕西", "山西 河北", "陕西 湖北", "安徽 江苏", "安徽 湖北"),
]
PAIRS = [tuple(pair.split()) for pair in PAIRS]


def matrix(order=PROVINCES, called=None, more=()):
    """Neighbours as 0 and 1, of the eight provinces in any order and of others."""
    whole = pd.DataFrame(0, [*order, *more], [*order, *more])
    for a, b in [*PAIRS, *zip(more, order, strict=False)]:
        whole.loc[a, b] = whole.loc[b, a] = 1
    return whole.set_axis(called, axis=0).set_axis(called, axis=1) if called else whole


EXPECTED = matrix().astype(float)
BARE = {"header": False, "index": False}
LAYOUTS = {
    "gbk.csv": lambda f: matrix().to_csv(f, encoding="gbk"),
    "semicolons.csv": lambda f: matrix().to_csv(f, sep=";"),
    "tabs.tsv": lambda f: matrix().to_csv(f, sep="\t", encoding="utf-16"),
    "full_names.xlsx": lambda f: matrix(called=FULL).to_excel(f),
    "another_order.csv": lambda f: matrix(PROVINCES[::-1]).to_csv(f),
    "ten_provinces.xlsx": lambda f: matrix(more=("浙江", "福建")).to_excel(f),
    "with_unknown.xlsx": lambda f: matrix(more=("甲县", "乙县")).to_excel(f),
    "header_only.xlsx": lambda f: matrix().to_excel(f, index=False),
    "left_only.csv": lambda f: matrix().to_csv(f, header=False),
    "named.dta": lambda f: (
        matrix().set_axis([f"w{k}" for k in range(8)], axis=1).reset_index(names="name").to_stata(
            f, write_index=False, version=118
        )
    ),
    "pairs.csv": lambda f: pd.DataFrame(PAIRS, columns=["地区", "相邻地区"]).to_csv(f, index=False, encoding="gbk"),
    "pairs.xlsx": lambda f: pd.DataFrame(PAIRS, columns=["省份", "邻居"]).assign(权重=1).to_excel(f, index=False),
    "n.gwt": lambda f: f.write_text(
        "0 8 w8 NAME\n" + "".join(f"{a} {b} 1\n{b} {a} 1\n" for a, b in PAIRS), encoding="gbk"
    ),
}  # fmt: skip


def read(file, regions=REGIONS, **setting):
    return linked.given(
        links.read(file, regions), regions, file.name, SpatialWeights(kind="file", file=file.name, **setting)
    )


@pytest.mark.parametrize("file", LAYOUTS)
def test_the_same_neighbours_are_read_from_every_layout(file, tmp_path):
    LAYOUTS[file](tmp_path / file)
    assert read(tmp_path / file).equals(EXPECTED)


def test_half_a_matrix_is_asked_about_and_either_answer_is_followed(tmp_path):
    file = tmp_path / "upper.xlsx"
    matrix().where(np.triu(np.ones((8, 8), bool))).to_excel(file)
    with pytest.raises(InputError) as caught:
        read(file)
    assert_names(str(caught.value), "14 of them", "directed: false", "directed: true")
    assert read(file, directed=False).equals(EXPECTED)
    assert read(file, directed=True).equals(EXPECTED.where(np.triu(np.ones((8, 8), bool)), 0.0))


@pytest.mark.parametrize("file", ["bare.xlsx", "bare.csv", "bare.dta"])
def test_numbers_without_names_are_refused_in_true_words(file, tmp_path):
    table, path = matrix(), tmp_path / file
    if file.endswith("dta"):
        table.set_axis([f"w{k}" for k in range(8)], axis=1).to_stata(path, write_index=False)
    else:
        table.to_csv(path, **BARE) if file.endswith("csv") else table.to_excel(path, **BARE)
    with pytest.raises(InputError, match="no names of regions; the order is not known"):
        read(path)


def test_several_tables_are_refused(tmp_path):
    with pd.ExcelWriter(tmp_path / "two.xlsx") as book:
        matrix().to_excel(book, sheet_name="queen")
        matrix().to_excel(book, sheet_name="rook")
    with pytest.raises(InputError, match="tables on the sheets queen, rook"):
        read(tmp_path / "two.xlsx")


# Places on a line, 0, 1, 3, 7 and 15 degrees along the equator.
LINE = pd.DataFrame(
    {"en": list("abcde"), "zh": list("abcde"), "longitude": [0.0, 1, 3, 7, 15], "latitude": 0.0},
    index=pd.Index(list("abcde"), name="region"),
)
APART = pd.DataFrame(abs(np.subtract.outer(*[LINE["longitude"].to_numpy()] * 2)), LINE.index, LINE.index)
HALF = APART.where(np.triu(np.ones((5, 5), bool)))


@pytest.mark.parametrize("factor", [1, 111.2, 1.4], ids=["degrees", "kilometres", "hours"])
@pytest.mark.parametrize("form", ["matrix.csv", "pairs.csv", "pairs.gwt"])
def test_distances_are_never_taken_for_weights(form, factor, tmp_path):
    file, table = tmp_path / form, factor * APART
    pairs = [(a, b, table.loc[a, b]) for a in table for b in table if a != b]
    if form == "matrix.csv":
        table.to_csv(file)
    elif form == "pairs.csv":
        pd.DataFrame(pairs, columns=["region", "neighbour", "weight"]).to_csv(file, index=False)
    else:
        file.write_text("0 5 w NAME\n" + "".join(f"{a} {b} {d}\n" for a, b, d in pairs))
    with pytest.raises(InputError, match="values: weights, or values: distance"):
        read(file, LINE)
    np.testing.assert_array_equal(read(file, LINE, values="weights"), table)
    found = read(file, LINE, values="distance", power=2)
    for a, b, d in pairs:
        assert found.loc[a, b] == pytest.approx(1 / d**2)
    assert not np.diag(found).any()


def test_hundreds_are_asked_about_without_points(tmp_path):
    (250 - 10 * APART).where(~np.eye(5, dtype=bool), 0.0).to_csv(tmp_path / "w.csv")
    with pytest.raises(InputError, match="numbers up to 240, as distances are"):
        read(tmp_path / "w.csv", LINE[["en", "zh"]])


def test_weights_that_fall_with_the_distance_are_not_asked_about(tmp_path):
    falling = (1 / APART).where(~np.eye(5, dtype=bool), 0.0)
    falling.to_csv(tmp_path / "w.csv")
    np.testing.assert_allclose(read(tmp_path / "w.csv", LINE), falling)


def test_distances_in_half_a_matrix_and_under_their_own_head(tmp_path):
    HALF.to_csv(tmp_path / "half.csv")
    whole = read(tmp_path / "half.csv", LINE, values="distance", directed=False)
    assert whole.loc["e", "a"] == whole.loc["a", "e"] == pytest.approx(1 / 15)
    pd.DataFrame([("a", "b", 4.0)], columns=["region", "neighbour", "distance"]).to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(InputError, match="rename it, or set spatial_weights"):
        read(tmp_path / "d.csv", LINE)
    assert read(tmp_path / "d.csv", LINE, values="distance").loc["b", "a"] == 0.25


def test_two_regions_at_no_distance_are_refused(tmp_path):
    APART.replace(15.0, 0.0).to_csv(tmp_path / "w.csv")
    with pytest.raises(InputError, match="a and e at the same point"):
        read(tmp_path / "w.csv", LINE, values="distance")


def test_a_weight_that_is_none_is_named_with_its_row(tmp_path):
    table = pd.DataFrame([(a, b, -1 if k == 3 else 1) for k, (a, b) in enumerate(PAIRS)])
    table.set_axis(["region", "neighbour", "weight"], axis=1).to_csv(tmp_path / "w.csv", index=False)
    with pytest.raises(InputError, match=r"w\.csv, row 5: found weight '-1'"):
        read(tmp_path / "w.csv", directed=False)
