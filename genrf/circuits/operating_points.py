"""Where the transistors of a design work, as a table of the report."""

from collections.abc import Sequence

from genrf.circuits.rules.regions import Transistor
from genrf.core.problem import Panel
from genrf.core.units import engineering


def operating_points(transistors: Sequence[Transistor]) -> list[Panel]:
    """Region, current, margin and voltages of each; no panel without a transistor."""
    if not transistors:
        return []
    names = dict.fromkeys(name for one in transistors for name in one.voltages)
    table = Panel.table(
        "Operating points",
        {
            "transistor": [one.device for one in transistors],
            "region": [one.region for one in transistors],
            "current": [engineering(one.current, "A") for one in transistors],
            "margin": [engineering(one.margin, "V") for one in transistors],
            **{name: [_volts(one.voltages.get(name)) for one in transistors] for name in names},
        },
        "The margin is what keeps a transistor in its region: Vds - Vdsat of a MOSFET, 0.4 V - Vbc of a bipolar.",
    )
    return [table]


def _volts(value: float | None) -> str:
    return "" if value is None else engineering(value, "V")
