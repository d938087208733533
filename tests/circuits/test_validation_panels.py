"""Operating points and findings of a design as the report shows them."""

import json
from types import SimpleNamespace

from genrf.circuits.export.validation import ValidationReport
from tests.circuits.process import problem

READ = {
    "transistors": [
        {"device": "m1", "region": "saturation", "current": 1e-3, "margin": 0.2, "voltages": {"vgs": 0.5, "vds": 0.4}},
        {"device": "q1", "region": "active", "current": 2e-6, "margin": -0.01, "voltages": {"vbe": 0.7}},
    ],
    "findings": [{"severity": "note", "rule": "limits", "device": "", "what": "<none>", "corner": None}],
}


def test_each_transistor_has_its_margin_and_its_own_voltages(tmp_path):
    path = tmp_path / "validation.json"
    path.write_text(json.dumps(READ))
    points, findings = ValidationReport().panels([path], SimpleNamespace(problem=None))
    trace = points.figure["data"][0]
    columns = dict(zip(trace["header"]["values"], trace["cells"]["values"], strict=True))
    assert columns["margin"] == ["200 mV", "-10 mV"] and columns["current"] == ["1 mA", "2 uA"]
    assert columns["vds"] == ["400 mV", ""] and columns["vbe"] == ["", "700 mV"]
    assert "&lt;none&gt;" in str(findings.figure), "text from files is text"


def test_transistors_are_called_as_the_schematic_calls_them(tmp_path):
    """In the table and in findings: `mm1` of the netlist is `m1`. What the schematic has not keeps its name."""
    sizing, path = problem(), tmp_path / "validation.json"
    assert "m1" in {device.name for device in sizing.structure.devices}
    transistors = [{**READ["transistors"][0], "device": name} for name in ("mm1", "mother")]
    finding = {"severity": "note", "rule": "region", "device": "mm1", "what": "mm1, mother: off", "corner": ""}
    path.write_text(json.dumps({"transistors": transistors, "findings": [finding]}))
    points, findings = ValidationReport().panels([path], SimpleNamespace(problem=sizing))
    (called, *_), (_, _, device, what, _) = (one.figure["data"][0]["cells"]["values"] for one in (points, findings))
    assert called == ["m1", "mother"] and device == ["m1"] and what == ["m1, mother: off"]


def test_the_check_is_called_by_its_design_wherever_the_file_is_made(tmp_path):
    path = tmp_path / "validation.json"
    path.write_text(json.dumps({**READ, "passed": True, "summary": "0 errors"}))
    (check,) = ValidationReport().check([path], SimpleNamespace(id="000042"))
    assert check.name == "validation 000042" and check.passed and check.detail == "0 errors"
