"""A new study: a complete, commented folder to fill, from an existing study or from nothing."""

from __future__ import annotations

import difflib
import re
import shutil
import sys
import tempfile
import textwrap
import unicodedata
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openpyxl import Workbook
from openpyxl.styles import Font

from coordination.choices import SPATIAL_WEIGHTS
from coordination.errors import InputError, InputErrors
from coordination.locale import LANGUAGES
from coordination.pipeline.files import csv_text, for_people
from coordination.pipeline.paths import raw, root
from coordination.presentation import locale
from coordination.study import formulas, names, outlines
from coordination.study.document import FORMAT, load
from coordination.study.files import READ_ME, check_heads, displayed, read_text, sheets
from coordination.study.regions import read_regions

EXAMPLE = "Subsystem A: -accidents / population, hospitals / population; Subsystem B: patents / population, ports"

POLYGONS = (".geojson", ".json", ".gpkg", ".shp")

TABLES = (".csv", ".xlsx", ".xls", ".ods")

CJK = r"\u3400-\u9fff"

CHINESE = re.compile(rf"[\w&.]*[{CJK}][\w&.\u00b7%]*")  # a series' name in a formula

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
    if re.fullmatch(r"\w[\w-]{0,63}", name):
        return name
    fitting = re.sub(r"[^\w-]+", "-", name).strip("-_").lower()[:64] or "my-region"
    raise InputError("STUDY", f"'{name}'", "letters, digits, - and _, at most 64", f"use STUDY={fitting}")


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
    dashes, year = SIGNS["span"], SIGNS["year"]
    span = re.fullmatch(rf"\s*(\d{{4}}){year}?\s*[{dashes}]\s*(\d{{4}}){year}?\s*", text)
    if span:
        first, last = map(int, span.groups())
        if first > last:
            raise InputError("years", f"'{text}'", "a first year before the last", f"write {last}-{first}")
        return f"{{first: {first}, last: {last}}}"
    items = _listed(text.replace(";", ","))
    if not items:
        raise InputError("years", f"'{text}'", "2015-2022, or a list of years", "name at least one")
    quarters = re.fullmatch(rf"(\d{{4}})Q([1-4])\s*[{dashes}]\s*(\d{{4}})Q([1-4])", text.strip())
    if quarters:
        first, last = (4 * int(y) + int(q) - 1 for y, q in (quarters.groups()[:2], quarters.groups()[2:]))
        if first > last:
            raise InputError("years", f"'{text}'", "a first quarter before the last", "exchange them")
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
        raise InputError("subsystems", f"'{text}'", "at least two", f"write them as '{EXAMPLE}'")
    series, lines, used, words = [], ["subsystems:"], set(), {}
    free = (f"series_{k}" for k in range(1, 10_000) if f"series_{k}" not in text)

    def identified(word):
        if word[0] not in words:
            words[word[0]] = next(free)
        return words[word[0]]

    for k, part in enumerate(parts):
        name, colon, listed = part.partition(":")
        given = _listed(listed)
        if not colon or not name.strip() or not given:
            raise InputError("subsystems", f"'{part.strip()}'", "Name: formula, formula", f"such as '{EXAMPLE}'")
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
            formula = CHINESE.sub(identified, said.replace(SIGNS["slash"], "/"))
            try:
                used_here = formulas.names(formula)
            except InputError as error:
                raise InputError("subsystems", f"formula '{said}'", "arithmetic over series", str(error)) from None
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


def regions_of(text, name_column="region"):
    """Return the regions that a text, a preset or a file names.

    Parameters
    ----------
    text : str
        A preset (`all-provinces`, `yellow-river`, `yangtze-economic-belt`, `beijing-tianjin-hebei`); a file of
        polygons or a table with a column `region`; or names: `A, B, C`, or in groups `North: A, B; South: C`.
    name_column : str
        The polygons' property that names the regions.

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
        polygons = _outlines(file, name_column)
        table = pd.DataFrame({"region": polygons["region"], "region_zh": polygons["region"], "group": "regions"})
    elif file.suffix.lower() in TABLES:
        if not file.is_file():
            raise InputError(displayed(file), "no such file", "a table of regions", "correct the path")
        cells = next(iter(sheets(file).values()))
        table = cells.iloc[1:].set_axis(cells.iloc[0].str.strip(), axis=1)
        check_heads(list(table), f"{displayed(file)}, row 1")
        if "region" not in table:
            found = f"columns {', '.join(table.columns)}"
            raise InputError(displayed(file), found, "a column 'region'", "rename the column of names")
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
            remedy = f"is it '{near[0]}'?" if near else "correct it, or leave it out"
            raise InputError("regions", f"'{odd}' among provinces of China", "a province", remedy)
        if len(table) and ours.all():
            own = table.set_index(table["region"].map(known))["group"]
            for region, spellings in table["region"].groupby(own.index):
                if len(spellings) > 1:
                    found = " and ".join(f"'{t}'" for t in spellings) + f", which are {region} {len(spellings)} times"
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
        raise InputError(
            "regions", f"'{text}'", f"a preset ({', '.join(sorted(presets))}), a file, or names", "name some"
        )
    twice = table["region"][table["region"].duplicated()].unique()
    if len(twice):
        found = ", ".join(f"'{region}'" for region in twice)
        remedy = "remove one" if polygons is None else "merge the outlines of each into one feature"
        faults.append(InputError("regions", f"{found} twice", "every region once", remedy))
    if table["region"].nunique() < 3:
        found = ", ".join(table["region"])
        faults.append(
            InputError("regions", f"only {found}", "at least three regions, or a preset or file", "name the others")
        )
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


def _outlines(file, name_column):
    """Return the polygons of a file with the property that names them as `region`, and say what was done to them."""
    polygons, notes = outlines.read(file, name_column)
    for note in notes:
        print(f"note: {note}")
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
        raise InputError("--from", f"'{start}'", f"blank or one of {', '.join(known)}", "correct it")
    chosen = _listed(regions or "")
    if start:
        old = root() / "data" / "raw" / start
        begun = load(old)
        table = read_text(old / begun.regions.file)
    if not start or not set(chosen) <= set(table["region"]):
        table, groups, polygons = regions_of(regions or "A, B, C, D, E", name_column)
    else:
        table = table[table["region"].isin(chosen)] if chosen else table
        groups = {g.id: (g.name.en, g.name.zh) for g in begun.groups if g.id in set(table["group"])}
        if begun.regions.polygons:
            polygons = _outlines(old / begun.regions.polygons, begun.regions.polygon_name)
            polygons = polygons[polygons["region"].isin(table["region"])]
        else:
            polygons = None
    title = title or name.replace("-", " ").replace("_", " ").capitalize()
    if not title_zh:
        title, title_zh = _named(title)
    language = "zh" if title == title_zh and re.search(f"[{CJK}]", title) else "en"
    text = document(
        name, start, title, title_zh, years_of(years) if years else "" if start else "{first: 2020, last: 2023}",
        table, groups, polygons is not None, subsystems, language,
    )  # fmt: skip
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
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
            InputError(str(where).replace(hidden, f"new {final}"), *rest) for where, *rest in (f.args for f in faults)
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
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
            raise InputError(
                f"series '{series}'", f"{len(series)} letters", "at most 31, for a sheet", "shorten the name"
            )
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
        given["title"] = input("Title of the study: ").strip()
        given["years"] = input(f"Years, such as 2015-2022 [{kept or '2020-2023'}]: ").strip()
        given["regions"] = input(
            f"Regions: all-provinces, another preset, a file, or names [{kept or 'A, B, C, D, E'}]: "
        ).strip()
        given["subsystems"] = input(f"Subsystems [{kept or EXAMPLE}]: ").strip()
    folder = write(options.study, start, name_column=options.name_column, **given)
    shown = displayed(folder)
    if not (start or any(given.values())):
        print("Nothing was given: title, years, regions and subsystems are examples to be written over in study.yml.")
    pairs = folder / "neighbours.csv"
    also = " and neighbours.csv (a row a pair)" if pairs.is_file() and len(pairs.read_text().splitlines()) < 2 else ""
    print(f"{shown}: made. Look through study.yml there, fill panel.xlsx (or panel.csv){also}, then")
    print(f"    make import STUDY={options.study}    # from panel.xlsx, or from FILES=...")
    print(f"    make check STUDY={options.study}")
