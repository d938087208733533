"""A receiver's own figures for the report: budget against result, stage by stage."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from genrf.circuits.cascade import Stage, levels, parts
from genrf.circuits.lineup import ELSEWHERE, Place
from genrf.core.problem import Design, Panel

_ROWS = ("gain in dB", "share of F - 1", "IIP3 in dBm")
_CAPTION = (
    "The whole chain behind each stage: gain, from what the source has available to what the voltage there would give "
    "the stage's planned resistance, each stage's part of the noise factor less one, "
    "and the intercept point at the input of all stages so far (none where they do not distort). Dashed is the "
    "budget: gain as planned, noise and distortion shared out by Friis' formula and that of cascaded intercepts. "
    "An open gate shows more gain than a matched load. A filter takes from the products of two tones too, which lie "
    "farther out than these."
)


def panels(budget: Sequence[Stage], designs: Sequence[Design]) -> list[Panel]:
    """The figures of all surveyed designs together; none when no design was surveyed."""
    drawn = [design for design in designs if design.curves]
    if not drawn:
        return []
    planned = places(budget)
    return [
        Panel("Line-up", _lineup(planned, drawn), _CAPTION),
        Panel("Budget and result", _table(budget, planned, drawn[0]), f"Of design {drawn[0].rank or drawn[0].id}."),
    ]


def places(budget: Sequence[Stage]) -> dict[str, Place]:
    """The budget as it should be measured behind each stage."""
    return {
        stage.name: Place(level.gain_db, part, level.iip3_dbm)
        for stage, level, part in zip(budget, levels(budget), parts(budget), strict=True)
    }


def _lineup(planned: Mapping[str, Place], designs: Sequence[Design]) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "height": 380,
        "grid": {"rows": 1, "columns": len(_ROWS), "pattern": "independent", "xgap": 0.2},
    }
    for number, title in zip(("", "2", "3"), _ROWS, strict=True):
        layout[f"xaxis{number}"] = {"type": "category"}
        layout[f"yaxis{number}"] = {"title": {"text": title}}
    traces = []
    for place, number in enumerate(("", "2", "3")):
        traces.append(
            _trace(planned, place, number, {"name": "budget", "line": {"dash": "dash", "color": "var(--soft)"}})
        )
        for design in designs:
            name = escape(design.label)
            found = {stage: place for stage, place in _measured(design).items() if stage in planned}
            traces.append(_trace(found, place, number, {"name": name, "legendgroup": design.id}))
    return {"data": traces, "layout": layout}


def _trace(found: Mapping[str, Place], place: int, number: str, more: Mapping[str, Any]) -> dict[str, Any]:
    y = [value if math.isfinite(value := one[place]) else None for one in map(_numbers, found.values())]
    return {
        "type": "scatter", "mode": "lines+markers", "x": list(found), "y": y, "xaxis": f"x{number}",
        "yaxis": f"y{number}", "showlegend": not number, "hovertemplate": "%{x}: %{y:.3g}", **more,
    }  # fmt: skip


def _measured(design: Design) -> dict[str, Place]:
    return {name: Place(**numbers) for name, numbers in design.curves["lineup"].items()}


def _numbers(place: Place) -> tuple[float, float, float]:
    return place.gain_db, place.noise, place.iip3_dbm


def _table(budget: Sequence[Stage], planned: Mapping[str, Place], design: Design) -> dict[str, Any]:
    lineup = _measured(design)
    names = [stage.name for stage in budget]
    gains = [lineup[name].gain_db for name in names]
    own = [after - before for before, after in zip([0.0, *gains], gains, strict=False)]
    columns = {
        "stage": [*names, ELSEWHERE],
        "gain, budget (dB)": [_text(stage.gain_db) for stage in budget],
        "gain (dB)": [_text(value) for value in own],
        "noise figure, budget (dB)": [_text(stage.nf_db) for stage in budget],
        "part of F - 1, budget": [_text(planned[name].noise) for name in names],
        "part of F - 1": [_text(lineup[name].noise) for name in (*names, ELSEWHERE)],
        "own IIP3, budget (dBm)": [_text(stage.iip3_dbm) for stage in budget],
        "IIP3 so far, budget (dBm)": [_text(planned[name].iip3_dbm) for name in names],
        "IIP3 so far (dBm)": [_text(lineup[name].iip3_dbm) for name in names],
    }
    rows = len(names) + 1
    cells = [column + [""] * (rows - len(column)) for column in columns.values()]
    table = {
        "type": "table", "header": {"values": list(columns), "align": "left"},
        "cells": {"values": cells, "align": "left"},
    }  # fmt: skip
    return {"data": [table], "layout": {"height": 140 + 24 * rows}}


def _text(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "none"
