"""What the building blocks are drawn with: single devices, and the variables that they may draw.

A variable means the same, with the same bounds, in every topology.
"""

from genrf.circuits.blocks import BIAS, GATE_INDUCTOR, OUTPUT
from genrf.circuits.topology import GROUND, SUPPLY, Device, Drawn, Given
from genrf.core.space import AbstractVariable, Integer, Real

Devices = tuple[Device, ...]

VARIABLES: tuple[AbstractVariable, ...] = (
    Integer("nf_1", 10, 200, log=True),
    Integer("nf_p", 10, 200, log=True),
    Integer("nf_2", 10, 200, log=True),
    Integer("nf_aux", 2, 40, log=True),
    Integer("nf_load", 4, 100, log=True),
    Integer("nf_sense", 2, 40, log=True),
    Integer("nf_out", 10, 150, log=True),
    Integer("nf_out_p", 10, 200, log=True),
    Integer("nf_tail", 5, 80, log=True),
    Real("w_finger", 1e-6, 4e-6, "m", log=True),
    Real("c_gs", 20e-15, 600e-15, "F", log=True),
    Real("n_source", 1.0, 3.0),
    Real("d_source", 30e-6, 200e-6, "m", log=True),
    Real("n_shunt", 2.0, 6.5),
    Real("d_shunt", 40e-6, 250e-6, "m", log=True),
    Real("r_source", 35.0, 100.0, "ohm", log=True),
    Real("r_rest", 80.0, 1e3, "ohm", log=True),
    Real("c_gate", 1e-12, 10e-12, "F", log=True),
    Real("r_aux", 500.0, 10e3, "ohm", log=True),
    Real("c_couple", 500e-15, 8e-12, "F", log=True),
    Real("r_self", 300.0, 20e3, "ohm", log=True),
    *GATE_INDUCTOR,
    Real("l_in", 1e-9, 25e-9, "H", log=True),
    Real("c_in", 50e-15, 2e-12, "F", log=True),
    Real("c_board", 200e-15, 5e-12, "F", log=True),
    Real("r_in", 40.0, 300.0, "ohm", log=True),
    *BIAS,
    Real("r_bleed", 150.0, 5e3, "ohm", log=True),
    Real("r_divider", 10e3, 60e3, "ohm", log=True),
    Real("n_middle", 1.0, 5.0),
    Real("d_middle", 30e-6, 200e-6, "m", log=True),
    Real("n_fold", 2.0, 6.5),
    Real("d_fold", 40e-6, 250e-6, "m", log=True),
    *OUTPUT,
    Real("r_drain", 40.0, 500.0, "ohm", log=True),
    Real("r_active", 500.0, 20e3, "ohm", log=True),
    Real("c_active", 20e-15, 1e-12, "F", log=True),
    Real("r_feedback", 100.0, 5e3, "ohm", log=True),
    Real("c_feedback", 100e-15, 5e-12, "F", log=True),
    Real("c_miller", 10e-15, 300e-15, "F", log=True),
    Real("r_sense", 500.0, 5e3, "ohm", log=True),
    Real("c_divider", 50e-15, 5e-12, "F", log=True),
    Real("n_out", 1.5, 6.5),
    Real("d_out", 40e-6, 250e-6, "m", log=True),
    Real("c_inter", 100e-15, 5e-12, "F", log=True),
    Real("r_tail", 50.0, 1e3, "ohm", log=True),
    Real("r_push", 300.0, 20e3, "ohm", log=True),
    Real("n_second", 1.5, 6.5),
    Real("d_second", 40e-6, 250e-6, "m", log=True),
    Real("r_second", 80.0, 5e3, "ohm", log=True),
)


def nmos(name: str, d: str, g: str, s: str, nf: Drawn) -> Device:
    """A transistor whose bulk is the substrate."""
    return Device(name, "nmos", {"d": d, "g": g, "s": s, "b": GROUND}, {"w": "w_finger", "nf": nf})


def pmos(name: str, d: str, g: str, s: str, nf: Drawn) -> Device:
    """A transistor in a well on the supply."""
    return Device(name, "pmos", {"d": d, "g": g, "s": s, "b": SUPPLY}, {"w": "w_finger", "nf": nf})


def resistor(name: str, a: str, b: str, r: Drawn) -> Device:
    """A resistor."""
    return Device(name, "resistor", {"a": a, "b": b}, {"r": r})


def mim(name: str, a: str, b: str, c: Drawn) -> Device:
    """A capacitor, its bottom plate on `b`."""
    return Device(name, "mim", {"a": a, "b": b}, {"c": c})


def spiral(name: str, a: str, b: str, of: str) -> Device:
    """A coil that draws `n_<of>` and `d_<of>`."""
    return Device(name, "spiral", {"a": a, "b": b}, {"turns": f"n_{of}", "inner": f"d_{of}"})


def chip_coil(name: str, a: str, b: str, inductance: str) -> Device:
    """A coil on the board."""
    drawn: dict[str, Drawn] = {"l": inductance, "q": Given("off_chip_q"), "f_q": Given("centre")}
    return Device(name, "inductor_off_chip", {"a": a, "b": b}, drawn)
