import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import OFFICIAL, RAW, ROOT, contents, coordination, must, surroundings, unlike
from PIL import Image

from coordination.pipeline.files import checksum
from coordination.pipeline.paths import handover
from coordination.presentation.reader import FORMS
from coordination.sections import COLUMNS, SECTIONS, sections
from coordination.study.files import read_panel

pytestmark = pytest.mark.slow

LANGUAGES = ("en", "zh")


def results(root, study="yellow-river"):
    return json.loads((root / "outputs" / study / "results.json").read_text(encoding="utf-8"))


def contents_table(root, study="yellow-river"):
    return pd.read_csv(root / "outputs" / study / "contents.csv", keep_default_na=False)


@pytest.fixture(params=["yellow-river", "us-states"])
def whole_run(request):
    """Output root of a whole run, and its study."""
    return request.getfixturevalue(request.param.replace("-", "_")), request.param


# What comes out


def test_hand_over_files_have_the_documented_columns(whole_run):
    root, study = whole_run
    for section in SECTIONS:
        for name in section.writes:
            table = pd.read_csv(handover(study, name, root))
            assert tuple(table.columns) == COLUMNS[name]
            assert len(table) or (name == "variants" and study == "us-states")  # which declares none


def test_every_region_and_year_is_in_the_panel_the_scores_and_the_degrees(whole_run):
    root, study = whole_run
    regions = pd.read_csv(RAW / study / "regions.csv")["region"].tolist()
    for name in ("normalised", "scores", "coordination"):
        table = pd.read_csv(handover(study, name, root))
        assert table["region"].drop_duplicates().tolist() == regions
        whole = table.drop(columns="lag", errors="ignore")
        assert not whole.isna().any(axis=None)
        assert not table.duplicated(list(COLUMNS[name][:3]) if name != "coordination" else ["region", "year"]).any()


def test_every_figure_exists_in_both_formats_and_languages(whole_run):
    root, study = whole_run
    table = contents_table(root, study)
    figures = table[table["kind"] == "figure"].groupby("name")["file"].agg(list)
    assert len(figures) >= 15
    for name, files in figures.items():
        expected = {f"outputs/{study}/figures/{name}.{k}.{e}" for k in LANGUAGES for e in ("svg", "png")}
        assert set(files) == expected


def test_every_table_exists_as_csv_and_html_in_both_languages(whole_run):
    root, study = whole_run
    table = contents_table(root, study)
    for name, files in table[table["kind"] == "table"].groupby("name")["file"]:
        laid_out = {f"outputs/{study}/tables/{name}.{k}.{e}" for k in LANGUAGES for e in ("csv", "html")}
        tidy = set() if name in COLUMNS else {f"outputs/{study}/tables/{name}.csv"}
        assert set(files) == laid_out | tidy


def test_contents_list_every_file_and_no_other(whole_run):
    root, study = whole_run
    listed = set(contents_table(root, study)["file"])
    own = {
        f"outputs/{study}/{name}"
        for name in ("results.json", "provenance.json", "contents.csv", "run.json", "results.dta", "results.parquet")
    }
    own |= {f"outputs/{study}/tables.{k}.{kind}" for k in LANGUAGES for kind in ("xlsx", "tex")}
    own |= {
        f"outputs/{study}/{f}"
        for k in LANGUAGES
        for f in (
            *(f"{name}.{k}.pdf" for name in ("paper", "supplement", "profiles")),
            *(f"paper.{k}.{kind}" for kind in ("docx", "json")),
            *(f"methods.{k}.{kind}" for kind in ("docx", "txt")),
            f"abstract.{k}.txt",
        )
    }
    noted = {f for f in contents(root) if "/notes/" in f or "/notebooks/" in f}
    made = {f for f in contents(root) if not f.startswith(".make/")}  # how long a notebook took is no output
    assert made == listed | own | noted
    assert {f for f in listed if (root / f).stat().st_size < 20} == set()


def test_nothing_is_cut_off_at_the_edge_of_a_figure(whole_run):
    root, study = whole_run
    cut = []
    for file in sorted((root / "outputs" / study / "figures").glob("*.png")):
        shades = np.asarray(Image.open(file).convert("L"))
        if min(edge.min() for edge in (shades[0], shades[-1], shades[:, 0], shades[:, -1])) < 200:
            cut.append(file.name)
    assert cut == []


def test_figures_and_tables_have_the_numbers_of_an_article_that_is_recomputed(whole_run):
    root, study = whole_run
    table = contents_table(root, study).drop_duplicates(["kind", "name"])
    for kind in ("figure", "table"):
        numbers = sorted(int(n) for n in table.loc[table["kind"] == kind, "number"] if n != "")
        recomputes = (ROOT / "data" / "raw" / study / "published").is_dir()
        assert numbers == (list(range(1, {"figure": 8, "table": 7}[kind])) if recomputes else [])


def test_results_say_what_a_text_needs(whole_run):
    root, study = whole_run
    found = results(root, study)
    quoted = {key: entry for key, entry in found.items() if "notebook" in entry}
    assert len(quoted) > 250
    captions = {key.partition(".")[2] for key in quoted if key.startswith("caption.")}
    table = contents_table(root, study)
    assert captions == set(table.loc[table["caption"] != "", "name"])
    names = {s.name for s in SECTIONS}
    given = {"regions.csv", "study.yml", "claims.csv", "table4_coordination.csv", ""}
    sources = {f"{n}.csv" for n in (*COLUMNS, *table["name"])} | given
    for key, entry in quoted.items():
        assert {"value", "text", "unit", "decimals", "cell", "function"} <= set(entry), key
        assert set(entry["text"]) == set(LANGUAGES), key
        assert isinstance(entry["unit"], str), key
        assert entry["decimals"] in range(9), key
        assert entry["notebook"] in names, key
        assert entry["of"] in sources if not key.startswith("caption.") else entry["function"], key
    whole = {key.partition(".")[0] for key in set(found) - set(quoted)}
    assert whole == {"study", "subsystem", "group", "provenance"}


def test_the_cell_named_for_a_number_is_the_one_that_notes_it(whole_run):
    root, study = whole_run
    cells = {}
    for file in (root / "outputs" / study / "notebooks").iterdir():
        made = nbformat.read(file, as_version=4)
        cells |= {(file.stem, c.execution_count): c.source for c in made.cells if c.cell_type == "code"}
    calls = {"caption": (".figure(", ".table("), **dict.fromkeys(("sentence", *FORMS), (".say(", ".say_each("))}
    for key, entry in results(root, study).items():
        if "notebook" in entry:
            source = cells[entry["notebook"], entry["cell"]]
            expected = calls.get(key.partition(".")[0], (".note(",))
            assert any(call in source for call in expected), key


def test_executed_notebooks_hold_no_errors_no_warnings_and_no_place(whole_run):
    root, study = whole_run
    files = sorted((root / "outputs" / study / "notebooks").iterdir())
    assert [f.stem for f in files] == [s.name for s in sections(RAW / study)]
    for file in files:
        text = file.read_text(encoding="utf-8")
        outputs = [o for cell in nbformat.reads(text, as_version=4).cells for o in cell.get("outputs", [])]
        assert {o.output_type for o in outputs} <= {"execute_result", "display_data"}, file.name
        assert str(root) not in text, file.name
        assert str(ROOT) not in text, file.name


def test_nothing_is_left_of_the_run_itself(whole_run):
    root, _ = whole_run
    assert sorted(p.name for p in root.iterdir()) == ["data", "outputs"]
    assert not any(re.search(r"\.(failed|staging|tmp)", name) for name in contents(root))


# The numbers


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("score.digital_technology.mean.basin.2013", 0.067),
        ("score.digital_technology.mean.basin.2023", 0.262),
        ("score.digital_technology.mean.Shandong", 0.498),
        ("score.digital_technology.mean.Sichuan", 0.291),
        ("score.digital_technology.mean.Henan", 0.219),
        ("score.digital_technology.mean.Gansu", 0.058),
        ("score.digital_technology.mean.Ningxia", 0.037),
        ("score.digital_technology.mean.Qinghai", 0.028),
        *(
            (f"score.social_governance.mean.{region}", mean)
            for region, mean in {
                "Shandong": 0.515,
                "Sichuan": 0.412,
                "Henan": 0.379,
                "Inner_Mongolia": 0.434,
                "Gansu": 0.361,
                "Ningxia": 0.312,
            }.items()
        ),
        ("weight.software_revenue", 0.230),
        ("weight.telecom_volume", 0.143),
        ("weight.higher_education", 0.137),
        ("weight.self_governing_organisations", 0.205),
    ],
)
def test_the_articles_study_gives_the_numbers_of_an_independent_recomputation(yellow_river, key, value):
    assert results(yellow_river)[key]["value"] == pytest.approx(value, abs=0.0006)


@pytest.mark.parametrize(
    ("subsystem", "indicator"),
    [("digital_technology", "software_revenue"), ("social_governance", "self_governing_organisations")],
    ids=["technology", "governance"],
)
def test_the_indicator_that_weighs_most(yellow_river, subsystem, indicator):
    table = pd.read_csv(handover("yellow-river", "weights", yellow_river))
    own = table[table["subsystem"] == subsystem].set_index("indicator")["weight"]
    assert own.idxmax() == indicator
    assert own.sum() == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("weight.highways", 0.4428),
        ("weight.water", 0.2592),
        ("weight.utilities", 0.2980),
        ("weight.productivity", 0.3655),
        ("weight.private_capital", 0.5852),
        ("weight.unemployment", 0.0493),
        ("D.mean.nation.1970", 0.4795),
        ("D.mean.nation.1986", 0.4912),
        ("moran.moran_i.data.1970", 0.4931),
    ],
)
def test_the_open_study_gives_the_numbers_of_an_independent_recomputation(us_states, key, value):
    assert results(us_states, "us-states")[key]["value"] == pytest.approx(value, abs=0.00006)


# The same again


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """The committed notebooks run once more, one by one, into an empty folder: what nbval said, and the folder."""
    root = tmp_path_factory.mktemp("again")
    variables = {"COORDINATION_OUTPUT_ROOT": str(root), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    arguments = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q", "notebooks"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=surroundings(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=1800,
    )
    return done, root


def test_a_fresh_run_shows_what_the_committed_notebooks_show(again):
    done, _ = again
    assert done.returncode == 0, done.stdout[-5000:]
    names = [*(s.name for s in SECTIONS), "adapt"]
    notebooks = [nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4) for name in names]
    cells = sum(cell.cell_type == "code" for made in notebooks for cell in made.cells)
    assert f"{cells} passed" in done.stdout


def test_another_run_elsewhere_gives_the_same_bytes(again, yellow_river):
    """Notebooks side by side by make there; one after another by nbval here."""
    _, root = again
    must(coordination("collect", "--output-root", root))
    one, other = contents(root), contents(yellow_river)
    for files in (one, other):
        for name in files:
            if "/notes/" in name or name.endswith("/results.json"):
                # nbval counts no cells; which cell noted a number is looked up in the executed notebooks.
                files[name] = re.sub(rb'"cell": \d+', b"", files[name])
    alone = {name.split("/")[2].split(".")[0] for name in set(one) ^ set(other)}
    assert alone == {"abstract", "methods", "notebooks", "paper", "profiles", "run", "supplement"}
    of_executed = "outputs/yellow-river/provenance.json"  # nbval leaves no executed notebooks to trace
    assert [name for name in one if one[name] != other.get(name)] == [of_executed]


@pytest.mark.parametrize("name", [s.name for s in SECTIONS])
def test_executed_notebooks_are_the_committed_ones_but_for_the_given_parameters(yellow_river, name):
    made = nbformat.read(yellow_river / f"outputs/yellow-river/notebooks/{name}.ipynb", as_version=4)
    (given,) = (cell for cell in made.cells if cell.id == "injected-parameters")
    made.cells.remove(given)
    for number, cell in enumerate((c for c in made.cells if c.cell_type == "code"), 1):
        for counted in (cell, *(o for o in cell.outputs if "execution_count" in o)):
            counted.execution_count = number
    file = ROOT / "notebooks" / f"{name}.ipynb"
    committed = nbformat.read(file, as_version=4)
    assert unlike({c.id: c for c in made.cells}, {c.id: c for c in committed.cells}) == []
    same = nbformat.writes(made) + "\n" == file.read_text(encoding="utf-8")
    assert same


def test_in_chinese_the_notebooks_differ_and_the_files_do_not(yellow_river, tmp_path):
    root = shutil.copytree(yellow_river, tmp_path / "made")
    chosen = ("02-weights", "04-coordination")
    must(coordination("run", *chosen, "--output-root", root, "-p", "language=zh"))
    before, after = contents(yellow_river), contents(root)
    took = {f".make/run/yellow-river/{name}.json" for name in chosen}
    changed = {name for name in before if before[name] != after.get(name)} - took
    assert set(after) == set(before) | took
    assert changed == {f"outputs/yellow-river/notebooks/{name}.ipynb" for name in chosen}
    said = after["outputs/yellow-river/notebooks/02-weights.ipynb"].decode()
    assert "黄河流域数字技术与社会治理耦合协调研究" in said
    assert "各子系统指标的权重（熵权）。" in said
    assert "Entropy weights of the indicators" not in said


def test_another_year_changes_what_is_shown_of_a_year_and_not_the_degrees(yellow_river, tmp_path):
    root = shutil.copytree(yellow_river, tmp_path / "made")
    must(coordination("run", "04-coordination", "--output-root", root, "-p", "language=en", "-p", "year=2015"))
    before, after = contents(yellow_river), contents(root)
    changed = {Path(name).name.split(".")[0] for name in before if before[name] != after.get(name)} - {"run"}
    assert changed == {"04-coordination", "coordination-state", "map-coordination"}
    caption = after["outputs/yellow-river/tables/coordination-state.en.html"].decode()
    assert "by region, 2015." in caption


# From raw figures, where they are present


@pytest.fixture(scope="module")
def official():
    """The official panel beside the repository, or where COORDINATION_OFFICIAL_PANEL says."""
    if not OFFICIAL.exists():
        pytest.skip(
            f"the official panel is not redistributed and not at {OFFICIAL}; name it in COORDINATION_OFFICIAL_PANEL"
        )
    return OFFICIAL


def test_the_released_panel_is_what_the_official_figures_give(official, tmp_path, yellow_river):
    must(coordination("run", "01-indicators", "--output-root", tmp_path, "--panel", official))
    made = handover("yellow-river", "normalised", tmp_path).read_bytes()
    for file in (RAW / "yellow-river" / "normalised.csv", handover("yellow-river", "normalised", yellow_river)):
        same = made == file.read_bytes()
        assert same
    said = (tmp_path / "outputs" / "yellow-river" / "notebooks" / "01-indicators.ipynb").read_text(encoding="utf-8")
    assert "The normalised panel equals the released file to the last digit." in said


def test_check_counts_the_rows_of_the_official_panel_passed_over(official):
    note = json.loads((RAW / "yellow-river" / "normalised.json").read_text(encoding="utf-8"))
    assert checksum(official) == note["made_from"]["sha256"]
    said = must(coordination("check", "--panel", official)).stdout
    counts = re.search(
        r": (\d+) rows used, (\d+) of other regions and (\d+) of other years passed over, (\d+) of", said
    )
    used, other_regions, other_years, filled = map(int, counts.groups())
    assert (used, other_regions + other_years) == (
        note["made_from"]["rows_used"],
        note["made_from"]["rows_passed_over"],
    )
    table = read_panel(official, "province")
    regions = pd.read_csv(RAW / "yellow-river" / "regions.csv")["region"]
    assert other_regions == (~table["province"].isin(regions)).sum()
    assert filled == pd.read_csv(RAW / "yellow-river" / "normalised.csv")["filled"].sum()


def test_releasing_the_official_panel_again_gives_the_same_files(official, tmp_path):
    study = shutil.copytree(RAW / "yellow-river", tmp_path / "yellow-river")
    for name in ("normalised.csv", "normalised.json"):
        (study / name).unlink()
    must(coordination("release", "--studies", tmp_path, "--panel", official))
    assert unlike(contents(study), contents(RAW / "yellow-river")) == []
