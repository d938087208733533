"""Where the transistors of a design work, as a table of the report."""

import re
from collections.abc import Iterable, Mapping, Sequence

from genrf.circuits.rules.regions import Transistor
from genrf.core.problem import Panel
from genrf.core.units import engineering


def drawn_names(transistors: Iterable[str], devices: Iterable[str]) -> dict[str, str]:
    """What the schematic calls transistors of a netlist, which has the letter of the kind before that: mm1 is m1."""
    known = set(devices)
    return {name: name[1:] for name in transistors if name[1:] in known}


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with the transistors in it called by their `names`."""
    return re.sub(r"[\w.]+", lambda word: names.get(word[0], word[0]), text)


def operating_points(transistors: Sequence[Transistor], names: Mapping[str, str]) -> list[Panel]:
    """Region, current, margin and voltages of each, called by `names`; no panel without a transistor."""
    if not transistors:
        return []
    between = dict.fromkeys(name for one in transistors for name in one.voltages)
    table = Panel.table(
        "Operating points",
        {
            "transistor": [names.get(one.device, one.device) for one in transistors],
            "region": [one.region for one in transistors],
            "current": [engineering(one.current, "A") for one in transistors],
            "margin": [engineering(one.margin, "V") for one in transistors],
            **{name: [_volts(one.voltages.get(name)) for one in transistors] for name in between},
        },
        "At the nominal corner. The margin is what keeps a transistor in its region: Vds - Vdsat of a MOSFET, 0.4 V - "
        "Vbc of a bipolar.",
    )
    return [table]


def _volts(value: float | None) -> str:
    return "" if value is None else engineering(value, "V")
