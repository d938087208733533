"""`model=diffusion`: known topologies that a search begins with sizes a trained diffusion model proposes."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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
    from genrf.circuits.learned.runtime import Runtime

log = logging.getLogger("genrf")


@dataclass(frozen=True)
class DiffusionOptimizer(AbstractGenerator):
    """Offers the topologies of `generator`, each with `proposals` sizes as its starts.

    They are the best of `drawn` by the forward model's chance to keep all limits, drawn in `steps` on `runtime`. Where
    limits lie beyond what the model learnt from, the topologies come as `generator` has them; `strict` ends the run
    for another process or other conditions, which else do the same.
    Raises ToolNotFound without PyTorch or ONNX Runtime, ConfigError for a checkpoint that is none.
    """

    generator: AbstractGenerator
    technology: TechnologyFile
    checkpoint: str | None
    proposals: int
    drawn: int
    steps: int
    guidance: float
    runtime: str
    strict: bool

    def __post_init__(self) -> None:
        for name in ("proposals", "drawn", "steps"):
            if getattr(self, name) < 1:
                raise ConfigError(f"model.{name} must be at least 1, got {getattr(self, name)}")

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> Sequence[Topology]:
        trained, runtime = self._ready()
        found = [one for one in self.generator.generate(spec, count, rng) if isinstance(one, Topology)]
        for remark in self.remarks(spec):
            log.info(remark)
        if self._unfit(trained, spec):
            return found
        return [self._started(structure, trained, runtime, spec, rng) for structure in found]

    def remarks(self, spec: DesignSpec) -> list[str]:
        trained, _ = self._ready()
        wanted, limits = trained.meaning.wanted, trained.meaning.wanted.limits(spec)
        reason = self._unfit(trained, spec)
        if reason:
            return [f"model: {reason}; sizes are not proposed, the search begins as with model=library"]
        share, distance = trained.reach.share(limits, wanted.signs), trained.reach.distance(limits, wanted.signs)
        beyond = f", the nearest {distance:.2f} sigma short of them" if distance else ""
        return [f"model: about {100 * share:.2g} % of the designs it learnt from keep these limits{beyond}"]

    def _unfit(self, trained: "Trained", spec: DesignSpec) -> str:
        """Why the model is not to be asked for `spec`; empty where it may be. Raises ConfigError if `strict`."""
        elsewhere = self._elsewhere(trained, spec)
        if elsewhere and self.strict:
            raise ConfigError(f"checkpoint {self.checkpoint}: {elsewhere}; model.strict=false does without it")
        wanted = trained.meaning.wanted
        unasked = wanted.unasked(spec)
        if elsewhere or unasked:
            return elsewhere or f"it was never asked for a limit of {', '.join(unasked)}"
        distance, trusted = trained.reach.distance(wanted.limits(spec), wanted.signs), trained.reach.trusted
        if distance <= trusted:
            return ""
        return f"the nearest design it learnt from is {distance:.2f} sigma short of these limits, trusted {trusted:.2f}"

    def _elsewhere(self, trained: "Trained", spec: DesignSpec) -> str:
        conditions = json.dumps(dict(spec.conditions), sort_keys=True, default=str)
        for what, own, wanted in (
            ("process", trained.meaning.tech, self.technology.name),
            ("conditions", trained.meaning.conditions, conditions),
        ):
            if own != wanted:
                return f"trained for the {what} {own}, not for {wanted}"
        return ""

    def _ready(self) -> tuple["Trained", "Runtime"]:
        if not self.checkpoint:
            raise ConfigError(
                "model=diffusion wants a checkpoint: model.checkpoint=<folder of task=train>/model.safetensors"
            )
        path = Path(self.checkpoint)
        stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)
        return _loaded(path, stamp, self.runtime)

    def _started(
        self,
        structure: Topology,
        trained: "Trained",
        runtime: "Runtime",
        spec: DesignSpec,
        rng: np.random.Generator,
    ) -> Topology:
        from genrf.circuits.learned.proposals import Guidance, log_chance, propose
        from genrf.circuits.learned.structures import Described, Graph
        from genrf.circuits.learned.threads import one_thread

        try:
            graph = Graph.of(Described.of(structure), trained.meaning.known)
        except ConfigError as error:
            log.info("%s; its sizes are not proposed", error)
            return structure
        limits, guidance = trained.meaning.wanted.limits(spec), Guidance(self.guidance, self.steps)
        with one_thread():
            points = propose(trained, graph, limits, self.drawn, rng, guidance, runtime)
            best = np.argsort(-log_chance(trained, graph, points, limits), kind="stable")[: self.proposals]
        return replace(structure, starts=(*structure.starts, *structure.space.decode_all(points[best])))


@lru_cache(maxsize=2)
def _loaded(path: Path, stamp: tuple[int, int], runtime: str) -> tuple["Trained", "Runtime"]:
    """The networks of a file, as it was at `stamp`, and what evaluates them: made once, then kept in memory."""
    try:
        from genrf.circuits.learned import runtime as runtimes
        from genrf.circuits.learned.checkpoint import load
    except ImportError:
        raise ToolNotFound("learned models need PyTorch and safetensors; pip install genrf[models]") from None
    trained = load(path)
    return trained, runtimes.runtime(runtime, trained.denoiser)
