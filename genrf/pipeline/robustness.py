"""Which robust search a run makes, by its settings."""

from collections.abc import Sequence
from dataclasses import replace

from genrf.core.cache import Pool
from genrf.core.errors import ConfigError
from genrf.core.examiner import Examiner
from genrf.core.problem import AbstractProblem
from genrf.core.robust import Corners
from genrf.core.spec import DesignSpec
from genrf.core.statistical import Yielding
from genrf.pipeline.config import Settings


def searched(spec: DesignSpec, given: Settings) -> DesignSpec:
    """`spec` with the metrics that a robust search adds, which no problem measures by itself."""
    added = {"corners": Corners.beyond, "yield": Yielding.beyond}
    return spec if given.robust is None else replace(spec, beyond=added[given.robust])


def examiner(problems: Sequence[AbstractProblem], pool: Pool, given: Settings) -> Examiner | None:
    """Who looks further into promising designs; None when their nominal values are all that is wanted.

    Raises ConfigError where there is nothing that could be looked into.
    """
    problem = problems[0]
    if given.robust is None or (given.robust == "corners" and not problem.corners):
        return None
    if given.robust == "corners":
        return Examiner(pool, Corners(problem.spec, problem.corners), given.robust_cost)
    if not problem.varies:
        raise ConfigError(f"robust=yield: {type(problem).__name__} knows no statistics; robust=corners may serve")
    return Examiner(pool, Yielding(problem.spec, given.yield_target, given.seed), given.robust_cost)
