"""Layouts of passive devices, measured in what gdstk reads back; expected numbers by hand from the drawn sizes."""

import math
from dataclasses import dataclass

import pytest

from genrf.circuits.export.gds import Gds
from genrf.circuits.export.gds_shapes import Area, Track, shapes
from genrf.circuits.passives import OffChipCapacitor
from genrf.core.problem import Design
from tests.circuits import pdk
from tests.circuits.process import draw, problem
from tests.circuits.test_export import VALUES
from tests.circuits.test_netlists import made_in

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


@dataclass(frozen=True)
class Published:
    """What a foundry publishes: layers as number and datatype, those of coils as track, underpass and via."""

    circuit: str
    coil: tuple[tuple[int, int], ...]
    top: tuple[int, int]
    bottom: tuple[int, int]
    enclosure: float  # um, of a top plate by its bottom plate at the least
    side: float  # um, of a square of 600 fF at the foundry's capacitance per area


PUBLISHED = {
    # google/skywater-pdk docs/rules: gds_layers.csv (met5, met4, via4; cap2m, met4), periphery (cap2m.3); 2 fF/um2
    "sky130": Published("lna_cascode", ((72, 20), (71, 20), (71, 44)), (97, 44), (71, 20), 0.14, 17.3205),
    # google/gf180mcu-pdk design_manual/tables_clear: 06_Drawn_layer10 (Metal5, Metal4, Via4; FuseTop, Metal4),
    # 35_MIM2_88 (MIMTM.3); c_cox of cap_mim_2f0_m4m5_noshield, 1.99 fF/um2
    "gf180mcu": Published("lna_cascode", ((81, 0), (46, 0), (41, 0)), (75, 0), (46, 0), 0.6, 17.3640),
    # IHP-Open-PDK klayout/tech: sg13g2.map (TopMetal2, TopMetal1, TopVia2; Metal5), drc/rule_decks: layers_def.drc
    # (MIM), 6_11_mim.drc (MIM.c); sg13g2_pycell_lib: sg13g2_tech_mod.json (Mim_c), sg13g2_tech.json (cmim_caspec)
    "ihp_sg13g2": Published("lna_cascode_hbt", ((134, 0), (126, 0), (133, 0)), (36, 0), (67, 0), 0.6, 20.0),
}


def boxes(path, made):
    """Of every kind of device that is drawn, for each device: what encloses its polygons, by number and datatype."""
    cells = {cell.name: cell for cell in gdstk.read_gds(path).cells}
    found = {}
    for device in made.problem.structure.devices:
        cell = cells.get(f"{made.problem.structure.name}_{device.name}")
        if cell is not None:
            layers = {(one.layer, one.datatype): one.bounding_box() for one in cell.polygons}
            found.setdefault(device.kind, []).append(layers)
    return found


@pytest.mark.parametrize("process", PUBLISHED)
def test_passives_of_a_foundry_lie_on_its_layers_and_are_what_its_models_assume(process, tmp_path):
    made, published = made_in(process, PUBLISHED[process].circuit), PUBLISHED[process]
    paths = Gds().export(made, tmp_path)
    (check,) = Gds().check(paths, made)
    assert check.passed, check
    found = boxes(paths[0], made)
    assert found.keys() == {"spiral", "mim"}  # resistors have no layers
    assert all(coil.keys() == set(published.coil) for coil in found["spiral"])
    for plates in found["mim"]:
        assert plates.keys() == {published.top, published.bottom}
        (low, high), (below, above) = plates[published.top], plates[published.bottom]
        gaps = [low[0] - below[0], low[1] - below[1], above[0] - high[0], above[1] - high[1]]
        assert min(gaps) >= published.enclosure


@pytest.mark.parametrize("process", PUBLISHED)
def test_plates_of_a_foundry_by_hand(process):
    drawn = shapes(pdk.technology(process).device("mim"), {"c": 600e-15})
    (top,) = (one for one in drawn if isinstance(one, Area) and one.layer == "mim_top")
    side = pytest.approx(PUBLISHED[process].side, abs=1e-4)
    assert (top.high[0] - top.low[0], top.high[1] - top.low[1]) == (side, side)


@pytest.mark.parametrize("process", PUBLISHED)
@pytest.mark.parametrize(
    ("layer", "change", "said"),
    [
        ("top", lambda one: one.scale(1.01), "of the upper plate is"),
        ("bottom", lambda one: one.scale(0.5), "the upper plate lies beyond the lower one"),
        ("coil", lambda one: one.scale(1.01), "width is"),
    ],
)
def test_a_foundry_s_layout_of_other_sizes_is_caught(process, layer, change, said, tmp_path):
    made, published = made_in(process, PUBLISHED[process].circuit), PUBLISHED[process]
    (path,) = Gds().export(made, tmp_path)
    library = gdstk.read_gds(path)
    numbers = {"top": published.top, "bottom": published.bottom, "coil": published.coil[0]}[layer]
    ending = "_ld" if layer == "coil" else "_co"
    (cell,) = (one for one in library.cells if one.name.endswith(ending))
    (polygon,) = (one for one in cell.polygons if (one.layer, one.datatype) == numbers)
    change(polygon)
    library.write_gds(path)
    (check,) = Gds().check([path], made)
    assert not check.passed and f"{ending[1:]}: " in check.detail and said in check.detail, check


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
