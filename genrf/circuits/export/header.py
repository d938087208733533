"""The comment block at the top of every exported file."""

from importlib import metadata

from genrf.circuits.problem import SizingProblem
from genrf.core.problem import Design
from genrf.core.units import engineering


def header(design: Design, comment: str) -> list[str]:
    """Lines that say what the file is, where it came from, and whose it is."""
    problem = design.problem
    assert isinstance(problem, SizingProblem)
    known = problem.known
    measured = [
        f"{name} = {engineering(design.metrics[name], known[name].unit)}"
        for name in problem.spec.goals
        if name in design.metrics
    ]
    lines = [
        f"{problem.structure.name}: {problem.structure.description}",
        f"design {design.id} for {problem.spec.name} in {problem.technology.name}, genrf {metadata.version('genrf')}",
        *measured,
        "This file belongs to you, under any terms you like.",
    ]
    return [f"{comment} {line}" for line in lines]
