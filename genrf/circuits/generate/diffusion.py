"""`model=diffusion`: known topologies that a search begins with sizes a trained diffusion model proposes."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from genrf.circuits.generate.catalog import Catalog
from genrf.circuits.learned.place import elsewhere
from genrf.circuits.learned.shipped import shipped
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import Topology
from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.problem import AbstractGenerator, Expected, Structure
from genrf.core.spec import DesignSpec

if TYPE_CHECKING:
    from genrf.circuits.learned.checkpoint import Trained
    from genrf.circuits.learned.runtime import Runtime
    from genrf.circuits.learned.structures import Graph

log = logging.getLogger("genrf")
_PLAINLY = "; sizes are not proposed, the search begins as with model=library"


@dataclass(frozen=True)
class DiffusionOptimizer(AbstractGenerator):
    """Offers the topologies of `generator`, each with `proposals` sizes as its starts.

    They are the best of `drawn` by the forward model's chance to keep all limits, drawn in `steps` on `runtime`. Where
    limits lie beyond what the model learnt from, the library's topologies come as they are, and for another process
    or other conditions too, unless a `checkpoint` is named: then they end the run. Without one it is the shipped one.
    Raises ToolNotFound without PyTorch or ONNX Runtime, ConfigError for a checkpoint that is none, or whose weights
    give no numbers.
    """

    generator: AbstractGenerator
    technology: TechnologyFile
    checkpoint: str | None
    proposals: int
    drawn: int
    steps: int
    guidance: float
    runtime: str

    def __post_init__(self) -> None:
        for name in ("proposals", "drawn", "steps"):
            if getattr(self, name) < 1:
                raise ConfigError(f"model.{name} must be at least 1, got {getattr(self, name)}")

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> Sequence[Topology]:
        path, reason = self._path(), self._unfit(spec)
        log.info(self._remark(spec))
        if path is None or reason:
            return self._library().generate(spec, count, rng)
        found = [one for one in self.generator.generate(spec, count, rng) if isinstance(one, Topology)]
        return [self._started(structure, *self._ready(path), spec, rng) for structure in found]

    def expected(self, structure: Structure, spec: DesignSpec) -> Expected | None:
        path = self._path()
        if path is None or not isinstance(structure, Topology) or self._unfit(spec):
            return None
        trained, _ = self._ready(path)
        with suppress(ConfigError):  # it has what the networks never saw, which was said when it was generated
            return partial(_expected, trained, _graph(structure, trained))
        return None

    def remarks(self, spec: DesignSpec) -> list[str]:
        asked = [] if self._unfit(spec) else self.generator.remarks(spec)
        return [*asked, self._remark(spec)]

    def _remark(self, spec: DesignSpec) -> str:
        path, reason = self._path(), self._unfit(spec)
        if path is None or reason:
            return f"model: {reason}{_PLAINLY}"
        trained, _ = self._ready(path)
        wanted, limits = trained.meaning.wanted, trained.meaning.wanted.limits(spec)
        share, distance = trained.reach.share(limits, wanted.signs), trained.reach.distance(limits, wanted.signs)
        beyond = f", the nearest {distance:.2f} sigma short of them" if distance else ""
        return f"model: about {100 * share:.2g} % of the designs it learnt from keep these limits{beyond}"

    def _library(self) -> Catalog:
        return self.generator if isinstance(self.generator, Catalog) else Catalog()

    def _unfit(self, spec: DesignSpec) -> str:
        """Why the model is not to be asked for `spec`; empty where it may be."""
        path = self._path()
        if path is None:
            return f"genrf ships none for the process {self.technology.name}"
        trained, _ = self._ready(path)
        strange = elsewhere(trained.meaning, self.technology.name, spec)
        if strange and self.checkpoint:
            raise ConfigError(f"checkpoint {self.checkpoint}: {strange}")
        return strange or trained.meaning.wanted.unlearnt(spec, trained.ranges) or _far(trained, spec)

    def _path(self) -> Path | None:
        return Path(self.checkpoint) if self.checkpoint else shipped("diffusion", self.technology.name)

    def _ready(self, path: Path) -> tuple["Trained", "Runtime"]:
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
        from genrf.circuits.learned.threads import one_thread

        try:
            graph = _graph(structure, trained)
        except ConfigError as error:
            log.info("%s; its sizes are not proposed", error)
            return structure
        limits, guidance = trained.meaning.wanted.limits(spec), Guidance(self.guidance, self.steps)
        with one_thread():
            points = propose(trained, graph, limits, self.drawn, rng, guidance, runtime)
            chances = log_chance(trained, graph, points, limits)
        if not (np.isfinite(points).all() and np.isfinite(chances).all()):
            raise ConfigError(f"checkpoint {self._path()}: its weights give sizes or chances that are no numbers")
        best = np.argsort(-chances, kind="stable")[: self.proposals]
        return replace(structure, starts=(*structure.starts, *structure.space.decode_all(points[best])))


def _far(trained: "Trained", spec: DesignSpec) -> str:
    """How limits that each are within the model's range lie beyond it together; empty where they do not."""
    wanted, trusted = trained.meaning.wanted, trained.reach.trusted
    limits = wanted.limits(spec)
    distance = trained.reach.distance(limits, wanted.signs)
    if distance <= trusted:
        return ""
    return (
        f"the nearest design it learnt from is {distance:.2f} sigma short of these limits together "
        f"({trained.shortfall(limits)}), trusted {trusted:.2f}"
    )


def _graph(structure: Topology, trained: "Trained") -> "Graph":
    """The structure as the networks see it. Raises ConfigError where it has what they never saw."""
    from genrf.circuits.learned.structures import Described, Graph

    return Graph.of(Described.of(structure), trained.meaning.known)


def _expected(
    trained: "Trained", graph: "Graph", points: Float[np.ndarray, "n v"]
) -> dict[str, Float[np.ndarray, "n"]]:
    from genrf.circuits.learned.proposals import expected
    from genrf.circuits.learned.threads import one_thread

    with one_thread():
        return expected(trained, graph, points)


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
