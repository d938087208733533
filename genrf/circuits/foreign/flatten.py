"""A SPICE netlist as flat elements with numbers: parameters evaluated, subcircuits opened, nothing passed through.

What reaches the simulator is made anew from what was understood; text that is not understood is refused by file and
line. Names inside of subcircuits are ngspice's own: element `m.x1.m5`, net `x1.tail`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from genrf.circuits.expansion import Process, scaled
from genrf.circuits.expressions import Expression, Scope, expression
from genrf.circuits.foreign.gather import Deck
from genrf.circuits.foreign.lines import Unreadable
from genrf.circuits.foreign.sources import behaviour, stimulus
from genrf.circuits.foreign.syntax import Command, Instance, Model, Parameters, Statement, Subcircuit, safe
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.core.errors import ConfigError, choices

_ELEMENT = re.compile(r"\w[\w.]*")
_NET = re.compile(r"[\w.+\-!#<>\[\]:$/~\\]+")
_WORD = re.compile(r"[\w.+\-]+")
_GROUNDS = ("0", "gnd")
_MAIN = {"r": "r", "c": "c", "l": "l"}  # the assignment that is an element's main value
_SHARED = "mqdjrcl"  # elements that a subcircuit's `m` multiplies
_CONTROLLED = "eg"
_DEPTH = 30  # of subcircuits in each other
_MOST = 100_000  # instances: twenty subcircuits of four of the next one are a million million


@dataclass(frozen=True)
class Place:
    """Where statements are read: a subcircuit's path, the nets of its ports, its scope, its models and subcircuits."""

    path: str
    nets: Mapping[str, str]
    scope: Scope
    models: Mapping[str, tuple[str, Model]]  # name -> (name in the deck, card)
    subcircuits: Mapping[str, Subcircuit]
    multiplier: float = 1.0
    depth: int = 0

    def net(self, name: str) -> str:
        """The net of the whole circuit that `name` is here."""
        own = name.lower()
        if own in _GROUNDS:
            return GROUND
        return self.nets.get(own, f"{self.path}{safe(own)}")

    def element(self, name: str) -> str:
        """The name in the whole circuit of element `name`, which begins with its letter."""
        own = name.lower()
        return f"{own[0]}.{self.path}{own}" if self.path else own


@dataclass
class Flattening:
    """A deck for one set of values of its parameters."""

    deck: Deck
    values: Mapping[str, float]
    temperature: float
    cards: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    read: int = 0  # instances so far
    called: Mapping[str, str] = field(default_factory=dict)  # nets of the deck that have another name in the circuit

    def netlist(self) -> Netlist:
        """The whole circuit. Raises Unreadable for what cannot be understood, with file and line."""
        return self._netlist(self._body(self.deck.body, self._top("", self._globals())))

    def opened(self, instance: Instance) -> Netlist:
        """What an instance of a subcircuit holds, and nothing else of the deck."""
        return self._netlist(self._subcircuit(instance, self._top("", {})))

    def under(self, path: str) -> Netlist:
        """The whole circuit as if it stood in a subcircuit: its elements and nets, but those `called`, below `path`."""
        return self._netlist(self._body(self.deck.body, self._top(path, {**self._globals(), **self.called})))

    def _top(self, path: str, nets: Mapping[str, str]) -> Place:
        """The outermost place. The process is there before any expression is asked for."""
        if self.deck.library.blocks or self.deck.library.models:
            self.process = Process(self.deck.library, dict(self.values), self.temperature, self.scale())
        return Place(path, nets, self.scope(), *_defined(self.deck.body, "", {}, {}))

    def _netlist(self, found: Iterable[Element]) -> Netlist:
        elements = tuple(found)  # which also finds the cards that they use
        return Netlist(elements, (*self.cards.values(), *self.deck.settings))

    def scale(self) -> float:
        """What `.option scale`, the netlist's own or that of a library, multiplies lengths with."""
        own = [one.parameters for one in self.deck.commands("option", "options")]
        found = [value for given in own for key, value in given.items() if key.lower() == "scale"]
        return expression(found[-1])({}) if found else self.deck.library.scale

    def _globals(self) -> dict[str, str]:
        return {net: self.called.get(net, safe(net)) for net in self.deck.global_nets}

    def scope(self) -> Scope:
        """The deck's parameters."""
        parent = self.process.scope if self.process else None
        given = {"temper": self.temperature, **{name.lower(): value for name, value in self.values.items()}}
        return Scope(_expressions(self.deck.body), parent, given)

    def _body(self, body: Sequence[Statement], place: Place) -> Iterator[Element]:
        for statement in _chosen(body, place.scope):
            if not isinstance(statement, Instance):
                continue
            try:
                yield from self._instance(statement, place)
            except Unreadable:
                raise
            except (ConfigError, ValueError) as error:
                raise Unreadable(f"{self.deck.where(statement)}: {statement.name}: {error}") from error

    def _instance(self, instance: Instance, place: Place) -> Iterator[Element]:
        letter = instance.name[0].lower()
        self.read += 1
        if self.read > _MOST:
            raise ValueError(f"the circuit has more than {_MOST} elements")
        if not _ELEMENT.fullmatch(instance.name):
            raise ValueError("an element's name holds letters, digits and _ only")
        for net in instance.nets:
            if not _NET.fullmatch(net):
                raise ValueError(f"{net!r} is no name of a net")
        if letter == "x":
            yield from self._subcircuit(instance, place)
        elif letter in "vi":
            value, flags = stimulus(instance, place.scope)
            yield Element(place.element(instance.name), self._nets(instance, place), value, flags=flags)
        elif (letter in _CONTROLLED and len(instance.nets) == 2) or letter == "b":
            flags = behaviour(instance, place.scope, place.net, place.element)
            yield Element(place.element(instance.name), self._nets(instance, place), flags=flags)
        elif letter in "efghk":
            yield self._controlled(instance, place)
        else:
            yield self._element(letter, instance, place)

    def _nets(self, instance: Instance, place: Place) -> tuple[str, ...]:
        return tuple(place.net(net) for net in instance.nets)

    def _controlled(self, instance: Instance, place: Place) -> Element:
        """E and G with nets, F and H with a source, K with two coils: names, then one number."""
        *names, gain = [*instance.values, *(value for value in instance.parameters.values())]
        through = " ".join(place.element(name) for name in names)
        value = expression(gain)(place.scope)
        return Element(place.element(instance.name), self._nets(instance, place), value, through)

    def _element(self, letter: str, instance: Instance, place: Place) -> Element:
        words = [*([instance.master] if instance.master else []), *instance.values]
        model = ""
        if words and words[0].lower() in place.models:
            model = self._card(words.pop(0).lower(), place)
        elif letter not in _MAIN:
            raise ValueError(f"no model {words[0]!r}; {choices(words[0].lower(), place.models)}")
        numbers = {
            key.lower(): expression(text)(place.scope) * scaled(key.lower(), self.scale())
            for key, text in instance.parameters.items()
        }
        value = None if model else numbers.pop(_MAIN[letter], None)
        if words and letter in _MAIN and value is None:
            value = expression(words.pop(0))(place.scope)
        elif words and letter in "dqjz":
            numbers["area"] = expression(words.pop(0))(place.scope)
        flags = [word.lower() for word in words]
        if any(not _WORD.fullmatch(word) for word in flags):
            raise ValueError(f"cannot read {' '.join(words)!r}")
        if letter in _SHARED and place.multiplier != 1.0:
            numbers["m"] = numbers.get("m", 1.0) * place.multiplier
        if letter in _MAIN and value is None and not model:
            raise ValueError("it has no value")
        name = place.element(instance.name)
        return Element(name, self._nets(instance, place), value, model, numbers, " ".join(flags))

    def _card(self, name: str, place: Place) -> str:
        """The name in the deck of a model, whose card is there from now on."""
        called, model = place.models[name]
        if called not in self.cards:
            numbers = (f"{key.lower()}={_number(text, place.scope)}" for key, text in model.parameters.items())
            self.cards[called] = " ".join([".model", called, model.kind.lower(), *numbers])
        return called

    def _subcircuit(self, instance: Instance, place: Place) -> Iterator[Element]:
        name = instance.master.lower()
        given = {key.lower(): expression(text)(place.scope) for key, text in instance.parameters.items()}
        if name not in place.subcircuits:
            yield from self._library_device(name, instance, given, place)
            return
        if place.depth == _DEPTH:
            raise ValueError(f"subcircuits lie more than {_DEPTH} deep in each other")
        opened = place.subcircuits[name]
        if len(instance.nets) != len(opened.ports):
            raise ValueError(f"{opened.name} has the ports {', '.join(opened.ports)}; got {len(instance.nets)} nets")
        path = f"{place.path}{instance.name.lower()}."
        ports = {port.lower(): place.net(net) for port, net in zip(opened.ports, instance.nets, strict=True)}
        own = {key.lower(): expression(text) for key, text in opened.parameters.items()} | _expressions(opened.body)
        multiplier = place.multiplier * (given.pop("m", 1.0) if "m" not in own else 1.0)
        scope = Scope(own, place.scope, given)
        nets = {**self._globals(), **ports}
        inner = Place(
            path, nets, scope, *_defined(opened.body, path, place.models, place.subcircuits), multiplier,
            place.depth + 1,
        )  # fmt: skip
        yield from self._body(opened.body, inner)

    def _library_device(
        self, name: str, instance: Instance, given: Mapping[str, float], place: Place
    ) -> Iterator[Element]:
        """A device of an included model library."""
        if self.process is None or name not in self.process.definitions.blocks:
            known = [*place.subcircuits, *(self.process.definitions.blocks if self.process else ())]
            raise ValueError(f"no subcircuit {name!r}; {choices(name, known)}")
        m = {"m": given.get("m", 1.0) * place.multiplier}
        called = f"{place.path}{instance.name.lower()}"
        yield from self.process.elements(name, called, self._nets(instance, place), {**given, **m})


def _defined(
    body: Sequence[Statement],
    path: str,
    models: Mapping[str, tuple[str, Model]],
    subcircuits: Mapping[str, Subcircuit],
) -> tuple[dict[str, tuple[str, Model]], dict[str, Subcircuit]]:
    """The models and subcircuits that can be named in `body`: its own ones before those outside."""
    cards = {one.name.lower(): (f"{path}{one.name.lower()}", one) for one in body if isinstance(one, Model)}
    own = {one.name.lower(): one for one in body if isinstance(one, Subcircuit)}
    return {**models, **cards}, {**subcircuits, **own}


def _expressions(body: Sequence[Statement]) -> dict[str, Expression]:
    assigned = (one.assigned for one in body if isinstance(one, Parameters))
    return {name.lower(): expression(text) for part in assigned for name, text in part.items()}


def _chosen(body: Sequence[Statement], scope: Scope) -> Iterator[Statement]:
    """The statements whose conditions (`.if`, `.elseif`, `.else`) hold."""
    taken: list[list[bool]] = []  # of each open condition: is this branch on, was one before
    for one in body:
        if isinstance(one, Command) and one.name in ("if", "elseif", "else", "endif"):
            _turn(taken, one, scope)
        elif taken and isinstance(one, Parameters | Model | Subcircuit):
            raise ConfigError("a .param, .model or .subckt inside of .if is not understood")
        elif all(on for on, _ in taken):
            yield one


def _turn(taken: list[list[bool]], one: Command, scope: Scope) -> None:
    if one.name == "if":
        holds = bool(expression(_condition(one))(scope))
        taken.append([holds, holds])
    elif not taken:
        raise ValueError(f".{one.name} without .if")
    elif one.name == "elseif":
        holds = not taken[-1][1] and bool(expression(_condition(one))(scope))
        taken[-1] = [holds, holds or taken[-1][1]]
    elif one.name == "else":
        taken[-1] = [not taken[-1][1], True]
    else:
        taken.pop()


def _condition(one: Command) -> str:
    return " ".join([*one.words, *(f"{key}={value}" for key, value in one.parameters.items())])


def _number(text: str, scope: Scope) -> str:
    """A model's entry: a number, or a plain word such as a version."""
    try:
        return repr(expression(text)(scope))
    except ConfigError:
        if _WORD.fullmatch(text):
            return text.lower()
        raise
