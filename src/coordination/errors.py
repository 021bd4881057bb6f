"""The one exception a user can cause."""

from __future__ import annotations

import re

LONGEST = 600  # characters of a part of a message

MANY = 5  # messages of one kind that are told one by one at most

FIRST = 3  # places that are named of more

_WORD = r"'[^']*'"
_OWN = re.compile(rf"{_WORD}(?:(?:, | or |\W){_WORD})*|[0-9][0-9.,]*")  # words in a row, in any language, count as one


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
        As `str.format` takes it; a text that stays as it is if nothing is to be filled in, as a message does.
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
    if isinstance(template, Message):
        return template
    return _message(template.format(**values) if values else template, template, values)


def joined(template, parts):
    """Join parts by a text, so that languages can say each of them and join them in their own way.

    Parameters
    ----------
    template : str
        With the places first and second.
    parts : list of str or Message

    Returns
    -------
    str or Message
        Empty if there are none.

    Examples
    --------
    >>> joined("{first} or {second}", ["north", "south", "west"])
    'north or south or west'
    """
    if len(parts) < 2:
        return parts[0] if parts else ""
    middle = len(parts) // 2
    return told(template, first=joined(template, parts[:middle]), second=joined(template, parts[middle:]))


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


def kind(text):
    """Return what texts of one cause share.

    Parameters
    ----------
    text : str or Message

    Returns
    -------
    str
        The template that was filled in; of another text all but quoted words and numbers.

    Examples
    --------
    >>> kind(told("no row of {region}", region="north")), kind("is it '7' or 'b' in 2020?")
    ('no row of {region}', 'is it  in ?')
    """
    return text.template if isinstance(text, Message) else _OWN.sub("", str(text))


def of_one_kind(messages, of):
    """Put messages together whose cause is the same.

    Parameters
    ----------
    messages : iterable
    of : callable
        From a message to what those of one cause share (see `kind`).

    Returns
    -------
    list of list
        Kinds in the order of their first message. Those with up to five messages are parted into ones.

    Examples
    --------
    >>> of_one_kind(["row 1: '7'", "row 2: 'a'", "no row"], kind)
    [["row 1: '7'"], ["row 2: 'a'"], ['no row']]
    """
    kinds = {}
    for message in messages:
        kinds.setdefault(of(message), []).append(message)
    return [part for own in kinds.values() for part in ([own] if len(own) > MANY else [[m] for m in own])]


def firsts(texts):
    """Return the first three of texts that differ.

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    list of str
    """
    return list(dict.fromkeys(texts))[:FIRST]


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
        for own in of_one_kind(self.faults, lambda fault: tuple(map(kind, fault.args[1:]))):
            where, *rest = ([str(fault.args[k]) for fault in own] for k in range(4))
            found, expected, remedy = (", ".join(firsts(part)) for part in rest)
            places = f"{len(own)} times, first " if len(own) > 1 else ""
            lines.append(f"{places}{'; '.join(firsts(where))}: found {found}; expected {expected}; {remedy}")
        return lines[0] if len(self.faults) == 1 else f"{len(self.faults)} faults\n" + "\n".join(lines)
