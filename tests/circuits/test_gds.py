"""Layouts of passive devices, measured in what gdstk reads back; expected numbers by hand from the drawn sizes."""

import math

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.export.gds import Gds
from genrf.circuits.export.gds_shapes import Area, Track, shapes
from genrf.circuits.passives import OffChipCapacitor
from genrf.core.problem import Design
from tests.circuits import pdk
from tests.circuits.process import draw, problem
from tests.circuits.test_export import VALUES
from tests.circuits.test_netlists import unmeasured

gdstk = pytest.importorskip("gdstk", reason="gdstk writes layouts; pip install 'genrf[layout]'")


@pytest.fixture
def design():
    return Design("000042", problem("lna_cascode"), VALUES, {"gain_db": 17.0})


@pytest.mark.parametrize("name", ["lna_cascode", "lna_noise_cancelling", "lna_shunt_feedback_wideband"])
def test_layouts_are_what_the_models_assume(name, tmp_path):
    sizing = problem(name)
    for values in draw(sizing.structure.space, 5, seed=3):
        made = Design("1", sizing, values, {})
        (check,) = Gds().check(Gds().export(made, tmp_path), made)
        assert check.passed, check


@pdk.needs_pdk
@pytest.mark.parametrize("process", ["sky130", "gf180mcu"])
def test_coils_of_a_foundry_lie_on_its_metals(process, tmp_path):
    made = parts("spec=lna_2p4ghz", f"tech={process}", "model.only=[lna_cascode]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    coil = unmeasured(made.make_problem(structure=structure, spec=made.spec))
    paths = Gds().export(coil, tmp_path)
    (check,) = Gds().check(paths, coil)
    assert check.passed, check
    used = {polygon.layer for cell in gdstk.read_gds(paths[0]).cells for polygon in cell.polygons}
    assert used == {"sky130": {71, 72}, "gf180mcu": {41, 46, 81}}[process]  # the foundries' own numbers


def test_a_coil_by_hand():
    """One turn of 10 um at 100 um inside: an octagon of 110 um across its middle, 8 tan(pi/8) 110 um long."""
    kind = problem("lna_cascode").technology.device("spiral")
    coil, *_ = shapes(kind, {"turns": 1.0, "inner": 100e-6})
    assert isinstance(coil, Track) and coil.width == pytest.approx(10.0)
    length = sum(math.dist(one, other) for one, other in zip(coil.points, coil.points[1:], strict=False))
    assert length == pytest.approx(8.0 * math.tan(math.pi / 8.0) * 110.0, rel=1e-9)
    x, y = coil.points[-1]
    assert x == pytest.approx(coil.points[0][0] + 13.0, abs=0.5)  # a pitch further out, and once around
    assert abs(y) < 1.0


def test_plates_and_strips_by_hand():
    process = problem("lna_cascode").technology
    plates = shapes(process.device("mim"), {"c": 400e-15})  # 400 um2 at 1 fF/um2
    (top,) = (one for one in plates if isinstance(one, Area) and one.layer == "mim_top")
    assert top.high[0] - top.low[0] == pytest.approx(20.0)
    strips = [one for one in shapes(process.device("resistor"), {"r": 34e3}) if getattr(one, "layer", "") == "resistor"]
    assert sum(one.high[1] - one.low[1] for one in strips) == pytest.approx(100 * 2.0)  # 100 squares of 340 ohm, 2 um
    assert len(strips) == 2


def test_a_part_on_the_board_has_no_layout():
    assert shapes(OffChipCapacitor(0.1, 1e-10), {"c": 1e-12}) == ()


@pytest.mark.parametrize(
    ("device", "change", "said"),
    [
        ("ld", lambda cell: cell.polygons[0].scale(1.01), "ld: width is"),
        ("ls", lambda cell: cell.remove(cell.polygons[1]), "ls: shapes are missing"),
        ("co", lambda cell: cell.polygons[1].scale(1.01), "co: area of the upper plate is"),
        ("rd", lambda cell: cell.polygons[0].scale(1.0, 1.1), "rd: "),
    ],
)
def test_a_layout_of_another_design_is_caught(design, tmp_path, device, change, said):
    (path,) = Gds().export(design, tmp_path)
    library = gdstk.read_gds(path)
    (cell,) = (one for one in library.cells if one.name == f"lna_cascode_{device}")
    change(cell)
    library.write_gds(path)
    (check,) = Gds().check([path], design)
    assert not check.passed and said in check.detail, check


def test_a_missing_cell_is_caught(design, tmp_path):
    (path,) = Gds().export(design, tmp_path)
    library = gdstk.read_gds(path)
    (top,) = (one for one in library.cells if one.name == "lna_cascode_passives")
    top.remove(top.references[0])
    library.write_gds(path)
    (check,) = Gds().check([path], design)
    assert not check.passed and "it places" in check.detail


def test_the_bytes_are_the_same_again_and_say_whose_they_are(design, tmp_path):
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found.append(Gds().export(design, tmp_path / name)[0])
    assert found[0].read_bytes() == found[1].read_bytes()
    (top,) = (one for one in gdstk.read_gds(found[0]).cells if one.name.endswith("_passives"))
    said = [label.text for label in top.labels]
    assert any("in generic130, genrf" in text for text in said) and "gain_db = 17 dB" in said
