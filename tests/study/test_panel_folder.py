"""A raw panel in several files of a folder."""

import hashlib

import pytest
from conftest import assert_names

from coordination.errors import InputError
from coordination.indices.panel import place
from coordination.pipeline.files import checksum
from coordination.study.files import read_panel, read_text

HEAD = "region,year,series,value\n"


@pytest.fixture
def folder(tmp_path):
    """Write files into a folder."""

    def write(**files):
        for name, text in files.items():
            file = tmp_path / f"panel/{name}.csv"
            file.parent.mkdir(exist_ok=True)
            file.write_text(HEAD + text, encoding="utf-8")
        return tmp_path / "panel"

    return write


def test_files_of_a_folder_are_one_panel(folder):
    table = read_panel(folder(b="Oak,2020,ports,2\n", a="Oak,2019,ports,1\n"), "region")
    assert table[["region", "year", "series", "value"]].to_numpy().tolist() == [
        ["Oak", "2019", "ports", "1"],
        ["Oak", "2020", "ports", "2"],
    ]
    assert place("panel", table, 1) == "panel, b.csv, row 2"


def test_a_file_is_read_as_it_was(folder):
    file = folder(a="Oak,2019,ports,1\n") / "a.csv"
    assert read_panel(file, "region").equals(read_text(file))


def test_columns_that_one_file_alone_has_are_kept(folder):
    path = folder(a="Oak,2019,ports,1\n")
    (path / "b.csv").write_text("region,year,series,value,source\nOak,2020,ports,2,atlas\n", encoding="utf-8")
    assert read_panel(path, "region")["source"].tolist() == ["", "atlas"]


@pytest.mark.parametrize("second", ["1", "1.0", " 1 ", ""], ids=["same", "same-number", "blanks", "a-gap"])
def test_a_cell_that_two_files_hold_stands_once_if_they_agree(folder, second):
    path = folder(a="Oak,2019,ports,1\nOak,2020,ports,3\n", b=f"Oak,2019.0, ports,{second}\nElm,2019,ports,4\n")
    assert read_panel(path, "region")["value"].str.strip().tolist() == ["1", "3", "4"]


def test_a_gap_in_the_first_file_is_filled_by_the_second(folder):
    path = folder(a="Oak,2019,ports,\n", b="Oak,2019,ports,7\n")
    assert read_panel(path, "region")["value"].tolist() == ["7"]


def test_files_that_contradict_one_another_are_refused(folder):
    path = folder(a="Elm,2019,ports,1\nOak,2019,ports,1\n", b="Oak,2019,ports,2\n")
    with pytest.raises(InputError) as caught:
        read_panel(path, "region")
    assert_names(str(caught.value), "a.csv, row 3 and b.csv, row 2", "Oak, 2019, ports: 1 and 2", "remove the row")


def test_rows_that_stand_twice_in_one_file_are_left_to_the_check_of_the_panel(folder):
    path = folder(a="Oak,2019,ports,1\nOak,2019,ports,2\n", b="Elm,2019,ports,4\n")
    assert len(read_panel(path, "region")) == 3


def test_what_is_no_table_and_folders_within_are_passed_over(folder):
    path = folder(a="Oak,2019,ports,1\n")
    (path / "README.md").write_text("# Figures\n", encoding="utf-8")
    (path / ".hidden.csv").write_text("x\n", encoding="utf-8")
    (path / "exports").mkdir()
    (path / "exports" / "b.csv").write_text("any,thing\n", encoding="utf-8")
    assert len(read_panel(path, "region")) == 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("prices.csv", "region,year\nOak,2019\n", "no column 'series'"),
        ("more.xlsx", "x", "a table of kind '.xlsx'"),
        ("more.tsv", "x", "a table of kind '.tsv'"),
    ],
)
def test_a_table_that_is_no_panel_is_named(folder, name, text, said):
    path = folder(a="Oak,2019,ports,1\n")
    (path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_panel(path, "region")
    assert_names(str(caught.value), name, said, "move it out of the folder")


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(InputError, match="found no table; expected CSV files of a panel"):
        read_panel(tmp_path, "region")


def test_the_checksum_of_a_folder_is_that_of_what_sha256sum_writes(folder):
    path = folder(b="Oak,2020,ports,2\n", a="Oak,2019,ports,1\n")
    (path / "README.md").write_text("# Figures\n", encoding="utf-8")
    lines = [f"{hashlib.sha256((path / n).read_bytes()).hexdigest()}  {n}\n" for n in ("a.csv", "b.csv")]
    assert checksum(path) == hashlib.sha256("".join(lines).encode()).hexdigest()
