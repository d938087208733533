"""Verilog-A models: compiled by OpenVAF, evaluated, and simulated by ngspice statement by statement."""

import math
import re

import numpy as np
import pytest

from genrf.circuits.export.behaviour import (
    SHAPES,
    Behaviour,
    NoiseWaves,
    Rational,
    behaviour,
    correlations,
    intercept_dbm,
    rational,
    waves,
)
from genrf.circuits.export.verilog_a import VerilogA, _module, _number
from genrf.circuits.export.verilog_a_check import compare
from genrf.circuits.export.verilog_a_run import Compiled, _inverse, _real
from genrf.circuits.intermodulation import TwoTone
from genrf.circuits.measure import BOLTZMANN, MEASURES, T0, Z0, noise_figure
from genrf.circuits.noise_parameters import FourSources, NoiseParameters
from genrf.circuits.procedure import Setup
from genrf.circuits.testbench import Grid, Noise, Testbench
from genrf.core.errors import GenrfError
from genrf.core.problem import Design
from tests.circuits import kinds
from tests.circuits.process import LIBRARY, problem
from tests.circuits.test_export import VALUES
from tests.circuits.verilog_a_in_spice import netlist

pytestmark = pytest.mark.ngspice
pytest.importorskip("openvaf_py", reason="openvaf-py compiles Verilog-A; pip install openvaf-py")


ASKED = ("operators", "rest", "scattering", "noise", "large_signal")  # of every model, beside metrics


def made(name):
    sizing = problem(name)
    values = VALUES if name == "lna_cascode" else max(sizing.starts, key=lambda one: _gain(sizing, one), default=None)
    values = values or sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5))
    return Design("000042", sizing, values, sizing.verify(values).metrics, curves=sizing.survey(values).curves)


def failing(path, design):
    return {check.name.split()[-1] for check in compare(path, design) if not check.passed}


def hundredfold(found):
    return found[0].replace(found[1], f"{100 * _real(found[1])!r}")


def _gain(sizing, values):
    return sizing.measure(values).metrics.get("gain_db", -math.inf)


@pytest.fixture(scope="module", params=LIBRARY)
def design(request):
    return made(request.param)


@pytest.fixture(scope="module")
def cascode():
    return made("lna_cascode")


@pytest.fixture
def compiled(cascode, tmp_path):
    (path,) = VerilogA().export(cascode, tmp_path)
    return Compiled.of(path, {"vdd": 1.2}, cascode.problem.references(cascode.values))


def test_the_compiled_model_does_what_was_measured(design, tmp_path):
    paths = VerilogA().export(design, tmp_path)
    checks = VerilogA().check(paths, design)
    assert {check.name.split()[-1] for check in checks} == {
        *ASKED, "gain_db", "s11_db", "s22_db", "nf_db", "iip3_dbm", "power_w",
    }  # fmt: skip
    assert all(check.passed for check in checks), checks


@pytest.mark.parametrize("name", ["bpf_trap_coupled", "lpf_elliptic", "lpf_ladder"])
def test_a_filter_s_model_has_its_loss_and_ripple(name, tmp_path):
    sizing = kinds.problem(kinds.LIBRARY[name], name)
    values = sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5))
    design = Design("000042", sizing, values, sizing.verify(values).metrics, curves=sizing.survey(values).curves)
    (path,) = VerilogA().export(design, tmp_path)
    checks = {check.name.split()[-1]: check for check in compare(path, design)}
    assert set(checks) == {*ASKED, "insertion_loss_db", "ripple_db", "s11_db", "s22_db"}
    assert all(check.passed for check in checks.values()), checks
    text = path.read_text()
    path.write_text(re.sub(r"forward = ([^;]*);", r"forward = 0.95*(\1);", text))  # 0.4 dB
    assert failing(path, design) == {"scattering", "insertion_loss_db"}
    path.write_text(text.replace("  end\nendmodule", '    I(b_out) <+ white_noise(1f, "own");\n  end\nendmodule'))
    assert failing(path, design) == {"noise"}
    path.write_text(text.replace("bent = forward;", "bent = forward > 0.5 ? 0.5 : forward;"))
    assert failing(path, design) == {"large_signal"}


def test_it_has_the_noise_parameters_of_the_circuit(cascode, compiled):
    """At the centre for every source; the reference is `.noise` of ngspice on the transistors."""
    centre = behaviour(cascode).noise.centre
    setup = cascode.problem.setup(cascode.values, cascode.problem.technology.at())
    wanted = FourSources().parameters(setup, Grid("lin", 1, centre, centre))
    for source in (0.02, 0.005 + 0.01j, 0.05 - 0.02j, complex(wanted.y_opt[0])):
        found = compiled.noise_factor(np.array([centre]), complex(source))
        assert 10 * np.log10(found / wanted.factor(np.array([source]))) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("name", ["lna_cascode", "lna_common_gate"])
def test_ngspice_simulates_the_same_equations(name, tmp_path):
    """Gain, matches, noise and, by a transient of two tones, the intercept: as of the transistors."""
    design = made(name)
    (path,) = VerilogA().export(design, tmp_path)
    sizing, circuit = design.problem, netlist(path.read_text())
    bench, references = sizing.bench, sizing.references(design.values)
    around = bench.around(circuit, 1.2, references)
    found = sizing.engine.simulate(Testbench(around, {"band": bench.strict().analyses["band"]}, 27.0))["band"]
    for metric, tolerance in (("gain_db", 0.2), ("s11_db", 0.5), ("s22_db", 0.5)):
        assert MEASURES[metric].value(found) == pytest.approx(design.metrics[metric], abs=tolerance)
    noise = {"noise": Noise("out", "vin", Grid("lin", 5, *bench.band))}
    density = sizing.engine.simulate(Testbench(around, noise, 27.0))["noise"]["inoise_spectrum"]
    assert noise_figure(density).max() == pytest.approx(design.metrics["nf_db"], abs=0.1)
    setup = Setup(bench.powered(circuit, 1.2, references), 27.0, bench.band, sizing.engine)
    transistors = TwoTone().measure(sizing.setup(design.values, sizing.technology.at()))
    assert TwoTone().measure(setup)["iip3_dbm"] == pytest.approx(transistors["iip3_dbm"], abs=0.5)


# what is wrong with a model, how its text comes to be so, and the checks that fail
LIES = {
    "a higher gain": (r"forward = ", "forward = 1.05*a_in + ", {"scattering", "gain_db"}),
    "its gain upside down": (r"forward = ([^;]*);", r"forward = -(\1);", {"scattering"}),
    "ten times a reverse residue": (
        r"(I\(b_in\).*? )(\S+\*V\(x2i?_out\))", r"\g<1>10*\2", {"scattering"},
    ),
    "no isolation": (r"(I\(b_in\).*a_in.*?) [+-] \S+a_out.*?( [+-] V\(n_back\))", r"\1\2", {"scattering"}),
    "another phase": (r"ddt\((?=\S+V\(x1r_in\))", "ddt(1", {"scattering"}),
    "ten times some noise": (r"white_noise\((?=\d)", "white_noise(9", {"noise", "nf_db"}),
    "no noise": (r".*white_noise.*\n", "", {"noise", "nf_db"}),
    "no noise but one source": (r'.*white_noise\((?!.*"input_own").*\n', "", {"noise", "nf_db"}),
    "more noise of its own": (r'white_noise\((.*), "input_own"', hundredfold, {"noise"}),
    "no noise of its own": (r'.*"input_own".*\n', "", {"noise"}),
    "the other correlation": (r"(V\(n_in\) [+-] [\w.]+)\*V\(n_turned\)", r"\1*(-V(n_turned))", {"noise"}),
    "a noise that is multiplied": (r"<\+ white_noise", "<+ 2*white_noise", {"operators"}),
    "a noise without a name": (r', "input_own"', "", {"operators", "noise", "nf_db"}),
    "a stronger bend": (r"bent = forward - ", "bent = forward - 0.5*", {"large_signal", "iip3_dbm"}),
    "no bend": (
        r"if \(forward > [\s\S]*?else bent = forward[^;]*;", "bent = forward;", {"large_signal", "iip3_dbm"},
    ),
    "ten times the saturation": (r"(forward > .*) bent = ", r"\1 bent = 10*", {"large_signal"}),
    "ten times the lower saturation": (r"(forward < -.*) bent = ", r"\1 bent = 10*", {"large_signal"}),
    "a lower saturation of the wrong sign": (r"bent = -(?=\d)", "bent = ", {"large_signal"}),
    "a late saturation": (r"forward > ", "forward > 1.5*", {"large_signal"}),
    "a thirsty supply": (r"I\(vdd\) <\+ ", "I(vdd) <+ 1.1*", {"rest", "power_w"}),
    "no supply": (r".*I\(vdd\) <\+.*\n", "", {"rest", "power_w"}),
    "a thousand times the bias": (r"I\(bias\) <\+ ", "I(bias) <+ 1000*", {"rest"}),
    "a negative bias": (r"I\(bias\) <\+ ", "I(bias) <+ -", {"rest"}),
    "a direct voltage": (r"(    )(I\(out\) <\+.*)", r"\1\2 I(out) <+ 1m;", {"rest"}),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_model_that_lies_is_caught(cascode, tmp_path, lie):
    (path,) = VerilogA().export(cascode, tmp_path)
    pattern, instead, wrong = LIES[lie]
    text = path.read_text()
    path.write_text(re.sub(pattern, instead, text))
    assert path.read_text() != text
    assert failing(path, cascode) >= wrong


@pytest.mark.parametrize(
    ("pattern", "loose"), [(r".*I\(bias\) <\+.*\n", "bias"), (r"I\(n_turned\) <\+ V.*\n", "n_turned")]
)
def test_equations_without_a_solution_fail_with_a_sentence(cascode, tmp_path, pattern, loose):
    (path,) = VerilogA().export(cascode, tmp_path)
    text = path.read_text()
    path.write_text(re.sub(pattern, "", text))
    assert path.read_text() != text
    checks = {check.name.split()[-1]: check for check in compare(path, cascode)}
    assert f"its equations are singular: nothing holds {loose}" == checks["rest"].detail
    assert {name for name, check in checks.items() if check.passed} <= {"operators"}


def test_equations_that_repeat_each_other_are_told_from_those_that_lack_one():
    with pytest.raises(GenrfError, match="its equations are singular$"):
        _inverse(np.ones((3, 2, 2)), ("one", "other"))


# designs of which OpenVAF merged a source of noise with a charge while both stood in one block: a noise figure of 0.28
# to 0.38 dB; nf_1, nf_2, w_finger, c_gs, n_source, d_source, l_gate, i_bias, n_load, d_load, r_load, c_load, c_out
MERGED = (
    (141, 39, 1.376e-6, 24.14e-15, 1.969, 56.63e-6, 6.267e-9, 365.5e-6, 5.543, 88.47e-6, 508.9, 22.97e-15, 895.9e-15),
    (141, 38, 1.443e-6, 24.9e-15, 2.441, 56.1e-6, 6.985e-9, 331.5e-6, 5.912, 96.65e-6, 353.6, 31.77e-15, 895.2e-15),
    (142, 26, 1.409e-6, 24.09e-15, 2.782, 35.56e-6, 6.985e-9, 327.8e-6, 5.857, 96.14e-6, 349.6, 23e-15, 884.5e-15),
    (140, 27, 1.519e-6, 26.72e-15, 2.774, 55.2e-6, 6.848e-9, 361.3e-6, 5.691, 95.92e-6, 483.8, 28.21e-15, 900.4e-15),
    (141, 12, 1.38e-6, 24.03e-15, 1.835, 59.43e-6, 6.248e-9, 323.1e-6, 6.213, 90.33e-6, 380.6, 29.18e-15, 875.6e-15),
)


@pytest.mark.parametrize("numbers", MERGED)
def test_no_source_of_noise_is_merged_with_another_operator(numbers, tmp_path):
    sizing = problem("lna_cascode")
    values = dict(zip(VALUES, map(float, numbers), strict=True))
    design = Design("000042", sizing, values, sizing.verify(values).metrics, curves=sizing.survey(values).curves)
    (path,) = VerilogA().export(design, tmp_path)
    model = Compiled.of(path, {"vdd": 1.2}, sizing.references(values))
    assert model.lost == []
    factor = model.noise_factor(sizing.bench.strict().analyses["band"].grid.frequencies())
    assert 10 * np.log10(factor.max()) == pytest.approx(design.metrics["nf_db"], abs=0.1)


def test_models_of_any_size_compile_to_all_their_operators(cascode, tmp_path):
    """OpenVAF merged operators of one model in twelve where they shared a block: none of sixty is as good as never."""
    rng, path = np.random.default_rng(1), tmp_path / "model.va"
    for _ in range(60):
        path.write_text("\n".join(_module(cascode, _drawn(rng))))
        assert Compiled.of(path, {}, {}).lost == []


def _drawn(rng):
    """Some poles, some sources of noise."""
    alone, pairs = rng.integers(1, 4), rng.integers(2, 11)
    poles = np.concatenate([-rng.uniform(1e9, 1e11, alone), *(rng.uniform(1e9, 1e11, (pairs, 2)) @ [[-1.0], [1j]]).T])
    residues = 1e9 * (rng.normal(size=(len(poles), 2, 2)) + 1j * rng.normal(size=(len(poles), 2, 2)))
    kinds = [(kind, corner) for kind in SHAPES for corner in ((0.0,) if kind == "white" else (1e9, 2e9, 4e9))]
    chosen = rng.permutation(len(kinds))[: rng.integers(3, 8)]
    noise = NoiseWaves({kinds[one]: rng.uniform(1e-21, 1e-18) for one in chosen}, -0.5 + 0.1j, 1e-19, 2e9)
    return Behaviour(Rational(rng.normal(size=(2, 2)), poles, residues), noise, 0.1, {}, {}, (1.9e9, 2.1e9))


@pytest.mark.parametrize(("operator", "lost"), [("white_noise", "input_own"), ("ddt", "ddt of n_turned")])
def test_an_operator_that_the_compiler_drops_is_named(cascode, tmp_path, operator, lost):
    """One that is multiplied by nought is in the text and not in what is compiled."""
    (path,) = VerilogA().export(cascode, tmp_path)
    text = path.read_text()
    path.write_text(text.replace(f"<+ {operator}(", f"<+ 0*{operator}("))
    assert path.read_text() != text
    check = next(compare(path, cascode))
    assert check.name == "verilog_a lna_cascode.va operators"
    assert not check.passed and check.detail.startswith("the compiled model lacks ") and lost in check.detail


def test_without_dynamics_the_model_is_at_any_frequency_what_it_is_at_direct_current(compiled, tmp_path, cascode):
    (path,) = VerilogA().export(cascode, tmp_path)
    path.write_text(path.read_text().replace("dynamic = 1;", "dynamic = 0;"))
    still = Compiled.of(path, compiled.held, compiled.fed)
    at_rest = compiled.scattering(np.array([0.0]))
    np.testing.assert_allclose(still.scattering(np.array([2.4e9])), at_rest, rtol=1e-9, atol=1e-12)


def test_a_file_that_does_not_compile_is_caught(cascode, tmp_path):
    (path,) = VerilogA().export(cascode, tmp_path)
    path.write_text(path.read_text().replace("real a_in", "reel a_in"))
    (check,) = VerilogA().check([path], cascode)
    assert not check.passed and "OpenVAF does not compile it" in check.detail


# what a number is written as, and what the scale factors of the Verilog-AMS LRM, section 2.6, say that it is
NUMBERS = {
    "0": 0.0, "10T": 1e13, "2.5G": 2.5e9, "1.5M": 1.5e6, "47k": 47e3, "50": 50.0, "0.3": 0.3, "30m": 0.03,
    "-40.2852699u": -40.2852699e-6, "1u": 1e-6, "999.999999n": 999.999999e-9, "5.16831879p": 5.16831879e-12,
    "8.1f": 8.1e-15, "2.5a": 2.5e-18, "999a": 9.99e-16, "81e-21": 8.1e-20, "335.691154e-21": 3.35691154e-19,
    "-1e-24": -1e-24,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_have_scale_factors_down_to_atto_and_exponents_in_steps_of_three_below(text):
    assert _number(NUMBERS[text]) == text


def test_openvaf_reads_the_numbers_so(tmp_path):
    nodes = [f"n{place}" for place in range(len(NUMBERS))]
    body = "".join(f"I({node}) <+ {text}*V({node}); " for node, text in zip(nodes, NUMBERS, strict=True))
    ports = ", ".join(nodes)
    path = tmp_path / "numbers.va"
    path.write_text(
        f'`include "disciplines.vams"\nmodule numbers({ports}); inout {ports}; electrical {ports};\n'
        f"analog begin {body} end endmodule\n"
    )
    read = Compiled.of(path, {}, {}).at(np.zeros(len(nodes)))[2]
    assert np.diag(read) == pytest.approx(list(NUMBERS.values()), rel=1e-12, abs=0.0)


def test_a_model_s_numbers_are_in_engineering_notation(cascode, tmp_path):
    (path,) = VerilogA().export(cascode, tmp_path)
    statements = re.sub(r"//.*|\"\w+\"", "", path.read_text())
    exponents = [int(found) for found in re.findall(r"\d[eE](-?\d+)", statements)]
    assert exponents and all(exponent <= -21 and exponent % 3 == 0 for exponent in exponents)
    assert not re.search(r"(?<!\d)0\.0", statements)


def test_what_is_no_two_port_has_no_model_and_says_so(tmp_path):
    sizing = kinds.problem("vco_5ghz", "vco_cross_coupled")
    design = Design("1", sizing, {}, {})
    assert VerilogA().export(design, tmp_path) == []
    (check,) = VerilogA().check([], design)
    assert not check.passed and "vco_cross_coupled is no two-port" in check.detail


def test_the_bytes_are_the_same_again(cascode, tmp_path):
    texts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        texts.append(VerilogA().export(cascode, tmp_path / name)[0].read_bytes())
    assert texts[0] == texts[1] and b"ports: in out bias vdd" in texts[0]


def test_known_poles_are_found_again():
    """A resonator beside a pole, written down by hand."""
    frequency = np.geomspace(1e8, 1e10, 200)
    s = 2j * np.pi * frequency
    pair = 5e9 * s / (s**2 + 1e9 * s + (2 * np.pi * 2e9) ** 2)
    alone = 3.0 / (1.0 + s / 1e10)
    wanted = np.array([[0.1 + pair, 0.01 * alone], [alone - pair, -0.5 + pair]]).transpose(2, 0, 1)
    found = rational(frequency, wanted)
    np.testing.assert_allclose(found.at(frequency), wanted, atol=3e-4)
    assert np.all(found.poles.real < 0)


def test_isolation_is_followed_in_its_own_scale():
    """Three resonances of 80 dB below one, which the other entries have not: all within the absolute accuracy."""
    frequency = np.geomspace(1e9, 4e9, 200)
    s = 2j * np.pi * frequency
    back = sum(3e8 * s / (s**2 + 3e8 * s + (2 * np.pi * f) ** 2) for f in (1.4e9, 2e9, 2.8e9))
    wanted = np.array([[0.5 / (1.0 + s / 1e10), 1e-4 * back], [3.0 / (1.0 + s / 1e10), 0.3 + 0 * s]]).transpose(2, 0, 1)
    off = np.abs(rational(frequency, wanted).at(frequency) - wanted).max(axis=0)
    assert off[0, 1] < 0.03 * 1e-4 and np.all(off < 3e-4)


def test_what_no_few_poles_follow_is_refused():
    frequency = np.linspace(1e9, 2e9, 200)
    late = np.exp(-2j * np.pi * frequency * 1e-7)  # a hundred turns over the band: 15 m of cable
    with pytest.raises(GenrfError, match="no rational functions of up to"):
        rational(frequency, late[:, None, None] * np.ones((2, 2)))


def test_noise_waves_of_a_resistor_in_series():
    """R in series: u alone, <uu*> = 4 k T0 R, so a = -u, b = u: F - 1 = R / Z0 (Haus et al. 1960)."""
    series = NoiseParameters(np.array([1.0 + 1e-9]), np.array([30.0]), np.array([1e-12 + 0j]))
    aa, bb, ba = correlations(series)
    thermal = 4 * BOLTZMANN * T0 * 30.0
    assert aa == pytest.approx(thermal, rel=1e-6) and bb == pytest.approx(thermal, rel=1e-6)
    assert ba == pytest.approx(-thermal, rel=1e-6)
    assert aa / (4 * BOLTZMANN * T0 * Z0) == pytest.approx(30.0 / 50.0, rel=1e-6)


def test_noise_that_rises_with_frequency_is_followed():
    frequency = np.linspace(1e9, 3e9, 21)
    found = waves(frequency, NoiseParameters(1.2 + (frequency / 3e9) ** 2, np.full(21, 20.0), np.full(21, 0.02 + 0j)))
    wave = sum(density * SHAPES[kind](frequency, corner) for (kind, corner), density in found.densities.items())
    # at 50 ohm the source is the best one: F is Fmin
    np.testing.assert_allclose(wave / (4 * BOLTZMANN * T0 * Z0), 0.2 + (frequency / 3e9) ** 2, rtol=0.01)
    assert found.own >= 0.0


def test_noise_that_turns_up_steeply_at_both_ends_of_a_wide_band_is_followed():
    """A noise figure of 1.8 to 4 dB from 3.1 to 10.6 GHz, as of an ultra-wideband amplifier."""
    frequency = np.linspace(3.1e9, 10.6e9, 21)
    factor = 1.5 + ((frequency - 6.85e9) / 3.75e9) ** 2
    found = waves(frequency, NoiseParameters(factor, np.full(21, 20.0), np.full(21, 0.02 + 0j)))
    wave = sum(density * SHAPES[kind](frequency, corner) for (kind, corner), density in found.densities.items())
    np.testing.assert_allclose(10 * np.log10((1 + wave / (4 * BOLTZMANN * T0 * Z0)) / factor), 0.0, atol=0.03)


def test_the_cubic_is_that_of_the_intercept(cascode):
    """w - k w^3 with equal gains: A^2 = 4 / (3 k) at the output, P = A^2 / (8 Z0 g^2) (Razavi, section 2.2)."""
    found = behaviour(cascode)
    gain = abs(found.scattering.at(np.array([cascode.problem.bench.given["centre"]]))[0, 1, 0])
    power = 4.0 / (3.0 * found.cubic) / (8.0 * Z0 * gain**2)
    # the gains of both tones differ by a quarter of a decibel
    assert 10 * math.log10(power / 1e-3) == pytest.approx(intercept_dbm(cascode), abs=0.25)
