"""Passive devices as they are drawn, with the parasitics that decide Q and self-resonance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from genrf.circuits.devices import CAPACITOR, CERAMIC, INDUCTOR, PAD, RESISTOR, AbstractDevice, Limits
from genrf.circuits.netlist import GROUND, Element

MU0 = 4e-7 * math.pi  # H/m


@dataclass(frozen=True)
class SpiralInductor(AbstractDevice):
    """An octagonal spiral in the thick top metal over a lossy substrate. Drawn: `turns`, `inner` diameter.

    Constants of the process in SI units: `width` and `spacing` of the track, `thickness` and `resistivity` of the
    metal, oxide capacitance to the substrate and between track and underpass, substrate conductance and capacitance,
    all per area, and the metal's temperature coefficient per kelvin.
    """

    width: float
    spacing: float
    thickness: float
    resistivity: float
    oxide: float
    underpass: float
    substrate_conductance: float
    substrate_capacitance: float
    temperature_coefficient: float
    turns_max: float = 8.0
    inner_min: float = 30e-6
    inner_max: float = 300e-6

    pins: ClassVar = INDUCTOR

    def limits(self) -> Mapping[str, Limits]:
        return {"turns": Limits(1.0, self.turns_max), "inner": Limits(self.inner_min, self.inner_max, "m")}

    def outer(self, turns: float, inner: float) -> float:
        """Outer diameter in m."""
        return inner + 2.0 * turns * self.width + 2.0 * (turns - 1.0) * self.spacing

    def inductance(self, turns: float, inner: float) -> float:
        """Low-frequency inductance in H, by the modified Wheeler formula for octagons.

        Source: Mohan, del Mar Hershenson, Boyd, Lee, IEEE J. Solid-State Circuits 34 (1999) 1419, table I.
        """
        outer = self.outer(turns, inner)
        fill = (outer - inner) / (outer + inner)
        return 2.25 * MU0 * turns**2 * 0.5 * (outer + inner) / (1.0 + 3.55 * fill)

    def length(self, turns: float, inner: float) -> float:
        """Length of the track in m: an octagon of the mean diameter for each turn."""
        return turns * 8.0 * math.tan(math.pi / 8.0) * 0.5 * (self.outer(turns, inner) + inner)

    def resistance(self, turns: float, inner: float) -> float:
        """Resistance of the track at low frequency, in ohm."""
        return self.resistivity * self.length(turns, inner) / (self.width * self.thickness)

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        turns, inner = drawn["turns"], drawn["inner"]
        area = self.length(turns, inner) * self.width
        r0 = self.resistance(turns, inner)
        # below its corner a section's inductor carries the current, above it the resistor
        slow, fast = (2.0 * r0 / corner for corner in skin_corners(self.thickness, self.resistivity))
        warm = f"tc1={self.temperature_coefficient:g}"
        a, b, one, two, three = nets["a"], nets["b"], f"{name}_1", f"{name}_2", f"{name}_3"
        return [
            Element(f"l{name}", (a, one), self.inductance(turns, inner) - slow - fast),
            Element(f"r{name}", (one, two), r0, flags=warm),
            Element(f"r{name}_slow", (two, three), 2.0 * r0, flags=warm),
            Element(f"l{name}_slow", (two, three), slow),
            Element(f"r{name}_fast", (three, b), 2.0 * r0, flags=warm),
            Element(f"l{name}_fast", (three, b), fast),
            Element(f"c{name}", (a, b), turns * self.width**2 * self.underpass),
            *self._to_substrate(name, "a", a, area),
            *self._to_substrate(name, "b", b, area),
        ]

    def _to_substrate(self, name: str, end: str, net: str, area: float) -> list[Element]:
        """Half of the track's capacitance: oxide, then the substrate's own loss and capacitance.

        Source: Yue and Wong, IEEE Trans. Electron Devices 47 (2000) 560, equations 11 to 14.
        """
        if net == GROUND:
            return []
        below = f"{name}_{end}"
        return [
            Element(f"c{name}_ox{end}", (net, below), 0.5 * area * self.oxide),
            Element(f"r{name}_sub{end}", (below, GROUND), 2.0 / (area * self.substrate_conductance)),
            Element(f"c{name}_sub{end}", (below, GROUND), 0.5 * area * self.substrate_capacitance),
        ]


def skin_effect(frequency: float, thickness: float, resistivity: float) -> float:
    """Resistance over that at low frequency of a flat track with its current towards one face.

    Source: Ramo, Whinnery, Van Duzer, Fields and Waves, plane conductors of finite thickness.
    """
    x = 2.0 * thickness * math.sqrt(math.pi * MU0 * frequency / resistivity)
    return 0.5 * x * (math.sinh(x) + math.sin(x)) / (math.cosh(x) - math.cos(x))


def skin_corners(thickness: float, resistivity: float) -> tuple[float, float]:
    """Corners in rad/s of the two sections that add the skin effect to a track in every kind of analysis.

    The track's impedance is R z coth z, z^2 = j w mu0 t^2 / rho,
    and z coth z = 1 + sum over n of 2 z^2 / (z^2 + (n pi)^2):
    a chain of sections, each 2 R parallel to an inductor. The first two are kept, and nothing is fitted.
    """
    first = math.pi**2 * resistivity / (MU0 * thickness**2)
    return first, 4.0 * first


@dataclass(frozen=True)
class MimCapacitor(AbstractDevice):
    """A metal-insulator-metal capacitor. Drawn: capacitance `c`. Its bottom plate, terminal `b`, loads the substrate.

    `density` and `bottom` in F/m2, `scale` is the corner's share of the drawn value. Its plates' resistance is left
    out: at 1 pF and 2.4 GHz it would give a Q above 200, ten times that of any coil beside it.
    """

    density: float
    bottom: float
    scale: float = 1.0
    c_max: float = 20e-12

    pins: ClassVar = CAPACITOR

    def limits(self) -> Mapping[str, Limits]:
        return {"c": Limits(self.density * 4e-12, self.c_max, "F")}  # 2 um by 2 um at the least

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        plates = Element(f"c{name}", (nets["a"], nets["b"]), drawn["c"] * self.scale)
        if nets["b"] == GROUND:
            return [plates]
        return [plates, Element(f"c{name}_sub", (nets["b"], GROUND), drawn["c"] / self.density * self.bottom)]


@dataclass(frozen=True)
class PolyResistor(AbstractDevice):
    """An unsilicided polysilicon resistor. Drawn: resistance `r`. Half of its capacitance sits at either end.

    `sheet` in ohm per square, `width` in m, `field` in F/m2, temperature coefficient per kelvin, `scale` the corner's
    share of the drawn value.
    """

    sheet: float
    width: float
    field: float
    temperature_coefficient: float
    scale: float = 1.0
    r_max: float = 100e3

    pins: ClassVar = RESISTOR

    def limits(self) -> Mapping[str, Limits]:
        return {"r": Limits(0.1 * self.sheet, self.r_max, "ohm")}

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        half = 0.5 * drawn["r"] / self.sheet * self.width**2 * self.field
        return [
            Element(
                f"r{name}",
                (nets["a"], nets["b"]),
                drawn["r"] * self.scale,
                flags=f"tc1={self.temperature_coefficient:g}",
            ),
            Element(f"c{name}_a", (nets["a"], GROUND), half),
            Element(f"c{name}_b", (nets["b"], GROUND), half),
        ]


@dataclass(frozen=True)
class OffChipInductor(AbstractDevice):
    """A wire-wound chip inductor on the board. Drawn: `l`, and its quality `q` at the frequency `f_q`.

    `parallel` in F is its own capacitance, which sets the self-resonance; `scale` is a corner's share of the drawn
    inductance, at the same quality.
    """

    parallel: float
    scale: float = 1.0

    pins: ClassVar = INDUCTOR

    def limits(self) -> Mapping[str, Limits]:
        return {"l": Limits(0.5e-9, 1e-6, "H"), "q": Limits(1.0, 200.0), "f_q": Limits(1e6, 1e11, "Hz")}

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        made = drawn["l"] * self.scale
        series = 2.0 * math.pi * drawn["f_q"] * made / drawn["q"]
        return [
            Element(f"l{name}", (nets["a"], f"{name}_1"), made),
            Element(f"r{name}", (f"{name}_1", nets["b"]), series),
            Element(f"c{name}", (nets["a"], nets["b"]), self.parallel),
        ]


@dataclass(frozen=True)
class OffChipCapacitor(AbstractDevice):
    """A ceramic chip capacitor on the board. Drawn: `c`. `resistance` and `inductance` in series are its own.

    `insulation` in ohm is what makers promise at the least; without it a net between two capacitors has no voltage.

    `scale` is a corner's share of the drawn value.
    """

    resistance: float
    inductance: float
    scale: float = 1.0
    insulation: float = 1e10

    pins: ClassVar = CERAMIC

    def limits(self) -> Mapping[str, Limits]:
        return {"c": Limits(0.1e-12, 1e-6, "F")}

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        return [
            Element(f"c{name}", (nets["a"], f"{name}_1"), drawn["c"] * self.scale),
            Element(f"r{name}", (f"{name}_1", f"{name}_2"), self.resistance),
            Element(f"l{name}", (f"{name}_2", nets["b"]), self.inductance),
            Element(f"r{name}_leak", (nets["a"], nets["b"]), self.insulation),
        ]


@dataclass(frozen=True)
class Pad(AbstractDevice):
    """A bond pad with its protection diodes: `capacitance` in F to the substrate, behind `resistance` in ohm."""

    capacitance: float
    resistance: float

    pins: ClassVar = PAD

    def limits(self) -> Mapping[str, Limits]:
        return {}

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        return [
            Element(f"c{name}", (nets["a"], f"{name}_1"), self.capacitance),
            Element(f"r{name}", (f"{name}_1", GROUND), self.resistance),
        ]
