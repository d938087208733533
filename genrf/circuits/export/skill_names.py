"""Whether a SKILL script names only what exists: functions with their number of arguments, variables that are set."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from genrf.circuits.export.skill_reader import Binary, Call, Expression, Group, Negative, Symbol
from genrf.core.errors import ConfigError

# functions of SKILL and of Virtuoso: fewest and most arguments, keywords not counted
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "list": (0, 99), "car": (1, 1), "cadr": (1, 1), "abs": (1, 1), "error": (1, 9), "warn": (1, 9), "printf": (1, 9),
    "boundp": (1, 1), "let": (2, 99), "if": (2, 99), "unless": (2, 99), "when": (2, 99), "log10": (1, 1),
    "sqrt": (1, 1), "centerBox": (1, 1), "xCoord": (1, 1), "yCoord": (1, 1),
    "cdr": (1, 1), "caddr": (1, 1), "cons": (2, 2), "nth": (2, 2), "length": (1, 1), "reverse": (1, 1),
    "member": (2, 2), "mapcar": (2, 9), "foreach": (3, 99), "setof": (3, 3), "forall": (3, 3), "exists": (3, 3),
    "not": (1, 1), "min": (2, 9), "max": (2, 9), "round": (1, 1),
    "ddGetObj": (1, 4), "ddCreateLib": (1, 2),
    "dbOpenCellViewByType": (3, 6), "dbFindTermByName": (2, 2), "dbTransformPoint": (2, 2), "dbSave": (1, 5),
    "dbClose": (1, 1), "cdfGetInstCDF": (1, 1), "cdfFindParamByName": (2, 2),
    "schCreateInst": (5, 6), "schCreateWire": (7, 9), "schCreateWireLabel": (9, 9), "schCreatePin": (7, 8),
    "schCheck": (1, 1), "schSchemToPinList": (3, 3), "schPinListToSymbol": (4, 4),
    "schDrawSymbolPin": (4, 4), "schCreateSymbolShape": (4, 5), "schCreateSymbolLabel": (9, 9), "dbCreateRect": (3, 4),
    "simulator": (1, 1), "design": (1, 3), "resultsDir": (1, 1), "desVar": (2, 2), "temp": (1, 1), "analysis": (1, 1),
    "run": (0, 9), "delete": (1, 2), "v": (1, 1), "i": (1, 1), "sp": (2, 2), "getData": (1, 1), "ymin": (1, 1),
    "ymax": (1, 1), "dB20": (1, 1), "mag": (1, 1), "conjugate": (1, 1), "average": (1, 1),
    "value": (2, 2), "cross": (4, 4), "xval": (1, 1), "clip": (3, 3), "frequency": (1, 1), "phaseDegUnwrapped": (1, 1),
    "paramAnalysis": (1, 2), "paramRun": (0, 1),
    "cos": (1, 1), "sin": (1, 1),
}  # fmt: skip
_CONSTANTS = frozenset({"t", "nil"})
_EACH = ("foreach", "setof", "exists", "forall")  # with a variable of their own, their first argument
_PARTS = (Symbol("then"), Symbol("else"))


def check(script: Sequence[Expression]) -> None:
    """Raise ConfigError for a call of an unknown function, for one with a wrong number of arguments, for an unset name.

    The script's own procedures take exactly the arguments that they are defined with. A name is set by an assignment
    above, or around where it is read: as argument of a procedure, by `let`, or by what goes through a list.
    """
    own = dict(_procedures(script))
    for call in _calls(script):
        low, high = own.get(call.name) or FUNCTIONS.get(call.name) or (0, -1)
        if high < 0:
            raise ConfigError(f"line {call.line}: no function {call.name!r}")
        if not low <= len(call.arguments) <= high:
            takes = f"{call.name} takes {low} to {high} arguments, got {len(call.arguments)}"
            raise ConfigError(f"line {call.line}: {takes}")
        if call.name in own and call.keywords:
            raise ConfigError(f"line {call.line}: {call.name} takes no ?{next(iter(call.keywords))}")
    for symbol in _unset(script, set(), _CONSTANTS):
        raise ConfigError(f"line {symbol.line}: nothing sets {symbol.name!r}")


def _procedures(script: Sequence[Expression]) -> Iterator[tuple[str, tuple[int, int]]]:
    for one in script:
        match one:
            case Call("procedure", (Call() as head, *_)):
                yield head.name, (len(head.arguments), len(head.arguments))
            case Call("procedure"):
                raise ConfigError(f"line {one.line}: a procedure has no name with its arguments")


def _calls(items: Sequence[Expression]) -> Iterator[Call]:
    for item in items:
        match item:
            case Call() if item.name == "procedure":
                yield from _calls(item.arguments[1:])
            case Call():
                yield item
                yield from _calls([*item.arguments, *item.keywords.values()])
            case Binary():
                yield from _calls([item.left, item.right])
            case Negative():
                yield from _calls([item.term])
            case Group():
                yield from _calls(item.items)


def _unset(items: Sequence[Expression], assigned: set[str], around: AbstractSet[str]) -> Iterator[Symbol]:
    """The names that are read but neither `assigned` before, which grows, nor set `around` the items."""
    for item in items:
        match item:
            case Symbol(name=name) if name not in assigned | around:
                yield item
            case Binary(operator="=", left=Symbol(name=name), right=right):
                yield from _unset([right], assigned, around)
                assigned |= {name} - around
            case Binary(operator="~>", left=left):  # on the right is a property
                yield from _unset([left], assigned, around)
            case Binary(left=left, right=right):
                yield from _unset([left, right], assigned, around)
            case Negative(term=term):
                yield from _unset([term], assigned, around)
            case Group(items=grouped):
                yield from _unset(grouped, assigned, around)
            case Call():
                own, held = _scope(item)
                yield from _unset(held, assigned, around | own)


def _scope(call: Call) -> tuple[AbstractSet[str], Sequence[Expression]]:
    """The names that a call sets for what it holds, and what that is: all but the words of its form."""
    match call.name, call.arguments:
        case "procedure", (Call(arguments=names), *body):
            return _names(names), body
        case "let", (Group(items=names), *body):
            return _names(names), body
        case "foreach", (Symbol(name="mapcar"), Symbol() as name, *body):
            return _names([name]), body
        case kind, (Symbol() as name, *body) if kind in _EACH:
            return _names([name]), body
        case "if", parts:
            return frozenset(), [one for one in parts if one not in _PARTS]
    return frozenset(), [*call.arguments, *call.keywords.values()]


def _names(items: Sequence[Expression]) -> AbstractSet[str]:
    return {one.name for one in items if isinstance(one, Symbol)}
