"""The study of learned topologies: what it counts."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
from experiments.cyclegan import __main__ as study
from genrf.circuits.generate.grammar import sentences, topology


def test_a_circuit_is_known_by_its_graph_and_not_by_its_name():
    first, second, third = (topology(s) for s in sentences()[:3])
    known = study.Known([first, second])
    devices = tuple(replace(device, name=f"x{i}") for i, device in enumerate(reversed(first.devices)))
    assert known.has(replace(first, name="other", devices=devices))
    assert not known.has(replace(third, name=first.name))


def test_sentences_are_apart_by_the_places_at_which_they_differ():
    words = np.zeros((3, 7), int)
    words[1, :2] = 1
    words[2, 6] = 1
    assert study.apart(words) == pytest.approx((2 + 1 + 3) / 3)


def test_structures_are_looked_up_by_their_nearest_design():
    """Of two metrics, more of the one and less of the other wanted, a third open."""
    limits, signs = np.array([1.0, -1.0, np.nan]), np.array([1.0, -1.0, 1.0])
    normals = np.array([[1.5, -2.0, -9.0], [0.5, -1.0, 0.0], [3.0, 1.0, 0.0]])
    assert study.shortfall(normals, limits, signs).tolist() == [0.0, 0.5, 2.0]


def test_a_search_that_meets_no_spec_says_more_than_its_budget():
    assert study._found([np.inf, 7, np.inf], [0, 3, 0]) == ("1 of 3", f"more than {study.BUDGET}", "1")
    assert study._found([5, 7, 9], [1, 1, 4]) == ("3 of 3", "7", "2")
