"""The study of low-noise amplifiers, on two of its specs and a small budget."""

import sys

import pytest

from experiments.low_noise_amplifiers import __main__ as study

pytestmark = pytest.mark.ngspice


def test_the_study_writes_a_line_and_a_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "HERE", tmp_path)
    monkeypatch.setattr(study, "OUTPUT", tmp_path / "runs")
    monkeypatch.setattr(study, "BUDGETS", {"lna_2p4ghz": 2000, "lna_2p4ghz_differential": 100})
    monkeypatch.setattr(sys, "argv", ["low_noise_amplifiers"])
    study.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) == 4 and "(>= 15 dB)" in lines[2] and "lna_2p4ghz_differential" in lines[3]
    assert (tmp_path / "fronts.svg").read_text().startswith("<?xml")
