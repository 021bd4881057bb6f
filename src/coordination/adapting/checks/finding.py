"""One finding of the check."""

from __future__ import annotations

from dataclasses import dataclass

from coordination.errors import InputErrors

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or that a reader of the results would want to know first.

    Attributes
    ----------
    severity : {'error', 'warning', 'note'}
        An error stops a run; a warning may make its results mean something else; a note is good to know.
    check : str
        What was looked for.
    where, found, expected, remedy : str
    """

    severity: str
    check: str
    where: str
    found: str
    expected: str
    remedy: str

    def __str__(self):
        return f"{self.where}: found {self.found}; expected {self.expected}; {self.remedy}"


def _of_errors(check, error):
    faults = error.faults if isinstance(error, InputErrors) else [error]
    return [Finding("error", check, *map(str, f.args)) for f in faults]
