"""The choices of method on the page of methods, from the registries that the analysis asks."""

from __future__ import annotations

from coordination.choices import COUPLING, SPATIAL_WEIGHTS, STEPS
from coordination.presentation import locale

MANY = 1000  # regions, of which the number limits no choice of neighbours


def steps(language):
    """Return rows of a table: a step of the method, and the ways to take it among which the multiverse chooses.

    Parameters
    ----------
    language : str

    Returns
    -------
    str
        Markdown, a line a row.
    """
    words, rows = locale.words(language), []
    for step in STEPS:
        ways = [_way(words[f"level_{key}"], step[key].formula) for key in step.offered]
        rows.append(f"| {words[f'factor_{step.kind}']} | {'<br>'.join(ways)} |")
    return "\n".join(rows)


def _way(name, formula):
    return f"{name} ${formula}$" if formula else name


def spatial_weights(language):
    """List the spatial weights that the multiverse tries beside the study's own.

    Parameters
    ----------
    language : str

    Returns
    -------
    str
        Markdown for a cell.
    """
    words = locale.words(language)
    tried = [
        words[f"level_{key}"].format(*(f"{number:g}" for number in more.values()))
        for key in SPATIAL_WEIGHTS.offered
        for more in SPATIAL_WEIGHTS[key].tried(MANY)
    ]
    return "<br>".join(tried)


def couplings(language):
    """Show the formulas of the coupling degree that a study can choose instead of the usual one.

    Parameters
    ----------
    language : str

    Returns
    -------
    str
        Markdown.
    """
    words = locale.words(language)
    return "\n\n".join(
        f"{words[f'level_{key}']}{words['brackets'].format(f'`{key}`')}\n\n$$\n{COUPLING[key].formula}\n$$"
        for key in COUPLING.offered[1:]
    )
