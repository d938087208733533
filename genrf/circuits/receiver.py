"""The test bench of a receiver: a chain from 50 ohm at radio frequency to 50 ohm at the intermediate one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from jaxtyping import Complex

from genrf.circuits.bench import AbstractBench, check_keys, edges, positive
from genrf.circuits.cascade import Stage, allotted
from genrf.circuits.conversion import Conversion
from genrf.circuits.lineup import Lineup
from genrf.circuits.measure import Z0, Measure, decibel
from genrf.circuits.mixer import rest
from genrf.circuits.mixer_intermodulation import ConfirmedMixedIntercept, MixedIntercept
from genrf.circuits.mixer_ports import QUIET, AbstractMixerPorts, Oscillator, Side, check_multiple
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.testbench import Ac, Analysis, Grid, Op
from genrf.core.errors import ConfigError
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal, Metric
from genrf.core.units import quantity

_EXAMPLES = {
    "lo": "2.37G", "if": "79M", "lo_level": "0.8", "off_chip_q": "50", "if_edge": "100M", "if_q": "30",
    "settle": "80n",
}  # fmt: skip
_NUMBERS = ("lo_dbm", "balun_db", "balun_deg")
_PLANNED = (("gain_db", 0.0), ("share", 0.0), ("ohms", Z0), ("image_db", -math.inf))
_SYSTEM = {"conversion_gain_db": "min", "nf_ssb_db": "max", "iip3_dbm": "min"}


@dataclass(frozen=True)
class ReceiverPorts(AbstractMixerPorts):
    """Ports `in` and `out` of 50 ohm, and the oscillator's; `settle` in s is what tones take around the orbit."""

    oscillator: Oscillator
    intermediate: float
    settle: float
    output: tuple[str, str] = ("out", GROUND)
    steps: int = 40  # a fifth of the time for some tenths of a decibel of the intercept

    @property
    def inputs(self) -> tuple[Side, ...]:
        return (Side("in", GROUND, Z0),)

    @property
    def outputs(self) -> tuple[Side, ...]:
        return (Side("out", GROUND, Z0),)

    def around(self, tone: str) -> list[Element]:
        return [Element("rsource", (tone, "in"), Z0, flags=QUIET), Element("rload", ("out", GROUND), Z0, flags=QUIET)]


@dataclass(frozen=True)
class ReceiverBench(AbstractBench):
    """Conditions of the spec, in SI units; those of the oscillator as for a mixer.

    `band` is where the input is matched, `lo` and `if` the oscillator and the intermediate frequency (the signal lies
    at their sum), `if_edge` that of the channel filter. `off_chip_q` and `if_q` are those of coils on the board, at
    the band's centre and at the intermediate frequency and the edge. `settle` is how long filters and biases take.
    `plan` says what each stage from `in` to `out` is to bring: `gain_db`, a `share` of noise and distortion unless it
    is passive, the `ohms` that it works into where they are not 50, and of a mixer `image_db`: how strong the image
    still is where it comes in, in dB over the signal.
    """

    ports: ReceiverPorts
    band: tuple[float, float]
    plan: tuple[Stage, ...]
    drawable: Mapping[str, float]
    procedures: tuple[Procedure, ...]
    band_points: int = 5

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        check_keys(conditions, ("family", "band", "plan", *_EXAMPLES, *_NUMBERS), owner)
        found = {key: positive(conditions, key, owner, text) for key, text in _EXAMPLES.items()}
        power, db, degrees = (quantity(conditions.get(key, 0.0), f"spec {owner!r} {key}") for key in _NUMBERS)
        check_multiple(found["lo"], found["if"], owner)
        oscillator = Oscillator(found["lo"], power, found["lo_level"], db, degrees)
        band = edges(conditions, "band", owner)
        given = {
            "centre": (band[0] * band[1]) ** 0.5, "off_chip_q": found["off_chip_q"], "if_q": found["if_q"],
            "if_centre": found["if"], "if_edge": found["if_edge"],
        }  # fmt: skip
        ports = ReceiverPorts(oscillator, found["if"], found["settle"])
        return cls(ports, band, plan(conditions, owner), given, (Conversion(ports), MixedIntercept(ports)))

    @property
    def given(self) -> Mapping[str, float]:
        return self.drawable

    @property
    def terminals(self) -> tuple[str, ...]:
        return ("in", "lop", "lon", "out")

    @property
    def measures(self) -> Mapping[str, Measure]:
        text = "highest input reflection |S11|^2 in the band, the oscillator at rest"
        return {
            "rest_w": rest(),
            "s11_db": Measure(
                Metric("dB", text), ("input",), lambda ac: _reflection_db(ac["in"]),
                "let result = vecmax(db(2*v(in) - 1))",
            ),
        }  # fmt: skip

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        return {
            "op": Op(("vdd", "vsupply#branch")),
            "input": Ac(("in",), Grid("lin", self.band_points, *self.band)),
        }

    def strict(self) -> Self:
        """The same bench on a finer grid, its intercept from transients."""
        procedures = (Conversion(self.ports), ConfirmedMixedIntercept(self.ports))
        return replace(self, band_points=41, procedures=procedures)

    def survey(self) -> Self:
        return replace(self, band_points=41)

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with supply, bias currents and its ports, without a tone."""
        return self.powered(circuit, supply, references).joined(self.ports.driven((), 0.0))

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """What the whole chain has come to behind each stage."""
        found = Lineup(self.ports, {stage.name: stage.ohms for stage in self.plan}).measure(setup)
        return {"lineup": {name: asdict(place) for name, place in found.items()}}

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.lineup_figure import panels  # wanted only for the report

        return panels(budget(self.plan, goals, "receiver"), designs)


def plan(conditions: Mapping[str, Any], owner: str) -> tuple[Stage, ...]:
    """The stages that a spec's condition `plan` names. Raises ConfigError when there are none, or for another key."""
    given = conditions.get("plan")
    if not isinstance(given, Mapping) or not given:
        raise ConfigError(
            f"spec {owner!r}: plan must name the stages, for example `plan: {{lna: {{gain_db: 16, share: 1}}}}`"
        )
    for name, stage in given.items():
        check_keys(stage, ("gain_db", "share", "ohms", "image_db"), f"{owner} plan.{name}")
        if "gain_db" not in stage:
            raise ConfigError(f"spec {owner!r}: plan.{name} has no gain_db")
    return tuple(
        Stage(name, **{k: quantity(stage.get(k, other), f"spec {owner!r} plan.{name}.{k}") for k, other in _PLANNED})
        for name, stage in given.items()
    )


def budget(stages: Sequence[Stage], goals: Mapping[str, Goal], owner: str) -> list[Stage]:
    """What each stage may cost for the goals to hold: noise and distortion shared out, gain as planned.

    Raises ConfigError when a goal is missing, or the plan's gain is below the goal's.
    """
    limit = {}
    for metric, bound in _SYSTEM.items():
        found = getattr(goals.get(metric), f"{bound}imum", None)
        if found is None:
            raise ConfigError(f"spec {owner!r}: a chain is budgeted by its {metric}; give it a {bound}")
        limit[metric] = float(found)
    planned = sum(stage.gain_db for stage in stages)
    if planned < limit["conversion_gain_db"]:
        wanted = limit["conversion_gain_db"]
        raise ConfigError(f"spec {owner!r}: the plan has a gain of {planned:g} dB, of {wanted:g} dB wanted")
    return allotted(stages, limit["nf_ssb_db"], limit["iip3_dbm"], f"spec {owner!r}")


def _reflection_db(inside: Complex[np.ndarray, "n"]) -> float:
    return float(decibel(2.0 * inside - 1.0).max())  # half of the electromotive force of one is the wave that comes in
