"""What other software calls our columns, and how far its results are from ours."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import yaml

from coordination.presentation import locale

TOOLS = ("esda", "spdep", "GeoDa", "Stata")
LOOPS = "loops"  # what benchmarks/independent.py calls a definition that it spells out itself


@cache
def columns():
    """Return what other software calls the columns of hand-over tables.

    Returns
    -------
    dict of str to dict of str to dict
        By table and column: names by tool (see `TOOLS`), and `see`, the sections of the page that say how the
        definitions differ. Under `within` where a tool has them.
    """
    return yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))["tables"]


def names(table, language):
    """Show what other software calls the columns of a hand-over table.

    Parameters
    ----------
    table : str
        A key of `columns`.
    language : str

    Returns
    -------
    str
        Markdown.
    """
    words, within = locale.words(language, "site")["software"], columns()[table]["within"]
    heads = [f"{tool}<br>`{within[tool]}`" for tool in TOOLS]
    rows = [
        [
            f"`{column}`",
            *(f"`{tools[t]}`" if t in tools else words["none"] for t in TOOLS),
            words["comma"].join(f"[{words[f'see_{section}']}](#{section})" for section in tools["see"]),
        ]
        for column, tools in columns()[table].items()
        if column != "within"
    ]
    return _table([words["here"], *heads, words["differs"]], rows)


def differences(record, language):
    """Show how far our results are from those of independent software.

    Parameters
    ----------
    record : Path
        As benchmarks/independent.py writes it.
    language : str

    Returns
    -------
    str
        Markdown.
    """
    site = locale.words(language, "site")
    words, quantities = site["software"], site["quantities"]
    with record.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    rows = [
        [
            f"{quantities[line['quantity']]}<br>{{py:func}}`{line['ours'].rpartition('.')[2]} <{line['ours']}>`",
            words[LOOPS]
            if line["software"] == LOOPS
            else f"{line['software']} {line['version']}<br>`{line['theirs']}`",
            line["cases"],
            _power(float(line["difference"])) + (words[line["approximate"]] if line["approximate"] else ""),
        ]
        for line in lines
    ]
    return _table([words[k] for k in ("quantity", "elsewhere", "cases", "difference")], rows)


def _power(number):
    """Write a number with a power of ten."""
    if not number:
        return "0"
    digits, power = f"{number:.1e}".split("e")
    return rf"${digits} \times 10^{{{int(power)}}}$"


def _table(heads, rows):
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows))
