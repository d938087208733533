"""`python -m experiments.receiver`: how far each stage of a receiver keeps its share of the budget, in the whole chain.

Writes `lineup.svg` and `table.md` beside itself, and the run folder to outputs/receiver. Words after the command are
settings of the run, such as `budget=8`.
"""

import math
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from genrf.api import parts
from genrf.circuits.cascade import Stage
from genrf.circuits.lineup import ELSEWHERE, Place
from genrf.circuits.lineup_figure import places
from genrf.circuits.receiver import budget, plan
from genrf.core.problem import Design
from genrf.pipeline.run import design

HERE = Path(__file__).parent
OUTPUT = Path("outputs/receiver")
ROWS = (("gain_db", "gain in dB"), ("noise", "part of F - 1"), ("iip3_dbm", "IIP3 so far in dBm"))


def run(settings: Sequence[str]) -> tuple[list[Stage], Design]:
    """The budget, and the recommended chain. Raises RuntimeError when no chain meets the spec."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    made = parts("spec=receiver_2p4ghz", "designs=1", *settings)
    outcome = design(made, OUTPUT)
    if not outcome.designs:
        raise RuntimeError("no chain meets the spec; a greater budget= may help")
    return budget(plan(made.spec.conditions, made.spec.name), made.spec.goals, made.spec.name), outcome.designs[0]


def measured(chosen: Design) -> dict[str, Place]:
    """What the chain came to behind each stage."""
    return {name: Place(**numbers) for name, numbers in chosen.curves["lineup"].items()}


def table(planned: Sequence[Stage], chosen: Design) -> str:
    """Budget and result of each stage, and the whole, as Markdown."""
    found, wanted = measured(chosen), places(planned)
    lines = [
        "| stage | gain so far, budget (dB) | gain so far (dB) | part of F - 1, budget | part of F - 1 "
        "| IIP3 so far, budget (dBm) | IIP3 so far (dBm) |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, place in wanted.items():
        pairs = ((getattr(place, key), getattr(found[name], key)) for key, _ in ROWS)
        lines.append(f"| {name} | " + " | ".join(_text(value) for pair in pairs for value in pair) + " |")
    lines += [f"| {ELSEWHERE} | | | | {_text(found[ELSEWHERE].noise)} | | |", ""]
    goals = chosen.problem.spec.goals
    lines += ["| metric | limit | recommended |", "| --- | --- | --- |"]
    lines += [f"| {name} | {goal.limits()} | {chosen.metrics[name]:.4g} |" for name, goal in goals.items()]
    return "\n".join(lines) + "\n"


def figure(planned: Sequence[Stage], chosen: Design, path: Path) -> None:
    """The line-up as SVG."""
    mpl.rcParams["svg.hashsalt"] = "genrf"
    wanted, found = places(planned), measured(chosen)
    made, axes = plt.subplots(1, len(ROWS), figsize=(11, 3.2), layout="constrained")
    for axis, (key, title) in zip(axes, ROWS, strict=True):
        _drawn(axis, wanted, key, {"color": "#888888", "ls": "--", "label": "budget"})
        _drawn(axis, {name: found[name] for name in wanted}, key, {"color": "#0b5fa5", "label": "the whole chain"})
        axis.set_ylabel(title)
        axis.tick_params(axis="x", rotation=35)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    made.savefig(path, metadata={"Date": None})
    plt.close(made)


def _drawn(axis: plt.Axes, of: Mapping[str, Place], key: str, style: Mapping[str, str]) -> None:
    values = [getattr(place, key) for place in of.values()]
    axis.plot(list(of), [value if math.isfinite(value) else math.nan for value in values], marker="o", ms=4, **style)


def _text(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "none"


def main(settings: Sequence[str]) -> None:
    """Run the chain, write what came of it."""
    planned, chosen = run(settings)
    (HERE / "table.md").write_text(table(planned, chosen))
    figure(planned, chosen, HERE / "lineup.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
