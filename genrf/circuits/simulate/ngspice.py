"""ngspice in this process: one deck stays loaded, and a design of the same shape only alters its numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from genrf.circuits.simulate import _libngspice
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine, whole
from genrf.circuits.testbench import Analysis, Dc, Op, Testbench, Tran, Waveforms
from genrf.core.tools import Tool

NGSPICE = Tool("ngspice", package="ngspice", variable="GENRF_NGSPICE")
_CIRCUITS = 16  # kept loaded in one process
_LINE = 900  # characters of one command line; ngspice takes 1,023
_one_at_a_time = Lock()  # a process has one ngspice, whichever thread asks


@dataclass(frozen=True)
class NgSpiceEngine(SPICEEngine):
    """ngspice through libngspice. Analyses are judged by their vectors, never by what is printed."""

    def require(self) -> None:
        _libngspice.find()

    def version(self) -> str:
        return f"ngspice {NGSPICE.version()}"

    def simulate(self, testbench: Testbench) -> Waveforms:
        with _one_at_a_time:
            return _simulated(testbench)


def _simulated(testbench: Testbench) -> Waveforms:
    library = _libngspice.library()
    _put(testbench)
    try:
        return {name: _run(library, analysis) for name, analysis in testbench.analyses.items()}
    except NoConvergence:
        _forget()  # a failed analysis may leave the circuit in a state that the next design would feel
        raise
    finally:
        library.command("destroy all")
        if _alone(testbench):
            _forget()


@dataclass
class _Loaded:
    """The circuits that libngspice holds in this process, the newest first, as ngspice numbers them."""

    benches: list[Testbench] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)  # while each was loaded
    current: int = 0


_loaded = _Loaded()


def _put(testbench: Testbench) -> None:
    """Bring libngspice to this test bench by the smallest change.

    A corner, or a transistor in another bin, is another circuit: those of before stay loaded.
    """
    library = _libngspice.library()
    if _alone(testbench):
        _load(library, replace(testbench, origin=None))
        return
    changes = _recalled(library, testbench)
    if changes is None:
        first = _first(testbench)
        _load(library, first)
        changes = testbench.changes(first) or []
    for line in _joined(changes):
        library.command(line)
    _loaded.benches[_loaded.current] = testbench


def _first(testbench: Testbench) -> Testbench:
    """What to load for a circuit that is not there yet: its origin, or itself where that has a card of another bin.

    No command turns a card into another; the origin's would stay, and its numbers be taken for the design's.
    """
    if testbench.origin is None:
        return testbench
    first = replace(testbench, netlist=testbench.origin)
    return first if testbench.changes(first) is not None else replace(testbench, origin=None)


def _alone(testbench: Testbench) -> bool:
    """Whether it holds a `dc` or a `tran`, for which ngspice 39 must load a circuit anew, and forget it afterwards.

    A sweep in which Newton's iteration had to be helped leaves something behind that `op` does away with and the next
    `dc` does not: later designs of a circuit with several operating points then end in another one. A transient may
    choose another order of elimination on its way, which the next design's last digits would show.
    """
    return any(isinstance(analysis, Dc | Tran) for analysis in testbench.analyses.values())


def _recalled(library: _libngspice.Library, testbench: Testbench) -> list[str] | None:
    """The changes from a circuit that is loaded, made current; None when there is none like it."""
    places = range(len(_loaded.benches))
    for place in sorted(places, key=lambda place: place != _loaded.current):
        changes = testbench.changes(_loaded.benches[place])
        if changes is not None:
            if place != _loaded.current:
                library.command(f"setcirc {place + 1}")
                _loaded.current = place
            return changes
    return None


def _load(library: _libngspice.Library, testbench: Testbench) -> None:
    """Load a new circuit; where it is an origin, run it once, which settles the order of elimination."""
    while len(_loaded.benches) >= _CIRCUITS:
        _forget()
    library.load(testbench.deck())
    _loaded.benches.insert(0, testbench)
    _loaded.said.insert(0, library.said())
    _loaded.current = 0
    for names in _joined(testbench.read(), " "):  # a fifth of `.sp`; no integrated noise either
        library.command(f"save {names}")
    if testbench.origin is not None:
        for analysis in testbench.analyses.values():
            library.command(analysis.command)
        library.command("destroy all")


def _forget() -> None:
    """Remove the current circuit; the newest of the others is then current."""
    if _loaded.benches:
        _libngspice.library().command("remcirc")
        del _loaded.benches[_loaded.current], _loaded.said[_loaded.current]
    _loaded.current = 0


def _joined(commands: Iterable[str], between: str = ";") -> Iterable[str]:
    line = ""
    for command in commands:
        if line and len(line) + len(command) >= _LINE:
            yield line
            line = ""
        line = f"{line}{between}{command}" if line else command
    if line:
        yield line


def _run(library: _libngspice.Library, analysis: Analysis) -> dict[str, np.ndarray]:
    if isinstance(analysis, Op) and analysis.kept:
        plot = library.newest_plot("op")
    else:
        library.command(analysis.command)
        plot = library.current_plot()
    if not plot.startswith(analysis.plot):
        raise NoConvergence(f"{analysis.plot}: {_reason(library)}")
    found = whole(analysis, {name: library.vector(plot, name) for name in analysis.vectors})
    if found is None:
        raise NoConvergence(f"{analysis.plot}: {_reason(library)}")
    return found


def _reason(library: _libngspice.Library) -> str:
    """The last telling lines; a deck that could not be read said why when it was loaded."""
    lines = library.said()
    if any("circuit not parsed" in line for line in lines):
        lines = _loaded.said[_loaded.current]
    telling = [line for line in lines if line.strip() and not line.startswith(("Doing analysis", "No. of Data Rows"))]
    return "; ".join(telling[-3:]) or "ngspice gave no vectors and no reason"
