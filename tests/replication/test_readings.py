import importlib.util
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import OFFICIAL, ROOT, defaults
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import document, made_up

from coordination import replication
from coordination.errors import InputError
from coordination.indices import universe
from coordination.indices.coupling import coordination_degree
from coordination.replication import readings, versions
from coordination.study.model import Study

N, M = 5, 4  # regions and years


def benchmark():
    spec = importlib.util.spec_from_file_location("by_hand", ROOT / "benchmarks" / "readings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def study(**coupling):
    made = made_up(regions=N, years=M).study
    return made.model_copy(update={"coupling": made.coupling.model_copy(update=coupling)})


def panel(seed=1, alternatives=(2, 1, 0, 1, 2, 1)):
    """Random normalised readings of the six indicators with figures, and where they are filled."""
    rng = np.random.default_rng(seed)
    values, filled = {}, {}
    for indicator, more in zip(study().indicators, alternatives, strict=True):
        names = ("own", *(f"reading_{k}" for k in range(more)))
        raw = {name: rng.random((N, M)) ** rng.uniform(0.5, 3) for name in names}
        values[indicator.id] = {k: (v - v.min()) / np.ptp(v) for k, v in raw.items()}
        filled[indicator.id] = {k: rng.random((N, M)) < 0.2 for k in names}
    return values, filled


def cube(values, chosen):
    return np.stack([own[chosen.get(i, "own")] for i, own in values.items()], axis=-1)


def evaluated(values, filled, chosen, way, of=None):
    return universe.evaluate(cube(values, chosen), cube(filled, chosen), of or study(), way)[1]


TRUE = {"ind_0_0_0": "reading_1", "ind_1_0_0": "reading_0", "ind_1_1_0": "reading_0"}


def printed(values, filled, seed=None):
    """D of the true reading, as printed in some of the years; or of nothing that is known."""
    way = replace(universe.own(study()), zeros="narrow")
    d = np.random.default_rng(seed).uniform(0.2, 0.9, (N, M)) if seed else evaluated(values, filled, TRUE, way)
    d = d.round(3)
    d[:, 1] = np.nan
    return d


def searched(values, filled, d, of=None, **more):
    of = of or study()
    return readings.search(values, filled, of, readings.open_choices(of, True), d, **more)


@pytest.fixture(scope="module")
def known():
    values, filled = panel()
    d = printed(values, filled)
    return values, filled, d, searched(values, filled, d)


def test_the_true_reading_of_a_made_up_study_is_found(known):
    values, filled, d, found = known
    place = int(found.distance.argmin())
    way, chosen = found.chosen(place)
    assert (way.zeros, way.interpolation, way.normalisation) == ("narrow", "own", "pooled")
    assert chosen == TRUE
    assert found.distance[place] <= 0.0005 < np.partition(found.distance, 1)[1]
    assert len(found.distance) == len(readings.open_choices(study(), True)) * 3 * 2 * 2 * 3 * 2
    left = readings.outside(found, study(), made_up(regions=N, years=M).regions.index)
    assert left["same"].all()
    assert (left["distance"] <= 0.0005).all()
    assert (left["own"] > 0.001).all()
    assert left["kind"].value_counts().to_dict() == {"region": N, "year": M - 1}
    assert readings.near(found, study(), 0.0005)[0].tolist() == [place]
    chance = readings.by_chance(values, filled, study(), d, draws=19)
    assert (chance > found.distance[place]).all()


def test_where_no_reading_fits_none_comes_within_rounding_and_chance_comes_as_near():
    values, filled = panel()
    d = printed(values, filled, seed=8)
    found = searched(values, filled, d)
    assert found.distance.min() > 0.02
    own = found.distance[: np.prod(found.shape[1:])].min()
    assert (readings.by_chance(values, filled, study(), d, draws=39) <= own).mean() > 0.05


@pytest.mark.parametrize("variant", ["standard", "fan2024", "wang2021"])
def test_every_combination_is_what_going_through_the_method_gives(variant):
    values, filled = panel(3)
    of = study(variant=variant)
    d = printed(values, filled, seed=8)
    weights = np.ones((N, N)) - np.eye(N)
    weights[0, 1] = 3
    moran = np.array([0.1, np.nan, -0.2, 0.3])
    found = searched(values, filled, d, of, weights=weights, moran=moran)
    places = np.random.default_rng(0).choice(len(found.distance), 40, replace=False)
    for place, again in zip(places, readings.degrees(found, places, of), strict=True):
        way, chosen = found.chosen(place)
        one = evaluated(values, filled, chosen, way, of)
        np.testing.assert_allclose(again, one, atol=1e-12)
        assert found.distance[place] == pytest.approx(np.nanmean(np.abs(one - d)), abs=1e-12)
        gap = np.abs(versions.moran(one[None], weights)[0][0] - moran)
        assert found.moran[place] == pytest.approx(np.nanmean(gap), abs=1e-12)


def test_indicators_that_tell_nothing_apart_weigh_alike():
    values, filled = panel(3)
    of = study()
    for k, i in enumerate(of.subsystems[1].indicators):
        values[i.id] = {name: np.full((N, M), 0.2 * (k + 1)) for name in values[i.id]}
    found = searched(values, filled, printed(values, filled, seed=8), of)
    places = np.random.default_rng(0).choice(len(found.distance), 10, replace=False)
    for place, again in zip(places, readings.degrees(found, places, of), strict=True):
        way, chosen = found.chosen(place)
        np.testing.assert_allclose(again, evaluated(values, filled, chosen, way, of), atol=1e-12)


def test_the_nearest_without_a_region_or_a_year_is_that_of_the_cells_that_remain():
    values, filled = panel(5)
    d = printed(values, filled, seed=4)
    found = searched(values, filled, d)
    every = readings.degrees(found, np.arange(len(found.distance)), study())
    for (kind, k), place in found.left_out.items():
        rest = d.copy()
        rest[(k,) if kind == "region" else (slice(None), k)] = np.nan
        gaps = np.nanmean(np.abs(every - rest), axis=(1, 2))
        assert gaps[place] == pytest.approx(gaps.min(), abs=1e-12)
    assert ("year", 1) not in found.left_out


def test_near_within_rounding_is_counted_over_all_combinations(known):
    values, filled, _, found = known
    half = 0.02
    d = evaluated(values, filled, TRUE, universe.own(study())).round(1)
    found = searched(values, filled, d)
    places, share = readings.near(found, study(), half, draws=49, seed=2)
    errors = np.random.default_rng(2).uniform(-half, half, (49, d.size)).reshape(49, N, M)
    every = readings.degrees(found, np.arange(len(found.distance)), study())
    gaps = np.abs(every[:, None] - d - errors).mean(axis=(2, 3))
    expected = (gaps <= gaps[found.distance.argmin()] + 1e-12).mean(axis=1)
    assert set(places) == set(np.flatnonzero(expected >= readings.CHANCE))
    assert len(places) > 1
    np.testing.assert_allclose(share, expected[places])
    assert (np.diff(found.distance[places]) >= 0).all()


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 50))
def test_the_order_of_readings_does_not_matter(random, seed):
    values, filled = panel(seed)
    d = printed(values, filled, seed=seed)
    mixed = {i: dict(random.sample(list(own.items()), len(own))) for i, own in values.items()}
    a, b = searched(values, filled, d), searched(mixed, filled, d)
    np.testing.assert_allclose(np.sort(a.distance), np.sort(b.distance), atol=1e-12)
    assert a.chosen(a.distance.argmin()) == b.chosen(b.distance.argmin())
    assert a.distance[0] == pytest.approx(b.distance[0], abs=1e-12)


def test_plain_loops_find_the_same_ranking():
    values, filled = panel(7)
    d = printed(values, filled)
    found = readings.search(values, filled, study(), (universe.own(study()),), d)
    subsystems = [
        [{k: v.ravel().tolist() for k, v in values[i.id].items()} for i in s.indicators] for s in study().subsystems
    ]
    ranking = benchmark().ranking(subsystems, {k: v for k, v in enumerate(d.ravel().tolist()) if v == v})
    assert len(ranking) == len(found.distance)
    for place, (distance, chosen) in zip(np.argsort(found.distance), ranking, strict=True):
        assert found.distance[place] == pytest.approx(distance, abs=1e-12)
        assert tuple(dict.fromkeys(values, "own") | found.chosen(place)[1]) == tuple(values)
        own = {i: name for i, name in zip(values, chosen, strict=True) if name != "own"}
        assert found.chosen(place)[1] == own


def test_the_benchmark_reads_raw_figures(tmp_path):
    (tmp_path / "study.yml").write_text(
        "years: {first: 2001, last: 2004}\nsubsystems:\n"
        "- {id: a, dimensions: [{indicators: [{id: x, direction: positive, formula: s / (2 * p),"
        " readings: [{id: total, formula: s}]}]}]}\n"
        "- {id: b, dimensions: [{indicators: [{id: y, direction: negative, formula: p}, {id: z}]}]}\n"
    )
    (tmp_path / "d.csv").write_text("region,year,coordination_degree\nA,2001,0.1\nB,2004,0.5\n")
    cells = {"s": {"A": {2001: 1, 2003: 3}, "B": {2002: 8}}, "p": {"A": {2001: 1}, "B": {2001: 2, 2004: 5}}}
    rows = [f"{s},{r},{y},{v}" for s, own in cells.items() for r, of in own.items() for y, v in of.items()]
    (tmp_path / "raw.csv").write_text("\n".join(["series,province,year,value", *rows]))
    names, (first, second), seen = benchmark().read(tmp_path / "study.yml", tmp_path / "d.csv", [tmp_path / "raw.csv"])
    assert names == ["x", "y"]
    assert first[0]["total"] == pytest.approx([0, 1 / 7, 2 / 7, 2 / 7, 1, 1, 1, 1])  # 1 2 3 3, 8 8 8 8
    assert second[0]["own"] == pytest.approx([1, 1, 1, 1, 3 / 4, 1 / 2, 1 / 4, 0])  # 1 1 1 1, 2 3 4 5
    assert first[0]["own"] == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1, 5 / 9, 1 / 3, 1 / 5])  # ½ 1 1½ 1½, 2 4/3 1 4/5
    assert seen == {0: 0.1, 7: 0.5}


TOTALS = {"traffic_accidents", "health_institutions", "library_collections"}


@pytest.mark.parametrize(
    ("files", "counted", "read", "own", "other"),
    [
        (["panel.csv"], False, TOTALS, 0.0268, 0.0085),
        (["panel.csv", "additions.csv"], False, TOTALS, 0.0270, 0.0097),
        (["panel.csv", "additions.csv"], True, {"social_security_spending"}, 0.0112, 0.0066),
    ],
    ids=["17", "17-gaps-closed", "18"],
)
def test_readings_of_the_official_figures(tmp_path, files, counted, read, own, other):
    """What was found by hand, in the article's table 4: figures as totals, with and without the count of codes."""
    folder = OFFICIAL if OFFICIAL.is_dir() else OFFICIAL.parent
    files = [folder / name for name in files]
    if not all(f.is_file() for f in files):
        pytest.skip("the official figures are not redistributed; name their panel in COORDINATION_OFFICIAL_PANEL")
    raw = ROOT / "data" / "raw" / "yellow-river"
    document = yaml.safe_load((raw / "study.yml").read_text(encoding="utf-8"))
    for indicator in (i for s in document["subsystems"] for d in s["dimensions"] for i in d["indicators"]):
        name = indicator["id"]
        indicator.pop("readings", None)
        if name == "self_governing_organisations":
            indicator.pop("formula", None)
            indicator |= {"formula": "self_governing_codes"} if counted else {}
        if name in read:
            total = f"{name} * population" if name == "library_collections" else name
            indicator["readings"] = [{"id": "total", "formula": total}]
    (tmp_path / "study.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    table = raw / "published" / "table4_coordination.csv"
    names, subsystems, cells = benchmark().read(tmp_path / "study.yml", table, files)
    distances = {chosen: distance for distance, chosen in benchmark().ranking(subsystems, cells)}
    assert len(distances) == 2 ** len(read)
    assert round(distances[("own",) * len(names)], 4) == own
    assert (
        round(distances[tuple("total" if n in read else "own" for n in names)], 4)
        == other
        == round(min(distances.values()), 4)
    )


@pytest.mark.parametrize("subsystem", ["sys_0", "sys_1"])
def test_the_implied_score_gives_back_the_published_degree(subsystem):
    rng = np.random.default_rng(2)
    scores = {s.id: rng.uniform(0.05, 0.9, (N, M)) for s in study().subsystems}
    d = coordination_degree(np.stack(list(scores.values()), axis=-1))
    middle, low, high = readings.implied(d, 0.0005, scores, study(), subsystem)
    np.testing.assert_allclose(middle, scores[subsystem], rtol=1e-12)
    for end, moved in ((low, d - 0.0005), (high, d + 0.0005)):
        np.testing.assert_allclose(coordination_degree(np.stack(list((scores | {subsystem: end}).values()), -1)), moved)


def test_of_three_subsystems_one_score_is_implied():
    of = made_up(subsystems=3).study
    u = np.array([[0.2, 0.5, 0.8]])
    d = coordination_degree(u)[:, None]
    known = {s.id: u[:, [k]] for k, s in enumerate(of.subsystems)}
    assert readings.implied(d, 0, known, of, "sys_1")[0] == pytest.approx(0.5)


@pytest.mark.parametrize("variant", ["wang2021", "fan2024"])
def test_a_score_is_not_implied_by_other_formulas(variant):
    with pytest.raises(InputError, match="standard formula and equal shares"):
        readings.implied(np.full((N, M), 0.5), 0, {}, study(variant=variant), "sys_1")


def test_fan_gives_the_same_degree_for_two_scores():
    """Why the refusal: with one score fixed, two values of the other give the same D."""
    u = np.linspace(0.01, 1, 2000)
    d = coordination_degree(np.stack([np.full_like(u, 0.3), u], axis=-1), variant="fan2024")
    assert (np.diff(d) > 0).any()
    assert (np.diff(d) < 0).any()


def test_a_score_is_not_implied_with_unequal_shares():
    of = study()
    of = of.model_copy(
        update={
            "subsystems": [s.model_copy(update={"alpha": a}) for s, a in zip(of.subsystems, (0.4, 0.6), strict=True)]
        }
    )
    with pytest.raises(InputError, match=r"0\.4, 0\.6"):
        readings.implied(np.full((N, M), 0.5), 0, {}, of, "sys_1")


def test_the_share_of_absent_indicators_is_the_least_that_carries_the_difference():
    u, implied = np.array([[0.5, 0.5, 0.5, 0.2]]), np.array([[0.5, 0.6, 0.4, np.nan]])
    found = readings.absent_share(implied, implied, u)
    np.testing.assert_allclose(found, [[0, 0.2, 0.2, np.nan]])  # 0.8 * 0.5 + 0.2 * 1, and + 0.2 * 0
    assert readings.absent_share([[1.2]], [[1.2]], [[0.5]])[0, 0] > 1
    np.testing.assert_allclose(readings.absent_share([[0.55]], [[0.65]], [[0.5]]), [[0.1]])


def test_non_negative_weights_of_a_known_mixture():
    rng = np.random.default_rng(3)
    a, b, c = rng.random((3, N, M))
    target = 0.3 * a + 0.5 * b
    target[0, 0] = np.nan
    weights, left = readings.carried(target, {"a": a, "b": b, "c": c})
    np.testing.assert_allclose(weights, [0.3, 0.5, 0], atol=1e-12)
    assert left == pytest.approx(0, abs=1e-12)
    assert readings.carried(a - b, {"b": b})[0]["b"] >= 0


def test_correlation_over_the_cells_that_both_have():
    a = np.array([[1.0, 2, 3, np.nan]])
    assert readings.together(a, [[2, 4, 6, 8]]) == pytest.approx(1)
    assert np.isnan(readings.together(a, np.ones((1, 4))))


def test_scores_are_held_against_printed_means_and_orders(known):
    found = known[3]
    made = made_up(regions=N, years=M)
    true = int(found.distance.argmin())
    u = found.scored([true])[0]
    years = f"{made.study.years[0]}-{made.study.years[-1]}"
    best = made.regions.index[u[..., 1].mean(axis=1).argmax()]
    rows = [
        {"variable": "sys_1", "place": r, "period": years, "measure": "mean", "expected": f"{x:.4f}"}
        for r, x in zip(made.regions.index, u[..., 1].mean(axis=1), strict=True)
    ]
    rows.append({"variable": "sys_1", "place": "regions", "period": years, "measure": "highest", "expected": best})
    claims = pd.DataFrame(rows).assign(id=[f"c{k}" for k in range(len(rows))], section="", tolerance="")
    table = readings.against_scores(found, claims, study(), made.regions)
    assert list(table) == ["sys_1"]
    own = table["sys_1"]
    place = np.ravel_multi_index([k[0] for k in np.unravel_index([true], found.shape)][::2], found.shape[::2])
    assert own["distance"].idxmin() == place
    assert own["distance"][place] <= 0.00005
    assert own.loc[place, ["means", "held", "orders"]].tolist() == [N, 1, 1]
    assert own["held"].min() == 0


@pytest.mark.parametrize(("period", "rows"), [("{0}-{3}", 1), ("{1}-{3}", 0), ("{0}-{2}", 0), ("{0}", 0)])
def test_means_of_a_part_of_the_years_are_not_set_beside_those_of_all(period, rows):
    made = made_up(regions=N, years=M)
    place = made.regions.index[1]
    claim = {"variable": "sys_1", "place": place, "period": period.format(*made.study.years), "measure": "mean"}
    claims = pd.DataFrame([claim | {"expected": "0.5", "id": "c", "section": "", "tolerance": ""}])
    printed = made.coordination[["region", "year", "coordination_degree"]]
    table = readings.beside(claims, printed, made.scores, printed, made.study, made.regions)
    own = table[table["variable"] == "sys_1"]
    assert len(own) == rows
    if rows:
        mean = made.scores.query("subsystem == 'sys_1' and region == @place")["score"].mean()
        assert own.iloc[0].tolist() == ["sys_1", "region", place, 0.5, pytest.approx(mean)]
        group = made.study.groups[0].id
        assert readings.beside(None, printed, made.scores, printed, made.study, made.regions).equals(
            table[table["variable"] == "coordination_degree"].reset_index(drop=True)
        )
        of_group = readings.beside(claims.assign(place=group), printed, made.scores, printed, made.study, made.regions)
        assert of_group.loc[of_group["variable"] == "sys_1", ["kind", "place"]].values.tolist() == [["group", group]]
    degrees = table[table["variable"] == "coordination_degree"]
    assert len(degrees) == N + len(made.study.groups)
    assert degrees["published"].tolist() == degrees["recomputed"].tolist()


def test_what_cannot_be_searched_is_refused(known, monkeypatch):
    values, filled, d, _ = known
    own = universe.own(study())
    with pytest.raises(InputError, match="at least one printed value"):
        readings.search(values, filled, study(), (own,), np.full((N, M), np.nan))
    with pytest.raises(InputError, match="in its order"):
        readings.search(dict(reversed(values.items())), filled, study(), (own,), d)
    with pytest.raises(InputError, match="entropy weights"):
        readings.search(values, filled, study(), (replace(own, weighting="equal"),), d)
    first = next(iter(values))
    broken = values | {first: values[first] | {"reading_0": np.full((N, M), np.nan)}}
    with pytest.raises(InputError, match=f"reading reading_0 of {first}"):
        readings.search(broken, filled, study(), (own,), d)
    monkeypatch.setattr(readings, "MOST", 71)
    with pytest.raises(InputError, match="72 combinations"):
        readings.search(values, filled, study(), (own,), d)


def test_open_choices_start_with_the_studys_own():
    ways = readings.open_choices(study(), True)
    assert ways[0] == universe.own(study())
    assert len(set(ways)) == len(ways) == 2 * 2 * 4
    assert {w.interpolation for w in readings.open_choices(study(), False)} == {"own"}
    for w, _ in product(ways, [0]):
        assert universe.sensible(w.zeros, w.weighting, w.aggregation)


@pytest.mark.parametrize(("lacking", "found"), [((), None), ((1,), "sys_1"), ((0, 1), None), ((0,), "sys_0")])
def test_the_subsystem_in_question_is_the_one_that_alone_lacks_indicators(lacking, found):
    given = document(2, 3, 2)
    for k in {0, 1} - {*lacking}:
        del given["subsystems"][k]["dimensions"][1]["indicators"][1]  # the one without figures
    assert readings.in_question(Study.model_validate(given)) == found


def test_draws_start_from_seed_0_and_are_as_many_as_the_texts_say():
    found = {k: v for k, v in defaults(replication).items() if k[1] in ("seed", "draws")}
    assert {v for (_, name), v in found.items() if name == "seed"} == {0}
    assert {k: v for (k, name), v in found.items() if name == "draws"} == {
        "near": 199, "by_chance": 99, "consistency": 20000, "degrees": 20000, "degrees_of": 20000, "unrounded": 20000,
    }  # fmt: skip
