"""Which simulators, features of ngspice and foundry models there are on this machine."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from genrf.circuits.export.xschem import XSCHEM
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate import _libngspice
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.simulate.ngspice import NGSPICE, NgSpiceEngine
from genrf.circuits.simulate.spectre import SPECTRE
from genrf.circuits.testbench import Grid, Sp, Testbench
from genrf.core.errors import ToolNotFound
from genrf.core.findings import Finding, finding_of
from genrf.core.tools import Tool

_PDKS = {"sky130": "sky130A", "gf180mcu": "gf180mcuD", "ihp_sg13g2": "ihp-sg13g2"}
_NOISE_RIGHT = 43  # the first ngspice whose `.sp` noise figure of an active two-port is right
_NEWER = "build ngspice {} or newer from source (http://ngspice.sourceforge.net)"


def findings() -> list[Finding]:
    """Simulators, what ngspice was built with, and the PDKs below `PDK_ROOT`."""
    return [*_simulators(), *_features(), *_pdks()]


def _simulators() -> Iterator[Finding]:
    yield finding_of(NGSPICE, "simulators", "apt install ngspice")
    try:
        yield Finding("simulators", "libngspice", True, _libngspice.find())
    except ToolNotFound:
        yield Finding("simulators", "libngspice", False, remedy="apt install libngspice0, or set NGSPICE_LIBRARY_PATH")
    remedy = "Cadence's own set-up, or GENRF_SPECTRE=/path/to/spectre; only sim=spectre wants it"
    yield finding_of(SPECTRE, "simulators", remedy)
    yield finding_of(XSCHEM, "schematics", "apt install xschem; only the check of exporter=[xschem] wants it")


def _features() -> Iterator[Finding]:
    """By ngspice's own lists: it takes `pre_osdi` and `option klu` without a word where it has neither."""
    try:
        library = _libngspice.library()
    except ToolNotFound:
        return
    library.command("help all")
    commands = {line.split()[0] for line in library.said() if line.split()}
    library.command("version -f")
    built = " ".join(library.said())
    library.command("devhelp")
    devices = " ".join(library.said()).upper()
    group = "features of ngspice"
    yield Finding(
        group,
        "OSDI",
        bool(commands & {"osdi", "pre_osdi"}),
        "compact models in Verilog-A: PSP103, r3_cmc",
        _NEWER.format(40),
    )
    yield Finding(group, "KLU", "KLU" in built, "a faster solver for large circuits", _NEWER.format(42))
    yield Finding(group, "XSPICE", "XSPICE" in built, "code models", "apt install ngspice")
    yield Finding(
        group, "BSIM4, VBIC", "BSIM4" in devices and "VBIC" in devices, "transistor models", "apt install ngspice"
    )
    yield Finding(group, ".sp", _has_sp(), "S-parameters", _NEWER.format(38))
    right = _major(NGSPICE.version() if _there(NGSPICE) else "") >= _NOISE_RIGHT
    yield Finding(
        group,
        ".sp noise",
        right,
        "right for active circuits; genrf takes noise from .noise instead",
        _NEWER.format(43),
    )


def _has_sp() -> bool:
    port = "dc 0 ac 1 portnum {} z0 50"
    through = Netlist(
        (
            Element("v1", ("a", "0"), flags=port.format(1)),
            Element("r1", ("a", "b"), 10.0),
            Element("v2", ("b", "0"), flags=port.format(2)),
        )
    )
    try:
        NgSpiceEngine().simulate(Testbench(through, {"sp": Sp(Grid("lin", 3, 1e9, 2e9))}, 27.0))
    except NoConvergence:
        return False
    return True


def _there(tool: Tool) -> bool:
    try:
        tool.path()
    except ToolNotFound:
        return False
    return True


def _major(version: str) -> int:
    match = re.match(r"\d+", version)
    return int(match[0]) if match else 0


def _pdks() -> Iterator[Finding]:
    root = os.environ.get("PDK_ROOT", "")
    for tech, folder in _PDKS.items():
        path = Path(root).absolute() / folder
        there = bool(root) and path.is_dir()
        remedy = f"install {folder} (pip install ciel; ciel enable), then export PDK_ROOT=<folder that holds {folder}>"
        yield Finding("processes", f"tech={tech}", there, str(path) if there else "", remedy)
    yield Finding("processes", "tech=generic130", True, "ships with genrf")
