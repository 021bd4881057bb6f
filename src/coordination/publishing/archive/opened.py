"""Reading an archive that somebody sent: its names lead nowhere else, and it unpacks to no more than it may."""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
import zlib

from coordination.errors import InputError, told
from coordination.study.files import displayed

MOST_FILES = 50_000
LARGEST = 4 << 30  # bytes of all files together
LARGEST_RATIO = 200  # unpacked to packed, of files above a megabyte
PIECE = 1 << 20  # bytes read at a time

# Where make keeps its own: what it finds there it takes for made
KEPT = (".make", ".venv")

# What a name may not have on any system: a drive, a stream, signs that steer
_STRAY = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f]')


def unpack(file, folder):
    """Unpack an archive into an empty folder.

    Parameters
    ----------
    file : Path
    folder : Path

    Returns
    -------
    dict of str to str
        SHA-256 of every file by its name.

    Raises
    ------
    InputError
        If it is no zip, a name in it leads out of the folder or stands twice, something in it is no file, or it is
        larger than it may be, whatever it says of itself.
    """
    name, digests = displayed(file), {}
    try:
        with zipfile.ZipFile(file) as archive:
            members = checked(archive.infolist(), name)
            left = LARGEST
            for member in members:
                target, digest = folder / member.filename, hashlib.sha256()
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("xb") as copy:
                    while piece := source.read(min(PIECE, left + 1)):
                        left -= len(piece)
                        if left < 0:
                            raise too_large(name)
                        digest.update(piece)
                        copy.write(piece)
                digests[member.filename] = digest.hexdigest()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise InputError(name, told("no zip that can be read ({error})", error=error), "an archive", REMEDY) from None
    return digests


REMEDY = "get it again from where it comes from"


def checked(members, name):
    """Return the files of a zip, having looked at what is said of them.

    Parameters
    ----------
    members : list of zipfile.ZipInfo
    name : str
        Of the zip.

    Returns
    -------
    list of zipfile.ZipInfo

    Raises
    ------
    InputError
        See `unpack`.
    """
    if len(members) > MOST_FILES:
        found, expected = told("{count} files", count=len(members)), told("at most {count}", count=MOST_FILES)
        raise InputError(name, found, expected, REMEDY)
    files, seen = [], set()
    for member in members:
        said, kind = member.orig_filename, stat.S_IFMT(member.external_attr >> 16)
        parts = said.removesuffix("/").split("/")
        odd = any(part in ("", ".", "..") or part[-1] in ". " or part.casefold() == ".git" for part in parts)
        if _STRAY.search(said) or odd or parts[0] in KEPT:
            raise InputError(name, f"the name {said!r}", "names within the archive", REMEDY)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.flag_bits & 1:
            raise InputError(name, told("{file}, a link or encrypted", file=said), "files", REMEDY)
        if said.endswith("/"):
            continue
        if said in seen:
            raise InputError(name, told("{file} twice", file=said), "every file once", REMEDY)
        seen.add(said)
        if member.file_size > PIECE and member.file_size > LARGEST_RATIO * member.compress_size:
            times = member.file_size // max(member.compress_size, 1)
            found = told("{file} that unpacks to {times} times its size", file=said, times=times)
            raise InputError(name, found, told("at most {times} times", times=LARGEST_RATIO), REMEDY)
        files.append(member)
    if sum(member.file_size for member in files) > LARGEST:
        raise too_large(name)
    return files


def too_large(name):
    """Return the error of an archive that unpacks to too much."""
    size = LARGEST / 2**30
    found, expected = told("more than {size:g} GB when unpacked", size=size), told("at most {size:g} GB", size=size)
    return InputError(name, found, expected, REMEDY)
