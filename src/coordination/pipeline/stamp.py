"""Whether nothing has moved since a study was last seen to be up to date: exit code 0 if so.

As quick as can be, since every `make` begins with it: a few modules of the standard library, and no file is opened but
the stamp. What has moved need not have changed; that is the planner's business.
"""

import json
import sys
from os import stat


def sight(path):
    """Return what changes whenever a file does, whatever its date: size, times, number; of a folder, of its list.

    Parameters
    ----------
    path : str

    Returns
    -------
    list of int
    """
    found = stat(path)
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def unmoved(file, setting):
    """Return what was said when everything was last up to date.

    Parameters
    ----------
    file : str
        The stamp.
    setting : str
        Under which it must have been.

    Returns
    -------
    str
        Empty if anything has moved since.
    """
    try:
        with open(file, encoding="utf-8") as text:
            stamp = json.load(text)
        same = stamp["setting"] == setting and all(sight(path) == seen for path, seen in stamp["seen"].items())
    except (OSError, ValueError, KeyError):
        return ""
    return stamp["said"] if same else ""


if __name__ == "__main__":
    SAID = unmoved(*sys.argv[1:3])
    if not SAID:
        sys.exit(1)
    print(SAID)
