"""What a benchmark comes to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """One comparison: `ratio` is ours over theirs."""

    name: str
    ratio: float
    ours: float
    theirs: float
    unit: str
    runs: int
