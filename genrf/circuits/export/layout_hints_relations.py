"""What each two devices of a design have to do with each other: whether they must match, and for what reason."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import combinations, permutations
from math import isclose

import networkx as nx

from genrf.circuits.problem import SizingProblem
from genrf.circuits.topology import GROUND, SUPPLY, Device

_RAILS = (SUPPLY, GROUND)
_STEP = 1.1  # of a variable, to see which sizes follow it


class Relations:
    """What two devices of a design have to do with each other, from paths between nets and from sizes.

    `sizes` are those that are drawn, in SI units.
    """

    def __init__(self, problem: SizingProblem, values: Mapping[str, float]) -> None:
        self.devices = {device.name: device for device in problem.structure.devices}
        self.structure, self._problem, self._values = problem.structure, problem, values
        self.sizes = {name: problem.drawn(device, values) for name, device in self.devices.items()}
        pins = {name: problem.technology.device(device.kind).pins for name, device in self.devices.items()}
        plain = [one for one in self.devices.values() if set(one.nets) == {"a", "b"} and pins[one.name].conducts]
        self._coils = _joined(one for one in plain if pins[one.name].shorts)
        self._of_resistance = [one for one in plain if not pins[one.name].shorts]
        self._resistors = _joined(self._of_resistance)
        self._transistors = {
            one.name for one in self.devices.values() if {"g", "s"} <= set(one.nets) or "e" in one.nets
        }

    def related(self, why: str, one: str, other: str) -> bool:
        """Whether two devices of one kind must match for this reason; False for a reason that is none."""
        asked: Mapping[str, Callable[[Device, Device], bool]] = {
            "mirror": self._mirror, "junctions": self._junctions, "pair": self._pair, "cascodes": self._cascodes,
            "ratio": self._ratio, "divider": self._divider,
        }  # fmt: skip
        ours, theirs = self.devices[one], self.devices[other]
        return why in asked and ours.kind == theirs.kind and asked[why](ours, theirs)

    def wanted(self) -> Iterator[tuple[str, str, str]]:
        """Each reason for which two devices must match, with them; halves are left to the sides of the circuit."""
        for one, other in combinations(self.devices, 2):
            for why in ("mirror", "junctions", "pair", "cascodes", "ratio", "divider"):
                if self.related(why, one, other):
                    yield why, one, other

    def drawn_on_chip(self, name: str) -> bool:
        """Whether a device is a shape of the layout with sizes of its own; one on the board or a pad is not."""
        return bool(self.sizes[name]) and not self.devices[name].kind.endswith("off_chip")

    def _control(self, device: Device) -> str:
        return device.nets["g" if "g" in device.nets else "b"]

    def _source(self, device: Device) -> str:
        return device.nets["s" if "g" in device.nets else "e"]

    def _output(self, device: Device) -> str | None:
        return device.nets.get("d" if "g" in device.nets else "c")

    def _both_transistors(self, one: Device, other: Device) -> bool:
        return {one.name, other.name} <= self._transistors

    def equal(self, one: Device, other: Device) -> bool:
        """Whether two devices are of one kind and size."""
        return one.kind == other.kind and self.sizes[one.name] == self.sizes[other.name]

    def _mirror(self, one: Device, other: Device) -> bool:
        if not self._both_transistors(one, other):
            return False
        gates = self._control(one), self._control(other)
        return self._steered_alike(*gates) and not set(gates) & set(_RAILS) and self._tied(one) == self._tied(other)

    def _steered_alike(self, gate: str, other: str) -> bool:
        """Whether gates are one, or resistors join both to that of a diode."""
        return gate == other or bool(self._level(gate) & self._level(other) & self._diodes)

    @cached_property
    def _diodes(self) -> set[str]:
        """Gates that a transistor's own current holds."""
        return {self._control(self.devices[name]) for name in self._loops}

    @cached_property
    def _loops(self) -> Mapping[str, int]:
        """The transistors that hold their gates by their current, and how many cascodes it has passed there."""
        return {
            name: height
            for name, above in self._heights.items()
            for each, height in above.items()
            if self._output(self.devices[each]) == self._control(self.devices[name])
        }

    @cached_property
    def _heights(self) -> Mapping[str, Mapping[str, int]]:
        """For each transistor how high others stand on it as cascodes, itself at 0."""
        return dict(nx.all_pairs_shortest_path_length(self._upwards))

    @cached_property
    def _upwards(self) -> nx.DiGraph:
        """An edge from each transistor to the one of its kind that alone takes its current on."""
        transistors = [self.devices[name] for name in self._transistors]
        sources = defaultdict[tuple[str, frozenset[str]], list[str]](list)
        for device in transistors:
            sources[device.kind, self._short(self._source(device))].append(device.name)
        graph = nx.DiGraph()
        graph.add_nodes_from(self._transistors)
        for device in transistors:
            takers = sources.get((device.kind, self._short(self._output(device) or GROUND)), [])
            if len(takers) == 1 and self._output(device) not in _RAILS:
                graph.add_edge(device.name, *takers)
        return graph

    def _short(self, net: str) -> frozenset[str]:
        """The nets that coils make one of `net`."""
        return frozenset(_reached(self._coils, net))

    def _level(self, net: str) -> set[str]:
        """Nets that resistors alone join to `net`, past no rail."""
        return _reached(self._resistors, net)

    def _tied(self, device: Device) -> str:
        """The rail that the source is at in direct current, or its net."""
        source = self._source(device)
        return next((rail for rail in _RAILS if _path(self._coils, source, rail)), source)

    def _junctions(self, one: Device, other: Device) -> bool:
        diodes = all("e" in each.nets and each.nets["b"] == each.nets.get("c", GROUND) for each in (one, other))
        return diodes and any(one.nets[end] == other.nets[end] for end in "be")

    def _pair(self, one: Device, other: Device) -> bool:
        if not self._both_transistors(one, other) or not self.equal(one, other):
            return False
        sources = self._source(one), self._source(other)
        together = sources[1] in _reached(self._coils, sources[0])
        return together and not set(sources) & set(_RAILS) and self._control(one) != self._control(other)

    def _cascodes(self, one: Device, other: Device) -> bool:
        if not self._both_transistors(one, other) or {one.name, other.name} & self._paired:
            return False
        gates, sources = ({at(one), at(other)} for at in (self._control, self._source))
        stacked = self._output(one) and self._output(other) and len(gates) == 1 and len(sources) == 2
        equals = bool(stacked) and self.equal(one, other) and self._above_alike(*sources)
        return equals or self._on_one_mirror(one, other)

    def _on_one_mirror(self, one: Device, other: Device) -> bool:
        """Whether two stand on different ones of a mirror, as high as a leader there and with its gate's voltage."""
        gates = self._control(one), self._control(other)
        leaders = (
            (diode, at)
            for diode, leader, at in self._leaders
            if all(self._steered_alike(gate, self._control(self.devices[leader])) for gate in gates)
        )
        return any(
            self._heights[foot].get(one.name) == self._heights[beside].get(other.name) == at
            and self._mirrored(foot, diode)
            and self._mirrored(beside, diode)
            for diode, at in leaders
            for foot, beside in permutations(self._transistors, 2)
        )

    def _mirrored(self, one: str, other: str) -> bool:
        return one == other or self.related("mirror", one, other)

    @cached_property
    def _leaders(self) -> list[tuple[str, str, int]]:
        """Diodes, cascodes within their loops or that are diodes on them, and how high these stand."""
        return [
            (diode, each, height)
            for diode, loop in self._loops.items()
            for each, height in self._heights[diode].items()
            if 0 < height <= loop or (height and each in self._loops)
        ]

    def _above_alike(self, net: str, other: str) -> bool:
        """Whether two equal transistors that match end at these nets."""
        under, beside = (
            [each for each in self.devices.values() if each.name in self._transistors and self._output(each) == low]
            for low in (net, other)
        )
        return any(self.equal(a, b) and (self._mirror(a, b) or self._pair(a, b)) for a in under for b in beside)

    @cached_property
    def _paired(self) -> set[str]:
        couples = combinations(self.devices.values(), 2)
        return {each.name for both in couples if self._pair(*both) for each in both}

    def _ratio(self, one: Device, other: Device) -> bool:
        on_chip = all(self.drawn_on_chip(each.name) and len(self.sizes[each.name]) == 1 for each in (one, other))
        no_transistor = not {one.name, other.name} & self._transistors
        return on_chip and no_transistor and bool(self._scaled[one.name] & self._scaled[other.name])

    @cached_property
    def _scaled(self) -> Mapping[str, set[str]]:
        """The variables that a device's one size grows with in proportion."""
        found = defaultdict[str, set[str]](set)
        for variable, value in self._values.items():
            larger = {**self._values, variable: value * _STEP}
            for name, device in self.devices.items():
                sizes = list(self.sizes[name].values())
                if len(sizes) == 1 and isclose(sum(self._problem.drawn(device, larger).values()), sizes[0] * _STEP):
                    found[name].add(variable)
        return found

    def _divider(self, one: Device, other: Device) -> bool:
        alike = [each for each in self._of_resistance if each.kind == one.kind]
        taps = set(one.nets.values()) & set(other.nets.values()) - set(_RAILS)
        at_rails = all(each in alike and set(each.nets.values()) & set(_RAILS) for each in (one, other))
        paths = _joined(alike)
        return at_rails and any(paths.has_edge(tap, SUPPLY) and paths.has_edge(tap, GROUND) for tap in taps)


def _joined(devices: Iterable[Device]) -> nx.Graph:
    return nx.Graph(tuple(one.nets.values()) for one in devices)


def _reached(graph: nx.Graph, net: str) -> set[str]:
    """The nets that paths past no rail lead to, `net` among them."""
    if net not in graph or net in _RAILS:
        return {net}
    return set(nx.node_connected_component(graph.subgraph(set(graph) - set(_RAILS)), net))


def _path(graph: nx.Graph, one: str, other: str) -> bool:
    return one == other or (one in graph and other in graph and nx.has_path(graph, one, other))
