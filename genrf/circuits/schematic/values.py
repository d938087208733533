"""What stands beside a part: its sizes in engineering notation, or the names of the variables that it draws."""

from collections.abc import Callable, Mapping

from genrf.circuits.devices import AbstractDevice
from genrf.circuits.passives import SpiralInductor
from genrf.circuits.schematic.lettering import TIMES
from genrf.circuits.schematic.parts import Values
from genrf.circuits.topology import Device, Given, Times
from genrf.core.units import engineering

_UNITS = {"r": "ohm", "c": "F", "l": "H", "w": "m", "inner": "m"}
_PLAIN = ("r", "c", "value")


def sized(drawn: Callable[[Device], Mapping[str, float]], kinds: Mapping[str, AbstractDevice]) -> Values:
    """The values of a design; `drawn` are what its devices draw, in SI units."""

    def lines(device: Device) -> tuple[str, ...]:
        return _sized(drawn(device), kinds[device.kind])

    return lines


def named(device: Device) -> tuple[str, ...]:
    """What a device draws by the names of variables; numbers as they are, and nothing that the spec gives."""
    units = {**_UNITS, "l": "m"} if "w" in device.drawn else _UNITS
    shown = {k: _name(value, units.get(k, "")) for k, value in device.drawn.items() if not isinstance(value, Given)}
    if "w" in shown and "nf" in shown:
        return f"{shown['nf']} {TIMES} {shown['w']}", *([f"L {shown['l']}"] if "l" in shown else [])
    if "turns" in shown and "inner" in shown:
        return f"{shown['turns']} turns", f"⌀ {shown['inner']}"
    return tuple(text if key in (*_PLAIN, "l") else f"{key} {text}" for key, text in shown.items())[:3]


def readable(value: float, unit: str) -> str:
    """A quantity with three digits as engineers write it."""
    return engineering(value, unit, 3).replace("ohm", "Ω").replace(" u", " µ")


def _sized(drawn: Mapping[str, float], kind: AbstractDevice) -> tuple[str, ...]:
    if isinstance(kind, SpiralInductor):
        inductance = readable(kind.inductance(drawn["turns"], drawn["inner"]), "H")
        return inductance, f"{drawn['turns']:.3g} turns", f"⌀ {readable(drawn['inner'], 'm')}"
    if "w" in drawn:
        return tuple(_channel(drawn))
    if "q" in drawn and "l" in drawn:
        return readable(drawn["l"], "H"), f"Q {drawn['q']:.3g}"
    return tuple(_line(key, value) for key, value in drawn.items())[:3]


def _channel(drawn: Mapping[str, float]) -> list[str]:
    """Fingers times their width, over the length where that is drawn."""
    fingers = f"{drawn['nf']:.3g} {TIMES} " if "nf" in drawn else ""
    length = [f"L {readable(drawn['l'], 'm')}"] if "l" in drawn else []
    return [f"{fingers}{readable(drawn['w'], 'm')}", *length]


def _line(key: str, value: float) -> str:
    text = readable(value, _UNITS.get(key, ""))
    return text if key in _PLAIN else f"{key} {text}"


def _name(value: float | str | Times, unit: str) -> str:
    if isinstance(value, Times):
        factor = value.factor if isinstance(value.factor, str) else f"{value.factor:.3g}"
        return f"{factor} · {value.variable}"
    return value if isinstance(value, str) else readable(value, unit)
