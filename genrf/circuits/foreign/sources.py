"""Sources of a foreign netlist in numbers: what drives it, and elements whose value is an expression of voltages."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from genrf.circuits.expressions import Scope, expression
from genrf.circuits.foreign.syntax import Instance
from genrf.core.errors import ConfigError

_SHAPES = ("sin", "pulse", "exp", "pwl", "sffm", "am")
_KEYS = ("ac", "portnum", "z0", "distof1", "distof2")
_CALL = re.compile(r"(\w+)\s*\((.*)\)$", re.S)
_WORDS = re.compile(
    rf"(?:{'|'.join(_SHAPES)})\s*\([^)]*\)|'[^']*'|\{{[^}}]*\}}|\([^)]*\)|[^\s(]+(?:\([^)]*\)\S*)?", re.I
)
_TOKEN = re.compile(
    r"\s*(?:(?P<probe>[vi]\s*\([^()]*\))|(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?[a-z]*)|(?P<name>[a-z_][\w.]*)"
    r"|(?P<sign>[-+*/^()<>=!&|?:,%]))",
    re.I,
)
_BRACKETS = str.maketrans({"{": "(", "}": ")", "'": " ", '"': " "})  # `{p}*v(in)` as well as `{p*v(in)}`
_FUNCTIONS = (
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "exp", "floor", "ln", "log", "max",
    "min", "pow", "pwr", "sgn", "sin", "sinh", "sqrt", "tan", "tanh", "u", "uramp", "limit", "time", "temper", "hertz",
)  # fmt: skip


def stimulus(instance: Instance, scope: Scope) -> tuple[float, str]:
    """The direct value of an independent source, and the rest of what it does as text with numbers in it."""
    tokens = list(_tokens(instance))
    value, rest, at = 0.0, list[str](), 0
    while at < len(tokens):
        token = tokens[at]
        word = token.lower()
        if word == "dc" and at + 1 < len(tokens):
            at += 1
            value = expression(tokens[at])(scope)
        elif word in _KEYS:
            count = _numbers_after(tokens, at)
            rest += [word, *(repr(expression(one)(scope)) for one in tokens[at + 1 : at + 1 + count])]
            at += count
        elif _shape(token) is not None:
            rest.append(_drawn(token, scope))
        elif at == 0:
            value = expression(token)(scope)
        else:
            raise ValueError(f"cannot read {token!r} of a source")
        at += 1
    return value, " ".join(rest)


def _tokens(instance: Instance) -> Iterator[str]:
    """Words and assignments in one row, a shape with its numbers in one word."""
    words = [*instance.values]
    for key, text in instance.parameters.items():
        words += [key, *text.split()] if not _shape(text) else [key, text]
    joined = " ".join(words)
    pattern = re.compile(
        rf"(?:{'|'.join(_SHAPES)})\s*\([^)]*\)|'[^']*'|\{{[^}}]*\}}|\([^)]*\)|[^\s(]+(?:\([^)]*\)\S*)?", re.I
    )
    found = pattern.findall(joined)
    at = 0
    while at < len(found):
        if found[at].lower() in _SHAPES:  # numbers without brackets
            count = _numbers_after(found, at)
            yield f"{found[at]}({' '.join(found[at + 1 : at + 1 + count])})"
            at += count
        else:
            yield found[at]
        at += 1


def _numbers_after(tokens: Sequence[str], at: int) -> int:
    count = 0
    for token in tokens[at + 1 :]:
        if token.lower() in (*_KEYS, *_SHAPES, "dc") or _shape(token):
            break
        count += 1
    return count


def _shape(token: str) -> str | None:
    match = _CALL.match(token)
    return match[1].lower() if match and match[1].lower() in _SHAPES else None


def _drawn(token: str, scope: Scope) -> str:
    """`sin(...)` and its kin with numbers."""
    match = _CALL.match(token)
    assert match is not None
    numbers = re.findall(r"'[^']*'|\{[^}]*\}|[^\s,]+", match[2])
    return f"{match[1].lower()}({' '.join(repr(expression(number)(scope)) for number in numbers)})"


def behaviour(instance: Instance, scope: Scope, net: Callable[[str], str], element: Callable[[str], str]) -> str:
    """The expression of a behavioural source with parameters as numbers and nets of the whole circuit: `v=...`."""
    assigned = {key.lower(): text for key, text in instance.parameters.items()}
    for key, target in (("v", "v"), ("vol", "v"), ("i", "i"), ("cur", "i"), ("value", None)):
        if key in assigned:
            made = "".join(_rewritten(assigned[key], scope, net, element))
            kind = target or ("v" if instance.name[0].lower() == "e" else "i")
            return (
                f"{'value' if instance.name[0].lower() in 'eg' else kind}={{{made}}}"
                if key == "value"
                else f"{kind}={made}"
            )
    raise ValueError("a behavioural source needs `v=`, `i=`, `vol=`, `cur=` or `value=`")


def _rewritten(
    text: str, scope: Mapping[str, float], net: Callable[[str], str], element: Callable[[str], str]
) -> Iterator[str]:
    plain, at = text.translate(_BRACKETS).strip(), 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise ConfigError(f"expression {text!r} cannot be read at {plain[at : at + 12]!r}")
        at = match.end()
        if match["probe"]:
            yield _probe(match["probe"], net, element)
        elif match["name"] and match["name"].lower() not in _FUNCTIONS:
            yield f"({scope[match['name'].lower()]!r})"
        elif match["number"]:
            yield repr(expression(match["number"])({}))
        else:
            yield match["name"] or match["sign"]


def _probe(text: str, net: Callable[[str], str], element: Callable[[str], str]) -> str:
    kind, inner = text[0].lower(), text[text.index("(") + 1 : -1]
    names = [name.strip() for name in inner.split(",")]
    if any(not re.fullmatch(r"[\w.+\-!#<>\[\]:$/]+", name) for name in names):
        raise ConfigError(f"{text!r} names no net")
    return f"v({','.join(map(net, names))})" if kind == "v" else f"i({element(names[0])})"
