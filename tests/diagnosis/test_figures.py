import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from made_up import diagnosed, driven, made_up
from presented import SHAPES, assert_on_the_page, labels, public
from presented import drawn as drawn_of

from coordination.diagnosis import figures
from coordination.presentation.reader import Reader
from coordination.presentation.style import style

mpl.use("agg")

# What the notebook hands to every figure.
FIGURES = {
    "drivers": lambda m: (driven(m).singles, driven(m).pairs),
    "obstacle_map": lambda m: (diagnosed(m).now,),
    "obstacle_change": lambda m: (diagnosed(m).yearly,),
    "growth_contributions": lambda m: (diagnosed(m).grown,),
    "coverage": lambda m: (diagnosed(m).covered, diagnosed(m).evidence, diagnosed(m).found),
    "profile_panels": lambda m: (m.scores, m.coordination, diagnosed(m).profiles, diagnosed(m).by_dimension),
}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "drivers": ["one-year", "25-regions", "17-years"],
    "obstacle_map": ["one-year", "25-regions", "3-subsystems"],
    "obstacle_change": ["one-year", "17-years", "3-subsystems"],
    "growth_contributions": ["25-regions", "3-subsystems"],
    "coverage": ["3-subsystems"],
    "profile_panels": ["one-year", "17-years", "25-regions", "3-subsystems"],
}
# What the plain study's figures must say.
SAYS = {
    ("obstacle_map", "en"): {"Obstacle degree, %", "System A", "Indicator 1.1 A"},
    ("growth_contributions", "zh"): {"维度1", "维度3"},
    ("coverage", "en"): {"A  Lens A", "Concept A", "Concept D", "blind spot", "Indicator 2.2 B"},
    ("profile_panels", "en"): {"System B", "Dimension D", "Coordination degree D"},
}
CASES = [("plain", name, language) for name in FIGURES for language in ("en", "zh")]
CASES += [(s, name, ("en", "zh")[k % 2]) for name, shapes in VARIATIONS.items() for k, s in enumerate(shapes)]


@pytest.fixture(autouse=True)
def _nothing_left_open():
    yield
    plt.close("all")


def test_every_figure_is_drawn_here():
    assert set(public("diagnosis", "figures")) == set(FIGURES)


@pytest.mark.parametrize(("shape", "name", "language"), CASES, ids=str)
def test_figures_draw_without_warnings_inside_the_page(shape, name, language):
    made = made_up(**SHAPES[shape])
    figure, texts = drawn_of(public("diagnosis", "figures")[name], made, language, *FIGURES[name](made))
    assert_on_the_page(figure, texts, language)
    if shape == "plain":
        assert SAYS.get((name, language), set()) <= set(labels(texts))
    if name == "obstacle_map":
        assert set(made.regions[language]) <= set(labels(texts))


def test_covariates_that_are_not_significant_are_hollow():
    made = made_up()
    singles = driven(made).singles.assign(p=[0.01, 0.5, 0.04] * 3)
    with style():
        figure = figures.drivers(singles, driven(made).pairs[:0], Reader(made.study, made.regions, "en"))
    (axis,) = figure.axes
    for points in axis.collections:
        assert (points.get_facecolors() == 1).all(axis=1).tolist() == [False, True, False]
