"""What a multiverse costs, as it was measured: the table on the page about clusters."""

from __future__ import annotations

import csv

from coordination.presentation import locale

UNITS = (("hours", 3600), ("minutes", 60), ("seconds", 1))  # and how many seconds they have


def costs(record, language):
    """Show how long one core works on so many universes of so many regions.

    Parameters
    ----------
    record : Path
        As benchmarks/multiverse.py writes it.
    language : str

    Returns
    -------
    str
        Markdown: a row for every number of regions, a column for every number of universes.
    """
    words = locale.words(language, "site")["cost"]
    with record.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    counts = list(dict.fromkeys(line["universes"] for line in lines))
    heads = [words["regions"], *(words["universes"].format(count=f"{int(c):,}") for c in counts), words["part"]]
    rows = []
    for regions in dict.fromkeys(line["regions"] for line in lines):
        own = {line["universes"]: line for line in lines if line["regions"] == regions}
        spent = [duration(float(own[count]["cpu_seconds"]), words) for count in counts]
        rows.append([f"{int(regions):,}", *spent, f"{own[counts[0]]['part_mb']} MB"])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---:"] * len(heads), *rows))


def of(record, column):
    """Return what the panels have that were measured, which is the same in every row.

    Parameters
    ----------
    record : Path
    column : str
        `years` or `indicators`.

    Returns
    -------
    str
    """
    with record.open(encoding="utf-8", newline="") as file:
        (value,) = {line[column] for line in csv.DictReader(file)}
    return value


def duration(seconds, words):
    """Write how long something takes, in the largest unit of which it takes one.

    Parameters
    ----------
    seconds : float
    words : dict of str to str
        Texts for hours, minutes and seconds, with a place {number}.

    Returns
    -------
    str
        To two digits.

    Examples
    --------
    >>> words = {unit: "{number} " + unit for unit in ("hours", "minutes", "seconds")}
    >>> [duration(seconds, words) for seconds in (0.0123, 59, 100, 22400)]
    ['0.012 seconds', '59 seconds', '1.7 minutes', '6.2 hours']
    """
    unit, size = next((u for u in UNITS if seconds >= u[1]), UNITS[-1])
    return words[unit].format(number=f"{seconds / size:.2g}")
