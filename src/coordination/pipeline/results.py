"""Putting together what the notebooks noted: results.json, provenance.json and contents.csv."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import exchange, kept, lineage
from coordination.pipeline.files import checksum, number_in_article, panel_file, write
from coordination.pipeline.paths import handover, note_file, output_root, outputs, raw, root, run_note
from coordination.pipeline.provenance import commit
from coordination.presentation.reader import Reader
from coordination.sections import SECTIONS, sections
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions

# What sentences say of the study itself, with nothing computed
TOPICS = (
    "weights", "weighting", "scale", "aggregation", "coupling", "lag",
    "normalisation", "zeros", "joined", "shares", "levels", "inference", "parts",
)  # fmt: skip


def collect(study):
    """Gather what the notebooks recorded into results.json, provenance.json, contents.csv and files for other programs.

    Parameters
    ----------
    study : str

    Returns
    -------
    int
        Number of results.

    Raises
    ------
    InputError
        If a section's note is missing, or two notebooks record the same key.
    """
    results, made = {}, []
    loaded = load(raw(study))
    plan = sections(raw(study), loaded.left_out)
    for section in set(SECTIONS) - set(plan):
        _remove(study, section.name)
    for section in plan:
        file = note_file(study, section.name)
        if not file.is_file():
            raise InputError(displayed(file), "no such file", f"what {section.name} notes", "run that notebook first")
        note = json.loads(file.read_text(encoding="utf-8"))
        for entry in note["results"]:
            if entry["key"] in results:
                raise InputError(entry["key"], "recorded by two notebooks", "a key of its own", "rename one of them")
            results[entry["key"]] = {k: v for k, v in entry.items() if k != "key"}
        made += [{"notebook": section.name, **m} for m in note["made"]]
    captions = {}
    for m in (m for m in made if m["caption"]):
        text = m["caption"]
        captions[f"caption.{m['name']}"] = {"value": text, "text": text, "unit": "", "decimals": 0} | {
            k: m[k] for k in ("notebook", "cell", "function") if k in m
        }
    results = {**results, **captions, **_facts(study)}
    by_hand = kept.of(study, "collect")
    _collect_runs(study, plan, by_hand)
    write(outputs(study) / "results.json", json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    executed = {s.name: outputs(study) / "notebooks" / f"{s.name}.ipynb" for s in plan}
    there = {name: file for name, file in executed.items() if file.is_file()}
    traced = lineage.graph(loaded, there, results, made)
    if by_hand:
        traced["kept"] = [entry | lineage.dependent(traced, entry["file"]) for entry in by_hand]
    write(outputs(study) / "provenance.json", json.dumps(traced, ensure_ascii=False, separators=(",", ":")) + "\n")
    rows = [
        (
            m["kind"],
            number_in_article(m["kind"], m["name"], loaded) or "",
            m["name"],
            m["caption"].get("en", ""),
            m["notebook"],
            m["function"],
            file,
        )
        for m in made
        for file in m["files"]
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["kind", "number", "name", "caption", "notebook", "function", "file"])
    writer.writerows(rows)
    write(outputs(study) / "contents.csv", text.getvalue())
    _exchange(study, [m for m in made if m["kind"] == "table"], by_hand)
    return len(results)


def _exchange(study, tables, by_hand):
    """Write all tables as a workbook and as LaTeX, and scores and D for Stata and as Parquet; say what was kept."""
    loaded = load(raw(study))
    for language in LANGUAGES:
        shown = {
            m["name"]: (m["caption"][language], _shown(output_root() / file))
            for m in tables
            for file in m["files"]
            if file.endswith(f".{language}.csv")
        }
        write(outputs(study) / f"tables.{language}.xlsx", exchange.workbook(shown, kept.said(by_hand, language)))
        write(outputs(study) / f"tables.{language}.tex", exchange.latex(shown, kept.said(by_hand, language)))
    if all(handover(study, name).is_file() for name in ("scores", "coordination")):
        regions = read_regions(loaded, raw(study))
        table, named = exchange.degrees(loaded, regions)
        reader = Reader(loaded, regions, loaded.language)
        if by_hand:
            table["kept"] = kept.said(by_hand, loaded.language)
        write(outputs(study) / "results.dta", exchange.stata(table, named, loaded, reader))
        write(outputs(study) / "results.parquet", exchange.parquet(table))


def _shown(file):
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _remove(study, section):
    """Remove what a section wrote before it was left out."""
    note = note_file(study, section)
    if note.is_file():
        for made in json.loads(note.read_text(encoding="utf-8"))["made"]:
            for file in made["files"]:
                (output_root() / file).unlink(missing_ok=True)
        note.unlink()
    (outputs(study) / "notebooks" / f"{section}.ipynb").unlink(missing_ok=True)
    run_note(study, section).unlink(missing_ok=True)


def _facts(study):
    """Return what a text says of the study itself, and of where everything comes from, in the form of results."""
    loaded = load(raw(study))
    start = panel_file(loaded) or raw(study) / loaded.panel.released
    texts = {
        "study.title": loaded.title,
        "study.source": loaded.source,
        **{f"subsystem.{s.id}": s.name for s in loaded.subsystems},
        **{f"group.{g.id}": g.name for g in (*loaded.groups, loaded.whole)},
    }
    if loaded.panel.withheld and start.name == loaded.panel.released:
        texts["study.withheld"] = loaded.panel.withheld
    facts = {key: {k: text[k] for k in LANGUAGES} for key, text in texts.items()}
    readers = {k: Reader(loaded, None, k) for k in LANGUAGES}
    for topic in TOPICS:
        facts[f"study.{topic}"] = {k: reader.say("study", topic) for k, reader in readers.items()}
    facts["study.first_year"] = dict.fromkeys(LANGUAGES, str(loaded.years[0]))
    facts["study.last_year"] = dict.fromkeys(LANGUAGES, str(loaded.years[-1]))
    where = {"commit": commit(), "lock": checksum(root() / "requirements.lock"), "seed": str(loaded.seed)}
    where |= {"panel": checksum(start), "study": checksum(raw(study) / "study.yml")}
    facts |= {f"provenance.{key}": dict.fromkeys(LANGUAGES, value) for key, value in where.items()}
    own = sorted(f for f in raw(study).rglob("*") if f.is_file() and f.suffix not in (".md", ".py", ".typ", ".pyc"))
    given = {
        (f.relative_to(raw(study)).as_posix() if f in own else f.name): checksum(f)
        for f in dict.fromkeys((*own, start))
    }
    made_from = {
        "commit": where["commit"][:12],
        "dirty": where["commit"].endswith("-dirty"),
        "seed": where["seed"],
        "lock": where["lock"][:12],
        "given": [(name, digest[:12]) for name, digest in given.items()],
    }
    facts["provenance.sentence"] = {k: reader.say("study", "provenance", **made_from) for k, reader in readers.items()}
    results = {k: {"value": v, "text": v, "unit": "", "decimals": 0, "of": "study.yml"} for k, v in facts.items()}
    for key, names in (("subsystems", loaded.subsystems), ("groups", loaded.groups)):
        results[f"study.{key}"] = {"value": [n.id for n in names], "unit": "", "decimals": 0, "of": "study.yml"}
    best = list(loaded.directions[1])
    results["study.best"] = {"value": best, "unit": "", "decimals": 0, "of": "study.yml"}
    results["study.whole"] = {"value": loaded.whole.id, "unit": "", "decimals": 0, "of": "study.yml"}
    return results


def _collect_runs(study, plan, by_hand):
    """Put run.json together: seconds of every notebook that was run, machine of the latest, what was kept by hand."""
    files = (run_note(study, section.name) for section in plan)
    files = sorted((f for f in files if f.is_file()), key=lambda f: f.stat().st_mtime_ns)
    notes = {f.stem: json.loads(f.read_text(encoding="utf-8")) for f in files}
    if notes:
        seconds = {name: notes[name]["seconds"] for name in sorted(notes)}
        record = {"machine": notes[files[-1].stem]["machine"], "seconds": seconds}
        record |= {"kept": by_hand} if by_hand else {}
        write(outputs(study) / "run.json", json.dumps(record, indent=1) + "\n")
