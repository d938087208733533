"""Double-balanced passive mixer: four switches in voltage mode, which carry no direct current.

Source: Razavi, RF Microelectronics, 2nd ed., Prentice Hall 2011, section 6.2.
"""

from genrf.circuits.blocks import blocked_pad
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """A divider sets the level of the switches below that of the oscillator: how long both sides conduct at once."""
    return Topology(
        name="mixer_passive",
        family="mixer",
        description="double-balanced passive mixer in voltage mode",
        signals=("inp", "inn", "lop", "lon", "outp", "outn"),
        references={},
        devices=(
            *blocked_pad("p", "inp", "rfp"),
            *blocked_pad("n", "inn", "rfn"),
            Device("rup", "resistor", {"a": "vdd", "b": "level"}, {"r": "r_up"}),
            Device("rdown", "resistor", {"a": "level", "b": "0"}, {"r": "r_down"}),
            Device("clevel", "mim", {"a": "level", "b": "0"}, {"c": 5e-12}),
            Device("rbp", "resistor", {"a": "level", "b": "rfp"}, {"r": 5e3}),
            Device("rbn", "resistor", {"a": "level", "b": "rfn"}, {"r": 5e3}),
            _switch("m1", "rfp", "outp", "lop"),
            _switch("m2", "rfn", "outn", "lop"),
            _switch("m3", "rfp", "outn", "lon"),
            _switch("m4", "rfn", "outp", "lon"),
        ),
        space=Space(
            (
                Integer("nf_1", 5, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("r_up", 1e3, 20e3, "ohm", log=True),
                Real("r_down", 1e3, 20e3, "ohm", log=True),
            )
        ),
    )


def _switch(name: str, radio: str, output: str, oscillator: str) -> Device:
    nets = {"d": output, "g": oscillator, "s": radio, "b": "0"}
    return Device(name, "nmos", nets, {"w": "w_finger", "nf": "nf_1"})
