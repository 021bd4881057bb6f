"""The released panel: normalised values where raw figures may not be redistributed."""

from __future__ import annotations

import json

from coordination.errors import InputError
from coordination.indices import normalisation, panel, variants
from coordination.pipeline import inputs
from coordination.pipeline.files import checksum, csv_text, panel_file, write
from coordination.pipeline.paths import raw, release_note, variants_file
from coordination.study.document import load
from coordination.study.files import displayed, panel_files
from coordination.study.regions import read_regions


def write_release(study):
    """Write a study's released normalised panel and its variants from the raw one, and the note that says from which.

    Parameters
    ----------
    study : str

    Raises
    ------
    InputError
        If there is no raw panel, or the study does not say what is released.
    """
    loaded = load(raw(study))
    regions = read_regions(loaded, raw(study))
    file = panel_file(loaded)
    if file is None or loaded.panel.released is None:
        found, remedy = "no raw panel, or no panel.released", "name the raw panel with --panel"
        raise InputError(f"study {loaded.id}", found, "both", remedy)
    name = displayed(file)
    start = normalisation.from_raw(inputs.panel(loaded, file), loaded, regions.index, name)
    text = csv_text(panel.tidy(start.values))
    target = raw(loaded.id) / loaded.panel.released
    write(target, text)
    others = variants_file(loaded)
    if variants.declared(loaded):
        write(others, csv_text(variants.normalised(start, loaded)))
    note = {
        "file": target.name,
        "sha256": checksum(target),
        **({"variants": {"file": others.name, "sha256": checksum(others)}} if variants.declared(loaded) else {}),
        "made_from": {
            "sha256": checksum(file),
            **({"files": {f.name: checksum(f) for f in panel_files(file)}} if file.is_dir() else {}),
            "rows_used": len(start.long.values),
            "rows_passed_over": start.long.other_regions + start.long.other_years,
        },
        "withheld": loaded.panel.withheld.model_dump() if loaded.panel.withheld else None,
    }
    write(release_note(loaded), json.dumps(note, ensure_ascii=False, indent=1) + "\n")
    print(f"{displayed(target)}: {note['sha256']}")
