"""The operating point of a whole circuit: every net's voltage, and what transistors show of their inside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.simulate.engine import SPICEEngine
from genrf.circuits.testbench import Op, Testbench

_OLD_MOS = ("vds", "vgs", "vdsat", "von", "id")  # ngspice's levels 1 to 3 call the threshold so
_MOS = ("vds", "vgs", "vdsat", "vth", "id")
_BIPOLAR = ("vbe", "vbc", "ic")
_SHOWN: Mapping[str, Mapping[int, Sequence[str]]] = {
    "m": {1: _OLD_MOS, 2: _OLD_MOS, 3: _OLD_MOS, 8: _MOS, 49: _MOS, 14: _MOS, 54: _MOS},  # BSIM3, BSIM4
    "q": {1: _BIPOLAR, 2: _BIPOLAR, 4: _BIPOLAR, 9: _BIPOLAR},  # Gummel-Poon, VBIC
}


@dataclass(frozen=True)
class Card:
    """What of a model card decides how its devices are looked at: `nmos`, `pnp`, ngspice's level, the oxide in m."""

    kind: str
    level: int
    oxide: float | None = None

    @property
    def sign(self) -> float:
        """Of the voltages that turn such a device on."""
        return -1.0 if self.kind.startswith("p") else 1.0


@dataclass(frozen=True)
class Bias:
    """An operating point: voltages of nets in V, currents in A and voltages inside of devices, by ngspice's names."""

    netlist: Netlist
    cards: Mapping[str, Card]
    found: Mapping[str, float]

    def voltage(self, net: str) -> float:
        """Of a net against ground, in V."""
        return 0.0 if net == GROUND else self.found[net]

    def inside(self, element: Element) -> dict[str, float] | None:
        """What the model of a transistor shows; None where it shows nothing that is understood."""
        shown = _shown(element, self.cards)
        return {name: self.found[_vector(element, name)] for name in shown} if shown else None

    def current(self, element: Element) -> float:
        """Through a resistor or an inductor, in A."""
        return self.found[_through(element)]


def operating_point(
    netlist: Netlist,
    temperature: float,
    engine: SPICEEngine,
    carriers: Iterable[Element] = (),
    origin: Netlist | None = None,
) -> Bias:
    """The operating point, with the currents of `carriers`. Raises NoConvergence when there is none.

    `origin` is the same circuit with other numbers, of which `Testbench` says what it is for.
    """
    known = cards(netlist)
    wanted = [
        *nets(netlist),
        *(_vector(element, name) for element in netlist.elements for name in _shown(element, known)),
        *map(_through, carriers),
    ]
    begin = None if origin is None else _net_first(origin)
    bench = Testbench(_net_first(netlist), {"op": Op(tuple(wanted))}, temperature, begin)
    found = engine.simulate(bench)["op"]
    return Bias(netlist, known, {name: float(values[0].real) for name, values in found.items()})


def _net_first(netlist: Netlist) -> Netlist:
    """The elements in an order in which a bench can begin: with one that has nets."""
    return Netlist(tuple(sorted(netlist.elements, key=lambda element: not element.nets)), netlist.models)


def nets(netlist: Netlist) -> list[str]:
    """All nets but ground, in the order of their appearance."""
    return list(dict.fromkeys(net for element in netlist.elements for net in element.nets if net != GROUND))


def transistors(netlist: Netlist) -> list[Element]:
    """The MOS and bipolar transistors."""
    return [element for element in netlist.elements if element.name[0] in _SHOWN]


def cards(netlist: Netlist) -> dict[str, Card]:
    """The model cards, those too that were computed for one device."""
    computed = (f"{one.name} {one.model}" for one in netlist.elements if one.name.startswith(".model "))
    return read_cards((*netlist.models, *computed))


def read_cards(lines: Iterable[str]) -> dict[str, Card]:
    """The model cards among the lines of a deck, by name in small letters."""
    cards = (line.lower().split() for line in lines if line.lower().startswith(".model "))
    return {name: _card(kind, pairs) for _, name, kind, *pairs in cards}


def _card(kind: str, pairs: Iterable[str]) -> Card:
    given = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    oxide = given.get("toxe", given.get("tox"))
    return Card(kind, int(float(given.get("level", "1"))), None if oxide is None else float(oxide))


def _shown(element: Element, known: Mapping[str, Card]) -> Sequence[str]:
    levels, card = _SHOWN.get(element.name[0], {}), known.get(element.model.lower())
    return levels.get(card.level, ()) if card else ()


def _vector(element: Element, quantity: str) -> str:
    return f"@{element.name}[{quantity}]"


def _through(element: Element) -> str:
    return f"{element.name}#branch" if element.name[0] == "l" else _vector(element, "i")
