"""The bench of an oscillator: its devices with supply, bias currents and a tuning voltage."""

from collections.abc import Mapping

from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.technology import Conditions
from genrf.circuits.topology import SUPPLY, Topology, resolve

TUNE = "tune"


def netlist(topology: Topology, values: Mapping[str, float], conditions: Conditions, tuning: float) -> Netlist:
    """An oscillator of the library at the sizes `values`, its net `tune` held at `tuning` V.

    Oscillators draw nothing from a spec's conditions: their devices are all on the chip.
    """
    devices = [
        element
        for device in topology.devices
        for element in conditions.devices[device.kind].elements(
            device.name, device.nets, {key: resolve(drawn, values, {}) for key, drawn in device.drawn.items()}
        )
    ]
    bias = [Element(f"i{net}", (SUPPLY, net), resolve(drawn, values, {})) for net, drawn in topology.references.items()]
    sources = [
        Element("vsupply", (SUPPLY, GROUND), conditions.supply),
        Element("vtune", (TUNE, GROUND), float(tuning)),
    ]
    return Netlist((*devices, *bias, *sources), conditions.models)
