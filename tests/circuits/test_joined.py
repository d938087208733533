"""Circuits in a row: two lines of resistors against their chain matrix, names, and ports that do not meet."""

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.joined import Link, joined
from genrf.circuits.topology import Device, Given, Times, Topology
from genrf.core.errors import ConfigError
from genrf.core.space import Real, Space


def circuit(name, signals=("in", "out"), references=None):
    """A series and a shunt resistor between each input and each output, and a coil that the conditions give."""
    pairs = list(zip(signals[: len(signals) // 2], signals[len(signals) // 2 :], strict=True))
    devices = [
        device
        for a, b in pairs
        for device in (
            Device(f"rs{a}", "resistor", {"a": a, "b": "inner" + a}, {"r": "r"}),
            Device(f"rp{a}", "resistor", {"a": "inner" + a, "b": "0"}, {"r": Times("r", 2.0)}),
            Device(f"l{a}", "inductor_off_chip", {"a": "inner" + a, "b": b}, {"l": 1e-9, "q": Given("off_chip_q")}),
        )
    ]
    space = Space((Real("r", 10.0, 100.0, "ohm"), *([Real("i", 1e-5, 1e-3, "A")] if references else [])))
    return Topology(name, "test", name, signals, references or {}, tuple(devices), space)


def test_nets_devices_and_variables_are_their_links_own():
    chain = joined("both", "test", [Link("a", circuit("one"), {"off_chip_q": "qa"}), Link("b", circuit("two"))])
    assert chain.signals == ("in", "out")
    assert tuple(chain.space.names) == ("a_r", "b_r")
    drawn = {device.name: device for device in chain.devices}
    assert drawn["a_rsin"].nets == {"a": "in", "b": "a_innerin"}
    assert drawn["a_lin"].nets == {"a": "a_innerin", "b": "a_out"} and drawn["a_lin"].drawn["q"] == Given("qa")
    assert drawn["b_rsin"].nets["a"] == "a_out" and drawn["b_lin"].nets["b"] == "out"
    assert drawn["b_rpin"].drawn["r"] == Times("b_r", 2.0) and drawn["b_rpin"].nets["b"] == "0"
    assert drawn["b_lin"].drawn["q"] == Given("off_chip_q")


def test_differential_ports_meet_side_by_side_and_references_are_renamed():
    both = ("inp", "inn", "outp", "outn")
    chain = joined(
        "both",
        "test",
        [Link("a", circuit("one", both, {"bias": "i"})), Link("b", circuit("two", both, {"bias": Times("i", "r")}))],
    )
    assert set(chain.signals) == set(both)
    assert chain.references == {"a_bias": "a_i", "b_bias": Times("b_i", "b_r")}
    nets = {device.name: device.nets for device in chain.devices}
    assert nets["a_linp"]["b"] == "a_outp" == nets["b_rsinp"]["a"]
    assert nets["a_linn"]["b"] == "a_outn" == nets["b_rsinn"]["a"]


def test_a_single_ended_and_a_differential_port_do_not_meet():
    both = ("inp", "inn", "outp", "outn")
    with pytest.raises(ConfigError, match="chain: a and b do not meet: one of them is differential"):
        joined("both", "test", [Link("a", circuit("one")), Link("b", circuit("two", both))])
    with pytest.raises(ConfigError, match="b: two has no port 'in' or 'inp'"):
        joined("both", "test", [Link("a", circuit("one")), Link("b", circuit("two", ("left", "right")))])


@pytest.mark.ngspice
def test_a_filter_behind_itself_has_the_product_of_their_matrices():
    """S-parameters of two copies in a row against the cascade of scikit-rf, for parts with all their losses."""
    skrf = pytest.importorskip("skrf")
    made = parts("spec=lpf_100mhz", "model.only=[lpf_ladder]")
    (ladder,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    values = ladder.space.decode(np.full(len(ladder.space), 0.5))

    def measured(topology, sizes):
        sizing = made.make_problem(structure=topology, spec=made.spec)
        waves = sizing.survey(sizes).curves["wide"]
        s = np.array([[waves["S_1_1"], waves["S_1_2"]], [waves["S_2_1"], waves["S_2_2"]]]).transpose(2, 0, 1)
        return skrf.Network(f=np.arange(len(s)) + 1.0, s=s, z0=50.0)

    links = [Link("a", ladder), Link("b", ladder)]
    chain = joined("both", "filter_lowpass", links)
    one = measured(ladder, values)
    both = measured(chain, {**links[0].values(values), **links[1].values(values)})
    assert both.s == pytest.approx((one**one).s, abs=1e-6)
