"""`ngspice -b` on a deck: a path to the numbers that shares nothing with the engine in process."""

import os
import re
import subprocess
import tempfile

import numpy as np


def run(lines, control, models=(), temperature=27):
    """Run the commands of `control` on the elements of `lines`; what was printed comes back as text."""
    options = f".options wnflag=1 temp={temperature} tnom=27"
    deck = ["* test", *models, *lines, options, ".control", "set num_threads=1", "set numdgt=12", "set width=200"]
    done = subprocess.run(
        ["ngspice", "-n", "-b", "/dev/stdin"],
        cwd=tempfile.gettempdir(),  # BSIM4 writes its remarks into the current folder
        input="\n".join([*deck, *control, "quit", ".endc", ".end"]) + "\n",
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.stdout


def value(printed, name):
    """The number of a line `name = number`, the real part of a complex one."""
    match = re.search(rf"^{re.escape(name)} = (\S+)", printed, re.MULTILINE)
    assert match, printed[-2000:]
    return float(match[1].partition(",")[0])


def column(printed):
    """The last real column of a printed table, as an array."""
    rows = [line.split() for line in printed.splitlines() if re.match(r"\d+\t", line)]
    return np.array([[float(word.rstrip(",")) for word in row[1:]] for row in rows])
