"""What can be wrong with a study before it is run, and what fools people: everything at once, in plain words."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from coordination import files, formulas, lenses, names, neighbours, normalisation, panel, permutation, tabular
from coordination import study as studies
from coordination.errors import InputError, InputErrors, brief

SEVERITIES = ("error", "warning", "note")
_MANY = r"(?:[\d ,.]*\d|thousand|million|[十百千万\d]+)?\s*"
_PEOPLE = r"(?:people|persons?|capita|inhabitants?|residents?|population|households?|人|户|居民)"
_AREA = r"(?:(?:sq(?:uare|\.)?|平方)\s*(?:km|kilomet\w+|miles?|公里|千米|米)|k?m[2²]|hectares?|公顷)"
PER_PEOPLE_OR_AREA = re.compile(
    rf"(?:\bper\s+|/\s*|每){_MANY}(?:{_PEOPLE}|{_AREA})"
    r"|\bper\s+(?:\d[\d ,]*000|thousand|million)\b|[人户地]均|^[十百千万]+人(?=.)(?!口|次|年|时|计划)"
    r"|[十百千万]人[^，；]*拥有",
    re.IGNORECASE,
)
PER = re.compile(rf"\bper\b(?!\s*cent)|{PER_PEOPLE_OR_AREA.pattern}", re.IGNORECASE)
DIVISOR = re.compile(
    r"popul|pop\b|people|persons?\b|inhabit|residen|household|area|km[2²]|\bland|人口|常住|户籍|居民|人数|户数|万人|面积|平方",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or that a reader of the results would want to know first.

    Attributes
    ----------
    severity : {'error', 'warning', 'note'}
        An error stops a run; a warning may make its results mean something else; a note is good to know.
    check : str
        What was looked for.
    where, found, expected, remedy : str
    """

    severity: str
    check: str
    where: str
    found: str
    expected: str
    remedy: str

    def __str__(self):
        return f"{self.where}: found {self.found}; expected {self.expected}; {self.remedy}"


def _of_errors(check, error):
    faults = error.faults if isinstance(error, InputErrors) else [error]
    return [Finding("error", check, *map(str, f.args)) for f in faults]


def spelling(table, study, regions, name):
    """Look at how regions, years and values of a raw table are written.

    Parameters
    ----------
    table : pandas.DataFrame of str
        As `files.read_text` returns it.
    study : Study
    regions : pandas.DataFrame
        Index region.
    name : str
        What to call the table.

    Returns
    -------
    list of Finding
        Regions in other spellings, years with text, numbers with separators, percent signs or full-width digits.
    """
    found, column = [], study.panel.region_column
    if column in table:
        said = table[column].fillna("").astype(str)
        known, unknown = names.resolve(sorted(set(said) - set(regions.index) - {""}), regions)
        for text, region in known.items():
            where = panel.place(name, table, said.index[said == text][0])
            found.append(
                Finding(
                    "error",
                    "spelling",
                    where,
                    f"region '{text}'",
                    f"'{region}', as {study.regions.file} has it",
                    "write it so, or bring the table in with `python -m coordination import`",
                )
            )
        for text, near in unknown.items():
            where = panel.place(name, table, said.index[said == text][0])
            hint = f"is it {' or '.join(repr(n) for n in near)}?" if near else "it is passed over"
            found.append(Finding("warning", "spelling", where, f"region '{text}'", "a region that is known", hint))
    if "year" in table and isinstance(study.years[0], int):
        said = table["year"].fillna("").astype(str)
        for text in sorted(set(said)):
            if not re.fullmatch(r"\s*[0-9]+(\.0*)?\s*", text) and text.strip():
                where = panel.place(name, table, said.index[said == text][0])
                found.append(Finding("error", "years", where, f"year '{text}'", "digits only", "remove the text"))
    if "value" in table:
        said, seen = table["value"].fillna("").astype(str), {}
        for index, text in said[said != ""].items():
            if re.fullmatch(r"\s*[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\s*", text):
                continue
            try:
                value, note = tabular.number(text)
            except ValueError:
                continue  # reported by the panel's own validation
            kind = note or "blanks"
            seen.setdefault(kind, [index, text, value, 0])[3] += 1
        for kind, (index, text, value, count) in seen.items():
            plain = "an empty cell" if math.isnan(value) else f"{value:g}"
            more = f" and {count - 1} more" if count > 1 else ""
            found.append(
                Finding(
                    "error",
                    "numbers",
                    panel.place(name, table, index),
                    f"'{text}' ({kind}){more}",
                    plain,
                    "write plain numbers, or bring the table in with `python -m coordination import`",
                )
            )
    return found


def merged(sheets, name):
    """Look for merged cells, which stand for one cell or for many.

    Parameters
    ----------
    sheets : dict of str to pandas.DataFrame
        As `files.sheets` returns them.
    name : str

    Returns
    -------
    list of Finding
    """
    return [
        Finding(
            "warning",
            "merged cells",
            f"{name}, sheet {sheet}",
            f"merged cells {area}",
            "a cell of its own for everything",
            "unmerge them and write what each cell stands for",
        )
        for sheet, table in sheets.items()
        if sheet.casefold() != files.READ_ME
        for area in table.attrs.get("merged", ())
    ]


def units(table, name):
    """Look for series whose unit changes.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns series, year and, if the table says it, unit.
    name : str

    Returns
    -------
    list of Finding
    """
    if not {"unit", "series"} <= set(table):
        return []
    found = []
    for series, rows in table[table["unit"] != ""].groupby("series", sort=False):
        kinds = rows.drop_duplicates("unit")
        if len(kinds) > 1:
            first, second = kinds.index[:2]
            found.append(
                Finding(
                    "error",
                    "units",
                    panel.place(name, table, second),
                    f"{series} in {table['unit'][second]}, but in {table['unit'][first]} before",
                    "one unit a series",
                    "convert the figures to one unit",
                )
            )
    return found


def units_declared(table, study, name):
    """Look for figures whose unit is not the declared one.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns series and, if the table says it, unit.
    study : Study
    name : str

    Returns
    -------
    list of Finding
    """
    if not {"unit", "series"} <= set(table):
        return []
    found = []
    for (series, unit), rows in table[table["unit"] != ""].groupby(["series", "unit"], sort=False):
        declared = study.panel.series[series].unit if series in study.panel.series else unit
        if names.normal(unit) != names.normal(declared):
            place = panel.place(name, table, rows.index[0])
            remedy = "convert the figures, or correct the unit in study.yml"
            found.append(Finding("warning", "units", place, f"{series} in {unit}", f"{declared}, as declared", remedy))
    return found


def left_as_it_came(study):
    """Look for texts that a new study came with and that nobody has replaced.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of Finding
    """
    from coordination import scaffold

    found, remedy = [], "the paper prints it: write what it is"
    if study.source.en == scaffold.UNSAID[0] or study.source.zh == scaffold.UNSAID[1]:
        found.append(Finding("warning", "left as it came", "study.yml, source", study.source.en, "the source", remedy))
    left = [i.id for i in study.indicators if i.unit.en == "unit" or (i.name.en == i.formula and "/" in i.formula)]
    if left:
        said = f"names or units of {', '.join(left)}"
        found.append(Finding("warning", "left as it came", "study.yml, indicators", said, "their own", remedy))
    return found


def holes(values, name):
    """Look for years in which a series has no figure at all, and for zeros among positive figures.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a series; gaps are missing.
    name : str

    Returns
    -------
    list of Finding
    """
    found = []
    for series in values:
        wide = values[series].unstack("region").sort_index()
        present = wide.notna().any(axis=1)
        if present.any():
            none = ", ".join(map(str, wide.index[~present]))
            if none:
                said, remedy = f"no figure of any region in {none}", "look whether they were forgotten; they are filled"
                found.append(Finding("warning", "year", f"{name}, {series}", said, "figures every year", remedy))
        around = wide.shift().fillna(wide.shift(-1)) > 0
        after = wide.shift(-1).fillna(wide.shift()) > 0
        for year, region in (wide == 0).where(around & after).stack().loc[lambda x: x == 1].index:
            where, remedy = f"{name}, {series}, {region}, {year}", "leave the cell empty if the figure is not known"
            found.append(Finding("warning", "zero", where, "0 between positive figures", "a figure", remedy))
    return found


def levels(values, study, name):
    """Look for figures whose level is unlike those around them.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a series; gaps are missing.
    study : Study
        Its `checks` set what is unusual.
    name : str

    Returns
    -------
    list of Finding
        Jumps of all regions together (a new price base or definition), of a single region, single values that stand
        out against those before and after (a digit too many or too few), and years that repeat the one before.

    Notes
    -----
    Changes are logarithmic and an average a year over gaps. The median change of all regions in a year is compared
    with the series' median change over all years; a region's change with the median region's in the same year. A level
    is the median of a region's logarithms. One stands apart if it lies more than a factor of five off, and beyond the
    others' range by more than that range is wide or by more than six of their standard deviations (1.4826 times the
    median absolute deviation); near a power of ten, half the range does if it lies three deviations off.
    """
    found, set_ = [], study.checks
    for series in values:
        wide = values[series].unstack("region").sort_index()
        wide = wide.loc[wide.notna().any(axis=1)]
        if len(wide) < 2:
            continue
        span = [study.elapsed(a, b) for a, b in zip(wide.index[:-1], wide.index[1:], strict=True)]
        change = np.log(wide.where(wide > 0)).diff().iloc[1:]
        middle = change.median(axis=1)
        yearly = middle / span
        usual = yearly.median() if len(yearly) > 2 else 0.0
        for year, step in yearly.items():
            if wide.shape[1] > 2 and abs(step - usual) > np.log(set_.common_jump):
                found.append(
                    Finding(
                        "warning",
                        "price base",
                        f"{name}, {series}, {year}",
                        f"all regions together change to {np.exp(step):.2f} times the year before "
                        f"(usually {np.exp(usual):.2f})",
                        "one definition and one price base",
                        "look for a new price base or definition; deflate or link the series, or shorten the years",
                    )
                )
        found += _single(wide, change.sub(middle, axis=0), series, set_, name)
        found += _apart(wide, series, name)
        found += _copied(wide, series, set_, name)
    return found


def _single(wide, excess, series, set_, name):
    """Return values that stand out against those before and after, and jumps that stay."""
    found, limit = [], np.log(set_.jump)
    # A value that goes and comes back stands out against how much the series moves otherwise.
    usual = np.nanmedian(np.abs(excess.to_numpy())) if excess.size else np.nan
    back_limit = min(limit, max(10 * usual, np.log(1.5))) if np.isfinite(usual) else limit
    for region in wide:
        steps = excess[region]
        used = set()
        for k, (year, step) in enumerate(steps.items()):
            back = steps.iloc[k + 1] if k + 1 < len(steps) else np.nan
            value = wide.loc[year, region]
            where = f"{name}, {series}, {region}, {year}"
            if min(abs(step), abs(back)) > back_limit and np.sign(back) == -np.sign(step) and k not in used:
                before, after = wide[region].iloc[k], wide[region].iloc[k + 2]
                found.append(
                    Finding(
                        "warning",
                        "outlier",
                        where,
                        f"{value:.10g} between {before:.10g} and {after:.10g}",
                        f"a value within {np.exp(back_limit):.2g} times those around it",
                        "look it up: a digit too many or too few, or another unit? If it is in the source, say so",
                    )
                )
                used |= {k, k + 1}
            elif abs(step) > limit and k not in used:
                before = wide[region].iloc[k]
                found.append(
                    Finding(
                        "warning",
                        "jump",
                        where,
                        f"{value:.10g} after {before:.10g}, {np.exp(step):.2f} times as much as "
                        "the other regions' change explains",
                        f"a change within {set_.jump:g} times",
                        "look it up: a new definition, another unit, or real?",
                    )
                )
    return found


def _apart(wide, series, name):
    """Return regions whose level in all years lies far from the others'."""
    level = np.log10(wide.where(wide > 0)).median().dropna().sort_values()
    found = []
    for size in range(max(1, len(level) // 4), 0, -1):
        for side, rest in ((level.iloc[:size], level.iloc[size:]), (level.iloc[-size:], level.iloc[:-size])):
            low = side.iloc[0] == level.iloc[0]
            gap = rest.iloc[0] - side.iloc[-1] if low else side.iloc[0] - rest.iloc[-1]
            spread, middle = rest.iloc[-1] - rest.iloc[0], rest.median()
            scale = 1.4826 * (rest - middle).abs().median()
            off = abs(side.median() - middle)
            ten = round(off) >= 1 and abs(off - round(off)) < 0.15
            far = gap > spread or gap > 6 * scale or (ten and gap > spread / 2 and off > 3 * scale)
            if len(rest) < 3 or gap < np.log10(5) or not far:
                continue
            times = f"{10 ** round(off)}" if ten else f"{10**off:.3g}"
            others = f"the other regions' {10**middle:.4g}"
            found.append(
                Finding(
                    "warning",
                    "level",
                    f"{name}, {series}, {', '.join(side.index)}",
                    f"a median of {10 ** side.median():.4g}, about "
                    f"{f'{others} divided by {times}' if low else f'{times} times {others}'}, "
                    f"which lie between {10 ** rest.iloc[0]:.4g} and {10 ** rest.iloc[-1]:.4g}",
                    "one unit in all regions",
                    "look it up: another unit, a share for a percentage, or really so different?",
                )
            )
        if found:
            break
    return found


def repeats(values, name):
    """Look for regions that repeat all their figures, or another region's.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a series; gaps are missing.
    name : str

    Returns
    -------
    list of Finding
        Years in which at least three series, and all there are, of a region equal the year before; regions whose
        figures are the same in all series and years.
    """
    found, copies, values = [], {}, values.loc[:, values.max() > values.min()]  # a constant series is reported as such
    for region, own in values.groupby(level="region", sort=False):
        own = own.droplevel("region").sort_index()
        both = own.notna() & own.shift().notna()
        same = ((own == own.shift()) & both).sum(axis=1)
        for year in same.index[(same >= 3) & (same == both.sum(axis=1)) & (own != 0).any(axis=1)]:
            copies.setdefault(year, []).append((region, same[year]))
    for year, regions in sorted(copies.items()):
        some = ", ".join(str(r) for r, _ in regions)
        found.append(
            Finding(
                "warning",
                "copied",
                f"{name}, {some}, {year}",
                f"all {regions[0][1]} series exactly as in the year before",
                "figures of their own in every year",
                "look whether the year before was copied",
            )
        )
    wide = values.unstack("year")
    wide = wide[(wide.notna() & (wide != 0)).sum(axis=1) >= 3]
    for _, rows in wide[wide.duplicated(keep=False)].astype(str).groupby(list(wide), sort=False):
        found.append(
            Finding(
                "warning",
                "copied",
                f"{name}, {', '.join(map(str, rows.index))}",
                f"the same {(rows.iloc[0] != 'nan').sum()} figures in all series and years",
                "figures of its own for every region",
                "look whether one region was copied for the other",
            )
        )
    return found


def _digits(value):
    """Count a figure's digits, without zeros at its ends; none for a small whole number, which may stay the same."""
    small = value % 1 == 0 and abs(value) < 1000
    return 0 if small else len(f"{abs(value):.12g}".partition("e")[0].replace(".", "").strip("0"))


def _runs(wide, series, copied, name):
    """Return figures of five digits that stand in three years in a row, of four in four, of three in five."""
    found = []
    for region, own in wide.items():
        run = (own != own.shift()).cumsum()
        for _, same in own.groupby(run):
            digits = _digits(same.iloc[0]) if len(same) >= 3 else 0
            if digits >= 3 and digits + len(same) >= 8 and not copied >= set(same.index[1:]):
                found.append(
                    Finding(
                        "warning",
                        "copied",
                        f"{name}, {series}, {region}, {same.index[0]} to {same.index[-1]}",
                        f"{same.iloc[0]:.10g} in {len(same)} years in a row",
                        "figures that differ a little",
                        "look whether a year was copied, or gaps filled with the last figure",
                    )
                )
    return found


def _copied(wide, series, set_, name):
    """Return years in which most regions repeat the figure of the year before, or regions repeat a precise one."""
    if wide.max().max() == wide.min().min():
        return []  # reported as constant
    whole = (wide.dropna() % 1 == 0).to_numpy().all() and wide.median().median() < 1000
    limit = max(set_.copied, 0.95) if whole else set_.copied  # small counts do stay the same
    same = (wide.diff() == 0).sum(axis=1) / wide.notna().sum(axis=1)
    years = {y for y, share in same.iloc[1:].items() if share >= limit and wide.shape[1] > 2}
    return _runs(wide, series, years, name) + [
        Finding(
            "warning",
            "copied",
            f"{name}, {series}, {year}",
            f"{share:.0%} of the regions have exactly the figure of the year before",
            f"at most {limit:.0%}",
            "look whether a year was copied",
        )
        for year, share in same.items()
        if year in years
    ]


def formulas_and_names(study):
    """Look for totals where names promise a ratio.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of Finding
    """
    found = []
    promised = {
        i.id: [t for t in (i.name.en, i.name.zh, i.unit.en, i.unit.zh) if PER.search(t)]
        for i in study.indicators
        if not any(PER.search(study.panel.series[s].unit) for s in formulas.names(i.formula))
    }
    divisors = {i.id: _divisors(i.formula) for i in study.indicators if promised.get(i.id)}
    used = [d for own in divisors.values() for d in own]
    for i in study.indicators:
        if i.id not in divisors:
            continue
        said = f"'{i.name.en}' ({i.unit.en}) computed as {i.formula}"
        unit = ", ".join(study.panel.series[s].unit for s in formulas.names(i.formula)[:1])
        of_people = any(PER_PEOPLE_OR_AREA.search(t) for t in promised[i.id])
        if "/" not in i.formula:
            found.append(
                Finding(
                    "warning",
                    "per capita",
                    f"study.yml, indicator {i.id}",
                    f"{said}, in {unit}",
                    "a division, as the name says",
                    "divide by population in the formula, or correct the name or unit",
                )
            )
        elif of_people and not any(used.count(d) > 1 or _counts_people(d, study) for d in divisors[i.id]):
            by = ", ".join(divisors[i.id]) or "a number"
            found.append(
                Finding(
                    "warning",
                    "per capita",
                    f"study.yml, indicator {i.id}",
                    f"{said}, divided by {by}",
                    "a division by people or area, as the name says",
                    "correct the formula, the name or the unit; or name the divisor in panel.series for what it is",
                )
            )
    return found


def _divisors(formula):
    """Return the series by which a formula divides."""
    tree = ast.walk(ast.parse(formula.strip(), mode="eval"))
    divided = [n.right for n in tree if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
    return list(dict.fromkeys(n.id for d in divided for n in ast.walk(d) if isinstance(n, ast.Name)))


def _counts_people(series, study):
    about = study.panel.series[series]
    return any(DIVISOR.search(t.replace("_", " ")) for t in (series, about.unit, *about.names))


def indicators(start, study):
    """Look at the indicators as they enter the weights.

    Parameters
    ----------
    start : WidePanel
        Normalised indicators, a high value always good.
    study : Study

    Returns
    -------
    list of Finding
        Indicators that duplicate another of their subsystem, go against the rest of it, or are filled too much.
    """
    found, set_ = [], study.checks
    direction = {i.id: i.direction for i in study.indicators}
    for s in study.subsystems:
        own = [i.id for i in s.indicators if i.id in start.values]
        values = start.values[own]
        relation = values.corr()
        for k, a in enumerate(own):
            for b in own[k + 1 :]:
                if abs(relation.loc[a, b]) >= set_.correlation:
                    found.append(
                        Finding(
                            "warning",
                            "duplicate",
                            f"study.yml, {s.id}",
                            f"{a} and {b} correlate with {relation.loc[a, b]:.3f}",
                            f"less than {set_.correlation:g}",
                            "one thing is counted twice: leave one out, or say why",
                        )
                    )
            r = values[a].corr(values.drop(columns=a).mean(axis=1)) if len(own) > 2 else np.nan
            if np.isfinite(r) and r <= set_.against:
                found.append(
                    Finding(
                        "warning",
                        "direction",
                        f"study.yml, indicator {a}",
                        f"direction {direction[a]}, but a correlation of {r:.2f} with the rest of {s.id}",
                        f"more than {set_.against:g}",
                        "is its direction right? If so, say why",
                    )
                )
        if len(own) == 2 and relation.iloc[0, 1] <= set_.against:
            a, b = own
            found.append(
                Finding(
                    "warning",
                    "direction",
                    f"study.yml, indicators {a}, {b}",
                    f"directions {direction[a]} and {direction[b]}, but a correlation of {relation.iloc[0, 1]:.2f} of "
                    f"the one with the other in {s.id}",
                    f"more than {set_.against:g}",
                    "are both directions right? If so, say why",
                )
            )
        shares = start.filled[own].mean()
        for i, share in shares[shares > set_.filled].items():
            found.append(
                Finding(
                    "warning",
                    "filled",
                    f"indicator {i}",
                    f"{share:.0%} of its values filled",
                    f"at most {set_.filled:.0%}",
                    "find the figures, shorten the years, or make the indicator unavailable",
                )
            )
    return found


def constant(values, study):
    """Look for indicators that hardly vary.

    Parameters
    ----------
    values : pandas.DataFrame
        Indicators before normalisation, index (region, year).
    study : Study

    Returns
    -------
    list of Finding
        A constant one is an error: min-max divides by its range.
    """
    found = []
    for i in values:
        spread = values[i].std() / abs(values[i].mean()) if values[i].mean() else np.inf
        if values[i].max() == values[i].min():
            text = ("error", f"the same value {values[i].iloc[0]:g} everywhere", "values that differ")
        elif spread < study.checks.variation:
            limit = f"at least {study.checks.variation:g}"
            text = ("warning", f"a coefficient of variation of {spread:.4f}", limit)
        else:
            continue
        remedy = "min-max blows small differences up to the whole scale: leave it out, or say why not"
        found.append(Finding(text[0], "constant", f"indicator {i}", *text[1:], remedy))
    return found


def inference(study, regions, weights):
    """Look whether tests of spatial autocorrelation can find anything with so few regions.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.
    weights : pandas.DataFrame, shape (n, n)

    Returns
    -------
    list of Finding
    """
    found, n, level = [], len(regions), study.autocorrelation.significance
    least = (2 if study.autocorrelation.tail == "two-sided" else 1) / math.factorial(min(n, 20))
    if least > level:
        found.append(
            Finding(
                "warning",
                "regions",
                study.regions.file,
                f"{n} regions, whose smallest possible p is {least:.3f}",
                f"at most {level:g}",
                "no test of autocorrelation can be significant with so few",
            )
        )
    elif math.factorial(n) <= permutation.FEASIBLE:
        found.append(
            Finding(
                "note",
                "regions",
                study.regions.file,
                f"{n} regions",
                "more than ten for normal p values",
                "read the exact p values, which are enumerated, and not the normal ones",
            )
        )
    unable = [r for r in weights.index if weights.loc[r].any() and 1 / _arrangements(weights.loc[r].drop(r)) > level]
    if unable:
        found.append(
            Finding(
                "warning",
                "regions",
                "spatial weights",
                f"too few arrangements around {', '.join(unable)}",
                f"a smallest possible local p of at most {level:g}",
                "their local results cannot be significant",
            )
        )
    apart = weights.index[(weights.to_numpy() == 0).all(axis=1) & (weights.to_numpy() == 0).all(axis=0)]
    found += [
        Finding(
            "warning", "islands", f"region {r}", "no neighbour", "at least one", "its lag is left out of local results"
        )
        for r in apart
    ]
    if study.spatial_weights.kind == "file":
        one_way = [(a, b) for a in weights for b in weights if weights.loc[a, b] and not weights.loc[b, a]]
        if one_way:
            a, b = one_way[0]
            found.append(
                Finding(
                    "warning",
                    "neighbours",
                    study.spatial_weights.file,
                    f"{a} has neighbour {b}, but {b} has not {a} ({len(one_way)} such)",
                    "neighbours of one another",
                    "add the other direction, unless it is meant so",
                )
            )
    return found


def _arrangements(weights):
    """Count the different ways in which neighbours' values can be placed on a row of weights."""
    result = math.factorial(len(weights))
    for same in weights.round(12).value_counts():
        result //= math.factorial(int(same))
    return result


def observed(table, study, regions):
    """Return the numbers of a raw table that can be read, whatever else is wrong with it.

    Parameters
    ----------
    table : pandas.DataFrame of str
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a declared series; what cannot be read is missing.
    """
    index = pd.MultiIndex.from_product([list(regions.index), study.years], names=["region", "year"])
    column = study.panel.region_column
    if not {column, "year", "series", "value"} <= set(table):
        return pd.DataFrame(np.nan, index, list(study.panel.series))
    year = table["year"].str.strip()
    if isinstance(study.years[0], int):
        year = pd.to_numeric(year, errors="coerce")
    rows = pd.DataFrame(
        {
            "region": table[column].str.strip(),
            "year": year,
            "series": table["series"].str.strip(),
            "value": pd.to_numeric(table["value"], errors="coerce"),
        }
    ).drop_duplicates(["region", "year", "series"])
    wide = rows.pivot(index=["region", "year"], columns="series", values="value")
    return wide.reindex(index=index, columns=list(study.panel.series)).astype(float).replace([np.inf, -np.inf], np.nan)


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
    from coordination import artifacts

    file = artifacts.panel_file(study)
    if file is None:
        released = artifacts.read_released(study)
        return normalisation.from_released(released, study, regions.index, study.panel.released)
    return normalisation.from_raw(studies.read_text(file), study, regions.index, studies.shown(file))


def located(findings, table, study, name):
    """Say where in a panel the figures stand that findings are about, and where they come from.

    Parameters
    ----------
    findings : list of Finding
        Whose `where` names the panel and a series with its region, year or both.
    table : pandas.DataFrame of str
        As `files.read_text` returns it.
    study : Study
    name : str
        What the findings call the table.

    Returns
    -------
    list of Finding
        With the first such row, and its origin if the table says it, after what was found.
    """
    column, rows = study.panel.region_column, {}
    if not findings or not {column, "year", "series"} <= set(table):
        return findings
    parts = zip(table.index, *(table[c].fillna("").str.strip() for c in (column, "year", "series")), strict=True)
    for index, region, year, series in parts:
        year = re.sub(r"\.0*$", "", year)
        for key in ((series, region, year), (series, year), (series, region), (region, year)):
            rows.setdefault(", ".join((name, *key)), index)
    result = []
    for finding in findings:
        index = rows.get(finding.where.partition(" to ")[0])
        if index is not None:
            place = panel.place(name, table, index).removeprefix(f"{name}, ")
            origin = table.loc[index, "origin"] if "origin" in table else ""
            where = f"{place}, from {origin}" if isinstance(origin, str) and origin.strip() else place
            finding = replace(finding, found=f"{finding.found} ({where})")
        result.append(finding)
    return result


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
    from coordination import artifacts

    found, known = [], {}
    folder = artifacts.raw(name)
    known["study"] = study = studies.load(folder)
    known["regions"] = regions = studies.regions(study, folder)
    known["file"] = file = artifacts.panel_file(study)
    found += formulas_and_names(study)
    try:
        polygons = artifacts.polygons(study, regions)
        own = artifacts.given_weights(study, regions)
        weights = neighbours.build(study.spatial_weights, regions, polygons, own)
        found += inference(study, regions, weights)
    except InputError as error:
        found += _of_errors("neighbours", error)
    try:
        artifacts.covariates(study, regions)
    except InputError as error:
        found += _of_errors("covariates", error)
    try:
        lenses.catalogue(*artifacts.lens_documents(study), study, artifacts.references())
    except InputError as error:
        found += _of_errors("lenses", error)
    try:
        if file is None:
            return _ordered(found + indicators(start(study, regions).values, study)), known
        shown = studies.shown(file)
        table = studies.read_text(file)
    except InputError as error:
        return _ordered(found + _of_errors("panel", error)), known
    found += _beside(file, table, study, regions)
    if file.suffix.lower() in files.WORKBOOKS:
        found += merged(files.sheets(file), shown)
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
        found += constant(derived.values, study)
        found += indicators(normalisation.from_raw(table, study, list(regions.index), shown).values, study)
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
    found = constant(values, study)
    varying = values.loc[:, [f"indicator {i}" not in {f.where for f in found if f.severity == "error"} for i in values]]
    try:
        normalised = normalisation.min_max(varying, {i.id: i.direction for i in study.indicators})
    except InputError:
        return found
    return found + indicators(panel.WidePanel(normalised, filled), study)


def _beside(file, table, study, regions):
    """Look whether a workbook beside the panel holds figures that the panel does not."""
    from coordination import importers

    book = file.with_suffix(".xlsx")
    if file.suffix.lower() != ".csv" or not book.is_file():
        return []
    try:
        imported = importers.read([book], study, regions)
        figures = replace(imported, rows=imported.rows.dropna(subset="value"))
        differ = importers.merge(figures, table, name=file.name).attrs["new"]
        differ += len(importers.merge(imported, table, name=file.name).attrs["kept"])
    except InputErrors as error:
        differ = len(error.faults)
    if not differ:
        return []
    return [
        Finding(
            "warning" if (table["value"] != "").any() else "error",
            "not imported",
            studies.shown(book),
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
            f"{text}; {studies.shown(known['file'])}: {len(long.values)} rows used, {long.other_regions} of other "
            f"regions and {long.other_years} of other years passed over"
        ) + (", {} of {} values filled".format(*known["filled"]) if "filled" in known else "")
    if known.get("file") is None:
        return f"{text}; starts from the released panel {study.panel.released}"
    seen = known.get("observed")
    share = "" if seen is None else f", {seen.notna().to_numpy().mean():.0%} of its values filled in"
    return f"{text}; {studies.shown(known['file'])}{share}"


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

    from coordination import artifacts

    findings, known = inspect(options.study)
    text = report(options.study, findings, known)
    print(summary(options.study, known))
    for f in findings:
        print(f"{f.severity}: {f}")
    if not findings:
        print("nothing to complain of")
    out = artifacts.outputs(options.study)
    artifacts.write(out / "check.md", text)
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
    artifacts.write(out / "check.html", page)
    print(f"report: {studies.shown(out / 'check.html')}")
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

    from coordination import figures

    seen, study = known["observed"], known["study"]
    gaps = pd.DataFrame({i.id: seen[formulas.names(i.formula)].isna().any(axis=1) for i in study.indicators})
    with figures.style():
        figure = figures.availability(panel.availability(gaps), study=study, regions=known["regions"], language="en")
        svg = figures.rendered(figure, "svg").decode()
        plt.close(figure)
    caption = "Regions with a figure, by indicator and year: what is not blue has gaps."
    return f"<figure>{svg[svg.index('<svg') :]}<figcaption>{caption}</figcaption></figure>"


def _ordered(findings):
    unique = list(dict.fromkeys(replace(f, where=brief(f.where), found=brief(f.found)) for f in findings))
    return sorted(unique, key=lambda f: SEVERITIES.index(f.severity))
