"""`python -m experiments.digits_codesign`: a network that reads digits, from its front to RTL that is bit-exact.

Writes `front.svg` and `table.md` beside itself, and the run folder to outputs/digits_codesign. Areas and clocks want
GENRF_LIBERTY (../shared/liberty where it is not set). IMAGES (100) is how many images go through the RTL of each design
by Verilator where it is installed.
"""

import json
import os
import shutil
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from genrf.accel.export.simulation import fastest, run_bench
from genrf.accel.problem import CodesignProblem
from genrf.api import parts
from genrf.core.problem import Design
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design

HERE = Path(__file__).parent
OUTPUT = Path("outputs/digits_codesign")
BUDGET, IMAGES = os.environ.get("BUDGET", "3000"), int(os.environ.get("IMAGES", "100"))


def run() -> Outcome:
    """The four stages, with three designs written out and checked."""
    os.environ.setdefault("GENRF_LIBERTY", str(Path("../shared/liberty").absolute()))
    shutil.rmtree(OUTPUT, ignore_errors=True)
    return design(parts("spec=digits_cnn", f"budget={BUDGET}"), OUTPUT)


def figure(outcome: Outcome) -> plt.Figure:
    """Energy over latency of the verified front; colour is accuracy, the size of a point its area."""
    mpl.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "genrf"}
    drawn, axis = plt.subplots(figsize=(8.0, 4.6), layout="constrained")
    found = {
        name: np.array([row.metrics[name] for row in outcome.front])
        for name in ("latency_s", "energy_j", "accuracy", "area_mm2")
    }
    points = axis.scatter(
        1e6 * found["latency_s"], 1e9 * found["energy_j"], s=30 * found["area_mm2"], c=100 * found["accuracy"],
        cmap="viridis", alpha=0.85, lw=0,
    )  # fmt: skip
    for one in outcome.designs:
        spot = (1e6 * one.metrics["latency_s"], 1e9 * one.metrics["energy_j"])
        axis.annotate(f"{one.rank}: {one.problem.structure.name.removeprefix('systolic_')}", spot, (6, 6),
                      textcoords="offset points", fontweight="bold")  # fmt: skip
    axis.set(xlabel="latency of one image in us", ylabel="energy of one image in nJ", xscale="log", yscale="log")
    drawn.colorbar(points, label="accuracy on the test in %")
    return drawn


def rows(outcome: Outcome, one: Design) -> list[str]:
    """A chosen design: what it is, what was predicted, and what its RTL came to."""
    folder = outcome.folder / "designs" / f"{one.rank}_{one.id}"
    results = run_bench(folder / "bench", IMAGES, **fastest())
    synthesis = json.loads((folder / "synthesis.json").read_text())
    assert isinstance(one.problem, CodesignProblem)
    machine, metrics = one.problem.machine(one.values), one.metrics
    predicted, counted = sum(results["predicted"].values()), sum(results["layers"].values())
    element = synthesis["element"]
    clock = f"{synthesis['clock_hz'] / 1e6:.0f} MHz" if element else "not synthesised"
    area = f"{element['predicted_area_um2']:.0f} / {element['area_um2']:.0f}" if element else "not synthesised"
    return [
        f"{one.rank}: {machine.rows} x {machine.columns}, {machine.dataflow} stationary",
        f"{metrics['weight_bits']:.1f}",
        f"{100 * metrics['accuracy']:.1f} %", f"{1e6 * metrics['latency_s']:.1f} us",
        f"{1e9 * metrics['energy_j']:.0f} nJ", f"{metrics['area_mm2']:.2f} mm2", f"{predicted:,.0f} / {counted:,}",
        f"{results['images'] - bool(results['wrong'])} of {results['images']}", area, clock,
    ]  # fmt: skip


def table(outcome: Outcome) -> str:
    """All chosen designs."""
    heads = [
        "design", "bits of a weight", "accuracy", "latency", "energy", "area", "clock cycles predicted / RTL",
        "images bit-equal", "element, um2: predicted / yosys", "clock by yosys",
    ]  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    lines += [f"| {' | '.join(rows(outcome, one))} |" for one in outcome.designs]
    return "\n".join(lines) + "\n"


def main() -> None:
    """The run, the figure and the table."""
    outcome = run()
    figure(outcome).savefig(HERE / "front.svg", metadata={"Date": None})
    text = table(outcome)
    (HERE / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
