"""`python -m experiments.optimizers.seconds`: what `bayesian` takes to choose a batch of four, by what it knows.

Writes `seconds.md` beside itself: seconds of a processor. Designs and coefficients of their outcomes are random.
"""

import time
from pathlib import Path

import numpy as np

from experiments.fronts import table
from genrf.core.space import Real, Space
from genrf.optimize.bayesian import BayesianOptimizer

KNOWN = (50, 100, 300, 1000)
SHAPES = ((11, 3, 4), (11, 3, 8), (30, 3, 4))  # variables, objectives, limits


def seconds(variables: int, objectives: int, limits: int, known: int) -> float:
    """Of the second batch, as the first one loads what it works with."""
    rng = np.random.default_rng(1)
    optimizer = BayesianOptimizer(batch=4, most=300, local=20)
    search = optimizer.start(Space(tuple(Real(f"x{i}", 0.0, 1.0) for i in range(variables))), objectives, limits, rng)
    bent = rng.normal(size=(objectives + limits, variables))
    U = rng.random((known, variables))
    Y = np.sin(2.0 * U @ bent.T) + (U @ bent.T) ** 2
    search.tell(U, Y[:, :objectives], Y[:, objectives:] - np.median(Y[:, objectives:], axis=0) - 1.0)
    search.ask()
    begin = time.process_time()
    search.ask()
    return time.process_time() - begin


def main() -> None:
    """One line for each shape of a problem."""
    heads = ("variables", "objectives", "limits", *(f"{known:,} known" for known in KNOWN))
    lines = [(*map(str, shape), *(f"{seconds(*shape, known):.1f} s" for known in KNOWN)) for shape in SHAPES]
    (Path(__file__).parent / "seconds.md").write_text(table(heads, lines))


if __name__ == "__main__":
    main()
