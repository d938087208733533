"""The cascode of spec=lna_2p4ghz as a problem like the analytic ones: its limits are the reference point."""

from functools import partial

import numpy as np

from experiments.optimizers.problems import Benchmark, Measured
from genrf.api import parts
from genrf.core.problem import AbstractProblem
from genrf.pipeline.run import problems_of

_FAILED = 2.0  # relative excess over every limit of a design that could not be measured: no method knows of those


def amplifier() -> Benchmark:
    """Gain, noise figure and power, with reflections and stability as constraints."""
    made = parts("spec=lna_2p4ghz", "model.only=[lna_cascode]", "cache=none")
    problem = problems_of(made, np.random.default_rng(0))[0]
    spec = problem.spec
    limits = [goal.minimum if goal.objective == "maximize" else goal.maximum for goal in spec.objectives]
    signs = [-1.0 if goal.objective == "maximize" else 1.0 for goal in spec.objectives]
    reference = np.array(signs) * np.array(limits, dtype=float)
    others = [name for name, goal in spec.goals.items() if not goal.objective]
    return Benchmark("lna", problem.structure.space, reference, len(others), partial(_measure, problem, reference))


def _measure(problem: AbstractProblem, reference: np.ndarray, U: np.ndarray) -> Measured:
    spec = problem.spec
    others = [goal for goal in spec.goals.values() if not goal.objective]
    F, G = [], []
    for values in problem.structure.space.decode_all(U):
        found = problem.measure(values)
        good = found.status == "ok"
        F.append(spec.F(found.metrics) if good else reference + _FAILED * np.abs(reference))
        G.append([max(goal.excess(found.metrics[goal.metric])) if good else _FAILED for goal in others])
    return np.array(F), np.array(G)
