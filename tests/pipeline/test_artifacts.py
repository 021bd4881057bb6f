import codecs
import hashlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import warnings
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, assert_names, replace_once
from hypothesis import given
from hypothesis import strategies as st
from IPython.display import HTML, Markdown

from coordination.errors import InputError
from coordination.indices import facts
from coordination.pipeline import inputs
from coordination.pipeline.files import checksum, csv_text, panel_file, plain, read_released, write
from coordination.pipeline.paths import handover, note_file, output_root, outputs, raw, root, run_note
from coordination.pipeline.provenance import commit, commit_time, record_run
from coordination.pipeline.results import collect
from coordination.pipeline.run import Note, begin
from coordination.presentation import sizes
from coordination.sections import COLUMNS, SECTIONS
from coordination.study.document import load
from coordination.study.regions import read_regions

VARIABLES = ("OUTPUT_ROOT", "STUDIES", "PANEL", "STAGING")


@pytest.fixture(autouse=True)
def compendium(tmp_path, monkeypatch):
    """Stand in an empty compendium; outputs go elsewhere below the temporary folder."""
    (tmp_path / "requirements.lock").write_text("numpy==2.0\n", encoding="utf-8")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    for name in VARIABLES:
        monkeypatch.setenv(f"COORDINATION_{name}", "")
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path / "made"))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def weights_table():
    return pd.DataFrame([("technology", "ports", 0.9, 0.1 + 0.2)], columns=COLUMNS["weights"])


def released(folder, text="region,year,indicator,value,filled\nOak,2019,ports,0.5,False\n"):
    """Give the toy study a released panel in place of its raw one."""
    replace_once(folder / "study.yml", "  file: panel.csv\n", "  file: panel.csv\n  released: normalised.csv\n")
    (folder / "normalised.csv").write_text(text, encoding="utf-8")
    note = {"sha256": hashlib.sha256(text.encode()).hexdigest()}
    (folder / "normalised.json").write_text(json.dumps(note), encoding="utf-8")
    (folder / "panel.csv").unlink()
    return folder


# Numbers and files


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333"),
        (-1 / 3e3, "-0.000333333333"),
        (-0.0, "0"),
        (-4e-13, "0"),
        (6e-13, "1e-12"),
        (123456.78901261, "123456.789013"),
        (2e15, "2e+15"),
        (7.0, "7"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
    ids=str,
)
def test_plain_hides_the_bits_in_which_machines_differ(number, written):
    assert plain(number) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_plain_keeps_a_number_to_twelve_digits_and_is_stable(number):
    kept = float(plain(number))
    assert abs(kept - number) <= 5.1e-12 * max(abs(number), 0.2)
    assert plain(kept) == plain(number)


@given(st.floats(-1e3, 1e3).map(lambda x: round(x, 6)), st.integers(-40, 40))
def test_plain_does_not_see_the_last_bits(number, steps):
    disturbed = number
    for _ in range(abs(steps)):
        disturbed = math.nextafter(disturbed, math.copysign(math.inf, steps))
    assert plain(disturbed) == plain(number)


def test_csv_text_is_the_same_on_every_platform():
    table = pd.DataFrame({"region": ["Oak", "甘肃"], "n": [1, 2], "value": [0.1 + 0.2, math.nan], "yes": [True, False]})
    assert csv_text(table) == "region,n,value,yes\nOak,1,0.3,True\n甘肃,2,,False\n"


def test_checksum_is_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-4, the standard's own example
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert checksum(tmp_path / "abc") == expected


@pytest.mark.parametrize("text", ["region,year\r\n甘肃,2019\r\n", "a: 1\r\n"], ids=["csv", "yml"])
def test_checksums_are_of_texts_as_committed(tmp_path, text):
    (tmp_path / "windows").write_bytes(text.encode("gbk"))
    assert checksum(tmp_path / "windows") == hashlib.sha256(text.replace("\r\n", "\n").encode("gbk")).hexdigest()
    (tmp_path / "book.xlsx").write_bytes(b"PK\0\r\n")
    assert checksum(tmp_path / "book.xlsx") == hashlib.sha256(b"PK\0\r\n").hexdigest()


def test_a_released_panel_with_the_line_ends_of_windows_is_the_released_one(toy, monkeypatch):
    folder = released(toy())
    monkeypatch.setenv("COORDINATION_STUDIES", str(folder.parent))
    file = folder / "normalised.csv"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_released(load(folder))) == 1


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_clone_with_the_line_ends_of_windows_has_the_committed_bytes(tmp_path):
    def git(*arguments, folder=tmp_path / "from"):
        said = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "core.autocrlf=true"]
        subprocess.run(["git", *said, *arguments], cwd=folder, check=True, capture_output=True)

    texts = {"panel.csv": "region\n甘肃\n".encode(), "gbk.csv": "甘肃\n".encode("gbk"), "run": b"#!/bin/sh\nexit\n"}
    (tmp_path / "from").mkdir()
    for name, content in texts.items():
        (tmp_path / "from" / name).write_bytes(content)
    shutil.copy(ROOT / ".gitattributes", tmp_path / "from")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    git("clone", "-q", "from", "to", folder=tmp_path)
    assert {name: (tmp_path / "to" / name).read_bytes() for name in texts} == texts


def test_write_makes_folders_and_writes_utf8_without_changing_line_ends(tmp_path):
    file = tmp_path / "a" / "b" / "c.txt"
    write(file, "黄河\n")
    assert file.read_bytes() == b"\xe9\xbb\x84\xe6\xb2\xb3\n"
    assert file.stat().st_mode & 0o777 == 0o644


def test_write_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path):
    file = tmp_path / "kept.txt"
    write(file, "earlier")
    with pytest.raises(TypeError):
        write(file, 5)
    assert file.read_text(encoding="utf-8") == "earlier"
    assert [f.name for f in tmp_path.glob("*kept*")] == ["kept.txt"]


def test_write_that_cannot_replace_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write(folder, b"text")
    assert list(tmp_path.glob(".folder*")) == []


def test_write_stopped_midway_leaves_the_earlier_file(tmp_path, monkeypatch):
    def interrupted(self, target):
        raise KeyboardInterrupt

    file = tmp_path / "kept.txt"
    write(file, "earlier")
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(file, "later")
    assert file.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.glob(".kept*")) == []


# Places


def test_root_is_found_from_any_folder_of_the_compendium(compendium, monkeypatch):
    monkeypatch.chdir(compendium / "notebooks")
    assert root() == compendium


def test_root_not_found_says_what_makes_a_compendium(compendium, monkeypatch):
    (compendium / "notebooks").rmdir()
    with pytest.raises(InputError) as caught:
        root()
    assert_names(str(caught.value), compendium.as_posix(), "notebooks/", "data/raw/")


@pytest.mark.parametrize("name", ["", ".", "..", "../raw", "/etc", "a/b", "a\\b", "toy/"], ids=repr)
def test_study_names_do_not_lead_out_of_the_folder_of_studies(name):
    with pytest.raises(InputError, match="the name of a folder in data/raw"):
        raw(name)


def test_places_of_a_study(compendium, monkeypatch):
    made = compendium / "made"
    assert raw("toy") == compendium / "data" / "raw" / "toy"
    assert handover("toy", "scores") == made / "data" / "processed" / "toy" / "scores.csv"
    assert handover("toy", "global-moran") == made / "outputs" / "toy" / "tables" / "global-moran.csv"
    monkeypatch.setenv("COORDINATION_STUDIES", str(compendium / "mine"))
    assert raw("toy") == compendium / "mine" / "toy"


def test_outputs_go_to_the_compendium_unless_told_otherwise(compendium, monkeypatch):
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", "")
    assert outputs("toy") == compendium / "outputs" / "toy"
    assert outputs("toy", compendium / "staged") == compendium / "staged" / "outputs" / "toy"


# What a study starts from


def test_panel_named_comes_before_the_studys_own(toy, compendium, monkeypatch):
    study = load(toy())
    (compendium / "other.csv").write_text("region,year,series,value\n", encoding="utf-8")
    monkeypatch.setenv("COORDINATION_PANEL", "other.csv")
    assert panel_file(study).samefile(compendium / "other.csv")


def test_panel_of_the_study_is_used_where_none_is_named(toy):
    folder = toy()
    assert panel_file(load(folder)) == folder / "panel.csv"


def test_panel_named_but_absent_is_an_error_though_the_study_has_one(toy, monkeypatch):
    study = load(toy())
    monkeypatch.setenv("COORDINATION_PANEL", "nowhere.csv")
    with pytest.raises(InputError, match=r"nowhere\.csv: found no such file.*PANEL"):
        panel_file(study)


def test_released_panel_stands_in_for_a_raw_one(toy):
    assert panel_file(load(released(toy()))) is None


@pytest.mark.parametrize("declared", [True, False], ids=["released-is-lost", "nothing-released"])
def test_neither_raw_nor_released_panel_says_what_to_bring(toy, declared):
    folder = released(toy()) if declared else toy()
    for name in ("normalised.csv", "panel.csv"):
        (folder / name).unlink(missing_ok=True)
    with pytest.raises(InputError) as caught:
        panel_file(load(folder))
    assert_names(str(caught.value), "data/raw/toy/panel.csv", "columns region, year, series, value", "PANEL=")


def test_released_panel_is_read_when_it_is_the_one_released(toy):
    table = read_released(load(released(toy())))
    assert table.to_dict("list") == {
        "region": ["Oak"],
        "year": [2019],
        "indicator": ["ports"],
        "value": [0.5],
        "filled": [False],
    }


def test_released_panel_that_was_changed_is_refused(toy):
    folder = released(toy())
    replace_once(folder / "normalised.csv", "0.5", "0.6")
    with pytest.raises(InputError) as caught:
        read_released(load(folder))
    wrong = checksum(folder / "normalised.csv")[:12]
    right = json.loads((folder / "normalised.json").read_text(encoding="utf-8"))["sha256"][:12]
    assert_names(str(caught.value), "data/raw/toy/normalised.csv", f"sha256 {wrong}", right, "coordination release")


def test_released_panel_without_its_note_is_refused(toy):
    folder = released(toy())
    (folder / "normalised.json").unlink()
    with pytest.raises(InputError, match=r"normalised\.json: found no such file.*checksum of normalised\.csv"):
        read_released(load(folder))


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["utf-8", "byte-order-mark"])
def test_raw_panel_is_read_as_strings_from_utf8(toy, start):
    folder = toy()
    (folder / "panel.csv").write_bytes(start + "region,year,series,value\n甘肃,2019,ports,007\n".encode())
    table = begin("01-indicators", "toy").read_start()
    assert table.to_dict("records") == [{"region": "甘肃", "year": "2019", "series": "ports", "value": "007"}]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xff\xff", b"", b'region\n"open\n'],
    ids=["no-text", "empty", "open-quote"],
)
def test_raw_panel_that_is_no_csv_in_utf8_is_one_line_of_error(toy, content):
    (toy() / "panel.csv").write_bytes(content)
    run = begin("01-indicators", "toy")
    with pytest.raises(InputError) as caught:
        run.read_start()
    assert_names(str(caught.value), "data/raw/toy/panel.csv: found ", "UTF-8")
    assert "\n" not in str(caught.value)


# Polygons


def squares(names, key="region"):
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    features = [
        {
            "type": "Feature",
            "properties": {key: name},
            "geometry": {"type": "Polygon", "coordinates": [[(x + k, y) for x, y in corners]]},
        }
        for k, name in enumerate(names)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def with_polygons(folder, text=None):
    replace_once(folder / "study.yml", "spatial_weights:", "regions: {polygons: island.geojson}\nspatial_weights:")
    if text is not None:
        (folder / "island.geojson").write_text(text, encoding="utf-8")
    study = load(folder)
    return study, read_regions(study, folder)


def test_a_study_without_polygons_has_none(toy):
    folder = toy()
    assert inputs.polygons(load(folder), read_regions(load(folder), folder)) is None


def test_polygons_come_in_the_order_of_the_regions(toy):
    study, table = with_polygons(toy(), squares(["Bay", "Yew", "Fir", "Ash", "Elm", "Oak"]))
    polygons = inputs.polygons(study, table)
    assert list(polygons.index) == ["Oak", "Elm", "Ash", "Fir", "Bay"]
    assert polygons.loc["Bay"].geometry.bounds == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (None, ["no such file", "regions.polygons"]),
        ("not a map", ["readable GeoJSON"]),
        (squares(["Oak"], key="name"), ["name", "a property 'region'"]),
        (squares(["Oak", "Elm", "Ash", "Fir"]), ["0 polygons of Bay", "one"]),
        (squares(["Oak", "Elm", "Ash", "Fir", "Bay", "Fir"]), ["2 polygons of Fir", "one"]),
    ],
    ids=["no-file", "unreadable", "no-property", "region-without", "region-with-two"],
)
def test_polygons_that_do_not_fit_are_refused(toy, text, parts):
    study, table = with_polygons(toy(), text)
    with pytest.raises(InputError) as caught:
        inputs.polygons(study, table)
    assert_names(str(caught.value), "data/raw/toy/island.geojson", *parts)


# A notebook at work


def test_begin_opens_the_study_and_its_regions(toy):
    folder = toy()
    run = begin("02-weights", "toy", "zh")
    assert (run.section.name, run.study.id, run.language) == ("02-weights", "toy", "zh")
    assert run.panel == folder / "panel.csv"
    assert run.groups.to_dict() == {"Oak": "north", "Elm": "north", "Ash": "south", "Fir": "south", "Bay": "south"}


def test_begin_refuses_a_language_the_paper_does_not_have(toy):
    toy()
    with pytest.raises(InputError, match="language: found 'fr'; expected one of en, zh"):
        begin("02-weights", "toy", "fr")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_about_names_the_start_and_its_checksum(toy, language):
    folder = toy()
    said = begin("02-weights", "toy", language).about()
    assert isinstance(said, Markdown)
    title = {"en": "Toy island", "zh": "玩具岛"}[language]
    assert_names(said.data, title, "panel.csv", checksum(folder / "panel.csv")[:16])


def test_about_names_the_released_panel_where_the_study_starts_from_it(toy):
    folder = released(toy())
    said = begin("02-weights", "toy").about().data
    assert_names(said, "normalised.csv", checksum(folder / "normalised.csv")[:16])


def test_what_one_section_writes_another_reads(toy):
    toy()
    begin("02-weights", "toy").write("weights", weights_table())
    read = begin("03-development", "toy").read("weights")
    assert read.to_dict("records") == [{"subsystem": "technology", "indicator": "ports", "entropy": 0.9, "weight": 0.3}]


def test_read_keeps_words_that_look_missing(toy):
    toy()
    table = weights_table().assign(indicator="NA")
    begin("02-weights", "toy").write("weights", table)
    assert begin("03-development", "toy").read("weights")["indicator"].tolist() == ["NA"]


def test_read_refuses_what_the_section_does_not_declare(toy):
    toy()
    with pytest.raises(ValueError, match="02-weights does not declare that it reads scores"):
        begin("02-weights", "toy").read("scores")


def test_read_before_the_earlier_notebook_ran_names_it(toy):
    toy()
    with pytest.raises(InputError) as caught:
        begin("04-coordination", "toy").read("scores")
    assert_names(str(caught.value), "made/data/processed/toy/scores.csv", "what 03-development writes")


@pytest.mark.parametrize(
    ("section", "table"),
    [
        ("03-development", weights_table()),
        ("02-weights", weights_table().assign(note="")),
        ("02-weights", weights_table().drop(columns="entropy")),
        ("02-weights", weights_table()[["indicator", "subsystem", "entropy", "weight"]]),
    ],
    ids=["undeclared", "column-too-many", "column-missing", "other-order"],
)
def test_write_refuses_what_is_not_declared(toy, compendium, section, table):
    toy()
    with pytest.raises(ValueError, match=f"{section} declares"):
        begin(section, "toy").write("weights", table)
    assert not (compendium / "made").exists()


@pytest.mark.parametrize(
    ("given", "noted"),
    [
        (pd.Series([0.1 + 0.2])[0], 0.3),
        (pd.Series([3])[0], 3),
        (pd.Series([True])[0], True),
        (math.nan, None),
        (math.inf, None),
        ("high", "high"),
    ],
    ids=["float", "integer", "truth", "nan", "infinity", "word"],
)
def test_note_says_what_json_can_say(toy, given, noted):
    toy()
    run = begin("02-weights", "toy")
    run.note(Note("it", given))
    (entry,) = run._said.values()
    assert entry["value"] == noted
    assert type(entry["value"]) is type(noted)


def test_note_refuses_a_key_twice(toy):
    toy()
    run = begin("02-weights", "toy")
    run.note(Note("it", 1))
    with pytest.raises(ValueError, match="the key it is recorded twice"):
        run.note(Note("it", 1))


def test_note_names_every_row(toy):
    toy()
    run = begin("02-weights", "toy")
    table = pd.DataFrame({"region": ["Inner Oak", "Elm"], "year": [2019, 2020], "score": [0.25, 0.5]})
    run.note(Note("score", table, ["region", "year"], "score", "points", 2, "scores.csv"))
    assert {e["key"]: e["value"] for e in run._said.values()} == {"score.Inner_Oak.2019": 0.25, "score.Elm.2020": 0.5}
    assert {(e["unit"], e["decimals"], e["of"], e["notebook"]) for e in run._said.values()} == {
        ("points", 2, "scores.csv", "02-weights")
    }


def test_of_many_regions_numbers_by_region_and_year_are_noted_of_the_last_year(toy, monkeypatch):
    toy()
    run = begin("03-development", "toy")
    table = pd.DataFrame({"region": ["Oak", "Oak", "Elm"], "year": [2021, 2022, 2022], "score": [0.1, 0.2, 0.3]})
    monkeypatch.setattr(sizes, "CROWD", 4)  # of five
    run.note(Note("score", table, ("region", "year"), "score"), Note("by", table.iloc[:1], ("year",), "score"))
    assert [e["key"] for e in run._said.values()] == ["score.Oak.2022", "score.Elm.2022", "by.2021"]


def test_note_says_of_many_what_they_share(toy):
    toy()
    table = pd.DataFrame({"region": ["Oak", "Elm"], "score": [0.25, 0.5], "p": [0.1, 0.2]})
    run = begin("02-weights", "toy")
    run.note(
        Note("regions", 2, unit="regions", decimals=0, of="regions.csv", function=weights_table),
        Note("score", table, ["region"], "score"),
        Note("test", table, ["region"], ("p", "score"), unit="", decimals=4),
        unit="points",
        of="scores.csv",
    )
    shown = [(e["key"], e["value"], e["unit"], e["decimals"], e["of"]) for e in run._said.values()]
    assert shown == [
        ("regions", 2, "regions", 0, "regions.csv"),
        ("score.Oak", 0.25, "points", 3, "scores.csv"),
        ("score.Elm", 0.5, "points", 3, "scores.csv"),
        ("test.p.Oak", 0.1, "", 4, "scores.csv"),
        ("test.p.Elm", 0.2, "", 4, "scores.csv"),
        ("test.score.Oak", 0.25, "", 4, "scores.csv"),
        ("test.score.Elm", 0.5, "", 4, "scores.csv"),
    ]
    made_by = {e["key"]: e["function"].rpartition(".")[2] for e in run._said.values()}
    assert (made_by["regions"], made_by["score.Oak"]) == ("weights_table", "scores")


def test_warnings_in_a_notebook_tell_no_path_of_the_machine(toy, monkeypatch):
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    toy()
    begin("02-weights", "toy")
    assert warnings.formatwarning("scarce", UserWarning, "/home/me/a.py", 3, line="x") == "UserWarning: scarce\n"


def laid_out(table, reader):
    return table.rename(columns={"weight": {"en": "Weight < 1", "zh": "权重"}[reader.language]})


def test_table_is_written_tidy_and_laid_out_in_both_languages(toy, compendium):
    toy()
    run = begin("02-weights", "toy", "zh")
    shown = run.table("levels", laid_out, weights_table())
    folder = compendium / "made" / "outputs" / "toy" / "tables"
    texts = {f.name: f.read_text(encoding="utf-8-sig") for f in folder.iterdir()}
    assert {name: text.splitlines()[0] for name, text in texts.items()} == {
        "levels.csv": "subsystem,indicator,entropy,weight",
        "levels.en.csv": "subsystem,indicator,entropy,Weight < 1",
        "levels.zh.csv": "subsystem,indicator,entropy,权重",
        "levels.en.html": "<!DOCTYPE html>",
        "levels.zh.html": "<!DOCTYPE html>",
    }
    assert {name for name in texts if (folder / name).read_bytes().startswith(codecs.BOM_UTF8)} == {
        "levels.en.csv",  # which people open
        "levels.zh.csv",
    }
    assert_names(texts["levels.en.html"], '<html lang="en">', "<caption>Levels of", "Weight &lt; 1")
    assert isinstance(shown, HTML)
    assert_names(shown.data, "<caption>耦合协调度等级划分", "权重")


def test_a_table_that_is_handed_over_keeps_its_tidy_file(toy, compendium):
    toy()
    run = begin("02-weights", "toy")
    run.write("weights", weights_table())
    run.table("weights", laid_out, weights_table())
    made = [f.relative_to(compendium / "made").as_posix() for f in (compendium / "made").rglob("weights*")]
    assert sorted(made) == [
        "data/processed/toy/weights.csv",
        *(f"outputs/toy/tables/weights.{language}.{ending}" for language in ("en", "zh") for ending in ("csv", "html")),
    ]


def drawn(table, reader):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    figure.subplots().plot(table["weight"])
    figure.suptitle(reader.text(reader.study.title))
    return figure


def test_figure_is_drawn_in_both_languages_and_shown_in_one(toy, compendium, capsys):
    toy()
    run = begin("02-weights", "toy", "zh")
    caption = run.figure("weights", drawn, weights_table())
    assert caption.data == "各子系统指标的权重（熵权）。n = 5，2019—2022年。"
    folder = compendium / "made" / "outputs" / "toy" / "figures"
    starts = {f.name: f.read_bytes()[:5] for f in sorted(folder.iterdir())}
    assert starts == {
        "weights.en.png": b"\x89PNG\r",
        "weights.en.svg": b"<?xml",
        "weights.zh.png": b"\x89PNG\r",
        "weights.zh.svg": b"<?xml",
    }
    assert (folder / "weights.en.svg").read_bytes() != (folder / "weights.zh.svg").read_bytes()


def test_say_fills_the_sentence_of_the_facts_room_in_every_language(toy):
    toy()
    table = pd.DataFrame({"subsystem": "technology", "indicator": ["ports", "patents"], "weight": [0.25, 0.75]})
    run = begin("02-weights", "toy", "zh")
    shown = run.say(facts.weights, table)
    assert shown.data == "技术：权重最大的是Patents（0.750），最小的是Ports（0.250）。"
    assert shown.metadata == {"sentence": "sentence.weights"}
    assert list(run._said) == ["sentence.weights", "paper.weights"]
    noted = run._said["sentence.weights"]
    assert noted["text"]["zh"] == shown.data
    expected = "Technology: the largest weight is that of patents (0.750), the smallest that of ports (0.250)."
    assert noted["text"]["en"] == expected
    assert noted["function"] == "coordination.indices.facts.weights"


def test_the_same_is_said_of_every_part_in_order(toy, monkeypatch):
    toy()
    table = pd.DataFrame(
        {
            "subsystem": ["technology", "technology", "governance", "governance"],
            "indicator": ["ports", "patents", "clinics", "accident_rate"],
            "weight": [0.25, 0.75, 0.5, 0.5],
        }
    )
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    run = begin("02-weights", "toy")
    run.say_each(facts.weights, table.groupby("subsystem", sort=False))
    keys = ["sentence.weights.technology", "sentence.weights.governance"]
    assert [s.metadata["sentence"] for s in shown] == keys
    assert list(run._said) == [
        f"{form}.weights.{s}" for s in ("technology", "governance") for form in ("sentence", "paper")
    ]
    assert [s.data.split(":")[0] for s in shown] == ["Technology", "Governance"]


def test_where_there_is_nothing_nothing_is_shown_said_or_noted(toy, compendium):
    toy()
    run = begin("02-weights", "toy")
    assert run.where(True) is run
    silent = run.where(0)
    assert silent.table("levels", laid_out, weights_table()) is None
    assert silent.figure("weights", drawn, weights_table()) is None
    assert silent.say(facts.weights, weights_table()) is None
    assert silent.say_each(facts.weights, []) is None
    assert silent.note(Note("weight", 1.0)) is None
    assert (run._said, run._made) == ({}, [])
    assert not (compendium / "made" / "outputs").exists()
    with pytest.raises(AttributeError, match="tabel"):
        silent.tabel("levels", laid_out, weights_table())


def test_read_gives_nothing_of_a_section_that_is_left_out(toy):
    folder = toy()
    run = begin("09-diagnosis", "toy")
    run = replace(run, section=replace(run.section, reads=("weights", "inequality")))
    for name in run.section.reads:
        with pytest.raises(InputError, match=rf"{name}\.csv: found no such file"):
            run.read(name)
    replace_once(folder / "study.yml", "seed: 7", "seed: 7\nleave_out: [dynamics]")
    run = replace(run, study=load(folder))
    assert run.read("inequality") is None
    with pytest.raises(InputError, match=r"weights\.csv: found no such file"):
        run.read("weights")


def test_matches_release_compares_to_the_last_digit(toy):
    folder = released(toy())
    run = begin("01-indicators", "toy")
    table = run.read_start()
    assert run.matches_release(table) is True
    assert run.matches_release(table.assign(value=0.5 + 2e-12)) is False
    assert run.matches_release(table.assign(value=0.5 + 1e-15)) is True
    (folder / "normalised.csv").unlink()
    assert run.matches_release(table) is None


def test_matches_release_is_undecided_where_nothing_was_released(toy):
    toy()
    assert begin("01-indicators", "toy").matches_release(weights_table()) is None


def test_published_values_are_read_as_numbers_or_as_printed(toy):
    folder = toy()
    run = begin("10-replication", "toy")
    assert run.published("table9") is None
    (folder / "published").mkdir()
    (folder / "published" / "table9.csv").write_text("region,value\nOak,0.50\nNA,\n", encoding="utf-8")
    assert run.published("table9")["value"].tolist()[0] == 0.5
    assert run.published("table9", printed=True).to_dict("list") == {"region": ["Oak", "NA"], "value": ["0.50", ""]}


def test_finish_refuses_when_a_declared_output_is_missing(toy, compendium):
    toy()
    run = begin("02-weights", "toy")
    with pytest.raises(AssertionError, match="02-weights did not write weights"):
        run.finish()
    assert not (compendium / "made").exists()


def test_finish_notes_what_was_made_and_said(toy, compendium):
    toy()
    run = begin("02-weights", "toy")
    run.write("weights", weights_table())
    run.table("levels", laid_out, weights_table())
    run.note(Note("weight.ports", 0.5, of="weights.csv"))
    listed = run.finish()
    assert listed.to_dict("list") == {
        "kind": ["hand-over", "table"],
        "name": ["weights", "levels"],
        "files": ["csv", "csv, csv, html, csv, html"],
    }
    note = json.loads(note_file("toy", "02-weights").read_text(encoding="utf-8"))
    assert note["notebook"] == "02-weights"
    assert all((compendium / "made" / file).is_file() for made in note["made"] for file in made["files"])
    assert note["made"][1]["function"].endswith("test_artifacts.laid_out")
    assert note["made"][1]["caption"]["zh"] == "耦合协调度等级划分（左开右闭）。"
    assert note["results"] == [
        {
            "key": "weight.ports",
            "value": 0.5,
            "text": {"en": "0.500", "zh": "0.500"},
            "unit": "",
            "decimals": 3,
            "notebook": "02-weights",
            "cell": None,
            "of": "weights.csv",
            "function": "coordination.indices.weighting.weights",
        }
    ]


def test_staged_outputs_do_not_touch_the_output_root(toy, compendium, monkeypatch):
    toy()
    monkeypatch.setenv("COORDINATION_STAGING", str(compendium / "staging"))
    run = begin("02-weights", "toy")
    run.write("weights", weights_table())
    run.finish()
    assert not (compendium / "made").exists()
    assert (compendium / "staging" / "data" / "processed" / "toy" / "weights.csv").is_file()


# Gathering


def write_note(section, results=(), made=()):
    entries = [{"key": k, "value": v, "unit": "", "decimals": 3, "notebook": section, "of": ""} for k, v in results]
    text = json.dumps({"notebook": section, "made": list(made), "results": entries})
    write(note_file("toy", section), text)


def test_collect_gathers_results_and_contents_in_the_order_of_the_sections(toy):
    toy()
    figure = {
        "kind": "figure",
        "name": "weights",
        "files": ["outputs/toy/figures/weights.en.svg", "outputs/toy/figures/weights.en.png"],
        "caption": {"en": "Weights, all", "zh": "权重"},
        "function": "coordination.indices.figures.weights",
    }
    for section in reversed(SECTIONS):
        if not section.claims:
            write_note(section.name, [(section.name, 0.5)], [figure] if section.name == "02-weights" else [])
    number = collect("toy")
    folder = outputs("toy")
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert number == len(results)
    made = [s.name for s in SECTIONS if not (s.claims or s.degrees)]
    assert list(results)[: len(made) + 1] == [*made, "caption.weights"]
    assert results["02-weights"] == {"value": 0.5, "unit": "", "decimals": 3, "notebook": "02-weights", "of": ""}
    assert results["caption.weights"]["text"] == {"en": "Weights, all", "zh": "权重"}
    table = pd.read_csv(folder / "contents.csv")
    assert table["file"].tolist() == figure["files"]
    assert set(table["caption"]) == {"Weights, all"}
    assert table["number"].isna().all()


def test_numbers_of_the_article_are_those_of_a_study_that_recomputes_it(toy):
    (toy() / "published").mkdir()
    made = [
        {"kind": kind, "name": name, "files": [f"outputs/toy/{name}"], "caption": {}, "function": ""}
        for kind, name in (("figure", "scatter"), ("table", "levels"), ("table", "scatter"), ("hand-over", "levels"))
    ]
    for section in SECTIONS:
        if not section.degrees:
            write_note(section.name, [], made if section.name == "02-weights" else [])
    collect("toy")
    table = pd.read_csv(outputs("toy") / "contents.csv")
    assert table["number"].fillna(0).tolist() == [7, 3, 0, 0]


def collected(folder):
    """Results of a study whose notebooks noted nothing."""
    for section in SECTIONS:
        write_note(section.name)
    collect(folder.name)
    results = json.loads((outputs(folder.name) / "results.json").read_text(encoding="utf-8"))
    return {key: entry["value"] for key, entry in results.items()}


def test_collect_says_what_the_study_is_and_where_everything_comes_from(toy, compendium):
    folder = toy()
    found = collected(folder)
    assert found["study.title"] == {"en": "Toy island", "zh": "玩具岛"}
    assert found["subsystem.technology"] == {"en": "Technology", "zh": "技术"}
    assert (found["study.subsystems"], found["study.groups"]) == (["technology", "governance"], ["north", "south"])
    assert (found["study.first_year"]["en"], found["study.last_year"]["en"]) == ("2019", "2022")
    provenance = {k.partition(".")[2]: v["en"] for k, v in found.items() if k.startswith("provenance.")}
    said = provenance.pop("sentence")
    assert provenance == {
        "commit": "unknown",
        "lock": checksum(compendium / "requirements.lock"),
        "seed": "7",
        "panel": checksum(folder / "panel.csv"),
        "study": checksum(folder / "study.yml"),
    }
    assert_names(said, "unknown", provenance["panel"][:12], "panel.csv", "7")


def test_collect_names_the_released_panel_where_the_study_starts_from_it(toy):
    folder = released(toy())
    assert collected(folder)["provenance.panel"]["en"] == checksum(folder / "normalised.csv")


def git(*arguments):
    identity = ["-c", "user.name=Toy", "-c", "user.email=toy@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, encoding="utf-8")
    return done.stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_commit_says_when_files_differ_from_it(toy, compendium, monkeypatch):
    toy()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    assert (commit(), commit_time()) == ("unknown", 0)
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--no-verify", "--message", "Begin", "--date", "@1700000000")
    committed = git("rev-parse", "HEAD")
    assert commit() == committed
    new = compendium / "data" / "raw" / "new.csv"
    new.write_text("a\n", encoding="utf-8")
    assert commit() == f"{committed}-dirty"
    new.unlink()
    assert commit_time() == int(git("log", "-1", "--format=%ct"))
    (compendium / "requirements.lock").write_text("numpy==2.1\n", encoding="utf-8")
    assert commit() == f"{committed}-dirty"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000001")
    assert commit_time() == 1700000001


def run_record(folder):
    """What run.json says, collected from the notes."""
    collected(folder)
    return json.loads((outputs(folder.name) / "run.json").read_text(encoding="utf-8"))


def test_record_of_runs_keeps_every_notebook(toy):
    folder = toy()
    record_run("toy", "02-weights", 2.06)
    record_run("toy", "01-indicators", 1)
    record_run("toy", "02-weights", 3.04)
    record = run_record(folder)
    assert record["seconds"] == {"01-indicators": 1, "02-weights": 3.0}
    assert set(record["machine"]) == {"system", "cores", "python"}
    tables = {f"tables.{k}.{ending}" for k in ("en", "zh") for ending in ("xlsx", "tex")}
    assert {f.name for f in outputs("toy").iterdir()} == {
        *("run.json", "results.json", "provenance.json", "contents.csv"),
        *tables,
    }


def test_record_of_runs_names_the_machine_of_the_latest(toy, monkeypatch):
    folder = toy()
    for section, machine in (("02-weights", "earlier"), ("01-indicators", "latest")):
        monkeypatch.setattr("platform.platform", lambda machine=machine: machine)
        record_run("toy", section, 1)
    os.utime(run_note("toy", "02-weights"), (1, 1))
    assert run_record(folder)["machine"]["system"] == "latest"


def with_degrees(folder):
    """Give a study the published degrees that every section is for."""
    (folder / "published").mkdir()
    (folder / "published" / "table4_coordination.csv").touch()
    return folder


def test_a_notebook_that_runs_again_changes_its_own_seconds_only(toy):
    folder = with_degrees(toy())
    for seconds, section in enumerate(SECTIONS):
        record_run("toy", section.name, seconds)
    before = run_record(folder)["seconds"]
    record_run("toy", "02-weights", 99)
    assert run_record(folder)["seconds"] == before | {"02-weights": 99}


def test_notebooks_that_end_at_once_all_note_their_seconds(toy):
    folder = with_degrees(toy())
    seconds = {section.name: float(k) for k, section in enumerate(SECTIONS)}
    with get_context("spawn").Pool(4) as pool:
        pool.starmap(record_run, [("toy", *one) for one in seconds.items()] * 20, chunksize=1)
    assert run_record(folder)["seconds"] == seconds
    assert {f.stem for f in run_note("toy", "02-weights").parent.iterdir()} == set(seconds)


@pytest.mark.skipif(os.name != "posix", reason="processes are killed otherwise there")
def test_a_process_killed_while_it_notes_its_seconds_leaves_the_earlier_note_or_none(toy):
    folder = toy()
    record_run("toy", "02-weights", 2)
    killed = (
        "import os, signal, sys, pathlib\n"
        "from coordination.pipeline.provenance import record_run\n"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "record_run('toy', sys.argv[1], 3)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    for section in ("01-indicators", "02-weights"):
        done = subprocess.run([sys.executable, "-c", killed, section], env=environment, check=False)
        assert done.returncode == -signal.SIGKILL
    assert run_record(folder)["seconds"] == {"02-weights": 2}


def test_collect_refuses_a_key_of_two_notebooks_and_keeps_the_earlier_results(toy):
    toy()
    for section in SECTIONS:
        write_note(section.name, [("same", 1)] if section.name[:2] in ("02", "05") else [])
    write(outputs("toy") / "results.json", "earlier")
    with pytest.raises(InputError, match="same: found recorded by two notebooks"):
        collect("toy")
    assert (outputs("toy") / "results.json").read_text(encoding="utf-8") == "earlier"


def test_collect_names_the_notebook_that_did_not_run(toy):
    toy()
    write_note("01-indicators")
    with pytest.raises(InputError, match=r"notes/02-weights\.json: found no such file.*what 02-weights notes"):
        collect("toy")


@pytest.mark.parametrize("name", ["published", "claims.csv"])
def test_collect_waits_for_the_replication_only_where_values_were_published_or_claimed(toy, name):
    folder = toy()
    for section in SECTIONS:
        if not section.claims:
            write_note(section.name)
    collect("toy")
    (folder / name).mkdir() if name == "published" else (folder / name).touch()
    with pytest.raises(InputError, match="10-replication"):
        collect("toy")


def test_collect_removes_what_a_section_had_written_that_was_left_out_since(toy):
    folder = toy()
    for section in SECTIONS:
        files = [f"outputs/toy/tables/{section.name}.csv", f"outputs/toy/figures/{section.name}.en.svg"]
        entry = {"kind": "figure", "name": section.name, "files": files, "caption": {}, "function": ""}
        write_note(section.name, [(section.name, 1)], [entry])
        for file in (*files, f"outputs/toy/notebooks/{section.name}.ipynb"):
            write(output_root() / file, '{"cells": []}')
        record_run("toy", section.name, 1)
    with_degrees(folder)

    def left():
        made = [f for f in output_root().rglob("*") if f.is_file() and f.name[:2].isdigit()]
        return {f.name.partition(".")[0] for f in made}, len(made)

    collect("toy")
    assert left() == ({s.name for s in SECTIONS}, 5 * len(SECTIONS))
    replace_once(folder / "study.yml", "seed: 7", "seed: 7\nleave_out: [dynamics, diagnosis]")
    collect("toy")
    kept = [s.name for s in SECTIONS if s.optional not in ("dynamics", "diagnosis")]
    assert left() == (set(kept), 5 * len(kept))
    run = json.loads((outputs("toy") / "run.json").read_text(encoding="utf-8"))
    assert list(run["seconds"]) == kept
    results = json.loads((outputs("toy") / "results.json").read_text(encoding="utf-8"))
    assert [key for key in results if key[:2].isdigit()] == kept
    assert set(pd.read_csv(outputs("toy") / "contents.csv")["notebook"]) == set(kept)


def test_a_draft_draws_and_lays_out_in_one_language(toy, compendium, monkeypatch):
    toy()
    monkeypatch.setenv("COORDINATION_DRAFT", "1")
    run = begin("02-weights", "toy", "zh")
    run.table("weights", laid_out, weights_table())
    run.figure("weights", drawn, weights_table())
    made = {f.name for f in (compendium / "made" / "outputs" / "toy").rglob("weights*")}
    assert made == {"weights.zh.csv", "weights.zh.html", "weights.zh.svg", "weights.zh.png", "weights.csv"} & made
    assert {"weights.zh.html", "weights.zh.svg"} <= made
