"""A device of a foundry's library as plain SPICE elements and model cards with numbers in them.

ngspice would expand the same subcircuit while it reads a deck, once for every design. Expanded here, two sizes of a
circuit differ by numbers alone, which a loaded deck changes in place, and the bin of a transistor is known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from genrf.circuits.definitions import Definitions, Line, ModelCard, Subcircuit
from genrf.circuits.expressions import Draw, Expression, Scope, expression
from genrf.circuits.netlist import GROUND, Element
from genrf.core.errors import ConfigError

_LENGTHS = ("w", "l", "pd", "ps", "sa", "sb", "sd")  # what `.option scale` of a library multiplies
_AREAS = ("ad", "as")
_VALUES = {"r": "r", "c": "c", "l": "l"}  # the parameter that is an element's main value
_NODES = {"m": 4, "r": 2, "c": 2, "l": 2}  # the fewest; what follows is a model or a value
_BSIM4 = (14, 54)  # levels
_TEXT = ("tc1", "tc2", "tc", "dtemp")  # altered by nothing, so that they may stay text


@dataclass
class Process:
    """The definitions of one corner with its parameters evaluated: one draw of the process, at one temperature."""

    definitions: Definitions
    parameters: Mapping[str, float]
    temperature: float
    scale: float = 1.0
    draw: Draw | None = None
    scope: Scope = field(init=False)
    _cards: dict[tuple[str, str], "_Card"] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        given = {"temper": self.temperature, **self.parameters}
        self.scope = Scope(self.definitions.parameters, given=given, draw=self.draw)

    def elements(
        self, subcircuit: str, name: str, nets: Sequence[str], given: Mapping[str, float], inside: str = ""
    ) -> list[Element]:
        """The elements of device `name`, an instance of `subcircuit` between `nets` with the parameters `given`.

        Raises ConfigError when there are not as many nets as ports, or no bin covers the size.
        """
        known = self.definitions.subcircuit(subcircuit)
        if len(nets) != len(known.ports):
            raise ConfigError(f"{subcircuit} has the ports {', '.join(known.ports)}; got {len(nets)} nets")
        unknown = set(given) - set(known.parameters) - {"m"}
        if unknown:
            raise ConfigError(f"{subcircuit} has no parameter {', '.join(sorted(unknown))}")
        prefix = f"{name}{inside}."
        scope = Scope(known.parameters, self.scope, given, self.draw, prefix)
        places = {GROUND: GROUND, **dict(zip(known.ports, nets, strict=True))}
        return list(_Expansion(self, known, f"{name}{inside}", places, scope, given.get("m", 1.0)).elements())

    def card(self, owner: Subcircuit, model: ModelCard) -> "_Card":
        """A model card, its fixed part as text, made once."""
        key = (owner.name, model.name)
        if key not in self._cards:
            self._cards[key] = _Card.of(owner, model, self.scope)
        return self._cards[key]


@dataclass(frozen=True)
class _Card:
    """What of a model card is the same for every instance, as text, and what each instance computes for itself."""

    fixed: str
    own: Mapping[str, Expression]

    @classmethod
    def of(cls, owner: Subcircuit, model: ModelCard, scope: Scope) -> "_Card":
        own = {
            key: value
            for key, value in model.parameters.items()
            if value.statistical or not value.names.isdisjoint(owner.parameters)
        }
        fixed = {key: scope.value(f"{model.name}.{key}", e) for key, e in model.parameters.items() if key not in own}
        if fixed.get("level") in _BSIM4:
            fixed["paramchk"] = 0.0  # else ngspice writes its remarks to a file in the user's folder
        return cls(" ".join([model.kind, *(f"{key}={_number(value)}" for key, value in fixed.items())]), own)


@dataclass
class _Expansion:
    """One subcircuit being turned into elements."""

    process: Process
    subcircuit: Subcircuit
    name: str
    places: dict[str, str]
    scope: Scope
    multiplier: float
    count: dict[str, int] = field(default_factory=dict)

    def elements(self) -> Iterator[Element]:
        for line in _chosen(self.subcircuit.body, self.scope):
            letter = line.words[0][0]
            if letter == "x":
                yield from self._nested(line)
            elif letter in "mrclq":
                yield from self._element(letter, line)
            else:
                raise ConfigError(
                    f"{self.subcircuit.name}: genrf cannot expand the element {line.words[0]!r}; "
                    "it knows M, Q, R, C, L and X"
                )

    def _nested(self, line: Line) -> Iterator[Element]:
        *nets, subcircuit = line.words[1:]
        given = {key: self._value(key, text) for key, text in line.assignments.items()}
        given["m"] = given.get("m", 1.0) * self.multiplier
        inside = f"_x{self._next('x')}"
        yield from self.process.elements(subcircuit, self.name, [self._net(net) for net in nets], given, inside)

    def _element(self, letter: str, line: Line) -> Iterator[Element]:
        nets, rest = self._terminals(letter, line.words[1:])
        values = {key: self._value(key, text) for key, text in line.assignments.items()}
        value = values.pop(_VALUES[letter], None) if letter in _VALUES and not self._cards_named(rest) else None
        name = f"{letter}{self.name}{self._suffix(letter)}"
        model = ""
        if value is None and rest:
            if self._cards_named(rest):
                model = f"{name}_card"
                yield self._card(model, rest, values)
            else:
                value = self._value(letter, rest)
        flags = " ".join(f"{key}={_number(values.pop(key))}" for key in _TEXT if key in values)
        multiplier = values.pop("m", 1.0) * self.multiplier
        sizes = {key: size * scaled(key, self.process.scale) for key, size in values.items()}
        if value is not None and multiplier != 1.0:
            value = value * multiplier if letter == "c" else value / multiplier
        elif multiplier != 1.0 or letter in "mq":
            sizes["m"] = multiplier
        yield Element(name, tuple(nets), value, model, sizes, flags)

    def _terminals(self, letter: str, words: Sequence[str]) -> tuple[list[str], str]:
        """The nets of an element, and its model or value where it has one."""
        count = _NODES.get(letter) or next(i for i, word in enumerate(words) if self._cards_named(word))
        return [self._net(word) for word in words[:count]], words[count] if len(words) > count else ""

    def _cards_named(self, name: str) -> list[ModelCard]:
        models = (*self.subcircuit.models, *self.process.definitions.models.values())
        return [card for card in models if name and card.name.partition(".")[0] == name]

    def _card(self, name: str, model: str, sizes: Mapping[str, float]) -> Element:
        """The card of the bin that holds the size, evaluated for this instance under a name of its own."""
        card = self._bin(self._cards_named(model), sizes)
        made = self.process.card(self.subcircuit, card)
        own = {key: self.scope.value(f"{model}.{key}", value) for key, value in made.own.items()}
        return Element(f".model {name}", (), None, made.fixed, own)

    def _bin(self, cards: Sequence[ModelCard], sizes: Mapping[str, float]) -> ModelCard:
        if len(cards) == 1 and "lmin" not in cards[0].parameters:
            return cards[0]
        length = sizes["l"] * self.process.scale
        width = sizes["w"] * self.process.scale / sizes.get("nf", 1.0)  # a bin is chosen by the width of a finger
        for card in cards:
            low_l, high_l, low_w, high_w = (
                card.parameters[key](self.scope) for key in ("lmin", "lmax", "wmin", "wmax")
            )
            if _within(length, low_l, high_l) and _within(width, low_w, high_w):
                return card
        raise ConfigError(
            f"{self.subcircuit.name}: no model bin holds a finger of {width * 1e6:g} um "
            f"with a length of {length * 1e6:g} um"
        )

    def _value(self, key: str, text: str) -> float:
        return self.scope.value(key, expression(text))

    def _net(self, net: str) -> str:
        return self.places.setdefault(net, f"{self.name}_{net}")

    def _next(self, letter: str) -> int:
        self.count[letter] = self.count.get(letter, 0) + 1
        return self.count[letter]

    def _suffix(self, letter: str) -> str:
        number = self._next(letter)
        return "" if number == 1 else f"_{number}"


def _chosen(body: Sequence[Line], scope: Scope) -> Iterator[Line]:
    """The lines whose conditions (`.if`, `.elseif`, `.else`) hold."""
    taken: list[list[bool]] = []  # for each open condition: is this branch on, was one before
    for line in body:
        command = line.words[0].split(" ")[0].split("(")[0] if line.words[0].startswith(".") else ""
        if command == ".if":
            holds = bool(expression(line.words[0][3:])(scope))
            taken.append([holds, holds])
        elif command == ".elseif":
            holds = not taken[-1][1] and bool(expression(line.words[0][7:])(scope))
            taken[-1] = [holds, holds or taken[-1][1]]
        elif command == ".else":
            taken[-1] = [not taken[-1][1], True]
        elif command == ".endif":
            taken.pop()
        elif all(on for on, _ in taken) and not command:
            yield line


def scaled(key: str, scale: float) -> float:
    """What a parameter of an element is multiplied with under `.option scale`."""
    return scale if key in _LENGTHS else scale**2 if key in _AREAS else 1.0


def _within(value: float, low: float, high: float) -> bool:
    """As ngspice compares: the lower edge belongs to the bin, within rounding."""
    return low * (1 - 1e-12) <= value < high * (1 - 1e-12)


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e9 else repr(value)
