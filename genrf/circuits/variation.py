"""The statistical parameters of one die: standard normal deviates that depend on nothing but their names."""

from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist

_NORMAL = NormalDist()


class Die:
    """Die `number` of a seed. A parameter has the same deviate whichever other ones are drawn, and in what order.

    `deviates` are those that were asked for.
    """

    def __init__(self, seed: int, number: int) -> None:
        self.seed, self.number = seed, number
        self.deviates: dict[str, float] = {}

    def __call__(self, name: str) -> float:
        """The deviate of a parameter."""
        if name not in self.deviates:
            self.deviates[name] = _deviate(f"{self.seed}/{self.number}/{name}")
        return self.deviates[name]


@lru_cache(maxsize=10_000)
def _deviate(key: str) -> float:
    digest = blake2b(key.encode(), digest_size=8).digest()
    return _NORMAL.inv_cdf((int.from_bytes(digest, "big") + 0.5) / 2.0**64)
