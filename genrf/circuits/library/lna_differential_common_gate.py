"""Differential common gate, each gate driven by the other side's source: half the noise excess at half the current.

Source: Zhuo et al., A capacitor cross-coupled common-gate low-noise amplifier, IEEE Trans. Circuits Syst. II 52 (2005)
875. Coupled with a gain of A it needs a transconductance of 1 / (1 + A) Rs for the match, and F = 1 + gamma / (1 + A)
alpha; in the common mode the gates follow their sources, and little is amplified.
"""

from genrf.circuits.blocks import BIAS, OUTPUT, bias_mirror, input_block, output_match
from genrf.circuits.halves import both, nmos, other
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """The sources rest on inductors on chip; the gates are biased through resistors from a mirror."""
    return Topology(
        name="lna_differential_common_gate",
        family="lna_differential",
        description="differential common gate with cross-coupled gates and cascodes",
        signals=("inp", "inn", "outp", "outn"),
        references={"bias": "i_bias"},
        devices=(
            *bias_mirror("gatep"),
            Device("rbn", "resistor", {"a": "bias", "b": "gaten"}, {"r": 10e3}),
            *both(_half()),
        ),
        space=Space(
            (
                Integer("nf_1", 10, 200, log=True),
                Integer("nf_2", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("c_cross", 0.5e-12, 10e-12, "F", log=True),
                Real("n_source", 2.0, 6.5),
                Real("d_source", 40e-6, 250e-6, "m", log=True),
                *BIAS,
                *OUTPUT,
            )
        ),
    )


def _half() -> tuple[Device, ...]:
    return (
        *input_block("source"),
        Device("ls", "spiral", {"a": "source", "b": "0"}, {"turns": "n_source", "inner": "d_source"}),
        Device("cx", "mim", {"a": "gate", "b": other("source")}, {"c": "c_cross"}),
        nmos("m1", "middle gate source 0", "nf_1"),
        nmos("m2", "drain vdd middle 0", "nf_2"),
        *output_match("drain"),
    )
