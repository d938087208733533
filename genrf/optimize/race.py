"""Several structures on one budget: who is still worth simulating."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from genrf.core.results import Results


def survivors(results: Results, structures: Sequence[str]) -> list[str]:
    """The structures that stay in the race: the better half, as in successive halving.

    Better is who has more designs on the common front, then whose best design violates the limits least. Of the last
    two, one leaves only when the other has the whole front for itself: a front may need both.
    Source: Karnin, Koren, Somekh, Almost optimal exploration in multi-armed bandits, ICML 2013.
    """
    if len(structures) < 2:
        return list(structures)
    share = Counter(row.structure for row in results.front())
    ranked = sorted(structures, key=lambda name: (-share[name], _least_violation(results.of_structure(name))))
    staying = set(ranked[: max(2, (len(ranked) + 1) // 2)])
    if len(structures) == 2 and share[ranked[0]] and not share[ranked[1]]:
        staying = {ranked[0]}
    return [name for name in structures if name in staying]


def _least_violation(results: Results) -> float:
    return float(np.min(results.violation, initial=np.inf))
