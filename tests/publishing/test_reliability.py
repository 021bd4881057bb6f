"""What torture and mutation have measured, on the page about reliability."""

import re

import pytest
import yaml
from conftest import ROOT

from coordination.locale import LANGUAGES
from coordination.publishing.site import reliability

TORTURE = {
    "kills": {
        "random": 31, "aimed": 17, "missed": 3, "compared": 11, "files": 402, "unsteady": 1,
        "signals": {"SIGKILL": 29, "SIGTERM": 12, "SIGINT": 7},
        "seed": 0, "seconds": 550, "faults": [],
    },
    "fuzz": {"runs": 2, "examples": {"panel.csv": 1400, "study.yml": 600}, "seed": 0, "seconds": 700, "faults": []},
    "environments": {"passed": 5, "failed": 0, "skipped": 2, "seed": 0, "seconds": 300, "faults": []},
    "long": {"passed": 4, "failed": 1, "skipped": 0, "seed": 0, "seconds": 10, "faults": []},
}  # fmt: skip
MUTATION = {
    "seed": 0, "asked": 30, "known": 4321,
    "packages": {
        "indices": {"tried": 10, "noticed": 8, "stopped": 1}, "spatial": {"tried": 20, "noticed": 18, "stopped": 0},
    },
    "unnoticed": [
        {"file": "indices/x.py", "line": 3, "old": "1", "new": "(2)", "equivalent": "a cache"},
        {"file": "spatial/y.py", "line": 4, "old": "1", "new": "(2)"},
        {"file": "spatial/y.py", "line": 5, "old": "1", "new": "(2)"},
    ],
}  # fmt: skip


def shown(folder, language, **records):
    for name, record in records.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(record), encoding="utf-8")
    return reliability.blocks(folder, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_that_was_measured_is_shown(tmp_path, language):
    made = shown(tmp_path, language, torture=TORTURE, mutation=MUTATION)
    rows = {name: [line.split(" | ")[1:] for line in text.splitlines()[2:]] for name, text in made.items()}
    counts = [int(row[0].strip(" |")) for row in rows["reliability_kills"]]
    assert sorted(counts) == sorted([31, 17, 3, 11, 402, 1, 29, 12, 7])
    assert [row[0].strip(" |") for row in rows["reliability_files"]] == ["1,400", "600", "2,000"]
    assert "2,000" in made["reliability_files"]
    assert [[*row[:3], row[3].strip(" |")] for row in rows["reliability_methods"][:3]] == [
        ["10", "8", "1", "90%"], ["20", "18", "0", "90%"], ["30", "26", "1", "90%"],
    ]  # fmt: skip
    assert "4,321" in made["reliability_methods"]
    assert "26" in made["reliability_run"]
    assert [re.findall(r"\d+", made[f"reliability_{name}"]) for name in ("surroundings", "long")] == [
        ["5", "0", "2"], ["4", "1", "0"],
    ]  # fmt: skip


def test_what_was_not_measured_is_said_to_be_so(tmp_path):
    assert set(shown(tmp_path, "en").values()) == {"Not measured yet."}
    partly = shown(tmp_path, "en", torture={"kills": TORTURE["kills"]})
    assert partly["reliability_files"] == partly["reliability_methods"] == "Not measured yet."
    assert "31" in partly["reliability_kills"]


def test_faults_are_not_hidden(tmp_path):
    assert "No fault was found." in shown(tmp_path, "en", torture=TORTURE)["reliability_run"]
    faulty = TORTURE | {"fuzz": TORTURE["fuzz"] | {"faults": ["a", "b"]}}
    assert "Faults found: 2." in shown(tmp_path, "en", torture=faulty)["reliability_run"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_a_place_for_every_figure(language):
    page = (ROOT / "site" / language / "reliability.md").read_text(encoding="utf-8")
    for name in reliability.blocks(ROOT / "site", language):
        assert page.count("{{ " + name + " }}") == 1
