"""The command line: `python -m coordination --help`."""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from coordination.errors import InputError, told
from coordination.locale import LANGUAGES
from coordination.pipeline.surroundings import settle

# An optional check of web addresses in JSON schemas that takes 1.2 s to import; notebooks do not need it.
sys.modules.setdefault("rfc3987_syntax", None)

# Signs that would do something to a terminal instead of being seen there, and bytes of names that are no letters
ACTING = {c: f"\\x{c:02x}" for c in (*range(32), *range(127, 160)) if chr(c) not in "\n\t"}
TURNING = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))  # the direction of writing
ACTING |= {c: f"\\u{c:04x}" for c in (*TURNING, *range(0xD800, 0xE000))}

# What the system expects of a file, and what to do, by its error
CUT_OFF = "marshal data|EOF read where object expected"
MOST = 300  # letters of what nobody has foreseen that are shown
EDGE = "a file or folder that can be read and written", "correct its name or permissions"
FULL = "room on the disk", "make room or name another place with OUTPUT_ROOT, then run again; earlier outputs are kept"
READ_ONLY = "a folder that can be written to", "name one with OUTPUT_ROOT"
EDGES = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EFBIG: FULL, errno.EROFS: READ_ONLY}


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        `sys.argv[1:]` if not given.

    Returns
    -------
    int
        0, or 1 if the input is at fault, which one line on standard error then says; so it does if the program is.
    """
    with redirect_stdout(Seen(sys.stdout)), redirect_stderr(Seen(sys.stderr)):
        return _main(arguments)


class Seen:
    """A stream on which signs that would do something to a terminal, in a name or a text of a study, are written out.

    Parameters
    ----------
    stream : file
    """

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        """Write a text; a progress bar may go back to where its line begins."""
        core = text.strip("\r")
        before, _, after = text.partition(core) if core else (text, "", "")
        return self._stream.write(f"{before}{core.translate(ACTING)}{after}")


def _main(arguments):
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
    ours = threading.current_thread() is threading.main_thread()
    earlier = signal.signal(signal.SIGTERM, _terminated) if ours else None
    try:
        settle()
        return options.command(options) or 0
    except InputError as error:
        print(_told(_of_modules(error) or error, options), file=sys.stderr)
        _swept(error)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has seen enough
        return 1
    except OSError as error:
        expected, remedy = READ_ONLY if _shut(error) else EDGES.get(error.errno, EDGE)
        fault = InputError(error.filename or "a file", error.strerror or str(error), expected, remedy)
        print(f"error: {fault}", file=sys.stderr)
        _swept(fault)
        return 1
    except KeyboardInterrupt as end:
        if os.environ.get("COORDINATION_TASK"):  # whoever asked for it says so
            sys.unraisablehook = lambda _: None  # of what was just begun, such as a loop of events
            warnings.simplefilter("ignore")
        else:
            print("error: interrupted; earlier outputs are as they were", file=sys.stderr)
        return 128 + (signal.SIGTERM if isinstance(end, Terminated) else signal.SIGINT)
    except Exception as error:
        print(f"error: {_of_modules(error) or _unforeseen(error, options)}", file=sys.stderr)
        return 1
    finally:
        if ours:
            signal.signal(signal.SIGTERM, earlier)


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a run as Ctrl-C does."""


def _terminated(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is half made is removed meanwhile
    raise Terminated


def _shut(error):
    """Return whether what was not permitted was to write something new."""
    name = error.filename if error.errno == errno.EACCES and isinstance(error.filename, str | Path) else None
    return name and not os.path.exists(name) and not os.access(Path(name).parent, os.W_OK)


def _of_modules(error):
    """Return the error that a compiled module was cut off, having removed it, if this is what an error comes from."""
    if not re.search(CUT_OFF, str(error)):
        return None
    from coordination.pipeline import scratch
    from coordination.study.files import displayed

    if not (found := scratch.cut_off()):
        return None
    return InputError(
        displayed(found[0]),
        told("a compiled module that was cut off, {count} in all", count=len(found)),
        "whole ones, as a disk with room keeps them",
        "they are removed; run again",
    )


def _swept(error):
    """Remove compiled modules that were cut off by the full disk that an error tells of."""
    if any(os.strerror(number) in str(error) for number, edge in EDGES.items() if edge is FULL):
        from coordination.pipeline import scratch

        scratch.cut_off()


def _unforeseen(error, options):
    """Say in a line what nobody has foreseen: at which file it happened, and where the details lie."""
    from coordination.pipeline.paths import output_root
    from coordination.study.files import displayed

    text = "".join(traceback.format_exception(error))
    log, name = None, f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    for place in (lambda: output_root() / ".make" / "errors", lambda: Path(tempfile.mkdtemp(prefix="coordination-"))):
        with suppress(OSError, InputError):
            folder = place()
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="replace")
            log = displayed(folder / name)
            break
    said = " ".join(f"{type(error).__name__}: {error}".split())
    found = "".join(c if c.isprintable() else "?" for c in f"{said[:MOST]}{'…' if len(said) > MOST else ''}")
    if isinstance(error, MemoryError):
        expected, remedy = "enough memory", "close other programs, or take fewer regions, years or indicators"
    else:
        expected, remedy = "nothing of the kind", "is something odd in it? please report what happened"
    details = f"; the details are in {log}" if log else ""
    return InputError(_at_work_on(error) or f"study {options.study}", found, expected, f"{remedy}{details}")


def _at_work_on(error):
    """Return the file that the innermost of our functions was busy with when something happened, if one was."""
    from coordination.study.files import displayed

    package = Path(__file__).parent
    for frame, _ in reversed([*traceback.walk_tb(error.__traceback__)]):
        if not Path(frame.f_code.co_filename).is_relative_to(package):
            continue
        for value in frame.f_locals.values():
            with suppress(OSError, ValueError):
                path = Path(value) if isinstance(value, str | Path) else package
                if path.is_file() and not path.resolve().is_relative_to(package):
                    return displayed(path)
    return None


def _told(error, options):
    """Say an error in the language of the study, if it has one that can be read."""
    from coordination.adapting import new
    from coordination.adapting.checks.finding import in_language
    from coordination.pipeline.paths import raw
    from coordination.presentation.reader import Reader
    from coordination.study.document import load

    try:
        study = load(raw(options.study))
        reader = Reader(study, None, study.language)
    except (InputError, OSError, AttributeError, TypeError):  # it has none, or is what the error is about
        if options.command is not _new:
            return f"error: {error}"
        reader = new.reader(new.titled(options.study, options.title, options.title_zh)[2])
    return f"{reader.word('severity_error')}{reader.word('colon')}{in_language(error, reader)}"


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

    sub = command(_all, "make everything of a study that is out of date, as `make all` does")
    sub.add_argument("wanted", nargs="*", help="only what these need: tasks such as 02-weights, paper, site, or files")
    _shown(sub)
    sub = command(_studies, "make everything of every study that is out of date, as `make studies` does")
    _shown(sub)
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
    sub = command(_diff, "show what changed between two runs: numbers, verdicts, figures side by side")
    sub.add_argument("before", type=Path, help="outputs of the earlier run, such as earlier/outputs/yellow-river")
    sub.add_argument("after", type=Path, help="outputs of the later one; the page is written there")
    command(_consistency, "hold the printed numbers of a publication against one another; no panel is needed")
    command(_collect, "gather results.json, provenance.json, contents.csv and run.json from what the notebooks noted")
    sub = command(_check, "validate a study and its files")
    sub.add_argument("--language", choices=LANGUAGES, help="of the report (default: the study's)")
    command(_site, "build the reviewer's site from a study's outputs")
    command(_reference, "make the pages that describe the functions, for the sites of all studies")
    sub = command(_paper, "compile the paper of a finished run to PDF and Word, in every language")
    sub.add_argument("--document", choices=("paper", "profiles"), help="only this one")
    sub.add_argument("--language", choices=LANGUAGES, help="only in this one")
    command(_profiles, "compile the profiles of all regions of a finished run, a page each")
    command(_explorer, "write the interactive page of a study that has been run, in every language")
    sub = command(_archive, "bring a study's run up to its commit and write everything as one archive")
    _shown(sub)
    sub = command(_verify, "make the run of an archive again in an empty folder and compare every file")
    sub.add_argument("archive", type=Path, help="a zip written by the command archive")
    sub.add_argument("--into", type=Path, help="an empty folder to keep what was unpacked and rebuilt in")
    sub.add_argument("--trust", action="store_true", help="run code of the archive that is not that of this copy")
    sub = command(_audit, "hold packages against the lock, ask for vulnerabilities, run a study without network")
    _shown(sub)
    command(_release, "write the released normalised panel of a study from its raw panel")
    return parser


def _shown(sub):
    sub.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help="of what the notebooks show")
    sub.add_argument("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE")
    sub.add_argument("--keep", action="store_true", help="keep what was changed by hand, and mark what depends on it")


def _all(options):
    return _made([options.study], options, options.wanted)


def _studies(options):
    from coordination.pipeline import plan

    return _made(plan.studies(), options, [])


def _made(names, options, wanted):
    from coordination.pipeline import plan

    _given(options)
    flags = os.environ.get("MAKEFLAGS", "")
    return plan.command(names, options.language, options.parameter, wanted, flags, options.keep)


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


def _diff(options):
    from coordination.publishing import changes

    changes.command(options)


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

    pdf.build(options.study, options.document, options.language)


def _profiles(options):
    from coordination.publishing.paper import pdf
    from coordination.study.files import displayed

    for file in pdf.profiles(options.study):
        print(displayed(file))


def _check(options):
    from coordination.adapting.checks import check

    return check.command(options)


def _release(options):
    from coordination.pipeline import release

    release.write_release(options.study)


def _archive(options):
    from coordination.publishing.archive import pack

    _given(options)
    if options.keep:
        found, remedy = "results changed by hand", "leave KEEP out: nobody could make them again"
        raise InputError("KEEP", found, "what the run made", remedy)
    pack.write(options.study, options.language, options.parameter)


def _verify(options):
    from coordination.publishing.archive import verify

    return 0 if verify.verify(options.archive, options.into, options.trust) else 1


def _audit(options):
    from coordination.publishing.archive import audit

    return 0 if audit.audit(options.study, options.language) else 1


def _explorer(options):
    from coordination.publishing.explorer import calculator, page

    page.build(options.study)
    calculator.build(options.study)


if __name__ == "__main__":
    sys.exit(main())
