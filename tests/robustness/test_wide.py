"""A streamed multiverse says of the same universes what one says that keeps them all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_up import made_up
from yellow import FILLED, REGIONS, REGISTER, VALUES, YELLOW

from coordination.indices import coupling
from coordination.replication.register import ABOUT_SPACE
from coordination.robustness import multiverse, sensitivity, uncertainty, wide

SPATIAL = multiverse.spatial_choices(YELLOW, REGIONS, None, None)


def varied(*names):
    return YELLOW.model_copy(update={"robustness": YELLOW.robustness.model_copy(update={"vary": names})})


@pytest.fixture(scope="module")
def both():
    """The same universes streamed and kept."""
    own = varied("zeros", "normalisation", "coupling", "left_out", "spatial_weights")
    register = REGISTER[~REGISTER["variable"].isin(ABOUT_SPACE)]
    kept = multiverse.multiverse(VALUES, FILLED, own, REGIONS, SPATIAL, register)
    streamed = wide.made(wide.plan(VALUES, FILLED, own, REGIONS, SPATIAL, register, wider=("spatial_weights",)))
    return streamed, kept, register


def test_counts_are_those_of_the_universes(both):
    streamed, kept, _ = both
    assert streamed.universes == len(kept.mean) == streamed.mean.sum()
    np.testing.assert_array_equal(streamed.ranks, kept.counts[:, -1])
    np.testing.assert_array_equal(streamed.own_degrees, kept.own_degrees)
    same = np.take_along_axis(streamed.levels, streamed.own_levels[:, :, None], axis=2)[:, :, 0]
    np.testing.assert_allclose(1 - same / streamed.universes, kept.flips, rtol=0, atol=1e-15)


def test_quantiles_are_within_the_stated_error(both):
    streamed, kept, _ = both
    exact = np.quantile(kept.degrees, wide.QUANTILES, axis=0, method="inverted_cdf").T
    assert np.abs(wide.quantiles(streamed.degrees) - exact).max() <= 0.0001 + 1e-12
    table = wide.by_region(streamed, REGIONS).set_index("region")
    drawn = {"both": kept.own_ranks[None]}
    ranks = uncertainty.rank_intervals(kept, drawn, YELLOW, REGIONS)
    ranks = ranks[(ranks["source"] == "universes") & (ranks["year"] == YELLOW.years[-1])].set_index("region")
    for column in ("rank", "low", "median", "high"):
        assert table[column].tolist() == ranks.loc[table.index, column].tolist()


def test_shares_of_claims_are_those_of_the_universes(both):
    streamed, kept, register = both
    held = {size: {name: np.ones(1, dtype=bool) for name in kept.holds} for size in uncertainty.SIZES}
    exact = uncertainty.claim_shares(kept, held, None, register).set_index("claim")["share"]
    found = wide.by_claim(streamed).set_index("claim")["share"]
    assert len(found) > 20
    assert found.to_dict() == pytest.approx(exact.loc[found.index].to_dict(), abs=1e-12)


def test_moran_is_that_of_the_universes_by_every_weights(both):
    streamed, kept, _ = both
    table = wide.by_weights(streamed).set_index("weights")
    assert list(table.index) == list(SPATIAL)
    for name, w in SPATIAL.items():
        w = np.asarray(w)
        z = kept.degrees - kept.degrees.mean(axis=1, keepdims=True)
        index = len(w) / w.sum() * ((z @ w) * z).sum(axis=1) / (z * z).sum(axis=1)
        exact = np.quantile(index, wide.QUANTILES, method="inverted_cdf")
        assert (
            np.abs(table.loc[name, ["low", "median", "high"]].to_numpy(float) - exact).max() <= table.loc[name, "error"]
        )
        assert np.abs(index).max() <= streamed.bounds[name]


def test_every_pair_is_left_out_and_a_subsystem_keeps_an_indicator():
    shared = wide.plan(VALUES, FILLED, varied("left_out"), REGIONS, {}, wider=("left_out",))
    k = len(YELLOW.indicators)
    assert len(set(shared.levels["left_out"])) == shared.universes == 1 + k + k * (k - 1) // 2
    few = made_up(subsystems=2).study
    sizes = {i.id: len(s.indicators) for s in few.subsystems for i in s.indicators}
    pairs = [level.split("+") for level in wide._pairs(few)]
    assert all(len({i for i in sizes if i not in pair}) == len(sizes) - 2 for pair in pairs)
    for s in few.subsystems:
        assert all({i.id for i in s.indicators} - set(pair) for pair in pairs)


def test_a_choice_can_have_many_levels():
    shared = wide.plan(VALUES, FILLED, varied("left_out"), REGIONS, {}, wider=("left_out",))
    (job,) = shared.jobs()
    codes = np.concatenate(multiverse.part(shared, job)["rows"]["choices"])[:, list(shared.levels).index("left_out")]
    assert codes.tolist() == list(range(len(shared.levels["left_out"])))
    assert len(codes) > np.iinfo(np.int8).max


def test_a_universe_without_a_pair_and_a_region_is_what_one_computes_alone():
    pair = f"{YELLOW.indicators[0].id}+{YELLOW.indicators[-1].id}"
    shared = wide.plan(VALUES, FILLED, varied("left_out"), REGIONS, {}, wider=("left_out", "regions"))
    assert len(shared.sets) == 1 + len(REGIONS)
    made = [batch for job in shared.jobs() for batch in multiverse.batches(shared, job)]
    at = list(shared.levels).index("left_out")
    d = next(
        batch.degrees[np.flatnonzero(batch.codes[:, at] == shared.levels["left_out"].index(pair))[0]]
        for batch in made
        if list(batch.kept) == [k for k in range(len(REGIONS)) if k != 3]
        and (batch.codes[:, at] == shared.levels["left_out"].index(pair)).any()
    )
    x = np.delete(VALUES, 3, axis=0)[:, :, 1:-1].reshape(-1, len(YELLOW.indicators) - 2)
    x = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))  # goalposts of the set
    split = len(YELLOW.subsystems[0].indicators) - 1
    scores = []
    for part in (x[:, :split], x[:, split:]):
        share = part / part.sum(axis=0)
        e = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=0) / np.log(len(part))
        scores.append(part @ ((1 - e) / (1 - e).sum()))
    u = np.column_stack(scores)
    t = u @ np.array(list(YELLOW.alpha.values()))
    c = coupling.coupling_degree(u, YELLOW.coupling.variant)
    assert d.ravel() == pytest.approx(np.sqrt(c * t), abs=1e-9)


def test_claims_that_name_a_region_are_not_judged_without_it():
    register = REGISTER[~REGISTER["variable"].isin(ABOUT_SPACE)]
    shared = wide.plan(VALUES, FILLED, varied(), REGIONS, {}, register, wider=("regions",))
    made, whole = wide.made(shared), set(REGIONS.index)
    named = {row["id"]: len(whole & sensitivity.named(row)) for row in register.to_dict("records")}
    assert {k: n // made.unit for k, n in made.judged.items()} == {k: 1 + len(whole) - named[k] for k in made.judged}
    rows = sensitivity.claims_without(VALUES, YELLOW, REGIONS, SPATIAL["own"], register)
    assert made.holds == {
        name: made.unit * int(own.sum())
        for name, own in rows.groupby("claim", sort=False)["holds"]
        if name in made.holds
    }


def test_among_fewer_regions_rows_still_add_up_to_one():
    w = np.asarray(SPATIAL["inverse_distance_1_row"])
    kept = np.delete(np.arange(len(w)), 2)
    raw = np.asarray(SPATIAL["inverse_distance_1_none"])[np.ix_(kept, kept)]
    np.testing.assert_allclose(wide._among(w, kept), raw / raw.sum(axis=1, keepdims=True))
    np.testing.assert_array_equal(wide._among(np.asarray(SPATIAL["inverse_distance_1_none"]), kept), raw)


def test_a_region_that_is_its_group_stays():
    groups = REGIONS.assign(group=[*REGIONS["group"].iloc[:-1], "alone"])
    shared = wide.plan(VALUES, FILLED, varied(), groups, {}, wider=("regions",))
    assert all(len(REGIONS) - 1 in kept for kept in shared.sets)


@given(arrays(float, st.integers(1, 60), elements=st.floats(0, 1)), st.floats(0.01, 0.99))
def test_a_quantile_is_half_a_bin_from_the_value_at_most(values, share):
    counts = np.bincount(wide._bin(values, 0, 1), minlength=wide.BINS)
    exact = np.quantile(values, share, method="inverted_cdf")
    assert abs(wide.quantiles(counts, shares=(share,))[0] - exact) <= 0.5 / wide.BINS + 1e-12


def test_nothing_counted_has_no_quantile():
    assert np.isnan(wide.quantiles(np.zeros(10, dtype=int))).all()


def test_the_bound_is_none_that_moran_reaches():
    """No D can have a larger I than the largest eigenvalue allows, and that one is within the bound."""
    shared = wide.plan(VALUES, FILLED, varied(), REGIONS, SPATIAL, wider=("spatial_weights", "regions"))
    n = len(REGIONS)
    centred = np.eye(n) - 1 / n
    for name, w in shared.weights.items():
        roots = np.linalg.eigvalsh(centred @ (w + w.T) @ centred / 2) * n / w.sum()
        assert np.abs(roots).max() <= wide.bounds(shared)[name]
