"""What Gaussian processes whose kernels are known expect anywhere, in torch.

BoTorch fits them, and its models say the same in four times the time: they are made for batches of kernels, noise and
several points at once, and an acquisition that climbs asks hundreds of times for a few points.
"""

import math
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from numpy import ndarray

NOISE = 1e-6  # of an outcome's variance: a simulator repeats itself, and this keeps matrices invertible


@dataclass(frozen=True, eq=False)
class Processes:
    """A process per column over the same points, of unit variance, as tensors.

    Shapes: `X` n d, `lengthscale` c d, `mean` c, `weights` c n (the inverse covariance times the residuals) and
    `root` c n n (the inverse of the covariance's Cholesky factor).
    """

    X: Any
    lengthscale: Any
    mean: Any
    smooth: bool
    weights: Any
    root: Any

    @classmethod
    def of(
        cls, X: Float[ndarray, "n d"], Y: Float[ndarray, "n c"], lengthscale: Any, mean: Any, smooth: bool
    ) -> "Processes":
        """Over what was measured, with Matern kernels of smoothness 5/2 or, `smooth`, squared exponentials."""
        import torch

        x, y = torch.as_tensor(X), torch.as_tensor(Y)
        noise = NOISE * torch.eye(len(x), dtype=x.dtype)
        factor = torch.linalg.cholesky(_covariance(x, x, lengthscale, smooth) + noise)
        root = torch.linalg.solve_triangular(factor, torch.eye(len(x), dtype=x.dtype).expand_as(factor), upper=False)
        residuals = (y.T - mean[:, None])[..., None]
        return cls(x, lengthscale, mean, smooth, (root.mT @ (root @ residuals))[..., 0], root)

    def __call__(self, points: Any) -> tuple[Any, Any]:
        """Mean and variance, both `k c`, at points `k d`."""
        near = _covariance(points, self.X, self.lengthscale, self.smooth)
        mean = self.mean[:, None] + (near @ self.weights[..., None])[..., 0]
        known = (near @ self.root.mT).square().sum(dim=-1)
        return mean.T, (1.0 - known).T


def _covariance(points: Any, others: Any, lengthscale: Any, smooth: bool) -> Any:
    """Shape `c k n`; Rasmussen and Williams, Gaussian processes for machine learning, 2006, equations 4.9 and 4.17."""
    import torch

    squares = ((points[:, None, :] - others[None, :, :]).square() @ lengthscale.square().reciprocal().T).movedim(-1, 0)
    if smooth:
        return torch.exp(-0.5 * squares)
    away = math.sqrt(5.0) * squares.clamp_min(1e-30).sqrt()
    return (1.0 + away + away.square() / 3.0) * torch.exp(-away)
