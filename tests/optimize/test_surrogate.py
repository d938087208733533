"""The model under `optimizer=bayesian`: what it expects, and that the best design under it is found."""

from dataclasses import replace

import numpy as np
import pytest

from genrf.optimize.acquisition import _acquisition, best_design
from genrf.optimize.outcomes import Outcomes
from genrf.optimize.processes import NOISE
from genrf.optimize.surrogate import Surrogate, repeatable

torch = pytest.importorskip("torch")
pytest.importorskip("botorch")


def fitted(smooth=False, fails=False, outcomes=2, variables=4):
    """Over 24 designs, of which every fifth could not be measured."""
    rng = np.random.default_rng(3)
    X = rng.random((24, variables))
    there = np.arange(24) % 5 > 0 if fails else np.ones(24, dtype=bool)
    F = np.column_stack([((X - at) ** 2).sum(axis=1) for at in (0.2, 0.8)][:outcomes])
    G = np.column_stack([X[:, 2] - 0.6, F[:, 0] - 1.0])
    with repeatable(1):
        return Surrogate(
            Outcomes.of(F[there], G[there]), X[there], X, np.where(there, 1.0, -1.0), smooth=smooth
        ).fitted()


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize(("fails", "outcomes"), [(False, 2), (True, 2), (True, 1)])
def test_what_is_expected_is_what_botorch_expects(smooth, fails, outcomes):
    surrogate = fitted(smooth, fails, outcomes)
    points = torch.as_tensor(np.random.default_rng(4).random((7, 4)))
    mean, sd = surrogate.expected()(points)
    posterior = surrogate.model().posterior(points)
    torch.testing.assert_close(mean, posterior.mean.detach(), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(sd**2, posterior.variance.detach(), rtol=1e-4, atol=1e-7)


def test_slopes_are_those_of_botorch_at_a_measured_design_too():
    surrogate = fitted()
    for point in (np.full((1, 4), 0.4), surrogate.X[:1]):
        points = torch.as_tensor(point).requires_grad_(True)
        (own,) = torch.autograd.grad(surrogate.expected()(points)[0].sum(), points)
        (theirs,) = torch.autograd.grad(surrogate.model().posterior(points).mean.sum(), points)
        torch.testing.assert_close(own, theirs, rtol=1e-5, atol=1e-5)


def test_no_climb_from_anywhere_comes_higher():
    """Of 200 that PyTorch's Adam makes from points by chance."""
    surrogate, box = fitted(variables=8), np.array([[0.0] * 8, [1.0] * 8])
    found = best_design(surrogate, box, lambda U: U, np.ones(8, dtype=bool), np.random.default_rng(1), 0.0)
    value = _acquisition(surrogate, np.random.default_rng(1), 0.0)
    points = torch.rand(200, 8, dtype=torch.float64, generator=torch.manual_seed(5)).requires_grad_(True)
    search = torch.optim.Adam([points], lr=0.02)
    for _ in range(300):
        search.zero_grad()
        (-value(points[:, None, :]).sum()).backward()
        search.step()
        with torch.no_grad():
            points.clamp_(0.0, 1.0)
    with torch.no_grad():
        assert float(value(torch.as_tensor(found)[:, None, :])) > float(value(points[:, None, :]).max()) - 1e-3


def test_what_was_measured_is_not_asked_for_again_and_fixed_variables_stay_on_their_values():
    surrogate, box = fitted(), np.array([[0.0] * 4, [1.0] * 4])
    free = np.array([True, True, False, True])
    snap = lambda U: np.column_stack([U[:, :2], np.round(U[:, 2] * 4) / 4, U[:, 3]])  # noqa: E731
    found = best_design(surrogate, box, snap, free, np.random.default_rng(1), 0.3)
    assert found.shape == (1, 4) and found[0, 2] in (0.0, 0.25, 0.5, 0.75, 1.0)
    assert np.abs(surrogate.X_all - found).max(axis=1).min() > 1e-7


RISING = np.linspace(0.1, 0.8, 8)
SHUFFLED = RISING[[3, 6, 0, 5, 2, 7, 1, 4]]


def chosen(offsets):
    """Two smooth outcomes of three variables, one of them a choice of eight that stands for `offsets`."""
    rng = np.random.default_rng(3)
    X, option = rng.random((24, 3)), rng.integers(8, size=24)
    X[:, 1] = (option + 0.5) / 8
    F = np.column_stack([(X[:, 0] - at) ** 2 + X[:, 2] + 4 * (offsets[option] - 0.5) ** 2 for at in (0.2, 0.8)])
    places = {1: tuple((np.arange(8) + 0.5) / 8)}
    with repeatable(1):
        return Surrogate(Outcomes.of(F, np.zeros((24, 0))), X, X, np.ones(24), places).fitted()


@pytest.mark.parametrize(("offsets", "ordered"), [(SHUFFLED, False), (RISING, True)])
def test_what_was_measured_tells_whether_the_order_of_options_means_anything(offsets, ordered):
    surrogate = chosen(offsets)
    assert surrogate.ordered == ordered
    points = torch.as_tensor(surrogate.X[:7]) + torch.tensor([0.1, 0.0, 0.1])
    posterior = surrogate.model().posterior(surrogate.seen(points))
    mean, _ = surrogate.expected()(points)
    torch.testing.assert_close(mean, posterior.mean.detach(), rtol=1e-6, atol=1e-6)


def test_options_without_order_have_a_column_each():
    surrogate = replace(chosen(SHUFFLED), ordered=False)
    seen = surrogate.seen(torch.tensor([[0.25, 0.3125, 0.75], [0.5, 0.9375, 1.0]]))
    assert seen.tolist() == [[0.25, 0.75, 0, 0, 1, 0, 0, 0, 0, 0], [0.5, 1.0, 0, 0, 0, 0, 0, 0, 0, 1]]


def test_each_design_is_foretold_by_all_others():
    """Beside models that were never shown it (Rasmussen and Williams, section 5.4.2)."""
    surrogate, found = chosen(RISING), 0.0
    for place in range(24):
        others = np.arange(24) != place
        known = replace(
            surrogate.outcomes, Y=surrogate.outcomes.Y[others], feasible=surrogate.outcomes.feasible[others]
        )
        without = replace(surrogate, outcomes=known, X=surrogate.X[others], X_all=surrogate.X[others])
        (processes,) = without._processes()
        mean, variance = processes(without.seen(torch.as_tensor(surrogate.X[place : place + 1])))
        value = torch.as_tensor(surrogate.outcomes.Y[place])
        found += float(torch.distributions.Normal(mean[0], (variance[0] + NOISE).sqrt()).log_prob(value).sum())
    assert sum(one.left_out() for one in surrogate._processes()) == pytest.approx(found, rel=1e-5)
