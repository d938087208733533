"""The questions of the notebook, as functions over a table that DuckDB reads from a sweep's Parquet files."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd


def evaluations(sweep: Path) -> pd.DataFrame:
    """Every measured design of all jobs, with its `job`; columns of one job alone are NaN elsewhere."""
    return _read(sweep, "evaluations/*.parquet", "-3")


def fronts(sweep: Path) -> pd.DataFrame:
    """The verified front of every job, with its `job`."""
    return _read(sweep, "front.parquet", "-2")


def _read(sweep: Path, files: str, place: str) -> pd.DataFrame:
    asked = (  # distinct: a job killed while it joined its parts has rows twice until it is gone on with
        f"select distinct split_part(filename, '/', {place}) as job, * exclude (filename) "
        "from read_parquet(?, union_by_name=true, filename=true) order by job, id"
    )
    with duckdb.connect() as connection:
        return connection.sql(asked, params=[f"{sweep}/*/{files}"]).df()


def varied(designs: pd.DataFrame) -> list[str]:
    """The variables that these designs have and that differ between them."""
    return [name for name in designs if name.startswith("x.") and designs[name].nunique(dropna=True) > 1]


def measured(designs: pd.DataFrame) -> list[str]:
    """The metrics that these designs have, nominally, and that differ between them."""
    nominal = [name for name in designs if name.startswith("m.") and "@" not in name]
    return [name for name in nominal if designs[name].nunique(dropna=True) > 1]


def even(designs: pd.DataFrame) -> pd.DataFrame:
    """The designs of even sampling that could be measured, each once: a search crowds its own where they are good."""
    screened = designs[(designs.stage == "simulate") & (designs.status == "ok")]
    return screened.drop_duplicates(["structure", *(name for name in screened if name.startswith("x."))])


def each(
    table: Callable[[pd.DataFrame, Sequence[str]], pd.DataFrame], designs: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """`table` of each structure's own designs and all metrics that they have."""
    return {str(name): table(own, measured(own)) for name, own in designs.groupby("structure")}


def shown(tables: Mapping[str, pd.DataFrame]) -> plt.Figure:
    """A panel for each table of numbers between -1 and 1: red above 0, blue below, and with digits from 0.1 on."""
    sizes = [(0.4 * len(own.columns) + 1.2, 0.22 * len(own) + 0.9) for own in tables.values()]
    figure, axes = plt.subplots(
        len(tables), 1, figsize=(max(w for w, _ in sizes), sum(h for _, h in sizes)), layout="constrained",
        squeeze=False, height_ratios=[h for _, h in sizes],
    )  # fmt: skip
    for axis, (name, own) in zip(axes.flat, tables.items(), strict=True):
        values = own.to_numpy()
        axis.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
        axis.set_title(name, loc="left")
        axis.set_xticks(range(len(own.columns)), [_bare(one) for one in own.columns], rotation=90)
        axis.set_yticks(range(len(own)), [_bare(one) for one in own.index])
        for row, column in np.argwhere(np.abs(values) >= 0.1):
            value = values[row, column]
            colour = "white" if abs(value) > 0.6 else "black"
            axis.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=6)
    return figure


def _bare(column: str) -> str:
    return column.removeprefix("m.").removeprefix("x.")


def sensitivity(designs: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Standardised coefficients of a linear model of each metric (rows) in the ranks of each variable (columns).

    Between -1 and 1, free of units; `r2` tells how much of the metric's ranks the model explains. Source:
    rank regression, Saltelli et al., Global Sensitivity Analysis (2008), section 1.2.5.
    """
    variables, rows = varied(designs), {}
    for metric in metrics:
        kept = designs[[*variables, metric]].dropna()
        ranks = kept.rank()
        scaled = ((ranks - ranks.mean()) / ranks.std()).fillna(0.0).to_numpy()  # some vary elsewhere only
        X, y = scaled[:, :-1], scaled[:, -1]
        found, *_ = np.linalg.lstsq(X, y, rcond=None)
        rows[metric] = [*found, 1 - np.sum((y - X @ found) ** 2) / np.sum(y**2)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*variables, "r2"])


def correlation(designs: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Spearman's rank correlation between the metrics."""
    return designs[list(metrics)].dropna().corr("spearman")


def feasible(designs: pd.DataFrame) -> pd.DataFrame:
    """For each structure: its designs, and the share of them within every limit."""
    grouped = designs.groupby("structure")["feasible"]
    return pd.DataFrame({"designs": grouped.size(), "share": grouped.mean()})


def yields(sweep: Path) -> pd.DataFrame:
    """For each design whose dies were drawn: the share within all limits, Wilson's 95 % interval, and each limit's."""
    front = fronts(sweep)
    structures = {(job, design): own for job, design, own in zip(front.job, front.parent, front.structure, strict=True)}
    rows = []
    for path in sorted(sweep.glob("*/run.json")):
        for design, found in json.loads(path.read_text())["yield"].items():
            low, high = found["interval_95"]
            job = path.parent.name
            own = {"job": job, "structure": structures[job, design], "design": design}
            own |= {"dies": found["dies"], "share": found["share"]}
            rows.append({**own, "low": low, "high": high, **found["by_goal"]})
    return pd.DataFrame(rows)
