"""An archive of a run: what it holds, what programs read in it, what is refused, and that its run is made again."""

import dataclasses
import hashlib
import io
import json
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from contextlib import chdir
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, contents, coordination, copy_compendium, fill, make, must, write_study

from coordination.__main__ import main
from coordination.errors import InputError
from coordination.pipeline import plan, provenance
from coordination.publishing.archive import manifests, opened, pack, verify
from coordination.publishing.archive.compared import first
from coordination.publishing.archive.contents import WRITTEN, Contents, gather, read, sources

# What is made the same on every machine of the same input
WHEN = 1_764_000_000
GIT = ("git", "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")


def committed(folder):
    """Make a folder a repository of its own with one commit, the same wherever and whenever."""
    earlier = folder / ".git"  # a file where the tests run in a working tree beside another
    earlier.unlink() if earlier.is_file() else shutil.rmtree(earlier, ignore_errors=True)
    environment = {"GIT_AUTHOR_DATE": f"{WHEN} +0000", "GIT_COMMITTER_DATE": f"{WHEN} +0000", "PATH": "/usr/bin:/bin"}
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "A study")):
        subprocess.run([*GIT, *command], cwd=folder, env=environment, check=True, capture_output=True)


# What stands for the package in a compendium of a few files: a run that makes something of the panel
PROGRAM = """\
import pathlib

FILES = {
    "outputs/toy/tables/weights.csv": "indicator,weight\\nports,0.25\\npatents,0.75\\n",
    "outputs/toy/tables/weights.en.csv": "\\ufeffIndicator,Weight\\nPorts,0.25\\n",
    "outputs/toy/figures/weights.en.svg": "<svg/>",
    "outputs/toy/notebooks/02-weights.ipynb": "{}",
    "outputs/toy/site/index.html": "<p>",
    "outputs/toy/run.json": '{"seconds": 1}',
    "outputs/toy/contents.csv": "kind,number,name,caption,notebook,function,file\\n"
    "table,1,weights,Weights,02-weights,f,outputs/toy/tables/weights.csv\\n"
    "figure,,weights,The weights,02-weights,f,outputs/toy/figures/weights.en.svg\\n",
    "data/processed/toy/normalised.csv": pathlib.Path("data/raw/toy/panel.csv").read_text().replace("ports", "docks"),
}
for name, text in FILES.items():
    file = pathlib.Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
"""


def few(tmp_path):
    """Write a compendium of a few files, with a study, in a repository of its own."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml", "CITATION.cff", "LICENSE-data.md", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for folder in ("src/coordination", "data/processed"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src" / "coordination" / "__init__.py").touch()
    (tmp_path / "src" / "coordination" / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "src" / "run").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "data" / "processed" / "README.md").write_text("Nothing yet\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("outputs/\ndata/processed/*/\n", encoding="utf-8")
    write_study(tmp_path / "data" / "raw" / "toy")
    committed(tmp_path)
    return tmp_path


@pytest.fixture
def small(tmp_path):
    with chdir(few(tmp_path)):
        yield tmp_path


def run_of(folder):
    """What a run of a notebook left behind, as `gather` would return it."""
    exec(PROGRAM)
    there, programs = sources()
    own = sorted(n for d in ("outputs/toy", "data/processed/toy") for n in named(folder, d))
    made = {name: folder / name for name in own}
    by = {"02-weights": tuple(n for n in own if "weights" in n)}
    asked = {"02-weights": {"inputs": ["study.yml", "panel.csv"], "handed": ["normalised.csv"]}}
    given = {n: hashlib.sha256(there[f"data/raw/toy/{n}"]).hexdigest() for n in ("study.yml", "panel.csv")}
    graph = {"given": given, "notebooks": asked}
    return Contents("toy", provenance.commit(), WHEN, "en", ("year=2020",), there, programs, made, by, graph)


def named(folder, part):
    return [f.relative_to(folder).as_posix() for f in (folder / part).rglob("*") if f.is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """An archive, made once: the compendium's folder, the run and the file."""
    folder = few(tmp_path_factory.mktemp("built"))
    with chdir(folder):
        run = run_of(folder)
        pack.pack(pack.members(run), run.programs, run.time, folder / "outputs" / "toy.zip")
    return folder, run, folder / "outputs" / "toy.zip"


@pytest.fixture
def run(built):
    with chdir(built[0]):
        yield built[1]


@pytest.fixture
def packed(run, built):
    return built[2]


# What it is made from


def test_sources_are_the_files_of_the_commit(small):
    files, programs = sources()
    assert files["data/raw/toy/study.yml"] == (small / "data" / "raw" / "toy" / "study.yml").read_bytes()
    assert {"Makefile", "data/processed/README.md", "src/run"} < set(files)
    assert not [name for name in files if name.startswith((".git/", "outputs/"))]
    assert programs == {"src/run"}


@pytest.mark.parametrize("change", ["a changed file", "a new file"])
def test_what_no_commit_holds_is_not_archived(small, change):
    file = small / "data" / "raw" / "toy" / ("study.yml" if change == "a changed file" else "new.csv")
    with file.open("a", encoding="utf-8") as text:
        text.write("# more\n")
    with pytest.raises(
        InputError, match=r"changes since commit [0-9a-f]{12}; expected the files of a commit.*git commit"
    ):
        sources()


def test_without_a_repository_of_its_own_nothing_is_archived(small):
    (small / ".git").rename(small.parent / "elsewhere")
    with pytest.raises(InputError, match=r"no git repository of its own.*git init"):
        sources()
    (small.parent / "elsewhere").rename(small / ".git")
    inside = small / "copy"  # the repository is that of a folder above
    shutil.copytree(small / "data", inside / "data")
    shutil.copytree(small / "notebooks", inside / "notebooks")
    committed(small)
    with chdir(inside), pytest.raises(InputError, match="no git repository of its own"):
        sources()


def test_an_unpacked_archive_knows_its_commit_and_whether_it_was_changed(packed, run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked") / "archive"
    folder.mkdir()
    opened.unpack(packed, folder)
    with chdir(folder):
        assert provenance.commit() == run.commit
        assert provenance.commit_time() == WHEN
        assert sources()[0] == run.sources
        again = run_of(folder)
        assert pack.members(again).keys() == pack.members(run).keys()
        (folder / "data" / "raw" / "toy" / "extra.csv").write_text("x\n", encoding="utf-8")
        assert provenance.commit() == f"{run.commit}-dirty"
        (folder / "data" / "raw" / "toy" / "extra.csv").unlink()
        (folder / "Makefile").write_text("all:\n", encoding="utf-8")
        assert provenance.commit() == f"{run.commit}-dirty"
        committed(folder)  # whoever goes on from it has a history of their own
        assert provenance.commit() not in (run.commit, f"{run.commit}-dirty")
        assert sources()[0]["Makefile"] == b"all:\n"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"study": 1, "commit": "x", "time": 0}', "[" * 9999])
def test_a_note_that_says_something_else_is_refused(tmp_path, text):
    (tmp_path / "archive.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"archive\.json: found something else"):
        provenance.archived(tmp_path)


# What it holds


def test_an_archive_holds_sources_outputs_and_what_programs_need(packed, run):
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert set(names) == {*run.sources, *run.made, *WRITTEN}
        assert archive.read("data/raw/toy/panel.csv") == run.sources["data/raw/toy/panel.csv"]
        note = json.loads(archive.read("archive.json"))
        lines = provenance.sums(archive.read("SHA256SUMS").decode())
        assert lines == {
            n: hashlib.sha256(archive.read(n)).hexdigest()
            for n in names
            if n not in ("SHA256SUMS", "outputs/toy/run.json")
        }
    assert note == {"study": "toy", "commit": run.commit, "time": WHEN, "language": "en", "parameters": ["year=2020"]}


def test_sha256sum_reads_the_list(packed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("listed") / "archive"
    folder.mkdir()
    opened.unpack(packed, folder)
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_same_input_gives_the_same_bytes_whenever_and_whoever(packed, run, tmp_path):
    for file in run.made.values():
        file.touch()
        file.chmod(0o600)
    (tmp_path / "run.json").write_text(json.dumps({"seconds": 2}), encoding="utf-8")
    later = dataclasses.replace(run, made=run.made | {"outputs/toy/run.json": tmp_path / "run.json"})
    files = pack.members(later)
    with zipfile.ZipFile(packed) as archive:
        differ = [n for n in archive.namelist() if archive.read(n) != read(files[n])]
    assert differ == ["outputs/toy/run.json"]
    pack.pack(files | {n: run.made[n] for n in differ}, run.programs, run.time, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_a_member_is_a_plain_file_of_its_commits_date(packed):
    with zipfile.ZipFile(packed) as archive:
        modes = {m.filename: m.external_attr >> 16 for m in archive.infolist()}
        assert {m.date_time for m in archive.infolist()} == {(2025, 11, 24, 16, 0, 0)}
        assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_STORED}
    assert modes.pop("src/run") == stat.S_IFREG | 0o755
    assert set(modes.values()) == {stat.S_IFREG | 0o644}


# What programs read


@pytest.fixture
def described(packed):
    with zipfile.ZipFile(packed) as archive:
        return {e["@id"]: e for e in json.loads(archive.read("ro-crate-metadata.json"))["@graph"]}


def ids(entities):
    return {e["@id"] for e in ([entities] if isinstance(entities, dict) else entities)}


def test_a_notebooks_action_names_what_it_read_and_made(described, run):
    action = described["#run-02-weights"]
    assert action["@type"] == "CreateAction"
    assert ids(action["instrument"]) == {"notebooks/02-weights.ipynb"}
    given = {"data/raw/toy/study.yml", "data/raw/toy/panel.csv", "data/processed/toy/normalised.csv"}
    assert ids(action["object"]) == given | {"#parameter-language", "#parameter-year"}
    assert ids(action["result"]) == set(run.by_notebook["02-weights"])
    assert described["#parameter-year"]["value"] == "2020"
    for name in (*given, *run.by_notebook["02-weights"]):
        content = run.sources.get(name) or run.made[name].read_bytes()
        assert described[name]["sha256"] == hashlib.sha256(content).hexdigest()


def test_software_is_named_with_its_version_and_people_only_as_given(described):
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    numpy = re.search(r"^numpy==(\S+)", lock, re.MULTILINE)[1]
    assert described[f"pkg:pypi/numpy@{numpy}"]["softwareVersion"] == numpy
    people = [e for e in described.values() if e["@type"] in ("Person", "Organization")]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["authors"]
    assert [p["name"] for p in people] == [a["name"] for a in cited]


def test_authors_of_a_study_are_those_it_names(toy):
    from coordination.study.document import load

    folder = toy(
        ("study.yml", "source: Made", "authors: [{name: {en: Ada Oak, zh: 橡}, affiliation: Elm}]\nsource: Made")
    )
    assert manifests.people(load(folder), {"authors": [{"name": "Others"}]}) == [
        {"type": "Person", "name": "Ada Oak", "affiliation": "Elm"}
    ]
    cited = {"authors": [{"given-names": "Bo", "family-names": "Fir", "orcid": "https://orcid.org/0"}]}
    assert manifests.people(load(write_study(folder.parent / "other")), cited) == [
        {"type": "Person", "name": "Bo Fir", "orcid": "https://orcid.org/0"}
    ]


class Reply:
    """What the network would answer to who asks for RO-Crate's context, from the file that `rocrate` ships."""

    status_code, headers = 200, {"Content-Type": "application/ld+json"}

    def __init__(self, address):
        import rocrate

        assert address == "https://w3id.org/ro/crate/1.3/context"
        self.text = (Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_text(encoding="utf-8")

    def json(self):
        return json.loads(self.text)


def faults(metadata, profile):
    """Checks of a profile, and of those that it builds on, that a crate does not pass."""
    from rocrate_validator import services

    settings = services.ValidationSettings(
        rocrate_uri=".", profile_identifier=profile, offline=True, metadata_only=True, cache_path=None
    )
    return {issue.check.identifier for issue in services.validate_metadata_as_dict(metadata, settings).get_issues()}


@pytest.fixture
def metadata(packed, monkeypatch):
    from rocrate_validator.utils.http import HttpRequester

    monkeypatch.setattr(HttpRequester, "get", lambda self, address, *_, **__: Reply(address), raising=False)
    return json.loads(of(packed, "ro-crate-metadata.json"))


# The profile was written for RO-Crate 1.1, and asks for that version by name.
NEWER = {"ro-crate-1.1_5.3"}


def test_the_crate_holds_by_the_profile_of_runs(metadata):
    assert faults(metadata, "provenance-run-crate-0.5") == NEWER


@pytest.mark.long
def test_the_crate_holds_by_its_version_and_one_without_the_tool_of_an_action_does_not(metadata):
    assert faults(metadata, "ro-crate-1.3") == set()
    del next(e for e in metadata["@graph"] if e["@id"] == "#run-02-weights")["instrument"]
    assert faults(metadata, "provenance-run-crate-0.5") > NEWER


def test_the_manifest_of_codecheck_names_every_figure_and_table_once(packed):
    with zipfile.ZipFile(packed) as archive:
        document = yaml.safe_load(archive.read("codecheck.yml"))
        names = set(archive.namelist())
    assert document["version"] == "https://codecheck.org.uk/spec/config/1.0/"
    assert document["manifest"] == [
        {"file": "outputs/toy/tables/weights.csv", "comment": "Weights (02-weights)"},
        {"file": "outputs/toy/figures/weights.en.svg", "comment": "The weights (02-weights)"},
    ]
    assert {entry["file"] for entry in document["manifest"]} < names
    assert document["paper"]["title"] == "Toy island"


def test_the_data_package_describes_every_table_for_programs(packed, tmp_path_factory):
    import frictionless

    folder = tmp_path_factory.mktemp("tables") / "archive"
    folder.mkdir()
    opened.unpack(packed, folder)
    package = frictionless.Package(str(folder / "datapackage.json"))
    assert {r.path for r in package.resources} == {
        "data/raw/toy/panel.csv", "data/raw/toy/regions.csv", "data/processed/toy/normalised.csv",
        "outputs/toy/tables/weights.csv", "outputs/toy/contents.csv",
    }  # fmt: skip
    assert package.validate().valid
    kinds = {f.name: f.type for f in package.get_resource("data-raw-toy-panel").schema.fields}
    assert kinds == {"region": "string", "year": "integer", "series": "string", "value": "integer"}
    table = folder / "outputs" / "toy" / "tables" / "weights.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("0.75", "much"), encoding="utf-8")
    assert not frictionless.Package(str(folder / "datapackage.json")).validate().valid


def test_the_bill_of_materials_has_every_package_of_the_lock(packed):
    with zipfile.ZipFile(packed) as archive:
        bill = json.loads(archive.read("sbom.cdx.json"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", lock, re.MULTILINE))
    assert {c["name"]: c["version"] for c in bill["components"]} == listed
    assert all(c["externalReferences"][0]["hashes"] for c in bill["components"])


def test_the_bill_of_materials_holds_by_the_schema_of_cyclonedx(run):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    lock = b"".join(run.sources["requirements.lock"].partition(b"\naltair")[:1])  # its first few packages
    text = manifests.materials(run.sources | {"requirements.lock": lock}).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace('"version"', '"versions"')) is not None


# What somebody else sends


def zipped(tmp_path, *members):
    """Write a zip of members as told, whatever they are."""
    file = tmp_path / "sent.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in members:
            member = zipfile.ZipInfo("placeholder")
            member.filename, member.external_attr, member.compress_type = name, mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return file


STRAY = (
    "../out", "/etc/out", "a/../../out", "C:out", "a\\b", "a//b", "./a", "a/.", "", "a\x01b", "a.", "..", "a:b",
    ".git/config", "a/.GIT/hooks/x", ".venv/.complete", ".make/figures/x",
)  # fmt: skip


@pytest.mark.parametrize("name", STRAY)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written(tmp_path, name):
    folder = tmp_path / "into" / "deep"
    folder.mkdir(parents=True)
    before = contents(tmp_path)
    file = zipped(tmp_path, ("good", b"x", 0o100644), (name, b"x", 0o100644))
    with pytest.raises(InputError, match="expected names within the archive"):
        opened.unpack(file, folder)
    file.unlink()
    assert contents(tmp_path) == before


def test_links_encrypted_and_double_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="a link or encrypted"):
        opened.unpack(zipped(tmp_path, ("link", b"/etc/passwd", 0o120777)), tmp_path / "a")
    with pytest.raises(InputError, match="twice"), pytest.warns(UserWarning, match="Duplicate"):
        opened.unpack(zipped(tmp_path, ("x", b"1", 0), ("x", b"2", 0)), tmp_path / "b")
    file = zipped(tmp_path, ("x", b"secret", 0))
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)
    with pytest.raises(InputError, match="a link or encrypted"):
        opened.unpack(file, tmp_path / "c")


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    file = zipped(tmp_path, ("zeros", bytes(3 << 20), 0))
    with pytest.raises(InputError, match=r"zeros that unpacks to \d+ times its size; expected at most 200 times"):
        opened.unpack(file, tmp_path / "a")
    monkeypatch.setattr(opened, "LARGEST", 10)
    with pytest.raises(InputError, match="when unpacked"):
        opened.unpack(zipped(tmp_path, ("x", b"0123456789", 0), ("y", b"0", 0)), tmp_path / "b")
    monkeypatch.setattr(opened, "MOST_FILES", 1)
    with pytest.raises(InputError, match="found 2 files; expected at most 1"):
        opened.unpack(zipped(tmp_path, ("x", b"0", 0), ("y", b"0", 0)), tmp_path / "c")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(40)])
def test_what_is_no_zip_is_one_readable_error(tmp_path, content):
    (tmp_path / "sent.zip").write_bytes(content)
    with pytest.raises(InputError, match="no zip that can be read"):
        opened.unpack(tmp_path / "sent.zip", tmp_path)


def test_a_zip_that_was_cut_or_changed_on_the_way_is_one_readable_error(packed, tmp_path_factory):
    content = packed.read_bytes()
    middle = content.index(b"permutations: 99")
    for k, broken in enumerate((content[: len(content) // 2], content[:middle] + b"P" + content[middle + 1 :])):
        file = tmp_path_factory.mktemp("broken") / "toy.zip"
        file.write_bytes(broken)
        with pytest.raises(InputError, match="no zip that can be read"):
            opened.unpack(file, file.parent / str(k))


def rewritten(packed, target, **changes):
    """Copy an archive with other contents of some members, its list of checksums brought in step if asked for."""
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(target, "w") as copy:
        files = {name: archive.read(name) for name in archive.namelist()}
        for name, change in changes.items():
            files[name] = change(files[name]) if name in files else change(b"")
        for name, content in files.items():
            copy.writestr(name, content)
    return target


def test_what_was_changed_after_the_archive_was_made_is_named(packed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("changed")
    file = rewritten(
        packed, folder / "sent.zip", **{"data/raw/toy/panel.csv": lambda c: c.replace(b"120", b"121"), "more": bytes}
    )
    (folder / "a").mkdir()
    digests = opened.unpack(file, folder / "a")
    del digests["Makefile"]
    assert verify.against_sums(folder / "a", digests, "sent.zip") == [
        "Makefile: missing, though SHA256SUMS lists it",
        "more: not in SHA256SUMS",
        "data/raw/toy/panel.csv: changed after the archive was made",
    ]
    with pytest.raises(InputError, match=r"no SHA256SUMS or archive\.json"):
        verify.against_sums(folder / "a", {"Makefile": "0"}, "sent.zip")


def test_a_run_that_is_made_again_the_same_is_said_to_agree(packed, capsys):
    assert verify.verify(packed)
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"toy, commit {provenance.commit()[:12]}: 7 of 7 files agree"
    assert "outputs/toy/tables/: 2 of 2 files agree" in said


@pytest.mark.parametrize("known", [False, True], ids=["as it was listed", "listed anew"])
def test_an_input_that_was_changed_is_named_with_what_follows_from_it(packed, tmp_path, known, capsys):
    panel = "data/raw/toy/panel.csv"
    changes = {panel: lambda content: content.replace(b"Oak,2019,ports,120", b"Oak,2019,ports,121")}
    if known:  # by somebody who would hide it
        content = of(packed, panel)
        old, new = (hashlib.sha256(c).hexdigest().encode() for c in (content, changes[panel](content)))
        changes["SHA256SUMS"] = lambda content: content.replace(old, new)
    assert not verify.verify(rewritten(packed, tmp_path / "sent.zip", **changes), tmp_path / "kept")
    said = capsys.readouterr().out.splitlines()
    assert (f"{panel}: changed after the archive was made" in said) is not known
    assert "  data/processed/toy/normalised.csv: line 2, value: archive '120', rebuilt '121'" in said
    assert said[-2].endswith("6 of 7 files agree")
    assert (tmp_path / "kept" / "rebuilt" / "outputs" / "toy" / "contents.csv").is_file()


def of(packed, name):
    with zipfile.ZipFile(packed) as archive:
        return archive.read(name)


def test_code_that_this_copy_lacks_is_not_run_unless_somebody_says_so(packed, tmp_path):
    mark = tmp_path / "run"
    code = "src/coordination/__main__.py"
    changes = {code: lambda content: content + f"pathlib.Path({str(mark)!r}).touch()\n".encode()}
    sent = rewritten(packed, tmp_path / "sent.zip", **changes)
    with pytest.raises(InputError, match=rf"1 files, first {code}; expected that of commit.*add TRUST=yes"):
        verify.verify(sent)
    assert not mark.exists()
    assert not verify.verify(sent, trusted=True)  # it is not as the archive lists it
    assert mark.exists()


def test_a_run_that_fails_is_one_readable_error(packed, tmp_path):
    sent = rewritten(
        packed, tmp_path / "sent.zip", **{"src/coordination/__main__.py": lambda _: b"raise SystemExit(3)"}
    )
    with pytest.raises(InputError, match="the archive's run: found a run that failed"):
        verify.verify(sent, trusted=True)


def test_where_the_lock_is_another_its_packages_are_installed_beside_the_run(packed, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(verify, "_run", lambda command, folder, *rest: begun.append((command, folder)))
    note = {"study": "toy", "language": "zh", "parameters": ["year=2020"]}
    verify.build(tmp_path, note, "0" * 64)
    python = str(tmp_path / ".venv" / "bin" / "python")
    wanted = ["--study", "toy", "--language", "zh", "-p", "year=2020"]
    assert begun == [
        (["make", ".venv/.complete"], tmp_path),
        ([python, "-m", "coordination", "all", *wanted], tmp_path),
    ]
    begun.clear()
    verify.build(tmp_path, note, hashlib.sha256(of(packed, "requirements.lock")).hexdigest())
    assert [command[0] for command, _ in begun] == [sys.executable]


def test_commands_say_what_was_written_and_whether_it_holds(built, run, monkeypatch, capsys):
    monkeypatch.setattr(pack, "gather", lambda study, language, parameters: run)
    assert main(["archive", "--study", "toy", "-p", "year=2020"]) == 0
    assert re.fullmatch(r"toy: \d+ files, \d+ MB, commit [0-9a-f]{12}; see outputs/toy\.zip\n", capsys.readouterr().out)
    assert not list(built[0].glob(".staging-*"))
    assert main(["verify", "outputs/toy.zip"]) == 0
    assert capsys.readouterr().out.endswith("7 of 7 files agree\n")
    assert main(["archive", "--study", "toy", "--keep"]) == 1
    assert "KEEP: found results changed by hand; expected what the run made" in capsys.readouterr().err
    assert main(["verify", "outputs/none.zip"]) == 1
    assert "none.zip: found No such file or directory" in capsys.readouterr().err


# What of a run goes in


def planned(folder, monkeypatch, results=None):
    """Let a run seem to be finished, as the planner would record it; return what the planner was asked to run again."""
    asked = []
    monkeypatch.setattr(plan, "command", lambda *_, again: asked.append(again) or 0)
    tasks = {
        "02-weights": {"made": dict.fromkeys(["outputs/toy/tables/weights.csv", "data/processed/toy/normalised.csv"])},
        "collect": {"made": dict.fromkeys(["outputs/toy/run.json", "outputs/toy/contents.csv"])},
        "03-development": {"made": {".make/run/toy/03-development.json": ""}},
    }
    exec(PROGRAM)
    (folder / ".make" / "plan").mkdir(parents=True)
    record = {"tasks": tasks, "seen": {}, "left_out": {}}
    (folder / ".make" / "plan" / "toy.json").write_text(json.dumps(record), encoding="utf-8")
    given = {"panel.csv": hashlib.sha256((folder / "data" / "raw" / "toy" / "panel.csv").read_bytes()).hexdigest()}
    graph = json.dumps({"given": given, "notebooks": {}})
    (folder / "outputs" / "toy" / "provenance.json").write_text(graph, encoding="utf-8")
    if results:
        noted = json.dumps({"provenance.commit": {"value": {"en": results}}})
        (folder / "outputs" / "toy" / "results.json").write_text(noted, encoding="utf-8")
    return asked


@pytest.mark.parametrize(("noted", "again"), [(None, ()), ("present", ()), ("0" * 40, ("collect",))])
def test_what_the_planner_recorded_goes_in_and_results_of_another_commit_are_collected_again(
    small, monkeypatch, noted, again
):
    asked = planned(small, monkeypatch, provenance.commit() if noted == "present" else noted)
    found = gather("toy", "en", ["year=2020"])
    assert asked == [again]
    own = ["outputs/toy/contents.csv", "outputs/toy/run.json", "outputs/toy/tables/weights.csv"]
    assert list(found.made) == ["data/processed/toy/normalised.csv", *own]
    assert found.by_notebook["02-weights"] == ("data/processed/toy/normalised.csv", "outputs/toy/tables/weights.csv")
    assert found.handed("normalised.csv") == "data/processed/toy/normalised.csv"
    assert found.handed("scores.csv") is None


def test_a_run_from_what_no_commit_holds_is_not_archived(small, monkeypatch):
    planned(small, monkeypatch)
    graph = json.dumps({"given": {"panel.csv": "0" * 64}, "notebooks": {}})
    (small / "outputs" / "toy" / "provenance.json").write_text(graph, encoding="utf-8")
    with pytest.raises(InputError, match=r"panel\.csv: found a file that the commit does not hold"):
        gather("toy", "en", [])
    with pytest.raises(InputError, match=r"data/raw/other/study\.yml: found not in the commit"):
        gather("other", "en", [])
    monkeypatch.setattr(plan, "command", lambda *_, again: 1)
    with pytest.raises(InputError, match="study toy: found a run that failed"):
        gather("toy", "en", [])


def test_without_the_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rocrate.rocrate", None)
    with pytest.raises(InputError, match=r"no package rocrate\.rocrate.*the extra `archive`"):
        manifests.needed("rocrate.rocrate")


def test_a_table_that_is_not_one_is_named(run):
    broken = run.sources | {"data/raw/toy/panel.csv": b"region,region\nOak,1\nElm\n"}
    with pytest.raises(InputError, match=r"data/raw/toy/panel\.csv: found Label \"region\""):
        manifests.datapackage(dataclasses.replace(run, sources=broken))


def test_a_folder_that_is_not_empty_is_left_alone(packed, built):
    with pytest.raises(InputError, match="a folder with files in it; expected an empty one"):
        verify.verify(packed, built[0] / "src")


# Where files differ


def workbook(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()


def notebook(*cells):
    return json.dumps(
        {"cells": [{"source": s, "outputs": o, "metadata": {}} for s, o in cells], "metadata": {}}
    ).encode()


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "place"),
    [
        ("a.csv", b"x,y\n1,2\n", b"x,y\n1,2\n3,4\n", "line 3: archive nothing, rebuilt '3,4'"),
        ("a.csv", b"x,y\n1,2\n", b"x,z\n1,2\n", "line 1, column 2: archive 'y', rebuilt 'z'"),
        ("a.csv", b"x,y\r\n", b"x,y\n", "byte 4: archive 0x0d, rebuilt 0x0a"),
        ("a.json", b'{"a": 1}', b'{"b": 1}', "a: archive 1, rebuilt nothing"),
        ("a.json", b"[1]", b"[1, 2]", "1: archive nothing, rebuilt 2"),
        ("a.json", b'{"a": 1}', b'{"a":  1}', "line 1, character 7"),
        ("a.json", b"{", b"[", "byte 1: archive 0x7b, rebuilt 0x5b"),
        ("a.ipynb", notebook(("x", [1])), notebook(("x", [2])), "cell 1, outputs.0: archive 1, rebuilt 2"),
        ("a.ipynb", notebook(("x", [])), notebook(("x", []), ("y", [])), "cell 2: only in the rebuilt"),
        ("a.ipynb", notebook(("x", [])), notebook(("z", [])), "cell 1, source: archive 'x', rebuilt 'z'"),
        ("a.xlsx", workbook(s="<a>"), workbook(s="<b>"), "s, line 1, character 2: archive '<a>', rebuilt '<b>'"),
        ("a.docx", workbook(s="a", t="b"), workbook(s="a"), "t: only in the archive"),
        ("a.html", b"<p>\nright\n", b"<p>\nwrong\n", "line 2: archive 'right', rebuilt 'wrong'"),
        ("a.pdf", b"%\0ab", b"%\0abcd", "byte 5: archive ends at 4, rebuilt at 6 bytes"),
        ("a.png", b"\x89\0a", b"\x89\0b", "byte 3: archive 0x61, rebuilt 0x62"),
        ("a.txt", b"a\n", b"a", "byte 2: archive ends at 2, rebuilt at 1 bytes"),
    ],
)  # fmt: skip
def test_where_files_first_differ_is_said_in_the_words_of_their_kind(name, ours, theirs, place):
    assert first(name, ours, theirs).startswith(place)
    assert first(name, theirs, ours) != ""
    assert first(name, ours, ours) == ""


# The whole way


def begun(folder, study):
    """A compendium in a repository of its own with a study that `make new` began and its workbook filled."""
    copy_compendium(folder)
    systems = "Roads: roads / people, -accidents; Schools: schools, teachers / people"
    coasts = "North: Oak, Elm, Ash; South: Fir, Bay"
    new = f"--regions '{coasts}' --years 2019-2022 --subsystems '{systems}'"
    must(make(folder, "new", f"STUDY={study}", f"NEW={new}"))
    home = folder / "data" / "raw" / study
    fill(home / "panel.xlsx")
    pairs = [("Oak", "Elm"), ("Elm", "Ash"), ("Ash", "Fir"), ("Fir", "Bay")]
    rows = "".join(f"{a},{b}\n{b},{a}\n" for a, b in pairs)
    (home / "neighbours.csv").write_text(f"region,neighbour\n{rows}", encoding="utf-8")
    must(make(folder, "import", f"STUDY={study}"))
    with (home / "study.yml").open("a", encoding="utf-8") as text:
        text.write("leave_out: [dynamics, robustness, diagnosis]\n")
    committed(folder)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_archive_of_a_new_study_is_made_again_and_a_changed_input_is_named(tmp_path):
    folder, study = tmp_path / "compendium", "沿海"
    begun(folder, study)
    must(make(folder, "archive", f"STUDY={study}"))
    file, panel = folder / "outputs" / f"{study}.zip", f"data/raw/{study}/panel.csv"
    done = must(make(folder, "verify", f"ARCHIVE={file}", f"INTO={tmp_path / 'same'}"))
    assert re.search(rf"^{study}, commit [0-9a-f]{{12}}: (\d+) of \1 files agree$", done.stdout, re.MULTILINE)
    rebuilt = tmp_path / "same" / "rebuilt"  # without git
    must(make(rebuilt, "archive", f"STUDY={study}"))
    with zipfile.ZipFile(file) as one, zipfile.ZipFile(rebuilt / "outputs" / f"{study}.zip") as other:
        assert one.namelist() == other.namelist()
        run = f"outputs/{study}/run.json"
        assert [n for n in one.namelist() if one.read(n) != other.read(n)] in ([run], [])
    figure = re.search(rb"Oak,2020,roads,([\d.]+)", of(file, panel))[0]
    changes = {panel: lambda content: content.replace(figure, figure + b"1")}
    changed = rewritten(file, tmp_path / "changed.zip", **changes)
    done = make(folder, "verify", f"ARCHIVE={changed}", f"INTO={tmp_path / 'kept'}")
    assert done.returncode == 2
    assert f"{panel}: changed after the archive was made" in done.stdout
    cell = rf"data/processed/{study}/normalised\.csv: line \d+, value: archive '[\d.]+', rebuilt '[\d.]+'"
    assert re.search(cell, done.stdout)
    assert (tmp_path / "kept" / "rebuilt" / "outputs" / study / "results.json").is_file()


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("study", ["yellow-river", "us-states"])
def test_the_archive_of_a_published_study_is_made_again(tmp_path, study):
    folder = tmp_path / "compendium"
    copy_compendium(folder)
    committed(folder)
    must(coordination("archive", "--study", study, cwd=folder))
    done = must(coordination("verify", folder / "outputs" / f"{study}.zip", cwd=folder))
    assert re.search(rf"^{study}, commit [0-9a-f]{{12}}: (\d+) of \1 files agree$", done.stdout, re.MULTILINE)
