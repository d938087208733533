"""A topology's space is narrowed to what the process makes, and never widened."""

from dataclasses import replace

import pytest

from genrf.circuits.devices import Limits
from genrf.circuits.makeable import makeable
from genrf.circuits.topology import Device, Times, Topology
from genrf.core.errors import Unoffered
from genrf.core.space import Choice, Integer, Real, Space
from tests.circuits.process import problem, technology


class Short:
    """A process of one device, `x`, which draws `v` from 2 to 5."""

    name = "short"

    def device(self, kind):
        return self

    def limits(self):
        return {"v": Limits(2.0, 5.0, "m")}


def drawn(variable, *draws):
    devices = tuple(Device(f"x{i}", "x", {"a": "0"}, {"v": draw}) for i, draw in enumerate(draws))
    return Topology("mine", "lna", "", (), {}, devices, Space((variable,)))


@pytest.mark.parametrize(
    ("variable", "draws", "wanted"),
    [
        (Real("v", 1.0, 9.0, "m", log=True), ("v",), Real("v", 2.0, 5.0, "m", log=True)),
        (Real("v", 3.0, 4.0), ("v",), Real("v", 3.0, 4.0)),
        (Real("v", 1.0, 9.0), ("v", Times("v", 2.0)), Real("v", 2.0, 2.5)),
        (Integer("v", 1, 4), (Times("v", 1.5),), Integer("v", 2, 3)),
        (Choice("v", (1.0, 2.0, 7.0)), ("v",), Choice("v", (2.0,))),
    ],
)
def test_a_variable_is_what_all_devices_that_draw_it_allow(variable, draws, wanted):
    (found,) = makeable(drawn(variable, *draws), Short()).space.variables
    assert found == wanted


def test_nothing_left_is_said():
    with pytest.raises(
        Unoffered, match="nothing of variable 'v' is within what short makes of x 'x0': v from 2 to 5 m"
    ):
        makeable(drawn(Real("v", 6.0, 7.0), "v"), Short())


def test_a_problem_draws_what_its_process_makes():
    """Fingers of 3 um at the most: so for the variable that draws them, and all others stay as they were."""
    sizing = problem("lna_cascode")
    mos = replace(technology().devices["nmos"], w_max=3e-6)
    process = replace(technology(), devices={**technology().devices, "nmos": mos})
    narrowed = replace(sizing, technology=process).structure.space
    before = {variable.name: variable for variable in sizing.structure.space.variables}
    for variable in narrowed.variables:
        wanted = replace(before["w_finger"], high=3e-6) if variable.name == "w_finger" else before[variable.name]
        assert variable == wanted
