"""Ideal baluns: both sides of a differential circuit as a port of their difference and a port of their common mode.

v_d = (v_p - v_n) / sqrt 2 and v_c = (v_p + v_n) / sqrt 2, and so the currents. 50 ohm at either port are 100 ohm
between the sides and 25 ohm from both together to ground: the S-parameters of the ports are those of the mixed modes.
Source: Bockelman and Eisenstadt, IEEE Trans. Microwave Theory Tech. 43 (1995) 1530.
"""

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Complex

from genrf.circuits.netlist import GROUND, Element

_HALF = math.sqrt(0.5)
_MODES = _HALF * np.array([[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0], [1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])


def balun(port: str) -> Iterator[Element]:
    """From `<port>p` and `<port>n` to `port`, their difference, and `<port>c`, their common mode.

    Without loss or noise: a side has the voltage of two windings in series, and its current comes back at the ports.
    """
    difference, common = (port, GROUND), (f"{port}c", GROUND)
    for side, turns in (("p", _HALF), ("n", -_HALF)):
        winding, middle = f"ebalun{port}{side}", f"balun_{port}{side}"
        yield Element(winding, (f"{port}{side}", middle, *difference), turns)
        yield Element(f"{winding}c", (middle, GROUND, *common), _HALF)
        yield Element(f"fbalun{port}{side}", difference, -turns, model=winding)
        yield Element(f"fbalun{port}{side}c", common, -_HALF, model=winding)


def single_ended(s: Complex[np.ndarray, "n 4 4"]) -> Complex[np.ndarray, "n 4 4"]:
    """S of the ports `inp outp inn outn` from that of difference in, difference out, common mode in and out."""
    return np.asarray(_MODES.T @ s @ _MODES)
