"""Direct currents through the nets of a circuit at its operating point."""

from collections.abc import Iterator, Mapping

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.engine import SPICEEngine
from genrf.circuits.testbench import Op, Testbench


def net_currents(netlist: Netlist, temperature: float, engine: SPICEEngine) -> dict[str, float]:
    """The current in A that passes through each net: what flows in, which is half of all that flows in or out.

    Currents into gates and bulks are not counted. `temperature` in degrees Celsius.
    Raises NoConvergence where there is no operating point.
    """
    vectors = {element.name: dict(_terminals(element)) for element in netlist.elements}
    wanted = dict.fromkeys(vector for found in vectors.values() for terms in found.values() for vector, _ in terms)
    first = sorted(netlist.elements, key=lambda element: not element.nets)  # a bench begins with a net
    bench = Testbench(Netlist(tuple(first), netlist.models), {"op": Op(tuple(wanted))}, temperature)
    found = engine.simulate(bench)["op"]
    return _through(vectors, {name: float(values[0].real) for name, values in found.items()})


def _through(
    vectors: Mapping[str, Mapping[str, list[tuple[str, float]]]], found: Mapping[str, float]
) -> dict[str, float]:
    total: dict[str, float] = {}
    for nets in vectors.values():
        for net, terms in nets.items():
            current = sum(sign * found[vector] for vector, sign in terms)
            total[net] = total.get(net, 0.0) + 0.5 * abs(current)
    return total


def _terminals(element: Element) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """The nets that an element carries direct current between, with the vectors whose sum flows into it there."""
    letter = element.name[0].lower()
    inside = {"m": ("id", (0, 2)), "r": ("i", (0, 1))}
    if letter in "lv":
        vector = f"{element.name}#branch"
        yield from _between(element.nets[0], element.nets[1], vector)
    elif letter in inside:
        quantity, (one, other) = inside[letter]
        yield from _between(element.nets[one], element.nets[other], f"@{element.name}[{quantity}]")
    elif letter == "i":
        yield from _between(element.nets[0], element.nets[1], f"@{element.name}[dc]")
    elif letter == "q":
        collector, base = (f"@{element.name}[{quantity}]" for quantity in ("ic", "ib"))
        terms = {element.nets[0]: [(collector, 1.0)]}
        terms.setdefault(element.nets[1], []).append((base, 1.0))
        terms.setdefault(element.nets[2], []).extend([(collector, -1.0), (base, -1.0)])
        yield from terms.items()


def _between(one: str, other: str, vector: str) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    if one != other:
        yield one, [(vector, 1.0)]
        yield other, [(vector, -1.0)]
