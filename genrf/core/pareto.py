"""Dominance between measured designs. All objectives are minimised."""

import moocore
import numpy as np
from jaxtyping import Bool, Float, Int


def front(F: Float[np.ndarray, "n m"], violation: Float[np.ndarray, "n"]) -> Bool[np.ndarray, "n"]:
    """Which rows are feasible and dominated by no other feasible row; of equal rows the first stays."""
    chosen = np.zeros(len(F), dtype=bool)
    feasible = np.flatnonzero(violation <= 0)
    if len(feasible):
        chosen[feasible] = moocore.is_nondominated(F[feasible])
    return chosen


def hypervolume(F: Float[np.ndarray, "n m"], reference: Float[np.ndarray, "m"]) -> float:
    """Volume dominated by `F` and bounded by `reference`; rows outside `reference` count nothing.

    Units: product of the objectives' units. Source: Fonseca, Paquete, Lopez-Ibanez, CEC 2006, as in moocore.
    """
    return float(moocore.hypervolume(F, ref=reference)) if len(F) else 0.0


def knee(F: Float[np.ndarray, "n m"], among: Int[np.ndarray, "k"]) -> int:
    """Of the rows `among`, the one nearest to the ideal point when each objective is scaled to its range over all."""
    low, high = F.min(axis=0), F.max(axis=0)
    scaled = (F - low) / np.where(high > low, high - low, 1.0)
    return int(among[np.argmin(np.linalg.norm(scaled[among], axis=1))])


def best_first(F: Float[np.ndarray, "n m"], violation: Float[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
    """The order of constrained domination (Deb et al. 2002): feasible by front, then infeasible by violation.

    Within one front the designs spread over the objectives' extremes come first, so that a cut keeps the range.
    """
    feasible = np.flatnonzero(violation <= 0)
    ranks = np.full(len(F), np.inf)
    if len(feasible):
        ranks[feasible] = moocore.pareto_rank(F[feasible])
    return np.lexsort((_crowding(F, feasible), violation, ranks))


def _crowding(F: Float[np.ndarray, "n m"], rows: Int[np.ndarray, "k"]) -> Float[np.ndarray, "n"]:
    """Minus the crowding distance among `rows` (Deb et al. 2002, section III-B); 0 elsewhere."""
    distance = np.zeros(len(F))
    for f in F[rows].T if len(rows) else ():
        order = rows[np.argsort(f, kind="stable")]
        distance[order[[0, -1]]] = np.inf
        distance[order[1:-1]] += (np.sort(f)[2:] - np.sort(f)[:-2]) / (np.ptp(f) or 1.0)
    return -distance
