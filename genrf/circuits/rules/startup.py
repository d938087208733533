"""Whether a circuit has more than one operating point: it may then start into the wrong one."""

from collections.abc import Iterator, Mapping

import numpy as np

from genrf.circuits.netlist import GROUND, Netlist
from genrf.circuits.rules.bias import Bias, nets, operating_point
from genrf.circuits.rules.finding import Finding
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine

_APART = 0.01  # V between two points that are not the same one


def startup(known: Bias, temperature: float, engine: SPICEEngine, briefly: bool = False) -> list[Finding]:
    """A warning when Newton's iteration ends at another point from another first guess.

    Guesses are all nets low, all at the highest supply, and, unless `briefly`, patterns of both; a net that a source
    holds is left alone. Finding one point is no proof that there is no other.
    """
    supply = max((abs(element.value or 0.0) for element in known.netlist.elements if element.name[0] == "v"), default=0)
    free = _free(known.netlist)
    for guess in _guesses(free, supply, briefly):
        try:
            other = operating_point(_from(known.netlist, guess), temperature, engine)
        except NoConvergence:
            continue
        net = max(free, key=lambda name: abs(other.voltage(name) - known.voltage(name)))
        if abs(other.voltage(net) - known.voltage(net)) > _APART:
            what = f"two operating points: this net is at {known.voltage(net):.4g} V or at {other.voltage(net):.4g} V"
            return [Finding("start-up", net, what, "warning", other.voltage(net), known.voltage(net), "V")]
    return []


def _free(netlist: Netlist) -> list[str]:
    held = {net for element in netlist.elements if element.name[0] == "v" and GROUND in element.nets
            and "portnum" not in element.flags for net in element.nets}  # fmt: skip
    return [net for net in nets(netlist) if net not in held]


def _guesses(free: list[str], supply: float, briefly: bool) -> Iterator[Mapping[str, float]]:
    """Voltages by net: all low, all high, and digits of the nets' numbers, in which any two nets differ somewhere."""
    if not free or not supply:
        return
    number = np.arange(len(free))
    digits = [] if briefly else [number >> place & 1 for place in range((len(free) - 1).bit_length())]
    for pattern in (0 * number, 0 * number + 1, *digits, *(1 - digit for digit in digits)):
        yield dict(zip(free, (supply * pattern).tolist(), strict=True))


def _from(netlist: Netlist, guess: Mapping[str, float]) -> Netlist:
    lines = (f".nodeset v({net})={value!r}" for net, value in guess.items())
    return Netlist(netlist.elements, (*netlist.models, *lines))
