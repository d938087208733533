"""Whether hints for the layout are those of a design: each is worked out again, another way than they are written."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import metadata
from math import isclose
from pathlib import Path
from typing import Any

from genrf.circuits.export.ammeters import ammeter_currents
from genrf.circuits.export.flat import sizing
from genrf.circuits.export.layout_hints_groups import wrong_matching
from genrf.circuits.export.layout_hints_relations import Relations
from genrf.circuits.export.layout_hints_sides import wrong_symmetry
from genrf.circuits.export.net_currents import net_currents
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.topology import GROUND, SUPPLY, Device
from genrf.core.problem import Check, Design
from genrf.core.units import quantity

Hints = Mapping[str, Any]

_SECONDS = 60.0
_RELATIVE = 1e-4  # between a current and the operating point's, or the power that was measured
_METERED = 2e-2  # between a current and an ammeter's: substrate currents, up to 1 % of a drain's, are in that alone
_LEAST = 1e-9  # A: leakage and what a simulator leaves open
_WIDTH = 1e-5  # of widths, which have six digits
_SHOWN = 1e-3  # of what a reader is told in four digits
_NARROWEST = 1e-8  # m: what is less is not told
_TRACK = "spiral"
_TOLD = re.compile(r"(?P<current>[-+.e\d]+ ?[fpnum]?)A(?:, at least (?P<width>[.\d]+ ?[fpnum]?)m wide)?")
_KEYS = (
    "circuit", "design", "spec", "process", "genrf", "ports", "matching", "symmetry", "guard_rings", "track", "nets",
)  # fmt: skip


def check_hints(path: Path, design: Design) -> Check:
    """Whether a file of hints holds every part, and each part what the design has."""
    try:
        read: Hints = json.loads(path.read_text())
        wrong = list(_wrong(read, design))
    except (ValueError, TypeError, KeyError, AttributeError, NoConvergence) as error:
        return Check(f"layout {path.name}", False, f"not to be read as hints: {error!r}")
    detail = (
        ""
        if wrong
        else (f"{len(read['matching'])} groups, {len(read['symmetry'])} pairs of sides, {len(read['nets'])} nets")
    )
    return Check(f"layout {path.name}", not wrong, "; ".join(wrong[:5]) or detail)


def _wrong(read: Hints, design: Design) -> Iterator[str]:
    if set(read) != set(_KEYS):
        yield f"parts missing or too many: {', '.join(sorted(set(read) ^ set(_KEYS)))}"
        return
    yield from _wrong_origin(read, design)
    relations = Relations(sizing(design), design.values)
    lies = list(wrong_symmetry(read["symmetry"], relations))
    yield from lies
    sides = set() if lies else {frozenset(pair) for pair in read["symmetry"]}
    yield from wrong_matching(read["matching"], sides, relations)
    yield from _wrong_rings(read, design)
    yield from _wrong_nets(read, design)


def _wrong_origin(read: Hints, design: Design) -> Iterator[str]:
    """Names, process and ports, and the density that all widths come from."""
    problem = sizing(design)
    wanted = {
        "circuit": problem.structure.name, "design": design.id, "spec": problem.spec.name,
        "process": problem.technology.name, "genrf": metadata.version("genrf"), "ports": list(problem.structure.ports),
        "track": {"kind": _TRACK, "density_a_per_m": _density(design)},
    }  # fmt: skip
    for key, value in wanted.items():
        if read[key] != value:
            yield f"{key} is {read[key]}, not {value}"


def _density(design: Design) -> float | None:
    limits = sizing(design).technology.limits
    return limits[_TRACK].density if _TRACK in limits else None


def _wrong_rings(read: Hints, design: Design) -> Iterator[str]:
    """Every transistor in one ring, of the doping and at the net of what it lies in."""
    known = {device.name: device for device in sizing(design).structure.devices}
    ringed = Counter(name for ring in read["guard_rings"] for name in ring["devices"])
    wanted = {device.name for device in known.values() if _bulk(device) is not None}
    if ringed != Counter(wanted):
        names = sorted(name for name in wanted | ringed.keys() if ringed[name] != (name in wanted))
        yield f"rings around {', '.join(names)} are too many or missing"
    for ring in read["guard_rings"]:
        for device in (known[name] for name in ring["devices"] if name in wanted):
            doping = "n+ in the n-well" if device.kind.startswith("pmos") else "p+ in the substrate"
            if ring["tied_to"] != _bulk(device):
                yield f"the ring around {device.name} is tied to {ring['tied_to']}, its bulk to {_bulk(device)}"
            if ring["ring"] != doping or ring["kind"] != device.kind:
                yield f"the ring around {device.name}, {device.kind}, is {doping}, not {ring['ring']} of {ring['kind']}"


def _bulk(device: Device) -> str | None:
    """Where a transistor's bulk or substrate is: that of a bipolar one without such a terminal is the ground."""
    if {"d", "g", "s", "b"} <= set(device.nets):
        return device.nets["b"]
    return device.nets.get("s", GROUND) if {"b", "e"} <= set(device.nets) else None


def _wrong_nets(read: Hints, design: Design) -> Iterator[str]:
    """Currents of the operating point and of ammeters, widths and texts that follow from them."""
    problem = sizing(design)
    nets = {net for device in problem.structure.devices for net in device.nets.values()}
    if read["nets"].keys() != nets:
        yield f"its nets differ in {', '.join(sorted(read['nets'].keys() ^ nets))}"
        return
    bench, engine = problem.testbench(design.values), NgSpiceBatchEngine(_SECONDS)
    again = net_currents(bench.netlist, bench.temperature, engine)
    metered = ammeter_currents(bench.netlist, bench.temperature, engine)
    density = _density(design)
    for net, found in read["nets"].items():
        yield from _wrong_net(net, found, density)
        for wanted, relative in ((again.get(net, 0.0), _RELATIVE), (metered.get(net, 0.0), _METERED)):
            if not isclose(found["current_a"], wanted, rel_tol=relative, abs_tol=_LEAST):
                yield f"net {net} carries {wanted:.6g} A, not {found['current_a']:.6g}"
                break
    yield from _wrong_supply(read, design)


def _wrong_net(net: str, found: Hints, density: float | None) -> Iterator[str]:
    """A width that is not the current's, and a text that tells of other ones."""
    width, current = found["minimum_width_m"], found["current_a"]
    if (width is None) != (density is None):
        yield f"net {net} has {'no' if width is None else 'a'} width"
    elif density is not None and not isclose(width, current / density, rel_tol=_WIDTH):
        yield f"net {net} is {width} m wide, not {current / density:.6g}"
    told = _TOLD.fullmatch(found["shown"])
    narrow = width is None or width < _NARROWEST
    if (
        not told
        or not isclose(quantity(told["current"]), current, rel_tol=_SHOWN, abs_tol=1e-18)
        or (told["width"] is None) != narrow
        or (told["width"] is not None and not isclose(quantity(told["width"]), width, rel_tol=_SHOWN))
    ):
        yield f"net {net} is shown as {found['shown']!r}, it has {current} A and {width} m"


def _wrong_supply(read: Hints, design: Design) -> Iterator[str]:
    problem = sizing(design)
    at_rest = "power_w" in problem.bench.measures  # elsewhere an oscillator runs while it is measured
    if at_rest and "power_w" in design.metrics and SUPPLY in read["nets"]:
        wanted = design.metrics["power_w"] / problem.technology.at().supply
        carried = read["nets"][SUPPLY]["current_a"]
        if not isclose(carried, wanted, rel_tol=_RELATIVE):
            yield f"net {SUPPLY} carries {carried:.6g} A, measured were {wanted:.6g}"
