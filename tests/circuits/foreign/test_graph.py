"""The graph of a foreign netlist does not depend on names and order, and is that of the circuit."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrf.circuits import canonical
from genrf.circuits.definitions import Definitions
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.gather import Deck
from genrf.circuits.foreign.graph import FlatCircuit
from genrf.circuits.foreign.reader import parse

LINES = (
    "m1 d1 a tail 0 nch w=1u l=1u", "m2 d2 b tail 0 nch w=1u l=1u", "m3 d1 d1 vdd vdd pch w=1u l=1u",
    "m4 d2 d1 vdd vdd pch w=1u l=1u", "r1 tail 0 1k", "c1 d2 z 1p", "r2 z 0 100", "v1 vdd 0 1.8", "e1 y 0 d2 z 2",
    "vs y ys 0", "f1 0 b vs 3", "l1 ys k 1n", "l2 a 0 1n", "k1 l1 l2 0.5", "q1 vdd k 0 npnx", "x1 k z follower",
)  # fmt: skip
REST = """.subckt follower in out
g1 0 out in out 1m
rload out 0 1k
.ends
.model nch nmos level=1
.model pch pmos level=1
.model npnx npn
"""
NETS = ("d1", "a", "tail", "d2", "b", "vdd", "z", "y", "ys", "k")


def circuit(lines):
    source = parse("\n".join([REST, *lines]), "deck")
    deck = Deck(source, source.body, Definitions(), (), ())
    return FlatCircuit.of("deck", Flattening(deck, {}, 27.0).netlist(), {})


def renamed(lines, names):
    words = [line.split() for line in lines]
    return [" ".join([word[0], *(names.get(one, one) for one in word[1:])]) for word in words]


@settings(max_examples=25, deadline=None)
@given(st.permutations(LINES), st.permutations(string.ascii_lowercase[: len(NETS)]))
def test_the_key_survives_other_names_and_another_order(lines, letters):
    names = {net: f"n_{letter}" for net, letter in zip(NETS, letters, strict=True)}
    other = circuit(renamed(lines, names))
    assert canonical.key(other) == canonical.key(circuit(LINES)) and canonical.same(other, circuit(LINES))


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("m4 d2 d1 vdd vdd pch w=1u l=1u", "m4 d2 d2 vdd vdd pch w=1u l=1u"),
        ("m1 d1 a tail 0 nch w=1u l=1u", "m1 d1 a tail 0 pch w=1u l=1u"),
        ("f1 0 b vs 3", "f1 0 b v1 3"),
        ("k1 l1 l2 0.5", "k1 l1 l1 0.5"),
        ("c1 d2 z 1p", "r9 d2 z 1p"),
        ("x1 k z follower", "x1 z k follower"),
    ],
)
def test_another_circuit_has_another_key(line, instead):
    other = [instead if one == line else one for one in LINES]
    assert canonical.key(circuit(other)) != canonical.key(circuit(LINES))


def test_which_of_two_coupled_coils_comes_first_is_no_other_circuit():
    other = ["k1 l2 l1 0.5" if one.startswith("k1") else one for one in LINES]
    assert canonical.key(circuit(other)) == canonical.key(circuit(LINES))


def test_the_graph_is_bipartite_and_names_terminals():
    graph = circuit(LINES).graph()
    assert all({one[0], other[0]} == {"device", "net"} for one, other in graph.edges)
    assert graph.nodes["device", "m1"]["kind"] == "nmos" and graph.nodes["device", "q1"]["kind"] == "npn"
    assert graph.edges[("device", "m3"), ("net", "d1")]["terminals"] == ("d", "g")
    assert graph.edges[("device", "f1"), ("net", "y")]["terminals"] == ("cp",)
    assert graph.has_edge(("device", "g.x1.g1"), ("net", "z"))
