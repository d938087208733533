"""The study's table and figure, from a chain whose numbers are made up."""

import math
from dataclasses import asdict
from types import SimpleNamespace

from experiments.receiver.__main__ import figure, table
from genrf.circuits.cascade import LINEAR, Stage, allotted
from genrf.circuits.lineup import ELSEWHERE, Place
from genrf.core.problem import Design
from genrf.core.spec import DesignSpec

PLAN = allotted([Stage("filter", -2.0), Stage("lna", 16.0, 1.0)], 5.0, -10.0, "mine")


def chain():
    places = {
        "filter": Place(-1.5, 0.4, LINEAR),
        "lna": Place(13.0, 1.1, -8.0),
        ELSEWHERE: Place(math.nan, 0.7, math.nan),
    }
    spec = DesignSpec("mine", {"nf_ssb_db": {"max": 5.0, "objective": "minimize"}})
    curves = {"lineup": {name: asdict(place) for name, place in places.items()}}
    return Design("000001", SimpleNamespace(spec=spec), {}, {"nf_ssb_db": 4.2}, 1, curves)


def test_the_table_has_budget_beside_result(tmp_path):
    lines = table(PLAN, chain()).splitlines()
    assert lines[2] == "| filter | -2.00 | -1.50 | 0.58 | 0.40 | none | none |"
    assert lines[3].startswith("| lna | 14.00 | 13.00 | 1.58 | 1.10 | -10.00 | -8.00 |")
    assert lines[-1] == "| nf_ssb_db | <= 5 | 4.2 |"
    figure(PLAN, chain(), tmp_path / "lineup.svg")
    assert (tmp_path / "lineup.svg").read_text().count("<svg") == 1
