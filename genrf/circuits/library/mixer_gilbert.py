"""Double-balanced active mixer: a pseudo-differential pair feeds a quad of switches with resistive loads.

Source: Gilbert, A precise four-quadrant multiplier with subnanosecond response, IEEE J. Solid-State Circuits 3 (1968)
365; without a tail, for a low supply, and with bled current: Razavi, RF Microelectronics, 2nd ed., section 6.3.
"""

from genrf.circuits.blocks import BIAS, bias_mirror, blocked_pad, strips
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """The oscillator's own level biases the switches; bled current relieves them and the loads of half of theirs."""
    return Topology(
        name="mixer_gilbert",
        family="mixer",
        description="double-balanced active mixer without a tail",
        signals=("inp", "inn", "lop", "lon", "outp", "outn"),
        references={"bias": "i_bias"},
        devices=(
            *blocked_pad("p", "inp", "gatep"),
            *blocked_pad("n", "inn", "gaten"),
            *bias_mirror("gatep"),
            Device("rbn", "resistor", {"a": "bias", "b": "gaten"}, {"r": 10e3}),
            *_half("p", "gatep", "outp", "outn"),
            *_half("n", "gaten", "outn", "outp"),
            *strips("rlp", "vdd", "outp", "r_load"),
            *strips("rln", "vdd", "outn", "r_load"),
        ),
        space=Space(
            (
                Integer("nf_1", 10, 200, log=True),
                Integer("nf_2", 5, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("r_load", 80.0, 2e3, "ohm", log=True),
                Real("r_bleed", 150.0, 10e3, "ohm", log=True),
                *BIAS,
            )
        ),
    )


def _half(side: str, gate: str, direct: str, crossed: str) -> tuple[Device, ...]:
    """One transconductor with its two switches and its bled current."""
    tail = f"tail{side}"
    return (
        Device(f"m1{side}", "nmos", {"d": tail, "g": gate, "s": "0", "b": "0"}, {"w": "w_finger", "nf": "nf_1"}),
        Device(f"m2{side}", "nmos", {"d": direct, "g": "lop", "s": tail, "b": "0"}, {"w": "w_finger", "nf": "nf_2"}),
        Device(f"m3{side}", "nmos", {"d": crossed, "g": "lon", "s": tail, "b": "0"}, {"w": "w_finger", "nf": "nf_2"}),
        *strips(f"rt{side}", "vdd", tail, "r_bleed"),
    )
