"""Netlists for simulators that are not here: read back by parsers of their own, and refused when they lie."""

import pkgutil
import re
import sys
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits import canonical, library
from genrf.circuits.export.ads import Ads
from genrf.circuits.export.ads_reader import read as read_ads
from genrf.circuits.export.flat import expected
from genrf.circuits.export.hspice import Hspice
from genrf.circuits.export.ocean import Ocean
from genrf.circuits.export.spectre import SpectreNetlist, check_bench, devices
from genrf.circuits.export.spice import Spice
from genrf.circuits.foreign.graph import FlatCircuit
from genrf.circuits.foreign.reader import read
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from tests.circuits.kinds import LIBRARY
from tests.circuits.kinds import problem as kind
from tests.circuits.pdk import ROOT, needs_pdk
from tests.circuits.process import problem

# a cascode near the middle of its space, values a person would write
VALUES = {
    "nf_1": 100.0, "nf_2": 60.0, "w_finger": 2e-6, "c_gs": 50e-15, "n_source": 1.5, "d_source": 80e-6, "l_gate": 6e-9,
    "i_bias": 300e-6, "n_load": 4.5, "d_load": 120e-6, "r_load": 1e3, "c_load": 50e-15, "c_out": 500e-15,
}  # fmt: skip
KINDS = [
    ("vco_5ghz", "vco_cross_coupled"), ("bandgap", "bandgap_banba"), ("ota_two_stage", "ota_two_stage"),
    ("mixer_2p4ghz", "mixer_gilbert"), ("pa_2p4ghz", "pa_class_ab"), ("bpf_2p4ghz", "bpf_coupled_resonators"),
    ("lna_2p4ghz_differential", "lna_differential_cascode"),
]  # fmt: skip
NETLISTS = [SpectreNetlist(), Hspice(), Ads()]
CHECKED = [*NETLISTS, Spice()]


def unmeasured(sizing):
    """A design in the middle of its space: netlists want its values, not what it measures."""
    return Design("000001", sizing, sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5)), {})


@lru_cache
def made_in(process, name, spec="lna_2p4ghz"):
    """Such a design of one circuit in a process."""
    made = parts(f"spec={spec}", f"tech={process}", f"model.only=[{name}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    return unmeasured(made.make_problem(structure=structure, spec=made.spec))


@pytest.fixture(scope="module")
def design():
    return Design("000042", problem("lna_cascode"), VALUES, {})


def named(exporter):
    return type(exporter).__name__


def failures(exporter, paths, design):
    return [check.detail for check in exporter.check(paths, design) if not check.passed]


@pytest.mark.parametrize("exporter", CHECKED, ids=named)
@pytest.mark.parametrize("name", LIBRARY)
def test_every_circuit_is_read_back(exporter, name, tmp_path):
    design = unmeasured(kind(LIBRARY[name], name))
    paths = exporter.export(design, tmp_path)[: 1 if isinstance(exporter, Spice) else None]  # nothing was measured
    assert exporter.check(paths, design) and not failures(exporter, paths, design)


@pytest.mark.parametrize(("spec", "name"), KINDS)
def test_transistors_of_one_size_stand_behind_one_another(spec, name, tmp_path):
    """Only then does ngspice 39 give each the gate that it has (tests/circuits/test_sizes_apart.py)."""
    design = unmeasured(kind(spec, name))
    text = Spice().export(design, tmp_path)[0].read_text()
    sizes = [line.split()[5:] for line in text.splitlines() if line.startswith("m")]
    in_a_row = [size for size, _ in groupby(sizes)]
    assert len(in_a_row) == len({tuple(size) for size in sizes})


def test_all_of_the_library_are_among_them_but_for_those_of_bipolar_transistors_and_parts_of_a_receiver():
    known = {module.name for module in pkgutil.iter_modules(library.__path__)}
    rest = {"balun_lattice", "balun_lattice_joining", "lna_cascode_hbt", "lna_cascode_hbt_mmwave"}
    assert known == {*LIBRARY, *rest}


def test_a_bench_for_spectre_that_measures_nothing_is_left_out(design, tmp_path, monkeypatch):
    monkeypatch.setattr("genrf.circuits.export.spectre.told", lambda design: {})
    paths = SpectreNetlist().export(design, tmp_path)
    assert [path.name for path in paths] == ["lna_cascode.scs"]
    assert SpectreNetlist().check(paths, design)[-1].detail.startswith("no bench is written")


@pytest.mark.parametrize(("spec", "name"), KINDS)
def test_every_bench_for_spectre_says_what_it_measures(spec, name, tmp_path):
    design = unmeasured(kind(spec, name))
    _, *benches = SpectreNetlist().export(design, tmp_path)
    assert benches
    for bench in benches:
        assert re.match(rf"// bench of {name} for [\w, ]+: \w", bench.read_text())


@pytest.mark.parametrize("exporter", NETLISTS, ids=named)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"(llgate .*?)6(n| nH)", r"\g<1>7\2", "llgate is read with"),
        (r"mm2 \(?drain vdd", lambda found: found[0].replace("drain vdd", "vdd drain"), "mm2 lies between vdd, drain"),
        (r"(C:)?ccd .*\n", "", "ccd is missing"),
        (r"\n(C:)?ccd( .*)", r"\n\1ccd\2\n\1cce\2", "cce is no element of the design"),
        (r"(tc1|TC1)=-0\.0001", r"\1=-0.0002", "rrb is read with"),
        (r"(vth0|Vth0)=0\.395", r"\1=0.4", "model nch differs in vth0"),
        (
            r"((?:subckt|define) lna_cascode \(? ?)in out",
            r"\1out in",
            r"(its ports are|lna_cascode \() out in bias vdd",
        ),
    ],
)
def test_a_circuit_file_that_lies_is_caught(exporter, old, new, said, design, tmp_path):
    paths = exporter.export(design, tmp_path)
    text = paths[0].read_text()
    changed = re.sub(old, new, text, count=1)
    assert changed != text
    paths[0].write_text(changed)
    found = failures(exporter, paths, design)
    assert found and re.search(said, found[0]), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model vpnp bjt", "model vpnp vbic", "model vpnp is of vbic pnp, it is of bjt pnp"),
        (r"(?m)^subckt", "model nch bsim4 type=n\n\\g<0>", "model nch is given twice"),
    ],
)
def test_models_of_another_kind_are_caught(old, new, said, tmp_path):
    """Elements have the same terminals whichever of two models a bipolar transistor has."""
    design = unmeasured(kind("bandgap", "bandgap_banba"))
    paths = SpectreNetlist().export(design, tmp_path)
    changed(paths[0], old, new)
    (found,) = failures(SpectreNetlist(), paths, design)
    assert re.search(said, found), found


@pytest.mark.parametrize("exporter", [Hspice(), Spice()], ids=named)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"(model nch nmos level=)54", r"\g<1>1", "model nch is of nmos level=1, it is of nmos level=54"),
        (r"(model pch pmos level=)54", r"\g<1>49", "model pch is of pmos level=49"),
        (r"(model pch) pmos", r"\1 nmos", "model pch is of nmos level=54"),
        (r"(model vpnp pnp) level=1", r"\1 level=4", "model vpnp is of pnp level=4"),
        (r"(?m)^\.model vpnp .*\n(\+.*\n)*", r"\g<0>\g<0>", "model vpnp is given twice"),
        (r"\.subckt", ".option scale=1u\n.subckt", "option is no part of a subcircuit"),
        (r"\.subckt", ".temp 125\n.subckt", "temp is no part"),
        (r"\.subckt", ".global out\n.subckt", "global is no part"),
        (r"\.subckt", ".param z=1\n.subckt", "parameters is no part"),
        (r"\.subckt", "rshort out 0 1\n.subckt", "rshort is no part"),
        (r"(\.subckt .*)", r"\1\n.temp 125", "temp is no part"),
        (r"(\.subckt .*)", r"\1 z=1", r"\.subckt sets z"),
        (r"(\.subckt) lna_cascode", r"\1 lna", "its subcircuit is lna"),
        (r"\Z", ".end\n", r"it ends with \.ends lna_cascode, \.end"),
        (r"(\.ends) lna_cascode", r"\1 lna", r"it ends with \.ends lna,"),
        (r"(?m)^(ccd drain 0 \S+)", r"\1 1u", "ccd: 50f 1u is more than a value"),
        (r"(?m)^(mm1 .*) nch", r"\1 nch off", "mm1: off is more"),
    ],
)
def test_what_a_simulator_would_obey_in_a_circuit_is_caught(exporter, old, new, said, design, tmp_path):
    (path, *_) = exporter.export(design, tmp_path)
    changed(path, old, new)
    found = exporter.check([path], design)[0]  # of `spice` without the benches, which an oscillator has none of
    assert not found.passed and re.search(said, found.detail), found.detail


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"(?m)^define", "Options:Options2 Temp=125\ndefine", "Options2 is no part of a circuit"),
        (r"(?m)^define", "R:short out 0 R=1 Ohm\ndefine", "short is no part"),
        (r"(?m)^define", '#include "other.net"\ndefine', "it includes .other.net"),
        (r"(?m)^(define .*)", r"\1\nOptions:Options2 Temp=125", "no model 'Options'"),
        (r"(model pch) BSIM4", r"\1 BSIM3", "model pch is of BSIM3"),
        (r"NMOS=no PMOS=yes", "NMOS=yes PMOS=no", "model pch is of BSIM4 NMOS=yes PMOS=no, it is of"),
        (r"(model pch BSIM4 [^;]*?) Tnom=27", r"\1 Tnom=cold", "model pch is of BSIM4 .*Tnom=cold"),
        (r"(?m)^model vpnp .*\n.*\n", r"\g<0>\g<0>", "model vpnp is given twice"),
    ],
)
def test_what_ads_would_obey_in_a_circuit_is_caught(old, new, said, design, tmp_path):
    paths = Ads().export(design, tmp_path)
    changed(paths[0], old, new)
    (found,) = failures(Ads(), paths, design)
    assert re.search(said, found), found


@pytest.mark.parametrize("exporter", NETLISTS, ids=named)
def test_a_bench_that_swaps_the_ports_is_caught(exporter, design, tmp_path):
    paths = exporter.export(design, tmp_path)
    text = paths[1].read_text()
    paths[1].write_text(re.sub(r"((?:x1|X1) \(?)in out", r"\1out in", text))
    assert paths[1].read_text() != text and len(failures(exporter, paths, design)) == 1


@pytest.mark.parametrize(
    ("bench", "old", "new", "said"),
    [
        ("tb_band_wide", r"(vin .*)r=50", r"\1r=75", "vin is read with .*75.0"),
        ("tb_band_wide", r"(vsupply .*)dc=1\.2", r"\1dc=2.4", "vsupply is read with .*2.4"),
        ("tb_band_wide", r"isource dc=\S+", "isource dc=1", "ibias is read with .*1.0"),
        ("tb_band_wide", r"temp=27", "temp=99", "genrf_options is read with .*99.0"),
        ("tb_band_wide", r" tnom=27", "", "genrf_options is read with"),
        ("tb_band_wide", r"vin \(in 0\)", "vin (in out)", "vin lies between in, out, not in, 0"),
        ("tb_band_wide", r"(?m)^a_.*\n", "", "(a_wide|a_band) is missing"),
        ("tb_band_wide", r"(a_band .*)2\.4835G\]", r"\g<1>2.5G]", "a_band is read with"),
        ("tb_band_wide", r"(ports=)\[vin vout\]", r"\1[vout vin]", "a_band is read with"),
        ("tb_band_wide", r"(?m)^(a_band .*\n)(a_wide .*\n)", r"\2\1", "it runs a_wide, a_band"),
        ("tb_band_wide", r"(?m)^vsupply .*\n", r"\g<0>\g<0>", "vsupply is given twice"),
        ("tb_band_wide", r"(?m)^vsupply", "nodeset out=1\n\\g<0>", "line 8: nodeset belongs to no bench"),
        ("tb_band_wide", r"(?m)^vsupply", "parameters a=1\n\\g<0>", "its parameters are a=1"),
        ("tb_band_wide", r"(?m)^include .*", r'include "lna_cascode.scs" section=ff', "it includes"),
        ("tb_op_noise", r"resistor r=50 isnoisy=no", "resistor r=50", "rvin_z0 is read with"),
        ("tb_op_noise", r"iprobe=vin", "iprobe=Vin", "Vin has capitals that no name here has"),
        ("tb_op_noise", r"(?m)^vin", "Vin", "Vin has capitals that no name here has"),
        ("tb_op_noise", r"iprobe=vin", "iprobe=vout", "a_noise is read with"),
        ("tb_op_noise", r"a_noise \(out 0\)", "a_noise (in 0)", "a_noise lies between in, 0, not out, 0"),
    ],
)
def test_a_bench_for_spectre_that_lies_is_caught(bench, old, new, said, design, tmp_path):
    lies_of_a_bench(SpectreNetlist(), design, bench, old, new, said, tmp_path)


@pytest.mark.parametrize(
    ("spec", "name", "bench", "old", "new", "said"),
    [
        (*KINDS[2], "tb_step", r"val1=0\.7", "val1=0.99", "vstep is read with"),
        (*KINDS[2], "tb_step", r"(a_step tran .*) errpreset=\S+", r"\1", "a_step is read with"),
        (*KINDS[2], "tb_step", r"(?m)^x1 .*\n(.*\n)*", lambda found: found[0].splitlines()[0], "is missing"),
        (*KINDS[2], "tb_op_", r"(?m)^(a_current_iprobe .*)value=1", r"\1value=0", "a_current_iprobe is read with"),
        (*KINDS[3], "tb_conversion", r" sinephase=2\.5", "", "vlop is read with"),
        (*KINDS[3], "tb_conversion", r"(ebalunp .* )gain=0\.5", r"\1gain=0.6", "ebalunp is read with"),
        (*KINDS[6], "tb_band", r"(fbaluninp .*)probe=\S+", r"\1probe=ebaluninn", "fbaluninp is read with"),
        (*KINDS[1], "tb_op_", r"a_supply dc dev=vsupply", "a_supply dc dev=cload", "a_supply is read with"),
    ],
)
def test_a_bench_of_another_kind_that_lies_is_caught(spec, name, bench, old, new, said, tmp_path):
    lies_of_a_bench(SpectreNetlist(), unmeasured(kind(spec, name)), bench, old, new, said, tmp_path)


@pytest.mark.parametrize(
    ("spec", "name", "bench", "old", "new", "said"),
    [
        (*KINDS[2], "sources", r"c=2p", "c=9p", "cload is read with"),
        (*KINDS[2], "sources", r"(?m)^cload .*\n", "", "cload is missing"),
        (*KINDS[2], "sources", r"vprobe \(inn out\)", "vprobe (0 0)", "vprobe lies between 0, 0, not inn, out"),
        (*KINDS[2], "step", r"val1=0\.7", "val1=0.99", "vstep is read with"),
        (*KINDS[2], "sources", r"(?m)^x1 .*\n(.*\n)*", lambda found: found[0].splitlines()[0], "is missing"),
        (*KINDS[2], "sources", r"(?m)^parameters .*\n", "", "its parameters are none"),
        (*KINDS[2], "sources", r"supply=1\.2", "supply=2.4", "its parameters are supply=2.4"),
        (*KINDS[2], "sources", r"mag=ac_vinp", "mag=0", "vinp is read with"),
        (*KINDS[2], "sources", r"dc=i_bias", "dc=supply", "ibias is read with"),
        (*KINDS[2], "sources", r"\Z", "a_op dc\n", "a_op is no element of the design"),
        (*KINDS[0], "tuning", r"dc=dc_vtune", "dc=0.6", "vtune is read with"),
        (*KINDS[0], "tuning", r"val1=100u", "val1=0", "ikick is read with"),
    ],
)
def test_a_bench_for_ocean_that_lies_is_caught(spec, name, bench, old, new, said, tmp_path):
    """What the script sets is checked with it; here only the benches are read."""
    design = unmeasured(kind(spec, name))
    paths = Ocean().export(design, tmp_path)
    (path,) = (one for one in paths if one.stem == f"{name}_{bench}")
    assert check_bench(path, design).passed
    changed(path, old, new)
    found = check_bench(path, design)
    assert not found.passed and re.search(said, found.detail), found.detail


@pytest.mark.parametrize(
    ("exporter", "old", "new", "said"),
    [
        (Hspice(), r"\.temp 27", ".temp 99", r"its \.temp is"),
        (Hspice(), r"\.option tnom=27\n", "", r"its \.option is"),
        (Hspice(), r"tnom=27", "tnom=25", r"its \.option is .*tnom=25"),
        (Hspice(), r"accurate", "accurate scale=1u", r"its \.option is .*scale=1u"),
        (Hspice(), r"(p1 .*)z0=50", r"\1z0=75", "p1 is read with .*75.0"),
        (Hspice(), r"vsupply vdd 0 1\.2", "vsupply vdd 0 9", "vsupply is read with .*9.0"),
        (Hspice(), r"\.ac lin 41", ".ac lin 11", r"its \.ac is lin 11"),
        (Hspice(), r"\.lin .*\n", "", r"its \.lin is missing"),
        (Hspice(), r"ibias vdd bias", "ibias vdd 0", "ibias lies between vdd, 0, not vdd, bias"),
        (Hspice(), r"(\.measure ac gain_db) min", r"\1 max", r"its \.measure is"),
        (Hspice(), r"\.op\n", ".op\n.nodeset v(out)=1\n", r"its \.nodeset is"),
        (Hspice(), r"(x1 .*\n)", r"\1.end\n", "is missing"),
        (Hspice(), r"\.include '\w+", ".include 'another", r"its \.include is"),
        (Hspice(), r"p2 out 0.*\n", r"\g<0>\g<0>", "p2 is given twice"),
        (Ads(), r"Z=50", "Z=75", "Term1 is read with .*75.0"),
        (Ads(), r"Vdc=1\.2", "Vdc=2.4", "vsupply is read with .*2.4"),
        (Ads(), r"Temp=27", "Temp=99", "Options1 is read with .*99.0"),
        (Ads(), r"I_Source:ibias .*\n", "", "ibias is missing"),
        (Ads(), r"Lin=41", "Lin=11", "SP1_band is read with .*11.0"),
        (Ads(), r"CalcNoise=yes", "CalcNoise=no", "SP1 is read with"),
        (Ads(), r'#include "\w+', '#include "another', "it includes .another.net"),
        (Ads(), r"Port:Term2 .*\n", r"\g<0>\g<0>", "Term2 is given twice"),
    ],
)
def test_a_bench_for_hspice_and_ads_that_lies_is_caught(exporter, old, new, said, design, tmp_path):
    lies_of_a_bench(exporter, design, "tb_", old, new, said, tmp_path)


@pytest.mark.parametrize("exporter", [SpectreNetlist(), Ocean()], ids=named)
@pytest.mark.parametrize("name", LIBRARY)
def test_every_bench_is_read_back(exporter, name, tmp_path):
    """With levels of two tones and of compression, too, which want an intercept and a power."""
    sizing = kind(LIBRARY[name], name)
    known = {"iip3_dbm": -5.0, "p1db_dbm": -15.0, "oip3_dbm": 10.0, "conversion_gain_db": 10.0, "gain_db": 15.0}
    goals = dict.fromkeys(sizing.spec.goals, 1.0)
    design = Design("000001", sizing, unmeasured(sizing).values, {**goals, **known})
    benches = [path for path in exporter.export(design, tmp_path) if path.suffix == ".scs" and path.stem != name]
    assert benches or isinstance(exporter, SpectreNetlist)
    assert not [check.detail for path in benches if not (check := check_bench(path, design)).passed]


def lies_of_a_bench(exporter, design, bench, old, new, said, folder):
    """The check of an export says what is wrong with a bench in which one thing was changed."""
    paths = exporter.export(design, folder)
    assert not failures(exporter, paths, design)
    (path,) = (one for one in paths if one.stem.startswith(bench))
    changed(path, old, new)
    (found,) = failures(exporter, paths, design)
    assert re.search(said, found, re.IGNORECASE), found


def changed(path, old, new):
    text = path.read_text()
    path.write_text(re.sub(old, new, text, count=0 if "a_.*" in old else 1))
    assert path.read_text() != text


@pytest.mark.parametrize("exporter", NETLISTS, ids=named)
def test_two_exports_are_the_same_bytes_and_name_no_path(exporter, design, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        exporter.export(design, folder)
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()
        assert str(tmp_path) not in path.read_text()


def test_the_graph_of_the_file_is_that_of_the_circuit(design, tmp_path):
    """By search for an isomorphism, blind to names: what equal names promise."""
    (circuit, *_) = SpectreNetlist().export(design, tmp_path)
    found = FlatCircuit("read", tuple(devices(read(circuit))), design.problem.structure.labels)
    assert canonical.same(found, expected(design))
    less = FlatCircuit("less", found.devices[:-1], found.labels)
    assert not canonical.same(less, expected(design))


@needs_pdk
@pytest.mark.parametrize("exporter", NETLISTS, ids=named)
@pytest.mark.parametrize(
    ("spec", "tech", "name"),
    [("lna_2p4ghz", "sky130", "lna_cascode"), ("lna_28ghz", "ihp_sg13g2", "lna_cascode_hbt_mmwave")],
)
def test_a_foundrys_devices_are_read_back(exporter, spec, tech, name, monkeypatch, tmp_path):
    monkeypatch.setenv("PDK_ROOT", str(ROOT))
    design = made_in(tech, name, spec)
    assert not failures(exporter, exporter.export(design, tmp_path), design)


@pytest.fixture
def standin(monkeypatch, tmp_path_factory):
    """The stand-in for Spectre, which reads the files with its own code."""
    program = tmp_path_factory.mktemp("bin") / "spectre"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("spectre_standin.py")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("GENRF_SPECTRE", str(program))


@pytest.mark.ngspice
def test_spectre_is_run_on_the_benches_where_it_is_installed(design, standin, tmp_path):
    """The reference is ngspice in process."""
    measured = Design("000042", design.problem, VALUES, design.problem.verify(VALUES).metrics)
    (tmp_path / "files").mkdir()
    paths = SpectreNetlist().export(measured, tmp_path / "files")
    checks = {check.name: check.passed for check in SpectreNetlist().check(paths, measured)}
    # the stand-in spaces the wide grid of k_factor and mu in its own way
    assert all(checks[f"spectre {name}"] for name in ("gain_db", "nf_db", "s11_db", "s22_db", "power_w")), checks
    text = paths[0].read_text()
    paths[0].write_text(re.sub(r"(llgate .*?)6n", r"\g<1>7n", text))
    checks = {check.name: check.passed for check in SpectreNetlist().check(paths, measured)}
    assert not checks["spectre gain_db"] and not checks["spectre nf_db"] and checks["spectre power_w"]


@pytest.mark.ngspice
def test_spectre_excites_one_source_of_an_op_amp_after_the_other(standin, tmp_path):
    sizing = kind("ota_two_stage", "ota_two_stage")
    values = unmeasured(sizing).values
    (step,) = sizing.bench.procedures
    risen = step.measure(sizing.setup(values, sizing.technology.at()))
    measured = Design("000001", sizing, values, {**sizing.verify(values).metrics, **risen})
    paths = SpectreNetlist().export(measured, tmp_path)
    checks = {check.name: check for check in SpectreNetlist().check(paths, measured)}
    assert all(check.passed for check in checks.values()), checks
    assert checks.keys() >= {f"spectre {name}" for name in ("gbw_hz", "phase_margin_deg", "psrr_db", "slew_v_s")}
    paths[1].write_text(
        paths[1].read_text().replace("alter dev=iprobe param=mag value=1", "alter dev=iprobe param=mag value=0")
    )
    read, simulated = failures(SpectreNetlist(), paths, measured)
    assert "a_voltage_iprobe is read with" in read or "a_current_iprobe is read with" in read
    assert "does not fall through one" in simulated


def test_a_local_oscillator_keeps_its_phases(tmp_path):
    """5 degrees between the sides of conf/spec/mixer_2p4ghz.yaml; without them a balanced mixer leaks less."""
    paths = SpectreNetlist().export(unmeasured(kind("mixer_2p4ghz", "mixer_gilbert")), tmp_path)
    assert re.findall(r"^(vlo\w) .* sinephase=(\S+)", paths[1].read_text(), re.MULTILINE) == [
        ("vlop", "2.5"),
        ("vlon", "-2.5"),
    ]


def test_the_netlists_read_as_before(design, tmp_path, golden):
    shown_as = ("export_lna_cascode.scs", "export_lna_cascode_hspice.sp", "lna_cascode.net")
    for exporter, shown in zip(NETLISTS, shown_as, strict=True):
        circuit, bench, *_ = exporter.export(design, tmp_path)
        golden(shown, "\n".join(line[:160] for line in circuit.read_text().splitlines()) + "\n")
        golden(f"{bench.stem}{bench.suffix}", "\n".join(line[:160] for line in bench.read_text().splitlines()) + "\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("define a ( x y )\nR:r1 x y R=1 Ohm\n", "line 1: a has no end"),
        ("define a ( x y )\nend b\n", "line 2: 'end b' ends no a"),
        ("R:r1 x y R=1 Ohms", "line 1: R is in 'Ohms', which is no unit"),
        ("R:r1 x y R=1 Ohm R=2", "line 1: R is given twice"),
        ("; remark\nR r1 x y", "line 2: cannot read 'R r1 x y'"),
    ],
)
def test_what_is_no_netlist_of_ads_is_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        read_ads(text)


def test_examples_of_the_manual_are_read():
    """Keysight, ADS Simulator: instance, model and subcircuit statements."""
    capacitor, model, tuner = read_ads(
        "C:C1 2 3 C=10 pF\nmodel NPNbjt bjt NPN=yes Bf=100 Js=0.1 fA\n"
        "define DoubleTuner (top bottom left right)\nR:tuner1 top bottom R=2 kOhm\nend DoubleTuner\n"
    )
    assert (capacitor.type, capacitor.nets, capacitor.parameters["C"]) == ("C", ("2", "3"), pytest.approx(1e-11))
    assert (model.name, model.type, model.parameters["NPN"], model.parameters["Bf"]) == ("NPNbjt", "bjt", "yes", 100.0)
    assert tuner.ports == ("top", "bottom", "left", "right") and tuner.parts[0].parameters == {"R": 2000.0}


@needs_pdk
def test_a_warmer_device_is_so_in_every_language(monkeypatch, tmp_path):
    """ngspice says `dtemp`, Spectre and ADS `trise`: a foundry's bipolar transistor has it."""
    monkeypatch.setenv("PDK_ROOT", str(ROOT))
    design = made_in("ihp_sg13g2", "lna_cascode_hbt_mmwave", "lna_28ghz")
    texts = [exporter.export(design, tmp_path)[0].read_text() for exporter in NETLISTS]
    assert [(" dtemp=0" in one, " trise=0" in one, " Trise=0" in one) for one in texts] == [
        (False, True, False), (True, False, False), (False, False, True),
    ]  # fmt: skip


@pytest.mark.parametrize("exporter", CHECKED, ids=named)
def test_what_is_exported_is_said_as_engineers_say_it(exporter, design, tmp_path):
    """Values and sweeps have prefixes; each file says its process, its version and the order of ports."""
    circuit, bench, *_ = (path.read_text() for path in exporter.export(design, tmp_path))
    for text in (circuit, bench):
        assert "in generic130, genrf" in text and "ports: in out bias vdd" in text
    devices = circuit[circuit.index("ports:") :]
    assert re.search(r"llgate .*\b6(n| nH)\b", devices) and re.search(r"\b200(u| um)\b", devices)
    assert not re.search(r"\de[-+]?\d", devices) and not re.search(r"[\d.]{15}", devices)
    assert re.search(r"ibias .*\b300(u| uA)\b", bench) and re.search(r"\b2\.4835(G| GHz)\b", bench)


@pytest.mark.parametrize("exporter", CHECKED, ids=named)
def test_no_line_of_a_model_is_longer_than_hspice_reads(exporter, design, tmp_path):
    """HSPICE takes 1,024 characters of a line (HSPICE User Guide, input netlist); people take fewer."""
    circuit, *_ = exporter.export(design, tmp_path)
    assert max(map(len, circuit.read_text().splitlines())) <= 120
