"""Problems of the kinds of circuits beside the LNA, from the config tree."""

from functools import lru_cache

import numpy as np

from genrf.api import parts
from genrf.circuits.checks import faults
from tests.circuits.process import draw


@lru_cache
def problem(spec, name):
    """One topology of the library bound to a spec of conf/spec."""
    made = parts(f"spec={spec}", f"model.only=[{name}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    return made.make_problem(structure=structure, spec=made.spec)


def check_sound(sizing):
    """A circuit breaks no electrical rule, and no size of its space leaves the process."""
    assert faults(sizing.structure, sizing.technology) == []
    space = sizing.structure.space
    for values in [*draw(space, 50), *(space.decode([u] * len(space)) for u in (0.0, 1.0))]:
        for device in sizing.structure.devices:
            limits = sizing.technology.device(device.kind).limits()
            for key, drawn in sizing.drawn(device, values).items():
                assert limits[key].low <= drawn <= limits[key].high, (device.name, key, drawn)
