"""Chains of circuits: stages budgeted from the whole, each designed on its own, then joined to one circuit."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from genrf.circuits.cascade import Stage
from genrf.circuits.generate.catalog import Catalog
from genrf.circuits.joined import Link, joined
from genrf.circuits.measure import Z0
from genrf.circuits.receiver import budget, plan
from genrf.circuits.topology import Topology
from genrf.core.errors import ConfigError, Unsuitable, choices
from genrf.core.pareto import knee
from genrf.core.problem import AbstractGenerator, AbstractProblem
from genrf.core.results import Results, Row
from genrf.core.spec import DesignSpec
from genrf.core.units import quantity

log = logging.getLogger("genrf")

_KEPT = 16  # designs of a stage that the chain may begin with
_ALL = 1000

Designer = Callable[[Sequence[AbstractProblem], int, int, np.random.Generator], Results]


@dataclass(frozen=True)
class Designed:
    """A stage that is designed on its own, in a bench of its kind, `make` making the problem of a topology and a spec.

    `gain`, `noise` and `intercept` are what its bench calls the metrics that the budget limits (for a passive stage
    `loss` alone), `goals` and `conditions` what it has to meet besides. `given` renames conditions that its circuits
    draw to those of the chain. `samples` of its `budget` of designs screen.
    """

    make: Callable[..., AbstractProblem]
    conditions: Mapping[str, Any]
    goals: Mapping[str, Any]
    samples: int
    budget: int
    given: Mapping[str, str]
    gain: str = ""
    noise: str = ""
    intercept: str = ""
    loss: str = ""
    only: Sequence[str] | None = None

    def spec(self, stage: Stage, before: float) -> DesignSpec:
        """What the stage must keep, its gain being of voltage from `before` ohm to its own."""
        voltage = stage.gain_db + 10.0 * math.log10(stage.ohms / before)
        limits = {
            self.gain: {"min": voltage}, self.noise: {"max": stage.nf_db}, self.intercept: {"min": stage.iip3_dbm},
            self.loss: {"max": -stage.gain_db},
        }  # fmt: skip
        goals: dict[str, Any] = {name: {**limit, **self.goals.get(name, {})} for name, limit in limits.items() if name}
        return DesignSpec(stage.name, {**self.goals, **goals}, self.conditions)

    def design(self, stage: Stage, before: float, designer: Designer, rng: np.random.Generator) -> "Front":
        """The stage's designs, best first."""
        spec = self.spec(stage, before)
        problems = self._problems(stage, spec, self._structures(spec, rng))
        spec.check(problems[0].metrics)
        return Front.of(designer(problems, self.samples, self.budget, rng), problems)

    def _structures(self, spec: DesignSpec, rng: np.random.Generator) -> Sequence[Topology]:
        return Catalog(self.only).generate(spec, _ALL, rng)

    def _problems(self, stage: Stage, spec: DesignSpec, structures: Sequence[Topology]) -> list[AbstractProblem]:
        """Raises ConfigError when the process can build none of the structures."""
        problems = []
        for structure in structures:
            with suppress(Unsuitable):
                problems.append(self.make(structure=structure, spec=spec))
        if not problems:
            raise ConfigError(f"stage {stage.name!r}: the process can build no {self.conditions.get('family')}")
        return problems


@dataclass(frozen=True)
class Front:
    """The best designs of the circuit that came out best, the best of them first, which is `row`."""

    topology: Topology
    values: Sequence[Mapping[str, float]]
    row: Row
    spec: DesignSpec

    @classmethod
    def of(cls, found: Results, problems: Sequence[AbstractProblem]) -> Self:
        """The knee of the front, or the nearest design where there is none, and the best others of its circuit."""
        front = found.front()
        best = front.rows[knee(front.F, np.arange(len(front)))] if len(front) else found.best_first().rows[0]
        (topology,) = (p.structure for p in problems if p.structure.name == best.structure)
        others = [row.values for row in found.best_first().rows if row.structure == best.structure and row is not best]
        assert isinstance(topology, Topology)
        return cls(topology, [best.values, *others[: _KEPT - 1]], best, found.spec)

    def said(self) -> str:
        """What came of the stage, in words."""
        reached = ", ".join(
            f"{name} {self.row.metrics[name]:.4g} ({goal.limits()})"
            for name, goal in self.spec.goals.items()
            if name in self.row.metrics and goal.limits()
        )
        return f"{self.row.structure}, {'within' if self.row.violation <= 0 else 'beyond'} its budget: {reached}"


@dataclass(frozen=True)
class Matched:
    """A matching network in closed form: a lattice balun between `before` and its own resistance, at `frequency` Hz."""

    topology: str
    frequency: Any
    given: Mapping[str, str]

    def values(self, before: float, ohms: float) -> dict[str, float]:
        """L and C by w L = 1 / (w C) = sqrt(R1 R2); the source is the topology's."""
        omega = 2.0 * math.pi * quantity(self.frequency, f"model {self.topology} frequency")
        reactance = math.sqrt(before * ohms)
        return {"l": reactance / omega, "c": 1.0 / (omega * reactance)}

    def circuit(self) -> Topology:
        """The network's topology. Raises ConfigError when the library has none of this name."""
        spec = DesignSpec(self.topology, {"power_w": {"objective": "minimize"}}, {"family": "balun"})
        return Catalog([self.topology]).generate(spec, 1, np.random.default_rng(0))[0]


@dataclass(frozen=True)
class CircuitChain(AbstractGenerator):
    """One chain after the spec's `plan`: `stages` says for each of its names how it comes to be.

    `designer` measures and searches: problems, designs to screen, budget, random numbers -> results. The circuit of a
    stage is that of the knee of its front; `starts` of the chain's designs are put together from the fronts.
    """

    stages: Mapping[str, Designed | Matched]
    designer: Designer
    starts: int

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> list[Topology]:
        planned = budget(plan(spec.conditions, spec.name), spec.goals, spec.name)
        self._check(spec.name, planned)
        links, fronts, before = list[Link](), list[list[dict[str, float]]](), Z0
        for stage in planned:
            link, front = self._made(stage, before, rng)
            links.append(link)
            fronts.append([link.values(values) for values in front])
            before = stage.ohms
        return [joined(spec.name, str(spec.conditions["family"]), links, _starts(fronts, self.starts, rng))]

    def _made(
        self, stage: Stage, before: float, rng: np.random.Generator
    ) -> tuple[Link, Sequence[Mapping[str, float]]]:
        """A stage's circuit and what it may begin with, best first."""
        how = self.stages[stage.name]
        if isinstance(how, Matched):
            return Link(stage.name, how.circuit(), how.given), [how.values(before, stage.ohms)]
        front = how.design(stage, before, self.designer, rng)
        log.info("%s: %s", stage.name, front.said())
        return Link(stage.name, front.topology, how.given), front.values

    def _check(self, owner: str, planned: Sequence[Stage]) -> None:
        for stage in planned:
            if stage.name not in self.stages:
                raise ConfigError(f"spec {owner!r}: plan.{stage.name}: {choices(stage.name, self.stages)}")


def _starts(
    fronts: Sequence[Sequence[Mapping[str, float]]], count: int, rng: np.random.Generator
) -> list[dict[str, float]]:
    """The best of all stages, then any of each with any of the others."""
    picks = [[0] * len(fronts), *([int(rng.integers(len(front))) for front in fronts] for _ in range(count - 1))]
    return [
        {name: value for front, place in zip(fronts, pick, strict=True) for name, value in front[place].items()}
        for pick in picks
    ]
