"""The third-order intercept as a figure: carrier and product over the power of two tones."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from genrf.core.problem import Design, Panel

_BEFORE_DB, _BEYOND_DB = 35.0, 3.0  # how far from the intercept the slopes begin and end
_SWEPT = (
    "Two tones in the band: the weaker carrier and the stronger product of third order (dots) at the output, as "
    "transients give them, and the slopes 1 and 3 through the verified intercept point (cross). Where dots leave the "
    "slopes, terms of higher order have begun: the intercept says nothing of tones that strong."
)
_VERIFIED = (
    "Two tones in the band: the slopes 1 and 3 of the weaker carrier and the stronger product of third order at the "
    "output, through the verified intercept point (cross)."
)
_SMALL = (
    "Two tones in the band: the slopes 1 and 3 of the weaker carrier and the stronger product of third order at the "
    "output, and where they meet (cross), from the third-order expansion of the transistors around the operating "
    "point. The spec asks for no intercept, and no transient has confirmed this one."
)


def intercepts(designs: Sequence[Design]) -> list[Panel]:
    """The figure of all designs with an intercept: verified, or else that of small tones; none without."""
    drawn = [design for design in designs if _points(design)]
    if not drawn:
        return []
    layout = {
        "height": 420,
        "xaxis": {"title": {"text": "available power of each tone in dBm"}},
        "yaxis": {"title": {"text": "output power in dBm"}},
    }
    data = [trace for design in drawn for trace in _traces(design)]
    return [Panel("Third-order intercept", {"data": data, "layout": layout}, _caption(drawn))]


def _caption(designs: Sequence[Design]) -> str:
    if any("two_tone" in design.curves for design in designs):
        return _SWEPT
    return _VERIFIED if any("iip3_dbm" in design.metrics for design in designs) else _SMALL


def _points(design: Design) -> Mapping[str, float]:
    """`iip3_dbm` and `oip3_dbm`."""
    points: Mapping[str, float] = design.curves.get("small_tones", {})
    return design.metrics if "iip3_dbm" in design.metrics else points


def _traces(design: Design) -> Iterator[dict[str, Any]]:
    inward, outward = _points(design)["iip3_dbm"], _points(design)["oip3_dbm"]
    shared = {"type": "scatter", "legendgroup": design.id, "hovertemplate": "%{x:.2f} dBm: %{y:.2f} dBm"}
    shared |= {"name": escape(design.label)}
    found: Mapping[str, np.ndarray] = design.curves.get("two_tone", {})
    for key in ("carrier_dbm", "product_dbm"):
        if key in found:
            dots = {"mode": "markers", "x": found["level_dbm"], "y": found[key], "marker": {"size": 7}}
            yield {**shared, **dots, "showlegend": False}
    ends = [float(min([*found.get("level_dbm", [inward - _BEFORE_DB]), inward])), inward + _BEYOND_DB]
    for slope in (1.0, 3.0):
        line = {"width": 1.2, "dash": "solid" if slope == 1.0 else "dash"}
        y = [outward + slope * (end - inward) for end in ends]
        yield {**shared, "mode": "lines", "x": ends, "y": y, "line": line, "showlegend": slope == 1.0}
    mark = {"size": 11, "symbol": "x"}
    cross = {"x": [inward], "y": [outward], "marker": mark, "showlegend": False}
    said = f"IIP3 {inward:.4g} dBm"
    yield {**shared, "mode": "markers+text", **cross, "text": [said], "textposition": "bottom right"}
