"""`python -m experiments.model_gain.fronts [tech [checkpoint ...]]`: how far a search comes with a model and without.

Writes `<tech>_fronts.md` beside itself, after each way to search. Bayesian optimisation takes minutes for each spec and
has fewer of them. What was searched stays in `outputs/model_gain` and is not searched again.
"""

import sys
from pathlib import Path

from experiments.fronts import table
from experiments.model_gain.searches import counted, once
from experiments.model_gain.ways import at_hand

HERE = Path(__file__).parent
SPECS, BUDGET = 5, 500
SLOW_SPECS = 3  # of Bayesian optimisation
SCREENED = (  # small generations, each chosen from many by the forward model
    "samples=16", "optimizer=screened", "optimizer.inner.population=20", "optimizer.factor=50", "optimizer.share=0.1",
)  # fmt: skip


def main(tech: str = "generic130", *checkpoints: str) -> None:
    """A search for each spec, with the proposals of each model and without."""
    paths = [Path(one) for one in checkpoints] or [at_hand(tech)]
    begins = {"": ("samples=64",)}
    begins |= {f"model {path.parent.name}, then ": _proposed(path) for path in paths}
    ways = {f"{name}NSGA-II": settings for name, settings in begins.items()}
    for name, settings in list(begins.items())[1:]:
        ways[f"{name}screened NSGA-II"] = (*settings, *SCREENED)
    for name, settings in list(begins.items())[:2]:
        ways[f"{name}Bayesian"] = (*settings, "optimizer=bayesian", "samples=16")
    lines = []
    for name, settings in ways.items():
        specs = SLOW_SPECS if name.endswith("Bayesian") else SPECS
        found = [once(tech, name, number, 0, BUDGET, *settings) for number in range(specs)]
        volumes = ", ".join(f"{volume_:.3f}" for volume_, _ in found)
        lines.append((name, volumes, ", ".join(counted(first_, BUDGET) for _, first_ in found)))
        heads = ("search", "hypervolume by spec", "designs to the first, by spec")
        (HERE / f"{tech}_fronts.md").write_text(table(heads, lines))


def _proposed(path: Path) -> tuple[str, ...]:
    return ("model=diffusion", f"model.checkpoint={path}", "samples=64")


if __name__ == "__main__":
    main(*sys.argv[1:])
