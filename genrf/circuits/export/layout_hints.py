"""What a layout engineer should know of a design, as JSON, and a macro that lists it in KLayout."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.header import origin
from genrf.circuits.export.layout_hints_check import check_hints
from genrf.circuits.export.matching import groups
from genrf.circuits.export.matching_sides import symmetry
from genrf.circuits.export.net_currents import net_currents
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import GROUND, Device, Topology
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import engineering

Hints = Mapping[str, Any]

_SECONDS = 60.0
_DIGITS = 6  # of currents and widths: more than a simulator's tolerances leave
_SHOWN = 1e-8  # m: no process draws narrower, and a reader has no use for it
_TRACK = "spiral"  # the kind whose limit of current is that of the metal that wide nets are drawn in
_MACRO = '''\
# Lists the hints in KLayout's marker browser: Macros > Import, then run.
import json
import pya

HINTS = json.loads(r"""
{hints}
""")


def lines():
    for group in HINTS["matching"]:
        ratio = " : ".join(format(one, "g") for one in group["ratio"])
        unequal = " (" + ratio + ")" if len(set(group["ratio"])) > 1 else ""
        yield "matching", group["why"] + ": " + ", ".join(group["devices"]) + unequal
    for one, other in HINTS["symmetry"]:
        yield "symmetry", one + " and " + other
    for ring in HINTS["guard_rings"]:
        yield "guard rings", ring["ring"] + " on " + ring["tied_to"] + " around " + ", ".join(ring["devices"])
    for net, found in HINTS["nets"].items():
        yield "nets", net + ": " + found["shown"]


view = pya.LayoutView.current() or pya.MainWindow.instance().view(pya.MainWindow.instance().create_view())
base = view.rdb(view.create_rdb("layout hints of " + HINTS["circuit"]))
cell = base.create_cell(HINTS["circuit"])
for name, text in lines():
    category = base.category_by_path(name) or base.create_category(name)
    base.create_item(cell.rdb_id(), category.rdb_id()).add_value(text)
view.show_rdb(view.num_rdbs() - 1, view.active_cellview_index())
'''


@dataclass(frozen=True)
class LayoutHints(AbstractExporter):
    """`layout_hints.json`, and `layout_hints.lym` for KLayout with the same in it."""

    writes = (SizingProblem,)

    def require(self) -> None:
        NGSPICE.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        hints, macro = folder / "layout_hints.json", folder / "layout_hints.lym"
        text = json.dumps(_hints(design), indent=2)
        hints.write_text(text + "\n")
        macro.write_text(_macro(_whose(design), text))
        return [hints, macro]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        hints, macro = paths
        return [check_hints(hints, design), _check_macro(macro, hints, design)]


def _whose(design: Design) -> str:
    return f"{sizing(design).structure.name}, {origin(design)}"


def _hints(design: Design) -> Hints:
    problem = sizing(design)
    structure, technology = problem.structure, problem.technology
    drawn = {device.name: problem.drawn(device, design.values) for device in structure.devices}
    bench = problem.testbench(design.values)
    currents = net_currents(bench.netlist, bench.temperature, NgSpiceBatchEngine(_SECONDS))
    density = _density(technology)
    nets = dict.fromkeys(net for device in structure.devices for net in device.nets.values())
    return {
        "circuit": structure.name,
        "design": design.id,
        "spec": problem.spec.name,
        "process": technology.name,
        "genrf": metadata.version("genrf"),
        "ports": list(structure.ports),
        "matching": [asdict(group) for group in groups(structure, drawn)],
        "symmetry": [list(pair) for pair in symmetry(structure, drawn)],
        "guard_rings": list(_rings(structure)),
        "track": {"kind": _TRACK, "density_a_per_m": density},
        "nets": {net: _net(currents.get(net, 0.0), density) for net in nets},
    }


def _density(technology: TechnologyFile) -> float | None:
    """The direct current in A per m of width that the process allows its thick metal; None where it gives no limit."""
    limit = technology.limits.get(_TRACK)
    return limit.density if limit else None


def _net(current: float, density: float | None) -> dict[str, Any]:
    current = _rounded(current)
    width = _width(current, density)
    wide = f", at least {engineering(width, 'm')} wide" if width is not None and width >= _SHOWN else ""
    shown = engineering(current, "A") + wide
    return {"current_a": current, "minimum_width_m": width, "shown": shown}


def _width(current: float, density: float | None) -> float | None:
    return None if density is None else _rounded(current / density)


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def _rings(structure: Topology) -> Iterator[dict[str, Any]]:
    """A ring of contacts around the transistors of a kind that share a bulk."""
    rings: dict[tuple[str, str], list[str]] = {}
    for device in structure.devices:
        bulk = _bulk(device)
        if bulk is not None:
            rings.setdefault((device.kind, bulk), []).append(device.name)
    for (kind, bulk), devices in rings.items():
        well = kind.startswith("pmos")
        ring = "n+ in the n-well" if well else "p+ in the substrate"
        yield {"kind": kind, "ring": ring, "tied_to": bulk, "devices": devices}


def _bulk(device: Device) -> str | None:
    """The net of a transistor's bulk or substrate; None for what is no transistor."""
    if "g" in device.nets:
        return device.nets["b"]
    return device.nets.get("s", GROUND) if "e" in device.nets else None


def _macro(whose: str, hints: str) -> str:
    """A macro file of KLayout: XML around Python."""
    root = ElementTree.Element("klayout-macro")
    for name, text in (
        ("description", f"Layout hints of {whose}"),
        ("show-in-menu", "false"),
        ("interpreter", "python"),
        ("text", _MACRO.format(hints=hints)),
    ):
        ElementTree.SubElement(root, name).text = text
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _check_macro(path: Path, hints: Path, design: Design) -> Check:
    """Whether the macro is the program that lists hints, around the very ones of the other file."""
    name, text = f"layout {path.name}", hints.read_text().strip()
    try:
        held = ElementTree.parse(path).findtext("text") or ""
    except ElementTree.ParseError as error:
        return Check(name, False, f"no XML: {error}")
    if text not in held:
        return Check(name, False, "it holds other hints")
    same = path.read_text() == _macro(_whose(design), text)
    return Check(
        name, same, f"Python, with {hints.name} in it" if same else "its program is not that which lists hints"
    )
