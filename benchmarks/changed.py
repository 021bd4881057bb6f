"""Every text that differs between two builds: `python benchmarks/changed.py FOLDER_A FOLDER_B [--renames FILE] > LIST`.

The folders are those of `unchanged.py make`. Of all that a reader sees (cells of tables, lines of prose, texts of
figures) the list has what stands in A and what in B, once, with the number of files and the first of them; what stands
in one of the two only has no other side. Code and pages about functions are left out, as are times.
"""

import argparse
import csv
import html
import io
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import yaml
from unchanged import drawn, members, read, renamer, shown, timeless


def units(path, content):
    """Return what a file says, piece by piece: a cell, a paragraph, a text of a figure."""
    suffix = Path(path).suffix
    if suffix == ".docx":
        body = members(content)["word/document.xml"].decode()
        return ["".join(re.findall(r"<w:t[^>]*>([^<]*)", part)) for part in body.split("</w:p>")]
    # What they say stands in the files they are made of, or that are made of them.
    if suffix in (".pdf", ".png", ".ico", ".inv") or "/notes/" in path:
        return []
    text = timeless(content.decode())
    if suffix == ".csv":
        return [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    if suffix == ".svg":
        return drawn(text).splitlines()
    if suffix == ".ipynb":
        found = []
        for cell in json.loads(text)["cells"]:
            if cell["cell_type"] == "markdown":
                found += "".join(cell["source"]).splitlines()
            for output in cell.get("outputs", ()):
                data = output.get("data", {"text/plain": output.get("text", "")})
                best = next((data[k] for k in ("text/html", "text/markdown", "text/plain") if k in data), "")
                found += texts("".join(best))
        return found
    if "/site/" in path and "/notebooks/" in path:
        return re.sub(r"</?a\b[^>]*>", "", text).splitlines()
    if suffix == ".html":
        return texts(re.sub(r"<svg.*?</svg>", lambda m: html.escape(drawn(m[0])), text, flags=re.S))
    if suffix == ".json" and not path.endswith("run.json"):
        noted = json.loads(text)
        entries = {n.pop("key"): n for n in noted} if isinstance(noted, list) and noted and "key" in noted[0] else noted
        if not isinstance(entries, dict):
            return text.splitlines()
        # The order of keys says nothing, and the number of a cell follows from the code.
        return sorted(f"{k}: {json.dumps(v, ensure_ascii=False, sort_keys=True)}" for k, v in entries.items())
    return text.splitlines()


def texts(markup):
    """Return the texts between the tags of a page."""
    plain = re.sub(r"<(script|style|head)\b.*?</\1>", "", markup, flags=re.S)
    return html.unescape(re.sub(r"</?(?:a|em|strong|code|span|sub|sup|b|i)\b[^>]*>", "", plain)).split("<")


# Where a number was computed, and checksums: that follows from the names of modules, which the renames list.
ORIGIN = re.compile(r"(?:\d\d(?:-[a-z-]+)?)(?:, cell N| 单元格N) · .*?(?:commit unknown|提交 未知)|\b[0-9a-f]{12,64}\b")


def pieces(path, content):
    """Return the units without tags and blanks around them."""
    found = (re.sub(r"^[^<>]*>", "", u) if path.endswith((".html", ".ipynb")) else u for u in units(path, content))
    return [" ".join(ORIGIN.sub("", u).split()) for u in found if u.strip()]


def hunks(ours, theirs):
    """Return the runs of texts that differ, by git, whose search for them is fast on a hundred thousand."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "a"), Path(folder, "b")
        for file, lines in zip(files, (ours, theirs), strict=True):
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        command = ["git", "diff", "--no-index", "--unified=0", "--no-color", *map(str, files)]
        said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8").stdout
    found = []
    for line in said.split("\n")[4:]:
        if line.startswith("@@"):
            found.append(([], []))
        elif line[:1] in "-+" and found and line:
            found[-1][line[0] == "+"].append(line[1:])
    return found


def changes(a, b, rename):
    """Return the files in which a text stands for another: dict of (old, new) to paths."""
    found = defaultdict(list)
    for path, content in a.items():
        other = path if path in b else rename(path)
        if other not in b or content == b[other]:
            continue
        ours, theirs = [rename(p) for p in pieces(path, content)], pieces(other, b[other])
        often = Counter(ours), Counter(theirs)
        for hunk in hunks(ours, theirs):
            # What a file says as often as before stands in another place only.
            left, right = ([u for u in side if often[0][u] != often[1][u]] for side in hunk)
            pairs = zip(left, right, strict=True) if len(left) == len(right) else [("\n".join(left), "\n".join(right))]
            for pair in pairs:
                if pair[0] != pair[1]:
                    found[pair].append(other)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--renames", type=Path)
    given = parser.parse_args()
    renames = yaml.safe_load(given.renames.read_text(encoding="utf-8")) if given.renames else {}
    files = [{k: s for k, v in read(f).items() if (s := shown(k, v)) is not None} for f in (given.a, given.b)]
    found = changes(*files, renamer({k: v for k, v in renames.items() if v}, files[1]))
    for (old, new), paths in sorted(found.items(), key=lambda entry: (entry[1][0], entry[0])):
        entry = {k: v for k, v in {"old": old, "new": new, "files": len(paths), "first": paths[0]}.items() if v != ""}
        yaml.safe_dump([entry], sys.stdout, allow_unicode=True, sort_keys=False, width=120)


if __name__ == "__main__":
    main()
