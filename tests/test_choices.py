"""Choices of method: a new one works everywhere, one that lacks a part nowhere."""

import ast
import shutil
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from made_up import document, made_up

from coordination import choices
from coordination.diagnosis import obstacles
from coordination.errors import InputError
from coordination.indices import coupling, normalisation, slopes, universe
from coordination.locale import LANGUAGES
from coordination.presentation import locale
from coordination.presentation.reader import Reader
from coordination.publishing.site import choices as site_choices
from coordination.publishing.site import described
from coordination.robustness import multiverse, tables, variants
from coordination.spatial import autocorrelation, neighbours, permutation
from coordination.study.model import SpatialWeights, Study

PACKAGE = ROOT / "src" / "coordination"
EVERY = [(registry, key) for registry in choices.REGISTRIES for key in registry]


def evenness(u):
    """The lowest score in terms of the highest."""
    highest = u.max(axis=-1)
    return np.divide(u.min(axis=-1), highest, out=np.zeros_like(highest), where=highest > 0)


def slopes_of_evenness(a, b):
    """Of two scores that keep their order."""
    if min(a.min(), b.min()) <= 0:
        return np.full(len(a), np.nan)
    return np.where(a == a.min(), 1, -1) / slopes.logarithmic_mean(a, b)


EVENNESS = {
    "key": "evenness", "function": evenness, "bounded": False, "slopes": slopes_of_evenness, "source": "this test",
    "formula": r"C = \frac{\min U}{\max U}",
}  # fmt: skip
HALVED = {"key": "halved", "function": lambda values: values / 2, "source": "this test", "formula": r"x / 2"}
WORDS = ("level_evenness", "coupling_evenness", "variant_evenness", "variant_evenness_why", "level_halved",
         "rescaled_halved")  # fmt: skip


@pytest.fixture
def registries(monkeypatch):
    """Registries to which a test can add."""
    for registry in choices.REGISTRIES:
        monkeypatch.setattr(registry, "_entries", dict(registry))


@pytest.fixture
def languages(monkeypatch, tmp_path):
    """Languages to which a test can add."""
    folder = shutil.copytree(locale.FOLDER, tmp_path / "locale")
    monkeypatch.setattr(locale, "FOLDER", folder)
    locale.words.cache_clear()
    yield folder
    locale.words.cache_clear()


@pytest.fixture
def added(registries, languages):
    """A formula of C and a normalisation, each nothing but an entry and its words."""
    choices.COUPLING.register(coupling.Formula(**EVENNESS))
    choices.NORMALISATION.register(normalisation.Scale(**HALVED))
    for language in LANGUAGES:
        with (languages / language / "words.yml").open("a", encoding="utf-8") as words:
            words.writelines(f"{key}: {key.title()} {language}\n" for key in WORDS)


def study_of(**changed):
    return Study.model_validate(document(2, 3, 2) | changed)


def test_a_new_formula_can_stand_in_a_study(added):
    study = study_of(coupling={"variant": "evenness"})
    scores = made_up().scores
    found = coupling.coordinate(scores, study).set_index(["region", "year"])["coupling"]
    wide = coupling.wide_scores(scores)
    pd.testing.assert_series_equal(found, wide.min(axis=1) / wide.max(axis=1), check_names=False)
    assert " | ".join(choices.COUPLING.offered) in described.keys_of_a_study("en")
    assert choices.COUPLING.offered[-1] == "evenness"
    with pytest.raises(ValueError, match=r"'standard'.* or 'evenness'"):
        study_of(coupling={"variant": "eveness"})
    assert Reader(study, made_up().regions, "zh").say("study", "coupling") == "Coupling_Evenness zh"


def test_new_choices_are_made_in_the_multiverse(added):
    study, made = study_of(robustness={"vary": ["normalisation", "coupling"]}), made_up()
    values = made.panel.values.to_numpy().reshape(len(made.regions), len(study.years), -1)
    filled = np.zeros(values.shape, dtype=bool)
    weights = {"own": neighbours.build(study.spatial_weights, made.regions)}
    found = multiverse.multiverse(values, filled, study, made.regions, weights)
    assert found.factors["coupling"] == choices.COUPLING.offered
    assert found.factors["normalisation"] == choices.NORMALISATION.offered
    asked = {"normalisation": "halved", "coupling": "evenness"}
    codes = dict.fromkeys(found.factors, 0) | {k: found.factors[k].index(v) for k, v in asked.items()}
    (place,) = np.flatnonzero((found.choices == list(codes.values())).all(axis=1))
    u = coupling.wide_scores(made.scores).xs(study.years[-1], level="year").loc[made.regions.index].to_numpy()
    expected = np.sqrt(u.min(axis=1) / u.max(axis=1) * u.mean(axis=1) / 2)
    assert found.degrees[place] == pytest.approx(expected, abs=1e-12)
    reader = Reader(study, made.regions, "en")
    assert reader.choice("normalisation", "halved") == "Level_Halved en"


def test_growth_is_split_by_the_slopes_of_a_new_formula(added):
    first, last, alpha = [0.2, 0.4], [0.3, 0.9], [0.5, 0.5]
    found = obstacles.mean_slopes(first, last, alpha, "evenness")
    change = np.log(coupling.coordination_degree(last, alpha, "evenness"))
    change -= np.log(coupling.coordination_degree(first, alpha, "evenness"))
    assert found @ np.subtract(last, first) == pytest.approx(change)


def test_a_study_is_compared_with_a_new_formula(added):
    made = made_up()
    table = variants.compare(made.panel.values, made.study, neighbours.build(made.study.spatial_weights, made.regions))
    shown = tables.variants(table, Reader(made.study, made.regions, "en"))
    assert "Variant_Evenness en" in shown.iloc[:, 0].tolist()
    assert "evenness" not in [v.id for v in variants.variants(study_of(coupling={"variant": "evenness"}))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_new_choices_stand_on_the_page_of_methods(added, language):
    rows = site_choices.steps(language).splitlines()
    assert len(rows) == len(choices.STEPS)
    assert rf"Level_Evenness {language} $C = \frac{{\min U}}{{\max U}}$" in rows[-1]
    assert f"Level_Halved {language} $x / 2$" in rows[2]
    assert r"\frac{\min U}{\max U}" in site_choices.couplings(language)
    assert not [key for key, c in choices.COUPLING.items() if not c.offered and key in site_choices.couplings(language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cell_of_the_page_of_methods_is_one_cell(language):
    rows = site_choices.steps(language).splitlines()
    assert {row.count("|") for row in rows} == {3}
    assert "|" not in site_choices.spatial_weights(language)


@pytest.mark.parametrize("part", EVENNESS)
def test_an_entry_without_a_part_is_refused(registries, part):
    if part != "formula":
        with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{part}'"):
            coupling.Formula(**{k: v for k, v in EVENNESS.items() if k != part})
    with pytest.raises(InputError, match=f"no {part}"):
        coupling.Formula(**EVENNESS | {part: None})


def test_what_is_no_function_is_refused():
    with pytest.raises(InputError, match="found 'evenness'; expected a function"):
        coupling.Formula(**EVENNESS | {"function": "evenness"})


def test_a_name_stands_once(registries):
    with pytest.raises(InputError, match="coupling: found 'standard' twice"):
        choices.COUPLING.register(coupling.Formula(**EVENNESS | {"key": "standard"}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entry_without_words_is_refused_at_the_start(registries, languages, language):
    choices.COUPLING.register(coupling.Formula(**EVENNESS))
    with pytest.raises(InputError, match=f"{language}/words.yml: found no level_evenness, coupling_evenness, variant_"):
        locale.words(language)


@pytest.mark.parametrize("registry", choices.REGISTRIES, ids=lambda r: r.kind)
def test_an_unknown_name_is_refused_with_the_known_ones(registry):
    assert "bishop" not in registry
    with pytest.raises(InputError) as caught:
        registry["bishop"]
    assert str(caught.value).startswith(f"{registry.kind}: found 'bishop'; expected one of {registry.offered[0]}, ")
    assert registry.get("bishop") is None


OWN = {step.kind: step.offered[0] for step in choices.STEPS}
NEAR = pd.DataFrame([[0.0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]], list("abcd"), list("abcd"))
VALUES = pd.DataFrame({"region": list("abcd"), "year": 1, "d": [1.0, 2, 3, 5]})
ASKED = {
    **{kind: lambda kind=kind: universe.Universe(**OWN | {kind: "bishop"}) for kind in OWN},
    "universe's transform": lambda: universe.Universe(**OWN, transform="bishop"),
    "coupling degree": lambda: coupling.coupling_degree([0.2, 0.3], "bishop"),
    "slopes": lambda: obstacles.mean_slopes([0.2, 0.3], [0.3, 0.4], [0.5, 0.5], "bishop"),
    "slopes from nothing": lambda: obstacles.mean_slopes([0.0, 0.3], [0.3, 0.4], [0.5, 0.5], "bishop"),
    "direction": lambda: normalisation.min_max(pd.DataFrame({"a": [1.0, 2]}), {"a": "bishop"}),
    "distance": lambda: neighbours.distances(made_up().regions, "bishop"),
    "spatial weights": lambda: neighbours.build(SpatialWeights.model_construct(kind="bishop"), made_up().regions),
    "transform": lambda: neighbours.transform(NEAR, "bishop"),
    "smallest p": lambda: permutation.smallest_p([1, 0], "bishop"),
    "global tail": lambda: autocorrelation.analytic_moran(VALUES, "d", NEAR, "bishop"),
    "local tail": lambda: autocorrelation.local_moran(VALUES, "d", NEAR, "bishop", 99),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_no_name_is_taken_for_another(asked):
    with pytest.raises(InputError, match="found 'bishop'; expected one of"):
        asked()


@pytest.mark.parametrize(("registry", "key"), EVERY, ids=[f"{r.kind}-{k}" for r, k in EVERY])
def test_every_entry_has_its_source_and_stands_under_its_name(registry, key):
    entry = registry[key]
    assert entry.key == key
    assert len(entry.source) > 5
    assert "|" not in entry.formula


def test_a_universe_chooses_everything_that_is_varied():
    fields = set(universe.Universe.__dataclass_fields__)
    assert set(choices.FACTORS) - {"spatial_weights"} <= fields
    study = study_of()
    assert list(multiverse.factors(study, [True])) == [f for f in choices.FACTORS if f != "spatial_weights"]


def test_registries_are_filled_when_nothing_else_is_imported():
    code = "from coordination import choices\nfor registry in choices.REGISTRIES: print(*registry)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT / "src")
    assert done.stdout.splitlines() == [" ".join(registry) for registry in choices.REGISTRIES]


@cache
def listings():
    """The names in every collection that a module of the package writes down, and where."""
    found = []
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            members = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
            names = {m.value for m in members if isinstance(m, ast.Constant) and isinstance(m.value, str)}
            if len(names) > 1:
                found.append((f"{file.relative_to(PACKAGE)}:{node.lineno}", names))
    return found


@pytest.mark.parametrize("registry", choices.REGISTRIES, ids=lambda r: r.kind)
def test_nothing_else_lists_the_names(registry):
    """No collection holds more than one of them and more than half: a year and z are columns, too."""
    listed = [(place, names & set(registry)) for place, names in listings()]
    assert [(place, sorted(names)) for place, names in listed if len(names) > max(1, len(registry) / 2)] == []
