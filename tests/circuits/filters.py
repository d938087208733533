"""Filters of ideal parts from prototypes, and their S-parameters by chain matrices, for the tests."""

from dataclasses import replace

import numpy as np
import skrf

from genrf.circuits.netlist import Netlist
from genrf.circuits.passives import OffChipCapacitor, OffChipInductor
from genrf.circuits.problem import SizingProblem
from tests.circuits.kinds import problem

Z0 = 50.0
IDEAL = {"inductor_off_chip": OffChipInductor(1e-24), "capacitor_off_chip": OffChipCapacitor(1e-7, 1e-18)}


def sized(spec, name, conditions, parts=None):
    """One topology of the library under other conditions, its parts ideal where none are given."""
    known = problem(spec, name)
    process = replace(known.technology, devices={**known.technology.devices, **(parts or IDEAL)})
    return replace(
        known, spec=replace(known.spec, conditions={**known.spec.conditions, **conditions}), technology=process
    )
