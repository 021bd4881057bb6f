"""Running notebooks through papermill: checked parameters, one progress bar, all outputs or none."""

from __future__ import annotations

import ast
import os
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from coordination.errors import InputError
from coordination.locale import LANGUAGES
from coordination.pipeline import kept, scratch, warm
from coordination.pipeline.files import write
from coordination.pipeline.paths import note_file, output_root, outputs, raw, root
from coordination.pipeline.progress import Progress
from coordination.pipeline.provenance import record_run
from coordination.pipeline.surroundings import FIXED
from coordination.sections import before, sections
from coordination.study.document import load
from coordination.study.files import displayed

# What papermill writes into a notebook and what differs between two runs of the same notebook.
VOLATILE = ("papermill", "execution", "widgets")


def parameters_of(notebook):
    """Return the parameters of a notebook and their defaults.

    Parameters
    ----------
    notebook : Path

    Returns
    -------
    dict of str to object

    Raises
    ------
    InputError
        If the notebook has no parameters cell of plain literals.
    """
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    cell = next((c for c in cells if "parameters" in c.metadata.get("tags", [])), None)
    try:
        tree = ast.parse(cell.source)
        return {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body}
    except (AttributeError, ValueError, SyntaxError):
        expected = "a cell tagged 'parameters' of plain assignments"
        raise InputError(displayed(notebook), "no such cell", expected, "restore the notebook") from None


def checked(given, notebooks, study):
    """Check parameters against the notebooks and the study.

    Parameters
    ----------
    given : dict of str to str
        As on the command line.
    notebooks : sequence of Path
        All notebooks of the study.
    study : Study

    Returns
    -------
    dict of str to object
        Values of the right type.

    Raises
    ------
    InputError
        If no notebook knows a parameter, or its value is of another type or not among the study's.
    """
    known = {name: default for notebook in notebooks for name, default in parameters_of(notebook).items()}
    result = {}
    for name, text in given.items():
        where = f"parameter {name}"
        if name not in known:
            raise InputError(where, f"'{text}'", f"one of {', '.join(sorted(known))}", "correct its name")
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            value = text
        if name == "study" and value != study.id:
            raise InputError(where, f"'{value}'", f"'{study.id}'", "choose the study with --study")
        if name == "year" and (type(value) is not type(study.years[0]) or value not in study.years):
            raise InputError(
                where, repr(value), f"a year of the study: {', '.join(map(str, study.years))}", "correct it"
            )
        if name == "language" and value not in LANGUAGES:
            raise InputError(where, repr(value), f"one of {', '.join(LANGUAGES)}", "correct it")
        default = known[name]
        if default is not None and type(value) is not type(default):
            raise InputError(where, repr(value), f"a value like {default!r}", "correct it")
        result[name] = value
    return result


def stripped(notebook):
    """Remove from an executed notebook what differs between two runs of it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    nbformat.NotebookNode
        The same object.
    """
    for node in (notebook, *notebook.cells):
        for key in VOLATILE:
            node.metadata.pop(key, None)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
    notebook.metadata.get("language_info", {}).pop("version", None)
    return notebook


def save_guide(notebook):
    """Execute the guided notebook, which is no section of the paper, and save it with its outputs.

    Parameters
    ----------
    notebook : Path
    """
    import nbformat
    from papermill import execute_notebook

    with scratch.folder() as folder:
        executed = folder / notebook.name
        quiet = ["--IPKernelApp.log_level=CRITICAL"]
        execute_notebook(
            notebook,
            executed,
            None,
            kernel_name="python3",
            progress_bar=False,
            cwd=notebook.parent,
            extra_arguments=quiet,
        )
        text = nbformat.writes(stripped(nbformat.read(executed, as_version=4))) + "\n"
    write(notebook, text)


def run(study, names, given, only=None, save_to=None):
    """Execute a study's notebooks in order.

    Parameters
    ----------
    study : str
    names : sequence of str
        Notebooks to run; all of the study if empty.
    given : dict of str to str
        Parameters, as on the command line.
    only : Path, optional
        Folder of the notebooks, if not the compendium's.
    save_to : Path, optional
        Also save the executed notebooks there.

    Raises
    ------
    InputError
        If the study, a parameter or a name does not hold, or a notebook fails; then its earlier outputs are as
        they were, and the half-executed notebook is kept beside them.
    """
    if warm.wanted():
        warm.start()
    else:
        print("each kernel imports everything for itself; it is faster where processes can be forked", file=sys.stderr)
    loaded = load(raw(study))
    folder = only or root() / "notebooks"
    plan = sections(raw(study), loaded.left_out)
    for name in names:
        if name not in [s.name for s in plan]:
            raise InputError("notebook", f"'{name}'", f"one of {', '.join(s.name for s in plan)}", "correct its name")
    files = {s.name: folder / f"{s.name}.ipynb" for s in plan}
    values = checked(given, list(files.values()), loaded)

    import nbformat

    lengths = {name: len(nbformat.read(file, as_version=4).cells) for name, file in files.items()}
    output_root().mkdir(parents=True, exist_ok=True)
    with Progress(study, lengths) as progress:
        for name in (name for name in files if not names or name in names):
            mine = {k: v for k, v in values.items() if k in parameters_of(files[name])}
            mine = {"study": study, **mine} if mine or study != parameters_of(files[name]).get("study") else {}
            with progress.of(name):
                _run_one(study, name, files[name], mine, progress, save_to)


def draft(study, given):
    """Execute the notebooks that wait for no robustness, with tables and figures in one language.

    Parameters
    ----------
    study : str
    given : dict of str to str
        Parameters, as on the command line.

    Raises
    ------
    InputError
        As `run`.
    """
    plan = sections(raw(study), load(raw(study)).left_out)
    left = {s.name for s in plan if s.optional == "robustness"}
    os.environ["COORDINATION_DRAFT"] = "1"
    try:
        run(study, [s.name for s in plan if s.name not in left and not left & before(s.name)], given)
    finally:
        del os.environ["COORDINATION_DRAFT"]
    print(f"{study}: a first look, without robustness; see {displayed(outputs(study) / 'notebooks')}")


def _run_one(study, name, source, parameters, progress, save_to):
    import logging

    import nbformat
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec
    from nbclient.exceptions import DeadKernelError
    from papermill import execute_notebook
    from papermill.engines import NBClientEngine, papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    class Kernel(AsyncKernelManager):
        """A kernel of this very Python, whatever else is called python3 on the machine."""

        kernel_spec = KernelSpec(**get_kernel_dict())

    class WarmKernel(Kernel):
        """A kernel that is forked from the process that has imported everything."""

        async def _async_launch_kernel(self, kernel_cmd, **options):
            arguments = kernel_cmd[kernel_cmd.index("ipykernel_launcher") + 1 :]
            process = warm.Forked("coordination.pipeline.warm:kernel", arguments, options["env"], options.get("cwd"))
            self.provisioner.process = process
            self.provisioner.pid = self.provisioner.pgid = process.pid
            self._reconcile_connection_info(self.provisioner.connection_info)

    class Engine(NBClientEngine):
        """papermill's engine, telling our progress line of every finished cell."""

        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, **kwargs):
            complete = nb_man.cell_complete

            def tell(*args, **kwargs):
                complete(*args, **kwargs)
                progress.cell()

            nb_man.cell_complete = tell
            # The kernel listens on this machine only, and its warning about that would hide the progress bar;
            # nothing is lost with a kernel that is stopped at once, and 0.8 s are won.
            kwargs |= {"extra_arguments": ["--IPKernelApp.log_level=CRITICAL"], "shutdown_kernel": "immediate"}
            kwargs["kernel_manager_class"] = WarmKernel if warm.wanted() else Kernel
            # Two kernels that start at the same time can be told the same free port; sockets in a folder cannot clash.
            if os.name == "posix" and len(sockets) < 80:  # the system's limit for a socket's path is about 100
                kwargs["config"] = Config(
                    {"KernelManager": {"transport": "ipc", "connection_file": f"{sockets}/kernel.json"}}
                )
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    papermill_engines.register("coordination", Engine)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    target = outputs(study) / "notebooks" / f"{name}.ipynb"
    failed = target.with_suffix(".failed.ipynb")
    base = output_root()
    left = ExitStack()
    staging = left.enter_context(scratch.folder(".staging-", base))
    sockets = str(left.enter_context(scratch.folder()))
    environment = FIXED | {
        "COORDINATION_STAGING": str(staging),
        "COORDINATION_OUTPUT_ROOT": str(base.resolve()),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")])),
        "COORDINATION_TERMINAL": os.ttyname(2) if os.name == "posix" and os.isatty(2) else "",
    }
    for variable in ("COORDINATION_PANEL", "COORDINATION_STUDIES"):
        if os.environ.get(variable):
            environment[variable] = str(Path(os.environ[variable]).resolve())
    earlier, begun = dict(os.environ), time.monotonic()
    os.environ.update(environment)
    try:
        executed = staging / "executed.ipynb"
        try:
            execute_notebook(
                source, executed, parameters, engine_name="coordination", kernel_name="python3",
                progress_bar=False, autosave_cell_every=0, request_save_on_cell_execute=False, cwd=source.parent,
            )  # fmt: skip
        except PapermillExecutionError as error:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(executed, failed)
            lines = [f"cell [{error.exec_count}]:", *(f"    {line}" for line in error.source.splitlines())]
            progress.bar.clear()
            print("\n".join(lines), file=sys.stderr)
            found = f"{error.ename}: {error.evalue}"
            remedy = f"look into {displayed(failed)}; earlier outputs are as they were"
            raise InputError(f"notebook {name}", found, "a notebook that runs through", remedy) from None
        except (DeadKernelError, RuntimeError) as error:  # the latter if it does not start
            what = "died" if isinstance(error, DeadKernelError) else f"did not start: {error}"
            found, remedy = f"a kernel that {what}", "is there enough memory? earlier outputs are as they were"
            raise InputError(f"notebook {name}", found, "a notebook that runs through", remedy) from None
        made = stripped(nbformat.read(executed, as_version=4))
        if by_hand := kept.of(study, name):
            made.metadata["kept"] = [entry["file"] for entry in by_hand]
        text = nbformat.writes(made) + "\n"
        executed.unlink()
        _publish(study, name, staging)
        if save_to:
            write(Path(save_to) / f"{name}.ipynb", text)
        record_run(study, name, time.monotonic() - begun)
        write(target, text)
        failed.unlink(missing_ok=True)
    finally:
        os.environ.clear()
        os.environ.update(earlier)
        left.close()


def _publish(study, name, staging):
    """Move what a notebook wrote into place, and remove what only its previous run had written."""
    import json

    base = output_root()

    def files(note):
        return (
            {f for made in json.loads(note.read_text(encoding="utf-8"))["made"] for f in made["files"]}
            if note.is_file()
            else set()
        )

    obsolete = files(note_file(study, name)) - files(note_file(study, name, staging))
    for file in sorted(p for p in staging.rglob("*") if p.is_file()):
        place = base / file.relative_to(staging)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    for file in obsolete:
        (base / file).unlink(missing_ok=True)
