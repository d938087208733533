"""The study of op-amps, on a small budget, and its least power."""

import numpy as np
import pytest

from experiments.op_amps import __main__ as study
from genrf.api import parts

pytestmark = pytest.mark.ngspice


def test_the_study_compares_both_circuits_with_a_pair_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "HERE", tmp_path)
    monkeypatch.setattr(study, "OUTPUT", tmp_path / "runs")
    monkeypatch.setattr(study, "BUDGET", "250")
    monkeypatch.setattr(study, "FRONT", 4)
    study.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert len(lines) == 2 + 2 * len(study.BANDWIDTHS)
    over = [float(cell) for line in lines[2:] if "folded" in line and (cell := line.split("|")[4].strip())]
    assert over and min(over) > 2.0  # its pair drives the load, and its folded branches take as much again
    assert (tmp_path / "fronts.svg").read_text().startswith("<?xml")


def test_the_least_power_is_that_of_two_transistors_of_25_9_mv():
    """1 MHz on 2 pF takes 12.57 uS, that is 325 nA at 25.865 mV, in two transistors from 1.2 V."""
    assert study.least_power(1e6) == pytest.approx(2 * 1.2 * 12.566e-6 * 25.865e-3, rel=1e-4)


@pytest.mark.parametrize("circuit", study.COLOURS)
def test_the_least_power_is_for_the_load_and_supply_of_the_specs(circuit):
    made = parts(f"spec={circuit}")
    (problem,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    sizing = made.make_problem(structure=problem, spec=made.spec)
    assert sizing.bench.load == study.LOAD and sizing.technology.at().supply == study.SUPPLY
