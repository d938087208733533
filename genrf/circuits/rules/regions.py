"""The operating region of every transistor, and how far it is from leaving it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from genrf.circuits.netlist import Element
from genrf.circuits.rules.bias import Bias, transistors
from genrf.circuits.rules.finding import Finding

BOLTZMANN_OVER_CHARGE = 8.617333262e-5  # V/K
_MARGIN = 0.05  # V, of Vds over Vdsat; what a corner and mismatch move a bias by
WEAK = 4.0  # thermal voltages of Vds that saturate weak inversion: 1 - exp(-4) = 98 % (Enz, Krummenacher, Vittoz 1995)
_UNDRIVEN = 0.25  # share of the threshold below which a gate is not driven at all
_OFF = 1e-11  # A; ngspice's own conductance gives 1 pA per volt
_CLOSED = 1e-3  # V of Vds below which a driven MOSFET is a closed switch, as in logic at rest
_SOFT = 0.4  # V of Vbc where the collector junction begins to conduct (Sedra, Smith: the edge of saturation)
_ON = 0.0  # V of Vbe above which a bipolar with current is on


@dataclass(frozen=True)
class Transistor:
    """Where a transistor works: its region, current in A, and the voltage by which it is off the edge of the region.

    `margin` in V is Vds - Vdsat of a MOSFET and 0.4 V - Vbc of a bipolar: negative in triode and in saturation.
    """

    device: str
    region: str
    current: float
    margin: float
    voltages: Mapping[str, float] = field(default_factory=dict)


def regions(bias: Bias, temperature: float) -> list[Transistor]:
    """Every transistor whose model shows its inside, but those wired as capacitors."""
    thermal = BOLTZMANN_OVER_CHARGE * (temperature + 273.15)
    seen = ((element, bias.inside(element)) for element in transistors(bias.netlist) if not _capacitor(element))
    return [_placed(element, inside, bias, thermal) for element, inside in seen if inside]


def judge(transistor: Transistor) -> Iterator[Finding]:
    """What a designer should look at."""
    region, margin, device = transistor.region, transistor.margin, transistor.device
    if region == "off":
        yield Finding("region", device, "off: it carries no current of its own", "note", transistor.current, unit="A")
    elif region == "closed switch":
        what = "on, with next to no voltage across it (Vds)"
        yield Finding("region", device, what, "note", transistor.voltages["vds"], _CLOSED, "V")
    elif region == "triode":
        vds, vdsat = transistor.voltages["vds"], transistor.voltages["vdsat"]
        yield Finding("region", device, "in triode: Vds is below Vdsat", "warning", vds, vdsat, "V")
    elif region == "saturation (bipolar)":
        what = "in saturation: its collector junction conducts (Vbc)"
        yield Finding("region", device, what, "warning", transistor.voltages["vbc"], _SOFT, "V")
    elif region == "reverse":
        what = "collector and emitter change places (Vbe, with Vbc above it)"
        yield Finding("region", device, what, "warning", transistor.voltages["vbe"], transistor.voltages["vbc"], "V")
    elif margin < _MARGIN:
        yield Finding("region", device, "at the edge of its region: small margin", "warning", margin, _MARGIN, "V")


def unseen(bias: Bias) -> Iterator[Finding]:
    """A note for each model whose inside is not understood."""
    for element in transistors(bias.netlist):
        if bias.inside(element) is None:
            card = bias.cards.get(element.model.lower())
            level = f"a model of level {card.level}" if card else "a model without a card"
            yield Finding("region", element.name, f"not looked at: it has {level}", "note")


def _placed(element: Element, inside: Mapping[str, float], bias: Bias, thermal: float) -> Transistor:
    if element.name[0] == "q":
        return _bipolar(element, inside)
    sign = bias.cards[element.model.lower()].sign
    return _mosfet(element, inside, sign, thermal)


def _mosfet(element: Element, inside: Mapping[str, float], sign: float, thermal: float) -> Transistor:
    """Signs of a PMOS are turned by ngspice already, but for threshold and Vdsat of its oldest models."""
    vth = inside["vth"] if "vth" in inside else sign * inside["von"]
    vds, vgs, current = inside["vds"], inside["vgs"], abs(inside["id"])
    if vds < 0:  # drain and source change places
        vgs, vds = vgs - vds, -vds
    weak = vgs < vth
    vdsat = max(abs(inside["vdsat"]), WEAK * thermal) if weak else abs(inside["vdsat"])
    if current < _OFF or (weak and vgs < _UNDRIVEN * vth):
        region = "off"
    elif vds < vdsat:
        region = "triode" if vds > _CLOSED else "closed switch"
    else:
        region = "weak inversion" if weak else "saturation"
    voltages = {"vgs": vgs, "vth": vth, "vds": vds, "vdsat": vdsat}
    return Transistor(element.name, region, current, vds - vdsat, voltages)


def _bipolar(element: Element, inside: Mapping[str, float]) -> Transistor:
    vbe, vbc, current = inside["vbe"], inside["vbc"], abs(inside["ic"])
    if current < _OFF or max(vbe, vbc) <= _ON:
        region = "off"
    elif vbc > _SOFT:
        region = "saturation (bipolar)" if vbe >= vbc else "reverse"
    else:
        region = "forward active"
    return Transistor(element.name, region, current, _SOFT - vbc, {"vbe": vbe, "vbc": vbc, "vce": vbe - vbc})


def _capacitor(element: Element) -> bool:
    """A MOSFET with drain and source on one net."""
    return element.name[0] == "m" and element.nets[0] == element.nets[2]
