"""Dies of the designs of a front that were not chosen: how many, and of which."""

import numpy as np
import pytest

from genrf.core.problem import Design
from genrf.core.workers import Inline
from genrf.pipeline.montecarlo import MonteCarloAnalysis
from tests.analytic import Formulas
from tests.pipeline.kills import SPEC, Varying


@pytest.mark.parametrize(
    ("dies", "designs", "seen", "each"),
    [
        (400, 10, 10, 40),  # shared out
        (5000, 10, 10, 100),  # no more of one than a histogram needs
        (100, 10, 5, 20),  # too few of each would say nothing
        (19, 10, 0, 20),
        (400, 0, 0, 100),
    ],
)
def test_designs_share_as_many_dies_as_there_are(dies, designs, seen, each):
    (structure,) = Formulas().generate(SPEC, 1, None)
    problem = Varying(structure, SPEC)
    values = problem.structure.space.decode(np.full(len(problem.structure.space), 0.5))
    front = [Design(str(k), problem, values, {}) for k in range(designs)]
    found = MonteCarloAnalysis(dies, seed=1).among(front, [problem], Inline([problem]))
    assert {name: len(own.metrics) for name, own in found.items()} == {str(k): each for k in range(seen)}
    alone = MonteCarloAnalysis(each, seed=1).run(problem, values)
    assert all(own.metrics == alone.metrics for own in found.values())
