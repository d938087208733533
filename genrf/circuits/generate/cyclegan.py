"""`model=cyclegan`: amplifiers of the grammar that a trained CycleGAN holds likely to reach a specification."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genrf.circuits.generate.catalog import Catalog
from genrf.circuits.generate.grammar import check_family, topology
from genrf.circuits.learned.place import elsewhere
from genrf.circuits.learned.shipped import shipped
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import Topology
from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.problem import AbstractGenerator
from genrf.core.spec import DesignSpec

if TYPE_CHECKING:
    from genrf.circuits.learned.cycle_checkpoint import TrainedCycle

log = logging.getLogger("genrf")
_PLAINLY = "; topologies are not drawn, they are those of model=library"


@dataclass(frozen=True)
class CycleGANGenerator(AbstractGenerator):
    """Offers amplifiers drawn for the limits of the spec, word by word as the grammar's rules allow.

    `warmth` above 1 draws more that is new, below 1 more of what the data hold.
    Without a `checkpoint` it is the shipped one of the process. Where a limit lies beyond what it learnt from, the
    topologies are the library's, and for another process or other conditions too, unless a `checkpoint` is named.
    Raises ToolNotFound without PyTorch, ConfigError for a warmth that is not above 0, and for a checkpoint that is
    none, or is named and was trained for another process, family or conditions.
    """

    technology: TechnologyFile
    checkpoint: str | None
    warmth: float

    def __post_init__(self) -> None:
        if not 0 < self.warmth < float("inf"):
            raise ConfigError(f"model=cyclegan: warmth must be above 0, got {self.warmth}")

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> Sequence[Topology]:
        trained, reason = self._trained(), self._unfit(spec)
        if trained is None or reason:
            log.info(self.remarks(spec)[0])
            return Catalog().generate(spec, count, rng)
        from genrf.circuits.learned.cycle_sampling import distinct
        from genrf.circuits.learned.threads import one_thread

        with one_thread():
            limits = trained.meaning.wanted.limits(spec)
            return [topology(s) for s in distinct(trained, limits, count, rng, self.warmth)]

    def remarks(self, spec: DesignSpec) -> list[str]:
        reason = self._unfit(spec)
        return [f"model of topologies: {reason}{_PLAINLY}"] if reason else []

    def _unfit(self, spec: DesignSpec) -> str:
        """Why the model is not to be asked for `spec`; empty where it may be."""
        trained = self._trained()
        if trained is None:
            return f"genrf ships none for the process {self.technology.name}"
        if self.checkpoint:
            check_family(spec)
        strange = elsewhere(trained.meaning, self.technology.name, spec)
        if strange and self.checkpoint:
            raise ConfigError(f"checkpoint {self.checkpoint}: {strange}")
        return strange or trained.meaning.wanted.unlearnt(spec, trained.meaning.wanted.ranges)

    def _trained(self) -> "TrainedCycle | None":
        path = Path(self.checkpoint) if self.checkpoint else shipped("cyclegan", self.technology.name)
        if path is None:
            return None
        return _loaded(path, (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0))


@lru_cache(maxsize=2)
def _loaded(path: Path, stamp: tuple[int, int]) -> "TrainedCycle":
    """The translator of a file, as it was at `stamp`: made once, then kept in memory."""
    try:
        from genrf.circuits.learned.cycle_checkpoint import load
    except ImportError:
        raise ToolNotFound("learned models need PyTorch and safetensors; pip install genrf[models]") from None
    return load(path)
