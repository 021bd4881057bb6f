"""What an archive says of its run to programs: ro-crate-metadata.json, by the profile of Provenance Run Crates."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from coordination.publishing.archive.contents import RECORD
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
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    study, citation = described(contents)
    crate, said = ROCrate(), captions(contents)
    crate.metadata.extra_terms = TERMS

    def entity(identifier, /, **properties):
        properties["@type"] = properties.pop("type")
        return crate.add(ContextEntity(crate, identifier, properties))

    def file(name, /, *kinds, **properties):
        if found := crate.get(quote(name)):
            return found
        content = files[name] if isinstance(files[name], bytes) else files[name].read_bytes()
        kind = KINDS.get(PurePosixPath(name).suffix, "text/plain")
        known = {"@type": ["File", *kinds] if kinds else "File", "name": said.get(name, PurePosixPath(name).name)}
        known |= {"encodingFormat": kind}
        if not name.endswith(f"/{RECORD}"):
            known |= {"sha256": hashlib.sha256(content).hexdigest(), "contentSize": str(len(content))}
        return crate.add_file(dest_path=quote(name), properties=known | properties)

    def folder(name, description):
        return crate.add_dataset(dest_path=quote(name), properties={"name": name, "description": description})

    when = datetime.fromtimestamp(contents.time, UTC).isoformat()
    root = crate.root_dataset
    root["name"], root["datePublished"] = study.title["en"], when
    root["description"] = f"{study.title['en']}: a finished run, what it was made from, and how to make it again"
    root["version"] = contents.commit
    root["license"] = file("LICENSE-data.md", name="Licences of code, text and data", description="By kind of file")
    root["author"] = [
        entity(f"#author-{k}", type=p["type"], name=p["name"], **{n: p[n] for n in ("affiliation",) if n in p})
        for k, p in enumerate(people(study, citation), 1)
    ]
    root["keywords"] = [s.name["en"] for s in study.subsystems]
    root["conformsTo"] = [
        entity(address, type=["CreativeWork", "Profile"], name=name, version=address.rpartition("/")[2])
        for address, name in PROFILES.items()
    ]

    project = tomllib.loads(contents.sources["pyproject.toml"].decode())["project"]
    python = entity("#python", type="ComputerLanguage", name="Python", **_version(project["requires-python"], PYTHON))
    make = entity("#make", type="ComputerLanguage", name="GNU Make", **_version(">=3.81", MAKE))
    lock = contents.sources["requirements.lock"].decode()
    versions = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", lock, re.MULTILINE))
    used = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", text)[0]).lower() for text in project["dependencies"]}
    software = []
    for name in sorted(used & versions.keys()):
        address = f"pkg:pypi/{name}@{versions[name]}"
        software.append(entity(address, type="SoftwareApplication", name=name, **_version(versions[name], address)))
    address = citation.get("repository-code", f"pkg:pypi/{project['name']}@{project['version']}")
    engine = entity(
        "#coordination", type="SoftwareApplication", name=project["name"], **_version(project["version"], address),
        softwareRequirements=[*software, file("requirements.lock"), file("sbom.cdx.json")],
    )  # fmt: skip
    notebooks = {
        name: file(f"notebooks/{name}.ipynb", "SoftwareSourceCode", name=f"Notebook {name}", programmingLanguage=python)
        for name in contents.by_notebook
    }
    workflow = file(
        "Makefile", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo",
        name="make all: notebooks, tables, figures, paper and site of a study", programmingLanguage=make,
        hasPart=list(notebooks.values()),
    )  # fmt: skip
    root["mainEntity"] = workflow

    folder("src/", "The functions that the notebooks call")
    folder("paper/", "The paper's text, without its numbers")
    site = folder(f"outputs/{contents.study}/site/", "The reviewer's site; open index.html")
    outside = f"outputs/{contents.study}/site/"
    results = {n: file(n) for n in contents.made if not n.startswith(outside) and not n.endswith(f"/{RECORD}")}
    given = {n: file(contents.given(n)) for n in contents.graph["given"]}
    settings = [
        entity(f"#{name}", type="PropertyValue", name=name, value=value)
        for name, _, value in (p.partition("=") for p in (f"language={contents.language}", *contents.parameters))
    ]
    steps, actions, controls = [], [], []
    for place, (name, notebook) in enumerate(notebooks.items(), 1):
        read = contents.graph["notebooks"][name]
        handed = [results[own] for n in read["handed"] if (own := contents.handed(n)) in results]
        steps.append(entity(f"#step-{name}", type="HowToStep", position=str(place), workExample=notebook))
        actions.append(
            entity(
                f"#run-{name}",
                type="CreateAction",
                name=f"Run of notebook {name}",
                instrument=notebook,
                object=[*(given[n] for n in read["inputs"]), *handed, *settings],
                result=[results[n] for n in contents.by_notebook[name] if n in results],
                actionStatus={"@id": "http://schema.org/CompletedActionStatus"},
            )
        )
        controls.append(
            entity(
                f"#control-{name}", type="ControlAction", instrument=steps[-1], object=actions[-1], name=f"Step {name}"
            )
        )
    workflow["step"] = steps
    whole = entity(
        "#run", type="CreateAction", name=f"Run of {contents.study}", instrument=workflow,
        object=[*given.values(), *settings], result=[*results.values(), site],
        actionStatus={"@id": "http://schema.org/CompletedActionStatus"},
    )  # fmt: skip
    organised = entity(
        "#organised", type="OrganizeAction", name="Order of the steps", instrument=engine, result=whole, object=controls
    )
    root["mentions"] = [whole, *actions, organised]
    file("README.md", about=root)
    for name in ("CITATION.cff", "codecheck.yml", "datapackage.json", "archive.json"):
        file(name)
    return f"{json.dumps(crate.metadata.generate(), ensure_ascii=False, indent=1, sort_keys=True)}\n".encode()


def _version(version, address):
    return {"version": version, "softwareVersion": version, "url": address}
