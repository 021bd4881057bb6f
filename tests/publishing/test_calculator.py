"""The page without Python: what it computes is what the package makes of the folder that it gives."""

import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from browsing import choose, downloaded, downloads, load, requested
from conftest import assert_names, coordination, indicators_of, must

from coordination.indices import coupling, normalisation, weighting
from coordination.locale import LANGUAGES
from coordination.presentation.locale import words
from coordination.publishing.explorer import calculator
from coordination.spatial import autocorrelation, neighbours
from coordination.study.document import load as load_study
from coordination.study.regions import read_regions

SAY = words("en", "explorer")
NEIGHBOURS = "Oak,Elm\nElm,Ash\nAsh,Fir\nFir,Bay\nBay,Oak\nOak,Fir\n"
HOSTILE = '<img src=x onerror="hack(1)">'


@pytest.fixture(scope="module", params=LANGUAGES)
def every_page(request):
    return request.param, calculator.page(request.param)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    file = tmp_path_factory.mktemp("calculator") / "calculator.en.html"
    file.write_text(calculator.page("en"), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def opened(browser, place):
    return load(browser, place)


def test_it_may_make_no_request_and_says_so(every_page):
    language, text = every_page
    assert "default-src 'none'; connect-src 'none'" in text
    assert words(language, "explorer")["no_network"].replace("'", "&#39;") in text
    bare = re.sub(r"(?s)<script.*?</script>", "", text)
    assert not re.search(r"https?:|\bsrc\s*=|@import|url\(|<(link|img|iframe)\b", bare)
    assert len(text.encode()) < 100_000


def click(browser, name):
    browser.execute_script(f"document.getElementById('calc-{name}').click()")


def said(browser, name):
    return browser.execute_script(f"return document.getElementById('calc-{name}').textContent")


def computed(browser, kind="coordinates", table=None, places=None):
    """Take the example, or a table with places, through the page."""
    from selenium.webdriver.support.ui import WebDriverWait

    click(browser, "example")
    if table is not None:
        browser.execute_script("document.getElementById('calc-table').value = arguments[0]", table)
        click(browser, "read")
        assert said(browser, "fault") == ""
    choose(browser, "calc-kind", kind)
    if places is not None:
        browser.execute_script("document.getElementById('calc-places').value = arguments[0]", places)
    click(browser, "compute")
    assert said(browser, "wrong") == ""
    WebDriverWait(browser, 60).until(
        lambda b: b.execute_script("return document.documentElement.dataset.inferred") == "yes"
    )
    return browser


def rows(browser, name):
    script = (
        f"return [...document.querySelectorAll('#calc-{name} tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    return browser.execute_script(script)


def unzipped(browser, folder):
    downloads(browser, folder)
    click(browser, "zip")
    with zipfile.ZipFile(downloaded(folder / "my-study.zip")) as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "raw")
    return folder / "raw" / "my-study"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "places"),
    [("coordinates", None), ("coordinates_row", None), ("neighbours", NEIGHBOURS), ("neighbours_row", NEIGHBOURS)],
)
def test_the_folder_passes_the_check_and_gives_the_same_numbers(opened, tmp_path, kind, places):
    browser = computed(opened, kind, places=places)
    folder = unzipped(browser, tmp_path)
    done = must(coordination("check", "--study", "my-study", "--studies", tmp_path / "raw", "--output-root", tmp_path))
    assert "error" not in done.stdout.lower().replace("no errors", "")
    downloads(browser, tmp_path)
    click(browser, "csv")
    found = pd.read_csv(downloaded(tmp_path / "scores.csv"))
    study = load_study(folder)
    regions = read_regions(study, folder)
    values = normalisation.min_max(indicators_of(folder).values, *study.directions)
    weights = weighting.weights(values, {s.id: [i.id for i in s.indicators] for s in study.subsystems})
    scores = weighting.scores(values, weights)
    own = coupling.coordinate(scores, study)
    by = own.set_index(["region", "year"]).loc[list(found[["region", "year"]].itertuples(index=False, name=None))]
    for column in ("coupling", "coordination_index", "coordination_degree"):
        np.testing.assert_allclose(found[column], by[column], atol=1e-9, rtol=0)
    assert list(found["level"]) == list(by["level"])
    shown = [float(row[3]) for row in rows(browser, "weights")]
    np.testing.assert_allclose(shown, weights["weight"], atol=6e-5)
    links = pd.read_csv(folder / "neighbours.csv") if places else None
    matrix = neighbours.build(study.spatial_weights, regions, own=None if links is None else symmetric(links, regions))
    matrix = neighbours.transform(matrix, study.spatial_weights.transform)
    moran = autocorrelation.global_moran(own, "coordination_degree", matrix, permutations=9, seed=1)
    table = np.array([[float(cell) for cell in row[1:4]] for row in rows(browser, "p")])
    np.testing.assert_allclose(table[:, 0], moran["moran_i"], atol=6e-4)
    np.testing.assert_allclose(table[:, 1], moran["p_exact_greater"], atol=6e-5)
    np.testing.assert_allclose(table[:, 2], moran["p_exact_two_sided"], atol=6e-5)
    assert {row[4] for row in rows(browser, "p")} == {"all 120 arrangements"}


def symmetric(links, regions):
    matrix = pd.DataFrame(0.0, regions.index, regions.index)
    for a, b in links.itertuples(index=False):
        matrix.loc[a, b] = matrix.loc[b, a] = 1.0
    return matrix


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "key", "facts"),
    [
        (lambda t: "", "fault_head", ()),
        (lambda t: t.replace("Oak,2020,132", "Oak,2020,n.a."), "fault_number", (3, "ports", "n.a.")),
        (lambda t: t.replace("Oak,2020,132", "Oak,2020,"), "fault_number", (3, "ports", "")),
        (lambda t: t.replace("Oak,2020,132", 'Oak,2020,"1,132"'), "fault_number", (3, "ports", "1,132")),
        (lambda t: t.replace("Oak,2020,", "Oak,2019,"), "fault_twice", (3, "Oak", 2019)),
        (lambda t: t.replace("Oak,2020,132,16,28,12\n", ""), "fault_gap", ("Oak", 2020)),
        (lambda t: t.replace(",2020,", ",2018,").replace(",2021,", ",2025,"), "fault_years", ()),
        (lambda t: t.replace("Oak,2020,", "Oak,late,"), "fault_year", (3, "late")),
        (lambda t: t.replace("132,16", "132,16,9"), "fault_row", (3, 7, 6)),
        (lambda t: t.replace("patents", "ports"), "fault_name", ("ports",)),
        (lambda t: re.sub(r"(?m)\d+$", "7", t).replace("clinics7", "clinics"), "fault_constant", ("clinics",)),
        (lambda t: "\n".join(t.splitlines()[:10]), "fault_regions", (3,)),
        (lambda t: t.replace("Oak,2020", '"Oak,2020'), "fault_quote", ()),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)  # fmt: skip
def test_what_is_no_plain_table_is_sent_to_the_import(opened, change, key, facts):
    opened.execute_script("document.getElementById('calc-table').value = arguments[0]", change(calculator.EXAMPLE))
    click(opened, "read")
    assert said(opened, "fault") == SAY["not_plain"].format(SAY[key].format(*facts))
    assert "make import" in said(opened, "fault")
    assert opened.execute_script("return document.getElementById('calc-choose').hidden")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "places", "key", "facts"),
    [
        ("coordinates", "Oak,10,52\n", "fault_place", ("Elm",)),
        ("coordinates", calculator.PLACES.replace("11,52.5", "10,52"), "fault_same_place", ("Oak, Elm",)),
        ("coordinates", calculator.PLACES.replace("Elm", "Elmo"), "fault_unknown", (2, "Elmo")),
        ("coordinates", calculator.PLACES.replace("52.5", "95"), "fault_number", (2, SAY["places"], "95")),
        ("neighbours", "Oak,Elm\nAsh,Fir\n", "fault_alone", ("Bay",)),
    ],
    ids=["none", "same", "unknown", "beyond the pole", "alone"],
)
def test_places_that_do_not_fit_are_refused(opened, kind, places, key, facts):
    click(opened, "example")
    choose(opened, "calc-kind", kind)
    opened.execute_script("document.getElementById('calc-places').value = arguments[0]", places)
    click(opened, "compute")
    assert said(opened, "wrong") == SAY[key].format(*facts)
    assert opened.execute_script("return document.getElementById('calc-results').hidden")


@pytest.mark.slow
def test_a_file_in_another_encoding_is_read(opened, tmp_path):
    file = tmp_path / "table.csv"
    text = calculator.EXAMPLE.replace("Oak", "\u9752\u6d77").replace(",", "\t")
    file.write_bytes(text.encode("gb18030"))
    opened.find_element("id", "calc-file").send_keys(str(file))
    shown = "return document.getElementById('calc-table').value"
    assert_names(until(opened, shown), "\u9752\u6d77\t2019")
    assert said(opened, "fault") == ""


def until(browser, script):
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 30).until(lambda b: b.execute_script(script))


@pytest.mark.slow
def test_a_hostile_table_is_text_and_nothing_is_sent(opened, tmp_path):
    opened.get_log("performance")
    opened.get_log("browser")
    quoted = HOSTILE.replace('"', '""')
    table = calculator.EXAMPLE.replace("Oak", f'"{quoted}"').replace("ports", f'"{quoted} ""a: {{b"', 1)
    browser = computed(opened, table=table, places=calculator.PLACES.replace("Oak", f'"{quoted}"'))
    assert browser.execute_script("return typeof hack") == "undefined"
    assert browser.execute_script("return document.querySelectorAll('main img').length") == 0
    assert HOSTILE in {row[0] for row in rows(browser, "scores")}
    study = load_study(unzipped(browser, tmp_path))
    assert study.indicators[0].name.en == f'{HOSTILE} "a: {{b'
    assert not [u for u in requested(browser) if not u.startswith(("file:", "blob:", "about:"))]
    blocked = browser.execute_async_script(
        "const done = arguments[0]; fetch('http://127.0.0.1:9/').then(() => done(false), () => done(true))"
    )
    assert blocked is True
    assert any("connect-src" in entry["message"] for entry in browser.get_log("browser"))


@pytest.mark.slow
def test_more_regions_than_can_be_enumerated_are_permuted(opened):
    rng = np.random.default_rng(2)
    lines = [f"R{i},{y},{','.join(f'{v:.4f}' for v in rng.random(3))}" for i in range(12) for y in (2020, 2021)]
    places = "\n".join(f"R{i},{100 + i},{30 + i % 3}" for i in range(12))
    browser = computed(opened, table="\n".join(["region,year,a,b,c", *lines]), places=places)
    assert {row[4] for row in rows(browser, "p")} == {"9999 permutations"}


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_it_keeps_its_width(opened, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        computed(opened)
        assert opened.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.slow
def test_every_control_is_named(opened):
    computed(opened)
    kinds = 'select, input, textarea, svg, [tabindex="0"]'
    unnamed = f"""return [...document.getElementById('calculator').querySelectorAll(`{kinds}`)]
        .filter(n => !(n.ariaLabel || (n.labels && n.labels.length))).map(n => n.outerHTML.slice(0, 80))"""
    assert opened.execute_script(unnamed) == []
    assert opened.execute_script("return document.activeElement.id") == "calc-title"
