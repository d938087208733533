"""What a design promises under Gaussian processes: the logarithm of expected improvements, in closed form, in torch.

Simulators repeat themselves and designs are chosen one at a time, so that nothing has to be drawn from the posterior:
with independent processes the chance that limits hold is a product, and so is the gain in each cell under a front.
"""

import math
from typing import Any

_LINEAR = -1.0  # below it the two terms of `_log_h` cancel
_FAR = -1e7  # below it the asymptote is exact


def log_holding(mean: Any, sd: Any, threshold: float, sign: float, doubt: float) -> Any:
    """The logarithm of P(sign (-Y - threshold) <= 0), the chance that a limit on minus Y holds; all of shape `n`.

    Of Student's t with two degrees of freedom: kernels were fitted to few designs, and where a normal tail gives up a
    piece of what is feasible, this one does not (experiments/optimizers). `doubt` is the chance that the model is
    altogether wrong, and the limit holds whatever it says.
    """
    import torch

    z = sign * (mean + threshold) / sd
    spread = torch.sqrt(2.0 + z**2)
    tail = 1.0 / (spread * (spread + z.abs()))  # 1/2 - |z| / (2 sqrt(2 + z^2)), to all digits
    held = torch.where(z > 0.0, torch.log1p(-tail), -torch.log(spread) - torch.log(spread + z.abs()))
    if not doubt:
        return held
    return torch.logaddexp(held + math.log1p(-doubt), torch.full_like(held, math.log(doubt)))


def log_gain(mean: Any, sd: Any, low: Any, high: Any) -> Any:
    """The logarithm, `n`, of the hypervolume that Y (`n m`, maximised) should add in the cells `low` to `high` (`c m`).

    The cells part what the front leaves free above the reference point; `high` may be infinite.

    Sources: Emmerich, Deutz, Klinkenberg, Hypervolume-based expected improvement: monotonicity properties and exact
    computation, CEC 2011 (the sum over cells); Ament et al., Unexpected improvements to expected improvement,
    NeurIPS 2023 (the logarithms).
    """
    import torch

    mean, sd = mean[:, None, :], sd[:, None, :]
    open_ended = torch.isinf(high)
    near = _log_excess(mean, sd, low)
    far = _log_excess(mean, sd, torch.where(open_ended, low + 1.0, high))
    beyond = torch.where(open_ended, torch.zeros_like(far), torch.exp(far - near).clamp_max(1.0 - 1e-15))
    return torch.logsumexp((near + torch.log1p(-beyond)).sum(dim=-1), dim=-1)


def _log_excess(mean: Any, sd: Any, edge: Any) -> Any:
    """The logarithm of E max(Y - edge, 0)."""
    return sd.log() + _log_h((mean - edge) / sd)


def _log_h(z: Any) -> Any:
    """The logarithm of pdf(z) + z cdf(z) of a standard normal, to all digits however far z lies below 0."""
    import torch

    root = math.sqrt(0.5)
    above = z.clamp_min(_LINEAR)
    direct = torch.log(torch.exp(-0.5 * above**2) / math.sqrt(2 * math.pi) + above * torch.special.ndtr(above))
    below = z.clamp(_FAR, _LINEAR)
    share = math.sqrt(math.pi / 2) * below.abs() * torch.special.erfcx(-below * root)  # z cdf over pdf, just below 1
    tail = -0.5 * below**2 - 0.5 * math.log(2 * math.pi) + torch.log1p(-share.clamp_max(1.0 - 1e-15))
    return torch.where(z > _LINEAR, direct, tail)
