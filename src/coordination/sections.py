"""The paper's sections: one notebook each, with what it reads and what it writes.

Only the standard library is used here, so that the planner can ask before anything is installed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from os.path import isfile
from pathlib import Path

# Hand-over files and their columns: where a notebook meets the next.
COLUMNS = {
    "normalised": ("region", "year", "indicator", "value", "filled"),
    "variants": ("indicator", "variant", "region", "year", "value", "filled"),
    "weights": ("subsystem", "indicator", "entropy", "weight"),
    "scores": ("region", "year", "subsystem", "score"),
    "coordination": ("region", "year", "coupling", "coordination_index", "coordination_degree", "level", "lag"),
    "global-moran": (
        "year", "source", "moran_i", "expected_i", "z_normality", "p_normality", "z_randomisation",
        "p_randomisation", "permutation_mean", "permutation_sd", "p_permutation", "p_exact_greater", "p_exact_less",
        "p_exact_two_sided", "p_exact_doubled",
    ),
    "local-moran": (
        "year", "source", "region", "z", "lag", "local_i", "quadrant", "quadrant_article", "expected_i", "variance_i",
        "z_i", "p_permutation", "p_exact", "p_exact_greater", "p_exact_less", "p_smallest", "q", "significant_fdr",
    ),
    "inequality": ("variable", "year", "measure", "value", "low", "high"),
    "moran-change": (
        "source", "first", "last", "moran_first", "moran_last", "change", "critical", "p_less", "p_two_sided", "slope",
        "slope_p_less", "slope_p_two_sided", "order_p_less", "order_p_two_sided", "exact",
    ),
    "claim-robustness": (
        "claim", "route", "holds", "share", "share_own", "universes", "certainty", "certainty_half",
        "certainty_double", "draws", "changes",
    ),
    "rank-intervals": ("source", "region", "year", "rank", "low", "median", "high"),
    "sensitivity": ("output", "factor", "first_order", "total"),
    "obstacles": ("region", "year", "subsystem", "indicator", "obstacle_degree", "within_subsystem"),
    "diagnosis": ("region", "rule", "lens", "limit", "path", "numbers"),
    "replication": (
        "item", "section", "route", "variable", "place", "period", "measure", "convention", "published", "recomputed",
        "difference", "tolerance", "chance", "verdict", "reason",
    ),
    "claims": (
        "claim", "section", "variable", "place", "period", "measure", "published", "verdict_published",
        "verdict_data", "holds_published", "holds_data", "share", "share_own", "universes", "certainty",
        "certainty_half", "certainty_double", "p_low", "p_high", "changes",
    ),
}  # fmt: skip


def exact_column(tail):
    """Return the column of `global-moran` in which exact p values of a tail stand, such as `p_exact_less`."""
    return f"p_exact_{tail.replace('-', '_')}"


def p_columns(tail):
    """Return the columns of p in `global-moran` that count for a study: in its tail, then two-sided, both ways."""
    return tuple(
        dict.fromkeys(("p_randomisation", "p_permutation", exact_column(tail), "p_exact_two_sided", "p_exact_doubled"))
    )


CERTAINTIES = ("certainty", "certainty_half", "certainty_double")  # of a claim, by size of the errors of figures

MADE_BY = {
    "normalised": "coordination.indices.normalisation.min_max",
    "variants": "coordination.indices.variants.normalised",
    "weights": "coordination.indices.weighting.weights",
    "scores": "coordination.indices.weighting.scores",
    "coordination": "coordination.indices.coupling.coordinate",
    "global-moran": "coordination.spatial.autocorrelation.global_moran",
    "local-moran": "coordination.spatial.autocorrelation.local_moran",
    "inequality": "coordination.dynamics.inequality.by_variable",
    "moran-change": "coordination.spatial.change.moran_change",
    "claim-robustness": "coordination.robustness.uncertainty.claim_shares",
    "rank-intervals": "coordination.robustness.uncertainty.rank_intervals",
    "sensitivity": "coordination.robustness.sensitivity.sensitivity",
    "obstacles": "coordination.diagnosis.obstacles.degrees",
    "diagnosis": "coordination.diagnosis.rules.diagnose",
    "replication": "coordination.replication.scoreboard.scoreboard",
    "claims": "coordination.replication.scoreboard.claims_table",
}

# Handed over in outputs/<study>/tables
TABLES = (
    "global-moran", "local-moran", "inequality", "moran-change", "claim-robustness", "rank-intervals", "sensitivity",
    "obstacles", "diagnosis", "replication", "claims",
)  # fmt: skip


# The article's numbered tables and figures, in its order: names, and whether each subsystem in turn has one of every
# name, which then ends in the subsystem's id.
NUMBERED = {
    "table": (
        (("indicators",), True),
        (("levels", "coordination-degree", "group-coordination", "global-moran"), False),
    ),
    "figure": (
        (("yearly-mean", "group-means", "regional-means"), True),
        (("scatter",), False),
    ),
}


def number_of(kind, name, subsystems):
    """Return the number of a table or figure in the article.

    Parameters
    ----------
    kind : {'table', 'figure', 'hand-over'}
    name : str
    subsystems : sequence of str
        The study's, in its order.

    Returns
    -------
    int or None
        None for one that the article does not number, and for what is no table or figure.

    Examples
    --------
    >>> number_of("table", "levels", ["quality", "economy"]), number_of("figure", "lines", ["quality", "economy"])
    (3, None)
    """
    order = []
    for names, by_subsystem in NUMBERED.get(kind, ()):
        order += [f"{n}-{s}" for s in subsystems for n in names] if by_subsystem else names
    return order.index(name) + 1 if name in order else None


@dataclass(frozen=True)
class Section:
    """A section of the paper.

    Attributes
    ----------
    name : str
        Of the notebook, without its ending.
    reads, writes : tuple of str
        Hand-over files (keys of `COLUMNS`).
    raw : tuple of str
        Patterns of the study's own files that it reads beside study.yml.
    shared : tuple of str
        Patterns of other files of the compendium that it reads.
    claims : bool
        Whether it exists only for a study with published values or claims of its own.
    degrees : bool
        Whether it exists only for a study with published values of D.
    optional : str or None
        What a study writes under `leave_out` to switch it off.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    raw: tuple[str, ...] = ("regions.*",)
    shared: tuple[str, ...] = ()
    claims: bool = False
    degrees: bool = False
    optional: str | None = None


OWN = "*.*"  # regions, polygons, neighbours and whatever else study.yml names, without panels

SECTIONS = (
    Section("01-indicators", (), ("normalised", "variants"), ("panel.*", "normalised.*", "variants.*", OWN)),
    Section("02-weights", ("normalised",), ("weights",)),
    Section("03-development", ("normalised", "weights"), ("scores",)),
    Section("04-coordination", ("scores",), ("coordination",)),
    Section("05-global-autocorrelation", ("coordination",), ("global-moran",), ("published/table4*", OWN)),
    Section("06-local-autocorrelation", ("scores", "coordination"), ("local-moran",), ("published/table4*", OWN)),
    Section(
        "07-dynamics",
        ("scores", "coordination", "local-moran"),
        ("inequality", "moran-change"),
        ("published/table4*", OWN),
        optional="dynamics",
    ),
    Section(
        "08-robustness",
        ("normalised", "variants", "weights"),
        ("claim-robustness", "rank-intervals", "sensitivity"),
        ("published/claims*", "published/table4*", OWN),
        optional="robustness",
    ),
    Section(
        "09-diagnosis",
        ("normalised", "weights", "scores", "coordination", "local-moran"),
        ("obstacles", "diagnosis"),
        ("lenses/*", OWN),
        ("data/lenses/*.yml",),
        optional="diagnosis",
    ),
    Section(
        "10-replication",
        (
            "normalised",
            "variants",
            "scores",
            "coordination",
            "global-moran",
            "local-moran",
            "moran-change",
            "claim-robustness",
        ),
        ("replication", "claims"),
        ("published/*", "claims.csv", OWN),
        claims=True,
    ),
    Section(
        "11-readings",
        ("normalised", "variants", "scores", "coordination"),
        (),
        ("panel.*", "published/*", OWN),
        degrees=True,
    ),
)

OPTIONAL = tuple(s.optional for s in SECTIONS if s.optional)


def sections(study_folder, leave_out=()):
    """Return the sections of a study.

    Parameters
    ----------
    study_folder : Path
    leave_out : sequence of str
        Optional sections that the study switches off.

    Returns
    -------
    tuple of Section
    """
    folder = Path(study_folder)
    claims = (folder / "published").is_dir() or (folder / "claims.csv").is_file()
    degrees = (folder / "published" / "table4_coordination.csv").is_file()
    there = (s for s in SECTIONS if (claims or not s.claims) and (degrees or not s.degrees))
    return tuple(s for s in there if s.optional not in leave_out)


# An import as it is written in this package; tests hold it against what Python reads.
IMPORT = re.compile(r"^[ \t]*from (coordination(?:\.\w+)*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
ENDS = (".py", "/__init__.py")


def modules(source, package):
    """Return the modules of the package that a piece of source uses, directly or through another.

    Parameters
    ----------
    source : str
        Python source.
    package : Path
        Folder of the package.

    Returns
    -------
    set of str
        Their files within the package, such as `spatial/neighbours.py`, with the `__init__.py` of every folder on the
        way.
    """
    found, waiting = {"__init__.py"}, [source]
    while waiting:
        for module, names in IMPORT.findall(waiting.pop()):
            parts = module.split(".")[1:]
            for name in re.findall(r"(?<!\bas )\b\w+", names):  # a module, or what is in one
                inside = [*parts, name]
                there = {f"{'/'.join(inside[:k])}{end}" for k in range(1, len(inside) + 1) for end in ENDS} - found
                for file in there:
                    if isfile(f"{package}/{file}"):
                        found.add(file)
                        waiting.append((package / file).read_text(encoding="utf-8"))
    return found


def resources(used, package):
    """Return the files beside the code that modules may read: words, sentences and other data.

    Parameters
    ----------
    used : set of str
        Files of modules, as `modules` returns them.
    package : Path

    Returns
    -------
    set of str
        Files within the package: what lies beside a module, the words of all languages, and the sentences of the rooms
        whose facts are used.
    """
    folders = {Path(file).parent for file in used}
    beside = {f for folder in folders for f in (package / folder).iterdir() if f.is_file() and f.suffix != ".py"}
    rooms = {Path(file).parent.name for file in used if file.endswith("/facts.py")}
    topics = rooms | {"words", "captions", "phrases", "study"}
    said = {f for f in package.glob("locale/*/*") if f.stem in topics}
    return {f.relative_to(package).as_posix() for f in beside | said}


def notebook_source(path):
    """Return the code of a notebook as one text, magics left out.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
    """
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    code = ("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    return "\n".join(line for text in code for line in text.splitlines() if not line.startswith(("%", "!")))


def given(section, study_folder):
    """Return the study's own files that a section reads.

    Parameters
    ----------
    section : Section
    study_folder : Path

    Returns
    -------
    list of Path
        In order of their names; with study.yml.
    """
    folder = Path(study_folder)
    apart = {f for name in ("panel", "normalised", "variants") for f in folder.glob(f"{name}.*")}
    apart |= {folder / "README.md", *folder.glob("*.py")}
    found = {folder / "study.yml"}
    for pattern in section.raw:
        found |= {f for f in folder.glob(pattern) if f.is_file() and not (pattern == OWN and f in apart)}
    return sorted(found)


def before(name):
    """Return the sections that a section waits for, directly or not.

    Parameters
    ----------
    name : str

    Returns
    -------
    set of str
        Names; empty for one that is no section.
    """
    reads = {r for s in SECTIONS if s.name == name for r in s.reads}
    direct = {s.name for s in SECTIONS if reads & set(s.writes)}
    return direct.union(*map(before, direct))
