"""Other people's processes, as tests look at them."""

import os
import select


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
