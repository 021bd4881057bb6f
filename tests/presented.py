"""What a reader sees of a made-up study: sentences, tables and figures of a room, and what all of them must hold to."""

import re
import warnings
from functools import cache
from importlib import import_module, util
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import matplotlib as mpl
from made_up import RAW_ID
from matplotlib.text import Text

from coordination.presentation.reader import Reader
from coordination.presentation.style import style

SHAPES = {
    "plain": {},
    "one-group": {"regions": 4, "groups": 1},
    "12-groups": {"regions": 24, "groups": 12},
    "one-year": {"years": 1},
    "17-years": {"years": 17},
    "25-regions": {"regions": 25, "groups": 3},
    "3-subsystems": {"subsystems": 3},
    "two-sided": {"tail": "two-sided"},
    "scales-of-their-own": {"normalisation": "year"},
}
IN_WORDS = (  # that sentences depend on
    "plain", "one-group", "one-year", "25-regions", "3-subsystems", "two-sided", "scales-of-their-own"
)  # fmt: skip
IN_TABLES = tuple(shape for shape in IN_WORDS if shape != "two-sided")
PERIODS = {"years": 8, "periods": True}


ROOMS = ("indices", "spatial", "dynamics", "diagnosis", "robustness", "replication")
MODULES = {"SENTENCES": "facts", "TABLES": "tables", "FIGURES": "figures"}


def reader(made, language):
    return Reader(made.study, made.regions, language)


def public(room, module):
    """Functions of a module of a room, by name."""
    whole = f"coordination.{room}.{module}"
    every = vars(import_module(whole)).items()
    return {n: f for n, f in every if getattr(f, "__module__", "") == whole and not n.startswith("_")}


@cache
def handed(kind):
    """What notebooks hand to every sentence, table or figure, as the test modules of the rooms say.

    A test module of `tests/<room>/` says it for its room, in a dictionary called `SENTENCES`, `TABLES` or `FIGURES`; so
    all cases of a section may stand in one module. What all rooms share stands in `tests/presentation/`.

    Returns
    -------
    dict
        From (room, name) to what a made-up study hands over, and to the test module.
    """
    found = {}
    for file in sorted(Path(__file__).parent.glob("*/test_*.py")):
        folder = file.parent.name
        shared = folder == "presentation" and kind != "FIGURES"  # those of indices and spatial, in `test_figures`
        if not (folder in ROOMS or shared) or f"\n{kind} = {{" not in file.read_text(encoding="utf-8"):
            continue
        spec = util.spec_from_file_location(f"handed_{folder}_{file.stem}", file)
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, data in getattr(module, kind).items():
            room = folder if folder in ROOMS else next(r for r in ROOMS if name in public(r, MODULES[kind]))
            assert (room, name) not in found, f"{file}: {name} is there twice"
            found[room, name] = SimpleNamespace(given=data, module=module)
    return found


def given(kind, room, name, made):
    """What a made-up study hands to a sentence, a table or a figure, as a tuple."""
    data = handed(kind)[room, name].given(made)
    return data if isinstance(data, tuple) else (data,)


# Sentences


def said(room, sentence, language, made, *data):
    """Facts of a room in a sentence; what facts ask for beyond the data is the study's."""
    facts = public(room, "facts")[sentence]
    setting = {"study": made.study, "inference": made.study.autocorrelation}
    more = [setting[p] for p in list(signature(facts).parameters)[len(data) :] if p in setting]
    return reader(made, language).say(room, sentence, **facts(*data, *more))


def assert_whole(text, language):
    """A sentence has an end, no ids, no traces of Python and nothing of another language."""
    text = text.strip()
    assert not re.search(RAW_ID, text)
    assert not re.search(r"\b(nan|None|True|False)\b|[{}]|  |(?<!\d)-\d", text)
    if language == "en":
        assert text.endswith(".")
        assert not re.search("[\u4e00-\u9fff]", text)
        assert not re.search(r"\b1 (years|regions|indicators)\b|\bD\b\w|published d\b", text)
    else:
        assert text.endswith("。")
        assert not re.search("[A-Za-z]{4}", text)


def assert_of_periods(text):
    """Nothing is called a year where a study has periods with labels."""
    assert not re.search("(?i)year|annual|年|  ", text)


# Tables


def laid_out(room, layout, language, made, *data):
    return public(room, "tables")[layout](*data, reader(made, language))


def cells(table, leave_out=()):
    return [str(c) for column in table if column not in leave_out for c in (column, *table[column])]


def assert_readable(table, language, leave_out=()):
    """A table has words in its language, no ids and no traces of Python."""
    assert len(table)
    assert list(table.columns) == [str(c) for c in table.columns]
    assert table.columns.is_unique
    shown = cells(table, leave_out)
    assert not [c for c in shown if re.search(RAW_ID, c)]
    assert not [c for c in shown if re.search(r"(?i)\b(nan|none|nat|inf|true|false)\b", c)]
    assert not [c for c in shown if re.search(r"(^|\s)-\d", c)]  # a hyphen for a minus
    other = "[A-Za-z]{4}" if language == "zh" else "[\u4e00-\u9fff]"
    assert not [c for c in shown if re.search(other, c)]


# Figures


def drawn(draw, made, language, *data, dots=100):
    """Draw a figure and lay it out as for rendering, every warning an error; return it with the texts it shows."""
    with warnings.catch_warnings(), style(), mpl.rc_context({"figure.dpi": dots}):
        warnings.simplefilter("error")
        figure = draw(*data, reader(made, language))
        figure.draw_without_rendering()  # lays out
        with mock.patch.object(Text, "draw", autospec=True, side_effect=Text.draw) as texts:
            figure.draw_without_rendering()
    shown = {id(call.args[0]): call.args[0] for call in texts.call_args_list}.values()
    return figure, [t for t in shown if t.get_visible() and t.get_text().strip()]


def labels(texts):
    return [t.get_text().replace("\n", " ") for t in texts]


def assert_on_the_page(figure, texts, language):
    """A figure shows texts in its language, no ids, and none of them beyond its edges."""
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
