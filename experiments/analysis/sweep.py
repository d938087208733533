"""The questions of the notebook, as functions over a table that DuckDB reads from a sweep's Parquet files."""

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import spearmanr


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


def sensitivity(designs: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Standardised coefficients of a linear model of each metric (rows) in the ranks of each variable (columns).

    Between -1 and 1, free of units; `r2` tells how much of the metric's ranks the model explains. Source:
    rank regression, Saltelli et al., Global Sensitivity Analysis (2008), section 1.2.5.
    """
    variables, rows = varied(designs), {}
    for metric in metrics:
        kept = designs[[*variables, metric]].dropna()
        ranks = kept.rank()
        scaled = ((ranks - ranks.mean()) / ranks.std()).to_numpy()
        X, y = scaled[:, :-1], scaled[:, -1]
        found, *_ = np.linalg.lstsq(X, y, rcond=None)
        rows[metric] = [*found, 1 - np.sum((y - X @ found) ** 2) / np.sum(y**2)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*variables, "r2"])


def correlation(designs: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Spearman's rank correlation between the metrics."""
    found = np.atleast_2d(spearmanr(designs[list(metrics)].dropna()).statistic)
    return pd.DataFrame(found, list(metrics), list(metrics))


def feasible(designs: pd.DataFrame) -> pd.DataFrame:
    """For each structure: its designs, and the share of them within every limit."""
    grouped = designs.groupby("structure")["feasible"]
    return pd.DataFrame({"designs": grouped.size(), "share": grouped.mean()})


def yields(sweep: Path) -> pd.DataFrame:
    """For each design whose dies were drawn: the share within all limits, Wilson's 95 % interval, and each limit's."""
    rows = []
    for path in sorted(sweep.glob("*/run.json")):
        for design, found in json.loads(path.read_text())["yield"].items():
            low, high = found["interval_95"]
            own = {"job": path.parent.name, "design": design, "dies": found["dies"], "share": found["share"]}
            rows.append({**own, "low": low, "high": high, **found["by_goal"]})
    return pd.DataFrame(rows)
