"""A study from a stranger: its texts are texts, wherever they are shown, and nothing outside its folder is read."""

import re
import zipfile

import pypdf
import pytest
from conftest import coordination, must, replace_once, write_study

from coordination.publishing.site.markup import document, paragraphs, plain, raw, rich

pytestmark = pytest.mark.slow
SECRET = "the secret of another folder"
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

{{download}}`{secret}` [file]({secret}) ![picture]({secret}) [run](javascript:hack("link")) [kept](https://example.org/)

| a | b |
|---|---|
| `x` | **y** |
"""


# A title, a source, names of every kind, a unit and a reason, as they stand once in the study
PLACES = (
    ("title: {en: ", "Toy island"), ("source: ", "Made up for the tests"), ("id: island, name: {en: ", "Island"),
    ("{en: ", "North"), ("{en: ", "Technology"), ("{en: ", "Access"), ("name: ", "Ports"), ("ports: {unit: ", "ports"),
    ("{en: ", "imbalance"), ("unavailable: ", "never published"),
)  # fmt: skip


def hostile(k, secret):
    """A text that runs, loads or reads something wherever it is taken for more than a text."""
    return (
        f"<script>hack({k})</script><img src=x onerror=hack({k})> [a]({secret}) ![b]({secret}) {{{{x}}}} "
        f'{{{{download}}}}`{secret}` #read("{secret}") $E$ `c` ``````'
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The outputs of a study whose every text is hostile."""
    place = tmp_path_factory.mktemp("hostile")
    secret = place / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    folder = write_study(place / "raw" / "toy")
    for k, (key, value) in enumerate(PLACES):
        replace_once(folder / "study.yml", f"{key}{value}", f"{key}'{value} {hostile(k, secret)}'")
    study = folder / "study.yml"
    study.write_text(f"{study.read_text(encoding='utf-8')}\nleave_out: [dynamics, robustness, diagnosis]\n", "utf-8")
    (folder / "README.md").write_text(README.format(secret=secret), encoding="utf-8")
    where = ("--studies", place / "raw", "--output-root", place)
    for step in ("run", "collect", "paper", "explorer", "site"):
        must(coordination(step, "--study", "toy", *where))
    return place / "outputs" / "toy"


def test_no_page_runs_a_script_of_a_study(site, browser):
    pages = [p for p in sorted(site.rglob("*.html")) if "api" not in p.parts]
    assert len(pages) > 40
    for page in pages:
        browser.get(page.as_uri())
        assert browser.execute_script("return typeof hack") == "undefined"
        live = "img[onerror], [onclick*=hack], a[href^='javascript:hack'], a[href*='secret']:not([href^='#'])"
        assert browser.execute_script(f"return document.querySelectorAll(`{live}`).length") == 0, page
    said = [entry["message"] for entry in browser.get_log("browser")]
    assert not [text for text in said if "Security Policy" in text]


def test_nothing_outside_the_folder_is_copied_or_shown(site):
    assert not [p for p in site.rglob("*") if p.name.startswith("secret")]
    for file in site.rglob("*"):
        if file.suffix in (".html", ".js", ".json", ".csv", ".ipynb", ".svg", ".md", ".txt"):
            assert SECRET not in file.read_text(encoding="utf-8", errors="replace"), file
    for pdf in site.glob("*.pdf"):
        assert SECRET not in "".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)
    for word in site.glob("*.docx"):
        with zipfile.ZipFile(word) as parts:
            assert all(SECRET.encode() not in parts.read(name) for name in parts.namelist())


def test_pages_say_what_they_may_run(site):
    for page in (site / "site" / "en").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text, page
        most = 3 if page.name == "explorer.html" else 2  # the theme's; charts, method, choices
        assert len(re.findall(r"<script>", text.replace("&lt;script&gt;", ""))) <= most, page


def test_a_readme_keeps_what_it_says(site):
    text = (site / "site" / "en" / "data.html").read_text(encoding="utf-8")
    for kept in ("<h3>Notes</h3>", "<strong>y</strong>", 'href="https://example.org/"', "&lt;script&gt;hack("):
        assert kept in text


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
    assert paragraphs("a\n\n<b>") == "<p>a</p>\n<p>&lt;b&gt;</p>"
    assert rich("[a](b)") == "[a](b)"
