from dataclasses import replace

import pytest

from genrf.circuits.checks import faults
from genrf.circuits.generate.catalog import Catalog
from genrf.circuits.topology import Device, Given, Times, Topology, resolve, variables_of
from genrf.core.errors import ConfigError
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec
from tests.circuits.process import LIBRARY, TUNED, WIDEBAND, beyond_the_process, default, draw, problem, technology


def stage(*devices, **changes):
    """A sound common-source stage, its devices replaced or joined by those of the same or another name."""
    sound = {
        "m1": Device("m1", "nmos", {"d": "d", "g": "g", "s": "0", "b": "0"}, {"w": 2e-6, "nf": "nf"}),
        "rg": Device("rg", "resistor", {"a": "bias", "b": "g"}, {"r": 1e4}),
        "mb": Device("mb", "nmos", {"d": "bias", "g": "bias", "s": "0", "b": "0"}, {"w": 2e-6, "nf": 10.0}),
        "ci": Device("ci", "mim", {"a": "in", "b": "g"}, {"c": 1e-12}),
        "rd": Device("rd", "resistor", {"a": "vdd", "b": "d"}, {"r": 300.0}),
        "co": Device("co", "mim", {"a": "out", "b": "d"}, {"c": 1e-12}),
    }
    for device in devices:
        sound[device.name] = device
    basic = {
        "name": "stage",
        "family": "lna",
        "description": "common source",
        "signals": ("in", "out"),
        "references": {"bias": 1e-4},
        "space": Space((Real("nf", 1.0, 50.0),)),
    }
    return Topology(devices=tuple(sound.values()), **{**basic, **changes})


def test_a_sound_stage_has_no_fault():
    assert faults(stage(), technology()) == []


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        (
            [Device("rg", "mim", {"a": "bias", "b": "g"}, {"c": 1e-12})],
            "floating gate: net 'g' at the gate of nmos 'm1' has no DC path to bias",
        ),
        (
            [
                Device("rd", "resistor", {"a": "vdd", "b": "d"}, {"r": 300.0}),
                Device("co", "mim", {"a": "mid", "b": "d"}, {"c": 1e-12}),
                Device("c2", "mim", {"a": "mid", "b": "out"}, {"c": 1e-12}),
            ],
            "no DC path: net 'mid' is joined to supply and ground by capacitors only",
        ),
        (
            [
                Device("l1", "spiral", {"a": "vdd", "b": "x"}, {"turns": 2.0, "inner": 1e-4}),
                Device("l2", "spiral", {"a": "x", "b": "0"}, {"turns": 2.0, "inner": 1e-4}),
            ],
            "shorted source: 'vdd' is tied to ground through spiral 'l1', spiral 'l2'",
        ),
        ([Device("co", "mim", {"a": "d", "b": "0"}, {"c": 1e-12})], "unconnected port: no device touches 'out'"),
        (
            [Device("rx", "resistor", {"a": "d", "b": "nowhere"}, {"r": 1.0})],
            "loose end: only one terminal touches net 'nowhere'",
        ),
        (
            [Device("m2", "nmos", {"d": "d", "g": "g", "s": "d", "b": "0"}, {"w": 2e-6, "nf": 2.0})],
            "shorted device: d and s of nmos 'm2' are both on net 'd'",
        ),
        (
            [Device("rx", "resistor", {"a": "d", "c": "0"}, {"r": 1.0})],
            "resistor 'rx' has terminals a, c; a resistor has a, b",
        ),
        (
            [
                Device("MB2", "nmos", {"d": "d", "g": "g", "s": "0", "b": "0"}),
                Device("mb2", "nmos", {"d": "d", "g": "g", "s": "0", "b": "0"}),
            ],
            "device name 'mb2' is used 2 times",
        ),
    ],
)  # fmt: skip
def test_each_fault_has_its_own_message(devices, message):
    assert message in faults(stage(*devices), technology())


def test_a_signal_port_is_no_bias():
    """The 50 ohm of a port belong to the outside world: a gate that only they bias floats."""
    direct = stage(
        Device("rg", "mim", {"a": "bias", "b": "g"}, {"c": 1e-12}),
        Device("ci", "resistor", {"a": "in", "b": "g"}, {"r": 1.0}),
    )
    assert any("floating gate: net 'g'" in fault for fault in faults(direct, technology()))


def test_a_kind_that_the_process_lacks_is_named():
    with pytest.raises(ConfigError, match="memristor"):
        faults(stage(Device("x", "memristor", {"a": "d", "b": "0"})), technology())


def test_variables_and_devices_must_know_each_other():
    with pytest.raises(ConfigError, match="topology 'stage': no variable 'nf'; known: n_fingers"):
        stage(space=Space((Real("n_fingers", 1, 50),)))
    with pytest.raises(ConfigError, match="variable 'idle' is drawn by no device"):
        stage(space=Space((Real("nf", 1, 50), Real("idle", 0, 1))))


def test_drawn_values_resolve():
    assert resolve(Times("w", 0.1), {"w": 20.0}, {}) == 2.0
    assert resolve("w", {"w": 20.0}, {}) == 20.0
    assert resolve(3, {}, {}) == 3.0
    assert resolve(Given("q"), {}, {"q": 40.0}) == 40.0


def test_the_graph_joins_devices_and_nets():
    graph = stage().graph()
    assert set(graph["device", "mb"]) == {("net", "bias"), ("net", "0")}
    assert graph.edges[("device", "mb"), ("net", "bias")]["terminals"] == ("d", "g")


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("lna", {*TUNED, "lna_cascode_hbt"}),
        ("lna_wideband", set(WIDEBAND)),
        ("lna_mmwave", {"lna_cascode_hbt_mmwave"}),
    ],
)
def test_the_library_holds_the_known_lnas_of_each_family(family, names):
    spec = replace(default().spec, conditions={**default().spec.conditions, "family": family})
    assert {topology.name for topology in default().generator.generate(spec, 10, None)} == names


@pytest.mark.parametrize("name", LIBRARY)
def test_each_library_circuit_is_electrically_sound_and_stays_within_the_process(name):
    sizing = problem(name)
    assert faults(sizing.structure, sizing.technology) == []
    assert beyond_the_process(sizing) == []


@pytest.mark.parametrize("name", LIBRARY)
def test_two_sizes_of_a_circuit_differ_by_numbers_only(name):
    sizing = problem(name)
    one, two = draw(sizing.structure.space, 2)
    assert sizing.testbench(one).changes(sizing.testbench(two))


def test_the_catalog_offers_what_fits_and_says_what_it_has():
    spec = default().spec
    assert [t.name for t in Catalog(["lna_common_gate"]).generate(spec, 4, None)] == ["lna_common_gate"]
    with pytest.raises(ConfigError, match="no lna called 'lna_casc'; did you mean 'lna_cascode'"):
        Catalog(["lna_casc"]).generate(spec, 4, None)
    with pytest.raises(ConfigError, match="no circuit of family 'mixr'"):
        Catalog().generate(DesignSpec("m", spec.goals, {**spec.conditions, "family": "mixr"}), 4, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"band": [2.5e9, 2.4e9]}, r"band must rise from above 0, got 2.5e\+09 to 2.4e\+09 Hz \(swapped\?\)"),
        ({"band": None}, r"condition 'band' must be \[low, high\] in Hz, got None"),
        ({"bnad": [1, 2]}, "unknown condition 'bnad'; did you mean 'band'"),
        ({"off_chip_q": 0.0}, "needs the condition 'off_chip_q'"),
    ],
)
def test_conditions_that_cannot_be_are_named(change, message):
    sizing = problem()
    with pytest.raises(ConfigError, match=message):
        replace(sizing, spec=replace(sizing.spec, conditions={**sizing.spec.conditions, **change}))


def test_a_faulty_topology_never_becomes_a_problem():
    sizing = problem()
    floating = stage(Device("rg", "mim", {"a": "bias", "b": "g"}, {"c": 1e-12}))
    with pytest.raises(ConfigError, match="topology 'stage': floating gate"):
        replace(sizing, structure=floating)


def test_a_ratio_may_be_a_variable_too():
    drawn = Times("r_unit", "ratio")
    assert resolve(drawn, {"r_unit": 2e3, "ratio": 1.5}, {}) == 3e3
    assert variables_of([drawn]) == {"r_unit", "ratio"}
