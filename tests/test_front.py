"""The front door: workflows of the forge, Binder, the container, the README in both languages, citation and version."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import chdir

import pandas as pd
import pytest
import yaml
from conftest import ROOT, surroundings
from PIL import Image

import coordination

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.fixture(params=WORKFLOWS, ids=lambda file: file.stem)
def workflow(request):
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))


def test_actions_are_named_by_the_whole_hash_of_a_commit(workflow):
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name)] == []


def test_a_workflow_has_no_right_that_its_job_does_not_ask_for_and_no_secret(workflow):
    assert workflow["permissions"] == {}
    rights = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert rights in (
        {"run": {"contents": "read"}},
        {"build": {"contents": "read"}, "deploy": {"pages": "write", "id-token": "write"}},
    )
    assert "secrets." not in yaml.safe_dump(workflow)
    (checkout,) = [step for step in steps(workflow) if "checkout" in step.get("uses", "")]
    assert checkout["with"] == {"persist-credentials": False}


def test_continuous_integration_of_the_forge_is_ours():
    ci = yaml.safe_load(text(".github/workflows/ci.yml"))
    assert [step["run"] for step in steps(ci) if "run" in step][-1] == "bash .ci/run"


def test_every_hash_stands_with_its_version():
    for file in WORKFLOWS:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
        assert [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


# Binder and the container


def test_binder_installs_the_lock_and_opens_on_the_guided_notebook(tmp_path):
    assert text(".binder/requirements.txt") == "-r ../requirements.lock\n"
    assert (ROOT / ".binder" / ".." / "requirements.lock").is_file()
    lowest = tomllib.loads(text("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    version = re.fullmatch(r"python-(\d+\.\d+)\n", text(".binder/runtime.txt"))[1]
    assert tuple(map(int, version.split("."))) >= tuple(map(int, lowest.split(".")))
    done = subprocess.run(
        ["sh", ROOT / ".binder" / "start", "echo", "jupyter", "lab"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("jupyter lab --LabApp.default_url=/lab/tree/")
    (notebook,) = set(re.findall(r"=/lab/tree/(\S+)", done.stdout))
    assert (ROOT / notebook).is_file()
    for name in ("start", "postBuild"):
        assert (ROOT / ".binder" / name).stat().st_mode & 0o100


def test_the_container_is_made_by_the_rule_that_make_has():
    recipe = text("Dockerfile")
    (target,) = re.findall(r"^RUN make (\S+)$", recipe, re.MULTILINE)
    assert f"\n{target}: requirements.lock\n" in text("Makefile")
    assert re.search(r"^USER [1-9]", recipe, re.MULTILINE)
    (version,) = re.findall(r"^FROM python:(\d+\.\d+)-", recipe, re.MULTILINE)
    assert text(".binder/runtime.txt") == f"python-{version}\n"


# Version and citation


def test_version_citation_and_changelog_say_the_same():
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    cited = yaml.safe_load(text("CITATION.cff"))
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", text("CHANGELOG.md"), re.MULTILINE)
    assert {version, cited["version"], released[0][0], coordination.__version__} == {version}
    assert str(cited["date-released"]) == released[0][1]


# The README


READMES = ("README.md", "README.zh.md")  # of the first, MANUAL.md has the rest


@pytest.mark.parametrize("name", [*READMES, "MANUAL.md", "SECURITY.md", "CONTRIBUTING.md"])
def test_what_a_readme_points_to_is_there(name):
    links = re.findall(r"\]\(([^)#]+)", text(name))
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def commands(name):
    return [line.split("#")[0].split() for line in re.findall(r"^ {4}(make .*)$", text(name), re.MULTILINE)]


@pytest.mark.parametrize("name", [*READMES, "MANUAL.md", "RELEASING.md", "SECURITY.md"])
def test_what_a_readme_tells_make_to_do_make_knows(name):
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    told = re.findall(r"`make (?!-)([a-z-]+)", text(name)) + [line[1] for line in commands(name)]
    assert told
    assert [target for target in told if target not in targets] == []


def test_both_readmes_name_the_same_commands_pictures_and_links():
    assert commands("README.md") == commands("README.zh.md")
    both = [set(re.findall(r"\]\(([^)]+)\)", text(name))) for name in READMES]
    english, chinese = (links - set(READMES) for links in both)
    assert english == {link.replace("/zh/", "/en/").replace(".zh.", ".en.") for link in chinese}


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_a_page(name):
    assert len(text(name).splitlines()) <= 80


def test_the_picture_is_small():
    for file in (ROOT / "site" / "images").iterdir():
        assert file.stat().st_size < 120_000, file.name


@pytest.mark.slow
def test_what_the_picture_is_said_to_show_it_shows(yellow_river):
    moran = pd.read_csv(yellow_river / "outputs" / "yellow-river" / "tables" / "global-moran.csv")
    own = moran[moran["source"] == "data"]
    assert (own["p_randomisation"] < own["p_exact_greater"]).all()
    assert (own["p_exact_two_sided"] > 0.05).all()
    degrees = pd.read_csv(yellow_river / "data" / "processed" / "yellow-river" / "coordination.csv")
    last = degrees[degrees["year"] == degrees["year"].max()].set_index("region")["coordination_degree"]
    assert last.idxmax() == "Shandong"


@pytest.mark.slow
def test_the_picture_is_drawn_in_every_language(yellow_river, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("front", ROOT / "benchmarks" / "front.py")
    front = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(front)
    monkeypatch.setattr(front, "IMAGES", tmp_path)
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(yellow_river))
    with chdir(ROOT):
        front.main("yellow-river")
    made = {f.name: Image.open(f).size for f in tmp_path.iterdir()}
    kept = {f.name: Image.open(f).size for f in (ROOT / "site" / "images").iterdir()}
    assert made == kept


def test_sites_of_all_studies_lie_in_one_folder_behind_a_page(tmp_path):
    for part in (".ci", "data/raw/us-states", "notebooks"):
        shutil.copytree(ROOT / part, tmp_path / part)
    site = tmp_path / "outputs" / "us-states" / "site" / "en"
    site.mkdir(parents=True)
    (site / "index.html").write_text("here", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, ".ci/pages.py", "_site"], cwd=tmp_path, env=surroundings(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "_site" / "index.html").read_text(encoding="utf-8")
    title = yaml.safe_load(text("data/raw/us-states/study.yml"))["title"]
    assert f'<a href="us-states/en/index.html">{title["en"]}</a>' in page
    assert f'<a href="us-states/zh/index.html">{title["zh"]}</a>' in page
    assert (tmp_path / "_site" / "us-states" / "en" / "index.html").read_text(encoding="utf-8") == "here"
