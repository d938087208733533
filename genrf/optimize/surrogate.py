"""Gaussian processes of the outcomes over the unit cube, fitted by BoTorch."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.optimize.outcomes import Outcomes
from genrf.optimize.processes import NOISE, Processes

_FIT_STEPS = 75  # of L-BFGS over all kernels together


@dataclass(frozen=True)
class Surrogate:
    """Models of the outcomes over `X`, and of whether a design can be measured over `X_all`, where any could not.

    `choices` are the columns of choices of more than two, with the places of their options. Their order may mean
    something, as of widths, or nothing, as of the ways to do something: what has been measured tells, when the models
    are fitted. If nothing, models see a column for each option, 1 where it is chosen.
    """

    outcomes: Outcomes
    X: Float[np.ndarray, "n d"]
    X_all: Float[np.ndarray, "a d"]
    measurable: Float[np.ndarray, "a"]  # 1 or -1
    choices: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    smooth: bool = False  # squared exponential kernels instead of Matern's
    ordered: bool = True  # whether the order of choices means something
    kernels: Any = None  # state of the fitted models

    @property
    def fails(self) -> bool:
        """Whether some designs could not be measured."""
        return bool((self.measurable < 0).any())

    def fitted(self) -> "Surrogate":
        """With the kernels of the greatest marginal likelihood, looked for from the same begin each time.

        From where the last fit ended they are found a little sooner, and less well (experiments/optimizers). Choices
        are seen in the way in which each design is best foretold by the others.
        """
        if not self.choices:
            return self._fitted()
        ways = [replace(self, ordered=ordered)._fitted() for ordered in (True, False)]
        return max(ways, key=lambda way: sum(one.left_out() for one in way._processes()))

    def _fitted(self) -> "Surrogate":
        from botorch.optim.fit import fit_gpytorch_mll_scipy
        from gpytorch.mlls import ExactMarginalLogLikelihood

        models = self._models()
        for model in models:
            model.train()
            fit_gpytorch_mll_scipy(ExactMarginalLogLikelihood(model.likelihood, model), options={"maxiter": _FIT_STEPS})
        return replace(self, kernels=[_kernel(model) for model in models])

    def seen(self, points: Any) -> Any:
        """What models see of points `... d`: a tensor with as many columns, or with one for each option instead."""
        import torch

        if self.ordered:
            return points
        rest = [column for column in range(points.shape[-1]) if column not in self.choices]
        chosen = [(points[..., [column]] - points.new_tensor(at)).abs() < 1e-6 for column, at in self.choices.items()]
        return torch.cat([points[..., rest], *(one.to(points) for one in chosen)], dim=-1)

    def model(self) -> Any:
        """One model of what is `seen`: its outputs are the outcomes' columns, then whether a design can be measured."""
        from botorch.models import ModelListGP

        models = [model.eval() for model in self._models()]
        return ModelListGP(*models) if self.fails else models[0]

    def expected(self) -> Callable[[Any], tuple[Any, Any]]:
        """Mean and standard deviation, both `k c`, of the outputs of `model` at points `k d`, in less time."""
        import torch

        processes = self._processes()

        def at(points: Any) -> tuple[Any, Any]:
            means, variances = zip(*(one(self.seen(points)) for one in processes), strict=True)
            return torch.cat(means, dim=1), torch.cat(variances, dim=1).clamp_min(NOISE**2).sqrt()

        return at

    def believing(self, x: Float[np.ndarray, "1 d"]) -> "Surrogate":
        """As if the design at `x` had been measured and come out as expected (Ginsbourger et al. 2010)."""
        import torch

        mean = self.expected()(torch.as_tensor(x))[0].numpy()[0]
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

    def _processes(self) -> list[Processes]:
        return [
            Processes.of(X, Y, kernel["lengthscale"].reshape(-1, X.shape[1]), kernel["mean"].reshape(-1), self.smooth)
            for (X, Y), kernel in zip(self._shown(), self.kernels, strict=True)
        ]

    def _shown(self) -> list[tuple[Any, Any]]:
        """Designs as they are seen, and outcomes, as tensors: of those that could be measured, then of all."""
        import torch

        shown = [(self.X, self.outcomes.Y), *([(self.X_all, self.measurable[:, None])] if self.fails else [])]
        return [(self.seen(torch.as_tensor(X)), torch.as_tensor(Y)) for X, Y in shown]

    def _models(self) -> list[Any]:
        models = [_gp(X, Y, self.smooth) for X, Y in self._shown()]
        for model, state in zip(models, self.kernels or (), strict=False):
            model.covar_module.lengthscale = state["lengthscale"]
            model.mean_module.initialize(constant=state["mean"])
        return models


def _gp(X: Any, Y: Any, smooth: bool) -> Any:
    """One process per column over the same points, fitted and asked together.

    Matern kernels of smoothness 5/2, since metrics have kinks and dips, or squared exponentials; hyperpriors of
    Hvarfner, Hellsten, Nardi, Vanilla Bayesian optimization performs great in high dimensions, ICML 2024.
    """
    import torch
    from botorch.models import SingleTaskGP
    from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior

    several = torch.Size([Y.shape[1]] if Y.shape[1] > 1 else [])
    kernel = get_covar_module_with_dim_scaled_prior(X.shape[1], several, use_rbf_kernel=smooth)
    return SingleTaskGP(X, Y, train_Yvar=torch.full_like(Y, NOISE), outcome_transform=None, covar_module=kernel)


def _kernel(model: Any) -> dict[str, Any]:
    return {
        "lengthscale": model.covar_module.lengthscale.detach().clone(),
        "mean": model.mean_module.constant.detach().clone(),
    }


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
