"""A confined process: what it may not do, tried in a child process each time."""

import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from genrf.core import sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and namespaces are Linux's")
OFFERED = sandbox.offered() if sys.platform == "linux" else {}
needs_landlock = pytest.mark.skipif(not OFFERED.get("Landlock"), reason="this kernel has no Landlock")
needs_network = pytest.mark.skipif(
    not any(OFFERED.values()), reason="this kernel has neither network namespaces for this user nor Landlock"
)


def confined(work, folder):
    """Whether `work` ran without an error in a confined child, and what the sandbox said."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = sandbox.confine(folder, memory=2 << 30, seconds=20)
            os.write(write, "\n".join(said).encode())
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(write)
    said = os.read(read, 10_000).decode()
    os.close(read)
    return os.waitpid(child, 0)[1] == 0, said


def test_it_may_write_in_its_own_folder_and_read_elsewhere(tmp_path):
    def work():
        (tmp_path / "own").write_text("fine")
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "deep").write_text("fine")
        Path("/dev/null").write_text("gone")
        assert Path(sandbox.__file__).read_text()

    assert confined(work, tmp_path)[0]
    assert (tmp_path / "sub" / "deep").read_text() == "fine"


@needs_landlock
def test_it_may_not_write_elsewhere(tmp_path):
    with tempfile.TemporaryDirectory() as elsewhere:
        there = Path(elsewhere) / "there"
        there.write_text("untouched")
        for work in (
            lambda: (Path(elsewhere) / "new").write_text("x"),
            lambda: there.write_text("x"),
            lambda: there.unlink(),
            lambda: (Path(elsewhere) / "folder").mkdir(),
            lambda: os.truncate(there, 0),
        ):
            allowed, said = confined(work, tmp_path)
            assert not allowed, said
        assert there.read_text() == "untouched" and os.listdir(elsewhere) == ["there"]


@needs_network
def test_it_reaches_no_network(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        allowed, said = confined(lambda: socket.create_connection(("127.0.0.1", port), timeout=2), tmp_path)
        assert not allowed, said
        socket.create_connection(("127.0.0.1", port), timeout=2).close()  # from here it can be reached


def test_its_memory_is_limited(tmp_path):
    assert not confined(lambda: bytearray(3 << 30), tmp_path)[0]
    assert confined(lambda: bytearray(1 << 20), tmp_path)[0]


def test_it_says_what_was_applied_and_what_was_not(tmp_path, monkeypatch):
    _, said = confined(lambda: None, tmp_path)
    assert "limits: 2.14748 GB of memory, 20 s of processor time" in said
    assert ("Landlock (ABI " in said) == OFFERED["Landlock"]

    def refuse():
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(sandbox, "_own_network", refuse)
    assert "not applied: network namespace (Operation not permitted)" in confined(lambda: None, tmp_path)[1]
