"""Quantities as engineers write them: `2.4G`, `10u`, `50`, `1.5meg`, read to SI floats and printed back."""

import math
import re
from decimal import Decimal

from genrf.core.errors import ConfigError

# SI prefixes, so M is mega and m is milli; SPICE's `meg` is understood too.
_PREFIX = {
    "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "": 1.0,
    "k": 1e3, "K": 1e3, "M": 1e6, "meg": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
UNSCALED = ("", "dB", "dBm", "dBc/Hz", "deg", "%", "ppm/K", "mm2", "um2", "bit")  # units that take no SI prefix
_APART = {"dBm": "dB", "dBc/Hz": "dB"}  # the unit in which two levels differ
_QUANTITY = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(meg|[fpnuµmkKMGT]?)")
_PREFIXED = Decimal("1e-18"), Decimal("1e15")  # within which there is a prefix to say
_DECIMALS = Decimal("0.1"), Decimal(1000)  # from and below which a number is read best without: 0.15 ohm, 0.9 V
_LONG = 24  # characters, most of them zeros
_EXPONENT = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}


def quantity(value: str | float, owner: str = "quantity") -> float:
    """`value` as an SI float; `owner` is named in the error.

    Raises ConfigError when the text is not a number with at most one SI prefix.
    """
    if isinstance(value, str):
        match = _QUANTITY.fullmatch(value.strip())
        if match is None:
            raise ConfigError(
                f"{owner}: {value!r} is not a quantity; write a number with an SI prefix such as 2.4G or 10u"
            )
        return float(match[1]) * _PREFIX[match[2]]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{owner}: {value!r} is not a quantity; write a number with an SI prefix such as 2.4G or 10u")
    return float(value)


def engineering(value: float, unit: str = "", digits: int = 4) -> str:
    """`value` with an SI prefix: 2.4e9, 'Hz' becomes '2.4 GHz'. Logarithmic and unitless values take no prefix."""
    if not math.isfinite(value):
        return f"{value} {unit}".rstrip()
    if unit in UNSCALED:
        return f"{value:.{digits}g} {unit}".rstrip()
    value = float(f"{value:.{digits}g}")  # rounded first, so that 999.99 n becomes 1 u
    exponent = 0 if value == 0 else 3 * math.floor(math.log10(abs(value) * (1 + 1e-12)) / 3)
    exponent = max(-15, min(12, exponent))
    return f"{value / 10.0**exponent:.{max(digits, 3)}g} {_EXPONENT[exponent]}{unit}"  # 110, rounded, and not 1.1e+02


def difference(value: float, unit: str, digits: int = 3) -> str:
    """What lies between two values in `unit`, with its sign: -7 dBm is +3 dB above -10 dBm."""
    return f"{'+' if value >= 0 else ''}{engineering(value, _APART.get(unit, unit), digits)}"


def suffixed(value: float, digits: int = 12) -> str:
    """A number as simulators read it: `563.184p`; M is mega, as in Spectre, ADS and OCEAN."""
    plain = Decimal(f"{value:.{digits}g}")
    size = abs(plain)
    if not _PREFIXED[0] < size < _PREFIXED[1] or _DECIMALS[0] <= size < _DECIMALS[1]:
        return _bare(plain)
    exponent = max(-15, 3 * (size.adjusted() // 3))
    return _bare(plain.scaleb(-exponent)) + _EXPONENT[exponent]


def spice_suffixed(value: float, digits: int = 12) -> str:
    """A number as SPICE reads it, to which M and m are the same: `1.5Meg`."""
    return suffixed(value, digits).replace("M", "Meg")


def _bare(number: Decimal) -> str:
    """A number without needless zeros: 10 and 0.15, and 1e-30 where zeros would be many."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if len(text) < _LONG else f"{float(number)!r}"
