"""The other engines: a fresh ngspice per bench, which is the reference, and Spectre by a stand-in and recordings."""

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate import ngspice, psf, rawfile
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.simulate.process import run
from genrf.circuits.simulate.spectre import SpectreEngine
from genrf.circuits.simulate.spectre_netlist import netlist
from genrf.circuits.testbench import Ac, Dc, Grid, Noise, Op, Testbench, Tran
from genrf.core.errors import ConfigError, GenrfError, ToolNotFound
from tests.circuits.process import LIBRARY, draw, problem
from tests.processes import ends

BATCH = NgSpiceBatchEngine(30.0)
FILTER = Netlist(
    (
        Element("vin", ("in", "0"), flags="dc 0.5 ac 1 sin(0.5 0.1 1e6)"),
        Element("r1", ("in", "out"), 1e3, flags="tc1=0.001"),
        Element("c1", ("out", "0"), 1e-10),
        Element("q1", ("in", "out", "0"), model="hand"),
        Element(".model hand", (), model="npn bf=100", parameters={"is": 1e-20}),
    )
)
ANALYSES = {
    "op": Op(("out", "vin#branch")),
    "ac": Ac(("out",), Grid("dec", 5, 1e3, 1e8)),
    "tran": Tran(("time", "out"), 1e-8, 3e-6, 1e-6),
}


@pytest.mark.ngspice
@pytest.mark.parametrize("name", LIBRARY)
def test_the_engine_in_process_gives_what_a_fresh_process_gives(name):
    sizing = problem(name)
    fresh = replace(sizing, engine=BATCH)
    for values in draw(sizing.structure.space, 2):
        ours, theirs = sizing.measure(values), fresh.measure(values)
        assert (ours.status, theirs.status) == ("ok", "ok")
        assert ours.metrics == pytest.approx(theirs.metrics, rel=1e-7)


@pytest.mark.ngspice
def test_all_analyses_agree_between_the_two():
    bench = Testbench(FILTER, ANALYSES, 60.0)
    ours, theirs = NgSpiceEngine().simulate(bench), BATCH.simulate(bench)
    for analysis, vectors in theirs.items():
        for name, vector in vectors.items():
            assert ours[analysis][name] == pytest.approx(vector, rel=1e-9), (analysis, name)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    "analysis",
    [Ac(("out",), Grid("lin", 5, 1e9, 3e9)), Tran(("time", "out"), 1e-11, 2e-10)],
    ids=["small signals", "transient"],
)
def test_no_number_depends_on_the_design_that_a_process_met_first(analysis):
    sizing = problem("lna_shunt_feedback")  # of whose transient even the number of points would differ
    setups = [sizing.setup(values, sizing.technology.at()) for values in draw(sizing.structure.space, 6)]
    if isinstance(analysis, Tran):  # whose circuit is loaded anew, so that it needs no origin
        setups = [replace(setup, origin=None) for setup in setups]
    drive = Element("vdrive", ("in", "0"), flags="dc 0 ac 1 sin(0 1e-2 2.4e9)")
    around = [drive, Element("rload", ("out", "0"), 50.0)]

    def last(*met):
        while ngspice._loaded.benches:
            ngspice._forget()
        return [setup.simulate(around, {"own": analysis})["own"]["out"] for setup in met][-1]

    for setup in setups[1:]:
        np.testing.assert_array_equal(last(setups[0], setup), last(setup))


@pytest.mark.ngspice
def test_no_drawn_operating_point_depends_on_the_design_that_a_process_met_first():
    sizing = problem("lna_shunt_feedback")
    first, *others = draw(sizing.structure.space, 4)

    def bias(*met):
        while ngspice._loaded.benches:
            ngspice._forget()
        return [sizing.sketch(values).curves["bias"] for values in met][-1]

    assert bias(others[0], first) == bias(first)
    assert bias(first, others[0]) == bias(others[0])


@pytest.mark.ngspice
def test_threads_take_turns_with_the_engine_in_process():
    benches = [Testbench(FILTER, {name: analysis}, 60.0) for name, analysis in ANALYSES.items()] * 20
    alone = [NgSpiceEngine().simulate(bench) for bench in benches]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(NgSpiceEngine().simulate, benches))
    for one, other in zip(alone, together, strict=True):
        assert one.keys() == other.keys()
        for analysis in one:
            np.testing.assert_equal(other[analysis], one[analysis])


@pytest.mark.ngspice
@pytest.mark.parametrize("points", [1, 3])
@pytest.mark.parametrize("engine", [NgSpiceEngine(), BATCH], ids=["in process", "fresh"])
def test_a_divider_makes_the_noise_of_its_resistors_at_one_frequency_and_at_several(engine, points):
    divider = Netlist(
        (
            Element("v1", ("in", "0"), flags="dc 0 ac 1"),
            Element("r1", ("in", "out"), 1e3),
            Element("r2", ("out", "0"), 1e3),
        )
    )
    noise = Noise("out", "v1", Grid("lin", points, 1e6, 1e6 * points))
    found = engine.simulate(Testbench(divider, {"noise": noise}, 27.0))["noise"]["inoise_spectrum"]
    # 4 k T (R1 || R2) at the output, divided by the gain of 1/2
    assert found == pytest.approx(np.full(points, 2 * np.sqrt(4 * 1.380649e-23 * 300.15 * 500)), rel=1e-5)


@pytest.mark.ngspice
def test_what_fails_in_a_fresh_process_says_why():
    loop = Netlist((Element("v1", ("a", "0"), 1.0), Element("v2", ("a", "0"), 2.0)))
    with pytest.raises(NoConvergence, match="op: .*failed"):
        BATCH.simulate(Testbench(loop, {"op": Op(("a",))}, 27.0))
    unknown = Netlist((Element("q1", ("a", "b", "0"), model="nowhere"), Element("v1", ("a", "0"), 1.0)))
    with pytest.raises(NoConvergence, match="nowhere"):
        BATCH.simulate(Testbench(unknown, {"op": Op(("a",))}, 27.0))


def test_a_process_that_hangs_is_killed_with_its_children(tmp_path):
    script = tmp_path / "hang.sh"
    script.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > {tmp_path}/child\nwait\n")
    script.chmod(0o755)
    with pytest.raises(NoConvergence, match=r"was not done within 0\.5 s"):
        run((script,), tmp_path, 0.5, {})
    assert ends(int((tmp_path / "child").read_text()))


def test_a_simulator_that_hangs_ends_though_who_started_it_was_killed(tmp_path):
    script, number = tmp_path / "spin.sh", tmp_path / "number"
    script.write_text(f"#!/bin/sh\necho $$ > {number}\nwhile :; do :; done\n")
    script.chmod(0o755)
    program = (
        f"from pathlib import Path; from {run.__module__} import run; run(({str(script)!r},), Path('.'), 1.0, {{}})"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as starter:
        while not (number.is_file() and number.read_text()):
            assert starter.poll() is None
        while resource.prlimit(int(number.read_text()), resource.RLIMIT_CPU)[0] < 0:
            assert starter.poll() is None, "nothing bounds it"
        starter.kill()
    try:
        assert ends(int(number.read_text())), "it goes on"
    finally:
        with suppress(ProcessLookupError):
            os.kill(int(number.read_text()), signal.SIGKILL)


# Raw files.


def test_raw_files_of_several_plots_are_read_in_both_forms(tmp_path):
    header = "Title: t\nDate: d\nPlotname: AC Analysis\nFlags: complex\nNo. Variables: 2\nNo. Points: 2\nVariables:\n"
    names = "\t0\tfrequency\tfrequency grid=3\n\t1\tv(out)\tvoltage\n"
    numbers = np.array([[1e3, 1 + 2j], [1e4, 3 - 4j]])
    (tmp_path / "b").write_bytes((header + names + "Binary:\n").encode() + numbers.astype(complex).tobytes())
    text = "Values:\n 0\t1e3,0.0\n\t1.0,2.0\n\n 1\t1e4,0.0\n\t3.0,-4.0\n\n"
    (tmp_path / "a").write_text((header + names + text) * 2)
    for plot in [*rawfile.read(tmp_path / "b"), *rawfile.read(tmp_path / "a")]:
        assert plot.name == "AC Analysis"
        assert plot.vectors["v(out)"] == pytest.approx(numbers[:, 1])
    assert len(rawfile.read(tmp_path / "a")) == 2
    (tmp_path / "cut").write_bytes((tmp_path / "b").read_bytes()[:-8])
    with pytest.raises(GenrfError, match="cut: not a whole raw file"):
        rawfile.read(tmp_path / "cut")


# Spectre.


def test_psf_ascii_is_read(tmp_path):
    """Sections, groups, complex pairs and properties as the published descriptions of the format show them."""
    (tmp_path / "swept").write_text(
        'HEADER\n"PSFversion" "1.00"\nTYPE\n"sweep" FLOAT DOUBLE PROP(\n"key" "sweep"\n)\n'
        'SWEEP\n"freq" "sweep" PROP(\n"units" "Hz"\n)\nTRACE\n"group" GROUP 2\n"out" "V"\n"m1:d" "I"\n"in" "V"\n'
        'VALUE\n"freq" 1.0e3\n"group" (1.0 -2.0)\n3.0\n"in" 1\n"freq" 2.0e3\n"group" (0.5 0.25)\n4.0\n"in" 1\nEND\n'
    )
    found = psf.read(tmp_path / "swept")
    assert found["freq"].tolist() == [1e3, 2e3]
    assert found["out"].tolist() == [1 - 2j, 0.5 + 0.25j]
    assert found["m1:d"].tolist() == [3.0, 4.0]
    (tmp_path / "single").write_text(
        'HEADER\n"a" 1\nTYPE\n"V" FLOAT DOUBLE\nVALUE\n"x\\<1\\>" "V" 1.25 PROP(\n"units" "V"\n)\n'
        '"m1" "bsim4" (\n1 2\n"region"\n)\n"v:p" "I" -2e-3\nEND\n'
    )
    single = psf.read(tmp_path / "single")
    assert (single["x<1>"][0], single["v:p"][0]) == (1.25, -2e-3)
    (tmp_path / "cut").write_text("HEADER\nVALUE\n")
    with pytest.raises(GenrfError, match="cut: not a whole PSF file"):
        psf.read(tmp_path / "cut")


@pytest.fixture
def spectre(monkeypatch, tmp_path):
    """The stand-in under the name that genrf looks for."""
    program = tmp_path / "spectre"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("spectre_standin.py")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("GENRF_SPECTRE", str(program))
    return SpectreEngine(60.0, "psfascii")


@pytest.mark.ngspice
def test_an_amplifier_through_spectres_language_and_back(spectre):
    sizing = problem()
    (values,) = draw(sizing.structure.space, 1)
    spectre.require()
    assert spectre.version() == "spectre 21.1.0"
    ours, theirs = sizing.measure(values), replace(sizing, engine=spectre).measure(values)
    assert theirs.status == "ok", theirs.message
    for name in ("gain_db", "s11_db", "s22_db", "nf_db", "power_w"):  # the stand-in spaces the wide grid in its own way
        assert theirs.metrics[name] == pytest.approx(ours.metrics[name], rel=1e-6), name


@pytest.mark.parametrize("form", ["nutascii", "nutbin"])
def test_results_of_spectre_as_nutmeg_are_read(form, monkeypatch, tmp_path):
    """A recording after the format's description: a plot per analysis, its name in quotes, branch currents as `v:p`."""
    head = "Title: genrf\nDate: now\nPlotname: {}\nFlags: {}\nNo. Variables: {}\nNo. Points: {}\nVariables:"
    dc = head.format("DC Analysis `a_op': dc", "real", 2, 1) + "\t0\tout\tV\n\t1\tvin:p\tA\n"
    ac = head.format("AC Analysis `a_ac': freq = (1 kHz -> 1 MHz)", "complex", 2, 2) + "\t0\tfreq\tHz\n\t1\tout\tV\n"
    if form == "nutascii":
        text = dc + "Values:\n 0\t0.25\n\t-1e-3\n" + ac + "Values:\n 0\t1e3,0\n\t1,-2\n 1\t1e6,0\n\t3,-4\n"
        content = text.encode()
    else:
        numbers = np.array([[1e3, 1 - 2j], [1e6, 3 - 4j]], complex)
        content = (dc + "Binary:\n").encode() + np.array([0.25, -1e-3]).tobytes()
        content += (ac + "Binary:\n").encode() + numbers.tobytes()
    (tmp_path / "recorded").write_bytes(content)
    program = tmp_path / "spectre"
    program.write_text(f'#!/bin/sh\n[ "$2" = {form} ] && cp {tmp_path}/recorded "$4"\n')
    program.chmod(0o755)
    monkeypatch.setenv("GENRF_SPECTRE", str(program))
    bench = Testbench(FILTER, {"op": Op(("out", "vin#branch")), "ac": Ac(("out",), Grid("lin", 2, 1e3, 1e6))}, 27.0)
    found = SpectreEngine(10.0, form).simulate(bench)
    assert (found["op"]["out"][0], found["op"]["vin#branch"][0]) == (0.25, -1e-3)
    assert found["ac"]["out"].tolist() == [1 - 2j, 3 - 4j]


def test_results_that_are_not_there_are_no_convergence(monkeypatch, tmp_path):
    program = tmp_path / "spectre"
    program.write_text("#!/bin/sh\necho 'Error found by spectre during DC analysis: no convergence'\n")
    program.chmod(0o755)
    monkeypatch.setenv("GENRF_SPECTRE", str(program))
    with pytest.raises(NoConvergence, match="op: Error found by spectre during DC analysis"):
        SpectreEngine(10.0, "psfascii").simulate(Testbench(FILTER, {"op": Op(("out",))}, 27.0))


@pytest.mark.ngspice
def test_time_and_frequency_through_spectres_language_and_back(spectre):
    bench = Testbench(FILTER, {**ANALYSES, "ac": Ac(("out",), Grid("lin", 5, 1e3, 1e6))}, 60.0)
    ours, theirs = NgSpiceEngine().simulate(bench), spectre.simulate(bench)
    assert theirs["op"]["out"] == pytest.approx(ours["op"]["out"], rel=1e-6)
    assert theirs["op"]["vin#branch"] == pytest.approx(ours["op"]["vin#branch"], rel=1e-6)
    assert theirs["ac"]["out"] == pytest.approx(ours["ac"]["out"], rel=1e-6)
    wave = np.interp(theirs["tran"]["time"], ours["tran"]["time"], ours["tran"]["out"])
    assert theirs["tran"]["out"] == pytest.approx(wave, abs=1e-5)


def test_a_netlist_for_spectre(golden):
    sizing = problem()
    values = sizing.structure.space.decode([0.5] * len(sizing.structure.space))
    bench = sizing.testbench(values)
    golden("lna_cascode.scs", netlist(bench, {"noise": bench.analyses["noise"], "op": bench.analyses["op"]}))


def test_what_makes_no_noise_for_ngspice_makes_none_for_spectre():
    quiet = Netlist((Element("r1", ("a", "0"), 50.0, flags="noisy=0"), Element("r2", ("a", "0"), 9.0, flags="tc1=0.1")))
    text = netlist(Testbench(quiet, {}, 27.0), {})
    assert "r1 (a 0) resistor r=50 isnoisy=no\n" in text and "r2 (a 0) resistor r=9 tc1=0.1\n" in text


def test_a_reference_for_spectre_is_swept_and_switched_on():
    rising = Netlist((Element("vsupply", ("vdd", "0"), flags="dc 0 pwl(0 0 1e-06 1.2)"),))
    sweeps = {
        "supply": Dc(("out",), "vsupply", 0.0, 1.2, 0.4), "temperature": Dc(("out",), "temp", -40.0, 120.0, 80.0)
    }  # fmt: skip
    text = netlist(Testbench(rising, {}, 27.0), sweeps)
    assert "vsupply (vdd 0) vsource dc=0 type=pwl wave=[0 0 1u 1.2]\n" in text
    assert "a_supply dc dev=vsupply param=dc values=[0 0.4 0.8 1.2]\n" in text
    assert "a_temperature dc param=temp values=[-40 40 120]\n" in text


def test_two_tones_for_spectre_have_even_points():
    text = netlist(Testbench(Netlist(()), {}, 27.0), {"tones": Tran(("time",), 1e-9, 1e-6, 5e-7, even=True)})
    assert "maxstep=1n errpreset=conservative method=traponly strobeperiod=1n\n" in text


def test_what_spectre_cannot_be_told_is_refused():
    source = Netlist((Element("b1", ("a", "0"), flags="v=1"),))
    with pytest.raises(ConfigError, match="element 'b1' has no counterpart"):
        netlist(Testbench(source, {}, 27.0), {})
    with pytest.raises(ConfigError, match="model 'x' of type nmos and level 1 has no counterpart"):
        netlist(Testbench(Netlist((), (".model x nmos vto=1",)), {}, 27.0), {})
    with pytest.raises(ConfigError, match="format must be one of psfascii, nutbin, nutascii, got 'psfbin'"):
        SpectreEngine(1.0, "psfbin")


def test_without_spectre_the_message_says_what_to_do(monkeypatch):
    monkeypatch.delenv("GENRF_SPECTRE", raising=False)
    with pytest.raises(ToolNotFound, match=r"spectre is not on PATH; .*GENRF_SPECTRE=/path/to/spectre, or use sim=ngs"):
        SpectreEngine(1.0, "psfascii").require()
