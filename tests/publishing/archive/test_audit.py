"""What the audit finds of packages, vulnerabilities, licences and the network."""

import json
import re
import shutil
from contextlib import chdir
from types import SimpleNamespace

import pytest
from conftest import ROOT
from pypdf import PdfReader

from coordination.pipeline import limits
from coordination.publishing.archive import audit

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
HASH = f"    --hash=sha256:{'0' * 64}\n"


def entry(name):
    return next(m[0] for m in audit.ENTRY.finditer(LOCK) if m[1] == name)


def test_every_line_of_the_lock_is_held_by_a_hash(capsys):
    assert audit.unlocked(LOCK) == []
    names = re.findall(r"^[a-z0-9._-]+", LOCK, re.MULTILINE)
    assert capsys.readouterr().out == f"lock: {len(names)} packages, each with the hashes of its files\n"
    assert audit.unlocked(f"{LOCK}stray==1.0\n") == ["requirements.lock: stray==1.0 has no hash"]


def test_an_installed_package_is_held_against_lock_and_record(capsys):
    assert audit.installed(entry("tqdm")) == []
    assert re.fullmatch(r"installed: 1 packages, \d\d+ files held against their hashes\n", capsys.readouterr().out)
    older = re.sub(r"==\S+", "==0.1", entry("tqdm"), count=1)
    (fault,) = audit.installed(older)
    assert re.fullmatch(r"tqdm: [\d.]+ is installed, the lock has 0\.1", fault)


def test_a_file_that_was_changed_or_lost_is_named(tmp_path, monkeypatch):
    made = SimpleNamespace(version="1.0", files=[])
    for name, text in (("same.py", "1"), ("changed.py", "1"), ("lost.py", "1")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        value = "a4ayc_80_OGda4BO_1o_V0etpOqiLx1JwB5S3beHW0s"  # of "1"
        made.files.append(Named(name, tmp_path / name, SimpleNamespace(mode="sha256", value=value)))
    made.files.append(Named("pyc", tmp_path / "pyc", None))
    (tmp_path / "changed.py").write_text("2", encoding="utf-8")
    (tmp_path / "lost.py").unlink()
    monkeypatch.setattr(audit.metadata, "distribution", lambda name: made)
    found = audit.installed(f"thing==1.0 \\\n{HASH}other==2 ; sys_platform == 'nowhere' \\\n{HASH}")
    assert found == ["thing: changed.py is not as the package recorded it", "thing: lost.py is missing"]


class Named(SimpleNamespace):
    def __init__(self, name, place, digest):
        super().__init__(name=name, place=place, hash=digest)

    def __str__(self):
        return self.name

    def locate(self):
        return self.place


def test_a_package_that_is_not_installed_is_said_to_be_not_audited(capsys):
    assert audit.installed(f"no-such-package==1.0 \\\n{HASH}") == []
    assert "not audited: no-such-package 1.0, which is not installed here" in capsys.readouterr().out


NO_ANSWER = {"name": "b", "skip_reason": "could not be audited"}


@pytest.mark.parametrize(
    ("answers", "faults", "said"),
    [
        ({}, [], "known vulnerabilities: not audited, since no source answers"),
        ({"pypi": [NO_ANSWER]}, [], "known vulnerabilities: not audited, since no source answers"),
        ({"pypi": [NO_ANSWER, {"name": "a", "version": "1", "vulns": []}]}, [], "not audited: b"),
        (
            {"pypi": [NO_ANSWER], "osv": [{"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}]}]},
            ["b 2: PYSEC-1"],
            "1 packages looked up",
        ),
    ],
    ids=["no network", "no package known", "one package known", "a vulnerability"],
)
def test_vulnerabilities_are_named_and_what_no_source_knows_is_not_audited(monkeypatch, capsys, answers, faults, said):
    def run(command, **_):
        source = command[command.index("-s") + 1]
        if source not in answers:
            return SimpleNamespace(stdout="", returncode=1)
        return SimpleNamespace(stdout=json.dumps({"dependencies": answers[source]}), returncode=0)

    monkeypatch.setattr(audit.subprocess, "run", run)
    assert audit.vulnerable() == faults
    assert said in capsys.readouterr().out


def test_every_file_of_the_repository_is_under_a_licence():
    with chdir(ROOT):
        assert audit.unlicensed() == []


def test_a_file_without_a_licence_is_named(tmp_path, capsys):
    for name in ("REUSE.toml", "LICENSES"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    for folder in ("notebooks", "data/raw/mine"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data" / "raw" / "mine" / "panel.csv").write_text("x\n", encoding="utf-8")
    with chdir(tmp_path):
        found = audit.unlicensed()
    assert "licence: data/raw/mine/panel.csv: no license identifier" in found


@pytest.mark.skipif(limits.without_network() is None, reason="the system cannot cut a run off from the network")
def test_a_run_that_asks_for_the_network_is_found_out(tmp_path, monkeypatch, capfd):
    package = tmp_path / "src" / "coordination"
    for folder in (package, tmp_path / "notebooks", tmp_path / "data" / "raw"):
        folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("print('made')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    with chdir(tmp_path):
        assert audit.fetched("toy", "en") == []
        asks = "import socket\nsocket.create_connection(('192.0.2.1', 80), 5)\n"
        (package / "__main__.py").write_text(asks, encoding="utf-8")
        assert audit.fetched("toy", "en") == ["network: the run of toy fails without one, see above"]
        monkeypatch.setattr(limits, "without_network", lambda: None)
        assert audit.fetched("toy", "en") == []
    assert "network: not audited, since this system cannot" in capfd.readouterr().out


@pytest.mark.parametrize("fault", [[], ["a 1: PYSEC-1"]])
def test_the_audit_writes_the_bill_and_says_what_is_at_fault(tmp_path, monkeypatch, capsys, fault):
    for name in ("vulnerable", "unlicensed", "installed", "fetched"):
        monkeypatch.setattr(audit, name, lambda *_, found=fault if name == "vulnerable" else (): list(found))
    monkeypatch.setattr(audit.manifests, "materials", lambda sources: b"\n".join(sorted(k.encode() for k in sources)))
    monkeypatch.setenv("COORDINATION_OUTPUT_ROOT", str(tmp_path))
    with chdir(ROOT):
        assert audit.audit("toy", "en") is not bool(fault)
    assert (tmp_path / "outputs" / "sbom.cdx.json").read_bytes() == b"pyproject.toml\nrequirements.lock"
    assert ("fault: a 1: PYSEC-1" in capsys.readouterr().out) is bool(fault)


@pytest.mark.slow
def test_what_papers_carry_of_typefaces_is_listed_with_its_licence(yellow_river):
    table = (ROOT / "LICENSE-data.md").read_text(encoding="utf-8").split("What outputs carry of others")[1]
    known = {
        "LibertinusSerif": "Libertinus Serif", "NewCMMath": "New Computer Modern Math", "DejaVuSans": "DejaVu Sans",
        "NotoSansCJKsc": "Noto Sans CJK SC", "NotoSerifCJKsc": "Noto Serif CJK SC",
    }  # fmt: skip
    faces = set()
    for file in (yellow_river / "outputs" / "yellow-river").glob("*.pdf"):
        for page in PdfReader(file).pages:
            own = (page["/Resources"].get("/Font") or {}).values()
            faces |= {re.sub(r"^/[A-Z]{6}\+", "", str(face.get_object()["/BaseFont"])) for face in own}
    assert faces
    for face in faces:
        (name,) = [said for start, said in known.items() if face.startswith(start)]
        assert name in table
