"""What changed between two runs."""

import json

import pytest
from conftest import assert_names, coordination, must

from coordination.errors import InputError
from coordination.publishing import changes

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>'
CLAIMS = "claim,verdict_published,verdict_data\nrises,reproduced,{}\nleads,,not testable\n"


def quoted(value, text):
    return {"value": value, "text": {"en": text, "zh": text}}


def said(en, zh):
    return {"value": {"en": en, "zh": zh}, "text": {"en": en, "zh": zh}}


@pytest.fixture
def runs(tmp_path):
    """The outputs of two runs, as little of them as the page reads."""

    def write(name, results, verdict, picture, *tables):
        folder = tmp_path / name / "outputs" / "toy"
        for part in ("tables", "figures"):
            (folder / part).mkdir(parents=True)
        shared = {"study.groups": {"value": ["a"]}, "study.title": quoted("Toy", "Toy")}
        (folder / "results.json").write_text(json.dumps(shared | results, ensure_ascii=False), encoding="utf-8")
        (folder / "tables" / "claims.csv").write_text(CLAIMS.format(verdict), encoding="utf-8")
        (folder / "tables" / "claims.en.csv").write_text(verdict, encoding="utf-8")
        for number, text in enumerate(tables):
            (folder / "tables" / f"t{number}.csv").write_text(text, encoding="utf-8")
        for language in ("en", "zh"):
            (folder / "figures" / f"map.{language}.svg").write_text(PICTURE.format(picture), encoding="utf-8")
            (folder / "figures" / f"same.{language}.svg").write_text(PICTURE.format("same"), encoding="utf-8")
        return folder

    before = {
        "D.Oak": quoted(0.5, "0.500"), "D.Elm": quoted(-0.2, "−0.200"), "D.Ash": quoted(0.31, "0.3"),
        "gone": quoted(1, "1"), "sentence.d": said("D of Oak rises to 0.5.", "Oak的D升至0.5。"),
    }  # fmt: skip
    after = {
        "D.Oak": quoted(0.52, "0.520"), "D.Elm": quoted(0.2, "0.200"), "D.Ash": quoted(0.32, "0.3"),
        "new": quoted("high", "high"), "sentence.d": said("D of Oak falls to <0.5>.", "Oak的D降至<0.5>。"),
    }  # fmt: skip
    return (
        write("a", before, "not reproduced", "a", "x,y\n1,2\n3,4\n", "x\n1\n", "x\n1\n"),
        write("b", after, "reproduced", "b", "x,y\n1,2\n5,6\n", "x\n1\n2\n", "x\n1\n"),
    )


def test_what_changed_is_listed_the_largest_change_first(runs):
    before, after = map(changes.read, runs)
    table, unseen = changes.numbers(before, after, "en")
    assert table["key"].tolist() == ["D.Elm", "gone", "new", "D.Oak"]
    assert table["difference"].tolist()[:1] + table["difference"].tolist()[3:] == pytest.approx([0.4, 0.02])
    assert unseen == 1  # 0.31 and 0.32 are both quoted as 0.3
    assert changes.verdicts(before, after).to_numpy().tolist() == [["rises", "data", "not reproduced", "reproduced"]]
    found = changes.tables(before, after)
    assert found["table"].tolist() == ["claims", "t0", "t1"]
    assert found["first"].tolist() == ["2, verdict_data", "3, x", ""]
    assert found["cells"].tolist()[:2] == [1, 2]
    assert [f["name"] for f in changes.figures(before, after, "zh")] == ["map"]


def test_pages_show_it_in_both_languages_and_nothing_is_markup(runs):
    done = must(coordination("diff", *runs))
    assert_names(done.stdout, "4 numbers, 1 sentences, 1 verdicts, 3 tables, 1 figures changed", "changes.zh.html")
    for language, words in {"en": ("<del>rises", "<ins>falls"), "zh": ("<del>升", "<ins>降")}.items():
        text = (runs[1] / f"changes.{language}.html").read_text(encoding="utf-8")
        assert_names(text, *words, "&lt;", "+0.4", "data:image/svg+xml;base64,", "b/outputs/toy")
        assert "<0.5>" not in text
        assert str(runs[0].parents[2]) not in text


def test_two_runs_that_are_alike_say_so(runs):
    same = changes.read(runs[0])
    text, counts = changes.page(same, same, "en")
    assert not any(counts.values())
    assert "Nothing changed" in text


@pytest.mark.parametrize("text", [None, "{", "[1]", '{"a": 1}'])
def test_what_is_no_run_is_refused(runs, text):
    file = runs[0] / "results.json"
    file.unlink() if text is None else file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"results\.json: found .*; expected .*; name the outputs of a study"):
        changes.read(runs[0])
    assert not list(runs[1].glob("changes.*"))
