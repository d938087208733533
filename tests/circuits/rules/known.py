"""A circuit of 1.2 V around one device, and what a validation says of it."""

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.validator import CircuitValidator
from tests.circuits.process import technology

LEVEL1 = (".model n1 nmos level=1 vto=0.4 kp=200u", ".model p1 pmos level=1 vto=-0.4 kp=200u")
BIPOLAR = (".model qn npn is=1e-16 bf=100", ".model qp pnp is=1e-16 bf=100")
SUPPLY = Element("vdd", ("vdd", "0"), 1.2)
ENGINE = NgSpiceEngine()
SHORT = {"w": 10e-6, "l": 0.13e-6}
LONG = {"w": 10e-6, "l": 1e-6}


def report(*elements, models=(*LEVEL1, *BIPOLAR), process=None, engine=ENGINE, **known):
    """The validation of `elements` beside the supply; the cards of generic130 are there, its limits with `process`."""
    netlist = Netlist((SUPPLY, *elements), (*technology().at().models, *models))
    return CircuitValidator(process).report(netlist, 27.0, engine, **known)


def told(validation, *severities):
    """What is said, without notes unless they are asked for."""
    wanted = severities or ("error", "warning")
    return [(one.rule, one.device) for one in validation.findings if one.severity in wanted]


def gate(volts):
    return Element("vg", ("g", "0"), volts)


def nmos(name="m1", model="n1", size=LONG, nets=("d", "g", "0", "0")):
    return Element(name, nets, model=model, parameters=size)


def load(ohm, net="d", to="vdd"):
    return Element(f"r{net}", (to, net), ohm)


def inverter(name, before, after):
    """Of generic130, between supply and ground."""
    return (
        Element(f"mn{name}", (after, before, "0", "0"), model="nch", parameters=SHORT),
        Element(f"mp{name}", (after, before, "vdd", "vdd"), model="pch", parameters=SHORT),
    )
