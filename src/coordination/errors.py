"""The one exception a user can cause."""

from __future__ import annotations

LONGEST = 600  # characters of a part of a message


class Message(str):
    """An English text that was filled in, which keeps what it was made of, so that it can be said in other languages.

    Attributes
    ----------
    template : str
        The text with named places to fill, by which languages know it (see `locale/<language>/errors.yml`).
    values : dict
        What fills them: the user's own words and numbers, or further messages.
    """


def told(template, **values):
    """Fill in a text of an error.

    Parameters
    ----------
    template : str
        As `str.format` takes it.
    **values
        What fills its places.

    Returns
    -------
    Message

    Examples
    --------
    >>> told("no row of {region} in {year}", region="north", year=2020)
    'no row of north in 2020'
    """
    return _message(template.format(**values), template, values)


def _message(text, template, values):
    message = Message(text)
    message.template, message.values = template, values
    return message


class InputError(Exception):
    """Bad input: the message names file, row or key, what was found, what was expected and what to do.

    A part that says something is a text without places to fill, or `told` fills them; what languages call it stands in
    their `errors.yml`, under the English text. Any other part is the user's own, such as the name of a file.

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
    cut = told("{start} … ({count} characters)", start=str(part[: LONGEST // 2]), count=len(part))
    return _message(str(cut), part.template, part.values) if isinstance(part, Message) else cut


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
