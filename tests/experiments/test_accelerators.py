"""The studies of the second half, on little: ResNet-18 on arrays, and the co-design of the digits' network."""

import shutil

import pytest

pytest.importorskip("torch", reason="torch is not installed; pip install genrf[accel]")

from experiments.digits_codesign import __main__ as codesign
from experiments.resnet18_arrays import __main__ as arrays
from experiments.scalesim import equations
from genrf.accel.workload import Loops


@pytest.mark.parametrize(
    ("loops", "dataflow", "cycles"),
    [
        (Loops(k=128, c=64, oy=28, ox=28), "weight", 7_024),
        (Loops(k=128, c=64, oy=28, ox=28), "output", 12_600),
        (Loops(k=128, c=64, oy=28, ox=28), "input", 11_100),
        (Loops(k=512, c=512, oy=7, ox=7, fy=3, fx=3), "weight", 329_472),
        (Loops(k=512, c=512, oy=7, ox=7, fy=3, fx=3), "output", 149_440),
        (Loops(k=1000, c=512), "input", 17_504),
    ],
)
def test_the_equations_are_scale_sims(loops, dataflow, cycles):
    """Counted by SCALE-Sim 3.0.0 on 32 x 32 arrays; `python -m experiments.resnet18_arrays` counts again."""
    assert equations(loops, 32, 32, dataflow) == cycles


def test_the_table_of_arrays_has_every_layer(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "HERE", tmp_path)
    monkeypatch.setattr(arrays, "MEASURED", ())
    arrays.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) == 2 + 21 + 1 and lines[-1].startswith("| all | | 9,115,441 / ")
    assert (tmp_path / "cycles.svg").read_text().startswith("<?xml")


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("iverilog") is None or shutil.which("yosys") is None,
    reason="iverilog or yosys is not on PATH; apt install iverilog yosys",
)
def test_the_co_design_comes_from_one_command(tmp_path, monkeypatch):
    for name, value in {"HERE": tmp_path, "OUTPUT": tmp_path / "run", "BUDGET": "150", "IMAGES": 2}.items():
        monkeypatch.setattr(codesign, name, value)
    monkeypatch.setattr(codesign, "fastest", dict)  # two images are not worth building a model for
    monkeypatch.setattr(
        codesign, "parts", lambda *o, parts=codesign.parts: parts(*o, "samples=20", "front=6", "designs=1")
    )
    codesign.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert "2 of 2" in lines[2] and lines[0].count("|") == lines[2].count("|")
    predicted, counted = lines[2].split("|")[7].split("/")
    assert predicted.strip() == counted.strip()
