import io
import re
import warnings
from functools import partial
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import ROOT
from made_up import RAW_ID, last_year, made_up, of_subsystem, otherwise, over_space
from matplotlib import font_manager
from matplotlib.text import Text
from PIL import Image
from presented import handed, public
from shapely.geometry import Point

from coordination.errors import InputError
from coordination.indices import figures as indices_figures
from coordination.indices import panel
from coordination.locale import LANGUAGES
from coordination.presentation import locale
from coordination.presentation.reader import Reader
from coordination.presentation.style import (
    DOTS,
    FACES,
    QUADRANT_COLOURS,
    SHADES,
    VERDICT_COLOURS,
    close,
    place_labels,
    png,
    preview,
    raster,
    rendered,
    slim,
    spread,
    style,
)
from coordination.publishing.site.scoreboard import colours
from coordination.spatial import figures as spatial_figures

mpl.use("agg")
PACKAGE = ROOT / "src" / "coordination"

SHAPES = {
    "plain": {},
    "one-group": {"regions": 4, "groups": 1},
    "12-groups": {"regions": 24, "groups": 12},
    "one-year": {"years": 1},
    "17-years": {"years": 17},
    "25-regions": {"regions": 25, "groups": 3},
    "3-subsystems": {"subsystems": 3},
    "axes-at-zero": {"quadrants": "zero"},
    "two-sided": {"tail": "two-sided"},
    "less": {"tail": "less"},
}
# What a notebook hands to every figure.


def three_means(made):
    own = {s.id: of_subsystem(made, s) for s in made.study.subsystems}
    yearly = {i: t.yearly for i, t in own.items()} if made.study.comparable else {}
    return yearly, {i: t.by_group for i, t in own.items()}, {i: t.by_region[["region", "mean"]] for i, t in own.items()}


FIGURES = {
    "availability": lambda m: (indices_figures.availability, panel.availability(m.panel.filled)),
    "weights": lambda m: (indices_figures.weights, m.weights),
    "yearly_mean": lambda m: (indices_figures.yearly_mean, of_subsystem(m, m.study.subsystems[0]).yearly),
    "group_means": lambda m: (indices_figures.group_means, of_subsystem(m, m.study.subsystems[0]).by_group),
    "regional_means": lambda m: (
        indices_figures.regional_means,
        of_subsystem(m, m.study.subsystems[0]).by_region[["region", "mean"]],
    ),
    "means": lambda m: (indices_figures.means, *three_means(m)),
    "lines": lambda m: (indices_figures.lines, of_subsystem(m, m.study.subsystems[0]).scores),
    "heat_map": lambda m: (
        partial(indices_figures.heat_map, label="coordination_degree"),
        m.coordination[["region", "year", "coordination_degree"]],
    ),
    "coordination_map": lambda m: (indices_figures.coordination_map, m.state[["region", "coordination_degree"]], None),
    "coordination_map_polygons": lambda m: (
        indices_figures.coordination_map,
        m.state[["region", "coordination_degree"]],
        m.polygons,
    ),
    "cluster_map": lambda m: (
        spatial_figures.cluster_map,
        last_year(m)[["region", "quadrant_article", "significant_fdr"]],
        None,
    ),
    "cluster_map_polygons": lambda m: (
        spatial_figures.cluster_map,
        last_year(m)[["region", "quadrant", "significant_fdr"]],
        m.polygons,
    ),
    "components": lambda m: (indices_figures.components, m.parts),
    "moran_by_year": lambda m: (spatial_figures.moran_by_year, m.moran),
    "scatter": lambda m: (spatial_figures.scatter, last_year(m)),
    "gravity": lambda m: (spatial_figures.gravity, over_space(m).path, over_space(m).points, None),
    "gravity_polygons": lambda m: (
        spatial_figures.gravity,
        over_space(m).path,
        over_space(m).points,
        over_space(m).outlines,
    ),
    "association": lambda m: (spatial_figures.association, over_space(m).geary, over_space(m).bivariate),
    "hot_spots": lambda m: (spatial_figures.hot_spots, over_space(m).spots),
    "moran_change": lambda m: (spatial_figures.moran_change, over_space(m).changes, over_space(m).change),
}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "availability": ["17-years", "3-subsystems"],
    "weights": ["3-subsystems"],
    "yearly_mean": ["one-year", "17-years"],
    "group_means": ["one-group", "12-groups"],
    "regional_means": ["one-group", "12-groups", "25-regions"],
    "lines": ["one-group", "12-groups", "one-year", "25-regions"],
    "heat_map": ["one-group", "12-groups", "one-year", "17-years", "25-regions"],
    "coordination_map": ["25-regions"],
    "cluster_map": ["25-regions"],
    "cluster_map_polygons": ["25-regions"],
    "components": ["one-year", "25-regions"],
    "moran_by_year": ["one-year", "17-years", "25-regions", "two-sided", "less"],
    "scatter": ["25-regions", "axes-at-zero"],
    "gravity": ["one-year", "17-years", "25-regions"],
    "association": ["3-subsystems", "one-year", "17-years"],
    "hot_spots": ["one-year", "17-years", "25-regions"],
    "moran_change": ["25-regions", "17-years"],
}
NAMING_REGIONS = {n for n in FIGURES if n.startswith(("regional_", "lines", "heat_", "comp", "scatter", "published_"))}
NAMING_REGIONS |= {name for name in FIGURES if "_map" in name} | {"hot_spots"}
# What the plain study's figures must say, beyond the names of regions.
SAYS = {
    ("availability", "en"): {"no figures", "Indicator 1.2 B"},
    ("weights", "en"): {"System A", "System B", "Dimension C"},
    ("yearly_mean", "en"): {"Score, All parts"},
    ("yearly_mean", "zh"): {"综合指数，全体"},
    ("group_means", "en"): {"Part A", "Part B", "All parts"},
    ("lines", "zh"): {"部分1", "部分2"},
    ("heat_map", "en"): {"Coordination degree D"},
    ("coordination_map", "zh"): {"耦合协调度D"},
}
CASES = [("plain", name, language) for name in FIGURES for language in ("en", "zh")]
CASES += [(s, name, ("en", "zh")[k % 2]) for name, shapes in VARIATIONS.items() for k, s in enumerate(shapes)]


def drawn(name, made, language, dots=100):
    """Draw a figure and lay it out as for rendering, every warning an error; return it with the texts it shows."""
    draw, *data = FIGURES[name](made)
    with warnings.catch_warnings(), style(), mpl.rc_context({"figure.dpi": dots}):
        warnings.simplefilter("error")
        figure = draw(*data, Reader(made.study, made.regions, language))
        with mock.patch.object(Text, "draw", autospec=True, side_effect=Text.draw) as texts:
            figure.draw_without_rendering()
    shown = {id(call.args[0]): call.args[0] for call in texts.call_args_list}.values()
    return figure, [t for t in shown if t.get_visible() and t.get_text().strip()]


def labels(texts):
    return [t.get_text().replace("\n", " ") for t in texts]


def test_every_figure_function_is_drawn_here():
    elsewhere = {name for room, name in handed("FIGURES") if room in ("indices", "spatial")}
    here = {name.removesuffix("_polygons") for name in FIGURES}
    assert {*public("indices", "figures"), *public("spatial", "figures")} == here | elsewhere


@pytest.mark.parametrize(("shape", "name", "language"), CASES, ids=str)
def test_figures_draw_without_warnings_inside_the_page(shape, name, language):
    figure, texts = drawn(name, made_up(**SHAPES[shape]), language, dots=50)
    assert texts
    assert not [t for t in labels(texts) if re.search(RAW_ID, t) or "nan" in t.lower()]
    if language == "zh":
        assert not [t for t in labels(texts) if re.search("[A-Za-z]{3}", t)]
    made = made_up(**SHAPES[shape])
    if name in NAMING_REGIONS:
        named = set(made.regions[language]) & set(labels(texts))
        every = len(made.regions) <= 15 or name not in ("scatter", "coordination_map_polygons", "cluster_map_polygons")
        assert len(named) == len(made.regions) if every else len(named) < len(made.regions)
    if shape == "plain":
        assert SAYS.get((name, language), set()) <= set(labels(texts))
    width, height = figure.bbox.size
    slack = figure.dpi / 100  # pixels: a hundredth of an inch
    outside = [
        (t.get_text(), box.extents.round())
        for t in texts
        if min((box := t.get_window_extent()).min) < -slack or box.x1 > width + slack or box.y1 > height + slack
    ]
    assert not outside


def test_bars_are_as_long_as_their_values_and_say_so():
    made = made_up()
    figure, texts = drawn("regional_means", made, "en")
    means = of_subsystem(made, made.study.subsystems[0]).by_region.set_index("region")["mean"].sort_values()
    (axis,) = figure.axes
    assert [bar.get_width() for bar in axis.patches] == means.tolist()
    assert [t.get_text() for t in axis.get_yticklabels()] == made.regions["en"][means.index].tolist()
    assert {f"{mean:.3f}" for mean in means} <= set(labels(texts))


def test_bars_of_the_decomposition_add_up_to_the_total():
    made = made_up()
    (axis,) = drawn("components", made, "en")[0].axes
    totals = made.parts["total"].sort_values().to_numpy()
    ends = [bar.get_x() + bar.get_width() for bar in axis.patches]
    from_index, from_coupling = made.parts.sort_values("total")[["coordination_index", "coupling"]].to_numpy().T
    np.testing.assert_allclose(ends[:5], from_index)
    same_side = from_index * from_coupling > 0
    assert same_side.any()
    np.testing.assert_allclose(np.array(ends[5:])[same_side], totals[same_side])
    np.testing.assert_allclose(axis.lines[0].get_xdata(), totals)


@pytest.mark.parametrize(("language", "said"), [("en", "undefined (D = 0)"), ("zh", "无定义（D = 0）")])
@pytest.mark.parametrize("undefined", [[1, 3], range(5)], ids=["some", "all"])
def test_a_change_of_d_that_is_undefined_has_no_bar_and_is_marked(undefined, language, said):
    made = made_up()
    parts = made.parts.copy()
    parts[["coupling", "coordination_index", "total"]] = parts[["coupling", "coordination_index", "total"]].astype(
        float
    )
    parts.loc[list(undefined), ["coupling", "total"]] = [np.nan, -np.inf]
    made = SimpleNamespace(**vars(made) | {"parts": parts})
    figure, texts = drawn("components", made, language)
    (axis,) = figure.axes
    assert labels(texts).count(said) == len(undefined)
    assert set(made.regions[language]) <= set(labels(texts))
    lengths = np.array([bar.get_width() for bar in axis.patches]).reshape(2, -1)
    assert (lengths == 0).all(axis=0).sum() == len(undefined)
    assert not [t for t in labels(texts) if "inf" in t]


def test_a_scheme_is_compact_and_has_no_axes():
    made = made_up()
    regions = made.regions.drop(columns=["longitude", "latitude"])
    for name in ("coordination_map", "cluster_map"):
        figure, texts = drawn(name, SimpleNamespace(**vars(made) | {"regions": regions}), "en")
        assert figure.get_size_inches()[1] == pytest.approx(3.2)
        assert not [s for s in figure.axes[0].spines.values() if s.get_visible()]
        assert locale.words("en")["scheme"] in labels(texts)
        outside = [t for t in texts if not figure.bbox.padded(1).contains(*t.get_window_extent().min)]
        assert not outside


def test_panels_are_named_by_source_only_where_something_is_published():
    assert "recomputed from data" in labels(drawn("moran_by_year", made_up(), "en")[1])
    made = made_up(years=8, periods=True)
    assert "recomputed from data" not in labels(drawn("moran_by_year", made, "en")[1])


@pytest.mark.parametrize("name", ["yearly_mean", "lines"])
def test_a_break_is_marked_and_said_of_its_part_alone(name):
    made, own = made_up(), otherwise(made_up())
    draw, table = FIGURES[name](made)

    def marks(study, **part):
        with style():
            axes = draw(table, Reader(study, made.regions, "en"), **part).axes
        return {x for a in axes for line in a.lines if line.get_linestyle() == ":" for x in line.get_xdata()}

    assert marks(own.study) == marks(own.study, part="sys_0") == {2003}
    assert marks(own.study, part="sys_1") == marks(made.study) == set()
    said = {k: Reader(own.study, made.regions, k) for k in LANGUAGES}
    assert said["en"].breaks_marked("sys_0").endswith("a base changes: Indicator 1.1 A (2003).")
    assert said["zh"].breaks_marked("dim_0_0") == "点线标出基期改变的年份：指标1.1.1（2003）。"
    assert said["en"].breaks_marked("sys_1") == said["en"].breaks("dim_0_1") == ""
    assert Reader(made.study, made.regions, "en").breaks_marked() == ""
    marked = said["en"].caption("figure", "heat-map-coordination")
    assert marked.endswith("a base changes: Indicator 1.1 A (2003). n = 5, 2001–2003.")  # not those of breaks


def test_a_heat_map_marks_the_break_before_its_year():
    made, own = made_up(), otherwise(made_up())
    table = made.coordination[["region", "year", "coordination_degree"]]

    def marks(study, **part):
        with style():
            axis = indices_figures.heat_map(table, Reader(study, made.regions, "en"), **part).axes[0]
        return [line.get_xdata()[0] for line in axis.lines if line.get_linestyle() == ":"]

    assert marks(own.study) == marks(own.study, part="sys_0") == [2]  # the left edge of 2003, the third year
    assert marks(own.study, part="sys_1") == marks(made.study) == []


def test_a_single_year_is_a_mark_not_an_invisible_line():
    made = made_up(years=1)
    axes = drawn("lines", made, "en")[0].axes
    marks = [line for axis in axes for line in axis.lines]
    assert [line.get_marker() for line in marks] == ["o"] * 5
    assert not {line.get_marker() for axis in drawn("lines", made_up(), "en")[0].axes for line in axis.lines} & {"o"}


@pytest.mark.parametrize(("shape", "separators"), [("plain", 1), ("12-groups", 11), ("one-group", 0)], ids=str)
def test_heat_map_separates_the_groups(shape, separators):
    axis = drawn("heat_map", made_up(**SHAPES[shape]), "en")[0].axes[0]
    (drawn_lines,) = (c for c in axis.collections if isinstance(c, mpl.collections.LineCollection))
    assert len(drawn_lines.get_segments()) == separators


DOUBLED = "p, exact, twice the smaller tail"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        pytest.param(
            "plain",
            {"p, normal approximation, one-sided", "p, exact, one-sided", "p, exact, two-sided", DOUBLED},
            id="5",
        ),
        pytest.param("25-regions", {"p, normal approximation, one-sided", "p, permutation"}, id="25"),
        pytest.param(
            "two-sided", {"p, normal approximation, two-sided", "p, exact, two-sided", DOUBLED}, id="two-sided"
        ),
        pytest.param(
            "less",
            {"p, normal approximation, one-sided, less", "p, exact, one-sided, less", "p, exact, two-sided", DOUBLED},
            id="less",
        ),
    ],
)
def test_inference_that_is_drawn(shape, expected):
    shown = set(labels(drawn("moran_by_year", made_up(**SHAPES[shape]), "en")[1]))
    assert {t for t in shown if t.startswith("p, ")} == expected


def test_scatter_shows_axes_and_regions_that_depend_on_them():
    for quadrants, column in (("means", "quadrant_article"), ("zero", "quadrant")):
        made = made_up(regions=7, quadrants=quadrants, years=1)
        rows = last_year(made)
        depend = rows["quadrant"] != rows["quadrant_article"]
        assert depend.any()
        (axis,) = drawn("scatter", made, "en")[0].axes
        points = axis.collections[0]
        np.testing.assert_allclose(points.get_offsets(), rows[["z", "lag"]])
        white = (points.get_facecolors() == 1).all(axis=1)
        assert white.tolist() == depend.tolist()
        edges = [mpl.colors.to_hex(c) for c in points.get_edgecolors()]
        sure = rows["significant_fdr"]
        assert edges == [QUADRANT_COLOURS[q] if s else "#8a8a8a" for q, s in zip(rows[column], sure, strict=True)]
        crossing = rows["lag"].mean() if quadrants == "means" else 0
        assert axis.lines[0].get_ydata()[0] == pytest.approx(crossing)


def test_cluster_map_outlines_what_is_significant():
    made = made_up()
    table = last_year(made)[["region", "quadrant", "significant_fdr"]]
    table["significant_fdr"] = [True, False, False, True, False]
    table.loc[4, "quadrant"] = "none"
    with style():
        figure = spatial_figures.cluster_map(table[::-1], None, Reader(made.study, made.regions, "en"))
    points = figure.axes[0].collections[0]
    full = [mpl.colors.to_rgb(QUADRANT_COLOURS[q]) for q in table["quadrant"]]
    for face, colour, sure in zip(points.get_facecolors(), full, table["significant_fdr"], strict=True):
        np.testing.assert_allclose(face[:3], colour if sure else 0.75 + 0.25 * np.array(colour))
    assert [c.tolist() == [0, 0, 0, 1] for c in points.get_edgecolors()] == [True, False, False, True, False]
    assert "no neighbours" in {t.get_text() for t in figure.legends[0].get_texts()}


def test_an_island_moves_no_axis_of_the_scatter_plot():
    made = made_up()
    table = last_year(made).assign(lag=[0.4, 0.2, -0.3, 0.1, 0.0])
    table.loc[4, ["quadrant", "quadrant_article"]] = "none"
    with style():
        figure = spatial_figures.scatter(table, Reader(made.study, made.regions, "en"))
    assert figure.axes[0].lines[0].get_ydata()[0] == pytest.approx(0.1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_on_a_map_stand_inside_their_polygons(language):
    made = made_up()
    _, texts = drawn("coordination_map_polygons", made, language)
    place = {t.get_text(): t.get_position() for t in texts}
    for region, name in made.regions[language].items():
        assert made.polygons.geometry[region].contains(Point(place[name]))


@pytest.mark.parametrize("name", ["scatter", "heat_map", "cluster_map_polygons"])
def test_a_figure_is_the_same_bytes_every_time(name):
    made = made_up()
    (first, _), (again, _) = (drawn(name, made, "en") for _ in range(2))
    with style():
        svg, dots = (rendered(first, ending) for ending in ("svg", "png"))
        assert rendered(first, "svg") == svg
        assert [rendered(again, ending) for ending in ("svg", "png")] == [svg, dots]


def test_pictures_hold_neither_date_nor_software_and_no_fonts():
    figure, _ = drawn("yearly_mean", made_up(), "zh")
    with style():
        svg, dots = rendered(figure, "svg"), rendered(figure, "png")
    assert svg.startswith(b"<?xml")
    for word_ in (b"<dc:date", b"Matplotlib", b"<text", b"font-family", str(ROOT).encode()):
        assert word_ not in svg
    with Image.open(io.BytesIO(dots)) as picture:
        assert picture.size == (2100, 870)  # 7.0 by 2.9 inches with 300 dots each
        assert set(picture.info) == {"dpi"}
        assert round(picture.info["dpi"][0]) == 300


def test_previews_are_half_as_large_and_close_in_colour():
    figure, _ = drawn("heat_map", made_up(), "zh")
    with style():
        dots = raster(figure)
    small = preview(dots)
    assert small == preview(dots)
    assert len(small) < len(png(dots)) / 2
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.size == tuple(-(-side // 2) for side in dots.size)
        away = np.abs(np.asarray(picture.convert("RGB"), int) - np.asarray(dots.reduce(2), int)).max(axis=2)
    assert (away > 5).mean() < 0.03
    assert away.max() < 60


def test_a_png_holds_the_dots_that_matplotlib_saves():
    figure, _ = drawn("scatter", made_up(), "zh")  # narrower than a page, not by whole dots
    buffer = io.BytesIO()
    with style():
        picture = rendered(figure, "png")
        figure.savefig(buffer, format="png", dpi=DOTS)
    with Image.open(io.BytesIO(picture)) as ours, Image.open(buffer) as theirs:
        assert np.asarray(theirs)[..., 3].min() == 255
        assert ours.mode == "L"
        assert np.array_equal(np.asarray(ours.convert("RGB")), np.asarray(theirs)[..., :3])


def test_a_png_with_a_single_dot_of_colour_keeps_it():
    dots = Image.new("RGB", (40, 30), "white")
    dots.info["dpi"] = (DOTS, DOTS)
    dots.putpixel((7, 8), (200, 200, 201))
    with Image.open(io.BytesIO(png(dots))) as picture:
        assert picture.mode == "P"
        assert np.array_equal(np.asarray(picture.convert("RGB")), np.asarray(dots))


def test_a_png_of_many_shades_gets_the_nearest_256():
    figure, _ = drawn("heat_map", made_up(), "en")
    with style():
        dots = raster(figure)
    assert dots.getcolors(1000) is None
    with Image.open(io.BytesIO(png(dots))) as picture:
        assert len(picture.getcolors()) <= 256
        away = np.abs(np.asarray(picture.convert("RGB"), int) - np.asarray(dots, int)).max(axis=2)
    assert (away > 12).mean() < 0.01
    assert np.median(away) == 0


def test_a_drawing_is_slimmer_and_the_same_to_the_eye():
    figure, _ = drawn("scatter", made_up(), "zh")
    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    before, after = buffer.getvalue(), slim(buffer.getvalue())
    assert len(after) < 0.85 * len(before)
    assert slim(after) == after
    assert re.findall("<!--(.*?)-->", after) == re.findall("<!--(.*?)-->", before)  # the words
    used, there = set(re.findall(r'href="#([^"]+)"', after)), re.findall(r' id="([^"]+)"', after)
    assert used <= set(there)
    assert len(there) == len(set(there))
    numbers = [
        [float(x) for d in re.findall(r' d="([^"]*)"', s) for x in re.findall(r"-?[\d.]+", d)] for s in (before, after)
    ]
    assert np.allclose(*numbers, rtol=0, atol=0.0051)


def test_a_figure_is_laid_out_once_for_all_formats(monkeypatch):
    figure, _ = drawn("scatter", made_up(), "en")
    with style():
        figure.set_layout_engine("constrained")
        rounds, execute = [], mpl.layout_engine.ConstrainedLayoutEngine.execute
        monkeypatch.setattr(
            mpl.layout_engine.ConstrainedLayoutEngine, "execute", lambda *a: (rounds.append(1), execute(*a))
        )
        for ending in ("svg", "png", "svg"):
            rendered(figure, ending)
    assert len(rounds) == 1


def test_the_style_ends_where_it_should_and_a_missing_glyph_stops_the_figure():
    before, figure = dict(mpl.rcParams), plt.figure()
    figure.text(0.5, 0.5, "耦合协调度 −½ \U0010fffd")
    with pytest.raises(InputError, match="missing from font"), style():
        rendered(figure, "png")
    assert dict(mpl.rcParams) == before


def test_closing_releases_the_figure():
    figure, _ = drawn("yearly_mean", made_up(), "en")
    assert figure.number in plt.get_fignums()
    close(figure)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("values", "gap"),
    [
        pytest.param([0.5, 0.5, 0.5], 0.1, id="all-the-same"),
        pytest.param([0.0, 0.01, 0.02, 0.9], 0.1, id="at-the-bottom"),
        pytest.param([0.3, 0.1, 0.2], 0.1, id="far-enough"),
    ],
)
def test_labels_at_line_ends_are_moved_apart_in_order(values, gap):
    placed = spread(np.array(values), gap)
    order = np.argsort(values, kind="stable")
    assert (np.diff(placed[order]) >= gap - 1e-6).all()
    assert placed.min() >= 0
    if (np.diff(np.sort(values)) >= gap - 1e-9).all():
        assert placed.tolist() == values


def test_significant_spots_are_outlined():
    made = made_up()
    spots = over_space(made).spots.assign(significant_fdr=False)
    spots.loc[[1, 7], "significant_fdr"] = True
    with style():
        figure = spatial_figures.hot_spots(spots, Reader(made.study, made.regions, "en"))
    outlines = [p for p in figure.axes[0].patches if isinstance(p, mpl.patches.Rectangle)]
    places = {(int(p.get_x()), int(p.get_y())) for p in outlines}
    assert places == {(0, 1), (1, 2)}  # rows 1 and 7 of five regions a year
    assert f"{spots['g_star'][1]:.2f}".replace("-", "−") in {t.get_text() for t in figure.axes[0].texts}


def test_bars_of_the_change_add_up_to_the_whole_and_to_p():
    made = made_up()
    over = over_space(made)
    figure, _ = drawn("moran_change", made, "en")
    for axis, row in zip(figure.axes, over.change.to_dict("records"), strict=True):
        heights = {}
        for bar in axis.patches:
            colour = mpl.colors.to_hex(bar.get_facecolor())
            heights[colour] = heights.get(colour, 0) + bar.get_height()
            if colour != SHADES[3] and bar.get_height():
                assert bar.get_x() + bar.get_width() <= row["change"] + 1e-6
        assert sum(heights.values()) == pytest.approx(100)
        assert 100 - heights[SHADES[3]] == pytest.approx(100 * row["p_less"])
        assert axis.lines[0].get_xdata()[0] == row["change"]


@pytest.mark.parametrize(("alike", "years"), [(0, {"2001", "2003"}), (0.05, {"2001, and 2003 all but the same"})])
def test_ellipses_stand_at_the_centres_and_point_along_the_bearing(alike, years, monkeypatch):
    monkeypatch.setattr(spatial_figures, "ALIKE", alike)
    made = made_up()
    over = over_space(made)
    figure, _ = drawn("gravity", made, "en")
    shapes = [p for p in figure.axes[0].patches if isinstance(p, mpl.patches.Ellipse)]
    ends = over.path.iloc[[0, -1]].to_dict("records")[-len(years) :]
    assert len(shapes) == len(years)
    for shape, row in zip(shapes, ends, strict=True):
        outline = shape.get_transform().inverted().transform(shape.get_verts())
        np.testing.assert_allclose(np.hypot(*outline.T), 1, atol=0.01)
        away = figure.axes[0].transData.inverted().transform(shape.get_verts()) - [row["x"], row["y"]]
        reach = np.hypot(*away.T)
        assert reach.max() == pytest.approx(row["major"], rel=1e-3)
        east, north = away[reach.argmax()]
        assert np.degrees(np.arctan2(east, north)) % 180 == pytest.approx(row["bearing"], abs=1)
    assert years == {t.get_text() for t in figure.axes[0].get_legend().get_texts()}


def test_figures_fall_back_glyph_by_glyph_on_faces_of_the_lock():
    with style():
        figure = plt.figure(layout="none")
        label = figure.text(0.5, 0.5, "PM₂.₅ 10⁴ Łódź Muğla Şırnak Žilinský 漯河")
        found = [font_manager.findfont(name) for name in label.get_fontfamily()]
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg")
        svg = buffer.getvalue()
    assert [Path(f) for f in found] == [Path(str(f)) for f in FACES]
    assert {*re.findall('path id="([A-Za-z]+)', svg)} == {"NotoSansCJKsc", "DejaVuSans"}


def luminance(colour):
    channels = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# Machado, Oliveira and Fernandes (2009), severity 1: who does not see red, green or blue
BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def test_colours_of_verdicts_are_those_of_the_site_and_can_be_told_apart_by_everyone():
    css = colours()
    light, dark, automatic = css.strip().split("\n")
    for verdict, colour in VERDICT_COLOURS.items():
        name = verdict.replace(" ", "-")
        assert f"--fill-{name}: {colour};" in light
        assert f"--verdict-{name}: {colour};" in light
        assert contrast(colour, "white") >= 4.5
        lighter = re.search(rf"--verdict-{name}: (#\w+);", dark)[1]
        assert f"--verdict-{name}: {lighter};" in automatic
        assert contrast(lighter, "#131416") >= 4.5
    seen = {k: np.array(mpl.colors.to_rgb(c)) ** 2.2 for k, c in VERDICT_COLOURS.items() if k != "not testable"}
    for matrix in (np.eye(3), *map(np.array, BLIND.values())):
        as_seen = {k: np.clip(matrix @ c, 0, 1) ** (1 / 2.2) for k, c in seen.items()}
        for one, other in combinations(as_seen.values(), 2):
            assert np.linalg.norm(one - other) > 0.22


def test_labels_cover_no_point_and_no_text_where_not_every_point_is_labelled():
    random = np.random.default_rng(4)
    x, y = random.normal(size=(2, 60))
    with style():
        figure, axis = plt.subplots(figsize=(5, 4))
        axis.scatter(x, y)
        corner = axis.annotate("a corner", (1, 1), xycoords="axes fraction", ha="right", va="top")
        far = np.argsort(-(x**2 + y**2))[:25]
        place_labels(axis, x, y, {k: f"Region {k}" for k in far}, 8, (1.2, 1.6))
        points = axis.transData.transform(np.column_stack([x, y]))
        labels = [text for text in axis.texts if text is not corner]
        assert 8 <= len(labels) < len(far)
        for text in labels:
            box = text.get_window_extent()
            own = int(text.get_text().split()[1])
            inside = ((points > box.min) & (points < box.max)).all(axis=1)
            assert set(np.flatnonzero(inside)) <= {own}
            assert not box.overlaps(corner.get_window_extent())
        for line in axis.lines:  # leaders
            path = axis.transData.transform(np.linspace(*line.get_xydata(), 200))
            near = np.hypot(*(points[:, None] - path).transpose(2, 0, 1)).min(axis=1) < 7.9
            assert near.sum() == 1
        plt.close(figure)
