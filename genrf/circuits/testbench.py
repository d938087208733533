"""Analyses and test benches as small typed data, in the field's words; waveforms are what comes back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Float

from genrf.circuits.netlist import Netlist
from genrf.core.errors import ConfigError

_TIGHT = " reltol=1e-6 vntol=1e-10 trtol=1e5"  # Newton's tolerance is the floor of small distortion; even steps
_SWEPT = " reltol=1e-6 vntol=1e-9"  # else points of a reference lie 0.15 mV apart; 1e-8 takes twenty times as long

Waveforms = Mapping[str, Mapping[str, np.ndarray]]  # analysis name -> vector name -> values


@dataclass(frozen=True)
class Grid:
    """Frequencies in Hz from `start` to `stop`: `points` in all (lin) or per decade (dec), both ends included."""

    scale: Literal["lin", "dec"]
    points: int
    start: float
    stop: float

    def __post_init__(self) -> None:
        # ngspice 39 never ends a `dec` sweep that is shorter than its step
        if self.scale == "dec" and self.points * math.log10(self.stop / self.start) < 1:
            raise ConfigError(
                f"grid {self}: {self.start:g} to {self.stop:g} Hz is shorter than one step; use a wider range"
            )

    def __str__(self) -> str:
        return f"{self.scale} {self.points} {self.start!r} {self.stop!r}"

    @lru_cache  # noqa: B019  # a handful of grids in a process
    def frequencies(self) -> Float[np.ndarray, "n"]:
        """The frequencies that ngspice visits on this grid."""
        if self.scale == "lin":
            return np.linspace(self.start, self.stop, self.points)
        steps = int(np.floor(np.log10(self.stop / self.start) * self.points * (1 + 1e-9))) + 1
        return self.start * 10.0 ** (np.arange(steps) / self.points)


@dataclass(frozen=True)
class Op:
    """The operating point; `kept`: the one that the S-parameters before it stood on, for a tenth of a new one."""

    vectors: tuple[str, ...]
    kept: bool = False
    plot = "op"

    @property
    def command(self) -> str:
        """The ngspice command."""
        return "op"


@dataclass(frozen=True)
class Sp:
    """S-parameters of all ports over a grid. Its noise figure is wrong below ngspice 43 and never read."""

    grid: Grid
    ports: int = 2
    plot = "sp"

    @property
    def vectors(self) -> tuple[str, ...]:
        """One for each pair of ports."""
        return _scattered(self.ports)

    @property
    def command(self) -> str:
        """The ngspice command."""
        return f"sp {self.grid}"


@lru_cache
def _scattered(ports: int) -> tuple[str, ...]:
    return tuple(f"S_{i}_{j}" for i in range(1, ports + 1) for j in range(1, ports + 1))


@dataclass(frozen=True)
class Noise:
    """Noise density at a net, referred to a source, over a grid."""

    output: str
    source: str
    grid: Grid
    vectors: tuple[str, ...] = ("inoise_spectrum",)
    plot = "noise"

    @property
    def command(self) -> str:
        """The ngspice command."""
        return f"noise v({self.output}) {self.source} {self.grid}"


@dataclass(frozen=True)
class Ac:
    """Small-signal response to the sources' `ac` values over a grid: complex amplitudes.

    `excited` is the source that has an amplitude of one, of several of which the `silent` others have none; without it
    they stay as the netlist has them.
    """

    vectors: tuple[str, ...]
    grid: Grid
    excited: str = ""
    silent: tuple[str, ...] = ()
    plot = "ac"

    @property
    def command(self) -> str:
        """The ngspice commands."""
        settings = [f"alter @{source}[acmag] = {level}" for source, level in self.levels.items()]
        return ";".join([*settings, f"ac {self.grid}"])

    @property
    def levels(self) -> Mapping[str, int]:
        """The amplitudes that the sources are given."""
        return {**dict.fromkeys(self.silent, 0), **({self.excited: 1} if self.excited else {})}


@dataclass(frozen=True)
class Tran:
    """Waveforms over time, kept from `start` to `stop`, no two points further apart than `step`, all in s.

    ngspice chooses its own points in between; `time` must be among the vectors. Newton's iteration solves currents to
    `abstol` A: one that passes through zero faster than it can be solved for ends in ever smaller steps.
    `even`: simulators with steps of their own are to keep points `step` apart, by the trapezoidal rule as ngspice does:
    in uneven ones products far below the tones are lost. `stated`: it begins at the state that the netlist is
    `starting` from, not at the operating point.
    """

    vectors: tuple[str, ...]
    step: float
    stop: float
    start: float = 0.0
    abstol: float = 1e-15
    even: bool = False
    stated: bool = False
    plot = "tran"

    @property
    def command(self) -> str:
        """The ngspice command."""
        return f"tran {self.step!r} {self.stop!r} {self.start!r} {self.step!r}{' uic' if self.stated else ''}"


@dataclass(frozen=True)
class Dc:
    """Operating points while a source, or `temp`, goes from `start` to `stop` in steps."""

    vectors: tuple[str, ...]
    source: str
    start: float
    stop: float
    step: float
    plot = "dc"

    def __post_init__(self) -> None:
        if not self.step or (self.stop - self.start) / self.step < 1:
            raise ConfigError(f"dc {self.source}: from {self.start:g} to {self.stop:g} is not a step of {self.step:g}")

    @property
    def command(self) -> str:
        """The ngspice command."""
        return f"dc {self.source} {self.start!r} {self.stop!r} {self.step!r}"

    def points(self) -> Float[np.ndarray, "n"]:
        """The values that ngspice visits."""
        count = math.floor((self.stop - self.start) / self.step * (1 + 1e-9) + 1e-9) + 1
        return self.start + self.step * np.arange(count)


Analysis = Op | Sp | Noise | Ac | Tran | Dc


@dataclass(frozen=True)
class Testbench:
    """A complete netlist at a temperature in degrees Celsius, and the analyses to run on it, by name.

    `origin` is a netlist of other numbers that a simulator in process loads first. ngspice chooses its order of
    elimination once, for the first numbers that it sees: a common origin makes the last digits of a result
    independent of which design a worker happened to meet first.
    """

    netlist: Netlist
    analyses: Mapping[str, Analysis]
    temperature: float
    origin: Netlist | None = None

    def deck(self) -> list[str]:
        """The SPICE deck without its analyses."""
        return ["* genrf", *self.netlist.models, *self.netlist.lines(), self.options(), ".end"]

    def read(self) -> tuple[str, ...]:
        """The vectors that anybody reads, after one net: ngspice runs no `.sp` for which it is to keep none."""
        read = (name for analysis in self.analyses.values() for name in analysis.vectors)
        net = next(element.nets[0] for element in self.netlist.elements if element.nets)
        return tuple(dict.fromkeys((net, *read)))

    def options(self) -> str:
        """The options line. `wnflag=1`: BSIM4 chooses its bin by the width of a finger, as foundries expect."""
        abstol = [analysis.abstol for analysis in self.analyses.values() if isinstance(analysis, Tran)]
        tight = _SWEPT if any(isinstance(analysis, Dc) for analysis in self.analyses.values()) else ""
        tight = f"{_TIGHT} abstol={min(abstol)!r}" if abstol else tight
        return f".options wnflag=1 keepopinfo temp={self.temperature!r} tnom=27{tight}"

    def changes(self, old: "Testbench") -> list[str] | None:
        """The ngspice commands that turn `old` into this bench; None when only a new load can."""
        same = self.analyses is old.analyses or self.read() == old.read()
        return self.netlist.changes(old.netlist) if same and self.options() == old.options() else None
