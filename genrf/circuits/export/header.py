"""The comment block at the top of every exported file."""

from importlib import metadata

from genrf.circuits.problem import SizingProblem
from genrf.core.problem import Design
from genrf.core.units import engineering


def header(design: Design, comment: str) -> list[str]:
    """Lines that say what the file is, where it came from, and whose it is."""
    problem = _sizing(design)
    known = problem.known
    measured = [
        f"{name} = {engineering(design.metrics[name], known[name].unit)}"
        for name in problem.spec.goals
        if name in design.metrics
    ]
    lines = [
        f"{problem.structure.name}: {problem.structure.description}",
        origin(design),
        *measured,
        "This file belongs to you, under any terms you like.",
    ]
    return [f"{comment} {line}" for line in lines]


def bench_header(design: Design, comment: str, what: str) -> list[str]:
    """Lines at the top of a test bench: `what` it is, where it came from, and the order of the circuit's ports."""
    return [f"{comment} {line}" for line in (what, origin(design), ports(design))]


def origin(design: Design) -> str:
    """Design, spec, process (unless the models are the user's own) and version."""
    problem = design.problem
    process = f" in {problem.technology.name}" if isinstance(problem, SizingProblem) else ""
    return f"design {design.id} for {problem.spec.name}{process}, genrf {metadata.version('genrf')}"


def ports(design: Design) -> str:
    """The pins of the subcircuit in their order."""
    return f"ports: {' '.join(_sizing(design).structure.ports)}"


def _sizing(design: Design) -> SizingProblem:
    assert isinstance(design.problem, SizingProblem)
    return design.problem
