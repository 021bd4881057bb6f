"""A compendium of the toy study in which only the first notebook does something, in seconds."""

import nbformat
from conftest import contents, write_study
from nbformat import v4

from coordination.sections import SECTIONS

PARAMETERS = 'study = "toy"\nlanguage = "en"\nyear = None\ntrouble = ""\nextra = 0'

# Writes its hand-over file first, so that trouble comes after something was written.
BEGIN = """\
from coordination.indices import normalisation, panel, variants
from coordination.pipeline.paths import output_root
from coordination.pipeline.run import begin

run = begin("01-indicators", study, language)
start = normalisation.from_raw(run.read_start(), run.study, run.regions.index)
_ = run.write("normalised", panel.tidy(start.values))
_ = run.write("variants", variants.normalised(start, run.study))
said = f"{run.study.id} {run.language} {year} {extra}"
said"""
EXTRA = """\
if extra:
    from ipykernel.connect import get_connection_info

    _ = run.table("levels", lambda table, reader: table, start.values.filled.reset_index())
    print(get_connection_info(unpack=True)["transport"])"""
TROUBLE = """\
if trouble == "error":
    raise ValueError("the third cell is in trouble")
if trouble in ("sleep", "pause"):
    import os, time
    (output_root() / "asleep").write_text(str(os.getpid()))
    waited = time.monotonic() + 120
    while time.monotonic() < waited and not (trouble == "pause" and (output_root() / "awake").exists()):
        time.sleep(0.05)"""


def notebook(*cells, parameters=PARAMETERS):
    first = [v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]})] if parameters else []
    made = v4.new_notebook(cells=[*first, *(v4.new_code_cell(c, id=f"cell-{k}") for k, c in enumerate(cells))])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def compendium(folder):
    """Write a compendium of the toy study in which only the first notebook does something."""
    write_study(folder / "data" / "raw" / "toy")
    (folder / "notebooks").mkdir()
    for section in SECTIONS:
        cells = (BEGIN, EXTRA, TROUBLE, "run.finish()") if section is SECTIONS[0] else ()
        nbformat.write(notebook(*cells), folder / "notebooks" / f"{section.name}.ipynb")
    return folder


def outputs_of(folder):
    """What was made, without the notebook kept of a failed run."""
    found = {k: v for k, v in contents(folder).items() if k.startswith(("outputs/", "data/processed/"))}
    return {k: v for k, v in found.items() if not k.endswith(".failed.ipynb")}
