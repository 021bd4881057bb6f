"""Does this state of the code make the same files as that one, byte for byte?

python benchmarks/unchanged.py make COMMIT FOLDER
python benchmarks/unchanged.py make --worktree PATH FOLDER
python benchmarks/unchanged.py compare FOLDER_A FOLDER_B [--renames FILE] [--texts FILE] [--shown]

`make` builds both studies from the files of a commit, or of a worktree as it lies there, in FOLDER/src, outside any
checkout, and notes the checksum of every file made in FOLDER/hashes.json. What was made from the same files, in the
same environment, is not made again.

`compare` ends with exit code 1 if it finds a difference that nothing explains. The file of renames is a YAML mapping of
old names to new ones, such as `coordination.tables.weights: coordination.indices.tables.weights`, or of other whole
words of code; a function that is gone has none (`null`). The file of texts is a YAML list of texts changed on purpose:
`{old: ..., new: ..., where: "outputs/*/site/zh/*"}`, where `where`, a pattern of paths, is left out for a text that
changed everywhere. Both are applied to A, renames first; then A must be B.

With `--shown`, for a change that rewrites code on purpose, code is not compared, neither that of notebooks' cells
nor the pages about functions: only what comes of it.

What is not compared letter by letter, and why: times and machine in run.json and where the site shows them; in
notebooks and pages, the lines that import from the package and the markup that colours code; in the site's search
index, words of renamed names and changed texts, since the pages they stand on are compared; on pages about functions,
which page a function stands on and what its module says of itself, while each function's own text must be the same.
Functions that are new are listed. Numbers may never change: no text explains them.
"""

import argparse
import csv
import fnmatch
import functools
import hashlib
import html
import importlib.metadata
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

import yaml

STUDIES = ("yellow-river", "us-states")
MADE = ("outputs", "data/processed", "printed")
# No part of what is built: a change of these alone needs no second build, so the build does not get them.
LEFT_OUT = ("tests/", "benchmarks/", ".ci/")
# What a calling shell or make may hold that would change the build.
FOREIGN = ("COORDINATION_", "MAKE", "MFLAGS", "GIT_", "PYTHONPATH", "STUDY", "PANEL", "PARAMETERS", "OUTPUT_ROOT")


# Making


def committed(commit, repository="."):
    """Return the files of a commit: dict of path to (content, whether it may be executed)."""
    archive = subprocess.run(["git", "-C", repository, "archive", commit], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {m.name: (tar.extractfile(m).read(), bool(m.mode & 0o100)) for m in tar if m.isfile()}


def uncommitted(worktree):
    """Return the files of a worktree as they lie there, new ones that git does not ignore included."""
    command = ["git", "-C", worktree, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    files = {name: Path(worktree, name) for name in sorted(set(names)) if name}
    return {k: (f.read_bytes(), os.access(f, os.X_OK)) for k, f in files.items() if f.is_file()}


def digest(files):
    """Return one SHA-256 of all files: paths and contents."""
    found = hashlib.sha256()
    for name, (content, _) in sorted(files.items()):
        found.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return found.hexdigest()


def environment(files):
    """Return one SHA-256 of the versions of Python and of the packages that the lock names."""
    locked = {_spelt(n) for n in re.findall(r"^([\w.-]+)==", files["requirements.lock"][0].decode(), re.MULTILINE)}
    there = {f"{_spelt(d.name)}=={d.version}" for d in importlib.metadata.distributions()}
    packages = sorted(p for p in there if p.partition("==")[0] in locked)
    return hashlib.sha256("\n".join([sys.version, *packages]).encode()).hexdigest()


def _spelt(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def hashes(folder):
    """Return the SHA-256 of every file that was made: dict of relative path to 64 digits."""
    root = {"printed": folder}
    found = {}
    for part in MADE:
        base = root.get(part, folder / "src")
        for file in sorted((base / part).rglob("*")):
            if file.is_file():
                found[file.relative_to(base).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def make(files, folder):
    """Build both studies from these files alone, unless the folder already holds what they make."""
    folder = Path(folder).resolve()
    note = folder / "hashes.json"
    files = {k: v for k, v in files.items() if not k.startswith(LEFT_OUT)}
    made_from = {"source": digest(files), "environment": environment(files)}
    if note.is_file():
        earlier = json.loads(note.read_text(encoding="utf-8"))
        other = [k for k, v in made_from.items() if earlier["made_from"][k] != v]
        if not other and hashes(folder) != earlier["files"]:
            other = ["files there"]
        if not other:
            print(f"{folder}: already made, {len(earlier['files'])} files")
            return
        print(f"{folder}: made anew because of other {' and '.join(other)}")
    note.unlink(missing_ok=True)
    for part in ("src", "printed"):
        shutil.rmtree(folder / part, ignore_errors=True)
    (folder / "printed").mkdir(parents=True)
    for name, (content, executable) in files.items():
        target = folder / "src" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o755 if executable else 0o644)
    for study in STUDIES:
        run("all", study, folder, must=True)
    for goal in ("check", "compare"):
        for study in STUDIES:
            run(goal, study, folder)
    found = hashes(folder)
    text = json.dumps({"made_from": made_from, "files": found}, indent=1)
    note.write_text(text + "\n", encoding="utf-8")
    print(f"{folder}: made {len(found)} files")


def run(goal, study, folder, must=False):
    """Run one goal of the Makefile and keep what it prints and its exit code."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    # The commit of an enclosing checkout would go into the outputs.
    kept |= {"GIT_CEILING_DIRECTORIES": str(folder), "SOURCE_DATE_EPOCH": "0", "TZ": "UTC"}
    command = ["make", "--no-print-directory", goal, f"STUDY={study}"]
    print(f"{folder.name}: make {goal} STUDY={study}", flush=True)
    done = subprocess.run(command, cwd=folder / "src", env=kept, capture_output=True, text=True, encoding="utf-8")
    if must and done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}make {goal} STUDY={study}: exit code {done.returncode}")
    # The progress of notebooks that run side by side comes in any order; only what is not progress is kept of it.
    said = done.stdout + f"exit code {done.returncode}\n" + ("" if must else done.stderr)
    (folder / "printed" / f"{goal}.{study}.txt").write_text(said, encoding="utf-8")


# Comparing: what is applied to the text of A


def renamer(renames, files=()):
    """Return a function that writes a text with the new names, whole names only and the longest first.

    A function that moved stands on another page: a link to api/tables.html#coordination.tables.f, and the name
    tables.f that the link shows, become api/indices/tables.html#coordination.indices.tables.f and indices.tables.f; or
    api/indices.tables.html#... where the files of B have no folders of pages.
    """
    if not renames:
        return lambda text: text
    folders = any(re.search(r"/api/\w+/\w+\.html$", f) for f in files)
    longest = "|".join(re.escape(k) for k in sorted(renames, key=len, reverse=True))
    names = re.compile(rf"(?<![\w.])(?:{longest})(?!\w)")
    link = r"api/[\w./]+?\.html#(?P<name>coordination[\w.]+)(?P<quote>\\?\"?)(?P<shown>>[\w.]+</a>)?"

    def new(match):
        return renames[match[0]]

    def moved(match):
        if not match["name"]:
            return new(match)
        short, name = match["name"].removeprefix("coordination."), names.sub(new, match["name"])
        if name == match["name"]:
            return match[0]
        page = name.removeprefix("coordination.").rpartition(".")[0]
        shown = match["shown"] or ""
        if shown == f">{short}</a>":
            shown = f">{name.removeprefix('coordination.')}</a>"
        return f"api/{page.replace('.', '/') if folders else page}.html#{name}{match['quote']}{shown}"

    # In one pass: what is new for one name may be old for another.
    either = re.compile(f"{link}|{names.pattern}")
    return lambda text: either.sub(moved, text)


def spellings(text):
    """Return a text as it stands in plain files, in HTML and XML, in JSON, and in JSON that keeps to ASCII."""
    escaped = html.escape(text, quote=False)
    quoted = [text, escaped, html.escape(text), escaped.replace("'", "&#39;").replace('"', "&quot;")]
    return [*quoted, *(json.dumps(t, ensure_ascii=a)[1:-1] for a in (False, True) for t in (text, escaped))]


def retold(text, path, texts, used, written=spellings):
    """Return a text with those of the listed changes that apply to the file; note which were found."""
    for k, entry in enumerate(texts):
        if not fnmatch.fnmatch(path, entry.get("where") or "*"):
            continue
        olds, news = written(entry["old"]), written(entry["new"])
        for old, new in dict(zip(olds, news, strict=True)).items():
            if old in text:
                text = text.replace(old, new)
                used.add(k)
    return text


def timeless(text):
    """Return a text without the seconds and the machine of run.json, the one output that says when and where."""
    quote = '(?:"|&quot;)'
    block = re.compile(rf"{quote}(?:seconds|machine){quote}: {{[^}}]*}}")
    value = re.compile(rf"({quote}: )(?:{quote}[^\n]*?{quote}|[\d.]+)(?=,?\n)")
    return block.sub(lambda m: value.sub(r"\1-", m[0]), text)


# Comparing: forms in which what is derived can be compared


IMPORT = re.compile(
    r"^(?:from coordination[\w.]* import (?:\([^)]*\)|[^\n]*)|import coordination[^\n]*)(?:\n+|\Z)", re.M
)
HIGHLIGHT = re.compile(r'(<div class="highlight"><pre>)(.*?)(</pre></div>)', re.S)
WORD = re.compile(r"\w+")


def canonical(path, text):
    """Return a text without markup that only colours code, and without the lines that import from the package.

    What those lines bring in is used by the code below them, whose results are compared.
    """
    if path.endswith(".ipynb"):
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            cell["source"] = IMPORT.sub("", source) if cell["cell_type"] == "code" else source
        return json.dumps(notebook, indent=1, ensure_ascii=False)
    if path.endswith(".html"):

        def plainly(match):
            code = html.unescape(re.sub(r"<[^>]*>", "", match[2]))
            return match[1] + html.escape(IMPORT.sub("", code), quote=False) + match[3]

        return HIGHLIGHT.sub(plainly, text)
    return text


def shown(path, content):
    """Return what a file shows, whatever code and cell it comes from; None for a file that only describes the code.

    Of a notebook these are its prose and its outputs in their order, of a page its words without code. Numbers of
    cells are left out: they change with the code.
    """
    if "/site/" in path and ("/api/" in path or path.endswith(("searchindex.js", "objects.inv"))):
        return None
    if path.endswith(".ipynb"):
        cells = json.loads(content)["cells"]
        prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        outputs = [o for c in cells for o in c.get("outputs", ())]
        for output in outputs:
            output.pop("execution_count", None)
        made = [{"cell_type": "markdown", "source": text} for text in prose]
        made.append({"cell_type": "code", "source": "", "outputs": outputs})
        return json.dumps({"cells": made}, indent=1, ensure_ascii=False).encode()
    if path.endswith(".json"):
        return re.sub(rb'"cell": (\d+|null)', b'"cell": 0', content)
    if path.endswith(".html"):
        # Two libraries spell the same quotation marks in two ways.
        content = re.sub(rb"&(#39|#x27|apos);", b"'", re.sub(rb"&(#34|quot);", b'"', content))
    if path.endswith(".html") and "/site/" in path:
        text = HIGHLIGHT.sub("", content.decode())
        text = re.sub(r"(cell[- ]|单元格)\d+", r"\1N", text)
        if "/notebooks/" in path:
            text = re.sub(r"<(script|style).*?</\1>|<svg.*?</svg>|<(?!a |/a>)[^>]*>", " ", text, flags=re.S)
            text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
        return text.encode()
    return content


def inventory(content):
    """Return the lines of Sphinx's objects.inv in alphabetical order."""
    head, body = content.split(b"zlib.\n", 1)
    return head.decode() + "\n".join(sorted(zlib.decompress(body).decode().splitlines()))


def index(text, ran):
    """Return what a search index says: titles, and for every word the pages that hold it.

    Parameters
    ----------
    text : str
        searchindex.js.
    ran : set of str
        Words of run.json, which the page about the site shows: left out for that page.

    Returns
    -------
    dict
    """
    found = json.loads(text[text.index("{") : text.rindex("}") + 1])
    names = found["docnames"]

    def pages(words):
        kept = {}
        for word, at in sorted(words.items()):
            on = {names[k] for k in ([at] if isinstance(at, int) else at)}
            kept[word] = sorted(on - ({"about"} if word in ran else set()))
        return {k: v for k, v in kept.items() if v}

    return {
        "pages": dict(zip(names, found["titles"], strict=True)),
        "alltitles": {k: sorted([names[n], anchor] for n, anchor in v) for k, v in sorted(found["alltitles"].items())},
        "titleterms": pages(found["titleterms"]),
        "terms": pages(found["terms"]),
        "rest": {k: found[k] for k in ("envversion", "filenames", "indexentries", "objects", "objnames")},
    }


def without_changed_words(ours, theirs, stems, said):
    """Return two search indices without the words that differ because of a renamed name or a changed text.

    The pages that hold them are compared themselves. A word may be one of them, contain one (the index joins words of
    neighbouring cells) or, where a language is written without blanks, be a part of one.
    """
    long = [s for s in stems if len(s) > 3]
    ours, theirs = dict(ours), dict(theirs)
    for key in ("terms", "titleterms"):
        a, b = ours[key], theirs[key]
        differing = {w for w in a.keys() | b.keys() if a.get(w) != b.get(w)}
        due = {w for w in differing if w in stems or any(s in w for s in long) or (not w.isascii() and w in said)}
        ours[key], theirs[key] = ({k: v for k, v in words.items() if k not in due} for words in (a, b))
    return tuple(json.dumps(t, indent=1, ensure_ascii=False) for t in (ours, theirs))


def stems_of(text):
    """Return the words of a text as a search index holds them."""
    import snowballstemmer

    words = {w.lower() for w in WORD.findall(text)}
    return words | set(snowballstemmer.stemmer("english").stemWords(sorted(words))) | set(WORD.findall(text))


def drawn(text):
    """Return the texts of a figure, which matplotlib writes beside the glyphs it draws, and of SVG with text."""
    found = re.findall(r"<!-- (.*?) -->|<text[^>]*>(.*?)</text>", text, re.S)
    return "\n".join(re.sub(r"<[^>]*>", "", a or b) for a, b in found)


# Half a minute for a paper full of figures, of which the site holds a copy.
@functools.cache
def printed(content):
    """Return the text of a PDF without blanks, since a longer word breaks lines elsewhere."""
    import pypdf

    return "".join("".join((page.extract_text() or "").split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def members(content):
    """Return the files inside a zip, such as a Word file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def numbers(path, content):
    """Return every number of a tidy table or of results.json with its place."""
    if path.endswith(".csv"):
        rows = csv.reader(io.StringIO(content.decode()))
        cells = {(r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row)}
        return {k: v for k, v in cells.items() if re.fullmatch(r"-?[\d.]+(?:e-?\d+)?|-?inf|nan|", v)}
    return {k: v["value"] for k, v in json.loads(content).items() if isinstance(v.get("value"), int | float)}


def described(pages):
    """Return what the pages about functions say: dict of dotted name to HTML."""
    found = {}
    for path, content in pages.items():
        text = content.decode()
        if path.endswith("/index.html"):
            for name, title in re.findall(r'\.html#(coordination[\w.]+)" title="([^"]*)"', text):
                found[f"{path.split('/site/')[1]}: {name}"] = title
            continue
        text = text.partition("</article>")[0].rpartition("</section>")[0]
        for block in re.split(r'(?=^<dl class="py (?:function|class|exception|data)">)', text, flags=re.M)[1:]:
            found[re.search(r'id="([\w.]+)"', block)[1]] = block.strip()
    return found


def first_difference(a, b):
    """Return the first place where two texts differ: line, and what stands there in A and in B."""
    lines = itertools.zip_longest(a.splitlines(), b.splitlines(), fillvalue="(end)")
    for k, (left, right) in enumerate(lines, 1):
        if left != right:
            at = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
            start = max(0, at - 40)
            return f"line {k}, column {at + 1}: A {left[start : at + 60]!r}, B {right[start : at + 60]!r}"
    return "the same text" if a == b else "ends of lines"


# Comparing


def compare(a, b, renames=None, texts=()):
    """Compare the files of two builds.

    Parameters
    ----------
    a, b : dict of str to bytes
        Content of every file by path.
    renames : dict of str to str or None, optional
        Old names, or other whole words of code, to new ones; None for a function that is gone.
    texts : list of dict
        Texts changed on purpose: old, new, and where (a pattern of paths) if not everywhere.

    Returns
    -------
    dict of str to list
        'identical', 'times', 'renames', 'texts', 'because of text': paths. 'different', 'only in A', 'only in B': paths
        with what is the matter. 'new functions', 'unused', 'numbers', 'other numbers': what their names say.
    """
    gone = {k for k, v in (renames or {}).items() if v is None}
    renames = {k: v for k, v in (renames or {}).items() if v is not None}
    rename, used = renamer(renames, b), set()
    keys = ("identical", "times", "renames", "texts", "because of text", "different", "only in A", "only in B")
    report = {k: [] for k in (*keys, "new functions", "unused", "numbers", "other numbers")}

    def is_page(path):
        return "/site/" in path and "/api/" in path and path.endswith(".html")

    pairs = {}
    for path in a:
        target = path if path in b else rename(path)
        pairs[path] = target if target in b else None
    waiting = [k for k, v in pairs.items() if v]
    report["only in A"] = [k for k, v in pairs.items() if not v and not is_page(k)]
    paired = set(pairs.values())
    report["only in B"] = [k for k in b if k not in paired and not is_page(k)]

    for path in list(waiting):
        if a[path] == b[pairs[path]]:
            report["identical"].append(path)
            waiting.remove(path)
    changed = [p for p in waiting if is_page(p)] + [p for p, v in pairs.items() if not v and is_page(p)]
    changed_b = [p for p in b if is_page(p) and p not in report["identical"]]
    if changed or changed_b:
        _pages(
            {p: a[p] for p in a if is_page(p)}, {p: b[p] for p in b if is_page(p)}, gone, rename, texts, used, report
        )
    waiting = [p for p in waiting if not is_page(p)]

    words = " ".join([*renames, *renames.values(), *(f"{t['old']} {t['new']}" for t in texts)])
    imports = {line for files in (a, b) for p in files if p.endswith(".ipynb") for line in _imported(files[p])}
    stems = stems_of(f"{words} {' '.join(imports)}") if any(p.endswith("searchindex.js") for p in waiting) else set()
    ran = [set(WORD.findall(f[p].decode())) for f in (a, b) for p in f if p.endswith("run.json")]
    contents = {
        p.removesuffix("/contents.csv"): list(csv.DictReader(io.StringIO(a[p].decode())))
        for p in a
        if re.fullmatch(r"outputs/[^/]+/contents\.csv", p)
    }
    given = (rename, texts, used, stems, words, set().union(*ran), contents)
    # A checksum that a page shows changes with its file, a picture in a Word file with the figure: files that others
    # hold come first.
    replaced, derived = {}, {}
    rest = {}
    order = (".csv", ".svg", ".css", ".js", ".png", ".json", ".ipynb", ".html")
    waiting.sort(key=lambda p: order.index(Path(p).suffix) if Path(p).suffix in order else len(order))
    for path in waiting:
        kind, place = _pair(path, a[path], b[pairs[path]], given, replaced, derived, report)
        if kind == "different":
            rest[path] = place
        else:
            report[kind].append(path)
            replaced[a[path]] = b[pairs[path]]
            derived.update(_derived(a[path], b[pairs[path]]))
    report["different"] += [f"{k}: {v}" for k, v in rest.items()]

    for path in a:
        tidy = path.endswith(".csv") and not re.search(r"\.(en|zh)\.csv$", path) and not path.endswith("contents.csv")
        if pairs[path] and (tidy or path.endswith("/results.json")):
            ours, theirs = numbers(path, a[path]), numbers(path, b[pairs[path]])
            if ours == theirs:
                report["numbers"].append(path)
            else:
                place = next(k for k in (*ours, *theirs) if ours.get(k) != theirs.get(k))
                report["other numbers"].append(f"{path}: {place}: A {ours.get(place)}, B {theirs.get(place)}")
    report["unused"] = [t["old"] for k, t in enumerate(texts) if k not in used]
    return report


def _imported(notebook):
    cells = json.loads(notebook)["cells"]
    return [line for c in cells if c["cell_type"] == "code" for line in IMPORT.findall("".join(c["source"]))]


def _pages(a, b, gone, rename, texts, used, report):
    """Compare function by function: a function that moved stands on another page, beside others."""
    for study in sorted({p.split("/site/")[0] for p in (*a, *b)}):
        before = described({k: v for k, v in a.items() if k.startswith(study)})
        after = described({k: v for k, v in b.items() if k.startswith(study)})
        seen = set()
        for name, block in before.items():
            new, page = rename(name), f"{study}/site/en/api: {name}"
            seen.add(new)
            if name.rpartition(" ")[2] in gone:
                continue
            if new not in after:
                report["only in A"].append(page)
                continue
            # On which page a linked function stands, and which module a signature begins with, follows from its name.
            link, module = r'href="[^"#]*#(?=coordination)', r'<span class="sig-prename.*?</span></span>'
            parts = [re.sub(module, "", re.sub(link, 'href="#', t)) for t in (rename(block), after[new])]
            own = [f'descname"><span class="pre">{n.rpartition(".")[2]}</span>' for n in (name, new)]
            parts[0] = parts[0].replace(*own, 1)
            if parts[0] == parts[1]:
                report["identical" if block == after[new] else "renames"].append(page)
            elif retold(parts[0], page, texts, used) == parts[1]:
                report["texts"].append(page)
            else:
                report["different"].append(f"{page}: {first_difference(*parts)}")
        report["new functions"] += [f"{study}: {k}" for k in after if k not in seen and ": " not in k]


def _pair(path, a, b, given, replaced, derived, report):
    """Return what makes two files the same, or 'different' and the first place where they are not."""
    rename, texts, used, stems, words, ran, contents = given
    suffix = Path(path).suffix
    if path.endswith("objects.inv"):
        left, right = rename(inventory(a)), inventory(b)
        return ("renames", "") if sorted(left.split()) == sorted(right.split()) else _different(left, right)
    if suffix == ".docx":
        return _word(path, a, b, given, replaced)
    if suffix == ".pdf":
        ours, theirs = printed(a), printed(b)
        renamed = rename(ours)
        told = retold(renamed, path, texts, used, lambda t: ["".join(t.split())])
        # Figures are drawn without text in a PDF; theirs may have changed. Otherwise nothing explains other bytes.
        study = "/".join(path.split("/")[:2])
        why = ours != theirs or any(f.startswith(study) and f.endswith(".svg") for f in report["because of text"])
        return ("because of text", "") if told == theirs and why else _different(told, theirs)
    if suffix == ".png":
        beside = path.removesuffix(".png") + ".svg"
        if beside in report["because of text"] or beside in report["texts"]:
            return "because of text", ""
        return "different", f"other bytes ({len(a)} and {len(b)}), and no text of {Path(beside).name} explains them"
    try:
        left, right = a.decode(), b.decode()
    except UnicodeDecodeError:
        return "different", f"other bytes ({len(a)} and {len(b)})"
    left, right = timeless(left), timeless(right)
    if left == right:
        return "times", ""
    if path.endswith("searchindex.js"):
        ours, theirs = (index(t, ran) for t in (left, right))
        if ours == theirs:
            return "times", ""
        ours, theirs = without_changed_words(ours, theirs, stems, words)
        ours = retold(rename(ours), path, texts, used)
        return ("texts" if texts else "renames", "") if ours == theirs else _different(ours, theirs)
    left = rename(left)
    for old, new in derived.items():
        left = left.replace(old, new)
    if left == right:
        return "renames", ""
    if suffix == ".svg":
        ours, theirs = drawn(left), drawn(right)
        told = retold(ours, path, texts, used)
        if told == theirs != ours:
            return "because of text", ""
        return _different(told, theirs) if told != theirs else _different(left, right)
    left, right = canonical(path, left), canonical(path, right)
    if left == right:
        return "renames", ""
    left = retold(left, path, texts, used)
    if left == right:
        return "texts", ""
    if suffix == ".ipynb":
        # A notebook draws its figures at another resolution than their files.
        (left, ours), (right, theirs) = _without_pictures(left), _without_pictures(right)
        changed = sum(x != y for x, y in itertools.zip_longest(ours, theirs))
        study = "/".join(path.split("/")[:2])
        drawn_by = {r["file"] for r in contents.get(study, ()) if r["notebook"] == Path(path).stem}
        explained = len(drawn_by & set(report["because of text"]))
        if left == right and 0 < changed <= explained:
            return "because of text", ""
        if left == right:
            return "different", f"{changed} pictures, of which texts explain {explained}"
        return _different(left, right)
    if suffix == ".html":
        figure = re.compile(r"<svg.*?</svg>", re.S)
        ours, theirs = (figure.sub(lambda m: drawn(m[0]), t) for t in (left, right))
        told = retold(ours, path, texts, used)
        if told == theirs:
            return ("because of text", "") if texts else _different(left, right)
        return _different(told, theirs)
    return _different(left, right)


def _without_pictures(notebook):
    """Return a notebook's text without its PNG, and these."""
    pictures = re.compile(r'"image/png": (".*?")')
    return pictures.sub('"image/png": ""', notebook), pictures.findall(notebook)


def _different(left, right):
    return "different", first_difference(left, right)


def _derived(old, new):
    """Return what other files hold of a file that changed for a stated reason: its checksum in several lengths."""
    # Sphinx adds a checksum of a style sheet or script to its address.
    addresses = [f"?v={zlib.crc32(t.replace(bytes([13]), b'')):08x}" for t in (old, new)]
    digests = [hashlib.sha256(t).hexdigest() for t in (old, new)]
    return {digests[0][:n]: digests[1][:n] for n in (64, 16, 12)} | {addresses[0]: addresses[1]}


def _word(path, a, b, given, replaced):
    rename, texts, used = given[:3]
    ours, theirs = members(a), members(b)
    if list(ours) != list(theirs):
        return "different", f"members {sorted(set(ours) ^ set(theirs)) or 'in another order'}"
    kinds = set()
    for name, left in ours.items():
        right = theirs[name]
        if left == right or replaced.get(left) == right:
            continue
        if not name.endswith((".xml", ".rels")):
            return "different", f"{name}: other bytes"
        left, right = rename(left.decode()), right.decode()
        if left == right:
            kinds.add("renames")
            continue
        left = retold(left, path, texts, used)
        if left == right:
            kinds.add("texts")
            continue
        whole = left, right
        # A text may be spread over runs, when a part of it is in italics.
        left, right = (
            "\n".join("".join(re.findall(r"<w:t[^>]*>([^<]*)", p)) for p in t.split("</w:p>")) for t in (left, right)
        )
        left = retold(left, path, texts, used)
        if left != right or not texts or not left.strip():
            return "different", f"{name}: {first_difference(*whole)}"
        kinds.add("because of text")
    if not kinds:
        return ("because of text", "") if any(ours[k] != theirs[k] for k in ours) else ("different", "order or dates")
    return next(k for k in ("because of text", "texts", "renames") if k in kinds), ""


def read(folder):
    """Return the files of a build by path."""
    folder = Path(folder)
    note = json.loads((folder / "hashes.json").read_text(encoding="utf-8"))
    return {k: (folder / k if k.startswith("printed/") else folder / "src" / k).read_bytes() for k in note["files"]}


def told(report):
    """Return the report as lines, and whether everything is explained."""
    names = {
        "identical": "identical",
        "times": "identical but for the times in run.json",
        "renames": "identical after renames",
        "texts": "identical after texts",
        "because of text": "differs because of text",
    }
    same = sum(len(report[k]) for k in names)
    failing = ("different", "only in A", "only in B", "other numbers")
    lines = [f"compared: {same + len(report['different'])}"]
    lines += [f"{title}: {len(report[k])}" for k, title in names.items()]
    lines += [f"  {title}: {p}" for k, title in names.items() if k in ("because of text",) for p in report[k]]
    for key in (*failing, "new functions", "unused"):
        lines.append(f"{key}: {len(report[key])}")
        lines += [f"  {line}" for line in report[key]]
    lines.append(f"numbers identical: {len(report['numbers'])} files")
    return lines, not any(report[k] for k in failing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    goals = parser.add_subparsers(dest="goal", required=True)
    making = goals.add_parser("make")
    making.add_argument("commit", nargs="?")
    making.add_argument("folder")
    making.add_argument("--worktree")
    comparing = goals.add_parser("compare")
    comparing.add_argument("a")
    comparing.add_argument("b")
    comparing.add_argument("--renames", type=Path)
    comparing.add_argument("--texts", type=Path)
    comparing.add_argument("--shown", action="store_true")
    given = parser.parse_args()
    if given.goal == "make":
        if (given.commit is None) == (given.worktree is None):
            parser.error("give a commit or --worktree PATH")
        make(uncommitted(given.worktree) if given.worktree else committed(given.commit), given.folder)
        return 0
    renames, texts = (
        yaml.safe_load(f.read_text(encoding="utf-8")) if f else None for f in (given.renames, given.texts)
    )
    notes = [json.loads(Path(f, "hashes.json").read_text(encoding="utf-8")) for f in (given.a, given.b)]
    environments = {n["made_from"]["environment"] for n in notes}
    if len(environments) > 1:
        print("made in different environments: other versions of Python or of packages")
    files = [read(given.a), read(given.b)]
    if given.shown:
        files = [{k: s for k, v in f.items() if (s := shown(k, v)) is not None} for f in files]
    lines, explained = told(compare(*files, renames, texts or ()))
    print("\n".join(lines))
    return 0 if explained else 1


if __name__ == "__main__":
    sys.exit(main())
