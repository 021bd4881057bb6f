"""What the project rests on: packages as the lock has them, known vulnerabilities, licences, runs without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from importlib import metadata

from coordination.pipeline import limits, scratch
from coordination.pipeline.files import write
from coordination.pipeline.paths import outputs, root
from coordination.publishing.archive import manifests
from coordination.study.files import displayed

# A requirement of the lock and its hashes, as uv writes them
ENTRY = re.compile(
    r"^([a-z0-9._-]+)(?:\[[a-z0-9,-]+\])?==([^\s;]+)(?: ; ([^\\\n]+?))? \\\n"
    r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+",
    re.MULTILINE,
)

SOURCES = ("pypi", "osv")  # of known vulnerabilities, as pip-audit calls them
PATIENCE = 300  # seconds for each of them


def audit(study, language):
    """Print what holds and what does not; write the bill of materials.

    Parameters
    ----------
    study, language : str
        Whose run is made again without a network.

    Returns
    -------
    bool
        Whether nothing is at fault; what could not be looked at is said, and no fault.
    """
    lock = (root() / "requirements.lock").read_text(encoding="utf-8")
    faults = [*unlocked(lock), *installed(lock), *vulnerable(), *unlicensed(), *fetched(study, language)]
    bill = outputs("sbom.cdx.json")
    names = ("requirements.lock", "pyproject.toml")
    write(bill, manifests.materials({name: (root() / name).read_bytes() for name in names}))
    print(f"bill of materials: {displayed(bill)}")
    for fault in faults:
        print(f"fault: {fault}")
    print(f"{len(faults)} faults" if faults else "no fault found")
    return not faults


def unlocked(lock):
    """Return the lines of a lock that no hash holds.

    Parameters
    ----------
    lock : str

    Returns
    -------
    list of str
    """
    found = ENTRY.findall(lock)
    rest = ENTRY.sub("", lock).splitlines()
    print(f"lock: {len(found)} packages, each with the hashes of its files")
    return [f"requirements.lock: {line} has no hash" for line in rest]


def installed(lock):
    """Hold what is installed against the lock, and every installed file against what its package recorded.

    Parameters
    ----------
    lock : str

    Returns
    -------
    list of str
        What is not as it should be.
    """
    from packaging.markers import Marker

    faults, files, packages = [], 0, 0
    for name, version, marker in ENTRY.findall(lock):
        if marker and not Marker(marker).evaluate():
            continue
        try:
            there = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            print(f"not audited: {name} {version}, which is not installed here")
            continue
        packages += 1
        if there.version != version:
            faults.append(f"{name}: {there.version} is installed, the lock has {version}")
            continue
        for file in there.files or ():
            if file.hash is None or file.hash.mode != "sha256":
                continue
            files += 1
            try:
                digest = hashlib.sha256(file.locate().read_bytes()).digest()
            except OSError:
                faults.append(f"{name}: {file} is missing")
                continue
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                faults.append(f"{name}: {file} is not as the package recorded it")
    print(f"installed: {packages} packages, {files} files held against their hashes")
    return faults


def vulnerable():
    """Ask for known vulnerabilities of the lock.

    Returns
    -------
    list of str
        Those that a source knows. Packages of which none answers are said to be not audited.
    """
    known, asked = {}, set()
    for source in SOURCES:
        for package in _asked(source):
            asked.add(package["name"])
            if "skip_reason" not in package:
                found = known.setdefault(package["name"], {})
                found |= {v["id"]: package["version"] for v in package["vulns"]}
    left = sorted(asked - known.keys())
    if not known:
        print("known vulnerabilities: not audited, since no source answers")
        return []
    print(f"known vulnerabilities: {len(known)} packages looked up")
    if left:
        print(f"known vulnerabilities: not audited: {', '.join(left)}")
    return [f"{name} {version}: {key}" for name, own in sorted(known.items()) for key, version in own.items()]


def _asked(source):
    command = [sys.executable, "-m", "pip_audit", "-r", str(root() / "requirements.lock"), "--require-hashes"]
    command += ["--disable-pip", "--format", "json", "--progress-spinner", "off", "-s", source]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError, subprocess.TimeoutExpired):
        return []


def unlicensed():
    """Return the files that name no licence, as REUSE finds them.

    Returns
    -------
    list of str
    """
    command = [sys.executable, "-m", "reuse", "--root", ".", "lint", "--lines"]
    done = subprocess.run(command, cwd=root(), capture_output=True, encoding="utf-8", check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()] if done.returncode else []
    print(f"licences: {'a licence for every file' if not lines else f'{len(lines)} faults'}")
    return [f"licence: {line}" for line in lines]


def fetched(study, language):
    """Make the run of a study in an empty place without a network.

    Parameters
    ----------
    study, language : str

    Returns
    -------
    list of str
        One line if the run fails.
    """
    cut = limits.without_network()
    if cut is None:
        print("network: not audited, since this system cannot cut a run off from it")
        return []
    with scratch.folder() as folder:
        command = [sys.executable, "-m", "coordination", "all", "--study", study, "--language", language]
        environment = {k: v for k, v in os.environ.items() if k != "COORDINATION_OUTPUT_ROOT"}
        done = subprocess.Popen([*command, "--output-root", str(folder)], env=environment, cwd=root(), **cut)
        if done.wait():
            return [f"network: the run of {study} fails without one, see above"]
    print(f"network: the run of {study} needs none")
    return []
