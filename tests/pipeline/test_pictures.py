import importlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from conftest import ROOT, surroundings, write_study
from PIL import Image

from coordination.errors import InputError
from coordination.indices import figures
from coordination.pipeline import pictures
from coordination.pipeline.pictures import Pictures, keep, kept, prune, warn
from coordination.pipeline.run import begin
from coordination.presentation.reader import Reader
from coordination.sections import COLUMNS
from coordination.study.regions import read_regions

TABLE = pd.DataFrame(
    [
        ("technology", "ports", 0.9, 0.6),
        ("technology", "patents", 0.8, 0.4),
        ("governance", "accident_rate", 0.7, 0.7),
        ("governance", "clinics", 0.5, 0.3),
    ],
    columns=COLUMNS["weights"],
)
FORKS = sys.platform == "linux"


def small(table, reader):
    """Draw little, and warn of it."""
    figure = mpl.figure.Figure(figsize=(1, 1), layout="none")
    figure.text(0.5, 0.5, reader.word("factor_left_out")[:1] + str(table["weight"].iloc[0]))
    print("never seen")
    warnings.warn("little was drawn", RuntimeWarning, stacklevel=1)
    return figure


@pytest.fixture
def draw(monkeypatch):
    """Draw little by a function that is one of the package's."""
    monkeypatch.setattr(small, "__module__", figures.__name__)
    monkeypatch.setattr(figures, "small", small, raising=False)
    return small


@pytest.fixture
def reader(toy_study, toy_folder):
    return Reader(toy_study, read_regions(toy_study, toy_folder), "en")


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.skipif(not FORKS, reason="no fork"))])
def aside(request):
    return request.param


def made(folder, draw, reader, aside=False, shown=True, table=TABLE):
    here = Pictures(folder, aside)
    try:
        return here.draw(draw, (table,), reader, shown).result(timeout=300)
    finally:
        here.close()


# What is drawn


def test_a_picture_is_the_same_wherever_it_is_drawn_and_when_it_was_kept(tmp_path, reader, draw, aside, capfd):
    alone = pictures.drawn(draw, (TABLE,), reader, shown=True)
    capfd.readouterr()
    first = made(tmp_path, draw, reader, aside)
    assert first == alone
    assert (capfd.readouterr().out == "") is aside  # what another process says is not the notebook's
    assert [f.stat().st_size > len(alone.svg + alone.png) for f in tmp_path.iterdir()] == [True]
    assert made(tmp_path, draw, reader, aside) == alone


def test_what_was_kept_is_not_drawn_again(tmp_path, reader, draw, monkeypatch):
    first = made(tmp_path, draw, reader)
    monkeypatch.setattr(pictures, "drawn", None)
    assert made(tmp_path, draw, reader) == first


def test_a_function_that_only_this_process_knows_is_drawn_here_and_not_kept(tmp_path, reader, aside):
    drawn = made(tmp_path / "none", lambda table, reader: small(table, reader), reader, aside)
    assert drawn.svg.startswith(b"<?xml")
    assert not (tmp_path / "none").exists()


def test_a_preview_is_made_when_it_is_asked_for(tmp_path, reader, draw):
    unseen = made(tmp_path, draw, reader, shown=False)
    assert unseen.preview == b""
    seen = made(tmp_path, draw, reader, shown=True)
    with Image.open(io.BytesIO(seen.preview)) as image:
        assert image.size == (150, 150)
    assert replace(seen, preview=b"") == unseen
    assert made(tmp_path, draw, reader, shown=False) == seen


def test_warnings_are_told_where_the_notebook_tells_its_own_once(tmp_path, reader, draw, aside):
    for _ in range(2):
        picture = made(tmp_path, draw, reader, aside)
        told = {}
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("default")
            warn(picture, told)
            warn(picture, told)
        assert [(str(w.message), w.category, w.filename) for w in said] == [
            ("little was drawn", RuntimeWarning, __file__)
        ]


# What a picture is made of


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package's files, by which pictures are known."""
    copy = tmp_path / "package" / "coordination"
    shutil.copytree(pictures.PACKAGE, copy, ignore=shutil.ignore_patterns("*.pyc", "__pycache__", "node_modules"))
    monkeypatch.setattr(pictures, "PACKAGE", copy)
    monkeypatch.setattr(pictures, "FOLDER", copy / "locale")
    monkeypatch.setattr(pictures, "BEGUN", time.time() + 60)
    forget()
    yield copy
    forget()


def forget():
    """Be as a process that has just begun."""
    for known in (pictures.code, pictures.environment, pictures.fonts):
        known.cache_clear()


PARTS = {
    "the drawing": "indices/figures.py",
    "the look": "presentation/style.py",
    "the reader": "presentation/reader.py",
    "the study's model": "study/model.py",
    "this module": "pipeline/pictures.py",
    "the words": "locale/en/words.yml",
}
OTHERS = ("indices/weighting.py", "spatial/figures.py", "locale/zh/words.yml", "locale/en/captions.yml")


@pytest.mark.parametrize("file", PARTS.values(), ids=PARTS)
def test_changed_code_and_words_are_drawn_anew(tmp_path, package, reader, draw, file):
    made(tmp_path / "kept", draw, reader)
    for known in OTHERS:
        (package / known).write_text((package / known).read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    forget()
    made(tmp_path / "kept", draw, reader)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    (package / file).write_text((package / file).read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    forget()
    made(tmp_path / "kept", draw, reader)
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_code_that_changed_under_a_running_process_is_drawn_and_not_kept(tmp_path, package, reader, draw, monkeypatch):
    monkeypatch.setattr(pictures, "BEGUN", time.time() - 60)
    os.utime(package / "presentation" / "style.py")
    assert made(tmp_path / "kept", draw, reader).svg
    assert not (tmp_path / "kept").exists()


def data(reader, **_):
    table = TABLE.copy()
    table.loc[0, "weight"] += 1e-12
    return {"table": table}


def one_word(reader, **_):
    regions = reader.regions.copy()
    regions.iloc[0, regions.columns.get_loc("en")] += "!"
    return {"reader": replace(reader, regions=regions)}


CHANGES = {
    "data": data,
    "a type of data": lambda **_: {"table": TABLE.astype({"weight": "float32"})},
    "what comes with data": lambda **_: {"table": TABLE.assign().set_axis(range(3, 7))},
    "regions": one_word,
    "a setting": lambda reader, **_: {"reader": replace(reader, study=reader.study.model_copy(update={"seed": 8}))},
    "the language": lambda reader, **_: {"reader": reader.to("zh")},
    "an argument": lambda draw, **_: {"draw": partial(draw, **{})},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_a_drawing_is_given_makes_another_picture(tmp_path, reader, draw, change):
    given = {"draw": draw, "reader": reader, "table": TABLE}
    made(tmp_path, **given)
    made(tmp_path, **given)
    assert len(list(tmp_path.iterdir())) == 1
    made(tmp_path, **given | change(**given))
    assert len(list(tmp_path.iterdir())) == 2


def another_version(monkeypatch, folder):
    (folder / "packages" / "matplotlib-99.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(folder / "packages")


def another_font(monkeypatch, folder):
    style = importlib.import_module("coordination.presentation.style")
    face = folder / "face.otf"
    face.write_bytes(Path(str(style.FACES[1])).read_bytes() + b"\0")
    monkeypatch.setattr(style, "FACES", (style.FACES[0], face))


SURROUNDINGS = {
    "packages": another_version,
    "Python": lambda monkeypatch, _: monkeypatch.setattr(sys, "version", "3.99"),
    "fonts": another_font,
    "settings of matplotlib": lambda monkeypatch, _: monkeypatch.setitem(mpl.rcParams, "lines.dash_capstyle", "round"),
}


@pytest.mark.parametrize("change", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_whatever_else_draws_makes_another_picture(tmp_path, reader, draw, monkeypatch, change):
    forget()
    made(tmp_path / "kept", draw, reader)
    change(monkeypatch, tmp_path)
    forget()
    made(tmp_path / "kept", draw, reader)
    assert len(list((tmp_path / "kept").iterdir())) == 2
    monkeypatch.undo()
    forget()


# Keeping


@pytest.mark.parametrize(
    "spoil",
    [lambda c: c[:-1], lambda c: c[:40] + bytes([c[40] ^ 1]) + c[41:], lambda c: b"", lambda c: c + b"\0"],
    ids=["cut", "flipped", "empty", "longer"],
)
def test_what_was_spoiled_is_drawn_anew(tmp_path, reader, draw, spoil):
    first = made(tmp_path, draw, reader)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    file.write_bytes(spoil(good))
    assert kept(file) is None
    assert made(tmp_path, draw, reader) == first
    assert file.read_bytes() == good


def test_beyond_the_bound_what_was_not_used_for_longest_goes_first(tmp_path):
    picture = pictures.Picture(b"s" * 1000, b"p" * 1000, b"", [])
    for k in range(4):
        keep(tmp_path / str(k), picture)
        os.utime(tmp_path / str(k), (k, k))
    assert kept(tmp_path / "0") == picture
    size = (tmp_path / "0").stat().st_size
    prune(tmp_path, 4 * size)
    assert len(list(tmp_path.iterdir())) == 4
    prune(tmp_path, 3 * size - 1)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["0", "3"]
    prune(tmp_path / "none")


# In a notebook


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The toy study as a notebook has it that is run by the pipeline."""
    write_study(tmp_path / "data" / "raw" / "toy")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path / "made"))
    monkeypatch.setenv("COORDINATION_STAGING", str(tmp_path / "staging"))
    return begin("02-weights", "toy")


def figures_in(folder):
    return sorted(f.name for f in folder.glob("outputs/toy/figures/*"))


def test_finish_waits_for_figures(run, tmp_path):
    run.write("weights", TABLE)
    caption = run.figure("weights", figures.weights, TABLE)
    assert caption.metadata == {"caption": "weights"}
    files = run.finish().set_index("kind").loc["figure", "files"]
    assert files == "svg, png, svg, png"
    assert figures_in(tmp_path / "staging") == [f"weights.{k}.{e}" for k in ("en", "zh") for e in ("png", "svg")]
    assert len(list((tmp_path / "made" / ".make" / "figures").iterdir())) == 2


def test_a_figure_that_cannot_be_drawn_is_named_when_the_notebook_ends(run, tmp_path):
    run.write("weights", TABLE)
    run.figure("weights", partial(figures.weights, colour="red"), TABLE)
    with pytest.raises(RuntimeError, match=r"figure weights\.en: TypeError: .*'colour'") as failed:
        run.finish()
    assert "in _drawn" in str(failed.value.__cause__.__cause__) or not FORKS
    assert figures_in(tmp_path / "staging") == []
    assert not (tmp_path / "staging" / "data" / "processed" / "toy" / "notes").exists()


def test_a_missing_glyph_is_an_input_error_that_names_the_figure(run):
    run.write("weights", TABLE)
    ports = run.study.subsystems[0].dimensions[0].indicators[0]
    object.__setattr__(ports, "name", ports.name.model_copy(update={"en": "\U0010fffd"}))
    run.figure("weights", figures.weights, TABLE)
    with pytest.raises(InputError, match=r"^figure weights: found Glyph .* missing"):
        run.finish()


NOTEBOOK = """
import sys, time
from pathlib import Path
from coordination.indices import figures
from coordination.pipeline.pictures import Pictures
from coordination.presentation.reader import Reader

def slow(reader):
    time.sleep(600)

slow.__module__, slow.__qualname__ = figures.__name__, "slow"
figures.slow = slow
here = Pictures(Path(sys.argv[1]), True)
for language in ("en", "zh"):
    waiting = here.draw(slow, (), Reader(None, None, language), False)
print(*here._workers._processes, flush=True)
waiting.result()
"""


def ended(pid):
    """Whether a process has ended, of which nobody may have taken note yet."""
    try:
        return re.search(r"^State:\s+[ZX]", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.M) is not None
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(not FORKS, reason="no fork")
def test_processes_that_draw_end_with_their_notebook_however_that_ends(tmp_path):
    notebook = subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK, tmp_path], env=surroundings(), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    workers = [int(pid) for pid in notebook.stdout.readline().split()]
    assert workers
    assert not any(map(ended, workers))
    for pid in workers:
        os.kill(pid, signal.SIGINT)  # as Ctrl-C would; it is the notebook that ends them
    time.sleep(0.3)
    assert not any(map(ended, workers))
    notebook.kill()
    notebook.wait()
    until = time.monotonic() + 60
    while not all(map(ended, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert all(map(ended, workers))
    assert list(tmp_path.iterdir()) == []
