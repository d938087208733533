"""What is compared: genrf's optimizers through ask and tell, and other tools as their own examples use them."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

import numpy as np

from experiments.optimizers.problems import Benchmark
from genrf.core.optimizer import AbstractOptimizer
from genrf.core.space import AbstractVariable, Choice, Integer
from genrf.optimize.bayesian import BayesianOptimizer
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.nsga3 import NSGA3, directions
from genrf.optimize.sobol import Random, Sobol

Measure = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # counts and times what it is asked
Method = Callable[[Benchmark, Measure, int, int], None]  # a problem, its measure, a budget and a seed

LIMITED = ", limits"  # behind the name of another tool's method that is told of the limits as genrf is
_BATCH = 4  # designs side by side, for all that know batches
_SOBOL = 16  # a power of two, as the sequence wants


def told(method: Method) -> Method:
    """`method` with the limits on objectives for constraints too, as they are of a spec."""

    def limited(problem: Benchmark, measure: Measure, budget: int, seed: int) -> None:
        def measured(U: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            F, G = measure(U)
            return F, np.hstack([G, (F - problem.reference) / np.abs(problem.reference)])

        method(replace(problem, constraints=problem.constraints + problem.objectives), measured, budget, seed)

    return limited


def ours(optimizer: AbstractOptimizer, problem: Benchmark, measure: Measure, budget: int, seed: int) -> None:
    """Ask, measure, tell."""
    search = optimizer.start(problem.space, problem.objectives, problem.constraints, np.random.default_rng(seed))
    spent = 0
    while spent < budget:
        U = search.ask()[: budget - spent]
        search.tell(U, *measure(U))
        spent += len(U)


def pymoo(directed: bool, population: int, problem: Benchmark, measure: Measure, budget: int, seed: int) -> None:
    """NSGA-II straight from pymoo's guide, or NSGA-III with genrf's directions; defaults but for the population."""
    from pymoo.algorithms.moo.nsga2 import NSGA2 as Crowded
    from pymoo.algorithms.moo.nsga3 import NSGA3 as Directed
    from pymoo.core.problem import Problem
    from pymoo.optimize import minimize

    class Pymoo(Problem):
        def _evaluate(self, x, out, *args, **kwargs):
            out["F"], out["G"] = measure(x)

    shape = {"n_var": len(problem.space), "n_obj": problem.objectives, "n_ieq_constr": problem.constraints}
    spread = {"ref_dirs": directions(problem.objectives, population)} if directed else {}
    algorithm = (Directed if directed else Crowded)(**spread, pop_size=population)
    minimize(Pymoo(**shape, xl=0.0, xu=1.0), algorithm, ("n_eval", budget), seed=seed)


def botorch(problem: Benchmark, measure: Measure, budget: int, seed: int) -> None:
    """The loop of BoTorch's tutorial on constrained multi-objective optimization, with qLogNEHVI and its settings.

    Where variables are whole numbers or choices, its alternating search over mixed variables.
    """
    import torch
    from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
    from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import ModelListGP, SingleTaskGP
    from botorch.models.transforms import Standardize
    from botorch.optim import optimize_acqf, optimize_acqf_mixed_alternating
    from botorch.sampling import SobolQMCNormalSampler
    from botorch.utils.sampling import draw_sobol_samples
    from gpytorch.mlls import SumMarginalLogLikelihood

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    d, m = len(problem.space), problem.objectives
    bounds = torch.stack([torch.zeros(d), torch.ones(d)]).double()

    def observed(X):
        F, G = measure(X.numpy())
        return torch.as_tensor(np.hstack([-F, G]))

    steps, options_of = _values(problem, Integer), _values(problem, Choice)
    X = draw_sobol_samples(bounds, n=2 * (d + 1), q=1, seed=seed).squeeze(1)
    for column, values in (steps | options_of).items():
        bounds[:, column] = torch.tensor([values[0], values[-1]], dtype=torch.double)
        allowed = torch.tensor(values, dtype=torch.double)
        X[:, column] = allowed[(X[:, column, None] - allowed).abs().argmin(dim=1)]
    Y = observed(X)
    while len(X) < budget:
        gps = [
            SingleTaskGP(X, y[:, None], torch.full_like(y[:, None], 1e-6), outcome_transform=Standardize(m=1))
            for y in Y.T
        ]
        model = ModelListGP(*gps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit_gpytorch_mll(SumMarginalLogLikelihood(model.likelihood, model))
            acquisition = qLogNoisyExpectedHypervolumeImprovement(
                model,
                ref_point=(-problem.reference).tolist(),
                X_baseline=X,
                prune_baseline=True,
                sampler=SobolQMCNormalSampler(torch.Size([128])),
                objective=IdentityMCMultiOutputObjective(outcomes=list(range(m))),
                constraints=[partial(_column, column=m + i) for i in range(problem.constraints)] or None,
            )
            q = min(_BATCH, budget - len(X))
            options = {"batch_limit": 5, "maxiter": 200}
            shared = {"q": q, "num_restarts": 10, "raw_samples": 512, "sequential": True}
            if steps or options_of:
                more, _ = optimize_acqf_mixed_alternating(acquisition, bounds, steps, options_of, **shared)
            else:
                more, _ = optimize_acqf(acquisition, bounds, options=options, **shared)
        X, Y = torch.cat([X, more.detach()]), torch.cat([Y, observed(more.detach())])


def _column(Z, column):
    return Z[..., column]


def _values(problem: Benchmark, kind: type[AbstractVariable]) -> dict[int, list[float]]:
    """Columns of one kind of variables, and where in the cube their values lie."""
    columns = ((column, one) for column, one in enumerate(problem.space.variables) if isinstance(one, kind))
    return {column: [one.encode(value) for value in one.values] for column, one in columns}


def optuna(
    sampler: str, settings: Mapping[str, int], problem: Benchmark, measure: Measure, budget: int, seed: int
) -> None:
    """A study with one of Optuna's samplers, one trial after the other, with its defaults but for `settings`."""
    import optuna as tool

    tool.logging.set_verbosity(tool.logging.ERROR)
    given = {"seed": seed, "constraints_func": lambda trial: trial.user_attrs["G"] or (0.0,)}

    def coordinate(one, variable):
        match variable:
            case Integer(name, low, high):
                return variable.encode(one.suggest_int(name, low, high))
            case Choice(name, options):
                return variable.encode(one.suggest_categorical(name, options))
            case _:
                return one.suggest_float(variable.name, 0.0, 1.0)

    def trial(one):
        F, G = measure(np.array([[coordinate(one, variable) for variable in problem.space.variables]]))
        one.set_user_attr("G", G[0].tolist())
        return tuple(F[0].tolist())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = getattr(tool.samplers, sampler)(**given, **settings)
        tool.create_study(directions=["minimize"] * problem.objectives, sampler=made).optimize(trial, n_trials=budget)


def genetic(population: int, objectives: int = 2) -> dict[str, Method]:
    """The searches that live on many designs, all with the same population, and two that learn nothing beside them.

    With more than three objectives those that are made for it, too.
    """
    found: dict[str, Method] = {
        "genrf nsga2": told(partial(ours, NSGA2(population))),
        "genrf random": told(partial(ours, Random(population))),
        "genrf sobol": told(partial(ours, Sobol(_SOBOL))),
    }
    found |= _either("pymoo NSGA-II", partial(pymoo, False, population))
    if find_spec("optuna"):
        found |= _either("Optuna NSGA-II", partial(optuna, "NSGAIISampler", {"population_size": population}))
    return found | (_directed(population) if objectives > 3 else {})


def _directed(population: int) -> dict[str, Method]:
    found: dict[str, Method] = {"genrf nsga3": told(partial(ours, NSGA3(population)))}
    found |= _either("pymoo NSGA-III", partial(pymoo, True, population))
    if find_spec("optuna"):
        found |= _either("Optuna NSGA-III", partial(optuna, "NSGAIIISampler", {"population_size": population}))
    return found


def modelled() -> dict[str, Method]:
    """The searches that make a model of what they measured, of those whose packages are there."""
    found: dict[str, Method] = {}
    if find_spec("botorch"):
        found["genrf bayesian"] = told(partial(ours, BayesianOptimizer(batch=_BATCH, most=300, local=20)))
        found["BoTorch tutorial"] = botorch
    if find_spec("optuna"):
        found |= _either("Optuna TPE", partial(optuna, "TPESampler", {}))
    return found


def _either(name: str, method: Method) -> dict[str, Method]:
    """Another tool's method as its own examples have it, and told of the limits as genrf is."""
    return {name: method, name + LIMITED: told(method)}
