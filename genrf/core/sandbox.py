"""Confining a process that works on input from outside: no network, writing only in its own folder, limited means.

Each measure is taken where the system offers it, and the ones that were are named, so that a log can say so.
"""

import ctypes
import os
import resource
import struct
from collections.abc import Callable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_WRITE_ACCESS = (1 << 1) | sum(1 << bit for bit in range(4, 15))  # write, remove, make; by ABI: refer, truncate
_FILE_ACCESS = (1 << 1) | (1 << 14)  # of these, what a rule on a file rather than a folder may grant
_TCP_ACCESS = 0b11  # bind, connect: from ABI 4
_SCOPES = 0b11  # abstract sockets and signals to processes outside: from ABI 6
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38
_FILE_BYTES = 1 << 30


def confine(folder: Path, memory: int, seconds: int) -> list[str]:
    """Confine this process, for good: it may write below `folder` only, and has `memory` bytes and CPU `seconds`.

    Returns what was applied, and what was not with the reason, one sentence each.
    """
    said = [_limits(memory, seconds)]
    for name, apply in (("network namespace", _own_network), ("Landlock", lambda: _landlock(folder))):
        try:
            said.append(apply())
        except OSError as error:
            said.append(f"not applied: {name} ({error.strerror})")
    return said


def _limits(memory: int, seconds: int) -> str:
    wanted = {resource.RLIMIT_DATA: memory, resource.RLIMIT_CPU: seconds, resource.RLIMIT_FSIZE: _FILE_BYTES}
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))
    return f"limits: {memory / 1e9:g} GB of memory, {seconds} s of processor time, files of {_FILE_BYTES / 1e9:.1f} GB"


def _own_network() -> str:
    """A network namespace without any interface; one of a user's own where this user may not make one."""
    for flags in (_NEW_NET, _NEW_USER | _NEW_NET):
        if _libc().unshare(flags) == 0:
            return "network namespace: no interface but its own, which is down"
    raise _error()


def _landlock(folder: Path) -> str:
    """Landlock rules. Source: Linux, Documentation/userspace-api/landlock.rst."""
    call = _libc().syscall
    abi = _abi()
    if abi < 1:
        raise _error()
    writes = _WRITE_ACCESS & ~((1 << 13) if abi < 2 else 0) & ~((1 << 14) if abi < 3 else 0)
    rules = struct.pack("QQQ", writes, _TCP_ACCESS if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    rules = rules[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = _checked(call(_CREATE_RULESET, rules, len(rules), 0))
    for place, granted in ((folder, writes), (Path("/dev/null"), writes & _FILE_ACCESS)):
        handle = os.open(place, os.O_PATH)
        _checked(call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", granted, handle), 0))
        os.close(handle)
    _checked(_libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(call(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)
    return f"Landlock (ABI {abi}): writes only below {folder}" + (", no TCP" if abi >= 4 else "")


def _abi() -> int:
    return int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG))


def offered() -> dict[str, bool]:
    """What of this the system offers; a namespace is tried in a child process that ends at once."""
    return {"Landlock": _abi() >= 1, "network namespace": _tried(_own_network)}


def _tried(apply: Callable[[], str]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            apply()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        raise _error()
    return result


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
