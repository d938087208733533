"""The study of all kinds, on one of them and a small budget."""

import sys

import pytest

from experiments.kinds import __main__ as kinds

pytestmark = pytest.mark.ngspice


def test_the_study_writes_a_line_and_a_figure_for_each_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(kinds, "HERE", tmp_path)
    monkeypatch.setattr(kinds, "OUTPUT", tmp_path / "runs")
    monkeypatch.setattr(kinds, "BUDGETS", {"lna_2p4ghz": 2000})
    monkeypatch.setattr(sys, "argv", ["kinds"])
    kinds.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) == 3 and "gain_db" in lines[2] and "(>= 15 dB)" in lines[2]
    assert (tmp_path / "fronts.svg").read_text().startswith("<?xml")
