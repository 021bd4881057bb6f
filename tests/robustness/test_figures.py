from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from made_up import made_up, varied
from presented import SHAPES, assert_on_the_page, drawn, labels

from coordination.locale import LANGUAGES
from coordination.presentation.reader import Reader
from coordination.robustness import coherence, figures, variants
from coordination.spatial import neighbours

mpl.use("agg")


def compared(m):
    weights = neighbours.build(m.study.spatial_weights, m.regions)
    return variants.region_years(m.panel.values, m.study), variants.compare(m.panel.values, m.study, weights)


# What a notebook hands to every figure.
FIGURES = {
    "specification_curve": lambda m: (*varied(m).curve, varied(m).made.mean[0]),
    "rank_intervals": lambda m: (varied(m).ranks,),
    "sensitivity": lambda m: (varied(m).shares,),
    "correlations": lambda m: (coherence.correlations(m.panel.values, m.study),),
    "effective_weights": lambda m: (varied(m).indicators,),
    "level_flips": lambda m: (varied(m).flips,),
    "variants": compared,
}
DRAWN_APART = {"variants"}  # in more shapes, below
SHAPES = SHAPES | {"25 regions, 17 years": {"regions": 25, "years": 17, "groups": 3}}
# Shapes beyond the plain one that mean something to a figure.
VARIATIONS = {
    "specification_curve": ["3-subsystems"],
    "rank_intervals": ["25-regions", "one-year"],
    "effective_weights": ["3-subsystems"],
    "correlations": ["3-subsystems"],
}
# What the plain study's figures must say.
SAYS = {
    ("effective_weights", "en"): {"System A", "Indicator 1.1 A", "Effective weight"},
    ("correlations", "zh"): {"指标1.1.1  1", "相关系数r"},
    ("rank_intervals", "en"): {"Region A", "errors in weights"},
    ("sensitivity", "zh"): {"各地区D", "子系统权数"},
}


def shown(name, made, language, dots=100):
    return drawn(getattr(figures, name), made, language, *FIGURES[name](made), dots=dots)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_strips_of_variants_are_inside_the_page_and_nothing_overlaps(shape, language):
    made = made_up(**SHAPES[shape])
    figure, texts = shown("variants", made, language)
    assert_on_the_page(figure, texts, language)
    _, table = compared(made)
    said, of = labels(texts), len(made.coordination)
    reader = Reader(made.study, made.regions, language)
    assert {reader.word(f"variant_{v.id}") for v in variants.variants(made.study)[1:]} <= set(said)
    assert [t for t in said if t.endswith(f"/ {of}")] == [f"{k} / {of}" for k in table["flips"][1:]]
    boxes = zip(said, (t.get_window_extent() for t in texts), strict=True)
    assert not [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def test_marks_are_where_the_changes_are_and_look_like_their_level():
    made = made_up()
    changes, table = compared(made)
    figure = figures.variants(changes, table, Reader(made.study, made.regions, "en"))
    marks = [c for c in figure.axes[0].collections if isinstance(c, mpl.collections.PathCollection)]
    others = changes[changes["variant"] != "own"]
    for collection, level in zip(marks, ("same", "other"), strict=True):
        np.testing.assert_allclose(collection.get_offsets()[:, 0], others.loc[others["level"] == level, "change"])
    rows = np.concatenate([c.get_offsets()[:, 1] for c in marks])
    assert rows.min() > -0.5
    assert len(set(np.round(rows))) == len(table) - 1
