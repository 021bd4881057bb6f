"""What the site was made from: files with their checksums, the record of the run, what the check finds."""

from __future__ import annotations

from coordination.adapting.checks import check
from coordination.pipeline.files import checksum
from coordination.pipeline.paths import root
from coordination.publishing.site.markup import plain, raw, render, say
from coordination.publishing.site.origins import Link


def inputs(material, language, kind):
    """List files with their checksums.

    Parameters
    ----------
    material : Material
    language : str
    kind : {'start', 'handed'}

    Returns
    -------
    str
        Markdown.
    """
    files = [
        f
        | {
            "link": Link(f["name"], f["href"] and f"../{f['href']}"),
            "maker": f["notebook"] and Link(f["notebook"], f"notebooks/{f['notebook']}.html"),
        }
        for f in material.files
        if f["kind"] == kind
    ]
    return raw(render("inputs", language, kind=kind, files=files, handed=kind == "handed"))


def withheld(material, language):
    """Say why raw figures are not redistributed, if they are not.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        A sentence; empty if they are.
    """
    reason = material.study.panel.withheld
    return plain(material.reader(language).say("site", "withheld", reason=reason)) if reason else ""


def checked(study, language):
    """Show what the check of the study and its data finds, so that its warnings are read beside the results.

    Parameters
    ----------
    study : str
    language : str

    Returns
    -------
    str
        Markdown; a word where nothing was found.
    """
    findings = check.said(study, language)
    return raw(render("check", language, findings=findings)) if findings else say("nothing", language)


def record(material, language):
    """Say what this site was made from: commit, lock, seed, checksums, run.

    Parameters
    ----------
    material : Material
    language : str

    Returns
    -------
    str
        Markdown.
    """
    sha, dirty = material.commit
    lock = root() / "requirements.lock"
    content = render(
        "record",
        language,
        study=material.study,
        title=material.reader(language).text(material.study.title),
        commit=sha,
        dirty=dirty,
        lock=checksum(lock) if lock.is_file() else None,
        files=[f | {"link": Link(f["name"], f"data.html#{f['id']}")} for f in material.files if f["kind"] == "start"],
        run=(material.out / "run.json").is_file(),
    )
    return raw(content)
