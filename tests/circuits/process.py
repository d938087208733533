"""The default process, spec and problems, built once from the config tree."""

from functools import lru_cache

import numpy as np

from genrf.api import parts

TUNED = ("lna_cascode", "lna_common_gate", "lna_current_reuse", "lna_shunt_feedback")
WIDEBAND = ("lna_noise_cancelling", "lna_noise_cancelling_feedback", "lna_shunt_feedback_wideband")
LIBRARY = TUNED + WIDEBAND  # what the default process can build


@lru_cache
def default():
    return parts("spec=lna_2p4ghz")


def technology():
    return default().make_problem.keywords["technology"]


@lru_cache
def problem(name="lna_cascode"):
    return asked("lna_wideband" if name in WIDEBAND else "lna_2p4ghz", name)


@lru_cache
def asked(spec, name="lna_cascode"):
    made = parts(f"spec={spec}", f"model.only=[{name}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    return made.make_problem(structure=structure, spec=made.spec)


def draw(space, count, seed=0):
    return space.decode_all(np.random.default_rng(seed).random((count, len(space))))


def beyond_the_process(sizing):
    """What 50 designs and both corners of the space draw of devices that the process cannot make."""
    space = sizing.structure.space
    return [
        (device.name, key, drawn)
        for values in [*draw(space, 50), *(space.decode([u] * len(space)) for u in (0.0, 1.0))]
        for device in sizing.structure.devices
        for key, drawn in sizing.drawn(device, values).items()
        if not _within(sizing.technology.device(device.kind).limits()[key], drawn)
    ]


def _within(limits, drawn):
    return limits.low <= drawn <= limits.high
