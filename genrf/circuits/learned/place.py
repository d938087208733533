"""Where a trained model holds: the process and the conditions that its data were measured in."""

import json
from typing import Protocol

from genrf.core.spec import DesignSpec


class Placed(Protocol):
    """What says in which process, and under which conditions as JSON, a model learnt."""

    @property
    def tech(self) -> str: ...

    @property
    def conditions(self) -> str: ...


def elsewhere(meaning: Placed, process: str, spec: DesignSpec) -> str:
    """Why a model is not for `process` or the conditions of `spec`, in words; empty where it is."""
    conditions = json.dumps(dict(spec.conditions), sort_keys=True, default=str)
    for what, own, wanted in (
        ("process", meaning.tech, process),
        ("conditions", meaning.conditions, conditions),
    ):
        if own != wanted:
            return f"trained for the {what} {own}, not for {wanted}"
    return ""
