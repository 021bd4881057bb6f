import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT

from coordination.pipeline.environment import missing

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LISTED = (
    PROJECT["project"]["dependencies"],
    PROJECT["dependency-groups"]["dev"],
    *PROJECT["project"]["optional-dependencies"].values(),
)
DIRECT = [requirement for listed in LISTED for requirement in listed]

# A requirement of the lock: name, version, where it holds, and the hashes of its files.
ENTRY = re.compile(
    r"(?P<name>[a-z0-9._-]+)(\[[a-z,]+\])?==(?P<version>[0-9][A-Za-z0-9.+!]*)( ; (?P<marker>[^\\\n]+?))? \\\n"
    r"(?P<hashes>(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+)"
)


def canonical(requirement):
    """Name of a requirement as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()


def locked():
    return {canonical(entry["name"]): entry["version"] for entry in ENTRY.finditer(LOCK)}


def pins():
    """What environment.yml pins, from conda and from the index of Python packages."""
    listed = [d for d in CONDA["dependencies"] if isinstance(d, str) and d != "pip" and not d.startswith("python=")]
    for section in CONDA["dependencies"]:
        if isinstance(section, dict):
            listed += [d for d in section["pip"] if not d.startswith("-")]
    return {canonical(d): re.split("==?", d)[1] for d in listed}


def test_every_line_of_the_lock_belongs_to_a_pinned_requirement_with_hashes():
    assert ENTRY.sub("", LOCK) == ""
    assert len(locked()) > 100


@pytest.mark.parametrize("word", ["://", " @ ", "--index-url", "--extra-index-url", "--find-links", "-e ", "git+"])
def test_the_lock_names_no_place(word):
    assert word not in LOCK


@pytest.mark.parametrize("name", [canonical(d) for d in DIRECT])
def test_a_direct_dependency_is_in_the_lock_on_every_platform(name):
    markers = [entry["marker"] for entry in ENTRY.finditer(LOCK) if canonical(entry["name"]) == name]
    assert markers == [None]


def test_direct_dependencies_are_listed_once_in_order():
    for listed in LISTED:
        assert listed == sorted(listed, key=str.lower)
    names = [canonical(d) for d in DIRECT]
    assert len(names) == len(set(names))


def test_conda_gets_the_versions_of_the_lock():
    assert pins() == {canonical(d): locked()[canonical(d)] for d in DIRECT}


def test_conda_gets_the_extras_that_the_project_asks_for():
    extras = {d for d in DIRECT if "[" in d}
    (section,) = [d for d in CONDA["dependencies"] if isinstance(d, dict)]
    assert {d.split("=")[0] for d in section["pip"] if "[" in d} == extras


def test_conda_uses_the_open_channel_and_installs_the_package_in_place():
    assert CONDA["channels"] == ["conda-forge"]
    (section,) = [d for d in CONDA["dependencies"] if isinstance(d, dict)]
    assert "-e ." in section["pip"]


def test_conda_gets_a_python_that_the_project_supports():
    (python,) = [d for d in CONDA["dependencies"] if isinstance(d, str) and d.startswith("python=")]
    lowest = tuple(map(int, PROJECT["project"]["requires-python"].removeprefix(">=").split(".")))
    assert tuple(map(int, python.removeprefix("python=").split("."))) >= lowest


def test_contributing_gives_a_reason_for_every_direct_dependency_and_no_other():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("\n## Dependencies\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    assert sorted(canonical(name.strip()) for name, _ in rows) == sorted(canonical(d) for d in DIRECT)
    assert [name for name, why in rows if not why.strip()] == []


# Whether this Python already has what is needed


def project(folder, *needed, dev=()):
    text = f"[project]\ndependencies = {list(needed)!r}\n[dependency-groups]\ndev = {list(dev)!r}\n"
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder / "pyproject.toml"


def test_missing_names_what_is_not_installed(tmp_path):
    needed = ["numpy>=2", "No_Such.package[extra]>=1", "pandera[pandas]"]
    file = project(tmp_path, *needed, dev=["pytest", "nor-this-one==2"])
    assert missing(file) == ["No_Such.package", "nor-this-one"]


def test_missing_is_empty_where_the_tests_run():
    assert missing(ROOT / "pyproject.toml") == []


@pytest.mark.parametrize(("needed", "code"), [("numpy", 0), ("no-such-package", 1)], ids=["complete", "lacking"])
def test_exit_code_tells_make_whether_the_environment_serves(tmp_path, needed, code):
    (tmp_path / "src" / "coordination" / "pipeline").mkdir(parents=True)
    script = shutil.copy(
        ROOT / "src" / "coordination" / "pipeline" / "environment.py", tmp_path / "src" / "coordination" / "pipeline"
    )
    project(tmp_path, needed)
    assert subprocess.run([sys.executable, script], check=False).returncode == code
