"""`python -m experiments.resnet18_arrays`: ResNet-18 on two arrays in three dataflows, ours beside SCALE-Sim's.

Writes `table.md` and `cycles.svg` beside itself. Where SCALE-Sim is installed (pip install genrf[bench]) it runs the
layers in `MEASURED` itself; the column "equations" holds for all.
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from experiments.scalesim import equations, simulated
from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.exported import profile
from genrf.accel.networks import resnet18
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.population import Population
from genrf.accel.workload import Layer
from genrf.api import parts

HERE = Path(__file__).parent
SIZES, FLOWS = (16, 32), ("weight", "output", "input")
MEASURED = ("conv2d_7", "conv2d_19", "linear")  # the smallest of each kind: 2 to 80 s of SCALE-Sim each


def layers() -> list[Layer]:
    """The layers of ResNet-18 that multiply."""
    return list(profile(resnet18().eval(), (1, 3, 224, 224), "resnet18").computing)


def ours(found: list[Layer], size: int, flow: str) -> np.ndarray:
    """Clock cycles of each layer, weights resident and buffers large, as SCALE-Sim's are here."""
    estimator = parts("spec=digits_cnn").make_problem.keywords["estimator"]
    machine = AcceleratorConfig(size, size, flow, 1024, 1e8, 1e8)  # type: ignore[arg-type]
    table = LayerTable.of_profile(profile(resnet18().eval(), (1, 3, 224, 224)))
    return np.asarray(estimator.estimate(table, Population.of([machine], 8, 8, len(found))).layer_cycles[0])


def table(found: list[Layer], cycles: dict[tuple[int, str], np.ndarray]) -> str:
    """Layer by layer: ours, SCALE-Sim's, and their ratio."""
    heads = [f"{size} {flow}" for size, flow in cycles]
    lines = ["| layer | loops | " + " | ".join(heads) + " |", "| --- | --- |" + " --- |" * len(heads)]
    for place, layer in enumerate(found):
        one = layer.loops[0]
        shape = f"{one.g * one.c} to {one.k}, {one.fy}x{one.fx}, {one.oy}x{one.ox}"
        cells = [_cell(mine[place], equations(one, size, size, flow)) for (size, flow), mine in cycles.items()]
        lines.append(f"| {layer.name} | {shape} | " + " | ".join(cells) + " |")
    totals = [
        _cell(mine.sum(), sum(equations(layer.loops[0], size, size, flow) for layer in found))
        for (size, flow), mine in cycles.items()
    ]
    return "\n".join([*lines, "| all | | " + " | ".join(totals) + " |"]) + "\n"


def figure(found: list[Layer], cycles: dict[tuple[int, str], np.ndarray]) -> plt.Figure:
    """The ratio of our clock cycles to SCALE-Sim's, layer by layer."""
    mpl.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "genrf"}
    drawn, axes = plt.subplots(len(SIZES), 1, figsize=(10.0, 5.6), sharex=True, layout="constrained")
    marks = dict(zip(FLOWS, "os^", strict=True))
    for size, axis in zip(SIZES, axes, strict=True):
        for flow in FLOWS:
            theirs = np.array([equations(layer.loops[0], size, size, flow) for layer in found])
            axis.plot(cycles[size, flow] / theirs, marks[flow] + "-", ms=4, lw=0.8, label=f"{flow} stationary")
        axis.axhline(1.0, color="#1f2933", lw=0.8)
        axis.set(title=f"{size} x {size}", ylabel="our clock cycles / SCALE-Sim's", yscale="log")
        axis.set_yticks([0.25, 0.5, 1.0, 2.0, 4.0], ["0.25", "0.5", "1", "2", "4"])
    axes[0].legend(frameon=False, ncols=3)
    axes[-1].set_xticks(range(len(found)), [layer.name for layer in found], rotation=60, ha="right")
    return drawn


def measured(found: list[Layer]) -> str:
    """The equations against SCALE-Sim itself, on a few layers."""
    lines = ["| layer | array | SCALE-Sim | equations | seconds |", "| --- | --- | --- | --- | --- |"]
    for layer in (layer for layer in found if layer.name in MEASURED):
        for flow in FLOWS:
            count, seconds = simulated(layer.loops[0], 32, 32, flow)
            wanted = equations(layer.loops[0], 32, 32, flow)
            lines.append(f"| {layer.name} | 32 {flow} | {count:,} | {wanted:,} | {seconds:.1f} |")
    return "\n".join(lines) + "\n"


def _cell(mine: float, theirs: float) -> str:
    return f"{mine:,.0f} / {theirs:,.0f} = {mine / theirs:.2f}"


def main() -> None:
    """The table and the figure, and SCALE-Sim's own counts where it is installed."""
    found = layers()
    cycles = {(size, flow): ours(found, size, flow) for size in SIZES for flow in FLOWS}
    text = table(found, cycles)
    (HERE / "table.md").write_text(text)
    figure(found, cycles).savefig(HERE / "cycles.svg", metadata={"Date": None})
    print(text)
    try:
        import scalesim  # noqa: F401
    except ImportError:
        print("SCALE-Sim is not installed (pip install scalesim==3.0.0): its equations alone")
    else:
        print(measured(found))


if __name__ == "__main__":
    main()
