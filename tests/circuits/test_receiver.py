"""Receivers against ideal stages, whose gain, noise and distortion are known by hand, stage by stage."""

import math
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from genrf.api import parts
from genrf.circuits.cascade import Stage, levels
from genrf.circuits.conversion import Conversion
from genrf.circuits.generate.chain import Matched
from genrf.circuits.lineup import ELSEWHERE, Lineup, shares
from genrf.circuits.lineup_figure import panels
from genrf.circuits.measure import T0
from genrf.circuits.mixer_intermodulation import ConfirmedMixedIntercept
from genrf.circuits.mixer_ports import Oscillator
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.nodal import Nodal, NoiseSource
from genrf.circuits.periodic import Transfer
from genrf.circuits.procedure import Setup
from genrf.circuits.receiver import ReceiverBench, ReceiverPorts, budget, plan
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.tones import dbm
from genrf.core.errors import ConfigError
from genrf.core.spec import Goal

PORTS = ReceiverPorts(Oscillator(2.4e9, 10.0, 0.8, 0.0, 0.0), 120e6, 0.0)
AMPLITUDE = math.sqrt(800.0 * 10e-3)  # V between `lop` and `lon` for 10 dBm from 100 ohm into nothing
KELVIN = 300.15 / T0
GAIN, A3 = 4.0, 8.0  # of the first stage, in V/V from its input to its output without load, and in V/V^3


def setup(*elements, temperature=27.0):
    supply = (Element("vsupply", ("vdd", "0"), 1.2), Element("rquiet", ("vdd", "0"), 1e3))
    grounds = (Element(f"rground{net}", (net, "0"), 1e9) for net in ("lop", "lon"))
    return Setup(Netlist((*elements, *grounds, *supply)), temperature, (2.4e9, 2.64e9), NgSpiceEngine())


def ideal(a3=A3):
    """An amplifier and a multiplier, both of 50 ohm at either end."""
    v, w = "v(in)", "v(lna_out)"
    return setup(
        Element("rlna_in", ("in", "0"), 50.0),
        Element("blna", ("0", "lna_out"), flags=f"i=({GAIN}*{v}-{a3}*{v}*{v}*{v})/50"),
        Element("rlna_out", ("lna_out", "0"), 50.0),
        Element("rmixer_in", ("lna_out", "0"), 50.0),
        Element("bmixer", ("0", "out"), flags=f"i={w}*(v(lop)-v(lon))/50"),
        Element("rmixer_out", ("out", "0"), 50.0),
    )


@pytest.mark.ngspice
def test_gain_and_noise_of_ideal_stages_are_those_of_friis():
    """Voltage gains GAIN/2 into 50 ohm and AMPLITUDE/4: both sidebands of the source, and every resistor, by hand."""
    found = Conversion(PORTS).measure(ideal(a3=0.0))
    lna, mixer = GAIN / 2, AMPLITUDE / 4
    assert found["conversion_gain_db"] == pytest.approx(20 * math.log10(lna * mixer), abs=0.01)
    assert found["image_rejection_db"] == pytest.approx(0.0, abs=1e-3)
    first = 1 + KELVIN * (1 + 1 / lna**2)
    alone = 2 + KELVIN * (2 + 1 / mixer**2)  # of the mixer between 50 ohm, the source noisy in both sidebands
    stages = [
        Stage("lna", 20 * math.log10(lna), 1.0, nf_db=10 * math.log10(first)),
        Stage("mixer", 20 * math.log10(mixer), 1.0, nf_db=10 * math.log10(alone), image_db=0.0),
    ]
    assert found["nf_ssb_db"] == pytest.approx(levels(stages)[-1].nf_db, abs=0.01)
    places = Lineup(PORTS, {"lna": 50.0, "mixer": 50.0}).measure(ideal(a3=0.0))
    assert places["lna"].gain_db == pytest.approx(20 * math.log10(lna), abs=0.01)
    assert places["mixer"].gain_db == pytest.approx(20 * math.log10(lna * mixer), abs=0.01)
    whole = 10 ** (found["nf_ssb_db"] / 10) - 1
    assert sum(place.noise for place in places.values()) == pytest.approx(whole, rel=1e-6)


@pytest.mark.ngspice
def test_each_stage_has_its_own_part_of_the_noise_by_hand():
    """Parts of F - 1 in units of the source's noise at the output, 4kT0 50 (lna mixer / 2)^2 for one sideband.

    A resistor at the input gives as much as the source, in both sidebands; one of 50 ohm at the amplifier's output
    is divided by 2 rather than amplified; the output's by 2, and mixed with nothing.
    """
    places = Lineup(PORTS, {"lna": 50.0, "mixer": 50.0}).measure(ideal(a3=0.0))
    lna, mixer = GAIN / 2, AMPLITUDE / 4
    # 4kT/50 into 25 ohm, times the mixer, over the source's electromotive force times 1/2 lna mixer
    at_input = 2 * KELVIN
    between = 2 * KELVIN * (25.0 * mixer) ** 2 / 50 / (50.0 * (lna * mixer / 2) ** 2)
    behind = KELVIN * 25.0**2 / 50 / (50.0 * (lna * mixer / 2) ** 2)
    assert places["lna"].noise == pytest.approx(at_input + between, rel=2e-3)
    assert places["mixer"].noise == pytest.approx(between + behind, rel=2e-3)
    assert places[ELSEWHERE].noise == pytest.approx(1.0, rel=1e-3)  # the image's


def test_a_stage_whose_name_begins_with_anothers_keeps_its_own_noise():
    """`if` and `if_2`: an element of the second begins with both names."""
    none = np.zeros(1)
    sources = (NoiseSource("rif_in", ("a", "0"), none + 1.0, none, none), NoiseSource(
        "rif_2_in", ("b", "0"), none + 3.0, none, none))  # fmt: skip
    zero = np.zeros((1, 3, 3))
    equations = Nodal(("a", "b", "vtone1#branch"), zero, zero, zero, sources)
    whole = Transfer(equations, 1e6, 1e9, np.ones((3, 3), complex))
    found = shares(whole, ("if", "if_2"))
    assert found["if_2"] == pytest.approx(3.0 * found["if"])


@pytest.mark.ngspice
def test_intercept_behind_each_stage():
    """The cubic's A_IIP3 = sqrt(4/3 a1/a3) at the input (Razavi, section 2.2); the multiplier is linear."""
    wanted = dbm(math.sqrt(4 / 3 * GAIN / A3))
    assert ConfirmedMixedIntercept(PORTS).measure(ideal())["iip3_dbm"] == pytest.approx(wanted, abs=0.05)
    places = Lineup(PORTS, {"lna": 50.0, "mixer": 50.0}).measure(ideal(a3=1e2 * A3))
    for name in ("lna", "mixer"):
        assert places[name].iip3_dbm == pytest.approx(wanted - 20.0, abs=0.1)
    linear = Lineup(PORTS, {"lna": 50.0, "mixer": 50.0}).measure(ideal(a3=0.0))
    assert linear["lna"].iip3_dbm == math.inf


@pytest.mark.ngspice
def test_leakage_is_what_the_ports_carry():
    """A resistor from `lop` to `in`: a divider by hand."""
    bridge = Element("rbridge", ("lop", "in"), 1e4)
    found = Conversion(PORTS).measure(setup(bridge, Element("rout", ("out", "0"), 50.0)))
    assert found["lo_rf_dbm"] == pytest.approx(dbm(AMPLITUDE / 2 * 50.0 / (1e4 + 100.0)), abs=0.02)


@pytest.mark.parametrize("ohms", [50.0, 600.0])
def test_a_lattice_balun_matches_without_loss_and_turns_its_sides_against_each_other(ohms):
    """Ideal parts of the closed form between 50 ohm and `ohms`, half of it from either side to ground."""
    values = Matched("balun_lattice", "2.4G", {}).values(50.0, ohms)
    omega = 2 * math.pi * 2.4e9
    yl, yc, half = 1 / (1j * omega * values["l"]), 1j * omega * values["c"], 2 / ohms
    # unknown: in, outp, outn; source of 1 V behind 50 ohm
    matrix = [[1 / 50 + yl + yc, -yl, -yc], [-yl, yl + yc + half, 0], [-yc, 0, yc + yl + half]]
    inside, p, n = np.linalg.solve(matrix, [1 / 50, 0, 0])
    assert inside == pytest.approx(0.5)
    assert abs(p - n) ** 2 / ohms == pytest.approx(1 / (4 * 50))  # all that the source has
    assert p == pytest.approx(-n)


CONDITIONS = {
    "family": "receiver", "band": ["2.4G", "2.4835G"], "lo": "2.37G", "if": "79M", "lo_dbm": 5, "lo_level": 0.8,
    "off_chip_q": 60, "if_q": 30, "if_edge": "100M", "settle": "60n",
    "plan": {"filter": {"gain_db": -2}, "lna": {"gain_db": 16, "share": 1}},
}  # fmt: skip
GOALS = {
    "conversion_gain_db": Goal("conversion_gain_db", minimum=10.0),
    "nf_ssb_db": Goal("nf_ssb_db", maximum=6.0),
    "iip3_dbm": Goal("iip3_dbm", minimum=-15.0),
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lo": "2.38G"}, "lo must be a multiple of if, got 2.38e\\+09 and 7.9e\\+07 Hz"),
        ({"settle": None}, "condition 'settle' is missing, for example `settle: 80n`"),
        ({"plan": None}, "plan must name the stages, for example `plan: {lna: {gain_db: 16, share: 1}}`"),
        ({"plan": {"lna": {"gain": 3}}}, "mine plan.lna.*unknown condition 'gain'; did you mean 'gain_db'"),
        ({"plan": {"lna": {"share": 1}}}, "plan.lna has no gain_db"),
        ({"lo_db": 3}, "unknown condition 'lo_db'; did you mean 'lo_dbm'"),
    ],
)
def test_conditions_that_cannot_be_are_named(change, message):
    with pytest.raises(ConfigError, match=message):
        ReceiverBench.read({**CONDITIONS, **change}, "mine")


@pytest.mark.parametrize(
    ("goals", "message"),
    [
        ({"nf_ssb_db": Goal("nf_ssb_db", objective="minimize")}, "a chain is budgeted by its nf_ssb_db; give it a max"),
        ({"conversion_gain_db": Goal("x", minimum=20.0)}, "the plan has a gain of 14 dB, of 20 dB wanted"),
    ],
)
def test_goals_that_give_no_budget_are_named(goals, message):
    with pytest.raises(ConfigError, match=message):
        budget(plan(CONDITIONS, "mine"), {**GOALS, **goals}, "mine")


def test_figures_hold_budget_and_result():
    """Nothing is drawn of a design without curves."""
    assert panels([Stage("lna", 16.0, 1.0, nf_db=2.0, iip3_dbm=-10.0)], []) == []


@pytest.mark.slow
@pytest.mark.ngspice
def test_a_small_run_designs_every_stage_and_measures_the_whole(tmp_path):
    command = [sys.executable, "-m", "genrf", "spec=receiver_2p4ghz", "model.stages.mixer.budget=12", "samples=2",
               "model.stages.mixer.samples=6", "model.stages.lna.budget=600", "budget=3", "front=1", "designs=1",
               "cache=none", f"hydra.run.dir={tmp_path}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    for stage in ("select", "lna", "mixer", "channel"):
        assert f"{stage}: " in done.stdout + done.stderr
    assert pq.read_table(tmp_path / "evaluations").num_rows == 3 + pq.read_table(tmp_path / "front.parquet").num_rows


def test_the_stages_of_the_spec_are_those_of_the_model():
    made = parts("spec=receiver_2p4ghz")
    assert list(made.generator.stages) == [stage.name for stage in plan(made.spec.conditions, made.spec.name)]
