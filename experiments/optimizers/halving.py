"""`python -m experiments.optimizers.halving`: what successive halving adds to a search over structures, five seeds.

All structures of spec=lna_2p4ghz on one budget, the screening included: as a run has them by default, where those that
fall behind leave after every few batches, behind halving, and with nobody leaving. Writes `halving.md` beside itself.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.fronts import table
from experiments.optimizers.__main__ import HERE, SEEDS
from genrf.api import parts
from genrf.core import pareto
from genrf.core.optimizer import AbstractOptimizer, AbstractSearch
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.results import Results, Row
from genrf.core.space import Space
from genrf.core.workers import Inline
from genrf.optimize.halving import Halving
from genrf.optimize.nsga2 import NSGA2
from genrf.pipeline.config import Parts
from genrf.pipeline.lab import Lab
from genrf.pipeline.run import problems_of
from genrf.pipeline.stages import optimize, simulate

HEADS = ("designs", "optimizer", "hypervolume", "seeds' range", "structures on fronts", "their share", "processor")


@dataclass(frozen=True)
class Everybody(AbstractOptimizer):
    """`inner` searches each structure to the end, whether it is worth it or not."""

    inner: AbstractOptimizer

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> AbstractSearch:
        return self.inner.start(space, objectives, constraints, rng)

    def looks(self, structures: int, budget: int) -> Sequence[int]:
        return ()


class _Unseen:
    """Nobody looks on, and nothing is written."""

    def append(self, rows: Sequence[Row]) -> None:
        pass

    def saw(self, stage: str, problem: AbstractProblem, measured: Measurement) -> None:
        pass

    def thought(self, seconds: float) -> None:
        pass


@dataclass(frozen=True)
class End:
    """What a search came to: hypervolume, the structures of its front, and their share of the designs searched."""

    volume: float
    structures: frozenset[str]
    share: float


def variants(name: str, inner: AbstractOptimizer) -> Mapping[str, AbstractOptimizer]:
    """As a run has it, behind halving, and with nobody leaving."""
    return {name: inner, f"halving {name}": Halving(inner), f"{name}, nobody leaves": Everybody(inner)}


def search(made: Parts, optimizer: AbstractOptimizer, budget: int, seed: int) -> End:
    """The first three stages of a run on `budget` designs, in this process."""
    rng = np.random.default_rng(seed)
    problems = problems_of(made, rng)
    lab = Lab(problems, Inline(problems), _Unseen(), _Unseen())
    screened = simulate(lab, min(made.settings.samples, budget // (2 * len(problems))), rng)
    found = optimize(lab, screened, optimizer, budget - len(screened), rng, made.generator)
    structures = frozenset(row.structure for row in found.front())
    share = float(np.mean([row.structure in structures for row in found.rows[len(screened) :]]))
    return End(volume(found), structures, share)


def volume(found: Results) -> float:
    """Hypervolume of the feasible designs, as a share of the box within the limits on the objectives."""
    goals = found.spec.objectives
    reference = np.array([-one.minimum if one.objective == "maximize" else one.maximum for one in goals], dtype=float)
    return pareto.hypervolume(found.front().F, reference) / float(np.prod(np.abs(reference)))


def line(made: Parts, name: str, optimizer: AbstractOptimizer, budget: int) -> tuple[str, ...]:
    """Of all seeds: median, worst and best hypervolume, who is on the fronts, and processor time per run."""
    begin = time.process_time()
    ends = [search(made, optimizer, budget, seed) for seed in range(SEEDS)]
    seconds = (time.process_time() - begin) / SEEDS
    volumes = [end.volume for end in ends]
    structures = ", ".join(sorted(frozenset().union(*(end.structures for end in ends)))) or "none"
    spread, share = f"{min(volumes):.3f} to {max(volumes):.3f}", f"{np.median([end.share for end in ends]):.0%}"
    return f"{budget:,}", name, f"{np.median(volumes):.3f}", spread, structures, share, f"{seconds:.0f} s"


def main() -> None:
    """A run's own budget, and a quarter of it."""
    made, rows = parts("spec=lna_2p4ghz", "cache=none"), list[tuple[str, ...]]()
    for budget in (2000, 8000):
        for name, optimizer in variants("nsga2", NSGA2(64)).items():  # as in conf/optimizer
            rows.append(line(made, name, optimizer, budget))
            print(" | ".join(rows[-1]), flush=True)
            (HERE / "halving.md").write_text(table(HEADS, rows))


if __name__ == "__main__":
    main()
