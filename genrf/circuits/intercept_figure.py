"""The third-order intercept as a figure: carrier and product over the power of two tones."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from genrf.core.problem import Design, Panel

_BEYOND_DB = 3.0  # the slopes go on behind the intercept


def intercepts(designs: Sequence[Design]) -> list[Panel]:
    """The figure of all designs whose tones were swept; none without."""
    drawn = [design for design in designs if "two_tone" in design.curves and "iip3_dbm" in design.metrics]
    if not drawn:
        return []
    layout = {
        "height": 420,
        "xaxis": {"title": {"text": "available power of each tone in dBm"}},
        "yaxis": {"title": {"text": "output power in dBm"}},
    }
    caption = (
        "Two tones in the band: the weaker carrier and the stronger product of third order (dots) at the output, as "
        "transients give them, and the slopes 1 and 3 through the verified intercept point (cross)."
    )
    data = [trace for design in drawn for trace in _traces(design)]
    return [Panel("Third-order intercept", {"data": data, "layout": layout}, caption)]


def _traces(design: Design) -> Iterator[dict[str, Any]]:
    found: Mapping[str, np.ndarray] = design.curves["two_tone"]
    inward, outward = design.metrics["iip3_dbm"], design.metrics["oip3_dbm"]
    power = found["level_dbm"]
    shared = {"type": "scatter", "legendgroup": design.id, "hovertemplate": "%{x:.2f} dBm: %{y:.2f} dBm"}
    shared |= {"name": escape(f"{design.rank} {design.problem.structure.name}")}
    dots = {**shared, "mode": "markers", "x": power, "marker": {"size": 7}}
    yield {**dots, "y": found["carrier_dbm"]}
    yield {**dots, "y": found["product_dbm"], "showlegend": False}
    ends = [min([*power.tolist(), inward]), inward + _BEYOND_DB]
    for slope in (1.0, 3.0):
        line = {"width": 1.2, "dash": "solid" if slope == 1.0 else "dash"}
        y = [outward + slope * (end - inward) for end in ends]
        yield {**shared, "mode": "lines", "x": ends, "y": y, "line": line, "showlegend": False}
    mark = {"size": 11, "symbol": "x"}
    yield {**shared, "mode": "markers", "x": [inward], "y": [outward], "marker": mark, "showlegend": False}
