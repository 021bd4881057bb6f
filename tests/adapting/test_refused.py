"""Attacks that the check refuses, in one line each, without a sign that would act on a terminal, and at once."""

import resource
import sys
import time
import unicodedata

import pytest
from attacks import ESCAPES, REFUSED
from conftest import contents, coordination, write_study

from coordination.__main__ import ACTING, Seen, main
from coordination.study.tabular import TURNING

SECONDS, MEMORY = 5, 1_000_000  # of processor time; kB


def acting(text):
    return [c for c in text if c in TURNING or (unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t")]


@pytest.mark.parametrize("name", REFUSED)
def test_an_attack_is_refused_with_a_clear_line(tmp_path, monkeypatch, capsys, name):
    for variable in ("OUTPUT_ROOT", "STUDIES", "PANEL"):
        monkeypatch.setenv(f"COORDINATION_{variable}", "")
    folder = write_study(tmp_path / "data" / "raw" / "toy")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    change, part = REFUSED[name]
    change(folder)
    before, start = contents(tmp_path), time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert main(["check", "--study", "toy"]) == 1
    said = capsys.readouterr()
    assert part in said.out + said.err
    assert acting(said.out + said.err) == []
    assert max(map(len, (said.out + said.err).splitlines())) < 3000
    assert time.process_time() - start < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < MEMORY
    after = contents(tmp_path)
    assert {k: v for k, v in after.items() if not k.startswith("outputs/")} == before


def test_no_sign_of_a_name_acts_on_the_terminal_of_a_command(tmp_path):
    """In a process of its own, whatever an option is called."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data" / "raw").mkdir(parents=True)
    text = f"x{''.join(ESCAPES.values())}y".replace("\0", "")
    done = coordination("check", "--study", text, "--studies", tmp_path, cwd=tmp_path)
    assert done.returncode == 1
    assert "x\\x1b[31m" in done.stderr
    assert acting(done.stdout + done.stderr) == []


def test_a_progress_bar_may_go_back_to_where_its_line_begins(capsys):
    stream = Seen(sys.stdout)
    print("\rtoy: 7 %\r", end="", file=stream)
    print("a\rb\x1b[31m\udcff", file=stream)
    assert capsys.readouterr().out == "\rtoy: 7 %\ra\\x0db\\x1b[31m\\udcff\n"
    assert set(map(ord, TURNING)) < set(ACTING)
    assert stream.encoding == sys.stdout.encoding
