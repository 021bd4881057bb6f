"""The same region in other spellings."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from itertools import chain
from pathlib import Path

from coordination.errors import InputError, InputErrors, told
from coordination.study.files import read_text
from coordination.study.tabular import RECOGNISED

TOTALS, ELSEWHERE = (frozenset(chain.from_iterable(RECOGNISED[k])) for k in ("totals", "elsewhere"))
"""What stands in a column of regions and is none, and regions beside the 31 provinces, normalised."""

MANY = 2  # other provinces make a table one of provinces
COMPARED = 200  # spellings that are held against those of the study

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


def _own(regions):
    """Return the spellings that a study gives of each of its regions."""
    columns = [c for c in ("en", "zh", "aliases") if c in regions]
    return {r: _normals(r, *(row[c] for c in columns if isinstance(row[c], str))) for r, row in regions.iterrows()}


def _among_provinces(own):
    """Return the provinces that regions are, by region; none unless most regions are provinces by a name.

    Cities and counties can bear a province's name (the city of Jilin), and their codes its code (FIPS 11).
    """
    by_name = {s: p for p in provinces().values() for s in p if not s.isdigit()}
    found = {r: next((by_name[s] for s in sorted(written) if s in by_name), frozenset()) for r, written in own.items()}
    return found if 2 * sum(map(bool, found.values())) > len(found) else dict.fromkeys(own, frozenset())


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
        From the normalised spelling to the region. Where most regions are provinces by one of their names, each of
        these has all spellings of its province.

    Raises
    ------
    InputErrors
        With every spelling that would name two regions.
    """
    own = _own(regions)
    province = _among_provinces(own)
    shortened = Counter(str(r).lstrip("0") for r in own)
    for r, written in own.items():  # spreadsheets drop zeros in front of codes
        if str(r).isdigit() and shortened[str(r).lstrip("0")] == 1:
            written.add(normal(str(r).lstrip("0")))
    result, faults = {}, []
    for region, written in own.items():
        for spelling in sorted(written | province[region]):
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
        From a spelling that is neither the study's nor a province nor a total, or that in a table of provinces may
        mean one although the study's regions are none, to up to three regions of the study that are spelt nearly so; of
        the first `COMPARED`.

    Raises
    ------
    InputErrors
        As `spellings`.

    Notes
    -----
    Provinces outside the study and totals (`TOTALS`, `ELSEWHERE`) are in neither. Codes of provinces count only where
    the study's regions are provinces.
    """
    ours = spellings(regions)
    every = set().union(*provinces().values())
    of_provinces = any(_among_provinces(_own(regions)).values())
    if not of_provinces:
        every = {s for s in every if not s.isdigit()}
    found = list(dict.fromkeys(found))
    others = sum(normal(text) in every - set(ours) for text in found)
    known, unknown = {}, {}
    passed_over = TOTALS | ELSEWHERE | every
    for text in found:
        spelling = normal(text)
        if spelling in ours and spelling in every and not of_provinces and others > MANY:
            unknown[text] = [ours[spelling]]
        elif spelling in ours:
            known[text] = ours[spelling]
        elif spelling not in passed_over:
            asked = len(unknown) < COMPARED
            close = difflib.get_close_matches(spelling, list(ours), 9, 0.5) if asked else []
            unknown[text] = list(dict.fromkeys(ours[s] for s in close))[:3]
    return known, unknown
