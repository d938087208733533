"""Layouts of passive devices, measured in what gdstk reads back; expected numbers by hand from the drawn sizes."""

import math
from dataclasses import dataclass

import pytest

from genrf.circuits.export.gds import Gds
from genrf.circuits.export.gds_shapes import Area, Track, shapes
from genrf.circuits.passives import OffChipCapacitor
from genrf.core.problem import Design
from tests.circuits import pdk
from tests.circuits.kinds import LIBRARY
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


def refused(design, tmp_path, change):
    """What the check says of a layout after `change` had its cells by name, and the library."""
    (path,) = Gds().export(design, tmp_path)
    library = gdstk.read_gds(path)
    change({cell.name.removeprefix("lna_cascode_"): cell for cell in library.cells}, library)
    library.write_gds(path)
    (check,) = Gds().check([path], design)
    return "" if check.passed else check.detail


COIL, UNDERPASS, VIA, UPPER, LOWER, POLY, BODY, CONTACT, METAL = 61, 51, 55, 58, 50, 13, 14, 15, 16  # of generic130


def on(cell, layer):
    return [one for one in cell.polygons if one.layer == layer]


def without(*layers):
    return lambda cell: cell.remove(*(one for layer in layers for one in on(cell, layer)))


def moved(layer, by):
    return lambda cell: [one.translate(by, 0.0) for one in on(cell, layer)]


def more(layer, low, high):
    return lambda cell: cell.add(gdstk.rectangle(low, high, layer=layer))


def cut(layer, low, high):
    def change(cell):
        found = on(cell, layer)
        cell.remove(*found)
        cell.add(*gdstk.boolean(found, [gdstk.rectangle(low, high)], "not", layer=layer))

    return change


def label(terminal, **changes):
    def change(cell):
        (found,) = (one for one in cell.labels if one.text == terminal)
        for name, value in changes.items():
            setattr(found, name, value)

    return change


def both(*changes):
    return lambda cell: [change(cell) for change in changes]


def second_via(cell):
    """At the next crossing, a pitch further out: one turn is shorted."""
    (via,) = on(cell, VIA)
    cell.add(via.copy().translate(13.0, 0.0))


def on_layer(layer, other):
    def change(cell):
        for polygon in on(cell, layer):
            polygon.layer = other

    return change


# the coil ld has 4.5 turns of 10 um with 3 um between them, 120 um inside: turns at 60, 73, 86, 99 um on the left,
# from the middle of their inner edges some um further out; the resistor rd has a strip 2 um wide and 1000 / 340 squares
# long, co an upper plate of 22.36 um by 22.36 um in a lower one that is 1 um larger on each side
LIES = {
    "a coil drawn larger": (
        "ld",
        lambda cell: on(cell, COIL)[0].scale(1.01),
        "ld: width is 10.0999 um, the model has 10 um",
    ),
    "no via": ("ld", without(VIA), "ld: nothing lies on its via"),
    "no underpass": ("ls", without(UNDERPASS), "ls: nothing lies on its underpass"),
    "a via beside the coil": ("ld", moved(VIA, -30.0), "ld: its terminals are not connected"),
    "a via further out": ("ld", moved(VIA, 13.0), "um lie between its terminals"),
    "a via half beside the coil": ("ld", moved(VIA, -3.0), "ld: a via reaches beyond its coil"),
    "metal beside the coil": ("ld", more(UNDERPASS, (-5.0, -5.0), (5.0, 5.0)), "ld: metal lies beside its track"),
    "a narrow underpass": (
        "ld",
        lambda cell: on(cell, UNDERPASS)[0].scale(1.0, 0.8, center=(0.0, 5.0)),
        "ld: width of the underpass is 8 um, the model has 10 um",
    ),
    "a second via": ("ld", second_via, "ld: its underpass is joined to its track at 2 places"),
    "a broken turn": ("ld", cut(COIL, (-85.0, 4.0), (-70.0, 4.1)), "ld: its terminals are not connected"),
    "bridged turns": ("ld", more(COIL, (-85.0, 4.0), (-70.0, 4.5)), "ld: its turns touch one another"),
    "a broken underpass": ("ld", cut(UNDERPASS, (80.0, -9.0), (80.1, 19.0)), "ld: its terminals are not connected"),
    "a terminal within the coil": (
        "ld",
        label("b", origin=(-65.0, 5.0)),
        "um lie between its terminals",
    ),
    "a terminal beside its metal": ("ld", label("b", origin=(0.0, 0.0)), "ld: terminal b lies beside its coil"),
    "a terminal of another name": ("ld", label("b", text="c"), "label 'c' is none of its terminals"),
    "two terminals of one name": ("ld", label("b", text="a"), "ld: terminal a is labelled 2 times"),
    "no terminals": ("rd", lambda cell: cell.remove(*cell.labels), "rd: terminal a is labelled 0 times"),
    "a terminal on another layer": ("rd", label("a", layer=POLY), "a is labelled on layer 13/0, not on its metal"),
    "swapped plates": (
        "co",
        both(label("a", text="x"), label("b", text="a"), label("x", text="b")),
        "co: terminal a is labelled on layer 50/0, not on its mim_top",
    ),
    "a larger plate": ("co", lambda cell: on(cell, UPPER)[0].scale(1.01), "co: area of the upper plate is"),
    "a plate in two": ("co", cut(UPPER, (5.0, -1.0), (5.001, 30.0)), "co: its upper plate is in 2 pieces"),
    "joined plates": ("co", more(VIA, (-0.5, 5.0), (0.5, 6.0)), "co: its plates are joined"),
    "plates joined from above": (
        "co",
        both(
            more(COIL, (-5.0, 5.0), (5.0, 7.0)), more(VIA, (2.0, 5.0), (3.0, 6.0)), more(VIA, (-0.6, 5.0), (-0.4, 6.0))
        ),
        "co: shapes lie on layer 55/0, which it has none on; co: shapes lie on layer 61/0",
    ),
    "a plate on another layer": ("co", on_layer(UPPER, 99), "co: shapes lie on layer 99/0, which it has none on"),
    "no plate": ("co", without(LOWER), "co: nothing lies on its mim_bottom"),
    "a longer resistor": ("rd", lambda cell: on(cell, BODY)[0].scale(1.0, 1.1), "rd: squares are 3.23"),
    "a wider resistor": (
        "rd",
        lambda cell: [one.scale(2.0, 1.0) for one in (*on(cell, BODY), *on(cell, POLY))],
        "rd: width is 4 um, the model has 2 um",
    ),
    "no contacts": ("rd", without(CONTACT), "rd: nothing lies on its contact"),
    "one contact": ("rd", lambda cell: cell.remove(on(cell, CONTACT)[0]), "rd: its terminals are not connected"),
    "no poly": ("rd", without(POLY), "rd: nothing lies on its poly"),
    "no metal": ("rd", without(METAL), "rd: nothing lies on its metal"),
    "broken poly": ("rd", cut(POLY, (-1.0, 3.0), (9.0, 3.1)), "rd: a strip of its body has not two ends but 1"),
    "a notch in the poly": ("rd", cut(POLY, (-1.0, 3.0), (1.0, 3.5)), "rd: a strip of its body is no rectangle"),
    "metal from end to end": ("rd", more(METAL, (0.5, -1.5), (1.5, 8.0)), "rd: its terminals are joined by metal"),
    "a strip that leads nowhere": (
        "rd",
        both(more(POLY, (8.0, -2.0), (10.0, 6.0)), more(BODY, (8.0, 0.0), (10.0, 4.0))),
        "rd: squares are 4.94",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_device_that_is_not_the_model_s_is_caught(design, tmp_path, lie):
    device, change, said = LIES[lie]
    assert said in refused(design, tmp_path, lambda cells, library: change(cells[device]))


def references(change):
    return lambda cells, library: [change(reference) for reference in cells["passives"].references]


def array(reference):
    reference.repetition = gdstk.Repetition(columns=2, rows=1, spacing=(1e4, 1e4))


PLACES = {
    "one spot": (references(lambda one: setattr(one, "origin", (0.0, 0.0))), "cb and rb overlap"),
    "twice the size": (
        references(lambda one: setattr(one, "magnification", 2.0)),
        "rb: width is 4 um, the model has 2",
    ),
    "another unit": (lambda cells, library: setattr(library, "unit", 1e-3), "rb: width is 2000 um, the model has 2 um"),
    "a missing device": (
        lambda cells, library: cells["passives"].remove(cells["passives"].references[0]),
        "the circuit has lna_cascode_",
    ),
    "a device without its cell": (lambda cells, library: library.remove(cells["rd"]), "it places "),
    "a device twice": (
        lambda cells, library: cells["passives"].add(gdstk.Reference(cells["rd"], (0.0, 5e3))),
        "lna_cascode_rd, the circuit has ",
    ),
    "arrays": (references(array), "it places "),
    "a shape of no device": (
        lambda cells, library: more(METAL, (0.0, 5e3), (9.0, 6e3))(cells["passives"]),
        "shapes lie in no device",
    ),
    "another top cell": (lambda cells, library: library.new_cell("other"), "it places "),
}


@pytest.mark.parametrize("lie", PLACES)
def test_devices_placed_otherwise_are_caught(design, tmp_path, lie):
    change, said = PLACES[lie]
    assert said in refused(design, tmp_path, change)


def turned(cells, library):
    for place, reference in enumerate(cells["passives"].references):
        reference.origin, reference.rotation, reference.x_reflection = (1e3 * place, 0.0), 0.7, place % 2 == 0


def deeper(cells, library):
    """The shapes of a coil at half their size in a cell of their own."""
    inner = library.new_cell("inner")
    coil = cells["ld"]
    inner.add(*(one.copy().scale(0.5) for one in coil.polygons))
    coil.remove(*coil.polygons)
    coil.add(gdstk.Reference(inner, magnification=2.0))


@pytest.mark.parametrize("change", [turned, deeper])
def test_devices_may_be_turned_and_their_shapes_lie_deeper(design, tmp_path, change):
    assert refused(design, tmp_path, change) == ""


def test_a_file_may_have_another_unit_for_the_same_sizes(design, tmp_path):
    (path,) = Gds().export(design, tmp_path)
    gdstk.read_gds(path, unit=1e-9).write_gds(path)
    (check,) = Gds().check([path], design)
    assert check.passed, check


def test_a_file_that_is_no_layout_is_told(design, tmp_path):
    (path,) = Gds().export(design, tmp_path)
    path.write_bytes(b"")
    (check,) = Gds().check([path], design)
    assert not check.passed and check.detail == "gdstk cannot read it"


def test_a_strip_that_metal_shorts_is_caught(tmp_path):
    """20 kohm are 58.82 squares in two strips of 58.82 um, 4 um apart; metal over both ends of one leaves half."""
    design = Design("000042", problem("lna_cascode"), {**VALUES, "r_load": 20e3}, {})
    assert refused(design, tmp_path, lambda cells, library: None) == ""
    shorted = more(METAL, (4.6, -1.5), (5.4, 60.5))
    said = refused(design, tmp_path, lambda cells, library: shorted(cells["rd"]))
    assert "rd: squares are 29.41" in said and "between its terminals, the model has 58.8235" in said


LACKING = {"bandgap_banba", "bandgap_divided", "vco_cross_coupled"}  # gf180mcu has no pnp and no varactor
PASSIVE = ("bpf_coupled_resonators", "bpf_trap_coupled", "lpf_elliptic", "lpf_ladder")
BUILT = [
    *((process, name, LIBRARY[name]) for process in ("generic130", "sky130") for name in LIBRARY),
    *(("gf180mcu", name, LIBRARY[name]) for name in LIBRARY if name not in LACKING),
    *(("ihp_sg13g2", name, LIBRARY[name]) for name in PASSIVE),  # its MOSFETs want another ngspice than Debian's
    ("ihp_sg13g2", "lna_cascode_hbt", "lna_2p4ghz"),
    ("ihp_sg13g2", "lna_cascode_hbt_mmwave", "lna_28ghz"),
]


@pytest.mark.parametrize(("process", "name", "spec"), BUILT)
def test_no_circuit_of_the_library_is_refused(process, name, spec, tmp_path):
    made = made_in(process, name, spec)
    space = made.problem.structure.space
    for at in (0.0, 0.5, 1.0):
        design = Design("1", made.problem, space.decode([at] * len(space)), {})
        (check,) = Gds().check(Gds().export(design, tmp_path), design)
        assert check.passed, check


def test_the_bytes_are_the_same_again_and_say_whose_they_are(design, tmp_path):
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found.append(Gds().export(design, tmp_path / name)[0])
    assert found[0].read_bytes() == found[1].read_bytes()
    (top,) = (one for one in gdstk.read_gds(found[0]).cells if one.name.endswith("_passives"))
    said = [label.text for label in top.labels]
    assert any("in generic130, genrf" in text for text in said) and "gain_db = 17 dB" in said
