"""`python -m experiments.optimizers.large`: many variables, many objectives, whole numbers and choices.

Where trust regions, `nsga3` and mixed variables have to show what they are for. Five seeds of everything, hours on one
core; `seeds=1` asks for fewer and names of methods choose some, only to be printed. Writes `large.md` and `large.svg`
beside itself, and keeps what was measured as `python -m experiments.optimizers` does.
"""

import sys

from experiments.fronts import save, table
from experiments.optimizers.__main__ import (
    FEW,
    HEADS,
    HERE,
    LARGE_POPULATION,
    MANY,
    POPULATION,
    SEEDS,
    Case,
    Trace,
    figure,
    once,
    rows,
)
from experiments.optimizers.methods import genetic, modelled
from experiments.optimizers.problems import LARGE


def cases() -> list[Case]:
    """Each problem with few designs, at least twice what a model begins from, and with many."""
    found = []
    for problem in LARGE:
        few = genetic(POPULATION, problem.objectives) | modelled()
        found.append(Case(problem, max(FEW, 4 * (len(problem.space) + 1)), few))
        found.append(Case(problem, MANY, genetic(LARGE_POPULATION, problem.objectives)))
    return found


def main() -> None:
    """All cases, every method whose package is there."""
    words = sys.argv[1:]
    counts = [int(word.removeprefix("seeds=")) for word in words if word.startswith("seeds=")]
    named = [word for word in words if "=" not in word]
    found: dict[Case, dict[str, list[Trace]]] = {}
    for case in cases():
        chosen = [name for name in case.methods if not named or name in named]
        found[case] = {
            name: [once(case, name, seed) for seed in range(counts[0] if counts else SEEDS)] for name in chosen
        }
        print(*(" | ".join(row) for row in rows(case, found[case])), sep="\n", flush=True)
    if not words:
        lines = [row for case, traces in found.items() for row in rows(case, traces)]
        (HERE / "large.md").write_text(table(HEADS, lines))
        save(figure(found), HERE / "large.svg")


if __name__ == "__main__":
    main()
