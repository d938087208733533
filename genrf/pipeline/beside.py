"""A spec of the user's own: the yaml that lies beside a netlist, made known to Hydra as `spec=<its name>`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from genrf.core.errors import ConfigError, choices
from genrf.pipeline.config import folder

_GROUPS = [
    {"override /problem": "netlist"},
    {"override /model": "netlist"},
    {"override /exporter": ["netlist", "schematic", "validation"]},
]
_FEWER = {"samples": 128, "budget": 2000}  # designs, unless the yaml says otherwise
_SETTINGS = ("seed", "samples", "budget", "front", "designs", "robust", "time_limit")


def beside(arguments: Sequence[str]) -> list[str]:
    """The command line with its `spec`: `netlist=amp.sp` alone means the spec in `amp.yaml` beside it.

    `task=validate` goes without one.
    Raises ConfigError when the yaml cannot be read, or says no goals.
    """
    netlist = _given(arguments, "netlist")
    if not netlist or netlist == "null":
        return list(arguments)
    name = _given(arguments, "spec") or Path(netlist).stem
    path = Path(netlist).parent / f"{name}.yaml"
    if path.is_file():
        ConfigStore.instance().store(group="spec", name=name, package="_global_", node=_node(path, name))
    elif _given(arguments, "task") == "validate":
        return list(arguments)  # a netlist can be looked at without anything to reach
    elif not _given(arguments, "spec"):
        raise ConfigError(f"netlist={netlist}: no {path} beside it that says what to vary, to measure and to reach")
    return list(arguments) if _given(arguments, "spec") else [*arguments, f"spec={name}"]


def _given(arguments: Sequence[str], key: str) -> str:
    found = [argument.partition("=")[2] for argument in arguments if argument.startswith(f"{key}=")]
    return found[-1] if found else ""


def _node(path: Path, name: str) -> dict[str, Any]:
    """The spec as the config tree would have it in `conf/spec`."""
    try:
        read = OmegaConf.to_container(OmegaConf.load(path))
    except Exception as error:  # whatever a foreign file makes the reader of yaml say
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(read, dict) or not read.get("goals"):
        raise ConfigError(
            f"{path}: no `goals`; give at least one, for example `goals: {{gain: {{objective: maximize}}}}`"
        )
    plain = {str(key): value for key, value in read.items()}
    conditions = {key: value for key, value in plain.items() if key not in ("goals", *_SETTINGS)}
    settings = {key: plain[key] for key in _SETTINGS if key in plain}
    wanted = {"name": name, "goals": plain["goals"], "conditions": conditions}
    made = {"defaults": _GROUPS, **_FEWER, **settings, "spec": {"_target_": "genrf.core.spec.DesignSpec", **wanted}}
    return made | ({"problem": {"make": {"kind": _kind(path, plain["bench"])}}} if plain.get("bench") else {})


def _kind(path: Path, bench: Any) -> dict[str, Any]:
    """The class of the bench of a kind of circuit, as conf/problem names it."""
    found = {file.stem: OmegaConf.select(OmegaConf.load(file), "make.kind.path") for file in _problems()}
    kinds = {name: path for name, path in found.items() if path}
    kind = str(bench.get("kind")) if isinstance(bench, dict) else ""
    if kind not in kinds:
        raise ConfigError(f"{path}: bench wants the `kind` of circuit, got {kind!r}; {choices(kind, kinds)}")
    return {"_target_": "hydra.utils.get_class", "path": kinds[kind]}


def _problems() -> Iterable[Path]:
    return (folder() / "problem").glob("*.yaml")
