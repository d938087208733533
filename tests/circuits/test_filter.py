"""Filters against closed forms of their prototypes, Cohn's loss, chain matrices, and their own exported benches."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from genrf.api import parts
from genrf.circuits.checks import faults
from genrf.circuits.export.spice import Spice
from genrf.circuits.export.touchstone import Touchstone
from genrf.circuits.export.validation import ValidationReport
from genrf.circuits.filter import FilterBench
from genrf.circuits.filter_measures import group_delay
from genrf.circuits.measure import scattering
from genrf.circuits.passives import OffChipCapacitor, OffChipInductor
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.spec import Goal
from genrf.pipeline.run import design
from tests.circuits.filters import LIBRARY, Z0, butterworth, by_chain, chebyshev, sized
from tests.circuits.kinds import check_sound, problem
from tests.circuits.process import draw

pytestmark = pytest.mark.ngspice
CONDITIONS = {"family": "filter_lowpass", "band": ["1M", "100M"], "stop": [["200M", "3G"]], "off_chip_q": 30}
EDGE = 2 * np.pi * 100e6
LOSSLESS = 1e9  # Q


def floats(**sizes):
    return {name: float(size) for name, size in sizes.items()}


def ladder(g):
    """The sizes of a ladder whose prototype has its edge at 100 MHz: C = g / (Z0 w), L = g Z0 / w."""
    return floats(c_end=g[0] / (Z0 * EDGE), l=g[1] * Z0 / EDGE, c_middle=g[2] / (Z0 * EDGE))


def coupled(fbw, g, l, f0):  # noqa: E741
    """The sizes of three resonators coupled by capacitors: Matthaei, Young, Jones, figure 8.11-1."""
    w = 2 * np.pi * f0
    whole = 1.0 / (w**2 * l)
    port = np.sqrt(fbw * w * whole / (Z0 * g[0]))
    between = fbw * w * whole / np.sqrt(g[0] * g[1]) / w
    c_port = port / (w * np.sqrt(1.0 - (port * Z0) ** 2))
    c_outer = whole - between - c_port / (1.0 + (w * c_port * Z0) ** 2)
    return floats(l=l, c_outer=c_outer, c_inner=whole - 2 * between, c_between=between, c_port=c_port)


@pytest.mark.parametrize(("check", "within"), [("measure", 0.02), ("verify", 1e-3)])
def test_a_butterworth_ladder_has_its_closed_form(check, within):
    """Loss 10 log(1 + (f/fc)^10); the delay of its poles, by scipy, which a grid knows between its points only."""
    found = getattr(sized("lpf_ladder", off_chip_q=LOSSLESS), check)(ladder(butterworth(5))).metrics
    assert found["insertion_loss_db"] == pytest.approx(10 * np.log10(2.0), abs=1e-5)
    assert found["ripple_db"] == pytest.approx(10 * np.log10(2.0), abs=1e-5)
    assert found["rejection_db"] == pytest.approx(10 * np.log10(1 + 2.0**10), abs=1e-5)
    assert found["s11_db"] == pytest.approx(10 * np.log10(0.5), abs=1e-5) == found["s22_db"]
    w = np.linspace(EDGE / 100, EDGE, 20001)
    poles = signal.butter(5, EDGE, analog=True, output="zpk")[1]
    delay = sum(-p.real / np.abs(1j * w - p) ** 2 for p in poles)
    assert found["group_delay_s"] == pytest.approx(delay.max(), rel=within)
    assert found["delay_variation_s"] == pytest.approx(np.ptp(delay), rel=2 * within)


def test_a_chebyshev_ladder_has_its_closed_form():
    """Loss 10 log(1 + e^2 cosh^2(5 acosh(f/f1))) beyond the edge, and the ripple within."""
    found = sized("lpf_ladder", off_chip_q=LOSSLESS).verify(ladder(chebyshev(5, 0.1))).metrics
    squared = 10**0.01 - 1.0
    beyond = 10 * np.log10(1 + squared * np.cosh(5 * np.arccosh(2.0)) ** 2)
    assert found["insertion_loss_db"] == pytest.approx(0.1, abs=1e-4)
    assert found["ripple_db"] == pytest.approx(0.1, abs=1e-4)
    assert found["s11_db"] == pytest.approx(10 * np.log10(1 - 10**-0.01), abs=1e-2)
    assert found["rejection_db"] == pytest.approx(beyond, abs=1e-3)


@pytest.mark.parametrize("q", [100.0, 200.0])
def test_coupled_resonators_lose_what_cohn_says(q):
    """4.343 sum(g) / (FBW Q) dB at the centre: Cohn, Proc. IRE 47 (1959) 1342."""
    g, fbw, f0 = butterworth(3), 0.05, 2.45e9
    lossy = sized("bpf_coupled_resonators", band=[0.999 * f0, 1.001 * f0], off_chip_q=q)
    found = lossy.measure(coupled(fbw, g, 2e-9, f0)).metrics
    assert found["insertion_loss_db"] == pytest.approx(4.343 * sum(g) / (fbw * q), rel=0.02)


def test_lossless_coupled_resonators_have_the_bandwidth_that_they_were_made_for():
    """Butterworth: 3 dB at f0 (1 +- FBW / 2), to the first order of FBW that the couplings are right to."""
    g, fbw, f0 = butterworth(3), 0.02, 2.45e9
    band = [f0 * (1 - fbw / 2), f0 * (1 + fbw / 2)]
    found = sized("bpf_coupled_resonators", band=band, off_chip_q=LOSSLESS).measure(coupled(fbw, g, 2e-9, f0)).metrics
    assert found["insertion_loss_db"] == pytest.approx(3.01, abs=0.4)
    assert found["insertion_loss_db"] - found["ripple_db"] == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("name", LIBRARY)
def test_s_parameters_are_those_of_the_chain_matrices(name):
    """With the parts of the process, self-resonances included, at sizes drawn from the space."""
    sizing = problem(LIBRARY[name], name)
    frequency = sizing.bench.survey().wide.frequencies()
    for values in draw(sizing.structure.space, 2):
        found = scattering(sizing.survey(values).curves["wide"])
        assert np.abs(found - by_chain(sizing, values, frequency)).max() < 1e-6


def test_rejection_is_that_of_the_weakest_stop_band():
    values = draw(problem("bpf_2p4ghz", "bpf_trap_coupled").structure.space, 1)[0]
    stops = {"below": [["300M", "1.8G"]], "above": [["3.2G", "6G"]], "both": [["3.2G", "6G"], ["300M", "1.8G"]]}
    found = {
        name: sized("bpf_trap_coupled", stop=stop, off_chip_q=60).measure(values).metrics["rejection_db"]
        for name, stop in stops.items()
    }
    assert found["below"] != found["above"] and found["both"] == min(found["below"], found["above"])


def test_group_delay_of_a_line_is_its_length():
    f = np.linspace(1e9, 2e9, 101)
    assert group_delay(np.exp(-2j * np.pi * f * 3e-9), 1e7) == pytest.approx(3e-9)


@pytest.mark.parametrize("name", LIBRARY)
def test_each_library_filter_is_sound_and_has_no_supply(name):
    sizing = problem(LIBRARY[name], name)
    check_sound(sizing)
    assert sizing.structure.ports == ("in", "out")
    one, two = draw(sizing.structure.space, 2)
    assert sizing.testbench(one).changes(sizing.testbench(two))
    assert not any("vdd" in element.nets for element in sizing.testbench(one).netlist.elements)


def test_a_circuit_with_a_bias_current_has_a_supply():
    structure = problem("lpf_100mhz", "lpf_ladder").structure
    assert not structure.supplied
    biased = replace(structure, references={"bias": 1e-3})
    assert biased.supplied and biased.ports == ("in", "out", "bias", "vdd")


def test_a_net_between_capacitors_floats_in_a_circuit_without_supply_too():
    structure, technology = (getattr(problem("lpf_100mhz", "lpf_ladder"), one) for one in ("structure", "technology"))
    blocked = tuple(
        replace(device, kind="mim", drawn={"c": "l"} if device.name.startswith("l") else device.drawn)
        for device in structure.devices  # on the chip, where no insulation of a part holds it
    )
    assert faults(replace(structure, devices=blocked), technology) == [
        "no DC path: net 'middle' is joined to supply and ground by capacitors only"
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stop": None}, r"spec 'test': stop must be a list of bands, for example `stop: \[\[200M, 3G\]\]`; got None"),
        ({"stop": ["200M", "3G"]}, r"condition 'stop' must be \[low, high\] in Hz, got \['200M'\]"),
        ({"stop": [["3G", "200M"]]}, r"stop must rise from above 0, got 3e\+09 to 2e\+08 Hz \(swapped\?\)"),
        ({"stop": [["90M", "3G"]]}, r"the stop band 9e\+07 to 3e\+09 Hz reaches into the band 1e\+06 to 1e\+08 Hz"),
        ({"off_chip_q": 0}, "off_chip_q must be above 0, got 0"),
        ({"stopp": []}, "unknown condition 'stopp'; did you mean 'stop'"),
    ],
)
def test_conditions_that_cannot_be_are_named(change, message):
    with pytest.raises(ConfigError, match=message):
        FilterBench.read({**CONDITIONS, **change}, "test")


@pytest.fixture(scope="module")
def made():
    """A Chebyshev ladder of real parts, with every metric among the goals."""
    known = problem("lpf_100mhz", "lpf_ladder")
    goals = {name: {"max": 1e3} for name in known.metrics} | {"ripple_db": {"objective": "minimize"}}
    sizing = replace(known, spec=replace(known.spec, goals=goals))
    values = ladder([0.95 * g for g in chebyshev(5, 0.1)])
    verified, surveyed = sizing.verify(values), sizing.survey(values)
    return Design("000007", sizing, values, verified.metrics, rank=1, curves=surveyed.curves)


def test_every_metric_is_printed_again_by_its_bench(made, tmp_path):
    paths = Spice().export(made, tmp_path)
    assert {path.stem for path in paths} == {"lpf_ladder", *(f"tb_{name}" for name in made.problem.metrics)}
    checks = Spice().check(paths, made)
    assert all(check.passed for check in checks), checks
    assert "vdd" not in (tmp_path / "lpf_ladder.sp").read_text()


@pytest.mark.parametrize("stop", [[["300M", "1.8G"], ["3.2G", "6G"]], [["3.2G", "6G"], ["300M", "1.8G"]]])
def test_the_bench_of_rejection_finds_the_weakest_stop_band_in_any_place(stop, tmp_path):
    sizing = sized("bpf_trap_coupled", stop=stop, off_chip_q=60)
    values = draw(sizing.structure.space, 1)[0]
    one = Design("000008", sizing, values, sizing.verify(values).metrics, rank=1)
    paths = [path for path in Spice().export(one, tmp_path) if path.stem in ("bpf_trap_coupled", "tb_rejection_db")]
    _, check = Spice().check(paths, one)
    assert check.passed, check.detail


def test_a_delay_that_is_off_fails_its_check(made, tmp_path):
    paths = [path for path in Spice().export(made, tmp_path) if path.stem in ("lpf_ladder", "tb_group_delay_s")]
    wrong = replace(made, metrics={**made.metrics, "group_delay_s": 1.001 * made.metrics["group_delay_s"]})
    _, check = Spice().check(paths, wrong)
    assert not check.passed


def test_s_parameters_and_validation_are_written(made, tmp_path):
    paths = Touchstone().export(made, tmp_path)
    assert all(check.passed for check in Touchstone().check(paths, made))
    (path,) = ValidationReport().export(made, tmp_path)
    assert json.loads(path.read_text())["findings"] == []


def test_the_figure_draws_every_design_under_its_mask(made):
    (panel,) = made.problem.bench.panels({"rejection_db": Goal("rejection_db", 30.0)}, [made])
    assert len(panel.figure["data"]) == 4
    assert {trace["legendgroup"] for trace in panel.figure["data"]} == {made.id}
    mask = [shape for shape in panel.figure["layout"]["shapes"] if "fillcolor" not in shape]
    least = -20 * np.log10(np.abs(made.curves["band"]["S_2_1"]).max())
    assert [(shape["x0"], shape["x1"], shape["y0"]) for shape in mask] == [(200e6, 3e9, pytest.approx(-least - 30.0))]


@pytest.mark.parametrize(
    ("name", "q", "at"), [("bpf_trap_coupled", 60.0, np.sqrt(2.4e9 * 2.5e9)), ("lpf_elliptic", 30.0, 100e6)]
)
def test_coils_have_the_q_of_the_spec_where_it_is_meant(name, q, at):
    """At the centre of a band-pass, at the edge of a low-pass: the ratio of reactance and series resistance."""
    sizing = problem(LIBRARY[name], name)
    elements = {element.name: element.value for element in sizing.elements(draw(sizing.structure.space, 1)[0])}
    assert 2 * np.pi * at * elements["ll2"] / elements["rl2"] == pytest.approx(q)


def test_a_part_that_came_out_high_keeps_its_quality():
    coil = OffChipInductor(8e-14, scale=1.02).elements("1", {"a": "x", "b": "y"}, {"l": 10e-9, "q": 40.0, "f_q": 1e9})
    assert coil[0].value == pytest.approx(10.2e-9)
    assert 2 * np.pi * 1e9 * coil[0].value / coil[1].value == pytest.approx(40.0)
    assert OffChipCapacitor(0.15, 3e-10, 0.98).elements("1", {"a": "x", "b": "y"}, {"c": 1e-12})[
        0
    ].value == pytest.approx(0.98e-12, rel=1e-9, abs=0.0)


def test_the_board_adds_corners_of_its_parts_to_the_process():
    sizing = problem("lpf_100mhz", "lpf_ladder")
    assert set(sizing.corners) >= {"parts_high", "parts_low", "coils_high", "coils_low", "ss_hot"}
    values = ladder(butterworth(5))
    nominal, high = (sizing.measure(values, corner).metrics["rejection_db"] for corner in ("", "parts_high"))
    assert high > nominal + 0.5  # every frequency comes down by 2 %, and 50 dB per octave to the stop band


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["bpf_2p4ghz", "lpf_100mhz"])
@pytest.mark.parametrize("robust", ["null", "corners"])
def test_a_small_search_finds_filters_that_keep_every_limit(spec, robust, tmp_path):
    made = parts(f"spec={spec}", "budget=2500", f"robust={robust}", "front=8", "designs=1", "cache=none")
    outcome = design(made, tmp_path)
    assert outcome.front and all(row.feasible for row in outcome.front)
    assert all(check.passed for check in outcome.checks)
