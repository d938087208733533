"""`model=diffusion`: known topologies that a search begins with sizes a trained diffusion model proposes."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import Topology
from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.problem import AbstractGenerator
from genrf.core.spec import DesignSpec

if TYPE_CHECKING:
    from genrf.circuits.learned.checkpoint import Trained

log = logging.getLogger("genrf")


@dataclass(frozen=True)
class DiffusionProposer(AbstractGenerator):
    """Offers the topologies of `generator`, each with `proposals` sizes as its starts.

    They are the best of `drawn` by the forward model's chance to keep all limits. Raises ToolNotFound without PyTorch,
    ConfigError for a checkpoint that is none, or was trained for another process or under other conditions.
    """

    generator: AbstractGenerator
    technology: TechnologyFile
    checkpoint: str | None
    proposals: int
    drawn: int
    guidance: float

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> Sequence[Topology]:
        trained = self._trained()
        self._check(trained, spec)
        found = self.generator.generate(spec, count, rng)
        return [self._started(structure, trained, spec, rng) for structure in found if isinstance(structure, Topology)]

    def _trained(self) -> "Trained":
        if not self.checkpoint:
            raise ConfigError(
                "model=diffusion wants a checkpoint: model.checkpoint=<folder of task=train>/model.safetensors"
            )
        try:
            from genrf.circuits.learned.checkpoint import load
        except ImportError:
            raise ToolNotFound("learned models need PyTorch and safetensors; pip install genrf[models]") from None
        return load(Path(self.checkpoint))

    def _check(self, trained: "Trained", spec: DesignSpec) -> None:
        conditions = json.dumps(dict(spec.conditions), sort_keys=True, default=str)
        for what, own, wanted in (
            ("process", trained.meaning.tech, self.technology.name),
            ("conditions", trained.meaning.conditions, conditions),
        ):
            if own != wanted:
                raise ConfigError(f"checkpoint {self.checkpoint}: trained for the {what} {own}, not for {wanted}")

    def _started(self, structure: Topology, trained: "Trained", spec: DesignSpec, rng: np.random.Generator) -> Topology:
        from genrf.circuits.learned.proposals import Guidance, log_chance, propose
        from genrf.circuits.learned.structures import Described, Graph
        from genrf.circuits.learned.threads import one_thread

        try:
            graph = Graph.of(Described.of(structure), trained.meaning.known)
        except ConfigError as error:
            log.info("%s; its sizes are not proposed", error)
            return structure
        limits = trained.meaning.wanted.limits(spec)
        with one_thread():
            points = propose(trained, graph, limits, self.drawn, rng, Guidance(self.guidance))
            best = np.argsort(-log_chance(trained, graph, points, limits), kind="stable")[: self.proposals]
        return replace(structure, starts=(*structure.starts, *structure.space.decode_all(points[best])))
