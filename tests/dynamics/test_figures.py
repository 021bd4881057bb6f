import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from made_up import made_up, moving
from presented import SHAPES, assert_on_the_page, labels, public
from presented import drawn as drawn_of

mpl.use("agg")

# What the notebook hands to every figure.
FIGURES = {
    "density": lambda m: (moving(m).densities, moving(m).degrees),
    "convergence": lambda m: (moving(m).dispersion, moving(m).growth),
    "inequality": lambda m: (moving(m).inequality,),
    "mobility": lambda m: (moving(m).chains.tables,),
}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "density": ["one-year", "17-years", "25-regions"],
    "convergence": ["one-group", "12-groups", "17-years", "25-regions"],
    "inequality": ["one-group", "one-year", "17-years", "3-subsystems"],
    "mobility": ["one-group", "17-years", "25-regions"],
}
# What the plain study's figures must say.
SAYS = {
    ("convergence", "en"): {"All parts", "Part A", "Part B", "Coefficient of variation", "Region A", "Region E"},
    ("inequality", "en"): {"System A", "System B", "Coordination degree D", "transvariation"},
    ("inequality", "zh"): {"系统1", "系统2", "超变密度"},
    ("mobility", "en"): {"Levels", "Quartiles", "Quadrants", "HL", "Q4"},
}
CASES = [("plain", name, language) for name in FIGURES for language in ("en", "zh")]
CASES += [(s, name, ("en", "zh")[k % 2]) for name, shapes in VARIATIONS.items() for k, s in enumerate(shapes)]


@pytest.fixture(autouse=True)
def _nothing_left_open():
    yield
    plt.close("all")


def test_every_figure_is_drawn_here():
    assert set(public("dynamics", "figures")) == set(FIGURES)


@pytest.mark.parametrize(("shape", "name", "language"), CASES, ids=str)
def test_figures_draw_without_warnings_inside_the_page(shape, name, language):
    made = made_up(**SHAPES[shape])
    figure, texts = drawn_of(public("dynamics", "figures")[name], made, language, *FIGURES[name](made))
    assert_on_the_page(figure, texts, language)
    if shape == "plain":
        assert SAYS.get((name, language), set()) <= set(labels(texts))
