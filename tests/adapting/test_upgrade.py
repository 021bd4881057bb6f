"""The format of study.yml, and bringing an older one to the present."""

import pytest
from conftest import write_study

from coordination.__main__ import main
from coordination.errors import InputError
from coordination.study import document


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    return write_study(tmp_path / "toy") / "study.yml"


@pytest.fixture
def later(monkeypatch):
    """A program two formats later: `seed` was `start` before the second, and texts were quoted before the third."""
    monkeypatch.setattr(document, "FORMAT", 3)
    steps = {1: lambda t: t.replace("\nstart:", "\nseed:"), 2: lambda t: t.replace("title: Toy", "title: Great")}
    monkeypatch.setattr(document, "UPGRADES", steps)


def test_a_document_of_another_format_is_refused_with_the_way_on(file):
    text = file.read_text(encoding="utf-8")
    assert document.load(file.parent).format == 1
    file.write_text(f"format: 2\n{text}", encoding="utf-8")
    with pytest.raises(InputError, match="found 2; expected 1; take a newer version"):
        document.load(file.parent)


def test_an_older_document_is_refused_then_upgraded_step_by_step(file, later, capsys):
    old = "# mine\n" + file.read_text(encoding="utf-8").replace("\nseed:", "\nstart:")
    file.write_text(old, encoding="utf-8")
    with pytest.raises(InputError, match="found 1; expected 3; run `python -m coordination upgrade`"):
        document.load(file.parent)
    assert main(["upgrade", "--study", "toy", "--dry-run"]) == 0
    assert file.read_text(encoding="utf-8") == old
    assert main(["upgrade", "--study", "toy"]) == 0
    shown = capsys.readouterr().out
    assert all(line in shown for line in ("+format: 3", "-start:", "+seed:"))
    assert file.read_text(encoding="utf-8").startswith("# mine\nformat: 3\n")
    assert document.load(file.parent).format == 3
    before = file.read_bytes()
    assert main(["upgrade", "--study", "toy"]) == 0
    assert file.read_bytes() == before


def test_what_does_not_hold_after_its_upgrade_is_left_as_it_was(file, later, capsys):
    file.write_text(file.read_text(encoding="utf-8").replace("\nseed:", "\nsead:"), encoding="utf-8")
    before = file.read_bytes()
    assert main(["upgrade", "--study", "toy"]) == 1
    assert file.read_bytes() == before
    assert "sead" in capsys.readouterr().err


def test_a_document_of_a_newer_format_is_not_touched(file, capsys):
    file.write_text(f"format: 9\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    before = file.read_bytes()
    assert main(["upgrade", "--study", "toy"]) == 1
    assert file.read_bytes() == before
    assert "take a newer version" in capsys.readouterr().err
