"""The study of filters, on one circuit of each spec and a small budget."""

import numpy as np
import pytest

from experiments.filters import __main__ as filters

pytestmark = pytest.mark.ngspice


def test_the_study_writes_a_line_for_each_circuit_and_a_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(filters, "HERE", tmp_path)
    monkeypatch.setattr(filters, "OUTPUT", tmp_path / "runs")
    monkeypatch.setattr(filters, "BUDGET", "800")
    monkeypatch.setattr(filters, "CIRCUITS", {"bpf_2p4ghz": ("bpf_trap_coupled",), "lpf_100mhz": ("lpf_ladder",)})
    monkeypatch.setattr(filters, "QUALITIES", {"bpf_2p4ghz": (120,), "lpf_100mhz": (60,)})
    filters.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert "lpf_ladder" in lines[-1] and float(lines[-1].split("|")[6]) < 2.0
    assert (tmp_path / "fronts.svg").read_text().startswith("<?xml")


def test_cohns_filter_loses_less_with_more_bandwidth_and_rejects_less():
    """At 5 % and Q 200: 4.343 * 4 / 10 dB. Where the stop edge is twice the detuning of the band's: 1 + 2^6."""
    loss, rejection = filters.cohn(200.0)
    assert loss[0] == pytest.approx(1.737, abs=1e-3)
    half = (3.2 / 2.45 - 2.45 / 3.2) / 2
    assert np.interp(half, np.linspace(0.05, 0.5, 200), rejection) == pytest.approx(10 * np.log10(65), abs=0.01)
