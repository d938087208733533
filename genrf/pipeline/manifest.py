"""run.json: what was run with which tools, how it ended, and a checksum of every file."""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

from genrf.core.files import whole
from genrf.core.goal import Goal
from genrf.core.problem import AbstractExporter, AbstractProblem
from genrf.core.yields import Dies
from genrf.pipeline.config import Settings
from genrf.pipeline.outcome import Outcome

_LIBRARIES = ("genrf", "numpy", "scipy", "pymoo", "pyarrow")  # those that decide values
_STILL_WRITTEN = ("run.json", "genrf.log")


def write_manifest(outcome: Outcome, settings: Settings) -> None:
    """Write run.json, the last file of a run: where it is, the run is whole."""
    text = json.dumps(_manifest(outcome, settings), indent=2) + "\n"
    with whole(outcome.folder / "run.json") as file:
        file.write(text.encode())


def versions(problem: AbstractProblem, exporters: Iterable[AbstractExporter] = ()) -> dict[str, str]:
    """What the numbers came from: Python, libraries, the problem's own tools, and those that checked the files."""
    libraries = {name: metadata.version(name) for name in _LIBRARIES}
    checking = {name: version for exporter in exporters for name, version in exporter.tools().items()}
    return {"python": platform.python_version(), **libraries, **problem.tools(), **checking}


def provenance(versions: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """What a report says of where its numbers come from."""
    stated = {"process": settings.tech, "seed": str(settings.seed), "config (SHA-256)": settings.config_hash}
    return {**stated, **versions}


def _manifest(outcome: Outcome, settings: Settings) -> Mapping[str, Any]:
    return {
        "spec": outcome.results.spec.name,
        "tech": settings.tech,
        "seed": settings.seed,
        "config_hash": settings.config_hash,
        "goals": {goal.metric: _goal(goal) for goal in outcome.results.spec.goals.values()},
        "corners": list(outcome.results.spec.corners),
        "verified_at": list(outcome.problems[0].corners),
        "verdict": outcome.verdict,
        "remarks": list(outcome.remarks),
        "counts": outcome.counts(),
        "simulated": outcome.simulated,
        "from_cache": outcome.from_cache,
        "yield": {id: _yield(dies) for id, dies in outcome.dies.items()},
        "seconds": outcome.seconds,
        "thinking": _thinking(outcome.thinking),
        "versions": outcome.versions,
        "checks": [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in outcome.checks],
        "files": checksums(outcome.folder),
    }


def _goal(goal: Goal) -> Mapping[str, Any]:
    said = {"min": goal.minimum, "max": goal.maximum, "objective": goal.objective}
    return {key: value for key, value in said.items() if value is not None}


def _yield(dies: Dies) -> Mapping[str, Any]:
    overall = dies.overall()
    return {
        "dies": overall.dies,
        "share": overall.share,
        "interval_95": overall.interval(),
        "by_goal": {metric: found.share for metric, found in dies.by_goal().items() if found.dies},
        "costs": dict(list(dies.costs().items())[:5]),
    }


def _thinking(seconds: Sequence[float]) -> Mapping[str, float]:
    """Batches that the optimizer chose, and what each took it, in s."""
    if not seconds:
        return {"batches": 0}
    return {"batches": len(seconds), "median": round(median(seconds), 6), "most": round(max(seconds), 6)}


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a run that is whole already, by its path below `folder`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in _STILL_WRITTEN]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
