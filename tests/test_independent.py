"""Our results against those of independent software, as site/independent.csv records them."""

import importlib.util
import sys
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from coordination.locale import LANGUAGES
from coordination.presentation import locale
from coordination.publishing.site import software

PROGRAM = Path(__file__).parents[1] / "benchmarks" / "independent.py"
spec = importlib.util.spec_from_file_location("independent", PROGRAM)
independent = importlib.util.module_from_spec(spec)
sys.modules["independent"] = independent  # dataclasses look their module up
spec.loader.exec_module(independent)

RECORD = pd.read_csv(independent.RECORD, dtype=str, keep_default_na=False).set_index(["quantity", "software"])


def test_record_has_a_row_for_every_comparison():
    assert sorted(RECORD.index) == sorted(independent.COMPARISONS)
    for key, comparison in independent.COMPARISONS.items():
        row = RECORD.loc[key]
        assert row[["ours", "theirs", "approximate"]].tolist() == [
            comparison.ours,
            comparison.theirs,
            comparison.approximate,
        ]
        assert float(row["difference"]) <= independent.WITHIN[comparison.approximate]


@pytest.mark.parametrize("ours", sorted(set(RECORD["ours"])))
def test_recorded_functions_are_there(ours):
    module, _, name = ours.rpartition(".")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key, id="-".join(key), marks=[pytest.mark.slow] if key[1] in independent.IN_R else [])
        for key in independent.COMPARISONS
    ],
)
def test_results_are_those_of_independent_software(key):
    comparison = independent.COMPARISONS[key]
    if independent.version(comparison.software) is None:
        pytest.skip(f"{comparison.software} is not there")
    cases, difference = comparison.measured()
    assert cases == int(RECORD.loc[key, "cases"])
    assert difference <= independent.WITHIN[comparison.approximate]


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_of_methods_shows_every_row(language):
    words = locale.words(language, "site")
    assert set(words["quantities"]) == {quantity for quantity, _ in independent.COMPARISONS}
    made = software.differences(independent.RECORD, language).splitlines()
    assert len(made) == len(RECORD) + 2
    row = next(line for line in made if "Moran_Local.Is" in line)
    assert words["quantities"]["local_moran"] in row
    assert "{py:func}`local_moran <coordination.spatial.autocorrelation.local_moran>`" in row
    assert f"esda {RECORD.loc[('local_moran', 'esda'), 'version']}<br>" in row


def test_differences_are_written_with_powers_of_ten(tmp_path):
    lines = [",".join(independent.COLUMNS), "gini,c.gini,loops,,,,20,0", "sobol,c.sobol,SALib,a,sample,1.0,8,0.0027"]
    (tmp_path / "record.csv").write_text("\n".join(lines), encoding="utf-8")
    made = software.differences(tmp_path / "record.csv", "en").splitlines()[2:]
    assert made[0] == "| Gini coefficient<br>{py:func}`gini <c.gini>` | the definition, in plain loops | 20 | 0 |"
    assert made[1].endswith(r"| SALib 1.0<br>`a` | 8 | $2.7 \times 10^{-3}$ (sample) |")


def test_a_difference_is_found_and_incomparable_results_are_refused():
    def found(*pairs):
        return independent.Comparison("q", "ours", "loops", "", "", lambda: pairs).measured()

    assert found(([1, 2], [1, 2.5]), ([float("nan")], [float("nan")])) == (2, 0.5)
    for theirs in ([1, float("nan")], [1]):
        with pytest.raises(ValueError, match="cannot be compared"):
            found(([1, 2], theirs))


def test_what_is_not_there_keeps_its_row(tmp_path, monkeypatch, capsys):
    keys = [("min_max", "pymcdm"), ("dagum", "loops")]
    monkeypatch.setattr(independent, "COMPARISONS", {key: independent.COMPARISONS[key] for key in keys})
    monkeypatch.setattr(independent, "RECORD", tmp_path / "independent.csv")
    monkeypatch.setattr(independent, "version", lambda software: "" if software == "loops" else None)
    earlier = RECORD.loc[[("min_max", "pymcdm")]].reset_index()[independent.COLUMNS]
    earlier.to_csv(independent.RECORD, index=False)
    independent.main()
    made = pd.read_csv(independent.RECORD, dtype=str, keep_default_na=False)
    assert made["quantity"].tolist() == ["min_max", "dagum"]
    assert made.iloc[[0]].equals(earlier)
    assert "min_max: pymcdm is not there" in capsys.readouterr().out
