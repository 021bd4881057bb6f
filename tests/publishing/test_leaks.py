"""No output says where, by whom or on which machine it was made."""

import base64
import contextlib
import getpass
import io
import re
import socket
import tempfile
import zipfile
import zlib
from pathlib import Path

import pypdf
import pytest
from conftest import ROOT
from PIL import Image
from PIL.PngImagePlugin import PngInfo

# Names of users and machines that are words of any text
WORDS = {"root", "user", "users", "home", "build", "runner", "admin", "localhost", "docker", "work", "data", "ubuntu"}
EMBEDDED = re.compile(rb'(?:base64,|"image/png": ")([A-Za-z0-9+/=\\n]{40,})')


def private():
    """Return paths and names that belong to whoever runs the tests, as they would stand in an output."""
    folders = {Path(p).resolve() for p in (ROOT, Path.home(), tempfile.gettempdir())}
    names = {n for n in (getpass.getuser(), socket.gethostname()) if len(n) > 3 and n.lower() not in WORDS}
    return [rb"(?<![\w.:/-])" + re.escape(f"{p}/").encode() for p in folders if p != Path("/")] + [
        rb"\b" + re.escape(n).encode() + rb"\b" for n in names
    ]


def parts(name, content):
    """Yield what a file holds, unpacked: members of archives, streams of PDFs, notes in pictures."""
    yield name, content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield f"{name}, list", "\n".join(archive.namelist()).encode()
            for member in archive.namelist():
                yield from parts(f"{name}, {member}", archive.read(member))
    elif content.startswith(b"%PDF"):
        yield f"{name}, metadata", repr(pypdf.PdfReader(io.BytesIO(content)).metadata).encode()
        for found in re.finditer(rb"stream\r?\n", content):
            with contextlib.suppress(zlib.error):  # those that are not compressed stand in the file as they are
                yield f"{name}, byte {found.start()}", zlib.decompressobj().decompress(content[found.end() :])
    elif content.startswith(b"\x89PNG"):
        with Image.open(io.BytesIO(content)) as picture:
            yield f"{name}, notes", repr(picture.info).encode()
    elif name.endswith((".html", ".svg", ".js", ".ipynb")):
        for found in EMBEDDED.finditer(content):
            with contextlib.suppress(ValueError):
                yield from parts(f"{name}, byte {found.start()}", base64.b64decode(found[1].replace(rb"\n", b"")))


def leaks(folder):
    """Return what is private in the files of a folder, each with its place; files of the same bytes are read once."""
    patterns, seen, found = private(), set(), []
    plain = [re.sub(rb"^\(\?<.*?\]\)|\\b|\\(?=.)", b"", p) for p in patterns]
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        content = file.read_bytes()
        if hash(content) in seen:
            continue
        seen.add(hash(content))
        for place, part in parts(file.relative_to(folder).as_posix(), content):
            for text, pattern in zip(plain, patterns, strict=True):
                hit = re.search(pattern, part) if text in part else None
                if hit:
                    found.append(f"{place}: {part[max(0, hit.start() - 60) : hit.end() + 60]!r}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("study", ["yellow_river", "us_states"])
def test_no_output_says_where_or_by_whom_it_was_made(study, request):
    assert not leaks(request.getfixturevalue(study))


@pytest.mark.slow
def test_no_page_of_the_site_says_where_or_by_whom_it_was_made(made):
    assert not leaks(made / "outputs" / "yellow-river" / "site")


def picture(text):
    notes, file = PngInfo(), io.BytesIO()
    notes.add_text("Source", text)
    Image.new("L", (9, 9)).save(file, "png", pnginfo=notes)
    return file.getvalue()


def document(text):
    writer, file = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(9, 9)
    writer.add_attachment("a.txt", text)
    for made in writer._objects:
        if isinstance(made, pypdf.generic.StreamObject):
            writer._objects[writer._objects.index(made)] = made.flate_encode()
    writer.write(file)
    return file.getvalue()


def word(text):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/custom.xml", f"<p>{text}</p>")
    return file.getvalue()


HELD = {
    "a.txt": str.encode, "a.png": picture, "a.pdf": document, "a.docx": word,
    "a.ipynb": lambda text: b'{"image/png": "' + base64.encodebytes(picture(text)).replace(b"\n", rb"\n") + b'"}',
    "a.html": lambda text: b'<img src="data:image/png;base64,' + base64.b64encode(picture(text)) + b'">',
}  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_what_is_private_is_found_in_every_kind_of_file(tmp_path, name):
    (tmp_path / name).write_bytes(HELD[name]("see paper/apa.csl and https://example.org/tmp/x"))
    assert not leaks(tmp_path)
    (tmp_path / name).write_bytes(HELD[name](f"see {ROOT}/paper/apa.csl"))
    assert any(place.startswith(name) for place in leaks(tmp_path))
