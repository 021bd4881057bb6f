"""Which cell computed a number, and from which files: backward slices of the notebooks that were run.

Cells run from top to bottom, so that what a value depends on follows from the names that statements bind and use
(Weiser 1984, Program slicing, IEEE Transactions on Software Engineering 10). What is changed in place by its own name,
or bound under a condition, counts beside what was bound before; what a function changes in its arguments is not seen.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from functools import cached_property

from coordination.pipeline.files import checksum, claims_file, panel_file, variants_file
from coordination.pipeline.paths import handover, raw, root
from coordination.presentation.reader import FORMS
from coordination.sections import SECTIONS


@dataclass(frozen=True)
class Origin:
    """Where a number comes from.

    Attributes
    ----------
    notebook : str
        In which it was computed.
    cell : int
        Execution count of the cell that computed it.
    cells : tuple of (str, int)
        Notebook and cell of everything that it depends on, in the order in which they ran.
    inputs : tuple of str
        Files of the study, within its folder, and of the compendium (`data/lenses/...`) that it depends on.
    handed : tuple of str
        Hand-over files on the way.
    """

    notebook: str
    cell: int
    cells: tuple[tuple[str, int], ...]
    inputs: tuple[str, ...]
    handed: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Statement:
    cell: int
    tree: ast.AST
    binds: frozenset
    uses: frozenset
    weak: bool  # whether what was bound before may still stand


def _names(tree):
    """Return the names that a statement binds, and those that it uses but does not bind within itself."""
    binds, uses, inner = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.comprehension):
            inner |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.arg):
            inner.add(node.arg)
        elif isinstance(node, ast.alias):
            binds.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            binds.add(node.name)
        elif isinstance(node, ast.Name):
            (uses if isinstance(node.ctx, ast.Load) else binds).add(node.id)
    return frozenset(binds - inner), frozenset(uses - inner)


def _changed(tree):
    """Return the names whose objects a statement changes in place, as far as its form tells."""
    targets = tree.targets if isinstance(tree, ast.Assign) else [getattr(tree, "target", None)]
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Call):
        targets = [tree.value.func]
    found = set()
    for target in targets:
        inside = target
        while isinstance(inside, ast.Attribute | ast.Subscript):
            inside = inside.value
        if isinstance(inside, ast.Name) and (inside is not target or isinstance(tree, ast.AugAssign)):
            found.add(inside.id)
    return frozenset(found - {"run"})


def _statements(trees, cell, given=frozenset(), weak=False):
    """Yield the simple statements of a cell; those in a block depend on what the block stands under."""
    for tree in trees:
        blocks = [getattr(tree, name, []) for name in ("body", "orelse", "finalbody")]
        if not any(blocks) or isinstance(tree, ast.FunctionDef | ast.ClassDef):
            (binds, uses), changed = _names(tree), _changed(tree)
            if changed:
                yield _Statement(cell, tree, changed, uses | changed | given, True)
            yield _Statement(cell, tree, binds - changed, uses | given, weak)
            continue
        head = [getattr(tree, name, None) for name in ("test", "iter", "target")]
        head += [part for item in getattr(tree, "items", []) for part in (item.context_expr, item.optional_vars)]
        head = [part for part in head if part is not None] or [ast.Pass()]
        binds, uses = (frozenset().union(*sets) for sets in zip(*map(_names, head), strict=True))
        if binds:
            yield _Statement(cell, ast.Expr(ast.Tuple(head, ast.Load())), binds, uses | given, True)
        for block in blocks:
            yield from _statements(block, cell, given | uses | binds, True)


class Notebook:
    """The statements of a notebook that was run.

    Parameters
    ----------
    name : str
    content : str
        JSON.
    """

    def __init__(self, name, content):
        self.name = name
        self.statements, self.modules = [], {}
        for cell in json.loads(content)["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and cell.get("execution_count"):
                plain = "\n".join("" if line.startswith(("%", "!")) else line for line in source.splitlines())
                self.statements += _statements(ast.parse(plain).body, cell["execution_count"])
        for statement in self.statements:
            if isinstance(statement.tree, ast.ImportFrom):
                module = statement.tree.module
                self.modules |= {a.asname or a.name: f"{module}.{a.name}" for a in statement.tree.names}

    def behind(self, names, before):
        """Return the numbers of the statements that names depend on.

        Parameters
        ----------
        names : iterable of str
        before : int
            Number of the statement that uses them.

        Returns
        -------
        set of int
        """
        found, waiting = set(), [(name, before) for name in names]
        while waiting:
            name, at = waiting.pop()
            for k in range(at - 1, -1, -1):
                own = self.statements[k]
                if name not in own.binds:
                    continue
                if k not in found:
                    found.add(k)
                    waiting += [(used, k) for used in own.uses]
                if not own.weak:
                    break
        return found

    @cached_property
    def calls(self):
        """Calls in all statements, as (number of the statement, call)."""
        return [(k, node) for k, s in enumerate(self.statements) for node in ast.walk(s.tree) if _is_call(node)]

    def functions(self, tree):
        """Return what a piece of the notebook names of the package, with its module.

        Parameters
        ----------
        tree : ast.AST

        Returns
        -------
        set of str
        """
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.modules:
                found.add(f"{self.modules[node.value.id]}.{node.attr}")
            elif isinstance(node, ast.Name) and node.id in self.modules:
                found.add(self.modules[node.id])
        return found

    @cached_property
    def _notes(self):
        """Notes and sentences, as (what their keys look like, number of the statement, what is noted)."""
        found = []
        for k, call in self.calls:
            name, (key, *what) = _called(call), call.args or [None]
            if name == "Note" and what:
                found.append((re.compile(rf"{_pattern(key)}(?=\.|$)"), k, what))
            elif name in ("say", "say_each") and isinstance(key, ast.Attribute | ast.Name):
                of = [w.value for w in call.keywords if w.arg == "of"] if name == "say" else [None]
                form = "|".join(("sentence", *FORMS))
                said = rf"(?:{form})\.{getattr(key, 'attr', None) or key.id}"
                said += "".join(rf"\.{_pattern(o)}" for o in of)
                found.append((re.compile(f"{said}$"), k, what))
        return found

    def noted(self, key):
        """Return where a number or sentence is noted, as (number of the statement, what is noted)."""
        found = [(len(m[0]), k, what) for looks, k, what in self._notes if (m := looks.match(key))]
        longest = max((length for length, *_ in found), default=0)
        return [(k, what) for length, k, what in found if length == longest]

    def shown(self, kind, name):
        """Return where a table or figure is made, as (number of the statement, what it shows)."""
        return [
            (k, call.args[1:])
            for k, call in self.calls
            if _called(call) == kind and call.args and re.fullmatch(_pattern(call.args[0]), name)
        ]

    def written(self, name):
        """Return where a hand-over file is written, as (number of the statement, what is written)."""
        return self.shown("write", name)


def _is_call(node):
    return isinstance(node, ast.Call)


def _called(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _pattern(tree):
    """Return what a key that is written down in a notebook looks like, as a regular expression."""
    if isinstance(tree, ast.Constant):
        return re.escape(str(tree.value))
    if isinstance(tree, ast.JoinedStr):
        return "".join(re.escape(p.value) if isinstance(p, ast.Constant) else ".+?" for p in tree.values)
    return ".+?"


class Lineage:
    """The way of every number of a study, from the files it was given.

    Parameters
    ----------
    study : Study
    notebooks : dict of str to str
        JSON of the notebooks that were run, in their order.
    writers : dict of str to str
        Notebook that writes a hand-over file, by its name without ending.
    """

    def __init__(self, study, notebooks, writers):
        self.study, self.writers = study, writers
        self.notebooks = {name: Notebook(name, content) for name, content in notebooks.items()}
        self._of_handed, self._known = {}, {}

    def number(self, key, notebook, cell, function=""):
        """Return where a number or sentence comes from.

        Parameters
        ----------
        key : str
        notebook : str
            That noted it.
        cell : int
            In which it was noted.
        function : str
            That computed it, with its module.

        Returns
        -------
        Origin
        """
        return self._traced(notebook, self.notebooks[notebook].noted(key), cell, function)

    def shown(self, kind, name, notebook, cell):
        """Return where a table or figure comes from.

        Parameters
        ----------
        kind : {'table', 'figure'}
        name, notebook : str
        cell : int
            That shows it, which counts as the one that computed it.

        Returns
        -------
        Origin
        """
        return self._traced(notebook, self.notebooks[notebook].shown(kind, name), cell, "")

    def handed(self, name):
        """Return where a hand-over file comes from.

        Parameters
        ----------
        name : str
            Without ending.

        Returns
        -------
        Origin or None
            None if no notebook writes it.
        """
        if name not in self._of_handed:
            writer = self.notebooks.get(self.writers.get(name))
            written = writer.written(name) if writer else []
            cell = writer.statements[written[0][0]].cell if written else None
            self._of_handed[name] = self._traced(writer.name, written, cell, "") if written else None
        return self._of_handed[name]

    def whole(self, name):
        """Return what a notebook reads and writes.

        Parameters
        ----------
        name : str

        Returns
        -------
        dict of str to list of str
            inputs (as `Origin` names them), handed and writes (names of hand-over files).
        """
        read = {found for s in self.notebooks[name].statements for found in self._read(s.tree)}
        inputs, handed = sorted(f for kind, f in read if kind == "own"), sorted(f for kind, f in read if kind != "own")
        writes = [f"{written}.csv" for written, writer in self.writers.items() if writer == name]
        return {"inputs": inputs, "handed": [f"{n}.csv" for n in handed], "writes": writes}

    def _traced(self, name, places, cell, function):
        same = name, tuple((k, *map(id, what)) for k, what in places), cell, function
        if same not in self._known:
            self._known[same] = self._trace(name, places, cell, function)
        return self._known[same]

    def _trace(self, name, places, cell, function):
        book = self.notebooks[name]
        at = {k for k, s in enumerate(book.statements) if s.cell == cell} if not places else set()
        used, values, read = set(at), [], set()
        for k, what in places:
            names = frozenset().union(*(_names(part)[1] for part in what))
            used |= book.behind(names, k)
            values += what
        for k in at:
            used |= book.behind(book.statements[k].uses, k)
        trees = [book.statements[k].tree for k in sorted(used)] + values
        for tree in trees:
            read |= set(self._read(tree))
        cells, inputs, handed = {(name, book.statements[k].cell) for k in used}, set(), set()
        cells |= {(name, book.statements[k].cell) for k, _ in places}
        for kind, file in read:
            if kind != "handed":
                inputs.add(file)
                continue
            handed.add(f"{file}.csv")
            if earlier := self.handed(file):
                cells |= set(earlier.cells)
                inputs |= set(earlier.inputs)
                handed |= set(earlier.handed)
        where = self._computed(name, places, used, cells, function) or (name, cell)
        order = list(self.notebooks)
        cells = sorted(cells | {where}, key=lambda c: (order.index(c[0]), c[1]))
        return Origin(*where, tuple(cells), tuple(sorted(inputs)), tuple(sorted(handed)))

    def _computed(self, name, places, used, cells, function):
        """Return the cell that called a function: of this notebook's slice, else of an earlier notebook's."""
        book = self.notebooks[name]
        if not function or any(function in book.functions(part) for _, what in places for part in what):
            return None
        calling = [k for k in used if function in book.functions(book.statements[k].tree)]
        if calling:
            return name, book.statements[max(calling)].cell
        for other in reversed(self.notebooks.values()):
            passed = [s for s in other.statements if (other.name, s.cell) in cells] if other is not book else []
            own = [s.cell for s in passed if function in other.functions(s.tree)]
            if own:
                return other.name, max(own)
        main = [n.id for _, what in places for n in ast.walk(what[0]) if isinstance(n, ast.Name)] if places else []
        bound = [k for k in used if main[:1] and main[0] in book.statements[k].binds]
        return (name, book.statements[max(bound)].cell) if bound else None

    def _read(self, tree):
        """Yield what files a piece of a notebook reads, as (kind, name)."""
        study = self.study
        calls = (node for node in ast.walk(tree) if _is_call(node) and node.args)
        asked = {id(call.func): _constants(call.args[0]) or _constants(tree) for call in calls}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "run"):
                continue
            names = asked.get(id(node), ())
            match node.attr:
                case "read":
                    yield from (("handed", n) for n in names if n in self.writers)
                case "read_start":
                    start = panel_file(study)
                    yield "own", start.name if start else study.panel.released
                    if study.panel.changes:
                        yield "own", study.panel.changes
                case "matches_release" if study.panel.released:
                    yield "own", study.panel.released
                case "read_variants" if variants_file(study).is_file():
                    yield "own", variants_file(study).name
                case "published":
                    there = (raw(study.id) / "published" / f"{n}.csv" for n in names)
                    yield from (("own", f"published/{f.name}") for f in there if f.is_file())
                case "claims" if file := claims_file(study):
                    yield "own", file.relative_to(raw(study.id)).as_posix()
                case "polygons" if study.regions.polygons:
                    yield "own", study.regions.polygons
                case "given_weights" if study.spatial_weights.file:
                    yield "own", study.spatial_weights.file
                case "covariates" if study.drivers is not None:
                    yield "own", study.drivers.file
                case "lens_documents":
                    for base in (root(), raw(study.id)):
                        for folder in ("data/lenses", "lenses"):
                            found = sorted((base / folder).glob("*.yml"))
                            yield from (("own", f"{folder}/{f.name}") for f in found)
                case "regions" | "groups":
                    yield "own", study.regions.file
                case "study":
                    yield "own", "study.yml"


def _constants(tree):
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def graph(study, notebooks, results, made):
    """Return the way from the files that a study was given to every number, table and figure.

    Parameters
    ----------
    study : Study
    notebooks : dict of str to Path
        That were run, in their order; what others noted is left out.
    results : dict of str to dict
        As in results.json: those with a notebook are traced.
    made : list of dict
        What the notebooks made: kind, name, notebook, cell.

    Returns
    -------
    dict
        given, handed: SHA-256 of files by name (see `Origin`); notebooks: by name, what each reads (inputs, handed) and
        writes; origins: notebook and cell that computed, cells on the way by notebook, inputs and handed files;
        numbers, tables, figures: the place among the origins, by key or name.
    """
    writers = {name: s.name for s in SECTIONS for name in s.writes if s.name in notebooks}
    lineage = Lineage(study, {n: f.read_text(encoding="utf-8") for n, f in notebooks.items()}, writers)
    origins, places = [], {"numbers": {}, "tables": {}, "figures": {}}

    def place(origin):
        cells = {}
        for notebook, cell in origin.cells:
            cells.setdefault(notebook, []).append(cell)
        entry = {"notebook": origin.notebook, "cell": origin.cell, "cells": cells}
        entry |= {"inputs": list(origin.inputs), "handed": list(origin.handed)}
        if entry not in origins:
            origins.append(entry)
        return origins.index(entry)

    for key, entry in results.items():
        if entry.get("notebook") in notebooks and not key.startswith("caption."):
            where = entry["notebook"], entry.get("cell"), entry.get("function", "")
            places["numbers"][key] = place(lineage.number(key, *where))
    for entry in made:
        if entry["kind"] in ("table", "figure") and entry["notebook"] in notebooks:
            shown = lineage.shown(entry["kind"], entry["name"], entry["notebook"], entry.get("cell"))
            places[f"{entry['kind']}s"][entry["name"]] = place(shown)
    books = {name: lineage.whole(name) for name in notebooks}
    start = panel_file(study)
    given = {}
    for name in sorted({f for own in books.values() for f in own["inputs"]}):
        own = start if start is not None and name == start.name else raw(study.id) / name
        given[name] = checksum(own if own.is_file() else root() / name)
    passed = {f"{name}.csv": handover(study.id, name) for name in writers}
    handed = {name: checksum(file) for name, file in passed.items() if file.is_file()}
    return {"given": given, "handed": handed, "notebooks": books, "origins": origins, **places}


def dependent(traced, file):
    """Return which numbers, tables and figures depend on a hand-over file.

    Parameters
    ----------
    traced : dict
        As `graph` returns it.
    file : str
        Its path.

    Returns
    -------
    dict of str to list of str
        numbers: keys; tables, figures: names.
    """
    name = file.rpartition("/")[2]
    places = {k for k, origin in enumerate(traced["origins"]) if name in origin["handed"]}
    return {kind: [n for n, k in traced[kind].items() if k in places] for kind in ("numbers", "tables", "figures")}
