"""The study of references, on a budget that finds nothing, and its table on a design that is there."""

import sys

import pytest

from experiments.references import __main__ as references

pytestmark = pytest.mark.ngspice


def test_the_study_writes_its_table_and_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(references, "HERE", tmp_path)
    monkeypatch.setattr(references, "OUTPUT", tmp_path / "runs")
    monkeypatch.setattr(references, "DIES", 2)
    monkeypatch.setattr(sys, "argv", ["references", "24"])
    references.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) == 11 and lines[2].startswith("| tc_ppm_k | <= 30 | ")
    assert (tmp_path / "references.svg").read_text().startswith("<?xml")
