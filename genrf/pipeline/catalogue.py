"""What there is of many runs: one row each, read from the small files that each left in its own folder, no locks."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from genrf.core.errors import ConfigError
from genrf.pipeline import failure

State = Literal["done", "failed", "unfinished"]
_COLUMNS = pa.schema(
    {
        "job": pa.string(), "state": pa.string(), "exit_status": pa.int64(), "message": pa.string(),
        "spec": pa.string(), "tech": pa.string(), "seed": pa.int64(), "overrides": pa.list_(pa.string()),
        "designs": pa.int64(), "feasible": pa.int64(), "front": pa.int64(), "simulated": pa.int64(),
        "from_cache": pa.int64(), "seconds": pa.float64(), "config_hash": pa.string(), "verdict": pa.string(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One run's folder: how it ended, and what its run.json says where it is whole."""

    folder: Path
    state: State
    message: str = ""
    exit_status: int | None = None
    overrides: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def objectives(self) -> tuple[tuple[str, str], ...]:
        """The metrics that its search pushed, each with its direction."""
        goals = self.said.get("goals", {})
        return tuple((name, goal["objective"]) for name, goal in goals.items() if goal.get("objective"))


def jobs(folders: Sequence[str | Path]) -> list[Job]:
    """The runs in `folders`, each a run or a folder of runs, in the order of their numbers.

    Raises ConfigError for a folder without a run.
    """
    found = list[Job]()
    for folder in map(Path, folders):
        here = [_job(run) for run in _runs(folder)]
        if not here:
            if asked := _asked(folder):
                raise ConfigError(f"runs: {folder} holds no run: none of the {asked:,} jobs of this sweep has begun")
            raise ConfigError(f"runs: {folder} holds no run; give the folder of a run or of a sweep")
        found += here
    return found


def catalogue(found: Sequence[Job]) -> pa.Table:
    """One row per job: how it ended, how it was asked for and what it came to."""
    return pa.Table.from_pylist([_record(job) for job in found], schema=_COLUMNS)


def without_run(folder: Path) -> tuple[int, list[str]]:
    """How many jobs the sweep in `folder` was asked for, and the numbers of those that have left no run there yet.

    (0, []) where it does not tell: not a sweep, or one of a sweeper that is not Hydra's own, or with other names.
    """
    there = {run.name for run in _runs(folder)}
    asked = _asked(folder) if all(name.isdecimal() for name in there) else 0
    return asked, [name for name in map(str, range(asked)) if name not in there]


def _asked(folder: Path) -> int:
    try:
        hydra = yaml.load((folder / "multirun.yaml").read_text(), Loader=yaml.CSafeLoader)["hydra"]
        if not hydra["sweeper"]["_target_"].endswith(".BasicSweeper"):
            return 0
        words = [f"{key}={value}" for key, value in (hydra["sweeper"]["params"] or {}).items()]
        given = OverridesParser.create().parse_overrides([*words, *hydra["overrides"]["task"]])
        swept = {one.get_key_element(): one for one in given}.values()  # the last of each, as the sweeper does
        return math.prod(len(list(one.sweep_string_iterator())) for one in swept if one.is_discrete_sweep())
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError, HydraException):
        return 0  # `glob(*)` among them, which only the config that it was of could count


def _runs(folder: Path) -> Iterator[Path]:
    if _is_run(folder):
        yield folder
    elif folder.is_dir():
        yield from sorted((run for run in folder.iterdir() if _is_run(run)), key=_numbered)


def _is_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("run.json", "failure.json", ".hydra", "evaluations"))


def _numbered(run: Path) -> tuple[int, str]:
    return (int(run.name), "") if run.name.isdecimal() else (-1, run.name)


def _job(run: Path) -> Job:
    overrides = _overrides(run)
    failed = failure.found(run)
    try:
        said = json.loads((run / "run.json").read_text())
    except FileNotFoundError:
        said = {}
    except (OSError, ValueError) as error:
        return Job(run, "failed", f"run.json cannot be read: {error}", None, overrides)
    if failed is not None:
        return Job(run, "failed", str(failed), failed.exit_status, overrides, said)
    if not said:
        return Job(run, "unfinished", f"stopped, or still going; resume={run} goes on", None, overrides)
    if "goals" not in said:
        return Job(run, "failed", "run.json does not say the goals: it is an older genrf's", None, overrides, said)
    return Job(run, "done", "", 0, overrides, said)


def _overrides(run: Path) -> tuple[str, ...]:
    try:
        read = yaml.load((run / ".hydra" / "overrides.yaml").read_text(), Loader=yaml.CSafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return ()
    return tuple(map(str, read)) if isinstance(read, list) else ()


def _record(job: Job) -> dict[str, Any]:
    said, counts = job.said, job.said.get("counts", {})
    return {
        "job": str(job.folder), "state": job.state, "exit_status": job.exit_status, "message": job.message,
        "overrides": list(job.overrides), "designs": counts.get("designs"), "feasible": counts.get("feasible"),
        "front": counts.get("front"), "seconds": sum(said["seconds"].values()) if "seconds" in said else None,
        **{name: said.get(name) for name in _COLUMNS.names if name in said and name != "seconds"},
    }  # fmt: skip
