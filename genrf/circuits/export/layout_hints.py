"""What a layout engineer should know of a design, as JSON, and a macro that lists it in KLayout."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from math import isclose
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.header import origin
from genrf.circuits.export.matching import groups, symmetry
from genrf.circuits.export.net_currents import net_currents
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import GROUND, SUPPLY, Device, Topology
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import engineering

Hints = Mapping[str, Any]

_SECONDS = 60.0
_RELATIVE = 1e-4  # between the current of the supply net and the power that was measured
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
        yield "matching", group["why"] + ": " + ", ".join(group["devices"])
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
        macro.write_text(_macro(f"{sizing(design).structure.name}, {origin(design)}", text))
        return [hints, macro]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        hints, macro = paths
        return [_check_hints(hints, design), _check_macro(macro, hints)]


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
        bulk = bulk_of(device)
        if bulk is not None:
            rings.setdefault((device.kind, bulk), []).append(device.name)
    for (kind, bulk), devices in rings.items():
        well = kind.startswith("pmos")
        ring = "n+ in the n-well" if well else "p+ in the substrate"
        yield {"kind": kind, "ring": ring, "tied_to": bulk, "devices": devices}


def bulk_of(device: Device) -> str | None:
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


def _check_hints(path: Path, design: Design) -> Check:
    read: Hints = json.loads(path.read_text())
    wrong = [*_wrong_devices(read, design), *_wrong_symmetry(read, design), *_wrong_nets(read, design)]
    detail = f"{len(read['matching'])} groups, {len(read['symmetry'])} pairs of sides, {len(read['nets'])} nets"
    return Check(f"layout {path.name}", not wrong, "; ".join(wrong[:5]) or detail)


def _wrong_devices(read: Hints, design: Design) -> Iterator[str]:
    """Groups of one kind, and every transistor in one ring that is tied to its bulk."""
    known = {device.name: device for device in sizing(design).structure.devices}
    for group in read["matching"]:
        kinds = {known[name].kind if name in known else "" for name in group["devices"]}
        if len(group["devices"]) < 2 or len(kinds) != 1 or "" in kinds:
            yield f"{', '.join(group['devices'])} cannot match"
    ringed = {name: ring["tied_to"] for ring in read["guard_rings"] for name in ring["devices"]}
    wanted = {device.name: bulk_of(device) for device in known.values() if bulk_of(device) is not None}
    if ringed != wanted:
        names = sorted(name for name, _ in ringed.items() ^ wanted.items())
        yield f"rings around {', '.join(dict.fromkeys(names))} are not tied to their bulks"


def _wrong_symmetry(read: Hints, design: Design) -> Iterator[str]:
    """Whether to exchange the pairs leaves every device where there is one of its kind and size."""
    problem = sizing(design)
    pairs: list[tuple[str, str]] = [(one, other) for one, other in read["symmetry"]]
    image = {**dict(pairs), **{other: one for one, other in pairs}}
    known = {device.name: device for device in problem.structure.devices}
    if not image.keys() <= known.keys() or len(image) != 2 * len(pairs):
        yield "symmetry names a device twice, or one that is not there"
        return
    nets: dict[str, str] = {}
    for device in known.values():
        other = known[image.get(device.name, device.name)]
        if device.kind != other.kind or problem.drawn(device, design.values) != problem.drawn(other, design.values):
            yield f"{device.name} is not the size of {other.name}"
        elif set(device.nets) != {"a", "b"}:  # the ends of a plain device may change places
            nets.update((net, other.nets[terminal]) for terminal, net in device.nets.items())
    for device in known.values():
        other = known[image.get(device.name, device.name)]
        if pairs and sorted(nets.get(net, "?") for net in device.nets.values()) != sorted(
            net if nets.get(net) else "?" for net in other.nets.values()
        ):
            yield f"{device.name} does not lie as {other.name} does"


def _wrong_nets(read: Hints, design: Design) -> Iterator[str]:
    problem = sizing(design)
    nets = {net for device in problem.structure.devices for net in device.nets.values()}
    if read["nets"].keys() != nets:
        yield f"its nets differ in {', '.join(sorted(read['nets'].keys() ^ nets))}"
        return
    density = _density(problem.technology)
    for net, found in read["nets"].items():
        width = _width(found["current_a"], density)
        if found["minimum_width_m"] != width:
            yield f"net {net} is {found['minimum_width_m']} m wide, not {width}"
    at_rest = "power_w" in problem.bench.measures  # elsewhere an oscillator runs while it is measured
    if at_rest and "power_w" in design.metrics and SUPPLY in nets:
        wanted = design.metrics["power_w"] / problem.technology.at().supply
        carried = read["nets"][SUPPLY]["current_a"]
        if not isclose(carried, wanted, rel_tol=_RELATIVE):
            yield f"net {SUPPLY} carries {carried:.6g} A, measured were {wanted:.6g}"


def _check_macro(path: Path, hints: Path) -> Check:
    """Whether the macro is Python around the very hints."""
    text = ElementTree.parse(path).findtext("text") or ""
    try:
        compile(text, path.name, "exec")
    except SyntaxError as error:
        return Check(f"layout {path.name}", False, str(error))
    same = hints.read_text().strip() in text
    return Check(f"layout {path.name}", same, f"Python, with {hints.name} in it" if same else "it holds other hints")
