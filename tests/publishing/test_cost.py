"""What multiverses cost, on the page about clusters."""

import csv

import pytest
from conftest import ROOT

from coordination.locale import LANGUAGES
from coordination.publishing.site import cost

RECORD = ROOT / "site" / "multiverse.csv"


def test_the_record_has_what_the_page_promises():
    with RECORD.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    found = {(int(r["regions"]), int(r["universes"])): float(r["cpu_seconds"]) for r in lines}
    assert set(found) == {(n, u) for n in (9, 333, 2850) for u in (10**3, 10**5, 10**7)}
    for n in (9, 333, 2850):  # so many universes cost so many times as much
        assert found[n, 10**7] == pytest.approx(100 * found[n, 10**5], rel=0.2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_record_is_shown(language):
    head, _, *rows = cost.costs(RECORD, language).splitlines()
    assert "100,000" in head
    assert [row.split(" | ")[0].strip("| ") for row in rows] == ["9", "333", "2,850"]
    assert all(row.count("|") == head.count("|") for row in rows)


def test_times_are_those_of_the_record(tmp_path):
    lines = ["regions,years,indicators,universes,cpu_seconds,part_mb", "9,2,3,1000,0.5,1.2", "9,2,3,10000000,7200,1.2"]
    (tmp_path / "record.csv").write_text("\n".join(lines), encoding="utf-8")
    assert cost.costs(tmp_path / "record.csv", "en").splitlines()[-1] == "| 9 | 0.5 s | 2 h | 1.2 MB |"
    assert cost.of(tmp_path / "record.csv", "indicators") == "3"
