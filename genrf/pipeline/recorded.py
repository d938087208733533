"""A finished run, read back from its folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from genrf.core.errors import ConfigError, GenrfError
from genrf.core.parts import parts, read_rows
from genrf.core.problem import AbstractProblem, Design, Measurement
from genrf.core.results import Results, Row
from genrf.core.spec import DesignSpec, Metric
from genrf.pipeline.config import one_line, part

_WHOLE = ("run.json", "front.parquet", ".hydra/config.yaml", ".hydra/hydra.yaml")
_KEYS = ("spec", "tech", "seed", "verdict", "counts", "seconds", "versions", "config_hash")  # of run.json


@dataclass
class RecordedProblem(AbstractProblem):
    """What was measured under a spec, and at which corners; it measures nothing more."""

    spec: DesignSpec
    recorded: Mapping[str, Metric]
    at: tuple[str, ...]

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return self.recorded

    @property
    def known(self) -> Mapping[str, Metric]:
        return self.recorded

    @property
    def corners(self) -> tuple[str, ...]:
        return self.at

    def measure(self, values: Mapping[str, float], corner: str = "") -> Measurement:
        raise NotImplementedError("a recorded run measures nothing")


@dataclass(frozen=True)
class Recorded:
    """A run's folder, its manifest, its config with the options of the groups, and its problem as it was recorded."""

    folder: Path
    manifest: Mapping[str, Any]
    config: DictConfig
    choices: Mapping[str, str]
    problem: RecordedProblem
    units: Mapping[str, str]  # of the variables

    @cached_property
    def front(self) -> Results:
        """The verified front."""
        return Results(self.problem.spec, tuple(read_rows([self.folder / "front.parquet"])))

    @cached_property
    def results(self) -> Results:
        """All that was measured, the verification left out."""
        rows = read_rows(parts(self.folder / "evaluations"))
        return Results(self.problem.spec, tuple(row for row in rows if row.stage != "verify"))

    @cached_property
    def recommended(self) -> Row | None:
        """The design of the front that was chosen first; None when none was written out."""
        named = next((path.name.partition("_")[2] for path in self.folder.glob("designs/1_*")), None)
        return next((row for row in self.front if (row.parent or row.id) == named), None)

    def design(self, row: Row, rank: int = 0) -> Design:
        """A row of the front as a design."""
        return Design(row.parent or row.id, self.problem, row.values, row.metrics, rank)


def read(folder: Path) -> Recorded:
    """The run in `folder`. Raises ConfigError when it is not there, not finished, or cannot be read."""
    if not folder.is_dir():
        raise ConfigError(f"runs: {folder}: no such folder")
    missing = [name for name in _WHOLE if not (folder / name).is_file()]
    if missing:
        raise ConfigError(f"runs: {folder}: no finished run there (it has no {missing[0]}); resume={folder} ends one")
    try:
        return _read(folder)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(f"runs: {folder}: a config that cannot be read: {one_line(error)}") from error
    except (ValueError, OSError, GenrfError, YAMLError, pa.ArrowException) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"runs: {folder}: a run that cannot be read: {said}") from error


def _read(folder: Path) -> Recorded:
    manifest = json.loads((folder / "run.json").read_text())
    if absent := [key for key in _KEYS if key not in manifest]:
        raise GenrfError(f"run.json has no {absent[0]!r}")
    config, own = OmegaConf.load(folder / ".hydra/config.yaml"), OmegaConf.load(folder / ".hydra/hydra.yaml")
    assert isinstance(config, DictConfig)
    choices = {str(group): str(option) for group, option in own.hydra.runtime.choices.items() if "hydra" not in group}
    schema = pq.read_schema(folder / "front.parquet")
    metrics = {name[2:]: schema.field(name).metadata for name in schema.names if name.startswith("m.")}
    known = {
        name: Metric(found[b"unit"].decode(), found[b"description"].decode())
        for name, found in metrics.items()
        if "@" not in name
    }
    corners = dict.fromkeys(name.partition("@")[2] for name in metrics if "@" in name)
    units = {n[2:]: schema.field(n).metadata[b"unit"].decode() for n in schema.names if n.startswith("x.")}
    problem = RecordedProblem(_spec(config), known, tuple(corners))
    return Recorded(folder, manifest, config, choices, problem, units)


def _spec(config: DictConfig) -> DesignSpec:
    """The spec of a run. Raises GenrfError when its config makes another thing."""
    spec = part(config.spec)
    if not isinstance(spec, DesignSpec):
        raise GenrfError(f"spec: {type(spec).__name__} is no spec")
    return spec
