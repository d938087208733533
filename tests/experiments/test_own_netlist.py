"""The study of netlists from outside, on one of them and a small budget."""

import pytest

from experiments.own_netlist import __main__ as study

pytestmark = pytest.mark.ngspice


def test_the_table_has_a_line_for_each_goal(tmp_path, monkeypatch):
    changed = {"HERE": tmp_path, "OUTPUT": tmp_path / "runs", "NETLISTS": ("amplifier",), "BUDGET": "60"}
    for name, value in changed.items():
        monkeypatch.setattr(study, name, value)
    study.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) > 2 and all(line.count("|") == 6 for line in lines)
    assert (tmp_path / "fronts.svg").read_text().startswith("<?xml")
