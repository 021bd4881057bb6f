"""A new study: a complete, commented folder to fill, from an existing study or from nothing."""

from __future__ import annotations

import difflib
import re
import shutil
import sys
import textwrap
import unicodedata
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openpyxl import Workbook
from openpyxl.styles import Font

from coordination.adapting.checks.finding import in_language
from coordination.choices import SPATIAL_WEIGHTS
from coordination.errors import InputError, InputErrors, Message, joined, told
from coordination.locale import LANGUAGES
from coordination.pipeline import inputs, scratch
from coordination.pipeline.files import csv_text, for_people
from coordination.pipeline.paths import STUDY, raw, root
from coordination.presentation import locale
from coordination.presentation.reader import Reader
from coordination.spatial import neighbours
from coordination.study import formulas, names, outlines
from coordination.study.document import FORMAT, load
from coordination.study.files import READ_ME, check_heads, displayed, read_text, sheets
from coordination.study.regions import read_regions

EXAMPLE = "Subsystem A: -accidents / population, hospitals / population; Subsystem B: patents / population, ports"

POLYGONS = (".geojson", ".json", ".gpkg", ".shp")

TABLES = (".csv", ".xlsx", ".xls", ".ods")

CJK = r"\u3400-\u9fff"

CHINESE = re.compile(rf"[\w&.]*[{CJK}][\w&.\u00b7%]*")  # a series' name in a formula

IDENTIFIER = "[a-z][a-z0-9_]*"

RECOGNISED = yaml.safe_load(Path(__file__).with_name("recognised.yml").read_text(encoding="utf-8"))

SIGNS = RECOGNISED["signs"]

DOCUMENTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def checked_name(name):
    """Return the name of a new study, if it can be a folder's.

    Parameters
    ----------
    name : str
        Letters (of any script), digits, hyphens and underscores.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If it holds blanks, slashes or other signs, or begins with a sign; a name that would do is proposed.

    Examples
    --------
    >>> checked_name("my-region")
    'my-region'
    """
    name = unicodedata.normalize("NFC", str(name))
    if STUDY.fullmatch(name):
        return name
    fitting = re.sub(r"[^\w-]+", "-", name).strip("-_").lower()[:64] or "my-region"
    found, remedy = told("'{text}'", text=name), told("use STUDY={near}", near=fitting)
    raise InputError("STUDY", found, "letters, digits, - and _, at most 64", remedy)


def years_of(text):
    """Return the years that a text names.

    Parameters
    ----------
    text : str
        `2015-2022`, or a list such as `2010, 2015, 2020` or `2020Q1, 2020Q2`.

    Returns
    -------
    str
        As study.yml writes them.

    Raises
    ------
    InputError
        If a range runs backwards or nothing is named.

    Examples
    --------
    >>> years_of("2015-2022")
    '{first: 2015, last: 2022}'
    >>> years_of("2020Q3-2021Q1")
    '[2020Q3, 2020Q4, 2021Q1]'
    """
    dashes, year, given = SIGNS["span"], SIGNS["year"], told("'{text}'", text=text)
    span = re.fullmatch(rf"\s*(\d{{4}}){year}?\s*[{dashes}]\s*(\d{{4}}){year}?\s*", text)
    if span:
        first, last = map(int, span.groups())
        if first > last:
            remedy = told("write {last}-{first}", last=last, first=first)
            raise InputError("years", given, "a first year before the last", remedy)
        return f"{{first: {first}, last: {last}}}"
    items = _listed(text.replace(";", ","))
    if not items:
        raise InputError("years", given, "2015-2022, or a list of years", "name at least one")
    quarters = re.fullmatch(rf"(\d{{4}})Q([1-4])\s*[{dashes}]\s*(\d{{4}})Q([1-4])", text.strip())
    if quarters:
        first, last = (4 * int(y) + int(q) - 1 for y, q in (quarters.groups()[:2], quarters.groups()[2:]))
        if first > last:
            raise InputError("years", given, "a first quarter before the last", "exchange them")
        items = [f"{k // 4}Q{k % 4 + 1}" for k in range(first, last + 1)]
    return f"[{', '.join(items)}]"


def _listed(text):
    """Return the items of a list with commas, narrow or wide, that stand outside brackets."""
    within = r"(?!(?:[^()]|\([^()]*\))*\))"
    return [item.strip() for item in re.split(f"[{SIGNS['list']}]{within}", text) if item.strip()]


def _parts(text):
    """Return what stands between semicolons, narrow or wide, with narrow colons."""
    return [p.replace(SIGNS["colon"], ":") for p in re.split(f"[{SIGNS['part']}]", text) if p.strip()]


def _yaml(text):
    """Return a text as a scalar of YAML."""
    return "'" + str(text).replace("'", "''") + "'"


def _identifier(text, fallback):
    ident = re.sub(r"[^a-z0-9]+", "_", str(text).lower()).strip("_")
    return ident if re.match("[a-z]", ident) else fallback


def _both(english, chinese=None):
    return f"{{en: {_yaml(english)}, zh: {_yaml(chinese or english)}}}"


def _in_each(key):
    """Return a word in English and in Chinese."""
    return tuple(locale.words(k)[key] for k in ("en", "zh"))


def _named(text):
    """Return the English and the Chinese name in a text `English|Chinese`, in any order; one name stands for both."""
    first, bar, second = (t.strip() for t in text.partition("|"))
    if not bar:
        return first, first
    return (second, first) if re.search(f"[{CJK}]", first) else (first, second)


def subsystems_of(text, language="en"):
    """Return the series and subsystems that a text names, as study.yml writes them.

    Parameters
    ----------
    text : str
        `Name: formula, formula; Name: formula`; a minus before a formula marks a negative indicator. Series in Chinese
        get ids such as series_1, and their words become the names by which `import` knows them.
    language : str
        Of the comments.

    Returns
    -------
    tuple of (str, str)
        The lines of `panel.series` and the block `subsystems`.

    Raises
    ------
    InputError
        If there are fewer than two subsystems, one has no indicator, or a formula cannot be read.
    """
    parts, say = _parts(text), locale.words(language)
    if len(parts) < 2:
        remedy = told("write them as '{example}'", example=told(EXAMPLE))
        raise InputError("subsystems", told("'{text}'", text=text), "at least two", remedy)
    series, lines, used, words = [], ["subsystems:"], set(), {}
    free = (f"series_{k}" for k in range(1, 10_000) if f"series_{k}" not in text)

    def identified(word):
        if word not in words:
            words[word] = next(free)
        return words[word]

    for k, part in enumerate(parts):
        name, colon, listed = part.partition(":")
        given = _listed(listed)
        if not colon or not name.strip() or not given:
            remedy = told("such as '{example}'", example=told(EXAMPLE))
            raise InputError("subsystems", told("'{text}'", text=part.strip()), "Name: formula, formula", remedy)
        names = _named(name.strip())
        ident = _identifier(names[0], f"subsystem_{k + 1}")
        while ident in used:
            ident += "_2"
        used.add(ident)
        lines += [
            f"  - id: {ident}",
            f"    alpha: 1/{len(parts)}  # {say['new_alpha']}",
            f"    name: {_both(*names)}",
            "    dimensions:",
            f"      - id: {ident}_dimension  # {say['new_dimension']}",
            f"        name: {_both(*names)}",
            "        indicators:",
        ]
        for formula in given:
            negative, said = formula.startswith(("-", "−")), formula.lstrip("-− ").strip()
            formula = CHINESE.sub(lambda word: identified(word[0]), said.replace(SIGNS["slash"], "/"))
            try:
                used_here = formulas.names(formula)
                plain = all(re.fullmatch(IDENTIFIER, n) for n in used_here)
            except InputError as error:
                plain, used_here = False, error
            if not plain:  # one series by the other, called as people call them
                called_so = [part.strip() for part in said.replace(SIGNS["slash"], "/").split("/")]
                if not all(re.search(r"[^\W\d_]", part) and not re.search(r"[-+*^()]", part) for part in called_so):
                    why = _why(used_here) if isinstance(used_here, InputError) else "write series in small letters"
                    found = told("formula '{formula}'", formula=said)
                    raise InputError("subsystems", found, "arithmetic over series", why) from None
                formula = " / ".join(p if re.fullmatch(IDENTIFIER, p) else identified(p) for p in called_so)
                used_here = formulas.names(formula)
            series += [n for n in used_here if n not in series]
            stem = base = _identifier(formula.partition("/")[0], f"indicator_{len(used)}")
            while stem in used:
                stem = f"{base}_{len(used)}"
            used.add(stem)
            lines += [
                f"          - id: {stem}",
                f"            name: {_both(said)}  # {say['new_name']}",
                f"            direction: {'negative' if negative else 'positive'}  # {say['new_direction']}",
                f"            unit: {_both(*_in_each('new_unit'))}",
                f"            formula: {formula}",
            ]
    called = {n: f"[{_yaml(word)}]" for word, n in words.items()}
    about = f"  # {say['new_names']}"
    units = [f"    {n}: {{unit: {say['new_unit']}, names: {called.get(n, '[]')}}}{about}" for n in series]
    return "\n".join(units), "\n".join(lines)


def _why(error):
    parts = dict(zip(("where", "found", "expected", "remedy"), map(told, error.args), strict=True))
    return told("{where}: found {found}; expected {expected}; {remedy}", **parts)


def _quoted(texts):
    return [told("'{text}'", text=text) for text in texts]


def regions_of(text, name_column="region", language="en"):
    """Return the regions that a text, a preset or a file names.

    Parameters
    ----------
    text : str
        A preset (`all-provinces`, `yellow-river`, `yangtze-economic-belt`, `beijing-tianjin-hebei`); a file of
        polygons or a table with a column `region`; or names: `A, B, C`, or in groups `North: A, B; South: C`.
    name_column : str
        The polygons' property that names the regions.
    language : str
        Of notes on what was done to polygons.

    Returns
    -------
    tuple of (pandas.DataFrame, dict of str to tuple of (str, str), geopandas.GeoDataFrame or None)
        Columns region, region_zh, group, and longitude, latitude, aliases where they are known; the groups' names;
        the polygons.

    Raises
    ------
    InputError
        If a file is missing or has no names, or a name stands twice.
    """
    china = names.gazetteer()
    presets = {p for listed in china["presets"] for p in listed.split("|")}
    text = RECOGNISED["presets"].get(text.strip(), text)
    file = Path(text)
    polygons, groups = None, {}
    if text in presets:
        table = china[china["presets"].str.split("|").map(lambda p: text in p)]
    elif file.suffix.lower() in POLYGONS:
        polygons = _outlines(file, name_column, language)
        table = pd.DataFrame({"region": polygons["region"], "region_zh": polygons["region"], "group": "regions"})
    elif file.suffix.lower() in TABLES:
        if not file.is_file():
            raise InputError(displayed(file), "no such file", "a table of regions", "correct the path")
        cells = next(iter(sheets(file).values()))
        table = cells.iloc[1:].set_axis(cells.iloc[0].str.strip(), axis=1)
        check_heads(list(table), f"{displayed(file)}, row 1")
        if "region" not in table:
            found, expected = told("columns {columns}", columns=", ".join(table.columns)), "a column 'region'"
            raise InputError(displayed(file), found, expected, "rename the column of names")
        table = table[table["region"] != ""].assign(**{} if "group" in table else {"group": "regions"})
        table = table[[c for c in table if c]].assign(region=table["region"].str.strip())
    else:
        rows = []
        for k, part in enumerate(_parts(text)):
            head, colon, listed = part.rpartition(":")
            named = _named(head.strip())
            group = _identifier(named[0], f"group_{k + 1}") if colon else "regions"
            if colon:
                groups[group] = named
            rows += [(r, group) for r in _listed(listed)]
        table = pd.DataFrame(rows, columns=["region", "group"])
        known = {
            s: r
            for r, row in china.set_index("region").iterrows()
            for s in (r, row["region_zh"], *row["aliases"].split("|"))
        }
        ours = table["region"].isin(list(known))
        if ours.any() and not ours.all() and ours.mean() > 0.5:
            odd = table["region"][~ours].iloc[0]
            near = difflib.get_close_matches(odd, list(known), 1, 0.3)
            remedy = told("is it '{near}'?", near=near[0]) if near else "correct it, or leave it out"
            found = told("'{text}' among provinces of China", text=odd)
            raise InputError("regions", found, "a province", remedy)
        if len(table) and ours.all():
            own = table.set_index(table["region"].map(known))["group"]
            for region, spellings in table["region"].groupby(own.index):
                if len(spellings) > 1:
                    both, times = joined("{first} and {second}", _quoted(spellings)), len(spellings)
                    found = told("{both}, which are {region} {times} times", both=both, region=region, times=times)
                    raise InputError("regions", found, "every region once", "remove one")
            said = list(table["region"])  # the user's spelling stays the name
            table = china.set_index("region", drop=False).loc[own.index].reset_index(drop=True)
            table = table.assign(region_en=table["region"], region=said)
            if groups:
                table["group"] = own.to_numpy()
    faults = []
    if not all(r.isprintable() for r in table["region"]):
        remedy = "remove line breaks and the like"
        faults.append(InputError("regions", repr(text), "names of letters, digits and signs", remedy))
    if table.empty:
        expected = told("a preset ({presets}), a file, or names", presets=", ".join(sorted(presets)))
        raise InputError("regions", told("'{text}'", text=text), expected, "name some")
    twice = table["region"][table["region"].duplicated()].unique()
    if len(twice):
        found = told("{names} twice", names=joined("{first}, {second}", _quoted(twice)))
        remedy = "remove one" if polygons is None else "merge the outlines of each into one feature"
        faults.append(InputError("regions", found, "every region once", remedy))
    if table["region"].nunique() < 3:
        found = told("only {names}", names=", ".join(table["region"]))
        expected = "at least three regions, or a preset or file"
        faults.append(InputError("regions", found, expected, "name the others"))
    if faults:
        raise InputErrors(faults)
    if text == "yellow-river":
        stretch = read_text(root() / "data/raw/yellow-river/regions.csv").set_index("region")["group"]
        table = table.assign(group=table["region"].map(stretch))
        groups = RECOGNISED["stretches"]
    if polygons is None and "adcode" in table:
        import geopandas as gpd  # takes a second, and few new studies have outlines

        every = gpd.read_file(root() / "data/maps/china/provinces.geojson")
        every["region"] = (
            every["adcode"].astype(str).map(dict(zip(table["adcode"].astype(str), table["region"], strict=True)))
        )
        polygons = every.dropna(subset="region")[["region", "geometry"]]
    idents = {g: _identifier(g, f"group_{k + 1}") for k, g in enumerate(dict.fromkeys(table["group"]))}
    named = {i: tuple(groups.get(g) or RECOGNISED["groups"].get(g) or (g, g)) for g, i in idents.items()}
    table = table.assign(group=table["group"].map(idents))
    wanted = ("region", "region_en", "region_zh", "group", "longitude", "latitude", "aliases")
    return table[[c for c in wanted if c in table]].reset_index(drop=True), named, polygons


def _outlines(file, name_column, language):
    """Return the polygons of a file with the property that names them as `region`, and say what was done to them."""
    polygons, notes = outlines.read(file, name_column)
    for note in notes:
        print(locale.words(language)["new_note"].format(in_language(note, reader(language))))
    return polygons


def _blocks(text):
    """Return the blocks of a study document: a top-level key, and the lines that belong to it."""
    result, key = {}, None
    for line in text.splitlines():
        found = re.match(r"([a-z_]+):", line)
        key = found[1] if found else key
        if key:
            result.setdefault(key, []).append(line)
    return {k: "\n".join(v).rstrip() for k, v in result.items()}


def _dumped(value, indent=0):
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000).rstrip()
    return textwrap.indent(text, " " * indent)


def document(name, start, title, title_zh, years, table, groups, polygons, subsystems, language="en"):
    """Return the text of a new study.yml.

    Parameters
    ----------
    name : str
    start : str or None
        The study it begins from; None for a blank one.
    title, title_zh : str
    years : str
        As `years_of` returns them; empty keeps those of the study it begins from.
    table : pandas.DataFrame
        The regions.
    groups : dict of str to tuple of (str, str)
    polygons : bool
        Whether the regions have polygons.
    subsystems : str
        As `subsystems_of` reads them; empty keeps those of the study it begins from.
    language : str
        Of the comments and of the check.

    Returns
    -------
    str
    """
    own = root() / "data" / "raw" / (start or "us-states") / "study.yml"
    blocks = _blocks(own.read_text(encoding="utf-8-sig"))
    begun = load(own.parent).model_dump(mode="json", exclude_none=True)
    for key in ("subsystems", "coupling", "lag", "levels", "autocorrelation"):
        blocks.setdefault(key, _dumped({key: begun[key]}))
    if subsystems or not start:
        series, systems = subsystems_of(subsystems or EXAMPLE, language)
    else:
        series = blocks.get("panel", "").partition("\n  series:\n    ")[2]
        series = f"    {series}" if series else _dumped(begun["panel"]["series"], 4)
        systems = _without_figures(blocks["subsystems"])
    unsaid = f"source: {_both(*_in_each('new_source'))}"
    return DOCUMENTS.get_template("study.yml.j2").render(
        format=FORMAT,
        say=locale.words(language),
        name=name,
        title=_both(title, title_zh),
        source=blocks["source"] if start else unsaid,
        language=None if language == LANGUAGES[0] else language,
        years=f"years: {years}" if years else blocks.get("years") or _dumped({"years": begun["years"]}),
        polygons=polygons,
        kinds=SPATIAL_WEIGHTS.offered,
        points={"longitude", "latitude"} <= set(table),
        whole=_both(*_in_each("new_whole")),
        groups={k: _both(*called) for k, called in groups.items()},
        series=series,
        systems=systems,
        blocks=blocks,
    )


def _without_figures(text):
    """Leave out of a block of subsystems what is said of figures, which a new study has not: breaks and exceptions."""
    kept, depth = [], None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if (
            depth is not None
            and line.strip()
            and (indent > depth or (indent == depth and line.lstrip().startswith("- ")))
        ):
            continue
        depth = indent if re.match(r"\s+(breaks|exceptions):", line) else None
        if depth is None:
            kept.append(line)
    return "\n".join(kept)


def titled(name, title=None, title_zh=None):
    r"""Return the titles of a new study, and the language that its author reads.

    Parameters
    ----------
    name : str
    title, title_zh : str, optional

    Returns
    -------
    title, title_zh : str
    language : {'en', 'zh'}
        Chinese where the title is in Chinese only.

    Examples
    --------
    >>> titled("my-region"), titled("my-region", "\u9547")[2]
    (('My region', 'My region', 'en'), 'zh')
    """
    title = title or title_zh or name.replace("-", " ").replace("_", " ").capitalize()
    if not title_zh:
        title, title_zh = _named(title)
    return title, title_zh, "zh" if title == title_zh and re.search(f"[{CJK}]", title) else "en"


def reader(language):
    """Return who is told of what is wrong before there is a study.

    Parameters
    ----------
    language : str

    Returns
    -------
    Reader
    """
    return Reader(load(root() / "data" / "raw" / "us-states"), None, language)


def _final(where, hidden, final):
    """Say where something is wrong in a folder that is not at its place yet."""

    def moved(text):
        if isinstance(text, Message):
            return told(text.template, **{k: moved(v) for k, v in text.values.items()})
        return text.replace(hidden, final) if isinstance(text, str) else text

    return told("new {place}", place=moved(where)) if str(where).startswith(hidden) else where


def write(name, start=None, title=None, title_zh=None, years=None, regions=None, subsystems=None, name_column="region"):
    """Write the folder of a new study.

    Parameters
    ----------
    name : str
    start : str, optional
        Study to begin from; its regions, years, series and indicators unless others are given. Names of some of its
        regions keep their groups, points and polygons.
    title, title_zh, years, regions, subsystems, name_column : str, optional
        See `years_of`, `regions_of` and `subsystems_of`.

    Returns
    -------
    Path
        data/raw/<name>: study.yml, regions.csv, panel.csv, panel.xlsx, README.md and, where they are known or
        needed, regions.geojson, neighbours.csv and the lenses of the study it begins from.

    Raises
    ------
    InputError
        If the name or a text cannot be read, or the folder is there already; then nothing is written.
    """
    name = checked_name(name)
    folder = raw(name)
    if folder.exists():
        raise InputError(displayed(folder), "a folder that is there already", "a new name", "choose another STUDY")
    known = sorted(p.parent.name for p in (root() / "data" / "raw").glob("*/study.yml"))
    if start and start not in known:
        expected = told("blank or one of {known}", known=", ".join(known))
        raise InputError("--from", told("'{text}'", text=start), expected, "correct it")
    title, title_zh, language = titled(name, title, title_zh)
    chosen = _listed(regions or "")
    if start:
        old = root() / "data" / "raw" / start
        begun = load(old)
        table = read_text(old / begun.regions.file)
    if not start or not set(chosen) <= set(table["region"]):
        table, groups, polygons = regions_of(regions or "A, B, C, D, E", name_column, language)
    else:
        table = table[table["region"].isin(chosen)] if chosen else table
        groups = {g.id: (g.name.en, g.name.zh) for g in begun.groups if g.id in set(table["group"])}
        if begun.regions.polygons:
            polygons = _outlines(old / begun.regions.polygons, begun.regions.polygon_name, language)
            polygons = polygons[polygons["region"].isin(table["region"])]
        else:
            polygons = None
    text = document(
        name, start, title, title_zh, years_of(years) if years else "" if start else "{first: 2020, last: 2023}",
        table, groups, polygons is not None, subsystems, language,
    )  # fmt: skip
    folder.parent.mkdir(parents=True, exist_ok=True)
    left = ExitStack()
    staging = left.enter_context(scratch.folder(".new-", folder.parent))
    try:
        inside = staging / name
        inside.mkdir()
        (inside / "study.yml").write_text(text, encoding="utf-8")
        study = load(inside)
        (inside / "regions.csv").write_text(for_people(csv_text(table)), encoding="utf-8")
        if polygons is not None:
            polygons.to_file(inside / "regions.geojson", driver="GeoJSON", COORDINATE_PRECISION=4)
        if study.spatial_weights.file:
            (inside / "neighbours.csv").write_text(for_people("region,neighbour\n"), encoding="utf-8")
        _templates(study, list(table["region"]), inside)
        if start and (old / "lenses").is_dir():
            shutil.copytree(old / "lenses", inside / "lenses")
        (inside / "README.md").write_text(_readme(study, language), encoding="utf-8")
        read_regions(study, inside)
        inside.rename(folder)
    except InputError as error:
        faults = error.faults if isinstance(error, InputErrors) else [error]
        hidden, final = displayed(inside), displayed(folder)
        raise InputErrors(
            InputError(_final(where, hidden, final), *rest) for where, *rest in (f.args for f in faults)
        ) from None
    finally:
        left.close()
    return folder


def _templates(study, regions, folder):
    """Write the panel to fill, as a workbook with a sheet a series and as one long table."""
    book = Workbook()
    book.active.title = READ_ME
    for language in LANGUAGES:
        for line in locale.words(language)["new_read_me"].splitlines():
            book.active.append([line])
    for series, about in study.panel.series.items():
        if len(series) > 31:
            where, found = told("series '{series}'", series=series), told("{count} letters", count=len(series))
            raise InputError(where, found, "at most 31, for a sheet", "shorten the name")
        sheet = book.create_sheet(series)
        sheet.append(["region", *study.years])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for region in regions:
            sheet.append([region])
            sheet.cell(sheet.max_row, 1).data_type = "s"  # a name, even if it looks like a formula
        sheet.freeze_panes = "B2"
        sheet.column_dimensions["A"].width = 24
        book.active.append([f"{series}: {', '.join((*about.names, about.unit))}"])
    book.active.column_dimensions["A"].width = 100
    book.save(folder / "panel.xlsx")
    rows = [(r, y, s, "") for s in study.panel.series for r in regions for y in study.years]
    table = pd.DataFrame(rows, columns=["region", "year", "series", "value"]).assign(unit="", source="", origin="")
    (folder / "panel.csv").write_text(for_people(csv_text(table)), encoding="utf-8")


def _readme(study, language):
    return locale.words(language)["new_readme"].format(title=study.title[language], study=study.id)


def command(options):
    """Make a new study from the command line; what is not given is asked for at a terminal.

    Parameters
    ----------
    options : argparse.Namespace
        study, start, title, title_zh, years, regions, subsystems, name_column.
    """
    start = None if options.start == "blank" else options.start
    checked_name(options.study)
    given = {k: getattr(options, k) for k in ("title", "title_zh", "years", "regions", "subsystems")}
    if sys.stdin.isatty() and not any(given.values()):
        kept = f"as in {start}" if start else None
        options.title = given["title"] = input("Title of the study: ").strip()  # says the language of faults
        given["years"] = input(f"Years, such as 2015-2022 [{kept or '2020-2023'}]: ").strip()
        given["regions"] = input(
            f"Regions: all-provinces, another preset, a file, or names [{kept or 'A, B, C, D, E'}]: "
        ).strip()
        given["subsystems"] = input(f"Subsystems [{kept or EXAMPLE}]: ").strip()
    folder = write(options.study, start, name_column=options.name_column, **given)
    study = load(folder)
    say = locale.words(study.language)
    if not (start or any(given.values())):
        print(say["new_nothing_given"])
    pairs = folder / "neighbours.csv"
    empty = pairs.is_file() and len(pairs.read_text().splitlines()) < 2
    if not empty and (fault := _apart(study, folder)):
        print(say["new_note"].format(fault))
    print(say["new_made"].format(displayed(folder), say["new_pairs_too"] if empty else ""))
    print(f"    make import STUDY={options.study}    # {say['new_import_from']}")
    print(f"    make check STUDY={options.study}")


def _apart(study, folder):
    """Say which regions would have no neighbours, before figures are gathered for them."""
    regions = read_regions(study, folder)
    try:
        polygons, own = inputs.polygons(study, regions), inputs.given_weights(study, regions)
        neighbours.build(study.spatial_weights, regions, polygons, own)
    except InputError as error:
        return in_language(error, Reader(study, regions, study.language))
    return None
