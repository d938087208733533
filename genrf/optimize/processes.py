"""What Gaussian processes whose kernels are known expect anywhere, in torch.

BoTorch fits them, and its models say the same in four times the time: they are made for batches of kernels, noise and
several points at once, and an acquisition that climbs asks hundreds of times for a few points.
"""

import math
from dataclasses import dataclass
from typing import Any

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
    def of(cls, X: Any, Y: Any, lengthscale: Any, mean: Any, smooth: bool) -> "Processes":
        """Over outcomes `n c`, with Matern kernels of smoothness 5/2 or, `smooth`, squared exponentials."""
        import torch

        noise = NOISE * torch.eye(len(X), dtype=X.dtype)
        factor = torch.linalg.cholesky(_covariance(X, X, lengthscale, smooth) + noise)
        root = torch.linalg.solve_triangular(factor, torch.eye(len(X), dtype=X.dtype).expand_as(factor), upper=False)
        residuals = (Y.T - mean[:, None])[..., None]
        return cls(X, lengthscale, mean, smooth, (root.mT @ (root @ residuals))[..., 0], root)

    def __call__(self, points: Any) -> tuple[Any, Any]:
        """Mean and variance, both `k c`, at points `k d`."""
        near = _covariance(points, self.X, self.lengthscale, self.smooth)
        mean = self.mean[:, None] + (near @ self.weights[..., None])[..., 0]
        known = (near @ self.root.mT).square().sum(dim=-1)
        return mean.T, (1.0 - known).T

    def left_out(self) -> float:
        """The logarithmic probability of each measured value under what all others expect of it, added up.

        Rasmussen and Williams, equations 5.10 to 5.12.
        """
        precision = self.root.square().sum(dim=-2)  # the diagonal of the inverse covariance, `c n`
        return float(0.5 * (precision.log() - self.weights.square() / precision - math.log(2.0 * math.pi)).sum())


def _covariance(points: Any, others: Any, lengthscale: Any, smooth: bool) -> Any:
    """Shape `c k n`; Rasmussen and Williams, Gaussian processes for machine learning, 2006, equations 4.9 and 4.17."""
    import torch

    squares = ((points[:, None, :] - others[None, :, :]).square() @ lengthscale.square().reciprocal().T).movedim(-1, 0)
    if smooth:
        return torch.exp(-0.5 * squares)
    away = math.sqrt(5.0) * squares.clamp_min(1e-30).sqrt()
    return (1.0 + away + away.square() / 3.0) * torch.exp(-away)
