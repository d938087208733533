"""Operating points that no circuit has: the simulator found numbers, but not the designer's circuit."""

from collections.abc import Iterator

from genrf.circuits.rules.bias import Bias, nets
from genrf.circuits.rules.finding import Finding

_MOST = 1e3  # V; nothing on a chip stands it


def implausible(bias: Bias) -> Iterator[Finding]:
    """An error at the net that is furthest off, where one is beyond a kilovolt."""
    net = max(nets(bias.netlist), key=lambda name: abs(bias.voltage(name)), default="0")
    found = abs(bias.voltage(net))
    if found > _MOST:
        what = "a voltage that no circuit has: a current without a path, or sizes in another unit"
        yield Finding("operating point", net, what, "error", found, _MOST, "V")
