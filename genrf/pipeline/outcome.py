"""What a run came to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genrf.core.problem import AbstractProblem, Check, Design, Panel
from genrf.core.results import Results
from genrf.core.yields import Dies
from genrf.pipeline.sensitivity import Sensitivity


@dataclass
class Outcome:
    """A run's folder, everything measured, the verified front, the designs written out and their checks."""

    folder: Path
    problems: Sequence[AbstractProblem]
    results: Results
    front: Results
    designs: list[Design] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    dies: dict[str, Dies] = field(default_factory=dict)  # by id of a design, where a Monte Carlo analysis was asked for
    sensitivities: dict[str, Sensitivity] = field(default_factory=dict)  # by id of a design
    sketched: Sequence[Design] = ()  # the front's other designs, with curves as far as these cost little
    whole: Collection[str] = ()  # ids of those of them that have all curves
    fewer: Mapping[str, Dies] = field(default_factory=dict)  # dies of those of them for which there were dies enough
    spared: Sequence[str] = ()  # ids of designs whose sensitivities would have taken too long
    undrawn: Sequence[str] = ()  # ids of chosen designs whose dies would have taken too long
    shown: dict[str, list[Panel]] = field(default_factory=dict)  # what exporters tell of their files, by id of a design
    versions: Mapping[str, str] = field(default_factory=dict)  # of the tools that numbers and checks come from
    provenance: Mapping[str, str] = field(default_factory=dict)  # seed, hash of the config, versions
    seconds: dict[str, float] = field(default_factory=dict)
    thinking: Sequence[float] = ()  # seconds that the optimizer took to choose each batch
    remarks: Sequence[str] = ()  # of what proposed the structures
    simulated: int = 0  # benches: designs, corners, dies
    from_cache: int = 0

    @property
    def verdict(self) -> str:
        """The run in one sentence."""
        if not len(self.front):
            return "no design meets the spec"
        files = "file failed its" if len(self.failed) == 1 else "files failed their"
        trouble = f"; {len(self.failed)} exported {files} check: {', '.join(self.failed)}" if self.failed else ""
        unread = dict.fromkeys(check.name for check in self.checks if check.passed is None)
        trouble += f"; nobody read back: {', '.join(unread)} (run.json says why)" if unread else ""
        return f"{len(self.front)} verified design{'s' if len(self.front) != 1 else ''} on the front{trouble}"

    @property
    def failed(self) -> list[str]:
        """The checks that did not pass: no verdict is green with one."""
        return [check.name for check in self.checks if check.passed is False]

    @property
    def first(self) -> int | None:
        """The number, from one, of the first design measured that keeps every limit; None where none does."""
        return next((number for number, row in enumerate(self.results, start=1) if row.feasible), None)

    def unpaid(self) -> dict[str, int]:
        """How many of the chosen designs lack what the search did not pay for."""
        lacking = {"sensitivities": self.spared, "a yield": self.undrawn}
        return {what: len(ids) for what, ids in lacking.items() if ids}

    def counts(self) -> dict[str, int]:
        """How many designs were measured, how they ended, and how many are on the front."""
        return {"designs": len(self.results), **self.results.counts(), "front": len(self.front)}
