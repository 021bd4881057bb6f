"""The one exception a user can cause."""

from __future__ import annotations

LONGEST = 600  # characters of a part of a message


class InputError(Exception):
    """Bad input: the message names file, row or key, what was found, what was expected and what to do.

    Parameters
    ----------
    where : str
        File, with row or key.
    found : str
        What stands there.
    expected : str
        What should stand there.
    remedy : str
        What to do about it.
    """

    def __init__(self, where, found, expected, remedy):
        super().__init__(*map(brief, (where, found, expected, remedy)))

    def __str__(self):
        where, found, expected, remedy = self.args
        return f"{where}: found {found}; expected {expected}; {remedy}"


def brief(part):
    """Return a part of a message short enough to be read.

    Parameters
    ----------
    part : object
        Anything but a long text stays as it is.

    Returns
    -------
    object
    """
    if not isinstance(part, str) or len(part) <= LONGEST:
        return part
    return f"{part[: LONGEST // 2]} … ({len(part)} characters)"


class InputErrors(InputError):
    """Several faults of one input, a line each.

    Parameters
    ----------
    faults : iterable of InputError
    """

    def __init__(self, faults):
        self.faults = list(faults)
        Exception.__init__(self, self.faults)

    def __str__(self):
        lines = [str(fault) for fault in self.faults]
        return lines[0] if len(lines) == 1 else f"{len(lines)} faults\n" + "\n".join(lines)
