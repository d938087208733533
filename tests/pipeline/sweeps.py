"""Folders of jobs as a sweep leaves them, with a front that is known by construction."""

import json

import pyarrow as pa

from genrf.core.parts import write_whole

GOALS = {"gain": {"objective": "maximize", "min": 0}, "power": {"objective": "minimize"}, "extra": {"max": 9}}


def write_job(folder, gains_and_powers, spec="amp", seed=1, corners=(), **columns):
    """One job that is whole: a front of these (gain, power) pairs, and its run.json."""
    rows = len(gains_and_powers)
    gains, powers = zip(*gains_and_powers, strict=True) if rows else ((), ())
    unit = [pa.field(f"m.{name}", pa.float64(), metadata={"unit": u}) for name, u in (("gain", "dB"), ("power", "W"))]
    table = {
        "id": pa.array([f"{place:06d}" for place in range(rows)], pa.string()),
        "spec": pa.array([spec] * rows, pa.string()), "parent": pa.array([""] * rows, pa.string()),
        "structure": pa.array(["stage"] * rows, pa.string()), "m.gain": pa.array(gains, pa.float64()),
        "m.power": pa.array(powers, pa.float64()), **{name: pa.array(v) for name, v in columns.items()},
    }  # fmt: skip
    known = {field.name: field for field in unit}
    schema = pa.schema([known.get(name, pa.field(name, values.type)) for name, values in table.items()])
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(pa.table(table, schema=schema), folder / "front.parquet")
    said = {
        "spec": spec, "tech": "generic130", "seed": seed, "config_hash": "0", "goals": GOALS,
        "corners": list(corners), "counts": {"designs": 100, "feasible": rows, "front": rows},
        "seconds": {"simulate": 1.5, "optimize": 2.5}, "simulated": 100, "from_cache": 0, "verdict": "done",
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(said))
    (folder / ".hydra").mkdir()
    (folder / ".hydra" / "overrides.yaml").write_text(f"- seed={seed}\n")


def staircase(folder, jobs):
    """A sweep in which job k alone has the design (k, k) of the common front, and one that a gain of 1 beats.

    (k, k): more gain costs more power, so none dominates another. (k - 1, k + 0.5) is dominated by (k, k).
    """
    for k in range(jobs):
        write_job(folder / str(k), [(k, k), (k - 1, k + 0.5)], seed=k)
