"""The study of three processes, on one process and a small budget."""

from types import SimpleNamespace

import pytest

from experiments.lna_three_processes import __main__ as study


@pytest.mark.ngspice
def test_the_figure_and_the_table_come_from_one_command(tmp_path, monkeypatch, capsys):
    for name, value in {"HERE": tmp_path, "OUTPUT": tmp_path / "runs", "BUDGET": "1000", "DIES": "8"}.items():
        monkeypatch.setattr(study, name, value)
    loose = {"gain_db": 5.0, "nf_db": 6.0, "power_w": 30e-3}
    monkeypatch.setattr(study, "LIMITS", {"generic130": loose, "gf180mcu": loose})
    monkeypatch.setattr(study, "run", lambda tech, run=study.run: run("generic130"))
    study.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert lines[0].startswith("| process | design |") and (tmp_path / "fronts.svg").read_text().startswith("<?xml")
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    assert "| generic130 |" in capsys.readouterr().out


def test_the_worst_corner_is_the_one_that_is_hardest_on_the_goal():
    gains = {"gain_db": 20.0, "gain_db@hot": 17.0, "gain_db@cold": 22.0}
    row = SimpleNamespace(metrics={**gains, "nf_db": 1.0, "nf_db@hot": 1.5, "nf_db@cold": 0.8})
    spec = study.parts("spec=lna_2p4ghz").spec
    assert study.worst(row, spec.goals["gain_db"], ("hot", "cold")) == 17.0
    assert study.worst(row, spec.goals["nf_db"], ("hot", "cold")) == 1.5
