"""Whole searches for the study's specs: when the first design keeps every limit, and how far the front comes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.fronts import run
from experiments.model_gain.specs import TESTED_ON, overrides
from genrf.core import pareto
from genrf.core.results import Results

OUTPUT = Path("outputs/model_gain")


def searched(tech: str, number: int, seed: int, budget: int, *settings: str) -> Results:
    """All designs of a search for spec `number`, in the order in which they were measured."""
    outcome, _ = run(
        "lna_2p4ghz", OUTPUT / "search", f"tech={tech}", f"seed={seed}", f"budget={budget}", "front=1", "designs=0",
        "workers=1", *settings, *overrides(TESTED_ON, number),
    )  # fmt: skip
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
