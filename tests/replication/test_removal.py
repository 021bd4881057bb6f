import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import document, made_up

from coordination.indices import coupling, variants, weighting
from coordination.replication import removal, scoreboard
from coordination.spatial import neighbours
from coordination.study.model import Study

TRUE = {"kind": "reading", "level": "total", "indicator": "ind_0_0_0"}


def scaled(x):
    return (x - x.min()) / np.ptp(x)


@pytest.fixture(scope="module")
def case():
    """A study whose publication read the first indicator in another way, and held nothing else otherwise."""
    given = document(2, 3, 2)
    first, second = (s["dimensions"][0]["indicators"][0] for s in given["subsystems"])
    first["readings"] = [{"id": "total", "name": {"en": "In all", "zh": "总量"}, "formula": "ser_0_0_1"}]
    second["breaks"] = [{"year": 2002, "why": {"en": "another base", "zh": "基期变化"}}]
    study, made = Study.model_validate(given), made_up()
    rng = np.random.default_rng(8)
    normalised = made.panel.values.stack().rename("value").reset_index()
    normalised["filled"] = made.panel.filled.stack().to_numpy()
    declared = pd.concat(
        normalised[normalised["indicator"] == i].assign(variant=v, value=lambda t: scaled(rng.random(len(t))))
        for i, v in (("ind_0_0_0", "total"), ("ind_1_0_0", "chained"))
    )
    weights = neighbours.build(study.spatial_weights, made.regions)
    return study, made.regions, normalised, declared, weights


def scores_of(table, study):
    wide = table.pivot(index=["region", "year"], columns="indicator", values="value")
    return weighting.scores(
        wide, weighting.weights(wide, {s.id: [i.id for i in s.indicators] for s in study.subsystems})
    )


def board(case, printed, claims=()):
    study, regions, normalised, declared, weights = case
    removed = removal.removed(normalised, declared, study, regions, weights)
    columns = ["id", "section", "variable", "place", "period", "measure", "expected", "tolerance"]
    asked = pd.DataFrame(claims, columns=columns, dtype=str)
    scores = scores_of(normalised, study)
    own = coupling.coordinate(scores, study)
    values = {
        s: t[["region", "year", "score"]].rename(columns={"score": "value"}) for s, t in scores.groupby("subsystem")
    }
    values["coordination_degree"] = own[["region", "year", "coordination_degree"]].set_axis(
        ["region", "year", "value"], axis=1
    )
    route = scoreboard.Route("data", values, pd.DataFrame(), pd.DataFrame())
    tables = {"table4_coordination": printed}
    return scoreboard.scoreboard(asked, tables, [route], study, regions, weights, removed), removed


def read_as(case, choice):
    study, _, normalised, declared, _ = case
    table = variants.replaced(normalised, declared, choice)
    printed = coupling.coordinate(scores_of(table, study), study)[["region", "year", "coordination_degree"]]
    return printed.assign(
        year=printed["year"].map(str), coordination_degree=printed["coordination_degree"].map("{:.4f}".format)
    )


def reasons(board):
    failing = board[board["verdict"] == "not reproduced"]
    return [r for text in failing["reason"] for r in json.loads(text)]


def test_a_reading_that_explains_every_cell_is_named_in_each(case):
    found, removed = board(case, read_as(case, {"ind_0_0_0": "total"}))
    assert {c["kind"] for c in removed.changes} == {"interpolation", "zeros", "breaks", "reading"}
    said = reasons(found)
    assert len(said) > 10
    assert all(r["because"] == "comes_out" and TRUE in r["changes"] for r in said)


def test_the_first_version_is_the_study_and_each_other_changes_one_thing(case):
    study, regions, normalised, declared, weights = case
    removed = removal.removed(normalised, declared, study, regions, weights)
    own = coupling.coordinate(scores_of(normalised, study), study).pivot(
        index="region", columns="year", values="coordination_degree"
    )
    d = removed.results.values["coordination_degree"]
    assert d[0] == pytest.approx(own.loc[regions.index].to_numpy(), abs=1e-12)
    k = 1 + removed.changes.index(TRUE)
    alike = removed.results.values["sys_1"][k] == removed.results.values["sys_1"][0]
    assert alike.all()  # the reading is the other subsystem's
    assert not np.allclose(d[k], d[0])


def test_what_no_change_explains_stays_or_comes_nearer_by_the_nearest(case):
    nonsense = read_as(case, {}).assign(coordination_degree="0.0010")
    found, removed = board(case, nonsense)
    d = removed.results.values["coordination_degree"] - 0.001
    for row, reason in zip(found.to_dict("records"), reasons(found), strict=True):
        here = np.abs(d[:, list(case[1].index).index(row["place"]), case[0].years.index(int(row["period"]))])
        assert reason["because"] in ("nearer", "stays")
        if reason["because"] == "nearer":
            assert abs(reason["after"]) == pytest.approx(here[1:].min(), abs=1e-9)
            assert removed.changes.index(reason["change"]) == here[1:].argmin()
        else:
            assert here[1:].min() > removal.NEARER * here[0]


def test_claims_are_held_against_every_change(case):
    truth = read_as(case, {"ind_0_0_0": "total"}).astype({"coordination_degree": float})
    last = truth[truth["year"] == "2003"].sort_values("coordination_degree", ascending=False)["region"]
    claim = ("c", "2", "coordination_degree", "regions", "2003", "highest", ">".join(last[:4]), "")
    found, _ = board(case, None, [claim])
    assert found["verdict"].tolist() == ["not reproduced"]
    (reason,) = reasons(found)
    assert reason["because"] == "comes_out"
    assert TRUE in reason["changes"]


def test_nothing_is_said_of_what_is_reproduced(case):
    found, _ = board(case, read_as(case, {}))
    assert set(found["verdict"]) == {"reproduced"}
    assert set(found["reason"]) == {""}


@pytest.mark.parametrize("holding", [[1], [2], [1, 3]])
def test_changes_under_which_a_value_comes_out_are_all_named(holding, monkeypatch):
    held = np.isin(np.arange(4), holding)
    monkeypatch.setattr(removal, "evidence", lambda *_: (np.array([0.5, 0.4, 0.3, 0.2]), held))
    removed = SimpleNamespace(changes=["a", "b", "c"])
    (reason,) = removal.reasons({"published": 0.4}, None, removed)
    assert reason == {"because": "comes_out", "changes": [removed.changes[k - 1] for k in holding]}


@pytest.mark.parametrize(("nearest", "because"), [(0.24, "nearer"), (0.26, "stays"), (-0.2, "nearer")])
def test_a_change_brings_a_value_nearer_if_a_tenth_of_the_distance_goes(nearest, because, monkeypatch):
    number = 0.1 + np.array([0.28, 0.27, nearest])
    monkeypatch.setattr(removal, "evidence", lambda *_: (number, np.zeros(3, bool)))
    (reason,) = removal.reasons({"published": "0.1"}, None, SimpleNamespace(changes=["a", "b"]))
    assert reason["because"] == because
    if because == "nearer":
        assert (reason["change"], reason["before"], reason["after"]) == ("b", 0.28, nearest)


def test_just_a_tenth_is_enough(monkeypatch):
    monkeypatch.setattr(removal, "evidence", lambda *_: (np.array([1.0, 0.9]), np.zeros(2, bool)))
    (reason,) = removal.reasons({"published": "0"}, None, SimpleNamespace(changes=["a"]))
    assert reason["because"] == "nearer"
