from math import sqrt

import numpy as np
import pandas as pd
import pytest
from made_up import document
from yellow import RELEASED, YELLOW

from coordination.indices import weighting
from coordination.presentation.reader import Reader
from coordination.robustness import coherence, facts, tables
from coordination.study.model import Study


def test_cronbach_and_correlation_ratio():
    x = np.linspace(-1, 1, 200)
    assert coherence.correlation_ratio(x**3, x) == pytest.approx(1)
    assert coherence.correlation_ratio(x, np.ones(200)) == 0
    assert np.isnan(coherence.cronbach_alpha(x[:, None]))
    assert coherence.cronbach_alpha(np.column_stack([x, x, x])) == pytest.approx(1)


def test_coherence_of_the_yellow_river():
    wide = RELEASED.pivot(index=["region", "year"], columns="indicator", values="value")
    members = {s.id: [i.id for i in s.indicators] for s in YELLOW.subsystems}
    table, parts = coherence.coherence(wide, weighting.weights(wide, members), YELLOW)
    assert table.groupby("subsystem")["effective"].sum().to_numpy() == pytest.approx(1)
    assert set(table["indicator"]) == {i.id for i in YELLOW.indicators}
    assert set(parts["part"]) >= {s.id for s in YELLOW.subsystems}
    of = pd.DataFrame(np.corrcoef(wide[members["digital_technology"]], rowvar=False))
    assert parts.iloc[0]["first_component"] == pytest.approx(np.linalg.eigvalsh(of)[-1] / 8)


def halves(k, start=0):
    """1 in k of the first 40 rows, in a run from `start`, and in 40 - k of the last 40; otherwise 0.

    The correlation with `halves(40)` is k / 20 - 1.
    """
    return np.concatenate([np.roll(np.arange(40) < ones, start) for ones in (k, 40 - k)]).astype(float)


@pytest.fixture(scope="module")
def coherent():
    """Three subsystems whose score is their first indicator.

    The others correlate with it by .3 and .4; .95 and -.5; .9 and .5. A curve through two points leaves nothing
    unexplained, so that the square of this is the share of the score that an indicator explains: .09, .16 and so on.
    """
    small = Study.model_validate(document(1, 1, 3))
    columns = [halves(40), halves(26), halves(28, 6)]
    columns += [halves(40), halves(39), halves(10)]
    columns += [halves(40), halves(38), halves(30)]
    values = pd.DataFrame(np.column_stack(columns), columns=[i.id for i in small.indicators])
    of = [(s.id, i.id) for s in small.subsystems for i in s.indicators]
    weights = pd.DataFrame(of, columns=["subsystem", "indicator"]).assign(weight=[1, 0, 0] * 3)
    return small, *coherence.coherence(values, weights, small)


def test_an_indicator_is_flagged_that_runs_against_the_rest_says_little_or_repeats_another(coherent):
    _, found, _ = coherent
    assert found["with_score"].to_numpy() == pytest.approx([1, 0.3, 0.4, 1, 0.95, -0.5, 1, 0.9, 0.5])
    assert found["flag"].tolist() == ["", "silent", "", "collinear", "collinear", "against", "", "", ""]


def test_effective_weights_are_shares_of_what_each_indicator_explains(coherent):
    explained = np.array([[1, 0.09, 0.16], [1, 0.9025, 0.25], [1, 0.81, 0.25]])
    expected = explained / explained.sum(axis=1, keepdims=True)
    assert coherent[1]["effective"].to_numpy() == pytest.approx(expected.ravel())


def test_an_indicator_is_compared_with_the_mean_of_the_others_and_with_the_nearest(coherent):
    found = coherent[1].set_index("indicator")
    second = found.loc["ind_0_0_1"]
    # 28 rows of 80 have it and the third: covariance .35 - .25; with the first .3 / 4; variance of their mean .175
    assert second["with_rest"] == pytest.approx((0.1 + 0.075) / 2 / (0.5 * sqrt(0.175)))
    assert (second["nearest"], second["with_nearest"]) == ("ind_0_1_0", pytest.approx(0.4))
    assert found.loc["ind_1_0_0", "with_nearest"] == pytest.approx(0.95)


def test_readers_are_told_what_is_flagged(coherent):
    small, found, parts = coherent
    reader = Reader(small, None, "en")
    shown = tables.coherence(found, reader).iloc[:, -1]
    little, same, against = "hardly matters", "almost the same", "r with the rest below 0"
    assert shown.tolist() == ["", little, "", same, same, against, "", "", ""]
    said = reader.say("robustness", "coherence", **facts.coherence(found, parts))
    assert "Indicators that correlate negatively with the rest of their subsystem: indicator 2.2 A. " in said
