import pytest

from genrf.core.errors import ConfigError
from genrf.core.problem import Measurement
from genrf.core.results import Results, Row
from genrf.core.spec import DesignSpec
from genrf.optimize.halving import Halving
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.race import survivors

SPEC = DesignSpec("race", {"f1": {"objective": "minimize"}, "f2": {"objective": "minimize"}, "c": {"max": 1.0}})


def results(**designs):
    """Rows by structure: `a=[(f1, f2, c), ...]`."""
    rows = [
        Row.of(f"{name}{i}", name, "optimize", {}, Measurement("ok", {"f1": f1, "f2": f2, "c": c}), 0.0, SPEC)
        for name, points in designs.items()
        for i, (f1, f2, c) in enumerate(points)
    ]
    return Results(SPEC, tuple(rows))


def test_the_better_half_stays_by_its_share_of_the_front():
    found = results(a=[(0, 3, 0), (1, 2, 0)], b=[(2, 1, 0)], c=[(9, 9, 0)], d=[(8, 8, 5)])
    assert survivors(found, ["a", "b", "c", "d"]) == ["a", "b"]


def test_without_a_feasible_design_the_least_violation_stays():
    found = results(a=[(0, 0, 9)], b=[(0, 0, 2)], c=[(0, 0, 3)], d=[(0, 0, 8)])
    assert survivors(found, ["a", "b", "c", "d"]) == ["b", "c"]


def test_of_two_both_stay_while_both_are_on_the_front():
    shared = results(a=[(0, 3, 0)], b=[(2, 1, 0)])
    assert survivors(shared, ["a", "b"]) == ["a", "b"]
    assert survivors(results(a=[(0, 0, 0)], b=[(2, 1, 0)]), ["a", "b"]) == ["a"]
    assert survivors(results(a=[(0, 0, 5)], b=[(2, 1, 7)]), ["a", "b"]) == ["a", "b"]  # neither is feasible yet


def test_the_last_one_always_stays():
    assert survivors(results(a=[(0, 0, 5)]), ["a"]) == ["a"]


# Karnin et al. 2013, algorithm 1: ceil(log2 n) rungs of equal budget, and no look after the last one
@pytest.mark.parametrize(("structures", "looks"), [(1, []), (2, []), (3, [300]), (4, [300]), (8, [200, 400])])
def test_the_rungs_of_halving_are_equal_shares_of_the_budget(structures, looks):
    assert Halving(NSGA2(20)).looks(structures, 600) == looks


def test_halving_wants_an_optimizer_inside():
    with pytest.raises(ConfigError, match="optimizer.inner must be an optimizer, got str"):
        Halving("nsga2")
