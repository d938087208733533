"""Who is killed leaves no process behind."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context

import pytest

from genrf.core.parents import end_with_parent
from tests.processes import ends


def forever():
    print(os.getpid(), flush=True)
    while True:
        pass


def start():
    with ProcessPoolExecutor(1, get_context("spawn"), end_with_parent) as pool:
        pool.submit(forever).result()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux has pidfd_open")
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_ends_with_its_parent(kill):
    command = [sys.executable, "-c", "from tests.core.test_parents import start; start()"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.send_signal(kill)
        parent.wait()
    try:
        assert ends(child), "the child goes on"
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
