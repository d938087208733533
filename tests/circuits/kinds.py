"""Problems of the kinds of circuits beside the LNA, from the config tree."""

from functools import lru_cache

import numpy as np

from genrf.api import parts


@lru_cache
def problem(spec, name):
    """One topology of the library bound to a spec of conf/spec."""
    made = parts(f"spec={spec}", f"model.only=[{name}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    return made.make_problem(structure=structure, spec=made.spec)
