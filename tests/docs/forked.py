"""`python` for the blocks of the pages: each call is a process of its own, forked from one that has read the packages.

To read them takes longer than most of what the blocks do. genrf itself is read anew in each process, from where the
block finds it: a page may add files to it.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import traceback
from contextlib import contextmanager
from pathlib import Path

from hydra.core.plugins import Plugins

PACKAGES = (
    "hydra._internal.hydra", "jinja2", "moocore", "networkx", "numpy", "pandas", "pyarrow.parquet", "PySpice", "rich",
    "pymoo.algorithms.moo.nsga2", "schemdraw.elements", "scipy.optimize", "scipy.signal", "scipy.stats", "skrf",
    "torch",
)  # fmt: skip
_CLIENT = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1] == "-c" or sys.argv[1:3] == ["-m", "pytest"]:  # which wants to be the first to read what it rewrites
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as there:
    there.connect({address!r})
    socket.send_fds(there, [b"."], [0, 1, 2])
    there.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n")
    sys.exit(int(there.recv(16) or 1))
"""


@contextmanager
def program(folder):
    """The path of a program `python`, while the process lives from which its own ones are forked."""
    address, client = folder / "address", folder / "python"
    client.write_text(_CLIENT.format(python=sys.executable, address=str(address)))
    client.chmod(0o755)
    with subprocess.Popen([sys.executable, __file__, str(address)], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout.readline() == b"ready\n"
            yield client
        finally:
            server.terminate()


def serve(address):
    """Fork a process for each call. It waits for the one that does the work, and says how that ended."""
    for name in PACKAGES:
        importlib.import_module(name)
    Plugins.instance()
    sys.path.remove(str(Path(__file__).parent))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody else waits for those that wait
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    gc.freeze()  # or each process would copy all of it as it counts
    print("ready", flush=True)
    while True:
        call, _ = listening.accept()
        if os.fork():
            call.close()
            continue
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _, streams, _, _ = socket.recv_fds(call, 1, 3)
        with call.makefile() as lines:
            arguments, place, environment = json.loads(lines.readline())
        child = os.fork()
        if not child:
            call.close()
            _become(arguments, place, environment, streams)
            os._exit(_done(named=arguments[0] == "-m"))
        call.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF).encode())
        os._exit(0)


def _become(arguments, place, environment, streams):
    """Take over the caller's streams, folder and environment, and let `python`'s paths and arguments be its own."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(place)
    os.environ.clear()
    os.environ.update(environment)
    first = place if arguments[0] == "-m" else str(Path(arguments[0]).parent.resolve())
    sys.path[:0] = [first, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = arguments[arguments[0] == "-m" :]


def _done(named):
    """Run the script, or the module if it is `named`, to its end as the interpreter does, but free nothing.

    The exit status.
    """
    status = 0
    try:
        if named:
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(str(Path(sys.argv[0]).resolve()), run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    serve(sys.argv[1])
