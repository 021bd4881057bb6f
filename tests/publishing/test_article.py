"""The paper as a page: links of its numbers, what they show, and that texts stay texts."""

import inspect
import json
import re
import shutil

import pytest
from conftest import ROOT

from coordination.errors import InputError
from coordination.indices import coupling
from coordination.publishing.paper import page, word
from coordination.publishing.site import article

ALLOWED = (60, 2 << 30)
TEXT = """
= Results <sec-results>
#link("site/en/results.html#sentence.s")[From 2013 to 2020Q1 it rose from −0.357 to 1,554 (5%), 1/(n − 1), of 10 000.]
#link("site/en/results.html#paper.t")[It rose in seven.] At #link("site/en/results.html#local.x")[0.997] of @fig-a.
See @eq-e, #link("supplement.en.pdf#sup-data")[the supplement], @moran1950 and @sec-results.

$ D = sqrt(C T) $ <eq-e>

#figure(kind: image, caption: [⟦fig-a⟧#link("site/en/figures.html#figure-a")[_D_ in 2 maps.]], image("a.png")) <fig-a>
"""


def written(folder, text):
    """What pandoc reads of a text, and the page that it becomes."""
    for file in (ROOT / "paper").glob("references*.bib"):
        shutil.copy(file, folder)
    front = {"authors": [["Ada", ""]], "date": "today", "names": ["2013", "County 086", "level 2"]}
    (folder / "front.json").write_text(json.dumps(front), encoding="utf-8")
    (folder / "word.typ").write_text(text, encoding="utf-8")
    tree = word.read(folder, ALLOWED)
    return tree, json.loads(page.page(folder, (tree, tree), "en", "en", ALLOWED))


def test_every_number_of_a_text_leads_to_its_origin(tmp_path):
    _, made = written(tmp_path, TEXT + '\n#bibliography("references.bib")\n')
    headings = [p for p in made["paper"] if isinstance(p, list)]
    assert headings == [[1, "sec-results", "1 Results"], [1, "", "References"]]
    text = made["paper"][1]
    led = re.findall(r'<a href="results.html#([\w.]+)" class="origin( mark)?">([^<]*)</a>', text)
    assert led == [
        *(("sentence.s", "", number) for number in ("−0.357", "1,554", "5%", "10 000")),
        ("paper.t", " mark", "°"), ("local.x", "", "0.997"),
    ]  # fmt: skip
    assert '<!--figure a-->\n<a href="figures.html#figure-a" class="origin"><strong>Figure 1</strong></a> ' in text
    assert "<em>D</em> in 2 maps.\n<!--end-->" in text
    for target, said in (("#fig-a", "Figure 1"), ("#eq-e", "Equation (1)"), ("#sec-results", "Section 1"),
                         ("supplement.html#sup-data", "the supplement")):  # fmt: skip
        assert f'<a href="{target}">{said}</a>' in text
    assert re.search('<span id="eq-e" class="equation"><math display="block".*<span class="number">.1.</span>', text)
    assert re.search('<a href="#ref-moran1950"[^>]*>.1.</a>', text)
    assert 'id="ref-moran1950"' in made["paper"][3]


def test_digits_of_names_and_years_are_no_numbers(tmp_path):
    said = "Without County 086 it falls from Level 2 to 2.5 in 2013, of 2,013 by 0.2013; County 0861 has 86."
    _, made = written(tmp_path, f'#link("site/en/results.html#sentence.s")[{said}]\n')
    led = re.findall(r'class="origin">([^<]*)</a>', made["paper"][0])
    assert led == ["2.5", "2,013", "0.2013", "0861", "86"]
    assert re.sub("<[^>]*>", "", made["paper"][0]).strip() == said


def test_what_stands_in_the_supplement_has_numbers_of_its_own(tmp_path):
    _, made = written(tmp_path, TEXT + '\n#bibliography("references.bib")\n')
    headings = [p for p in made["supplement"] if isinstance(p, list)]
    assert headings == [[1, "sec-results", "S1 Results"], [1, "", "References"]]
    text = made["supplement"][1]
    assert '<!--figure a-->\n<a href="figures.html#figure-a" class="origin"><strong>Figure S1</strong></a> ' in text
    for target, said in (("#fig-a", "Figure S1"), ("#eq-e", "Equation (S1)"), ("#sec-results", "Section S1")):
        assert f'<a href="{target}">{said}</a>' in text
    assert '<span class="number">(S1)</span>' in text
    heading = "= Data <sup-data>\nText.\n"
    assert written(tmp_path, heading)[1]["supplement"][0] == [1, "sup-data", "S1 Data"]


def test_word_has_no_links_to_the_site(tmp_path):
    tree, _ = written(tmp_path, TEXT)
    kept = word.linked(tree["blocks"], lambda link: link["c"][1] if link["c"][2][0].startswith("site/") else None)
    assert "site/" not in json.dumps(kept)
    assert {"t": "Str", "c": "⟦fig-a⟧"} in next(b for b in kept if b["t"] == "Figure")["c"][1][1][0]["c"]
    assert "supplement.en.pdf" in json.dumps(kept)


def test_what_a_text_of_a_study_tries_is_text(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    folder = tmp_path / "here"
    (folder / "study").mkdir(parents=True)
    (folder / "study" / "own.png").write_bytes(b"own")
    (folder / "own.svg").write_bytes(b"<svg/>")
    tried = """
    #link("javascript:hack(1)")[a] #link("site/../../x.html")[b] #link("file:///etc/passwd")[c] #link("x.html")[d]
    #link("site/en/results.html#sentence.\\"><script>hack(2)</script>")[Of 12 <script>hack(3)</script>]
    #raw("<script>hack(4)</script>", lang: "html") `<img src=x onerror=hack(5)>`
    <!--figure a--> <!--end-->
    #image("../secret.png") #image("own.png") #image("own.svg") #image("https://evil.invalid/x.png")
    """
    _, made = written(folder, tried)
    text = "".join(p for p in made["paper"] if isinstance(p, str))
    assert "<script" not in text
    assert "<!--" not in text
    assert "&lt;script&gt;hack(4)" in text
    assert re.findall('<img[^>]* src="([^"]*)"', text) == [
        "data:image/png;base64,b3du",
        "data:image/svg+xml;base64,PHN2Zy8+",
    ]
    assert not re.search("<(embed|object|iframe)", text)
    links = re.findall('href="([^"]*)"', text)
    assert [link for link in links if not link.startswith("results.html#")] == []


# On the site

NASTY = "<script>alert(\"x\")</script> & 'y'"


@pytest.fixture
def paper(material):
    """The same with a paper that quotes all there is, and whose table stands in a section of its own."""
    led = '<a href="{}" class="origin">{}</a>'
    said = f"{led.format('results.html#sentence.s', '0.123')} and {led.format('results.html#sentence.s', '7')}"
    parts = [
        [1, "sec-a", "1 Results & <b>"],
        f'<p id="p"><span class="said">It is {said}.</span> At {led.format("results.html#local.x", "0.123")}.</p>',
        f"<!--figure scatter-->\n{led.format('figures.html#figure-scatter', '<b>Figure 1</b>')} A\n<!--end-->",
        f"<!--table levels-->\n<p>{led.format('tables.html#table-levels', '<b>Table 1</b>')} B</p>\n<!--end-->"
        "<table><tbody><tr><td>seed</td></tr></tbody></table>",
    ]
    material.paper["en"] |= {"authors": [[NASTY, "Home"]], "date": "today", "paper": parts}
    return material


def shown(material, folder):
    """The page as Markdown, and what its numbers show."""
    text = article.article(material, "en", folder)
    return text, json.loads((folder / "origins-paper.js").read_text(encoding="utf-8")[len("window.origins = ") : -2])


def test_a_page_has_its_figures_and_tables_with_the_numbers_of_the_paper(paper, tmp_path):
    text, _ = shown(paper, tmp_path)
    assert "\n## 1 Results \\& \\<b\\>\n" in text
    assert '<span id="sec-a"></span>' in text
    assert re.search(
        r'<figure class="plate" id="fig-scatter">\s*<img src="../figures/scatter.en.svg" alt="A &lt; B"', text
    )
    assert re.search(r'id="tab-levels">\s*<div class="scroll" role="region" tabindex="0" aria-label="Table 1 B">', text)
    assert re.search(r"<caption><span><a href=.*<b>Table 1</b></a> B</span></caption>", text)
    assert "<th>Level</th>" in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert text.endswith(
        '<script src="_static/origins-paper.js"></script><script src="_static/article.js"></script>\n`````'
    )


def test_what_a_number_shows_is_what_the_results_have(paper, tmp_path):
    _, data = shown(paper, tmp_path)
    number = data["entries"]["results.html#local.x"]
    assert (number["full"], number["unit"]) == ("0.123456", "score")
    assert data["entries"]["results.html#sentence.s"]["alike"] == {"0.123": [["0.123456", "low.index", "local.x"]]}
    assert data["entries"]["figures.html#figure-scatter"]["turn"] == []
    origin = data["origins"][number["origin"]]
    assert origin["cell"] == ["06-local-autocorrelation, cell 4", "notebooks/06-local-autocorrelation.html#cell-4"]
    assert origin["way"] == "provenance.html#way-0"
    assert origin["inputs"] == [["panel.csv", "data.html#raw-panel.csv"]]
    assert origin["handed"] == [["coordination.csv", "data.html#file-coordination.csv"]]
    name, place, source = data["functions"]["coordination.spatial.autocorrelation.local_moran"]
    assert source.startswith("def local_moran(")
    assert place == f"api/{name.rpartition('.')[0]}.html#coordination.{name}"
    assert data["commit"] == ["commit aaaaaaa*", "about.html#commit"]


def test_what_the_run_did_not_make_has_nothing_to_show(paper, tmp_path):
    paper.paper["en"]["paper"][1] += '<a href="results.html#absent" class="origin">1</a>'
    assert "results.html#absent" not in shown(paper, tmp_path)[1]["entries"]
    paper.paper["en"]["paper"].append("<!--figure absent-->A<!--end-->")
    with pytest.raises(InputError, match="figure 'absent': found none of the run"):
        shown(paper, tmp_path)


def test_numbers_of_a_sentence_that_read_alike_are_all_named_if_they_are_few(paper, tmp_path):
    def alike():
        return shown(paper, tmp_path)[1]["entries"]["results.html#sentence.s"]["alike"]

    facts = paper.results["sentence.s"]["facts"]
    facts.append(["high.index", 0.1234])
    assert alike()["0.123"] == [["0.123456", "low.index", "local.x"], ["0.1234", "high.index", ""]]
    paper.results["local.y"] = paper.results["local.x"]  # another result of this value: which is meant is not sure
    assert alike()["0.123"][0] == ["0.123456", "low.index", ""]
    facts += [[f"n{k}", 0.123 + k / 1e5] for k in range(article.ALIKE)]
    assert alike() == {}
    facts[:] = [["p", 0.2]]  # what reads so elsewhere in the notebook is not what the sentence says
    assert alike() == {}


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("0.035", [["p", 0.03516], ["other", 0.0361]], [("0.03516", "p")]),
        ("−4.2%", [["rate", -4.24]], [("-4.24", "rate")]),
        ("0.043", [["change", -0.0429]], [("-0.0429", "change")]),
        ("61%", [["share", 0.614], ["count", 61]], [("0.614", "share"), ("61", "count")]),
        ("5,712", [["rows", 5712]], [("5712", "rows")]),
        ("0.001", [["p", 0.0001]], []),
        ("2013", [["year", 2013], ["first", 2013]], [("2013", "year")]),
        ("14.1", [["largest.share", 0.1409]], [("0.1409", "largest.share")]),
        ("14", [["share", 0.1409]], []),
        ("p", [["p", 0.1]], []),
    ],
    ids=str,
)
def test_a_number_of_a_sentence_is_found_among_what_it_is_made_of(text, facts, expected):
    assert article.meant(text, facts) == expected


class Named:
    """A reader, as far as cells ask it."""

    language, regions = "en", {"en": {"a": "A", "b": "B"}}

    @staticmethod
    def called(name, kind):
        return None


TIDY = [
    {"region": r, "year": y, "d": d}
    for r, y, d in (("a", "2019", "0.1234"), ("a", "2020", "-0.25"), ("b", "2019", "0.4996"), ("b", "2020", "1"))
]


def test_cells_are_told_to_the_last_digit():
    rows = [["Region", "2019", "2020"], ["A", "0.12", "−0.250"], ["B", "0.50***", "1.00"]]
    every = [*TIDY, {"region": "elsewhere", "year": "2019", "d": "0.7"}]
    assert article.whole(rows, every, Named) == [["", "0.1234", "-0.25"], ["", "0.4996", "1"]]
    rows = [["Model", "b", "Share", "Growth, %", "D"], ["x", "0.071", "12.3%", "40.0", "+0.05 ± 0.01"]]
    tidy = [{"b": "0.0712", "share": "0.1234", "growth": "0.4", "d": "0.0511", "near": "0.01"}]
    assert article.whole(rows, tidy, Named) == [["", "0.0712", "0.1234", "0.4", "0.0511"]]


def test_a_cell_that_could_be_several_numbers_is_told_as_none():
    rows = [["Model", "b", "c"], ["x", "0.07", "3"]]
    assert article.whole(rows, [{"b": "0.071", "other": "0.069"}], Named) == [["", "", ""]]
    assert article.whole(rows, [], Named) == [["", "", ""]]


def test_a_table_in_another_order_than_its_numbers_tells_none():
    rows = [["Region", "2019", "2020"], ["B", "0.12", "−0.250"], ["A", "0.50", "1.00"]]
    assert {cell for row in article.whole(rows, TIDY, Named) for cell in row} == {""}
    rows = [["Region", "d"], ["A", "0.50"], ["B", "0.12"]]
    tidy = [{"d": "0.1234"}, {"d": "0.4996"}]
    assert {cell for row in article.whole(rows, tidy, Named) for cell in row} == {""}


def test_the_source_of_a_function_is_its_own():
    assert article.source("coordination.indices.coupling.level").strip() == inspect.getsource(coupling.level).strip()
    assert article.source("coordination.figures.scatter") == article.source("") == ""


@pytest.fixture
def celled(paper):
    """The same with a number in the table."""
    folder = paper.out / "tables"
    (folder / "levels.en.csv").write_text("Level,D\nlow_level,0.12\n", encoding="utf-8")
    (folder / "levels.csv").write_text("level,d\nlow,0.1234\n", encoding="utf-8")
    return paper


def test_a_number_in_a_table_leads_to_where_the_table_comes_from(celled, tmp_path):
    text, data = shown(celled, tmp_path)
    (cell,) = re.findall('<td class="number">(.*?)</td>', text)
    href = "tables.html#table-levels"
    assert cell == f'<a class="origin cell" tabindex="-1" href="{href}" data-full="0.1234">0.12</a>'
    assert data["entries"][href]["function"] == "coordination.tables.levels"


@pytest.fixture
def opened(browser, paper, tmp_path):
    """A page with the numbers, in a browser."""
    paper.results["local.x"]["unit"] = NASTY
    folder = tmp_path / "en"
    folder.mkdir()
    text, _ = shown(paper, folder)
    shutil.copytree(paper.out / "figures", tmp_path / "figures")
    for name in ("article.js", "site.css"):
        shutil.copy(ROOT / "site" / "static" / name, folder)
    body = re.sub(r"^(`{5,}.*|#+ .*)$", "", text, flags=re.MULTILINE).replace("_static/", "")
    policy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}"><link rel="icon" href="data:,">'
    head += '<meta charset="utf-8"><link rel="stylesheet" href="site.css">'
    (folder / "paper.html").write_text(f"<!doctype html>{head}<article>{body}</article>", encoding="utf-8")
    browser.get_log("browser")
    browser.get((folder / "paper.html").as_uri())
    return browser


def boxes(browser):
    return [box.text for box in browser.find_elements("css selector", ".origin-box") if box.is_displayed()]


def test_a_number_is_opened_and_closed_by_the_keyboard(opened):
    from selenium.webdriver.common.keys import Keys

    def press(*keys):
        opened.switch_to.active_element.send_keys(*keys)
        return opened.switch_to.active_element

    link = opened.find_element("css selector", "a[href='results.html#local.x']")
    opened.execute_script("document.querySelectorAll('#p a.origin')[1].focus()")
    press(Keys.ESCAPE)
    assert press(Keys.TAB) == link
    (said,) = boxes(opened)
    for part in ("0.123456", NASTY, "06-local-autocorrelation, cell 4", "coordination.csv", "commit aaaaaaa*"):
        assert part in said
    assert link.get_attribute("aria-expanded") == "true"
    assert press(Keys.TAB).get_attribute("aria-label") == "Close"  # what is in it comes next
    assert press(Keys.TAB).get_attribute("href").endswith("06-local-autocorrelation.html#cell-4")
    assert press(Keys.ESCAPE) == link
    assert boxes(opened) == []
    assert link.get_attribute("aria-expanded") == "false"
    assert press(Keys.TAB).get_attribute("href").endswith("figures.html#figure-scatter")
    (said,) = boxes(opened)
    assert said.startswith("Figure 1")
    assert opened.get_log("browser") == []


def test_a_number_is_opened_by_pointing_and_by_touch(opened):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.support.ui import WebDriverWait

    link = opened.find_element("css selector", "#p a.origin")
    ActionChains(opened).move_to_element(link).perform()
    WebDriverWait(opened, 10).until(boxes)
    assert "0.123456" in boxes(opened)[0]  # of the number that reads so
    opened.execute_script("document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))")
    assert boxes(opened) == []
    tap = """const how = {pointerType: "touch", bubbles: true, cancelable: true};
    arguments[0].dispatchEvent(new PointerEvent("pointerdown", how));
    return arguments[0].dispatchEvent(new PointerEvent("click", how))"""
    assert opened.execute_script(tap, link) is False  # and leads nowhere yet
    assert len(boxes(opened)) == 1
    folded = opened.find_element("css selector", ".origin-box")
    assert folded.find_elements("css selector", "script") == []


def test_on_a_narrow_screen_a_number_is_not_hidden_by_what_it_shows(opened):
    from selenium.webdriver.support.ui import WebDriverWait

    screen = {"width": 390, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        link = opened.find_element("css selector", "#p a.origin")
        opened.execute_script(
            """document.body.style.padding = "1000px 0";
            document.documentElement.style.scrollBehavior = "auto";
            scrollTo(0, scrollY + arguments[0].getClientRects()[0].bottom - innerHeight + 20);
            const how = {pointerType: "touch", bubbles: true, cancelable: true};
            arguments[0].dispatchEvent(new PointerEvent("pointerdown", how));
            arguments[0].dispatchEvent(new PointerEvent("click", how))""",
            link,
        )
        WebDriverWait(opened, 10).until(boxes)
        ends = """return [arguments[0].getClientRects()[0].bottom,
            document.querySelector(".origin-box").getBoundingClientRect().top, innerHeight]"""
        number, box, foot = opened.execute_script(ends, link)
        assert 0 < number <= box < foot
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_number_in_a_table_is_opened_by_pointing(celled, opened):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.support.ui import WebDriverWait

    ActionChains(opened).move_to_element(opened.find_element("css selector", "a.cell")).perform()
    WebDriverWait(opened, 10).until(boxes)
    for part in ("0.12 low_level · D", "0.1234", "06-local-autocorrelation, cell 5"):
        assert part in boxes(opened)[0].replace("\n", " ")
