import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from conftest import ROOT, contents, coordination, must, write_study

from coordination.pipeline import surroundings
from coordination.presentation import style

HOSTILE = {
    "LC_ALL": "tr_TR.UTF-8", "LC_NUMERIC": "de_DE.UTF-8", "LANG": "zh_CN.UTF-8", "LANGUAGE": "tr",
    "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7", "PYTHONWARNINGS": "default", "OMP_NUM_THREADS": "5",
    "MPLBACKEND": "svg", "JUPYTER_PATH": "/nowhere", "PYTHONSTARTUP": "/nowhere/start.py", "IPYTHONDIR": "/nowhere",
    "SPHINXOPTS": "-W",
}  # fmt: skip


def test_what_the_user_has_set_is_the_same_for_every_process(tmp_path):
    settled = surroundings.fixed(os.environ | HOSTILE, tmp_path)
    again = surroundings.fixed({k: v for k, v in os.environ.items() if k not in HOSTILE}, tmp_path)
    assert {k: settled.get(k) for k in HOSTILE} == {k: again.get(k) for k in HOSTILE}
    assert settled["LC_ALL"] == "C.UTF-8"
    assert settled["PATH"] == os.environ["PATH"]


def test_a_home_that_cannot_be_written_to_is_replaced(tmp_path):
    assert surroundings.fixed({"HOME": "/nowhere"}, tmp_path)["HOME"] == str(tmp_path)
    assert surroundings.fixed({}, tmp_path)["HOME"] == str(tmp_path)
    assert surroundings.fixed({"HOME": str(tmp_path.parent)}, tmp_path)["HOME"] == str(tmp_path.parent)


CODE = """
import hashlib, io, json, locale, os, time
from coordination.pipeline.surroundings import settle
settle()
from matplotlib import pyplot as plt
from coordination.presentation.style import style
with style():
    figure, axis = plt.subplots()
    axis.plot([1, 2], [3, 4], label="ffi \\u0131I\\u4e2d")
    axis.legend()
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
print(hashlib.sha256(file.getvalue()).hexdigest(), time.tzname[0], locale.localeconv()["decimal_point"])
"""


def drawn(folder, environment):
    command = [sys.executable, "-W", "error::DeprecationWarning:coordination", "-c", CODE]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=True)


@pytest.mark.slow
def test_settings_files_of_the_user_do_not_reach_the_figures(tmp_path):
    compendium, home = tmp_path / "\u9ec4 'river'", tmp_path / "home"
    for folder in (compendium / "notebooks", compendium / "data" / "raw", home / ".config" / "matplotlib"):
        folder.mkdir(parents=True)
    plain = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path)}
    plain |= {"COORDINATION_OUTPUT_ROOT": str(tmp_path / "a")}
    expected = drawn(compendium, plain).stdout
    rc = "axes.facecolor: red\nfont.size: 30\nsvg.fonttype: none\nlines.linewidth: 9\n"
    for file in (home / ".config" / "matplotlib" / "matplotlibrc", compendium / "matplotlibrc"):
        file.write_text(rc, encoding="utf-8")
    hostile = plain | HOSTILE | {"HOME": str(home), "MATPLOTLIBRC": str(compendium / "matplotlibrc")}
    hostile |= {"COORDINATION_OUTPUT_ROOT": str(tmp_path / "b")}
    assert drawn(compendium, hostile).stdout == expected
    assert expected.split()[1:] == ["UTC", "."]


@pytest.mark.slow
@pytest.mark.torture
def test_a_whole_run_gives_the_same_bytes_whatever_the_user_has_set(tmp_path):
    """In another folder, locale, time zone and order of strings, with more threads and settings that would show."""
    write_study(tmp_path / "studies" / "toy")
    home = tmp_path / "home"
    for folder in (home / ".config" / "matplotlib", home / ".ipython" / "profile_default" / "startup"):
        folder.mkdir(parents=True)
    (home / ".config/matplotlib/matplotlibrc").write_text("axes.facecolor: red\nfont.size: 30\n", encoding="utf-8")
    startup = home / ".ipython/profile_default/startup/0.py"
    startup.write_text("print('hello')\nimport numpy; numpy.set_printoptions(2)", encoding="utf-8")
    roots = tmp_path / "one", tmp_path / "two's \u6cb3 & more"
    for root, own in zip(roots, ({}, HOSTILE | {"HOME": str(home)}), strict=True):
        arguments = ["all", "--study", "toy", "--studies", tmp_path / "studies", "--output-root", root]
        must(coordination(*arguments, **own))
    one, other = map(contents, roots)
    assert one.keys() == other.keys()
    assert "outputs/toy/site/index.html" in one
    apart = {name for name in one if one[name] != other[name]} - {"outputs/toy/run.json"}
    assert {name for name in apart if not name.startswith(".make/")} == set()


def test_figures_start_from_the_defaults(monkeypatch):
    monkeypatch.setitem(mpl.rcParams, "axes.facecolor", "red")
    with style.style():
        assert mpl.rcParams["axes.facecolor"] == "white"
    assert mpl.rcParams["axes.facecolor"] == "red"


def test_settings_have_a_place_even_where_outputs_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path / "file"))
    before = dict(os.environ)
    try:
        surroundings.settle()
        assert os.access(Path(os.environ["MPLCONFIGDIR"]).parents[1], os.W_OK)
    finally:
        os.environ.clear()
        os.environ.update(before)
