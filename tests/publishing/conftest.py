from pathlib import Path

import pytest
from made_up import made_up

from coordination.locale import LANGUAGES
from coordination.publishing.site import material as site_material

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser that has never been used, which notes every request and every message."""
    for program in (CHROMIUM, DRIVER):
        if not program.is_file():
            pytest.skip(f"{program} is not installed")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}", "--window-size=1280,900"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    # What a new tab loads of the browser's own is not the page's.
    driver.get("about:blank")
    driver.get_log("performance")
    yield driver
    driver.quit()


@pytest.fixture
def material(tmp_path):
    """What a site is made of, for a made-up study with one figure, one table, two numbers and a sentence."""
    made = made_up()
    out = tmp_path / "outputs"
    for folder in ("figures", "tables"):
        (out / folder).mkdir(parents=True)
    entries = []
    for kind, name in (("figure", "scatter"), ("table", "levels")):
        caption = {"en": "A < B", "zh": "甲 < 乙"}
        endings = ("svg", "csv") if kind == "figure" else ("html", "csv")
        paths = [f"outputs/x/{kind}s/{name}.{k}.{e}" for k in LANGUAGES for e in endings]
        entries.append(
            {
                "notebook": "06-local-autocorrelation", "kind": kind, "name": name, "cell": 5,
                "function": f"coordination.{kind}s.{name}", "caption": caption, "files": paths,
            }
        )  # fmt: skip
    for k in LANGUAGES:
        svg = '<svg height="90pt" viewBox="0 0 120 90" width="120pt" xmlns="http://www.w3.org/2000/svg"></svg>'
        (out / "figures" / f"scatter.{k}.svg").write_text(svg, encoding="utf-8")
        (out / "tables" / f"levels.{k}.csv").write_text("D,Level\n<0.1,low_level\n", encoding="utf-8")
    where = {"notebook": "06-local-autocorrelation", "cell": 9, "decimals": 3}
    said = {"en": "It rises.", "zh": "上升。"}
    results = {
        "local.x": {"value": 0.123456, "text": {"en": "0.123", "zh": "0.123"}, "unit": "score"} | where
        | {"of": "local-moran.csv", "function": "coordination.spatial.autocorrelation.local_moran"},
        "sentence.s": {"value": said, "text": said, "unit": "", "of": "", "facts": [["low.index", 0.123456]]} | where
        | {"function": "coordination.spatial.facts.local_moran"},
    }  # fmt: skip
    files = [
        {"id": f"{k}-{n}", "name": n, "kind": kind, "path": out, "href": None, "notebook": None, "sha256": "0" * 64,
         "bytes": 1}
        for k, n, kind in (("raw", "panel.csv", "start"), ("file", "local-moran.csv", "handed"),
                           ("file", "coordination.csv", "handed"))
    ]  # fmt: skip
    notebook, read = "06-local-autocorrelation", {"inputs": ["panel.csv"], "handed": ["coordination.csv"]}
    provenance = {
        "given": {"panel.csv": "0" * 64}, "handed": {"coordination.csv": "0" * 64, "local-moran.csv": "0" * 64},
        "notebooks": {notebook: {"inputs": ["panel.csv"], "handed": [], "writes": ["local-moran.csv"]}},
        "origins": [{"notebook": notebook, "cell": 4, "cells": {notebook: [2, 4, 9]}} | read],
        "numbers": {"local.x": 0}, "figures": {}, "tables": {},
    }  # fmt: skip
    return site_material.Material(
        provenance=provenance, study=made.study, regions=made.regions, made=entries, results=results,
        board=made.board, files=files,
        notebooks={"06-local-autocorrelation": out}, commit=("a" * 40, True), about={"en": "about", "zh": "关于"},
        abstract={"en": ["D < 1."], "zh": ["D < 1。"]}, panel="panel.csv", out=out,
        claims=made.claims, paper={k: {"numbers": {"fig-scatter": "S2", "tab-levels": "4"}} for k in LANGUAGES},
    )  # fmt: skip
