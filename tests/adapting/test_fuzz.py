"""Whatever happens to a file of a study: a result or a sentence, within 5 s of processor time and 1 GB of memory.

`make test` lets ten thousand broken files be read, the same each time, and a few go through a whole command; of these
`make torture` tries ever new ones.
"""

import functools
import json
import os
import resource
import shutil
import signal
from pathlib import Path

import pytest
from broken import corrupted, corruptions
from conftest import ROOT, contents, read_panel, replace_once, write_study
from hypothesis import HealthCheck, given, settings
from openpyxl import Workbook

from coordination.__main__ import main
from coordination.adapting.checks import check
from coordination.diagnosis import lenses
from coordination.errors import InputError
from coordination.indices import panel
from coordination.pipeline import inputs
from coordination.pipeline.files import panel_file, references
from coordination.pipeline.paths import raw
from coordination.replication import consistency
from coordination.study.document import load, read_document
from coordination.study.regions import read_regions

LONG = int(os.environ.get("COORDINATION_TORTURE") or 0)
EXAMPLES = settings(
    max_examples=max(200 if LONG == 1 else LONG, 5),
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SECONDS, MEMORY = 5, 1_000_000  # of processor time; kB

REGIONS = ("Oak", "Elm", "Ash", "Fir", "Bay")
YEARS = (2019, 2020, 2021, 2022)
PORTS = "region,2019\nOak,120\nElm,80\nAsh,40\nFir,200\nBay,60\n"
PAIRS = "region,neighbour,weight\n" + "".join(
    f"{a},{b},1\n" for k, a in enumerate(REGIONS) for b in (REGIONS[k - 1], REGIONS[(k + 1) % 5])
)
MATRIX = "\n".join([",".join(("", *REGIONS)), *(",".join((a, *("01"[a != b] for b in REGIONS))) for a in REGIONS)])
GAL = "5\n" + "".join(f"{a} 2\n{REGIONS[k - 1]} {REGIONS[(k + 1) % 5]}\n" for k, a in enumerate(REGIONS))
CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
POLYGONS = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"region": name},
                "geometry": {"type": "Polygon", "coordinates": [[[10 + k + x, 52 + y] for x, y in CORNERS]]},
            }
            for k, name in enumerate(REGIONS)
        ],
    }
)
LENS = """\
letter: M
name: {en: Own, zh: \u81ea\u5df1}
source: munnell1990
families:
  - id: capital
    name: {en: Capital, zh: \u8d44\u672c}
    concepts:
      - {id: harbours, name: {en: Harbours, zh: \u6e2f\u53e3}, path: investment}
mapping:
  - {indicator: ports, concept: harbours, reason: {en: Ports are harbours., zh: \u6e2f\u53e3\u3002}}
paths:
  - id: investment
    name: {en: Investment, zh: \u6295\u8d44}
    measures: {en: Invest, zh: \u6295\u8d44}
"""
RULES = """\
rules:
  - id: own
    when:
      - {field: lag, operator: '=', value: technology}
      - {field: place.own.harbours, operator: '=', value: 1}
    show: [ratio, obstacle_concept.own.harbours]
    lens: own
    limit: harbours
    says: {en: 'Technology lags, most of all in harbours', zh: \u6280\u672f\u6ede\u540e}
"""
CLAIMS = """\
id,section,statistic,variable,place,period,measure,expected,unit,tolerance,note
a,1,mean of D,coordination_degree,all,2019,mean,0.512,score,0.0005,
b,1,mean of D,coordination_degree,north,2022,mean,0.5,score,,
c,2,trend,technology,Oak,2019-2022,trend,increasing,,,
d,2,I,moran_i,all,2019-2022,trend,decreasing,,,
e,3,order,coordination_degree,groups,2022,order,north<south,,,
"""
TABLES = {
    "table4_coordination": "region,region_zh,group,year,coordination_degree\n"
    + "".join(f"{r},x,north,{y},0.{k}{y % 10}3\n" for k, r in enumerate(REGIONS, 2) for y in YEARS),
    "table5_group_means": "group,year,mean_coordination_degree\n"
    + "".join(f"{g},{y},0.4\n" for g in ("north", "south") for y in YEARS),
    "table6_global_moran": "year,moran_i,z_score,p_value\n" + "".join(f"{y},0.311,2.069,0.019\n" for y in YEARS),
}


def study(folder, file):
    """Write a study of which a file is read: the file is there, and the document names it."""
    write_study(folder)
    document, outline = folder / "study.yml", "seed: 7\nregions: {polygons: r.geojson}"
    texts = {"n.csv": PAIRS, "m.csv": MATRIX, "n.gal": GAL, "r.geojson": POLYGONS}
    texts |= {"lenses/own.yml": LENS, "lenses/rules.yml": RULES}
    texts |= {f"published/{name}.csv": text for name, text in TABLES.items()} | {"published/claims.csv": CLAIMS}
    if file.endswith(".xlsx"):
        workbook(folder)
        replace_once(document, "file: panel.csv", "file: panel.xlsx")
    if file == "r.geojson":
        replace_once(document, "seed: 7", outline)
        replace_once(document, "kind: inverse_distance, power: 1", "kind: queen, islands: keep")
    if file in ("n.csv", "m.csv", "n.gal"):
        replace_once(document, "kind: inverse_distance, power: 1", f"kind: file, file: {file}, islands: keep")
    for name in texts:
        if name != file and Path(name).parent.name not in ("lenses", "published"):
            continue
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(texts[name], encoding="utf-8")


def workbook(folder):
    book = Workbook()
    book.remove(book.active)
    table = read_panel(folder)
    for series, own in table.groupby("series"):
        sheet = book.create_sheet(series)
        sheet.append(["region", *YEARS])
        for region in REGIONS:
            sheet.append([region, *map(float, own.loc[own["region"] == region, "value"])])
    book.save(folder / "panel.xlsx")


class TooLong(BaseException):
    """What no handler of errors takes for one."""


def too_long(*_):
    raise TooLong


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run a command in a small compendium; return exit code and what was said, having seen what it cost."""
    for name in ("OUTPUT_ROOT", "STUDIES", "PANEL"):
        monkeypatch.setenv(f"COORDINATION_{name}", "")
    for name in ("notebooks", "in", "data/raw"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copytree(ROOT / "data" / "lenses", tmp_path / "data" / "lenses")
    shutil.copytree(ROOT / "paper", tmp_path / "paper")
    monkeypatch.chdir(tmp_path)
    earlier = signal.signal(signal.SIGPROF, too_long)

    def run(*arguments, limited=True):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        signal.setitimer(signal.ITIMER_PROF, SECONDS if limited else 0)
        try:
            code = main([*arguments])
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        said = "".join(capsys.readouterr())
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
        assert "Traceback" not in said
        assert not (tmp_path / ".make" / "errors").exists(), said
        assert code in (0, 1)
        assert code == 0 or "error" in said or "\u9519\u8bef" in said
        return code, said

    yield run
    signal.signal(signal.SIGPROF, earlier)


FILES = {
    "study.yml": "check", "panel.csv": "check", "regions.csv": "check", "panel.xlsx": "check", "r.geojson": "check",
    "n.csv": "check", "m.csv": "check", "n.gal": "check", "lenses/own.yml": "check", "lenses/rules.yml": "check",
    "published/claims.csv": "consistency", "published/table4_coordination.csv": "consistency",
    "published/table5_group_means.csv": "consistency", "published/table6_global_moran.csv": "consistency",
}  # fmt: skip


@pytest.fixture
def good(command, tmp_path, file):
    """A study of which the file is read, and nothing is wrong with it."""
    study(tmp_path / "data" / "raw" / "toy", file)
    code, said = command(FILES[file], "--study", "toy", limited=False)
    assert code == 0, said
    return tmp_path / "data" / "raw" / "toy"


def read_study(study, regions):
    load(raw(study.id))


def read_panel_of(study, regions):
    table, names = inputs.panel(study, panel_file(study)), list(regions.index)
    panel.derive(panel.complete(panel.validate(table, study, names), study, names), study)


def read_table_of_regions(study, regions):
    read_regions(study, raw(study.id))


def read_lenses(study, regions):
    folder = raw(study.id) / "lenses"
    own = {name: (f"{name}.yml", read_document(folder / f"{name}.yml")) for name in ("own", "rules")}
    shared, cited = shipped()
    lenses.catalogue(shared, own, study, cited)


@functools.cache
def shipped():
    found = {f.stem: (f.name, read_document(f)) for f in sorted((ROOT / "data" / "lenses").glob("*.yml"))}
    return found, references()


LOOK = dict(check.LOOKS[:4])
READERS = {
    "study.yml": (1000, read_study), "panel.csv": (1000, read_panel_of), "regions.csv": (1000, read_table_of_regions),
    "panel.xlsx": (500, read_panel_of), "r.geojson": (1000, LOOK["neighbours"]), "n.csv": (750, LOOK["neighbours"]),
    "m.csv": (750, LOOK["neighbours"]), "n.gal": (750, LOOK["neighbours"]), "lenses/own.yml": (750, read_lenses),
    "lenses/rules.yml": (750, read_lenses), "published/claims.csv": (1000, LOOK["claims"]),
    **{
        f"published/{name}.csv": (250, look)
        for name, (_, look) in zip(consistency.TABLES, check.LOOKS[4:], strict=True)
        if name in TABLES
    },
}  # fmt: skip


@pytest.mark.parametrize("file", READERS)
def test_ten_thousand_broken_files_are_read_or_refused_in_a_sentence(command, tmp_path, file):
    folder, (count, read) = tmp_path / "data" / "raw" / "toy", READERS[file]
    study(folder, file)
    good = load(folder)
    regions, honest = read_regions(good, folder), (folder / file).read_bytes()
    read(good, regions)
    before, refused = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []

    @settings(max_examples=count, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(changes=corruptions())
    def broken(changes):
        (folder / file).write_bytes(corrupted(honest, changes))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            read(good, regions)
        except InputError as error:
            refused.append(str(error))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    broken()
    assert len(refused) > 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


# The others are tried by `make torture` alone.
SHORT = ("study.yml", "panel.csv", "regions.csv", "panel.xlsx", "r.geojson", "n.csv", "lenses/own.yml")


@EXAMPLES
@given(changes=corruptions())
@pytest.mark.parametrize("file", [f if f in SHORT else pytest.param(f, marks=pytest.mark.torture) for f in FILES])
def test_whatever_happens_to_a_file_is_told_or_does_no_harm(command, good, file, changes):
    folder = good
    honest = (folder / file).read_bytes()
    (folder / file).write_bytes(corrupted(honest, changes))
    before = contents(folder)
    try:
        command(FILES[file], "--study", "toy")
        assert contents(folder) == before
    finally:
        (folder / file).write_bytes(honest)


@pytest.mark.torture
@EXAMPLES
@given(changes=corruptions())
@pytest.mark.parametrize("file", ["ports.csv", "panel.xlsx"])
def test_whatever_happens_to_a_file_to_import_changes_nothing_or_passes(command, tmp_path, file, changes):
    folder, target = tmp_path / "data" / "raw" / "toy", tmp_path / "in" / file
    if not folder.exists():
        write_study(folder)
        workbook(folder)
        (folder / "panel.xlsx").rename(tmp_path / "in" / "panel.xlsx")
        (tmp_path / "in" / "ports.csv").write_text(PORTS, encoding="utf-8")
    honest, panel = target.read_bytes(), (folder / "panel.csv").read_bytes()
    target.write_bytes(corrupted(honest, changes))
    try:
        code, _ = command("import", "--study", "toy", str(target))
        assert code == 0 or (folder / "panel.csv").read_bytes() == panel
        assert sorted(p.name for p in folder.iterdir()) == ["panel.csv", "regions.csv", "study.yml"]
    finally:
        (folder / "panel.csv").write_bytes(panel)
        target.write_bytes(honest)
