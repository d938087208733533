"""Problems of the kinds of circuits beside the LNA, from the config tree."""

import pkgutil
from functools import lru_cache
from importlib import import_module

import numpy as np
from omegaconf import OmegaConf

from genrf.api import parts
from genrf.circuits import library
from genrf.circuits.checks import faults
from genrf.circuits.measure import metrics
from genrf.core.problem import Design
from genrf.pipeline.config import folder
from tests.circuits.process import draw

SPECS = {  # of a family; parts of receivers, and circuits that the default process has no transistors for, have none
    "bandgap": "bandgap", "filter_bandpass": "bpf_2p4ghz", "filter_lowpass": "lpf_100mhz", "lna": "lna_2p4ghz",
    "lna_differential": "lna_2p4ghz_differential", "lna_wideband": "lna_wideband", "mixer": "mixer_2p4ghz",
    "op_amp": "ota_two_stage", "pa": "pa_2p4ghz", "vco": "vco_5ghz",
}  # fmt: skip
OF_ITS_OWN = {"ota_folded_cascode": "ota_folded_cascode", "vco_ring": "vco_ring"}


def _of_the_library():
    devices = OmegaConf.load(folder() / "tech" / "generic130.yaml").devices
    for module in pkgutil.iter_modules(library.__path__, f"{library.__name__}."):
        topology = import_module(module.name).topology()
        if topology.family in SPECS and all(device.kind in devices for device in topology.devices):
            yield topology.name, OF_ITS_OWN.get(topology.name, SPECS[topology.family])


LIBRARY = dict(_of_the_library())  # every circuit of the library that the default process can build, with a spec for it


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


def glanced(spec, name, values=None):
    """A design, in the middle of its space by default, with what its benches tell, transients by formulas of numpy."""
    sizing = problem(spec, name)
    values = values or sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5))
    bench, setup = sizing.bench.strict(), sizing.setup(values, sizing.technology.at())
    found = metrics(sizing.engine.simulate(sizing.testbench(values, bench=bench)), bench.measures)
    for one in filter(None, (procedure.counterpart(bench.band) for procedure in bench.procedures)):
        found |= metrics(one.simulate(setup), one.measures)
    return Design("000001", sizing, values, found)
