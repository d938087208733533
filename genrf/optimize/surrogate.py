"""Gaussian processes by BoTorch over the unit cube, and the design that promises most under them."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from genrf.core import pareto
from genrf.optimize.improvement import log_gain, log_holding
from genrf.optimize.outcomes import Limit, Outcomes

Starts = Float[np.ndarray, "k d"]
Snap = Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, "n d"]]  # to the values that variables can have

_NOISE = 1e-6  # of an outcome's variance: a simulator repeats itself, and this keeps matrices invertible
_FIT_STEPS = 75  # of L-BFGS over all kernels together
_CLIMB_STEPS = 20  # of L-BFGS from each of the best starts
_STARTS = 3
_RAW = 256  # points among which starts are chosen
_DRAWS = 64  # of the posterior
_MOST_PARTITIONED = 4  # objectives; boxes under a front grow as n^(m/2)
_BEYOND = 0.1  # of the front's range: how far the reference point lies behind its worst values


@dataclass(frozen=True)
class Surrogate:
    """Models of the outcomes over `X`, and of whether a design can be measured over `X_all`, where any could not."""

    outcomes: Outcomes
    X: Float[np.ndarray, "n d"]
    X_all: Float[np.ndarray, "a d"]
    measurable: Float[np.ndarray, "a"]  # 1 or -1
    smooth: bool = False  # squared exponential kernels instead of Matern's
    kernels: Any = None  # state of the fitted models

    @property
    def fails(self) -> bool:
        """Whether some designs could not be measured."""
        return bool((self.measurable < 0).any())

    def fitted(self) -> "Surrogate":
        """With the kernels of the greatest marginal likelihood."""
        from botorch.optim.fit import fit_gpytorch_mll_scipy
        from gpytorch.mlls import ExactMarginalLogLikelihood

        models = self._models()
        for model in models:
            model.train()
            fit_gpytorch_mll_scipy(ExactMarginalLogLikelihood(model.likelihood, model), options={"maxiter": _FIT_STEPS})
        return replace(self, kernels=[_kernel(model) for model in models])

    def model(self) -> Any:
        """One model whose outputs are the outcomes' columns, then whether a design can be measured."""
        from botorch.models import ModelListGP

        models = [model.eval() for model in self._models()]
        return ModelListGP(*models) if self.fails else models[0]

    def believing(self, x: Float[np.ndarray, "1 d"]) -> "Surrogate":
        """As if the design at `x` had been measured and come out as expected (Ginsbourger et al. 2010)."""
        import torch

        with torch.no_grad():
            mean = self.model().posterior(torch.as_tensor(x)).mean.numpy()[0]
        known, columns = self.outcomes, self.outcomes.Y.shape[1]
        outcomes = replace(
            known,
            Y=np.vstack([known.Y, mean[None, :columns]]),
            feasible=np.append(known.feasible, known.keeps(mean[:columns])),
        )
        measurable = np.append(self.measurable, mean[columns] if self.fails else 1.0)
        return replace(
            self,
            outcomes=outcomes,
            X=np.vstack([self.X, x]),
            X_all=np.vstack([self.X_all, x]),
            measurable=measurable,
        )

    def _models(self) -> list[Any]:
        models = [_gp(self.X, self.outcomes.Y, self.smooth)]
        if self.fails:
            models.append(_gp(self.X_all, self.measurable[:, None], self.smooth))
        for model, state in zip(models, self.kernels or (), strict=False):
            model.covar_module.lengthscale = state["lengthscale"]
            model.mean_module.load_state_dict(state["mean"])
        return models


def best_design(
    surrogate: Surrogate, box: Float[np.ndarray, "2 d"], snap: Snap, free: Bool[np.ndarray, "d"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "1 d"]:  # fmt: skip
    """The design in `box` with the greatest acquisition; variables that are not `free` keep a start's value."""
    import torch

    value = _acquisition(surrogate, rng)
    raw = snap(_raw(surrogate, box, rng))
    raw = raw[~_near(raw, surrogate.X_all)] if not _near(raw, surrogate.X_all).all() else raw
    with torch.no_grad():
        found = value(torch.as_tensor(raw)[:, None, :]).numpy()
    begin = raw[np.argsort(-found, kind="stable")[:_STARTS]]
    if not free.any():
        return begin[:1]
    low, high = np.where(free, box[0], begin), np.where(free, box[1], begin)
    climbed = _climbed(value, np.clip(begin, low, high), low, high)
    return climbed if not _near(climbed, surrogate.X_all).any() else begin[:1]


def _climbed(value: Any, begin: Starts, low: Starts, high: Starts) -> Float[np.ndarray, "1 d"]:
    """The best end of all ascents, which go side by side."""
    import torch
    from scipy.optimize import minimize

    def falling(flat: Float[np.ndarray, "kd"]) -> tuple[float, Float[np.ndarray, "kd"]]:
        points = torch.as_tensor(flat).reshape(begin.shape).requires_grad_(True)
        loss = -value(points[:, None, :]).sum()
        (slope,) = torch.autograd.grad(loss, points)
        return float(loss), np.nan_to_num(slope.numpy().ravel())

    bounds = np.column_stack([low.ravel(), high.ravel()])
    end = minimize(
        falling, begin.ravel(), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": _CLIMB_STEPS}
    )
    points = np.vstack([end.x.reshape(begin.shape), begin])
    with torch.no_grad():
        best = int(torch.argmax(value(torch.as_tensor(points)[:, None, :])))
    return points[best : best + 1]


def _acquisition(surrogate: Surrogate, rng: np.random.Generator) -> Any:
    """Expected improvement weighted by the probability that all limits hold, in logarithms, of points `n 1 d`.

    Of hypervolume in closed form, as qLogNEHVI has it for one design without noise (Daulton, Balandat, Bakshy, NeurIPS
    2021); with too many objectives for that, of one random weighting for each design (Knowles, ParEGO, IEEE Trans.
    Evol. Comput. 10 (2006) 50). As long as no design is feasible, the probability of being so is all that counts.
    """
    from botorch.utils.multi_objective.box_decompositions import FastNondominatedPartitioning

    outcomes, model = surrogate.outcomes, surrogate.model()
    front, m = outcomes.front(), outcomes.objectives
    volumes = 1 < m <= _MOST_PARTITIONED and (len(front) or all(_bounds(limit, outcomes) for limit in outcomes.limits))
    if len(front) and not volumes:
        return _weighted(surrogate, model, front, rng)
    # beyond the reference point nothing counts, so that it stands for the limits that it lies at
    limits = [limit for limit in outcomes.limits if not (volumes and _bounds(limit, outcomes))]
    cells = None
    if volumes:
        front = front[pareto.front(-front, np.zeros(len(front)))]
        at = _reference(outcomes, front)
        owned = np.vstack([front, at])  # the reference point, which owns nothing itself
        cells = FastNondominatedPartitioning(_tensor(at), _tensor(owned)).get_hypercell_bounds()

    def value(points: Any) -> Any:
        posterior = model.posterior(points)
        mean, sd = posterior.mean[:, 0], posterior.variance[:, 0].clamp_min(_NOISE**2).sqrt()
        terms = [log_holding(mean[:, one.column], sd[:, one.column], one.threshold, one.sign) for one in limits]
        terms += [log_gain(mean[:, :m], sd[:, :m], *cells)] if cells is not None else []
        terms += [log_holding(mean[:, -1], sd[:, -1], 0.0, 1.0)] if surrogate.fails else []
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
    return qLogExpectedImprovement(model, known, sampler=sampler, objective=objective, constraints=constraints or None)


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


def _raw(surrogate: Surrogate, box: Float[np.ndarray, "2 d"], rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
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


def _gp(X: Float[np.ndarray, "n d"], Y: Float[np.ndarray, "n c"], smooth: bool) -> Any:
    """One process per column over the same points, fitted and asked together.

    Matern kernels of smoothness 5/2, since metrics have kinks and dips, or squared exponentials; hyperpriors of
    Hvarfner, Hellsten, Nardi, Vanilla Bayesian optimization performs great in high dimensions, ICML 2024.
    """
    import torch
    from botorch.models import SingleTaskGP
    from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior

    several = torch.Size([Y.shape[1]] if Y.shape[1] > 1 else [])
    kernel = get_covar_module_with_dim_scaled_prior(X.shape[1], several, use_rbf_kernel=smooth)
    x, y = _tensor(X), _tensor(Y)
    return SingleTaskGP(x, y, train_Yvar=torch.full_like(y, _NOISE), outcome_transform=None, covar_module=kernel)


def _kernel(model: Any) -> dict[str, Any]:
    return {"lengthscale": model.covar_module.lengthscale.detach().clone(), "mean": model.mean_module.state_dict()}


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """BoTorch so that the same seed gives the same numbers, without its remarks on fits that end early."""
    import torch
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more would add in another order
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), threadpool_limits(1):
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
