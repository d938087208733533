"""Direct currents through nets as ammeters at every terminal read them: another way than `net_currents`."""

from collections import defaultdict
from itertools import count

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.engine import SPICEEngine
from genrf.circuits.testbench import Op, Testbench

_OPEN = "ck"  # elements without direct current: capacitors, and couplings, which have no nets
_CARRYING = {"m": (0, 2), "e": (0, 1), "g": (0, 1)}  # terminals with current, of elements that have others besides


def ammeter_currents(netlist: Netlist, temperature: float, engine: SPICEEngine) -> dict[str, float]:
    """The current in A into each net: the sum of those that enter it through a source of 0 V before each terminal.

    No element is asked for its own current, so that its sign, its model and its kind do not matter. `temperature` in
    degrees Celsius. Raises NoConvergence where there is no operating point.
    """
    elements, meters = list[Element](), dict[str, str]()
    number = count()
    for element in netlist.elements:
        nets = list(element.nets)
        for place in _metered(element):
            name = f"vammeter{next(number)}"
            meters[name] = nets[place]
            elements.append(Element(name, (nets[place], f"{name}_in"), 0.0))
            nets[place] = f"{name}_in"
        elements.append(element._replace(nets=tuple(nets)))
    first = sorted(elements, key=lambda element: not element.nets)  # a bench begins with a net
    vectors = tuple(f"{name}#branch" for name in meters)
    bench = Testbench(Netlist(tuple(first), netlist.models), {"op": Op(vectors)}, temperature)
    found = engine.simulate(bench)["op"]
    return _into({name: (net, float(found[f"{name}#branch"][0].real)) for name, net in meters.items()})


def _metered(element: Element) -> range | tuple[int, ...]:
    letter = element.name[0].lower()
    if letter == "." or letter in _OPEN:
        return ()
    return _CARRYING.get(letter, range(len(element.nets)))


def _into(read: dict[str, tuple[str, float]]) -> dict[str, float]:
    """What flows out of elements into a net; a meter counts what flows into its element."""
    total = defaultdict[str, float](float)
    for net, current in read.values():
        total[net] += max(-current, 0.0)
    return dict(total)
