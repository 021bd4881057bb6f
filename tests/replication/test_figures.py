import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from made_up import made_up, reread
from presented import SHAPES, assert_on_the_page, drawn, labels, public

from coordination.locale import LANGUAGES
from coordination.replication import figures, scoreboard

mpl.use("agg")

# What a notebook hands to every figure.
FIGURES = {
    "scoreboard": lambda m: scoreboard.counts(m.board),
    "published_recomputed": lambda m: m.pairs,
    "slopes": lambda m: reread(m).means[lambda t: t["kind"] == "region"],
    "distances": lambda m: (reread(m).spread, MARKS),
}
MARKS = {"own": 0.02, "closest": 0.01, "half": 0.0005, "low": 0.012, "middle": 0.015}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "scoreboard": [],
    "published_recomputed": ["12-groups", "one-year", "25-regions"],
    "slopes": ["25-regions", "3-subsystems"],
    "distances": [],
}
# What the plain study's figures must say.
SAYS = {
    ("scoreboard", "en"): {"Table 4, from the data", "Claims of 2.1, from the published D"},
    ("scoreboard", "zh"): {"表4，由数据"},
}
CASES = [(s, name, x) for name in FIGURES for s in ("plain", *VARIATIONS[name]) for x in LANGUAGES]


@pytest.fixture(autouse=True)
def nothing_left_open():
    yield
    plt.close("all")


def test_every_figure_function_is_drawn_here():
    assert set(public("replication", "figures")) == set(FIGURES)


@pytest.mark.parametrize(("shape", "name", "language"), CASES, ids=str)
def test_figures_draw_without_warnings_inside_the_page(shape, name, language):
    made = made_up(**SHAPES[shape])
    data = FIGURES[name](made)
    data = data if isinstance(data, tuple) else (data,)
    figure, texts = drawn(getattr(figures, name), made, language, *data, dots=50)
    assert_on_the_page(figure, texts, language)
    if shape == "plain":
        assert SAYS.get((name, language), set()) <= set(labels(texts))
