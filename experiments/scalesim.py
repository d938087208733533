"""SCALE-Sim beside our cost model: its equations, and the program itself where it is installed."""

import builtins
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from genrf.accel.workload import Loops

FLOWS = {"weight": "ws", "output": "os", "input": "is"}
_CONFIG = """[general]
run_name = run
[architecture_presets]
ArrayHeight: {rows}
ArrayWidth: {columns}
IfmapSramSzkB: 4096
FilterSramSzkB: 4096
OfmapSramSzkB: 4096
IfmapOffset: 0
FilterOffset: 10000000
OfmapOffset: 20000000
Dataflow : {flow}
Bandwidth : 10
ReadRequestBuffer: 32
WriteRequestBuffer: 32
[layout]
IfmapCustomLayout: False
IfmapSRAMBankBandwidth: 10
IfmapSRAMBankNum: 10
IfmapSRAMBankPort: 2
FilterCustomLayout: False
FilterSRAMBankBandwidth: 10
FilterSRAMBankNum: 10
FilterSRAMBankPort: 2
[sparsity]
SparsitySupport : false
SparseRep : ellpack_block
OptimizedMapping : false
BlockSize : 8
RandomNumberGeneratorSeed : 40
[run_presets]
InterfaceBandwidth: CALC
UseRamulatorTrace: False
"""


def product(loops: Loops) -> tuple[int, int, int]:
    """A layer as SCALE-Sim sees it, a product of matrices: pixels, output channels, products in a sum."""
    return loops.b * loops.oy * loops.ox, loops.k, loops.c * loops.fy * loops.fx


def equations(loops: Loops, rows: int, columns: int, dataflow: str) -> int:
    """Clock cycles by the equations of Samajdar et al., ISPASS 2020 (doi:10.1109/ISPASS48437.2020.00016).

    A tile takes 2 rows + columns + T - 2, where T is the loop that runs through the array; tiles follow one another.
    When output stationary, SCALE-Sim 3 leaves out the clock cycles in which `rows` sums of a column are drained.
    """
    pixels, k, reduction = product(loops)
    first, second, through = {
        "weight": (reduction, k, pixels),
        "output": (pixels, k, reduction),
        "input": (reduction, pixels, k),
    }[dataflow]
    tiles = -(-first // rows) * -(-second // columns)
    drained = 0 if dataflow == "output" else rows
    return tiles * (rows + drained + columns + through - 2)


def simulated(loops: Loops, rows: int, columns: int, dataflow: str) -> tuple[int, float]:
    """Clock cycles that SCALE-Sim 3 counts for one layer, and the processor seconds that it takes to."""
    import scalesim.memory.double_buffered_scratchpad_mem as memory
    from scalesim.scale_sim import scalesim

    memory.max = _largest  # it gives arrays of one column to Python's own max, which new versions of numpy refuse
    pixels, k, reduction = product(loops)
    with tempfile.TemporaryDirectory() as folder:
        config, layer = Path(folder) / "machine.cfg", Path(folder) / "layer.csv"
        config.write_text(_CONFIG.format(rows=rows, columns=columns, flow=FLOWS[dataflow]))
        layer.write_text(f"Layer, M, N, K,\nlayer, {pixels}, {k}, {reduction},\n")
        begin = time.process_time()
        run = scalesim(
            save_disk_space=True, verbose=False, config=str(config), topology=str(layer), layout=str(layer),
            input_type_gemm=True,
        )  # fmt: skip
        run.run_scale(top_path=folder)
        seconds = time.process_time() - begin
        report = next(Path(folder).rglob("COMPUTE_REPORT.csv")).read_text().splitlines()
    return int(float(report[1].split(",")[2])) + 1, seconds  # it counts from zero


def _largest(*given: Any) -> Any:
    return builtins.max(np.ravel(given[0])) if len(given) == 1 else builtins.max(*(np.max(one) for one in given))
