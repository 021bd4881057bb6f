"""What was done to runs, files and methods, and how they stood it: the page on reliability."""

from __future__ import annotations

import yaml

from coordination.presentation import locale


def blocks(folder, language):
    """Show what `make torture` and benchmarks/mutation.py have measured.

    Parameters
    ----------
    folder : Path
        With torture.yml and mutation.yml, as they write them; what is not there was not measured, and is said to be so.
    language : str

    Returns
    -------
    dict of str to str
        Markdown by the name of its place on the page.
    """
    words = locale.words(language, "site")["reliability"]
    torture, mutation = (_read(folder / f"{name}.yml") for name in ("torture", "mutation"))
    around, long = torture.get("environments"), torture.get("long")
    made = {
        "reliability_run": _run(torture, words) if torture else None,
        "reliability_kills": _kills(torture["kills"], words) if "kills" in torture else None,
        "reliability_files": _files(torture["fuzz"], words) if "fuzz" in torture else None,
        "reliability_surroundings": words["surroundings"].format(**around) if around else None,
        "reliability_long": words["long"].format(**long) if long else None,
        "reliability_methods": _methods(mutation, words) if mutation else None,
    }
    return {name: words["missing"] if text is None else text for name, text in made.items()}


def _read(file):
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _table(heads, rows):
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def _run(record, words):
    faults = sum(len(part["faults"]) for part in record.values())
    minutes = sum(part["seconds"] for part in record.values()) / 60
    return words["run"].format(
        minutes=f"{minutes:.0f}", found=words["faults"].format(count=faults) if faults else words["none"]
    )


def _kills(kills, words):
    rows = [(words[f"signal_{name}"], count) for name, count in kills["signals"].items()]
    told = ("random", "aimed", "missed", "compared", "files", "unsteady")
    return _table(["", words["count"]], [*rows, *((words[f"kills_{key}"], kills[key]) for key in told)])


def _files(fuzz, words):
    rows = [*((f"`{name}`", f"{count:,}") for name, count in fuzz["examples"].items())]
    rows.append((words["total"], f"{sum(fuzz['examples'].values()):,}"))
    return _table([words["file"], words["examples"]], rows)


def _methods(record, words):
    packages = record["packages"]
    keys = ("tried", "noticed", "stopped")
    counts = {name: [score[key] for key in keys] for name, score in packages.items()}
    counts[words["total"]] = [sum(own) for own in zip(*counts.values(), strict=True)]
    rows = [
        (name if name == words["total"] else f"`{name}`", *own, f"{(own[1] + own[2]) / own[0]:.0%}" if own[0] else "–")
        for name, own in counts.items()
    ]
    table = _table([words["package"], *(words[key] for key in keys), words["share"]], rows)
    equivalent = sum("equivalent" in fault for fault in record["unnoticed"])
    known = words["known"].format(known=f"{record['known']:,}", unnoticed=len(record["unnoticed"]), same=equivalent)
    return f"{table}\n\n{known}"
