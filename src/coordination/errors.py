"""The one exception a user can cause."""

from __future__ import annotations

import re

LONGEST = 600  # characters of a part of a message

MANY = 5  # messages of one kind that are told one by one at most

FIRST = 3  # places that are named of more

_OWN = re.compile(r"'[^']*'|[0-9][0-9.,]*")


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


def of_one_kind(messages, found, rest):
    """Put messages together whose cause and remedy are the same.

    Parameters
    ----------
    messages : iterable
    found : callable
        From a message to the text of what was found, in which the user's own words and numbers may differ.
    rest : callable
        From a message to all else that must be the same.

    Returns
    -------
    list of tuple of (list, list of str)
        Messages, and the first three different texts of what was found; kinds in the order of their first message.
        Those with up to five messages are parted into ones.

    Examples
    --------
    >>> of_one_kind(["row 1: '7'", "row 2: 'a'", "no row"], str, lambda m: "")
    [(["row 1: '7'"], ["row 1: '7'"]), (["row 2: 'a'"], ["row 2: 'a'"]), (['no row'], ['no row'])]
    """
    kinds = {}
    for message in messages:
        kinds.setdefault((_OWN.sub("", found(message)), rest(message)), []).append(message)
    parts = [p for own in kinds.values() for p in ([own] if len(own) > MANY else [[m] for m in own])]
    return [(part, list(dict.fromkeys(map(found, part)))[:FIRST]) for part in parts]


class InputErrors(InputError):
    """Several faults of one input, a line each; more than five of one kind have one line, which names the first places.

    Parameters
    ----------
    faults : iterable of InputError
    """

    def __init__(self, faults):
        self.faults = list(faults)
        Exception.__init__(self, self.faults)

    def __str__(self):
        lines = []
        for own, found in of_one_kind(self.faults, lambda f: str(f.args[1]), lambda f: tuple(map(str, f.args[2:]))):
            places = "; ".join(list(dict.fromkeys(str(fault.args[0]) for fault in own))[:FIRST])
            if len(own) > 1:
                places = f"{len(own)} times, first {places}"
            _, _, expected, remedy = own[0].args
            lines.append(f"{places}: found {', '.join(found)}; expected {expected}; {remedy}")
        return lines[0] if len(self.faults) == 1 else f"{len(self.faults)} faults\n" + "\n".join(lines)
