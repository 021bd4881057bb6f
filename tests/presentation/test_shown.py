"""Every sentence, table and figure of every room, of made-up studies of many shapes, in every language."""

import itertools
from importlib import util
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from made_up import made_up, over_space
from presented import (
    IN_TABLES,
    IN_WORDS,
    MODULES,
    PERIODS,
    ROOMS,
    SHAPES,
    assert_of_periods,
    assert_on_the_page,
    assert_readable,
    assert_whole,
    cells,
    drawn,
    given,
    handed,
    labels,
    laid_out,
    public,
    reader,
    said,
)

from coordination.locale import LANGUAGES
from coordination.presentation import sizes
from coordination.presentation.style import TALLEST

mpl.use("agg")


def cases(kind, without=None):
    """Rooms and names of a kind, but for those that a test module leaves out, and says why."""
    return [key for key, case in handed(kind).items() if key[1] not in getattr(case.module, without or "", ())]


def varied():
    """Figures of the plain study in every language, and of the shapes that mean something to them in one."""
    for (room, name), case in handed("FIGURES").items():
        if name in getattr(case.module, "DRAWN_APART", ()):
            continue
        shapes = getattr(case.module, "VARIATIONS", {}).get(name, ())
        yield from (("plain", room, name, language) for language in LANGUAGES)
        yield from ((shape, room, name, LANGUAGES[k % 2]) for k, shape in enumerate(shapes))


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("kind", MODULES)
def test_every_one_is_shown_here(kind, room):
    names = {name for of, name in handed(kind) if of == room}
    if kind == "FIGURES" and room in ("indices", "spatial"):  # most of these in test_figures
        assert names <= set(public(room, "figures"))
    else:
        assert names == set(public(room, MODULES[kind]))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("room", "name"), cases("SENTENCES", "SAID_APART"))
@pytest.mark.parametrize("shape", IN_WORDS)
def test_sentences_are_whole_and_in_their_language(shape, room, name, language):
    made = made_up(**SHAPES[shape])
    assert_whole(said(room, name, language, made, *given("SENTENCES", room, name, made)), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("room", "name"), cases("SENTENCES", "OF_YEARS"))
def test_sentences_call_periods_with_labels_not_years(room, name, language):
    made = made_up(**PERIODS)
    assert_of_periods(said(room, name, language, made, *given("SENTENCES", room, name, made)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("room", "name"), cases("TABLES"))
@pytest.mark.parametrize("shape", IN_TABLES)
def test_tables_are_in_the_readers_language(shape, room, name, language):
    made = made_up(**SHAPES[shape])
    table = laid_out(room, name, language, made, *given("TABLES", room, name, made))
    item = reader(made, language).word("item")  # an id, as the author chose it
    assert_readable(table.drop(columns=item, errors="ignore"), language)


@pytest.mark.parametrize(("room", "name"), cases("TABLES"))
def test_tidy_tables_are_not_changed(room, name):
    made = made_up()
    table, *more = given("TABLES", room, name, made)
    before = table.copy()
    laid_out(room, name, "zh", made, table, *more)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("room", "name"), cases("TABLES", "OF_YEARS"))
def test_tables_call_periods_with_labels_not_years(room, name, language):
    made = made_up(**PERIODS)
    for cell in cells(laid_out(room, name, language, made, *given("TABLES", room, name, made))):
        assert_of_periods(cell)


@pytest.mark.parametrize(("shape", "room", "name", "language"), list(varied()), ids=str)
def test_figures_draw_without_warnings_inside_the_page(shape, room, name, language):
    made = made_up(**SHAPES[shape])
    figure, texts = drawn(public(room, "figures")[name], made, language, *given("FIGURES", room, name, made), dots=50)
    assert_on_the_page(figure, texts, language)
    module = handed("FIGURES")[room, name].module
    if shape == "plain":
        assert getattr(module, "SAYS", {}).get((name, language), set()) <= set(labels(texts))
    if name in getattr(module, "NAMING_REGIONS", ()):
        assert set(made.regions[language]) <= set(labels(texts))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("regions", "groups", "crowd", "language"),
    [pytest.param(60, 6, 600, "zh", marks=pytest.mark.long), (200, 40, 150, "en")],
)
def test_every_figure_of_any_number_of_regions_is_on_its_page(regions, groups, crowd, language, monkeypatch):
    monkeypatch.setattr(sizes, "CROWD", crowd)  # thousands of regions would take minutes to make up
    made = made_up(regions=regions, groups=groups, years=12)
    cases = [(public(room, "figures")[name], given("FIGURES", room, name, made)) for room, name in handed("FIGURES")]
    spec = util.spec_from_file_location("drawn_apart", Path(__file__).with_name("test_figures.py"))
    apart = util.module_from_spec(spec)
    spec.loader.exec_module(apart)
    for case in apart.FIGURES.values():
        draw, *data = case(made)
        cases.append((draw, data))
    for draw, data in cases:
        figure, texts = drawn(draw, made, language, *data, dots=50)
        assert_on_the_page(figure, texts, language)
        assert figure.get_size_inches()[1] <= 1.04 * TALLEST, draw
        plt.close(figure)


@pytest.mark.parametrize("regions", [60, 90])
@pytest.mark.parametrize(
    ("room", "name", "data"),
    [
        ("indices", "heat_map", lambda m: (m.coordination[["region", "year", "coordination_degree"]],)),
        ("indices", "components", lambda m: (m.parts,)),
        ("indices", "regional_means", lambda m: (m.state[["region", "coordination_degree"]],)),
        ("spatial", "hot_spots", lambda m: (over_space(m).spots,)),
        ("diagnosis", "growth_contributions", None),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_figures_of_many_regions_name_them_all_on_one_page(room, name, data, regions):
    made = made_up(regions=regions, groups=6)
    shown = data(made) if data else given("FIGURES", room, name, made)
    figure, texts = drawn(public(room, "figures")[name], made, "en", *shown, dots=100)
    assert_on_the_page(figure, texts, "en")
    assert figure.get_size_inches()[1] <= 1.04 * TALLEST
    assert set(made.regions["en"]) <= set(labels(texts))
    for axis in figure.axes:
        names = [t for t in axis.get_yticklabels() if t.get_text() in set(made.regions["en"])]
        tops = sorted((t.get_window_extent().y0, t.get_window_extent().y1) for t in names)
        assert all(low >= high - 2 for (_, high), (low, _) in itertools.pairwise(tops))
