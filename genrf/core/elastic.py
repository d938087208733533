"""How many workers a cluster is asked for: the modes of Dask's adaptive scaling, and a size worked out beforehand."""

import math
from dataclasses import dataclass

PREDICTIVE = "predictive"


@dataclass(frozen=True)
class Adaptive:
    """What a mode asks of `cluster.adapt`, all in seconds.

    The cluster is looked at every `interval`; it should have a worker for each `work` seconds of waiting designs; a
    worker goes when it was idle for `idle`.
    """

    interval: float
    work: float
    idle: float

    def arguments(self, minimum: int, maximum: int) -> dict[str, object]:
        """The keywords of `cluster.adapt`, which counts idle looks rather than seconds."""
        return {
            "minimum": minimum,
            "maximum": maximum,
            "interval": f"{self.interval * 1000:.0f}ms",
            "target_duration": f"{self.work * 1000:.0f}ms",
            "wait_count": math.ceil(self.idle / self.interval),
        }


MODES = {
    "conservative": Adaptive(interval=10.0, work=60.0, idle=20.0),  # few, and soon given back
    "balanced": Adaptive(interval=2.0, work=10.0, idle=60.0),
    "aggressive": Adaptive(interval=0.5, work=1.0, idle=300.0),  # many at once, and kept over the pauses of a search
}


@dataclass(frozen=True)
class Forecast:
    """How many workers finish a budget in time: `finish` seconds in all, of which a new worker needs `start` to begin.

    With `work` worker-seconds left and `finish - elapsed` seconds to go, work / (finish - elapsed) workers are just
    enough, and stay so as long as the seconds per design do. Past that time all are wanted.
    """

    finish: float
    start: float
    minimum: int
    maximum: int

    def workers(self, seconds: float, left: int, elapsed: float, now: int) -> int:
        """The workers wanted for `left` designs of `seconds` each, where `now` are at work.

        Growing to n ends after start + (work - now start) / n seconds rather than work / now: that is sooner exactly
        when work > now start.
        """
        work, to_go = seconds * left, self.finish - elapsed
        wanted = math.ceil(work / to_go - 1e-9) if to_go > 0 else self.maximum
        wanted = max(self.minimum, min(wanted, self.maximum, max(left, 1)))
        return max(now, self.minimum) if wanted > now and work <= now * self.start else wanted
