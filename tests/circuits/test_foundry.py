"""Devices of the foundries' own libraries, held against published values and against ngspice's own expansion."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.definitions import Definitions, _content
from genrf.circuits.devices import Made
from genrf.circuits.foundry import Files, FoundryLibrary
from genrf.circuits.netlist import Netlist
from genrf.circuits.resistance import resistance
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.transistors import Mosfet
from genrf.core.errors import ConfigError, ToolNotFound, Unsuitable
from genrf.pipeline.run import _suitable
from tests.circuits.ngspice_batch import column, run, value
from tests.circuits.pdk import ROOT, lines, needs_pdk, reference, technology
from tests.circuits.process import draw

pytestmark = [pytest.mark.ngspice, needs_pdk]
PROCESSES = ("sky130", "gf180mcu", "ihp_sg13g2")


@pytest.fixture(autouse=True)
def pdk_root(monkeypatch):
    monkeypatch.setenv("PDK_ROOT", str(ROOT))


# Published values. A row agrees when it lies within its specification, or as far from its own published value as the
# specification is wide: the corners of the models reach a little beyond the limits that the foundry ships to.


def within(found, row):
    low, high, published = (float(row[key]) for key in ("spec_min", "spec_max", "published_or_measured"))
    assert low <= found <= high or abs(found - published) <= (high - low) / 2, f"{found} against {row}"


def saturation(process, section, subcircuit, size, supply):
    sign = -1 if subcircuit.startswith(("pfet", "sky130_fd_pr__pfet")) else 1
    device = lines(process, section, subcircuit, ("d", "d", "0", "0"), size)
    printed = run([f"vd d 0 {sign * supply}", *device], ["op", "let result = abs(i(vd))", "print result"])
    return value(printed, "result")


def size_of(row):
    return [float(re.match(r"[\d.]+", part)[0]) for part in row["condition"].partition("=")[2].split("/")[:2]]


@pytest.mark.parametrize("row", [r for r in reference("sky130A") if "Id" in r["quantity"]], ids=lambda r: r["device"])
def test_sky130_saturation_currents_are_the_published_ones(row):
    width, length = size_of(row)
    found = saturation(
        "sky130", row["condition"][-2:], f"sky130_fd_pr__{row['device']}", {"w": width, "l": length}, 1.8
    )
    within(1e3 * found, row)


@pytest.mark.parametrize("row", [r for r in reference("gf180mcuD")], ids=lambda r: r["device"])
def test_gf180_saturation_currents_are_the_published_ones(row):
    (width, length), corner = size_of(row), row["condition"].rpartition(" ")[2].replace("typical", "tt")
    supply = 3.3 if "03v3" in row["device"] else 6.0
    found = saturation("gf180mcu", corner, row["device"], {"w": width * 1e-6, "l": length * 1e-6}, supply)
    within(1e6 * found / width, row)


def test_sky130_polysilicon_resistor_is_the_published_one():
    (row,) = (r for r in reference("sky130A") if r["device"] == "res_high_po")
    device = lines("sky130", "tt", "sky130_fd_pr__res_high_po", ("a", "0", "0"), {"w": 0.35, "l": 7.0})
    within(1.0 / value(run(["va a 0 1", *device], ["op", "let g = -i(va)", "print g"]), "g"), row)


def test_sky130_mim_capacitor_is_the_published_one():
    (row,) = (r for r in reference("sky130A") if r["device"] == "cap_mim_m3_1")
    device = lines("sky130", "tt", "sky130_fd_pr__cap_mim_m3_1", ("a", "0"), {"w": 10.0, "l": 10.0})
    printed = run(["va a 0 0 ac 1", *device], ["ac lin 1 1meg 1meg", "let c = -imag(i(va))/(2*pi*1e6)*1e15", "print c"])
    within(value(printed, "c"), row)


@pytest.mark.parametrize("row", [r for r in reference("sky130A") if "ind" in r["device"]], ids=lambda r: r["device"])
def test_sky130_inductors_are_those_of_the_reference(row):
    """No silicon is published: L at 100 MHz, and Q "at 2.4 GHz", whose nearest point of a 1:1.05 grid is 2.45 GHz."""
    wanted = [float(x.partition("@")[0]) for x in row["ngspice39.3_simulated"].split("/")]
    name = f"sky130_fd_pr__{row['device']}"
    library = FoundryLibrary("sky130A", {"tt": Files([[f"libs.ref/sky130_fd_pr/spice/{name}.model.spice"]])})
    coil = library.process(Made("tt", 27.0)).elements(name, "1", ("a", "0", "ct", "0"), {})
    device = [element.line() for element in coil]
    ask = "let l = imag(v(a))/(2*pi*frequency)*1e9"
    low = run(["ia 0 a 0 ac 1", *device], ["ac lin 1 100meg 100meg", ask, "print l"])
    mid = run(["ia 0 a 0 ac 1", *device], ["ac lin 1 2.45g 2.45g", "let q = imag(v(a))/real(v(a))", "print q"])
    assert value(low, "l") == pytest.approx(wanted[0], rel=0.01)
    assert value(mid, "q") == pytest.approx(wanted[1], rel=0.015)


@pytest.mark.parametrize("nx", [1, 4])
def test_ihp_bipolar_transistors_are_as_fast_as_the_measured_ones(nx):
    """Measured fT and its current from the reference file; VBIC in ngspice 39 is 9 to 11 % above the silicon."""
    rows = [r for r in reference("ihp-sg13g2") if r["condition"] == f"Nx={nx} selft=0"]
    wanted = [float(row["published_or_measured"]) for row in rows]
    best, current = 0.0, 0.0
    for bias in np.linspace(0.88, 0.96, 9):
        device = lines("ihp_sg13g2", "tt", "npn13g2", ("c", "b", "0", "0"), {"nx": float(nx), "selft": 0.0})
        ask = ["op", "let ic = -i(vc)", "print ic", "ac lin 1 20g 20g", "let h = mag(i(vc)/i(vb))", "print h"]
        printed = run([f"vb b 0 {bias} ac 1", "vc c 0 1.2", *device], ask)
        if value(printed, "h") * 20 > best:
            best, current = value(printed, "h") * 20, value(printed, "ic") * 1e3
    assert best == pytest.approx(wanted[0], rel=0.12)
    assert current == pytest.approx(wanted[1], rel=0.15)


# ngspice's own reading of the whole, unchanged library is the other path to the same numbers.

INSTANCES = {
    "sky130": (
        [f".lib {ROOT}/sky130A/libs.tech/combined/sky130.lib.spice tt"],
        [
            ("sky130_fd_pr__nfet_01v8", 4, {"w": 6.72, "l": 0.15, "nf": 8, "ad": 0.3, "nrd": 0.01}),
            ("sky130_fd_pr__nfet_01v8", 4, {"w": 40.0, "l": 0.5, "nf": 4}),
            ("sky130_fd_pr__nfet_01v8_lvt", 4, {"w": 6.72, "l": 0.15, "nf": 8}),
            ("sky130_fd_pr__rf_nfet_01v8_lvt_bm04w5p00", 4, {"w": 5.05, "l": 0.15, "m": 3}),
            ("sky130_fd_pr__res_high_po", 3, {"w": 1.41, "l": 10.0}),
        ],
    ),
    "gf180mcu": (
        [
            f".include {ROOT}/gf180mcuD/libs.tech/ngspice/design.ngspice",
            f".lib {ROOT}/gf180mcuD/libs.tech/ngspice/sm141064.ngspice typical",
        ],
        [
            ("nfet_03v3", 4, {"w": 40e-6, "l": 0.28e-6, "nf": 8, "ad": 1e-12}),
            ("nfet_03v3", 4, {"w": 3e-6, "l": 1e-6, "nf": 1}),
        ],
    ),
    "ihp_sg13g2": (
        [f".lib {ROOT}/ihp-sg13g2/libs.tech/ngspice/models/cornerHBT.lib hbt_typ"],
        [("npn13g2", 4, {"nx": 4, "selft": 0}), ("npn13g2", 4, {"nx": 1, "selft": 0})],
    ),
}


def test_a_substrate_transistor_is_ngspices_own():
    """Emitter voltages of sky130's pnp at 10 uA: `x` lines on the whole library, and our elements."""
    sizes, around, ask = (1, 8), ["i1 0 e1 10u", "i8 0 e8 10u"], ["op", "print v(e1) v(e8)"]
    cells = [f"x{m} 0 0 e{m} sky130_fd_pr__pnp_05v5_W3p40L3p40 mult={m} m={m}" for m in sizes]
    theirs = run([*cells, *around], ask, models=INSTANCES["sky130"][0])
    pnp = technology("sky130").at().devices["pnp"]
    drawn = (pnp.elements(f"q{m}", {"b": "0", "e": f"e{m}"}, {"m": float(m)}) for m in sizes)
    ours = run([*(element.line() for elements in drawn for element in elements), *around], ask)
    for m in sizes:
        assert value(ours, f"v(e{m})") == pytest.approx(value(theirs, f"v(e{m})"), rel=1e-6)


@pytest.mark.parametrize("name", PROCESSES)
def test_an_expanded_device_is_ngspices_own(name):
    """Current, and admittance at 2.4 GHz, of each device: `x` lines on the library as it is against our elements.

    The library is read once, for all devices side by side; that takes ngspice seconds.
    """
    library, instances = INSTANCES[name]
    theirs = [
        " ".join([f"x{at}", *_nets(at, ports), subcircuit, *(f"{key}={size}" for key, size in drawn.items())])
        for at, (subcircuit, ports, drawn) in enumerate(instances)
    ]
    found = _admittances(theirs, range(len(instances)), library)
    assert column(found).shape == (len(instances), 4)
    for at, (subcircuit, ports, drawn) in enumerate(instances):
        ours = _admittances(lines(name, "tt", subcircuit, _nets(at, ports), drawn), [at])
        assert value(ours, f"i(vd{at})") == pytest.approx(value(found, f"i(vd{at})"), rel=1e-6), (subcircuit, drawn)
        assert column(ours)[0] == pytest.approx(column(found)[at], rel=1e-6), (subcircuit, drawn)


def _nets(at, ports):
    return [f"d{at}", f"g{at}", "0", "0"][:ports]


def _admittances(devices, places, library=()):
    """What ngspice prints of the devices at `places`: direct currents, then what an .ac sees."""
    around = [line for at in places for line in (f"vd{at} d{at} 0 0.9 ac 0.3", f"vg{at} g{at} 0 0.85 ac 1")]
    currents = [f"print i(vd{at})" for at in places]
    seen = [f"print col mag(i(vd{at})) mag(i(vg{at})) ph(i(vd{at}))" for at in places]
    return run([*devices, *around], ["op", *currents, "ac lin 1 2.4g 2.4g", *seen], models=library)


@pytest.mark.parametrize("corner", ["ff", "ss", "fs", "sf"])
def test_a_corner_is_the_librarys_section(corner):
    size = {"w": 7.0, "l": 0.15}
    theirs = run(
        ["x1 d d 0 0 sky130_fd_pr__nfet_01v8 w=7 l=0.15", "vd d 0 1.8"],
        ["op", "let id = i(vd)", "print id"],
        models=[f".lib {ROOT}/sky130A/libs.tech/combined/continuous/sky130.lib.spice {corner}"],
    )
    ours = saturation("sky130", corner, "sky130_fd_pr__nfet_01v8", size, 1.8)
    assert ours == pytest.approx(-value(theirs, "id"), rel=1e-6)


# The traps of each PDK, each handled in one place.


def test_the_bin_is_that_of_a_finger_and_not_of_the_whole_width():
    """ngspice without `wnflag` takes the bin of the whole width: 1.8 pA in place of 639 uA for this lvt device."""
    device = lines("sky130", "tt", "sky130_fd_pr__nfet_01v8_lvt", ("d", "d", "0", "0"), {"w": 6.72, "l": 0.15, "nf": 8})
    printed = run(["vd d 0 0.9", *device], ["op", "let id = -i(vd)", "print id"])
    assert 0.3e-3 < value(printed, "id") < 3e-3
    with pytest.raises(ConfigError, match=r"no model bin holds a finger of 0\.2 um with a length of 0\.15 um"):
        lines("sky130", "tt", "sky130_fd_pr__nfet_01v8", ("d", "d", "0", "0"), {"w": 0.2, "l": 0.15})


def test_micrometres_of_sky130_are_metres_here():
    """Its deck-wide `scale` would shrink every other device; ours carry metres and the deck no such option."""
    (card, transistor) = lines("sky130", "tt", "sky130_fd_pr__nfet_01v8", ("d", "g", "0", "0"), {"w": 7.0, "l": 0.15})
    assert sorted(re.findall(r"\b[wl]=\S+", transistor), reverse=True) == ["w=7e-06", "l=1.5e-07"]
    assert "scale" not in card + transistor


def test_plain_transistors_get_the_resistance_of_their_gate():
    """48.2 ohm per square, 2 um by 0.15 um, ten fingers contacted at one end: 48.2 * 2 / 0.15 / 3 / 10 = 21.42 ohm."""
    nmos = technology("sky130").at().devices["nmos"]
    elements = nmos.elements("1", {"d": "d", "g": "g", "s": "0", "b": "0"}, {"w": 2e-6, "nf": 10.0})
    (gate,) = (element for element in elements if element.name == "r1_gate")
    assert gate.value == pytest.approx(21.42, rel=1e-3)
    assert gate.nets[0] == "g" and all("g" not in e.nets for e in elements if e.name == "m1")


def test_the_noise_of_a_plain_transistor_is_not_that_of_a_lossless_gate():
    """Minimum noise figures of 0.18 um class silicon at 2.4 GHz are 0.3 to 1 dB; without a gate it is 0.04 dB."""
    nmos = technology("sky130").at().devices["nmos"]
    elements = nmos.elements("1", {"d": "d", "g": "g", "s": "0", "b": "0"}, {"w": 5e-6, "nf": 20.0})
    around = ["vd d 0 1.0", "vg b 0 0.75 ac 1", "rs b x 200", "ls x g 6n"]
    ask = ["noise v(d) vg lin 1 2.4g 2.4g", "setplot noise1", "let f = inoise_spectrum^2", "print f"]
    load = ["vd dd 0 1.4", "ld dd d 5n", "rl dd d 500"]
    found = value(run([*around[1:], *load, *(e.line() for e in elements)], ask), "f")
    gate = sum(e.value for e in elements if e.name == "r1_gate")
    assert found > 4 * 1.380649e-23 * 300 * (200 + gate) * 1.001


def test_self_heating_is_off_and_only_27_degrees_are_offered_for_vbic():
    npn = technology("ihp_sg13g2").at().devices["npn"]
    card = npn.elements("1", {"c": "c", "b": "b", "e": "0", "s": "0"}, {"nx": 2.0})[0]
    assert card.parameters["rth"] == 0.0
    with pytest.raises(ConfigError, match="hold at 27 degrees only, got 85"):
        technology("ihp_sg13g2").models_from.check("tt", 85.0)


def test_what_needs_osdi_is_explained_and_its_circuits_are_left_out():
    made = parts("spec=lna_2p4ghz", "tech=ihp_sg13g2")
    structures = made.generator.generate(made.spec, 8, np.random.default_rng(0))
    assert [problem.structure.name for problem in _suitable(made, structures)] == ["lna_cascode_hbt"]
    with pytest.raises(Unsuitable, match="does not offer 'nmos': PSP103 needs OSDI"):
        technology("ihp_sg13g2").device("nmos")


def test_only_the_files_of_the_wanted_section_are_read(monkeypatch):
    """ngspice reads the includes of all 49 sections: 2.9 s and 586 MB; the files of one are a tenth of a second."""
    read = []
    whole = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda path, **how: read.append(path) or whole(path, **how))
    definitions = Definitions()
    _content.cache_clear()
    definitions.add(ROOT / "sky130A/libs.tech/combined/sky130.lib.spice", "tt")
    names = {path.name for path in read}
    assert "parameters_fet_tt.spice" in names and len(read) == len(set(read))
    assert names.isdisjoint({"parameters_fet_ff.spice", "parameters_fet_ss.spice", "montecarlo.spice"})


def test_a_section_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match=r"sky130\.lib\.spice has no section 'ttt'; did you mean 'tt'"):
        Definitions().add(ROOT / "sky130A/libs.tech/combined/sky130.lib.spice", "ttt")


def test_rf_layouts_are_multiplied_and_never_stretched():
    """`rf_*_bM04`: the width is that of a finger, with nf = 1; more of them are m."""
    device = technology("sky130").at().devices["nmos_rf"]
    elements = device.elements("1", {"d": "d", "g": "g", "s": "0", "b": "0"}, {"nf": 3.0})
    (transistor,) = (element for element in elements if element.name == "m1")
    assert {key: transistor.parameters[key] for key in ("w", "nf", "m")} == pytest.approx(
        {"w": 5.05e-6, "nf": 1, "m": 3}
    )


def test_gf180_reads_its_switches_first():
    """Without design.ngspice the models' switches are not defined, and ngspice stops."""
    for section in technology("gf180mcu").models_from.sections.values():
        assert section.files[0] == ["libs.tech/ngspice/design.ngspice"]


# The installed PDK.


def test_without_pdk_root_the_message_says_what_to_set(monkeypatch):
    monkeypatch.delenv("PDK_ROOT")
    with pytest.raises(ToolNotFound, match="PDK_ROOT is not set, and sky130A is wanted below it"):
        technology("sky130").models_from.require()
    monkeypatch.setenv("PDK_ROOT", "/nowhere")
    with pytest.raises(ToolNotFound, match="PDK_ROOT=/nowhere has no sky130A"):
        technology("sky130").models_from.require()


@pytest.mark.parametrize(
    ("name", "circuit"),
    [("sky130", "lna_cascode"), ("gf180mcu", "lna_cascode"), ("ihp_sg13g2", "lna_cascode_hbt")],
)
def test_a_design_altered_in_place_is_a_fresh_one(name, circuit):
    """Metrics of a design after another one, in one loaded deck, against a deck of its own."""
    made = parts("spec=lna_2p4ghz", f"tech={name}", f"model.only=[{circuit}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    sizing = made.make_problem(structure=structure, spec=made.spec)
    other, design = draw(structure.space, 2)
    sizing.measure(other)
    altered = sizing.measure(design)
    sizing.measure(other, sizing.corners[0])
    NgSpiceEngine().simulate(sizing.testbench(other))
    assert altered.status == "ok" and all(math.isfinite(x) for x in altered.metrics.values())
    bench = sizing.testbench(design)
    fresh = run(
        [*bench.netlist.models, *bench.netlist.lines()],
        ["sp lin 3 2.4g 2.4835g", "let result = vecmin(db(s_2_1))", "print result"],
    )
    assert altered.metrics["gain_db"] == pytest.approx(value(fresh, "result"), rel=1e-6)


@pytest.mark.parametrize("name", ["sky130", "gf180mcu"])
def test_a_design_in_another_bin_than_the_middle_of_its_space_is_a_fresh_one(name):
    """Power and offset of each design against a deck of its own; the first has all gates at their shortest."""
    made = parts("spec=ota_two_stage", f"tech={name}")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    sizing = made.make_problem(structure=structure, spec=made.spec)
    space = sizing.structure.space
    for at in (0.02, 0.98, 0.3):
        values = space.decode(np.full(len(space), at))
        found = NgSpiceEngine().simulate(sizing.testbench(values))["op"]
        circuit = sizing.testbench(values).netlist
        ask = ["op", "let supply = i(vsupply)", "print supply", "print v(out)"]
        fresh = run([*circuit.models, *circuit.lines()], ask)
        assert found["vsupply#branch"][0] == pytest.approx(value(fresh, "supply"), rel=1e-5), at
        assert found["out"][0] == pytest.approx(value(fresh, "v(out)"), rel=1e-5), at


KEPT = {  # designs of sky130 that keep their whole spec: docs/processes.md
    ("vco_5ghz", "vco_cross_coupled"): {
        "nf_pair": 27, "w_finger": 2.375e-6, "nf_tail": 20, "w_tail": 2.969e-6, "l_tail": 0.4e-6,
        "i_bias": 580e-6, "n_coil": 3.125, "d_coil": 94.5e-6, "c_fixed": 26.8e-15, "nf_var": 43,
    },
    ("vco_ring", "vco_ring"): {"nf_stage": 5, "w_n": 1.859e-6, "w_p": 1.623e-6, "l_gate": 0.1522e-6, "c_stage": 24e-15},
    ("pa_2p4ghz", "pa_class_a"): {
        "nf_1": 40, "nf_2": 129, "l_gate": 7.311e-9, "i_bias": 4.688e-3, "r_bias": 519.0, "l_feed": 9.402e-9,
        "l_out": 0.9129e-9, "c_out": 0.2110e-12,
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "circuit"), KEPT)
def test_a_design_of_sky130_keeps_the_spec_of_its_kind(spec, circuit):
    """Foundry transistors, varactors, resistors and capacitors through transients, orbits and a sweep of the drive."""
    made = parts(f"spec={spec}", "tech=sky130", f"model.only=[{circuit}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    found = made.make_problem(structure=structure, spec=made.spec).measure(KEPT[spec, circuit])
    assert found.status == "ok"
    for metric, goal in made.spec.goals.items():
        low, high = goal.minimum, goal.maximum
        assert low is None or found.metrics[metric] >= low, metric
        assert high is None or found.metrics[metric] <= high, metric


def test_what_is_less_than_a_strip_can_be_is_drawn_in_strips():
    """sky130 makes no resistor below 400 ohm, and six of them beside each other no less than 67."""
    made = parts("spec=pa_2p4ghz", "tech=sky130", "model.only=[pa_class_a]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    space = made.make_problem(structure=structure, spec=made.spec).structure.space
    (damping,) = (variable for variable in space.variables if variable.name == "r_bias")
    assert damping.low == pytest.approx(400.0 / 6.0)


def test_every_size_within_the_limits_has_a_bin():
    rng = np.random.default_rng(0)
    for name in ("sky130", "gf180mcu"):
        for kind in ("nmos", "pmos"):
            device = technology(name).at().devices[kind]
            for _ in range(50):
                drawn = {
                    key: limit.low * (limit.high * 0.999 / limit.low) ** rng.random() * 1.0001
                    for key, limit in device.limits().items()
                }
                device.elements("1", dict.fromkeys(Mosfet.pins.terminals, "0"), {**drawn, "nf": 1.0})


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("drawn", [600.0, 2e3, 10e3])
def test_a_resistor_has_its_drawn_value(name, drawn):
    resistor = technology(name).at().devices["resistor"]
    elements = [e.line() for e in resistor.elements("1", {"a": "a", "b": "0"}, {"r": drawn})]
    found = 1.0 / value(run(["va a 0 1", *elements], ["op", "let g = -i(va)", "print g"]), "g")
    assert found == pytest.approx(drawn, rel=0.01)


@pytest.mark.parametrize("temperature", [-40, 27, 85])
def test_the_nodal_equations_know_resistors_by_their_cards(temperature):
    """Head and body of sky130's resistor, sheets with temperature coefficients about 30 degrees, against ngspice."""
    made = Made("tt", float(temperature))
    elements = technology("sky130").devices["resistor"].at(made).elements("1", {"a": "a", "b": "0"}, {"r": 2e3})
    circuit = Netlist(tuple(elements))
    ohms = sum(resistance(element, float(temperature), circuit) for element in elements if element.name[0] == "r")
    printed = run(["va a 0 1", *circuit.lines()], ["op", "let g = -i(va)", "print g"], temperature=temperature)
    assert ohms == pytest.approx(1.0 / value(printed, "g"), rel=1e-6)


def test_a_varactor_is_a_transistor_of_the_library_tuned_at_drain_and_source():
    """Capacitance over the tuning voltage, gate at the supply: `x` lines on sky130's whole library, and our elements.

    Gate resistance: 48.2 ohm per square, 4 um by 0.28 um, both ends of ten fingers: 48.2 * 4 / 0.28 / 12 / 10 = 5.738.
    """
    device = technology("sky130").at().devices["varactor"]
    elements = device.elements("1", {"gate": "g", "tune": "t"}, {"w": 4e-6, "l": 0.28e-6, "nf": 10.0})
    (gate,) = (element for element in elements if element.name == "r1_gate")
    assert gate.value == pytest.approx(5.738, rel=1e-3) and gate.nets == ("g", "1_gate")
    transistor = next(element for element in elements if element.name == "m1")
    size = {key: transistor.parameters[key] for key in ("ad", "as", "pd", "ps", "nrd", "nrs")}
    micro = {k: x * (1e12 if k[0] == "a" else 1e6 if k[0] == "p" else 1) for k, x in size.items()}
    words = " ".join(f"{key}={x}" for key, x in micro.items())
    cell = f"x1 t gi t 0 sky130_fd_pr__nfet_01v8_lvt w=40 l=0.28 nf=10 {words}"
    around, ask = ["vg g 0 1.8 ac 1", "vt t 0 0"], []
    for at, tune in enumerate((0.0, 0.9, 1.2, 1.8)):  # one after the other in one run: the library takes seconds
        capacitance = f"let c{at} = imag(i(vg))/(-2*pi*1e9)*1e15"
        ask += [f"alter vt dc = {tune}", "ac lin 1 1g 1g", capacitance, f"print c{at}"]
    theirs = run([cell, f"rg g gi {gate.value}", *around], ask, models=INSTANCES["sky130"][0])
    ours = run([*(e.line() for e in elements), *around], ask)
    found = [value(ours, f"c{at}") for at in range(4)]
    assert found == pytest.approx([value(theirs, f"c{at}") for at in range(4)], rel=1e-6)
    assert sorted(found, reverse=True) == found and found[0] > 2.5 * found[-1]


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("drawn", [50e-15, 1e-12, 10e-12])
def test_a_capacitor_has_its_drawn_value(name, drawn):
    mim = technology(name).at().devices["mim"]
    elements = [e.line() for e in mim.elements("1", {"a": "a", "b": "0"}, {"c": drawn})]
    ask = ["ac lin 1 1meg 1meg", "let c = -imag(i(va))/(2*pi*1e6)", "print c"]
    assert value(run(["va a 0 0 ac 1", *elements], ask), "c") == pytest.approx(drawn, rel=0.03)


@pytest.mark.parametrize("name", ["sky130", "gf180mcu"])
def test_ngspice_leaves_no_file_in_the_users_folder(name, monkeypatch, tmp_path):
    """BSIM4 writes what it thinks of its parameters to `bsim4v5.out` unless `paramchk` is 0."""
    monkeypatch.chdir(tmp_path)
    made = parts("spec=lna_2p4ghz", f"tech={name}", "model.only=[lna_cascode]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    sizing = made.make_problem(structure=structure, spec=made.spec)
    assert sizing.measure(draw(structure.space, 1)[0]).status == "ok"
    assert list(tmp_path.iterdir()) == []
