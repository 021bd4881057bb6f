"""Whether a publication's numbers can follow from one another, as a command and its page."""

from __future__ import annotations

from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import inputs, paths
from coordination.pipeline.files import claims, published, write
from coordination.presentation.html import environment
from coordination.presentation.locale import words
from coordination.presentation.reader import Reader
from coordination.replication import consistency, facts, tables
from coordination.spatial import neighbours
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions

TEMPLATE = environment(Path(__file__).parent).get_template("consistency.html")

PUBLISHED = ("table4_coordination", "table5_group_means", "table6_global_moran")


def page(table, skipped, reader):
    """Write what was found as a page that stands by itself.

    Parameters
    ----------
    table, skipped
        As `replication.consistency.consistency` returns them.
    reader : Reader

    Returns
    -------
    str
        HTML.
    """
    parts = [
        (
            reader.say("replication", "follows_from", kind=kind),
            tables.consistency(own, reader).to_html(index=False, border=0),
        )
        for kind, own in table.groupby("kind", sort=False)
    ]
    text = TEMPLATE.render(
        word=reader.word,
        others={k: words(k)["language_name"] for k in LANGUAGES if k != reader.language},
        title=reader.text(reader.study.title),
        said=reader.say("replication", "consistency", **facts.consistency(table, skipped)).split("\n\n"),
        parts=parts,
    )
    return f"{text}\n"


def command(options):
    """Hold a publication's printed numbers against one another, in every language, and print what was found.

    Parameters
    ----------
    options : argparse.Namespace
        With `study`, the name of a folder in data/raw; its panel is not needed.

    Raises
    ------
    InputError
        If the study does not hold, or nothing published lies beside it.
    """
    study = load(paths.raw(options.study))
    regions = read_regions(study, paths.raw(options.study))
    printed = {name: published(study, name, printed=True) for name in PUBLISHED}
    asked = claims(study)
    if asked is None and all(t is None for t in printed.values()):
        where, expected = displayed(paths.raw(study.id) / "published"), f"{', '.join(PUBLISHED)} or claims, as CSV"
        raise InputError(where, "nothing", expected, "type in the printed tables as they are printed")
    setting = study.spatial_weights
    built = neighbours.build(setting, regions, inputs.polygons(study, regions), inputs.given_weights(study, regions))
    weights = neighbours.transform(built, setting.transform)
    table, skipped = consistency.consistency(printed, asked, study, regions, weights)
    contents = {"consistency.csv": table.to_csv(index=False, lineterminator="\n")}
    for language in LANGUAGES:
        contents[f"consistency.{language}.html"] = page(table, skipped, Reader(study, regions, language))
    reader = Reader(study, regions, study.language)
    failing = table[table["verdict"] != "follows"]
    if len(failing):
        print(tables.consistency(failing, reader).to_string(index=False))
    print(reader.say("replication", "consistency", **facts.consistency(table, skipped)))
    for name, content in contents.items():
        target = paths.outputs(study.id) / name
        write(target, content)
        print(displayed(target))
