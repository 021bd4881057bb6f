"""A language is a folder of words: another one beside them is enough for a whole run."""

import json
import re
import shutil

import pytest
import yaml
from conftest import copy_compendium, make, must, replace_once, write_study
from pypdf import PdfReader

MARK = "\u00a4"  # in every word of the toy language, and in no other


def marked(text):
    return f"{MARK}{text}" if isinstance(text, str) else text


def toy_language(folder):
    """Write a language whose words, captions and sentences are the English ones, each with a mark."""
    shutil.copytree(folder / "en", folder / "xx")
    kept = {"of_periods", "sentence_gap", "list_comma", "list_and", "comma", "colon", "dash", "html_language"}
    for file in (folder / "xx").glob("*.yml"):
        words = yaml.safe_load(file.read_text(encoding="utf-8"))
        plain = re.compile(r"-?[\d.]*")  # settings of the layout
        made = {
            k: v if k in kept or (isinstance(v, str) and plain.fullmatch(v)) else marked(v) for k, v in words.items()
        }
        file.write_text(yaml.safe_dump(made, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.mark.slow
def test_a_folder_of_words_gives_a_complete_run_in_another_language(tmp_path):
    root = tmp_path / "compendium"
    copy_compendium(root)
    shutil.rmtree(root / "data" / "raw" / "us-states")
    folder = write_study(root / "data" / "raw" / "toy")
    replace_once(folder / "study.yml", "seed: 7\n", "seed: 7\nleave_out: [robustness, diagnosis]\n")  # which take long
    toy_language(root / "src" / "coordination" / "locale")
    must(make(root, "-j2", "all", "STUDY=toy", "LANGUAGE=xx"))
    out = root / "outputs" / "toy"
    for kind, endings in (("figures", ("svg", "png")), ("tables", ("csv", "html"))):
        names = {f.name.split(".")[0] for f in (out / kind).glob(f"*.en.{endings[0]}")}
        assert len(names) > 10
        for name in names:
            for ending in endings:
                assert (out / kind / f"{name}.xx.{ending}").is_file()
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    captions = [r["text"] for k, r in results.items() if k.startswith("caption.")]
    assert captions
    assert all(c["xx"] == marked(c["en"]) or MARK in c["xx"] for c in captions)
    assert MARK not in json.dumps([c["en"] for c in captions], ensure_ascii=False)
    notebook = (out / "notebooks" / "05-global-autocorrelation.ipynb").read_text(encoding="utf-8")
    assert MARK in notebook
    # Prose of paper and site is English there, and says that it is.
    assert (out / "paper.xx.docx").stat().st_size > 5000
    paper = "".join(page.extract_text() for page in PdfReader(out / "paper.xx.pdf").pages)
    assert MARK in paper
    page = (out / "site" / "xx" / "index.html").read_text(encoding="utf-8")
    assert MARK in page
    assert 'class="fallback' in page or "in English" in page
    assert (out / "explorer.xx.html").is_file()
