"""A tiny study that is complete and valid, so that a test can break one thing in it; whole runs, made once."""

import contextlib
import importlib
import inspect
import json
import os
import pkgutil
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from openpyxl import load_workbook

from coordination.indices.panel import complete, derive, validate
from coordination.pipeline.environment import missing
from coordination.pipeline.provenance import commit
from coordination.study.document import load
from coordination.study.regions import read_regions

ROOT = Path(__file__).parents[1]
RAW = ROOT / "data" / "raw"
# The official figures are not redistributed; tests that read them skip where they are not.
OFFICIAL = Path(os.environ.get("COORDINATION_OFFICIAL_PANEL") or ROOT.parent / "shared" / "official")

# A background job of a shell ignores Ctrl-C, and so would every process that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

STUDY = """\
title: {en: Toy island, zh: 玩具岛}
source: Made up for the tests
years: {first: 2019, last: 2022}
seed: 7
whole: {id: island, name: {en: Island, zh: 全岛}}
groups:
  - {id: north, name: {en: North, zh: 北部}}
  - {id: south, name: {en: South, zh: 南部}}
panel:
  file: panel.csv
  series:
    ports: {unit: ports}
    patents: {unit: patents}
    accidents: {unit: accidents}
    population: {unit: people}
    clinics: {unit: clinics}
subsystems:
  - id: technology
    name: {en: Technology, zh: 技术}
    alpha: 0.5
    dimensions:
      - id: access
        name: {en: Access, zh: 接入}
        indicators:
          - {id: ports, name: Ports, direction: positive, unit: ports, formula: ports}
      - id: innovation
        name: {en: Innovation, zh: 创新}
        indicators:
          - {id: patents, name: Patents, direction: positive, unit: patents, formula: patents}
          - {id: software, name: Software, direction: positive, unit: yuan, unavailable: never published}
  - id: governance
    name: {en: Governance, zh: 治理}
    alpha: 0.5
    dimensions:
      - id: safety
        name: {en: Safety, zh: 安全}
        indicators:
          - id: accident_rate
            name: {en: Accidents per person, zh: 人均事故}
            direction: negative
            unit: accidents per person
            formula: accidents / population
      - id: services
        name: {en: Services, zh: 服务}
        indicators:
          - {id: clinics, name: Clinics, direction: positive, unit: clinics, formula: clinics}
levels:
  - {above: 0, up_to: 0.4, name: {en: imbalance, zh: 失调}}
  - {above: 0.4, up_to: 0.7, name: {en: bare coordination, zh: 勉强协调}}
  - {above: 0.7, up_to: 1, name: {en: coordination, zh: 协调}}
spatial_weights: {kind: inverse_distance, power: 1}
autocorrelation: {permutations: 99}
"""

REGIONS = """\
region,region_zh,group,longitude,latitude
Oak,橡,north,10.0,52.0
Elm,榆,north,11.0,52.5
Ash,梣,south,10.5,50.0
Fir,冷杉,south,12.0,50.5
Bay,月桂,south,11.5,49.0
"""

# The same examples on every run, however slow the machine.
settings.register_profile("reproducible", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("reproducible")

SERIES = ("ports", "patents", "accidents", "population", "clinics")
FIGURES = """\
Oak 2019  120  14  30  200  11
Oak 2020  132  16  28  202  12
Oak 2021  150  21  29  205  14
Oak 2022  171  25  24  207  15
Elm 2019   80   3  22   90   6
Elm 2020   84   4  20   91   6
Elm 2021   95   4  21   93   8
Elm 2022  101   7  18   94   9
Ash 2019   40   0  35  150   3
Ash 2020   52   2  33  149   4
Ash 2021   55   5  30  147   4
Ash 2022   67   6  31  146   7
Fir 2019  200  40  12   60  20
Fir 2020  230  43  11   62  22
Fir 2021  260  51   9   65  21
Fir 2022  310  60   8   66  25
Bay 2019   60   9  16   80   9
Bay 2020   66   8  17   81  10
Bay 2021   71  11  15   83  10
Bay 2022   90  12  14   84  13
"""


def write_study(folder):
    rows = [
        f"{region},{year},{series},{figure}"
        for region, year, *figures in map(str.split, FIGURES.splitlines())
        for series, figure in zip(SERIES, figures, strict=True)
    ]
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "regions.csv").write_text(REGIONS, encoding="utf-8")
    (folder / "panel.csv").write_text("\n".join(["region,year,series,value", *rows, ""]), encoding="utf-8")
    return folder


def replace_once(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def read_panel(folder):
    return pd.read_csv(folder / "panel.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def indicators_of(folder):
    study = load(folder)
    names = read_regions(study, folder).index
    return derive(complete(validate(read_panel(folder), study, names), study, names), study)


def defaults(package):
    """Return what the public functions of a package take where nothing is given, by (function, parameter)."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        for name, function in vars(importlib.import_module(f"{package.__name__}.{module.name}")).items():
            if name[0] != "_" and inspect.isfunction(function) and function.__module__.startswith(package.__name__):
                own = inspect.signature(function).parameters.values()
                found |= {(name, p.name): p.default for p in own if p.default is not p.empty}
    return found


def assert_names(message, *parts):
    for part in parts:
        assert part in message


def pytest_collection_modifyitems(items):
    """Begin with the modules that take long, so that no worker ends alone; pass over what only `make torture` runs."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
    if not os.environ.get("COORDINATION_TORTURE"):
        for item in items:
            if item.get_closest_marker("torture") or item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="runs in make torture"))


@pytest.fixture(autouse=True)
def nothing_left_open():
    """Close what a test has drawn: pyplot keeps every figure, and warns at the twenty-first."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def toy(tmp_path):
    """Write the toy study with replacements (file, old text, new text), each of a text that stands once."""

    def write(*replacements):
        folder = write_study(tmp_path / "data" / "raw" / "toy")
        for file, old, new in replacements:
            replace_once(folder / file, old, new)
        return folder

    return write


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory):
    """The toy study as it is, for tests that only read it."""
    return write_study(tmp_path_factory.mktemp("shared") / "toy")


@pytest.fixture(scope="session")
def toy_study(toy_folder):
    return load(toy_folder)


def surroundings(**more):
    """Environment variables without what make, another run or the user's language may have left in them."""
    foreign = (
        "COORDINATION_",
        "MAKE",
        "GNUMAKE",
        "MFLAGS",
        "LC_",
        "LANG",
        "STUDY",
        "PARAM",
        "PANEL",
        "KEEP",
        "OUTPUT_ROOT",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8"} | more


def coordination(*arguments, cwd=ROOT, **variables):
    """Run the command line as a user does, in a process of its own."""
    command = [sys.executable, "-m", "coordination", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=surroundings(**variables), capture_output=True, encoding="utf-8", timeout=600
    )


def must(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def make(folder, *arguments, **variables):
    """Run make in a copy of the compendium, with the environment that runs the tests."""
    active = {"VIRTUAL_ENV": sys.prefix, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=surroundings(**active | {"PYTHONPATH": ""} | variables),
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )


def copy_compendium(folder):
    """Copy the compendium without what is made or set up; never set up an environment in the copy."""
    lacking = missing(ROOT / "pyproject.toml")
    assert not lacking, f"this environment lacks {', '.join(lacking)}"
    made = ("outputs", "processed", "__pycache__")
    hidden = (".venv", ".staging-*", ".make", ".*_cache", ".hypothesis", ".coverage*")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*made, *hidden))
    (folder / "data" / "processed").mkdir()
    shutil.copy2(ROOT / "data" / "processed" / "README.md", folder / "data" / "processed")


def fill(workbook, seed=3):
    """Fill a template with figures that grow, as a student would type them."""
    book, rng = load_workbook(workbook), np.random.default_rng(seed)
    for sheet in book.worksheets[1:]:
        for row in range(2, sheet.max_row + 1):
            value = rng.uniform(20, 90)
            for column in range(2, sheet.max_column + 1):
                value *= rng.uniform(1.0, 1.2)
                sheet.cell(row, column, round(value, 1))
    book.save(workbook)


def contents(folder):
    """Every file below a folder and its bytes, but for kept figures, and settings and caches of programs."""
    files = {f.relative_to(folder).as_posix(): f for f in sorted(folder.rglob("*")) if f.is_file()}
    return {name: f.read_bytes() for name, f in files.items() if not name.startswith((".make/figures/", ".make/home/"))}


def unlike(one, other):
    """Names under which two dictionaries do not hold the same; to show where megabytes differ would take minutes."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Make a folder once in a test run, whichever worker asks first; the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def folder_of(name, fill):
        folder, state = shared / name, shared / f"{name}.state"
        try:
            os.close(os.open(shared / f"{name}.lock", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            patience = time.monotonic() + 900
            while not state.is_file() and time.monotonic() < patience:
                time.sleep(0.2)
        else:
            try:
                fill(folder)
                (shared / f"{name}.made").write_text("made", encoding="utf-8")
            finally:
                state.touch()
        assert (shared / f"{name}.made").is_file(), f"{name} could not be made, see the test that tried"
        return folder

    return folder_of


def current(study):
    """Whether the checkout holds a whole run of a study that is of this very state of the code.

    It was made from this commit, to which nothing was changed since, by this version of Python, and make has nothing to
    add. What a run of changed files made is never taken, since nothing says which changes they were.
    """
    out = ROOT / "outputs" / study
    try:
        made_from = json.loads((out / "results.json").read_text(encoding="utf-8"))["provenance.commit"]["value"]["en"]
        python = json.loads((out / "run.json").read_text(encoding="utf-8"))["machine"]["python"]
    except (OSError, ValueError, KeyError):
        return False
    with contextlib.chdir(ROOT):
        present = commit()
    if made_from != present or not re.fullmatch("[0-9a-f]{40}", present) or python != platform.python_version():
        return False
    planned = make(ROOT, "-n", "all", f"STUDY={study}")
    return planned.returncode == 0 and not re.search("^python -m coordination", planned.stdout, re.MULTILINE)


SITE = ("explorer.*", "calculator.*", "site")  # what is made of a run's results, beside the papers
OTHERS = ("check.*", "compare.*")  # what commands lay beside a run


def take(study, root, folder, *left_out):
    """Copy the run of a study from an output root, but for some files."""
    for part in ("outputs", "data/processed"):
        shutil.copytree(root / part / study, folder / part / study, ignore=shutil.ignore_patterns(*left_out))


@pytest.fixture(scope="session")
def made(once):
    """A copy of the compendium in which `make all` ran, here or in the checkout; not to be written to."""

    def fill(folder):
        copy_compendium(folder)
        if current("yellow-river"):
            take("yellow-river", ROOT, folder, *OTHERS)
            shutil.copytree(ROOT / ".make", folder / ".make", ignore=shutil.ignore_patterns("us-states.*"))
        else:
            must(make(folder, "-j2", "all"))

    return once("compendium", fill)


@pytest.fixture(scope="session")
def yellow_river(once, made):
    """Output root of a whole run of the article's study, without its site; not to be written to."""
    return once("yellow-river", lambda folder: take("yellow-river", made, folder, *SITE))


@pytest.fixture(scope="session")
def us_states(once):
    """Output root of a whole run of the open study, without its site; not to be written to."""

    def fill(folder):
        if current("us-states"):
            take("us-states", ROOT, folder, *SITE, *OTHERS)
        else:
            must(coordination("run", "--study", "us-states", "--output-root", folder, "-p", "language=en"))
            must(coordination("collect", "--study", "us-states", "--output-root", folder))
            must(coordination("paper", "--study", "us-states", "--output-root", folder))
            shutil.rmtree(folder / ".make")

    return once("us-states", fill)
