"""Numbers in words that are there already, formulas, commands and waveforms of sources, as engineers write them."""

import re

from genrf.circuits.netlist import Element
from genrf.core.units import spice_suffixed, suffixed

# Parts per million and tolerances that are shares stay powers of ten: nobody says ppm by `1Meg*`.
_RATIO = r"(?!-?1e6\*)(?<!reltol=)(?<!trtol=)"
_NUMBER = re.compile(rf"(?<![\w.@\[-]){_RATIO}-?\d+(\.\d+)?(e[-+]?\d+)?(?![\w.])")
_PLAIN = re.compile(r"-?\d{1,4}(\.\d{1,3})?")  # what is read best without a suffix: 0.01, 290.0


def prefixed(words: str) -> str:
    """Words of a command or a source with their numbers as SPICE reads them: `sp lin 41 2.4G 2.4835G`."""
    return _NUMBER.sub(lambda found: spice_suffixed(float(found[0])), words)


def in_nutmeg(words: str) -> str:
    """Words of a formula of ngspice, which takes suffixes there too: `let angle = 753.982236862Meg*time`.

    What is too small for a suffix, as Boltzmann's constant, keeps its exponent.
    """
    return _NUMBER.sub(lambda found: found[0] if _PLAIN.fullmatch(found[0]) else spice_suffixed(float(found[0])), words)


def in_skill(words: str) -> str:
    """Words of a formula of OCEAN, where M is mega: `25.0n`, `753.982236862M`.

    Numbers get a point: without one they are integers to SKILL, of which two divide to an integer.
    """
    return _NUMBER.sub(_in_skill, words)


def _in_skill(found: re.Match[str]) -> str:
    if _PLAIN.fullmatch(found[0]):
        return found[0]
    return re.sub(r"^(-?\d+)([a-zA-Z]?)$", r"\1.0\2", suffixed(float(found[0])))


def spoken(element: Element) -> str:
    """An element as a line of SPICE; what else is said of other elements than sources, as `tc1=-0.0001`, stays."""
    said = prefixed(element.flags) if element.name[0].lower() in "vi" else element.flags
    return element._replace(flags=said).line(spice_suffixed)
