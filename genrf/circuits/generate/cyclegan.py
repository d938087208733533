"""`model=cyclegan`: amplifiers of the grammar that a trained CycleGAN holds likely to reach a specification."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genrf.circuits.generate.grammar import check_family, topology
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import Topology
from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.problem import AbstractGenerator
from genrf.core.spec import DesignSpec

if TYPE_CHECKING:
    from genrf.circuits.learned.cycle_checkpoint import TrainedCycle


@dataclass(frozen=True)
class CycleGANGenerator(AbstractGenerator):
    """Offers amplifiers drawn for the limits of the spec, word by word as the grammar's rules allow.

    `warmth` above 1 draws more that is new, below 1 more of what the data hold.
    Raises ToolNotFound without PyTorch, ConfigError for a warmth that is not above 0, for a spec of another family
    than the grammar's, and for a checkpoint that is none, or was trained for another process or under other conditions.
    """

    technology: TechnologyFile
    checkpoint: str | None
    warmth: float

    def __post_init__(self) -> None:
        if not 0 < self.warmth < float("inf"):
            raise ConfigError(f"model=cyclegan: warmth must be above 0, got {self.warmth}")

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> Sequence[Topology]:
        check_family(spec)
        trained = self._trained()
        self._check(trained, spec)
        from genrf.circuits.learned.cycle_sampling import distinct
        from genrf.circuits.learned.threads import one_thread

        with one_thread():
            limits = trained.meaning.wanted.limits(spec)
            return [topology(s) for s in distinct(trained, limits, count, rng, self.warmth)]

    def _trained(self) -> "TrainedCycle":
        if not self.checkpoint:
            raise ConfigError(
                "model=cyclegan wants a checkpoint: "
                "model.checkpoint=<folder of task=train model=cyclegan>/model.safetensors"
            )
        try:
            from genrf.circuits.learned.cycle_checkpoint import load
        except ImportError:
            raise ToolNotFound("learned models need PyTorch and safetensors; pip install genrf[models]") from None
        return load(Path(self.checkpoint))

    def _check(self, trained: "TrainedCycle", spec: DesignSpec) -> None:
        conditions = json.dumps(dict(spec.conditions), sort_keys=True, default=str)
        for what, own, wanted in (
            ("process", trained.meaning.tech, self.technology.name),
            ("conditions", trained.meaning.conditions, conditions),
        ):
            if own != wanted:
                raise ConfigError(f"checkpoint {self.checkpoint}: trained for the {what} {own}, not for {wanted}")
