"""The design that promises most under Gaussian processes: what a design promises, and where that is highest."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from genrf.core import pareto
from genrf.optimize.improvement import log_gain, log_holding
from genrf.optimize.outcomes import Limit, Outcomes
from genrf.optimize.surrogate import Surrogate

Starts = Float[np.ndarray, "k d"]
Snap = Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, "n d"]]  # to the values that variables can have

_CLIMB_STEPS = 20  # of L-BFGS from each of the best starts
_STARTS = 3
_RAW = 256  # points among which starts are chosen
_DRAWS = 64  # of the posterior
_MOST_PARTITIONED = 3  # objectives: with four it goes to the corners of the cube (experiments/optimizers)
_BEYOND = 0.1  # of the front's range: how far the reference point lies behind its worst values


def best_design(
    surrogate: Surrogate, box: Float[np.ndarray, "2 d"], snap: Snap, free: Bool[np.ndarray, "d"],
    rng: np.random.Generator, doubt: float,
) -> Float[np.ndarray, "1 d"]:  # fmt: skip
    """The design in `box` with the greatest acquisition; variables that are not `free` keep a start's value.

    `doubt` is the chance that models are wrong where they take a design for infeasible.
    """
    value = _acquisition(surrogate, rng, doubt)
    begin = _best(value, snap(_raw(surrogate, box, rng)), surrogate.X_all)
    climbed = _climbed(value, begin, box, free) if free.any() else begin
    return _best(value, climbed, surrogate.X_all)[:1]


def _best(value: Any, points: Starts, known: Float[np.ndarray, "a d"]) -> Starts:
    """The few best of `points` that have not been measured; of all, where all have been."""
    import torch

    old = _near(points, known)
    fresh = points if old.all() else points[~old]
    with torch.no_grad():
        found = value(torch.as_tensor(fresh)[:, None, :]).numpy()
    return fresh[np.argsort(-found, kind="stable")[:_STARTS]]


def _climbed(value: Any, begin: Starts, box: Float[np.ndarray, "2 d"], free: Bool[np.ndarray, "d"]) -> Starts:
    """The ends of ascents that know nothing of each other, and where they began."""
    import torch
    from botorch.optim.batched_lbfgs_b import fmin_l_bfgs_b_batched

    def falling(moved: Starts, batch_indices: list[int]) -> tuple[Float[np.ndarray, "k"], Starts]:
        points = torch.as_tensor(_moved(begin[batch_indices], moved, free)).requires_grad_(True)
        loss = -value(points[:, None, :])
        (slope,) = torch.autograd.grad(loss.sum(), points)
        return loss.detach().numpy(), np.nan_to_num(slope.numpy()[:, free])

    low, high = box[:, free]
    ends, _, _ = fmin_l_bfgs_b_batched(
        falling, np.clip(begin[:, free], low, high), bounds=[*zip(low, high, strict=True)], maxiter=_CLIMB_STEPS,
        pass_batch_indices=True,
    )  # fmt: skip
    return np.vstack([_moved(begin, ends, free), begin])


def _moved(points: Starts, moved: Float[np.ndarray, "k f"], free: Bool[np.ndarray, "d"]) -> Starts:
    """`points` with other values of the variables that are `free`."""
    points = np.array(points)
    points[:, free] = moved
    return points


def _acquisition(surrogate: Surrogate, rng: np.random.Generator, doubt: float) -> Any:
    """Expected improvement weighted by the probability that all limits hold, in logarithms, of points `n 1 d`.

    Of hypervolume in closed form, as qLogNEHVI has it for one design without noise (Daulton, Balandat, Bakshy, NeurIPS
    2021); with too many objectives for that, of one random weighting for each design (Knowles, ParEGO, IEEE Trans.
    Evol. Comput. 10 (2006) 50). As long as no design is feasible, the probability of being so is all that counts, and
    nothing is doubted.
    """
    from botorch.utils.multi_objective.box_decompositions import FastNondominatedPartitioning

    outcomes, expected = surrogate.outcomes, surrogate.expected()
    front, m = outcomes.front(), outcomes.objectives
    volumes = 1 < m <= _MOST_PARTITIONED and (len(front) or all(_bounds(limit, outcomes) for limit in outcomes.limits))
    if len(front) and not volumes:
        return _weighted(surrogate, surrogate.model(), front, rng)
    # beyond the reference point nothing counts, so that it stands for the limits that it lies at
    limits = [limit for limit in outcomes.limits if not (volumes and _bounds(limit, outcomes))]
    cells = None
    if volumes:
        front = front[pareto.front(-front, np.zeros(len(front)))]
        at = _reference(outcomes, front)
        owned = np.vstack([front, at])  # the reference point, which owns nothing itself
        cells = FastNondominatedPartitioning(_tensor(at), _tensor(owned)).get_hypercell_bounds()

    doubt = doubt if outcomes.feasible.any() else 0.0

    def value(points: Any) -> Any:
        mean, sd = expected(points[:, 0])
        terms = [log_holding(mean[:, one.column], sd[:, one.column], one.threshold, one.sign, doubt) for one in limits]
        terms += [log_gain(mean[:, :m], sd[:, :m], *cells)] if cells is not None else []
        terms += [log_holding(mean[:, -1], sd[:, -1], 0.0, 1.0, doubt)] if surrogate.fails else []
        return sum(terms)

    return value


def _weighted(surrogate: Surrogate, model: Any, front: Float[np.ndarray, "n m"], rng: np.random.Generator) -> Any:
    """Expected improvement of one random weighting of the objectives, drawn from the posterior."""
    import torch
    from botorch.acquisition.logei import qLogExpectedImprovement
    from botorch.acquisition.objective import GenericMCObjective
    from botorch.sampling import SobolQMCNormalSampler

    m = surrogate.outcomes.objectives
    failing = [lambda Y: -Y[..., -1]] if surrogate.fails else []
    constraints = [*(_holding(limit) for limit in surrogate.outcomes.limits), *failing]
    sampler = SobolQMCNormalSampler(torch.Size([_DRAWS]), seed=int(rng.integers(2**31)))
    weights, best = _tensor(rng.dirichlet(np.ones(m))), _tensor(front.max(axis=0))

    def scalar(Y: Any, X: Any = None) -> Any:  # the augmented Chebyshev distance from the best of each objective
        away = weights * (best - Y[..., :m])
        return -(away.amax(dim=-1) + 0.05 * away.sum(dim=-1))

    objective, known = GenericMCObjective(scalar), scalar(_tensor(front)).max()
    gain = qLogExpectedImprovement(model, known, sampler=sampler, objective=objective, constraints=constraints or None)
    return lambda points: gain(surrogate.seen(points))


def _tensor(values: Float[np.ndarray, "..."]) -> Any:
    import torch

    return torch.as_tensor(np.ascontiguousarray(values))


def _holding(limit: Limit) -> Callable[[Any], Any]:
    return lambda Y: limit.sign * (-Y[..., limit.column] - limit.threshold)


def _bounds(limit: Limit, outcomes: Outcomes) -> bool:
    """Whether a limit is one on how bad an objective may be."""
    return limit.column < outcomes.objectives and limit.sign > 0


def _reference(outcomes: Outcomes, front: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "m"]:
    """At the limit of each objective; without one a little behind the front's worst, so that its ends can move.

    The front is that of all designs and not of the feasible ones alone: these may so far lie on one piece of several.
    """
    Y = outcomes.Y[:, : outcomes.objectives]
    best = Y[pareto.front(-Y, np.zeros(len(Y)))]
    worst = np.minimum(front.min(axis=0, initial=np.inf), best.min(axis=0))
    reference = worst - _BEYOND * np.maximum(np.ptp(best, axis=0), 1.0)
    for limit in outcomes.limits:
        if _bounds(limit, outcomes):
            reference[limit.column] = -limit.threshold
    return np.asarray(reference)


def _raw(surrogate: Surrogate, box: Float[np.ndarray, "2 d"], rng: np.random.Generator) -> Starts:
    """Points of the box: half of them anywhere, half near good designs, with some of their variables changed."""
    X, outcomes, half = surrogate.X, surrogate.outcomes, _RAW // 2
    order = pareto.best_first(-outcomes.Y[:, : outcomes.objectives], _violation(outcomes))
    anywhere = box[0] + rng.random((half, X.shape[1])) * (box[1] - box[0])
    good = X[order[: max(8, int(outcomes.feasible.sum()))]]
    good = good[rng.integers(len(good), size=half)]
    width = (box[1] - box[0]) * 10.0 ** rng.uniform(-2.5, -0.5, (half, 1))
    changed = rng.random(good.shape) < np.maximum(rng.random((half, 1)), 2.0 / X.shape[1])
    near = good + changed * width * rng.standard_normal(good.shape)
    return np.asarray(np.clip(np.vstack([anywhere, near]), box[0], box[1]))


def _violation(outcomes: Outcomes) -> Float[np.ndarray, "n"]:
    beyond = [limit.sign * (-outcomes.Y[:, limit.column] - limit.threshold) for limit in outcomes.limits]
    total = np.sum(np.maximum(beyond, 0.0), axis=0) if beyond else np.zeros(len(outcomes.Y))
    return np.asarray(np.where(outcomes.feasible, 0.0, np.maximum(total, 1e-12)))


def _near(points: Float[np.ndarray, "n d"], known: Float[np.ndarray, "a d"]) -> Bool[np.ndarray, "n"]:
    """Which points have been measured already."""
    away = np.abs(points[:, None, :] - known[None, :, :]).max(axis=2)
    return np.asarray(away.min(axis=1) < 1e-7)
