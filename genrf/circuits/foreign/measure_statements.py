"""SPICE's `.measure` statements in the language of measurements: `.meas tran t trig v(a) val=1 rise=1 targ v(b) ...`.

Each becomes text of that language, so that nothing of the statement itself is ever evaluated. What the language cannot
say is named with its form. ngspice's reading counts where it and HSPICE differ: `vp(out)` is an angle in radians,
`v(out)` of an .ac its real part.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from genrf.circuits.expressions import expression
from genrf.circuits.foreign.gather import Deck
from genrf.circuits.foreign.lines import words
from genrf.circuits.foreign.measurements import ANALYSES, Measurement
from genrf.circuits.foreign.spice import line_of
from genrf.circuits.foreign.syntax import Command
from genrf.core.errors import ConfigError
from genrf.core.tokens import TokenReader

_AXIS = {"ac": "freq", "sp": "freq", "noise": "freq", "tran": "time", "dc": "sweep"}
_WHOLE = {"max": "max", "min": "min", "pp": "pp", "avg": "mean", "rms": "rms", "integ": "integral",
          "integral": "integral"}  # fmt: skip
_EXTREMES = {"max_at": "", "min_at": "-"}
_EDGES = ("rise", "fall", "cross")
_OPTIONS = ("td", "from", "to", "val", "goal", "minval", "weight")
_IDLE = ("goal", "minval", "weight")  # of an optimisation of HSPICE's own; they change no value
_PARTS = {"": "", "m": "abs", "r": "re", "i": "im", "db": "db", "p": "angle"}
_FUNCTIONS = {"abs": "abs", "sqrt": "sqrt", "exp": "exp", "ln": "ln", "log": "ln", "log10": "log10"}
_TOKEN = re.compile(
    r"\s*(?:(?P<probe>[vi](?:m|r|i|p|db)?\s*\([^()]*\))|(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?[a-z]*)"
    r"|(?P<name>[a-z_]\w*)|(?P<sign>\*\*|[-+*/^(),]))"
)
_BRACKETS = str.maketrans({"{": "(", "}": ")", "'": " ", '"': " "})
_WORD = re.compile(r"[a-z_]\w*")


@dataclass(frozen=True)
class Statements:
    """A deck's own measurements: those that the language can say by name, and of the others what is in the way."""

    known: Mapping[str, Measurement]
    refused: Mapping[str, str]

    @classmethod
    def of(cls, deck: Deck) -> "Statements":
        """The `.measure` statements of a deck, in small letters; the last of a name counts."""
        known, refused = dict[str, Measurement](), dict[str, str]()
        for command in deck.commands("measure", "meas"):
            reader = _Reader(command)
            try:
                found = reader.measurement()
            except (ConfigError, ValueError) as error:
                where = f"{command.file}:{command.line}"
                known.pop(reader.name, None)
                refused[reader.name] = f"{where}: .{command.name} {reader.name} is passed over: {error}"
            else:
                refused.pop(found.name, None)
                known[found.name] = found
        return cls(known, refused)

    def wanted(self, names: Iterable[str]) -> list[Measurement]:
        """The measurements of these names and all that they read, each behind what it reads.

        Raises ConfigError for one that the language cannot say.
        """
        taken: dict[str, Measurement] = {}
        for name in names:
            self._take(name, taken, ())
        return list(taken.values())

    def _take(self, name: str, taken: dict[str, Measurement], above: tuple[str, ...]) -> None:
        if name in self.refused:
            raise ConfigError(f"{self.refused[name]}; write it in the yaml's `meas`")
        if name in taken or name not in self.known:
            return
        if name in above:
            raise ConfigError(f".measure {name}: it is defined by itself")
        for other in self.known[name].names:
            self._take(other, taken, (*above, name))
        taken[name] = self.known[name]


class _Reader(TokenReader):
    """One statement, word by word."""

    def __init__(self, command: Command) -> None:
        super().__init__(list(_apart(line_of(command.words, command.parameters))))
        self.analysis = self.take() if self.peek() in ANALYSES else ""
        self.name = self.take()

    def measurement(self) -> Measurement:
        """The statement as a measurement. Raises ValueError or ConfigError when the language cannot say it."""
        if not _WORD.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name")
        text = self.form()
        if self.peek():
            raise ValueError(f"`{' '.join(self.tokens[self.at :])}` is not understood")
        return Measurement(self.name, text)

    def form(self) -> str:
        """The text behind the name."""
        form = self.take()
        if form in ("param", "expr"):
            self.expect("=")
            text = self.expression(self.take())
            return self.of(text) if re.search(r"[vi]\(", text) else text
        if form == "find":
            return self.of(self.find())
        if form == "when":
            return self.of(f"{self.axis()} at {self.condition()}")
        if form == "trig":
            return self.of(self.delay())
        if form in _WHOLE:
            values = self.expression(self.take())
            return self.of(f"{_WHOLE[form]}({values}{_ends(self.window())})")
        if form in _EXTREMES:
            return self.of(self.extreme(_EXTREMES[form]))
        raise ValueError(f"the form `{form}` is not understood")

    def of(self, text: str) -> str:
        return f"{self.analysis}: {text}" if self.analysis else text

    def find(self) -> str:
        value = self.expression(self.take())
        word = self.peek()
        if word == "when":
            self.take()
            return f"{value} at {self.condition()}"
        if word == "at":
            return f"{value} at {self.axis()} = {self.assigned('at')}"
        if self.analysis == "op":
            return value
        raise ValueError("`find` needs `at=` or `when`")

    def delay(self) -> str:
        """From what begins it to what ends it."""
        begin = self.event()
        if self.take() != "targ":
            raise ValueError("`trig` needs `targ`")
        return f"({self.event()}) - ({begin})"

    def event(self) -> str:
        if self.peek() == "at":
            return self.assigned("at")
        left = self.expression(self.take())
        right = self.equal() if self.peek() == "=" else ""
        options = self.options()
        right = options.pop("val", right)
        if not right:
            raise ValueError("`val=` is missing")
        return f"{self.axis()} at {left} = {right}{_crossing(options)}"

    def condition(self) -> str:
        left = self.expression(self.take())
        return f"{left} = {self.equal()}{_crossing(self.options())}"

    def options(self) -> dict[str, str]:
        """What stands behind a form, as text of the language."""
        found: dict[str, str] = {}
        while self.peek() in (*_EDGES, *_OPTIONS):
            word = self.take()
            self.expect("=")
            found[word] = _which(self.take()) if word in _EDGES else self.expression(self.take())
        return {word: text for word, text in found.items() if word not in _IDLE}

    def window(self) -> dict[str, str]:
        """The ends between which something is taken; raises ValueError for any other word."""
        found = self.options()
        if wrong := sorted(found.keys() - {"from", "to"}):
            raise ValueError(f"`{wrong[0]}=` has no meaning here; ngspice passes over it")
        return found

    def extreme(self, sign: str) -> str:
        """Where something is largest; where it is smallest its negative is."""
        value = f"{sign}({self.expression(self.take())})"
        ends = self.window()
        return f"{self.axis()} at {value} = max({value}{_ends(ends)}){_crossing(ends)}"

    def axis(self) -> str:
        if self.analysis not in _AXIS:
            raise ValueError("say of which analysis: ac, dc or tran")
        return _AXIS[self.analysis]

    def equal(self) -> str:
        self.expect("=")
        return self.expression(self.take())

    def assigned(self, word: str) -> str:
        if self.take() != word:
            raise ValueError(f"`{word}=` is missing")
        return self.equal()

    def expression(self, text: str) -> str:
        if not text:
            raise ValueError("it ends too early")
        return "".join(_translated(text, self.analysis))

    def wrong(self) -> ConfigError:
        return ConfigError(f"a sign of assignment is missing behind `{' '.join(self.tokens[: self.at - 1])}`")


def _apart(text: str) -> Iterator[str]:
    """The words of a statement in small letters, each `=` outside of brackets and quotes a word of its own."""
    for word in words(text.lower()):
        at, depth, quoted = 0, 0, ""
        for place, sign in enumerate(word):
            if quoted or sign in "'\"":
                quoted = "" if sign == quoted else quoted or sign
            depth += (sign in "({") - (sign in ")}")
            if sign == "=" and depth == 0 and not quoted:
                yield from filter(None, (word[at:place], "="))
                at = place + 1
        if word[at:]:
            yield word[at:]


def _which(text: str) -> str:
    """Which of the crossings: a number from 1 on, or the last."""
    if text == "last":
        return text
    found = expression(text)({})
    if found < 1 or found != round(found):
        raise ValueError(f"a crossing is counted from 1, or is `last`, got {text!r}")
    return str(round(found))


def _crossing(options: Mapping[str, str]) -> str:
    """Which crossing is meant, and where it is looked for."""
    edges = [f" {edge} {options[edge]}" for edge in _EDGES if edge in options]
    if len(edges) > 1:
        raise ValueError("only one of rise, fall and cross can be said")
    if "td" in options and "from" in options:
        raise ValueError("only one of td and from can be said")
    low = options.get("td", options.get("from"))
    return "".join([*edges, f" from {low}" if low else "", f" to {options['to']}" if "to" in options else ""])


def _ends(options: Mapping[str, str]) -> str:
    """The ends of a window as arguments of a function; nothing for the whole axis."""
    if not options:
        return ""
    return f", {options.get('from', '-1e300')}, {options.get('to', '1e300')}"


def _translated(text: str, analysis: str) -> Iterator[str]:
    """An expression of SPICE in the language of measurements."""
    plain, at = text.translate(_BRACKETS).strip(), 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise ValueError(f"cannot read {plain[at : at + 16]!r}")
        at = match.end()
        if match["probe"]:
            yield _probe(match["probe"], analysis)
        elif match["number"]:
            yield repr(expression(match["number"])({}))
        elif match["name"]:
            yield _named(match["name"], called=plain[at:].lstrip().startswith("("))
        else:
            yield "^" if match["sign"] == "**" else match["sign"]


def _probe(text: str, analysis: str) -> str:
    """`vdb(out)` as `db(v(out))`."""
    head, _, inner = text.partition("(")
    kind, part = head.strip()[0], head.strip()[1:]
    swept = analysis in ("ac", "sp")
    if part and not swept:
        raise ValueError(f"`{head}` is known of an .ac only")
    function = _PARTS[part or "r"] if swept else ""
    probe = f"{kind}({inner}"
    if part == "p":
        return f"({function}({probe})*pi/180)"
    return f"{function}({probe})" if function else probe


def _named(name: str, called: bool) -> str:
    if not called:
        return name
    if name == "par":
        return ""
    if name not in _FUNCTIONS:
        raise ValueError(f"no function `{name}` is known")
    return _FUNCTIONS[name]
