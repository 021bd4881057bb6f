"""A study from a stranger: its texts are texts, wherever they are shown, and nothing outside its folder is read.

One run carries all texts of `attacks.TEXTS`; then every medium is looked through once, and every attack has its test.
"""

import csv
import hashlib
import json
import re
import unicodedata
import zipfile
from html.parser import HTMLParser
from types import SimpleNamespace

import pandas as pd
import pypdf
import pytest
from attacks import TEXTS, told
from conftest import coordination, must, replace_once, write_study
from markupsafe import escape
from openpyxl import load_workbook

from coordination.pipeline import kept
from coordination.publishing.site.markup import document, paragraphs, plain, raw, rich

pytestmark = pytest.mark.slow
WEB = "https://evil.invalid"
SECRET = "the secret of another folder, number"
README = """# Notes

<script>hack("html")</script> <img src=x onerror=hack("img")> <b onclick=hack("b")>bold</b>

```{{include}} {secret}
```

```{{literalinclude}} {secret}
```

```{{raw}} html
<script>hack("raw")</script>
```

```{{eval-rst}}
.. include:: {secret}
```

```{{csv-table}} a
:file: {secret}
```

{{download}}`{secret}` [file]({secret}) ![picture]({secret}) [run](javascript:hack("link")) [kept](https://example.org/)

[a]: {secret}
[b]: javascript:hack("reference")
[a] [b] [c][a] ![d][a] <javascript:hack("address")>

| a | b |
|---|---|
| `x` | **y** |

"""

# Where the texts stand: a title, a source, names of every kind, a unit, a reason, an author
PLACES = (
    ("title: {en: ", "Toy island"), ("source: ", "Made up for the tests"), ("id: island, name: {en: ", "Island"),
    ("{en: ", "North"), ("{en: ", "Technology"), ("{en: ", "Access"), ("name: ", "Ports"), ("ports: {unit: ", "ports"),
    ("{en: ", "imbalance"), ("unavailable: ", "never published"), ("authors: [{name: ", "Ada"),
    ("affiliation: ", "Home"),
)  # fmt: skip
LONG = ("title", "source", "unavailable", "affiliation", "name: ")  # places with room for more of them
BARE = ("calculator", "genindex", "search")  # pages that show nothing of a study
TASKS = ("05-global-autocorrelation", "collect", "paper.en", "paper.zh", "explorer", "site")


class Found(HTMLParser):
    """What of a page could do something: names of elements, addresses, and handlers of events."""

    def __init__(self):
        super().__init__()
        self.names, self.addresses, self.handlers = set(), set(), set()

    def handle_starttag(self, tag, attributes):
        self.names.add(tag)
        for name, value in attributes:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.handlers.add(value or "")
            if name in ("href", "src", "srcdoc", "srcset", "action", "data", "poster", "xlink:href"):
                self.addresses.add(value or "")


def parsed(text):
    found = Found()
    found.feed(text)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of a study whose every text is hostile: where it lies, and what it said."""
    place = tmp_path_factory.mktemp("hostile")
    names = {"secret": place / "secret", "web": WEB, "touched": place / "touched"}
    for k in range(len(TEXTS)):
        (place / f"secret-{k}.txt").write_text(f"{SECRET} {k}.", encoding="utf-8")
    folder = write_study(place / "raw" / "toy")
    study = folder / "study.yml"
    replace_once(study, "seed: 7", "seed: 7\nauthors: [{name: Ada, affiliation: Home}]")
    texts = [told(name, **names) for name in TEXTS]
    rooms = [k for k, (key, _) in enumerate(PLACES) for _ in range(4 if key.startswith(LONG) else 3)]
    held = {}
    for k, text in enumerate(texts):
        held.setdefault(rooms[k * 7 % len(rooms)], []).append(text)
    for k, (key, value) in enumerate(PLACES):
        text = " ".join([value, *held.get(k, [])]).replace("'", "''")
        replace_once(study, f"{key}{value}", f"{key}'{text}'")
    study.write_text(f"{study.read_text(encoding='utf-8')}\nleave_out: [dynamics, robustness, diagnosis]\n", "utf-8")
    beside = [text for name, text in zip(TEXTS, texts, strict=True) if name != "address"]  # which a README may link to
    readme = README.format(secret=place / "secret-0.txt") + "\n\n".join(beside)
    (folder / "README.md").write_text(readme, encoding="utf-8")
    where, said = ("--studies", place / "raw", "--output-root", place), []

    def step(name):
        done = must(coordination(name, "--study", "toy", *where))
        said.append(done.stdout + done.stderr)

    for name in ("check", "run"):
        step(name)
    # As if `make KEEP=1` had found that it was changed by hand
    scores = place / "data" / "processed" / "toy" / "scores.csv"
    entry = {"file": "data/processed/toy/scores.csv", "by": "03-development", "made": "0" * 64}
    entry["found"] = hashlib.sha256(scores.read_bytes()).hexdigest()
    note = place / ".make" / "plan" / "toy.kept.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({task: [entry] for task in TASKS}), encoding="utf-8")
    for name in ("collect", "paper", "explorer", "site", "compare"):
        step(name)
    out, files = place / "outputs" / "toy", [f for f in place.rglob("*") if f.is_file()]
    return SimpleNamespace(place=place, out=out, files=files, said=said, texts=texts, kept=entry)


@pytest.fixture(scope="module")
def site(made):
    return made.out


@pytest.fixture(scope="module")
def shown(made, browser):
    """What a real browser did with every page: calls of scripts, requests, addresses that can be followed, messages."""
    record = "window.hacked = []; window.hack = (k) => hacked.push(String(k)); window.open = () => hack('open');"
    added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": record})
    gather = """
        const of = (s, a) => [...document.querySelectorAll(s)].map((e) => e.getAttribute(a));
        const live = ['href', 'src', 'srcdoc', 'action', 'data', 'poster', 'srcset'];
        return [window.hacked, performance.getEntriesByType('resource').map((e) => e.name),
                [...live.flatMap((a) => of(`[${a}]:not([href^="#"])`, a)), ...of('meta[http-equiv]', 'content')],
                [...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames().filter((n) =>
                    n.startsWith('on')).map((n) => e.getAttribute(n)))];"""
    found, pages = [set(), set(), set(), set()], sorted(made.out.rglob("*.html"))
    for page in pages:
        if "api" in page.parts and page.stem != "index":
            continue
        browser.get(page.as_uri())
        for kind, values in zip(found, browser.execute_script(gather), strict=True):
            kind |= set(values)
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    messages = [entry["message"] for entry in browser.get_log("browser")]
    calls, requests, addresses, handlers = found
    return SimpleNamespace(
        pages=pages, calls=calls, requests=requests, addresses=addresses, handlers=handlers, messages=messages
    )


@pytest.fixture(scope="module")
def written(made):
    """Everything that was made, as text: by medium."""
    pdfs = [pypdf.PdfReader(file) for file in sorted(made.out.glob("*.pdf"))]
    annotations = [a.get_object() for pdf in pdfs for page in pdf.pages for a in page.get("/Annots") or ()]
    parts = {}
    for file in sorted(made.out.glob("*.docx")):
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            parts |= {f"{file.name}/{name}": archive.read(name).decode("utf-8", "replace") for name in names}
    books = [json.loads(f.read_text(encoding="utf-8")) for f in sorted((made.out / "notebooks").glob("*.ipynb"))]
    outputs = [o for book in books for cell in book["cells"] for o in cell.get("outputs", ())]
    rich = ["".join(o.get("data", {}).get("text/html", "")) for o in outputs]
    mime = {kind for o in outputs for kind in o.get("data", {})}
    kinds = (".html", ".js", ".json", ".csv", ".ipynb", ".svg", ".md", ".txt", ".tex")
    files = [f for f in made.files if f.suffix in kinds and made.out in f.parents]
    return SimpleNamespace(
        pdf="".join(page.extract_text() for pdf in pdfs for page in pdf.pages),
        pdfs=pdfs,
        actions=[dict(a.get("/A") or {}) for a in annotations],
        word="".join(parts.values()),
        parts=parts,
        notebooks=parsed("\n".join(rich)),
        mime=mime,
        files="\n".join(f.read_text(encoding="utf-8", errors="replace") for f in files),
    )


@pytest.mark.parametrize("name", TEXTS)
def test_an_attack_has_no_effect_anywhere(made, shown, written, name):
    k = list(TEXTS).index(name)
    web, secret = f"{WEB}/{k}/", f"{SECRET} {k}."
    assert str(k) not in shown.calls
    for seen in (shown.requests, shown.addresses, written.notebooks.addresses, *([str(a)] for a in written.actions)):
        assert not [address for address in seen if web in address or f"secret-{k}." in address]
    assert not [h for h in shown.handlers | written.notebooks.handlers if f"hack({k})" in h]
    assert secret not in written.files
    assert secret not in written.pdf
    assert secret not in written.word
    assert not [n for n, p in written.parts.items() if n.endswith(".rels") and (web in p or f"secret-{k}." in p)]
    assert not [f for f in made.files if f.name == f"touched-{k}"]
    assert not [f for f in made.files if f.name == f"secret-{k}.txt" and f.parent != made.place]


def test_the_texts_are_shown_as_they_are(made, written):
    results = json.loads((made.out / "results.json").read_text(encoding="utf-8"))
    title = results["study.title"]["text"]["en"]
    assert any(text in title for text in made.texts)
    about = (made.out / "site" / "en" / "about.html").read_text(encoding="utf-8")
    assert str(escape(title)) in about or str(escape(title)) in written.files
    said = written.files.replace(TEXTS["role that evaluates"], "")
    assert "62773913" not in said + written.pdf + written.word
    assert "<class" not in written.pdf


def test_a_browser_had_nothing_to_complain_of(shown):
    assert len(shown.pages) > 40
    assert shown.calls == set()
    assert not [request for request in shown.requests if not request.startswith(("file:", "data:", "blob:"))]
    assert not [text for text in shown.messages if "Security Policy" in text]


def test_a_document_for_print_does_nothing(written):
    assert len(written.pdfs) >= 4
    assert {a.get("/S") for a in written.actions} <= {"/URI", "/GoTo"} | {None}
    for pdf in written.pdfs:
        root = pdf.trailer["/Root"]
        names = root.get("/Names", {})
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)
        assert not {"/JavaScript", "/EmbeddedFiles"} & set(names)


def test_a_document_for_word_does_nothing(written):
    assert not re.search(r"<w:(instrText|fldSimple|object|control)\b", written.word)
    for name, part in written.parts.items():
        relations = re.findall('<Relationship [^>]*TargetMode="External"[^>]*>', part)
        assert not [r for r in relations if not re.search(' Target="https?://', r)], name
        assert "vba" not in name.lower()


def test_a_notebook_shows_tables_and_pictures_only(written):
    assert written.mime <= {"text/html", "text/plain", "text/markdown", "image/png", "image/svg+xml"}
    active = {"script", "iframe", "object", "embed", "form", "link", "meta", "base", "input", "video", "audio"}
    assert not written.notebooks.names & active
    assert not written.notebooks.handlers


def test_a_workbook_of_tables_holds_no_formula_and_a_table_begins_none(made):
    for file in made.out.glob("tables.*.xlsx"):
        for sheet in load_workbook(file):
            assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    for file in (made.out / "tables").glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if re.match(r"[=@\t\r]|\+.", cell)], file


def test_nothing_that_was_said_acts_on_a_terminal(made):
    said = "".join(made.said)
    assert not [c for c in said if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t"]
    assert SECRET not in said


def test_pages_say_what_they_may_run(site):
    for page in (site / "site" / "en").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text, page
        most = 3 if page.name == "explorer.html" else 2  # the theme's; charts, method, choices
        assert len(re.findall(r"<script>", re.sub(r"&lt;.*?&gt;", "", text))) <= most, page


def test_a_readme_keeps_what_it_says(site):
    text = (site / "site" / "en" / "data.html").read_text(encoding="utf-8")
    for kept_text in ("<h3>Notes</h3>", "<strong>y</strong>", 'href="https://example.org/"', "&lt;script&gt;hack("):
        assert kept_text in text


# What was changed by hand and kept


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_that_depends_on_what_was_kept_says_so(made, written, language):
    said = kept.said([made.kept], language)
    for page in sorted((made.out / "site" / language).rglob("*.html")):
        if "api" not in page.parts and page.stem not in BARE:
            assert said in page.read_text(encoding="utf-8"), page
    for name in (f"explorer.{language}.html", f"abstract.{language}.txt"):
        assert said in (made.out / name).read_text(encoding="utf-8")
    assert said in [c.value for c in load_workbook(made.out / f"tables.{language}.xlsx")["tables"]["A"]]
    assert r"\textbf{" + said in (made.out / f"tables.{language}.tex").read_text(encoding="utf-8")
    if language == "en":  # of the study
        for table in (pd.read_stata(made.out / "results.dta"), pd.read_parquet(made.out / "results.parquet")):
            assert set(table["kept"]) == {said}
    bare = re.sub(r"\s", "", said)
    assert bare in re.sub(r"\s|-\n", "", written.pdf)
    assert bare in re.sub(r"<[^>]*>|\s", "", written.word)


def test_the_record_of_a_run_names_what_was_kept_and_what_depends_on_it(made):
    record, traced = (json.loads((made.out / f"{n}.json").read_text(encoding="utf-8")) for n in ("run", "provenance"))
    assert record["kept"] == [made.kept]
    (entry,) = traced["kept"]
    assert made.kept.items() <= entry.items()
    assert [n for n in entry["numbers"] if n.startswith("D.")]
    assert not [n for n in entry["numbers"] if n.startswith("weight.")]
    assert entry["tables"]
    page = (made.out / "site" / "en" / "results.html").read_text(encoding="utf-8")
    assert "depends on a result that was changed by hand" in page


# Pieces of pages


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a *b* _c_", "<p>a <em>b</em> <em>c</em></p>\n"),
        ("<i>x</i>", "<p>&lt;i&gt;x&lt;/i&gt;</p>\n"),
        ("![alt](file:///etc/passwd)", "<p>![alt](file:///etc/passwd)</p>\n"),
        ("![alt](https://example.org/x.png)", "<p>alt</p>\n"),
        ("[x](data:text/html,y)", "<p>[x](data:text/html,y)</p>\n"),
        ("###### deep", "<h6>deep</h6>\n"),
    ],
)
def test_a_document_runs_and_loads_nothing(text, shown):
    assert document(text, "table") == shown


def test_a_line_of_markdown_is_what_was_given():
    text = plain("a *b* <i> [c](d) `e` {f}`g` 1. #h\n- i")
    assert document(text, "table") == "<p>a *b* &lt;i&gt; [c](d) `e` {f}`g` 1. #h - i</p>\n"


def test_html_cannot_leave_its_block():
    fence = raw("`````\n# x").splitlines()[0]
    assert re.match("`{6,}", fence)
    assert paragraphs("a\n\n<u>") == "<p>a</p>\n<p>&lt;u&gt;</p>"
    assert rich("[a](x)") == "[a](x)"
