import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import ROOT

from coordination.errors import InputError
from coordination.pipeline import limits

pytestmark = pytest.mark.skipif(limits.resource is None, reason="a system without limits")
GIGABYTE = 1 << 30


def asked(call, *arguments, readable=(), seconds=20, memory=GIGABYTE):
    return limits.apart(call, *arguments, where="paper", seconds=seconds, memory=memory, readable=readable)


def test_what_a_call_returns_and_raises_comes_back(tmp_path):
    assert asked(divmod, 7, 3) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        asked(divmod, 7, 0)
    with pytest.raises(InputError, match="a: found b; expected c; d"):
        asked(exec, "from coordination.errors import InputError\nraise InputError(*'abcd')")


def test_what_takes_too_long_is_ended_and_said():
    with pytest.raises(InputError, match=r"paper: found more than 1 s or 1\.1 GB; .* a loop or a range without an end"):
        asked(exec, "while True: pass", seconds=1)


def test_what_takes_too_much_memory_is_refused():
    with pytest.raises((MemoryError, InputError)):
        asked(bytearray, 4 * GIGABYTE)


def test_what_breaks_down_is_said():
    with pytest.raises(InputError, match="paper: found more than"):
        asked(eval, "__import__('os').kill(__import__('os').getpid(), 9)")


def test_what_a_thread_of_this_process_holds_stops_nothing():
    with tempfile._once_lock:
        assert asked(eval, "__import__('tempfile')._once_lock.acquire(timeout=5)")


def test_what_waits_for_ever_is_ended(monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE", 1)
    with pytest.raises(InputError, match="paper: found more than"):
        asked(time.sleep, 60, seconds=2)


@pytest.mark.skipif(not limits.landlock(), reason="the system cannot keep a process in a folder")
def test_nothing_is_read_outside_what_is_named_and_no_network_reached(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "text").write_text("text", encoding="utf-8")
    (inside / "link").symlink_to(outside / "text")
    assert asked((inside / "text").read_text, "utf-8", readable=[inside]) == "text"
    for place in (outside / "text", inside / "link", inside / ".." / "out" / "text", Path("/etc/passwd")):
        assert place.read_text(encoding="utf-8")
        with pytest.raises(PermissionError):
            asked(place.read_text, "utf-8", readable=[inside])
    with pytest.raises(PermissionError):
        asked((inside / "new").write_text, "x", readable=[inside])
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        socket.create_connection(address).close()
        with pytest.raises(PermissionError):
            asked(socket.create_connection, address)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not end children with their parent")
def test_a_child_ends_with_its_parent_however_that_ends(tmp_path):
    code = f"""
import os, time
from coordination.pipeline import limits
parent, child = os.getpid(), os.fork()
if not child:
    limits.bound(parent)
    open({str(tmp_path / "ready")!r}, "w").write(str(os.getpid()))
    time.sleep(60)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT / "src")})
    end = time.monotonic() + 30
    while not (tmp_path / "ready").is_file() or not (tmp_path / "ready").read_text(encoding="utf-8"):
        assert time.monotonic() < end
        time.sleep(0.05)
    child = int((tmp_path / "ready").read_text(encoding="utf-8"))
    parent.kill()
    parent.wait()
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text(encoding="utf-8"):
        assert time.monotonic() < end
        time.sleep(0.05)


def reached(address, **setting):
    """Whether a process that is told so can be reached by this one's loop, and by what error it fails to leave it."""
    code = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"
    done = subprocess.run([sys.executable, "-c", code, *map(str, address)], capture_output=True, text=True, **setting)
    return done.returncode == 0, done.stderr.splitlines()[-1:]


@pytest.mark.skipif(limits.without_network() is None, reason="the system cannot cut a process off")
def test_a_process_without_network_reaches_nothing_but_itself(tmp_path):
    cut = limits.without_network()
    with socket.create_server(("127.0.0.1", 0)) as here:
        assert reached(here.getsockname()) == (True, [])
        assert not reached(here.getsockname(), **cut)[0]  # the loop of another machine, as it were
    assert reached(("192.0.2.1", 80), **cut) == (False, ["OSError: [Errno 101] Network is unreachable"])
    own = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname(), 5)"
    file = tmp_path / "mine"
    subprocess.run([sys.executable, "-c", f"{own}; open({str(file)!r}, 'w').close()"], check=True, **cut)
    assert file.stat().st_uid == os.geteuid()


def test_where_no_process_can_be_cut_off_nothing_is_promised(monkeypatch):
    monkeypatch.setattr(limits, "LIBC", None)
    assert limits.without_network() is None
