"""The command line: `python -m coordination --help`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES

# An optional check of web addresses in JSON schemas that takes 1.2 s to import; notebooks do not need it.
sys.modules.setdefault("rfc3987_syntax", None)


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        `sys.argv[1:]` if not given.

    Returns
    -------
    int
        0, or 1 if the input is at fault, which one line on standard error then says.
    """
    options = _parser().parse_args(arguments)
    if getattr(options, "name", None) is not None:
        options.study = options.name
    for variable, value in (
        ("OUTPUT_ROOT", options.output_root),
        ("STUDIES", options.studies),
        ("PANEL", options.panel),
    ):
        if value:
            os.environ[f"COORDINATION_{variable}"] = str(value)
    try:
        return options.command(options) or 0
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has seen enough
        return 1
    except OSError as error:
        expected = "a file or folder that can be read and written"
        where, found = error.filename or "a file", error.strerror or str(error)
        fault = InputError(where, found, expected, "correct its name or permissions")
        print(f"error: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted; earlier outputs are as they were", file=sys.stderr)
        return 130


def _parser():
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--study", default="yellow-river", help="folder in data/raw (default: %(default)s)")
    shared.add_argument("--output-root", type=Path, help="where outputs/ and data/processed/ are written")
    shared.add_argument("--studies", type=Path, help="folder of the studies instead of data/raw")
    shared.add_argument("--panel", type=Path, help="raw panel, or a folder of its files, instead of the study's own")
    parser = argparse.ArgumentParser(prog="coordination", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(function, text):
        sub = commands.add_parser(function.__name__.strip("_"), help=text, description=text, parents=[shared])
        sub.set_defaults(command=function)
        return sub

    sub = command(_run, "execute notebooks of a study in order")
    sub.add_argument("notebooks", nargs="*", help="such as 02-weights; all of the study if none is named")
    sub.add_argument("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE")
    sub.add_argument("--save", action="store_true", help="also save the executed notebooks over notebooks/")
    sub = command(_draft, "execute the notebooks of a study that wait for no robustness, in one language")
    sub.add_argument("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE")
    sub = command(_new, "write the folder of a new study")
    sub.add_argument("name", nargs="?", help="of the study, instead of --study")
    sub.add_argument("--from", dest="start", default="blank", metavar="STUDY", help="study to begin from, or blank")
    sub.add_argument("--title", help="in English, or in both languages")
    sub.add_argument("--title-zh", help="in Chinese")
    sub.add_argument("--years", help="2015-2022, or a list such as 2010,2015,2020 or 2020Q1,2020Q2")
    sub.add_argument(
        "--regions", help="a preset, a file of polygons or a table, or names: 'A, B' or 'North: A; South: B'"
    )
    sub.add_argument("--name-column", default="region", help="property of the polygons that names the regions")
    sub.add_argument("--subsystems", help="'Name: formula, -formula; Name: formula'; - marks the less, the better")
    sub = command(_upgrade, "bring an older study.yml to the present format, showing what changes")
    sub.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    sub = command(_import, "read statistics in foreign layouts into a study's long panel")
    sub.add_argument("paths", nargs="*", type=Path, help="files or folders; the study's panel.xlsx if none is named")
    sub.add_argument("--mapping", type=Path, help="YAML or CSV that maps indicator texts, files or sheets to series")
    sub.add_argument("--year", help="of tables of one year that do not say which")
    sub.add_argument("--dry-run", action="store_true", help="say what would be imported, write nothing")
    sub.add_argument("--replace", action="store_true", help="let imported values win over those in the panel")
    command(_compare, "show how results change under what other tools do without saying so")
    command(_consistency, "hold the printed numbers of a publication against one another; no panel is needed")
    command(_collect, "gather results.json, contents.csv and run.json from what the notebooks noted")
    sub = command(_check, "validate a study and its files")
    sub.add_argument("--language", choices=LANGUAGES, help="of the report (default: the study's)")
    command(_site, "build the reviewer's site from a study's outputs")
    command(_reference, "make the pages that describe the functions, for the sites of all studies")
    command(_paper, "compile the paper of a finished run to PDF and Word, in every language")
    command(_explorer, "write the interactive page of a study that has been run, in every language")
    command(_release, "write the released normalised panel of a study from its raw panel")
    sub = command(_depends, "write the notebooks' dependencies as rules for make")
    sub.add_argument("--to", type=Path, required=True, help="file to write")
    sub = command(_sections, "write for make which notebooks a study leaves out")
    sub.add_argument("--to", type=Path, required=True, help="file to write")
    return parser


def _new(options):
    from coordination.adapting import new

    new.command(options)


def _upgrade(options):
    from coordination.adapting import upgrade

    upgrade.command(options)


def _import(options):
    from coordination.adapting.importing import merge

    merge.command(options)


def _compare(options):
    from coordination.adapting import compare

    compare.command(options)


def _consistency(options):
    from coordination.adapting import consistency

    consistency.command(options)


def _given(options):
    given = {}
    for text in options.parameter:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError("parameter", f"'{text}'", "NAME=VALUE", "write it so")
        given[name] = value
    return given


def _draft(options):
    from coordination.pipeline import execute

    execute.draft(options.study, _given(options))


def _run(options):
    from coordination.pipeline import execute
    from coordination.pipeline.paths import root

    execute.run(
        options.study,
        options.notebooks,
        _given(options),
        save_to=root() / "notebooks" if options.save else None,
    )
    if options.save and not options.notebooks:
        execute.save_guide(root() / "notebooks" / "adapt.ipynb")


def _collect(options):
    from coordination.pipeline.results import collect

    collect(options.study)


def _site(options):
    from coordination.pipeline.paths import outputs
    from coordination.publishing.site import build
    from coordination.study.files import displayed

    for warning in build.build(options.study):
        print(warning, file=sys.stderr)
    print(displayed(outputs(options.study) / "site" / "index.html"))


def _reference(options):
    from coordination.publishing import reference

    reference.pages()


def _paper(options):
    from coordination.publishing.paper import pdf

    pdf.build(options.study)


def _check(options):
    from coordination.adapting.checks import check

    return check.command(options)


def _release(options):
    from coordination.pipeline import release

    release.write_release(options.study)


def _explorer(options):
    from coordination.publishing.explorer import page

    page.build(options.study)


def _depends(options):
    from coordination import sections

    options.to.parent.mkdir(parents=True, exist_ok=True)
    options.to.write_text(sections.rules(Path("notebooks"), Path("src/coordination")), encoding="utf-8")


def _sections(options):
    from coordination import sections
    from coordination.pipeline.files import write
    from coordination.pipeline.paths import raw
    from coordination.study.document import load

    folder = raw(options.study)
    wanted = sections.sections(folder, load(folder).leave_out)
    left = " ".join(s.name for s in sections.SECTIONS if s not in wanted)
    write(options.to, f"# Written by `python -m coordination sections`.\nLEFT_OUT := {left}\n")


if __name__ == "__main__":
    sys.exit(main())
