"""Which way up each part stands, which nets are drawn as labels, and which parts carry the direct current."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np

from genrf.circuits.schematic.circuit import Frame
from genrf.circuits.schematic.parts import Part
from genrf.circuits.topology import Rails

_CONDUCTS = {
    "nmos": ("d", "s"), "pmos": ("s", "d"), "nmos4": ("d", "s"), "pmos4": ("s", "d"), "npn": ("c", "e"),
    "pnp": ("e", "c"), "pnp_substrate": ("e", "b"), "resistor": ("a", "b"), "inductor": ("a", "b"),
    "current": ("from", "into"), "diode": ("anode", "cathode"), "voltage source": ("p", "n"),
    "current source": ("p", "n"), "vcvs": ("p", "n"), "vccs": ("p", "n"), "vcvs_turned": ("n", "p"),
    "vccs_turned": ("n", "p"), "njf": ("d", "s"), "pjf": ("s", "d"),
}  # fmt: skip
_CONTROLS = {"nmos": "g", "pmos": "g", "nmos4": "g", "pmos4": "g", "npn": "b", "pnp": "b", "njf": "g", "pjf": "g"}
_LOWER = ("nmos", "nmos4", "npn", "njf")  # whose source is below
_FAINT = 1e-4  # of the conductance of a part: what says which end of a capacitor is the higher one, and no more
_MANY = 3  # gates on a net that are drawn with labels, not a wire


@dataclass(frozen=True)
class Plan:
    """What a circuit's parts tell of how to draw them in its frame.

    `flipped` are parts that hang the other way than they would: a resistor below the net that it holds. Of a plan that
    is `apart` no two parts are joined by wires, but by names alone.
    """

    parts: tuple[Part, ...]
    frame: Frame
    flipped: frozenset[int] = frozenset()
    apart: bool = False

    @property
    def signals(self) -> tuple[str, ...]:
        """The ports, input first."""
        return self.frame.signals

    @property
    def rails(self) -> Rails:
        return self.frame.rails

    @cached_property
    def levels(self) -> dict[str, float]:
        """Direct voltage of each net as a share of the supply, every part that conducts taken for the same resistor."""
        if self.frame.levels:
            return dict(self.frame.levels)
        nets = list(dict.fromkeys(net for part in self.parts for net in part.nets.values()))
        index = {net: k for k, net in enumerate(nets)}
        laplace = np.eye(len(nets)) * 1e-9
        fixed = np.full(len(nets), 0.5e-9)
        for part in self.parts:
            ends = [index[net] for net in part.nets.values()]
            pair = _CONDUCTS.get(part.symbol)
            strong = [index[part.nets[pin]] for pin in pair] if pair and part.nets.keys() >= set(pair) else []
            for group, conductance in ((ends, _FAINT), (strong, 1.0)):
                for i in group:
                    for j in group:
                        laplace[i, j] += conductance * ((i == j) * (len(group)) - 1)
        for net, level in self._fixed().items():
            if net in index:
                laplace[index[net], index[net]] += 1e9
                fixed[index[net]] += level * 1e9
        solved = np.linalg.solve(laplace, fixed)
        return {net: round(float(solved[k]), 6) for net, k in index.items()}

    def _fixed(self) -> dict[str, float]:
        return {**dict.fromkeys(self.rails.lower, 0.0), **dict.fromkeys(self.rails.upper, 1.0)}

    @cached_property
    def carries(self) -> tuple[bool, ...]:
        """Of each part, whether direct current flows through it."""
        return tuple(self._carries(part) for part in self.parts)

    def _carries(self, part: Part) -> bool:
        pair = _CONDUCTS.get(part.symbol)
        if pair is None or not part.nets.keys() >= set(pair):
            return False
        if part.symbol == "pnp_substrate":
            return True
        return abs(self.levels[part.nets[pair[0]]] - self.levels[part.nets[pair[1]]]) > 10 * _FAINT

    @cached_property
    def labels(self) -> frozenset[str]:
        """Nets that reach their far pins by name."""
        return frozenset(net for net in self.levels if not self.on_rail(net) and self._labelled(net))

    def _labelled(self, net: str) -> bool:
        if net in self.frame.named:
            return True
        pins = [(part, pin) for part in self.parts for pin, on in part.nets.items() if on == net]
        gates = [part for part, pin in pins if _CONTROLS.get(part.symbol) == pin and not diode(part)]
        diodes = {part.names for part, _ in pins if diode(part)}
        if net in self.signals:
            return len(gates) > 1 and len(gates) == len(pins)
        if any(part.symbol == "current" for part, _ in pins):
            return True
        return len(gates) >= _MANY or (bool(diodes) and len(gates) >= 2) or self._decoupled(net, pins)

    def _decoupled(self, net: str, pins: Sequence[tuple[Part, str]]) -> bool:
        """A direct voltage: held by a capacitor to a rail, handed on by resistors and to gates alone."""
        held = any(part.symbol == "capacitor" and any(map(self.on_rail, part.nets.values())) for part, _ in pins)
        plain = ("capacitor", "resistor")
        others = [part for part, pin in pins if part.symbol not in plain and _CONTROLS.get(part.symbol) != pin]
        return held and not others and len(pins) >= 4

    def on_rail(self, net: str) -> bool:
        return net in self.rails.upper or net in self.rails.lower

    def far(self, part: Part, pin: str) -> bool:
        """Whether a pin is joined to its net by name, so that it may lie anywhere."""
        net = part.nets[pin]
        if self.apart or self.on_rail(net) or pin in ("cp", "cn") or part.symbol == "box":
            return True
        if pin == "b" and part.symbol.endswith("4"):
            return True
        if net not in self.labels or diode(part):
            return False
        if _CONTROLS.get(part.symbol) == pin:
            return True
        others = [other for other in part.nets.values() if other != net]
        return part.plain and part.symbol != "current" and not all(self.on_rail(o) or o in self.labels for o in others)

    @cached_property
    def near(self) -> dict[str, list[tuple[int, str]]]:
        """Of each net the pins that wires join, by part and pin."""
        found: dict[str, list[tuple[int, str]]] = {}
        for k, part in enumerate(self.parts):
            for pin, net in part.nets.items():
                if not self.far(part, pin):
                    found.setdefault(net, []).append((k, pin))
        return found

    @cached_property
    def upright(self) -> tuple[bool, ...]:
        """Of each part, whether it stands; the others lie, from left to right."""
        return tuple(self._upright(k, part) for k, part in enumerate(self.parts))

    def _upright(self, k: int, part: Part) -> bool:
        if part.symbol in ("pad", "box", "pnp_substrate", "current"):
            return True
        if not part.plain:
            ends = _CONDUCTS.get(part.symbol, ())
            return self.carries[k] or len(part.nets) > 3 or any(self.on_rail(part.nets[pin]) for pin in ends)
        if any(self.far(part, pin) for pin in part.nets) or self.carries[k]:
            return True
        return part.symbol in ("capacitor", "varactor") and any(self._besides(part))

    def _besides(self, part: Part) -> Iterator[tuple[Part, str, str]]:
        """Transistors between whose gate and source, or base and emitter, a part lies, and these pins."""
        ends = set(part.nets.values())
        for one in self.parts:
            for g, s in (("g", "s"), ("b", "e")):
                if one.symbol in _CONTROLS and g in one.nets and s in one.nets and ends == {one.nets[g], one.nets[s]}:
                    yield one, g, s

    @cached_property
    def feedback(self) -> tuple[tuple[int, str, float], ...]:
        """Lying parts in a row from a transistor's output to its control: part, control's net, 1 for those above it."""
        return tuple(
            (k, net, 1.0 if one.symbol in _LOWER else -1.0)
            for chain, ends in self._rows() for one in self.parts
            if one.symbol in _CONTROLS and not diode(one) and (net := one.nets[_CONTROLS[one.symbol]]) in ends
            and self._driven(one, net) & (ends - {net})
            for k in chain
        )  # fmt: skip

    def _rows(self) -> list[tuple[list[int], frozenset[str]]]:
        """Lying plain parts in series, and the nets at their ends."""
        graph = nx.Graph()
        for k, part in enumerate(self.parts):
            if part.plain and not self.upright[k] and not set(part.nets.values()) & set(self.signals):
                graph.add_edges_from((k, net) for net in part.nets.values())
        inner = [net for net, pins in self.near.items() if net in graph and len(pins) == 2 == graph.degree(net)]
        ends = [net for net in graph if isinstance(net, str) and net not in inner]
        rows = nx.connected_components(nx.restricted_view(graph, ends, []))
        chains = [sorted(k for k in row if isinstance(k, int)) for row in rows]
        return [(chain, frozenset(net for k in chain for net in graph[k] if net in ends)) for chain in chains if chain]

    def _driven(self, one: Part, gate: str) -> set[str]:
        """The nets above or below a transistor that its current reaches through others and coils, but no rail."""
        drain = one.nets["d"] if "d" in one.nets else one.nets["c"]
        graph = nx.Graph()
        for k, part in enumerate(self.parts):
            pair = _CONDUCTS.get(part.symbol)
            if pair and self.carries[k] and part.symbol in _CONTROLS and part is not one:
                graph.add_edge(part.nets[pair[0]], part.nets[pair[1]])
        graph.remove_nodes_from([net for net in (*self._fixed(), gate) if net in graph])
        return {drain, *(nx.node_connected_component(graph, drain) if drain in graph else ())}

    def top(self, k: int) -> str:
        """The pin of an upright plain part, or of a transistor, that is above."""
        part = self.parts[k]
        if not part.plain:
            return min(part.shape.pins, key=lambda pin: part.shape.pins[pin][1])
        first, second = part.nets
        top = first if self._first_above(part) else second
        return top if k not in self.flipped else second if top == first else first

    def _first_above(self, part: Part) -> bool:
        first, second = part.nets
        gate = next((one.nets[g] for one, g, _ in self._besides(part) if one.symbol in _LOWER), None)
        if gate is not None:
            return part.nets[first] == gate
        order = {net: 4.0 * level - 2.0 for net, level in self._fixed().items()}
        if order.keys() & set(part.nets.values()):
            return order.get(part.nets[first], 0.0) >= order.get(part.nets[second], 0.0)
        return self._height(part, first) >= self._height(part, second)

    def hangs(self, k: int) -> bool:
        """Whether a part is between a net that wires join and a name, so that it may as well lie on the other side."""
        part = self.parts[k]
        names = [net for pin, net in part.nets.items() if self.far(part, pin)]
        return part.plain and self.upright[k] and len(names) == 1 and not self.on_rail(names[0])

    def _height(self, part: Part, pin: str) -> float:
        """A net's level; a far one's is above where that is in doubt, away from the ground below."""
        return self.levels[part.nets[pin]] + (0.02 if self.far(part, pin) else 0.0)


def diode(part: Part) -> bool:
    """Whether a transistor's control is on its own drain or collector."""
    control = _CONTROLS.get(part.symbol)
    drain = {"g": "d", "b": "c"}.get(control or "")
    return bool(control and drain) and part.nets.get(drain or "") == part.nets.get(control or "")


def control(part: Part) -> str | None:
    """The pin at the side of a transistor."""
    return _CONTROLS.get(part.symbol, "b" if part.symbol == "pnp_substrate" else None)
