"""What changed between two runs: numbers, sentences, verdicts, figures and tables side by side, on a page."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline.files import write
from coordination.presentation import locale
from coordination.presentation.html import environment
from coordination.study.files import displayed

TEMPLATE = environment(Path(__file__).parent).get_template("changes.html")

VERDICTS = ("verdict_published", "verdict_data")

WORD = re.compile(r"\d[\d.,−-]*\d|[^\W\d]+|\s+|.", re.ASCII | re.DOTALL)  # a letter in languages without blanks

LISTED = 500  # numbers on a page


@dataclass(frozen=True)
class Finished:
    """A finished run.

    Attributes
    ----------
    folder : Path
        Its outputs.
    results : dict of str to dict
        By key, as results.json has them.
    """

    folder: Path
    results: dict

    def number(self, key):
        """Return the value of a number, or None."""
        value = self.results.get(key, {}).get("value")
        return None if isinstance(value, dict) else value


def read(folder):
    """Read the results of a finished run.

    Parameters
    ----------
    folder : Path
        The outputs of a study, such as outputs/yellow-river.

    Returns
    -------
    Finished

    Raises
    ------
    InputError
        If results.json is not there, or no results of a run.
    """
    file, remedy = (
        folder / "results.json",
        "name the outputs of a study that has been run, such as outputs/yellow-river",
    )
    if not file.is_file():
        raise InputError(displayed(file), "no such file", "a finished run", remedy)
    try:
        results = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(displayed(file), str(error), "results as a run writes them", remedy) from None
    if not isinstance(results, dict) or not all(isinstance(e, dict) and "value" in e for e in results.values()):
        raise InputError(displayed(file), "something else", "results as a run writes them", remedy)
    return Finished(folder, results)


def numbers(before, after, language):
    """List the numbers that are quoted otherwise.

    Parameters
    ----------
    before, after : Finished
    language : str

    Returns
    -------
    tuple of (pandas.DataFrame, int)
        Columns key, before, after (as texts quote them; empty where there is none), difference (missing where one of
        them is no number), the largest relative difference first; and how many others differ only in digits that no
        text quotes.
    """
    rows, unseen = [], 0
    for key in dict.fromkeys((*before.results, *after.results)):
        one, other = before.results.get(key), after.results.get(key)
        if any(isinstance((e or {}).get("value"), dict) for e in (one, other)) or key.startswith("provenance."):
            continue
        if not any("text" in e for e in (one, other) if e):
            continue  # what the texts need to know, but do not quote
        said = [(e or {}).get("text", {}).get(language, "") for e in (one, other)]
        values = before.number(key), after.number(key)
        if said[0] == said[1] and one and other:
            unseen += values[0] != values[1]
            continue
        known = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        apart = values[1] - values[0] if known else None
        share = abs(apart) / max(abs(values[0]), abs(values[1]), 1e-12) if known else 2.0
        rows.append((key, *said, apart, share))
    table = pd.DataFrame(rows, columns=["key", "before", "after", "difference", "share"])
    return table.sort_values("share", ascending=False, kind="stable").drop(columns="share"), unseen


def sentences(before, after, language):
    """List the sentences that changed.

    Parameters
    ----------
    before, after : Finished
    language : str

    Returns
    -------
    list of dict
        key; before and after: HTML with what is gone in `del` and what is new in `ins`.
    """
    found = []
    for key in dict.fromkeys((*before.results, *after.results)):
        entries = [run.results.get(key, {}) for run in (before, after)]
        if not any(isinstance(e.get("value"), dict) for e in entries) or key.startswith("provenance."):
            continue
        one, other = (e.get("text", {}).get(language, "") for e in entries)
        if one != other:
            found.append({"key": key} | dict(zip(("before", "after"), marked(one, other), strict=True)))
    return found


def marked(one, other):
    """Mark what differs between two texts.

    Parameters
    ----------
    one, other : str

    Returns
    -------
    tuple of markupsafe.Markup

    Examples
    --------
    >>> [str(part) for part in marked("D rises to 0.55.", "D falls to 0.55 < 1.")]
    ['D <del>rises</del> to 0.55.', 'D <ins>falls</ins> to 0.55<ins> &lt; 1</ins>.']
    """
    parts = [WORD.findall(text) for text in (one, other)]
    sides = ["", ""]
    for step, a, b, c, d in SequenceMatcher(None, *parts, autojunk=False).get_opcodes():
        for side, mark, words in ((0, "del", parts[0][a:b]), (1, "ins", parts[1][c:d])):
            text = Markup.escape("".join(words))
            sides[side] += text if step == "equal" or not words else Markup(f"<{mark}>{text}</{mark}>")
    return tuple(map(Markup, sides))


def verdicts(before, after):
    """List the claims of which a verdict changed.

    Parameters
    ----------
    before, after : Finished

    Returns
    -------
    pandas.DataFrame of str
        Columns claim, route (published or data), before, after; empty where a run has no such claim.
    """
    sides = []
    for run in (before, after):
        file = run.folder / "tables" / "claims.csv"
        table = _read(file) if file.is_file() else pd.DataFrame(columns=["claim", *VERDICTS])
        sides.append(table.set_index("claim")[list(VERDICTS)].stack())
    both = pd.concat(sides, axis=1, keys=["before", "after"]).fillna("").rename_axis(["claim", "route"]).reset_index()
    both["route"] = both["route"].str.removeprefix("verdict_")
    return both[both["before"] != both["after"]]


def tables(before, after):
    """List the tables that changed.

    Parameters
    ----------
    before, after : Finished

    Returns
    -------
    pandas.DataFrame
        Columns table, cells (that differ; missing where rows or columns came or went), first (row and column of the
        first that does).
    """
    rows = []
    for name, files in _changed(before, after, "tables", ".csv"):
        one, other = (_read(f) if f else pd.DataFrame() for f in files)
        cells, first = None, ""
        if one.shape == other.shape and list(one) == list(other):
            apart = (one != other).to_numpy()
            cells, at = int(apart.sum()), [int(k[0]) for k in apart.nonzero()] if apart.any() else None
            first = f"{at[0] + 2}, {one.columns[at[1]]}" if at else ""
        rows.append((name, cells, first))
    return pd.DataFrame(rows, columns=["table", "cells", "first"])


def _changed(before, after, part, ending):
    """Yield the names, without their ending, of files that two runs do not share, and the file of either or None."""
    sides = [{f.name.removesuffix(ending): f for f in (r.folder / part).glob(f"*{ending}")} for r in (before, after)]
    for name in sorted(sides[0].keys() | sides[1].keys()):
        files = [side.get(name) for side in sides]
        if "." not in name and (None in files or files[0].read_bytes() != files[1].read_bytes()):
            yield name, files


def _read(file):
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def figures(before, after, language):
    """List the figures that changed.

    Parameters
    ----------
    before, after : Finished
    language : str

    Returns
    -------
    list of dict
        name, before and after: the picture as an address that holds it, or None.
    """
    found = []
    for name, files in _changed(before, after, "figures", f".{language}.svg"):
        pictures = [f and f"data:image/svg+xml;base64,{b64encode(f.read_bytes()).decode()}" for f in files]
        found.append({"name": name} | dict(zip(("before", "after"), pictures, strict=True)))
    return found


def page(before, after, language):
    """Write what changed as a page that stands by itself.

    Parameters
    ----------
    before, after : Finished
    language : str

    Returns
    -------
    tuple of (str, dict of str to int)
        HTML, and how many numbers, sentences, verdicts, tables and figures changed.
    """
    own = locale.words(language)
    changed, unseen = numbers(before, after, language)
    found = {
        "numbers": changed,
        "sentences": sentences(before, after, language),
        "verdicts": verdicts(before, after),
        "tables": tables(before, after),
        "figures": figures(before, after, language),
    }
    runs = [
        {
            "folder": "/".join(run.folder.resolve().parts[-3:]),  # a page tells no path of the machine
            "title": run.results.get("study.title", {}).get("text", {}).get(language, ""),
            "commit": run.results.get("provenance.commit", {}).get("text", {}).get(language, ""),
        }
        for run in (before, after)
    ]
    counts = {name: len(what) for name, what in found.items()}
    rows = {name: what.to_dict("records") for name, what in found.items() if isinstance(what, pd.DataFrame)}
    rows["numbers"] = [r | {"difference": _signed(r["difference"])} for r in rows["numbers"][:LISTED]]
    for row in rows["tables"]:
        row["cells"] = own["changes_shape"] if pd.isna(row["cells"]) else int(row["cells"])
    text = TEMPLATE.render(
        word=lambda key, *values: own[key].format(*values) if values else own[key],
        others={k: locale.words(k)["language_name"] for k in LANGUAGES if k != language},
        runs=runs,
        counts=counts,
        unseen=unseen,
        more=max(0, counts["numbers"] - LISTED),
        **found | rows,
    )
    return f"{text}\n", counts


def _signed(value):
    return "" if value is None or pd.isna(value) else f"{value:+.3g}".replace("-", "−")


def command(options):
    """Write what changed between two runs beside the second, in every language, and print how much.

    Parameters
    ----------
    options : argparse.Namespace
        With `before` and `after`, the outputs of two runs.

    Raises
    ------
    InputError
        If one of them is no finished run.
    """
    before, after = read(options.before), read(options.after)
    for language in LANGUAGES:
        text, counts = page(before, after, language)
        target = after.folder / f"changes.{language}.html"
        write(target, text)
        if language == LANGUAGES[0]:
            print(", ".join(f"{count} {name}" for name, count in counts.items()) + " changed")
        print(displayed(target))
