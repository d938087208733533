"""Systolic arrays: the family, and the variables of its members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genrf.accel.architecture import AcceleratorConfig, Dataflow
from genrf.core.errors import ConfigError
from genrf.core.problem import AbstractGenerator
from genrf.core.space import Choice, Space
from genrf.core.spec import DesignSpec
from genrf.core.units import quantity


@dataclass(frozen=True)
class Architecture:
    """One dataflow with its variables; `fixed` are the machine's numbers that are not searched."""

    name: str
    dataflow: Dataflow
    space: Space
    fixed: Mapping[str, float]
    resident: bool

    def machine(self, values: Mapping[str, float]) -> AcceleratorConfig:
        """The machine of a design's values. Raises ConfigError for one that cannot be."""
        own = {**self.fixed, **values}
        rows, columns, accumulators = (int(own[name]) for name in ("rows", "columns", "accumulators"))
        buffers = (own["activation_buffer"], own["weight_buffer"])
        outside = (own["dram_bandwidth"], own["clock"])
        return AcceleratorConfig(rows, columns, self.dataflow, accumulators, *buffers, *outside, resident=self.resident)


_VARIABLES = ("rows", "columns", "accumulators", "activation_buffer", "weight_buffer")


@dataclass(frozen=True)
class Systolic(AbstractGenerator):
    """Offers one architecture for each of `dataflows`; every other entry lists the values to choose from.

    Buffers are in bytes, `dram_bandwidth` in bytes per second, `clock` in hertz. `resident` says whether all weights
    stay on the chip.
    """

    dataflows: Sequence[Dataflow]
    rows: Sequence[int]
    columns: Sequence[int]
    accumulators: Sequence[int]
    activation_buffer: Sequence[float | str]
    weight_buffer: Sequence[float | str]
    dram_bandwidth: float | str
    clock: float | str
    resident: bool

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> list[Architecture]:
        choices = {name: _rising(name, getattr(self, name)) for name in _VARIABLES}
        space = Space(tuple(
            Choice(name, options, _unit(name)) for name, options in choices.items() if len(options) > 1
        ))  # fmt: skip
        fixed = {name: options[0] for name, options in choices.items() if len(options) == 1}
        fixed |= {name: quantity(getattr(self, name), f"target.{name}") for name in ("dram_bandwidth", "clock")}
        return [
            Architecture(f"systolic_{dataflow}", dataflow, space, fixed, self.resident) for dataflow in self.dataflows
        ][:count]


def _rising(name: str, options: Sequence[float | str]) -> tuple[float, ...]:
    if not options:
        raise ConfigError(f"target.{name}: give at least one value")
    return tuple(sorted({quantity(option, f"target.{name}") for option in options}))


def _unit(name: str) -> str:
    return "B" if name.endswith("buffer") else ""
