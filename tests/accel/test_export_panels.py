"""What the report shows of a simulated and synthesised design is what the files say."""

import json
from types import SimpleNamespace

import pytest

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.export.cocotb import Cocotb
from genrf.accel.export.yosys import Yosys
from genrf.accel.panels import breakdown, panels
from genrf.accel.simulate.layers import LayerTable
from genrf.core.errors import ToolNotFound
from tests.accel.test_loopnest import estimated, single

RESULTS = {
    "images": 2, "layers": {"conv": 617, "linear": 169}, "predicted": {"conv": 617.0, "linear": 168.0},
    "clock_cycles": 1786, "predicted_clock_cycles": 1785, "stalls": 5, "wrong": 0,
}  # fmt: skip
SYNTHESIS = {
    "liberty": "cells.lib", "element": {"area_um2": 9353.6, "predicted_area_um2": 9114.0, "clock_hz": 3e8},
    "requantizer": {"area_um2": 38801.8, "clock_hz": 1.68e8}, "array_area_um2": 598628.6, "clock_hz": 1.68e8,
    "activity": 0.067, "array_power_w": 0.015, "array_switching_w": 0.003, "array_clock_w": 0.0119,
    "array_leakage_w": 1e-4,
}  # fmt: skip
DESIGN = SimpleNamespace(id="1", rank=1)


def rows(panel):
    trace = panel.figure["data"][0]
    return list(zip(*trace["cells"]["values"], strict=True))


def test_cycles_of_the_rtl_stand_beside_those_predicted(tmp_path):
    paths = [tmp_path / "Makefile"]
    assert Cocotb(1, 1).panels(paths, DESIGN) == [], "the simulation did not end"
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    (panel,) = Cocotb(1, 1).panels(paths, DESIGN)
    assert rows(panel) == [
        ("conv", "617", "617"),
        ("linear", "169", "168"),
        ("all, with input and output", "1,786", "1,785"),
    ]
    assert "2 images of the test" in panel.caption and "0 wrong words" in panel.caption


def test_a_liberty_that_is_no_folder_is_refused_before_the_search(tmp_path, monkeypatch):
    cells = tmp_path / "sg13g2_cells.lib"
    cells.touch()
    monkeypatch.setenv("GENRF_LIBERTY", str(cells))
    with pytest.raises(ToolNotFound, match=r"GENRF_LIBERTY=.*sg13g2_cells.lib: no such folder"):
        Yosys().require()
    monkeypatch.setenv("GENRF_LIBERTY", str(tmp_path))
    Yosys().require()


def test_areas_and_power_are_those_of_the_synthesis(tmp_path):
    path = tmp_path / "synthesis.json"
    path.write_text(json.dumps(SYNTHESIS))
    areas, power = Yosys().panels([path], DESIGN)
    assert rows(areas)[0] == ("processing element", "9,354 um2", "9,114 um2", "300 MHz")
    assert power.figure["data"][0]["y"] == [0.003, 0.0119, 1e-4] and "15 mW in all" in power.caption
    path.write_text(json.dumps({"element": {}, "liberty": None}))
    assert Yosys().panels([path], DESIGN) == []


def test_the_powers_of_all_parts_are_the_energy_over_the_time():
    config = AcceleratorConfig(4, 4, "weight")
    cost = estimated(single(), config)
    curves = breakdown(LayerTable.of_network(single()), cost, config)
    (power,) = [
        one for one in panels([SimpleNamespace(id="1", rank=1, curves=curves)], ["conv"]) if one.title == "Power"
    ]
    (bars,) = power.figure["data"]
    watts = cost.energy[0] * config.clock / (676 + 36 + 2 * 72)  # clock cycles by hand, as in test_loopnest
    assert sum(bars["y"]) == pytest.approx(watts) and len(bars["x"]) == 6
    assert f"{1e3 * watts:.4g} mW" in power.caption
