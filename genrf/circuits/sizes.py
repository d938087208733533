"""A circuit whose sizes are computed by one compiled function, not by building its elements anew for every design.

The elements are built once with symbols in place of numbers; what is done to the symbols is written down and compiled.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from genrf.circuits.netlist import Element, Netlist

Build = Callable[[Mapping[str, float]], Netlist]

_LINE = 900  # characters of one command line; ngspice takes 1,023, and a number 24 of them
_CHECKED = 3  # designs at which the compiled sizes are held against the elements


class _Symbol(float):
    """A number that is not known yet. It is NaN to whoever looks at it, so that no formula can use it unseen."""

    code: str
    written: list[str]

    @classmethod
    def of(cls, code: str, written: list[str]) -> "_Symbol":
        symbol = cls("nan")
        symbol.code, symbol.written = code, written
        return symbol

    def _result(self, code: str) -> "_Symbol":
        name = f"t{len(self.written)}"
        self.written.append(f"{name} = {code}")
        return _Symbol.of(name, self.written)


def _operator(sign: str) -> tuple[Callable[..., _Symbol], Callable[..., _Symbol]]:
    def forward(self: _Symbol, other: float) -> _Symbol:
        return self._result(f"{self.code} {sign} {_code(other)}")

    def backward(self: _Symbol, other: float) -> _Symbol:
        return self._result(f"{_code(other)} {sign} {self.code}")

    return forward, backward


for _name, _sign in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}.items():
    for _method, _function in zip((f"__{_name}__", f"__r{_name}__"), _operator(_sign), strict=True):
        setattr(_Symbol, _method, _function)


def _code(number: float) -> str:
    return number.code if isinstance(number, _Symbol) else f"({float(number)!r})"


@dataclass(frozen=True, eq=False)
class Sizes:
    """All that changes between two sizes of a circuit: the numbers, and the commands that set them."""

    build: Build
    models: tuple[str, ...]
    numbers: Callable[[Mapping[str, float]], tuple[float, ...]]
    lines: tuple[tuple[str, int, int], ...]  # commands joined to lines, with the numbers that each takes

    def commands(self, numbers: tuple[float, ...]) -> list[str]:
        """The command lines that set all of `numbers` in a loaded circuit."""
        return [line % numbers[first:last] for line, first, last in self.lines]


def sizes(build: Build, names: Sequence[str], samples: Sequence[Mapping[str, float]]) -> Sizes | None:
    """The compiled sizes of what `build` makes of the variables `names`.

    None where an element's number depends on them by more than arithmetic: a bin, a condition, a root. The compiled
    numbers are held against the elements at `samples`.
    """
    written: list[str] = []
    try:
        drawn = build({name: _Symbol.of(f"v[{name!r}]", written) for name in names})
        found = _compiled(build, drawn, written)
        agree = all(_agrees(found, drawn, values) for values in samples[:_CHECKED])
    except (TypeError, ValueError, ArithmeticError):
        return None
    return found if agree else None


def _compiled(build: Build, drawn: Netlist, written: Sequence[str]) -> Sizes:
    settings = [setting for element in drawn.elements for setting in _settings(element)]
    source = "\n    ".join(["def numbers(v):", *written, f"return ({' '.join(f'{code},' for _, code in settings)})"])
    space: dict[str, Any] = {}
    exec(source, space)
    return Sizes(build, drawn.models, space["numbers"], _joined([command for command, _ in settings]))


def _settings(element: Element) -> list[tuple[str, str]]:
    """The commands that set the symbols of an element, with the code of each."""
    found = [(element.main("%r"), element.value)] if isinstance(element.value, _Symbol) else []
    found += [(element.setting(key, "%r"), x) for key, x in element.parameters.items() if isinstance(x, _Symbol)]
    return [(command, value.code) for command, value in found]


def _joined(commands: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    lines, first = [], 0
    while first < len(commands):
        last, length = first, 0
        while last < len(commands) and length + len(commands[last]) + 24 < _LINE:
            length += len(commands[last]) + 24
            last += 1
        lines.append((";".join(commands[first:last]), first, last))
        first = last
    return tuple(lines)


def _agrees(found: Sizes, drawn: Netlist, values: Mapping[str, float]) -> bool:
    """Whether `drawn`, its symbols replaced by the compiled numbers of `values`, is the circuit of `values`."""
    numbers = iter(found.numbers(values))
    wanted = found.build(values).elements
    return len(wanted) == len(drawn.elements) and all(
        _filled(element, numbers) == plain for element, plain in zip(drawn.elements, wanted, strict=True)
    )


def _filled(element: Element, numbers: Iterator[float]) -> Element:
    """The element with the next numbers in place of its symbols; a number that a formula lost is NaN, equal to none."""

    def known(x: float) -> float:
        return next(numbers) if isinstance(x, _Symbol) else x

    value = None if element.value is None else known(element.value)
    return element._replace(value=value, parameters={key: known(x) for key, x in element.parameters.items()})


class SizedNetlist(Netlist):
    """A netlist of compiled sizes; its elements are built when somebody asks for them."""

    sizes: Sizes
    values: Mapping[str, float]
    numbers: tuple[float, ...]

    def __init__(self, sizes: Sizes, values: Mapping[str, float]) -> None:
        own = {"sizes": sizes, "values": values, "numbers": sizes.numbers(values), "models": sizes.models}
        self.__dict__.update(own)

    @cached_property
    def elements(self) -> tuple[Element, ...]:  # a field there, computed here
        return self.sizes.build(self.values).elements

    def changes(self, old: Netlist) -> list[str] | None:
        if isinstance(old, SizedNetlist) and old.sizes is self.sizes:
            return [] if old.numbers == self.numbers else self.sizes.commands(self.numbers)
        return super().changes(old)
