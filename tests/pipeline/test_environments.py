"""Where a run may stand: under another user, without network, in odd folders, with a full disk, beside another run.

The notebook of `small.compendium` is run, which takes seconds; it must make what it makes where nothing is odd.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from conftest import ROOT, contents, coordination, copy_compendium, must, surroundings, write_study
from fontTools.ttLib import TTFont
from matplotlib import get_data_path
from small import compendium, outputs_of

from coordination.pipeline import scratch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs what Linux has"),
]
RUN = ("run", "01-indicators", "--study", "toy", "-p", "extra=1")
USERS = {
    "another user": ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    "a user without rights": () if os.getuid() else ("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
}
ALONE = ("unshare", "--net")
MEMORY = 1_500_000_000  # bytes


def works(*command, **variables):
    """Return whether the system lets us do something; what it needs may be missing or forbidden."""
    try:
        environment = surroundings(**variables)
        return subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment).returncode == 0
    except OSError:
        return False


def under(*prefix, arguments=RUN, cwd, program=sys.executable, **variables):
    """Run the command line within another command."""
    command = [*prefix, program, "-m", "coordination", *map(str, arguments)]
    environment = surroundings(**variables)
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=300)


def one_line(done):
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    *before, last = done.stderr.splitlines()
    assert last.startswith("error: ")
    assert not [line for line in before if line.startswith("error: ")]
    return last


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What a run makes where nothing is odd."""
    folder = compendium(tmp_path_factory.mktemp("plain"))
    must(coordination(*RUN, cwd=folder))
    return outputs_of(folder)


@pytest.fixture
def again(plain, tmp_path):
    """A compendium in which the run was made."""
    folder = compendium(tmp_path / "again")
    for name, content in plain.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def common():
    """A folder that every user can reach, and remove from."""
    place = Path(tempfile.mkdtemp(prefix="common-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.mark.long
@pytest.mark.parametrize("who", ["another user", "a user without rights"])
def test_a_checkout_may_be_read_only_with_the_outputs_elsewhere(plain, common, who):
    path = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{sysconfig.get_path('purelib')}"}
    code = f"import os, sys, pandas; os.stat(sys.executable); assert sys.version_info[:2] == {sys.version_info[:2]}"
    programs = [p for p in (sys.executable, "/usr/bin/python3") if works(*USERS[who], p, "-c", code, **path)]
    if not programs:
        pytest.skip(f"cannot become {who} and run this Python")
    own = {"program": programs[0]} | path
    folder, elsewhere = compendium(common / "compendium"), common / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = contents(folder)
    done = under(*USERS[who], arguments=(*RUN, "--output-root", elsewhere), cwd=folder, HOME="/nowhere", **own)
    assert done.returncode == 0, done.stderr
    assert outputs_of(elsewhere) == plain
    said = one_line(under(*USERS[who], cwd=folder, HOME="/nowhere", **own))
    assert "Permission denied" in said
    assert "name one with OUTPUT_ROOT" in said
    assert contents(folder) == before


@pytest.mark.skipif(not works(*ALONE, "true"), reason="may not cut a process off from the network")
def test_after_the_set_up_no_network_is_needed(plain, tmp_path):
    folder = compendium(tmp_path)
    for arguments in (RUN, ("check", "--study", "toy")):
        done = under(*ALONE, arguments=arguments, cwd=folder)
        assert done.returncode == 0, done.stderr
    made = outputs_of(folder)
    assert {name: made[name] for name in plain} == plain


@pytest.mark.parametrize(
    "name", ['it\'s "\u9ec4\u6cb3" & $(more)', pytest.param("x" * 120, marks=pytest.mark.long)], ids=["odd", "long"]
)
def test_a_folder_may_have_any_name(plain, tmp_path, name):
    folder = compendium(tmp_path / name)
    must(coordination(*RUN, cwd=folder))
    assert outputs_of(folder) == plain


def test_make_works_in_a_folder_of_any_name(tmp_path):
    folder = compendium(tmp_path / 'it\'s "\u9ec4\u6cb3" & more')
    (folder / "src").symlink_to(ROOT / "src")
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    active = {"VIRTUAL_ENV": sys.prefix, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    place = tmp_path / "the \u201coutputs\u201d's"
    command = ["make", "check", "STUDY=toy", f"OUTPUT_ROOT={place}"]
    must(subprocess.run(command, cwd=folder, env=surroundings(**active), capture_output=True, encoding="utf-8"))
    assert (place / "outputs" / "toy" / "check.html").is_file()


def test_two_runs_at_once_make_what_one_makes(plain, tmp_path):
    folder = compendium(tmp_path)
    command = [sys.executable, "-m", "coordination", *RUN]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, cwd=folder, env=surroundings(), **pipes) for _ in range(2)]
    said = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert outputs_of(folder) == plain
    assert not list(folder.glob(".staging-*"))


@pytest.mark.long
@pytest.mark.parametrize("mask", [0o000, 0o077], ids=oct)
def test_whoever_may_read_new_files_they_hold_the_same(plain, tmp_path, mask):
    folder = compendium(tmp_path)
    command = f'umask {mask:o} && exec "$0" -m coordination {" ".join(RUN)}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable], cwd=folder, env=surroundings(), capture_output=True, encoding="utf-8"
    )
    must(done)
    assert outputs_of(folder) == plain


@pytest.mark.long
def test_a_file_that_may_not_grow_is_one_line_and_nothing_is_lost(plain, again):
    said = one_line(under("prlimit", "--fsize=3000", cwd=again))
    assert "File too large" in said
    assert scratch.cut_off() == []  # of the modules that only an error imports, which were compiled meanwhile
    made = outputs_of(again)
    assert {name: made[name] for name in plain} == plain
    assert not list(again.glob(".staging-*"))


def test_modules_that_a_full_disk_cut_off_are_removed_and_made_again(plain, tmp_path):
    folder = compendium(tmp_path / "compendium")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    run = {"cwd": folder, "arguments": RUN, "PYTHONPATH": str(folder / "src")}
    must(under(**run))
    for name in ("indices/panel", "study/regions"):
        module = folder / "src" / "coordination" / f"{name}.py"
        compiled = Path(importlib.util.cache_from_source(module))
        compiled.write_bytes(compiled.read_bytes()[:1000])
    (folder / "data" / "raw" / "toy" / "study.yml").touch()
    shutil.rmtree(folder / "outputs")
    said = one_line(under(**run))
    assert "a compiled module that was cut off, 2 in all" in said
    assert "run again" in said
    must(under(**run))
    assert outputs_of(folder) == plain


FULL = """
mount -t tmpfs -o size=4m none "$1" && cd "$2" || exit 99
run() { "$0" -m coordination run 01-indicators --study toy -p extra=1 --output-root "$1"; }
run "$1" || exit 98
cp -r "$1/outputs" "$3/before"
head -c 8m /dev/zero > "$1/filling" 2>/dev/null
run "$1"; code=$?
cp -r "$1/outputs" "$3/after"
rm "$1/filling"
run "$1" || exit 97
cp -r "$1/outputs" "$3/again"
exit $code
"""


@pytest.mark.long
@pytest.mark.skipif(not works("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"), reason="may not mount")
def test_a_full_disk_is_one_line_and_nothing_is_lost(tmp_path):
    folder, disk, kept = compendium(tmp_path / "compendium"), tmp_path / "disk", tmp_path / "kept"
    for made in (disk, kept):
        made.mkdir()
    command = ["unshare", "--mount", "sh", "-c", FULL, sys.executable, disk, folder, kept]
    done = subprocess.run(command, env=surroundings(), capture_output=True, encoding="utf-8", timeout=300)
    said = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 1, done.stderr
    assert len(said) == 1
    assert "No space left on device" in said[0]
    assert "Traceback" not in done.stderr
    assert contents(kept / "after") == contents(kept / "before") == contents(kept / "again") != {}


@pytest.mark.long
def test_outputs_that_are_removed_meanwhile_are_made_all_the_same(plain, again):
    folder = again
    command = [sys.executable, "-m", "coordination", *RUN, "-p", "trouble=pause"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=folder, env=surroundings(), **pipes)
    until = time.monotonic() + 60
    while not (folder / "asleep").is_file() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    for made in ("outputs", "data/processed", ".make"):
        shutil.rmtree(folder / made, ignore_errors=True)
    (folder / "awake").touch()
    _, said = process.communicate(timeout=200)
    assert process.returncode == 0, said
    made = outputs_of(folder)
    apart = {name for name in plain if made.get(name) != plain[name]}
    assert apart == {"outputs/toy/notebooks/01-indicators.ipynb"}  # whose parameter is another


# Fonts


def renamed(face, name, target):
    """Write a face under the name of another."""
    font = TTFont(face)
    for record in font["name"].names:
        if record.nameID in (1, 4, 6, 16):
            record.string = name if record.nameID != 6 else name.replace(" ", "")
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


DRAWN = """
import hashlib, io, sys
from pathlib import Path
from coordination.pipeline.surroundings import settle
settle()
from matplotlib import pyplot as plt
from coordination.presentation.style import style
from coordination.publishing.paper import typesetting
with style():
    figure, axis = plt.subplots()
    axis.plot([1, 2], label="R\\u00b2 \\u4e2d\\u6587")
    axis.legend()
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
text = Path("text.typ")
text.write_text('#set text(font: ("Libertinus Serif", "Noto Serif CJK SC"))\\nText \\u4e2d\\u6587', encoding="utf-8")
pdf = typesetting.run("compile", text.resolve(), timestamp=0)
print(*(hashlib.sha256(made).hexdigest() for made in (file.getvalue(), pdf)))
"""


@pytest.mark.long
def test_fonts_of_the_system_with_the_names_of_ours_are_not_taken(tmp_path):
    other = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf"
    home, said = tmp_path / "home", []
    for name in ("Noto Sans CJK SC", "DejaVu Sans", "Libertinus Serif", "Noto Serif CJK SC"):
        for folder in (".fonts", ".local/share/fonts"):
            renamed(other, name, home / folder / f"{name.replace(' ', '')}.ttf")
    for k, own in enumerate((tmp_path, home)):
        folder = tmp_path / str(k)
        (folder / "data" / "raw").mkdir(parents=True)
        (folder / "notebooks").mkdir()
        environment = surroundings(HOME=str(own), XDG_DATA_HOME=str(own / ".local" / "share"))
        command = [sys.executable, "-c", DRAWN]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120)
        said.append(must(done).stdout)
    assert said[0] == said[1]


# Whole runs


@pytest.mark.long
def test_the_articles_study_fits_into_a_small_machine(tmp_path):
    """In memory that is its own, of all processes together: what is shared counts once."""
    command = [sys.executable, "-m", "coordination", "all", "--study", "yellow-river", "--output-root", str(tmp_path)]
    environment = surroundings(MAKEFLAGS=" -j2")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    most, whole = 0, psutil.Process(process.pid)
    while process.poll() is None:
        used = 0
        for one in (whole, *whole.children(recursive=True)):
            try:
                used += one.memory_full_info().pss
            except psutil.Error:
                continue
        most = max(most, used)
        time.sleep(0.3)
    assert process.returncode == 0, process.stderr.read()
    assert most < MEMORY


VERSIONS = Path.home() / ".pyenv" / "versions"


def study_made_by(program, folder):
    """Make a study without its slowest notebooks, in a copy of the compendium; return what was made."""
    copy_compendium(folder)
    study = write_study(folder / "data" / "raw" / "toy") / "study.yml"
    study.write_text(f"{study.read_text(encoding='utf-8')}\nleave_out: [robustness, diagnosis]\n", encoding="utf-8")
    command = [program, "-m", "coordination", "all", "--study", "toy"]
    environment = surroundings(PYTHONPATH=str(folder / "src"))
    must(subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=900))
    return outputs_of(folder)


@pytest.fixture(scope="module")
def by_this_version(tmp_path_factory):
    return study_made_by(sys.executable, tmp_path_factory.mktemp("this") / "compendium")


@pytest.mark.long
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_other_versions_of_python_give_the_same_bytes(tmp_path, request, version):
    found = sorted(VERSIONS.glob(f"{version}.*/bin/python{version}"))
    python = str(found[-1]) if found else shutil.which(f"python{version}")
    if not python:
        pytest.skip(f"Python {version} is not installed")
    own, uv = tmp_path / "venv" / "bin" / "python", Path(sys.executable).with_name("uv")
    must(subprocess.run([python, "-m", "venv", own.parents[1]], capture_output=True, encoding="utf-8"))
    install = [uv, "pip", "install", "--quiet", "--python", own, "--require-hashes", "-r", ROOT / "requirements.lock"]
    done = subprocess.run(install, capture_output=True, encoding="utf-8", timeout=900)
    if done.returncode:
        pytest.skip(f"packages for Python {version} could not be installed: {done.stderr[-200:]}")
    other, one = study_made_by(own, tmp_path / "compendium"), request.getfixturevalue("by_this_version")
    assert one.keys() == other.keys()
    assert {name for name in one if one[name] != other[name]} <= {"outputs/toy/run.json"}
