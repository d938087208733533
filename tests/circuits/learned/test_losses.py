"""What the forward model is trained for, against closed forms."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from genrf.circuits.learned.losses import MetricsLoss, Part  # noqa: E402
from genrf.circuits.learned.networks import GraphTensors  # noqa: E402
from genrf.circuits.learned.structures import Described, Graph, Vocabulary  # noqa: E402
from tests.circuits.learned.low_pass import TOPOLOGY  # noqa: E402


def slopes(beta, measured, mean, spread):
    """Of the loss, by means and logarithms of variances, where they are what a model says of designs."""
    described = Described.of(TOPOLOGY)
    graph = GraphTensors.of(Graph.of(described, Vocabulary.of([described])))
    part = Part(graph, np.zeros((len(measured), 2)), np.array(measured), 1.0, np.random.default_rng(0))
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
