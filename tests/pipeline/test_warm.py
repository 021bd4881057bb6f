import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from conftest import contents, coordination, must, surroundings, unlike, write_study
from nbformat import v4

from coordination.errors import InputError
from coordination.pipeline import warm
from coordination.sections import sections

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
slow = pytest.mark.slow

WRITE = """\
import os
from coordination.pipeline.files import write
from coordination.pipeline.paths import handover
from coordination.sections import SECTIONS
for name in next(s.writes for s in SECTIONS if s.name == "{section}"):
    write(handover(study, name, os.environ["COORDINATION_STAGING"]), "")"""

# What depends on where and when a library was imported, and on the order of strings.
SHOWN = (
    "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport seaborn as sns",
    "pd.DataFrame(np.arange(3000.0).reshape(100, 30))",
    "pd.DataFrame(np.arange(60.0).reshape(2, 30)).to_string(), str(pd.DataFrame(np.arange(60.0).reshape(2, 30)))",
    "{name: pd.get_option(name) for name in ('display.max_columns', 'display.max_rows', 'display.width')}",
    "pd.reset_option('display.max_columns')\npd.get_option('display.max_columns')",
    "_ = plt.plot([1, 2, 4])",
    "plt.get_backend(), {k: str(v) for k, v in sorted(plt.rcParams.items()) if k != 'backend'}",
    "list({'Oak', 'Elm', 'Ash', 'Fir', 'Bay'}), hash('Oak')",
    "import warnings\nwarnings.formatwarning = lambda said, kind, *_, **__: f'{kind.__name__}: {said}\\n'\n"
    "warnings.warn('look', DeprecationWarning)\nwarnings.warn('and here')",
    "import logging\nlogging.getLogger().handlers, logging.getLogger().level",
    "import sys, multiprocessing, signal\nsys.argv[0].split('/')[-1].removesuffix('.py'), sys.path[0], __name__, "
    "sys.modules['__main__'] is sys.modules[__name__], multiprocessing.get_start_method(), "
    "multiprocessing.current_process().name, sys.stdin.closed",
    "{int(s): str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)}",
    "sorted(v for v in os.environ if v.startswith(('COORDINATION', 'MPL', 'OMP', 'OPENBLAS', 'PYTHON')))",
    "print('said')\nprint('said too', file=sys.stderr)",
    "1 / 0 if False else get_ipython().__class__.__name__, plt.isinteractive(), plt.get_fignums()",
)

# Nothing of what an earlier kernel did is there.
ALONE = """\
import builtins, random, pandas
assert not hasattr(builtins, "seen") and not hasattr(pandas, "seen") and pandas.get_option("display.precision") == 6
builtins.seen = pandas.seen = True
pandas.set_option("display.precision", 2)
print(os.getpid(), random.random(), numpy.random.random(), file=open("{log}", "a"))"""


def compendium(folder, cells):
    write_study(folder / "data" / "raw" / "toy")
    (folder / "data" / "raw" / "toy" / "claims.csv").touch()
    (folder / "notebooks").mkdir()
    for section in sections(folder / "data" / "raw" / "toy"):
        tagged = v4.new_code_cell('study = "toy"', id="parameters", metadata={"tags": ["parameters"]})
        own = [WRITE.format(section=section.name), *cells]
        made = v4.new_notebook(cells=[tagged, *(v4.new_code_cell(c, id=f"cell-{k}") for k, c in enumerate(own))])
        made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(made, folder / "notebooks" / f"{section.name}.ipynb")
    return folder


@forks
@slow
def test_a_forked_kernel_shows_the_same_bytes_as_one_that_imports_for_itself(tmp_path):
    folder = compendium(tmp_path, SHOWN)
    made = {}
    for kind in ("cold", "warm"):
        arguments = ("run", "02-weights", "--study", "toy", "--output-root", folder / kind)
        must(coordination(*arguments, cwd=folder, COORDINATION_KERNELS=kind))
        made[kind] = {k: v for k, v in contents(folder / kind).items() if not k.startswith(".make/")}
    (text,) = (v.decode() for k, v in made["warm"].items() if k.endswith(".ipynb"))
    assert "image/png" in text
    assert "UserWarning: and here" in text
    assert unlike(made["warm"], made["cold"]) == []


@forks
@slow
def test_forty_kernels_run_without_a_failure_and_share_nothing(tmp_path):
    log = tmp_path / "log"
    folder = compendium(tmp_path / "here", ["import numpy", ALONE.format(log=log)])
    for _ in range(4):
        must(coordination("run", "--study", "toy", cwd=folder))
    lines = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 40
    for column in zip(*lines, strict=True):
        assert len(set(column)) == 40


# The process that others are forked from


def asked(source, **variables):
    """Run a script that forks; what it printed, and the process."""
    command = [sys.executable, "-c", f"from coordination.pipeline import warm\n{source}"]
    return subprocess.Popen(
        command, env=surroundings(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )


@forks
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_there_is_one_thread_where_processes_are_forked_and_none_is_left_behind():
    out, err = asked(
        """
import json, os
process = warm.Forked("coordination.__main__:main", ["check", "--help"])
server = int(open(f"/proc/{process.pid}/stat").read().rpartition(")")[2].split()[1])
print(json.dumps([server, len(os.listdir(f"/proc/{server}/task")), process.wait()]))
"""
    ).communicate(timeout=120)
    server, threads, code = json.loads(out.splitlines()[-1])
    assert err == ""
    assert (threads, code) == (1, 0)
    assert not Path(f"/proc/{server}").exists()


@forks
def test_a_forked_process_stands_where_its_asker_says_and_returns_its_code(tmp_path):
    process = asked(
        f"""
for arguments in (["check", "--study", "toy"], ["paint"], ["check", "--help"]):
    process = warm.Forked("coordination.__main__:main", arguments, folder={str(tmp_path)!r})
    print("code", process.wait(), process.poll(), flush=True)
process = warm.Forked("time:sleep", 60)
print("code", process.poll(), flush=True)
process.kill()
print("code", process.wait(), flush=True)
"""
    )
    out, err = process.communicate(timeout=120)
    codes = [line for line in out.splitlines() if line.startswith("code")]
    assert codes == ["code 1 1", "code 2 2", "code 0 0", "code None", "code -9"]
    assert f"{tmp_path.as_posix()}: found no compendium" in err


@forks
def test_a_forked_process_ends_when_its_asker_is_killed():
    process = asked(
        """
forked = warm.Forked("time:sleep", 60)
print(forked.pid, flush=True)
forked.wait()
"""
    )
    pid = int(process.stdout.readline())
    os.kill(pid, 0)
    process.kill()
    assert process.communicate(timeout=60)[1] == ""
    patience = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < patience:
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


@forks
def test_a_forked_process_that_is_interrupted_says_so_by_its_code_alone():
    out, err = asked(
        """
import signal, time
forked = warm.Forked("time:sleep", 60)
for _ in range(100):  # until it listens
    time.sleep(0.1)
    if forked.poll() is not None:
        break
    forked.send_signal(signal.SIGINT)
print(forked.wait())
"""
    ).communicate(timeout=120)
    assert (out, err) == ("130\n", "")


@forks
@pytest.mark.parametrize("kept", [None, -1, 20], ids=["whole", "without-its-end", "a-part"])
def test_nobody_is_told_of_a_question_whose_asker_has_ended(kept):
    out, err = asked(
        f"""
import json, os, socket
warm.start()
request = {{"function": "builtins:len", "arguments": [], "environment": dict(os.environ), "folder": "/"}}
for _ in range(3):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(*warm.PLACE)
        line.sendall((json.dumps(request).encode() + b"\\n")[:{kept}])
print("code", warm.Forked("builtins:len", []).wait())
"""
    ).communicate(timeout=120)
    assert (out, err) == ("code 0\n", "")


@pytest.mark.parametrize(
    ("setting", "expected"), [("cold", False), ("", hasattr(os, "fork")), (None, hasattr(os, "fork"))]
)
def test_kernels_are_forked_where_the_system_can_unless_switched_off(monkeypatch, setting, expected):
    monkeypatch.delenv("COORDINATION_KERNELS", raising=False)
    if setting is not None:
        monkeypatch.setenv("COORDINATION_KERNELS", setting)
    assert warm.wanted() is expected


def test_where_nothing_can_be_forked_kernels_are_cold_and_asking_for_others_is_refused(monkeypatch):
    monkeypatch.delattr(os, "fork", raising=False)
    monkeypatch.delenv("COORDINATION_KERNELS", raising=False)
    assert warm.wanted() is False
    monkeypatch.setenv("COORDINATION_KERNELS", "warm")
    with pytest.raises(InputError, match="COORDINATION_KERNELS: found 'warm'; expected one of cold"):
        warm.wanted()
