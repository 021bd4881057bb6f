"""A table becomes HTML in one way."""

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from coordination.presentation import html


def test_a_table_is_escaped_whatever_it_holds():
    shown = pd.DataFrame({"a < b": ["<b>", " x & y "], "n": [1, np.nan]})
    text = html.table(shown, 'p < 0.05 "one-sided"')
    assert "<caption>p &lt; 0.05 &#34;one-sided&#34;</caption>" in text
    assert "<th>a &lt; b</th>" in text
    assert "<td>&lt;b&gt;</td>" in text
    assert "<td>x &amp; y</td>" in text
    assert '<td class="number">–</td>' in text


def test_a_table_has_the_rows_and_cells_that_pandas_writes():
    shown = pd.DataFrame({"Region": ["Gansu", "Henan"], "D": ["0.357", "–"]})
    assert html.table(shown).replace(' class="number"', "") == shown.to_html(index=False, border=0, justify="left")
    assert html.table(shown.iloc[:0]).count("<tr") == 1


@pytest.mark.parametrize(
    ("cells", "number"),
    [
        (["0.357", "–"], True), (["−12,345.6", "12%"], True), (["<0.001", "0.04**", ""], True), (["3", "three"], False),
        (["13–245", "1–2"], False), (["–", ""], False), (["2020Q1", "2020Q2"], False),
    ],
)  # fmt: skip
def test_columns_of_numbers_are_marked_but_not_the_first(cells, number):
    text = html.table(pd.DataFrame({"Year": ["2013", "2014", "2015"][: len(cells)], "D": cells}))
    assert ('<th class="number">D</th>' in text, text.count('<td class="number">')) == (number, number * len(cells))
    assert "<th>Year</th>" in text


def test_a_caption_that_is_markup_stays_so_and_cells_are_as_asked():
    text = html.table(
        pd.DataFrame({"a": ["x"]}), Markup("<i>c</i>"), ("many",), lambda cell: Markup("<b>{}</b>").format(cell)
    )
    assert '<table class="many">' in text
    assert "<caption><i>c</i></caption>" in text
    assert "<td><b>x</b></td>" in text


def test_a_page_names_its_language():
    page = html.page(pd.DataFrame({"a": ["x"]}), "Caption", "zh")
    assert page.startswith('<!DOCTYPE html>\n<html lang="zh">')
    assert page.endswith("</table>\n</body>\n</html>\n")
    assert "<title>Caption</title>" in page
    assert "default-src 'none'" in page


def test_a_fact_that_a_template_does_not_get_is_an_error(tmp_path):
    (tmp_path / "a.html").write_text("{{ absent }}")
    with pytest.raises(UndefinedError):
        html.environment(tmp_path).get_template("a.html").render()
