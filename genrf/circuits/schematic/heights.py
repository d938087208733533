"""How high each net and each part lies: the smallest bends and gaps that keep every stack upright, a linear program."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from genrf.circuits.schematic.lettering import LINE
from genrf.circuits.schematic.plan import Plan, control

REACH = 2.0  # from the middle of a part to its pins
STUB = 2.0  # from a pin in a stack to its net
_CLEAR = 2.4  # of lying parts above each other, beside the text between them
_PASSING = 5.0  # from the middle of a part to a wire above or below it
_FED_BACK = 5.0  # for each cell that such a part is nearer
_LANE = 4.0  # from the height of a control to parts that feed back to it
_TOP = ("top",)
Expression = Mapping[object, float]


@dataclass
class _Program:
    """Terms `weight * max(0, expression + constant)` and constraints `expression + constant >= 0`, summed up."""

    columns: dict[object, int] = field(default_factory=dict)
    costs: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float]] = field(default_factory=list)

    def column(self, key: object, cost: float = 0.0) -> int:
        if key not in self.columns:
            self.columns[key] = len(self.costs)
            self.costs.append(cost)
        return self.columns[key]

    def at_least(self, expression: Expression, constant: float) -> None:
        """Expression + constant >= 0."""
        self.rows.append(({self.column(key): factor for key, factor in expression.items()}, constant))

    def over(self, expression: Expression, constant: float, weight: float) -> None:
        """Costs `weight` for each unit that expression + constant lies above 0."""
        slack = ("slack", len(self.costs))
        self.column(slack, weight)
        self.at_least({**{key: -factor for key, factor in expression.items()}, slack: 1.0}, -constant)

    def apart(self, one: object, other: object, weight: float) -> None:
        self.over({one: 1.0, other: -1.0}, 0.0, weight)
        self.over({one: -1.0, other: 1.0}, 0.0, weight)

    def solved(self) -> dict[object, int]:
        matrix, bound = np.zeros((len(self.rows), len(self.costs))), np.zeros(len(self.rows))
        for row, (factors, constant) in enumerate(self.rows):
            for column, factor in factors.items():
                matrix[row, column] = -factor
            bound[row] = constant
        result = linprog(self.costs, matrix, bound, bounds=(0, None), method="highs-ds")
        if result.status:
            raise NoRoom(result.message)
        return {key: round(result.x[column]) for key, column in self.columns.items()}


@dataclass(frozen=True)
class Heights:
    """Height of each net that wires join and of each part's middle, in cells; the ground is at 0."""

    nets: Mapping[str, int]
    parts: tuple[int, ...]
    top: int


class NoRoom(Exception):
    """What is to be drawn has no place on the sheet."""


class Lift(NamedTuple):
    """A part that has to lie wholly above a net (`way` 1), or below it (-1)."""

    part: int
    net: str
    way: int


def heights(plan: Plan, bundles: Sequence[Sequence[int]], lifts: Sequence[Lift]) -> Heights:
    """The heights of a plan; of a bundle of lying parts the later ones are above the first.

    Raises NoRoom when parts cannot be lifted so.
    """
    program = _Program()
    program.column(_TOP, 0.02)
    for k in range(len(plan.parts)):
        program.column(k, 1e-3)
        (_standing if plan.upright[k] else _lying)(program, plan, k)
    for bundle in bundles:
        for lower, upper in pairwise(bundle):
            program.at_least({upper: 1.0, lower: -1.0}, -math.ceil(_CLEAR + LINE * len(plan.parts[lower].text)))
    for k, net, way in plan.feedback:
        program.over({k: -way, ("net", net): way}, _LANE, _FED_BACK)
    for part, net, way in lifts:
        clear = _PASSING if plan.upright[part] or way < 0 else REACH
        program.at_least({part: float(way), ("net", net): -float(way)}, -clear)
    for net in plan.near:
        program.column(("net", net), 1e-3)
    found = program.solved()
    nets = {net: found["net", net] for net in plan.near}
    return Heights(nets, tuple(found[k] for k in range(len(plan.parts))), found[_TOP])


def _lying(program: _Program, plan: Plan, k: int) -> None:
    part = plan.parts[k]
    for pin, net in part.nets.items():
        if plan.far(part, pin):
            continue
        if pin == control(part):
            program.over({k: 1.0, ("net", net): -1.0}, 3.0, 0.5)
        else:
            program.apart(k, ("net", net), 1.0)


def _standing(program: _Program, plan: Plan, k: int) -> None:
    part = plan.parts[k]
    shape, turned = part.shape, part.plain and plan.top(k) != next(iter(part.nets))
    program.at_least({k: 1.0}, -REACH)
    program.at_least({_TOP: 1.0, k: -1.0}, -REACH)
    for pin, net in part.nets.items():
        y = -shape.pins[pin][1] * (-1 if turned else 1)
        if plan.on_rail(net) and y:
            _to_rail(program, k, net in plan.rails.upper, plan.carries[k])
        elif not plan.far(part, pin):
            _to_net(program, k, ("net", net), y, plan.carries[k] or pin == control(part))


def _to_rail(program: _Program, k: int, upper: bool, stack: bool) -> None:
    weight = 0.2 if stack else 0.01
    if upper:
        program.over({_TOP: 1.0, k: -1.0}, -REACH, weight)
    else:
        program.over({k: 1.0}, -REACH, weight)


def _to_net(program: _Program, k: int, net: object, y: float, stack: bool) -> None:
    """The pin `y` above the middle of a part, at the height of its net: above that, below it, or beside the part."""
    gap = STUB if stack else 0.0
    if y > 0:
        program.at_least({net: 1.0, k: -1.0}, -y - gap)
        program.over({net: 1.0, k: -1.0}, -y - gap, 1.0)
    elif y < 0 or stack is False:
        program.at_least({k: 1.0, net: -1.0}, y - gap)
        program.over({k: 1.0, net: -1.0}, y - gap, 1.0)
    else:
        program.apart(k, net, 1.5)
