"""The typed top level of the config tree, the parts built from it, and configuration errors in one line."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError

from genrf.core.cache import Cache
from genrf.core.cluster import Dask
from genrf.core.errors import ConfigError, GenrfError, choices
from genrf.core.optimizer import AbstractOptimizer
from genrf.core.problem import AbstractExporter, AbstractGenerator, AbstractProblem
from genrf.core.spec import DesignSpec
from genrf.core.units import quantity

_NOT_THE_RESULT = (
    "resume",
    "workers",
    "cluster",
    "task",
    "require_feasible",
    "time_limit",
    "memory_limit",
    "cache",
    "runs",
)  # may differ in a resumed run


@dataclass
class Schema:
    """The keys of the top level and their types; values and their meaning stand in conf/config.yaml."""

    task: Any = MISSING
    spec: Any = MISSING
    problem: Any = MISSING
    tech: Any = None
    model: Any = MISSING
    workload: Any = None
    target: Any = None
    sim: Any = None
    optimizer: Any = MISSING
    exporter: dict[str, Any] = field(default_factory=dict)
    cache: Any = None
    seed: int = MISSING
    count: int = MISSING
    samples: int = MISSING
    budget: int = MISSING
    front: int = MISSING
    designs: int = MISSING
    sensitivity: int = MISSING
    dies: int | None = None
    robust: str | None = None
    robust_cost: float = MISSING
    yield_target: float = MISSING
    workers: Any = None
    cluster: Any = None
    time_limit: float = MISSING
    memory_limit: Any = None
    require_feasible: bool = False
    netlist: str | None = None
    dataset: Any = None
    finetune_from: Any = None
    runs: Any = None
    resume: str | None = None


@dataclass(frozen=True)
class Settings:
    """The plain numbers of a run; see conf/config.yaml. Raises ConfigError for one that cannot be."""

    tech: str
    seed: int
    count: int
    samples: int
    budget: int
    front: int
    designs: int
    sensitivity: int
    dies: int | None
    robust: str | None
    robust_cost: float
    yield_target: float
    workers: int | str | None
    time_limit: float
    memory_limit: float
    require_feasible: bool
    resume: str | None
    config_hash: str

    def __post_init__(self) -> None:
        for name, least in {
            "seed": 0,
            "count": 1,
            "samples": 1,
            "budget": 1,
            "front": 1,
            "designs": 0,
            "sensitivity": 0,
        }.items():
            if getattr(self, name) < least:
                raise ConfigError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if self.dies is not None and self.dies < 0:
            raise ConfigError(f"dies must be at least 0, got {self.dies}; null is as many as a search pays for")
        if self.workers not in (None, "dask") and not (isinstance(self.workers, int) and self.workers >= 0):
            raise ConfigError(
                f"workers must be at least 0 (0 simulates in this process), or dask, got {self.workers!r}"
            )
        if self.robust not in (None, "corners", "yield"):
            raise ConfigError(f"robust must be corners, yield or null, got {self.robust!r}")
        if not self.robust_cost > 0:
            raise ConfigError(f"robust_cost must be above 0 simulations per design, got {self.robust_cost:g}")
        if not 0 < self.yield_target < 1:
            raise ConfigError(f"yield_target must be between 0 and 1, got {self.yield_target:g}")
        if self.memory_limit < 1e8:
            raise ConfigError(f"memory_limit must be at least 100M bytes, got {self.memory_limit:g}; null is no limit")
        if self.time_limit <= 0:
            raise ConfigError(f"time_limit must be above 0 s, got {self.time_limit:g}")


@dataclass(frozen=True)
class Parts:
    """Everything a run is made of, built before any work begins."""

    spec: DesignSpec
    generator: AbstractGenerator
    make_problem: Callable[..., AbstractProblem]
    optimizer: AbstractOptimizer
    exporters: Mapping[str, AbstractExporter]
    cache: Cache
    settings: Settings
    cluster: Dask | None = None  # where workers=dask measures


def register() -> None:
    """Make the schema known to Hydra (conf/config.yaml names it first), and `${supply:1/2}` to specs."""
    ConfigStore.instance().store(name="schema", node=Schema)
    OmegaConf.register_new_resolver("supply", of_supply, replace=True)


def of_supply(share: str | float, *, _root_: Any) -> float:
    """A share of the nominal supply of the chosen process, in V to the microvolt: `1/2`, `2/3`, `0.9`.

    Raises ConfigError for what is no number, and where the config names no process with a supply.
    """
    supply = OmegaConf.select(_root_, "tech.supply")
    if supply is None:
        raise ConfigError(f"${{supply:{share}}} needs a process with a supply, for example `tech=generic130`")
    try:
        return round(float(Fraction(str(share))) * quantity(supply, "tech.supply"), 6)
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"${{supply:{share}}}: {share!r} is no share of a supply, write 1/2 or 0.9") from None


def build(config: DictConfig, choices: Mapping[str, Any]) -> Parts:
    """All parts of a run, before any work begins; `choices` are the options of its groups."""
    problem = part(config.problem)
    return Parts(
        spec=part(config.spec),
        generator=problem["generator"],
        make_problem=problem["make"],
        optimizer=part(config.optimizer),
        exporters={str(name): part(node) for name, node in config.exporter.items()},
        cache=part(config.cache),
        cluster=part(config.cluster),
        settings=settings(config, choices),
    )


def part(node: DictConfig) -> Any:
    """The object that a node of the config describes. Raises ConfigError naming the node and the entry at fault."""
    try:
        return instantiate(node, _convert_="all")
    except InstantiationException as error:
        cause, where = error.__cause__, re.search(r"full_key: (\S+)", str(error))
        if isinstance(cause, GenrfError) or not isinstance(cause, TypeError | ImportError | AttributeError):
            raise
        owner = f"{where[1]}: " if where else ""
        raise ConfigError(f"{owner}{_in_words(str(cause))}") from error


def _in_words(call: str) -> str:
    """Python's complaint about a call, as one about entries of a config."""
    missing = re.search(r"(\w+)\.__init__\(\) missing \d+ required .*arguments?: (.*)", call)
    if missing:
        return f"the entry {missing[2]} is missing; a {missing[1]} wants it"
    unknown = re.search(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", call)
    if unknown:
        return f"a {unknown[1]} has no entry {unknown[2]!r}"
    return call


def settings(config: DictConfig, choices: Mapping[str, Any]) -> Settings:
    """The plain numbers of `config`."""
    apart = ("tech", "config_hash", "memory_limit")
    limit = config.memory_limit
    return Settings(
        tech=str(choices.get("tech") or ""),
        config_hash=config_hash(config),
        memory_limit=math.inf if limit is None else quantity(limit, "memory_limit"),
        **{name: config[name] for name in Settings.__dataclass_fields__ if name not in apart},
    )


def config_hash(config: DictConfig) -> str:
    """SHA-256 over all that decides what a run measures."""
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    kept = {key: value for key, value in sorted(plain.items()) if key not in _NOT_THE_RESULT}
    return hashlib.sha256(repr(kept).encode()).hexdigest()


def folder() -> Path:
    """Where the configuration tree lies: in the installed package, or at the top of the repository."""
    package = Path(__file__).parents[1]
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"


def one_line(error: Exception) -> str:
    """What Hydra or OmegaConf has to say, in one line that names the value and what would be right."""
    if isinstance(error, ConfigKeyError | ConfigAttributeError) and error.full_key:
        known = [str(key) for key in error.parent_node or ()]
        add = f"; write +{error.full_key}=... to add it" if "." in str(error.full_key) else ""
        return f"{error.full_key}: no such key; {choices(str(error.key), known)}{add}"
    text = " ".join(str(error).split())
    option = re.search(
        r"Could not find '([^']+)/([^'/]+)' Available options in '[^']+': (.*?) Config search", text + " Config search"
    )
    if option:
        return f"{option[1]}={option[2]}: no such option; {choices(option[2], option[3].split())}"
    typed = re.search(r"(.*) full_key: (\S+)", text)
    return f"{typed[2]}: {typed[1]}" if typed else text


def resumed(arguments: Sequence[str]) -> list[str]:
    """The command line of a resumed run: `resume=<folder>` brings back the overrides that the run began with.

    What Hydra wrote of that run stays as it is: written again, it could be lost with the run that it describes.
    Raises ConfigError when the folder holds no run.
    """
    given = [argument for argument in arguments if argument.startswith("resume=")]
    if not given:
        return list(arguments)
    run = Path(given[-1].removeprefix("resume="))
    saved = run / ".hydra" / "overrides.yaml"
    if not saved.is_file():
        raise ConfigError(f"resume={run}: no run there (it has no .hydra/overrides.yaml)")
    overrides = OmegaConf.load(saved)
    if not isinstance(overrides, ListConfig):
        raise ConfigError(f"resume={run}: that run was stopped before it measured anything; begin anew")
    before = [str(override) for override in overrides if not str(override).startswith("resume=")]
    others = [argument for argument in arguments if not argument.startswith("resume=")]
    return [*before, *others, f"resume={run}", f"hydra.run.dir={run}", "hydra.output_subdir=null"]
