"""Other people's processes, as tests look at them."""

import os
import select
from pathlib import Path


def parents():
    """Of every process here, by its number, that of its parent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(") ")
        except OSError:
            continue  # it ended while we looked
        found[int(name.split()[0])] = int(rest.split()[1])
    return found


def ends(pid, seconds=30.0):
    """Whether a process that need not be a child has ended, or does so in time: a signal takes its moment."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ended = select.poll()
        ended.register(process, select.POLLIN)
        return bool(ended.poll(1000 * seconds))
    finally:
        os.close(process)
