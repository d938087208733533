"""`python -m experiments.model_gain.loop [tech [checkpoint [dataset]]]`: what a model learns from runs.

The loop of a user who asks for what it is bad at, each spec of which fewer than half of the ranked proposals keep the
limits: a run that begins with the model's proposals, then `task=train finetune_from=[<model>,<run>]`. Writes
`<tech>_loop.md` beside itself; with a data set that is learnt beside the run, `<tech>_loop_beside.md`.
"""

import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

from experiments.fronts import run, table
from experiments.model_gain.fronts import SCREENED
from experiments.model_gain.specs import SPECS, TESTED_ON, overrides
from experiments.model_gain.ways import at_hand, bench, kept, ranked
from genrf.api import parts
from genrf.circuits.learned.checkpoint import load

HERE, PLACE = Path(__file__).parent, Path("outputs/model_gain/loop")
BUDGET, STEPS, RATE = 500, 300, 2e-3
HEADS = ("spec", f"of {BUDGET} designs keep it", "of 64 proposals before", "after", "others before", "after")


def main(tech: str = "generic130", checkpoint: str | None = None, dataset: str | None = None) -> None:
    """A run and a training for each spec; the others are proposed for again too."""
    path = Path(checkpoint) if checkpoint else at_hand(tech)
    before = shares(tech, path)
    lines, kept_in = [], HERE / f"{tech}_loop{'_beside' if dataset else ''}.md"
    for number in (number for number in range(SPECS) if before[number] < 0.5):
        found = searched(tech, path, number)
        after = shares(tech, learned(tech, path, number, dataset))
        others = [number_ for number_ in range(SPECS) if number_ != number]
        means = (statistics.mean(each[other] for other in others) for each in (before, after))
        lines.append((str(number), str(found), *map(percent, (before[number], after[number], *means))))
        kept_in.write_text(table(HEADS, lines))


def shares(tech: str, path: Path) -> list[float]:
    """The share of ranked proposals that keep every limit, for each spec."""
    own, found = bench(tech, load(path), []), list[float]()
    for number in range(SPECS):
        spec = parts("spec=lna_2p4ghz", *overrides(TESTED_ON, number)).spec
        limits, rng = own.trained.meaning.wanted.limits(spec), np.random.default_rng([TESTED_ON, number, 0])
        found.append(statistics.mean(kept(own, spec, ranked(own, limits, rng))))
    print(path, [f"{one:.2f}" for one in found], flush=True)
    return found


def searched(tech: str, path: Path, number: int) -> int:
    """How many designs of a run for spec `number`, which begins with the model's proposals, keep it."""
    begun = ("model=diffusion", f"model.checkpoint={path}", *SCREENED)
    settings = (*begun, f"tech={tech}", f"budget={BUDGET}", "front=1", "designs=0", *overrides(TESTED_ON, number))
    outcome, _ = run("lna_2p4ghz", PLACE / f"{tech}_{number}", *settings)
    return sum(row.feasible for row in outcome.results)


def learned(tech: str, path: Path, number: int, dataset: str | None) -> Path:
    """The model after it learnt from the run for spec `number`, and from a data set beside it."""
    folder = PLACE / f"{tech}_{number}_learnt"
    given = (f"task.training.steps={STEPS}", f"task.training.learning_rate={RATE:g}", f"hydra.run.dir={folder}")
    runs = f"finetune_from=[{path},{PLACE / f'{tech}_{number}'}]"
    beside = [f"dataset={dataset}"] if dataset else []
    command = [sys.executable, "-m", "genrf", "spec=lna_2p4ghz", f"tech={tech}", "task=train", runs, *beside, *given]
    subprocess.run(command, check=True)
    return folder / "model.safetensors"


def percent(share: float) -> str:
    """As it stands in the table."""
    return f"{100 * share:.0f} %"


if __name__ == "__main__":
    main(*sys.argv[1:])
