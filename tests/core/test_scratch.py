"""Temporary files: those of a process go with it, those of a killed one with the next, and those of others stay."""

import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = """
import tempfile
from multiprocessing.util import get_temp_dir
from genrf.core.scratch import scratch
folder = scratch()
get_temp_dir()
open(tempfile.mkstemp()[1], "w").write("half a file")
print(folder, flush=True)
input()
"""


@contextmanager
def using(place):
    """A process that has a temporary file below `place`, and the folder that it says it has."""
    environment = {"TMPDIR": str(place)}
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process, process.stdout.readline().strip()


@pytest.fixture
def place():
    """A short path, as sockets want it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as found:
        yield Path(found)


def test_the_folder_of_a_process_goes_with_it(place):
    with using(place) as (process, folder):
        assert [str(path) for path in place.iterdir()] == [folder] and len(list(place.glob("*/tmp*"))) == 1
        assert process.communicate("\n") == ("", "")
    assert process.returncode == 0 and not list(place.iterdir())


def test_the_next_process_takes_away_what_a_killed_one_left_and_leaves_what_is_in_use(place):
    (place / "genrf_of_a_user").mkdir()
    with using(place) as (living, held):
        with using(place) as (killed, left):
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        assert {str(path) for path in place.glob("genrf-*")} == {held, left}
        with using(place) as (_, own):
            assert {str(path) for path in place.glob("genrf-*")} == {held, own}
            assert len(list(place.glob("*/tmp*"))) == 2
        living.communicate("\n")
    assert [path.name for path in place.iterdir()] == ["genrf_of_a_user"]


def test_where_the_path_of_a_socket_would_be_too_long_the_systems_folder_stays(place):
    long = place / ("long" * 20)
    long.mkdir()
    with using(long) as (_, folder):
        assert folder == str(long)
