"""What the explorer computes in a reader's browser is what the package computes."""

import re
from dataclasses import replace as changed
from types import SimpleNamespace
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from browsing import choose, downloaded, downloads, load, requested
from made_up import made_up
from selenium.webdriver.support.ui import WebDriverWait
from shapely.geometry import box

from coordination.choices import REGISTRIES, STEPS
from coordination.indices import coupling, universe
from coordination.locale import LANGUAGES
from coordination.presentation.locale import words
from coordination.presentation.reader import Reader
from coordination.publishing.explorer import page as explorer
from coordination.publishing.explorer import turn
from coordination.publishing.site import plates
from coordination.replication import measures, versions
from coordination.robustness import multiverse
from coordination.spatial import permutation

UNIVERSES = 200
SCRIPTS = ("methods.js", "drawing.js", "turn.js", "calculator.js")


def source(name):
    return (explorer.HERE / name).read_text(encoding="utf-8")


def claims():
    """A claim of every measure that has a twin, some of which hold."""
    years, rows = "2001-2004", []
    for place in ("all", "grp_1", "reg_3"):
        rows += [
            ("sys_0", place, years, "mean", "0.45", "0.05"), ("sys_1", place, years, "change", "0.4", "0.1"),
            ("sys_2", place, years, "growth", "30", "12"), ("coordination_degree", place, "2003", "level", "Level C",
             ""),
            ("coordination_degree", place, years, "trend", "increasing", ""),
        ]  # fmt: skip
    rows += [
        ("sys_0", "regions", years, "trend", "increasing", ""), ("sys_0", "groups", years, "order", "grp_1<grp_2", ""),
        ("sys_1", "groups", years, "order_every_year", "grp_2<grp_1", ""),
        ("scores", "subsystems", years, "growth_order", "sys_0>sys_2>sys_1", ""),
        ("coordination_degree", "regions", "2004", "highest", "reg_1>reg_4", ""),
        ("coordination_degree", "regions", years, "lowest", "reg_0", ""),
        ("sys_0", "reg_2", years, "highest_growth", "40", "30"), ("sys_0", "reg_4", years, "lowest_growth", "20", "12"),
        ("moran_i", "all", years, "trend", "decreasing", ""), ("moran_i", "all", years, "sign", "negative", ""),
        ("moran_i", "all", "2002-2003", "sign", "positive", ""),
        *(("quadrant", f"reg_{k}", "2004", "quadrant", "LH", "") for k in range(4)),
        ("moran_i", "all", years, "significance", "most years", ""),
    ]  # fmt: skip
    columns = ("variable", "place", "period", "measure", "expected", "tolerance")
    return pd.DataFrame(rows, columns=columns).assign(id=[f"c{k}" for k in range(len(rows))], section="2.1", note="")


@pytest.fixture(scope="module")
def made():
    """Seven regions in a row, each of which touches the next."""
    made = made_up(regions=7, years=4, subsystems=3)
    row = gpd.GeoDataFrame(
        geometry=[box(k, 30, k + 1, 31) for k in range(7)], index=made.regions.index, crs="EPSG:4326"
    )
    return SimpleNamespace(**vars(made) | {"polygons": row})


def beside(made):
    """A published D for every second year, and intervals of ranks."""
    degree = made.coordination[made.coordination["year"] % 2 == 0][["region", "year", "coordination_degree"]]
    ranks = made.coordination[["region", "year"]].assign(source="universes", rank=1, low=1.0, median=2.0, high=4.0)
    moran = made.moran[["year", "moran_i"]].head(2)
    return {"published": degree.round(3), "moran": moran, "ranks": ranks, "claims": claims()}


def text(made, language="en", polygons=None):
    normalised = made.panel.values.stack().rename("value").reset_index()
    normalised = normalised.assign(filled=made.panel.filled.stack().to_numpy())
    reader = Reader(made.study, made.regions, language)
    return explorer.page(reader, polygons, normalised, made.weights, made.scores, made.coordination, beside(made))


@pytest.fixture(scope="module")
def opened(made, browser, tmp_path_factory):
    file = tmp_path_factory.mktemp("turn") / "explorer.en.html"
    file.write_text(text(made, polygons=made.polygons), encoding="utf-8")
    return load(browser, file.as_uri())


def said(browser):
    return browser.execute_script("return document.getElementById('turn-status').textContent")


def drawn(made, spaces, count):
    """Choices at random, of every step, with weights, shares and indicators left out."""
    rng, study = np.random.default_rng(8), made.study
    factors = multiverse.factors(study, made.panel.filled.to_numpy())
    chosen = []
    while len(chosen) < count:
        one = {step.kind: str(rng.choice([*factors[step.kind], *(["fixed"] if step.kind == "weighting" else [])]))
               for step in STEPS[1:]}  # fmt: skip
        if not universe.sensible(one["zeros"], one["weighting"], one["aggregation"]):
            continue
        kept = rng.random(len(study.indicators)) < 0.8
        if not all(kept[list(at.values())].any() for at in universe.columns(study).values()):
            continue
        alpha = rng.dirichlet(np.ones(len(study.subsystems)))
        hand = rng.random(len(study.indicators)) + 0.01
        one |= {
            "spatial": str(rng.choice(spaces)),
            "alpha": alpha.tolist(),
            "kept": kept.tolist(),
            "hand": hand.tolist(),
        }
        chosen.append(one)
    return chosen


def python(made, one, spaces):
    """What the package makes of a choice."""
    names = [i.id for i in made.study.indicators]
    method = SimpleNamespace(fixed=dict(zip(names, one["hand"], strict=True)))
    study = SimpleNamespace(subsystems=made.study.subsystems, indicators=made.study.indicators,
                            method=method, years=made.study.years)  # fmt: skip
    out = "+".join(name for name, kept in zip(names, one["kept"], strict=True) if not kept) or "none"
    steps = {step.kind: one[step.kind] for step in STEPS[1:]}
    chosen = changed(universe.own(made.study), **steps, left_out=out)
    shape = (len(made.regions), len(made.study.years))
    values, filled = (t.to_numpy().reshape(*shape, -1) for t in (made.panel.values, made.panel.filled))
    u = universe.scores(universe.scaled(values, filled, chosen), chosen, study)
    d = universe.degrees(u, [chosen.coupling], np.array([one["alpha"]])).reshape(shape)
    cube = {s.id: u[0, :, k].reshape(1, *shape) for k, s in enumerate(made.study.subsystems)}
    weights = {one["spatial"]: spaces[one["spatial"]]}
    known = versions.computed(
        cube | {"coordination_degree": d[None]}, made.study.years, made.study, made.regions, weights
    )
    return SimpleNamespace(
        scores=u[0], degrees=d, ranks=universe.ranks(d), levels=coupling.level(np.clip(d, 0, 1), made.study.levels),
        moran=versions.moran(d[None], spaces[one["spatial"]])[0][0], known=next(iter(known.values())),
    )  # fmt: skip


@pytest.mark.slow
def test_two_hundred_choices_are_what_python_computes(made, opened):
    spaces = multiverse.spatial_choices(made.study, made.regions, made.polygons, None)
    assert {"own", "queen_none", "knn_3_none", "inverse_distance_2_row"} <= set(spaces)
    chosen = drawn(made, list(spaces), UNIVERSES)
    for step in STEPS[1:]:
        assert {one[step.kind] for one in chosen} >= {k for k in step.offered if step[k].varied and step[k].twin}
    found = opened.execute_script(
        """return arguments[0].map((choice) => {
            const made = turned.compute(choice);
            return [made.scores, made.degrees, made.ranks, made.levels, made.moran].map((part) =>
                Array.from(part, (v) => (typeof v === 'number' ? v : Array.from(v)))).concat([made.claims]);
        })""",
        chosen,
    )
    register, held = claims().to_dict("records"), {}
    register = [row for row in register if measures.MEASURES[row["measure"]].twin]
    for one, (scores, degrees, ranks, levels, moran, judged) in zip(chosen, found, strict=True):
        own = python(made, one, spaces)
        np.testing.assert_allclose(np.array(scores).T, own.scores, atol=1e-9, rtol=0)
        np.testing.assert_allclose(np.array(degrees).T, own.degrees, atol=1e-9, rtol=0)
        np.testing.assert_allclose(moran, own.moran, atol=1e-9, rtol=0)
        np.testing.assert_array_equal(np.array(ranks).T, own.ranks)
        np.testing.assert_array_equal(np.array(levels).T, own.levels)
        for row, holds in zip(register, judged, strict=True):
            expected = measures.holds(row, own.known)
            assert holds == bool(np.ravel(expected)[0]), (row, one)
            held.setdefault(row["measure"], set()).add(holds)
    assert [measure for measure, both in held.items() if both != {True, False}] == []


@pytest.mark.slow
def test_spatial_weights_are_those_of_the_package(made, opened):
    spaces = multiverse.spatial_choices(made.study, made.regions, made.polygons, None)
    for name, expected in spaces.items():
        links = opened.execute_script("return turned.links(arguments[0])", name)
        matrix = np.zeros(expected.shape)
        for i, row in enumerate(links):
            for j, weight in row:
                matrix[i, j] = weight
        np.testing.assert_allclose(matrix, expected.to_numpy(), rtol=1e-12, atol=0)


@pytest.mark.slow
@pytest.mark.parametrize(("regions", "exact"), [(6, True), (9, True), (14, False)])
def test_p_values_are_those_of_the_package(opened, regions, exact):
    rng = np.random.default_rng(3)
    values, w = rng.random(regions).round(1), np.triu(rng.random((regions, regions)) < 0.4, 1).astype(float)
    w += w.T
    w[0, 1] = 1  # not symmetric
    links = [[[int(j), row[j]] for j in np.flatnonzero(row)] for row in w]
    found = opened.execute_script(
        "return methods.inference(arguments[0], arguments[1], 9999, 5)", values.tolist(), links
    )
    z = (values - values.mean()) / values.std()
    known = z[None], w / w.sum(), np.array([z @ w @ z / w.sum()]), -1 / (regions - 1)
    assert found["moran"] == pytest.approx(known[2][0], abs=1e-12)
    assert found["exact"] is exact
    own = permutation.exact_global(*known) or permutation.sampled_global(*known, 9999, 7)
    for tail in ("greater", "less", "two-sided"):
        assert found[tail] == pytest.approx(own[tail][0], abs=1e-12 if exact else 0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "known"),
    [
        # Shares of raw columns (Xu 2004; Zavadskas and Podvezko 2016)
        ("methods.entropy(Float64Array.of(30,30,38,29,19,54,86,29,19,15,85,28.9,68,70,60,29), 4)",
         [0.4630, 0.3992, 0.1378, 0.0000]),
        ("methods.entropy(Float64Array.of(3,100,10,7,2.5,80,8,5,1.8,50,20,11,2.2,70,12,9), 4)",
         [0.1146, 0.1981, 0.4185, 0.2689]),
        ("methods.entropy(Float64Array.of(1,2,4,16), 2)", [0.358889, 0.641111]),
        # The vignette of the R package coupling
        ("['standard','wang2021','fan2024'].map(v => methods[v]([.8179733,.3246648,.6590316,.1308531]))",
         [0.8051958, 0.4722274, 0.4593785]),
        ("['standard','wang2021','fan2024'].map(v => methods[v]([.3020233,.1318888,.4046987,.5173794]))",
         [0.8914577, 0.6211236, 0.7164548]),
        # Nine provinces along the river, by enumeration
        ("""(() => {
            const names = 'QH SC GS NX NM SN SX HA SD'.split(' '), links = names.map(() => []);
            const pairs = 'QH-GS QH-SC SC-GS SC-SN GS-NX GS-NM GS-SN NX-NM NX-SN NM-SN NM-SX SN-SX SN-HA SX-HA HA-SD';
            for (const pair of pairs.split(' ')) {
                const [a, b] = pair.split('-').map((n) => names.indexOf(n));
                links[a].push([b, 1]); links[b].push([a, 1]);
            }
            const x = [1,2,3,4,5,6,7,8,9], found = methods.inference(x, methods.row(links), 0, 0);
            return [found.moran, methods.moran(x, links), found.greater * 362880];
        })()""", [0.6605556, 0.45, 28]),
        ("[methods.normal(1.959963984540054), methods.normal(-8), methods.normal(-5.5)]",
         [0.975, 6.220960574271785e-16, 1.8989562465887713e-08]),
    ],
)  # fmt: skip
def test_known_answers(opened, script, known):
    digits = [len(f"{v}".partition(".")[2]) if "e" not in f"{v}" else 20 for v in known]
    found = opened.execute_script(f"return Array.from({script})")
    assert len(found) == len(known)
    for value, right, places in zip(found, known, digits, strict=True):
        assert value == pytest.approx(right, rel=1e-11, abs=1.01 * 10 ** -max(places, 4))


# What is declared


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.kind)
def test_every_twin_that_is_declared_is_there(registry):
    listed = re.search(r"const functions = \{(.*?)\};", source("methods.js"), re.S)[1]
    known = set(re.findall(r"\w+", listed)) | set(re.findall(r"^    (claim_\w+)[:(]", source("methods.js"), re.M))
    twins = {entry.twin for entry in (*registry.values(), *measures.MEASURES.values()) if entry.twin}
    assert twins <= known


def test_what_has_no_twin_is_named(made):
    method = made.study.method.model_copy(update={"weighting": "ahp"})
    reader = Reader(made.study.model_copy(update={"method": method}), made.regions, "en")
    normalised = made.panel.values.stack().rename("value").reset_index().assign(filled=False)
    content = turn.content(reader, None, normalised, made.weights, claims=claims())
    assert content["lacking"] == ["AHP"]
    assert content["own"]["weighting"] == "fixed"  # as they came out
    assert len(content["unjudged"]) == 1
    assert "significant" in content["unjudged"][0]


def test_a_panel_with_gaps_is_not_computed(made):
    values = made.panel.values.copy()
    values.iloc[0, 0] = np.nan
    normalised = values.stack(future_stack=True).rename("value").reset_index().assign(filled=False)
    assert turn.content(Reader(made.study, made.regions, "en"), None, normalised, made.weights) is None


def test_words_are_those_of_every_language_and_all_are_said():
    used = "".join(source(p.name) for p in explorer.HERE.glob("*.*") if p.suffix in (".js", ".html", ".py"))
    english = words("en", "explorer")
    for language in LANGUAGES:
        own = words(language, "explorer")
        assert {k: v.count("{}") for k, v in own.items()} == {k: v.count("{}") for k, v in english.items()}
    assert [k for k in english if not re.search(rf"\b{k}\b", used)] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_make_no_markup_and_no_request(name):
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|fetch\(|XMLHttp|WebSocket|import\("
    )
    assert not re.search(forbidden, source(name))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source(name))


# As a reader turns it


@pytest.fixture
def turned(opened):
    opened.execute_script("location.hash = ''")
    opened.execute_script("document.getElementById('turn-back').click()")
    return opened


@pytest.mark.slow
def test_what_is_chosen_is_in_the_address_and_comes_back_from_it(turned):
    assert said(turned).startswith("Everything is as in the study: mean D 0.")
    choose(turned, "turn-weighting", "equal")
    choose(turned, "turn-alpha-0", 60)
    choose(turned, "turn-spatial", "queen_row")
    turned.execute_script("document.querySelector('#turn-indicators input[type=checkbox]').click()")
    address, shown = turned.execute_script("return location.href"), said(turned)
    for part in ("weighting=equal", "spatial=queen_row", "alpha=0.6_0.2_0.2", "without=ind_0_0_0"):
        assert part in address
    assert not shown.startswith("Everything")
    load(turned, address)
    assert said(turned) == shown
    assert turned.execute_script("return location.href") == address
    turned.execute_script("document.getElementById('turn-back').click()")
    assert said(turned).startswith("Everything is as in the study: mean D 0.")


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    ["weighting=nonsense&spatial=x&alpha=1_NaN_2&hand=-1&without=none&pair=a~b&year=1&region=zzz&group=x",
     "zeros=constructor&weighting=__proto__", "find=%3Cimg%20src%3Dx%20onerror%3Dhack(1)%3E"],
)  # fmt: skip
def test_an_address_from_a_stranger_does_no_harm(turned, address):
    turned.execute_script("location.hash = arguments[0]", address)
    assert said(turned).startswith("Everything is as in the study")
    assert turned.execute_script("return typeof hack") == "undefined"
    assert turned.execute_script("return document.querySelectorAll('#turn img').length") == 0
    turned.get_log("browser")


@pytest.mark.slow
@pytest.mark.parametrize("panel", sorted({*plates.TURNED.values()}))
def test_a_link_of_a_figure_leads_to_its_panel(turned, panel):
    address = turned.current_url.partition("#")[0]
    turned.get("about:blank")
    load(turned, f"{address}#{panel}")
    WebDriverWait(turned, 10).until(
        lambda b: b.execute_script(
            "const p = document.getElementById(arguments[0]), box = p.getBoundingClientRect();"
            "return box.height > 0 && box.top < innerHeight && box.bottom > 0 && (p.open ?? true)", panel
        )
    )  # fmt: skip


@pytest.mark.slow
def test_logarithms_take_zeros_with_them(turned):
    choose(turned, "turn-aggregation", "geometric")
    assert turned.execute_script("return document.getElementById('turn-zeros').value") == "shift"
    assert "0.0001 added" in said(turned)
    assert "do not add up" in turned.execute_script("return document.getElementById('parts-how').textContent")


@pytest.mark.slow
def test_sliders_set_weights_by_hand_that_add_up_to_one(turned):
    turned.execute_script(
        """const s = document.querySelector('#turn-indicators input[type=range]'); s.value = 500;
        s.dispatchEvent(new Event('input'))"""
    )
    assert turned.execute_script("return document.getElementById('turn-weighting').value") == "fixed"
    shown = turned.execute_script(
        "return [...document.querySelectorAll('.sliders > div:first-child output')].map(o => Number(o.textContent))"
    )
    assert shown[0] == 0.5
    assert sum(shown) == pytest.approx(1, abs=0.002)


@pytest.mark.slow
def test_map_lines_and_bars_follow(turned):
    from selenium.webdriver.support.ui import WebDriverWait

    look = "return [...document.querySelectorAll('#map .mark-shape path[aria-label]')].map(p => p.ariaLabel).join()"
    before = turned.execute_script(look)
    choose(turned, "turn-normalisation", "rank")
    WebDriverWait(turned, 30).until(lambda b: b.execute_script(look) != before)
    shown = turned.execute_script(
        """const made = turned.compute({...turned.start(), normalisation: 'rank'}), last = made.degrees.at(-1);
        return [...document.querySelectorAll('tr[data-region] [data-variable=coordination_degree]')]
            .map((cell, i) => [cell.textContent, last[i].toFixed(3)])"""
    )
    assert len(shown) == 7
    assert all(cell == own for cell, own in shown)


@pytest.mark.slow
def test_a_region_is_found_and_two_are_compared(turned):
    choose(turned, "turn-find", "region c")
    bold = "return [...document.querySelectorAll('#turn-degrees text[font-weight]')].map(t => t.textContent)"
    assert "Region C" in turned.execute_script(bold)
    choose(turned, "turn-second", "4")
    heads = "return [...document.querySelectorAll('#turn-compare thead th')].map(h => h.textContent)"
    assert turned.execute_script(heads) == ["Quantity", "Region A", "Region E"]
    rows = turned.execute_script(
        "return [...document.querySelectorAll('#turn-compare tbody th')].map(t => t.textContent)"
    )
    assert rows == ["System A", "System B", "System C", "D", "D, as published", "Rank", "Rank, 5–95%", "Level"]


@pytest.mark.slow
def test_a_claim_that_turns_stands_first(turned):
    choose(turned, "turn-aggregation", "topsis")
    items = turned.execute_script("return [...document.querySelectorAll('#turn-claims li')].map(l => l.className)")
    flips = items.count("flips")
    assert 0 < flips < len(items)
    assert items[:flips] == ["flips"] * flips
    assert f"{flips} of 30 claims turn." in said(turned)
    choose(turned, "turn-normalisation", "year")  # on which growth means nothing
    texts = turned.execute_script("return [...document.querySelectorAll('#turn-claims li')].map(l => l.textContent)")
    assert any("means nothing on this scale" in t for t in texts)


@pytest.mark.slow
def test_everything_is_reached_and_turned_by_the_keyboard(turned):
    turned.execute_script("document.getElementById('turn-interpolation').focus()")
    keys, reached = turned.switch_to.active_element, []
    for _ in range(22):
        keys = turned.switch_to.active_element
        reached.append(keys.get_attribute("id"))
        outline = turned.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached
        if reached[-1] == "turn-weighting":
            keys.send_keys("\ue015")  # arrow down
        keys.send_keys("\ue004")  # tab
    expected = "zeros weighting spatial alpha-2 copy csv find degrees first"
    assert {f"turn-{control}" for control in expected.split()} <= set(reached)
    assert turned.execute_script("return document.getElementById('turn-weighting').value") == "equal"
    status = turned.find_element("id", "turn-status")
    assert (status.get_attribute("role"), status.get_attribute("aria-live")) == ("status", "polite")
    unnamed = """return [...document.querySelectorAll('#turn select, #turn input, #turn svg, #turn [tabindex]')]
        .filter(n => !(n.ariaLabel || n.getAttribute('aria-labelledby') || (n.labels && n.labels.length)))
        .map(n => n.outerHTML.slice(0, 80))"""
    assert turned.execute_script(unnamed) == []


@pytest.mark.slow
def test_picture_and_numbers_are_saved(turned, made, tmp_path):
    downloads(turned, tmp_path)
    choose(turned, "turn-weighting", "equal")
    for kind in ("csv", "svg", "png"):
        turned.execute_script(f"document.getElementById('turn-{kind}').click()")
    table = pd.read_csv(downloaded(tmp_path / "explorer.csv"))
    shape = (len(made.regions), len(made.study.years))
    one = {step.kind: getattr(universe.own(made.study), step.kind) for step in STEPS[1:]} | {"weighting": "equal"}
    alpha, kept = [1 / 3] * 3, [True] * len(made.study.indicators)
    spaces = multiverse.spatial_choices(made.study, made.regions, made.polygons, None)
    own = python(made, one | {"alpha": alpha, "kept": kept, "hand": [1.0] * len(kept), "spatial": "own"}, spaces)
    np.testing.assert_allclose(table["coordination_degree"].to_numpy().reshape(shape), own.degrees, atol=1e-9)
    assert list(table["region"].unique()) == list(made.regions.index)
    picture = ElementTree.parse(downloaded(tmp_path / "explorer.svg")).getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "Region A" in {t.text for t in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert downloaded(tmp_path / "explorer.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_its_width_and_loads_nothing(turned, width, scheme):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    turned.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    turned.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    turned.get_log("performance")
    turned.get_log("browser")
    try:
        load(turned, turned.current_url)
        turned.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert turned.execute_script("return document.documentElement.scrollWidth") <= width
        assert turned.get_log("browser") == []
        assert {u.split("#")[0] for u in requested(turned)} == {turned.current_url.split("#")[0]}
    finally:
        turned.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        turned.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
