"""A problem of neither half: C2-DTLZ2, constrained, two objectives, with a known front.

Source: Deb and Jain, An evolutionary many-objective optimization algorithm, part II, IEEE Trans. Evol. Comput. 18
(2014) 602, equations 7 and 9, r = 0.2 for two objectives; the middle piece with 2 r^2, as BoTorch's C2DTLZ2 has it,
whose hypervolume is the published one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrf.core.problem import AbstractExporter, AbstractGenerator, AbstractProblem, Check, Design, Measurement
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec, Metric

REFERENCE = np.array([1.1, 1.1])
# Largest hypervolume for this reference point: 0.3996406303723544 in BoTorch (botorch.test_functions.multi_objective).
# By hand: 1.21 - pi/4 under the whole quarter circle, less 2 x 0.01226 for the two gaps, gives 0.4001.
HYPERVOLUME = 0.3996406303723544


@dataclass(frozen=True)
class Formula:
    """A structure that is nothing but its space; `shift` moves the second objective, so that one formula can lose."""

    name: str = "c2dtlz2"
    dimensions: int = 6
    shift: float = 0.0

    @property
    def space(self) -> Space:
        return Space(tuple(Real(f"x{i}", 0.0, 1.0) for i in range(self.dimensions)))


@dataclass(frozen=True)
class Formulas(AbstractGenerator):
    shifts: Sequence[float] = (0.0,)

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> list[Formula]:
        return [Formula(f"c2dtlz2_{i}", shift=shift) for i, shift in enumerate(self.shifts)][:count]


@dataclass(frozen=True)
class FormulaProblem(AbstractProblem):
    structure: Formula
    spec: DesignSpec

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "f1": Metric("", "first objective"),
            "f2": Metric("", "second objective"),
            "c": Metric("", "distance to the allowed pieces of the circle, at most 0 on them"),
        }

    @property
    def corners(self) -> tuple[str, ...]:
        return ("high",)

    def measure(self, values: Mapping[str, float], corner: str = "") -> Measurement:
        x = np.array(list(values.values()))
        g = float(np.sum((x[1:] - 0.5) ** 2))
        f1, f2 = (1 + g) * np.cos(x[0] * np.pi / 2), (1 + g) * np.sin(x[0] * np.pi / 2) + self.structure.shift
        r2 = 0.2**2
        ends = min((f1 - 1) ** 2 + f2**2 - r2, (f2 - 1) ** 2 + f1**2 - r2)
        middle = (f1 - 1 / np.sqrt(2)) ** 2 + (f2 - 1 / np.sqrt(2)) ** 2 - 2 * r2
        high = 0.01 if corner == "high" else 0.0
        return Measurement("ok", {"f1": float(f1) + high, "f2": float(f2), "c": float(min(ends, middle))})


@dataclass(frozen=True)
class Json(AbstractExporter):
    """The values of a design as JSON, read back by json."""

    def export(self, design: Design, folder: Path) -> list[Path]:
        path = folder / "design.json"
        path.write_text(json.dumps(dict(design.values)))
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return [Check(path.name, json.loads(path.read_text()) == dict(design.values)) for path in paths]
