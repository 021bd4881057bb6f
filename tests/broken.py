"""Ways in which a file goes wrong, as strategies of hypothesis."""

import io
import re
import zipfile

from hypothesis import strategies as st

WORDS = (
    "", "-1", "0", "1", "0.5", "1e308", "-1e308", "1e-320", "1e999", "nan", "inf", "null", "true", "~", "[]", "{}",
    "*a", "&a", "!!x y", "0x10", "12%", "2019", "2019-2022", "2019-01-01", "all", "'", '"', "#", "?", ";", "\t",
    "=1+1", "\uff19", "\u4e2d", "\u202e", "\0", "../x", "/etc/passwd", "x" * 300, "9" * 5000, "[" * 500, "- " * 300,
)  # fmt: skip
BYTES = (b"\0", b'"', b",", b"\n", b"\r", b"\xff", b"\t", b"'", b"-", b"1e999", b"{", b"*a", "\u2460".encode())
KINDS = (
    "word", "word", "word", "other word", "other word", "flip", "delete", "double", "insert", "cut",
    "delete line", "double line", "swap lines",
)  # fmt: skip
SHARES = st.floats(0, 0.999)


def corruptions():
    """How to corrupt bytes: a list of (what to do, two places as shares of the length, a word, bytes)."""
    odd = st.sampled_from(BYTES) | st.binary(max_size=4)
    one = st.tuples(st.sampled_from(KINDS), SHARES, SHARES, st.sampled_from(WORDS), odd)
    return st.lists(one, min_size=1, max_size=3)


def corrupted(content, changes):
    """Return bytes after changes drawn from `corruptions`; in a zipped workbook they happen to one of its members."""
    if content[:2] == b"PK" and changes[0][1] < 0.8:
        return _member(content, changes)
    for kind, share, other, word, odd in changes:
        k = int(share * len(content))
        rows = content.split(b"\n")
        row = int(share * len(rows))
        if kind in ("word", "other word"):
            found = [m.span() for m in re.finditer(rb"[^\s,:{}\[\]<>\"]+", content)] or [(0, 0)]
            start, end = found[int(share * len(found))]
            first, last = found[int(other * len(found))]
            new = word.encode() if kind == "word" else content[first:last]
            content = content[:start] + new + content[end:]
        elif kind == "flip":
            content = content[:k] + bytes(255 - b for b in content[k : k + 1]) + content[k + 1 :]
        elif kind == "delete":
            content = content[:k] + content[k + 3 :]
        elif kind == "double":
            content = content[:k] + content[k : k + 9] * 2 + content[k + 9 :]
        elif kind == "insert":
            content = content[:k] + odd + content[k:]
        elif kind == "cut":
            content = content[: max(k, 1)]
        elif kind == "delete line":
            content = b"\n".join(rows[:row] + rows[row + 1 :])
        elif kind == "double line":
            content = b"\n".join(rows[: row + 1] + rows[row:])
        else:
            content = b"\n".join(rows[:row] + rows[row:][::-1])
    return content


def _member(content, changes):
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    name = sorted(parts)[int(changes[0][1] / 0.8 * len(parts))]
    parts[name] = corrupted(parts[name], changes)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return made.getvalue()
