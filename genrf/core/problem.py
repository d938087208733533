"""The seam between the spine and the halves: what is searched, how one design is measured, how it is written out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from jaxtyping import Float

from genrf.core.errors import ConfigError
from genrf.core.space import Space
from genrf.core.spec import DesignSpec, Metric

Expected = Callable[[Float[np.ndarray, "n d"]], Mapping[str, Float[np.ndarray, "n"]]]  # metrics at points of a space

Status = Literal["ok", "no_convergence", "timeout", "crashed", "invalid"]


class Structure(Protocol):
    """A topology or an architecture: it has a name and knows its space."""

    @property
    def name(self) -> str: ...

    @property
    def space(self) -> Space: ...


@dataclass(frozen=True)
class Measurement:
    """What measuring one design gave. Metrics are there, all finite, only when the status is `ok`."""

    status: Status
    metrics: Mapping[str, float] = field(default_factory=dict)
    message: str = ""
    curves: Any = None  # only from `survey`, `sketch` and `extras`: what the problem's figures and exporters draw on


class AbstractProblem(ABC):
    """One structure bound to a spec and to what measures it. Pickled once to each worker process."""

    called: ClassVar[str] = "designs"  # what it is about, in the words of its users
    structure: Structure
    spec: DesignSpec
    foreign: bool = False  # whether it works on netlists from outside: its workers are then confined

    @property
    @abstractmethod
    def metrics(self) -> Mapping[str, Metric]:
        """What `measure` returns, with units."""

    @property
    def known(self) -> Mapping[str, Metric]:
        """What `measure` returns, and what the spec's formulas make of it."""
        return {**self.metrics, **self.spec.derived}

    @property
    def identity(self) -> str:
        """A hash over all that decides what measuring gives, besides the values; empty where nothing may be kept."""
        return ""

    @property
    def corners(self) -> tuple[str, ...]:
        """The conditions at which the front is measured again, beside the nominal one."""
        return ()

    @property
    def starts(self) -> Sequence[Mapping[str, float]]:
        """Values that the screening begins with, where better ones are known than by chance."""
        return ()

    def require(self) -> None:
        """Raise ToolNotFound when something outside that measuring needs is not there."""
        return

    def tools(self) -> Mapping[str, str]:
        """Names and versions of what measures, for the record."""
        return {}

    @abstractmethod
    def measure(self, values: Mapping[str, float], corner: str = "") -> Measurement:
        """Measure one design, nominally or at a corner. A bad design gets a status, never an exception."""

    def glance(self, values: Mapping[str, float]) -> Measurement:
        """`measure` without the metrics that take far longer than the others; with all of them by default."""
        return self.measure(values)

    def verify(self, values: Mapping[str, float]) -> Measurement:
        """Measure again more strictly than the search did (finer grids, wider bands)."""
        return self.measure(values)

    @property
    def varies(self) -> bool:
        """Whether there are statistics to draw dies from."""
        return type(self).vary is not AbstractProblem.vary

    def vary(self, values: Mapping[str, float], seed: int, number: int) -> Measurement:
        """Measure a design as die `number` of a seed came out, with the deviates of its parameters as curves.

        Raises NotImplementedError where nothing varies.
        """
        raise NotImplementedError(f"{type(self).__name__} has no statistics")

    def survey(self, values: Mapping[str, float]) -> Measurement:
        """Measure a chosen design with the curves that figures and files need; without any by default."""
        return self.measure(values)

    def sketch(self, values: Mapping[str, float]) -> Measurement:
        """`survey` without the curves that take far longer than measuring a design; with all of them by default."""
        return self.survey(values)

    def extras(self, values: Mapping[str, float]) -> Measurement:
        """The curves that `sketch` leaves out, none by default; no metrics."""
        return Measurement("ok")

    def record(self) -> Mapping[str, Any]:
        """The structure as plain data that JSON can hold, without its space; empty where nobody asks for it."""
        return {}

    def drawing(self, values: Mapping[str, float]) -> str:
        """The structure with these values as SVG, for the report; empty where there is nothing to draw."""
        return ""

    def drawings(self, designs: Sequence[Mapping[str, float]]) -> list[str]:
        """`drawing` of each of many designs, for the cost of few where they are drawn alike."""
        return [self.drawing(values) for values in designs]

    def panels(self, designs: Sequence["Design"]) -> list["Panel"]:
        """The problem's own figures for the report, over surveyed designs, or over sketched ones."""
        return []


class AbstractGenerator(ABC):
    """Proposes structures for a spec: from a library, learned, or the user's own."""

    @abstractmethod
    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> Sequence[Structure]:
        """At most `count` structures, checked and different from each other."""

    def expected(self, structure: Structure, spec: DesignSpec) -> Expected | None:
        """What the metrics of a structure's designs should come to, where the generator has an idea of it."""
        return None

    def remarks(self, spec: DesignSpec) -> list[str]:
        """What a person should know about its proposals for `spec`, in sentences for the run's summary."""
        return []


@dataclass(frozen=True)
class Design:
    """One structure with its values and what was measured; `metrics` may hold `<metric>@<corner>` too."""

    id: str
    problem: AbstractProblem
    values: Mapping[str, float]
    metrics: Mapping[str, float]
    rank: int = 0  # of a chosen design, from 1
    curves: Any = None

    @property
    def label(self) -> str:
        """What figures call it: the rank, if it has one, and the structure."""
        return f"{self.rank or ''} {self.problem.structure.name}".strip()


@dataclass(frozen=True)
class Panel:
    """One figure of the report: a title, the figure, and what to see in it.

    The figure is a dictionary as plotly has it, of scatter, bar, scattersmith and table traces (`draw.js` draws them).
    A scattersmith trace has impedances over 50 ohm, `real` and `imag`, or a `circle` of reflections [u, v, radius].
    A trace whose `legendgroup` is a design's id gets that design's colour; a shape without a style is drawn as what a
    limit forbids. Texts of a trace with a `textposition`, whichever, are placed beside its points where there is room.
    """

    title: str
    figure: Mapping[str, Any]
    caption: str = ""

    @classmethod
    def table(cls, title: str, columns: Mapping[str, Sequence[str]], caption: str = "") -> "Panel":
        """A table of texts by the names of its columns; all columns are equally long."""
        trace = {
            "type": "table",
            "header": {"values": [escape(name) for name in columns]},
            "cells": {"values": [[escape(text) for text in column] for column in columns.values()]},
        }
        return cls(title, {"data": [trace], "layout": {}}, caption)


@dataclass(frozen=True)
class Check:
    """What came of reading an exported file back with the tool that will use it; `passed` is None where nobody did."""

    name: str
    passed: bool | None
    detail: str = ""


class AbstractExporter(ABC):
    """Writes a design to files, and reads them back with the tool that will use them."""

    writes: ClassVar[tuple[type[AbstractProblem], ...]] = (AbstractProblem,)  # designs of these problems

    def check_fits(self, name: str, problem: AbstractProblem) -> None:
        """Raise ConfigError where the exporter, called `name` in the config, has no files for such a problem."""
        if not isinstance(problem, self.writes):
            known = " and ".join(one.called for one in self.writes)
            raise ConfigError(f"exporter={name} writes {known}, and this run has {problem.called}")

    def require(self) -> None:
        """Raise ToolNotFound when the tool that reads the files back is not there."""
        return

    def tools(self) -> Mapping[str, str]:
        """Versions of the programs that read the files back, by name."""
        return {}

    @abstractmethod
    def export(self, design: Design, folder: Path) -> list[Path]:
        """Write the files of `design` into `folder`."""

    @abstractmethod
    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        """Read the files back with the tool that will use them, and compare with what was measured."""

    def panels(self, paths: Sequence[Path], design: Design) -> list[Panel]:
        """What the report shows of checked files; nothing by default."""
        return []
