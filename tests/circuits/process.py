"""The default process, spec and problems, built once from the config tree."""

from functools import lru_cache

import numpy as np

from genrf.api import parts


@lru_cache
def default():
    return parts("spec=lna_2p4ghz")


def technology():
    return default().make_problem.keywords["technology"]


@lru_cache
def problem(name="lna_cascode"):
    made = parts("spec=lna_2p4ghz", f"model.only=[{name}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    return made.make_problem(structure=structure, spec=made.spec)


def draw(space, count, seed=0):
    return space.decode_all(np.random.default_rng(seed).random((count, len(space))))
