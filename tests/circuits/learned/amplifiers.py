"""A data set of the grammar's amplifiers whose metrics follow from their words: what a topology reaches is known."""

import json

import numpy as np
import pyarrow as pa

from genrf.circuits.generate.grammar import sentences, topology
from genrf.core.parts import write_whole
from genrf.core.space import Integer
from genrf.core.spec import DesignSpec

SPEC = DesignSpec(
    "toy_lna",
    {"gain_db": {"min": 10.0, "objective": "maximize"}, "power_w": {"max": 1.0}},
    conditions={"family": "lna"},
)
TUNED = ("tank", "coil")


def gain(s):
    """Ten more for a tuned load."""
    return 10.0 + 10.0 * (s.load in TUNED)


def some(count, seed=0):
    return [sentences()[i] for i in np.random.default_rng(seed).permutation(len(sentences()))[:count]]


def write(folder, count=40, designs=5, seed=0, metrics=gain):
    """A data set as task=dataset writes it; gain blurred by 1 dB, power a number by chance."""
    rng, rows, structures = np.random.default_rng(seed), [], []
    for s in some(count, seed):
        drawn = topology(s)
        structures.append({"structure": str(s), "graph": json.dumps(drawn.record()), "variables": _variables(drawn)})
        for values in drawn.space.decode_all(rng.random((designs, len(drawn.space)))):
            rows.append({
                "spec": "toy_lna", "tech": "paper", "structure": str(s), "status": "ok",
                **{f"x.{name}": float(value) for name, value in values.items()},
                "m.gain_db": metrics(s) + rng.standard_normal(), "m.power_w": 1.0 + 0.1 * rng.standard_normal(),
            })  # fmt: skip
    names = dict.fromkeys(name for row in rows for name in row)
    (folder / "dataset").mkdir(parents=True, exist_ok=True)
    write_whole(pa.table({n: [row.get(n) for row in rows] for n in names}), folder / "dataset" / "part-00000.parquet")
    write_whole(pa.Table.from_pylist(structures), folder / "structures.parquet")
    return folder


def _variables(drawn):
    kinds = ["Integer" if isinstance(v, Integer) else "Real" for v in drawn.space.variables]
    return json.dumps([{"kind": k, **v.__dict__} for k, v in zip(kinds, drawn.space.variables, strict=True)])
