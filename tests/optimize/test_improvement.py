"""Expected improvements in closed form, against BoTorch and against many digits."""

import math

import numpy as np
import pytest
from scipy.stats import t

torch = pytest.importorskip("torch")
pytest.importorskip("botorch")

from genrf.optimize.improvement import log_gain, log_holding  # noqa: E402  # after the skips

TWO = t(2)
FRONT = [[1.0, 2.0, 0.5], [2.0, 1.0, 0.3], [0.5, 0.5, 2.0]]


@pytest.mark.parametrize("objectives", [2, 3])
def test_the_gain_is_that_of_botorch(objectives):
    from botorch.acquisition.multi_objective.analytic import ExpectedHypervolumeImprovement
    from botorch.utils.multi_objective.box_decompositions import FastNondominatedPartitioning
    from botorch.utils.testing import MockModel, MockPosterior

    rng = np.random.default_rng(1)
    mean = torch.as_tensor(rng.normal(1.0, 1.0, (6, 1, objectives)))
    sd = torch.as_tensor(rng.uniform(0.1, 1.0, (6, 1, objectives)))
    cells = FastNondominatedPartitioning(torch.zeros(objectives).double(), torch.tensor(FRONT).double()[:, :objectives])
    model = MockModel(MockPosterior(mean=mean, variance=sd**2))
    known = ExpectedHypervolumeImprovement(model, [0.0] * objectives, cells)(mean)
    found = log_gain(mean[:, 0], sd[:, 0], *cells.get_hypercell_bounds())
    assert found.exp().numpy() == pytest.approx(known.numpy(), rel=1e-9)


@pytest.mark.parametrize("z", [5.0, 0.0, -1.0, -3.0, -30.0, -1e4])
def test_the_gain_has_all_digits_where_it_is_next_to_nothing(z):
    """One open cell above 0 in each of two objectives: the product of two E max(Y, 0)."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(80):
        one = mpmath.log(mpmath.npdf(z) + mpmath.mpf(z) * mpmath.ncdf(z))
    found = log_gain(*(torch.tensor(v).double() for v in ([[z, z]], [[1.0, 1.0]], [[0.0, 0.0]], [[np.inf, np.inf]])))
    assert float(found) == pytest.approx(2 * float(one), rel=1e-12)


def test_the_gain_has_a_slope_everywhere():
    mean = torch.tensor([[-50.0, 3.0], [0.5, 0.5]]).double().requires_grad_(True)
    low, high = (torch.tensor(edges).double() for edges in ([[0.0, 0.0], [1.0, 0.0]], [[1.0, np.inf], [np.inf, 1.0]]))
    log_gain(mean, torch.ones_like(mean), low, high).sum().backward()
    assert bool(torch.isfinite(mean.grad).all()) and float(mean.grad[0, 0]) == pytest.approx(50.0, rel=0.01)


@pytest.mark.parametrize(("sign", "sided"), [(1.0, TWO.sf), (-1.0, TWO.cdf)])
def test_a_limit_holds_as_often_as_students_t_lies_on_its_side(sign, sided):
    """`sign (-Y - threshold) <= 0`: Y at least minus the threshold, or at most."""
    mean, sd = torch.tensor([0.3, -0.7, -8.0]).double(), torch.tensor([0.5, 0.5, 0.1]).double()
    found = log_holding(mean, sd, 0.7, sign, 0.0).exp().numpy()
    assert found == pytest.approx(sided((-0.7 - mean.numpy()) / sd.numpy()), rel=1e-9)


@pytest.mark.parametrize("z", [1e3, 1e6, 1e150])
def test_a_limit_that_hardly_holds_has_its_chance_to_all_digits_and_a_slope(z):
    """Far out the tail of Student's t with two degrees of freedom is 1 / (2 z^2)."""
    mean = torch.tensor([-z], dtype=torch.float64, requires_grad=True)
    found = log_holding(mean, torch.ones(1).double(), 0.0, 1.0, 0.0)
    found.sum().backward()
    assert found.item() == pytest.approx(-math.log(2) - 2 * math.log(z), rel=1e-6)
    assert float(mean.grad[0]) == pytest.approx(2 / z, rel=1e-5)


def test_doubt_is_a_chance_that_the_limit_holds_whatever_the_model_says():
    """0.9 of Student's and 0.1: 0.55 at the limit, 0.1 far beyond it."""
    found = log_holding(torch.tensor([0.0, -1e6]).double(), torch.ones(2).double(), 0.0, 1.0, 0.1).exp().numpy()
    assert found == pytest.approx([0.55, 0.1], rel=1e-9)
