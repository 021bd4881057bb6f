import html
import json
import re
import shutil
import time
from pathlib import Path

import altair as alt
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import vl_convert
from conftest import assert_names, coordination, must, unlike
from made_up import made_up
from shapely.geometry import Polygon

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.presentation.reader import Reader
from coordination.publishing.explorer import page as explorer

SHAPES = {
    "points": {},
    "polygons": {},
    "three subsystems": {"subsystems": 3},
    "one year": {"years": 1},
    "scales of their own": {"normalisation": "year"},
}


def tables(made):
    normalised = made.panel.values.stack().rename("value").reset_index().assign(filled=False)
    return {
        "normalised": normalised, "weights": made.weights, "scores": made.scores, "coordination": made.coordination,
    }  # fmt: skip


def fresh(made, language="en", polygons=None, **changed):
    return explorer.page(Reader(made.study, made.regions, language), polygons, **{**tables(made), **changed})


def page(made, language="en", polygons=None, **changed):
    """The page of a made-up study, written once where nothing is changed."""
    if changed:
        return fresh(made, language, polygons, **changed)
    key = id(made), language, id(polygons)
    if key not in PAGES:
        PAGES[key] = fresh(made, language, polygons), made, polygons  # which keeps them alive, and their ids their own
    return PAGES[key][0]


PAGES = {}


def content(text):
    return json.loads(re.search(r'<script type="application/json" id="page">(.*?)</script>', text, re.S)[1])


def own(text):
    """The page without the libraries."""
    return re.sub(r"(?s)(<script>).*?(</script>)", r"\1\2", text)


@pytest.fixture(params=SHAPES)
def shape(request):
    made = made_up(**SHAPES[request.param])
    return made, made.polygons if request.param == "polygons" else None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_names_no_address_to_load_from(shape, language):
    made, polygons = shape
    text = own(page(made, language, polygons))
    assert "http:" not in text
    assert "https:" not in text
    assert not re.search(r"<(link|img|iframe|object|embed)\b|\bsrc\s*=|@import|url\(", text)
    assert "default-src 'none'" in text


def test_the_document_links_only_to_its_neighbours():
    text = own(page(made_up()))
    said = [f"data.html#file-{name}.csv" for name in ("coordination", "scores", "weights", "normalised")]
    said.append("about.html#commit")
    assert re.findall(r' href="([^"]*)"', text) == ["index.html", "../zh/explorer.html", "calculator.html", *said]
    outside = ["site/en/index.html", "explorer.zh.html", "calculator.en.html", *(f"site/en/{href}" for href in said)]
    assert re.findall(r' data-outside="([^"]*)"', text) == outside


def test_two_pages_are_the_same_byte_for_byte(shape):
    made, polygons = shape
    assert fresh(made, "en", polygons) == fresh(made, "en", polygons)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_is_in_the_language_and_no_id_is_shown(shape, language):
    made, polygons = shape
    study, text = made.study, page(made, language, polygons)
    names = [study.title, *(g.name for g in study.groups), *(s.name for s in study.subsystems)]
    assert_names(own(text), *(n[language] for n in names), *made.regions[language])
    said = re.sub(r"(?s)<script.*?</script>|<style.*?</style>|<[^>]*>", " ", text)
    assert not re.search(r"\b(grp|sys|dim|ind|reg)_\d", said)
    other = next(x for x in LANGUAGES if x != language)
    assert not any(n[other] in said for n in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_valid_and_compiles(shape, language):
    made, polygons = shape
    data = content(page(made, language, polygons))
    drawn = ["coordination_degree", *(f"score_{s.id}" for s in made.study.subsystems)]
    parts = [f"parts-{s.id}" for s in made.study.subsystems]
    assert list(data["charts"]) == ["map", *parts, *(f"line-{v}" for v in drawn)]
    for chart in data["charts"].values():
        alt.LayerChart.from_dict(chart)
        vl_convert.vegalite_to_vega({**chart, "datasets": data["datasets"]})


def test_the_values_are_those_of_the_tables(shape):
    made, polygons = shape
    data = content(page(made, "en", polygons))
    records = {r["region"]: r for r in data["datasets"]["regions"]}
    assert list(records) == list(made.regions.index)
    for row in made.coordination.to_dict("records"):
        at = made.study.years.index(row["year"])
        for v in ("coupling", "coordination_index", "coordination_degree", "level"):
            assert records[row["region"]][v][at] == (row[v] if v == "level" else pytest.approx(row[v], abs=1e-6))
    for row in made.scores.to_dict("records"):
        at = made.study.years.index(row["year"])
        assert records[row["region"]][f"score_{row['subsystem']}"][at] == pytest.approx(row["score"], abs=1e-6)


def test_contributions_add_up_to_the_score(shape):
    made, polygons = shape
    data = content(page(made, "en", polygons))
    for r in data["datasets"]["regions"]:
        for s in made.study.subsystems:
            parts = [
                i["weight"] * np.array(i["values"][r["region"]])
                for i in data["datasets"]["indicators"]
                if i["subsystem"] == s.id
            ]
            np.testing.assert_allclose(sum(parts), r[f"score_{s.id}"], atol=1e-5)


def test_where_scores_are_no_sums_the_page_says_so():
    made = made_up()
    said = r'<p class="quiet" id="parts-how">(.*?)</p>'
    assert "bars of a subsystem add up to its score" in re.search(said, fresh(made))[1]
    method = made.study.method.model_copy(update={"aggregation": "topsis"})
    other = Reader(made.study.model_copy(update={"method": method}), made.regions, "en")
    text = re.search(said, explorer.page(other, None, **tables(made)))[1]
    assert "the bars do not add up to the score" in text
    assert "bars of a subsystem add up" not in text


def test_the_mean_is_that_of_all_regions():
    made = made_up()
    for i in content(page(made))["datasets"]["indicators"]:
        every = np.array(list(i["values"].values()))
        np.testing.assert_allclose(i["mean"], every.mean(0), atol=1e-6)


def test_levels_stand_in_the_language():
    made = made_up()
    names = {x.name["zh"] for x in made.study.levels}
    assert {x for r in content(page(made, "zh"))["datasets"]["regions"] for x in r["level"]} <= names


def test_the_page_starts_with_the_last_year_and_the_region_of_highest_degree():
    made = made_up()
    last = made.coordination[made.coordination["year"] == made.study.years[-1]].set_index("region")
    assert content(page(made))["state"] == {
        "at": len(made.study.years) - 1, "variable": "coordination_degree",
        "region": last["coordination_degree"].idxmax(), "group": "",
    }  # fmt: skip


def test_a_gap_is_null_in_the_data_and_a_dash_in_the_table():
    made = made_up()
    gap = made.coordination.copy()
    gap.loc[gap["year"] == made.study.years[-1], "coupling"] = np.nan
    text = page(made, coordination=gap)
    assert all(r["coupling"][-1] is None for r in content(text)["datasets"]["regions"])
    assert text.count('<td data-variable="coupling">–</td>') == len(made.regions)


def test_names_cannot_end_an_element():
    made = made_up()
    regions = made.regions.copy()
    regions["en"] = "</script><b>&"
    text = explorer.page(Reader(made.study, regions, "en"), None, **tables(made))
    assert "</script><b>" not in text
    assert content(text)["datasets"]["regions"][0]["name"] == "</script><b>&"
    assert html.escape("</script><b>&") in text


@pytest.mark.parametrize("turned", [False, True], ids=["clockwise", "counter-clockwise"])
def test_the_winding_order_of_polygons_does_not_matter(turned):
    made = made_up()
    rings = [np.array(p.exterior.coords) for p in made.polygons.geometry]
    shapes = gpd.GeoDataFrame(
        geometry=[Polygon(r[::-1] if turned else r) for r in rings], index=made.regions.index, crs="EPSG:4326"
    )
    data = content(page(made, polygons=shapes))
    svg = vl_convert.vegalite_to_svg(
        {**data["charts"]["map"], "datasets": data["datasets"], "width": 400, "height": 300}
    )
    # Were they read on a sphere, those of one order would cover everything but themselves.
    own_paths = re.findall(r'aria-label="Region [^"]*"[^>]*? d="([^"]*)"', svg)
    assert len(own_paths) == len(made.regions)
    for path in own_paths:
        x = [float(v) for v in re.findall(r"[ML](-?[\d.]+),", path)]
        assert 0 < max(x) - min(x) < 200


def test_north_is_up_and_longitudes_are_shrunk():
    made = made_up()
    data = content(page(made))
    assert data["charts"]["map"]["projection"] == {"type": "identity", "reflectY": True}
    latitude = made.regions["latitude"]
    shrink = np.cos(np.radians((latitude.min() + latitude.max()) / 2))
    for r in data["datasets"]["regions"]:
        assert r["x"] == pytest.approx(made.regions["longitude"][r["region"]] * shrink, abs=1e-3)
        assert r["y"] == pytest.approx(latitude[r["region"]], abs=1e-3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_a_table_holds_the_last_year(language):
    made = made_up()
    text = page(made, language)
    assert "<noscript>" in text
    rows = re.findall(r'<tr data-region="([^"]*)">(.*?)</tr>', text)
    assert [r for r, _ in rows] == list(made.regions.index)
    last = made.coordination[made.coordination["year"] == made.study.years[-1]].set_index("region")
    for region, cells in rows:
        degree = re.search(r'data-variable="coordination_degree">([^<]*)<', cells)[1]
        assert degree == f"{last['coordination_degree'][region]:.3f}"


def test_every_control_has_a_label():
    text = own(page(made_up()))
    labels = "".join(re.findall(r"(?s)<label>.*?</label>", text))
    for kind in ("input", "select"):
        assert len(re.findall(f"<{kind}\\b", text)) == len(re.findall(f"<{kind}\\b", labels)) > 0


@pytest.mark.parametrize(
    ("name", "change", "parts"),
    [
        ("coordination", lambda t: t[t["region"] != "reg_1"], ("coordination.csv", "no reg_1", "5 regions")),
        ("coordination", lambda t: t[t["year"] != 2002], ("coordination.csv", "no 2002", "2001–2003")),
        ("coordination", lambda t: pd.concat([t, t.head(1)]), ("coordination.csv", "twice")),
        ("scores", lambda t: t[t["subsystem"] != "sys_1"], ("scores.csv, subsystem sys_1", "no reg_0")),
        ("weights", lambda t: t.iloc[1:], ("weights.csv", "no indicator ind_0_0_0")),
        ("normalised", lambda t: t.replace("ind_0_0_0", "other"), ("normalised.csv", "no indicator ind_0_0_0")),
    ],
    ids=["region", "year", "twice", "subsystem", "weight", "indicator"],
)
def test_a_table_of_another_study_is_refused(name, change, parts):
    made = made_up()
    with pytest.raises(InputError) as fault:
        page(made, **{name: change(tables(made)[name])})
    assert_names(str(fault.value), *parts, "run the study's notebooks again")


def test_regions_without_a_place_stand_on_a_circle():
    made = made_up()
    reader = Reader(made.study, made.regions[["group", "en", "zh"]], "en")
    assert "Region A" in explorer.page(reader, None, **tables(made))


def test_before_a_run_the_command_says_which_notebook_to_run(tmp_path):
    done = coordination("explorer", "--output-root", tmp_path)
    assert done.returncode == 1
    assert_names(done.stderr, "normalised.csv", "no such file", "01-indicators")
    assert not list(tmp_path.rglob("*.html"))


def test_a_large_page_has_its_data_beside_it(monkeypatch):
    made = made_up()
    whole = page(made)
    assert explorer.parted(whole, "explorer.en.js") == (whole, None)
    monkeypatch.setattr(explorer, "LARGEST_PAGE", 1000)
    text, script = explorer.parted(whole, "explorer.en.js")
    assert json.loads(script.removeprefix("window.explorer = ").removesuffix(";\n")) == content(whole)
    assert '<script src="explorer.en.js">' in text
    assert sum(name in own(text) for name in made.regions["en"]) == 1  # the one that is chosen first


# In a browser


def until(holds, what):
    patience = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < patience, f"{what} did not happen"
        time.sleep(0.05)


def opened(browser, file):
    browser.get(file.as_uri())
    until(lambda: browser.execute_script("return document.documentElement.dataset.drawn") == "yes", "the drawing")
    return browser


@pytest.fixture(params=["points", "polygons"])
def opened_page(request, browser, tmp_path):
    made = made_up(subsystems=3)
    file = tmp_path / "explorer.en.html"
    file.write_text(page(made, "en", made.polygons if request.param == "polygons" else None), encoding="utf-8")
    return opened(browser, file)


def fills(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('#map path[aria-label^=\"Region \"]')].map(p => p.getAttribute('fill'))"
    )


def bars(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('.contributions .role-mark.mark-rect path')]"
        ".map(p => p.getAttribute('d'))"
    )


def texts(browser, name):
    nodes = browser.find_elements("css selector", f'[data-show="{name}"]')
    return {n.get_attribute("textContent") for n in nodes}


def set_year(browser, at):
    script = "const y = document.getElementById('choose-year'); y.value = arguments[0];"
    browser.execute_script(f"{script} y.dispatchEvent(new Event('input'))", at)


@pytest.mark.slow
def test_it_loads_nothing_but_itself_and_complains_of_nothing(opened_page):
    requests = [json.loads(entry["message"])["message"] for entry in opened_page.get_log("performance")]
    urls = {r["params"]["request"]["url"] for r in requests if r["method"] == "Network.requestWillBeSent"}
    assert urls == {opened_page.current_url}
    assert opened_page.get_log("browser") == []


@pytest.mark.slow
def test_its_links_lead_to_where_it_lies(browser, tmp_path):
    def links(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(made_up()), encoding="utf-8")
        nodes = opened(browser, file).find_elements("css selector", "nav a, footer a:last-of-type")
        return [Path(n.get_attribute("href").removeprefix("file://")).relative_to(tmp_path).as_posix() for n in nodes]

    commit = "site/en/about.html#commit"
    assert links(tmp_path / "explorer.en.html") == ["site/en/index.html", "explorer.zh.html", commit]
    assert links(tmp_path / "site" / "en" / "explorer.html") == ["site/en/index.html", "site/zh/explorer.html", commit]


@pytest.mark.slow
def test_a_name_does_not_hide_its_regions_values(browser, tmp_path):
    from selenium.webdriver.common.action_chains import ActionChains

    file = tmp_path / "explorer.en.html"
    made = made_up(subsystems=3)
    file.write_text(page(made, polygons=made.polygons), encoding="utf-8")
    name = opened(browser, file).find_element("css selector", "#map .mark-text.role-mark text")
    ActionChains(browser).move_to_element(name).perform()
    shown = "return document.getElementById('vg-tooltip-element')?.textContent ?? ''"
    until(lambda: "Coordination degree D" in browser.execute_script(shown), "the values")
    assert name.get_attribute("textContent") in browser.execute_script(shown)


@pytest.mark.slow
def test_the_slider_changes_the_map(opened_page):
    before = fills(opened_page)
    assert len(set(before)) > 1
    set_year(opened_page, 0)
    until(lambda: fills(opened_page) != before, "another colour")
    assert texts(opened_page, "year") == {"2001"}
    assert opened_page.find_element("id", "choose-year").get_attribute("aria-valuetext") == "2001"


@pytest.mark.slow
def test_the_slider_answers_to_the_keyboard(opened_page):
    opened_page.find_element("id", "choose-year").send_keys("\ue012")  # left arrow
    until(lambda: texts(opened_page, "year") == {"2002"}, "another year")


@pytest.mark.slow
def test_another_variable_changes_the_map(opened_page):
    before = fills(opened_page)
    opened_page.find_element("css selector", '#choose-variable option[value="score_sys_1"]').click()
    until(lambda: fills(opened_page) != before, "another colour")
    assert texts(opened_page, "variable") == {"System B"}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["list", "map", "line"])
def test_a_region_that_is_chosen_changes_the_contributions(opened_page, how):
    before, chosen = bars(opened_page), next(iter(texts(opened_page, "region")))
    if how == "list":
        options = opened_page.find_elements("css selector", "#choose-region option")
        next(o for o in options if o.text not in (chosen, "Mean of all regions")).click()
    else:
        places = "#map path[aria-label^='Region ']" if how == "map" else ".chart.line .mark-symbol path"
        script = """
            const [places, chosen] = arguments, items = [...document.querySelectorAll(places)];
            const other = items.find(i => i.__data__.datum.name !== chosen), box = other.getBoundingClientRect();
            other.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: box.x + box.width / 2,
                clientY: box.y + box.height / 2}));
        """
        opened_page.execute_script(script, places, chosen)
    until(lambda: bars(opened_page) != before, "other bars")
    assert texts(opened_page, "region") != {chosen}
    name = opened_page.find_element("css selector", "#choose-region option:checked").text
    assert texts(opened_page, "region") == {name}
    assert opened_page.find_element("css selector", "tr.chosen th").get_attribute("textContent") == name


@pytest.mark.slow
def test_no_region_shows_the_mean(opened_page):
    before = bars(opened_page)
    opened_page.find_element("css selector", '#choose-region option[value=""]').click()
    until(lambda: bars(opened_page) != before, "other bars")
    assert texts(opened_page, "region") == {"Mean of all regions"}
    assert not opened_page.find_elements("css selector", "tr.chosen")


@pytest.mark.slow
def test_a_group_leaves_its_regions_and_the_chosen_one(opened_page):
    opened_page.find_element("css selector", '#choose-region option[value="reg_0"]').click()
    opened_page.find_element("css selector", '#choose-group input[value="grp_2"]').send_keys(" ")
    made = made_up(subsystems=3)
    wanted = int((made.regions["group"] == "grp_2").sum()) + 1
    until(lambda: len(fills(opened_page)) == wanted, "fewer regions")


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_page_never_scrolls_sideways(opened_page, width):
    size = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": width < 600}
    opened_page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        opened(opened_page, Path(opened_page.current_url.removeprefix("file://")))
        opened_page.execute_script("document.querySelector('details').open = true")
        assert opened_page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        opened_page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.slow
@pytest.mark.parametrize("study", ["yellow_river", "us_states"])
def test_the_compendiums_studies_have_an_explorer(study, request, browser, tmp_path):
    name = study.replace("_", "-")
    for part in ("data/processed", "outputs"):
        shutil.copytree(request.getfixturevalue(study) / part / name, tmp_path / part / name)
    done = must(coordination("explorer", "--study", name, "--output-root", tmp_path))
    files = sorted((tmp_path / "outputs" / name).glob("explorer.*.html"))
    assert [f.name for f in files] == ["explorer.en.html", "explorer.zh.html"]
    assert_names(done.stdout, *(f.name for f in files))
    if study == "yellow_river":
        earlier = request.getfixturevalue("made") / "outputs" / name
        made, kept = ({f.name: (folder / f.name).read_bytes() for f in files} for folder in (files[0].parent, earlier))
        assert unlike(made, kept) == []
    browser.get_log("browser")  # of other pages
    for file in files:
        opened(browser, file)
        labels = "return document.querySelectorAll('#map .mark-shape path[aria-label], #map .mark-symbol path').length"
        assert browser.execute_script(labels) > 0
        assert browser.get_log("browser") == []


@pytest.mark.slow
def test_a_large_page_from_a_disk_shows_what_a_whole_one_does(browser, tmp_path, monkeypatch):
    made = made_up()
    file = tmp_path / "explorer.en.html"
    file.write_text(page(made), encoding="utf-8")
    cells = "return [...document.querySelectorAll('main option, main th, main td')].map(n => n.textContent.trim())"
    whole = opened(browser, file).execute_script(cells)
    monkeypatch.setattr(explorer, "LARGEST_PAGE", 1000)
    text, script = explorer.parted(page(made), "explorer.en.js")
    file.write_text(text, encoding="utf-8")
    file.with_suffix(".js").write_text(script, encoding="utf-8")
    browser.get_log("browser")
    assert opened(browser, file).execute_script(cells) == whole
    assert browser.get_log("browser") == []
