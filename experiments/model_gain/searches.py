"""Whole searches for the study's specs: when the first design keeps every limit, and how far the front comes."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.fronts import run
from experiments.model_gain.specs import TESTED_ON, overrides
from genrf.core import pareto
from genrf.core.results import Results

KEPT = Path("outputs/model_gain")


def once(tech: str, name: str, number: int, seed: int, budget: int, *settings: str) -> tuple[float, float]:
    """Hypervolume and the number of the first good design of a search, or what it gave before: it stays in `KEPT`."""
    path = KEPT / f"{tech} {name} {budget} {number} {seed}.json"
    if not path.is_file():
        results = searched(tech, number, seed, budget, *settings)
        found = volume(results), first([row.feasible for row in results])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
        print(name, number, *found, flush=True)
    volume_, first_ = json.loads(path.read_text())
    return volume_, first_


def searched(tech: str, number: int, seed: int, budget: int, *settings: str) -> Results:
    """All designs of a search for spec `number`, in the order in which they were measured."""
    with tempfile.TemporaryDirectory() as folder:
        settings = (*settings, f"tech={tech}", f"seed={seed}", f"budget={budget}", *overrides(TESTED_ON, number))
        place = Path(folder) / "run"
        outcome, _ = run("lna_2p4ghz", place, "front=1", "designs=0", "workers=1", *settings)
    return outcome.results


def volume(results: Results) -> float:
    """Hypervolume of the feasible designs beyond the limits: gain over 10 dB, NF and power as shares of theirs."""
    goals_of = results.spec.goals
    wide = np.array([10.0, goals_of["nf_db"].maximum or 1.0, goals_of["power_w"].maximum or 1.0])
    corner = np.array([-(goals_of["gain_db"].minimum or 0.0), wide[1], wide[2]])
    front = results.front().F
    return pareto.hypervolume((front - corner) / wide, np.zeros(3)) if len(front) else 0.0


def first(found: Sequence[bool]) -> float:
    """The number of the first design that keeps every limit; infinite where none does."""
    return next((place for place, good in enumerate(found, start=1) if good), float("inf"))


def counted(number: float, tried: int) -> str:
    """The number of a first design, in words where there is none."""
    return f"{number:g}" if np.isfinite(number) else f"> {tried}"
