"""Measured designs as a network sees them: points of the unit cube, and metrics on their normal scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from jaxtyping import Float

from genrf.circuits.learned.metrics import Wanted
from genrf.circuits.learned.structures import Described, read_structures
from genrf.core.errors import ConfigError
from genrf.core.parts import parts
from genrf.core.space import AbstractVariable

SPREAD = 3**0.5  # makes a uniform variable in [-1, 1] one of unit variance


@dataclass(frozen=True)
class Examples:
    """The measured designs of one structure: n designs of v variables, and what was measured by metric.

    A metric that was not measured is NaN. Each design counts as `weight` designs.
    """

    structure: Described
    points: Float[np.ndarray, "n v"]
    metrics: Mapping[str, Float[np.ndarray, "n"]]
    weight: float = 1.0

    def __len__(self) -> int:
        return len(self.points)


def read_examples(folders: Sequence[Path], spec: str, tech: str, runs: Sequence[Path] = ()) -> list[Examples]:
    """The designs of data sets and of runs that could be measured, by structure, in the order of their names.

    Runs of `task=design` have designs where a search went; `runs` count as much as all `folders` together. Raises
    ConfigError for a folder without designs, for designs measured for another spec or process, for designs of a
    structure or with variables that no folder describes, and when no folder describes any.
    """
    structures = _structures([*folders, *runs])
    before, after = (_measured(own, structures, spec, tech) for own in (folders, runs))
    if before and after:
        seen = [sum(map(len, one)) for one in (before, after)]
        after = [replace(one, weight=seen[0] / seen[1]) for one in after]
    found = [*before, *after]
    if not found:
        raise ConfigError(f"dataset={(*folders, *runs)[0]}: not one design there could be measured")
    return found


def _measured(folders: Sequence[Path], structures: Mapping[str, Described], spec: str, tech: str) -> list[Examples]:
    if not folders:
        return []
    table = pa.concat_tables([_read(folder) for folder in folders], promote_options="default")
    for what, wanted in (("spec", spec), ("tech", tech)):
        for own in sorted(set(table[what].unique().to_pylist()) - {wanted}):
            raise ConfigError(f"dataset: designs measured with {what}={own}, not {wanted}; choose {what}={own}")
    table = table.filter(pa.compute.equal(table["status"], "ok"))
    unknown = set(table["structure"].unique().to_pylist()) - set(structures)
    if unknown:
        raise ConfigError(f"dataset: {', '.join(map(str, folders))} does not say what {', '.join(sorted(unknown))} is")
    found = [_examples(structures[name], table) for name in sorted(structures)]
    return [examples for examples in found if len(examples)]


def metrics_of(examples: Sequence[Examples]) -> dict[str, Float[np.ndarray, "n"]]:
    """All values of each metric."""
    names = dict.fromkeys(name for one in examples for name in one.metrics)
    return {
        name: np.concatenate([one.metrics.get(name, np.full(len(one), np.nan)) for one in examples]) for name in names
    }


def normals_of(examples: Examples, wanted: Wanted) -> Float[np.ndarray, "n m"]:
    """The metrics that can be asked for, on their normal scales; NaN where one is missing."""
    lacking = np.full(len(examples), np.nan)
    return wanted.normals([examples.metrics.get(name, lacking) for name in wanted.metrics])


def centred(points: Float[np.ndarray, "n v"]) -> Float[np.ndarray, "n v"]:
    """Points of the unit cube with mean 0, and variance 1 where they are uniform."""
    return np.asarray((2 * points - 1) * SPREAD)


def uncentred(centred: Float[np.ndarray, "n v"]) -> Float[np.ndarray, "n v"]:
    """The inverse of `centred`, clipped to the unit cube."""
    return np.clip((centred / SPREAD + 1) / 2, 0.0, 1.0)


def _structures(folders: Sequence[Path]) -> dict[str, Described]:
    """The structures that any of the folders describes. Raises ConfigError where two describe one in two ways."""
    structures = dict[str, Described]()
    for folder in [one for one in folders if (one / "structures.parquet").is_file()] or folders[:1]:
        for name, own in read_structures(folder).items():
            if structures.setdefault(name, own) != own:
                raise ConfigError(f"dataset={folder}: {name} is another structure there than in the folders before it")
    return structures


def _read(folder: Path) -> pa.Table:
    files = [*parts(folder / "dataset"), *parts(folder / "evaluations")]
    if not files:
        raise ConfigError(f"dataset={folder}: no designs there (neither dataset/ nor evaluations/ holds parts)")
    try:
        return pa.concat_tables([pq.read_table(file) for file in files], promote_options="default")
    except (pa.ArrowException, OSError) as error:
        raise ConfigError(f"dataset={folder}: {' '.join(str(error).split())}") from error


def _examples(structure: Described, table: pa.Table) -> Examples:
    own = table.filter(pa.compute.equal(table["structure"], structure.name))
    lacking = [name for name in structure.space.names if f"x.{name}" not in table.column_names]
    if lacking:
        raise ConfigError(f"structure {structure.name!r}: the designs have no variable {lacking[0]!r}")
    columns = [_encoded(variable, _column(own, f"x.{variable.name}")) for variable in structure.space.variables]
    metrics = [name for name in table.column_names if name.startswith("m.") and "@" not in name]
    return Examples(
        structure, np.stack(columns, axis=1), {name.removeprefix("m."): _column(own, name) for name in metrics}
    )


def _encoded(variable: AbstractVariable, values: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    return np.array([variable.encode(value) for value in values])


def _column(table: pa.Table, name: str) -> Float[np.ndarray, "n"]:
    values = pa.compute.fill_null(table[name], float("nan")).to_numpy().astype(float)
    return np.where(np.isfinite(values), values, np.nan)
