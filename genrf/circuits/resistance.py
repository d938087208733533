"""The ohms of a resistor line, given as a value or by a model card."""

import re

from genrf.circuits.netlist import Element, Netlist
from genrf.core.errors import ConfigError

_SETTING = re.compile(r"\b(\w+)=(\S+)")
_NOMINAL = 27.0  # degrees Celsius at which resistances are given unless a card says otherwise


def resistance(element: Element, temperature: float, circuit: Netlist | None = None) -> float:
    """Ohms of a resistor at a temperature in degrees Celsius; one with a card finds it in `circuit`.

    R = R0 (1 + tc1 dT + tc2 dT^2), dT from `tnom`. R0 is the value, or sheet resistance times squares, `rsh l / w`,
    over the number in parallel, as in ngspice's manual, section 3.3.2. Raises ConfigError for a resistor with neither.
    """
    card = _card(element, circuit)
    known = {**card, **_settings(element.flags)}
    rise = temperature - known.get("tnom", _NOMINAL)
    factor = 1.0 + known.get("tc1", 0.0) * rise + known.get("tc2", 0.0) * rise**2
    return _given(element, card) * factor


def _given(element: Element, card: dict[str, float]) -> float:
    if element.value is not None:
        return element.value
    size = element.parameters
    if not {"w", "l"} <= size.keys() or "rsh" not in card:
        raise ConfigError(f"resistor {element.name!r} has no resistance; it wants a value, or w, l and a card with rsh")
    return card["rsh"] * size["l"] / size["w"] / size.get("m", 1.0)


def _card(element: Element, circuit: Netlist | None) -> dict[str, float]:
    """What the card that an element names sets; nothing where it names none."""
    name = f".model {element.model}"
    cards = circuit.elements if circuit is not None and element.model else ()
    return next(({**_settings(card.model), **card.parameters} for card in cards if card.name == name), {})


def _settings(text: str) -> dict[str, float]:
    return {key: float(value) for key, value in _SETTING.findall(text) if key in ("tc1", "tc2", "tnom", "rsh")}
