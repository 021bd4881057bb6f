"""The whole check and its report."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd

from coordination.adapting.checks import system
from coordination.adapting.checks.finding import SEVERITIES, Finding, _of_errors
from coordination.adapting.checks.series import holes, levels, observed, repeats
from coordination.adapting.checks.text import left_as_it_came, located, merged, spelling, units, units_declared
from coordination.diagnosis import lenses
from coordination.errors import InputError, InputErrors, brief
from coordination.indices import normalisation, panel
from coordination.presentation.reader import Reader
from coordination.spatial import neighbours
from coordination.study import formulas
from coordination.study.document import load
from coordination.study.files import WORKBOOKS, displayed, read_text, sheets
from coordination.study.regions import read_regions


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
    from coordination.pipeline.files import panel_file, read_released

    file = panel_file(study)
    if file is None:
        released = read_released(study)
        return normalisation.from_released(released, study, regions.index, study.panel.released)
    return normalisation.from_raw(read_text(file), study, regions.index, displayed(file))


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
    from coordination.pipeline import inputs
    from coordination.pipeline.files import lens_documents, panel_file, references
    from coordination.pipeline.inputs import covariates, given_weights
    from coordination.pipeline.paths import raw

    found, known = [], {}
    folder = raw(name)
    known["study"] = study = load(folder)
    known["regions"] = regions = read_regions(study, folder)
    known["file"] = file = panel_file(study)
    found += system.formulas_and_names(study)
    try:
        polygons = inputs.polygons(study, regions)
        own = given_weights(study, regions)
        weights = neighbours.build(study.spatial_weights, regions, polygons, own)
        found += system.inference(study, regions, weights)
    except InputError as error:
        found += _of_errors("neighbours", error)
    try:
        covariates(study, regions)
    except InputError as error:
        found += _of_errors("covariates", error)
    try:
        lenses.catalogue(*lens_documents(study), study, references())
    except InputError as error:
        found += _of_errors("lenses", error)
    try:
        if file is None:
            return _ordered(found + system.indicators(start(study, regions).values, study)), known
        shown = displayed(file)
        table = read_text(file)
    except InputError as error:
        return _ordered(found + _of_errors("panel", error)), known
    found += _beside(file, table, study, regions)
    if file.suffix.lower() in WORKBOOKS:
        found += merged(sheets(file), shown)
    said = spelling(table, study, regions, shown)
    found += said + units(table, shown) + units_declared(table, study, shown) + left_as_it_came(study)
    known["observed"] = observed(table, study, regions)
    seen = known["observed"]
    found += located(holes(seen, shown) + levels(seen, study, shown) + repeats(seen, shown), table, study, shown)
    try:
        long = panel.validate(table, study, list(regions.index), shown)
        known["long"] = long
        complete = panel.complete(long, study, list(regions.index), shown)
        derived = panel.derive(complete, study, shown)
        known["filled"] = int(derived.filled.to_numpy().sum()), derived.filled.size
        found += system.constant(derived.values, study)
        found += system.indicators(normalisation.from_raw(table, study, list(regions.index), shown).values, study)
    except InputError as error:
        told = {f.where for f in said} | {f.where for f in found if f.check == "constant"}
        found += [f for f in _of_errors("panel", error) if f.where not in told]
        found += _of_those_formed(seen, study, list(regions.index))
    return _ordered(found), known


def _of_those_formed(seen, study, regions):
    """Look at the indicators that can be formed where others cannot."""
    values, filled = {}, {}
    long = seen.melt(var_name="series", ignore_index=False).dropna().reset_index()
    long = panel.LongPanel(long, 0, 0)
    for i in study.indicators:
        alone = SimpleNamespace(
            indicators=(i,), panel=study.panel, years=study.years, interpolation=study.interpolation
        )
        try:
            derived = panel.derive(panel.complete(long, alone, regions), alone)
        except InputError:
            continue
        values[i.id], filled[i.id] = derived.values[i.id], derived.filled[i.id]
    values, filled = pd.DataFrame(values), pd.DataFrame(filled)
    found = system.constant(values, study)
    varying = values.loc[:, [f"indicator {i}" not in {f.where for f in found if f.severity == "error"} for i in values]]
    try:
        normalised = normalisation.min_max(varying, {i.id: i.direction for i in study.indicators})
    except InputError:
        return found
    return found + system.indicators(panel.WidePanel(normalised, filled), study)


def _beside(file, table, study, regions):
    """Look whether a workbook beside the panel holds figures that the panel does not."""
    from coordination.adapting.importing import merge, reading

    book = file.with_suffix(".xlsx")
    if file.suffix.lower() != ".csv" or not book.is_file():
        return []
    try:
        imported = reading.read([book], study, regions)
        figures = replace(imported, rows=imported.rows.dropna(subset="value"))
        differ = merge.merge(figures, table, name=file.name).attrs["new"]
        differ += len(merge.merge(imported, table, name=file.name).attrs["kept"])
    except InputErrors as error:
        differ = len(error.faults)
    if not differ:
        return []
    return [
        Finding(
            "warning" if (table["value"] != "").any() else "error",
            "not imported",
            displayed(book),
            f"{differ} figures that {file.name} does not hold, or holds otherwise",
            "the same figures in both",
            "run `make import`, with REPLACE=1 where figures were corrected, or delete the workbook if it is not used",
        )
    ]


def report(name, findings, known):
    """Write the findings as a text for people.

    Parameters
    ----------
    name : str
        Of the study.
    findings : list of Finding
    known : dict
        As `inspect` returns it.

    Returns
    -------
    str
        Markdown.
    """
    counts = {k: sum(f.severity == k for f in findings) for k in SEVERITIES}
    lines = [f"# Check of {name}", "", summary(name, known), ""]
    lines.append(", ".join(f"{n} {k}{'' if n == 1 else 's'}" for k, n in counts.items()) + ".")
    titles = {
        "error": "Errors: these stop a run",
        "warning": "Warnings: these may make the results mean something else",
        "note": "Notes",
    }
    for severity, title in titles.items():
        own = [f for f in findings if f.severity == severity]
        if own:
            lines += ["", f"## {title}", ""]
            lines += [f"- **{f.check}** · `{f.where}`: {f.found}. Expected: {f.expected}. *{f.remedy}*" for f in own]
    return "\n".join(lines) + "\n"


def summary(name, known):
    """Say in one line what a study holds.

    Parameters
    ----------
    name : str
    known : dict
        As `inspect` returns it.

    Returns
    -------
    str
    """
    study = known["study"]
    n = len(study.years)
    span = f"{n} year{'' if n == 1 else 's'}"
    text = f"{name}: {len(known['regions'])} regions, {span}, {len(study.indicators)} indicators"
    if "long" in known:
        long = known["long"]
        return (
            f"{text}; {displayed(known['file'])}: {len(long.values)} rows used, {long.other_regions} of other "
            f"regions and {long.other_years} of other years passed over"
        ) + (", {} of {} values filled".format(*known["filled"]) if "filled" in known else "")
    if known.get("file") is None:
        return f"{text}; starts from the released panel {study.panel.released}"
    seen = known.get("observed")
    share = "" if seen is None else f", {seen.notna().to_numpy().mean():.0%} of its values filled in"
    return f"{text}; {displayed(known['file'])}{share}"


def command(options):
    """Check a study from the command line: say what was found, and write it as Markdown and HTML.

    Parameters
    ----------
    options : argparse.Namespace
        study.

    Returns
    -------
    int
        1 if there are errors, else 0.
    """
    import html

    from coordination.pipeline.files import write
    from coordination.pipeline.paths import outputs

    findings, known = inspect(options.study)
    text = report(options.study, findings, known)
    print(summary(options.study, known))
    for f in findings:
        print(f"{f.severity}: {f}")
    if not findings:
        print("nothing to complain of")
    out = outputs(options.study)
    write(out / "check.md", text)
    picture = _picture(known)
    rows = "\n".join(
        f"<tr class={f.severity}>" + "".join(f"<td>{html.escape(str(v))}</td>" for v in vars(f).values()) + "</tr>"
        for f in findings
    )
    heads = "".join(f"<th>{t}</th>" for t in ("severity", "what", "where", "found", "expected", "what to do"))
    page = PAGE.format(
        title=html.escape(f"Check of {options.study}"),
        summary=html.escape(summary(options.study, known)),
        heads=heads,
        rows=rows or "<tr><td colspan=6>nothing to complain of</td></tr>",
        picture=picture,
    )
    write(out / "check.html", page)
    print(f"report: {displayed(out / 'check.html')}")
    return int(any(f.severity == "error" for f in findings))


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #ccc }}
td {{ overflow-wrap: anywhere }}
td:nth-child(-n+2) {{ white-space: nowrap }} td:first-child {{ font-weight: 700 }}
.error td:first-child {{ color: #a4262c }}
.warning td:first-child {{ color: #8a5a00 }} svg {{ max-width: 100%; height: auto }}
@media (max-width: 40rem) {{ tr, td {{ display: block }} thead {{ display: none }} td {{ border: 0; padding: .1rem 0 }}
tr {{ border-bottom: 1px solid #ccc; display: block; padding: .5rem 0 }} }}
@media (prefers-color-scheme: dark) {{ body {{ background: #131416; color: #ddd }} figure {{ background: #fff }} }}
</style></head><body><h1>{title}</h1><p>{summary}</p>
<table><thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table>
{picture}
</body></html>
"""


def _picture(known):
    """Return the gaps of the panel as an SVG picture with its caption; nothing where no panel could be read."""
    if "observed" not in known:
        return ""
    import matplotlib.pyplot as plt

    from coordination.indices import figures
    from coordination.presentation.style import rendered, style

    seen, study = known["observed"], known["study"]
    gaps = pd.DataFrame({i.id: seen[formulas.names(i.formula)].isna().any(axis=1) for i in study.indicators})
    with style():
        figure = figures.availability(panel.availability(gaps), Reader(study, known["regions"], "en"))
        svg = rendered(figure, "svg").decode()
        plt.close(figure)
    caption = "Regions with a figure, by indicator and year: what is not blue has gaps."
    return f"<figure>{svg[svg.index('<svg') :]}<figcaption>{caption}</figcaption></figure>"


def _ordered(findings):
    unique = list(dict.fromkeys(replace(f, where=brief(f.where), found=brief(f.found)) for f in findings))
    return sorted(unique, key=lambda f: SEVERITIES.index(f.severity))
