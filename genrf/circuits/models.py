"""Where a process keeps its transistor models, and how one corner of them becomes the lines of a deck."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from genrf.circuits.expressions import Draw
from genrf.core.errors import ConfigError, ToolNotFound, choices

PROCESSES = Path(__file__).parent / "processes"  # the model files that ship with genrf
Factors = Mapping[str, Mapping[str, float]]  # model name -> parameter -> number


class ModelLibrary(ABC):
    """Transistor models by section: the corner of the process, as `tt` or `ss`."""

    @abstractmethod
    def lines(self, section: str, draw: Draw | None = None) -> tuple[str, ...]:
        """The model cards of `section` as deck lines, the same object for the same section without draws.

        Raises ConfigError for a section that the library lacks.
        """

    def check(self, section: str, temperature: float) -> None:
        """Raise ConfigError for a section that the library lacks, or a temperature at which its models fail."""
        self.lines(section)

    def require(self) -> None:
        """Raise ToolNotFound when its files are not there."""
        return

    def hashed(self) -> tuple[Path, ...]:
        """The files whose content decides what this library says."""
        return ()


@dataclass(frozen=True)
class Section:
    """How a corner differs from the typical cards: parameters shifted by, and parameters multiplied with."""

    shift: Factors
    scale: Factors

    def drawn(self, draw: Draw) -> "Section":
        """A die, where the numbers here are standard deviations."""
        shift = {m: {p: s * draw(f"{m}.{p}") for p, s in sigmas.items()} for m, sigmas in self.shift.items()}
        scale = {m: {p: 1.0 + s * draw(f"{m}.{p}") for p, s in sigmas.items()} for m, sigmas in self.scale.items()}
        return Section(shift, scale)


@dataclass(frozen=True)
class CardFile(ModelLibrary):
    """A file of typical cards, each corner a few parameters away from it.

    `file` is an absolute path, or the name of one of genrf's own processes.
    """

    file: str
    sections: Mapping[str, Section]
    spread: Section  # standard deviations from die to die, of shifts and of factors

    def lines(self, section: str, draw: Draw | None = None) -> tuple[str, ...]:
        self.check(section, 27.0)
        if draw is None:
            return _lines(self, section)
        return tuple(_changed(card.split(), self.spread.drawn(draw)) for card in _lines(self, section))

    def check(self, section: str, temperature: float) -> None:
        if section not in self.sections:
            raise ConfigError(f"models {self.file}: no section {section!r}; {choices(section, self.sections)}")

    def hashed(self) -> tuple[Path, ...]:
        return (self.path(),)

    def path(self) -> Path:
        """Where the cards are."""
        return PROCESSES / self.file  # which an absolute path replaces

    def require(self) -> None:
        if not self.path().is_file():
            raise ToolNotFound(f"models: no file {self.path()}; give the absolute path of your model cards")

    def __hash__(self) -> int:
        return id(self)


@lru_cache
def _lines(library: CardFile, section: str) -> tuple[str, ...]:
    library.require()
    change = library.sections[section]
    return tuple(_changed(card, change) for card in _cards(library.path()))


def _cards(path: Path) -> list[list[str]]:
    """The words of each `.model` of a file, continuation lines joined and comments dropped."""
    text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("*"))
    return [line.split() for line in text.replace("\n+", " ").splitlines() if line.startswith(".model")]


def _changed(card: list[str], change: Section) -> str:
    head, name, kind, *pairs = card
    values = dict(pair.split("=") for pair in pairs)
    for parameter, by in change.shift.get(name, {}).items():
        values[parameter] = repr(float(values[parameter]) + by)
    for parameter, by in change.scale.get(name, {}).items():
        values[parameter] = repr(float(values[parameter]) * by)
    return " ".join([head, name, kind, *(f"{key}={value}" for key, value in values.items())])
