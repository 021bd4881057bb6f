"""What an archive says of its run to programs: ro-crate-metadata.json, by the profile of Provenance Run Crates."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from coordination.publishing.archive.contents import RECORD, read
from coordination.publishing.archive.manifests import captions, described, needed, people

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
}
# As RO-Crate 1.1 has them, by which the profiles go
TERMS = {name: f"https://bioschemas.org/{name}" for name in ("ComputationalWorkflow", "FormalParameter")}
KINDS = {
    ".cff": "application/yaml", ".csv": "text/csv", ".dta": "application/x-stata-dta", ".html": "text/html",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".geojson": "application/geo+json", ".ipynb": "application/x-ipynb+json", ".json": "application/json",
    ".md": "text/markdown", ".parquet": "application/vnd.apache.parquet", ".pdf": "application/pdf",
    ".png": "image/png", ".svg": "image/svg+xml", ".tex": "application/x-tex", ".typ": "text/vnd.typst",
    ".yml": "application/yaml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
COMPLETED = {"@id": "http://schema.org/CompletedActionStatus"}
PYTHON, MAKE = "https://www.python.org", "https://www.gnu.org/software/make/"


def metadata(contents, files):
    """Describe an archive and its run.

    Times are left to run.json, since the same input is to give the same bytes.

    Parameters
    ----------
    contents : Contents
    files : dict of str to bytes or Path
        What the archive holds.

    Returns
    -------
    bytes
        JSON-LD, an RO-Crate of the newest version that `rocrate` writes.

    Raises
    ------
    InputError
        If that package is not there.
    """
    needed("rocrate.rocrate")
    graph = _Graph(contents, files)
    study, citation = described(contents)
    root = graph.crate.root_dataset
    root["name"], root["version"] = study.title["en"], contents.commit
    root["datePublished"] = datetime.fromtimestamp(contents.time, UTC).isoformat()
    root["description"] = f"{study.title['en']}: a finished run, what it was made from, and how to make it again"
    root["license"] = graph.file("LICENSE-data.md", name="Licences of code, text and data", description="By file")
    root["author"] = [
        graph.entity(p.get("orcid", f"#author-{k}"), p["type"], **{n: p[n] for n in ("name", "affiliation") if n in p})
        for k, p in enumerate(people(study, citation), 1)
    ]
    root["keywords"] = [s.name["en"] for s in study.subsystems]
    root["conformsTo"] = [
        graph.entity(address, ["CreativeWork", "Profile"], name=name, version=address.rpartition("/")[2])
        for address, name in PROFILES.items()
    ]
    graph.folder("src/", "The functions that the notebooks call")
    graph.folder("paper/", "The paper's text, without its numbers")
    _run(graph, contents, *_software(graph, contents, citation))
    graph.file("README.md", about=root)
    for name in ("CITATION.cff", "codecheck.yml", "datapackage.json", "archive.json"):
        graph.file(name)
    document = graph.crate.metadata.generate()
    return f"{json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)}\n".encode()


class _Graph:
    """An RO-Crate to which entities and the archive's files are added."""

    def __init__(self, contents, files):
        from rocrate.rocrate import ROCrate

        self.crate, self.files, self.said = ROCrate(), files, captions(contents)
        self.crate.metadata.extra_terms = TERMS

    def entity(self, identifier, kind, **properties):
        from rocrate.model.contextentity import ContextEntity

        return self.crate.add(ContextEntity(self.crate, identifier, {"@type": kind} | properties))

    def file(self, path, *kinds, **properties):
        """Return the entity of a file, with its SHA-256 unless it may differ from run to run."""
        if found := self.crate.get(quote(path)):
            return found
        pure = PurePosixPath(path)
        known = {"@type": ["File", *kinds] if kinds else "File", "name": self.said.get(path, pure.name)}
        known["encodingFormat"] = KINDS.get(pure.suffix, "text/plain")
        if pure.name != RECORD:
            content = read(self.files[path])
            known |= {"sha256": hashlib.sha256(content).hexdigest(), "contentSize": str(len(content))}
        return self.crate.add_file(dest_path=quote(path), properties=known | properties)

    def folder(self, path, description):
        return self.crate.add_dataset(dest_path=quote(path), properties={"name": path, "description": description})

    def program(self, identifier, kind, name, version, address, **properties):
        known = {"name": name, "version": version, "softwareVersion": version, "url": address}
        return self.entity(identifier, kind, **known | properties)


def _software(graph, contents, citation):
    """Add what a run is made by; return what orders it, and the languages of notebooks and of the Makefile."""
    project = tomllib.loads(contents.sources["pyproject.toml"].decode())["project"]
    lock = contents.sources["requirements.lock"].decode()
    versions = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", lock, re.MULTILINE))
    used = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", text)[0]).lower() for text in project["dependencies"]}
    packages = []
    for name in sorted(used & versions.keys()):
        address = f"pkg:pypi/{name}@{versions[name]}"
        packages.append(graph.program(address, "SoftwareApplication", name, versions[name], address))
    engine = graph.program(
        "#coordination", "SoftwareApplication", project["name"], project["version"],
        citation.get("repository-code", "README.md"),
        softwareRequirements=[*packages, graph.file("requirements.lock"), graph.file("sbom.cdx.json")],
    )  # fmt: skip
    python = graph.program("#python", "ComputerLanguage", "Python", project["requires-python"], PYTHON)
    return engine, python, graph.program("#make", "ComputerLanguage", "GNU Make", ">=3.81", MAKE)


def _run(graph, contents, engine, python, make):
    """Add the run: the workflow with a step a notebook, what each read and made, and their order."""
    root, place = graph.crate.root_dataset, f"outputs/{contents.study}/site/"
    site = graph.folder(place, "The reviewer's site; open index.html")
    made = {n: graph.file(n) for n in contents.made if not n.startswith(place) and not n.endswith(f"/{RECORD}")}
    given = {n: graph.file(contents.given(n)) for n in contents.graph["given"]}
    settings = []
    for text in (f"language={contents.language}", *contents.parameters):
        name, _, value = text.partition("=")
        settings.append(graph.entity(f"#parameter-{quote(name)}", "PropertyValue", name=name, value=value))
    tools, steps, actions, controls = [], [], [], []
    for name, own in contents.by_notebook.items():
        known = {"name": f"Notebook {name}", "programmingLanguage": python}
        tools.append(graph.file(f"notebooks/{name}.ipynb", "SoftwareSourceCode", **known))
        position = str(len(tools))
        steps.append(graph.entity(f"#step-{name}", "HowToStep", position=position, workExample=tools[-1]))
        what = contents.graph["notebooks"][name]
        handed = [made[there] for n in what["handed"] if (there := contents.handed(n)) in made]
        known = {"name": f"Run of notebook {name}", "instrument": tools[-1], "actionStatus": COMPLETED}
        known |= {"object": [*(given[n] for n in what["inputs"]), *handed, *settings]}
        actions.append(
            graph.entity(f"#run-{name}", "CreateAction", result=[made[n] for n in own if n in made], **known)
        )
        known = {"name": f"Step {name}", "instrument": steps[-1], "object": actions[-1]}
        controls.append(graph.entity(f"#control-{name}", "ControlAction", **known))
    known = {"name": "make all: notebooks, tables, figures, paper and site of a study", "programmingLanguage": make}
    kinds = ("SoftwareSourceCode", "ComputationalWorkflow", "HowTo")
    root["mainEntity"] = workflow = graph.file("Makefile", *kinds, hasPart=tools, step=steps, **known)
    known = {"name": f"Run of {contents.study}", "instrument": workflow, "actionStatus": COMPLETED}
    known |= {"object": [*given.values(), *settings], "result": [*made.values(), site]}
    whole = graph.entity("#run", "CreateAction", **known)
    known = {"name": "Order of the steps", "instrument": engine, "object": controls, "result": whole}
    root["mentions"] = [whole, *actions, graph.entity("#organised", "OrganizeAction", **known)]
