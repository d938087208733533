"""The fused network in real numbers: what calibration looks at and quantisation is measured against."""

import numpy as np

from genrf.accel.fusion import Fused, Stage
from genrf.accel.integer import unfold, windows_maximum


def run(fused: Fused, images: np.ndarray) -> dict[str, np.ndarray]:
    """Every stage's values for `images`, [image, channel, row, column] each."""
    values = {fused.source: images.astype(np.float64)}
    for stage in fused.stages:
        result = perform(stage, [values[source] for source in stage.sources])
        values[stage.name] = np.clip(result, 0.0, stage.cap) if stage.relu else result
    return values


def perform(stage: Stage, sources: list[np.ndarray]) -> np.ndarray:
    """One stage without its ReLU."""
    if stage.kind == "add":
        return np.asarray(sources[0] + sources[1])
    if stage.kind == "convolution":
        assert stage.weight is not None and stage.bias is not None
        k, c, fy, fx = stage.weight.shape
        windows = unfold(sources[0], (fy, fx), stage.stride, stage.padding, stage.dilation, 0)
        n, (oy, ox) = len(windows), windows.shape[-2:]
        grouped = windows.reshape(n, stage.groups, c * fy * fx, oy * ox)
        summed = stage.weight.reshape(stage.groups, -1, c * fy * fx) @ grouped
        return windows_maximum(summed.reshape(n, k, oy, ox) + stage.bias[:, None, None], stage.pool)
    outside = -np.inf if stage.kind == "max_pool" else 0.0
    edges = [(0, 0), (0, 0), (stage.padding[0],) * 2, (stage.padding[1],) * 2]
    padded = np.pad(sources[0], edges, constant_values=outside)
    windows = unfold(padded, stage.kernel, stage.stride, (0, 0), (1, 1), 0)
    return np.asarray(windows.max(axis=(2, 3)) if stage.kind == "max_pool" else windows.mean(axis=(2, 3)))
