"""The same region in other spellings."""

from __future__ import annotations

import difflib
import re
import unicodedata
from itertools import chain
from pathlib import Path

from coordination.errors import InputError, InputErrors, told
from coordination.study.files import read_text
from coordination.study.tabular import RECOGNISED

TOTALS, ELSEWHERE = (frozenset(chain.from_iterable(RECOGNISED[k])) for k in ("totals", "elsewhere"))
"""What stands in a column of regions and is none, and regions beside the 31 provinces, normalised."""

# Ids that a new study gets for names without Latin letters.
MADE_UP = re.compile(r"(?:series|indicator|subsystem)_\d+(?:_\d+)*")

_CJK = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

_BETWEEN = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")


def normal(text):
    r"""Return a spelling without what does not tell names apart: width, case, blanks.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> normal("  Inner   Mongolia "), normal("\u5317\u3000\u4eac") == "\u5317\u4eac"
    ('inner mongolia', True)
    """
    folded = unicodedata.normalize("NFKC", str(text)).replace("\u200b", "").replace("\ufeff", "").casefold()
    return _BETWEEN.sub("", " ".join(folded.split()))


def gazetteer():
    """Read the provinces of China.

    Returns
    -------
    pandas.DataFrame of str, shape (31, 8)
        Columns adcode, region, region_zh, longitude, latitude, group, presets, aliases; the last two hold parts
        separated by "|".

    Raises
    ------
    InputError
        If the file is no table.
    """
    return read_text(Path(__file__).with_name("provinces.csv"))


def provinces():
    """Return all spellings of every province.

    Returns
    -------
    dict of str to set of str
        By the English name; spellings are normalised.

    Raises
    ------
    InputError
        As `gazetteer`.
    """
    return {row.region: _normals(row.region, row.region_zh, row.aliases) for row in gazetteer().itertuples()}


def _normals(*texts):
    return {normal(part) for text in texts for part in str(text).split("|")} - {""}


def spellings(regions):
    """Return every spelling by which a study's regions are known.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region; columns en, zh and, where there are any, aliases (separated by "|").

    Returns
    -------
    dict of str to str
        From the normalised spelling to the region. A region that is a province by any of its spellings has all
        spellings of that province.

    Raises
    ------
    InputErrors
        With every spelling that would name two regions.
    """
    others = provinces().values()
    own = {}
    for region, row in regions.iterrows():
        names = [row[c] for c in ("en", "zh", "aliases") if c in regions and isinstance(row[c], str)]
        own[region] = _normals(region, *names)
    result, faults = {}, []
    for region, written in own.items():
        province = set().union(*(names for names in others if names & written))
        for spelling in sorted(written | province):
            first = result.setdefault(spelling, region)
            if first != region:
                found = told(
                    "'{spelling}' for both {first} and {region}", spelling=spelling, first=first, region=region
                )
                faults.append(InputError("regions", found, "spellings that name one region", "remove an alias"))
    if faults:
        raise InputErrors(faults)
    return result


def resolve(found, regions):
    """Say which regions are meant.

    Parameters
    ----------
    found : iterable of str
        Spellings as they stand.
    regions : pandas.DataFrame
        As for `spellings`.

    Returns
    -------
    known : dict of str to str
        From the spelling found to the study's region.
    unknown : dict of str to list of str
        From a spelling that is neither the study's nor a province nor a total, to up to three regions of
        the study that are spelt nearly so.

    Raises
    ------
    InputErrors
        As `spellings`.

    Notes
    -----
    Provinces outside the study and totals (`TOTALS`, `ELSEWHERE`) are in neither.
    """
    ours = spellings(regions)
    passed_over = TOTALS | ELSEWHERE | set().union(*provinces().values())
    known, unknown = {}, {}
    for text in dict.fromkeys(found):
        spelling = normal(text)
        if spelling in ours:
            known[text] = ours[spelling]
        elif spelling not in passed_over:
            close = difflib.get_close_matches(spelling, list(ours), 9, 0.5)
            unknown[text] = list(dict.fromkeys(ours[s] for s in close))[:3]
    return known, unknown
