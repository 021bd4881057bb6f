"""The comparison with other tools as a command, and its page."""

from __future__ import annotations

from pathlib import Path

from coordination.adapting.checks import check
from coordination.locale import LANGUAGES
from coordination.pipeline import inputs, paths
from coordination.pipeline.files import checksum, csv_text, panel_file, write
from coordination.presentation.html import environment
from coordination.presentation.locale import words
from coordination.presentation.reader import Reader
from coordination.robustness import facts, tables
from coordination.robustness.variants import compare, region_years
from coordination.spatial import neighbours
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions

TEMPLATE = environment(Path(__file__).parent).get_template("compare.html")


def page(table, svg, reader, about):
    """Write the comparison as a page that stands by itself.

    Parameters
    ----------
    table : pandas.DataFrame
        As `compare` returns it.
    svg : str
        The figure.
    reader : Reader
    about : str
        Which study it is and where its figures come from, in Markdown.

    Returns
    -------
    str
        HTML.
    """
    text = TEMPLATE.render(
        word=reader.word,
        timed_word=reader.timed_word,
        others={k: words(k)["language_name"] for k in LANGUAGES if k != reader.language},
        title=reader.text(reader.study.title),
        about=about.replace("**", "").replace("`", "").split("\n\n"),
        said=reader.say("robustness", "variants", **facts.variants(table)).split("\n\n"),
        drawing=svg[svg.index("<svg ") + len("<svg ") :].strip(),
        of=len(reader.regions) * len(reader.study.years),
        last=reader.study.years[-1],
        table=tables.variants(table, reader).to_html(index=False, border=0),
        variants=table["variant"],
    )
    return f"{text}\n"


def command(options):
    """Write the comparison of a study with what other tools do, in every language, and print it.

    Parameters
    ----------
    options : argparse.Namespace
        With `study`, the name of a folder in data/raw.

    Raises
    ------
    InputError
        If the study or its data do not hold.
    """
    import matplotlib  # half a second that the other commands need not spend

    from coordination.presentation.style import close, rendered, style
    from coordination.robustness import figures

    matplotlib.use("agg")  # no window, nor a display for one
    loaded = load(paths.raw(options.study))
    regions = read_regions(loaded, paths.raw(options.study))
    polygons, own = inputs.polygons(loaded, regions), inputs.given_weights(loaded, regions)
    weights = neighbours.build(loaded.spatial_weights, regions, polygons, own)
    raw = panel_file(loaded)
    file = raw or paths.raw(loaded.id) / loaded.panel.released
    start = check.start(loaded, regions)
    table = compare(start.values.values, loaded, weights)
    changes = region_years(start.values.values, loaded)
    contents = {"compare.csv": csv_text(table)}
    source = {"regions": len(regions), "from_raw": raw is not None, "file": file.name, "checksum": checksum(file)}
    for language in LANGUAGES:
        reader = Reader(loaded, regions, language)
        with style():
            drawn = figures.variants(changes, table, reader)
            pictures = {ending: rendered(drawn, ending) for ending in ("svg", "png")}
            close(drawn)
        about = reader.say("study", "about", **source)
        contents[f"compare.{language}.html"] = page(table, pictures["svg"].decode(), reader, about)
        contents |= {f"compare.{language}.{ending}": picture for ending, picture in pictures.items()}
    print(tables.variants(table, Reader(loaded, regions, LANGUAGES[0])).to_string(index=False))
    for name, content in contents.items():
        target = paths.outputs(loaded.id) / name
        write(target, content)
        print(displayed(target))
