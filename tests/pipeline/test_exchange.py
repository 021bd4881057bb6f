"""Files for other programs, read again by libraries that read them for others."""

import io
import time
import zipfile

import fastparquet
import openpyxl
import pandas as pd
import pypandoc
import pytest
from made_up import made_up

from coordination.locale import LANGUAGES
from coordination.pipeline import exchange
from coordination.pipeline.files import csv_text, write
from coordination.pipeline.paths import handover
from coordination.presentation.reader import Reader

LONG = "development-of-a-subsystem-with-a-very-long-name"
SHOWN = pd.DataFrame(
    {"地区": ["甘肃", "=1+1", "R&D_50% #{x} ~a^b \\"], "D": ["0.250", "−0.100", "–"], "code": ["01", "2", "3"]}
)
TABLES = {"levels": ("Levels of D, in %.", SHOWN), LONG: ("表。", SHOWN), f"{LONG}-2": ("表。", SHOWN)}


def test_a_workbook_holds_every_table_with_numbers_as_numbers():
    content = exchange.workbook(TABLES)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames[:2] == ["tables", "levels"]
    assert len(set(book.sheetnames)) == 4
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert [c.value for c in book["tables"][1]] == ["levels", "Levels of D, in %."]
    rows = list(book["levels"].iter_rows(values_only=True))
    assert rows == [("地区", "D", "code"), ("甘肃", 0.25, "01"), ("=1+1", -0.1, 2), (SHOWN["地区"][2], "–", 3)]
    assert book["levels"]["B2"].number_format == "0.000"
    assert book["levels"]["A3"].data_type == "s"
    pd.testing.assert_frame_equal(
        pd.read_excel(io.BytesIO(content), sheet_name="levels", dtype=str, usecols=[0]), SHOWN[["地区"]]
    )


def test_a_workbook_says_nothing_of_when_it_was_made(monkeypatch):
    first = exchange.workbook(TABLES)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2e9))
    assert exchange.workbook(TABLES) == first
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        assert {info.date_time for info in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"dcterms" not in book.read("docProps/core.xml").replace(b"xmlns:dcterms", b"")


def test_latex_is_read_as_the_same_tables():
    text = exchange.latex(TABLES)
    assert r"\begin{longtable}{lrl}" in text
    read = pypandoc.convert_text(text, "html", format="latex")
    tables = pd.read_html(io.StringIO(read), converters=dict.fromkeys(range(3), str))
    assert len(tables) == 3
    for table in tables:
        table.columns = table.columns.astype(str)
        assert table.to_numpy().tolist() == SHOWN.to_numpy().tolist()
        assert list(table) == list(SHOWN)
    assert "Levels of D, in %." in read


def test_what_all_tables_depend_on_is_said_beside_them():
    note = "Changed by hand and kept: data/scores_1.csv."
    contents = openpyxl.load_workbook(io.BytesIO(exchange.workbook(TABLES, note)))["tables"]
    assert [c.value for c in contents["A"]] == ["levels", *(s[:31] for s in [f"{LONG[:27]}~1", f"{LONG[:27]}~2"]), note]
    read = pypandoc.convert_text(exchange.latex(TABLES, note), "plain", format="latex")
    assert read.startswith(note.replace("data/scores_1.csv.", ""))
    assert "data/scores_1.csv." in read


@pytest.mark.parametrize("shape", [{}, {"subsystems": 3, "periods": True, "years": 4}, {"years": 1}], ids=str)
def test_stata_reads_scores_and_degrees_of_every_region_and_year(shape, monkeypatch, tmp_path):
    made = made_up(**shape)
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path))
    for name in ("scores", "coordination"):
        write(handover("made-up", name), csv_text(getattr(made, name)))
    whole, named = exchange.degrees(made.study, made.regions)
    readers = {k: Reader(made.study, made.regions, k) for k in LANGUAGES}
    contents = {k: exchange.stata(whole, named, made.study, reader) for k, reader in readers.items()}
    assert exchange.stata(whole, named, made.study, readers["en"]) == contents["en"]
    (tmp_path / "results.parquet").write_bytes(exchange.parquet(whole))
    assert exchange.parquet(whole) == exchange.parquet(whole.copy())
    read = fastparquet.ParquetFile(str(tmp_path / "results.parquet")).to_pandas()
    pd.testing.assert_frame_equal(read, whole, check_dtype=False)
    table = pd.read_stata(io.BytesIO(contents["zh"]))
    assert list(table["year"].unique()) == list(made.study.years)
    assert set(table["name_zh"]) == set(made.regions["zh"])
    wide = made.scores.pivot(index=["region", "year"], columns="subsystem", values="score")
    own = table.set_index(["region", "year"])
    for subsystem in made.study.subsystems:
        assert own[f"score_{subsystem.id}"].to_numpy() == pytest.approx(wide.loc[own.index, subsystem.id].to_numpy())
    degrees = made.coordination.set_index(["region", "year"])["coordination_degree"]
    assert own["coordination_degree"].to_numpy() == pytest.approx(degrees[own.index].to_numpy())
    with pd.read_stata(io.BytesIO(contents["zh"]), iterator=True) as reader:
        assert reader.variable_labels()["coordination_degree"] == "耦合协调度D"
        assert reader.data_label == "研究1"
