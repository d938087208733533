"""What a rule has to say about a device, a net or a whole circuit."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")  # the worst first


@dataclass(frozen=True)
class Finding:
    """Which rule, at which device or net, what is the matter, with the value in `unit` and the limit it should keep.

    An `error` will break the circuit or its model of the world, a `warning` is for a designer to judge, a `note` says
    what could not be looked at, or is only worth knowing. `corner` is empty for the nominal one.
    """

    rule: str
    device: str
    what: str
    severity: Severity
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    corner: str = ""
