import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from yellow import FILLED, REGIONS, REGISTER, VALUES, YELLOW

from coordination.indices import normalisation
from coordination.robustness import facts, multiverse, sensitivity
from coordination.spatial import neighbours
from coordination.study.model import Method


@given(arrays(float, (3, 2, 4, 2), elements=st.floats(-5, 5)))
def test_shares_of_variance(outcomes):
    first, total = sensitivity.factorial_shares(outcomes)
    if np.isnan(first).any():
        assert outcomes.var(axis=(0, 1, 2)).sum() <= 1e-24
        return
    assert (first >= 0).all()
    assert first.sum() <= 1 + 1e-9 <= total.sum() + 2e-9
    assert (total >= first - 1e-9).all()


def test_a_factor_without_effect_has_exactly_no_share():
    rng = np.random.default_rng(3)
    y = np.repeat(rng.random((3, 1, 4, 2)), 5, axis=1)
    first, total = sensitivity.factorial_shares(y)
    assert (first[1], total[1]) == (0.0, 0.0)
    assert total[0] > 0


def test_shares_of_the_ishigami_like_product():
    """Y = a b with a, b in {-1, 1}: no share alone, all in the interaction."""
    y = np.multiply.outer([-1.0, 1.0], [-1.0, 1.0])[..., None]
    first, total = sensitivity.factorial_shares(y)
    assert first.tolist() == [0, 0]
    assert total.tolist() == [1, 1]


def test_sensitivity_of_the_multiverse(made):
    found = sensitivity.sensitivity(made)
    assert set(found["factor"]) == {"zeros", "weighting", "aggregation", "coupling", "left_out"}
    assert found.groupby("output")["first_order"].sum().max() <= 1 + 1e-9
    assert (found["total"] >= found["first_order"] - 1e-9).all()


def test_a_year_or_region_less():
    found = sensitivity.panel_changes(VALUES, YELLOW, REGIONS)
    assert list(found["kind"])[:2] == ["last", "first"]
    assert set(found["left_out"][2:]) == set(REGIONS.index)
    shandong = found.set_index("left_out").loc["Shandong", "largest"]
    assert shandong == found["largest"].max()  # the region with most maxima


def test_of_many_regions_those_alone_are_left_out_that_hold_an_extreme_figure(monkeypatch):
    whole = sensitivity.panel_changes(VALUES, YELLOW, REGIONS).set_index("left_out")
    monkeypatch.setattr(sensitivity, "LARGE", 8)
    found = sensitivity.panel_changes(VALUES, YELLOW, REGIONS).set_index("left_out")
    holders = {
        REGIONS.index[k]
        for i in range(VALUES.shape[2])
        for end in (VALUES[..., i].min(), VALUES[..., i].max())
        for k, *others in [np.unique(np.nonzero(VALUES[..., i] == end)[0])]
        if not others
    }
    assert set(found.index[2:]) == holders < set(REGIONS.index)
    pd.testing.assert_frame_equal(found, whole.loc[found.index])


def test_claims_are_held_against_every_set_of_regions_that_lacks_one(made):
    raw = neighbours.build(YELLOW.spatial_weights, REGIONS)
    found = sensitivity.claims_without(VALUES, YELLOW, REGIONS, raw, REGISTER)
    assert set(found["without"]) == {"", *REGIONS.index}
    whole = found[found["without"] == ""].set_index("claim")["holds"]
    for claim, held in made.holds.items():
        assert whole[claim] == held[0].reshape(-1)[0], claim
    of = REGISTER.set_index("id")
    for name, own in found[found["without"] != ""].groupby("without"):
        assert not (of.loc[own["claim"], "place"] == name).any()
        assert not (of.loc[own["claim"], "expected"] == name).any()
    lowest = of.index[(of["measure"] == "lowest") & (of["variable"] == "coordination_degree")]
    without = next(r for r in REGIONS.index if r not in set(of.loc[lowest, "expected"]))
    kept = REGIONS.index != without
    x = VALUES[kept].reshape(-1, VALUES.shape[2])
    x = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    columns = [[k for k, i in enumerate(YELLOW.indicators) if i in s.indicators] for s in YELLOW.subsystems]
    u = []
    for own in columns:
        share = x[:, own] / x[:, own].sum(axis=0)
        e = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=0) / np.log(len(x))
        u.append(x[:, own] @ ((1 - e) / (1 - e).sum()))
    d = np.sqrt(np.sqrt(u[0] * u[1])).reshape(8, -1).mean(axis=1)
    for claim in lowest:
        row = found[(found["without"] == without) & (found["claim"] == claim)]
        assert row["holds"].item() == (REGIONS.index[kept][d.argmin()] == of.loc[claim, "expected"])
    said = facts.claims_without(found)
    assert said["held"] == whole.sum()
    assert 0 <= said["always"] <= said["held"]
    assert facts.claims_without(found.assign(holds=True)) == {
        "held": len(whole), "always": len(whole), "worst": None, "lost": 0
    }  # fmt: skip


def test_too_few_regions_lack_none():
    few, kept = REGIONS.iloc[:4], slice(0, 4)
    raw = neighbours.build(YELLOW.spatial_weights, few)
    groups = REGISTER[REGISTER["place"] == "all"]
    assert set(sensitivity.claims_without(VALUES[kept], YELLOW, few, raw, groups)["without"]) <= {""}
    assert sensitivity.claims_without(VALUES, YELLOW, REGIONS, raw.reindex(REGIONS.index), None).empty


def test_a_study_that_treats_zeros_has_a_full_design_too():
    method = Method(zeros="narrow", weighting="critic", normalisation="z")
    vary = ("normalisation", "zeros", "weighting", "aggregation")
    robustness = YELLOW.robustness.model_copy(update={"vary": vary})
    study = YELLOW.model_copy(update={"method": method, "robustness": robustness})
    raw = {"own": neighbours.build(YELLOW.spatial_weights, REGIONS)}
    made = multiverse.multiverse(VALUES, FILLED, study, REGIONS, raw)
    assert [made.factors[k][0] for k in vary] == ["z", "narrow", "critic", "arithmetic"]
    assert sensitivity.sensitivity(made)["total"].between(0, 1 + 1e-9).all()
    x = normalisation.narrowed(normalisation.standard_scores(VALUES)).reshape(-1, VALUES.shape[2])
    u = []
    for s in YELLOW.subsystems:
        own = x[:, [k for k, i in enumerate(YELLOW.indicators) if i in s.indicators]]
        c = own.std(axis=0) * (1 - np.corrcoef(own, rowvar=False)).sum(axis=1)
        u.append(own @ (c / c.sum()))
    assert made.own_degrees.ravel() == pytest.approx(np.sqrt(np.sqrt(u[0] * u[1])), abs=1e-12)
    kind = made.choices[:, list(made.factors).index("normalisation")]
    assert set(kind[multiverse.meant(made, ("same_scale",))]) == {0}  # z, which is the study's own


def test_variances_of_regions_are_added_up_whatever_is_decomposed_at_a_time(made, monkeypatch):
    whole = sensitivity.sensitivity(made)
    monkeypatch.setattr(sensitivity, "TOGETHER", 2)
    pd.testing.assert_frame_equal(sensitivity.sensitivity(made), whole, rtol=1e-12)
