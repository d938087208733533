"""What a process says its devices stand, from the `limits` of conf/tech/*.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genrf.core.errors import ConfigError

TERMINALS: Mapping[str, str] = {"m": "dgsb", "q": "cbes", "d": "ac", "r": "ab", "c": "ab", "l": "ab"}  # of elements


@dataclass(frozen=True)
class DeviceLimits:
    """What one kind of device stands for its life.

    `voltage` in V between two terminals, in either direction, by their letters: `{gs: 1.32}`. `density` in A/m of width
    is the direct current that its track may carry.
    Raises ConfigError for a limit that is not above 0, or a pair that is none.
    """

    voltage: Mapping[str, float] = field(default_factory=dict)
    density: float | None = None

    def __post_init__(self) -> None:
        known = set("".join(TERMINALS.values()))
        for pair, most in self.voltage.items():
            if len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= known:
                raise ConfigError(f"limits: voltage {pair!r} must be two different terminals, for example `gs`")
            if not most > 0:
                raise ConfigError(f"limits: voltage {pair!r} must be above 0 V, got {most:g}")
        if self.density is not None and not self.density > 0:
            raise ConfigError(f"limits: density must be above 0 A/m, got {self.density:g}")
