"""The whole check and its report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
from markupsafe import Markup

from coordination.adapting.checks import system
from coordination.adapting.checks.finding import SEVERITIES, Finding, line, of_errors, phrased, placed
from coordination.adapting.checks.series import holes, levels, observed, repeats
from coordination.adapting.checks.text import (
    come_and_gone,
    left_as_it_came,
    located,
    merged,
    spelling,
    units,
    units_declared,
    unshown,
)
from coordination.adapting.importing import merge, reading
from coordination.diagnosis import lenses
from coordination.errors import InputError, InputErrors
from coordination.indices import normalisation, panel, variants
from coordination.pipeline import inputs
from coordination.pipeline.files import (
    claims,
    lens_documents,
    panel_file,
    published,
    read_released,
    read_released_variants,
    references,
    write,
)
from coordination.pipeline.paths import outputs, raw
from coordination.presentation.html import environment
from coordination.presentation.reader import Reader
from coordination.replication import consistency, measures
from coordination.spatial import neighbours
from coordination.study import formulas, outlines
from coordination.study.document import load
from coordination.study.files import WORKBOOKS, displayed, read_panel, sheets
from coordination.study.regions import read_regions
from coordination.study.tabular import number

PAGES = environment(Path(__file__).parent)


def start(study, regions):
    """Read where a study's analysis starts: its raw panel, or the released one.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    normalisation.Start

    Raises
    ------
    InputError, InputErrors
        If there is neither, or it does not hold.
    """
    file = panel_file(study)
    if file is None:
        released = read_released(study)
        variants.checked(read_released_variants(study), study, regions.index)
        return normalisation.from_released(released, study, regions.index, study.panel.released)
    table = inputs.panel(study, file)
    return normalisation.from_raw(table, study, regions.index, displayed(file))


def inspect(name):
    """Look through a study: its document, regions, neighbours, covariates, lenses and panel.

    Parameters
    ----------
    name : str
        Of the study.

    Returns
    -------
    tuple of (list of Finding, dict)
        Findings, the most severe first; and what could be read: study, regions, file (of the panel), observed (series
        by region and year), long (the validated panel), filled (its share of filled values).

    Raises
    ------
    InputError, InputErrors
        If the document or the table of regions cannot be read, without which nothing else can be looked at.
    """
    folder = raw(name)
    study = load(folder)
    regions = read_regions(study, folder)
    known = {"study": study, "regions": regions, "file": panel_file(study)}
    if too_large := system.size(study, regions):
        return too_large, known  # what else there is to see would not fit into memory
    found = system.formulas_and_names(study) + unshown(study, regions)
    for check, look in LOOKS:
        try:
            found += look(study, regions)
        except InputError as error:
            found += of_errors(check, error)
    try:
        if known["file"] is None:
            begun = start(study, regions).values
            found += system.indicators(begun, study) + system.scales(begun.values, study)
        else:
            table = inputs.panel(study, known["file"])
    except InputError as error:
        return _ordered(found + of_errors("panel", error)), known
    if known["file"] is not None:
        found += _panel(table, known)
    return _ordered(found), known


def _neighbours(study, regions):
    polygons, own = inputs.polygons(study, regions), inputs.given_weights(study, regions)
    done = []
    if study.regions.polygons is not None:
        _, notes = outlines.read(raw(study.id) / study.regions.polygons, study.regions.polygon_name)
        done = [replace(f, severity="warning") for note in notes for f in of_errors("outlines", note)]
    if study.metacoupling is not None:
        for setting in (study.metacoupling.peri, study.metacoupling.tele):
            neighbours.build(setting, regions, polygons)
    return done + system.inference(study, regions, neighbours.build(study.spatial_weights, regions, polygons, own))


def _covariates(study, regions):
    inputs.covariates(study, regions)
    return []


def _lenses(study, regions):
    lenses.catalogue(*lens_documents(study), study, references())
    return []


def _claims(study, regions):
    register = claims(study)
    if register is not None:
        measures.checked(register, study, regions)
    return []


def _published(name, study, regions):
    table = published(study, name, printed=True)
    if table is not None:
        consistency.checked(table, name, study, regions)
    return []


LOOKS = (
    ("neighbours", _neighbours), ("covariates", _covariates), ("lenses", _lenses), ("claims", _claims),
    *(("published", partial(_published, name)) for name in consistency.TABLES),
)  # fmt: skip


def _panel(table, known):
    """Look through a raw panel, and add what could be read of it to what is known."""
    study, regions, file = known["study"], known["regions"], known["file"]
    shown = displayed(file)
    spelt = spelling(table, study, regions, shown)
    as_filed = table if study.panel.changes is None else read_panel(file, study.panel.region_column)
    found = _beside(file, as_filed, study, regions)
    if file.suffix.lower() in WORKBOOKS:
        found += merged(sheets(file), shown)
    found += spelt + units(table, shown) + units_declared(table, study, shown) + left_as_it_came(study)
    found += come_and_gone(table, study, list(regions.index), shown)
    known["observed"] = seen = observed(table, study, regions)
    found += located(holes(seen, shown) + levels(seen, study, shown) + repeats(seen, shown), table, study, shown)
    try:
        known["long"] = panel.validate(table, study, list(regions.index), shown)
        complete = panel.complete(known["long"], study, list(regions.index), shown)
        derived = panel.derive(complete, study, shown)
        known["filled"] = int(derived.filled.to_numpy().sum()), derived.filled.size
        found += system.constant(derived.values, study)
        values = panel.WidePanel(normalisation.min_max(derived.values, *study.directions), derived.filled)
        begun = normalisation.Start(values, derived, "raw", known["long"], complete)
        found += system.indicators(begun.values, study) + system.scales(begun.values.values, study)
        variants.normalised(begun, study)
    except InputError as error:
        told = {f.facts["place"] for f in spelt}
        told |= {placed(f"indicator {f.facts['indicator']}") for f in found if f.check == "constant"}
        faults = [f for f in of_errors("panel", error) if f.facts["where"] not in told and not _written_otherwise(f)]
        # A region without rows is named with the name that it may have there
        near = {getattr(f.facts["remedy"], "values", {}).get("near") for f in faults}
        found = [f for f in found if f.sentence != "region_unknown" or f.facts["text"] not in near]
        found += faults
        found += _of_those_formed(seen, study, list(regions.index))
    return found


def _written_otherwise(fault):
    """Tell whether a cell holds a number in a form that `spelling` has named for all cells at once."""
    if fault.facts["expected"] != "a number":
        return False
    try:
        number(fault.facts["found"].values["value"])
    except ValueError:
        return False
    return True


def _of_those_formed(seen, study, regions):
    """Look at the indicators that can be formed where others cannot."""
    values, filled = {}, {}
    long = seen.melt(var_name="series", ignore_index=False).dropna().reset_index()
    long = panel.LongPanel(long, 0, 0)
    for i in study.indicators:
        alone = SimpleNamespace(
            indicators=(i,),
            formulas=(i.formula,),
            panel=study.panel,
            years=study.years,
            interpolation=study.interpolation,
        )
        try:
            derived = panel.derive(panel.complete(long, alone, regions), alone)
        except InputError:
            continue
        values[i.id], filled[i.id] = derived.values[i.id], derived.filled[i.id]
    values, filled = pd.DataFrame(values), pd.DataFrame(filled)
    found = system.constant(values, study)
    varying = values.drop(columns=[f.facts["indicator"] for f in found if f.severity == "error"])
    try:
        normalised = normalisation.min_max(varying, *study.directions)
    except InputError:
        return found
    return found + system.indicators(panel.WidePanel(normalised, filled), study)


def _beside(file, table, study, regions):
    """Look whether a workbook beside the panel holds figures that the panel does not."""
    book = file.with_suffix(".xlsx")
    if file.suffix.lower() != ".csv" or not book.is_file():
        return []
    try:
        imported = reading.read([book], study, regions)
        figures = replace(imported, rows=imported.rows.dropna(subset="value"))
        if figures.rows.empty:
            return []
        differ = merge.merge(figures, table, name=file.name).attrs["new"]
        differ += len(merge.merge(imported, table, name=file.name).attrs["kept"])
    except InputErrors as error:
        differ = len(error.faults)
    if not differ:
        return []
    severity = "warning" if "value" in table and (table["value"] != "").any() else "error"
    facts = {"file": displayed(book), "panel": file.name, "count": differ}
    return [Finding(severity, "not imported", "not_imported", facts)]


def shortlist(told, reader):
    """Say what stops a run, what changes results most, and what to glance at, a line each.

    Parameters
    ----------
    told : list of Said
    reader : Reader

    Returns
    -------
    list of str
        Without lines for what there is nothing of.
    """
    lines = []
    for severity in SEVERITIES:
        checks = list(dict.fromkeys(f.check for f in told if f.severity == severity))
        if checks:
            lines.append(reader.word(f"in_short_{severity}", reader.listed(checks)))
    return lines


def said(name, language):
    """Look through a study and say what is found.

    Parameters
    ----------
    name : str
        Of the study.
    language : str

    Returns
    -------
    list of Said
        The most severe first.

    Raises
    ------
    InputError, InputErrors
        As `inspect`.
    """
    findings, known = inspect(name)
    return phrased(findings, Reader(known["study"], known["regions"], language))


def report(name, findings, known, language="en"):
    """Write the findings as a text for people.

    Parameters
    ----------
    name : str
        Of the study.
    findings : list of Finding
    known : dict
        As `inspect` returns it.
    language : str

    Returns
    -------
    str
        Markdown.
    """
    reader = Reader(known["study"], known["regions"], language)
    told = phrased(findings, reader)
    counts = {f"{k}s": sum(f.severity == k for f in told) for k in SEVERITIES}
    lines = [f"# {reader.word('check_of', name)}", "", summary(name, known, language), ""]
    lines.append(reader.say("check", "counts", **counts))
    for severity in SEVERITIES:
        own = [reader.word("finding_item", f.check, f.where, f.found, f.expected, f.remedy) for f in told
               if f.severity == severity]  # fmt: skip
        if own:
            lines += ["", f"## {reader.word(f'severity_{severity}s')}", "", *own]
    return "\n".join(lines) + "\n"


def summary(name, known, language="en"):
    """Say in one line what a study holds.

    Parameters
    ----------
    name : str
    known : dict
        As `inspect` returns it.
    language : str

    Returns
    -------
    str
    """
    study, long, seen = known["study"], known.get("long"), known.get("observed")
    filled, cells = known.get("filled", (None, None))
    return Reader(study, known["regions"], language).say(
        "check",
        "summary",
        name=name,
        regions=len(known["regions"]),
        years=len(study.years),
        indicators=len(study.indicators),
        file=known["file"] and displayed(known["file"]),
        released=None if known["file"] else study.panel.released,
        used=None if long is None else len(long.values),
        other_regions=None if long is None else long.other_regions,
        other_years=None if long is None else long.other_years,
        filled=filled,
        cells=cells,
        present=None if seen is None else seen.notna().to_numpy().mean(),
    )


def page(name, findings, known, language="en"):
    """Write the findings as a page that stands by itself, with a picture of the gaps.

    Parameters
    ----------
    name : str
        Of the study.
    findings : list of Finding
    known : dict
        As `inspect` returns it.
    language : str

    Returns
    -------
    str
        HTML.
    """
    reader = Reader(known["study"], known["regions"], language)
    return PAGES.get_template("check.html").render(
        name=name,
        word=reader.word,
        summary=summary(name, known, language),
        findings=phrased(findings, reader),
        picture=_picture(known, reader),
    )


def command(options):
    """Check a study from the command line: say what was found, and write it as Markdown and HTML.

    Parameters
    ----------
    options : argparse.Namespace
        study, language (that of the study if it is None).

    Returns
    -------
    int
        1 if there are errors, else 0.
    """
    name = options.study
    findings, known = inspect(name)
    language = options.language or known["study"].language
    reader = Reader(known["study"], known["regions"], language)
    print(summary(name, known, language))
    told = phrased(findings, reader)
    for f in told:
        print(reader.word("finding_of_severity", reader.word(f"severity_{f.severity}"), line(f, reader)))
    if not findings:
        print(reader.word("nothing_found"))
    out = outputs(name)
    write(out / "check.md", report(name, findings, known, language))
    write(out / "check.html", page(name, findings, known, language))
    print(reader.word("report_written", displayed(out / "check.html")))
    for text in shortlist(told, reader):
        print(text)
    return int(any(f.severity == "error" for f in findings))


def _picture(known, reader):
    """Return the gaps of the panel as an SVG picture; nothing where no panel could be read."""
    if "observed" not in known:
        return None
    # Libraries that draw take a second, and other checks need none.
    import matplotlib.pyplot as plt

    from coordination.indices import figures
    from coordination.presentation.style import rendered, style

    seen, study = known["observed"], known["study"]
    gaps = pd.DataFrame({i.id: seen[formulas.names(i.formula)].isna().any(axis=1) for i in study.indicators})
    with style():
        figure = figures.availability(panel.availability(gaps), reader)
        svg = rendered(figure, "svg").decode()
        plt.close(figure)
    return Markup(svg[svg.index("<svg") :])


def _ordered(findings):
    unique = {repr(f): f for f in findings}.values()
    # What rests on one figure changes results most
    return sorted(unique, key=lambda f: (SEVERITIES.index(f.severity), f.check != "scale"))
