"""What every sentence, table and figure must be for its readers, whatever the study's shape."""

import re
import warnings
from types import FunctionType
from unittest import mock

import matplotlib as mpl
from made_up import RAW_ID
from matplotlib.text import Text

from coordination.presentation.style import style

CHINESE = "[\u4e00-\u9fff]"
SHAPES = {
    "plain": {},
    "one-group": {"regions": 4, "groups": 1},
    "one-year": {"years": 1},
    "25-regions": {"regions": 25, "groups": 3},
    "3-subsystems": {"subsystems": 3},
}
PERIODS = {"years": 8, "periods": True}


def public(module):
    """Names of the functions that a module defines for others."""
    own = {n: f for n, f in vars(module).items() if isinstance(f, FunctionType) and f.__module__ == module.__name__}
    return {n for n in own if not n.startswith("_")}


def check_sentence(text, language):
    """A sentence is whole and in its language."""
    assert text.strip()
    assert not re.search(RAW_ID, text)
    assert not re.search(r"\b(nan|None|True|False)\b|[{}]|  |(?<!\d)-\d", text)
    if language == "en":
        assert text.endswith(".")
        assert not re.search(CHINESE, text)
        assert not re.search(r"\b1 (years|regions|indicators)\b|\bD\b\w|published d\b", text)
    else:
        assert text.endswith("。")
        assert not re.search("[A-Za-z]{4}", text)


def cells(table):
    """Heads and cells of a laid out table."""
    return [str(c) for column in table for c in (column, *table[column])]


def check_table(table, language):
    """Readers of a table see words in their language."""
    assert len(table)
    assert list(table.columns) == [str(c) for c in table.columns]
    assert table.columns.is_unique
    shown = cells(table)
    assert not [c for c in shown if re.search(RAW_ID, c)]
    assert not [c for c in shown if re.search(r"(?i)\b(nan|none|nat|inf|true|false)\b", c)]
    assert not [c for c in shown if re.search(r"(^|\s)-\d", c)]  # a hyphen for a minus
    assert not [c for c in shown if re.search("[A-Za-z]{4}" if language == "zh" else CHINESE, c)]


def drawn(draw, *data, reader, dots=100):
    """Draw a figure and lay it out as for rendering, every warning an error; return it with the texts it shows."""
    with warnings.catch_warnings(), style(), mpl.rc_context({"figure.dpi": dots}):
        warnings.simplefilter("error")
        figure = draw(*data, reader)
        figure.draw_without_rendering()  # lays out
        with mock.patch.object(Text, "draw", autospec=True, side_effect=Text.draw) as texts:
            figure.draw_without_rendering()
    shown = {id(call.args[0]): call.args[0] for call in texts.call_args_list}.values()
    return figure, [t for t in shown if t.get_visible() and t.get_text().strip()]


def labels(texts):
    """What texts of a figure say, a line each."""
    return [t.get_text().replace("\n", " ") for t in texts]


def check_figure(figure, texts, language):
    """Texts of a figure are in the reader's language and inside the page."""
    assert texts
    assert not [t for t in labels(texts) if re.search(RAW_ID, t) or "nan" in t.lower()]
    if language == "zh":
        assert not [t for t in labels(texts) if re.search("[A-Za-z]{3}", t)]
    width, height = figure.bbox.size
    slack = figure.dpi / 100  # pixels: a hundredth of an inch
    outside = [
        (t.get_text(), box.extents.round())
        for t in texts
        if min((box := t.get_window_extent()).min) < -slack or box.x1 > width + slack or box.y1 > height + slack
    ]
    assert not outside
