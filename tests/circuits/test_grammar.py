from collections import Counter
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.canonical import duplicates, key, same
from genrf.circuits.checks import faults
from genrf.circuits.generate.grammar import Grammar, sentences, topology
from genrf.circuits.library import lna_cascode, lna_common_gate, lna_current_reuse, lna_shunt_feedback
from genrf.circuits.pieces.drawing import VARIABLES
from genrf.circuits.topology import Device, Topology
from genrf.core.errors import ConfigError
from genrf.core.space import Space
from tests.circuits.process import default, draw, technology


@lru_cache
def amplifiers():
    return tuple(topology(sentence) for sentence in sentences())


def some(count, seed=0):
    return Grammar().generate(default().spec, count, np.random.default_rng(seed))


def renamed(circuit, rng):
    """The same circuit in another order, under other names but for its ports."""
    nets = sorted({net for device in circuit.devices for net in device.nets.values()} - {*circuit.ports, "0"})
    names = dict(zip(nets, (f"n{i}" for i in rng.permutation(len(nets))), strict=True))
    devices = [
        replace(device, name=f"x{i}", nets={t: names.get(net, net) for t, net in reversed(device.nets.items())})
        for i, device in enumerate(circuit.devices)
    ]
    return replace(circuit, name="other", devices=tuple(devices[i] for i in rng.permutation(len(devices))))


def test_the_grammar_says_more_than_a_thousand_amplifiers_each_by_a_name_of_its_own():
    names = Counter(str(sentence) for sentence in sentences())
    assert len(names) == len(sentences()) >= 1000
    assert "csl_series_mirror_cascode_tank_coupled" in names


def test_every_amplifier_keeps_the_electrical_rules():
    wrong = {amplifier.name: found for amplifier in amplifiers() if (found := faults(amplifier, technology()))}
    assert not wrong


def test_every_variable_is_drawn_somewhere_and_has_the_same_bounds_everywhere():
    found = {variable for amplifier in amplifiers() for variable in amplifier.space.variables}
    assert found == set(VARIABLES)


@pytest.mark.slow
def test_no_two_amplifiers_are_the_same_circuit():
    assert duplicates(amplifiers()) == []


def test_an_amplifier_stays_the_same_under_other_names_and_in_another_order():
    rng = np.random.default_rng(1)
    for amplifier in some(40):
        other = renamed(amplifier, rng)
        assert key(other) == key(amplifier) and same(other, amplifier)
        assert duplicates([amplifier, other]) == [("other", amplifier.name)]


def changed(circuit, name, **changes):
    return replace(circuit, devices=tuple(replace(d, **changes) if d.name == name else d for d in circuit.devices))


def test_another_kind_terminal_or_port_makes_another_circuit():
    (amplifier,) = (a for a in amplifiers() if a.name == "cs_series_mirror_cascode_tank_fed_coupled")
    m2 = next(device for device in amplifier.devices if device.name == "m2")
    turned = {**m2.nets, "g": m2.nets["d"], "d": m2.nets["g"]}
    others = [
        changed(amplifier, "m2", kind="pmos"),
        changed(amplifier, "m2", nets=turned),
        changed(amplifier, "rd", nets={"a": "0", "b": "drain"}),
        replace(amplifier, signals=("out", "in")),
    ]
    assert len({key(other) for other in [amplifier, *others]}) == 5
    assert not any(same(amplifier, other) for other in others)


def test_the_two_ends_of_a_resistor_are_alike():
    (amplifier,) = some(1)
    co = next(device for device in amplifier.devices if device.name == "co")
    assert same(amplifier, changed(amplifier, "co", nets={"a": co.nets["b"], "b": co.nets["a"]}))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("csx_series_mirror_cascode_tank_coupled", lna_cascode),
        ("cgl_direct_mirror_cascode_tank_coupled", lna_common_gate),
        ("cs_series_mirror_cascode_tank_fed_coupled", lna_shunt_feedback),
        ("reusel_series_chain_resonant_coupled", lna_current_reuse),
    ],
)
def test_the_grammar_says_the_known_circuits(name, known):
    (said,) = (amplifier for amplifier in amplifiers() if amplifier.name == name)
    assert same(said, known.topology()) and key(said) == key(known.topology())


def rings(*sizes):
    """Resistors in rings of these sizes: no count of neighbours tells two of three from one of six."""
    ends = [(f"{r}_{i}", f"{r}_{(i + 1) % size}") for r, size in enumerate(sizes) for i in range(size)]
    devices = tuple(Device(f"r{i}", "resistor", {"a": a, "b": b}, {"r": 50.0}) for i, (a, b) in enumerate(ends))
    return Topology(f"rings{sizes}", "lna", "", (), {}, devices, Space(()))


def test_equal_keys_are_compared_exactly():
    assert key(rings(3, 3)) == key(rings(6)) and not same(rings(3, 3), rings(6))
    assert duplicates([rings(3, 3), rings(6), rings(3, 3)]) == [("rings(3, 3)", "rings(3, 3)")]


def test_the_same_seed_draws_the_same_amplifiers():
    one, two, other = some(50), some(50), some(50, seed=1)
    assert one == two and {a.name for a in one} != {a.name for a in other}
    assert len({a.name for a in one}) == 50
    assert len(some(10**6)) == len(sentences())


def test_a_family_that_the_grammar_lacks_is_named():
    spec = default().spec
    with pytest.raises(ConfigError, match="the grammar has no circuit of family 'mixer', only of 'lna'; model=library"):
        Grammar().generate(replace(spec, conditions={**spec.conditions, "family": "mixer"}), 4, None)


def problems(count):
    made = parts("spec=lna_2p4ghz", "model=grammar")
    for amplifier in some(count):
        yield made.make_problem(structure=amplifier, spec=made.spec)


def test_drawn_values_stay_within_the_process():
    for sizing in problems(100):
        space = sizing.structure.space
        corners = [space.decode(np.full(len(space), u)) for u in (0.0, 1.0)]
        for values in [*draw(space, 2), *corners]:
            for device in sizing.structure.devices:
                limits = sizing.technology.device(device.kind).limits()
                for name, drawn in sizing.drawn(device, values).items():
                    assert limits[name].low <= drawn <= limits[name].high, (sizing.structure.name, device.name, name)


@pytest.mark.ngspice
def test_98_of_100_amplifiers_have_an_operating_point_at_sampled_sizes():
    measured = {sizing.structure.name: sizing.measure(*draw(sizing.structure.space, 1)) for sizing in problems(300)}
    failed = {name: found for name, found in measured.items() if found.status != "ok"}
    assert len(failed) <= 0.02 * len(measured), failed
