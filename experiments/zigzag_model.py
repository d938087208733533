"""ZigZag (Mei et al., IEEE TC 2021, doi:10.1109/TC.2021.3059962) on a layer, on its own TPU-like 32 by 32 array."""

import logging
import os
import tempfile
import time
from typing import Any

from genrf.accel.workload import Loops


def analysed(loops: Loops) -> tuple[float, float]:
    """Clock cycles of ZigZag's best mapping, with its memories and DRAM, and the processor seconds of its search."""
    import zigzag
    from zigzag.api import get_hardware_performance_zigzag

    inputs = os.path.join(os.path.dirname(zigzag.__file__), "inputs")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        _, latency, *_ = get_hardware_performance_zigzag(
            [_layer(loops)], f"{inputs}/hardware/tpu_like.yaml", f"{inputs}/mapping/tpu_like.yaml", dump_folder=folder,
            loma_show_progress_bar=False,
        )  # fmt: skip
    logging.disable(before)
    return float(latency), time.process_time() - begin


def _layer(loops: Loops) -> dict[str, Any]:
    """A layer in ZigZag's words; strides are left at one, as the output's size is what counts."""
    sizes = {
        "B": loops.b, "K": loops.k, "G": loops.g, "OX": loops.ox, "C": loops.c, "OY": loops.oy, "FX": loops.fx,
        "FY": loops.fy,
    }  # fmt: skip
    return {
        "id": 0,
        "name": "layer",
        "operator_type": "Conv",
        "equation": "O[b][g][k][oy][ox]+=W[g][k][c][fy][fx]*I[b][g][c][iy][ix]",
        "dimension_relations": ["ix=1*ox+1*fx", "iy=1*oy+1*fy"],
        "loop_dims": list(sizes),
        "loop_sizes": list(sizes.values()),
        "operand_precision": {"W": 8, "I": 8, "O": 16, "O_final": 8},
        "operand_source": {"I": 0, "W": 0},
    }
