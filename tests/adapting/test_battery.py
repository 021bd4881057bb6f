"""Broken inputs, each made from a good study: an error that can be acted upon, no traceback, nothing changed."""

import csv
import io
import json
import os
import shutil
import time
import warnings
import zipfile

import pandas as pd
import pytest
from conftest import RAW, assert_names, contents, replace_once, write_study
from openpyxl import Workbook

from coordination.__main__ import main
from coordination.adapting.checks import check as inspection
from coordination.study import costs, names, workbooks
from coordination.study.files import read_text

REGIONS = ("Oak", "Elm", "Ash", "Fir", "Bay")
SERIES = ("ports", "patents", "accidents", "population", "clinics")
FIRST = "Oak,2019,ports,120"
PORTS = "region,2019\nOak,120\nElm,80\nAsh,40\nFir,200\nBay,60\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHECK, IMPORT = ("check", "--study", "toy"), ("import", "--study", "toy", "in")
PATIENCE = 20  # seconds


def entries(folder):
    """Every file, folder and link below a folder, with a file's bytes."""
    found = {p.relative_to(folder).as_posix(): os.readlink(p) if p.is_symlink() else "" for p in folder.rglob("*")}
    return found | contents(folder)


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run a command in a small compendium; return exit code and what was said, having seen that no file changed."""
    compendium = tmp_path / "compendium"
    write_study(compendium / "data" / "raw" / "toy")
    (compendium / "notebooks").mkdir()
    (compendium / "in").mkdir()
    (compendium / "data" / "raw" / "us-states").mkdir()
    shutil.copy(RAW / "us-states" / "study.yml", compendium / "data" / "raw" / "us-states")
    for name in ("OUTPUT_ROOT", "STUDIES", "PANEL"):
        monkeypatch.setenv(f"COORDINATION_{name}", "")
    monkeypatch.chdir(compendium)

    def run(*arguments, unchanged=True):
        before, start = entries(compendium / "data" / "raw") | entries(compendium / "in"), time.monotonic()
        try:
            code = main([*map(str, arguments)])
        except SystemExit as usage:
            code = usage.code
        assert time.monotonic() - start < PATIENCE
        said = "".join(capsys.readouterr())
        assert "Traceback" not in said
        assert not (compendium / ".make" / "errors").exists(), said
        if unchanged:
            assert entries(compendium / "data" / "raw") | entries(compendium / "in") == before
        return code, said

    run.study = compendium / "data" / "raw" / "toy"
    run.folder = compendium
    return run


def refused(command, arguments, *parts):
    code, said = command(*arguments)
    assert code == 1, said
    faults = [line for line in said.splitlines() if "found" in line and "expected" in line]
    assert faults, said
    assert max(map(len, faults)) < 3000
    assert_names(said, *parts)


# Texts, in the files of a study


def recoded(file, encoding):
    def change(folder):
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_bytes(text.encode(encoding))

    return change


def replaced(file, old, new):
    return lambda folder: replace_once(folder / file, old, new)


def written(file, content):
    return lambda folder: (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())


def lines(change):
    """Change the lines of the panel after its header."""

    def write(folder):
        head, *rest = (folder / "panel.csv").read_text(encoding="utf-8").splitlines()
        (folder / "panel.csv").write_text("\n".join(change(head, rest)) + "\n", encoding="utf-8")

    return write


def instead_a_folder(file):
    def change(folder):
        (folder / file).unlink()
        (folder / file).mkdir()

    return change


def value(text):
    return replaced("panel.csv", FIRST, f"Oak,2019,ports,{text}")


def swapped(head, rest):
    return [head, *(",".join((a, d, c, b)) for a, b, c, d in (line.split(",") for line in rest))]


PANEL = {
    "mixed-bytes": (written("panel.csv", b"region,year,series,value\n\xff\xfe\x81,1"), "bytes that are no gb18030"),
    "nul": (value("1\0 20"), "panel.csv", "NUL bytes", "save it again"),
    "binary": (written("panel.csv", bytes(range(256)) * 9), "panel.csv", "UTF-8"),
    "empty": (written("panel.csv", ""), "panel.csv", "No columns", "save it again"),
    "blank": (written("panel.csv", "\n\n \n"), "panel.csv", "No columns"),
    "header-only": (lines(lambda h, r: [h]), "no row of region 'Oak'", "add its rows"),
    "header-missing": (lines(lambda h, r: r), "panel.csv", "expected a column 'region'", "rename the column"),
    "cut-off": (lambda f: (f / "panel.csv").write_text((f / "panel.csv").read_text()[:-4]), "row 101", "cut off"),
    "row-short": (replaced("panel.csv", FIRST, "Oak,2019,ports"), "row 2", "fewer values"),
    "row-long": (value("120,5"), "panel.csv, row 2", "more values than columns", "decimal points"),
    "decimal-comma-further-down": (replaced("panel.csv", "patents,14", "patents,1,4"), "row 3", "4 values", "commas"),
    "column-twice": (
        lines(lambda h, r: [h + ",value", *(x + ",9" for x in r)]), "panel.csv, row 1", "column 'value' again",
    ),
    "columns-swapped": (lines(swapped), "panel.csv", "no row of region 'Oak'"),
    "heads-swapped": (replaced("panel.csv", "region,year", "year,region"), "row 42", "year 'Ash'", "digits only"),
    "row-twice": (lines(lambda h, r: [h, *r, r[0]]), "row 102", "Oak, 2019, ports again", "remove the row"),
    "region-year-missing": (
        lines(lambda h, r: [h, *(x for x in r if not x.startswith("Oak,2020"))]),
        "no row of Oak in 2020", "add the rows",
    ),
    "quotation-open": (replaced("panel.csv", FIRST, '"' + FIRST), "panel.csv", "expected"),
    "nan": (value("NaN"), "panel.csv, row 2", "'NaN' (gap)", "an empty cell"),
    "inf": (value("inf"), "row 2", "value 'inf' of ports", "a finite number", "leave a gap empty"),
    "1e400": (value("1e400"), "row 2", "'1e400'", "a finite number"),
    "text": (value("about 3"), "row 2", "value 'about 3' of ports", "a number", "remove signs"),
    "formula": (value("=1+1"), "row 2", "'=1+1'", "a number"),
    "hexadecimal": (value("0x10"), "row 2", "'0x10'", "a number"),
    "quoted-comma": (value('"12,5"'), "row 2", "'12,5'", "a number"),
    "thousands": (value('"1,234"'), "row 2", "thousands separators", "expected 1234"),
    "percent": (value("12%"), "row 2", "percent sign", "expected 12"),
    "full-width": (value("１２"), "row 2", "full-width characters", "expected 12"),
    "negative": (value("-5"), "row 2", "-5 of ports", "at least 0", "minimum in study.yml"),
    "40000-characters": (value("9" * 40_000), "row 2", "(4", "characters)"),
    "unknown-series": (replaced("panel.csv", FIRST, "Oak,2019,port,120"), "row 2", "'port'", "is it 'ports'?"),
    "year-in-words": (replaced("panel.csv", FIRST, "Oak,two thousand,ports,1"), "row 2", "'two thousand'", "digits"),
    "year-with-sign": (replaced("panel.csv", FIRST, "Oak,2019年,ports,120"), "row 2", "'2019年'", "remove the text"),
    "year-and-a-half": (replaced("panel.csv", FIRST, "Oak,2019.5,ports,120"), "row 2", "'2019.5'", "digits only"),
    "a-folder": (instead_a_folder("panel.csv"), "toy/panel.csv", "no such file", "PANEL="),
    "too-great-a-range": (
        lambda f: [
            replace_once(f / "study.yml", "{unit: ports}", "{unit: ports, minimum: null}"),
            replace_once(f / "panel.csv", FIRST, "Oak,2019,ports,-1e308"),
            replace_once(f / "panel.csv", "Oak,2020,ports,132", "Oak,2020,ports,1e308"),
        ], "indicator ports", "1e+308", "change the unit",
    ),
}  # fmt: skip
TABLE_OF_REGIONS = {
    "empty": (written("regions.csv", ""), "regions.csv", "No columns"),
    "row-short": (
        replaced("regions.csv", "橡,north,10.0,52.0", "橡"),
        "regions.csv, row 2",
        "fewer values",
        "5 values",
    ),
    "column-twice": (replaced("regions.csv", "region,region_zh", "region,region"), "row 1", "column 'region' again"),
    "coordinates-swapped": (replaced("regions.csv", "10.0,52.0", "52.0,110.0"), "row 2", "latitude '110.0'", "degrees"),
    "coordinate-nan": (replaced("regions.csv", "10.0,52.0", "nan,52.0"), "row 2", "longitude 'nan'"),
    "a-folder": (instead_a_folder("regions.csv"), "regions.csv", "no such file"),
    "one-point": (replaced("regions.csv", "11.0,52.5", "10.0,52.0"), "Oak and Elm at the same point", "correct one"),
}


@pytest.mark.parametrize(("change", "parts"), [(v[0], v[1:]) for v in PANEL.values()], ids=PANEL)
def test_a_broken_panel(command, change, parts):
    change(command.study)
    refused(command, CHECK, *parts)


@pytest.mark.parametrize(("mark", "what"), [(";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas")])
@pytest.mark.parametrize("file", ["panel.csv", "regions.csv"])
def test_a_table_with_other_separators_is_told_once(command, file, mark, what):
    text = (command.study / file).read_text(encoding="utf-8").replace(",", mark)
    written(file, text)(command.study)
    code, said = command(*CHECK)
    assert code == 1
    assert said.count("error: ") == 1, said
    assert_names(said, f"toy/{file}, row 1: found columns separated by {what}", "save it again as CSV with commas")


@pytest.mark.parametrize(("change", "parts"), [(v[0], v[1:]) for v in TABLE_OF_REGIONS.values()], ids=TABLE_OF_REGIONS)
def test_a_broken_table_of_regions(command, change, parts):
    change(command.study)
    refused(command, CHECK, *parts)


@pytest.mark.parametrize("file", ["panel.csv", "regions.csv", "study.yml"])
def test_a_byte_order_mark_does_no_harm(command, file):
    recoded(file, "utf-8-sig")(command.study)
    assert command(*CHECK)[0] == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("file", ["panel.csv", "regions.csv", "study.yml"])
def test_a_file_that_may_not_be_read(command, file):
    (command.study / file).chmod(0)
    try:
        code = main([*CHECK])
    finally:
        (command.study / file).chmod(0o644)
    assert code == 1


# The document

LAUGHS = "a: &a [x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
YEARS, WEIGHTS = "{first: 2019, last: 2022}", "{kind: inverse_distance, power: 1}"
BAD_NAME = "the name of a file in the study's folder"


def seed(text):
    return replaced("study.yml", "seed: 7", f"seed: {text}")


DOCUMENT = {
    "code": (seed("!!python/object/apply:os.system ['touch hacked']"), "study.yml, line 4", "a tag (!)", "plain YAML"),
    "tag-bool": (seed("!!bool x"), "line 4", "a tag (!)"),
    "tag-timestamp": (seed("!!timestamp x"), "line 4", "a tag (!)"),
    "tag-int": (seed("!!int ''"), "line 4", "a tag (!)"),
    "tag-map": (seed("!!map [1]"), "line 4", "a tag (!)"),
    "billion-laughs": (seed("7\n" + LAUGHS), "line 5", "an anchor or alias"),
    "alias-of-itself": (replaced("study.yml", "Made up for the tests", "&a [*a]"), "line 2", "an anchor or alias"),
    "deep-brackets": (written("study.yml", "a: " + "[" * 20_000), "line 1", "within one another"),
    "deep-lists": (written("study.yml", "- " * 20_000 + "x"), "line 1", "within one another"),
    "deep-mappings": (written("study.yml", "\n".join(" " * k + "a:" for k in range(900))), "within one another"),
    "gbk": (recoded("study.yml", "gbk"), "toy/study.yml: found GBK", "plain YAML in UTF-8", "save it again as text"),
    "utf-16": (recoded("study.yml", "utf-16"), "toy/study.yml: found UTF-16", "save it again as text in UTF-8"),
    "too-big": (written("study.yml", "# " + "x" * 30_000_000), "study.yml", "30000002 bytes", "at most 500000"),
    "many-keys": (seed("7\n" + "\n".join(f"k{k}: {k}" for k in range(3000))), "3000 times, first", "no such key"),
    "key-twice": (seed("7\nseed: 8"), "line 5", "the key 'seed' a second time"),
    "key-no-text": (written("study.yml", "? [a, b]\n: 2\n"), "line 1", "a key that is no text"),
    "tab": (seed("7\n\tx: 1"), "study.yml, line 5", "correct this line"),
    "nul": (replaced("study.yml", "Made up", "Ma\0de"), "study.yml", "special characters are not allowed"),
    "two-documents": (written("study.yml", "a: 1\n---\nb: 2\n"), "line 2", "another document"),
    "a-list": (written("study.yml", "- a\n"), "found list", "a mapping of keys"),
    "empty": (written("study.yml", ""), "a mapping of keys"),
    "a-folder": (instead_a_folder("study.yml"), "study.yml", "found a folder", "replace it by a file"),
    "unknown-key": (seed("7\nsede: 8"), "study.yml: sede", "found 8", "no such key", "spelling"),
    "seed-text": (seed("'7'"), "study.yml: seed", "found '7'", "a valid integer"),
    "seed-negative": (seed("-1"), "seed: found -1", "greater than or equal to 0"),
    "seed-impossible-date": (seed("2019-02-31"), "study.yml", "day is out of range"),
    "seed-5000-digits": (seed("1" * 5000), "study.yml", "5000 digits"),
    "alpha-negative": (
        replaced("study.yml", "技术}\n    alpha: 0.5", "技术}\n    alpha: -0.5"),
        "subsystems[0].alpha: found -0.5", "greater than 0",
    ),
    "levels-with-a-gap": (replaced("study.yml", "{above: 0.4,", "{above: 0.5,"), "levels", "follow on one another"),
    "years-reversed": (replaced("study.yml", YEARS, "{first: 2022, last: 2019}"), "years", "first <= last"),
    "years-too-many": (replaced("study.yml", YEARS, "{first: 1, last: 999999999}"), "years", "at most 1000 years"),
    "years-without-end": (replaced("study.yml", YEARS, "{first: 0, last: 1" + "0" * 30 + "}"), "at most 1000 years"),
    "years-text": (replaced("study.yml", YEARS, "['2019', '2020']"), "years", "write years without quotes"),
    "power-too-great": (replaced("study.yml", "power: 1}", "power: 400}"), "spatial_weights.power", "a smaller power"),
    "too-many-nearest": (replaced("study.yml", WEIGHTS, "{kind: knn, k: 9}"), "spatial_weights.k", "less than the 5"),
    "permutations": (replaced("study.yml", ": 99}", ": 10000000}"), "permutations", "less than or equal to 999999"),
    "released-over-panel": (replaced("study.yml", "panel.csv", "panel.csv\n  released: panel.csv"), "every file once"),
    "released-over-study": (replaced("study.yml", "panel.csv", "panel.csv\n  released: study.yml"), "every file once"),
}  # fmt: skip
PATHS = ("../../etc/passwd", "/etc/passwd", r"..\x.csv", "..", ".", "", '"a\\0b.csv"', '"a\\nb.csv"')


@pytest.mark.parametrize(("change", "parts"), [(v[0], v[1:]) for v in DOCUMENT.values()], ids=DOCUMENT)
def test_a_broken_document(command, change, parts):
    change(command.study)
    refused(command, CHECK, *parts)
    assert not (command.folder / "hacked").exists()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("panel.file", "file: panel.csv", "file: {}"),
        ("panel.released", "file: panel.csv", "file: panel.csv\n  released: {}"),
        ("regions.file", "seed: 7", "seed: 7\nregions: {{file: {}}}"),
        ("regions.polygons", "seed: 7", "seed: 7\nregions: {{polygons: {}}}"),
        ("spatial_weights.file", WEIGHTS, "{{kind: file, file: {}}}"),
    ],
)
def test_files_lie_in_the_studys_folder(command, key, old, new, path):
    replace_once(command.study / "study.yml", old, new.format(path or "''"))
    refused(command, CHECK, f"toy/study.yml: {key}: found", BAD_NAME)


FORMULAS = {
    "__import__('os').system('touch hacked')": "__import__",
    "ports.__class__": "'ports.__class__'",
    "sqrt(ports)": "'sqrt(ports)'",
    "ports ** 2": "'ports ** 2'",
    "9**9**9**9": "9 ** 9",
    "ports // 2": "'ports // 2'",
    "+ports": "'+ports'",
    "[ports][0]": "'[ports][0]'",
    "lambda: ports": "'lambda: ports'",
    "ports; ports": "no formula",
    "1e999": "'1e309'",
    "prots": "is it 'ports'?",
    "(" * 10_000 + "ports" + ")" * 10_000: "20005 characters",
    "-" * 900 + "ports": "operations within one another",
    "ports" + "()" * 900: "operations within one another",
    "+".join(["ports"] * 300): "operations within one another",
}


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("name", ["panel.csv", "regions.csv"])
def test_text_in_another_encoding_is_the_same_text(command, name, encoding):
    file = command.study / name
    before = read_text(file)
    file.write_bytes(file.read_bytes().decode("utf-8-sig").encode(encoding))
    pd.testing.assert_frame_equal(read_text(file), before)


@pytest.mark.parametrize(("formula", "found"), FORMULAS.items(), ids=lambda text: text[:20])
def test_formulas_run_no_code_and_do_not_exhaust_the_stack(command, formula, found):
    replace_once(command.study / "study.yml", "formula: ports}", f"formula: {json.dumps(formula)}}}")
    refused(command, CHECK, "study.yml", "indicators.ports.formula: ", found)
    assert not (command.folder / "hacked").exists()


def test_a_dollar_in_a_name_is_a_dollar(command):
    replace_once(command.study / "study.yml", "name: Ports,", "name: 'GDP $\\frac{$',")
    replace_once(command.study / "panel.csv", FIRST, "Oak,2019,ports,")
    assert command(*CHECK)[0] == 0


# Neighbours

RING = [(a, b) for k, a in enumerate(REGIONS) for b in (REGIONS[k - 1], REGIONS[(k + 1) % 5])]
PAIRS = "region,neighbour\n" + "".join(f"{a},{b}\n" for a, b in RING)
WEIGHTED = "region,neighbour,weight\n" + "".join(f"{a},{b},1\n" for a, b in RING)
GAL = "5\n" + "".join(f"{a} 2\n{REGIONS[k - 1]} {REGIONS[(k + 1) % 5]}\n" for k, a in enumerate(REGIONS))


def matrix(rows, columns, diagonal=0):
    cells = [[a, *(str(diagonal) if a == b else "1" for b in columns)] for a in rows]
    return "\n".join(",".join(row) for row in [["", *columns], *cells]) + "\n"


HALF = "\n".join(
    ",".join([a, *("1" if k > i else "" for k in range(5))]) for i, a in enumerate(("", *REGIONS), -1)
).replace("1,1,1,1,1", ",".join(REGIONS), 1)

NEIGHBOURS = {
    "unknown": ("n.csv", PAIRS + "Oak,Elk\n", "n.csv, row 12", "'Elk'", "is it 'Elm'?"),
    "self": ("n.csv", PAIRS + "Oak,Oak\n", "row 12", "Oak as its own neighbour", "remove the row"),
    "twice": ("n.csv", PAIRS + "Oak,Elm\n", "row 12", "Oak, Elm again"),
    "negative": ("n.csv", WEIGHTED.replace("Elm,Oak,1", "Elm,Oak,-1"), "row 4", "weight '-1'", "at least 0"),
    "infinite": ("n.csv", WEIGHTED.replace("Elm,Oak,1", "Elm,Oak,inf"), "row 4", "weight 'inf'"),
    "overflowing": ("n.csv", WEIGHTED.replace("Elm,Oak,1", "Elm,Oak,1e308"), "row 4", "weight '1e308'"),
    "no-weight": ("n.csv", WEIGHTED.replace("Elm,Oak,1", "Elm,Oak,"), "row 4", "weight ''", "correct it"),
    "distances": ("n.csv", WEIGHTED.replace("weight", "distance"), "column 'distance'", "(and weight)", "rename"),
    "not-square": ("n.csv", matrix(REGIONS[:4], REGIONS), "n.csv", "4 rows", "a square matrix", "complete the matrix"),
    "diagonal": ("n.csv", matrix(REGIONS, REGIONS, 1), "row 2", "0 on the diagonal"),
    "row-twice": ("n.csv", matrix(("Oak", *REGIONS[:4]), REGIONS), "row 3", "'Oak' again", "remove one"),
    "column-twice": ("n.csv", matrix(REGIONS, ("Oak", *REGIONS[:4])), "row 1", "column 'Oak' again"),
    "gal-cut-off": ("n.gal", GAL[:-5], "n.gal", "1 neighbours of Bay that should be of 2", "write it anew"),
    "gal-without-end": ("n.gal", GAL[:-14], "n.gal", "4 regions where its first line says 5"),
    "gal-binary": ("n.gal", bytes(range(256)), "n.gal", "bytes that are no gb18030"),
    "gal-empty": ("n.gal", "", "n.gal", "an incomplete list"),
    "gal-in-words": ("n.gal", GAL.replace("Elm 2", "Elm two"), "n.gal, line 4", "'Elm two'"),
    "gal-negative": ("n.gal", GAL.replace("Elm 2", "Elm -2"), "n.gal, line 4", "'Elm -2'"),
    "gal-unknown": ("n.gal", GAL.replace("Oak Ash", "Oak Ass"), "n.gal, row 5", "'Ass'", "is it 'Ash'?"),
    "gwt-cut-off": ("n.gwt", "0 5 toy NAME\nOak Elm 1\nElm Oak\n", "n.gwt, line 3", "'Elm Oak'"),
    "half": ("n.csv", HALF, "one side of the diagonal alone, 10 of them", "directed: false", "directed: true"),
    "kilometres": (
        "n.csv",
        matrix(REGIONS, REGIONS).replace("1", "120", 1),
        "up to 120, as distances",
        "values: weights",
    ),
    "no-names": ("n.csv", "0,1,1\n1,0,1\n1,1,0\n", "no names of regions", "in the order of the matrix"),
}


@pytest.mark.parametrize(("file", "text", "parts"), [(*v[:2], v[2:]) for v in NEIGHBOURS.values()], ids=NEIGHBOURS)
def test_broken_neighbours(command, file, text, parts):
    written(file, text)(command.study)
    replace_once(command.study / "study.yml", WEIGHTS, f"{{kind: file, file: {file}, islands: keep}}")
    refused(command, CHECK, *parts)


@pytest.fixture
def too_big(monkeypatch):
    monkeypatch.setattr(costs, "largest_file", lambda: 50_000_000)

    def written(file):
        with file.open("wb") as stream:
            stream.truncate(50_000_001)

    return written


def test_a_study_larger_than_memory_is_refused_with_its_estimate(command, monkeypatch):
    cost = costs.estimate(5, 3, 4)
    monkeypatch.setattr(costs, "memory", lambda: int(cost.memory) - 1)
    monkeypatch.setattr(inspection.inputs, "panel", None)  # nothing large is read
    refused(command, CHECK, f"about {cost.memory / 1e9:.1f} GB of memory", "CPU hours", "benchmarks/county.py")


@pytest.mark.parametrize("file", ["n.csv", "n.gal"])
def test_neighbours_too_big_are_not_read(command, too_big, file):
    too_big(command.study / file)
    replace_once(command.study / "study.yml", WEIGHTS, f"{{kind: file, file: {file}, islands: keep}}")
    refused(command, CHECK, f"toy/{file}: found 50 MB; expected at most 50 MB")


def test_polygons_too_big_are_not_read(command, too_big):
    too_big(command.study / "r.geojson")
    replace_once(command.study / "study.yml", "seed: 7", "seed: 7\nregions: {polygons: r.geojson}")
    refused(command, CHECK, "toy/r.geojson: found 50 MB; expected at most 50 MB", "simplify the outlines")
    big = ("new", "other", "--years", "2020-2022", "--regions", "data/raw/toy/r.geojson")
    refused(command, big, "toy/r.geojson: found 50 MB; expected at most 50 MB", "simplify the outlines")


def test_neighbours_in_one_direction_are_a_warning(command):
    written("n.csv", PAIRS.replace("Elm,Oak\n", ""))(command.study)
    replace_once(command.study / "study.yml", WEIGHTS, "{kind: file, file: n.csv, directed: true}")
    code, said = command(*CHECK)
    assert code == 0
    assert_names(said, "warning: n.csv: found Oak has neighbour Elm, but Elm has not Oak")


def test_a_gal_file_may_name_a_region_without_neighbours(command):
    written("n.gal", GAL.replace("Elm 2\nOak Ash\n", "Elm 0\n\n"))(command.study)
    replace_once(command.study / "study.yml", WEIGHTS, "{kind: file, file: n.gal, islands: keep}")
    assert command(*CHECK)[0] == 0


# Polygons


def features(first=None, **more):
    squares = {"Oak": (10, 52), "Elm": (11, 52), "Ash": (10, 51), "Fir": (11, 51), "Bay": (12, 51)}
    found = [
        {
            "type": "Feature",
            "properties": {"region": name, "number": k},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]],
            },
        }
        for k, (name, (x, y)) in enumerate(squares.items())
    ]
    if more:
        found[0] |= more
    return json.dumps({"type": "FeatureCollection", "features": (first or (lambda f: f))(found)})


CROSSING = {"type": "Polygon", "coordinates": [[[10, 52], [11, 53], [11, 52], [10, 53], [10, 52]]]}
POLYGONS = {
    "missing": (features(lambda f: f[1:]), "0 polygons of Oak", "add or merge polygons"),
    "twice": (features(lambda f: f + f[:1]), "2 polygons of Oak", "add or merge polygons"),
    "empty": (features(geometry={"type": "Polygon", "coordinates": []}), "no outline of Oak"),
    "null": (features(geometry=None), "no outline of Oak", "correct or remove the feature"),
    "point": (features(geometry={"type": "Point", "coordinates": [10, 52]}), "no outline of Oak"),
    "wrong-property": (features().replace('"region"', '"name"'), "a property 'region'", "regions.polygon_name"),
    "no-features": (features(lambda f: []), "a property 'region'"),
    "cut-off": (features()[:200], "broken JSON (Expecting", "replace the file"),
    "text": ("hello", "broken JSON (Expecting value", "replace the file"),
    "nothing": ("", "broken JSON (Expecting value", "replace the file"),
}


@pytest.mark.parametrize(("text", "parts"), [(v[0], v[1:]) for v in POLYGONS.values()], ids=POLYGONS)
def test_broken_polygons(command, text, parts):
    written("r.geojson", text)(command.study)
    replace_once(command.study / "study.yml", "seed: 7", "seed: 7\nregions: {polygons: r.geojson}")
    replace_once(command.study / "study.yml", WEIGHTS, "{kind: queen}")
    refused(command, CHECK, "toy/r.geojson", *parts)


def test_outlines_that_were_repaired_are_told(command):
    written("r.geojson", features(geometry=CROSSING))(command.study)
    replace_once(command.study / "study.yml", "seed: 7", "seed: 7\nregions: {polygons: r.geojson}")
    replace_once(command.study / "study.yml", WEIGHTS, "{kind: queen, islands: keep}")
    code, said = command(*CHECK)
    assert code == 0
    assert_names(said, "warning: data/raw/toy/r.geojson: found outlines that cross themselves: Oak", "repaired")


def test_what_the_reader_of_outlines_remarks_is_told_as_a_finding(command):
    """And not as a warning of a library, with the place of its source."""
    written("r.geojson", features(geometry={"type": "Ring", "coordinates": []}))(command.study)
    replace_once(command.study / "study.yml", "seed: 7", "seed: 7\nregions: {polygons: r.geojson}")
    replace_once(command.study / "study.yml", WEIGHTS, "{kind: queen, islands: keep}")
    remark = "found Unsupported geometry type detected. Feature gets NULL geometry assigned; expected"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused(command, CHECK, "no outline of Oak", remark, "look at the map")


@pytest.mark.parametrize(("file", "content"), [("r.gpkg", b"SQLite format 3\0" + b"x" * 500), ("r.shp", b"\0\0'\n")])
def test_a_broken_file_of_polygons(command, file, content):
    written(file, content)(command.study)
    replace_once(command.study / "study.yml", "seed: 7", f"seed: 7\nregions: {{polygons: {file}}}")
    refused(command, CHECK, f"toy/{file}", "a readable GeoJSON, GeoPackage or shapefile", "replace the file")


# Workbooks


def workbook(file, change=None, long=False):
    book = Workbook()
    book.remove(book.active)
    rows = list(csv.reader((file.parent / "panel.csv").read_text(encoding="utf-8").splitlines()))
    if long:
        sheet = book.create_sheet("panel")
        for a, b, c, d in rows:
            sheet.append([a, int(b) if b.isdigit() else b, c, float(d) if d.isdigit() else d])
    else:
        for series in SERIES:
            sheet = book.create_sheet(series)
            sheet.append(["region", 2019, 2020, 2021, 2022])
            for region in REGIONS:
                sheet.append([region, *(float(d) for a, _, c, d in rows if (a, c) == (region, series))])
    if change:
        change(book)
    book.save(file)


def cell(name, what):
    return lambda book: book["ports"].__setitem__(name, what)


def edited(member, change):
    """Rewrite a member of a zipped workbook."""

    def rewrite(file):
        with zipfile.ZipFile(file) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        parts[member] = change(parts.get(member, b""))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
            for name, content in parts.items():
                new.writestr(name, content)

    return rewrite


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (k, b"&%c;" % (k - 1) * 10) for k in range(98, 107)
)
LAUGHING_ROW = b"<row r='9'><c r='A9' t='str'><v>&j;</v></c></row></sheetData>"
CELLS = {
    "formula": (cell("B2", "=1+1"), "sheet ports, cell B2", "a formula that was never computed", "save it again"),
    "error": (cell("B2", "#DIV/0!"), "sheet ports, cell B2", "the error #DIV/0!", "correct the formula"),
    "text": (cell("B2", "abc"), "sheet ports, cell B2", "'abc'", "a number"),
    "far-away": (cell("XFD1048576", 1), "sheet ports", "1048576 rows of 16384 cells", "delete stray cells"),
    "long": (cell("B2", "x" * 32_000), "sheet ports, cell B2", "characters)", "a number"),
    "year-twice": (cell("C1", 2019), "cell C2", "Oak, 2019, ports"),
}
FILES = {
    "cut-off": (lambda f: f.write_bytes(f.read_bytes()[:3000]), "damaged workbook", "download it again"),
    "nothing": (lambda f: f.write_bytes(b""), "an empty file", "save it again"),
    "csv": (lambda f: f.write_text("region,year\n"), "a text file under a workbook's name", "save it as xlsx or CSV"),
    "web-page": (lambda f: f.write_text("<html></html>"), "a web page under a workbook's name"),
    "password": (lambda f: f.write_bytes(OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le")), "password"),
    "ole": (lambda f: f.write_bytes(OLE + bytes(600)), "damaged workbook"),
    "bomb": (edited("xl/worksheets/bomb.xml", lambda _: bytes(50_000_000)), "bomb.xml that unzips to", "200 times"),
    "entities": (
        edited(SHEET, lambda x: ENTITIES + b"]>" + x.replace(b"</sheetData>", LAUGHING_ROW)), "damaged workbook",
    ),
    "encoding": (edited(SHEET, lambda x: b'<?xml version="1.0" encoding="foo"?>' + x), "damaged workbook"),
    "address": (edited(SHEET, lambda x: x.replace(b'r="A1"', b'r="?"', 1)), "damaged workbook", "'?'"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "parts"), [(v[0], v[1:]) for v in CELLS.values()], ids=CELLS)
@pytest.mark.parametrize("name", ["check", "import"])
def test_a_workbook_with_broken_cells(command, name, change, parts):
    workbook(command.study / "panel.xlsx", change)
    if name == "check":
        replace_once(command.study / "study.yml", "file: panel.csv", "file: panel.xlsx")
    refused(command, (name, "--study", "toy"), "panel.xlsx", *parts)


@pytest.mark.parametrize(("change", "parts"), [(v[0], v[1:]) for v in FILES.values()], ids=FILES)
@pytest.mark.parametrize("name", ["check", "import"])
def test_a_broken_workbook(command, name, change, parts):
    workbook(command.study / "panel.xlsx")
    change(command.study / "panel.xlsx")
    if name == "check":
        replace_once(command.study / "study.yml", "file: panel.csv", "file: panel.xlsx")
    refused(command, (name, "--study", "toy"), "toy/panel.xlsx", *parts)


def test_a_workbook_with_too_many_cells_is_refused_before_it_is_read(command, monkeypatch):
    workbook(command.study / "panel.xlsx")
    monkeypatch.setattr(workbooks, "MOST_CELLS", 10)
    monkeypatch.setattr(workbooks, "_xlsx_areas", lambda *_: pytest.fail("cells were read"))
    replace_once(command.study / "study.yml", "file: panel.csv", "file: panel.xlsx")
    where = "toy/panel.xlsx, sheet ports"
    refused(command, CHECK, f"{where}: found 30 cells; expected at most", "delete stray cells")


def test_cells_are_counted_across_the_pieces_of_a_stream():
    for ahead in range(6):
        assert workbooks._count(io.BytesIO(b" " * (1_000_000 - ahead) + b"</c></c></c>"), b"</c>") == 3


def test_a_workbook_of_one_table_with_a_column_twice(command):
    def again(book):
        for row in range(1, 102):
            book["panel"].cell(row, 5, "value" if row == 1 else 5)

    workbook(command.study / "panel.xlsx", again, long=True)
    replace_once(command.study / "study.yml", "file: panel.csv", "file: panel.xlsx")
    refused(command, CHECK, "panel.xlsx, sheet panel, row 1", "column 'value' again")


@pytest.mark.parametrize("long", [False, True], ids=["sheets", "long"])
def test_a_workbook_beside_the_panel_may_be_of_any_form(command, long):
    workbook(command.study / "panel.xlsx", long=long)
    replace_once(command.study / "panel.csv", FIRST, "Oak,2019,ports,121")
    assert command(*CHECK)[0] == 0


def test_merged_cells_are_a_warning(command):
    workbook(command.study / "panel.xlsx", lambda book: book["ports"].merge_cells("B2:C2"))
    replace_once(command.study / "study.yml", "file: panel.csv", "file: panel.xlsx")
    assert_names(command(*CHECK)[1], "warning: ", "sheet ports", "merged cells B2:C2", "unmerge them")


def test_a_hidden_sheet_is_noted(command):
    workbook(command.study / "panel.xlsx", lambda book: setattr(book["ports"], "sheet_state", "hidden"))
    code, said = command("import", "--study", "toy", "--dry-run")
    assert code == 0
    assert "a hidden sheet" in said


# Import

IMPORTS = {
    "no-tables": ({"a.md": "x"}, "in: found nothing that belongs to the study", "--mapping"),
    "empty-folder": ({}, "in: found nothing that belongs to the study"),
    "conflict": (
        {"ports.csv": PORTS, "b/ports.csv": PORTS.replace("120", "121")},
        "Oak, 2019, ports: found 121 (b/ports.csv, cell B2) and 120 (ports.csv, cell B2)", "leave out the file",
    ),
    "conflict-with-panel": (
        {"ports.csv": PORTS.replace("120", "121")}, "120 (data/raw/toy/panel.csv, row 2) and 121", "REPLACE=1",
    ),
    "40000-characters": ({"ports.csv": PORTS + "x" * 40_000 + ",1\n"}, "cell A7", "a cell of 40000 characters"),
    "nul": ({"ports.csv": PORTS.replace("80", "8\0")}, "in/ports.csv", "NUL bytes", "save it again"),
    "xlsx-as-csv": ({"ports.csv": b"PK\x03\x04" + bytes(range(256)) * 4}, "in/ports.csv", "save it again as CSV"),
    "csv-as-xlsx": ({"ports.xlsx": PORTS}, "in/ports.xlsx", "a text file under a workbook's name"),
    "decimal-comma": ({"ports.csv": 'region,2019\nOak,"12,5"\nElm,1\n'}, "cell B2", "'12,5'", "use a decimal point"),
    "footnote": ({"ports.csv": PORTS.replace("120", "120①")}, "ports.csv, cell B2", "'120①'", "footnote marks"),
    "unknown-region": ({"ports.csv": PORTS.replace("Oak", "Oka")}, "cell A2", "region 'Oka'", "is it 'Oak'?"),
    "two-headers": ({"ports.csv": "region,region,2019\nOak,Oak,1\n"}, "several columns of the region", "mapping"),
}  # fmt: skip
MAPPINGS = {
    "m.yml": ("series: {ports: portz}", "m.yml: series: ports", "'portz'", "is it 'ports'?"),
    "open.yml": ("series: [", "open.yml, line 1", "plain YAML"),
    "alias.yml": ("series: &a {p: ports}", "alias.yml, line 1", "an alias or anchor"),
    "tag.yml": ("series: {p: !!bool x}", "tag.yml, line 1", "a tag (!)"),
    "date.yml": ("series: {p: 2019-02-31}", "date.yml", "one of ports"),
    "deep.yml": ("[" * 5000, "deep.yml", "brackets within brackets"),
    "deeper.yml": ("- " * 5000, "deeper.yml", "too many brackets"),
    "list.yml": ("- x", "list.yml", "the keys series, columns and regions"),
    "key.yml": ("serie: {p: ports}", "key.yml", "the key 'serie'", "spelling"),
    "gbk.yml": ("series: {端口: ports}".encode("gbk"), "gbk.yml", "GBK", "plain YAML in UTF-8", "text in UTF-8"),
    "bytes.yml": (b"\xff\xfe\x00", "bytes.yml", "plain YAML in UTF-8"),
    "region.yml": ("regions: {Oak: Elk}", "region.yml: regions: Oak", "is it 'Elm'?"),
    "columns.csv": ("a,b\n1,2\n", "columns.csv", "columns name and series"),
    "twice.csv": ("name,series\np,ports\np,clinics\n", "twice.csv, row 3", "'p' again"),
    "nothing.csv": ("", "nothing.csv", "an empty file"),
    "kind.txt": ("x", "a file of kind '.txt'", "yml, yaml or csv"),
}


def place(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        written(name, content)(folder)


@pytest.mark.parametrize(("files", "parts"), [(v[0], v[1:]) for v in IMPORTS.values()], ids=IMPORTS)
def test_broken_files_to_import(command, files, parts):
    place(command.folder / "in", files)
    refused_or_told(command, IMPORT, *parts)


def refused_or_told(command, arguments, *parts):
    code, said = command(*arguments)
    assert code == 1, said
    assert_names(said, "error: ", "found", "expected", *parts)


@pytest.mark.parametrize(("name", "parts"), [(k, v[1:]) for k, v in MAPPINGS.items()], ids=MAPPINGS)
def test_a_broken_mapping(command, name, parts):
    place(command.folder / "in", {"p.csv": PORTS, name: MAPPINGS[name][0]})
    refused(command, ("import", "--study", "toy", "in/p.csv", "--mapping", f"in/{name}"), *parts)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nowhere"], "nowhere: found no such file or folder"),
        (["in", "--mapping", "nowhere.yml"], "nowhere.yml: found no such file"),
        (["in", "--mapping", "in"], "in: found no such file"),
    ],
)
def test_what_is_not_there_cannot_be_imported(command, arguments, part):
    refused(command, ("import", "--study", "toy", *arguments), part, "correct its name")


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (instead_a_folder("panel.csv"), ["panel.csv: found a folder", "panel.file"]),
        (written("panel.csv", b"\xff\xfe"), ["panel.csv: found", "UTF-8"]),
        (written("panel.csv", "region,year,series,value,value\nOak,2019,ports,1,2\n"), ["row 1: found column 'value'"]),
    ],
    ids=["folder", "bytes", "column-twice"],
)
def test_a_panel_that_cannot_be_imported_into(command, change, parts):
    place(command.folder / "in", {"ports.csv": PORTS})
    change(command.study)
    refused(command, IMPORT, *parts)


def test_importing_never_writes_through_a_link_out_of_the_study(command):
    outside = command.folder.parent / "outside.csv"
    (command.study / "panel.csv").rename(outside)
    (command.study / "panel.csv").symlink_to(outside)
    before = outside.read_bytes()
    place(command.folder / "in", {"ports.csv": PORTS.replace("120", "121")})
    refused_or_told(command, (*IMPORT, "--replace"), "toy/panel.csv", "a link that leads out of the study's folder")
    assert outside.read_bytes() == before


def test_links_out_of_a_folder_are_not_imported(command):
    (command.folder.parent / "ports.csv").write_text(PORTS, encoding="utf-8")
    (command.folder / "in" / "ports.csv").symlink_to(command.folder.parent / "ports.csv")
    refused_or_told(command, IMPORT, "a link that leads out of the folder")


# New studies

SIGNS = "letters, digits, - and _, at most 64"
NAMES = {
    "../x": "use STUDY=x", "..": "use STUDY=my-region", "a/b": "use STUDY=a-b", "/tmp/x": "use STUDY=tmp-x",
    r"a\b": "use STUDY=a-b", "": "use STUDY=my-region", "a b": "use STUDY=a-b",
    ".x": "use STUDY=x", "x" * 300: "use STUDY=" + "x" * 64, "a\0b": "use STUDY=a-b", "😀": "use STUDY=my-region",
}  # fmt: skip
NEW = {
    "years-reversed": (["--years", "2022-2015"], "years: found '2022-2015'", "write 2015-2022"),
    "years-falling": (["--years", "2015,2014"], "study.yml: years", "increasing order"),
    "years-code": (["--years", "!!python/name:os.system"], "study.yml, line", "a tag (!)"),
    "years-comment": (["--years", "2015 # x"], "study.yml, line", "correct this line"),
    "one-subsystem": (["--subsystems", "A: ports"], "subsystems: found 'A: ports'", "at least two", "write them as"),
    "no-formula": (["--subsystems", "A: ports; B:"], "subsystems: found 'B:'", "Name: formula, formula"),
    "formula-broken": (["--subsystems", "A: (; B: x"], "formula '('", "arithmetic over series", "rewrite the formula"),
    "formula-code": (["--subsystems", "A: __import__('os'); B: x"], "'__import__('os')'", "rewrite the formula"),
    "formula-deep": (["--subsystems", "A: x; B: " + "(" * 10_000], "10000 characters"),
    "series-capitals": (["--subsystems", "A: GDP + x; B: x"], "formula 'GDP + x'", "write series in small letters"),
    "region-twice": (["--regions", "A, A"], "regions: found 'A' twice", "remove one"),
    "no-region": (["--regions", ";"], "regions: found ';'", "name some"),
    "region-control": (["--regions", "A, B\x07"], "regions: found", "letters, digits and signs"),
    "group-whole": (["--regions", "Whole: A; South: B, C"], "study.yml", "whole stands more than once"),
    "polygons-none": (["--regions", "none.geojson"], "none.geojson: found no such file", "correct the path"),
    "table-none": (["--regions", "none.csv"], "none.csv: found no such file", "correct the path"),
    "title-control": (["--title", "a\x07b"], "study.yml", "special characters"),
    "from-nothing": (["--from", "nothing"], "--from: found 'nothing'", "one of toy, us-states"),
    "from-path": (["--from", "../toy"], "--from: found '../toy'", "correct it"),
}
OUTLINES = {
    "text": ("hello", "broken JSON (Expecting value", "replace the file"),
    "cut-off": (features()[:200], "broken JSON (Expecting", "replace the file"),
    "null": (features(geometry=None), "no outline of Oak", "correct or remove the feature"),
    "empty": (features(geometry={"type": "Polygon", "coordinates": []}), "no outline of Oak"),
    "point": (features(geometry={"type": "Point", "coordinates": [10, 52]}), "no outline of Oak"),
    "other-property": (features().replace('"region"', '"name"'), "properties name", "--name-column"),
    "twice": (features(lambda f: f + f[:1]), "'Oak' twice", "every region once"),
}


@pytest.mark.parametrize(("name", "remedy"), NAMES.items(), ids=lambda text: ascii(text)[:12])
def test_names_that_cannot_be_folders(command, name, remedy):
    refused(command, ("new", name), SIGNS, remedy)


def test_a_chinese_name_that_cannot_be_a_folders_is_refused_in_chinese(command):
    code, said = command("new", "黄 河")
    assert code == 1
    assert_names(said, "不超过64个", "请用`STUDY=黄-河`")


def test_an_option_is_no_name(command):
    code, said = command("new", "-x")
    assert code == 2
    assert_names(said, "usage: coordination", "-x")


def test_a_chinese_name_is_a_name(command):
    assert command("new", "黄河", unchanged=False)[0] == 0
    assert (command.study.parent / "黄河" / "study.yml").is_file()


@pytest.mark.parametrize("name", ["../raw", "a/b", "/etc", "..", ".", "", "a\\b", "a\0b"])
@pytest.mark.parametrize("verb", ["check", "import", "release"])
def test_studies_lie_in_their_folder(command, verb, name):
    refused(command, (verb, f"--study={name}"), "study: found", "the name of a folder in data/raw", "its name only")


def test_a_name_of_300_characters_is_one_line(command):
    refused(command, ("check", "--study", "x" * 300), "File name too long", "correct its name")


def test_a_new_study_never_replaces_another(command):
    refused(command, ("new", "toy"), "data/raw/toy: found a folder that is there already", "choose another STUDY")


@pytest.mark.parametrize(("arguments", "parts"), [(v[0], v[1:]) for v in NEW.values()], ids=NEW)
def test_a_new_study_from_broken_words(command, arguments, parts):
    refused(command, ("new", "mine", *arguments), *parts)


@pytest.mark.parametrize(("text", "parts"), [(v[0], v[1:]) for v in OUTLINES.values()], ids=OUTLINES)
def test_a_new_study_from_broken_polygons(command, text, parts):
    place(command.folder / "in", {"r.geojson": text})
    refused(command, ("new", "mine", "--regions", "in/r.geojson"), *parts)


def test_a_new_study_from_polygons_named_by_another_property(command):
    place(command.folder / "in", {"r.geojson": features()})
    arguments = ("new", "mine", "--regions", "in/r.geojson", "--name-column", "number")
    assert command(*arguments, unchanged=False)[0] == 0


def test_a_new_study_from_one_without_the_optional_keys(command):
    assert command("new", "mine", "--from", "toy", unchanged=False)[0] == 0
    made = (command.study.parent / "mine" / "study.yml").read_text(encoding="utf-8")
    assert_names(made, "variant: standard", "    ports: {unit: ports}", "coupling:", "lag:")


# The released panel


@pytest.mark.parametrize("note", ["x", "[]", "{}", '{"sha256": 5}', "[" * 100_000], ids=lambda text: text[:9])
def test_a_broken_note_of_a_released_panel(command, note):
    replace_once(command.study / "study.yml", "file: panel.csv", "file: panel.csv\n  released: released.csv")
    assert command("release", "--study", "toy", unchanged=False)[0] == 0
    (command.study / "panel.csv").unlink()
    written("released.json", note)(command.study)
    refused(command, CHECK, "toy/released", "sha256", "coordination release")


# Anything else


def test_of_very_many_foreign_names_only_the_first_are_held_against_all_of_the_study(command, monkeypatch):
    """Or a table of all counties would keep the check busy for minutes."""
    compared = []
    close = names.difflib.get_close_matches
    monkeypatch.setattr(names.difflib, "get_close_matches", lambda *a: compared.append(a[0]) or close(*a))
    file = command.study / "panel.csv"
    lines = [file.read_text(encoding="utf-8").rstrip("\n"), *(f"Oek {k},2019,ports,1" for k in range(3000))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, said = command(*CHECK)
    assert (code, len(compared)) == (0, names.COMPARED)
    assert_names(said, "3000", "row 102")


@pytest.mark.parametrize("positive", [0, 1, 2])
def test_series_that_are_positive_in_few_regions_only(command, positive):
    file = command.study / "panel.csv"
    table = pd.read_csv(file, dtype=str)
    own = table["series"] == "patents"
    first = table["region"].unique()[:positive]
    table.loc[own & ~table["region"].isin(first), "value"] = "0"
    table.to_csv(file, index=False)
    code, said = command(*CHECK)
    assert code in (0, 1)
    assert "Traceback" not in said


@pytest.mark.parametrize("place", ["panel.csv", "regions.csv", "claims.csv", "paper/introduction.en.typ"])
def test_a_link_out_of_the_study_is_refused_by_every_command(command, place, tmp_path):
    (tmp_path / "elsewhere").write_text("a,b\n1,2\n", encoding="utf-8")
    link = command.study / place
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    refused_or_told(command, CHECK, f"toy/{place}", "a link that leads out of the study's folder")
    for more in (("collect", "--study", "toy"), ("compare", "--study", "toy")):
        refused_or_told(command, more, f"toy/{place}")


@pytest.mark.parametrize("file", ["claims.csv", "published/table4_coordination.csv"])
@pytest.mark.parametrize(
    ("content", "part"),
    [("", "No columns"), (b"\xff\xfe\x81,1", "no utf-16"), ("a,b\n1,2,3\n", "more values"), ("a\0b,c\n", "NUL bytes")],
    ids=["empty", "bytes", "long-row", "nul"],
)
def test_what_was_published_must_be_a_table(command, file, content, part):
    (command.study / "published").mkdir()
    written(file, content)(command.study)
    refused(command, ("consistency", "--study", "toy"), f"toy/{file}", part)
    refused(command, CHECK, f"toy/{file}", part)


def test_claims_without_a_column_are_told_by_consistency(command):
    written("claims.csv", "id,section,place,period,measure,expected,tolerance\na,1,all,2019,mean,0.5,\n")(command.study)
    refused(command, ("consistency", "--study", "toy"), "claims.csv: found no column variable", "add what is missing")


CLAIM = {"id": "a", "section": "1", "variable": "coordination_degree", "place": "all", "period": "2019-2022"}
CLAIM |= {"measure": "mean", "expected": "0.5", "tolerance": ""}


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"variable": "ports"}, ["variable 'ports' of a", "one of technology, governance, scores"]),
        ({"place": "east"}, ["place 'east'", "one of all, island, north"]),
        ({"period": "2022-2019"}, ["period '2022-2019' of a", "a year, or two such as"]),
        ({"measure": "median"}, ["measure 'median' of a, about coordination_degree", "one of mean, change"]),
        ({"expected": "half"}, ["expected 'half' of a", "a number"]),
        ({"tolerance": "1e999"}, ["tolerance '1e999' of a", "a number"]),
        ({"measure": "order", "expected": "north<north"}, ["expected 'north<north' of a", "joined by <, each once"]),
        ({"measure": "growth", "period": "2019"}, ["period '2019' of a", "two years, since growth takes time"]),
        ({"measure": "highest_growth"}, ["place 'all' of a", "a region, since the measure is highest_growth: Oak"]),
        (
            {"variable": "quadrant", "measure": "quadrant", "expected": "HH"},
            ["place 'all' of a", "measure is quadrant"],
        ),
        ({"id": "b"}, ["b again", "every one once"]),
    ],
    ids=lambda x: "-".join(x) if isinstance(x, dict) else "",
)
def test_claims_are_read_by_the_check(command, change, parts):
    rows = [CLAIM | {"id": "b"}, CLAIM | change]
    pd.DataFrame(rows).to_csv(command.study / "claims.csv", index=False)
    refused(command, CHECK, "error: claims.csv: found ", *parts)


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("table4_coordination", "region,year\nOak,2019\n", ["no column coordination_degree", "columns region, year, "]),
        ("table4_coordination", "region,year,coordination_degree\nYew,2019,0.5\n", ["row 2", "a region of the study"]),
        (
            "table5_group_means",
            "group,year,mean_coordination_degree\nnorth,2019,o.5\n",
            ["row 2", "'o.5'", "as printed"],
        ),
        ("table6_global_moran", "year,moran_i,z_score,p_value\n2019,,,\n2019,,,\n", ["row 3", "2019 again"]),
        ("table6_global_moran", "year,moran_i,z_score,p_value\n1999,,,\n", ["row 2", "a year of the study"]),
    ],
    ids=["column", "region", "number", "twice", "year"],
)
def test_published_tables_are_read_by_the_check(command, name, text, parts):
    (command.study / "published").mkdir()
    written(f"published/{name}.csv", text)(command.study)
    refused(command, CHECK, f"error: published/{name}.csv", *parts)


def test_claims_and_published_tables_that_hold_are_no_finding(command):
    pd.DataFrame([CLAIM]).to_csv(command.study / "claims.csv", index=False)
    (command.study / "published").mkdir()
    written("published/table4_coordination.csv", "region,year,coordination_degree\nOak,2019,0.513\n")(command.study)
    code, said = command(*CHECK)
    assert code == 0, said
    assert "published" not in said
