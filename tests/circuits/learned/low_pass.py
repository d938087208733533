"""A circuit whose metrics have closed forms, and data sets of it: an RC low-pass."""

import json

import numpy as np
import pyarrow as pa

from genrf.circuits.topology import Device, Topology
from genrf.core.parts import write_whole
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec

TOPOLOGY = Topology(
    name="low_pass",
    family="filter",
    description="one pole",
    signals=("in", "out"),
    references={},
    devices=(
        Device("r", "resistor", {"a": "in", "b": "out"}, {"r": "r_pole"}),
        Device("c", "mim", {"a": "out", "b": "0"}, {"c": "c_pole"}),
    ),
    space=Space((Real("r_pole", 10.0, 1000.0, "ohm", log=True), Real("c_pole", 1e-12, 1e-10, "F", log=True))),
)
SPEC = DesignSpec("low_pass", {"decades": {"min": 0.5, "objective": "maximize"}, "ohm_decades": {"max": 0.0}})


def decades(u):
    """Decades of the corner frequency 1/(2 pi R C) above the middle one, for points of the unit cube.

    log10(RC) runs over two decades in each variable: a triangle over [-2, 2].
    """
    return 2 - 2 * u.sum(axis=1)


def ohm_decades(u):
    return 2 * u[:, 0] - 1


def sigma(u):
    """How much the measurement of `decades` is blurred: less where the resistor is small."""
    return 0.05 + 0.3 * u[:, 0]


def write(folder, count=2000, seed=0, **changed):
    """A data set as task=dataset writes it."""
    rng = np.random.default_rng(seed)
    u = rng.random((count, 2))
    values = TOPOLOGY.space.decode_all(u)
    rows = {
        "spec": ["low_pass"] * count,
        "tech": ["paper"] * count,
        "structure": ["low_pass"] * count,
        "status": ["crashed" if i % 50 == 49 else "ok" for i in range(count)],
        "x.r_pole": [v["r_pole"] for v in values],
        "x.c_pole": [v["c_pole"] for v in values],
        "m.decades": decades(u) + sigma(u) * rng.standard_normal(count),
        "m.ohm_decades": [None if i % 10 == 0 else x for i, x in enumerate(ohm_decades(u).tolist())],
        **changed,
    }
    (folder / "dataset").mkdir(parents=True, exist_ok=True)
    write_whole(pa.table(rows), folder / "dataset" / "part-00000.parquet")
    variables = [{"kind": "Real", **v.__dict__} for v in TOPOLOGY.space.variables]
    plain = {"structure": "low_pass", "graph": json.dumps(TOPOLOGY.record()), "variables": json.dumps(variables)}
    write_whole(pa.Table.from_pylist([plain]), folder / "structures.parquet")
    return folder
