"""Problems of the kinds of circuits beside the LNA, from the config tree."""

from functools import lru_cache

import numpy as np

from genrf.api import parts
from genrf.circuits.checks import faults
from genrf.circuits.measure import metrics
from genrf.core.problem import Design
from tests.circuits import process
from tests.circuits.process import draw

LIBRARY = {  # every circuit of the library that the default process can build, with a spec for it
    **dict.fromkeys(process.TUNED, "lna_2p4ghz"), **dict.fromkeys(process.WIDEBAND, "lna_wideband"),
    "lna_differential_cascode": "lna_2p4ghz_differential", "lna_differential_common_gate": "lna_2p4ghz_differential",
    "lna_differential_shunt_feedback": "lna_2p4ghz_differential",
    "bandgap_banba": "bandgap", "bandgap_divided": "bandgap",
    "bpf_coupled_resonators": "bpf_2p4ghz", "bpf_trap_coupled": "bpf_2p4ghz",
    "lpf_elliptic": "lpf_100mhz", "lpf_ladder": "lpf_100mhz",
    "mixer_gilbert": "mixer_2p4ghz", "mixer_passive": "mixer_2p4ghz",
    "ota_folded_cascode": "ota_folded_cascode", "ota_two_stage": "ota_two_stage",
    "pa_class_a": "pa_2p4ghz", "pa_class_ab": "pa_2p4ghz", "vco_cross_coupled": "vco_5ghz", "vco_ring": "vco_ring",
}  # fmt: skip


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
