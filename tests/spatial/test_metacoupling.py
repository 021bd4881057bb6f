from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import made_up
from presented import laid_out, said

from coordination.errors import InputError
from coordination.indices import coupling
from coordination.spatial.metacoupling import between, metacoupling, mixed


def together(made, year=None):
    n = len(made.regions)
    ring = pd.DataFrame(np.eye(n)[(np.arange(n) + 1) % n], made.regions.index, made.regions.index)
    ring.iloc[-1] = 0  # the last has no neighbour
    weights = {"peri": ring, "tele": 1 - pd.DataFrame(np.eye(n), made.regions.index, made.regions.index)}
    table = metacoupling(made.scores, made.coordination, weights, made.study, made.regions.index)
    return table[table["year"] == (year or made.study.years[-1])]


SENTENCES = {
    "metacoupling": lambda m: (together(m),),
}
TABLES = {
    "metacoupling": lambda m: (together(m),),
}
FIGURES = {
    "metacoupling": lambda m: (together(m),),
}
VARIATIONS = {"metacoupling": ["12-groups", "25-regions", "one-group"]}
SAYS = {("metacoupling", "en"): {"with near regions", "D within the region"}, ("metacoupling", "zh"): {"与其他各地区"}}

# By hand: of A and B the mixtures are (0.2, 0.5) and (0.5, 0.8), of A and C (0.2, 0.4) and (0.9, 0.8).
A, B, C = [0.2, 0.8], [0.5, 0.5], [0.9, 0.4]
C_AB = (2 * np.sqrt(0.10) / 0.7 + 2 * np.sqrt(0.40) / 1.3) / 2
C_AC = (2 * np.sqrt(0.08) / 0.6 + 2 * np.sqrt(0.72) / 1.7) / 2
T_AB, T_AC = (0.35 + 0.65) / 2, (0.30 + 0.85) / 2


def test_pairs_and_regions_worked_by_hand():
    for other, expected in ((B, (C_AB, T_AB)), (C, (C_AC, T_AC))):
        np.testing.assert_allclose(mixed(A, other, [0.5, 0.5]), expected, rtol=1e-12)
    c, t = (C_AB + 3 * C_AC) / 4, (T_AB + 3 * T_AC) / 4
    found = between([A, B, C], [[9, 1, 3], [1, 0, 0], [0, 0, 0]], [0.5, 0.5])
    np.testing.assert_allclose(found[0], [c, t, np.sqrt(c * t)], rtol=1e-12)
    np.testing.assert_allclose(found[1], [C_AB, T_AB, np.sqrt(C_AB * T_AB)], rtol=1e-12)
    assert np.isnan(found[2]).all()
    assert found[0].tolist() == pytest.approx([0.962469, 0.556250, 0.731692], abs=1e-6)


def test_shares_follow_the_subsystem_whichever_region_the_score_is_of():
    _, t = mixed(A, C, [0.75, 0.25])
    assert t == pytest.approx((0.75 * 0.2 + 0.25 * 0.4 + 0.75 * 0.9 + 0.25 * 0.8) / 2)


@pytest.mark.parametrize("variant", ["standard", "wang2021", "fan2024"])
def test_three_systems_have_six_mixtures(variant):
    rng = np.random.default_rng(3)
    one, other = rng.random((2, 3))
    alpha = [0.5, 0.3, 0.2]
    both = [one, other]
    mixtures = [[both[k][s] for s, k in enumerate(which)] for which in product((0, 1), repeat=3) if 0 < sum(which) < 3]
    assert len(mixtures) == 6
    c = np.mean([coupling.coupling_degree(u, variant) for u in mixtures])
    t = np.mean([np.dot(u, alpha) for u in mixtures])
    np.testing.assert_allclose(mixed(one, other, alpha, variant), [c, t])


def test_batches_of_pairs_give_the_same(monkeypatch):
    rng = np.random.default_rng(1)
    scores, weights = rng.random((7, 2)), rng.random((7, 7))
    whole = between(scores, weights, [0.5, 0.5])
    monkeypatch.setattr("coordination.spatial.metacoupling.PAIRS", 5)
    np.testing.assert_allclose(between(scores, weights, [0.5, 0.5]), whole, rtol=1e-14)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=2), st.integers(2, 6))
def test_among_equals_coordination_is_that_within(scores, n):
    found = between([scores] * n, np.ones((n, n)), [0.5, 0.5])
    own = coupling.coordination_degree(scores, [0.5, 0.5])
    np.testing.assert_allclose(found[:, 2], own, rtol=1e-9)


def test_scales_of_weights_do_not_matter():
    rng = np.random.default_rng(2)
    scores, weights = rng.random((5, 2)), rng.random((5, 5))
    np.testing.assert_allclose(between(scores, weights, [0.5, 0.5]), between(scores, 1000 * weights, [0.5, 0.5]))


def test_a_negative_score_is_refused():
    with pytest.raises(InputError, match="scores"):
        mixed([-0.1, 0.2], B, [0.5, 0.5])


def test_the_table_has_local_coordination_as_it_was():
    made = made_up()
    table = together(made).set_index(["kind", "region"])
    own = made.coordination[made.coordination["year"] == made.study.years[-1]].set_index("region")
    columns = ["coupling", "coordination_index", "coordination_degree"]
    pd.testing.assert_frame_equal(table.loc["local"][columns], own.loc[made.regions.index, columns])
    shown = laid_out("spatial", "metacoupling", "en", made, together(made))
    assert shown.columns.tolist()[:4] == ["Region", "C, within", "T, within", "D, within"]
    assert shown.iloc[-1, 4:7].tolist() == ["–"] * 3  # without near regions


def test_who_gains_and_who_loses_is_named():
    made = made_up(regions=4, groups=1)
    rows = [
        (k, r, d)
        for k, values in {
            "local": (0.5, 0.4, 0.3, 0.4),
            "peri": (0.45, 0.41, 0.5, 0.44),
            "tele": (0.6, 0.5, 0.2, 0.3),
        }.items()
        for r, d in zip(made.regions.index, values, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["kind", "region", "coordination_degree"]).assign(year=2003)
    text = said("spatial", "metacoupling", "en", made, table)
    assert "within regions is 0.400, with near regions 0.450 and with all others 0.400." in text
    assert "Of 4 regions, 3 have a higher D with near regions than within, 2 with all others" in text
    assert (
        "With near regions D is higher by most in Region C (by 0.200) and lower by most in Region A (by 0.050)." in text
    )
    assert "高出最多的是地区3（高0.200）；与邻近地区的D低得最多的是地区1（低0.050）。" in said(
        "spatial", "metacoupling", "zh", made, table
    )


def test_a_study_may_say_which_regions_are_near():
    from coordination.study.model import Metacoupling

    usual = Metacoupling()
    assert (usual.peri.kind, usual.tele.kind) == ("queen", "inverse_distance")
    with pytest.raises(ValueError, match="another kind than file"):
        Metacoupling(peri={"kind": "file", "file": "neighbours.csv"})
    assert SimpleNamespace(**Metacoupling(peri={"kind": "knn", "k": 3}).model_dump()).peri["k"] == 3
