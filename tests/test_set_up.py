"""Setting up where something is in the way."""

import shutil

import pytest
from conftest import ROOT, make

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def test_without_a_registry_the_set_up_says_what_to_do_and_is_not_taken_for_done(tmp_path):
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)  # as a set-up that was cut off leaves it
    dead = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}
    done = make(tmp_path, ".venv/.complete", VIRTUAL_ENV="", CONDA_PREFIX="", **dead)
    assert done.returncode != 0
    assert "error: .venv: found packages of requirements.lock that could not be installed" in done.stderr
    assert "set PIP_INDEX_URL and UV_INDEX_URL, then run make again" in done.stderr
    assert not (tmp_path / ".venv" / ".complete").exists()
