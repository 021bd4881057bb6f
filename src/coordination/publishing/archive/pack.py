"""Writing an archive: one zip whose bytes follow from what it holds."""

from __future__ import annotations

import hashlib
import json
import stat
import time
import zipfile

from coordination.pipeline import scratch
from coordination.pipeline.paths import output_root, outputs
from coordination.pipeline.provenance import NOTE, SUMS
from coordination.publishing.archive import crate, manifests
from coordination.publishing.archive.contents import RECORD, gather, read
from coordination.study.files import displayed

FIRST_DATE = 315_532_800  # 1980, before which a zip knows no date


def write(study, language, parameters):
    """Write the archive of a finished run to outputs/<study>.zip.

    Parameters
    ----------
    study, language : str
    parameters : sequence of str
        Of the notebooks, NAME=VALUE.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        See `contents.gather`; an earlier archive stays as it is.
    """
    contents = gather(study, language, parameters)
    files = members(contents)
    target = outputs(study).with_name(f"{study}.zip")
    with scratch.folder(".staging-", output_root().resolve()) as folder:
        pack(files, contents.programs, contents.time, folder / target.name)
        (folder / target.name).replace(target)
    count, size = len(files), target.stat().st_size / 1e6
    print(f"{study}: {count} files, {size:.0f} MB, commit {contents.commit[:12]}; see {displayed(target)}")
    return target


def members(contents):
    """Return every file of an archive.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    dict of str to bytes or Path
        In the order of their names.
    """
    files = contents.sources | contents.made
    note = {k: getattr(contents, k) for k in ("study", "commit", "time", "language", "parameters")}
    files[NOTE] = f"{json.dumps(note, indent=1)}\n".encode()
    files["codecheck.yml"] = manifests.codecheck(contents)
    files["datapackage.json"] = manifests.datapackage(contents)
    files["sbom.cdx.json"] = manifests.materials(contents.sources)
    files["ro-crate-metadata.json"] = crate.metadata(contents, files)
    digests = {name: hashlib.sha256(read(files[name])).hexdigest() for name in files if not name.endswith(f"/{RECORD}")}
    files[SUMS] = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()
    return dict(sorted(files.items()))


def pack(files, programs, when, target):
    """Write a zip.

    Nothing is compressed: what a library makes of the same bytes differs from version to version, and figures, papers
    and workbooks are compressed already.

    Parameters
    ----------
    files : dict of str to bytes or Path
        Their order is that of the zip.
    programs : set of str
        Names of those that can be run.
    when : int
        The date of every file, in seconds since 1970.
    target : Path
    """
    date = time.gmtime(max(when, FIRST_DATE))[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, date)
            member.create_system = 3  # as made on Unix, wherever it was
            member.external_attr = (stat.S_IFREG | (0o755 if name in programs else 0o644)) << 16
            archive.writestr(member, read(content))
