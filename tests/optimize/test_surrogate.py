"""The model under `optimizer=bayesian`: what it expects, and that the best design under it is found."""

import numpy as np
import pytest

from genrf.optimize.acquisition import _acquisition, best_design
from genrf.optimize.outcomes import Outcomes
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
