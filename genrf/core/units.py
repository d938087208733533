"""Quantities as engineers write them: `2.4G`, `10u`, `50`, `1.5meg`, read to SI floats and printed back."""

import math
import re

from genrf.core.errors import ConfigError

# SI prefixes, so M is mega and m is milli; SPICE's `meg` is understood too.
_PREFIX = {
    "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "": 1.0,
    "k": 1e3, "K": 1e3, "M": 1e6, "meg": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
UNSCALED = ("", "dB", "dBm", "deg", "%", "mm2", "um2", "bit")  # units that take no SI prefix
_QUANTITY = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(meg|[fpnuµmkKMGT]?)")
_DECIMALS = 0.1, 1e3  # between which a number is read best without a prefix: 0.15 ohm, 0.9 V
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
    return f"{value / 10.0**exponent:.{digits}g} {_EXPONENT[exponent]}{unit}"


def suffixed(value: float, digits: int = 12) -> str:
    """A number as simulators read it: `563.184184145p`; M is mega, as in Spectre, ADS and OCEAN."""
    size = abs(value)
    if not 1e-18 < size < 1e15 or _DECIMALS[0] <= size < _DECIMALS[1]:
        return f"{value:.{digits}g}"
    return engineering(value, "F", digits).removesuffix("F").replace(" ", "")


def spice_suffixed(value: float, digits: int = 12) -> str:
    """A number as SPICE reads it, to which M and m are the same: `1.5Meg`."""
    return suffixed(value, digits).replace("M", "Meg")
