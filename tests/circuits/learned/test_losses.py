"""What both networks are trained for: the denoiser against diffusers, the forward model against closed forms."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from genrf.circuits.learned.losses import Asking, DenoisingLoss, MetricsLoss, Part  # noqa: E402
from genrf.circuits.learned.networks import GraphTensors  # noqa: E402
from genrf.circuits.learned.schedule import Schedule  # noqa: E402
from genrf.circuits.learned.structures import Described, Graph, Vocabulary  # noqa: E402
from tests.circuits.learned.low_pass import TOPOLOGY  # noqa: E402


def part_of(x0, normals, weight, rng):
    described = Described.of(TOPOLOGY)
    return Part(GraphTensors.of(Graph.of(described, Vocabulary.of([described]))), x0, np.array(normals), weight, rng)


class Denoised:
    """A denoiser that is shown designs, keeps what it was shown, and says no velocity at all."""

    def __call__(self, noisy, time, limits, of):
        self.noisy, self.time, self.limits = noisy.numpy(), time.numpy(), limits.numpy()
        self.said = torch.zeros_like(noisy, requires_grad=True)
        return self.said

    def asked(self, parts):
        """The loss, and what the denoiser should have said by the loss's slope, which is twice the error."""
        loss = DenoisingLoss(Schedule(), Asking(), np.array([1.0]))(self, parts)
        loss.backward()
        return float(loss.detach()), -self.said.grad.numpy() / 2


@pytest.mark.filterwarnings("ignore")
def test_noisy_designs_and_the_velocity_that_is_wanted_are_those_of_diffusers():
    diffusers = pytest.importorskip("diffusers", reason="diffusers is not installed; pip install genrf[dev]")
    scheduler = diffusers.DDPMScheduler(1000, beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction")
    rng = np.random.default_rng(3)
    x0, eps, t = rng.normal(size=(500, 2)), rng.normal(size=(500, 2)), rng.permutation(1000)[:500]

    class Drawn(np.random.Generator):
        """Draws the times and the noise above, all else by chance."""

        def integers(self, *given, **named):
            return t

        def standard_normal(self, *given, **named):
            return eps

    model, weight = Denoised(), 0.25
    loss, slope = model.asked([part_of(x0, np.zeros((500, 1)), weight, Drawn(np.random.PCG64(0)))])
    theirs = [torch.tensor(one) for one in (x0, eps, t)]
    target = scheduler.get_velocity(*theirs).numpy()
    # diffusers keeps its schedule in single precision
    assert model.noisy == pytest.approx(scheduler.add_noise(*theirs).numpy().ravel(), abs=1e-5)
    assert model.time == pytest.approx(t / 1000)
    assert slope == pytest.approx(weight / 1000 * target.ravel(), abs=1e-5 * weight / 1000)  # of a mean over 1,000
    assert loss == pytest.approx(weight * np.mean(target**2), rel=1e-5)


def test_times_are_drawn_evenly_and_noise_is_a_normal_of_its_own_for_each_number():
    model, count = Denoised(), 40_000
    model.asked([part_of(np.zeros((count, 2)), np.zeros((count, 1)), 1.0, np.random.default_rng(0))])
    # of numbers drawn evenly from 0 to 0.999 the mean is 0.4995, known to 0.29 / 200; four of these are allowed
    assert model.time.mean() == pytest.approx(0.4995, abs=0.006)
    assert model.time.std() == pytest.approx(0.2887, abs=0.004)
    assert (model.time.min(), model.time.max()) == (0.0, pytest.approx(0.999))
    eps = model.noisy.reshape(count, 2) / Schedule().at((model.time * 1000).round().astype(int))[1][:, None]
    assert eps.mean(axis=0) == pytest.approx(0.0, abs=4 / 200) and eps.std(axis=0) == pytest.approx(1.0, abs=4 / 280)
    assert abs(np.corrcoef(eps.T)[0, 1]) < 4 / 200


def slopes(beta, measured, mean, spread):
    """Of the loss, by means and logarithms of variances, where they are what a model says of designs."""
    part = part_of(np.zeros((len(measured), 2)), measured, 1.0, np.random.default_rng(0))
    said = [torch.tensor(one, requires_grad=True) for one in (mean, spread)]
    MetricsLoss(beta)(lambda x, of: said, [part]).backward()
    return said[0].grad.numpy(), said[1].grad.numpy()


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_an_error_counts_by_its_variance_to_the_power_of_beta_less_one(beta):
    # Seitzer et al., ICLR 2022: by beta = 0 an error counts as in the likelihood, by 1 as in a squared error
    measured, mean, spread = [[1.0], [3.0]], [[0.5], [5.0]], [[-2.0], [1.5]]
    by_mean, by_spread = slopes(beta, measured, mean, spread)
    error, variance = np.subtract(measured, mean), np.exp(spread)
    np.testing.assert_allclose(by_mean, -0.5 * error * variance ** (beta - 1), rtol=1e-6)  # two share the weight
    np.testing.assert_allclose(by_spread, 0.25 * variance**beta * (1 - error**2 / variance), rtol=1e-6)


def test_a_missing_metric_counts_nothing():
    by_mean, _ = slopes(0.5, [[1.0, np.nan]], [[0.0, 4.0]], [[0.0, 0.0]])
    np.testing.assert_allclose(by_mean, [[-1.0, 0.0]])
