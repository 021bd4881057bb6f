"""What tests do with pages in a real browser."""

import json
import time


def load(browser, address):
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get("about:blank")
    browser.get(address)
    WebDriverWait(browser, 60).until(
        lambda b: b.execute_script("return document.documentElement.dataset.drawn") == "yes"
    )
    return browser


def choose(browser, control, value):
    script = "const c = document.getElementById(arguments[0]); c.value = arguments[1];"
    event = "input" if "alpha" in control or "find" in control else "change"
    browser.execute_script(f"{script} c.dispatchEvent(new Event('{event}'))", control, value)


def downloads(browser, folder):
    folder.mkdir(exist_ok=True)
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})


def downloaded(file):
    patience = time.monotonic() + 30
    while not (file.is_file() and file.stat().st_size):
        assert time.monotonic() < patience, f"no {file.name}"
        time.sleep(0.05)
    return file


def requested(browser):
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"}
    return urls - {"about:blank"}
